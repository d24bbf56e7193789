"""The derivative, rule by rule as on paper, right and with one rule applied wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sympy
from mutating.formulas import Tree, text_of


def derive(e: Tree, x: Tree) -> Tree:
    """The derivative, rule by rule, not simplified."""
    if not e.has(x):
        return sympy.Integer(0)
    if e == x:
        return sympy.Integer(1)
    if e.is_Add:
        return sympy.Add(*(derive(term, x) for term in e.args))
    if e.is_Mul:
        top, bottom = _quotient(e, x)
        if bottom.has(x) and top.has(x):
            return (derive(top, x) * bottom - top * derive(bottom, x)) / bottom**2
        if bottom.has(x):
            return -top * derive(bottom, x) / bottom**2
        rest, part = _split(e, x)
        return rest * derive(part, x) + part * derive(rest, x) if rest.has(x) else rest * derive(part, x)
    if isinstance(e, sympy.Piecewise):
        return sympy.Piecewise(*((derive(v, x), c) for v, c in e.args), evaluate=False)
    if isinstance(e, sympy.Max | sympy.Min):
        return _chosen(e, [derive(arg, x) for arg in e.args])
    return sum((slope * derive(inner, x) for inner, slope in _outer(e, x)), sympy.Integer(0))


def _split(e: Tree, x: Tree) -> tuple[Tree, Tree]:
    """A product as the constant times the rest, or as the first factor that moves and the others."""
    constant, moving = e.as_independent(x, as_Add=False)
    if constant != 1:
        return constant, moving
    first, *rest = e.args
    return first, sympy.Mul(*rest)


def _quotient(e: Tree, x: Tree) -> tuple[Tree, Tree]:
    """Numerator and denominator as written: factors with a negative power make the latter."""
    below = [f for f in e.args if f.is_Pow and f.exp.is_Rational and f.exp < 0]
    above = [f for f in e.args if f not in below]
    return sympy.Mul(*above), sympy.Mul(*(1 / f for f in below))


def _chosen(e: Tree, slopes: Sequence[Tree]) -> Tree:
    """Of a maximum or minimum: the slope of the argument that it is."""
    first, *rest = e.args
    if not rest:
        return slopes[0]
    other = e.func(*rest)
    condition = first > other if isinstance(e, sympy.Max) else first < other
    return sympy.Piecewise((slopes[0], condition), (_chosen(other, slopes[1:]) if len(rest) > 1 else slopes[1], True))


def _outer(e: Tree, x: Tree) -> Iterator[tuple[Tree, Tree]]:
    """Of a function of inner functions: each inner function and the outer derivative in it."""
    if e.is_Pow or isinstance(e, sympy.exp):
        base, power = e.as_base_exp() if not isinstance(e, sympy.exp) else (sympy.E, e.args[0])
        if base.has(x):
            yield base, power * base ** (power - 1)
        if power.has(x):
            yield power, e * sympy.log(base)
    elif isinstance(e, sympy.Abs):
        yield e.args[0], sympy.sign(e.args[0])
    elif isinstance(e, sympy.sign):
        yield e.args[0], sympy.Integer(0)
    else:
        for k, arg in enumerate(e.args):
            if arg.has(x):
                yield arg, e.fdiff(k + 1)


@dataclass(frozen=True)
class Slip:
    """A wrong derivative and the mistake that led to it."""

    kind: str
    what: str
    tree: Tree


def slips(e: Tree, x: Tree) -> Iterator[Slip]:
    """Derivatives with one rule applied wrongly, here or in one of the parts."""
    if not e.has(x) or e == x:
        return
    if e.is_Add:
        moving = [term for term in e.args if term.has(x)]
        right = [derive(term, x) for term in moving]
        for k, term in enumerate(moving):
            rest = sympy.Add(*right[:k], *right[k + 1 :])
            yield from (Slip(s.kind, s.what, rest + s.tree) for s in slips(term, x))
    elif e.is_Mul:
        yield from _slips_of_product(e, x)
    elif isinstance(e, sympy.Piecewise):
        yield from _slips_of_branches(e, x)
    elif isinstance(e, sympy.Max | sympy.Min):
        slopes = [derive(arg, x) for arg in e.args]
        yield Slip("wrong branch", "the slope of the argument that is not taken", _chosen(e, slopes[::-1]))
        yield Slip("wrong branch", "the slope of the first argument everywhere", slopes[0])
    else:
        yield from _slips_of_function(e, x)


def _slips_of_product(e: Tree, x: Tree) -> Iterator[Slip]:
    top, bottom = _quotient(e, x)
    if bottom.has(x):
        dt, db = derive(top, x), derive(bottom, x)
        if top.has(x):
            yield Slip("quotient rule", "terms of the numerator reversed", (top * db - dt * bottom) / bottom**2)
            yield Slip("quotient rule", "plus for minus", (dt * bottom + top * db) / bottom**2)
            yield Slip("quotient rule", "denominator not squared", (dt * bottom - top * db) / bottom)
            yield Slip("quotient rule", "quotient of the derivatives", dt / db)
        else:
            yield Slip("quotient rule", "minus forgotten", top * db / bottom**2)
        yield from (Slip(s.kind, s.what, (s.tree * bottom - top * db) / bottom**2) for s in slips(top, x))
        yield from (Slip(s.kind, s.what, (dt * bottom - top * s.tree) / bottom**2) for s in slips(bottom, x))
        return
    a, b = _split(e, x)
    da, db = derive(a, x), derive(b, x)
    if a.has(x):
        yield Slip("product rule", "second half missing", da * b)
        yield Slip("product rule", "first half missing", a * db)
        yield Slip("product rule", "product of the derivatives", da * db)
    yield from (Slip(s.kind, s.what, s.tree * b + a * db) for s in slips(a, x))
    yield from (Slip(s.kind, s.what, da * b + a * s.tree) for s in slips(b, x))


def _slips_of_branches(e: Tree, x: Tree) -> Iterator[Slip]:
    slopes = [derive(v, x) for v, _ in e.args]
    conditions = [c for _, c in e.args]
    turned = sympy.Piecewise(*zip(slopes[::-1], conditions, strict=True), evaluate=False)
    yield Slip("wrong branch", "branches exchanged", turned)
    for k, slope in enumerate(slopes):
        yield Slip("wrong branch", f"branch {k} everywhere", slope)
    for k, (v, _) in enumerate(e.args):
        for s in slips(v, x):
            made = [*slopes[:k], s.tree, *slopes[k + 1 :]]
            yield Slip(s.kind, s.what, sympy.Piecewise(*zip(made, conditions, strict=True), evaluate=False))


def _slips_of_function(e: Tree, x: Tree) -> Iterator[Slip]:
    parts = list(_outer(e, x))
    whole = derive(e, x)
    for inner, slope in parts:
        moved = derive(inner, x)
        rest = whole - slope * moved
        if inner != x:
            yield Slip("chain rule", f"inner derivative of {text_of(inner)} missing", rest + slope)
            yield Slip("chain rule", f"inner derivative of {text_of(inner)} twice", rest + slope * moved**2)
            yield from (Slip(s.kind, s.what, rest + slope * s.tree) for s in slips(inner, x))
        for kind, what, wrong in _misremembered(e, inner):
            yield Slip(kind, what, rest + wrong * moved)
    if len(parts) == 2:
        for inner, slope in parts:
            yield Slip("product rule", f"only {text_of(inner)} taken as moving", slope * derive(inner, x))


def _misremembered(e: Tree, u: Tree) -> Iterator[tuple[str, str, Tree]]:
    """Wrong outer derivatives that one finds in exams."""
    if isinstance(e, sympy.Abs):
        yield "wrong branch", "the sign of the inside forgotten", sympy.Integer(1)
        yield "wrong branch", "the other branch", -sympy.sign(u)
    elif isinstance(e, sympy.exp):
        yield "function", "power rule for exp", u * sympy.exp(u - 1)
    elif e.is_Pow and e.base == u:
        n = e.exp
        yield "exponent", "exponent not lowered", n * u**n
        yield "exponent", "exponent lowered twice", n * u ** (n - 2)
        yield "exponent", "exponent not brought down", u ** (n - 1)
        yield "exponent", "exponent brought down after lowering", (n - 1) * u ** (n - 1)
    elif e.is_Pow:
        yield "log base", "ln of the base forgotten", e
        yield "function", "power rule for an exponential", u * e.base ** (u - 1)
    for kind, what, make in REMEMBERED.get(type(e), ()):
        yield kind, what, make(u)


REMEMBERED: dict[type, tuple[tuple[str, str, Callable[[Tree], Tree]], ...]] = {
    sympy.sin: (("function", "sin' = sin", sympy.sin), ("function", "sin' = -cos", lambda u: -sympy.cos(u))),
    sympy.cos: (("function", "cos' = sin", sympy.sin), ("function", "cos' = -cos", lambda u: -sympy.cos(u))),
    sympy.tan: (("function", "tan' = 1/sin**2", lambda u: sympy.sin(u) ** -2), ("exponent", "tan' = 1/cos", lambda u: 1 / sympy.cos(u))),
    sympy.sinh: (("function", "sinh' = -cosh", lambda u: -sympy.cosh(u)), ("function", "sinh' = sinh", sympy.sinh)),
    sympy.cosh: (("function", "cosh' = -sinh", lambda u: -sympy.sinh(u)), ("function", "cosh' = cosh", sympy.cosh)),
    sympy.tanh: (("exponent", "tanh' = 1 - tanh", lambda u: 1 - sympy.tanh(u)),
                 ("term sign", "tanh' = 1 + tanh**2", lambda u: 1 + sympy.tanh(u) ** 2)),
    sympy.atan: (("function", "that of atanh", lambda u: 1 / (1 - u**2)), ("exponent", "atan' = 1/(1 + u)", lambda u: 1 / (1 + u))),
    sympy.asin: (("function", "that of acos", lambda u: -1 / sympy.sqrt(1 - u**2)),
                 ("function", "that of asinh", lambda u: 1 / sympy.sqrt(1 + u**2))),
    sympy.log: (("log base", "as if log10", lambda u: 1 / (u * sympy.log(10))), ("exponent", "log' = 1/u**2", lambda u: u**-2)),
    sympy.erf: (("factor", "2/sqrt(pi) forgotten", lambda u: sympy.exp(-(u**2))),
                ("sign", "sign in the exponent", lambda u: 2 / sympy.sqrt(sympy.pi) * sympy.exp(u**2))),
}  # fmt: skip
