"""jax.nn's calls: other defaults than torch's, other slopes at kinks."""

from __future__ import annotations

from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import OPERAND, Spelling, spelled
from gradcli.operations.spellings.torch.embeddings import flat

# Any, in this module: the constants of a call, or OPERAND

_NN = """
identity(x) := x
relu6(x) := where(x > 0, where(x < 6, x, 6), 0)
soft_sign(x) := softsign(x)
sparse_plus(x) := where(x <= -1, 0, where(x >= 1, x, (x + 1)**2/4))
sparse_sigmoid(x) := minimum(maximum(x + 1, 0), 2)/2
squareplus(x, b=4) := (x + sqrt(x**2 + b))/2
leaky_relu(x, negative_slope=0.01) := where(x >= 0, x, negative_slope*x)
elu(x, alpha=1) := where(x > 0, x, alpha*expm1(where(x > 0, 0, x)))
celu(x, alpha=1) := maximum(x, 0) + alpha*expm1(minimum(x, 0)/alpha)
hard_tanh(x) := where(x > 1, 1, where(x < -1, -1, x))
hard_sigmoid(x) := where(x > -3, where(x < 3, (x + 3)/6, 1), 0)
hard_silu(x) := x*where(x > -3, where(x < 3, (x + 3)/6, 1), 0)
hard_swish(x) := x*where(x > -3, where(x < 3, (x + 3)/6, 1), 0)
glu(x, axis:axis=-1) := glu(x, axis)
log1mexp(x) := log1mexp(-x)
log_sigmoid(x) := logsigmoid(x)
"""


def _gelu(approximate: Any) -> str:
    """By tanh, unless it is told otherwise; a number counts as True or False, as in Python."""
    if approximate is OPERAND:
        return ""
    return f"gelu(x, '{'tanh' if approximate else 'none'}')"


# What is left out by where= has no part in a sum, and no slope.
_KEPT = "where(where, {}, {})"


def _left_out(where: Any, array: str, value: str = "-inf") -> str:
    """The array, with a value in the place of what is left out."""
    return array if where is None else _KEPT.format(array, value)


def _softmax(where: Any) -> str:
    return f"softmax_over({_left_out(where, 'x')}, axis)"


def _log_softmax(where: Any) -> str:
    return _left_out(where, f"log_softmax_over({_left_out(where, 'x')}, axis)")


def _logsumexp(b: Any, where: Any) -> str:
    if b is None:
        return f"logsumexp({_left_out(where, 'a')}, axis, keepdims)"
    kept = _left_out(where, "a")
    return f"m = amax({kept}, axis, True); t = log(sum(b*exp({kept} - m), axis, True)) + m; sum(t, axis, keepdims)"


def _logmeanexp(where: Any) -> str:
    counted = "ones_like(x)" if where is None else "where(where, ones_like(x), 0)"
    return f"logsumexp({_left_out(where, 'x')}, axis, keepdims) - log(sum({counted}, axis, keepdims))"


def _mean(array: str, where: Any) -> str:
    if where is None:
        return f"mean({array}, axis, True)"
    return f"(sum(where(where, {array}, 0), axis, True)/sum(where(where, ones_like(x), 0), axis, True))"


def _standardize(mean: Any, variance: Any, where: Any, algorithm: Any) -> str:
    """The variance by squares of differences is that by the square of the mean, in other words."""
    if algorithm not in ("fast", "stable"):
        return f"{NONE}algorithm is 'fast' or 'stable'"
    m = _mean("x", where) if mean is None else "mean"
    stable, fast = _mean(f"(x - {m})**2", where), f"({_mean('x**2', where)} - ({m})**2)"
    v = "variance" if variance is not None else stable if algorithm == "stable" else fast
    return f"(x - {m})/sqrt({v} + epsilon)"


def _one_hot(x: Any, num_classes: Any, axis: Any) -> str:
    """A number outside of the classes gives zeros."""
    if x is OPERAND:
        rows = f"where(x[..., None] == arange({num_classes}), 1, 0)"
    elif all(0 <= number < num_classes for number in flat(x)):
        rows = f"eye({num_classes})[x]"
    else:
        rows = f"pad(eye({num_classes}), (0, 0, 0, 1))[{_numbered(x, num_classes)}]"
    return rows if axis == -1 else f"movedim({rows}, -1, {axis})"


def _numbered(numbers: Any, count: int) -> Any:
    """Those outside are numbered behind the others."""
    if isinstance(numbers, tuple):
        return [_numbered(part, count) for part in numbers]
    return numbers if 0 <= numbers < count else count


def _attention(query: Any, key: Any, bias: Any, mask: Any, scale: Any, is_causal: Any) -> str:
    """Heads stand before the last axis; of keys several of them may share one."""
    if min(len(query), len(key)) < 3 or query[-2] % key[-2]:
        return f"{NONE}query and key are (..., length, heads, size), and the keys' heads divide the queries'"
    shared = query[-2] // key[-2]
    k, v = (f"repeat_interleave({name}, {shared}, {len(key) - 2})" if shared > 1 else name for name in ("key", "value"))
    factor = f"1/sqrt({query[-1]})" if scale is None else "scale"
    scores = f"transpose(query, -2, -3) @ transpose({k}, -2, -3).mT*{factor}"
    scores = scores if bias is None else f"{scores} + bias"
    seen = [f"(tril(ones({query[-3]}, {key[-3]})) == 1)"] * bool(is_causal) + ["mask"] * (mask is not None)
    for condition in seen:
        scores = f"where({condition}, {scores}, -inf)"
    return f"transpose(softmax({scores}, -1) @ transpose({v}, -2, -3), -2, -3)"


SPELLINGS = (
    *spelled("jax.nn.", _NN),
    Spelling("jax.nn.softmax(x, axis:axes=-1, where=None)", _softmax),
    Spelling("jax.nn.log_softmax(x, axis:axes=-1, where=None)", _log_softmax),
    Spelling("jax.nn.logsumexp(a, axis:axes=None, b=None, keepdims:flag=False, return_sign:off=False, where=None)",
             _logsumexp),
    Spelling("jax.nn.logmeanexp(x, axis:axes=None, where=None, keepdims:flag=False)", _logmeanexp),
    Spelling("jax.nn.gelu(x, approximate=True)", _gelu),
    Spelling("jax.nn.standardize(x, axis:axes=-1, mean=None, variance=None, epsilon=0.00001, where=None, *, "
             "algorithm:text='fast')", _standardize),
    Spelling("jax.nn.one_hot(x:numbers, num_classes:integer, *, dtype=None, axis:axis=-1)", _one_hot),
    Spelling("jax.nn.dot_product_attention(query:shaped, key:shaped, value, bias=None, mask=None, *, scale=None, "
             "is_causal:flag=False, query_seq_lengths:nothing=None, key_value_seq_lengths:nothing=None, "
             "local_window_size:nothing=None, implementation=None, return_residual:off=False)", _attention),
)  # fmt: skip
