"""A sum that is a polynomial in a tensor, without a constant, is 0 where its derivative in the tensor is.

y @ G @ y = 0 for all y where (G + G.T) @ y = 0 for all y, trace(G @ C) = 0 for all C where G = 0: that frees indices at
which laws of inverses can be used. Of a tensor that stands in no other atom the sum is such a polynomial; one of which
something is given is left alone, as it may not take all values.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradcli.closed import derive, normal
from gradcli.closed.terms import Atom, Factor, Index, Kind, Number, Sum, Term

MAX_DEGREE = 2  # in one tensor
MAX_FREED = 3  # tensors


def freed(terms: Sum, free: Sequence[Index], given: Collection[str]) -> tuple[Sum, list[Index]]:
    """The derivative in all such tensors, and its free indices; it is 0 exactly where the sum is."""
    indices = list(free)
    for _ in range(MAX_FREED):
        found = _tensor(terms, given) if terms else None
        if found is None:
            break
        at = [Index(size) for size in found.sizes]
        indices += at
        terms = normal.simplified(derive.derivative(terms, found.name, at), indices)
    return terms, indices


def _tensor(terms: Sum, given: Collection[str]) -> Atom | None:
    """A tensor of low degree at least 1 in each term."""
    opened = [_opened(term) for term in terms]
    degrees = [_degrees(factors) for factors in opened]
    inside = {
        name for factors in opened for (one, _), _ in factors if one.kind is not Kind.TENSOR for name in one.names
    }
    common = set(degrees[0]).intersection(*degrees[1:])
    ranked = {
        one: max(found[one] for found in degrees) for one in common if one.name not in inside and one.name not in given
    }
    least = min(ranked, key=lambda one: (ranked[one], one.name), default=None)
    return least if least is not None and ranked[least] <= MAX_DEGREE else None


def _degrees(factors: Sequence[tuple[Factor, Number]]) -> dict[Atom, Number]:
    """The degree of each tensor that is more than a number; past MAX_DEGREE where a power is not whole and positive."""
    found: dict[Atom, Number] = {}
    for (one, _), exponent in factors:
        if one.kind is Kind.TENSOR and one.sizes:
            found[one] = found.get(one, 0) + (exponent if exponent == int(exponent) > 0 else MAX_DEGREE + 1)
    return found


def _opened(term: Term) -> list[tuple[Factor, Number]]:
    """The factors, with those of closed parts such as x @ x in the place of these."""
    found: list[tuple[Factor, Number]] = []
    for factor, exponent in term.factors.items():
        one = factor[0]
        closed = one.kind is Kind.POWER and not one.sizes and normal.is_cluster(one.inside)
        if closed and exponent == int(exponent) > 0:
            found += [(inner, e * exponent) for inner, e in one.inside.at(())[0].factors.items()]
        else:
            found.append((factor, exponent))
    return found
