"""Sums over many entries: rows of formulas, each with the entry to which it is added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from gradcli.base.arrays import FloatArray
from gradcli.meaning.moves import Move, sources_of
from gradcli.meaning.templates.entrywise import combined
from gradcli.meaning.templates.formula import Formula, Node, applied, number_leaf
from gradcli.meaning.templates.template import Entries
from gradcli.meaning.templates.values import (
    MOST_REPEATED,
    Known,
    Piece,
    Pieces,
    Sums,
    Term,
    Value,
    counted,
    flat_formula,
    formula_of,
    merged,
    picked_formula,
    restricted,
)
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, reduce, size

WIDTH = 8  # rows of one entry up to which a function of their sum is one formula


def as_sums(value: Value) -> Sums:
    """Each entry as the sum of one row; numbers are formulas, too."""
    if isinstance(value, Sums):
        return value
    if isinstance(value, Known):
        numbers = value.numbers.astype(np.float64, copy=False).reshape(-1)
        places = np.arange(len(numbers))
        return Sums(
            value.shape,
            (Term(number_leaf(numbers), len(places), _owners(places, value.shape)),) if numbers.any() else (),
        )
    terms = []
    for piece in value.pieces:
        rows = size(value.shape) if piece.places is None else len(piece.places)
        owners = np.arange(rows) if piece.places is None else piece.places
        terms.append(Term(_flat(piece), rows, _owners(owners, value.shape)))
    return Sums(value.shape, tuple(terms))


def _flat(piece: Piece) -> Formula:
    return flat_formula(piece.formula) if piece.places is None else piece.formula


def _owners(owners: Entries, shape: Shape) -> Entries | None:
    return None if size(shape) == 1 else owners


def summed(value: Pieces | Sums, dim: Any, keepdim: bool) -> Sums:  # Any: None, an axis, or several
    """The sum along axes, or of all entries."""
    shape = reduce(value.shape, dim, keepdim)
    if size(shape) == 1:
        return gathered(as_sums(value), shape, None)
    counted(2 * size(value.shape))
    kept = reduce(value.shape, dim, True)
    target = np.broadcast_to(np.arange(size(shape)).reshape(kept), value.shape).reshape(-1)
    return gathered(as_sums(value), shape, target)


def gathered(sums: Sums, shape: Shape, target: Entries | None) -> Sums:
    """Each entry added to another one, ``target[entry]``; None: to the only one."""
    terms = []
    for t in sums.terms:
        owners = None if target is None else np.broadcast_to(target, t.rows) if t.owners is None else target[t.owners]
        terms.append(Term(t.formula, t.rows, owners, t.weights))
    return Sums(shape, tuple(terms))


def weighted(value: Sums, weights: FloatArray) -> Sums:
    """Each entry times a number: the weights of its rows times that."""
    terms = []
    for t in value.terms:
        mine = np.broadcast_to(weights, t.rows) if t.owners is None else weights[t.owners]
        terms.append(Term(t.formula, t.rows, t.owners, mine * t.weights))
    return Sums(value.shape, tuple(terms))


def replaced(value: Sums, sources: Entries, shape: Shape) -> Sums:
    """The value whose entry ``o`` is the entry ``sources[o]`` of this one, 0 where that is negative."""
    old = size(value.shape)
    there = np.flatnonzero(sources >= 0)
    if size(shape) == old == 1 and len(there):
        return Sums(shape, value.terms)
    once = len(there) == 0 or np.bincount(sources[there], minlength=old).max() <= 1
    return Sums(shape, tuple(_replaced(t, sources, there, shape, old, once=once) for t in value.terms))


def _replaced(t: Term, sources: Entries, there: Entries, shape: Shape, old: int, *, once: bool) -> Term:
    owners = np.zeros(t.rows, dtype=np.int64) if t.owners is None else t.owners
    if once:
        goes = np.full(old, -1)
        goes[sources[there]] = there
        rows = np.flatnonzero(goes[owners] >= 0)
        new = goes[owners[rows]]
    else:
        order = np.argsort(owners, kind="stable")
        starts = np.searchsorted(owners[order], np.arange(old + 1))
        counts = (starts[1:] - starts[:-1])[sources[there]]
        counted(int(counts.sum()), MOST_REPEATED)
        first = np.repeat(starts[:-1][sources[there]] - np.cumsum(counts) + counts, counts)
        rows, new = order[first + np.arange(int(counts.sum()))], np.repeat(there, counts)
    weights = t.weights if isinstance(t.weights, float) else t.weights[rows]
    return Term(picked_formula(t.formula, rows), len(rows), _owners(new, shape), weights)


def moved_sums(move: Move, arguments: Sequence[Value], shape: Shape) -> Sums:
    """The operands' entries in other places, where some are sums."""
    counted(size(shape))
    sources, starts = sources_of(move, [a.shape for a in arguments])
    terms: list[Term] = []
    for a, start, end in zip(arguments, starts, starts[1:], strict=False):
        here = np.where((sources >= start) & (sources < end), sources - start, -1)
        terms += replaced(as_sums(a), here, shape).terms
    return Sums(shape, tuple(terms))


def spread_sums(value: Value, shape: Shape) -> Sums:
    """The same entries, repeated along axes."""
    if value.shape == shape:
        return as_sums(value)
    if isinstance(value, Known):
        return as_sums(Known(np.broadcast_to(value.numbers, shape), value.truth))
    counted(size(shape))
    sources = np.broadcast_to(np.arange(size(value.shape)).reshape(value.shape), shape).reshape(-1)
    return replaced(as_sums(value), sources, shape)


def linear_in_sums(op: Op, arguments: Sequence[Value | None], shape: Shape, constants: tuple[Any, ...]) -> Sums | None:
    """An operation entry by entry that is linear in the operands that are sums; None where it is not."""
    summing = [k for k, a in enumerate(arguments) if isinstance(a, Sums)]
    if op.linear == "jointly" and not any(p.kind != "tensor" for p in op.tensors):
        terms: list[Term] = []
        for k, a in enumerate(arguments):
            if a is not None:
                terms += [_alone(op, t, k, len(arguments), constants) for t in spread_sums(a, shape).terms]
        return Sums(shape, tuple(terms))
    if (op.linear == "each" and len(summing) == 1) or (op.linear == "first" and summing == [0]):
        (k,) = summing
        a = arguments[k]
        assert isinstance(a, Sums)
        others = [None if b is None or j == k else _spread(b, shape) for j, b in enumerate(arguments)]
        terms = []
        for t in spread_sums(a, shape).terms:
            terms += _times(op, t, k, others, constants)
        return Sums(shape, tuple(terms))
    return None


def _spread(value: Value, shape: Shape) -> Pieces:
    """Numbers are formulas here."""
    assert not isinstance(value, Sums)
    return combined(lambda parts: parts[0] or sympy.Integer(0), [value], shape)


def _alone(op: Op, t: Term, k: int, count: int, constants: tuple[Any, ...]) -> Term:
    """Of the operands of a linear operation one, the others 0."""
    sign = sign_of(op, k, count)
    if sign is not None:
        return Term(t.formula, t.rows, t.owners, t.weights * sign)
    zero = sympy.Integer(0)
    return Term(
        Node(op, tuple(t.formula if j == k else zero for j in range(count)), constants), t.rows, t.owners, t.weights
    )


def sign_of(op: Op, k: int, count: int) -> float | None:
    """What the operation does to operand k alone, where that is to keep or to negate it, as its row has it in trees."""
    if op.tree is None:
        return None
    symbol = sympy.Dummy()
    result = op.tree(_SIGNS, *(symbol if j == k else sympy.Integer(0) for j in range(count)))
    return {symbol: 1.0, -symbol: -1.0}.get(result)


class _Signs:
    """What a row's ``tree`` is written in, evaluated."""

    @staticmethod
    def plus(x: Any, y: Any) -> Any:  # Any: sympy has no types
        return x + y

    @staticmethod
    def negate(x: Any) -> Any:  # Any: as above
        return -x


_SIGNS = _Signs()


def _times(op: Op, t: Term, k: int, others: list[Pieces | None], constants: tuple[Any, ...]) -> list[Term]:
    """A term in operand k, with the formulas of the other operands at its owners."""
    owners = np.zeros(t.rows, dtype=np.int64) if t.owners is None else t.owners
    groups: list[tuple[Any, list[Formula | None]]] = [(slice(None), [None] * len(others))]
    for j, other in enumerate(others):
        if other is None:
            continue
        found = []
        for rows, formulas in groups:
            for piece in other.pieces:
                here = owners[rows]
                if piece.places is None:
                    found.append((rows, [*formulas[:j], restricted(piece, here), *formulas[j + 1 :]]))
                    continue
                at = np.minimum(np.searchsorted(piece.places, here), len(piece.places) - 1)
                inside = np.flatnonzero(piece.places[at] == here)
                both = np.arange(t.rows)[rows][inside]
                kept = [None if f is None else picked_formula(f, inside) for f in formulas]
                found.append((both, [*kept[:j], restricted(piece, here[inside]), *kept[j + 1 :]]))
        groups = found
    terms = []
    for rows, formulas in groups:
        formula = t.formula if isinstance(rows, slice) else picked_formula(t.formula, rows)
        mine = None if t.owners is None else t.owners[rows]
        weights = t.weights if isinstance(t.weights, float) else t.weights[rows]
        count = t.rows if isinstance(rows, slice) else len(rows)
        terms.append(Term(Node(op, (*formulas[:k], formula, *formulas[k + 1 :]), constants), count, mine, weights))
    return terms


def narrow(value: Sums) -> Pieces | None:
    """The sums as formulas, where no entry has more than ``WIDTH`` rows; None elsewhere."""
    total = size(value.shape)
    owners = [np.zeros(t.rows, dtype=np.int64) if t.owners is None else t.owners for t in value.terms]
    rows = np.concatenate(owners) if owners else np.empty(0, dtype=np.int64)
    if len(rows) and np.bincount(rows, minlength=total).max() > WIDTH:
        return None
    counted(2 * total * (WIDTH + 1))
    formulas: list[Formula] = [_weighted(t) for t in value.terms]
    kinds = np.concatenate([np.full(t.rows, k) for k, t in enumerate(value.terms)] or [rows])
    numbers = np.concatenate([np.arange(t.rows) for t in value.terms] or [rows])
    order = np.lexsort((kinds, rows))
    rows, kinds, numbers = rows[order], kinds[order], numbers[order]
    starts = np.searchsorted(rows, np.arange(total + 1))
    table = np.full((total, WIDTH), -1)
    where = np.zeros((total, WIDTH), dtype=np.int64)
    column = np.arange(len(rows)) - starts[rows]
    table[rows, column], where[rows, column] = kinds, numbers
    return _pieces_of_table(value.shape, formulas, table, where)


def _pieces_of_table(shape: Shape, formulas: list[Formula], table: Entries, where: Entries) -> Pieces:
    patterns, which = np.unique(table, axis=0, return_inverse=True)
    pieces = []
    for k, pattern in enumerate(patterns):
        at = np.flatnonzero(which.reshape(-1) == k)
        parts = [picked_formula(formulas[kind], where[at, j]) for j, kind in enumerate(pattern) if kind >= 0]
        total: Formula = number_leaf(np.zeros(len(at))) if not parts else parts[0]
        for part in parts[1:]:
            total = applied("add", total, part)
        pieces.append(Piece(at, total))
    return merged(shape, pieces)


def _weighted(t: Term) -> Formula:
    if isinstance(t.weights, float) and t.weights == 1.0:
        return t.formula
    numbers = np.broadcast_to(np.asarray(t.weights, dtype=np.float64), (t.rows,))
    return applied(
        "mul",
        formula_of(Known(numbers[:1] if isinstance(t.weights, float) else numbers, truth=False), (t.rows,)),
        t.formula,
    )
