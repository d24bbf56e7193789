"""Products of arrays in index form: over shared indices, along diagonals, and over indices side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.closed.indexed import (
    Axis,
    Indexed,
    aligned,
    as_numpy,
    constant,
    lift,
    refused,
    renamed_all,
    summed,
    unified,
)
from gradcli.closed.sizes import Extent
from gradcli.closed.terms import Index, Port, Sum, Term, delta, product, with_factor
from gradcli.operations import product_shapes


def contracted(
    one: Indexed, two: Indexed, names: dict[Port, Port], axes: Sequence[Axis], gone: Sequence[Index]
) -> Indexed:
    """Products with indices of the second renamed, summed over some."""
    other = Indexed(two.axes, renamed_all(two.terms, names))
    made = Indexed([*axes, tuple(gone)], product(one.terms, other.terms))
    return summed(made, [len(axes)])


def own(array: Indexed) -> Indexed:
    """The same with free indices that no other array has."""
    names: dict[Port, Port] = {index: Index(index.size) for index in array.free}
    axes = [tuple(names[index] for index in axis) for axis in array.axes]
    return Indexed(axes, renamed_all(array.terms, names))  # type: ignore[arg-type]  # indices


def matmul(one: Indexed, two: Indexed) -> Indexed:
    """numpy's product: over the last axis of the first and the last but one of the second; batches broadcast."""
    one, two = own(one), own(two)
    inner = two.axes[-2] if two.ndim > 1 else two.axes[0]
    names = unified(one.axes[-1], inner)
    left, right = (one.axes[-2:-1], two.axes[-1:]) if two.ndim > 1 else (one.axes[-2:-1], ())
    batch, (_, terms) = aligned(Indexed(one.axes[:-2], []), Indexed(two.axes[:-2], two.terms))
    if batch != one.axes[:-2]:
        one = Indexed((*batch, *one.axes[-2:]), aligned(Indexed(batch, []), Indexed(one.axes[:-2], one.terms))[1][1])
    return contracted(one, Indexed(two.axes, terms), names, (*batch, *left, *right), one.axes[-1])


def einsum(spec: str, operands: Sequence[Indexed]) -> Indexed:
    """The sum over all letters that the output lacks."""
    inputs, output = product_shapes.split_spec(spec)
    letters: dict[str, Axis] = {}
    terms: Sum = [Term(1, {})]
    for word, operand in zip(inputs, operands, strict=True):
        names: dict[Port, Port] = {}
        for one, axis in zip(word, operand.axes, strict=True):
            names |= unified(letters.setdefault(one, tuple(Index(i.size) for i in axis)), axis)
        terms = product(terms, renamed_all(operand.terms, names))
    gone = [axis for one, axis in letters.items() if one not in output]
    kept = [letters[one] for one in output]
    return summed(Indexed([*kept, *gone], terms), range(len(kept), len(kept) + len(gone)))


@as_numpy(np.diagonal)
def diagonal(x: Indexed, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Indexed:
    """The entries with equal indices at two axes, as the last axis."""
    if offset:
        raise refused("another diagonal")
    one, two = axis1 % x.ndim, axis2 % x.ndim
    names = unified(x.axes[one], x.axes[two])
    rest = [axis for n, axis in enumerate(x.axes) if n not in (one, two)]
    return Indexed([*rest, x.axes[one]], renamed_all(x.terms, names))


def on_diagonal(x: Indexed) -> Indexed:
    """A last axis as the diagonal of two."""
    (*rest, axis), other = x.axes, tuple(Index(index.size) for index in x.axes[-1])
    terms = x.terms
    for i, j in zip(axis, other, strict=True):
        terms = [with_factor(term, delta(i, j), 1) for term in terms]
    return Indexed([*rest, axis, other], terms)


def identity(n: Extent, m: Extent) -> Indexed:
    if n != m:
        raise refused("an identity that is not square")
    return on_diagonal(constant((n,), 1))


@as_numpy(np.kron)
def kron(one: Any, two: Any) -> Indexed:  # Any: arrays or numbers
    """Axes that carry the indices of both."""
    one, two = own(lift(one)), own(lift(two))
    rank = max(one.ndim, two.ndim)
    left, right = (((),) * (rank - x.ndim) + x.axes for x in (one, two))
    return Indexed([a + b for a, b in zip(left, right, strict=True)], product(one.terms, two.terms))
