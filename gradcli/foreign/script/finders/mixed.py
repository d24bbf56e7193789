"""Dtypes and devices that do not go together: which tensor is the odd one, and where it was made."""

from __future__ import annotations

import ast
from typing import Any

from gradcli.foreign.script import live
from gradcli.foreign.script.asked import Asked
from gradcli.foreign.script.edits import after
from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.scopes import value_of
from gradcli.foreign.script.standing import Found, maker_of, standing, tensors_named


def find(failure: Failure) -> Finding | None:
    """The tensor of the raising call that is not like the others, or not like the module's parameters."""
    causes = failure.recognised.causes
    one = standing(failure)
    if one is None or not causes:
        return None
    by_device = "device" in causes[0].name
    inputs = [(name, held, node) for name, held, node in tensors_named(one.node, one.scope) if _counts(held, by_device)]
    wanted = _of_modules(one, by_device) or (_kind(inputs[0][1], by_device) if inputs else None)
    odd = [(name, held, node) for name, held, node in inputs if _kind(held, by_device) != wanted]
    if not odd or wanted is None:
        return None
    name, held, node = odd[0]
    says = f"`{name}` is {_kind(held, by_device)}, the others of this call are {wanted}."
    made = maker_of(node, one.scope)
    if made is None:
        return Found(one.node, one.scope).finding(failure, causes[0].name, says, variable=name)
    value, found = made[0].value, made[1]
    says = f"`{name}` is {_kind(held, by_device)} since it was made here; the others of the call are {wanted}."
    whole = isinstance(value, ast.expr) and made[0].path is None
    how = f".to({str(wanted)!r})" if by_device else f".to({wanted})"
    edit = after(found.scope.source, value, how, mechanical=not by_device) if whole and value is not None else None
    return found.finding(failure, causes[0].name, says, variable=name, edit=edit)


def _counts(tensor: Any, by_device: bool) -> bool:  # Any: tensors, here and below
    return by_device or bool(tensor.is_floating_point() or tensor.is_complex())


def _kind(tensor: Any, by_device: bool) -> str:
    return str(tensor.device if by_device else tensor.dtype)


def _of_modules(one: Asked, by_device: bool) -> str | None:
    """What the parameters of the modules are that the raising line calls."""
    for node in ast.walk(one.node):
        if isinstance(node, ast.Call):
            held = value_of(node.func, one.scope)
            parameters = live.parameters_of(held) if live.is_module(held) else []
            kinds = {_kind(each, by_device) for each in parameters if _counts(each, by_device)}
            if len(kinds) == 1:
                return kinds.pop()
    return None
