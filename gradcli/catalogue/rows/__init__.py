"""The rows, a file a group: ``CAUSES`` are mistakes, ``MESSAGES`` what a library says of them.

Order tells: a message that stands before another is tried first. A cause may stand under messages of several files.
"""
