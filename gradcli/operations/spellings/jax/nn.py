"""jax.nn's calls: other defaults than torch's, other slopes at kinks."""

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


def _gelu(approximate: Any) -> str:
    """By tanh, unless it is told otherwise; a number counts as True or False, as in Python."""
    if approximate is OPERAND:
        return ""
    return f"gelu(x, '{'tanh' if approximate else 'none'}')"


def _standardize(mean: Any, variance: Any) -> str:
    m = "mean(x, axis, True)" if mean is None else "mean"
    v = f"(mean(x**2, axis, True) - ({m})**2)" if variance is None else "variance"
    return f"(x - {m})/sqrt({v} + epsilon)"


SPELLINGS = (
    *spelled("jax.nn.", _NN),
    Spelling("jax.nn.logmeanexp(x, axis:axes=None, *, keepdims:flag=False)",
             "logsumexp(x, axis, keepdims) - log(sum(ones_like(x), axis, keepdims))"),
    Spelling("jax.nn.gelu(x, approximate=True)", _gelu),
    Spelling("jax.nn.standardize(x, axis:axes=-1, mean=None, variance=None, epsilon=0.00001)", _standardize),
)  # fmt: skip
