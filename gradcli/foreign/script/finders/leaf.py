"""A leaf that requires grad was to be changed in place: the line that raised, and whether no_grad says the same."""

from __future__ import annotations

import ast

from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.source import dotted
from gradcli.foreign.script.reading.writes import Write
from gradcli.foreign.script.reading.written import Program, out_of_place, under_no_grad, value_is_tracked


def find(failure: Failure) -> Finding | None:
    """The write and its leaf."""
    program = Program(failure)
    at = program.spot()
    causes = [cause.name for cause in failure.recognised.causes]
    if at is None or not causes:
        return None
    write = program.raised_write()
    node, source, _ = at
    if write is None or write.target is None:
        text = source.text(node)
        return Finding(
            cause=causes[0],
            place=program.place(node, source),
            says=f"`{text}` changes a leaf tensor that requires grad in place.",
        )
    name = dotted(write.target) or source.text(write.target)
    value = program.value(write.target, source)
    shape = f" of shape {live.shape_of(value)}" if live.is_tensor(value) else ""
    part = "a part of the leaf" if causes[0] == "inplace_leaf_view" else "the leaf"
    tracked = value_is_tracked(program, write)
    says = f"`{source.text(write.node)}` changes {part} `{name}`{shape} in place, and `{name}` requires grad."
    if tracked:
        says += (
            " What is written there requires grad as well: under no_grad its gradient would be lost, so write into a "
        )
        says += f"copy, `{name}.clone()`, that is no leaf."
    return Finding(
        cause=causes[0],
        place=program.place(write.node, source),
        says=says,
        variable=name,
        edit=None if tracked else _edit(program, write),
    )


def _edit(program: Program, write: Write) -> Edit | None:
    """The line under no_grad, with torch under the name that the file gives it; a result that is used, out of place."""
    statement = write.source.statement_of(write.node)
    alone = isinstance(statement, ast.Expr) and statement.value is write.node
    if isinstance(write.node, ast.Call) and not alone:
        return out_of_place(write)
    torch = live.torch()
    names = program.scope_for(write.node, write.source).globals
    name = next((key for key, value in names.items() if value is torch), None)
    return None if name is None else under_no_grad(write, name, mechanical=True)
