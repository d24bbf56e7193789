"""--code on the command line and in the API: the program alone is printed, and JSON has it beside the formula."""

from __future__ import annotations

import json

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


def test_the_seed_draws_the_point() -> None:
    texts = [grad("x*sin(x)", code="torch", seed=seed).code for seed in (0, 0, 1)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]
    exec(compile(texts[2] or "", "code", "exec"), {"__name__": "__main__"})  # noqa: S102 - the code under test


@pytest.mark.parametrize(("options", "said"), [
    ({"code": "fortran"}, "knows torch, jax, tensorflow, numpy, sympy, julia, c, not 'fortran'"),
    ({"code": "c", "values": {"x": 1.0, "y": 2.0}}, "symbolic derivatives"),
    ({"code": "c"}, "one variable, not x, y"),
])  # fmt: skip
def test_errors_name_the_way_on(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        grad("x*y", **options)  # type: ignore[arg-type]
