"""The derivation of a derivative in scalar variables, of any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gradcli.base.errors import LimitError
from gradcli.closed.notation.form import without_derivatives
from gradcli.closed.notation.question import AtPoints
from gradcli.closed.steps.differentiation import differentiated
from gradcli.closed.steps.draft import Draft, Drafted
from gradcli.closed.steps.holding import Holding
from gradcli.closed.steps.line import Derivation, Detail, Line
from gradcli.closed.steps.marks import marked
from gradcli.closed.steps.simplification import simplified_to
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression, parse
from gradcli.language.write import write

Goal = Callable[[tuple[str, ...]], str]  # the closed form that is printed for these variables, one after the other


def scalar_derivation(
    function: Expression,
    wrt: tuple[str, ...],
    goal: Goal,
    at_points: AtPoints | None = None,
    premises: tuple[Expression, ...] = (),
) -> Derivation:
    """The derivative in the variables, one after the other, line by line to the closed form.

    goal: the text that is printed for the first variable, the first two, ...
    Errors: LimitError with the reason where a part has no rule, a line could not be held, or there are too many.
    """
    function = without_derivatives(function, {}, at_points)
    try:
        draft = _draft(function.tree, function.names, wrt, goal)
    except RecursionError:
        raise LimitError("the function is nested too deeply for a derivation", kind="unchecked") from None
    lines = _held(draft, Holding(function, wrt, at_points, premises))
    kind = "grad" if len(wrt) == 1 else "hessian"
    return Derivation(write(function.tree), wrt, kind, lines, {}, _notes(function, wrt))


def _draft(tree: Tree, names: tuple[str, ...], wrt: tuple[str, ...], goal: Goal) -> Draft:
    """The lines to the closed form; those of a further order go through the derivative of the order before."""
    last = nodes.symbol(wrt[-1])
    if len(wrt) == 1:
        draft = Draft(f"diff({write(tree)}, {wrt[0]})")
    else:
        before, draft = _draft(tree, names, wrt[:-1], goal), Draft(f"diff({write(tree)}, {', '.join(wrt)})")
        for line in before.lines[1:]:
            draft.add(f"diff({line.text}, {wrt[-1]})", line.rule, line.because, minor=line.minor)
            draft.raised(Detail.NORMAL if line.level is Detail.BRIEF else line.level)
        draft.raised(Detail.BRIEF)
        tree = parse(goal(wrt[:-1]), bound=names).tree
    found = differentiated(tree, last, draft)
    simplified_to(goal(wrt), found, tree, names, draft)
    return draft


def _held(draft: Draft, holding: Holding) -> tuple[Line, ...]:
    """The lines with how each was held, and with marks. Errors: LimitError."""
    out: list[Line] = []
    for drafted in draft.lines:
        line = _line(drafted, holding)
        if out:
            before, after = marked(out[-1].text, line.text, holding.function.names)
            line = replace(line, replaced=before, changed=after)
        out.append(line)
    return tuple(out)


def _line(one: Drafted, holding: Holding) -> Line:
    return Line(one.text, one.rule, one.because, level=one.level, held=holding.held(one.text), minor=one.minor)


def _notes(function: Expression, wrt: tuple[str, ...]) -> tuple[str, ...]:
    still = [name for name in function.names if name not in wrt]
    if not still:
        return ()
    return (f"{', '.join(still)} {'is' if len(still) == 1 else 'are'} constant here",)
