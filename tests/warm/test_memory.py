"""What the server tries in processes that are thrown away, and the pages that a new child fetches."""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Iterator

import pytest

from gradcli.warm import memory, preload

PAGE = mmap.PAGESIZE


@pytest.fixture
def pages() -> Iterator[tuple[mmap.mmap, int]]:
    """Four pages of this process's own, each written to, and their address."""
    with mmap.mmap(-1, 4 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as made:
        for k in range(4):
            made[k * PAGE] = 1
        yield made, address_of(made)


def address_of(made: mmap.mmap) -> int:
    import ctypes

    return ctypes.addressof(ctypes.c_char.from_buffer(made))


def own_of(work: object, start: int) -> list[int]:
    """Which of the four pages a fork no longer shares after it has done this."""

    def told() -> bytes:
        before = memory.mappings()
        work()  # type: ignore[operator]
        spans = memory.needs(before).written
        return bytes(k for k in range(4) if any(s.start <= start + k * PAGE < s.start + s.size for s in spans))

    if not os.access("/proc/self/pagemap", os.R_OK):
        pytest.skip("this kernel does not tell of pages")
    return list(preload.scratch(told))


def test_what_a_fork_writes_to_is_seen(pages: tuple[mmap.mmap, int]) -> None:
    made, start = pages

    def write() -> None:
        made[2 * PAGE] = 7

    assert own_of(write, start) == [2]
    assert own_of(lambda: made[PAGE], start) == []
    assert made[2 * PAGE] == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_needed_is_fetched_and_stays_as_it_was(
    pages: tuple[mmap.mmap, int], at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on a kernel that takes one span at a time, and where some are no longer mapped."""
    if not memory.can_populate():
        pytest.skip("this kernel copies no pages ahead")
    made, start = pages
    if not at_once:
        monkeypatch.setattr(memory, "_at_once", lambda *_: False)
    needs = memory.Needs.decode(b"[[], [[8192, 4096], [%d, %d], [%d, %d]]]" % (start, PAGE, start + 3 * PAGE, PAGE))

    def fetched() -> None:
        needs.fetch()
        assert [made[k * PAGE] for k in range(4)] == [1, 1, 1, 1]

    assert own_of(fetched, start) == [0, 3]


def test_needs_are_the_same_on_the_other_side() -> None:
    needs = memory.Needs.decode(b"[[[4096, 8192]], [[16384, 4096], [32768, 4096]]]")
    again = memory.Needs.decode(needs.encode())
    assert [(span.start, span.size) for span in again.written] == [(16384, 4096), (32768, 4096)]
    assert [(span.start, span.size) for span in again.read] == [(4096, 8192)]
    with pytest.raises(ValueError, match="Expecting"):
        memory.Needs.decode(b"[[")


def test_stretches() -> None:
    assert memory.stretches([]) == []
    assert memory.stretches([1, 2, 4, 7, 8, 9]) == [(1, 2), (4, 1), (7, 3)]


def test_to_gather_memory_changes_nothing_in_it() -> None:
    made = bytes(range(256)) * 2**15
    memory.gather()
    assert made == bytes(range(256)) * 2**15


def test_a_scratch_process_says_what_it_has_found_or_nothing() -> None:
    def broken() -> bytes:
        raise SystemExit

    assert preload.scratch(lambda: b"found") == b"found"
    assert preload.scratch(lambda: b"x" * 2**20) == b"x" * 2**20
    assert preload.scratch(broken) == b""
    assert preload.scratch(lambda: os.kill(os.getpid(), 9) or b"late") == b""


def test_a_scratch_process_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preload, "SCRATCH_SECONDS", 0.0)
    assert preload.scratch(lambda: bytes(threading.Event().wait(600))) == b""


def test_a_backward_pass_that_starts_threads_or_ends_with_a_fork_is_not_for_the_server() -> None:
    """The first as torch does for accelerators, the second as it then does in a fork of the process."""
    here = os.getpid()
    ran = os.pipe()

    def starts_a_thread(_argv: list[str]) -> int:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        return 0

    def fails_in_the_second_fork(_argv: list[str]) -> int:
        os.write(ran[1], b"x")
        return int(os.getppid() != here)

    assert preload.outlives_a_fork(lambda _argv: 0)
    assert not preload.outlives_a_fork(lambda _argv: 1)
    assert not preload.outlives_a_fork(starts_a_thread)
    assert not preload.outlives_a_fork(fails_in_the_second_fork)
    assert os.read(ran[0], 100) == b"xx"
    for end in ran:
        os.close(end)


def test_hidden_accelerators_are_in_sight_of_the_trial_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert preload.outlives_a_fork(lambda _argv: int("CUDA_VISIBLE_DEVICES" in os.environ))
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""
