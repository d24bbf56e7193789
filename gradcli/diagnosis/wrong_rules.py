"""Differentiation as people do it wrong: sympy's derivative of a scalar expression with one slip at one place.

The derivative of ``h(u)`` is a sum over the arguments, ``sum_k (d h/d u_k) u_k'``. A slip changes it at one node: the
inner derivative is forgotten, half of the product rule, the factor n of the power rule. What comes out at the root is
the wrong formula that such a slip leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import sympy

from gradcli.language.nodes import Tree, row_of, symbol
from gradcli.language.parse import parse
from gradcli.meaning import symbolic
from gradcli.meaning.program import compile_tree, run

MAX_NODES = 60
_X = symbol("x")


@dataclass(frozen=True, slots=True)
class WrongDerivative:
    """A wrong derivative and the slip that leads to it; named: the formulas for the ``{}`` of the text."""

    kind: str
    text: str
    derivative: Tree
    named: tuple[Tree, ...] = ()


def wrong_derivatives(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    """Every wrong derivative of f that one slip leads to, the most specific kinds of each node first."""
    if sum(1 for _ in sympy.preorder_traversal(f)) <= MAX_NODES:
        yield from _slips(f, x)


def _slips(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    if not f.has(x) or f == x:
        return
    here = list(_here(f, x))
    yield from (slip for slip in here if slip.kind != "doubled term")
    yield from _inside(f, x)
    yield from (slip for slip in here if slip.kind == "doubled term")  # an inner derivative of 1/2 is the better reason


def _inside(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    """Slips in the arguments of a node."""
    if isinstance(f, sympy.Piecewise):
        for k, (branch, _) in enumerate(f.args):
            for slip in _slips(branch, x):
                changed = [(slip.derivative if i == k else b.diff(x), c) for i, (b, c) in enumerate(f.args)]
                yield replace(slip, derivative=sympy.Piecewise(*changed))
        return
    for k, inner in enumerate(f.args):
        if not inner.has(x):
            continue
        partial = _partial(f, k)
        if partial is None:
            continue
        rest = f.diff(x) - partial * inner.diff(x)
        for slip in _slips(inner, x):
            yield replace(slip, derivative=rest + partial * slip.derivative)


def _partial(f: Tree, k: int) -> Tree | None:
    """The derivative of a node in its k-th argument; None where sympy knows none."""
    if isinstance(f, sympy.Add):
        return sympy.Integer(1)
    if isinstance(f, sympy.Mul):
        return sympy.Mul(*(a for i, a in enumerate(f.args) if i != k))
    if isinstance(f, sympy.Pow):
        base, exponent = f.args
        return exponent * base ** (exponent - 1) if k == 0 else f * sympy.log(base)
    held = sympy.Dummy("u", real=True)
    made = f.func(*(held if i == k else a for i, a in enumerate(f.args))).diff(held)
    return None if made.has(sympy.Derivative, sympy.Subs) else made.subs(held, f.args[k])


def _here(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    if isinstance(f, sympy.Add):
        yield from _sum(f, x)
    elif isinstance(f, sympy.Mul):
        yield from _product(f, x)
    elif isinstance(f, sympy.Pow):
        yield from _power(f, x)
    elif isinstance(f, sympy.Piecewise):
        yield from _branches(f, x)
    elif isinstance(f, sympy.Max | sympy.Min):
        for arg in f.args:
            yield WrongDerivative("wrong branch", "this is the slope of the branch {} alone", arg.diff(x), (arg,))
    elif f.args:
        yield from _chain(f, x)


def _sum(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    whole = f.diff(x)
    for term in f.args:
        slope = term.diff(x)
        if slope != 0:
            yield WrongDerivative(
                "missing term", "the derivative of the term {}, {}, is missing", whole - slope, (term, slope)
            )
            yield WrongDerivative(
                "term sign", "the derivative of the term {}, {}, has the wrong sign", whole - 2 * slope, (term, slope)
            )
            yield WrongDerivative(
                "doubled term", "the derivative of the term {}, {}, counts twice", whole + slope, (term, slope)
            )
        else:
            yield WrongDerivative("extra term", "the term {} is constant: its derivative is 0", whole + term, (term,))
            yield WrongDerivative(
                "extra term", "the term {} is constant: its derivative is 0, not 1", whole + 1, (term,)
            )


def _product(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    constant, moving = f.as_independent(x, as_Add=False)
    above, below = _fraction(moving)
    whole = f.diff(x)
    if below.has(x):
        yield from _quotient(constant, above, below, x)
    factors = [a for a in f.args if a.has(x)]
    if len(factors) > 1:
        for factor in factors:
            half = whole - f / factor * factor.diff(x)
            yield WrongDerivative("product rule", "the half with the derivative of {} is missing", half, (factor,))
        for factor in factors:
            part = f / factor * factor.diff(x)
            yield WrongDerivative(
                "product rule", "the half with the derivative of {} has the wrong sign", whole - 2 * part, (factor,)
            )
            yield WrongDerivative(
                "product rule", "the half with the derivative of {} counts twice", whole + part, (factor,)
            )
        yield WrongDerivative(
            "product rule",
            "the product of the derivatives is not the derivative of the product",
            constant * sympy.Mul(*(a.diff(x) for a in factors)),
        )
    if constant not in (1, -1):
        yield WrongDerivative("factor", "the constant factor {} is missing", whole / constant, (constant,))
        yield WrongDerivative("factor", "the constant factor {} counts twice", whole * constant, (constant,))


def _fraction(f: Tree) -> tuple[Tree, Tree]:
    """Numerator and denominator as they are written: exp(-x) is no fraction."""
    parts = sympy.Mul.make_args(f)
    below = [p for p in parts if isinstance(p, sympy.Pow) and p.args[1].is_number and p.args[1].is_negative]
    return sympy.Mul(*(p for p in parts if p not in below)), sympy.Mul(*(1 / p for p in below))


def _quotient(constant: Tree, u: Tree, v: Tree, x: Tree) -> Iterator[WrongDerivative]:
    du, dv = u.diff(x), v.diff(x)
    right = (du * v - u * dv) / v**2
    for text, wrong in (
        ("the terms stand in the reverse order: u' v comes first, then - u v'", -right),
        ("the sign between the terms is minus: (u' v - u v')/v**2", (du * v + u * dv) / v**2),
        ("the denominator is squared: (u' v - u v')/v**2", (du * v - u * dv) / v),
        ("the derivative of the quotient is not the quotient of the derivatives", du / dv if dv != 0 else sympy.nan),
        ("the denominator is treated as a constant", du / v),
        ("the numerator is treated as a constant", -u * dv / v**2),
        ("the derivative of the denominator has the wrong sign", u * dv / v**2),
        ("the denominator's derivative is missing", (du * v - u) / v**2),
        ("the numerator's derivative is not multiplied by the denominator", (du - u * dv) / v**2),
        ("the square of the denominator is missing", du * v - u * dv),
    ):
        if wrong != right and not wrong.has(sympy.nan, sympy.zoo):
            yield WrongDerivative("quotient rule", text, constant * wrong)


def _power(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    base, exponent = f.args
    if base.has(x) and exponent.has(x):
        yield from _both_vary(f, x)
    elif base.has(x):
        yield from _base_varies(f, x)
    else:
        yield from _exponent_varies(f, x)


def _both_vary(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    base, exponent = f.args
    db, de = base.diff(x), exponent.diff(x)
    by_power = exponent * base ** (exponent - 1)
    alone = "the exponent varies as well: the power rule alone is not enough"
    yield WrongDerivative("power rule", alone, by_power * db)
    yield WrongDerivative("power rule", alone, by_power)
    missing = "the factor log({}) is missing where the exponent varies"
    yield WrongDerivative("factor", missing, by_power * db + f * de, (base,))
    raised = f * sympy.log(base) * de
    yield WrongDerivative("exponent", "the exponent is one less where the base varies", raised + exponent * f * db)
    yield WrongDerivative("power rule", "the base varies as well: the exponential rule alone is not enough", raised)


def _base_varies(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    base, n = f.args
    yield from _inner("chain rule", n * base ** (n - 1), base, x)
    integral = base ** (n + 1) / (n + 1) if n != -1 else sympy.log(base)
    for kind, text, wrong in (
        ("exponent", "the exponent {} is missing as a factor", base ** (n - 1)),
        ("exponent", "the exponent is one less", n * f),
        ("exponent", "the exponent is one less, not one more", n * base ** (n + 1)),
        ("exponent", "the exponent is one less, not two", n * base ** (n - 2)),
        ("exponent", "the factor is the exponent {}, not the new one", (n - 1) * base ** (n - 1)),
        ("power rule", "this is the integral, not the derivative", integral),
        ("exponent", "the sign of the exponent is lost", -n * base ** (n - 1)),
    ):
        if n != -1 or "new one" not in text:  # which is twice as much
            yield WrongDerivative(kind, text, wrong * base.diff(x), (n,) * text.count("{}"))


def _exponent_varies(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    base, exponent = f.args
    de = exponent.diff(x)
    yield from _inner("chain rule", f * sympy.log(base), exponent, x)
    if base == sympy.E:
        return
    yield WrongDerivative("factor", "the factor log({}) is missing", f * de, (base,))
    power = "the variable stands in the exponent: this is the rule for a power"
    yield WrongDerivative("power rule", power, exponent * base ** (exponent - 1) * de)
    divided = "log({}) multiplies, it does not divide"
    yield WrongDerivative("factor", divided, f * de / sympy.log(base), (base,))


def _inner(kind: str, outer: Tree, inner: Tree, x: Tree) -> Iterator[WrongDerivative]:
    """The inner derivative forgotten, counted twice, divided by, or replaced."""
    slope = inner.diff(x)
    if slope not in (0, 1):
        yield WrongDerivative(kind, "× {} is missing, the inner derivative of {}", outer, (slope, inner))
        yield WrongDerivative(kind, "the inner derivative {} counts twice", outer * slope**2, (slope,))
        yield WrongDerivative(kind, "the inner derivative {} multiplies, it does not divide", outer / slope, (slope,))
        yield WrongDerivative(kind, "the inner derivative is {}, not {} itself", outer * inner, (slope, inner))
        yield WrongDerivative(kind, "the inner derivative {} has the wrong sign", -outer * slope, (slope,))


def _branches(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    slopes = [branch.diff(x) for branch, _ in f.args]
    conditions = [condition for _, condition in f.args]
    for slope, (branch, _) in zip(slopes, f.args, strict=True):
        yield WrongDerivative("wrong branch", "this is the slope of the branch {} alone", slope, (branch,))
    if len(slopes) == 2:
        yield WrongDerivative(
            "wrong branch",
            "the two branches are exchanged",
            sympy.Piecewise((slopes[1], conditions[0]), (slopes[0], True)),
        )


def _chain(f: Tree, x: Tree) -> Iterator[WrongDerivative]:
    for k, inner in enumerate(f.args):
        outer = _partial(f, k) if inner.has(x) else None
        if outer is None:
            continue
        yield from _inner("chain rule", outer, inner, x)
        slope = inner.diff(x)
        if slope.has(x):
            yield WrongDerivative(
                "chain rule",
                "the outer derivative is taken at {}, not at its derivative",
                outer.subs(inner, slope) if inner != x else outer,
                (inner,),
            )
        yield WrongDerivative("sign", f"the derivative of {f.func.__name__} has the other sign", -outer * slope)
        for kind, text, wrong in _mistaken(f, inner):
            yield WrongDerivative(kind, text, wrong * slope, (inner,) * text.count("{}"))


def _mistaken(f: Tree, u: Tree) -> Iterator[tuple[str, str, Tree]]:
    """Slopes that are taken for that of f, as f's row has them: the kind of slip, what is said, and the slope at u."""
    op = row_of(f)
    if op is None:
        return
    kind = "wrong branch" if op.kinks and not op.domain else "function"
    for formula, _, said in (pair.partition(": ") for pair in op.slips.mistaken):
        yield kind, said, _slope(formula).subs(_X, u)


@cache
def _slope(formula: str) -> Tree:
    """A formula in x as sympy has it."""
    arithmetic = symbolic.Symbolic(ideal=True)
    return run(compile_tree(parse(formula).tree), arithmetic, {"x": symbolic.entries_of("x", ())})[()]
