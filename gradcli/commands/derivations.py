"""Derivations beside a derivative: for each of its blocks the lines to its closed form, or why there are none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gradcli.base.errors import LimitError, UsageError
from gradcli.base.limits import alarm
from gradcli.base.wording import option
from gradcli.closed.notation.question import Form, Question
from gradcli.closed.steps.derive import derive
from gradcli.commands.derived import Derived
from gradcli.commands.entries import BELT, BIND
from gradcli.commands.formula import form_of, symbolic_result
from gradcli.commands.results import Result, leaves
from gradcli.inputs.symbolic import Asked, Given
from gradcli.inputs.wanted import Label, Manner, Wanted
from gradcli.meaning.symbolic import failures
from gradcli.operations.shape_rules import size
from gradcli.reference.forms import agrees_at_points


def derivations(
    command: str | None, given: Given, wrt: tuple[str, ...], manner: Manner, found: Result | None = None
) -> tuple[Derived, ...]:
    """The derivation of each block, in letters where variables, or arrays, have values.

    command: grad, jacobian or hessian; None for the first of these that there is
    found: what the command answered; its formulas are taken where no variable has a value
    """
    names = tuple(name for name in wrt if name in given.parsed.names)
    if any(name in names or value.ndim for name, value in given.floats.items()):
        given, found = replace(given, values=None, floats={}, sizes={}), None
    asked = Asked.of(given, names)
    wanted = Wanted.of(command or ("grad" if size(asked.steps()[-1]) == 1 else "jacobian"), asked, manner)
    if wanted.arrangement:
        given_as = next(name for name in ("layout", "vec", "symmetric") if getattr(manner, name))
        hint = f"leave {option(given_as)} out"
        raise UsageError(f"{option('derivation')} is in torch's order of axes, each entry by itself", hint=hint)
    formulas = found is not None and found.derivative is None and found.wrt == names
    return derived(wanted, found if found is not None and formulas else symbolic_result(wanted))


def derived(wanted: Wanted, result: Result) -> tuple[Derived, ...]:
    """The derivation of each block of a result without values."""
    formulas = leaves(result.formula)
    return tuple(_derived(wanted, label, formulas.get(label), result.forms.get(label)) for label in wanted.labels)


def _derived(wanted: Wanted, label: Label, text: Any, form: Form | None) -> Derived:  # Any: a text, or None
    if not isinstance(text, str):
        return Derived(label, refused="there is no closed form that it could end with")
    asked, variables = wanted.asked, wanted.variables(label)
    arrays = {name: axes for name, axes in asked.shapes.items() if axes}
    question = Question(asked.parsed, wanted.command, variables, arrays, asked.premises, agrees_at_points)

    def goal(names: tuple[str, ...]) -> str:
        return text if names == variables else _lower(wanted, names)

    try:
        with alarm(BELT, f"cut off after {BELT:g} s", BIND), failures():
            return Derived(label, derive(question, goal, lambda: form or form_of(wanted, label)))
    except LimitError as limit:
        return Derived(label, refused=asked.in_letters(limit.said))


def _lower(wanted: Wanted, names: tuple[str, ...]) -> str:
    """The formula that is printed for a derivative of lower order. Errors: LimitError."""
    if len({*names}) > 1:
        raise LimitError("a mixed derivative of so high an order has no derivation", kind="unchecked")
    manner, asked = replace(wanted.manner, order=len(names)), replace(wanted.asked, names=names[:1])
    found = symbolic_result(replace(wanted, command="grad", asked=asked, manner=manner))
    return str((found.formula or {})[names[0]])
