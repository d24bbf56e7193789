"""gradcheck: inputs that are not in double precision, or a backward formula that is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.finders.function import returned
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import asked
from gradcli.foreign.script.reading.edits import with_keyword
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import callee_name, dotted
from gradcli.foreign.script.reading.standing import Found, maker_of, tensors_named

_MAKERS = ("randn", "rand", "tensor", "ones", "zeros", "linspace", "arange", "full", "empty", "eye")


def find(failure: Failure) -> Finding | None:
    """The input that is not double; else the formula is at fault, if the inputs' types are all known."""
    one = asked(failure)
    names = [cause.name for cause in failure.recognised.causes]
    if one is None or one.call is None or "gradcheck_precision" not in names or "gradcheck_formula" not in names:
        return None
    given = [*one.call.args[1:], *(each.value for each in one.call.keywords if each.arg == "inputs")]
    inputs = [named for node in given for named in tensors_named(node, one.scope)]
    single = [(name, held, node) for name, held, node in inputs if not _double(held)]
    if single:
        name, held, node = single[0]
        says = f"`{name}` is {held.dtype}: steps of 1e-6 leave hardly a digit of its differences."
        made = maker_of(failure, node, one.scope)
        if made is None:
            return Found(one.call, one.scope).finding(failure, "gradcheck_precision", says, variable=name)
        value, found = made[0].value, made[1]
        maker = value if isinstance(value, ast.Call) and callee_name(value) in _MAKERS else None
        owner = dotted(maker.func).rpartition(".")[0] if maker is not None else ""
        source = found.scope.source
        edit = with_keyword(source, maker, f"dtype={owner}.float64", mechanical=True) if maker and owner else None
        return found.finding(failure, "gradcheck_precision", says, variable=name, edit=edit)
    held = list(_values(given, one.scope))
    if held and all(_double(each) for each in held):
        says = "All inputs are in double precision: the numbers differ because a backward formula is wrong."
        rivals = tuple(name for name in names if name not in {"gradcheck_formula", "gradcheck_precision"})
        formula = returned(failure, "gradcheck_formula")
        if formula is not None:
            return replace(formula, says=f"{says} {formula.says}", certain=False, rivals=rivals, edit=None)
        there = Found(one.call, one.scope)
        return there.finding(failure, "gradcheck_formula", says, certain=False, rivals=rivals)
    return None


def _values(nodes: list[ast.expr], scope: Any) -> Iterator[Any]:  # Any: a Scope; tensors
    for node in nodes:
        yield from live.tensors_in(value_of(node, scope))


def _double(tensor: Any) -> bool:  # Any: a tensor
    torch = live.torch()
    return not tensor.requires_grad or tensor.dtype in (torch.float64, torch.complex128)
