"""Closed forms in matrix notation: derivatives whose parts keep the names that they have in the function."""
