"""How many derivatives of the corpora come as one formula, how long against a person's: ``python tests/forms``.

Each form is derived and proved in this process, and then asked of ``check`` as a claim. Times are this process's own.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from forms import cookbook, every_row
from forms.asked import CORPORA, asked
from forms.table import ACCEPTED, Came, came, exceptions, reasons, row, shares
from proofs.__main__ import text

from gradcli.operations.table import rows

LISTS = {**dict.fromkeys(CORPORA, asked), **dict.fromkeys(cookbook.LISTS, cookbook.asked)}
KINDS = {"gradients": ("grad",), "Jacobians, Hessians": ("jacobian", "hessian")}


def main() -> int:
    """The table, the exceptions by name; exit 1 where a form is not accepted by check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/forms")
    parser.add_argument("--corpus", choices=LISTS, action="append", help="one of them, or several; by default all")
    parser.add_argument("--rows", action="store_true", help="what the rows of the operation table are asked instead")
    parser.add_argument("--only", default="", help="derivatives, or rows, whose name contains this")
    parser.add_argument("--unchecked", action="store_true", help="without asking check of each form")
    parser.add_argument("--beside", action="store_true", help="every form beside the person's")
    parser.add_argument("--json", type=Path, default=None, help="a file for what came of each")
    options = parser.parse_args()
    if options.rows:
        every = [a for op in every_row.differentiable() if options.only in op.name for a in every_row.asked(op)]
    else:
        every = [a for name in options.corpus or LISTS for a in LISTS[name](name) if options.only in a.name]
    forms = [came(one, checked=not options.unchecked) for one in every]
    made = by_group(forms) if options.rows else rows_of(forms)
    print(text(made), "", *reasons(forms), "", *exceptions(forms), sep="\n")
    if options.beside:
        print("", *beside(forms), sep="\n")
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in forms], indent=1) + "\n")
    return int(any(one.verdict and one.verdict not in ACCEPTED for one in forms))


def rows_of(forms: list[Came]) -> list[dict[str, object]]:
    groups = {(name, kind): [one for one in forms if one.asked.corpus == name and one.asked.kind in kinds]
              for name in LISTS for kind, kinds in KINDS.items()}  # fmt: skip
    made = [row(*key, group) for key, group in groups.items() if group]
    return [*made, *(row("all", kind, group) for kind, kinds in KINDS.items()
                     if (group := [one for one in forms if one.asked.kind in kinds]))]  # fmt: skip


def by_group(forms: list[Came]) -> list[dict[str, object]]:
    """A row for each group of operations, and for all: how many operations have all forms, and derivatives by kind."""
    groups = {op.name: op.group for op in rows()}
    found: dict[str, list[Came]] = {}
    for one in forms:
        found.setdefault(groups[one.asked.corpus], []).append(one)
    return [shares(name, group) for name, group in {**found, "all": forms}.items()]


def beside(forms: list[Came]) -> list[str]:
    return [f"{one.asked.name}: {one.asked.function} in {one.asked.wrt}\n    {one.form or one.why}\n    {one.asked.human}"
            for one in forms]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
