"""Matrix products of whole arrays: in longdouble where one side is thin, else by BLAS in float64 on factors that are
split without error (Ozaki et al. 2012): pieces so short that the sum of their products is exact, in any order."""

from __future__ import annotations

from math import ceil, log2

import numpy as np

from gradcli.meaning.extended.number import Extended, filled, fitted, made
from gradcli.meaning.extended.rounding import FLOOR, LONG, UNIT, Floats, additions, now
from gradcli.operations.product_shapes import matmul as product_shape

DOUBLE = 53  # bits of float64's significand
FEW = 8  # terms that BLAS adds up in an order of its own, or as many squared where there are many
ROWS = 256  # whose terms are added by longdouble one after another
THIN = 4  # rows or columns, up to which splitting takes longer than it saves
SEEN = 2.0**-900  # a bound beside which what underflows is nothing
SMALL = 100_000  # multiplications, as well


def matmul(a: Extended, b: Extended) -> Extended:
    """``a @ b``, with numpy's rules for vectors and batches."""
    shape = product_shape(a.shape, b.shape)
    left = a.reshape(1, -1) if a.ndim == 1 else a
    right = b.reshape(-1, 1) if b.ndim == 1 else b
    return _matrices(left, right).reshape(shape)


def _matrices(a: Extended, b: Extended) -> Extended:
    value, error = _in_doubles(a, b) if now.least else _in_longdouble(a, b)

    def in_left(adjoint: Extended, a: Extended, b: Extended, out: Extended) -> Extended:
        pulled = _matrices(filled(adjoint, out.shape), turned(b))
        return fitted(pulled, pulled.shape, a.shape)

    def in_right(adjoint: Extended, a: Extended, b: Extended, out: Extended) -> Extended:
        pulled = _matrices(turned(a), filled(adjoint, out.shape))
        return fitted(pulled, pulled.shape, b.shape)

    return made(value, error, (a, b), (in_left, in_right))


def _in_longdouble(a: Extended, b: Extended) -> tuple[Floats, Floats]:
    value, error = _value(a, b)
    if not b.exact:
        error = error + _times(a.size, b.errors)
    if not a.exact:
        error = error + _times(a.errors, b.size if b.exact else b.size + b.errors)
    return value, error


def _times(a: Floats, b: Floats) -> Floats:
    """By BLAS, in float64."""
    a, b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
    if b.ndim == 2 and b.shape[1] == 1 and a.ndim == 2:
        return np.asarray(a @ b[:, 0])[:, None]  # quicker than by a matrix of one column
    return np.asarray(np.matmul(a, b))


def turned(number: Extended) -> Extended:
    """Rows for columns."""
    found = number.rearranged(lambda x: np.swapaxes(x, -1, -2))
    if number.exact:  # a factor that does not move is turned often, and its size is a view like its values
        found._size = np.swapaxes(number.size, -1, -2)  # noqa: SLF001 - of this package
    return found


def _value(a: Extended, b: Extended) -> tuple[Floats, Floats]:
    """The product of the values, and a bound on its rounding."""
    n, k, p = a.shape[-2], a.shape[-1], b.shape[-1]
    if k == 1:
        value = a.value * b.value
        return value, _floored(np.abs(value).astype(np.float64) * UNIT, a, b)
    thin = min(n, p) <= THIN or n * k * p <= SMALL or a.ndim > 2 or b.ndim > 2
    terms = _times(a.size, b.size)
    if thin or not np.isfinite(terms).all():
        return _directly(a.value, b.value, terms)
    return _by_pieces(a.value, b.value, terms)


def _in_doubles(a: Extended, b: Extended) -> tuple[Floats, Floats]:
    """By BLAS, and the bound: the rounding of the terms, and what the factors' own bounds make of them."""
    k = a.shape[-1]
    if a.ndim > 2 or b.ndim > 2 or k < 2 * FEW:
        value, units = _times(a.value, b.value), float(k)
    else:
        value, units = _blockwise(a.value, b.value, FEW if k <= FEW**2 else FEW**2)
    unit = now.unit * units
    if a.exact:
        error = _times(a.size, b.size * unit + b.errors)
    elif b.exact:
        error = _times(a.size * unit + a.errors, b.size)
    else:
        error = _times(a.size * unit + a.errors, b.size + b.errors) + _times(a.size, b.errors)
    if not error.size or error.min() > SEEN:
        return value, error
    count = _times((a.value != 0) | (a.errors != 0), (b.value != 0) | (b.errors != 0))  # of products that are not 0
    return value, error + count * FLOOR


def _blockwise(a: Floats, b: Floats, block: int) -> tuple[Floats, float]:
    """The product of matrices as a sum in pairs of products of so many terms; a term's additions."""
    (n, k), p = a.shape, b.shape[1]
    count = k // block
    left = a[:, : count * block].reshape(n, count, block).transpose(1, 0, 2)
    right = b[: count * block].reshape(count, block, p)
    parts = np.ascontiguousarray(np.matmul(left, right).transpose(1, 2, 0))
    value = parts.sum(-1) + _times(a[:, count * block :], b[count * block :])
    return value, block + additions(count) + 1


def _floored(error: Floats, a: Extended, b: Extended) -> Floats:
    lost = (error == 0) & (a.value != 0) & (b.value != 0)
    return np.where(lost, FLOOR, error) if lost.any() else error


def _directly(a: Floats, b: Floats, terms: Floats) -> tuple[Floats, Floats]:
    """Block by block, so that few terms are added one after another."""
    k = a.shape[-1]
    blocks = range(0, k, ROWS)
    if a.ndim == 2 and a.shape[0] == 1:  # numpy's product would go down the columns of b
        total = sum(((a[0, i : i + ROWS, None] * b[..., i : i + ROWS, :]).sum(-2, keepdims=True) for i in blocks), 0)
    else:
        total = sum((np.matmul(a[..., i : i + ROWS], b[..., i : i + ROWS, :]) for i in blocks), 0)
    value = np.asarray(total, dtype=LONG) if k else np.zeros(terms.shape, dtype=LONG)
    return value, terms * (UNIT * (min(k, ROWS) + len(blocks)))


def _by_pieces(a: Floats, b: Floats, terms: Floats) -> tuple[Floats, Floats]:
    """Pieces of a by rows and of b by columns, each of so few bits that products of them add up exactly."""
    k = a.shape[-1]
    bits = (DOUBLE - ceil(log2(k))) // 2
    count = ceil(-log2(UNIT) / bits) + 1
    left, rest_left = _pieces(a, bits, count, axis=1)
    right, rest_right = _pieces(b, bits, count, axis=0)
    value = np.zeros(terms.shape, dtype=LONG)
    for level in range(2 * count - 2, -1, -1):  # the smallest first
        for i in range(max(0, level - count + 1), min(count, level + 1)):
            if level < count:
                value += left[i] @ right[level - i]
    error = terms * (UNIT * count * (count + 1) / 2)
    return value, error + _left_out(left, right, rest_left, rest_right, k)


def _left_out(left: list[Floats], right: list[Floats], rest_left: Floats, rest_right: Floats, k: int) -> Floats:
    """A bound on the products of small pieces that are not computed, from the largest entry of each row and column."""
    rows = [np.abs(piece).max(1, keepdims=True) for piece in left] + [rest_left]
    columns = [np.abs(piece).max(0, keepdims=True) for piece in right] + [rest_right]
    found = np.zeros((rows[0].shape[0], columns[0].shape[1]))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if i + j >= len(left) or i == len(left) or j == len(right):
                found = found + row * column * k
    return found


def _pieces(x: Floats, bits: int, count: int, axis: int) -> tuple[list[Floats], Floats]:
    """Float64 pieces that add up to x, but for a rest whose largest entry along the axis is told.

    All entries of a piece along the axis are multiples of one unit and less than 2**bits of it.
    """
    largest = np.abs(x).max(axis, keepdims=True)
    exponent = np.where(largest > 0, np.ceil(np.log2(np.where(largest > 0, largest, 1))) + 1, 0).astype(np.int64)
    found = []
    for i in range(1, count + 1):
        unit = np.ldexp(LONG(1), exponent - i * bits)
        piece = np.rint(x / unit) * unit
        found.append(piece.astype(np.float64))
        x = x - piece
    return found, np.abs(x).max(axis, keepdims=True).astype(np.float64)
