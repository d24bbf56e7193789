"""Shorter formulas of the same value: rules as rows of a table, and the engine that applies them."""
