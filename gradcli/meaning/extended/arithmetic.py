"""The arithmetic of whole arrays with 19 digits: the rows' sympy meanings, called once on arrays.

An elementwise meaning sees arrays in the place of scalars; what it calls acts on all entries at once. What has no
meaning for whole arrays is refused with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import LimitError
from gradcli.meaning.extended import conditions, moves, reductions
from gradcli.meaning.extended.conditions import Condition
from gradcli.meaning.extended.functions import FUNCTIONS, pi
from gradcli.meaning.extended.number import Extended, filled, lifted, moved, summed, variable
from gradcli.meaning.extended.products import matmul
from gradcli.meaning.extended.rounding import now
from gradcli.meaning.extended.sweep import tangent
from gradcli.meaning.extended.turns import quick, turned
from gradcli.meaning.program import Step, run
from gradcli.meaning.scalars import Field, Move, ScalarArithmetic
from gradcli.operations import product_shapes, shape_rules
from gradcli.operations.row import Op
from gradcli.operations.turns import Turns

# Any, in this module: Extended, Conditions, exact numbers and arrays, constants of rows

RUNNING = "extended arithmetic has running sums alone"
EXACT = 64  # bits that a whole number of the language may have to be taken without rounding


class WholeArrays(ScalarArithmetic):
    """ideal: see ScalarArithmetic"""

    def __init__(self, *, ideal: bool = False) -> None:
        vars(self).update(ideal=ideal)

    np: Any = moves.Numpy()
    pi: Any = property(lambda _: pi())
    nan: Any = property(lambda _: Extended(np.nan, np.inf))
    inf: Any = property(lambda _: Extended(np.inf))

    def scalar(self, tree: Any) -> Extended:
        if type(tree) is Extended:
            return tree
        if not isinstance(tree, sympy.Basic):
            return _rational(tree) if isinstance(tree, int | Fraction) else lifted(float(tree))
        if tree is sympy.oo or tree is -sympy.oo:
            return Extended(np.inf if tree is sympy.oo else -np.inf)
        if tree.is_Rational:
            return _rational(Fraction(int(tree.p), int(tree.q)))
        if tree.is_Float or tree.is_NumberSymbol:
            return Extended(now.long(str(sympy.N(tree, 25))), abs(float(tree)) * 4 * now.unit)
        return Extended(np.nan, np.inf)

    def number(self, tree: Any) -> Extended:
        return self.scalar(tree)

    def rational(self, p: int, q: int) -> Extended:
        return _rational(Fraction(p, q))

    @staticmethod
    def array(value: Any) -> Any:
        return value if type(value) in (Extended, Condition) else lifted(value)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Functions under sympy's names."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in FUNCTIONS:
            raise LimitError(f"extended arithmetic has no {name}", kind="unchecked")
        return FUNCTIONS[name]

    def apply(self, step: Step, arguments: list[Any]) -> Any:
        op = step.op
        assert op is not None
        meaning = self.meaning(op)
        constants = [self.constant(value) for value in step.constants]
        present = [a for a in arguments if a is not None]
        with np.errstate(all="ignore"):
            if op.moves or (not present and op.group == "constructors"):
                found = self._moved(op, meaning, present, constants)
            else:
                found = self.array(meaning(self, *arguments, *constants))
        if op.elementwise and present:
            shape = np.broadcast_shapes(*(a.shape for a in present))
            return found if type(found) is Condition else filled(found, shape)
        return found

    def _moved(self, op: Op, meaning: Callable[..., Any], present: list[Any], constants: list[Any]) -> Any:
        try:
            return moves.row(meaning, present, constants)
        except AttributeError:  # it computes its entries
            if op.moves:
                raise
            return self.array(meaning(self, *constants))

    # -- what rows call

    def map(self, function: Callable[..., Any], *arrays: Any) -> Any:
        if any(isinstance(a, _Sign) for a in arrays):
            raise LimitError(RUNNING, kind="unchecked")
        given = [self.array(a) for a in arrays]
        shape = np.broadcast_shapes(*(a.shape for a in given))
        found = self.array(function(*given))
        return found if type(found) is Condition else filled(found, shape)

    def entries(self, x: Any) -> tuple[Any]:
        return (self.array(x),)

    def full(self, shape: Any, value: Any) -> Any:
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        return filled(self.scalar(value), sizes)

    def total(self, entries: Sequence[Any]) -> Any:
        if not entries:
            return Extended(0.0)
        return summed(_stacked(entries), -1, False)

    def product(self, entries: Sequence[Any]) -> Any:
        if len(entries) == 1 and isinstance(entries[0], _Line):
            return reductions.product(entries[0].entries)
        return reductions.product(_stacked(entries)) if entries else Extended(1.0)

    def reduce(self, x: Any, dim: Any, keepdim: bool, combine: Callable[[Sequence[Any]], Any]) -> Any:
        if type(x) is Condition:
            raise LimitError("extended arithmetic has no conditions on all entries", kind="unchecked")
        x = lifted(x)
        found = combine([_Line(reductions.lines(x, dim))])
        return lifted(found).reshape(shape_rules.reduce(x.shape, dim, keepdim))

    def sum(self, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return summed(lifted(x), dim, keepdim)

    def mean(self, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        x = lifted(x)
        return self.sum(x, dim, keepdim) / prod(x.shape[axis] for axis in shape_rules.axes_of(x.shape, dim))

    def running(self, x: Any, dim: int | None, combine: Callable[[Any, Any], Any]) -> Any:
        x = lifted(x)
        if not x.ndim:
            return x
        if combine(_Sign("a"), _Sign("b")) != "+":
            raise LimitError(RUNNING, kind="unchecked")
        return reductions.running_sum(x, dim or 0)

    def logsumexp(self, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        x = lifted(x)
        largest = _largest(x, dim)
        found = self.log(self.sum(self.exp(x - largest), dim, True)) + largest
        return found.reshape(shape_rules.reduce(x.shape, dim, keepdim))

    def softmax(self, x: Any, dim: int) -> Any:
        x = lifted(x)
        if not x.ndim:
            return Extended(1.0)
        e = self.exp(x - _largest(x, dim))
        return e / self.sum(e, dim, True)

    def matmul(self, a: Any, b: Any) -> Any:
        return matmul(lifted(a), lifted(b))

    def transformed(self, rows: Any, turns: Turns) -> Any:
        return turned(lifted(rows), turns) if quick(turns) else super().transformed(rows, turns)

    def cross(self, x: Any, y: Any) -> Any:
        x, y = self.np.broadcast_arrays(x, y)
        parts = [
            x[..., (i + 1) % 3] * y[..., (i + 2) % 3] - x[..., (i + 2) % 3] * y[..., (i + 1) % 3] for i in range(3)
        ]
        return self.np.stack(parts, -1)

    def einsum(self, spec: str, operands: Sequence[Any]) -> Any:
        """Two operands as a product of matrices over the letters that both have; more from the left."""
        inputs, output = product_shapes.split_spec(spec)
        letters, value = list(inputs[0]), lifted(operands[0])
        letters, value = _diagonal(letters, value)
        for i, other in enumerate(operands[1:], 1):
            wanted = {*output, *(letter for rest in inputs[i + 1 :] for letter in rest)}
            more, right = _diagonal(list(inputs[i]), lifted(other))
            letters, value = self._contracted(letters, value, more, right, wanted)
        over = tuple(axis for axis, letter in enumerate(letters) if letter not in output)
        value = self.sum(value, over) if over else value
        letters = [letter for letter in letters if letter in output]
        order = [letters.index(letter) for letter in output]
        return _turned(value, order) if order else value

    def _contracted(
        self, a: list[str], x: Extended, b: list[str], y: Extended, wanted: set[str]
    ) -> tuple[list[str], Extended]:
        """The sum of products over the letters of both that nobody wants any more."""
        for letters, other in ((a, b), (b, a)):
            alone = tuple(i for i, letter in enumerate(letters) if letter not in other and letter not in wanted)
            if alone and letters is a:
                x, a = self.sum(x, alone), [letter for i, letter in enumerate(letters) if i not in alone]
            elif alone:
                y, b = self.sum(y, alone), [letter for i, letter in enumerate(letters) if i not in alone]
        batch = [letter for letter in a if letter in b and letter in wanted]
        summed = [letter for letter in a if letter in b and letter not in wanted]
        left = [letter for letter in a if letter not in b]
        right = [letter for letter in b if letter not in a]
        size = {**dict(zip(a, x.shape, strict=True)), **dict(zip(b, y.shape, strict=True))}

        def flat(*groups: list[str]) -> list[int]:
            return [prod(size[letter] for letter in group) for group in groups]

        first = _turned(x, [a.index(letter) for letter in (*batch, *left, *summed)])
        second = _turned(y, [b.index(letter) for letter in (*batch, *summed, *right)])
        lead = flat(batch) if batch else []
        product = self.matmul(
            first.reshape([*lead, *flat(left, summed)]), second.reshape([*lead, *flat(summed, right)])
        )
        letters = [*batch, *left, *right]
        return letters, product.reshape([size[letter] for letter in letters])

    def grid(self, start: Any, step: Any, count: int) -> Any:
        return lifted(start) + lifted(step) * np.arange(count)

    def div(self, x: Any, y: Any) -> Any:
        return lifted(x) / y

    # -- conditions

    lt = staticmethod(conditions.less)
    eq = staticmethod(conditions.equal)
    negation = staticmethod(conditions.negation)
    all_of = staticmethod(conditions.all_of)
    any_of = staticmethod(conditions.any_of)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return conditions.where(condition, x, y)

    def gt(self, x: Any, y: Any) -> Condition:
        return conditions.less(y, x)

    def le(self, x: Any, y: Any) -> Condition:
        return conditions.negation(conditions.less(y, x))

    def ge(self, x: Any, y: Any) -> Condition:
        return conditions.negation(conditions.less(x, y))

    def ne(self, x: Any, y: Any) -> Condition:
        return conditions.negation(conditions.equal(x, y))

    def Max(self, *xs: Any) -> Any:  # noqa: N802 - sympy's name
        return _extreme(xs, 1)

    def Min(self, *xs: Any) -> Any:  # noqa: N802 - sympy's name
        return _extreme(xs, -1)

    def clamp(self, x: Any, low: Any, high: Any) -> Any:
        raised = x if low is None else self.Max(x, low)
        return raised if high is None else self.Min(raised, high)

    # -- derivatives inside expressions

    def along(self, field: Field, *moves_: Move) -> Any:
        steps = [variable(0.0) for _ in moves_]
        point: dict[str, Any] = dict(field.point)
        for (one, direction), t in zip(moves_, steps, strict=True):
            point[one.name] = point[one.name] + t * direction
        out = run(field.program, self, point)
        for t in steps:
            out = tangent(out, t, Extended(1.0))
        return out

    def basis(self, shape: tuple[int, ...]) -> Iterator[Any]:
        for place in np.ndindex(shape):
            direction = np.zeros(shape)
            direction[place] = 1
            yield Extended(direction)


class _Line:
    """The entries that are reduced to one, along the last axis of an array."""

    def __init__(self, entries: Extended) -> None:
        self.entries = entries


class _Sign(str):
    """Tells by which sign two of it are joined."""

    def __add__(self, other: str) -> str:
        return "+"

    def __mul__(self, other: Any) -> str:
        return "*"


def _rational(number: Any) -> Extended:
    exact = Fraction(number)
    whole = exact.denominator & (exact.denominator - 1) == 0 and exact.numerator.bit_length() <= EXACT
    value = now.long(str(exact.numerator)) / now.long(str(exact.denominator))
    if whole and Fraction(*value.as_integer_ratio()) == exact:
        return Extended(value)
    return Extended(value, abs(float(value)) * 4 * now.unit)


def _stacked(entries: Sequence[Any]) -> Extended:
    given = [lifted(entry) for entry in entries]
    shape = np.broadcast_shapes(*(entry.shape for entry in given))
    return moved(lambda *parts: np.stack(parts, -1), *(filled(entry, shape) for entry in given))


def _turned(x: Extended, order: Sequence[int]) -> Extended:
    return x.rearranged(lambda a: np.transpose(a, order))


def _extreme(xs: Sequence[Any], sign: int) -> Any:
    if len(xs) == 1:
        return reductions.extreme(xs[0].entries, sign) if isinstance(xs[0], _Line) else lifted(xs[0])
    best = xs[0]
    for x in xs[1:]:
        best = conditions.larger(best, x, sign)
    return best


def _largest(x: Extended, dim: Any) -> Extended:
    """The largest numbers along axes as exact constants: what they are taken off drops out."""
    found = np.max(x.value, shape_rules.axes_of(x.shape, dim), keepdims=True)
    return Extended(np.where(np.isfinite(found), found, 0.0))


def _diagonal(letters: list[str], x: Extended) -> tuple[list[str], Extended]:
    """Axes with one letter taken together."""
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:
            first, second = [i for i, one in enumerate(letters) if one == letter][:2]
            x = moved(lambda a, i=first, j=second: np.diagonal(a, 0, i, j), x)
            letters = [one for i, one in enumerate(letters) if i not in (first, second)] + [letter]
    return letters, x
