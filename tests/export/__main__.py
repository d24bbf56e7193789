"""How many closed forms of the corpora come as code, run, and are right, by language: ``python tests/export``.

A language whose library, compiler or program is not installed is printed alone, and the table says so; a library that
another Python has is named by ``--with jax=/path/to/python``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from export.running import Program, Ran, run_all
from forms.__main__ import LISTS
from forms.asked import Asked
from proofs.__main__ import text

from gradcli.base.errors import GradcliError, LimitError
from gradcli.closed.notation.form import closed_form
from gradcli.export.code import DIALECTS, code
from gradcli.language.nodes import Tree
from gradcli.reference.forms import agrees_at_points


def main() -> int:
    """The table, then the exceptions by name; exit 1 where code does not run or is not right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/export")
    parser.add_argument("--corpus", choices=LISTS, action="append", help="one of them, or several; by default all")
    parser.add_argument("--only", default="", help="derivatives whose name contains this")
    parser.add_argument("--language", choices=DIALECTS, action="append", help="one of them, or several; by default all")
    parser.add_argument("--with", dest="pythons", action="append", default=[], metavar="LANGUAGE=PYTHON",
                        help="the Python that has the language's library")  # fmt: skip
    parser.add_argument("--json", type=Path, default=None, help="a file for what came of each")
    options = parser.parse_args()
    given = dict(word.split("=", 1) for word in options.pythons)
    every = [a for name in options.corpus or LISTS for a in LISTS[name](name) if options.only in a.name]
    forms = [(one, tree) for one in every if (tree := form(one)) is not None]
    print(f"{len(every)} derivatives, {len(forms)} with a closed form\n")
    rows, told, found = [], [], {}
    for language in options.language or DIALECTS:
        programs, refused = written(forms, language)
        ran = run_all(language, programs, given)
        rows.append(row(language, programs, refused, ran))
        told += [f"{language}: {name}: not printed: {why}" for name, why in refused.items()]
        told += [f"{language}: {one.name}: {one.why}" for one in ran or () if not one.right]
        found[language] = {
            "printed": [p.name for p in programs],
            "refused": refused,
            "ran": [asdict(r) for r in ran or ()],
        }
    print(text(rows), "", *told, sep="\n")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return int(any(r["printed"] != r["right"] for r in rows if r["right"] != ""))


def form(one: Asked) -> Tree | None:
    """The derivative's closed form, None where there is none."""
    wrt = [one.wrt] * one.order
    try:
        return closed_form(one.expression, one.kind, wrt, one.shapes, one.conditions, agrees_at_points).tree
    except GradcliError:
        return None


def written(forms: Sequence[tuple[Asked, Tree]], language: str) -> tuple[list[Program], dict[str, str]]:
    """Programs, and the reasons where there is none."""
    programs: list[Program] = []
    refused: dict[str, str] = {}
    for one, tree in forms:
        name = f"{one.corpus} {one.name} ({one.kind} of {one.function} in {one.wrt})"
        shapes = {n: shape for n, shape in one.shapes.items() if shape}
        try:
            source = code(one.expression, tree, shapes, language)
            programs.append(Program(name, source, one.kind, "" if one.where else one.wrt))
        except LimitError as error:
            refused[name] = error.message
    return programs, refused


def row(language: str, programs: list[Program], refused: dict[str, str], ran: list[Ran] | None) -> dict[str, object]:
    made: dict[str, object] = {"language": language, "of": len(programs) + len(refused), "printed": len(programs)}
    if ran is None:
        return made | {"run": "not installed", "right": ""}
    return made | {"run": sum(one.ran for one in ran), "right": sum(one.right for one in ran)}


if __name__ == "__main__":
    sys.exit(main())
