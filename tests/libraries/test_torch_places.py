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


@pytest.mark.parametrize("text", calls(PARTS))
def test_a_call_of_torch_has_torchs_value_and_slope(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("text", [
    "torch.hsplit(A, 3)[0]", "torch.vsplit(x, 2)[0]", "torch.split(x, 0)[0]", "x.unfold(0, 5, 1)", "torch.unbind(s)[0]", "torch.split(A, [1, 1], dim=1)[0]",
    "torch.chunk(A, 3, 1)[2]", "torch.chunk(x, 0)[0]", "torch.split(s, 1)[0]",
])  # fmt: skip
def test_what_torch_refuses_is_refused(text: str) -> None:
    with pytest.raises(GradcliError):
        from_gradcli(text)
