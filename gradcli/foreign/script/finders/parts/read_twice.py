"""A freed graph, told from the source and the live objects: no record of the run is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gradcli.foreign.script.failure import Finding
from gradcli.foreign.script.finders.parts.freed_edits import computed_again, detached, retained
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import Asked, short
from gradcli.foreign.script.reading.bindings import Binding, Kind, bindings_of
from gradcli.foreign.script.reading.edits import replaced, with_keyword
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.holding import Held, held_tensors
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.loops import Carried, carried_over, loops_around, sums_up, within
from gradcli.foreign.script.reading.making import Made, attribute_bindings, made_at
from gradcli.foreign.script.reading.saved import Graph, node_of
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import FunctionNode, dotted, end, is_true, keyword, start
from gradcli.foreign.script.reading.written import Program

_DIFFERENTIATE = ("backward", "grad")


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What is repeated: the loop around the call that failed, or around a call that led to it, in which frame."""

    scope: Scope
    loop: ast.AST
    inside: tuple[Scope, ...]  # frames that run anew in each iteration

    @property
    def trains(self) -> bool:
        """Whether steps are taken in it, or something is changed in place."""
        return updates(self.loop) or any(updates(scope.node) for scope in self.inside)


def by_source(program: Program, graph: Graph, one: Asked) -> Finding | None:
    """The likeliest cause; certain where live objects leave no other."""
    call = one.call
    if call is None:
        return None
    root = dotted(one.outputs[0]) if one.outputs else ""
    if _in_comprehension(one, call, root):
        return _once_more(program, one, call, root)
    turn = turn_of(program, call, one.scope)
    if turn is not None and not turn.trains and _of_this_loop(one, turn, root):
        return _once_more(program, one, call, root)
    if turn is not None:
        found = _outside(program, graph, one, turn, root) or _carried(program, one, turn, root)
        if found is not None:
            return found
    earlier = list(_earlier(one.scope, call))
    for other in reversed(earlier):
        found = _of_two(program, graph, one, other, root)
        if found is not None:
            return found
    kept = _attributes(program, graph, one) or _replaced_attribute(program)
    return kept or _second(program, one, earlier) or _of_closure(program, one, root)


def turn_of(program: Program, call: ast.Call, scope: Scope) -> Turn | None:
    """The loop around the call, in its function or in a function that called it; of several, the outermost."""
    around = loops_around(scope, call)
    if around:
        return Turn(scope, around[-1], ())
    inside: list[Scope] = [scope]
    for outer in reversed(program.scopes[:-1]):
        nodes = [each for each in ast.walk(outer.node) if start(each) == outer.stands_at and isinstance(each, ast.expr)]
        around = loops_around(outer, nodes[0]) if nodes else []
        if around:
            return Turn(outer, around[-1], tuple(inside))
        inside.append(outer)
    return None


# -- the same call, again and again


def updates(loop: ast.AST) -> bool:
    """Whether a loop trains: it takes steps, or changes something in place."""
    for node in ast.walk(loop):
        name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        in_place = name.endswith("_") and not name.endswith("__")
        if name in ("step", "zero_grad") or in_place or isinstance(node, ast.AugAssign):
            return True
    return False


def _of_this_loop(one: Asked, turn: Turn, root: str) -> bool:
    """A loop over inputs or entries of one output, which is not computed in it: ``for i in range(3): "
    "y[i].backward()``."""
    outputs = one.outputs[0] if one.outputs else None
    name = root or dotted(getattr(outputs, "value", None) if isinstance(outputs, ast.Subscript) else None)
    if not name or turn.inside:
        return False
    inside, _ = _split(turn, name)
    return not inside


def _in_comprehension(one: Asked, call: ast.Call, root: str) -> bool:
    """``[grad(y, x) for x in xs]``: one output, several passes."""
    kinds = (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)
    for outer in one.scope.source.above(call):
        if isinstance(outer, kinds):
            names = {n.id for each in outer.generators for n in ast.walk(each.target) if isinstance(n, ast.Name)}
            return bool(root) and root.split(".")[0] not in names
        if isinstance(outer, ast.stmt):
            return False
    return False


def _once_more(program: Program, one: Asked, call: ast.Call, root: str) -> Finding:
    """One output is differentiated several times by one call."""
    source = one.scope.source
    name = root or (source.text(one.outputs[0]) if one.outputs else "the output")
    return Finding(
        cause="second_backward",
        place=program.place(call, source),
        says=f"`{source.text(call)}` runs several times on the graph of `{name}`, which is computed once: the first "
        "pass frees it. retain_graph=True keeps it until the last; a single call can take several inputs.",
        variable=root or None,
        edit=with_keyword(source, call, "retain_graph=True", mechanical=True),
    )


# -- something was computed once


def _outside(program: Program, graph: Graph, one: Asked, turn: Turn, root: str) -> Finding | None:
    """The loss itself, or a tensor in its graph, has got its value before the loop and no other in it."""
    call = one.call
    if root and call is not None and one.outputs and not turn.inside:
        inside, before = _split(turn, root)
        changing = [each for each in inside if each.whole or each.kind is Kind.AUGMENT]
        if not changing and before:
            return _computed_once(program, one, Made(before[-1], turn.scope.source), root, turn)
    for held in held_tensors(program.failure):
        if not _is_behind(held, graph) or held.name == root:
            continue
        made = _computed_before(program, turn, held)
        if made is not None and not turn.trains and call is not None:
            return _shared(program, one, call, held.name, held.name, certain=True)
        if made is not None:
            return _computed_once(program, one, made, held.name, turn)
    return None


def _is_behind(held: Held, graph: Graph) -> bool:
    """A computed tensor that the loss was computed from."""
    node = node_of(held.tensor)
    return node is not None and node in graph and graph.consumer[node] is not None


def _split(turn: Turn, name: str) -> tuple[list[Binding], list[Binding]]:
    """A name's statements in the loop, and before it."""
    given = bindings_of(turn.scope.node).get(name, ())
    inside = [each for each in given if within(each.node, turn.loop)]
    return inside, [each for each in given if each.after <= start(turn.loop)]


def _computed_before(program: Program, turn: Turn, held: Held) -> Made | None:
    """The statement before the loop that gave a live name its value, if none in the loop gives it another."""
    if held.attribute:
        given = list(attribute_bindings(program, held.attribute))
        if given and all(_in_init(each) for each in given):
            return given[-1]
        return None
    for scope in (turn.scope, *program.scopes):
        value = scope.locals.get(held.name, MISSING)
        if value is not held.tensor:
            continue
        if scope in turn.inside:
            return None
        given_here = bindings_of(scope.node).get(held.name, ())
        if not given_here:
            continue
        if scope is turn.scope:
            inside, before = _split(turn, held.name)
            return Made(before[-1], scope.source) if before and not inside else None
        return Made(given_here[-1], scope.source) if isinstance(scope.node, ast.Module) else None
    return None


def _of_closure(program: Program, one: Asked, root: str) -> Finding | None:
    """A function that is called again and again differentiates a loss that was computed outside of it."""
    if not root or isinstance(one.scope.node, ast.Module) or bindings_of(one.scope.node).get(root):
        return None
    made = made_at(program, one.outputs[0], one.scope)
    return None if made is None else _computed_once(program, one, made, root, None)


def _in_init(made: Made) -> bool:
    function = made.source.scope_of(made.binding.node)
    return getattr(function, "name", "") in ("__init__", "setup", "build", "__post_init__", "reset_parameters")


def _computed_once(program: Program, one: Asked, made: Made, name: str, turn: Turn | None) -> Finding:
    line = short(program.failure, made.binding.node, program.scope_for(made.binding.node, made.source))
    call = one.call
    again = one.scope.source.text(call) if call is not None else "backward()"
    return Finding(
        cause="loss_outside_loop",
        place=program.place(made.binding.node, made.source),
        says=f"`{name}` is computed once, at {line}, and `{again}` goes through its graph in each iteration or call: "
        "the first backward pass has freed it. Compute it where backward() is called.",
        variable=name,
        certain=turn is not None,
        rivals=() if turn is not None else ("second_backward",),
        edit=computed_again(made, turn.loop, turn.scope.source) if turn is not None else None,
    )


# -- something is carried over


def _carried(program: Program, one: Asked, turn: Turn, root: str) -> Finding | None:
    """A value of the iteration before is in the graph of this one."""
    found = [(weight, each, scope) for each, scope in _carriers(turn) if (weight := _weight(each, scope))]
    if not found:
        return None
    best = max(weight for weight, _, _ in found)
    _, carried, scope = next(each for each in found if each[0] == best)
    alone = len({each.name for weight, each, _ in found if weight == best}) == 1
    if _is_sum(carried, scope, root):
        return _accumulated(program, one, carried, scope, certain=best > 1)
    return _kept(program, carried, scope, certain=best > 1 and alone)


def _carriers(turn: Turn) -> Iterator[tuple[Carried, Scope]]:
    for each in carried_over(turn.scope, turn.loop):
        yield each, turn.scope
    for scope in turn.inside:  # a function that runs anew: what is not local to it stays
        for name, bindings in bindings_of(scope.node).items():
            kept = "." in name or name in _declared(scope.node)
            reads = [
                n for n in ast.walk(scope.node) if dotted(n) == name and isinstance(getattr(n, "ctx", None), ast.Load)
            ]
            if kept and reads and bindings:
                yield Carried(name, reads[0], bindings[-1]), scope


def _declared(function: ast.AST) -> set[str]:
    """The names that a function declares as global or nonlocal."""
    return {n for each in ast.walk(function) if isinstance(each, ast.Global | ast.Nonlocal) for n in each.names}


def _weight(carried: Carried, scope: Scope) -> int:
    """2: a live tensor with a graph; 1: the object is not there to be asked; 0: no tensor, or a constant one."""
    value = scope.locals.get(carried.name, MISSING) if "." not in carried.name else value_of(_node(carried), scope)
    if value is MISSING and carried.name in scope.globals:
        value = scope.globals[carried.name]
    if value is MISSING:
        return 0
    tensors = list(live.tensors_in(value))
    return 2 if any(node_of(each) is not None for each in tensors) else 0


def _node(carried: Carried) -> ast.AST:
    return carried.use if isinstance(carried.use, ast.Attribute) else carried.binding.node


def _is_sum(carried: Carried, scope: Scope, root: str) -> bool:
    """The loss is a running total, or is computed from one: from a list of losses, for instance."""
    if not carried.accumulates:
        return False
    if carried.name == root:
        return True
    given = bindings_of(scope.node).get(root, ())
    return any(each.value is not None and sums_up(each.value, carried.name) for each in given)


def _accumulated(program: Program, one: Asked, carried: Carried, scope: Scope, *, certain: bool) -> Finding:
    node, source = carried.binding.node, scope.source
    line = short(program.failure, node, scope)
    call = one.call
    edit = None
    value = _added(carried)
    if call is not None and value is not None and isinstance(call.func, ast.Attribute):
        target = call.func.value
        edit = replaced(
            one.scope.source, start(target), end(target), value.id, mechanical=dotted(target) == carried.name
        )
    return Finding(
        cause="losses_accumulated",
        place=program.place(node, source),
        says=f"`{carried.name}` takes in another loss at {line} in each iteration, and backward() of it goes through "
        "the losses of earlier iterations again, whose graphs are freed. Call backward() on the loss of this "
        "iteration, and add up `loss.item()` or `loss.detach()` for the report.",
        variable=carried.name,
        certain=certain,
        rivals=() if certain else ("hidden_state_kept",),
        edit=edit,
    )


def _added(carried: Carried) -> ast.Name | None:
    """The loss that is added to a running total, where it has a name."""
    value = carried.binding.value
    operands = [value.right, value.left] if isinstance(value, ast.BinOp) else [value]
    return next((each for each in operands if isinstance(each, ast.Name) and each.id != carried.name), None)


def _kept(program: Program, carried: Carried, scope: Scope, *, certain: bool) -> Finding:
    node, source = carried.binding.node, scope.source
    line = short(program.failure, node, scope)
    return Finding(
        cause="hidden_state_kept",
        place=program.place(node, source),
        says=f"`{carried.name}` gets its value at {line} and is used again in the next iteration, with the graph of "
        "this one behind it: the state that is carried over joins the two graphs, and the first is freed. Detach it "
        "between iterations.",
        variable=carried.name,
        certain=certain,
        rivals=() if certain else ("shared_graph", "losses_accumulated"),
        edit=detached(carried, scope),
    )


# -- two calls


def _earlier(scope: Scope, call: ast.Call) -> Iterator[ast.Call]:
    """Calls of backward and grad before this one in the same function that free what they pass."""
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and start(node) < start(call):
            keeps = is_true(keyword(node, "retain_graph")) or is_true(keyword(node, "create_graph"))
            if node.func.attr in _DIFFERENTIATE and not keeps:
                yield node


def _of(call: ast.Call) -> ast.expr | None:
    """What a call of backward or grad differentiates."""
    function = call.func
    if (
        isinstance(function, ast.Attribute)
        and function.attr == "backward"
        and not dotted(function).startswith("torch.")
    ):
        return function.value
    return call.args[0] if call.args else None


def _of_two(program: Program, graph: Graph, one: Asked, other: ast.Call, root: str) -> Finding | None:
    loss = _of(other)
    name = dotted(loss)
    if name and name == root:
        again = [b for b in bindings_of(one.scope.node).get(name, ()) if b.whole and b.after > start(other)]
        if one.call is None or any(each.after < start(one.call) for each in again):
            return None
        return _second(program, one, [other])
    value = value_of(loss, one.scope) if loss is not None else MISSING
    tensors = list(live.tensors_in(value)) if value is not MISSING else []
    if tensors:
        common = [node for node in Graph(tensors).nodes if node in graph and type(node).__name__ != "AccumulateGrad"]
        if not common:
            return None
        return _shared(program, one, other, name, _common_name(program, common), certain=True)
    return _shared(program, one, other, name, "", certain=False)


def _common_name(program: Program, common: list[Any]) -> str:  # Any: nodes
    """The user's name of the tensor at which two graphs meet."""
    found: dict[Any, str] = {}
    for held in held_tensors(program.failure):
        node = node_of(held.tensor)
        if node is not None:
            found.setdefault(node, held.name)
    return next((found[node] for node in common if node in found), "")


def _shared(program: Program, one: Asked, other: ast.Call, name: str, common: str, *, certain: bool) -> Finding:
    source = one.scope.source
    meet = f": they meet in `{common}`" if common else ""
    here = short(program.failure, one.node, one.scope)
    return Finding(
        cause="shared_graph",
        place=program.place(other, source),
        says=f"`{source.text(other)}` at {short(program.failure, other, one.scope)} freed a part of the graph that "
        f"`{source.text(one.node)}` at {here} needs too: two losses share it{meet}. Add the losses and call backward() "
        "once, or keep the graph with retain_graph=True in the first call.",
        variable=common or name or None,
        certain=certain,
        rivals=() if certain else ("second_backward", "hidden_state_kept"),
        edit=retained(source, other, one.scope),
    )


def _attributes(program: Program, graph: Graph, one: Asked) -> Finding | None:
    """An attribute of an object of the user's that the loss was computed from: kept from an earlier call."""
    for held in held_tensors(program.failure):
        if not held.attribute or not _is_behind(held, graph):
            continue
        for made in attribute_bindings(program, held.attribute):
            function = made.source.scope_of(made.binding.node)
            if not isinstance(function, FunctionNode):
                continue
            scope = program.scope_for(made.binding.node, made.source)
            carried = Carried(made.binding.name, made.binding.node, made.binding)
            if _in_init(made):
                return _computed_once(program, one, made, held.name, None)
            return _kept(program, carried, scope, certain=False)
    return None


def _replaced_attribute(program: Program) -> Finding | None:
    """An attribute with a graph that a method reads and then gives its next value: ``y, self.h = rnn(x, self.h)``."""
    for held in held_tensors(program.failure):
        if not held.attribute or node_of(held.tensor) is None:
            continue
        for made in attribute_bindings(program, held.attribute):
            function, name = made.source.scope_of(made.binding.node), made.binding.name
            if not isinstance(function, FunctionNode) or _in_init(made):
                continue
            loads = [n for n in ast.walk(function) if isinstance(getattr(n, "ctx", None), ast.Load)]
            reads = [n for n in loads if dotted(n) == name and start(n) < end(made.binding.node)]
            if reads:
                scope = program.scope_for(made.binding.node, made.source)
                return _kept(program, Carried(name, reads[0], made.binding), scope, certain=False)
    return None


def _second(program: Program, one: Asked, earlier: list[ast.Call]) -> Finding | None:
    """The same loss, twice."""
    if not earlier:
        return None
    other, source = earlier[-1], one.scope.source
    root = one.outputs[0] if one.outputs else None
    name = source.text(root) if root is not None else "the loss"
    return Finding(
        cause="second_backward",
        place=program.place(other, source),
        says=f"The graph of `{name}` was freed by `{source.text(other)}` at "
        f"{short(program.failure, other, one.scope)}, and `{source.text(one.node)}` at "
        f"{short(program.failure, one.node, one.scope)} goes through it a second time.",
        variable=dotted(root) or None,
        certain=dotted(_of(other)) == dotted(root) != "",
        rivals=() if dotted(_of(other)) == dotted(root) else ("shared_graph",),
        edit=retained(source, other, one.scope),
    )
