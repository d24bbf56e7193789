"""numpy's quantiles of entries that have weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.shape_rules import Shape, ShapeMismatch, axes_of
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.numpy.order import ALONG, fitted

# The entries in order, and the share of all weights up to each: the first that reaches p is it. Weights of 0 in front
# reach no share, not even 0. It is nan where one of the entries is, where a weight is negative, or all are 0.
_IN_ORDER = (
    "o = argsort(y, -1); s = gather(y, -1, o); t = cumsum(gather(w, -1, o), -1); "
    "c = where(t == 0, -1, t/t[..., -1:]); b = all(w >= 0, -1) and t[..., -1] > 0 and s[..., -1] == s[..., -1]"
)
_FIRST = (
    "where(b and {share} >= 0 and {share} <= 1, "
    "sum(where(arange({size}) == minimum(sum(where(c < {share}, 1, 0), -1, True), {last}), s, 0), -1), nan)"
)


def _spread(a: Shape, weights: Shape, axis: Any) -> str:
    """The weights in the shape of the array; they may be given along the axes alone."""
    if weights == a:
        return "weights"
    axes = axes_of(a, axis)
    if axis is None or weights != tuple(a[at] for at in axes):
        raise ShapeMismatch("weights of the shape of the array, or of its axes where axis names them")
    order = tuple(sorted(range(len(axes)), key=axes.__getitem__))
    wide = tuple(n if at in axes else 1 for at, n in enumerate(a))
    return f"expand(reshape(permute(weights, {order}), {wide}), {a})"


def _weighed(hundred: int) -> Callable[..., str]:
    def means(a: Shape, q: Shape, axis: Any, method: str, keepdims: bool, weights: Shape) -> str:
        if method != "inverted_cdf":
            return f"{NONE}method='inverted_cdf' alone takes weights, not '{method}'"
        if len(q) > 1 or (q and keepdims):
            raise ShapeMismatch("q a number or a vector of them, of which keepdims is not asked")
        (entries, at, size, back), weighing = fitted(a, axis, keepdims), fitted(a, axis, keepdims, "v")[0]
        share = "q" if hundred == 1 else f"q/{hundred}"
        lines = f"v = {_spread(a, weights, axis)}; y = movedim({entries}, {at}, -1)"
        lines += f"; w = movedim({weighing}, {at}, -1)"
        one = [_FIRST.format(size=size, last=size - 1, share=f"p[{k}]" if q else "p") for k in range(q[0] if q else 1)]
        found = f"[{', '.join(one)}]" if q else back.format(one[0])
        return f"{lines}; {_IN_ORDER}; p = {share}; {found}"

    return means


SPELLINGS = tuple(
    Spelling(f"np.{name}(a:shaped, q:shaped, {ALONG}, method:text='linear', keepdims:flag=False, *, weights:shaped)",
             _weighed(hundred))
    for name, hundred in (("quantile", 1), ("percentile", 100))
)  # fmt: skip
