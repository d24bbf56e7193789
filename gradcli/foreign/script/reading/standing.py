"""Calls anywhere in the user's files, and where what they take was made: what many finders ask for."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import place_of
from gradcli.foreign.script.reading.bindings import Binding
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.making import made_at
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import Source, callee_name, dotted, read_source, start
from gradcli.foreign.script.reading.written import Program
from gradcli.foreign.script.users import Whose, whose

MOST_FILES = 200  # of the user's that are searched


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A node of the user's, and the file that it stands in."""

    node: ast.AST
    scope: Scope

    def finding(self, failure: Failure, cause: str, says: str, **more: Any) -> Finding:  # Any: fields of Finding
        """What is said of a mistake that is made here."""
        return Finding(cause=cause, place=place_of(failure, self.node, self.scope), says=says, **more)


def users_sources(failure: Failure) -> Iterator[Source]:
    """The user's files that are loaded, those of the frames first, the innermost first."""
    frames = [frame.code.co_filename for frame in reversed(failure.frames)]
    modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())[-5_000:]]
    files = [file for file in modules if isinstance(file, str) and whose(file) is Whose.USER]
    for file in list(dict.fromkeys([*frames, *files]))[:MOST_FILES]:
        source = read_source(file)
        if source is not None:
            yield source


def calls_named(failure: Failure, names: Collection[str]) -> list[Found]:
    """All calls of functions or methods with one of these names in the user's files."""
    return [
        Found(node, Scope(source, source.tree, {}))
        for source in users_sources(failure)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and callee_name(node) in names
    ]


def nearest(failure: Failure, found: list[Found]) -> Found | None:
    """Of several calls the last before the line that failed in the innermost file, else the first."""
    frame = failure.frames[-1] if failure.frames else None
    file = frame.code.co_filename if frame else ""
    before = [one for one in found if one.scope.source.file == file and frame and start(one.node)[0] <= frame.line]
    return max(before, key=lambda one: start(one.node), default=found[0] if found else None)


def found_at(file: str, line: int) -> Found | None:
    """The innermost statement of a file that holds a line."""
    source = read_source(file)
    every = [] if source is None else [node for node in ast.walk(source.tree) if isinstance(node, ast.stmt)]
    held = [node for node in every if node.lineno <= line <= (node.end_lineno or node.lineno)]
    if source is None or not held:
        return None
    return Found(max(held, key=lambda node: (node.lineno, -(node.end_lineno or 0))), Scope(source, source.tree, {}))


def maker_of(failure: Failure, node: ast.expr | None, scope: Scope) -> tuple[Binding, Found] | None:
    """The statement that gave a name or an attribute its value last."""
    program = Program(failure)
    made = None if node is None else made_at(program, node, scope)
    if made is None:
        return None
    return made.binding, Found(made.binding.node, program.scope_for(made.binding.node, made.source))


def tensors_named(node: ast.AST, scope: Scope) -> list[tuple[str, Any, ast.expr]]:  # Any: torch tensors
    """The live tensors that an expression names, each with the user's name for it."""
    named = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute) and dotted(each)]
    return [(dotted(each), held, each) for each in named if live.is_tensor(held := value_of(each, scope))]
