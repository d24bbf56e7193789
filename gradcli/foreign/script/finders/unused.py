"""A derivative that is not there: an input that the output was not made from, and a ``.grad`` that is None."""

from __future__ import annotations

import ast
from typing import Any

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.finders.parts.leaves import constant_input
from gradcli.foreign.script.finders.parts.none import find_none
from gradcli.foreign.script.reading import edits, live
from gradcli.foreign.script.reading.asked import Asked, asked, named_tensors, place_of, short
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.graph import goes_through, leaves_behind, nodes_behind, operations
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.reader import Reader
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import dotted, start


def find(failure: Failure) -> Finding | None:
    """Which input it is, and what the output was made from in its place."""
    one = asked(failure)
    if one is None:
        return None
    if not isinstance(failure.error, RuntimeError):
        return find_none(one)
    constant = constant_input(one)
    if constant is not None:
        return constant
    named = named_tensors(one.inputs, one.scope)
    outputs = [held for _, held, _ in named_tensors(one.outputs, one.scope) if live.is_tensor(held)]
    graph = nodes_behind(outputs)
    unused = [each for each in named if live.is_tensor(each[1]) and not (outputs and goes_through(graph, each[1]))]
    index = failure.recognised.parts.get("index", "")
    if index.isdigit() and int(index) < len(named):
        unused = [named[int(index)]]
    if not unused:
        return None
    text, held, node = unused[0]
    return _second(one, text, node) or _finding(one, text, held, node, graph)


def _second(one: Asked, text: str, node: ast.expr) -> Finding | None:
    """The output is itself a derivative, and no longer depends on the input."""
    reader = one.reader(deep=True)
    for output in one.outputs:
        reader.read(output, one.scope)
    grad = getattr(getattr(live.torch(), "autograd", None), "grad", MISSING)
    for inner, scope, _ in list(reader.seen):
        if isinstance(inner, ast.Call) and value_of(inner.func, scope) is grad:
            return Finding(
                cause="second_derivative_vanishes",
                place=place_of(one.failure, one.node, one.scope),
                says=f"{one.scope.source.text(one.outputs[0])} is itself a derivative (made at "
                f"{short(one.failure, inner, scope)}), and it does not depend on {text} any more: the function is "
                f"linear in {text}, so that its second derivative is zero.",
                variable=dotted(node) or text,
                certain=True,
                edit=None
                if one.call is None
                else edits.with_keyword(one.scope.source, one.call, "materialize_grads=True", mechanical=True),
            )
    return None


def _finding(one: Asked, text: str, held: Any, node: ast.expr, graph: dict[int, Any]) -> Finding:
    variable = dotted(node) or text
    if held is MISSING:
        return _made_in_passing(one, text, node)
    output = one.scope.source.text(one.outputs[0]) if one.outputs else "the output"
    again = _bound_again(one, node)
    if again is not None:
        statement, scope = again
        return Finding(
            cause="differentiated_view",
            place=place_of(one.failure, statement, scope),
            says=f"The name {text} was given another tensor here, after {output} had been computed from the former "
            f"one. {output} does not depend on the new tensor.",
            variable=variable,
            certain=True,
        )
    original = _original(one, held, graph)
    if original is not None:
        name, how = original
        return Finding(
            cause="differentiated_view",
            place=place_of(one.failure, one.node, one.scope),
            says=f"{text} was made from {name} ({how}), and {output} was computed from {name} itself, not from {text}.",
            variable=variable,
            certain=True,
            edit=edits.left_out(one.scope.source, node, name, mechanical=False) if name.isidentifier() else None,
        )
    copied = _copy(one, node, graph)
    if copied is not None:
        return Finding(
            cause="differentiated_view",
            place=place_of(one.failure, one.node, one.scope),
            says=f"{output} was computed from {copied}, a copy of {text} that autograd takes for another tensor, and "
            f"not from {text} itself.",
            variable=variable,
            certain=True,
            edit=edits.left_out(one.scope.source, node, copied, mechanical=False),
        )
    return _unused(one, text, node, output)


def _made_in_passing(one: Asked, text: str, node: ast.expr) -> Finding:
    """``grad(y, x[0])``: the input is made by the call itself, after the output."""
    names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    first = next((each.id for each in names if live.requires_grad(value_of(each, one.scope))), None)
    return Finding(
        cause="differentiated_view",
        place=place_of(one.failure, one.node, one.scope),
        says=f"{text} is a new tensor that this very call makes: no output can have been computed from it."
        + (f" Differentiate in {first} and take the part of the gradient." if first else ""),
        variable=first,
        certain=True,
    )


def _unused(one: Asked, text: str, node: ast.expr, output: str) -> Finding:
    """No way leads to it: where a cut took it off the graph, that place; else the call."""
    reader = one.reader(deep=True)
    flows = [reader.read(each, one.scope) for each in one.outputs]
    name = dotted(node)
    cuts = [cut for flow in flows for cut in flow.cuts if cut.tracked and name and _speaks_of(cut.of, name)]
    place, scope = (cuts[0].node, cuts[0].scope) if cuts else (one.node, one.scope)
    how = f": {cuts[0].of} is cut off its graph here ({cuts[0].detail})" if cuts else ""
    edit = (
        None
        if one.call is None
        else edits.with_keyword(one.scope.source, one.call, "allow_unused=True", mechanical=False)
    )
    return Finding(
        cause="unused_input",
        place=place_of(one.failure, place, scope),
        says=f"No path of the graph leads from {output} to {text}: it is not used on the way{how}.",
        variable=name or text,
        certain=True,
        edit=None if cuts else edit,
    )


def _speaks_of(text: str, name: str) -> bool:
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return any(dotted(node) == name for node in ast.walk(tree))


def _bound_again(one: Asked, node: ast.expr) -> tuple[ast.AST, Scope] | None:
    """A statement that gave the input's name another tensor after the output had been computed."""
    name = dotted(node)
    if not name or not one.outputs or not dotted(one.outputs[0]):
        return None
    reader = one.reader()
    mine = [(each, scope) for each, scope in reader.definitions(node, name, one.scope) if each.whole]
    output = one.outputs[0]
    theirs = [(each, scope) for each, scope in reader.definitions(output, dotted(output), one.scope) if each.whole]
    if not mine or not theirs or mine[0][1] is not theirs[0][1]:
        return None
    standing = mine[0][1].stands_at is not None
    later = start(mine[0][0].node) > start(theirs[0][0].node) and standing
    value = mine[0][0].value
    return (mine[0][0].node, mine[0][1]) if later and value is not None and name in _names(value) else None


def _names(node: ast.AST) -> set[str]:
    return {dotted(each) for each in ast.walk(node)} - {""}


def _original(one: Asked, held: Any, graph: dict[int, Any]) -> tuple[str, str] | None:
    """The tensor that the input was made from and the output too, by the live graph: its name, and the operation."""
    torch = live.torch()
    if torch.Tensor.grad_fn.__get__(held) is None:
        return None
    behind = nodes_behind([held])
    shared = [leaf for leaf in leaves_behind(behind) if any(leaf is each for each in leaves_behind(graph))]
    steps = [step for step in operations(behind) if step != "AccumulateGrad"]
    for scope in reversed(one.scopes):
        for name, value in [*scope.locals.items(), *scope.globals.items()]:
            if live.is_tensor(value) and value is not held and _is_between(value, behind, graph, shared):
                return str(name), ", ".join(steps[:3]).lower()
    return None


def _is_between(value: Any, behind: dict[int, Any], graph: dict[int, Any], shared: list[Any]) -> bool:
    node = live.torch().Tensor.grad_fn.__get__(value)
    if node is None:
        return any(value is leaf for leaf in shared)
    return id(node) in behind and id(node) in graph


def _copy(one: Asked, node: ast.expr, graph: dict[int, Any]) -> str | None:
    """The name of a leaf that the output was made from and that was copied from the input."""
    name = dotted(node)
    leaves = leaves_behind(graph)
    reader: Reader = one.reader()
    for scope in reversed(one.scopes):
        for other, value in scope.locals.items():
            if not live.is_tensor(value) or not any(value is leaf for leaf in leaves) or other == name:
                continue
            use = ast.copy_location(ast.Name(other, ast.Load()), one.node)
            for binding, _ in reader.definitions(use, other, scope):
                if binding.value is not None and name in _names(binding.value):
                    return str(other)
    return None
