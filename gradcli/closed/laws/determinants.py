"""Determinants of sums: what stands at both ends changes places, what has an inverse is taken out.

Each law holds at every point at which its terms have a value; which of several equal forms is taken is the choice of
the least, so that equal determinants meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gradcli.closed import matrices, normal, powers
from gradcli.closed.labelling import canonical
from gradcli.closed.rebuilding import atoms_in, rebuilt
from gradcli.closed.sizes import Extent
from gradcli.closed.terms import (
    ONE,
    Atom,
    Factor,
    Index,
    Kind,
    Number,
    Port,
    Sum,
    Term,
    atom_of,
    delta,
    fresh,
    kept,
    product,
    renamed,
    scaled,
    without,
)

MAX_FORMS = 8  # that are looked at for one determinant

Ends = tuple[Index, Index]


def of_sums(terms: Sum, free: Sequence[Index]) -> Sum:
    """The sum with its determinants brought to their least form, those inside of other factors included."""
    known = list(atoms_in(terms))
    if not any(one.kind is Kind.DETERMINANT for one in known):
        return terms
    inverses = sorted({one for one in known if one.kind is Kind.INVERSE}, key=lambda one: one.number)
    label = f"determinants {[one.number for one in inverses]}"

    def least(factor: Factor, exponent: Number) -> Sum | None:
        one, _ = factor
        if one.kind is not Kind.DETERMINANT or len(one.inside.terms) < 2:
            return None
        return powers.power(kept((label, one.number), lambda: _of(one, inverses)), (), exponent)

    return normal.simplified(rebuilt(terms, least, label), free)


def _of(one: Atom, inverses: Sequence[Atom]) -> Sum:
    row, column = (Index(size) for size in one.inside.sizes)
    return _determinant(one.inside.at((row, column)), (row, column), inverses)


def _determinant(terms: Sum, ends: Ends, inverses: Sequence[Atom]) -> Sum:
    found = _common(terms, ends)
    if found is not None:
        return product(found[0], _determinant(found[1], ends, inverses))
    found = _lemma(terms, ends, inverses)
    return product(found[0], _sylvester(found[1], ends)) if found is not None else _sylvester(terms, ends)


# -- a common factor, and the determinant lemma


def _common(terms: Sum, ends: Ends) -> tuple[Sum, Sum] | None:
    """det(A B + A C) = det(A) det(B + C), and det(B A + C A), for square matrices of any rank."""
    for place in (0, 1):
        end, other = ends[place], ends[1 - place]
        parts = [_peeled(term, end) for term in terms]
        if any(part is None or part.inner is None or part.inner.size != end.size for part in parts):
            continue
        found = [part for part in parts if part is not None and part.inner is not None]
        if len({_key(part, end) for part in found}) == 1:
            rest = [renamed(part.rest, {part.inner: end}) for part in found]
            first = found[0]
            assert first.inner is not None
            matrix = [renamed(first.unit, {first.inner: other})]
            return matrices.determinant(matrix, *ends), rest
    return None


def _lemma(terms: Sum, ends: Ends, inverses: Sequence[Atom]) -> tuple[Sum, Sum] | None:
    """det(F + R) = det(F) det(1 + inv(F) R), where inv(F) occurs in the sum, so that F has an inverse."""
    for matrix, inverse in _invertible(terms, ends, inverses):
        rest = normal.simplified([*terms, *scaled(matrix, -1)], ends)
        if not 0 < len(rest) < len(terms) or (not _is_inverse(matrix[0], ends) and any(map(_has_delta, rest))):
            continue
        new = Index(ends[0].size)
        turned = [renamed(term, {ends[0]: new}) for term in rest]
        moved = [
            Term(term.coefficient, term.factors, (*term.bound, new))
            for term in product([fresh(term, {ends[1]: new}) for term in inverse], turned)
        ]
        left = normal.simplified([Term(1, {delta(*ends): 1}), *moved], ends)
        return matrices.determinant(matrix, *ends), left
    return None


def _invertible(terms: Sum, ends: Ends, inverses: Sequence[Atom]) -> Iterator[tuple[Sum, Sum]]:
    """Matrices that stand in the sum and of which the inverse is known, with it: inverses themselves, the last first.

    A matrix beside 1 stays: det(1 + inv(B)) det(B) = det(1 + B) is used in this direction.
    """
    alone = [term for term in terms if _is_inverse(term, ends)]
    for term in sorted(alone, key=lambda term: -next(iter(term.factors))[0].number):
        yield [term], matrices.inverse([term], *ends)
    for one in inverses:
        for order in (ends, ends[::-1]) if one.sizes == (ends[0].size, ends[1].size) else ():
            yield one.inside.at(order), [Term(1, {(one, order): 1})]


def _is_inverse(term: Term, ends: Ends) -> bool:
    if len(term.factors) != 1 or term.bound:
        return False
    (((one, ports), exponent),) = term.factors.items()
    return one.kind is Kind.INVERSE and exponent == 1 and set(ports) == set(ends)


def _has_delta(term: Term) -> bool:
    return any(one.kind is Kind.DELTA for one, _ in term.factors)


# -- Sylvester


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """unit[end, inner] * rest[inner, other end]; ``inner`` is None where the term is of rank one."""

    unit: Term
    rest: Term
    inner: Index | None


def _sylvester(terms: Sum, ends: Ends) -> Sum:
    """det(c + U V) = c**(n - m) det(c + V U), U (n, m), V (m, n): of all such forms the least.

    c is a number, or made of letters and names that are 0 at single points alone, where both sides are continuous. Of
    rank one, m = 1, the right side is c**(n - 1) (c + v @ u).
    """
    found = _forms(terms, ends)
    for scale, matrix, at in found:
        if at is None:
            return product(scale, matrix)
    scale, matrix, at = min(found, key=_number)
    assert at is not None
    form, _ = normal.form_of(matrix, at)
    return product(scale, [Term(1, {(atom_of(Kind.DETERMINANT, form), ()): 1})])


Shape = tuple[Sum, Sum, Ends | None]  # a scale, a matrix and its ends; a number has none


def _number(shape: Shape) -> int:
    assert shape[2] is not None
    return normal.form_of(shape[1], shape[2])[0].number


def _forms(terms: Sum, ends: Ends) -> list[Shape]:
    """All forms that are reached by moving what stands at one end to the other."""
    found: list[Shape] = [([ONE], terms, ends)]
    seen = {_number(found[0])}
    for scale, matrix, at in found:
        if at is None or len(found) >= MAX_FORMS:
            break
        for new_scale, moved, new_ends in _moved(matrix, at):
            if new_ends is None:
                return [(product(scale, new_scale), moved, None)]
            number = _number((scale, moved, new_ends))
            if number not in seen:
                seen.add(number)
                found.append((product(scale, new_scale), moved, new_ends))
    return found


def _moved(terms: Sum, ends: Ends) -> Iterator[Shape]:
    number, rest = _identity(terms, ends)
    if number is None or not rest:
        return
    for place in (0, 1):
        end, other = ends[place], ends[1 - place]
        parts = [part for term in rest if (part := _peeled(term, end)) is not None]
        if len(parts) < len(rest) or len({_key(part, end) for part in parts}) > 1:
            continue
        size: Extent = 1 if parts[0].inner is None else parts[0].inner.size
        scale = matrices.to_the_size([number], end.size - size) if end.size != size else [ONE]
        yield scale, *_turned(number, parts, end, other)


def _turned(number: Term, parts: Sequence[_Part], end: Index, other: Index) -> tuple[Sum, Ends | None]:
    """c + V U for the parts of U V."""
    if parts[0].inner is None:
        made = [product([part.rest], [fresh(renamed(part.unit, {end: other}))])[0] for part in parts]
        return normal.simplified([number, *(_summed(term, other) for term in made)], ()), None
    a, b = Index(parts[0].inner.size), Index(parts[0].inner.size)
    moved = []
    for part in parts:
        assert part.inner is not None
        unit = fresh(part.unit, {end: other, part.inner: b})
        moved.append(_summed(product([fresh(part.rest, {part.inner: a})], [unit])[0], other))
    identity = Term(number.coefficient, {**number.factors, delta(a, b): 1}, number.bound)
    return normal.simplified([identity, *moved], (a, b)), (a, b)


def _summed(term: Term, index: Index) -> Term:
    """Summed over an index, which gets another name."""
    new = Index(index.size)
    out = renamed(term, {index: new})
    return Term(out.coefficient, out.factors, (*out.bound, new))


def _identity(terms: Sum, ends: Ends) -> tuple[Term | None, Sum]:
    """The c of c + U V, and the terms of U V; None where there is no such c, or it may be 0 everywhere."""
    deltas = {delta(*ends), delta(*ends[::-1])}
    on = [term for term in terms if deltas & set(term.factors)]
    if len(on) != 1:
        return None, []
    number = on[0]
    for one in deltas:
        number = without(number, one)
    plain = all(
        one.positive or one.kind is Kind.LETTER or (one.kind is Kind.TENSOR and not ports)
        for one, ports in number.factors
    )
    if not plain or number.bound or any(port in ends for _, ports in number.factors for port in ports):
        return None, []
    return number, [term for term in terms if term is not on[0]]


def _peeled(term: Term, end: Index) -> _Part | None:
    """What stands at this end, and the rest, if one bound index at most joins them."""
    unit = {factor: e for factor, e in term.factors.items() if end in factor[1]}
    rest = {factor: e for factor, e in term.factors.items() if factor not in unit}
    mine: set[Port] = {port for _, ports in unit for port in ports if port is not end}
    if not unit or any(port not in term.bound for port in mine) or any(one.kind is Kind.DELTA for one, _ in unit):
        return None
    theirs: set[Port] = {port for _, ports in rest for port in ports}
    joined = [index for index in term.bound if index in mine and index in theirs]
    if len(joined) > 1 or (not joined and mine):
        return None
    inner = joined[0] if joined else None
    own = tuple(index for index in term.bound if index in mine and index is not inner)
    left = tuple(index for index in term.bound if index not in mine)
    return _Part(Term(1, unit, own), Term(term.coefficient, rest, left), inner)


def _key(part: _Part, end: Index) -> object:
    slots: Mapping[Port, int] = {end: 0} if part.inner is None else {end: 0, part.inner: 1}
    return canonical(part.unit, slots), part.inner is None
