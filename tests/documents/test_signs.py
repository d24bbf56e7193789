"""Signs that mean what the document says they do: a letter before a parenthesis, log, the bars of a norm."""

from __future__ import annotations

import pytest
from documents.conftest import ReadDocument

from gradcli.commands.check_files import check_text

SIGMA = "$$f(x) = \\sigma(2x)$$\n$$f'(x) = 2(1 - \\sigma(2x)^2)$$\n"  # true of tanh alone
LOGISTIC = "$$f(x) = \\sigma(x)$$\n$$f'(x) = \\sigma(x)(1 - \\sigma(x))$$\n"
LOG = "$f(x) = \\log x$ has $f'(x) = \\frac{1}{x \\ln 2}$.\n"  # true of base 2
NORM = "Let $x \\in \\mathbb{R}^n$, $f(x) = \\|x\\|$.\n$$\\nabla f = x/\\|x\\|$$\n"

# a document, and what is to be said of its last claim: a verdict, or words of why it is not read
SAID: dict[str, tuple[str, str]] = {
    "tanh in words": ("The activation $\\sigma$ is the hyperbolic tangent.\n\n" + SIGMA, "proved"),
    "tanh as a function": ("Here $\\sigma(\\cdot)$ is tanh.\n\n" + SIGMA, "proved"),
    "tanh in a formula": ("We take $\\sigma = \\tanh$.\n\n" + SIGMA, "proved"),
    "tanh behind": (SIGMA + "where $\\sigma$ is tanh.", "proved"),
    "defined behind": (SIGMA + "where $\\sigma(t) = \\tanh(t)$.", "proved"),
    "of the logistic function it is false": ("The sigmoid is $\\sigma$.\n\n" + SIGMA, "refuted"),
    "the logistic function": ("The logistic function is $\\sigma$.\n\n" + LOGISTIC, "proved"),
    "ReLU": ("Let $\\sigma$ be the ReLU.\n\n$f(x) = \\sigma(x)^2$, $f'(x) = 2\\sigma(x)$.", "proved"),
    "any activation": ("Let $\\sigma$ be an activation function.\n\n" + LOGISTIC, "words that are not understood"),
    "one of two": ("Let $\\sigma$ be tanh or ReLU.\n\n" + SIGMA, "in two ways"),
    "one and another": ("Let $\\sigma$ be tanh, not the sigmoid.\n\n" + SIGMA, "in two ways"),
    "another word": ("A layer with tanh units.\n\n" + LOGISTIC, "speaks of tanh"),
    "nothing": (LOGISTIC, "proved"),
    "nothing, and false of the logistic function": (SIGMA, "undecided"),
    "a feature map": ("With a feature map $\\Phi$, $f(x) = \\Phi(x)$, $f'(x) = e^x$.", "not understood"),
    "the normal distribution": (
        "The standard normal CDF is $\\Phi$. $f(x) = \\Phi(x)$, $f'(x) = \\frac{1}{\\sqrt{2\\pi}} e^{-x^2/2}$.",
        "proved",
    ),
    "a slope": ("The sigmoid $\\sigma$, $L = \\sigma(3w)^2$, $\\frac{dL}{dw} = 6\\sigma(3w)\\sigma'(3w)$.", "proved"),
    "a wrong slope": ("The sigmoid $\\sigma$, $L = \\sigma(3w)^2$, $\\frac{dL}{dw} = 2\\sigma(3w)\\sigma'(3w)$.", "refuted"),
    "slopes": (
        "Let $\\sigma$ be the sigmoid, $a, v \\in \\mathbb{R}^n$, $L = a^\\top\\sigma(v)$.\n"
        "$$\\nabla_v L = a \\odot \\sigma'(v)$$",
        "proved",
    ),
    "base 2": ("Logarithms are to base 2. " + LOG, "proved"),
    "base $2$": ("We write $\\log$ for the logarithm to base $2$. " + LOG, "proved"),
    "log_2": ("Here $\\log = \\log_2$. " + LOG, "proved"),
    "no base": (LOG, "refuted"),
    "two bases": ("The natural logarithm is $\\ln$, $\\log$ has base 2. " + LOG, "base of log"),
    "the norm": (NORM, "proved"),
    "the Euclidean norm": ("The Euclidean norm is $\\|\\cdot\\|$. " + NORM, "proved"),
    "another norm": ("Let $\\|\\cdot\\|$ be the 1-norm. " + NORM, "refuted"),
    "any norm": ("Let $\\|\\cdot\\|$ be an arbitrary norm. " + NORM, "not understood"),
    "the Frobenius norm": (
        "Let $\\lVert \\cdot \\rVert$ be the Frobenius norm, $A \\in \\mathbb{R}^{n \\times m}$, $f(A) = \\|A\\|^2$.\n"
        "$$\\nabla f = 2A$$",
        "proved",
    ),
    "primes": (
        "Let $X$ be an $n \\times k$ matrix, $b$ a $k$-vector and $y$ an $n$-vector.\n"
        "$$S(b) = (y - Xb)'(y - Xb)$$\n$$\\frac{\\partial S}{\\partial b} = -2X'(y - Xb)$$",
        "proved",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_signs_mean_what_the_document_says(read: ReadDocument, name: str) -> None:
    text, expected = SAID[name]
    claim = read("notes.md", text).claims[-1]
    assert expected in (claim.unread or check_text(claim, 0, 4, 60.0).verdict.value)


@pytest.mark.parametrize(
    ("name", "hint"), [("two bases", "\\log_2 x"), ("any norm", "\\|x\\|_2"), ("another word", "\\sigma(t) = ...")]
)
def test_the_hint_speaks_of_the_sign_that_is_refused(read: ReadDocument, name: str, hint: str) -> None:
    assert hint in read("notes.md", SAID[name][0]).claims[-1].unread.partition("\n")[2]
