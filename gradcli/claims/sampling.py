"""Points to try a claim at: round ones first, of every kind that a domain may ask for (positive, symmetric, ...).

Nothing here knows the function: a caller takes the points that it can use, and says so, and the kinds that were of use
come more often. All numbers are dyadic fractions or plain floats, so that conditions such as ``A == A.T`` and
``sum(p) == 1`` hold exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np

from gradcli.meaning.scalars import Array
from gradcli.operations.shape_rules import Shape

SCALARS = {
    "general": (2.0, 1.0, 0.0, -1.0, 3.0, 0.5, -2.0, 4.0, 1.5, -0.5, 5.0, 0.25, -3.0, 10.0),
    "positive": (2.0, 1.0, 3.0, 0.5, 4.0, 1.5, 5.0, 0.25, 10.0),
    "unit": (0.5, 0.25, 0.75, 0.125, 0.375, 0.875),
    "signed unit": (0.5, -0.5, 0.25, -0.25, 0.75, -0.75, 0.0),
    "negative": (-2.0, -1.0, -3.0, -0.5, -4.0, -0.25, -10.0),
    "large": (2.0, 3.0, 5.0, 10.0, 4.0, 20.0),
    "small": (0.0625, 0.03125, -0.0625, 0.015625),
    "far": (-10.0, 10.0, 100.0, -100.0, 1000.0, -1000.0),
}
KINDS = (
    "general",
    "positive",
    "symmetric",
    "definite",
    "unit",
    "stochastic",
    "triangular",
    "increasing",
    "binary",
    "signed unit",
    "negative",
    "large",
    "diagonal",
    "small",
)
BRANCHED = ("landmark", "far", "landmark")  # kinds for functions with branches alone
GRID = 2.0**20  # irregular numbers that must add up are multiples of 2**-20


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values by name; ``round`` if a person can follow them."""

    values: Mapping[str, Array]
    round: bool


def draw_points(
    shapes: Mapping[str, Shape],
    usable: Callable[[Mapping[str, Array]], bool],
    *,
    seed: int,
    round_: int,
    irregular: int,
    tries: int,
    constrained: Collection[str] = (),
    landmarks: Sequence[float] = (),
) -> Iterator[Drawn]:
    """At most ``round_`` round and ``irregular`` irregular points that are usable, out of ``tries`` of each sort.

    shapes:      of the names that are free; with none of them the one empty point is tried
    constrained: names with conditions on them; the others need not be special because these must
    landmarks:   numbers at which the function may change its branch: there are points on both sides of them
    """
    generator = np.random.default_rng(seed)
    if not shapes:
        yield from [Drawn({}, True)] if usable({}) else []
        return
    useful: list[Mapping[str, str]] = []
    for is_round, wanted in ((True, round_), (False, irregular)):
        if not wanted:
            continue
        seen: set[bytes] = set()
        found = 0
        for at, kinds in enumerate(
            islice(_kinds(shapes, constrained, BRANCHED if landmarks else (), generator), tries)
        ):
            chosen = useful[int(generator.integers(len(useful)))] if useful and at % 3 == 2 else kinds
            values = _draw(shapes, chosen, at, generator, is_round, landmarks)
            key = b"".join(value.tobytes() for value in values.values())
            if key in seen or not usable(values):
                continue
            seen.add(key)
            if chosen not in useful:
                useful.append(chosen)
            found += 1
            yield Drawn(values, is_round)
            if found == wanted:
                break


def _kinds(
    shapes: Mapping[str, Shape], constrained: Collection[str], more: Sequence[str], generator: np.random.Generator
) -> Iterator[dict[str, str]]:
    """A kind for each name, again and again: for the constrained names alone, mixed, for all alike, and mixed.

    Without constrained names for all alike, and mixed. Each time general thrice, then ``more``, then every kind.
    """
    turns = ("constrained", "mixed", "alike", "mixed") if constrained else ("alike", "mixed")
    for turn in cycle(turns):
        for kind in (*("general",) * 3, *more, *KINDS):
            if turn == "constrained":
                yield {name: kind if name in constrained else "general" for name in shapes}
            elif turn == "alike":
                yield dict.fromkeys(shapes, kind)
            else:
                yield {name: KINDS[int(generator.integers(len(KINDS)))] for name in shapes}


def _draw(
    shapes: Mapping[str, Shape],
    kinds: Mapping[str, str],
    at: int,
    generator: np.random.Generator,
    is_round: bool,
    landmarks: Sequence[float],
) -> dict[str, Array]:
    def draw(shape: Shape, kind: str, at: int, generator: np.random.Generator) -> Array:
        if kind == "landmark":
            return _beside(landmarks, shape, generator, is_round)
        return (_round if is_round else _irregular)(shape, kind, at, generator)

    return {
        name: np.asarray(draw(shape, kinds[name], at + 3 * k, generator), dtype=np.float64)
        for k, (name, shape) in enumerate(shapes.items())
    }


def _beside(landmarks: Sequence[float], shape: Shape, generator: np.random.Generator, is_round: bool) -> Array:
    """Numbers on either side of the landmarks."""
    aside = generator.choice([-1.0, 1.0, 0.5, -0.5, 0.0], shape) if is_round else generator.standard_normal(shape) / 2
    return np.asarray(generator.choice(np.asarray(landmarks), shape) + aside)


def _round(shape: Shape, kind: str, at: int, generator: np.random.Generator) -> Array:
    if not shape:
        choices = SCALARS.get(kind, SCALARS["general"])
        return np.asarray(choices[at % len(choices)])
    ranges = {
        "positive": (1, 5),
        "definite": (-2, 3),
        "negative": (-4, 0),
        "large": (2, 8),
        "binary": (0, 2),
        "unit": (1, 8),
    }
    low, high = ranges.get(kind, (-7, 8) if kind == "signed unit" else (-3, 4))
    whole = generator.integers(low, high, shape).astype(np.float64)
    scale = {"unit": 8.0, "signed unit": 8.0, "small": 64.0}.get(kind, 1.0)
    return _structured(whole / scale, kind, generator, grid=8.0)


def _irregular(shape: Shape, kind: str, _at: int, generator: np.random.Generator) -> Array:
    normal = generator.standard_normal(shape) * float(generator.choice([0.5, 1.0, 1.0, 2.0]))
    drawn = {
        "positive": np.exp(normal),
        "negative": -np.exp(normal),
        "large": 1 + np.exp(normal + 1),
        "small": normal / 50,
        "unit": generator.uniform(0.02, 0.98, shape),
        "signed unit": generator.uniform(-0.98, 0.98, shape),
        "binary": generator.integers(0, 2, shape).astype(np.float64),
    }.get(kind, normal)
    return _structured(np.asarray(drawn), kind, generator, grid=GRID)


def _structured(x: Array, kind: str, generator: np.random.Generator, *, grid: float) -> Array:
    """The kind's structure, where the shape can have it; else x as it is."""
    if kind == "increasing" and x.ndim == 1:
        return np.asarray(np.cumsum(abs(x) + 1 / grid))
    if kind == "stochastic" and x.ndim:
        return _stochastic(x.shape, generator, grid)
    if x.ndim != 2 or x.shape[0] != x.shape[1]:
        return x
    diagonal = np.diag(x)
    if kind == "symmetric":
        return _symmetric(x)
    if kind == "definite":
        return np.asarray(_symmetric(x @ x.T) + np.eye(len(x)) * len(x))
    if kind == "triangular":
        return np.asarray(np.tril(x, -1) + np.diag(abs(diagonal) + 1))
    return np.asarray(np.diag(np.where(diagonal == 0, 1.0, diagonal))) if kind == "diagonal" else x


def _symmetric(x: Array) -> Array:
    return np.asarray(np.triu(x) + np.triu(x, 1).T)


def _stochastic(shape: Shape, generator: np.random.Generator, grid: float) -> Array:
    """Positive entries; along the last axis they add up to 1 exactly."""
    *rows, n = shape
    cuts = generator.dirichlet(np.ones(n) * 2, size=tuple(rows) or None)
    whole = np.maximum(np.round(cuts * grid), 1)
    whole[..., -1] += max(grid, n + 1.0) - whole.sum(axis=-1)
    return np.asarray(np.where((whole[..., -1:] > 0), whole, max(grid, n + 1.0) / n) / max(grid, n + 1.0))
