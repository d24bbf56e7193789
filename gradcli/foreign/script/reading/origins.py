"""Where a value that is no tensor came from: the expressions at the far ends of names, branches and calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.calls import returns_of
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.reader import Reader
from gradcli.foreign.script.reading.scopes import truth_of, value_of
from gradcli.foreign.script.reading.source import dotted

MOST = 200  # expressions that are looked at


class Origins:
    """One question's walk: the constants, containers and calls that a value may be, the nearest first.

    statements: those that gave the value its name, for each expression that was reached
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.seen: set[tuple[ast.AST, int]] = set()

    def of(self, node: ast.AST | None, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        """The expressions, each with where it stands; a function that returns nothing stands for itself."""
        key = (node, id(scope)) if node is not None else None
        if node is None or key is None or key in self.seen or len(self.seen) > MOST:
            return
        self.seen.add(key)
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node):
            yield from self._named(node, scope)
        elif isinstance(node, ast.IfExp):
            known = truth_of(node.test, scope)
            for branch, when in ((node.body, True), (node.orelse, False)):
                if known in (None, when):
                    yield from self.of(branch, scope)
        elif isinstance(node, ast.NamedExpr):
            yield from self.of(node.value, scope)
        elif isinstance(node, ast.Call):
            yield from self._called(node, scope)
        else:
            yield node, scope

    def _named(self, node: ast.Name | ast.Attribute, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        found = list(self.reader.definitions(node, dotted(node), scope))
        passed = list(self.reader.arguments(dotted(node), node, scope, found))
        for binding, where in found:
            if binding.path is not None or binding.value is None:
                yield binding.node, where
            elif binding.kind.name != "INTO":
                yield from self.of(binding.value, where)
        for each in passed:
            yield from self.of(each.node, each.scope)
        if not found and not passed:
            yield node, scope

    def _called(self, node: ast.Call, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        behind = live.callee(value_of(node.func, scope))
        inner = self.reader.inside(node, behind, scope) if behind is not None else None
        if inner is None:
            yield node, scope
        elif isinstance(inner.node, ast.Lambda):
            yield from self.of(inner.node.body, inner)
        else:
            given = returns_of(inner)
            for each in given:
                yield from self.of(each, inner)
            if not given:
                yield inner.node, inner
