"""Orthogonal polynomials in tensor operations, by their three-term recurrences; ``t`` is torch.

A derivative of any order goes along in the recurrence: p_(k+1) = (a + b x) p_k - c p_(k-1), differentiated m times, is
(a + b x) p_k^(m) + m b p_k^(m-1) - c p_(k-1)^(m).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.primitive import with_slopes

MAX_DEGREE = 500
_LARGE = 200  # binary digits of a number that is scaled down by as many
_START = 600  # binary digits that 1 is scaled up by first, so that what is far smaller than the largest keeps its own
_FAR = 2.0**80  # from here on what overflows on the way overflows in the end, and only its sign matters

# Any: torch, or a float64 tensor, throughout this room.

Step = Callable[[int], tuple[float, float, float]]  # k -> a, b, c


@dataclass(frozen=True, slots=True)
class _Family:
    """p_0 = 1, p_1 = first[0] + first[1]*x, and the steps from there.

    ends: a + b*x - c is 1 at x = 0, where p_(k+1) - p_k is computed from the difference before it, without the digits
          that p_(k+1) = (a + b x) p_k - c p_(k-1) loses there
    """

    first: tuple[float, float]
    step: Step
    ends: bool = False

    def at(self, t: Any, x: Any, n: int, order: int = 0) -> Any:
        """A derivative of p_n, differentiable to any order."""
        if not 0 <= n <= MAX_DEGREE:
            raise LimitError(f"a polynomial of degree {n}; the degree is from 0 to {MAX_DEGREE}")
        return with_slopes(t, lambda x: self._value(t, x, n, order), [lambda x: self.at(t, x, n, order + 1)], x)

    def _value(self, t: Any, x: Any, n: int, order: int) -> Any:
        """The derivative of an order, from the values of all orders up to it; infinite where it is too large."""
        plain = self._recurred(t, x, n, order)[0]
        missing = t.isfinite(x) & ~t.isfinite(plain)
        top, digits = self._recurred(t, t.where(missing, t.clamp(x, -_FAR, _FAR), 0.5), n, order, scaled=True)
        half = t.exp2(t.where(t.abs(x) > _FAR, t.inf, digits / 2))
        return t.where(missing, t.where(top == 0, 0.0, top * half * half), plain)

    def _recurred(self, t: Any, x: Any, n: int, order: int, *, scaled: bool = False) -> tuple[Any, Any]:
        """The derivative, and by how many binary digits it was made smaller."""
        start = 2.0**_START if scaled else 1.0
        zero = t.zeros_like(x)
        digits = zero - _START if scaled else zero
        here = [zero + start, *[zero] * order]
        first = [p * start for p in self.first]
        after = [first[0] + first[1] * x, *[zero + first[1] * (m == 1) for m in range(1, order + 1)]]
        if not n:
            return here[order], digits
        before, here = here, after
        gap = [first[0] - start + first[1] * x, *here[1:]]  # p_1 - p_0
        for k in range(1, n):
            a, b, c = self.step(k)
            slope = b * x if self.ends else a + b * x
            moved = [slope * here[m] + (m * b * here[m - 1] if m else 0.0) for m in range(order + 1)]
            if self.ends:
                gap = [v + c * d for v, d in zip(moved, gap, strict=True)]
                before, here = here, [p + d for p, d in zip(here, gap, strict=True)]
            else:
                before, here = here, [v - c * p for v, p in zip(moved, before, strict=True)]
            if scaled:
                large = t.stack(here).abs().amax(0) > 2.0 ** (_START + _LARGE)
                digits = digits + _LARGE * large
                factor = t.where(large, 2.0**-_LARGE, 1.0)
                before, here, gap = ([p * factor for p in ps] for ps in (before, here, gap))
        return here[order], digits


def _chebyshev(first: tuple[float, float]) -> _Family:
    return _Family(first, lambda _: (0, 2, 1))


def _beside_one(first: tuple[float, float]) -> _Family:
    """Of x + 1, for x beside 0."""
    return _Family(first, lambda _: (2, 2, 1), ends=True)


CHEBYSHEV_T, CHEBYSHEV_U = _chebyshev((0, 1)), _chebyshev((0, 2))
CHEBYSHEV_V, CHEBYSHEV_W = _chebyshev((-1, 2)), _chebyshev((1, 2))
HERMITE = _Family((0, 2), lambda k: (0, 2, 2 * k))
HERMITE_PROB = _Family((0, 1), lambda k: (0, 1, k))
LEGENDRE = _Family((0, 1), lambda k: (0, (2 * k + 1) / (k + 1), k / (k + 1)))
LAGUERRE = _Family((1, -1), lambda k: ((2 * k + 1) / (k + 1), -1 / (k + 1), k / (k + 1)), ends=True)

_MIRRORED = {"t": "t", "u": "u", "v": "w", "w": "v"}  # p_n(-x) is (-1)**n times that p_n(x)
_PLAIN = {"t": CHEBYSHEV_T, "u": CHEBYSHEV_U, "v": CHEBYSHEV_V, "w": CHEBYSHEV_W}
_RIGHT = {"t": _beside_one((1, 1)), "u": _beside_one((2, 2)), "v": _beside_one((1, 2)), "w": _beside_one((3, 2))}


def shifted(t: Any, x: Any, n: int, kind: str) -> Any:
    """Chebyshev's polynomial of 2x - 1, which is not rounded near x = 0 and x = 1."""
    left, right = t.abs(x) < 0.25, t.abs(x - 1) < 0.25
    beside_zero = (-1) ** n * _RIGHT[_MIRRORED[kind]].at(t, t.where(left, -2 * x, -0.5), n)
    beside_one = _RIGHT[kind].at(t, t.where(right, 2 * (x - 1), -0.5), n)
    between = _PLAIN[kind].at(t, t.where(left | right, 0.0, 2 * x - 1), n)
    return t.where(left, beside_zero, t.where(right, beside_one, between))
