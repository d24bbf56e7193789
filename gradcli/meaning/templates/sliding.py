"""Convolutions: a slice of the padded input for each place of the kernel, times the weights there, added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.meaning.moves import Move
from gradcli.meaning.program import Step
from gradcli.meaning.templates.moves import NUMBERS
from gradcli.meaning.templates.operations import entry_by_entry, in_other_places, total
from gradcli.meaning.templates.products import reshaped, times
from gradcli.meaning.templates.sums import as_sums
from gradcli.meaning.templates.values import Known, Sums, Value
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

TAPS = 27  # places of a kernel up to which a function of the result is one formula: 3 in each of three directions


def by_sliding(step: Step, arguments: Sequence[Value | None], shape: Shape) -> Value | None:
    """The value of a convolution; None for other rows."""
    assert step.op is not None
    if step.op.slides is None:
        return None
    slides = step.op.slides(*(None if a is None else a.shape for a in arguments), *step.constants)
    given = {k: a for k, a in enumerate(arguments) if a is not None}
    over, kernel = (reshaped(given.pop(k), of) for k, of in zip(slides.operands, slides.shapes, strict=True))
    rank, padded = len(slides.pads), _padded(over, slides.pads)
    sizes = shape[-rank:]
    taps = []
    for tap in np.ndindex(*kernel.shape[-rank:]):
        here = _rearranged(kernel, lambda _, y, tap=tap: y[(..., *tap, *(None,) * rank)])
        if isinstance(here, Known) and not here.numbers.any():
            continue
        starts = [first + k * gap for first, k, gap in zip(slides.firsts, tap, slides.gaps, strict=True)]
        ends = [start + step * (n - 1) + 1 for start, step, n in zip(starts, slides.steps, sizes, strict=True)]
        cut = tuple(slice(*bounds) for bounds in zip(starts, ends, slides.steps, strict=True))
        taps.append(total(times(_rearranged(padded, lambda _, y, cut=cut: y[(..., *cut)]), here), 3))
    outputs = kernel.shape[1:3]
    taps += [reshaped(bias, (1, *outputs, *(1,) * rank)) for bias in given.values()]
    return reshaped(_added_up(taps, (over.shape[0], *outputs, *sizes)), shape)


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
        return Known(move(NUMBERS, value.numbers), truth=False)
    return in_other_places(move, [value], _shape(move, value.shape))


def _shape(move: Move, shape: Shape) -> Shape:
    found: Shape = move(NUMBERS, np.broadcast_to(0.0, shape)).shape
    return found
