"""Files and standard input are read or refused, in every format."""

from __future__ import annotations

import os
import re
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from value_files.cases import ACCEPTED, REFUSED
from value_files.contents import MATRIX, id_of, load, npy, npz, safetensors

from gradcli.base.errors import InputError, MissingError
from gradcli.inputs.files import load_array


@pytest.mark.parametrize(("name", "data", "key", "expected", "dtype"), ACCEPTED, ids=id_of)
def test_accepted(tmp_path: Path, name: str, data: bytes, key: str, expected: object, dtype: str) -> None:
    (tmp_path / name).write_bytes(data)
    values = load(f"{tmp_path / name}{key}")
    np.testing.assert_array_equal(values, np.asarray(expected, dtype))
    assert values.shape == np.shape(expected)
    assert values.dtype == np.dtype(dtype)  # native byte order
    assert values.flags.c_contiguous
    torch.from_numpy(values)[...] = 0  # writable, else torch warns about undefined behaviour


@pytest.mark.parametrize(("name", "data", "key", "pattern"), REFUSED, ids=id_of)
def test_refused(tmp_path: Path, name: str, data: bytes, key: str, pattern: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as caught:
        load(f"{tmp_path / name}{key}")
    assert name in caught.value.message
    assert caught.value.hint
    said = f"{caught.value.message} :: {caught.value.hint}"
    assert re.search(pattern, said), said


@pytest.mark.skipif(np.dtype("g").itemsize == 8, reason="long double is double here")
def test_long_double_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long.npy").write_bytes(npy([1.0], "g"))
    with pytest.raises(InputError, match=r"long\.npy has dtype (float|longdouble).*up to 64 bits"):
        load(tmp_path / "long.npy")


# ---- stdin


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"3\n", 3.0),
        (b"1 2 3", [1.0, 2.0, 3.0]),
        (b"1,2\n3,4", MATRIX),
        (b" \n[[1,2],[3,4]]", MATRIX),
        (b"\xef\xbb\xbf[[1,2],[3,4]]", MATRIX),
        (npy(MATRIX), MATRIX),
    ],
)
def test_stdin(data: bytes, expected: object) -> None:
    values = load("-", data)
    np.testing.assert_array_equal(values, expected)
    assert values.shape == np.shape(expected)


def test_stdin_refused() -> None:
    for data, pattern in [(b"", "no numbers"), (npz(x=[1.0]), "a zip archive"), (b"a b", "line 1, column 1")]:
        with pytest.raises(InputError, match=f"standard input .*{pattern}"):
            load("-", data)


def test_stdin_that_has_no_data_yet_is_not_taken_for_its_end() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.write(writer, b"1,2,3")
    with open(reader, "rb") as stream, pytest.raises(InputError, match="no data yet"):  # noqa: PTH123
        load_array("-", stream)
    os.close(writer)


def test_negative_zero_keeps_its_sign() -> None:
    for data in (b"-0", b"[-0]", b"[-0.0]"):
        assert np.signbit(load("-", data)).all()


# ---- safetensors


def test_safetensors_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    entry = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}
    (tmp_path / "x.safetensors").write_bytes(safetensors({"x": entry}, bytes(8)))
    with pytest.raises(MissingError, match=r"x\.safetensors needs the package safetensors") as caught:
        load(tmp_path / "x.safetensors")
    assert caught.value.hint == "pip install gradcli[safetensors]"


def test_safetensors(tmp_path: Path) -> None:
    pytest.importorskip("safetensors", reason="the optional package safetensors is not installed")
    path = tmp_path / "x.safetensors"
    header: dict[str, dict[str, object]] = {
        "a": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]},
        "b": {"dtype": "BF16", "shape": [1, 1], "data_offsets": [16, 18]},
    }
    path.write_bytes(safetensors(header, struct.pack("<2d", 1.0, 2.0) + b"\xc0\x3f"))
    np.testing.assert_array_equal(load(f"{path}#a"), [1.0, 2.0])
    assert load(f"{path}#b").dtype == np.float32
    np.testing.assert_array_equal(load(f"{path}#b"), [[1.5]])
    for key, pattern in (("", "holds 2 arrays; say which"), ("#c", "none is called c")):
        with pytest.raises(InputError, match=pattern):
            load(f"{path}{key}")
    header["a"]["shape"] = [10**12]
    path.write_bytes(safetensors(header, bytes(18)))
    with pytest.raises(InputError, match="damaged"):
        load(f"{path}#a")
