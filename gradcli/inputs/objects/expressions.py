"""sympy's expressions as trees: what the language has a word or a formula for, as it stands, and nothing simplified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import isfinite
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.inputs.objects.functions import CONSTANTS, WRITTEN_OUT
from gradcli.inputs.objects.matrices import READERS
from gradcli.inputs.objects.reading import Reader, Readers, Reading, formula, refused, shown
from gradcli.language import nodes
from gradcli.language.cursor import MAX_DEPTH
from gradcli.language.folding import fold_number
from gradcli.language.known import Known
from gradcli.language.nodes import Tree
from gradcli.language.series import MOST_TERMS
from gradcli.operations.row import NONE
from gradcli.operations.table import OPS, spellings_of

HIGHEST = 100  # degree of a polynomial that sympy writes out
_INTEGRAL = "an integral is not a formula: its derivative in the upper limit is the integrand there"

# -- leaves


def _symbol(reading: Reading, part: sympy.Symbol) -> Tree:
    return reading.bound.get(part, nodes.symbol(part.name))


def _leaf(_: Reading, part: sympy.Basic) -> Tree:
    return part


def _float(_: Reading, part: sympy.Float) -> Tree:
    """The shortest decimal that is this float: 0.1 is 1/10."""
    plain = float(part)
    return nodes.number(Fraction(repr(plain) if isfinite(plain) and plain and part._prec <= 53 else str(part)))  # noqa: SLF001


def _constant(_: Reading, part: sympy.NumberSymbol) -> Tree:
    return formula(CONSTANTS[type(part).__name__], {})


def _negative_infinity(_: Reading, __: sympy.Basic) -> Tree:
    return nodes.negate(sympy.oo)


def _not_real(_: Reading, part: sympy.Basic) -> Tree:
    raise refused(part, "a complex number: numbers are real here")


# -- arithmetic


def _add(reading: Reading, part: sympy.Add) -> Tree:
    return nodes.add(*reading.numbers(part.args))


def _mul(reading: Reading, part: sympy.Mul) -> Tree:
    """One product, with one number before all else."""
    factors = [factor for tree in reading.numbers(part.args) for factor in nodes.terms_of(tree, sympy.Mul)]
    number = sympy.Mul(*(factor for factor in factors if factor.is_Rational))
    rest = [factor for factor in factors if not factor.is_Rational]
    return nodes.multiply(*([number] if number != 1 or not rest else []), *rest)


def _pow(reading: Reading, part: sympy.Pow) -> Tree:
    if part.base.is_number and part.base.is_negative and part.exp.is_integer is False:
        return _not_real(reading, part)
    return nodes.power(*reading.numbers(part.args))


def _inside(reading: Reading, part: sympy.Basic) -> Tree:
    """What stands in a wrapper: UnevaluatedExpr, Lambda, Poly."""
    return reading.number(part.as_expr() if isinstance(part, sympy.Poly) else part.args[-1])


# -- conditions and pieces


def _piecewise(reading: Reading, part: sympy.Piecewise) -> Tree:
    """Past the last condition there is no value."""
    pieces: list[tuple[Tree, Tree]] = []
    rest = sympy.nan
    for value, condition in part.args:
        where = reading.condition(condition)
        if where is sympy.true:
            rest = reading.number(value)
            break
        if where is not sympy.false:
            pieces.append((where, reading.number(value)))
    for where, value in reversed(pieces):
        rest = nodes.make(OPS["where"], [where, value, rest])
    return rest


def _relation(reading: Reading, part: sympy.core.relational.Relational) -> Tree:
    left, right = reading.numbers(part.args)
    if left.is_Rational and right.is_Rational:
        return part.func(left, right)
    op = nodes.row_of(part)
    assert op is not None
    return nodes.make(op, [left, right])


def _joined(neutral: sympy.Basic, reading: Reading, part: sympy.Basic) -> Tree:
    """``and`` and ``or`` of any number of conditions; ``neutral`` is what changes nothing."""
    op = nodes.row_of(part)
    assert op is not None
    left = neutral
    for argument in part.args:
        right = reading.condition(argument)
        if right is sympy.Not(neutral):
            return right
        left = right if left is neutral else left if right is neutral else nodes.make(op, [left, right])
    return left


def _not(reading: Reading, part: sympy.Not) -> Tree:
    inner, op = reading.condition(part.args[0]), nodes.row_of(part)
    assert op is not None
    return sympy.Not(inner) if inner in (sympy.true, sympy.false) else nodes.make(op, [inner])


def _in_ands(reading: Reading, part: Boolean) -> Tree:
    """Xor, Implies, ITE and their like, by and, or, not."""
    return reading.condition(sympy.to_nnf(part, simplify=False))


def _contains(reading: Reading, part: sympy.Contains) -> Tree:
    element, container = part.args
    if not isinstance(container, sympy.Interval | sympy.FiniteSet | sympy.Union):
        raise refused(part, "a condition on real numbers is needed here")
    return reading.condition(container.as_relational(element))


# -- functions


def _function(reading: Reading, part: sympy.Function) -> Tree:
    """By the row of the class, else by the formula of its name, else as sympy writes it out."""
    name, trees = type(part).__name__, reading.numbers(part.args)
    try:
        operands, text = _meaning(part)
        return reading.formula(text, dict(zip(operands, trees, strict=True)))
    except ExpressionError as error:
        written = _written_out(reading, part, trees) if name in WRITTEN_OUT else None
        if written is None:
            raise ExpressionError(error.said, hint=error.advice, kind=error.kind) from None  # it pointed at our formula
        return written


def _meaning(part: sympy.Function) -> tuple[Sequence[str], str]:
    """Names of operands, and the formula in them. Errors: ExpressionError."""
    name, count = type(part).__name__, len(part.args)
    for spelling in spellings_of(name, "sympy"):
        if isinstance(spelling.means, str) and len(spelling.parameters) == count:
            if spelling.means.startswith(NONE):
                raise refused(part, spelling.means.removeprefix(NONE))
            return [param.name for param in spelling.parameters], spelling.means
    op = nodes.row_of(part) or OPS.get(name)
    if op is None or len(op.params) < count or not type(part).__module__.startswith("sympy."):
        several = f"{count} argument{'s' * (count != 1)}"
        raise refused(part, f"sympy's {name} with {several} has no counterpart in the language")
    operands = [f"x{i}" for i in range(count)]
    return operands, f"{op.name}({', '.join(operands)})"


def _variadic(reading: Reading, part: sympy.Basic) -> Tree:
    """Max and Min."""
    op = nodes.row_of(part)
    assert op is not None
    return nodes.make(op, reading.numbers(part.args), tuple(param.default for param in op.constants))


def _written_out(reading: Reading, part: sympy.Function, trees: Sequence[Tree]) -> Tree | None:
    """By sympy's own formula, where orders and degrees are small numbers: ``yn(1, x)``, ``gegenbauer(3, a, x)``."""
    numbers = [fold_number(tree) for tree in trees]
    if all(n is None for n in numbers) or not all(n is None or -HIGHEST <= n <= HIGHEST for n in numbers):
        return None
    names = [sympy.Dummy(real=True) if n is None else sympy.Rational(n) for n in numbers]
    explicit = part.func(*names).expand(func=True)
    if explicit.has(part.func):
        return None
    given = {name: tree for name, tree in zip(names, trees, strict=True) if isinstance(name, sympy.Dummy)}
    return reading.within(given).number(explicit)


def _undefined(_: Reading, part: AppliedUndef) -> Tree:
    name = type(part).__name__
    raise refused(part, f"nothing says what the function {name} is", f"put its formula in the place of {name}(...)")


# -- sums, derivatives


def _sum(reading: Reading, part: sympy.Sum) -> Tree:
    terms = list(_terms(reading, part.function, part.limits, part))
    return nodes.add(*terms) if len(terms) > 1 else terms[0] if terms else sympy.Integer(0)


def _product(reading: Reading, part: sympy.Product) -> Tree:
    factors = list(_terms(reading, part.function, part.limits, part))
    return nodes.multiply(*factors) if len(factors) > 1 else factors[0] if factors else sympy.Integer(1)


def _terms(reading: Reading, body: sympy.Basic, limits: Sequence[sympy.Tuple], part: sympy.Basic) -> Iterator[Tree]:
    """The body at each whole number from one to the other, the last limits outermost, as sympy has them."""
    if not limits:
        yield reading.number(body)
        return
    *inner, (name, *ends) = limits
    numbers = [fold_number(reading.number(end)) for end in ends]
    if len(numbers) != 2 or not all(isinstance(n, int) for n in numbers):
        endless = any(end.is_infinite for end in ends)
        why = "it has no end" if endless else "it does not run from one whole number to another"
        raise refused(part, why, "write its terms out, or its closed form")
    first, last = map(int, numbers)  # type: ignore[arg-type]  # whole numbers, as seen above
    if last < first - 1:
        raise refused(part, f"it runs backwards, from {first} to {last}", "swap its ends")
    if last - first >= MOST_TERMS:
        raise LimitError(f"{shown(part)}: more than {MOST_TERMS:,} terms are not written out")
    for n in range(first, last + 1):
        yield from _terms(reading.within({name: sympy.Integer(n)}), body, inner, part)


def _derivative(reading: Reading, part: sympy.Derivative) -> Tree:
    """``diff(f, x, x)``."""
    tree = reading.number(part.expr)
    for name, times in part.variable_count:
        variable, count = reading.number(name), fold_number(reading.number(times))
        if not variable.is_Symbol or not isinstance(count, int) or not 0 < count <= MAX_DEPTH:
            raise refused(part, "a derivative so many times, in a variable, is needed here")
        if tree.is_Symbol or not tree.args:
            tree = sympy.Integer(int(tree == variable and count == 1))
        else:
            tree = nodes.make(OPS["diff"], [tree, *[variable] * count])
    return tree


def _subs(reading: Reading, part: sympy.Subs) -> Tree:
    """What is left after sympy has taken the derivatives, at the point."""
    inside = part.expr.replace(lambda one: isinstance(one, sympy.Derivative), lambda one: one.expr.diff(*one.variables))
    if inside.has(sympy.Derivative, sympy.Integral):
        raise refused(part, "sympy has no formula for this derivative at a point")
    point = dict(zip(part.variables, reading.numbers(part.point), strict=True))
    return reading.within(point).number(inside)


def _because(why: str, _: Reading, part: sympy.Basic) -> Tree:
    raise refused(part, why)


# -- entries


def _list(reading: Reading, part: Sequence[Any]) -> Tree:  # Any: expressions, or lists of them
    """``[a, b]``. Errors: ExpressionError where it is empty."""
    entries = [_list(reading, one) if isinstance(one, list | tuple) else reading.number(one) for one in part]
    if not entries:
        raise ExpressionError("a list without entries")
    return nodes.make(OPS["stack"], entries, (0,))


def _tuple(reading: Reading, part: sympy.Tuple) -> Tree:
    return _list(reading, part.args)


def _array(reading: Reading, part: sympy.NDimArray) -> Tree:
    return _list(reading, part.tolist()) if part.rank() else reading.number(part[()])


def _matrix(reading: Reading, part: sympy.MatrixBase) -> Tree:
    """``[a, b]`` of a column, as vectors have one axis here; ``[[a, b], [c, d]]`` of any other matrix."""
    if 0 in part.shape:
        raise ExpressionError(f"a matrix without entries, of shape {part.shape}")
    return _list(reading, part.flat() if part.cols == 1 else part.tolist())


def _indexed(reading: Reading, part: sympy.Indexed) -> Tree:
    """``a[0]``, entries counted from 0."""
    index = tuple(fold_number(reading.number(one)) for one in part.indices)
    if not all(isinstance(n, int) and n >= 0 for n in index):
        raise refused(part, "its index is no whole number from 0", "take values for its indices, or sum over them")
    return nodes.make(OPS["index"], [nodes.symbol(part.base.label.name)], (index,))


_NUMBERS: dict[type, Reader] = {
    sympy.Symbol: _symbol, sympy.Rational: _leaf, sympy.Float: _float, sympy.NumberSymbol: _constant,
    type(sympy.pi): _leaf, type(sympy.E): _leaf, type(sympy.oo): _leaf, type(sympy.nan): _leaf,
    type(-sympy.oo): _negative_infinity, type(sympy.I): _not_real, type(sympy.zoo): _not_real,
    sympy.Add: _add, sympy.Mul: _mul, sympy.Pow: _pow, sympy.UnevaluatedExpr: _inside, sympy.Lambda: _inside,
    sympy.Poly: _inside, sympy.Piecewise: _piecewise, sympy.Function: _function, AppliedUndef: _undefined,
    sympy.Max: _variadic, sympy.Min: _variadic, sympy.Sum: _sum, sympy.Product: _product,
    sympy.Derivative: _derivative, sympy.Subs: _subs, sympy.Integral: partial(_because, _INTEGRAL),
    sympy.Limit: partial(_because, "a limit is not read"), sympy.Order: partial(_because, "O(...) is no number"),
    sympy.Tuple: _tuple, sympy.NDimArray: _array, sympy.MatrixBase: _matrix, sympy.Indexed: _indexed,
    **READERS,
}  # fmt: skip

_CONDITIONS: dict[type, Reader] = {
    type(sympy.true): _leaf, type(sympy.false): _leaf, sympy.core.relational.Relational: _relation,
    sympy.And: partial(_joined, sympy.true), sympy.Or: partial(_joined, sympy.false), sympy.Not: _not,
    sympy.Xor: _in_ands, sympy.Implies: _in_ands, sympy.ITE: _in_ands, sympy.Equivalent: _in_ands,
    sympy.Contains: _contains,
}  # fmt: skip


def tree_of(source: sympy.Basic, sizes: Mapping[str, int], known: Known) -> tuple[Tree, frozenset[str]]:
    """The tree of an object, and the symbols whose values stand in it as constants.

    Errors: ExpressionError, InputError for a name, LimitError.
    """
    reading = Reading(Readers(_NUMBERS, _CONDITIONS), sizes, known)
    return reading.number(source), frozenset(reading.counted)
