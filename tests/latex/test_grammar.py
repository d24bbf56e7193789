"""LaTeX to trees: what people write is read as they mean it, and what can be read two ways is refused with both."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
from latex.shown import shown
from places import CORPUS

from gradcli.base.errors import ExpressionError, GradcliError, LimitError, MissingError, Span
from gradcli.language.latex import recognise
from gradcli.language.latex.grammar import parse_display, parse_latex
from gradcli.language.latex.macros import macros_of
from gradcli.language.latex.nodes import Node, Number

# Typed by hand: the formula, and its tree as ``shown`` writes it.
READ = [
    # one token each
    (r"\frac12 x^2", "<(1 : 2) x^{2}>"),
    (r"\frac{a}b c", "<(a : b) c>"),
    (r"\frac\pi2", "(pi : 2)"),
    (r"x^23", "<x^{2} 3>"),
    (r"x^{23}", "x^{23}"),
    (r"x^\frac12", "x^{(1 : 2)}"),
    (r"\sqrt2 x", "<root(2) x>"),
    (r"\sqrt[n]{x}", "rootn(x)"),
    (r"x \over y + 1", "(x : [y + 1])"),
    (r"{n \choose k} x", "<binomial(n, k) x>"),
    # functions without parentheses
    (r"\sin 2x", "sin.(<2 x>)"),
    (r"\sin^2 x", "sin^{2}.(x)"),
    (r"\log_a x", "log_{a}.(x)"),
    (r"\ln\ln x", "ln.(ln.(x))"),
    (r"x\sin x\cos x", "<x sin.(x) cos.(x)>"),
    (r"\sin x \cdot y", "<sin.(x) cdot y>"),
    (r"\sin(x)^2 y", "<sin(x)^{2} y>"),
    (r"\log\frac{1+x}{1-x}", "log.(([1 + x] : [1 + -x]))"),
    (r"\log |\det J|", "log.(|det.(J)|)"),
    (r"\exp{-x} + \sin{2x}", "[exp.(-x) + sin.(<2 x>)]"),
    (r"\exp\left[-x^2\right]", "exp(-x^{2})"),
    (r"\log\sum_j e^{z_j}", "log.(sum[j from - to -](e^{z_{j}}))"),
    (r"\operatorname{tr} A^\top B", "tr.(<A^{top} B>)"),
    (r"\mathrm{softmax}(z)_i", "softmax(z)_{i}"),
    # letters, words, marks
    (r"\hat{\beta}_1 x", "<beta~hat_{1} x>"),
    (r"\mathbf{A}\mathbf{x}", "<A:bf x:bf>"),
    (r"{\bf x}^T y", "<x:bf^{T} y>"),
    (r"\text{mass} \times \text{speed}^2", "<mass:text times speed:text^{2}>"),
    (r"\lambda_{\max}(A) x_{t|t-1}", "<lambda_{max:rm}@(A) x_{t, [t + -1]}>"),
    (r"v_{\max}", "v_{max:rm}"),
    (r"x_{ij}^{(k)}", "x_{<i j>}^{(k)}"),
    (r"f''(x) + A'", "[f''@(x) + A']"),
    (r"x^* + (AB)^*", "[x~star + (<A B>)^{star}]"),
    (r"x^{\odot 2} + A^{\odot -1}", "[x^{<odot 2>} + A^{<odot -1>}]"),
    (r"x_{2:n} A_{:,j} A_{1:,\cdot}", "<x_{2 : n} A_{colon, j} A_{1 : colon, dot}>"),
    (r"(1 - z)_+", "([1 + -z])_{plus}"),
    (r"P\left(1+\frac{r}{n}\right)^{nt}", "P@([1 + (r : n)])^{<n t>}"),
    # sums
    (r"\sum_{i=1}^n x_i + 1", "[sum[i from 1 to n](x_{i}) + 1]"),
    (r"\sum_{i,j=1}^{n} a_{ij}", "sum[i, j from 1 to n](a_{<i j>})"),
    (r"\sum_{1\le i\le n} x_i", "sum[i from 1 to n](x_{i})"),
    (r"\sum_{i<j} x_i", "sum[i, j from - to - if i < j](x_{i})"),
    (r"\sum_{i \in S} x_i", "sum[i from - to - if i in S](x_{i})"),
    (r"1/n \sum_i x_i", "<(1 : n) sum[i from - to -](x_{i})>"),
    (r"\max(0, x)", "max(0, x)"),
    (r"\max_i x_i", "max[i from - to -](x_{i})"),
    # bars and brackets
    (r"|x||y|", "<|x| |y|>"),
    (r"|x-|y||", "|[x + -|y|]|"),
    (r"\|Ax-b\|_2^2", "||[<A x> + -b]||_{2}^{2}"),
    (r"||x||^2", "||x||^{2}"),
    (r"\langle x, y \rangle", "inner(x, y)"),
    (r"\lfloor x \rfloor + n!", "[floor(x) + factorial(n)]"),
    # derivatives
    (r"\frac{d}{dx} x^2 \sin x + 1", "[d1/x(<x^{2} sin.(x)>) + 1]"),
    (r"\frac{\mathrm d y}{\mathrm d x}", "d1/x(y)"),
    (r"\frac{\partial^3 f}{\partial x^2 \partial y}", "partial3/x, x, y(f)"),
    (r"\frac{\partial x^T A x}{\partial x}", "partial1/x(<x^{T} A x>)"),
    (r"\frac{\partial^2 f}{\partial x \partial x^\top}", "partial2/x, x(f)"),
    (r"\frac{\partial f}{\partial x}(x, y)", "partial1/x(f@(x, y))"),
    (r"dy/dx + \partial f/\partial x", "[d1/x(y) + partial1/x(f)]"),
    (r"\partial_{xx} u", "partial2/x, x(u)"),
    (r"\nabla_w \frac12 \|w\|^2", "grad1/w(<(1 : 2) ||w||^{2}>)"),
    (r"\nabla f(x)^\top d", "<grad1/(f@(x))^{top} d>"),
    (r"\nabla_x x^\top A x", "grad1/x(<x^{top} A x>)"),
    (r"\nabla \cdot (\rho u)", "div1/((<rho u>))"),
    (r"h^\top \nabla^2 f(x) h", "<h^{top} grad2/(f@(x)) h>"),
    # tables
    (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}", "vmatrix{a, b; c, d}"),
    (r"\left[\begin{array}{cc} 1 & 2 \end{array}\right]", "bmatrix{1, 2}"),
    (r"\begin{cases} x, & x>0\\ 0 & \text{else} \end{cases}", "cases{x if x > 0; 0 if -}"),
    (r"\left\{\begin{array}{ll} x & \text{if } x \ge 0 \\ 0 & \text{otherwise}\end{array}\right.",
     "cases{x if x >= 0; 0 if -}"),
    (r"\mathbf 1_{x>0} + \mathbb{1}\{y<1\} + [z = 2]", "[1[x > 0] + 1[y < 1] + 1[z = 2]]"),
    # several lines, and what says nothing
    ("\\begin{align*}\n L(w) &= a \\\\\n &\\quad + b \\tag{3}\n\\end{align*}", "L@(w) = [a + b]"),
    (r"f(x) &= x \\ &= y,", "f@(x) = x = y"),
    (r"f &= x \\ &\phantom{=} + y \label{eq:f}", "f = [x + y]"),
    (r"\vec\nabla f", "grad1/(f)"),
    (r"\boxed{\displaystyle \underbrace{x}_{\text{first}}\, y} % note", "<x y>"),
    (r"$$ \left(\!x\!\right)^{\!2} $$", "(x)^{2}"),
    ("λ² ≤ ‖x‖", "lambda^{2} <= ||x||"),
]  # fmt: skip

# A formula, what stands in the message, and the place that it points at.
REFUSED = [
    (r"1/2x", "two ways: (1/2) x, or 1 over (2x)", "1/2x"),
    (r"6 \div 2(x+1)", r"two ways: (6 \div 2) (x+1), or 6 over (2(x+1))", r"6 \div 2(x+1)"),
    (r"|a|b|c|", "two ways: |a| b |c|, or |a |b| c|", "|b|"),
    (r"1{,}000 x", "two ways: thousands (1000), or a decimal comma (1.000)", "1"),
    (r"1e-3", "two ways", "1"),
    (r"\sin x/y", r"two ways: \sin(x) /y, or \sin(x /y)", r"\sin x/y"),
    (r"\log p(x) q(x)", r"two ways: \log(p(x)) q(x), or \log(p(x) q(x))", r"\log p(x) q(x)"),
    (r"\frac{d}{dx}(x+1)(x-1)", r"two ways: (\frac{d}{dx}(x+1)) (x-1)", r"\frac{d}{dx}(x+1)(x-1)"),
    (r"\nabla f g", r"two ways: (\nabla f) g, or \nabla(f g)", r"\nabla f g"),
    (r"{x+1}y", "two ways: times (x+1)", "{x+1}"),
    (r"\sin{x+1}", r"two ways: \sin(x+1), or a sum, as it looks", r"\sin{x+1}"),
    (r"\sum_i {x_i + 1}", r"two ways: \sum_i(x_i + 1)", r"\sum_i {x_i + 1}"),
    (r"sin(x)", "two ways: the function, or s times i times n", "sin"),
    (r"\frac{\Delta y}{\Delta x}", "two ways: a quotient of differences", r"\Delta y}{\Delta x"),
    (r"x**2", "** is no sign of LaTeX", "**"),
    (r"\pm x", "two values at once", r"\pm"),
    (r"\int_0^1 x\,dx", "an integral", r"\int"),
    (r"\lim_{x\to 0} x", "a limit", r"\lim"),
    (r"\mathbb{E}[x]", "an expectation", "E"),
    (r"E[x^2]", "two ways: an expectation over a distribution that is not given, or E times [x^2]", "E[x^2]"),
    (r"1 + \cdots + n", "dots", r"\cdots"),
    (r"\sum_{i=1}^{\infty} x^i", "an infinite sum", r"\sum_{i=1}^{\infty}"),
    (r"\left. f \right|_{x=0}", "a value at a point", r"\left."),
    (r"f|_0", "a bar | without its partner", "|"),
    (r"\min_x f(x) \text{ s.t. } x \ge 0", "words that are no part of a formula: s.t.", r" \text{ s.t. } "),
    (r"x^2^3", "a double superscript", "^3"),
    (r"\frac{x}{", "a brace { is never closed", "{"),
    (r"\left( x \right]", r"\left( is closed by \right]", r"\left( x \right]"),
    (r"\foo{x}", r"the command \foo is not known", r"\foo"),
    (r"x + ", "something is missing after +", "+"),
    (r"\sin + 1", r"\sin lacks its argument", r"\sin"),
    (r"e^-x", "^ takes one token", "-"),
    ("", "an empty formula", ""),
    (r"a = 1 \\ b = 2", "a second formula", "b = 2"),
    (r"\frac{d^2 f}{dx}", "of order 2 above and of order 1 below", r"\frac{d^2 f}{dx}"),
    ("x\0", "a control character", "\0"),
    (r"\begin{matrix} a & b \\ c \end{matrix}", "rows of different length", r"\begin{matrix} a & b \\ c \end{matrix}"),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "tree"), READ)
def test_a_formula_is_read(latex: str, tree: str) -> None:
    assert shown(parse_latex(latex)) == tree


@pytest.mark.parametrize(("latex", "message", "place"), REFUSED)
def test_a_formula_is_refused_with_its_reason_and_place(latex: str, message: str, place: str) -> None:
    with pytest.raises(GradcliError) as caught:
        parse_latex(latex)
    assert message in caught.value.message
    assert caught.value.span is not None
    assert latex[caught.value.span.start : caught.value.span.stop] == place
    assert caught.value.source == latex


def test_an_unknown_command_has_a_near_one() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_latex(r"\apha + 1")
    assert caught.value.hint is not None
    assert "did you mean \\alpha?" in caught.value.hint


# -- macros


def test_macros_are_put_in() -> None:
    macros = macros_of(r"""
        \newcommand{\R}{\mathbb{R}} \renewcommand\vec[1]{\mathbf{#1}} \def\half#1{\frac12#1}
        \newcommand{\pd}[2][f]{\frac{\partial #1}{\partial #2}} \DeclareMathOperator*{\trace}{tr} \let\eps\varepsilon
        % \newcommand{\gone}{x}
    """)
    assert sorted(macros.table) == ["R", "eps", "half", "pd", "trace", "vec"]
    assert shown(parse_latex(r"\vec{x} \in \R^n", macros)) == "x:bf in R:bb^{n}"
    assert shown(parse_latex(r"\pd{x} + \pd[g]{y}", macros)) == "[partial1/x(f) + partial1/y(g)]"
    assert shown(parse_latex(r"\half \eps \trace(A)", macros)) == "<(1 : 2) varepsilon tr(A)>"
    assert shown(parse_latex(r"\newcommand{\own}{x+y} (\own)^2")) == "([x + y])^{2}"


def test_what_a_macro_comes_to_stands_at_its_call() -> None:
    text = r"1 + \pd{x}"
    tree = parse_latex(text, macros_of(r"\newcommand{\pd}[1]{\frac{\partial f}{\partial #1}}"))
    (derivative,) = [node for node in _within(tree) if type(node).__name__ == "Derivative"]
    assert text[derivative.span.start : derivative.span.stop] == r"\pd{x}"


@pytest.mark.parametrize(("definitions", "message"), [
    (r"\def\x{\x}", "calls itself"),
    (r"\def\x{\x\x}", "calls itself"),
    (r"\def\x#1;{#1}", "cannot be put in"),
    (r"\newcommand{\x}[1]{#1}", "takes 1 argument, and has 0"),
    ("".join(rf"\def\{b}{{\{a}\{a}\{a}}}" for a, b in zip("abcdefghijklmnop", "bcdefghijklmnopx", strict=True)),
     "the macros come to more than"),
])  # fmt: skip
def test_a_macro_that_has_no_end_is_refused(definitions: str, message: str) -> None:
    with pytest.raises(GradcliError, match=message):
        parse_latex(r"\x", macros_of(definitions))


# -- displays

_DISPLAY = r"""
  L(w) &= \left( x + y \right. \nonumber \\
       &\qquad \left. + z \right) \label{eq:loss} \\[2pt]
       &\le 3, \quad x > 0 \\
  \foo &= x, \\
  h = Wx, \qquad y &= h + b \\
  \Rightarrow v &= \Sigma^{-1} m \text{ for all } m \in S.
"""


def test_a_display_is_read_row_by_row() -> None:
    rows = parse_display(_DISPLAY)
    read = [[None if part is None else shown(part) for part in row.parts] for row in rows]
    assert read[:2] == [["L@(w)", "([x + y + z])"], [None, "3"]]
    assert rows[0].label == "eq:loss"
    assert (rows[1].signs, [shown(part) for part in rows[1].rest[0].parts if part]) == (("<=",), ["x", "0"])
    assert rows[2].unread is not None
    assert read[2] == [None, "x"]
    assert (read[3], [shown(part) for part in rows[3].rest[0].parts if part]) == (["h", "<W x>"], ["y", "[h + b]"])
    assert (rows[4].said, rows[4].rest[0].said) == ("Rightarrow", "for all")
    assert _DISPLAY[rows[3].span.start : rows[3].span.stop] == "h = Wx,"


def test_statements_between_commas_are_rows() -> None:
    (row,) = parse_display("x = 1, y > 2")
    assert [shown(part) for each in (row, *row.rest) for part in each.parts if part] == ["x", "1", "y", "2"]


# -- bounds

_LARGE = {
    "a megabyte": "x+" * 500_000,
    "braces": "{" * 30_000 + "x" + "}" * 30_000,
    "parentheses": "(" * 20_000 + "x",
    "arguments": "\\sqrt" * 9_000 + "x",
    "functions": "\\sin" * 2_000 + " x",
    "operators": "\\nabla " * 2_000 + "f",
    "negations": "\\not" * 9_000,
    "fonts": "\\mathbf" * 6_000 + "x",
    "signs": "-" * 30_000 + "x",
    "digits": "1" * 30_000,
    "rows": "x \\\\ " * 12_000,
    "tables": "\\begin{cases}" * 3_000,
    "quotients": "x/" * 3_000 + "x",
    "an entry each": "\\begin{matrix}" + "x&" * 5_000 + "x\\end{matrix}",
}


@pytest.mark.parametrize("text", _LARGE.values(), ids=_LARGE.keys())
def test_what_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(GradcliError):
        parse_latex(text)


def test_what_is_long_but_flat_is_read() -> None:
    tree = parse_latex("+".join(["x\\sin x"] * 1_000))
    assert len(tree.terms) == 1_000  # type: ignore[attr-defined]  # a sum
    with pytest.raises(LimitError, match="at most 65,536"):
        parse_latex("x" * 70_000)


# -- properties


def _formulas() -> list[str]:
    corpus = CORPUS / "latex_formulas.jsonl"
    own = [latex for latex, *_ in (*READ, *REFUSED)]
    return own + ([json.loads(line)["latex"] for line in corpus.read_text().splitlines()] if corpus.exists() else [])


def _mutants(seed: int, count: int) -> Iterator[str]:
    """Formulas with parts gone, doubled or taken from others."""
    rng = random.Random(seed)  # noqa: S311
    cut = [re.findall(r"\\[A-Za-z]+|\\.|.", formula, re.DOTALL) for formula in _formulas()]
    pool = [part for parts in cut for part in parts]
    for _ in range(count):
        parts = list(rng.choice(cut))
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(parts) + 1)
            change = rng.random()
            if change < 0.4:
                parts[at : at + 1] = []
            elif change < 0.7:
                parts.insert(at, rng.choice(pool))
            else:
                other = rng.choice(cut)
                start = rng.randrange(len(other) + 1)
                parts[at:at] = other[start : start + rng.randint(1, 8)]
        yield "".join(parts)


def _within(node: Node) -> Iterator[Node]:
    """A node and all nodes in it."""
    yield node
    for each in fields(node):
        value = getattr(node, each.name)
        values = value if isinstance(value, tuple) and not isinstance(value, Span) else (value,)
        for item in values:
            for cell in item if isinstance(item, tuple) else (item,):
                if isinstance(cell, Node):
                    yield from _within(cell)


def _misplaced(tree: Node, text: str) -> list[Node]:
    """Nodes that stand nowhere in the text or are empty."""
    return [node for node in _within(tree) if not 0 <= node.span.start < node.span.stop <= len(text)]


def _error_of(text: str) -> GradcliError | None:
    try:
        parse_latex(text)
    except GradcliError as error:
        return error
    return None


@pytest.mark.parametrize("seed", range(4))
def test_nothing_breaks_the_reader_and_all_places_are_in_the_text(seed: int) -> None:
    for text in _mutants(seed, 400):
        error = _error_of(text)
        if error is None:
            assert _misplaced(parse_latex(text), text) == [], (seed, text)
        else:
            assert error.span is not None, (seed, text)
            assert 0 <= error.span.start <= error.span.stop <= len(text), (seed, text)
            assert "\ufdd4" not in error.message, (seed, text)
        for row in parse_display(text):
            assert 0 <= row.span.start <= row.span.stop <= len(text), (seed, text)
            assert len(row.signs) == len(row.parts) - 1, (seed, text)


def test_a_node_out_of_place_would_be_seen() -> None:
    tree = parse_latex("x + 1")
    assert _misplaced(tree, "x + 1") == []
    assert _misplaced(replace(tree, terms=(Number("1", span=Span(4, 9)),)), "x + 1") != []  # type: ignore[call-arg]  # a sum


@pytest.mark.parametrize("latex", [latex for latex, _ in READ if "\\\\" not in latex and "\\over " not in latex])
def test_braces_around_a_formula_change_nothing(latex: str) -> None:
    bare = latex.replace("$", "").partition("%")[0]
    if "&" not in bare.replace("\\begin", "") or "\\begin" in bare:
        assert shown(parse_latex(f"{{{bare}}}")) == shown(parse_latex(bare))


def test_without_lark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognise, "find_spec", lambda _name: None)
    recognise._parser.cache_clear()
    with pytest.raises(MissingError) as caught:
        parse_latex("x")
    monkeypatch.undo()
    assert caught.value.hint == "pip install 'gradcli[latex]'"
    assert shown(parse_latex("x")) == "x"
