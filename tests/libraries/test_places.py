"""Numbers as indices, sizes and classes; lists, arrays and masks in brackets: as numpy has them, or an error."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch

import gradcli
from gradcli.base.errors import GradcliError
from gradcli.inputs.asking import known_of
from gradcli.language.parse import parse

DRAWN = np.random.default_rng(5)
X = DRAWN.normal(size=(4, 3, 2))
LISTS = ("[0, 2, 2]", "[[0], [1]]", "[-1, 0]", "[True, False, True, True]")


@pytest.mark.parametrize("text", [
    *(f"X[{at}]" for at in LISTS), "X[:, [0, 2]]", "X[[0, 1], [2, 0]]", "X[[0, 1], :, [1, 0]]", "X[1, :, [1, 0]]", "X[:, 1, [0, 0]]",
    "X[..., [1, 0]]", "X[None, [1, 2]]", "X[[0, 3], None, 1:]", "X[::-1, [2, 0]]", "X[2, [0, 1], [1, 1]]",
])  # fmt: skip
def test_brackets_take_what_numpy_takes_and_give_every_place_its_weight(text: str) -> None:
    value = eval(text, {"X": X})  # noqa: S307 - the texts above
    weights = np.cos(1 + np.arange(value.size)).reshape(value.shape)
    found = gradcli.grad(text, {"X": X}, grad_outputs=weights)
    places = eval(text, {"X": np.arange(X.size).reshape(X.shape)})  # noqa: S307 - as above
    expected = np.zeros(X.size)
    np.add.at(expected, places.ravel(), weights.ravel())
    np.testing.assert_array_equal(found.value, value)
    np.testing.assert_allclose(found.derivative["X"], expected.reshape(X.shape), rtol=1e-15)
    assert found.check.verdict == "agrees"


VALUES: dict[str, Any] = {
    "W": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "z": [[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]], "x": [1.0, -2.0, 3.0],
    "ids": np.array([2, 0, 2]), "t": np.array([2, 0]), "mask": np.array([True, False, True]), "n": 2, "k": 1,
}  # fmt: skip


def of_torch(text: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    tensors = {key: torch.tensor(value) for key, value in VALUES.items() if key not in {"n", "k"}}
    tensors[name] = tensors[name].double().requires_grad_()
    value = eval(text, {"torch": torch, "F": torch.nn.functional, "n": 2, "k": 1, **tensors})  # noqa: S307 - texts below
    return value.detach().numpy(), torch.autograd.grad(value.sum(), tensors[name])[0].numpy()


@pytest.mark.parametrize(("text", "name"), [
    ("W[ids]", "W"), ("z[torch.arange(n), t]", "z"), ("x[x > 0]**2", "x"), ("x[mask]*3", "x"), ("W[ids[0]]", "W"), ("x[k]", "x"),
    ("F.one_hot(t, 3)*z", "z"), ("F.embedding(ids, W)", "W"), ("torch.index_select(x, 0, ids)", "x"), ("W.index_select(-2, ids)", "W"),
    ("torch.take(W, ids)", "W"), ("torch.masked_select(x, mask)", "x"), ("x.masked_fill(mask, 7.0)", "x"), ("torch.where(mask, x, 0)", "x"),
    ("F.cross_entropy(z, t)", "z"), ("F.nll_loss(torch.log_softmax(z, 1), t)", "z"), ("x[len(x) - 1]*x.shape[0]", "x"),
    ("W.sum()/W.numel() + W.ndim + W.size(-1)", "W"), ("torch.scatter(z, 1, t[:, None], z[:, :1])", "z"),
    ("torch.take_along_dim(z, t[:, None], 1)", "z"), ("torch.gather(z, 1, t[:, None])", "z"),
])  # fmt: skip
def test_places_are_what_torch_takes_them_for_and_are_not_differentiated(text: str, name: str) -> None:
    used = {key: value for key, value in VALUES.items() if re.search(rf"\b{key}\b", text)}
    value, slope = of_torch(text, name)
    found = gradcli.grad(text, used, **({"reduce": "sum"} if value.ndim else {}), allow_unused=True)
    np.testing.assert_allclose(found.derivative[name], slope, rtol=1e-14)
    left = [key for key in used if key not in {name, *found.wrt}]
    assert all(any(key in note for note in found.notes) for key in left)
    assert found.check.verdict == "agrees"


def test_a_mask_on_its_edge_has_no_derivative_and_a_name_that_does_not_move_has_no_edge() -> None:
    with pytest.raises(GradcliError, match="on the edge of x > 0") as caught:
        gradcli.grad("sum(x[x > 0]**2)", {"x": [1.0, 0.0]})
    assert caught.value.code == 5
    found = gradcli.grad("sum(y[x > 0])", {"x": [1.0, 0.0], "y": [2.0, 3.0]}, wrt="y")
    assert found.derivative["y"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(("text", "message"), [
    ("x[[0, 5]]", "from -3 to 2 on axis 0"), ("x[[0, 1.5]]", "whole number"), ("x[[True, False]]", r"a mask of shape \(3,\), not \(2,\)"),
    ("x[[0, True]]", "numbers and truth values"), ("x[[0], [1]]", "at most 1 indices"), ("x[y > 0]", "not all known here"),
    ("len(n)*x", "n is a scalar"), ("len()*x", "takes one array"), ("x[[0, [1]]]", "differ in length"), ("x.shape[1]*x", "there are 1 of these"),
    ("torch.round(x, decimals=10**9)", "from -308 to 308"), ("int(1.5)*x", "whole number"),
])  # fmt: skip
def test_what_numpy_refuses_is_refused(text: str, message: str) -> None:
    with pytest.raises(GradcliError, match=message):
        gradcli.jacobian(
            text, {"x": [1.0, 2.0, 3.0], "n": 2} if "y" not in text else {"x": [1.0, 2.0, 3.0]}, allow_unused=True
        )


def test_truth_values_are_not_differentiated_and_join_with_signs() -> None:
    found = gradcli.grad(
        "sum(m*x) + sum(x[m & (x > 1.5)]) + sum(x[~m | m])", {"x": [1.0, 2.0, 3.0], "m": [True, False, True]}
    )
    assert (found.wrt, found.derivative["x"].tolist()) == (("x",), [2.0, 1.0, 3.0])


@pytest.mark.parametrize("mask", [[True, False], np.array([True, False]), torch.tensor([True, False]), True])
def test_truth_values_are_left_out_wherever_they_stand_unless_named(mask: Any) -> None:
    given = {"x": [1.0, 2.0], "m": mask}
    found = gradcli.grad("sum(m*x)", given)
    assert (found.wrt, found.notes) == (("x",), ("m: truth values, not differentiated",))
    np.testing.assert_array_equal(found.derivative["x"], np.ones(2) * np.asarray(mask))
    assert gradcli.grad("sum(m*x)", given, wrt="m").wrt == ("m",)
    with pytest.raises(GradcliError, match="nothing is left to differentiate"):
        gradcli.grad("sum(m)", {"m": mask})


def test_sizes_keep_their_letters() -> None:
    shapes = {"X": "n,d", "w": "d", "y": "n"}
    report = gradcli.check("sum((X@w - y)**2)/X.shape[0]", "2/len(X)*X.T@(X@w - y)", wrt="w", shape=shapes)
    assert report.claims[0].proved_for == "all"
    assert (
        gradcli.grad("n, d = X.shape; sum(X@w)/n", wrt="w", shape={"X": "n,d", "w": "d"}).formula["w"]
        == "mean(X, dim=0)"
    )


def test_an_array_that_picks_its_own_entries_is_told_the_way() -> None:
    with pytest.raises(GradcliError, match="nothing is left to differentiate") as caught:
        gradcli.grad("sum(x[argsort(x)])", {"x": [2.0, 1.0]})
    assert "sort(x)" in str(caught.value.hint)


def test_classes_are_differentiated_where_they_are_named_and_an_index_never() -> None:
    assert (
        gradcli.grad("F.cross_entropy(z, t)", {"z": VALUES["z"], "t": VALUES["t"]}, wrt="t").check.verdict == "singular"
    )
    with pytest.raises(GradcliError, match="no derivative in it"):
        gradcli.grad("x[k]", {"x": [1.0, 2.0], "k": 1}, wrt="k")


A = DRAWN.normal(size=(3, 2))


@pytest.mark.parametrize("text", [
    "np.stack(A)", "np.hstack(A)", "np.column_stack(A)", "np.vstack(A)", "np.concatenate(A)", "np.block(A)", "np.where(C, A, 2*A)",
    "np.einsum(A, (Ellipsis, 0, 1), (Ellipsis, 1, 0))", "np.linalg.norm(A, 'fro')",
])  # fmt: skip
def test_one_array_is_the_list_of_its_parts_and_whole_numbers_are_a_condition_for_numpy(text: str) -> None:
    values = {"A": A, **({"C": np.array([[1, 0], [0, 2], [1, 1]])} if "C" in text else {})}
    found = gradcli.jacobian(text, values)
    np.testing.assert_allclose(found.value, eval(text, {"np": np, **values}), rtol=1e-14)  # noqa: S307 - the texts above
    assert (found.wrt, found.check.verdict) == (("A",), "agrees")


@pytest.mark.parametrize(("text", "values"), [
    ("torch.quantile(x, q)", {"x": [1.0, 3.0, 2.0], "q": [0.2, 0.7]}), ("torch.quantile(A, q)", {"A": A, "q": 0.37}),
    ("torch.quantile(A, q, dim=0)", {"A": A, "q": [0.2, 0.7]}), ("F.conv1d(t, w, None, padding='same', dilation=(2,))",
     {"t": DRAWN.normal(size=(1, 1, 7)), "w": DRAWN.normal(size=(2, 1, 4))}),
    ("F.conv2d(t, w, padding='same')", {"t": DRAWN.normal(size=(1, 1, 4, 5)), "w": DRAWN.normal(size=(1, 1, 2, 3))}),
])  # fmt: skip
def test_shares_are_differentiated_and_same_keeps_sizes_as_in_torch(text: str, values: dict[str, Any]) -> None:
    tensors = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in values.items()}
    value = eval(text, {"torch": torch, "F": torch.nn.functional, **tensors})  # noqa: S307 - the texts above
    slopes = torch.autograd.grad((value**2).sum(), list(tensors.values()))
    found = gradcli.grad(f"sum(({text})**2)", values)
    for name, slope in zip(tensors, slopes, strict=True):
        np.testing.assert_allclose(found.derivative[name], slope, rtol=1e-11, atol=1e-13)


def test_a_claim_is_in_what_is_no_index() -> None:
    report = gradcli.check("sum(x[ids]**2)", "[2*x[0], 0, 2*x[2]]", at={"x": [1.0, 2.0, 3.0], "ids": np.array([0, 2])})
    assert report.claims[0].wrt == ("x",)
    assert report


def test_entries_that_come_several_times_are_told_by_a_bound_array() -> None:
    found = gradcli.grad("sum(torch.repeat_interleave(x, b)**2)", {"x": [1.0, 2.0, 3.0], "b": np.array([0, 2, 1])})
    assert found.derivative["x"].tolist() == [0.0, 8.0, 6.0]


def test_a_power_with_a_name_is_a_power() -> None:
    assert str(parse("A**T", known=known_of({}, {"A": (2, 2)})).tree) == "A**T"
    assert str(parse("A^T", known=known_of({}, {"A": (2, 2)})).tree) != "A**T"


@pytest.mark.parametrize("text", ["torch.linalg.pinv(s, (1, 2))", "x[svdvals(s) > 1]", "x[det(x) > 1]"])
def test_a_question_about_values_of_a_wrong_shape_is_no_crash(text: str) -> None:
    with pytest.raises(GradcliError):
        gradcli.grad(f"sum({text})", {"s": 0.7, "x": [1.0, 2.0]}, allow_unused=True)
