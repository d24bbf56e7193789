"""``ops``: the operation table, for people and programs. Imports neither torch nor sympy."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from gradcli.base.errors import ExpressionError
from gradcli.operations.prefixes import PREFIXES
from gradcli.operations.row import NONE, REQUIRED, Op, Param, Rule
from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.spelling import Spelling
from gradcli.operations.table import (
    CONTENTS,
    OPS,
    blueprints_of,
    candidates,
    did_you_mean,
    function_names,
    spellings_of,
)

NUMBERS = {"integer", "number"}  # kinds of constants that people differentiate in elsewhere, such as an order
FAR = 6  # the rank of a row that does not speak of a word
FLAT = "0, as it is constant between its jumps"
_SHAPES: tuple[Shape, ...] = ((3, 3), (3,), (3, 3, 3), ())  # of operands that a rule is shown for, the first that fit


@dataclass(frozen=True, slots=True)
class Operations:
    """The names of the table by group, or rows; ``name``: the one that was asked for; ``word``: what was searched for
    in its place, the rows then by relevance; ``calls``: a library's own signatures of the name."""

    rows: tuple[Op, ...] = ()
    name: str | None = None
    word: str | None = None
    calls: tuple[Spelling, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_dict(self) -> Any:  # Any: JSON values: a list of objects, or the object of the one that was asked for
        found = [_row(op) for op in self.rows or _in_order()]
        if self.name is None:
            return found
        calls = [{"usage": call.usage, "means": call.plainly, "note": call.note or None} for call in self.calls]
        return (found[0] if found else {"name": self.name}) | ({"calls": calls} if calls else {})


def operations(name: str | None = None) -> Operations:
    """All names by group, one row, or where no function has the name those that speak of it.

    Errors: ExpressionError (kind name) where none does.

    >>> [op.name for op in operations("hyperbolic").rows][:2]
    ['sinh', 'cosh']
    """
    if name is None:
        return Operations(groups=CONTENTS.groups)
    prefix, _, plain = name.rpartition(".")
    library = PREFIXES.get(prefix)
    calls = _calls(plain, library) if bool(prefix) == bool(library) else ()
    found = candidates(plain, library)
    if calls:
        return Operations(tuple(op for op, _ in found[:1]), name, calls=calls)
    if not found and (speaking := _search(name)):
        return Operations(tuple(speaking), word=name)
    if not found:
        close = did_you_mean(plain, function_names())
        raise ExpressionError(
            f"unknown function '{name[:60]}'",
            hint=f"did you mean {close}?" if close else "gradcli ops lists them",
            kind="name",
        )
    return Operations((found[0][0],), name)


def _in_order() -> Iterator[Op]:
    """All rows, group by group."""
    return (OPS[name] for names in CONTENTS.groups.values() for name in names)


def _calls(name: str, library: str | None) -> tuple[Spelling, ...]:
    """A library's own signatures, and those of a class, with what its objects are asked."""
    made = (spelling for blueprint in blueprints_of(name, library) for spelling in blueprint.spellings)
    return (*spellings_of(name, library), *made)


def _search(text: str) -> list[Op]:
    """The rows in which every word of the text occurs, the nearest first: in the name, another name, the group, the
    description."""
    words = text.lower().split()
    ranked = [(max((_rank(op, word) for word in words), default=FAR), op) for op in _in_order()]
    return [op for rank, op in sorted(ranked, key=lambda one: one[0]) if rank < FAR]


def _rank(op: Op, word: str) -> int:
    """How near the word is to the row, 0 is nearest. Within a text it begins a word: ``norm`` is not in abnormal, and
    ``@`` is none in A@A."""
    begins = re.compile(rf"(?<![\w)]){re.escape(word)}", re.IGNORECASE)
    places = (
        op.name.startswith(word),
        any(alias.startswith(word) for alias in op.aliases),
        word in op.name or any(word in alias for alias in op.aliases),
        begins.search(op.group),
        begins.search(op.doc),
        begins.search(op.note),
    )
    return next((rank for rank, found in enumerate(places) if found), FAR)


def example_command(op: Op) -> str:
    """The row's example as a command line."""
    expression, bindings = op.example_parts
    return shlex.join(["gradcli", "grad", expression, *bindings])


def rules_of(op: Op) -> list[tuple[str, str]]:
    """The operands' names and rules: as they are written; one that is made of shapes is shown for some of these. Where
    none is written: why there is no derivative, or that it is sympy's. Nor has a number that stays, as an order, one.
    """
    written = all(isinstance(rule, str) for rule in op.rule)
    cases = () if written else product(_SHAPES, repeat=len(op.tensors))
    shapes = next((case for case in cases if _fits(op, case)), None)
    rules = op.rule or ("",) * len(op.tensors)
    orders = [param.name for param in op.constants if param.default is REQUIRED and param.kind in NUMBERS]
    return [
        *((name, f"{NONE}a number, which is given and stays") for name in orders if op.elementwise),
        *((param.name, _rule(op, param, rule, shapes)) for param, rule in zip(op.tensors, rules, strict=True)),
    ]


def _rule(op: Op, param: Param, rule: Rule, shapes: tuple[Shape, ...] | None) -> str:
    if why := op.constant_in(param):
        return f"{NONE}{why}"
    if not rule:
        return FLAT if op.flat else f"g times sympy's derivative in {param.name}, entry by entry"
    if isinstance(rule, str):
        return rule
    if shapes is None or any(param.variadic for param in op.tensors):
        return "depends on shapes and constants, as explain shows it"
    case = ", ".join(f"{param.name} {shape}" for param, shape in zip(op.tensors, shapes, strict=True))
    return f"{rule(*shapes, *(param.default for param in op.constants))}, for {case}"


def _fits(op: Op, shapes: tuple[Shape, ...]) -> bool:
    """Does the row take operands of these shapes, with its default constants?"""
    constants = [] if op.elementwise else [param.default for param in op.constants]
    if REQUIRED in constants:
        return False
    try:
        op.shape(*shapes, *constants)
    except ShapeMismatch:
        return False
    return True


def _row(op: Op) -> dict[str, Any]:  # Any: JSON values
    return {
        "name": op.name,
        "usage": op.usage,
        "group": op.group,
        "doc": op.doc,
        "example": example_command(op),
        "domain": op.domain or None,
        "kinks": op.kinks or None,
        "rules": dict(rules_of(op)),
        "aliases": list(op.aliases),
        "note": op.note or None,
    }
