"""Sparse derivatives as text, CSV, JSON, .npz and Matrix Market: what is written reads back, and is refused in words."""

from __future__ import annotations

import csv
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from runner import Completed, run

import gradcli
from gradcli.base.sparse import SparseMatrix
from gradcli.report.as_mtx import is_symmetric, lower
from gradcli.report.document import Document, Value, View
from gradcli.report.triples import lines_of
from gradcli.report.writing import rendered

ROSENBROCK = ("hessian", "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", "x=linspace(0,1,7)")
TWO = ("hessian", "sum(x[1:]*x[:-1])*y", "x=1,2,3", "y=2")
JACOBIAN = ("jacobian", "x[1:]*x[:-1]*y", "x=1,2,3", "y=2")


def out(*argv: str, cwd: Path | str = "/") -> Completed:
    done = run(argv, cwd=cwd)
    assert done.code == 0, done.stderr
    return done


def dense_of(*argv: str) -> Any:  # Any: nested lists
    return json.loads(out(*argv, "--no-sparse", "--json").stdout)["derivative"]


def random_matrix(seed: int) -> SparseMatrix:
    draw = np.random.default_rng(seed)
    shape, count = (int(draw.integers(1, 9)), int(draw.integers(1, 9))), int(draw.integers(0, 30))
    numbers = draw.standard_normal(count) * 10.0 ** draw.integers(-300, 300, count)
    return SparseMatrix.of_triples(draw.integers(0, shape[0], count), draw.integers(0, shape[1], count), numbers, shape)


def document(matrix: SparseMatrix, command: str = "jacobian") -> Document:
    return Document(command, (Value(("x",), matrix=matrix),), dict)


# -- what reads back


@pytest.mark.parametrize("seed", range(6))
def test_lines_read_back_equal(seed: int) -> None:
    matrix = random_matrix(seed)
    rows = [line.split() for line in str(rendered(document(matrix), "text")).splitlines()]
    made = SparseMatrix.of_triples(
        [int(r) for r, _, _ in rows], [int(c) for _, c, _ in rows], [float(v) for _, _, v in rows], matrix.shape
    )
    assert np.array_equal(made.toarray(), matrix.toarray())
    cells = list(csv.DictReader(io.StringIO(str(rendered(document(matrix), "csv")))))
    assert [[c["row"], c["column"], c["value"]] for c in cells] == rows


@pytest.mark.parametrize("seed", range(6))
def test_npz_has_the_arrays_that_scipy_writes(seed: int) -> None:
    matrix = random_matrix(seed)
    made = rendered(document(matrix), "npz")
    assert isinstance(made, bytes)
    arrays = np.load(io.BytesIO(made), allow_pickle=False)
    assert set(arrays.files) == {"indices", "indptr", "format", "shape", "data", "_is_array"}
    assert arrays["format"].item() == b"csr"
    assert arrays["_is_array"].item() is True
    assert tuple(arrays["shape"]) == matrix.shape
    assert arrays["indices"].dtype == arrays["indptr"].dtype == np.int32
    dense = np.zeros(matrix.shape)
    for row, (start, stop) in enumerate(zip(arrays["indptr"], arrays["indptr"][1:], strict=False)):
        dense[row, arrays["indices"][start:stop]] = arrays["data"][start:stop]
    assert np.array_equal(dense, matrix.toarray())


def read_mtx(text: str) -> tuple[str, Any]:
    """The symmetry, and the dense matrix, read as the format's paper says."""
    head, *rest = text.splitlines()
    assert head.startswith("%%MatrixMarket matrix coordinate real ")
    sizes, *lines = [line for line in rest if not line.startswith("%")]
    rows, columns, count = map(int, sizes.split())
    assert len(lines) == count
    dense = np.zeros((rows, columns))
    symmetry = head.split()[-1]
    for line in lines:
        i, j, value = line.split()
        dense[int(i) - 1, int(j) - 1] = float(value)
        if symmetry == "symmetric":
            assert int(i) >= int(j)
            dense[int(j) - 1, int(i) - 1] = float(value)
    return symmetry, dense


@pytest.mark.parametrize("seed", range(6))
def test_mtx_reads_back_and_is_symmetric_where_the_hessian_is(seed: int) -> None:
    matrix = random_matrix(seed)
    assert np.array_equal(read_mtx(str(rendered(document(matrix, "hessian"), "mtx")))[1], matrix.toarray())
    half = matrix.toarray()[: min(matrix.shape), : min(matrix.shape)]
    whole = SparseMatrix.of_dense(half + half.T)
    symmetry, dense = read_mtx(str(rendered(document(whole, "hessian"), "mtx")))
    assert (symmetry, np.array_equal(dense, whole.toarray())) == ("symmetric", True)
    assert read_mtx(str(rendered(document(whole, "jacobian"), "mtx")))[0] == "general"


def test_symmetry_is_to_the_last_bit() -> None:
    almost = SparseMatrix.of_dense([[0.0, 0.1 + 0.2], [0.3, 1.0]])
    assert not is_symmetric(almost)
    assert not is_symmetric(SparseMatrix.of_dense([[1.0, 2.0]]))
    assert is_symmetric(SparseMatrix.of_dense([[np.nan, 2.0], [2.0, 0.0]]))
    assert lower(almost).toarray().tolist() == [[0.0, 0.0], [0.3, 1.0]]


@pytest.mark.parametrize("argv", [ROSENBROCK, TWO, JACOBIAN], ids=["rosenbrock", "hessian", "jacobian"])
def test_scipy_reads_what_is_written(argv: tuple[str, ...], tmp_path: Path) -> None:
    sparse, read = pytest.importorskip("scipy.sparse"), pytest.importorskip("scipy.io")
    for name in ("A.npz", "A.mtx"):
        out(*argv, "-o", name, cwd=tmp_path)
    csr, market = sparse.load_npz(tmp_path / "A.npz"), read.mmread(tmp_path / "A.mtx")
    assert isinstance(csr, sparse.csr_array)
    assert (csr != market).nnz == 0
    assert np.array_equal(csr.toarray(), whole(argv))
    kept = tmp_path / "B.npz"
    sparse.save_npz(kept, csr, compressed=False)
    theirs, ours = np.load(kept), np.load(tmp_path / "A.npz")
    assert {n: (theirs[n].dtype, theirs[n].tolist()) for n in theirs.files} == {
        n: (ours[n].dtype, ours[n].tolist()) for n in ours.files
    }


def whole(argv: tuple[str, ...]) -> Any:  # Any: an array
    """The dense derivative as one matrix, the variables in their order."""
    found, sizes = dense_of(*argv), {"x": argv[2].count(",") + 1, "y": 1}
    if "linspace" in argv[2]:
        return np.array(found["x"]["x"])
    if argv[0] == "jacobian":
        return np.hstack([np.reshape(found[name], (-1, sizes[name])) for name in ("x", "y")])
    return np.block([[np.reshape(found[a][b], (sizes[a], sizes[b])) for b in ("x", "y")] for a in ("x", "y")])


# -- on the command line


def test_a_line_for_each_entry_and_the_block_before_it_where_there_are_several() -> None:
    assert out(*ROSENBROCK, "--sparse").stdout.splitlines()[0] == f"0 0 {dense_of(*ROSENBROCK)['x']['x'][0][0]!r}"
    lines = out(*JACOBIAN, "--sparse").stdout
    assert lines == "x 0 0 4.0\nx 0 1 2.0\nx 1 1 6.0\nx 1 2 4.0\ny 0 0 2.0\ny 1 0 6.0\n"
    assert out(*JACOBIAN, "--sparse", "--wrt", "y").stdout == "0 0 2.0\n1 0 6.0\n"
    assert "x,y 0 0 2.0\n" in out(*TWO, "--sparse").stdout
    assert out(*JACOBIAN, "--sparse", "--format", "csv").stdout.startswith("variable,row,column,value\nx,0,0,4.0\n")
    assert '"x,y",0,0,2.0\n' in out(*TWO, "--sparse", "--format", "csv").stdout


def test_rows_and_columns_are_counted_through_as_ravel_does() -> None:
    argv = ("jacobian", "2*X[:, 1:]", "X=[[1,2,3],[4,5,6]]")
    assert out(*argv, "--sparse").stdout == "0 1 2.0\n1 2 2.0\n2 4 2.0\n3 5 2.0\n"
    dense = np.array(dense_of(*argv)["X"]).reshape(4, 6)
    found = gradcli.jacobian(argv[1], {"X": [[1, 2, 3], [4, 5, 6]]}, sparse=True).derivative["X"]
    assert np.array_equal(found.toarray(), dense)


def test_json_has_triples() -> None:
    found = json.loads(out(*JACOBIAN, "--sparse", "--json").stdout)
    assert found["derivative"]["y"] == {"shape": [2, 1], "row": [0, 1], "column": [0, 0], "data": [2.0, 6.0]}
    assert (found["sparse"]["entries"], found["sparse"]["size"], found["formula"]) == (6, 8, None)


@pytest.mark.parametrize(("name", "head"), [("A.npz", b"PK\x03\x04"), ("A.mtx", b"%%MatrixMarket matrix")])
def test_these_suffixes_ask_for_a_sparse_matrix_and_say_what_is_whose(name: str, head: bytes, tmp_path: Path) -> None:
    done = out(*TWO, "-o", name, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("", "note: rows and columns 0:3 are x, 3:4 are y\n")
    assert (tmp_path / name).read_bytes().startswith(head)
    assert out(*TWO, "-o", name, "-q", cwd=tmp_path).stderr == ""
    assert out(*JACOBIAN, "-o", name, cwd=tmp_path).stderr == "note: columns 0:3 are x, 3:4 are y\n"


def test_a_matrix_without_entries(tmp_path: Path) -> None:
    argv = ("hessian", "sum(x)*2", "x=1,2")
    assert out(*argv, "--sparse").stdout == ""
    assert out(*argv, "--sparse", "--format", "csv").stdout == "row,column,value\n"
    assert out(*argv, "--format", "mtx").stdout == "%%MatrixMarket matrix coordinate real symmetric\n2 2 0\n"
    assert json.loads(out(*argv, "--sparse", "--json").stdout)["derivative"]["x"]["x"]["data"] == []
    out(*argv, "-o", "A.npz", cwd=tmp_path)
    assert np.load(tmp_path / "A.npz")["indptr"].tolist() == [0, 0, 0]


def test_a_matrix_without_rows_or_columns() -> None:
    for shape in ((0, 3), (3, 0), (0, 0)):
        empty = SparseMatrix.of_triples([], [], [], shape)
        assert rendered(document(empty), "text") == ""
        assert read_mtx(str(rendered(document(empty), "mtx")))[1].shape == shape
        made = rendered(document(empty), "npz")
        assert isinstance(made, bytes)
        assert tuple(np.load(io.BytesIO(made))["shape"]) == shape
        assert str(rendered(document(empty), "text", View(spy=True))).count("\n") == 1


def test_what_is_not_finite_is_written_and_is_exit_code_5() -> None:
    done = run(("jacobian", "log(x)", "x=0", "--sparse"))
    assert (done.stdout, done.code) == ("0 0 inf\n", 5)
    found = json.loads(run(("jacobian", "log(x)", "x=0", "--sparse", "--json")).stdout)
    assert found["derivative"]["x"]["data"] == ["Infinity"]


def test_a_terminal_shows_the_ends_of_what_is_long() -> None:
    argv = ("jacobian", "x**2", "x=ones(1200)", "--sparse")
    lines = run(argv, tty=True).stdout.splitlines()
    assert len(lines) == 21
    assert lines[9:12] == ["9 9 2.0", "... (1,180 more)", "1190 1190 2.0"]
    assert len(out(*argv).stdout.splitlines()) == 1200


def test_many_lines_are_those_of_one_entry_after_another() -> None:
    many = SparseMatrix.of_triples(np.arange(150_000), np.arange(150_000), np.arange(150_000) / 3, (150_000, 150_000))
    assert lines_of(many, " ") == "".join(f"{k} {k} {k / 3!r}\n" for k in range(150_000))


def test_a_full_disk_is_exit_code_74_and_a_closed_pipe_ends_quietly() -> None:
    argv = ("jacobian", "x**2", "x=ones(1000)", "--sparse")
    done = run((*argv, "-o", "/dev/full"))
    assert (done.code, done.stdout) == (74, "")
    piped = f"{shlex.join([sys.executable, '-m', 'gradcli', *argv])} | head -n 1"
    closed = subprocess.run(["bash", "-c", piped], capture_output=True, text=True, check=False)
    assert (closed.stdout, closed.stderr) == ("0 0 2.0\n", "")


# -- what is refused


@pytest.mark.parametrize(("line", "said"), [
    ("grad x**2 x=3 -o g.npz", "npz holds a sparse matrix, and this is none"),
    ("grad x**2 x=3 --format mtx", "mtx holds a sparse matrix, and this is none"),
    ("hessian x**2 x=3 --no-sparse -o H.npz", "npz holds a sparse matrix, and this is none"),
    ("hessian x**2 x=3 --sparse -o H.npy", "npy holds all entries, and this derivative is sparse"),
    ("hessian x**2 x=3 --sparse --format latex", "latex holds all entries, and this derivative is sparse"),
    ("hessian x**2 --sparse", "--sparse needs values"),
    ("hessian x**2 x=3 --sparse --hvp 1", "--hvp and --sparse exclude each other"),
    ("hessian x**2 x=3 --sparse --digits 9", "--digits and --sparse exclude each other"),
    ("hessian x**2 x=3 --sparse --correct", "--correct and --sparse exclude each other"),
    ("jacobian x**2 x=3,4 --sparse --jvp 1,1", "--jvp and --sparse exclude each other"),
    ("jacobian x**2 x=3,4 --sparse --vjp 1,1", "--vjp and --sparse exclude each other"),
    ("jacobian x**2 x=3,4 --sparse --mode forward", "--mode and --sparse exclude each other"),
    ("jacobian x**2 x=3,4 --sparse --layout denominator", "--sparse and --layout exclude each other"),
    ("jacobian X**2 X=[[1,2]] --sparse --vec", "--sparse and --vec exclude each other"),
    ("jacobian x**2 --table t.csv --sparse", "--sparse is for one point"),
    ("check x 1 --format npz", "check is written as text, json or html"),
])  # fmt: skip
def test_what_does_not_go_together(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n")
    done = run(line.split(), cwd=tmp_path)
    assert (done.code, done.stdout, said in done.stderr) == (2, "", True), done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"t.csv"}


def test_nothing_binary_goes_to_a_terminal() -> None:
    done = run((*ROSENBROCK, "--format", "npz"), tty=True)
    assert (done.code, "a terminal does not show .npz" in done.stderr) == (2, True)


# -- from Python


def test_python_has_the_matrices_and_says_keywords() -> None:
    found = gradcli.hessian("sum(x[1:]*x[:-1])*y", {"x": [1.0, 2.0, 3.0], "y": 2.0}, sparse=True)
    assert found.derivative["x"]["y"].toarray().tolist() == [[2.0], [4.0], [2.0]]
    assert (found.finite, found.sparse.entries, found.sparse.size) == (True, 10, 16)
    for wrong, said in (({"hvp": 1}, "hvp and sparse exclude each other"), ({"sparse": 3}, "sparse is true or false")):
        with pytest.raises(gradcli.UsageError, match=said):
            gradcli.hessian("x**2", {"x": 1.0}, **{"sparse": True, **wrong})


def test_a_variable_that_is_not_used_has_no_entries() -> None:
    found = gradcli.jacobian("x**2", {"x": [1.0, 2.0], "y": [1.0] * 3}, sparse=True, allow_unused=True)
    assert (found.derivative["y"].shape, found.derivative["y"].nnz) == ((2, 3), 0)


def test_blocks_in_one_matrix() -> None:
    draw = np.random.default_rng(3)
    dense = [[draw.integers(0, 3, (r, c)).astype(float) for c in (2, 3)] for r in (1, 4)]
    made = SparseMatrix.of_blocks([[SparseMatrix.of_dense(block) for block in row] for row in dense])
    assert np.array_equal(made.toarray(), np.block(dense))


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch says that its sparse tensors are in beta
def test_scipys_and_torchs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = random_matrix(4)
    theirs = torch.sparse_csr_tensor(matrix.indptr, matrix.indices, matrix.data, matrix.shape)
    assert np.array_equal(theirs.to_dense().numpy(), matrix.toarray())
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(gradcli.MissingError, match="needs the package scipy"):
        matrix.to_scipy()
    monkeypatch.undo()
    pytest.importorskip("scipy.sparse")
    assert np.array_equal(matrix.to_scipy().toarray(), matrix.toarray())
