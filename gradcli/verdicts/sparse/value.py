"""The function's value beside a large sparse derivative, in float64 with a bound on each error."""

from __future__ import annotations

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.meaning.extended.rounding import CARE, in_doubles
from gradcli.reference.answer import Settings
from gradcli.reference.every_entry import EveryEntry, Units
from gradcli.reference.problem import Problem
from gradcli.verdicts.chosen import VALUE
from gradcli.verdicts.rounding import RoundingOfAll
from gradcli.verdicts.verdict import Finding, Verdict

UNITS = 50_000_000  # of every_entry, in float64: some 0.3 seconds
UNTOLD = "the function's value is left without a check"


@np.errstate(all="ignore")
def value_finding(problem: Problem, value: FloatArray, settings: Settings) -> Finding | None:
    """What is to be said of torch's value; None where it agrees. What is not finite, entries speak of."""
    try:
        with in_doubles():
            found = EveryEntry(problem, Units(UNITS)).value()
    except LimitError:
        return Finding(Verdict.AGREES, None, UNTOLD)
    given, true = np.reshape(value, problem.output), found.value.astype(np.float64)
    error = found.error * CARE
    known = np.isfinite(error) & np.isfinite(true) & np.isfinite(given)
    apart = np.where(known, np.abs(given - true), 0.0)
    tiny = settings.float_type.smallest_normal
    off = apart - error > np.maximum(settings.tolerance * np.abs(true), max(settings.atol, tiny))
    if not off.any():
        return None if known[np.isfinite(given)].all() else Finding(Verdict.AGREES, None, UNTOLD)
    explained = RoundingOfAll(problem, (), settings).explained(VALUE, given)
    if explained is None:
        return Finding(Verdict.UNCHECKED, None, f"{UNTOLD}: what rounding may do to it takes too many steps to tell")
    wrong = off & ~explained
    at = np.unravel_index(int(np.argmax(np.where(wrong if wrong.any() else off, apart, -1.0))), np.shape(apart))
    name = f"the value[{', '.join(map(str, at))}]" if at else "the value"
    note = f"{name}: {float(given[at])!r} against {float(true[at])!r}"
    if wrong.any():
        return Finding(Verdict.DIFFERS, None, note, "", float(given[at]), float(true[at]))
    return Finding(Verdict.ROUNDING, None, f"{note}: float arithmetic lost digits on the way", "", float(given[at]))
