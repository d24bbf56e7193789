"""Terms of the index calculus: a coefficient times factors whose ports carry indices.

A term is c * prod f[i, j, ...]**e, summed over its bound indices; a sum of terms with free indices is an array. A
factor is an atom (a tensor, a delta, or a function of a whole sum: its power, exponential, inverse, determinant) with
an index or a fixed place at each port. Atoms and the canonical sums inside them are made once for each proof, so that
equal ones are the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple

from gradcli.base.errors import LimitError
from gradcli.closed.sizes import Extent, terms_of

MAX_TERMS = 1_500  # of one sum; products beyond are refused

MAX_WORK = 20_000  # factors looked at in one proof, about half a second; twenty times what a known claim takes

Number = int | Fraction


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A name that runs over an axis of this size; two indices are equal only if they are the same."""

    size: Extent


class Place(NamedTuple):
    """A fixed place of an axis, counted from the front, or from behind where negative."""

    size: Extent
    at: int


Port = Index | Place


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A canonical sum with numbered free indices, as it stands inside an atom.

    sizes:   of its free indices
    terms:   (factors, sizes of bound indices, coefficient); a factor is (atom, exponent, ports), a port is the number
             of a free or bound index, or a Place
    classes: free indices of one class may change places
    """

    number: int
    sizes: tuple[Extent, ...]
    terms: tuple[tuple[tuple[Any, ...], tuple[Extent, ...], Number], ...]  # Any: factors, which hold Atoms
    classes: tuple[int, ...]
    names: frozenset[str]
    depth: int

    def at(self, ports: Sequence[Port]) -> list[Term]:
        """The sum with these at its free indices, and bound indices of its own."""
        return [self._term(ports, *parts) for parts in self.terms]

    def _term(
        self, ports: Sequence[Port], factors: tuple[Any, ...], sizes: tuple[Extent, ...], coefficient: Number
    ) -> Term:  # Any: as above
        bound = tuple(Index(size) for size in sizes)
        known = (*ports, *bound)
        made: dict[Factor, Number] = {}
        for atom, exponent, numbers in factors:
            factor = (atom, tuple(known[n] if isinstance(n, int) else n for n in numbers))
            total = made.pop(factor, 0) + exponent
            if total:
                made[factor] = total
        return Term(coefficient, made, bound)


class Kind(Enum):
    """What an atom is: the first ones stand by themselves, the others are functions of a form."""

    LETTER, CONSTANT, TENSOR, DELTA, MARKER = range(5)
    POWER, EXPONENTIAL, LOGARITHM, FUNCTION, STEP, SIDE = range(5, 11)
    INVERSE, DETERMINANT, MATRIX_EXPONENTIAL, ITS_TRACE = range(11, 15)

    __hash__ = object.__hash__  # quicker than that of its name


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """What a factor is.

    kind:     how it is differentiated and simplified
    name:     of a letter, a constant, a tensor, a function
    sizes:    of its ports; classes: ports of one class may change places
    positive: is it known to be positive, for all values of the domain?
    names:    of the tensors in it; depth: how deeply atoms stand in it
    turns:    has it ports that may change places?
    """

    number: int
    kind: Kind
    name: str
    form: Form | None
    sizes: tuple[Extent, ...]
    classes: tuple[int, ...]
    positive: bool = False
    names: frozenset[str] = frozenset()
    depth: int = 0
    turns: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", len({*self.classes}) < len(self.classes))

    @property
    def inside(self) -> Form:
        assert self.form is not None
        return self.form


Factor = tuple[Atom, tuple[Port, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """coefficient * product of factors, each with its exponent, summed over the bound indices."""

    coefficient: Number
    factors: Mapping[Factor, Number]
    bound: tuple[Index, ...] = ()


Sum = list[Term]
ONE = Term(1, {})


@dataclass(slots=True)
class Table:
    """The atoms and forms of one proof, and what was found out about them."""

    atoms: dict[tuple[Any, ...], Atom] = field(default_factory=dict)  # Any: kinds, names, forms, sizes
    forms: dict[tuple[Any, ...], Form] = field(default_factory=dict)  # Any: canonical terms
    kept: dict[tuple[Any, ...], Any] = field(default_factory=dict)  # Any: derivatives and the like, by what they are of
    power: Callable[[Sum, Sequence[Index], Number], Sum] | None = None  # how powers are made, if otherwise
    positive: frozenset[str] = frozenset()
    work: int = 0  # what was spent so far


_TABLE: ContextVar[Table] = ContextVar("table")


@contextmanager
def table(positive: frozenset[str] = frozenset()) -> Iterator[Table]:
    """A new table for what happens inside; ``positive``: names of which every entry is positive."""
    token = _TABLE.set(Table(positive=positive))
    try:
        yield _TABLE.get()
    finally:
        _TABLE.reset(token)


def current() -> Table:
    return _TABLE.get()


def spend(work: int) -> None:
    """Counts factors that are multiplied, looked at or ordered. Errors: LimitError past MAX_WORK for one proof."""
    here = current()
    here.work += work
    if here.work > MAX_WORK:
        raise LimitError(f"a proof in index form takes more than {MAX_WORK:,} steps", kind="unchecked")


def kept(key: tuple[Any, ...], make: Callable[[], Any]) -> Any:  # Any: see Table.kept
    """What ``make`` gives, made once in a proof for each key."""
    known = current().kept
    if key not in known:
        known[key] = make()
    return known[key]


# -- atoms


def atom(kind: Kind, name: str, sizes: tuple[Extent, ...] = (), *, classes: tuple[int, ...] | None = None) -> Atom:
    """A letter, constant, tensor, delta or marker."""
    ports = tuple(range(len(sizes))) if classes is None else classes
    atoms = current().atoms
    key = (kind, name, sizes, ports)
    if key not in atoms:
        positive = kind in {Kind.LETTER, Kind.CONSTANT} or (kind is Kind.TENSOR and name in current().positive)
        names = frozenset({name}) if kind is Kind.TENSOR else frozenset[str]()
        atoms[key] = Atom(len(atoms), kind, name, None, sizes, ports, positive, names)
    return atoms[key]


def atom_of(kind: Kind, form: Form, name: str = "") -> Atom:
    """An atom that is a function of a form."""
    atoms = current().atoms
    key = (kind, name, form.number)
    if key not in atoms:
        closed = kind in {Kind.DETERMINANT, Kind.ITS_TRACE}
        positive = (kind is Kind.EXPONENTIAL and not _has_logarithm(form)) or (kind is Kind.POWER and is_positive(form))
        atoms[key] = Atom(
            len(atoms),
            kind,
            name,
            form,
            () if closed else form.sizes,
            () if closed else form.classes,
            positive,
            form.names,
            form.depth + 1,
        )
    return atoms[key]


def _has_logarithm(form: Form) -> bool:
    """Is exp of it a power x**y of a base of which the sign is not known?"""
    return any(
        atom.kind is Kind.LOGARITHM and exponent == 1 and not is_positive(atom.inside)
        for factors, _, _ in form.terms
        for atom, exponent, _ in factors
    )


def is_positive(form: Form) -> bool:
    """Is each term certainly not negative, as in x**2 + exp(y)? Then so is the sum, and 0 only where all terms are."""
    return all(
        coefficient > 0 and all(not_negative(atom, exponent) for atom, exponent, _ in factors)
        for factors, _, coefficient in form.terms
    )


def not_negative(one: Atom, exponent: Number) -> bool:
    """Is the power certainly not negative? A broken one has a base that is not, on its domain."""
    return one.positive or exponent % 2 == 0 or exponent.denominator > 1


def delta(i: Port, j: Port) -> Factor:
    return (atom(Kind.DELTA, "", (i.size, j.size), classes=(0, 0)), (i, j))


def size_terms(extent: Extent) -> Sum:
    """A size as a sum of terms in letters."""
    made = []
    for monomial, count in terms_of(extent):
        factors: dict[Factor, Number] = {}
        for name in monomial:
            one = (atom(Kind.LETTER, name), ())
            factors[one] = factors.get(one, 0) + 1
        made.append(Term(count, factors))
    return made


# -- terms


def renamed(term: Term, names: Mapping[Any, Port]) -> Term:  # Any: Ports
    """Indices replaced in all factors; bound ones among them must be replaced by indices."""
    factors: dict[Factor, Number] = {}
    for (one, ports), exponent in term.factors.items():
        factor = (one, tuple([names.get(port, port) for port in ports]))
        if factor in factors:
            exponent += factors.pop(factor)
        if exponent:
            factors[factor] = exponent
    return Term(term.coefficient, factors, tuple([names.get(i, i) for i in term.bound]))  # type: ignore[misc]


def fresh(term: Term, names: Mapping[Any, Port] | None = None) -> Term:  # Any: as above
    """The term with bound indices of its own, and others replaced."""
    if not term.bound and not names:
        return term
    return renamed(term, {**(names or {}), **{i: Index(i.size) for i in term.bound}})


def times(one: Term, two: Term) -> Term:
    """The product of terms that share no bound index."""
    if not two.factors and not two.bound:
        return Term(one.coefficient * two.coefficient, one.factors, one.bound)
    factors = dict(one.factors)
    for factor, exponent in two.factors.items():
        total = factors.pop(factor, 0) + exponent
        if total:
            factors[factor] = total
    return Term(one.coefficient * two.coefficient, factors, one.bound + two.bound)


def product(one: Sequence[Term], two: Sequence[Term]) -> Sum:
    """All products. Errors: LimitError past MAX_TERMS."""
    if len(one) * len(two) > MAX_TERMS:
        raise LimitError(f"a product of {len(one) * len(two):,} terms, up to {MAX_TERMS:,} are multiplied out")
    spend(len(one) * len(two))
    return [times(a, fresh(b)) for a in one for b in two]


def scaled(terms: Sequence[Term], number: Number) -> Sum:
    return [Term(t.coefficient * number, t.factors, t.bound) for t in terms] if number else []


def with_factor(term: Term, factor: Factor, exponent: Number) -> Term:
    factors = dict(term.factors)
    total = factors.pop(factor, 0) + exponent
    if total:
        factors[factor] = total
    return Term(term.coefficient, factors, term.bound)


def without(term: Term, factor: Factor) -> Term:
    """The term without this factor, whatever its exponent."""
    return Term(term.coefficient, {f: e for f, e in term.factors.items() if f != factor}, term.bound)
