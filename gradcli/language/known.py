"""What is known of names before a text is read: the values that some have, and how many axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import Any, NamedTuple, Protocol, TypeAlias

from gradcli.base.arrays import FloatArray, is_mask
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


Numbers: TypeAlias = int | tuple[Any, ...]  # Any: nested tuples of whole numbers, or of truth values in a mask


@dataclass(frozen=True, slots=True)
class Mask:
    """Where a condition holds; edge: the names in comparisons between equal numbers, with which it may jump."""

    truth: tuple[Any, ...]  # Any: nested tuples of truth values
    edge: frozenset[str]


class Asking(Protocol):
    """Who tells what a formula of names with values is, whole numbers or truth values; None where it is not."""

    def whole(self, tree: Tree) -> Numbers | None: ...
    def mask(self, condition: Tree) -> Mask | None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """values: by name, where they are given beside the text; ranks: axes of names that have a shape but no value.

    shape_of: the shape of a part of the text, where somebody knows; asking: the numbers of one
    """

    values: Mapping[str, FloatArray] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    shape_of: ShapeOf | None = None
    asking: Asking | None = None

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

    def is_mask(self, name: str) -> bool:
        """Does it hold truth values?"""
        return name in self.values and is_mask(self.values[name])

    def numbers(self, name: str) -> Numbers | None:
        """Its whole numbers or truth values, where it is an array of nothing else."""
        value = self.values.get(name)
        if value is None or not value.ndim:
            return None
        return whole_numbers(value.astype(bool) if is_mask(value) else value)


def whole_numbers(array: Any) -> Numbers | None:  # Any: numpy's array of numbers or of truth values
    """As nested tuples; None where one of them is no whole number."""
    if array.dtype.kind == "f":
        if not (array == array.round()).all() or (abs(array) >= 2**53).any():
            return None
        array = array.astype(int)
    nested: Numbers = _nested(array.tolist())
    return nested


def _nested(part: Any) -> Any:  # Any: nested lists as nested tuples
    return tuple(map(_nested, part)) if isinstance(part, list) else part


NOTHING = Known()
