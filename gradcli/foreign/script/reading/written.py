"""Changes in place of the source, held against live objects: what was written to, and what to write instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradcli.catalogue.pasted import Place
from gradcli.foreign.script.failure import Edit, Failure
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import place_of
from gradcli.foreign.script.reading.edits import replaced
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.scopes import frame_scopes, value_of
from gradcli.foreign.script.reading.source import Source, dotted, end, is_users, node_of_frame, start
from gradcli.foreign.script.reading.writes import How, Write, flag_of, writes_of

MOST_FILES = 30


class Program:
    """The user's source around a failure: its files, and the scopes that stand."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        self.scopes = frame_scopes(failure)
        self.files = tuple(dict.fromkeys(_files(failure)))[:MOST_FILES]

    def writes(self) -> Iterator[Write]:
        """All changes in place that the user's files hold."""
        for file in self.files:
            yield from writes_of(file)

    def scope_for(self, node: ast.AST, source: Source) -> Scope:
        """The frame that stands in the function around a node; else that function without live names of its own."""
        function = source.scope_of(node)
        for scope in reversed(self.scopes):
            if scope.source is source and scope.node is function:
                return scope
        names = next((f.globals for f in self.failure.frames if source.file in (f.code.co_filename, f.file)), {})
        module = isinstance(function, ast.Module)
        return Scope(source, function, names, names if module else {})

    def value(self, node: ast.AST | None, source: Source) -> Any:  # Any: the user's object
        """What an expression was worth, where that can be told."""
        if node is None:
            return MISSING
        scope = self.scope_for(node, source)
        return value_of(node, scope)

    def place(self, node: ast.AST, source: Source) -> Place:
        """Where a node stands."""
        return place_of(self.failure, node, self.scope_for(node, source))

    def is_standing(self, node: ast.AST, source: Source) -> bool:
        """Whether the function around a node is one of the frames: its names are live."""
        function = source.scope_of(node)
        return any(scope.source is source and scope.node is function for scope in self.scopes)

    def spot(self) -> tuple[ast.AST, Source, Scope] | None:
        """Where the innermost frame of the user's stands."""
        if not self.failure.frames or not self.scopes:
            return None
        frame, scope = self.failure.frames[-1], self.scopes[-1]
        if scope.source.file not in (frame.code.co_filename, frame.file):
            return None
        node = node_of_frame(scope.source, frame)
        return None if node is None else (node, scope.source, scope)

    def raised_write(self) -> Write | None:
        """The change in place at which torch raised."""
        at = self.spot()
        if at is None:
            return None
        node, source, _ = at
        around = [w for w in writes_of(source.file) if start(w.node) <= start(node) and end(node) <= end(w.node)]
        within = [w for w in writes_of(source.file) if start(node) <= start(w.node) and end(w.node) <= end(node)]
        line = self.failure.frames[-1].line
        same = [w for w in writes_of(source.file) if w.node.lineno <= line <= (w.node.end_lineno or line)]
        exact = [w for w in within if (start(w.node), end(w.node)) == (start(node), end(node))]
        return next(iter((*exact, *around, *within, *same)), None)


def _files(failure: Failure) -> Iterator[str]:
    """Files of the frames, then those of the functions and classes that their modules name."""
    for frame in reversed(failure.frames):
        yield frame.code.co_filename
    for frame in reversed(failure.frames):
        for value in list(frame.globals.values())[:2000]:
            yield from _files_of(value)


def _files_of(value: Any) -> Iterator[str]:  # Any: the user's object
    kind = value if issubclass(type(value), type) else type(value)
    held = [value] if type(value).__name__ == "function" else list(vars(kind).values())[:50]
    for each in held:
        code = getattr(each, "__code__", None) if type(each).__name__ == "function" else None
        if code is not None and is_users(code.co_filename):
            yield code.co_filename
            return


def value_is_tracked(program: Program, write: Write) -> bool:
    """Whether what is written has a graph of its own."""
    node = write.node
    given: list[ast.expr] = []
    if isinstance(node, ast.AugAssign | ast.Assign):
        given = [node.value]
    elif isinstance(node, ast.Call):
        given = [*node.args, *(each.value for each in node.keywords)]
    for value in given:
        for each in ast.walk(value):
            if isinstance(each, ast.Name | ast.Attribute) and _is_tracked(program, each, write):
                return True
    return False


def _is_tracked(program: Program, node: ast.expr, write: Write) -> bool:
    parent = write.source.parents.get(node)
    if isinstance(parent, ast.Attribute):
        return False  # the whole chain is looked at
    if isinstance(parent, ast.Call) and parent.func is node:
        return False
    held = program.value(node, write.source)
    if held is MISSING or not live.is_tensor(held) or dotted(node) == dotted(write.target):
        return False
    return bool(live.requires_grad(held))


# -- what to write instead


def own_line(source: Source, node: ast.AST) -> tuple[str, str] | None:
    """The indent and the text of the outermost statement that fills a node's line; None where it fills several."""
    line = source.line(getattr(node, "lineno", 0))
    for each in (node, *source.above(node)):
        if isinstance(each, ast.stmt) and each.lineno == each.end_lineno == getattr(node, "lineno", 0):
            text = line.encode()[each.col_offset : each.end_col_offset].decode()
            indent = line[: len(line) - len(line.lstrip())]
            rest = line[len(indent) + len(text) :].strip()
            if line.startswith(indent + text) and (not rest or rest.startswith("#")):
                return indent, line.strip()
    return None


def under_no_grad(write: Write, torch_name: str = "torch", *, mechanical: bool) -> Edit | None:
    """The line inside of ``with torch.no_grad():``."""
    found = own_line(write.source, write.node)
    if found is None:
        return None
    indent, text = found
    new = f"{indent}with {torch_name}.no_grad():\n{indent}    {text}"
    return Edit(write.source.file, write.line, write.source.line(write.line), new, mechanical)


def out_of_place(write: Write) -> Edit | None:
    """The same calculation with a new tensor for its result."""
    node, source = write.node, write.source
    if write.how is How.OPERATOR and isinstance(node, ast.AugAssign) and node.lineno == node.end_lineno:
        target = source.text(node.target)
        operator = ast.unparse(ast.BinOp(ast.Name("a"), node.op, ast.Name("b"))).split()[1]
        value = source.text(node.value, 1000)
        simple = isinstance(node.value, ast.Name | ast.Attribute | ast.Call | ast.Constant | ast.Subscript)
        new = f"{target} = {target} {operator} {value if simple else f'({value})'}"
        return replaced(source, start(node), end(node), new, mechanical=True)
    if write.how is How.INDEX:
        return _cloned_first(write)
    if write.how is How.METHOD and isinstance(node, ast.Call):
        return _without_underscore(write, node)
    if write.how is How.FLAG and isinstance(node, ast.Call):
        return _without_flag(write, node)
    return None


def _cloned_first(write: Write) -> Edit | None:
    """``x[0] = 1`` on a copy of x; what is read of x for it is read before."""
    name, node = dotted(write.target), write.node
    found = own_line(write.source, node)
    if not name or found is None:
        return None
    indent, text = found
    new = f"{indent}{name} = {name}.clone()\n{indent}{text}"
    if isinstance(node, ast.Assign) and any(dotted(each) == name for each in ast.walk(node.value)):
        value, target = write.source.text(node.value, 1000), write.source.text(node.targets[0], 1000)
        new = f"{indent}value = {value}\n{indent}{name} = {name}.clone()\n{indent}{target} = value"
    return Edit(write.source.file, write.line, write.source.line(write.line), new, mechanical=True)


def _without_underscore(write: Write, call: ast.Call) -> Edit | None:
    """``x.mul_(2)`` as ``x = x.mul(2)``; within an expression, the method without its underscore."""
    source, function = write.source, call.func
    if not isinstance(function, ast.Attribute) or not hasattr(live.torch().Tensor, function.attr.rstrip("_")):
        return None
    last = end(function)
    new = function.attr.rstrip("_")
    first = (last[0], last[1] - len(function.attr.encode()))
    statement = source.statement_of(call)
    alone = isinstance(statement, ast.Expr) and statement.value is call
    name = dotted(write.target)
    if not alone:
        kept = isinstance(statement, ast.Assign) and any(dotted(each) == name for each in statement.targets)
        return replaced(source, first, last, new, mechanical=bool(name) and kept)
    if not name or dotted(function.value) != name or call.lineno != call.end_lineno:
        return _cloned_first(write)
    text = source.line(call.lineno).encode()
    rest = text[last[1] : end(call)[1]].decode()
    return replaced(source, start(call), end(call), f"{name} = {name}.{new}{rest}", mechanical=True)


def _without_flag(write: Write, call: ast.Call) -> Edit | None:
    """``inplace=True`` as ``inplace=False``; ``relu(x, inplace=True)`` alone on its line as ``x = relu(x)``."""
    source = write.source
    function = call.func
    flag = flag_of(call, function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""))
    if flag is None:
        return None
    statement = source.statement_of(call)
    alone = isinstance(statement, ast.Expr) and statement.value is call
    name = dotted(write.target)
    if alone and name and call.lineno == call.end_lineno:
        text = source.line(call.lineno).encode()
        before, after = text[start(call)[1] : start(flag)[1]], text[end(flag)[1] : end(call)[1]]
        new = f"{name} = {before.decode()}False{after.decode()}"
        return replaced(source, start(call), end(call), new, mechanical=True)
    kept = write.target is None or (
        isinstance(statement, ast.Assign) and any(dotted(each) == name for each in statement.targets)
    )
    return replaced(source, start(flag), end(flag), "False", mechanical=kept)
