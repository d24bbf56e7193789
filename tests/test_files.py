"""Files are read or refused; nothing in them runs, and no message repeats what they hold."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import pickle
import random
import re
import socket
import struct
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from gradcli.base.errors import InputError, LimitError, MissingError
from gradcli.inputs import files
from gradcli.inputs.files import load_array

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
SECRET = "hunter2"  # noqa: S105  # a word that no message may repeat


def load(reference: object, stdin: bytes = b"") -> np.ndarray:
    return load_array(str(reference), io.BytesIO(stdin))


def npy(values: object, dtype: str | None = None) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(values, dtype))
    return stream.getvalue()


def npy_header(header: str, payload: bytes = b"", version: int = 1) -> bytes:
    text = header.encode("latin1") + b"\n"
    size = struct.pack("<H", len(text)) if version == 1 else struct.pack("<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + payload


def shaped(shape: str, payload: bytes = b"", descr: str = "'<f8'") -> bytes:
    return npy_header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}", payload)


def npz(compressed: bool = False, **arrays: object) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


def zipped(method: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def bad_directory() -> bytes:
    """A compressed member whose checksum in the directory is wrong."""
    data = bytearray(npz(True, x=np.arange(3.0)))
    data[data.find(b"PK\x01\x02") + 16] ^= 0xFF
    return bytes(data)


def bad_checksum() -> bytes:
    data = bytearray(npz(x=[1.0, 2.0, 3.0]))
    data[data.find(struct.pack("<d", 2.0))] ^= 0xFF
    return bytes(data)


def pt(value: object) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def repacked(data: bytes) -> bytes:
    """The same .pt, compressed: what a zip bomb among them must be."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped(zipfile.ZIP_DEFLATED, **{name: archive.read(name) for name in archive.namelist()})


def safetensors(header: object, payload: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + payload


def id_of(value: object) -> str:
    return value if isinstance(value, str) else ""


MATRIX = [[1.0, 2.0], [3.0, 4.0]]
TWO = {"a": [1.0], "b": [2.0]}

ACCEPTED: list[tuple[str, bytes, str, object, str]] = [
    # file, bytes, key, expected, dtype
    ("v.npy", npy([1.0, 2.0]), "", [1.0, 2.0], "float64"),
    ("V.NPY", npy([1.0, 2.0]), "", [1.0, 2.0], "float64"),
    ("zero_d.npy", npy(3.0), "", 3.0, "float64"),
    ("fortran.npy", npy(np.asfortranarray(MATRIX)), "", MATRIX, "float64"),
    ("big.npy", npy([1.0, 2.0], ">f8"), "", [1.0, 2.0], "float64"),
    ("big32.npy", npy([1.0, 2.0], ">f4"), "", [1.0, 2.0], "float32"),
    ("half.npy", npy([1.0, 2.0], "f2"), "", [1.0, 2.0], "float16"),
    ("int.npy", npy([1, -2], ">i2"), "", [1.0, -2.0], "float64"),
    ("uint.npy", npy([255], "u1"), "", [255.0], "float64"),
    ("bool.npy", npy([True, False]), "", [1.0, 0.0], "float64"),
    (
        "v2.npy",
        npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", bytes(8), 2),
        "",
        [0.0],
        "float64",
    ),
    ("python2.npy", shaped("(2L,)", bytes(16)), "", [0.0, 0.0], "float64"),
    ("one.npz", npz(x=MATRIX), "", MATRIX, "float64"),
    ("one.npz", npz(x=MATRIX), "#x", MATRIX, "float64"),
    ("two.npz", npz(**TWO), "#b", [2.0], "float64"),
    ("packed.npz", npz(True, **TWO), "#a", [1.0], "float64"),
    ("hash.npz", npz(**{"k#1": [5.0]}), "#k#1", [5.0], "float64"),
    ("slip.npz", zipped(**{"../x.npy": npy([1.0])}), "#../x", [1.0], "float64"),
    ("column.csv", b"1\n2\n3\n", "", [1.0, 2.0, 3.0], "float64"),
    ("row.csv", b"1,2,3", "", [1.0, 2.0, 3.0], "float64"),
    ("matrix.csv", b"1,2\n3,4\n\n", "", MATRIX, "float64"),
    ("alone.csv", b"3\n", "", 3.0, "float64"),
    ("windows.csv", b"\xef\xbb\xbf1, 2\r\n3 ,4\r\n", "", MATRIX, "float64"),
    ("mac.txt", b"1 2\r3 4\r", "", MATRIX, "float64"),
    ("blanks.txt", b"  1 \t 2 \n\t3   4  ", "", MATRIX, "float64"),
    ("spelling.csv", b"+1,-.5,5.,1e-3,1E+3", "", [1.0, -0.5, 5.0, 1e-3, 1e3], "float64"),
    ("special.csv", b"nan,inf,-Infinity,NaN", "", [np.nan, np.inf, -np.inf, np.nan], "float64"),
    ("noext", b"1 2 3\n", "", [1.0, 2.0, 3.0], "float64"),
    ("noext", b" [[1, 2],\n [3, 4]]", "", MATRIX, "float64"),
    ("noext", npy([1.0]), "", [1.0], "float64"),
    ("v.json", b"[1, 2.5, -3e2]", "", [1.0, 2.5, -300.0], "float64"),
    ("m.json", b"\xef\xbb\xbf[[1, 2], [3, 4]]\n", "", MATRIX, "float64"),
    ("alone.json", b"3", "", 3.0, "float64"),
    (
        "nan.json",
        b'[NaN, Infinity, -Infinity, "NaN", "-Infinity", 1]',
        "",
        [np.nan, np.inf, -np.inf, np.nan, -np.inf, 1.0],
        "float64",
    ),
    ("deep.json", b"[" * 32 + b"7" + b"]" * 32, "", np.full((1,) * 32, 7.0), "float64"),
    ("t.pt", pt(torch.tensor(MATRIX)), "", MATRIX, "float32"),
    ("t.pth", pt(torch.tensor(MATRIX).double().T), "", [[1.0, 3.0], [2.0, 4.0]], "float64"),
    ("bf.pt", pt(torch.tensor([1.5]).bfloat16()), "", [1.5], "float32"),
    ("half.pt", pt(torch.tensor([1.5]).half()), "", [1.5], "float16"),
    ("int.pt", pt(torch.tensor([1, 2])), "", [1.0, 2.0], "float64"),
    ("negated.pt", pt(torch._neg_view(torch.ones(2))), "", [-1.0, -1.0], "float32"),
    ("grad.pt", pt(torch.nn.Parameter(torch.ones(2))), "", [1.0, 1.0], "float32"),
    ("expanded.pt", pt(torch.ones(1).expand(3)), "", [1.0, 1.0, 1.0], "float32"),
    ("dict.pt", pt({"w": torch.ones(2), "b": torch.zeros(1)}), "#b", [0.0], "float32"),
    ("dict.pt", pt({"w": torch.ones(2), "epoch": 3}), "", [1.0, 1.0], "float32"),
    ("name with spaces.npy", npy([1.0]), "", [1.0], "float64"),
    ("-dash.npy", npy([1.0]), "", [1.0], "float64"),
    ("eq=sign.npy", npy([1.0]), "", [1.0], "float64"),
    ("a#b.npy", npy([1.0]), "", [1.0], "float64"),
    ("x.npz#y.csv", b"1,2", "", [1.0, 2.0], "float64"),
    ("a.npz#b.npz", npz(**TWO), "#a", [1.0], "float64"),
    ("naïve.csv", b"1,2", "", [1.0, 2.0], "float64"),
]

REFUSED: list[tuple[str, bytes, str, str]] = [
    # file, bytes, key, pattern of message and hint
    ("empty.npy", b"", "", "holds no numbers"),
    ("empty.csv", b"", "", "holds no numbers"),
    ("blank.csv", b" \n\n", "", "holds no numbers"),
    ("none.npy", npy(np.zeros((0, 3))), "", "holds no numbers"),
    ("none.json", b"[]", "", "holds no numbers"),
    ("nones.json", b"[[], []]", "", "holds no numbers"),
    ("none.pt", pt(torch.zeros(0)), "", "holds no numbers"),
    # NPY headers
    ("magic.npy", b"\x93NUMPY", "", "header that is damaged"),
    ("lying.npy", shaped("(1000000000000,)", bytes(64)), "", "shape that its .* bytes cannot hold"),
    ("lying2.npy", shaped("(1000000,)", bytes(64)), "", "promises 8000000 bytes of numbers, 64 follow"),
    ("cut.npy", npy(np.arange(100.0))[:300], "", "promises 800 bytes of numbers, 172 follow"),
    ("twice.npy", npy([1.0]) + npy([2.0]), "", "more than one array"),
    ("negative.npy", shaped("(-3,)", bytes(24)), "", "shape"),
    ("many.npy", shaped("(" + "1," * 65 + ")", bytes(8)), "", "shape"),
    ("long.npy", npy_header("{}" + " " * 60000), "", "over 10000 bytes"),
    ("longer.npy", npy_header("{}" + " " * 200000, b"", 2), "", "over 10000 bytes"),
    ("code.npy", shaped("(__import__('os').getpid(),)", bytes(8)), "", "header that is damaged"),
    ("tokens.npy", npy_header("{'descr': ((((", bytes(8)), "", "header that is damaged"),
    ("v9.npy", b"\x93NUMPY\x09\x00" + bytes(200), "", "header that is damaged"),
    # dtypes
    ("complex.npy", npy([1j]), "", "complex128.*real"),
    ("string.npy", npy(["1"]), "", "dtype str"),
    ("bytes.npy", npy([b"1"]), "", "dtype bytes"),
    ("date.npy", npy(["2020-01-01"], "M8[D]"), "", r"datetime64\[D\]"),
    ("struct.npy", npy(np.zeros(2, [("a", "f8"), ("b", "i4")])), "", "dtype void"),
    ("sub.npy", shaped("(1,)", bytes(16), "('<f8', (2,))"), "", "dtype void"),
    ("complex.pt", pt(torch.ones(2) * 1j), "", "complex64"),
    ("float8.pt", pt(torch.ones(2).to(torch.float8_e4m3fn)), "", "float8.*double"),
    # extensions that lie
    ("npy.csv", npy([1.0]), "", r"named \.csv but holds NPY data"),
    ("npz.npy", npz(x=[1.0]), "", r"named \.npy but holds a zip archive"),
    ("csv.npy", b"1,2,3\n", "", r"named \.npy but holds text"),
    ("json.csv", b"[1,2]", "", r"named \.csv but holds JSON"),
    ("npy.npz", npy([1.0]), "", r"named \.npz but holds NPY"),
    ("npy.pt", npy([1.0]), "", r"named \.pt but holds NPY"),
    ("utf16.json", "[1, 2]".encode("utf-16"), "", r"named \.json but holds binary"),
    ("zip", npz(x=[1.0]), "", r"holds a zip archive.*extension.*\.npz"),
    ("binary.bin", bytes(range(256)) * 4, "", r"holds binary data.*gradcli reads \.npy.*\.safetensors"),
    ("words.md", b"# Title\n", "", r"line 1, column 1.*gradcli reads \.npy"),
    # archives
    ("two.npz", npz(**TWO), "", r"holds 2 arrays; say which.*two\.npz#a, @.*two\.npz#b"),
    ("two.npz", npz(**TWO), "#c", r"none is called c.*two\.npz#a"),
    ("two.npz", npz(**TWO), "#", r"none is called ''.*two\.npz#a"),
    ("many.npz", npz(**{f"k{n}": [1.0] for n in range(15)}), "", r"15 arrays.*#k9 \(and 5 more\)$"),
    ("escape.npz", npz(**{"a\x1b[2J": [1.0], "b": [1.0]}), "", r"#a\\x1b\[2J"),
    ("none.npz", zipped(readme=b"1"), "", "holds no arrays"),
    ("crc.npz", bad_checksum(), "", "damaged"),
    ("crc2.npz", bad_directory(), "", "damaged"),
    ("cut.npz", npz(x=np.arange(100.0))[:-30], "", "damaged"),
    ("lzma.npz", zipped(zipfile.ZIP_LZMA, **{"x.npy": npy([1.0])}), "", "compressed"),
    ("text.npz", zipped(**{"x.npy": b"1,2,3"}), "", "header that is damaged"),
    ("one.npy", npy([1.0]), "#x", r"no such file.*#key after \.npz"),
    # text
    ("ragged.csv", b"1,2\n3\n", "", "line 2 has 1 columns, line 1 has 2"),
    ("ragged.txt", b"1\n" * 9 + b"1 2\n", "", "line 10 has 2 columns, line 1 has 1"),
    ("header.csv", b"name,value\n1,2\n", "", "line 1, column 1"),
    ("word.csv", b"1,2\n3,foo\n", "", "line 2, column 2"),
    ("cell.csv", b"1,,2\n", "", "line 1, column 2 is blank"),
    ("trailing.csv", b"1,2,\n3,4,\n", "", "line 1, column 3"),
    ("gap.csv", b"1\n\n2\n", "", "line 2, column 1"),
    ("formula.csv", b"=cmd|'/c calc'!A0\n1\n", "", "line 1, column 1"),
    ("semicolon.csv", b"1,5;2,5\n3,5;4,5\n", "", "line 1, column 2"),
    ("mixed.csv", b"1,2\n3 4\n", "", "line 2, column 1"),
    ("underscore.csv", b"1_000\n", "", "line 1, column 1"),
    ("hex.csv", b"0x10\n", "", "line 1, column 1"),
    ("latin1.csv", b"1\n\xe9\n", "", "line 2, column 1"),
    ("nbsp.csv", b"1\xc2\xa02\n", "", "line 1, column 1"),
    ("huge.csv", b"1,1e999\n", "", "too large for float64"),
    ("digits.csv", b"1" * 5000, "", "line 1, column 1"),
    # JSON
    ("text.json", b'["abc"]', "", "holds text"),
    ("number.json", b'["1.5"]', "", "holds text"),
    ("null.json", b"[null, 1]", "", "holds null"),
    ("bool.json", b"[true]", "", "holds true or false"),
    ("object.json", b'{"x": [1]}', "", "holds a JSON object.*jq"),
    ("ragged.json", b"[[1,2],[3]]", "", "ragged: lists of 1 to 2"),
    ("beside.json", b"[1, [2]]", "", "holds a list"),
    ("deep.json", b"[" * 100000 + b"]" * 100000, "", "nested deeper than 32"),
    ("deep33.json", b"[" * 33 + b"1" + b"]" * 33, "", "nested deeper than 32"),
    ("bigint.json", b"[" + b"9" * 400 + b"]", "", "too large for float64"),
    ("bigger.json", b"[" + b"9" * 5000 + b"]", "", "too large for float64"),
    ("huge.json", b"[1e999, Infinity]", "", "too large for float64"),
    ("cut.json", b"[1, 2", "", "not JSON.*line 1 column 6"),
    ("csv.json", b"1,2", "", "not JSON"),
    ("latin1.json", b'["\xe9"]', "", "not UTF-8"),
    # tensors
    ("list.pt", pt([1, 2]), "", "holds a list, expected a tensor"),
    ("state.pt", pt({"epoch": 3}), "", "holds no arrays"),
    ("state.pt", pt({"w": torch.ones(1), "epoch": 3}), "#epoch", "none is called epoch"),
    ("two.pt", pt({"w": torch.ones(1), "b": torch.ones(1)}), "", r"two\.pt#w, @.*two\.pt#b"),
    ("bare.pt", pt(torch.ones(1)), "#w", "not a dict of tensors.*leave out #key"),
    ("sparse.pt", pt(torch.eye(2).to_sparse()), "", "sparse"),
    ("meta.pt", pt(torch.ones(2, device="meta")), "", "without data"),
    ("packed.pt", repacked(pt(torch.zeros(1000))), "", "compressed"),
    ("none.pt", zipped(readme=b"1"), "", "damaged"),
    ("text.safetensors", b"hello world", "", "no safetensors header"),
    ("short.safetensors", b"ab", "", "no safetensors header"),
]


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


# ---- nothing runs


class Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def object_array(canary: Canary) -> bytes:
    values = np.empty(1, dtype=object)
    values[0] = canary
    stream = io.BytesIO()
    np.save(stream, values, allow_pickle=True)
    return stream.getvalue()


CARRIERS: dict[str, Callable[[Canary], bytes]] = {
    "object.npy": object_array,
    "raw.npy": pickle.dumps,
    "object.npz": lambda canary: zipped(**{"x.npy": object_array(canary)}),
    "raw.npz": lambda canary: zipped(**{"x.npy": pickle.dumps(canary)}),
    "zip.pt": lambda canary: zipped(
        **{"a/data.pkl": pickle.dumps(canary, 2), "a/version": b"3\n", "a/byteorder": b"little"}
    ),
    "legacy.pt": lambda canary: pickle.dumps(canary, 2),
    "saved.pt": pt,
    "evil.pkl": pickle.dumps,
    "protocol0.pkl": lambda canary: pickle.dumps(canary, 0),
    "evil.safetensors": pickle.dumps,
    "evil.json": lambda canary: json.dumps(f"__import__('os').mkdir({str(canary.path)!r})").encode(),
    "header.npy": lambda canary: shaped(f"(__import__('os').mkdir({str(canary.path)!r}),)", bytes(8)),
}


@pytest.mark.parametrize("name", CARRIERS)
def test_no_payload_runs(tmp_path: Path, name: str) -> None:
    canary = Canary(tmp_path / "canary")
    data = CARRIERS[name](canary)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError):
        load(tmp_path / name)
    with pytest.raises(InputError):
        load("-", data)
    assert not canary.path.exists()


def test_the_payload_is_live(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))  # noqa: S301  # the oracle of the test above can fail
    assert (tmp_path / "canary").exists()


def test_legacy_pickles_are_refused_with_the_way_out(tmp_path: Path) -> None:
    torch.save(torch.ones(2), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(InputError, match="holds a pickle") as caught:
        load(tmp_path / "old.pt")
    assert "torch.save(" in str(caught.value.hint)


# ---- names and special files


def test_special_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # socket addresses are short
    os.mkfifo("fifo.npy")
    Path("loop.npy").symlink_to("loop.npy")
    Path("dangling.npy").symlink_to("nowhere.npy")
    Path("folder.npy").mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind("socket.npy")
    server.close()
    expected = {
        "fifo.npy": "a named pipe",
        "loop.npy": "symbolic links",
        "dangling.npy": "no such file",
        "folder.npy": "a directory",
        "socket.npy": "a socket",
        "/dev/zero": "a character device",
        "/dev/null": "a character device",
        ".": "a directory",
        "x.npy/y": "no such file",
    }
    for name, pattern in expected.items():
        with pytest.raises(InputError, match=pattern) as caught:
            load(name)
        assert name in caught.value.message


def test_pipe_swapped_in_after_the_check_does_not_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    regular = tmp_path / "v.npy"
    regular.write_bytes(npy([1.0]))
    status = regular.stat()
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setattr(Path, "stat", lambda self: status)
    with pytest.raises(InputError, match="a named pipe"):
        load(tmp_path / "fifo")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission(tmp_path: Path) -> None:
    (tmp_path / "v.npy").write_bytes(npy([1.0]))
    (tmp_path / "v.npy").chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        load(tmp_path / "v.npy")


@pytest.mark.parametrize(
    ("reference", "pattern"),
    [
        ("", "behind @ is missing"),
        ("@", "cannot read @: no such file"),
        ("/nonexistent/file.npy", "no such file"),
        ("a" * 5000, "too long"),
        ("#" * 100_000, "too long"),
        (".npz#" * 1000, "no such file"),
        ("a\0b.npy", r"a\\x00b.npy contains a NUL"),
        ("\udcff\udcfe.npy", r"\\udcff\\udcfe.npy is not UTF-8"),
        ("\ud800.npy", r"\\ud800.npy is not UTF-8"),
        ("\x1b[2Jx.npy", r"\\x1b\[2Jx.npy"),
        ("a\nb.npy", r"a\\nb.npy"),
        ("$HOME/x.npy", r"\$HOME/x.npy: no such file"),
        ("~/x.npy", "~/x.npy: no such file"),
        ("*.npy", r"\*.npy: no such file"),
        ("|touch CANARY", r"\|touch CANARY: no such file"),
    ],
)
def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, pattern: str) -> None:
    (tmp_path / "x.npy").write_bytes(npy([1.0]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match=pattern) as caught:
        load(reference)
    assert len(caught.value.message) < 400
    assert caught.value.message.isprintable()
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_files_of_proc_stay_unread() -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc")
    for name in ("/proc/self/environ", "/proc/self/cmdline", "/proc/self/mem"):
        with pytest.raises(InputError, match=f"{name} holds no numbers: it is empty"):
            load(name)


@pytest.mark.parametrize("suffix", ["", ".csv", ".json", ".npy", ".npz", ".pt", ".safetensors", ".txt"])
@pytest.mark.parametrize(
    "data",
    [
        f"{SECRET}:x:0:0:root\n".encode(),
        f"1,2\n3,{SECRET}\n".encode(),
        f'["{SECRET}"]'.encode(),
        f"[1, {SECRET}]".encode(),
        npy([SECRET]),
        npy(np.zeros(1, [(SECRET, "f8")])),
        shaped(f"({SECRET},)", bytes(8)),
        zipped(**{"x.npy": SECRET.encode()}),
        zipped(**{"a/data.pkl": f"c{SECRET}\nsystem\n.".encode(), "a/version": b"3\n"}),
        safetensors({"x": {SECRET: SECRET}}),
    ],
)
def test_contents_stay_out_of_messages(tmp_path: Path, data: bytes, suffix: str) -> None:
    (tmp_path / f"x{suffix}").write_bytes(data)
    with pytest.raises((InputError, MissingError)) as caught:
        load(tmp_path / f"x{suffix}")
    assert SECRET not in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


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


# ---- limits


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
    start = time.perf_counter()
    values = load(tmp_path / "wide.csv")
    assert time.perf_counter() - start < 10
    assert values.shape == (2_000_000,)
    assert (values == 1.5).all()


def test_memory_error_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    (tmp_path / "x.csv").write_bytes(b"1")
    monkeypatch.setattr(files, "_take", exhausted)
    with pytest.raises(LimitError, match=r"x\.csv does not fit into memory"):
        load(tmp_path / "x.csv")


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


# ---- damage of every kind


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "packed.npz", "x.pt", "x.csv", "x.json"])
def test_damage_ends_in_an_error_of_ours(tmp_path: Path, name: str) -> None:
    values = np.arange(6.0).reshape(2, 3)
    sound = {
        "x.npy": npy(values),
        "x.npz": npz(x=values),
        "packed.npz": npz(True, x=values),
        "x.pt": pt(torch.from_numpy(values)),
        "x.csv": b"0,1,2\n3,4,5\n",
        "x.json": b"[[0,1,2],[3,4,5]]",
    }[name]
    seed = 20240607
    rng = random.Random(seed)  # noqa: S311  # no secret hangs on it
    for trial in range(300):
        data = bytearray(sound)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice([0, 1, 5])] = rng.choice(
                [b"", b"\0", b"\xff", b"9", b"(", b"-", b"[", b"\xff" * 4]
            )
        (tmp_path / name).write_bytes(data)
        try:
            assert load(tmp_path / name).size
        except (InputError, LimitError):
            pass
        except Exception as error:  # noqa: BLE001  # reported with what replays it
            pytest.fail(f"seed {seed}, trial {trial}: {error!r}")


# ---- the shared corpus


def corpus_module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, CORPUS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcome(reference: str, stdin: bytes) -> np.ndarray | str:
    try:
        return load(reference, stdin)
    except (InputError, LimitError) as error:
        return f"{error.message} {error.hint}"


@pytest.mark.skipif(not (CORPUS / "make_fixtures.py").exists(), reason=f"no corpus at {CORPUS}")
def test_corpus(tmp_path: Path) -> None:
    folder = str(tmp_path)
    corpus_module("make_fixtures").main(folder)
    entries = list(corpus_module("attacks_lib").load(CORPUS / "attacks.jsonl", folder))
    checked = 0
    for entry, argv, stdin in entries:
        if not entry["id"].startswith("fil-"):
            continue
        checked += 1
        (reference,) = (word.removeprefix(b"x=@") for word in argv if word.startswith(b"x=@"))
        found = outcome(os.fsdecode(reference), stdin or b"")
        if isinstance(found, str):
            assert entry["expect"] in {"error", "bounded"}, (entry, found)
            assert found.isprintable(), entry
            assert entry.get("leak_marker", SECRET) not in found, entry
        else:
            assert entry["expect"] in {"ok", "bounded"}, (entry, found)
        if "expect_grad" in entry:
            np.testing.assert_array_equal(2 * found, entry["expect_grad"]["x"])
    assert checked > 40
    assert not list(tmp_path.glob("CANARY*"))
