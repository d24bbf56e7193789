"""scipy's distributions of vectors and matrices, along the last axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gradcli.operations.blueprint import Blueprint
from gradcli.operations.families import Means, joined, last
from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling

# Any, in this module: how many axes an operand has, None, or OPERAND


_SINGULAR = f"{NONE}a singular matrix has a density on its range alone"


@dataclass(frozen=True, slots=True)
class Joint:
    """A distribution: its parameters as a signature has them, and what is asked, with its argument."""

    name: str
    parameters: str
    asked: Mapping[str, tuple[str, Means]]

    def calls(self) -> Iterator[Spelling]:
        """The functions."""
        for what, (argument, means) in self.asked.items():
            yield Spelling(f"scipy.stats.{self.name}.{what}({joined(argument, self.parameters)})", means)

    def blueprint(self) -> Blueprint:
        """The class."""
        maker = Spelling(f"scipy.stats.{self.name}({self.parameters})", "")
        methods = {what: (Spelling(f".{what}({argument})", means),) for what, (argument, means) in self.asked.items()}
        return Blueprint(maker.name, (maker,), methods, {}, {part.name: part.kind for part in maker.parameters})


def _of_normal(x: Any, mean: Any, cov: Any, allow_singular: Any) -> str:
    """The logarithm of the density: with a matrix, with variances by entry, or of numbers one by one."""
    if allow_singular:
        return _SINGULAR
    start = "d = x" if mean is None else "d = x - mean"
    if cov == 2 and x == 1 and mean in {None, 0, 1}:
        return f"{start}; -(d @ solve(cov, d) + logdet(cov) + sum(ones_like(d))*log(2*pi))/2"
    if cov == 2:
        quadratic = "sum(unsqueeze(d, -1)*solve(cov, unsqueeze(d, -1)), (-2, -1))"
        return f"{start}; -({quadratic} + logdet(cov) + sum(ones_like(d), dim=-1)*log(2*pi))/2"
    if cov == 1 or mean == 1:
        return f"{start}; -sum(d**2/cov + log(2*pi*cov), dim=-1)/2"
    return f"{start}; -(d**2/cov + log(2*pi*cov))/2"


def _density_of_normal(x: Any, mean: Any, cov: Any, allow_singular: Any) -> str:
    return last(_of_normal(x, mean, cov, allow_singular), "exp({})")


def _entropy_of_normal(cov: Any) -> str:
    if cov == 2:
        return "(logdet(cov) + cov.shape[-1]*(1 + log(2*pi)))/2"
    return "sum(1 + log(2*pi*cov))/2"


def _of_t(loc: Any, shape: Any, allow_singular: Any) -> str:
    if allow_singular or shape != 2:
        return _SINGULAR if allow_singular else ""
    start = "d = x" if loc is None else "d = x - loc"
    return (
        f"{start}; p = shape.shape[-1]; m = sum(unsqueeze(d, -1)*solve(shape, unsqueeze(d, -1)), (-2, -1));"
        " lgamma((df + p)/2) - lgamma(df/2) - (p*log(df*pi) + logdet(shape) + (df + p)*log1p(m/df))/2"
    )


def _density_of_t(loc: Any, shape: Any, allow_singular: Any) -> str:
    formula = _of_t(loc, shape, allow_singular)
    return last(formula, "exp({})") if formula else ""


_TRACE = "sum(diagonal_along({}, 0, -2, -1), dim=-1)"
_OF_WISHART = (
    "p = scale.shape[-1]; ((df - p - 1)*logdet(x) - df*logdet(scale)"
    f" - {_TRACE.format('solve(scale, x)')} - df*p*log(2))/2 - multigammaln(df/2, p)"
)
_OF_INVWISHART = (
    "p = scale.shape[-1]; (df*logdet(scale) - (df + p + 1)*logdet(x)"
    f" - {_TRACE.format('solve(x, scale)')} - df*p*log(2))/2 - multigammaln(df/2, p)"
)
_OF_MATRIX = (
    "d = {}; n = rowcov.shape[-1]; p = colcov.shape[-1]; -(n*p*log(2*pi) + p*logdet(rowcov) + n*logdet(colcov)"
    f" + {_TRACE.format('solve(colcov, d.mT) @ solve(rowcov, d)')})/2"
)
_OF_DIRICHLET = "sum(xlogy(alpha - 1, x), dim=-1) + lgamma(sum(alpha, dim=-1)) - sum(lgamma(alpha), dim=-1)"
_ENTROPY_OF_DIRICHLET = (
    "total = sum(alpha, dim=-1); sum(lgamma(alpha), dim=-1) - lgamma(total)"
    " - (sum(ones_like(alpha), dim=-1) - total)*digamma(total) - sum((alpha - 1)*digamma(alpha), dim=-1)"
)
_OF_MULTINOMIAL = "lgamma(n + 1) - sum(lgamma(x + 1), dim=-1) + sum(xlogy(x, p), dim=-1)"


def _with_density(argument: str, formula: str, density: str = "pdf") -> dict[str, tuple[str, Means]]:
    return {f"log{density}": (argument, formula), density: (argument, last(formula, "exp({})"))}


_OF_ALL = (
    Joint("multivariate_normal", "mean:ranked=None, cov:ranked=1, allow_singular:flag=False", {
        "logpdf": ("x:ranked", _of_normal), "pdf": ("x:ranked", _density_of_normal),
    }),
    Joint("multivariate_t", "loc:ranked=None, shape:ranked=1, df=1, allow_singular:flag=False", {
        "logpdf": ("x", _of_t), "pdf": ("x", _density_of_t),
    }),
    Joint("dirichlet", "alpha", {
        **_with_density("x", _OF_DIRICHLET),
        "entropy": ("", _ENTROPY_OF_DIRICHLET),
        "mean": ("", "alpha/sum(alpha, dim=-1, keepdim=True)"),
        "var": ("", "t = sum(alpha, dim=-1, keepdim=True); alpha*(t - alpha)/(t**2*(t + 1))"),
    }),
    Joint("multinomial", "n, p", {
        **_with_density("x", _OF_MULTINOMIAL, "pmf"),
        "mean": ("", "n*p"),
        "cov": ("", "n*(diag_embed(p) - unsqueeze(p, -1)*unsqueeze(p, -2))"),
    }),
    Joint("wishart", "df, scale", {**_with_density("x", _OF_WISHART), "mean": ("", "df*scale")}),
    Joint("invwishart", "df, scale", {
        **_with_density("x", _OF_INVWISHART), "mean": ("", "scale/(df - scale.shape[-1] - 1)"),
    }),
    Joint("matrix_normal", "mean:nothing=None, rowcov, colcov", _with_density("X", _OF_MATRIX.format("X"))),
    Joint("matrix_normal", "mean, rowcov, colcov", _with_density("X", _OF_MATRIX.format("X - mean"))),
)  # fmt: skip

SPELLINGS = (
    *(call for joint in _OF_ALL for call in joint.calls()),
    Spelling("scipy.stats.multivariate_normal.entropy(mean=None, cov:ranked=1)", _entropy_of_normal),
)
BLUEPRINTS = tuple(joint.blueprint() for joint in _OF_ALL)
