"""A tree as a flat program, and the arithmetics that run it, one a file.

A new backend is a new arithmetic, not a new walker.
"""
