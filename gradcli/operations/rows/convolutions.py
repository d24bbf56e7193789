"""Rows: convolutions of vectors and of channels."""

from __future__ import annotations

from math import prod
from typing import Any

from gradcli.operations import summands
from gradcli.operations.row import Op, Slides
from gradcli.operations.rules import samples as pull
from gradcli.operations.shape_rules import Shape, ShapeMismatch

CONVOLUTION = "convolutions"

# Any, in this module: arrays of the arithmetic that runs the meaning, torch tensors, numbers, constants


def _conv_shape(
    x: Shape, w: Shape, bias: Shape | None, stride: Any, padding: Any, dilation: Any, groups: int, *, rank: int
) -> Shape:
    _check_ranks(x, w, rank, "out, channels")
    steps = [pull.tuple_of(value, rank) for value in (stride, padding, dilation)]
    if any(len(values) != rank for values in steps) or min(*steps[0], *steps[2]) < 1 or min(steps[1]) < 0:
        raise ShapeMismatch(f"a stride and a dilation from 1 and a padding from 0, one number or {rank}")
    if groups < 1 or w[0] % groups or x[-rank - 1] != w[1] * groups:
        raise ShapeMismatch(f"an input of {w[1] * max(groups, 1)} channels, and groups that divide the {w[0]} outputs")
    if bias not in (None, (w[0],)):
        raise ShapeMismatch(f"a bias of shape ({w[0]},)")
    out = tuple(
        (n + 2 * pad - gap * (k - 1) - 1) // step + 1
        for n, k, step, pad, gap in zip(x[-rank:], w[-rank:], *steps, strict=True)
    )
    if min(*out, *w) < 1:
        raise ShapeMismatch("a kernel that fits into the padded input")
    return (*x[: -rank - 1], w[0], *out)


def _check_ranks(x: Shape, w: Shape, rank: int, channels: str) -> None:
    if len(w) != rank + 2 or len(x) not in (rank + 1, rank + 2):
        letters = ("l", "hw", "dhw")[rank - 1]
        raise ShapeMismatch(
            f"an input (channels, {', '.join(letters)}), with or without a batch, and a weight "
            f"({channels}, {', '.join('k' * rank)})",
            hint="convolve(x, y) takes two vectors" if rank == 1 else None,
        )


def _conv_cost(x: Shape, w: Shape, *rest: Any) -> int:
    bias = rest[0] if rest and isinstance(rest[0], tuple) and len(rest) > 4 else None
    out = _conv_shape(x, w, bias, *rest[-4:], rank=len(w) - 2)
    return max(prod(out) * prod(w[1:]), 1)


def _conv(s: Any, x: Any, w: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Straight from the definition: a sum over channels and the kernel for each output."""
    rank = w.ndim - 2
    steps, pads, gaps = (pull.tuple_of(value, rank) for value in (stride, padding, dilation))
    shape = _conv_shape(x.shape, w.shape, None, stride, padding, dilation, groups, rank=rank)
    batched = x if x.ndim == rank + 2 else x[None]
    out = s.full((len(batched), *shape[-rank - 1 :]), 0)
    for place in s.np.ndindex(out.shape):
        sample, channel, *at = place
        first = channel // (w.shape[0] // groups) * w.shape[1]
        terms = []
        for tap in s.np.ndindex(w.shape[2:]):
            source = tuple(
                a * step + k * gap - pad for a, k, step, gap, pad in zip(at, tap, steps, gaps, pads, strict=True)
            )
            if all(0 <= i < n for i, n in zip(source, batched.shape[2:], strict=True)):
                terms += [batched[(sample, first + c, *source)] * w[(channel, c, *tap)] for c in range(w.shape[1])]
        out[place] = s.total(terms) + (0 if bias is None else bias[channel])
    return s.np.reshape(out, shape)


def _conv_slides(x: Shape, w: Shape, _: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Slides:
    rank = len(w) - 2
    steps, pads, gaps = (pull.tuple_of(value, rank) for value in (stride, padding, dilation))
    batch = x[0] if len(x) == rank + 2 else 1
    shapes = (batch, groups, 1, w[1], *x[-rank:]), (1, groups, w[0] // groups, *w[1:])
    return Slides((0, 1), shapes, pads, (0,) * rank, gaps, steps)


# -- transposed


def _transposed_shape(
    x: Shape,
    w: Shape,
    bias: Shape | None,
    stride: Any,
    padding: Any,
    more: Any,
    groups: int,
    dilation: Any,
    *,
    rank: int,
) -> Shape:
    _check_ranks(x, w, rank, "channels, out")
    steps = [pull.tuple_of(value, rank) for value in (stride, padding, more, dilation)]
    if any(len(values) != rank for values in steps) or min(*steps[0], *steps[3]) < 1 or min(*steps[1], *steps[2]) < 0:
        raise ShapeMismatch(f"a stride and a dilation from 1 and paddings from 0, one number or {rank}")
    if any(extra >= max(step, gap) for step, _, extra, gap in zip(*steps, strict=True)):
        raise ShapeMismatch("an output_padding below the stride or the dilation")
    if groups < 1 or w[0] % groups or x[-rank - 1] != w[0]:
        raise ShapeMismatch(f"an input of {w[0]} channels, which the groups divide")
    if bias not in (None, (w[1] * groups,)):
        raise ShapeMismatch(f"a bias of shape ({w[1] * groups},)")
    out = tuple(
        (n - 1) * step - 2 * pad + gap * (k - 1) + extra + 1
        for n, k, step, pad, extra, gap in zip(x[-rank:], w[-rank:], *steps, strict=True)
    )
    if min(*out, *w) < 1:
        raise ShapeMismatch("an output that is left after the padding is cut")
    return (*x[: -rank - 1], w[1] * groups, *out)


def _transposed_cost(x: Shape, w: Shape, *_: Any) -> int:
    return max(prod(x) * prod(w[1:]), 1)


def _transposed(
    s: Any, x: Any, w: Any, bias: Any, stride: Any, padding: Any, more: Any, groups: int, dilation: Any
) -> Any:
    """Each entry of the input times the kernel, laid down at ``stride*place + dilation*tap - padding`` and added up."""
    rank = w.ndim - 2
    steps, pads, gaps = (pull.tuple_of(value, rank) for value in (stride, padding, dilation))
    shape = _transposed_shape(x.shape, w.shape, None, stride, padding, more, groups, dilation, rank=rank)
    batched = x if x.ndim == rank + 2 else x[None]
    out = s.full((len(batched), *shape[-rank - 1 :]), 0)
    share = w.shape[0] // groups
    for place in s.np.ndindex(out.shape):
        sample, channel, *at = place
        group, own = divmod(channel, w.shape[1])
        terms = []
        for tap in s.np.ndindex(w.shape[2:]):
            ahead = [a + pad - k * gap for a, k, gap, pad in zip(at, tap, gaps, pads, strict=True)]
            source = [a // step for a, step in zip(ahead, steps, strict=True)]
            if all(
                a % step == 0 and 0 <= i < n
                for a, step, i, n in zip(ahead, steps, source, x.shape[-rank:], strict=True)
            ):
                terms += [
                    batched[(sample, c, *source)] * w[(c, own, *tap)] for c in range(group * share, (group + 1) * share)
                ]
        out[place] = s.total(terms) + (0 if bias is None else bias[channel])
    return s.np.reshape(out, shape)


def _layer(name: str, signature: str, doc: str, example: str, **fields: Any) -> Op:
    """A row that torch has in nn.functional, with its constants in order."""

    def torch(t: Any, *arguments: Any) -> Any:
        return getattr(t.nn.functional, name)(*arguments)

    return Op(name, signature, CONVOLUTION, doc, example, torch=torch, **fields)


def _conv_row(rank: int, example: str) -> Op:
    return _layer(
        f"conv{rank}d",
        "x, weight, bias=None; stride:axes=1, padding:axes=0, dilation:axes=1, groups:integer=1",
        f"Convolution of channels along {rank} {'axes' if rank > 1 else 'axis'}, without flipping, as networks do.",
        example,
        shape=lambda *a: _conv_shape(*a, rank=rank),
        cost=_conv_cost,
        sympy=_conv,
        rule=(pull.conv_input, pull.conv_weight, pull.channel_sum),
        product=pull.convolved,
        summands=summands.convolved,
        slides=_conv_slides,
    )


def _transposed_row(rank: int, example: str) -> Op:
    return _layer(
        f"conv_transpose{rank}d",
        "x, weight, bias=None; stride:axes=1, padding:axes=0, output_padding:axes=0, groups:integer=1, dilation:axes=1",
        f"The transposed conv{rank}d: what that pulls back to its input; the weight is (channels, out, ...).",
        example,
        shape=lambda *a: _transposed_shape(*a, rank=rank),
        cost=_transposed_cost,
        sympy=_transposed,
        rule=(pull.transposed_input, pull.transposed_weight, pull.channel_sum),
        product=pull.transposed_convolved,
        summands=summands.transposed,
    )


def _convolve_shape(x: Shape, y: Shape, mode: str) -> Shape:
    if len(x) != 1 or len(y) != 1 or not x[0] or not y[0]:
        raise ShapeMismatch("two vectors with entries", hint="conv1d and conv2d take channels and batches")
    if mode not in ("full", "same", "valid"):
        raise ShapeMismatch(f"mode 'full', 'same' or 'valid', not '{mode}'")
    return (pull.convolve_span(x[0], y[0], mode)[1],)


def _convolve_torch(t: Any, x: Any, y: Any, mode: str) -> Any:
    start, length = pull.convolve_span(x.shape[0], y.shape[0], mode)
    kernel = t.flip(y, (0,)).reshape(1, 1, -1)
    return t.nn.functional.conv1d(x.reshape(1, 1, -1), kernel, padding=y.shape[0] - 1).reshape(-1)[
        start : start + length
    ]


def _convolve(s: Any, x: Any, y: Any, mode: str) -> Any:
    start, length = pull.convolve_span(len(x), len(y), mode)
    out = s.full((length,), 0)
    for k in range(length):
        whole = k + start
        out[k] = s.total([x[i] * y[whole - i] for i in range(len(x)) if 0 <= whole - i < len(y)])
    return out


def _convolve_slides(x: Shape, y: Shape, mode: str) -> Slides:
    """The shorter one slides, turned round."""
    over, kernel = (0, 1) if x[0] >= y[0] else (1, 0)
    start, few = pull.convolve_span(x[0], y[0], mode)[0], min(x[0], y[0])
    shapes = (1, 1, 1, 1, max(x[0], y[0])), (1, 1, 1, 1, few)
    return Slides((over, kernel), shapes, (few - 1,), (few - 1 + start,), (-1,), (1,))


ROWS = (
    Op("convolve", "x, y; mode:text='full'", CONVOLUTION,
       "Convolution of two vectors: entry k is the sum of x[i]*y[k - i]; mode 'full', 'same' or 'valid'.",
       "sum(convolve(x, y)**2) x=1,2,3 y=1,-1",
       shape=_convolve_shape, cost=lambda x, y, _: x[0] * y[0], torch=_convolve_torch, sympy=_convolve,
       rule=(lambda x, y, mode: pull.convolve(x, y, mode, other="y"),
             lambda x, y, mode: pull.convolve(x, y, mode, other="x")), linear="each",
       summands=summands.convolved_vectors, slides=_convolve_slides, product=pull.convolved_vectors),
    _conv_row(1, "sum(conv1d(x, w)**2) x=[[1,2,4]] w=[[[1,-1]]]"),
    _conv_row(2, "sum(conv2d(x, w)**2) x=[[[1,2,4],[0,1,3]]] w=[[[[1,-1],[2,1]]]]"),
    _conv_row(3, "sum(conv3d(x, w)**2) x=[[[[1,2],[0,1]],[[3,1],[2,0]]]] w=[[[[[1,-1]],[[2,1]]]]]"),
    _transposed_row(1, "sum(conv_transpose1d(x, w, None, 2)**2) x=[[1,2,4]] w=[[[1,-1]]]"),
    _transposed_row(2, "sum(conv_transpose2d(x, w)**2) x=[[[1,2],[0,3]]] w=[[[[1,-1],[2,1]]]]"),
    _transposed_row(3, "sum(conv_transpose3d(x, w)**2) x=[[[[1,2],[0,1]]]] w=[[[[[1,-1]],[[2,1]]]]]"),
)  # fmt: skip
