"""What the rows of each group have: ``python tests/rows``, ``python tests/rows GROUP`` for the rows of one.

written, derived: rows whose rule is a text, or sympy's derivative; none: without a derivative in any operand.
balls, residues: the example has a certain value and certain slopes; there its identities can be proved.
second: the second derivative of the example is certain. calls: those of libraries that are spelled with the row.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from residues.test_rows import by_residues, program_of

import gradcli
from gradcli.operations.contents import spellings_in
from gradcli.operations.row import NONE, Op
from gradcli.operations.spellings import LIBRARIES
from gradcli.operations.table import CONTENTS, OPS

FINE = {"agrees", "rounding", "convention"}


def written(op: Op) -> bool:
    return any(not (isinstance(rule, str) and rule.startswith(NONE)) for rule in op.rule)


def derived(op: Op) -> bool:
    return op.elementwise and not (op.rule or op.boolean or op.flat) and bool(op.tensors)


def in_balls(op: Op) -> bool:
    text, bindings = op.example_parts
    check = gradcli.grad(text, bindings).check
    return check is not None and check.verdict in FINE


def in_residues(op: Op) -> bool:
    program, values = program_of(op)
    return bool(by_residues(program, values)[-1])


def second(op: Op) -> bool:
    text, bindings = op.example_parts
    check = gradcli.hessian(f"sum({text})", bindings).check
    return check is not None and check.verdict in FINE


def calls(op: Op) -> int:
    """Aliases with a library's name, and spellings whose formula names the row."""
    named = re.compile(rf"\b{op.name}\(")
    return sum("." in alias for alias in op.aliases) + sum(bool(named.search(means)) for means in _meanings())


@cache
def _meanings() -> tuple[str, ...]:
    return tuple(spelling.plainly for library in LIBRARIES for spelling in spellings_in(library))


COLUMNS: Mapping[str, Callable[[Op], int]] = {
    "written": written,
    "derived": derived,
    "none": lambda op: not (written(op) or derived(op)),
    "balls": in_balls,
    "residues": in_residues,
    "second": second,
    "calls": calls,
}


def held(fact: Callable[[Op], int], op: Op) -> int:
    """0 where gradcli refuses the row's example."""
    try:
        return int(fact(op))
    except gradcli.GradcliError:
        return 0


def line(name: str, counts: Mapping[str, int], count: int) -> str:
    return f"{name:38}{count:6}" + "".join(f"{counts[column]:10}" for column in COLUMNS)


def main() -> int:
    chosen = sys.argv[1:] or list(CONTENTS.groups)
    print(f"{'':38}{'rows':>6}" + "".join(f"{column:>10}" for column in COLUMNS))
    total, rows = Counter[str](), 0
    for group in chosen:
        counts = Counter[str]()
        for op in (OPS[name] for name in CONTENTS.groups[group]):
            one = Counter({column: held(fact, op) for column, fact in COLUMNS.items()})
            counts.update(one)
            if len(chosen) == 1:
                print(line(op.name, one, 1))
        total.update(counts)
        rows += len(CONTENTS.groups[group])
        print(line(group, counts, len(CONTENTS.groups[group])))
    print(line("all", total, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
