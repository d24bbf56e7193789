"""The probable causes of a refuted claim, the most specific first, each verified before it is said.

A cause is a corrected claim. It is computed at every point at which the claim was tried, at all sizes, in the truth's
own precision; only if it is right everywhere, the diagnosis is given, with the correction as its suggestion. At values
that were given many wrong formulas are right, so that there points of the whole domain are taken as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from gradcli.base.errors import ExpressionError, GradcliError, LimitError
from gradcli.base.precision import precision
from gradcli.claims.conclusion import Diagnosis
from gradcli.claims.points import Sample, try_claim
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import OTHER_SEED, Case, Cause, Maker
from gradcli.diagnosis.causes import (
    conventions,
    factors,
    hidden,
    kinks,
    layout,
    regions,
    rules,
    several,
    single_changes,
)
from gradcli.meaning import symbolic
from gradcli.reference.work import BITS

UNEXPLAINED = Cause("formula", "no small change mends the claim")

Family = Callable[[Case], Iterator[Cause]]

FAMILIES: tuple[Family, ...] = (
    factors.signs,
    layout.sizes,
    hidden.epsilons,
    hidden.divisors,
    factors.roundings,
    single_changes.bounds,
    single_changes.constants,
    kinks.smoothed,
    factors.constants,
    layout.layouts,
    rules.other_variables,
    factors.inner_derivatives,
    rules.rules,
    rules.terms,
    rules.other_orders,
    conventions.vectors,
    layout.shapes,
    conventions.symmetric_entries,
    layout.conditions,
    rules.frozen,
    conventions.entrywise,
    rules.entry_by_entry,
    conventions.degrees,
    factors.bases,
    factors.fractions,
    factors.quantities,
    single_changes.letters,
    several.term_factors,
    single_changes.changes,
    single_changes.insertions,
    conventions.premises,
    regions.regions,
    rules.other_functions,
    several.pairs,
    conventions.values,
    regions.components,
)

# The verdict must not be lost to what sympy does with an odd tree in a diagnosis; the tests forgive nothing.
FORGIVEN: tuple[type[Exception], ...] = (TypeError, ValueError, ArithmeticError, AttributeError, IndexError)


def diagnose(sample: Sample, unexplained: Cause = UNEXPLAINED) -> Diagnosis | None:
    """The first cause that is right at every point; where there is none, or where the work is too much, the derivative
    alone, which is said with the words of ``unexplained``; None where it has no formula either.
    """
    sample = in_general(sample)
    if not sample.points:
        return None
    case = Case(sample)
    found = None
    with precision(BITS[0]):
        with suppress(LimitError, ExpressionError), symbolic.failures():
            found = next((found for family in FAMILIES for found in _diagnoses(case, family)), None)
        if found is None and (formula := case.suggestion()) is not None:
            found = Diagnosis(unexplained.kind, unexplained.text, formula)
    return found


def in_general(sample: Sample) -> Sample:
    """The sample, where the derivative's variables are free; else with points of their domain beside the values that
    were given. Without points where these are all of the domain, and where the claim is right elsewhere.
    """
    if any(statement.free.keys() & (statement.wrt or statement.free) for statement in sample.statements):
        return sample
    found = try_claim([statement.opened for statement in sample.statements], OTHER_SEED)
    if not found.points or not (found.gaps or found.mismatched):
        return Sample()
    return replace(found, points=[*found.points, *sample.points])


def _diagnoses(case: Case, family: Family) -> Iterator[Diagnosis]:
    for cause in _guarded(case, family):
        if _told(case, cause) if cause.make is None else _mends(case, cause.make):
            yield Diagnosis(cause.kind, case.said(cause), case.suggestion(cause.make))


def _mends(case: Case, make: Maker) -> bool:
    return case.right(make) and not _circular(case, make) and case.holds_up(make) and case.exact(make)


def _told(case: Case, cause: Cause) -> bool:
    """What is measured is told of any claim; that one is right somewhere, of none that only looks so in all digits."""
    return cause.kind == "approximation" or not case.saturated


def _circular(case: Case, make: Maker) -> bool:
    """Is a value mended by the function itself, as ``eye(n)`` for A by ``A @ eye(n)``?"""
    function, made = case.first.function.tree, make(case.first)
    parts = [[part for path, part in corrections.places(tree) if path] for tree in (made, case.first.claim.tree)]
    return case.first.kind == "value" and function in parts[0] and function not in (*parts[1], case.first.claim.tree)


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
