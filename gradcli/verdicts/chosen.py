"""Which entries of a result balls look at: all that the work allows, in whole sweeps; else a seeded sample."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.scalars import Array
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.problem import Place
from gradcli.reference.reference import Reference
from gradcli.verdicts.one_direction import Row, row_of

SAMPLE_ENTRIES = 16  # of --check sample, and of those that agree by other numbers
LISTED_ENTRIES = 400_000  # of a derivative; to list more takes seconds

VALUE = -1  # in the place of an answer: the function's value

Wanted = tuple[int, Place]  # an answer, and an entry of it


def chosen(reference: Reference, answers: Sequence[Answer], settings: Settings) -> list[Wanted]:
    """The entries to look at one by one."""
    draw = random.Random(settings.seed)  # noqa: S311 - a sample, not a secret
    total = sum(answer.array.size for answer in answers)
    if total > (SAMPLE_ENTRIES if settings.mode == "sample" else LISTED_ENTRIES):
        flat = np.concatenate([answer.array.ravel() for answer in answers])
        lost = np.flatnonzero(~np.isfinite(flat))[:SAMPLE_ENTRIES]
        return places(answers, sorted({*draw.sample(range(total), SAMPLE_ENTRIES), *lost.tolist()}))
    return affordable(reference, answers, places(answers, range(total)), draw)


def affordable(
    reference: Reference, answers: Sequence[Answer], wanted: list[Wanted], draw: random.Random
) -> list[Wanted]:
    """As many of the entries as the work allows, in whole rows that are drawn."""
    rows: dict[Row, list[Wanted]] = {}
    for k, place in wanted:
        rows.setdefault(row_of(answers[k], place), []).append((k, place))
    if len(rows) <= 1:
        return wanted
    drawn = [one for row in draw.sample(list(rows), len(rows)) for one in rows[row]]
    try:
        return sorted(drawn[: reference.affordable([answers[k].entry(place) for k, place in drawn])])
    except LimitError:
        return wanted  # balls know of none, and why


def places(answers: Sequence[Answer], numbers: Sequence[int] | Array) -> list[Wanted]:
    """The entries with these numbers among those of all answers, which rise."""
    found: list[Wanted] = []
    first = 0
    given = np.asarray(numbers, dtype=np.int64)
    for k, answer in enumerate(answers):
        here = given[(first <= given) & (given < first + answer.array.size)] - first
        at = np.unravel_index(here, answer.array.shape) if answer.array.ndim else []
        found += (
            [(k, place) for place in zip(*(axis.tolist() for axis in at), strict=True)]
            if len(at)
            else [(k, ()) for _ in here]
        )
        first += answer.array.size
    return found
