"""scipy.stats' functions of samples: moments, means, scores, and tests with their probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling, spelled

# Any, in this module: the constants of a call, shapes, or OPERAND

_KEPT = "*, keepdims:flag=False"
_COUNT = "np.sum(ones_like({0}), axis=axis, keepdims=keepdims)"
_CENTRED = "d = a - np.mean(a, axis=axis, keepdims=True)"
_MEAN = "np.mean({}, axis=axis, keepdims=keepdims)"

_SCORES = """
zscore(a, axis:axes=0, ddof:number=0) := \
    (a - np.mean(a, axis=axis, keepdims=True))/np.std(a, axis=axis, ddof=ddof, keepdims=True)
gzscore(a, *, axis:axes=0, ddof:number=0) := b = log(a); \
    (b - np.mean(b, axis=axis, keepdims=True))/np.std(b, axis=axis, ddof=ddof, keepdims=True)
zmap(scores, compare, axis:axes=0, ddof:number=0) := \
    (scores - np.mean(compare, axis=axis, keepdims=True))/np.std(compare, axis=axis, ddof=ddof, keepdims=True)
variation(a, axis:axes=0, *, ddof:number=0, keepdims:flag=False) := \
    np.std(a, axis=axis, ddof=ddof, keepdims=keepdims)/np.mean(a, axis=axis, keepdims=keepdims)
sem(a, axis:axes=0, ddof:number=1, *, keepdims:flag=False) := \
    np.std(a, axis=axis, ddof=ddof, keepdims=keepdims)/sqrt(np.sum(ones_like(a), axis=axis, keepdims=keepdims))
tmean(a, limits:nothing=None, inclusive=None, axis:axes=None) := np.mean(a, axis=axis)
tvar(a, limits:nothing=None, inclusive=None, axis:axes=0, ddof:number=1) := np.var(a, axis=axis, ddof=ddof)
tstd(a, limits:nothing=None, inclusive=None, axis:axes=0, ddof:number=1) := np.std(a, axis=axis, ddof=ddof)
tsem(a, limits:nothing=None, inclusive=None, axis:axes=0, ddof:number=1) := \
    np.std(a, axis=axis, ddof=ddof)/sqrt(np.sum(ones_like(a), axis=axis))
tmin(a, lowerlimit:nothing=None, axis:axes=0) := np.min(a, axis=axis)
tmax(a, upperlimit:nothing=None, axis:axes=0) := np.max(a, axis=axis)
iqr(x, axis:axes=None, rng:nothing=None, scale=1, *, interpolation:text='linear') := \
    (np.quantile(x, 0.75, axis=axis, method=interpolation) \
    - np.quantile(x, 0.25, axis=axis, method=interpolation))/scale
median_abs_deviation(x, axis:axes=0, center:nothing=None, scale=1) := \
    np.median(abs(x - np.median(x, axis=axis, keepdims=True)), axis=axis)/scale
boxcox(x, lmbda) := where(lmbda == 0, log(x), expm1(lmbda*log(x))/where(lmbda == 0, 1, lmbda))
boxcox_llf(lmb, data, *, axis:axes=0, keepdims:flag=False) := \
    n = np.sum(ones_like(data), axis=axis, keepdims=keepdims); \
    y = where(lmb == 0, log(data), data**lmb/where(lmb == 0, 1, lmb)); \
    (lmb - 1)*np.sum(log(data), axis=axis, keepdims=keepdims) - n/2*log(np.var(y, axis=axis, keepdims=keepdims))
spearmanr(a, b=None, axis:axes=0) := none: it is of ranks, which are constants: their slope is 0 wherever they have one
kendalltau(x, y) := none: it is of ranks, which are constants: their slope is 0 wherever they have one
rankdata(a, method:text='average') := none: ranks are constants: their slope is 0 wherever they have one
"""


def _moment(order: Any, center: Any) -> str:
    if not isinstance(order, int) or order < 0:
        return ""
    if center is None and order < 2:
        return _MEAN.format("ones_like(a)" if order == 0 else "0*a")
    start = _CENTRED if center is None else "d = a - center"
    return f"{start}; {_MEAN.format('d**order')}"


def _skew(bias: Any) -> str:
    plain = f"{_CENTRED}; {_MEAN.format('d**3')}/{_MEAN.format('d**2')}**1.5"
    factor = "where(n > 2, sqrt(n*(n - 1))/maximum(n - 2, 1), 1)"  # of fewer scipy corrects nothing
    return plain if bias else f"n = {_COUNT.format('a')}; {plain}*{factor}"


def _kurtosis(fisher: Any, bias: Any) -> str:
    ratio = f"{_MEAN.format('d**4')}/{_MEAN.format('d**2')}**2"
    if bias:
        return f"{_CENTRED}; {ratio}{' - 3' if fisher else ''}"
    excess = "((n**2 - 1)*r - 3*(n - 1)**2)/maximum((n - 2)*(n - 3), 1)"
    corrected = f"r = {ratio}; where(n > 3, {excess}, r - 3)"  # of fewer scipy corrects nothing
    return f"n = {_COUNT.format('a')}; {_CENTRED}; {corrected}{'' if fisher else ' + 3'}"


def _averaged(inner: str, weights: Any) -> str:
    """The mean of a formula over the axis, weighted where weights are given."""
    if weights is None:
        return _MEAN.format(inner)
    total = "np.sum(weights*ones_like(a), axis=axis, keepdims=keepdims)"
    return f"(np.sum(weights*({inner}), axis=axis, keepdims=keepdims)/{total})"


def _power_mean(p: Any, weights: Any) -> str:
    return f"exp({_averaged('log(a)', weights)})" if p == 0 else f"{_averaged('a**p', weights)}**(1/p)"


def _entropy(qk: Any, base: Any) -> str:
    total = "{0}/np.sum({0}, axis=axis, keepdims=True)"
    if qk is None:
        formula = f"p = {total.format('pk')}; np.sum(entr(p), axis=axis, keepdims=keepdims)"
    else:
        formula = (
            f"p = {total.format('pk')}; q = {total.format('qk')}; np.sum(rel_entr(p, q), axis=axis, keepdims=keepdims)"
        )
    return formula if base is None else f"{formula}/log(base)"


def _wasserstein(u_values: Any, v_values: Any) -> str:
    if len(u_values) != 1 or u_values != v_values:
        return f"{NONE}it is read of two samples of one size"
    return "mean(abs(sort(u_values) - sort(v_values)))"


def _trimmed(a: Any, proportiontocut: Any) -> str:
    cut = int(proportiontocut * a[0]) if a else 0
    return f"np.mean(np.sort(a, axis=0)[{cut}:{a[0] - cut}], axis=0)" if a and a[0] > 2 * cut else ""


def _k_statistic(n: Any) -> str:
    """Fisher's: unbiased estimates of the cumulants. Of the central moments m2, m3, m4, in the number of entries k."""
    centred = "d = data - mean(data); k = numel(data)*ones_like(mean(data))"
    formulas = {
        1: "mean(data)",
        2: "k/(k - 1)*mean(d**2)",
        3: "k**2/((k - 1)*(k - 2))*mean(d**3)",
        4: "k**2/((k - 1)*(k - 2)*(k - 3))*((k + 1)*mean(d**4) - 3*(k - 1)*mean(d**2)**2)",
    }
    return f"{centred}; {formulas[n]}" if n in formulas else ""


_TESTED = ("statistic", "pvalue")
_TWO_SIDED = "betainc(n/2, 1/2, n/(n + t**2))"  # of Student's t with n degrees of freedom
_ONE_SAMPLE = (
    "k = np.sum(ones_like({0}), axis=axis); n = k - 1;"
    " t = ({1})/sqrt(np.var({0}, axis=axis, ddof=1)/k); (t, " + _TWO_SIDED + ")"
)
_GROUPS = (
    "k = np.sum(ones_like(a), axis=axis); l = np.sum(ones_like(b), axis=axis);"
    " u = np.var(a, axis=axis, ddof=1); v = np.var(b, axis=axis, ddof=1)"
)


def _two_samples(equal_var: Any) -> str:
    if equal_var:
        spread = "n = k + l - 2; s = ((k - 1)*u + (l - 1)*v)/n*(1/k + 1/l)"
    else:
        spread = "s = u/k + v/l; n = s**2/((u/k)**2/(k - 1) + (v/l)**2/(l - 1))"
    means = "np.mean(a, axis=axis) - np.mean(b, axis=axis)"
    return f"{_GROUPS}; {spread}; t = ({means})/sqrt(s); (t, {_TWO_SIDED})"


_CORRELATED = (
    "c = x - np.mean(x, axis=axis, keepdims=True); d = y - np.mean(y, axis=axis, keepdims=True);"
    " r = np.sum(c*d, axis=axis)/sqrt(np.sum(c**2, axis=axis)*np.sum(d**2, axis=axis));"
    " n = np.sum(ones_like(c*d), axis=axis) - 2"
)
_FITTED = (
    "c = x - mean(x); d = y - mean(y); r = sum(c*d)/sqrt(sum(c**2)*sum(d**2)); n = sum(ones_like(c*d)) - 2;"
    " b = sum(c*d)/sum(c**2); (b, mean(y) - b*mean(x), r, betainc(n/2, 1/2, 1 - r**2),"
    " sqrt((1 - r**2)*sum(d**2)/sum(c**2)/n))"
)
_CHI2 = (
    "s = np.sum((f_obs - e)**2/e, axis=axis); (s, gammaincc((np.sum(ones_like(f_obs), axis=axis) - 1 - ddof)/2, s/2))"
)


def _tests() -> Iterable[Spelling]:
    """Statistics with their probabilities, two-sided."""
    for call, means in (
        (
            "ttest_1samp(a, popmean, axis:axis=0)",
            _ONE_SAMPLE.format("a", "np.mean(a, axis=axis) - popmean"),
        ),
        ("ttest_rel(a, b, axis:axis=0)", _ONE_SAMPLE.format("(a - b)", "np.mean(a - b, axis=axis)")),
        ("ttest_ind(a, b, *, axis:axis=0, equal_var:flag=True)", _two_samples),
        ("pearsonr(x, y, *, axis:axis=0)", f"{_CORRELATED}; (r, betainc(n/2, 1/2, 1 - r**2))"),
        ("chisquare(f_obs, f_exp=None, ddof=0, axis:axis=0)", _chi2),
    ):
        yield Spelling(f"scipy.stats.{call}", means, fields=_TESTED)
    yield Spelling("scipy.stats.linregress(x, y)", _FITTED, fields=("slope", "intercept", "rvalue", "pvalue", "stderr"))


_CIRCLE = (
    "w = ({high} - low)/(2*pi); s = np.mean(sin((samples - low)/w), axis=axis, keepdims=keepdims);"
    " c = np.mean(cos((samples - low)/w), axis=axis, keepdims=keepdims); {circular}"
)
_CIRCULAR = {
    "circmean": "low + w*(atan2(s, c) + where(atan2(s, c) < 0, 2*pi, 0))",
    "circvar": "1 - hypot(s, c)",
    "circstd": "w*sqrt(-2*log(hypot(s, c)))",
}


def _on_a_circle(formula: str) -> Callable[..., str]:
    """Of angles between low and high, by default 0 and 2*pi."""
    return lambda high: _CIRCLE.format(high="2*pi" if high is None else "high", circular=formula)


def _chi2(f_exp: Any) -> str:
    expected = "np.mean(f_obs, axis=axis, keepdims=True)" if f_exp is None else "f_exp"
    return f"e = {expected}; {_CHI2}"


def _of_all(call: str) -> Iterable[str]:
    """The call, and where it goes along the first axis, unless it is told otherwise, that with None for all axes."""
    yield call
    if "axis:axes=0" in call:
        yield call.replace("axis:axes=0", "axis:axes=None")


_CALLS: tuple[tuple[str, str | Callable[..., str]], ...] = (
    ("moment(a, order:integer=1, axis:axes=0, *, center=None, keepdims:flag=False)", _moment),
    (f"skew(a, axis:axes=0, bias:flag=True, {_KEPT})", _skew),
    (f"kurtosis(a, axis:axes=0, fisher:flag=True, bias:flag=True, {_KEPT})", _kurtosis),
    (f"gmean(a, axis:axes=0, dtype:nothing=None, weights=None, {_KEPT})",
     lambda weights: f"exp({_averaged('log(a)', weights)})"),
    ("hmean(a, axis:axes=0, dtype:nothing=None, *, weights=None, keepdims:flag=False)",
     lambda weights: f"1/{_averaged('1/a', weights)}"),
    ("pmean(a, p, *, axis:axes=0, dtype:nothing=None, weights=None, keepdims:flag=False)", _power_mean),
    ("entropy(pk, qk=None, base=None, axis:axes=0, *, keepdims:flag=False)", _entropy),
    ("wasserstein_distance(u_values:shaped, v_values:shaped)", _wasserstein),
    ("trim_mean(a:shaped, proportiontocut:number)", _trimmed),
    ("kstat(data, n:integer=2)", _k_statistic),
    *((f"{name}(samples, high=None, low=0, axis:axes=None, {_KEPT})", _on_a_circle(formula))
      for name, formula in _CIRCULAR.items()),
    *((one.call, one.means) for one in spelled("", _SCORES)),
)  # fmt: skip

SPELLINGS = (
    *(Spelling(f"scipy.stats.{one}", means) for call, means in _CALLS for one in _of_all(call)),
    *_tests(),
)
