"""The arithmetic of sympy: a program exploded into scalar expressions, which sympy then differentiates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np
import sympy
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.powers import MAX_BITS
from gradcli.base.precision import precision
from gradcli.language.nodes import Inner, Tree, make, row_of, symbol
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Undefined, is_infinite
from gradcli.meaning.program import Program, Step, compile_tree, run
from gradcli.meaning.scalars import Array, Field, Move, Scalar, as_array
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.symbolic_functions import SymbolicFunctions
from gradcli.meaning.symbolic_size import bits_of_power, operations, parts, pieces
from gradcli.operations.shape_rules import Shape, size
from gradcli.operations.table import OPS

MAX_DET, MAX_INV = 3, 2
MAX_COMPARED = 400  # operands of maxima, 5 to 30 milliseconds each
A_LONG_ONE = 30  # parts of an operand, for which sympy takes that long
MAX_PIECES = 8  # ways to go through the pieces in a condition; each takes sympy 50 milliseconds
MAX_CONDITION = 30  # operations in a condition with pieces: where they are numbers sympy compares them digit by digit
LARGEST = 198  # bits: constants beyond 1e60 or below 1e-60 are carried as numbers, not as exact fractions
DIGITS, FOLDED = 50, 180  # of such a number, and the bits in which it is computed


@contextmanager
def failures() -> Iterator[None]:
    """What sympy raises where it meets nan, complex infinity or a case it does not know, as a LimitError."""
    try:
        yield
    except (TypeError, ValueError, ArithmeticError, LookupError, NotImplementedError, RecursionError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LimitError(f"sympy gives up: {said}", kind="unchecked") from None


class Symbolic(SymbolicFunctions):
    """Scalars are sympy expressions, simplified as sympy does by itself.

    Constants alone are computed with care: ``9**9**9`` or ``gamma(10**9)`` would never end as exact numbers.

    compared: how many operands all maxima and minima may have together; sympy asks for the sign of each against each
    """

    compared: int
    _operands: Iterator[int]

    def __init__(self, *, ideal: bool = False, compared: int = MAX_COMPARED) -> None:
        vars(self).update(ideal=ideal, compared=compared, _operands=count(1))

    def scalar(self, tree: Any) -> Scalar:  # Any: a number leaf, or a Python number
        return sympy.Rational(tree.numerator, tree.denominator) if isinstance(tree, Fraction) else sympy.sympify(tree)

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        assert step.op is not None
        present = [a for a in arguments if a is not None]
        if (
            step.op.elementwise
            and not step.op.boolean
            and present
            and all(a.ndim == 0 and getattr(a[()], "is_number", False) for a in present)
        ):
            return self.folded(step, arguments)
        return super().apply(step, arguments)

    def along(self, field: Field, *moves: Move) -> Array:
        """sympy's derivative of every entry; a direction counts as a constant.

        What is computed is replaced by symbols of its own meanwhile: its formula may stand elsewhere in the function.
        """
        computed: dict[str, Array] = {one.name: one.value for one, _ in moves if isinstance(one.name, Inner)}
        own = {name: self.map(lambda _: sympy.Dummy(real=True), value) for name, value in computed.items()}
        out = as_array(run(field.program, self, {**field.point, **own})) if own else field.value
        for variable, direction in moves:
            entries = own.get(variable.name, variable.value)
            pairs = list(zip(entries.ravel(), direction.ravel(), strict=True))
            out = self.map(lambda f, pairs=pairs: self.total([self.slope(f, x, d) for x, d in pairs]), out)
        back = {x: u for name in own for x, u in zip(own[name].ravel(), computed[name].ravel(), strict=True)}
        return self.map(lambda f: sympy.sympify(f).xreplace(back), out) if back else out

    def slope(self, f: Scalar, x: Scalar, weight: Scalar) -> Scalar:
        return derivative(f, x) * weight if weight != 0 else sympy.Integer(0)

    def folded(self, step: Step, arguments: list[Array | None]) -> Array:
        """An operation on constants: exact if the result is of ordinary size, DIGITS of it otherwise.

        Errors: LimitError where balls cannot tell the result.
        """
        with precision(FOLDED):
            balls = Balls(ideal=self.ideal)
            numbers = [None if a is None else as_array(_number(a[()], balls)) for a in arguments]
            value: Any = balls.apply(step, numbers)[()]  # Any: a Scalar
            if type(value) is Undefined:
                return as_array(sympy.nan)
            size = abs(value.value)
            moderate = size.contains(0) or arb(2) ** -LARGEST < size < arb(2) ** LARGEST
        if (is_infinite(size) or (size.is_finite() and moderate)) and not self.bulky(step, arguments):
            return super().apply(step, arguments)
        return as_array(_float(value.value))

    def bulky(self, step: Step, arguments: list[Array | None]) -> bool:
        """Would the exact result have very many digits, though it is of ordinary size?"""
        assert step.op is not None
        if not step.op.power:
            return False
        exponent = arguments[-1]
        assert exponent is not None
        power: Scalar = exponent[()]
        return bool(power.is_Rational and abs(power) > 64)

    # -- the functions that rows call, under sympy's names

    pi, nan = sympy.pi, sympy.nan
    log, sin, cos, tan, sec, csc, cot = (
        sympy.log,
        sympy.sin,
        sympy.cos,
        sympy.tan,
        sympy.sec,
        sympy.csc,
        sympy.cot,
    )
    asin, acos, atan, atan2 = sympy.asin, sympy.acos, sympy.atan, sympy.atan2
    sinh, cosh, tanh, sech, csch, coth = sympy.sinh, sympy.cosh, sympy.tanh, sympy.sech, sympy.csch, sympy.coth
    asinh, acosh, atanh = sympy.asinh, sympy.acosh, sympy.atanh
    sqrt = staticmethod(sympy.sqrt)
    Abs, sign = sympy.Abs, sympy.sign
    erf, erfc = sympy.erf, sympy.erfc
    lt, le, gt, ge, eq, ne = sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge, sympy.Eq, sympy.Ne
    all_of, any_of, negation = sympy.And, sympy.Or, sympy.Not

    def Max(self, *xs: Scalar) -> Scalar:  # noqa: N802 - sympy's name
        self._compare(xs)
        return sympy.Max(*xs)

    def Min(self, *xs: Scalar) -> Scalar:  # noqa: N802 - sympy's name
        self._compare(xs)
        return sympy.Min(*xs)

    def _compare(self, xs: Sequence[Scalar]) -> None:
        """Errors: LimitError where there are too many operands for sympy, or they are too long."""
        if any(next(self._operands) > self.compared for x in xs for _ in range(1 + _weight(x))):
            hint = "bind the variables to get numbers"
            raise LimitError(f"maxima of more than {self.compared} symbolic operands", hint=hint, kind="unchecked")

    def floor(self, x: Scalar) -> Scalar:
        return sympy.floor(x) if x.is_number else make(OPS["floor"], [x])

    def ceiling(self, x: Scalar) -> Scalar:
        return sympy.ceiling(x) if x.is_number else make(OPS["ceil"], [x])

    def round(self, x: Scalar) -> Scalar:
        if not x.is_number:
            return make(OPS["round"], [x])
        return sympy.Integer(round(Fraction(str(sympy.Rational(x)))) if x.is_Rational else round(x))

    def trunc(self, x: Scalar) -> Scalar:
        if not x.is_number:
            return make(OPS["trunc"], [x])
        return sympy.floor(x) if x >= 0 else sympy.ceiling(x)

    def rational(self, p: int, q: int) -> Scalar:
        return sympy.Rational(p, q)

    def exp(self, x: Scalar) -> Scalar:
        """sympy makes ``2**n`` of ``exp(n*log(2))``, in a sum too."""
        for term in sympy.Add.make_args(sympy.sympify(x)):
            factor, rest = term.as_coeff_Mul()
            for log in filter(lambda part: isinstance(part, sympy.log), sympy.Mul.make_args(rest)):
                _admit_power(log.args[0], factor)
        return sympy.exp(x)

    def pow(self, x: Scalar, y: Scalar) -> Scalar:
        x, y = sympy.sympify(x), sympy.sympify(y)
        _admit_power(x, y)
        return x**y

    def div(self, x: Scalar, y: Scalar) -> Scalar:
        return sympy.sympify(x) / y

    def sinc(self, x: Scalar) -> Scalar:
        return self.where(sympy.Ne(x, 0), sympy.sin(sympy.pi * x) / (sympy.pi * x), 1)

    def where(self, condition: Any, x: Scalar, y: Scalar) -> Scalar:  # Any: a sympy Boolean or a bool
        return sympy.Piecewise((x, _condition(condition)), (y, True))

    def clamp(self, x: Scalar, low: Scalar | None, high: Scalar | None) -> Scalar:
        raised = x if low is None else self.Max(x, low)
        return raised if high is None else self.Min(raised, high)

    def total(self, entries: Sequence[Scalar]) -> Scalar:
        return sympy.Add(*entries)

    def product(self, entries: Sequence[Scalar]) -> Scalar:
        return sympy.Mul(*entries)

    def det(self, a: Array) -> Scalar:
        """By its first row, and not multiplied out: entries may be long. Small matrices only."""
        if len(a) > MAX_DET:
            raise LimitError(f"a symbolic determinant of more than {MAX_DET} rows", kind="unchecked")
        return self.total([(-1) ** j * a[0, j] * self.det(_without(a, 0, j)) for j in range(len(a))]) if len(a) else 1

    def inv(self, a: Array) -> Array:
        if len(a) > MAX_INV:
            raise LimitError(f"a symbolic inverse of more than {MAX_INV} rows", kind="unchecked")
        whole, out = self.det(a), np.empty(a.shape, dtype=object)
        for i, j in np.ndindex(a.shape):
            out[i, j] = (-1) ** (i + j) * self.det(_without(a, j, i)) / whole
        return out

    def positions(self, index: Array) -> Any:  # Any: an array of ints
        if not all(entry.is_Integer for entry in index.ravel()):
            return super().positions(index)
        return np.array([int(entry) for entry in index.ravel()], dtype=int).reshape(index.shape)


def _weight(operand: Any) -> int:  # Any: a Scalar
    """As how many more operands sympy's comparisons of a long one count: they grow as the square of its length."""
    return (len(parts(operand)) // A_LONG_ONE) ** 2 if isinstance(operand, sympy.Basic) else 0


def _without(a: Array, row: int, column: int) -> Array:
    """The matrix without one row and one column."""
    return np.delete(np.delete(a, row, 0), column, 1)


def _admit_power(base: Scalar, exponent: Scalar) -> None:
    """Errors: LimitError where sympy would write out whole numbers of very many digits."""
    if bits_of_power(base, exponent) > MAX_BITS:
        raise LimitError(f"a power of more than {MAX_BITS:,} bits is not written out", kind="unchecked")


def _condition(condition: Any) -> Any:  # Any: a sympy Boolean or a bool
    """The condition without pieces inside. sympy takes them out too, but solves the condition of each for its variable
    before. Errors: LimitError, beyond MAX_PIECES and MAX_CONDITION."""
    if pieces(condition) == 1:
        return condition
    if pieces(condition) > MAX_PIECES or operations(condition) > MAX_CONDITION:
        raise LimitError("a condition with many pieces or operations", kind="unchecked")
    folded = sympy.piecewise_fold(condition)
    if not isinstance(folded, sympy.Piecewise) or folded.args[-1].cond != sympy.true:
        return folded
    *before, (out, _) = folded.args
    for value, where in reversed(before):
        out = (where & value) | (~where & out)  # not sympy's ITE, which no row has
    return out


def _number(tree: Tree, balls: Balls) -> Any:  # -> a Scalar
    """A constant expression in balls."""
    return run(compile_tree(tree), balls, {})[()]


def _float(value: arb) -> Tree:
    """The middle of an enclosure as sympy's number. Errors: LimitError where there is none."""
    if not value.is_finite():
        raise LimitError("a constant too large, or too near a pole, to be told", kind="unchecked")
    mantissa, exponent = (int(part) for part in value.mid().man_exp())
    sign = int(mantissa < 0)
    return sympy.Float((sign, abs(mantissa), exponent, mantissa.bit_length()), DIGITS)


def entries_of(name: str, shape: Shape) -> Array:
    """The symbols of a variable, named as people index it: ``x``, ``x[0]``, ``A[0, 1]``."""
    out = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        out[place] = entry_symbol(name, place)
    return out


def derivative(expression: Tree, *variables: Tree) -> Tree:
    """sympy's mixed derivative; what happens exactly at a jump is left to the check of hazards."""
    for variable in variables:
        expression = sympy.sympify(expression).diff(variable)
        if expression.has(sympy.DiracDelta):
            expression = expression.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))
    for part in expression.atoms(sympy.Function, sympy.Derivative, sympy.Subs, sympy.Integral):
        if row_of(part) is None and not isinstance(part, sympy.Piecewise):
            what = f"sympy has no formula for this derivative, only {type(part).__name__}(...)"
            raise LimitError(what, hint="bind the variables to get numbers", kind="unchecked")
    return expression


def work(shapes: Sequence[Shape], program: Program) -> int:
    """About how many scalar operations the program costs: by the rows' own ``cost``, else the entries of each step."""
    return sum(costs(shapes, program))


def costs(shapes: Sequence[Shape], program: Program) -> Iterator[int]:
    """The same for each step."""
    return (cost(step, shapes, shape) for step, shape in zip(program.steps, shapes, strict=True))


def cost(step: Step, shapes: Sequence[Shape] | Mapping[int, Shape], shape: Shape) -> int:
    """The same for one step of this shape, whose inputs have those shapes."""
    given = [shapes[i] for i in step.inputs if i is not None]
    if step.op is None or step.op.cost is None:
        return max([size(shape), *map(size, given)])
    if step.body is not None:
        inside = shapes_of(step.body.program, {name: shapes[i] for name, i in step.body.names.items()})
        return step.op.cost(*given) * work(inside, step.body.program)
    return step.op.cost(*given, *step.constants)


def entry_symbol(name: str, place: tuple[int, ...]) -> Tree:
    """The symbol of one entry of a variable."""
    return symbol(type(name)(f"{name}[{', '.join(map(str, place))}]") if place else name)
