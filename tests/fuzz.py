"""Random expressions and points, made from the operation table, and the properties that each of them must have.

``python tests/fuzz.py --seconds 3600 --seed 7 --out failures.txt`` prints each failure at once as a command line that
repeats it, then a tally. ``--only 123`` runs one case of that seed here, without workers. tests/test_fuzz.py runs the
same properties under hypothesis, whose source of randomness takes the place of ``random.Random``.

A new row is picked up from its signature, shape rule, domain and kinks. Only texts and sizes that no rule can guess
stand here by name.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import math
import os
import random
import select
import shlex
import subprocess
import sys
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np

import gradcli
from gradcli.base.errors import ExitCode, GradcliError, LimitError
from gradcli.base.limits import alarm
from gradcli.inputs.prepare import prepare, values_of
from gradcli.language.nodes import Static, Tree
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.row import CONDITION, VARIABLE, Op, Param
from gradcli.operations.shape_rules import Shape, ShapeMismatch, size
from gradcli.operations.table import KEYWORD_ALIASES, METHOD, PREFIXES, ROWS, candidates
from gradcli.report.formats import rendered
from gradcli.report.kinds import document_of

HANG, KILL, SLOW = 20.0, 60.0, 5.0  # seconds: of one property, until its process is killed, and worth a line
PACKAGE = str(Path(gradcli.__file__).parent) + os.sep
SHOWN = 5  # lines on stdout for failures that look alike; --out has them all
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
UNCALLABLE = {  # rows that no expression can hold, with the reason
    "rand": "random rows stand in values only",
    "randn": "random rows stand in values only",
}

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
_WEIGHTS = (8, 5, 5, 2, 5, 3, 3, 2, 1, 1, 1, 0.6, 0.2)

DEEP: tuple[Shape, ...] = (
    (1,),
    (1, 3),
    (1, 1, 3),
    (1, 1, 2),
    (1, 1, 1),
    (1, 1, 3, 3),
    (1, 1, 2, 2),
)  # for rows that none of the above fits

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(1, 10)
INFIX = {
    "add": ("+", _SUM), "sub": ("-", _SUM), "mul": ("*", _PRODUCT), "div": ("/", _PRODUCT), "matmul": ("@", _PRODUCT),
    "mod": ("%", _PRODUCT), "floor_divide": ("//", _PRODUCT), "lt": ("<", _COMPARE), "le": ("<=", _COMPARE), "gt": (">", _COMPARE),
    "ge": (">=", _COMPARE), "eq": ("==", _COMPARE), "ne": ("!=", _COMPARE), "logical_and": ("and", _AND), "logical_or": ("or", _OR),
}  # fmt: skip
LITERALS = (
    "2", "1", "0", "3", "0.5", "-1", "10", "0.1", "1/3", "2.718281828459", "-0.7", "pi", "e", "tau", "1e-9", "1e3",
    "1e150", "1e-300", "123456789012345678901234567890", "7.",
)  # fmt: skip
NAMES = ("x", "y", "z", "w", "A", "B", "θ", "x1", "e", "pi", "gamma", "I", "S", "beta", "F", "lambda", "E")
LOCALS = ("u", "v", "h")


# -- calls that fit, by row


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
    pick = partial(rng.choice, DEEP) if deep else lambda: rng.choices(SHAPES, _WEIGHTS)[0]
    base = pick()
    for param in op.tensors:
        for _ in range(rng.choice((1, 2, 2, 3)) if param.variadic else 1):
            if param.default is None and rng.random() < 0.4:
                found.append(None)
            else:
                same = found and rng.random() < 0.6
                found.append(base if same or not found else pick())
    return tuple(found)


def fitting_call(rng: random.Random, op: Op, deep: bool) -> Call | None:
    """One random try at a call; None where the shape rule refuses it, or a variable would be empty."""
    shapes = tensor_shapes(rng, op, deep)
    if any(p.kind == VARIABLE for p in op.tensors) and (0,) in shapes:
        return None
    constants = tuple(constant(rng, op, param) for param in op.constants)
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
    for op in ROWS:
        if op.name in UNCALLABLE or not spelled(op):
            continue
        rng = random.Random(zlib.crc32(op.name.encode()))  # noqa: S311 - cases of a test
        made = tries(rng, op, deep=False) or tries(rng, op, deep=True)
        for call in made:
            found.setdefault((call.out, op.boolean), {}).setdefault(op.name, []).append(call)
    return {goal: list(rows.values()) for goal, rows in found.items()}


def tries(rng: random.Random, op: Op, deep: bool) -> list[Call]:
    """The different calls among so many tries."""
    return list(
        {repr(call): call for call in (fitting_call(rng, op, deep) for _ in range(TRIES)) if call is not None}.values()
    )


def callable_rows() -> set[str]:
    """The names of the rows that a random expression can hold."""
    return {row[0].op.name for rows in calls().values() for row in rows}


# -- text


@dataclass(frozen=True, slots=True)
class Piece:
    """Text, and how strongly it binds: 0 needs parentheses everywhere, _ATOM nowhere."""

    text: str
    strength: int

    def at(self, outer: int) -> str:
        return self.text if self.strength >= outer else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Case:
    """An expression and its point: the assignments, the last line, and the values by name."""

    statements: tuple[str, ...]
    body: str
    values: Mapping[str, Any]

    @property
    def text(self) -> str:
        return "; ".join((*self.statements, self.body))

    @property
    def total(self) -> str:
        """The text with its last line summed."""
        return "; ".join((*self.statements, f"sum({self.body})"))

    def replay(self, command: str = "grad", text: str | None = None) -> str:
        """The command line that runs this case."""
        shown = [f"{name}={json.dumps(value, separators=(',', ':'))}" for name, value in self.values.items()]
        return shlex.join(["gradcli", command, self.text if text is None else text, *shown])


class Grammar:
    """One random expression: ``piece(goal, depth)`` is text of a given shape."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.shapes: dict[str, Shape] = {}
        self.locals: dict[str, Shape] = {}
        self.statements: list[str] = []
        self.left = rng.choice((3, 6, 10, 16, 24))  # rows that may still be called
        self.common = rng.random() < 0.9  # only everyday names; else no literals that such a name would hide
        self.literals = LITERALS if self.common else tuple(text for text in LITERALS if not text.isalpha())

    def expression(self) -> Piece:
        depth = self.rng.randint(1, 6)
        for name in LOCALS[: self.rng.choice((0, 0, 0, 1, 2))]:
            goal = self.rng.choices(SHAPES, _WEIGHTS)[0]
            self.statements.append(f"{name} = {self.piece(goal, depth - 1).at(0)}")
            self.locals[name] = goal
        goal = self.rng.choices(SHAPES, (20, *_WEIGHTS[1:]))[0]
        return self.piece(goal, depth)

    def piece(self, goal: Shape, depth: int) -> Piece:
        """A number of shape ``goal``; at the end of depth or of the allowance, a leaf."""
        rows = calls().get((goal, False), [])
        if depth <= 0 or self.left <= 0 or not rows or self.rng.random() < 0.12:
            return self.leaf(goal)
        if self.rng.random() < 0.03 and (goal, True) in calls():
            return self.condition(goal, depth)
        return self.call(self.rng.choice(self.rng.choice(rows)), depth)

    def condition(self, goal: Shape, depth: int) -> Piece:
        """A condition of shape ``goal``: past the end of depth, a comparison of two leaves."""
        if depth <= 1:
            sign = self.rng.choice(("<", "<=", ">", ">=", "==", "!="))
            return Piece(f"{self.leaf(goal).at(_SUM)} {sign} {self.leaf(()).at(_SUM)}", _COMPARE)
        return self.call(self.rng.choice(self.rng.choice(calls()[goal, True])), depth)

    def leaf(self, goal: Shape) -> Piece:
        """A variable (an old one, or a new one), a literal, or a name assigned before."""
        known = [name for name, shape in {**self.shapes, **self.locals}.items() if shape == goal]
        if known and self.rng.random() < 0.6:
            return Piece(self.rng.choice(known), _ATOM)
        if 0 not in goal and len(goal) < 3 and len(self.shapes) < 4 and self.rng.random() < 0.75:
            return Piece(self.fresh(goal), _ATOM)
        return self.literal(goal)

    def fresh(self, goal: Shape) -> str:
        taken = {*self.shapes, *LOCALS}
        common = [n for n in NAMES[:6] if self.common and n not in taken]
        name = self.rng.choice(common or [n for n in NAMES if n not in taken])
        self.shapes[name] = goal
        return name

    def variable(self, goal: Shape) -> Piece:
        """The name of a variable to differentiate in, which what is made next is likely to use."""
        known = [name for name, shape in self.shapes.items() if shape == goal]
        return Piece(self.rng.choice(known) if known and self.rng.random() < 0.8 else self.fresh(goal), _ATOM)

    def literal(self, goal: Shape) -> Piece:
        if 0 in goal:
            return Piece(f"zeros({', '.join(map(str, goal))})", _ATOM)
        if goal:
            return Piece(f"[{', '.join(self.literal(goal[1:]).at(0) for _ in range(goal[0]))}]", _ATOM)
        text = self.rng.choice(self.literals)
        return Piece(text, _UNARY if text[0] == "-" else _PRODUCT if "/" in text else _ATOM)

    def call(self, call: Call, depth: int) -> Piece:
        """A call of a row in one of its spellings."""
        self.left -= 1
        several = len(call.shapes) - len(call.op.tensors) + 1
        kinds = [p.kind for p in call.op.tensors for _ in range(several if p.variadic else 1)]
        named = [
            self.variable(shape) if kind == VARIABLE and shape is not None else None
            for kind, shape in zip(kinds, call.shapes, strict=True)
        ]
        parts = [
            name or (None if shape is None else self.condition(shape, depth - 1) if kind == CONDITION else self.piece(shape, depth - 1))
            for name, kind, shape in zip(named, kinds, call.shapes, strict=True)
        ]  # fmt: skip
        made = Spelling(self.rng, call, parts).piece()
        return Piece(f"({made.text})", _ATOM) if self.rng.random() < 0.03 else made


class Spelling:
    """One call as text: operator, method, function, alias; constants by place or by name."""

    def __init__(self, rng: random.Random, call: Call, parts: list[Piece | None]) -> None:
        self.rng, self.call, self.op, self.parts = rng, call, call.op, parts
        self.given = [part for part in parts if part is not None]

    def piece(self) -> Piece:
        if self.op.name == "index" or self.rng.random() < 0.7:
            made = self.operator()
            if made is not None:
                return made
        if len(self.given) == len(self.parts) and self.op.params[0].is_tensor and self.rng.random() < 0.25:
            made = self.method()
            if made is not None:
                return made
        return Piece(f"{self.name()}({', '.join(self.arguments(0))})", _ATOM)

    def operator(self) -> Piece | None:
        """The row's own sign, if it has one."""
        name, parts, constants = self.op.name, self.given, self.call.constants
        if name in INFIX:
            sign, strength = INFIX[name]
            blank = " " if sign.isalpha() or self.rng.random() < 0.7 else ""
            left = strength + 1 if strength == _COMPARE else strength
            return Piece(f"{parts[0].at(left)}{blank}{sign}{blank}{parts[1].at(strength + 1)}", strength)
        if name == "neg":
            return Piece(f"-{parts[0].at(_UNARY)}", _UNARY)
        if name == "pow":
            return Piece(f"{parts[0].at(_ATOM)}{self.rng.choice(('**', '^'))}{parts[1].at(_UNARY)}", _POWER)
        if name == "sqrt":
            return Piece(f"√({parts[0].at(0)})", _ATOM)
        if name == "logical_not":
            return Piece(f"not {parts[0].at(_NOT)}", _NOT)
        if name == "where":
            condition, value, other = parts
            return Piece(f"{value.at(_OR)} if {condition.at(_OR)} else {other.at(0)}", 0)
        if name == "index":
            return Piece(f"{parts[0].at(_ATOM)}[{', '.join(map(index_text, constants[0]))}]", _ATOM)
        if name == "transpose" and constants == (None, None):
            return Piece(f"{parts[0].at(_ATOM)}{self.rng.choice(('.T', 'ᵀ'))}", _ATOM)
        if name == "matrix_transpose":
            return Piece(f"{parts[0].at(_ATOM)}.mT", _ATOM)
        if name == "stack" and constants == (0,):
            return Piece(f"[{', '.join(part.at(0) for part in parts)}]", _ATOM)
        return None

    def method(self) -> Piece | None:
        """``x.name(...)``, where that is this row."""
        names = [n for n in self.names() if "." not in n and candidates(n, METHOD)[0][0] is self.op]
        receiver = self.given[0].at(_ATOM)
        if not names or self.op.params[0].variadic or self.op.params[0].kind != "tensor":
            return None
        receiver = f"({receiver})" if receiver[0].isdigit() else receiver
        return Piece(f"{receiver}.{self.rng.choice(names)}({', '.join(self.arguments(1))})", _ATOM)

    def name(self) -> str:
        return self.op.name if self.rng.random() < 0.7 else self.rng.choice(self.names())

    def names(self) -> list[str]:
        """The row's name and aliases that preset nothing, and the name behind a library's prefix."""
        plain = [self.op.name, *(a for a in self.op.aliases if "(" not in a and not a.startswith("."))]
        prefixed = [
            f"{p}.{self.op.name}"
            for p in ("torch", "np", "math")
            if candidates(self.op.name, PREFIXES[p])[0] == (self.op, {})
        ]
        return plain + prefixed

    def arguments(self, skip: int) -> list[str]:
        """Arguments in the order of the signature, but for the first ``skip``; after a gap, by name."""
        queue, values = (
            list(self.parts),
            dict(zip((p.name for p in self.op.constants), self.call.constants, strict=True)),
        )
        texts: list[str] = []
        named = False
        for i, param in enumerate(self.op.params):
            awaited = any(p.is_tensor for p in self.op.params[i:])  # an operand to come, which stands by its place
            if param.is_tensor:
                taken = [queue.pop(0) for _ in range(len(queue) if param.variadic else 1)]
                texts += self.operands(param, taken, named)
                named = named or param.variadic or None in taken
            elif values[param.name] == param.default and self.rng.random() < 0.7 and not awaited:
                named = True
            else:
                named = named or (not awaited and self.rng.random() < 0.4)
                texts.append(self.constant(param, values[param.name], named))
                named = named or (param.kind == "sizes")
        return texts[skip:]

    def operands(self, param: Param, taken: list[Piece | None], named: bool) -> list[str]:
        shown = [part.at(0) for part in taken if part is not None]
        if param.variadic and self.op.unpacks and (len(shown) == 1 or self.rng.random() < 0.5):
            return [f"[{', '.join(shown)}]"]
        return [f"{param.name}={text}" for text in shown] if named else shown

    def constant(self, param: Param, value: Any, named: bool) -> str:
        text = constant_text(value)
        if not named:
            spread = param.kind == "sizes" and value and self.rng.random() < 0.5
            return ", ".join(map(str, value)) if spread else text
        others = [alias for alias, name in KEYWORD_ALIASES.items() if name == param.name and len(alias) > 1]
        return f"{self.rng.choice([param.name, param.name, *others])}={text}"


def constant_text(value: Any) -> str:
    """A constant as it is typed."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}" if value.denominator == 3 else repr(float(value))
    return repr(value)


def index_text(entry: Any) -> str:
    """An entry of an index as it is typed."""
    if isinstance(entry, slice):
        bounds = ["" if part is None else str(part) for part in (entry.start, entry.stop)]
        return ":".join(bounds) + ("" if entry.step is None else f":{entry.step}")
    return "..." if entry is Ellipsis else str(entry)


# -- points

ROUND = (0.0, 1.0, -1.0, 0.5, 2.0)
HUGE = (1e3, -1e3, 1e150, 700.0, -750.0, 1e16)
SMALL = (1e-9, -1e-9, 1e-300, 1e-160, 5e-324)
GRID = (-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
STYLES = (
    "inside",
    "inside",
    "inside",
    "irregular",
    "round",
    "round",
    "edges",
    "edges",
    "equal",
    "huge",
    "small",
    "mixed",
)


@cache
def edges(op: Op) -> tuple[float, ...]:
    """Points of a grid where a row of one operand has a kink, or just beside which its domain ends."""
    names = [param.name for param in op.tensors]
    if len(names) != 1:
        return ROUND

    def holds(condition: str, x: float) -> bool:
        return bool(eval(condition, {"abs": abs, "round": round, "floor": math.floor}, {names[0]: x}))  # noqa: S307

    kinks = [x for x in GRID if op.kinks and holds(op.kinks, x)]
    ends = [x for x in GRID if op.domain and len({holds(op.domain, x + d) for d in (-1e-9, 0.0, 1e-9)}) > 1]
    return tuple(kinks + ends)


def number(rng: random.Random, style: str, special: Sequence[float]) -> float:
    """One entry of a point."""
    if style in {"inside", "irregular"}:
        return round(rng.uniform(-3, 3) if rng.random() < 0.6 else rng.uniform(0.05, 2), 4)
    if style == "mixed":
        style = rng.choice(("irregular", "round", "edges", "huge", "small"))
        return number(rng, style, special)
    return rng.choice({"round": ROUND, "edges": special or ROUND, "huge": HUGE, "small": SMALL, "equal": ROUND}[style])


def array(rng: random.Random, shape: Shape, style: str, special: Sequence[float]) -> Any:
    """Nested lists of numbers."""
    if style == "equal":
        return np.full(shape, number(rng, style, special)).tolist()
    return np.reshape([number(rng, style, special) for _ in range(size(shape))], shape).tolist()


def point(rng: random.Random, text: str, shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """Values for the variables; inside the domain means that the function's value there is finite."""
    style = rng.choice(STYLES)
    try:
        tree = parse(text, bound=shapes).tree
        program = compile_tree(tree)
    except GradcliError:
        return {name: array(rng, shape, style, ()) for name, shape in shapes.items()}
    rows = {step.op.name: step.op for step in program.steps if step.op is not None}
    special = tuple(sorted({x for op in rows.values() for x in edges(op)}))
    values: dict[str, Any] = {}
    for _ in range(6 if style == "inside" else 1):
        values = {name: array(rng, shape, style, special) for name, shape in shapes.items()}
        with contextlib.suppress(Exception):  # what fails here fails again in a property
            if style != "inside" or np.isfinite(torch_steps(text, values)[-1].numpy()).all():
                break
    return values


def make_case(rng: random.Random) -> Case:
    """A random expression that has a variable, at a random point."""
    for _ in range(20):
        grammar = Grammar(rng)
        body = grammar.expression()
        if grammar.shapes:
            break
    else:
        return Case((), "x", {"x": 1.0})
    case = Case(tuple(grammar.statements), body.at(0), {})
    return replace(case, values=point(rng, case.text, grammar.shapes))


# -- properties: each raises AssertionError, or whatever gradcli raised


def arrays(case: Case) -> dict[str, Any]:
    return {name: np.asarray(value, dtype=np.float64) for name, value in case.values.items()}


def torch_steps(text: str, values: Mapping[str, Any]) -> list[Any]:
    """What torch finds at each step."""
    import torch

    from gradcli.autograd.point import Torch

    bound = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    point = Torch(prepare(text, bound, None, seed=0, unused=True), "float64", "cpu")
    found: list[Any] = []
    with point.session():
        point.forward(point.leaves(), watch=lambda _, value: found.append(torch.as_tensor(value).detach()))
    return found


def round_trip(case: Case) -> None:
    """parse(write(tree)) is the tree."""
    tree = parse(case.text, bound=case.values).tree
    text = write(tree)
    try:
        again = parse(text, bound=case.values).tree
    except GradcliError as error:
        raise AssertionError(f"what write gives is not read: {error.message}: {text}") from None
    assert again == tree, f"write gives {text}, which reads as another tree: {write(again)}"


def predicted_shapes(case: Case) -> None:
    """The shape rules say of each step what torch finds."""
    expression = parse(case.text, bound=case.values)
    program = compile_tree(expression.tree)
    predicted = shapes_of(program, {name: np.shape(value) for name, value in case.values.items()}, expression)
    try:
        found = [tuple(value.shape) for value in torch_steps(case.text, case.values)]
    except (RuntimeError, IndexError, ValueError):
        return  # torch refuses it, which the gradient says
    for step, rule, shape in zip(program.steps, predicted, found, strict=True):
        assert rule == shape, f"{step.op.name if step.op else step.tree}: the rule says {rule}, torch has {shape}"


def _judged(result: Any) -> Any:
    """A result whose verdict is not `differs`, whose exit code fits, and which is finite where it agrees."""
    check = result.check
    assert check.verdict != "differs", f"differs: {'; '.join(check.notes)}"
    hard = {"trap": ExitCode.NO, "differs": ExitCode.NO, "singular": ExitCode.MATHEMATICS}
    mild = ExitCode.DONE if result.finite else ExitCode.MATHEMATICS
    assert result.exit_code() == hard.get(check.verdict, mild), f"exit code {result.exit_code()} for {check.verdict}"
    strict = mild if check.verdict == "agrees" else hard.get(check.verdict, ExitCode.MATHEMATICS)
    assert result.exit_code(strict=True) == strict, (
        f"strict exit code {result.exit_code(strict=True)} for {check.verdict}"
    )
    assert result.finite or check.verdict != "agrees", f"agrees, but the result is not finite: {result.derivative}"
    assert check.checked <= check.total, f"{check.checked} of {check.total} entries are checked"
    assert check.verdict != "unchecked" or check.notes, "unchecked without a reason"
    json.dumps(result.to_dict(), allow_nan=False)
    return result


def gradient(case: Case, **options: Any) -> Any:
    """The gradient, of the sum where the output is not a scalar; its verdict as judged."""
    return _judged(gradcli.grad(scalar_text(case), arrays(case), **options))


def refusal(case: Case) -> None:
    """The gradient of several numbers is refused in words."""
    shape = output_shape(case)
    with contextlib.suppress(GradcliError):
        if shape and size(shape) > 1:
            gradcli.grad(case.text, arrays(case), check="off")
            raise AssertionError("the gradient of an array is not refused")


def jacobians(case: Case, **options: Any) -> Any:
    """The Jacobian, judged; forward and reverse mode give the same numbers, but for rounding."""
    return _judged(gradcli.jacobian(case.text, arrays(case), **options))


def hessians(case: Case, **options: Any) -> Any:
    """The Hessian of the sum, judged."""
    return _judged(gradcli.hessian(case.total, arrays(case), **options))


def echo(case: Case) -> None:
    """What is echoed as read_as gives the same numbers when it is run."""
    first = gradcli.jacobian(case.text, arrays(case), check="off")
    try:
        again = gradcli.jacobian(first.read_as, arrays(case), check="off", materialize_grads=True)
    except GradcliError as error:
        raise AssertionError(f"what is echoed does not run: {error.message}: {first.read_as}") from None
    np.testing.assert_array_equal(again.value, first.value, err_msg=first.read_as)
    for name, part in (first.derivative or {}).items():
        np.testing.assert_array_equal((again.derivative or {})[name], part, err_msg=f"{name} of {first.read_as}")


def explanation(case: Case, **options: Any) -> None:
    """explain() makes a page and a JSON object."""
    made = gradcli.explain(case.text, arrays(case), **options)
    assert rendered(document_of(made), "text")
    json.dumps(made.to_dict(), allow_nan=False)


def symbolic(case: Case) -> None:
    """Without values there is a formula, or a GradcliError."""
    names = parse(case.text).names
    gradcli.grad(case.total, shape={n: np.shape(value) for n, value in case.values.items() if n in names})


CHEAP: dict[str, Callable[[Case], Any]] = {
    "round trip": round_trip, "shapes": predicted_shapes, "echo": echo, "refusal": refusal,
}  # fmt: skip
COSTLY: dict[str, Callable[..., Any]] = {
    "grad": gradient, "jacobian": jacobians, "hessian": hessians, "explain": explanation, "symbolic": symbolic,
}  # fmt: skip


def output_shape(case: Case) -> Shape | None:
    """The shape of the value by the rules; None where gradcli refuses the case."""
    try:
        expression = parse(case.text, bound=case.values)
        return shapes_of(compile_tree(expression.tree), {n: np.shape(v) for n, v in case.values.items()}, expression)[
            -1
        ]
    except GradcliError:
        return None


def scalar_text(case: Case) -> str:
    """The text where it is a scalar, else that of its sum."""
    return case.total if output_shape(case) else case.text


def small(case: Case) -> bool:
    """Is the point small enough for second derivatives?"""
    return sum(size(np.shape(value)) for value in case.values.values()) <= 6


# -- running one case


@dataclass(slots=True)
class Outcome:
    """What one case did: failures as (property, kind, reason), verdicts by property, refusals, seconds."""

    failures: list[tuple[str, str, str]] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    seconds: float = 0.0


def place_of(error: BaseException) -> str:
    """Where in gradcli an error arose, and what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f.filename.startswith(PACKAGE)] or list(frames)
    last = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {last}: {str(error).strip().splitlines()[0][:160] if str(error).strip() else ''}"


def attempt(outcome: Outcome, name: str, check: Callable[[], Any]) -> None:
    """Runs one property; what it finds goes into ``outcome``."""
    started = time.monotonic()
    try:
        with warnings.catch_warnings(record=True) as heard, alarm(HANG, "fuzz: hang"):
            warnings.simplefilter("always")
            warnings.simplefilter("ignore", DeprecationWarning)  # torch's own, which Python keeps from users
            warnings.simplefilter("ignore", ResourceWarning)  # of something else, which is collected just now
            result = check()
            if hasattr(result, "check"):
                outcome.verdicts.append(str(result.check.verdict))
        outcome.failures += [(name, "warning", f"{w.category.__name__}: {w.message}"[:200]) for w in heard[:1]]
    except GradcliError as error:
        if isinstance(error, LimitError) and error.message == "fuzz: hang":
            stack = error.__context__
            outcome.failures.append((name, "hang", place_of(stack) if stack else ""))
        elif error.code is ExitCode.BUG:
            outcome.failures.append((name, "bug", place_of(error)))
        else:
            outcome.refusals.append(f"{error.kind}: {error.message}")
    except AssertionError as error:
        inside = traceback.extract_tb(error.__traceback__)[-1]
        kind = "differs" if str(error).startswith("differs") else "property"
        if inside.filename.startswith(PACKAGE):
            outcome.failures.append((name, "traceback", place_of(error)))
        else:
            outcome.failures.append((name, kind, " ".join(str(error).split())[:300]))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        outcome.failures.append((name, "traceback", place_of(error)))
    seconds = time.monotonic() - started
    outcome.seconds += seconds
    if seconds > SLOW:
        outcome.refusals.append(f"slow: {name} took {seconds:.1f} s")


def run_case(case: Case, wanted: Sequence[str]) -> Outcome:
    """The named properties of a case."""
    outcome = Outcome()
    for name in wanted:
        check = {**CHEAP, **COSTLY}[name]
        attempt(outcome, name, lambda check=check: check(case))  # type: ignore[misc]
    return outcome


def wanted_of(rng: random.Random, case: Case) -> list[str]:
    """The cheap properties, the gradient, and one costly property more."""
    more = ["jacobian", "explain", "symbolic"] + (["hessian"] * 2 if small(case) else [])
    return [*CHEAP, "grad", rng.choice(more)]


# -- smaller cases that fail alike


def subtrees(tree: Tree) -> Iterator[Tree]:
    """All subtrees, smallest first."""
    seen: dict[Tree, int] = {}
    stack = [tree]
    while stack:
        node = stack.pop()
        if node not in seen and not isinstance(node, Static):
            seen[node] = sum(1 for _ in _walk(node))
            stack.extend(node.args)
    return iter(sorted(seen, key=lambda node: seen[node]))


def _walk(node: Tree) -> Iterator[Tree]:
    yield node
    for child in node.args:
        yield from _walk(child)


def simpler(case: Case) -> Iterator[Case]:
    """Smaller cases: subtrees, subtrees lifted one level, rounder numbers."""
    tree = parse(case.text, bound=case.values).tree
    yield _with_tree(case, tree)
    for node in subtrees(tree):
        if node != tree and not getattr(node, "is_Boolean", False) and not isinstance(node, Static):
            yield _with_tree(case, node)
    for node in reversed(list(subtrees(tree))):
        for child in node.args:
            if not isinstance(child, Static) and child.args:
                with contextlib.suppress(Exception):
                    yield _with_tree(case, tree.xreplace({node: child}))
    for name, value in case.values.items():
        flat = np.asarray(value, dtype=np.float64)
        for at in np.ndindex(flat.shape):
            for rounder in (0.0, 1.0, 2.0, 0.5):
                if flat[at] == rounder:
                    break
                changed = flat.copy()
                changed[at] = rounder
                yield replace(case, values={**case.values, name: changed.tolist()})


def _with_tree(case: Case, tree: Tree) -> Case:
    """The case with another tree; where no variable is left, one that is not used."""
    text = write(tree)
    names = parse(text, bound=case.values).names
    if not names:
        return Case(("u = x",), text, {"x": 1.0})
    return Case((), text, {name: value for name, value in case.values.items() if name in names})


def minimise(case: Case, name: str, kind: str, seconds: float = 20.0) -> Case:
    """The smallest case found in that time that fails the same property in the same way."""
    until = time.monotonic() + seconds
    found = True
    while found:
        found = False
        for other in _safely(simpler(case)):
            if time.monotonic() > until:
                return case
            smaller = (len(other.text), len(repr(other.values))) < (len(case.text), len(repr(case.values)))
            if other.values and smaller and any(f[:2] == (name, kind) for f in run_case(other, [name]).failures):
                case, found = other, True
                break
    return case


def _safely(cases: Iterator[Case]) -> Iterator[Case]:
    with contextlib.suppress(Exception):
        yield from cases


# -- the long run: cases by number, in worker processes that may die


def case_of(seed: int, number_: int) -> tuple[Case, list[str]]:
    """Case ``number_`` of a seed, and the properties to run."""
    rng = random.Random(f"{seed}:{number_}")  # noqa: S311 - cases of a test
    case = make_case(rng)
    return case, wanted_of(rng, case)


def groups_of(case: Case) -> list[str]:
    """The groups of the rows that a case uses."""
    try:
        steps = compile_tree(parse(case.text, bound=case.values).tree).steps
    except GradcliError:
        return []
    return sorted({step.op.group for step in steps if step.op is not None})


COMMANDS = {"jacobian": "jacobian", "hessian": "hessian", "explain": "explain", "echo": "jacobian"}


def replay_line(case: Case, name: str, kind: str, reason: str) -> str:
    """A command line, and what it shows."""
    line = case.replay(
        COMMANDS.get(name, "grad"), scalar_text(case) if name in {"hessian", "grad", "symbolic"} else case.text
    )
    return f"{line}  # {name}: {kind}: {reason}"


def case_from(line: str) -> Case:
    """The case that a command line of ``Case.replay`` shows."""
    _, _, text, *bindings = shlex.split(line.partition("  # ")[0])
    return Case((), text, {name: value.tolist() for name, value in values_of(bindings, 0).items()})


def signature_of(name: str, kind: str, reason: str) -> str:
    """What failures of one cause are likely to share: the place of a traceback, else the property."""
    return f"{kind}: {reason.partition(': ')[0]}" if kind == "traceback" else f"{kind}: {name}"


def work(seed: int) -> None:
    """A worker: reads case numbers, answers with JSON lines; before a case runs, its command line."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever prints, prints elsewhere
    seen: Counter[str] = Counter()
    for line in sys.stdin:
        case, wanted = case_of(seed, int(line))
        answers.write(json.dumps({"begin": case.replay(), "wanted": wanted}) + "\n")
        outcome = run_case(case, wanted)
        lines = []
        for name, kind, reason in outcome.failures:
            signature = signature_of(name, kind, reason)
            seen[signature] += 1
            least = case if kind in {"hang", "warning"} or seen[signature] > 2 else minimise(case, name, kind)
            again = [f for f in run_case(least, [name]).failures if f[1] == kind] if least is not case else []
            lines.append((signature, replay_line(least, name, kind, again[0][2] if again else reason)))
        answer = {
            "lines": lines, "verdicts": outcome.verdicts, "refusals": outcome.refusals, "seconds": outcome.seconds,
            "groups": groups_of(case), "replay": case.replay(),
        }  # fmt: skip
        answers.write(json.dumps(answer) + "\n")


class Worker:
    """A process that runs cases one after another; started again when it dies or hangs."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.begun: Any = None
        self.number = -1
        self.since = 0.0
        self.start()

    def start(self) -> None:
        command = [sys.executable, __file__, "--worker", "--seed", str(self.seed)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def send(self, number_: int) -> None:
        self.number, self.begun, self.since = number_, None, time.monotonic()
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{number_}\n")
            self.process.stdin.flush()

    def answer(self) -> dict[str, Any] | None:
        """The answer that stands ready, or a failure if the process died or hangs; None while it works."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline() if select.select([self.process.stdout], [], [], 0)[0] else None
        if line:
            found: dict[str, Any] = json.loads(line)
            if "begin" not in found:
                return found
            self.begun = found
        dead = line == ""
        late = time.monotonic() - self.since > KILL + len((self.begun or {}).get("wanted", "")) * HANG
        if not dead and not late:
            return None
        if late:
            self.process.kill()
        code = self.process.wait()
        self.start()
        replay = (self.begun or {}).get("begin", f"case {self.number} of seed {self.seed}, while it was made")
        kind = f"crash (exit {code})" if dead else "hang (killed)"
        return {"lines": [(kind, f"{replay}  # {kind}")], "verdicts": [], "refusals": [], "seconds": 0.0, "groups": [], "replay": replay}  # fmt: skip

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass(slots=True)
class Tally:
    """What a long run counts."""

    cases: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    slow: list[str] = field(default_factory=list)

    def add(self, answer: Mapping[str, Any]) -> None:
        self.cases += 1
        for verdict in answer["verdicts"]:
            self.verdicts.update((group, verdict) for group in ["all", *answer["groups"]])
        self.failures.update(signature for signature, _ in answer["lines"])
        for refusal in answer["refusals"]:
            kind = refusal.partition(":")[0]
            if kind == "slow":
                self.slow.append(f"{refusal}: {answer['replay']}")
            self.refusals[kind] += 1
            self.examples.setdefault(kind, f"{refusal}: {answer['replay']}")

    def text(self, seconds: float) -> str:
        names = ["agrees", "unchecked", "rounding", "convention", "singular", "trap", "differs"]
        lines = [f"{self.cases} cases in {seconds:.0f} s: {self.cases / max(seconds, 1e-9):.2f} a second", ""]
        lines.append(f"{'verdicts by group':34}" + "".join(f"{name:>11}" for name in names))
        for group in ["all", *sorted({group for group, _ in self.verdicts} - {"all"})]:
            lines.append(f"{group:34}" + "".join(f"{self.verdicts[group, name]:11}" for name in names))
        lines += ["", "failures"] + [f"  {n:6} {signature}" for signature, n in self.failures.most_common()]
        lines += ["", "refusals"] + [
            f"  {n:6} {kind}, such as {self.examples[kind]}" for kind, n in self.refusals.most_common()
        ]
        return "\n".join(
            [*lines, "", f"slower than {SLOW:g} s: {len(self.slow)}", *(f"  {line}" for line in self.slow[:20])]
        )


def long_run(seconds: float, seed: int, workers: int, out: TextIO | None) -> Tally:
    """Cases 0, 1, 2, ... of a seed until the time is up; failures are printed as they come."""
    print(f"seed {seed}, {workers} workers, {seconds:g} s, {len(callable_rows())} rows", flush=True)
    tally, started, numbers = Tally(), time.monotonic(), itertools.count()
    team = [Worker(seed) for _ in range(workers)]
    for worker in team:
        worker.send(next(numbers))
    try:
        while time.monotonic() - started < seconds:
            streams = [worker.process.stdout for worker in team if worker.process.stdout is not None]
            select.select(streams, [], [], 1.0)
            for worker in team:
                answer = worker.answer()
                if answer is None:
                    continue
                tally.add(answer)
                for signature, line in answer["lines"]:
                    shown = (
                        [sys.stdout] if tally.failures[signature] <= SHOWN or signature.startswith("differs") else []
                    )
                    for stream in filter(None, (*shown, out)):
                        print(f"{line}  [{seed}:{worker.number}]", file=stream, flush=True)
                worker.send(next(numbers))
    except KeyboardInterrupt:
        pass
    finally:
        for worker in team:
            worker.stop()
    print(tally.text(time.monotonic() - started), flush=True)
    return tally


def main() -> int:
    """The command line; exit 1 if anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=None, help="a file to which failures are appended")
    parser.add_argument("--only", type=int, default=None, help="run this case of the seed here")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    if options.worker:
        work(seed)
        return 0
    if options.only is not None:
        case, wanted = case_of(seed, options.only)
        print(case.replay(), wanted, flush=True)
        outcome = run_case(case, wanted)
        print(*outcome.failures, *outcome.refusals, outcome.verdicts, f"{outcome.seconds:.2f} s", sep="\n")
        return bool(outcome.failures)
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(options.out.open("a")) if options.out else None
        return bool(long_run(options.seconds, seed, options.workers, out).failures)


if __name__ == "__main__":
    sys.exit(main())
