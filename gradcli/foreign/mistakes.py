"""The probable mistake in a refuted gradient: sign, factor, transpose, shape; each verified at several points."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter, methodcaller
from typing import NamedTuple

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.claims.conclusion import Diagnosis


class Witness(NamedTuple):
    """The claim as it was given, and the derivative in its own shape, at one point."""

    claimed: FloatArray
    true: FloatArray
    error: FloatArray


class _Layout(NamedTuple):
    """A way to rearrange the claim: the mistake's kind, what to say, the Python that undoes it, and itself."""

    kind: str
    says: str
    python: str
    apply: Callable[[FloatArray], FloatArray]


def _layouts(claimed: FloatArray, true: FloatArray, outputs: int) -> Iterator[_Layout]:
    """Rearrangements that give the right shape; the claim as it stands comes first."""
    shape, moved = true.shape, (*range(true.ndim - outputs, true.ndim), *range(true.ndim - outputs))
    if claimed.shape == shape:
        yield _Layout("", "", "{}", np.asarray)
    if claimed.ndim >= 2 and claimed.T.shape == shape:
        yield _Layout("transpose", "transposed it is right", "{}.T", np.transpose)
    if outputs and claimed.ndim == true.ndim > 2 and claimed.transpose(moved).shape == shape:
        says = "its axes of inputs come before those of outputs; swapped it is right"
        yield _Layout("transpose", says, f"{{}}.transpose{moved}", methodcaller("transpose", moved))
    if claimed.shape != shape and claimed.size == true.size:
        yield _Layout("shape", "its numbers are right", f"{{}}.reshape{shape}", methodcaller("reshape", shape))
        python, apply = f'{{}}.reshape({shape}, order="F")', methodcaller("reshape", shape, order="F")
        yield _Layout("shape", "its numbers are right, column by column", python, apply)
    for axis in range(claimed.ndim):
        if claimed.shape[:axis] + claimed.shape[axis + 1 :] == shape:
            says = f"summed over axis {axis} it is right"
            yield _Layout("shape", says, f"{{}}.sum({axis})", methodcaller("sum", axis))
    if claimed.ndim == 0 and shape:
        says, python = "every entry is this one number", f"np.full({shape}, {{}})"
        yield _Layout("shape", says, python, partial(np.full, shape))


FACTORS = (
    (-1.0, "sign", "-1"),
    (2.0, "factor", "2"),
    (0.5, "factor", "1/2"),
    (3.0, "factor", "3"),
    (1 / 3, "factor", "1/3"),
    (math.pi / 180, "factor", "pi/180, degrees against radians"),
    (180 / math.pi, "factor", "180/pi, degrees against radians"),
    (math.log(10), "factor", "ln 10"),
    (1 / math.log(10), "factor", "1/ln 10"),
    (math.log(2), "factor", "ln 2"),
    (1 / math.log(2), "factor", "1/ln 2"),
)
SIZED = (
    (1.0, 1, "sum against mean", "n = {n} ({what}): a mean in the claim, a sum in the function"),
    (1.0, -1, "sum against mean", "1/n, n = {n} ({what}): a sum in the claim, a mean in the function"),
    (-1.0, 1, "factor", "-n, n = {n} ({what})"),
    (-1.0, -1, "factor", "-1/n, n = {n} ({what})"),
    (2.0, 1, "factor", "2n, n = {n} ({what})"),
    (2.0, -1, "factor", "2/n, n = {n} ({what})"),
    (0.5, 1, "factor", "n/2, n = {n} ({what})"),
    (0.5, -1, "factor", "1/(2n), n = {n} ({what})"),
)


def _named_factor(k: float, values: Mapping[str, FloatArray], outputs: int) -> tuple[float, str, str]:
    """The factor as people forget it: the number, the kind of mistake, how it is written."""
    sizes = {outputs: "the number of outputs"}
    sizes |= {size: f"axis {axis} of {name}" for name, x in values.items() for axis, size in enumerate(x.shape)}
    sizes |= {x.size: f"the size of {name}" for name, x in values.items()}
    sized = (
        (factor * float(n) ** power, kind, text.format(n=n, what=what))
        for factor, power, kind, text in SIZED
        for n, what in sizes.items()
        if n > 2
    )
    known = ((1.0, "", ""), FACTORS[0], *sized, *FACTORS[1:], (float(f"{k:.10g}"), "factor", f"{k:.10g}"))
    return next(named for named in known if math.isclose(named[0], k, rel_tol=1e-6))


def diagnose(
    witnesses: Sequence[Witness], values: Mapping[str, FloatArray], outputs: tuple[int, ...], text: str, rtol: float
) -> Diagnosis | None:
    """The factor, the rearrangement, or both, that make the claim right at every witness; the simplest of them."""
    claimed, true, _ = witnesses[0]
    found: list[tuple[int, Diagnosis]] = []
    for layout in _layouts(claimed, true, len(outputs)):
        arranged = layout.apply(claimed)
        with np.errstate(all="ignore"):
            nearest = float((arranged * true).sum() / (arranged * arranged).sum())
        if not math.isfinite(nearest) or nearest == 0:
            continue
        k, kind, shown = _named_factor(nearest, values, math.prod(outputs))
        if not (kind or layout.kind) or not all(_repairs(layout, k, witness, rtol) for witness in witnesses):
            continue
        says = (
            [f"the claim has shape {claimed.shape}, the derivative {true.shape}"] if claimed.shape != true.shape else []
        )
        says += [layout.says] if layout.kind else []
        says += [f"the derivative is {'minus the claim' if k == -1 else f'the claim times {shown}'}"] if kind else []
        python = layout.python.format(text)
        fixed = python if not kind else f"-{python}" if k == -1 else f"{k!r} * {python}"
        found.append((bool(layout.kind) * (1 + bool(kind)), Diagnosis(layout.kind or kind, "; ".join(says), fixed)))
    return min(found, key=itemgetter(0))[1] if found else None


def _repairs(layout: _Layout, k: float, witness: Witness, rtol: float) -> bool:
    gap = np.abs(k * layout.apply(witness.claimed) - witness.true)
    return bool((gap <= witness.error + rtol * np.abs(witness.true)).all())
