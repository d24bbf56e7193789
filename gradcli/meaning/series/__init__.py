"""Power series along a ray: a number that depends on a step t > 0 as a sum of powers of t and of log(t), with balls as
coefficients.

What happens for all small enough t is exact: which side of a condition is taken, which term is the largest, what a
quotient of two zeros tends to. From it come one-sided derivatives, jumps, vertical tangents and limits.
"""
