"""In the place of GPUs: what torch would say of them, and a device whose memory holds so many rows.

``cpu:0`` is for torch the processor, and for gradcli a device like any other.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from gradcli.autograd import devices
from gradcli.autograd.devices import Memory

ELSEWHERE = "cpu:0"


def with_gpus(monkeypatch: pytest.MonkeyPatch, count: int, *, mps: bool = False) -> list[str]:
    """torch sees so many; the devices that are tried out are listed."""
    tried: list[str] = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr(devices, "_try", tried.append)
    return tried


def failing(error: BaseException) -> Callable[..., None]:
    """A function that raises."""

    def function(*_: object, **__: object) -> None:
        raise error

    return function


def with_memory(monkeypatch: pytest.MonkeyPatch, free: int, total: int = 2**40) -> None:
    """Each device has so many bytes."""
    monkeypatch.setattr(devices, "memory_of", lambda _: Memory(free, total))


def out_of_memory() -> torch.OutOfMemoryError:
    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
