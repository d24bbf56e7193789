"""Loops of the user's around a call: what is computed in them, what was computed before, what is carried over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from gradcli.foreign.script.reading.bindings import Binding, Kind, bindings_of
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.source import SCOPES, Position, callee_name, dotted, end, start

LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SUMS = frozenset(("sum", "stack", "mean", "cat", "tensor", "fsum"))


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """A name whose value of one iteration is used in the next: read before the loop's body gives it another."""

    name: str
    use: ast.AST
    binding: Binding

    @property
    def accumulates(self) -> bool:
        """The old value is a part of the new: ``total += x``, ``total = total + x``, ``losses.append(x)``."""
        binding = self.binding
        if binding.kind is Kind.AUGMENT:
            return isinstance(getattr(binding.node, "op", None), ast.Add)
        if binding.kind is Kind.INTO:
            return True
        return binding.value is not None and sums_up(binding.value, self.name)


def sums_up(node: ast.expr, name: str) -> bool:
    """Whether an expression is a sum, or a mean, that a name goes into, with nothing else done to the name."""
    if dotted(node) == name:
        return True
    if isinstance(node, ast.BinOp):
        operands = [node.left, node.right] if isinstance(node.op, ast.Add) else [node.left]
        return isinstance(node.op, ast.Add | ast.Div) and any(sums_up(each, name) for each in operands)
    if isinstance(node, ast.Call):
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return callee_name(node) in _SUMS and any(sums_up(each, name) for each in (*owner, *node.args))
    return False


def loops_around(scope: Scope, node: ast.AST) -> list[ast.AST]:
    """The loops around a node in its function, the innermost first; a loop's head is not in it."""
    found: list[ast.AST] = []
    inner = node
    for outer in scope.source.above(node):
        if isinstance(outer, LOOPS) and inner in outer.body:
            found.append(outer)
        if isinstance(outer, SCOPES):
            break
        inner = outer
    return found


def within(node: ast.AST, outer: ast.AST) -> bool:
    """Whether a node stands in another."""
    return start(outer) <= start(node) and end(node) <= end(outer)


def carried_over(scope: Scope, loop: ast.AST) -> Iterator[Carried]:
    """The names that a loop carries from one iteration into the next, in the order of their uses."""
    first: dict[str, tuple[Position, ast.AST]] = {}
    for node in _nodes(loop):
        name = dotted(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        if name and isinstance(getattr(node, "ctx", None), ast.Load):
            where = (start(node), node)
            first[name] = min(first.get(name, where), where, key=lambda each: each[0])
    for name, bindings in bindings_of(scope.node).items():
        inside = [each for each in bindings if within(each.node, loop) and each.kind is not Kind.EACH]
        before = [each for each in inside if each.whole and each.after <= first.get(name, ((0, 0),))[0]]
        if not inside or any(_always(scope, each.node, loop) for each in before):
            continue
        use = first[name][1] if name in first else inside[0].node
        changing = [each for each in inside if each.whole or each.kind in (Kind.AUGMENT, Kind.INTO)]
        reads = name in first or any(each.kind is Kind.AUGMENT for each in inside)
        if changing and reads:
            yield Carried(name, use, changing[-1])


def _nodes(loop: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a loop's body; of functions that are defined there, none."""
    waiting: list[ast.AST] = [*getattr(loop, "body", ()), *([loop.test] if isinstance(loop, ast.While) else [])]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, SCOPES):
            waiting += ast.iter_child_nodes(node)


def _always(scope: Scope, node: ast.AST, loop: ast.AST) -> bool:
    """Whether each iteration comes to a node: no branch and no inner loop stands between."""
    for outer in scope.source.above(node):
        if outer is loop:
            return True
        if isinstance(outer, (ast.If, ast.Try, ast.Match, *LOOPS, *SCOPES)):
            return False
    return False
