"""Numbers typed by hand from books and from paper; no helper, no parametrisation, nothing computed by the program."""

from __future__ import annotations

import pytest

import gradcli


def test_power_rule() -> None:
    """Spivak, Calculus, chapter 10: (x^2)' = 2x; at 3 it is 6."""
    result = gradcli.grad("x**2", {"x": 3.0})
    assert result.value == 9.0
    assert result.derivative["x"] == 6.0
    assert result.check.verdict == "agrees"


def test_sum_of_squares() -> None:
    """The seed of this project: x**2 at [1, 2] has no scalar value; its sum has the gradient 2x = [2, 4]."""
    with pytest.raises(gradcli.GradcliError, match="scalar outputs"):
        gradcli.grad("x**2", {"x": [1.0, 2.0]})
    assert gradcli.grad("x**2", {"x": [1.0, 2.0]}, reduce="sum").derivative["x"].tolist() == [2.0, 4.0]
    assert gradcli.grad("x**2", {"x": [1.0, 2.0]}, reduce="mean").derivative["x"].tolist() == [1.0, 2.0]
    assert gradcli.grad("x**2", {"x": [1.0, 2.0]}, select=1).derivative["x"].tolist() == [0.0, 4.0]
    assert gradcli.grad("x**2", {"x": [1.0, 2.0]}, grad_outputs=[1.0, 1.0]).derivative["x"].tolist() == [2.0, 4.0]
    assert gradcli.grad("x**2", {"x": [1.0, 2.0]}, grad_outputs=[2.0, 3.0]).derivative["x"].tolist() == [4.0, 12.0]


def test_second_derivative_of_a_cube() -> None:
    """(x^3)'' = 6x; at 3 it is 18. The third is 6, the fourth 0."""
    assert gradcli.grad("x**3", {"x": 3.0}, order=1).derivative["x"] == 27.0
    assert gradcli.grad("x**3", {"x": 3.0}, order=2).derivative["x"] == 18.0
    assert gradcli.grad("x**3", {"x": 3.0}, order=3).derivative["x"] == 6.0
    assert gradcli.grad("x**3", {"x": 3.0}, order=4).derivative["x"] == 0.0


def test_jacobian_of_two_powers() -> None:
    """(x0^2, x1^3): rows (2 x0, 0) and (0, 3 x1^2); at (1, 2) that is (2, 0) and (0, 12)."""
    result = gradcli.jacobian("[x[0]**2, x[1]**3]", {"x": [1.0, 2.0]})
    assert result.value.tolist() == [1.0, 8.0]
    assert result.derivative["x"].tolist() == [[2.0, 0.0], [0.0, 12.0]]
    product = gradcli.jacobian("[x[0]**2, x[1]**3]", {"x": [1.0, 2.0]}, jvp=[1.0, 1.0])
    assert product.derivative["jvp"].tolist() == [2.0, 12.0]


def test_product_of_two_vectors() -> None:
    """d sum(x*y) = y dx + x dy: with x = (5, 5) and y = (8, 8), the gradients are (8, 8) and (5, 5)."""
    result = gradcli.grad("x*y", {"x": [5.0, 5.0], "y": [8.0, 8.0]}, reduce="sum")
    assert result.value == 80.0
    assert result.derivative["x"].tolist() == [8.0, 8.0]
    assert result.derivative["y"].tolist() == [5.0, 5.0]


def test_an_unused_input() -> None:
    """torch.autograd.grad, its documentation: allow_unused gives None, materialize_grads gives zeros."""
    values = {"a": 2.0, "b": 3.0, "c": [4.0, 5.0]}
    with pytest.raises(gradcli.GradcliError, match="c is bound"):
        gradcli.grad("a*b", values)
    assert gradcli.grad("a*b", values, allow_unused=True).derivative == {"a": 3.0, "b": 2.0, "c": None}
    zeros = gradcli.grad("a*b", values, materialize_grads=True).derivative
    assert (zeros["a"], zeros["b"], zeros["c"].tolist()) == (3.0, 2.0, [0.0, 0.0])


def test_logarithm_of_a_determinant() -> None:
    """Petersen and Pedersen, The Matrix Cookbook (2012), (57): d log det A = inv(A).T. Here det A is 10."""
    result = gradcli.grad("logdet(A)", {"A": [[4.0, 7.0], [2.0, 6.0]]})
    assert result.value == pytest.approx(2.302585092994046, abs=1e-15)
    assert result.derivative["A"].ravel().tolist() == pytest.approx([0.6, -0.2, -0.7, 0.4], abs=1e-15)


def test_quadratic_form() -> None:
    """The Matrix Cookbook, (81): d x^T A x / dx = (A + A^T) x. A + A^T is (2, 5; 5, 8), times (1, 1) is (7, 13)."""
    result = gradcli.grad("x @ A @ x", {"A": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, 1.0]})
    assert result.value == 10.0
    assert result.derivative["x"].tolist() == [7.0, 13.0]
    assert result.derivative["A"].tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_jacobian_of_softmax() -> None:
    """Goodfellow, Bengio, Courville, Deep Learning, 6.2.2: J = diag(p) - p p^T. At (0, log 3), p = (1/4, 3/4)."""
    result = gradcli.jacobian("softmax(x)", ["x=0,log(3)"])
    assert result.value.tolist() == pytest.approx([0.25, 0.75], abs=1e-15)
    assert result.derivative["x"].ravel().tolist() == pytest.approx([0.1875, -0.1875, -0.1875, 0.1875], abs=1e-15)


def test_rosenbrock() -> None:
    """More, Garbow, Hillstrom (1981), problem 1, at its starting point: f = 24.2, gradient (-215.6, -88)."""
    result = gradcli.grad("100*(y - x**2)**2 + (1 - x)**2", {"x": -1.2, "y": 1.0})
    assert result.value == pytest.approx(24.2, abs=1e-12)
    assert result.derivative["x"] == pytest.approx(-215.6, abs=1e-11)
    assert result.derivative["y"] == pytest.approx(-88.0, abs=1e-11)


def test_hessian_of_rosenbrock_at_its_minimum() -> None:
    """Nocedal and Wright, Numerical Optimization, exercise 2.1: at (1, 1) it is (802, -400; -400, 200)."""
    result = gradcli.hessian("100*(x[1] - x[0]**2)**2 + (1 - x[0])**2", {"x": [1.0, 1.0]})
    assert result.value == 0.0
    assert result.derivative["x"]["x"].tolist() == [[802.0, -400.0], [-400.0, 200.0]]


def test_hessian_in_two_variables() -> None:
    """f = x^2 y + y^3: f_xx = 2y, f_xy = 2x, f_yy = 6y; at (1, 2) that is 4, 2, 12, and H (1, 0) = (4, 2)."""
    result = gradcli.hessian("x**2*y + y**3", {"x": 1.0, "y": 2.0})
    assert result.derivative == {"x": {"x": 4.0, "y": 2.0}, "y": {"x": 2.0, "y": 12.0}}
    product = gradcli.hessian("x**2*y + y**3", {"x": 1.0, "y": 2.0}, hvp="x=1; y=0")
    assert product.derivative == {"x": 4.0, "y": 2.0}


def test_least_squares() -> None:
    """|Xw - y|^2 has the gradient 2 X^T (Xw - y). At w = 0 the residual is (-1, -3), and X^T of it (-4, -3)."""
    values = {"X": [[1.0, 0.0], [1.0, 1.0]], "w": [0.0, 0.0], "y": [1.0, 3.0]}
    assert gradcli.grad("sum((X@w - y)**2)", values, wrt="w").derivative["w"].tolist() == [-8.0, -6.0]


def test_special_values() -> None:
    """Abramowitz and Stegun: 6.3.2, gamma'(1) = -0.57721 56649 01532 86; 7.1.1, erf'(0) = 2/sqrt(pi) = 1.12837 91670 95512 57."""
    assert gradcli.grad("gamma(x)", {"x": 1.0}).derivative["x"] == pytest.approx(-0.5772156649015329, abs=1e-14)
    assert gradcli.grad("erf(x)", {"x": 0.0}).derivative["x"] == pytest.approx(1.1283791670955126, abs=1e-15)
    assert gradcli.grad("sigmoid(x)", {"x": 0.0}).derivative["x"] == 0.25
    assert gradcli.grad("atan(x)", {"x": 1.0}).derivative["x"] == 0.5
    assert gradcli.grad("tan(x)", ["x=pi/4"]).derivative["x"] == pytest.approx(2.0, abs=1e-15)


def test_x_to_the_x() -> None:
    """(x^x)' = x^x (log x + 1): 4 (0.69314 71805 59945 3 + 1) at 2, and 0 at 1/e."""
    assert gradcli.grad("x**x", {"x": 2.0}).derivative["x"] == pytest.approx(6.772588722239781, abs=1e-14)
    assert gradcli.grad("x**x", ["x=1/e"]).derivative["x"] == pytest.approx(0.0, abs=1e-15)


def test_formulas_without_values() -> None:
    """The product and the chain rule on paper: (x^2 sin y)_x = 2x sin y, _y = x^2 cos y."""
    assert gradcli.grad("x**2*sin(y)").formula == {"x": "2*x*sin(y)", "y": "x**2*cos(y)"}


def test_adjugate_of_a_singular_matrix() -> None:
    """Cofactors are polynomials: adj(A)[0, 0] = A[1,1]*A[2,2] - A[1,2]*A[2,1], of slope 1 in A[1, 1] at diag(0, 0, 1)."""
    result = gradcli.grad("adjugate(A)[0, 0]", {"A": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]})
    assert result.value == 0.0
    assert result.derivative["A"].tolist() == [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert result.check.verdict == "agrees"


def test_an_eigenvector_turns() -> None:
    """Wilkinson, The algebraic eigenvalue problem, 2.9: dv1 = v2 (v2.T dA v1)/(l1 - l2). For [[2, 1], [1, 2]] with
    v1 = (1, -1)/sqrt(2), v2 = (1, 1)/sqrt(2), l1 - l2 = -2 and dA at (0, 0), dv1 = -v2/4, of entries -1/(4 sqrt(2))."""
    result = gradcli.grad("eigvecsh(A)[0, 0]", {"A": [[2.0, 1.0], [1.0, 2.0]]})
    assert result.value == pytest.approx(0.7071067811865475, rel=1e-15)
    assert result.derivative["A"][0, 0].item() == pytest.approx(-0.17677669529663688, rel=1e-14)
    assert result.check.verdict == "agrees"
