"""Elliptic integrals of Legendre and Carlson, and Jacobi's elliptic functions, of the parameter m = k**2."""

from __future__ import annotations

from collections.abc import Callable

from flint import acb, arb

from gradcli.base.precision import working_bits
from gradcli.operations.certain.analytic import Analytic, Orders
from gradcli.operations.certain.domains import Told, above, below, either, within

# -- Legendre's: the integral from 0 to phi does not meet a zero of 1 - m*sin(u)**2, nor of 1 - n*sin(u)**2


def _clear(m: arb, phi: arb) -> Told:
    """Is ``1 - m*sin(u)**2`` positive from 0 to phi?"""
    quarter = arb.pi() / 2
    short = bool(abs(phi) < quarter)
    room = 1 - m * phi.sin() ** 2
    return bool(m < 1) or (short and bool(room > 0)), bool(room <= 0) or (bool(m >= 1) and bool(abs(phi) > quarter))


def _room(m: arb, phi: arb) -> arb:
    """How far m and phi may go, both at once."""
    room = 1 - m * phi.sin() ** 2
    if not abs(phi) < arb.pi() / 2:
        room = room.min(1 - m)
    return room / (8 * (1 + abs(m)))


def _reach(phi: arb, m: arb) -> tuple[arb, arb]:
    room = _room(m, phi).min(arb(1))
    return room, room


def _reach_third(n: arb, phi: arb, m: arb) -> tuple[arb, arb, arb]:
    room = _room(m, phi).min(_room(n, phi)).min(arb(1))
    return room, room, room


def _at_zero(orders: Orders, *point: arb) -> arb | None:
    """0 at phi = 0, whatever the parameters."""
    phi = len(point) - 2
    return arb(0) if point[phi].is_zero() and not orders[phi] else None


# -- Carlson's: all operands positive, or one of the first ones 0, in which there is no slope


def _carlson(name: str, count: int, value: Callable[..., acb], may_vanish: int, *, rises: bool = False) -> Analytic:
    """may_vanish: so many of the first operands, one at a time; there the slope is infinite."""

    def inside(*point: arb) -> bool | None:
        zeros = [i for i in range(may_vanish) if point[i].is_zero()]
        left = zeros[0] if len(zeros) == 1 else -1
        return within(*(above(x, 0) for i, x in enumerate(point) if i != left))

    def edge(orders: Orders, *point: arb) -> arb | None:
        sought = [order for order, x in zip(orders, point, strict=True) if order and x.is_zero()]
        steep = sought == [1] and sum(orders) == 1 and inside(*point)
        return None if not sought else (arb.pos_inf() if rises else arb.neg_inf()) if steep else arb.nan()

    return Analytic(name, value, inside, lambda *point: [x / 2 for x in point], edge, (1e100,) * count)


# -- Jacobi's functions

LEAST = arb(2) ** -8  # a parameter below which the amplitude is close to its argument
STEPS = 64  # of the arithmetic-geometric mean, which doubles its digits with each


def amplitude(u: acb, m: acb) -> acb:
    """am(u, m) for Re m < 1, by the arithmetic-geometric mean: DLMF 22.20.3, 22.20.4.

    Where the parameter has become mu, v = F(phi, mu) differs from phi by at most ``2*|v|*|mu|*exp(2*|Im v| + 2)``, as
    ``|(1 - w)**(-1/2) - 1| <= |w|`` for w = mu*sin(u)**2 of at most 1/2 in size. Errors: ValueError.
    """
    a, b, gaps = acb(1), (1 - m).sqrt(), [acb(0)]
    precise = arb(2) ** -(2 * working_bits())
    for _ in range(STEPS):
        gap = (a - b) / 2
        a, b = (a + b) / 2, (a * b).sqrt()
        gaps.append(gap / a)
        if not abs(gap) > precise:
            break
    count = len(gaps) - 1
    phi = _nearly_straight(2**count * a * u, gaps[-1] * gaps[-1])
    for gap in reversed(gaps[1:]):
        phi = (phi + (gap * phi.sin()).asin()) / 2
    return phi


def _nearly_straight(v: acb, mu: acb) -> acb:
    slope = (2 * abs(v.imag) + 2).exp()
    if not abs(mu) * slope < LEAST:
        raise ValueError("a mean that has not converged")
    ball = arb(0, (2 * abs(v) * abs(mu) * slope).abs_upper())
    return acb(v.real + ball, v.imag + ball)


def _delta(u: acb, m: acb) -> acb:
    return (1 - m * amplitude(u, m).sin() ** 2).sqrt()


def _reach_of_jacobi(u: arb, m: arb) -> tuple[arb, arb]:
    """Poles are at least ``pi/2/sqrt(1 + |m|)`` off the real axis."""
    steep = 1 + abs(m)
    return 1 / (4 * steep.sqrt()), ((arb(1) if m == 1 else 1 - m) / (8 * steep * (1 + abs(u)))).min(arb(1))


def _jacobi(name: str, value: Callable[[acb, acb], acb], at_one: Callable[[acb], acb]) -> Analytic:
    """at_one: the function for m = 1, where its domain ends here."""
    return Analytic(
        name,
        lambda u, m: at_one(u) if m == 1 else value(u, m),
        lambda u, m: within(either(below(m, 1), (bool(m == 1), not m.contains(1)))),
        _reach_of_jacobi,
        lambda orders, u, m: arb.nan() if m == 1 and orders[1] else None,
        (1e6, 1e6),
    )


def _f(phi: acb, m: acb) -> acb:
    return acb.elliptic_f(phi, m)


def _e(phi: acb, m: acb) -> acb:
    return acb.elliptic_e_inc(phi, m)


def _third(n: acb, phi: acb, m: acb) -> acb:
    return acb.elliptic_pi_inc(n, phi, m)


LIMITS = (1e6, 1e6)

FUNCTIONS = {
    "ellipkinc": Analytic("ellipkinc", _f, lambda phi, m: within(_clear(m, phi)), _reach, _at_zero, LIMITS),
    "ellipeinc": Analytic("ellipeinc", _e, lambda phi, m: within(_clear(m, phi)), _reach, _at_zero, LIMITS),
    "elliptic_pi": Analytic(
        "elliptic_pi",
        _third,
        lambda n, phi, m: within(_clear(m, phi), _clear(n, phi)),
        _reach_third,
        _at_zero,
        (1e6, 1e6, 1e6),
    ),
    "ellippi": Analytic(
        "ellippi",
        lambda n, m: acb.elliptic_pi(n, m),
        lambda n, m: within(below(n, 1), below(m, 1)),
        lambda n, m: ((1 - n) / 2, (1 - m) / 2),
        limits=(1e10, 1e10),
    ),
    "elliprc": _carlson("elliprc", 2, lambda x, y: acb.elliptic_rc(x, y), 1),
    "elliprd": _carlson("elliprd", 3, lambda x, y, z: acb.elliptic_rd(x, y, z), 2),
    "elliprf": _carlson("elliprf", 3, lambda x, y, z: acb.elliptic_rf(x, y, z), 3),
    "elliprg": _carlson("elliprg", 3, lambda x, y, z: acb.elliptic_rg(x, y, z), 3, rises=True),
    "elliprj": _carlson("elliprj", 4, lambda x, y, z, p: acb.elliptic_rj(x, y, z, p), 3),
    "jacobi_sn": _jacobi("jacobi_sn", lambda u, m: amplitude(u, m).sin(), lambda u: u.tanh()),
    "jacobi_cn": _jacobi("jacobi_cn", lambda u, m: amplitude(u, m).cos(), lambda u: u.sech()),
    "jacobi_dn": _jacobi("jacobi_dn", _delta, lambda u: u.sech()),
    "jacobi_am": _jacobi("jacobi_am", amplitude, lambda u: u.tanh().asin()),
}
