"""Dtypes and devices that do not go together: which tensor is the odd one, and where it was made."""

from __future__ import annotations

import ast
from typing import Any

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import Asked, asked
from gradcli.foreign.script.reading.edits import after
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.standing import Found, found_at, maker_of, tensors_named


def find(failure: Failure) -> Finding | None:
    """The tensor of the raising call that is not like the others, or not like the module's parameters."""
    causes = failure.recognised.causes
    one = asked(failure)
    if one is None or not causes:
        return None
    by_device = "device" in causes[0].name
    looked = next((found for node in _asked(one) if (found := _odd(one, node, by_device)) is not None), None)
    if looked is None:
        return None
    (name, held, node), wanted = looked
    says = f"`{name}` is {_kind(held, by_device)}, the others of this call are {wanted}."
    traced = None if by_device else _first_made(failure, held)
    if traced is not None:
        return traced.finding(failure, causes[0].name, f"{says} It has been so since it was made here.", variable=name)
    made = maker_of(failure, node, one.scope)
    if made is None:
        return Found(one.node, one.scope).finding(failure, causes[0].name, says, variable=name)
    value, there = made[0].value, made[1]
    says = f"`{name}` is {_kind(held, by_device)} since it was made here; the others of the call are {wanted}."
    whole = isinstance(value, ast.expr) and made[0].path is None
    how = f".to({str(wanted)!r})" if by_device else f".to({wanted})"
    edit = after(there.scope.source, value, how, mechanical=not by_device) if whole and value is not None else None
    return there.finding(failure, causes[0].name, says, variable=name, edit=edit)


def _first_made(failure: Failure, tensor: Any) -> Found | None:
    """From the record of ``--trace``: the call behind a tensor that gave its dtype first."""
    trace = failure.trace
    record = trace.maker(tensor) if trace is not None else None
    while trace is not None and record is not None:
        earlier = [trace.maker(state) for state in record.inputs if state.dtype == tensor.dtype]
        before = next((each for each in earlier if each is not None and each.order < record.order), None)
        if before is None:
            return found_at(record.spot.file, record.spot.line)
        record = before
    return None


def _asked(one: Asked) -> list[ast.AST]:
    """The raising call; for one of backward also the statement that made what it is called on."""
    receiver = one.call.func.value if one.call is not None and isinstance(one.call.func, ast.Attribute) else None
    made = maker_of(one.failure, receiver, one.scope)
    return [one.node, *([made[1].node] if made is not None else [])]


def _odd(one: Asked, node: ast.AST, by_device: bool) -> tuple[tuple[str, Any, ast.expr], str] | None:
    """The first tensor that is not like the others, and what those are."""
    inputs = [each for each in tensors_named(node, one.scope) if _counts(each[1], by_device)]
    wanted = _of_modules(node, one.scope, by_device) or (_kind(inputs[0][1], by_device) if inputs else None)
    odd = [each for each in inputs if _kind(each[1], by_device) != wanted]
    return (odd[0], wanted) if odd and wanted is not None else None


def _counts(tensor: Any, by_device: bool) -> bool:  # Any: tensors, here and below
    return by_device or bool(tensor.is_floating_point() or tensor.is_complex())


def _kind(tensor: Any, by_device: bool) -> str:
    return str(tensor.device if by_device else tensor.dtype)


def _of_modules(asked: ast.AST, scope: Scope, by_device: bool) -> str | None:
    """What the parameters of the modules are that an expression calls."""
    for node in ast.walk(asked):
        if isinstance(node, ast.Call):
            held = value_of(node.func, scope)
            parameters = live.parameters_of(held) if live.is_module(held) else []
            kinds = {_kind(each, by_device) for each in parameters if _counts(each, by_device)}
            if len(kinds) == 1:
                return kinds.pop()
    return None
