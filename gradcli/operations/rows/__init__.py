"""The rows, one file a subject. A new operation is a new row in one of these files.

A row reads like a line of a formula sheet: its words, its meanings, its calculus, its names, its notation. The
formatter would make a column of each, one fact a line and twice as long, so the tables are kept from it.
"""
