"""Which entries meet in the terms of sums that no subscripts tell: convolutions, and what is added in places.

Each function takes numpy, the shapes of the operands (None where left out; the numbers of an operand of ``Op.places``),
and the constants, and gives arrays of one length: for each term the entry of the value to which it is added, and the
entry of each operand, in C order, -1 for none.
"""

from __future__ import annotations

from math import prod
from typing import Any

from gradcli.operations.rules.samples import convolve_span, tuple_of
from gradcli.operations.shape_rules import Shape, axis_of, line, size

# Any, in this module: numpy, its arrays, constants

Terms = tuple[Any, ...]


def convolved(
    np: Any, x: Shape, w: Shape, bias: Shape | None, stride: Any, padding: Any, dilation: Any, groups: int
) -> Terms:
    """An entry of the input at ``stride*place + dilation*tap - padding``."""
    rank = len(w) - 2
    steps, pads, gaps = (tuple_of(value, rank) for value in (stride, padding, dilation))
    sizes = [
        (n + 2 * pad - gap * (k - 1) - 1) // step + 1
        for n, k, step, pad, gap in zip(x[-rank:], w[2:], steps, pads, gaps, strict=True)
    ]
    batch, outs, taps = prod(x[: -rank - 1]), w[0], w[2:]
    grid = np.ogrid[tuple(slice(n) for n in (batch, outs, w[1], *sizes, *taps))]
    sample, out, channel, at, tap = grid[0], grid[1], grid[2], grid[3 : 3 + rank], grid[3 + rank :]
    source = [a * step + k * gap - pad for a, k, step, gap, pad in zip(at, tap, steps, gaps, pads, strict=True)]
    there = [(s >= 0) & (s < n) for s, n in zip(source, x[-rank:], strict=True)]
    first = out // (outs // groups) * w[1]
    entries = (
        _entry([sample, out, *at], (batch, outs, *sizes)),
        _entry([sample, first + channel, *source], (batch, x[-rank - 1], *x[-rank:])),
        _entry([out, channel, *tap], w),
    )
    return _with_bias(np, _kept(np, entries, there), bias, (batch, outs, *sizes))


def transposed(
    np: Any, x: Shape, w: Shape, bias: Shape | None, stride: Any, padding: Any, more: Any, groups: int, dilation: Any
) -> Terms:
    """An entry of the value at ``stride*place + dilation*tap - padding``."""
    rank = len(w) - 2
    steps, pads, extra, gaps = (tuple_of(value, rank) for value in (stride, padding, more, dilation))
    sizes = [
        (n - 1) * step - 2 * pad + gap * (k - 1) + add + 1
        for n, k, step, pad, add, gap in zip(x[-rank:], w[2:], steps, pads, extra, gaps, strict=True)
    ]
    batch, outs = prod(x[: -rank - 1]), w[1] * groups
    grid = np.ogrid[tuple(slice(n) for n in (batch, w[0], w[1], *x[-rank:], *w[2:]))]
    sample, channel, own, at, tap = grid[0], grid[1], grid[2], grid[3 : 3 + rank], grid[3 + rank :]
    target = [a * step + k * gap - pad for a, k, step, gap, pad in zip(at, tap, steps, gaps, pads, strict=True)]
    there = [(t >= 0) & (t < n) for t, n in zip(target, sizes, strict=True)]
    first = channel // (w[0] // groups) * w[1]
    entries = (
        _entry([sample, first + own, *target], (batch, outs, *sizes)),
        _entry([sample, channel, *at], (batch, w[0], *x[-rank:])),
        _entry([channel, own, *tap], w),
    )
    return _with_bias(np, _kept(np, entries, there), bias, (batch, outs, *sizes))


def convolved_vectors(np: Any, x: Shape, y: Shape, mode: str) -> Terms:
    start, length = convolve_span(x[0], y[0], mode)
    i, k = np.ogrid[: x[0], : y[0]]
    at = i + k - start
    return _kept(np, (at, i, k), [(at >= 0) & (at < length)])


def kronecker(np: Any, a: Shape, b: Shape) -> Terms:
    rank = max(len(a), len(b))
    left, right = ((1,) * (rank - len(shape)) + shape for shape in (a, b))
    grid = np.ogrid[tuple(slice(n) for n in (*left, *right))]
    i, j = grid[:rank], grid[rank:]
    whole = [n * m for n, m in zip(left, right, strict=True)]
    places = [p * m + q for p, q, m in zip(i, j, right, strict=True)]
    return _kept(np, (_entry(places, whole), _entry(i, left), _entry(j, right)), [])


def added_by_index(np: Any, x: Shape, source: Shape, dim: int | None, index: Any) -> Terms:
    """``index_add``: the places that take picks."""
    entries = np.arange(size(x)).reshape(x)
    lines = entries.reshape(-1) if dim is None else entries
    targets = np.take(lines, np.array(index, dtype=int), dim or 0).reshape(-1)
    return _put(np, x, targets, size(source))


def scattered(np: Any, x: Shape, index: Any, src: Shape, dim: int) -> Terms:
    """``scatter_add``, by the numbers of the index."""
    lines, places = line(x), line(src)
    axis = axis_of(lines, dim)
    there = tuple(slice(None) if a == axis else slice(n) for a, n in enumerate(places))
    entries = np.arange(size(x)).reshape(lines)[there]
    at = np.clip(np.nan_to_num(index), 0, lines[axis] - 1).astype(int).reshape(places)
    out, own, put = _put(np, x, np.take_along_axis(entries, at, axis).reshape(-1), size(src))
    return out, own, np.full(len(out), -1), put


def _put(np: Any, x: Shape, targets: Any, count: int) -> Terms:
    """Each entry of x where it is, and so many entries of the source at the targets."""
    here, none = np.arange(size(x)), np.full(size(x), -1)
    return (
        np.concatenate([here, targets]),
        np.concatenate([here, np.full(count, -1)]),
        np.concatenate([none, np.arange(count)]),
    )


def _entry(at: Any, shape: Any) -> Any:
    """The entry at these coordinates."""
    found = 0
    for coordinate, n in zip(at, shape, strict=True):
        found = found * n + coordinate
    return found


def _kept(np: Any, entries: Terms, there: list[Any]) -> Terms:
    """The terms of a grid that are there."""
    every = np.broadcast_arrays(*entries, *there)
    mask = np.ones(every[0].shape, dtype=bool)
    for one in every[len(entries) :]:
        mask &= one
    return tuple(one[mask] for one in every[: len(entries)])


def _with_bias(np: Any, terms: Terms, bias: Shape | None, out: Shape) -> Terms:
    """The same, and the bias of each channel, axis 1 of the value."""
    if bias is None:
        return (*terms, np.full(len(terms[0]), -1))
    results = np.arange(prod(out))
    channels = results // max(prod(out[2:]), 1) % bias[0]
    none = np.full(len(results), -1)
    parts = (results, none, none, channels)
    before = (*terms, np.full(len(terms[0]), -1))
    return tuple(np.concatenate(pair) for pair in zip(before, parts, strict=True))
