"""Templates: a program over slices of variables is one small formula over repeated patterns of entries.

``sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)`` is ``100*(a - b**2)**2 + (1 - b)**2`` at a = x[1:] and b = x[:-1],
summed. Its derivatives are those of the small formula at all rows at once, put in their places.
"""
