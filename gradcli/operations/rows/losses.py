"""Rows: losses, with torch's order of arguments, default constants and reductions."""

from __future__ import annotations

from math import prod
from typing import Any

from gradcli.operations.row import Op, Places, functional
from gradcli.operations.rows.linear_algebra import pairwise_shape
from gradcli.operations.rows.reductions import entry_norm
from gradcli.operations.rules import losses as pull
from gradcli.operations.shape_rules import Shape, ShapeMismatch, broadcast

LOSS = "losses"


def _reduction(losses: Shape, reduction: str) -> Shape:
    """The shape that is left of the losses."""
    if reduction not in ("mean", "sum", "none"):
        raise ShapeMismatch(f"reduction 'mean', 'sum' or 'none', not '{reduction}'")
    return losses if reduction == "none" else ()


def _entry_by_entry(*arguments: Any) -> str:  # Any: shapes, then numbers, flags and the reduction
    """The subscripts of a sum, or of none, over entries that stand in one place."""
    operands = sum(isinstance(one, tuple) for one in arguments)
    return ",".join(["..."] * operands) + ("->..." if "none" in arguments else "->")


def _same(x: Shape, *others: Shape) -> Shape:
    if any(other != x for other in others):
        raise ShapeMismatch("input and target of one shape", hint="reshape one, or add axes of size 1 and expand")
    return x


def _loss_shape(x: Shape, y: Shape, *constants: Any) -> Shape:  # Any: numbers, flags, and last the reduction
    return _reduction(_same(x, y), constants[-1])


def _labelled_shape(x: Shape, y: Shape, *constants: Any) -> Shape:  # Any: as above
    """Inputs and labels, which may broadcast."""
    return _reduction(broadcast(x, y), constants[-1])


def _kl_shape(x: Shape, y: Shape, reduction: str, _log_target: bool) -> Shape:
    _same(x, y)
    if reduction == "batchmean" and not x:
        raise ShapeMismatch("an axis for reduction='batchmean'")
    return () if reduction == "batchmean" else _reduction(x, reduction)


def _classes_shape(x: Shape, y: Shape, reduction: str, *, probabilities: bool) -> Shape:
    """Scores (classes,), (n, classes) or (n, classes, ...), and a class for each row, or for each place in it."""
    axis = pull.class_axis(x)
    rows = x[:axis] + x[axis + 1 :]
    if not x or not x[axis] or y not in ([rows, x] if probabilities else [rows]):
        raise ShapeMismatch(
            f"scores (classes,), (n, classes) or (n, classes, ...), and a target of class numbers, {rows}"
            + f", or of probabilities, {x}" * probabilities
            if x
            else "scores (classes,), (n, classes) or (n, classes, ...)"
        )
    if reduction == "mean" and 0 in x:
        raise ShapeMismatch("at least one row for reduction='mean'")
    return _reduction(rows, reduction)


def _classes(x: Shape) -> Places:
    """The target has class numbers, of which torch leaves -100 out."""
    return Places(1, pull.class_axis(x), ignored=-100)


def _bce_logits_shape(x: Shape, y: Shape, weight: Shape | None, reduction: str) -> Shape:
    _same(x, y)
    if weight is not None and broadcast(x, weight) != x:
        raise ShapeMismatch(f"a pos_weight that broadcasts to the input's shape {x}")
    return _reduction(x, reduction)


def _gaussian_shape(x: Shape, y: Shape, var: Shape, *constants: Any) -> Shape:  # Any: as above
    _same(x, y)
    if var != x and (not x or var not in ((*x[:-1], 1), x[:-1])):
        raise ShapeMismatch(f"a variance for each entry, of shape {x}, or for each row")
    return _reduction(x, constants[-1])


def _ranking_shape(x: Shape, other: Shape, y: Shape, _margin: Any, reduction: str) -> Shape:  # Any: a number
    return _reduction(broadcast(x, other, y), reduction)


def _triplet_shape(
    a: Shape, p: Shape, n: Shape, _margin: Any, order: Any, eps: Any, reduction: str
) -> Shape:  # Any: numbers
    if len({len(a), len(p), len(n)}) > 1:
        raise ShapeMismatch("three arrays with equally many axes")
    near, far = pairwise_shape(a, p, order, eps, False), pairwise_shape(a, n, order, eps, False)
    return _reduction(broadcast(near, far), reduction)


# -- meanings. Any, from here on: arrays of the arithmetic that runs the meaning, numbers, torch tensors

IGNORED = -100  # torch's default ignore_index: such a class counts neither in the sum nor in the mean


def _reduced(s: Any, losses: Any, reduction: str) -> Any:
    """torch's ``reduction``: mean over all entries, their sum, or none."""
    losses = s.array(losses)
    if reduction == "none":
        return losses
    total = s.sum(losses)
    return s.div(total[()], prod(losses.shape)) if reduction == "mean" else total


def _reduced_torch(t: Any, losses: Any, reduction: str) -> Any:
    return losses if reduction == "none" else t.mean(losses) if reduction == "mean" else t.sum(losses)


def _of_classes(s: Any, scores: Any, y: Any, reduction: str) -> Any:
    """Minus the score of each row's class, reduced over the rows that are not ignored."""
    losses = -_chosen(s, s.np.moveaxis(scores, pull.class_axis(scores.shape), -1), y)
    if reduction != "mean":
        return _reduced(s, losses, reduction)
    count = s.sum(s.map(lambda k: s.where(s.eq(k, IGNORED), s.scalar(0), s.scalar(1)), y))
    return s.div(s.sum(losses)[()], count[()])


def _chosen(s: Any, scores: Any, y: Any) -> Any:
    """The score of each row's class, along the last axis; 0 where it is ignored, undefined where it is not there."""
    classes = s.np.arange(scores.shape[-1])
    own = s.sum(s.map(lambda k, c, v: s.where(s.eq(k, c), v, 0), y[..., None], classes, scores), -1)
    known = s.sum(s.map(lambda k, c: s.where(s.eq(k, c), 1, 0), y[..., None], classes), -1)
    return s.map(
        lambda v, count, k: s.where(s.eq(k, IGNORED), s.scalar(0), s.where(s.gt(count, 0), v, s.nan)), own, known, y
    )


def _cross_entropy(s: Any, x: Any, y: Any, reduction: str) -> Any:
    axis = pull.class_axis(x.shape)
    log_probabilities = x - s.logsumexp(x, axis, True)
    if y.shape == x.shape:
        return _reduced(s, -s.sum(y * log_probabilities, axis), reduction)
    return _of_classes(s, log_probabilities, y, reduction)


def _huber(s: Any, e: Any, delta: Any) -> Any:
    return s.where(s.le(s.Abs(e), delta), e * e / 2, delta * (s.Abs(e) - delta / 2))


def _smooth_l1(s: Any, e: Any, beta: Any) -> Any:
    return s.where(s.lt(s.Abs(e), beta), e * e / 2 / beta, s.Abs(e) - beta / s.scalar(2)) if beta else s.Abs(e)


def _xlogx(s: Any, y: Any) -> Any:
    return s.where(s.eq(y, 0), s.scalar(0), y * s.log(y))


def _kl_div(s: Any, x: Any, y: Any, reduction: str, log_target: bool) -> Any:
    losses = s.map(lambda a, b: s.exp(b) * (b - a) if log_target else _xlogx(s, b) - b * a, x, y)
    if reduction == "batchmean":
        return s.div(s.sum(losses)[()], x.shape[0])
    return _reduced(s, losses, reduction)


def _kl_torch(t: Any, x: Any, y: Any, reduction: str, log_target: bool) -> Any:
    """torch warns about its own 'mean', on the user's terminal."""
    if reduction == "mean":
        return t.mean(t.nn.functional.kl_div(x, y, reduction="none", log_target=log_target))
    return t.nn.functional.kl_div(x, y, reduction=reduction, log_target=log_target)


def _bce(s: Any, x: Any, y: Any) -> Any:
    """torch cuts both logarithms at -100."""
    return -(y * s.Max(s.log(x), -100) + (1 - y) * s.Max(s.log(1 - x), -100))


def _bce_logits(s: Any, x: Any, y: Any, weight: Any, reduction: str) -> Any:
    parts = [x, y] if weight is None else [x, y, weight]
    return _reduced(s, s.map(lambda u, v, w=1: (1 - v) * u + (1 + (w - 1) * v) * s.log1pexp(-u), *parts), reduction)


def _bce_logits_torch(t: Any, x: Any, y: Any, weight: Any, reduction: str) -> Any:
    """Written out where ones have a weight: torch has no slope in it."""
    if weight is None:
        return t.nn.functional.binary_cross_entropy_with_logits(x, y, reduction=reduction)
    return _reduced_torch(t, (1 - y) * x - (1 + (weight - 1) * y) * t.nn.functional.logsigmoid(x), reduction)


def _poisson(s: Any, x: Any, y: Any, log_input: bool, full: bool, eps: Any) -> Any:
    loss = s.exp(x) - y * x if log_input else x - y * s.log(x + eps)
    stirling = y * s.log(y) - y + s.log(2 * s.pi * y) / 2
    return loss + s.where(s.gt(y, 1), stirling, 0) if full else loss


def _gaussian(s: Any, x: Any, y: Any, var: Any, full: bool, eps: Any, reduction: str) -> Any:
    spread = var[..., None] if var.ndim < x.ndim else var
    constant = s.log(2 * s.pi) / 2 if full else 0

    def loss(u: Any, v: Any, w: Any) -> Any:
        w = s.Max(w, eps)
        return s.log(w) / 2 + (u - v) * (u - v) / w / 2 + constant

    return _reduced(s, s.map(loss, x, y, spread), reduction)


def _hinge_gap(s: Any, x: Any, y: Any, margin: Any) -> Any:
    return s.map(lambda u, v: margin - v * u, x, y)


def _positive(s: Any, gaps: Any, reduction: str) -> Any:
    return _reduced(s, s.map(lambda gap: s.Max(gap, 0), gaps), reduction)


def _hinge_embedding(s: Any, x: Any, y: Any, margin: Any) -> Any:
    """Both parts where the label is neither 1 nor -1, as torch has it."""
    return s.where(s.eq(y, 1), 0, s.Max(margin - x, 0)) + s.where(s.eq(y, -1), 0, x)


def _triplet_gap(s: Any, a: Any, p: Any, n: Any, margin: Any, order: Any, eps: Any) -> Any:
    return entry_norm(s, a - p + eps, order, -1, False) - entry_norm(s, a - n + eps, order, -1, False) + margin


def _numbered(name: str) -> tuple[str, ...]:
    return (f"torch.{name}: it numbers the reductions, and gives each loss where none is named; write F.{name}",)


ROWS = (
    Op("mse_loss", "input, target; reduction:text='mean'", LOSS, "Mean of squared differences.",
       "mse_loss(x, y) x=1,2 y=0,4",
       terms=_entry_by_entry, shape=_loss_shape, torch=functional("mse_loss", "reduction"),
       sympy=lambda s, x, y, reduction: _reduced(s, (x - y) * (x - y), reduction),
       rule=(pull.each("2*c*(input - target)"), pull.each("2*c*(target - input)"))),
    Op("l1_loss", "input, target; reduction:text='mean'", LOSS, "Mean of absolute differences.",
       "l1_loss(x, y) x=1,2 y=0,4",
       terms=_entry_by_entry, shape=_loss_shape, torch=functional("l1_loss", "reduction"),
       sympy=lambda s, x, y, reduction: _reduced(s, s.map(s.Abs, x - y), reduction),
       rule=(pull.each("c*sign(input - target)"), pull.each("c*sign(target - input)")), kinked=True),
    Op("huber_loss", "input, target; delta:number=1.0, reduction:text='mean'", LOSS,
       "Quadratic within delta, linear beyond.", "huber_loss(x, y) x=1,2 y=0.5,4.5",
       terms=_entry_by_entry, shape=_loss_shape, torch=functional("huber_loss", "delta", "reduction"),
       sympy=lambda s, x, y, delta, reduction: _reduced(s, s.map(lambda e: _huber(s, e, delta), x - y), reduction),
       rule=(pull.each("c*clamp(input - target, -delta, delta)"), pull.each("c*clamp(target - input, -delta, delta)")),
       kinked=True),
    Op("smooth_l1_loss", "input, target; beta:number=1.0, reduction:text='mean'", LOSS,
       "huber_loss with delta=beta, divided by beta.", "smooth_l1_loss(x, y) x=1,2 y=0.5,4.5",
       terms=_entry_by_entry, shape=_loss_shape, torch=functional("smooth_l1_loss", "beta", "reduction"),
       sympy=lambda s, x, y, beta, reduction: _reduced(s, s.map(lambda e: _smooth_l1(s, e, beta), x - y), reduction),
       rule=(pull.each("e = input - target; c*where(abs(e) < beta, e/where(beta > 0, beta, 1), sign(e))"),
             pull.each("e = target - input; c*where(abs(e) < beta, e/where(beta > 0, beta, 1), sign(e))")),
       kinked=True),
    Op("cross_entropy", "input, target; reduction:text='mean'", LOSS,
       "-log(softmax(input, 1)) at the target: class numbers, or probabilities of the input's shape; of a vector along "
       "its axis.",
       "cross_entropy(z, 2) z=1,2,4",
       shape=lambda x, y, reduction: _classes_shape(x, y, reduction, probabilities=True),
       torch=lambda t, x, y, reduction: t.nn.functional.cross_entropy(x, y.long() if y.ndim < x.ndim else y,
                                                                      reduction=reduction),
       places=lambda x, y, reduction: _classes(x) if len(y) < len(x) else None,
       sympy=_cross_entropy, rule=(pull.cross_entropy, pull.cross_entropy_target), saturates=True,
       note="A class number that is not whole is undefined; torch's .long() cuts it. The class -100 is left out, also "
            "of the mean."),
    Op("nll_loss", "input, target; reduction:text='mean'", LOSS,
       "-input at the target, class numbers along axis 1, or along the axis of a vector: input holds logarithms of "
       "probabilities.",
       "nll_loss(log_softmax(z), 2) z=1,2,4",
       shape=lambda x, y, reduction: _classes_shape(x, y, reduction, probabilities=False),
       torch=lambda t, x, y, reduction: t.nn.functional.nll_loss(x, y.long(), reduction=reduction), sympy=_of_classes,
       places=lambda x, y, reduction: _classes(x),
       rule=(pull.nll, pull.CLASS),
       note="The class -100 is left out, also of the mean."),
    Op("kl_div", "input, target; reduction:text='mean', log_target:flag=False", LOSS,
       "target*(log(target) - input), input holds logarithms; log_target: so does target. reduction='batchmean' is the "
       "divergence of the rows.",
       "kl_div(log_softmax(z), p, 'sum') z=1,2 p=0.25,0.75", terms=_entry_by_entry,
       shape=_kl_shape, torch=_kl_torch, sympy=_kl_div,
       rule=(pull.kl_div, pull.kl_div_target),
       kinked=True,
       note="The order is torch's: kl_div(log(q), p) is KL(p || q).",
       unlike=_numbered("kl_div")),
    Op("binary_cross_entropy", "input, target; reduction:text='mean'", LOSS,
       "-(y*log(x) + (1 - y)*log(1 - x)), the logarithms cut at -100.", "binary_cross_entropy(x, y) x=0.2,0.75 y=0,1",
       terms=_entry_by_entry, shape=_loss_shape, torch=functional("binary_cross_entropy", "reduction"),
       sympy=lambda s, x, y, reduction: _reduced(s, s.map(lambda u, v: _bce(s, u, v), x, y), reduction),
       rule=(pull.each("c*(where(log(1 - input) > -100, (1 - target)/(1 - input), 0) "
                       "- where(log(input) > -100, target/input, 0))"),
             pull.each("c*(maximum(log(1 - input), -100) - maximum(log(input), -100))")),
       kinked=True, saturates=True, cancels=True, accuracy=1e-12,
       astray=lambda s, x, y, reduction: s.any_of(*(s.lt(v * (1 - v), s.rational(1, 8)) for v in s.entries(x))),
       note="torch's second slope adds 1e-12 to x and to 1 - x, which is seen near 0 and 1."),
    Op("binary_cross_entropy_with_logits", "input, target; reduction:text='mean', pos_weight:tensor=None", LOSS,
       "binary_cross_entropy(sigmoid(input), target) without overflow; pos_weight multiplies the loss of the ones.",
       "binary_cross_entropy_with_logits(x, y) x=0.5,-1 y=0,1",
       terms=_entry_by_entry, shape=_bce_logits_shape, torch=_bce_logits_torch, sympy=_bce_logits,
       rule=(pull.logits("c*(sigmoid(input) - target)",
                         "c*(1 - target - (1 + (pos_weight - 1)*target)*sigmoid(-input))"),
             pull.logits("-c*input", "-c*(input + (pos_weight - 1)*logsigmoid(input))"),
             pull.logits("", "sum_to(-c*target*logsigmoid(input), pos_weight)")), saturates=True,
       unlike=_numbered("binary_cross_entropy_with_logits")),
    Op("poisson_nll_loss",
       "input, target; log_input:flag=True, full:flag=False, eps:number=0.00000001, reduction:text='mean'", LOSS,
       "exp(input) - target*input; log_input=False: input - target*log(input + eps). full adds Stirling's term where "
       "target > 1.",
       "poisson_nll_loss(x, y) x=0.5,1 y=2,3",
       terms=_entry_by_entry,
       shape=_loss_shape, torch=functional("poisson_nll_loss", "log_input", "full", "eps", "reduction"),
       sympy=lambda s, x, y, log_input, full, eps, reduction: _reduced(s,
                                                                       s.map(lambda u,
                                                                             v: _poisson(s, u, v, log_input, full,
                                                                                         eps), x, y), reduction),
       rule=(pull.poisson, pull.poisson_target),
       kinked=True,
       unlike=_numbered("poisson_nll_loss")),
    Op("gaussian_nll_loss", "input, target, var; full:flag=False, eps:number=0.000001, reduction:text='mean'", LOSS,
       "(log(var) + (input - target)**2/var)/2, var not below eps; full adds log(2*pi)/2.",
       "gaussian_nll_loss(x, y, v) x=0.5,1 y=2,3 v=1,2",
       shape=_gaussian_shape, torch=functional("gaussian_nll_loss", "full", "eps", "reduction"), sympy=_gaussian,
       rule=(pull.gaussian(""), pull.gaussian("-"), pull.gaussian_variance),
       kinked=True,
       astray=lambda s, x, y, var, full, eps, reduction: s.any_of(*(s.le(v, eps) for v in s.entries(var))),
       note="torch's slope in var is wrong below eps: it goes on as if var were not cut."),
    Op("hinge_loss", "input, target; reduction:text='mean'", LOSS, "max(0, 1 - target*input), target 1 or -1.",
       "hinge_loss(x, y) x=0.5,1 y=1,-1",
       terms=_entry_by_entry,
       shape=_labelled_shape, torch=lambda t, x, y, reduction: _reduced_torch(t, t.relu(1 - y * x), reduction),
       sympy=lambda s, x, y, reduction: _positive(s, _hinge_gap(s, x, y, 1), reduction),
       rule=(pull.spread("where(target*input < 1, -c*target, 0)", "input"),
             pull.spread("where(target*input < 1, -c*input, 0)", "target")), kinked=True),
    Op("soft_margin_loss", "input, target; reduction:text='mean'", LOSS, "log(1 + exp(-target*input)), target 1 or -1.",
       "soft_margin_loss(x, y) x=0.5,1 y=1,-1",
       terms=_entry_by_entry, shape=_loss_shape,
       torch=lambda t, x, y, reduction: _reduced_torch(t, -t.nn.functional.logsigmoid(y * x), reduction),
       sympy=lambda s, x, y, reduction: _reduced(s, s.map(lambda u, v: s.log1pexp(-v * u), x, y), reduction),
       rule=(pull.each("-c*target*sigmoid(-target*input)"), pull.each("-c*input*sigmoid(-target*input)")),
       saturates=True),
    Op("hinge_embedding_loss", "input, target; margin:number=1.0, reduction:text='mean'", LOSS,
       "input where target is 1, max(0, margin - input) where it is -1.", "hinge_embedding_loss(x, [1, -1]) x=0.5,0.25",
       terms=_entry_by_entry, shape=_labelled_shape, torch=functional("hinge_embedding_loss", "margin", "reduction"),
       sympy=lambda s, x, y, margin, reduction: _reduced(s, s.map(lambda u, v: _hinge_embedding(s, u, v, margin), x, y),
                                                         reduction),
       rule=(pull.spread("where(target == -1, 0, c) - where(target == 1, 0, where(input < margin, c, 0))", "input"),
             "zeros_like(target)"), kinked=True,
       unlike=_numbered("hinge_embedding_loss")),
    Op("margin_ranking_loss", "x1, x2, target; margin:number=0, reduction:text='mean'", LOSS,
       "max(0, margin - target*(x1 - x2)), target 1 or -1.", "margin_ranking_loss(x, y, 1, 2) x=0.5,1 y=0,2",
       terms=_entry_by_entry, shape=_ranking_shape,
       torch=lambda t, x, other, y, margin, reduction: _reduced_torch(t, t.relu(margin - y * (x - other)), reduction),
       sympy=lambda s, x, other, y, margin, reduction: _positive(s, _hinge_gap(s, x - other, y, margin), reduction),
       rule=(pull.spread("where(margin > target*(x1 - x2), -c*target, 0)", "x1", 3),
             pull.spread("where(margin > target*(x1 - x2), c*target, 0)", "x2", 3),
             pull.spread("where(margin > target*(x1 - x2), c*(x2 - x1), 0)", "target", 3)),
       kinked=True,
       unlike=_numbered("margin_ranking_loss")),
    Op("triplet_margin_loss",
       "anchor, positive, negative; margin:number=1.0, p:number=2, eps:number=0.000001, reduction:text='mean'", LOSS,
       "max(0, margin + distance(anchor, positive) - distance(anchor, negative)), with pairwise_distance.",
       "triplet_margin_loss(a, p, n) a=1,2 p=0,1 n=2,4",
       shape=_triplet_shape, torch=functional("triplet_margin_loss", "margin", "p", "eps", "reduction"),
       sympy=lambda s, a, p, n, margin, order, eps, reduction: _positive(s, _triplet_gap(s, a, p, n, margin, order,
                                                                                         eps), reduction),
       rule=(pull.triplet("sum_to(a, anchor) - sum_to(b, anchor)"), pull.triplet("-sum_to(a, positive)"),
             pull.triplet("sum_to(b, negative)")),
       kinked=True,
       unlike=_numbered("triplet_margin_loss")),
)  # fmt: skip
