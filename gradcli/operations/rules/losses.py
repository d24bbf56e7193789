"""Rules of losses, whose text depends on the reduction; ``c`` is the cotangent of each loss.

Each function takes the operands' shapes, then the constants, or makes one that does: see Op.rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.rules.layers import slope_of_norm
from gradcli.operations.shape_rules import Shape, broadcast, size

# Any, in this module: constants: numbers, flags and texts

Rule = Callable[..., str]


def _share(reduction: str, count: str) -> str:
    """The cotangent of each of so many losses."""
    return f"c = g/{count}; " if reduction == "mean" else "c = g; "


def each(text: str) -> Rule:
    """The rule of operands that have the losses' shape; ``reduction`` is the last constant."""
    return lambda *arguments: _share(arguments[-1], "input.size") + text


def spread(text: str, operand: str, count: int = 2) -> Rule:
    """The rule of one of so many operands that broadcast to the losses' shape; ``reduction`` is the last constant."""

    def rule(*arguments: Any) -> str:
        losses = size(broadcast(*arguments[:count]))
        return f"{_share(arguments[-1], str(losses))}sum_to({text}, {operand})"

    return rule


# -- classes


def class_axis(x: Shape) -> int:
    """The axis of the classes: the second one, or that of a vector."""
    return min(len(x) - 1, 1)


def cross_entropy(x: Shape, y: Shape, reduction: str) -> str:
    """``c*(softmax*sum(t) - t)``, t the target's probabilities."""
    axis = class_axis(x)
    head = f"t = target; {_of_rows(x, reduction)}" if x == y else _hot(x) + _of_known(x, reduction)
    return f"{head}c*(softmax(input, {axis})*sum(t, {axis}, True) - t)"


def cross_entropy_target(x: Shape, y: Shape, reduction: str) -> str:
    return f"{_of_rows(x, reduction)}-c*log_softmax(input, {class_axis(x)})" if x == y else CLASS


def nll(x: Shape, _y: Shape, reduction: str) -> str:
    return f"{_hot(x)}{_of_known(x, reduction)}-c*t"


CLASS = "none: a class is a whole number"


def _hot(x: Shape) -> str:
    """1 at the class; a row that is ignored is 0."""
    axis = class_axis(x)
    places = f"[:{', None' * (len(x) - 1 - axis)}]" if len(x) - 1 > axis else ""
    return f"t = where(unsqueeze(target, {axis}) == arange(input.shape[{axis}]){places}, 1, 0); "


def _of_rows(x: Shape, reduction: str) -> str:
    axis = class_axis(x)
    if reduction == "none":
        return f"c = unsqueeze(g, {axis}); "
    return _share(reduction, "*".join(f"input.shape[{other}]" for other in range(len(x)) if other != axis) or "1")


def _of_known(x: Shape, reduction: str) -> str:
    """Rows that are ignored do not count in the mean."""
    return f"c = unsqueeze(g, {class_axis(x)}); " if reduction == "none" else _share(reduction, "sum(t)")


# -- divergences and likelihoods


def _divergence(text: str, text_of_logs: str) -> Rule:
    def rule(_x: Shape, _y: Shape, reduction: str, log_target: bool) -> str:
        share = _share("mean", "input.shape[0]") if reduction == "batchmean" else _share(reduction, "input.size")
        return share + (text_of_logs if log_target else text)

    return rule


kl_div = _divergence("-c*target", "-c*exp(target)")
kl_div_target = _divergence("c*(log(target) + 1 - input)", "c*exp(target)*(target + 1 - input)")


def logits(text: str, text_of_weighted: str) -> Rule:
    """Without and with a weight of the ones."""

    def rule(_x: Shape, _y: Shape, weight: Shape | None, reduction: str) -> str:
        return _share(reduction, "input.size") + (text if weight is None else text_of_weighted)

    return rule


def poisson(_x: Shape, _y: Shape, log_input: bool, _full: bool, _eps: Any, reduction: str) -> str:
    return _share(reduction, "input.size") + (
        "c*(exp(input) - target)" if log_input else "c*(1 - target/(input + eps))"
    )


def poisson_target(_x: Shape, _y: Shape, log_input: bool, full: bool, _eps: Any, reduction: str) -> str:
    """Stirling's term, where it counts, has the slope ``log(y) + 1/(2*y)``."""
    stirling = " + c*where(target > 1, log(target) + 1/(2*target), 0)" if full else ""
    return f"{_share(reduction, 'input.size')}-c*{'input' if log_input else 'log(input + eps)'}{stirling}"


def gaussian(sign: str) -> Rule:
    """The distance over the variance, which is not below eps; one for each row is a column."""

    def rule(x: Shape, _y: Shape, var: Shape, _full: bool, _eps: Any, reduction: str) -> str:
        return f"{_share(reduction, 'input.size')}{sign}c*(input - target)/maximum({_column(x, var)}, eps)"

    return rule


def gaussian_variance(x: Shape, _y: Shape, var: Shape, _full: bool, _eps: Any, reduction: str) -> str:
    """Where the variance is cut it has no slope."""
    row = "" if len(var) == len(x) else "[..., 0]"
    return (
        f"{_share(reduction, 'input.size')}v = {_column(x, var)}; d = (input - target)**2; "
        f"sum_to(where(v > eps, c*(1/v - d/v**2)/2, 0), v){row}"
    )


def _column(x: Shape, var: Shape) -> str:
    return "var" if len(var) == len(x) else "unsqueeze(var, -1)"


# -- distances


def triplet(text: str) -> Rule:
    """``text`` in a and b: what goes back to anchor - positive and to anchor - negative where the loss is above 0."""

    def rule(a: Shape, p: Shape, n: Shape, _margin: Any, order: Any, _eps: Any, reduction: str) -> str:
        losses = size(broadcast(broadcast(a, p)[:-1], broadcast(a, n)[:-1]))
        slopes = (slope_of_norm(name, f"unsqueeze({norm}, -1)", order) for name, norm in (("u", "k"), ("v", "m")))
        near, far = slopes
        return (
            f"{_share(reduction, str(losses))}u = anchor - positive + eps; v = anchor - negative + eps; "
            "k = norm(u, p, -1); m = norm(v, p, -1); h = where(k - m + margin > 0, c, 0); "
            f"a = unsqueeze(sum_to(h, k), -1)*{near}; b = unsqueeze(sum_to(h, m), -1)*{far}; {text}"
        )

    return rule
