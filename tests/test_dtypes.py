"""The rows of float types against torch's own, and no fact about one anywhere else."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from gradcli.base.dtypes import DType, dtype_of

PACKAGE = Path(__file__).resolve().parents[1] / "gradcli"
SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}


def facts(row: DType) -> tuple[float, ...]:
    return row.width, row.eps, row.largest, row.tiny


@pytest.mark.parametrize("row", list(DType))
def test_a_row_says_what_torch_says(row: DType) -> None:
    info = torch.finfo(getattr(torch, row))
    assert facts(row) == (info.bits, info.eps, info.max, info.tiny * info.eps)
    assert facts(row) != (info.bits, info.eps / 2, info.max, info.tiny * info.eps)
    assert 2.0 ** (1 - row.top) == info.tiny
    assert math.isclose(10**-row.digits, row.unit)


def test_a_row_is_found_by_the_type_of_an_array() -> None:
    assert [dtype_of(torch.zeros((), dtype=getattr(torch, row))) for row in DType] == list(DType)
    assert dtype_of(np.zeros(1, dtype=np.complex64)) is dtype_of(np.float32(1)) is DType.FLOAT32
    assert dtype_of(np.zeros(1, dtype=int)) is dtype_of(3.0) is None


def tables(source: str) -> Iterator[str]:
    """Sets and dictionaries of names of float types, and comparisons with one."""
    for node in ast.walk(ast.parse(source)):
        keys = node.keys if isinstance(node, ast.Dict) else node.elts if isinstance(node, ast.Set) else ()
        compared = [node.left, *node.comparators] if isinstance(node, ast.Compare) else ()
        for part in (*keys, *compared):
            if isinstance(part, ast.Constant) and part.value in set(DType):
                yield f"{node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("path", [path for path in SOURCES if path != "base/dtypes.py"])
def test_no_other_module_knows_a_float_type_by_its_name(path: str) -> None:
    assert list(tables(SOURCES[path])) == []


@pytest.mark.parametrize(
    "source", ['UNITS = {"float32": 2.0**-24}', 'half = dtype in {"float16"}', 'x.dtype == "bfloat16"']
)
def test_a_fact_elsewhere_would_be_seen(source: str) -> None:
    assert list(tables(source)) != []
