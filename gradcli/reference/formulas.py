"""The derivative as a formula: sympy's entries, written in gradcli's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.language.write import write_formula
from gradcli.meaning.scalars import Array
from gradcli.meaning.symbolic import failures
from gradcli.meaning.symbolic_size import operations
from gradcli.reference.answer import Answer
from gradcli.reference.sympy_route import SympyRoute

MAX_ENTRIES = 64
MAX_LENGTH = 4_000  # characters of all formulas together

Label = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Formulas:
    """By the answers' labels, formulas as text and as sympy trees; None where the problem is too large to read.

    digits: the derivative's decimal digits as texts, where they were asked for
    """

    text: Mapping[Label, Any] | None = None  # Any: a text, or texts by column variable
    trees: Mapping[Label, Any] | None = None  # Any: an array of trees, or arrays by column variable
    digits: Mapping[Label, Any] | None = None  # Any: a text, or nested lists of texts


NO_FORMULAS = Formulas()


def formulas(route: SympyRoute, answers: Sequence[Answer]) -> Formulas:
    """The formulas of the answers, where they are short enough to read."""
    if sum(answer.array.size for answer in answers) > MAX_ENTRIES:
        return NO_FORMULAS
    trees: dict[Label, Array] = {}
    try:
        with failures():
            for answer in answers:
                trees[answer.label] = trees_of(route, answer)
            if sum(operations(tree) for array in trees.values() for tree in array.ravel()) > MAX_LENGTH:
                return NO_FORMULAS  # each operation takes a character or more
            texts = {label: nested(array) for label, array in trees.items()}
    except LimitError:
        return NO_FORMULAS
    if sum(map(len, texts.values())) > MAX_LENGTH:
        return NO_FORMULAS
    return Formulas(texts, trees)


def trees_of(route: SympyRoute, answer: Answer) -> Array:
    """sympy's derivative of each entry, as an object array of the answer's shape."""
    trees = np.empty(answer.array.shape, dtype=object)
    for place in np.ndindex(answer.array.shape):
        trees[place] = route.formula(answer.entry(place))
    return trees


def nested(trees: Array, *, decimals: bool = False) -> str:
    """``[2*x[0], 2*x[1]]``, one bracket for each axis."""
    if trees.ndim == 0:
        return write_formula(trees[()], decimals=decimals)
    return f"[{', '.join(nested(np.asarray(part, dtype=object), decimals=decimals) for part in trees)}]"
