"""The instructions that this machine has: a kernel's last bits may hang on them."""

from __future__ import annotations

import platform
from functools import lru_cache
from pathlib import Path

# Of what a processor says of itself: what fuses multiplications with additions, and how wide the vectors are for which
# compilers and libraries have code of their own.
TOLD = ("fma", "avx", "avx2", "avx512f", "avx512dq", "asimd", "sve", "sve2", "rvv")

_KEYS = (
    "vendor_id",
    "cpu family",
    "model",
    "model name",
    "stepping",
    "flags",
    "features",
    "cpu implementer",
    "cpu part",
)


@lru_cache(maxsize=1)
def machine() -> str:
    """What ``-march=native`` looks at."""
    lines = _lines()
    if lines is None:
        return f"{platform.machine()} {platform.processor()}"
    return "\n".join([platform.machine(), *(line for line in lines if _key(line) in _KEYS)])


@lru_cache(maxsize=1)
def instructions() -> str:
    """The machine, and which of ``TOLD`` it has: ``x86_64 fma avx avx2``."""
    said = {word for line in _lines() or () if _key(line) in ("flags", "features") for word in line.lower().split()}
    return " ".join([platform.machine(), *(word for word in TOLD if word in said)])


def _lines() -> list[str] | None:
    """What Linux says of the first processor."""
    try:
        return Path("/proc/cpuinfo").read_text("utf-8", "replace").split("\n\n")[0].splitlines()
    except OSError:
        return None


def _key(line: str) -> str:
    return line.split(":")[0].strip().lower()
