"""Each operand of each row has a rule, or a reason why it has none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rows.calls import by_name
from rules.cases import Case, chosen, is_differentiated

from gradcli.meaning import rules
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, rows

DIFFERENTIATED = [op for op in rows() if is_differentiated(op)]
CASES = 20  # of each row, so that modes and ranks with rules of their own are among them


def lacks(case: Case) -> list[str]:
    """The operands for which there is neither."""
    names = [name for name, _ in rules.operands_of(case.op, len(case.shapes))]
    found = []
    for k, name in enumerate(names):
        if case.shapes[k] is None:
            continue
        why = rules.why_none(case.op, k, case.shapes, case.constants)
        if why == rules.UNKNOWN or (why and not re.fullmatch(r"[a-z].{12,}[a-z0-9)]", why)):
            found.append(name)
    return found


@by_name(DIFFERENTIATED)
def test_every_operand_has_a_rule_or_a_reason(op: Op) -> None:
    assert len(op.rule) in ({0, len(op.tensors)} if op.elementwise else {len(op.tensors)})
    for case in chosen(op, CASES):
        assert lacks(case) == [], case


@pytest.mark.parametrize("rule", ["", "none: ", "none: because"])
def test_a_row_without_a_rule_is_seen(rule: str) -> None:
    case = chosen(OPS["sum"], 1)[0]
    assert lacks(replace(case, op=replace(OPS["sum"], rule=(rule,)))) == ["x"]


@by_name([op for op in DIFFERENTIATED if op.elementwise and not op.rule])
def test_sympy_has_the_derivative_where_none_is_written(op: Op) -> None:
    case = chosen(op, 1)[0]
    for k, shape in enumerate(case.shapes):
        if shape is not None and not rules.why_none(op, k, case.shapes, case.constants):
            assert "g" in rules.rule_program(op, k, case.constants, case.shapes, case.out).names or op.flat
