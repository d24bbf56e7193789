"""Entries picked by operands that hold numbers of places, and entries added up at places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.meaning.program import Step
from gradcli.meaning.templates.operations import in_other_places
from gradcli.meaning.templates.sums import as_sums, gathered
from gradcli.meaning.templates.template import Entries, Untemplated
from gradcli.meaning.templates.values import Known, Sums, Term, Value
from gradcli.operations.rows.picking import as_index
from gradcli.operations.shape_rules import Shape, line, size


def by_places(step: Step, arguments: Sequence[Value | None], shape: Shape) -> Value | None:
    """The value of a row that picks or adds up by places; None for other rows."""
    assert step.op is not None
    way = _WAYS.get(step.op.name)
    return None if way is None else way(list(arguments), step.constants, shape)


def _index(value: Value | None) -> Entries:
    """Errors: Untemplated where the places depend on a variable."""
    if not isinstance(value, Known):
        raise Untemplated("the numbers of places depend on a variable")
    return value.numbers.astype(np.int64)


def _gather(arguments: list[Value | None], constants: tuple[Any, ...], shape: Shape) -> Value:  # Any: see Static
    x, index = arguments
    assert x is not None
    (dim,), lines = constants, line(x.shape)
    at = _index(index).reshape(line(shape))
    cut = tuple(slice(None) if axis == dim % len(lines) else slice(n) for axis, n in enumerate(at.shape))

    def move(_: object, entries: Any) -> Any:  # Any: arrays
        return np.take_along_axis(entries.reshape(lines)[cut], at, dim).reshape(shape)

    return in_other_places(move, [x], shape)


def _index_add(arguments: list[Value | None], constants: tuple[Any, ...], shape: Shape) -> Value:  # Any: as above
    dim, index = constants
    numbering = np.arange(size(shape)).reshape(shape)
    places = numbering.reshape(-1)[list(index)] if dim is None else np.take(numbering, index, dim)
    return _added(arguments[0], arguments[1], places)


def _scatter_add(arguments: list[Value | None], constants: tuple[Any, ...], shape: Shape) -> Value:  # Any: as above
    x, index, source = arguments
    assert source is not None
    (dim,), at = constants, _index(index)
    at, lines = at.reshape(line(at.shape)), line(shape)
    cut = tuple(slice(None) if axis == dim % len(lines) else slice(n) for axis, n in enumerate(at.shape))
    places = np.take_along_axis(np.arange(size(shape)).reshape(lines)[cut], at, dim)
    inner = tuple(slice(n) for n in at.shape)
    used = (
        in_other_places(lambda _, s: s.reshape(line(s.shape))[inner], [source], at.shape)
        if (not isinstance(source, Known))
        else Known(source.numbers.reshape(line(source.shape))[inner], truth=False)
    )
    return _added(x, used, places)


def _put_at(arguments: list[Value | None], constants: tuple[Any, ...], shape: Shape) -> Value:  # Any: as above
    (entries,) = constants
    return _added(None, arguments[0], np.arange(size(shape)).reshape(shape)[as_index(entries)], shape)


def _added(x: Value | None, source: Value | None, places: Entries, shape: Shape = ()) -> Sums:
    """x with the source added at these places of it, flattened."""
    assert source is not None
    shape = shape if x is None else x.shape
    new = gathered(as_sums(source), shape, places.reshape(-1).astype(np.int64))
    old: tuple[Term, ...] = () if x is None else as_sums(x).terms
    if size(shape) == 1:
        new = gathered(as_sums(source), shape, None)
    return Sums(shape, (*old, *new.terms))


_WAYS: dict[str, Callable[[list[Value | None], tuple[Any, ...], Shape], Value]] = {  # Any: as above
    "gather": _gather, "index_add": _index_add, "scatter_add": _scatter_add, "put_at": _put_at,
}  # fmt: skip
