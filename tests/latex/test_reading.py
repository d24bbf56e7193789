"""LaTeX formulas read by shapes and definitions: the corpus, and what is typed here by hand."""

from __future__ import annotations

import json
import shlex
from collections import Counter

import pytest
from latex.reading import ENTRIES, context, judged, same
from places import CORPUS
from runner import run

import gradcli
from gradcli.base.errors import ExpressionError, Span
from gradcli.closed.notation.latex import latex
from gradcli.language.latex.reading import Context, read_latex
from gradcli.language.parse import parse


@pytest.mark.skipif(not ENTRIES, reason="the corpus of references is not beside this checkout")
def test_the_corpus_is_read_right_or_refused() -> None:
    found = {entry["id"]: judged(entry) for entry in ENTRIES}
    counts = Counter(verdict for verdict, _ in found.values())
    print(dict(counts))
    assert {name: said for name, (verdict, said) in found.items() if verdict == "misread"} == {}
    assert counts["right"] >= len(ENTRIES) - 2, {n: s for n, (verdict, s) in found.items() if verdict != "right"}


def test_a_wrong_reading_would_be_seen() -> None:
    shape = {"A": "m,n", "x": "n", "b": "m"}
    assert same("sum((A@x - b)**2)", "(A@x - b)@(A@x - b)", shape, None)
    assert not same("sum((A@x - b)**2)", "sum((A@x + b)**2)", shape, None)
    entry = {"latex": "x^2", "reads": "2*x", "ok": [], "shape": None}
    assert judged(entry)[0] == "misread"


@pytest.mark.parametrize(
    ("formula", "shape", "due"),
    [
        (r"\frac{1}{2n}\sum_{i=1}^{n}(w^\top x_i - y_i)^2", {"X": "n,d", "w": "d", "y": "n"}, "sum((X@w - y)**2)/(2*n)"),
        (r"\sum_{i=1}^n x_i x_i^\top", {"X": "n,d"}, "X.T@X"),
        (r"\sum_j A_{ji} x_j", {"A": "m,n", "x": "m"}, "A.T@x"),
        (r"\sum_{i,j} A_{ij} B_{ji}", {"A": "n,m", "B": "m,n"}, "trace(A@B)"),
        (r"\sum_{i=2}^{n-1}(x_{i+1} - 2x_i + x_{i-1})^2", {"x": "n"}, "sum((x[2:] - 2*x[1:-1] + x[:-2])**2)"),
        (r"\sum_{i<j} A_{ij} x_i x_j", {"A": "n,n", "x": "n"}, "x@triu(A, 1)@x"),
        (r"(x-\mu)^\top\Sigma^{-1}(x-\mu) + \log|\Sigma|", {"x": "n", "mu": "n", "Sigma": "n,n"},
         "(x - mu)@inv(Sigma)@(x - mu) + log(det(Sigma))"),
        (r"(I - \tfrac1n\mathbf 1\mathbf 1^\top)x", {"x": "n"}, "x - sum(x)/n*ones(n)"),
        (r"\|y - X\beta\|_2^2 + \lambda\|\beta\|_1", {"X": "n,d", "y": "n", "β": "d"}, "sum((y - X@β)**2) + lambda*sum(abs(β))"),
        (r"\frac{e^{z_i}}{\sum_j e^{z_j}}", {"z": "k"}, "softmax(z)"),
        (r"\begin{cases} \frac12 r^2 & |r| \le \delta \\ \delta(|r| - \frac12\delta) & |r| > \delta \end{cases}", {},
         "where(abs(r) <= delta, r**2/2, delta*(abs(r) - delta/2))"),
        (r"\sum_{k=0}^{3} \frac{x^k}{k!}", {}, "1 + x + x**2/2 + x**3/6"),
        (r"P(1+\frac rn)^{nt}", {}, "P*(1 + r/n)**(n*t)"),
        (r"y'X(X'X)^{-1}X'y", {"X": "n,d", "y": "n"}, "y@X@inv(X.T@X)@X.T@y"),
    ],
)  # fmt: skip
def test_formulas_by_hand(formula: str, shape: dict[str, str], due: str) -> None:
    assert same(read_latex(formula, context(shape)).text, due, shape or None, None)


@pytest.mark.parametrize(
    ("formula", "shape", "said"),
    [
        (r"\|A\|^2", {"A": "n,n"}, "the Frobenius norm, or the spectral norm"),
        (r"\exp(A)", {"A": "n,n"}, "matrix_exp"),
        ("x^2", {"x": "n"}, "entry by entry, or the dot product"),
        ("A + 1", {"A": "n,n"}, "times the identity"),
        (r"\frac{1}{A}", {"A": "n,n"}, "the inverse of the matrix"),
        ("a_i b_i", {"a": "n", "b": "n"}, "Einstein"),
        ("x y", {"x": "n", "y": "n"}, "two column vectors"),
        ("A x", {"A": "n,m", "x": "n"}, "m columns before, n entries behind"),
        (r"\nabla^2 (x^\top x)", {"x": "n"}, "the Laplacian, or the Hessian"),
        ("g(x) + 1", {}, "a function g that is not given, or a factor g"),
        (r"\sin^{-1} x", {}, "arcsin, or 1/sin"),
        (r"\sum_{i=1}^n x_i", {}, "whose shape is not given"),
        (r"\sum_{i=1}^{m} x_i", {"x": "n", "A": "m,m"}, "i runs to m"),
        ("x_4", {"x": "3"}, "there is no entry 4"),
        (r"A^\top + 1", {}, "the transpose of A, whose shape is not given"),
    ],
)
def test_what_is_not_sure_is_refused(formula: str, shape: dict[str, str], said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_latex(formula, context(shape))
    assert said in caught.value.said
    assert caught.value.source == formula


def test_definitions_and_left_sides() -> None:
    told = Context({"A": ("m", "n"), "x": ("n",), "b": ("m",)}, functions={"r": ((), "A@x - b"), "h": (("t",), "t**2")})
    read = read_latex(r"L(x) = r^\top r + h(x_1)", told)
    assert (read.name, read.parameters, read.shape) == ("L", ("x",), ())
    assert same(read.text, "sum((A@x - b)**2) + x[0]**2", {"A": "m,n", "x": "n", "b": "m"}, None)
    assert read_latex("g_i = a_i b_i", context({"a": "n", "b": "n"})).text == "a*b"
    assert read_latex("r", told).shape == ("m",)


def test_a_place_in_the_text_is_one_in_the_latex() -> None:
    formula = r"\|Ax - b\|_2^2 + \log(z)"
    read = read_latex(formula, context({"A": "m,n", "x": "n", "b": "m"}))
    at = read.text.index("log(z)")
    place = read.place(Span(at, at + len("log(z)")))
    assert formula[place.start : place.stop] == r"\log(z)"
    at = read.text.index("A@x")
    place = read.place(Span(at, at + len("A@x")))
    assert formula[place.start : place.stop] == "Ax"


def test_commands_take_latex_and_say_what_they_read() -> None:
    done = run(shlex.split(r"grad --latex '$x_1^2 + \beta x_2$' x_1=3 x_2=2 β=1"), b"")
    assert done.stdout == "x_1 = 6.0\nx_2 = 1.0\nβ = 2.0\n"
    assert "read as: x_1**2 + β*x_2" in done.stderr
    done = run(
        shlex.split(r"grad --latex '\frac12\|Ax-b\|_2^2' --shape A=m,n --shape x=n --shape b=m --wrt x --json"), b""
    )
    told = json.loads(done.stdout)
    assert (told["expression"], told["formula"]["x"]) == (r"\frac12\|Ax-b\|_2^2", "A.T @ (A @ x - b)")
    done = run(shlex.split(r"check --latex '\|Ax\|^2' '2A^\top A x' --shape A=m,n --shape x=n --wrt x"), b"")
    assert done.code == 0
    assert "read as" in done.stdout + done.stderr
    done = run(shlex.split(r"explain --latex '\sin(x)^2' x=1 --show shapes"), b"")
    assert "sin(x)**2" in done.stdout
    done = run(shlex.split(r"grad '\sin x' x=1"), b"")
    assert "--latex" in done.stderr


def test_errors_point_into_the_latex() -> None:
    done = run(shlex.split(r"grad --latex 'x^\top A x' x=1,2 A=1,2,3"), b"")
    assert done.stderr.splitlines()[1:3] == [r"  x^\top A x", "  ^~~~~~~~"]
    with pytest.raises(gradcli.GradcliError) as caught:
        gradcli.grad(r"\log x + \|z\|", {"x": 2.0, "z": [1.0, 2.0], "y": 1.0}, latex=True)
    assert "y is bound" in caught.value.message
    with pytest.raises(gradcli.GradcliError) as caught:
        gradcli.grad(r"2\cdot Wx", {"W": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, 2.0]}, wrt="x", latex=True)
    assert caught.value.kind == "non-scalar"
    assert caught.value.source == r"2\cdot Wx"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of references is not beside this checkout")
def test_what_gradcli_writes_it_reads_back() -> None:
    lines = [json.loads(line) for line in (CORPUS / "matrix.jsonl").read_text().splitlines()]
    counts: Counter[str] = Counter()
    for entry in lines[::6]:
        shapes = {name: tuple(sizes.split(",")) if isinstance(sizes, str) else tuple(map(str, sizes))
                  for name, sizes in entry["shapes"].items()}  # fmt: skip
        text, axes = (
            entry["expr"],
            {n: tuple(int(a) if a.isdecimal() else a for a in s if a) for n, s in shapes.items()},
        )
        used = {name: sizes for name, sizes in axes.items() if name in parse(text, bound=axes).names}
        try:
            read = read_latex(latex(text, used), Context(used)).text
        except ExpressionError:
            counts["refused"] += 1
            continue
        joined = {name: ",".join(map(str, sizes)) for name, sizes in used.items() if sizes}
        assert same(read, text, joined or None, None), (text, latex(text, used), read)
        counts["right"] += 1
    assert counts["right"] >= 10 * counts["refused"], counts


@pytest.mark.parametrize(
    "text",
    [
        "exp(-t**2/2)*log(t/c)", "dot(x, 2*y)*x", "(0.5*y).T @ A", "A @ (x/t)", "(2*sum(x)*x) @ A @ y", "-sum(x)*t - x @ y",
        "norm(x/t)*abs(t/c)", "inv(A/2 + B) @ x", "(1/2)**t", "np.dot(A, x) - y",
        "leaky_relu(t)", "cosine_similarity(x, y)*t", "log_softmax(x/t)", "sum(A, dim=0) @ x", "reshape(x, -1) @ x",
        "t - -(x @ y)**2/2", "(x @ y)*(x @ A @ y)/t",
    ],
)  # fmt: skip
def test_brackets_that_grow_and_those_left_out_are_read_back(text: str) -> None:
    axes: dict[str, tuple[str | int, ...]] = {"A": ("n", "n"), "B": ("n", "n"), "x": ("n",), "y": ("n",)}
    shapes = {name: sizes for name, sizes in axes.items() if name in parse(text, bound=axes).names}
    read = read_latex(latex(text, shapes), Context(shapes)).text
    assert same(read, text, {name: ",".join(map(str, sizes)) for name, sizes in shapes.items()} or None, None), read


@pytest.mark.parametrize(
    "formula",
    [r"\operatorname{foo\_bar}(x)", r"\operatorname{reshape}(x, \mathrm{sizes}=2, 3)", r"\operatorname{pad\_}(x)"],
)
def test_calls_of_what_there_is_not_are_refused(formula: str) -> None:
    with pytest.raises(ExpressionError):
        read_latex(formula, context({"x": "6"}))


@pytest.mark.parametrize(
    ("formula", "shape", "due"),
    [
        # sums whose condition names an index of the sum outside
        (r"\sum_{i=1}^n \sum_{j\ne i} x_i x_j", {"x": "n"}, "sum(x)**2 - x@x"),
        (r"\sum_i x_i \sum_{j\ne i} y_j", {"x": "n", "y": "n"}, "sum(x)*sum(y) - x@y"),
        (r"\sum_{i=1}^{n-1} \sum_{j=i+1}^n x_i x_j", {"x": "n"}, "(sum(x)**2 - x@x)/2"),
        (r"\sum_{i=2}^n \sum_{j=1}^{i-1} A_{ij}", {"A": "n,n"}, "sum(tril(A, -1))"),
        (r"\sum_{1\le i<j\le n} x_i x_j", {"x": "n"}, "(sum(x)**2 - x@x)/2"),
        (r"\prod_{i<j} (x_j - x_i)", {"x": "3"}, "(x[1] - x[0])*(x[2] - x[0])*(x[2] - x[1])"),
        # sums without an index, as statistics writes them
        (r"n\sum x_iy_i - \sum x_i \sum y_i", {"x": "n", "y": "n"}, "n*(x@y) - sum(x)*sum(y)"),
        (r"\sum_{i=1}^n (y_i - x_i'\beta)^2", {"X": "n,p", "y": "n", "β": "p"}, "sum((y - X@β)**2)"),
        ("ax + by + cz + dw", {}, "a*x + b*y + c*z + d*w"),
    ],
)  # fmt: skip
def test_sums_over_pairs_and_without_an_index(formula: str, shape: dict[str, str], due: str) -> None:
    assert same(read_latex(formula, context(shape)).text, due, shape or None, None)


@pytest.mark.parametrize(
    ("formula", "shape"),
    [
        ("x^{(2)} - x_2", {}), (r"\mathcal{L} + L", {}), (r"\frac{\vec r}{r}", {"r": "3"}), (r"\varphi + \phi", {"phi": ""}),
        (r"\sum_i x_i^2 + x_i", {"x": "n"}), (r"\sum_{k=1}^3 x^k + k", {}), (r"\sum_i \sum_i x_i y_i", {"x": "n", "y": "n"}),
        (r"\sum_{j \ne i} x_j", {"x": "n"}), (r"x\,dx", {}), ("x^T y", {}), ("1^T x", {"x": "n"}), (r"\mathbb{R} x", {}),
        ("x^{-}", {}), (r"\beta^{\mathrm{new}}", {}), (r"x^{\underline{n}}", {}), (r"v\sin\theta\,t", {}),
    ],
)  # fmt: skip
def test_what_would_be_misread_is_refused(formula: str, shape: dict[str, str]) -> None:
    with pytest.raises(ExpressionError):
        read_latex(formula, context(shape))


def test_pairs_of_equal_indices_do_not_spoil_a_derivative() -> None:
    """1/|x_i - x_j| is infinite where i = j, which the sum leaves out."""
    found = gradcli.grad(r"\sum_{i<j} \frac{1}{|x_i - x_j|}", {"x": [1.0, 2.0, 4.0]}, latex=True)
    assert found.derivative is not None
    assert found.derivative["x"] == pytest.approx([1 + 1 / 9, -1 + 1 / 4, -1 / 9 - 1 / 4])


@pytest.mark.parametrize("m", [3.0, 1.5])
def test_a_sum_does_not_end_at_another_number_than_its_letter_has(m: float) -> None:
    formula = r"\frac1m \sum_{i=1}^m x_i"
    found = gradcli.grad(formula, {"x": [1.0, 2.0], "m": 2.0}, wrt="x", latex=True)
    assert found.derivative is not None
    assert list(found.derivative["x"]) == [0.5, 0.5]
    with pytest.raises(gradcli.GradcliError):
        gradcli.grad(formula, {"x": [1.0, 2.0], "m": m}, wrt="x", latex=True)
