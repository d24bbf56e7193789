"""A counterexample that a person can follow: its entries made 0, 1 or small, as long as claim and truth differ."""

from __future__ import annotations

from itertools import takewhile

import numpy as np

from gradcli.claims.comparison import Gap, compare
from gradcli.claims.points import CLEAR, Points
from gradcli.meaning.program import compile_tree

ROUNDS = (1.0, 0.0, 2.0, -1.0, 3.0, 0.5)
SIMPLE = {1.0, 2.0, 3.0, -1.0, 0.5}
TENS = (5.0, -5.0, 10.0, -10.0, 100.0, -100.0)  # for a scalar that is larger
MAX_TRIES = 80  # points; fewer where they are dear


def simplest(found: Gap) -> Gap:
    """A gap at a point that is as round as the given one, or rounder; one entry after the other is tried."""
    statement = found.point.statement
    points, program = Points(statement, 0), compile_tree(statement.claim.tree)
    best, left = found, points.affordable(MAX_TRIES)
    for name, place in ((name, place) for name, shape in statement.free.items() for place in np.ndindex(shape)):
        current = float(best.point.values[name][place])
        for number in _rounder(current, scalar=not statement.free[name])[:left]:
            left -= 1
            values = {n: best.point.values[n].copy() for n in statement.free}
            values[name][place] = number
            point = points.at(values, is_round=True)
            better = None if point is None else compare(point, program).gap
            if better is None or better.undefined or better.visible < found.visible:
                continue
            if better.error > min(CLEAR, found.error / 10):
                best = better
                break
    return best


def _rounder(number: float, *, scalar: bool) -> list[float]:
    """Rounder numbers up to the number itself: for a scalar also powers of ten below it, and fewer digits, as for an
    entry of many digits. A round scalar stays as it is: at 0 and 1 too many formulas are right."""
    if scalar and number in SIMPLE:
        return []
    tens = [t for t in TENS if abs(t) < abs(number)]
    shorter = [float(f"{number:.1g}"), float(round(number)), float(f"{number:.2g}"), float(f"{number:.6g}")]
    further = [*tens, *shorter] if scalar else shorter if shorter[-1] != number else []
    return list(takewhile(lambda n: n != number, (*ROUNDS, *further)))
