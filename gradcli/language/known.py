"""What is known of names before a text is read: the values that some have, and how many axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import NamedTuple, TypeAlias

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import Span
from gradcli.language.nodes import Tree
from gradcli.operations.shape_rules import Shape


class Part(NamedTuple):
    """A part of a text of which the shape is asked, as its tree, and where that is written."""

    tree: Tree
    source: str
    spans: Mapping[Tree, Span]
    place: tuple[int, ...]


ShapeOf: TypeAlias = Callable[[Part], Shape]


@dataclass(frozen=True, slots=True)
class Known:
    """values: by name, where they are given beside the text; ranks: axes of names that have a shape but no value.

    shape_of: the shape of a part of the text, where somebody knows
    """

    values: Mapping[str, FloatArray] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    shape_of: ShapeOf | None = None

    def rank(self, name: str) -> int | None:
        """How many axes it has; None where nobody has said."""
        return self.values[name].ndim if name in self.values else self.ranks.get(name)

    def number(self, name: str) -> int | Fraction | None:
        """Its value, where it is one finite number."""
        value = self.values.get(name)
        if value is None or value.ndim or not isfinite(value):
            return None
        exact = Fraction(float(value))
        return int(exact) if exact.denominator == 1 else exact


NOTHING = Known()
