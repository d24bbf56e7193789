"""Each row's example, recorded as a graph: its value and its first two derivatives are those of balls."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from flint import arb
from slices import Draw

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.inputs.values import read_bindings
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls, moved_along
from gradcli.meaning.balls.ball import Ball, variable
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.residues.arithmetic import Residues
from gradcli.meaning.residues.nodes import UnmodelledError
from gradcli.meaning.residues.tangents import tangents
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.operations.row import Op
from gradcli.operations.table import OPS

BITS, ORDERS = 1_024, 2
WITHOUT = {  # rows whose meaning has no formula in its entries
    "eigvalsh", "eigvecsh", "svdvals", "svdvecs", "cond", "nuclear_norm", "spectral_norm", "linalg_norm", "matrix_exp",
    "detach", "qr_q", "qr_r", "lu_packed", "lu_permutation", "lu_pivots", "eigvals", "eigvecs", "sqrtm", "logm",
}  # fmt: skip
UNMODELLED = {"wofz_real", "wofz_imag", "owens_t"}  # their example has a constant that is no exact number
LONG = {"marcumq"}  # half a minute: with --all
ON_EDGE = {"any"}  # rows whose example has a sum on an edge
ROWS = [op for op in OPS.values() if not op.random]

Values = dict[str, Any]  # Any: arrays of floats


def program_of(op: Op) -> tuple[Program, Values]:
    text, bindings = op.example_parts
    values = read_bindings([b.replace("rand(3)", "0.3,1.2,0.7") for b in bindings], seed=0, stdin=BytesIO())
    return compile_tree(parse(text, bound=tuple(values)).tree), dict(values)


def directions(values: Values) -> Values:
    return {name: 0.5 + np.arange(value.size).reshape(value.shape) / 8 for name, value in values.items()}


def by_residues(program: Program, values: Values) -> list[list[Any]]:
    """Enclosures of value, slope and second derivative along the directions, by the graph's nodes."""
    names = {name: mapped(str, np.empty(value.shape, dtype=object)) for name, value in values.items()}
    for name, entries in names.items():
        for place in np.ndindex(entries.shape):
            entries[place] = f"{name}{list(place)}"
    point = {str(k): float(v) for n, e in names.items() for k, v in zip(e.ravel(), values[n].ravel(), strict=True)}
    arithmetic = Residues(point)
    inputs = {name: mapped(arithmetic.graph.input, entries) for name, entries in names.items()}
    out = list(as_array(run(program, arithmetic, inputs)).ravel())
    along = directions(values)
    moves = {
        node: arithmetic.graph.lift(float(d))
        for name, nodes in inputs.items()
        for node, d in zip(nodes.ravel(), along[name].ravel(), strict=True)
    }
    found = [out]
    for _ in range(ORDERS):
        found.append(tangents(found[-1], moves, arithmetic.slope))
    return [[arithmetic.companion.near(node, BITS) for node in nodes] for nodes in found]


def by_balls(program: Program, values: Values, order: int) -> list[Any]:
    arithmetic = Balls(ideal=True)
    steps = [variable(arb(0)) for _ in range(order)]
    point: dict[str, Array] = {name: arithmetic.exact(value) for name, value in values.items()}
    for t in steps:
        point = {n: moved_along(v, arithmetic.exact(directions(values)[n]), t) for n, v in point.items()}
    out = list(as_array(run(program, arithmetic, point)).ravel())
    for t in steps:
        out = arithmetic.slopes(out, t)
    return out


@pytest.mark.generated(share=1 / 3, kind=lambda op: op.group)
@pytest.mark.parametrize("op", ROWS, ids=[op.name for op in ROWS])
def test_a_row_is_what_it_is_in_balls(op: Op, draw: Draw) -> None:
    if op.name in LONG and not draw.whole:
        pytest.skip("with --all")
    program, values = program_of(op)
    if op.name in WITHOUT | ON_EDGE:
        with pytest.raises(LimitError, match="no formula" if op.name in WITHOUT else "not told at the point"):
            by_residues(program, values)
        return
    if op.name in UNMODELLED:
        with pytest.raises(UnmodelledError):
            by_residues(program, values)
        return
    with precision(BITS):
        for order, nodes in enumerate(by_residues(program, values)):
            for near, ball in zip(nodes, by_balls(program, values, order), strict=True):
                assert type(ball) is Ball
                assert near.overlaps(ball.value)
                assert near.rad() <= arb(10) ** -30 * (1 + abs(near))
