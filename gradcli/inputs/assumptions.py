"""``S=symmetric,positive``, ``x @ x == 1``: what holds of the variables, as conditions of the language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from gradcli.base.errors import InputError, UsageError, printable
from gradcli.base.wording import option
from gradcli.closed.premises import premises_of as said_by
from gradcli.inputs.claim_lines import COMPARISON, NAME
from gradcli.inputs.request import texts_of
from gradcli.inputs.symbolic import Asked, Axes
from gradcli.language.parse import Expression, parse_condition
from gradcli.operations.table import did_you_mean

if TYPE_CHECKING:
    from gradcli.base.arrays import FloatArray

Assumptions: TypeAlias = "Mapping[str, str | Sequence[str]] | str | Sequence[str] | None"

_Words: TypeAlias = "Mapping[str, tuple[str, ...]]"

# NAME is the variable, COLUMNS its number of columns
_OF_MATRICES: _Words = {
    "symmetric": ("NAME == NAME.T",),
    "diagonal": ("NAME == diag(diag(NAME))",),
    "orthogonal": ("NAME.T @ NAME == eye(COLUMNS)",),
    "positive": ("det(NAME) > 0",),  # definite: its derivative needs no more of it
    "nonsingular": ("det(NAME) != 0",),
    "idempotent": ("NAME @ NAME == NAME",),
    "projector": ("NAME == NAME.T", "NAME @ NAME == NAME"),
    "stochastic": ("sum(NAME, dim=1) == 1",),
}
_OF_VECTORS: _Words = {"positive": ("NAME > 0",), "unit": ("NAME @ NAME == 1",), "stochastic": ("sum(NAME) == 1",)}
_OF_ENTRIES: _Words = {"positive": ("NAME > 0",)}
_OF_AXES = {2: _OF_MATRICES, 1: _OF_VECTORS}
_OF_ANY_SHAPE = {"orthogonal", "stochastic"}  # of matrices; the others are square


def premises_of(assume: Assumptions, asked: Asked) -> tuple[Expression, ...]:
    """The conditions that are assumed of a function's variables. Errors: InputError, UsageError."""
    valued = next((name for name in _by_name(assume) if name in asked.values), None)
    if valued is not None:
        raise _valued(valued)
    found = conditions_of(assume, asked.shapes)
    premises = tuple(parse_condition(text, bound=asked.parsed.names, sizes=asked.letters) for text in found)
    for name in (name for premise in premises for name in premise.names):
        if name not in asked.parsed.names:
            raise _unused(name)
        if name in asked.values:
            raise _valued(name)
    return premises


def conditions_of(assume: Assumptions, shapes: Mapping[str, Axes]) -> list[str]:
    """The same as texts; shapes: of the function's variables. Errors: InputError, UsageError."""
    found = [text.strip() for text in _stated(assume)]
    for name, properties in _by_name(assume).items():
        if name not in shapes:
            raise _unused(name)
        found += [condition for stated in properties for condition in _conditions(name, stated, shapes[name])]
    return list(dict.fromkeys(found))


def conditions_on(
    function: str,
    where: str | Sequence[str],
    assume: Assumptions,
    shapes: Mapping[str, Axes],
    given: Mapping[str, FloatArray],
) -> tuple[str, ...]:
    """All conditions on the variables of a function that is a text: those that are written, and what is assumed.

    Errors: InputError, UsageError.
    """
    scalars: dict[str, Axes] = dict.fromkeys(re.findall(NAME, function), ())
    valued = {name: tuple(map(str, value.shape)) for name, value in given.items()}
    return (*texts_of(where), *conditions_of(assume, scalars | valued | dict(shapes)))


def _unused(name: str) -> InputError:
    message = f"{option('assume')} names {printable(name)[:40]}, which the expression does not use"
    return InputError(message, kind="unused")


def _valued(name: str) -> UsageError:
    return UsageError(f"{option('assume')} names {name}, which has a value", hint="the value says it all")


def symmetric_of(premises: Sequence[Expression]) -> list[str]:
    """The names of matrices that conditions say to be symmetric."""
    said = said_by([premise.tree for premise in premises])
    return sorted(said.symmetric - said.diagonal)


def said_to_be(property_: str, assume: Assumptions) -> list[str]:
    """The names of which this is assumed."""
    return [name for name, properties in _by_name(assume).items() if property_ in properties]


def _stated(assume: Assumptions) -> list[str]:
    """What is said as a condition."""
    return [] if isinstance(assume, Mapping) else [text for text in texts_of(assume) if COMPARISON.search(text)]


def _by_name(assume: Assumptions) -> dict[str, list[str]]:
    if isinstance(assume, Mapping):
        return {str(name): _words(",".join(texts_of(properties))) for name, properties in assume.items()}
    found: dict[str, list[str]] = {}
    for text in (text for text in texts_of(assume) if not COMPARISON.search(text)):
        name, sign, properties = text.partition("=")
        if not sign:
            example = option("assume", "S=symmetric", '{"S": "symmetric"}')
            condition = option("assume", "'x @ x == 1'", '"x @ x == 1"')
            hint = f"for instance {example}, or {condition}"
            raise UsageError(f"'{printable(text)[:40]}' says nothing of a variable", hint=hint)
        found.setdefault(name.strip(), []).extend(_words(properties))
    return found


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _conditions(name: str, stated: str, axes: Axes) -> list[str]:
    """Errors: UsageError for what cannot be stated of a variable of this shape."""
    known = _OF_AXES.get(len(axes), _OF_ENTRIES)
    if stated not in known:
        close = did_you_mean(stated, known)
        hint = f"did you mean {close}?" if close else f"known are: {', '.join(known)}"
        kind = {2: "a matrix", 1: "a vector", 0: "a scalar"}.get(len(axes), f"a variable of {len(axes)} axes")
        raise UsageError(f"{option('assume')} does not know '{printable(stated)[:40]}' of {kind}", hint=hint)
    if len(axes) == 2 and stated not in _OF_ANY_SHAPE and axes[0] != axes[1]:
        raise UsageError(f"{name} is not square, so that it cannot be {stated}")
    return [text.replace("NAME", name).replace("COLUMNS", str(axes[-1] if axes else 1)) for text in known[stated]]
