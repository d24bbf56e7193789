"""torch's normalisations: by batches, groups and instances, which are those of lines in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.pooling import averaged

_RUNNING = f"{NONE}running_mean and running_var are both given, or neither"


def listed(sizes: Sequence[int]) -> str:
    return f"({''.join(f'{n}, ' for n in sizes)})"


def _scaled(text: str, weight: Any, bias: Any) -> str:
    """With a weight and a bias for each channel, where they are given."""
    scaled = text if weight is None else f"({text})*by_channel(weight, input)"
    return scaled if bias is None else f"{scaled} + by_channel(bias, input)"


def _by_running() -> str:
    return "(input - by_channel(running_mean, input))/sqrt(by_channel(running_var, input) + eps)"


def _of_channels(input: Sequence[int]) -> str:
    """Normalised over all but the channels."""
    turned = (input[1], input[0], *input[2:])
    lines = f"layer_norm(reshape(transpose(input, 0, 1), {input[1]}, -1), eps=eps)"
    return f"transpose(reshape({lines}, {listed(turned)}), 0, 1)"


def of_lines(input: Sequence[int], lines: int) -> str:
    """Normalised in so many lines of neighbours."""
    return f"reshape(layer_norm(reshape(input, {lines}, -1), eps=eps), {listed(input)})"


def _batch(input: Any, running_mean: Any, running_var: Any, weight: Any, bias: Any, training: Any) -> str:
    if len(input) < 2 or 0 in input:
        return f"{NONE}it takes batches of channels, with entries"
    if not training and (running_mean is None or running_var is None):
        return f"{NONE}without training=True it takes running_mean and running_var"
    if training and input[0] * prod(input[2:]) == 1:
        return f"{NONE}more than one entry for each channel is due in training"
    return _scaled(_of_channels(input) if training else _by_running(), weight, bias)


def _instance(input: Any, running_mean: Any, running_var: Any, weight: Any, bias: Any, use_input_stats: Any) -> str:
    if (running_mean is None) != (running_var is None):
        return _RUNNING
    if not use_input_stats:
        if running_mean is None:
            return f"{NONE}without use_input_stats it takes running_mean and running_var"
        return _scaled(_by_running(), weight, bias)
    if len(input) < 3 or prod(input[2:]) < 2:
        return f"{NONE}it takes batches of channels with more than one entry each"
    return _scaled(of_lines(input, input[0] * input[1]), weight, bias)


def _group(input: Any, num_groups: Any, weight: Any, bias: Any) -> str:
    if len(input) < 2 or num_groups < 1 or input[1] % num_groups or 0 in input:
        return f"{NONE}it takes batches of channels, which the groups divide"
    return _scaled(of_lines(input, input[0] * num_groups), weight, bias)


def _response(input: Any, size: Any) -> str:
    """Divided by a power of the sum of squares of neighbouring channels; the window has one channel more before."""
    if len(input) < 2:
        return f"{NONE}it takes channels and at least one more axis"
    lines = f"reshape(input*input, {input[0]}, {input[1]}, -1)"
    around = f"pad({lines}, (0, 0, {size // 2}, {(size - 1) // 2}))"
    sums = f"movedim({averaged(f'movedim({around}, 1, -1)', 1, size, 1, 0, False, 'one')}, -1, 1)"
    return f"input/(k + alpha*reshape({sums}, {listed(input)})/{size})**beta"


# The native twins give the means and the reciprocal deviations beside the values, and torch no slope of them.
_THREE = ("values", "mean", "rstd")


def _with_moments(values: str, lines: str, axes: str, keepdim: bool) -> str:
    if values.startswith(NONE):
        return values
    spread = f"1/sqrt(var({lines}, {axes}, 0, {keepdim}) + eps)"
    return f"({values}, detach(mean({lines}, {axes}, {keepdim})), detach({spread}))"


def _native_layer(normalized_shape: Any) -> str:
    sizes = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
    values = f"layer_norm(input, {listed(sizes)}, weight, bias, eps)"
    return _with_moments(values, "input", listed(range(-len(sizes), 0)), True)


def _native_group(input: Any, N: Any, C: Any, HxW: Any, weight: Any, bias: Any, group: Any) -> str:
    if prod(input) != N * C * HxW:
        return f"{NONE}N*C*HxW is not the number of entries"
    values = _group((N, C, HxW), group, weight, bias).replace(listed((N, C, HxW)), listed(input))
    return _with_moments(values, f"reshape(input, {N}, {group}, -1)", "2", False)


def _native_batch(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: Any) -> str:
    found = _batch(input, running_mean, running_var, weight, bias, training)
    if not training and not found.startswith(NONE):
        return f"({found}, zeros(0), zeros(0))"
    return _with_moments(found, f"reshape(transpose(input, 0, 1), {input[1]}, -1)", "1", False)


def _native_without_running(input: Any, weight: Any, bias: Any, training: Any) -> str:
    return _native_batch(input, weight, bias, None, None, training)


def _native_by_running(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any) -> str:
    return _native_batch(input, weight, bias, running_mean, running_var, False)


_MOMENTUM = "momentum=0.1, eps:number=0.00001"

SPELLINGS = (
    Spelling("F.batch_norm(input:shaped, running_mean, running_var, weight=None, bias=None, training:flag=False, "
             f"{_MOMENTUM})", _batch),
    Spelling("torch.batch_norm(input:shaped, weight, bias, running_mean, running_var, training:flag, momentum, "
             "eps:number, cudnn_enabled:flag)", _batch),
    *(Spelling(f"torch.{name}(input:shaped, weight, bias, running_mean, running_var, training:flag, momentum, "
               "eps:number)", _native_batch, _THREE)
      for name in ("native_batch_norm", "_native_batch_norm_legit")),
    Spelling("torch._native_batch_norm_legit(input:shaped, weight, bias, training:flag, momentum, eps:number)",
             _native_without_running, _THREE),
    Spelling("torch._native_batch_norm_legit_no_training(input:shaped, weight, bias, running_mean, running_var, "
             "momentum, eps:number)", _native_by_running, _THREE),
    Spelling("F.instance_norm(input:shaped, running_mean=None, running_var=None, weight=None, bias=None, "
             f"use_input_stats:flag=True, {_MOMENTUM})", _instance),
    Spelling("torch.instance_norm(input:shaped, weight, bias, running_mean, running_var, use_input_stats:flag, "
             "momentum, eps:number, cudnn_enabled:flag)", _instance),
    Spelling("F.group_norm(input:shaped, num_groups:integer, weight=None, bias=None, eps:number=0.00001)", _group),
    Spelling("torch.group_norm(input:shaped, num_groups:integer, weight=None, bias=None, eps:number=0.00001, "
             "cudnn_enabled:flag=True)", _group),
    Spelling("torch.native_group_norm(input:shaped, weight, bias, N:integer, C:integer, HxW:integer, group:integer, "
             "eps:number)", _native_group, _THREE),
    Spelling("torch.native_layer_norm(input, normalized_shape:axes, weight, bias, eps:number)",
             _native_layer, _THREE),
    Spelling("F.local_response_norm(input:shaped, size:integer, alpha:number=0.0001, beta:number=0.75, k:number=1)",
             _response),
)  # fmt: skip
