"""Whose code a frame runs: the user's, or a library's."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from enum import Enum
from functools import cache
from pathlib import Path
from types import FrameType


class Whose(Enum):
    """Whose a file is.

    OPTIMIZER: torch's optimizers, whose writes to parameters count as one step
    """

    USER = "user"
    LIBRARY = "library"
    OPTIMIZER = "optimizer"


_HERE = Path(__file__).resolve().parents[2]
_OPTIMIZERS = f"{os.sep}torch{os.sep}optim{os.sep}"


@cache
def _libraries() -> tuple[str, ...]:
    """The folders of installed packages, of Python and of gradcli, each with its separator at the end."""
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {site.getusersitepackages(), str(Path(os.__file__).parent), str(_HERE), *site.getsitepackages()}
    return tuple({f"{form}{os.sep}" for path in found for form in (path, str(Path(path).resolve()))})


@cache
def whose(file: str) -> Whose:
    """Whose a file is, by the name that a code object gives it."""
    if file.startswith("<"):
        return Whose.USER if file == "<stdin>" else Whose.LIBRARY
    path = str(Path(file).absolute())
    if "site-packages" in path or "dist-packages" in path or path.startswith(_libraries()):
        averaging = path.endswith("swa_utils.py")
        return Whose.OPTIMIZER if _OPTIMIZERS in path and not averaging else Whose.LIBRARY
    return Whose.USER


def users_frame(frame: FrameType | None) -> FrameType | None:
    """The nearest frame of the user's own, this one or further out; None below an optimizer's own work."""
    while frame is not None:
        code = frame.f_code
        owner = whose(code.co_filename)
        if owner is Whose.USER and code.co_name != "__torch_function__":
            return frame
        if owner is Whose.OPTIMIZER:
            return None
        frame = frame.f_back
    return None


def torch_is_loaded() -> bool:
    """Whether the script has imported torch wholly."""
    return hasattr(sys.modules.get("torch"), "Tensor")
