"""torch's sums, means, deviations and norms: which axes, which order, which correction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling


def _of_all(row: str) -> Callable[[Any], str]:
    """No axes, ``()``, are all of them."""
    return lambda dim: f"{row}(input, {'None' if dim == () else 'dim'}, keepdim)"


def _spread(name: str, row: str, of: str = "{0}") -> tuple[Spelling, ...]:
    """``torch.std`` and its like; of: what is made of the call and of the mean's arguments."""

    def corrected(unbiased: Any, correction: Any, dim: Any) -> str:
        if dim == ():
            return f"{NONE}torch takes all axes there, and divides the slope by the count of none; leave dim out"
        divisor = correction if unbiased is None else int(unbiased)
        return of.format(_corrected(row, 1 if divisor is None else divisor), "dim, keepdim")

    def of_all(unbiased: Any) -> str:
        return of.format(f"{row}(input, None, {int(unbiased)}, False)", "None, False")

    return (
        Spelling(f"torch.{name}(input, dim:axes=None, unbiased:flag=None, keepdim:flag=False, *, "
                 "correction:number=None)", corrected),
        Spelling(f"torch.{name}(input, unbiased:flag)", of_all),
    )  # fmt: skip


def _corrected(row: str, correction: Any) -> str:
    """The row corrects by whole numbers."""
    if isinstance(correction, int):
        return f"{row}(input, dim, {correction}, keepdim)"
    count = "sum(ones_like(input), dim, keepdim)"
    factor = f"{count}/({count} - {correction})"
    return f"{row}(input, dim, 0, keepdim)*{f'sqrt({factor})' if row == 'std' else factor}"


def _norm(p: Any) -> str:
    """Without an order, and in Frobenius' of any axes, the root of the sum of squares."""
    if p == "nuc":
        return "matrix_norm(input, 'nuc', dim, keepdim)"
    return f"norm(input, {'2' if p in (None, 'fro') else 'p'}, dim, keepdim)"


def _cov(fweights: Any, aweights: Any) -> str:
    """Weights count a column several times, or give it less importance."""
    if fweights is None and aweights is None:
        return "cov(input, correction)"
    given = [name for name, weights in (("fweights", fweights), ("aweights", aweights)) if weights is not None]
    lost = "correction" if aweights is None else "correction*sum(w*aweights)/sum(w)"
    return f"w = {'*'.join(given)}; c = input - sum(w*input, -1, True)/sum(w); (w*c) @ transpose(c)/(sum(w) - {lost})"


def _renormed(input: int, dim: int) -> str:
    """Parts of the array along an axis, made as short as maxnorm where they are longer."""
    if input < 2:
        return "none: it takes arrays with two axes or more"
    others = tuple(axis for axis in range(input) if axis != dim % input)
    return f"n = norm(input, p, {others}, True); input*where(n > maxnorm, maxnorm/(n + 1e-7), 1)"


def _norm_except(v: int, dim: int) -> str:
    if v == 1 and dim == 0:
        return "abs(v)"
    return f"norm(v, pow, {None if dim == -1 else tuple(axis for axis in range(v) if axis != dim)}, {dim != -1})"


SPELLINGS = (
    Spelling("torch.renorm(input:ranked, p, dim:axis, maxnorm)", _renormed),
    Spelling("torch.norm_except_dim(v:ranked, pow=2, dim:integer=0)", _norm_except),
    *(Spelling(f"torch.{name}(input, dim:axes=None, keepdim:flag=False)", _of_all(name))
      for name in ("sum", "mean", "amax", "amin", "any", "all")),
    Spelling("torch.logsumexp(input, dim:axes, keepdim:flag=False)",
             lambda dim: f"{NONE}torch fails without an axis" if dim == () else "logsumexp(input, dim, keepdim)"),
    Spelling("torch.prod(input, dim:axis=None, keepdim:flag=False)", "prod(input, dim, keepdim)"),
    Spelling("torch.count_nonzero(input, dim:axes=None)", "count_nonzero(input, dim)"),
    *(Spelling(f"torch.{name}(input, dim:axis)", f"{name}(input, dim)")
      for name in ("cumsum", "cumprod", "logcumsumexp")),
    *_spread("std", "std"),
    *_spread("var", "var"),
    *_spread("std_mean", "std", "({0}, mean(input, {1}))"),
    *_spread("var_mean", "var", "({0}, mean(input, {1}))"),
    Spelling("torch.norm(input, p='fro', dim=None, keepdim:flag=False)", _norm),
    Spelling("torch.linalg.vector_norm(x, ord=2, dim=None, keepdim:flag=False)", "norm(x, ord, dim, keepdim)"),
    Spelling("torch.linalg.norm(A, ord=None, dim=None, keepdim:flag=False)", "linalg_norm(A, ord, dim, keepdim)"),
    Spelling("torch.linalg.matrix_norm(A, ord='fro', dim=None, keepdim:flag=False)",
             "matrix_norm(A, ord, dim, keepdim)"),
    Spelling("torch.nuclear_norm(input, dim:axes=None, keepdim:flag=False)",
             "matrix_norm(input, 'nuc', dim, keepdim)"),
    Spelling("torch.dist(input, other, p=2)", "dist(input, other, p)"),
    Spelling("torch.cov(input, *, correction:number=1, fweights=None, aweights=None)", _cov),
)  # fmt: skip
