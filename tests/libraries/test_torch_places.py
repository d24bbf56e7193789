"""torch's calls that put entries elsewhere, in order, or together: each is run by torch itself beside gradcli."""

from __future__ import annotations

import pytest
from libraries.test_torch import assert_same, calls, from_gradcli

from gradcli.base.errors import GradcliError

PARTS = """
torch.chunk(A, 3, 1)[1]; torch.chunk(x, 3)[1]; A.chunk(2)[1]; torch.unsafe_chunk(T, 2, -1)[1]; torch.chunk(x, 9)[3]; torch.split(A, 3, 1)[1]; A.chunk(chunks=2, dim=1)[0]
torch.split(x, 3)[-1]; A.split(2, dim=1)[1]; A.split(split_size=2)[0]; A.split([1, 2])[1]; x.split((1, 3), 0)[1]; sum(torch.chunk(A, 2, 1)); A.split(2, 1)[0]*b[:, None]
torch.split_copy(A, 2, 1)[1]; torch.unsafe_split(A, 2, 1)[0]; torch.split_with_sizes_copy(A, [1, 2], 0)[1]; torch.unsafe_split_with_sizes(x, [2, 2])[1]
torch.tensor_split(x, 3)[0]; torch.tensor_split(x, 3)[2]; torch.tensor_split(A, (1, 3), dim=1)[1]; torch.tensor_split(A, [1, 3], 1)[2]; x.tensor_split(2)[1]
torch.tensor_split(x, sections=2)[1]; torch.tensor_split(x, indices=(1, 2))[1]; torch.tensor_split(x, [-1])[0]; torch.tensor_split(x, [2, 9])[1]; torch.hsplit(A, 2)[1]
torch.hsplit(x, [1, 2])[2]; x.hsplit(2)[0]; torch.vsplit(A, 3)[1]; torch.vsplit(A, (1,))[1]; torch.dsplit(T, 2)[1]; T.dsplit([1, 3])[1]; torch.unbind(A)[1]
torch.unbind(A, 1)[3]; A.unbind(-1)[0]; torch.unbind_copy(T, 1)[2]; x.unfold(0, 2, 1); A.unfold(1, 2, 2); A.unfold(0, 3, 1); T.unfold(-2, 2, 1); s.unfold(0, 1, 1)
x.unfold(0, 0, 1); torch.unfold_copy(A, 1, 3, 1); A.unfold(dimension=1, size=2, step=1)
"""
JOINED = """
torch.dstack([A, B]); torch.dstack((x, y)); torch.dstack([T, T]); torch.dstack([s, s]); torch.atleast_1d(s); torch.atleast_2d(x); torch.atleast_3d(A); torch.atleast_3d(x)
torch.atleast_3d(s); torch.atleast_2d(s, x)[1]; torch.atleast_3d((A, x))[0]; torch.atleast_2d([A, x])[1]; torch.atleast_1d(A); torch.meshgrid(x, b)[0]; torch.meshgrid((x, y))[1]
torch.meshgrid(x, b, indexing='xy')[1]; torch.meshgrid([x, b, s], indexing='ij')[2]; torch.meshgrid(x, s, b, indexing='xy')[0]; torch.meshgrid(x, indexing='xy')[0]; torch.meshgrid(s)[0]
torch.cartesian_prod(x, b); torch.cartesian_prod(x); torch.cartesian_prod(x, b, y); torch.combinations(x); torch.combinations(x, 3); torch.combinations(x, r=2, with_replacement=True)
torch.combinations(x, 1); torch.combinations(x, 5); torch.combinations(x, 0); torch.broadcast_tensors(A, x)[1]; torch.broadcast_tensors(s, x)[0]; torch.hstack([s, x]); torch.block_diag(s, x, A)
"""
REPLACED = """
torch.index_copy(A, 0, i, B[:2]); A.index_copy(1, i, B[:, :2]); torch.index_copy(s, 0, o, 2*s); torch.index_fill(A, 1, i, 2.5); torch.index_fill(A, 0, i, s); torch.index_fill(x, 0, r, 1.5)
torch.select_scatter(A, x, 0, 1); torch.select_scatter(A, b, 1, -1); A.select_scatter(x, dim=0, index=2); torch.slice_scatter(A, B[:2], 0, 1); torch.slice_scatter(x, y)
torch.slice_scatter(A, B[:, :2], dim=1, start=0, end=4, step=2); torch.slice_copy(A, 1, 1, 3); torch.slice_copy(A, 0, None, None, 2); torch.diagonal_scatter(A, b); torch.diagonal_scatter(A, x[:2], 2)
torch.diagonal_scatter(A, x[:2], -1); torch.diagonal_scatter(T, A[:2, :3], 0, 1, 2); torch.diagonal_scatter(T, A[:, :2], 0, dim1=0, dim2=2); A.diagonal_scatter(x[:1], offset=3)
torch.put(A, i, x[:2]); A.put(j, T[0, :2], accumulate=True); torch.put(x, i, y[:2], False); torch.index_put(A, (i,), B[:2]); torch.index_put(A, (i, i), y[:2]); torch.index_put(A, (l,), B, accumulate=True)
A.index_put((i, i), s); A.index_put([m], s); torch.index_put(A, (m,), s, True); A.index_put(indices=(i,), values=x); torch.masked_scatter(A, m, B); torch.masked_scatter(A, n, 2*B)
torch.masked_scatter(x, m, B); torch.masked_select(A, m); torch.masked_select(x, m); torch.masked_select(A, n); torch.masked_select(s, n); torch.as_strided(x, (2, 2), (1, 1))
torch.as_strided(A, (2, 2), (1, 2), 1); torch.as_strided(A, size=(3,), stride=(5,), storage_offset=0); A.as_strided((2, 1), (4, 7)); torch.as_strided_copy(x, (1,), (1,)); torch.as_strided(s, (), ())
x.as_strided((0,), (1,)); s.as_strided((1,), (1,)); torch.take_along_dim(A, j[:1], 1); torch.take_along_dim(A, j); torch.take_along_dim(A, h, dim=1); torch.take_along_dim(A, h[:1], 1)
torch.take_along_dim(A, j[:1], 0); torch.take_along_dim(x, i); torch.gather(A, 0, j); A.gather(dim=1, index=h); torch.gather(s, 0, o); torch.scatter(A, 0, j[:1], B[:1]); torch.scatter(A, 1, h, B[:, :2])
torch.scatter(A, 0, j, 2.0); torch.scatter(A, 0, j, value=1.5); A.scatter(1, h, -1); torch.scatter_add(A, 0, j, B[:2]); torch.index_add(s, 0, o, y[0], alpha=2); torch.index_add(A, 0, i, B[:2], alpha=-1)
"""
STORED = """
torch.tensor([1.5, 2.0, 1, 0])*x; torch.as_tensor(x); torch.tensor(x)*y; torch.as_tensor([s, 2*s])*b[:2]; torch.asarray(A); torch.tensor(2.5)*x; x.detach()*x; torch.detach(x)*y; x.to(torch.float64); x.type(torch.float64); (10*x).long()*x; (10*x).int()*x
x.bool()*x; x.view_as(y); A.reshape_as(B); x.expand_as(A); A.sum_to_size(1, 4); A.sum_to_size((3, 1)); torch.unflatten(x, 0, (2, 2)); T.unflatten(-1, (2, -1)); T.unflatten(1, [3, 1]); s.item()*x
torch.zeros(4, dtype=torch.long) + x; torch.ones(3, 4, dtype=torch.bool)*A; torch.eye(4, dtype=torch.bool)*x; torch.arange(4, dtype=torch.long)*x; x[torch.tensor([0, 2])]; x.clone().detach()*x
x[torch.tensor([0, 2], dtype=torch.long)]; A[torch.arange(3), torch.tensor([0, 1, 1])]; torch.where(torch.ones(3, 4, dtype=torch.bool), A, B); torch.full((2,), 3.0, dtype=torch.float64)*s
x.new_tensor([1.0, 2.0, 3.0, 4.0])*x; x.new_full((4,), 2.0)*x; torch.scalar_tensor(2.0)*x; torch.index_select(A, 1, torch.tensor([0, 2])); torch.gather(A, 1, torch.tensor([[0], [1], [2]]))
torch.take(A, torch.tensor([0, 5])); A.masked_fill(torch.tensor([True, False, True, True]), 0.0); A.masked_fill(torch.triu(torch.ones(3, 4, dtype=torch.bool), 1), 0.5); x.requires_grad_()*1
"""
MISSING = """
torch.nan_to_num(N); torch.nan_to_num(I, 1.0, 2.0, -3.0); N.nan_to_num(); torch.nansum(N); torch.nansum(N, 1); torch.nansum(N, (0, 1), True); torch.nanmean(N); torch.nanmean(N, dim=1, keepdim=True)
torch.nanmedian(N); torch.nanmedian(N, 1)[0]; torch.nanmedian(N, 0, True).values; torch.nanmedian(A, 1)[1]*b; torch.nanmedian(s); torch.nanmedian(s, 0)[0]; torch.nanmedian(N, -1)[1]*b
torch.nanquantile(N, 0.3); torch.nanquantile(N, 0.4, 1); torch.nanquantile(N, 0.5, dim=0, keepdim=True); torch.nanquantile(A, 0.3, 1, interpolation='lower'); torch.nanquantile(s, 0.5); torch.nanquantile(N, q, 1, True); torch.nanquantile(N, 0.4, -1, interpolation='midpoint'); torch.diff(A, 0, append=B)
torch.mode(A)[0]; torch.mode(A, 0)[0]; torch.mode(A, 1, True)[0]; torch.mode(A, 0)[1]*x; torch.mode(s)[0]; torch.mode(torch.cat([x, x[1:2]]))[0]; torch.cummax(A, 0)[0]; torch.cummax(A, 1).values
torch.cummin(T, -1)[0]; torch.cummax(s, 0)[0]; torch.cummax(A, 1)[1]*A; torch.cummin(x, dim=0).indices*x; torch.cummax(T, 1)[0]
"""
CONDITIONS = """
torch.isnan(N)*A; torch.isinf(I)*x; torch.isfinite(I)*x; torch.isposinf(I)*x; torch.isneginf(I)*x; torch.signbit(A)*A; torch.isreal(x)*x; torch.isclose(x, y)*x; torch.isclose(x, x)*x
torch.isclose(N, N, equal_nan=True)*A; torch.where(torch.isnan(N), A, N); torch.greater(x, y)*x; torch.less_equal(x, y)*x; torch.not_equal(x, y)*x; x.greater(0)*x; torch.logical_and(x, y > 0)*x
torch.logical_xor(x > 0, y > 0)*x; torch.logical_not(x > 0)*x; torch.logical_or(x > 0, y)*x; torch.bitwise_and(x > 0, y > 0)*x; torch.bitwise_not(x > 0)*x; torch.isin(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 3.0]))*b[:2]; torch.copysign(x, y)
torch.copysign(x, -2.0); torch.frexp(x)[0]; torch.frexp(A).mantissa; torch.frexp(8*A)[1]*A; torch.searchsorted(torch.sort(x)[0], y)*y; torch.searchsorted(torch.sort(A)[0], B)*B
torch.searchsorted(torch.sort(x)[0], B, right=True)*B; torch.bucketize(x, torch.tensor([-0.5, 0.0, 0.5]))*x; torch.bincount(u, v)*x; torch.bincount(u, minlength=6)[2:]*x; torch.histc(x, 3, -1, 1)*b
torch.histc(x, 4)*x; x[torch.nonzero(n, as_tuple=True)[0]]; A[torch.nonzero(m, as_tuple=True)]; torch.argwhere(n)*b[:, None]; torch.tril_indices(3, 4)*s
A[torch.triu_indices(3, 3, 1)[0], torch.triu_indices(3, 3, 1)[1]]
"""
MASKED = tuple(
    f"torch.masked.{call.format(array, mask)}"
    for array, mask in (("A", "m"), ("T", "n"), ("x", "n"), ("A", "None"))
    for call in (
        "sum({}, mask={})", "sum({}, 0, keepdim=True, mask={})", "prod({}, dim=-1, mask={})", "amax({}, mask={})", "amin({}, dim=(0,), mask={})", "mean({}, dim=0, mask={})",
        "mean({}, mask={}, keepdim=True)", "logsumexp({}, dim=-1, mask={})", "norm({}, 3.0, dim=0, mask={})", "var({}, dim=-1, unbiased=False, mask={})", "std({}, mask={})",
        "cumsum({}, 0, mask={})", "cumprod({}, -1, mask={})", "softmax({}, -1, mask={})", "log_softmax({}, -1, mask={})", "softmin({}, -1, mask={})", "normalize({}, 2.0, 0, mask={})",
        "median({}, 0, mask={})", "logaddexp({}, y, input_mask={}, other_mask=n)", "argmax({}, dim=-1, mask={})*s",
    )
)  # fmt: skip
FURTHER = """
torch.gradient(x)[0]; torch.gradient(A)[1]; torch.gradient(A, dim=1)[0]; torch.gradient(A, spacing=2.0)[0]; torch.gradient(T, dim=(0, 1), spacing=[2.0, 1.0])[1]; torch.gradient(A, dim=0, edge_order=2)[0]
torch.gradient(x, spacing=(torch.tensor([0.0, 1.0, 3.0, 4.5], dtype=torch.float64),))[0]; torch.kthvalue(s, 1)[0]; torch.kthvalue(s, 1, 0, True).values; torch.topk(s, 1)[0]; torch.topk(A, 2, 0, False)[0]
torch.renorm(A, 2, 0, 1.0); torch.renorm(T, 1, -1, 0.5); torch.renorm(T, inf, 2, 0.5); torch.renorm(A, 2, 1, 100); torch.norm_except_dim(A, 2, 0); torch.norm_except_dim(T, 3, 1); torch.norm_except_dim(A, 2, -1)
torch.tensordot(K, T[:, :2], dims=([0, 1], [0, 1])); torch.tensordot(A[:1, :1], B, dims=([0, 1], [0, 1])); torch.cdist(T, 3*T); torch.cdist(T, 2*T, 1); torch.cdist(T, A, inf); torch.cdist(T[:, None], U.mT[None], 2)
torch.quantile(x, q); torch.quantile(A, q, 0); torch.quantile(A, q, dim=1, keepdim=True); torch.quantile(x, q[0]); torch.quantile(s, q, 0); torch.quantile(A, q, 1, interpolation='lower')
torch.quantile(x, torch.tensor([0.25, 0.5], dtype=torch.float64)); torch.var(A, 0, correction=0.5); torch.std(A, correction=1.5); torch.index_select(s, 0, torch.tensor([0])); torch.repeat_interleave(A, u, dim=1)
torch.repeat_interleave(x, torch.tensor([1, 0, 2, 1])); torch.diff(A, prepend=B[:, :1], append=B); torch.addr(s, x, b); torch.baddbmm(s, T, U); torch.roll(T, (1, 2, -1), (0, 1, 2)); torch.narrow(A, 1, -2, 2)
torch.max(s, 0)[0]; torch.aminmax(s, dim=0, keepdim=True)[1]; torch.sort(s, 0, True)[0]; torch.kron(T, U); torch.kron(s, A); torch.logsumexp(T, [1], True); torch.cumulative_trapezoid(A, x)
"""
SCATTERED = (
    "A, 0, j, B[:2]", "A, 1, h, B[:, :2]", "x, 0, r, y", "x, 0, i, y[:2]", "s, 0, o, 2*s", "T, 1, j[None], 3*T[:1, :2, :]", "T, -1, h[None], U[:1, :3, :2]",
)  # fmt: skip
ALONG = ("A, 0, i, B[:2]", "A, 1, r, B", "x, 0, r, y", "T, -2, i, 3*T[:, :2]")
SEGMENTS = ("x, {}, lengths=k", "x, {}, lengths=k, initial=1", "A, {}, lengths=l", "A, {}, lengths=l, initial=2.5", "A, {}, axis=1, lengths=torch.tensor([[2, 2, 0], [1, 0, 3], [0, 4, 0]])",
            "x, {}, offsets=torch.tensor([0, 0, 1, 4])")  # fmt: skip
SEVERAL = (
    *(f"torch.scatter_reduce({a}, {reduce!r}, include_self={own})" for a in SCATTERED for reduce in ("sum", "prod", "mean", "amax", "amin") for own in (True, False)),
    *(f"torch.index_reduce({a}, {reduce!r}, include_self={own})" for a in ALONG for reduce in ("prod", "mean", "amax", "amin") for own in (True, False)),
    *(f"torch._segment_reduce({a.format(repr(reduce))})" for a in SEGMENTS for reduce in ("sum", "prod", "mean", "max", "min")),
)  # fmt: skip


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize(
    "text", [*calls(PARTS, JOINED, REPLACED, STORED, MISSING, CONDITIONS, FURTHER), *SEVERAL, *MASKED]
)
def test_a_call_of_torch_has_torchs_value_and_slope(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("text", [
    "torch.hsplit(A, 3)[0]", "torch.vsplit(x, 2)[0]", "torch.split(x, 0)[0]", "x.unfold(0, 5, 1)", "torch.unbind(s)[0]", "torch.split(A, [1, 1], dim=1)[0]",
    "torch.bernoulli(p)", "torch.bitwise_and(x, y)", "torch.nextafter(x, y)", "torch.empty(3)", "torch.renorm(x, 2, 0, 1)",
    "torch.meshgrid(A, x)[0]", "torch.meshgrid(x, b, indexing='ab')[0]", "torch.cartesian_prod(A, x)", "A.T.as_strided((2,), (1,))", "x.as_strided((3,), (2,))",
    "torch.scatter_reduce(A, 0, j, B[:2], 'max')", "torch.as_strided_scatter(A, S[:2, :2], (2, 2), (2, 1))",
    "torch.masked_scatter(A, m, x[:2])", "torch._segment_reduce(x, 'sum', lengths=l)", "torch.chunk(A, 3, 1)[2]", "torch.chunk(x, 0)[0]", "torch.split(s, 1)[0]",
])  # fmt: skip
def test_what_torch_refuses_is_refused(text: str) -> None:
    with pytest.raises(GradcliError):
        from_gradcli(text)
