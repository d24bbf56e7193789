"""Derivations of scalar functions: as textbooks have them, each line held, the last one what grad prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from places import CORPUS
from steps.corpora import found, wanted

import gradcli
from gradcli.base.errors import LimitError, Span, UsageError
from gradcli.closed.steps import rules
from gradcli.closed.steps.holding import Holding
from gradcli.closed.steps.levels import at
from gradcli.closed.steps.line import Derivation, Detail
from gradcli.closed.steps.marks import marked
from gradcli.language.nodes import Tree
from gradcli.language.parse import parse
from gradcli.language.write import write

# Typed by hand: the derivations of calculus courses, at normal detail.
BY_HAND = {
    ("x**2*sin(x)", "x"): [
        "diff(x**2*sin(x), x)",
        "diff(x**2, x)*sin(x) + x**2*diff(sin(x), x)",
        "2*x*sin(x) + x**2*cos(x)",
        "x*(x*cos(x) + 2*sin(x))",
    ],
    ("sin(x)/x", "x"): [
        "diff(sin(x)/x, x)",
        "(x*diff(sin(x), x) - sin(x)*diff(x, x))/x**2",
        "(x*cos(x) - sin(x))/x**2",
        "cos(x)/x - sin(x)/x**2",
        "(cos(x) - sin(x)/x)/x",
    ],
    ("(x**2 + 1)**3", "x"): [
        "diff((x**2 + 1)**3, x)",
        "3*(x**2 + 1)**2*diff(x**2 + 1, x)",
        "6*x*(x**2 + 1)**2",
    ],
    ("x**x", "x"): [
        "diff(x**x, x)",
        "diff(exp(x*log(x)), x)",
        "exp(x*log(x))*diff(x*log(x), x)",
        "exp(x*log(x))*(diff(x, x)*log(x) + x*diff(log(x), x))",
        "exp(x*log(x))*(log(x) + 1)",
        "x**x*(log(x) + 1)",
    ],
    ("1/(1 + exp(-x))", "x"): [
        "diff(1/(1 + exp(-x)), x)",
        "-diff(1 + exp(-x), x)/(1 + exp(-x))**2",
        "exp(-x)/(1 + exp(-x))**2",
        "exp(-x)*sigmoid(x)**2",
        "sigmoid(x)*sigmoid(-x)",
    ],
    ("log(1 + exp(-y*x))", "x"): [
        "diff(log(1 + exp(-y*x)), x)",
        "diff(1 + exp(-y*x), x)/(1 + exp(-y*x))",
        "-y*exp(-y*x)/(1 + exp(-y*x))",
        "-y*exp(-y*x)*sigmoid(y*x)",
        "-y*sigmoid(-y*x)",
    ],
    ("exp(-(x - m)**2/(2*s**2))/(s*sqrt(2*pi))", "x"): [
        "diff(exp(-(x - m)**2/(2*s**2))/(s*sqrt(2*pi)), x)",
        "exp(-(x - m)**2/(2*s**2))*diff(-(x - m)**2/(2*s**2), x)/(s*sqrt(2*pi))",
        "-exp(-(x - m)**2/(2*s**2))*(x - m)/(sqrt(2*pi)*s**3)",
    ],
    ("sqrt(x**2 + 1)", "x"): [
        "diff(sqrt(x**2 + 1), x)",
        "diff(x**2 + 1, x)/(2*sqrt(x**2 + 1))",
        "x/sqrt(x**2 + 1)",
    ],
    ("3*x**4 - 2*x**2 + 5*x", "x"): [
        "diff(3*x**4 - 2*x**2 + 5*x, x)",
        "3*diff(x**4, x) - 2*diff(x**2, x) + 5*diff(x, x)",
        "12*x**3 - 4*x + 5",
    ],
    ("where(x > 0, x**2, -x)", "x"): [
        "diff(where(x > 0, x**2, -x), x)",
        "where(x > 0, diff(x**2, x), -1)",
        "where(x > 0, 2*x, -1)",
    ],
}


def derivation(function: str, variable: str = "x", order: int = 1) -> Derivation:
    (block,) = gradcli.grad(function, wrt=variable, order=order, derivation=True).derivations
    assert block.derivation is not None
    return block.derivation


def texts(one: Derivation, detail: Detail = Detail.NORMAL) -> list[str]:
    return [line.text for line in at(one, detail)]


@pytest.mark.parametrize(("function", "variable"), BY_HAND)
def test_lines_are_those_of_textbooks(function: str, variable: str) -> None:
    assert texts(derivation(function, variable)) == BY_HAND[function, variable]


def test_rules_are_named_and_told() -> None:
    lines = at(derivation("x**2*sin(x)"), Detail.FULL)
    assert [line.rule for line in lines] == ["", "product rule", "power rule", "derivative of sin", "factor out x"]
    assert lines[1].because == "(u*v)' = u'*v + u*v' with u = x**2, v = sin(x)"
    assert [line.because for line in at(derivation("x**2*sin(x)"), Detail.NORMAL)] == [""] * 4
    assert at(derivation("(x**2 + 1)**3"), Detail.BRIEF)[1].rule == "chain rule: u = x**2 + 1"


def test_a_second_derivative_goes_through_the_first() -> None:
    assert texts(derivation("x**2*sin(x)", order=2), Detail.BRIEF) == [
        "diff(x**2*sin(x), x, x)",
        "diff(x*(x*cos(x) + 2*sin(x)), x)",
        "diff(x, x)*(x*cos(x) + 2*sin(x)) + x*diff(x*cos(x) + 2*sin(x), x)",
        *texts(derivation("x**2*sin(x)", order=2), Detail.BRIEF)[3:],
    ]
    blocks = gradcli.hessian("x**2*y**3", derivation=True, detail="brief").derivations
    mixed = next(one.derivation for one in blocks if one.names == ("x", "y"))
    assert mixed is not None
    assert texts(mixed, Detail.BRIEF) == ["diff(x**2*y**3, x, y)", "diff(2*x*y**3, y)", "6*x*y**2"]


def test_other_names_are_said_to_be_constant() -> None:
    assert derivation("a*x**n").notes == ("a, n are constant here",)
    assert derivation("x**2").notes == ()


SAMPLE = ("exp(-x**2)", "x*exp(-x)*sin(3*x)", "(a*x + b)/(c*x + d)", "atan(y/x)", "abs(x)**3", "max(x, 0)", "erf(x)**2")


@pytest.mark.parametrize("function", SAMPLE)
def test_levels_nest_and_end_with_what_is_printed(function: str) -> None:
    result = gradcli.grad(function, wrt="x", derivation=True)
    (block,) = result.derivations
    assert block.derivation is not None
    brief, normal, full = (texts(block.derivation, level) for level in Detail)
    assert _within(brief, normal)
    assert _within(normal, full)
    assert brief[0] == f"diff({write(parse(function).tree)}, x)"
    assert {brief[-1], normal[-1], full[-1]} == {(result.formula or {})["x"]}
    assert len(brief) <= 5


def _within(some: Sequence[str], more: Sequence[str]) -> bool:
    rest = iter(more)
    return all(text in rest for text in some)


def test_levels_that_do_not_nest_would_be_seen() -> None:
    assert _within(["a", "c"], ["a", "b", "c"])
    assert not _within(["c", "a"], ["a", "b", "c"])


def test_a_wrong_rule_is_caught_before_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    right = rules._product

    def wrong(part: Tree, x: Tree) -> rules.Applied | None:
        made = right(part, x)
        return None if made is None else replace(made, tree=made.tree.args[0])  # the second term is forgotten

    monkeypatch.setattr(rules, "_RULES", tuple(wrong if rule is right else rule for rule in rules._RULES))
    with pytest.raises(LimitError, match=r"a line could not be held equal to the derivative: diff\(x\*\*2, x\)\*sin"):
        gradcli.grad("x**2*sin(x)", derivation=True)


def test_a_wrong_line_is_held_by_no_way() -> None:
    holding = Holding(parse("x**2*sin(x)"), ("x",))
    assert holding.held("2*x*sin(x) + x**2*cos(x)").method == "residues"
    assert holding.held("diff(x**2, x)*sin(x) + x**2*cos(x)").error < 1e-30
    with pytest.raises(LimitError, match="could not be held"):
        holding.held("2*x*sin(x) - x**2*cos(x)")


def test_what_has_no_rule_is_refused_with_the_reason() -> None:
    with pytest.raises(LimitError, match="no derivation was found"):
        gradcli.grad("0**x", derivation=True)


def test_options_that_contradict_are_refused() -> None:
    with pytest.raises(UsageError, match="detail is of a derivation"):
        gradcli.grad("x**2", detail="full")
    with pytest.raises(UsageError, match="detail is brief, normal, full, not 'long'"):
        gradcli.grad("x**2", derivation=True, detail="long")  # type: ignore[arg-type]  # what a user may write
    with pytest.raises(UsageError, match="which entries does not give"):
        gradcli.grad("x**2", derivation=True, entries=True)


def test_marks_are_the_smallest_parts_that_differ() -> None:
    before, after = "diff(x**2, x)*sin(x) + x**2*diff(sin(x), x)", "2*x*sin(x) + x**2*diff(sin(x), x)"
    replaced, changed = marked(before, after)
    assert [before[s.start : s.stop] for s in replaced] == ["diff(x**2, x)"]
    assert [after[s.start : s.stop] for s in changed] == ["2", "x"]
    assert marked("x", "y") == ((Span(0, 1),), (Span(0, 1),))
    assert marked("x", "x") == ((), ())


def test_values_have_a_derivation_in_letters() -> None:
    result = gradcli.grad("a*x**2", {"a": 3.0, "x": 2.0}, wrt="x", derivation=True)
    assert result.derivative == {"x": 12.0}
    (block,) = result.derivations
    assert block.derivation is not None
    assert texts(block.derivation) == ["diff(a*x**2, x)", "2*a*x"]
    shown = gradcli.explain("a*x**2", {"a": 3.0, "x": 2.0}, wrt="x", show="derivation", detail="full")
    assert [line["text"] for line in shown.to_dict()["derivation"]["x"]["lines"]][-1] == "2*a*x"


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_claims_of_the_corpus_have_derivations() -> None:
    """Every other true claim: all lines were held, or there would be none."""
    results = [found(one) for one in wanted("claims_scalar")[::4]]
    assert [one.wanted.name for one in results if one.derivation is None] == []
    assert all(one.derivation and one.derivation.lines[-1].text == one.printed for one in results)
