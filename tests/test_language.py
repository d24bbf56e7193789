"""The language: what a text is read as, that what is written reads back, and what is refused, with place and next move."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradcli
from gradcli.autograd.tensors import evaluate, session
from gradcli.base.errors import GradcliError, LimitError
from gradcli.inputs.prepare import prepare
from gradcli.language import write as writer
from gradcli.language.parse import parse
from gradcli.language.tokens import MAX_SOURCE
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree

# -- read as

READ_AS = [
    # operators and their binding
    ("x^2 + 1", "x**2 + 1"), ("-x^2", "-x**2"), ("x^y^z", "x**y**z"), ("(x^y)^z", "(x**y)**z"), ("2^-x", "2**-x"), ("(-x)^2", "(-x)**2"),
    ("a@b*c", "(a @ b)*c"), ("-a@b", "-a @ b"), ("a@(b@c)", "a @ (b @ c)"), ("x%y*z", "x%y*z"), ("x//y", "x//y"), ("x-(y-z)", "x - (y - z)"),
    ("x-y-z", "x - y - z"), ("x/(y*z)", "x/(y*z)"), ("x/y*z", "x/y*z"), ("+x", "x"), ("a+-b", "a - b"), ("- - x", "--x"), ("-1/2*x", "-1/2*x"),
    ("x if a < b else y", "where(a < b, x, y)"), ("x if a<b and not c>d or e==1 else y", "where(a < b and not c > d or e == 1, x, y)"),
    ("where(a < b < c, x, y)", "where(a < b and b < c, x, y)"), ("(a < b)*x", "where(a < b, 1, 0)*x"),
    # numbers
    ("1_000*x", "1000*x"), ("0.1*x", "0.1*x"), ("1e-3*x", "0.001*x"), ("1.50*x", "1.5*x"), (".5*x", "0.5*x"), ("1/3", "1/3"),
    ("3.14159265358979*x", "3.14159265358979*x"), ("1e-20*x", "1e-20*x"), ("tau", "tau"), ("math.tau", "2*pi"), ("e**x", "e**x"), ("-inf", "-inf"),
    # characters as people mean them
    ("x²", "x**2"), ("x⁻¹", "x**-1"), ("x¹²", "x**12"), ("√(x+1)", "sqrt(x + 1)"), ("√2·x", "sqrt(2)*x"), ("√x²", "sqrt(x**2)"), ("π·r²", "pi*r**2"),
    ("x×y÷z", "x*y/z"), ("x−y", "x - y"), ("x if x ≤ 1 else y", "where(x <= 1, x, y)"), ("where(x ≠ y, x, y)", "where(x != y, x, y)"),
    ("Aᵀ@b", "A.T @ b"), ("α*β", "α*β"), ("\u00b5*x", "\u03bc*x"), ("nai\u0308ve*e\u0301", "naïve*é"), ("2\u00a0*\u202fx", "2*x"),
    # ordinary names
    ("lambda*beta + gamma*zeta", "lambda*beta + gamma*zeta"), ("S + N - I*E", "S + N - I*E"), ("in + is", "in + is"), ("oo + zoo", "oo + zoo"),
    ("gamma(gamma)", "gamma(gamma)"), ("pi = 3; pi*x", "3*x"), ("f = x; f + f", "x + x"), ("r = A@x - b\nsum(r**2)", "sum((A @ x - b)**2)"),
    ("f = x < 1; where(f, x, y)", "where(x < 1, x, y)"),
    # prefixes and what their library means
    ("x + -x*x", "x + -x*x"), ("x + -(x*x)", "x - x*x"),
    ("torch.sin(x)", "sin(x)"), ("np.absolute(x)", "abs(x)"), ("F.relu(x)", "relu(x)"), ("torch.nn.functional.silu(x)", "silu(x)"),
    ("math.pi*x", "pi*x"), ("np.inf", "inf"), ("torch.special.expit(x)", "sigmoid(x)"), ("scipy.special.psi(x)", "digamma(x)"),
    ("torch.linalg.det(A)", "det(A)"), ("jnp.mean(x)", "mean(x)"), ("np.power(x, 3)", "x**3"), ("torch.sub(x, y)", "x - y"),
    ("std(x)", "std(x)"), ("torch.std(x)", "std(x)"), ("x.std()", "std(x)"), ("np.std(x)", "std(x, correction=0)"), ("np.var(x, ddof=1)", "var(x)"),
    ("x.std(unbiased=False)", "std(x, correction=0)"), ("np.std(x, 0)", "std(x, dim=0, correction=0)"),
    ("max(x, 1)", "max(x, 1)"), ("torch.max(x, 1)", "max_along(x, dim=1)"), ("x.max(1)", "max_along(x, dim=1)"), ("np.max(x, 0)", "amax(x, dim=0)"),
    ("torch.max(x)", "amax(x)"), ("torch.max(x, y)", "max(x, y)"), ("max(x)", "max(x)"), ("torch.min(x, dim=1)", "min_along(x, dim=1)"),
    ("np.linalg.norm(x, 1)", "linalg_norm(x, ord=1)"), ("torch.norm(x, 1)", "norm(x, p=1)"), ("norm(x, p=inf)", "norm(x, p=inf)"),
    ("torch.cat([x, y], 1)", "concat(x, y, dim=1)"), ("torch.cat((x, y))", "concat(x, y)"), ("np.concatenate([x, y])", "concat(x, y)"),
    ("torch.stack([x, y])", "[x, y]"), ("torch.stack((x, y), dim=1)", "stack(x, y, dim=1)"), ("max([x, y])", "max([x, y])"),
    ("np.dot(A, x)", "array_dot(A, x)"), ("np.transpose(A)", "permute(A)"), ("np.transpose(A, (1, 0))", "permute(A, 1, 0)"),
    # methods, indices, constants of calls
    ("x.sum()", "sum(x)"), ("x.mean(dim=0)", "mean(x, dim=0)"), ("x.pow(2).sum()", "sum(x**2)"), ("x.T@y", "x.T @ y"), ("A.t()", "A.T"),
    ("A.mm(B)", "A @ B"), ("A.mT", "matrix_transpose(A)"), ("(x + y).sum()", "sum(x + y)"), ("x.view(2, -1)", "reshape(x, 2, -1)"),
    ("x.clamp(min=0)", "clamp(x, 0)"), ("clamp(x, max=1)", "clamp(x, max=1)"), ("clamp(x, None, 1)", "clamp(x, max=1)"),
    ("sum(x, axis=(0, 1))", "sum(x, dim=(0, 1))"), ("sum(x, 1, True)", "sum(x, dim=1, keepdim=True)"), ("softmax(x, -1)", "softmax(x)"),
    ("[[1,2],[3,4]]@x", "[[1, 2], [3, 4]] @ x"), ("x[1:, ..., None, -1]", "x[1:, ..., None, -1]"), ("x[::-1]", "x[::-1]"), ("x[2-1]", "x[1]"),
    ('einsum("ij,j", A, x)', "einsum('ij,j', A, x)"), ("zeros((2, 3))", "zeros(2, 3)"),
    ("gelu(x, approximate='tanh')", "gelu(x, approximate='tanh')"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ_AS, ids=[text for text, _ in READ_AS])
def test_read_as(text: str, expected: str) -> None:
    assert write(parse(text).tree) == expected


def test_free_names_come_in_order_and_bound_names_hide_constants() -> None:
    assert parse("b*a + sin(a) + pi + x.sum()").names == ("b", "a", "x")
    assert parse("pi*e", bound=["e", "pi"]).names == ("pi", "e")
    assert parse("F*np", bound=["F", "np"]).names == ("F", "np")


def error_of(text: str, values: dict[str, Any] | None = None) -> GradcliError | None:  # Any: numbers and lists
    """The error of reading a text, and for given values of fitting their shapes; None where there is none."""
    try:
        parse(text) if values is None else prepare(text, values, None, seed=0, unused=True)
    except GradcliError as error:
        return error
    return None


# -- written and read back

GOOD = [*(text for text, _ in READ_AS), "(x*y)*z", "(x + y) + z", "(x/y)/z", "math.tau*x", "x - y*z", "x - 2*y*z", "x*-y*z", "-(x*y)", "x**(1/2)",
    "2**0.5", "1e22*x", "1e300*x", "-2**2", "(-2)**2", "x[0][1]", "(x + y)[0]", "(-x)[0]", "-x.T.T", "roll(x, -1)", "linspace(0, 1, 5) @ x",
    "polygamma(2, x)", "where(not (a < b and c < d), x, y)", "where(a < b and (c < d or e < f), x, y)", "((x if a < b else y) if c < d else z) + 1",
    "x%(y%z)", "x*(y%z)", "(x*y)%z", "x//y//z", "x - -y", "1/(x/y)", "x*(1/y)", "-1 - x", "norm(x, 3/2)", "heaviside(x, 0.5)", "1/x/y", "-1/x",
]  # fmt: skip


def assert_reads_back(text: str) -> None:
    tree = parse(text).tree
    assert parse(write(tree)).tree == tree, write(tree)


@pytest.mark.parametrize("text", GOOD)
def test_what_is_written_reads_back(text: str) -> None:
    assert_reads_back(text)


def test_every_number_of_a_sum_is_kept() -> None:
    """A number and its negative, side by side: the step of one is the step of the other."""
    for text in ("x + 2 - 2", "x - 2 + 2", "2 - 2 + x", "x + 1/2 - 0.5", "x*3 - 3 + 3"):
        assert meaning(text)[0] in {"add", "sub"}


def test_a_writer_without_parentheses_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer._Writer, "text", lambda self, node, outer: self.parts(node)[0])
    with pytest.raises(AssertionError):
        assert_reads_back("x*(y + z)")


LEAVES = ("x", "y", "λ", "2", "3", "0.5", "1e-3", "10", "pi", "1/3")
FORMS = (
    "{} + {}", "{} - {}", "{}*{}", "{}/{}", "{}**{}", "{}^{}", "{}%{}", "{}//{}", "({}) + ({})", "({}) - ({})", "({})*({})", "({})/({})",
    "({})**({})", "({})%({})", "-{}", "-({})", "({})", "({})²", "√({})", "sin({})", "exp({})", "torch.tanh({})", "abs({})", "maximum({}, {})",
    "max({}, {})", "atan2({}, {})", "({} if {} < {} else {})", "({} if not {} >= {} and {} != 1 or {} < 2 else 1)", "where({} < {} < {}, {}, 0)",
    "[{}, {}][0]", "[{}, {}].sum()", "[{}, {}][::-1].norm(p=1)", "([[{}, {}], [{}, 1]]@[{}, {}]).softmax(0)[1]", "sum([[{}, 2], [1, {}]], dim=0)[-1]",
    "[[{}, {}], [1, 2]].T[0, 1]",
)  # fmt: skip


@st.composite
def texts(draw: st.DrawFn, leaves: tuple[str, ...] = LEAVES, forms: tuple[str, ...] = FORMS, depth: int = 5) -> str:
    """Random expressions of scalars and simple tensors: any text that the forms make is valid, read as it may."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(leaves))
    form = draw(st.sampled_from(forms))
    return form.format(*(draw(texts(leaves, forms, depth - 1)) for _ in range(form.count("{}"))))


def meaning(text: str) -> Any:  # Any: nested tuples
    """What a text computes: the operations of its program, whatever their order."""
    found: list[Any] = []  # Any: as above
    for step in compile_tree(parse(text).tree).steps:
        inputs = tuple(None if i is None else found[i] for i in step.inputs)
        found.append((step.op.name, inputs, repr(step.constants)) if step.op else str(step.tree))
    return found[-1]


@settings(max_examples=150, deadline=None, print_blob=True)
@given(texts())
def test_any_expression_reads_back_as_the_same_tree(text: str) -> None:
    assert_reads_back(text)


@settings(max_examples=150, deadline=None, print_blob=True)
@given(texts())
def test_any_expression_reads_back_with_the_same_meaning(text: str) -> None:
    assert meaning(write(parse(text).tree)) == meaning(text)


@settings(max_examples=300, deadline=None, print_blob=True)
@given(st.text(st.sampled_from("xyA12.,;=()[]+-*/^@%<>!&|' \"\n#²ᵀ√π·einsumforifelse_\u200b\x1bé½"), max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    error = error_of(text)
    if error is not None:
        assert int(error.code) in {3, 6}
        assert error.message
        span, length = error.span, len(error.source or "")
        assert span is None or 0 <= span.start <= span.stop <= length + 1


# -- precedence is Python's

NAMES = ("a", "b", "c", "d")


ARITHMETIC = (
    "{}+{}", "{}-{}", "{}*{}", "{}/{}", "{}//{}", "{}%{}", "{}**{}", "{} - {}", "{} * {}", "-{}", "+{}", "({})", "({} if {}<{} else {})",
    "({} if {}>={} and {}<{} or {}!={} else {})", "({} if not {}<={}<{} else {})",
)  # fmt: skip


def by_python(text: str, values: dict[str, float]) -> float | None:
    """Python's value of a text that this test made; None where it is not a real number, or jumps nearby."""
    found = []
    for shift in (0.0, 1e-10):
        try:
            number = eval(text, {"__builtins__": {}}, {name: v * (1 + shift) for name, v in values.items()})  # noqa: S307
        except (ArithmeticError, TypeError):  # TypeError: an ordering of complex numbers
            return None
        if isinstance(number, complex) or not np.isfinite(number) or abs(number) > 1e12:
            return None
        found.append(float(number))
    return found[0] if abs(found[0] - found[1]) <= 1e-7 * max(1.0, abs(found[0])) else None


def by_gradcli(text: str, values: dict[str, float]) -> float:
    import torch

    with session("float64", "cpu"):
        tensors = {name: torch.tensor(value) for name, value in values.items()}
        return float(evaluate(compile_tree(parse(text).tree), tensors))


@settings(max_examples=250, deadline=None, print_blob=True)
@given(
    texts((*NAMES, "2.0", "0.5", "3.0"), ARITHMETIC, 4),
    st.lists(st.floats(0.3, 3.0), min_size=4, max_size=4, unique=True),
)
def test_precedence_is_pythons(text: str, numbers: list[float]) -> None:
    values = dict(zip(NAMES, numbers, strict=True))
    expected = by_python(text, values)
    assume(expected is not None)
    assert by_gradcli(text, values) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("text", "misread"), [
    ("a-b-c", "a-(b-c)"), ("a/b/c", "a/(b/c)"), ("a**b**c", "(a**b)**c"), ("-a**b", "(-a)**2.0"), ("a*b%c", "a*(b%c)"), ("a+b*c", "(a+b)*c"),
])  # fmt: skip
def test_a_misreading_would_be_seen(text: str, misread: str) -> None:
    values = {"a": 2.75, "b": 1.3, "c": 0.7}
    assert by_gradcli(text, values) == pytest.approx(by_python(text, values))
    assert by_gradcli(text, values) != pytest.approx(by_python(misread, values), rel=1e-3)


# -- refused, with place and next move

VALUES = {
    "x": [1.0, 2.0, 3.0], "y": [1.0, 2.0], "A": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "B": [[1.0, 2.0], [3.0, 4.0]], "s": 2.0,
}  # fmt: skip

MULTIPLY = "always written"

# text, kind, message, what the caret marks, hint (None: there is none); where several would do, joined by ;
MISTAKES: list[tuple[str, str, str, str, str | None]] = [
    # multiplication and calls
    ("2x", "syntax", MULTIPLY, "2x", r"write 2\*x$"), ("x y", "syntax", MULTIPLY, "x y", r"write x\*y$"),
    ("2(x+1)", "syntax", MULTIPLY, "2(", r"write 2\*\("), ("x²y", "syntax", MULTIPLY, "²y;x²y", r"write (x?²\*y|\* before y)$"),
    ("(x)(x)", "syntax", MULTIPLY, ")(;(x)(", r"write (?!\))"), ("x(2)", "name", "x is not a function", "x", r"written x\*\("),
    ("2*pi(x+1)", "name", "pi is not a function", "pi", r"pi\*\("), ("sin x", "syntax", "needs parentheses", "sin x", r"write sin\(x\)"),
    ("sin[0]", "name", "sin is a function", "sin", r"write sin\("),
    ("sin + x", "unbound", "stands here without parentheses", "sin", r"write sin\("),
    ("arctann(x)", "name", "unknown function 'arctann'", "arctann", r"did you mean arctan\?"),
    ("Exp(x)", "name", "unknown function 'Exp'", "Exp", r"did you mean exp\?"),
    ("x.summ()", "name", "'.summ' is not read", "summ", r"\.sum\(\)"),
    ("np.<lambda>((x0, x1), axis=0)", "syntax", "a name is due behind the dot", "<", "write np.name(...)"),
    ("np.", "syntax", "a name is due behind the dot", "", "write np.name(...)"),
    ("nn.MaxPool2d(2)(x)", "name", "'nn.MaxPool2d' is not read", "nn.MaxPool2d", r"write F\.max_pool2d"), ("torch.nn.BCELoss()", "name", "not read", "torch.nn.BCELoss", r"F\.binary_cross_entropy\("),
    ("nn.Sequential(x)", "name", "'nn.Sequential' is not read", "nn.Sequential", r"torch\.nn\.functional"),
    ("np.fftpack.fft(x)", "name", "'np.fftpack.fft' is not read", "np.fftpack.fft", "did you mean np.fft.fft"),
    ("torch.sinn(x)", "name", "unknown function 'torch.sinn'", "torch.sinn", r"did you mean sin\?"),
    ("F.foo", "name", "not a constant", "F.foo", None), ("xx*x", "unbound", "xx has no value", "xx", "add xx=VALUE|did you mean"),
    # arity and keywords
    ("sin()", "arity", "takes 1 argument, found none for x", "sin()", r"usage: sin\(x\)"),
    ("sin(x, s)", "arity", "takes 1 argument, found 2", "sin(x, s)", "usage"),
    ("atan2(x)", "arity", "takes 2 arguments, found none for x", "atan2(x)", r"atan2\(y, x\)"),
    ("max()", "arity", "at least 1 argument", "max()", "usage"), ("sum(x, dims=0)", "arity", "'dims'", "sum(x, dims=0)", r"did you mean dim=\?"),
    ("sum(x, axi=0)", "arity", "no argument 'axi'", "sum(x, axi=0)", r"did you mean (axis|dim)=\?"),
    ("sum(dim=0, x)", "arity", "positional argument after", "x", None), ("sum(x, dim=0, dim=0)", "arity", "given twice", "dim", None),
    ("sum(x, dim='a')", "arity", "a whole number .* for dim", "'a'", "usage"), ("zeros(s + 0.5)", "arity", "whole numbers for sizes", "s + 0.5", "usage"),
    ("einsum(x, x)", "arity", "a text in quotes for spec", "x", "usage"), ("index(x, 0)", "arity;name", "index", "index(x, 0);index;0", r"\["),
    # shapes
    ("x[10]", "shape", r"from -3 to 2 on axis 0 \(size 3\), not 10", "x[10]", None), ("x[0, 0]", "shape", "at most 1 ind", "x[0, 0]", None),
    ("s[0]", "shape", "a scalar has no entries", "s[0]", None), ("x[0.5]", "shape", "an index is a whole number", "0.5", None),
    ("x + y", "shape", r"found x \(3,\) \+ y \(2,\)", "x + y", None), ("A @ A", "shape", "equal inner sizes", "A @ A", r"A\.T @ A"),
    ("B @ x", "shape", r"equal inner sizes, found B \(2, 2\) @ x \(3,\)", "B @ x", "x has 3"),
    ("x @ s", "shape", "two vectors or matrices", "x @ s", r"\*"), ("det(A)", "shape", r"a square matrix, found A \(2, 3\)", "det(A)", None),
    ("[[1, 2], [3]]", "shape", r"one shape, found \[1, 2\] \(2,\), \[3\] \(1,\)", "[[1, 2], [3]]", None),
    ("sum(x, dim=1)", "shape", "not dim=1", "sum(x, dim=1)", None), ("cumsum(A)", "shape", "along which axis", "cumsum(A)", "dim=0"),
    ("einsum('ij,jk', A)", "shape", r"as its subscripts name \(2\), not 1", "einsum('ij,jk', A)", None),
    ("einsum('ij->j', x)", "shape", "2 axes for 'ij'", "einsum('ij->j', x)", None),
    ("einsum('i,i', x, y)", "shape", "one size for 'i', not 3 and 2", "einsum('i,i', x, y)", None),
    ("einsum('i->k', x)", "shape", "not 'k'", "einsum('i->k', x)", None), ("reshape(x, 2)", "shape", "product is 3", "reshape(x, 2)", None),
    ("std(s)", "shape", "more than 1 entr", "std(s)", "correction=0"), ("rand(3)", "shape", "belongs in a value", "rand(3)", "bind it"),
    # conditions
    ("x < 1", "shape", "a condition is true or false", "x < 1", "where"), ("x == s", "shape", "a condition", "x == s", "where"),
    ("s if s else 1", "shape", "a condition is needed", "s", "s != 0"), ("where(x, 1, 0)", "shape", "a condition is needed", "x", "x != 0"),
    ("not x", "shape", "a condition is needed", "x", "x != 0"), ("x if x > 0", "syntax", "needs its else", "", "a if condition else b"),
    # what Python has and mathematics has not
    ("x += 1", "syntax", "in place", "+=", r"y = x \+"), ("x[0] = 1", "syntax", "cannot be assigned", "=", "assign a new name"),
    ("x.add_(1)", "name", "in place", "x.add_", r"x\.add\("),
    ("1 + (x, s)", "syntax", r"a number is needed here, found (?!.*NO_CONSTANT)", "(x, s)", r"\["),
    ("x, s", "syntax", "a comma joins nothing", ",", r"\[a, b\]"), ("[0]*3", "syntax", "repeats a list in Python", "[0]*3", "zeros"),
    ("import os", "syntax", "'import' statements", "import", "remove the line"), ("lambda x: x +* 2", "syntax", r"'\*' is misplaced", "*", None),
    ("__import__('os')", "name", "two underscores", "__import__", None), ("x.backward()", "name", "'.backward' is not read", "backward", "remove"),
    ("x.T()", "syntax", "not called", "x.T", r"write x\.T"), ("x.sum", "name", "'.sum' is not read", "sum", r"call it: \.sum\(\)"),
    ("'a' + x", "syntax", "found a text", "'a'", None), ("x + None", "syntax", "found None", "None", None), ("1j*x", "shape", "this is complex", "1j*x", r"write abs\(z\)"),
    # characters
    ("x!", "syntax", "'!' is not part", "!", "gamma"), ("x'", "syntax", "not part", "'", "--order"),
    ("x & s", "syntax", "'&' is misplaced", "&", "between conditions"),
    ("∂x", "syntax", "PARTIAL DIFFERENTIAL", "∂", "derivative"), ("½*x", "syntax", "HALF", "½", "1/2"),
    ("x \x1b[2J", "syntax", r"'\\x1b' \(control", "\x1b", None), ("𝐱", "name", "only looks like 'x'", "𝐱", "write x"),
    ("01*x", "syntax", "leading zeros", "01", "write 1"),
    # names that an import binds, and classes
    ("import torch; torch", "name", "torch is a library here", "torch", r"write torch\.name"),
    ("import numpy as np; np*x", "name", "np is a library here", "np", r"write np\.name"),
    ("from torch import nn; nn + x", "name", "nn is a library here", "nn", r"write nn\.name"),
    ("Norml(0, 1).log_prob(x)", "name", "unknown function 'Norml'", "Norml", r"did you mean Normal\?"),
    ("weibul_min(2).pdf(x)", "name", "unknown function 'weibul_min'", "weibul_min", r"did you mean weibull_min\?"),
    # the frame of an expression
    ("", "syntax", "empty", "", "gradcli grad"),
    ("x; s", "syntax", "never used", "x", "assign it"),
    ("(x", "syntax", r"'\(' is never closed: '\)' is missing", "(", r"write \(x\)$"),
    ("x)", "syntax", r"'\)' closes nothing", ")", None), ("x +", "syntax", "ends too early", "", None),
    ("*x", "syntax", r"'\*' is misplaced", "*", None),
    ("x[]", "syntax", "needs an index", "[]", None), ("x[1:2:0]", "syntax", "a step other than 0", "1:2:0;]", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "message", "marked", "hint"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_shown_with_its_fix(text: str, kind: str, message: str, marked: str, hint: str | None) -> None:
    error = error_of(text, VALUES)
    assert error is not None, "it was read"
    assert error.kind in kind.split(";")
    assert re.search(message, error.message), error.message
    found = "" if error.span is None else (error.source or "")[error.span.start : error.span.stop]
    assert found in marked.split(";")
    assert (error.hint is None) == (hint is None), error.hint
    assert hint is None or re.search(hint, error.hint or ""), error.hint


def test_a_name_that_an_import_binds_may_be_a_variable_of_the_users() -> None:
    assert gradcli.grad("import torch; torch**2", {"torch": 3.0}).derivative["torch"] == 6
    assert gradcli.grad("import torch as t; t = 2*x; t**2", {"x": 1.0}).derivative["x"] == 8


@pytest.mark.parametrize(
    "called",
    ["besselj(50000, x)", "polygamma(5000, x)", "lambertw(x, 3)", "gammainc(1e9, x)", "expn(100000, x)", "legendre(1000, x)"],
)  # fmt: skip
def test_a_limit_of_a_function_is_shown_at_its_call(called: str) -> None:
    with pytest.raises(LimitError) as raised:
        gradcli.grad(f"x + {called}", {"x": 0.5})
    error = raised.value
    assert error.span is not None
    assert error.source is not None
    assert error.source[error.span.start : error.span.stop] == called


@pytest.mark.parametrize("value", ["1+2j", "1,2j"])
def test_a_complex_value_is_shown_how_to_write(value: str) -> None:
    """What is told can be typed."""
    with pytest.raises(GradcliError) as raised:
        gradcli.grad("abs(z)**2", [f"z={value}"])
    assert raised.value.hint == "write z = a + 1j*b in the expression, and give real values to a and b"
    assert gradcli.grad("z = a + 1j*b; abs(z)**2", ["a=1", "b=2"]).derivative == {"a": 2, "b": 4}


LIMITS = [
    ("x" + " " * MAX_SOURCE, "65,536"), ("+x" * 30_001, "30,000 nodes"), ("(" * 101 + "x" + ")" * 101, "100 levels"), ("-" * 101 + "x", "100 levels"),
    ("x" + "**x" * 101, "100 levels"), ("[" * 101 + "x" + "]" * 101, "100 levels"), ("x" + ".T" * 300, "200 levels"),
    ("x" + "[0]" * 300, "200 levels"),
    ("√" * 101 + "x", "100 levels"), ("sin(" * 101 + "x" + ")" * 101, "100 levels"), ("f = x" + "; f = f*f + f" * 150 + "; f", "levels|nodes"),
    ("1e401", "400 digits"), ("1e99999999999", "400 digits"), ("9" * 401, "400 digits"), ("0." + "1" * 400, "400 digits"),
    ("y" * 101, "100 are read"),
    ("f = 1 if " + "not " * 101 + "x < 1 else 2; f", "100 levels"), ("zeros(100000, 100000)", "50,000,000"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "bound"), LIMITS, ids=[text[:12] for text, _ in LIMITS])
def test_a_limit_is_named_with_its_number(text: str, bound: str) -> None:
    error = error_of(text, VALUES)
    assert isinstance(error, LimitError)
    assert error.code == 6
    assert re.search(bound, error.message)


def test_just_inside_the_limits_is_read() -> None:
    for text in ("x" + "+x" * 4_000, "(" * 90 + "x" + ")" * 90, "-" * 90 + "x", "9" * 400, "y" * 100, "x" + "**x" * 90):
        assert_reads_back(text)


def test_a_power_with_a_size_in_it_is_not_worked_out() -> None:
    """2**n of a size of 10**9 has 300 million digits; n**2 is a size like another."""
    assert str(parse("2**n + n", sizes={"n": 10**9}).tree) == "2**n + n"
    assert evaluate(compile_tree(parse("sum(ones(n**2))", sizes={"n": 3}).tree), {}) == 9


def test_an_index_of_computed_numbers_leads_to_what_takes_them() -> None:
    with pytest.raises(GradcliError, match="an index is a whole number") as caught:
        parse("sum(x[argsort(x)]**2)")
    assert caught.value.hint == "entries by computed numbers: gather(x, 0, argsort(x)); those in order of size: sort(x)"
    for taken in ("gather(x, 0, argsort(x))", "sort(x)"):
        assert gradcli.grad(f"sum({taken}*[1, 2, 3])", {"x": [3.0, 1.0, 2.0]}).to_dict()["derivative"]["x"] == [
            3.0,
            1.0,
            2.0,
        ]
    for text in ("x[1.5]", "x[i]", "x[x > 0]"):
        with pytest.raises(GradcliError) as caught:
            parse(text)
        assert "gather" not in (caught.value.hint or "")
