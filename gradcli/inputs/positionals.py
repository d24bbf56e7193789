"""Which of the texts after ``check`` are formulas, and which are values of variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gradcli.base.errors import GradcliError
from gradcli.language.parse import parse

_ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")


def parted(texts: Sequence[str], wanted: int) -> tuple[list[str], list[str]]:
    """The formulas and the ``NAME=VALUE``, each in their order.

    Several statements are a formula, ``a = x**2; a*y``. One assignment is a value, unless so many formulas are wanted
    and there are fewer: then one that has free names is the formula that it assigns, ``loss = x**2``.

    >>> parted(["a = x**2; a*y", "2*x*y", "y=3"], 2)
    (['a = x**2; a*y', '2*x*y'], ['y=3'])
    >>> parted(["f = x**2", "df = 2*x", "x=3"], 2)
    (['f = x**2', 'df = 2*x'], ['x=3'])
    """
    formulas = [k for k, text in enumerate(texts) if not _ASSIGNMENT.match(text) or _has_several_statements(text)]
    if len(formulas) < wanted:
        free = [k for k in _of_free_names(texts) if k not in formulas]
        formulas = sorted([*formulas, *free[: wanted - len(formulas)]])
    return [texts[k] for k in formulas], [text for k, text in enumerate(texts) if k not in formulas]


def _has_several_statements(text: str) -> bool:
    return ";" in text.strip().rstrip(";") or "\n" in text.strip()


def _of_free_names(texts: Sequence[str]) -> Iterator[int]:
    """The places of assignments of what is no value: a value may be made of earlier ones."""
    known = set[str]()
    for k, text in enumerate(texts):
        name = _ASSIGNMENT.match(text)
        if name is None:
            continue
        try:
            free = {*parse(text[name.end() :]).names} - known
        except GradcliError:  # a path or a list of numbers
            free = set()
        if free:
            yield k
        else:
            known.add(name[1])
