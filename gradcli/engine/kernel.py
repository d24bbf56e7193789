"""What computes the outputs of rows: the compiled code and torch alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray

Marked = npt.NDArray[np.uint8]


class Kernel(Protocol):
    """Value and derivatives at rows, whose formulas it was made of.

    name:        ``compiled`` or ``torch``
    counts_loss: does it mark rows in which digits were lost?
    """

    @property
    def name(self) -> str: ...
    @property
    def counts_loss(self) -> bool: ...

    def run(
        self,
        columns: Mapping[str, FloatArray],
        fixed: Mapping[str, float],
        outputs: Mapping[str, FloatArray],
        flags: Marked,
    ) -> None:
        """Fills ``outputs`` and ``flags``.

        columns: by name, each contiguous, of shape (rows,)
        outputs: by name, each contiguous, of shape (rows, *shape in one row)
        flags:   of shape (rows,); bits of ``engine.flags.Flag``
        """
        ...
