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


_EVALUATED = ("alpha_dropout", "feature_alpha_dropout")  # those whose default is training=False


def _dropped(p: Any, training: Any) -> str:
    if training and p != 0:
        return "none: what is left to chance has no derivative; write training=False"
    return "input"


def _row_call(call: str) -> str:
    """The call without its defaults."""
    name, _, inside = call.removesuffix(")").partition("(")
    return f"{name}({', '.join(part.partition('=')[0] for part in inside.split(', '))})"


def _convolved(rank: int) -> Callable[[Any, Any, Any], str]:
    def means(stride: Any, padding: Any, dilation: Any) -> str:
        if padding == "same":
            if set(stride if isinstance(stride, tuple) else (stride,)) != {1}:
                return "none: padding='same' goes with a stride of 1 alone"
            around = f"pad(input, ({', '.join(_around(rank, dilation))}))"
            return f"conv{rank}d({around}, weight, bias, stride, 0, dilation, groups)"
        if isinstance(padding, str) and padding != "valid":
            return f"none: padding is 'same', 'valid' or numbers, not {padding!r}"
        place = "0" if padding == "valid" else "padding"
        return f"conv{rank}d(input, weight, bias, stride, {place}, dilation, groups)"

    return means


def _convolution(weight: int, transposed: Any) -> str:
    if transposed:
        return f"conv_transpose{weight - 2}d(input, weight, bias, stride, padding, output_padding, groups, dilation)"
    return f"conv{weight - 2}d(input, weight, bias, stride, padding, dilation, groups)"


def _around(rank: int, dilation: Any) -> list[str]:
    """As many entries before and after, the last axis first, as keep its size; an odd one goes after."""
    steps = dilation if isinstance(dilation, tuple) else (dilation,) * rank
    both = [f"{steps[axis]}*(weight.shape[{axis}] - 1)" for axis in range(-1, -rank - 1, -1)]
    return [part for total in both for part in (f"{total}//2", f"{total} - {total}//2")]


SPELLINGS = (
    *(Spelling(f"torch.{call.removesuffix(')')}, inplace:flag=False)", _row_call(call)) for call in _IN_PLACE),
    *(Spelling(f"torch.{name}({arguments}, inplace:flag=False)", "input") for name in _DROPPING
      for arguments in ("input, p:zero, training:flag=True", "input, p, training:off",
                        "input, *, training:off, p=0.5")),
    *(Spelling(f"F.{name}(input, p=0.5, training:flag={name not in _EVALUATED}, inplace:flag=False)", _dropped,
               note="in evaluation nothing is dropped: the input passes through")
      for name in _DROPPING),
    Spelling("F.gumbel_softmax(logits, tau=1, hard=False, eps=0.0000000001, dim=-1)",
             "none: it draws noise; softmax((logits + noise)/tau, dim) is what it is for given noise"),
    *(Spelling(f"{library}.rrelu(input, lower:number={1/8}, upper:number={1/3}, training:off=False{more})",
               "leaky_relu(input, (lower + upper)/2)", note="in evaluation rrelu has the mean of both slopes")
      for library, more in (("F", ", inplace:flag=False"), ("torch", ""))),
    Spelling("torch.prelu(input, weight)", "prelu(input, by_channel(weight, input))"),
    Spelling("torch.cosine_similarity(x1, x2, dim=1, eps=0.00000001)", "cosine_similarity(x1, x2, dim, eps)"),
    *(Spelling(f"torch.conv{rank}d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)",
               _convolved(rank))
      for rank in (1, 2, 3)),
    *(Spelling(f"torch.conv_transpose{rank}d(input, weight, bias=None, stride=1, padding=0, output_padding=0, "
               "groups=1, dilation=1)",
               f"conv_transpose{rank}d(input, weight, bias, stride, padding, output_padding, groups, dilation)")
      for rank in (1, 2, 3)),
    Spelling("torch.convolution(input, weight:ranked, bias, stride, padding, dilation, transposed:flag, "
             "output_padding, groups)", _convolution),
    Spelling("torch.conv_tbc(input, weight, bias, pad=0)",
             "permute(conv1d(permute(input, 1, 2, 0), permute(weight, 2, 1, 0), bias, 1, pad), 2, 0, 1)"),
    Spelling("torch.bilinear(input1, input2, weight, bias=None)",
             lambda bias: f"einsum('...i,oij,...j->...o', input1, weight, input2){'' if bias is None else ' + bias'}"),
    Spelling("torch.linear(input, weight, bias=None)", "linear(input, weight, bias)"),
)  # fmt: skip
