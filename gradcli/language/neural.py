"""Rows: activations, softmax and losses, with torch's default constants."""

from __future__ import annotations

from math import prod
from typing import Any

from gradcli.language.row import Op
from gradcli.language.shape_rules import Shape, ShapeMismatch, axis_of, reduce_nonempty

ACTIVATION = "activations"
SOFTMAX = "softmax"
LOSS = "losses"


def _along(shape: Shape, dim: int) -> Shape:
    axis_of(shape, dim)
    return shape


def _loss_shape(x: Shape, y: Shape, *constants: Any) -> Shape:  # Any: numbers and texts that do not matter here
    if x != y:
        raise ShapeMismatch("input and target of one shape")
    return x if constants[-1] == "none" else ()


def _cross_entropy_shape(x: Shape, y: Shape, reduction: str) -> Shape:
    if len(x) not in (1, 2) or y not in (x, x[:-1]):
        raise ShapeMismatch("logits (n, classes) or (classes,), and a target of class numbers or of that shape")
    return x[:-1] if reduction == "none" else ()


def _reduced(s: Any, losses: Any, reduction: str) -> Any:  # Any: arrays of the arithmetic that runs the meaning
    """torch's ``reduction``: mean over all entries, their sum, or none."""
    losses = s.array(losses)
    if reduction == "none":
        return losses
    total = s.sum(losses)
    return s.div(total[()], prod(losses.shape)) if reduction == "mean" else total


def _cross_entropy(s: Any, x: Any, y: Any, reduction: str) -> Any:  # Any: as above
    log_probabilities = x - s.logsumexp(x, -1, True)
    if y.shape == x.shape:
        losses = -s.sum(y * log_probabilities, -1)
    else:
        classes = s.np.arange(x.shape[-1])
        losses = -s.sum(s.map(lambda k, c, v: s.where(s.eq(k, c), v, 0), y[..., None], classes, log_probabilities), -1)
    return _reduced(s, losses, reduction)


def _huber(s: Any, e: Any, delta: Any) -> Any:  # Any: as above
    return s.where(s.le(s.Abs(e), delta), e * e / 2, delta * (s.Abs(e) - delta / 2))


F = "nn.functional."

ROWS = (
    Op("sigmoid", "x", ACTIVATION, "1/(1 + exp(-x)).", "sigmoid(x) x=0.5", saturates=True, sympy=lambda s, x: s.div(1, 1 + s.exp(-x)), aliases=("expit",)),
    Op("logsigmoid", "x", ACTIVATION, "log(sigmoid(x)) without overflow.", "logsigmoid(x) x=0.5", torch=F + "logsigmoid",
       saturates=True, sympy=lambda s, x: -s.log(1 + s.exp(-x)), aliases=("log_sigmoid",)),
    Op("relu", "x", ACTIVATION, "max(x, 0).", "relu(x) x=2", sympy=lambda s, x: s.Max(x, 0), kinks="x == 0"),
    Op("softplus", "x; beta:number=1, threshold:number=20", ACTIVATION, "log(1 + exp(beta*x))/beta; torch returns x where beta*x > threshold.",
       "softplus(x) x=0.5", torch=lambda t, x, beta, threshold: t.nn.functional.softplus(x, beta, threshold),
       saturates=True, sympy=lambda s, x, beta, threshold: s.where(s.gt(beta * x, threshold), x, s.log(1 + s.exp(beta * x)) / beta),
       note="Past the threshold it is x by definition, off by exp(-threshold): 2e-9 by default."),
    Op("silu", "x", ACTIVATION, "x*sigmoid(x).", "silu(x) x=0.5", torch=F + "silu", saturates=True, sympy=lambda s, x: s.div(x, 1 + s.exp(-x)),
       aliases=("swish",)),
    Op("gelu", "x; approximate:text='none'", ACTIVATION, "x*Phi(x), Phi the normal distribution; approximate='tanh' for the tanh form.",
       "gelu(x) x=0.5", torch=lambda t, x, approximate: t.nn.functional.gelu(x, approximate=approximate),
       saturates=True, sympy=lambda s, x, approximate: x * (1 + s.erf(x / s.sqrt(2))) / 2 if approximate == "none"
       else x * (1 + s.tanh(s.sqrt(2 / s.pi) * (x + s.rational(44715, 1000000) * x * x * x))) / 2),
    Op("elu", "x; alpha:number=1.0", ACTIVATION, "x right of 0, alpha*(exp(x) - 1) left of it.", "elu(x) x=-1",
       torch=lambda t, x, alpha: t.nn.functional.elu(x, alpha),
       sympy=lambda s, x, alpha: s.where(s.gt(x, 0), x, alpha * (s.exp(x) - 1)), kinks="x == 0"),
    Op("leaky_relu", "x; negative_slope:number=0.01", ACTIVATION, "x right of 0, negative_slope*x left of it.", "leaky_relu(x) x=-2",
       torch=lambda t, x, negative_slope: t.nn.functional.leaky_relu(x, negative_slope),
       sympy=lambda s, x, negative_slope: s.where(s.gt(x, 0), x, negative_slope * x), kinks="x == 0"),
    Op("softmax", "x; dim:axis=-1", SOFTMAX, "exp(x)/sum(exp(x)) along an axis.", "softmax(x)[0] x=1,2,3", shape=_along, elementwise=False,
       torch=lambda t, x, dim: t.softmax(x, dim), saturates=True, sympy=lambda s, x, dim: s.softmax(x, dim),
       slope=("out*(g - sum(g*out, dim=dim, keepdim=True))",)),
    Op("log_softmax", "x; dim:axis=-1", SOFTMAX, "log(softmax(x)) without overflow.", "log_softmax(x)[0] x=1,2,3", shape=_along,
       elementwise=False, torch=lambda t, x, dim: t.log_softmax(x, dim), saturates=True, sympy=lambda s, x, dim: x - s.logsumexp(x, dim, True),
       slope=("g - exp(out)*sum(g, dim=dim, keepdim=True)",)),
    Op("logsumexp", "x; dim:axes=None, keepdim:flag=False", SOFTMAX, "log(sum(exp(x))) without overflow.", "logsumexp(x) x=1,2,3",
       shape=reduce_nonempty, elementwise=False,
       torch=lambda t, x, dim, keepdim: t.logsumexp(x, tuple(range(x.ndim)) if dim is None else dim, keepdim),
       saturates=True, sympy=lambda s, x, dim, keepdim: s.logsumexp(x, dim, keepdim)),
    Op("mse_loss", "input, target; reduction:text='mean'", LOSS, "Mean of squared differences.", "mse_loss(x, y) x=1,2 y=0,4",
       shape=_loss_shape, elementwise=False,
       torch=lambda t, x, y, reduction: t.nn.functional.mse_loss(x, y, reduction=reduction),
       sympy=lambda s, x, y, reduction: _reduced(s, (x - y) * (x - y), reduction)),
    Op("huber_loss", "input, target; delta:number=1.0, reduction:text='mean'", LOSS,
       "Quadratic within delta, linear beyond.", "huber_loss(x, y) x=1,2 y=0.5,4.5", shape=_loss_shape, elementwise=False,
       torch=lambda t, x, y, delta, reduction: t.nn.functional.huber_loss(x, y, delta=delta, reduction=reduction),
       sympy=lambda s, x, y, delta, reduction: _reduced(s, s.map(lambda e: _huber(s, e, delta), x - y), reduction),
       kink_test=lambda s, x, y, delta, reduction: s.any_equal(s.map(s.Abs, x - y), delta)),
    Op("cross_entropy", "input, target; reduction:text='mean'", LOSS,
       "-log(softmax(input)) at the target: class numbers, or probabilities of the input's shape.",
       "cross_entropy(z, 2) z=1,2,4", shape=_cross_entropy_shape, elementwise=False,
       torch=lambda t, x, y, reduction: t.nn.functional.cross_entropy(x, y.long() if y.ndim < x.ndim else y, reduction=reduction),
       saturates=True, sympy=_cross_entropy),
)  # fmt: skip
