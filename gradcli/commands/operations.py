"""``ops``: the operation table, for people and programs. Imports neither torch nor sympy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from gradcli.base.errors import ExpressionError
from gradcli.operations.row import Op
from gradcli.operations.table import candidates, did_you_mean, function_names, groups


@dataclass(frozen=True, slots=True)
class Operations:
    """Rows of the table in the order of its groups; ``name``: the one that was asked for."""

    rows: tuple[Op, ...]
    name: str | None = None

    def to_dict(self) -> Any:  # Any: JSON values: a list of objects, or the object of the one that was asked for
        found = [_row(op) for op in self.rows]
        return found if self.name is None else found[0]


def operations(name: str | None = None) -> Operations:
    """All rows by group, or one row. Errors: ExpressionError (kind name) for an unknown function."""
    if name is None:
        return Operations(tuple(op for ops in groups().values() for op in ops))
    plain = name.rpartition(".")[2]
    found = candidates(plain)
    if not found:
        close = did_you_mean(plain, function_names())
        raise ExpressionError(
            f"unknown function '{name[:60]}'",
            hint=f"did you mean {close}?" if close else "gradcli ops lists them",
            kind="name",
        )
    return Operations((found[0][0],), name)


def example_command(op: Op) -> str:
    """The row's example as a command line."""
    expression, bindings = op.example_parts
    return shlex.join(["gradcli", "grad", expression, *bindings])


def rules_of(op: Op) -> list[tuple[str, str]]:
    """The operands' names and rules: as they are written; one that is made of shapes is shown where there are some."""
    made = "depends on shapes and constants; gradcli explain shows it"
    pairs = zip(op.tensors, op.rule, strict=False)
    return [(param.name, rule if isinstance(rule, str) else made) for param, rule in pairs]


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
