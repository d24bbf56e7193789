"""torch's pooling: averages of windows, their largest entries, and what puts them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.order import PAIR
from gradcli.operations.windows import whole_steps

_AT_RANDOM = "none: its windows are drawn at random; max_pool and adaptive_max_pool have theirs at fixed places"


def planes(shape: Sequence[int], rank: int) -> str:
    """What stands before the last axes, as sizes with a comma behind each."""
    return "".join(f"{n}, " for n in shape[: len(shape) - rank])


def _misfit(shape: Sequence[int], rank: int) -> str:
    """Why an input has not the axes of such a layer, else empty."""
    fits = len(shape) in (rank + 1, rank + 2)
    return "" if fits else f"none: it takes an input of channels and {rank} more axes, with or without a batch"


def averaged(array: str, rank: int, kernel: Any, stride: Any, padding: Any, ceil: Any, divisor: str) -> str:
    """The means of all windows, or by divisor 'one' their sums."""
    steps = [whole_steps(values, rank) for values in (kernel, stride or kernel, padding)]
    return f"avg_pool({array}, {', '.join(map(str, steps))}, {ceil}, '{divisor}')"


def _averaging(rank: int) -> Callable[..., str]:
    def means(
        input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: Any, count_include_pad: Any,
        divisor_override: Any,
    ) -> str:  # fmt: skip
        divisor = "one" if divisor_override is not None else "window" if count_include_pad else "inside"
        found = averaged("input", rank, kernel_size, stride, padding, ceil_mode, divisor)
        return _misfit(input, rank) or (found if divisor_override is None else f"({found})/divisor_override")

    return means


def _averaging_lines(
    input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: Any, count_include_pad: Any
) -> str:
    return _averaging(1)(input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def adapted(shape: Sequence[int], rank: int, output_size: Any) -> str:
    """The means of as many windows as are asked for; None keeps an axis."""
    return f"adaptive_avg_pool(input, {_counts(shape, rank, output_size)})"


def _counts(shape: Sequence[int], rank: int, output_size: Any) -> tuple[int, ...]:
    given = (output_size,) * rank if not isinstance(output_size, tuple) else output_size
    given = given * (rank if len(given) == 1 else 1)
    return tuple(n if m is None else m for n, m in zip(shape[len(shape) - rank :], given, strict=True))


def _adaptive_averaging(rank: int) -> Callable[[Any, Any], str]:
    def means(input: Any, output_size: Any) -> str:
        return _misfit(input, rank) or adapted(input, rank, output_size)

    return means


def _power_averaging(rank: int) -> Callable[..., str]:
    """The root of the sum of powers, which is the mean times the size of the kernel, as torch has it."""

    def means(input: Any, kernel_size: Any, stride: Any, ceil_mode: Any) -> str:
        sums = averaged("u", rank, kernel_size, stride, 0, ceil_mode, "window")
        count = prod(whole_steps(kernel_size, rank))
        power = f"u = input**norm_type; v = {sums}; (sign(v)*relu(abs(v))*{count})**(1/norm_type)"
        return _misfit(input, rank) or power

    return means


# -- the largest entries


def _largest(rank: int, *, places: bool) -> Callable[..., str]:
    def means(
        input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any, return_indices: Any
    ) -> str:
        steps = [whole_steps(value, rank) for value in (kernel_size, stride or kernel_size, padding, dilation)]
        constants = f"{', '.join(map(str, steps))}, {ceil_mode}"
        return _misfit(input, rank) or _values_and_places("max_pool", constants, places, return_indices)

    return means


def _values_and_places(row: str, constants: str, places: bool, asked: Any) -> str:
    """The values with their places, or alone; nothing where the call asks for the other."""
    if bool(asked) != places:
        return ""
    values = f"{row}(input, {constants})"
    return f"({values}, {row}_places(input, {constants}))" if places else values


def _adaptive_largest(rank: int, *, places: bool) -> Callable[..., str]:
    def means(input: Any, output_size: Any, return_indices: Any) -> str:
        counts = _counts(input, rank, output_size)
        return _misfit(input, rank) or _values_and_places("adaptive_max_pool", str(counts), places, return_indices)

    return means


def _put_back(rank: int) -> Callable[..., str]:
    """Zeros but for the entries, at their places in the row of all of a plane."""

    def means(input: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> str:
        kernel = whole_steps(kernel_size, rank)
        steps = zip(input[len(input) - rank :], kernel, whole_steps(stride or kernel, rank),
                    whole_steps(padding, rank), strict=True)  # fmt: skip
        sizes = [(n - 1) * step - 2 * pad + size for n, size, step, pad in steps]
        if output_size is not None:
            sizes = list(output_size[-rank:])
        lead = planes(input, rank)
        values, at = f"reshape(input, {lead}-1)", f"reshape(indices, {lead}-1)"
        found = f"scatter(zeros({lead}{prod(sizes)}), -1, {at}, {values})"
        return _misfit(input, rank) or f"reshape({found}, {lead}{', '.join(map(str, sizes))})"

    return means


# -- windows side by side, as columns


def _taps(channels: int, kernel: Sequence[int]) -> str:
    """A kernel for each entry under the window, of each channel, that takes this entry alone."""
    count = prod(kernel)
    return f"repeat(reshape(eye({count}), {count}, 1, {', '.join(map(str, kernel))}), {channels}, 1, 1, 1)"


def _columns(input: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> str:
    if _misfit(input, 2):
        return _misfit(input, 2)
    kernel, lead = whole_steps(kernel_size, 2), planes(input, 3)
    taps = _taps(input[-3], kernel)
    found = f"conv2d(input, {taps}, None, {stride}, {padding}, {dilation}, {input[-3]})"
    return f"reshape({found}, {lead}{input[-3] * prod(kernel)}, -1)"


def _from_columns(
    input: Any, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> str:  # the transpose of the above
    kernel = whole_steps(kernel_size, 2)
    if len(input) not in (2, 3) or input[-2] % prod(kernel):
        return f"none: it takes columns of {prod(kernel)} entries for each channel, with or without a batch"
    steps = [whole_steps(value, 2) for value in (output_size, kernel, stride, padding, dilation)]
    rooms = [n + 2 * p - d * (k - 1) - 1 for n, k, _, p, d in zip(*steps, strict=True)]
    counts = [room // s + 1 for room, s in zip(rooms, steps[2], strict=True)]
    rest = tuple(room % s for room, s in zip(rooms, steps[2], strict=True))
    lead, channels = planes(input, 2), input[-2] // prod(kernel)
    windows = f"reshape(input, {lead}{input[-2]}, {counts[0]}, {counts[1]})"
    taps = _taps(channels, kernel)
    return f"conv_transpose2d({windows}, {taps}, None, {stride}, {padding}, {rest}, {channels}, {dilation})"


_STEPS = "kernel_size:axes, stride:axes=None, padding:axes=0"
_SLIDING = f"{_STEPS}, dilation:axes=1, ceil_mode:flag=False"

SPELLINGS = (
    Spelling(f"torch.avg_pool1d(input:shaped, {_STEPS}, ceil_mode:flag=False, count_include_pad:flag=True)",
             _averaging_lines),
    *(Spelling(f"F.avg_pool{rank}d(input:shaped, {_STEPS}, ceil_mode:flag=False, count_include_pad:flag=True, "
               "divisor_override:integer=None)", _averaging(rank))
      for rank in (2, 3)),
    *(Spelling(f"{library}.adaptive_avg_pool{rank}d(input:shaped, output_size)", _adaptive_averaging(rank))
      for library, rank in (("torch", 1), ("F", 2), ("F", 3))),
    *(Spelling(f"F.lp_pool{rank}d(input:shaped, norm_type:number, kernel_size:axes, stride:axes=None, "
               "ceil_mode:flag=False)", _power_averaging(rank))
      for rank in (1, 2, 3)),
    *(Spelling(f"torch.max_pool{rank}d{name}(input:shaped, {_SLIDING}, return_indices:flag={asked})",
               _largest(rank, places=places), PAIR if places else ())
      for rank in (1, 2, 3) for name, asked in (("", False), ("_with_indices", True)) for places in (False, True)),
    *(Spelling(f"torch.adaptive_max_pool{rank}d{name}(input:shaped, output_size, return_indices:flag={asked})",
               _adaptive_largest(rank, places=places), PAIR if places else ())
      for rank in (1, 2, 3) for name, asked in (("", False), ("_with_indices", True)) for places in (False, True)),
    *(Spelling(f"F.max_unpool{rank}d(input:shaped, indices, {_STEPS}, output_size:axes=None)", _put_back(rank))
      for rank in (1, 2, 3)),
    *(Spelling(f"F.fractional_max_pool{rank}d{name}(input, kernel_size, output_size=None, output_ratio=None, "
               "return_indices:flag=False, _random_samples=None)", _AT_RANDOM)
      for rank in (2, 3) for name in ("", "_with_indices")),
    Spelling("F.unfold(input:shaped, kernel_size:axes, dilation:axes=1, padding:axes=0, stride:axes=1)", _columns),
    Spelling("F.fold(input:shaped, output_size:axes, kernel_size:axes, dilation:axes=1, padding:axes=0, "
             "stride:axes=1)", _from_columns),
)  # fmt: skip
