"""Derivations as HTML: the few lines that a reader wants, and folded below them every rule and every step."""

from __future__ import annotations

from gradcli.base.errors import GradcliError
from gradcli.report.document import Step, Steps
from gradcli.report.html.escape import escaped, tag
from gradcli.report.html.formulas import equal, set_latex

MARK = r"\class{{changed}}{{{}}}"
FOLDED = {"normal": "Every rule", "full": "Every step, with its rule as a formula"}


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
