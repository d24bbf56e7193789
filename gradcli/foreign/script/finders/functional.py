"""torch.func: the call that makes the transformed function, where what the function returns does not fit."""

from __future__ import annotations

import ast

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.reading.asked import Asked, asked
from gradcli.foreign.script.reading.edits import with_keyword
from gradcli.foreign.script.reading.source import callee_name
from gradcli.foreign.script.reading.standing import Found, maker_of

_TRANSFORMS = frozenset({"grad", "grad_and_value", "vjp", "jvp", "jacrev", "jacfwd", "hessian"})
_UNDECLARED = "func_aux_undeclared"


def find(failure: Failure) -> Finding | None:
    """A tuple that has_aux=True would take: the transform; for all else the row's own answer stands."""
    one = asked(failure)
    causes = {cause.name for cause in failure.recognised.causes}
    if one is None or one.call is None or _UNDECLARED not in causes or "tuple" not in str(failure.error):
        return None
    made = _transform(one)
    if made is None or not isinstance(made.node, ast.Call):
        return None
    source = made.scope.source
    says = f"`{source.text(made.node)}` takes a function that returns one tensor; this one returns a tuple."
    edit = with_keyword(source, made.node, "has_aux=True", mechanical=callee_name(made.node) != "hessian")
    return made.finding(failure, _UNDECLARED, says, edit=edit)


def _transform(one: Asked) -> Found | None:
    """The call of ``grad(f)`` itself, in ``grad(f)(x)``, or where the name that is called was given its value."""
    call = one.call
    for node in (call, call.func if call is not None else None):
        if isinstance(node, ast.Call) and callee_name(node) in _TRANSFORMS:
            return Found(node, one.scope)
    made = maker_of(one.failure, call.func, one.scope) if call is not None else None
    if made is None or not isinstance(made[0].value, ast.Call) or callee_name(made[0].value) not in _TRANSFORMS:
        return None
    return Found(made[0].value, made[1].scope)
