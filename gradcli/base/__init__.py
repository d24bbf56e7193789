"""The ground floor: errors and exit codes, events, limits, arrays, dtypes.

Knows no mathematics and imports no other room.
"""
