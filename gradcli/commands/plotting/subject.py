"""What a plot is of: a function, the one or two numbers that move, the point, the ranges that were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from math import isfinite

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import UsageError, printable
from gradcli.base.wording import option
from gradcli.commands.plotting.rows import Place, Rows
from gradcli.inputs.prepare import Values, missing_value
from gradcli.inputs.request import Shapes, Wrt, names_of, texts_of
from gradcli.inputs.sources import Source
from gradcli.inputs.symbolic import Asked, Given
from gradcli.inputs.values import read_bindings
from gradcli.language.parse import Expression
from gradcli.language.write import write
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape, shape_text, size

WIDEST, NARROWEST = 1e100, 1e-9  # a range, and one as a part of its ends: floats in it are enough for a curve
Range = tuple[float, float]
Ranges = Mapping[str, Range] | str | Sequence[str] | None


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """places: the numbers that move, one or two; point: where they stand, None where they have no value"""

    expression: Expression
    places: tuple[Place, ...]
    values: Mapping[str, FloatArray]
    point: tuple[float, ...] | None
    ranges: Mapping[str, Range]

    @property
    def text(self) -> str:
        return write(self.expression.tree)

    @property
    def program(self) -> Program:
        return compile_tree(self.expression.tree)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return tuple(shapes_of(self.program, {n: v.shape for n, v in self.values.items()}, self.expression))

    def rows(self, order: int = 1, expression: Expression | None = None) -> Rows:
        """The function, or another one of the same names, differentiated so often."""
        return Rows(expression or self.expression, self.places, self.values, order)

    def range_of(self, place: Place) -> Range | None:
        return self.ranges.get(str(place), self.ranges.get(place.name))


def subject_of(
    source: Source, values: Values, wrt: Wrt, shape: Shapes = None, ranges: Ranges = None, seed: int = 0
) -> Subject:
    """Errors: UsageError where it is not one or two numbers that move, or where the function is no number; as
    ``prepare``."""
    given = Given.of(source, values, shape, seed, wrt)
    letters = {**given.letters}
    if letters:
        letter = next(iter(letters))
        raise UsageError(f"a plot needs sizes that are numbers: {letter} is a letter", hint=f"give it one: {letter}=3")
    if not given.complete and given.free:
        Asked.of(given, wrt, unused=True)  # its errors
    parsed, bound = given.parsed, given.bound
    used = [name for name in parsed.names if name not in given.sizes]
    free = [name for name in used if name not in bound]
    names = names_of(wrt) or tuple(free or used)
    for name in (*names, *free):
        if name not in used or (name in free and name not in names):
            raise missing_value(name, parsed, bound)
    shapes = {name: tuple(int(n) for n in given.shapes.get(name, ())) for name in used}
    places = tuple(Place(name, entry) for name in names for entry in product(*map(range, shapes[name])))
    _few(places, names)
    start = {name: np.asarray(bound[name], dtype=np.float64) for name in used if name in bound}
    full = {name: start.get(name, np.zeros(shapes[name])) for name in used}
    point = tuple(float(full[p.name][p.entry]) for p in places) if all(n in start for n in names) else None
    if point is not None and not all(map(isfinite, point)):
        point = None
    made = Subject(parsed, places, full, point, ranges_of(ranges, places, seed))
    output = made.shapes[-1]
    if size(output) != 1:
        raise UsageError(
            f"a plot is of a function that is one number, and this output has shape {shape_text(output)}",
            hint="make one of it in the expression: sum(...), mean(...), or an index",
        )
    return made


def _few(places: Sequence[Place], names: Sequence[str]) -> None:
    if not 1 <= len(places) <= 2:
        found = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {len(places):,}"
        raise UsageError(
            f"a plot is of one or two numbers that move: {found}",
            hint=f"{option('wrt', names[0] if names else 'x')}: the others keep their values",
        )


def ranges_of(given: Ranges, places: Sequence[Place], seed: int = 0) -> dict[str, Range]:
    """``x=-2:2`` by name. Errors: UsageError."""
    if given is None:
        return {}
    pairs = given.items() if isinstance(given, Mapping) else [_parted(text) for text in texts_of(given)]
    found = {}
    for name, bounds in pairs:
        low, high = bounds if not isinstance(bounds, str) else _bounds(name, bounds, seed)
        if name not in {*map(str, places), *(place.name for place in places)}:
            moving = ", ".join(map(str, places))
            raise UsageError(f"{option('plot_range')} names {printable(name)}, and {moving} moves")
        low, high = float(low), float(high)
        if not (low < high and isfinite(high - low)):
            raise UsageError(f"{option('plot_range')} goes from a number to a larger one, not from {low} to {high}")
        if not WIDEST > high - low > max(NARROWEST * max(abs(low), abs(high)), 1 / WIDEST):
            raise UsageError(f"{option('plot_range')} from {low} to {high} is no range that floats show")
        found[name] = (low, high)
    return found


def _parted(text: str) -> tuple[str, str]:
    name, sign, bounds = text.partition("=")
    if not sign or not all(part.strip() for part in (name, *bounds.partition(":"))):
        raise UsageError(
            f"{option('plot_range')} is NAME=LOW:HIGH, not {printable(text)[:60]}",
            hint=option("plot_range", "x=-2:2", "{'x': (-2, 2)}"),
        )
    return name.strip(), bounds


def _bounds(name: str, text: str, seed: int) -> Range:
    """Two numbers, each an expression without names: ``-2*pi:2*pi``. Errors: InputError."""
    low, high = (read_bindings([f"bound={part}"], seed=seed, stdin=BytesIO())["bound"] for part in text.split(":", 1))
    if low.ndim or high.ndim:
        raise UsageError(f"{option('plot_range')} of {printable(name)} is not two numbers")
    return float(low), float(high)
