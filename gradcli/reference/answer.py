"""What is checked, and how: torch's answers, and the settings of a check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gradcli.base.dtypes import DType
from gradcli.language.nodes import Tree
from gradcli.meaning.arrays import Array
from gradcli.meaning.tape import TapeEntry
from gradcli.reference.routes import Place, Variable


@dataclass(frozen=True, slots=True)
class Answer:
    """One array of derivatives from torch and how its axes read.

    ``output_rank`` leading axes are output axes; the rest are the axes of ``wrt``, one variable after another.
    """

    label: str
    array: Array
    wrt: tuple[tuple[str, int], ...]  # each variable with its rank
    output_rank: int = 0

    def entry(self, place: Place) -> tuple[Place, tuple[Variable, ...]]:
        """The output entry and the variable entries that ``array[place]`` differentiates."""
        at = self.output_rank
        variables = []
        for name, rank in self.wrt:
            variables.append((name, place[at : at + rank]))
            at += rank
        return place[: self.output_rank], tuple(variables)

    def name(self, place: Place) -> str:
        return f"{self.label}[{', '.join(map(str, place))}]" if place else self.label


@dataclass(frozen=True, slots=True)
class Settings:
    """How to check. ``rtol`` None: the dtype's own tolerance.

    again(seed):     torch's run repeated with random rounding errors; None where that cannot be
    tape(cotangent): torch's backward tape of the same program
    retry(tree):     the same derivatives of another function of the same variables
    """

    dtype: str
    mode: str = "full"
    rtol: float | None = None
    atol: float = 0.0
    seed: int = 0
    seconds: float | None = 2.0
    again: Callable[[int], Sequence[Array] | None] | None = None
    tape: Callable[[Array | None], Sequence[TapeEntry]] | None = None
    retry: Callable[[Tree], Sequence[Array]] | None = None
    route: str = "best"  # "differences" where the answers are sympy's own

    @property
    def float_type(self) -> DType:
        return DType.of(self.dtype)

    @property
    def tolerance(self) -> float:
        return self.float_type.tolerance if self.rtol is None else self.rtol
