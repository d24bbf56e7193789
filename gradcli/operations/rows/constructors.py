"""Rows: arrays made of sizes and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, ShapeMismatch

MAKE = "constructors"


def _arange_count(start: Any, stop: Any, step: Any) -> int:  # Any: numbers of the arithmetic at hand
    """How many numbers arange gives; a quotient that is whole but for rounding is whole."""
    low, high = _count(start, stop)
    return max(0, ceil(float((high - low) / step) - 1e-9))


def _count(start: Any, stop: Any) -> tuple[Any, Any]:  # Any: numbers of the arithmetic at hand
    return (0, start) if stop is None else (start, stop)


def _full_shape(value: Shape, sizes: Any) -> Shape:  # Any: one size or several
    if value:
        raise ShapeMismatch("one number to fill with", hint="broadcast_to(x, sizes) repeats an array")
    return rule.sizes((sizes,) if isinstance(sizes, int) else sizes)


def _filled_shape(x: Shape, value: Shape) -> Shape:
    if rule.broadcast(x, value) != x:
        raise ShapeMismatch(f"a value that broadcasts to x's shape {x}")
    return x


def _one_hot_shape(ids: Any, classes: int) -> Shape:  # Any: one number or several
    numbers = (ids,) if isinstance(ids, int) else ids
    if not all(0 <= number < classes for number in numbers):
        raise ShapeMismatch(f"class numbers from 0 to {classes - 1}, not {ids}")
    return (classes,) if isinstance(ids, int) else (len(ids), classes)


def _commutation_shape(sizes: Sequence[int]) -> Shape:
    if len(sizes) != 2:
        raise ShapeMismatch("the two sizes of a matrix")
    return (sizes[0] * sizes[1],) * 2


def _commutation_torch(t: Any, sizes: Sequence[int]) -> Any:  # Any: torch, and its tensors
    rows, columns = sizes
    entries = rows * columns
    return t.eye(entries).reshape(entries, rows, columns).mT.reshape(entries, entries)


ROWS = (
    Op("full", "; sizes:axes, fill_value:tensor", MAKE, "One number everywhere.", "sum(full((2, 3), x)) x=2",
       shape=_full_shape, torch=lambda t, value, sizes: value * t.ones(sizes),
       sympy=lambda s, value, sizes: s.full(sizes, 1) * value, rule=("sum(g)",), truth="all"),
    Op("full_like", "x, fill_value", MAKE, "One number in x's shape.", "sum(full_like(x, a)*x) x=1,2 a=3",
       shape=lambda x, value: (_full_shape(value, 0), x)[1], torch=lambda t, x, value: value * t.ones_like(x),
       sympy=lambda s, x, value: s.full(x.shape, 1) * value, rule=("zeros_like(x)", "sum(g)"), truth="all"),
    Op("filled_like", "x, fill_value", MAKE, "numpy.full_like: a number, or an array that broadcasts, in x's shape.",
       "sum(np.full_like(x, y)*x) x=1,2 y=3,4",
       shape=_filled_shape, torch=lambda t, x, value: value * t.ones_like(x),
       sympy=lambda s, x, value: s.full(x.shape, 1) * value, rule=("zeros_like(x)", "sum_to(g, fill_value)"),
       aliases=("np.full_like",), truth="all"),
    Op("one_hot", "; ids:axes, num_classes:integer", MAKE,
       "For each class number a row that is 1 there and 0 elsewhere.", "sum(one_hot([0, 2], 3) @ x) x=1,2,3",
       shape=_one_hot_shape,
       torch=lambda t, ids, classes: t.nn.functional.one_hot(t.tensor(ids), classes).to(t.get_default_dtype()),
       sympy=lambda s, ids, classes: s.np.take(s.eye(classes, classes), s.np.array(ids, dtype=int), 0)),
    Op("logspace", "; start:number, stop:number, steps:integer, base:number=10.0", MAKE,
       "base**x for steps numbers x from start to stop.", "dot(logspace(0, 2, 3), x) x=1,2,3",
       shape=lambda start, stop, steps, base: rule.linspace(start, stop, steps),
       sympy=lambda s, start, stop, steps, base: s.map(lambda v: s.pow(base, v),
                                                       s.grid(start, s.div(stop - start, max(steps - 1, 1)), steps))),
    Op("zeros", "; sizes:sizes", MAKE, "Zeros.", "sum(zeros(3) + x) x=2",
       shape=rule.sizes, sympy=lambda s, sizes: s.full(sizes, 0)),
    Op("ones", "; sizes:sizes", MAKE, "Ones.", "sum(ones(3)*x) x=2",
       shape=rule.sizes, sympy=lambda s, sizes: s.full(sizes, 1)),
    Op("zeros_like", "x", MAKE, "Zeros of x's shape.", "sum(zeros_like(x) + x) x=1,2",
       shape=rule.first, sympy=lambda s, x: s.full(x.shape, 0), rule=("zeros_like(x)",), truth="all"),
    Op("ones_like", "x", MAKE, "Ones of x's shape.", "sum(ones_like(x)*x) x=1,2",
       shape=rule.first, sympy=lambda s, x: s.full(x.shape, 1), rule=("zeros_like(x)",), truth="all"),
    Op("eye", "; n:integer, m:integer=None", MAKE, "Identity matrix.", "sum(eye(2) @ x) x=1,2",
       shape=rule.eye, torch=lambda t, n, m: t.eye(n, n if m is None else m),
       sympy=lambda s, n, m: s.eye(n, n if m is None else m)),
    Op("commutation", "; sizes:sizes", MAKE, "Commutation matrix: commutation(m, n) @ vec(X) is vec(X.T), X (m, n).",
       "dot(commutation(2, 3) @ vec(X), arange(6)) X=[[1,2,3],[4,5,6]]",
       shape=_commutation_shape, torch=_commutation_torch,
       sympy=lambda s, sizes: s.np.reshape(s.einsum("ac,bd->abdc", [s.eye(n, n) for n in sizes]),
                                           _commutation_shape(sizes))),
    Op("arange", "; start:number, stop:number=None, step:number=1", MAKE,
       "start, start + step, ... before stop; arange(n) is 0 to n-1.", "dot(arange(3), x) x=1,2,3",
       shape=rule.arange,
       torch=lambda t, start, stop, step: t.arange(*_count(start, stop), step, dtype=t.get_default_dtype()),
       sympy=lambda s, start, stop, step: s.grid(_count(start, stop)[0], step, _arange_count(start, stop, step))),
    Op("linspace", "; start:number, stop:number, steps:integer", MAKE,
       "steps numbers from start to stop, evenly, both ends included.", "dot(linspace(0, 1, 3), x) x=1,2,3",
       shape=rule.linspace,
       sympy=lambda s, start, stop, steps: s.grid(start, s.div(stop - start, max(steps - 1, 1)), steps)),
    Op("rand", "; sizes:sizes", MAKE, "Uniform numbers in [0, 1), drawn with --seed; for values only.",
       "sum(x**2) x=rand(3)", shape=rule.sizes, sympy=None, random=True),
    Op("randn", "; sizes:sizes", MAKE, "Normal numbers, drawn with --seed; for values only.", "sum(x**2) x=randn(3)",
       shape=rule.sizes, sympy=None, random=True),
)  # fmt: skip
