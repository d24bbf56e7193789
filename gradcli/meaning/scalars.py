"""What the arithmetics of symbols, balls and series share: rows' sympy meanings on numpy arrays of scalars.

An elementwise meaning sees scalars and is mapped over the arrays; every other meaning sees the arrays themselves. The
subclass says what a scalar is (a sympy expression, a ball, a series) and provides the functions under sympy's names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat, starmap
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.errors import LimitError
from gradcli.language.nodes import Tree
from gradcli.meaning import equations
from gradcli.meaning.program import Program, Step
from gradcli.operations import product_shapes, shape_rules
from gradcli.operations.row import Op
from gradcli.operations.turns import Turns

Scalar = Any  # a sympy expression, which has no types, or a number of balls or series
Array = npt.NDArray[Any]  # object arrays of Scalars


def as_array(value: Any) -> Array:  # Any: a Scalar or an Array
    if isinstance(value, np.ndarray):
        return value
    array = np.empty((), dtype=object)
    array[()] = value
    return array


def mapped(function: Callable[..., Any], *arrays: Array) -> Array:  # Any: Scalars
    """The function of every entry, or of the entries of arrays of one shape side by side, as objects."""
    first = arrays[0]
    if not first.ndim:
        out = np.empty((), dtype=object)
        out[()] = function(*(array[()] for array in arrays))
        return out
    values = starmap(function, zip(*(array.ravel().tolist() for array in arrays), strict=True))
    return np.fromiter(values, dtype=object, count=first.size).reshape(first.shape)


def floats(array: Array) -> npt.NDArray[np.float64]:
    """Numbers of any precision as floats; what has no float is nan or infinite, without a remark."""
    with np.errstate(all="ignore"):
        return np.asarray(np.vectorize(float, otypes=[np.float64])(array))


@dataclass(frozen=True, slots=True)
class Field:
    """The function under a derivative operator: its value, its program, and the values of the names at the point."""

    value: Array
    program: Program
    point: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a derivative operator differentiates in."""

    name: str
    value: Array


Move = tuple[Variable, Array]  # a variable and the direction in which it goes


# numpy's functions that move entries and compute nothing
MOVES = {
    "broadcast_arrays", "broadcast_to", "concatenate", "diagonal", "expand_dims", "flip", "moveaxis", "repeat",
    "reshape", "roll", "split", "squeeze", "stack", "swapaxes", "take", "tile", "transpose", "where",
}  # fmt: skip


class Placing:
    """What puts entries in other places of a larger array, whatever they are."""

    def full(self, shape: tuple[int, ...], value: int) -> Array:
        raise NotImplementedError

    def scalar(self, tree: Any) -> Scalar:  # Any: a number
        raise NotImplementedError

    def eye(self, n: int, m: int) -> Array:
        out = self.full((n, m), 0)
        for i in range(min(n, m)):
            out[i, i] = self.scalar(1)
        return out

    def on_diagonal(self, x: Array, offset: int) -> Array:
        """The matrices with these diagonals, each vector along the last axis."""
        n = x.shape[-1]
        out = self.full((*x.shape[:-1], *(n + abs(offset),) * 2), 0)
        at = np.arange(n)
        out[..., at + max(-offset, 0), at + max(offset, 0)] = x
        return out

    def triangle(self, x: Array, keep: Callable[[int], bool]) -> Array:
        """x where ``keep`` of column minus row holds, else 0."""
        rows, columns = x.shape[-2:]
        kept = np.array([keep(gap) for gap in range(1 - rows, columns)], dtype=bool)
        return np.where(kept[np.arange(columns) - np.arange(rows)[:, None] + rows - 1], x, self.scalar(0))


class Plain(Placing):
    """The library in which a row that moves entries is run on plain arrays: of numbers, of bounds, of positions.

    constant: what stands for a number of the row's own, such as the 0 outside of a diagonal
    """

    np = np
    array = staticmethod(np.asarray)

    def __init__(self, constant: Callable[[Any], Any]) -> None:  # Any: numbers
        self._constant = constant

    def scalar(self, tree: Any) -> Any:  # Any: a number
        return self._constant(tree)

    def full(self, shape: tuple[int, ...], value: Any) -> Array:  # Any: a number
        found = np.asarray(self.scalar(value))
        return np.full(shape, found, dtype=found.dtype)


class ScalarArithmetic(Placing):
    """The arithmetic over arrays of scalars; subclasses add ``number`` and the elementary functions.

    Frozen when made: whoever needs another one makes another one. What it keeps for itself (a function looked up, the
    same arithmetic with more digits) changes no result.
    """

    np = np
    ideal: bool = False  # are functions meant as mathematics has them, where torch computes an approximation?

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen when made; {name} is given to its constructor")

    def where(self, condition: Any, x: Scalar, y: Scalar) -> Scalar:  # Any: a bool, or a sympy Boolean
        """x where the condition holds, else y."""
        raise NotImplementedError

    def approximated(self, condition: Any, there: Scalar, exact: Scalar) -> Scalar:  # Any: a bool, or a sympy Boolean
        """What torch computes: an approximation where the condition holds, as softplus(x) is x for large x."""
        return exact if self.ideal else self.where(condition, there, exact)

    def scalar(self, tree: Tree) -> Scalar:
        """A number leaf as a scalar."""
        raise NotImplementedError

    def number(self, tree: Any) -> Any:  # Any: a number leaf of a tree, or a Python number
        return as_array(self.scalar(tree))

    def constant(self, value: Any) -> Any:  # Any: see nodes.Static
        """A constant argument: exact fractions become scalars, unless they are whole: rows compare such."""
        if type(value).__name__ != "Fraction":
            return value
        return int(value) if value.denominator == 1 else self.scalar(value)

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        op = step.op
        assert op is not None
        meaning = self.meaning(op)
        constants = [self.constant(value) for value in step.constants]
        if not op.elementwise:
            return self.called_whole(op, meaning, arguments, constants)
        present = [a for a in arguments if a is not None]
        if all(a.ndim == 0 for a in present):
            return as_array(self.called(meaning, [None if a is None else a[()] for a in arguments], constants))
        return self.spread(meaning, arguments, constants)

    def called(
        self, meaning: Callable[..., Scalar], scalars: list[Scalar], constants: list[Any]
    ) -> Scalar:  # Any: see constant
        """An elementwise meaning of scalars."""
        return meaning(self, *scalars, *constants)

    def called_whole(
        self, op: Op, meaning: Callable[..., Any], arguments: list[Array | None], constants: list[Any]
    ) -> Array:  # Any: see constant
        """The meaning of a row that sees arrays. Errors: LimitError where numbers such as these have none."""
        try:
            with np.errstate(all="ignore"):
                return as_array(meaning(self, *arguments, *constants))
        except (ZeroDivisionError, ValueError, OverflowError, ArithmeticError) as error:
            raise LimitError(f"{op.written} is not computed for such numbers: {error}", kind="unchecked") from None

    def derive(self, step: Step, arguments: list[Array | None], point: Mapping[str, Array]) -> Array:
        """A derivative operator: its sympy meaning on a Field, Variables and arrays."""
        assert step.op is not None
        assert step.body is not None
        value, *rest = (a for a in arguments if a is not None)
        count = len(step.body.variables)
        variables = [Variable(name, a) for name, a in zip(step.body.variables, rest[:count], strict=True)]
        field = Field(value, step.body.program, point)
        return self.array(self.meaning(step.op)(self, field, *variables, *rest[count:]))

    def along(self, field: Field, *moves: Move) -> Array:
        """The derivative of the field along each move in turn; of the field's shape."""
        raise NotImplementedError

    def basis(self, shape: tuple[int, ...]) -> Iterator[Array]:
        """For each entry of the shape the array that is 1 there and 0 elsewhere."""
        for place in np.ndindex(shape):
            direction = self.full(shape, 0)
            direction[place] = self.scalar(1)
            yield direction

    def spread(self, meaning: Callable[..., Scalar], arguments: list[Array | None], constants: list[Any]) -> Array:
        """A scalar meaning over broadcast arrays, entry by entry."""
        present = [a for a in arguments if a is not None]
        if any(a.shape != present[0].shape for a in present):
            present = list(np.broadcast_arrays(*present))
        given = iter(present)
        columns = [repeat(None) if a is None else next(given).ravel().tolist() for a in arguments]
        values = (self.called(meaning, [*scalars], constants) for scalars in zip(*columns, strict=False))
        return np.fromiter(values, dtype=object, count=present[0].size).reshape(present[0].shape)

    def meaning(self, op: Op) -> Callable[..., Any]:  # Any: Scalars or Arrays
        if op.sympy is None:
            raise LimitError(f"{op.written} has no second meaning", kind="unchecked")
        if callable(op.sympy):
            return op.sympy
        name = op.sympy or op.name
        return lambda s, *arguments: getattr(s, name)(*arguments)

    array = staticmethod(as_array)

    # -- what rows call, beside the elementary functions of the subclass

    def map(self, function: Callable[..., Scalar], *arrays: Any) -> Array:  # Any: Arrays or Scalars
        return self.spread(lambda _, *scalars: function(*scalars), [as_array(a) for a in arrays], [])

    def total(self, entries: Sequence[Scalar]) -> Scalar:
        raise NotImplementedError

    def product(self, entries: Sequence[Scalar]) -> Scalar:
        raise NotImplementedError

    def full(self, shape: tuple[int, ...], value: int) -> Array:
        out = np.empty(shape, dtype=object)
        out.fill(self.scalar(value))
        return out

    def reduce(
        self, x: Array, dim: Any, keepdim: bool, combine: Callable[[Sequence[Scalar]], Scalar]
    ) -> Array:  # Any: axis or axes
        x = as_array(x)  # numpy makes a number of -x, where x has no axes
        axes = shape_rules.axes_of(x.shape, dim)
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        moved = np.transpose(x, (*kept, *axes)).reshape(
            [*(x.shape[axis] for axis in kept), prod(x.shape[axis] for axis in axes)]
        )
        out = np.empty(moved.shape[:-1], dtype=object)
        for place in np.ndindex(out.shape):
            out[place] = combine(list(moved[place]))
        return out.reshape(shape_rules.reduce(x.shape, dim, keepdim))

    def sum(self, x: Array, dim: Any = None, keepdim: bool = False) -> Array:  # Any: axis or axes
        return self.reduce(x, dim, keepdim, self.total)

    def mean(self, x: Array, dim: Any = None, keepdim: bool = False) -> Array:  # Any: axis or axes
        x = as_array(x)
        total = self.sum(x, dim, keepdim)
        count = x.size // max(total.size, 1)
        return as_array(total / count)

    def running(self, x: Array, dim: int | None, combine: Callable[[Scalar, Scalar], Scalar]) -> Array:
        x = as_array(x)
        if x.ndim == 0:
            return x
        out = np.moveaxis(x.copy(), dim or 0, 0)
        for i in range(1, len(out)):
            out[i] = combine(out[i - 1], out[i])
        return np.moveaxis(out, 0, dim or 0)

    def logsumexp(self, x: Array, dim: Any = None, keepdim: bool = False) -> Array:  # Any: axis or axes
        return self.map(self.log, self.sum(self.map(self.exp, x), dim, keepdim))

    def softmax(self, x: Array, dim: int) -> Array:
        x = as_array(x)
        e = self.map(self.exp, x)
        return self.map(self.div, e, self.sum(e, dim, True)) if x.ndim else as_array(self.scalar(1))

    def matmul(self, a: Array, b: Array) -> Array:
        if a.ndim > 2 or b.ndim > 2:
            return as_array(np.matmul(a, b))
        rows, columns = np.atleast_2d(a), (b if b.ndim == 2 else b[:, None]).T
        out = np.empty((len(rows), len(columns)), dtype=object)
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                out[i, j] = self.total(list(row * column))
        return out.reshape(product_shapes.matmul(a.shape, b.shape))

    def transformed(self, rows: Array, turns: Turns) -> Array:
        """The sums of cosines of each line."""
        return self.matmul(rows, turns.matrix(self))

    def cross(self, x: Array, y: Array) -> Array:
        x, y = np.broadcast_arrays(x, y)
        parts = [
            x[..., (i + 1) % 3] * y[..., (i + 2) % 3] - x[..., (i + 2) % 3] * y[..., (i + 1) % 3] for i in range(3)
        ]
        return np.stack([as_array(part) for part in parts], -1)

    def einsum(self, spec: str, operands: Sequence[Array]) -> Array:
        """The sum over all letters that the output lacks, straight from the definition."""
        inputs, output = product_shapes.split_spec(spec)
        sizes = {
            letter: n
            for letters, x in zip(inputs, operands, strict=True)
            for letter, n in zip(letters, x.shape, strict=True)
        }
        summed = sorted(set(sizes) - set(output))
        out = np.empty([sizes[letter] for letter in output], dtype=object)
        for place in np.ndindex(out.shape):
            at = dict(zip(output, place, strict=True))
            terms = []
            for rest in np.ndindex(*(sizes[letter] for letter in summed)):
                where = {**at, **dict(zip(summed, rest, strict=True))}
                terms.append(
                    self.product(
                        [
                            x[tuple(where[letter] for letter in letters)]
                            for letters, x in zip(inputs, operands, strict=True)
                        ]
                    )
                )
            out[place] = self.total(terms)
        return out

    def trace(self, a: Array) -> Scalar:
        return self.total([a[i, i] for i in range(min(a.shape))])

    def pinv(self, a: Array) -> Array:
        """For full rank: ``inv(A.T A) A.T`` of a tall matrix, ``A.T inv(A A.T)`` of a wide one."""
        tall = a.shape[0] >= a.shape[1]
        gram = self.matmul(a.T, a) if tall else self.matmul(a, a.T)
        inverse = self.inverse_of_gram(gram)
        return self.matmul(inverse, a.T) if tall else self.matmul(a.T, inverse)

    def inverse_of_gram(self, gram: Array) -> Array:
        """Errors: LimitError where a Gram matrix is known to be singular; symbols do not know."""
        return self.inv(gram)

    def cholesky(self, a: Array) -> Array:
        """Cholesky-Banachiewicz, row by row; reads the lower triangle."""
        out = self.full(a.shape, 0)
        for i in range(len(a)):
            for j in range(i + 1):
                rest = a[i, j] - self.total([out[i, k] * out[j, k] for k in range(j)])
                out[i, j] = self.sqrt(rest) if i == j else self.div(rest, out[j, j])
        return out

    def adjugate(self, a: Array) -> Array:
        """The transposed matrix of cofactors: each is the determinant of a minor."""
        out = np.empty(a.shape, dtype=object)
        for i, j in np.ndindex(a.shape):
            out[j, i] = self.det(np.delete(np.delete(a, i, 0), j, 1)) * (-1) ** (i + j)
        return out

    def log1pexp(self, x: Scalar) -> Any:
        """log(1 + exp(x))"""
        return self.log(1 + self.exp(x))

    def entries(self, x: Any) -> Any:  # Any: an array -> a sequence of its entries
        """The entries of an array one by one; where all are one number, that one."""
        return self.array(x).ravel()

    def matrices(self, function: Callable[[Array], Any], a: Array) -> Array:  # Any: an Array or a Scalar
        """``function`` of each matrix in the last two axes; the axes before them are a batch."""
        if a.ndim == 2:
            return as_array(function(a))
        batch, one = a.shape[:-2], a.shape[-2:]
        found = [as_array(function(matrix)) for matrix in a.reshape((prod(batch), *one))]
        shape = (found[0] if found else as_array(function(self.full(one, 0)))).shape
        return (np.stack(found) if found else np.empty(0, dtype=object)).reshape(batch + shape)

    def matrix_power(self, a: Array, n: int) -> Array:
        return equations.matrix_power(self, a, n)

    def sylvester(self, a: Array, b: Array, q: Array) -> Array:
        return equations.sylvester(self, a, b, q)

    def solve_triangular(self, a: Array, b: Array, upper: bool) -> Array:
        """Substitution, row by row; reads one triangle of ``a`` alone."""
        rows = range(len(a))[::-1] if upper else range(len(a))
        out = b.copy()
        for i in rows:
            known = range(i + 1, len(a)) if upper else range(i)
            for place in np.ndindex(b.shape[1:]):
                at = (i, *place)
                out[at] = self.div(b[at] - self.total([a[i, k] * out[(k, *place)] for k in known]), a[i, i])
        return out

    # -- what has no closed form in its entries: numbers alone have them

    def sloped(self, value: Scalar, slope: Scalar) -> Scalar:  # noqa: ARG002 - what the subclass gets
        """The value of the one with the slope of the other, at this point alone."""
        raise self.without_formula("a slope by choice")

    def without_formula(self, name: str) -> LimitError:
        hint = "bind the variables to get numbers"
        return LimitError(f"{name} has no formula in its entries", hint=hint, kind="unchecked")

    def eigvalsh(self, a: Array) -> Array:  # noqa: ARG002 - what the subclass gets
        raise self.without_formula("eigvalsh")

    def eigvecsh(self, a: Array) -> Array:  # noqa: ARG002 - as above
        raise self.without_formula("eigvecsh")

    def svdvals(self, a: Array) -> Array:  # noqa: ARG002 - as above
        raise self.without_formula("svdvals")

    def expm(self, a: Array) -> Array:  # noqa: ARG002 - as above
        raise self.without_formula("matrix_exp")

    def eigvals(self, a: Array) -> Array:  # noqa: ARG002 - as above
        raise self.without_formula("eigvals")

    def eigvecs(self, a: Array) -> Array:  # noqa: ARG002 - as above
        raise self.without_formula("eigvecs")

    def sqrtm(self, a: Array) -> Array:  # noqa: ARG002 - as above
        raise self.without_formula("sqrtm")

    def logm(self, a: Array) -> Array:  # noqa: ARG002 - as above
        raise self.without_formula("logm")

    def reflections(self, a: Array) -> Array:  # noqa: ARG002 - as above
        """The signs, 1 or -1, that LAPACK's reflections give the diagonal of R."""
        raise self.without_formula("a QR factorisation")

    def pivots(self, a: Array) -> tuple[list[int], list[int]]:  # noqa: ARG002 - as above
        """With which row each one changes place under partial pivoting, and the order of the rows that is left."""
        raise self.without_formula("an LU factorisation with pivots")

    def ordered(self, x: Array, dim: int) -> Array:  # noqa: ARG002 - as above
        raise self.without_formula("sort")

    def places_in_order(self, line: Sequence[Scalar]) -> list[Scalar]:
        """The numbers of the entries in ascending order, by comparing each with each: where two are equal they jump."""
        zero, one = self.scalar(0), self.scalar(1)
        ranks = [
            self.total(
                [self.where(self.lt(a, b) if j > i else self.le(a, b), one, zero) for j, a in enumerate(line) if j != i]
            )
            for i, b in enumerate(line)
        ]
        return [
            self.total([self.where(self.is_place(rank, k), self.scalar(i), zero) for i, rank in enumerate(ranks)])
            for k in range(len(line))
        ]

    def is_place(self, index: Scalar, place: int) -> Any:  # Any: a condition
        """Is a whole number this one? Between two of them nothing is on an edge."""
        return self.lt(self.Abs(index - place), self.rational(1, 2))

    def positions(self, index: Array) -> Any:  # Any: an array of ints  # noqa: ARG002 - as above
        raise self.without_formula("an index that is a variable")

    def grid(self, start: Any, step: Any, count: int) -> Array:  # Any: numbers
        out = np.empty(count, dtype=object)
        for i in range(count):
            out[i] = self.scalar(0) + start + i * step
        return out

    # -- provided by the subclass, named here for the rows and for mypy

    lt: Callable[[Scalar, Scalar], Any]  # Any: a condition, as below
    le: Callable[[Scalar, Scalar], Any]
    Abs: Callable[[Scalar], Scalar]
    rational: Callable[[int, int], Scalar]
    sqrt: Callable[[Scalar], Scalar]
    exp: Callable[[Scalar], Scalar]
    log: Callable[[Scalar], Scalar]
    div: Callable[[Scalar, Scalar], Scalar]
    inv: Callable[[Array], Array]
    det: Callable[[Array], Scalar]
