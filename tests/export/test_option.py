"""--code on the command line and in the API: the program alone is printed, and JSON has it beside the formula."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from runner import run

from gradcli.api import grad, hessian, jacobian
from gradcli.base.errors import UsageError

SHAPE = ("--wrt", "x", "--shape", "A=m,n", "--shape", "x=n", "--shape", "b=m")


def test_the_program_alone_is_printed() -> None:
    done = run(["grad", "sum((A@x - b)**2)", *SHAPE, "--code", "numpy"])
    assert done.code == 0
    assert done.stdout.startswith("import numpy as np\n")
    names = {"__name__": "__main__"}
    exec(compile(done.stdout, "code", "exec"), names)  # noqa: S102 - the code under test
    assert "value_and_derivative" in names


def test_json_has_code_and_formula() -> None:
    found = json.loads(run(["grad", "x*sin(x)", "--code", "c", "--json"]).stdout)
    assert found["code"].startswith("#include <math.h>")
    assert found["formula"] == {"x": "sin(x) + x*cos(x)"}


def test_jacobians_and_hessians_have_code() -> None:
    assert "np.diag" in (jacobian("x**2", shape={"x": "n"}, code="numpy").code or "")
    assert "A + A.T" in (hessian("x@A@x", shape={"A": "n,n", "x": "n"}, wrt="x", code="numpy").code or "")


@pytest.mark.parametrize("dialect", ["torch", "numpy", "sympy"])
@pytest.mark.parametrize(
    ("function", "shape"),
    [("(norm(grad(sum(tanh(2*x)), x)) - 1)**2", {"x": 3}), ("diff(sin(x)*exp(-t), x, x)", None),
     ("laplacian(x**2*y + y**3, x, y)", None)],
)  # fmt: skip
def test_derivatives_inside_of_the_function_are_written_out(function: str, shape: Any, dialect: str) -> None:
    """torch.diff is another function, and a variable may be gone: the laplacian is 8*y."""
    text = grad(function, shape=shape, wrt="x", code=dialect).code
    exec(compile(text or "", "code", "exec"), {"__name__": "__main__"})  # noqa: S102 - the code under test


def test_helpers_come_along_where_the_code_calls_them_alone() -> None:
    of_slices = grad("sum(set_at(x, y, 1:3)**2)", shape={"x": 4, "y": 2}, wrt="x", code="torch").code or ""
    of_lists = grad("sum(set_at(x, y, [1, 2])**2)", shape={"x": 4, "y": 2}, wrt="x", code="torch").code or ""
    assert "def set_at(" in of_slices
    assert "def set_at(" not in of_lists


def test_the_seed_draws_the_point() -> None:
    texts = [grad("x*sin(x)", code="torch", seed=seed).code for seed in (0, 0, 1)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]
    exec(compile(texts[2] or "", "code", "exec"), {"__name__": "__main__"})  # noqa: S102 - the code under test


@pytest.mark.parametrize(("argv", "told"), [
    (("grad", "trace(A@S)", "--wrt", "S", "--assume", "S=symmetric"), "derivative: A.T; given S == S.T"),
    (("grad", "trace(A@S)", "--wrt", "S", "--assume", "S=symmetric", "--symmetric", "joint"),
     "derivative: A + A.T - diag(diag(A)); entries of S move together; given S == S.T"),
    (("grad", "trace(S@A@S)", "--wrt", "A", "--assume", "S=symmetric"), "derivative: S @ S; given S == S.T"),
    (("grad", "trace(S.T@A@S)", "--wrt", "A", "--assume", "S=orthogonal"), "given S.T @ S == eye(n)"),
    (("grad", "logdet(S)", "--assume", "S=symmetric,positive"), "derivative: inv(S); given S == S.T"),
    (("grad", "trace(A@S)", "--wrt", "S", "--vec"), "derivative: vec(A.T); columns of matrices stacked"),
    (("jacobian", "A@S@A", "--wrt", "S", "--vec"), "derivative: kron(A.T, A); columns of matrices stacked"),
    (("jacobian", "A@x", "--wrt", "x", "--shape", "x=n", "--layout", "denominator"),
     "derivative: A.T; denominator layout"),
    (("grad", "sum(log(x))", "--shape", "x=n", "--assume", "x=positive"), "derivative: 1/x; given x > 0"),
])  # fmt: skip
@pytest.mark.parametrize("dialect", ["numpy", "torch", "sympy"])
def test_premises_and_arrangements_are_told_and_hold_at_the_point(
    argv: tuple[str, ...], told: str, dialect: str
) -> None:
    shapes = [f"--shape={name}=n,n" for name in "AS" if name in argv[1]]
    done = run([*argv, *shapes, "--code", dialect])
    assert done.code == 0, done.stderr
    assert told in done.stdout
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(done.stdout, "code", "exec"), names)  # noqa: S102 - the code under test
    S = np.array(names["S"].tolist()) if "S" in argv[1] else None
    if "S == S.T" in told:
        assert S is not None
        assert (S == S.T).all()
        assert np.abs(S).min() > 0
    if "eye(n)" in told:
        assert S is not None
        assert np.allclose(S.T @ S, np.eye(len(S)), rtol=0, atol=1e-14)
        assert np.abs(S).min() > 0


@pytest.mark.parametrize(("options", "said"), [
    ({"code": "fortran"}, "knows torch, jax, tensorflow, numpy, sympy, julia, c, not 'fortran'"),
    ({"code": "c", "values": {"x": 1.0, "y": 2.0}}, "symbolic derivatives"),
    ({"code": "c"}, "one variable, not x, y"),
])  # fmt: skip
def test_errors_name_the_way_on(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        grad("x*y", **options)  # type: ignore[arg-type]
