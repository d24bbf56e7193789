"""Runs by itself, by ``python -I -S bare.py``, and so imports nothing of ours: a command under limits, or the first
call of a new library, which may do whatever it likes to its process.

Also what a compiled kernel is called with: the one place that knows its layout in memory.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

Function = Callable[[Any], None]  # Any: a reference to a Job, for which ctypes has no public type


class Job(ctypes.Structure):
    """The arguments of a kernel, as its C text has them: arrays, how many rows, and the first that no thread has."""

    _fields_ = (
        ("columns", ctypes.POINTER(ctypes.c_void_p)),
        ("fixed", ctypes.POINTER(ctypes.c_double)),
        ("outputs", ctypes.POINTER(ctypes.c_void_p)),
        ("flags", ctypes.c_void_p),
        ("rows", ctypes.c_longlong),
        ("tile", ctypes.c_longlong),
        ("next", ctypes.c_longlong),
    )

    @classmethod
    def at(
        cls, columns: Sequence[int], fixed: Sequence[float], outputs: Sequence[int], flags: int, rows: int, tile: int
    ) -> Job:
        """Of addresses. The arrays that these are of must outlive it."""
        return cls(
            (ctypes.c_void_p * max(len(columns), 1))(*columns),
            (ctypes.c_double * max(len(fixed), 1))(*fixed),
            (ctypes.c_void_p * max(len(outputs), 1))(*outputs),
            flags,
            rows,
            tile,
            0,
        )


def opened(path: str) -> Function:
    """The kernel in a library. Errors: OSError, AttributeError, ValueError where there is none."""
    library = ctypes.CDLL(path)
    size = ctypes.c_ulonglong.in_dll(library, "gradcli_job_size").value
    if size != ctypes.sizeof(Job):
        raise ValueError(f"its jobs have {size} bytes, not {ctypes.sizeof(Job)}")
    function = library.gradcli_rows
    function.argtypes, function.restype = (ctypes.POINTER(Job),), None
    return function


def _limited(seconds: int, memory: int, size: int) -> None:
    """From now on: processor time, bytes of memory, bytes of each file that is written."""
    limits = {"RLIMIT_CPU": seconds, "RLIMIT_AS": memory, "RLIMIT_FSIZE": size, "RLIMIT_CORE": 0}
    for name, wanted in limits.items():
        limit = getattr(resource, name)
        _, hard = resource.getrlimit(limit)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(limit, (most, most))
        except (OSError, ValueError):
            continue  # macOS takes no limit on memory
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and a program inherits that


def _tried(library: str, rows: int, tile: int, places: list[list[int]]) -> None:
    """Calls a library on the bytes of stdin, and writes all of them to stdout as they are afterwards.

    places: where in them the columns, the fixed numbers, the outputs and the flags begin
    """
    memory = bytearray(sys.stdin.buffer.read())
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    columns, fixed, outputs, flags = ([start + place for place in part] for part in places)
    numbers = [ctypes.c_double.from_address(place).value for place in fixed]
    function = opened(library)
    function(ctypes.byref(Job.at(columns, numbers, outputs, flags[0], rows, tile)))
    sys.stdout.buffer.write(memory)


def _main(seconds: str, memory: str, size: str, verb: str, *rest: str) -> None:
    _limited(int(seconds), int(memory), int(size))
    if verb == "run":
        os.execv(rest[0], rest)  # noqa: S606 - the compiler that was found or named
    library, rows, tile, *places = rest
    _tried(library, int(rows), int(tile), [[int(place) for place in part.split(",") if place] for part in places])


if __name__ == "__main__":
    _main(*sys.argv[1:])
