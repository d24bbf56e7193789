"""An expression with its point, made at random, or read from a command line."""

from __future__ import annotations

import contextlib
import json
import math
import random
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from fuzzing.grammar import Grammar

from gradcli.base.errors import GradcliError
from gradcli.inputs.prepare import prepare, values_of
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, size


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
    "wide",
    "wide",
    "beside",
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
        style = rng.choice(("irregular", "round", "edges", "huge", "small", "wide"))
        return number(rng, style, special)
    if style == "wide":
        return rng.choice((1.0, 1.0, -1.0)) * float(10 ** rng.uniform(-300, 300))
    if style == "beside":
        at = rng.choice(special or ROUND)
        return at + rng.choice((0.0, 1.0, -1.0, 1e6)) * math.ulp(at)
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


def case_from(line: str) -> Case:
    """The case that a command line of ``Case.replay`` shows."""
    _, _, text, *bindings = shlex.split(line.partition("  # ")[0])
    return Case((), text, {name: value.tolist() for name, value in values_of(bindings, 0).items()})
