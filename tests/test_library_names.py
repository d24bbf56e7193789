"""What a library means by a name is what the name behind its prefix means: torch and numpy are run beside it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradcli
from gradcli.autograd import tensors
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.operations.prefixes import PREFIXES
from gradcli.operations.table import meant_otherwise, rows

NAN = math.nan
DRAWN = np.random.default_rng(20)
x, y = DRAWN.normal(size=(2, 4))
A, B = DRAWN.normal(size=(2, 3, 3))
T = DRAWN.normal(size=(3, 2, 3))
U = DRAWN.normal(size=(1, 3))
p, q = DRAWN.uniform(0.1, 0.9, (2, 4))
gap, other = np.array([NAN, 1.0, 2.0]), np.array([3.0, NAN, -1.0])
VALUES = {"x": x, "y": y, "A": A, "B": B, "T": T, "U": U, "p": p, "q": q, "gap": gap, "other": other}
TENSORS = {name: torch.tensor(value) for name, value in VALUES.items()}


def value_of(text: str) -> np.ndarray:
    program = compile_tree(parse(text, bound=VALUES).tree)
    with tensors.session("float64", "cpu"):
        return np.asarray(tensors.evaluate(program, TENSORS))


def from_torch(text: str) -> np.ndarray:
    """The same text, run by Python: an oracle that shares nothing with gradcli's reading of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch deprecates a softmax that is told no axis
        names = {"torch": torch, "F": torch.nn.functional, "inf": math.inf, **TENSORS}
        return np.asarray(eval(text, names))  # noqa: S307 - the texts below


def from_numpy(text: str) -> np.ndarray:
    return np.asarray(eval(text, {"np": np, "math": math, "inf": math.inf, **VALUES}))  # noqa: S307 - as above


def assert_same(text: str, oracle: Callable[[str], np.ndarray]) -> None:
    found, expected = value_of(text), oracle(text)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("text", [
    "torch.cross(A, B)", "torch.cross(T, 2*T)", "torch.cross(A, B, dim=1)", "torch.linalg.cross(A, B)", "A.cross(B)",
    "torch.linalg.cross(A, B, dim=0)", "torch.cross(U, A)",
    "torch.fmax(gap, other)", "torch.fmin(gap, other)", "torch.maximum(gap, other)",
    *(f"torch.linalg.matrix_norm({name}, {order})" for name in "AT" for order in (1, -1, 2, -2, "inf", "-inf", "'fro'", "'nuc'")),
    "torch.linalg.matrix_norm(A)", "torch.linalg.matrix_norm(T)",
    "torch.linalg.matrix_norm(T, 1, (0, 1))", "torch.linalg.matrix_norm(T, 2, keepdim=True)",
    "torch.linalg.norm(A, 'nuc')", "torch.linalg.norm(A, 'fro')",
    "F.softmax(x)", "F.softmax(A)", "F.softmax(T)", "F.log_softmax(T)", "F.softmin(T)", "F.log_softmax(T, -1)", "F.softmax(T, dim=1)",
    "F.gelu(x)", "F.gelu(x, approximate='tanh')", "F.softplus(25*x)",
    "torch.std(x)", "torch.var(x)", "torch.cov(U)", "torch.corrcoef(U)", "torch.median(x)", "torch.linalg.vander(x)",
    "torch.softmax(T, 0)", "torch.special.softmax(T, 0)", "torch.kron(x, A)",
    "y*torch.hann_window(4, dtype=torch.float64)", "y*torch.hann_window(4, periodic=False, dtype=torch.float64)", "x*torch.hamming_window(4, dtype=torch.float64)", "torch.hann_window(1, dtype=torch.float64)*x",
    "x*torch.hamming_window(4, False, 0.5, 0.5, dtype=torch.float64)", "x*torch.blackman_window(4, dtype=torch.float64)", "x*torch.bartlett_window(4, dtype=torch.float64)",
    "x*torch.kaiser_window(4, dtype=torch.float64)", "x*torch.kaiser_window(4, periodic=False, beta=3.0, dtype=torch.float64)",
])  # fmt: skip
def test_torchs_names_mean_what_torch_means(text: str) -> None:
    assert_same(text, from_torch)


@pytest.mark.parametrize("text", [
    "np.cross(A, B)", "np.linalg.cross(A, B, axis=0)", "np.fmax(gap, other)", "np.fmin(gap, other)", "np.maximum(gap, other)",
    "np.linalg.matrix_norm(T)", "np.linalg.matrix_norm(T, ord=1)", "np.linalg.norm(A, 'nuc')", "np.linalg.norm(A, -2)",
    "np.std(x)", "np.var(A, axis=0)", "np.cov(U)", "np.corrcoef(U)", "np.median(x)", "np.vander(x)",
    "np.vander(x, 0)", "np.repeat(A, 2)", "np.clip(x, 0, 1)",
    "np.concatenate([A, B])", "np.stack([A, B], axis=1)", "np.hstack([x, y])", "np.vstack([x, y])", "np.column_stack([x, y])",
    "math.remainder(7.5, 3)", "math.remainder(8.0, 3)", "math.remainder(-4.5, 3)", "math.fmod(-7.5, 3)",
])  # fmt: skip
def test_numpys_and_maths_names_mean_what_they_mean_there(text: str) -> None:
    assert_same(text, from_numpy)


def test_another_meaning_would_be_seen() -> None:
    with pytest.raises(AssertionError):
        assert_same("torch.cross(A, B)", lambda text: from_torch(text.replace("torch.cross", "torch.linalg.cross")))
    with pytest.raises(AssertionError):
        assert_same("torch.linalg.matrix_norm(T)", lambda _: from_torch("torch.linalg.norm(T)"))


@pytest.mark.parametrize(("text", "expected"), [
    ("jax.nn.gelu(x)", "F.gelu(x, approximate='tanh')"),
    ("jax.nn.softplus(25*x)", "torch.logaddexp(25*x, torch.zeros(4))"),
    ("jax.nn.softmax(T)", "torch.softmax(T, -1)"), ("jax.nn.softmax(T, axis=(0, 1))", "torch.softmax(T.reshape(6, 3), 0).reshape(3, 2, 3)"),
    ("jax.nn.log_softmax(T)", "torch.log_softmax(T, -1)"),
    ("scipy.special.softmax(A)", "torch.softmax(A.reshape(-1), 0).reshape(3, 3)"), ("scipy.special.softmax(A, axis=0)", "torch.softmax(A, 0)"),
    ("scipy.special.log_softmax(A)", "torch.log_softmax(A.reshape(-1), 0).reshape(3, 3)"),
    ("jax.scipy.special.log_softmax(A, 1)", "torch.log_softmax(A, 1)"),
    ("scipy.special.kl_div(p, q)", "p*torch.log(p/q) - p + q"), ("jax.scipy.special.kl_div(p, q)", "p*torch.log(p/q) - p + q"),
    ("scipy.special.rel_entr(p, q)", "p*torch.log(p/q)"), ("scipy.special.rel_entr(0, q)", "0*q"), ("scipy.special.kl_div(0, q)", "q"),
    ("jax.lax.max(x, 1)", "torch.clamp(x, min=1)"), ("jax.lax.min(x, 1)", "torch.clamp(x, max=1)"),
    ("jnp.std(x)", "torch.std(x, correction=0)"), ("jnp.max(A, 1)", "torch.amax(A, 1)"),
])  # fmt: skip
def test_names_of_libraries_that_are_not_installed(text: str, expected: str) -> None:
    """jax and scipy by their documentation, written in torch."""
    assert_same(text, lambda _: from_torch(expected))


CHECKED = [
    "sum(torch.cross(A, B)[0]**2)", "sum(torch.cross(T, 2*T + 1)[0])", "sum(torch.linalg.matrix_norm(T)**2)",
    "sum(torch.linalg.matrix_norm(T, 'nuc'))",
    "torch.linalg.matrix_norm(A, -1)", "sum(F.softmax(T)[0]**2)", "sum(F.log_softmax(T)[0]**2)", "sum(F.softmin(T)[0]**2)",
    "sum(scipy.special.softmax(A)[0]**2)", "scipy.special.log_softmax(A)[0, 1]", "sum(scipy.special.kl_div(p, q))",
    "sum(scipy.special.rel_entr(p, q))",
    "sum(jax.nn.gelu(x))", "sum(jax.nn.softplus(20*x))", "sum(math.remainder(x, 0.5)*x)", "sum(fmax(x, y)*x)", "np.cov(U)",
]  # fmt: skip


@pytest.mark.parametrize("text", CHECKED)
def test_both_routes_agree_on_the_slopes(text: str) -> None:
    names = parse(text).names
    check = gradcli.grad(text, {name: VALUES[name] for name in names}).check
    assert check.verdict in {"agrees", "rounding"}, check
    assert check.checked == check.total > 0


@pytest.mark.parametrize("text", CHECKED)
def test_what_a_name_presets_is_written_down(text: str) -> None:
    """The tree's text, read without the library's name, is the same tree."""
    tree = parse(text).tree
    assert parse(write(tree)).tree == tree


@pytest.mark.parametrize("function", ["torch.fmax", "torch.fmin"])
def test_where_one_argument_is_nan_the_slope_is_the_others(function: str) -> None:
    result = gradcli.grad(f"sum({function}(gap, other)*[1, 2, 3])", {"gap": gap, "other": other})
    assert result.derivative["gap"][1] == 2.0
    assert result.derivative["other"][0] == 1.0
    assert result.check.verdict == "agrees", result.check


# -- classes that are ignored

SCORES = DRAWN.normal(size=(3, 4))


@pytest.mark.parametrize("loss", ["cross_entropy", "nll_loss"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("classes", [[2, -100, 0], [-100, -100, 3], [1, 2, 3]])
def test_an_ignored_class_counts_nowhere(loss: str, reduction: str, classes: list[int]) -> None:
    tensor = torch.tensor(SCORES, requires_grad=True)
    expected = getattr(torch.nn.functional, loss)(tensor, torch.tensor(classes), reduction=reduction).sum()
    expected.backward()
    result = gradcli.grad(f"sum({loss}(z, {classes}, reduction='{reduction}'))", {"z": SCORES})
    assert result.value == pytest.approx(expected.item(), rel=1e-14)
    np.testing.assert_allclose(result.derivative["z"], tensor.grad, rtol=1e-13, atol=1e-15)
    assert result.check.verdict == "agrees", result.check
    assert result.check.checked == 12


@pytest.mark.parametrize("loss", ["cross_entropy", "nll_loss"])
def test_the_mean_over_ignored_classes_alone_is_undefined(loss: str) -> None:
    result = gradcli.grad(f"{loss}(z, [-100, -100, -100])", {"z": SCORES})
    assert math.isnan(result.value)
    assert result.check.verdict == "singular"
    assert gradcli.grad(f"{loss}(z, [-100, -100, -100], 'sum')", {"z": SCORES}).check.verdict == "agrees"


# -- what is refused


@pytest.mark.parametrize(("text", "message", "hint"), [
    ("torch.binomial(x, p)", "torch.binomial means something else than binomial", "random numbers"),
    ("jax.nn.normalize(x)", "jax.nn.normalize means something else", "layer_norm(x)"),
    ("np.concatenate(A)", "np.concatenate means something else than concat", "[x[0], x[1]]"),
    ("numpy.hstack(A)", "numpy.hstack means something else", "[x[0], x[1]]"),
    ("jnp.vstack(A)", "jnp.vstack means something else", "[x[0], x[1]]"), ("np.stack(A, axis=1)", "np.stack means something else", "movedim"),
    ("np.column_stack(A)", "np.column_stack means something else", "[x[0], x[1]]"),
])  # fmt: skip
def test_a_name_of_another_meaning_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(gradcli.GradcliError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(("text", "values"), [
    ("torch.linalg.matrix_norm(x)", {"x": x}), ("torch.linalg.matrix_norm(A, 3)", {"A": A}), ("matrix_norm(A, 'two')", {"A": A}),
    ("matrix_norm(T, 1, 0)", {"T": T}), ("torch.linalg.norm(x, 'fro')", {"x": x}), ("torch.linalg.norm(T, 1)", {"T": T}),
    ("torch.cross(x, y)", {"x": x, "y": y}),
])  # fmt: skip
def test_a_shape_that_the_function_does_not_take_is_refused(text: str, values: dict[str, Any]) -> None:
    with pytest.raises(gradcli.GradcliError) as caught:
        gradcli.grad(text, values)
    assert caught.value.kind == "shape"


def test_every_name_of_another_meaning_belongs_to_a_library() -> None:
    """A misspelt prefix in ``Op.unlike`` would refuse nothing."""
    calls = [call for op in rows() for text in op.unlike for call in text.split(": ")[0].split(", ")]
    assert len(calls) == len(set(calls)) > 0
    for call in calls:
        assert call.removesuffix("(x)").rpartition(".")[0] in PREFIXES
        assert meant_otherwise(call.removesuffix("(x)"), alone=True)
    assert meant_otherwise("torch.round", alone=True) is None
    assert meant_otherwise("np.stack", alone=False) is None
