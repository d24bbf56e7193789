"""Where a live value got its name: the statement that gave it, in the function that failed or in the user's classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from gradcli.foreign.script.reading.bindings import Binding, bindings_of, reaching
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.scopes import module_scope
from gradcli.foreign.script.reading.source import FunctionNode, Source, dotted, read_source, start
from gradcli.foreign.script.reading.written import Program


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A statement that gave a name its value, and the source that it stands in."""

    binding: Binding
    source: Source


def made_at(program: Program, node: ast.expr, scope: Scope) -> Made | None:
    """The nearest statement before a use that gave a name or an attribute its value, in this function or around it."""
    name = dotted(node)
    if not name:
        return None
    for where in _around(program, scope):
        at = node if where is scope else where.node
        end = where.stands_at if where is not scope else None
        found = [b for b in reaching(where.source, where.node, name, at, end) if b.value is not None]
        if found:
            return Made(found[0], where.source)
    if "." in name:
        return next(attribute_bindings(program, name.rpartition(".")[2]), None)
    return None


def _around(program: Program, scope: Scope) -> Iterator[Scope]:
    """The scope itself, then what is around it: the module."""
    yield scope
    module = module_scope(scope, program.scopes)
    if module.node is not scope.node:
        yield module


def attribute_bindings(program: Program, attribute: str) -> Iterator[Made]:
    """All statements of the user's that give an attribute of this name a value: ``self.hidden = ...``, last first."""
    for file in program.files:
        source = read_source(file)
        if source is None:
            continue
        found: list[Binding] = []
        for function in (source.tree, *(each for each in ast.walk(source.tree) if isinstance(each, FunctionNode))):
            for name, bindings in bindings_of(function).items():
                if "." in name and name.rpartition(".")[2] == attribute:
                    found += [each for each in bindings if each.value is not None]
        for each in sorted(found, key=lambda one: start(one.node), reverse=True):
            yield Made(each, source)
