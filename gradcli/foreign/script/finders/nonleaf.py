"""A computed tensor that was taken for a leaf: where it was computed, or where it was asked for what leaves have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradcli.catalogue.pasted import Place
from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import short
from gradcli.foreign.script.reading.edits import after, replaced
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.holding import Held, held_in
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.making import Made, attribute_bindings, made_at
from gradcli.foreign.script.reading.saved import node_of
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import Source, dotted, end, start
from gradcli.foreign.script.reading.written import Program, own_line


def find(failure: Failure) -> Finding | None:
    """By what was asked of the tensor."""
    program = Program(failure)
    at = program.spot()
    causes = [cause.name for cause in failure.recognised.causes]
    if at is None or not causes:
        return None
    for name, finder in _FINDERS.items():
        if name in causes:
            return finder(program, *at)
    node, source, _ = at
    return Finding(
        cause=causes[0],
        place=program.place(node, source),
        says=f"`{source.text(node)}` is the call that torch refused.",
        certain=len(causes) == 1,
        rivals=tuple(causes[1:]),
    )


def _is_computed(value: Any) -> bool:  # Any: the user's object
    """A tensor that has a node."""
    return node_of(value) is not None


def _maker_of(value: Any) -> str:  # Any: a tensor
    """The operation that gave a tensor, as torch names it."""
    node = node_of(value)
    return type(node).__name__ if node is not None else "a constant"


# -- .grad


def _grad(program: Program, node: ast.AST, source: Source, scope: Scope) -> Finding | None:
    """The ``.grad`` of a computed tensor in the statement that failed, or where the warning was shown."""
    for where, use in _grads(program, node, source, scope):
        value = value_of(use.value, where)
        if not _is_computed(value):
            continue
        name = where.source.text(use.value)
        made = made_at(program, use.value, where)
        line = f" at {short(program.failure, made.binding.node, where)}" if made is not None else ""
        return Finding(
            cause="grad_of_non_leaf",
            place=program.place(use, where.source),
            says=f"`{name}` of shape {live.shape_of(value)} is no leaf: it was computed{line} ({_maker_of(value)}), so "
            "that backward() does not fill its .grad, which stays None. Call retain_grad() on it before backward(), or "
            "make the leaf itself what you ask.",
            variable=name,
            edit=_retained(made) if made is not None else None,
        )
    return None


def _grads(program: Program, node: ast.AST, source: Source, scope: Scope) -> Iterator[tuple[Scope, ast.Attribute]]:
    """Reads of ``.grad``: in the statement that failed, in its function, then in the module."""
    seen: set[ast.AST] = set()
    for where, around in (
        (scope, source.statement_of(node)),
        *((each, each.node) for each in reversed(program.scopes)),
    ):
        for each in ast.walk(around):
            if isinstance(each, ast.Attribute) and each.attr == "grad" and each not in seen:
                seen.add(each)
                yield where, each


def _retained(made: Made) -> Edit | None:
    """The line that makes the tensor, and ``retain_grad()`` under it."""
    found = own_line(made.source, made.binding.node)
    name = made.binding.name
    if found is None or made.binding.node not in made.source.parents:
        return None
    indent, text = found
    line = start(made.binding.node)[0]
    new = f"{indent}{text}\n{indent}{name}.retain_grad()"
    return Edit(made.source.file, line, made.source.line(line), new, mechanical=True)


# -- optimizers


def _optimized(program: Program, node: ast.AST, source: Source, scope: Scope) -> Finding | None:
    """The computed tensor among what the optimizer was given."""
    for use, held in _given(node, source, scope):
        if not _is_computed(held.tensor):
            continue
        made = made_at(program, use, scope) if held.name == dotted(use) else None
        if made is None and held.attribute:
            made = next(attribute_bindings(program, held.attribute), None)
        alias = _alias(program, held) if made is None else None
        if alias is not None:
            use = ast.copy_location(ast.Name(alias, ast.Load()), use)
            held = Held(alias, held.tensor)
        if made is None:
            made = made_at(program, use, scope)
        where = made.binding.node if made is not None else node
        at = made.source if made is not None else source
        value = made.binding.value if made is not None and made.binding.path is None else None
        return Finding(
            cause="optimize_non_leaf",
            place=program.place(where, at),
            says=f"`{held.name}` of shape {live.shape_of(held.tensor)} is no leaf: it is computed "
            f"({_maker_of(held.tensor)}) at {short(program.failure, where, program.scope_for(where, at))}, and an "
            "optimizer updates leaves only. Compute first, and set requires_grad last.",
            variable=held.name,
            edit=after(at, value, ".detach().requires_grad_()", mechanical=True) if value is not None else None,
        )
    return None


def _alias(program: Program, held: Held) -> str | None:
    """A plain name of the same tensor."""
    for scope in reversed(program.scopes):
        for name, value in list(scope.locals.items()):
            if value is held.tensor and not name.startswith("_"):
                return name
    return None


def _given(node: ast.AST, source: Source, scope: Scope) -> Iterator[tuple[ast.expr, Held]]:
    """The tensors in what a call was given, each with the expression that holds it, names before containers."""
    statement = source.statement_of(node)
    for each in ast.walk(node if isinstance(node, ast.Call) else statement):
        if isinstance(each, ast.Name | ast.Attribute | ast.Subscript):
            value = value_of(each, scope)
            if value is MISSING or type(value).__name__ in ("module", "function", "type"):
                continue
            for held in held_in(source.text(each), value):
                yield each, held


# -- copies


def _copied(program: Program, node: ast.AST, source: Source, scope: Scope) -> Finding | None:
    """The attribute or entry with a graph in what was copied."""
    for use, held in _given(node, source, scope):
        if not _is_computed(held.tensor):
            continue
        made = next(attribute_bindings(program, held.attribute), None) if held.attribute else None
        if made is None and held.name != dotted(use):
            made = made_at(program, use, scope)
        where = made.binding.node if made is not None else node
        at = made.source if made is not None else source
        value = made.binding.value if made is not None and made.binding.path is None else None
        line = short(program.failure, where, program.scope_for(where, at))
        return Finding(
            cause="deepcopy_non_leaf",
            place=program.place(where, at),
            says=f"`{held.name}` of shape {live.shape_of(held.tensor)} was computed ({_maker_of(held.tensor)}) and "
            f"hangs on a graph, which deepcopy does not copy. It was kept at {line}; keep `.detach()` of it, which has "
            "the numbers without the graph.",
            variable=held.name,
            edit=_detached(made, at, value) if made is not None and value is not None else None,
        )
    return None


def _detached(made: Made, source: Source, value: ast.expr) -> Edit | None:
    """The value that is kept, detached; safe where nothing of the class reads the attribute."""
    name = made.binding.name
    reads = [
        each
        for each in ast.walk(source.tree)
        if isinstance(each, ast.Attribute) and dotted(each) == name and isinstance(each.ctx, ast.Load)
    ]
    return after(source, value, ".detach()", mechanical=not reads)


# -- flags


def _flag(program: Program, node: ast.AST, source: Source, scope: Scope) -> Finding:
    """requires_grad of a computed tensor set to False: the line that raised."""
    statement = source.statement_of(node)
    target: ast.expr | None = None
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Attribute):
        target = statement.targets[0].value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        target = node.func.value
    name = source.text(target) if target is not None else "the tensor"
    made = made_at(program, target, scope) if target is not None else None
    line = f" at {short(program.failure, made.binding.node, scope)}" if made is not None else ""
    edit = None
    if target is not None and dotted(target) and isinstance(statement, ast.Assign | ast.Expr):
        edit = replaced(source, start(statement), end(statement), f"{name} = {name}.detach()", mechanical=True)
    return Finding(
        cause="requires_grad_of_non_leaf",
        place=program.place(statement, source),
        says=f"`{name}` is no leaf: it was computed{line}, and whether it requires grad follows from what it was "
        "computed of. `.detach()` gives a tensor that does not.",
        variable=name,
        edit=edit,
    )


# -- hooks


def _hooked(program: Program, node: ast.AST, source: Source, scope: Scope) -> Finding:
    """A hook or retain_grad on a tensor without a gradient: where that tensor was made."""
    causes = [cause.name for cause in program.failure.recognised.causes]
    call = next((each for each in ast.walk(node) if isinstance(each, ast.Call)), None)
    target = call.func.value if call is not None and isinstance(call.func, ast.Attribute) else None
    name = source.text(target) if target is not None else "the tensor"
    made = made_at(program, target, scope) if target is not None else None
    place: Place = program.place(made.binding.node if made else node, made.source if made else source)
    value = value_of(target, scope)
    shape = f" of shape {live.shape_of(value)}" if live.is_tensor(value) else ""
    floating = live.is_tensor(value) and value.dtype.is_floating_point
    given = made.binding.value if made is not None and made.binding.path is None else None
    return Finding(
        cause=next((each for each in causes if each in ("retain_grad_of_constant", "hook_of_constant")), causes[0]),
        place=place,
        says=f"`{name}`{shape} does not require grad, so that no gradient ever comes to it, for a hook to see or for "
        f"retain_grad to keep. It was made at {short(program.failure, made.binding.node if made else node, scope)}.",
        variable=name,
        edit=after(made.source, given, ".requires_grad_()", mechanical=True)
        if made is not None and given is not None and floating
        else None,
    )


_FINDERS = {
    "grad_of_non_leaf": _grad,
    "optimize_non_leaf": _optimized,
    "deepcopy_non_leaf": _copied,
    "serialize_non_leaf": _copied,
    "requires_grad_of_non_leaf": _flag,
    "retain_grad_of_constant": _hooked,
    "hook_of_constant": _hooked,
}
