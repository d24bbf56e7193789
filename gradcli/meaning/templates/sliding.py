"""Convolutions: a slice of the padded input for each place of the kernel, times the weights there, added up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.meaning.program import Step
from gradcli.meaning.templates.moves import Move, Numbers
from gradcli.meaning.templates.operations import entry_by_entry, in_other_places, total
from gradcli.meaning.templates.products import reshaped, times
from gradcli.meaning.templates.sums import as_sums
from gradcli.meaning.templates.values import Known, Sums, Value
from gradcli.operations.rules.samples import convolve_span, tuple_of
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

TAPS = 27  # places of a kernel up to which a function of the result is one formula: 3 in each of three directions


def by_sliding(step: Step, arguments: Sequence[Value | None], shape: Shape) -> Value | None:
    """The value of a convolution; None for other rows."""
    assert step.op is not None
    way = _WAYS.get(step.op.name)
    return None if way is None else way(list(arguments), step.constants, shape)


def _convolution(arguments: list[Value | None], constants: tuple[Any, ...], shape: Shape) -> Value:  # Any: see Static
    x, w, bias = arguments
    assert x is not None
    assert w is not None
    rank = len(w.shape) - 2
    steps, pads, gaps = (tuple_of(value, rank) for value in constants[:3])
    groups, channels = constants[3], w.shape[1]
    spatial = x.shape[-rank:]
    batch = x.shape[0] if len(x.shape) == rank + 2 else 1
    padded = _padded(reshaped(x, (batch, groups, 1, channels, *spatial)), pads)
    weights = reshaped(w, (1, groups, w.shape[0] // groups, channels, *w.shape[2:]))
    taps = []
    for tap in np.ndindex(*w.shape[2:]):
        here = _rearranged(weights, lambda _, y, tap=tap: y[(..., *tap, *(None,) * rank)])
        if isinstance(here, Known) and not here.numbers.any():
            continue
        starts = [k * gap for k, gap in zip(tap, gaps, strict=True)]
        ends = [start + step * (n - 1) + 1 for start, step, n in zip(starts, steps, shape[-rank:], strict=True)]
        cut = tuple(slice(*bounds) for bounds in zip(starts, ends, steps, strict=True))
        taps.append(total(times(_rearranged(padded, lambda _, y, cut=cut: y[(..., *cut)]), here), 3))
    if bias is not None:
        taps.append(reshaped(bias, (1, groups, w.shape[0] // groups, *(1,) * rank)))
    whole = (batch, groups, w.shape[0] // groups, *shape[-rank:])
    return reshaped(_added_up(taps, whole), shape)


def _of_vectors(arguments: list[Value | None], constants: tuple[Any, ...], shape: Shape) -> Value:  # Any: as above
    """The shorter one slides, turned round."""
    x, y = arguments
    assert x is not None
    assert y is not None
    (mode,) = constants
    n, m = x.shape[0], y.shape[0]
    start, length = convolve_span(n, m, mode)
    long, short = (x, y) if n >= m else (y, x)
    few = min(n, m)
    padded = _padded(long, (few - 1,))
    taps: list[Value] = []
    for k in range(few):
        at = few - 1 - k + start
        here = _rearranged(short, lambda _, v, k=k: v[k : k + 1])
        if not isinstance(here, Known) or here.numbers.any():
            taps.append(times(_rearranged(padded, lambda _, v, at=at: v[at : at + length]), here))
    return _added_up(taps, shape)


def _added_up(taps: Sequence[Value], shape: Shape) -> Value:
    known = [tap for tap in taps if isinstance(tap, Known)]
    moving = [tap for tap in taps if not isinstance(tap, Known)]
    if not moving:
        return Known(np.broadcast_to(sum((tap.numbers for tap in known), np.zeros(())), shape), truth=False)
    if len(moving) > TAPS:
        spread = [entry_by_entry(OPS["mul"], [tap, Known(np.ones(shape), truth=False)], shape, ()) for tap in taps]
        return Sums(shape, tuple(term for tap in spread for term in as_sums(tap).terms))
    out: Value = moving[0]
    for tap in (*moving[1:], *known):
        out = entry_by_entry(OPS["add"], [out, tap], shape, ())
    return out


def _padded(value: Value, pads: Sequence[int]) -> Value:
    """Zeros before and after, along the last axes."""
    if not any(pads):
        return value
    lead = value.shape[: len(value.shape) - len(pads)]
    shape = (*lead, *(n + 2 * pad for n, pad in zip(value.shape[len(lead) :], pads, strict=True)))

    def move(s: Any, x: Any) -> Any:  # Any: a library, arrays
        out = s.full(shape, 0)
        out[(..., *(slice(pad, n - pad) for n, pad in zip(shape[len(lead) :], pads, strict=True)))] = x
        return out

    return _rearranged(value, move)


def _rearranged(value: Value, move: Move) -> Value:
    if isinstance(value, Known):
        return Known(move(Numbers(), value.numbers), truth=False)
    return in_other_places(move, [value], _shape(move, value.shape))


def _shape(move: Move, shape: Shape) -> Shape:
    found: Shape = move(Numbers(), np.broadcast_to(0.0, shape)).shape
    return found


_WAYS: dict[str, Callable[[list[Value | None], tuple[Any, ...], Shape], Value]] = {  # Any: as above
    "conv1d": _convolution, "conv2d": _convolution, "conv3d": _convolution, "convolve": _of_vectors,
}  # fmt: skip
