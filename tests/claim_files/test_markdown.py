"""Claims in the gradcli blocks of Markdown."""

from __future__ import annotations

import re

import pytest
from claim_files.texts import Read, block, equations, lines_of, refused

from gradcli.inputs.claim_files import ClaimText

EQUATIONS: dict[str, tuple[str, str, str, str | None]] = {
    "d(x**2)/d(x) = 2*x": ("x**2", "x", "2*x", None),
    "d(x**2)/dx = 2*x": ("x**2", "x", "2*x", None),
    "  d ( x**2 ) / d ( x )=2*x": ("x**2", "x", "2*x", None),
    "d(x2)/dx2 = 1": ("x2", "x2", "1", None),
    "d(f_1)/df_1 = 1": ("f_1", "f_1", "1", None),
    "d(β²)/dβ = 2*β": ("β²", "β", "2*β", None),
    "d(e\u0301)/de\u0301 = 1": ("é", "é", "1", None),
    "d(sin((x)*(y)))/d(x) = (y)*cos(x*y)": ("sin((x)*(y))", "x", "(y)*cos(x*y)", None),
    "d(d(x)/d(x))/d(x) = 0": ("d(x)/d(x)", "x", "0", None),
    "d(x == 1)/d(x) = (x == 2)": ("x == 1", "x", "(x == 2)", None),
    "d(a = x; a**2)/d(x) = b = x; 2*b": ("a = x; a**2", "x", "b = x; 2*b", None),
    "d(einsum('i,(i)', x, y))/d(x) = y": ("einsum('i,(i)', x, y)", "x", "y", None),
    """d(f("(", x))/d(x) = g(')')""": ("""f("(", x)""", "x", "g(')')", None),
    "d2(x**3)/d(x)2 = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d2(x**3)/dx2 = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d²(x**3)/dx² = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d²(x**3)/d(x)² = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d^2(x**3)/d(x)^2 = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d**2(x**3)/dx**2 = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d2(x2)/dx22 = 0": ("x2", "x2", "0", "hessian"),
    'd(x)/d(x) = 1 # it\'s the "identity"': ("x", "x", "1", None),
    "d(x)/d(x) = f('# no') # yes": ("x", "x", "f('# no')", None),
}


@pytest.mark.parametrize("text", EQUATIONS)
@pytest.mark.parametrize("file", ["c.md", "c.py"])
def test_equations(read: Read, text: str, file: str) -> None:
    (claim,) = read(file, block(text) if file == "c.md" else f"'''\n{text}\n'''\n")
    assert (claim.function, claim.wrt, claim.claim, claim.kind) == EQUATIONS[text]
    assert (claim.line, claim.file) == (2, file)


def test_a_document(read: Read) -> None:
    claims = read(
        "notes.md",
        "# Title\n\nd(prose)/d(x) = 1\n\n```gradcli\n# the square\nd(x**2)/d(x) = 2*x\n\nd(y*x)/d(y) = x\n```\n\n"
        "```python\nd(no)/d(x) = 1\n```\n\n~~~ gradcli\nd(x)/d(x) = 1\n~~~\n",
    )
    assert claims == [
        ClaimText("x**2", "2*x", "x", name="the square", file="notes.md", line=7),
        ClaimText("y*x", "x", "y", file="notes.md", line=9),
        ClaimText("x", "1", "x", file="notes.md", line=17),
    ]


@pytest.mark.parametrize("name", ["c.md", "c.MD", "c.markdown"])
def test_suffixes(read: Read, name: str) -> None:
    assert lines_of(read(name, block("d(x)/d(x) = 1"))) == [2]


FENCES: dict[str, tuple[str, list[int]]] = {
    "longer": ("`````gradcli\nd(x)/d(x) = 1\n`````\n", [2]),
    "longer at the end": ("```gradcli\nd(x)/d(x) = 1\n``````  \nd(text\n", [2]),
    "shorter inside of longer": ("````gradcli\nd(x)/d(x) = 1\n# ```\n````\n", [2]),
    "a block that is shown": ("````markdown\n```gradcli\nnonsense\n```\n````\n```gradcli\nd(x)/d(x) = 1\n```", [7]),
    "deep": (f"{'`' * 500}md\n{'`' * 499}gradcli\nno\n{'`' * 499}\n{'`' * 500}\n" + block("d(x)/d(x) = 1"), [7]),
    "other sign": ("~~~text\n```gradcli\nno\n```\n~~~\n~~~gradcli\n\nd(x)/d(x) = 1\n~~~\n", [8]),
    "indented": ("   ```gradcli\n   d(x)/d(x) =\n     1\n  ```\ntext\n", [2]),
    "indented too far": ("    ```gradcli\n    no\n    ```\n" + block("d(x)/d(x) = 1"), [5]),
    "capitals, more words": ("``` Gradcli title=x\nd(x)/d(x) = 1\n```\n", [2]),
    "another language": ("```gradcli2\nno\n```\n" + block("d(x)/d(x) = 1"), [5]),
    "code in a line": ("``` gradcli ```\ntext\n" + block("d(x)/d(x) = 1"), [4]),
    "never closed": ("```gradcli\nd(x)/d(x) = 1\n", [2]),
    "no language": ("```\nno\n```\n" + block("d(x)/d(x) = 1"), [5]),
    "an empty block": ("```gradcli\n```\n" + block("", "d(x)/d(x) = 1"), [5]),
    "windows": ("\ufeff```gradcli\r\nd(x)/d(x) = 1\r\n```\r\n", [2]),
    "old mac": ("```gradcli\rd(x)/d(x) = 1\r```\r", [2]),
    "tabs": ("```gradcli\t\n\td(x)/d(x)\t=\t1\t\n\t\t+ 0\n```\n", [2]),
    "separators that end no line": ("a\x0cb\x1cc\u2028d\x85\n" + block("d(x)/d(x) = 1"), [3]),
}


@pytest.mark.parametrize("name", FENCES)
def test_fences(read: Read, name: str) -> None:
    content, expected = FENCES[name]
    assert lines_of(read("c.md", content)) == expected


def test_right_sides_go_on_in_deeper_lines(read: Read) -> None:
    text = block(
        "d(x*sin(x))/d(x) = sin(x)  # the product rule", "    + x *", "  cos(x)", "d(x)/d(x) =", "\t1", "  d(y)/d(y) = 1",
        "    where y > 0",
    )  # fmt: skip
    claims = read("c.md", text)
    assert equations(claims) == [("x*sin(x)", "x", "sin(x) + x * cos(x)"), ("x", "x", "1"), ("y", "y", "1")]
    assert lines_of(claims) == [2, 5, 7]
    assert claims[2].where == ("y > 0",)


def test_settings_hold_for_their_block(read: Read) -> None:
    first = block(
        "where x > 0", "d(sum(X@x))/d(x) = X", "shape X=n,d  x = d;", "at X=[[1, 2]]; x = 1, 2", "where n > 1"
    )
    (claim, other) = read("c.md", first + block("d(x)/d(x) = 1"))
    assert claim.where == ("x > 0", "n > 1")
    assert claim.shapes == ("X=n,d", "x=d")
    assert claim.values == ("X=[[1, 2]]", "x=1, 2")
    assert (other.where, other.shapes, other.values) == ((), (), ())


def test_settings_go_to_the_claims_that_they_name(read: Read) -> None:
    claims = read(
        "c.md", block("shape x=n y=", "at y=f(a=1)", "where x*y > 0", "where y < 2", "d(x)/dx = 1", "d(y)/dy = 1")
    )
    assert [claim.shapes for claim in claims] == [("x=n",), ("y=",)]
    assert [claim.values for claim in claims] == [(), ("y=f(a=1)",)]
    assert [claim.where for claim in claims] == [("x*y > 0",), ("x*y > 0", "y < 2")]


def test_lines_that_assume_and_arrange(read: Read) -> None:
    first = block(
        "vec",
        "assume S=symmetric, positive  a=unit",
        "layout numerator",
        "d(S@a)/d(S) = 1",
        "symmetric joint",
        "d(x)/dx = 1",
    )
    claims = read("c.md", first + block("assume x @ x == 1", "d(x@x)/d(x) = 2*x", "layout  denominator"))
    assert [(c.assume, c.layout, c.vec, c.symmetric) for c in claims] == [
        (("S=symmetric, positive", "a=unit"), "numerator", True, "joint"),
        ((), "numerator", True, None),
        (("x @ x == 1",), "denominator", None, None),
    ]


@pytest.mark.parametrize(
    ("above", "name"),
    [
        (["# the chain rule"], "the chain rule"),
        (["#no blank"], "no blank"),
        (["# first", "## second "], "second"),
        (["# far", ""], ""),
        (["# far", "where x > 0"], ""),
        (["d(x)/d(x) = 1 # of the other"], ""),
        (["#"], ""),
    ],
)
def test_a_comment_names_the_claim_below(read: Read, above: list[str], name: str) -> None:
    assert read("c.md", block(*above, "d(x**2)/d(x) = 2*x"))[-1].name == name


NO_LINE = r"not a line of a gradcli block, found "
REFUSED_MARKDOWN: dict[str, tuple[list[str], str]] = {
    "prose": (["", "text"], rf"c\.md:3: {NO_LINE}text, expected d\(EXPR\)/d\(NAME\) = EXPR, or a line where"),
    "no claim": (["d(x**2)"], rf"c\.md:2: {NO_LINE}d\(x\*\*2\), expected"),
    "no sign": (["d(x)/d(x) 1"], rf"c\.md:2: {NO_LINE}"),
    "comparison": (["d(x)/d(x) == 1"], rf"c\.md:2: {NO_LINE}"),
    "two variables": (["d(x*y)/d(x, y) = 1"], rf"c\.md:2: {NO_LINE}"),
    "mixed": (["d2(x*y)/d(x)d(y) = 1"], rf"c\.md:2: {NO_LINE}"),
    "doctest": ([">>> d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}>>> d"),
    "unclosed": (["d(x**2/d(x) = 2*x"], r"c\.md:2: parentheses that do not match, found d\(x\*\*2/d\(x\) = 2\*x, expected d"),
    "closed twice": (["d(x**2))/d(x) = 2*x"], r"c\.md:2: parentheses that do not match"),
    "order above": (["d2(x)/d(x) = 0"], r"c\.md:2: orders above and below that differ, found d2\(x\)"),
    "order below": (["d(x)/d(x)2 = 0"], r"c\.md:2: orders above and below that differ"),
    "order below, raised": (["d(x)/dx² = 0"], r"c\.md:2: orders above and below that differ"),
    "no function": (["d( )/d(x) = 0"], r"c\.md:2: no function inside d\(\)"),
    "no right side": (["d(x)/d(x) = # one", "d(x)/d(x) = 1"], r"c\.md:2: nothing behind the sign"),
    "right side not deeper": (["d(x)/d(x) =", "1"], r"c\.md:2: nothing behind the sign, found d\(x\)/d\(x\) =, expected"),
    "right side after a gap": (["d(x)/d(x) = 1", "", "  + 0"], rf"c\.md:4: {NO_LINE}\+ 0"),
    "continuation alone": (["  + 0", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}\+ 0"),
    "where": (["where", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}where, expected where CONDITION"),
    "shape": (["d(x)/d(x) = 1", "shape of x"], rf"c\.md:3: {NO_LINE}shape of x, expected shape X=n,d y=n"),
    "shape of what": (["shape x=n d", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}shape x=n d, expected shape"),
    "assume": (["assume S is symmetric", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}assume S is symmetric, expected assume S=symm"),
    "layout": (["layout numer", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}layout numer, expected layout numerator or denominator"),
    "vec": (["vec X", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}vec X, expected vec"),
    "symmetric": (["symmetric S", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}symmetric S, expected symmetric joint"),
    "layout twice": (["layout numerator", "d(x)/d(x) = 1", "layout numerator"], r"c\.md:4: layout: found twice in one block"),
    "assumed of nothing": (["d(x)/d(x) = 1", "assume S=symmetric"], r"c\.md:3: assume, found S, expected a name"),
    "at": (["at 3", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}at 3, expected at x=1 y=2"),
    "at nothing": (["at x=", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}at x=, expected at"),
    "at before": (["at 1 x=2", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}at 1 x=2"),
    "shape twice": (["shape x=2", "d(x)/d(x) = 1", "shape x=3"], r"c\.md:4: shape: found x twice in one block, expected once"),
    "value twice": (["at x=2 x=3", "d(x)/d(x) = 1"], r"c\.md:2: at: found x twice in one block"),
    "shape of nothing": (["d(x)/d(x) = 1", "shape X=n"], r"c\.md:3: shape, found X, expected a name that a claim here uses"),
    "value of nothing": (["d(x)/d(x) = 1", "at sin=n"], r"c\.md:3: at, found sin, expected a name"),
    "condition on nothing": (["d(x)/d(x) = 1", "where sin(y) > 0"], r"c\.md:3: where, found y, expected a name"),
    "settings alone": (["where x > 0"], r"c\.md:2: where, found x, expected a name"),
    "long": (["d(x)/d(x) = " + "1" * 70_000], r"c\.md:2: too long, found 70,012 characters, expected at most 65,536"),
    "long in pieces": (["d(x)/d(x) = 1", *["  +1"] * 30_000], r"c\.md:\d+: too long, found 65,5\d\d characters"),
    "many settings": (["where x > 0"] * 1001 + ["d(x)/d(x) = 1"], r"c\.md:1002: too many settings, found 1,001"),
    "many claims": (["d(x)/d(x) = 1"] * 10_001, r"c\.md:10002: too many claims, found 10,001, expected at most 10,000"),
    "terminal": (["d\x1b[2J\u202e"], rf"c\.md:2: {NO_LINE}d\\x1b\[2J\\u202e"),
    "nothing": ([""], r"c\.md: no claims, found none, expected fenced blocks ```gradcli"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_MARKDOWN)
def test_markdown_that_is_refused(read: Read, name: str) -> None:
    lines, message = REFUSED_MARKDOWN[name]
    assert re.match(message, refused(read, "c.md", block(*lines)).message)


def test_too_many_claims_in_small_blocks(read: Read) -> None:
    error = refused(read, "c.md", block("d(x)/d(x) = 1") * 10_001)
    assert error.message.startswith("c.md:30002: too many claims, found 10,001")
