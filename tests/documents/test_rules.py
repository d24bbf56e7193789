"""What is understood in documents, a rule at a time: small documents and the claims that are read in them, by hand."""

from __future__ import annotations

import pytest
from documents.conftest import ReadDocument

from gradcli.inputs.claim_lines import ClaimText

VECTORS = "Let $A \\in \\mathbb{R}^{m \\times n}$, $x \\in \\mathbb{R}^n$ and $b \\in \\mathbb{R}^m$.\n"

# a document in Markdown: the function, the claim, the variable and the kind of each claim in it
READ: dict[str, tuple[str, list[tuple[str, str, str, str | None]]]] = {
    "a function of a letter": ("$$f(x) = x^2$$\n$$f'(x) = 2x$$", [("x**2", "2*x", "x", None)]),
    "a letter": ("$$y = x^2$$\n$$\\frac{dy}{dx} = 2x$$", [("x**2", "2*x", "x", None)]),
    "in a line": ("With $f(t) = t^3$ we find $\\frac{df}{dt} = 3t^2$.", [("t**3", "3*t**2", "t", None)]),
    "the second derivative": ("$f(t) = t^3$ has $f''(t) = 6t$.", [("t**3", "6*t", "t", "hessian")]),
    "applied": ("$f(t) = t^3$, $\\frac{d f(t)}{dt} = 3t^2$.", [("t**3", "3*t**2", "t", None)]),
    "at another letter": ("$f(t) = t^3$, $f'(s) = 3s^2$.", [("((s)**3)", "3*s**2", "s", None)]),
    "written out": ("$$\\frac{d}{dx}\\left(x^2\\right) = 2x$$", [("x**2", "2*x", "x", None)]),
    "written out with a prime": ("$$(\\sin x)' = \\cos x$$", [("sin(x)", "cos(x)", "x", None)]),
    "nabla": (f"{VECTORS}\n$$f(x) = \\|Ax - b\\|_2^2$$\n$$\\nabla f(x) = 2A^\\top(Ax - b)$$",
              [("sum((A@x - b)**2)", "2*(A.T@(A@x - b))", "x", None)]),
    "nabla with its letter": (f"{VECTORS}\n$$f = \\|Ax - b\\|_2^2$$\n$$\\nabla_b f = 2(b - Ax)$$",
                              [("sum((A@x - b)**2)", "2*(b - A@x)", "b", None)]),
    "a Hessian": (f"{VECTORS}\n$$f(x) = \\|Ax - b\\|_2^2$$\n$$\\nabla_x^2 f = 2A^\\top A$$",
                  [("sum((A@x - b)**2)", "2*(A.T@A)", "x", "hessian")]),
    "a Hessian as two derivatives": (
        f"{VECTORS}\n$$f(x) = \\|Ax - b\\|_2^2$$\n$$\\frac{{\\partial^2 f}}{{\\partial x \\partial x^\\top}} = 2A^\\top A$$",
        [("sum((A@x - b)**2)", "2*(A.T@A)", "x", "hessian")]),
    "a mixed derivative": ("$$u(x, y) = x^2 y$$\n$$\\frac{\\partial^2 u}{\\partial x \\partial y} = 2x$$",
                           [("diff(x**2*y, x)", "2*x", "y", "grad")]),
    "below": ("$$u(x, t) = x^2 t$$\n$$u_t = x^2$$\n$$u_{xx} = 2t$$",
              [("x**2*t", "x**2", "t", None), ("x**2*t", "2*t", "x", "hessian")]),
    "all at once": ("$$u(x, y) = x^2 y$$\n$$\\nabla u = (2xy, x^2)$$", [("x**2*y", "[2*x*y, x**2]", "x,y", None)]),
    "minus a derivative": ("$$U(x) = x^2$$\n$$-\\frac{dU}{dx} = -2x$$", [("x**2", "2*x", "x", None)]),
    "a chain": ("$$f(x) = x^2$$\n$$\\begin{aligned} f'(x) &= x + x \\\\ &= 2x \\end{aligned}$$",
                [("x**2", "x + x", "x", None), ("x**2", "2*x", "x", None)]),
    "a chain in a row": ("$$f(x) = x^2$$\n$$f'(x) = x + x = 2x$$",
                         [("x**2", "x + x", "x", None), ("x**2", "2*x", "x", None)]),
    "a derivative between": ("$$f(x) = x^2$$\n$$f'(x) = \\frac{df}{dx} = 2x$$", [("x**2", "2*x", "x", None)]),
    "a letter for the derivative": ("$$f(x) = x^2$$\n$$g = f'(x) = 2x$$", [("x**2", "2*x", "x", None)]),
    "a letter put in": ("$$h = 3x$$\n$$L = h^2$$\n$$\\frac{dL}{dx} = 6h$$",
                        [("h = 3*x; h**2", "h = 3*x; 6*h", "x", None)]),
    "a letter as the variable": ("$$h = 3x$$\n$$L = h^2$$\n$$\\frac{\\partial L}{\\partial h} = 2h$$",
                                 [("h**2", "2*h", "h", None)]),
    "a function applied": ("$$g(t) = t^2$$\n$$L(x) = g(3x)$$\n$$L'(x) = 18x$$", [("((3*x)**2)", "18*x", "x", None)]),
    "the function on the right": ("$$f(x) = e^x$$\n$$f'(x) = f(x)$$", [("exp(x)", "(exp(x))", "x", None)]),
    "defined again": ("$$f(x) = x^2$$\n$$f(x) = x^3$$\n$$f'(x) = 3x^2$$", [("x**3", "3*x**2", "x", None)]),
    "defined behind": ("The slope\n$$f'(x) = 2x$$\nis that of\n$$f(x) = x^2$$", [("x**2", "2*x", "x", None)]),
    "where": ("$$L(w) = a^\\top w$$\nwhere $a, w \\in \\mathbb{R}^n$.\n$$\\nabla L = a$$", [("a@w", "a", "w", None)]),
    "two definitions in a row": ("$$h = x^2, \\qquad L = 3h$$\n$$\\frac{dL}{dx} = 6x$$",
                                 [("h = x**2; 3*h", "6*x", "x", None)]),
    "a fence of math": ("```math\nf(x) = x^2\n```\n```math\nf'(x) = 2x\n```", [("x**2", "2*x", "x", None)]),
    "ticks of math": ("$`f(x) = x^2`$ and $`f'(x) = 2x`$", [("x**2", "2*x", "x", None)]),
    "a bare environment": ("$f(x) = x^2$\n\\begin{align*}\nf'(x) &= 2x\n\\end{align*}", [("x**2", "2*x", "x", None)]),
    "a comment": ("<!-- gradcli: shape A=n,n x=n assume A=symmetric -->\n$$q(x) = x^\\top A x$$\n$$\\nabla q = 2Ax$$",
                  [("x@A@x", "2*(A@x)", "x", None)]),
    "a dot": ("$x(t) = t^2$ has $\\dot x(t) = 2t$.", [("t**2", "2*t", "t", None)]),
    "two dots": ("$y = t^3$ has $\\ddot y = 6t$.", [("t**3", "6*t", "t", "hessian")]),
    "a sample": ("Let $x_1, \\dots, x_n$ be data, $L(m) = \\sum_{i=1}^n (x_i - m)^2$.\n$$L'(m) = -2\\sum_{i=1}^n (x_i - m)$$",
                 [("sum((x - m)**2)", "-2*sum(x - m)", "m", None)]),
    "a sample of vectors": (
        "Let $x_1, \\ldots, x_n \\in \\mathbb{R}^d$, $w \\in \\mathbb{R}^d$, $L(w) = \\sum_{i=1}^n w^\\top x_i$.\n"
        "$$\\nabla L = \\sum_{i=1}^n x_i$$", [("sum(x@w)", "sum(x, dim=0)", "w", None)]),
    "a block beside": ("$f(x) = x^2$, $f'(x) = 2x$\n\n```gradcli\nd(x)/d(x) = 1\n```\n",
                       [("x**2", "2*x", "x", None), ("x", "1", "x", None)]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_read(read: ReadDocument, name: str) -> None:
    text, expected = READ[name]
    suite = read("notes.md", text)
    found = [(claim.function, claim.claim, claim.wrt, claim.kind) for claim in suite.claims]
    assert ([claim.unread for claim in suite.claims], found) == ([""] * len(expected), expected)


# what a document says before f(x), and what is asked of x then: shapes, conditions, assumptions
SAID: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "greater": ("For $x > 0$:", (), ("x > 0",), ()),
    "several": ("With $a, x > 0$:", (), ("x > 0",), ()),
    "between": ("Let $0 < x < 1$.", (), ("0 < x", "x < 1"), ()),
    "not": ("For $x \\neq 0$:", (), ("x != 0",), ()),
    "an interval": ("Let $x \\in (0, 1]$.", (), ("x > 0", "x <= 1"), ()),
    "a half line": ("Let $x \\in (0, \\infty)$.", (), ("x > 0",), ()),
    "positive numbers": ("Let $x \\in \\mathbb{R}_{++}$.", (), ("x > 0",), ()),
    "a vector": ("Let $x \\in \\mathbb{R}^n$.", ("x=n",), (), ()),
    "a matrix": ("Let $x \\in \\mathbb{R}^{n \\times 3}$.", ("x=n,3",), (), ()),
    "a list": ("Let $z, x \\in \\mathbb R^{n}$.", ("x=n",), (), ()),
    "words": ("Let $x$ be an $n$-vector.", ("x=n",), (), ()),
    "words behind": ("Take vectors $z$ and $x$ of length $n$.", ("x=n",), (), ()),
    "words of a matrix": ("The $n \\times k$ matrix $x$.", ("x=n,k",), (), ()),
    "a positive constant": ("For a positive constant $x$.", (), ("x > 0",), ()),
    "its transpose": ("Let $x \\in \\mathbb{R}^{n \\times n}$ with $x = x^\\top$.", ("x=n,n",), (), ("x=symmetric",)),
    "at once": ("Let $x = x^\\top \\in \\mathbb{R}^{n \\times n}$.", ("x=n,n",), (), ("x=symmetric",)),
    "in German": ("Sei $x \\in \\mathbb{R}^{n \\times n}$ eine symmetrische Matrix.", ("x=n,n",), (), ("x=symmetric",)),
    "an adjective before a size": ("With $x$ a symmetric $n \\times n$ matrix.", ("x=n,n",), (), ("x=symmetric",)),
    "symmetric": ("Let $x \\in \\mathbb{R}^{n \\times n}$ be symmetric.", ("x=n,n",), (), ("x=symmetric",)),
    "both": ("A symmetric positive definite matrix $x \\in \\mathbb{R}^{n \\times n}$.", ("x=n,n",), (),
             ("x=symmetric,positive",)),
    "a space of matrices": ("Let $x \\in \\mathbb{S}^n$.", ("x=n,n",), (), ("x=symmetric",)),
    "not symmetric": ("Let $x \\in \\mathbb{R}^{n \\times n}$, which need not be symmetric.", ("x=n,n",), (), ()),
    "orthogonal": ("Let $x \\in \\mathbb{R}^{n \\times n}$ with $x^\\top x = I$.", ("x=n,n",), (), ("x=orthogonal",)),
    "of length 1": ("Let $x \\in \\mathbb{R}^n$ with $\\|x\\|_2 = 1$.", ("x=n",), (), ("x=unit",)),
    "said anew": ("Let $x \\in \\mathbb{R}^n$. Now let $x \\in \\mathbb{R}$.", (), (), ()),
    "a new bound": ("For $x > 0$.\n\nFor $x < 0$.", (), ("x < 0",), ()),
    "a comment": ("<!-- gradcli: where x > 2 -->", (), ("x > 2",), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(read: ReadDocument, name: str) -> None:
    text, shapes, where, assume = SAID[name]
    (claim,) = read("notes.md", f"{text}\n\n$$\\frac{{\\partial}}{{\\partial x}} 3 x = 3$$\n").claims
    assert (claim.unread, claim.shapes, claim.where, claim.assume) == ("", shapes, where, assume)


# what is no claim: its kind among what is passed over
NONE: dict[str, str] = {
    "$$\\nabla f(x) = 0$$": "condition",
    "$$f'(x) = 0 \\quad\\Rightarrow\\quad x = 1$$": "condition",
    "$$\\frac{\\partial f}{\\partial t} = k \\frac{\\partial^2 f}{\\partial x^2}$$": "equation",
    "$$\\frac{d}{dt} \\frac{\\partial f}{\\partial x} - \\frac{\\partial f}{\\partial x} = 0$$": "other",
    "$$\\frac{dv}{dt} = -kv$$": "unknown function",
    "$$A^\\top A x = A^\\top b$$": "other",
    "$$f'(x) = \\delta$$": "definition",
    "$$\\frac{\\partial f}{\\partial q} = 2$$": "other",
    "$$g(x) = x$$": "definition",
    "$$f(x) \\le x$$": "other",
    "$$f'(1) = 2$$": "other",
    "$$\\int f = 1$$": "unread",
    "$u_t = k u_{xx}$": "",
    "When $f'(x) = 3x$, stop.": "condition",
}


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_claim_is_counted(read: ReadDocument, text: str) -> None:
    suite = read("notes.md", f"$$f(x) = x^2$$\n$$f'(x) = 2x$$\n\n{text}\n")
    assert [claim.claim for claim in suite.claims] == ["2*x"]
    assert [passed.kind for passed in suite.passed if passed.line >= 4] == ([NONE[text]] if NONE[text] else [])


# what looks like a claim and cannot be judged: a part of the reason
UNREAD: dict[str, str] = {
    "$$L(w) = \\|Xw - y\\|^2$$\n$$\\nabla_w L = 2X^\\top(Xw - y)$$": "shape",
    "$$L(x) = x^\\top A x$$\n$$\\nabla L = 2Ax$$": "shape",
    "$$f(x) = x^2$$\n$$f'(x) = \\delta x$$": "delta is neither in the function nor defined before",
    "$$f(x) = g(x)^2$$\n$$f'(x) = 2x$$": "g is applied",
    "$$f(x) = \\int_0^x t dt$$\n$$f'(x) = x$$": "f, of line 1, cannot be read",
    "$$f(x) = x^2$$\n$$f'(x) = \\int 2$$": "integral",
    "$$f = x + f$$\n$$\\frac{df}{dx} = 1$$": "defined by itself",
    "$a, x \\in \\mathbb{R}^n$, $f(x) = a^\\top x$. Now $a \\in \\mathbb{R}^k$.\n$$\\nabla f = a$$": "declared anew",
    "$x \\in \\mathbb{R}^n$, $f(x) = x^\\top x$, $f'(x) = 2x$.": "axes",
    "$f = xy$, $\\nabla f = (y, x)$.": "variable",
    "Let $x \\in \\mathbb{R}^n$. $f(x) = x^\\top A x$, $\\nabla f = 2Ax$.": "the shape of A",
    "Let $x, y \\in \\mathbb{R}^n$. $f(x) = y^\\top S^{-1}(y - x)$, $\\nabla f = -S^{-1} y$.": "the shape of S",
}


@pytest.mark.parametrize("text", UNREAD)
def test_what_cannot_be_judged_says_why(read: ReadDocument, text: str) -> None:
    (claim,) = read("notes.md", text).claims
    assert UNREAD[text] in claim.unread
    assert (claim.function, claim.claim) == ("", "")


def found(claim: ClaimText) -> tuple[int, str, str]:
    return claim.line, claim.name, claim.latex


def test_places_in_latex(read: ReadDocument) -> None:
    text = r"""\documentclass{article}
\newcommand{\R}{\mathbb{R}} % $f'(x) = 0$
% gradcli: where c > 0
\begin{document}
\section{A $\sin$ curve}
\[ f(x) = c \sin x \] % \[ f'(x) = 0 \]
\begin{align} \label{eq:first}
  f'(x) &= c \cos x \label{eq:slope} \\
  f''(x)
    &= -c \sin x % goes on
    \tag{2}
\end{align}
\begin{verbatim}
\[ f'(x) = 0 \]
\end{verbatim}
\verb|$f'(x) = 0$| costs 5\$ or 6\$, \input{other}
\subsection*{The end}
\begin{equation*}
  \begin{split}
    \frac{df}{dx} &= c \cos x \\[2pt]
                  &= c \sin(x + \pi/2)
  \end{split}
\end{equation*}
\end{document}
\[ f'(x) = 0 \]
"""
    suite = read("paper.tex", text)
    assert [found(claim) for claim in suite.claims] == [
        (8, r"A $\sin$ curve · eq:slope · f'(x)", r"f'(x) &= c \cos x"),
        (9, r"A $\sin$ curve · 2 · f''(x)", r"f''(x) &= -c \sin x"),
        (20, r"The end · \frac{df}{dx}", r"\frac{df}{dx} &= c \cos x"),
        (21, r"The end · \frac{df}{dx}", r"= c \sin(x + \pi/2)"),
    ]
    assert {claim.where for claim in suite.claims} == {("c > 0",)}
    assert [claim.chain is None for claim in suite.claims] == [True, True, False, False]
    assert [(passed.line, passed.kind) for passed in suite.passed] == [(6, "definition"), (16, "not read")]


def test_a_letter_that_may_be_held_fixed(read: ReadDocument) -> None:
    """y is a formula of x above, and a variable of its own below: the right side fits one of the two."""
    text = "$y = x^3$.\n\n$z = x^2 y$, $\\frac{\\partial z}{\\partial x} = 2xy$."
    (claim,) = read("notes.md", text).claims
    assert (claim.function, claim.either) == ("y = x**3; x**2*y", False)
    assert claim.other is not None
    assert (claim.other.function, claim.other.claim) == ("x**2*y", "2*x*y")
    more = read("notes.md", text + "\n\n$\\frac{\\partial z}{\\partial y} = x^2$.").claims
    assert more[0].either
    total = read("notes.md", text.replace("\\partial", "d")).claims
    assert total[0].other is None
