"""Colourings of patterns of zeros: how few passes tell all entries of a sparse derivative.

Gebremedhin, Manne and Pothen, "What color is your Jacobian? Graph coloring for computing derivatives", SIAM Review 47
(2005), is the survey; each file names the source of its own.
"""
