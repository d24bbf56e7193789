"""Look-up in the operation table: names, aliases, methods, prefixes, did-you-mean. Imports neither torch nor sympy.

What is asked by name is looked up in the contents, and only the file that has it is loaded: a table of twice the
size costs a command nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from gradcli.operations.blueprint import Blueprint
from gradcli.operations.contents import ALIAS, Contents, blueprints_in, read, rows_of, spellings_in
from gradcli.operations.prefixes import APART, IMPORTED, PREFIX_ROOTS, PREFIXES, SHY
from gradcli.operations.row import Op, parse_default
from gradcli.operations.spelling import Spelling

CONTENTS: Contents = read()


class _Rows(Mapping[str, Op]):
    """The rows by name, in the order of the table. A subject's file is loaded when a name asks for one of its rows."""

    def __init__(self) -> None:
        self.loaded: dict[str, Op] = {}

    def __getitem__(self, name: str) -> Op:
        if name not in self.loaded:
            for op in rows_of(CONTENTS.rows[name]):
                self.loaded.setdefault(op.name, op)
        return self.loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in CONTENTS.rows

    def __iter__(self) -> Iterator[str]:
        return iter(CONTENTS.rows)

    def __len__(self) -> int:
        return len(CONTENTS.rows)


OPS = _Rows()


def rows() -> tuple[Op, ...]:
    """All rows. Loads every subject: what knows a name asks for that one."""
    return tuple(OPS.values())


# Libraries whose habits are those of another one, but for the aliases that name them.
_FOLLOWS = {
    "np": "scipy.special",  # autograd.numpy has its functions too
    "jnp": "np",
    "jnp.linalg": "np.linalg",
    "jnp.fft": "np.fft",
    "jax.lax": "np",
    "F": "torch",
    "jax.nn": "torch",
    "jax.scipy.special": "scipy.special",
    "scipy.linalg": "np.linalg",
    "jax.scipy.linalg": "scipy.linalg",
}

METHOD = ""  # the library of x.name(...): aliases that begin with a dot

KEYWORD_ALIASES = {"axis": "dim", "axes": "dim", "keepdims": "keepdim", "ddof": "correction", "a": "x", "input": "x"}


@cache
def _alias(dotted: str) -> tuple[Op, dict[str, Any]]:  # Any: constants that the alias presets
    op = OPS[CONTENTS.aliases[dotted]]
    (preset,) = {match["preset"] for match in map(ALIAS.fullmatch, op.aliases) if match and match["name"] == dotted}
    key, _, value = (preset or "").partition("=")
    return op, {key: parse_default(value)} if preset else {}


def _unlike(call: str) -> str:
    """What the library means by a call, ``(x)`` behind the name for one array alone."""
    pairs = (text.split(": ", 1) for text in OPS[CONTENTS.unlike[call]].unlike)
    return next(meaning for calls, meaning in pairs if call in calls.split(", "))


@cache
def infix(sign: str) -> Op:
    """The row that a sign between two operands stands for.

    >>> infix("//").name
    'floor_divide'
    """
    return OPS[CONTENTS.signs[sign]]


def _libraries(library: str | None) -> list[str]:
    """The library and those whose habits it follows, nearest first."""
    found = [] if library is None else [library]
    while found and found[-1] in _FOLLOWS:
        found.append(_FOLLOWS[found[-1]])
    return found


def meant_otherwise(dotted: str, *, alone: bool) -> str | None:
    """What the library means by a call, where no row means the same (``Op.unlike``); alone: is its argument one array?

    >>> meant_otherwise("jax.nn.normalize", alone=True)
    'it subtracts the mean and divides by the deviation; write layer_norm(x)'
    """
    prefix, _, name = dotted.rpartition(".")
    for library in _libraries(PREFIXES.get(prefix)):
        for call in (f"{library}.{name}", f"{library}.{name}(x)")[: 2 if alone else 1]:
            if call in CONTENTS.unlike:
                return _unlike(call)
        if f"{library}.{name}" in CONTENTS.aliases:
            return None
    return None


def candidates(name: str, library: str | None = None) -> list[tuple[Op, dict[str, Any]]]:  # Any: preset constants
    """The rows that ``name`` may mean, most specific first; ``library`` is a value of PREFIXES, METHOD, or None.

    >>> [op.name for op, _ in candidates("max", "torch")]
    ['amax', 'max']
    """
    found: list[tuple[Op, dict[str, Any]]] = []  # Any: as above
    dotted = [f"{habit}.{name}" for habit in _libraries(library)]
    found += [_alias(alias) for alias in dotted if alias in CONTENTS.aliases][:1]
    if library is not None and library.startswith(APART):
        return found
    if name in OPS:
        found.append((OPS[name], {}))
    elif name in CONTENTS.aliases:
        found.append(_alias(name))
    return found


@cache
def spellings_of(name: str, library: str | None = None) -> tuple[Spelling, ...]:
    """A library's own signatures of ``name``; a method without any is torch's function of that name, a name without a
    library may be one that sympy prints.

    >>> [spelling.call for spelling in spellings_of("max", "torch")]
    ['torch.max(input)', 'torch.max(input, dim:axis, keepdim:flag=False)', 'torch.max(input, other)']
    """
    habits = [f"{one}.{name}" for one in _libraries(library)]
    if library == METHOD or library is None:
        habits = [f".{name}", f"torch.{name}"] if library == METHOD else [name, f"sympy.{name}", f"{IMPORTED}.{name}"]
    for dotted in habits:
        if dotted in CONTENTS.spelled:
            found = (spelling for module in CONTENTS.spelled[dotted] for spelling in spellings_in(module))
            return tuple(spelling for spelling in found if spelling.name == dotted)
        if library and (dotted in CONTENTS.aliases or dotted in CONTENTS.unlike):
            return ()  # a row's own, nearer than what the library follows
    return ()


@cache
def blueprints_of(name: str, library: str | None = None) -> tuple[Blueprint, ...]:
    """The class of a library, if it has one of that name: one for each way in which its parameters are given. Without a
    library the name has to be no function's, and more than a letter.

    >>> [one.makers[0].usage for one in blueprints_of("Normal", "torch.distributions")]
    ['torch.distributions.Normal(loc, scale, validate_args=None)']
    """
    if library is None and (len(name) == 1 or candidates(name) or spellings_of(name)):
        return ()
    libraries = (library,) if library is not None else APART
    dotted = next((f"{one}.{name}" for one in libraries if f"{one}.{name}" in CONTENTS.made), name)
    found = (blueprint for module in CONTENTS.made.get(dotted, ()) for blueprint in blueprints_in(module))
    return tuple(blueprint for blueprint in found if blueprint.name == dotted)


def names_library(parts: Sequence[str]) -> bool:
    """Is the first part of a dotted name a library's? One of SHY only where the last names what arrays have not.

    >>> names_library(["np", "sum"]), names_library(["t", "sum"]), names_library(["t", "logpdf"])
    (True, False, True)
    """
    if parts[0] not in SHY:
        return parts[0] in PREFIX_ROOTS
    library, name = PREFIXES.get(".".join(parts[:-1])), parts[-1]
    if library is None or (len(parts) == 2 and (candidates(name, METHOD) or spellings_of(name, METHOD))):
        return False
    return bool(spellings_of(name, library) or blueprints_of(name, library))


def function_names() -> list[str]:
    """Every name that may stand before a parenthesis."""
    plain = {name.removeprefix("sympy.") for name in CONTENTS.spelled if name.count(".") == name.startswith("sympy.")}
    return [*OPS, *(alias for alias in CONTENTS.aliases if "." not in alias), *sorted(plain - set(OPS))]


def class_names() -> list[str]:
    """The names of classes that need no library in front of them.

    >>> "Normal" in class_names(), "lognorm" in class_names()
    (True, True)
    """
    parts = (call.rpartition(".") for call in CONTENTS.made)
    return [name for behind, _, name in parts if behind in APART and len(name) > 1]


def names_behind(prefix: str) -> list[str]:
    """The names of calls and classes that a library has behind its prefix, beside those of rows.

    >>> "ppf" in names_behind("scipy.stats.norm"), names_behind("sum")
    (True, [])
    """
    library = PREFIXES.get(prefix)
    parts = (call.rpartition(".") for call in (*CONTENTS.spelled, *CONTENTS.made))
    return [name for behind, _, name in parts if library and behind == library]


def spelled_in(*libraries: str) -> list[str]:
    """The names behind a library's prefix that are not a row's own."""
    parts = (call.partition(".") for call in CONTENTS.spelled)
    return [name for library, _, name in parts if library in libraries]


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest to ``name``, if one is near.

    >>> did_you_mean("sqr", ["sqrt", "sum"])
    'sqrt'
    """
    names = list(known)
    lowered = {n.lower(): n for n in names}
    if name.lower() in lowered:
        return lowered[name.lower()]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    return close[0] if close else None
