"""Calls of torch mean what torch means: each is run by torch itself beside gradcli, value and slope."""

from __future__ import annotations

import math
import warnings
from functools import cache

import numpy as np
import pytest
import torch
from torch.nn import functional

import gradcli
from gradcli.autograd import tensors
from gradcli.base.errors import GradcliError
from gradcli.inputs.asking import known_of
from gradcli.language.known import Known
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree
from gradcli.operations.shape_rules import ShapeMismatch
from gradcli.operations.table import candidates, spellings_of

DRAWN = np.random.default_rng(17)
S = DRAWN.normal(size=(3, 3))
VALUES = {
    "x": DRAWN.normal(size=4), "y": DRAWN.normal(size=4), "p": DRAWN.uniform(0.1, 0.9, 4), "q": DRAWN.uniform(0.1, 0.9, 4),
    "A": DRAWN.normal(size=(3, 4)), "B": DRAWN.normal(size=(3, 4)), "C": DRAWN.normal(size=(4, 2)),
    "S": S, "P": S @ S.T + 0.2 * np.eye(3), "b": DRAWN.normal(size=3), "T": DRAWN.normal(size=(2, 3, 4)),
    "U": DRAWN.normal(size=(2, 4, 3)), "s": np.array(0.7), "K": DRAWN.normal(size=(2, 1, 3)), "Q": DRAWN.normal(size=(3, 2, 5)),
    "z": DRAWN.normal(size=(4, 3)), "V": DRAWN.normal(size=(2, 3, 3)),
    "N": np.array([[0.3, np.nan, -1.2, 0.7], [1.1, 0.2, -0.4, 2.0], [np.nan, 0.9, 0.1, np.nan]]), "I": np.array([0.4, np.inf, -np.inf, -0.8]),
}  # fmt: skip
FIXED = {  # not differentiated
    "t": np.array([2, 0, 1, 2]), "c": np.array([[2, 0, 1], [1, 1, 0]]), "u": np.array([2, 1, 1, 3]), "d": np.array([1.0, -1.0, 1.0, 1.0]),
    "w": DRAWN.uniform(0.5, 2, 3), "v": DRAWN.uniform(0.5, 2, 4),
    "i": np.array([0, 2]), "j": np.array([[0, 1, 1, 0], [2, 1, 0, 0]]), "k": np.array([1, 3, 0, 0]), "h": np.array([[2, 1], [0, 3], [1, 1]]),
    "l": np.array([1, 0, 2]), "r": np.array([0, 1, 1, 3]), "o": np.array(0), "m": DRAWN.random((3, 4)) > 0.5, "n": np.array([True, False, True, True]),
}  # fmt: skip
ALL = VALUES | FIXED
SPACE = {"torch": torch, "F": functional, "inf": math.inf}

ARITHMETIC = """
torch.add(x, y, alpha=2); torch.add(x, 1.5); x.add(y, alpha=-0.5); torch.sub(A, 1, alpha=3); torch.rsub(x, y, alpha=2)
torch.subtract(input=x, other=y); x.subtract(y); torch.mul(x, other=y); torch.multiply(x, 2); torch.div(x, y)
torch.div(x, y, rounding_mode='floor'); torch.div(x, y, rounding_mode='trunc'); x.div(y, rounding_mode=None)
x.divide(2, rounding_mode='floor'); torch.true_divide(x, y); torch.pow(p, exponent=y); torch.pow(2, x); p.pow(2.5)
torch.float_power(p, 3); torch.addcmul(x, y, p, value=2); torch.addcmul(x, y, p); torch.addcdiv(x, y, p, value=0.5)
x.addcdiv(y, p); torch.clamp(x, 0); torch.clamp(x, max=0.5); torch.clamp(x, min=y, max=p); torch.clip(x, -0.1, 0.2)
x.clamp(min=0); x.clamp_min(0.1); x.clamp_max(y); torch.clamp_min(x, y); torch.lerp(x, y, 0.25); torch.lerp(x, end=y, weight=p)
torch.where(x > 0, x, y); torch.where(x > 0, input=x, other=2*y); x.where(y > 0, p); torch.ldexp(x, y)
torch.round(3*x, decimals=0); torch.round(x, decimals=2); torch.round(100*x, decimals=-1); x.round(decimals=1)
torch.special.round(x, decimals=1); torch.fill(x, s); torch.remainder(x, y)
torch.fmod(x, other=y); torch.maximum(x, other=y); torch.logaddexp(x, other=y); torch.hypot(x, y)
torch.clone(x); x.clone(); x.contiguous(); x.double(); x.to(torch.float64); x.to(dtype=torch.double)*y; x.type_as(y)
x.to(y); torch.positive(x); torch.real(x); torch.conj(x); (x > 0).float()*x; (x > 0).to(torch.float64)*x; (x > y).double()*y
torch.xlogy(p, q); torch.special.xlogy(p, q); torch.special.xlog1py(p, q); torch.logit(p, 0.2)
torch.logit(p, eps=0.3); torch.special.logit(p, 0.2); torch.polygamma(1, p); torch.special.polygamma(1, p); p.polygamma(1)
torch.mvlgamma(2 + p, 2); torch.special.multigammaln(2 + p, 2); torch.exp(input=x); torch.sum(x, dtype=torch.float64)
torch.sum(x, dtype=None); torch.softmax(A, 1, dtype=torch.float64); torch.exp(x, out=None)
"""
REDUCTIONS = """
torch.sum(A, 1); torch.sum(A, (0, 1), keepdim=True); torch.sum(T, dim=[0, 2]); torch.sum(A, dim=()); A.sum(-1, True); A.sum((0, 1))
torch.mean(A, 0, True); torch.mean(T, (1, 2)); A.mean(dim=1); torch.prod(A, 1); torch.prod(A, dim=0, keepdim=True); A.prod()
torch.amax(A, 1); torch.amax(T, (0, 2), True); torch.amin(A, dim=()); A.amin(dim=1, keepdim=True); torch.logsumexp(A, 1)
torch.logsumexp(T, (0, 1), keepdim=True); torch.special.logsumexp(A, 0); torch.std(A); torch.std(A, 1); torch.std(x, True)
torch.std(x, False); torch.std(x, unbiased=False); torch.std(A, 1, False); torch.std(A, 1, True, True); torch.std(A, dim=1, correction=0)
torch.std(A, correction=2); torch.std(A, dim=(0, 1), correction=0, keepdim=True); A.std(); A.std(0); A.std(False); A.std(unbiased=False)
A.std(1, keepdim=True); torch.var(x, True); torch.var(x, False); torch.var(A, 0, unbiased=False, keepdim=True); A.var(1, correction=0)
torch.var_mean(A)[0]; torch.var_mean(A, 1)[1]; torch.var_mean(A, 1, correction=0, keepdim=True)[0]; torch.var_mean(x, False)[0]
torch.std_mean(A, dim=0, unbiased=False)[0]; torch.std_mean(A, (0, 1))[1]; torch.norm(A); torch.norm(A, 'fro'); torch.norm(A, 'nuc')
torch.norm(A, 'fro', [0, 1]); torch.norm(A, p=1); torch.norm(A, 3, 1); torch.norm(A, p=2, dim=0, keepdim=True); A.norm(); A.norm(1)
A.norm(dim=1); A.norm(p='fro', dim=1); A.norm('nuc'); torch.norm(x, inf); torch.linalg.vector_norm(A); torch.linalg.vector_norm(A, 3)
torch.linalg.vector_norm(A, ord=1, dim=0); torch.linalg.vector_norm(A, inf, 1, True); torch.linalg.norm(A); torch.linalg.norm(A, 1)
torch.linalg.norm(A, 'fro'); torch.linalg.norm(A, ord=2, dim=(0, 1)); torch.linalg.norm(x, 3); torch.linalg.norm(T, dim=(1, 2), ord='nuc')
torch.linalg.norm(A, dim=1); torch.linalg.norm(A, 2, 1, True); torch.linalg.matrix_norm(T); torch.linalg.matrix_norm(T, 1)
torch.linalg.matrix_norm(T, ord='nuc', dim=(0, 2)); torch.linalg.matrix_norm(A, 2, keepdim=True); torch.dist(x, y, 3); x.dist(y, p=1)
torch.cumsum(A, 1); torch.cumsum(A, dim=0); A.cumprod(1); torch.logcumsumexp(A, 0); torch.cov(A); torch.cov(x); torch.cov(A, correction=0)
torch.cov(A, fweights=u); torch.cov(A, correction=0, aweights=v); torch.cov(A, fweights=u, aweights=v); A.cov(correction=0)
torch.cov(x, fweights=u, aweights=None); torch.corrcoef(A); torch.count_nonzero(A, 1)*b; torch.cdist(A, B); torch.cdist(A, B, 1)
torch.cdist(A, B, p=3, compute_mode='donot_use_mm_for_euclid_dist'); torch.nuclear_norm(A); torch.trapezoid(x, y); torch.trapezoid(A, dx=0.5, dim=0)
torch.trapz(x, dx=2); torch.cumulative_trapezoid(A, dim=0); torch.diff(A); torch.diff(x, 2); torch.diff(A, 1, 0)
torch.diff(A, n=1, dim=1, prepend=A[:, :1]); torch.diff(x, prepend=y, append=p); torch.diff(A, 1, 0, None, None); A.diff(dim=0)
"""
ORDER = """
torch.max(A); torch.max(A, 1)[0]; torch.max(A, 1).values; torch.max(A, dim=0, keepdim=True)[0]; torch.max(x, y); torch.max(x, other=y)
A.max(); A.max(1)[0]; A.max(dim=-1).values; x.max(y); torch.min(A, 0)[0]; A.min(1, True)[0]; torch.aminmax(A).max; torch.aminmax(A, dim=1)[0]
torch.median(A); torch.median(A, 1)[0]; torch.median(A, dim=0, keepdim=True).values; A.median(-1)[0]; torch.median(A, 0)[1]*x
torch.sort(A)[0]; torch.sort(A, 0)[0]; torch.sort(A, dim=0, descending=True).values; A.sort(descending=True)[0]; A.sort(1, True)[0]
torch.sort(A, stable=True)[0]; torch.argsort(A, 1)*A; torch.argsort(A, dim=0, descending=True)*A; torch.msort(A); torch.topk(A, 2)[0]
torch.topk(A, 2, 0)[0]; torch.topk(x, k=3, largest=False).values; A.topk(1, dim=1)[0]; torch.topk(A, 2)[1]*A[:, :2]
torch.kthvalue(A, 2)[0]; torch.kthvalue(A, 1, 0)[0]; torch.kthvalue(A, 3, keepdim=True)[0]; x.kthvalue(2).values
torch.quantile(x, 0.3); torch.quantile(A, 0.5, 1); torch.quantile(A, 0.4, dim=0, keepdim=True); torch.quantile(x, 0.3, interpolation='lower')
torch.quantile(x, 0.3, interpolation='higher'); torch.quantile(A, 0.3, 1, interpolation='midpoint'); torch.quantile(x, 0.6, interpolation='nearest')
torch.quantile(x, 0.5, interpolation='nearest'); torch.quantile(A, 0.1, 0, interpolation='linear'); A.quantile(0.25)
torch.argmax(A, 1)*b; torch.argmin(A)*x; A.argmax(dim=0)*x
"""
MATRICES = """
torch.addmm(S, A, U[0], beta=2, alpha=0.5); torch.addmv(b, A, x, alpha=2); torch.addr(A, b, x, beta=0.5, alpha=2)
torch.baddbmm(T @ U, T, U, beta=2, alpha=3); torch.addbmm(S, T, U, alpha=2); S.addmm(A, U[0], beta=0.1); torch.mm(A, C); torch.mm(A, mat2=C)
torch.bmm(T, U); torch.mv(A, x); A.mv(vec=x); torch.matmul(A, other=C); A.mm(C); torch.dot(x, y); x.dot(y); torch.inner(x, y)
torch.outer(x, vec2=b); torch.ger(x, b); x.outer(b); torch.vdot(x, y); torch.kron(A, C); torch.tensordot(A, C, 1); torch.tensordot(T, A, 2)
torch.tensordot(T, U, dims=([1, 2], [2, 1])); torch.tensordot(A, B, ([0], [0])); torch.tensordot(T, A, dims=[[2], [1]])
torch.linalg.cholesky(P); torch.linalg.cholesky(P, upper=True); torch.cholesky(P, True)
torch.linalg.cholesky_ex(P)[0]; torch.linalg.cholesky_ex(P, upper=True).L
torch.linalg.inv(P); torch.inverse(P); P.inverse(); torch.linalg.inv_ex(P)[0]; torch.linalg.inv_ex(P).inverse; torch.linalg.solve(P, b)
torch.linalg.solve(P, A); torch.linalg.solve(P, z, left=False); torch.linalg.solve_ex(P, A)[0]; torch.linalg.solve_triangular(P, A, upper=True)
torch.linalg.solve_triangular(P, z, upper=False, left=False); torch.triangular_solve(A, P)[0]
torch.triangular_solve(A, P, upper=False).solution; torch.triangular_solve(A, P, transpose=True)[0]
torch.slogdet(P)[1]; torch.linalg.slogdet(P).logabsdet; torch.linalg.slogdet(-P)[0]*b; torch.logdet(P); torch.det(P); P.det()
torch.linalg.pinv(A); torch.pinverse(A); torch.linalg.pinv(A, rtol=None); torch.linalg.pinv(P + P.T, hermitian=True)
torch.linalg.lstsq(z, x)[0]; torch.linalg.lstsq(z, C)[0]; torch.linalg.lstsq(z, C, driver='gels').solution; torch.linalg.lstsq(A, z[:3])[0]
torch.linalg.cond(P); torch.linalg.cond(P, 2); torch.linalg.cond(P, -2)
torch.linalg.eigvalsh(P); torch.linalg.eigvalsh(P, UPLO='U'); torch.linalg.eigh(P)[0]; torch.linalg.eigh(P, 'U').eigenvalues
torch.linalg.cholesky(P + 0.1*S); torch.linalg.cholesky(P + 0.1*S, upper=True); torch.cholesky(P + 0.1*S)
torch.linalg.cholesky(T @ T.mT + torch.eye(3) + 0.1*V, upper=True); torch.linalg.cholesky_ex(T @ T.mT + torch.eye(3) + 0.1*V).L
torch.linalg.eigvalsh(S); torch.linalg.eigvalsh(S, UPLO='U'); torch.linalg.eigvalsh(V); torch.linalg.eigvalsh(V, 'U'); torch.linalg.eigh(V, 'U')[0]
torch.linalg.eigh(S)[1]**2; torch.linalg.eigh(S, UPLO='U').eigenvectors**2; torch.linalg.pinv(P, hermitian=True); torch.linalg.pinv(V + V.mT, hermitian=True)
torch.linalg.svdvals(A); torch.linalg.svdvals(A, driver=None); torch.linalg.matrix_power(P, 3); P.matrix_power(n=2); torch.matrix_exp(S)
torch.linalg.multi_dot([A, U[0], S]); torch.chain_matmul(A, C); torch.trace(P); P.trace()
torch.einsum('ij,jk->ik', A, C); torch.einsum('ij,jk', [A, C]); torch.linalg.vecdot(A, B); torch.linalg.vecdot(A, B, dim=0); torch.cross(S, P)
torch.linalg.cross(S, P, dim=0); torch.triu(A, 1); torch.tril(A, diagonal=-1); A.triu(); torch.linalg.vander(x, N=3)
"""
SHAPES = """
torch.flatten(A); torch.flatten(T, 1); torch.flatten(T, start_dim=1, end_dim=-1); torch.flatten(T, 0, 1); T.flatten(1); T.flatten(end_dim=1); s.flatten()
torch.reshape(A, (4, 3)); torch.reshape(A, shape=(2, -1)); A.reshape(4, 3); A.reshape((2, 6)); A.view(-1); A.view(2, 6); A.reshape(shape=(6, 2))
torch.permute(T, (2, 0, 1)); T.permute(2, 0, 1); T.permute((0, 2, 1)); torch.permute_copy(T, dims=(1, 0, 2)); T.permute(dims=(1, 0, 2))
torch.transpose(A, 0, 1); A.transpose(0, 1); T.transpose(dim0=0, dim1=-1); torch.swapaxes(T, 0, 2); torch.swapdims(T, dim0=0, dim1=1); A.swapaxes(axis0=0, axis1=1)
torch.t(A); A.t(); torch.t(x); torch.adjoint(T); A.mT; A.T; torch.unsqueeze(A, 1); A.unsqueeze(dim=-1); torch.squeeze(K, 1); torch.squeeze(K); K.squeeze(1)
torch.squeeze_copy(K); torch.broadcast_to(x, (3, 4)); x.expand(3, 4); x.expand(3, -1); x.expand((2, 4)); x.expand_as(A); x.repeat(2); x.repeat(2, 3); A.repeat((2, 1))
torch.tile(A, (2, 1)); A.tile(2); A.tile((1, 2)); torch.tile(x, dims=(2, 2)); torch.flip(A, [0]); torch.flip(A, dims=(0, 1)); A.flip(0); A.flip(0, 1)
torch.fliplr(A); torch.flipud(A); torch.rot90(A); torch.rot90(A, 2); torch.rot90(T, -1, (1, 2)); torch.rot90(A, 3, [0, 1]); torch.rot90(A, k=5, dims=[1, 0])
torch.roll(A, 1); torch.roll(A, 1, 0); torch.roll(A, (1, -1), (0, 1)); A.roll(shifts=1, dims=1); torch.roll(A, shifts=[2], dims=[1]); torch.narrow(A, 1, 1, 2)
A.narrow(0, 0, 2); torch.select(A, 1, 2); A.select(dim=0, index=-1); torch.select(T, -2, 1); torch.split(A, [1, 3], dim=1)[1]; torch.split_with_sizes(x, [1, 3])[0]
A.split([1, 2])[1]; torch.diag(x); torch.diag(S, 1); torch.diag(S, diagonal=-1); S.diag(); torch.diagflat(C); torch.diagflat(x, offset=1); torch.diagonal(A)
torch.diagonal(A, 1); torch.diagonal(T, dim1=1, dim2=2); torch.diagonal(T, -1, 0, 2); T.diagonal(offset=1, dim1=-1, dim2=0); torch.linalg.diagonal(T)
torch.linalg.diagonal(T, offset=-1); torch.diag_embed(A); torch.diag_embed(A, 1, 0, 2); torch.diag_embed(A, offset=-1, dim1=1, dim2=0); x.diag_embed()
torch.repeat_interleave(x, 2); torch.repeat_interleave(A, 2, 1); A.repeat_interleave(3, dim=0); torch.repeat_interleave(x, 2, output_size=8)
torch.cat([x, y]); torch.cat((A, B), 1); torch.cat([A, B], dim=-1); torch.cat(tensors=[A, B]); torch.concat([x, y], 0); torch.stack([x, y]); torch.stack((x, y), -1)
torch.stack([x, y], dim=1); torch.hstack([A, B]); torch.vstack((x, y)); torch.column_stack([x, y]); torch.block_diag(A, C); torch.zeros(4) + x
torch.ones(size=(3, 4))*A; x.new_zeros(4) + x; A.new_ones((3, 4))*A; torch.full((4,), 2.5)*x; torch.arange(4)*x; torch.arange(1, 5)*x; torch.arange(0, 2, 0.5)*x
torch.arange(end=4)*x; torch.linspace(0, 3, 4)*x; torch.linspace(0, end=1, steps=3)*b; torch.logspace(0, 2, 3)*b; torch.logspace(0, 3, 4, base=2)*x; torch.eye(3) + S
torch.eye(4, 2)*C; torch.zeros_like(x) + x; torch.ones_like(x, dtype=torch.float64)*x; torch.full_like(x, 3)*y; torch.zeros(3, 4, dtype=torch.float64, requires_grad=True) + A
torch.movedim(T, 0, 2); torch.movedim(T, (0, 1), (1, 2)); T.moveaxis(source=0, destination=-1); torch.broadcast_to(s, (2,)); torch.ravel(A); A.ravel()
F.pad(x, (1, 2)); F.pad(A, (1, 0, 2, 1), value=0.5); F.pad(A, [1, 1], 'constant', None); F.pad(A, pad=(-1, 2), mode='constant'); torch.constant_pad_nd(x, (1, 1), 2)
"""
LAYERS = """
F.relu(x); F.relu(1*x, True); F.relu(x, inplace=False); torch.relu(x); x.relu(); F.relu6(4*x, inplace=False); F.elu(x); F.elu(x, 0.5); F.elu(x, alpha=2, inplace=False)
F.selu(x, False); F.celu(x, 0.7); F.leaky_relu(x); F.leaky_relu(x, 0.2, False); F.leaky_relu(x, negative_slope=0.3); F.silu(x, inplace=False); F.mish(x)
F.hardtanh(x, -0.5, 0.5); F.hardtanh(x, min_val=-0.1, inplace=False); F.hardsigmoid(x); F.hardswish(x, False); F.threshold(x, 0.1, -2); F.threshold(x, 0.1, 0.3, False)
F.softplus(x); F.softplus(x, 2, 1); F.softplus(x, beta=3); F.gelu(x); F.gelu(x, approximate='tanh'); F.glu(A); F.glu(A, 1); F.glu(A, dim=-1); F.softsign(x)
F.tanhshrink(x); F.softshrink(x, 0.3); F.softshrink(x, lambd=0.2); F.hardshrink(x); F.hardshrink(x, 0.1); F.logsigmoid(x); F.prelu(A, x); F.prelu(V, b); F.prelu(z, b[:1]); F.prelu(x, s)
F.softmax(A, 1); F.softmax(A, dim=0); F.log_softmax(A, -1); F.softmin(A, dim=1); torch.softmax(x, 0); A.softmax(1); A.log_softmax(dim=0); torch.special.softmax(A, 0)
F.dropout(x, 0.0); F.dropout(x, p=0.3, training=False); F.dropout(x, 0.5, False); F.dropout(x, p=0); F.alpha_dropout(x, training=False); F.dropout2d(T, training=False)
F.layer_norm(A, (4,)); F.layer_norm(A, [3, 4]); F.layer_norm(A, (4,), v, x); F.layer_norm(A, normalized_shape=(4,), weight=v, eps=0.1); F.rms_norm(A, (4,)); F.rms_norm(A, (4,), v, 0.1)
F.normalize(A); F.normalize(A, p=1, dim=0); F.normalize(A, 3.0, -1, 0.01); F.cosine_similarity(A, B); F.cosine_similarity(A, B, 0); F.cosine_similarity(A, B, dim=-1, eps=0.1)
F.pairwise_distance(A, B); F.pairwise_distance(A, B, 1); F.pairwise_distance(A, B, p=3, keepdim=True); F.linear(A, B); F.linear(A, B, b); F.linear(A, weight=B, bias=b); F.linear(x, A)
F.scaled_dot_product_attention(A, B, B); F.scaled_dot_product_attention(A, B, B, is_causal=True); F.scaled_dot_product_attention(A, B, B, None, 0.0, False, scale=0.3)
F.scaled_dot_product_attention(A, B, B, attn_mask=S); F.scaled_dot_product_attention(T, T, T, S, scale=2); F.scaled_dot_product_attention(T, T, T, dropout_p=0.0)
F.conv1d(Q, Q); F.conv1d(Q, Q, b, 2, padding='valid'); F.conv1d(Q, Q, stride=(2,), padding=(1,), dilation=(1,)); F.conv1d(Q, Q, padding=2)
"""
LOSSES = """
F.mse_loss(x, y); F.mse_loss(x, y, reduction='sum'); F.mse_loss(x, y, reduction='none'); F.mse_loss(x, y, None, None, 'sum'); F.mse_loss(x, y, size_average=False)
F.mse_loss(x, y, reduce=False); F.mse_loss(x, y, size_average=True); F.mse_loss(x, y, weight=v); F.mse_loss(x, y, reduction='sum', weight=v); F.l1_loss(x, y)
F.l1_loss(x, y, reduction='sum'); F.l1_loss(x, y, weight=v); F.smooth_l1_loss(x, y); F.smooth_l1_loss(x, y, beta=0.3); F.smooth_l1_loss(x, y, reduction='none', beta=2)
F.huber_loss(x, y); F.huber_loss(x, y, 'sum', 0.5); F.huber_loss(x, y, reduction='none', delta=2); F.huber_loss(x, y, weight=v); F.huber_loss(x, y, delta=0.1)
F.kl_div(x, p); F.kl_div(x, p, reduction='batchmean'); F.kl_div(x, y, log_target=True, reduction='sum'); F.kl_div(A, B, None, None, 'batchmean', True); F.kl_div(x, p, reduction='none')
F.binary_cross_entropy(p, q); F.binary_cross_entropy(p, q, v); F.binary_cross_entropy(p, q, weight=v, reduction='sum'); F.binary_cross_entropy(p, q, reduction='none')
F.binary_cross_entropy_with_logits(x, q); F.binary_cross_entropy_with_logits(x, q, v); F.binary_cross_entropy_with_logits(x, q, weight=v, reduction='sum')
F.binary_cross_entropy_with_logits(x, q, reduction='none', pos_weight=v); F.binary_cross_entropy_with_logits(x, q, weight=v, pos_weight=v)
F.poisson_nll_loss(x, p); F.poisson_nll_loss(p, q, False); F.poisson_nll_loss(p, 2*q, log_input=False, full=True, eps=0.1); F.poisson_nll_loss(x, p, reduction='sum')
F.gaussian_nll_loss(x, y, v); F.gaussian_nll_loss(x, y, v, True, 0.1, 'sum'); F.gaussian_nll_loss(x, y, var=v, reduction='none'); F.soft_margin_loss(x, d)
F.soft_margin_loss(x, d, reduction='sum'); F.multilabel_soft_margin_loss(A, B); F.multilabel_soft_margin_loss(A, B, v, reduction='none')
F.hinge_embedding_loss(x, d); F.hinge_embedding_loss(x, d, 0.5); F.hinge_embedding_loss(x, d, margin=2, reduction='sum')
F.margin_ranking_loss(x, y, torch.sign(p)); F.margin_ranking_loss(x, y, torch.sign(p), 0.5); F.margin_ranking_loss(x, y, target=torch.sign(p), margin=1, reduction='none')
F.triplet_margin_loss(A, B, 2*B); F.triplet_margin_loss(A, B, 2*B, 2.0, 1); F.triplet_margin_loss(A, B, 2*B, swap=True); F.triplet_margin_loss(A, B, 2*B, swap=True, reduction='none', margin=3)
F.cross_entropy(z, t); F.cross_entropy(z, t, reduction='sum'); F.cross_entropy(z, t, w); F.cross_entropy(z, t, weight=w, reduction='none'); F.cross_entropy(z, t, ignore_index=1)
F.cross_entropy(z, t, weight=w, ignore_index=2, reduction='mean'); F.cross_entropy(z, t, label_smoothing=0.1); F.cross_entropy(z, t, w, label_smoothing=0.2, ignore_index=0)
F.cross_entropy(z, t, label_smoothing=0.3, reduction='sum'); F.cross_entropy(A, B); F.cross_entropy(A, B, reduction='none'); F.nll_loss(z, t); F.nll_loss(z, t, w)
F.nll_loss(z, t, weight=w, reduction='none'); F.nll_loss(z, t, ignore_index=2); F.nll_loss(z, t, w, None, 0, None, 'sum'); F.nll_loss(z, t, ignore_index=-1)
F.cross_entropy(V, c, w); F.cross_entropy(V, c, w, label_smoothing=0.2); F.cross_entropy(V, c, label_smoothing=0.1, ignore_index=1, reduction='none'); F.nll_loss(V, c, w, reduction='none')
F.nll_loss(V, c, weight=w, ignore_index=0); F.cross_entropy(b, c[0, 0], weight=w); F.cross_entropy(V, V)
"""
WITHOUT_SLOPE = """
torch.heaviside(x, y); torch.igamma(p, q); torch.igammac(p, q); torch.special.gammainc(p, q); torch.floor_divide(x, 0.5); torch.special.zeta(1 + p, q)
torch.vander(x); torch.linalg.cond(P, 1); torch.linalg.cond(P, p='fro'); torch.linalg.cond(P, inf); x.heaviside(y); torch.vander(x, 3, True)
"""


def calls(*tables: str) -> list[str]:
    return [call for table in tables for line in table.strip().splitlines() for call in line.split("; ")]


Answer = tuple[torch.Tensor, dict[str, torch.Tensor]]  # the value and the cotangents


def from_torch(text: str, *, slopes: bool = True) -> Answer:
    """torch's value of the text and its backward pass: an oracle that shares nothing with gradcli's reading of it."""
    names = {name: torch.tensor(value, requires_grad=slopes and name in VALUES) for name, value in ALL.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what torch deprecates is read all the same
        value = eval(text, {**SPACE, **names})  # noqa: S307 - the texts above
    if not isinstance(value, torch.Tensor):
        raise TypeError
    return value, slopes_of(value, names)


def slopes_of(value: torch.Tensor, names: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The cotangents of some weights."""
    free = {name: tensor for name, tensor in names.items() if tensor.requires_grad}
    if not value.requires_grad:
        return {name: torch.zeros_like(tensor) for name, tensor in free.items()}
    weights = torch.cos(1 + torch.arange(value.numel(), dtype=value.dtype)).reshape(value.shape)
    found = torch.autograd.grad(value, list(free.values()), weights, allow_unused=True, materialize_grads=True)
    return dict(zip(free, found, strict=True))


@cache
def known() -> Known:
    fixed = {name: value if value.dtype == bool else value.astype(float) for name, value in FIXED.items()}
    return known_of(fixed, {name: value.shape for name, value in VALUES.items()})


def from_gradcli(text: str) -> Answer:
    read = parse(text, bound=ALL, known=known())
    names = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=name in VALUES) for name, value in ALL.items()
    }
    with tensors.session("float64", "cpu"):
        value = tensors.evaluate(compile_tree(read.tree), names)
    return value, slopes_of(value, names)


def assert_same(text: str, *, slopes: bool = True) -> None:
    compare(from_gradcli(text), from_torch(text, slopes=slopes), slopes=slopes)


def compare(given: Answer, true: Answer, *, slopes: bool = True) -> None:
    (found, own), (expected, wanted) = given, true
    assert found.shape == expected.shape
    torch.testing.assert_close(found.detach(), expected.detach().double(), rtol=1e-9, atol=1e-11, equal_nan=True)
    for name, slope in wanted.items() if slopes else ():
        torch.testing.assert_close(
            own[name],
            slope,
            rtol=1e-7,
            atol=1e-9,
            equal_nan=True,
            msg=lambda said, name=name: f"slope in {name}: {said}",
        )


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("text", calls(ARITHMETIC, REDUCTIONS, ORDER, MATRICES, SHAPES, LAYERS, LOSSES))
def test_a_call_of_torch_has_torchs_value_and_slope(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("text", calls(WITHOUT_SLOPE))
def test_a_call_of_which_torch_has_no_slope_has_torchs_value(text: str) -> None:
    assert_same(text, slopes=False)


@pytest.mark.parametrize("text", [
    "torch.kl_div(x, y)", "torch.hinge_embedding_loss(x, d)", "F.mse_loss(x, y, 'sum')", "torch.cat(A)", "torch.cumsum(A)",
    "F.dropout(x, 0.5)", "F.dropout(x)", "F.dropout(x, 0.1, True)", "torch.add(x, y, 2)", "torch.sum(x, dtype=torch.int64)",
    "torch.div(x, y, rounding_mode='up')", "torch.std(x, 1, 2)", "torch.sort(x)[2]",
    "F.scaled_dot_product_attention(A, B, B, S, is_causal=True)", "torch.linalg.slogdet(P)*2", "x.backward()",
])  # fmt: skip
def test_what_torch_means_otherwise_or_has_no_slope_of_is_refused(text: str) -> None:
    with pytest.raises(GradcliError):
        from_gradcli(text)


# -- every name that torch has and gradcli reads, with some arguments

ARGUMENTS = ("p", "A, 1", "T, 0, True", "p, q", "P", "P, b")
SPACES = {"torch": (torch, "torch"), "F": (functional, "F"), "torch.linalg": (torch.linalg, "torch.linalg"),
          "torch.special": (torch.special, "torch")}  # fmt: skip
NOT_COMPARED = {
    "rand randn": "random",
    "mvlgamma multigammaln": "torch goes on outside of the domain",
    "cond": "torch.cond runs one of two functions",
    "cholesky_inverse": "of what is no triangle torch's slope is that of no function; held on factors elsewhere",
    "bucketize searchsorted": "of what is not in order anything may come",
}


def differentiable(name: str) -> bool:
    """torch.special has functions without a slope, of which gradcli has it."""
    call = getattr(torch.special, name)
    x = torch.tensor(0.4, requires_grad=True)
    for rest in ((), (2,)):
        try:
            return bool(call(x, *rest).requires_grad)
        except (TypeError, RuntimeError, IndexError):
            continue
    return True


def names_read() -> list[str]:
    left_out = {name for names in NOT_COMPARED for name in names.split()}
    return [
        f"{space}.{name}"
        for space, (module, library) in SPACES.items()
        for name in sorted(dir(module))
        if not name.startswith("_") and not name.endswith("_") and name not in left_out
        and callable(getattr(module, name)) and not isinstance(getattr(module, name), type)
        and (candidates(name, library) or spellings_of(name, library))
        and (space != "torch.special" or differentiable(name))
    ]  # fmt: skip


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("name", names_read())
def test_a_name_that_both_read_means_the_same(name: str) -> None:
    for arguments in ARGUMENTS:
        text = f"{name}({arguments})"
        try:
            given, true = from_gradcli(text), from_torch(text)
        except (GradcliError, ShapeMismatch, RuntimeError, TypeError, ValueError, IndexError, AttributeError):
            continue  # one of them refuses it
        compare(given, true)


def test_celus_slope_keeps_its_digits_far_left_of_0() -> None:
    for at, alpha in ((-30.0, 1.0), (-700.0, 2.0)):
        found = gradcli.grad(f"F.celu(x, {alpha})", {"x": at})
        assert found.derivative["x"] == pytest.approx(math.exp(at / alpha), rel=1e-14)
        assert found.check.verdict.value == "agrees"


@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
def test_a_deviation_over_no_axes_is_refused_as_torchs_slope_is_another(name: str) -> None:
    """torch takes the value of all entries and divides the slope by the count of none, less the correction."""
    x = torch.tensor(VALUES["A"], requires_grad=True)
    found = getattr(torch, name)
    values = [found(x, ()), found(x)]
    first, second = (value if torch.is_tensor(value) else value[0] for value in values)
    assert torch.equal(first, second)
    assert not torch.allclose(torch.autograd.grad(first, x)[0], torch.autograd.grad(second, x)[0])
    with pytest.raises(GradcliError, match="leave dim out"):
        gradcli.grad(f"torch.{name}(A, ()){'[0]' if 'mean' in name else ''}", {"A": VALUES["A"]})


def test_a_log_of_sums_over_no_axes_is_refused_as_torch_fails() -> None:
    with pytest.raises(RuntimeError):
        torch.logsumexp(torch.tensor(VALUES["A"]), ())
    with pytest.raises(GradcliError, match="torch fails without an axis"):
        gradcli.grad("torch.logsumexp(A, ())", {"A": VALUES["A"]})
