"""Where functions are not smooth: every kink, edge of a domain, pole and end at infinity, by function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball

ENDS = ("inf", "-inf")
BOTH = ("0+", "0-", "1+", "1-", "-1+", "-1-")
POLES = ("0+", "0-", "-1+", "-1-", "-4+", "-4-", "2+")

# The operands, of which the one that is a text moves: from the number that it names, up or down, or along 1/t.
EDGES: dict[str, tuple[Any, ...]] = {
    "exp": ENDS,
    "log": ("0+", "0-", "1+", *ENDS),
    "sqrt": ("0+", "0-", "4-", *ENDS),
    "pow": (
        *((x, y) for y in (0.5, 2.5, -0.5, -1.0, 2.0, 3.0, 0.0, 70.0) for x in ("0+", "0-", *ENDS)),
        *((2.0, y) for y in ("0+", *ENDS)),
        *((0.0, y) for y in ("0+", "0-", "1-")),
        *((-2.0, y) for y in ("0+", "1-")),
        *((0.5, y) for y in ENDS),
    ),
    "xlogy": ((2.0, "0+"), (2.0, "0-"), (0.0, "0+"), (0.0, "0-"), ("0+", 2.0), ("0-", 0.0), (1.0, "inf"), ("inf", 2.0)),
    "sin": ENDS,
    "cos": ENDS,
    "tan": ("0+", *ENDS),
    "sec": ("0+", *ENDS),
    "csc": ("0+", "0-", "1+", *ENDS),
    "cot": ("0+", "0-", "1+", *ENDS),
    "asin": (*BOTH, "2+", *ENDS),
    "acos": (*BOTH, "2+", *ENDS),
    "atan": ("0+", *ENDS),
    "asec": (*BOTH, "2+", "-2+", "0.5+", *ENDS),
    "acsc": (*BOTH, "2+", "-2+", "0.5+", *ENDS),
    "acot": ("0+", "0-", *ENDS),
    "atan2": (
        *((y, x) for y, x in (("0+", 1.0), ("0+", -1.0), ("0-", -1.0), (0.0, "0+"), (0.0, "0-"), (1.0, "0+"))),
        *((y, x) for y, x in ((-1.0, "0-"), (1.0, "inf"), (1.0, "-inf"), ("inf", 2.0), ("-inf", -2.0), (0.0, "-1+"))),
    ),
    "sinh": ENDS,
    "cosh": ENDS,
    "tanh": ("0+", *ENDS),
    "sech": ("0+", *ENDS),
    "csch": ("0+", "0-", "1+", *ENDS),
    "coth": ("0+", "0-", "1+", *ENDS),
    "asinh": ("0+", *ENDS),
    "acosh": ("1+", "1-", "0+", "2-", *ENDS),
    "atanh": (*BOTH, "2+", *ENDS),
    "asech": ("0+", "0-", "1+", "1-", "-1+", "2+", "0.5+", *ENDS),
    "acsch": ("0+", "0-", "1-", *ENDS),
    "acoth": (*BOTH, "2+", *ENDS),
    "sinc": ("0+", "1-", *ENDS),
    **dict.fromkeys(
        ("floor", "ceiling", "round", "trunc"),
        ("0+", "0-", "2+", "2-", "-3+", "-3-", "2.5+", "2.5-", "-1.5+", "-1.5-", "0.5+", "0.3-", *ENDS),
    ),
    "sign": ("0+", "0-", "2+", *ENDS),
    "Abs": ("0+", "0-", "-2+", *ENDS),
    "erf": ("0+", *ENDS),
    "erfc": ("0+", *ENDS),
    "erfi": ("0+", *ENDS),
    "erfinv": (*BOTH, "2+", *ENDS),
    "erfcinv": ("0+", "0-", "1+", "2-", "2+", *ENDS),
    "fresnels": ("0+", *ENDS),
    "fresnelc": ("0+", *ENDS),
    "gamma": (*POLES, *ENDS),
    "lgamma": (*POLES, *ENDS),
    "polygamma": (*((n, x) for n in (0, 1, 2, 5) for x in (*POLES, *ENDS)),),
    "rgamma": (*POLES, *ENDS),
    "multigammaln": tuple((x, 3) for x in ("1+", "1-", "2+", *ENDS)),
    **{
        name: (
            *((a, x) for a in (0.5, 1.0, 2.5, 3.0) for x in ("0+", "0-", "1+", *ENDS)),
            *(("0+", 1.5), ("0-", 1.5), ("0+", 0.0), ("inf", 2.0), ("1+", 0.0)),
        )
        for name in ("gammainc", "gammaincc", "lowergamma", "uppergamma")
    },
    "zeta": (
        *((s,) for s in ("1+", "1-", "0+", "-2+", "2-", *ENDS)),
        *((s, 2.5) for s in ("1+", "1-", "2+", "inf", "-inf")),
        *((s, q) for s in (2.0, 2.5) for q in ("0+", "0-", "1+", *ENDS)),
    ),
    "besselj": tuple((n, x) for n in (0, 1, 3) for x in ("0+", "0-", "2+", *ENDS)),
    "bessely": tuple((n, x) for n in (0, 1, 3, -1, -2) for x in ("0+", "0-", "2+", *ENDS)),
    "besseli": tuple((n, x) for n in (0, 1, 3) for x in ("0+", "0-", "2+", *ENDS)),
    "besselk": tuple((n, x) for n in (0, 1, 3, -1, 2) for x in ("0+", "0-", "2+", *ENDS)),
    "jn": tuple((n, x) for n in (0, 2) for x in ("0+", "0-", "2+", *ENDS)),
    **dict.fromkeys(("airyai", "airybi", "airyaiprime", "airybiprime"), ("0+", *ENDS)),
    "Ei": ("0+", "0-", "1+", *ENDS),
    "li": ("0+", "0-", "1+", "1-", "2+", *ENDS),
    "Si": ("0+", *ENDS),
    "Ci": ("0+", "0-", "1+", *ENDS),
    "Shi": ("0+", *ENDS),
    "Chi": ("0+", "0-", "1+", *ENDS),
    "expint": tuple((n, x) for n in (1, 2, 4, 0, -1, -3) for x in ("0+", "0-", "1+", *ENDS)),
    **dict.fromkeys(("elliptic_k", "elliptic_e", "elliptic_d"), ("1-", "1+", "0+", *ENDS)),
    "LambertW": (*((x, 0) for x in ("0+", "1-", "-1-", *ENDS)), *((x, -1) for x in ("0+", "0-", "-0.25-", *ENDS))),
    **{name: tuple((n, x) for n in (0, 1, 4) for x in ("0+", *ENDS)) for name in ("chebyshevt", "chebyshevu")},
    **{name: tuple((n, x) for n in (0, 1, 4) for x in ("0+", *ENDS)) for name in ("legendre", "laguerre", "hermite")},
    "hermite_prob": tuple((n, x) for n in (0, 1, 4) for x in ("0+", *ENDS)),
}


@dataclass(frozen=True)
class Edge:
    """A function beside a point: ``operands`` as in EDGES."""

    name: str
    operands: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.operands))})"

    @property
    def far(self) -> bool:
        return any(x in ENDS for x in self.operands)

    def at(self, step: Any) -> tuple[Any, ...]:
        """The operands after a step, which is a Ball or a Series."""
        return tuple(_moved(x, step) if isinstance(x, str) else x for x in self.operands)


def _moved(text: str, step: Any) -> Any:
    if text in ENDS:
        return (1 if text == "inf" else -1) / step
    start = Ball(arb(float(text[:-1])))
    return start + step if text[-1] == "+" else start - step


def edges() -> Iterator[Edge]:
    for name, found in EDGES.items():
        for operands in found:
            yield Edge(name, operands if isinstance(operands, tuple) else (operands,))
