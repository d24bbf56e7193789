"""``grad_outputs`` that do not fit: the shapes and dtypes of both, and the call with what fits."""

from __future__ import annotations

import ast
from typing import Any

from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.reading import edits, live
from gradcli.foreign.script.reading.asked import Asked, asked, opened, place_of, short
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import dotted, keyword

_BY_MESSAGE = {
    "grad_outputs_dtype": "grad_outputs_dtype",
    "grad_outputs_kind": "grad_outputs_number",
    "grad_outputs_count": "grad_outputs_count",
    "grads_batched_shape": "grads_batched",
}


def find(failure: Failure) -> Finding | None:
    """The weights of the outputs and their shape against the output's."""
    one = asked(failure)
    if one is None or one.call is None:
        return None
    seeds = opened(_seeds(one, one.call))
    index = failure.recognised.parts.get("index", "0")
    at = int(index) if index.isdigit() else 0
    seed = seeds[at] if at < len(seeds) else next(iter(seeds), None)
    output = one.outputs[at] if at < len(one.outputs) else next(iter(one.outputs), None)
    message = failure.recognised.message
    cause = _BY_MESSAGE.get(message.name if message is not None else "", "")
    return _finding(one, seed, output, at, cause)


def _seeds(one: Asked, call: ast.Call) -> ast.expr | None:
    """The argument that holds grad_outputs, under the name that the function gives it."""
    for name in ("grad_outputs", "gradient", "grad_tensors"):
        if (found := keyword(call, name)) is not None:
            return found
    place = 2 if one.method == "grad" else 0 if one.outputs and _is_receiver(one, call) else 1
    return call.args[place] if len(call.args) > place else None


def _is_receiver(one: Asked, call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.value is one.outputs[0]


def _tensor(one: Asked, node: ast.expr | None, at: int) -> Any:  # Any: the user's tensor
    found = list(live.tensors_in(value_of(node, one.scope)))
    return found[at] if at < len(found) else next(iter(found), None)


def _finding(one: Asked, seed: ast.expr | None, output: ast.expr | None, at: int, cause: str) -> Finding:
    weights, value = _tensor(one, seed, at), _tensor(one, output, at)
    parts = one.failure.recognised.parts
    got = live.shape_of(weights) if weights is not None else parts.get("got", "another shape")
    wanted = live.shape_of(value) if value is not None else parts.get("expected", "the output's shape")
    single = wanted in ("()", "torch.Size([])", "[]")
    if not cause:
        one_entry = got in ("(1,)", "torch.Size([1])", "[1]")
        cause = "grad_outputs_scalar" if single and one_entry else "grad_outputs_shape"
    names = [one.scope.source.text(node) if node is not None else "" for node in (seed, output)]
    says = f"{names[0] or 'grad_outputs'} has shape {got}, and {names[1] or 'the output'} has shape {wanted}: " + (
        "each entry of the output needs one weight, so both shapes have to be equal."
    )
    if cause == "grad_outputs_dtype" and weights is not None and value is not None:
        says = f"{names[0]} is {weights.dtype}, and {names[1]} is {value.dtype}: real and complex cannot be mixed."
    return Finding(
        cause=cause,
        place=place_of(one.failure, one.node, one.scope),
        says=says + _made_at(one, seed),
        variable=dotted(seed) or None,
        certain=True,
        edit=_fitting(one, seed, output, weights, single=single),
    )


def _made_at(one: Asked, seed: ast.expr | None) -> str:
    name = dotted(seed)
    if seed is None or not name:
        return ""
    for binding, scope in one.reader().definitions(seed, name, one.scope):
        return f" {name} was made at {short(one.failure, binding.node, scope)}."
    return ""


def _fitting(one: Asked, seed: ast.expr | None, output: ast.expr | None, weights: Any, *, single: bool) -> Edit | None:
    """Ones for ones: weights that were all 1 become ones of the output's shape, or go where the output is a scalar."""
    if seed is None or output is None or one.call is None or type(value_of(seed, one.scope)) in (list, tuple):
        return None
    ones = weights is not None and bool((weights.detach() == 1).all())
    source = one.scope.source
    if single and one.call.args[:1] == [seed] and len(one.call.args) == 1 and not one.call.keywords:
        return edits.left_out(source, seed, "", mechanical=ones)
    text = source.text(output, longest=200)
    return edits.left_out(source, seed, f"torch.ones_like({text})", mechanical=ones and len(text) < 80)
