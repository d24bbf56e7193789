"""What sympy's constants are in the language, and which of its functions it writes out by itself."""

from __future__ import annotations

CONSTANTS: dict[str, str] = {
    "EulerGamma": "-digamma(1)",
    "Catalan": "(polygamma(1, 1/4) - pi**2)/8",
    "GoldenRatio": "(1 + sqrt(5))/2",
    "TribonacciConstant": "(1 + cbrt(19 - 3*sqrt(33)) + cbrt(19 + 3*sqrt(33)))/3",
}

# By elementary functions and polynomials, where orders and degrees are numbers.
WRITTEN_OUT = frozenset({
    "assoc_legendre", "assoc_laguerre", "gegenbauer", "jacobi", "bernoulli", "euler", "fibonacci", "lucas", "bell",
    "tribonacci", "genocchi", "factorial2", "subfactorial", "yn", "LeviCivita", "polylog", "multigamma",
})  # fmt: skip
