"""Arrays in index form: axes that indices run over, and a sum of terms in them. They broadcast as numpy's do.

An axis of size 1 carries no index; one whose size is a product may carry several, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import Any, TypeVar

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.closed import powers
from gradcli.closed.sizes import Extent, Size
from gradcli.closed.terms import (
    Index,
    Kind,
    Place,
    Port,
    Sum,
    Term,
    atom,
    current,
    delta,
    fresh,
    product,
    renamed,
    scaled,
    size_terms,
    with_factor,
)
from gradcli.operations import shape_rules

Axis = tuple[Index, ...]
Meaning = TypeVar("Meaning", bound=Callable[..., Any])  # Any: arrays, axes, sizes
MAX_UNROLLED = 64  # entries of axes of a known size that are written out


def refused(what: str) -> LimitError:
    return LimitError(f"{what} is not read for all sizes", kind="unchecked")


NUMPY: dict[Any, Callable[..., Any]] = {}  # numpy's functions that rows call, and what they are here


def as_numpy(function: Any) -> Callable[[Meaning], Meaning]:  # Any: a function of numpy
    """The decorated function is what numpy's one is here."""

    def register(meaning: Meaning) -> Meaning:
        NUMPY[function] = meaning
        return meaning

    return register


class Indexed:
    """An array: a sum of terms whose free indices stand at its axes.

    Rows' meanings treat it as a numpy array of entries, or as one such entry.
    """

    __slots__ = ("axes", "terms")
    __array_ufunc__ = None  # numpy's own numbers leave arithmetic to this class

    def __init__(self, axes: Sequence[Axis], terms: Sum) -> None:
        self.axes, self.terms = tuple(axes), terms

    @property
    def shape(self) -> tuple[Extent, ...]:
        return tuple(prod([index.size for index in axis]) for axis in self.axes)

    @property
    def ndim(self) -> int:
        return len(self.axes)

    @property
    def size(self) -> Extent:
        return prod(self.shape)

    @property
    def T(self) -> Indexed:  # noqa: N802 - numpy's name
        return Indexed(self.axes[::-1], self.terms)

    @property
    def free(self) -> list[Index]:
        return [index for axis in self.axes for index in axis]

    def __len__(self) -> int:
        n = self.shape[0]
        if not isinstance(n, int):
            raise refused("a loop over an axis")
        return n

    def __iter__(self) -> Iterator[Indexed]:
        return (self[i] for i in range(len(self)))

    def __add__(self, other: Any) -> Indexed:  # Any: an array or a number, here and below
        axes, (one, two) = aligned(self, lift(other))
        return Indexed(axes, one + two)

    def __mul__(self, other: Any) -> Indexed:
        if not isinstance(other, Indexed) and isinstance(other, int | Fraction):
            return Indexed(self.axes, scaled(self.terms, other))
        axes, (one, two) = aligned(self, lift(other))
        return Indexed(axes, product(one, two))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Indexed:
        return self * -1

    def __sub__(self, other: Any) -> Indexed:
        return self + lift(other) * -1

    def __rsub__(self, other: Any) -> Indexed:
        return lift(other) + self * -1

    def __truediv__(self, other: Any) -> Indexed:
        return self * lift(other).power(-1)

    def __rtruediv__(self, other: Any) -> Indexed:
        return lift(other) * self.power(-1)

    def __pow__(self, exponent: int) -> Indexed:
        return self.power(exponent)

    def power(self, exponent: int | Fraction) -> Indexed:
        make = current().power or powers.power
        return Indexed(self.axes, make(self.terms, self.free, exponent))

    def each(self, function: Callable[[Sum, Sequence[Index]], Sum]) -> Indexed:
        return Indexed(self.axes, function(self.terms, self.free))

    def __getitem__(self, entries: Any) -> Indexed:  # Any: what stands in brackets
        return picked(self, entries if isinstance(entries, tuple) else (entries,))

    def reshape(self, *sizes: Any) -> Indexed:  # Any: sizes, or a tuple of them
        return reshaped(self, sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes)

    def copy(self) -> Indexed:
        return self

    def __array_function__(
        self, function: Any, _types: Any, arguments: Any, keywords: Any
    ) -> Any:  # Any: numpy's protocol
        meaning = NUMPY.get(function)
        if meaning is None:
            raise refused(f"numpy's {function.__name__}")
        return meaning(*arguments, **keywords)


def lift(value: Any) -> Indexed:  # Any: an array, a number, a size
    """A number as an array without axes. Errors: LimitError for what is no exact number."""
    if isinstance(value, Indexed):
        return value
    if type(value) is int:
        return Indexed((), [Term(value, {})] if value else [])
    if isinstance(value, Size):
        return Indexed((), size_terms(value))
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return lift(value[()])
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction | np.integer):
        raise refused(f"a value of type {type(value).__name__}")
    exact = (
        value
        if isinstance(value, Fraction)
        else Fraction(float(value))
        if isinstance(value, float)
        else Fraction(int(value))
    )
    number: int | Fraction = exact.numerator if exact.denominator == 1 else exact
    return Indexed((), [Term(number, {})] if number else [])


def indices(shape: Sequence[Extent]) -> tuple[Axis, ...]:
    """Axes with indices of their own; size 1 has none."""
    return tuple(() if n == 1 else (Index(n),) for n in shape)


def tensor(name: str, shape: Sequence[Extent]) -> Indexed:
    """A variable: one factor with an index at each axis. Errors: LimitError for an empty axis."""
    if 0 in shape:
        raise refused("an empty axis")
    axes = indices(shape)
    ports = tuple(index for axis in axes for index in axis)
    return Indexed(axes, [Term(1, {(atom(Kind.TENSOR, name, tuple(i.size for i in ports)), ports): 1})])


def constant(shape: Sequence[Extent], value: int) -> Indexed:
    return Indexed(indices(shape), [Term(value, {})] if value else [])


def renamed_all(terms: Sum, names: dict[Port, Port]) -> Sum:
    return [renamed(term, names) for term in terms] if names else terms


def unified(one: Axis, two: Axis) -> dict[Port, Port]:
    """What makes the second axis the first. Errors: LimitError where their sizes differ."""
    if [i.size for i in one] != [i.size for i in two]:
        found = " and ".join(str(prod([i.size for i in axis])) for axis in (one, two))
        raise LimitError(f"axes of sizes {found} meet", kind="unchecked")
    return dict(zip(two, one, strict=True))


def aligned(*arrays: Indexed) -> tuple[tuple[Axis, ...], list[Sum]]:
    """The axes that the arrays broadcast to, and their terms in the indices of these."""
    if not any(array.axes for array in arrays[1:]):
        return arrays[0].axes, [array.terms for array in arrays]
    rank = max(array.ndim for array in arrays)
    padded = [((),) * (rank - array.ndim) + array.axes for array in arrays]
    axes: list[Axis] = []
    for n, parts in enumerate(zip(*padded, strict=True)):
        mine = padded[0][n]
        other = next((part for part in parts if part), ())
        axes.append(mine or tuple(Index(index.size) for index in other))
    terms = [arrays[0].terms]
    for array, parts in zip(arrays[1:], padded[1:], strict=True):
        names: dict[Port, Port] = {}
        for mine, part in zip(axes, parts, strict=True):
            if part and part != mine:
                names |= unified(mine, part)
        terms.append(renamed_all(array.terms, names))
    return tuple(axes), terms


def spread(array: Indexed, axes: tuple[Axis, ...]) -> Indexed:
    """The array broadcast to these axes."""
    return Indexed(*_first(aligned(Indexed(axes, []), array)))


def is_spread(array: Indexed, over: Sequence[Indexed]) -> bool:
    """Has the array the axes already that these arrays broadcast to?"""
    shapes = [one.axes[::-1] for one in over]
    mine = array.axes[::-1]
    return len(mine) == max(map(len, shapes)) and all(
        own or not any(axes[n] for axes in shapes if n < len(axes)) for n, own in enumerate(mine)
    )


def _first(found: tuple[tuple[Axis, ...], list[Sum]]) -> tuple[tuple[Axis, ...], Sum]:
    return found[0], found[1][-1]


def summed(array: Indexed, axes: Sequence[int], keepdim: bool = False) -> Indexed:
    """The sum over these axes. Their indices become bound ones of other names: the array may be used elsewhere."""
    gone = [index for n in axes for index in array.axes[n]]
    terms = []
    for term in array.terms:
        names: dict[Port, Index] = {index: Index(index.size) for index in gone}
        term = renamed(term, names)
        terms.append(Term(term.coefficient, term.factors, (*term.bound, *names.values())))
    kept = [() if n in axes else axis for n, axis in enumerate(array.axes) if keepdim or n not in axes]
    return Indexed(kept, terms)


# -- entries in other places


def picked(x: Indexed, entries: tuple[Any, ...]) -> Indexed:  # Any: int, slice, None, Ellipsis
    """Basic indexing."""
    missing = x.ndim - sum(entry is not None and entry is not Ellipsis for entry in entries)
    full: list[Any] = []
    for entry in entries if Ellipsis in entries else (*entries, Ellipsis):
        full += [slice(None)] * missing if entry is Ellipsis else [entry]
    axes: list[Axis] = []
    terms, n = x.terms, 0
    for entry in full:
        if entry is None:
            axes.append(())
            continue
        axis, n = x.axes[n], n + 1
        if isinstance(entry, slice):
            axis, terms = _sliced(axis, terms, entry)
            axes.append(axis)
        else:
            terms = _at_place(axis, terms, entry)
    return Indexed(axes, terms)


def _at_place(axis: Axis, terms: Sum, at: Any) -> Sum:  # Any: a number or a size
    if not axis:
        return terms
    if len(axis) > 1:
        raise refused("an entry of an axis of a product of sizes")
    return renamed_all(terms, {axis[0]: place(axis[0].size, at)})


def place(size: Extent, at: Any) -> Place:  # Any: a number or a size
    """A place, counted from the front where that is known, else from behind."""
    if isinstance(at, Size):
        at = at - size
    if not isinstance(at, int) or isinstance(at, bool):
        raise refused("an index that depends on sizes")
    return Place(size, at % size if isinstance(size, int) else at)


def _sliced(axis: Axis, terms: Sum, entry: slice) -> tuple[Axis, Sum]:
    if entry == slice(None) or not axis:
        return axis, terms
    size = axis[0].size
    if len(axis) > 1 or not isinstance(size, int) or size > MAX_UNROLLED:
        raise refused("a slice of an axis")
    return _chosen(axis[0], terms, range(size)[entry])


def _chosen(index: Index, terms: Sum, places: Sequence[int]) -> tuple[Axis, Sum]:
    """The entries at these places as a new axis."""
    if len(places) == 1:
        return (), renamed_all(terms, {index: place(index.size, places[0])})
    new = Index(len(places))
    out: Sum = []
    for n, at in enumerate(places):
        chosen = renamed_all(terms, {index: place(index.size, at)})
        out += [with_factor(term, delta(new, Place(len(places), n)), 1) for term in chosen]
    return (new,), out


@as_numpy(np.take)
def taken(x: Indexed, places: Any, axis: int | None = None) -> Indexed:  # Any: numbers
    """numpy's take: entries by their numbers along an axis."""
    numbers = np.asarray(places)
    n = 0 if axis is None else axis % x.ndim
    if x.ndim > 1 and axis is None:
        raise refused("entries by their numbers in all axes")
    before, one, behind = x.axes[:n], x.axes[n], x.axes[n + 1 :]
    if numbers.ndim == 0:
        return Indexed((*before, *behind), _at_place(one, x.terms, int(numbers)))
    if len(one) != 1 or numbers.ndim > 1:
        raise refused("entries by their numbers")
    made, terms = _chosen(one[0], x.terms, [int(k) for k in numbers])
    return Indexed((*before, made, *behind), terms)


@as_numpy(np.stack)
def stacked(parts: Sequence[Any], axis: int = 0) -> Indexed:  # Any: arrays or numbers
    """Parts along a new axis: the sum of parts times the unit vectors of their places."""
    arrays = [lift(part) for part in parts]
    axes, terms = aligned(*arrays)
    at = axis % (len(axes) + 1)
    if len(parts) == 1:
        return Indexed((*axes[:at], (), *axes[at:]), terms[0])
    new = Index(len(parts))
    out: Sum = []
    for n, part in enumerate(terms):
        out += [with_factor(fresh(term), delta(new, Place(len(parts), n)), 1) for term in part]
    return Indexed((*axes[:at], (new,), *axes[at:]), out)


@as_numpy(np.concatenate)
def joined(parts: Sequence[Indexed], axis: int = 0) -> Indexed:
    """Parts one after another along an axis whose sizes are known."""
    entries: list[Indexed] = []
    for part in parts:
        moved = moved_axis(part, axis, 0)
        entries += list(moved)
    return moved_axis(stacked(entries), 0, axis)


@as_numpy(np.reshape)
def reshaped(x: Indexed, sizes: Sequence[Any]) -> Indexed:  # Any: sizes
    """The same indices, row by row, in groups whose products are the new sizes."""
    wanted = shape_rules.reshape(x.shape, tuple(sizes))  # type: ignore[arg-type]  # sizes count as numbers
    left = x.free
    axes: list[Axis] = []
    for n in wanted:
        group: list[Index] = []
        while left and prod([index.size for index in group]) != n:
            group.append(left.pop(0))
        if prod([index.size for index in group]) != n:
            raise refused("a reshape that cuts an axis")
        axes.append(tuple(group))
    return Indexed(axes, x.terms)


@as_numpy(np.moveaxis)
def moved_axis(x: Indexed, source: Any, destination: Any) -> Indexed:  # Any: an axis, or several
    order = np.moveaxis(np.empty((1,) * x.ndim), source, destination)  # checks the axes
    del order
    old, new = ([source], [destination]) if isinstance(source, int) else (list(source), list(destination))
    old, new = [a % x.ndim for a in old], [a % x.ndim for a in new]
    rest = iter(n for n in range(x.ndim) if n not in old)
    places = dict(zip(new, old, strict=True))
    return Indexed([x.axes[places[n] if n in places else next(rest)] for n in range(x.ndim)], x.terms)


@as_numpy(np.transpose)
def permuted(x: Indexed, dims: Any = None) -> Indexed:  # Any: axes
    order = range(x.ndim)[::-1] if dims is None else [a % x.ndim for a in dims]
    return Indexed([x.axes[a] for a in order], x.terms)


@as_numpy(np.swapaxes)
def swapped(x: Indexed, a: int, b: int) -> Indexed:
    axes = list(x.axes)
    axes[a], axes[b] = axes[b], axes[a]
    return Indexed(axes, x.terms)


@as_numpy(np.squeeze)
def squeezed(x: Indexed, axis: tuple[int, ...] | None = None) -> Indexed:
    gone = (
        tuple(n for n, size in enumerate(x.shape) if size == 1 or not isinstance(size, int)) if axis is None else axis
    )
    letters = [x.shape[n] for n in gone if not isinstance(x.shape[n], int)]
    if letters:
        raise refused(f"an axis that is there unless {letters[0]} is 1")
    return Indexed([one for n, one in enumerate(x.axes) if n not in gone], x.terms)


@as_numpy(np.expand_dims)
def expanded(x: Indexed, axis: int) -> Indexed:
    at = axis % (x.ndim + 1)
    return Indexed((*x.axes[:at], (), *x.axes[at:]), x.terms)


@as_numpy(np.broadcast_to)
def broadcast_to(x: Any, shape: Sequence[Extent]) -> Indexed:  # Any: an array or a number
    return spread(lift(x), indices(shape))


@as_numpy(np.broadcast_arrays)
def broadcast_arrays(*arrays: Any) -> list[Indexed]:  # Any: as above
    lifted = [lift(array) for array in arrays]
    axes, terms = aligned(*lifted)
    return [Indexed(axes, part) for part in terms]
