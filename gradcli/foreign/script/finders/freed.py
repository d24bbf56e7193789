"""Why a backward pass came to a graph that an earlier one had freed: which call freed it, and what joins the two."""

from __future__ import annotations

import ast

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.finders.parts.passed_twice import by_record, joined
from gradcli.foreign.script.finders.parts.read_twice import by_source, turn_of
from gradcli.foreign.script.reading.asked import asked
from gradcli.foreign.script.reading.saved import Graph, differentiated
from gradcli.foreign.script.reading.source import Source
from gradcli.foreign.script.reading.written import Program


def find(failure: Failure) -> Finding | None:
    """From the record where there is one, else from live objects and the source."""
    program = Program(failure)
    at = program.spot()
    if at is None:
        return None
    node, source, _ = at
    roots = differentiated(failure)
    if not roots:
        return _read_afterwards(program, node, source)
    graph = Graph(roots)
    one = asked(failure)
    plain = by_source(program, graph, one) if one is not None else None
    if failure.trace is None:
        return plain
    turn = turn_of(program, one.call, one.scope) if one is not None and one.call is not None else None
    found = joined(graph, failure.trace, repeated=turn is not None, trains=turn is not None and turn.trains)
    return plain if found is None else by_record(program, found, plain)


def _read_afterwards(program: Program, node: ast.AST, source: Source) -> Finding:
    """No backward pass was asked for: saved tensors were read by hand."""
    return Finding(
        cause="saved_tensors_freed",
        place=program.place(node, source),
        says=f"`{source.text(node)}` reads tensors that the graph had saved, after a backward pass has freed them.",
    )
