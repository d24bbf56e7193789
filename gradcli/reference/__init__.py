"""The second route: the true derivative, by formulas, balls and series, and where there is none.

Shares nothing with torch.
"""
