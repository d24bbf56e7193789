"""Derivatives with one slip each, as people make them, and how many of them ``gradcli check`` refutes and explains.

``python tests/mutations.py --count 150 --seed 0 --out misses.txt`` prints a line for each kind of slip. The functions are
those of the corpus and some with branches; the derivative is worked out here, rule by rule as on paper, so that a rule can
be applied wrongly, and is compared with sympy's and with the corpus' number before anything is made of it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import mpmath
import sympy
from sympy.parsing.sympy_parser import auto_number, parse_expr, rationalize
from sympy.printing.str import StrPrinter

import gradcli
from gradcli.diagnosis import diagnose

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
Tree = Any  # a sympy expression; sympy has no types
DIGITS = 60

# -- text to sympy and back


def _where(condition: Tree, yes: Tree, no: Tree) -> Tree:
    return sympy.Piecewise((yes, condition), (no, True))


SAME_NAME = (
    "sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "sech", "csch", "coth", "asin", "acos", "atan", "asinh", "acosh",
    "atanh", "exp", "log", "sqrt", "sign", "erf", "erfc", "gamma", "digamma", "besselj", "bessely", "besseli", "besselk",
)  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Tree]] = {
    **{name: getattr(sympy, name) for name in SAME_NAME},
    "abs": sympy.Abs, "lgamma": sympy.loggamma, "log1p": lambda u: sympy.log(1 + u), "expm1": lambda u: sympy.exp(u) - 1,
    "log10": lambda u: sympy.log(u) / sympy.log(10), "log2": lambda u: sympy.log(u) / sympy.log(2),
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)), "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)), "relu": lambda u: sympy.Max(u, 0),
    "min": sympy.Min, "max": sympy.Max, "minimum": sympy.Min, "maximum": sympy.Max, "where": _where, "square": lambda u: u**2,
}  # fmt: skip
CONSTANTS = {"pi": sympy.pi, "e": sympy.E}
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")


class Unreadable(Exception):  # noqa: N818  # no error: the corpus has functions of vectors too
    """A text that is no scalar formula of the functions above."""


def read(text: str) -> Tree:
    """The formula as a sympy tree over real symbols."""
    names = {m.group(): m.end() for m in _NAME.finditer(text)}
    called = {name for name in names if re.search(rf"(?<![\w.]){name}\s*\(", text)}
    if called - FUNCTIONS.keys() or "[" in text or "@" in text:
        raise Unreadable(text)
    scope = {n: FUNCTIONS[n] if n in called else CONSTANTS.get(n) or sympy.Symbol(n, real=True) for n in names}
    scope |= {n: getattr(sympy, n) for n in ("Integer", "Float", "Rational")}
    try:
        return sympy.sympify(parse_expr(text, scope, (auto_number, rationalize), {}))
    except (SyntaxError, TypeError, ValueError, AttributeError, sympy.SympifyError) as error:
        raise Unreadable(text) from error


class _Printer(StrPrinter):  # type: ignore[misc]  # sympy has no types
    """sympy's text, with the names of gradcli's language."""

    def _call(self, name: str, args: Iterable[Tree]) -> str:
        return f"{name}({', '.join(self._print(a) for a in args)})"

    def _print_Piecewise(self, e: Tree) -> str:
        (value, condition), *rest = e.args
        if condition == True or not rest:  # noqa: E712  # sympy's own true
            return str(self._print(value))
        other = sympy.Piecewise(*rest, evaluate=False) if len(rest) > 1 else rest[0][0]
        return self._call("where", (condition, value, other))

    def _print_Abs(self, e: Tree) -> str:
        return self._call("abs", e.args)

    def _print_Max(self, e: Tree) -> str:
        return self._call("max", e.args)

    def _print_Min(self, e: Tree) -> str:
        return self._call("min", e.args)

    def _print_loggamma(self, e: Tree) -> str:
        return self._call("lgamma", e.args)

    def _print_polygamma(self, e: Tree) -> str:
        return self._call("digamma", e.args[1:]) if e.args[0] == 0 else self._call("polygamma", e.args)

    def _print_Exp1(self, e: Tree) -> str:
        return "e"


def text_of(tree: Tree) -> str:
    return str(_Printer({"order": None}).doprint(tree))


# -- numbers


def value(tree: Tree, point: Mapping[str, float]) -> mpmath.mpf | None:
    """The tree's real number at a point, None where it has none."""
    names = tuple(sorted(point))
    with mpmath.workdps(DIGITS):
        try:
            found = _compiled(tree, names)(*(mpmath.mpf(point[n]) for n in names))
            found = found if isinstance(found, mpmath.mpc) else mpmath.mpf(found)
        except (
            ValueError,
            TypeError,
            ZeroDivisionError,
            OverflowError,
            NameError,
            AttributeError,
            mpmath.NoConvergence,
        ):
            return None
    if isinstance(found, mpmath.mpc):
        found = found.real if abs(found.imag) <= abs(found.real) * mpmath.mpf(10) ** -20 else mpmath.nan
    return found if mpmath.isfinite(found) else None


@cache
def _compiled(tree: Tree, names: tuple[str, ...]) -> Callable[..., Any]:
    made: Callable[..., Any] = sympy.lambdify([sympy.Symbol(n, real=True) for n in names], tree, "mpmath")
    return made


def differ(a: Tree, b: Tree, points: Sequence[Mapping[str, float]]) -> bool | None:
    """Are two formulas different, at two points at least? None where they cannot be compared at three."""
    found = []
    for point in points:
        x, y = value(a, point), value(b, point)
        if x is not None and y is not None:
            found.append(abs(x - y) > 1e-9 * max(abs(x), abs(y)))
    return None if len(found) < 3 else sum(found) >= 2


# -- the functions


@dataclass(frozen=True, eq=False)
class Source:
    """A function of the corpus: its text, its tree, the variable, points in its domain."""

    text: str
    tree: Tree
    name: str
    points: tuple[Mapping[str, float], ...]

    @property
    def x(self) -> Tree:
        return sympy.Symbol(self.name, real=True)


BRANCHED = (
    "abs(x**2-1)", "relu(x-1)**2", "where(x<1,x**2,2*x-1)", "max(x,x**2)", "min(sin(x),x/2)", "where(abs(x)<1,x**2/2,abs(x)-1/2)",
    "x*abs(x-2)", "where(x>0,x,exp(x)-1)", "exp(-abs(x))", "max(x**2,1+x)", "where(x>0,log(1+x),x)", "abs(sin(x))*x",
)  # fmt: skip
_MEASURED = re.compile(r"\de-?\d")
ORDINARY = (0.3, 0.7, 1.25, 1.75, 2.5, -0.6, -1.4, 3.25, 0.1, -0.3)


def sources() -> Iterator[Source]:
    """Each function in each of its variables, where it can be read, with points at which it has a number."""
    for text in BRANCHED:
        yield from _source(text, {"x": 0.5}, "x", None)
    for entry in _lines("scalars"):
        if not entry.get("status"):
            point = {entry["var"]: entry["point"], **(entry.get("params") or {})}
            yield from _source(entry["expr"], point, entry["var"], entry["derivative"])
    for entry in _lines("feynman"):
        # sympy writes constants of nature as fractions, as no person does
        for name in () if _MEASURED.search(entry["expr"]) else entry["vars"]:
            yield from _source(entry["expr"], entry["vars"], name, entry["grad"][name])


def _lines(name: str) -> Iterator[dict[str, Any]]:  # Any: JSON values
    path = CORPUS / f"{name}.jsonl"
    yield from map(json.loads, path.read_text().splitlines() if path.exists() else ())


def _source(text: str, point: Mapping[str, Any], name: str, derivative: Any) -> Iterator[Source]:  # Any: JSON numbers
    try:
        tree = read(text)
        x = sympy.Symbol(name, real=True)
        if not tree.has(x) or tree.has(sympy.floor):
            return
        own = derive(tree, x)
    except (Unreadable, NotImplementedError, ValueError):
        return
    at = {n: float(v) for n, v in point.items()}
    points = [at, *({**at, name: v} for v in ORDINARY)]
    if len(at) > 1:
        points += [{n: v * (0.7 + 0.13 * k) for k, (n, v) in enumerate(at.items(), start)} for start in range(4)]
    usable = tuple(p for p in points if value(tree, p) is not None and value(own, p) is not None)
    if derivative is not None and not isinstance(derivative, str) and at in usable:
        with mpmath.workdps(DIGITS):
            assert abs(value(own, at) - mpmath.mpf(derivative)) <= 1e-9 * abs(mpmath.mpf(derivative)) + 1e-300, (
                text,
                name,
            )
    if len(usable) >= 3:
        yield Source(text, tree, name, usable)


# -- the rules, right and wrong


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


# -- slips of the pen in the derivative itself

FACTORS: tuple[tuple[str, Tree], ...] = (
    ("2", sympy.Integer(2)), ("1/2", sympy.Rational(1, 2)), ("1/3", sympy.Rational(1, 3)), ("5", sympy.Integer(5)),
    ("ln 10", sympy.log(10)), ("1/ln 10", 1 / sympy.log(10)), ("pi/180", sympy.pi / 180), ("180/pi", 180 / sympy.pi),
)  # fmt: skip
CONFUSED = (
    (sympy.sin, sympy.cos),
    (sympy.cos, sympy.sin),
    (sympy.sinh, sympy.cosh),
    (sympy.cosh, sympy.sinh),
    (sympy.tanh, sympy.tan),
)


def pen_slips(source: Source, right: Tree) -> Iterator[Slip]:
    """Slips that look at the derivative alone: signs, factors, terms, exponents, functions, variables."""
    yield Slip("sign", "minus the derivative", -right)
    yield from (Slip("factor", f"{name} too much", right * factor) for name, factor in FACTORS)
    expanded = right if right.is_Add else sympy.expand_mul(right)
    if expanded.is_Add and len(expanded.args) <= 8:
        for k, term in enumerate(expanded.args):
            rest = sympy.Add(*expanded.args[:k], *expanded.args[k + 1 :])
            yield Slip("missing term", text_of(term), rest)
            yield Slip("doubled term", text_of(term), rest + 2 * term)
            yield Slip("term sign", text_of(term), rest - term)
    for power in sorted(right.atoms(sympy.Pow), key=str):
        if power.exp.is_Rational and power.base.has(source.x):
            for shift in (1, -1):
                moved = power.base ** (power.exp + shift)
                yield Slip("exponent", f"{text_of(power)} by {shift}", right.xreplace({power: moved}))
    for was, becomes in CONFUSED:
        for call in sorted(right.atoms(was), key=str):
            yield Slip(
                "function", f"{becomes.__name__} for {text_of(call)}", right.xreplace({call: becomes(*call.args)})
            )
    for other in sorted(source.tree.free_symbols - {source.x}, key=str):
        yield Slip("wrong variable", str(other), derive(source.tree, other))


@dataclass(frozen=True, eq=False)
class Mutant:
    """A claim that is wrong, by a known mistake; or right, where the kind is "none"."""

    kind: str
    what: str
    function: str
    name: str
    claim: str
    right: Tree
    points: tuple[Mapping[str, float], ...]


def rewritten(source: Source) -> Iterator[Mutant]:
    """Other functions than the source's with the source's own derivative: another logarithm, degrees."""
    made = derive(source.tree, source.x)
    for function, text in (("log10", "as if ln"), ("log2", "as if ln")):
        if re.search(r"\blog\(", source.text):
            changed = re.sub(r"\blog\(", f"{function}(", source.text)
            yield _mutant("log base", text, changed, source, made)
    trigonometric = source.tree.atoms(sympy.sin, sympy.cos, sympy.tan)
    held = source.tree.xreplace({t: sympy.Dummy(real=True) for t in trigonometric})
    if trigonometric and not held.has(source.x):
        name = source.name
        turned = re.sub(rf"(?<![\w.]){name}(?!\w)", f"(pi*{name}/180)", source.text)
        yield _mutant(
            "degrees", "inner factor pi/180 missing", turned, source, made.subs(source.x, sympy.pi * source.x / 180)
        )


def _mutant(kind: str, what: str, function: str, source: Source, wrong: Tree) -> Mutant:
    return Mutant(kind, what, function, source.name, text_of(wrong), derive(read(function), source.x), source.points)


KINDS = (
    "sign", "factor", "chain rule", "missing term", "doubled term", "term sign", "product rule", "quotient rule", "wrong variable",
    "wrong branch", "exponent", "log base", "function", "degrees",
)  # fmt: skip


def mutants(count: int, seed: int) -> list[Mutant]:
    """So many wrong claims, the kinds in turn, each really different from the truth; the same for the same seed."""
    generator = random.Random(seed)  # noqa: S311
    drawn = _drawn(generator)
    by_kind = {kind: iter(drawn(kind)) for kind in KINDS}
    found: list[Mutant] = []
    while len(found) < count and by_kind:
        for kind in list(by_kind):
            one = next(by_kind[kind], None)
            if one is None:
                del by_kind[kind]
            elif len(found) < count:
                found.append(one)
    return found


@cache
def pool() -> tuple[Source, ...]:
    return tuple(sources())


def _drawn(generator: random.Random) -> Callable[[str], Iterator[Mutant]]:
    """Wrong claims of a kind, each from another function, the functions in random order."""

    def of_kind(kind: str) -> Iterator[Mutant]:
        order = list(pool())
        generator.shuffle(order)
        for source in order:
            candidates = [m for m in all_of(source) if m.kind == kind]
            generator.shuffle(candidates)
            yield from islice(filter(_wrong, candidates), 1)

    return of_kind


@cache
def all_of(source: Source) -> tuple[Mutant, ...]:
    """Every claim with a slip that a function gives."""
    right = derive(source.tree, source.x)
    found = [*slips(source.tree, source.x), *pen_slips(source, right)]
    made = [_mutant(s.kind, s.what, source.text, source, s.tree) for s in found] + list(rewritten(source))
    return tuple(m for m in made if len(m.claim) <= 400)


def _wrong(mutant: Mutant) -> bool:
    """Is it really another formula than the derivative?"""
    try:
        return differ(read(mutant.claim), mutant.right, mutant.points) is True
    except Unreadable:
        return False


def right_claims(count: int, seed: int) -> list[Mutant]:
    """Derivatives as they are."""
    order = list(pool())
    random.Random(seed).shuffle(order)  # noqa: S311
    return [_mutant("none", "", s.text, s, derive(s.tree, s.x)) for s in order[:count]]


# -- is the diagnosis the planted mistake?

# What else names a planted mistake truly, beside its own kind.
SYNONYMS: dict[str, dict[str, str]] = {
    "sign": {
        "quotient rule": "of a quotient, the terms in the reverse order give minus the derivative",
        "factor": "the factor is -1",
        "chain rule": "the inner derivative -1 of a part",
        "function": "cos' = sin and the like: the function's derivative with the other sign",
    },
    "factor": {
        "missing factor": "the factor named is the constant",
        "chain rule": "the constant is the inner derivative of a part, and is named",
        "sum against mean": "the constant is a number of entries",
        "exponent": "the constant is the exponent, not brought down",
        "log base": "the constant is ln of a base",
        "degrees": "the constant is pi/180",
        "doubled term": "of one term alone, the constant 2",
    },
    "chain rule": {
        "factor": "a linear inner function: its derivative is the constant, which is named",
        "sign": "the inner derivative is -1",
        "missing factor": "the factor named is the inner derivative",
        "exponent": "an inner power: its derivative is a power",
        "product rule": "the part taken for a constant is the inner function's",
        "term sign": "of a part of a sum, the inner derivative is -1",
    },
    "missing term": {
        "product rule": "the term is one half of a product rule",
        "quotient rule": "the term is one half of the numerator",
        "power rule": "of x**x: the half of the exponent or of the base",
        "other function": "the function without the term, whose derivative the claim is",
        "chain rule": "the term is the derivative of a part of an inner sum",
    },
    "doubled term": {
        "product rule": "a half of a product counts twice",
        "quotient rule": "a half of the numerator counts twice",
        "factor": "the number before the term",
        "chain rule": "the term is the derivative of a part of an inner sum",
    },
    "term sign": {
        "quotient rule": "the term is one half of the numerator",
        "product rule": "the term is one half of the product",
        "sign": "the sign of one function's derivative makes the term",
        "function": "cos' = sin and the like make the term",
    },
    "product rule": {
        "missing term": "the term is the missing half",
        "power rule": "of x**x, which is a product in disguise: the half of the exponent or of the base",
        "chain rule": "product of the derivatives",
    },
    "quotient rule": {
        "sign": "a constant numerator: the whole sign",
        "term sign": "plus for minus in the numerator",
        "missing factor": "the denominator not squared: a division by it",
        "exponent": "the denominator not squared",
        "chain rule": "of 1/v: the outer derivative of the reciprocal",
    },
    "wrong variable": {},
    "wrong branch": {
        "sign": "of abs: the other branch is minus the derivative",
        "missing factor": "of abs: the sign is the factor",
        "chain rule": "of abs: the outer derivative, a sign",
        "order": "the operands of where",
        "product rule": "of x*abs(x): the half with the derivative of abs has the wrong sign",
        "function": "the derivative of abs itself",
    },
    "exponent": {
        "factor": "the exponent not brought down is a constant factor",
        "missing factor": "the power is a factor of all",
        "chain rule": "the outer derivative of a power",
        "power rule": "the rule of which the exponent is part",
        "quotient rule": "the power is the denominator's",
        "function": "tanh' = 1 - tanh: the square is missing",
        "product rule": "the power is in one half, which is off by as much as is said",
        "other function": "the function with that power",
    },
    "log base": {
        "factor": "the constant is ln of a base",
        "missing factor": "the factor named is ln of a base",
        "extra factor": "the factor named is ln of a base",
        "chain rule": "the constant is ln of a base, of an inner function",
        "function": "log10 is due where log stands",
        "other function": "the derivative with the other logarithm",
    },
    "function": {
        "sign": "the other function's derivative has the other sign",
        "chain rule": "the outer derivative is of another function",
        "other function": "the function whose derivative it is",
        "term sign": "the function's derivative with the other sign is a term",
        "product rule": "acos for asin, cosh for -cosh: that half has the wrong sign",
        "power rule": "the power rule for an exponential",
        "missing factor": "the ratio of the two functions",
    },
    "degrees": {
        "factor": "the constant is pi/180",
        "missing factor": "the factor named is pi/180",
        "chain rule": "the inner derivative is pi/180",
    },
}


@dataclass
class Outcome:
    """What gradcli said of a claim."""

    mutant: Mutant
    verdict: str
    diagnosis: str | None
    suggestion: str | None
    seconds: float
    command: str = ""
    suggested_wrong: bool = field(default=False)

    @property
    def said(self) -> str | None:
        return None if self.diagnosis is None else self.diagnosis.partition(":")[0]

    @property
    def hit(self) -> bool:
        return (
            self.said is not None
            and not self.suggested_wrong
            and (self.said == self.mutant.kind or self.said in SYNONYMS[self.mutant.kind])
        )


def examine(mutant: Mutant, **options: Any) -> Outcome:  # Any: gradcli.check's
    started = time.perf_counter()
    (claim,) = gradcli.check(mutant.function, mutant.claim, wrt=mutant.name, **options).claims
    seconds = time.perf_counter() - started
    found = claim.diagnosis
    outcome = Outcome(
        mutant, str(claim.conclusion), None if found is None else str(found), None if found is None else found.suggestion, seconds,
        claim.counterexample.command if claim.counterexample else "",
    )  # fmt: skip
    outcome.suggested_wrong = outcome.suggestion is not None and _suggested_wrong(outcome)
    return outcome


def _suggested_wrong(outcome: Outcome) -> bool:
    """Is the suggestion another formula than the true derivative? Read here; by gradcli where it cannot be."""
    assert outcome.suggestion is not None
    try:
        return differ(read(outcome.suggestion), outcome.mutant.right, outcome.mutant.points) is True
    except Unreadable:
        mutant = outcome.mutant
        return gradcli.check(mutant.function, outcome.suggestion, wrt=mutant.name).exit_code() != 0


def table(outcomes: Sequence[Outcome]) -> str:
    """A line for each kind, and one for all."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.mutant.kind].append(outcome)
    head = (
        "kind",
        "mutants",
        "refuted",
        "false passes",
        "undecided",
        "diagnosed",
        "hits",
        "hit rate",
        "wrong suggestions",
        "s/claim",
    )
    rows = [_row(kind, groups[kind]) for kind in (*KINDS, "none") if groups[kind]] + [_row("all", outcomes)]
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    return "\n".join(
        "  ".join(cell.rjust(w) if k else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in (head, *rows)
    )


def _row(kind: str, group: Sequence[Outcome]) -> tuple[str, ...]:
    verdicts = Counter(o.verdict for o in group)
    hits = sum(o.hit for o in group)
    numbers = (
        len(group), verdicts["refuted"], verdicts["proved"] + verdicts["agrees"], verdicts["undecided"],
        sum(o.diagnosis is not None for o in group), hits,
    )  # fmt: skip
    wrong = sum(o.suggested_wrong for o in group)
    seconds = sum(o.seconds for o in group) / len(group)
    return (kind, *map(str, numbers), f"{hits / len(group):.0%}", str(wrong), f"{seconds:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--out", type=Path, help="write the misses here")
    options = parser.parse_args()
    diagnose.FORGIVEN = ()
    chosen = mutants(options.count, options.seed)
    outcomes = [examine(m) for m in chosen if options.kind in (None, m.kind)]
    print(table(outcomes))
    misses = "".join(
        f"{o.mutant.kind} ({o.mutant.what})\n  {o.verdict} in {o.seconds:.1f} s: "
        f"gradcli check '{o.mutant.function}' '{o.mutant.claim}' --wrt {o.mutant.name}\n"
        f"  said: {o.diagnosis}\n  suggestion: {o.suggestion}{' WRONG' if o.suggested_wrong else ''}\n"
        for o in outcomes if not o.hit or o.verdict != "refuted"
    )  # fmt: skip
    print(misses) if options.out is None else options.out.write_text(misses)


if __name__ == "__main__":
    main()
