"""Rows: orthogonal polynomials, under torch's names with the degree last and under sympy's with the degree first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gradcli.operations.kernels import polynomials
from gradcli.operations.row import Op

POLYNOMIALS = "orthogonal polynomials"
_DEGREE = "The degree n is a whole number from 0 to 500."

Polynomial = Callable[[Any, Any, int], Any]  # Any: an arithmetic and a value of its own


def _torch_row(name: str, doc: str, torch: Polynomial, sympy: Polynomial) -> Op:
    return Op(
        name,
        "x; n:integer",
        POLYNOMIALS,
        doc,
        f"{name}(x, 3) x=0.3",
        torch=torch,
        sympy=sympy,
        kernel=True,
        note=_DEGREE,
    )


def _sympy_row(name: str, doc: str, torch: Polynomial, sympy: Polynomial, scipy: str) -> Op:
    return Op(
        name,
        "; n:integer, x:tensor",
        POLYNOMIALS,
        doc,
        f"{name}(3, x) x=0.3",
        torch=torch,
        sympy=sympy,
        kernel=True,
        aliases=(scipy,),
        note=_DEGREE,
    )


def _shifted(polynomial: Polynomial) -> Polynomial:
    return lambda library, x, n: polynomial(library, 2 * x - 1, n)


_TORCH: dict[str, Polynomial] = {
    "t": polynomials.CHEBYSHEV_T.at,
    "u": polynomials.CHEBYSHEV_U.at,
    "v": polynomials.CHEBYSHEV_V.at,
    "w": polynomials.CHEBYSHEV_W.at,
    "h": polynomials.HERMITE.at,
    "he": polynomials.HERMITE_PROB.at,
    "p": polynomials.LEGENDRE.at,
    "l": polynomials.LAGUERRE.at,
}

_SYMPY: dict[str, Polynomial] = {
    "t": lambda s, x, n: s.chebyshevt(n, x),
    "u": lambda s, x, n: s.chebyshevu(n, x),
    "v": lambda s, x, n: s.chebyshevu(n, x) - (s.chebyshevu(n - 1, x) if n else 0),
    "w": lambda s, x, n: s.chebyshevu(n, x) + (s.chebyshevu(n - 1, x) if n else 0),
    "h": lambda s, x, n: s.hermite(n, x),
    "he": lambda s, x, n: s.hermite_prob(n, x),
    "p": lambda s, x, n: s.legendre(n, x),
    "l": lambda s, x, n: s.laguerre(n, x),
}

_DOCS = {
    "t": "Chebyshev polynomial of the first kind: cos(n*acos(x)).",
    "u": "Chebyshev polynomial of the second kind: sin((n + 1)*acos(x))/sin(acos(x)).",
    "v": "Chebyshev polynomial of the third kind: cos((n + 1/2)*acos(x))/cos(acos(x)/2).",
    "w": "Chebyshev polynomial of the fourth kind: sin((n + 1/2)*acos(x))/sin(acos(x)/2).",
    "h": "Hermite polynomial of physics: exp(x**2) times the n-th derivative of exp(-x**2), times (-1)**n.",
    "he": "Hermite polynomial of probability: exp(x**2/2) times the n-th derivative of exp(-x**2/2), times (-1)**n.",
    "p": "Legendre polynomial, 1 at x = 1.",
    "l": "Laguerre polynomial, 1 at x = 0.",
}
_NAMES = {
    "h": "hermite_polynomial_h",
    "he": "hermite_polynomial_he",
    "p": "legendre_polynomial_p",
    "l": "laguerre_polynomial_l",
}
_SYMPY_NAMES = {
    "t": ("chebyshevt", "eval_chebyt"),
    "u": ("chebyshevu", "eval_chebyu"),
    "h": ("hermite", "eval_hermite"),
    "he": ("hermite_prob", "eval_hermitenorm"),
    "p": ("legendre", "eval_legendre"),
    "l": ("laguerre", "eval_laguerre"),
}

ROWS = (
    *(
        _torch_row(_NAMES.get(key, f"chebyshev_polynomial_{key}"), doc, _TORCH[key], _SYMPY[key])
        for key, doc in _DOCS.items()
    ),
    *(
        _torch_row(
            f"shifted_chebyshev_polynomial_{key}",
            f"chebyshev_polynomial_{key} of 2*x - 1.",
            partial(polynomials.shifted, kind=key),
            _shifted(_SYMPY[key]),
        )
        for key in "tuvw"
    ),
    *(_sympy_row(name, _DOCS[key], _TORCH[key], _SYMPY[key], scipy) for key, (name, scipy) in _SYMPY_NAMES.items()),
)
