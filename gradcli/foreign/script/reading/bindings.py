"""Where a name gets its value: the statements of a function that reach a use, by Python's order of lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from gradcli.foreign.script.reading.source import SCOPES, Position, ScopeNode, Source, dotted, end, start

MOST = 40  # statements that may give a name its value, the nearest first
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_INTO = frozenset({"append", "extend", "insert", "add", "update", "setdefault", "appendleft"})  # containers


class Kind(Enum):
    """How a statement gives a name its value."""

    ASSIGN = "is given"
    AUGMENT = "is changed by an operator"
    EACH = "goes through"
    WITH = "is opened as"
    INTO = "has something put into it"
    OTHER = "is defined"


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """A statement that gives a name its value.

    value: the expression; None where there is none, as with an import
    path:  which element of the value, for ``a, b = value``; None for all of it
    """

    name: str
    node: ast.AST
    value: ast.expr | None
    kind: Kind
    path: int | None = None

    @property
    def after(self) -> Position:
        """From where on the name has this value."""
        if self.kind is Kind.EACH and self.value is not None:
            return end(self.value)
        if self.kind is Kind.WITH and self.value is not None:
            return end(self.value)
        return start(self.node) if isinstance(self.node, SCOPES) else end(self.node)

    @property
    def whole(self) -> bool:
        """Whether nothing of the name's former value is left."""
        return self.kind not in (Kind.AUGMENT, Kind.INTO)


@lru_cache(maxsize=512)
def bindings_of(scope: ScopeNode) -> dict[str, tuple[Binding, ...]]:
    """All statements of a function or module that give names values, by name, in the order of lines.

    Attributes count as names of their own: ``self.weight``.
    """
    found: dict[str, list[Binding]] = {}
    for node in _inside(scope):
        for each in _bindings_at(node):
            found.setdefault(each.name, []).append(each)
    return {name: tuple(sorted(each, key=lambda one: one.after)) for name, each in found.items()}


def _inside(scope: ScopeNode) -> Iterator[ast.AST]:
    """The nodes of a function's body, not those of functions and classes defined in it, nor of comprehensions."""
    waiting: list[ast.AST] = [scope.body] if isinstance(scope, ast.Lambda) else list(scope.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, SCOPES):
            waiting += ast.iter_child_nodes(node)
        elif isinstance(node, ast.ClassDef):
            continue


def _bindings_at(node: ast.AST) -> Iterator[Binding]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, node, node.value, Kind.ASSIGN)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield from _targets(node.target, node, node.value, Kind.ASSIGN)
    elif isinstance(node, ast.AugAssign):
        yield from _targets(node.target, node, node.value, Kind.AUGMENT)
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield from _targets(node.target, node, node.iter, Kind.EACH)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _targets(node.optional_vars, node.context_expr, node.context_expr, Kind.WITH)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield Binding(node.name, node, None, Kind.OTHER)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield Binding((alias.asname or alias.name).split(".")[0], node, None, Kind.OTHER)
    elif isinstance(node, ast.Call):
        yield from _put_into(node)


def _targets(target: ast.AST, node: ast.AST, value: ast.expr, kind: Kind, path: int | None = None) -> Iterator[Binding]:
    if isinstance(target, ast.Tuple | ast.List):
        for place, each in enumerate(target.elts):
            inner = value
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts) and kind is Kind.ASSIGN:
                yield from _targets(each, node, value.elts[place], kind)
            else:
                yield from _targets(each, node, inner, kind, place)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, node, value, kind)
    elif isinstance(target, ast.Subscript):
        if name := dotted(target.value):
            yield Binding(name, node, value, Kind.INTO, path)
    elif name := dotted(target):
        yield Binding(name, node, value, kind, path)


def _put_into(call: ast.Call) -> Iterator[Binding]:
    """``losses.append(x)``, ``out.add_(x)``, ``buffer.copy_(x)``: what is put into a container or a tensor."""
    if not isinstance(call.func, ast.Attribute) or not call.args:
        return
    owner = call.func.value
    while isinstance(owner, ast.Subscript):  # ``losses["l1"].append(x)``
        owner = owner.value
    method, name = call.func.attr, dotted(owner)
    in_place = method.endswith("_") and not method.endswith("__") and method != "requires_grad_"
    if name and (method in _INTO or in_place):
        yield Binding(name, call, call.args[-1], Kind.INTO)


def in_comprehension(source: Source, name: str, use: ast.AST) -> Binding | None:
    """The generator of a comprehension around a use that gives the name its value."""
    for node in source.above(use):
        if isinstance(node, SCOPES):
            return None
        for generator in node.generators if isinstance(node, _COMPREHENSIONS) else ():
            for each in _targets(generator.target, generator.iter, generator.iter, Kind.EACH):
                if each.name == name and use not in ast.walk(generator.iter):
                    return each
    return None


def reaching(source: Source, scope: ScopeNode, name: str, use: ast.AST, at: Position | None = None) -> list[Binding]:
    """The statements whose value a name may have at a use, the nearest first.

    at: where the use stands; the end of the function where None and the use is the function itself
    """
    every = bindings_of(scope).get(name, ())
    where = at or start(use)
    before = [each for each in every if each.after <= where and not _other_branch(source, each.node, use)]
    found: list[Binding] = []
    for each in reversed(before):
        found.append(each)
        if each.whole and _always_before(source, each.node, use, scope):
            break
    loop = _outermost_loop(source, use, scope)
    if loop is not None and not (found and found[-1].whole and _within(found[-1].node, loop)):
        found += [each for each in every if each.after > where and _within(each.node, loop)]
    return found[:MOST]


def _within(node: ast.AST, outer: ast.AST) -> bool:
    return start(outer) <= start(node) and end(node) <= end(outer)


def _outermost_loop(source: Source, node: ast.AST, scope: ScopeNode) -> ast.AST | None:
    found = None
    for each in source.above(node):
        if each is scope:
            break
        if isinstance(each, ast.For | ast.AsyncFor | ast.While):
            found = each
    return found


def _blocks(source: Source, node: ast.AST) -> list[tuple[ast.AST, str]]:
    """The statements around a node, from the inside out, each with the field that holds the node."""
    found, inner = [], node
    for outer in source.above(node):
        for name in ("body", "orelse", "handlers", "finalbody"):
            held = getattr(outer, name, ())
            if isinstance(held, list) and inner in held:
                found.append((outer, name))
        inner = outer
    return found


def _always_before(source: Source, node: ast.AST, use: ast.AST, scope: ScopeNode) -> bool:
    """Whether whoever comes to the use has been at the node: its block is around the use too."""
    around = _blocks(source, use) if use is not scope else [(scope, "body")]
    for block in _blocks(source, node):
        if block in around or block[0] is scope:
            return True
        if isinstance(block[0], ast.With | ast.AsyncWith) or (isinstance(block[0], ast.Try) and block[1] == "body"):
            continue
        return False
    return True


def _other_branch(source: Source, node: ast.AST, use: ast.AST) -> bool:
    """Whether a node and a use stand in the two branches of one ``if``."""
    mine = {id(outer): name for outer, name in _blocks(source, node) if isinstance(outer, ast.If)}
    return any(mine.get(id(outer), name) != name for outer, name in _blocks(source, use))
