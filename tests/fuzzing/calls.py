"""Calls that fit, by row: found by trying shapes and constants on the row's shape rule."""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from typing import Any

from gradcli.operations.kernels.certain import FROM_FLINT
from gradcli.operations.row import VARIABLE, Op, Param
from gradcli.operations.shape_rules import Shape, ShapeMismatch, size
from gradcli.operations.table import rows

MAX_ENTRIES = 27  # of an array in an expression


# -- what no row says

TEXTS: dict[str, tuple[str, ...]] = {  # values of text parameters: their rows test them inside their meanings
    "spec": ("i,i->", "i,j->ij", "ij,jk->ik", "ij->ji", "ii->", "ij->", "i,ij,j->", "ij,ij->i", "i->", "ii->i", "ij,j", "...i->..."),
    "reduction": ("mean", "sum", "none"),
    "approximate": ("none", "tanh"),
    "convolve.mode": ("full", "same", "valid"),
    "pad.mode": ("constant", "reflect", "replicate", "circular"),
    "pad_all.mode": ("constant", "reflect", "edge", "wrap"),
}  # fmt: skip
SIZES = (
    (), (1,), (2,), (3,), (6,), (2, 2), (2, 3), (3, 2), (1, 3), (3, 1), (2, 1, 3), (-1,), (-1, 2), (2, -1), (0, 1),
    (1, 0), (0, 2, 1), (2, 0, 1), (1, 2),
)  # fmt: skip
NUMBERS: tuple[int | Fraction | float, ...] = (
    2, 1, 3, 0, -1, Fraction(1, 2), Fraction(1, 10), Fraction(5, 2), Fraction(7, 3), 10, math.inf, -math.inf,
)  # fmt: skip
INTEGERS = (1, 2, 0, 3, -1, -2, 5)
AXES = (0, 1, -1, -2, 2)
UNCALLABLE = {  # rows that no random expression holds, with the reason
    "rand": "random rows stand in values only",
    "randn": "random rows stand in values only",
    **dict.fromkeys(("conv3d", "conv_transpose3d"), "their weights have five axes, which no random shape has"),
    "pick": "brackets with a list of numbers make it; without one it is index",
    **{op.name: "one value may take FLINT a second, and a formula of such formulas thousands of them; tests/kernels has it"
       for op in rows() if FROM_FLINT in op.note},
}  # fmt: skip

SHAPES: tuple[Shape, ...] = (
    (),
    (2,),
    (3,),
    (1,),
    (2, 2),
    (3, 3),
    (2, 3),
    (3, 2),
    (1, 3),
    (3, 1),
    (1, 1),
    (2, 1, 3),
    (0,),
)
WEIGHTS = (8, 5, 5, 2, 5, 3, 3, 2, 1, 1, 1, 0.6, 0.2)

DEEP: tuple[Shape, ...] = (
    (1,),
    (1, 3),
    (1, 1, 3),
    (1, 1, 2),
    (1, 1, 1),
    (1, 1, 3, 3),
    (1, 1, 2, 2),
)  # for rows that none of the above fits


# -- calls that fit, by row


Arguments = tuple[tuple[Shape | None, ...], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Call:
    """Shapes (None: left out) and constants that fit a row, and what shape comes out."""

    op: Op
    shapes: tuple[Shape | None, ...]
    constants: tuple[Any, ...]
    out: Shape


def constant(rng: random.Random, op: Op, param: Param) -> Any:
    """A value of a constant parameter by its kind."""
    if param.default is None and rng.random() < 0.4:
        return None
    if isinstance(param.default, int | Fraction | str) and rng.random() < 0.4:
        return param.default
    if param.kind == "text":
        return rng.choice(texts_of(op, param))
    return _KINDS[param.kind](rng)


def texts_of(op: Op, param: Param) -> tuple[str, ...]:
    """What a text parameter may say: by the row, by the parameter's name, or its default alone; () if nothing is known."""
    known = TEXTS.get(f"{op.name}.{param.name}") or TEXTS.get(param.name)
    return known or ((param.default,) if isinstance(param.default, str) else ())


def spelled(op: Op) -> bool:
    """Is a value known for each constant of the row? A row with a new kind of constant is not called, and a test says so."""
    return all(texts_of(op, p) if p.kind == "text" else p.kind in _KINDS for p in op.constants)


_KINDS: dict[str, Callable[[random.Random], Any]] = {
    "axis": lambda rng: rng.choice(AXES),
    "axis_or_none": lambda rng: rng.choice((*AXES, None)),
    "order": lambda rng: rng.choice((1, -1, 2, -2, math.inf, -math.inf, "fro", "nuc")),
    "axes": lambda rng: rng.choice((*AXES, (0, 1), (-1,), (1, 0))),
    "integer": lambda rng: rng.choice(INTEGERS),
    "number": lambda rng: rng.choice(NUMBERS),
    "flag": lambda rng: rng.choice((False, True)),
    "sizes": lambda rng: rng.choice(SIZES),
    "index": lambda rng: index_entries(rng),
    "entries": lambda rng: index_entries(rng),
}


def index_entries(rng: random.Random) -> tuple[Any, ...]:
    """One to three entries of an index: whole numbers, slices, None, one ellipsis."""
    bounds = (None, 0, 1, 2, -1, -2)
    made: list[Any] = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.choice(("int", "int", "slice", "slice", "none", "dots"))
        if kind == "int":
            made.append(rng.choice((0, 1, -1, 2, -3)))
        elif kind == "slice":
            made.append(slice(rng.choice(bounds), rng.choice(bounds), rng.choice((None, None, 1, 2, -1, -2))))
        elif kind == "none" or Ellipsis in made:
            made.append(None)
        else:
            made.append(Ellipsis)
    return tuple(made)


def tensor_shapes(rng: random.Random, op: Op, deep: bool) -> tuple[Shape | None, ...]:
    """Shapes for the operands of a row: often the same one, often scalars, an optional one left out."""
    found: list[Shape | None] = []
    pick = partial(rng.choice, DEEP) if deep else lambda: rng.choices(SHAPES, WEIGHTS)[0]
    base = pick()
    for param in op.tensors:
        for _ in range(rng.choice((1, 2, 2, 3)) if param.variadic else 1):
            if param.default is None and rng.random() < 0.4:
                found.append(None)
            else:
                same = found and rng.random() < 0.6
                found.append(base if same or not found else pick())
    return tuple(found)


def drawn(rng: random.Random, op: Op, deep: bool) -> Arguments | None:
    """Shapes and constants of one random try at a call; None where a variable would be empty."""
    shapes = tensor_shapes(rng, op, deep)
    if any(p.kind == VARIABLE for p in op.tensors) and (0,) in shapes:
        return None
    return shapes, tuple(constant(rng, op, param) for param in op.constants)


def fitting_call(op: Op, shapes: tuple[Shape | None, ...], constants: tuple[Any, ...]) -> Call | None:
    """The call; None where the shape rule refuses it."""
    try:
        out = op.shape(*shapes, *(() if op.elementwise else constants))
    except ShapeMismatch:
        return None
    except Exception as error:  # noqa: BLE001 - a rule may refuse, and nothing else
        CRASHES.setdefault(op.name, f"{op.name} of {shapes} with {constants}: {error!r}")
        return None
    return Call(op, shapes, constants, out) if size(out) <= MAX_ENTRIES and len(out) <= 4 else None


TRIES = 500
CRASHES: dict[str, str] = {}  # by row: a call on which its shape rule fails otherwise than by ShapeMismatch


@cache
def calls() -> dict[tuple[Shape, bool], list[list[Call]]]:
    """Fitting calls by output shape and whether it is a condition; for each row that has any, a list of them."""
    found: dict[tuple[Shape, bool], dict[str, list[Call]]] = {}
    for op in rows():
        if op.name in UNCALLABLE or not spelled(op):
            continue
        rng = random.Random(zlib.crc32(op.name.encode()))  # noqa: S311 - cases of a test
        made = tries(rng, op, deep=False) or tries(rng, op, deep=True)
        for call in made:
            found.setdefault((call.out, op.boolean), {}).setdefault(op.name, []).append(call)
    return {goal: list(rows.values()) for goal, rows in found.items()}


def tries(rng: random.Random, op: Op, deep: bool) -> list[Call]:
    """The different calls among so many tries."""
    tried = (drawn(rng, op, deep) for _ in range(TRIES))
    different = {repr(arguments): arguments for arguments in tried if arguments is not None}.values()
    return [call for arguments in different if (call := fitting_call(op, *arguments)) is not None]


def callable_rows() -> set[str]:
    """The names of the rows that a random expression can hold."""
    return {row[0].op.name for rows in calls().values() for row in rows}
