"""Checkpointing: the call whose mode does not go with what is asked."""

from __future__ import annotations

import ast

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.reading.edits import with_keyword
from gradcli.foreign.script.reading.source import is_true, keyword
from gradcli.foreign.script.reading.standing import calls_named, nearest

_REENTRANT = ("checkpoint_inputs", "checkpoint_reentrant")


def find(failure: Failure) -> Finding | None:
    """The reentrant checkpoint, for what only the other kind can do; else the call that recomputes."""
    causes = [cause.name for cause in failure.recognised.causes]
    every = calls_named(failure, {"checkpoint", "checkpoint_sequential"})
    if not causes:
        return None
    if causes[0] not in _REENTRANT:
        made = nearest(failure, every)
        if made is None or len(causes) > 1:
            return None
        says = f"This call forgets the intermediate values of `{made.scope.source.text(made.node)}` and runs it again."
        return made.finding(failure, causes[0], says)
    calls = [
        one
        for one in every
        if isinstance(one.node, ast.Call) and (is_true(keyword(one.node, "use_reentrant")) or _silent(one.node))
    ]
    one = nearest(failure, calls)
    if one is None or not isinstance(one.node, ast.Call):
        return None
    edit = with_keyword(one.scope.source, one.node, "use_reentrant=False", mechanical=True)
    says = f"`{one.scope.source.text(one.node)}` is a reentrant checkpoint."
    return one.finding(failure, causes[0], says, certain=len(calls) == 1, rivals=tuple(causes[1:]), edit=edit)


def _silent(call: ast.Call) -> bool:
    """Says nothing of its kind: reentrant, with a warning."""
    return keyword(call, "use_reentrant") is None
