"""What a fork costs, made less: few page table entries to copy, and pages at hand before anybody waits for them.

A child shares the server's pages until it writes to them, and Python writes to all that it looks at: it counts
references. Which pages a command needs is seen once, in a process that is thrown away; a new child asks the kernel for
all of them at once. All of this is advice to the kernel: where it is not taken, nothing but time is lost.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

POPULATE_READ, POPULATE_WRITE, COLLAPSE = 22, 23, 25  # of madvise: Linux 5.14, 6.1
PROCESS_MADVISE = 440  # the system call's number on x86-64 and ARM64; of a process to itself: Linux 6.13
MOST = 1024  # spans that it takes
ENTRY = 8  # bytes of /proc/PID/pagemap for a page
THERE, ALONE = 1 << 63, 1 << 56  # of an entry: the page is in memory; no other process has mapped it
HUGE = 2**21  # bytes of a huge page, on x86-64 and ARM64 alike


class Span(ctypes.Structure):
    """Address and bytes, as the kernel takes them: ``struct iovec``."""

    _fields_ = (("start", ctypes.c_size_t), ("size", ctypes.c_size_t))


@dataclass(frozen=True, slots=True)
class Mapping:
    """A stretch of this process's own memory, by addresses."""

    start: int
    end: int
    writable: bool
    anonymous: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """Pages of files that a command reads, and pages that it writes to."""

    read: ctypes.Array[Span]
    written: ctypes.Array[Span]

    @classmethod
    def decode(cls, said: bytes) -> Needs:
        """Errors: ValueError for what ``encode`` has not written."""
        read, written = json.loads(said)
        return cls(_array(read), _array(written))

    def encode(self) -> bytes:
        """For another fork of the same process, where the addresses are the same."""
        return json.dumps([[(span.start, span.size) for span in spans] for spans in (self.read, self.written)]).encode()

    def fetch(self) -> None:
        """Has the kernel copy what is written and map what is read, in a process that shares them with its parent."""
        _populate(self.written, POPULATE_WRITE)
        _populate(self.read, POPULATE_READ)


def _array(pairs: Sequence[Sequence[int]]) -> ctypes.Array[Span]:
    return (Span * len(pairs))(*[Span(start, size) for start, size in pairs])


def gather() -> None:
    """Moves what is in memory to huge pages: a fork copies one entry for each, and not 512. Errors: OSError."""
    for found in mappings():
        start, end = -(-found.start // HUGE) * HUGE, found.end // HUGE * HUGE
        if found.writable and found.anonymous and start < end:
            _libc.madvise(start, end - start, COLLAPSE)


def can_populate() -> bool:
    """Whether the kernel knows the advice."""
    memory = ctypes.create_string_buffer(2 * mmap.PAGESIZE)
    page = -(-ctypes.addressof(memory) // mmap.PAGESIZE) * mmap.PAGESIZE
    return bool(_libc.madvise(page, mmap.PAGESIZE, POPULATE_WRITE) == 0)


def _populate(spans: ctypes.Array[Span], advice: int) -> None:
    """In few calls where the kernel can, and otherwise in one for each."""
    done = 0
    with suppress(OSError):
        me = os.pidfd_open(os.getpid())
        while done < len(spans) and _at_once(me, spans, done, advice):
            done += MOST
        os.close(me)
    for span in spans[done:]:
        _libc.madvise(span.start, span.size, advice)


def _at_once(me: int, spans: ctypes.Array[Span], first: int, advice: int) -> bool:
    """Whether all of up to MOST spans were taken."""
    some = spans[first : first + MOST]
    start = ctypes.c_void_p(ctypes.addressof(spans) + first * ctypes.sizeof(Span))
    taken = _libc.syscall(PROCESS_MADVISE, me, start, ctypes.c_size_t(len(some)), advice, 0)
    return bool(taken == sum(span.size for span in some))


def needs(before: Sequence[Mapping]) -> Needs:
    """What this process has mapped since it was forked, of the memory that it had then. Errors: OSError."""
    read: list[tuple[int, int]] = []
    written: list[tuple[int, int]] = []
    with open("/proc/self/pagemap", "rb", buffering=0) as file:
        for found in before:
            entries = _entries(file.fileno(), found)
            if found.writable:
                own = [k for k, entry in enumerate(entries) if entry & THERE and entry & ALONE]
                written += _spans(found.start, own)
            elif not found.anonymous:
                read += _spans(found.start, [k for k, entry in enumerate(entries) if entry & THERE])
    return Needs(_array(read), _array(written))


def _entries(pagemap: int, found: Mapping) -> list[int]:
    first, pages = found.start // mmap.PAGESIZE, (found.end - found.start) // mmap.PAGESIZE
    raw = os.pread(pagemap, ENTRY * pages, ENTRY * first)
    return [entry for (entry,) in struct.iter_unpack("=Q", raw)]


def _spans(start: int, pages: list[int]) -> list[tuple[int, int]]:
    return [(start + first * mmap.PAGESIZE, count * mmap.PAGESIZE) for first, count in stretches(pages)]


def stretches(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Increasing numbers, as the first and the count of those that follow one another: 1, 2, 4 is (1, 2), (4, 1)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        first, count = found[-1] if found else (number, 0)
        if number == first + count:
            found[-1:] = [(first, count + 1)]
        else:
            found.append((number, 1))
    return found


def mappings() -> list[Mapping]:
    """The private ones. Errors: OSError."""
    found: list[Mapping] = []
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        for words in map(str.split, file):
            start, _, end = words[0].partition("-")
            if words[1] in {"rw-p", "r--p", "r-xp"}:
                anonymous = words[5:] in ([], ["[heap]"])
                found.append(Mapping(int(start, 16), int(end, 16), words[1] == "rw-p", anonymous))
    return found


_libc = ctypes.CDLL(None)
_libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_libc.syscall.restype = ctypes.c_long
