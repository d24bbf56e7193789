"""The functions whose derivatives are made wrong: those of the corpus, and some with branches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import mpmath
import sympy
from mutating.formulas import DIGITS, Tree, Unreadable, read, value
from mutating.rules import derive
from places import CORPUS


@dataclass(frozen=True, eq=False)
class Source:
    """A function of the corpus: its text, its tree, the variable, points in its domain."""

    text: str
    tree: Tree
    name: str
    points: tuple[Mapping[str, float], ...]

    @property
    def x(self) -> Tree:
        return sympy.Symbol(self.name, real=True)


BRANCHED = (
    "abs(x**2-1)", "relu(x-1)**2", "where(x<1,x**2,2*x-1)", "max(x,x**2)", "min(sin(x),x/2)", "where(abs(x)<1,x**2/2,abs(x)-1/2)",
    "x*abs(x-2)", "where(x>0,x,exp(x)-1)", "exp(-abs(x))", "max(x**2,1+x)", "where(x>0,log(1+x),x)", "abs(sin(x))*x",
)  # fmt: skip
_MEASURED = re.compile(r"\de-?\d")
ORDINARY = (0.3, 0.7, 1.25, 1.75, 2.5, -0.6, -1.4, 3.25, 0.1, -0.3)


def sources() -> Iterator[Source]:
    """Each function in each of its variables, where it can be read, with points at which it has a number."""
    for text in BRANCHED:
        yield from _source(text, {"x": 0.5}, "x", None)
    for entry in _lines("scalars"):
        if not entry.get("status"):
            point = {entry["var"]: entry["point"], **(entry.get("params") or {})}
            yield from _source(entry["expr"], point, entry["var"], entry["derivative"])
    for entry in _lines("feynman"):
        # sympy writes constants of nature as fractions, as no person does
        for name in () if _MEASURED.search(entry["expr"]) else entry["vars"]:
            yield from _source(entry["expr"], entry["vars"], name, entry["grad"][name])


def _lines(name: str) -> Iterator[dict[str, Any]]:  # Any: JSON values
    path = CORPUS / f"{name}.jsonl"
    yield from map(json.loads, path.read_text().splitlines() if path.exists() else ())


def _source(text: str, point: Mapping[str, Any], name: str, derivative: Any) -> Iterator[Source]:  # Any: JSON numbers
    try:
        tree = read(text)
        x = sympy.Symbol(name, real=True)
        if not tree.has(x) or tree.has(sympy.floor):
            return
        own = derive(tree, x)
    except (Unreadable, NotImplementedError, ValueError):
        return
    at = {n: float(v) for n, v in point.items()}
    points = [at, *({**at, name: v} for v in ORDINARY)]
    if len(at) > 1:
        points += [{n: v * (0.7 + 0.13 * k) for k, (n, v) in enumerate(at.items(), start)} for start in range(4)]
    usable = tuple(p for p in points if value(tree, p) is not None and value(own, p) is not None)
    if derivative is not None and not isinstance(derivative, str) and at in usable:
        with mpmath.workdps(DIGITS):
            assert abs(value(own, at) - mpmath.mpf(derivative)) <= 1e-9 * abs(mpmath.mpf(derivative)) + 1e-300, (
                text,
                name,
            )
    if len(usable) >= 3:
        yield Source(text, tree, name, usable)


@cache
def pool() -> tuple[Source, ...]:
    return tuple(sources())
