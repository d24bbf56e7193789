"""``--device``: what is found where, in which words it is missing, and what is asked of a driver at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from runner import run

import gradcli as package
from gradcli.autograd import devices
from gradcli.autograd.devices import find_device
from gradcli.base.errors import MissingError
from gradcli.warm import child
from tests.devices.doubles import failing, with_gpus


@pytest.fixture(autouse=True)
def _untried() -> Iterator[None]:
    devices._try.cache_clear()
    yield
    getattr(devices._try, "cache_clear", int)()


@pytest.mark.parametrize(("name", "count", "mps", "found"), [
    ("cuda", 1, False, "cuda:0"), ("cuda:0", 1, False, "cuda:0"), ("cuda:1", 2, False, "cuda:1"), ("auto", 2, False, "cuda:0"),
    ("auto", 0, False, "cpu"), ("cpu", 2, True, "cpu"),
])  # fmt: skip
def test_a_device_by_its_name(name: str, count: int, mps: bool, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = with_gpus(monkeypatch, count, mps=mps)
    assert find_device(name) == found
    assert tried == ([] if name == "cpu" else [found])


@pytest.mark.parametrize(("name", "count", "sees"), [
    ("cuda:9", 2, "cpu, cuda:0, cuda:1"), ("mps", 1, "cpu, cuda:0"), ("gpu", 1, "cpu, cuda:0"),
])  # fmt: skip
def test_one_that_is_not_there(name: str, count: int, sees: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpus(monkeypatch, count)
    with pytest.raises(MissingError) as caught:
        find_device(name)
    said = f"the device '{name}' is not there: torch {torch.__version__} sees {sees}"
    assert (caught.value.message, caught.value.kind, caught.value.code) == (said, "device", 7)


def test_mps_has_no_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpus(monkeypatch, 0, mps=True)
    assert find_device("mps", "float32") == find_device("auto", "float32") == "mps"
    with pytest.raises(MissingError, match="'mps' has no float64"):
        find_device("auto")


def test_nothing_is_asked_for_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "devices", failing(AssertionError("a driver was asked")))
    assert find_device("cpu") == "cpu"


def reason(monkeypatch: pytest.MonkeyPatch) -> str:
    with_gpus(monkeypatch, 0)
    with pytest.raises(MissingError) as caught:
        find_device("cuda")
    return caught.value.message.partition(" sees cpu")[2]


def test_a_torch_without_cuda_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    assert reason(monkeypatch) == " (it is built for processors alone)"


def test_devices_that_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert reason(monkeypatch) == " (CUDA_VISIBLE_DEVICES is '')"


OLD = "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver by downloading"
FORKED = "Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you must use 'spawn'"


@pytest.mark.parametrize("said", [OLD, FORKED, "No CUDA GPUs are available"])
def test_what_torch_says_of_its_driver(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(torch.cuda, "init", failing(RuntimeError(said)))
    assert reason(monkeypatch) == f" ({said.partition('. ')[0]})"


def test_a_driver_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(torch.cuda, "init", lambda: None)
    assert reason(monkeypatch) == ""


@pytest.mark.parametrize("error", [
    RuntimeError("CUDA error: no kernel image is available for execution on the device\nCompile with TORCH_USE_CUDA_DSA"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 MiB."), AssertionError("Torch not compiled with CUDA enabled"),
])  # fmt: skip
def test_one_that_is_there_and_cannot_be_used(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch, "ones", failing(error))
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    with pytest.raises(MissingError) as caught:
        find_device("auto")
    first = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
    said = f"the device 'cuda:0' is there, but torch {torch.__version__} cannot use it: {first}"
    assert (caught.value.message, caught.value.kind) == (said, "device")
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("line", [
    "grad x**2 x=1", "jacobian [x,x] x=1", "hessian x**2 x=1", "explain x**2 x=1", "hessian x**2 x=1 --sparse",
])  # fmt: skip
def test_each_command_says_that_there_is_none(line: str) -> None:
    done = run([*line.split(), "--device", "cuda", "--json"])
    error = json.loads(done.stderr)["error"]
    assert (done.code, done.raw, error["kind"], error["code"]) == (7, b"", "device", 7)
    assert error["message"].startswith(f"the device 'cuda' is not there: torch {torch.__version__} sees cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("shape", [(), (2,)])
def test_tables_say_it_before_they_read_a_row(shape: tuple[int, ...]) -> None:
    with pytest.raises(MissingError, match="the device 'cuda' is not there"):
        package.grad_table("sum(x**2)", {"x": np.ones((3, *shape))}, device="cuda")


def test_commands_for_another_device_run_cold() -> None:
    for line in (
        "grad x x=1 --device cuda",
        "grad x x=1 --device=cuda:1",
        "grad x --device auto",
        "grad x --device cpu --device cuda",
    ):
        assert not child._takes(line.split())
    assert child._takes(["grad", "x", "x=1", "--device", "cpu"])


def test_a_command_on_the_processor_starts_no_driver_and_a_session_elsewhere_no_compiler() -> None:
    """The warm server forks after the one; the other takes a second to load."""
    code = (
        "import sys, torch, gradcli; from gradcli.autograd.devices import exact_on; gradcli.grad('x**2', {'x': 1.0})\n"
        "with exact_on('cuda:0'): print(torch.cuda.is_initialized(), 'torch._inductor' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
