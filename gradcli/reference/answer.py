"""What is checked, and how: torch's answers, and the settings of a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Protocol

from gradcli.base.dtypes import DType
from gradcli.language.nodes import Tree
from gradcli.meaning.scalars import Array
from gradcli.meaning.tape import TapeEntry
from gradcli.reference.problem import Entry, Place, entry_of


@dataclass(frozen=True, slots=True)
class Answer:
    """One array of derivatives from torch and how its axes read.

    ``output_rank`` leading axes are output axes; the rest are the axes of ``wrt``, one variable after another.
    label: the names that tell it from other answers
    """

    label: tuple[str, ...]
    array: Array
    wrt: tuple[tuple[str, int], ...]  # each variable with its rank
    output_rank: int = 0

    def entry(self, place: Place) -> Entry:
        """The output entry and the variable entries that ``array[place]`` differentiates."""
        return entry_of(place, self.wrt)

    def name(self, place: Place) -> str:
        """An entry for people: ``x,y[0, 1]``."""
        label = ",".join(self.label)
        return f"{label}[{', '.join(map(str, place))}]" if place else label


class TorchSide(Protocol):
    """torch, asked again about the derivatives that are checked. Errors: GradcliError."""

    def tape(self, cotangent: Array | None) -> Sequence[TapeEntry]:
        """The backward tape of the same program."""

    def retry(self, tree: Tree) -> Sequence[Array]:
        """The same derivatives of another function of the same variables."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to check. ``rtol`` None: the dtype's own tolerance.

    torch:    None where the answers are not torch's
    whose:    who gave them, for people
    formulas: may sympy be asked? Not where the answers are sympy's own.
    """

    dtype: str
    _: KW_ONLY
    mode: str = "full"
    rtol: float | None = None
    atol: float = 0.0
    seed: int = 0
    seconds: float | None = 20.0
    torch: TorchSide | None = None
    whose: str = "torch"
    formulas: bool = True

    @property
    def float_type(self) -> DType:
        return DType.of(self.dtype)

    @property
    def tolerance(self) -> float:
        return self.float_type.tolerance if self.rtol is None else float(self.rtol)
