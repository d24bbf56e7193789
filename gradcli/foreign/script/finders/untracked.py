"""Why a tensor has no graph: where its calculation was cut off, or where nothing in it ever required grad."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.finders.function import once_differentiable
from gradcli.foreign.script.finders.parts.cuts import finding_of_cuts
from gradcli.foreign.script.finders.parts.leaves import constant_input, everywhere, finding_of_leaves, frozen_beside
from gradcli.foreign.script.finders.parts.traced import cuts_of_trace
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import Asked, asked, place_of
from gradcli.foreign.script.reading.flow import NOTHING, Flow, join
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import dotted, is_false


@dataclass(frozen=True, slots=True, eq=False)
class _Fault:
    """The expressions without a graph, and what their source says of them."""

    nodes: tuple[ast.expr, ...]
    flow: Flow


def find(failure: Failure) -> Finding | None:
    """The step that cut the tensor off, or the tensor that should have required grad."""
    one = asked(failure)
    if one is None:
        return None
    constant = constant_input(one)
    if constant is not None:
        return constant
    off = _switched_off(one)
    if off is not None:
        return off
    fault = _fault(one)
    if fault is None:
        return None
    traced = cuts_of_trace(one, fault.nodes, fault.flow)
    candidates = traced or [cut for cut in fault.flow.cuts if cut.tracked is not False and not cut.moot]
    if candidates:
        found = _beside(one, finding_of_cuts(one, candidates, fault.flow), fault.flow)
        return _marked(failure, found) if found.cause == "derivative_constant" else found
    return finding_of_leaves(one, fault.flow)


def _beside(one: Asked, cut: Finding, flow: Flow) -> Finding:
    """A cut may be meant, as that of a target is, where a module that goes another way was frozen."""
    if cut.cause == "parameter_frozen" or not frozen_beside(one, flow):
        return cut
    edit = cut.edit and replace(cut.edit, mechanical=False)
    return replace(cut, certain=False, rivals=("parameter_frozen", *cut.rivals), edit=edit)


def _marked(failure: Failure, constant: Finding) -> Finding:
    """A derivative without a graph may come of a custom Function that gives none: then the decorator is named."""
    found = once_differentiable(failure, "once_differentiable")
    return constant if found is None else replace(found, certain=False, rivals=(constant.cause,))


def _fault(one: Asked) -> _Fault | None:
    """The outputs that do not require grad."""
    found = []
    for node in one.outputs:
        held = value_of(node, one.scope)
        if held is MISSING or not live.requires_grad(held):
            found.append(node)
    index = one.failure.recognised.parts.get("index", "")
    if index.isdigit() and int(index) < len(one.outputs) == len(found):
        found = [one.outputs[int(index)]]
    if not found:
        return None
    reader = one.reader()
    return _Fault(tuple(found), join(reader.read(node, one.scope) for node in found) if found else NOTHING)


def _switched_off(one: Asked) -> Finding | None:
    """Grad mode is off in the whole program: the statement that turned it off."""
    torch = live.torch()
    if torch is None or torch.is_grad_enabled():
        return None
    for scope in everywhere(one):
        for node in ast.walk(scope.source.tree):
            if isinstance(node, ast.Call) and dotted(node.func).endswith("set_grad_enabled") and _turns_off(node):
                parent = scope.source.parents.get(node)
                if isinstance(parent, ast.Expr):
                    return Finding(
                        cause="grad_disabled",
                        place=place_of(one.failure, node, scope),
                        says="Grad mode is off in the whole program since this call of set_grad_enabled(False): "
                        "nothing that was computed after it has a graph.",
                        variable=None,
                    )
    return Finding(
        cause="grad_disabled",
        place=place_of(one.failure, one.node, one.scope),
        says="Grad mode is off in the whole program (torch.is_grad_enabled() is False): nothing that was computed "
        "since it was switched off has a graph.",
    )


def _turns_off(call: ast.Call) -> bool:
    return bool(call.args) and not (isinstance(call.args[0], ast.Constant) and not is_false(call.args[0]))
