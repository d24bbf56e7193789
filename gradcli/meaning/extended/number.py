"""Arrays of numbers with 19 digits, a bound on the error of each, and what they were computed from.

A number is ``value`` to within ``error``. A step's bound is that of its operands, carried on by its steepness over all
that they may be, and its own rounding. A bound that is infinite or nan says that nothing is known, and so does whatever
is computed from it: kinks, jumps and edges of domains that a number may lie on have slopes with such bounds.

Bounds are computed in float64. Their own rounding errors, some 1e-16 of them at a step, are in ``CARE``, with which
whoever reads a bound multiplies it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count as counted
from math import prod
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.extended.rounding import Floats, additions, increased, now, rest, rounding, sized
from gradcli.operations.shape_rules import axes_of, reduce

Error = Any  # Any: 0.0 for exact numbers, or an array of float64 that broadcasts to the value's shape
Slope = Callable[..., Any]  # (adjoint, *operands, output) -> what is added to an operand's adjoint

_serials = counted(1)


class Extended:
    """An array of numbers.

    value:    of longdouble, or of float64 where it was made in doubles
    error:    a bound on the distance of each from the number that it stands for
    serial:   rises along every computation; 0 for a constant, through which no derivative goes
    operands: what it was computed from
    slopes:   for each operand the pull-back of the adjoint, written in Extended, so that it can be differentiated again
    spread:   was it computed entry by entry, from operands that broadcast?
    absent:   of an adjoint, where nothing comes from the output at all, whatever it is multiplied with; None: nowhere
    """

    __slots__ = ("_size", "absent", "error", "operands", "serial", "slopes", "spread", "value")
    __array_ufunc__ = None  # numpy's arrays leave arithmetic with these to them
    __sympy__ = False

    def __init__(
        self,
        value: Any,  # Any: a number, or an array of them
        error: Error = 0.0,
        operands: Sequence[Extended] = (),
        slopes: Sequence[Slope] = (),
        serial: int = 0,
        spread: bool = False,
    ) -> None:
        self.value: Floats = np.asarray(value, dtype=now.long)
        self.error = error
        self.operands, self.slopes, self.serial, self.spread = operands, slopes, serial, spread
        self._size: Floats | None = None
        self.absent: Floats | None = None

    def __repr__(self) -> str:
        return f"Extended({self.value} ± {self.error})"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def entries(self) -> int:
        return self.value.size

    @property
    def exact(self) -> bool:
        return isinstance(self.error, float) and self.error == 0.0

    @property
    def size(self) -> Floats:
        """The size of each number; see ``sized``."""
        if self._size is None:
            self._size = sized(self.value)
        return self._size

    @property
    def errors(self) -> Floats:
        """The bounds in the value's shape."""
        return np.broadcast_to(np.asarray(self.error), self.shape)

    # -- arithmetic. Any, from here on: Extended, or numbers and arrays that are exact

    def __add__(self, other: Any) -> Extended:
        other = lifted(other)
        return _sum(self, other, other.value, (_pass, _pass))

    def __sub__(self, other: Any) -> Extended:
        other = lifted(other)
        return _sum(self, other, -other.value, (_pass, _turn))

    def __mul__(self, other: Any) -> Extended:
        other = lifted(other)
        value = self.value * other.value
        size = sized(value)
        error = rounding(size, self, other)
        if not other.exact:
            error = increased(error, self.size * other.error)
        if not self.exact:
            reach = other.size if other.exact else other.size + other.error
            error = increased(error, reach * self.error)
        return each(value, error, (self, other), (_times_second, _times_first), size)

    def __truediv__(self, other: Any) -> Extended:
        other = lifted(other)
        value = self.value / other.value
        size = sized(value)
        error = rounding(size, self)
        if other.exact:
            error = error if self.exact else increased(error, self.error / other.size)
        else:
            least = other.size - other.error
            carried = (size * other.error + self.error) / np.where(least > 0, least, 0.0)
            error = increased(error, carried)
        return each(value, error, (self, other), (_over, _divisor), size)

    def __neg__(self) -> Extended:
        return each(-self.value, self.error, (self,), (_turn,), self._size)

    def __radd__(self, other: Any) -> Extended:
        return lifted(other) + self

    def __rsub__(self, other: Any) -> Extended:
        return lifted(other) - self

    def __rmul__(self, other: Any) -> Extended:
        return lifted(other) * self

    def __rtruediv__(self, other: Any) -> Extended:
        return lifted(other) / self

    # -- what has no meaning for whole arrays

    def __bool__(self) -> bool:
        """Of a constant of a row. Errors: LimitError."""
        if self.ndim or self.serial or not self.exact:
            raise LimitError("whole arrays have no truth", kind="unchecked")
        return bool(self.value)

    def _refused(self, *_: Any) -> Any:
        raise LimitError("whole arrays have no single number", kind="unchecked")

    __lt__ = __le__ = __gt__ = __ge__ = __float__ = __int__ = __iter__ = _refused

    def __setitem__(self, place: Any, entry: Any) -> None:
        raise LimitError("entries are not set one by one in whole arrays", kind="unchecked")

    # -- places

    def rearranged(self, rearrange: Callable[[Floats], Floats]) -> Extended:
        return moved(rearrange, self)

    def __getitem__(self, key: Any) -> Extended:
        return self if isinstance(key, tuple) and not key and not self.ndim else self.rearranged(lambda a: a[key])

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def T(self) -> Extended:  # noqa: N802 - numpy's name
        return self.rearranged(lambda a: a.T)

    def reshape(self, *shape: Any) -> Extended:
        return self.rearranged(lambda a: a.reshape(*shape))

    def ravel(self) -> Extended:
        return self.reshape(-1)

    def copy(self) -> Extended:
        return self


def lifted(number: Any) -> Extended:  # Any: Extended, or exact numbers
    return number if type(number) is Extended else Extended(number)


def given(values: Floats, *, moves: bool) -> Extended:
    """Floats as they are; of those that are not finite nothing is told.

    moves: are derivatives taken in them?
    """
    finite = np.isfinite(values)
    error = 0.0 if finite.all() else np.where(finite, 0.0, np.inf)
    return Extended(values, error, serial=next(_serials) if moves else 0)


def variable(value: Any) -> Extended:  # Any: numbers
    """Numbers in which derivatives are taken."""
    return Extended(value, serial=next(_serials))


def bare(number: Extended) -> Extended:
    """The same numbers as constants."""
    if not number.serial:
        return number
    constant = Extended(number.value, number.error)
    constant._size = number._size  # noqa: SLF001 - of the same class
    return constant


def made(
    value: Any, error: Error, operands: Sequence[Extended], slopes: Sequence[Slope], *, spread: bool = False
) -> Extended:  # Any: numbers
    """A result with the way that it came, where any operand moves."""
    if any(operand.serial for operand in operands):
        return Extended(value, error, operands, slopes, next(_serials), spread)
    return Extended(value, error)


def each(
    value: Any, error: Error, operands: Sequence[Extended], slopes: Sequence[Slope], size: Floats | None = None
) -> Extended:  # Any: numbers
    """The same for what is computed entry by entry."""
    result = made(value, error, operands, slopes, spread=True)
    result._size = size  # noqa: SLF001 - of the same class
    return result


def _sum(x: Extended, y: Extended, term: Floats, slopes: Sequence[Slope]) -> Extended:
    """x and the term, which is y or -y. Single numbers are seen to add exactly: an exponent n - 1 is a whole number."""
    value = np.asarray(x.value + term)
    size = sized(value)
    error: Error = 0.0 if not value.ndim and rest(x.value, term, value) == 0 else size * now.unit
    if not x.exact:
        error = error + x.error
    if not y.exact:
        error = error + y.error
    return each(value, error, (x, y), slopes, size)


# -- adjoints: an adjoint's shape broadcasts to that of the output, and is lifted to it only where that matters


def _pass(adjoint: Extended, *_: Extended) -> Extended:
    return adjoint


def _turn(adjoint: Extended, *_: Extended) -> Extended:
    return -adjoint


def _times_second(adjoint: Extended, _x: Extended, y: Extended, _out: Extended) -> Extended:
    return adjoint * y


def _times_first(adjoint: Extended, x: Extended, _y: Extended, _out: Extended) -> Extended:
    return adjoint * x


def _over(adjoint: Extended, _x: Extended, y: Extended, _out: Extended) -> Extended:
    return adjoint / y


def _divisor(adjoint: Extended, _x: Extended, y: Extended, out: Extended) -> Extended:
    return -(adjoint * out / y)


# -- entries in other places: forward they are gathered, backward added up where they came from

Rearrange = Callable[..., Floats]  # arrays of the operands' shapes, of any numbers -> an array


def moved(rearrange: Rearrange, *sources: Extended, bounds: Rearrange | None = None) -> Extended:
    """The entries of the sources in other places.

    rearrange: on arrays of int64, the entries' numbers from 1 on, it may fill in 0, for numbers of its own
    bounds:    the same on bounds, where they differ
    """
    value = np.asarray(rearrange(*(s.value for s in sources)))
    exact = all(s.exact for s in sources) and bounds is None
    error: Any = 0.0 if exact else np.asarray((bounds or rearrange)(*(s.errors for s in sources)))
    if not exact and not error.any():
        error = 0.0
    slopes = [_Back(rearrange, i) for i in range(len(sources))]
    return made(value, error, sources, slopes)


class _Back:
    """Adds the adjoint of what was moved to where the i-th source had its entries."""

    def __init__(self, rearrange: Rearrange, i: int) -> None:
        self.rearrange, self.i = rearrange, i

    def __call__(self, adjoint: Extended, *known: Extended) -> Extended:
        *sources, out = known
        tokens = np.asarray(self.rearrange(*_tokens([s.shape for s in sources])))
        first = sum(s.entries for s in sources[: self.i])
        return scattered(filled(adjoint, out.shape), tokens - first, sources[self.i].shape)


def _tokens(shapes: Sequence[tuple[int, ...]]) -> list[Floats]:
    found, first = [], 1
    for shape in shapes:
        size = int(np.prod(shape, dtype=np.int64))
        found.append(np.arange(first, first + size, dtype=np.int64).reshape(shape))
        first += size
    return found


def scattered(adjoint: Extended, tokens: Floats, shape: tuple[int, ...]) -> Extended:
    """For each entry of a shape the sum of those whose token, from 1 on, is its number; other tokens are left out."""
    size = int(np.prod(shape, dtype=np.int64))
    inside = (tokens >= 1) & (tokens <= size)
    whole = bool(inside.all())
    places = (tokens if whole else tokens[inside]).ravel() - 1

    def given(array: Floats) -> Floats:
        return (array if whole else array[inside]).ravel()

    times = np.bincount(places, minlength=size)
    most = int(times.max(initial=0))
    value = np.zeros(size, dtype=adjoint.value.dtype)
    error: Any = 0.0 if adjoint.exact else np.zeros(size)
    if most <= 1:
        value[places] = given(adjoint.value)
        if not adjoint.exact:
            error[places] = given(adjoint.errors)
    else:
        np.add.at(value, places, given(adjoint.value))
        terms = np.bincount(places, given(adjoint.size), minlength=size)
        carried = 0.0 if adjoint.exact else np.bincount(places, given(adjoint.errors), minlength=size)
        error = terms * (most * now.unit) + carried

    def gather(cotangent: Extended, *_: Extended) -> Extended:
        flat = filled(cotangent, shape)
        return moved(lambda a: _gathered(a, tokens, inside), flat)

    reshaped = error if isinstance(error, float) else error.reshape(shape)
    return made(value.reshape(shape), reshaped, (adjoint,), (gather,))


def _gathered(array: Floats, tokens: Floats, inside: Floats) -> Floats:
    """What scatter took from each place; nothing, token 0, where it took none."""
    found: Floats = np.zeros(tokens.shape, dtype=array.dtype)
    found[inside] = array.ravel()[tokens[inside] - 1]
    return found


def filled(number: Extended, shape: tuple[int, ...]) -> Extended:
    """Broadcast to a shape."""
    if number.shape == shape:
        return number
    value = np.broadcast_to(number.value, shape)
    error = number.error if isinstance(number.error, float) else np.broadcast_to(number.error, shape)
    return made(value, error, (number,), (lambda adjoint, *_: fitted(adjoint, shape, number.shape),))


def fitted(adjoint: Extended, shape: tuple[int, ...], wanted: tuple[int, ...]) -> Extended:
    """The adjoint of what was broadcast from a shape to another: the sum over the axes that this made.

    The adjoint's own shape broadcasts to ``shape``.
    """
    if shape == wanted:
        return adjoint
    lead = len(shape) - len(wanted)
    made_axes = [axis for axis, n in enumerate(shape) if axis < lead or (wanted[axis - lead] == 1 and n != 1)]
    given = (1,) * (len(shape) - adjoint.ndim) + adjoint.shape
    if given != adjoint.shape:
        adjoint = adjoint.reshape(given)
    times = 1
    for axis in made_axes:
        times *= shape[axis] if given[axis] == 1 else 1
    over = tuple(axis for axis in made_axes if given[axis] != 1)
    total = summed(adjoint, over, True) if over else adjoint
    total = total * times if times != 1 else total
    return total.reshape(total.shape[lead:]) if lead else total


# -- sums

Axes = Any  # Any: None, an axis, or several


def summed(number: Extended, dim: Axes, keepdim: bool) -> Extended:
    """Sums along axes, by numpy's pairs along contiguous lines."""
    shape, axes = number.shape, axes_of(number.shape, dim)
    value = np.sum(_contiguous(number.value, axes), axis=-1)
    terms = np.sum(_contiguous(number.size, axes), axis=-1)
    count = prod(shape[axis] for axis in axes)
    error = terms * (now.unit * additions(count))
    if not number.exact:
        error = error + np.sum(_contiguous(number.errors, axes), axis=-1)
    out = reduce(shape, dim, keepdim)
    kept = tuple(1 if axis in axes else n for axis, n in enumerate(shape))

    def slope(adjoint: Extended, *_: Extended) -> Extended:
        return filled(adjoint, out).reshape(kept)  # broadcasts to the operand

    return made(value.reshape(out), error.reshape(out), (number,), (slope,))


def _contiguous(array: Floats, axes: tuple[int, ...]) -> Floats:
    """The axes that are reduced as one, the last, side by side in memory."""
    kept = [axis for axis in range(array.ndim) if axis not in axes]
    count = prod(array.shape[axis] for axis in axes)
    moved = np.transpose(array, (*kept, *axes))
    return np.ascontiguousarray(moved).reshape([*(array.shape[axis] for axis in kept), count])
