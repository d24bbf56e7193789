"""LaTeX of ours becomes MathML that an XML reader takes, with the structure that print has; the rest is refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from gradcli.closed.notation.latex_words import TEMPLATES
from gradcli.report.html.mathml import MAX_DEPTH, UnsetError, mathml


def tree(latex: str) -> ET.Element:
    return ET.fromstring(mathml(latex, "what it says"))  # noqa: S314 - our own text


def outline(element: ET.Element) -> str:
    """``msup(mi:x mn:2)``"""
    below = [outline(child) for child in element if child.tag != "annotation"]
    if element.tag in {"semantics", "math"}:
        return " ".join(below)
    own = f":{element.text}" if element.text and element.text.strip() else ""
    return f"{element.tag}{own}" + (f"({' '.join(below)})" if below else "")


@pytest.mark.parametrize(("latex", "made"), [
    ("x^{2}", "msup(mi:x mn:2)"),
    (r"x_{1}^{2}", "msubsup(mi:x mn:1 mn:2)"),
    (r"\frac{1}{2}", "mfrac(mn:1 mn:2)"),
    (r"\sqrt[3]{x}", "mroot(mi:x mn:3)"),
    (r"\hat{\beta}", "mover(mi:β mo:^)"),
    (r"A^{\top}", "msup(mi:A mi:⊤)"),
    (r"f'", "msup(mi:f mo:′)"),
    ("(x)^{2}", "msup(mrow(mo:( mi:x mo:)) mn:2)"),
    (r"\lVert x \rVert_{2}", "msub(mrow(mo:‖ mi:x mo:‖) mn:2)"),
    (r"\sum_{i} x_{i}", "mrow(munder(mo:∑ mi:i) mspace msub(mi:x mi:i))"),
    (r"2 \log(x)", "mrow(mn:2 mspace mi:log mrow(mo:( mi:x mo:)))"),
    (r"\log\det(X)", "mrow(mi:log mspace mi:det mrow(mo:( mi:X mo:)))"),
    (r"\operatorname{tr}(X)", "mrow(mi:tr mrow(mo:( mi:X mo:)))"),
    (r"\class{changed}{x} + 1", "mrow(mrow(mi:x) mo:+ mn:1)"),
    (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
     "mrow(mo:[ mtable(mtr(mtd(mn:1) mtd(mn:2)) mtr(mtd(mn:3) mtd(mn:4))) mo:])"),
    (r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
     "mrow(mo:{ mtable(mtr(mtd(mi:x) mtd(mrow(mtext:if\u00a0 mi:x mo:> mn:0))) mtr(mtd(mn:0) mtd(mtext:otherwise))))"),
])  # fmt: skip
def test_structure(latex: str, made: str) -> None:
    assert outline(tree(latex)) == made


@pytest.mark.parametrize(("latex", "prefix"), [
    ("-x", True), ("(-x)", True), ("x - y", False), (r"\sin(x) + y", False), ("a = -b", True), ("x^{-1}", True),
])  # fmt: skip
def test_a_sign_before_a_term_is_told_from_one_between_two(latex: str, prefix: bool) -> None:
    signs = [mo for mo in tree(latex).iter("mo") if mo.text in {"−", "+"}]
    assert [mo.get("form") == "prefix" for mo in signs] == [prefix]


def test_brackets_grow_with_what_is_tall_alone() -> None:
    def grown(latex: str) -> set[str | None]:
        return {mo.get("stretchy") for mo in tree(latex).iter("mo") if mo.text in {"(", ")"}}

    assert grown("(x + y)") == {"false"}
    assert grown(r"\left(\frac{x}{y}\right)") == grown(r"(\frac{x}{y})") == {None}


def test_the_text_and_the_latex_stay_with_the_formula() -> None:
    found = tree(r"\frac{x}{y}")
    assert found.get("alttext") == "what it says"
    assert [part.text for part in found.iter("annotation")] == [r"\frac{x}{y}"]


@pytest.mark.parametrize("latex", [
    r"\href{javascript:alert(1)}{x}", r"\unknown", "{x", "x}", "(x", "x)", r"\left( x", r"\frac{1}", "x^{1}^{2}",
    r"\begin{evil} x \end{evil}", r"\begin{bmatrix} x \end{cases}", r"\class{own}{x}", "&", "#",
    "{" * (MAX_DEPTH + 2) + "x" + "}" * (MAX_DEPTH + 2), "x" * 30_000, "",
])  # fmt: skip
def test_what_is_not_read_is_refused(latex: str) -> None:
    if not latex:
        assert outline(tree(latex)) == "mrow"
        return
    with pytest.raises(UnsetError):
        mathml(latex, latex)


def test_words_are_text_and_never_markup() -> None:
    made = mathml(r"\operatorname{<b>} + \mathrm{a\&b}", '"><script>')
    assert "<b>" not in made
    assert "<script" not in made
    assert ET.fromstring(made) is not None  # noqa: S314 - our own text


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_function_of_our_latex_can_be_set(name: str) -> None:
    """Every template of closed/notation/latex_words.py, its operands letters."""
    template = TEMPLATES[name]
    operands = ["x"] * template.count("{}")
    assert "<math" in mathml(template.format(*operands, n="n", all="x, y"), name)
