"""Rows: the parts of the discrete Fourier transform, of which every other one is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, ShapeMismatch, size
from gradcli.operations.turns import Turns

FOURIER = "Fourier transforms"

# Any, in this module: arrays of the arithmetic at hand, or torch's

_SHIFTS = (0, 1, 2)  # halves that are added to j, and to k
_INVERSE = {"backward": "forward", "ortho": "ortho", "forward": "backward"}  # who divides by n
_PLAIN = {"n": None, "dim": -1, "norm": "backward"}  # torch's defaults
_SAME = {norm: norm for norm in _INVERSE}


def _shape(x: Shape, n: int | None, dim: int, norm: str, count: int | None, start: int, first: int) -> Shape:
    axis = rule.axis_of(x, dim)
    period = x[axis] if n is None else n
    if not size(x):
        raise ShapeMismatch("an array with entries, as torch has no transform of none")
    if norm not in _INVERSE:
        raise ShapeMismatch(f"norm 'backward', 'ortho' or 'forward', not '{norm}'")
    if start not in _SHIFTS or first not in _SHIFTS:
        raise ShapeMismatch("start and first 0, 1 or 2, in halves")
    if x[axis] + (start == 2) > period:
        raise ShapeMismatch(f"at most {period - (start == 2)} entries along dim={dim}, not {x[axis]}")
    sums = period if count is None else count
    if not 1 <= sums <= period - (first == 2):
        raise ShapeMismatch(f"a count from 1 to {period - (first == 2)}, not {sums}")
    return (*x[:axis], sums, *x[axis + 1 :])


def _turns(x: Shape, constants: tuple[Any, ...], quarters: int = 0) -> Turns:
    n, dim, _, count, start, first = constants
    period = x[dim] if n is None else n
    return Turns(x[dim], period if count is None else count, period, start, first, quarters)


def _cost(x: Shape, *constants: Any) -> int:
    turns = _turns(x, constants)
    return max(size(x) // max(turns.entries, 1), 1) * turns.work


def _rule(name: str) -> Callable[..., str]:
    """The matrix of cosines is its own transpose, with entries and sums in each other's place."""

    def cotangent(x: Shape, n: int | None, dim: int, norm: str, count: int | None, start: int, first: int) -> str:
        period = x[dim] if n is None else n
        given = "None" if count in (None, period) else period
        wanted = "None" if n in (None, x[dim]) else x[dim]
        return f"{name}(g, {given}, {dim}, '{norm}', {wanted}, {first}, {start})"

    return cotangent


# -- by torch's transforms


def _by_torch(name: str, part: str, norms: dict[str, str]) -> Callable[..., Any]:
    """A part of torch's transform of this name; norms: its words for ours."""

    def sums(t: Any, x: Any, n: int | None, dim: int, norm: str, count: int | None, start: int, first: int) -> Any:
        transform = getattr(t.fft, name)
        if start or first:
            period = x.shape[dim] if n is None else n
            plain = partial(transform, norm=norms["backward"])
            found = _shifted(t, plain, x, dim, (period, period if count is None else count, start, first))
            scale = {"backward": 1, "ortho": period**-0.5, "forward": 1 / period}[norm]
            return getattr(found, part) if norm == "backward" else getattr(found, part) * scale
        given = {"n": n, "dim": dim, "norm": norms[norm]}
        found = getattr(transform(x, **{key: value for key, value in given.items() if value != _PLAIN[key]}), part)
        return found if count is None else found[_slices(dim, slice(count))]

    return sums


def _slices(dim: int, along: slice) -> tuple[Any, ...]:
    """An index along one axis."""
    return (*[slice(None)] * dim, along) if dim >= 0 else (..., along, *[slice(None)] * (-dim - 1))


def _shifted(t: Any, transform: Any, x: Any, dim: int, sums: tuple[int, int, int, int]) -> Any:
    """At places that do not begin with 0: among zeros, at twice as many places where they are halves."""
    period, count, start, first = sums
    lines = t.movedim(x, dim, -1)
    if start == 2:
        lines = t.nn.functional.pad(lines, (1, 0))
    if start == 1:
        lines = t.stack((t.zeros_like(lines), lines), -1).flatten(-2)
    step = 2 if first == 1 else 1
    found = transform(lines, n=period * step * (2 if start == 1 else 1))
    begin = 1 if first else 0
    return t.movedim(found[..., begin : begin + step * count : step], -1, dim)


def _along(quarters: int) -> Callable[..., Any]:
    """By the arithmetic at hand."""

    def sums(s: Any, x: Any, *constants: Any) -> Any:
        turns = _turns(x.shape, constants, quarters)
        axis, norm = rule.axis_of(x.shape, constants[1]), constants[2]
        lines = s.np.moveaxis(x, axis, -1)
        found = s.transformed(s.np.reshape(lines, (size(lines.shape[:-1]), turns.entries)), turns)
        if norm != "backward":
            n = s.scalar(turns.period)
            found = found * s.div(s.scalar(1), n if norm == "forward" else s.sqrt(n))
        return s.np.moveaxis(s.np.reshape(found, (*lines.shape[:-1], turns.count)), -1, axis)

    return sums


_SIGNATURE = (
    "x; n:integer=None, dim:axis=-1, norm:text='backward', count:integer=None, start:integer=0, first:integer=0"
)
_NOTE = (
    "Along dim, for the first count numbers k; n is how many entries there are, or more, as if zeros stood behind. "
    "norm says who divides by n, as torch.fft has it; halves of start and first, 0, 1 or 2, are added to j and to k."
)

ROWS = (
    Op("cosine_sums", _SIGNATURE, FOURIER,
       "For each k the sum of x[j]*cos(2*pi*j*k/n): the real part of the Fourier transform.",
       "sum(cosine_sums(x)**2) x=1,2,4", within="dim", shape=_shape, cost=_cost, torch=_by_torch("fft", "real", _SAME),
       sympy=_along(0), rule=(_rule("cosine_sums"),), linear="jointly", factorises=True, note=_NOTE),
    Op("sine_sums", _SIGNATURE, FOURIER,
       "For each k the sum of x[j]*sin(2*pi*j*k/n): minus the imaginary part of the Fourier transform.",
       "sum(sine_sums(x)**2) x=1,2,4", within="dim",
       shape=_shape, cost=_cost, torch=_by_torch("ifft", "imag", _INVERSE),
       sympy=_along(1), rule=(_rule("sine_sums"),), linear="jointly", factorises=True, note=_NOTE),
)  # fmt: skip
