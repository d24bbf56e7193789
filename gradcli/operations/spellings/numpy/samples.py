"""numpy's calls on samples and grids, and polynomials."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.numpy.places import along

# Any, in this module: the constants of a call, or OPERAND


def _interp(left: Any, right: Any) -> str:
    low, high = ("fp[0]" if left is None else "left"), ("fp[-1]" if right is None else "right")
    return f"where(x < xp[0], {low}, where(x > xp[-1], {high}, interp(x, xp, fp)))"


def _eye(M: Any, k: int) -> str:
    columns = "N" if M is None else "M"
    return f"eye(N, {columns})" if not k else f"triu(tril(ones(N, {columns}), {k}), {k})"


def _between(num: int, endpoint: bool) -> str:
    """num shares from 0 to 1."""
    return f"linspace(0, 1, {num})" if endpoint else f"arange({num})/{num}"


def _linspace(num: int, endpoint: bool, axis: int) -> str:
    share = _between(num, endpoint)
    return f"movedim((start + 0*stop)[..., None]*(1 - {share}) + (stop + 0*start)[..., None]*{share}, -1, {axis})"


def _diff(axis: int, prepend: Any, append: Any) -> str:
    first, last = along("a", axis, ":1"), along("a", axis, "-1:")
    parts = [f"prepend + 0*{first}"] * (prepend is not None) + ["a"] + [f"append + 0*{last}"] * (append is not None)
    return (
        f"differences(concat([{', '.join(parts)}], {axis}), n, {axis})" if len(parts) > 1 else "differences(a, n, axis)"
    )


def gradient_of(f: str, axis: Any, edge_order: int, spacing: str = "1") -> str:
    """Central differences, and at the edges those of one side; without an axis of a vector."""
    if isinstance(axis, tuple):
        return f"({', '.join(gradient_of(f, one, edge_order, spacing) for one in axis)},)"
    x = f"einsum('i->i', {f})" if axis is None else f"movedim({f}, {axis}, 0)"
    first, last = f"({x}[1:2] - {x}[:1])", f"({x}[-1:] - {x}[-2:-1])"
    if edge_order == 2:
        first = f"(-3*{x}[:1] + 4*{x}[1:2] - {x}[2:3])/2"
        last = f"(3*{x}[-1:] - 4*{x}[-2:-1] + {x}[-3:-2])/2"
    found = f"concat([{first}, ({x}[2:] - {x}[:-2])/2, {last}], 0)/({spacing})"
    return found if axis is None else f"movedim({found}, 0, {axis})"


def _gradient_at_points(edge_order: int) -> str:
    """Of a vector at points that need not be equally far apart."""
    left, right = "(x[1:-1] - x[:-2])", "(x[2:] - x[1:-1])"
    inner = (
        f"-{right}/({left}*(x[2:] - x[:-2]))*f[:-2] + ({right} - {left})/({left}*{right})*f[1:-1]"
        f" + {left}/({right}*(x[2:] - x[:-2]))*f[2:]"
    )
    edges = "(f[1:2] - f[:1])/(x[1:2] - x[:1])", "(f[-1:] - f[-2:-1])/(x[-1:] - x[-2:-1])"
    return f"einsum('i->i', concat([{edges[0]}, {inner}, {edges[1]}], 0))" if edge_order == 1 else ""


_POWERS = "(flip(cumsum(ones_like(p), 0), 0) - 1)"  # of a polynomial's coefficients, the highest first


def _horner(p: int) -> str:
    found = "p[0] + 0*x"
    for k in range(1, p):
        found = f"({found})*x + p[{k}]"
    return found


SPELLINGS = (
    Spelling("np.interp(x, xp, fp, left=None, right=None)", _interp),
    Spelling("np.eye(N:integer, M:integer=None, k:integer=0, dtype:nothing=None)", _eye),
    Spelling("np.tri(N:integer, M:integer=None, k:integer=0, dtype:nothing=None)",
             lambda M, k: f"tril(ones(N, {'N' if M is None else 'M'}), {k})"),
    Spelling("np.linspace(start, stop, num:integer=50, endpoint:flag=True, *, axis:axis=0)", _linspace),
    Spelling("np.logspace(start, stop, num:integer=50, endpoint:flag=True, base=10, *, axis:axis=0)",
             lambda num, endpoint, axis: f"base**{_linspace(num, endpoint, axis)}"),
    Spelling("np.diff(a, n:integer=1, axis:axis=-1, prepend:number=None, append:number=None)", _diff),
    Spelling("np.gradient(f, *, axis:axes=None, edge_order:integer=1)",
             lambda axis, edge_order: gradient_of("f", axis, edge_order)),
    Spelling("np.gradient(f, dx:number, *, axis:axes=None, edge_order:integer=1)",
             lambda axis, edge_order: gradient_of("f", axis, edge_order, "dx")),
    Spelling("np.gradient(f, x, *, edge_order:integer=1)", _gradient_at_points),
    Spelling("np.polyval(p:parts, x)", _horner),
    Spelling("np.polyval(p, x)", f"sum(einsum('i->i', p)*x[..., None]**{_POWERS}, -1)"),
    Spelling("np.polyder(p)", f"einsum('i->i', (p*{_POWERS})[:-1])"),
    Spelling("np.polyint(p, m:integer=1, k=0)", lambda m: f"concat([p/({_POWERS} + 1), [k]])" if m == 1 else ""),
)  # fmt: skip
