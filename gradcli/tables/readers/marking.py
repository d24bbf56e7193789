"""Marks on their way: rows that fail, the first reason of each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gradcli.tables.rows import Codes, Marks

_MOST = np.iinfo(np.int16).max  # of reasons in one batch; what comes behind shares the last one
_OTHERWISE = "it is unlike the other rows"

Where = npt.NDArray[np.bool_]


class Marker:
    """Collects why rows fail; of several reasons the first one stays."""

    def __init__(self, rows: int) -> None:
        self.codes: Codes = np.zeros(rows, np.int16)
        self._known: dict[str, int] = {}

    def mark(self, where: Where, reason: str) -> None:
        """Rows that fail for this reason, as far as they did not fail before."""
        fresh = where & (self.codes == 0)
        if fresh.any():
            self.codes[fresh] = self._code(reason)

    def mark_row(self, row: int, reason: str) -> None:
        if self.codes[row] == 0:
            self.codes[row] = self._code(reason)

    @property
    def marks(self) -> Marks:
        return Marks(self.codes, tuple(self._known))

    def _code(self, reason: str) -> int:
        if reason not in self._known and len(self._known) >= _MOST - 1:
            reason = _OTHERWISE
        return self._known.setdefault(reason, len(self._known) + 1)
