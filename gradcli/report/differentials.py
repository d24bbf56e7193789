"""Differentials as people write them: ``d(A @ x)`` where the language says ``jvp(A @ x, x, dx)``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import accumulate

from gradcli.base.errors import Span
from gradcli.report.document import Step, Steps

JVP, D = re.compile(r"(?<![\w.])jvp\("), re.compile(r"(?<![\w.])d(?!\w)")
CLOSING = {"(": ")", "[": "]"}


def in_differentials(found: Steps) -> Steps:
    """The derivation with ``d(u)`` for open differentials, marks in their places, and the sentence that says so.

    It is as it is where it has none, and where a name of the user's is d.
    """
    names, texts = found.differentials, [step.text for steps in found.levels.values() for step in steps]
    if not any(_calls(text, names) for text in texts) or any(D.search(text) for text in texts):
        return found
    levels = {level: tuple(_step(step, names) for step in steps) for level, steps in found.levels.items()}
    told = (f"d(u) is jvp(u, {name}, {direction})" for direction, name in names.items())
    return replace(found, left=_text(found.left, names), levels=levels, said="\n".join([*told, found.said]))


def _step(step: Step, names: Mapping[str, str]) -> Step:
    gone = [range(*span[:2]) for span in _left_out(step.text, names)]
    kept = [not any(k in places for places in gone) for k in range(len(step.text))]
    moved = [0, *accumulate(map(int, kept))]
    changed = tuple(Span(moved[span.start], moved[span.stop]) for span in step.changed)
    return replace(step, text=_text(step.text, names), left=_text(step.left, names), changed=changed)


def _text(text: str, names: Mapping[str, str]) -> str:
    """``d(u)`` for each differential: of jvp the last letter stays, and is another one."""
    letters = list(text)
    for start, _ in _calls(text, names):
        letters[start + 2] = "d"
    for span in _left_out(text, names):
        letters[span.start : span.stop] = [""] * (span.stop - span.start)
    return "".join(letters)


def _left_out(text: str, names: Mapping[str, str]) -> list[Span]:
    """The places of what is not written: ``jv``, and the variable with its direction."""
    calls = _calls(text, names)
    return [Span(start, start + 2) for start, _ in calls] + [argument for _, argument in calls]


def _calls(text: str, names: Mapping[str, str]) -> list[tuple[int, Span]]:
    """Where differentials begin, and where their last two arguments stand."""
    return [call for found in JVP.finditer(text) if (call := _call(text, found.start(), found.end(), names))]


def _call(text: str, start: int, opened: int, names: Mapping[str, str]) -> tuple[int, Span] | None:
    stop = _closed(text, opened)
    for direction, name in names.items():
        argument = f", {name}, {direction}"
        if stop is not None and text.endswith(argument, opened, stop):
            return start, Span(stop - len(argument), stop)
    return None


def _closed(text: str, opened: int) -> int | None:
    """Where the parenthesis closes that is open there."""
    depth = list(_depths(text[opened:]))
    return next((opened + k for k, one in enumerate(depth) if one < 0), None)


def _depths(text: str) -> Iterator[int]:
    return accumulate((char in CLOSING) - (char in CLOSING.values()) for char in text)
