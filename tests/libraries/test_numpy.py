"""What numpy's calls mean, said by numpy: each is run by it and by gradcli, value and slope."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from libraries import matrix_calls
from libraries import test_numpy_arrays as arrays
from libraries import test_numpy_samples as samples
from libraries.beside import assert_both_refuse, calls, difference, refused, run

from gradcli.operations.row import NONE
from gradcli.operations.table import candidates, spellings_of

DRAWN = np.random.default_rng(20)
VALUES = {
    "s": np.asarray(0.7), "r": np.asarray(-1.3), "x": DRAWN.normal(size=4), "y": DRAWN.normal(size=4), "z": DRAWN.normal(size=3),
    "A": DRAWN.normal(size=(3, 3)) + 2 * np.eye(3), "B": DRAWN.normal(size=(3, 4)), "C": DRAWN.normal(size=(4, 2)),
    "T": DRAWN.normal(size=(2, 3, 4)), "U": DRAWN.normal(size=(2, 4, 3)), "p": DRAWN.uniform(0.2, 0.8, 4), "S": np.array([[4.0, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]]),
    "gap": np.array([1.5, np.nan, -2.0]), "at": np.array([0.0, 0.4, 1.1, 1.9]), "W": DRAWN.uniform(0.2, 0.9, (3, 4)), "V": DRAWN.uniform(0.3, 0.9, (2, 3, 4)),
}  # fmt: skip

ENTRYWISE = ["abs", "absolute", "fabs", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arctanh", "asin", "acos", "atan", "asinh", "atanh", "exp", "exp2", "expm1", "sqrt", "cbrt", "log", "log2", "log10", "log1p", "square", "reciprocal", "negative", "positive", "sign", "floor", "ceil", "trunc", "fix", "rint", "deg2rad", "degrees", "rad2deg", "radians", "sinc", "i0", "real", "imag", "conj", "conjugate", "real_if_close", "copy", "array", "asarray", "asanyarray", "ascontiguousarray", "nan_to_num", "angle", "around", "round", "ravel", "zeros_like", "ones_like", "sort", "argsort", "cumsum", "cumprod", "sum", "prod", "mean", "max", "min", "amax", "amin", "ptp", "var", "std", "argmax", "argmin", "median", "count_nonzero", "nansum", "nanmean", "nanprod", "nanmax", "nanmin", "nanvar", "nanstd", "average", "transpose", "flip", "diag", "atleast_1d", "atleast_2d", "atleast_3d", "diagflat", "ediff1d"]  # fmt: skip
PAIRS = ["add", "subtract", "multiply", "divide", "true_divide", "power", "float_power", "pow", "mod", "remainder", "fmod", "floor_divide", "maximum", "minimum", "fmax", "fmin", "hypot", "arctan2", "atan2", "logaddexp", "logaddexp2", "heaviside", "copysign"]  # fmt: skip
REDUCTIONS = [
    "sum",
    "prod",
    "mean",
    "max",
    "min",
    "amax",
    "amin",
    "ptp",
    "var",
    "std",
    "median",
    "average",
    "nansum",
    "nanmean",
    "nanprod",
    "nanmax",
    "nanmin",
    "nanvar",
    "nanstd",
    "argmax",
    "argmin",
    "count_nonzero",
]
POSITIVE = "power float_power pow"

GENERATED = [
    *(f"np.{name}({what})" for k, name in enumerate(ENTRYWISE) for what in ("W", ("p", "V", "0.6")[k % 3])
      if not (name in {"diag", "ediff1d"} and what in {"V", "0.6"}) and not (name in {"sort", "argsort", "cumprod", "cumsum", "atleast_3d"} and what == "0.6")
      and not (name == "atleast_3d" and what == "V") and not (name == "ascontiguousarray" and what == "0.6")),
    *(f"np.{name}({first}, {second})" for name in PAIRS for first, second in (("W", "2.5"), ("V", "p"))),
    *(f"np.{name}({what})" for name in REDUCTIONS for what in ("B, 0", "B, axis=-1", "B, 1, keepdims=True", "T, axis=1")),
    *(f"np.{name}({what})" for name in ["sum", "prod", "mean", "max", "min", "amax", "amin", "ptp", "var", "std"]
      for what in ("T, axis=(0, 2)", "T, (0, 1)", "T, keepdims=True", "[x, y]", "[x, y], 0", "(s, r)")),
]  # fmt: skip

WRITTEN = calls("""
    np.arccosh(1 + p)
    np.linalg.norm(B, -inf)
    np.linalg.norm(B, 4/2)
    np.linalg.norm(B, B.ndim - 1)
    np.histogram(x, 3)[0]*z
    np.histogram(x, bins=7)[1]
    np.acosh(1 + W)
    np.sum(B, 0, None, None, True)
    np.sum(B, initial=2)
    np.max(B, axis=0, initial=0.1)
    np.min(B, initial=-0.3)
    np.prod(B, axis=1, initial=r)
    np.std(x, ddof=1)
    np.var(B, 0, ddof=1)
    np.var(B, axis=1, correction=1)
    np.std(B, 0, None, None, 1)
    np.round(13.37*x, 1)
    np.round(123*x, decimals=-1)
    np.around(13.37*x, 1)
    np.clip(x, -0.5, 0.5)
    np.clip(x, a_min=-0.5, a_max=None)
    np.clip(x, None, y)
    np.clip(x, min=-0.2)
    np.clip(B, min=-0.2, max=0.3)
    np.transpose(T, axes=(2, 0, 1))
    np.transpose(T, axes=[1, 0, 2])
    np.transpose(T, (1, 2, 0))
    np.permute_dims(T, (1, 2, 0))
    np.matrix_transpose(T)
    np.swapaxes(T, axis1=0, axis2=2)
    np.swapaxes(T, 1, -1)
    np.moveaxis(T, 0, -1)
    np.moveaxis(T, [0, 1], [-1, -2])
    np.rollaxis(T, 2)
    np.rollaxis(T, axis=1, start=3)
    np.rollaxis(T, 0, 2)
    np.reshape(T, (4, 6))
    np.reshape(T, -1)
    np.reshape(T, (2*2, 6), order='C')
    np.reshape(T, shape=(8, -1))
    np.reshape(T, (4, 6), order='F')
    np.reshape(T, (-1, 2, 3), 'F')
    np.reshape(T, -1, 'F')
    np.ravel(T, order='C')
    np.ravel(T, 'F')
    np.expand_dims(B, 1)
    np.expand_dims(B, axis=-1)
    np.flip(T, axis=1)
    np.flip(T, (0, 2))
    np.flipud(B)
    np.fliplr(B)
    np.rot90(B)
    np.rot90(B, k=2)
    np.rot90(B, -1)
    np.rot90(T, 1, (1, 2))
    np.trace(A)
    np.trace(B, offset=1)
    np.trace(B, -1)
    np.diag(x, k=1)
    np.diag(B, k=-1)
    np.diagflat(B, 1)
    np.diagonal(B)
    np.diagonal(B, offset=1)
    np.tril(B, k=1)
    np.triu(B, -1)
    np.tril(T)
    np.triu(T, k=1)
    np.tile(x, 2)
    np.tile(x, reps=(2, 1))
    np.tile(B, [2, 3])
    np.repeat(x, 3)
    np.repeat(B, 2)
    np.repeat(B, repeats=2, axis=1)
    np.repeat(B, [1, 0, 2], axis=0)
    np.repeat(z, (2, 1, 3))
    np.roll(x, 1)
    np.roll(B, shift=1, axis=0)
    np.roll(B, (1, -1), axis=(0, 1))
    np.roll(B, 2, (0, 1))
    np.roll(B, -3)
    np.cross(z, A)
    np.cross(A, S, axisa=0)
    np.cross(A, S, axisa=0, axisb=1, axisc=0)
    np.cross(A, S, axis=0)
    np.pad(x, 1)
    np.pad(x, (1, 2))
    np.pad(B, ((1, 2), (0, 3)))
    np.pad(B, ((1, 2),))
    np.pad(B, 1, mode='edge')
    np.pad(x, (2, 1), 'reflect')
    np.pad(x, (2, 1), mode='wrap')
    np.pad(B, ((1, 1), (2, 0)), mode='symmetric')
    np.pad(B, 1, constant_values=0.5)
    np.einsum('ij,jk->ik', B, C)
    np.einsum('ij,jk', B, C)
    np.einsum('ij,jk->ik', B, C, optimize=True)
    np.einsum('...ij->...ji', T)
    np.einsum('ii', A)
    np.einsum(B, [0, 1], C, [1, 2], [0, 2])
    np.einsum(B, (0, 1), C, (1, 2))
    np.einsum(T, (..., 0, 1), (..., 1, 0))
    np.average(x, weights=p)
    np.average(B, axis=1, weights=p)
    np.average(B, axis=0, weights=z)
    np.average(B, -1, W)
    np.nancumsum(gap)
    np.nancumsum(gap, axis=0)
    np.nancumprod(gap)
    np.nancumprod(gap, 0)
    np.trace(T[:, :2], axis1=0, axis2=1)
    np.diagonal(T[:, :2], axis1=1, axis2=0)
    np.average(B, 0, W)
    np.average(T, axis=-1, weights=x)
    np.average(T, axis=1, weights=z)
    np.average(B, weights=W)
    np.cumsum(B)
    np.cumsum(B, 0)
    np.cumprod(B, axis=1)
    np.cumulative_sum(x)
    np.cumulative_sum(B, axis=1)
    np.cumulative_prod(x)
    np.cumulative_prod(B, axis=0)
    np.diff(x)
    np.diff(B, axis=0)
    np.diff(B, 2)
    np.diff(x, prepend=0)
    np.diff(B, n=1, axis=0, append=1)
    np.diff(B, prepend=0, append=2)
    np.gradient(x)
    np.gradient(x, 0.5)
    np.gradient(x, at)
    np.gradient(B, axis=0)
    np.gradient(B, axis=-1)
    np.gradient(B, 2, axis=1)
    np.gradient(x, edge_order=2)
    np.gradient(B, 0.1, axis=1, edge_order=2)
    np.gradient(B, axis=(0, 1))[1]
    np.percentile(x, 30)
    np.percentile(B, 25, axis=1)
    np.percentile(B, q=[10, 90], axis=0)
    np.percentile(x, 50, method='linear')
    np.quantile(x, 0.3)
    np.quantile(B, [0.25, 0.5], axis=1)
    np.quantile(B, 0.4, axis=0, keepdims=True)
    np.median(B, axis=1, keepdims=True)
    np.linspace(0, 1)
    np.linspace(0, 2, 5)
    np.linspace(s, r, 5)
    np.linspace(x, y, num=3)
    np.linspace(s, x, 4, axis=1)
    np.linspace(0, s, 4, endpoint=False)
    np.linspace(0, 1, num=4, endpoint=False)
    np.logspace(0, 1, 4)
    np.logspace(s, r, 4)
    np.logspace(0, s, num=3, base=2)
    np.full((2, 3), s)
    np.full(3, fill_value=2.5)
    np.full_like(B, s)
    np.zeros(3)
    np.zeros((2, 3))
    np.ones(shape=(2,))
    np.eye(3)
    np.eye(3, 4, k=1)
    np.eye(3, k=-1)
    np.identity(2)
    np.tri(3)
    np.tri(3, 4, 1)
    np.arange(4)
    np.arange(1, 4)
    np.arange(0, 1, 0.25)
    np.where(x > 0, x, y)
    np.where(B > x, B, s)
    np.where(np.greater(x, y), x, 2*y)
    np.where(np.less(x, y), x, 2*y)
    np.where(np.greater_equal(x, y), x, 2*y)
    np.where(np.less_equal(x, y), x, 2*y)
    np.where(np.equal(x, y), x, 2*y)
    np.where(np.not_equal(x, y), x, 2*y)
    np.where(np.logical_and(x > 0, y > 0), x, y)
    np.where(np.logical_or(x > 0, y > 0), x, y)
    np.where(np.logical_not(x > 0), x, y)
    np.where(np.signbit(x), x, 2*y)
    np.where(np.isnan(x), 0, 2*x)
    np.where(np.isfinite(x), x, 0)
    np.where(np.isinf(x), 0, x)
    np.where(np.any(x > 1), x, 0)
    np.where(np.all(B > 0, axis=1), z, 0)
    np.select([x > 0.5, x > 0], [x, 2*x])
    np.select([x > 0.5, x > 0], [x**2, y], default=s)
    np.concatenate([x, y])
    np.concatenate((B, W), axis=1)
    np.concatenate([B, W], 0)
    np.concat([x, z])
    np.stack([x, y])
    np.stack((B, W), axis=1)
    np.stack([B, W], -1)
    np.hstack([x, z])
    np.hstack((B, W))
    np.vstack([x, B])
    np.dstack([x, y])
    np.dstack((B, W))
    np.column_stack([x, y, C])
    np.block([x, z])
    np.block([[A, A], [A, S]])
    np.block([[B], [x]])
    np.append(B, x)
    np.append(B, W, axis=0)
    np.append([1.0, 2.0, 3.0], y)
    np.meshgrid(x, z)[0]
    np.meshgrid(x, z)[1]
    np.meshgrid(x, z, y)[2]
    np.meshgrid(x, z, indexing='ij')[0]
    np.split(x, [1, 3])[1]
    np.split(B, [1, 3], axis=1)[2]
    np.split(x, 2)[1]
    np.broadcast_to(x, (3, 4))
    np.broadcast_to(s, shape=(2,))
    np.divmod(x, 0.3)[1]
    np.modf(3*x)[0]
    np.dot(x, y)
    np.dot(B, x)
    np.dot(z, B)
    np.dot(B, C)
    np.dot(T, x)
    np.dot(T, C)
    np.dot(B, U)
    np.dot(s, B)
    np.dot(2, 3)
    np.inner(x, y)
    np.inner(B, x)
    np.inner(B, W)
    np.inner(s, B)
    np.inner(T, B)
    np.vdot(B, W)
    np.vdot(x, y)
    np.outer(x, z)
    np.outer(B, z)
    np.outer(s, B)
    np.matmul(B, C)
    np.matmul(T, C)
    np.matmul(T, U)
    np.matmul(x, C)
    np.matvec(T, x)
    np.vecmat(z, T)
    np.vecdot(B, x)
    np.vecdot(B, W, axis=0)
    np.tensordot(T, U, axes=([2], [1]))
    np.tensordot(T, U, axes=[(0, 2), (0, 1)])
    np.tensordot(T, V, axes=((0, 1), (0, 1)))
    np.tensordot(T, C, axes=1)
    np.tensordot(T, x, axes=1)
    np.tensordot(T, x, (2, 0))
    np.tensordot(T, W)
    np.tensordot(x, z, axes=0)
    np.kron(x, z)
    np.kron(B, A)
    np.kron(x, B)
    np.convolve(x, z)
    np.convolve(x, z, mode='same')
    np.convolve(x, z, 'valid')
    np.correlate(x, z)
    np.correlate(x, z, mode='full')
    np.correlate(z, x, 'same')
    np.polymul(x, z)
    np.polyval(x, s)
    np.polyval([1, s, 3], x)
    np.polyval(z, B)
    np.polyder(x)
    np.polyint(x)
    np.polyint(x, k=s)
    np.trapezoid(x)
    np.trapezoid(x, at)
    np.trapezoid(B, dx=0.5, axis=0)
    np.interp(p, at, x)
    np.interp(x, at, y, left=0, right=s)
    np.interp(s, at, y)
    np.cov(B)
    np.cov(x)
    np.cov(x, y)
    np.cov(B, ddof=0)
    np.cov(B, bias=True)
    np.cov(B, rowvar=False)
    np.cov(B, W, rowvar=False)
    np.cov(B, x)
    np.corrcoef(B)
    np.corrcoef(x, y)
    np.corrcoef(B, rowvar=False)
    np.vander(x)
    np.vander(x, 3)
    np.vander(x, N=3, increasing=True)
    np.squeeze(B[None])
    np.squeeze(B[None], axis=0)
    np.sort(B, axis=0)
    np.argsort(B, 0)
    np.ediff1d(B)
    np.nan_to_num(gap)
    np.nan_to_num(x/[1.0, 0, 2, 0])
    np.nan_to_num(gap, nan=s)
    np.nansum(gap)
    np.nanmean(gap)
    np.nanmax(gap)
    np.nanmin(gap)
    np.nanprod(gap)
    np.nanvar(gap)
    np.nanstd(gap, ddof=1)
    np.fmax(gap, z)
    np.fmin(gap, z)
    np.take(x, [0, 2])
    np.take(B, [0, 2], axis=1)
    np.linalg.norm(x)
    np.linalg.norm(B)
    np.linalg.norm(B, 'fro')
    np.linalg.norm(B, ord='nuc')
    np.linalg.norm(B, ord=2)
    np.linalg.norm(B, ord=1)
    np.linalg.norm(B, np.inf)
    np.linalg.norm(x, ord=3)
    np.linalg.norm(x, np.inf)
    np.linalg.norm(B, axis=1)
    np.linalg.norm(B, ord=1, axis=0)
    np.linalg.norm(T, axis=(0, 2))
    np.linalg.norm(B, axis=1, keepdims=True)
    np.linalg.norm(T)
    np.linalg.matrix_norm(T)
    np.linalg.matrix_norm(B, ord=2)
    np.linalg.vector_norm(T)
    np.linalg.vector_norm(B, axis=1, ord=3)
    np.linalg.det(A)
    np.linalg.inv(A)
    np.linalg.pinv(B)
    np.linalg.solve(A, z)
    np.linalg.solve(A, B)
    np.linalg.slogdet(A)[1]
    np.linalg.slogdet(-A)[0]
    np.linalg.slogdet(A).logabsdet
    np.linalg.cholesky(S)
    np.linalg.cholesky(S, upper=True)
    np.linalg.eigvalsh(S)
    np.linalg.eigvalsh(S, 'U')
    np.linalg.eigh(S)[0]
    np.linalg.eigh(S).eigenvalues
    np.abs(np.linalg.eigh(S)[1])
    np.linalg.svdvals(B)
    np.linalg.svd(B, compute_uv=False)
    np.linalg.svd(B, full_matrices=False)[1]
    np.abs(np.linalg.svd(B, full_matrices=False)[0])
    np.abs(np.linalg.svd(B, full_matrices=False).Vh)
    np.linalg.matrix_power(A, 3)
    np.linalg.matrix_power(A, -2)
    np.linalg.multi_dot([A, B, C])
    np.linalg.cond(A)
    np.linalg.outer(x, z)
    np.linalg.cross(A, S)
    np.linalg.cross(A, S, axis=0)
    np.linalg.vecdot(B, x)
    np.linalg.matmul(B, C)
    np.linalg.matrix_transpose(T)
    np.linalg.tensordot(T, C, axes=1)
    np.linalg.tensordot(T, U, axes=([2], [1]))
    np.linalg.diagonal(T[..., :3])
    np.linalg.diagonal(B, offset=1)
    np.linalg.trace(T[..., :3])
    np.linalg.trace(A, offset=1)
    np.linalg.lstsq(C, x)[0]
    np.linalg.lstsq(C, x, rcond=None)[0]
    np.round(x, 2)
    np.around(x, -1)
    np.pi*x + np.e
    x + np.euler_gamma
    x[:, np.newaxis]*z
    np.where(x < np.inf, x, 0)
    sum([x, y])
    sum([s, r, 2])
    sum((x, y))
    sum([x, y], s)
    round(x[0], 2)
    math.hypot(s, r)
    math.log(p[0], 2)
    math.log(p[0])
    math.pow(2, s)
    math.prod(x)
    math.fsum(x)
    math.dist(x, y)
    math.tau*s
    math.remainder(7.5*s, 3)
    math.comb(5, 2)*s
    math.gamma(s)
    math.lgamma(s)
    math.erf(s)
    math.copysign(s, -2)
    math.degrees(s)
    math.exp(s)*math.cos(s)
""")  # fmt: skip

# What numpy refuses.
REFUSED = calls("""
    np.max(B, 1, True)
    np.sum(B, True)
    np.zeros(2, 3)
    np.ones(2, 3)
    np.dot(x, z)
    np.dot(B, z)
    np.inner(B, C)
    np.matmul(s, B)
    np.transpose(T, 2, 0, 1)
    np.reshape(T, 4, 6)
    np.trace(x)
    np.diagonal(x)
    np.pad(T, ((1, 1), (2, 2)))
    np.pad(B, (1, 2, 3))
    np.concatenate([B, W], axis=2)
    np.repeat(B, [1, 2], axis=0)
    np.repeat(z, (1, 2))
    np.linalg.solve(A, x)
    np.einsum(B, (x, 1), (1, 0))
    np.linalg.inv(B)
    np.linalg.det(B)
    np.linalg.cholesky(A, lower=True)
    np.linalg.outer(B, x)
    np.squeeze(B, axis=0)
    np.expand_dims(B, 4)
    np.swapaxes(B, 0, 2)
    np.tensordot(T, U, axes=([2], [1, 0]))
    np.einsum('ij,jk->ik', B, W)
    np.clip(x, -1, 1, True)
    np.var(x, 0, 1)
    np.average(B, axis=1, weights=z)
    np.average(T, axis=1, weights=x)
    np.quantile(x, 2)
    np.quantile(x, 0.5, method='best')
    np.matvec(x, x)
    np.interp(x, z, at)
    np.fliplr(x)
    np.split(x, 3)
    np.block([[A, x]])
    np.linalg.matrix_power(B, 2)
    np.linalg.multi_dot(A)
    np.linalg.vector_norm(x, 2, 0)
    np.sin(x=x)
    np.round(x, digits=2)
    np.std(x, unbiased=True)
    np.sum(x, dim=0)
    np.sum(x, keepdim=True)
    np.cumsum(x, dim=0)
    np.mean(input=x)
""")  # fmt: skip

# np.NAME that is read and not among the calls above, and why.
ELSEWHERE = {
    "complex64": "tests of complex numbers", "complex128": "tests of complex numbers", "row_stack": "gone in numpy 2.4; vstack",
}  # fmt: skip


# What numpy takes and gradcli refuses, and why.
ONLY_NUMPY = {
    "np.apply_along_axis(np.sum, 0, B)": "it runs a function on parts", "np.lexsort([x, y])": "it orders by several keys",
    "np.gcd(12, 18)*x": "it is about whole numbers",
}  # fmt: skip


def values_in(text: str) -> dict[str, np.ndarray]:
    words = set(re.findall(r"(?<![\w.'])[A-Za-z]\w*(?!\w|=[^=])", re.sub(r"'[^']*'", "", text)))
    return {name: value for name, value in VALUES.items() if name in words}


NAMES = {"np": np, "math": math}


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("text", [*GENERATED, *WRITTEN])
def test_a_call_is_what_numpy_makes_of_it(text: str) -> None:
    smooth = text not in {"np.linalg.pinv(B)"}
    assert difference(text, NAMES, values_in(text), slope=smooth) == ""


@pytest.mark.parametrize("text", REFUSED)
def test_what_numpy_refuses_is_refused(text: str) -> None:
    assert_both_refuse(text, NAMES, values_in(text))


@pytest.mark.parametrize("text", ONLY_NUMPY)
def test_what_numpy_alone_takes_is_refused_rather_than_misread(text: str) -> None:
    run(text, NAMES, values_in(text))
    assert refused(text, values_in(text)), text


def is_read(name: str, library: str) -> bool:
    """Has it a meaning, rather than a reason why it has none?"""
    spellings = spellings_of(name, library)
    told = [one for one in spellings if isinstance(one.means, str) and one.means.startswith(NONE)]
    return bool(candidates(name, library) or spellings) and (not spellings or len(told) < len(spellings))


@pytest.mark.parametrize(("library", "module"), [("np", np), ("np.linalg", np.linalg)])
def test_every_name_that_is_read_is_run(library: str, module: object) -> None:
    texts = "\n".join([*GENERATED, *WRITTEN, *arrays.WRITTEN, *samples.WRITTEN, *matrix_calls.NUMPY])
    read = [name for name in dir(module) if callable(getattr(module, name)) and is_read(name, library)]
    assert len(read) > 15
    assert [name for name in read if f"{library}.{name}(" not in texts and name not in ELSEWHERE] == []


def test_another_meaning_would_be_seen() -> None:
    values = {"x": VALUES["x"]}
    np_like = type(
        "other",
        (),
        {
            "std": staticmethod(lambda x: np.std(x, ddof=1)),
            "sin": staticmethod(lambda x: np.sin(x) + 1e-7 * np.sin(1e3 * x)),
        },
    )
    assert "not" in difference("np.std(x)", {"np": np_like}, values)
    assert "not" in difference("np.sin(x)", {"np": np_like}, values)
    assert difference("np.std(x)", NAMES, values) == ""
