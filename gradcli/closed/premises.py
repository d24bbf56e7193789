"""What is said of the variables: that a matrix is symmetric, that a name is positive.

A sign may be used from the first, as it holds around each point. That a matrix is symmetric holds of its entries at the
point alone, not of those that move beside it: it is applied to what has been differentiated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

from gradcli.base.errors import LimitError
from gradcli.closed.indexed import Indexed
from gradcli.closed.laws import equations
from gradcli.closed.laws.relations import Relation
from gradcli.closed.reading import read
from gradcli.closed.rebuilding import rebuilt
from gradcli.closed.terms import Factor, Kind, Number, Sum, Term, atom
from gradcli.language.nodes import Tree, conjuncts, row_of
from gradcli.language.parse import parse_condition
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.operations.shape_rules import ShapeMismatch

_TURNED = {">": "<", "<": ">"}


@dataclass(frozen=True, slots=True)
class Premises:
    """symmetric: names of matrices, diagonal ones among them; positive: names of which every entry is positive
    equations: both sides of each; relations: what they say in index form
    orthogonal: names of matrices with orthonormal columns; nonsingular, idempotent: of matrices; unit: of vectors
    """

    symmetric: frozenset[str] = frozenset()
    positive: frozenset[str] = frozenset()
    equations: tuple[tuple[Tree, Tree], ...] = ()
    relations: tuple[Relation, ...] = ()
    diagonal: frozenset[str] = frozenset()
    orthogonal: frozenset[str] = frozenset()
    unit: frozenset[str] = frozenset()
    nonsingular: frozenset[str] = frozenset()
    idempotent: frozenset[str] = frozenset()

    @property
    def given(self) -> set[str]:
        """Names that may not take all values."""
        return {*self.symmetric, *self.names}

    @property
    def names(self) -> set[str]:
        return {symbol.name for sides in self.equations for side in sides for symbol in side.free_symbols}


def premises_of(conditions: Sequence[Tree]) -> Premises:
    """What the conditions say, as far as it is known here; the others are left unused."""
    parts = [part for condition in conditions for part in conjuncts(condition)]

    def named(found: Callable[[Tree], str]) -> frozenset[str]:
        return frozenset(filter(None, map(found, parts)))

    def said(word: str) -> frozenset[str]:
        return named(lambda part: _said(part, *_TEXTS[word]))

    diagonal = named(_diagonal)
    return Premises(
        diagonal | named(_symmetric),
        named(_positive),
        tuple(part.args for part in parts if _infix(part) == "==" and not _symmetric(part)),
        diagonal=diagonal,
        orthogonal=said("orthogonal"),
        unit=said("unit"),
        nonsingular=said("nonsingular"),
        idempotent=said("idempotent"),
    )


NO_PREMISES = Premises()


def _infix(part: Tree) -> str:
    row = row_of(part)
    return row.infix or "" if row is not None else ""


def _symmetric(part: Tree) -> str:
    """``S`` of ``S == S.T``."""
    if _infix(part) != "==":
        return ""
    for one, other in (part.args, part.args[::-1]):
        turned = row_of(other)
        if one.is_Symbol and turned is not None and turned.suffix == ".T" and other.args[0] == one:
            return str(one.name)
    return ""


def _diagonal(part: Tree) -> str:
    """``D`` of ``D == diag(diag(D))``."""
    names = {symbol.name for symbol in part.free_symbols}
    return next((name for name in names if part in _of_diagonal(name)), "")


@lru_cache(maxsize=64)
def _of_diagonal(name: str) -> tuple[Tree, ...]:
    """The conditions that say of a matrix that it is diagonal."""
    texts = f"{name} == diag(diag({name}))", f"diag(diag({name})) == {name}"
    return tuple(parse_condition(text, bound=[name]).tree for text in texts)


def _positive(part: Tree) -> str:
    """``x`` of ``x > 0``, or of ``x > 1``."""
    infix = _infix(part)
    if infix not in _TURNED:
        return ""
    one, other = part.args if infix == ">" else part.args[::-1]
    return str(one.name) if one.is_Symbol and other.is_Rational and other >= 0 else ""


def _said(part: Tree, *texts: str) -> str:
    """The name of which one of the texts says what a condition says; NAME goes for it, SIZE for a size."""
    names = {str(symbol.name) for symbol in part.free_symbols}
    sides = [write(side) for side in part.args]
    orders = (sides, sides[::-1]) if _infix(part) in {"==", "!="} else (sides,)
    written = {f" {_infix(part)} ".join(order) for order in orders}
    if len(names) != 1:
        return ""
    (name,) = names
    patterns = [re.escape(text).replace("NAME", re.escape(name)).replace("SIZE", r"\w+") for text in texts]
    return name if any(re.fullmatch(pattern, text) for pattern in patterns for text in written) else ""


_TEXTS = {
    "orthogonal": ("NAME.T @ NAME == eye(SIZE)",),
    "unit": ("NAME @ NAME == 1", "norm(NAME) == 1"),
    "nonsingular": ("det(NAME) != 0", "det(NAME) > 0", "det(NAME) < 0", "0 < det(NAME)", "0 > det(NAME)"),
    "idempotent": ("NAME @ NAME == NAME",),
}


# -- applied to a sum


def applied(terms: Sum, known: Premises) -> Sum:
    """The sum with what is known of its tensors built into them and into all that they stand in."""

    def symmetric(factor: Factor, exponent: Number) -> Sum | None:
        one, ports = factor
        if one.kind is not Kind.TENSOR or one.name not in known.symmetric:
            return None
        return [Term(1, {(atom(Kind.TENSOR, one.name, one.sizes, classes=(0, 0)), ports): exponent})]

    return rebuilt(terms, symmetric, "symmetric") if known.symmetric else terms


def with_relations(known: Premises, values: Mapping[str, Indexed]) -> Premises:
    """With the equations in index form, and what follows from them; what is not read is left unused."""
    found: list[Relation] = []
    for sides in known.equations:
        with suppress(LimitError, ShapeMismatch):
            one, other = (read(compile_tree(side), values) for side in sides)
            difference = one - other
            found += equations.relations(applied(difference.terms, known), difference.free)
    return replace(known, relations=tuple(found))
