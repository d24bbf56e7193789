"""Nothing in a file runs, no message repeats what it holds, and special files are left alone."""

from __future__ import annotations

import io
import json
import os
import pickle
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from value_files.contents import SECRET, load, npy, pt, safetensors, shaped, zipped

from gradcli.base.errors import InputError, MissingError

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
