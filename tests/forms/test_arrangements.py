"""Formulas in numerator and denominator layout, of vec(X), by entries that move together: as books write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.api import check, grad, hessian, jacobian
from gradcli.closed.notation import question

Shapes = Mapping[str, str]
CHAIN = {"A": "n,m", "X": "m,p", "B": "p,q"}
SQUARE = {"X": "n,n"}
ANY = {"X": "n,m"}


@pytest.mark.parametrize(
    ("function", "shapes", "due"),
    [  # Magnus and Neudecker, Matrix Differential Calculus, chapter 9
        ("A@X@B", CHAIN, "kron(B.T, A)"),
        ("X", ANY, "eye(n*m)"),
        ("X.T", ANY, "commutation(n, m)"),
        ("A@X.T@B", {"A": "n,p", "X": "m,p", "B": "m,q"}, "kron(B.T, A) @ commutation(m, p)"),
        ("X@X", SQUARE, "kron(X.T, eye(n)) + kron(eye(n), X)"),
        ("X.T@X", ANY, "kron(X.T, eye(m)) @ commutation(n, m) + kron(eye(m), X.T)"),
        ("X@X.T", ANY, "kron(X, eye(n)) + kron(eye(n), X) @ commutation(n, m)"),
        ("inv(X)", SQUARE, "-kron(inv(X).T, inv(X))"),
        ("A*X", ANY | {"A": "n,m"}, "diag(vec(A))"),
        ("exp(X)", ANY, "diag(vec(exp(X)))"),
        ("A*(B@X@C)", {"X": "n,m", "A": "p,q", "B": "p,n", "C": "m,q"}, "diag(vec(A)) @ kron(C.T, B)"),
        ("A@X@b", {"A": "n,m", "X": "m,p", "b": "p"}, "kron(b, A)"),
        ("X.T@b", {"X": "m,p", "b": "m"}, "kron(eye(p), b)"),
        ("sum(X, dim=1)", ANY, "kron(ones(m), eye(n))"),
        ("X/norm(X)", ANY, "(eye(n*m) - outer(vec(X), vec(X))/norm(X)**2)/norm(X)"),
        ("trace(X)*X", SQUARE, "outer(vec(X), vec(eye(n))) + trace(X)*eye(n*n)"),
        ("softmax(X, dim=1)", ANY, "P = vec(softmax(X, dim=1)); diag(P) - (diag(P) @ kron(ones(m, m), eye(n)))*P"),
    ],
)
def test_of_vec(function: str, shapes: Shapes, due: str) -> None:
    found = jacobian(function, wrt="X", shape=shapes, vec=True)
    assert found.formula == {"X": due}
    assert found.check.verdict == "agrees"
    assert check(function, due, wrt="X", shape=shapes, vec=True)


@pytest.mark.parametrize(
    ("function", "shapes", "due"),
    [
        ("diag(x)", {"x": "n"}, "khatri_rao(eye(n), eye(n))"),
        ("x*A", {"x": "m", "A": "n,m"}, "khatri_rao(eye(m), A)"),
        ("outer(A@x, b)", {"A": "n,m", "x": "m", "b": "p"}, "kron(b[:, None], A)"),
        ("outer(b, A@x)", {"A": "n,m", "x": "m", "b": "p"}, "kron(A, b[:, None])"),
    ],
)
def test_of_vec_by_a_vector(function: str, shapes: Shapes, due: str) -> None:
    found = jacobian(function, wrt="x", shape=shapes, vec=True)
    assert (found.formula, found.check.proved_for) == ({"x": due}, "all")


def test_gradients_and_hessians_of_vec() -> None:
    assert grad("trace(A@X@B)", wrt="X", shape=CHAIN | {"B": "p,n"}, vec=True).formula == {"X": "vec(A.T @ B.T)"}
    shapes = {"A": "n,n", "X": "n,m"}
    assert hessian("trace(X.T@A@X)", wrt="X", shape=shapes, vec=True).formula == {"X": {"X": "kron(eye(m), A + A.T)"}}
    found = hessian("logdet(X)", shape=SQUARE, vec=True).formula
    assert found == {"X": {"X": "-kron(inv(X), inv(X).T) @ commutation(n, n)"}}


@pytest.mark.parametrize(
    ("function", "wrt", "shapes", "numerator", "denominator"),
    [  # the table of layouts in Wikipedia's Matrix calculus
        ("trace(A@X@B)", "X", {"A": "n,m", "X": "m,p", "B": "p,n"}, "B @ A", "A.T @ B.T"),
        ("logdet(X)", "X", SQUARE, "inv(X)", "inv(X).T"),
        ("A@x", "x", {"A": "n,m", "x": "m"}, "A", "A.T"),
        ("A@x", "x", {"A": "n,m", "x": "m,1"}, "A", "A.T"),
        ("t*A", "t", {"A": "n,m"}, "A", "A.T"),
        ("x@A@x", "x", {"A": "n,n", "x": "n"}, "(A + A.T) @ x", "(A + A.T) @ x"),
        ("sum((A@x)**2)", "x", {"A": "n,m", "x": "m,1"}, "2*x.T @ A.T @ A", "2*A.T @ A @ x"),
        ("softmax(A@x)", "x", {"A": "n,m", "x": "m"}, None,
         "P = softmax(A @ x); A.T @ (diag(P) - outer(P, P))"),
    ],
)  # fmt: skip
def test_layouts(function: str, wrt: str, shapes: Shapes, numerator: str | None, denominator: str) -> None:
    for layout, due in (("numerator", numerator), ("denominator", denominator)):
        found = jacobian(function, wrt=wrt, shape=shapes, layout=layout)  # type: ignore[arg-type]
        assert due is None or found.formula == {wrt: due}
        assert found.check.proved_for == "all"
        assert check(function, str((found.formula or {})[wrt]), wrt=wrt, shape=shapes, layout=layout)  # type: ignore[arg-type]


def test_both_together() -> None:
    found = jacobian("A@X@B", wrt="X", shape=CHAIN, vec=True, layout="denominator")
    assert (found.formula, found.check.proved_for) == ({"X": "kron(B, A.T)"}, "all")


@pytest.mark.parametrize(
    ("function", "shapes", "due"),
    [  # The Matrix Cookbook, section 2.8.2
        ("logdet(S)", {}, "2*inv(S) - diag(diag(inv(S)))"),
        ("trace(A@S)", {"A": "n,n"}, "A + A.T - diag(diag(A))"),
        ("x@S@x", {"x": "n"}, "2*outer(x, x) - diag(x**2)"),
        ("trace(S@S)", {}, "4*S - 2*diag(diag(S))"),
        ("det(S)", {}, "2*adjugate(S) - diag(diag(adjugate(S)))"),
    ],
)
def test_equal_entries_move_together(function: str, shapes: Shapes, due: str) -> None:
    given = {"shape": {"S": "n,n", **shapes}, "assume": {"S": "symmetric"}, "wrt": "S"}
    assert grad(function, symmetric="joint", **given).formula == {"S": due}  # type: ignore[arg-type]
    assert check(function, due, symmetric="joint", **given)  # type: ignore[arg-type]
    assert not check(function, due, **given)  # type: ignore[arg-type]


def test_conditions_on_entries_that_move_together() -> None:
    given = {"shape": {"S": "n,n"}, "assume": ["S=symmetric", "det(S) > 0"], "wrt": "S", "symmetric": "joint"}
    assert check("log(det(S))", "2*inv(S) - diag(diag(inv(S)))", **given)  # type: ignore[arg-type]
    assert not check("log(det(S))", "inv(S)", **given)  # type: ignore[arg-type]


def test_a_number_is_its_own_vec() -> None:
    assert not check("x**2", "2*x", kind="hessian", layout="numerator", vec=True)
    assert check("x**2", "2", kind="hessian", layout="numerator", vec=True)


def test_sizes_at_which_the_first_point_tells_nothing() -> None:
    """At the first point of n=3 an entry is exactly 0, which the claim's own rounding hides."""
    due = "diag((inv(S) @ a)*(inv(S) @ b)) - inv(S) @ (outer(a, b) + outer(b, a)) @ inv(S)"
    given = {"shape": {"S": "n,n", "a": "n", "b": "n"}, "assume": "S=symmetric", "wrt": "S", "symmetric": "joint"}
    (found,) = check("a@inv(S)@b", due, **given).claims  # type: ignore[arg-type]
    assert (found.proved_for, found.notes) == (({"n": 2}, {"n": 3}, {"n": 4}), ())


def test_jacobians_and_hessians_of_entries_that_move_together() -> None:
    """Of S = [[a, b], [b, c]]: by hand."""
    given = {"shape": {"S": "2,2"}, "assume": "S=symmetric", "symmetric": "joint"}
    due = {
        "trace(S@S)": [2, 0, 0, 0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 0, 0, 2],  # of a**2 + 2*b**2 + c**2
        "S[0, 1]*S[1, 0]": [0, 0, 0, 0, 0, 2, 2, 0, 0, 2, 2, 0, 0, 0, 0, 0],  # of b**2
    }
    for function, entries in due.items():
        for vec in (False, True):
            text = (hessian(function, vec=vec, **given).formula or {})["S"]["S"]  # type: ignore[arg-type]
            before, sign, last = text.rpartition("; ")
            found = gradcli.grad(f"{before}{sign}sum(({last})*w)", {"w": np.zeros((4, 4) if vec else (2, 2, 2, 2))})
            assert found.derivative is not None
            assert np.ravel(found.derivative["w"]).tolist() == entries


def test_a_wrong_product_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held against the function is the formula in its arrangement."""
    right = question.stacked

    def swapped(*given: object) -> object:
        made = right(*given)  # type: ignore[arg-type]
        return made if made is None else made.func(*made.args[::-1], evaluate=False)

    monkeypatch.setattr(question, "stacked", swapped)
    with pytest.raises(gradcli.LimitError, match="no closed form was found"):
        jacobian("A@X@B", wrt="X", shape=dict.fromkeys("AXB", "n,n"), vec=True)


@pytest.mark.parametrize(
    ("function", "shapes", "options", "said"),
    [
        ("A@X", {"A": "n,m", "X": "m,p"}, {"layout": "numerator"}, r"\(n, p\) by \(m, p\) has no numerator layout"),
        ("A@X", {"A": "n,m", "X": "m,p"}, {"layout": "rows"}, "layout is numerator or denominator, not 'rows'"),
        ("X", {"X": "n,m,p"}, {"vec": True}, r"vec=True stacks the columns of a matrix; this has shape \(n, m, p\)"),
        ("X", {"X": "n,n"}, {"symmetric": "joint"}, "is for matrices that are said to be symmetric"),
        ("X", {"X": "n,n"}, {"symmetric": "both"}, "symmetric is joint, not 'both'"),
        ("X", {"X": "2,2"}, {"symmetric": "joint", "assume": "X=symmetric", "entries": True}, "goes with one formula"),
    ],
)
def test_what_has_no_arrangement(function: str, shapes: Shapes, options: dict[str, object], said: str) -> None:
    with pytest.raises(gradcli.UsageError, match=said):
        jacobian(function, wrt="X", shape=shapes, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"shape": {"X": "n,n"}}, {"values": {"X": [[1, 2], [2, 3]]}}])
def test_the_matrix_that_may_be_symmetric_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(gradcli.UsageError) as found:
        jacobian("X", given.get("values"), wrt="X", shape=given.get("shape"), symmetric="joint")
    assert found.value.hint == 'assume={"X": "symmetric"}'


def test_entries_are_arranged() -> None:
    found = jacobian("A@x", wrt="x", shape={"A": "2,3", "x": 3}, layout="denominator", entries=True)
    assert found.formula == {"x": "[[A[0, 0], A[1, 0]], [A[0, 1], A[1, 1]], [A[0, 2], A[1, 2]]]"}
    assert jacobian("[[x*y, x**2]]", wrt="x", layout="denominator").formula == {"x": "[[y], [2*x]]"}


# -- numbers


def numbers(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.random.default_rng(sum(shape)).uniform(0.5, 2, shape)


def test_numbers_of_vec_are_what_unit_matrices_give() -> None:
    a, x, b = numbers(2, 3), numbers(3, 4), numbers(4, 5)
    values = {"A": a, "X": x, "B": b}
    units = [np.reshape(row, (3, 4), order="F") for row in np.eye(12)]
    due = np.stack([(a @ unit @ b).ravel(order="F") for unit in units], axis=1)
    found = jacobian("A@X@B", values, wrt="X", vec=True)
    assert found.derivative is not None
    assert found.check.verdict == "agrees"
    np.testing.assert_allclose(found.derivative["X"], due)
    turned = jacobian("A@X@B", values, wrt="X", vec=True, layout="denominator").derivative
    assert turned is not None
    np.testing.assert_allclose(turned["X"], due.T)


def test_numbers_in_a_layout() -> None:
    values = {"A": [[1, 2, 3], [4, 5, 6]], "X": [[1, 2], [3, 4], [5, 6]]}
    for layout, due in (("numerator", [[1, 2, 3], [4, 5, 6]]), ("denominator", [[1, 4], [2, 5], [3, 6]])):
        found = grad("trace(A@X)", values, wrt="X", layout=layout, digits=20)  # type: ignore[arg-type]
        assert found.derivative is not None
        assert found.derivative["X"].tolist() == due
        assert np.array((found.digits or {})["X"], dtype=float).tolist() == due
        assert found.to_dict()["layout"] == layout


def test_numbers_of_entries_that_move_together() -> None:
    """d log(a*c - b**2) in a, b and c."""
    found = grad("logdet(S)", {"S": [[2, 1], [1, 3]]}, assume="S=symmetric", symmetric="joint")
    assert found.derivative is not None
    np.testing.assert_allclose(found.derivative["S"], [[3 / 5, -2 / 5], [-2 / 5, 2 / 5]])
    assert (found.formula, found.to_dict()["symmetric"]) == (None, "joint")
    with pytest.raises(gradcli.InputError, match="S is said to be symmetric, and its value is not"):
        grad("logdet(S)", {"S": [[2, 1], [0, 3]]}, assume="S=symmetric", symmetric="joint")
    with pytest.raises(gradcli.UsageError, match="digits and symmetric exclude each other"):
        grad("logdet(S)", {"S": [[2, 1], [1, 3]]}, assume="S=symmetric", symmetric="joint", digits=30)


def test_products_with_vectors_have_no_layout() -> None:
    with pytest.raises(gradcli.UsageError, match="jvp and layout exclude each other"):
        jacobian("A@x", {"A": [[1, 2]], "x": [1, 2]}, wrt="x", jvp=[1, 0], layout="denominator")


# -- claims


@pytest.mark.parametrize(
    ("function", "claim", "shapes", "options", "verdict", "said"),
    [
        ("A@X@B", "kron(B, A.T)", CHAIN, {"vec": True}, "refuted", "layout: the claim is right in denominator layout"),
        ("A@X@B", "kron(B.T, -A)", CHAIN, {"vec": True}, "refuted", "sign: the claim is minus the derivative"),
        ("A@x", "A", {"A": "n,m", "x": "m"}, {"layout": "denominator"}, "refuted", "right in torch's order of axes"),
        ("x@A@x", "x[None, :]@(A + A.T)", {"A": "n,n", "x": "n"}, {"layout": "numerator"}, "proved", ""),
        ("x@A@x", "x[None, :]@(A + A.T)", {"A": "n,n", "x": "n"}, {"layout": "denominator"}, "refuted",
         "the claim is right in numerator layout"),
        ("logdet(S)", "inv(S)", {"S": "n,n"}, {"symmetric": "joint", "assume": "S=symmetric"}, "refuted",
         "right where the entries of S move one by one"),
    ],
)  # fmt: skip
def test_claims(function: str, claim: str, shapes: Shapes, options: dict[str, object], verdict: str, said: str) -> None:
    """A suggestion is in the claim's own arrangement, and check accepts it."""
    wrt = next(name for name in "XxS" if name in shapes)
    found = check(function, claim, wrt=wrt, shape=shapes, **options).claims[0]  # type: ignore[arg-type]
    assert found.verdict == verdict
    assert said in str(found.diagnosis)
    if found.diagnosis is not None:
        assert found.diagnosis.suggestion is not None
        assert check(function, found.diagnosis.suggestion, wrt=wrt, shape=shapes, **options)  # type: ignore[arg-type]


def test_a_counterexample_is_of_the_claims_own_axes() -> None:
    found = check("X@X", "kron(X.T, eye(n)) + kron(X, eye(n))", shape=SQUARE, vec=True).claims[0].counterexample
    assert found is not None
    assert found.component is not None
    assert len(found.component) == 2
    x, (row, column) = np.array(found.at["X"]), found.component
    unit = np.reshape(np.eye(x.size)[column], x.shape, order="F")
    assert (x @ unit + unit @ x).ravel(order="F")[row] == found.true
    assert "--vec" in found.command


def test_values_of_symmetric_matrices_are_those_that_were_given() -> None:
    options = {"where": "S == S.T", "symmetric": "joint"}
    right = "2*inv(S) - diag(diag(inv(S)))"
    assert check("logdet(S)", right, {"S": [[2, 1], [1, 3]]}, **options).verdict == "agrees"  # type: ignore[arg-type]
    found = check("logdet(S)", "inv(S)", {"S": [[2, 1], [1, 3]]}, **options).claims[0].counterexample  # type: ignore[arg-type]
    assert found is not None
    assert (found.at, found.component, found.true) == ({"S": [[2, 1], [1, 3]]}, (0, 1), -0.4)


def test_a_value_has_no_layout() -> None:
    with pytest.raises(gradcli.UsageError, match='vec is for derivatives, not for kind="value"'):
        check("sum(x)", "x@ones(n)", shape={"x": "n"}, kind="value", vec=True)


def test_a_diagonal_matrix() -> None:
    given: dict[str, object] = {"shape": {"D": "n,n", "x": "n"}, "wrt": "x", "assume": {"D": "diagonal"}}
    assert grad("x@D@x", **given).formula == {"x": "2*D @ x"}  # type: ignore[arg-type]
    assert check("x@D@x", "2*D@x", **given).verdict == "proved"  # type: ignore[arg-type]
