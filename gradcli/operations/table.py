"""Look-up in the operation table: names, aliases, methods, prefixes, did-you-mean. Imports neither torch nor sympy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from gradcli.operations.prefixes import PREFIXES
from gradcli.operations.row import Op, parse_default
from gradcli.operations.rows import (
    arithmetic,
    bessel,
    constructors,
    convolutions,
    derivative,
    elementwise,
    joining,
    linear_algebra,
    losses,
    neural,
    picking,
    polynomials,
    products,
    reductions,
    sampled,
    scattering,
    special,
    spectral,
    structure,
)
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings import builtins, jax, julia, math, numpy, scipy, sympy, torch

ROWS: tuple[Op, ...] = (
    *arithmetic.ROWS,
    *elementwise.ROWS,
    *special.ROWS,
    *bessel.ROWS,
    *polynomials.ROWS,
    *neural.ROWS,
    *losses.ROWS,
    *reductions.ROWS,
    *products.ROWS,
    *linear_algebra.ROWS,
    *spectral.ROWS,
    *structure.ROWS,
    *scattering.ROWS,
    *picking.ROWS,
    *joining.ROWS,
    *constructors.ROWS,
    *sampled.ROWS,
    *convolutions.ROWS,
    *derivative.ROWS,
)

SPELLINGS: tuple[Spelling, ...] = (
    *builtins.SPELLINGS,
    *torch.SPELLINGS,
    *numpy.SPELLINGS,
    *math.SPELLINGS,
    *scipy.SPELLINGS,
    *jax.SPELLINGS,
    *sympy.SPELLINGS,
    *julia.SPELLINGS,
)

OPS: dict[str, Op] = {op.name: op for op in ROWS}

# Libraries whose habits are those of another one, but for the aliases that name them.
_FOLLOWS = {
    "np": "scipy.special",  # autograd.numpy has its functions too
    "jnp": "np",
    "jnp.linalg": "np.linalg",
    "jax.lax": "np",
    "F": "torch",
    "jax.nn": "torch",
    "jax.scipy.special": "scipy.special",
    "scipy.linalg": "np.linalg",
    "jax.scipy.linalg": "scipy.linalg",
}

METHOD = ""  # the library of x.name(...): aliases that begin with a dot

KEYWORD_ALIASES = {"axis": "dim", "axes": "dim", "keepdims": "keepdim", "ddof": "correction", "a": "x", "input": "x"}

_ALIAS = re.compile(r"(?P<name>[\w.]+)(?:\((?P<preset>\w+=(?:-?\d+|None|'\w+'))\))?")


@cache
def _aliases() -> dict[str, tuple[Op, dict[str, Any]]]:  # Any: constants that the alias presets
    found: dict[str, tuple[Op, dict[str, Any]]] = {}
    for op in ROWS:
        for alias in op.aliases:
            match = _ALIAS.fullmatch(alias)
            assert match, alias
            preset = match["preset"]
            key, _, value = (preset or "").partition("=")
            assert match["name"] not in found
            assert match["name"] not in OPS
            found[match["name"]] = (op, {key: parse_default(value)} if preset else {})
    return found


@cache
def _unlike() -> dict[str, str]:
    """Calls by dotted name, ``(x)`` behind it for one array alone, and what the library means by them."""
    pairs = (text.split(": ", 1) for op in ROWS for text in op.unlike)
    return {call: meaning for calls, meaning in pairs for call in calls.split(", ")}


@cache
def infix(sign: str) -> Op:
    """The row that a sign between two operands stands for.

    >>> infix("//").name
    'floor_divide'
    """
    return next(op for op in ROWS if op.infix == sign)


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
            if call in _unlike():
                return _unlike()[call]
        if f"{library}.{name}" in _aliases():
            return None
    return None


def candidates(name: str, library: str | None = None) -> list[tuple[Op, dict[str, Any]]]:  # Any: preset constants
    """The rows that ``name`` may mean, most specific first; ``library`` is a value of PREFIXES, METHOD, or None.

    >>> [op.name for op, _ in candidates("max", "torch")]
    ['amax', 'max']
    """
    found: list[tuple[Op, dict[str, Any]]] = []  # Any: as above
    dotted = [f"{habit}.{name}" for habit in _libraries(library)]
    found += [_aliases()[alias] for alias in dotted if alias in _aliases()][:1]
    if name in OPS:
        found.append((OPS[name], {}))
    elif name in _aliases():
        found.append(_aliases()[name])
    return found


@cache
def _spellings() -> dict[str, tuple[Spelling, ...]]:
    """Those of a name, in the order in which its signatures are tried."""
    found: dict[str, tuple[Spelling, ...]] = {}
    for spelling in SPELLINGS:
        found[spelling.name] = (*found.get(spelling.name, ()), spelling)
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
        habits = [f".{name}", f"torch.{name}"] if library == METHOD else [name, f"sympy.{name}"]
    for dotted in habits:
        if dotted in _spellings():
            return _spellings()[dotted]
        if library and (dotted in _aliases() or dotted in _unlike()):
            return ()  # a row's own, nearer than what the library follows
    return ()


def function_names() -> list[str]:
    """Every name that may stand before a parenthesis."""
    plain = {name.removeprefix("sympy.") for name in _spellings() if name.count(".") == name.startswith("sympy.")}
    return [*OPS, *(alias for alias in _aliases() if "." not in alias), *sorted(plain - set(OPS))]


def groups() -> dict[str, list[Op]]:
    """The rows by group, in the order of the table."""
    found: dict[str, list[Op]] = {}
    for op in ROWS:
        found.setdefault(op.group, []).append(op)
    return found


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
