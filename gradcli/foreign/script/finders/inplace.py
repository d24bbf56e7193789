"""Which write made a tensor that the backward pass needs another one: a line of the user's, or an optimizer's step."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.finders.parts.overwritten import Overwritten, suspects
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import short
from gradcli.foreign.script.reading.holding import Held, Kind, held_tensors
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.saved import Graph, Kept, Saved, differentiated, memory_of
from gradcli.foreign.script.reading.source import SCOPES, dotted
from gradcli.foreign.script.reading.writes import How, Write, writes_of
from gradcli.foreign.script.reading.written import Program, out_of_place, under_no_grad, value_is_tracked
from gradcli.foreign.script.record.records import Record, State
from gradcli.foreign.script.record.trace import Trace


def find(failure: Failure) -> Finding | None:
    """The write, and the variable that was written to."""
    causes = {cause.name for cause in failure.recognised.causes}
    program = Program(failure)
    if "inplace_saved" in causes:
        return _saved(failure, program)
    return _refused(failure, program)


# -- a saved tensor was changed


def _saved(failure: Failure, program: Program) -> Finding | None:
    graph = Graph(differentiated(failure))
    changed = _changed(failure, graph)
    held = _owners(failure, changed)
    if failure.trace is not None:
        found = _seen(failure.trace, graph, changed, held)
        if found is not None:
            return _of_record(program, found, held)
    case = Overwritten(program, changed, held, dict(failure.recognised.parts))
    ranked = suspects(case)
    if ranked is None:
        return None
    return _of_write(program, ranked.write, held, changed, certain=ranked.certain)


def _changed(failure: Failure, graph: Graph) -> list[Saved]:
    """The saved tensors that the message may speak of."""
    parts = failure.recognised.parts
    every = [each for each in graph.saved() if each.kept is Kept.CHANGED]
    told = (parts.get("shape"), parts.get("version"), parts.get("expected_version"))
    same = [each for each in every if (each.shape, str(each.version), str(each.expected)) == told]
    return same or every


def _owners(failure: Failure, changed: list[Saved]) -> list[Held]:
    """The live tensors of the same memory, by the user's names, parameters first."""
    memories = {memory_of(each.data) for each in changed} - {None}
    found = [each for each in held_tensors(failure) if memories and memory_of(each.tensor) in memories]
    return sorted(found, key=lambda each: each.kind is Kind.PLAIN)


def _seen(trace: Trace, graph: Graph, changed: list[Saved], held: list[Held]) -> Record | None:
    """The first write that the record has, after the call that saved the tensor."""
    numbers = {trace.number(each.tensor) for each in held}
    found: list[tuple[bool, int, Record]] = []
    for each in changed:
        record = graph.record(each.node, trace)
        states = (*record.inputs, *record.outputs) if record is not None else ()
        for state in states:
            write = trace.changed_after(state.counter, record.order) if record is not None else None
            if write is not None:
                found.append((not (state.number in numbers or _fits(state, each)), write.order, write))
    return min(found, default=(True, 0, None))[2]


def _fits(state: State, saved: Saved) -> bool:
    """Of the shape that the message names, or of its transpose."""
    shape = [int(size) for size in saved.shape.split(",") if size.strip()]
    return sorted(state.shape) == sorted(shape)


def _of_record(program: Program, record: Record, held: list[Held]) -> Finding:
    write = write_of_record(program, record)
    if write is not None:
        return _of_write(program, write, held, [], certain=True, record=record)
    name = held[0].name if held else None
    cause = "optimizer_step" if record.name == "step" else "inplace_saved"
    return Finding(
        cause=cause,
        place=record.spot.place,
        says=f"{record.name} at line {record.spot.line} changed {name or 'the tensor'} in place after it was saved for "
        "the backward pass, and before backward() came to it.",
        variable=name,
    )


def write_of_record(program: Program, record: Record) -> Write | None:
    """The change in place in the source that a recorded call stems from; of a module, where its flag was set."""
    spot = record.spot
    here = [w for w in writes_of(spot.file) if w.node.lineno <= spot.line <= (w.node.end_lineno or spot.line)]
    if spot.columns is not None:
        exact = [w for w in here if (w.node.lineno, w.node.col_offset) == (spot.line, spot.columns[0])]
        here = exact or here
    if record.name == "step":
        here = [w for w in here if w.how is How.STEP]
    if here:
        return here[0]
    if record.name == "step":
        return None
    flags = [w for w in program.writes() if w.how is How.FLAG and w.target is None and _is_layer(w, record.name)]
    return flags[0] if flags else None


def _is_layer(write: Write, name: str) -> bool:
    """``nn.LeakyReLU(inplace=True)`` for ``leaky_relu``."""
    function = write.node.func if isinstance(write.node, ast.Call) else None
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return called.lower().replace("_", "") == name.lower().replace("_", "")


def _of_write(
    program: Program,
    write: Write,
    held: list[Held],
    changed: list[Saved],
    *,
    certain: bool,
    record: Record | None = None,
) -> Finding:
    name = dotted(write.target) or (write.source.text(write.target) if write.target is not None else "")
    owner = held[0].name if held else ""
    cause = _cause(write, held)
    line = short(program.failure, write.node, program.scope_for(write.node, write.source))
    if write.how is How.STEP:
        says = _of_step(name, owner, line, record)
    else:
        which = f"`{owner or name}`" if owner or name else "A tensor"
        text = write.source.text(write.node)
        says = f"{which} was saved for the backward pass, and `{text}` at {line} changed it in place before backward()"
        says += f" came to it{_versions(changed)}."
        if cause == "inplace_slot":
            says += " Each write to a part of it makes all that was read from it before invalid."
    return Finding(
        cause=cause,
        place=program.place(write.node, write.source),
        says=says,
        variable=(owner if write.how is How.STEP else name or owner) or None,
        certain=certain,
        rivals=() if certain else tuple(n for n in _rivals(program) if n != cause),
        edit=_under_one_name(out_of_place(write), name, held),
    )


def _under_one_name(edit: Edit | None, name: str, held: Sequence[Held]) -> Edit | None:
    """What has another name too, or is seen through a view of it, would keep its old numbers there: no plain change."""
    other = any(each.name != name for each in held)
    return replace(edit, mechanical=False) if edit is not None and other else edit


def _of_step(optimizer: str, owner: str, line: str, record: Record | None) -> str:
    count = len(record.changed) if record is not None else 0
    what = f"`{owner}`" if owner else "the weights"
    more = f" and {count - 1} more" if count > 1 and owner else ""
    return (
        f"`{optimizer}.step()` at {line} changed {what}{more} in place: an optimizer step between the forward pass, "
        f"which saved {what}, and the backward pass, which needs the old values."
    )


def _versions(changed: list[Saved]) -> str:
    if not changed:
        return ""
    return f": it is at version {changed[0].version}, and version {changed[0].expected} was saved"


def _cause(write: Write, held: list[Held]) -> str:
    if write.how is How.STEP:
        return "optimizer_step"
    if any(each.kind is Kind.BUFFER for each in held):
        return "inplace_buffer"
    return "inplace_slot" if _is_slot(write) else "inplace_saved"


def _is_slot(write: Write) -> bool:
    """Written part by part in a loop that reads it as well."""
    name = dotted(write.target)
    if write.how is not How.INDEX or not name:
        return False
    for outer in write.source.above(write.node):
        if isinstance(outer, SCOPES):
            return False
        if isinstance(outer, ast.For | ast.While | ast.AsyncFor):
            reads = [each for each in ast.walk(outer) if each is not write.target and dotted(each) == name]
            return any(isinstance(getattr(each, "ctx", None), ast.Load) for each in reads)
    return False


def _rivals(program: Program) -> tuple[str, ...]:
    return tuple(cause.name for cause in program.failure.recognised.causes)[:2]


# -- a write that torch refused


def _refused(failure: Failure, program: Program) -> Finding | None:
    """The line that raised is the mistake's, but for a view whose base was changed elsewhere."""
    causes = [cause.name for cause in failure.recognised.causes]
    at = program.spot()
    if at is None or not causes:
        return None
    if "has been" in failure.recognised.pasted.message and (found := _base_changed(program, causes)) is not None:
        return found
    node, source, _ = at
    write = program.raised_write()
    name = (dotted(write.target) or None) if write is not None else None
    where = write.node if write is not None else node
    return Finding(
        cause=causes[0],
        place=program.place(where, source),
        says=_why(causes[0], source.text(where), name, program.value(write.target, source) if write else MISSING),
        variable=name,
        edit=_instead(program, causes[0], write) if write is not None else None,
    )


def _base_changed(program: Program, causes: list[str]) -> Finding | None:
    """A view is used whose base was changed in place: the line that changed it."""
    at = program.spot()
    if at is None:
        return None
    node, source, scope = at
    cause = "inplace_view_base" if "inplace_view_base" in causes else causes[0]
    for each in ast.walk(source.statement_of(node)):
        value = program.value(each, source) if isinstance(each, ast.Name | ast.Attribute) else MISSING
        if not live.is_tensor(value):
            continue
        name = source.text(each)
        changes = program.failure.trace.changes(value) if program.failure.trace is not None else ()
        write = write_of_record(program, changes[-1].record) if changes else None
        if write is None:
            case = Overwritten(program, [Saved(None, "", Kept.CHANGED, value)], [], {})
            found = suspects(case)
            write = found.write if found is not None and found.certain else None
        if write is not None:
            text, line = write.source.text(write.node), short(program.failure, write.node, scope)
            return Finding(
                cause=cause,
                place=program.place(write.node, write.source),
                says=f"`{text}` at {line} changed a tensor in place after the view `{name}` of it was made, and "
                f"`{name}` is used again at {short(program.failure, each, scope)}.",
                variable=dotted(write.target) or name,
                edit=out_of_place(write),
            )
    return None


def _why(cause: str, text: str, name: str | None, value: Any) -> str:  # Any: the user's object
    """What the refused write is, in words for its cause."""
    shape = f" of shape {live.shape_of(value)}" if live.is_tensor(value) else ""
    what = f"`{name}`{shape}" if name else "the tensor"
    reasons = {
        "inplace_multi_view": f"{what} is one of several views that unbind, split, chunk or an iteration made at once",
        "inplace_no_grad_view": f"{what} is a view that was made under no_grad, and grad mode is on here",
        "inplace_expanded": f"{what} was expanded, and several of its entries share one place in memory",
        "inplace_overlap": f"{what} shares memory with what is read",
        "out_argument": f"autograd does not record what out= writes into {what}",
        "inplace_function_view": f"{what} is what a custom Function gave back: its input, or a view of it",
        "inplace_hooked_module": f"{what} goes into or comes from a module with a full backward hook",
    }
    return f"`{text}` changes {what} in place: {reasons.get(cause, 'torch refuses that here')}."


def _instead(program: Program, cause: str, write: Write) -> Edit | None:
    if cause == "inplace_no_grad_view" and not value_is_tracked(program, write):
        return under_no_grad(write, mechanical=True)
    if cause == "inplace_no_grad_view":
        return out_of_place(write)
    if cause in ("inplace_hooked_module", "inplace_function_view", "inplace_overlap", "inplace_expanded"):
        return out_of_place(write)
    return None
