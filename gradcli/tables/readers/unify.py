"""The columns of files together: one type for each, and what is said of a column about which they disagree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any  # Any throughout: pyarrow has no types

from gradcli.base.errors import printable
from gradcli.tables.readers.arrow_cells import columns_of
from gradcli.tables.readers.library import arrow
from gradcli.tables.readers.parquet import Piece
from gradcli.tables.variables import Column

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")  # of 64 bits
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

Key = tuple[str, int]  # a name, and how many columns of it there are before


@dataclass(slots=True)
class _Found:
    """A column in some files: the first file of each type, one that lacks it, what directories say where it is none."""

    types: dict[Any, str] = field(default_factory=dict)
    lacking: str | None = None
    texts: dict[str | None, str] = field(default_factory=dict)


def keys_of(schema: Any) -> list[Key]:
    """What tells columns apart, those of one name too."""
    seen: dict[str, int] = {}
    keys = []
    for name in schema.names:
        seen[name] = seen.get(name, -1) + 1
        keys.append((name, seen[name]))
    return keys


def unified(files: Iterable[tuple[Piece, Any]]) -> tuple[Any, tuple[Column, ...]]:
    """The pyarrow.Schema of all columns, and the same as columns.

    files: with the schema of each
    """
    forms: dict[Any, list[Piece]] = {}  # by schema, and by what the directories speak of
    for piece, schema in files:
        forms.setdefault((schema, tuple(key for key, _ in piece.given)), []).append(piece)
    found: dict[Key, _Found] = {}
    for schema, _ in forms:  # columns of files before those of directories
        found |= {key: _Found() for key in keys_of(schema) if key not in found}
    found |= {(name, 0): _Found() for _, given in forms for name in given if (name, 0) not in found}
    for (schema, _), pieces in forms.items():
        _take(found, schema, pieces)
    fields, refused = [], []
    for key, one in found.items():
        kind, why = _settled(one, printable(key[0])[:80])
        fields.append((key[0], kind))
        refused.append(why)
    whole = arrow().schema(fields)
    return whole, tuple(replace(column, refused=why) for column, why in zip(columns_of(whole), refused, strict=True))


def _take(found: dict[Key, _Found], schema: Any, pieces: Sequence[Piece]) -> None:
    """What files of one form have."""
    own = dict(zip(keys_of(schema), schema.types, strict=True))
    for key, one in found.items():
        if key in own:
            one.types.setdefault(own[key], pieces[0].name)
        elif key[1] == 0 and any(name == key[0] for name, _ in pieces[0].given):
            for piece in pieces:
                one.texts.setdefault(dict(piece.given)[key[0]], piece.name)
        else:
            one.lacking = one.lacking or pieces[0].name


def _settled(one: _Found, name: str) -> tuple[Any, str | None]:
    """The type of a column, and why it cannot be used."""
    types = dict(one.types)
    if one.texts:
        types.setdefault(_type_of(one.texts), next(iter(one.texts.values())))
    kind = _common(list(types))
    if kind is None:
        (first, there), *others = types.items()
        other, elsewhere = next(item for item in others if _common([first, item[0]]) is None)
        return first, f"column {name} holds {first} in {there}, and {other} in {elsewhere}"
    there = next(iter(types.values()))
    return kind, None if one.lacking is None else f"column {name} is in {there}, and not in {one.lacking}"


def _common(kinds: Sequence[Any]) -> Any:
    """A type that holds what all of these hold, or nearly; None where there is none."""
    library = arrow()
    if len(kinds) == 1:
        return kinds[0]
    plain = [kind.value_type if library.types.is_dictionary(kind) else kind for kind in kinds]
    plain = [library.float32() if library.types.is_float16(kind) else kind for kind in plain]  # not all versions do
    try:
        schemas = [library.schema([("", kind)]) for kind in plain]
        return library.unify_schemas(schemas, promote_options="permissive").field(0).type
    except library.ArrowException:
        return None


def _type_of(texts: Iterable[str | None]) -> Any:
    """Of what directories say: whole numbers, numbers, or texts."""
    library = arrow()
    said = [text for text in texts if text is not None]
    if all(_WHOLE.fullmatch(text) for text in said):
        return library.int64() if said else library.null()
    return library.float64() if all(_NUMBER.fullmatch(text) for text in said) else library.string()
