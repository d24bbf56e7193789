"""Derivatives too large to be held whole, most of whose entries are zero at every point."""
