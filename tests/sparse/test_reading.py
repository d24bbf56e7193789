"""``A=@H.npz`` and ``A=@H.mtx``: sparse matrices in files as dense values, and what is damaged is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from runner import run

from gradcli.base.errors import GradcliError
from gradcli.inputs.files import MAX_ELEMENTS, load_array

DENSE = [[0.0, 1.5, 0.0], [2.0, 0.0, -3e-300]]
CSR = {"format": b"csr", "shape": [2, 3], "indptr": [0, 1, 3], "indices": [1, 0, 2], "data": [1.5, 2.0, -3e-300]}
CSC = {"format": b"csc", "shape": [2, 3], "indptr": [0, 1, 2, 3], "indices": [1, 0, 1], "data": [2.0, 1.5, -3e-300]}
COO = {"format": b"coo", "shape": [2, 3], "row": [0, 1, 1], "col": [1, 0, 2], "data": [1.5, 2.0, -3e-300]}
EMPTY = {"format": b"csr", "shape": [1, 2], "indptr": [0, 0], "indices": np.zeros(0, np.int32), "data": np.zeros(0)}


def loaded(path: Path) -> Any:  # Any: nested lists
    return load_array(str(path), io.BytesIO()).tolist()


@pytest.mark.parametrize(("arrays", "dense"), [(CSR, DENSE), (CSC, DENSE), (COO, DENSE), (EMPTY, [[0.0, 0.0]])])
def test_scipys_files(arrays: dict[str, Any], dense: list[list[float]], tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    assert loaded(tmp_path / "a.npz") == dense
    assert load_array(f"{tmp_path / 'a.npz'}#shape", io.BytesIO()).tolist() == list(arrays["shape"])


@pytest.mark.parametrize("changed", [
    {"format": b"bsr"}, {"format": 3}, {"shape": [2]}, {"shape": [2, 2]}, {"shape": [-2, 3]}, {"shape": [2.0, 3.0]}, {"indptr": [0, 3, 2]},
    {"indptr": [1, 1, 3]}, {"indptr": [0, 1, 2]}, {"indices": [1, 0, 9]}, {"indices": [1, 0, -1]}, {"indices": [1.0, 0.0, 2.0]},
    {"data": [1.0, 2.0]}, {"data": [1j, 2j, 3j]}, {"data": ["a", "b", "c"]},
])  # fmt: skip
def test_unsound_ones_are_refused(changed: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **{**CSR, **changed})
    with pytest.raises(GradcliError, match=r"is no sound sparse matrix") as caught:
        loaded(tmp_path / "a.npz")
    assert caught.value.code == 4


def test_an_object_is_not_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **{**CSR, "data": np.array([object()])})
    with pytest.raises(GradcliError, match="is damaged"):
        loaded(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["a.npz", "a.mtx"])
def test_a_matrix_that_would_be_too_large_is_refused_before_it_is_made(name: str, tmp_path: Path) -> None:
    size = int(MAX_ELEMENTS**0.5) + 2
    if name == "a.npz":
        np.savez(tmp_path / name, format=b"coo", shape=[size, size], row=[0], col=[0], data=[1.0])
    else:
        (tmp_path / name).write_text(f"%%MatrixMarket matrix coordinate real general\n{size} {size} 1\n1 1 1\n")
    with pytest.raises(GradcliError, match="over the limit") as caught:
        loaded(tmp_path / name)
    assert caught.value.code == 6


HEAD = "%%MatrixMarket matrix coordinate real general\n"


@pytest.mark.parametrize(("text", "dense"), [
    (f"{HEAD}% words\n2 3 3\n1 2 1.5\n2 1 2\n2 3 -3e-300\n", DENSE),
    ("%%MatrixMarket MATRIX Coordinate Integer Symmetric\n\n2 2 2\n1 1 4\n2 1 5\n", [[4.0, 5.0], [5.0, 0.0]]),
    ("%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 5\n", [[0.0, -5.0], [5.0, 0.0]]),
    ("%%MatrixMarket matrix coordinate pattern general\n1 2 1\n1 2\n", [[0.0, 1.0]]),
    ("%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n", [[1.0, 3.0], [2.0, 4.0]]),
    (f"{HEAD}1 2 0\n", [[0.0, 0.0]]), (f"{HEAD}1 1 1\n1 1 inf\n", [[np.inf]]),
])  # fmt: skip
def test_the_matrix_markets_files(text: str, dense: list[list[float]], tmp_path: Path) -> None:
    (tmp_path / "a.mtx").write_text(text)
    assert loaded(tmp_path / "a.mtx") == dense


@pytest.mark.parametrize(("text", "said"), [
    ("1 2\n", "has no line %%MatrixMarket"), ("%%MatrixMarket vector coordinate real general\n", "has no line %%MatrixMarket"),
    ("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 1\n", "not real"),
    ("%%MatrixMarket matrix coordinate real hermitian\n1 1 0\n", "not real"), (HEAD, "no sound line of sizes"),
    (f"{HEAD}1 1\n", "no sound line of sizes"), (f"{HEAD}1 1.5 0\n", "no sound line of sizes"), (f"{HEAD}-1 1 0\n", "no sound line of sizes"),
    (f"{HEAD}1 1 2\n1 1 1\n", "promises 2 entries"), (f"{HEAD}1 1 1\n1 1 x\n", "promises 1 entries"), (f"{HEAD}1 1 1\n1 1\n1\n", "promises"),
    (f"{HEAD}1 1 1\n2 1 1\n", "outside"), (f"{HEAD}1 1 1\n0 1 1\n", "outside"), (f"{HEAD}2 2 1\n1.5 1 1\n", "outside"),
    (f"{HEAD}0 0 0\n", "holds no numbers"), (f"{HEAD}1 1 1\n1 1 1e999\n", "too large for float64"),
    ("%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 5\n", "above its diagonal"),
    ("%%MatrixMarket matrix array real general\n2 2\n1\n", "has other numbers than the 4"),
])  # fmt: skip
def test_unsound_texts_are_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.mtx").write_text(text)
    with pytest.raises(GradcliError, match=said) as caught:
        loaded(tmp_path / "a.mtx")
    assert caught.value.code == 4


@pytest.mark.parametrize("name", ["K.npz", "K.mtx"])
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    assert run(("hessian", "sum((x[1:] - x[:-1])**2)/2", "x=1,2,4", "-o", name), cwd=tmp_path).code == 0
    done = run(("grad", "x@K@x/2", f"K=@{name}", "x=1,2,4", "--wrt", "x"), cwd=tmp_path)
    assert (done.stdout, done.code) == ("[-1.0, -1.0, 2.0]\n", 0)
