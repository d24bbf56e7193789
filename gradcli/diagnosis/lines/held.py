"""Is a line that a slip makes certainly the one that stands there?"""

from __future__ import annotations

import sympy

from gradcli.base.errors import GradcliError
from gradcli.diagnosis.case import Case, Maker
from gradcli.diagnosis.diagnose import FORGIVEN

# What sympy or a row raises at an odd tree: that candidate is left, and the next one is tried.
GIVEN_UP: tuple[type[Exception], ...] = (
    *FORGIVEN,
    LookupError,
    NotImplementedError,
    RecursionError,
    sympy.PolynomialError,
    GradcliError,
)


def agrees(case: Case, make: Maker) -> bool:
    """Has a formula the values of the function at every point but few at which nothing can be told?

    Where a line is exactly 0, as at a root of its factors, no number of bits tells that terms of another one cancel;
    and at round points a formula may have no value. Errors: LimitError where all work is done.
    """
    held = 0
    for point in case.points:
        found = case.compared(point, make)
        if found is None or (found.gap is not None and not (found.gap.undefined and point.round)):
            return False
        held += found.holds
    return 2 * held > len(case.points)


def certain(case: Case, make: Maker) -> bool:
    """The same at new points too, and where regions or functions that saturate may hide a difference."""
    return agrees(case, make) and case.holds_up(make) and case.exact(make)
