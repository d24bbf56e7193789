"""sympy's functions and forms, as calls and as it prints them; of objects too. Names that are rows of the same meaning
stand in the table. Sources: the docstrings of sympy's classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling


def _between(sign: str) -> Callable[[Any], str]:  # Any: the constants of operands, here and below
    """``x + y + z`` of any number of operands."""
    return lambda xs: f" {sign} ".join(f"xs[{i}]" for i in range(len(xs)))


def _listed(xs: Any) -> str:
    return ", ".join(f"xs[{i}]" for i in range(len(xs)))


def _call(name: str) -> Callable[[Any], str]:
    return lambda xs: f"{name}({_listed(xs)})"


def _pieces(pieces: Any) -> str:
    """``where(c, x, y)``; past the last condition there is no value."""
    if not pieces or not all(isinstance(one, tuple) and len(one) == 2 for one in pieces):
        return NONE + "its pieces are pairs, (x, x > 0)"
    text = "nan"
    for i in reversed(range(len(pieces))):
        rest = pieces[i][1] is True
        text = f"pieces[{i}][0]" if rest else f"where(pieces[{i}][1], pieces[{i}][0], {text})"
    return text


_TIMES = 100  # as deep as a formula may nest


def _derivative(by: Any) -> str:
    """``diff(f, x, x, y)`` of variables, each with the number of times behind it or beside it: x, 2 or (x, 2)."""
    counts: list[tuple[str, Any]] = []
    for i, one in enumerate(by):
        if isinstance(one, tuple) and len(one) == 2:
            counts.append((f"by[{i}][0]", one[1]))
        elif isinstance(one, int) and counts:
            counts[-1] = (counts[-1][0], one)
        else:
            counts.append((f"by[{i}]", 1))
    if not all(isinstance(times, int) and 0 <= times <= _TIMES for _, times in counts):
        return f"{NONE}how often is a whole number from 0 to {_TIMES}, as in (x, 2)"
    names = [name for name, times in counts for _ in range(times)]
    return f"diff(f, {', '.join(names)})" if names or not counts else "f"


def _own_derivative(by: Any) -> str:
    """The same without a library, where a number or a pair is written; names alone are the row's."""
    written = any(isinstance(one, int | tuple) for one in by) and not isinstance(by[0], int)
    return _derivative(by) if written else ""


def _real_root(n: Any) -> str:
    return "sign(x)*abs(x)**(1/n)" if isinstance(n, int) and n % 2 else "x**(1/n)"


def _forms(table: dict[str, str]) -> tuple[Spelling, ...]:
    return tuple(Spelling(f"sympy.{call}", text) for call, text in table.items())


_REAL = "numbers are real here"
_IMPULSE = NONE + "an impulse is no function: it has no value at 0"
_INTEGRAL = NONE + "an integral is not read: its derivative in the upper limit is the integrand there"
_POLAR = NONE + "a number on the logarithm's surface is no real number"
_COMPLEX = NONE + f"it is complex: {_REAL}"

SPELLINGS = (
    *_forms({
        "Abs(x)": "abs(x)",
        "RisingFactorial(x, k)": "gamma(x + k)/gamma(x)",
        "rf(x, k)": "gamma(x + k)/gamma(x)",
        "FallingFactorial(x, k)": "gamma(x + 1)/gamma(x - k + 1)",
        "ff(x, k)": "gamma(x + 1)/gamma(x - k + 1)",
        "catalan(n)": "4**n*gamma(n + 1/2)/(sqrt(pi)*gamma(n + 2))",
        "harmonic(n)": "digamma(n + 1) - digamma(1)",
        "harmonic(n, m)": "zeta(m) - zeta(m, n + 1)",
        "sinc(x)": "spherical_bessel_j0(x)",
        "frac(x)": "x - floor(x)",
        "Mod(x, y)": "mod(x, y)",
        "Rem(x, y)": "fmod(x, y)",
        "cbrt(x)": "x**(1/3)",
        "root(x, n)": "x**(1/n)",
        "log(x)": "log(x)",
        "log(x, base)": "log(x)/log(base)",
        "ln(x)": "log(x)",
        "ln(x, base)": "log(x)/log(base)",
        "erf2(x, y)": "erf(y) - erf(x)",
        "Li(x)": "li(x) - li(2)",
        "trigamma(x)": "polygamma(1, x)",
        "dirichlet_eta(s)": "dirichlet_eta(s)",
        "elliptic_e(m)": "ellipe(m)",
        "elliptic_e(z, m)": "ellipeinc(z, m)",
        "elliptic_pi(n, m)": "ellippi(n, m)",
        "elliptic_pi(n, z, m)": "elliptic_pi(n, z, m)",
        "betainc(a, b, x1, x2)": "beta(a, b)*(betainc(a, b, x2) - betainc(a, b, x1))",
        "betainc_regularized(a, b, x1, x2)": "betainc(a, b, x2) - betainc(a, b, x1)",
        "jacobi(n, a, b, x)": "binomial(n + a, n)*hyp2f1(-n, n + a + b + 1, a + 1, (1 - x)/2)",
        "gegenbauer(n, a, x)": "poch(2*a, n)/gamma(n + 1)*hyp2f1(-n, n + 2*a, a + 1/2, (1 - x)/2)",
        "assoc_laguerre(n, a, x)": "binomial(n + a, n)*hyp1f1(-n, a + 1, x)",
        "riemann_xi(s)": "s*(s - 1)*gamma(s/2)*zeta(s)/(2*pi**(s/2))",
        "KroneckerDelta(i, j)": "where(i == j, 1, 0)",
        "jn(n, x)": "spherical_jn(n, x)",
        "arg(x)": "where(x > 0, 0, where(x < 0, pi, nan))",
        "re(x)": "x",
        "conjugate(x)": "x",
        "im(x)": "0*x",
        "Rational(p, q=1)": "p/q",
        "Integer(n)": "n",
        "Float(x)": "x",
        "S(x)": "x",
        "Pow(x, y)": "x**y",
        "Eq(x, y)": "x == y",
        "Ne(x, y)": "x != y",
        "Lt(x, y)": "x < y",
        "Le(x, y)": "x <= y",
        "Gt(x, y)": "x > y",
        "Ge(x, y)": "x >= y",
        "Not(x)": "not x",
        "Xor(x, y)": "x and not y or y and not x",
        "ITE(c, x, y)": "c and x or not c and y",
        "Matrix(rows)": "rows",
        "ImmutableDenseMatrix(rows)": "rows",
        "Trace(A)": "trace(A)",
        "Determinant(A)": "det(A)",
        "Inverse(A)": "inv(A)",
        "Transpose(A)": "A.T",
        "HadamardProduct(x, y)": "x*y",
        "HadamardPower(x, y)": "x**y",
        "KroneckerProduct(x, y)": "kron(x, y)",
        "DotProduct(x, y)": "dot(x, y)",
        "DiracDelta(x)": _IMPULSE,
        "DiracDelta(x, k)": _IMPULSE,
        "Integral(*xs)": _INTEGRAL,
        "integrate(*xs)": _INTEGRAL,
        "Limit(*xs)": NONE + "a limit is not read",
        "exp_polar(x)": _POLAR,
        "polar_lift(x)": _POLAR,
        **dict.fromkeys(("Ynm(n, m, theta, phi)", "Znm(n, m, theta, phi)"), _COMPLEX),
        **dict.fromkeys((f"{name}(n, x)" for name in ("hankel1", "hankel2", "hn1", "hn2")), _COMPLEX),
    }),
    Spelling("sympy.Tuple(*xs)", lambda xs: f"[{_listed(xs)}]"),
    Spelling("sympy.Max(*xs)", _call("max")),
    Spelling("sympy.Min(*xs)", _call("min")),
    Spelling("sympy.Add(*xs)", _between("+")),
    Spelling("sympy.Mul(*xs)", _between("*")),
    Spelling("sympy.And(*xs)", _between("and")),
    Spelling("sympy.Or(*xs)", _between("or")),
    Spelling("sympy.Piecewise(*pieces:apart)", _pieces),
    Spelling("sympy.Derivative(f, *by:apart)", _derivative),
    Spelling("sympy.diff(f, *by:apart)", _derivative),
    Spelling("diff(f, *by:apart)", _own_derivative),
    Spelling("sympy.real_root(x, n:integer)", _real_root),
)  # fmt: skip
