"""scipy.special's calls where they are not a row's own: errors, gammas, Bessel and elliptic functions, logarithms."""

from __future__ import annotations

from math import comb
from typing import Any

from gradcli.operations.spelling import Spelling, spelled
from gradcli.operations.written_out import within

# Any, in this module: the constants of a call, or OPERAND

_HANKEL = """
hankel1(v, z) := jv(v, z) + 1j*yv(v, z)
hankel2(v, z) := jv(v, z) - 1j*yv(v, z)
hankel1e(v, z) := (jv(v, z) + 1j*yv(v, z))*exp(-1j*z)
hankel2e(v, z) := (jv(v, z) - 1j*yv(v, z))*exp(1j*z)
"""

_SPECIAL = """
log_expit(x) := logsigmoid(x)
gammasgn(x) := sign(gamma(x))
multigammaln(a, d:integer) := multigammaln(a, d)
jn(v:integer, z) := besselj(v, z)
jn(v, z) := jv(v, z)
jv(v:integer, z) := besselj(v, z)
jv(v, z) := jv(v, z)
jve(v:integer, z) := besselj(v, z)
jve(v, z) := jv(v, z)
yn(n:integer, x) := bessely(n, x)
yn(n, x) := none: n is a whole number, which scipy cuts; yv(n, x) has real orders
yv(v:integer, z) := bessely(v, z)
yv(v, z) := yv(v, z)
yve(v:integer, z) := bessely(v, z)
yve(v, z) := yv(v, z)
iv(v:integer, z) := besseli(v, z)
iv(v, z) := iv(v, z)
kn(n:integer, x) := besselk(n, x)
kn(n, x) := none: n is a whole number, which scipy cuts; kv(n, x) has real orders
kv(v:number, z) := besselk(v, z)
kv(v, z) := kv(v, z)
spherical_jn(n:integer, z, derivative:off=False) := spherical_jn(n, z)
ellipkm1(p) := ellipk(1 - p)
ellipj(u, m) := (jacobi_sn(u, m), jacobi_cn(u, m), jacobi_dn(u, m), jacobi_am(u, m))
sici(x) := (si(x), ci(x))
shichi(x) := (shi(x), chi(x))
fresnel(z) := (fresnels(z), fresnelc(z))
airy(z) := (airy_ai(z), airy_ai_prime(z), airy_bi(z), airy_bi_prime(z))
airye(z) := (airyaix(z), airyaiprimex(z), airybix(z), airybiprimex(z))
lambertw(z, k:integer=0) := lambertw(z, k)
hyp0f1(v, z) := hyp0f1(v, z)
poch(z, m) := poch(z, m)
binom(x, y) := binomial(x, y)
factorial(n, exact:flag=False) := where(n < 0, 0, factorial(where(n < 0, 0, n)))
comb(N, k, exact:flag=False, repetition:nothing=None) := where(k < 0 or k > N or N < 0, 0, binomial(N, k))
perm(N, k, exact:flag=False) := where(k < 0 or k > N or N < 0, 0, gamma(N + 1)/gamma(N - k + 1))
huber(delta, r) := where(delta < 0, inf, where(abs(r) <= delta, r**2/2, delta*(abs(r) - delta/2)))
pseudo_huber(delta, r) := delta**2*(sqrt(1 + (r/delta)**2) - 1)
exp10(x) := 10**x
cosm1(x) := -2*sin(x/2)**2
sindg(x) := sinpi(x/180)
cosdg(x) := cospi(x/180)
tandg(x) := sinpi(x/180)/cospi(x/180)
cotdg(x) := cospi(x/180)/sinpi(x/180)
radian(d, m, s) := deg2rad(d + m/60 + s/3600)
powm1(x, y) := expm1(y*log(x))
boxcox(x, lmbda) := log(x)*exprel(lmbda*log(x))
boxcox1p(x, lmbda) := log1p(x)*exprel(lmbda*log1p(x))
inv_boxcox(y, lmbda) := exp(y*log1prel(lmbda*y))
inv_boxcox1p(y, lmbda) := expm1(y*log1prel(lmbda*y))
zetac(x) := where(x > 2, zeta(where(x > 2, x, 3), 2), zeta(where(x > 2, 0, x)) - 1)
zeta(x, q=None) := zeta(x, q)
agm(a, b) := pi*(a + b)/(4*ellipk(((a - b)/(a + b))**2))
ndtri_exp(y) := where(y > -0.5, -ndtri(-expm1(where(y > -0.5, y, -1))), ndtri(exp(where(y > -0.5, -1, y))))
voigt_profile(x, sigma, gamma) := wofz_real(x/(sigma*sqrt(2)), gamma/(sigma*sqrt(2)))/(sigma*sqrt(2*pi))
softplus(x) := softplus(x)
softmax(x, axis:axes=None) := softmax_over(x, axis)
log_softmax(x, axis:axes=None) := log_softmax_over(x, axis)
logsumexp(a, axis:axes=None, b:nothing=None, keepdims:flag=False) := logsumexp(a, axis, keepdims)
"""


def _scaled(v: Any) -> str:
    return {0: "i0e(z)", 1: "i1e(z)", -1: "i1e(z)"}.get(v, "ive(v, z)")


def _derivative(name: str, alternates: bool, sign: int) -> Any:
    """The n-th slope of a Bessel function by those of its neighbours: DLMF 10.6.7, 10.29.5."""

    def formula(n: int) -> str:
        within(n * n)
        terms = (f"{comb(n, k) * (-1) ** (k * alternates) * sign**n}*{name}(v - {n - 2 * k}, z)" for k in range(n + 1))
        return f"({' + '.join(terms)})/{2**n}"

    return formula


_SLOPES = {
    "j": "{name}(n - 1, z) - (n + 1)/z*{name}(n, z)",
    "y": "{name}(n - 1, z) - (n + 1)/z*{name}(n, z)",
    "i": "{name}(n - 1, z) - (n + 1)/z*{name}(n, z)",
    "k": "-{name}(n - 1, z) - (n + 1)/z*{name}(n, z)",
}
_FIRST = {"j": "-{name}(1, z)", "y": "-{name}(1, z)", "i": "{name}(1, z)", "k": "-{name}(1, z)"}
_SPHERICAL = {
    "y": "sqrt(pi/(2*abs(z)))*yv({n} + 1/2, abs(z))*where(z < 0, (-1)**({n} + 1), 1)",
    "i": "sqrt(pi)/(2**({n} + 1)*gamma({n} + 3/2))*z**({n})*hyp0f1({n} + 3/2, z**2/4)",
    "k": "sqrt(pi/(2*z))*kv({n} + 1/2, z)",
}


def _spherical(kind: str) -> Any:
    """A spherical Bessel function of whole order, or its slope: DLMF 10.51.2, 10.51.5."""

    def formula(n: int, derivative: bool) -> str:
        if n < 0:
            return "none: the order is not negative"
        written = _SPHERICAL[kind]
        if not derivative:
            return written.format(n=n)
        text = (_SLOPES if n else _FIRST)[kind]
        parts = text.replace("{name}(n - 1, z)", f"({written.format(n=n - 1)})")
        parts = parts.replace("{name}(n, z)", f"({written.format(n=n)})")
        return parts.replace("{name}(1, z)", f"({written.format(n=1)})").replace("(n + 1)", str(n + 1))

    return formula


def _legendre(m: int) -> str:
    """P_v^m with the sign of Condon and Shortley, as a hypergeometric function: DLMF 14.3.4."""
    if m < 0:
        return "none: the order m is not negative here; lpmv(-m, v, x) differs by a constant factor"
    factor = f"{(-1) ** m}*poch(v - {m} + 1, {2 * m})/(2**{m}*gamma({m} + 1))" if m else "1"
    return f"{factor}*(1 - x**2)**({m}/2)*hyp2f1({m} - v, {m} + v + 1, {m} + 1, (1 - x)/2)"


_BY_CONSTANTS = (
    Spelling("scipy.special.logsumexp(a, axis:axes=None, b, keepdims:flag=False)",
             "log(sum(b*exp(a - amax(a, axis, True)), axis, keepdims)) + amax(a, axis, keepdims)"),
    Spelling("scipy.special.ive(v, z)", _scaled),
    Spelling("scipy.special.jvp(v, z, n:integer=1)", _derivative("jv", True, 1)),
    Spelling("scipy.special.yvp(v, z, n:integer=1)", _derivative("yv", True, 1)),
    Spelling("scipy.special.ivp(v, z, n:integer=1)", _derivative("iv", False, 1)),
    Spelling("scipy.special.kvp(v, z, n:integer=1)", _derivative("kv", False, -1)),
    Spelling("scipy.special.spherical_jn(n:integer, z, derivative:flag)",
             lambda n: "-spherical_jn(1, z)" if n == 0 else "spherical_jn(n - 1, z) - (n + 1)/z*spherical_jn(n, z)"),
    *(Spelling(f"scipy.special.spherical_{kind}n(n:integer, z, derivative:flag=False)", _spherical(kind))
      for kind in "yik"),
    Spelling("scipy.special.lpmv(m:integer, v, x)", _legendre),
)  # fmt: skip

_REFUSED = (
    *spelled("scipy.special.", _HANKEL),
    Spelling("scipy.special.wofz(z)",
             "none: it is complex; its parts of x + i*y are wofz_real(x, y) and wofz_imag(x, y)"),
    Spelling("scipy.special.pbdv(v, x)",
             "none: for x > 0 write 2**(v/2)*exp(-x**2/4)*hyperu(-v/2, 1/2, x**2/2), which is its first part"),
    Spelling("scipy.special.pbvv(v, x)", "none: no row has the parabolic cylinder function V"),
    Spelling("scipy.special.pbwa(a, x)", "none: no row has the parabolic cylinder function W"),
    Spelling("scipy.special.tklmbda(x, lmbda)",
             "none: Tukey's distribution function is an inverse alone, that of (p**lmbda - (1 - p)**lmbda)/lmbda"),
)  # fmt: skip

SPELLINGS = (*spelled("scipy.special.", _SPECIAL), *_BY_CONSTANTS, *_REFUSED)
