"""What torch reads of one triangle of a symmetric matrix has its slope spread over both, which is right and a choice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from planting import Plant

import gradcli

A = [[2.0, 1.0], [1.0, 3.0]]
ROOT = 2**-1.5  # cholesky(A)[1, 0] is A[1, 0]/sqrt(A[0, 0])


# By hand: half of the entry's slope on either side of the diagonal; diagonals, and what has one slope, agree.
@pytest.mark.parametrize(("text", "matrix", "slope", "verdict"), [
    ("torch.linalg.cholesky(A)[1, 0]", A, [[-ROOT / 2, ROOT], [ROOT, 0]], "convention"),
    ("torch.linalg.cholesky(A)[1, 0]", [[2.0, 9.0], [1.0, 3.0]], [[-ROOT / 2, ROOT], [ROOT, 0]], "convention"),
    ("torch.linalg.cholesky(A, upper=True)[0, 1]", [[2.0, 1.0], [9.0, 3.0]], [[-ROOT / 2, ROOT], [ROOT, 0]], "convention"),
    ("torch.linalg.cholesky(A)[0, 0]", A, [[ROOT, 0], [0, 0]], "agrees"), ("torch.cholesky(A)[0, 0]", [[4.0]], [[0.25]], "agrees"),
    ("torch.linalg.eigvalsh(A)[0]", [[0.0, 7.0], [1.0, 0.0]], [[0.5, -0.5], [-0.5, 0.5]], "convention"),
    ("torch.linalg.eigvalsh(A, UPLO='U')[0]", [[0.0, 1.0], [7.0, 0.0]], [[0.5, -0.5], [-0.5, 0.5]], "convention"),
    ("sum(torch.linalg.eigvalsh(A @ A.T))", A, [[4, 2], [2, 6]], "agrees"),
    ("torch.linalg.pinv(A, hermitian=True)[1, 0]", A, [[0.12, -0.04], [-0.24, 0.08]], "convention"),
    ("cholesky(A)[1, 0]", A, [[-ROOT / 2, 0], [2 * ROOT, 0]], "agrees"),
    ("np.linalg.cholesky(A)[1, 0]", A, [[-ROOT / 2, 0], [2 * ROOT, 0]], "agrees"),
    ("jnp.linalg.cholesky(A)[1, 0]", A, [[-ROOT / 2, ROOT], [ROOT, 0]], "agrees"),
])  # fmt: skip
def test_a_slope_by_choice_is_a_convention(text: str, matrix: Any, slope: Any, verdict: str) -> None:
    result = gradcli.grad(text, {"A": matrix})
    assert result.derivative["A"] == pytest.approx(np.array(slope), abs=1e-12)
    assert (result.check.verdict, result.exit_code()) == (verdict, 0), result.check


def test_the_slope_in_the_entries_is_told() -> None:
    notes = gradcli.grad("torch.linalg.cholesky(A)[1, 0]", {"A": A}).check.notes
    assert [note.split(": ")[0] for note in notes] == ["A[0, 1]", "A[1, 0]"]
    assert notes[0].endswith("in the entries it is 0.0")
    assert "in the entries it is 0.70710678" in notes[1]


def test_second_derivatives_and_forward_mode_have_the_same_choice() -> None:
    hessian = gradcli.hessian("torch.linalg.cholesky(A)[1, 0]", {"A": A})
    true = [0.75 * 2**-2.5, -ROOT / 4, -ROOT / 4, 0]  # b/sqrt(a): that of a twice, half of the mixed one in both places
    assert hessian.derivative["A"]["A"][0, 0].ravel() == pytest.approx(np.array(true), abs=1e-12)
    assert hessian.check.verdict == "convention"
    reverse, forward = (gradcli.jacobian("torch.linalg.cholesky(A)", {"A": A}, mode=m) for m in ("reverse", "forward"))
    assert reverse.derivative["A"] == pytest.approx(forward.derivative["A"], abs=1e-12)
    assert reverse.check.verdict == forward.check.verdict == "convention"


@pytest.mark.parametrize("factor", [0.5, 1.001, 2])
def test_a_wrong_slope_is_no_choice(plant: Plant, factor: float) -> None:
    def wrong(_t: Any, a: Any, _upper: bool, _spread: bool) -> Any:  # Any: torch tensors
        slope = factor * (a + a.mT) / 2
        return a.detach() + (slope - slope.detach())

    plant("symmetrised", torch=wrong)
    assert gradcli.grad("torch.linalg.cholesky(A)[1, 0]", {"A": A}).check.verdict == "differs"


def test_not_even_the_slope_in_the_entries_passes_for_the_chosen_one(plant: Plant) -> None:
    plant("symmetrised", torch=lambda t, a, _upper, _spread: t.tril(a) + t.tril(a, -1).mT)
    assert gradcli.grad("torch.linalg.cholesky(A)[1, 0]", {"A": A}).check.verdict == "differs"
