"""scipy.special's calls where they are not a row's own."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling, spelled

_SPECIAL = """
log_expit(x) := logsigmoid(x)
rgamma(z) := 1/gamma(z)
gammasgn(x) := sign(gamma(x))
multigammaln(a, d:integer) := multigammaln(a, d)
jn(v:integer, z) := besselj(v, z)
jve(v:integer, z) := besselj(v, z)
jv(v:integer, z) := besselj(v, z)
yn(n:integer, x) := bessely(n, x)
yv(v:integer, z) := bessely(v, z)
iv(v:integer, z) := besseli(v, z)
kn(n:integer, x) := besselk(n, x)
kv(v:number, z) := besselk(v, z)
ive(v:integer, z) := besseli(v, z)*exp(-abs(z))
kve(v:number, z) := besselk(v, z)*exp(z)
spherical_jn(n:integer, z) := spherical_jn(n, z)
spherical_jn(n:integer, z, derivative:flag) := spherical_jn(n, z)*n/z - spherical_jn(n + 1, z)
ellipkm1(p) := ellipk(1 - p)
sici(x) := (si(x), ci(x))
shichi(x) := (shi(x), chi(x))
fresnel(z) := (fresnels(z), fresnelc(z))
airy(z) := (airy_ai(z), airy_ai_prime(z), airy_bi(z), airy_bi_prime(z))
lambertw(z, k:integer=0) := lambertw(z, k)
poch(z, m) := gamma(z + m)/gamma(z)
binom(x, y) := binomial(x, y)
factorial(n, exact:flag=False) := where(n < 0, 0, factorial(where(n < 0, 0, n)))
comb(N, k, exact:flag=False, repetition:nothing=None) := where(k < 0 or k > N or N < 0, 0, binomial(N, k))
perm(N, k, exact:flag=False) := where(k < 0 or k > N or N < 0, 0, gamma(N + 1)/gamma(N - k + 1))
huber(delta, r) := where(delta < 0, inf, where(abs(r) <= delta, r**2/2, delta*(abs(r) - delta/2)))
pseudo_huber(delta, r) := delta**2*(sqrt(1 + (r/delta)**2) - 1)
exp10(x) := 10**x
cosm1(x) := -2*sin(x/2)**2
sindg(x) := sin(deg2rad(x))
cosdg(x) := cos(deg2rad(x))
tandg(x) := tan(deg2rad(x))
exprel(x) := where(x == 0, 1, expm1(x)/where(x == 0, 1, x))
powm1(x, y) := expm1(y*log(x))
boxcox(x, lmbda) := where(lmbda == 0, log(x), expm1(lmbda*log(x))/where(lmbda == 0, 1, lmbda))
boxcox1p(x, lmbda) := where(lmbda == 0, log1p(x), expm1(lmbda*log1p(x))/where(lmbda == 0, 1, lmbda))
inv_boxcox(y, lmbda) := where(lmbda == 0, exp(y), exp(log1p(lmbda*y)/where(lmbda == 0, 1, lmbda)))
zetac(x) := zeta(x) - 1
zeta(x, q=None) := zeta(x, q)
softmax(x, axis:axes=None) := softmax_over(x, axis)
log_softmax(x, axis:axes=None) := log_softmax_over(x, axis)
logsumexp(a, axis:axes=None, b:nothing=None, keepdims:flag=False) := logsumexp(a, axis, keepdims)
"""

_BY_CONSTANTS = (
    Spelling("scipy.special.logsumexp(a, axis:axes=None, b, keepdims:flag=False)",
             "log(sum(b*exp(a - amax(a, axis, True)), axis, keepdims)) + amax(a, axis, keepdims)"),
)  # fmt: skip

SPELLINGS = (*spelled("scipy.special.", _SPECIAL), *_BY_CONSTANTS)
