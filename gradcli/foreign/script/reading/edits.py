"""Proposed changes of the user's lines, made at a node's columns, so that the rest stays as it was typed."""

from __future__ import annotations

import ast

from gradcli.foreign.script.failure import Edit
from gradcli.foreign.script.reading.source import Position, Source, end, start

_WHOLE = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List)  # hold together beside any operator
_JOINING = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Attribute, ast.Subscript, ast.Await)


def replaced(source: Source, first: Position, last: Position, new: str, *, mechanical: bool) -> Edit | None:
    """The line with what stands between two places of it exchanged; None where it goes over several lines."""
    if first[0] != last[0] or not source.line(first[0]):
        return None
    line = source.line(first[0]).encode()
    text = (line[: first[1]] + new.encode() + line[last[1] :]).decode()
    return Edit(source.file, first[0], source.line(first[0]), text, mechanical)


def after(source: Source, node: ast.AST, new: str, *, mechanical: bool) -> Edit | None:
    """A line with a method called on one of its expressions: ``loss`` becomes ``loss.sum()``."""
    last = end(node)
    if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        return replaced(source, last, last, new, mechanical=mechanical)
    text = source.segment(node)
    if not isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp):
        return None
    return replaced(source, start(node), last, f"({text}){new}", mechanical=mechanical)


def without(source: Source, node: ast.Attribute | ast.Call, *, mechanical: bool) -> Edit | None:
    """A line without the last attribute or method of a chain: ``x.detach()`` and ``x.data`` become ``x``."""
    attribute = node.func if isinstance(node, ast.Call) else node
    if not isinstance(attribute, ast.Attribute):
        return None
    return replaced(source, _dot(source, attribute), end(node), "", mechanical=mechanical)


def _dot(source: Source, attribute: ast.Attribute) -> Position:
    """Where an attribute's dot stands, behind the parentheses of its owner; else where the owner ends."""
    line, last = end(attribute)
    before = source.line(line).encode()[: last - len(attribute.attr.encode())].rstrip()
    return (line, len(before) - 1) if before[:-1].strip() and before.endswith(b".") else end(attribute.value)


def with_keyword(source: Source, call: ast.Call, keyword: str, *, mechanical: bool) -> Edit | None:
    """A call with one more keyword, or with another value for the one that it has: ``create_graph=True``."""
    name = keyword.partition("=")[0]
    for each in call.keywords:
        if each.arg == name:
            return replaced(source, start(each), end(each), keyword, mechanical=mechanical)
    given = [*call.args, *call.keywords]
    if len(given) == 1 and isinstance(given[0], ast.GeneratorExp):
        return None  # it would need parentheses of its own
    last = end(call)
    close = (last[0], last[1] - 1)
    before = source.line(close[0]).encode()[: close[1]].decode()
    if not given or before.strip():
        space = " " if before.rstrip().endswith(",") and given else ""
        comma = "" if not given or space else ", "
        at = (close[0], len(before.rstrip().encode()))
        return replaced(source, at, close, f"{comma}{space}{keyword}", mechanical=mechanical)
    behind = end(given[-1])  # the parenthesis stands on a line of its own
    rest = source.line(behind[0]).encode()[behind[1] :].decode()
    closing = len(rest) - len(rest.lstrip(" )"))
    at = (behind[0], behind[1] + (closing if rest[:closing].strip() else 0))
    return replaced(source, at, at, f", {keyword}", mechanical=mechanical)


def renamed(source: Source, call: ast.Call, name: str, *, mechanical: bool) -> Edit | None:
    """A call of another function of the same owner: ``torch.tensor([a, b])`` becomes ``torch.stack([a, b])``."""
    if not isinstance(call.func, ast.Attribute):
        return None
    last = end(call.func)
    first = (last[0], last[1] - len(call.func.attr.encode()))
    return replaced(source, first, last, name, mechanical=mechanical)


def left_out(source: Source, node: ast.AST, new: str, *, mechanical: bool) -> Edit | None:
    """A line with an expression exchanged for another, which is held together by parentheses where it has to be."""
    around = source.parents.get(node)
    called = isinstance(around, ast.Call) and around.func is node
    if (called or isinstance(around, _JOINING)) and not isinstance(ast.parse(new, mode="eval").body, _WHOLE):
        new = f"({new})"
    return replaced(source, start(node), end(node), new, mechanical=mechanical)
