"""Something that is no tensor stands where one should: where the loss became a number, a tuple, None, a function."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.finders.parts.cuts import edit_of
from gradcli.foreign.script.reading import edits, live
from gradcli.foreign.script.reading.asked import Asked, asked, opened, place_of, raised_at
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.origins import Origins
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import dotted, keyword

_NUMBERS = (float, int, bool, complex, str)


def find(failure: Failure) -> Finding | None:
    """The step at which the value stopped being a tensor, or was never one."""
    one = asked(failure)
    if one is None:
        return None
    node, held, cause = _culprit(one)
    if node is None:
        return None
    for fits, rule in _RULES:
        if fits(held):
            found = rule(one, node, held)
            return found if found is None or not cause else _renamed(found, cause)
    return None


def _culprit(one: Asked) -> tuple[ast.expr | None, Any, str]:
    """The expression that is no tensor, its live value, and the cause that its place among arguments gives."""
    error = one.failure.error
    if isinstance(error, AttributeError):
        node = _receiver(one)
        held = value_of(node, one.scope) if node is not None else MISSING
        return node, getattr(error, "obj", MISSING) if held is MISSING else held, ""
    call = one.call
    if call is None:
        return None, MISSING, ""
    weights = keyword(call, "grad_outputs") or (call.args[2] if len(call.args) > 2 else None)
    for given, cause in ((one.outputs, "outputs_no_tensor"), (one.inputs, "inputs_no_tensor")):
        for node in given:
            held = value_of(node, one.scope)
            if (held is not MISSING and not _holds_tensors(held)) or isinstance(node, ast.Constant):
                return node, held, cause
    for node in opened(weights):
        held = value_of(node, one.scope)
        if held is not MISSING and not _holds_tensors(held):
            return node, held, "grad_outputs_number"
    unread = [node for node in one.outputs if value_of(node, one.scope) is MISSING]
    return (unread[0], 0.0, "outputs_no_tensor") if unread else (None, MISSING, "")


def _holds_tensors(held: Any) -> bool:
    return next(live.tensors_in(held), None) is not None


def _receiver(one: Asked) -> ast.expr | None:
    """``loss`` of ``loss.backward()``."""
    node = one.node
    function = node.func if isinstance(node, ast.Call) else node
    return function.value if isinstance(function, ast.Attribute) else None


def _renamed(found: Finding, cause: str) -> Finding:
    return replace(found, cause=cause)


# -- what it is


def _number(one: Asked, node: ast.expr, held: Any) -> Finding | None:
    """A number: the conversion that made it, or the 0 that nothing was added to."""
    flow = one.reader().read(node, one.scope)
    cuts = [cut for cut in flow.cuts if cut.cause in ("python_number", "numpy_round_trip")]
    cuts = sorted(cuts, key=lambda cut: cut.tracked is False)
    name = one.scope.source.text(node)
    if cuts:
        best = cuts[0]
        numpys = best.cause == "numpy_round_trip"
        word = "numpy keeps no graph" if numpys else f"{best.detail} gives a plain Python number, which has none"
        return Finding(
            cause="numpy_loss" if numpys or live.is_array(held) else "python_number",
            place=place_of(one.failure, best.node, best.scope),
            says=f"{name} is of type {type(held).__name__}, which has no backward(). {best.of} stops being a tensor "
            f"here: {word}.",
            variable=dotted(node) or best.name,
            certain=len({cut.place for cut in cuts}) == 1,
            rivals=(),
            edit=None if numpys else edit_of(best),
        )
    found = list(Origins(one.reader()).of(node, one.scope))
    constant = [pair for pair in found if isinstance(pair[0], ast.Constant) or _is_sum(pair[0])]
    if not constant:
        return _made(one, node, held, "numpy_loss" if live.is_array(held) else "python_number", "")
    where, scope = constant[-1]
    return Finding(
        cause="loss_never_added",
        place=place_of(one.failure, where, scope),
        says=f"{name} is still the number that it began with: no tensor was added to it before backward().",
        variable=dotted(node) or None,
        certain=type(held) in (int, float) and held == 0,
        rivals=("python_number",),
    )


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == "sum"


def _container(one: Asked, node: ast.expr, held: Any) -> Finding | None:
    """A tuple or list: what gave it, and the element to take."""
    found = list(Origins(one.reader()).of(node, one.scope))
    gradients = [pair for pair in found if isinstance(pair[0], ast.Call) and dotted(pair[0].func).endswith("grad")]
    if gradients:
        inner, scope = gradients[0]
        says = "autograd.grad returns a tuple, one gradient for each input, also where there is one input."
        place = place_of(one.failure, inner, scope)
        edit = edits.after(scope.source, inner, "[0]", mechanical=True)
        return Finding(cause="gradients_in_tuple", place=place, says=says, variable=dotted(node) or None, edit=edit)
    if type(held) is list:
        text = one.scope.source.text(node, longest=200)
        edit = edits.left_out(one.scope.source, node, f"sum({text})", mechanical=True)
        says = f"{text} is a list of {len(held)} entries; backward() belongs to one tensor: sum or stack them first."
        place = place_of(one.failure, one.node, one.scope)
        return Finding(cause="losses_in_list", place=place, says=says, variable=dotted(node) or None, edit=edit)
    size = f" of {len(held)}" if type(held) in (tuple, dict) else ""
    made = _made(one, node, held, "loss_in_tuple", f"{size}: take the loss out of it where it is given")
    scalars = [key for key, each in _entries(held) if live.is_tensor(each) and live.torch().Tensor.dim(each) == 0]
    if len(scalars) != 1:
        return made
    return replace(made, edit=edits.after(one.scope.source, node, f"[{scalars[0]!r}]", mechanical=True))


def _entries(held: Any) -> list[tuple[int | str, Any]]:
    """The entries of Python's own tuples and dictionaries, with what takes them out."""
    if type(held) is dict:
        return [(key, each) for key, each in held.items() if type(key) is str]
    return list(enumerate(held)) if type(held) is tuple else []


def _none(one: Asked, node: ast.expr, held: Any) -> Finding | None:
    """None: a function without return, the result of backward(), a name that stays None."""
    name = one.scope.source.text(node)
    for inner, scope in Origins(one.reader()).of(node, one.scope):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            return Finding(
                cause="function_returns_none",
                place=place_of(one.failure, inner.body[-1], scope),
                says=f"{name} is None: {inner.name} (line {inner.lineno}) ends here without a return.",
                variable=dotted(node) or None,
                edit=_returned(inner, scope),
            )
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "backward":
            return Finding(
                cause="backward_result_used",
                place=place_of(one.failure, inner, scope),
                says=f"{name} is what backward() returned here, which is None: it fills .grad and gives nothing back.",
                variable=dotted(node) or None,
            )
    return _made(one, node, held, "function_returns_none", "")


def _returned(function: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Edit | None:
    """``return`` before the function's last expression, or in the place of its last assignment."""
    last = function.body[-1]
    if isinstance(last, ast.Assign) and len(last.targets) == 1 and isinstance(last.targets[0], ast.Name):
        begin, value = (last.lineno, last.col_offset), (last.value.lineno, last.value.col_offset)
        return edits.replaced(scope.source, begin, value, "return ", mechanical=True)
    return None


def _function(one: Asked, node: ast.expr, held: Any) -> Finding | None:
    return _made(one, node, held, "loss_not_called", ": it was named and not called")


def _made(one: Asked, node: ast.expr, held: Any, cause: str, more: str) -> Finding:
    """The statement that gave the name its value, said of the live object's type."""
    where, scope = one.node, one.scope
    name = dotted(node)
    for binding, around in one.reader().definitions(node, name, one.scope) if name else ():
        where, scope = binding.node, around
        break
    kind = "None" if held is None else f"of type {type(held).__name__}"
    raised = "" if where is one.node else f" The error is raised at {raised_at(one, scope)}."
    return Finding(
        cause=cause,
        place=place_of(one.failure, where, scope),
        says=f"{one.scope.source.text(node)} is {kind}{more}.{raised}",
        variable=name or None,
        certain=bool(more),
    )


def _is_number(held: Any) -> bool:
    return type(held) in _NUMBERS or live.is_array(held)


def _is_container(held: Any) -> bool:
    return issubclass(type(held), tuple | list | dict) or type(held).__name__.endswith("Output")


def _is_function(held: Any) -> bool:
    return type(held) in (FunctionType, MethodType, BuiltinFunctionType) or issubclass(type(held), type)


_RULES: tuple[tuple[Callable[[Any], bool], Callable[[Asked, ast.expr, Any], Finding | None]], ...] = (
    (lambda held: held is None, _none),
    (_is_number, _number),
    (_is_container, _container),
    (_is_function, _function),
)
