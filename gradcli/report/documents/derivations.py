"""Derivations as blocks: a section for each block of the derivative, with its lines at every level of detail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.commands.derived import LEVELS
from gradcli.report.document import Block, Line, Role, Section, Step, Steps

if TYPE_CHECKING:
    from gradcli.closed.steps.line import Derivation
    from gradcli.closed.steps.line import Line as Derived_line
    from gradcli.commands.derived import Derived


def steps_of(found: Sequence[Derived], detail: str, *, valued: bool = False, again: str = "") -> tuple[Block, ...]:
    """Each block's derivation under its name, the only one without; or why there is none.

    valued: are there values besides, of which the derivation knows nothing? again: the command that prints every line
    """
    return tuple(_block(one, detail, again, alone=len(found) == 1, valued=valued) for one in found)


def _block(one: Derived, detail: str, again: str, *, alone: bool, valued: bool) -> Block:
    name = ",".join(one.names)
    if one.derivation is None:
        return Line(f"no derivation: {one.refused}", Role.NOTE, label=name)
    levels = {level: tuple(map(_step, one.lines(level))) for level in LEVELS}
    derivation = one.derivation
    first = derivation.lines[0].text
    told = derivation.notes, said_of(derivation, valued=valued), dict(derivation.shapes), dict(derivation.differentials)
    steps = Steps(first, detail, levels, *told, again)
    return steps if alone else Section(Line(f"in {name}", Role.HEADING), (steps,))


def _step(line: Derived_line) -> Step:
    return Step(line.text, line.rule, line.because, line.changed, line.replaced, line.held.method, line.left)


def said_of(derivation: Derivation, *, valued: bool = False) -> str:
    """How the lines were held, in one sentence."""
    at_points = sum(line.held.method == "balls" for line in derivation.lines)
    ways = list(dict.fromkeys(line.held.method for line in derivation.lines if line.held.method != "balls"))
    if not ways:
        how = "each line agrees with the derivative at points, in balls: a proof was not found"
    else:
        how = f"each line is proved equal to the one before, in {' or '.join(ways)}"
        how += f", but for {at_points} that agreed with it at points, in balls" if at_points else ""
    return f"{how}; the last is what {derivation.kind} prints{' without values' if valued else ''}"
