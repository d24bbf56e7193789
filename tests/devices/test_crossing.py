"""Rows on their way to a device and back: in one piece, in any tiles, with a double of torch's streams."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from gradcli.autograd import devices
from gradcli.autograd.devices import Stream
from gradcli.engine import crossing
from gradcli.engine.crossing import Block, Crossing
from gradcli.engine.flags import KINK, UNDEFINED
from gradcli.engine.formulas import formulas
from gradcli.engine.tiles import TorchKernel
from gradcli.language.parse import parse
from tests.devices.doubles import ELSEWHERE


class FakeStream:
    """Lists what is asked of it."""

    def __init__(self, device: str) -> None:
        self.heard = [f"made on {device}"]

    def wait_stream(self, other: str) -> None:
        self.heard.append(f"waits for {other}")

    def synchronize(self) -> None:
        self.heard.append("finished")


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    @contextmanager
    def inside(stream: FakeStream) -> Iterator[None]:
        stream.heard.append("in")
        yield
        stream.heard.append("out")

    monkeypatch.setattr(torch.cuda, "Stream", FakeStream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: f"the current one of {device}")
    monkeypatch.setattr(torch.cuda, "stream", inside)
    devices._stream.cache_clear()
    yield
    devices._stream.cache_clear()


@pytest.mark.usefixtures("streams")
def test_a_stream_begins_after_what_was_called_before_and_is_made_once() -> None:
    one = Stream("cuda:1", 1)
    with one:
        pass
    one.finish()
    heard = one._stream.heard
    assert heard == ["made on cuda:1", "waits for the current one of cuda:1", "in", "out", "finished"]
    assert Stream("cuda:1", 1)._stream is one._stream
    assert heard[-1] == "waits for the current one of cuda:1"
    assert Stream("cuda:1", 0)._stream is not one._stream


def test_a_mac_finishes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(torch.mps, "synchronize", lambda: called.append("mps"))
    Stream("cpu").finish()
    assert called == []
    Stream("mps").finish()
    assert called == ["mps"]


@pytest.mark.parametrize("rows", [7, 3, 1, 0])
def test_fields_lie_next_to_each_other_however_many_rows_there_are(rows: int) -> None:
    block = Block([(2,), (), (2, 3)], 7, torch.float64, "cpu")
    fields = block.fields
    block.fit(rows)
    for k, field in enumerate(fields):
        field.fill_(k)
    assert [tuple(field.shape) for field in fields] == [(rows, 2), (rows,), (rows, 2, 3)]
    assert all(field.is_contiguous() for field in fields)
    assert block.used.tolist() == [0.0] * 2 * rows + [1.0] * rows + [2.0] * 6 * rows


def computed(text: str, x: np.ndarray, device: str, tile: int | None = None) -> list[bytes]:  # type: ignore[type-arg]  # floats
    found = formulas(parse(text).tree, "grad", ["x"], ["x"], [])
    outputs = {output.name: np.full(len(x), 7.0) for output in found.outputs}
    flags = np.full(len(x), 255, dtype=np.uint8)
    TorchKernel(found, device=device, tile=tile).run({"x": x}, {}, outputs, flags)
    return [array.tobytes() for array in (*outputs.values(), flags)]


@pytest.mark.parametrize("text", ["log(x)", "abs(x) + relu(x - 1)", "x", "3 + 0*x", "where(x > 0, x, -x)"])
@pytest.mark.parametrize("tile", [1, 5, 64, 100, 1000])
def test_numbers_and_flags_are_those_of_the_processor(text: str, tile: int) -> None:
    x = np.linspace(-2.0, 2.0, 101)
    x[3] = np.nan
    expected = computed(text, x, "cpu")
    assert computed(text, x, ELSEWHERE, tile) == expected
    assert (text not in {"log(x)", "abs(x) + relu(x - 1)"}) or set(expected[-1]) & {UNDEFINED, KINK}


def test_each_tile_is_one_transfer_in_and_one_out_and_two_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    for name in ("send", "fetch"):
        whole = getattr(crossing._Pair, name)
        monkeypatch.setattr(
            crossing._Pair, name, lambda pair, whole=whole, name=name: (events.append(name), whole(pair))[1]
        )
    take = Crossing.take
    monkeypatch.setattr(Crossing, "take", lambda one: (events.append(f"take {one.rows.start}"), take(one))[1])
    computed("sin(x)", np.ones(40), ELSEWHERE, 10)
    sent = ["send", "fetch", "fetch"]  # columns; answers, marks
    assert events == [*sent, *sent, "take 0", *sent, "take 10", *sent, "take 20", "take 30"]


@pytest.mark.parametrize("long", [1, 10**6])
def test_threads_copy_long_columns(long: int, monkeypatch: pytest.MonkeyPatch) -> None:
    names: set[str] = set()
    copy = torch.Tensor.copy_

    def copied(place: torch.Tensor, numbers: torch.Tensor, **how: bool) -> torch.Tensor:
        names.add(threading.current_thread().name.partition("_")[0])
        return copy(place, numbers, **how)

    monkeypatch.setattr(crossing, "LONG", long)
    monkeypatch.setattr(torch.Tensor, "copy_", copied)
    x = np.linspace(0.5, 2.0, 100)
    found = computed("log(x)", x, ELSEWHERE, 30)
    assert ("gradcli-copy" in names) is (long == 1)
    monkeypatch.undo()
    assert found == computed("log(x)", x, "cpu")
