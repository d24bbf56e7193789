"""sympy's objects, read as trees of the language."""
