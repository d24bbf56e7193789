"""How closed forms come out: a row for each corpus and kind, and the exceptions by name."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from forms.asked import Asked, width

import gradcli
from gradcli.base.errors import GradcliError
from gradcli.base.limits import alarm
from gradcli.closed.notation.form import closed_form
from gradcli.commands.entries import BELT
from gradcli.reference.forms import agrees_at_points

ACCEPTED = frozenset({"proved", "agrees"})
SHORT = {"grad": "gradients", "jacobian": "Jacobians", "hessian": "Hessians"}
LONG = 1.0  # as a multiple of the person's: beyond, a form is longer


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a derivative: its form or, where there is none, the reason; what ``check`` says of the form."""

    asked: Asked
    form: str
    why: str
    verdict: str
    milliseconds: float

    @property
    def ratio(self) -> float | None:
        """Its length against the person's."""
        return width(self.form) / width(self.asked.human) if self.form and self.asked.human else None


def came(one: Asked, *, checked: bool = True) -> Came:
    started = time.process_time()
    form = why = verdict = ""
    try:
        with alarm(BELT, "cut off", ""):
            form = closed_form(
                one.expression, one.kind, [one.wrt] * one.order, one.shapes, one.conditions, agrees_at_points
            ).text
    except GradcliError as error:
        why = error.message
    except (
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
        AssertionError,
        StopIteration,
    ) as error:  # faults: the table names them
        why = f"FAULT {type(error).__name__}: {error}"
    taken = 1e3 * (time.process_time() - started)
    if form and checked:
        verdict = judged(one, form)
    return Came(one, form, why, verdict, taken)


def judged(one: Asked, form: str) -> str:
    """What ``check`` says of the form."""
    shapes = {name: shape for name, shape in one.shapes.items() if shape}
    kind = one.kind if one.kind == "hessian" else None
    try:
        found = gradcli.check(one.function, form, wrt=one.wrt, kind=kind, shape=shapes, where=one.where)
    except GradcliError as error:
        return f"an error: {error.message}"
    return str(found.claims[0].verdict)


def row(corpus: str, kind: str, forms: Sequence[Came]) -> dict[str, object]:
    """The share printed, the number accepted by check, lengths against the person's, milliseconds."""
    printed = [one for one in forms if one.form]
    ratios = [one.ratio for one in printed if one.ratio is not None]
    made: dict[str, object] = {"corpus": corpus, "kind": kind, "of": len(forms), "printed": len(printed)}
    made["printed, %"] = 100 * len(printed) / len(forms)
    made["accepted"] = sum(one.verdict in ACCEPTED for one in printed)
    made["by hand"] = len(ratios)
    made["length, median"] = median(ratios) if ratios else ""
    made["length, p90"] = quantiles(ratios, n=10)[-1] if len(ratios) > 1 else ""
    made["not longer, %"] = 100 * sum(r <= LONG for r in ratios) / len(ratios) if ratios else ""
    return made | {"ms, median": median(one.milliseconds for one in forms)}


def shares(group: str, forms: Sequence[Came]) -> dict[str, object]:
    """How many operations have all forms they are asked for; by kind, how many derivatives are asked, and the share."""
    by_name: dict[str, list[bool]] = {}
    for one in forms:
        by_name.setdefault(one.asked.corpus, []).append(bool(one.form))
    made: dict[str, object] = {"group": group, "rows": len(by_name), "complete": sum(map(all, by_name.values()))}
    for kind, name in SHORT.items():
        asked = [one for one in forms if one.asked.kind == kind]
        made[name] = len(asked)
        made[f"{name} %"] = 100 * sum(bool(one.form) for one in asked) / len(asked) if asked else ""
    accepted = sum(one.verdict in ACCEPTED for one in forms)
    return made | {"accepted": accepted, "ms, median": median(one.milliseconds for one in forms)}


def exceptions(forms: Sequence[Came]) -> list[str]:
    """Each without a form and why, each that check does not accept, each longer than a person's, longest first."""
    missing = [f"{_name(one)}: no form: {one.why}" for one in forms if not one.form]
    doubted = [
        f"{_name(one)}: {one.verdict}: {one.form}" for one in forms if one.verdict and one.verdict not in ACCEPTED
    ]
    longer = sorted((one for one in forms if one.ratio and one.ratio > LONG), key=lambda one: -(one.ratio or 0))
    told = [f"{_name(one)}: {one.ratio:.2f}: {one.form}   by hand: {one.asked.human}" for one in longer]
    return [*missing, *doubted, *told]


def reasons(forms: Sequence[Came]) -> list[str]:
    """Why there is no form, most frequent first."""
    counts = Counter(one.why for one in forms if not one.form)
    return [f"{count} x {why}" for why, count in counts.most_common()]


def _name(one: Came) -> str:
    return f"{one.asked.corpus} {one.asked.name} ({one.asked.kind} of {one.asked.function} in {one.asked.wrt})"
