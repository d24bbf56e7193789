"""Arguments that say where a result is kept, and in which type: nothing of its value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from gradcli.base.dtypes import FLOATING
from gradcli.language.calls import Reader, Term

PYTHONS_TYPES = frozenset({"float", "int", "bool"})
TYPES = frozenset({*FLOATING, *PYTHONS_TYPES, "int64", "long", "int32"})  # names that libraries have for them
_LAYOUTS = frozenset({"strided", "preserve_format", "contiguous_format", "channels_last"})
WORDS_OF_STORAGE = TYPES | _LAYOUTS
IN_ONE_TYPE = "all numbers are computed in one type"

_STORED: dict[str, Callable[[Any], bool]] = {  # Any: see Term.constant
    "out": lambda _: False,
    "generator": lambda _: False,
    "dtype": lambda value: value in FLOATING,
    "layout": lambda value: value in _LAYOUTS,
    "memory_format": lambda value: value in _LAYOUTS,
    "device": lambda value: isinstance(value, str),
    **dict.fromkeys(("requires_grad", "pin_memory", "non_blocking"), lambda value: isinstance(value, bool)),
}


def without_storage(
    reader: Reader, shown: str, keywords: Mapping[str, Term], read: Collection[str] = ()
) -> dict[str, Term]:
    """The arguments that are left; read: names of those that the call itself reads, beside floats' types.

    Errors: ExpressionError where one has a part in the value.
    """
    kept = {}
    for name, term in keywords.items():
        fits = _STORED.get(name)
        if fits is None:
            kept[name] = term
        elif name == "dtype" and fits(term.constant):
            reader.note(IN_ONE_TYPE)
        elif name in read and (name != "dtype" or term.constant is None or isinstance(term.constant, str)):
            kept[name] = term
        elif term.constant is not None and not fits(term.constant):
            hint = "gradcli computes with real numbers" if name == "dtype" else f"leave {name}= out"
            raise reader.error(
                f"{shown} is not read with {name}={reader.text_of(term)}", term.span, hint=hint, kind="arity"
            )
    return kept
