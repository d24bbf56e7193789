"""Texts after ``check`` that begin with an assignment: formulas, or values of variables."""

from __future__ import annotations

import pytest
from checking.asking import check

from gradcli.inputs.positionals import parted

SPLIT = [  # texts, how many formulas are wanted, the formulas among them
    (["a = x**2; a*y", "a = 2*x; a*y"], 2, 2),
    (["x**2", "x=3"], 2, 1),
    (["x=3", "x**2", "2*x"], 2, 2),
    (["f = x**2", "df = 2*x", "x=3"], 2, 2),
    (["f = x**2", "x=3"], 1, 1),
    (["x**2", "h=pi/2", "x=2*h"], 2, 1),
    (["x**2", "x=@values.npy", "y=[1,2]", "z=1,2", "w=randn(3)"], 2, 1),
    (["a = x\na**2", "2*x"], 2, 2),
]


@pytest.mark.parametrize(("texts", "wanted", "count"), SPLIT)
def test_an_assignment_is_a_value_where_it_can_be_one_and_else_a_formula(
    texts: list[str], wanted: int, count: int
) -> None:
    formulas, bindings = parted(texts, wanted)
    assert len(formulas) == count
    assert sorted(formulas + bindings) == sorted(texts)
    assert [text for text in texts if text in bindings] == bindings


@pytest.mark.parametrize(("line", "code"), [
    ("'c = x@y; c**2' 'c = x@y; 2*c*y' --wrt x --shape x=n --shape y=n", 0),
    ("'c = x@y; c**2' 'c = x@y; c*y' --wrt x --shape x=n --shape y=n", 1),
    ("'c = x*y; c**2' 'c = x*y; 2*c*y' --wrt x y=3", 0),
    ("'c = x**2; c' --claim 'x=d = 2; d*x'", 0),
    ("'f = x**2' 'df = 2*x'", 0),
    ("'f = x**2' 'df = 3*x' x=2", 1),
])  # fmt: skip
def test_formulas_of_several_statements_need_no_semicolon_before_them(line: str, code: int) -> None:
    assert check(line).code == code
