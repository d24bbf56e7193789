"""torch's words for where numbers are kept, in which type and with which graph: of the value, or of a constant."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

HELD = "detached: a constant, through which no derivative goes"
_TYPES = ("float", "double", "half", "bfloat16")
_ITSELF = (
    "contiguous(self)", "type_as(self, other)", "cpu(self)", "cuda(self, device:text=None)", "requires_grad_(self, on:flag=True)",
    "retain_grad(self)", "pin_memory(self)", "resolve_conj(self)", "resolve_neg(self)",
)  # fmt: skip
_MADE = ("tensor(data)", "as_tensor(data)", "asarray(obj)", "scalar_tensor(s)", "Tensor(data)", "FloatTensor(data)", "DoubleTensor(data)")


def _of(call: str) -> str:
    """Its first parameter."""
    return call.partition("(")[2].partition(")")[0].partition(",")[0]


SPELLINGS = (
    *(Spelling(f"torch.{call}", _of(call)) for call in _MADE),
    *(Spelling(f".{call}", "self") for call in _ITSELF),
    *(Spelling(f".{name}(self)", "self") for name in _TYPES),
    *(Spelling(f".{name}(self)", "trunc(self)") for name in ("short", "char")),
    Spelling(".new_tensor(self, data)", "data"),
    *(Spelling(f"torch.{name}(input)", "stop_gradient(input)", note=HELD) for name in ("detach", "detach_copy")),
    *(Spelling(f".{name}(self)", "stop_gradient(self)", note=HELD) for name in ("detach", "numpy", "tolist")),
    Spelling(".item(self)", "stop_gradient(reshape(self, ()))", note=HELD),
)  # fmt: skip
