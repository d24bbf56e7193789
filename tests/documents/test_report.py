"""What the report of a document says: places, how a formula is read, what was passed over and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from runner import run

from gradcli.base.errors import ExitCode

pytest.importorskip("lark")

UNREAD = r"$$\frac{\partial u}{\partial t} = \int_0^1 x^2 \, ds$$"
TEXT = rf"""# Heat

$$u(x, t) = x^2 t$$

{UNREAD}

$$\frac{{\partial u}}{{\partial x}} = 2xt \label{{eq:slope}}$$
"""
WRONG = "# One\n\n$f(x) = x^2$\n\n$$f'(x) = 3x$$\n\n$$f''(x) = 2$$\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "n.md").write_text(TEXT, encoding="utf-8")
    (folder / "w.md").write_text(WRONG, encoding="utf-8")
    return folder


def test_a_claim_that_cannot_be_read_is_an_error_with_its_line(folder: Path) -> None:
    done = run(["check", "n.md"], cwd=str(folder))
    assert done.code == ExitCode.EXPRESSION
    assert "n.md:5: error Heat" in done.stdout
    assert "an integral is not read" in done.stdout
    assert "2 claims: 1 proved, 1 in error; 1 formula passed over (1 definition)" in done.stdout


def test_json_has_the_line_and_the_error(folder: Path) -> None:
    done = run(["check", "n.md", "--format", "json"], cwd=str(folder))
    first, second = json.loads(done.stdout)["claims"]
    assert (first["line"], first["error"], first["section"]) == (5, ExitCode.EXPRESSION, "Heat")
    assert "an integral is not read" in first["notes"][0]
    assert (second["line"], second["label"], second["verdict"]) == (7, "eq:slope", "proved")


def test_junit_has_the_place_of_what_fails(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "out.xml"
    assert run(["check", "w.md", "--junit", str(report)], cwd=str(folder)).code == 1
    assert 'file="w.md" line="5"' in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [[], ["w.md"], ["-v"], ["--jobs", "1", "--fail-fast"]])
def test_a_wrong_claim_is_told_with_its_line_and_how_it_is_read(options: list[str], folder: Path) -> None:
    done = run(["check", "w.md", *options], cwd=str(folder))
    assert done.code == 1
    assert "w.md:5: refuted One: f'(x) = 3x\n  read as: d(x**2)/d(x) = 3*x\n" in done.stdout
