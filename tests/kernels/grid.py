"""Calls and points of every own kernel and custom backward, from the operation table and the kernels' source."""

from __future__ import annotations

import ast
import itertools
import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from gradcli.operations import kernels
from gradcli.operations.row import REQUIRED, Op, Param
from gradcli.operations.table import rows

OWN = tuple(op for op in rows() if op.own and op.elementwise)
BESIDE = tuple(
    op for op in rows() if op.elementwise and not op.own and op.group in {own.group for own in OWN}
)  # torch's own of the same families

Point = tuple[float, ...]

WHOLE = (0, 1, 2, 3, 7, 20, 100, 300, -1, -2)
BROKEN = (Fraction(1, 2), Fraction(1, 3), Fraction(5, 2), Fraction(401, 4))
LADDER = (
    1e-300, 1e-160, 1e-20, 1e-8, 1e-3, 0.1, 0.3, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 20.0, 26.5, 40.0, 100.0, 170.5,
    300.0, 700.0, 712.0, 745.0, 1e3, 1e4, 1e5, 1e8, 1e16, 1e100, 1e160, 1e300,
)  # fmt: skip
PAIRED = (1e-300, 1e-20, 1e-3, 0.3, 1.0, 2.5, 10.0, 30.0, 170.5, 1e3, 1e5, 1e8, 1e16, 1e160, 1e300)
ORDINARY = 40  # seeded points between 1e-3 and 1e3 either way
NUMBER = re.compile(r"\d+\.?\d*(?:e-?\d+)?")


@dataclass(frozen=True, slots=True)
class Call:
    """A row with its constants and so many of its operands."""

    op: Op
    constants: tuple[Any, ...]  # Any: see nodes.Static
    operands: int

    def __str__(self) -> str:
        names = [param.name for param in self.op.tensors[: self.operands]]
        named = [f"{p.name}={value}" for p, value in zip(self.op.constants, self.constants, strict=True)]
        return f"{self.op.name}({', '.join(names + named)})"


def calls(op: Op) -> Iterator[Call]:
    """With each choice of orders, with and without operands that may be left out."""
    least = sum(param.default is REQUIRED for param in op.tensors)
    for operands in range(least, len(op.tensors) + 1):
        for constants in itertools.product(*map(_choices, op.constants)):
            yield Call(op, constants, operands)


def _choices(param: Param) -> Sequence[Any]:  # Any: as above
    if param.default is None:
        return (None, Fraction(1, 10))
    return WHOLE if param.kind == "integer" else (*WHOLE, *BROKEN)


@cache
def switches() -> tuple[float, ...]:
    """The numbers with which the kernels compare their arguments: where they take another branch."""
    found: set[float] = set()
    for file in Path(kernels.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Compare):
                leaves = (leaf for side in (node.left, *node.comparators) for leaf in ast.walk(side))
                found |= {abs(float(n.value)) for n in leaves if isinstance(n, ast.Constant) and _number(n.value)}
    return tuple(sorted(found))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def edges(op: Op) -> tuple[float, ...]:
    """The numbers in a row's domain and kinks, and where its kernel switches: each with its neighbours, either way."""
    texts = {float(number) for number in NUMBER.findall(f"{op.domain} {op.kinks}")}
    near = {0.0, 1.0, *texts, *switches()}
    return tuple(
        sorted({side * y for x in near for side in (1, -1) for y in (x, _beside(x, math.inf), _beside(x, -math.inf))})
    )


def _beside(x: float, end: float) -> float:
    return math.nextafter(x, end)


def points(call: Call) -> list[Point]:
    """All points of a call, without repetition, in one order."""
    draw = random.Random(str(call))  # noqa: S311 - points of a test
    if call.operands == 1:
        found = [(x,) for x in (*_both(LADDER), *edges(call.op), *(_ordinary(draw) for _ in range(2 * ORDINARY)))]
    else:
        found = [*itertools.product(_both(PAIRED), repeat=2), *_together(call, draw)]
        found = [(*point, *_further(call, draw))[: call.operands] for point in found]
    return list(dict.fromkeys(found))


def _together(call: Call, draw: random.Random) -> Iterator[Point]:
    """Points with operands that are near each other, near an edge, and ordinary."""
    near = edges(call.op)
    for x in LADDER:
        for y in (x, _beside(x, math.inf), _beside(x, 0.0), x + 1, 1.2 * x, 0.8 * x, x + math.sqrt(x)):
            yield (x, y)
    for x in _both(PAIRED):
        for y in draw.sample(near, 6):
            yield from ((x, y), (y, x))
    for _ in range(4 * ORDINARY):
        yield (_ordinary(draw), _ordinary(draw))


def _further(call: Call, draw: random.Random) -> Iterator[float]:
    """What the operands beyond the second are: mostly ordinary."""
    for _ in range(2, call.operands):
        yield _ordinary(draw) if draw.random() < 0.7 else draw.choice((*_both(PAIRED), *edges(call.op)))


def _both(ladder: Sequence[float]) -> tuple[float, ...]:
    return (*ladder, *(-x for x in ladder))


def _ordinary(draw: random.Random) -> float:
    sign = -1 if draw.random() < 0.3 else 1
    return sign * 10.0 ** draw.uniform(-3, 3)
