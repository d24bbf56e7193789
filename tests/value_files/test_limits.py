"""Sizes are bounded before a file is read."""

from __future__ import annotations

import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from value_files.contents import load, npy, npz, pt, shaped

from gradcli.base.errors import LimitError
from gradcli.inputs import files


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.npy", npy(np.zeros(11))),
        ("x.npz", npz(x=np.zeros(11))),
        ("packed.npz", npz(True, x=np.zeros(11))),
        ("x.csv", b"1," * 10 + b"1"),
        ("x.txt", b"1\n" * 11),
        ("x.json", b"[" + b"1," * 10 + b"1]"),
        ("x.pt", pt(torch.zeros(1).expand(11))),
        ("noext", b"1 " * 11),
    ],
)
def test_element_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert load(tmp_path / name).size == 11
    monkeypatch.setattr(files, "MAX_ELEMENTS", 10)
    with pytest.raises(LimitError, match=f"{name} has 11 numbers, over the limit of 10"):
        load(tmp_path / name)


def test_file_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("x.csv", "x.npy", "x.npz", "x.pt", "x"):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(files.MAX_FILE_BYTES + 1)  # sparse: takes no room
        with pytest.raises(LimitError, match=f"{name} has 1073741825 bytes, over the limit of 1073741824"):
            load(tmp_path / name)
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 10)
    assert load("-", b"1 2 3 4 5\n").size == 5
    with pytest.raises(LimitError, match="standard input has 11 bytes"):
        load("-", b"1 2 3 4 5 6")


def test_other_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MAX_JSON_LISTS", 3)
    with pytest.raises(LimitError, match="4 lists"):
        load("-", b"[[1],[2],[3]]")
    monkeypatch.setattr(files, "_MAX_JSON_BYTES", 9)
    with pytest.raises(LimitError, match="bytes of JSON"):
        load("-", b"[1,2,3,4,5]")
    monkeypatch.setattr(files, "_MAX_PICKLE_BYTES", 9)
    (tmp_path / "x.pt").write_bytes(pt(torch.ones(1)))
    with pytest.raises(LimitError, match="bytes of description"):
        load(tmp_path / "x.pt")
    (tmp_path / "x.npz").write_bytes(npz(**{f"key{n}": [1.0] for n in range(50)}))
    monkeypatch.setattr(files, "_MAX_DIRECTORY_BYTES", 1000)
    with pytest.raises(LimitError, match="zip directory"):
        load(tmp_path / "x.npz")


def test_zip_bomb_takes_no_memory(tmp_path: Path) -> None:
    count = files.MAX_ELEMENTS + 1
    with (
        zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(shaped(f"({count},)", descr="'|i1'"))
        for _ in range(count // 1_000_000):
            stream.write(bytes(1_000_000))
        stream.write(bytes(count % 1_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="50000001 numbers, over the limit of 50000000"):
            load(tmp_path / "bomb.npz")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_long_line_is_quick(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes(b",".join([b"1.5"] * 2_000_000) + b"\n")
    began = time.process_time()
    values = load(tmp_path / "wide.csv")
    assert time.process_time() - began < 10
    assert values.shape == (2_000_000,)
    assert (values == 1.5).all()


def test_memory_error_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    (tmp_path / "x.csv").write_bytes(b"1")
    monkeypatch.setattr(files, "_take", exhausted)
    with pytest.raises(LimitError, match=r"x\.csv does not fit into memory"):
        load(tmp_path / "x.csv")
