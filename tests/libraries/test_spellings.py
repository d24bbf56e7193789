"""What a library's own call means: each text is run by the library itself, value and slope, beside gradcli."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import gradcli
from gradcli.base.errors import ExitCode, GradcliError
from gradcli.commands.operations import operations
from gradcli.language.parse import parse

MATRIX = {"A": [[1.0, 2.0, 2.5], [3.0, 1.0, 0.5]]}


def test_values_and_places_are_taken_apart() -> None:
    for text in ("torch.max(A, 1)[0]", "A.max(1).values", "v, i = A.max(dim=1)\nv", "(v, i) = torch.max(A, -1); v"):
        assert gradcli.jacobian(text, MATRIX).value.tolist() == [2.5, 3.0]
    assert gradcli.grad("A.max(1)[1] @ [1, 10] + sum(A)", MATRIX).value == 2 + 0 + 10


def test_where_one_of_several_is_due_the_values_are_taken_and_it_says_so() -> None:
    found = gradcli.jacobian("2*torch.max(A, 1)", MATRIX)
    assert found.value.tolist() == [5.0, 6.0]
    assert found.to_dict()["notes"] == ["torch.max gives values, indices; the values are taken"]


def test_torch_gives_the_slope_at_ties_to_one_entry_along_an_axis_and_shares_it_among_all_entries() -> None:
    assert gradcli.grad("torch.max(x, 0)[0]", {"x": [2.0, 2.0]}).derivative["x"].tolist() in ([1.0, 0.0], [0.0, 1.0])
    assert gradcli.grad("torch.max(x)", {"x": [2.0, 2.0]}).derivative["x"].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(("text", "message"), [
    ("a, b = A.max(1)[0], 2, 3; a", "2 names, but 3 values"), ("A.max(1)[2]", "there are 2 of these"),
    ("torch.max(A, 1, 2, 3)", "takes at most 2 arguments by place, found 4"), ("torch.max(A, dims=1)", "no argument 'dims'"),
    ("a, b, c = p; a*b*c", "3 names, but 2 values"), ("a, b = A[0, 0]; a*b", "how many entries"),
])  # fmt: skip
def test_a_call_that_no_signature_fits_is_refused(text: str, message: str) -> None:
    with pytest.raises(GradcliError, match=message):
        gradcli.jacobian(text, {"A": MATRIX["A"], "p": [1.0, 2.0]}, allow_unused=True)


def test_an_array_of_known_length_is_unpacked() -> None:
    for text in ("m, s = p; m**2*s", "m, s = 2*p; m**2*s/8"):
        assert gradcli.grad(text, {"p": [3.0, 2.0]}).derivative["p"].tolist() == [12.0, 9.0]
    assert gradcli.check("m, s = p; m**2*s", "[2*p[0]*p[1], p[0]**2]", wrt="p", shape={"p": 2})


def test_a_bound_whole_number_is_an_index_an_order_or_a_size_and_is_not_differentiated() -> None:
    found = gradcli.grad("z[k]**2 + besselj(n, x) + trace(eye(n))", {"z": [1.0, 3.0], "k": 1, "n": 2, "x": 0.5})
    assert found.wrt == ("z", "x")
    assert found.derivative["z"].tolist() == [0.0, 6.0]
    assert any("k, n" in note for note in found.notes)
    with pytest.raises(GradcliError, match="no derivative in it"):
        gradcli.grad("z[k]", {"z": [1.0, 3.0], "k": 1}, wrt="k")


def test_ops_shows_what_a_librarys_call_means() -> None:
    found = operations("torch.max")
    assert [op.name for op in found.rows] == ["max"]
    assert {"usage": "torch.max(input, other)", "means": "max(input, other)", "note": None} in found.to_dict()["calls"]
    assert operations("Heaviside").to_dict()["name"]
    with pytest.raises(GradcliError, match="unknown function") as caught:
        parse("Pieceweise((x, x > 0))")
    assert caught.value.hint == "did you mean Piecewise?"


def test_torch_takes_numpys_names_for_its_own_arguments() -> None:
    A = torch.tensor(MATRIX["A"])
    for text, value in (("torch.sum(A, axis=1)", torch.sum(A, axis=1)), ("A.max(axis=1).values", A.max(axis=1).values),
                        ("torch.amax(x=A, axis=1, keepdims=True)", torch.amax(x=A, axis=1, keepdims=True)),
                        ("torch.add(x1=A, x2=A)", torch.add(x1=A, x2=A))):  # fmt: skip
        np.testing.assert_array_equal(gradcli.jacobian(text, MATRIX).value, value)


def test_an_argument_of_a_formula_is_read_where_it_stands() -> None:
    assert str(parse("torch.add(x, y, alpha=3)").tree) == "x + 3*y"
    assert str(parse("torch.add(x, other=y)").tree) == "x + y"


def test_numbers_as_texts_ranges_and_a_star_are_pythons() -> None:
    assert gradcli.grad("max(*p)", {"p": [1.0, 3.0]}).derivative["p"].tolist() == [0.0, 1.0]
    assert gradcli.grad("sum(p[range(1, 3)]) + float('1e-3')", {"p": [1.0, 3.0, 4.0]}).value == 7.001
    assert gradcli.grad("max(p[0], float('-inf'))", {"p": [1.0, 3.0]}).value == 1.0
    with pytest.raises(GradcliError, match="no number"):
        gradcli.grad("float('p')*p", {"p": 1.0})


@pytest.mark.parametrize("text", [
    "np.quantile(x, 'valid')", "np.add.reduceat(x, 2)", "np.ix_(3)", "np.dsplit(True, 2)", "np.piecewise(x, y, M)",
    "np.tensordot(x, y, axes=x)", "np.resize('valid', 500)", "np.subtract.accumulate('mean', 2)", "np.linalg.svd(pi)",
    "np.add.outer(M, lambda t: t**2)", "np.fft.irfftn('foo')", "F.avg_pool3d(M, 1)", "F.avg_pool3d(x[:0], 0)",
    "F.upsample(lambda t: t**2, size=M)", "torch.channel_shuffle('%s', 2)", "torch.linalg.lstsq(3, 3)",
    "torch.linalg.tensorsolve(2.5, y, dims=2)", "torch.svd(sin)", "torch.take_along_dim(None, True, 0)",
    "torch.adaptive_max_pool1d(x[None], x[:0])", "jax.lax.dot_general(x, x, dimension_numbers=y)",
    "jax.lax.select_n(y)", "jax.lax.linalg.svd(x)", "scipy.linalg.toeplitz(...)", "scipy.stats.trim_mean('mean', -9)",
    "scipy.special.yvp(M, (3, 3), 2)", "scipy.linalg.fractional_matrix_power(y, 'mean')",
])  # fmt: skip
def test_arguments_that_a_formula_is_not_written_for_are_refused_with_the_usage(text: str) -> None:
    """Each once ended in Python's own words, as a formula met a text or a function where it counts axes."""
    with pytest.raises(GradcliError) as refused:
        gradcli.grad(text, {"x": np.ones(3), "y": np.ones(3), "M": np.eye(3)}, allow_unused=True)
    assert refused.value.code is ExitCode.EXPRESSION


@pytest.mark.parametrize(("text", "said", "hint"), [
    ("np.diff(x, -1)", "np.diff: differences needs n >= 0", None),
    ("np.percentile(x, 150)", "np.percentile: quantile needs a share", "divided by 100"),
    ("F.fold(M, (2, 2), (1, 1))", "F.fold: reshape needs sizes", None),
    ("F.layer_norm(M, (2,))", "^layer_norm needs an array", None),
    ("np.diff(x)*np.ones(5)", r"^mul needs", None),
    ("scipy.stats.nrom.pdf(x)", "is not read", "did you mean scipy.stats.norm.pdf?"),
    ("scipy.stats.norm.pdff(x)", "unknown function", "did you mean pdf?"),
    ("torch.distributions.Norml(0, 1).log_prob(x)", "unknown function", "did you mean Normal?"),
    ("torch.nn.functional", "is not read", "write torch.nn.functional.name(...)"),
    ("grad(sin)", "sin is given 0 arguments here", "as in grad(f)(x)"),
    ("grad(lambda x: x**2, 5)(x)", "is given 1 argument here", "argnums counts"),
    ("put_back(2, M[0:0], entries=x)", "put_back needs a whole number, a slice or None for each axis", None),
])  # fmt: skip
def test_what_is_refused_is_told_in_the_words_of_who_wrote_it(text: str, said: str, hint: str | None) -> None:
    with pytest.raises(GradcliError, match=said) as refused:
        gradcli.grad(text, {"x": np.ones(3), "M": np.eye(3)}, allow_unused=True)
    assert (hint or "") in (refused.value.hint or "")


def test_a_place_by_its_number_is_found_in_an_array_of_any_size() -> None:
    assert gradcli.grad("x*sum(np.unravel_index(70_001, (1000, 1000)))", {"x": 1.0}).derivative == {"x": 71}


@pytest.mark.parametrize("function", ["sqrtm", "logm", "matrix_exp", "eigvecs", "qr_q", "lu_packed", "inv"])
def test_matrices_without_entries_are_taken(function: str) -> None:
    assert gradcli.grad(f"sum({function}(M[:0, :0]))", {"M": [[1.0]]}).derivative == {"M": [[0.0]]}


def test_a_formula_that_hangs_on_a_letter_says_so() -> None:
    with pytest.raises(GradcliError, match="hangs on sizes for which letters stand"):
        gradcli.grad("torch.chunk(x[None], 2)[0].sum()", shape={"x": "n"})


def test_the_shapes_that_a_formula_cannot_be_written_for_are_told() -> None:
    with pytest.raises(GradcliError, match=r"jax.lax.linalg.svd does not take these .* found x \(3,\)"):
        gradcli.grad("jax.lax.linalg.svd(x)", {"x": np.ones(3)})
