"""All entries of a sparse derivative at once: its product with a random vector beside torch's own.

torch computes ``H v`` or ``v^T J`` of the whole program, without slices, patterns, colours and sums of rows, so that an
entry that is wrong, at a wrong place, or missing moves a row of a Hessian, or a column of a Jacobian. It is not seen
where it is smaller than the rounding of the terms in its line; the lines that differ most are looked at for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions
from gradcli.meaning.extended.rounding import DOUBLE_UNIT
from gradcli.reference.answer import Settings
from gradcli.reference.every_row import Sums
from gradcli.verdicts.sparse.matrix import Derivative

FINE = 20  # bits of the random numbers, or one less than the dtype has
ROUNDED = 4  # bounds of float64 by which two numbers of float64 may be apart that take two ways
UNDERFLOW = 8  # smallest numbers of the dtype by which a line may be off


class Products(Protocol):
    """torch's products of the whole program; each ends with the function's value. Errors: GradcliError."""

    def hvp(self, tangents: Mapping[str, FloatArray], /) -> list[FloatArray]: ...
    def gradient(self, cotangent: FloatArray, /) -> list[FloatArray | None]: ...


@dataclass(frozen=True)
class Direction:
    """The products line by line: of a Hessian rows, of a Jacobian columns.

    vector: the direction
    given:  the sparse derivative's product; sizes: of the terms of each sum
    torch:  torch's product
    sums:   the second route's product in numbers with bounds, where it is known
    """

    vector: FloatArray
    given: FloatArray
    sizes: FloatArray
    torch: FloatArray
    settings: Settings
    sums: Sums | None = None

    @classmethod
    @np.errstate(all="ignore")
    def of(cls, derivative: Derivative, torch: Products, settings: Settings) -> Direction:
        """Errors: torch's, of GradcliError."""
        vector = _drawn(derivative.largest, settings)
        parts: list[FloatArray | None]
        if derivative.order == 1:
            parts = torch.gradient(vector.reshape(derivative.output))[:-1]
            given, sizes = derivative.times_from_left(vector)
        else:
            parts = [*torch.hvp(derivative.by_variable(vector))[:-1]]
            given, sizes = derivative.times(vector)
        shapes = derivative.shapes.values()
        flat = [np.zeros(shape) if part is None else part for part, shape in zip(parts, shapes, strict=True)]
        theirs = np.concatenate([part.ravel() for part in flat]) if flat else np.zeros(0)
        return cls(vector, given, sizes, theirs, settings)

    @cached_property
    def ratio(self) -> FloatArray:
        """How far each line is off, as a part of what is allowed; nan where a product is not finite."""
        with np.errstate(all="ignore"):
            allowed = self.allowed(slice(None))
            found: FloatArray = np.abs(self.given - self.torch)
            if self.sums is not None:
                known = np.isfinite(self.sums.error) & np.isfinite(self.sums.value)
                beyond = np.abs(self.given - self.sums.value) - self.sums.error
                found = np.maximum(found, np.where(known, beyond, 0.0))
            found /= allowed
        return found

    def allowed(self, lines: slice | int) -> FloatArray:
        """By how much lines may differ: the tolerance, relative to the size of their terms, and what rounding does."""
        dtype, sizes, reach = self.settings.float_type, self.sizes[lines], np.zeros(())
        if self.sums is not None:
            sizes = np.fmax(sizes, self.sums.terms[lines])
            error = self.sums.error[lines]
            reach = np.where(np.isfinite(error), error * (ROUNDED * dtype.unit / DOUBLE_UNIT), 0.0)
        return np.asarray(self.settings.tolerance * sizes + reach + UNDERFLOW * dtype.tiny)

    @cached_property
    def compared(self) -> npt.NDArray[np.bool_]:
        """Which lines are compared."""
        return np.isfinite(self.ratio)

    @cached_property
    def lost(self) -> Positions:
        """The lines of which torch's product is no number, and the sparse derivative's is one."""
        return np.flatnonzero(~self.compared & np.isfinite(self.given))

    @cached_property
    def off(self) -> Positions:
        """The lines that differ by more than is allowed, the worst first."""
        found = np.flatnonzero(self.ratio > 1)
        return found[np.argsort(-self.ratio[found], kind="stable")]

    def worst(self, count: int) -> Positions:
        """The lines that differ most, of those that differ, the worst first."""
        ratio = np.where(self.compared, self.ratio, 0.0)
        if not len(ratio):
            return np.zeros(0, dtype=np.int64)
        found = np.argpartition(ratio, max(len(ratio) - count, 0))[-count:]
        found = found[ratio[found] > 0]
        return np.asarray(found[np.argsort(-ratio[found], kind="stable")])


def _drawn(largest: FloatArray, settings: Settings) -> FloatArray:
    """Numbers between 1 and 2 of either sign, exact in the dtype, times powers of two by which all rows weigh alike."""
    dtype = settings.float_type
    generator = np.random.default_rng(settings.seed)
    bits = min(FINE, dtype.bits - 1)
    drawn = generator.integers(0, 2 ** (bits + 1), len(largest))
    found = np.asarray(1 + (drawn >> 1) * 2.0**-bits, dtype=np.float64)
    np.negative(found, out=found, where=(drawn & 1).astype(bool))
    most = dtype.top // 8
    exponents = np.clip(-np.frexp(largest)[1], -most, most)
    return np.asarray(np.ldexp(found, np.where(largest > 0, exponents, 0)), dtype=np.float64)
