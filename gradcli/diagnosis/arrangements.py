"""Claims in a layout, about vec(X), or by entries that move together: what is wrong with them, in that arrangement.

All other causes look at the ordinary question that the claim was turned into: what they say holds, where it says
nothing of axes, and what they suggest is in torch's order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from gradcli.base.errors import ExpressionError, LimitError, UsageError
from gradcli.claims.conclusion import Diagnosis
from gradcli.claims.proof import QUICK, proof_of
from gradcli.claims.statement import Statement, in_torch_order
from gradcli.closed.arrangement import LAYOUTS, Arrangement
from gradcli.closed.notation.form import closed_form
from gradcli.meaning import symbolic

OF_AXES = {"layout", "transpose", "shape", "wrong part"}  # kinds of causes that speak of torch's order


def arranged(found: Diagnosis | None, statement: Statement) -> Diagnosis | None:
    """The diagnosis of a claim that has an arrangement, with a suggestion in it."""
    written = statement.written
    assert written is not None
    formula = _formula(written)
    other = next((other for other in _others(written.arrangement) if _is_right(written, other)), None)
    if other is not None:
        return Diagnosis("layout", f"the claim is right {_words(written.arrangement, other)}", formula)
    if found is not None and found.kind not in OF_AXES and not written.arrangement.joint:
        return replace(found, suggestion=formula)
    return None if formula is None else Diagnosis("formula", "no other arrangement mends the claim", formula)


def _words(own: Arrangement, other: Arrangement) -> str:
    """In what they differ: ``in denominator layout``."""
    words = []
    if other.layout != own.layout:
        words.append(f"in {other.layout} layout" if other.layout else "in torch's order of axes")
    if other.vec != own.vec:
        words.append("about vec(f) and vec(X)" if other.vec else "with each axis of a matrix by itself")
    if other.joint != own.joint:
        words.append(f"where the entries of {', '.join(own.joint)} move one by one")
    return ", ".join(words)


def _others(own: Arrangement) -> Iterator[Arrangement]:
    for layout in ("", *LAYOUTS):
        for vec in (own.vec, not own.vec):
            for joint in dict.fromkeys((own.joint, ())):
                other = Arrangement(layout, vec, joint)
                if other != own:
                    yield other


def _is_right(written: Statement, other: Arrangement) -> bool:
    with suppress(LimitError, ExpressionError, UsageError):
        statement = replace(written, arrangement=other)
        return proof_of([in_torch_order(statement) if other else statement], QUICK).sure
    return False


def _formula(written: Statement) -> str | None:
    try:
        with symbolic.failures():
            asked = (written.function, written.kind, written.wrt, written.axes, written.where, None)
            return closed_form(*asked, written.arrangement).text
    except LimitError:
        return None
