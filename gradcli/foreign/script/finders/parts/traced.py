"""The cuts that ``--trace`` has seen: calls whose input requires grad and whose output does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from gradcli.foreign.script.reading import cutting, live
from gradcli.foreign.script.reading.asked import Asked
from gradcli.foreign.script.reading.flow import Cut, Flow, Scope
from gradcli.foreign.script.reading.scopes import grad_mode_at, value_of
from gradcli.foreign.script.reading.source import Source, dotted, end, keyword, read_source, start
from gradcli.foreign.script.record.records import Record, Spot
from gradcli.foreign.script.record.trace import Trace

MOST = 5000  # calls of a history that are looked at
_NUMBERS = {"item", "tolist", "__float__", "__int__", "__complex__", "__bool__", "__index__"}
_ARRAYS = {"numpy", "__array__"}
_SPACES = ("torch", "F", "nn", "np", "numpy", "functional")
_SHAPED = {"_like", "new_"}  # zeros_like and its kin take a tensor for its shape only


def cuts_of_trace(one: Asked, nodes: Sequence[ast.expr], flow: Flow) -> list[Cut]:
    """What the record says of the tensors without a graph, each cut once; empty without a record."""
    trace = one.failure.trace
    if trace is None:
        return []
    found: dict[tuple[str, tuple[int, int], str], Cut] = {}
    for start_at in _starts(trace, one, nodes):
        history = list(islice(trace.history(start_at), MOST))
        for record in history:
            if _cuts(record):
                cut = _as_cut(record, history, one, flow)
                if cut is not None:
                    found.setdefault((*cut.place, cut.cause), cut)
    return list(found.values())


def _starts(trace: Trace, one: Asked, nodes: Sequence[ast.expr]) -> Iterator[Record]:
    """The calls that made the tensors: of live ones, and of those that the failed call was given."""
    values = [value_of(node, one.scope) for node in nodes]
    for value in values:
        made = trace.maker(value) if live.is_tensor(value) else trace.source(value) if type(value) is float else None
        if made is not None:
            yield made
    if all(live.is_tensor(value) for value in values):
        return
    last = trace.last
    if last is not None and last.error:
        for state in last.inputs:
            made = trace.maker(state) if not state.requires_grad else None
            if made is not None:
                yield made


def _cuts(record: Record) -> bool:
    if any(part in record.name for part in _SHAPED) or record.name == "backward" or record.error:
        return False
    tracked = any(state.requires_grad for state in record.inputs)
    return tracked and not any(state.requires_grad for state in record.outputs)


def _as_cut(record: Record, history: list[Record], one: Asked, flow: Flow) -> Cut | None:
    source = read_source(record.spot.file)
    node = node_of_spot(source, record.spot) if source is not None else None
    if source is None or node is None:
        return None
    scope = _scope(source, node, one)
    cause, detail = _cause(record, history, node)
    where, inside = node, scope
    if cause == "grad_disabled":
        switch = grad_mode_at(node, scope)
        if switch is not None:
            where, detail = switch.node, switch.mode
    cut = Cut(cause, where, inside, _what(node, source), True, detail, name=_target(source, node))
    for each in flow.cuts:  # the source has read the same: its words are better, its input is known now
        if each.cause == cause and each.place[0] == cut.place[0] and each.place[1][0] == cut.place[1][0]:
            return replace(each, tracked=True, sure=True)
    if cause == "grad_disabled" and where is node:
        return next((replace(each, tracked=True) for each in flow.cuts if each.cause == cause), cut)
    return cut


def _cause(record: Record, history: list[Record], node: ast.AST) -> tuple[str, str]:
    """The catalogue's name of a call that cut, and the word that people know it by."""
    name, called = record.name.strip("."), _called(node)
    if name in ("detach", "detach_", "data"):
        onward = _leaves_torch(record, history)
        return onward or (("data_attribute", "data") if name == "data" else ("detached", name))
    if name == "grad" and record.name.startswith("."):
        return "create_graph_missing", "grad attribute"
    if name in _NUMBERS or name in _ARRAYS:
        return ("numpy_round_trip", "numpy") if name in _ARRAYS else ("python_number", name.strip("_"))
    if called == "checkpoint":
        return "checkpoint_inputs", "checkpoint"
    if called == "sample":
        return "sampled", "sample"
    if not record.grad_mode or record.inference_mode:
        return "grad_disabled", "inference_mode" if record.inference_mode else "no_grad"
    if name in cutting.REBUILT or name in cutting.REBUILT_OF_LISTS:
        return "tensor_rebuilt", name
    if name == "grad" and record.options.get("create_graph"):
        return "derivative_constant", "autograd.grad"
    if name == "grad":
        return "create_graph_missing", "autograd.grad"
    if name == "multinomial":
        return "sampled", name
    if all(not state.dtype.is_floating_point and not state.dtype.is_complex for state in record.outputs):
        return "non_differentiable_op", _OPERATORS.get(name, name)
    if name == "apply":
        return "non_differentiable_op", called
    return "derivative_unimplemented", name


_OPERATORS = dict.fromkeys(
    ("gt", "lt", "ge", "le", "eq", "ne", "__gt__", "__lt__", "__ge__", "__le__", "__eq__", "__ne__"), "comparison"
)


def _leaves_torch(record: Record, history: list[Record]) -> tuple[str, str] | None:
    """What a detach was written for: the numpy call or the number that its output goes into."""
    reached = {state.number for state in record.outputs}
    for later in sorted((one for one in history if one.order > record.order), key=lambda one: one.order):
        if any(state.number in reached for state in later.inputs):
            if later.name in _ARRAYS:
                return "numpy_round_trip", "numpy"
            if later.name in _NUMBERS:
                return "python_number", later.name.strip("_")
            reached |= {state.number for state in later.outputs}
    return None


def node_of_spot(source: Source, spot: Spot) -> ast.AST | None:
    """The expression at which a call was made: a call by preference; else the statement of its line."""
    if spot.columns is not None:
        span = ((spot.line, spot.columns[0]), (spot.end_line, spot.columns[1]))
        same = [
            each for each in ast.walk(source.tree) if isinstance(each, ast.expr) and (start(each), end(each)) == span
        ]
        if same:
            return next((each for each in same if isinstance(each, ast.Call)), same[0])
    lines = [each for each in ast.walk(source.tree) if isinstance(each, ast.stmt) and each.lineno == spot.line]
    return lines[-1] if lines else None


def _scope(source: Source, node: ast.AST, one: Asked) -> Scope:
    """The frame that stands at the node's function, else the function without live names."""
    inner = source.scope_of(node)
    standing = [each for each in one.scopes if each.node is inner]
    return standing[-1] if standing else Scope(source, inner, {})


def _called(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _what(node: ast.AST, source: Source) -> str:
    """The text of what was cut: a method's receiver, the first argument, the operand."""
    if isinstance(node, ast.Call):
        function = node.func
        space = isinstance(function, ast.Attribute) and dotted(function.value).split(".")[0] in (
            "torch",
            "F",
            "nn",
            "np",
        )
        if isinstance(function, ast.Attribute) and not space:
            return source.text(function.value)
        first = node.args[0] if node.args else keyword(node, "input")
        return source.text(first) if first is not None else source.text(node)
    if isinstance(node, ast.Attribute):
        return source.text(node.value)
    if isinstance(node, ast.Compare):
        return source.text(node.left)
    return source.text(node)


def _target(source: Source, node: ast.AST) -> str | None:
    statement = source.statement_of(node)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return dotted(statement.targets[0]) or None
    return dotted(statement.target) or None if isinstance(statement, ast.AugAssign | ast.AnnAssign) else None
