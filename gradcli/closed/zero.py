"""Is a sum zero for all sizes? The quick ways first; each is an equality, or multiplies by what is not 0."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.base.errors import LimitError
from gradcli.closed import normal
from gradcli.closed.clearing import cleared
from gradcli.closed.laws import equations
from gradcli.closed.laws.determinants import of_sums
from gradcli.closed.laws.polynomial import freed
from gradcli.closed.laws.relations import follows, inverses_in
from gradcli.closed.laws.sides import multiplied
from gradcli.closed.premises import Premises, applied
from gradcli.closed.rebuilding import atoms_in
from gradcli.closed.terms import Index, Kind, Sum

NORMAL = "index form"


def vanishes(terms: Sum, free: Sequence[Index], known: Premises) -> str:
    """How it is seen that the sum is 0. Errors: LimitError where it is not."""
    left = normal.simplified(terms, free)
    if left and known.symmetric:
        left = normal.simplified(applied(left, known), free)
    if left and known.relations:
        left = equations.applied(left, free, known.relations)
    if left:
        left = cleared(left, free)
    if left and not any(one.kind is Kind.STEP for one in atoms_in(left)):
        left = _by_laws(left, free, known)
    if left:
        raise LimitError("the normal forms differ, which decides nothing", kind="unchecked")
    return NORMAL


def _by_laws(terms: Sum, free: Sequence[Index], known: Premises) -> Sum:
    """What the laws leave of the sum. They take an inverse that occurs to exist.

    With conditions in the sum it may stand on the side that is not taken, where it need not.
    """
    left = of_sums(terms, free)
    if inverses_in(left):
        left, free = freed(left, free, known.given)
    left = multiplied(left, free)
    left = cleared(equations.applied(left, free, known.relations), free)
    return [] if follows(left, free, known.relations) else left
