"""Special functions of sympy, as the rows call them; balls take over where sympy has no derivative."""

from __future__ import annotations

from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.language.nodes import make
from gradcli.meaning.scalars import Scalar, ScalarArithmetic
from gradcli.operations.table import OPS

MAX_EXPANDED = 40  # the degree up to which sympy writes a polynomial out
MAX_COUNTED = 200  # numbers up to which sympy may count: at 200 each function takes it some milliseconds


def counting(function: Any) -> Any:  # Any: a class of sympy's
    """A function that sympy writes out at whole and half numbers, by as many steps as they are large: gamma(n) is a
    factorial, lowergamma(n, x) a sum of n terms. Errors: LimitError beyond MAX_COUNTED, before it starts."""

    def counted(_arithmetic: ScalarArithmetic, *operands: Scalar | None) -> Scalar:
        present = [operand for operand in operands if operand is not None]
        if any(isinstance(n, int | sympy.Rational) and abs(n) > MAX_COUNTED for n in present):
            raise LimitError(f"{function.__name__} of a number beyond {MAX_COUNTED}", kind="unchecked")
        return function(*present)

    return counted


def written_out(family: Any) -> Any:  # Any: a class of sympy's
    """The polynomials of a family. Errors: LimitError beyond MAX_EXPANDED."""

    def polynomial(_arithmetic: ScalarArithmetic, n: int, x: Scalar) -> Scalar:
        if n > MAX_EXPANDED:
            raise LimitError(f"a polynomial of degree {n} is not written out", kind="unchecked")
        return family(n, x)

    return polynomial


class SymbolicFunctions(ScalarArithmetic):
    """What ``Symbolic`` has beside the elementary functions."""

    asec, acsc, acot, asech, acsch, acoth = sympy.asec, sympy.acsc, sympy.acot, sympy.asech, sympy.acsch, sympy.acoth
    besselj, bessely, besseli, besselk, jn = sympy.besselj, sympy.bessely, sympy.besseli, sympy.besselk, sympy.jn
    airyai, airybi, airyaiprime, airybiprime = sympy.airyai, sympy.airybi, sympy.airyaiprime, sympy.airybiprime
    Ei, li, Si, Ci, Shi, Chi = sympy.Ei, sympy.li, sympy.Si, sympy.Ci, sympy.Shi, sympy.Chi
    fresnels, fresnelc = sympy.fresnels, sympy.fresnelc
    elliptic_k, elliptic_e = sympy.elliptic_k, sympy.elliptic_e
    erfi, erfinv, erfcinv, LambertW = sympy.erfi, sympy.erfinv, sympy.erfcinv, sympy.LambertW
    gamma, lgamma, polygamma, zeta = map(counting, (sympy.gamma, sympy.loggamma, sympy.polygamma, sympy.zeta))
    lowergamma, uppergamma, expint = map(counting, (sympy.lowergamma, sympy.uppergamma, sympy.expint))
    chebyshevt, chebyshevu, legendre = map(written_out, (sympy.chebyshevt, sympy.chebyshevu, sympy.legendre))
    laguerre, hermite, hermite_prob = map(written_out, (sympy.laguerre, sympy.hermite, sympy.hermite_prob))

    def __getattr__(self, name: str) -> Any:  # Any: a function of Scalars
        """A function of a kernel's that sympy lacks, as a node of its row."""
        if name not in OPS or not OPS[name].own:
            raise AttributeError(name)
        return lambda *operands: make(OPS[name], [self.scalar(x) for x in operands])

    def gammainc(self, a: Scalar, x: Scalar) -> Scalar:
        return self.lowergamma(a, x) / self.gamma(a)

    def gammaincc(self, a: Scalar, x: Scalar) -> Scalar:
        return self.uppergamma(a, x) / self.gamma(a)

    def multigammaln(self, x: Scalar, p: int) -> Scalar:
        parts = [self.lgamma(x - sympy.Rational(j, 2)) for j in range(p)]
        return sympy.Rational(p * (p - 1), 4) * sympy.log(sympy.pi) + sympy.Add(*parts)

    def xlogy(self, x: Scalar, y: Scalar) -> Scalar:
        return x * sympy.log(y)

    def rgamma(self, x: Scalar) -> Scalar:
        return 1 / self.gamma(x)

    def elliptic_d(self, m: Scalar) -> Scalar:
        return (sympy.elliptic_k(m) - sympy.elliptic_e(m)) / m
