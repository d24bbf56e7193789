"""Text to sympy and back, and numbers of trees, by other ways than gradcli's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import mpmath
import sympy
from sympy.parsing.sympy_parser import auto_number, parse_expr, rationalize
from sympy.printing.str import StrPrinter

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
