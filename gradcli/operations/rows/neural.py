"""Rows: activations, softmax, normalisation and layers, with torch's default constants."""

from __future__ import annotations

from math import prod
from typing import Any

from gradcli.operations import row_axes
from gradcli.operations.product_shapes import matmul
from gradcli.operations.row import Op, Slips, axes, functional
from gradcli.operations.rows.reductions import entry_norm, entry_norm_shape
from gradcli.operations.rules import layers as pull
from gradcli.operations.shape_rules import (
    Shape,
    ShapeMismatch,
    along,
    axis_of,
    broadcast,
    reduce,
    reduce_nonempty,
    size,
)

ACTIVATION = "activations"
SOFTMAX = "softmax"
NORMALISING = "normalisation"
LAYER = "layers"

# Klambauer et al. 2017, to the digits that torch has.
SELU_ALPHA = (16732632423543772848170429916717, 10**31)
SELU_SCALE = (10507009873554804934193349852946, 10**31)
_RMS_EPS = 2.0**-52
_IMPLICIT = "Where torch is told no dim, it takes the first axis of one or three, else the second; so does dim=None."


def _along_torch_axis(shape: Shape, dim: int | None) -> Shape:
    return along(shape, pull.softmax_axis(shape, dim))


def _softmax_over(t: Any, x: Any, dim: Any) -> Any:  # Any: torch tensors, constants
    return t.softmax(x, dim) if isinstance(dim, int) else t.exp(x - t.logsumexp(x, axes(x, dim), True))


def _log_softmax_over(t: Any, x: Any, dim: Any) -> Any:  # Any: as above
    return t.log_softmax(x, dim) if isinstance(dim, int) else x - t.logsumexp(x, axes(x, dim), True)


def _shape_over(shape: Shape, dim: Any) -> Shape:  # Any: an axis, several or None
    reduce_nonempty(shape, dim)
    return shape


def _glu_shape(x: Shape, dim: int) -> Shape:
    axis = axis_of(x, dim)
    if not x or x[axis] % 2:
        raise ShapeMismatch(f"an even size along dim={dim}, to halve it")
    return (*x[:axis], x[axis] // 2, *x[axis + 1 :])


def _glu(s: Any, x: Any, dim: int) -> Any:  # Any: arrays of the arithmetic that runs the meaning
    a, b = s.np.split(x, 2, dim)
    return s.map(lambda u, v: s.div(u, 1 + s.exp(-v)), a, b)


# -- normalisation


def _layer_norm_shape(
    x: Shape, weight: Shape | None, bias: Shape | None, sizes: Any, _eps: Any
) -> Shape:  # Any: constants
    inner = pull.normalised_sizes(x, sizes)
    if not inner or not size(inner) or x[len(x) - len(inner) :] != inner:
        raise ShapeMismatch(
            f"an array whose last sizes are normalized_shape, {inner}" if x else "an array: a scalar has no axis"
        )
    if any(part not in (None, inner) for part in (weight, bias)):
        raise ShapeMismatch(f"weight and bias of shape {inner}")
    return x


def _scaled(x: Any, weight: Any, bias: Any) -> Any:  # Any: arrays of the arithmetic that runs the meaning
    scaled = x if weight is None else x * weight
    return scaled if bias is None else scaled + bias


def _layer_norm_torch(t: Any, x: Any, weight: Any, bias: Any, sizes: Any, eps: float) -> Any:  # Any: torch tensors
    """torch fails at the second derivative where there is a bias and no weight: there it is added behind."""
    inner = pull.normalised_sizes(x.shape, sizes)
    if weight is None and bias is not None:
        return t.nn.functional.layer_norm(x, inner, None, None, eps) + bias
    return t.nn.functional.layer_norm(x, inner, weight, bias, eps)


def _layer_norm(s: Any, x: Any, weight: Any, bias: Any, sizes: Any, eps: Any) -> Any:  # Any: as above
    inner = pull.normalised_sizes(x.shape, sizes)
    last = tuple(range(-len(inner), 0))
    centred = x - s.sum(x, last, True) / prod(inner)
    variance = s.sum(centred * centred, last, True) / prod(inner)
    return _scaled(s.map(lambda c, v: s.div(c, s.sqrt(v + eps)), centred, variance), weight, bias)


def _rms_norm(s: Any, x: Any, weight: Any, sizes: Any, eps: Any) -> Any:  # Any: as above
    inner = pull.normalised_sizes(x.shape, sizes)
    square = s.sum(x * x, tuple(range(-len(inner), 0)), True) / prod(inner)
    shift = s.rational(1, 2**52) if eps is None else eps
    return _scaled(s.map(lambda v, m: s.div(v, s.sqrt(m + shift)), x, square), weight, None)


def _axis_to_normalise(x: Shape, dim: int) -> None:
    if len(x) == 1 and dim == 1:
        raise ShapeMismatch("an axis that is there: torch's default is dim=1", hint="a vector has dim=0")
    along(x, dim)


def _normalize_shape(x: Shape, p: Any, dim: int, _eps: Any) -> Shape:  # Any: numbers
    _axis_to_normalise(x, dim)
    entry_norm_shape(x, p, dim, True)
    return x


def _cosine_shape(x: Shape, y: Shape, dim: int | None, _eps: Any) -> Shape:  # Any: a number
    shape, dim = broadcast(x, y), pull.cosine_axis(x, y, dim)
    _axis_to_normalise(shape, dim)
    return reduce(shape, dim)


def _cosine_torch(t: Any, x: Any, y: Any, dim: int | None, eps: Any) -> Any:  # Any: torch tensors
    return t.nn.functional.cosine_similarity(x, y, pull.cosine_axis(x.shape, y.shape, dim), eps)


def _cosine(s: Any, x: Any, y: Any, dim: int | None, eps: Any) -> Any:  # Any: arrays of the arithmetic that runs it
    axis = pull.cosine_axis(x.shape, y.shape, dim)
    x, y = s.np.broadcast_arrays(x, y)
    norms = [entry_norm(s, v, 2, axis, False) for v in (x, y)]
    norms = [s.map(lambda n: s.Max(n, eps), norm) if eps else norm for norm in norms]
    return s.map(lambda v, a, b: s.div(v, a * b), s.sum(x * y, axis), *norms)


def _cosine_cut(s: Any, x: Any, y: Any, dim: int | None, eps: Any) -> Any:  # Any: as above
    """Is a norm not above eps? torch goes on as if it were not cut."""
    dim = pull.cosine_axis(x.shape, y.shape, dim)
    norms = [s.entries(entry_norm(s, v, 2, dim, False)) for v in s.np.broadcast_arrays(x, y)]
    return s.any_of(*(s.le(n, eps) for entries in norms for n in entries))


# -- layers


def _linear_shape(x: Shape, weight: Shape, bias: Shape | None) -> Shape:
    if len(weight) not in (1, 2) or not x or x[-1] != weight[-1]:
        raise ShapeMismatch("x (..., in) and weight (out, in)", hint="{0} @ {1} takes weight (in, out)")
    out = (*x[:-1], *weight[:-1])
    if bias is not None and broadcast(out, bias) != out:
        raise ShapeMismatch(f"a bias of shape {weight[:-1]}")
    return out


def _linear_torch(t: Any, x: Any, weight: Any, bias: Any) -> Any:  # Any: torch tensors
    """torch takes no bias beside a weight of one axis, and none of several axes."""
    if bias is None or (weight.ndim > 1 and bias.ndim < 2):
        return t.nn.functional.linear(x, weight, bias)
    return t.nn.functional.linear(x, weight) + bias


def _attention_shape(q: Shape, k: Shape, v: Shape, is_causal: bool, _scale: Any) -> Shape:  # Any: a number or None
    if min(len(q), len(k), len(v)) < 2 or q[-1] != k[-1] or k[-2] != v[-2] or not q[-1] or not k[-2]:
        raise ShapeMismatch("query (..., n, d), key (..., m, d) and value (..., m, e)")
    if is_causal and q[-2] > k[-2]:
        raise ShapeMismatch("as many keys as queries where is_causal=True")
    return matmul((*broadcast(q[:-2], k[:-2]), q[-2], k[-2]), v)


def _attention_cost(q: Shape, k: Shape, v: Shape, *_: Any) -> int:  # Any: constants
    return size(q) * k[-2] + size(q[:-1]) * max(size(v), 1)


def _attention_torch(t: Any, q: Any, k: Any, v: Any, is_causal: bool, scale: Any) -> Any:  # Any: torch tensors
    """Written out: torch's fused kernels have no second derivative."""
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        scores = scores + t.triu(t.full((q.shape[-2], k.shape[-2]), float("-inf")), 1)
    return t.softmax(scores, -1) @ v


def _attention(s: Any, q: Any, k: Any, v: Any, is_causal: bool, scale: Any) -> Any:  # Any: arrays of the arithmetic
    factor = s.div(1, s.sqrt(s.scalar(q.shape[-1]))) if scale is None else scale
    e = s.map(lambda score: s.exp(factor * score), s.matmul(q, s.np.swapaxes(k, -1, -2)))
    if is_causal:
        e = s.np.where(s.np.tri(*e.shape[-2:], dtype=bool), e, s.scalar(0))
    return s.matmul(s.array(e / s.sum(e, -1, True)), v)


F = "nn.functional."


def _celu(t: Any, x: Any, alpha: Any) -> Any:  # Any: torch and its tensors
    """Far left of 0 by exp, whose slope keeps its digits there: that of expm1 is its value plus 1."""
    z = t.clamp(x, max=0) / alpha
    left = t.where(z < -1, t.exp(t.clamp(z, max=-1)) - 1, t.expm1(t.clamp(z, min=-1)))
    return t.where(x > 0, x, alpha * left)


ROWS = (
    Op("sigmoid", "x", ACTIVATION, "1/(1 + exp(-x)).", "sigmoid(x) x=0.5", sympy=lambda s, x: s.div(1, 1 + s.exp(-x)),
       rule=("g*out*sigmoid(-x)",), saturates=True, aliases=("expit",),
       slips=Slips(siblings=("tanh", "tan", "relu", "softmax", "log_softmax"))),
    Op("logsigmoid", "x", ACTIVATION, "log(sigmoid(x)) without overflow.", "logsigmoid(x) x=0.5",
       torch=F + "logsigmoid", sympy=lambda s, x: -s.log(1 + s.exp(-x)), rule=("g*sigmoid(-x)",), saturates=True,
       aliases=("log_sigmoid",)),
    Op("relu", "x", ACTIVATION, "max(x, 0).", "relu(x) x=2", sympy=lambda s, x: s.Max(x, 0), kinks="x == 0",
       rule=("where(x > 0, g, 0)",), slips=Slips(siblings=("sigmoid",), sided=True)),
    Op("softplus", "x; beta:number=1, threshold:number=20", ACTIVATION,
       "log(1 + exp(beta*x))/beta; torch returns x where beta*x > threshold.", "softplus(x) x=0.5",
       torch=F + "softplus",
       sympy=lambda s, x, beta, threshold: s.approximated(s.gt(beta * x, threshold), x,
                                                          s.log(1 + s.exp(beta * x)) / beta),
       saturates=True,
       aliases=("jax.nn.softplus(threshold=40)",),
       note="Past the threshold it is x by definition, off by exp(-threshold): 2e-9 by default; jax has none, and at "
            "40 it is beyond float64."),
    Op("silu", "x", ACTIVATION, "x*sigmoid(x).", "silu(x) x=0.5",
       torch=F + "silu", sympy=lambda s, x: s.div(x, 1 + s.exp(-x)),
       rule=("g*sigmoid(x)*(1 + x*sigmoid(-x))",), saturates=True, aliases=("swish",)),
    Op("gelu", "x; approximate:text='none'", ACTIVATION,
       "x*Phi(x), Phi the normal distribution; approximate='tanh' for the tanh form.", "gelu(x) x=0.5",
       torch=functional("gelu", "approximate"),
       sympy=lambda s, x, approximate: x * (1 + s.erf(x / s.sqrt(2))) / 2 if approximate == "none"
           else x * (1 + s.tanh(s.sqrt(2 / s.pi) * (x + s.rational(44715, 1000000) * x * x * x))) / 2,
       saturates=True, aliases=("jax.nn.gelu(approximate='tanh')",)),
    Op("elu", "x; alpha:number=1.0", ACTIVATION, "x right of 0, alpha*(exp(x) - 1) left of it.", "elu(x) x=-1",
       torch=F + "elu", sympy=lambda s, x, alpha: s.where(s.gt(x, 0), x, alpha * (s.exp(x) - 1)),
       kinks="x == 0"),
    Op("leaky_relu", "x; negative_slope:number=0.01", ACTIVATION, "x right of 0, negative_slope*x left of it.",
       "leaky_relu(x) x=-2",
       torch=F + "leaky_relu", sympy=lambda s, x, negative_slope: s.where(s.gt(x, 0), x, negative_slope * x),
       kinks="x == 0"),
    Op("softmax", "x; dim:axis_or_none=-1", SOFTMAX, "exp(x)/sum(exp(x)) along an axis.", "softmax(x)[0] x=1,2,3",
       within="dim", shape=_along_torch_axis, torch=lambda t, x, dim: t.softmax(x, pull.softmax_axis(x.shape, dim)),
       sympy=lambda s, x, dim: s.softmax(x, pull.softmax_axis(x.shape, dim)),
       rule=(pull.softmax,), rows=row_axes.along(pull.softmax_axis), saturates=True,
       aliases=("torch.softmax(dim=None)",), note=_IMPLICIT, slips=Slips(siblings=("log_softmax", "sigmoid"))),
    Op("log_softmax", "x; dim:axis_or_none=-1", SOFTMAX, "log(softmax(x)) without overflow.",
       "log_softmax(x)[0] x=1,2,3",
       within="dim", shape=_along_torch_axis, torch=lambda t, x, dim: t.log_softmax(x, pull.softmax_axis(x.shape, dim)),
       sympy=lambda s, x, dim: x - s.logsumexp(x, pull.softmax_axis(x.shape, dim) if x.ndim else None, True),
       rule=(pull.log_softmax,), rows=row_axes.along(pull.softmax_axis), saturates=True,
       aliases=("torch.log_softmax(dim=None)",), note=_IMPLICIT, slips=Slips(siblings=("softmax", "sigmoid"))),
    Op("softmax_over", "x; dim:axes=None", SOFTMAX,
       "exp(x)/sum(exp(x)) over all entries, or along axes: scipy.special.softmax.",
       "sum(softmax_over(A)[0]**2) A=[[1,2],[3,4]]",
       within="dim", shape=_shape_over, torch=_softmax_over,
       sympy=lambda s, x, dim: s.map(s.exp, x - s.logsumexp(x, dim, True)),
       rule=("out*(g - sum(g*out, dim, True))",), saturates=True,
       aliases=("scipy.special.softmax", "jax.nn.softmax(dim=-1)")),
    Op("log_softmax_over", "x; dim:axes=None", SOFTMAX,
       "log(softmax_over(x)) without overflow: scipy.special.log_softmax.", "log_softmax_over(A)[0, 0] A=[[1,2],[3,4]]",
       within="dim", shape=_shape_over, torch=_log_softmax_over,
       sympy=lambda s, x, dim: x - s.logsumexp(x, dim, True),
       rule=("g - exp(out)*sum(g, dim, True)",), saturates=True,
       aliases=("scipy.special.log_softmax", "jax.nn.log_softmax(dim=-1)")),
    Op("logsumexp", "x; dim:axes=None, keepdim:flag=False", SOFTMAX, "log(sum(exp(x))) without overflow.",
       "logsumexp(x) x=1,2,3",
       within="dim", shape=reduce_nonempty,
       torch=lambda t, x, dim, keepdim: t.logsumexp(x, tuple(range(x.ndim)) if dim is None else dim, keepdim),
       sympy=lambda s, x, dim, keepdim: s.logsumexp(x, dim, keepdim),
       rule=("spread(g, x, dim, keepdim)*exp(x - spread(out, x, dim, keepdim))",), rows=row_axes.reducing(None),
       saturates=True),
    Op("softsign", "x", ACTIVATION, "x/(1 + abs(x)).", "softsign(x) x=-2",
       torch=F + "softsign", sympy=lambda s, x: s.div(x, 1 + s.Abs(x)), rule=("g/(1 + abs(x))**2",), kinks="x == 0",
       note="Differentiable once at 0."),
    Op("mish", "x", ACTIVATION, "x*tanh(softplus(x)).", "mish(x) x=0.5",
       torch=F + "mish", sympy=lambda s, x: x * s.tanh(s.log(1 + s.exp(x))),
       rule=("t = tanh(-logsigmoid(-x)); g*(t + x*sigmoid(x)*(1 - t*t))",), saturates=True),
    Op("tanhshrink", "x", ACTIVATION, "x - tanh(x).", "tanhshrink(x) x=0.5",
       torch=F + "tanhshrink", sympy=lambda s, x: x - s.tanh(x), saturates=True),
    Op("relu6", "x", ACTIVATION, "min(max(x, 0), 6).", "relu6(x) x=2",
       torch=F + "relu6", sympy=lambda s, x: s.Min(s.Max(x, 0), 6), kinks="x == 0 or x == 6"),
    Op("hardtanh", "x; min_val:number=-1, max_val:number=1", ACTIVATION, "x kept between min_val and max_val.",
       "hardtanh(x) x=0.5", torch=F + "hardtanh", sympy=lambda s, x, low, high: s.clamp(x, low, high), kinked=True),
    Op("hardsigmoid", "x", ACTIVATION, "relu6(x + 3)/6.", "hardsigmoid(x) x=0.5",
       torch=lambda t, x: t.nn.functional.relu6(x + 3) / 6, sympy=lambda s, x: s.Min(s.Max(x + 3, 0), 6) / s.scalar(6),
       kinks="abs(x) == 3",
       note="torch's own hardsigmoid has a slope of 1/6 in float32, also for float64, and no second derivative."),
    Op("hardswish", "x", ACTIVATION, "x*relu6(x + 3)/6.", "hardswish(x) x=0.5",
       torch=F + "hardswish", sympy=lambda s, x: x * s.Min(s.Max(x + 3, 0), 6) / s.scalar(6), kinks="abs(x) == 3"),
    Op("selu", "x", ACTIVATION, "1.0507...*elu(x, 1.6733...), which keeps mean 0 and variance 1.", "selu(x) x=-1",
       torch=F + "selu",
       sympy=lambda s, x: s.rational(*SELU_SCALE) * s.where(s.gt(x, 0), x, s.rational(*SELU_ALPHA) * (s.exp(x) - 1)),
       kinks="x == 0"),
    Op("celu", "x; alpha:number=1.0", ACTIVATION, "x right of 0, alpha*(exp(x/alpha) - 1) left of it.", "celu(x) x=-1",
       torch=_celu,
       sympy=lambda s, x, alpha: s.where(s.gt(x, 0), x, alpha * (s.exp(x / alpha) - 1)), kinks="x == 0",
       note="Its slope is continuous at 0, its second derivative is not. Written out: torch's own kernel rounds "
            "1/alpha to float32."),
    Op("prelu", "x, weight", ACTIVATION, "x right of 0, weight*x left of it.", "prelu(x, 0.25) x=-2",
       torch=lambda t, x, weight: t.where(x > 0, x, weight * x),
       sympy=lambda s, x, weight: s.where(s.gt(x, 0), x, weight * x), kinks="x == 0",
       note="The weight broadcasts; torch's belongs to axis 1."),
    Op("softshrink", "x; lambd:number=0.5", ACTIVATION, "x moved towards 0 by lambd, 0 within lambd of 0.",
       "softshrink(x) x=2",
       torch=F + "softshrink", sympy=lambda s, x, lambd: s.Max(x - lambd, 0) + s.Min(x + lambd, 0),
       kinked=True, aliases=("soft_threshold",)),
    Op("hardshrink", "x; lambd:number=0.5", ACTIVATION, "x, but 0 within lambd of 0.", "hardshrink(x) x=2",
       torch=F + "hardshrink", sympy=lambda s, x, lambd: s.where(s.gt(s.Abs(x), lambd), x, 0 * x), kinked=True),
    Op("threshold", "x; threshold:number, value:number", ACTIVATION, "x where it is above the threshold, else value.",
       "threshold(x, 0.5, 0) x=2",
       torch=F + "threshold",
       sympy=lambda s, x, threshold, value: s.where(s.gt(x, threshold), x, value + 0 * x), kinked=True),
    Op("glu", "x; dim:axis=-1", ACTIVATION, "a*sigmoid(b), a and b the halves of x along an axis.",
       "sum(glu(x)) x=1,2,0.5,-1", within="dim", shape=_glu_shape, torch=F + "glu", sympy=_glu, rule=(pull.glu,),
       saturates=True),
    Op("softmin", "x; dim:axis_or_none=-1", SOFTMAX, "softmax(-x).", "softmin(x)[0] x=1,2,3",
       within="dim", shape=_along_torch_axis, torch=lambda t, x, dim: t.softmax(-x, pull.softmax_axis(x.shape, dim)),
       sympy=lambda s, x, dim: s.softmax(-x, pull.softmax_axis(x.shape, dim)),
       rule=(pull.softmin,), saturates=True,
       aliases=("torch.softmin(dim=None)",), note=_IMPLICIT),
    Op("layer_norm", "x; normalized_shape:axes=None, weight:tensor=None, bias:tensor=None, eps:number=0.00001",
       NORMALISING,
       "(x - mean)/sqrt(var + eps)*weight + bias over the last axes: the last one, or those of normalized_shape; var "
       "with divisor n.",
       "layer_norm(x)[0] x=1,2,4",
       shape=_layer_norm_shape,
       torch=_layer_norm_torch,
       sympy=_layer_norm, rule=(pull.layer_norm, pull.layer_norm_weight, "sum_to(g, bias)"), saturates=True),
    Op("rms_norm", "x; normalized_shape:axes=None, weight:tensor=None, eps:number=None", NORMALISING,
       "x/sqrt(mean(x**2) + eps)*weight over the last axes: the last one, or those of normalized_shape.",
       "rms_norm(x)[0] x=1,2,4",
       shape=lambda x, weight, sizes, eps: _layer_norm_shape(x, weight, None, sizes, eps),
       torch=lambda t, x, weight, sizes, eps: t.nn.functional.rms_norm(x, pull.normalised_sizes(x.shape, sizes), weight,
                                                                       _RMS_EPS if eps is None else eps),
       sympy=_rms_norm, rule=(pull.rms_norm, pull.rms_norm_weight), saturates=True,
       note="Without eps it is float64's 2**-52 in every dtype; torch takes that of the dtype."),
    Op("normalize", "x; p:number=2, dim:axis=1, eps:number=0.000000000001", NORMALISING,
       "x divided by its p-norm along an axis, or by eps if that is larger.", "normalize(x, 2, 0)[0] x=3,4",
       within="dim", shape=_normalize_shape, torch=F + "normalize",
       sympy=lambda s, x, p, dim, eps: s.map(lambda v, n: s.div(v, s.Max(n, eps)), x, entry_norm(s, x, p, dim, True)),
       rule=(pull.normalize,), kinked=True, saturates=True,
       unlike=("jax.nn.normalize: it subtracts the mean and divides by the deviation; write layer_norm(x)",),
       note="torch's default axis is 1; a vector has axis 0 alone."),
    Op("cosine_similarity", "x1, x2; dim:axis_or_none=None, eps:number=0", NORMALISING,
       "sum(x1*x2)/(norm(x1)*norm(x2)) along an axis; norms below eps count as eps.",
       "cosine_similarity(x, y) x=3,4 y=1,2",
       shape=_cosine_shape, torch=_cosine_torch, sympy=_cosine,
       rule=(lambda *a: pull.cosine_similarity(*a, this="x1", other="x2"),
             lambda *a: pull.cosine_similarity(*a, this="x2", other="x1")),
       kinked=True, astray=_cosine_cut,
       saturates=True,
       note="The default axis is torch's, 1; of vectors, which torch refuses, 0. eps is 1e-8 in F.cosine_similarity, "
            "whose slope is wrong for norms below it."),
    Op("scaled_dot_product_attention", "query, key, value; is_causal:flag=False, scale:number=None", LAYER,
       "softmax(query @ key.T*scale) @ value, scale 1/sqrt(d) for queries of size d; is_causal: entry i sees keys up "
       "to i.",
       "sum(scaled_dot_product_attention(q, k, v)) q=[[1,2]] k=[[0,1],[1,0]] v=[[1,3],[2,5]]",
       shape=_attention_shape, cost=_attention_cost, torch=_attention_torch, sympy=_attention,
       rule=(pull.attention_query, pull.attention_key, pull.attention_value),
       saturates=True, accuracy=1e-12, aliases=("attention",)),
    Op("linear", "x, weight, bias=None", LAYER, "x @ weight.T + bias.",
       "sum(linear(x, W, b)**2) x=1,2 W=[[1,2],[3,4],[0,1]] b=1,2,3",
       shape=_linear_shape, cost=lambda x, w, *_: max(size(x) * size(w[:-1]), 1), torch=_linear_torch,
       sympy=lambda s, x, w, b: (lambda out: out if b is None else out + b)(s.matmul(x, w.T)) if w.ndim else x * w,
       rule=(pull.linear_input, pull.linear_weight, "sum_to(g, bias)")),
)  # fmt: skip
