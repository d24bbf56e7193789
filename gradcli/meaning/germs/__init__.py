"""Functions of a step t > 0 of which bounds are known, for all small enough t: of a constant and of the leading term
beside it, on a scale of powers of t, of its logarithm, and of logarithms of that.

They tell limits where there is no power series along the ray: erfinv at 1, li at 0, powers that are not rational.
"""
