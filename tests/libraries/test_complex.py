"""Complex numbers on the way to a real result: value and slope are those of torch's own complex autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from libraries.test_torch import Answer, compare, from_torch
from libraries.test_torch import from_gradcli as read

import gradcli
from gradcli.base.errors import ExpressionError
from gradcli.verdicts.verdict import Verdict

Z, W, M = "torch.complex(x, y)", "torch.complex(p, x)", "torch.complex(S, S @ P)"
ENTRY_BY_ENTRY = (
    "exp log sqrt sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh square reciprocal rsqrt log2 log10 log1p "
    "expm1 exp2 sgn sigmoid conj conj_physical clone"
)
COMPLEX = [
    *(f"torch.{name}({Z})" for name in ENTRY_BY_ENTRY.split()),
    *(f"{Z}**{power}" for power in (2, 3, -1, -2, 7, 0.5, -1.5)), f"{Z}**p", f"2**{Z}", f"{Z}**{W}", f"p**{Z}",
    f"{Z} + {W}", f"{Z} - x", f"1 - {Z}", "x + 1j*y", f"{Z} + 1j", f"{Z}*{W}", f"{Z}*x", f"2j*{Z}", f"-{Z}", f"{Z}/{W}", f"{Z}/x", f"x/{Z}",
    f"1/{Z}", f"{Z}*{Z}/({Z} + 1j)", "(1 + 2j)*x", "x/2j", "1j*x*1j*y",
    f"{Z}.sum()", f"{Z}.mean()", f"{Z}.cumsum(0)", f"torch.where(x > 0, {Z}, torch.conj({W}))", f"torch.cat([{Z}, {W}])",
    f"torch.stack([{Z}, 2*{Z}], 1)", f"{Z}.flip(0)", f"{Z}[1:]", f"{Z}[[0, 2, 2]]", f"{Z}.reshape(2, 2)", f"{Z}.roll(1)", f"{Z}.unsqueeze(0)",
    f"{Z}.expand(3, 4)", f"torch.diag({Z})", f"torch.diff({Z})", f"torch.trapezoid({Z})", f"{Z}.detach()*{Z}",
    f"torch.outer({Z}, {W})", f"torch.kron({Z}, {W})", f"torch.dot({Z}, {W})", f"torch.vdot({Z}, {W})", f"torch.linalg.vecdot({Z}, {W})",
    f"torch.inner({Z}, {W})", f"torch.tensordot({Z}, {W}, 1)", f"torch.einsum('i,j->ij', {Z}, {W})", f"torch.linalg.cross({Z}[1:], {W}[1:])",
    "torch.polar(p, x)", f"torch.polar(p, x)*{Z}", f"torch.zeros_like({Z}) + {Z}", "torch.view_as_complex(C)", "torch.view_as_complex(C)**2",
    f"torch.prod({Z})", f"torch.prod({M}, 0)", f"torch.prod({M}.reshape(9))",
    f"{M} @ {M}", f"{M}.T", f"{M}.H @ {M}", f"{M}.mH", f"{M}.adjoint()", f"torch.trace({M})", f"torch.einsum('ij,jk->ik', {M}, {M})",
    f"{M} @ {M}[0]", f"{M}.sum(0)", f"{M}.mean(1, keepdim=True)", f"torch.tril({M})", f"{M}.permute(1, 0)", f"torch.linalg.multi_dot([{M}, {M}])",
    f"torch.addmm({M}, {M}, {M}, beta=2)", f"torch.linalg.inv({M})", f"torch.linalg.solve({M}, {M})", f"torch.linalg.solve({M}, {M}[0])",
    f"torch.linalg.det({M})", f"torch.matrix_power({M}, 3)", f"torch.linalg.matrix_power({M}, -2)",
]  # fmt: skip
REAL = [
    *(f"torch.{name}({Z})" for name in ["abs", "real", "imag", "angle", "var", "std", "norm"]),
    f"{Z}.abs()", f"{Z}.real", f"{Z}.imag", f"{Z}.angle()", f"torch.abs({Z})**2", f"({Z}*{Z}.conj()).real", f"{Z}.real*{W}.imag",
    f"torch.linalg.vector_norm({Z})", f"torch.linalg.vector_norm({Z}, 1)", f"torch.norm({M}, 3)", f"torch.linalg.norm({M})",
    f"torch.linalg.norm({M}, 2, 1)", f"torch.norm({M}, dim=0)", "x.real", "torch.real(x)*y", "torch.angle(x)*y", "torch.conj(x)",
    "torch.abs(torch.exp(1j*x)).sum()*p", f"torch.log(torch.abs({Z}))", f"torch.view_as_real({Z})[..., 0]",
    "torch.view_as_real(torch.view_as_complex(T.reshape(2, 3, 2, 2))*torch.polar(p[:2], q[:2])).flatten(-2)",
]  # fmt: skip


def in_both(text: str) -> tuple[Answer, Answer]:
    """As real numbers; torch has some results only marked as conjugate, of which it gives no view."""
    return read(f"torch.view_as_real({text})"), from_torch(f"torch.view_as_real((({text}) + 0j).resolve_conj())")


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("text", COMPLEX)
def test_a_complex_number_is_torchs(text: str) -> None:
    compare(*in_both(text))


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("text", REAL)
def test_what_is_real_is_torchs(text: str) -> None:
    compare(read(text), from_torch(f"({text}) + 0"))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("x + 1j*y", "this is complex", "write abs"), ("1j", "this is complex", "write abs"), ("(x, 1j*x)", "this is complex", "write abs"), ("x if p > 0 else 1j*x", "this is complex", "abs"),
        ("where(1j*x > 0, 1, 0)", "> of complex numbers is not read", "no order"), ("sum(where(1j*x == y, 1, 0))", "== of complex", "no order"),
        ("sort(1j*x)", "sort of complex numbers is not read", "write abs"), ("amax(1j*x)", "amax of complex", "write abs"),
        ("(1j*x).float()", "is not taken for a real one", None), ("softmax(1j*x, 0).real", "softmax of complex", "write abs"),
        ("pad(1j*x, (1, 1), 'constant', 2).real", "pad of complex", None), ("jnp.sign(1j*x).real", "its slope for 0", None),
    ],
)  # fmt: skip
def test_what_has_no_real_meaning_is_refused(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(ExpressionError, match=message) as refused:
        read(text.replace("p > 0", "p[0] > 0"))
    assert hint is None or hint in str(refused.value.hint)
    assert refused.value.span is not None


@pytest.mark.parametrize(
    ("function", "values", "value", "slope"),
    [
        ("sum(abs(x + 1j*y))", {"x": [3.0, 0.0], "y": 4.0}, 9.0, [0.6, 0.0]),
        ("sum(x + 1j).imag", {"x": [3.0, 5.0]}, 2.0, [0.0, 0.0]),  # the 1 is added to each entry
        ("sum((x + 1j*y)[0])".replace("sum", "abs"), {"x": [3.0, 1.0], "y": 4.0}, 5.0, [0.6, 0.0]),
        ("(x + 2j).imag @ [1, 1] + sum(x)", {"x": [3.0, 5.0]}, 12.0, [1.0, 1.0]),
        ("real(sum(reshape(1j + x, 1, 2)))", {"x": [3.0, 5.0]}, 8.0, [1.0, 1.0]),
        ("z = 1j*x; w = z*z; sum(w.real)", {"x": [3.0, 5.0]}, -34.0, [-6.0, -10.0]),
        ("|x[0] + 1j*x[1]|", {"x": [3.0, 4.0]}, 5.0, [0.6, 0.8]),
        ("sum(sympy.re((x + sympy.I)**2))", {"x": [3.0, 5.0]}, 32.0, [6.0, 10.0]),
        ("sum(x[i]*1j**i for i in range(3)).real", {"x": [1.0, 2.0, 4.0]}, -3.0, [1.0, 0.0, -1.0]),
    ],
)  # fmt: skip
def test_parts_of_different_shapes_are_those_of_one_number(
    function: str, values: dict[str, object], value: float, slope: list[float]
) -> None:
    found = gradcli.grad(function, values, wrt="x")
    assert found.value == pytest.approx(value)
    np.testing.assert_allclose(found.derivative["x"], slope, atol=1e-15)
    assert found.check is not None
    assert found.check.verdict is Verdict.AGREES


@pytest.mark.parametrize(
    ("function", "values", "verdict"),
    [
        ("abs(x + 1j*y)", {"x": 0.0, "y": 0.0}, Verdict.CONVENTION), ("abs(x + 1j*y)**2", {"x": 0.0, "y": 0.0}, Verdict.AGREES),
        ("log(abs(x + 1j*y))", {"x": 0.0, "y": 0.0}, Verdict.SINGULAR), ("angle(x + 1j*y)", {"x": -1.0, "y": 0.0}, Verdict.SINGULAR),
        ("sqrt(x + 1j*y).real", {"x": -1.0, "y": 0.0}, Verdict.CONVENTION),
        ("sum(abs(fft(x))**2)", {"x": [0.0, 0.0, 0.0]}, Verdict.AGREES),
        *(("sum(abs(fft(x)))", {"x": [2.0]*n}, Verdict.CONVENTION) for n in (3, 4, 5, 7, 8)),
        ("sum(abs(rfft(x)[1:]))", {"x": [1.0, 1.0, 1.0, -3.0, 2.0]}, Verdict.AGREES),
    ],
)  # fmt: skip
def test_an_absolute_value_of_0_is_a_kink(function: str, values: dict[str, object], verdict: Verdict) -> None:
    found = gradcli.grad(function, values)
    assert found.check is not None
    assert found.check.verdict is verdict


def test_the_slope_at_a_kink_is_torchs() -> None:
    zero = torch.zeros(2, requires_grad=True)
    (slope,) = torch.autograd.grad(torch.abs(torch.complex(zero[0], zero[1])), zero)
    found = gradcli.grad("abs(x[0] + 1j*x[1])", {"x": [0.0, 0.0]})
    assert found.derivative["x"].tolist() == slope.tolist()


@pytest.mark.parametrize(
    ("function", "wrt", "claim"),
    [("sum(abs(x + 1j*y)**2)", "x", "2*x"), ("sum((x + 1j*y[0])**2).real", "x", "2*x"), ("sum(x + 1j*s).imag", "s", "n"),
     ("sum(abs(x + 1j)**2)", "x", "2*x"), ("sum((x + 1j*y)*(y - 2j*x)).imag", "y", "2*y")],
)  # fmt: skip
def test_a_claim_is_proved_for_all_sizes(function: str, wrt: str, claim: str) -> None:
    """Whether a part has the number's shape is asked again at each size."""
    shapes = {name: "n" for name in "xy" if name in function}
    assert gradcli.check(function, claim, wrt=wrt, shape=shapes).verdict == "proved"


def test_the_second_derivative_goes_through_complex_numbers() -> None:
    x = torch.tensor([0.3, -1.2, 0.7], dtype=torch.float64)
    expected = torch.autograd.functional.hessian(lambda x: torch.log(torch.fft.fft(x**2 + 1).abs()).sum(), x)
    found = gradcli.hessian("sum(log(torch.fft.fft(x**2 + 1).abs()))", {"x": x.tolist()})
    np.testing.assert_allclose(found.derivative["x"]["x"], expected.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("scipy.special.hankel1(0.5, x).real", "sqrt(2/(pi*x))*sin(x)"),
        ("scipy.special.hankel1(0.5, x).imag", "-sqrt(2/(pi*x))*cos(x)"),
        ("scipy.special.hankel2(0.5, x).imag", "sqrt(2/(pi*x))*cos(x)"),
        ("scipy.special.hankel1e(0.5, x).imag", "-sqrt(2/(pi*x))"),
        ("abs(hankelh1(0.5, x))**2", "2/(pi*x)"),
        ("hankelh2x(0.5, x).imag", "sqrt(2/(pi*x))"),
    ],
)
def test_hankels_functions_of_half_order(text: str, same: str) -> None:
    """DLMF 10.16.1: that of order 1/2 is elementary."""
    found, wanted = gradcli.grad(text, {"x": 1.7}), gradcli.grad(same, {"x": 1.7})
    assert found.value == pytest.approx(wanted.value, rel=1e-14)
    assert found.derivative["x"] == pytest.approx(wanted.derivative["x"], rel=1e-13)
    assert found.check is not None
    assert found.check.verdict.value in {"agrees", "rounding"}
