"""Factors side by side, by their shapes: a row times a column, a matrix times a vector, a column times a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce

from gradcli.base.errors import Span
from gradcli.language.latex.readers.arrays import aligned, multiplied, ordered, without
from gradcli.language.latex.readers.code import ATOM, POWER, PRODUCT, written
from gradcli.language.latex.readers.parts import Factor, Part, changed, number
from gradcli.language.latex.readers.reader import Reader
from gradcli.operations.shape_rules import Shape

_LEFT, _RIGHT, _SHARED = "#0", "#1", "#5"  # labels of a product's axes


def chained(reader: Reader, span: Span, parts: Sequence[Part]) -> Part:
    """The product of factors that stand side by side. Errors: ExpressionError where their shapes make no product."""
    done: list[Part] = []
    current: Part | None = None
    for part in parts:
        if part.scalar:
            done.append(part)
            continue
        current = part if current is None else product_of(reader, current.span.to(part.span), current, part)
        if current.scalar:
            done, current = [*done, current], None
    scalar = reduce(lambda a, b: times(span, a, b), done) if done else None
    if current is None or scalar is None:
        found = scalar if current is None else current
        assert found is not None
        return found.at(span)
    return scaled(span, scalar, current)


def scaled(span: Span, scalar: Part, array: Part) -> Part:
    """A number times an array."""
    return changed(array, lambda part: replace(times(span, scalar, part), row=part.row))


def times(span: Span, one: Part, other: Part) -> Part:
    """A number times anything, or entry by entry what runs over the same indices."""
    if one.value is not None and other.value is not None:
        return number(span, one.value * other.value, known=True)
    for left, right in ((one, other), (other, one)):
        if left.value == 1:
            return right.at(span)
        if left.value == 0 and right.scalar and not right.axes:
            return number(span, Fraction(), known=True)
    if one.axes or other.axes:
        return indexed(span, [*factors_of(one), *factors_of(other)], one.shape or other.shape)
    if one.divisor is not None:
        code = written(span, other.within(PRODUCT), "/", one.divisor)
    elif other.divisor is not None:
        code = written(span, one.within(PRODUCT), "/", other.divisor)
    else:
        code = written(span, one.within(PRODUCT), "*", other.within(POWER if other.matmul else PRODUCT))
    return Part(code, PRODUCT, span, one.shape or other.shape, matmul=other.matmul)


def factors_of(part: Part) -> tuple[Factor, ...]:
    """The factors of which it is the product."""
    return part.factors or (Factor(part.code, part.binds, part.labels),)


def indexed(span: Span, factors: Sequence[Factor], shape: Shape, row: bool = False) -> Part:
    """The product of factors over which indices run; the labels #0, #1 are the axes of the shape."""
    made = multiplied(span, factors)
    axes = tuple(label for label in ordered(f.labels for f in factors) if label[0] != "#")
    labels = (*axes, *(f"#{axis}" for axis in range(len(shape))))
    if made.labels != labels:
        made = aligned(span, made, labels)
    kept = tuple(factors) if len(factors) > 1 else ()
    return Part(made.code, made.binds, span, shape, axes, row, "@" in str(made.code), kept)


def product_of(reader: Reader, span: Span, left: Part, right: Part) -> Part:
    """The product of two arrays. Errors: ExpressionError where there is none."""
    _refuse_misfit(reader, span, left, right)
    if left.sized is not None or right.sized is not None:
        return _with_told_sizes(reader, span, left, right)
    shared = _is_shared(left)
    if shared and left.shape[-1] != right.shape[0]:
        raise reader.error(span, _sizes_differ(left, right), kind="shape")
    shape = (*left.shape[:-1], *right.shape[1:]) if shared else (*left.shape, *right.shape)
    row = shared and left.row and right.rank == 2
    if left.axes or right.axes:
        return _over_indices(span, left, right, shape, row)
    if not shared:
        return Part(written(span, "outer(", left.code, ", ", right.code, ")"), ATOM, span, shape)
    code = written(span, left.within(PRODUCT), "@", right.within(POWER))
    return Part(code, PRODUCT, span, shape, row=row, matmul=True)


def _is_shared(left: Part) -> bool:
    """Is it a product over an axis of both, rather than of a column and a row?"""
    return left.row or left.rank == 2


def _over_indices(span: Span, left: Part, right: Part, shape: Shape, row: bool) -> Part:
    shared = _is_shared(left)
    one = _labelled(left, (_SHARED,) if left.rank == 1 and shared else (_LEFT, _SHARED) if shared else (_LEFT,))
    behind = _LEFT if left.rank == 1 and shared else _RIGHT
    other = _labelled(right, (_SHARED, behind)[: right.rank] if shared else (behind,))
    factors = [*one, *other]
    return indexed(span, without(span, factors, _SHARED, (_SHARED,)) if shared else factors, shape, row)


def _labelled(part: Part, labels: Sequence[str]) -> list[Factor]:
    names: Mapping[str, str] = {f"#{axis}": label for axis, label in enumerate(labels)}
    return [replace(f, labels=tuple(names.get(label, label) for label in f.labels)) for f in factors_of(part)]


def _with_told_sizes(reader: Reader, span: Span, left: Part, right: Part) -> Part:
    """Of the identity, ones and zeros, whose sizes the other factor tells, or what both stand beside."""
    if left.row and left.text == _ONES and right.sized is None and right.rank == 1:
        return _summed(span, right)
    if right.text == _ONES and right.rank == 1 and not right.row and left.sized is None and left.row:
        return _summed(span, left)
    if not _is_shared(left):
        code = written(span, "outer(", left.code, ", ", right.code, ")")
        pending = Part(code, ATOM, span, (0, 0))
        return replace(
            pending, sized=lambda shape: product_of(reader, span, _sized(left, shape[:1]), _sized(right, shape[1:]))
        )
    if right.sized is None:
        return product_of(reader, span, _sized(left, (right.shape[0],) * left.rank), right)
    if left.sized is None:
        return product_of(reader, span, left, _sized(right, (left.shape[-1],) * right.rank))
    if left.rank == right.rank == 1:
        raise reader.error(span, "how many entries these have is not told", "write the size below: \\mathbf{1}_n")
    rank = left.rank + right.rank - 2

    def sized(shape: Shape) -> Part:
        square = shape[:1]
        return product_of(reader, span, _sized(left, square * left.rank), _sized(right, square * right.rank))

    return Part(written(span, left.code, "@", right.code), PRODUCT, span, (0,) * rank, row=left.row, sized=sized)


_ONES = "1"  # the text of ones whose size is not told


def _sized(part: Part, shape: Shape) -> Part:
    return part if part.sized is None else part.sized(shape)


def _summed(span: Span, part: Part) -> Part:
    """The sum of a vector's entries."""
    if part.axes:
        factors = without(span, factors_of(part), "#0", ("#0",))
        return indexed(span, factors, ())
    return Part(written(span, "sum(", part.code, ")"), ATOM, span)


def _refuse_misfit(reader: Reader, span: Span, left: Part, right: Part) -> None:
    """Errors: ExpressionError for two columns, a column before a matrix, a matrix before a row, more than two axes."""
    if max(left.rank, right.rank) > 2:
        raise reader.error(span, "a product of arrays with more than two axes", "write sums over indices", "shape")
    one, other = _kind(left), _kind(right)
    if (one, other) in _MISFITS:
        message, hint = _MISFITS[one, other]
        raise reader.error(span, message, hint, "shape")


def _kind(part: Part) -> str:
    return "matrix" if part.rank == 2 else "row" if part.row else "column"


_MISFITS = {
    ("column", "column"): (
        "two column vectors side by side have no product",
        "a^\\top b is the dot product, a b^\\top the outer one, a \\odot b goes entry by entry",
    ),
    ("row", "row"): ("two row vectors side by side have no product", "a^\\top b is the dot product"),
    ("column", "matrix"): ("a column vector before a matrix has no product", "x^\\top A, or A x"),
    ("matrix", "row"): ("a matrix before a row vector has no product", "A x, or x^\\top A"),
}


def _sizes_differ(left: Part, right: Part) -> str:
    said = f"{left.shape[-1]} {'columns' if left.rank == 2 else 'entries'}"
    return (
        f"these do not fit together: {said} before, {right.shape[0]} {'rows' if right.rank == 2 else 'entries'} behind"
    )
