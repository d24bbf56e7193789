"""numpy's reductions over the entries where a condition holds, ``np.sum(a, where=a > 0)``, and in other forms."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling, spelled
from gradcli.operations.spellings.numpy.plain import SPREAD

_KEPT = "axis:axes=None, dtype:dtype=None, out:nothing=None, keepdims:flag=False"
_BOUND = "axis:axes=None, out:nothing=None, keepdims:flag=False"

_WHERE = f"""
sum(a, {_KEPT}, initial=0, where:truth) := sum(where(where, a, 0), axis, keepdims) + initial
prod(a, {_KEPT}, initial=1, where:truth) := prod(where(where, a, 1), axis, keepdims)*initial
max(a, {_BOUND}, initial, where:truth) := maximum(amax(where(where, a, -inf), axis, keepdims), initial)
amax(a, {_BOUND}, initial, where:truth) := maximum(amax(where(where, a, -inf), axis, keepdims), initial)
min(a, {_BOUND}, initial, where:truth) := minimum(amin(where(where, a, inf), axis, keepdims), initial)
amin(a, {_BOUND}, initial, where:truth) := minimum(amin(where(where, a, inf), axis, keepdims), initial)
any(a:truth, {_BOUND}, *, where:truth) := any(a and where, axis, keepdims)
all(a:truth, {_BOUND}, *, where:truth) := all(a or not where, axis, keepdims)
nansum(a, {_KEPT}, initial=0, where:truth) := sum(where(where and a == a, a, 0), axis, keepdims) + initial
nanprod(a, {_KEPT}, initial=1, where:truth) := prod(where(where and a == a, a, 1), axis, keepdims)*initial
nansum(a, {_KEPT}, initial) := sum(where(a == a, a, 0), axis, keepdims) + initial
nanprod(a, {_KEPT}, initial) := prod(where(a == a, a, 1), axis, keepdims)*initial
nanmax(a, {_BOUND}, initial) := maximum(amax(where(a == a, a, -inf), axis, keepdims), initial)
nanmin(a, {_BOUND}, initial) := minimum(amin(where(a == a, a, inf), axis, keepdims), initial)
nanmax(a, {_BOUND}, initial, where:truth) := maximum(amax(where(where and a == a, a, -inf), axis, keepdims), initial)
nanmin(a, {_BOUND}, initial, where:truth) := minimum(amin(where(where and a == a, a, inf), axis, keepdims), initial)
"""

_MEAN = "sum(w*v, axis, {0})/sum(w, axis, {0})"
_SQUARES = f"n = sum(w, axis, keepdims); m = {_MEAN.format(True)}; d = sum(w*(v - m)**2, axis, keepdims)/(n - ddof)"
_VARIANCE = f"{_SQUARES}; d"
# Of one entry it is 0, without a kink.
_DEVIATION = f"{_SQUARES}; sqrt(where(n == 1, 1, d))*where(n == 1, 0/(n - ddof), 1)"


def _weighed(of: str, held: str) -> str:
    """held: the condition on entries; of: what is made of the weights w, 0 or 1, and the entries v, 0 elsewhere."""
    return f"w = where({held}, 1 + 0*a, 0); v = where({held}, a, 0); {of}"


def _given_mean(of: str) -> str:
    """Around a mean that was computed before, with the axes kept."""
    return of.format("sum((a - mean)**2, axis, keepdims)/(sum(ones_like(a), axis, keepdims) - ddof)")


_SPREAD = f"{SPREAD}, *"

SPELLINGS = (
    *spelled("np.", _WHERE),
    *(Spelling(f"np.{before}{name}(a, {signature}, where:truth)", _weighed(of, held))
      for name, signature, of in (("mean", f"{_KEPT}, *", _MEAN.format("keepdims")), ("var", _SPREAD, _VARIANCE),
                                  ("std", _SPREAD, _DEVIATION))
      for before, held in (("", "where"), ("nan", "where and a == a"))),
    Spelling(f"np.nanvar(a, {SPREAD})", _weighed(_VARIANCE, "a == a")),
    Spelling(f"np.nanstd(a, {SPREAD})", _weighed(_DEVIATION, "a == a")),
    *(Spelling(f"np.{name}(a, {_SPREAD}, mean)", _given_mean(of)) for name, of in (("var", "{}"), ("std", "sqrt({})"))),
)  # fmt: skip
