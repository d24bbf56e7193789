"""torch.vmap and torch.func: the call that lacks an option, or the line of the mapped function."""

from __future__ import annotations

import ast

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.reading.asked import Asked, asked
from gradcli.foreign.script.reading.edits import with_keyword, without
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.source import callee_name
from gradcli.foreign.script.reading.standing import Found

_MAPPERS = ("vmap", "jacrev", "jacfwd", "hessian")


def find(failure: Failure) -> Finding | None:
    """For random numbers the call of vmap; for ``.item()`` the line that calls it; else the raising line."""
    causes = failure.recognised.causes
    one = asked(failure)
    if one is None or not causes:
        return None
    if causes[0].name == "vmap_random":
        return _random(failure, one)
    if causes[0].name == "vmap_data_dependent" and one.call is not None and callee_name(one.call) == "item":
        edit = without(one.scope.source, one.call, mechanical=True)
        says = f"`{one.scope.source.text(one.call)}` asks for one number, and under vmap there is one for each sample."
        return Found(one.call, one.scope).finding(failure, causes[0].name, says, edit=edit)
    return None


def _random(failure: Failure, one: Asked) -> Finding | None:
    """The nearest call of vmap around: it is there that randomness is allowed."""
    for scope in reversed(one.scopes):
        line = scope.stands_at[0] if scope.stands_at else 0
        mapper = _mapper(scope, line)
        if mapper is not None:
            text = one.scope.source.text(one.node)
            says = f"`{text}` draws random numbers inside of what this call maps, and says nothing of `randomness`."
            takes_it = callee_name(mapper) == "vmap"
            edit = with_keyword(scope.source, mapper, 'randomness="different"', mechanical=takes_it)
            return Found(mapper, scope).finding(failure, "vmap_random", says, edit=edit)
    return None


def _mapper(scope: Scope, line: int) -> ast.Call | None:
    """The call of vmap in the statement that starts at or holds a line."""
    calls = [node for node in ast.walk(scope.source.tree) if isinstance(node, ast.Call)]
    held = [node for node in calls if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return next((node for node in held if callee_name(node) in _MAPPERS), None)
