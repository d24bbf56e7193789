"""Tensors that Python or numpy wants as numbers, integers that shall require grad, classes called for functions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import Asked, asked
from gradcli.foreign.script.reading.edits import after, replaced, with_keyword
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import callee_name, dotted, end
from gradcli.foreign.script.reading.standing import Found

_MAKERS = ("tensor", "as_tensor", "zeros", "ones", "full", "arange", "eye", "empty")


def find(failure: Failure) -> Finding | None:
    """The raising call, with its line changed where the change is a matter of letters."""
    causes = failure.recognised.causes
    one = asked(failure)
    if one is None or one.call is None or not causes:
        return None
    called = _module_class(one.call, one)
    if called:
        edit = replaced(one.scope.source, end(one.call.func), end(one.call.func), "()", mechanical=True)
        says = f"`{called}` is a class: the call makes a loss, and takes the two tensors for options."
        return Found(one.call, one.scope).finding(failure, "loss_class_called", says, variable=called, edit=edit)
    for cause in causes:
        look = _EDITS.get(cause.name)
        made = look(one.call, one) if look is not None else None
        if made is not None:
            return Found(one.call, one.scope).finding(failure, cause.name, made[1], edit=made[0])
    return None


def _module_class(call: ast.Call, one: Asked) -> str:
    """The name of a module's class that is called with tensors: ``nn.MSELoss(prediction, target)``."""
    held = value_of(call.func, one.scope)
    nn = getattr(live.torch(), "nn", None)
    is_class = isinstance(held, type) and nn is not None and nn.Module in type.mro(held)
    tensors = [each for each in call.args if live.is_tensor(value_of(each, one.scope))]
    return dotted(call.func) if is_class and len(tensors) > 1 else ""


def _as_numpy(call: ast.Call, one: Asked) -> tuple[Edit | None, str] | None:
    """``x.numpy()``."""
    source = one.scope.source
    if not isinstance(call.func, ast.Attribute) or callee_name(call) not in {"numpy", "__array__"}:
        return None
    where = end(call.func.value)
    text = source.text(call.func.value)
    return replaced(source, where, where, ".detach()", mechanical=True), f"`{text}` is part of a graph."


def _given_to_numpy(call: ast.Call, one: Asked) -> tuple[Edit | None, str] | None:
    """A function of numpy's, or of a library that calls it, which is given a tensor that requires grad."""
    source = one.scope.source
    for each in call.args:
        held = value_of(each, one.scope)
        if live.is_tensor(held) and live.requires_grad(held):
            says = f"`{source.text(each)}` is part of a graph, and `{source.text(call.func)}` wants an array."
            return after(source, each, ".detach()", mechanical=False), says
    return None


def _as_float(call: ast.Call, one: Asked) -> tuple[Edit | None, str] | None:
    """Integers where numbers with a point are due."""
    source = one.scope.source
    name = callee_name(call)
    if name in _MAKERS and isinstance(call.func, ast.Attribute):
        owner = source.text(call.func.value)
        edit = with_keyword(source, call, f"dtype={owner}.float32", mechanical=True)
        return edit, f"`{source.text(call)}` holds integers, which have no neighbours to take a derivative with."
    if name == "requires_grad_" and isinstance(call.func, ast.Attribute):
        text = source.text(call.func.value)
        return after(source, call.func.value, ".float()", mechanical=False), f"`{text}` holds integers."
    return None


def _as_parameter(call: ast.Call, one: Asked) -> tuple[Edit | None, str] | None:
    """``nn.Parameter`` of integers."""
    if callee_name(call) != "Parameter" or not call.args:
        return None
    source, given = one.scope.source, call.args[0]
    return after(source, given, ".float()", mechanical=True), f"`{source.text(given)}` holds integers."


_EDITS: dict[str, Callable[[ast.Call, Asked], tuple[Edit | None, str] | None]] = {
    "numpy_on_grad": _as_numpy,
    "numpy_function_in_loss": _given_to_numpy,
    "integer_requires_grad": _as_float,
    "integer_parameter": _as_parameter,
}
