"""Nothing was cut: which tensor should have required grad, or which statement froze the parameters."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from gradcli.foreign.script.failure import Edit, Finding
from gradcli.foreign.script.reading import cutting, edits, live
from gradcli.foreign.script.reading.asked import Asked, named_tensors, place_of, raised_at
from gradcli.foreign.script.reading.bindings import reaching
from gradcli.foreign.script.reading.flow import Flow, Leaf, Scope
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import Source, dotted, end, is_false, keyword, start
from gradcli.foreign.script.reading.standing import users_sources

_PARAMETER = re.compile(r"(^|[._])(w|b|weights?|bias(es)?|theta|params?|beta|alpha|coeff?s?|slope|intercept|w\d|b\d)$")
_DATA = re.compile(r"(^|[._])([xy]\w?|data|inputs?|targets?|labels?|batch|images?|samples?|obs|[xy]_?\w*)$", re.I)
_CLEAR = 4  # points that make a tensor one that is trained


def finding_of_leaves(one: Asked, flow: Flow) -> Finding | None:
    """The tensor that is used as one that is trained, or the frozen modules."""
    modules = [leaf for leaf in flow.leaves if next(live.modules_in(leaf.value), None) is not None]
    tensors = [leaf for leaf in flow.leaves if leaf not in modules and not _is_whole(leaf.value)]
    scored = sorted(((_points(one, leaf), leaf) for leaf in tensors), key=lambda pair: -pair[0])
    scored = [pair for pair in scored if pair[0] >= _CLEAR or not pair[1].derived]
    certain = flow.tracked is False and not flow.unread
    if flow.unread and not modules and (not scored or scored[0][0] < _CLEAR):
        return None  # what could not be read may hold a cut: the record of calls tells
    if scored and scored[0][0] < _CLEAR and not modules and _something_is_trained(one):
        return _all_constant(one, [leaf for _, leaf in scored], certain=certain)
    if scored and (scored[0][0] >= _CLEAR or not modules):
        return _missing(one, scored, certain=certain and (scored[0][0] > 0 or len(scored) == 1))
    if modules:
        data = all(points < 0 for points, _ in scored)  # by their names; another may be what should be trained
        return _frozen(one, modules[0], certain=certain and data)
    return None


def _something_is_trained(one: Asked) -> bool:
    """Whether a live module or tensor of the program requires grad, although the output was not made from it."""
    for scope in one.scopes:
        for held in list({**scope.globals, **scope.locals}.values()):
            if live.is_module(held) and any(live.requires_grad(each) for each in live.parameters_of(held)):
                return True
            if live.requires_grad(held):
                return True
    return False


def _all_constant(one: Asked, leaves: list[Leaf], *, certain: bool) -> Finding:
    """A loss of data alone: the statement that computed it."""
    place, scope = one.node, one.scope
    for output in one.outputs[:1]:
        for binding, where in one.reader().definitions(output, dotted(output), one.scope) if dotted(output) else ():
            place, scope = binding.node, where
            break
    names = ", ".join(dict.fromkeys(leaf.name for leaf in leaves[:4]))
    return Finding(
        cause="inputs_all_constant",
        place=place_of(one.failure, place, scope),
        says=f"{_differentiated(one)} was computed from {names} alone, none of which requires grad. What does "
        "require grad does not go into it.",
        variable=dotted(one.outputs[0]) or None if one.outputs else None,
        certain=False,
        rivals=("requires_grad_missing",) if certain else ("requires_grad_missing", "detached", "grad_disabled"),
    )


def constant_input(one: Asked) -> Finding | None:
    """``grad(y, x)`` with an x that does not require grad: the statement that made it, or that froze it."""
    named = named_tensors(one.inputs, one.scope)
    constant = [(text, node) for text, held, node in named if held is not MISSING and not live.requires_grad(held)]
    if not constant:
        return None
    text, node = constant[0]
    frozen = _frozen_input(one, node, text)
    if frozen is not None:
        return frozen
    flow = one.reader().read(node, one.scope)
    found = list(one.reader().definitions(node, dotted(node), one.scope)) if dotted(node) else []
    whole = [pair for pair in found if pair[0].whole]
    leaf = flow.leaves[0] if flow.leaves else Leaf(text, None, one.scope, MISSING)
    if whole:
        leaf = Leaf(text, whole[0][0].node, whole[0][1], value_of(node, one.scope))
    cut = "; it was detached on the way" if any(each.tracked for each in flow.cuts) else ""
    place, scope = (leaf.node, leaf.scope) if leaf.node is not None else (one.node, one.scope)
    return Finding(
        cause="input_requires_grad_missing",
        place=place_of(one.failure, place, scope),
        says=f"{text} does not require grad{cut}, so nothing was recorded for it and there is no derivative in it. It "
        f"was made here; the error is raised at {raised_at(one, scope)}.",
        variable=text,
        certain=True,
        edit=_with_grad(scope.source, place),
    )


def _frozen_input(one: Asked, node: ast.expr, text: str) -> Finding | None:
    """A statement that took requires_grad away from an input, or from the module that it belongs to."""
    inner = node
    while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.args:
        inner = inner.args[0]
    owner = inner.func.value if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) else inner
    held = value_of(owner, one.scope)
    mine = {id(each) for each in (live.parameters_of(held) if live.is_module(held) else live.tensors_in(held))}
    for scope in everywhere(one):
        for statement, frozen in _switches(scope.source):
            value = value_of(frozen, scope) if frozen is not None else MISSING
            theirs = live.parameters_of(value) if live.is_module(value) else live.tensors_in(value)
            if mine & {id(each) for each in theirs}:
                return Finding(
                    cause="input_frozen_later" if _after_output(one, statement, scope) else "parameter_frozen",
                    place=place_of(one.failure, statement, scope),
                    says=f"{text} does not require grad: it was switched off here, and the derivative in it is asked "
                    f"for at {raised_at(one, scope)}.",
                    variable=text,
                    certain=True,
                )
    return None


def _after_output(one: Asked, statement: ast.AST, scope: Scope) -> bool:
    """Whether a statement stands below the one that computed the output, in the same function."""
    if scope is not one.scope or not one.outputs or not dotted(one.outputs[0]):
        return False
    output = one.outputs[0]
    made = reaching(scope.source, scope.node, dotted(output), output)
    return bool(made) and made[0].after <= start(statement)


def _missing(one: Asked, scored: list[tuple[int, Leaf]], *, certain: bool) -> Finding:
    best = scored[0][1]
    frozen = _switched_off(one, best.name)
    if frozen is not None:
        return frozen
    node = best.node if best.node is not None else one.node
    scope = best.scope if best.node is not None else one.scope
    also = [leaf.name for points, leaf in scored[1:] if points == scored[0][0] and points >= _CLEAR]
    shape = "" if not live.is_tensor(best.value) else f" (shape {live.shape_of(best.value)})"
    made = "does not require grad" if best.node is None else "was made here without requires_grad=True"
    more = f" The same holds of {', '.join(dict.fromkeys(also))}." if also else ""
    return Finding(
        cause="requires_grad_missing",
        place=place_of(one.failure, node, scope),
        says=f"Nothing that goes into {_differentiated(one)} requires grad. {best.name}{shape} {made}.{more}",
        variable=best.name,
        certain=certain,
        rivals=() if certain else ("detached", "grad_disabled", "parameter_frozen"),
        edit=_with_grad(scope.source, node),
    )


def _differentiated(one: Asked) -> str:
    return one.scope.source.text(one.outputs[0]) if one.outputs else "the output"


def _is_whole(held: object) -> bool:
    """Tensors of whole numbers and booleans, which can never require grad."""
    found = list(live.tensors_in(held))
    return bool(found) and not any(each.is_floating_point() or each.is_complex() for each in found)


# -- which tensor is trained


def _points(one: Asked, leaf: Leaf) -> int:
    """How much of the program treats a tensor as one that is trained."""
    name = leaf.name
    points = 2 * bool(_PARAMETER.search(name)) - 2 * bool(_DATA.search(name)) + (name.startswith("self."))
    sources = {id(scope.source): scope.source for scope in (*one.scopes, leaf.scope)}
    return points + max(sum(_uses(source, name)) for source in sources.values())


def _uses(source: Source, name: str) -> Iterator[int]:
    last = name.rpartition(".")[2]
    seen: set[str] = set()
    for node in ast.walk(source.tree):
        kind, points = _use(node, name, last)
        if kind and kind not in seen:
            seen.add(kind)
            yield points


def _use(node: ast.AST, name: str, last: str) -> tuple[str, int]:
    if isinstance(node, ast.Attribute) and node.attr in ("grad", "requires_grad", "requires_grad_"):
        return (node.attr, 6) if _names(node.value, name, last) else ("", 0)
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub | ast.Add):
        target = node.target.value if isinstance(node.target, ast.Attribute | ast.Subscript) else node.target
        return ("changed", 4) if _names(target, name, last) or _names(node.target, name, last) else ("", 0)
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
        given = any(_names(each, name, last) for arg in node.args for each in ast.walk(arg))
        if called == "grad" and len(node.args) > 1 and any(_names(e, name, last) for e in ast.walk(node.args[1])):
            return "inputs", 8
        if given and (called[:1].isupper() and "optim" in (dotted(node.func).lower() + called.lower())):
            return "optimizer", 6
        if given and called in ("SGD", "Adam", "AdamW", "LBFGS", "RMSprop", "Adagrad", "Rprop", "NAdam", "RAdam"):
            return "optimizer", 6
    return "", 0


def _names(node: ast.AST, name: str, last: str) -> bool:
    """``w``, ``w[0]``, ``mlp.weights[0]`` for ``self.weights``."""
    while isinstance(node, ast.Subscript):
        node = node.value
    text = dotted(node)
    return bool(text) and (text == name or ("." in name and "." in text and text.rpartition(".")[2] == last))


def _with_grad(source: Source, node: ast.AST) -> Edit | None:
    value = getattr(node, "value", None)
    if not isinstance(value, ast.expr) or not isinstance(node, ast.Assign | ast.AnnAssign):
        return None
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple | ast.List):
        return None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        maker = value.func.attr in cutting.FACTORIES - {"from_numpy", "Tensor", "FloatTensor", "stack", "cat", "load"}
        if maker and dotted(value.func).startswith("torch."):
            return edits.with_keyword(source, value, "requires_grad=True", mechanical=True)
    return edits.after(source, value, ".requires_grad_()", mechanical=True)


# -- what froze it


def _frozen(one: Asked, leaf: Leaf, *, certain: bool) -> Finding:
    found = _freezing(one, leaf)
    node, scope = found if found is not None else (one.node, one.scope)
    held = [each for module in live.modules_in(leaf.value) for each in live.parameters_of(module)]
    raised = raised_at(one, scope)
    return Finding(
        cause="parameter_frozen",
        place=place_of(one.failure, node, scope),
        says=f"All {len(held)} parameters of {leaf.name} have requires_grad=False, and nothing else that goes into "
        f"{_differentiated(one)} requires grad."
        + (f" They were frozen here; the error is raised at {raised}." if found else ""),
        variable=leaf.name,
        certain=certain,
        rivals=() if certain else ("grad_disabled", "detached", "requires_grad_missing"),
        edit=_thawed(node, scope.source) if found else None,
    )


def _thawed(node: ast.AST, source: Source) -> Edit | None:
    """``p.requires_grad = False`` with True. Whether all of it should train is the user's to say."""
    value = node.value if isinstance(node, ast.Assign) else next(iter(getattr(node, "args", ())), None)
    return None if value is None else edits.replaced(source, start(value), end(value), "True", mechanical=False)


def everywhere(one: Asked, *more: Scope) -> Iterator[Scope]:
    """The frames, the innermost first, then the user's other files that are loaded."""
    seen = {id(scope.source) for scope in one.scopes}
    yield from reversed(one.scopes)
    yield from more
    loaded = (vars(each) for each in list(sys.modules.values()) if type(each) is type(sys))
    modules = {names["__file__"]: names for names in loaded if type(names.get("__file__")) is str}
    for source in users_sources(one.failure):
        if id(source) not in seen:
            names = modules.get(source.file, {})
            yield Scope(source, source.tree, names, names)


def frozen_beside(one: Asked, flow: Flow) -> bool:
    """Whether a module that goes into the output was frozen by a statement of the user's, so that it gives no graph."""
    for leaf in flow.leaves:
        held = [each for module in live.modules_in(leaf.value) for each in live.parameters_of(module)]
        if held and not any(live.requires_grad(each) for each in held) and _freezing(one, leaf) is not None:
            return True
    return False


def _freezing(one: Asked, leaf: Leaf) -> tuple[ast.AST, Scope] | None:
    """The statement that switched requires_grad off: by preference one that speaks of the same live module."""
    mine = {id(each) for module in live.modules_in(leaf.value) for each in live.parameters_of(module)}
    best: tuple[int, ast.AST, Scope] | None = None
    for scope in everywhere(one, leaf.scope):
        for node, owner in _switches(scope.source):
            held = value_of(owner, scope) if owner is not None else MISSING
            theirs = live.parameters_of(held) if live.is_module(held) else []
            shared = len(mine & {id(each) for each in theirs})
            if best is None or shared > best[0]:
                best = (shared, node, scope)
    return None if best is None else (best[1], best[2])


def _switches(source: Source) -> Iterator[tuple[ast.AST, ast.expr | None]]:
    """``p.requires_grad = False`` and ``x.requires_grad_(False)``, each with the module or tensor whose it is."""
    for node in ast.walk(source.tree):
        target: ast.expr | None = None
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute) and is_false(node.value):
            target = node.targets[0].value if node.targets[0].attr == "requires_grad" else None
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
            off = node.args[0] if node.args else keyword(node, "requires_grad")
            target = node.func.value if is_false(off) else None
        if target is not None:
            yield node, _gone_through(source, node, target)


def _gone_through(source: Source, node: ast.AST, target: ast.expr) -> ast.expr | None:
    """``net`` of ``for p in net.parameters(): p.requires_grad = False``."""
    for outer in source.above(node):
        if isinstance(outer, ast.For) and isinstance(target, ast.Name):
            names = [each.id for each in ast.walk(outer.target) if isinstance(each, ast.Name)]
            if target.id in names:
                inner = outer.iter
                while isinstance(inner, ast.Call) and inner.args and isinstance(inner.func, ast.Name):
                    inner = inner.args[0]
                if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                    return inner.func.value
                return inner
    return target


def _switched_off(one: Asked, name: str) -> Finding | None:
    """A tensor's own ``requires_grad = False``."""
    for scope in reversed(one.scopes):
        for node, owner in _switches(scope.source):
            if owner is not None and dotted(owner) == name:
                return Finding(
                    cause="parameter_frozen",
                    place=place_of(one.failure, node, scope),
                    says=f"requires_grad of {name} is switched off here, and nothing else requires grad.",
                    variable=name,
                    certain=False,
                    rivals=("requires_grad_missing",),
                )
    return None
