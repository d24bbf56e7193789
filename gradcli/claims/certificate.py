"""The certificate of a claim that was proved, or that agrees: it is a proof by itself, for all sizes of the letters."""

from __future__ import annotations

from dataclasses import replace

from gradcli.base.errors import LimitError
from gradcli.base.limits import alarm
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.claims.statement import Statement
from gradcli.closed.certificates.written import Shapes, certificate
from gradcli.inputs.request import Trying

TIME = 30.0  # seconds, beyond what the number of relations allows


def certified(result: ClaimResult, statement: Statement, options: Trying) -> ClaimResult:
    """The result with its certificate, or with the reason why there is none, where one was asked for."""
    if not options.certificate or result.verdict not in {Conclusion.PROVED, Conclusion.AGREES}:
        return result
    wrt = () if statement.kind == "value" else statement.wrt
    sides = result.function, result.claim
    if statement.written is not None:  # in torch's order
        sides = statement.function.source, statement.claim.source
    where = [condition.source for condition in statement.where]
    try:
        with alarm(TIME, f"it was cut off after {TIME:g} s"):
            made = certificate(*sides, statement.kind, wrt, _shapes(statement, options), where)
    except LimitError as limit:
        return replace(result, uncertified=limit.message)
    return replace(result, certificate=made)


def _shapes(statement: Statement, options: Trying) -> Shapes:
    """With letters where they were given; values that stay are variables of which it holds for all."""
    found = {name: value.shape for name, value in options.given.items() if name not in statement.sizes}
    found |= {name: shape for name, shape in statement.free.items() if name not in options.shapes}
    lettered = {name: tuple(int(n) if n.isdecimal() else n for n in parts) for name, parts in options.shapes.items()}
    return {**found, **lettered}
