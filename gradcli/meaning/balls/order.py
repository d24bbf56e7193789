"""Entries in order: sorted where balls can tell, enclosed where they cannot, with a kink where entries are equal, and
where one of them jumps, which may change all places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Differentiable, Undefined, equal, less, made, may_jump, untold

# Any, in this module: Scalars

_TIE = Undefined("a kink where two numbers are equal")
TIE = Differentiable("tie", (lambda *_: _TIE, lambda *_: _TIE))


def in_order(entries: Sequence[Any]) -> list[Any]:
    """Ascending; where an entry is undefined all are, as their places are."""
    lost = next((entry for entry in entries if type(entry) is Undefined), None)
    if lost is not None:
        return [lost] * len(entries)
    if any(entry.value.is_nan() for entry in entries):
        return [untold(entries) for _ in entries]
    found = [entry for group in _groups(sorted(entries, key=_LOWER)) for entry in _settled(group)]
    jumping = [entry for entry in entries if may_jump(entry)]
    return [_tied(entry, jumping) for entry in found] if jumping else found


def told_places(entries: Sequence[Any]) -> list[int] | None:
    """The numbers of entries in ascending order; None unless all are certainly apart and none may jump."""
    if any(type(entry) is not Ball or entry.value.is_nan() or may_jump(entry) for entry in entries):
        return None
    found = sorted(range(len(entries)), key=lambda i: _LOWER(entries[i]))
    apart = all(less(entries[i], entries[j]) for i, j in pairwise(found))
    return found if apart else None


def _groups(entries: Sequence[Ball]) -> Iterator[list[Ball]]:
    """Runs of entries, each certainly above the run before it."""
    group: list[Ball] = []
    top: Ball | None = None  # the entry of the group that reaches highest
    for entry in entries:
        if top is not None and less(top, entry):
            yield group
            group, top = [], None
        group.append(entry)
        top = entry if top is None or entry.value.upper() > top.value.upper() else top
    if group:
        yield group


def _settled(group: list[Ball]) -> list[Any]:
    """Entries of one run: a single one is itself; equal ones are tied; of others each place has an enclosure alone."""
    first = group[0]
    if all(equal(first, entry) for entry in group):
        return [_tied(first, group)] * len(group)
    lows = sorted((entry.value.lower() for entry in group), key=_NUMBERS)
    highs = sorted((entry.value.upper() for entry in group), key=_NUMBERS)
    return [untold(group, low.union(high)) for low, high in zip(lows, highs, strict=True)]


def _tied(first: Any, others: Sequence[Any]) -> Any:
    """An entry on a kink in what moves the others."""
    tied = first
    for entry in others:
        tied = tied if entry is first else made(first.value, (tied, entry), TIE)
    return tied


def _compared(a: arb, b: arb) -> int:
    return -1 if a < b else int(a > b)


def _compared_below(x: Ball, y: Ball) -> int:
    return _compared(x.value.lower(), y.value.lower())


_NUMBERS = cmp_to_key(_compared)
_LOWER = cmp_to_key(_compared_below)
