"""All entries of a sparse derivative at once: its product with a random vector beside torch's own.

torch computes ``H v`` or ``v^T J`` of the whole program, without slices, patterns, colours and sums of rows, so that an
entry that is wrong, at a wrong place, or missing moves a row of a Hessian, or a column of a Jacobian. It is not seen
where it is smaller than the rounding of the terms in its line; the lines that differ most are looked at for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions
from gradcli.reference.answer import Settings
from gradcli.verdicts.sparse.matrix import Derivative

FINE = 20  # bits of the random numbers, or one less than the dtype has
UNDERFLOW = 8  # smallest numbers of the dtype by which a line may be off


class Products(Protocol):
    """torch's products of the whole program; each ends with the function's value. Errors: GradcliError."""

    def hvp(self, tangents: Mapping[str, FloatArray], /) -> list[FloatArray]: ...
    def gradient(self, cotangent: FloatArray, /) -> list[FloatArray | None]: ...


@dataclass(frozen=True, slots=True)
class Direction:
    """The products line by line: of a Hessian rows, of a Jacobian columns.

    vector: the direction
    given:  the sparse derivative's product; sizes: of the terms of each sum
    torch:  torch's product
    """

    vector: FloatArray
    given: FloatArray
    sizes: FloatArray
    torch: FloatArray
    settings: Settings

    @classmethod
    @np.errstate(all="ignore")
    def of(cls, derivative: Derivative, torch: Products, settings: Settings) -> Direction:
        """Errors: torch's, of GradcliError."""
        vector = _drawn(derivative.largest, settings)
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

    @property
    @np.errstate(all="ignore")
    def apart(self) -> FloatArray:
        """How far each line is off; nan where a product is not finite."""
        found: FloatArray = np.abs(self.given - self.torch)
        return found

    @property
    def allowed(self) -> FloatArray:
        found: FloatArray = self.settings.tolerance * self.sizes + UNDERFLOW * self.settings.float_type.tiny
        return found

    @property
    def lost(self) -> Positions:
        """The lines of which torch's product is no number, and the sparse derivative's is one."""
        return np.flatnonzero(np.isfinite(self.given) & ~np.isfinite(self.torch))

    @property
    def finite(self) -> int:
        """The lines that are compared."""
        return int(np.count_nonzero(np.isfinite(self.apart)))

    @property
    @np.errstate(all="ignore")
    def off(self) -> Positions:
        """The lines that differ by more than the tolerance of their terms, the worst first."""
        ratio = self.apart / self.allowed
        found = np.flatnonzero(ratio > 1)
        return found[np.argsort(-ratio[found], kind="stable")]

    @np.errstate(all="ignore")
    def worst(self, count: int) -> Positions:
        """The lines that differ most, of those that differ, the worst first."""
        ratio = self.apart / self.allowed
        ratio[~np.isfinite(ratio)] = 0
        found = np.argpartition(-ratio, min(count, len(ratio) - 1))[:count] if len(ratio) else np.zeros(0, np.int64)
        found = found[ratio[found] > 0]
        return found[np.argsort(-ratio[found], kind="stable")]


def _drawn(largest: FloatArray, settings: Settings) -> FloatArray:
    """Numbers between 1 and 2 of either sign, exact in the dtype, times powers of two by which all rows weigh alike."""
    dtype = settings.float_type
    generator = np.random.default_rng(settings.seed)
    bits = min(FINE, dtype.bits - 1)
    fine = 1 + generator.integers(0, 2**bits, len(largest)) * 2.0**-bits
    signs = 1 - 2 * generator.integers(0, 2, len(largest))
    most = dtype.top // 8
    exponents = np.where(largest > 0, np.clip(-np.frexp(largest)[1], -most, most), 0)
    found: FloatArray = np.ldexp(fine * signs, exponents)
    return found
