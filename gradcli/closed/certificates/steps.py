"""A sum of terms as a sum of multiples of relations, each of which is 0: found by taking away one multiple at a time.

Relations: N - u for a base, inv(M) M - 1 and M inv(M) - 1, sin**2 + cos**2 - 1, equations that are
premises. A multiple is chosen so that one term of the sum goes; which one is searched for, that it adds up is checked
by whoever replays the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction

from gradcli.base.errors import LimitError
from gradcli.closed.certificates.generators import Generator, Generators
from gradcli.closed.labelling import canonical
from gradcli.closed.normal import collected
from gradcli.closed.powers import as_whole
from gradcli.closed.terms import (
    Atom,
    Factor,
    Index,
    Number,
    Place,
    Port,
    Sum,
    Term,
    delta,
    fresh,
    product,
    scaled,
    with_factor,
)

MAX_STEPS = 300  # relations whose multiples add up to one difference; a search beyond them takes seconds


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A sum with free indices that is 0: its kind, the generators or premises in it, and which term is to go.

    multiples: of others that it is the sum of, where it follows from these
    """

    kind: str
    names: tuple[str, ...]
    free: tuple[Index, ...]
    terms: Sum
    leading: Term
    multiples: tuple[Multiple, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Multiple:
    """front * relation at these ports, summed over all indices that are not free."""

    front: Term
    relation: Relation
    ports: tuple[Port, ...]

    def times(self, front: Term, names: dict[Port, Port]) -> Multiple:
        """With another front before it and other indices, new ones where none is named."""
        inner: dict[Port, Index] = {index: Index(index.size) for index in self.front.bound}
        names = {**{port: Index(port.size) for port in self.ports}, **names, **inner}
        for (one, ports), e in self.front.factors.items():
            front = with_factor(front, (one, tuple(names.get(port, port) for port in ports)), e)
        term = Term(front.coefficient * self.front.coefficient, front.factors, (*front.bound, *inner.values()))
        return Multiple(term, self.relation, tuple(names[port] for port in self.ports))


@dataclass(slots=True)
class Search:
    """What is left of a sum, and the multiples that were taken away.

    last: before and after an inverse was brought to all terms
    """

    generators: Generators
    premises: Sequence[Relation]
    free: Sequence[Index]
    left: Sum
    last: tuple[bool, bool] = (False, False)  # of terms of M that weigh the same, does the last one go beside inv(M)?
    steps: list[Multiple] = field(default_factory=list)
    reducing: list[Relation] = field(default_factory=list)
    turning: list[Relation] = field(default_factory=list)
    kept: dict[str, set[tuple[Index, int]]] = field(default_factory=dict)
    lemmas: Sequence[Relation] = ()

    def run(self) -> list[Multiple]:
        """Errors: LimitError where something is left."""
        self.left = collected(self.left, self.free)
        while self.left:
            every = relations(self.generators, last=self.last[bool(self.kept)])
            self.reducing = [one for one in every if not one.kind.endswith("turned") and one.names[0] not in self.kept]
            self.turning = [*self.lemmas, *(relation for relation in every if relation.kind.endswith("turned"))]
            ways = self._reduce, self._clear, self._fractions, self._clear_within, self._lessen, self._multiply
            if not any(way() for way in ways):
                raise LimitError("no relations between the parts of the difference were found", kind="unchecked")
        return self.steps

    def take(
        self, term: Term, relation: Relation, which: Term, gone: dict[Factor, Number], names: dict[Port, Port]
    ) -> None:
        """Takes away the multiple in which a term of the relation is this one. ``gone``: its factors there."""
        if len(self.steps) >= MAX_STEPS:
            raise LimitError(f"more than {MAX_STEPS:,} relations", kind="unchecked")
        factors = dict(term.factors)
        for factor, exponent in gone.items():
            left = factors.pop(factor, 0) - exponent
            if left:
                factors[factor] = left
        matched = {names[i] for i in which.bound}
        bound = tuple(i for i in term.bound if i not in matched)
        scale = as_whole(Fraction(term.coefficient) / Fraction(which.coefficient))
        front = Term(scale, factors, bound)
        ports = tuple(names[i] for i in relation.free)
        parts = [one.times(front, dict(zip(relation.free, ports, strict=True))) for one in relation.multiples]
        self.steps += parts or [Multiple(front, relation, ports)]
        at = Relation(relation.kind, relation.names, relation.free, relation.terms, which)
        self.left = collected(self.left + scaled(expanded(front, at, ports), -1), self.free)

    def _reduce(self) -> bool:
        """One term whose factors hold those of a relation's leading term."""
        for term in self.left:
            for relation in self.reducing:
                for gone, names in found_in(relation.leading, term, relation.free):
                    self.take(term, relation, relation.leading, gone, names)
                    return True
        return False

    def _clear(self) -> bool:
        """The outermost base at free indices that stands in several powers: the higher ones multiplied out by one."""
        slots = set(self.free)
        for known in reversed([one for one in self.generators.known.values() if one.kind == "base"]):
            factors = {f for term in self.left for f in term.factors if f[0] is known.atom and set(f[1]) <= slots}
            for factor in factors:
                exponents = [term.factors.get(factor, 0) for term in self.left]
                for term, e in zip(self.left, exponents, strict=True):
                    least = min([x for x in exponents if (x - e) % 1 == 0] + ([0] if e % 1 == 0 else []))
                    if e > least:
                        relation = base(known.atom, self.generators)
                        self.take(
                            term,
                            relation,
                            relation.terms[0],
                            {factor: 1},
                            dict(zip(known.free, factor[1], strict=True)),
                        )
                        return True
        return False

    def _clear_within(self) -> bool:
        """The outermost base that stands in several powers at a summed index of its own in each term."""
        for known in reversed([one for one in self.generators.known.values() if one.kind == "base"]):
            found = [(term, ports) for term in self.left if (ports := _place(term, known))]
            exponents = [term.factors.get((known.atom, ports), 0) for term, ports in found]
            for (term, ports), e in zip(found, exponents, strict=True):
                if len(found) == len(self.left) and e > min(x for x in exponents if (x - e) % 1 == 0):
                    relation = base(known.atom, self.generators)
                    names: dict[Port, Port] = dict(zip(known.free, ports, strict=True))
                    self.take(term, relation, relation.terms[0], {(known.atom, ports): 1}, names)
                    return True
        return False

    def _fractions(self) -> bool:
        """A term with a power of a base below 0 and a term of that base beside it: N**-1 * (u - rest)."""
        for term in self.left:
            for (one, ports), e in term.factors.items():
                known = self.generators.known.get(one)
                if known is None or known.kind != "base" or e >= 0:
                    continue
                relation = base(one, self.generators)
                which = max(relation.terms[1:], key=weight)
                fixed: dict[Port, Port] = dict(zip(known.free, ports, strict=True))
                for gone, names in found_in(which, term, known.free, fixed):
                    self.take(term, relation, which, gone, names)
                    return True
        return False

    def _lessen(self) -> bool:
        """A term that becomes a lesser one by a premise, or by what is symmetric."""
        slots: dict[Port, int] = {index: n for n, index in enumerate(self.free)}
        for term in self.left:
            for relation in (*self.turning, *self.premises):
                for which in relation.terms:
                    for gone, names in found_in(which, term, relation.free):
                        if self._lessens(term, relation, which, gone, names, slots):
                            self.take(term, relation, which, gone, names)
                            return True
        return False

    def _multiply(self) -> bool:
        """An inverse that ends some terms at a free index, inv(M)[i, .], ends them all: others are inv(M) M of it.

        From then on it is not taken away again, so that what it is multiplied with has to vanish by itself.
        """
        for one, known in self.generators.known.items():
            ends = [(index, side) for index in self.free for side in (0, 1) if known.kind == "inv"]
            for index, side in ends:
                without_it = [term for term in self.left if not _ends(term, one, index, side)]
                done = self.kept.get(one.name, set())
                if (index, side) not in done and 0 < len(without_it) < len(self.left):
                    self.kept[one.name] = done | {(index, side)}
                    for term in without_it:
                        self._multiplied(term, [*_of_inverse(one, self.generators, last=False)][side], index, side)
                    return True
        return False

    def _multiplied(self, term: Term, relation: Relation, index: Index, side: int) -> None:
        """Takes away the multiple of inv(M) M - 1 that brings it to this end of the term."""
        inner = Index(index.size)
        moved = fresh(term, {index: inner})
        front = Term(-term.coefficient, moved.factors, (*moved.bound, inner))
        ports = (index, inner) if side == 0 else (inner, index)
        self.steps.append(Multiple(front, relation, ports))
        self.left = collected(self.left + scaled(expanded(front, relation, ports), -1), self.free)

    def _lessens(
        self,
        term: Term,
        relation: Relation,
        which: Term,
        gone: dict[Factor, Number],
        names: dict[Port, Port],
        slots: dict[Port, int],
    ) -> bool:
        before, steps = list(self.left), list(self.steps)
        self.take(term, relation, which, gone, names)
        keys = {canonical(one, slots) for one in before}
        new = [one for one in self.left if canonical(one, slots) not in keys]
        self.left, self.steps = before, steps
        mine = (weight(term), canonical(term, slots))
        return all((weight(one), canonical(one, slots)) < mine for one in new)


def _ends(term: Term, one: Atom, index: Index, side: int) -> bool:
    return any(other is one and ports[side] is index for other, ports in term.factors)


def _place(term: Term, known: Generator) -> tuple[Port, ...]:
    """The indices at which a base stands in a term, or the only summed one at which it may; none where not one does."""
    there = {ports for one, ports in term.factors if one is known.atom}
    if not there and len(known.free) == 1:
        there = {(index,) for index in term.bound if index.size == known.free[0].size}
    return there.pop() if len(there) == 1 else ()


def weight(term: Term) -> tuple[Number, int]:
    return sum(e for e in term.factors.values() if e > 0), len(term.bound)


def _order(term: Term) -> int:
    """Tells terms of one weight apart, on both sides of an inverse alike."""
    return sum(one.number for one, _ in term.factors)


def expanded(front: Term, relation: Relation, ports: Sequence[Port]) -> Sum:
    names: dict[Port, Port] = dict(zip(relation.free, ports, strict=True))
    moved = [fresh(term, names) for term in relation.terms]
    return product([front], moved)


# -- relations


def base(one: Atom, generators: Generators) -> Relation:
    """N - u, with N first."""
    known = generators.known[one]
    head = Term(1, {(one, known.free): 1})
    return Relation("base", (one.name,), known.free, [head, *scaled(known.terms, -1)], head)


def relations(generators: Generators, *, last: bool) -> list[Relation]:
    """Those whose leading terms are taken away wherever they stand."""
    out: list[Relation] = []
    for one, known in generators.known.items():
        if len(one.sizes) == 2 and not collected(known.terms + scaled(known.at(known.free[::-1]), -1), known.free):
            out.append(_turned(one, known))
        if known.kind == "inv":
            out += _of_inverse(one, generators, last=last)
        if known.kind == "sin":
            for other, cosine in generators.known.items():
                for ports in (known.free, known.free[::-1]):
                    if cosine.kind == "cos" and len(ports) == len(cosine.free) < 3 and _same(known, cosine, ports):
                        head = Term(1, {(one, known.free): 2})
                        terms = [head, Term(1, {(other, ports): 2}), Term(-1, {})]
                        out.append(Relation("sin", (one.name, other.name), known.free, terms, head))
                        break
    return out


def _turned(one: Atom, known: Generator) -> Relation:
    """What is symmetric: taken away where a lesser term is left, as a premise."""
    head = Term(1, {(one, known.free): 1})
    terms = [head, Term(-1, {(one, known.free[::-1]): 1})]
    return Relation(f"{known.kind} turned", (one.name,), known.free, terms, head)


def symmetric_by(premises: Sequence[Relation], generators: Generators, last: tuple[bool, bool]) -> list[Relation]:
    """inv(M)[i, j] - inv(M)[j, i] for inverses that are symmetric because of premises."""
    out = []
    for one, known in [*generators.known.items()] if premises else ():
        turned = _turned(one, known) if known.kind == "inv" else None
        if turned is not None:
            with suppress(LimitError):
                multiples = Search(generators, premises, known.free, turned.terms, last).run()
                out.append(replace(turned, multiples=tuple(multiples)))
    return out


def _same(known, cosine, ports) -> bool:  # type: ignore[no-untyped-def]
    sizes = [i.size for i in ports] == [i.size for i in cosine.free]
    return sizes and not collected(known.terms + scaled(cosine.at(ports), -1), known.free)


def _of_inverse(one: Atom, generators: Generators, *, last: bool) -> Iterator[Relation]:
    """inv(M) M - 1 and M inv(M) - 1; the terms to go are those of most factors."""
    known = generators.known[one]
    i, j = known.free
    for side in ("left", "right"):
        k = Index(i.size)
        inside, ports = (known.at((k, j)), (i, k)) if side == "left" else (known.at((i, k)), (k, j))
        terms = [with_factor(term, (one, ports), 1) for term in inside]
        terms = [Term(term.coefficient, term.factors, (*term.bound, k)) for term in terms]
        terms = collected([*terms, Term(-1, {delta(i, j): 1})], known.free)
        others = [term for term in terms if term.factors.keys() != {delta(i, j)}]
        leading = max(others, key=lambda term: (weight(term), _order(term) * (1 if last else -1)))
        yield Relation(f"inv {side}", (one.name,), known.free, terms, leading)


# -- terms in terms


def found_in(
    small: Term, large: Term, free: Sequence[Index], fixed: dict[Port, Port] | None = None
) -> Iterator[tuple[dict[Factor, Number], dict[Port, Port]]]:
    """The factors of a term that are those of a smaller one, and where its indices are; each way in turn.

    Bound indices of the smaller one have to stand nowhere else; where all of its factors are deltas there is no way.
    """
    factors = list(small.factors.items())
    if not factors or any(not ports and e < 0 for (_, ports), e in factors):
        return
    for gone, names in _matches(factors, large, dict(fixed or {}), small, {}):
        if all(index in names for index in free):
            yield gone, names


def _matches(
    factors: list[tuple[Factor, Number]],
    large: Term,
    names: dict[Port, Port],
    small: Term,
    gone: dict[Factor, Number],
) -> Iterator[tuple[dict[Factor, Number], dict[Port, Port]]]:
    if not factors:
        if _closed(small, large, names, gone):
            yield gone, names
        return
    ((one, ports), exponent), *rest = factors
    for (other, at), there in large.factors.items():
        if other is not one or there < exponent or exponent < 0:
            continue
        new = dict(names)
        if all(new.setdefault(p, q) == q for p, q in zip(ports, at, strict=True)) and (other, at) not in gone:
            yield from _matches(rest, large, new, small, {**gone, (other, at): exponent})


def _closed(small: Term, large: Term, names: dict[Port, Port], gone: dict[Factor, Number]) -> bool:
    """Do the bound indices of the smaller one stand at its factors alone, each by itself?"""
    inner = [names[i] for i in small.bound]
    if len(set(inner)) < len(inner) or any(i not in large.bound for i in inner):
        return False
    if any(isinstance(port, Place) for port in names.values()):
        return False
    left = {f: e - gone.get(f, 0) for f, e in large.factors.items()}
    outside = {port for (_, ports), e in left.items() if e for port in ports}
    others = [names[i] for i in names if i not in small.bound]
    return not any(i in outside or i in others for i in inner)
