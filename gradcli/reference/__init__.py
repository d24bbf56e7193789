"""The second route: the true derivative, by sympy or by quotients of many digits, and where there is none.

Shares nothing with torch.
"""
