"""jax's calls where they are not a row's own, numpy's, torch's or scipy's: other defaults, other slopes at kinks."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import OPERAND, Spelling, spelled

# Any, in this module: the constants of a call, or OPERAND

_NN = """
identity(x) := x
relu6(x) := minimum(maximum(x, 0), 6)
soft_sign(x) := softsign(x)
sparse_plus(x) := where(x <= -1, 0, where(x >= 1, x, (x + 1)**2/4))
sparse_sigmoid(x) := minimum(maximum(x + 1, 0), 2)/2
squareplus(x, b=4) := (x + sqrt(x**2 + b))/2
leaky_relu(x, negative_slope=0.01) := where(x >= 0, x, negative_slope*x)
elu(x, alpha=1) := where(x > 0, x, alpha*expm1(where(x > 0, 0, x)))
celu(x, alpha=1) := maximum(x, 0) + alpha*expm1(minimum(x, 0)/alpha)
hard_tanh(x) := where(x > 1, 1, where(x < -1, -1, x))
hard_sigmoid(x) := minimum(maximum(x + 3, 0), 6)/6
hard_silu(x) := x*minimum(maximum(x + 3, 0), 6)/6
hard_swish(x) := x*minimum(maximum(x + 3, 0), 6)/6
glu(x, axis:axis=-1) := glu(x, axis)
log1mexp(x) := log(-expm1(-x))
log_sigmoid(x) := logsigmoid(x)
softmax(x, axis:axes=-1) := softmax_over(x, axis)
log_softmax(x, axis:axes=-1) := log_softmax_over(x, axis)
logsumexp(a, axis:axes=None, b:nothing=None, keepdims:flag=False) := logsumexp(a, axis, keepdims)
one_hot(x, num_classes:integer) := one_hot(x, num_classes)
"""

_LAX = """
clamp(min, x, max, /) := where(x <= min, min, where(x >= max, max, x))
select(pred, on_true, on_false, /) := where(pred, on_true, on_false)
integer_pow(x, y:integer, /) := x**y
logistic(x, /) := sigmoid(x)
rem(x, y, /) := fmod(x, y)
erf_inv(x, /) := erfinv(x)
bessel_i0e(x, /) := i0e(x)
bessel_i1e(x, /) := i1e(x)
igamma(a, x, /) := gammainc(a, x)
igammac(a, x, /) := gammaincc(a, x)
polygamma(m:integer, x, /) := polygamma(m, x)
zeta(x, q, /) := zeta(x, q)
is_finite(x, /) := abs(x) < inf
gt(x, y, /) := x > y
ge(x, y, /) := x >= y
lt(x, y, /) := x < y
le(x, y, /) := x <= y
eq(x, y, /) := x == y
ne(x, y, /) := x != y
dot(lhs, rhs, /) := lhs @ rhs
cumsum(operand, axis:axis=0, reverse:off=False) := cumsum(operand, axis)
cumprod(operand, axis:axis=0, reverse:off=False) := cumprod(operand, axis)
cumlogsumexp(operand, axis:axis=0, reverse:off=False) := logcumsumexp(operand, axis)
concatenate(operands:parts, dimension:axis) := concat(operands, dimension)
reshape(operand, new_sizes:axes) := reshape(operand, new_sizes)
transpose(operand, permutation:sizes) := permute(operand, permutation)
rev(operand, dimensions:axes) := flip(operand, dimensions)
expand_dims(array, dimensions:axis) := unsqueeze(array, dimensions)
full(shape:axes, fill_value) := full(shape, fill_value)
full_like(x, fill_value) := zeros_like(x) + fill_value
sort(operand, dimension:axis=-1) := sort(operand, dimension)
"""


def _bounded(min: Any, max: Any) -> str:
    found = "arr" if min is None else "maximum(arr, min)"
    return found if max is None else f"minimum({found}, max)"


def _gelu(approximate: Any) -> str:
    """By tanh, unless it is told otherwise; a number counts as True or False, as in Python."""
    if approximate is OPERAND:
        return ""
    return f"gelu(x, '{'tanh' if approximate else 'none'}')"


def _round(rounding_method: Any) -> str:
    return "sign(x)*floor(abs(x) + 1/2)" if not rounding_method else "round(x)"


def _standardize(mean: Any, variance: Any) -> str:
    m = "mean(x, axis, True)" if mean is None else "mean"
    v = f"(mean(x**2, axis, True) - ({m})**2)" if variance is None else "variance"
    return f"(x - {m})/sqrt({v} + epsilon)"


# jax factorises the mean of a matrix and its transpose, where numpy reads one triangle.
_HALF_READ = "none: jax's slope is that of neither triangle alone nor of both; write jnp.linalg.cholesky(A)"

_BY_CONSTANTS = (
    Spelling("jax.nn.logmeanexp(x, axis:axes=None, *, keepdims:flag=False)",
             "logsumexp(x, axis, keepdims) - log(sum(ones_like(x), axis, keepdims))"),
    Spelling("jnp.clip(arr, min=None, max=None)", _bounded),
    Spelling("jnp.clip(arr, a_min, a_max)", "minimum(maximum(arr, a_min), a_max)"),
    Spelling("jnp.linalg.cholesky(a, *, upper:flag=False, symmetrize_input:flag=True)",
             lambda upper, symmetrize_input:
             f"cholesky((a + a.mT)/2){'.mT' if upper else ''}" if symmetrize_input else _HALF_READ),
    Spelling("jax.scipy.linalg.cholesky(a, lower:flag=False)", _HALF_READ),
    Spelling("jnp.linalg.eigvalsh(a)", "eigvalsh((a + a.mT)/2)"),
    Spelling("jnp.linalg.eigh(a, *, symmetrize_input:flag=True)",
             lambda symmetrize_input: "(eigvalsh((a + a.mT)/2), eigvecsh((a + a.mT)/2))" if symmetrize_input else "",
             ("eigenvalues", "eigenvectors")),
    Spelling("jnp.sort(a, axis:axis=-1, *, descending:flag=False)", "sort(a, axis, descending)"),
    Spelling("jnp.argsort(a, axis:axis=-1, *, descending:flag=False)", "argsort(a, axis, descending)"),
    Spelling("jax.nn.gelu(x, approximate=True)", _gelu),
    Spelling("jax.nn.standardize(x, axis:axes=-1, mean=None, variance=None, epsilon=0.00001)", _standardize),
    Spelling("jax.lax.round(x, rounding_method:number=0)", _round),
    Spelling("jax.lax.top_k(operand, k:integer)",
             lambda k: f"(sort(operand, -1, True)[..., :{k}], argsort(operand, -1, True)[..., :{k}])",
             ("values", "indices")),
)  # fmt: skip

SPELLINGS = (
    *spelled("jax.nn.", _NN),
    *spelled("jax.lax.", _LAX),
    *_BY_CONSTANTS,
)
