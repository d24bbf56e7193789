"""The user's source as it was run: files as trees with parents, the node at which a frame stands, functions of code.

Columns are what Python keeps: offsets in UTF-8 bytes. Nothing here runs a line of the user's.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType

from gradcli.foreign.script.failure import Frame
from gradcli.foreign.script.users import Whose, whose

LARGEST = 500_000  # characters: a file above is generated, and its tree would take seconds

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
ScopeNode = FunctionNode | ast.Module
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

Position = tuple[int, int]  # line from 1, column in UTF-8 bytes from 0


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file: its lines without their ends, its tree, and the parent of each node."""

    file: str
    lines: tuple[str, ...]
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(repr=False)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def text(self, node: ast.AST, longest: int = 60) -> str:
        """The source of a node on one line, cut where it is long."""
        text = " ".join(self.segment(node).split())
        return text if len(text) <= longest else f"{text[: longest - 3]}..."

    def segment(self, node: ast.AST) -> str:
        """The source of a node as it was typed; empty for one that stands nowhere."""
        (first, left), (last, right) = start(node), end(node)
        lines = [line.encode() for line in self.lines[first - 1 : last]] if 0 < first <= last else []
        if not lines:
            return ""
        lines[-1] = lines[-1][:right]
        lines[0] = lines[0][left:]
        return b"\n".join(lines).decode(errors="replace")

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def scope_of(self, node: ast.AST) -> ScopeNode:
        """The function in whose body a node stands, or the module: a class's body runs in what is around it."""
        inner = node
        for outer in self.above(node):
            if isinstance(outer, ast.Lambda) and inner is outer.body:
                return outer
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and inner in outer.body:
                return outer
            inner = outer
        return self.tree

    def statement_of(self, node: ast.AST) -> ast.AST:
        """The innermost statement that holds a node."""
        return node if isinstance(node, ast.stmt) else next(n for n in self.above(node) if isinstance(n, ast.stmt))


@lru_cache(maxsize=256)
def read_source(file: str) -> Source | None:
    """The tree of a file; None where it has no source, as with a REPL, with ``exec`` and with compiled code."""
    lines = linecache.getlines(file)
    text = "".join(lines)
    if not text or len(text) > LARGEST:
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return Source(file, tuple(line.rstrip("\r\n") for line in lines), tree, parents)


def start(node: ast.AST) -> Position:
    """Where a node begins."""
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def end(node: ast.AST) -> Position:
    """Where a node ends."""
    return (getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0)


def is_users(file: str) -> bool:
    """Whether a file is the user's own."""
    return whose(file) is Whose.USER


def node_of_frame(source: Source, frame: Frame) -> ast.AST | None:
    """The expression at which a frame stands, the call by preference; else its statement."""
    first, last = frame.columns or (0, 0)
    span = ((frame.line, first), (frame.end_line, last))
    same = [node for node in ast.walk(source.tree) if isinstance(node, ast.expr) and (start(node), end(node)) == span]
    if same and frame.columns is not None:
        return next((node for node in same if isinstance(node, ast.Call)), same[0])
    held = [node for node in ast.walk(source.tree) if isinstance(node, ast.stmt) and _holds(node, frame.line)]
    return min(held, key=lambda node: end(node)[0] - start(node)[0], default=None)


def _holds(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def function_of_code(source: Source, code: CodeType) -> ScopeNode | None:
    """The function, lambda or module that a code object was compiled from."""
    if code.co_name == "<module>":
        return source.tree
    found = _functions(source).get((code.co_name, code.co_firstlineno), [])
    if len(found) <= 1:
        return found[0] if found else None
    columns = [(a, c) for a, _, c, _ in code.co_positions() if a is not None and c is not None]  # lambdas on a line
    inside = [node for node in found if any(start(node) <= where < end(node) for where in columns if where[1])]
    return min(inside or found, key=_width, default=None)


def _width(node: ScopeNode) -> Position:
    return (end(node)[0] - start(node)[0], end(node)[1] - start(node)[1])


@lru_cache(maxsize=256)
def _functions(source: Source) -> dict[tuple[str, int], list[ScopeNode]]:
    """The functions of a file by the name and the first line that their code objects have: a decorator's line too."""
    found: dict[tuple[str, int], list[ScopeNode]] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Lambda):
            found.setdefault(("<lambda>", node.lineno), []).append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for line in {node.lineno, *(each.lineno for each in node.decorator_list)}:
                found.setdefault((node.name, line), []).append(node)
    return found


def dotted(node: ast.AST | None) -> str:
    """``self.fc.weight`` for a chain of attributes on a name; empty for all else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def callee_name(call: ast.Call) -> str:
    """``vmap`` of ``torch.func.vmap(f)``; empty where what is called has no name."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def is_true(node: ast.expr | None) -> bool:
    """The constant True."""
    return isinstance(node, ast.Constant) and node.value is True


def is_false(node: ast.expr | None) -> bool:
    """The constant False."""
    return isinstance(node, ast.Constant) and node.value is False
