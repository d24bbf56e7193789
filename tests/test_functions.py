"""Functions in a text: what ``lambda`` and ``def`` mean, and what makes functions of functions, held against Python."""

from __future__ import annotations

import math
import re
import textwrap
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from torch.func import grad, hessian, jacfwd, jacrev, jvp, vjp, vmap

import gradcli
from gradcli.base.errors import GradcliError, LimitError
from gradcli.language.parse import parse
from gradcli.language.write import write


def egrad(function: Any) -> Any:  # Any: functions of tensors
    return grad(lambda x: function(x).sum())


ROOM = {"torch": torch, "math": math, "vmap": vmap, "egrad": egrad, "jvp": jvp, "vjp": vjp, "jacfwd": jacfwd, "jacrev": jacrev,
        "grad": grad, "hessian": hessian, "sin": torch.sin}  # fmt: skip


def by_python(text: str, values: dict[str, Any]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The value of the last line, and its slopes, by Python and torch themselves."""
    given = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in values.items()}
    *before, last = text.split("\n")
    room = {**ROOM, **given}
    exec("\n".join(before), room)  # noqa: S102 - the texts below
    value = eval(last, room)  # noqa: S307 - as above
    return value, dict(zip(given, torch.autograd.grad(value.sum(), list(given.values())), strict=True))


V, X = [0.5, -1.2], {"x": 1.3}
READ: list[tuple[str, dict[str, Any]]] = [
    # calls: a parameter hides a name outside; other names are the outer ones, as they are at the call
    ("f = lambda y: x*y\nx*f(2)", X),
    ("f = lambda x: x**2\nf(x + 1)*x", X),
    ("f = lambda x, y=3: x**y\nf(x) + f(y=2, x=2*x)", X),
    ("k = 2\nf = lambda x, y=k: x*y\nk = 5\nf(x)*k", X),
    ("a = 2\nf = lambda y: a*y\na = 3*x\nf(x)", X),
    ("f = lambda e: e**2 + math.e\nf(x)", X),
    ("f = lambda sin: sin**2\nf(x)*sin(x)", X),
    ("twice = lambda f: lambda y: f(f(y))\ntwice(lambda y: y*y + x)(x)", X),
    ("make = lambda a: (lambda y: a*y*b)\ng = make(x)\nb = x**2\ng(3)", X),
    ("(lambda y, z: y/z)(x, z=2)", X),
    ("fs = [x, 2*x]\nf = lambda v: sum(v[i]*(i + 1) for i in range(2))\nf(fs)", X),
    ("f = lambda y: y**2 if y > 0 else -y\nf(x) + f(-x)", X),
    ("from functools import partial, reduce\nf = partial(lambda a, b, k=1: a*b**k, 2, k=3)\nf(x) + reduce(lambda a, b: a*b + x, [x, 2, 3*x])", X),
    ("sum(map(lambda a, b: a*b**2, v, 3*v))", {"v": V}),
    # several lines
    ("def f(y):\n    '''A square.\n\n    of y\n    '''\n    z = y**2  # its square\n\n    return z*x\n\nf(2*x)", X),
    ("def f(y: float, *, n: int = 2) -> float:\n    return y**n\nf(x, n=3) + f(x)", X),
    ("def f(y):\n  def g(z):\n    return z*y\n  return g(y) + g(1)\nf(x)", X),
    ("def f(x): y = x**2; return y*x\nf(x) + 1", X),
    ("def f(y):\n    y = y + x\n    y = y*y\n    return y\nf(x)", X),
    ("def g(y):\n    return h(y) + 1\ndef h(y):\n    return y**3\ng(x)", X),
    ("def f(y):\n    return y**2, y**3\na, b = f(x)\na*b + f(x)[1]", X),
    ("def f(params, y):\n    w, b = params\n    return w*y + b\nf((x, x**2), 3)", X),
    ("total = 0\ntotal += x**2\ntotal -= x/2\ntotal *= x\ntotal /= 3\ntotal", X),
    ("h = torch.tanh(v)\nh = h*2\nh **= 2\nh", {"v": V}),
    ("a = b = x**2\na*b", X),
    ("shape = v.size()[:-1] + (1, 2)\nv.view(*shape).sum()*len(shape)", {"v": V}),
    ("v.reshape((1,)*3 + tuple(v.shape))", {"v": V}), ("a, b = list(v)\na*b", {"v": V}),
    # functions of functions
    ("f = lambda y: y**3\ngrad(f)(x)", X),
    ("inner = lambda y: x*y\nx*grad(inner)(x)", X),
    ("inner = lambda y: x*y**2\nx*grad(inner)(x)", X),
    ("inner = lambda y: x*y**2\ngrad(inner)(x**2)", X),
    ("inner = lambda y: y**2 + y*grad(lambda z: z*y**2)(y)\ngrad(inner)(x)*x", X),
    ("f = lambda y: torch.sin(y)*y\ngrad(grad(f))(x)", X),
    ("f = lambda y, z: y**2*z**3\ngrad(f, 1)(x, 2*x) + grad(f, argnums=0)(x, x)", X),
    ("f = lambda y, z: y**2*z**3\na, b = grad(f, argnums=(0, 1))(x, x)\na*b", X),
    ("f = lambda y, k=2.0: k*y**2\ngrad(f)(x, k=x)", X),
    ("def loss(p, y):\n    w, b = p\n    return (w*y - b)**2\ngw, gb = grad(loss)((x, x**2), 2*x)\ngw*gb", X),
    ("torch.func.hessian(lambda y: (y**3).sum())(v) @ v", {"v": V}),
    ("jacfwd(lambda y: y**3)(v) @ v + jacrev(lambda y: y**3)(2*v) @ v", {"v": V}),
    ("egrad(lambda y: y**3)(v)", {"v": V}),
    ("vmap(lambda y: y @ y)(A)", {"A": [V, [1.0, 2.0]]}),
    ("vmap(grad(lambda y: (y**3).sum()))(A)", {"A": [V, [1.0, 2.0]]}),
    ("torch.vmap(lambda y, z: y*z.sum(), in_dims=(1, None))(A, A)", {"A": [V, [1.0, 2.0]]}),
    ("y, t = jvp(lambda y, z: y*z**2, (x, 2*x), (x, 3*x))\ny*t", X),
    ("y, back = vjp(lambda y, z: y*z**2, x, 2*x)\nback(x)[0]*back(3*y)[1]", X),
    ("torch.autograd.functional.jacobian(lambda y: y**2, v, create_graph=True).sum()", {"v": V}),
    ("grad(sin)(x) + grad(torch.tanh)(x)", X),
    ("u = torch.sin(x*v)\ns = torch.autograd.grad(u, v, grad_outputs=torch.ones_like(u), create_graph=True)[0]\ns**2",
     {"x": 1.3, "v": V}),
    ("u = x**2*y\na, b = torch.autograd.grad(u, (x, y), create_graph=True)\n"
     "c = torch.autograd.grad(a, [x], create_graph=True)[0]\nb*c", {"x": 1.3, "y": 0.7}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values"), READ, ids=[text.replace("\n", "; ") for text, _ in READ])
def test_a_function_is_what_it_is_in_python(text: str, values: dict[str, Any]) -> None:
    value, slopes = by_python(text, values)
    found = gradcli.grad(text, values, reduce="sum" if value.ndim else None, allow_unused=True)
    np.testing.assert_allclose(found.value, value.sum().item(), rtol=1e-13)
    for name, slope in slopes.items():
        np.testing.assert_allclose(found.derivative[name], slope.numpy(), rtol=1e-12, atol=1e-14)
    assert found.check.verdict in {"agrees", "rounding"}


@pytest.mark.parametrize("text", [text for text, values in READ if values is X])
def test_what_was_read_reads_back(text: str) -> None:
    tree = parse(text).tree
    assert parse(write(tree)).tree == tree


ALONE = [
    ("lambda x: x**2", "x**2"), ("lambda x, y: x*y", "x*y"), ("f = lambda x, n=2: x**n", "x**2"), ("lambda lambda_: lambda_*2", "lambda_*2"),
    ("def f(x, *, y):\n    return x*y", "x*y"), ("def g(y): return y**2\ndef f(x): return g(x)*k\n", "x**2*k"),
    ("jax.grad(lambda x: x**3)", "grad(x**3, x)"), ("@jax.jit\ndef f(x):\n  return x", "x"), ("jax.jit(lambda x: x)", "x"),
    ("f(x) = x^2", "x**2"), ("f(x, y) = x*y; g(t) = f(t, t + 1)*k; g(x)", "x*(x + 1)*k"), ("partial(lambda x, y: x*y, 2)", "2*y"),
    ("lambda*x + lambda", "lambda*x + lambda"), ("z[lambda:]*lambda", None),
    ("import numpy as xp\nxp.sin(x)", "sin(x)"), ("from scipy.special import gammaln as lg, expit\nlg(x)*expit(x)", "lgamma(x)*sigmoid(x)"),
    ("import autograd.numpy as np\nfrom autograd import grad\ngrad(np.sin)(x)", "grad(sin(x), x)"),
    ("import torch.nn.functional as nnf\nnnf.relu(x)", "relu(x)"), ("from torch import nn\nnn.functional.relu(x)", "relu(x)"),
    ("import matplotlib.pyplot as plt\nx", "x"), ("from math import (sin,\n  pi)\nsin(x)*pi", "sin(x)*pi"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "same"), [row for row in ALONE if row[1]])
def test_a_function_alone_is_a_formula_in_its_parameters(text: str, same: str) -> None:
    assert parse(text).tree == parse(same).tree


REFUSED = [
    ("f = lambda n: n*f(n - 1)\nf(x)", "f calls itself"), ("(lambda f: f(f))(lambda f: f(f))", "calls itself"),
    ("f = lambda x, y: x\nf(x)", r"f needs y \| it is f\(x, y\)"), ("f = lambda x: x\nf(x, 1)", "takes 1 argument, found 2"),
    ("f = lambda x, k=2: x\nf(x, z=1)", r"no argument 'z' \| it is f\(x, k=2\)"), ("f = lambda x: x\nf(x, x=1)", "is given x twice"),
    ("f = lambda x: x\nf + 1", r"found a function \| call it: f\(\.\.\.\)"), ("f = lambda *a: 1\nf(x)", "any number of arguments"),
    ("f = lambda x: x\nf.sum()", r"found a function \| call it: f\(\.\.\.\)"),
    ("g = grad(lambda x: x**2)\nmean(g)", r"found a function \| call it: g\(\.\.\.\)"),
    ("(lambda x: x).sum()", r"found a function \| call it, or name it"),
    ("lambda x", "too early: ':' is missing"), ("lambda x, x: x", "two parameters are called x"),
    ("def f(y, *, y=1):\n    return y\nf(x)", "two parameters are called y"),
    ("y = x**2\nlambda x: x*y", "x is a parameter of lambda, and something else outside"),
    ("def f(y):\n    z = k*y\n    k = 2\n    return z\nf(x)", "k is used before f assigns it"),
    ("def f(y):\n    k += y\n    return k\nf(x)", "k is used before f assigns it"),
    ("def f(y):\n    y**2\nf(x)", "f returns nothing"), ("def f(y): pass\nf(x)", "f returns nothing"),
    ("def f(y):\n    return y\n    y = 2\nf(x)", "behind a return"), ("def f(y):\n    if y > 0:\n        return y\n    return -y\nf(x)", r"'if'.*where"),
    ("def f(y):\n    return y, y**2\nf(x) + 1", r"found a tuple \| .*concat"), ("for i in range(3):\n    x = x*2\nx", "'for' statements"),
    ("y = x[0]\ny += 1\ny", r"\+= changes y in place"), ("y = 2*x\nz = y[0]\ny *= 2\nz", r"\*= changes y in place"),
    ("y = 2*x\nz = y\ny *= 2\nz", r"\*= changes y in place"), ("y = x\ny *= 2\nx", r"\*= changes y in place"), ("x += 1\nx", "changes x in place"),
    ("@cached\ndef f(x): return x", "@cached is not read"), ("print(x)\nx", r"'print' shows .* remove the line"),
    ("plt.plot(x)\nx", "'plt' shows"), ("import os\nx", "'import' statements"), ("from os import path\nx", "'from' statements"),
    ("grad(x)", "grad takes"), ("jax.grad(x**2)", "jax.grad takes a function"), ("jax.sin(x)", "unknown function 'jax.sin'"),
    ("jax.grad(lambda x: x, has_aux=True)(x)", "not read with this argument"), ("grad(lambda x: x, x)", r"grad\(f\)\(x\)"),
    ("grad(lambda x: x, 2)(x)", "is given 1 argument here"), ("vmap(lambda x: x, out_axes=1)(x)", "in_axes= alone"),
    ("torch.autograd.grad(x**2, x)[0]", "write create_graph=True"),
    ("value_and_grad(lambda x: x**2)(x)", "gives 2 results: value, grad"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_not_read_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(GradcliError) as raised:
        parse(text)
    assert re.search(message, f"{raised.value} | {raised.value.hint}"), f"{raised.value} | {raised.value.hint}"


@pytest.mark.parametrize(
    "body", ["f{before}(x) + f{before}(x)", "f{before}(f{before}(x))", "f{before}(2)*f{before}(3)"]
)
def test_functions_that_double_meet_a_limit(body: str) -> None:
    lines = ["f0 = lambda x: x + x", *(f"f{k} = lambda x: {body.format(before=k - 1)}" for k in range(1, 30)), "f29(x)"]
    with pytest.raises(LimitError):
        parse("\n".join(lines))


def test_a_formula_may_be_indented_as_a_whole() -> None:
    text = "\ndef f(x):\n    y = x**2\n    return y\nf(x)*2\n"
    assert parse(textwrap.indent(text, "    ")).tree == parse(text).tree


# Several results: what they are as one, and what is said of it.
STACKED, IN_A_ROW = "results as one array, whose first axis counts them", "results of several shapes as one vector"
SEVERAL = [
    ("(x, x**2)", "[x, x**2]", f"2 {STACKED}"), ("def f(y): return y, 3*y\nf(x)", "[x, 3*x]", f"2 {STACKED}"),
    ("lambda x: (x, x**2)", "[x, x**2]", f"2 {STACKED}"), ("((x, sin(x)), 2*x)", "[x, sin(x), 2*x]", f"3 {STACKED}"),
    ("tuple(v[i]**2 for i in range(2))", "[v[0]**2, v[1]**2]", f"2 {STACKED}"), ("(v, A)", "concat(v, flatten(A))", f"2 {IN_A_ROW}"),
    ("(x, v, 2*x)", "concat(flatten(x), v, flatten(2*x))", f"3 {IN_A_ROW}"), ("(v > 0, v)", "[where(v > 0, 1, 0), v]", f"2 {STACKED}"),
    ("q, r = torch.linalg.qr(A)\n(q, r)", "q, r = torch.linalg.qr(A)\n[q, r]", f"2 {STACKED}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "same", "said"), SEVERAL)
def test_several_results_are_one_and_it_is_said(text: str, same: str, said: str) -> None:
    values = {"x": 1.3, "v": V, "A": [[1.5, 2.0], [0.5, -1.0]]}
    used = {name: value for name, value in values.items() if re.search(rf"\b{name}\b", text)}
    found, wanted = gradcli.jacobian(text, used), gradcli.jacobian(same, used)
    for name in used:
        np.testing.assert_array_equal(found.derivative[name], wanted.derivative[name])
    assert said in " ".join(found.notes)


def test_what_is_no_number_among_results_is_refused() -> None:
    with pytest.raises(GradcliError, match="a number is needed here, found a text"):
        gradcli.jacobian("(x, 'a')", X)


FORMULAS = [  # worked out on paper
    ("f = lambda y: x*y**2; grad(f)(x)", "4*x"), ("f = lambda y: y**3 + x*y; grad(f)(2*x)", "24*x + 1"),
    ("f = lambda y: x*y**2; grad(grad(f))(x)*x", "4*x"), ("f = lambda y, z: y**2*z; grad(f, (0, 1))(x, x)[0]", "4*x"),
    ("f = lambda y: sin(x*y); hessian(f)(x**2)", "-2*x*sin(x**3) - 3*x**4*cos(x**3)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "slope"), FORMULAS)
def test_formulas_know_a_computed_variable_from_what_it_is_made_of(text: str, slope: str) -> None:
    x = sympy.Symbol("x", real=True)
    found = gradcli.grad(text).formula["x"]
    assert sympy.expand(parse(str(found)).tree.doit() - sympy.sympify(slope, locals={"x": x})) == 0
    assert gradcli.check(text, slope).conclusion in {"proved", "agrees"}
