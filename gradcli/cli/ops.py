"""``gradcli ops``: the operation table for people and programs. Imports neither torch nor sympy."""

from __future__ import annotations

import json
import shlex
import textwrap
from typing import Any

from gradcli.base.errors import ExpressionError
from gradcli.operations.row import Op
from gradcli.operations.table import candidates, did_you_mean, function_names, groups


def ops_text(name: str | None, as_json: bool) -> str:
    """All rows by group, or one row. Errors: ExpressionError (kind name) for an unknown function."""
    if name is None:
        return json.dumps([op_dict(op) for ops in groups().values() for op in ops]) + "\n" if as_json else all_text()
    op = find(name)
    return json.dumps(op_dict(op)) + "\n" if as_json else one_text(op)


def find(name: str) -> Op:
    plain = name.rpartition(".")[2]
    found = candidates(plain)
    if not found:
        close = did_you_mean(plain, function_names())
        raise ExpressionError(
            f"unknown function '{name[:60]}'",
            hint=f"did you mean {close}?" if close else "gradcli ops lists them",
            kind="name",
        )
    return found[0][0]


def op_dict(op: Op) -> dict[str, Any]:  # Any: JSON values
    return {
        "name": op.name, "usage": op.usage, "group": op.group, "doc": op.doc, "example": command(op), "domain": op.domain or None,
        "kinks": op.kinks or None, "aliases": list(op.aliases), "note": op.note or None,
    }  # fmt: skip


def command(op: Op) -> str:
    """The row's example as a command line."""
    expression, bindings = op.example_parts
    return shlex.join(["gradcli", "grad", expression, *bindings])


def all_text() -> str:
    """The names of each group, wrapped."""
    blocks = []
    for group, ops in groups().items():
        names = textwrap.fill(
            "  ".join(op.name for op in ops), 96, initial_indent="  ", subsequent_indent="  ", break_long_words=False
        )
        blocks.append(f"{group}\n{names}\n")
    return "\n".join(blocks) + "\ngradcli ops NAME shows one.\n"


def one_text(op: Op) -> str:
    lines = [op.usage, *(f"  {line}" for line in textwrap.wrap(op.doc, 96))]
    facts = {
        "group": op.group, "domain": op.domain, "not differentiable": op.kinks, "also": ", ".join(op.aliases), "slope": "; ".join(op.slope),
        "note": op.note, "example": command(op),
    }  # fmt: skip
    return "\n".join([*lines, *(f"  {key}: {value}" for key, value in facts.items() if value)]) + "\n"
