"""NPZ: an array a column, read a part at a time; archives that are broken, and objects that are not read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tables.read import read

from gradcli.base.errors import InputError
from gradcli.tables.reading import open_table


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.npz"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_columns(path: Path, save: Any) -> None:
    x, A = np.arange(10.0), np.arange(40).reshape(10, 2, 2)
    save(path, x=x, A=A, F=np.asfortranarray(A), t=np.array(["a", "b"] * 5), n=np.array(3))
    table = open_table(path)
    assert (table.rows, [column.name for column in table.columns]) == (10, ["x", "A", "F", "t"])
    for size, skip in ((3, 0), (3, 4), (100, 9), (3, 10)):
        found = read(path, "A x F", size=size, skip=skip, keep=["t", "x"])
        assert found.values == {"A": A[skip:].tolist(), "x": x[skip:].tolist(), "F": A[skip:].tolist()}
        assert found.kept == [{"t": "ab"[n % 2], "x": float(n)} for n in range(skip, 10)]


def test_a_part_at_a_time_is_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(path, x=np.zeros(100_000), y=np.zeros(100_000))
    asked = []
    whole = zipfile.ZipExtFile.read
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda self, n=-1: asked.append(n) or whole(self, n))
    assert read(path, "x y", size=1000).sizes == [1000] * 100
    assert max(asked) <= 8000
    assert min(asked) >= 0


def test_columns_of_another_kind_are_an_error_when_they_are_used(path: Path) -> None:
    np.savez(path, x=[1.0], t=np.array(["2024-01-01"], "M8[D]"))
    assert read(path, "x", keep=["t"]).values == {"x": [1.0]}
    with pytest.raises(InputError, match="column t holds datetime64, no numbers"):
        read(path, "t")


def test_arrays_of_other_lengths_are_an_error(path: Path) -> None:
    np.savez(path, x=[1.0], y=[1.0, 2.0])
    with pytest.raises(InputError, match=r"column x of .*a\.npz has 1 rows, y has 2"):
        open_table(path)


def member(header: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        head = header.encode().ljust(117) + b"\n"
        archive.writestr("x.npy", b"\x93NUMPY\x01\0" + len(head).to_bytes(2, "little") + head + data)
    return out.getvalue()


@pytest.mark.parametrize("data", [
    b"", b"PK\x03\x04", b"x,y\n1,2\n", member("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", b"\0" * 8), member("nonsense", b""),
    member("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,), }", b"\0" * 8), member("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", b""),
])  # fmt: skip
def test_a_broken_archive_is_an_error(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.npz"):
        read(path, "x")


def test_a_cut_or_changed_archive_is_an_error(path: Path) -> None:
    np.savez_compressed(path, x=np.random.default_rng(1).random(1000))
    data = path.read_bytes()
    for broken in (data[:-30], data[:200] + b"\xff" * 50 + data[250:]):
        path.write_bytes(broken)
        with pytest.raises(InputError, match=r"a\.npz"):
            read(path, "x")


class Acts:
    def __reduce__(self) -> Any:
        return print, ("executed",)


def test_objects_are_not_read(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(path, x=[1.0], o=np.array([Acts()], object))
    assert read(path, "x").values == {"x": [1.0]}
    for keep in (True, ["o"]):
        with pytest.raises(InputError, match=r"array o of .* holds objects"):
            read(path, "x", keep=keep)
    with pytest.raises(InputError, match="column o holds object, no numbers"):
        read(path, "o")
    assert "executed" not in capsys.readouterr().out
