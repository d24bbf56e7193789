"""Says of which rows the rules are written, made by sympy, or lacking, and what the generated cases cover.

``python tests/rules`` prints the table of all cases, those that ``--all`` runs.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rules.cases import Case, chosen, is_differentiated
from rules.compare import differentiable

from gradcli.meaning import rules
from gradcli.operations.row import Op
from gradcli.operations.table import rows

EVERYTHING = 600

# Rows in none of whose operands there is a derivative, by reason.
OUTSIDE: dict[str, Callable[[Op], bool]] = {
    "made of constants, without operands": lambda op: not op.tensors,
    "true or false": lambda op: op.boolean,
    "derivatives inside a formula, differentiated with the formula that they are of": lambda op: op.differentiates,
}


def reasons(op: Op, cases: list[Case]) -> dict[str, str]:
    """By the name of an operand why it has no derivative, where it has none in any case."""
    found: dict[str, set[str]] = {}
    for case in cases:
        for k, (_, param) in enumerate(rules.operands_of(op, len(case.shapes))):
            if case.shapes[k] is not None:
                found.setdefault(param.name, set()).add(rules.why_none(op, k, case.shapes, case.constants))
    return {name: why.pop() for name, why in found.items() if len(why) == 1 and "" not in why}


def covered(cases: list[Case]) -> Iterator[str]:
    """What a row's cases try."""
    for case in cases:
        present = [shape for shape in case.shapes if shape is not None]
        yield from (f"rank {len(shape)}" for shape in present)
        if any(shape != case.out for shape in present) and case.op.elementwise:
            yield "broadcast"
        if any(0 in shape for shape in present):
            yield "no entries"
        for param, value in zip(case.op.constants, case.constants, strict=True):
            if param.kind in {"axis", "axis_or_none", "axes"}:
                yield f"{param.name}={value}" if not isinstance(value, tuple) else f"{param.name}: several"
            if param.kind == "flag" and value:
                yield param.name


def main() -> None:
    tried, written, made, total = Counter[str](), 0, 0, 0
    for op in (op for op in rows() if is_differentiated(op)):
        cases = chosen(op, EVERYTHING)
        able = [case for case in cases if differentiable(case)]
        written += bool(able) and bool(op.rule)
        made += bool(able) and not op.rule
        total += len(able)
        tried.update(set(covered(able)))
        for name, why in reasons(op, cases).items():
            print(f"{op.name}, {name}: {why}")
    print(f"\n{written} rows with written rules, {made} by sympy's derivative, {total} cases")
    for why, holds in OUTSIDE.items():
        names = [op.name for op in rows() if not is_differentiated(op) and holds(op)]
        print(f"{len(names)} rows, {why}: {', '.join(names)}")
    print("rows in which there is a case with", ", ".join(f"{what}: {n}" for what, n in tried.most_common(40)))


if __name__ == "__main__":
    main()
