"""Derivatives by templates beside torch's dense ones, at sizes where these can be had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sparse.beside import derivative, differences, point_of

from gradcli.autograd.templates import templates_at
from gradcli.base.errors import LimitError
from gradcli.engine.sparse import by_templates
from gradcli.engine.sparse.answer import COLOURS, TEMPLATES
from gradcli.meaning.templates import formula, sums

DRAW = np.random.default_rng(20)
VALUES = {
    "x": DRAW.normal(size=12), "y": DRAW.normal(size=12), "u": DRAW.normal(size=(5, 6)), "v": DRAW.normal(size=(5, 6)),
    "c": DRAW.normal(size=(3, 4, 5)), "p": DRAW.normal(size=(7, 3)), "a": DRAW.normal(), "b": DRAW.normal(size=12),
    "B": np.diag(DRAW.normal(size=12)) + np.diag(DRAW.normal(size=11), 1) + np.diag(np.ones(5), -7), "q": DRAW.normal(size=4),
    "M": 0.3*DRAW.normal(size=(4, 3, 3)) + 2*np.eye(3), "N": DRAW.normal(size=(12, 3)), "F": DRAW.normal(size=(20, 4)), "K": DRAW.normal(size=(12, 12)),
}  # fmt: skip

FORMULAS = [
    "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", "d = x[1:] - x[:-1]; sum(d[1:]*d[:-1])",
    "sum((u[1:, :] - u[:-1, :])**2) + sum((u[:, 1:] - u[:, :-1])**2)", "sum(sin(c[1:, ::2, ::-1]*c[:-1, ::2, :]))",
    "sum(x[::-1]*x**2)", "sum(x[10:2:-3]*x[:9:3])", "sum(flip(u, 0)*u**2)", "dot(x, roll(x, 2)**2)",
    "sum(roll(u, 1, 0)*u*roll(u, -1, 1))", "q = pad(x, (1, 1)); sum((q[2:] - 2*q[1:-1] + q[:-2])**2*x)",
    "q = pad(x, (1, 2), value=1/2); sum(exp(q[1:]*q[:-1]))", "sum(cat([x[1:]*y[1:], x[:1]])**2)",
    "sum(stack([x*y, x**2])*[[1], [2]])", "sum(np.diff(x)**4)", "sum(x[[0, 2, 2, 5]]**2*x[[1, 1, 3, 0]])",
    "sum(u[:, :1]*u**2) + sum(u[:1, :]*u)", "a*sum(x**2) + sum(cos(a*x))", "mean(x**3) + sum(b*x**2)",
    "sum(relu(x[::2])*x[1::2]) + sum(max(x, 0.5)**2)", "sum(where(x > 0, x**2*flip(x), sin(x)))",
    "sum(where(b > 0, x**2, y*x))", "sum((norm(p[1:] - p[:-1], 2, 1) - 1)**2)", "sum(sqrt(sum((p[1:] - p[:-1])**2, 1)))",
    "sum(logsumexp(p, 1)) + sum(var(p, 1)) + sum(amax(p, 1)**2)", "sum(u.T[1:]*u.T[:-1]**2)",
    "r = reshape(x, 3, 4); sum(r[1:]*r[:-1]**2)", "trace(u @ u.T)", "sum(cross_along(p, p[::-1], 1)**2)",
    "sum(permute(c, 2, 0, 1)[1:]**2*permute(c, 2, 0, 1)[:-1])", "x[3]**2*x[4]*y[0]", "sum(diag(x) @ y)",
    "(sum(x[:3]) + 2)*sum(y)", "prod(x[:3])*sum(y)", "e = x[1:]*x[:-1]; f = pad(e, (1, 0)); sum(f*x**2)",
    "sum(tril(u @ v.T)**2)", "einsum('ij,ij->', u, v**2)", "sum(mean(c, 2)**2) + mean(c[0]*c[1])", "sum(log1p(exp(x*y)))",
    "sum(max_along(p, 1)**2) + sum(x**2)", "sum(soft_margin_loss(x, y, 'none')*b)",
]  # fmt: skip

OF_NUMBERS = [  # b, B, F and K are no variables
    "x @ B @ x", "sum((B @ x)**2)", "sum((B @ x - b)**2)", "sum(sin(B @ x)*x)", "trace(N.T @ B @ N)", "sum(tanh(F @ q))",
    "sum(einsum('ij,jk->ik', B, N)**2)", "sum(B @ x)*x[0]", "sum(where(b > 0, B @ x, x)**2)", "sum(cat([B @ x, x])**2)",
    "sum(x*(K @ x))", "sum((B @ (B @ x))**2)", "sum(logsumexp(B @ N, 1))", "dot(b, x**2)", "sum(F*q**2)", "norm(B @ x)**2",
    "sum(flip(sin(x + b))*x**2)",
]  # fmt: skip

SLIDING = [
    "sum(convolve(x, [1, -2, 1])**2)", "sum(convolve([1, 0, 3], x, mode='same')*x**2)", "sum(convolve(x, y[:3], mode='valid')**2)",
    "sum(conv1d(reshape(x, 1, 12), [[[1, -2, 1]]], None, 1, 1)**2)", "sum(sin(conv2d(unsqueeze(u, 0), [[[[0, 1, 0], [1, -4, 1], [0, 1, 0]]]])))",
    "sum(conv2d(reshape(c, 3, 4, 5), reshape(v[:4, :3], 2, 3, 2, 1), None, 2, 1)**2)",
    "sum(conv1d(c, reshape(x, 4, 1, 3), [1, 2, 3, 4], 1, 0, 1, 4)**2)", "sum(conv1d(u[1:], reshape(y, 1, 4, 3)[:, :, ::2], None, 1, 2, 2, 1))",
    "sum(conv2d(reshape(K[0], 1, 3, 4), reshape(x, 1, 1, 3, 4), None, 1, 2)**2)", "sum(conv1d(u[:4], reshape(K[:4], 4, 4, 3), None, 1, 1)**2)",
]  # fmt: skip

PLACES = [
    "sum(gather(N, 1, [[0], [2], [1], [1]])**2)", "sum(index_add(x, 0, [0, 0, 1], x[3:6]**2)**2)", "norm(x - y)**2",
    "sum(scatter_add(N, 1, [[0, 0], [1, 2]], N[:2, 1:]**2)**3)", "sum(softmax(N, 1)**2)", "square(norm(x))*x[0]",
    "sum(log(det(M))) + sum(M**2)", "sum(inv(M)[1:]*M[:-1])", "sum(det(M)[1:]*det(M)[:-1])", "sum(cumprod(N, 1))", "sum(sort(N, 1)*N)",
    "sum(put_at(x[:4]**2, y, [0, 2, 2, 11])*y)", "sum(kron(u, v[:2])**2)", "sum(kron(x, [1, 0, 2])*kron(y, [0, 1, 2]))",
    "sum(conv_transpose1d(c, reshape(x, 4, 1, 3), [1, 2, 3, 4], 2, 1, 1, 4)**2)",
]  # fmt: skip

VECTORS = [
    "roll(u, 1, 0) + roll(u, -1, 0) - 2*u + u**3", "cat([x[1:]*y[1:], x[:1]])", "stack([u**2*v - u, u*v - v**2])",
    "q = pad(u, (1, 1, 1, 1)); q[2:, 1:-1] + q[:-2, 1:-1] + q[1:-1, 2:] + q[1:-1, :-2] - 4*u - exp(u)", "x*y[::-1]",
    "sum(u*v, 1)", "x[[0, 0, 5]]*a", "sum(c, 0)**2", "softplus(x)*b", "np.diff(u)", "logsumexp(p, 1)", "sum(x)*y[:3]",
    "max_along(p, 1)", "matrix_norm(M, -1)", "binary_cross_entropy_with_logits(x, y, 'none')",
]  # fmt: skip


def values_in(text: str) -> dict[str, object]:
    point = {name: value for name, value in VALUES.items() if name in _words(text)}
    assert point
    return point


def _words(text: str) -> set[str]:
    return set("".join(c if c.isalnum() else " " for c in text).split())


def in_variables(text: str) -> str:
    return ",".join(name for name in values_in(text) if name not in {"b", "B", "F", "K"})


@pytest.mark.parametrize("text", FORMULAS + OF_NUMBERS + PLACES + SLIDING)
def test_hessians_are_those_of_the_dense_passes(text: str) -> None:
    point = point_of(text, values_in(text), in_variables(text))
    assert differences(point, 2, derivative(point, 2, TEMPLATES)) == []


@pytest.mark.parametrize("text", FORMULAS + VECTORS + OF_NUMBERS + PLACES + SLIDING)
def test_jacobians_are_those_of_the_dense_passes(text: str) -> None:
    point = point_of(text, values_in(text), in_variables(text))
    assert differences(point, 1, derivative(point, 1, TEMPLATES)) == []


@pytest.mark.parametrize("text", FORMULAS)
def test_a_slot_that_holds_a_wrong_entry_would_be_seen(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point = point_of(text, values_in(text), in_variables(text))

    def shifted(*arguments: object) -> object:
        templates, value = templates_at(*arguments)  # type: ignore[arg-type]  # as they come
        total = sum(point.point[name].numel() for name in point.task.wrt)
        largest = max(templates, key=lambda template: template.rows)
        k = next(k for k, slot in enumerate(largest.slots) if slot.entries.max() >= 0)
        entries = largest.slots[k].entries
        some = (entries >= 0) & (np.arange(largest.rows) % 3 != 2)
        wrong = replace(largest.slots[k], entries=np.where(some, (entries + 1) % total, entries))
        slots = (*largest.slots[:k], wrong, *largest.slots[k + 1 :])
        return tuple(replace(t, slots=slots) if t is largest else t for t in templates), value

    monkeypatch.setattr(by_templates, "templates_at", shifted)
    assert (
        differences(point, 2, derivative(point, 2, TEMPLATES)) + differences(point, 1, derivative(point, 1, TEMPLATES))
        != []
    )


def test_boundary_and_interior_are_one_template() -> None:
    point = point_of("q = pad(x, (1, 1)); sum((q[2:] - 2*q[1:-1] + q[:-2])**2)", values_in("x"))
    (template,) = derivative(point, 2).templates
    assert len(template.slots) == 3


@pytest.mark.parametrize(("text", "reason"), [
    ("sum(x)**2", "** is applied to a sum of many entries"), ("logdet(u @ u.T)", "logdet is no formula of a few entries"),
    ("norm(x)", "a square root is taken of a sum of many entries"), ("sum(x*grad(sum(x**3), x))", "grad is a derivative inside the formula"),
])  # fmt: skip
def test_what_has_no_template_says_why(text: str, reason: str) -> None:
    with pytest.raises(LimitError) as caught:
        derivative(point_of(text, values_in(text)), 2, TEMPLATES)
    assert reason in str(caught.value)


def test_more_repeated_rows_than_the_limit_go_to_the_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MOST_REPEATED", 100)
    point = point_of("x - mean(x)", {"x": VALUES["x"]})
    with pytest.raises(LimitError, match="a template with 144 positions is too large, the limit is 100"):
        derivative(point, 1, TEMPLATES)
    found = derivative(point, 1)
    assert (found.method, differences(point, 1, found)) == (COLOURS, [])


def test_steps_within_steps_are_no_small_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formula, "MOST_PARTS", 200)
    text = "; ".join(["t = x", *(["t = sin(roll(t, 1) + t)*roll(t, -1)"] * 5), "sum(t**2)"])
    with pytest.raises(LimitError, match="a formula of more than 200 parts"):
        derivative(point_of(text, {"x": VALUES["x"]}), 2, TEMPLATES)


def test_slopes_are_computed_in_the_dtype() -> None:
    text = "sum(exp(x[1:]*x[:-1])/3)"
    single = point_of(text, {"x": VALUES["x"]}, dtype="float32")
    *_, block = derivative(single, 2, TEMPLATES).blocks.values()
    assert np.allclose(block.toarray(), single.hessian()[0], rtol=1e-5)


def test_a_slope_beside_which_another_is_nan_stays_as_it_is() -> None:
    point = point_of("sum(sqrt(x[1:])*x[:-1])", {"x": [1.0, -1.0, 4.0]})
    found = derivative(point, 1, TEMPLATES).blocks["x",].toarray()[0]
    assert np.isnan(found[0])
    assert np.isnan(found[1])
    assert found[2] == -0.25


@pytest.mark.parametrize("text", ["x", "sum(floor(x))", "dot(b, x)", "2*x[1:]", "sum(3*x)"])
def test_what_is_constant_or_linear_has_no_second_derivative(text: str) -> None:
    point = point_of(
        text, {"x": VALUES["x"], "b": VALUES["b"]} if "b" in text else {"x": VALUES["x"]}, in_variables(text)
    )
    assert differences(point, 1, derivative(point, 1, TEMPLATES)) == []
    if point.task.output == ():
        assert all(block.nnz == 0 for block in derivative(point, 2, TEMPLATES).blocks.values())
