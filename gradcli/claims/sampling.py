"""Points to try a claim at: round ones first, of every kind that a domain may ask for (positive, symmetric, ...).

Nothing here knows the function: who takes the points says which kinds were of use, and these come more often. All
numbers are dyadic fractions or plain floats, so that conditions such as ``A == A.T`` and ``sum(p) == 1`` hold exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import cycle, islice

import numpy as np

from gradcli.meaning.residues.premises import entry_names
from gradcli.meaning.scalars import Array
from gradcli.operations.shape_rules import Shape, size

GENERAL = (-3, 3, 1)
RANGES = {  # whole numbers from one to another, and what divides them
    "positive": (1, 4, 1),
    "definite": (-2, 2, 1),
    "unit": (1, 7, 8),
    "binary": (0, 1, 1),
    "signed unit": (-7, 7, 8),
    "negative": (-4, -1, 1),
    "large": (2, 7, 1),
    "small": (-3, 4, 64),
}
KINDS = (
    *("general", "general", "general", "positive", "symmetric", "definite", "unit", "stochastic", "triangular"),
    *("increasing", "binary", "signed unit", "negative", "large", "diagonal", "small"),
)
FIRST = (2.0, 1.0, 0.0, -1.0, 3.0, 0.5, -2.0, 4.0, 1.5, -0.5, 5.0, 0.25, -3.0, 10.0)  # scalars of the general kind
ENDS = {"reflection": (-1, 1), "projector": (0, 1)}  # eigenvalues
EQUATED = ("turn", *ENDS)  # kinds for names with conditions that ask for more than an order
LANDMARK = "landmark"
STEPS = (-2.0, -1.0, -0.5, -0.125, 0.125, 0.5, 1.0, 2.0)  # from a landmark
TIMES = (0.5, 0.9, 1.1, 2.0, -1.0, -2.0)  # a landmark
SIZES = (2.0**-20, 2.0**20, 2.0**-60, 2.0**60, 2.0**-10, 2.0**10)  # times ordinary numbers
BESIDE, NEAREST = 2.0**12, 2.0**-100  # units of rounding to a neighbour, so that sums rarely stay; how far at 0
SPARE = 2.0**8  # units of rounding that make one where equations hold, so that sums of so many are floats
EIGHTHS, FINE = 2**3, 2**20  # parts of 1 that round and irregular numbers are made of which add up to 1
DRAWS, ENTRIES = 250, 2_000  # points about landmarks, and entries of all of them


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values by name, and each name's kind."""

    values: Mapping[str, Array]
    kinds: Mapping[str, str]


@dataclass(slots=True)
class Sampler:
    """Draws points, none twice.

    shapes:      of the names that are free; with none of them there is one empty point
    constrained: names with conditions on them; the others need not be special because these must
    landmarks:   numbers at which a function may change its branch
    equations:   entries that conditions determine, ``S[1, 0]``, as sums of others, times numbers; under "" of 1
    useful:      kinds of points that a caller could use
    """

    shapes: Mapping[str, Shape]
    generator: np.random.Generator
    constrained: Collection[str] = ()
    landmarks: Sequence[float] = ()
    equations: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    useful: list[Mapping[str, str]] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def draw(self, tries: int, *, is_round: bool) -> Iterator[Drawn]:
        """Points of every kind, fewer than are tried."""
        for at, kinds in enumerate(islice(self._kinds(), tries)):
            arrays = {n: self._array(s, kinds[n], at + 3 * k, is_round) for k, (n, s) in enumerate(self.shapes.items())}
            yield from self._new(arrays, kinds)

    def about_landmarks(self) -> Iterator[Drawn]:
        """Points about landmarks alone."""
        kinds = dict.fromkeys(self.shapes, LANDMARK)
        count = min(DRAWS, ENTRIES // max(sum(map(size, self.shapes.values())), 1))
        arrays = {name: self._landmark((count, *shape)) for name, shape in self.shapes.items()}
        for k in range(count):
            yield from self._new({name: array[k] for name, array in arrays.items()}, kinds)

    def of_every_size(self, points: Sequence[Mapping[str, Array]]) -> Iterator[Drawn]:
        """The points with all of their numbers smaller or larger, with some of them so, and with all negated too."""
        bases = [point for point in points if all(map(np.all, point.values()))] or points
        scalable = not any(combination.get("") for combination in self.equations.values())
        for sized in (lambda _, x, factor: x * factor, self._partly, lambda _, x, factor: -x * factor):
            for factor, base in zip(SIZES, cycle(bases)):
                unit = min(factor, 1.0) / FINE if scalable else 1 / FINE  # else all would be 0, and that is singular
                sizes = {n: sized(n, x, factor) for n, x in base.items()}
                yield from self._new(sizes, dict.fromkeys(base, "sized"), unit)

    def beside(self, values: Mapping[str, Array], names: Collection[str], seed: int) -> dict[str, Array]:
        """A point with other values of names, so near that sums of floats just tell them apart; the equations hold."""
        generator = np.random.default_rng(seed)
        most = max((float(abs(values[name]).max(initial=0)) for name in self.constrained), default=0.0)
        together = max(float(np.spacing(most)), NEAREST) * SPARE if self.equations else 0.0
        near = {name: np.array(value) for name, value in values.items()}
        for name in names:
            unit = together if together and name in self.constrained else np.spacing(abs(values[name]))
            size = np.maximum(BESIDE * unit, NEAREST)
            near[name] += size * generator.standard_normal(self.shapes[name])
        if together:
            self._solve(near, together)
        return near

    def _partly(self, name: str, array: Array, factor: float) -> Array:
        """Some entries times a factor: all or none of a name with conditions, which these may connect."""
        chosen = self.generator.integers(0, 1, () if name in self.constrained else array.shape, endpoint=True)
        return np.asarray(array * factor**chosen)

    def _new(self, arrays: Mapping[str, Array], kinds: Mapping[str, str], unit: float = 1 / FINE) -> Iterator[Drawn]:
        """The point, if it was not drawn before; numbers with equations are cut to whole units."""
        values = {name: np.array(array + 0.0, dtype=np.float64) for name, array in arrays.items()}  # + 0.0: no -0.0
        if self.equations:
            self._solve(values, unit)
        key = b"".join(value.tobytes() for value in values.values())
        if key not in self._seen:
            self._seen.add(key)
            yield Drawn(values, kinds)

    def _solve(self, values: Mapping[str, Array], unit: float) -> None:
        """Puts into entries what the equations make of others, which are cut to units so that this is a float."""
        places: dict[str, tuple[Array, tuple[int, ...]]] = {}
        for name in self.constrained:
            values[name][...] = np.round(values[name] / unit) * unit
            entries = np.ndenumerate(entry_names(name, values[name].shape))
            places |= {entry: (values[name], at) for at, entry in entries}
        for entry, combination in self.equations.items():
            array, at = places[entry]
            array[at] = float(sum(c * (_exact(*places[of]) if of else 1) for of, c in combination.items()))

    def _kinds(self) -> Iterator[Mapping[str, str]]:
        """A kind for each name, for ever: for the constrained names alone, mixed, for all alike, and mixed; without
        constrained names for all alike, and mixed. After every second one that was of use comes again."""
        kinds = (*KINDS[:3], *((LANDMARK,) * 3 if self.landmarks else ()), *KINDS[3:])
        kinds += EQUATED if self.constrained else ()
        for turn in cycle(("constrained", "mixed", "alike", "mixed") if self.constrained else ("alike", "mixed")):
            for k, kind in enumerate(kinds):
                if turn == "constrained":
                    yield {name: kind if name in self.constrained else "general" for name in self.shapes}
                elif turn == "alike":
                    yield dict.fromkeys(self.shapes, kind)
                else:
                    yield {name: kinds[int(self.generator.integers(len(kinds)))] for name in self.shapes}
                if self.useful and k % 2:
                    yield self.useful[int(self.generator.integers(len(self.useful)))]

    def _array(self, shape: Shape, kind: str, at: int, is_round: bool) -> Array:
        low, high, parts = RANGES.get(kind, GENERAL)
        if kind == LANDMARK:
            x = self._landmark(shape)
        elif is_round and not shape and kind not in RANGES:
            x = np.asarray(FIRST[at % len(FIRST)])
        else:
            x = self.generator.integers(low, high, shape, endpoint=True) / parts
        if not is_round and kind != "binary":
            x = x - self.generator.uniform(size=shape) / parts
        return _structured(np.asarray(x), kind, self.generator, EIGHTHS if is_round else FINE)

    def _landmark(self, shape: Shape) -> Array:
        """Numbers beside landmarks, halfway between them, far away, and of every size."""
        marks = np.asarray(self.landmarks)

        def choice(of: Sequence[float] | Array) -> Array:  # as Generator.choice, which takes twice as long
            return np.asarray(of)[self.generator.integers(0, len(of), shape)]

        between = np.append(marks[:1] - 1, (marks[1:] + marks[:-1]) / 2)
        sized = choice((-1.0, 1.0)) * np.round(10 ** self.generator.uniform(-1, 1, shape), 1)
        ways = (
            choice(marks) + choice(STEPS),
            choice(marks) * choice(TIMES),
            choice(between),
            sized * 10.0 ** self.generator.integers(0, 9, shape),
            sized,
        )
        return np.asarray(np.choose(self.generator.integers(0, len(ways), shape), ways))


def _exact(array: Array, place: tuple[int, ...]) -> Fraction:
    return Fraction(float(array[place]))


def _structured(x: Array, kind: str, generator: np.random.Generator, parts: int) -> Array:
    """The kind's structure, where the shape can have it; else x as it is."""
    if kind == "increasing" and x.ndim == 1:
        return np.asarray(np.cumsum(abs(x) + 1 / EIGHTHS))
    if kind == "stochastic" and x.size and x.ndim:
        return _stochastic(x.shape, generator, parts)
    if kind == "turn" and x.size and 0 < x.ndim < 3:
        return _turn(x.shape, generator)
    if x.ndim != 2 or x.shape[0] != x.shape[1]:
        return x
    if kind in ENDS:
        return _with_eigenvalues(generator.choice(ENDS[kind], len(x)), generator)
    made = _SQUARE.get(kind)
    return x if made is None else np.asarray(made(x))


def _mirrored(x: Array) -> Array:
    return np.asarray(np.triu(x) + np.triu(x, 1).T)


_SQUARE: Mapping[str, Callable[[Array], Array]] = {
    "symmetric": _mirrored,
    "definite": lambda x: _mirrored(x @ x.T) + np.eye(len(x)) * len(x),
    "triangular": lambda x: np.tril(x, -1) + np.diag(abs(np.diag(x)) + 1),
    "diagonal": lambda x: np.diag(np.where(np.diag(x) == 0, 1.0, np.diag(x))),
}


def _turn(shape: Shape, generator: np.random.Generator) -> Array:
    """Columns that are orthonormal, or rows where there are fewer, of 0, 1 and -1, from four rows on of halves as well:
    a permutation with signs, times a matrix of Hadamard in each block of four. Of a vector: the first column."""
    rows, columns = (*shape, 1)[:2]
    n = max(rows, columns)
    pair = np.array([[1.0, 1.0], [1.0, -1.0]])
    mixed = np.eye(n)
    for at in range(0, n - 3, 4):
        mixed[at : at + 4, at : at + 4] = np.kron(pair, pair) / 2
    signed = [np.eye(n)[generator.permutation(n)] * generator.choice([-1.0, 1.0], n) for _ in range(2)]
    return np.asarray(signed[0] @ mixed @ signed[1])[:rows, :columns].reshape(shape)


def _with_eigenvalues(values: Array, generator: np.random.Generator) -> Array:
    """A matrix of whole numbers with whole eigenvalues, L @ diag(values) @ inv(L) for a triangle L of ones."""
    steps = np.tril(generator.integers(-1, 1, (len(values), len(values)), endpoint=True), -1)
    below, power = np.eye(len(values)), np.eye(len(values))
    for _ in values:
        power = -power @ steps
        below = below + power
    return np.asarray((np.eye(len(values)) + steps) @ np.diag(values) @ below)


def _stochastic(shape: Shape, generator: np.random.Generator, parts: int) -> Array:
    """Positive entries of so many parts of 1, or more; along the last axis they add up to 1 exactly."""
    *rows, n = shape
    parts = max(parts, 2 ** (2 * n).bit_length())
    shares = generator.dirichlet(np.full(n, 2.0), tuple(rows))
    return np.asarray((1 + generator.multinomial(parts - n, shares)) / parts)
