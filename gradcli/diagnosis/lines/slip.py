"""A slip: what somebody may have made of a part of the right line above, and how that is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.diagnosis.lines.parts import as_fractions, as_written
from gradcli.language.nodes import Tree

Written = Callable[[Tree], str]


@dataclass(frozen=True, slots=True)
class Slip:
    """``new`` in the place of a part; parts: the formulas for the ``{}`` of the text; due: what is right there."""

    kind: str
    text: str
    new: Tree
    parts: tuple[Tree, ...] = ()
    due: Tree | None = None

    def said(self, write: Written) -> str:
        return self.text.format(*(write(as_written(as_fractions(part))) for part in self.parts))


Rule = Callable[[Tree, Facts], Iterator[Slip]]


def instead(kind: str, old: Tree, right: Tree, wrong: Tree) -> Slip:
    """``x*x is x**2, not x``."""
    return Slip(kind, "{} is {}, not {}", wrong, (old, right, wrong), right)
