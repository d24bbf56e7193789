"""Which of several cuts is the mistake, what to say of it, and the line without it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from gradcli.foreign.script.failure import Edit, Finding
from gradcli.foreign.script.reading import edits, live
from gradcli.foreign.script.reading.asked import Asked, place_of, raised_at
from gradcli.foreign.script.reading.calls import is_list
from gradcli.foreign.script.reading.flow import Cut, Flow
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import dotted, keyword, start

# Names of what is held constant on purpose: a cut there is no mistake as long as another one is found.
_CONSTANT = re.compile(
    r"target|label|teacher|baseline|truth|\bgt\b|y_true|old|prev|next|advantage|returns?\b|ref_|mask"
)


def finding_of_cuts(one: Asked, cuts: Sequence[Cut], flow: Flow) -> Finding:
    """The likeliest of the cuts; certain where it is the only one and surely cut what required grad."""
    read = [each for cut in cuts if (each := _explained(one, cut)) is not None] or list(cuts)
    ranked = sorted(read, key=_rank)
    best = ranked[0]
    later = [cut.cause for cut in flow.cuts if cut.tracked is False]
    rivals = tuple(dict.fromkeys(c.cause for c in (*ranked[1:],) if c.cause and c.cause != best.cause))
    masked = tuple(dict.fromkeys(name for name in later if name and name != best.cause and name not in rivals))
    if best.cause == "detached" and not best.detail:
        rivals = tuple(dict.fromkeys((*rivals, *_GUESSES)))
    certain = best.sure and best.tracked is True and not rivals and not masked
    return Finding(
        cause=best.cause or "non_differentiable_op",
        place=place_of(one.failure, best.node, best.scope),
        says=_says(one, best),
        variable=_variable(best),
        certain=certain,
        rivals=() if certain else (*rivals, *masked),
        edit=_safe(edit_of(best), certain=not masked),
    )


def _safe(edit: Edit | None, *, certain: bool) -> Edit | None:
    """An edit is tried only where it leaves no other cut on the way."""
    return edit if edit is None or certain else replace(edit, mechanical=False)


def _rank(cut: Cut) -> tuple[int, int, int]:
    constant = _CONSTANT.search((cut.name or "").lower()) or _CONSTANT.search(cut.of.lower())
    return (not cut.tracked, 1 if constant else 0, not cut.sure)


def _variable(cut: Cut) -> str | None:
    """The user's name: of what was cut where it is a name, else of the result."""
    return cut.of if re.fullmatch(r"[\w.]+", cut.of) else cut.name


def _explained(one: Asked, cut: Cut) -> Cut | None:
    """A step that no rule knew: its live result, or what is switched on only later, tell what it was."""
    if cut.cause:
        return cut
    late = _switched_on_later(cut)
    if late is not None:
        return late
    name = cut.name or ""
    held = value_of(ast.parse(name, mode="eval").body, cut.scope) if name else MISSING
    for scope in one.scopes:
        if scope.node is cut.scope.node and held is MISSING:
            held = scope.locals.get(name, MISSING)
    tensor = next(live.tensors_in(held), None)
    if isinstance(cut.node, ast.Subscript):  # the first of what a call gave
        cut = replace(cut, node=cut.node.value)
    called = dotted(cut.node.func) if isinstance(cut.node, ast.Call) else ""
    if tensor is not None and not (tensor.is_floating_point() or tensor.is_complex()):
        return replace(cut, cause="non_differentiable_op", detail=called or "integers", sure=True)
    if called.endswith("grad") and isinstance(cut.node, ast.Call) and keyword(cut.node, "create_graph") is not None:
        return replace(cut, cause="derivative_constant", detail=called, sure=True)
    if isinstance(cut.node, ast.Call) and _is_torchs(cut.node, cut):
        return replace(cut, cause="derivative_unimplemented", detail=called)
    return replace(cut, cause="detached")  # a guess: the first of what people do


def _is_torchs(call: ast.Call, cut: Cut) -> bool:
    held = value_of(call.func, cut.scope)
    return (
        held is not MISSING
        and str(getattr(type(held), "__module__", "")) == "builtins"
        and (getattr(live.torch(), getattr(held, "__name__", "") or " ", None) is held)
    )


def _switched_on_later(cut: Cut) -> Cut | None:
    """``x.requires_grad_()`` that stands after the step that used x."""
    if cut.scope.stands_at is None:
        return None
    for node in ast.walk(cut.scope.node):
        owner: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
            owner = node.func.value
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            owner = node.targets[0].value if node.targets[0].attr == "requires_grad" else None
        text = dotted(owner)
        if text and text in cut.of.split(", ") and start(cut.node) < start(node) <= cut.scope.stands_at:
            return replace(cut, cause="requires_grad_too_late", node=node, of=text, detail="late", sure=True)
    return None


_SAYS = {
    "detached": "{of} is taken off its graph here by {detail}(): what is computed from it has no way back to {roots}.",
    "data_attribute": "`.data` reads the numbers of {of} without its graph: autograd does not see this use of it.",
    "numpy_round_trip": "{of} leaves torch for numpy here. numpy keeps no graph, and the tensor that is made of its "
    "numbers afterwards is a new constant.",
    "python_number": "{detail} turns {of} into a plain Python number here: numbers have no graph and no backward.",
    "tensor_rebuilt": "{detail}(...) copies the numbers of {of} into a new tensor, which has no graph. "
    "torch.stack or torch.cat keep it.",
    "non_differentiable_op": "{detail} of {of} gives values that are no smooth function of it (indices, booleans, "
    "whole numbers), so the result is not differentiable and has no graph.",
    "sampled": "{detail}() draws without recording: the sample of {of} is a constant to autograd.",
    "derivative_constant": "The derivative made here does not depend on anything that requires grad: the function is "
    "linear, so its slope is a constant, and the next derivative would be zero.",
    "derivative_unimplemented": "{of} requires grad and the result does not: torch has no derivative for {detail}.",
    "grad_disabled": "{of} was computed with grad mode off ({detail}), so no graph was recorded.",
    "parameter_frozen": "requires_grad is switched off for {of} here.",
    "create_graph_missing": "The gradient made here has no graph of its own, because create_graph=True was not given; "
    "it cannot be differentiated again.",
    "checkpoint_inputs": "The reentrant checkpoint (use_reentrant=True) is given only inputs that do not require grad "
    "({of}), so its output has no graph although the function has parameters.",
    "requires_grad_too_late": "{of} is told to require grad only here, after the values that are differentiated had "
    "been computed from it.",
}


_GUESSES = ("grad_disabled", "numpy_round_trip", "tensor_rebuilt")  # what a library's own function may do


def _says(one: Asked, cut: Cut) -> str:
    unknown = "{of} requires grad, and the result of this step does not."
    guessed = cut.cause == "detached" and not cut.detail
    text = unknown if guessed else _SAYS.get(cut.cause, unknown)
    says = text.format(of=cut.of or "the input", detail=cut.detail or "this", roots="what required grad")
    raised = raised_at(one, cut.scope)
    same = raised == f"line {getattr(cut.node, 'lineno', 0)}"
    return says if same else f"{says} The error is raised at {raised}."


def edit_of(cut: Cut) -> Edit | None:
    """The line without the cut, where that is one change of one line."""
    source, node = cut.scope.source, cut.node
    if cut.cause in ("detached", "data_attribute") and isinstance(node, ast.Call | ast.Attribute):
        if not cut.detail or (isinstance(node, ast.Call) and node.args):
            return None
        return edits.without(source, node, mechanical=True)
    if cut.cause == "python_number" and isinstance(node, ast.Call):
        return _without_number(cut, node)
    if cut.cause == "tensor_rebuilt" and isinstance(node, ast.Call):
        several = bool(node.args) and is_list(node.args[0], cut.scope)
        if several and not node.keywords:
            return edits.renamed(source, node, "stack", mechanical=True)
        text = source.text(node.args[0], longest=200) if node.args and not several and not node.keywords else None
        return None if text is None else edits.left_out(source, node, text, mechanical=False)
    if cut.cause == "create_graph_missing" and isinstance(node, ast.Call):
        return edits.with_keyword(source, node, "create_graph=True", mechanical=True)
    if cut.cause == "checkpoint_inputs" and isinstance(node, ast.Call):
        return edits.with_keyword(source, node, "use_reentrant=False", mechanical=True)
    if cut.cause == "grad_disabled":
        return _enabled(cut)
    if cut.cause == "sampled" and isinstance(node, ast.Call) and cut.detail == "sample":
        return edits.renamed(source, node, "rsample", mechanical=True)
    return None


def _without_number(cut: Cut, node: ast.Call) -> Edit | None:
    if isinstance(node.func, ast.Attribute) and not node.args:
        return edits.without(cut.scope.source, node, mechanical=node.func.attr == "item")
    if isinstance(node.func, ast.Name) and len(node.args) == 1:
        text = cut.scope.source.text(node.args[0], longest=200)
        return edits.left_out(cut.scope.source, node, text, mechanical=node.func.id == "float")
    return None


def _enabled(cut: Cut) -> Edit | None:
    """``with torch.no_grad():`` becomes ``with torch.enable_grad():``, a decorator likewise."""
    node = cut.node
    function = node.func if isinstance(node, ast.Call) else node
    if not isinstance(function, ast.Attribute) or function.attr not in ("no_grad", "inference_mode"):
        return None
    if isinstance(node, ast.Call) and keyword(node, "mode") is None and not node.args:
        return edits.renamed(cut.scope.source, node, "enable_grad", mechanical=True)
    return None
