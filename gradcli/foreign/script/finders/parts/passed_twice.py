"""A freed graph, told from the record of ``--trace``: which backward pass freed it, and where the two graphs meet."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from gradcli.foreign.script.failure import Finding
from gradcli.foreign.script.finders.parts.traced import node_of_spot
from gradcli.foreign.script.reading.asked import short
from gradcli.foreign.script.reading.saved import Graph
from gradcli.foreign.script.reading.source import dotted, read_source
from gradcli.foreign.script.reading.written import Program
from gradcli.foreign.script.record.records import Record, Spot
from gradcli.foreign.script.record.trace import Trace

_MOST_CALLS = 50  # earlier backward passes that are compared
_MOST_STEPS = 5000
_SUMS = frozenset(("add", "add_", "__radd__", "sum", "stack", "cat", "mean", "div", "unsqueeze", "tensor"))


@dataclass(frozen=True, slots=True)
class Joined:
    """Two passes through one graph.

    cause, spot: what joins them, and where
    first:       the pass that freed the graph
    variable:    the user's name of what is in both graphs
    """

    cause: str
    spot: Spot
    first: Record
    variable: str = ""


def joined(graph: Graph, trace: Trace, *, repeated: bool, trains: bool) -> Joined | None:
    """What the record says. repeated: whether a loop stands around the call; trains: and takes steps."""
    calls = trace.calls("backward", "grad")
    failed = next((each for each in reversed(calls) if each.error), None)
    if failed is None or not graph.nodes:
        return None
    first = _freed_by(calls, failed, graph, trace)
    root = graph.record(graph.nodes[0], trace)
    if first is None or root is None:
        return None
    again = repeated and first.spot == failed.spot
    if _roots(first) & _roots(failed):
        early = first.spot == failed.spot and (trains or _of_closure(root, failed))
        made = root.spot if early else first.spot
        return Joined("loss_outside_loop" if early else "second_backward", made, first, _target(root.spot))
    meeting = _meeting(graph, trace, first.order)
    if meeting is None or not again:
        variable = _target(meeting[1].spot) if meeting is not None else ""
        return Joined("shared_graph", first.spot, first, variable)
    new, old = meeting
    if not any(each.spot == old.spot for each in islice(trace.records(), failed.order - first.order)):
        cause, spot = ("loss_outside_loop", old.spot) if trains else ("shared_graph", first.spot)
        return Joined(cause, spot, first, _target(old.spot, new.spot))
    cause = "losses_accumulated" if _is_total(graph, trace, new) else "hidden_state_kept"
    return Joined(cause, new.spot, first, _target(old.spot, new.spot))


def _of_closure(root: Record, failed: Record) -> bool:
    """Whether a function that is called again differentiates what was computed outside of it."""
    inner = failed.spot.function
    return inner != root.spot.function and not inner.endswith(("comp>", "genexpr>"))


def _is_total(graph: Graph, trace: Trace, new: Record) -> bool:
    """Whether the loss is a sum that the old value goes into: between the two there are sums alone."""
    node = next((each for each in graph.nodes if graph.record(each, trace) is new), None)
    while node is not None:
        record = graph.record(node, trace)
        if record is None or record.name not in _SUMS:
            return False
        node = graph.consumer[node]
    return True


def _roots(record: Record) -> set[int]:
    """What a pass started from: for ``grad`` the inputs are among the arguments, and are leaves mostly."""
    return {state.number for state in record.inputs if state.grad_fn}


def _freed_by(calls: Sequence[Record], failed: Record, graph: Graph, trace: Trace) -> Record | None:
    """The latest pass before, not told to keep its graph, that went through a part of this graph."""
    freed = {record.order for node in graph.freed() if (record := graph.record(node, trace)) is not None}
    earlier = [each for each in calls if not each.error and each.order < failed.order]
    for call in list(reversed(earlier))[:_MOST_CALLS]:
        if call.options.get("retain_graph") or call.options.get("create_graph"):
            continue
        for state in call.inputs:
            if any(record.order in freed for record in islice(trace.history(state), _MOST_STEPS)):
                return call
    return None


def _meeting(graph: Graph, trace: Trace, order: int) -> tuple[Record, Record] | None:
    """The last operation of this pass that took what was computed before the other, and the one that computed it."""
    best = None
    for node in graph.nodes:
        new = graph.record(node, trace)
        if new is None or new.order < order:
            continue
        for below, _ in node.next_functions:
            old = graph.record(below, trace) if below is not None else None
            if old is not None and old.order < order and (best is None or old.order > best[1].order):
                best = (new, old)
    return best


def _target(spot: Spot, used: Spot | None = None) -> str:
    """The name that a statement gives its value; of several, one that is used at another place."""
    source = read_source(spot.file)
    node = node_of_spot(source, spot) if source is not None else None
    if source is None or node is None:
        return ""
    statement = source.statement_of(node)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names = [name for target in targets for each in getattr(target, "elts", [target]) if (name := dotted(each))]
    other = read_source(used.file) if used is not None else None
    where = node_of_spot(other, used) if used is not None and other is not None else None
    if other is not None and where is not None:
        read = {dotted(each) for each in ast.walk(other.statement_of(where)) if isinstance(each, ast.expr)}
        names = [name for name in names if name in read] or names
    return names[0] if names else ""


def by_record(program: Program, found: Joined, plain: Finding | None) -> Finding:
    """The answer; in the words of the source's reading where that says the same."""
    by_name = found.cause in ("hidden_state_kept", "loss_outside_loop", "losses_accumulated")  # of a statement
    if plain is not None and plain.cause == found.cause and (by_name or plain.place.line == found.spot.line):
        return replace(plain, certain=True, rivals=())
    rows = plain is not None and {plain.cause, found.cause} == {"second_backward", "shared_graph"}
    if plain is not None and rows and plain.place.line == found.spot.line:
        return replace(plain, certain=True, rivals=())  # entries of one output, one by one
    source = read_source(found.spot.file)
    node = node_of_spot(source, found.spot) if source is not None else None
    place = program.place(node, source) if node is not None and source is not None else found.spot.place
    line = f"line {found.spot.line}"
    if node is not None and source is not None:
        line = short(program.failure, node, program.scope_for(node, source))
    return Finding(
        cause=found.cause,
        place=place,
        says=_says(found, line),
        variable=found.variable or None,
    )


def _says(found: Joined, line: str) -> str:
    first = f"the backward pass at line {found.first.spot.line}"
    name = f"`{found.variable}`" if found.variable else "A tensor"
    return {
        "second_backward": f"{name} was differentiated twice: {first} has freed its graph.",
        "loss_outside_loop": f"{name} is computed once, at {line}, and its graph was freed by {first} in an earlier "
        "iteration. Compute it inside the loop.",
        "shared_graph": f"{first.capitalize()} freed a part of the graph that this one needs too: two losses share "
        f"{name}. Add the losses and call backward() once, or keep the graph with retain_graph=True in the first call.",
        "losses_accumulated": f"{name} takes in another loss at {line} in each iteration, and backward() goes through "
        f"those of earlier iterations again, which {first} has freed. Add up `loss.detach()` or `loss.item()`.",
        "hidden_state_kept": f"{name} of an earlier iteration is used again at {line}, with its graph behind it, which "
        f"{first} has freed. Detach the state between iterations.",
    }[found.cause]
