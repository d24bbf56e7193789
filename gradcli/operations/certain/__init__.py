"""Functions that FLINT computes with proved bounds: for float64 as many bits as rounding takes, for balls as many as
are asked. One file a family; ``FUNCTIONS`` of each gathers them by name. What loads them loads FLINT.
"""
