"""``S=symmetric,positive``: what holds of a variable, as conditions of the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gradcli.base.errors import InputError, UsageError, printable
from gradcli.base.wording import option
from gradcli.closed.premises import premises_of as said_by
from gradcli.inputs.request import texts_of
from gradcli.inputs.symbolic import Asked, Axes
from gradcli.language.parse import Expression, parse_condition
from gradcli.operations.table import did_you_mean

Assumptions: TypeAlias = "Mapping[str, str | Sequence[str]] | str | Sequence[str] | None"

# NAME is the matrix, COLUMNS its number of columns
_OF_MATRICES = {
    "symmetric": "NAME == NAME.T",
    "diagonal": "NAME == diag(diag(NAME))",
    "orthogonal": "NAME.T @ NAME == eye(COLUMNS)",
    "positive": "",  # definite: it says where the function is defined, and its derivative needs no more
}
_OF_ENTRIES = {"positive": "NAME > 0"}


def premises_of(assume: Assumptions, asked: Asked) -> tuple[Expression, ...]:
    """The conditions that are assumed of a function's variables. Errors: InputError, UsageError."""
    valued = next((name for name in _by_name(assume) if name in asked.values), None)
    if valued is not None:
        raise UsageError(f"{option('assume')} names {valued}, which has a value", hint="the value says it all")
    found = conditions_of(assume, asked.shapes)
    return tuple(parse_condition(text, bound=asked.parsed.names, sizes=asked.letters) for text in found)


def conditions_of(assume: Assumptions, shapes: Mapping[str, Axes]) -> list[str]:
    """The same as texts; shapes: of the function's variables. Errors: InputError, UsageError."""
    found = []
    for name, properties in _by_name(assume).items():
        if name not in shapes:
            message = f"{option('assume')} names {printable(name)[:40]}, which the expression does not use"
            raise InputError(message, kind="unused")
        found += [_condition(name, stated, shapes[name]) for stated in properties]
    return [text for text in found if text]


def symmetric_of(premises: Sequence[Expression]) -> list[str]:
    """The names of matrices that conditions say to be symmetric."""
    said = said_by([premise.tree for premise in premises])
    return sorted(said.symmetric - said.diagonal)


def said_to_be(property_: str, assume: Assumptions) -> list[str]:
    """The names of which this is assumed."""
    return [name for name, properties in _by_name(assume).items() if property_ in properties]


def _by_name(assume: Assumptions) -> dict[str, list[str]]:
    if isinstance(assume, Mapping):
        return {str(name): _words(",".join(texts_of(properties))) for name, properties in assume.items()}
    found: dict[str, list[str]] = {}
    for text in texts_of(assume):
        name, sign, properties = text.partition("=")
        if not sign:
            example = option("assume", "S=symmetric", '{"S": "symmetric"}')
            raise UsageError(f"'{printable(text)[:40]}' says nothing of a variable", hint=f"for instance {example}")
        found.setdefault(name.strip(), []).extend(_words(properties))
    return found


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _condition(name: str, stated: str, axes: Axes) -> str:
    """Errors: UsageError for what cannot be stated of a variable of this shape."""
    known = _OF_MATRICES if len(axes) == 2 else _OF_ENTRIES
    if stated not in known:
        close = did_you_mean(stated, known)
        hint = f"did you mean {close}?" if close else f"known are: {', '.join(known)}"
        kind = "a matrix" if len(axes) == 2 else f"a variable of {len(axes)} axes"
        raise UsageError(f"{option('assume')} does not know '{printable(stated)[:40]}' of {kind}", hint=hint)
    if stated in {"symmetric", "diagonal"} and axes[0] != axes[1]:
        raise UsageError(f"{name} is not square, so that it cannot be {stated}")
    return known[stated].replace("NAME", name).replace("COLUMNS", str(axes[-1] if axes else 1))
