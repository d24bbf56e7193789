"""Normal form of a sum: deltas contracted, inverses met, closed parts gathered, like terms together.

Two sums of one normal form are equal for all sizes; sums of different ones may be equal still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import permutations
from itertools import product as choices

from gradcli.base.errors import LimitError
from gradcli.closed.labelling import Key, canonical, components
from gradcli.closed.sizes import Extent
from gradcli.closed.terms import (
    MAX_TERMS,
    Atom,
    Factor,
    Form,
    Index,
    Kind,
    Number,
    Place,
    Port,
    Sum,
    Term,
    atom_of,
    current,
    kept,
    product,
    renamed,
    size_terms,
    spend,
    times,
    without,
)

MAX_ORDERS = 24  # orders of free indices of one size that are tried for the least


def simplified(terms: Iterable[Term], free: Sequence[Index]) -> Sum:
    """The sum with each term tidied and like terms together."""
    return _together(terms, free, _step)


def collected(terms: Iterable[Term], free: Sequence[Index]) -> Sum:
    """The sum with its deltas contracted and like terms together, and nothing else done to it."""
    return _together(terms, free, _contracted)


def _together(terms: Iterable[Term], free: Sequence[Index], simplify: Simplification) -> Sum:
    """The tidied terms, like ones together; one by itself needs no key."""
    slots: dict[Port, int] = {i: n for n, i in enumerate(free)}
    tidied = tidy(terms, slots, simplify)
    if len(tidied) < 2:
        return tidied
    return [Term(c, t.factors, t.bound) for t, c in _counted(tidied, slots).values()]


def keyed(terms: Iterable[Term], slots: Mapping[Port, int]) -> dict[Key, tuple[Term, Number]]:
    """The tidied terms by their keys, with what their coefficients add up to."""
    return _counted(tidy(terms, slots, _step), slots)


def _counted(tidied: Iterable[Term], slots: Mapping[Port, int]) -> dict[Key, tuple[Term, Number]]:
    found: dict[Key, tuple[Term, Number]] = {}
    for term in tidied:
        key = canonical(term, slots)
        known = found.pop(key, None)
        total = term.coefficient + (known[1] if known else 0)
        if total:
            found[key] = (known[0] if known else term, total)
    return found


# -- one term


def tidy(terms: Iterable[Term], slots: Mapping[Port, int], simplify: Simplification) -> Sum:
    """Each term simplified until nothing is left to do, which may make several terms of it.

    Errors: LimitError past MAX_TERMS, and where something is divided by 0.
    """
    out: Sum = []
    work = list(terms)
    while work:
        term = work.pop()
        if not term.coefficient:
            continue
        step = simplify(term, slots)
        if step is None:
            out.append(term)
        else:
            work.extend(step)
        if len(out) + len(work) > MAX_TERMS:
            raise LimitError(f"more than {MAX_TERMS:,} terms", kind="unchecked")
    return out


Simplification = Callable[[Term, Mapping[Port, int]], Sum | None]
Step = Callable[[Term, Factor, Number, Mapping[Port, int]], Sum | None]
_STEPS: dict[Kind, Step] = {}  # what simplifies a term with a factor of that kind


def simplifies(*kinds: Kind) -> Callable[[Step], Step]:
    """The decorated function is asked for terms with a factor of one of these kinds."""

    def register(step: Step) -> Step:
        _STEPS.update(dict.fromkeys(kinds, step))
        return step

    return register


def _step(term: Term, slots: Mapping[Port, int]) -> Sum | None:
    """One simplification of the term; None where there is none."""
    spend(len(term.factors))
    for factor, exponent in term.factors.items():
        step = _STEPS.get(factor[0].kind)
        found = step(term, factor, exponent, slots) if step else None
        if found is not None:
            return found
    return _unused(term) or _gathered(term, slots)


def _contracted(term: Term, slots: Mapping[Port, int]) -> Sum | None:
    """One delta less, or an index at no factor as a size; None where there is neither."""
    for factor, exponent in term.factors.items():
        found = _delta(term, factor, exponent, slots) if factor[0].kind is Kind.DELTA else None
        if found is not None:
            return found
    return _unused(term)


@simplifies(Kind.DELTA)
def _delta(term: Term, factor: Factor, exponent: Number, slots: Mapping[Port, int]) -> Sum | None:
    if exponent < 0:
        raise LimitError("a division by 0", kind="unchecked")
    i, j = factor[1]
    rest = without(term, factor)
    if i == j:
        return [rest]
    for one, other in ((i, j), (j, i)):
        if one in term.bound:
            bound = tuple(index for index in rest.bound if index is not one)
            return [renamed(Term(rest.coefficient, rest.factors, bound), {one: other})]
    if isinstance(i, Place) and isinstance(j, Place):
        return [] if _apart(i, j) else None if exponent == 1 else [times(rest, Term(1, {factor: 1}))]
    return _kept_delta(term, factor, exponent, slots)


def _apart(i: Place, j: Place) -> bool:
    """Are two places that differ certainly different ones? The first and the last are the same where there is one."""
    return isinstance(i.size, int) or (i.at < 0) == (j.at < 0)


def _kept_delta(term: Term, factor: Factor, exponent: Number, slots: Mapping[Port, int]) -> Sum | None:
    """A delta of free indices stays; the later of them is replaced in all other factors."""
    i, j = sorted(factor[1], key=lambda port: slots.get(port, -1))
    rest = without(term, factor)
    if exponent == 1 and factor[1] == (i, j) and not any(j in ports for _, ports in rest.factors):
        return None
    return [times(renamed(rest, {j: i}), Term(1, {(factor[0], (i, j)): 1}))]


def _unused(term: Term) -> Sum | None:
    """A bound index that stands at no factor is a size."""
    if not term.bound:
        return None
    used = {port for _, ports in term.factors for port in ports}
    unused = next((index for index in term.bound if index not in used), None)
    if unused is None:
        return None
    rest = Term(term.coefficient, term.factors, tuple(index for index in term.bound if index is not unused))
    return product([rest], size_terms(unused.size))


def _gathered(term: Term, slots: Mapping[Port, int]) -> Sum | None:
    """Closed parts, such as x @ x, as atoms with an exponent, so that equal ones meet; one by itself stays."""
    if not term.bound or len(term.factors) < 2:
        return None
    parts = components(term)
    if len(parts) == 1:
        return None
    closed = [
        (entries, indices)
        for entries, indices in parts
        if indices and not any(port in slots for (_, ports), _ in entries for port in ports)
    ]
    if not closed:
        return None
    inside = {index for _, indices in closed for index in indices}
    gone = {factor for entries, _ in closed for factor, _ in entries}
    left = {factor: exponent for factor, exponent in term.factors.items() if factor not in gone}
    out = Term(term.coefficient, left, tuple(index for index in term.bound if index not in inside))
    for entries, indices in closed:
        form, _ = form_of([Term(1, dict(entries), tuple(indices))], (), tidied=True)
        out = times(out, Term(1, {(atom_of(Kind.POWER, form), ()): 1}))
    return [out]


# -- a sum as a form


def form_of(terms: Sequence[Term], free: Sequence[Index], *, tidied: bool = False) -> tuple[Form, tuple[Index, ...]]:
    """The canonical form of a sum, and its free indices in the form's order; those that stand nowhere are left out."""
    if not tidied:
        terms = simplified(terms, free)
    used = {port for term in terms for _, ports in term.factors for port in ports}
    present = [index for index in free if index in used]
    best: list[tuple[Key, Number]] | None = None
    order: tuple[Index, ...] = ()
    found: dict[tuple[Index, ...], list[tuple[Key, Number]]] = {}
    for candidate in _orders(present):
        slots: dict[Port, int] = {index: n for n, index in enumerate(candidate)}
        keys = sorted((canonical(term, slots), term.coefficient) for term in terms)
        found[candidate] = keys
        if best is None or keys < best:
            best, order = keys, candidate
    assert best is not None
    return _interned(terms, order, best, found), order


def _orders(free: Sequence[Index]) -> list[tuple[Index, ...]]:
    """Orders of indices: by size, and among those of one size all, up to MAX_ORDERS."""
    if len(free) < 2:
        return [tuple(free)]
    groups: dict[str, list[Index]] = {}
    for index in free:
        groups.setdefault(repr(index.size), []).append(index)
    count = 1
    ways: list[list[tuple[Index, ...]]] = []
    for _, group in sorted(groups.items()):
        all_of_them = list(permutations(group)) if len(group) <= 4 else [tuple(group)]
        count *= len(all_of_them)
        ways.append(all_of_them if count <= MAX_ORDERS else [tuple(group)])
    return [tuple(index for part in way for index in part) for way in choices(*ways)]


def _interned(
    terms: Sequence[Term],
    order: tuple[Index, ...],
    keys: list[tuple[Key, Number]],
    found: Mapping[tuple[Index, ...], list[tuple[Key, Number]]],
) -> Form:
    table = current()
    key = (tuple(repr(index.size) for index in order), tuple(keys))
    if key not in table.forms:
        classes = list(range(len(order)))
        for a in range(len(order)):
            for b in range(a):
                swapped = list(order)
                swapped[a], swapped[b] = order[b], order[a]
                if found.get(tuple(swapped)) == keys:
                    classes[a] = classes[b]
                    break
        atoms = [atom for term in terms for atom, _ in term.factors]
        table.forms[key] = Form(
            len(table.forms),
            tuple(index.size for index in order),
            tuple(_plain(term, order) for term in terms),
            tuple(classes),
            frozenset[str]().union(*(atom.names for atom in atoms)),
            max((atom.depth for atom in atoms), default=0),
        )
    return table.forms[key]


def _plain(
    term: Term, order: tuple[Index, ...]
) -> tuple[tuple[tuple[Atom, Number, tuple[int | Place, ...]], ...], tuple[Extent, ...], Number]:
    numbers: dict[Port, int] = {index: n for n, index in enumerate((*order, *term.bound))}
    factors = tuple(
        (atom, exponent, tuple(port if isinstance(port, Place) else numbers[port] for port in ports))
        for (atom, ports), exponent in term.factors.items()
    )
    return (factors, tuple(index.size for index in term.bound), term.coefficient)


def is_cluster(form: Form) -> bool:
    """Is it one product without a coefficient, held together by its bound indices, as x @ x?"""

    def look() -> bool:
        if len(form.terms) != 1 or form.terms[0][2] != 1 or not form.terms[0][1]:
            return False
        ports = [Index(size) for size in form.sizes]
        return len(components(form.at(ports)[0])) == 1

    return bool(kept(("cluster", form), look))
