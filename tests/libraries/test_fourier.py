"""Fourier, cosine and sine transforms mean what torch, numpy and scipy mean, in all of their modes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from libraries.beside import difference
from libraries.test_torch import compare, from_torch
from libraries.test_torch import from_gradcli as read

import gradcli
from gradcli.base.errors import ExpressionError
from gradcli.base.precision import precision
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.extended.arithmetic import WholeArrays
from gradcli.meaning.extended.number import Extended
from gradcli.operations.turns import Turns

NORMS = ("None", "'backward'", "'ortho'", "'forward'")
LENGTHS = ("None", "1", "3", "4", "7")
OF_HALF, OF_REAL = ("irfft", "hfft"), ("rfft", "ihfft")
SEVERAL = (
    "", ", s=(3, 5)", ", s=(2, 6), dim=(0, 1)", ", dim=(1, 0)", ", dim=(0, -1)", ", s=(-1, 3), dim=(2, 1)", ", norm='ortho'", ", norm='forward'",
)  # fmt: skip


def operand(name: str, x: str) -> str:
    return x if name in OF_REAL else f"torch.complex({x}, torch.sin({x}))"


def as_real(name: str, call: str) -> tuple[str, str]:
    """The call in gradcli and in torch, as real numbers."""
    return (call, call) if name in OF_HALF else (f"torch.view_as_real({call})", f"torch.view_as_real({call} + 0)")


def assert_torchs(name: str, call: str) -> None:
    ours, theirs = as_real(name, call)
    compare(read(ours), from_torch(theirs))


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", ["fft", "ifft", *OF_REAL, *OF_HALF])
def test_a_transform_is_torchs(name: str, norm: str) -> None:
    for n in LENGTHS:
        assert_torchs(name, f"torch.fft.{name}({operand(name, 'x')}, n={n}, norm={norm})")
    for dim in (0, 1, -2):
        assert_torchs(name, f"torch.fft.{name}({operand(name, 'T')}, dim={dim}, norm={norm})")


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("name", ["fft", "ifft", *OF_REAL, *OF_HALF])
def test_a_transform_of_several_axes_is_torchs(name: str) -> None:
    for several in SEVERAL:
        assert_torchs(name, f"torch.fft.{name}2({operand(name, 'T')}{several})")
    for several in (*SEVERAL, ", s=(4, 4, 4)", ", dim=1", ", dim=(0, 1, 2)"):
        assert_torchs(name, f"torch.fft.{name}n({operand(name, 'T')}{several})")


@pytest.mark.filterwarnings("ignore:A window was not provided", "ignore:stft with return_complex=False")
@pytest.mark.parametrize("rest", [
    "x, 4, return_complex=True", "x, 4, 3, return_complex=False", "A, 4, 2, window=v, return_complex=True", "x, 4, onesided=False, return_complex=True",
    "A, 4, 1, 3, w, center=False, return_complex=True", "A, 4, 1, 2, normalized=True, return_complex=True", "x, 4, pad_mode='constant', return_complex=True",
])  # fmt: skip
def test_transforms_of_moving_windows_are_torchs(rest: str) -> None:
    view = "({})" if "False" in rest.rpartition(", ")[2] else "torch.view_as_real({} + 0)"
    compare(read(view.format(f"torch.stft({rest})")), from_torch(view.format(f"torch.stft({rest})")))


@pytest.mark.parametrize("text", [
    "torch.fft.fftshift(T)", "torch.fft.fftshift(T, dim=0)", "torch.fft.ifftshift(T, (0, 2))", "torch.fft.ifftshift(T, dim=-1)",
    "torch.fft.fftfreq(4)*x", "torch.fft.fftfreq(4, d=0.5)*x", "torch.fft.rfftfreq(7, 2.0, dtype=torch.float64)*x",
    "torch.fft.irfft(torch.fft.rfft(x)*torch.fft.rfft(y), 4)", "torch.fft.rfft(x).abs()**2", "torch.fft.fft(A).abs().log()",
    "(torch.fft.rfft(A).abs() - torch.fft.rfft(B).abs()).abs().mean()", "torch.fft.ifft(torch.fft.fft(x)).real",
    "torch.fft.irfft(torch.fft.rfft(x)/(1 + torch.fft.rfft(y).abs()**2), n=4)", "torch.fft.fft2(torch.fft.fftshift(A)).abs()",
])  # fmt: skip
def test_what_is_made_of_transforms_is_torchs(text: str) -> None:
    compare(read(text), from_torch(text))


VALUES = {
    "x": np.array([0.3, -1.2, 0.7, 2.1, -0.4]),
    "A": np.array([[0.3, -1.2, 0.7, 2.1], [1.5, 0.2, -0.7, 0.9], [-0.3, 0.8, 1.1, -2.0]]),
}
NUMPYS = [
    *(f"abs(np.fft.{name}({x}{rest}))" for name in ("fft", "ifft", "rfft", "ihfft")
      for x, rest in (("x", ""), ("x", ", 4"), ("x", ", n=7, norm='ortho'"), ("A", ", axis=0"), ("A", ", 2, 0, 'forward'"))),
    *(f"np.fft.{name}(x + 1j*x**2{rest})" for name in ("irfft", "hfft") for rest in ("", ", 6", ", 5, -1, 'forward'")),
    *(f"abs(np.fft.{name}(A{rest}))" for name in ("fft2", "ifft2", "rfft2", "fftn", "rfftn", "ifftn")
      for rest in ("", ", axes=(1, 0)", ", s=(2, 3), axes=(0, 1)", ", norm='ortho'")),
    "np.fft.irfft2(A + 1j*A**2)", "np.fft.irfftn(A + 1j*A**2, s=(4, 5), axes=(0, 1))", "np.fft.fftshift(A)", "np.fft.ifftshift(A, axes=(0,))",
    "x*np.fft.fftfreq(5, d=0.1)", "x[:3]*np.fft.rfftfreq(5, 2)", "abs(np.exp(1j*x) + np.exp(-2j*x))", "np.angle(x + 1j)", "np.angle(x)",
    "np.real(np.conj(x + 2j)*(x - 1j))", "np.imag(np.exp(1j*x))", "np.abs(np.sum(np.exp(1j*np.outer(x, x)), axis=0))**2",
    "np.real(np.vdot(x + 1j, x*1j))", "np.real(np.convolve(x + 1j, x*1j))",
]  # fmt: skip


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("text", NUMPYS)
def test_a_transform_is_numpys(text: str) -> None:
    assert not difference(text, {"np": np}, VALUES)


def trigonometric() -> list[str]:
    types = [
        f"scipy.fft.{back}d{letter}t(x, {kind}, norm={norm}, orthogonalize={orthogonal})"
        for back, letter, kind in itertools.product(("", "i"), "cs", (1, 2, 3, 4))
        for norm, orthogonal in (*itertools.product(("None", "'ortho'"), (None, True, False)), ("'forward'", None))
    ]
    lengths = [
        f"scipy.fft.{back}d{letter}t{rest}"
        for back, letter, kind in itertools.product(("", "i"), "cs", (1, 2, 3, 4))
        for rest in (
            f"(x, type={kind}, n=3)",
            f"(x, {kind}, n=7, norm='ortho')",
            f"(A, {kind}, axis=0)",
            f"n(A, {kind}, norm='ortho')",
        )
    ]
    return [
        *types,
        *lengths,
        "scipy.fft.dctn(A, 2, s=(2, 5), axes=(1, 0))",
        "scipy.fft.idstn(A, axes=1)",
        "scipy.fft.dct(x)",
    ]


@pytest.mark.parametrize("text", [
    *trigonometric(), "scipy.fft.hfftn(A + 1j*A**2)", "abs(scipy.fft.ihfft2(A))", "abs(scipy.fft.fft(x, 4, norm='ortho'))",
    "scipy.fft.irfft(x + 1j*x**2, 6, overwrite_x=False)", "scipy.fft.fftshift(x)",
])  # fmt: skip
def test_a_transform_is_scipys(text: str) -> None:
    fft = pytest.importorskip("scipy.fft", reason="pip install 'gradcli[peers]'")
    assert not difference(text, {"scipy": type("scipy", (), {"fft": fft})}, VALUES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sum(abs(fft(x, norm='both')))", "norm is None"), ("sum(abs(fft(x, 0)))", "so few entries"), ("sum(irfft(x[:1]))", "so few entries"),
        ("sum(abs(fft(x, dim=1)))", "each axis once"), ("sum(abs(fftn(A, dim=(0, 0))))", "each axis once"), ("sum(abs(fft(x[0])))", "each axis once"),
        ("sum(abs(fftn(A, s=(2, 3, 4))))", "each axis once"), ("sum(dct(x, 5))", "type is 1, 2, 3 or 4"), ("sum(dct(x[:1], 1))", "so few"),
        ("torch.stft(x, 9, center=False, return_complex=False)", "fewer entries"), ("torch.stft(x, 2)", "return_complex"),
    ],
)  # fmt: skip
def test_what_no_transform_is_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        read(text)


@pytest.mark.parametrize("turns", [
    Turns(66, 66, 66), Turns(40, 30, 90, quarters=1), Turns(40, 40, 80, 1, 0), Turns(37, 37, 74, 1, 1, 1), Turns(70, 70, 142, 2, 2, 1), Turns(97, 49, 97),
])  # fmt: skip
def test_long_sums_are_those_of_the_definition(turns: Turns) -> None:
    """By a fast transform in balls and in 19 digits: both hold what the cosines give, multiplied out."""
    rows = np.random.default_rng(3).normal(size=(2, turns.entries))
    with precision(100):
        balls = Balls()
        exact = balls.matmul(balls.exact(rows), turns.matrix(balls))
        fast = balls.transformed(balls.exact(rows), turns)
        whole = WholeArrays().transformed(Extended(rows), turns)
        for place in np.ndindex(exact.shape):
            assert exact[place].value.overlaps(fast[place].value)
            assert float(fast[place].value.rad()) < 1e-20
            apart = abs(float(exact[place].value.mid() - balls.exact(float(whole.value[place]))[()].value))
            assert apart <= float(whole.errors[place]) + abs(float(whole.value[place])) * 2**-53


@pytest.mark.parametrize("function", ["sum(torch.fft.rfft(x).abs())", "sum(sin(dct(x)))", "sum(abs(fft(x))**3)"])
def test_many_entries_are_checked(function: str) -> None:
    x = np.random.default_rng(5).normal(size=600)
    found = gradcli.grad(function, {"x": x})
    assert found.check is not None
    assert (found.check.verdict.value, found.check.checked) == ("agrees", 600)


def test_the_power_of_a_spectrum_is_that_of_the_signal() -> None:
    assert gradcli.check("sum(abs(fft(x))**2)", "8*x", shape={"x": 4}).verdict == "proved"
    assert gradcli.check("sum(abs(fft(x))**2)", "2*x", shape={"x": 4}).verdict == "refuted"
    for norm, formula in (("backward", "2*n*x"), ("ortho", "2*x"), ("forward", "2*x/n")):
        assert gradcli.grad(f"sum(abs(fft(x, norm='{norm}'))**2)", shape={"x": "n"}).formula["x"] == formula


def test_places_at_halves_are_those_of_the_definition() -> None:
    """The row's torch meaning, against its definition in float64."""
    found, _ = read("cosine_sums(S, 9, 0, 'ortho', 5, 1, 1)")
    s, _ = read("S")
    k, j = torch.arange(5, dtype=torch.float64), torch.arange(3, dtype=torch.float64)
    matrix = torch.cos(2 * torch.pi * torch.outer(k + 0.5, j + 0.5) / 9) / 3
    torch.testing.assert_close(found.detach(), matrix @ s.detach())
