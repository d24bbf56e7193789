"""Rows: Bessel functions of real order and their kin."""

from __future__ import annotations

from gradcli.operations.kernels.certain import FROM_FLINT, NO_WORD, certain
from gradcli.operations.row import Op

BESSEL = "Bessel functions"
_RIGHT = f"The order is a real number, in which it has a slope too. {FROM_FLINT}"


def _of_order(name: str, doc: str, rule: str) -> Op:
    return Op(
        name,
        "v, x",
        BESSEL,
        doc,
        f"{name}(v, x) v=0.7 x=2",
        torch=certain("bessel", name),
        domain="x > 0",
        rule=(NO_WORD, rule),
        kernel=True,
        note=_RIGHT,
    )


ROWS = (
    _of_order("jv", "Bessel function of the first kind J_v(x).", "g*(jv(v - 1, x) - jv(v + 1, x))/2"),
    _of_order("yv", "Bessel function of the second kind Y_v(x).", "g*(yv(v - 1, x) - yv(v + 1, x))/2"),
    _of_order("iv", "Modified Bessel function of the first kind I_v(x).", "g*(iv(v - 1, x) + iv(v + 1, x))/2"),
    _of_order("kv", "Modified Bessel function of the second kind K_v(x).", "-g*(kv(v - 1, x) + kv(v + 1, x))/2"),
    _of_order("ive", "exp(-x)*iv(v, x), without overflow.", "g*((ive(v - 1, x) + ive(v + 1, x))/2 - out)"),
    _of_order("kve", "exp(x)*kv(v, x), without underflow.", "g*(out - (kve(v - 1, x) + kve(v + 1, x))/2)"),
    _of_order("struve", "Struve function H_v(x).",
              "g*((struve(v - 1, x) - struve(v + 1, x))/2 + exp(v*log(x/2) - lgamma(v + 3/2))/(2*sqrt(pi)))"),
    _of_order("modstruve", "Modified Struve function L_v(x).",
              "g*((modstruve(v - 1, x) + modstruve(v + 1, x))/2 + exp(v*log(x/2) - lgamma(v + 3/2))/(2*sqrt(pi)))"),
    Op("ber", "x", BESSEL, "Kelvin function: the real part of J_0(x*exp(3*pi*i/4)).", "ber(x) x=2",
       torch=certain("bessel", "ber"), kernel=True, rule=("g*berp(x)",), note=FROM_FLINT),
    Op("bei", "x", BESSEL, "Kelvin function: the imaginary part of J_0(x*exp(3*pi*i/4)).", "bei(x) x=2",
       torch=certain("bessel", "bei"), kernel=True, rule=("g*beip(x)",), note=FROM_FLINT),
    Op("ker", "x", BESSEL, "Kelvin function: the real part of K_0(x*exp(pi*i/4)).", "ker(x) x=2",
       torch=certain("bessel", "ker"), domain="x > 0", kernel=True, rule=("g*kerp(x)",), note=FROM_FLINT),
    Op("kei", "x", BESSEL, "Kelvin function: the imaginary part of K_0(x*exp(pi*i/4)).", "kei(x) x=2",
       torch=certain("bessel", "kei"), domain="x > 0", kernel=True, rule=("g*keip(x)",), note=FROM_FLINT),
    Op("berp", "x", BESSEL, "Slope of ber.", "berp(x) x=2", torch=certain("bessel", "berp"), kernel=True,
       rule=("-g*where(x == 0, 0, bei(x) + out/where(x == 0, 1, x))",), note=FROM_FLINT),
    Op("beip", "x", BESSEL, "Slope of bei.", "beip(x) x=2", torch=certain("bessel", "beip"), kernel=True,
       rule=("g*where(x == 0, 1/2, ber(x) - out/where(x == 0, 1, x))",), note=FROM_FLINT),
    Op("kerp", "x", BESSEL, "Slope of ker.", "kerp(x) x=2", torch=certain("bessel", "kerp"), domain="x > 0",
       kernel=True, rule=("-g*(kei(x) + out/x)",), note=FROM_FLINT),
    Op("keip", "x", BESSEL, "Slope of kei.", "keip(x) x=2", torch=certain("bessel", "keip"), domain="x > 0",
       kernel=True, rule=("g*(ker(x) - out/x)",), note=FROM_FLINT),
    Op("airyaix", "x", BESSEL, "airy_ai(x)*exp(2/3*x*sqrt(x)), without underflow.", "airyaix(x) x=2",
       torch=certain("bessel", "airyaix"), domain="x >= 0", kernel=True, rule=("g*(airyaiprimex(x) + sqrt(x)*out)",),
       note=FROM_FLINT),
    Op("airyaiprimex", "x", BESSEL, "airy_ai_prime(x)*exp(2/3*x*sqrt(x)), without underflow.", "airyaiprimex(x) x=2",
       torch=certain("bessel", "airyaiprimex"), domain="x >= 0", kernel=True,
       rule=("g*(x*airyaix(x) + sqrt(x)*out)",), note=FROM_FLINT),
    Op("airybix", "x", BESSEL, "airy_bi(x)*exp(-2/3*x*sqrt(x)) right of 0, airy_bi(x) left of it.", "airybix(x) x=2",
       torch=certain("bessel", "airybix"), kernel=True,
       rule=("g*(airybiprimex(x) - where(x > 0, sqrt(where(x > 0, x, 1)), 0)*out)",), note=FROM_FLINT),
    Op("airybiprimex", "x", BESSEL, "airy_bi_prime(x)*exp(-2/3*x*sqrt(x)) right of 0, airy_bi_prime(x) left of it.",
       "airybiprimex(x) x=2", torch=certain("bessel", "airybiprimex"), kernel=True,
       rule=("g*(x*airybix(x) - where(x > 0, sqrt(where(x > 0, x, 1)), 0)*out)",), note=FROM_FLINT),
)  # fmt: skip
