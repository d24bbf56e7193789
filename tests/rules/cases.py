"""How a row is called in every way that its signature allows: ranks 0 to 4, every axis, broadcasts, batches, no entries.

What a signature cannot tell stands in GIVEN (constants), CALLS (shapes and constants) and VALUES (which numbers an
operand has): a row's further needs go there.
"""

from __future__ import annotations

import itertools
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import torch
from rows.calls import inside
from rules import further

from gradcli.operations.row import REQUIRED, TENSOR, Op, Param
from gradcli.operations.shape_rules import Shape, ShapeMismatch, broadcast
from gradcli.operations.table import rows

SHAPES: tuple[Shape, ...] = (
    (), (3,), (1,), (2,), (0,), (2, 3), (3, 2), (3, 3), (1, 3), (2, 1), (1, 1), (0, 3), (3, 0), (2, 2, 3), (2, 3, 3), (1, 3, 2),
    (2, 1, 3), (3, 2, 1), (0, 2, 3), (2, 0, 3), (2, 1, 3, 2), (1, 2, 3, 3), (2, 2, 1, 3), (1, 1, 2, 1), (2, 0, 1, 3),
)  # fmt: skip
RANGES = ((-2.0, 2.0), (0.15, 0.85), (1.2, 2.8), (-0.85, -0.15))
TRIED = 1000  # combinations of three and more operands

# Constants by row and parameter, where their kind does not say what to take.
GIVEN: dict[str, dict[str, tuple[Any, ...]]] = {
    "multigammaln": {"p": (1, 3)}, "lambertw": {"k": (0,)}, "besselk": {"n": (0, 2, Fraction(3, 2))}, "spherical_jn": {"n": (0, 1, 2)},
    "norm": {"p": (2, 1, 3, Fraction(3, 2), float("inf"), 0, -2, float("-inf"))}, "hardtanh": {"min_val": (-1,), "max_val": (1,)}, "logit": {"eps": (None,)}, "expn": {"n": (1, 2, 3)}, "polygamma": {"n": (0, 1, 2)},
    **{name: {"p": (2, 1, 3, Fraction(3, 2), float("inf"), 0, -1, float("-inf"))} for name in ("cdist", "pairwise_distance", "dist")},
    **{name: {"ord": (2, -2, 1, -1, float("inf"), float("-inf"), "fro", "nuc")} for name in ("matrix_norm", "linalg_norm")},
    "matrix_power": {"n": (0, 1, 2, 5, -1, -3)}, "cov": {"correction": (0, 1)}, "tensordot": {"dims": (0, 1, 2, 3)}, "vander": {"N": (None, 0, 1, 2, 4)}, "linalg_vander": {"N": (None, 2, 4)},
    "var": {"correction": (0, 1)}, "std": {"correction": (0, 1)},
    **{op.name: {"n": (0, 1, 2, 5)} for op in rows() if op.group == "orthogonal polynomials"}, **further.GIVEN,
}  # fmt: skip

# Whole calls by row, beside those from the signature: shapes of the operands, then the constants.
CALLS: dict[str, tuple[tuple[tuple[Shape | None, ...], tuple[Any, ...]], ...]] = further.CALLS

# What an operand's random numbers are made to, by row: its number, its tensor -> its tensor.
VALUES: dict[str, Callable[[int, torch.Tensor], torch.Tensor]] = {
    **dict.fromkeys(("cholesky", "logdet", "sqrtm", "logm"), lambda _, x: x @ x.mT + x.shape[-1] * torch.eye(x.shape[-1], dtype=x.dtype)),
    **dict.fromkeys(("eigvals", "eigvecs"), lambda _, x: x / 8 + torch.diag_embed(torch.arange(x.shape[-1], dtype=x.dtype).expand(x.shape[:-1]))),
    "multigammaln": lambda _, x: x.abs() + 1.5, "zeta": lambda _, x: x.abs() + 1.3, **further.VALUES,
}  # fmt: skip

_BY_KIND: dict[str, tuple[Any, ...]] = {
    "flag": (False, True), "integer": (0, 1, 2, -1), "number": (2, Fraction(1, 2)), "order": (2,), "sizes": ((2, 3), (6,), (-1,)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A call of a row: shapes of the operands (None: left out), and the constants."""

    op: Op
    shapes: tuple[Shape | None, ...]
    constants: tuple[Any, ...]
    out: Shape

    @property
    def kind(self) -> tuple[Any, ...]:
        """What is tried by it: ranks, broadcasts and empty axes, and which constants are there."""
        present = [shape for shape in self.shapes if shape is not None]
        return (
            tuple(len(shape) for shape in present),
            self.op.elementwise and any(shape != self.out for shape in present),
            any(0 in shape for shape in present),
            tuple(value if isinstance(value, str | bool | None) else "" for value in self.constants),
        )


def is_differentiated(op: Op) -> bool:
    """Has it operands in which it might have a derivative?"""
    return bool(op.tensors) and not (op.boolean or op.random or op.differentiates)


def constants_of(op: Op, param: Param, rank: int) -> tuple[Any, ...]:
    """What a constant may be for an operand of this rank."""
    given = GIVEN.get(op.name, {}).get(param.name)
    if given is not None:
        return given
    default = () if param.default is REQUIRED else (param.default,)
    axes = tuple(range(-rank, rank))
    if param.kind in {"axis", "axis_or_none"}:
        found: tuple[Any, ...] = axes
    elif param.kind == "axes":
        found = (*axes, *itertools.combinations(range(rank), 2), (0, -1))
    else:
        found = _BY_KIND.get(param.kind, ())
    return tuple(dict.fromkeys((*default, *found)))


def shapes_of(op: Op, draw: random.Random) -> Iterator[tuple[Shape | None, ...]]:
    """Shapes for the operands; optional ones are also left out, a variadic one stands for one to three."""
    choices: list[tuple[Shape | None, ...]] = []
    counts = (1, 2, 3) if any(param.variadic for param in op.tensors) else (1,)
    for count in counts:
        choices = []
        for param in op.tensors:
            optional = param.default is None
            choices += [(None, *SHAPES) if optional else SHAPES] * (count if param.variadic else 1)
        if len(choices) <= 2:
            yield from itertools.product(*choices)
        else:
            for _ in range(TRIED):
                first = draw.choice(SHAPES)
                yield tuple(_near(first, part, draw) for part in choices)


def _near(first: Shape, choices: tuple[Shape | None, ...], draw: random.Random) -> Shape | None:
    """The same shape, one that broadcasts to it, or any other."""
    way = draw.random()
    if way < 0.4:
        return first
    if way < 0.7:
        cut = first[draw.randint(0, len(first)) :]
        return tuple(1 if draw.random() < 0.3 else n for n in cut)
    return draw.choice(choices)


def cases(op: Op, draw: random.Random) -> list[Case]:
    """All calls that the row's shape rule takes."""
    found: dict[str, Case] = {}
    for shapes in shapes_of(op, draw):
        rank = max(len(shape) for shape in shapes if shape is not None) if any(s is not None for s in shapes) else 0
        for constants in itertools.product(*(constants_of(op, param, rank) for param in op.constants)):
            case = _case(op, shapes, constants)
            if case is not None:
                found[repr((shapes, constants))] = case
    for shapes, constants in CALLS.get(op.name, ()):
        case = _case(op, shapes, constants)
        assert case is not None, (op.name, shapes, constants)
        found[repr((shapes, constants))] = case
    return list(found.values())


def _case(op: Op, shapes: tuple[Shape | None, ...], constants: tuple[Any, ...]) -> Case | None:
    try:
        out = broadcast(*shapes) if op.elementwise else op.shape(*shapes, *constants)
    except ShapeMismatch:
        return None
    return Case(op, shapes, constants, out)


@cache
def _in_order(op: Op) -> list[Case]:
    """All cases, shuffled by the row's name, one of each rank and kind first."""
    draw = random.Random(zlib.crc32(op.name.encode()))  # noqa: S311 - cases of a test
    found = cases(op, draw)
    draw.shuffle(found)
    ranks, kinds = dict[Any, Case](), dict[Any, Case]()
    for case in found:
        ranks.setdefault(case.kind[0][:1], case)
        kinds.setdefault(case.kind, case)
    return list({id(case): case for case in (*ranks.values(), *kinds.values(), *found)}.values())


def chosen(op: Op, count: int) -> list[Case]:
    """So many cases, the same in each run."""
    return _in_order(op)[:count]


def values_of(case: Case) -> list[torch.Tensor | None]:
    """Random numbers in the row's domain, or as VALUES makes them; conditions are true or false."""
    seed = torch.Generator().manual_seed(zlib.crc32(repr((case.op.name, case.shapes, case.constants)).encode()))
    low, high = _range(case.op)
    make = VALUES.get(case.op.name, lambda _, x: x)
    found: list[torch.Tensor | None] = []
    variadic = len(case.shapes) - len(case.op.tensors) + 1
    params = [p for param in case.op.tensors for p in [param] * (variadic if param.variadic else 1)]
    for k, (param, shape) in enumerate(zip(params, case.shapes, strict=True)):
        if shape is None:
            found.append(None)
            continue
        x = low + (high - low) * torch.rand(shape, generator=seed, dtype=torch.float64)
        found.append(make(k, x) if param.kind == TENSOR else x > (low + high) / 2)
    bound = further.BELOW.get(case.op.name, lambda *_: 0)(case.shapes, case.constants)
    if bound and found[1] is not None:
        numbers = (1000 * found[1]).round() % bound
        found[1] = further.each_once(numbers, case.constants[0]) if case.op.name in further.APART else numbers
    return found


def _range(op: Op) -> tuple[float, float]:
    """The first range in which points are inside of the domain and on no kink."""
    draw = random.Random(0)  # noqa: S311 - as above
    names = [param.name for param in op.tensors if param.default is REQUIRED]
    if not op.elementwise or not op.domain:
        return RANGES[0]
    for low, high in RANGES:
        points = [{name: draw.uniform(low, high) for name in names} for _ in range(30)]
        if all(inside(op, op.domain, point) for point in points):
            return low, high
    raise AssertionError(f"no range of numbers is inside of {op.domain}")
