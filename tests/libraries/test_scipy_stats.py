"""scipy.stats: what each family is asked, value and slope, as a function and of an object, is what scipy makes of it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import gradcli
from gradcli.operations.contents import blueprints_in
from gradcli.operations.prefixes import DISTRIBUTIONS
from gradcli.operations.spellings import LIBRARIES
from tests.libraries.beside import Values, calls, difference, directions, gradclis, refused, run, slope_of

scipy = pytest.importorskip("scipy", reason="scipy is not installed")
pytest.importorskip("scipy.stats")

NAMES = {"scipy": scipy, "np": np}
LINE, POSITIVE, UNIT, BEYOND_ONE = (-2.1, -0.4, 0.3, 1.7), (0.2, 0.9, 1.6, 3.3), (0.12, 0.4, 0.77), (1.1, 1.9, 3.4)
# The shape parameters, and points of the standardised variable.
FAMILIES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "norm": ((), LINE),
    "laplace": ((), LINE),
    "logistic": ((), LINE),
    "genlogistic": ((1.7,), LINE),
    "cauchy": ((), LINE),
    "t": ((4.5,), LINE),
    "gumbel_r": ((), LINE),
    "gumbel_l": ((), LINE),
    "loggamma": ((1.7,), LINE),
    "hypsecant": ((), LINE),
    "moyal": ((), LINE),
    "skewnorm": ((1.7,), LINE),
    "exponnorm": ((1.7,), LINE),
    "gennorm": ((1.7,), LINE),
    "dgamma": ((1.7,), LINE),
    "dweibull": ((1.7,), LINE),
    "laplace_asymmetric": ((1.7,), LINE),
    "johnsonsu": ((0.4, 1.7), LINE),
    "vonmises": ((1.7,), LINE),
    "genextreme": ((0.3,), LINE),
    "expon": ((), POSITIVE),
    "gamma": ((1.7,), POSITIVE),
    "erlang": ((3,), POSITIVE),
    "gengamma": ((1.7, 1.3), POSITIVE),
    "invgamma": ((3.7,), POSITIVE),
    "chi": ((3.7,), POSITIVE),
    "chi2": ((3.7,), POSITIVE),
    "betaprime": ((1.7, 3.6), POSITIVE),
    "f": ((3.7, 5.2), POSITIVE),
    "lognorm": ((0.7,), POSITIVE),
    "halfnorm": ((), POSITIVE),
    "halfcauchy": ((), POSITIVE),
    "halflogistic": ((), POSITIVE),
    "weibull_min": ((1.7,), POSITIVE),
    "weibull_max": ((1.7,), tuple(-z for z in POSITIVE)),
    "invweibull": ((1.7,), POSITIVE),
    "exponweib": ((1.7, 1.3), POSITIVE),
    "pareto": ((2.7,), BEYOND_ONE),
    "lomax": ((2.7,), POSITIVE),
    "rayleigh": ((), POSITIVE),
    "maxwell": ((), POSITIVE),
    "nakagami": ((1.7,), POSITIVE),
    "rice": ((1.7,), POSITIVE),
    "levy": ((), POSITIVE),
    "invgauss": ((1.7,), POSITIVE),
    "wald": ((), POSITIVE),
    "fisk": ((2.7,), POSITIVE),
    "burr12": ((1.7, 1.3), POSITIVE),
    "burr": ((1.7, 1.3), POSITIVE),
    "gompertz": ((0.7,), POSITIVE),
    "foldnorm": ((1.2,), POSITIVE),
    "foldcauchy": ((1.2,), POSITIVE),
    "loglaplace": ((2.7,), POSITIVE),
    "genpareto": ((0.3,), POSITIVE),
    "uniform": ((), UNIT),
    "beta": ((1.7, 2.6), UNIT),
    "powerlaw": ((1.7,), UNIT),
    "arcsine": ((), UNIT),
    "semicircular": ((), UNIT),
    "triang": ((0.35,), UNIT),
    "truncexpon": ((2.2,), UNIT),
    "truncnorm": ((-0.8, 1.9), UNIT),
    "loguniform": ((0.4, 2.9), POSITIVE[1:3]),
    "reciprocal": ((0.4, 2.9), POSITIVE[1:3]),
    "johnsonsb": ((0.4, 1.7), UNIT),
    "wrapcauchy": ((0.4,), POSITIVE),
}
COUNTS = (0.0, 1.0, 3.0, 6.0)
WHOLE: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "poisson": ((2.3,), COUNTS),
    "bernoulli": ((0.3,), (0.0, 1.0)),
    "binom": ((8, 0.3), (*COUNTS, 8.0)),
    "nbinom": ((4, 0.3), COUNTS),
    "geom": ((0.3,), COUNTS[1:]),
    "hypergeom": ((20, 7, 12), COUNTS),
    "betabinom": ((8, 1.7, 2.6), COUNTS),
    "betanbinom": ((8, 1.7, 2.6), COUNTS),
    "logser": ((0.3,), COUNTS[1:]),
    "zipf": ((3.7,), COUNTS[1:]),
    "planck": ((0.7,), COUNTS),
    "dlaplace": ((0.7,), (-2.0, *COUNTS)),
    "skellam": ((2.3, 1.6), (-2.0, *COUNTS)),
    "yulesimon": ((2.7,), COUNTS[1:]),
    "randint": ((0, 9), COUNTS),
}
NO_SLOPE = frozenset({8, 4, 20, 7, 12, 0, 9, 3})  # whole numbers
WITHOUT = frozenset({"rvs", "fit", "expect", "interval", "moment", "stats"})


def asked(name: str) -> dict[str, str]:
    """What a family is asked, with its argument."""
    found = next(one for library in LIBRARIES for one in blueprints_in(library) if one.name == f"scipy.stats.{name}")
    return {
        what: calls[0].parameters[0].name if calls[0].parameters else ""
        for what, calls in found.methods.items()
        if what not in WITHOUT and not str(calls[0].means).startswith("none: ")
    }


def case(name: str) -> tuple[list[str], dict[str, np.ndarray], str]:
    """The texts of a family's calls, the values in them, and the family's parameters."""
    shapes, points = FAMILIES.get(name) or WHOLE[name]
    whole = name in WHOLE
    values = {f"s{at}": np.array(float(shape)) for at, shape in enumerate(shapes)}
    loc, scale = (2.0, 1.0) if whole else (0.3, 1.4)
    values |= {"x": loc + scale * np.array(points), "q": np.array([0.07, 0.4, 0.83])}
    values |= {} if whole else {"m": np.array(loc), "s": np.array(scale)}
    parameters = ", ".join([*(f"s{at}" for at in range(len(shapes))), *(["2"] if whole else ["m", "s"])])
    texts = []
    for what, argument in asked(name).items():
        inside = ", ".join(part for part in ({"k": "x"}.get(argument, argument), parameters) if part)
        texts.append(f"scipy.stats.{name}.{what}({inside})")
    return texts, values, parameters


def as_scipy_has_it(text: str) -> str:
    """scipy's wald is 1 in its shape, where its methods say so."""
    return re.sub(
        r"wald\.(\w+)\(((?:(?:[xq]|\[[^]]*\])(?:, )?)?)",
        lambda m: f"invgauss.{m[1]}({m[2].rstrip(', ')}{', ' * bool(m[2])}1, ",
        text,
    )


def numbers_written(name: str, text: str, values: Values) -> tuple[str, Values]:
    """The text with the numbers that do not move, whole numbers, written out, and the values of what is left."""
    for found in re.findall(r"\bs\d", text):
        if float(values[found]) in NO_SLOPE:
            text = re.sub(rf"\b{found}\b", f"{int(values[found])}", text)
    if name in WHOLE:
        text = re.sub(r"\bx\b", str(values["x"].tolist()), text)
    return text, {found: value for found, value in values.items() if re.search(rf"\b{found}\b", text)}


@pytest.mark.parametrize("name", [*FAMILIES, *WHOLE])
def test_a_family_is_what_scipy_makes_of_it(name: str) -> None:
    texts, values, _ = case(name)
    cases = [numbers_written(name, text, values) for text in texts]
    found = [difference(text, NAMES, moving, oracle=as_scipy_has_it(text)) for text, moving in cases]
    assert [message for message in found if message] == []


@pytest.mark.parametrize("name", [*FAMILIES, *WHOLE])
def test_an_object_says_the_same_as_the_functions(name: str) -> None:
    texts, values, parameters = case(name)
    for text in texts:
        what, inside = text.removeprefix(f"scipy.stats.{name}.").removesuffix(")").split("(")
        own = inside.removesuffix(parameters).removesuffix(", ")
        frozen = f"scipy.stats.{name}({parameters}).{what}({own})"
        moving = {n: v for n, v in values.items() if re.search(rf"\b{n}\b", text)}
        np.testing.assert_array_equal(gradclis(frozen, moving, None)[0], gradclis(text, moving, None)[0])


FAR = [-1e3, -40.0, -9.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 9.0, 40.0, 1e3]
MOST = 690  # of a logarithm, beyond which a float is 0
CANCELS = frozenset({"invgauss", "wald", "exponnorm", "foldnorm"})  # scipy's are as inexact as these


@pytest.mark.parametrize("name", [*FAMILIES, *WHOLE])
def test_edges_tails_and_what_is_outside(name: str) -> None:
    """Values at the ends of the support, between whole numbers, and far out, where all digits have to be there."""
    shapes = ", ".join(map(str, (FAMILIES.get(name) or WHOLE[name])[0]))
    wrong = []
    for what, argument in asked(name).items():
        points = FAR if argument in {"x", "k"} else [-0.1, 0.0, 2.0**-30, 0.4, 1 - 2.0**-20, 1.0, 1.1]
        if not argument:
            continue
        if (name, what) == ("skewnorm", "logcdf"):  # a difference, of which less is left the further out
            points = points[4:]
        text = f"scipy.stats.{name}.{what}({points}{', ' if shapes else ''}{shapes})"
        found, expected = gradclis(text, {}, None)[0], run(as_scipy_has_it(text), NAMES, {})
        tiny = 1e-300 if name not in CANCELS and what in {"logpdf", "logpmf", "pdf", "pmf"} else 1e-13
        same = np.isclose(found, expected, rtol=1e-8, atol=tiny, equal_nan=True)
        same |= (expected == -np.inf) & (found < -MOST) & np.isfinite(found)  # scipy takes the logarithm of 0
        wrong += [
            f"{what}({p}) = {f}, not {e}" for p, f, e, s in zip(points, found, expected, same, strict=True) if not s
        ]
    assert not wrong, "\n".join(wrong)


def test_every_family_is_there() -> None:
    joint = {
        "multivariate_normal",
        "multivariate_t",
        "dirichlet",
        "multinomial",
        "wishart",
        "invwishart",
        "matrix_normal",
    }
    assert {*FAMILIES, *WHOLE} | joint == set(DISTRIBUTIONS)


JOINT: dict[str, np.ndarray] = {
    "v": np.array([0.4, -1.3, 0.8]),
    "m": np.array([0.1, 0.3, -0.6]),
    "V": np.array([[0.4, -1.3, 0.8], [1.4, 0.2, -0.3]]),
    "S": np.array([[2.0, 0.3, -0.4], [0.3, 1.5, 0.2], [-0.4, 0.2, 1.1]]),
    "T": np.array([[1.4, -0.2, 0.1], [-0.2, 1.9, 0.5], [0.1, 0.5, 2.2]]),
    "R": np.array([[1.3, 0.4], [0.4, 2.1]]),
    "w": np.array([0.2, 0.5, 0.3]),
    "a": np.array([1.4, 2.3, 0.8]),
    "d": np.array([0.7, 1.8, 1.2]),
    "n": np.array(5.3),
    "c": np.array(1.7),
}
OF_VECTORS = calls("""
    scipy.stats.multivariate_normal.logpdf(v, m, S)
    scipy.stats.multivariate_normal.pdf(v, m, S)
    scipy.stats.multivariate_normal.logpdf(V, m, S)
    scipy.stats.multivariate_normal.logpdf(V, cov=S)
    scipy.stats.multivariate_normal.logpdf(v, mean=m, cov=S, allow_singular=False)
    scipy.stats.multivariate_normal.logpdf(v, m, d)
    scipy.stats.multivariate_normal.logpdf(V, m, d)
    scipy.stats.multivariate_normal.logpdf(v, m, c)
    scipy.stats.multivariate_normal.logpdf(v, m)
    scipy.stats.multivariate_normal.logpdf(v)
    scipy.stats.multivariate_normal.logpdf(v, 0.5, c)
    scipy.stats.multivariate_normal.pdf(v, cov=c)
    scipy.stats.multivariate_normal.entropy(m, S)
    scipy.stats.multivariate_normal(m, S).logpdf(v)
    scipy.stats.multivariate_normal(m, S).pdf(V)
    scipy.stats.multivariate_normal(cov=S).logpdf(V)
    scipy.stats.multivariate_t.logpdf(v, m, S, n)
    scipy.stats.multivariate_t.pdf(V, m, S, n)
    scipy.stats.multivariate_t(m, S, n).logpdf(v)
    scipy.stats.dirichlet.logpdf(w, a)
    scipy.stats.dirichlet.pdf(w, a)
    scipy.stats.dirichlet.entropy(a)
    scipy.stats.dirichlet.mean(a)
    scipy.stats.dirichlet.var(a)
    scipy.stats.dirichlet(a).logpdf(w)
    scipy.stats.multinomial.logpmf([3, 1, 2], 6, w)
    scipy.stats.multinomial.pmf([3, 1, 2], 6, w)
    scipy.stats.multinomial.cov(6, w)
    scipy.stats.multinomial(6, w).logpmf([3, 1, 2])
    scipy.stats.wishart.logpdf(T, 5.3, S)
    scipy.stats.wishart.pdf(T, 5.3, S)
    scipy.stats.wishart.mean(5.3, S)
    scipy.stats.wishart(5.3, S).logpdf(T)
    scipy.stats.invwishart.logpdf(T, 5.3, S)
    scipy.stats.invwishart.mean(5.3, S)
    scipy.stats.invwishart(5.3, S).pdf(T)
    scipy.stats.matrix_normal.logpdf(V, None, R, S)
    scipy.stats.matrix_normal.logpdf(V, 2*V, R, S)
    scipy.stats.matrix_normal.pdf(V, rowcov=R, colcov=S)
    scipy.stats.matrix_normal(2*V, R, S).logpdf(V)
""")
SAMPLES: dict[str, np.ndarray] = {
    "x": np.array([0.4, 1.3, 2.2, 0.9, 1.76]),
    "y": np.array([1.1, 0.3, 2.5, 1.6, 2.9]),
    "A": np.array([[0.4, 1.3, 2.2], [0.9, 1.7, 0.2], [1.5, 0.6, 2.8], [2.1, 0.8, 1.9]]),
    "B": np.array([[1.4, 0.3, 1.2], [0.7, 1.1, 0.6], [2.5, 1.6, 0.8], [1.1, 2.8, 0.9]]),
    "w": np.array([0.2, 0.3, 0.1, 0.25, 0.15]),
}
OF_SAMPLES = calls("""
    norm.moment(2, w[0], y[0])
    gamma.moment(1, y, scale=x)
    rice.moment(2, y, w[0], y[0])
    poisson(w).moment(2)
    norm.interval(w, y, x)[0]
    expon(y, x).interval(0.9)[1]
    laplace.interval(confidence=w)[1]
    gamma.stats(y, scale=x)[1]
    binom(8, w).stats()[0]
    zscore(x)
    zscore(A)
    zscore(A, axis=1, ddof=1)
    zscore(A, axis=None)
    gzscore(A)
    zmap(x, y)
    variation(A)
    variation(x, ddof=1)
    sem(A)
    sem(x, ddof=0)
    sem(A, axis=None)
    tmean(A)
    tvar(x)
    tstd(A)
    tsem(x)
    tmin(x)
    tmax(A)
    iqr(x)
    iqr(A, axis=0)
    median_abs_deviation(x)
    median_abs_deviation(A)
    circmean(x)
    circmean(5*x, high=3, low=-1)
    circvar(x)
    circvar(A, axis=0)
    skew(A, axis=None)
    gmean(A, axis=None)
    circstd(x, high=5)
    boxcox(x, 0.7)
    boxcox_llf(0.7, x)
    moment(x, 3)
    moment(A, order=2)
    moment(x, 4, center=1.5)
    moment(x)
    skew(x)
    skew(A, axis=1)
    skew(A, bias=False, keepdims=True)
    skew(x[:2], bias=False)
    kurtosis(x[:3], bias=False)
    kurtosis(x[:3], fisher=False, bias=False)
    kurtosis(x)
    kurtosis(A, bias=False)
    kurtosis(x, fisher=False)
    kurtosis(x, fisher=False, bias=False)
    gmean(A)
    gmean(x, weights=w)
    hmean(x)
    hmean(x, weights=w)
    hmean(A, axis=1)
    pmean(x, 2.5)
    pmean(x, 0)
    pmean(x, 1.5, weights=w)
    entropy(w)
    entropy(w, x)
    entropy(A)
    entropy(A, B, base=2, axis=1)
    wasserstein_distance(x, y)
    trim_mean(x, 0.2)
    trim_mean(A, 0.25)
    kstat(x)
    kstat(x, 3)
    kstat(x, 4)
    kstat(x,1)
    ttest_1samp(x, 1.1)[0]
    ttest_1samp(A, 1.0)[1]
    ttest_rel(x, y)[0]
    ttest_rel(x, y).pvalue
    ttest_ind(x, y)[0]
    ttest_ind(A, B, equal_var=False)[1]
    ttest_ind(x, y, equal_var=False).statistic
    pearsonr(x, y)[0]
    pearsonr(x, y)[1]
    pearsonr(A, B).statistic
    chisquare(x)[0]
    chisquare(A, axis=1)[1]
    linregress(x, y)[0]
    linregress(x, y).intercept
    linregress(x, y).rvalue
    linregress(x, y).pvalue
    linregress(x, y).stderr
""")
REFUSED = calls("""
    norm.logpdf(v, mu=3)
    norm.pdf()
    norm.sum(v)
    norm(0, 1)
    norm(v)
    norm.rvs(size=3)
    norm.fit(v)
    norm().expect()
    gamma.pdf(v)
    gamma.logpdf(v, 2, 0, 1, 5)
    cauchy.mean()
    poisson.logpmf(2, 3, 0, 1)
    poisson.pdf(v, 3)
    nothing.pdf(v)
    multivariate_normal.logpdf(v, m, S, allow_singular=True)
    multivariate_t.logpdf(v, m, c, n)
    spearmanr(v, m)
    zscore(v, nan_policy='omit')
    mean(v)
    wasserstein_distance(v, w[:2])
""")
ON_A_SIMPLEX = ("dirichlet", "multinomial")  # scipy puts what is missing from 1 in the last place: it has other slopes


def named(text: str, values: Values) -> dict[str, np.ndarray]:
    """The values of which a text speaks."""
    return {name: value for name, value in values.items() if re.search(rf"(?<![\w.]){name}(?![\w(=])", text)}


@pytest.mark.parametrize("text", OF_VECTORS)
def test_a_distribution_of_vectors_is_what_scipy_makes_of_it(text: str) -> None:
    values = named(text, JOINT)
    direction = directions(values)
    for name in set(values) & {"S", "T", "R"}:
        direction[name] = direction[name] + direction[name].T
    found, slope = gradclis(text, values, direction)
    expected = run(text, NAMES, values)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    if any(name in text for name in ON_A_SIMPLEX):
        return
    wanted = slope_of(lambda there: run(text, NAMES, there), values, direction)
    np.testing.assert_allclose(slope, wanted, rtol=1e-6, atol=1e-8)


def test_a_function_of_samples_is_what_scipy_makes_of_it() -> None:
    texts = [f"scipy.stats.{text}" for text in OF_SAMPLES]
    found = [difference(text, NAMES, named(text, SAMPLES)) for text in texts]
    assert [message for message in found if message] == []


def test_what_has_no_meaning_is_refused() -> None:
    texts = [f"scipy.stats.{text}" for text in REFUSED]
    assert [text for text in texts if not refused(text, named(text, JOINT))] == []


ELSEWHERE = calls("""
    scipy.stats.norm.pdf(x, 0.1, -s)
    scipy.stats.norm.cdf(x, scale=0)
    scipy.stats.norm(0.1, s - 2).ppf(0.3)
    scipy.stats.laplace.sf(x, 0, [1, 2, -1])
    scipy.stats.gamma.logpdf(s, -0.5)
    scipy.stats.t(-s).cdf(0.4)
    scipy.stats.beta.pdf(0.4, 1.2, s - 2)
    scipy.stats.binom.pmf(2, 5, s + 1)
    scipy.stats.poisson(-s).logpmf(2)
    scipy.stats.geom.pmf(2, 0*s)
    scipy.stats.randint.pmf(2, 3, 3)
    scipy.stats.randint(s, 3).cdf(2)
    scipy.stats.truncnorm.logpdf(x, 1, s)
    scipy.stats.truncnorm(0.4, 0.4).pdf(0.4)
    scipy.stats.loguniform.pdf(1, 2, [3, 1])
    scipy.stats.wrapcauchy.pdf(1, 0)
    scipy.stats.wrapcauchy(1).pdf(s)
    scipy.stats.gengamma.pdf(0.4, s, 0)
    scipy.stats.logser.pmf(2, 1)
    scipy.stats.zipf.pmf(2, 1)
    scipy.stats.binom.pmf(2, 5 + s, 0.3)
    scipy.stats.betabinom(s, 1, 2).pmf(0)
    scipy.stats.hypergeom.pmf(1, 3, 5, 2)
""")


def test_parameters_at_which_scipy_has_no_number_are_refused() -> None:
    """scipy's nan there was a number of a formula here."""
    values = {"x": np.array([0.3, -1.2, 2.1]), "s": np.array(0.7)}
    for text in ELSEWHERE:
        assert not np.isfinite(run(text, NAMES, values)).all(), text
        assert refused(text, values), text
    for text in (
        "scipy.stats.norm.pdf(x, 0.1, 2 - s)",
        "scipy.stats.truncnorm.pdf(x, s - 2, [1, 2, 3])",
        "scipy.stats.randint.pmf([1, 2, 9], 1, 4)",
        "scipy.stats.poisson(0*s).pmf(2)",
        "scipy.stats.t(s).cdf(x)",
    ):
        assert not difference(text, NAMES, values, slope=False)


ENDS = calls("""
    scipy.stats.nakagami.pdf([0, 1], 0.5)
    scipy.stats.nakagami.logpdf([0, 1], 1.7)
    scipy.stats.burr.pdf([0, 1e-9, 1, 1e200], 1, 1)
    scipy.stats.burr.logpdf([0, 0.3, 1, 1e200], 2, 0.5)
    scipy.stats.burr.cdf([0, 0.3, 1, 1e200], 2, 3)
    scipy.stats.burr.sf([0, 0.3, 1, 4], 1, 1)
    scipy.stats.betaprime.pdf(0, 1, 1)
    scipy.stats.betaprime.logpdf([0, 1], 0.5, 0.5)
    scipy.stats.loglaplace.pdf([0, 0.3, 1, 4], 1)
    scipy.stats.loglaplace.sf([0, 0.3, 1, 4], 1)
    scipy.stats.exponweib.pdf([0, 0.3, 2], 1, 1)
    scipy.stats.exponweib.sf([0, 0.3, 2, 30], 1, 1)
    scipy.stats.gengamma.pdf([0, 0.3, 2], 2, -1)
    scipy.stats.triang.pdf([0, 0.3, 1], [0, 0.5, 1])
""")


def test_densities_at_the_ends_of_their_support() -> None:
    for text in ENDS:
        assert not (found := difference(text, NAMES, {}, slope=False)), found


def test_the_slope_at_the_end_of_a_support_is_that_of_the_inside() -> None:
    """Of 1/(1 + x) and of exp(-x); the constant on the left was taken in its place."""
    for text in ("scipy.stats.burr.sf(x, 1, 1)", "scipy.stats.exponweib.sf(x, 1, 1)"):
        found = gradcli.grad(text, {"x": 0.0})
        assert (found.derivative["x"], found.check.verdict) == (-1, "convention")
