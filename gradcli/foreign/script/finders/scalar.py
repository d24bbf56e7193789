"""An output that is no scalar, or not real: which step made it many, and what to call on it."""

from __future__ import annotations

import ast
from typing import Any

from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.reading import edits, live
from gradcli.foreign.script.reading.asked import Asked, asked, named_tensors, place_of, short
from gradcli.foreign.script.reading.bindings import Kind
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.reader import Reader
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import dotted, is_false, keyword

_FUNCTIONAL = frozenset({"func_non_scalar", "func_output_kind", "func_aux", "func_input_kind", "hessian_non_scalar"})


def find(failure: Failure) -> Finding | None:
    """The call, and what to reduce; the step that made the output complex."""
    message = failure.recognised.message
    if message is not None and message.name in _FUNCTIONAL:
        return None
    one = asked(failure)
    if one is None or one.method not in ("backward", "grad") or not one.outputs:
        return None
    node = _output(one)
    held = value_of(node, one.scope)
    tensor = next(live.tensors_in(held), None)
    if "real scalar" in str(failure.error) or (tensor is not None and tensor.is_complex()):
        return _complex(one, node, tensor)
    reader = one.reader(deep=True)
    reader.read(node, one.scope)
    return _non_scalar(one, node, tensor, reader)


def _output(one: Asked) -> ast.expr:
    """The first output with more than one entry, where several are differentiated."""
    for node in one.outputs:
        held = value_of(node, one.scope)
        if live.is_tensor(held) and live.torch().Tensor.numel(held) != 1:
            return node
    return one.outputs[0]


def _non_scalar(one: Asked, node: ast.expr, tensor: Any, reader: Reader) -> Finding:
    name = one.scope.source.text(node)
    shape = "" if tensor is None else f" has shape {live.shape_of(tensor)}: it"
    unreduced, where = _unreduced(reader)
    parallel = any(type(value_of(call.func, scope)).__name__ == "DataParallel" for call, scope in _calls(reader))
    if unreduced is not None and where is not None:
        cause, why = "loss_not_reduced", f" reduction='none' was asked for at {short(one.failure, unreduced, where)}."
    elif parallel:
        cause, why = "loss_per_device", " DataParallel gathers one entry for each device."
    elif one.method == "grad" and _one_each(one, tensor):
        cause, why = "pointwise_derivative", " Each entry belongs to one entry of the input: the sum gives all at once."
    else:
        cause, why = "non_scalar_output", ""
    return Finding(
        cause=cause,
        place=place_of(one.failure, one.node, one.scope),
        says=f"{name}{shape} is no scalar, and a backward pass starts from a single number.{why}",
        variable=dotted(node) or None,
        certain=True,
        edit=_reduced(one, node, cause),
    )


def _reduced(one: Asked, node: ast.expr, cause: str) -> Edit | None:
    source = one.scope.source
    if one.method == "grad" and one.call is not None and len(one.outputs) == 1 and isinstance(node, ast.Name):
        return edits.with_keyword(source, one.call, f"grad_outputs=torch.ones_like({node.id})", mechanical=True)
    mean = cause in ("loss_not_reduced", "loss_per_device")
    return edits.after(source, node, ".mean()" if mean else ".sum()", mechanical=True)


def _calls(reader: Reader) -> list[tuple[ast.Call, Scope]]:
    """The calls of the slice."""
    return [(node, scope) for node, scope, _ in reader.seen if isinstance(node, ast.Call)]


def _unreduced(reader: Reader) -> tuple[ast.Call | None, Scope | None]:
    """A loss of the slice that was told not to reduce: by a keyword, or where its live object was made."""
    for call, scope in _calls(reader):
        asked_for = keyword(call, "reduction")
        none = isinstance(asked_for, ast.Constant) and asked_for.value == "none"
        held = value_of(call.func, scope)
        own = live.own_names(held) if live.is_module(held) else {}
        if none or is_false(keyword(call, "reduce")) or own.get("reduction") == "none":
            return call, scope
    return None, None


def _one_each(one: Asked, tensor: Any) -> bool:
    """Whether an input has as many rows as the output: the derivative is wanted at each point."""
    inputs = [held for _, held, _ in named_tensors(one.inputs, one.scope) if live.is_tensor(held)]
    if tensor is None or not inputs or tensor.dim() == 0:
        return False
    shape = live.torch().Tensor.shape.__get__
    return any(shape(each)[:1] == shape(tensor)[:1] for each in inputs)


def _complex(one: Asked, node: ast.expr, tensor: Any) -> Finding:
    dtype = one.failure.recognised.parts.get("dtype", "") if tensor is None else str(tensor.dtype)
    where, scope = _made(one, node)
    return Finding(
        cause="complex_output",
        place=place_of(one.failure, where, scope),
        says=f"{one.scope.source.text(node)} is one number, but a complex one ({dtype or 'complex'}); "
        "only a real scalar has a gradient. Take abs() or real before the reduction.",
        variable=dotted(node) or None,
        certain=True,
        edit=edits.after(one.scope.source, node, ".abs()", mechanical=False),
    )


def _made(one: Asked, node: ast.expr) -> tuple[ast.AST, Scope]:
    """The statement that gave the output its value, else the call."""
    name = dotted(node)
    if name:
        for binding, scope in one.reader().definitions(node, name, one.scope):
            if binding.kind in (Kind.ASSIGN, Kind.AUGMENT) and value_of(node, one.scope) is not MISSING:
                return binding.node, scope
    return one.node, one.scope
