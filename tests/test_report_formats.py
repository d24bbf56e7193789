"""The formats of numbers, and JSON: what is written reads back, and what a format does not hold is refused."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy

from gradcli.base.errors import GradcliError, LimitError, UsageError
from gradcli.commands.results import Result
from gradcli.report.document import Block, Document, Line, Value, View
from gradcli.report.writing import document_of, rendered
from gradcli.verdicts.verdict import Check, Verdict

CHECK = Check(Verdict.AGREES, digits=15.5, checked=1, total=1, reference="sympy")
RESULT = Result("grad", "x**2", "x**2", ("x",), 9.0, {"x": 6.0}, {"x": "2*x"}, CHECK, "cpu", "float64", 0)


def paper(*blocks: Block) -> Document:
    return Document("test", blocks, dict)


def test_json_is_the_results_own_object() -> None:
    not_finite = replace(RESULT, value=float("nan"), derivative={"x": np.array([1.0, -np.inf])}, expression="é")
    made = str(rendered(document_of(not_finite), "json"))
    assert json.loads(made) == not_finite.to_dict()
    assert (json.loads(made)["value"], json.loads(made)["derivative"]) == ("NaN", {"x": [1.0, "-Infinity"]})
    assert "é" in made
    assert made.count("\n") == 1


def test_csv_reads_back() -> None:
    array = np.array([[0.1, 1e300], [-0.0, np.nan]])
    made = str(rendered(paper(Value(("X",), array)), "csv"))
    np.testing.assert_array_equal(np.loadtxt(io.StringIO(made), delimiter=","), array)
    assert rendered(paper(Value(("x",), 0.1)), "csv") == "0.1\n"
    several = str(rendered(paper(Value(("x", "y"), array), Value(("x", "z"))), "csv"))
    rows = list(csv.DictReader(io.StringIO(several)))
    assert [tuple(row.values()) for row in rows] == [
        ("x,y", "0 0", "0.1"),
        ("x,y", "0 1", "1e+300"),
        ("x,y", "1 0", "-0.0"),
        ("x,y", "1 1", "nan"),
        ("x,z", "", ""),
    ]


def test_npy_reads_back() -> None:
    made = rendered(paper(Value(("x",), np.eye(2))), "npy")
    assert isinstance(made, bytes)
    np.testing.assert_array_equal(np.load(io.BytesIO(made), allow_pickle=False), np.eye(2))
    with pytest.raises(UsageError, match="a terminal does not show"):
        rendered(paper(Value(("x",), 1.0)), "npy", View(terminal=True))


x, y = sympy.symbols("x y", real=True)


def trees(*entries: Any) -> Any:
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([Value(("x",), 1.0, trees=np.array(2 * x, dtype=object))], "2 x\n"),
        ([Value(("x",), np.array([1.0, 2.0]))], "\\begin{bmatrix} 1.0 \\\\ 2.0 \\end{bmatrix}\n"),
        ([Value(("x",), np.array([[1.0, 2.0]]))], "\\begin{bmatrix} 1.0 & 2.0 \\end{bmatrix}\n"),
        (
            [Value(("x",), trees=trees(sympy.Symbol("A[0, 1]", real=True), y))],
            "\\begin{bmatrix} A_{1, 2} \\\\ y \\end{bmatrix}\n",
        ),
        (
            [Value(("x",), 1.5), Value(("y",))],
            "\\frac{\\partial f}{\\partial x} = 1.5\n\\frac{\\partial f}{\\partial y} = 0\n",
        ),
        (
            [Value(("x", "y"), 1.0), Value(("y", "x"), 2.0)],
            "\\frac{\\partial^2 f}{\\partial x \\partial y} = 1.0\n"
            "\\frac{\\partial^2 f}{\\partial y \\partial x} = 2.0\n",
        ),
        (
            [Value(("phi_dot", "phi_dot"), 1.0), Value(("x_1",), 2.0, order=3)],
            "\\frac{\\partial^2 f}{\\partial \\dot{\\varphi}^2} = 1.0\n\\frac{\\partial^3 f}{\\partial x_{1}^3} = 2.0\n",
        ),
        ([Value(("x",), 1.0, product="hvp"), Value(("y",), 2.0, product="hvp")], "(H v)_{x} = 1.0\n(H v)_{y} = 2.0\n"),
        ([Value(("x",), trees=np.array(sympy.Max(x, y) * y / 2, dtype=object))], "\\frac{y \\max(x, y)}{2}\n"),
    ],
)
def test_latex(values: list[Block], expected: str) -> None:
    assert rendered(paper(*values), "latex") == expected


class Unwritable(sympy.Function):
    """A tree that neither the language nor sympy has a word for."""

    def _latex(self, _printer: Any) -> str:
        raise NotImplementedError("no word for it")


def test_latex_of_what_sympy_cannot_write_is_the_number_or_an_error() -> None:
    tree = trees(Unwritable(x))
    assert (
        rendered(paper(Value(("x",), np.array([3.0]), trees=tree)), "latex") == "\\begin{bmatrix} 3.0 \\end{bmatrix}\n"
    )
    with pytest.raises(LimitError, match="sympy gives up: no word for it"):
        rendered(paper(Value(("x",), text="u", trees=tree)), "latex")


@pytest.mark.parametrize(
    ("name", "block", "message"),
    [
        ("csv", Value(("x",), text="2*x"), "csv holds numbers, and a formula has none"),
        ("npy", Value(("x",), text="2*x"), "npy holds numbers, and a formula has none"),
        ("npy", Value(("x",)), r"an \.npy file holds one array"),
        ("latex", Value(("x",), np.zeros((1, 1, 1))), "LaTeX shows vectors and matrices"),
        ("csv", Line("a"), "test is written as text, json or html"),
        ("latex", Line("a"), "test is written as text, json or html"),
        ("npy", Line("a"), "test is written as text, json or html"),
    ],
)
def test_what_a_format_does_not_hold_is_refused(name: str, block: Block, message: str) -> None:
    with pytest.raises(GradcliError, match=message) as caught:
        rendered(paper(block), name)
    assert caught.value.code == 2
