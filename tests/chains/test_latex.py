"""Derivations whose rows are LaTeX."""

from __future__ import annotations

import json
import textwrap

import pytest
from chains.test_reading import steps

import gradcli
from gradcli import Standing

pytest.importorskip("lark")

HOMEWORK = r"""
% the function, then its derivative
f(x) = x^2 \sin x
\begin{align*}
f'(x) &= \left(\frac{d}{dx} x^2\right)\sin x + x^2 \frac{d}{dx}\left(\sin x\right) \\
      &= 2x\sin x + x^2\cos x \\
      &= x\left(2\sin x + \sin x\right)
\end{align*}
"""


@pytest.mark.parametrize(("text", "function", "wrt", "claims"), [
    (r"\frac{d}{dx}\left(x^2\sin x\right) = 2x\sin x + x^2\cos x", "x**2*sin(x)", ("x",), ["2*x*sin(x) + x**2*cos(x)"]),
    ("y = x^3\n\\frac{dy}{dx} = 3x^2 = x^2 \\cdot 3", "x**3", ("x",), ["3*x**2", "x**2*3"]),
    ("f(x, y) = x y^2\n\\frac{\\partial f}{\\partial y} = 2 x y", "x*y**2", ("y",), ["2*x*y"]),
    ("u = x^2 + 1\n\\frac{d}{dx} u^3 = 3u^2 \\cdot 2x", "(x**2 + 1)**3", ("x",), ["3*(x**2 + 1)**2*2*x"]),
    ("f(x) = x^4\nf''(x) = \\frac{d}{dx}\\left(4x^3\\right)\n= 12x^2", "x**4", ("x",), ["diff(4*x**3, x)", "12*x**2"]),
    ("shape A=n,n x=n\n\\nabla_x x^\\top A x = A x + A^\\top x", "x@A@x", ("x",), ["A@x + A.T@x"]),
    ("$$\n y = x^2\n y' = 2x + \n   0\n$$", "x**2", ("x",), ["2*x + 0"]),
])  # fmt: skip
def test_rows_are_read(text: str, function: str, wrt: tuple[str, ...], claims: list[str]) -> None:
    (found,) = gradcli.check_steps(text, latex=True).chains
    assert (found.first.function, found.first.wrt) == (function, wrt)
    assert [line.result.claim for line in found.lines] == claims
    assert [line.standing for line in found.lines] == [Standing.RIGHT] * len(claims)


def test_the_wrong_row_is_marked_and_mended_in_its_own_words() -> None:
    (found,) = gradcli.check_steps(HOMEWORK, latex=True).chains
    assert [line.standing for line in found.lines] == [Standing.RIGHT, Standing.RIGHT, Standing.WRONG]
    mistake, row = found.mistake, found.lines[2].result.latex
    assert mistake is not None
    assert row == r"x\left(2\sin x + \sin x\right)"
    assert mistake.latex_span is not None
    assert r"\sin x" in row[mistake.latex_span.start - 1 : mistake.latex_span.stop + 2]
    assert mistake.should_read_latex is not None
    (again,) = gradcli.check_steps(["2x\\sin x + x^2\\cos x", mistake.should_read_latex], latex=True,
                                   function=r"f(x) = x^2\sin x").chains  # fmt: skip
    assert [line.standing for line in again.lines] == [Standing.RIGHT, Standing.RIGHT]


def test_only_what_is_wrong_is_written_anew() -> None:
    (found,) = gradcli.check_steps(r"\frac{d}{dx}\frac{e^x}{x} = \frac{e^x (x-1)}{x}", latex=True).chains
    assert found.mistake is not None
    assert found.mistake.should_read_latex == r"\frac{e^x (x-1)}{x^{2}}"
    assert found.to_dict()["mistake"]["should_read_latex"] == r"\frac{e^x (x-1)}{x^{2}}"


def test_on_the_command_line() -> None:
    found = steps("2x\\sin x + x^2\\cos x\n= x(2\\sin x + x\\sin x)\n", "--latex", "f(x) = x^2\\sin x")
    assert found.code == 1
    assert found.stdout.startswith(textwrap.dedent(r"""
        d(x**2*sin(x))/d(x)
        stdin:1: right        = 2x\sin x + x^2\cos x
          read as: 2*x*sin(x) + x**2*cos(x)
        stdin:2: wrong        = x(2\sin x + x\sin x)
        """).lstrip())  # fmt: skip
    assert "cos(x) has become sin(x)" in found.stdout
    (chain,) = json.loads(steps("= 2x\n= 3x", "--latex", "x^2", "--json").stdout)["steps"]
    assert [line["claim"]["latex"] for line in chain["lines"]] == ["2x", "3x"]


@pytest.mark.parametrize(("text", "line", "word"), [
    ("", None, "no derivation"),
    ("% nothing", None, "no derivation"),
    ("x^2 + 1", 1, "no row"),
    ("= 2x", 1, "nothing above"),
    ("\nf'(x) = 2x", 2, "f is not defined"),
    ("y = x^2\ny' = 2x, \\quad x > 0", 2, "more than a formula"),
    ("\\frac{d}{dx} x^2 \\approx 2x", 1, "sign"),
    ("f(x) = x^{2\nf'(x) = 2x", 1, "brace"),
    ("y = x^2\ny' = 2x\nshape", 3, "no row"),
])  # fmt: skip
def test_what_is_no_row_is_refused_with_its_line(text: str, line: int | None, word: str) -> None:
    with pytest.raises(gradcli.ExpressionError) as caught:
        gradcli.check_steps(text, latex=True)
    assert word in str(caught.value)
    assert line is None or f":{line}: " in f":{caught.value}"


def test_a_row_that_cannot_be_read_leaves_the_others() -> None:
    (found,) = gradcli.check_steps("y = x^2\ny' = 2x^{\n= 2x\n= 3x", latex=True).chains
    assert [line.standing for line in found.lines] == [Standing.BROKEN, Standing.RIGHT, Standing.WRONG]
    assert "brace" in found.lines[0].result.notes[0]
