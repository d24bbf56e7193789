"""What the user asked torch for when it raised: the call at the innermost frame, its outputs and inputs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradcli.catalogue.pasted import Place
from gradcli.foreign.script.failure import Failure
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.reader import Reader
from gradcli.foreign.script.reading.scopes import frame_scopes, value_of
from gradcli.foreign.script.reading.source import callee_name, keyword, node_of_frame, read_source

_BACKWARD = "backward"


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The call that raised.

    node:    it, or the statement that holds it where its columns are not known
    scope:   the innermost frame
    scopes:  all frames, outermost first
    """

    failure: Failure
    node: ast.AST
    scope: Scope
    scopes: list[Scope]

    @property
    def call(self) -> ast.Call | None:
        """The call of backward or grad."""
        return self.node if isinstance(self.node, ast.Call) else None

    @property
    def method(self) -> str:
        """``backward`` or ``grad``, or another name."""
        return "" if self.call is None else callee_name(self.call)

    @property
    def outputs(self) -> list[ast.expr]:
        """The expressions that are differentiated: a method's receiver, or the first argument, a list opened."""
        call = self.call
        if call is None:
            return []
        if self.method == _BACKWARD and isinstance(call.func, ast.Attribute) and not self._is_torchs(call.func):
            held = value_of(call.func.value, self.scope)
            tensor = held is MISSING or live.is_tensor(held) or type(held) in (float, int, type(None))
            return [call.func.value] if tensor or not call.args else [call.args[0]]
        first = call.args[0] if call.args else keyword(call, "outputs") or keyword(call, "tensors")
        return opened(first)

    @property
    def inputs(self) -> list[ast.expr]:
        """The expressions with respect to which is differentiated."""
        call = self.call
        if call is None:
            return []
        named = keyword(call, "inputs")
        if named is None and self.method != _BACKWARD and len(call.args) > 1:
            named = call.args[1]
        return opened(named)

    def _is_torchs(self, function: ast.Attribute) -> bool:
        """``torch.autograd.backward``."""
        module = getattr(live.torch(), "autograd", MISSING)
        return value_of(function.value, self.scope) is module

    def reader(self, *, deep: bool = False) -> Reader:
        """A walk over this failure's source."""
        return Reader(self.scopes, deep=deep)


def asked(failure: Failure) -> Asked | None:
    """The call at which the innermost frame of the user's stands; None where there is no source of it."""
    scopes = frame_scopes(failure)
    if not scopes or not failure.frames:
        return None
    frame = failure.frames[-1]
    source = read_source(frame.code.co_filename) or read_source(frame.file)
    if source is None or scopes[-1].source is not source:
        return None
    node = node_of_frame(source, frame)
    if node is None:
        return None
    if not isinstance(node, ast.Call):
        parent = source.parents.get(node)
        called = isinstance(parent, ast.Call) and parent.func is node
        node = parent if called and parent is not None else next(_backward_calls(node), node)
    return Asked(failure, node, scopes[-1], scopes)


def _backward_calls(node: ast.AST) -> Iterator[ast.Call]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and callee_name(each) in (_BACKWARD, "grad"):
            yield each


def opened(node: ast.expr | None) -> list[ast.expr]:
    """The expressions of a list or tuple that is written out; the expression itself where it is another."""
    if node is None:
        return []
    return list(node.elts) if isinstance(node, ast.Tuple | ast.List) else [node]


def named_tensors(nodes: Iterable[ast.expr], scope: Scope) -> list[tuple[str, Any, ast.expr]]:
    """The live tensors of expressions, each with the user's name: ``list(model.parameters())`` gives one each."""
    found: list[tuple[str, Any, ast.expr]] = []
    for node in nodes:
        held = value_of(node, scope)
        text = scope.source.text(node)
        if live.is_tensor(held):
            found.append((text, held, node))
        elif type(held) in (list, tuple):
            found += [(f"{text}[{k}]", each, node) for k, each in enumerate(held) if live.is_tensor(each)]
        elif (module := _module_of_parameters(node, scope)) is not None:
            owner, module_value = module
            named = live.torch().nn.Module.named_parameters(module_value)
            found += [(f"{owner}.{name}", each, node) for name, each in named]
        else:
            found.append((text, MISSING, node))
    return found


def _module_of_parameters(node: ast.expr, scope: Scope) -> tuple[str, Any] | None:
    """The live module of ``net.parameters()``, also within ``list(...)``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        return _module_of_parameters(node.args[0], scope)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "parameters":
        held = value_of(node.func.value, scope)
        return (scope.source.text(node.func.value), held) if live.is_module(held) else None
    return None


def place_of(failure: Failure, node: ast.AST, scope: Scope) -> Place:
    """Where a node stands, with its line, its function, and the file as the failure's frames name it."""
    source = scope.source
    line = getattr(node, "lineno", 1)
    file = next((f.file for f in failure.frames if source.file in (f.code.co_filename, f.file)), source.file)
    inner = source.scope_of(node)
    function = "<module>" if isinstance(inner, ast.Module) else getattr(inner, "name", "<lambda>")
    return Place(str(Path(file).absolute()), line, function, source.line(line).strip())


def short(failure: Failure, node: ast.AST, scope: Scope) -> str:
    """``line 7``, with the file where it is another than the one that failed."""
    line = getattr(node, "lineno", 0)
    last = failure.frames[-1]
    same = scope.source.file in (last.code.co_filename, last.file)
    return f"line {line}" if same else f"{Path(scope.source.file).name}, line {line}"


def raised_at(one: Asked, scope: Scope) -> str:
    """The line that failed, with its file where the mistake stands in another."""
    line = f"line {getattr(one.node, 'lineno', 0)}"
    same = scope.source.file == one.scope.source.file
    return line if same else f"{Path(one.scope.source.file).name}, {line}"
