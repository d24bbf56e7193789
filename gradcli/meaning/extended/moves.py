"""Entries put in other places: what moves them is run on numbers, on bounds, and on the entries' numbers to see where
each goes. Forward it gathers, backward it adds up where the entries came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.extended.number import Extended, Rearrange, lifted, moved
from gradcli.meaning.extended.rounding import Floats
from gradcli.meaning.scalars import MOVES, Plain


class Numpy:
    """numpy for rows: what moves entries takes Extended among its arguments; the rest is numpy's own."""

    def __getattr__(self, name: str) -> Any:  # Any: as in numpy
        function = getattr(np, name)
        return partial(called, function) if callable(function) and not isinstance(function, type) else function


def called(function: Any, *arguments: Any, **options: Any) -> Any:  # Any: numpy's
    """One of numpy's functions. Errors: LimitError for one that computes, with Extended among its arguments."""
    sources: list[Extended] = []
    template = _collected(arguments, sources)
    if not sources:
        return function(*arguments, **options)
    name = function.__name__
    if name == "kron":
        return _kron(*map(lifted, arguments))
    if name not in MOVES:
        raise LimitError(f"extended arithmetic has no {name} of numpy's", kind="unchecked")
    if name == "where":
        condition, x, y = arguments
        return moved(_chosen(condition), lifted(x), lifted(y))

    def run(*arrays: Floats) -> Any:  # Any: an array, or several
        return function(*_filled(template, arrays), **options)

    if name in {"split", "broadcast_arrays"}:
        count = len(run(*(s.value for s in sources)))
        return [moved(lambda *a, i=i: run(*a)[i], *sources) for i in range(count)]
    return moved(run, *sources)


def _collected(arguments: Any, sources: list[Extended]) -> Any:  # Any: nested arguments, with places for the arrays
    if isinstance(arguments, Extended):
        sources.append(arguments)
        return _Slot(len(sources) - 1)
    if isinstance(arguments, list | tuple):
        return tuple(_collected(argument, sources) for argument in arguments)
    return arguments


def _filled(template: Any, arrays: Sequence[Floats]) -> Any:  # Any: as above
    if isinstance(template, _Slot):
        return arrays[template]
    return tuple(_filled(part, arrays) for part in template) if isinstance(template, tuple) else template


def _chosen(condition: Floats) -> Rearrange:
    def choose(x: Floats, y: Floats) -> Floats:
        return np.where(condition, x, y)

    return choose


class _Slot(int):
    """The place of an array among arguments."""


def _kron(x: Extended, y: Extended) -> Extended:
    rank = max(x.ndim, y.ndim)
    a, b = ((1,) * (rank - v.ndim) + v.shape for v in (x, y))
    left = x.reshape([n for size in a for n in (size, 1)])
    right = y.reshape([n for size in b for n in (1, size)])
    return (left * right).reshape([n * m for n, m in zip(a, b, strict=True)])


def row(meaning: Callable[..., Any], arguments: Sequence[Extended], constants: Sequence[Any]) -> Extended:  # Any: array
    """A row that moves entries."""
    numbers = Plain(lambda v: lifted(v).value[()])
    bounds = Plain(lambda v: np.float64(0) + lifted(v).error)
    tokens = Plain(lambda _: np.int64(0))

    def run(*arrays: Floats) -> Floats:
        kind = tokens if arrays and arrays[0].dtype == np.int64 else numbers
        return np.asarray(meaning(kind, *arrays, *constants))

    if not arguments:
        return Extended(run(), np.asarray(meaning(bounds, *constants)))
    return moved(run, *arguments, bounds=lambda *arrays: np.asarray(meaning(bounds, *arrays, *constants)))
