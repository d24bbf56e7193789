"""A counterexample that a person can follow: its entries made 0, 1 or small, as long as claim and truth differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.claims.points import Gap, Points, gap
from gradcli.meaning.program import Deadline, compile_tree

CLEAR = 1e-3  # relative: what nobody takes for rounding
ROUNDS = (1.0, 0.0, 2.0, -1.0, 3.0, 0.5)
TENS = (5.0, -5.0, 10.0, -10.0, 100.0, -100.0)  # for a scalar that is larger
MAX_TRIES = 80


def simplest(found: Gap, deadline: Deadline[Any]) -> Gap:
    """A gap at a point that is as round as the given one, or rounder; one entry after the other is tried."""
    statement = found.point.statement
    points, program = Points(statement, deadline, 0), compile_tree(statement.claim.tree)
    best, tries = found, 0
    for name in statement.free:
        for place in np.ndindex(statement.free[name]):
            current = float(best.point.values[name][place])
            for number in (*ROUNDS, *(_rounder(current) if not statement.free[name] else ())):
                if number == current or tries >= MAX_TRIES:
                    break
                if not statement.free[name] and _simple(current):
                    break
                tries += 1
                values = {n: best.point.values[n].copy() for n in statement.free}
                values[name][place] = number
                better = _gap_at(values, points, program)
                if better is not None and better.error > min(CLEAR, found.error / 10) and not better.undefined:
                    best = better
                    break
    return best


def _rounder(number: float) -> list[float]:
    """Powers of ten below a number, and the number with fewer digits."""
    return [
        *(t for t in TENS if abs(t) < abs(number)),
        float(f"{number:.1g}"),
        float(round(number, 0)),
        float(f"{number:.2g}"),
        float(f"{number:.6g}"),
    ]


def _simple(number: float) -> bool:
    """A round scalar stays as it is: at 0 and 1 too many formulas are right."""
    return number in {1.0, 2.0, 3.0, -1.0, 0.5}


def _gap_at(values: dict[str, Any], points: Points, program: Any) -> Gap | None:  # Any: float arrays; a Program
    try:
        point = points.at(values)
        return None if point is None or point.true is None else gap(point, point.evaluate(program))
    except LimitError:
        return None
