"""``--nan``: torch's anomaly mode from the script's import of torch on: the first nan of a backward pass raises."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType

from gradcli.foreign.script.watching import OnImport


@contextlib.contextmanager
def anomaly() -> Iterator[None]:
    """Inside, a gradient that is nan raises where it first appears; imports no torch of its own."""
    waiting = OnImport({"torch": _detect})
    sys.meta_path.insert(0, waiting)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(waiting)


def _detect(torch: ModuleType) -> None:
    torch.autograd.set_detect_anomaly(True)
