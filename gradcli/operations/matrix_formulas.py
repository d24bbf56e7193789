"""What libraries mean by the same words of linear algebra: formulas from shapes, whatever the operands are called."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from gradcli.operations.shape_rules import Shape

EPSILON = 2.0**-52  # float64's: the libraries' bounds of what counts as 0 are multiples of it
REAL = "it is read where all eigenvalues are real, and has them ascending: {0} order may be another"
SIGNS = "the sign of each vector is chosen so that the first of its largest entries is positive; {0} may be another"


def reshaped(text: str, shape: Sequence[int]) -> str:
    """In another shape; of none, the only entry."""
    return f"reshape({text}, {', '.join(map(str, shape))})" if shape else f"sum({text})"


def filled(shape: Sequence[int], value: int = 0) -> str:
    return f"full({tuple(shape)}, {value})"


# -- orthogonal factors, singular values


def orthogonal(a: Shape, name: str, complete: bool) -> tuple[str, str]:
    """Q and R; of a whole basis R has rows of 0 below."""
    below = a[-2] - a[-1]
    if not complete or below <= 0:
        return f"qr_q({name})", f"qr_r({name})"
    return f"qr_q({name}, True)", f"concat(qr_r({name}), zeros_like({name}[..., {a[-1]}:, :]), dim=-2)"


def singular_vectors(a: Shape, name: str, full: bool) -> tuple[str, str]:
    """U and V of ``U @ diag(S) @ V.T``; a whole basis is refused where its vectors are more than singular values."""
    n, m = a[-2:]
    left = f"{name} @ svdvecs({name})/unsqueeze(svdvals({name}), -2)"
    return (
        f"svdvecs({name}.mT, True)" if full and n > m else left,
        f"svdvecs({name}, True)" if full and m > n else f"svdvecs({name})",
    )


def rank(name: str, bound: str, values: str = "") -> str:
    """How many singular values are beyond a bound, in which ``{s}`` stands for the largest: constant between jumps."""
    values = values or f"svdvals({name})"
    return f"sum(where({values} > {bound.format(s=f'amax({values}, -1, True)')}, 1, 0), -1)"


def tolerance(a: Shape) -> float:
    """What is taken for 0 beside the largest singular value, where nothing is said."""
    return max(a[-2:]) * EPSILON


def truncated(name: str, bound: str) -> str:
    """The pseudo-inverse without the singular values up to a bound, in which ``{s}`` stands for the largest."""
    values = f"svdvals({name})"
    kept = f"where({values} > {bound.format(s=f'amax({values}, -1, True)')}, {values}, inf)"
    return f"(svdvecs({name})/unsqueeze({kept}**2, -2)) @ svdvecs({name}).mT @ {name}.mT"


# -- packed factors of LU


def lower_factor(a: Shape, name: str) -> str:
    """L of packed factors: as many rows as A has, below ones on the diagonal."""
    n, k = a[-2], min(a[-2:])
    columns = name if a[-1] <= n else f"{name}[..., :{n}]"
    return f"tril({columns}, -1) + eye({n}, {k})"


def upper_factor(a: Shape, name: str) -> str:
    return f"triu({name})" if a[-2] <= a[-1] else f"triu({name}[..., :{a[-1]}, :])"


def solved_by_lu(packed: Shape, names: tuple[str, str, str], turned: bool) -> str:
    """``P @ L @ U @ x == b``, or the same with the transposed matrix; the pivots count from 1."""
    data, pivots, b = names
    n = packed[-1]
    left, order = f"(tril({data}, -1) + eye({n}))", f"pivots_permutation({pivots}, {n})"
    if turned:
        inner = f"solve_triangular({data}.mT, {b}, False)"
        return f"{order} @ solve_triangular({left}.mT, {inner}, True)"
    return f"solve_triangular({data}, solve_triangular({left}, {order}.mT @ {b}, False), True)"


# -- products of axes as rows and columns


def tensor_inverse(a: Shape, name: str, ind: Any) -> str:  # Any: a number
    rows, columns = a[:ind], a[ind:]
    return reshaped(f"inv(reshape({name}, {prod(rows)}, {prod(columns)}))", (*columns, *rows))


def tensor_solution(a: Shape, b: Shape, names: tuple[str, str], moved: Any) -> str:  # Any: axes, or None
    """x with ``tensordot(A, x, x.ndim) == B``; axes of A that are moved come last, in their order."""
    last = [] if moved is None else [axis % len(a) for axis in ((moved,) if isinstance(moved, int) else moved)]
    order = [axis for axis in range(len(a)) if axis not in last] + last
    turned = f"permute({names[0]}, {tuple(order)})" if last else names[0]
    found = tuple(a[axis] for axis in order[len(b) :])
    size = prod(found)
    return reshaped(f"solve(reshape({turned}, {size}, {size}), flatten({names[1]}))", found)
