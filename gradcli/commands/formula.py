"""Without values: the derivative as a formula, one in matrix notation or entry by entry. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from gradcli.base.errors import LimitError, UsageError
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.base.wording import option
from gradcli.closed.notation.form import Form, closed_form
from gradcli.closed.sizes import size_choices
from gradcli.commands.entries import BELT, BIND, entries_result
from gradcli.commands.results import Result, by_name, formula_result
from gradcli.export.code import DIALECTS, code
from gradcli.inputs.assumptions import Assumptions, premises_of
from gradcli.inputs.request import CheckMode, Shapes, Wrt
from gradcli.inputs.sources import Source
from gradcli.inputs.symbolic import Asked
from gradcli.meaning.symbolic import failures
from gradcli.reference.forms import agrees_at_points
from gradcli.reference.formulas import Label
from gradcli.verdicts.verdict import Check, Verdict

MAX_STEPS, MAX_NAMES = 80, 4  # of functions of scalars that are tried in one formula too: each block takes milliseconds


@dataclass(frozen=True, slots=True)
class Manner:
    """How a formula is made and written: in matrix notation, or ``entries``, one by one; what is assumed of names."""

    entries: bool = False
    assume: Assumptions = None


def symbolic_result(
    command: str,
    expression: Source,
    wrt: Wrt,
    shape: Shapes,
    order: int,
    seed: int,
    mode: CheckMode = "full",
    manner: Manner = Manner(),
) -> Result:
    """The derivative as formulas: one closed form for each variable, or its entries where the sizes are numbers.

    Errors: ExpressionError, InputError, UsageError; LimitError where there is neither, with the reason.
    """
    with timed("read"):
        asked = Asked.of(expression, wrt, shape)
        asked = replace(asked, premises=premises_of(manner.assume, asked))
        asked.refuse_nonscalar(command, asked.steps()[-1])
    _refuse_for_entries(asked, manner)
    if manner.entries:
        return entries_result(command, asked, order, seed, mode)
    if not any(asked.shapes.values()):
        return _of_scalars(command, asked, order, seed, mode)
    try:
        return _closed_result(command, asked, order, seed)
    except LimitError as limit:
        sizes = option("shape", "A=2,3", '{"A": (2, 3)}')
        if asked.letters:
            ways = f"{sizes} in numbers gives its entries; values give numbers"
            raise LimitError(f"no closed form was found: {asked.in_letters(limit.said)}", hint=ways) from None
        found = entries_result(command, asked, order, seed, mode)
        note = f"entry by entry, as no closed form was found: {limit.said}"
        return replace(found, check=replace(found.check, notes=(*found.check.notes, note)))


def _refuse_for_entries(asked: Asked, manner: Manner) -> None:
    """Errors: UsageError for what entries one by one cannot have."""
    if manner.entries and asked.letters:
        raise UsageError(f"{option('entries')} needs sizes in numbers, not {', '.join(asked.letters)}")
    if manner.entries and manner.assume:
        raise UsageError(f"{option('assume')} goes with one formula, not with {option('entries')}")


def _of_scalars(command: str, asked: Asked, order: int, seed: int, mode: CheckMode) -> Result:
    """The formulas entry by entry, of a scalar each with its closed form in its place where that is shorter."""
    found = entries_result(command, asked, order, seed, mode)
    steps = asked.steps()
    if steps[-1] or len(steps) > MAX_STEPS or len(asked.names) > MAX_NAMES:
        return found
    try:
        closed = _closed_result(command, asked, order, seed).formula
    except LimitError:
        return found
    return replace(found, formula=_shorter(found.formula or {}, closed or {}))


def _shorter(texts: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:  # Any: texts, mappings of them
    """Of two tables of formulas the shorter ones, the first where they are as long."""
    return {
        name: min(text, others[name], key=len) if isinstance(text, str) else _shorter(text, others[name])
        for name, text in texts.items()
    }


def _closed_result(command: str, asked: Asked, order: int, seed: int) -> Result:
    """Each block in one closed form. Errors: LimitError where one has none."""
    labels: list[Label] = list(product(asked.names, repeat=2 if command == "hessian" else 1))
    with timed("formula"), alarm(BELT, f"cut off after {BELT:g} s", BIND), failures():
        forms = {label: _form(command, asked, label, order) for label in labels}
    texts = {label: form.text for label, form in forms.items()}
    return formula_result(command, asked, by_name(texts), _held(list(forms.values()), asked), seed)


def _form(command: str, asked: Asked, label: Label, order: int) -> Form:
    wrt = label if command == "hessian" else label * order
    shapes = {name: axes for name, axes in asked.shapes.items() if axes}
    return closed_form(asked.parsed, command, wrt, shapes, asked.premises, agrees_at_points)


def _held(forms: Sequence[Form], asked: Asked) -> Check:
    """How the forms were held against the function: as the one that was held least."""
    weakest = max(forms, key=lambda form: form.error)
    road, _, why = weakest.method.partition("; ")
    given = tuple(f"given {premise.source}" for premise in asked.premises)
    check = Check(Verdict.AGREES, checked=len(forms), total=len(forms), notes=(*filter(None, [why]), *given))
    if road.startswith("points"):
        return replace(check, reference="rules")
    if road.startswith("residues"):
        sizes = tuple(size_choices(list(asked.letters)))
        return replace(check, reference="residues", error_bound=weakest.error, proved_for=sizes)
    notes = () if road == "index form" else (road,)
    return replace(check, reference="index form", notes=(*notes, *given), proved_for="all")


def code_result(
    command: str,
    expression: Source,
    wrt: Wrt,
    shape: Shapes,
    order: int,
    seed: int,
    dialect: str,
    assume: Assumptions = None,
) -> Result:
    """A program for the function and its closed form. Errors: as ``symbolic_result``, and as ``export.code``."""
    if assume:
        raise UsageError(f"{option('code')} and {option('assume')} exclude each other")
    if dialect not in DIALECTS:
        raise UsageError(f"{option('code')} knows {', '.join(DIALECTS)}, not '{dialect}'")
    asked = Asked.of(expression, wrt, shape)
    asked.refuse_nonscalar(command, asked.steps()[-1])
    if len(asked.names) > 1:
        hint = f"choose one: {option('wrt', asked.names[0])}"
        raise UsageError(f"{option('code')} is for one variable, not {', '.join(asked.names)}", hint=hint)
    label = asked.names * (2 if command == "hessian" else 1)
    try:
        form = _form(command, asked, label, order)
        text = code(asked.parsed, form.tree, asked.shapes, dialect)
    except LimitError as limit:
        raise LimitError(f"no code was written: {asked.in_letters(limit.said)}", kind="unchecked") from None
    formula = by_name({label: form.text})
    return replace(formula_result(command, asked, formula, _held([form], asked), seed), code=text)
