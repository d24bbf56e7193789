"""torch's images: sampled at other sizes and at places of a grid, and channels put into planes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.rules.layers import along_last
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.normalising import listed
from gradcli.operations.spellings.torch.pooling import adapted
from gradcli.operations.windows import places_between

# torch's modes: the word of the rows, and for how many axes behind the channels (None: any).
_MODES = {"nearest": ("nearest", None), "nearest-exact": ("nearest-exact", None), "linear": ("linear", 1),
          "bilinear": ("linear", 2), "trilinear": ("linear", 3), "bicubic": ("cubic", 2)}  # fmt: skip


def _sampled(
    input: Any, size: Any, scale_factor: Any, mode: Any, align_corners: Any, recompute_scale_factor: Any, antialias: Any
) -> str:
    rank = len(input) - 2
    if rank not in (1, 2, 3) or (size is None) == (scale_factor is None):
        return f"{NONE}it takes a batch of channels with one to three axes, and either size or scale_factor"
    sizes, scales = _sizes(input[2:], size, scale_factor)
    if scale_factor is None or recompute_scale_factor:
        scales = (None,) * rank
    if mode == "area":
        return adapted(input, rank, sizes)
    word, axes = _MODES.get(mode, ("", 0))
    if axes not in (None, rank):
        return f"{NONE}mode '{mode}' is not one for {rank} axes behind the channels"
    if (align_corners is not None and axes is None) or (antialias and (rank != 2 or axes is None)):
        return f"{NONE}mode '{mode}' takes no align_corners or antialias here"
    rest = f"'{word}', {bool(align_corners)}, {antialias}"
    kept = zip(input[2:], sizes, scales, strict=True)
    return along_last("input", [f"resampling({n}, {m}, {rest}, {_ratio(scale)})" for n, m, scale in kept])


def _sizes(shape: Sequence[int], size: Any, scale: Any) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """The new sizes, and the scales of which they are."""
    given = scale if size is None else size
    each = given if isinstance(given, tuple) else (given,) * len(shape)
    if size is not None:
        return each, (None,) * len(shape)
    return tuple(places_between(n, Fraction(s)) for n, s in zip(shape, each, strict=True)), each


def _ratio(scale: Any) -> str:
    return "None" if scale is None else f"{Fraction(scale).as_integer_ratio()}"


def _upsampled(mode: str, align_corners: Any) -> Any:
    def means(input: Any, size: Any, scale_factor: Any) -> str:
        chosen = "linear" if mode == "linear" and len(input) == 3 else mode
        return _sampled(input, size, scale_factor, chosen, align_corners, False, False)

    return means


def _old_upsample(input: Any, size: Any, scale_factor: Any, mode: Any, align_corners: Any) -> str:
    return _sampled(input, size, scale_factor, mode, align_corners, False, False)


# -- channels and planes


def _shuffled(input: Any, upscale_factor: Any) -> str:
    r = upscale_factor
    if len(input) < 3 or r < 1 or input[-3] % (r * r):
        return f"{NONE}it takes channels whose number upscale_factor**2 divides, and two more axes"
    lead, (c, h, w) = input[:-3], input[-3:]
    parts = f"reshape(input, {listed((*lead, c // (r * r), r, r, h, w))})"
    return f"reshape(movedim({parts}, (-2, -1), (-4, -2)), {listed((*lead, c // (r * r), h * r, w * r))})"


def _unshuffled(input: Any, downscale_factor: Any) -> str:
    r = downscale_factor
    if len(input) < 3 or r < 1 or input[-2] % r or input[-1] % r:
        return f"{NONE}it takes channels and two more axes, which downscale_factor divides"
    lead, (c, h, w) = input[:-3], input[-3:]
    parts = f"reshape(input, {listed((*lead, c, h // r, r, w // r, r))})"
    return f"reshape(movedim({parts}, (-3, -1), (-4, -3)), {listed((*lead, c * r * r, h // r, w // r))})"


def _channels_shuffled(input: Any, groups: Any) -> str:
    if len(input) < 3 or groups < 1 or input[1] % groups:
        return f"{NONE}it takes a batch of channels, which the groups divide, and more axes"
    parts = f"reshape(input, {listed((input[0], groups, input[1] // groups, *input[2:]))})"
    return f"reshape(transpose({parts}, 1, 2), {listed(input)})"


# -- grids


def _affine(theta: Any, size: Any, align_corners: Any) -> str:
    """The corners of the grid are at -1 and 1, or half a step within."""
    rank = len(size) - 2
    if rank not in (2, 3) or theta != (size[0], rank, rank + 1):
        return f"{NONE}it takes theta (n, {max(rank, 2)}, {max(rank, 2) + 1}) and a size (n, channels, ...)"
    lines = [_line(n, align_corners) for n in size[2:]]
    sizes = listed(size[2:])
    axes = [
        f"flatten(expand(reshape({lines[k]}, {listed([n if i == k else 1 for i in range(rank)])}), {sizes}))"
        for k, n in enumerate(size[2:])
    ]
    points = f"stack({', '.join(axes[::-1])}, ones({prod(size[2:])}), dim=1)"
    return f"reshape({points} @ theta.mT, {listed((size[0], *size[2:], rank))})"


def _line(n: int, align_corners: Any) -> str:
    if n == 1:
        return "zeros(1)"
    end = Fraction(1) if align_corners else Fraction(n - 1, n)
    return f"linspace(-{end.numerator}/{end.denominator}, {end.numerator}/{end.denominator}, {n})"


_STEPS = {"bilinear": (0, 1), "bicubic": (-1, 0, 1, 2)}  # entries around a place, from its floor


def _at_grid(input: Any, grid: Any, mode: Any, padding_mode: Any, align_corners: Any) -> str:
    rank = len(input) - 2
    fits = rank in (2, 3) and len(grid) == len(input) and grid[0] == input[0] and grid[-1] == rank
    if not fits or 0 in (*input, *grid):
        return f"{NONE}it takes an input (n, channels, ...) of two or three axes more, and a grid (n, ..., 2 or 3)"
    if padding_mode not in _PADDED or mode not in ("nearest", *_STEPS) or (mode == "bicubic" and rank == 3):
        return f"{NONE}mode '{mode}' with padding_mode '{padding_mode}' is not one for {rank} axes"
    sizes = input[2:]
    places = [_unit(f"grid[..., {rank - 1 - k}]", n, align_corners) for k, n in enumerate(sizes)]
    names = "abc"[:rank]
    text = "; ".join(f"{name} = {place}" for name, place in zip(names, places, strict=True))
    if mode != "bicubic":  # there the entries are reflected one by one
        around = (
            f"{name} = {_inside(name, n, padding_mode, align_corners)}" for name, n in zip(names, sizes, strict=True)
        )
        text = "; ".join([text, *around])
    return f"{text}; {_summed(input, grid, mode, padding_mode, align_corners)}"


def _unit(coordinate: str, n: int, align_corners: Any) -> str:
    """From -1 to 1 to the numbers of entries."""
    return f"({coordinate} + 1)*{n - 1}/2" if align_corners else f"(({coordinate} + 1)*{n} - 1)/2"


def _clipped(name: str, n: int) -> str:
    return f"clamp({name}, 0, {n - 1})"


def _nearest_inside(place: str, n: int) -> str:
    """A whole number cut to those of entries, by bounds between them, on which it never stands."""
    return f"where({place} > -1/2, where({place} < {n} - 1/2, {place}, {n - 1}), 0)"


def _reflected(name: str, n: int, align_corners: Any) -> str:
    """At the outer entries, or at their outer ends."""
    if align_corners:
        if n == 1:
            return f"0*{name}"
        return f"{n - 1} - abs({n - 1} - remainder(abs({name}), {2 * (n - 1)}))"
    return _clipped(f"({n} - 1/2 - abs({n} - remainder(abs({name} + 1/2), {2 * n})))", n)


def _reflected_whole(place: str, n: int, align_corners: Any) -> str:
    """The same of a whole number, by bounds between whole numbers."""
    period = 2 * (n - 1) if align_corners else 2 * n
    if not period:
        return f"(0*{place})"
    last = period if align_corners else period - 1
    rest = f"(remainder({place} + 1/4, {period}) - 1/4)"
    return f"where({rest} < {n} - 1/2, {rest}, {last} - {rest})"


_PADDED = ("zeros", "border", "reflection")


def _inside(name: str, n: int, padding_mode: str, align_corners: Any) -> str:
    if padding_mode == "border":
        return _clipped(name, n)
    return _reflected(name, n, align_corners) if padding_mode == "reflection" else name


def _summed(input: Any, grid: Any, mode: str, padding_mode: str, align_corners: Any) -> str:
    """Entries around each place by their weights; with zeros for those outside."""
    sizes, names = input[2:], "abc"[: len(input) - 2]
    if mode == "nearest":
        return _entry(input, grid, [f"round({name})" for name in names], [""], padding_mode, mode, align_corners)
    terms = []
    for steps in product(_STEPS[mode], repeat=len(sizes)):
        at = [f"(floor({name}) + {step})" for name, step in zip(names, steps, strict=True)]
        weights = [_weight(mode, name, step) for name, step in zip(names, steps, strict=True)]
        terms.append(_entry(input, grid, at, weights, padding_mode, mode, align_corners))
    return " + ".join(terms)


def _weight(mode: str, name: str, step: int) -> str:
    share = f"({name} - floor({name}))"
    if mode == "bilinear":
        return share if step else f"(1 - {share})"
    t = {-1: f"({share} + 1)", 0: share, 1: f"(1 - {share})", 2: f"(2 - {share})"}[step]
    if step in (0, 1):
        return f"((5/4*{t} - 9/4)*{t}*{t} + 1)"
    return f"(((-3/4*{t} + 15/4)*{t} - 6)*{t} + 3)"


def _entry(
    input: Any, grid: Any, at: Sequence[str], weights: Sequence[str], padding_mode: str, mode: str, align_corners: Any
) -> str:
    """The entries at whole places, for every channel, times their weights."""
    sizes = input[2:]
    if mode == "bicubic" and padding_mode == "reflection":
        at = [_reflected_whole(place, n, align_corners) for place, n in zip(at, sizes, strict=True)]
    strides = [prod(sizes[k + 1 :]) for k in range(len(sizes))]
    number = " + ".join(f"{_nearest_inside(p, n)}*{s}" for p, n, s in zip(at, sizes, strides, strict=True))
    count = prod(grid[1:-1])
    index = f"expand(reshape({number}, {input[0]}, 1, {count}), {input[0]}, {input[1]}, {count})"
    found = f"gather(reshape(input, {input[0]}, {input[1]}, -1), 2, {index})"
    shape = listed((input[0], input[1], *grid[1:-1]))
    factors = [weight for weight in weights if weight]
    if padding_mode == "zeros":
        inside = " and ".join(f"{place} > -1/2 and {place} < {n} - 1/2" for place, n in zip(at, sizes, strict=True))
        factors.append(f"where({inside}, 1, 0)")
    scale = f"unsqueeze({'*'.join(factors)}, 1)*" if factors else ""
    return f"{scale}reshape({found}, {shape})"


_NUMBERED = {0: "bilinear", 1: "nearest", 2: "bicubic"}


def _sampler(input: Any, grid: Any, interpolation_mode: Any, padding_mode: Any, align_corners: Any) -> str:
    if interpolation_mode not in _NUMBERED or padding_mode not in range(len(_PADDED)):
        return f"{NONE}interpolation_mode and padding_mode are numbers from 0 to 2"
    return _at_grid(input, grid, _NUMBERED[interpolation_mode], _PADDED[padding_mode], align_corners)


SPELLINGS = (
    Spelling("F.interpolate(input:shaped, size=None, scale_factor=None, mode:text='nearest', align_corners:flag=None, "
             "recompute_scale_factor:flag=None, antialias:flag=False)", _sampled),
    Spelling("F.upsample(input:shaped, size=None, scale_factor=None, mode:text='nearest', align_corners:flag=None)",
             _old_upsample),
    Spelling("F.upsample_nearest(input:shaped, size=None, scale_factor=None)", _upsampled("nearest", None)),
    Spelling("F.upsample_bilinear(input:shaped, size=None, scale_factor=None)", _upsampled("bilinear", True)),
    Spelling("torch.pixel_shuffle(input:shaped, upscale_factor:integer)", _shuffled),
    Spelling("torch.pixel_unshuffle(input:shaped, downscale_factor:integer)", _unshuffled),
    *(Spelling(f"torch.{name}(input:shaped, groups:integer)", _channels_shuffled)
      for name in ("channel_shuffle", "native_channel_shuffle")),
    Spelling("F.affine_grid(theta:shaped, size:axes, align_corners:flag=False)", _affine),
    Spelling("torch.affine_grid_generator(theta:shaped, size:axes, align_corners:flag)", _affine),
    Spelling("F.grid_sample(input:shaped, grid:shaped, mode:text='bilinear', padding_mode:text='zeros', "
             "align_corners:flag=False)", _at_grid),
    *(Spelling(f"torch.grid_sampler{rank}(input:shaped, grid:shaped, interpolation_mode:integer, padding_mode:integer, "
               "align_corners:flag)", _sampler)
      for rank in ("", "_2d", "_3d")),
)  # fmt: skip
