"""What a value depends on, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions
from gradcli.meaning.sparsity.lists import Lists
from gradcli.operations.shape_rules import Shape, size

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Support:
    """What a value of this shape depends on.

    variables: by name
    lists:     for each entry, in C order, the positions among the entries of all variables; None: it may be any of them
    zeros:     (entries,) those that are 0 wherever the variables are; None: none is known to be
    numbers:   (entries,) of a constant, where they are known exactly
    """

    shape: Shape
    variables: frozenset[str]
    lists: Lists | None
    zeros: Mask | None = None
    numbers: FloatArray | None = None

    @cached_property
    def zero(self) -> Mask | None:
        """``zeros``, those of known numbers included."""
        return self.zeros if self.numbers is None else self.numbers == 0

    def places(self, shape: Shape) -> Positions:
        """(entries of ``shape``,) the entry that stands in each place where the value is broadcast to it."""
        own = np.arange(size(self.shape)).reshape(self.shape)
        return np.broadcast_to(own, shape).reshape(-1)

    def zero_in(self, shape: Shape) -> Mask | None:
        """``zero`` where the value is broadcast."""
        return None if self.zero is None else np.broadcast_to(self.zero.reshape(self.shape), shape).reshape(-1)


def constant(
    shape: Shape, numbers: Any = None, zeros: Mask | None = None
) -> Support:  # Any: what numpy takes for an array
    """A value without variables."""
    known = None if numbers is None else np.asarray(numbers, dtype=np.float64).reshape(-1)
    return Support(shape, frozenset(), Lists.empty(size(shape)), zeros, known)


def anything(shape: Shape, variables: frozenset[str]) -> Support:
    """Each entry may depend on all entries of these variables."""
    return Support(shape, variables, None)
