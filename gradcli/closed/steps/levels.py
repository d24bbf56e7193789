"""The lines that are shown at a level of detail: what was done between two of them is told together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gradcli.closed.notation.question import numbers_of
from gradcli.closed.steps.line import Derivation, Detail, Line
from gradcli.closed.steps.marks import marked

MOST_NAMED = 3  # rules that a line names; more are told as what they do together


def at(derivation: Derivation, detail: Detail) -> tuple[Line, ...]:
    """The lines of a level, each with the rules that lead to it from the line before, and with marks of its own.

    Reasons stand at full detail alone.
    """
    sizes = numbers_of(derivation.shapes)
    shown = _shown(derivation.lines, detail, tuple(derivation.shapes), sizes)
    return tuple(shown if detail is Detail.FULL else (replace(line, because="") for line in shown))


def _shown(lines: Sequence[Line], detail: Detail, names: Sequence[str], sizes: Mapping[str, int]) -> Iterator[Line]:
    before: Line | None = None
    passed: list[Line] = []
    for line in lines:
        passed.append(line)
        if line.level.rank > detail.rank:
            continue
        if before is None or len(passed) == 1:
            yield line
        elif line.left:
            yield replace(line, rule=_names(passed), because="")
        else:
            replaced, changed = marked(before.text, line.text, names, sizes)
            yield replace(line, rule=_names(passed), because="", replaced=replaced, changed=changed)
        before, passed = line, []


def _names(lines: Sequence[Line]) -> str:
    """The rules of several lines, each once; minor ones only where there is no other."""
    told = [line for line in lines if not line.minor] or lines
    names = list(dict.fromkeys(line.rule for line in told if line.rule))
    return ", ".join(names) if len(names) <= MOST_NAMED else ", ".join([*names[: MOST_NAMED - 1], "..."])
