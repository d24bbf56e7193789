"""The torch kernel gives each row what the rows' torch meanings give, bit by bit, whatever the tile and the threads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

import gradcli
from gradcli.autograd.tensors import TorchArithmetic, session
from gradcli.base.arrays import FloatArray
from gradcli.engine.flags import KINK, UNDEFINED
from gradcli.engine.formulas import Formulas, formulas
from gradcli.engine.recorded import UNKNOWN, Unrecorded, recorded, same
from gradcli.engine.tiles import TorchKernel
from gradcli.language.parse import parse
from gradcli.meaning.program import values_of_steps

FUNCTIONS = (
    "x**3*y - 2*x*y**2 + x*y*z + z**2",
    "sin(x)*exp(-y**2) + log(1 + z**2)",
    "softplus(-y*(z*x + 1))",
    "ndtr((log(x) + z*y)/sqrt(y))",
    "1/x + 3/y + 2**z + x**y + 5 - z",
    "where(x > y, x*z, tanh(y))",
    "relu(x - y)*abs(z) + maximum(x, z)",
    "clamp(x, -1, 1)*heaviside(y, 0.5) + x % 3 + floor(z)",
    "where(x > 0 and not y < z, sqrt(x), cbrt(y))",
    "gelu(x) + silu(y) + elu(z)",
    "x*detach(y) + hypot(x, z) + modulus(y, z)",
    "gamma(x) + erf(y)*besselj(1, z)",
    "x*y*exp(x*y) + z*exp(x*y)",
)


def columns_of(rows: int, names: str = "xyz") -> dict[str, FloatArray]:
    random = np.random.default_rng(5)
    return {name: random.normal(1.0, 1.5, rows) for name in names}


def made(text: str, names: str = "xyz", kind: str = "grad", fixed: Sequence[str] = ()) -> Formulas:
    columns = [name for name in names if name not in fixed]
    return formulas(parse(text).tree, kind, columns, columns, fixed)


def computed(
    kernel: TorchKernel, columns: dict[str, FloatArray], **fixed: float
) -> tuple[dict[str, FloatArray], list[int]]:
    rows = len(next(iter(columns.values())))
    outputs = {o.name: np.full((rows, *o.shape), 7.0) for o in kernel.outputs}
    flags = np.full(rows, 255, dtype=np.uint8)
    kernel.run(columns, fixed, outputs, flags)
    return outputs, flags.tolist()


def meanings(found: Formulas, columns: dict[str, FloatArray], rows: int) -> dict[str, torch.Tensor]:
    """Each step on whole columns, as its row means it; every function in FUNCTIONS acts row by row."""
    tensors = {name: torch.from_numpy(column) for name, column in columns.items()}
    with session("float64", "cpu"):
        values = values_of_steps(found.upto(loss=False), TorchArithmetic(), tensors)
    return {o.name: torch.as_tensor(values[o.steps[0]], dtype=torch.float64).expand(rows) for o in found.outputs}


@pytest.mark.parametrize("text", FUNCTIONS)
def test_each_number_is_that_of_the_torch_meanings(text: str) -> None:
    found, columns = made(text), columns_of(1000)
    outputs, _ = computed(TorchKernel(found, tile=192, threads=2), columns)
    for name, expected in meanings(found, columns, 1000).items():
        assert same(torch.from_numpy(outputs[name]), expected), name


@pytest.mark.parametrize("text", [*FUNCTIONS, "sum(x)*y + max(x)*z", "where(any(x > y), z, x*z)"])
def test_each_row_is_what_grad_gives_of_it_alone(text: str) -> None:
    columns = columns_of(5)
    outputs, _ = computed(TorchKernel(made(text)), columns)
    for row in range(5):
        point = {name: float(column[row]) for name, column in columns.items()}
        alone = gradcli.grad(text, point, check="off")
        assert alone.derivative is not None
        for name in "xyz":
            assert outputs[f"d_{name}"][row] == pytest.approx(alone.derivative[name], rel=1e-12, nan_ok=True)
        assert outputs["value"][row] == pytest.approx(alone.value, rel=1e-13, nan_ok=True)


@pytest.mark.parametrize("rows", [0, 1, 15, 16, 17, 100])
def test_tiles_of_every_size_and_order_leave_no_row_out(rows: int) -> None:
    columns = columns_of(rows, "xy")
    found = made("x*sin(y)", "xy")
    outputs, flags = computed(TorchKernel(found, tile=16, threads=3), columns)
    assert flags == [0] * rows
    assert np.allclose(outputs["d_x"], np.sin(columns["y"]), rtol=1e-15)
    assert np.allclose(outputs["d_y"], columns["x"] * np.cos(columns["y"]), rtol=1e-15)
    assert np.allclose(outputs["value"], columns["x"] * np.sin(columns["y"]), rtol=1e-15)


def test_a_jacobian_has_its_entries_beside_each_other() -> None:
    columns = columns_of(40, "rt")
    outputs, _ = computed(TorchKernel(made("[r*cos(t), r*sin(t), 3]", "rt", "jacobian"), tile=16), columns)
    assert outputs["value"].shape == outputs["d_t"].shape == (40, 3)
    assert np.allclose(outputs["value"][:, 0], columns["r"] * np.cos(columns["t"]), rtol=1e-15)
    assert np.allclose(outputs["d_t"][:, 1], columns["r"] * np.cos(columns["t"]), rtol=1e-15)
    assert outputs["value"][:, 2].tolist() == [3.0] * 40
    assert outputs["d_r"][:, 2].tolist() == [0.0] * 40


def test_numbers_that_are_the_same_in_every_row() -> None:
    columns = columns_of(20, "x")
    kernel = TorchKernel(made("exp(-k*x) + k**2", "xk", fixed="k"))
    for k in (0.5, -1.5):
        outputs, _ = computed(kernel, columns, k=k)
        assert np.allclose(outputs["value"], np.exp(-k * columns["x"]) + k * k, rtol=1e-14)
        assert np.allclose(outputs["d_x"], -k * np.exp(-k * columns["x"]), rtol=1e-14)


def test_only_what_is_wanted_is_computed() -> None:
    found = made("sin(x)*exp(y)*log(z)")
    kernel = TorchKernel(found, ["d_y"])
    columns = columns_of(9)
    outputs, _ = computed(kernel, columns)
    assert outputs.keys() == {"d_y"}
    assert same(torch.from_numpy(outputs["d_y"]), meanings(found, columns, 9)["d_y"])


def test_a_value_that_is_two_answers_is_written_twice() -> None:
    outputs, flags = computed(TorchKernel(made("exp(x) + 0*y", "xy")), {"x": np.array([0.0, 1.0]), "y": np.ones(2)})
    assert outputs["value"].tolist() == outputs["d_x"].tolist() == [1.0, np.e]
    assert outputs["d_y"].tolist() == [0.0, 0.0]
    assert flags == [0, 0]


def test_a_column_may_be_an_answer_and_may_be_read_only() -> None:
    column = np.array([1.0, -2.0])
    column.flags.writeable = False
    outputs, _ = computed(TorchKernel(made("x", "x")), {"x": column})
    assert outputs["value"].tolist() == [1.0, -2.0]
    assert outputs["d_x"].tolist() == [1.0, 1.0]


def test_rows_without_a_finite_answer_are_flagged_and_stop_no_other() -> None:
    column = np.array([1.0, 0.0, -1.0, np.nan, np.inf, 4.0])
    outputs, flags = computed(TorchKernel(made("log(x)", "x")), {"x": column})
    assert flags == [0, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED, 0]
    assert outputs["value"][[0, 5]].tolist() == [0.0, np.log(4.0)]


@pytest.mark.parametrize("text", ["airy_ai(x)", "jacobi_sn(x, 0.5)", "x*rgamma(x)"])
def test_numbers_beyond_what_a_function_computes_stop_no_other(text: str) -> None:
    column = np.array([0.5, -1e30, 0.25, np.nan, 0.75])
    outputs, flags = computed(TorchKernel(made(text, "x")), {"x": column})
    assert flags == [0, UNDEFINED, 0, UNDEFINED, 0]
    for row in (0, 2, 4):
        alone = gradcli.grad(text, {"x": column[row]}, check="off")
        assert alone.derivative is not None
        assert outputs["d_x"][row] == pytest.approx(alone.derivative["x"], rel=1e-13)


def test_answers_whose_sum_alone_is_not_finite_are_fine() -> None:
    _, flags = computed(TorchKernel(made("x", "x")), {"x": np.full(10, 1e308)})
    assert flags == [0] * 10


def test_rows_at_a_kink_are_flagged() -> None:
    _, flags = computed(TorchKernel(made("abs(x) + relu(x - 1)", "x"), tile=16), {"x": np.arange(-2.0, 40.0)})
    assert [row - 2 for row, flag in enumerate(flags) if flag] == [0, 1]
    assert {flag for flag in flags if flag} == {KINK}


def test_a_step_of_whole_arrays_mixes_no_rows() -> None:
    columns = {"x": np.array([1.0, 5.0, 3.0])}
    outputs, _ = computed(TorchKernel(made("norm(x) + logsumexp(x)", "x")), columns)
    assert outputs["value"].tolist() == [2.0, 10.0, 6.0]


def test_another_device_computes_in_rooms_of_its_own() -> None:
    """The processor under its number is none that outputs lie on."""
    columns = columns_of(50)
    text = "where(x > y, exp(-x)*z, 3*y) + abs(z)"
    here, flags = computed(TorchKernel(made(text)), columns)
    there, same_flags = computed(TorchKernel(made(text), device="cpu:0"), columns)
    assert flags == same_flags
    for name, expected in here.items():
        assert same(torch.from_numpy(there[name]), torch.from_numpy(expected))


def test_torch_has_its_threads_back() -> None:
    before = torch.get_num_threads()
    computed(TorchKernel(made("x**2", "x"), tile=16), columns_of(100, "x"))
    assert torch.get_num_threads() == before


# -- meanings as calls


def test_arithmetic_is_recorded() -> None:
    calls, _ = recorded(lambda t, x, y: t.exp(-x) + 1 / y, [UNKNOWN, UNKNOWN])
    assert [call.function for call in calls] == [torch.neg, torch.exp, torch.reciprocal, torch.add]


@pytest.mark.parametrize(
    "meaning",
    [
        lambda t, x: t.exp(x) if x > 0 else x,
        lambda t, x: x.detach(),
        lambda t, x: t.stack([x, x]),
        lambda t, x: float(x),
        lambda t, x: t.clamp(x, max=x),
        lambda t, x: x.numpy(),
        lambda t, x: t.where(x > 0, x, x.abs()),
    ],
)
def test_what_looks_at_its_numbers_is_not_recorded(meaning: object) -> None:
    with pytest.raises(Unrecorded):
        recorded(meaning, [UNKNOWN])  # type: ignore[arg-type]  # each is a lambda


def test_a_sum_is_no_sum_of_the_other_sign_of_zero() -> None:
    assert not same(torch.tensor([0.0]), torch.tensor([-0.0]))
    assert same(torch.tensor([float("nan")]), torch.tensor([-float("nan")]))


def test_what_is_handed_on_in_the_memory_of_an_operand_stays_as_it_was() -> None:
    """A spread over no axis is its operand's own memory, which is given to later steps."""
    parts = ["spread(sigmoid(logsigmoid(A)), A, -1, True)", "log(A) + 1", "exp(A)*2", "sin(A) - 3"]
    found = formulas(parse(f"[{', '.join(parts)}]").tree, "value", [], ["A"], [])
    rows = np.linspace(0.1, 2.0, 5)
    value = np.empty((5, 4))
    TorchKernel(found).run({"A": rows}, {}, {"value": value}, np.zeros(5, np.uint8))
    assert np.allclose(value[:, 0], 1 / (1 + np.exp(np.log1p(np.exp(-rows)))), rtol=1e-14)
