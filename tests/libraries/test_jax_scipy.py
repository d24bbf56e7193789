"""What jax's and scipy's calls mean, said by them where they are installed: value and slope; jax's slope is jax.grad's."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from libraries import matrix_calls, special_calls
from libraries.beside import calls, difference, directions, gradclis, refused, run, weights_of
from libraries.test_numpy import is_read, values_in

from gradcli.operations.table import CONTENTS

MISSING = "this library is not installed: pip install 'gradcli[peers]'"
SPECIAL = pytest.importorskip("scipy.special", reason=MISSING)
STATS = pytest.importorskip("scipy.stats", reason=MISSING)
LINALG = pytest.importorskip("scipy.linalg", reason=MISSING)
SCIPY = {"scipy": pytest.importorskip("scipy", reason=MISSING), "np": np}

ONE = ["erf", "erfc", "erfcx", "erfi", "dawsn", "ndtr", "log_ndtr", "gamma", "gammaln", "loggamma", "rgamma", "gammasgn", "psi", "digamma", "expit", "log_expit", "entr", "j0", "j1", "y0", "y1", "i0", "i1", "i0e", "i1e", "k0", "k1", "k0e", "k1e", "ellipk", "ellipe", "ellipkm1", "exp1", "expi", "expm1", "log1p", "cbrt", "exp2", "exp10", "cosm1", "sindg", "cosdg", "tandg", "exprel", "sinc", "softmax", "log_softmax", "logsumexp", "lambertw", "factorial", "round", "logit", "erfinv", "erfcinv", "ndtri"]  # fmt: skip

WRITTEN_SCIPY = calls("""
    scipy.special.polygamma(2, p)
    scipy.special.multigammaln(3 + s, 2)
    scipy.special.beta(p, 2*p)
    scipy.special.betaln(p, 2)
    scipy.special.gammainc(1.5, W)
    scipy.special.gammaincc(1.5, p)
    scipy.special.zeta(1 + 2*W, 1)
    scipy.special.zeta(3.5)
    scipy.special.zetac(2 + p)
    scipy.special.xlogy(p, 2*p)
    scipy.special.xlogy(0, p)
    scipy.special.xlog1py(p, p)
    scipy.special.rel_entr(p, 2*p)
    scipy.special.kl_div(p, 2*p)
    scipy.special.huber(0.5, x)
    scipy.special.huber(s, x)
    scipy.special.pseudo_huber(s, x)
    scipy.special.jv(2, p)
    scipy.special.jn(1, p)
    scipy.special.yv(1, p)
    scipy.special.yn(2, p)
    scipy.special.iv(2, x)
    scipy.special.kv(1, p)
    scipy.special.kv(1.5, p)
    scipy.special.kn(2, p)
    scipy.special.ive(2, p)
    scipy.special.kve(1, p)
    scipy.special.jve(1, p)
    scipy.special.spherical_jn(2, p)
    scipy.special.spherical_jn(2, p, derivative=True)
    scipy.special.expn(2, p)
    scipy.special.lambertw(x + 2)
    scipy.special.sici(p)[1]
    scipy.special.shichi(p)[0]
    scipy.special.fresnel(p)[0]
    scipy.special.airy(x)[0]
    scipy.special.airy(x)[3]
    scipy.special.poch(p, 1.5)
    scipy.special.binom(3.5, p)
    scipy.special.comb(5, 2)
    scipy.special.comb(5, 2, exact=True)
    scipy.special.comb(3, 5)
    scipy.special.comb(-3, 2)
    scipy.special.comb(4.5, p)
    scipy.special.comb(5, -1)
    scipy.special.perm(5, 2)
    scipy.special.perm(2, 5)
    scipy.special.factorial(5)
    scipy.special.factorial(-2)
    scipy.special.eval_legendre(3, x)
    scipy.special.eval_chebyt(3, x)
    scipy.special.eval_chebyu(3, x)
    scipy.special.eval_hermite(3, x)
    scipy.special.eval_hermitenorm(3, x)
    scipy.special.eval_laguerre(3, x)
    scipy.special.powm1(p, s)
    scipy.special.boxcox(p, s)
    scipy.special.boxcox(p, 0)
    scipy.special.boxcox1p(p, 0.7)
    scipy.special.inv_boxcox(p, s)
    scipy.special.softmax(B, axis=1)
    scipy.special.softmax(B, axis=(0, 1))
    scipy.special.log_softmax(B, axis=0)
    scipy.special.logsumexp(B, axis=1)
    scipy.special.logsumexp(B, axis=1, keepdims=True)
    scipy.special.logsumexp(B, b=W)
    scipy.special.logsumexp(B, 0, b=W)
    scipy.special.logsumexp(B, axis=0, b=2, keepdims=True)
    scipy.special.logsumexp([s, r])
    scipy.linalg.expm(A)
    scipy.linalg.inv(A)
    scipy.linalg.det(A)
    scipy.linalg.det(A, check_finite=False)
    scipy.linalg.pinv(A)
    scipy.linalg.solve(A, z)
    scipy.linalg.solve(A, B)
    scipy.linalg.cholesky(S)
    scipy.linalg.cholesky(S, lower=True)
    scipy.linalg.eigvalsh(S)
    scipy.linalg.eigvalsh(S, lower=False)
    scipy.linalg.eigh(S)[0]
    scipy.linalg.svdvals(B)
    scipy.linalg.svd(B, compute_uv=False)
    scipy.linalg.svd(B, full_matrices=False)[1]
    scipy.linalg.norm(B)
    scipy.linalg.norm(B, 1)
    scipy.linalg.norm(x, ord=3)
    scipy.linalg.norm(B, axis=1)
    scipy.linalg.block_diag(A, B)
    scipy.linalg.khatri_rao(B, W)
    scipy.linalg.lstsq(C, x)[0]
    scipy.linalg.solve_triangular(A, z)
    scipy.linalg.solve_triangular(A, z, lower=True)
    scipy.linalg.solve_triangular(A, z, trans=1)
    scipy.linalg.solve_triangular(A, z, trans='T', lower=True)
    scipy.linalg.cho_solve((A, True), z)
    scipy.linalg.cho_solve((A, False), z)
    scipy.stats.norm.pdf(x)
    scipy.stats.norm.logpdf(x, s, 2)
    scipy.stats.norm.logpdf(x, loc=s, scale=p)
    scipy.stats.norm.cdf(x, s)
    scipy.stats.norm.logcdf(x, scale=2)
    scipy.stats.norm.sf(x, s, 0.5)
    scipy.stats.norm.logsf(x)
    scipy.stats.norm.ppf(p, s, 2)
    scipy.stats.norm.isf(p)
    scipy.stats.multivariate_normal.logpdf(z, [0, s, 1], S)
    scipy.stats.multivariate_normal.pdf(z, [0, s, 1], S)
    scipy.stats.poisson.logpmf(3, 2*p)
    scipy.stats.poisson.pmf([0, 2, -1], s)
    scipy.stats.bernoulli.logpmf(1, p)
    scipy.stats.bernoulli.pmf(0, p)
    scipy.stats.geom.logpmf(3, p)
    scipy.stats.geom.pmf(1, p)
    scipy.stats.binom.logpmf(2, 5, p)
    scipy.stats.binom.pmf([2, 6], 5, s)
""")  # fmt: skip

REFUSED_SCIPY = calls("""
    scipy.special.jv(2)
    scipy.special.logsumexp(x, dim=0)
    scipy.special.softmax(x, dim=0)
    scipy.special.comb(5)
    scipy.linalg.cholesky(S, upper=True)
    scipy.linalg.solve(A, x)
    scipy.linalg.inv(B)
    scipy.stats.norm.logpdf(x, mean=0)
    scipy.stats.norm.pdf()
    scipy.stats.gamma.pdf(x)
""")  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [*(f"scipy.special.{name}({what})" for name in ONE for what in ("W",)), *WRITTEN_SCIPY, *special_calls.SCIPY],
)
def test_a_call_is_what_scipy_makes_of_it(text: str) -> None:
    if "lambertw" in text or "factorial(" in text:
        text_of_scipy = f"np.real({text})"
        assert difference(text, {**SCIPY}, values_in(text), oracle=text_of_scipy, slope="factorial" not in text) == ""
        return
    assert (
        difference(
            text,
            SCIPY,
            values_in(text),
            slope=not text.startswith(("scipy.linalg.pinv", "scipy.stats.multivariate_normal")),
        )
        == ""
    )


@pytest.mark.parametrize("text", REFUSED_SCIPY)
def test_what_scipy_refuses_is_refused(text: str) -> None:
    with pytest.raises(Exception):  # noqa: B017 - whatever scipy raises
        run(text, SCIPY, values_in(text))
    assert refused(text, values_in(text)), text


def has_meaning(name: str) -> bool:
    """Is it read, rather than refused with a reason?"""
    library, _, last = name.rpartition(".")
    return is_read(last, library)


GONE = {"scipy.special.btdtr", "scipy.special.btdtri"}  # from scipy 1.14 on: betainc, betaincinv


def test_every_spelling_of_scipy_is_run() -> None:
    texts = "\n".join(
        [*(f"scipy.special.{name}(" for name in ONE), *WRITTEN_SCIPY, *special_calls.SCIPY, *matrix_calls.SCIPY]
    )
    names = {name for name in CONTENTS.spelled if name.startswith(("scipy.special.", "scipy.linalg."))} - GONE
    assert [name for name in sorted(names) if f"{name}(" not in texts and has_meaning(name)] == []


# -- jax

jax = pytest.importorskip("jax", reason=MISSING)
jax.config.update("jax_enable_x64", True)
import jax.scipy.stats  # noqa: E402

JAX: dict[str, ModuleType] = {"jax": jax, "jnp": jax.numpy}

JAX_NN = ["relu", "relu6", "sigmoid", "softplus", "sparse_plus", "sparse_sigmoid", "soft_sign", "silu", "swish", "log_sigmoid", "leaky_relu", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "elu", "celu", "selu", "gelu", "squareplus", "mish", "identity", "logsumexp", "logmeanexp", "softmax", "log_softmax", "standardize"]  # fmt: skip
JAX_LAX = ["abs", "sin", "cos", "tan", "exp", "log", "sqrt", "rsqrt", "tanh", "logistic", "neg", "sign", "floor", "ceil", "round", "square", "cbrt", "erf", "erfc", "erf_inv", "lgamma", "digamma", "bessel_i0e", "bessel_i1e", "expm1", "log1p", "asin", "acos", "atan", "sinh", "asinh", "atanh", "cumsum", "cumprod", "sort", "reciprocal", "exp2"]  # fmt: skip

WRITTEN_JAX = calls("""
    jax.nn.leaky_relu(x, s)
    jax.nn.leaky_relu(x, negative_slope=0.2)
    jax.nn.elu(x, s)
    jax.nn.celu(x, alpha=s)
    jax.nn.gelu(x, approximate=False)
    jax.nn.gelu(x, True)
    jax.nn.glu(B)
    jax.nn.glu(C, axis=0)
    jax.nn.squareplus(x, s)
    jax.nn.log1mexp(p)
    jax.nn.softmax(B, where=B > 0)
    jax.nn.logsumexp(x, where=x > 0)
    jax.nn.logsumexp(p, b=2*p)
    jax.nn.logmeanexp(B, 1, where=B > -1)
    jax.nn.standardize(B, algorithm="stable")
    jax.nn.relu6(9*x)
    jax.nn.softmax(B, axis=0)
    jax.nn.softmax(B, axis=(0, 1))
    jax.nn.log_softmax(B, 0)
    jax.nn.logsumexp(B, axis=1, keepdims=True)
    jax.nn.logmeanexp(B, axis=0)
    jax.nn.standardize(B, axis=0)
    jax.nn.standardize(B, mean=0.5, variance=2)
    jax.nn.one_hot([0, 2], 3)*s
    jax.lax.clamp(-0.5, x, 0.5)
    jax.lax.max(x, y)
    jax.lax.min(x, y)
    jax.lax.add(x, y)
    jax.lax.sub(x, y)
    jax.lax.mul(x, y)
    jax.lax.div(x, y)
    jax.lax.pow(p, s)
    jax.lax.rem(x, y)
    jax.lax.atan2(x, y)
    jax.lax.integer_pow(x, 3)
    jax.lax.igamma(p, p)*0 + p
    jax.lax.select(x > 0, x, 2*y)
    jax.lax.select(jax.lax.gt(x, y), x, 2*y)
    jax.lax.select(jax.lax.ge(x, y), x, 2*y)
    jax.lax.select(jax.lax.lt(x, y), x, 2*y)
    jax.lax.select(jax.lax.le(x, y), x, 2*y)
    jax.lax.select(jax.lax.eq(x, y), x, 2*y)
    jax.lax.select(jax.lax.ne(x, y), x, 2*y)
    jax.lax.select(jax.lax.is_finite(x), x, y)
    jax.lax.dot(B, C)
    jax.lax.dot(x, y)
    jax.lax.cumsum(B)
    jax.lax.cumsum(B, axis=1)
    jax.lax.cumprod(B)
    jax.lax.cumlogsumexp(B)
    jax.lax.concatenate([B, W], 1)
    jax.lax.reshape(B, (2, 6))
    jax.lax.transpose(T, (2, 0, 1))
    jax.lax.rev(B, (0,))
    jax.lax.full((2,), 3.0)*s
    jax.lax.full_like(x, 2.0)*x
    jax.lax.top_k(x, 2)[0]
    jax.lax.round(3*x)
    jax.lax.igammac(1.5, p)
    jnp.clip(x, -0.5, 0.5)
    jnp.clip(x, min=0.1)
    jnp.clip(x, max=s)
    jnp.sort(x, descending=True)
    jnp.argsort(x, descending=True)*s
    jnp.linalg.cholesky(S)
    jnp.linalg.cholesky(S, upper=True)
    jnp.linalg.eigvalsh(S)
    jnp.linalg.eigh(S)[0]
    jnp.linalg.norm(B, axis=1)
    jnp.linalg.det(A)
    jnp.linalg.slogdet(A)[1]
    jnp.linalg.solve(A, z)
    jnp.std(B, axis=0, ddof=1)
    jnp.max(B, axis=1)
    jnp.cumsum(B)
    jax.scipy.special.logsumexp(B, axis=1, b=W)
    jax.scipy.special.expit(x)
    jax.scipy.special.ndtr(x)
    jax.scipy.special.xlogy(p, p)
    jax.scipy.special.entr(p)
    jax.scipy.special.kl_div(p, 2*p)
    jax.scipy.special.i0e(x)
    jax.scipy.special.erf(x)
    jax.scipy.special.gammaln(p)
    jax.scipy.special.factorial(p)
    jax.scipy.linalg.expm(A)
    jax.scipy.linalg.solve(A, z)
    jax.scipy.stats.norm.logpdf(x, s, 2.0)
    jax.scipy.stats.norm.cdf(x, s)
    jax.scipy.stats.gamma.logpdf(p, 1.7)
    jax.scipy.stats.t.logpdf(x, 4.5)
    jax.scipy.stats.expon.logpdf(p, 0.1)
    jax.scipy.stats.multivariate_normal.logpdf(z, z*0, S)
    jnp.max(KINKED)
    jnp.clip(KINKED, -1, 3)
    jax.lax.clamp(-1.0, KINKED, 3.0)
    jnp.maximum(KINKED, 0)
    jnp.sign(KINKED)
""")  # fmt: skip

AT_KINKS = [
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "celu",
    "selu",
    "hard_tanh",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "sparse_plus",
    "sparse_sigmoid",
    "soft_sign",
]
KINKS = np.array([-3.0, -1.0, 0.0, 1.0, 3.0, 6.0])


def from_jax(text: str, values: dict[str, np.ndarray], direction: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    value = np.asarray(eval(text, {**JAX, **{n: jax.numpy.asarray(v) for n, v in values.items()}}), dtype=float)  # noqa: S307
    weights = weights_of(value)
    names = list(values)

    def total(*given: object) -> object:
        found = eval(text, {**JAX, **dict(zip(names, given, strict=True))})  # noqa: S307 - as above
        return (jax.numpy.asarray(found, dtype=float) * weights).sum()

    slopes = jax.grad(total, tuple(range(len(names))))(*(jax.numpy.asarray(v) for v in values.values()))
    return value, sum(float((np.asarray(s) * direction[n]).sum()) for n, s in zip(names, slopes, strict=True))


GENERATED_JAX = [
    *(f"jax.nn.{name}({what})" for name in JAX_NN for what in ("B",)),
    *(f"jax.nn.{name}(KINKED)" for name in AT_KINKS),
    *(f"jax.lax.{name}({what})" for name in JAX_LAX for what in ("W",)),
]  # fmt: skip


@pytest.mark.parametrize("text", [*GENERATED_JAX, *WRITTEN_JAX])
def test_a_call_is_what_jax_makes_of_it(text: str) -> None:
    values = {**values_in(text), **({"KINKED": KINKS} if "KINKED" in text else {})}
    direction = directions(values)
    value, slope = from_jax(text, values, direction)
    found, slopes = gradclis(text, values, direction)
    assert found.shape == value.shape
    np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(slopes, slope, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("text", matrix_calls.JAX)
def test_linear_algebra_is_jaxs(text: str) -> None:
    values = matrix_calls.named(text, matrix_calls.VALUES)
    direction = directions(values)
    value, slope = from_jax(text, values, direction)
    found, slopes = gradclis(text, values, direction)
    assert found.shape == value.shape
    np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(slopes, slope, rtol=1e-7, atol=1e-9)


def test_every_spelling_of_jax_is_run() -> None:
    texts = "\n".join([*GENERATED_JAX, *WRITTEN_JAX, *matrix_calls.JAX])
    names = {name for name in CONTENTS.spelled if name.startswith(("jax.", "jnp."))}
    assert [
        name
        for name in sorted(
            names - {"jax.lax.expand_dims", "jax.lax.polygamma", "jax.scipy.linalg.cholesky", "jax.lax.zeta"}
        )
        if f"{name}(" not in texts and has_meaning(name)
    ] == []


@pytest.mark.parametrize("text", ["jnp.linalg.cholesky(S, symmetrize_input=False)", "jax.scipy.linalg.cholesky(S)"])
def test_a_slope_of_jax_that_no_row_has_is_refused(text: str) -> None:
    assert refused(text, values_in(text))


def test_orders_that_scipy_cuts_to_whole_numbers_are_refused() -> None:
    for name in ("yn", "kn"):
        text = f"scipy.special.{name}(1.7, p)"
        assert np.allclose(run(text, SCIPY, values_in(text)), run(text.replace("1.7", "1"), SCIPY, values_in(text)))
        assert refused(text, values_in(text))
