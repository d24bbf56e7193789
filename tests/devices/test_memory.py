"""Memory of a device: what is free, tiles as large as it holds, smaller ones where it lacks, a limit where none fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcli
from gradcli.autograd import coloured, devices, point, rows, templates
from gradcli.autograd.devices import Memory, find_device, in_tiles, is_lost, lacks_memory, memory_of, room_on
from gradcli.autograd.rows import rows_at_once
from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError, MissingError
from gradcli.engine import crossing, tiles
from gradcli.engine.batches import BatchKernel
from gradcli.engine.crossing import Block, Crossing
from gradcli.engine.formulas import formulas
from gradcli.engine.kernel import LANES
from gradcli.engine.plan import planned
from gradcli.engine.tiles import TorchKernel
from gradcli.language.parse import parse
from tests.devices.doubles import ELSEWHERE, failing, out_of_memory, with_memory

ROWS = 1000
SINE = formulas(parse("sin(x)*exp(-y)").tree, "grad", ["x", "y"], ["x", "y"], [])

CUDA_ERROR = "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported"
LACKING = (
    out_of_memory(),
    MemoryError(),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 79.15 GiB total capacity)"),
    RuntimeError("CUDA error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
    RuntimeError("MPS backend out of memory (MPS allocated: 17.00 GB, other allocations: 1.00 GB)"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"),
)
LOST = (RuntimeError(CUDA_ERROR), RuntimeError("CUDA error: device-side assert triggered"))
OTHERS = (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("CUDA error: no"), None)


def test_which_errors_say_what() -> None:
    assert all(map(lacks_memory, LACKING))
    assert not any(map(is_lost, LACKING))
    assert all(map(is_lost, LOST))
    assert not any(lacks_memory(error) or is_lost(error) for error in OTHERS)
    assert not any(map(lacks_memory, LOST))


def columns(count: int = ROWS) -> dict[str, FloatArray]:
    random = np.random.default_rng(1)
    return {"x": random.normal(size=count), "y": random.normal(size=count)}


def computed(kernel: TorchKernel | BatchKernel, given: Mapping[str, FloatArray]) -> list[bytes]:
    count = len(next(iter(given.values())))
    outputs = {output.name: np.full((count, *output.shape), 7.0) for output in kernel.outputs}
    flags = np.full(count, 255, dtype=np.uint8)
    kernel.run(given, {}, outputs, flags)
    return [array.tobytes() for array in (*outputs.values(), flags)]


# -- what is free


def test_what_torch_holds_unused_counts_as_free(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"mem_get_info": (100, 1000), "memory_allocated": 300, "memory_reserved": 450}.items():
        monkeypatch.setattr(torch.cuda, name, lambda _, value=value: value)
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda _: 1.0, raising=False)
    assert memory_of("cuda:0") == Memory(250, 1000)
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda _: 0.4, raising=False)
    assert memory_of("cuda:0") == Memory(100, 1000)
    assert room_on("cuda:0") == 50
    monkeypatch.delattr(torch.cuda, "get_per_process_memory_fraction")
    assert memory_of("cuda:0") == Memory(250, 1000)


def test_memory_of_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 1000)
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 300)
    assert memory_of("mps") == Memory(700, 1000)


def test_of_a_processor_nobody_asks() -> None:
    assert memory_of(find_device("cpu")) is None


# -- tiles by it


@pytest.mark.parametrize("free", [2**20, 2**26])
def test_a_tile_is_what_half_of_the_free_memory_holds(free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = TorchKernel(SINE, device=ELSEWHERE)
    plan = planned(SINE, kernel.outputs, {})
    of_a_row = 8 * (2 + 3) + 1 + tiles._MARKS + sum(room.itemsize for room in plan.rooms)
    with_memory(monkeypatch, free)
    tile = kernel._tile_elsewhere(plan)
    assert tile % LANES == 0
    assert 2 * tile * of_a_row <= free // 2 < 2 * (tile + LANES) * of_a_row
    with_memory(monkeypatch, 2**40)
    assert kernel._tile_elsewhere(plan) == tiles.ELSEWHERE // LANES * LANES
    monkeypatch.setattr(tiles, "HOST", 2**20)
    assert kernel._tile_elsewhere(plan) == 2**20 // (2 * 41) // LANES * LANES


def test_a_tile_has_a_row_however_little_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with_memory(monkeypatch, 3)
    kernel = TorchKernel(SINE, device=ELSEWHERE)
    assert kernel._tile_elsewhere(planned(SINE, kernel.outputs, {})) == 1
    assert rows_at_once([(3,), ()], ELSEWHERE) == 1


def test_tiles_of_arrays_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [(4,), (4, 4), ()]
    with_memory(monkeypatch, 2**40)
    assert rows_at_once(steps, ELSEWHERE) == rows.ELSEWHERE // (8 * 16)
    assert rows_at_once(steps, ELSEWHERE, 4) == rows.ELSEWHERE // (4 * 16)
    with_memory(monkeypatch, 2**20)
    assert rows_at_once(steps, ELSEWHERE, beside=10) == 2**19 // (8 * (rows.HELD * 21 + 10))


# -- where it lacks


def test_halves_until_it_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[slice] = []

    def work(part: slice) -> None:
        if part.stop - part.start > 15:
            raise out_of_memory()
        done.append(part)

    in_tiles(100, 64, ELSEWHERE, work)
    assert [(part.start, part.stop) for part in done][:3] == [(0, 8), (8, 16), (16, 24)]
    assert (sum(part.stop - part.start for part in done), done[-1].stop) == (100, 100)
    with_memory(monkeypatch, 3_000_000, 80_000_000_000)
    with pytest.raises(LimitError) as caught:
        in_tiles(100, 64, ELSEWHERE, failing(out_of_memory()))
    assert caught.value.message == "not enough memory on cpu:0 for one row: 3 MB of 80 GB are free"
    assert (caught.value.hint, caught.value.code) == ("--device cpu computes on the processor", 6)


def test_other_errors_are_not_taken_for_it() -> None:
    for error in (*LOST, ValueError("no")):
        with pytest.raises(type(error), match=str(error).partition("\n")[0]):
            in_tiles(3, 2, ELSEWHERE, failing(error))


def limited(monkeypatch: pytest.MonkeyPatch, most: int) -> list[int]:
    """A device with room for so many rows; the sizes of tiles that were tried are listed."""
    tried: list[int] = []

    class Limited(Block):
        def __init__(self, shapes: Any, count: int, *how: Any, **more: Any) -> None:  # Any: see Block
            tried.append(count)
            if count > most:
                raise out_of_memory()
            super().__init__(shapes, count, *how, **more)

    monkeypatch.setattr(crossing, "Block", Limited)
    return tried


def kernels(device: str, tile: int | None = 512) -> list[tuple[TorchKernel | BatchKernel, dict[str, FloatArray]]]:
    arrays = {"x": np.random.default_rng(2).normal(size=(ROWS, 3)), "y": columns()["y"]}
    batches = BatchKernel(parse("sum(sin(x))*y"), "jacobian", ["x", "y"], {"x": (3,), "y": ()}, device=device)
    batches.tile = tile or batches.tile
    return [(TorchKernel(SINE, device=device, tile=tile), columns()), (batches, arrays)]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("most", [511, 40, 1])
def test_rows_are_the_same_in_the_tiles_that_fit(number: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = computed(*kernels("cpu")[number])
    if most == 1:
        monkeypatch.setattr(crossing, "UNDER_WAY", 1)
    tried = limited(monkeypatch, most)
    kernel, given = kernels(ELSEWHERE)[number]
    assert computed(kernel, given) == expected
    assert max(tried) == 512
    assert kernel.tile == max(size for size in tried if size <= most)
    assert computed(kernel, given) == expected
    assert tried.count(512) == 1, "what was too large once is not tried again"


@pytest.mark.parametrize("number", [0, 1])
def test_where_one_row_is_too_many(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, 0)
    with_memory(monkeypatch, 0)
    kernel, given = kernels(ELSEWHERE)[number]
    with pytest.raises(LimitError, match=r"not enough memory on cpu:0 for one row: 0 B of 1\.1 TB are free"):
        computed(kernel, given)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("error", LOST)
def test_a_device_that_fails_in_the_middle(number: int, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[slice] = []
    send = Crossing.send

    def fails(self: Crossing, part: slice) -> None:
        sent.append(part)
        if len(sent) == 3:
            raise error
        send(self, part)

    monkeypatch.setattr(Crossing, "send", fails)
    kernel, given = kernels(ELSEWHERE, 100)[number]
    with pytest.raises(MissingError) as caught:
        computed(kernel, given)
    assert caught.value.message == f"the device 'cpu:0' failed: {str(error).splitlines()[0]}"
    assert (caught.value.kind, caught.value.code) == ("device", 7)


@pytest.mark.parametrize("error", [out_of_memory(), *LOST])
def test_rows_of_arrays_blame_no_row_for_the_device(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, given = kernels(ELSEWHERE)[1]
    assert isinstance(kernel, BatchKernel)
    monkeypatch.setattr(kernel.function, "_derive", failing(error))
    with_memory(monkeypatch, 0)
    with pytest.raises((LimitError, MissingError)):
        computed(kernel, given)
    assert (kernel.refused, kernel.batched) == (None, True)


# -- tiles of one point


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--device`` names the double."""
    monkeypatch.setattr("gradcli.autograd.devices.find_device", lambda *_: ELSEWHERE)


def short(function: Callable[..., list[Tensor | None]], most: int) -> Callable[..., list[Tensor | None]]:
    def derive(output: Tensor, inputs: list[Tensor], *more: Any, **options: Any) -> list[Tensor | None]:  # Any: see it
        if max(x.numel() for x in inputs) > most:
            raise out_of_memory()
        return function(output, inputs, *more, **options)

    return derive


@pytest.mark.parametrize("command", ["jacobian", "hessian"])
def test_templates_in_smaller_tiles(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x[1:]*sin(x[:-1])" if command == "jacobian" else "sum(x[1:]*sin(x[:-1]))"
    x = {"x": np.linspace(0.1, 1.0, 500)}
    expected = getattr(gradcli, command)(text, x, sparse=True).derivative["x"]
    elsewhere(monkeypatch)
    monkeypatch.setattr(templates.passes, "gradient", short(templates.passes.gradient, 70))
    found = getattr(gradcli, command)(text, x, sparse=True)
    there = found.derivative["x"]
    expected, there = (each["x"] if command == "hessian" else each for each in (expected, there))
    assert (there.data.tolist(), found.device) == (expected.data.tolist(), ELSEWHERE)


def test_large_sums_in_tiles_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.meaning.tiles.LEAST", 100)
    monkeypatch.setattr(point, "ELSEWHERE", 600)
    values = {"X": np.random.default_rng(3).normal(size=(400, 3)), "w": np.array([1.0, -0.5, 2.0])}
    text = "sum(log1p(exp(X@w))) + sum(w**2)"
    expected = gradcli.grad(text, values, wrt="w", check="off").derivative["w"]
    elsewhere(monkeypatch)
    sizes: list[int] = []
    whole = point.Torch.whole_gradient

    def counted(self: point.Torch, *given: Any) -> Any:  # Any: see it
        sizes.append(len(self.task.values["X"]))
        if sizes[-1] > 60:
            raise out_of_memory()
        return whole(self, *given)

    monkeypatch.setattr(point.Torch, "whole_gradient", counted)
    found = gradcli.grad(text, values, wrt="w", check="off")
    assert np.allclose(found.derivative["w"], expected, rtol=1e-13)
    assert sizes[:4] == [200, 100, 50, 50]
    assert found.device == ELSEWHERE


def test_one_point_for_which_there_is_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch)
    with_memory(monkeypatch, 3_000_000, 80_000_000_000)
    monkeypatch.setattr("gradcli.autograd.guarded.lacking", devices.lacking)
    monkeypatch.setattr(point.Torch, "run", failing(out_of_memory()))
    with pytest.raises(LimitError, match="not enough memory on cpu:0 for this derivative: 3 MB of 80 GB are free"):
        gradcli.grad("sum(x**2)", {"x": [1.0, 2.0]})


# -- places that are not there


def test_a_place_that_is_not_there_never_reaches_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU it ends all of its work; here torch.gather says what it was given."""
    given: list[int] = []
    gather, inside = torch.gather, torch._C._functorch

    def watched(x: Tensor, dim: int, index: Tensor) -> Tensor:
        batched = inside.is_batchedtensor(index)
        given.append(int((inside.get_unwrapped(index) if batched else index).max()))
        return gather(x, dim, index)

    monkeypatch.setattr(torch, "gather", watched)
    monkeypatch.setattr("gradcli.autograd.tensors.CPU", "no device")
    kernel = BatchKernel(parse("sum(gather(x, 0, k)**2)"), "grad", ["x"], {"x": (3,), "k": (1,)}, device=ELSEWHERE)
    columns = {"x": np.arange(9.0).reshape(3, 3), "k": np.array([[0.0], [7.0], [2.0]])}
    outputs = {output.name: np.full((3, *output.shape), 7.0) for output in kernel.outputs}
    flags = np.zeros(3, dtype=np.uint8)
    kernel.run(columns, {}, outputs, flags)
    assert flags.tolist() == [0, 1, 0]
    assert outputs["value"][[0, 2]].tolist() == [0.0, 64.0]
    assert max(given) == 2


@pytest.mark.parametrize("error", [out_of_memory(), LOST[0]])
@pytest.mark.parametrize("mode", ["forward", "auto"])
def test_forward_mode_is_not_blamed_for_the_device(
    error: Exception, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(monkeypatch)
    with_memory(monkeypatch, 0)
    monkeypatch.setattr(point.passes, "jacobian_forward", failing(error))
    monkeypatch.setattr(point.passes, "batch_of_rows", lambda *_: None)
    with pytest.raises((LimitError, MissingError), match=r"not enough memory on cpu:0|the device 'cpu:0' failed"):
        gradcli.jacobian(
            "stack([x[0], x[0]**2, x[0]*x[1], x[1], x[0], x[1], x[0], x[1], x[1]**3])", {"x": [1.0, 2.0]}, mode=mode
        )


def test_fewer_colours_at_once_and_one_by_one_only_where_torch_cannot_batch() -> None:
    colours = np.arange(40)
    for error, sizes in ((out_of_memory(), [16, 8, 4]), (RuntimeError("vmap: no"), [16, 1])):
        tried: list[int] = []

        def derive(seeds: Tensor, error: Exception = error, tried: list[int] = tried) -> Tensor:
            tried.append(len(seeds))
            if len(seeds) > 6:
                raise error
            return 2 * seeds

        assert (coloured._in_batches(derive, torch.zeros(3), colours, 40, 16) == 2 * np.eye(40)).all()
        assert tried == [*sizes, *[sizes[-1]] * (40 // sizes[-1] - 1)]
    with pytest.raises(RuntimeError, match="device-side assert"):
        coloured._in_batches(failing(LOST[1]), torch.zeros(3), colours, 40, 16)  # type: ignore[arg-type]  # it returns nothing
