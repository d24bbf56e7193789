"""Code in each dialect, run at its own seeded point: the numbers there are enclosures, not the code's own."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from export.running import COMPILER, Program, run_all

from gradcli.base.errors import LimitError
from gradcli.export.c import HELPERS
from gradcli.export.code import DIALECTS, code
from gradcli.language.parse import Expression, parse

_TESTS = re.compile(r'^(if __name__ == "__main__":|if abspath|int main)', re.MULTILINE)  # the head of a self-test

# function, derivative, shapes of the names, one letter or digit an axis
CASES = [
    ("x*sin(x)", "sin(x) + x*cos(x)", ""),
    ("x**p", "p*x**(p - 1)", ""),
    ("exp(-x**2/2)/sqrt(2*pi)", "-x*exp(-x**2/2)/sqrt(2*pi)", ""),
    ("atan2(y, x)", "-y/(x**2 + y**2)", ""),
    ("log(1 + exp(x))/3", "exp(x)/(3*(1 + exp(x)))", ""),
    ("abs(x)", "sign(x)", ""),
    ("tanh(x)", "1 - tanh(x)**2", ""),
    ("x@A@x", "(A + A.T)@x", "A=nn x=n"),
    ("x@A@x", "A + A.T", "A=nn x=n"),
    ("sum((A@x - b)**2)", "2*A.T@(A@x - b)", "A=mn x=n b=m"),
    ("mean((X@w - y)**2)", "2/n*X.T@(X@w - y)", "X=nd w=d y=n"),
    ("trace((A@X@B - C).T@(A@X@B - C))", "2*A.T@(A@X@B - C)@B.T", "A=mn X=np B=pq C=mq"),
    ("log(det(X)**2)/2", "inv(X).T", "X=nn"),
    ("a@inv(X)@b", "-inv(X).T@outer(a, b)@inv(X).T", "X=nn a=n b=n"),
    ("norm(x)", "x/norm(x)", "x=n"),
    ("softmax(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", "x=n"),
    ("logsumexp(x)", "softmax(x)", "x=n"),
    ("sum(log(1 + exp(-y*(X@w))))", "-X.T@(y*sigmoid(-y*(X@w)))", "X=nd w=d y=n"),
    ("sum(log(1 + exp(X@w)))", "X.T@diag(sigmoid(X@w)*(1 - sigmoid(X@w)))@X", "X=nd w=d"),
    ("sum(diag(s)@X@diag(t))", "outer(s, t)", "X=nm s=n t=m"),
    ("diag(s)@x", "diag(s)", "s=n x=n"),
    ("sum(relu(W@x + b))", "outer(where(W@x + b > 0, 1, 0), x)", "W=mn x=n b=m"),
    ("sum(x**2)/sum(x)", "2*x/sum(x) - sum(x**2)/sum(x)**2*ones(n)", "x=n"),
    ("A@X@B", "einsum('ij,bk->ikjb', A, B)", "A=ij X=jb B=bk"),
    ("einsum('ij,jk,kl,l->i', A, B, A, x)", "einsum('ij,jk,kl->il', A, B, A)", "A=nn B=nn x=n"),
    ("sum(X*X)/trace(X)", "2*X/trace(X) - sum(X*X)/trace(X)**2*eye(n)", "X=nn"),
    ("sum(cumsum(x, 0)**2)", "2*flip(cumsum(flip(cumsum(x, 0), 0), 0), 0)", "x=n"),
    ("mean(x, 0)@mean(x, 0)", "2/n*outer(ones(n), mean(x, 0))", "x=nm"),
    ("sum(x[1:]*x[:-1])", "concat([x[1:], [0]]) + concat([[0], x[:-1]])", "x=n"),
    ("max(x)", "where(x == max(x), 1, 0)", "x=n"),
    ("sum(clamp(x, -1, 1))", "where(abs(x) < 1, 1, 0)", "x=n"),
    ("sum(solve(A, x))", "solve(A.T, ones(n))", "A=nn x=n"),
    ("var(x)", "2*(x - mean(x))/(n - 1)", "x=n"),
    ("std(x)", "(x - mean(x))/((n - 1)*std(x))", "x=n"),
    ("det(X)", "adjugate(X).T", "X=nn"),
    ("trace(matrix_power(X, 4))", "4*matrix_power(X.T, 3)", "X=nn"),
    ("trace(matrix_power(X, -1))", "-matrix_power(X.T, -2)", "X=nn"),
    ("sum(A*kron(B, B))", "kron(B, B)", "A=44 B=22"),
    ("norm(A@x - y, 1)", "A.T@sign(A@x - y)", "A=mn x=n y=m"),
    ("norm(x, 3)", "x*abs(x)/norm(x, 3)**2", "x=n"),
    ("norm(x, inf)", "where(abs(x) == norm(x, inf), sign(x), 0)", "x=n"),
    ("sum((x[1:] - x[:-1])**2)", "put_back(2*(x[1:] - x[:-1]), x, 1:) - put_back(2*(x[1:] - x[:-1]), x, :-1)", "x=n"),
    ("sum(x[1::2]**2) + x[-1]**3", "put_back(2*x[1::2], x, 1::2) + put_back(3*x[-1]**2, x, -1)", "x=5"),
    ("sum(T[:, None, 1:, 0]**2)", "put_back(2*T[:, 1:, 0], T, :, 1:, 0)", "T=nmk"),
    ("sum(reshape(A, 3, 2)@x)", "reshape(outer(ones(3), x), 2, 3)", "A=23 x=2"),
    ("sum(log_softmax(A, 1)*B)", "B - softmax(A, 1)*sum(B, 1, keepdim=True)", "A=nm B=nm"),
    ("sum((A + x)**2)", "sum_to(2*(A + x), x)", "A=mn x=n"),
    ("sum((T + x[:, None, :])**2)", "reshape(sum_to(2*(T + x[:, None, :]), x[:, None, :]), n, m)", "T=nkm x=nm"),
    ("sum(concat([x, y])**2)", "2*concat([x, y])[:n]", "x=n y=m"),
    ("sum(concat([x, x])*y)", "y[:3] + y[3:]", "x=3 y=6"),
    ("sum((x[1:] - x[:-1])**2)", "pad(2*(x[1:] - x[:-1]), (1, 0)) - pad(2*(x[1:] - x[:-1]), (0, 1))", "x=n"),
    ("sum(A[1:, 2]**2)", "pad(2*A[1:, 2][:, None], (2, 1, 1, 0))", "A=n4"),
    ("sum(pad(A, (1, 2, 0, 1), 'constant', 3)**2)", "2*A", "A=mn"),
    ("sum(A[1:]**2)", "put_back(2*A[1:], A, 1:)", "A=mn"),
    ("sum(A[0]*A[-1])", "put_back(A[-1], A, 0) + put_back(A[0], A, -1)", "A=mn"),
    ("sum(tril(A, 1)**2) + sum(triu(A, -1)**3)", "2*tril(A, 1) + 3*triu(A, -1)**2", "A=mn"),
    ("sum(tril(A, -1)**2) + sum(triu(A, 1)**3)", "2*tril(A, -1) + 3*triu(A, 1)**2", "A=mn"),
    ("sum(diag(A, 1)**2) + sum(diag(A, -1)**3)", "diag(2*diag(A, 1), 1) + diag(3*diag(A, -1)**2, -1)", "A=nn"),
    ("sum(roll(x, 2)*y) + sum(roll(x, -1)*y)", "roll(y, -2) + roll(y, 1)", "x=n y=n"),
    ("sum(roll(A, 1, 0)*roll(A, -1, 1))", "roll(roll(A, -1, 1), -1, 0) + roll(roll(A, 1, 0), 1, 1)", "A=mn"),
    ("sum(cumprod(x, 0))", "flip(cumsum(flip(cumprod(x, 0), 0), 0), 0)/x", "x=n"),
    ("sum(solve_triangular(A, x, True))", "solve_triangular(A.T, ones(n), False)", "A=nn x=n"),
    ("sum(log(diag(cholesky(A))))", "tril(inv(A)) - diag(diag(inv(A)))/2", "A=nn"),
    ("sum(vec(A)*x)", "reshape(x, 3, 2).T", "A=23 x=6"),
    ("vec(A)@vec(B)", "vec(B)", "A=mn B=mn"),
    ("sum(kron(A.T, A))", "kron(A, A.T)", "A=33"),
    ("sum(cholesky(A)@x)", "cholesky(A).T@ones(n)", "A=nn x=n"),
]
# What numpy has only with scipy, and sympy only by symbols
SPECIAL = [
    ("trace(matrix_exp(X))", "matrix_exp(X.T)", "X=nn"),
    ("sum(lgamma(x))", "digamma(x)", "x=n"),
    ("sum(digamma(x))", "polygamma(1, x)", "x=n"),
    ("sum(lgamma(x)*digamma(x))", "digamma(x)**2 + lgamma(x)*polygamma(1, x)", "x=n"),
    ("polygamma(3, x - 2)", "polygamma(4, x - 2)", ""),
    ("digamma(x - 3)", "polygamma(1, x - 3)", ""),
]


def case(function: str, derivative: str, shapes: str) -> tuple[Expression, Any, dict[str, tuple[str | int, ...]]]:
    given: dict[str, tuple[str | int, ...]] = {
        name: tuple(int(c) if c.isdigit() else c for c in letters)
        for name, _, letters in (part.partition("=") for part in shapes.split())
    }
    sizes = {letter: 7 for shape in given.values() for letter in shape if isinstance(letter, str)}
    read = parse(function, sizes=sizes)
    return read, parse(derivative, bound=read.names, sizes=sizes).tree, given


def written(row: tuple[str, str, str], dialect: str) -> str:
    return code(*case(*row), dialect)


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "code", "exec"), names)  # noqa: S102 - the code under test
    return names


@pytest.mark.parametrize("dialect", ["numpy", "torch", "sympy"])
@pytest.mark.parametrize("row", CASES, ids=lambda row: row[0])
def test_code_agrees_with_enclosures(row: tuple[str, str, str], dialect: str) -> None:
    run(written(row, dialect))


@pytest.mark.skipif(COMPILER is None, reason="no C compiler is installed")
def test_c_code_agrees_with_enclosures(tmp_path: Path) -> None:
    """All cases in one compilation: each file's main and function under names of their own."""
    parts, calls = [], []
    for number, row in enumerate([*CASES, *SPECIAL]):
        text = written(row, "c")
        for name in ("main", "value_and_derivative", *HELPERS):
            text = re.sub(rf"\b{name}\(", f"{name}_{number}(", text)
        parts.append(text)
        calls.append(f'if (main_{number}()) {{ puts("case {number}"); return 1; }}')
    source = tmp_path / "all.c"
    source.write_text("\n".join([*parts, "int main(void) {", *calls, "return 0; }"]))
    assert COMPILER is not None
    program = str(tmp_path / "all")
    subprocess.run([COMPILER, "-std=c99", "-Wall", "-Werror", "-o", program, str(source), "-lm"], check=True)
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("agree") == len(CASES) + len(SPECIAL)


@pytest.mark.parametrize("dialect", ["jax", "tensorflow", "julia"])
def test_other_languages_agree_where_they_are_installed(dialect: str) -> None:
    ran = run_all(dialect, [Program(row[0], written(row, dialect)) for row in CASES], {})
    if ran is None:
        pytest.skip(f"{dialect} is not installed")
    assert [one for one in ran if not one.right] == []


@pytest.mark.parametrize("row", SPECIAL, ids=lambda row: row[0])
def test_special_functions_agree_in_torch(row: tuple[str, str, str]) -> None:
    run(written(row, "torch"))


@pytest.mark.parametrize("dialect", [*DIALECTS])
@pytest.mark.parametrize("wrong", ["sum((A@x - b)**2 + 1)", "2.001*A.T@(A@x - b)"], ids=["value", "derivative"])
def test_a_wrong_value_or_derivative_is_seen_by_the_self_test(dialect: str, wrong: str) -> None:
    """The self-test of the right function at the end of a wrong one."""
    function, derivative, shapes = CASES[9]
    right = written(CASES[9], dialect)
    row = (wrong, derivative, shapes) if wrong.startswith("sum") else (function, wrong, shapes)
    start = _TESTS.search(right)
    other = written(row, dialect)
    end = _TESTS.search(other)
    assert start is not None
    assert end is not None
    programs = [Program("right", right), Program("wrong", other[: end.start()] + right[start.start() :])]
    ran = run_all(dialect, programs, {})
    if ran is None:
        pytest.skip(f"{dialect} is not installed")
    assert [(one.ran, one.right) for one in ran] == [(True, True), (True, False)], ran


def test_common_parts_are_computed_once() -> None:
    text = written(CASES[9], "numpy")
    assert text.partition('"""\n    ')[2].count("A @ x") == 1


@pytest.mark.parametrize("dialect", ["numpy", "torch"])
def test_a_sum_with_a_diagonal_is_one_buffer(dialect: str) -> None:
    for row in [
        ("logsumexp(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", "x=n"),
        ("logsumexp(x)", "diag(softmax(x)) - softmax(x)[:, None]*softmax(x)", "x=n"),
        ("sum(A@diag(x))", "A*A - diag(x)", "A=nn x=n"),
        ("sum(A@diag(x))", "diag(x) + A", "A=nn x=n"),
    ]:
        run(written(row, dialect))
    whole = written(("logsumexp(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", "x=n"), "torch")
    assert "torch.outer(-" in whole
    assert ".diagonal().add_(" in whole
    assert "diagonal().add_" not in written(("sum(A@diag(x))", "diag(x) + A", "A=nn x=n"), "torch"), "A is the caller's"


def test_torch_code_leaves_the_default_dtype_and_computes_in_double() -> None:
    import torch

    assert torch.get_default_dtype() == torch.float32
    for row in [
        ("sum(where(x > 0, 1, 0)*x/3)", "where(x > 0, 1, 0)/3", "x=n"),
        ("sum(eye(n)@x) + sum(zeros(n)*x)", "ones(n)", "x=n"),
        ("sum(full(3, 1/3)*x) + sum(linspace(0, 1, 4)[1:]*x) + sum(arange(3)*x/7)",
         "full(3, 1/3) + linspace(0, 1, 4)[1:] + arange(3)/7", "x=3"),
        ("sum(commutation(2, 2)@x/3)", "ones(4)@commutation(2, 2)/3", "x=4"),
        ("sum(one_hot([1, 0], 2)@x/3)", "ones(2)@one_hot([1, 0], 2)/3", "x=2"),
        ("sum(logspace(0, 1/3, 3)*x)", "logspace(0, 1/3, 3)", "x=3"),
        ("sum(x)*1000000000000000000000", "1000000000000000000000*ones(n)", "x=n"),
        ("3*x", "3", ""),
    ]:  # fmt: skip
        names = run(written(row, "torch"))
        assert (names["value"].dtype, names["derivative"].dtype) == (torch.float64, torch.float64), row
    assert torch.get_default_dtype() == torch.float32


def test_products_are_taken_in_the_cheap_order() -> None:
    text = written(("sum(A@B@x)", "B.T@A.T@ones(m)", "A=mn B=nk x=k"), "numpy")
    assert "A @ (B @ x)" in text
    assert "B.T @ (A.T @ np.ones((m,)))" in text


def test_the_code_holds_for_all_sizes() -> None:
    import numpy as np

    function = run(written(CASES[10], "numpy"))["value_and_derivative"]
    X, w, y = np.arange(12.0).reshape(6, 2), np.array([0.5, -1.0]), np.ones(6)
    value, derivative = function(X, w, y)
    assert value == pytest.approx(((X @ w - y) ** 2).mean(), rel=1e-12)
    assert derivative == pytest.approx(2 / 6 * X.T @ (X @ w - y), rel=1e-12)


# Functions whose names are words of a language, or of the code itself
NAMED = [
    ("lambda**2*end + in*def", "2*lambda*end", ""),
    ("int*char**2 + double", "2*int*char", ""),
    ("value_and_derivative*value**2 + derivative", "2*value_and_derivative*value", ""),
    ("torch*np**2 + jnp*tf + sp*jax", "2*torch*np", ""),
    ("printf*fabs**2 + main + alloc + end_*end", "2*printf*fabs", ""),
    ("t1*t2**2 + k0 + range + len + print + println + size", "2*t1*t2", ""),
    ("θ_1**2*β", "2*θ_1*β", ""),
    ("sum(s@A*t)", "s@A", "s=n A=nm t=m"),
    ("sum(A@x)", "outer(ones(s), x)", "A=st x=t"),
]


@pytest.mark.parametrize("dialect", [*DIALECTS])
def test_names_that_the_language_takes_get_strokes(dialect: str) -> None:
    ran = run_all(dialect, [Program(row[0], written(row, dialect)) for row in NAMED], {})
    if ran is None:
        pytest.skip(f"{dialect} is not installed")
    assert [one for one in ran if not one.right] == []


def test_letters_that_the_language_takes_are_refused() -> None:
    function, derivative = parse("sum(x**2)"), parse("2*x").tree
    with pytest.raises(LimitError, match="int is a word of the code itself"):
        code(function, derivative, {"x": ("int",)}, "c")


# Numbers exact to the last bit, powers of whole numbers and of others, sizes of one, conditions beside a pole
NUMBERS = [
    ("x**2*0.1234567890123456789 + x*1234567890123456789", "2*0.1234567890123456789*x + 1234567890123456789", ""),
    ("x*1e-300*1e300 + x/3 + x*7/11", "1e-300*1e300 + 1/3 + 7/11", ""),
    ("x**-3 + 2**-x + x**0.5", "-3*x**-4 - log(2)*2**-x + 0.5*x**-0.5", ""),
    ("-x**2 + (-x)**3 + (x**2)**3", "-2*x - 3*x**2 + 6*x**5", ""),
    ("sum([1, 2, 3]**-1*x)", "[1, 2, 3]**-1", "x=3"),
    ("sum(A**2)", "2*A", "A=11"),
    ("sum(where(x > 1, log(x - 1)/(x - 1), 0))", "where(x > 1, (1 - log(x - 1))/(x - 1)**2, 0)", "x=n"),
    ("where(abs(x) < 1, acos(x), 0)", "where(abs(x) < 1, -1/sqrt(1 - x**2), 0)", ""),
    ("3*x", "3", ""),
    ("sum(x)/n", "ones(n)/n", "x=n"),
]


@pytest.mark.parametrize("dialect", [*DIALECTS])
def test_numbers_are_exact(dialect: str) -> None:
    ran = run_all(dialect, [Program(row[0], written(row, dialect)) for row in NUMBERS], {})
    if ran is None:
        pytest.skip(f"{dialect} is not installed")
    assert [one for one in ran if not one.right] == []


def test_what_has_no_word_is_refused_by_name() -> None:
    with pytest.raises(LimitError, match="numpy has no word for lambertw"):
        written(("lambertw(x)", "lambertw(x)/(x*(1 + lambertw(x)))", ""), "numpy")


@pytest.mark.skipif(not importlib.util.find_spec("scipy"), reason="scipy is not installed")
@pytest.mark.parametrize(
    "row", [*SPECIAL, ("gamma(x)", "gamma(x)*digamma(x)", ""), ("erf(x)", "2/sqrt(pi)*exp(-x**2)", "")]
)
def test_special_functions_of_numpy_are_those_of_scipy(row: tuple[str, str, str]) -> None:
    run(written(row, "numpy"))
