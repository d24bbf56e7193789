"""A value is None where a tensor is expected: mostly a ``.grad`` that no backward pass has filled."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradcli.foreign.script.failure import Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import Asked, place_of, short
from gradcli.foreign.script.reading.bindings import Binding
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.origins import Origins
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import dotted, is_true, keyword


def find_none(one: Asked) -> Finding | None:
    """Why it is None: the tensor is no leaf, no backward ran or reached it, or the name was given None."""
    for node in ast.walk(one.node):
        if isinstance(node, ast.Attribute) and node.attr == "grad":
            held = value_of(node.value, one.scope)
            if live.is_tensor(held) and live.attribute(held, "grad") is None:
                return _no_gradient(one, node, held)
    for node in ast.walk(one.node):
        if isinstance(node, ast.Name) and value_of(node, one.scope) is None:
            found = _named_none(one, node)
            if found is not None:
                return found
    return _unread(one)


def _unread(one: Asked) -> Finding | None:
    """``p.grad`` of a loop or a comprehension, whose tensor is not there any more."""
    for node in ast.walk(one.node):
        if isinstance(node, ast.Attribute) and node.attr == "grad":
            return _finding(one, one.node, one.scope, "backward_not_run", one.scope.source.text(node.value), "", False)
    return None


def _no_gradient(one: Asked, node: ast.Attribute, held: Any) -> Finding:
    name = one.scope.source.text(node.value)
    made = list(one.reader().definitions(node.value, dotted(node.value), one.scope)) if dotted(node.value) else []
    if not live.requires_grad(held):
        return _constant(one, name, made)
    if live.torch().Tensor.grad_fn.__get__(held) is not None:
        for binding, scope in made:
            if binding.value is not None and _updates(binding):
                says = (
                    f"{name} is no leaf any more: the update here made a new tensor of the same name, and backward() "
                )
                return _finding(one, binding.node, scope, "leaf_replaced", name, f"{says}fills .grad of leaves only.")
        says = f"{name} was computed (by {_step(held)}), so it is no leaf, and backward() fills .grad of leaves only."
        return _finding(one, one.node, one.scope, "grad_of_non_leaf", name, says)
    backward, derivative = _calls(one, "backward"), _calls(one, "grad")
    zeroed = [call for call in _calls(one, "zero_grad") if _before(call, one) and not _later(call, backward, one)]
    if backward and zeroed:
        says = f"zero_grad() has set {name}.grad to None here, after backward() had filled it."
        return _finding(one, zeroed[-1], one.scope, "backward_not_run", name, says)
    if not backward and derivative:
        says = f"torch.autograd.grad (at {short(one.failure, derivative[-1], one.scope)}) returns the gradients and "
        return _finding(one, one.node, one.scope, "grad_after_autograd_grad", name, f"{says}leaves {name}.grad alone.")
    if not backward or (not _others_have(one) and not any(_before(call, one) for call in backward)):
        return _finding(one, one.node, one.scope, "backward_not_run", name, f"No backward() has filled {name}.grad.")
    says = f"backward() ran, and no path of the graph led from the loss to {name}, so {name}.grad stayed None."
    return _finding(one, one.node, one.scope, "grad_never_reached", name, says, certain=_others_have(one))


def _finding(
    one: Asked, node: ast.AST, scope: Scope, cause: str, name: str, says: str, certain: bool = True
) -> Finding:
    return Finding(
        cause=cause,
        place=place_of(one.failure, node, scope),
        says=says or f"{name}.grad is None: no backward pass has filled it.",
        variable=name,
        certain=certain,
        rivals=() if certain else ("grad_never_reached", "backward_not_run"),
    )


def _constant(one: Asked, name: str, made: list[tuple[Binding, Scope]]) -> Finding:
    node, scope = (made[0][0].node, made[0][1]) if made else (one.node, one.scope)
    says = f"{name} does not require grad, so no backward pass fills its .grad. It was made here."
    return _finding(one, node, scope, "requires_grad_missing", name, says)


def _updates(binding: Binding) -> bool:
    """``w = w - lr * w.grad``."""
    return binding.whole and any(dotted(each) == binding.name for each in ast.walk(binding.value or binding.node))


def _step(held: Any) -> str:
    return type(live.torch().Tensor.grad_fn.__get__(held)).__name__.removesuffix("Backward0").lower()


def _calls(one: Asked, method: str) -> list[ast.Call]:
    """The calls of a method in the failing file, in the order of lines."""
    found = []
    for node in ast.walk(one.scope.source.tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name == method:
                found.append(node)
    return sorted(found, key=lambda node: node.lineno)


def _before(call: ast.Call, one: Asked) -> bool:
    same = one.scope.source.scope_of(call) is one.scope.node
    return same and call.lineno < getattr(one.node, "lineno", 0)


def _later(call: ast.Call, backward: list[ast.Call], one: Asked) -> bool:
    """Whether a backward stands between a call and the failing line."""
    return any(call.lineno < each.lineno < getattr(one.node, "lineno", 0) for each in backward)


def _others_have(one: Asked) -> bool:
    """Whether another tensor of the program has a gradient: so backward did run."""
    return any(live.torch().Tensor.grad.__get__(each) is not None for each in _live_leaves(one))


def _live_leaves(one: Asked) -> Iterator[Any]:
    for scope in one.scopes:
        for held in list({**scope.globals, **scope.locals}.values()):
            found = live.parameters_of(held) if live.is_module(held) else live.tensors_in(held)
            yield from (each for each in found if live.torch().Tensor.is_leaf.__get__(each))


def _allowing(one: Asked, node: ast.expr | None, scope: Scope) -> Iterator[ast.expr]:
    """The call with allow_unused behind what a loop goes through."""
    for each in ast.walk(node) if node is not None else ():
        for binding, _ in one.reader().definitions(each, each.id, scope) if isinstance(each, ast.Name) else ():
            if isinstance(binding.value, ast.Call) and is_true(keyword(binding.value, "allow_unused")):
                yield binding.value


def _named_none(one: Asked, node: ast.Name) -> Finding | None:
    """A name that was given None: by backward(), by a gradient that is allowed to be None, by a function."""
    for binding, scope in one.reader().definitions(node, node.id, one.scope):
        value = binding.value
        if isinstance(value, ast.Attribute) and value.attr == "grad":
            held = value_of(value.value, scope)
            if live.is_tensor(held):
                return _no_gradient(one, value, held)
        if binding.kind.name == "EACH":
            value = next(_allowing(one, value, scope), value)
        if isinstance(value, ast.Call) and is_true(keyword(value, "allow_unused")):
            says = f"autograd.grad gave None for {node.id} at {short(one.failure, value, scope)}, because the output "
            says += "does not depend on it and allow_unused=True permits that."
            return _finding(one, one.node, one.scope, "allow_unused_none", node.id, says)
    for inner, scope in Origins(one.reader()).of(node, one.scope):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "backward":
            says = f"{node.id} is what backward() returned here, which is None."
            return _finding(one, inner, scope, "backward_result_used", node.id, says)
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            says = f"{node.id} is None: {inner.name} ends here without a return."
            return _finding(one, inner.body[-1], scope, "function_returns_none", node.id, says)
    return None
