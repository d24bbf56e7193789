"""jax.lax's calls."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import Spelling, spelled

# Any, in this module: the constants of a call, or OPERAND

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


def _round(rounding_method: Any) -> str:
    return "sign(x)*floor(abs(x) + 1/2)" if not rounding_method else "round(x)"


SPELLINGS = (
    *spelled("jax.lax.", _LAX),
    Spelling("jax.lax.round(x, rounding_method:number=0)", _round),
    Spelling("jax.lax.top_k(operand, k:integer)",
             lambda k: f"(sort(operand, -1, True)[..., :{k}], argsort(operand, -1, True)[..., :{k}])",
             ("values", "indices")),
)  # fmt: skip
