"""F.nn.functional's losses: weights, classes that are left out, and the two old words for a reduction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.shape_rules import broadcast
from gradcli.operations.spelling import OPERAND, Spelling

_OLD = "size_average:flag=None, reduce:flag=None"


def reduction_of(size_average: Any, reduce: Any, reduction: Any) -> Any:
    """The reduction; the old words go before it, as in torch."""
    if size_average is None and reduce is None:
        return reduction
    return "none" if reduce is False else "sum" if size_average is False else "mean"


def reduced(losses: str, reduction: Any, divisor: str = "") -> str:
    """Losses one by one, their sum, or their mean: the sum through a divisor, where one is given."""
    if reduction == "mean" and divisor:
        return f"sum({losses})/sum({divisor})"
    return losses if reduction == "none" else f"{'mean' if reduction == 'mean' else 'sum'}({losses})"


def _loss(call: str, row: str) -> Spelling:
    """A loss whose row says all; ``{}`` in it is the reduction."""
    return Spelling(call, lambda size_average, reduce, reduction: row.format(
        repr(reduction_of(size_average, reduce, reduction))))  # fmt: skip


def _weighed(row: str, divisor: str = "", after: str = "") -> Callable[..., str]:
    """Losses times a weight, where one is given."""

    def means(weight: Any, size_average: Any, reduce: Any, reduction: Any) -> str:
        kind = reduction_of(size_average, reduce, reduction)
        if weight is None:
            return f"{row}(input, target, reduction={kind!r}{after})"
        return reduced(f"weight*{row}(input, target, reduction='none'{after})", kind, divisor)

    return means


def _huber(weight: Any, reduction: Any) -> str:
    if weight is None:
        return "huber_loss(input, target, delta, reduction)"
    return reduced("weight*huber_loss(input, target, delta, 'none')", reduction)


def _logits(weight: Any, size_average: Any, reduce: Any, reduction: Any, pos_weight: Any) -> str:
    after = "" if pos_weight is None else ", pos_weight=pos_weight"
    return _weighed("binary_cross_entropy_with_logits", after=after)(weight, size_average, reduce, reduction)


def _known(ignore_index: Any) -> str:
    """The target; the class that is left out is -100 to the rows."""
    return "target" if ignore_index == -100 else f"where(target == {ignore_index}, -100, target)"


def _of_classes(row: str, weight: Any, ignore_index: Any, kind: Any) -> str:
    """Each class has its weight, by which the mean is divided."""
    target = _known(ignore_index)
    if weight is None:
        return f"{row}(input, {target}, {kind!r})"
    losses = f"w*{row}(input, {target}, 'none')"
    return f"w = nll_loss(-by_channel(weight, input)*ones_like(input), {target}, 'none'); {reduced(losses, kind, 'w')}"


def _nll(weight: Any, size_average: Any, ignore_index: Any, reduce: Any, reduction: Any) -> str:
    return _of_classes("nll_loss", weight, ignore_index, reduction_of(size_average, reduce, reduction))


def _of_probabilities(input: int, weight: Any, kind: Any, label_smoothing: Any) -> str:
    """The target has a probability for each class, which a smoothing moves towards the mean of all."""
    axis = min(input - 1, 1)
    if weight is None and not label_smoothing:
        return f"cross_entropy(input, target, {kind!r})"
    target = "target"
    if label_smoothing:
        target = "((1 - label_smoothing)*target + label_smoothing*ones_like(input)/n)"
    weighed = target if weight is None else f"by_channel(weight, input)*{target}"
    losses = f"-sum({weighed}*log_softmax(input, {axis}), {axis})"
    return f"n = sum(ones_like(input))/sum(ones_like(sum(input, {axis}))); {reduced(losses, kind)}"


def _cross_entropy(
    input: Any, target: Any, weight: Any, size_average: Any, ignore_index: Any, reduce: Any, reduction: Any,
    label_smoothing: Any,
) -> str:  # fmt: skip
    kind = reduction_of(size_average, reduce, reduction)
    if input == target:
        return _of_probabilities(input, weight, kind, label_smoothing)
    if not label_smoothing:
        return _of_classes("cross_entropy", weight, ignore_index, kind)
    weights = "ones_like(input)" if weight is None else "by_channel(weight, input)*ones_like(input)"
    known = _known(ignore_index)
    losses = "(1 - label_smoothing)*w*v + label_smoothing*k*cross_entropy(input, c, 'none')/n"
    return (
        f"c = {weights}; v = cross_entropy(input, {known}, 'none'); "
        f"k = nll_loss(-ones_like(input), {known}, 'none'); w = nll_loss(-c, {known}, 'none'); "
        "n = sum(ones_like(input))/sum(ones_like(v)); " + reduced(f"({losses})", kind, "w")
    )


def _after_linear(linear_weight: Any, linear_bias: Any, ignore_index: Any) -> str:
    """The cross entropy of scores that a linear map gives; their classes are its first axis."""
    letters = "abcdefgh"[: linear_weight - 1]
    scores = f"einsum('...z,{letters}z->...{letters}', input, linear_weight)"
    bias = "" if linear_bias is None else " + linear_bias"
    left_out = -100 if ignore_index is None else ignore_index
    return (
        f"z = {scores}{bias}; F.cross_entropy(z, target, weight, ignore_index={left_out}, reduction=reduction, "
        "label_smoothing=label_smoothing)"
    )


def _gaussian(input: Any, target: Any, var: Any) -> str:
    """Input and target of two shapes are repeated, and so is one variance for all."""
    call = "gaussian_nll_loss({}, {}, {}, full, eps, reduction)"
    if OPERAND in (input, target, var):
        return call.format("input", "target", "var")
    spread = "var*ones_like(input)" if input and not var else "var"
    if input == target:
        return call.format("input", "target", spread)
    sizes = broadcast(input, target)
    return call.format(f"expand(input, {sizes})", f"expand(target, {sizes})", spread)


def _triplet(swap: Any, size_average: Any, reduce: Any, reduction: Any) -> str:
    kind = reduction_of(size_average, reduce, reduction)
    if not swap:
        return f"triplet_margin_loss(anchor, positive, negative, margin, p, eps, {kind!r})"
    far = "minimum(pairwise_distance(anchor, negative, p, eps), pairwise_distance(positive, negative, p, eps))"
    return reduced(f"relu(pairwise_distance(anchor, positive, p, eps) - {far} + margin)", kind)


def _multilabel(weight: Any, size_average: Any, reduce: Any, reduction: Any) -> str:
    losses = "binary_cross_entropy_with_logits(input, target, 'none')"
    weighed = losses if weight is None else f"weight*{losses}"
    return reduced(f"mean({weighed}, -1)", reduction_of(size_average, reduce, reduction))


END = f"{_OLD}, reduction:text='mean'"

SPELLINGS = (
    Spelling(f"F.mse_loss(input, target, {END}, weight=None)", _weighed("mse_loss", "weight")),
    Spelling(f"F.l1_loss(input, target, {END}, weight=None)", _weighed("l1_loss", "weight")),
    _loss(f"F.smooth_l1_loss(input, target, {END}, beta=1)", "smooth_l1_loss(input, target, beta, {})"),
    Spelling("F.huber_loss(input, target, reduction:text='mean', delta=1, weight=None)", _huber),
    Spelling("F.cross_entropy(input:ranked, target:ranked, weight=None, size_average:flag=None, "
             "ignore_index:integer=-100, reduce:flag=None, reduction:text='mean', label_smoothing:number=0)",
             _cross_entropy),
    Spelling("F.linear_cross_entropy(input, linear_weight:ranked, target, *, linear_bias=None, weight=None, "
             "reduction:text='mean', ignore_index:integer=None, label_smoothing:number=0, options:nothing=None)",
             _after_linear),
    Spelling("F.nll_loss(input, target, weight=None, size_average:flag=None, ignore_index:integer=-100, "
             "reduce:flag=None, reduction:text='mean')", _nll),
    _loss(f"F.kl_div(input, target, {END}, log_target:flag=False)", "kl_div(input, target, {}, log_target)"),
    Spelling(f"F.binary_cross_entropy(input, target, weight=None, {END})", _weighed("binary_cross_entropy")),
    Spelling(f"F.binary_cross_entropy_with_logits(input, target, weight=None, {END}, pos_weight=None)", _logits),
    _loss("F.poisson_nll_loss(input, target, log_input:flag=True, full:flag=False, size_average:flag=None, "
          "eps=0.00000001, reduce:flag=None, reduction:text='mean')",
          "poisson_nll_loss(input, target, log_input, full, eps, {})"),
    Spelling("F.gaussian_nll_loss(input:told, target:told, var:told, full:flag=False, eps=0.000001, "
             "reduction:text='mean')", _gaussian),
    _loss(f"F.soft_margin_loss(input, target, {END})", "soft_margin_loss(input, target, {})"),
    Spelling(f"F.multilabel_soft_margin_loss(input, target, weight=None, {END})", _multilabel),
    _loss(f"F.hinge_embedding_loss(input, target, margin=1, {END})",
          "hinge_embedding_loss(input, target, margin, {})"),
    _loss(f"F.margin_ranking_loss(input1, input2, target, margin=0, {END})",
          "margin_ranking_loss(input1, input2, target, margin, {})"),
    Spelling(f"F.triplet_margin_loss(anchor, positive, negative, margin=1, p=2, eps=0.000001, swap:flag=False, "
             f"{END})", _triplet),
)  # fmt: skip
