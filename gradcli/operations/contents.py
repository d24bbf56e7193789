"""What stands where in the table, in ``contents.json``: read before a row is, and made of all rows and spellings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from gradcli.operations import rows as subjects
from gradcli.operations import spellings as libraries
from gradcli.operations.blueprint import Blueprint
from gradcli.operations.row import Op
from gradcli.operations.spelling import Spelling

FILE = Path(__file__).with_name("contents.json")
ALIAS = re.compile(r"(?P<name>[\w.]+)(?:\((?P<preset>\w+=(?:-?\d+|None|'\w+'))\))?")


@dataclass(frozen=True, slots=True)
class Contents:
    """Each fact by what is asked for.

    rows:      a row's name -> its file in ``rows/``, in the order of the table
    groups:    a group -> the names of its rows
    aliases:   another name, ``np.std`` -> the row's
    unlike:    a call that a library means otherwise -> the name of the row that says so
    signs:     a sign between two operands -> the row's name
    classes:   sympy's class of a node -> the row's name
    functions: a function of an arithmetic -> the row that means it alone (``Op.function``)
    operands:  what rows call their operands
    spelled:   a library's call, ``torch.max`` -> the files in ``spellings/`` with its signatures
    made:      a library's class, ``torch.distributions.Normal`` -> the files there with its blueprints
    """

    rows: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, str]
    unlike: Mapping[str, str]
    signs: Mapping[str, str]
    classes: Mapping[str, str]
    functions: Mapping[str, str]
    operands: frozenset[str]
    spelled: Mapping[str, tuple[str, ...]]
    made: Mapping[str, tuple[str, ...]]


@cache
def rows_of(subject: str) -> tuple[Op, ...]:
    """The rows in a file of ``rows/``."""
    return import_module(f"{subjects.__name__}.{subject}").ROWS  # type: ignore[no-any-return]  # what a row file has


@cache
def spellings_in(library: str) -> tuple[Spelling, ...]:
    """The spellings in a file of ``spellings/``, ``torch.order``; one of classes has none."""
    return getattr(import_module(f"{libraries.__name__}.{library}"), "SPELLINGS", ())


@cache
def blueprints_in(library: str) -> tuple[Blueprint, ...]:
    """The classes in such a file, ``torch.distributions.real``."""
    return getattr(import_module(f"{libraries.__name__}.{library}"), "BLUEPRINTS", ())


def made(
    rows: Mapping[str, Iterable[Op]],
    spellings: Mapping[str, Iterable[Spelling]],
    blueprints: Mapping[str, Iterable[Blueprint]] = MappingProxyType({}),
) -> Contents:
    """The contents of rows, spellings and classes by their files."""
    ops = [op for found in rows.values() for op in found]
    return Contents(
        rows=_once((op.name, module) for module, found in rows.items() for op in found),
        groups={
            group: tuple(op.name for op in ops if op.group == group) for group in dict.fromkeys(o.group for o in ops)
        },
        aliases=_once(_named(ops, lambda op: [_alias(alias) for alias in op.aliases])),
        unlike=_once(_named(ops, lambda op: [call for text in op.unlike for call in text.split(": ")[0].split(", ")])),
        signs=_once(_named(ops, lambda op: [op.infix])),
        classes=_first(_named(ops, lambda op: [op.native, op.known_as])),
        functions=_first(_named(ops, lambda op: [op.function[0]])),
        operands=frozenset(param.name for op in ops for param in op.tensors),
        spelled=_files(spellings),
        made=_files(blueprints),
    )


def present() -> Contents:
    """What the contents have to be: that of the files as they are."""
    return made(
        {subject: rows_of(subject) for subject in subjects.SUBJECTS},
        {library: spellings_in(library) for library in libraries.LIBRARIES},
        {library: blueprints_in(library) for library in libraries.LIBRARIES},
    )


def read() -> Contents:
    """The contents as it was written."""
    facts = json.loads(FILE.read_text())
    tuples = {
        field: {name: tuple(found) for name, found in facts[field].items()} for field in ("groups", "spelled", "made")
    }
    return Contents(**{**facts, **tuples, "operands": frozenset(facts["operands"])})


def written(contents: Contents) -> str:
    """The contents as the file has it: a line for each name."""
    facts = {**asdict(contents), "operands": sorted(contents.operands)}
    return json.dumps(facts, indent=0, ensure_ascii=False) + "\n"


def _alias(text: str) -> str:
    """The name in an alias, which may preset a constant."""
    match = ALIAS.fullmatch(text)
    assert match, text
    return match["name"]


def _files(found: Mapping[str, Iterable[Spelling | Blueprint]]) -> dict[str, tuple[str, ...]]:
    """The files of each name, in their order."""
    files: dict[str, dict[str, None]] = {}
    for module, named in found.items():
        for one in named:
            files.setdefault(one.name, {})[module] = None
    return {name: tuple(modules) for name, modules in files.items()}


def _named(ops: Iterable[Op], words: Callable[[Op], Iterable[str]]) -> list[tuple[str, str]]:
    """Each word of a row with the row's name."""
    return [(word, op.name) for op in ops for word in words(op) if word]


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Words of which each is one row's alone."""
    found: dict[str, str] = {}
    for word, name in pairs:
        assert word not in found, word
        found[word] = name
    return found


def _first(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Words that the first row of several has."""
    return dict(reversed(list(pairs)))
