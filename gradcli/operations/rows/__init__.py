"""The rows, one file a group. A new operation is a new row in one of these files."""
