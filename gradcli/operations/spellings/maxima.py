"""Special functions of Maxima and Julia, and what else people write without a library, where no row has the name."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from gradcli.operations.spelling import Spelling, spelled

_FUNCTIONS = """
gamma_incomplete(a, z) := uppergamma(a, z)
gamma_incomplete_lower(a, z) := lowergamma(a, z)
gamma_greek(a, z) := lowergamma(a, z)
gamma_incomplete_regularized(a, z) := gammaincc(a, z)
gamma_incomplete_generalized(a, z1, z2) := uppergamma(a, z1) - uppergamma(a, z2)
log_gamma(x) := lgamma(x)
beta_incomplete_regularized(a, b, z) := betainc(a, b, z)
beta_incomplete(a, b, z) := beta(a, b)*betainc(a, b, z)
beta_incomplete_generalized(a, b, z1, z2) := beta(a, b)*(betainc(a, b, z2) - betainc(a, b, z1))
erf_generalized(z1, z2) := erf(z2) - erf(z1)
fresnel_s(x) := fresnels(x)
fresnel_c(x) := fresnelc(x)
lambert_w(x) := lambertw(x)
generalized_lambert_w(k:integer, x) := none: of its branches two are real; write lambertw(x) or lambertw(x, -1)
generalized_lambert_w(k, x) := none: of its branches two are real; write lambertw(x) or lambertw(x, -1)
unit_step(x) := where(x <= 0, 0, 1)
signum(x) := sign(x)
expintegral_e1(x) := e1(x)
expintegral_ei(x) := ei(x)
expintegral_li(x) := li(x)
expintegral_e(n:integer, x) := expn(n, x)
expintegral_si(x) := si(x)
expintegral_ci(x) := ci(x)
expintegral_shi(x) := shi(x)
expintegral_chi(x) := chi(x)
bessel_j(v:integer, x) := besselj(v, x)
bessel_j(v, x) := jv(v, x)
bessel_y(v:integer, x) := bessely(v, x)
bessel_y(v, x) := yv(v, x)
bessel_i(v:integer, x) := besseli(v, x)
bessel_i(v, x) := iv(v, x)
bessel_k(v:number, x) := besselk(v, x)
bessel_k(v, x) := kv(v, x)
struve_h(v, x) := struve(v, x)
struve_l(v, x) := modstruve(v, x)
airy_dai(x) := airy_ai_prime(x)
airy_dbi(x) := airy_bi_prime(x)
elliptic_kc(m) := ellipk(m)
elliptic_ec(m) := ellipe(m)
elliptic_e(phi, m) := ellipeinc(phi, m)
elliptic_eu(u, m) := ellipeinc(jacobi_am(u, m), m)
elliptic_pi(n, m) := ellippi(n, m)
carlson_rc(x, y) := elliprc(x, y)
carlson_rd(x, y, z) := elliprd(x, y, z)
carlson_rf(x, y, z) := elliprf(x, y, z)
carlson_rj(x, y, z, p) := elliprj(x, y, z, p)
jacobi_ns(u, m) := 1/jacobi_sn(u, m)
jacobi_nc(u, m) := 1/jacobi_cn(u, m)
jacobi_nd(u, m) := 1/jacobi_dn(u, m)
jacobi_sc(u, m) := jacobi_sn(u, m)/jacobi_cn(u, m)
jacobi_sd(u, m) := jacobi_sn(u, m)/jacobi_dn(u, m)
jacobi_cs(u, m) := jacobi_cn(u, m)/jacobi_sn(u, m)
jacobi_cd(u, m) := jacobi_cn(u, m)/jacobi_dn(u, m)
jacobi_ds(u, m) := jacobi_dn(u, m)/jacobi_sn(u, m)
jacobi_dc(u, m) := jacobi_dn(u, m)/jacobi_cn(u, m)
inverse_jacobi_sn(x, m) := ellipkinc(asin(x), m)
inverse_jacobi_cn(x, m) := ellipkinc(acos(x), m)
inverse_jacobi_dn(x, m) := ellipkinc(asin(sqrt((1 - x**2)/m)), m)
inverse_jacobi_ns(x, m) := ellipkinc(asin(1/x), m)
inverse_jacobi_nc(x, m) := ellipkinc(acos(1/x), m)
inverse_jacobi_nd(x, m) := ellipkinc(asin(sqrt((1 - 1/x**2)/m)), m)
inverse_jacobi_sc(x, m) := ellipkinc(atan(x), m)
inverse_jacobi_cs(x, m) := ellipkinc(acot(x), m)
inverse_jacobi_sd(x, m) := ellipkinc(asin(x/sqrt(1 + m*x**2)), m)
inverse_jacobi_ds(x, m) := ellipkinc(asin(1/sqrt(m + x**2)), m)
inverse_jacobi_cd(x, m) := ellipk(m) - ellipkinc(asin(x), m)
inverse_jacobi_dc(x, m) := ellipk(m) - ellipkinc(asin(1/x), m)
pochhammer(a, m) := poch(a, m)
legendre_p(n:integer, x) := legendre(n, x)
legendre_p(n, x) := hyp2f1(-n, n + 1, 1, (1 - x)/2)
chebyshev_t(n:integer, x) := chebyshevt(n, x)
chebyshev_u(n:integer, x) := chebyshevu(n, x)
jacobi(n, a, b, x) := binomial(n + a, n)*hyp2f1(-n, n + a + b + 1, a + 1, (1 - x)/2)
jacobi_p(n, a, b, x) := binomial(n + a, n)*hyp2f1(-n, n + a + b + 1, a + 1, (1 - x)/2)
gegenbauer(n, a, x) := poch(2*a, n)/gamma(n + 1)*hyp2f1(-n, n + 2*a, a + 1/2, (1 - x)/2)
ultraspherical(n, a, x) := poch(2*a, n)/gamma(n + 1)*hyp2f1(-n, n + 2*a, a + 1/2, (1 - x)/2)
assoc_laguerre(n, a, x) := binomial(n + a, n)*hyp1f1(-n, a + 1, x)
gen_laguerre(n, a, x) := binomial(n + a, n)*hyp1f1(-n, a + 1, x)
kummer_m(a, b, x) := hyp1f1(a, b, x)
kummer_u(a, b, x) := hyperu(a, b, x)
spherical_bessel_j(n:integer, x) := spherical_jn(n, x)
betainc(a, b, x1, x2) := beta(a, b)*(betainc(a, b, x2) - betainc(a, b, x1))
betainc_regularized(a, b, x1, x2) := betainc(a, b, x2) - betainc(a, b, x1)
dilog(x) := none: it is polylog(2, x) to some and polylog(2, 1 - x), which is spence(x), to others; write that
eta(s) := dirichlet_eta(s)
altzeta(s) := dirichlet_eta(s)
clsin(s:integer, x) := none: of Clausen's functions the row has order 2; write clausen(x)
jve(n, x) := jv(n, x)
yve(n, x) := yv(n, x)
besseljx(n, x) := jv(n, x)
besselyx(n, x) := yv(n, x)
besselix(n, x) := ive(n, x)
besselkx(n, x) := kve(n, x)
jinc(x) := where(x == 0, 1, 2*besselj(1, pi*x)/(pi*where(x == 0, 1, x)))
sindg(x) := sinpi(x/180)
cosdg(x) := cospi(x/180)
tandg(x) := sinpi(x/180)/cospi(x/180)
cotdg(x) := cospi(x/180)/sinpi(x/180)
tanpi(x) := sinpi(x)/cospi(x)
agm(a, b) := pi*(a + b)/(4*ellipk(((a - b)/(a + b))**2))
exp10(x) := 10**x
powm1(x, y) := expm1(y*log(x))
cosm1(x) := -2*sin(x/2)**2
boxcox(x, lmbda) := log(x)*exprel(lmbda*log(x))
boxcox1p(x, lmbda) := log1p(x)*exprel(lmbda*log1p(x))
voigt_profile(x, sigma, gamma) := wofz_real(x/(sigma*sqrt(2)), gamma/(sigma*sqrt(2)))/(sigma*sqrt(2*pi))
hankelh1(n, x) := jv(n, x) + 1j*yv(n, x)
hankelh2(n, x) := jv(n, x) - 1j*yv(n, x)
hankelh1x(n, x) := (jv(n, x) + 1j*yv(n, x))*exp(-1j*x)
hankelh2x(n, x) := (jv(n, x) - 1j*yv(n, x))*exp(1j*x)
appellf1(a, b1, b2, c, x, y) := none: no row has Appell's function of two variables
"""


def _of_broken_order(name: str) -> Callable[[Any], str]:  # Any: a constant, or OPERAND
    """Of an order that is a broken number the row of real orders; of a whole one, and of a letter, its own row."""
    return lambda n: f"{name}(n, x)" if isinstance(n, Fraction) and n.denominator != 1 else ""


_BROKEN = {"besselj": "jv", "bessely": "yv", "besseli": "iv"}

SPELLINGS: tuple[Spelling, ...] = (
    *spelled("", _FUNCTIONS),
    *(Spelling(f"{name}(n, x)", _of_broken_order(real)) for name, real in _BROKEN.items()),
)
