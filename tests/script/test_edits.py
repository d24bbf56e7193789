"""Proposed changes stay Python, and mean what they say, wherever the expression stands."""

from __future__ import annotations

import ast
import linecache
from pathlib import Path

import pytest

from gradcli.foreign.script.reading import edits
from gradcli.foreign.script.reading.source import Source, read_source


def _source(tmp_path: Path, text: str) -> Source:
    file = tmp_path / "script.py"
    file.write_text(text, encoding="utf-8")
    linecache.checkcache(str(file))
    source = read_source(str(file))
    assert source is not None
    return source


def _call(source: Source) -> ast.Call:
    return next(node for node in ast.walk(source.tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("y = (x * i).detach()", "y = (x * i)"),
        ("y = ((x * i)) . detach ( ).sum", "y = ((x * i)) .sum"),
        ("ü = (ä + 1).detach() ** 2", "ü = (ä + 1) ** 2"),
        ("y = x.detach()", "y = x"),
    ],
)
def test_a_method_is_taken_off_with_the_parentheses_of_its_owner_left(line: str, new: str, tmp_path: Path) -> None:
    source = _source(tmp_path, line)
    edit = edits.without(source, _call(source), mechanical=True)
    assert edit is not None
    assert edit.new.rstrip() == new


def test_a_method_on_a_line_of_its_own_is_left_to_the_user(tmp_path: Path) -> None:
    source = _source(tmp_path, "y = (\n    x\n    .detach()\n)")
    assert edits.without(source, _call(source), mechanical=True) is None


@pytest.mark.parametrize(
    ("line", "inner", "new"),
    [
        ("y = float(a + b) * 2", "a + b", "y = (a + b) * 2"),
        ("y = -float(a + b)", "a + b", "y = -(a + b)"),
        ("y = float(a + b)", "a + b", "y = a + b"),
        ("y = [float(a + b), 1]", "a + b", "y = [a + b, 1]"),
        ("y = float(a.sum()) * 2", "a.sum()", "y = a.sum() * 2"),
        ("y = float(-a) ** 2", "-a", "y = (-a) ** 2"),
    ],
)
def test_what_takes_the_place_of_a_call_is_held_together(line: str, inner: str, new: str, tmp_path: Path) -> None:
    source = _source(tmp_path, line)
    edit = edits.left_out(source, _call(source), inner, mechanical=True)
    assert edit is not None
    assert edit.new == new
