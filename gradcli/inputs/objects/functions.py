"""What sympy's functions and constants mean in the language, where no row has their class."""

from __future__ import annotations

# Operands, and the formula in which they stand. Sources: the docstrings of sympy's classes.
_FORMULAS: dict[str, str] = {
    "factorial(x)": "factorial(x)",
    "binomial(n, k)": "binomial(n, k)",
    "RisingFactorial(x, k)": "gamma(x + k)/gamma(x)",
    "FallingFactorial(x, k)": "gamma(x + 1)/gamma(x - k + 1)",
    "catalan(n)": "4**n*gamma(n + 1/2)/(sqrt(pi)*gamma(n + 2))",
    "harmonic(n)": "digamma(n + 1) - digamma(1)",
    "harmonic(n, m)": "zeta(m) - zeta(m, n + 1)",
    "beta(a, b)": "beta(a, b)",
    "sinc(x)": "spherical_bessel_j0(x)",
    "frac(x)": "x - floor(x)",
    "Mod(x, y)": "mod(x, y)",
    "Rem(x, y)": "fmod(x, y)",
    "erf2(x, y)": "erf(y) - erf(x)",
    "Li(x)": "li(x) - li(2)",
    "dirichlet_eta(s)": "(1 - 2**(1 - s))*zeta(s)",
    "riemann_xi(s)": "s*(s - 1)*gamma(s/2)*zeta(s)/(2*pi**(s/2))",
    "KroneckerDelta(i, j)": "where(i == j, 1, 0)",
    "arg(x)": "where(x > 0, 0, where(x < 0, pi, nan))",
    "legendre(n, x)": "legendre(n, x)",
    "chebyshevt(n, x)": "chebyshevt(n, x)",
    "chebyshevu(n, x)": "chebyshevu(n, x)",
    "hermite(n, x)": "hermite(n, x)",
    "hermite_prob(n, x)": "hermite_prob(n, x)",
    "laguerre(n, x)": "laguerre(n, x)",
}


def _parts(call: str) -> tuple[str, list[str]]:
    name, _, operands = call.removesuffix(")").partition("(")
    return name, operands.split(", ")


# By name and number of operands: their names, and the formula.
MEANINGS: dict[tuple[str, int], tuple[list[str], str]] = {
    (name, len(operands)): (operands, text)
    for (name, operands), text in ((_parts(call), text) for call, text in _FORMULAS.items())
}

CONSTANTS: dict[str, str] = {
    "EulerGamma": "-digamma(1)",
    "Catalan": "(polygamma(1, 1/4) - pi**2)/8",
    "GoldenRatio": "(1 + sqrt(5))/2",
    "TribonacciConstant": "(1 + cbrt(19 - 3*sqrt(33)) + cbrt(19 + 3*sqrt(33)))/3",
}

_COMPLEX = "it is complex: numbers are real here"
_POLAR = "a number on the logarithm's surface is no real number"

REFUSED: dict[str, str] = {
    "DiracDelta": "an impulse is no function: it has no value at 0",
    **dict.fromkeys(("re", "im", "conjugate"), "what is inside may be complex: numbers are real here"),
    **dict.fromkeys(("hankel1", "hankel2", "hn1", "hn2", "Ynm", "Znm"), _COMPLEX),
    **dict.fromkeys(("exp_polar", "polar_lift", "periodic_argument", "principal_branch"), _POLAR),
}

# What sympy writes out by elementary functions and polynomials where orders and degrees are numbers.
WRITTEN_OUT = frozenset({
    "assoc_legendre", "assoc_laguerre", "gegenbauer", "jacobi", "bernoulli", "euler", "fibonacci", "lucas", "bell",
    "tribonacci", "genocchi", "factorial2", "subfactorial", "yn", "LeviCivita", "polylog", "multigamma",
})  # fmt: skip
