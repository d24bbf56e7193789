"""Formulas as people paste them: from scripts, sessions and papers; what is read by the shapes of its parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.language.parse import parse
from gradcli.language.write import write

X, Y = [1.0, 2.0], [3.0, 0.5]
A, W = [[2.0, 1.0], [0.5, 3.0]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
VALUES = {"x": X, "y": Y, "A": A, "W": W, "s": 2.0}


def value_of(text: str, **more: Any) -> Any:  # Any: a number or an array
    """The value of a text at ``VALUES``, as JSON has it."""
    return gradcli.jacobian(text, {**VALUES, **more}, allow_unused=True, check="off").to_dict()["value"]


def notes_of(text: str, **more: Any) -> list[str]:
    return gradcli.jacobian(text, {**VALUES, **more}, allow_unused=True, check="off").to_dict().get("notes", [])


# -- scripts and sessions

SCRIPTS = [
    ("loss = sum(x**2)", "sum(x**2)"), ("r = A @ x - y\nloss = r @ r", "(A @ x - y) @ (A @ x - y)"), ("x**2  # the square", "x**2"),
    ("# ridge\nsum(x**2)  # plus\n# the end", "sum(x**2)"), ("sum(x +  # one\n y)", "sum(x + y)"), ("x*'#'.y", None), ("r = x  # twice\n\n2*r\n", "2*x"),
    (">>> r = A @ x\n>>> sum(r**2)", "sum((A @ x)**2)"), (">>> f = sum(x +\n...         y)\n>>> f**2", "sum(x + y)**2"),
    ("In [1]: r = 2*x\nIn [12]: r**2", "(2*x)**2"), ("x**2 + \\\n  y", "x**2 + y"), ("x**2 + \\  \r\n  y", "x**2 + y"), ("x**2;", "x**2"),
    ("x**2,", "x**2"), ("a = x,\na**2", "x**2"), ("    r = x\n    r**2", "x**2"), ("\tr = x;\n\tr**2;\n", "x**2"), ("r = x\nreturn r**2", "x**2"),
    ("return -x", "-x"), ("return (x + 1)*2", "(x + 1)*2"), ("return x if s > 0 else y", "where(s > 0, x, y)"), ("return*x", "return*x"),
    ("y: float = x**2\ny + 1", "x**2 + 1"), ("y: Dict[str, float] = x\ny", "x"), ("loss: Tensor = x", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SCRIPTS, ids=[text for text, _ in SCRIPTS])
def test_a_pasted_script_is_read_as_its_last_line(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(gradcli.GradcliError):
            parse(text)
    else:
        assert write(parse(text).tree) == expected


def test_a_word_that_is_bound_is_no_return() -> None:
    assert write(parse("return - x", bound=["return"]).tree) == "return - x"


def test_the_last_assignment_is_no_part_of_itself() -> None:
    assert [*parse("r = x + 1; loss = r**2").parts] == ["r"]


# -- signs of papers

SIGNS = [
    ("sum(x ⊙ y)", "sum(x*y)"), ("x ∘ y", "x*y"), ("A ⊗ W", "kron(A, W)"), ("2*A⊗W", "kron(2*A, W)"), ("A⊤ @ x", "A.T @ x"),
    ("A^⊤ @ x", "A.T @ x"), ("x^ᵀ @ A", "x.T @ A"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SIGNS, ids=[text for text, _ in SIGNS])
def test_signs_of_papers_are_read(text: str, expected: str) -> None:
    assert write(parse(text).tree) == expected


# -- what shapes decide

BY_SHAPE: list[tuple[str, Any]] = [  # with numpy's numbers
    ("A^T", np.array(A).T), ("x^T @ A @ x", np.array(X) @ np.array(A) @ X), ("(A @ W)^T", (np.array(A) @ W).T), ("A^T @ A^T", np.array(A).T @ np.array(A).T),
    ("r = A @ x\nr^T @ r", (np.array(A) @ X) @ (np.array(A) @ X)), ("A⁻¹", np.linalg.inv(A)), ("(A @ A)⁻¹ @ x", np.linalg.solve(np.array(A) @ A, X)),
    ("x⁻¹", 1 / np.array(X)), ("s⁻¹", 0.5), ("A^-1", 1 / np.array(A)), ("A²", np.array(A) ** 2),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BY_SHAPE, ids=[text for text, _ in BY_SHAPE])
def test_shapes_decide_between_transpose_inverse_and_power(text: str, expected: Any) -> None:
    np.testing.assert_allclose(value_of(text), expected, rtol=1e-14)


def test_t_is_a_power_where_it_is_a_variable_or_the_base_a_scalar() -> None:
    assert value_of("s^T", T=3.0) == 8.0
    assert value_of("x^T", T=2.0) == [1.0, 4.0]
    assert value_of("T = 2; x^T") == [1.0, 4.0]
    assert gradcli.grad("s^T", wrt="T").formula == {"T": "s**T*log(s)"}
    assert gradcli.jacobian("x^T", shape={"x": "n"}, wrt="T").formula == {"T": "x**T*log(x)"}
    assert gradcli.grad("s^T", {"s": 2.0}).wrt == ("T",)


NOTES = [
    ("x^T @ A @ x", ["x^T is read as the transpose x.T, as T has no value"]), ("A^-1 @ x", ["A^-1 is taken entry by entry; inv(A) is the inverse of the matrix"]),
    ("x @ y.T", ["x @ y.T of vectors is their dot product; outer(x, y) is the matrix"]), ("x.T @ y", []), ("A @ A.T", []), ("A⁻¹", []), ("x^-1", []),
    ("s^-1", []), ("(x + 1) @ (2*y)ᵀ", ["(x + 1) @ (2*y)ᵀ of vectors is their dot product; outer((x + 1), 2*y) is the matrix"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "notes"), NOTES, ids=[text for text, _ in NOTES])
def test_a_reading_that_is_one_of_two_is_said(text: str, notes: list[str]) -> None:
    assert notes_of(text) == notes


def test_claims_are_read_by_the_shapes_of_their_letters() -> None:
    (claim,) = gradcli.check("x^T @ A⁻¹ @ x", "(A⁻¹ + (A⁻¹)^T) @ x", wrt="x", shape={"x": "n", "A": "n,n"}).claims
    assert str(claim.verdict) == "proved"
    assert claim.notes[:2] == (
        "x^T is read as the transpose x.T, as T has no value",
        "(A⁻¹)^T is read as the transpose (A⁻¹).T, as T has no value",
    )
    other = gradcli.check("x^T @ eye(n) @ x", "2*x", wrt="x", shape={"x": "n"})  # read again at each size
    assert str(other.verdict) == "proved"


def test_a_formula_in_letters_keeps_its_reading_where_a_value_is_put_in() -> None:
    result = gradcli.grad("k*x^T @ A @ x", {"k": 2.0}, shape={"x": "n", "A": "n,n"}, wrt="x")
    assert result.formula == gradcli.grad("2*x.T @ A @ x", shape={"x": "n", "A": "n,n"}, wrt="x").formula
    assert result.notes == ("x^T is read as the transpose x.T, as T has no value",)


# -- bars

BARS = [
    ("|x|", "abs(x)"), ("|x| + |y|", "abs(x) + abs(y)"), ("|x*|y||", "abs(x*abs(y))"), ("||x|*y|", None), ("|x - y|²", "abs(x - y)**2"), ("-|x|", "-abs(x)"),
    ("sin(|x|)", "sin(abs(x))"), ("‖x‖", "norm(x)"), ("||x||", "norm(x)"), ("||A@x - b||^2", "norm(A @ x - b)**2"), ("‖A@x − b‖²", "norm(A @ x - b)**2"),
    ("∥x∥", "norm(x)"), ("‖x‖₂", "linalg_norm(x, ord=2)"), ("‖x‖_1", "linalg_norm(x, ord=1)"), ("‖A‖_F²", "linalg_norm(A, ord='fro')**2"),
    ("||x||_inf", "linalg_norm(x, ord=inf)"), ("||x|| + ||y||", "norm(x) + norm(y)"), ("‖|x| + ‖y‖‖", "norm(abs(x) + norm(y))"), ("2*|x|*y", "2*abs(x)*y"),
    ("|x if x > 0 else y|", "abs(where(x > 0, x, y))"), ("|[x, y]|.sum()", "sum(abs([x, y]))"), ("[|x|, |y|][0]", "[abs(x), abs(y)][0]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BARS, ids=[text for text, _ in BARS])
def test_bars_are_absolute_values_and_norms(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(gradcli.GradcliError) as caught:
            parse(text)
        assert caught.value.hint == "write norm(...) in place of ‖...‖"
    else:
        assert write(parse(text).tree) == expected


def test_bars_around_a_matrix_are_refused_with_both_meanings() -> None:
    with pytest.raises(gradcli.GradcliError, match="its determinant to some") as caught:
        value_of("log(|A @ A|)")
    assert caught.value.hint == "write det(A @ A), or abs(A @ A)"
    assert value_of("‖A‖") == pytest.approx(np.linalg.norm(np.array(A)))


# -- comprehensions

LOOPS = [
    ("sum(x[i]*y[i] for i in range(2))", "x[0]*y[0] + x[1]*y[1]"), ("sum(x[i] for i in range(1, 6, 2))", "x[1] + x[3] + x[5]"),
    ("sum(x[i] for i in range(2, 0, -1))", "x[2] + x[1]"), ("sum([x[i]**2 for i in range(2)])", "x[0]**2 + x[1]**2"),
    ("[i*x for i in range(3)]", "[0*x, 1*x, 2*x]"), ("[[i + j for j in range(2)] for i in range(2)]", "[[0 + 0, 0 + 1], [1 + 0, 1 + 1]]"), ("math.prod(x - i for i in range(3))", "(x - 0)*(x - 1)*(x - 2)"),
    ("sum(A[i, j] for i in range(2) for j in range(2))", "A[0, 0] + A[0, 1] + A[1, 0] + A[1, 1]"),
    ("sum(A[i, j] for i in range(3) for j in range(i))", "A[1, 0] + A[2, 0] + A[2, 1]"),
    ("sum(A[i, j] for i in range(2) for j in range(2) if i != j)", "A[0, 1] + A[1, 0]"),
    ("sum(x[i] for i in range(9) if i > 2 and not i == 4 if i < 6)", "x[3] + x[5]"), ("sum(x[(i + 1)%3] for i in range(2, 4))", "x[0] + x[1]"),
    ("sum(v**2 for v in [1.5, x, 3])", "1.5**2 + x**2 + 3**2"), ("sum(c*x**k for k, c in enumerate([2, 3]))", "2*x**0 + 3*x**1"),
    ("sum(c*x**k for (k, c) in enumerate([2, 3], 1))", "2*x**1 + 3*x**2"), ("sum(a*b for a, b in zip([x, y], (3, 4, 5)))", "x*3 + y*4"),
    ("sum(a - b for a, b in [(x, y), (2, z)])", "x - y + (2 - z)"), ("sum(x**i for i in reversed(range(3)))", "x**2 + x**1 + x**0"),
    ("max(x - i for i in range(2))", "max([x - 0, x - 1])"), ("torch.stack([x*i for i in range(2)])", "[x*0, x*1]"), ("sum(x for i in range(0))", "0"),
    ("sum(x[i] if i > 0 else y for i in range(2))", "where(0 > 0, x[0], y) + where(1 > 0, x[1], y)"), ("i = 5; sum(x[i] for i in range(1)) + i", "x[0] + 5"),
    ("sum(\n  x[i]  # one\n  for i in range(2)\n)", "x[0] + x[1]"), ("n = 2; sum(x[i] for i in range(n))", "x[0] + x[1]"), ("for*x + sum(for*x)", "for*x + sum(for*x)"),
    ("xs = [x, y]; sum(v**2 for v in xs)", "x**2 + y**2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LOOPS, ids=[text for text, _ in LOOPS])
def test_a_comprehension_is_written_out(text: str, expected: str) -> None:
    assert write(parse(text).tree) == expected


def test_a_comprehension_runs_over_an_array_of_known_size() -> None:
    assert value_of("sum(v**2 for v in x)") == 5.0
    assert value_of("sum(row @ x for row in A)") == pytest.approx((np.array(A) @ X).sum())
    assert value_of("sum(a*b for a, b in zip(x, A @ y))") == pytest.approx(np.array(X) @ (np.array(A) @ Y))
    assert value_of("sum(v for v in x[:k] for k in range(1, 3))", k=1.0) == 2.0
    assert value_of("sum(x[i]*y[i] for i in range(n))", n=2.0) == 4.0
    for size in (3, "n"):
        assert str(gradcli.check("sum(v**2 for v in x)", "2*x", shape={"x": size}).verdict) == "proved"
        assert (
            str(gradcli.check("sum(v**2 for v in x)", "2*x + sum(x) - x[0] - x[1]", shape={"x": size}).verdict)
            == "refuted"
        )
    with pytest.raises(gradcli.GradcliError, match="how many entries"):
        gradcli.check("sum(v**2 for v in x[1:])", "2*x", shape={"x": "n"})
    with pytest.raises(gradcli.GradcliError, match="n rounds cannot be written out"):
        gradcli.grad("sum(v**2 for v in x)", shape={"x": "n"})


LOOP_MISTAKES = [
    ("sum(v for v in x)", "how many entries x has is not known", "for i in range(3), with x[i]"), ("sum(x[i] for i in range(k))", "range takes whole numbers", "give k a value"),
    ("sum(x[i] for i in range(0.5))", "range takes whole numbers", "write a number"), ("sum(x[i] for i in range(2) if x > i)", "numbers only", "where"),
    ("sum(x for i in range(10**9))", "1,000,000,000 rounds", "all entries"), ("sum(x for i in range(9999) for j in range(9999))", "200,000 signs", "all entries"),
    ("[x for i in range(0)]", r"\[\] holds nothing", None), ("sum(a for a, b in [1, 2])", "how many entries", "range"), ("sum(x for i range(3))", "needs its `in`", "for i in range"),
    ("sum(x for 3 in range(3))", "misplaced|missing|statements", None), ("sum(x for i in range(3)", "is never closed|missing", None), ("norm(x[i] for i in range(2, 3, 0))", "step other than 0", None),
    ("sum(c for k, c in enumerate([1], x))", "enumerate takes whole numbers", "give x a value"), ("sum(v for a, b, c in [(1, 2)])", "3 names, but 2 values", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), LOOP_MISTAKES, ids=[row[0] for row in LOOP_MISTAKES])
def test_a_comprehension_that_cannot_be_written_out_says_why(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(gradcli.GradcliError, match=message) as caught:
        parse(text)
    assert hint is None or hint in (caught.value.hint or "")
