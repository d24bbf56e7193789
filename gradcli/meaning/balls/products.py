"""Products of arrays of balls: one step each, with its rule. An entry that is undefined stays where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
from flint import arb, arb_mat

from gradcli.meaning.balls.ball import Ball, Undefined, is_infinite
from gradcli.meaning.balls.sweep import ABSENT, moves, whole
from gradcli.meaning.scalars import Array, ScalarArithmetic, as_array
from gradcli.operations import product_shapes

# Any, in this module: Scalars


class BallProducts(ScalarArithmetic):
    """What ``Balls`` knows about products and sums."""

    def matmul(self, a: Array, b: Array) -> Array:
        if a.ndim > 2 or b.ndim > 2:
            return self._stacked(a, b)
        rows, columns = (a if a.ndim == 2 else a[None]), (b if b.ndim == 2 else b[:, None])
        if not rows.size or not columns.size:
            return super().matmul(a, b)
        product = self._product(rows, columns)
        return product if a.ndim == b.ndim == 2 else product.reshape(product_shapes.matmul(a.shape, b.shape))

    def _stacked(self, a: Array, b: Array) -> Array:
        """Matrices in the last two axes; the axes before them broadcast."""
        rows, columns = np.atleast_2d(a), (b if b.ndim > 1 else b[:, None])
        batch = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
        rows = np.broadcast_to(rows, batch + rows.shape[-2:])
        columns = np.broadcast_to(columns, batch + columns.shape[-2:])
        out = np.empty((*batch, rows.shape[-2], columns.shape[-1]), dtype=object)
        for place in np.ndindex(batch):
            out[place] = self.matmul(rows[place], columns[place])
        return out.reshape(product_shapes.matmul(a.shape, b.shape))

    def _product(self, a: Array, b: Array) -> Array:
        """Of two matrices with entries; a row or column with an undefined entry is undefined."""
        if {type(v) for array in (a, b) for v in array.ravel().tolist()} == {Ball}:
            values = array_of(matrix_of(a) * matrix_of(b))
            if all(value.is_finite() for value in values.ravel().tolist()):  # so are all entries
                return self._from_values(values, a, b)
        if infinite_in(a) or infinite_in(b):
            return super().matmul(a, b)
        rows, columns = [undefined_in(row) for row in a], [undefined_in(column) for column in b.T]
        if not any(rows) and not any(columns):
            return self._from_values(array_of(matrix_of(a) * matrix_of(b)), a, b)
        out = np.empty((len(rows), len(columns)), dtype=object)
        for i, j in np.ndindex(out.shape):
            out[i, j] = rows[i] or columns[j]
        kept = np.ix_([not row for row in rows], [not column for column in columns])
        if out[kept].size:
            out[kept] = self._product(a[[not row for row in rows]], b[:, [not column for column in columns]])
        return out

    def _from_values(self, values: Array, a: Array, b: Array) -> Array:
        return whole(values, (a, b), partial(self._pull, moves(a), moves(b)), self._push, product=True)

    def _pull(
        self, left_moves: bool, right_moves: bool, g: Array, a: Array, b: Array, _out: Array
    ) -> tuple[Array | None, Array | None]:
        """Nothing for a row of a or a column of b whose products enter nothing: no kink before them has a say."""
        left = self.matmul(g, b.T) if left_moves else None
        right = self.matmul(a.T, g) if right_moves else None
        met = np.array([v is not ABSENT for v in g.ravel()], dtype=bool).reshape(g.shape)
        if left is not None:
            left[~met.any(1)] = None
        if right is not None:
            right[:, ~met.any(0)] = None
        return left, right

    def _push(self, da: Array | None, db: Array | None, a: Array, b: Array, _out: Array) -> Array:
        terms = [self.matmul(x, y) for x, y in ((da, b), (a, db)) if x is not None and y is not None]
        return as_array(sum(terms[1:], start=terms[0]))

    # -- einsum, two operands at a time

    def einsum(self, spec: str, operands: Sequence[Array]) -> Array:
        inputs, output = product_shapes.split_spec(spec)
        letters, out = _diagonal(inputs[0], operands[0])
        for i in range(1, len(operands)):
            kept = set(output).union(*inputs[i + 1 :])
            letters, out = self._contract((letters, out), _diagonal(inputs[i], operands[i]), kept)
        letters, out = self._summed(letters, out, set(output))
        return np.transpose(out, [letters.index(letter) for letter in output])

    def _contract(self, x: tuple[str, Array], y: tuple[str, Array], kept: set[str]) -> tuple[str, Array]:
        """The product of two operands, summed over the letters that nothing else needs: matrices of matrices."""
        a, left = self._summed(*x, kept.union(y[0]))
        b, right = self._summed(*y, kept.union(x[0]))
        batch = "".join(c for c in a if c in b and c in kept)
        inner = "".join(c for c in a if c in b and c not in kept)
        rows, columns = ("".join(c for c in mine if c not in other) for mine, other in ((a, b), (b, a)))
        sizes = dict(zip(a + b, left.shape + right.shape, strict=True))
        first = _grouped(a, left, sizes, batch, rows, inner)
        second = _grouped(b, right, sizes, batch, inner, columns)
        product = self.matmul(first, second) if inner else first * second
        return batch + rows + columns, as_array(product).reshape([sizes[c] for c in batch + rows + columns])

    def _summed(self, letters: str, x: Array, kept: set[str]) -> tuple[str, Array]:
        """Summed over the letters that are not kept."""
        axes = tuple(i for i, letter in enumerate(letters) if letter not in kept)
        return "".join(c for c in letters if c in kept), self.sum(x, axes) if axes else x

    # -- sums of exponentials: shifted by a constant near the largest entry, so that no exponential grows beyond 1

    def logsumexp(self, x: Array, dim: Any = None, keepdim: bool = False) -> Array:
        return self.reduce(x, dim, keepdim, self._log_sum_exp)

    def _log_sum_exp(self, entries: Sequence[Any]) -> Any:
        shift = _peak(entries)
        return self.log(self.total([self.exp(entry - shift) for entry in entries])) + shift

    def softmax(self, x: Array, dim: int) -> Array:
        x = as_array(x)
        if not x.ndim or not x.size:
            return super().softmax(x, dim)
        shift = self.reduce(x, dim, True, _peak)
        return super().softmax(as_array(x - shift), dim)


def _diagonal(letters: str, x: Array) -> tuple[str, Array]:
    """A letter that stands twice takes the diagonal of its axes, which becomes the last axis."""
    for letter in letters:
        if letters.count(letter) > 1:
            i, j = letters.index(letter), letters.rindex(letter)
            rest = "".join(c for k, c in enumerate(letters) if k not in (i, j))
            return _diagonal(rest + letter, np.diagonal(x, axis1=i, axis2=j))
    return letters, x


def _grouped(letters: str, x: Array, sizes: Mapping[str, int], batch: str, *groups: str) -> Array:
    """Axes in the order of the batch, then one axis for each group."""
    moved = np.transpose(x, [letters.index(c) for c in batch + "".join(groups)])
    return moved.reshape([*(sizes[c] for c in batch), *(prod(sizes[c] for c in group) for group in groups)])


def _peak(entries: Sequence[Any]) -> Ball:
    """A constant near the largest entry; 0 where there is none."""
    finite = [entry.value.mid() for entry in entries if type(entry) is Ball and entry.value.is_finite()]
    return Ball(max(finite, default=arb(0)))


def undefined_in(*arrays: Array) -> Undefined | None:
    """The first entry that is undefined, if any."""
    return next((v for array in arrays for v in array.ravel().tolist() if type(v) is Undefined), None)


def infinite_in(array: Array) -> bool:
    return any(type(v) is Ball and is_infinite(v.value) for v in array.ravel().tolist())


def refused(array: Array, what: str) -> Undefined | None:
    """Why a step that needs all entries has none of its numbers, if so."""
    return undefined_in(array) or (Undefined(f"{what} at infinity") if infinite_in(array) else None)


def absent(cotangent: Any) -> bool:
    """Certainly 0, at any point."""
    return type(cotangent) is Ball and not cotangent.serial and bool(cotangent.value.is_zero())


def matrix_of(array: Array) -> arb_mat:
    """Enclosures of a matrix of Balls."""
    return arb_mat(array.shape[0], array.shape[1], [ball.value for ball in array.ravel().tolist()])


def array_of(matrix: arb_mat) -> Array:
    """An array of arb."""
    entries = matrix.entries()
    return np.fromiter(entries, dtype=object, count=len(entries)).reshape(matrix.nrows(), matrix.ncols())


def filled(shape: tuple[int, ...], scalar: Any) -> Array:
    out = np.empty(shape, dtype=object)
    out.fill(scalar)
    return out
