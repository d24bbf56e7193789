"""What to write where a graph is gone through twice."""

from __future__ import annotations

import ast

from gradcli.foreign.script.failure import Edit
from gradcli.foreign.script.reading.bindings import Kind, bindings_of
from gradcli.foreign.script.reading.edits import after, replaced, with_keyword
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.loops import Carried
from gradcli.foreign.script.reading.making import Made
from gradcli.foreign.script.reading.source import Source, end, start
from gradcli.foreign.script.reading.written import own_line


def retained(source: Source, call: ast.Call, scope: Scope) -> Edit | None:
    """The first call with its graph kept; to be tried only where no step comes between the two.

    What ``grad`` gives goes into the second mostly, a penalty of a gradient: then it needs a graph of its own.
    """
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    flag = "create_graph=True" if name == "grad" else "retain_graph=True"
    return with_keyword(source, call, flag, mechanical=not _steps(scope))


def _steps(scope: Scope) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "step" for each in ast.walk(scope.node))


def computed_again(made: Made, loop: ast.AST, source: Source) -> Edit | None:
    """The statement that computes the loss, or what it needs, once more at the begin of the loop's body."""
    statement = made.binding.node
    first = next(iter(getattr(loop, "body", ())), None)
    if first is None or source is not made.source or source.scope_of(statement) is not source.scope_of(first):
        return None
    here, there = own_line(source, first), own_line(source, statement)
    if here is None or there is None or not isinstance(statement, ast.Assign):
        return None
    new = f"{here[0]}{there[1]}\n{here[0]}{here[1]}"
    return Edit(source.file, first.lineno, source.line(first.lineno), new, mechanical=True)


def detached(carried: Carried, scope: Scope) -> Edit | None:
    """The state without its graph, where it is used; of a tuple, each of its tensors."""
    use, source, name = carried.use, scope.source, carried.name
    value = scope.locals.get(name, MISSING)
    given = carried.binding
    if given.kind is Kind.INTO or type(value) in (list, dict):
        return None  # entries of a container: which of them is carried over is not known
    many = type(value) is tuple
    text = f"tuple(each.detach() for each in {name})" if many else f"{name}.detach()"
    begins = _begins_as_tensor(carried, scope)
    if isinstance(use, ast.Name | ast.Attribute) and isinstance(getattr(use, "ctx", None), ast.Load) and begins:
        return replaced(source, start(use), end(use), text, mechanical=True)
    if given.value is not None and given.path is None and isinstance(given.node, ast.Assign) and not many:
        return after(source, given.value, ".detach()", mechanical=False)
    found = own_line(source, given.node)
    if found is None or not isinstance(given.node, ast.Assign):
        return None
    new = f"{found[0]}{found[1]}\n{found[0]}{name} = {text}"
    return Edit(source.file, given.node.lineno, source.line(given.node.lineno), new, mechanical=False)


def _begins_as_tensor(carried: Carried, scope: Scope) -> bool:
    """The value before the loop can be detached as well: it is not None, and no number."""
    before = [b for b in bindings_of(scope.node).get(carried.name, ()) if b.after < carried.binding.after and b.whole]
    if not before or before[0].value is None:
        return False
    value = before[0].value
    return not isinstance(value, ast.Constant)
