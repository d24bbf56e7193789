"""Claims in tables of TOML: ``[[claim]]`` with function and derivative, and ``[defaults]`` that all of them inherit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from gradcli.inputs.claim_lines import (
    ARRANGING,
    NAME,
    WAYS,
    ClaimText,
    Page,
    Setting,
    bindings,
    cut,
    has_value,
    is_shape,
    settle,
)
from gradcli.inputs.toml_tables import Number, Table, described, read_document
from gradcli.language.tokens import normalise
from gradcli.operations.table import did_you_mean

KINDS = ("grad", "jacobian", "hessian", "value")
_NAMES = "a name is a letter, then letters, digits or _; several are a list: ['x', 'y']"
_WAYS = {
    "sizes": "write shapes = { X = 'n,d', y = [3] }, or shapes = ['X=n,d', 'y=3']",
    "values": "write at = { x = 3, y = [1, 2], z = 'pi/4' }, or at = ['x=3', 'y=1,2']",
    "properties": "write assume = { S = 'symmetric' }, or assume = ['S=symmetric', 'x @ x == 1']",
}
MAX_AXES = 32  # of a value
_INHERITED = ("function", "wrt", "kind", "shapes", "where", "assume", *ARRANGING)
_OF_A_CLAIM = ("name", "function", "wrt", "derivative", *_INHERITED[2:], "at", "values")


def read_toml(page: Page) -> list[ClaimText]:
    """The claims of ``[[claim]]`` tables, with what ``[defaults]`` says. Errors: InputError, of malformed TOML too."""
    root = read_document(page.text, page.wrong)
    root.only(("claim", "defaults"))
    defaults = root.table("defaults")
    defaults.only(_INHERITED)
    claims = [claim for table in root.tables("claim") for claim in _of_table(page, table, defaults)]
    inherited = [Setting.of(defaults.line("shapes", _name_in(text)), "shape", text) for text in _shapes(defaults)]
    inherited += [Setting.of(defaults.line("where"), "where", text) for text in defaults.texts("where")]
    inherited += [Setting.of(defaults.line("assume", _name_in(text)), "assume", text) for text in _assumed(defaults)]
    inherited += [Setting.of(defaults.line(kind), kind, str(way)) for kind, way in _ways(defaults).items() if way]
    return settle(page, claims, inherited) if claims else []


def _of_table(page: Page, table: Table, defaults: Table) -> Iterator[ClaimText]:
    """The claim of a table; of a table of derivatives, one for each variable."""
    table.only(_OF_A_CLAIM)
    function = table.text("function", numbers=True) or defaults.text("function", numbers=True)
    derivative = table.data.get("derivative")
    if function is None or derivative is None:
        missing = "function" if function is None else "derivative"
        raise table.wrong(f"a claim without {missing}, expected the key {missing}", f'add {missing} = "..."')
    several = table.table("derivative") if isinstance(derivative, dict) else None
    if several is not None and ("wrt" in table.data or not derivative):
        message = "derivative: found a table and the key wrt" if derivative else "derivative: found an empty table"
        raise table.wrong(f"{message}, expected variables in one of them", "remove wrt", "derivative")
    name = table.text("name", numbers=True) or ""
    wrt, kind = _wrt(table) or _wrt(defaults), _kind(table) or _kind(defaults)
    shapes, where, line = _shapes(table), table.texts("where"), table.line("derivative")
    told = (shapes, where, _values(table), _assumed(table))
    whole = ClaimText(function, "", wrt, kind, *told, **_ways(table), name=name, file=page.path, line=line)
    if several is None:
        yield replace(whole, claim=table.text("derivative", numbers=True) or "")
        return
    for variable in several.data:
        yield replace(
            whole,
            claim=several.text(variable, numbers=True) or "",
            wrt=_variables(several, (variable,), variable),
            name=f"{name} ({variable})" if name else "",
            line=several.line(variable),
        )


def _kind(table: Table) -> str | None:
    return _one_of(table, "kind", KINDS, "remove it: the kind follows from the shapes")


def _one_of(table: Table, key: str, known: Sequence[str], hint: str = "remove it") -> str | None:
    """The text behind a key, None without it. Errors: InputError for one that is not known."""
    text = table.text(key)
    if text is not None and text not in known:
        close = did_you_mean(text, known) or next((word for word in known if text.startswith(word)), None)
        hint = f"did you mean {close}?" if close else hint
        raise table.wrong(f"{key}: found {described(text)}, expected {', '.join(known)}", hint, key)
    return text


def _ways(table: Table) -> dict[str, Any]:  # Any: texts and flags
    """How the derivative is arranged, by the names of the settings."""
    layout, symmetric = (_one_of(table, key, known) for key, known in WAYS.items())
    return {"layout": layout, "vec": table.flag("vec"), "symmetric": symmetric}


def _assumed(table: Table) -> tuple[str, ...]:
    if isinstance(table.data.get("assume"), dict):
        return _pairs(table, "assume", _words_text, "properties", has_value)
    return table.texts("assume")


def _words_text(value: Any) -> str | None:  # Any: TOML values
    parts = value if isinstance(value, list) else [value]
    return ",".join(map(str.strip, parts)) if all(type(part) is str for part in parts) else None


def _wrt(table: Table) -> str | None:
    return _variables(table, table.texts("wrt"), "wrt") if "wrt" in table.data else None


def _variables(table: Table, texts: Sequence[str], key: str) -> str:
    """Names with commas between them. Errors: InputError for what is no name."""
    names = [normalise(name).strip() for text in texts for name in text.split(",")]
    for name in names or [""]:
        if not re.fullmatch(NAME, name):
            raise table.wrong(f"{cut(key)}: found {described(name)}, expected the name of a variable", _NAMES, key)
    return ",".join(names)


def _name_in(text: str) -> str:
    return text.partition("=")[0]


def _shapes(table: Table) -> tuple[str, ...]:
    return _pairs(table, "shapes", _sizes_text, "sizes", is_shape)


def _values(table: Table) -> tuple[str, ...]:
    """Errors: InputError also for a claim that has both keys, ``at`` and ``values``."""
    if {"at", "values"} <= table.data.keys():
        raise table.wrong("found at and values, which mean the same, expected one of them", "remove one", "values")
    key = "at" if "at" in table.data else "values"
    return _pairs(table, key, _value_text, "values", has_value)


def _pairs(
    table: Table, key: str, render: Callable[[Any], str | None], expected: str, is_sound: Callable[[str], bool]
) -> tuple[str, ...]:  # Any: TOML values
    """Texts ``NAME=...`` from a table or from texts. Errors: InputError for a value that does not fit."""
    found = table.data.get(key, {})
    if not isinstance(found, dict):
        texts = [(text, part) for text in table.texts(key) for part in bindings(text) or [""]]
        for text, part in texts:
            if not (part and is_sound(part)):
                raise table.wrong(f"{key}: found {described(text)}, expected {expected}", _WAYS[expected], key)
        return tuple(part for _, part in texts)
    parts = []
    for name, value in found.items():
        shown = render(value)
        variable = _variables(table.table(key), (name,), name)
        if shown is None or not is_sound(f"{variable}={shown}"):
            raise table.wrong(
                f"{key}.{variable}: found {described(value)}, expected {expected}", _WAYS[expected], key, name
            )
        parts.append(f"{variable}={shown}")
    return tuple(parts)


def _sizes_text(value: Any) -> str | None:  # Any: TOML values
    parts = value if isinstance(value, list) else [value]
    if any(isinstance(part, bool) or not (type(part) is str or isinstance(part, int)) for part in parts):
        return None
    return ",".join(normalise(str(part)).strip() for part in parts)


def _value_text(value: Any, depth: int = 0) -> str | None:  # Any: TOML values
    """A number, text or list of them as the language writes it."""
    if isinstance(value, list):
        parts = [_value_text(part, depth + 1) for part in value] if depth < MAX_AXES else [None]
        return None if None in parts else f"[{', '.join(filter(None, parts))}]"
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return normalise(str(value)).strip().removeprefix("+" if isinstance(value, Number) else "") or None
