"""The probable causes of a refuted claim, the most specific first, each verified before it is said.

A cause is a corrected claim. It is computed at every point at which the claim was tried, at all sizes, in the truth's
own precision; only if it is right everywhere, the diagnosis is given, with the correction as its suggestion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradcli.base.errors import ExpressionError, GradcliError, LimitError
from gradcli.claims.conclusion import Diagnosis
from gradcli.claims.points import Sample
from gradcli.diagnosis.case import Case, Cause
from gradcli.diagnosis.causes import factors, layout, regions, rules, single_changes
from gradcli.meaning import symbolic
from gradcli.meaning.balls.precision import precision
from gradcli.reference.work import BITS

Family = Callable[[Case], Iterator[Cause]]

FAMILIES: tuple[Family, ...] = (
    factors.signs,
    factors.constants,
    factors.roundings,
    layout.layouts,
    rules.other_variables,
    factors.inner_derivatives,
    rules.rules,
    rules.terms,
    rules.other_orders,
    layout.shapes,
    layout.conditions,
    rules.frozen,
    factors.quantities,
    single_changes.bounds,
    single_changes.changes,
    single_changes.insertions,
    regions.regions,
    rules.other_functions,
    regions.components,
)

# The verdict must not be lost to what sympy does with an odd tree in a diagnosis; the tests forgive nothing.
FORGIVEN: tuple[type[Exception], ...] = (TypeError, ValueError, ArithmeticError, AttributeError, IndexError)


def diagnose(sample: Sample) -> Diagnosis | None:
    """The first cause that is right at every point; None where there is none, or where the work is too much."""
    if not sample.points:
        return None
    case = Case(sample)
    try:
        with symbolic.failures(), precision(BITS[0]):
            return next((found for family in FAMILIES for found in _diagnoses(case, family)), None)
    except (LimitError, ExpressionError):
        return None


def _diagnoses(case: Case, family: Family) -> Iterator[Diagnosis]:
    for cause in _guarded(case, family):
        if cause.make is None:
            yield Diagnosis(cause.kind, cause.text)
        elif case.right(cause.make) and (cause.formula is not None or case.holds_up(cause.make)):
            yield Diagnosis(cause.kind, cause.text, case.shortest(cause, cause.make))


def _guarded(case: Case, family: Family) -> Iterator[Cause]:
    """The causes of a family; what it cannot do, it leaves."""
    try:
        yield from family(case)
    except LimitError:
        if case.exhausted:
            raise
    except GradcliError:
        return
    except FORGIVEN:
        return
