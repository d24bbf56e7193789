"""Inverses and determinants of matrices of any size.

inv(A B) = inv(B) inv(A) and det(A B) = det(A) det(B) for square factors; of a diagonal matrix the inverse is entry by
entry. inv(M) of any other is an atom that is canonical in M up to transposition, as inv(M.T) = inv(M).T.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcli.base.errors import LimitError
from gradcli.closed import functions, normal, powers
from gradcli.closed.labelling import components
from gradcli.closed.sizes import Extent
from gradcli.closed.terms import (
    ONE,
    Atom,
    Factor,
    Form,
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
    size_terms,
    times,
    with_factor,
    without,
)

Link = tuple[Factor, Index | None]  # a matrix of a chain, and the index behind it


def inverse(terms: Sum, row: Index, column: Index) -> Sum:
    """inv(M)[row, column] of the matrix with these free indices. Errors: LimitError where M is 0."""
    terms = normal.simplified(terms, (row, column))
    if not terms:
        raise LimitError("the inverse of 0", kind="unchecked")
    number, rest = apart(terms, (row, column))
    out = powers.power(number, (), -1)
    if all(delta(row, column) in term.factors or delta(column, row) in term.factors for term in rest):
        return product(out, _inverse_of_diagonal(rest, row, column))
    chain = links(rest[0], row, column) if len(rest) == 1 else None
    if chain is None:
        form, ports = normal.form_of(rest, (row, column), tidied=True)
        if len(ports) < 2:
            raise LimitError("the inverse of a matrix of equal rows or columns", kind="unchecked")
        return product(out, [Term(1, {(atom_of(Kind.INVERSE, form), ports): 1})])
    return product(out, _inverse_of_chain(chain, row, column))


def apart(terms: Sum, ends: tuple[Index, Index]) -> tuple[Sum, Sum]:
    """What all terms have in common at neither end, and the matrix that is left."""
    if len(terms) > 1:
        common, rest = powers.common_factor_off(terms, ends)
        content, rest = powers.content(rest, ends, whole=True)
        return [Term(content, common.factors)], rest
    (term,) = terms
    number, matrix = Term(term.coefficient, {}), ONE
    for entries, indices in components(term):
        outside = not any(port in ends for factor, _ in entries for port in factor[1])
        part = Term(1, dict(entries), tuple(indices))
        number, matrix = (times(number, part), matrix) if outside else (number, times(matrix, part))
    return [number], [matrix]


def _inverse_of_diagonal(terms: Sum, row: Index, column: Index) -> Sum:
    d = delta(row, column)
    entries = [renamed(without(without(term, d), delta(column, row)), {column: row}) for term in terms]
    return product([Term(1, {d: 1})], powers.power(entries, (row,), -1))


def links(term: Term, row: Index, column: Index) -> list[Link] | None:
    """The square matrices A, B, ... with A[row, i] B[i, j] ... [., column], where the term is such a product."""
    left = dict(term.factors)
    found: list[Link] = []
    at: Port = row
    while left:
        here = [factor for factor in left if at in factor[1]]
        if len(here) != 1 or left[here[0]] != 1 or len(here[0][1]) != 2 or here[0][0].kind is Kind.DELTA:
            return None
        del left[here[0]]
        one, two = here[0][1]
        other = two if one == at else one
        if other == at or other.size != row.size or not isinstance(other, Index):
            return None
        found.append((here[0], None if other is column else other))
        at = other
    return found if at is column else None


def _inverse_of_chain(chain: Sequence[Link], row: Index, column: Index) -> Sum:
    """The inverses in reverse order, by inner indices of their own."""
    starts: list[Index] = [row, *(index for _, index in chain if index is not None)]
    inner = {index: Index(index.size) for index in starts[1:]}
    swap = {row: column, column: row, **inner}
    out: Sum = [ONE]
    for (factor, _), start, end in zip(chain, starts, [*starts[1:], column], strict=True):
        out = product(out, _inverse_of_factor(factor, {start: swap[end], end: swap[start]}))
    return [Term(term.coefficient, term.factors, (*term.bound, *inner.values())) for term in out]


def _inverse_of_factor(factor: Factor, turned: Mapping[Port, Index]) -> Sum:
    """inv(M)[turned[i], turned[j]] for M[i, j]."""
    one, ports = factor
    if one.kind is Kind.INVERSE:
        return one.inside.at([turned[port] for port in ports])
    if one.kind is Kind.MATRIX_EXPONENTIAL:
        row, column = (turned[port] for port in ports)
        return exponential(scaled(one.inside.at((row, column)), -1), row, column)
    form, order = normal.form_of([Term(1, {factor: 1})], tuple(turned), tidied=True)  # type: ignore[arg-type]  # indices
    return [Term(1, {(atom_of(Kind.INVERSE, form), tuple(turned[port] for port in order)): 1})]


def determinant(terms: Sum, row: Index, column: Index) -> Sum:
    """det(M) of the matrix with these free indices."""
    terms = normal.simplified(terms, (row, column))
    if not terms:
        return []
    number, rest = apart(terms, (row, column))
    if number[0].coefficient < 0:
        number, rest = scaled(number, -1), scaled(rest, -1)
    out = to_the_size(number, row.size)
    if (
        len(rest) == 1
        and rest[0].coefficient == 1
        and list(rest[0].factors) in ([delta(row, column)], [delta(column, row)])
    ):
        return out
    alone = len(rest) == 1 and rest[0].coefficient == 1
    chain = links(rest[0], row, column) if alone else None
    for part in _determinants(chain, rest, row, column):
        out = product(out, part)
    return out


def to_the_size(number: Sum, count: Extent) -> Sum:
    """number**count, as det(c A) is c**n det(A) for n rows."""
    if number[0].factors == {} and number[0].coefficient == 1:
        return [ONE]
    return functions.exponential(product(size_terms(count), functions.logarithm(number, ())), ())


def _determinants(chain: list[Link] | None, rest: Sum, row: Index, column: Index) -> list[Sum]:
    if chain is None:
        return [[Term(1, {(_det_atom(rest, row, column), ()): 1})]]
    starts: list[Index] = [row, *(index for _, index in chain if index is not None)]
    found: list[Sum] = []
    for (factor, _), start, end in zip(chain, starts, [*starts[1:], column], strict=True):
        if factor[0].kind is Kind.MATRIX_EXPONENTIAL:
            found.append(_exponential_of_trace(factor[0].inside))
        elif factor[0].kind is Kind.INVERSE:
            found.append(powers.power(determinant(factor[0].inside.at(factor[1]), *factor[1]), (), -1))  # type: ignore[arg-type]  # ports are indices
        else:
            found.append([Term(1, {(_det_atom([Term(1, {factor: 1})], start, end), ()): 1})])
    return found


def _det_atom(terms: Sum, row: Index, column: Index) -> Atom:
    form, ports = normal.form_of(terms, (row, column), tidied=True)
    if len(ports) < 2:
        raise LimitError("the determinant of a matrix of equal rows or columns", kind="unchecked")
    return atom_of(Kind.DETERMINANT, form)


# -- a matrix beside its inverse


@normal.simplifies(Kind.INVERSE)
def met(term: Term, factor: Factor, exponent: Number, _slots: Mapping[Port, int]) -> Sum | None:
    """inv(M)[i, a] M[a, j] is delta[i, j], for M of one factor."""
    core = core_of(factor[0].inside)
    if core is None or exponent != 1:
        return None
    one, turned = core
    for mine, place in ((factor[1][1], 0), (factor[1][0], 1)):
        if mine not in term.bound or factor[1][0] == factor[1][1]:
            continue
        others = [(f, e) for f, e in term.factors.items() if f != factor and mine in f[1]]
        if len(others) != 1 or others[0][1] != 1 or others[0][0][0] is not one:
            continue
        ports = others[0][0][1]
        at = 1 - place if turned else place
        if ports[0] == ports[1] or (ports[at] != mine and one.classes[0] != one.classes[1]):
            continue
        other = ports[1] if ports[0] == mine else ports[0]
        rest = without(without(term, factor), others[0][0])
        ends = (factor[1][0], other) if place == 0 else (other, factor[1][1])
        bound = tuple(index for index in rest.bound if index is not mine)
        return [with_factor(Term(rest.coefficient, rest.factors, bound), delta(*ends), 1)]
    return None


def core_of(form: Form) -> tuple[Atom, bool] | None:
    """The matrix atom that the form is alone, and whether it stands transposed."""

    def look() -> tuple[Atom, bool] | None:
        if len(form.terms) != 1 or form.terms[0][1] or form.terms[0][2] != 1 or len(form.terms[0][0]) != 1:
            return None
        (one, exponent, ports), *_ = form.terms[0][0]
        if exponent != 1 or sorted(ports, key=repr) != [0, 1]:
            return None
        return one, ports == (1, 0)

    found: tuple[Atom, bool] | None = kept(("core", form), look)
    return found


# -- exponentials


def exponential(terms: Sum, row: Index, column: Index) -> Sum:
    """exp(M)[row, column], of which only the trace has a derivative here."""
    terms = normal.simplified(terms, (row, column))
    if not terms:
        return [Term(1, {delta(row, column): 1})]
    form, ports = normal.form_of(terms, (row, column), tidied=True)
    if len(ports) < 2:
        raise LimitError("the exponential of a matrix of equal rows or columns", kind="unchecked")
    return [Term(1, {(atom_of(Kind.MATRIX_EXPONENTIAL, form), ports): 1})]


def _trace_of_exponential(terms: Sum, row: Index, column: Index) -> Sum:
    (made,) = exponential(terms, row, column)
    return [renamed(Term(made.coefficient, made.factors, (row,)), {column: row})]


def _exponential_of_trace(form: Form) -> Sum:
    """det(exp(M)) = exp(trace(M))."""
    index = Index(form.sizes[0])
    terms = form.at((index, index))
    return functions.exponential([Term(term.coefficient, term.factors, (*term.bound, index)) for term in terms], ())


def commute(one: Sum, two: Sum, row: Index, column: Index, variable: Sequence[Index] = ()) -> bool:
    """Is M N = N M by normal form, for N of further free indices?"""
    inner = Index(row.size)
    sides = [
        Term(sign * term.coefficient, term.factors, (*term.bound, inner))
        for first, second, sign in ((one, two, 1), (two, one, -1))
        for term in product([fresh(t, {column: inner}) for t in first], [fresh(t, {row: inner}) for t in second])
    ]
    return not normal.simplified(sides, (row, column, *variable))


@normal.simplifies(Kind.MATRIX_EXPONENTIAL)
def _simpler(term: Term, factor: Factor, exponent: Number, slots: Mapping[Port, int]) -> Sum | None:
    return _traced(term, factor, exponent, slots) or _joined(term, factor, exponent)


def _joined(term: Term, factor: Factor, exponent: Number) -> Sum | None:
    """exp(M) exp(N) = exp(M + N), for M and N that commute."""
    for place, inner in enumerate(factor[1]):
        beside = [other for other in term.factors if inner in other[1] and other != factor]
        if len(beside) != 1 or inner not in term.bound or factor[1].count(inner) > 1 or exponent != 1:
            continue
        other = beside[0]
        if other[0].kind is not Kind.MATRIX_EXPONENTIAL or term.factors[other] != 1 or other[1].count(inner) > 1:
            continue
        row, column = Index(inner.size), Index(inner.size)
        at = other[1].index(inner)
        first = factor[0].inside.at((row, column) if place == 1 else (column, row))
        second = other[0].inside.at((row, column) if at == 0 else (column, row))
        if commute(first, second, row, column):
            rest = without(without(term, factor), other)
            left = Term(rest.coefficient, rest.factors, tuple(index for index in rest.bound if index is not inner))
            ends = {row: factor[1][1 - place], column: other[1][1 - at]}
            return product([left], [fresh(made, ends) for made in exponential(first + second, row, column)])
    return None


def _traced(term: Term, factor: Factor, exponent: Number, _slots: Mapping[Port, int]) -> Sum | None:
    """trace(exp(M)) is an atom of its own, which has a derivative."""
    at, other = factor[1]
    alone = not any(at in other[1] for other in term.factors if other != factor)
    if exponent != 1 or at != other or at not in term.bound or not alone:
        return None
    rest = without(term, factor)
    bound = tuple(index for index in rest.bound if index is not at)
    trace = atom_of(Kind.ITS_TRACE, factor[0].inside)
    return [with_factor(Term(rest.coefficient, rest.factors, bound), (trace, ()), 1)]


MADE = {
    Kind.INVERSE: inverse,
    Kind.DETERMINANT: determinant,
    Kind.MATRIX_EXPONENTIAL: exponential,
    Kind.ITS_TRACE: _trace_of_exponential,
}  # functions of a whole matrix
