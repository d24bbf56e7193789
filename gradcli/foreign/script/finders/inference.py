"""A tensor of inference mode where autograd needs a normal one: where it was made, or where it was changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.finders.parts.traced import node_of_spot
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import short
from gradcli.foreign.script.reading.edits import replaced
from gradcli.foreign.script.reading.flow import Scope, Switch
from gradcli.foreign.script.reading.holding import held_in
from gradcli.foreign.script.reading.making import made_at
from gradcli.foreign.script.reading.scopes import grad_mode_at, scope_of_function, value_of
from gradcli.foreign.script.reading.source import Source, dotted, end, read_source, start
from gradcli.foreign.script.reading.written import Program, out_of_place


def find(failure: Failure) -> Finding | None:
    """The statement that made the tensor in inference mode; for a change in place, the change."""
    program = Program(failure)
    at = program.spot()
    causes = [cause.name for cause in failure.recognised.causes]
    if at is None or not causes:
        return None
    if causes[0] == "inference_tensor_saved":
        return _saved(program, at[0], at[2])
    return _changed(program, causes[0], *at)


def is_inference(value: Any) -> bool:  # Any: the user's object
    """Whether a tensor was made in inference mode."""
    return live.is_tensor(value) and bool(live.torch().Tensor.is_inference(value))


def _changed(program: Program, cause: str, node: ast.AST, source: Source, scope: Scope) -> Finding:
    write = program.raised_write()
    target = write.target if write is not None else _first_inference(node, scope)
    name = dotted(target) or None
    made = made_at(program, target, scope) if target is not None else None
    where = f", which was made in inference mode at {short(program.failure, made.binding.node, scope)}," if made else ""
    doing = {
        "inference_tensor_requires_grad": "sets requires_grad of",
        "inference_tensor_version": "asks for the version of",
    }.get(cause, "changes in place")
    return Finding(
        cause=cause,
        place=program.place(write.node if write is not None else node, source),
        says=f"`{source.text(write.node if write is not None else node)}` {doing} "
        f"`{name or 'a tensor'}`{where} outside of inference mode.",
        variable=name,
        edit=out_of_place(write) if write is not None else None,
    )


def _first_inference(node: ast.AST, scope: Scope) -> ast.expr | None:
    return next((each for each, _ in _used(node, scope)), None)


def _used(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.expr, Any]]:
    """The names and attributes of an expression that are tensors of inference mode, or hold some."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name | ast.Attribute | ast.Subscript):
            held = value_of(each, scope)
            if is_inference(held):
                yield each, held


def _saved(program: Program, node: ast.AST, scope: Scope) -> Finding | None:
    for frame_scope in (scope, *reversed(program.scopes[:-1])):
        at = node if frame_scope is scope else frame_scope.source.statement_of(_stands(frame_scope))
        found = next(_used(at, frame_scope), None) or _in_statement(at, frame_scope)
        if found is not None:
            return _of_tensor(program, found[0], found[1], frame_scope)
    found = next(_in_objects(node, scope), None)
    return None if found is None else _of_tensor(program, *found, scope)


def _stands(scope: Scope) -> ast.AST:
    nodes = [each for each in ast.walk(scope.node) if start(each) == scope.stands_at]
    return nodes[0] if nodes else scope.node


def _in_statement(node: ast.AST, scope: Scope) -> tuple[ast.expr, Any] | None:  # Any: a tensor
    statement = scope.source.statement_of(node) if not isinstance(node, ast.mod) else node
    return next(_used(statement, scope), None)


def _in_objects(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.expr, Any]]:
    """Modules and containers in the statement that hold a tensor of inference mode."""
    for each in ast.walk(scope.source.statement_of(node)):
        if isinstance(each, ast.Name | ast.Attribute):
            held = value_of(each, scope)
            if any(is_inference(one.tensor) for one in held_in("", held)):
                yield each, next(one.tensor for one in held_in("", held) if is_inference(one.tensor))


def _of_tensor(program: Program, use: ast.expr, tensor: Any, scope: Scope) -> Finding:  # Any: a tensor
    name = dotted(use) or scope.source.text(use)
    made = made_at(program, use, scope)
    where: ast.AST = made.binding.node if made is not None else use
    source = made.source if made is not None else scope.source
    switch = None
    if made is not None and made.binding.value is not None:
        inner = program.scope_for(where, source)
        switch = grad_mode_at(where, inner) or _inside_call(made.binding.value, inner)
    edit = None
    if switch is not None and switch.mode == "inference_mode":
        if switch.source.scope_of(switch.node) is not source.scope_of(where) or _is_decorator(switch):
            where, source = switch.node, switch.source
        edit = _as_no_grad(switch)
    seen = program.failure.trace.maker(tensor) if program.failure.trace is not None else None
    if switch is None and seen is not None and seen.inference_mode:
        found = read_source(seen.spot.file)
        spot = node_of_spot(found, seen.spot) if found is not None else None
        if found is not None and spot is not None:
            where, source = spot, found
            switch = grad_mode_at(spot, program.scope_for(spot, found))
            edit = _as_no_grad(switch) if switch is not None else None
    line = short(program.failure, where, program.scope_for(where, source))
    used = short(program.failure, use, scope)
    return Finding(
        cause="inference_tensor_saved",
        place=program.place(where, source),
        says=f"`{name}` of shape {live.shape_of(tensor)} is an inference tensor: it was made in inference mode at "
        f"{line}, and at {used} it goes into a calculation that needs it for the backward pass. torch.no_grad() makes "
        "normal tensors; `.clone()` outside of inference mode makes a normal copy.",
        variable=name,
        edit=edit,
    )


def _is_decorator(switch: Switch) -> bool:
    return switch.node in getattr(switch.source.parents.get(switch.node), "decorator_list", ())


def _inside_call(value: ast.expr, scope: Scope) -> Switch | None:
    """The inference mode inside of the user's function that a value came from: its decorator, or a block around what
    it returns."""
    if not isinstance(value, ast.Call):
        return None
    behind = live.callee(value_of(value.func, scope))
    inner = scope_of_function(behind.function) if behind is not None else None
    if inner is None:
        return None
    body = getattr(inner.node, "body", [])
    for node in ast.walk(inner.node):
        if isinstance(node, ast.With):
            switch = grad_mode_at(node.body[0], inner)
            if switch is not None and switch.mode == "inference_mode":
                return switch
    return grad_mode_at(body[0], inner) if isinstance(body, list) and body else None


def _as_no_grad(switch: Switch) -> Edit | None:
    """``torch.inference_mode()`` as ``torch.no_grad()``."""
    function = switch.node.func if isinstance(switch.node, ast.Call) else switch.node
    if not isinstance(function, ast.Attribute):
        return None
    last = end(function)
    first = (last[0], last[1] - len(function.attr))
    return replaced(switch.source, first, last, "no_grad", mechanical=True)
