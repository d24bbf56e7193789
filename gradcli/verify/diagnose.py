"""What was probably forgotten: guesses at a refuted claim, the most specific first, each verified before it is said.

A guess is a corrected claim. It is computed at every point at which the claim was tried, at all sizes, in the truth's
own precision; only if it is right everywhere, the diagnosis is given, with the correction as its suggestion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gradcli.base.errors import ExpressionError, GradcliError, LimitError
from gradcli.base.limits import alarm
from gradcli.conclusion import Diagnosis
from gradcli.meaning import symbolic
from gradcli.meaning.program import Deadline
from gradcli.verify.claims import Evidence
from gradcli.verify.guesses import changes, factors, layout, regions, rules
from gradcli.verify.patient import Guess, Patient

Family = Callable[[Patient], Iterator[Guess]]

FAMILIES: tuple[Family, ...] = (
    factors.signs, factors.constants, factors.roundings, layout.layouts, rules.other_variables, factors.inner_derivatives, rules.rules,
    rules.terms, rules.other_orders, layout.shapes, layout.conditions, rules.frozen, factors.quantities, changes.bounds, changes.changes,
    changes.insertions, regions.regions, rules.other_functions, regions.components,
)  # fmt: skip

# The verdict must not be lost to what sympy does with an odd tree in a diagnosis; the tests forgive nothing.
FORGIVEN: tuple[type[Exception], ...] = (TypeError, ValueError, ArithmeticError, AttributeError, IndexError)


def diagnose(evidence: Evidence, deadline: Deadline[Any], seconds: float) -> Diagnosis | None:
    """The first guess that is right at every point; None where there is none, or where the time is up."""
    if not evidence.trials:
        return None
    patient = Patient(evidence, deadline)
    try:
        with alarm(seconds, f"more than {seconds:g} s for a diagnosis"), symbolic.failures():
            return next((found for family in FAMILIES for found in _diagnoses(patient, family)), None)
    except (LimitError, ExpressionError):
        return None


def _diagnoses(patient: Patient, family: Family) -> Iterator[Diagnosis]:
    for guess in _guarded(patient, family):
        if guess.make is None:
            yield Diagnosis(guess.kind, guess.text)
        elif patient.right(guess.make) and (guess.formula is not None or patient.holds_up(guess.make)):
            yield Diagnosis(guess.kind, guess.text, patient.shortest(guess, guess.make))


def _guarded(patient: Patient, family: Family) -> Iterator[Guess]:
    """The guesses of a family; what it cannot do, it leaves."""
    try:
        yield from family(patient)
    except LimitError as limit:
        if limit.kind == "time":
            raise
    except GradcliError:
        return
    except FORGIVEN:
        return
