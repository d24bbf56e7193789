"""torch.nn.functional's activations and layers: what is asked for in place, left to chance, or masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.spelling import Spelling

_IN_PLACE = (
    "relu(input)", "relu6(input)", "selu(input)", "silu(input)", "mish(input)", "hardsigmoid(input)",
    "hardswish(input)", "elu(input, alpha=1)", "celu(input, alpha=1)", "leaky_relu(input, negative_slope=0.01)",
    "hardtanh(input, min_val=-1, max_val=1)", "threshold(input, threshold, value)",
)  # fmt: skip
_DROPPING = (
    "dropout",
    "alpha_dropout",
    "feature_alpha_dropout",
    "feature_dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
)


def _row_call(call: str) -> str:
    """The call without its defaults."""
    name, _, inside = call.removesuffix(")").partition("(")
    return f"{name}({', '.join(part.partition('=')[0] for part in inside.split(', '))})"


def _convolved(rank: int) -> Callable[[Any, Any], str]:
    def means(padding: Any, dilation: Any) -> str:
        if padding == "same":
            around = f"pad(input, ({', '.join(_around(rank, dilation))}))"
            return f"conv{rank}d({around}, weight, bias, stride, 0, dilation, groups)"
        place = "0" if padding == "valid" else "padding"
        return f"conv{rank}d(input, weight, bias, stride, {place}, dilation, groups)"

    return means


def _around(rank: int, dilation: Any) -> list[str]:
    """As many entries before and after, the last axis first, as keep its size; an odd one goes after."""
    steps = dilation if isinstance(dilation, tuple) else (dilation,) * rank
    both = [f"{steps[axis]}*(weight.shape[{axis}] - 1)" for axis in range(-1, -rank - 1, -1)]
    return [part for total in both for part in (f"{total}//2", f"{total} - {total}//2")]


def _attention(attn_mask: Any, is_causal: Any, scale: Any) -> str:
    if attn_mask is None:
        return "scaled_dot_product_attention(query, key, value, is_causal, scale)"
    if is_causal:
        return "none: it takes a mask or is_causal, not both"
    factor = "rsqrt(sum(ones_like(query), -1, True))" if scale is None else "scale"
    return f"softmax(query @ key.mT*{factor} + attn_mask, -1) @ value"


SPELLINGS = (
    *(Spelling(f"torch.{call.removesuffix(')')}, inplace:flag=False)", _row_call(call)) for call in _IN_PLACE),
    *(Spelling(f"torch.{name}({arguments}, inplace:flag=False)", "input") for name in _DROPPING
      for arguments in ("input, p:zero, training:flag=True", "input, p, training:off",
                        "input, *, training:off, p=0.5")),
    Spelling("torch.scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p:zero=0, "
             "is_causal:flag=False, *, scale=None)", _attention),
    Spelling("torch.prelu(input, weight)", "prelu(input, by_channel(weight, input))"),
    Spelling("torch.cosine_similarity(x1, x2, dim=1, eps=0.00000001)", "cosine_similarity(x1, x2, dim, eps)"),
    *(Spelling(f"torch.conv{rank}d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)",
               _convolved(rank))
      for rank in (1, 2)),
    Spelling("torch.linear(input, weight, bias=None)", "linear(input, weight, bias)"),
)  # fmt: skip
