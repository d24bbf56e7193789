"""Derivations as HTML: the few lines that a reader wants, and folded below them every rule and every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gradcli.base.errors import GradcliError
from gradcli.report.document import Block, Line, Role, Section, Step, Steps
from gradcli.report.html.escape import escaped, tag
from gradcli.report.html.formulas import equal, set_latex

MARK = r"\class{{changed}}{{{}}}"
FOLDED = {"normal": "Every rule", "full": "Every step, with its rule as a formula"}

MOST_LINES = 160  # of all derivations and levels of a page: a line is some 5 kB, and so many are 1 MB at the most


def bounded(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks, the derivations at their shortest level alone where all of their lines are too many for a page."""
    found = list(_derivations(blocks))
    lines = sum(len(level) for block in found for level in block.levels.values())
    return tuple(_shortest(block, lines) for block in blocks) if lines > MOST_LINES else blocks


def _derivations(blocks: Sequence[Block]) -> Iterator[Steps]:
    for block in blocks:
        if isinstance(block, Steps):
            yield block
        elif isinstance(block, Section):
            yield from _derivations(block.blocks)


def _shortest(block: Block, lines: int) -> Block:
    """With what is left out, and the command that prints it, below the last derivation of a section."""
    found = list(_derivations((block,)))
    if not found:
        return block
    short = _short(block)
    why = f"the shortest of {len(found[-1].levels)} levels of detail: the {lines} lines of all are too many for a page"
    again = found[-1].again
    more = (Line(why, Role.NOTE), Line(again or "--detail full", Role.COMMAND, label="Every step"))
    if isinstance(short, Section):
        return replace(short, blocks=(*short.blocks, *more))
    return Section(Line("Derivation", Role.HEADING), (short, *more))


def _short(block: Block) -> Block:
    if isinstance(block, Section):
        return replace(block, blocks=tuple(map(_short, block.blocks)))
    if isinstance(block, Steps):
        name, steps = next(iter(block.levels.items()))
        return replace(block, detail=name, levels={name: steps})
    return block


def derivation(block: Steps) -> str:
    """The lines of the shortest level, then the longer ones, closed at first, and how the lines were held."""
    notes = "".join(tag("p", escaped(note), class_="note") for note in block.notes)
    levels = list(block.levels.items())
    made = notes + (_lines(block, levels[0][1]) if levels else "")
    shown = levels[0][1] if levels else ()
    for name, steps in levels[1:]:
        if [step.text for step in steps] == [step.text for step in shown] and not any(step.because for step in steps):
            continue
        shown = steps
        said = f"{FOLDED.get(name, name)} ({len(steps)} lines)"
        made += tag("details", tag("summary", escaped(said)) + _lines(block, steps), class_="level")
    return made + tag("p", escaped(block.said), class_="note")


def _lines(block: Steps, steps: tuple[Step, ...]) -> str:
    """What is derived, then a line for each step: where what the lines are equal to changes, it is named anew."""
    made = ""
    for k, step in enumerate(steps):
        if not k or step.left == step.text:
            made += _line(block, step, "", head=True)
        elif step.left:
            made += _line(block, Step(step.left), "", head=True) + _line(block, step, "= ")
        else:
            made += _line(block, step, "= ")
    return tag("ol", made, class_="steps")


def _line(block: Steps, step: Step, before: str, *, head: bool = False) -> str:
    rule = tag("span", escaped(step.rule), class_="rule") if step.rule and not head else ""
    because = tag("div", tag("code", escaped(step.because)), class_="because") if step.because and not head else ""
    shown = tag("div", _shown(block, step, before), class_="formula scroll", tabindex="0")
    return tag("li", f"{shown}{rule}{because}", **({"class_": "head"} if head else {}))


def _shown(block: Steps, step: Step, before: str) -> str:
    """As a formula, what is new marked in it; as marked code where there is none."""
    latex = _latex(block, step)
    found = set_latex(None if latex is None else f"{before}{equal('', latex)}", f"{before}{step.text}")
    return found or tag("code", escaped(before) + _marked(step))


def _latex(block: Steps, step: Step) -> str | None:
    from gradcli.closed.steps.latex import line_in_latex  # loads sympy

    try:
        return line_in_latex(step, block.shapes, block.differentials, MARK)
    except GradcliError:
        return None


def _marked(step: Step) -> str:
    """The text with what is new in marks."""
    out, at = "", 0
    for span in sorted(step.changed):
        if span.start >= at:
            marked = tag("mark", escaped(step.text[span.start : span.stop]))
            out, at = f"{out}{escaped(step.text[at : span.start])}{marked}", span.stop
    return out + escaped(step.text[at:])
