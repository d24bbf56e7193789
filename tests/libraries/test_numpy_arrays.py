"""What numpy's calls on arrays mean, said by numpy: parts, indices, order, sets, polynomials; value and slope."""

from __future__ import annotations

import re

import numpy as np
import pytest
from libraries.beside import assert_both_refuse, calls, difference, refused, run

DRAWN = np.random.default_rng(21)
VALUES = {
    "s": np.asarray(0.7), "r": np.asarray(-1.3), "x": DRAWN.normal(size=4), "y": DRAWN.normal(size=4), "C": DRAWN.normal(size=(4, 2)), "z": DRAWN.normal(size=3),
    "v6": DRAWN.normal(size=6), "A": DRAWN.normal(size=(3, 3)) + 2 * np.eye(3), "B": DRAWN.normal(size=(3, 4)), "M5": DRAWN.normal(size=(5, 5)),
    "T3": DRAWN.normal(size=(4, 3, 2)), "p": DRAWN.uniform(0.2, 0.8, 4), "at": np.array([0.0, 0.4, 1.1, 1.9]), "q": np.array([0.3, 0.71]), "qs": np.array(0.37),
    "gap": np.array([1.5, np.nan, -2.0]), "G": np.array([[1.5, np.nan, -2.0], [0.3, 2.0, 1.0]]), "W": DRAWN.uniform(0.2, 0.9, (3, 4)),
}  # fmt: skip
NAMES = {"np": np}

WRITTEN = calls("""
    np.split(v6, 3)
    np.split(v6, 3)[1]
    np.split(v6, [2, 3])[2]
    np.split(M5, [1, 3], axis=1)[1]
    np.split(T3, 2, 0)
    np.split(T3, 3, axis=1)[0]
    np.split(T3, (1,), axis=-1)[1]
    np.array_split(v6, 4)[3]
    np.array_split(v6, 4)[0]
    np.array_split(M5, 3, axis=1)[0]
    np.array_split(x, [1, 9])[1]
    np.hsplit(v6, 2)
    np.hsplit(B, 2)[1]
    np.vsplit(T3, 2)[0]
    np.dsplit(T3, 2)
    np.unstack(T3)[1]
    np.unstack(T3, axis=1)[2]
    np.atleast_3d(T3)
    np.atleast_3d(x)
    np.atleast_3d(s)
    np.atleast_3d(B)
    np.atleast_1d(s, x)[0]
    np.atleast_2d(s, x)[1]
    np.broadcast_arrays(x, B)[0]
    np.broadcast_arrays(x, B)[1]
    np.dstack([x, y])
    np.dstack((B, B))
    np.dstack([T3, T3])
    np.isclose(x, x + 0.000001)*x
    np.frexp(x)[0]
    np.frexp(8*x)[1]
    np.ldexp(x, [1, 2, -1, 3])
    np.bartlett(5)*x[0]
    np.hanning(6)*x[0]
    np.hamming(1)*x[0]
    np.blackman(7)*x[0]
    np.kaiser(6, 3 + s)
    np.isin(x, [1, 2])*x
    M5[np.triu_indices(5)]
    M5[np.triu_indices(5, 1)]
    M5[np.tril_indices(5, -1)]
    B[np.tril_indices(3, 0, 4)]
    M5[np.triu_indices_from(M5, 2)]
    M5[np.diag_indices(5)]
    A[np.diag_indices_from(A)]
    M5[np.ix_([0, 2], [1, 3, 4])]
    T3[np.ix_([0, 3], [1], [1, 0])]
    M5[np.ix_([True, False, True, False, False], [0, 1])]
    x[np.unravel_index(2, (4,))]
    M5[np.unravel_index([7, 3, 22], (5, 5))]
    v6[np.ravel_multi_index(([0, 1], [1, 2]), (2, 3))]
    np.sum(np.indices((3, 4))*B)
    np.indices((3, 4), sparse=True)[0]*B
    x[np.where(x > 0)]
    B[np.where(B > 0)]
    B[np.nonzero(B > 0.1)]
    np.flatnonzero(x > 0)*s
    np.argwhere(B > 0)*s
    np.take(x, [0, 2])
    np.take(x, 2)
    np.take(B, [[0, 2], [1, 1]])
    np.take(B, [0, 2], axis=1)
    np.take(B, [[0, 2], [1, 1]], axis=-1)
    np.take(B, [[0, 2], [1, 1]], axis=0)
    np.take(x, [5, -6, 2], mode='wrap')
    np.take(x, [5, -6, 2], mode='clip')
    np.take(B, [1, 9], axis=1, mode='clip')
    np.take_along_axis(B, np.argsort(B, axis=1), axis=1)
    np.take_along_axis(B, np.array([[0], [2], [1]]), axis=1)
    np.take_along_axis(B, np.array([[1, 0, 2, 0]]), 0)
    np.take_along_axis(T3, np.argmax(T3, axis=1, keepdims=True), axis=1)
    np.compress([True, False, True], x)
    np.compress([0, 1, 1], B, axis=0)
    np.compress([False, True], B, axis=1)
    np.compress(x > 0, x)
    np.compress(x > 0, B, axis=1)
    np.extract(B > 0, B)
    np.extract(x > 0, 2*x)
    np.choose([0, 1, 0, 1], [x, y])
    np.choose(np.array([2, 1, 0]), [z, 2*z, z**2])
    np.choose([3, -1, 0], [z, 2*z], mode='clip')
    np.delete(x, 1)
    np.delete(x, [0, -1])
    np.delete(B, 1, axis=1)
    np.delete(B, [0, 2], 0)
    np.delete(B, 5)
    np.insert(x, 1, s)
    np.insert(x, -1, 5)
    np.insert(x, 4, z)
    np.insert(x, [1, 3], [s, r])
    np.insert(x, [1], z)
    np.insert(x, [1, 1, 0], 7)
    np.insert(B, 1, x, axis=0)
    np.insert(B, 1, z, axis=1)
    np.insert(B, 1, s, axis=1)
    np.insert(B, [0, 2], 3*s, axis=1)
    np.insert(B, [1], [[s], [r], [s]], axis=1)
    np.insert(B, 2, z)
    np.resize(x, (2, 3))
    np.resize(B, 5)
    np.resize(x, (3, 3))
    np.trim_zeros(np.array([0, 0, 1, 0, 2, 0])*s)
    np.trim_zeros(np.array([0, 0, 1, 0, 2, 0])*s, 'f')
    np.trim_zeros(np.array([0, 0, 1, 0, 2, 0])*s, trim='b')
    np.quantile(x, 0.3)
    np.quantile(B, 0.3, axis=(0, 1))
    np.quantile(T3, 0.3, axis=(0, 2), keepdims=True)
    np.quantile(T3, [0.3, 0.8], axis=(0, 2))
    np.quantile(T3, 0.31, axis=-1, keepdims=True)
    np.percentile(B, [[10, 20], [30, 70]])
    np.percentile(B, 25, axis=0, method='hazen')
    np.percentile(x, 30, method='weibull')
    np.percentile(x, [0, 30, 100], method='median_unbiased')
    np.quantile(x, 0.37, method='normal_unbiased')
    np.quantile(x, 0.37, method='inverted_cdf')
    np.quantile(x, 0.5, method='inverted_cdf')
    np.quantile(x, 0.5, method='averaged_inverted_cdf')
    np.quantile(x, 0.6, method='averaged_inverted_cdf')
    np.quantile(x, 0.375, method='closest_observation')
    np.quantile(x, 0.625, method='closest_observation')
    np.quantile(v6, 0.7, method='closest_observation')
    np.quantile(v6, 0.75, method='interpolated_inverted_cdf')
    np.quantile(x, 0.37, method='lower')
    np.quantile(x, 0.37, method='higher')
    np.quantile(x, 0.37, method='nearest')
    np.quantile(x, 0.37, method='midpoint')
    np.quantile(x, qs)
    np.quantile(x, q)
    np.quantile(B, q, axis=1)
    np.quantile(B, q, axis=0, keepdims=True)
    np.percentile(B, 100*q, axis=1)
    np.quantile(T3, q, axis=(0, 1))
    np.quantile(B, qs, method='midpoint')
    np.quantile(B, qs, method='lower')
    np.quantile(B, [0.2, qs])
    np.median(T3, axis=(0, 1))
    np.median(B, axis=0)
    np.median(T3, axis=(0, 2), keepdims=True)
    np.nanmedian(gap)
    np.nanmedian(G, axis=1)
    np.nanmedian(G, axis=0, keepdims=True)
    np.nanmedian(x)
    np.nanpercentile(G, 30, axis=1)
    np.nanpercentile(G, [30, 60])
    np.nanquantile(G, 0.3, axis=0, keepdims=True)
    np.nanquantile(G, 0.35, method='lower')
    np.nanquantile(G, qs, axis=1)
    np.unique(x)
    np.unique(B)
    np.unique([s, r, s])
    np.unique([s, r, s], return_counts=True)[1]*s
    np.unique([s, r, s], return_index=True)[1]*s
    np.unique([s, r, s, 3], return_inverse=True)[1]*s
    np.unique([s, r, s, 3], True, True, True)[0]
    np.unique_values(x)
    np.unique_counts(np.array([s, r, s]))[1]*s
    np.unique_inverse(np.array([s, r, s])).inverse_indices*s
    np.union1d(x, z)
    np.intersect1d(x, [x[1], x[0], 3])
    np.setdiff1d(x, [x[1], 7])
    np.setdiff1d(x, [x[1], 7], True)
    np.setxor1d(x, [x[1], 7, 7])
    np.setxor1d(x, z)
    np.nanargmax(gap)*s
    np.nanargmin(G, axis=1)*s
    np.gradient(M5)
    np.gradient(T3, axis=(0, 1))[1]
    np.gradient(x)
    np.gradient(x, 0.5)
    np.gradient(x, s)
    np.gradient(x, at)
    np.gradient(x, at, edge_order=2)
    np.gradient(x, at + s*at**2, edge_order=2)
    np.gradient(M5, 2.0, s)[1]
    np.gradient(B, np.array([0, 1, 3]), at)[0]
    np.gradient(B, np.array([0, 1, 3]), at)[1]
    np.gradient(B, [0, 1, 3], at, edge_order=1)[1]
    np.gradient(B, axis=-1, edge_order=2)
    np.gradient(x, [0, 1, 2.5, 4])
    np.unwrap(3*x)
    np.unwrap(7*B)
    np.unwrap(7*B, axis=0)
    np.unwrap(7*B, discont=5, axis=0)
    np.unwrap(7*x, period=3 + s)
    np.histogram_bin_edges(x)
    np.histogram_bin_edges(B, 4)
    np.histogram_bin_edges(x, 3, range=(0, 1 + s))
    np.histogram_bin_edges(x, [0, s, 2])
    np.geomspace(1 + s, 5)
    np.geomspace(p, 2 + p, num=4)
    np.geomspace(p, 2 + p, 4, endpoint=False)
    np.geomspace(-p, -2 - p, 4, axis=1)
    np.polyval([1, 2, 3], s)
    np.polyval(x, B)
    np.polyval(B, x)
    np.polyval(B, s)
    np.polyadd(x, z)
    np.polyadd(z, x)
    np.polysub(x, z)
    np.polysub(z, x)
    np.polysub(x, y)
    np.polyadd(x, s)
    np.polyadd([1, s], x)
    np.polymul(x, z)
    np.polydiv(x, z)[0]
    np.polydiv(x, z)[1]
    np.polydiv(v6, z)[0]
    np.polydiv(v6, z)[1]
    np.polydiv(x, [s])[0]
    np.polyder(x)
    np.polyder(x, 2)
    np.polyder(v6, m=3)
    np.polyint(x)
    np.polyint(x, 2)
    np.polyint(x, 2, k=s)
    np.polyint(x, 2, k=[s, 3])
    np.polyint(x, k=r)
    np.poly(x)
    np.poly(z)
    np.poly(A)
    np.polyfit(at, x, 2)
    np.polyfit(at, x, 1, w=p)
    np.where(np.isreal(x), x, 0)
    np.where(np.iscomplex(x), 0, x)
    np.where(np.allclose(x, x + 0.1, atol=0.2), x, 0)
    np.where(np.logical_xor(x > 0, y > 0), x, y)
    np.where(np.array_equal(x, x, equal_nan=True), x, 0)
    np.where(np.array_equal(x, z), x, 2*x)
    np.where(np.array_equiv(x, x), x, 0)
    np.where(np.isrealobj(x), x, 0)
    np.where(np.iscomplexobj(x), x, 2*x)
    np.unique_all(np.array([s, r, s])).values
    np.unique_all(np.array([s, r, s])).counts*s
    np.unique_all(np.array([s, r, s])).indices*s
    A[np.tril_indices_from(A)]
    np.sum(x, where=x > 0)
    np.sum(B, axis=1, where=B > 0, initial=2)
    np.prod(B, axis=0, where=W > 0.5)
    np.mean(B, axis=1, where=B > -3)
    np.mean(B, where=W > 0.5)
    np.mean(B, axis=0, keepdims=True, where=x > -5)
    np.std(B, axis=0, where=B > -3)
    np.var(B, axis=1, ddof=1, where=B > -3, keepdims=True)
    np.nanmean(G, where=G > -1)
    np.nanvar(G, where=G > -1)
    np.nanstd(G, axis=0, where=G > -5)
    np.max(B, axis=1, initial=-7, where=B < 0.5)
    np.min(B, axis=1, initial=7, where=B < 0.5)
    np.nansum(G, where=G > 0)
    np.nansum(G, initial=s)
    np.nanmax(G, initial=s)
    np.nanmin(G, axis=0, initial=s, where=G > 0)
    np.nanprod(G, where=G > 0)
    np.where(np.any(B > 0, axis=1, where=W > 0.5), z, 2*z)
    np.where(np.all(B > 0, axis=1, where=W > 0.8), z, 2*z)
    np.var(B, axis=1, mean=np.mean(B, axis=1, keepdims=True))
    np.std(B, axis=0, ddof=1, mean=np.mean(B, axis=0, keepdims=True))
    np.ediff1d(B)
    np.ediff1d(x, s)
    np.ediff1d(x, to_begin=[s, r])
    np.ediff1d(x, to_begin=-99, to_end=z)
    np.dstack(B)
    np.dstack(x)
    np.trapezoid(B, dx=s)
    np.trapezoid(B, at, 5)
    np.trapezoid(B, x=at)
    np.trim_zeros(np.array([[0, 0, 1], [0, 2, 0], [0, 0, 0]])*s)
    np.trim_zeros(np.array([[0, 0, 1], [0, 2, 0], [0, 0, 0]])*s, 'f', axis=1)
    np.extract(x > -9, 2*x)
    np.nan_to_num(gap, True, s)
    np.average(T3, axis=(0, 1), weights=T3[:, :, 0] + 3)
    np.average(T3, axis=1, weights=z + 3)
    np.average(B, 1, W)
    np.average(B, 0, W, keepdims=True)
    np.average(B, weights=W)
    np.average(x, weights=p, returned=True)[1]
    np.average(B, axis=1, weights=p, returned=True)[0]
    np.average(T3, axis=(1, 0), weights=(T3[:, :, 0] + 3).T)
    np.cov(B, fweights=[1, 2, 1, 3])
    np.cov(B, aweights=p)
    np.cov(B, aweights=p, ddof=0)
    np.cov(x, y, aweights=p, fweights=[1, 2, 1, 3])
    np.cov(x, aweights=p)
    np.cov(B.T, rowvar=False, aweights=p)
    np.corrcoef(x, y)
    np.interp(3*x, at, y, period=2)
    np.interp(x, 5*y, z[0]*y, period=1.7)
    np.cumulative_sum(x, include_initial=True)
    np.cumulative_sum(B, axis=1, include_initial=True)
    np.cumulative_prod(B, axis=0, include_initial=True)
    np.cumulative_prod(x)
    np.trace(T3)
    np.trace(T3, 1)
    np.trace(T3, -1, 1, 2)
    np.trace(B)
    np.trace(A, 1)
    np.diagonal(T3)
    np.diagonal(T3, 1, 0, 2)
    np.diagonal(B, axis1=1, axis2=0)
    np.diagonal(B)
    np.diagonal(T3, offset=-1, axis1=2, axis2=0)
    np.meshgrid(x, z, sparse=True)[0] + np.meshgrid(x, z, sparse=True)[1]
    np.meshgrid(x, z, indexing='ij', sparse=True)[0]*z
    np.einsum(B, [3, 2], x, [2])
    np.pad(B, 1, constant_values=s)
    np.pad(B, ((1, 2), (0, 1)), constant_values=((s, r), (1, 2)))
    np.pad(x, (2, 1), constant_values=(s, 5))
    np.pad(x, (2, 3), 'linear_ramp', end_values=(s, 4))
    np.pad(B, 2, 'linear_ramp')
    np.pad(B, ((1, 2), (0, 3)), mode='linear_ramp', end_values=s)
    np.pad(B, 2, 'mean')
    np.pad(B, ((1, 2), (0, 3)), 'maximum')
    np.pad(x, 2, 'minimum', stat_length=2)
    np.pad(x, (1, 2), 'median', stat_length=3)
    np.pad(B, (1, 2), 'mean', stat_length=((1, 2), (3, 2)))
    np.pad(x, (2, 3), 'reflect', reflect_type='odd')
    np.pad(B, (2, 1), 'symmetric', reflect_type='odd')
    np.pad(x, 2, 'reflect', reflect_type='even')
    np.convolve(x, z, 'same')
    np.correlate(z, x, 'same')
    np.correlate(x, z, 'full')
    np.correlate(z, x)
    np.add.reduce(B)
    np.add.reduce(B, axis=1, keepdims=True)
    np.add.reduce(B, axis=None)
    np.multiply.reduce(B, 1)
    np.maximum.reduce(T3, axis=(0, 1))
    np.minimum.reduce(x)
    np.logaddexp.reduce(B, axis=1)
    np.subtract.reduce(B, axis=1)
    np.divide.reduce(x)
    np.hypot.reduce(B, 1)
    np.fmax.reduce(G, axis=1)
    np.logaddexp2.reduce(x)
    np.add.accumulate(B)
    np.multiply.accumulate(x)
    np.maximum.accumulate(B, axis=1)
    np.subtract.accumulate(x)
    np.add.outer(x, z)
    np.multiply.outer(B, z)
    np.subtract.outer(x, B)
    np.maximum.outer(x, s)
    np.power.outer(p, [1, 2, 3])
    np.add.outer(s, x)
    np.add.reduceat(v6, [0, 3, 1, 5])
    np.multiply.reduceat(B, [0, 2], axis=1)
    np.float64(x)
    np.float32(1)*x
    np.double(s)
    np.astype(x, np.float64)
    np.int64(3*x)*x
    np.bool_(x)*x
    np.r_[x, z]
    np.r_[s, x, 3]
    np.r_[B, W]
    np.c_[x, y]
    np.c_[B, W]
    np.c_[z, B]
    np.array([s, 2, x[1]], dtype=float)
    np.asarray(x, float)
    np.piecewise(x, [x < 0, x >= 0], [lambda t: -t**3, lambda t: t**2])
    np.piecewise(x, [x < 0], [-1, 1])*x
    np.piecewise(x, [x < -0.5, x > 0.5], [lambda t: t, np.sin, 0])
    np.piecewise(x, x < 0, [np.sin, np.cos])
    np.digitize(x, [-1, 0, 1])*x
    np.digitize(x, [1, 0, -1], right=True)*x
    np.digitize(B, [-1, 0, 1], right=True)*B
    np.histogram(x, bins=3)[0]*s
    np.histogram(x, bins=3)[1]
    np.histogram(x, [-3, -0.5, 0.4, 5], weights=p)[0]
    np.histogram(x, 4, range=(-3, 3), weights=y)[0]
    np.histogram(B, 4, (-3, 3), density=True)[0]*s
    np.histogram(x, [-3, s - 1, 5], density=True)[0]
    np.bincount([0, 2, 2, 1], weights=x)
    np.bincount([0, 2, 2], minlength=5)*s
    np.array(x, copy=True)
    np.require(x)
    np.asfortranarray(B)
    np.asarray_chkfinite(x)
    np.bool(x)*x
    np.int32(3*x)*x
    np.intp(3*x)*x
    np.int_(3*x)*x
    np.long(3*x)*x
    np.longlong(3*x)*x
    np.float16(1)*x
    np.half(2)*x
    np.single(1)*x
    np.longdouble(2)*x
""")

# jax's own calls, and what numpy has for each.
AS_NUMPY = calls("""
    jax.lax.slice(B, (0, 1), (3, 4), (2, 1)) == B[0:3:2, 1:4]
    jax.lax.slice_in_dim(B, 1, None, 2, axis=1) == B[:, 1::2]
    jax.lax.index_in_dim(B, 1, axis=1, keepdims=False) == B[:, 1]
    jax.lax.index_in_dim(B, -1) == B[-1:]
    jax.lax.dynamic_slice(B, (2, 1), (2, 2)) == B[1:3, 1:3]
    jax.lax.dynamic_slice_in_dim(x, -2, 3) == x[1:4]
    jax.lax.dynamic_index_in_dim(B, 9, 0) == B[2:3]
    jax.lax.dynamic_update_slice(x, [s, r], (3,)) == np.concatenate([x[:2], [s, r]])
    jax.lax.dynamic_update_slice_in_dim(B, B[:, :1]**2, 1, axis=1) == np.concatenate([B[:, :1], B[:, :1]**2, B[:, 2:]], 1)
    jax.lax.dynamic_update_index_in_dim(B, x**2, 1, 0) == np.stack([B[0], x**2, B[2]])
    jax.lax.pad(x, s, [(1, 2, 1)]) == np.stack([s, x[0], s, x[1], s, x[2], s, x[3], s, s])
    jax.lax.pad(x, s, [(-1, 1, 0)]) == np.concatenate([x[1:], [s]])
    jax.lax.dot_general(T3, T3, (((2,), (2,)), ((0,), (0,)))) == np.einsum('abc,adc->abd', T3, T3)
    jax.lax.dot_general(B, C, (((1,), (0,)), ((), ()))) == B @ C
    jax.lax.broadcast(x, (2, 3)) == np.broadcast_to(x, (2, 3, 4))
    jax.lax.broadcast_in_dim(z, (3, 4), (0,)) == np.broadcast_to(z[:, None], (3, 4))
    jax.lax.collapse(T3, 0, 2) == T3.reshape(12, 2)
    jax.lax.expand_dims(B, (0, 3)) == B[None, :, :, None]
    jax.lax.cumsum(B, axis=1, reverse=True) == np.flip(np.cumsum(np.flip(B, 1), 1), 1)
    jax.lax.reduce_sum(T3, axes=(0, 2)) == np.sum(T3, (0, 2))
    jax.lax.select_n(np.array([0, 1, 2]), z, 2*z, z**2) == np.stack([z[0], 2*z[1], z[2]**2])
    jax.lax.split(v6, (1, 2, 3))[2] == v6[3:]
    jax.lax.sort_key_val(x, y)[1] == y[np.argsort(x)]
    jax.lax.clamp(2, x, 1) == np.ones(4) + 0*x
    jnp.partition(x, 1) == np.concatenate([np.sort(x)[:2], np.sort(x)[:1:-1]])
    jnp.quantile(x, 1.5) == np.max(x)
    jnp.quantile(x, 2*qs) == np.quantile(x, 2*qs)
    jnp.fill_diagonal(A, s, inplace=False) == A*(1 - np.eye(3)) + s*np.eye(3)
    jnp.put(x, [0, 2], [s, r], inplace=False) == np.stack([s, x[1], r, x[3]])
    jnp.place(x, [True, False, True, True], [s, r], inplace=False) == np.stack([s, x[1], r, s])
    jnp.put_along_axis(B, np.array([[1], [0], [3]]), s, 1, inplace=False) == np.where(np.arange(4) == [[1], [0], [3]], s, B)
    jnp.select([x < 0, x < 1], [-x, x**2], 7) == np.select([x < 0, x < 1], [-x, x**2], 7)
    jax.lax.select_n(x > 0, 2*x, x**2) == np.where(x > 0, x**2, 2*x)
""")

# What numpy refuses.
REFUSED = calls("""
    np.split(M5, [1, 3], axis=2)
    np.split(v6, 4)
""")

# What numpy takes and gradcli refuses, and why.
ONLY_NUMPY = {
    "np.partition(x, 2)": "numpy does not say in which order",
    "np.roots(x)": "they may be complex",
}


def values_in(text: str) -> dict[str, np.ndarray]:
    words = set(re.findall(r"(?<![\w.'])[A-Za-z]\w*(?!\w|=[^=])", re.sub(r"'[^']*'", "", text)))
    return {name: value for name, value in VALUES.items() if name in words}


@pytest.mark.generated(share=0.4)
@pytest.mark.parametrize("text", WRITTEN)
def test_a_call_is_what_numpy_makes_of_it(text: str) -> None:
    assert difference(text, NAMES, values_in(text)) == ""


@pytest.mark.generated(share=0.4)
@pytest.mark.parametrize("pair", AS_NUMPY)
def test_a_call_of_jax_is_what_numpy_makes_of_it_in_other_words(pair: str) -> None:
    text, _, oracle = pair.partition(" == ")
    assert difference(text, NAMES, values_in(pair), oracle=oracle) == ""


@pytest.mark.parametrize("text", REFUSED)
def test_what_numpy_refuses_is_refused(text: str) -> None:
    assert_both_refuse(text, NAMES, values_in(text))


@pytest.mark.parametrize("text", ONLY_NUMPY)
def test_what_numpy_alone_takes_is_refused_rather_than_misread(text: str) -> None:
    run(text, NAMES, values_in(text))
    assert refused(text, values_in(text)), text
