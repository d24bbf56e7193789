"""How the columns of an answer are called."""

from __future__ import annotations

VALUE = "value"


def derivative(*variables: str, order: int = 1) -> str:
    """``d_x``, ``d2_x`` of the second order in one variable, ``d_x_d_y`` of a block.

    >>> derivative("x"), derivative("x", order=2), derivative("x", "y")
    ('d_x', 'd2_x', 'd_x_d_y')
    """
    return "_".join(f"d{order if order > 1 else ''}_{name}" for name in variables)
