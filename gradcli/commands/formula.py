"""Without values: the derivative as a formula, one in matrix notation or entry by entry. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradcli.base.errors import LimitError, UsageError
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.base.wording import option
from gradcli.closed.notation.form import closed_form, without_derivatives
from gradcli.closed.notation.question import Form, Question, shape_at
from gradcli.closed.notation.values import at_values, short_values
from gradcli.closed.sizes import size_choices
from gradcli.commands.arranged import arranged
from gradcli.commands.entries import BELT, BIND, NOT_HELD, entries_result
from gradcli.commands.results import Result, by_name, formula_result
from gradcli.export.code import DIALECTS, code
from gradcli.inputs.symbolic import Asked, Axes
from gradcli.inputs.wanted import Label, Wanted
from gradcli.language.parse import parse
from gradcli.meaning.symbolic import failures
from gradcli.reference.forms import agrees_at_points
from gradcli.verdicts.verdict import Check, Verdict

MAX_STEPS, MAX_NAMES = 80, 4  # of functions of scalars that are tried in one formula too: each block takes milliseconds

_SIZES = option("shape", "A=2,3", '{"A": (2, 3)}')
WAYS = f"{_SIZES} in numbers gives its entries; values give numbers"


def symbolic_result(wanted: Wanted) -> Result:
    """The derivative as formulas: one closed form for each variable, or its entries where the sizes are numbers.

    Errors: ExpressionError, UsageError; LimitError where there is neither, with the reason.
    """
    asked = wanted.asked
    if wanted.manner.code is not None:
        return _with_code(wanted, wanted.manner.code)
    if wanted.manner.entries:
        return _entries(wanted)
    if not any(asked.written_out().shapes.values()):
        return _of_scalars(wanted)
    found = _closed(wanted)
    if not found.refused:
        return _closed_result(wanted, found)
    reasons = "; ".join(dict.fromkeys(asked.in_letters(error.said) for error in found.refused.values()))
    try:
        if not asked.letters and not wanted.arrangement.joint:
            entries = _entries(wanted)
            note = f"entry by entry, as no closed form was found: {reasons}"
            return replace(entries, check=replace(entries.check, notes=(*entries.check.notes, note)))
    except LimitError:
        if not found.forms:
            raise
    if not found.forms:
        raise LimitError(f"no closed form was found: {reasons}", hint=WAYS)
    return _closed_result(wanted, found)


def _entries(wanted: Wanted) -> Result:
    """Errors: UsageError for entries that move together, of which there are none one by one."""
    if wanted.arrangement.joint:
        raise UsageError(f"{option('symmetric')} goes with one formula, not with {option('entries')}")
    shapes = {name: wanted.asked.numbers[name] for name in wanted.asked.names}
    return arranged(entries_result(wanted), wanted.arrangement, wanted.asked.steps()[-1], shapes)


def _of_scalars(wanted: Wanted) -> Result:
    """The formulas entry by entry, of a scalar each with its closed form in its place where that is shorter."""
    try:
        found = _entries(wanted)
    except LimitError:
        if not any(wanted.asked.shapes.values()):
            raise
        return _closed_result(wanted, _all_of(_closed(wanted)))
    steps = wanted.asked.steps()
    if steps[-1] or len(steps) > MAX_STEPS or len(wanted.asked.names) > MAX_NAMES:
        return found
    try:
        closed = _all_of(_closed(wanted))
    except LimitError:
        return found
    return replace(found, formula=_shorter(found.formula or {}, by_name(closed.texts)))


def _shorter(texts: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:  # Any: texts, mappings of them
    """Of two tables of formulas the shorter ones, the first where they are as long."""
    return {
        name: min(text, others[name], key=len) if isinstance(text, str) else _shorter(text, others[name])
        for name, text in texts.items()
    }


@dataclass(frozen=True, slots=True)
class _Closed:
    """The blocks that have a closed form, and why the others have none."""

    forms: Mapping[Label, Form]
    refused: Mapping[Label, LimitError]

    @property
    def texts(self) -> dict[Label, str]:
        return {label: form.text for label, form in self.forms.items()}


def _closed(wanted: Wanted) -> _Closed:
    """Each block in one closed form, where it has one."""
    forms: dict[Label, Form] = {}
    refused: dict[Label, LimitError] = {}
    with timed("formula"):
        for label in wanted.labels:
            try:
                with alarm(BELT, f"cut off after {BELT:g} s", BIND), failures():
                    forms[label] = _at_values(wanted, label, form_of(wanted, label))
            except LimitError as limit:
                refused[label] = limit
    return _Closed(forms, refused)


def _all_of(found: _Closed) -> _Closed:
    """Errors: LimitError where a block has no closed form."""
    for refusal in found.refused.values():
        raise refusal
    return found


def _closed_result(wanted: Wanted, found: _Closed) -> Result:
    """What has a closed form, with the reasons beside it of what has none."""
    told = wanted.asked.in_letters
    refused = {label: f"no closed form was found: {told(error.said)}" for label, error in found.refused.items()}
    formula = by_name({label: found.texts.get(label) for label in wanted.labels})
    check = replace(_held(list(found.forms.values()), wanted.asked), total=len(wanted.labels))
    forms = {} if wanted.asked.literals else dict(found.forms)
    return replace(formula_result(wanted, formula, check), refused=by_name(refused) or None, forms=forms)


def form_of(wanted: Wanted, label: Label) -> Form:
    """The closed form of a block. Errors: LimitError where there is none."""
    asked = wanted.asked
    variables = wanted.variables(label)
    given = (asked.premises, agrees_at_points, wanted.arrangement)
    return closed_form(asked.parsed, wanted.command, variables, _arrays(asked), *given)


def _arrays(asked: Asked) -> dict[str, Axes]:
    return {name: axes for name, axes in asked.shapes.items() if axes}


def _at_values(wanted: Wanted, label: Label, form: Form) -> Form:
    """The form with values put in, once it has been held against the function at these.

    Errors: LimitError where it has not: where entries tie, or at a kink, a derivative may be another than its formula.
    """
    asked = wanted.asked
    names = {leaf.name for leaf in form.tree.free_symbols}
    values = short_values({name: tree for name, tree in asked.literals.items() if name in names})
    if not values:
        return form
    sizes = size_choices(list(asked.letters))[0]
    shapes = {name: shape_at(axes, sizes) for name, axes in asked.shapes.items()}
    fixed = {name: value for name, value in asked.values.items() if name in shapes}
    claim = parse(form.text, bound=asked.shapes, sizes=asked.letters)
    variables, given = wanted.variables(label), (asked.premises, None, wanted.arrangement)
    question = Question(asked.parsed, wanted.command, variables, _arrays(asked), *given)
    question, claim = question.in_torch_order(claim)
    if not agrees_at_points(question.function, claim, variables, shapes, sizes, fixed=fixed):
        raise LimitError(NOT_HELD.format(", ".join(fixed)), kind="unchecked", hint=BIND)
    return at_values(form, values, _arrays(asked), agrees_at_points)


def _held(forms: Sequence[Form], asked: Asked) -> Check:
    """How the forms were held against the function: as the one that was held least."""
    weakest = max(forms, key=lambda form: form.error)
    road, _, why = weakest.method.partition("; ")
    given = tuple(f"given {premise.source}" for premise in asked.premises)
    check = Check(Verdict.AGREES, checked=len(forms), total=len(forms), notes=(*filter(None, [why]), *given))
    if road.startswith("points"):
        return replace(check, reference="rules")
    if road.startswith("residues"):
        return replace(check, reference="residues", error_bound=weakest.error, proved_for=weakest.sizes)
    notes = () if road == "index form" else (road,)
    return replace(check, reference="index form", notes=(*notes, *given), proved_for="all")


def _with_code(wanted: Wanted, dialect: str) -> Result:
    """A program for the function and its closed form. Errors: UsageError; LimitError as ``export.code``."""
    asked = wanted.asked.put_in(short_values(wanted.asked.literals))
    wanted = replace(wanted, asked=asked)
    if dialect not in DIALECTS:
        raise UsageError(f"{option('code')} knows {', '.join(DIALECTS)}, not '{dialect}'")
    if len(asked.names) > 1:
        hint = f"choose one: {option('wrt', asked.names[0])}"
        raise UsageError(f"{option('code')} is for one variable, not {', '.join(asked.names)}", hint=hint)
    (label,) = wanted.labels
    try:
        form = form_of(wanted, label)
        told = asked.premises, str(wanted.arrangement)
        function = without_derivatives(asked.parsed, asked.shapes, agrees_at_points)
        text = code(function, form.tree, asked.shapes, dialect, wanted.manner.seed, *told)
    except LimitError as limit:
        raise LimitError(f"no code was written: {asked.in_letters(limit.said)}", kind="unchecked") from None
    return replace(formula_result(wanted, by_name({label: form.text}), _held([form], asked)), code=text)
