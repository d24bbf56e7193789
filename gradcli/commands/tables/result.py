"""What comes of a table: how many rows, which failed and why, what the kernel flagged, the verdict on a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import ExitCode
from gradcli.base.words import SCHEMA
from gradcli.commands.results import json_value
from gradcli.tables.rows import Marks
from gradcli.verdicts.verdict import Check, Verdict


@dataclass(frozen=True)  # no slots: the verdict is kept in the instance
class TableResult:
    """The answer of ``grad_table`` and its kin.

    rows:     of the table, each with a row in the answer
    failures: how many rows failed, by reason
    first_failed: the number of the first of them, from 0
    flags:    rows on a kink, and rows in which half of the digits are lost; None for what the engine does not count
    engine:   what computed it: compiled, torch or rows
    sampled:  rows that were drawn, of which ``check`` is
    checking: makes the verdict
    columns:  the answer as arrays by name, (rows, *shape), where it was not written anywhere; marks: its failed rows
    path:     the file that was written
    device:   where it was computed; dtype: in which float type
    """

    command: str
    expression: str
    read_as: str
    wrt: tuple[str, ...]
    rows: int
    failures: Mapping[str, int]
    first_failed: int | None
    flags: Mapping[str, int | None]
    engine: str
    sampled: int
    seed: int
    checking: Callable[[], Check] = field(repr=False, compare=False)
    tolerated: bool = False  # are failed rows no failure of the command?
    path: str | None = None
    device: str = "cpu"
    dtype: str = DType.FLOAT64
    notes: tuple[str, ...] = ()
    columns: Mapping[str, FloatArray] | None = field(default=None, repr=False)
    marks: Marks | None = field(default=None, repr=False)

    @cached_property
    def check(self) -> Check:
        """The verdict on the rows that were drawn; its findings name rows. Worked out when it is first asked for: it
        takes as long as a million rows."""
        return self.checking()

    @property
    def failed(self) -> int:
        """How many rows failed."""
        return sum(self.failures.values())

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """NO for a drawn row that is wrong or has too few digits; MATHEMATICS where rows failed, unless tolerated."""
        verdict = self.check.verdict
        if verdict in (Verdict.TRAP, Verdict.DIFFERS):
            return ExitCode.NO
        if self.failed and not self.tolerated:
            return ExitCode.MATHEMATICS
        singular = verdict is Verdict.SINGULAR and self.failed  # among the failed rows, which are tolerated
        enough = DType.FLOAT64.enough
        return ExitCode.DONE if singular else self.check.exit_code(strict=strict, min_digits=enough)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        """The JSON object."""
        found = {
            "schema": SCHEMA,
            "command": self.command,
            "expression": self.expression,
            "read_as": self.read_as,
            "wrt": list(self.wrt),
            "rows": self.rows,
            "failed": self.failed,
            "failures": dict(self.failures),
            "first_failed": self.first_failed,
            "flags": dict(self.flags),
            "engine": self.engine,
            "device": self.device,
            "dtype": self.dtype,
            "check": json_value(self.check.to_dict()),
            "sampled": self.sampled,
            "seed": self.seed,
            "output": self.path,
        }
        return found | ({"notes": list(self.notes)} if self.notes else {})
