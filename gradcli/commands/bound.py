"""The bound on memory that ``max_memory`` sets: what is counted before work starts has to be within it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gradcli.base.errors import LimitError
from gradcli.base.memory import SHARE, installed, shown
from gradcli.base.wording import option
from gradcli.commands.results import Result
from gradcli.inputs.request import memory_of
from gradcli.meaning.footprint import Footprint
from gradcli.meaning.task import Task


@dataclass(slots=True)
class Bound:
    """How many bytes the arrays of one command may take, and how many they are counted to take.

    asked: was the bound asked for? Else it is a share of the machine's memory, and nobody is told of it
    """

    footprint: Footprint
    limit: int
    asked: bool
    counted: int = 0

    @classmethod
    def of(cls, task: Task, max_memory: int | str | None) -> Bound:
        """Errors: UsageError for what is no size."""
        limit = memory_of(max_memory)
        share = int(SHARE * installed()) if limit is None else limit
        return cls(Footprint(task), share, limit is not None)

    def require(self, count: int, what: str, way: str = "") -> None:
        """Errors: LimitError where so many bytes are more than there may be. way: how it takes less."""
        self.counted = max(self.counted, count)
        if count <= self.limit:
            return
        whose = option("max_memory") if self.asked else f"{SHARE:.0%} of this machine's memory"
        raises = f"{option('max_memory', 'SIZE', 'SIZE')} raises the limit"
        raise LimitError(
            f"{what} takes {shown(count)} of memory, counted from the shapes, and {whose} is {shown(self.limit)}",
            hint=f"{way}; {raises}" if way else raises,
        )

    def told(self, result: Result) -> Result:
        """The result with what was counted, where a bound was asked for."""
        return replace(result, memory=self.counted) if self.asked and self.counted else result
