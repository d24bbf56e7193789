"""A piece of the user's program with what is live in it: frames that stand, functions that have returned, modules."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from dataclasses import replace
from types import FunctionType
from typing import Any

from gradcli.foreign.script.failure import Failure, Frame
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.bindings import bindings_of, in_comprehension
from gradcli.foreign.script.reading.flow import Passed, Scope, Switch
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.source import (
    ScopeNode,
    dotted,
    end,
    function_of_code,
    is_users,
    node_of_frame,
    read_source,
    start,
)


def parameters(node: ScopeNode) -> list[str]:
    """The names of a function's parameters, those that take the rest last."""
    if isinstance(node, ast.Module):
        return []
    given = node.args
    rest = [each for each in (given.vararg, given.kwarg) if each is not None]
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, *rest)]


def bound_in(scope: Scope, name: str) -> bool:
    """Whether the function gives the name a value of its own."""
    return name in parameters(scope.node) or name in bindings_of(scope.node)


def value_of(node: ast.AST | None, scope: Scope, depth: int = 0) -> Any:  # Any: the user's object
    """The live value that an expression had, where a look can tell, else MISSING. Calls are not made."""
    if node is None or depth > 12:
        return MISSING
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return _name(node, scope, depth)
    if isinstance(node, ast.Attribute):
        return _attribute(node, scope, depth)
    if isinstance(node, ast.Subscript):
        return live.item(value_of(node.value, scope, depth + 1), _key(node.slice, scope, depth + 1))
    if isinstance(node, ast.NamedExpr):
        return value_of(node.target, scope, depth + 1)
    if isinstance(node, ast.Tuple | ast.List):
        held = [value_of(each, scope, depth + 1) for each in node.elts]
        return MISSING if any(each is MISSING for each in held) else held
    return MISSING


def _key(node: ast.expr, scope: Scope, depth: int) -> Any:  # Any: an index
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        return -value if isinstance(value, int) else MISSING
    if isinstance(node, ast.Slice):
        parts = [None if each is None else _key(each, scope, depth) for each in (node.lower, node.upper, node.step)]
        return slice(*parts) if all(each is None or type(each) is int for each in parts) else MISSING
    return value_of(node, scope, depth)


def _name(node: ast.Name, scope: Scope, depth: int) -> Any:  # Any: the user's object
    name = node.id
    if isinstance(scope.node, ast.Module) is False and name in scope.passed and name not in scope.locals:
        return _of_argument(name, scope, depth)
    if in_comprehension(scope.source, name, node) is not None:
        return scope.inside.get(name, MISSING)
    if bound_in(scope, name):
        return scope.locals.get(name, MISSING) if unchanged_since(node, name, scope) else MISSING
    if name in scope.locals:
        return scope.locals[name]
    return scope.globals.get(name, getattr(builtins, name, MISSING))


def _of_argument(name: str, scope: Scope, depth: int) -> Any:  # Any: the user's object
    if name in bindings_of(scope.node) or len(scope.passed[name]) != 1:
        return MISSING
    passed = scope.passed[name][0]
    return value_of(passed.node, passed.scope, depth + 1)


def unchanged_since(use: ast.AST, name: str, scope: Scope) -> bool:
    """Whether a name still has the value that it had at a use: no statement in between has given it another."""
    if scope.stands_at is None:
        return not any(each.whole for each in bindings_of(scope.node).get(name, ()))
    where = start(use)
    later = [each for each in bindings_of(scope.node).get(name, ()) if each.kind.name != "INTO"]
    if where > max(scope.stands_at, scope.ends_at):  # below the failing call: it ran in a loop's turn before
        return not any(each.after > where or each.after <= scope.stands_at for each in later)
    return not any(where < each.after <= scope.stands_at for each in later)


def _attribute(node: ast.Attribute, scope: Scope, depth: int) -> Any:  # Any: the user's object
    name = dotted(node)
    if isinstance(node.value, ast.Call) and dotted(node.value.func) == "super":
        return _inherited(node.attr, scope)
    if name and bindings_of(scope.node).get(name) and not unchanged_since(node, name, scope):
        return MISSING
    return live.attribute(value_of(node.value, scope, depth + 1), node.attr)


def _inherited(name: str, scope: Scope) -> Any:  # Any: a method
    """``super().name``: the class around the method is in its closure, the object is its first argument."""
    first = parameters(scope.node)[:1]
    kind, owner = scope.locals.get("__class__", MISSING), scope.locals.get(first[0], MISSING) if first else MISSING
    if owner is MISSING or not isinstance(kind, type):
        return MISSING
    return live.inherited(owner.kind if type(owner) is live.Instance else type(owner), kind, name, owner)


# -- making them


def frame_scopes(failure: Failure) -> list[Scope]:
    """The scopes of the frames that stand, outermost first, each knowing what it was called with."""
    made: list[Scope] = []
    for frame in failure.frames:
        source = read_source(frame.code.co_filename) or read_source(frame.file)
        node = function_of_code(source, frame.code) if source is not None else None
        if source is not None and node is None and made and made[-1].source is source:
            made[-1] = replace(made[-1], inside={**made[-1].inside, **frame.locals})  # a comprehension's own frame
        if source is None or node is None:
            continue
        at = node_of_frame(source, frame)
        where = start(at) if at is not None else (frame.line, 0)
        until = end(at) if at is not None else (frame.end_line, 0)
        passed: dict[str, tuple[Passed, ...]] = {}
        call = _call_at(made[-1]) if made else None
        around = grad_mode_at(call, made[-1]) if call is not None else None
        if made and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            passed = _passed_to(node, frame, made[-1])
        scope = Scope(source, node, frame.globals, frame.locals, where, passed, around, depth=len(made), ends_at=until)
        made.append(scope)
    return made


def _passed_to(node: ScopeNode, frame: Frame, caller: Scope) -> dict[str, tuple[Passed, ...]]:
    """The arguments at the call in the caller's frame, where the call runs this very function."""
    call = _call_at(caller)
    if call is None:
        return {}
    behind = live.callee(value_of(call.func, caller))
    names = parameters(node)
    if behind is not None and behind.function.__code__ is frame.code:
        return match_arguments(call, node, behind, caller)
    first = 1 if names[:1] == ["self"] else 0  # through a library: a trainer, a module's __call__
    return _by_identity(call, names[first:], frame.locals, caller)


def _call_at(scope: Scope) -> ast.Call | None:
    found = [node for node in ast.walk(scope.node) if isinstance(node, ast.Call) and start(node) == scope.stands_at]
    return max(found, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0), default=None)


def _by_identity(
    call: ast.Call, names: list[str], held: Mapping[str, Any], caller: Scope
) -> dict[str, tuple[Passed, ...]]:
    """Arguments that are the same object as a parameter: a library's call lies in between."""
    given = [each for each in (*call.args, *(k.value for k in call.keywords)) if not isinstance(each, ast.Starred)]
    values = [(each, value_of(each, caller)) for each in given]
    found: dict[str, tuple[Passed, ...]] = {}
    for name in names:
        value = held.get(name, MISSING)
        same = [each for each, other in values if other is value and value is not MISSING and value is not None]
        if same:
            found[name] = (Passed(same[0], caller),)
    return found


def match_arguments(
    call: ast.Call, node: ScopeNode, behind: live.Callee, caller: Scope
) -> dict[str, tuple[Passed, ...]]:
    """Which expression each parameter gets; a parameter that takes the rest gets several."""
    if isinstance(node, ast.Module):
        return {}
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    skipped = len(behind.given) + (behind.bound is not MISSING)
    found: dict[str, tuple[Passed, ...]] = {}
    places = names[skipped:]
    for each in call.args:
        if isinstance(each, ast.Starred):
            for name in places:
                found[name] = (Passed(each.value, caller),)
            break
        if places:
            found[places.pop(0)] = (Passed(each, caller),)
        elif node.args.vararg is not None:
            rest = node.args.vararg.arg
            found[rest] = (*found.get(rest, ()), Passed(each, caller))
    for given in call.keywords:
        if given.arg in parameters(node):
            found[given.arg] = (Passed(given.value, caller),)
        elif node.args.kwarg is not None:
            rest = node.args.kwarg.arg
            found[rest] = (*found.get(rest, ()), Passed(given.value, caller))
    return found


def scope_of_call(call: ast.Call, behind: live.Callee, caller: Scope, around: Switch | None) -> Scope | None:
    """The body that a call of the user's own function ran; None where it has no source."""
    made = scope_of_function(behind.function, caller.depth + 1)
    if made is None:
        return None
    names = parameters(made.node)
    bound = {} if behind.bound is MISSING or not names else {names[0]: behind.bound}
    first = 0 if behind.bound is MISSING else 1
    bound |= dict(zip(names[first:], behind.given, strict=False)) | dict(behind.named)
    passed = match_arguments(call, made.node, behind, caller)
    return Scope(made.source, made.node, made.globals, {**made.locals, **bound}, None, passed, around, depth=made.depth)


def scope_of_function(function: FunctionType, depth: int = 0) -> Scope | None:
    """The body of a live function, with its closure, without arguments."""
    file = function.__code__.co_filename
    source = read_source(file) if is_users(file) else None
    node = function_of_code(source, function.__code__) if source is not None else None
    if source is None or node is None:
        return None
    return Scope(source, node, function.__globals__, live.closure_of(function), depth=depth)


def module_scope(scope: Scope, standing: list[Scope]) -> Scope:
    """The module around a scope: its frame where that stands, else the module as it is at the end."""
    for each in standing:
        if each.source is scope.source and isinstance(each.node, ast.Module):
            return each
    return Scope(scope.source, scope.source.tree, scope.globals, scope.globals, depth=scope.depth)


def grad_mode_at(node: ast.AST, scope: Scope) -> Switch | None:
    """The innermost switch of grad mode around a node: ``with`` blocks, the function's decorators, the caller's."""
    inner = node
    for outer in scope.source.above(node):
        if isinstance(outer, ast.With | ast.AsyncWith) and inner in outer.body:
            contexts = [each.context_expr for each in outer.items]
            found = [switch for each in contexts if (switch := _switch(each, scope) or _of_users(each, scope))]
            if found:
                return found[-1]
        if outer is scope.node:
            break
        inner = outer
    for decorator in getattr(scope.node, "decorator_list", ()):
        switch = _switch(decorator, scope)
        if switch is not None:
            return switch
    return scope.around


DEEPEST = 25  # calls within calls
_OFF = {"no_grad": True, "inference_mode": True, "enable_grad": False, "set_grad_enabled": True}


def _switch(node: ast.expr, scope: Scope) -> Switch | None:
    """``torch.no_grad()`` and its kin as a switch; None for all else, also for a name that is not torch's."""
    if isinstance(node, ast.Name) and node.id in bindings_of(scope.node):
        return _chosen(node.id, scope)
    function = node.func if isinstance(node, ast.Call) else node
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    held = value_of(function, scope)
    if any(held is getattr(live.torch(), each, MISSING) for each in _OFF):
        name = str(held.__name__)  # imported under another name
    if name not in _OFF:
        return None
    off = _OFF[name]
    given = next(iter((*node.args, *(k.value for k in node.keywords))), None) if isinstance(node, ast.Call) else None
    if given is None or name in ("no_grad", "enable_grad"):
        return Switch(name, off, node, scope.source)
    known = truth_of(given, scope)
    if name == "inference_mode":
        return Switch(name, known is not False, node, scope.source, known is not None)
    return Switch(name, not known, node, scope.source, known is not None)


def _of_users(node: ast.expr, scope: Scope) -> Switch | None:
    """A context manager of the user's own, which turns grad mode off around its ``yield``."""
    behind = live.callee(value_of(node.func, scope)) if isinstance(node, ast.Call) and scope.depth < DEEPEST else None
    inner = scope_of_function(behind.function, scope.depth + 1) if behind is not None else None
    for each in ast.walk(inner.node) if inner is not None else ():
        if isinstance(each, ast.Yield) and inner is not None:
            return grad_mode_at(each, inner)
    return None


def _chosen(name: str, scope: Scope) -> Switch | None:
    """``context = torch.no_grad() if frozen else nullcontext()``: a switch that was given a name before."""
    for binding in reversed(bindings_of(scope.node)[name]):
        values = [binding.value]
        if isinstance(binding.value, ast.IfExp):
            known = truth_of(binding.value.test, scope)
            both = [binding.value.body, binding.value.orelse]
            values = list(both) if known is None else [both[not known]]
        for value in values:
            switch = _switch(value, scope) if isinstance(value, ast.Call) else None
            if switch is not None and switch.off:
                return replace(switch, sure=switch.sure and len(values) == 1)
    return None


def truth_of(node: ast.expr, scope: Scope) -> bool | None:
    """Whether a simple condition held, from live values of Python's own plain types; None where that cannot be told."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth_of(node.operand, scope)
        return None if inner is None else not inner
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = value_of(node.left, scope), value_of(node.comparators[0], scope)
        if type(left) in (str, int, bool) and type(right) in (str, int, bool):
            equal = bool(left == right)
            return (
                equal if isinstance(node.ops[0], ast.Eq) else not equal if isinstance(node.ops[0], ast.NotEq) else None
            )
        return None
    held = value_of(node, scope)
    return bool(held) if type(held) in (bool, int, str, type(None)) and held is not MISSING else None
