"""A row's digits do not depend on the rows beside it: where a table is cut leaves no trace in its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from gradcli.base.arrays import FloatArray
from gradcli.engine.choose import Chosen, Engine
from gradcli.engine.formulas import formulas
from gradcli.engine.kernel import LANES, Kernel, Marked, run_in_lanes
from gradcli.language.parse import parse
from tests.engine.built import COMPILER

ROWS = 5_003
CUTS = (1, 2, LANES - 1, LANES, LANES + 1, 1_000, 4_097)
TEXTS = ("sin(x)*exp(-y)", "log(x)/y", "x**y", "tanh(x)*sigmoid(y)", "atan2(x, y)", "relu(x - y)*softplus(y)")
FOUND = {text: formulas(parse(text).tree, "grad", ["x", "y"], ["x", "y"], []) for text in TEXTS}


def digits(kernel: Kernel | Chosen, text: str, cuts: tuple[int, ...]) -> list[bytes]:
    """The bytes of all answers, of rows that come in parts."""
    draw = np.random.default_rng(0)
    columns = {"x": draw.uniform(0.1, 0.9, ROWS), "y": draw.uniform(0.1, 3, ROWS)}
    outputs = {output.name: np.empty((ROWS, *output.shape)) for output in FOUND[text].outputs}
    flags = np.zeros(ROWS, dtype=np.uint8)
    for start, stop in zip((0, *cuts), (*cuts, ROWS), strict=True):
        here = slice(start, stop)
        parts = [{name: array[here] for name, array in arrays.items()} for arrays in (columns, outputs)]
        kernel.run(parts[0], {}, parts[1], flags[here])
    return [array.tobytes() for array in (*outputs.values(), flags)]


@pytest.mark.parametrize(
    "engine", ["torch", pytest.param("compiled", marks=pytest.mark.skipif(not COMPILER, reason="no C compiler"))]
)
def test_rows_in_parts_have_the_digits_of_rows_at_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for text, found in FOUND.items():
        together, apart = (Chosen(found, engine, ROWS, threads) for threads in (1, 2))
        assert digits(apart, text, CUTS) == digits(together, text, ()), text


class RestApart:
    """A kernel that rounds otherwise where rows do not fill a vector, as compilers and torch make them."""

    name = "apart"
    counts_loss = False

    def run(
        self,
        columns: Mapping[str, FloatArray],
        fixed: Mapping[str, float],
        outputs: Mapping[str, FloatArray],
        flags: Marked,
    ) -> None:
        rows = len(flags)
        off = np.arange(rows) >= rows - rows % LANES
        flags[:] = off
        for output in outputs.values():
            output[:] = np.where(off, np.nextafter(columns["x"], 9), columns["x"])


class InLanes(RestApart):
    def run(
        self,
        columns: Mapping[str, FloatArray],
        fixed: Mapping[str, float],
        outputs: Mapping[str, FloatArray],
        flags: Marked,
    ) -> None:
        run_in_lanes(RestApart(), columns, fixed, outputs, flags)


def test_a_kernel_that_rounds_its_last_rows_otherwise_has_no_last_rows() -> None:
    text = TEXTS[0]
    assert digits(InLanes(), text, CUTS) == digits(InLanes(), text, ())
    assert digits(RestApart(), text, CUTS) != digits(RestApart(), text, ())
