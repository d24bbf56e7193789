"""The second route: derivatives that share nothing with torch, by sympy's formulas or by difference quotients.

Which of the two is asked is chosen once, by the size of the problem. Whoever asks falls back from sympy to differences
himself, where sympy gives up, or where its formula means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gradcli.meaning.program import Deadline
from gradcli.reference.differences import Differences
from gradcli.reference.problem import Entry, Problem, Truth
from gradcli.reference.sympy_route import SympyRoute

MAX_SYMBOLIC_WORK = 2_000  # scalar operations that are exploded into symbols
MAX_OLD_NODES = 10**9
MAX_SYMBOLIC_TOTAL = 4_000  # the same, times the number of derivatives


class Route(Protocol):
    """A way to the truth of a derivative's entries."""

    @property
    def name(self) -> str:
        """The word of verdicts and JSON."""

    def truths(self, entries: Sequence[Entry]) -> Iterable[Truth | None]:
        """The truth of each entry in turn; None where this way leads to none. Errors: LimitError, ExpressionError."""


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways to the truth of one problem: differences always, sympy where it is not too large for it."""

    differences: Differences
    sympy: SympyRoute | None


def routes_to(problem: Problem, order: int, entries: int, deadline: Deadline[Any], *, formulas: bool = True) -> Routes:
    """The routes to so many entries of a derivative. Errors: LimitError where the problem is too large for any.

    formulas: may sympy be asked? Not where it is sympy's formulas that are checked.
    """
    differences = Differences(problem, order, deadline)
    cost = differences.cost
    small = cost <= MAX_SYMBOLIC_WORK and cost * entries <= MAX_SYMBOLIC_TOTAL
    return Routes(
        differences,
        SympyRoute(problem, deadline, nodes=MAX_OLD_NODES, compared=400, here=differences)
        if formulas and small
        else None,
    )
