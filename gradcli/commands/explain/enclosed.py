"""The derivative at the point between bounds that are certain, entry by entry, beside torch's number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.reference.enclosures import ACCURACY
from gradcli.reference.problem import Entry, Problem
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Sides, Truth
from gradcli.verdicts.comparison import certain_digits

MAX_ENTRIES = 64  # a page of them
SHOWN = 20  # digits of the middle


@dataclass(frozen=True, slots=True)
class EnclosureRow:
    """One entry: ``x[0]``, the value of that variable, torch's slope in it, and what is certain of the true one.

    middle, radius: the truth is no farther from the middle than that; None where nothing is enclosed
    digits: of torch's number that are certainly right; None where the truth may be 0, and where there is none
    why:    why nothing is enclosed, with the one-sided derivatives where they were found
    route:  by which it is enclosed
    """

    entry: str
    at: float
    torch: float | None
    middle: str | None
    radius: str | None
    digits: float | None
    why: str = ""
    route: str = ""

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return asdict(self)


def enclosure_rows(
    problem: Problem,
    gradient: Mapping[str, Any],  # Any: floats, arrays or None
    values: Mapping[str, Any],  # Any: arrays
    most: float,
) -> tuple[EnclosureRow, ...]:
    """A row for each entry of the gradient of a scalar, the first ``MAX_ENTRIES`` of them; none where it is too large.

    most: the digits that the dtype has at all
    """
    places = [
        (name, place)
        for name, part in gradient.items()
        if part is not None
        for place in np.ndindex(np.shape(values[name]))
    ][:MAX_ENTRIES]
    entries: list[Entry] = [((), (variable,)) for variable in places]
    try:
        truths = Reference(problem, 1).truths(entries)
    except LimitError:
        return ()
    rows = []
    for (name, place), truth in zip(places, truths, strict=True):
        number = float(np.asarray(gradient[name])[place])
        rows.append(_row(_entry(name, place), float(np.asarray(values[name])[place]), number, truth, most))
    return tuple(rows)


def _entry(name: str, place: Sequence[int]) -> str:
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def _row(entry: str, at: float, number: float, truth: Truth, most: float) -> EnclosureRow:
    if truth.value is None:
        why = truth.why + (f"; {_sides(truth.sides)}" if truth.sides is not None else "")
        return EnclosureRow(entry, at, number, None, None, None, why, truth.reference)
    middle, radius = told(truth.value)
    with precision(ACCURACY):
        digits = None if truth.value.contains(0) else certain_digits(number, truth.value, most)
    return EnclosureRow(entry, at, number, middle, radius, digits, "", truth.reference)


def told(value: arb) -> tuple[str, str]:
    """Middle and radius; what is lost in writing the middle is part of the radius, and a radius of 0 is exact.

    >>> told(arb(12))
    ('12', '0')
    """
    if value.is_exact() and (whole := value.unique_fmpz()) is not None and len(str(whole)) <= SHOWN:
        return str(whole), "0"
    text = value.str(SHOWN).strip("[]")
    middle, _, radius = text.partition("+/-")
    return middle.strip() or "0", radius.strip() or "0"


def _sides(sides: Sides) -> str:
    said = [f"from the {name} {_number(value)}" for name, value in (("left", sides.left), ("right", sides.right))]
    return ", ".join(said)


def _number(value: arb | None) -> str:
    return "there is none" if value is None else told(value)[0]
