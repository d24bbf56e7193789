"""The check sees planted faults, and each verdict is reached by an example that people meet."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from planting import Plant, bent

import gradcli
from gradcli.commands.results import Result


def assert_caught(result: Result) -> None:
    assert result.check.verdict == "differs", result.check
    assert result.exit_code() == 1
    assert result.exit_code(strict=True) == 1
    assert result.check.notes


# -- planted faults

POINT = {"x": [0.3, -1.1, 0.8]}


def test_without_a_fault_all_agree() -> None:
    """The expressions that the faults below are planted under."""
    for text in (
        "sum(sin(x))",
        "sum(tanh(x)*x)",
        "sum(exp(x))",
        "sum(softplus(x))",
        "logsumexp(x)",
        "norm(x)",
        "prod(x)",
        "dot(x, x)",
    ):
        assert gradcli.grad(text, POINT).check.verdict == "agrees"


@pytest.mark.parametrize(("name", "wrong"), [
    ("sin", lambda t, x: t.cos(x)), ("tanh", lambda t, x: t.sigmoid(x)), ("exp", lambda t, x: t.exp2(x)),
    ("logsumexp", lambda t, x, dim, keepdim: t.logsumexp(2*x, 0)), ("norm", lambda t, x, p, dim, keepdim: t.linalg.vector_norm(x, 1)),
    ("prod", lambda t, x, dim, keepdim: t.sum(x)), ("dot", lambda t, x, y: 2*(x @ y)), ("sin", lambda t, x: t.sin(x*(1 + 1e-7))),
    ("softplus", lambda t, x, beta, threshold: t.nn.functional.softplus(x, 1.001)),
])  # fmt: skip
def test_a_wrong_torch_meaning_differs(plant: Plant, name: str, wrong: Any) -> None:  # Any: see row.Meaning
    plant(name, torch=wrong)
    text = {"dot": "dot(x, x)"}.get(name, f"sum({name}(x))")
    assert_caught(gradcli.grad(text, POINT))


@pytest.mark.parametrize("name", ["sin", "tanh", "exp", "softplus"])
def test_a_wrong_sympy_meaning_differs(plant: Plant, name: str) -> None:
    plant(name, sympy=lambda s, x, *constants: s.cos(x))
    assert_caught(gradcli.grad(f"sum({name}(x))", POINT))


@pytest.mark.parametrize("factor", [-1.0, 2.0, 1.001, 1 + 1e-7, 1 - 1e-8])
def test_a_wrong_slope_alone_differs(plant: Plant, factor: float) -> None:
    plant("sin", torch=bent(torch.sin, lambda g, x: g * torch.cos(x) * factor))
    result = gradcli.grad("sum(x*sin(x))", POINT)
    assert result.value == pytest.approx(sum(v * math.sin(v) for v in POINT["x"]), rel=1e-15)
    assert_caught(result)


def test_a_right_slope_of_ones_own_agrees(plant: Plant) -> None:
    plant("sin", torch=bent(torch.sin, lambda g, x: g * torch.cos(x)))
    assert gradcli.grad("sum(x*sin(x))", POINT).check.verdict == "agrees"


@pytest.mark.parametrize("offset", [1.0, 1e-3, 1e-8])
def test_a_wrong_value_alone_differs(plant: Plant, offset: float) -> None:
    plant("sin", torch=lambda t, x: t.sin(x) + offset)
    result = gradcli.grad("sin(x)", {"x": 0.7})
    assert result.derivative["x"] == math.cos(0.7)
    assert_caught(result)


@pytest.mark.parametrize(("dtype", "factor"), [("float32", 1.01), ("bfloat16", 1.5), ("float16", 1.3)])
def test_a_wrong_slope_differs_in_lower_precision(plant: Plant, dtype: str, factor: float) -> None:
    plant("sin", torch=bent(torch.sin, lambda g, x: g * torch.cos(x) * factor))
    assert_caught(gradcli.grad("sum(x*sin(x))", POINT, dtype=dtype))


def test_a_wrong_matrix_slope_differs(plant: Plant) -> None:
    """The transpose that everybody forgets once: inv(A) where the slope of logdet is inv(A).T."""
    values = {"A": [[4.0, 7.0], [2.0, 6.0]]}
    assert gradcli.grad("logdet(A)", values).check.verdict == "agrees"
    plant("logdet", torch=bent(torch.logdet, lambda g, a: g * torch.linalg.inv(a)))
    assert_caught(gradcli.grad("logdet(A)", values))


@pytest.mark.parametrize(("product", "vector"), [("", None), ("jvp", [1.0, 2.0, -1.0]), ("vjp", [1.0, 2.0, -1.0])])
def test_jacobians_and_their_products_are_checked(plant: Plant, product: str, vector: list[float] | None) -> None:
    options = {product: vector} if product else {}
    assert gradcli.jacobian("sin(x)*x", POINT, **options).check.verdict == "agrees"
    plant("sin", torch=lambda t, x: t.sin(x) + 1e-6 * x)
    assert_caught(gradcli.jacobian("sin(x)*x", POINT, **options))


@pytest.mark.parametrize("hvp", [None, [1.0, 2.0, -1.0]])
def test_a_fault_of_the_second_derivative_alone(plant: Plant, hvp: list[float] | None) -> None:
    """Value and gradient are right at the point; only the curvature is not."""
    points = torch.tensor(POINT["x"], dtype=torch.float64)
    assert gradcli.hessian("sum(sin(x))", POINT, hvp=hvp).check.verdict == "agrees"
    plant("sin", torch=lambda t, x: t.sin(x) + 1e-4 * (x - points) ** 2)
    assert gradcli.grad("sum(sin(x))", POINT).check.verdict == "agrees"
    assert_caught(gradcli.hessian("sum(sin(x))", POINT, hvp=hvp))


@pytest.mark.parametrize("mode", ["full", "sample"])
def test_one_wrong_entry_among_thousands_is_found(plant: Plant, mode: str) -> None:
    """A sample misses it; one random direction through all entries does not. In full all entries are looked at."""
    x = np.random.default_rng(7).standard_normal(5_000)
    right = gradcli.grad("sum(sin(x))", {"x": x}, check=mode, check_time=20)
    assert right.check.verdict == "agrees"
    assert right.check.checked == (5_000 if mode == "full" else 16)
    assert (mode == "full") != any("random direction" in note for note in right.check.notes), right.check.notes

    def backward(cotangent: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        slope = torch.cos(at)
        slope[4_321] = slope[4_321] + 0.01
        return cotangent * slope

    plant("sin", torch=bent(torch.sin, backward))
    assert_caught(gradcli.grad("sum(sin(x))", {"x": x}, check=mode, check_time=20))


@pytest.mark.parametrize(
    "text", ["sum(x**3)", "sum(x**5)", "sum(sin(x) - x)", "sum(fresnels(x))", "sum(tanh(x)**3, dim=0)"]
)
def test_a_slope_of_zero_along_every_direction_agrees(text: str) -> None:
    """The quotient of a difference is 1e-40 there, and not 0: the step's own error is not a difference."""
    check = gradcli.grad(text, {"x": np.zeros(3_000)}, check="sample", check_time=20).check
    assert check.verdict == "agrees", check
    assert check.digits > 15
    assert any("random direction" in note for note in check.notes), check.notes


@pytest.mark.parametrize(
    ("text", "point", "mode", "verdict", "said"),
    [
        # a random direction's step is large beside y
        ("sum(hypot(x, y)**3)", {"x": np.zeros(700), "y": np.full(700, 1e-20)}, "sample", "agrees", "random direction"),
        # two random rounding errors cancel in some entry, six times in a row
        ("sum(sin(x*1e15))", {"x": np.full(700, 0.1)}, "full", "rounding", "float arithmetic lost"),
        ("sum(x + 1e200 - 1e200)", {"x": np.ones(700)}, "full", "rounding", "the value: 0.0 against 700.0"),
    ],
)
def test_many_entries_are_no_reason_for_a_false_alarm(
    text: str, point: dict[str, Any], mode: str, verdict: str, said: str
) -> None:
    check = gradcli.grad(text, point, check=mode, check_time=60).check
    assert check.verdict == verdict, check
    assert any(said in note for note in check.notes), check.notes


def test_a_slope_that_is_wrongly_zero_along_every_direction_is_found(plant: Plant) -> None:
    plant("sin", torch=bent(torch.sin, lambda cotangent, at: cotangent * 0 * at))
    assert_caught(gradcli.grad("sum(sin(x))*1e-25", {"x": np.zeros(3_000)}, check="sample", check_time=20))


# -- natural verdicts: text, values, verdict, what its notes say, exit code, exit code with --strict

NATURAL: list[tuple[str, dict[str, Any], str, str, int, int]] = [  # Any: numbers and lists
    ("x**2*sin(y)", {"x": 3.0, "y": 0.5}, "agrees", "^$", 0, 0),
    ("log(det(A))", {"A": [[2.0, 1.0], [1.0, 3.0]]}, "agrees", "^$", 0, 0),
    ("log(1 + x)/x", {"x": 1e-10}, "rounding", "0.0 digits are right, float arithmetic lost", 1, 1),
    ("relu(x)", {"x": 0.0}, "convention", "0.0 from the left, 1.0 from the right; torch gives 0.0", 0, 5),
    ("abs(x)", {"x": 0.0}, "convention", "-1.0 from the left, 1.0 from the right; torch gives 0.0", 0, 5),
    ("norm(x)", {"x": [0.0, 0.0]}, "convention", r"x\[1\]: one-sided derivatives -1.0 from the left, 1.0 from the right", 0, 5),
    ("max(x, y)", {"x": 1.0, "y": 1.0}, "convention", "torch gives 0.5", 0, 5),
    ("clamp(x, -1, 1)", {"x": 1.0}, "convention", "1.0 from the left, 0.0 from the right", 0, 5),
    ("relu(x) - relu(-x)", {"x": 0.0}, "trap", "0.0 against 1.0: the derivative exists", 1, 1),
    ("log(1 + exp(x))", {"x": 1000.0}, "trap", "nan against 1.0: the derivative exists, autograd lost it", 1, 1),
    ("where(x > 0, sqrt(x), 0)", {"x": -1.0}, "trap", "nan against 0.0", 1, 1),
    ("1/x", {"x": 0.0}, "singular", "-inf from the left, .inf from the right", 5, 5),
    ("log(x)", {"x": -1.0}, "singular", "undefined or not real", 5, 5),
    ("sum(log(x))", {"x": [1.0, -1.0, 2.0]}, "singular", "undefined or not real", 5, 5),
    ("digamma(x)", {"x": -3.0}, "singular", "limits of the value", 5, 5),
    ("sqrt(x)", {"x": 0.0}, "singular", "undefined from the left, .inf from the right", 5, 5),
    ("floor(x)", {"x": 2.0}, "singular", "no finite derivative", 5, 5),
    ("sin(x)/x", {"x": 0.0}, "singular", "removable: the limit of the value is 1.0; with it, the derivative is 0.0", 5, 5),
    ("(exp(x) - 1)/x", {"x": 0.0}, "singular", "removable: the limit of the value is 1.0; with it, the derivative is 0.5", 5, 5),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "values", "verdict", "note", "code", "strict"), NATURAL, ids=[row[0] for row in NATURAL]
)
def test_natural_verdicts(
    text: str, values: dict[str, Any], verdict: str, note: str, code: int, strict: int
) -> None:  # Any: as above
    result = gradcli.grad(text, values)
    assert result.check.verdict == verdict, result.check
    assert re.search(note, "; ".join(result.check.notes)), result.check.notes
    assert result.exit_code() == code
    assert result.exit_code(strict=True) == strict


def test_rounding_says_how_many_digits_are_right() -> None:
    """(1 - cos x)/x^2 loses digits on the way to 0: the smaller x, the fewer are left."""
    digits = []
    for x in (1e-1, 1e-3, 1e-5, 1e-7):
        check = gradcli.grad("(1 - cos(x))/x**2", {"x": x}).check
        assert check.verdict in {"agrees", "rounding"}
        digits.append(check.digits)
    assert digits == sorted(digits, reverse=True)
    assert digits[0] > 9
    assert digits[-1] < 3


def test_unchecked_says_why() -> None:
    off = gradcli.grad("x**2", {"x": 3.0}, check="off")
    assert (off.check.verdict, off.check.checked, off.check.total, off.check.digits) == ("unchecked", 0, 1, None)
    assert off.check.notes == ("the check is off",)
    assert (off.exit_code(), off.exit_code(strict=True)) == (0, 5)
    late = gradcli.grad("sum(sin(x))", {"x": np.arange(2_000.0)}, check_time=1e-9)
    assert late.check.verdict == "unchecked"
    assert "cut off after 1e-09 s" in late.check.notes[0]
    assert off.derivative["x"] == 6.0


@pytest.mark.parametrize(("text", "values", "verdict"), [
    ("relu(x)", 0.0, "convention"), ("relu(x)**2", 0.0, "convention"), ("abs(x)**3", 0.0, "agrees"), ("where(x > 1, x, x)", 1.0, "agrees"),
    ("where(any(x > 1), sum(x**2), 0)", [1.0, 2.0], "agrees"), ("sum(huber_loss(x, zeros(1)))", [1.0], "convention"),
    ("norm(x)**2", [0.0, 0.0], "trap"), ("sqrt(x)", 0.0, "singular"), ("floor(x)", 2.0, "singular"),
])  # fmt: skip
def test_second_derivatives_on_a_kink(text: str, values: Any, verdict: str) -> None:  # Any: a number or a list
    result = gradcli.hessian(text, {"x": values})
    assert result.check.verdict == verdict, result.check


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
def test_digits_are_at_most_those_of_the_dtype(dtype: str) -> None:
    most = -math.log10(torch.finfo(getattr(torch, dtype)).eps / 2)
    for text in ("sin(x)*exp(x)", "x**2", "log(x)/x", "tanh(x)"):
        check = gradcli.grad(text, {"x": 1.1}, dtype=dtype).check
        assert check.verdict in {"agrees", "rounding"}
        assert 0.5 * most < check.digits <= most + 0.005


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_lost_digits_are_rounding_in_lower_precision(dtype: str) -> None:
    """1 + x is rounded to few digits, and log(1 + x)/x magnifies that: nobody has a bug."""
    for x in (0.3, 0.1, 0.03, 0.01, 0.003):
        check = gradcli.grad("log(1 + x)/x", {"x": x}, dtype=dtype).check
        assert check.verdict in {"agrees", "rounding"}, (x, check)


# -- a real loss, and expressions that were never text


@pytest.mark.parametrize("wrt", ["w", None])
def test_a_logistic_regression_is_checked(wrt: str | None) -> None:
    draw = np.random.default_rng(0)
    X, w = draw.standard_normal((1000, 20)), draw.standard_normal(20)
    y = np.sign(X @ w + draw.standard_normal(1000))
    result = gradcli.grad("mean(log(1 + exp(-y*(X@w))))", {"X": X, "y": y, "w": w}, wrt=wrt, check_time=60)
    check = result.check
    assert (check.verdict, check.reference) == ("agrees", "rules" if wrt else "rules, extended")
    assert check.checked == check.total == (20 if wrt else 21_020)
    expected = -X.T @ (y / (1 + np.exp(y * (X @ w)))) / 1000
    np.testing.assert_allclose(result.derivative["w"], expected, rtol=1e-12)


def test_a_sympy_expression_is_an_expression() -> None:
    a, b = sympy.symbols("a b")
    result = gradcli.grad(sympy.sin(a) * b**2 + sympy.exp(-a / 3), {"a": 1.0, "b": 2.0})
    assert result.check.verdict == "agrees"
    assert result.derivative["a"] == pytest.approx(4 * math.cos(1) - math.exp(-1 / 3) / 3, rel=1e-15)
    assert result.derivative["b"] == pytest.approx(4 * math.sin(1), rel=1e-15)
    assert gradcli.grad(sympy.sin(a) * b).formula == {"a": "b*cos(a)", "b": "sin(a)"}


@pytest.mark.parametrize(("make", "at", "slope"), [
    (lambda x: sympy.Piecewise((x**2, x > 1), (sympy.exp(x), True)), 0.5, math.exp(0.5)), (lambda x: sympy.Max(x, 2 * x, 1), 3.0, 2.0),
    (lambda x: sympy.Abs(x) * sympy.sign(x), -2.0, 1.0), (lambda x: sympy.log(x, 2), 3.0, 1 / (3 * math.log(2))),
    (lambda x: (1 - x) / (1 + x) ** 2, 0.5, -1 / 1.5**2 - 2 * 0.5 / 1.5**3), (lambda x: x**sympy.Rational(1, 3), 8.0, 1 / 12),
    (lambda x: sympy.sqrt(x) / sympy.pi, 4.0, 0.25 / math.pi), (lambda x: sympy.erf(x) + sympy.E**x, 0.0, 2 / math.sqrt(math.pi) + 1),
])  # fmt: skip
def test_sympys_own_functions_are_lowered(make: Callable[[Any], Any], at: float, slope: float) -> None:  # Any: sympy
    result = gradcli.grad(make(sympy.Symbol("x", real=True)), {"x": at})
    assert result.check.verdict == "agrees", result.check
    assert result.derivative["x"] == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize(
    "expression",
    ["beta(123456789012345678901234567890, x)", "polygamma(2, x)*zeta(1000, 1 + x)", "lgamma(1e7 + 1/2)*x"],
)
def test_sympy_counts_no_large_numbers(expression: str) -> None:
    """gamma(n) is a factorial to sympy and lowergamma(n, x) a sum of n terms: the rules answer at once instead."""
    assert gradcli.grad(expression, {"x": 0.5663}).check.verdict == "agrees"
