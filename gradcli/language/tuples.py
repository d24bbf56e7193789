"""Tuples as Python joins and repeats them, ``x.shape[:-1] + (n,)``, ``(1,)*3``: sizes, axes, or several results."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.base.errors import LimitError, Span
from gradcli.language.calls import Term
from gradcli.language.cursor import MAX_NODES


def is_tuple(term: Term) -> bool:
    """Is it a tuple as written, rather than one value, or a call that gives several?"""
    return term.node is None and not term.fields and (bool(term.items) or term.constant == ())


def as_tuple(items: Sequence[Term], span: Span) -> Term:
    """Several terms as one. Errors: LimitError where they are too many, also in the tuples that they are."""
    size = 1 + sum(item.size for item in items)
    if size > MAX_NODES:
        raise LimitError(f"a tuple of more than {MAX_NODES:,} nodes")
    return Term(None, span, size, constant=tuple(item.constant for item in items), items=tuple(items))


def leaves(term: Term) -> list[Term]:
    """What is in a tuple, and in the tuples in it."""
    return [leaf for item in term.items for leaf in leaves(item)] if is_tuple(term) else [term]


def joined(left: Term, right: Term) -> Term:
    """``(a, b) + (c,)``"""
    return as_tuple((*left.items, *right.items), left.span.to(right.span))


def repeated(term: Term, times: int, span: Span) -> Term:
    """``(a,)*3``"""
    return as_tuple(term.items * min(times, MAX_NODES), span)
