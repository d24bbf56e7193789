"""Beta functions and binomial coefficients in tensor operations; ``t`` is torch.

Both are gamma(x) gamma(y) gamma(z) with x + y + z = 1 times sines, so that gamma(x) gamma(1 - x) = pi/sin(pi x) makes
of them a factor with poles and zeros times B(p, q) or 1/B(p, q) of positive arguments: which, depends on the signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial, pi
from typing import Any

from gradcli.operations.kernels.gamma import cosine_of_turns, sine_of_turns
from gradcli.operations.kernels.gamma_ratios import added, beta_root, log_beta, rise, times
from gradcli.operations.kernels.primitive import slope_of, with_slopes

_TINY = 1e-290  # beside it numbers have fewer digits
_BESIDE = 0.5  # a pole, in n + 1

# Any: torch, or a float64 tensor, throughout this room.


@dataclass(frozen=True, slots=True)
class Split:
    """top/bottom B(p, q)**power/share, where p and q are each the first of two doubles."""

    top: Any
    bottom: Any
    share: Any
    p: tuple[Any, Any]
    q: tuple[Any, Any]
    power: Any

    @property
    def factor(self) -> Any:
        return self.top / self.bottom

    def root(self, t: Any) -> Any:
        """Of what the factor is multiplied by."""
        return beta_root(t, self.p[0], self.q[0], self.p[1], self.q[1], self.power) / t.sqrt(self.share)

    def value(self, t: Any) -> Any:
        return times(t, self.factor, self.root(t))

    def log(self, t: Any) -> Any:
        front = t.log(t.abs(self.top)) - t.log(t.abs(self.bottom)) - t.log(self.share)
        return front + self.power * log_beta(t, self.p[0], self.q[0])


def _multiple(
    t: Any, f: Callable[..., Any], root: Callable[..., Any], gains: Sequence[Callable[..., Any]], *at: Any
) -> Any:
    """f times the square of a root, whose slopes are f' + f gain times it; 0 where f is, however large it is."""

    def slope(k: int) -> Callable[..., Any]:
        def size(*at: Any) -> Any:
            """A slope may be smaller than a double by so much, before it is multiplied."""
            return t.clamp(t.abs(at[k]), min=1.0).detach()

        def further(*at: Any) -> Any:
            before, after, scale = at[:k], at[k + 1 :], size(*at)
            return slope_of(t, lambda x: scale * f(*before, x, *after), at[k]) + scale * f(*at) * gains[k](*at)

        def smaller(*at: Any) -> Any:
            return root(*at) / t.sqrt(size(*at))

        return lambda *at: _multiple(t, further, smaller, gains, *at)

    return with_slopes(t, lambda *at: times(t, f(*at), root(*at)), [slope(k) for k in range(len(at))], *at)


def _chosen(t: Any, *cases: Any) -> Any:
    """Of pairs of a condition and what holds there the first that applies; the last stands alone."""
    *pairs, found = cases
    for condition, value in reversed(pairs):
        found = t.where(condition, value, found)
    return found


def _chosen_pair(t: Any, *cases: Any) -> tuple[Any, Any]:
    *pairs, last = cases
    first, second = (_chosen(t, *((where, pair[i]) for where, pair in pairs), last[i]) for i in range(2))
    return first, second


def _sine(t: Any, x: Any, more: Any = 0.0) -> Any:
    """sin(pi (x + more))/pi"""
    total = x + more
    return t.where(t.abs(total) < _TINY, total, sine_of_turns(t, x, more) / pi)


def _sine_at(t: Any, x: Any, wanted: Any) -> Any:
    """sin(pi x)/pi, 1 where it is not wanted."""
    return t.where(wanted, _sine(t, t.where(wanted, x, 0.5)), 1.0)


def _sine_ratio(t: Any, x: Any, y: Any) -> Any:
    """sin(pi (x + y))/sin(pi x)"""
    slopes = [
        lambda x, y: -_sine(t, y) / _sine(t, x) / _sine(t, x),
        lambda x, y: cosine_of_turns(t, x, y) / _sine(t, x),
    ]
    return with_slopes(t, lambda x, y: _sine(t, x, y) / _sine(t, x), slopes, x, y)


def _one_less(t: Any, x: Any, lost: Any) -> tuple[Any, Any]:
    """1 - (x + lost) as a sum of two doubles."""
    gap, more = added(t.ones_like(x), -x)
    return added(gap, more - lost)


# -- beta


@dataclass(frozen=True, slots=True)
class Signs:
    """Where the arguments of beta lie.

    ``positive`` both; ``short`` the lesser in [-1/2, 0) and ``left`` left of it, with a sum up to 1/2; ``over`` with a
    sum beyond 1/2; else both are negative.
    """

    positive: Any
    short: Any
    left: Any
    over: Any


def _signs(a: Any, b: Any) -> Signs:
    low, mixed = (a + b) <= 0.5, (a > 0) ^ (b > 0)
    near = ((a < 0) & (a >= -0.5)) | ((b < 0) & (b >= -0.5))
    return Signs((a > 0) & (b > 0), mixed & low & near, mixed & low & ~near, mixed & ~low)


def beta(t: Any, a: Any, b: Any) -> Any:
    """gamma(a) gamma(b)/gamma(a + b)"""
    slopes = [lambda a, b: _slope_of_beta(t, a, b), lambda a, b: _slope_of_beta(t, b, a)]
    return with_slopes(t, lambda a, b: _split(t, a, b).value(t), slopes, *t.broadcast_tensors(a, b))


def lbeta(t: Any, a: Any, b: Any) -> Any:
    """log(abs(beta(a, b)))"""
    slopes = [lambda a, b: _slope_of_lbeta(t, a, b), lambda a, b: _slope_of_lbeta(t, b, a)]
    return with_slopes(t, lambda a, b: _split(t, a, b).log(t), slopes, *t.broadcast_tensors(a, b))


def _split(t: Any, a: Any, b: Any) -> Split:
    signs, ones = _signs(a, b), t.ones_like(a)
    least, most = t.where(a < b, a, b), t.where(a < b, b, a)
    total, lost = added(a, b)
    rest, rest_lost = _one_less(t, total, lost)
    turned = ~(signs.positive | signs.short | signs.over)
    turns = t.where(turned, _sine_ratio(t, t.where(turned, least, 0.5), t.where(turned, most, 0.0)), 1.0)
    upright = signs.positive | signs.short | signs.left
    sine, other = _sine_at(t, least, signs.over), _sine_at(t, most, most <= 0)
    return Split(
        t.where(signs.short, total, turns),
        _chosen(t, (signs.short, least), sine * other),
        _chosen(t, (upright, ones), (signs.over, most), rest),
        _chosen_pair(
            t,
            (signs.positive, (least, 0.0)),
            (signs.short, added(least, ones)),
            (signs.left, (rest, rest_lost)),
            added(-least, ones),
        ),
        _chosen_pair(t, (upright, (most, 0.0)), (signs.over, (total, lost)), added(-most, ones)),
        t.where(upright, ones, -ones),
    )


def _slope_of_beta(t: Any, a: Any, b: Any) -> Any:
    """In a, where psi(a) - psi(a + b) is reflected likewise."""
    b = b + (t.where(t.abs(b) < _TINY, t.where(b < 0, -_TINY, _TINY), b) - b).detach()

    def near(a: Any, b: Any) -> Any:
        """May the difference be tiny, and the value huge?"""
        return (b > 0) & (b <= a)

    def root(a: Any, b: Any) -> Any:
        return t.where(near(a, b), 1.0, _split(t, a, b).root(t))

    def in_a(a: Any, b: Any) -> Any:
        return t.where(near(a, b), 0.0, _gain(t, a, b, t.ones_like(a)))

    def in_b(a: Any, b: Any) -> Any:
        return t.where(near(a, b), 0.0, _gain(t, b, a, t.ones_like(a)))

    def f(a: Any, b: Any) -> Any:
        split, whole = _split(t, a, b), near(a, b)
        half = t.where(whole, split.root(t), 1.0)
        factor = split.factor * half * half
        joined, bent = _joined(a, b), _bent(a, b)
        apart = joined | bent
        gain = _gain(t, t.where(apart, 0.5, a), t.where(apart, 0.5, b), factor)
        scale = t.where(joined, -(a + b), factor * b)
        return _pole(t, a, b) + t.where(apart, _difference(t, a, b, scale), gain)

    return _multiple(t, f, root, [in_a, in_b], a, b)


def _joined(a: Any, b: Any) -> Any:
    """Is b in [-1/2, 0), so that a difference at a > 0 is small?"""
    return _signs(a, b).short & (b < a)


def _bent(a: Any, b: Any) -> Any:
    """Is a in (0, 1/2), where poles at a and a + b may cancel, so that a is reflected as well?"""
    return _signs(a, b).left & (b < a) & (a < 0.5)


def _pole(t: Any, a: Any, b: Any) -> Any:
    """The slope in a of the factor, or with what would cancel."""
    signs, first = _signs(a, b), a < b
    sine_a, sine_b = _sine_at(t, a, a <= 0), _sine_at(t, b, b <= 0)
    short = t.where(signs.short, a, 1.0)
    return _chosen(
        t,
        (signs.positive, 0.0),
        (signs.short, t.where(first, -b / short / short, -1 / short)),
        (_bent(a, b), -1 / _sine_at(t, a, _bent(a, b))),
        (signs.left, t.where(first, -_sine(t, b) / sine_a / sine_a, cosine_of_turns(t, a, b) / sine_b)),
        (signs.over, t.where(first, -cosine_of_turns(t, a) / sine_a / sine_a, 0.0)),
        -1 / sine_a / sine_a,
    )


def _difference(t: Any, a: Any, b: Any, scale: Any) -> Any:
    """``scale`` times (psi(1 + a + b) - psi(1 + a))/b, or (psi(1 - a) - psi(1 - a - b))/b, where they are wanted."""
    joined, bent = _joined(a, b), _bent(a, b)
    x = t.where(joined, a + 1, t.where(bent, 1 - a - b, 1.0))
    y = t.where(joined, a + b + 1, t.where(bent, 1 - a, 1.0))
    return rise(t, x, y, t.where(joined | bent, b, 0.0), scale)


def _gain(t: Any, a: Any, b: Any, factor: Any) -> Any:
    """``factor`` times the slope in a of the logarithm of B(p, q)**power/share."""
    signs, first = _signs(a, b), a < b
    total = a + b
    rest = 1 - total
    direct = signs.positive | (signs.over & ~first)
    crossed = (signs.left & ~first) | (signs.over & first)
    joined = signs.short & ~first
    x = _chosen(t, (direct, a), (joined, total + 1), (signs.short, a + 1), (signs.over, total), rest)
    y = _chosen(t, (direct, total), (joined | (signs.left & ~first), a), (signs.short, total + 1), 1 - a)
    r = _chosen(t, (joined, -1 - b), (crossed, t.where(signs.left, a - rest, 1 - a - total)), b)
    falls = direct | (signs.short & first)
    return t.where(crossed, factor, 1.0) * rise(t, x, y, r, t.where(crossed, r, factor * t.where(falls, -r, r)))


def _slope_of_lbeta(t: Any, a: Any, b: Any) -> Any:
    """psi(a) - psi(a + b)"""
    signs, first, joined, bent = _signs(a, b), a < b, _joined(a, b), _bent(a, b)
    sine_a, total = _sine_at(t, a, (a <= 0) | bent), a + b
    turned = ~(signs.positive | signs.short | signs.over)
    turns = t.where(turned, _sine(t, t.where(turned, a, 0.5), t.where(turned, b, 0.0)), 1.0)
    low, rest = t.where(signs.short, t.where(first, a, b), 1.0), t.where(signs.short, total, 1.0)
    most = t.where(signs.short, t.where(first, b, a), 1.0)
    pole = _chosen(
        t,
        (signs.positive, 0.0),
        (signs.short, -t.where(first, most / low, low / most) / rest),
        (signs.left & ~first & ~bent, cosine_of_turns(t, a, b) / turns),
        (signs.over, t.where(first, -cosine_of_turns(t, a) / sine_a, 0.0)),
        -_sine(t, b) / turns / sine_a,
    )
    apart = joined | bent
    gain = _gain(t, t.where(apart, 0.5, a), t.where(apart, 0.5, b), t.ones_like(a))
    return pole + t.where(apart, _difference(t, a, b, t.where(joined, -b, b)), gain)


# -- binomial coefficients


@dataclass(frozen=True, slots=True)
class Places:
    """n + 1, k + 1, n - k + 1, -k and k - n, and where the first three lie.

    ``inside`` right of 0; ``above`` and ``below`` n + 1 alone, with the other side of 1/2 for the third or second, and
    ``beside`` with n + 1 below 1/2; ``left_above`` and ``left_below`` with n + 1 left of 0.
    """

    s: tuple[Any, Any]
    p: tuple[Any, Any]
    q: tuple[Any, Any]
    y: Any
    z: tuple[Any, Any]
    sine_s: Any
    sine_y: Any
    inside: Any
    beside: Any
    above: Any
    below: Any
    left_above: Any
    left_below: Any


def _places(t: Any, n: Any, k: Any) -> Places:
    ones = t.ones_like(n)
    s, p, z = added(n, ones), added(k, ones), added(k, -n)
    q = _one_less(t, *z)
    right, low, high = s[0] > 0, p[0] < 0.5, q[0] < 0.5
    above = right & ~low & high & ~(t.abs(k) <= q[0])
    sine = t.where(right, 1.0, -_sine_at(t, n, ~right))
    inside, beside = right & ~low & ~above, above & (s[0] < _BESIDE)
    left_above, left_below = ~right & ~low, ~right & low & ~high
    return Places(
        s, p, q, -k, z, sine, -_sine(t, k), inside, beside, above & ~beside, right & low, left_above, left_below
    )


def binomial(t: Any, n: Any, k: Any) -> Any:
    """gamma(n + 1)/(gamma(k + 1) gamma(n - k + 1))"""

    def root(n: Any, k: Any) -> Any:
        return _coefficient(t, n, k).root(t)

    def in_n(n: Any, k: Any) -> Any:
        return _pole_in_n(t, n, k) + _gain_in_n(t, n, k, _coefficient(t, n, k).factor)

    def in_k(n: Any, k: Any) -> Any:
        return _pole_in_k(t, n, k) + _gain_in_k(t, n, k, _coefficient(t, n, k).factor)

    gains = [lambda n, k: _gain_in_n(t, n, k, t.ones_like(n)), lambda n, k: _gain_in_k(t, n, k, t.ones_like(n))]
    slopes = [lambda n, k: _multiple(t, in_n, root, gains, n, k), lambda n, k: _multiple(t, in_k, root, gains, n, k)]
    return with_slopes(t, lambda n, k: _coefficient(t, n, k).value(t), slopes, *t.broadcast_tensors(n, k))


def _coefficient(t: Any, n: Any, k: Any) -> Split:
    at, ones = _places(t, n, k), t.ones_like(n)
    left = n <= -1
    turns = t.where(left, _sine_ratio(t, t.where(left, n, 0.5), t.where(left, -k, 0.0)), 1.0)
    top = _chosen(
        t,
        (at.inside, ones),
        (at.beside, _factor_beside(t, t.where(at.beside, n, -0.75), t.where(at.beside, k, 0.5))),
        (at.above, _sine(t, k, -n)),
        (at.below | at.left_below, at.sine_y),
        (at.left_above, turns),
        at.sine_y * turns,
    )
    bottom = t.where(at.left_below, at.sine_s, ones)
    share = _chosen(
        t,
        (at.inside, at.s[0]),
        (at.beside, 1 / t.where(at.beside, at.p[0], 1.0)),
        (at.left_above, at.z[0]),
        (at.left_below, at.y),
        ones,
    )
    p = _chosen_pair(
        t,
        (at.inside, at.p),
        (at.beside, added(at.s[0], ones)),
        (at.above | at.below, at.s),
        (at.left_above | at.left_below, (-n, 0.0)),
        (at.y, 0.0),
    )
    q = _chosen_pair(t, (at.inside | at.left_below, at.q), (at.left_above, at.p), (at.below, (at.y, 0.0)), at.z)
    return Split(top, bottom, share, p, q, t.where(at.inside | at.left_above | at.left_below, -ones, ones))


def _pole_in_n(t: Any, n: Any, k: Any) -> Any:
    """The slope of the factor in n."""
    at = _places(t, n, k)
    once = at.sine_y / at.sine_s
    return _chosen(
        t,
        (at.inside | at.below, 0.0),
        (at.beside, _tilt(t, t.where(at.beside, n, -0.75), t.where(at.beside, k, 0.5))),
        (at.above, -cosine_of_turns(t, k, -n)),
        (at.left_above, -once / at.sine_s),
        (at.left_below, once / at.sine_s * cosine_of_turns(t, n)),
        -once * once,
    )


def _factor_beside(t: Any, n: Any, k: Any) -> Any:
    """sin(pi (k - n))/(pi (n + 1)), of which neither sine nor slope has a pole at n = -1 for whole k."""
    slopes = [lambda n, k: _tilt(t, n, k), lambda n, k: cosine_of_turns(t, k, -n) / (n + 1)]
    return with_slopes(t, lambda n, k: _sine(t, k, -n) / (n + 1), slopes, n, k)


def _tilt(t: Any, n: Any, k: Any) -> Any:
    """Its slope in n, without the cancellation of the two."""
    s = n + 1
    pole = _sine(t, k) * (cosine_of_turns(t, s) + pi * s * sine_of_turns(t, s)) / s / s
    return cosine_of_turns(t, k) * _slope_of_sinc(t, s) + pole


def _slope_of_sinc(t: Any, x: Any) -> Any:
    """Of sin(pi x)/(pi x), by its series."""
    square, total = (pi * x) ** 2, t.zeros_like(x)
    for j in range(12, 0, -1):
        total = (-1) ** j * 2 * j / factorial(2 * j + 1) + square * total
    return pi * pi * x * total


def _gain_in_n(t: Any, n: Any, k: Any, factor: Any) -> Any:
    """``factor`` times the slope in n of the logarithm of B(p, q)**power/share."""
    at = _places(t, n, k)
    (s, _), (q, _), (z, _), y = at.s, at.q, at.z, at.y
    x = _chosen(t, (at.inside | at.left_below, q), (at.below, s), (at.left_above, -n), z)
    top = _chosen(t, (at.inside | at.above, s), (at.beside, s + 1), (at.below, q), (at.left_above, z), -n)
    r = _chosen(
        t,
        (at.inside | at.left_above, k),
        (at.beside, 2 * n + 2 - k),
        (at.above, 2 * n + 1 - k),
        (at.left_below, k - 2 * n - 1),
        y,
    )
    return factor * rise(t, x, top, r, t.where(at.below | at.left_above, -r, r))


def _pole_in_k(t: Any, n: Any, k: Any) -> Any:
    """The slope of the factor in k."""
    at = _places(t, n, k)
    turned, flat = cosine_of_turns(t, k, -n), cosine_of_turns(t, k)
    return _chosen(
        t,
        (at.inside, 0.0),
        (at.beside, turned / t.where(at.beside, at.s[0], 1.0)),
        (at.above, turned),
        (at.below, -flat),
        (at.left_above, turned / at.sine_s),
        (at.left_below, -flat / at.sine_s),
        _sine(t, n, -2 * k) / at.sine_s,
    )


def _gain_in_k(t: Any, n: Any, k: Any, factor: Any) -> Any:
    """``factor`` times the slope in k of the logarithm of B(p, q)**power/share."""
    at = _places(t, n, k)
    (s, _), (p, _), (q, _), (z, _), y = at.s, at.p, at.q, at.z, at.y
    above = at.beside | at.above
    x = _chosen(t, (at.inside | at.left_above, p), (above, z), y)
    top = _chosen(t, (at.inside | at.below | at.left_below, q), (above, p), z)
    r = _chosen(t, (at.inside, n - 2 * k), (above | at.below | at.left_below, s), (at.left_above, -s), 2 * k - n)
    return factor * rise(t, x, top, r, t.where(above, -r, r))
