"""Calls of rows of arrays, samples, layers and losses that their signatures do not tell: see cases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import inf
from typing import Any

import torch

from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.table import OPS, rows

Calls = tuple[tuple[tuple[Shape | None, ...], tuple[Any, ...]], ...]

NUMBERS = (0, -1, (0, 0, -1), ())
COPIES = ((2,), (1, 3), (2, 1, 2), (2, 1, 3, 2), (0, 2))
NORMS = (2, 1, 3, Fraction(3, 2), inf, 0, -1)
SMALL = (Fraction(1, 10**6),)
KEPT = {"stride": (1,), "padding": (0,), "dilation": (1,), "groups": (1,), "output_padding": (0,)}

GIVEN: dict[str, dict[str, tuple[Any, ...]]] = {
    "embedding": {"ids": (0, (0, 1, 0), ())},
    **{name: {"index": NUMBERS} for name in ("take", "index_select", "index_add")},
    "pad": {"pad": ((1, 2), (0, -1), (1, 0, 2, 1), ()), "mode": ("constant", "reflect", "replicate", "circular"), "value": (0, 2)},
    "pad_all": {"pad_width": (1, (2, 0), (0, -1)), "mode": ("constant", "edge", "reflect", "symmetric", "wrap"), "constant_values": (0, 2)},
    "permute": {"dims": (None, (0,), (1, 0), (-1, 0, 1), (2, 0, 1), (3, 1, 0, 2))},
    "repeat": {"sizes": COPIES}, "tile": {"sizes": (*COPIES, ())}, "repeat_interleave": {"repeats": (0, 1, 3)},
    "expand": {"sizes": ((3,), (2, 3), (4, -1), (2, 4, 3), (2, 2, 3), (2, -1, -1, -1), (0, 3))},
    "movedim": {"source": (0, -1, (0, 1), (0, -1)), "destination": (0, 1, -1, (1, 0), (-1, 0))},
    "diag": {"offset": (0, 1, -1, 2)}, "diag_embed": {"offset": (0, 1, -2)}, "block": {"columns": (1, 2, 3)},
    "differences": {"n": (0, 1, 2, 3)}, "convolve": {"mode": ("full", "same", "valid")},
    "quantile": {"q": (Fraction(1, 3), Fraction(1, 2), 1, 0, Fraction(3, 10))},
    **{op.name: KEPT for op in rows() if op.name.startswith("conv") and op.name != "convolve"},
    "softplus": {"threshold": (20,)}, "normalize": {"p": NORMS, "eps": (Fraction(1, 10**12), 1)},
    "cosine_similarity": {"eps": SMALL},
    "layer_norm": {"normalized_shape": (None, 3, (2, 3), (3, 3), (1,), 2), "eps": SMALL},
    "rms_norm": {"normalized_shape": (None, 3, (2, 3), (3, 3), (1,), 2), "eps": (None, *SMALL)},
    "huber_loss": {"delta": (1, Fraction(1, 2))}, "smooth_l1_loss": {"beta": (1, 0, Fraction(1, 2))},
    "poisson_nll_loss": {"eps": SMALL}, "gaussian_nll_loss": {"eps": SMALL}, "triplet_margin_loss": {"p": (2, 1, 3, inf), "eps": SMALL, "margin": (1,)},
}  # fmt: skip
for _op in rows():
    if any(param.name == "reduction" for param in _op.constants):
        batches = ("batchmean",) if _op.name == "kl_div" else ()
        GIVEN.setdefault(_op.name, {})["reduction"] = ("none", "mean", "sum", *batches)


def taken(name: str, shapes: list[tuple[Any, ...]], *constants: tuple[Any, ...]) -> Calls:
    """The calls of shapes with all combinations of the constants that the row's shape rule takes."""

    def calls() -> Iterator[tuple[tuple[Shape | None, ...], tuple[Any, ...]]]:
        for given, values in itertools.product(shapes, itertools.product(*constants)):
            try:
                OPS[name].shape(*given, *values)
            except ShapeMismatch:
                continue
            yield given, values

    return tuple(calls())


PLACES: tuple[tuple[Shape, tuple[Any, ...]], ...] = (
    ((3,), (0,)), ((2, 3), (slice(None, None, -1),)), ((2, 3), (..., -1)), ((2, 3, 2), (0, slice(2, None, -2), None)),
    ((3,), (None, slice(1, None))), ((), (None,)), ((0, 3), (slice(None), 1)), ((2, 2, 3, 3), (1, ..., slice(0, 2), slice(None, None, -1))),
    ((3,), (slice(5, 2, -1),)), ((4, 3), (slice(3, None, -2), slice(1, 3))),
)  # fmt: skip

LINES: list[tuple[Any, ...]] = [
    ((2, 6), (3, 2, 2), None), ((2, 6), (3, 2, 2), (3,)), ((2, 2, 7), (3, 2, 3), (3,)), ((4, 6), (6, 2, 2), None),
    ((3, 4, 7), (2, 2, 3), (2,)), ((1, 5), (1, 1, 1), None), ((0, 2, 6), (3, 2, 2), None),
]  # fmt: skip
PLANES: list[tuple[Any, ...]] = [
    ((2, 3, 3), (3, 2, 2, 2), None), ((2, 2, 4, 3), (3, 2, 3, 2), (3,)), ((4, 3, 4), (2, 2, 2, 2), (2,)), ((1, 2, 1, 3), (1, 2, 1, 1), None),
]  # fmt: skip
LINES_BACK: list[tuple[Any, ...]] = [
    ((2, 3), (2, 3, 2), None), ((2, 2, 4), (2, 1, 3), (1,)), ((4, 3), (4, 2, 2), (4,)), ((0, 2, 3), (2, 3, 2), None),
]  # fmt: skip
PLANES_BACK: list[tuple[Any, ...]] = [
    ((2, 2, 2), (2, 3, 2, 2), None), ((2, 2, 1, 3), (2, 1, 3, 2), (1,)), ((4, 3, 2), (4, 2, 2, 1), (4,)),
]  # fmt: skip
SOLIDS: list[tuple[Any, ...]] = [((2, 2, 3, 2), (2, 2, 2, 1, 2), (2,)), ((1, 2, 2, 2, 3), (2, 1, 1, 2, 2), None)]
HEADS: list[tuple[Any, ...]] = [
    ((2, 3), (3, 3), (3, 2)), ((2, 2, 3), (3, 3), (2, 3, 1)), ((1, 3), (2, 3), (2, 2)), ((2, 1, 2, 3), (3, 4, 3), (1, 4, 2)), ((0, 3), (2, 3), (2, 2)),
]  # fmt: skip

CALLS: dict[str, Calls] = {
    "index": tuple(((shape,), (entries,)) for shape, entries in PLACES),
    "put_back": tuple(((OPS["index"].shape(shape, entries), shape), (entries,)) for shape, entries in PLACES),
    "conv1d": taken("conv1d", LINES, (1, 2, (3,)), (0, 1, (2,)), (1, 2), (1, 2)),
    "conv2d": taken("conv2d", PLANES, (1, (2, 1), 3), (0, 1, (2, 1)), (1, (1, 2)), (1, 2)),
    "conv3d": taken("conv3d", SOLIDS, (1, (2, 1, 1)), (0, (1, 0, 1)), (1,), (1, 2)),
    "conv_transpose3d": taken("conv_transpose3d", SOLIDS, (1, (1, 2, 1)), (0,), (0, (0, 1, 0)), (1, 2), (1, 2)),
    "conv_transpose1d": taken("conv_transpose1d", LINES_BACK, (1, 2, (3,)), (0, 1), (0, 1), (1, 2), (1, 2)),
    "conv_transpose2d": taken("conv_transpose2d", PLANES_BACK, ((1, 2), 2), (0, (1, 0)), (0, (0, 1)), (1, 2), (1, (2, 1))),
    "interp": taken("interp", [(shape, n, n) for shape in ((), (3,), (2, 3), (0,), (2, 1, 2)) for n in ((2,), (4,))]),
    "scaled_dot_product_attention": taken("scaled_dot_product_attention", HEADS, (False, True), (None, Fraction(1, 2))),
    "cross_entropy": taken("cross_entropy", [((4, 3), (4,)), ((3,), ()), ((0, 3), (0,)), ((2, 3, 2), (2, 2))], ("none", "sum")),
    "full": taken("full", [((),)], (2, (2, 3), (), (0,))),
}  # fmt: skip

VALUES: dict[str, Callable[[int, torch.Tensor], torch.Tensor]] = {
    "interp": lambda k, x: x.sort().values * 1.5 if k == 1 else x,
    "kl_div": lambda k, x: x.abs() + 0.1 if k == 1 else x,
    "binary_cross_entropy": lambda _, x: torch.sigmoid(x), "poisson_nll_loss": lambda _, x: x.abs() + 0.1,
    "gaussian_nll_loss": lambda k, x: x.abs() + 0.1 if k == 2 else x,
}  # fmt: skip


def _along(shapes: tuple[Shape | None, ...], constants: tuple[Any, ...]) -> int:
    return (shapes[0] or (1,))[constants[0]]


def _classes(shapes: tuple[Shape | None, ...], _constants: tuple[Any, ...]) -> int:
    """How many classes; 0 where the target is made of probabilities."""
    x = shapes[0] or ()
    return x[min(len(x) - 1, 1)] if x != shapes[1] else 0


APART = {"scatter"}  # of these, where no place along the axis may be named twice


def each_once(numbers: torch.Tensor, dim: int) -> torch.Tensor:
    """The places of the numbers in their order: each one once along the axis."""
    return torch.argsort(numbers, dim=dim, stable=True).to(numbers.dtype)


# Rows whose second operand holds whole numbers below a bound, 0 for any numbers.
BELOW: dict[str, Callable[[tuple[Shape | None, ...], tuple[Any, ...]], int]] = {
    "gather": _along, "scatter_add": _along, "scatter": _along, "cross_entropy": _classes, "nll_loss": _classes,
}  # fmt: skip
