"""Devices: which there are, how much memory is free on one, what their failures mean, and how they compute.

Of a processor nothing is asked here: to ask for other devices wakes up their driver, and a process that is forked later
could not use them.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from gradcli.base.dtypes import DType
from gradcli.base.errors import LimitError, MissingError
from gradcli.base.memory import shown
from gradcli.base.wording import option

CPU, CUDA, MPS = "cpu", "cuda", "mps"
SHARE = 0.5  # of what is free, for the tensors that are counted: functions take room of their own beside them

_cuda: Any = torch.cuda  # Any: most of it is not typed
_ACCELERATOR_ERROR: type[RuntimeError] | None = getattr(torch, "AcceleratorError", None)  # from torch 2.8 on
# Words of torch's errors, of versions that have no class for them.
_LACKING = ("alloc", "out of memory", "cublas_status_not_initialized")  # the last where cuBLAS has no room to begin
_LOST = ("cuda error", "cuda driver error", "hip error")


def kind_of(device: str) -> str:
    """``cuda`` of ``cuda:0``."""
    return device.partition(":")[0]


def find_device(name: str, dtype: str = DType.FLOAT64) -> str:
    """The device by torch's name, tried out; ``auto`` takes an accelerator if there is one.

    Errors: MissingError (kind device) for one that is not there, or that torch cannot use; (kind dtype) for one that
    does not compute in the dtype.
    """
    if name == CPU:
        return name
    seen = devices()
    full = {"auto": [*seen[1:], CPU][0], CUDA: f"{CUDA}:0"}.get(name, name)
    if full not in seen:
        reason = _why_none() if kind_of(full) == CUDA and len(seen) == 1 else None
        raise MissingError(
            f"the device '{name}' is not there: torch {torch.__version__} sees {', '.join(seen)}"
            + (f" ({reason})" if reason else ""),
            hint=f"{option('device', 'auto')} takes what is there",
            kind="device",
        )
    if full == MPS and dtype == DType.FLOAT64:
        raise MissingError(f"the device '{MPS}' has no float64", hint=option("dtype", DType.FLOAT32), kind="dtype")
    _try(full)
    return full


def devices() -> list[str]:
    """All devices that torch sees, the processor first."""
    with warnings.catch_warnings(action="ignore"):  # of a driver that is too old: ``_why_none`` says it
        found = [f"{CUDA}:{i}" for i in range(_cuda.device_count())]
    return [CPU, *found, *([MPS] if torch.backends.mps.is_available() else [])]


def _why_none() -> str | None:
    """Why torch sees no GPU."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if torch.version.cuda is None and torch.version.hip is None:
        return "it is built for processors alone"
    if hidden is not None:
        return f"CUDA_VISIBLE_DEVICES is '{hidden}'"
    try:
        _cuda.init()
    except (RuntimeError, AssertionError) as error:
        return _said(error)
    return None


@cache
def _try(device: str) -> None:
    """Computes something there, once. Errors: MissingError with torch's words."""
    if kind_of(device) == CUDA:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # else products may differ from run to run
    try:
        float(torch.ones(2, device=device, dtype=torch.float32).sum())
    except (RuntimeError, AssertionError) as error:
        raise MissingError(
            f"the device '{device}' is there, but torch {torch.__version__} cannot use it: {_said(error)}",
            hint=f"{option('device', CPU)} computes on the processor",
            kind="device",
        ) from None


def _said(error: BaseException) -> str:
    """The first sentence of an error of torch's."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return line.partition(". ")[0].rstrip(".")


# -- memory


@dataclass(frozen=True, slots=True)
class Memory:
    """Of a device, in bytes: what this process may still take, and what there is."""

    free: int
    total: int

    def __str__(self) -> str:
        return f"{shown(self.free)} of {shown(self.total)} are free"


def memory_of(device: str) -> Memory | None:
    """None for a processor, whose memory the machine shares out. What torch keeps unused counts as free."""
    if kind_of(device) == CUDA:
        free, total = _cuda.mem_get_info(device)
        taken = _cuda.memory_allocated(device)
        free += _cuda.memory_reserved(device) - taken
        fraction: Callable[[str], float] | None = getattr(_cuda, "get_per_process_memory_fraction", None)
        most = total if fraction is None else int(fraction(device) * total)
        return Memory(max(min(free, most - taken), 0), total)
    if kind_of(device) == MPS:
        total = torch.mps.recommended_max_memory()
        return Memory(max(total - torch.mps.current_allocated_memory(), 0), total)
    return None


def room_on(device: str) -> int | None:
    """The bytes that the tensors of a tile may take; None for a processor."""
    memory = memory_of(device)
    return None if memory is None else int(SHARE * memory.free)


def lacks_memory(error: BaseException | None) -> bool:
    """On a processor, and in older torch, it is a RuntimeError that says so."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(word in str(error).lower() for word in _LACKING)
    )


def is_lost(error: BaseException | None) -> bool:
    """Has the device failed, so that nothing can be computed there any more?"""
    if not isinstance(error, RuntimeError) or lacks_memory(error):
        return False
    failed = _ACCELERATOR_ERROR is not None and isinstance(error, _ACCELERATOR_ERROR)
    return failed or str(error).lower().startswith(_LOST)


def smaller(tile: int, device: str) -> int:
    """Half as many rows at once, where there was no memory for so many. Errors: LimitError where it was one."""
    if kind_of(device) == CUDA:
        _cuda.empty_cache()
    elif kind_of(device) == MPS:
        torch.mps.empty_cache()
    if tile > 1:
        return tile // 2
    raise lacking(device, "one row")


def lacking(device: str, what: str) -> LimitError:
    """The error where there is not enough memory for something, with the numbers of the device."""
    memory = memory_of(device)
    if memory is None:
        return LimitError(f"not enough memory for {what}")
    hint = f"{option('device', CPU)} computes on the processor"
    return LimitError(f"not enough memory on {device} for {what}: {memory}", hint=hint)


def in_tiles(rows: int, tile: int, device: str, work: Callable[[slice], None]) -> None:
    """``work`` on all rows, ``tile`` of them at a time, and fewer where memory is lacking; it may be called again with
    rows of which it was not done. Errors: LimitError where there is not enough for one row; those of ``work``.
    """
    start = 0
    while start < rows:
        stop = min(start + tile, rows)
        if enough(lambda: work(slice(start, stop))):  # noqa: B023 - called at once
            start = stop
        else:
            tile = smaller(stop - start, device)


def enough(work: Callable[[], None]) -> bool:
    """False where ``work`` lacked memory: what it held is free again then."""
    try:
        work()
    except (RuntimeError, MemoryError) as error:
        if not lacks_memory(error):
            raise
        return False
    return True


# -- how a device computes


class Stream:
    """What a device does one after another, beside other streams of it; elsewhere all is done at once.

    As a context: what is called inside is done in it, after all that was called before it was made. ``finish`` waits.

    number: which of the device it is; torch keeps memory for each one, so that few are made
    """

    def __init__(self, device: str, number: int = 0) -> None:
        self.device = device
        self._stream: Any = None  # Any: torch's class is not typed
        if kind_of(device) == CUDA:
            self._stream = _stream(device, number)
            self._stream.wait_stream(_cuda.current_stream(device))
        self._inside: list[AbstractContextManager[Any]] = []

    def __enter__(self) -> None:
        self._inside.append(nullcontext() if self._stream is None else _cuda.stream(self._stream))
        self._inside[-1].__enter__()

    def __exit__(self, *error: Any) -> None:  # Any: the protocol's types
        self._inside.pop().__exit__(*error)

    def finish(self) -> None:
        if self._stream is not None:
            self._stream.synchronize()
        elif kind_of(self.device) == MPS:
            torch.mps.synchronize()


@cache
def _stream(device: str, _number: int) -> Any:  # Any: as above
    return _cuda.Stream(device)


@contextmanager
def exact_on(device: str) -> Iterator[None]:
    """Inside, float32 has all its bits in products and convolutions (no TF32), halves are summed in float32, and what
    torch has a deterministic algorithm for gives the same digits each time. torch's settings are put back afterwards.
    """
    if kind_of(device) != CUDA:
        yield
        return
    settings = _settings()
    before = [getattr(owner, name) for owner, name, _ in settings]
    precision = torch.get_float32_matmul_precision()
    deterministic = torch.get_deterministic_debug_mode()
    try:
        torch.set_float32_matmul_precision("highest")
        torch.set_deterministic_debug_mode("warn")  # use_deterministic_algorithms loads a compiler, for a second
        for owner, name, value in settings:
            setattr(owner, name, value)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="(?s).*determinis")  # of what has no such algorithm
            yield
    finally:
        torch.set_deterministic_debug_mode(deterministic)
        torch.set_float32_matmul_precision(precision)
        for (owner, name, _), value in zip(settings, before, strict=True):
            setattr(owner, name, value)


def _settings() -> list[tuple[Any, str, Any]]:  # Any: modules of torch, and what their settings are
    """Owner, name and value. Both ways to say TF32 may not be mixed, and torch has the first from 2.9 on."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    found: list[tuple[Any, str, Any]] = [
        (matmul, "allow_fp16_reduced_precision_reduction", False),
        (matmul, "allow_bf16_reduced_precision_reduction", False),
        (cudnn, "deterministic", True),
        (cudnn, "benchmark", False),
        (torch.utils.deterministic, "fill_uninitialized_memory", False),
    ]
    if hasattr(cudnn, "conv"):
        return [*found, *((owner, "fp32_precision", "ieee") for owner in (matmul, cudnn.conv, cudnn.rnn))]
    return [*found, (cudnn, "allow_tf32", False)]
