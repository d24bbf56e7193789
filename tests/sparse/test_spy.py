"""``--spy``: the pattern of a sparse derivative, in dots, in letters, as an image."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from runner import run

import gradcli
from gradcli.base.sparse import SparseMatrix
from gradcli.report import as_png
from gradcli.report.document import Document, Value, View
from gradcli.report.pattern import BLANK, drawn
from gradcli.report.writing import rendered

CHAIN = ("hessian", "sum((x[1:] - x[:-1]**2)**2)", "x=linspace(1,2,9)")
DOTS = """9 x 9, 25 entries (30.9 %), bandwidth 1
┌─────┐
│⠻⣦⡀⠀⠀│
│⠀⠈⠻⣦⡀│
│⠀⠀⠀⠈⠁│
└─────┘
"""
LETTERS = """9 x 9, 25 entries (30.9 %), bandwidth 1
xx.......
xxx......
.xxx.....
..xxx....
...xxx...
....xxx..
.....xxx.
......xxx
.......xx
"""


def without_way(text: str) -> str:
    """Without the words on how the entries were found."""
    head, _, rest = text.partition("\n")
    return f"{', '.join(head.split(', ')[:3])}\n{rest}"


def test_dots() -> None:
    done = run((*CHAIN, "--spy"))
    assert (done.code, without_way(done.stdout)) == (0, DOTS)


def test_letters_where_dots_cannot_be_written() -> None:
    matrix = gradcli.hessian(CHAIN[1], {"x": np.linspace(1, 2, 9)}, sparse=True).derivative["x"]["x"]
    document = Document("hessian", (Value(("x",), matrix=matrix),), dict)
    assert rendered(document, "text", View(spy=True, braille=False)) == LETTERS
    assert rendered(document, "text", View(spy=True)) == DOTS
    assert gradcli.spy(matrix, braille=False) + "\n" == LETTERS
    assert gradcli.spy(matrix) + "\n" == DOTS


def test_each_block_has_its_picture(tmp_path: Path) -> None:
    lines = run(("jacobian", "x*y", "x=1,2", "y=3,4", "--spy")).stdout.splitlines()
    assert [line.split(",")[0] for line in lines if ":" in line] == ["x: 2 x 2", "y: 2 x 2"]
    run(("jacobian", "x*y", "x=1,2", "y=3,4", "--spy", "-o", "spy.txt"), cwd=tmp_path)
    assert (tmp_path / "spy.txt").read_text().splitlines() == lines


@pytest.mark.parametrize(
    "shape", [(1, 1), (3, 5), (160, 160), (1000, 30), (30, 1000), (10**6, 1), (1, 10**6), (7, 400)]
)
@pytest.mark.parametrize("braille", [True, False])
def test_a_picture_fits_and_shows_every_corner(shape: tuple[int, int], braille: bool) -> None:
    rows, columns = shape
    corners = SparseMatrix.of_triples([0, rows - 1], [0, columns - 1], [1.0, 1.0], shape)
    for width in (20, 80):
        lines = drawn(corners, width, braille=braille)
        assert max(map(len, lines)) <= width
        assert len(lines) <= width // 2 + 2
        assert len(set(map(len, lines))) == 1
        inside = [line[1:-1] for line in lines[1:-1]] if braille else lines
        blank = chr(BLANK) if braille else "."
        assert inside[0][0] != blank
        assert inside[-1][-1] != blank
        assert sum(cell != blank for line in inside for cell in line) <= 2


def dots_of(lines: list[str]) -> Any:  # Any: an array of truth values
    """The dots of braille cells, read by Unicode's numbering: 1 2 3 7 on the left, 4 5 6 8 on the right."""
    cells = [[ord(c) - BLANK for c in line[1:-1]] for line in lines[1:-1]]
    bits = ((0, 3), (1, 4), (2, 5), (6, 7))
    return np.array(
        [
            [bool(cells[i // 4][j // 2] >> bits[i % 4][j % 2] & 1) for j in range(2 * len(cells[0]))]
            for i in range(4 * len(cells))
        ]
    )


@pytest.mark.parametrize("seed", range(4))
def test_each_dot_is_an_entry_where_there_is_room(seed: int) -> None:
    draw = np.random.default_rng(seed)
    dense = draw.random((int(draw.integers(1, 40)), int(draw.integers(1, 40)))) < 0.2
    found = dots_of(drawn(SparseMatrix.of_dense(dense), 80, braille=True))
    assert np.array_equal(found[: dense.shape[0], : dense.shape[1]], dense)
    assert found.sum() == dense.sum()
    letters = drawn(SparseMatrix.of_dense(dense), 80, braille=False)
    assert [[c == "x" for c in line] for line in letters] == dense.tolist()


def test_facts() -> None:
    def facts(array: Any) -> str:
        return gradcli.spy(array, braille=False).splitlines()[0]

    assert facts(np.zeros((3, 2))) == "3 x 2, 0 entries (0 %)"
    assert facts([[0.0, 5.0]]) == "1 x 2, 1 entry (50 %), bandwidth 0 below and 1 above the diagonal"
    assert gradcli.spy(SparseMatrix.of_triples([], [], [], (0, 4))) == "0 x 4, 0 entries"
    assert facts(np.full((2, 2), np.nan)) == "2 x 2, 4 entries (100 %), bandwidth 1"


@pytest.mark.parametrize(("options", "said"), [
    (("--no-sparse",), "--no-sparse asks for another"), (("--value",), "--value asks for another"),
    (("--json",), "--spy is text, or an image with -o FILE.png, and not json"), (("-o", "a.npz"), "and not npz"),
])  # fmt: skip
def test_what_spy_does_not_go_with(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run((*CHAIN, "--spy", *options), cwd=tmp_path)
    assert (done.code, done.stdout, said in done.stderr) == (2, "", True), done.stderr


def test_an_image_needs_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document("hessian", (Value(("x",), matrix=SparseMatrix.of_dense(np.eye(3))),), dict)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(gradcli.MissingError, match="needs the package matplotlib") as caught:
        rendered(document, "png")
    assert (caught.value.code, caught.value.hint) == (7, "pip install 'gradcli[plot]'; --spy draws it as text")


@pytest.mark.parametrize("size", [1, 2, 3, 40])
def test_an_image_counts_rows_and_columns_in_whole_numbers(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    monkeypatch.setattr(as_png, "_figure", lambda: figure)
    rendered(Document("hessian", (Value(("x",), matrix=SparseMatrix.of_dense(np.eye(size))),), dict), "png")
    axes = figure.axes[0]
    assert all(float(tick).is_integer() for tick in [*axes.get_xticks(), *axes.get_yticks()])


def test_an_image() -> None:
    pytest.importorskip("matplotlib")
    values = tuple(Value((a, b), matrix=SparseMatrix.of_dense(np.eye(3))) for a in "xy" for b in "xy")
    made = rendered(Document("hessian", values, dict), "png")
    assert isinstance(made, bytes)
    assert made.startswith(b"\x89PNG")
    with pytest.raises(gradcli.UsageError, match="without rows or columns"):
        rendered(Document("hessian", (Value(("x",), matrix=SparseMatrix.of_triples([], [], [], (0, 2))),), dict), "png")
