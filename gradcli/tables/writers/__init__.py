"""Formats written, a file each: rows as bytes, or as parts that are put together. Knows no paths but those it is given
and nothing of threads."""
