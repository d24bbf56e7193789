"""What ``gradcli check`` prints, as text and as JSON, and the forms of ``gradcli.check``."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from checking.asking import answer, check
from runner import CLOSED

import gradcli
from gradcli.base.errors import ExitCode


def test_text_of_a_refutation() -> None:
    """d sin(x**2)/dx = 2 x cos(x**2), at x = 2: 4 cos 4 = -2.6145744834544478, cos 4 = -0.6536436208636119."""
    done = check("'sin(x**2)' 'cos(x**2)'")
    assert done.stdout == (
        "refuted\n"
        "  at x = 2.0: claimed -0.6536436208636119, true -2.6145744834544478\n"
        "  chain rule: × 2*x is missing, the inner derivative of x**2\n"
        "  suggestion: 2*x*cos(x**2)\n"
        "  again: gradcli check 'sin(x**2)' 'cos(x**2)' --wrt x x=2\n"
    )


def test_numbers_that_print_alike_are_told_apart() -> None:
    """2 * 2 * 1e-27 = 4e-27; exp(-1e4) = 1.14e-4343."""
    done = check("'x**2' '2*x*(1 + 1e-27)'")
    assert "claimed 4.0, true 4.0\n" in done.stdout
    assert "both numbers are the same in float64; they are 4.00e-27 apart\n" in done.stdout
    assert "they are 1.14e-4343 apart" in check("'exp(-x)' 0 x=1e4").stdout
    assert "apart" not in check("'x**2' x").stdout


def test_success_is_one_line() -> None:
    assert check("'x**2' '2*x'").stdout == "proved\n"
    assert check("'x*y' --claim x=y --claim y=x").stdout == "x: proved\ny: proved\n"
    assert check("'x**2' '2*x' -q").stdout == ""
    assert re.fullmatch(
        r"proved\n  routes: index form, rules; 1 point; [\d.]+ s\n  proof: index form\n",
        check("'x**2' '2*x' -v").stdout,
    )


def test_quiet_shows_what_is_not_right() -> None:
    done = check("'x*y' --claim x=y --claim y=2*x -q")
    assert done.code == 1
    assert done.stdout.startswith("y: refuted\n")
    assert "x: " not in done.stdout


FIELDS = {
    "name", "wrt", "kind", "function", "claim", "verdict", "points", "sizes", "digits", "counterexample", "diagnosis", "suggestion",
    "notes", "routes",
}  # fmt: skip


def test_json_has_the_contracts_fields() -> None:
    found = answer("'x**2*sin(y)' --claim x='2*x*sin(y)' --claim y='x**2*sin(y)'")
    assert found.keys() >= {"schema", "command", "verdict", "claims"}
    assert (found["schema"], found["command"], found["verdict"]) == ("gradcli/1", "check", "refuted")
    right, wrong = found["claims"]
    assert right.keys() >= FIELDS
    assert wrong.keys() >= FIELDS
    assert (right["name"], right["wrt"], right["verdict"]) == ("x", ["x"], "proved")
    assert (right["counterexample"], right["diagnosis"], right["suggestion"]) == (None, None, None)
    assert (wrong["name"], wrong["verdict"], wrong["claim"]) == ("y", "refuted", "x**2*sin(y)")
    assert wrong["counterexample"].keys() == {"at", "component", "claimed", "true", "command"}
    assert wrong["counterexample"]["at"].keys() == {"x", "y"}
    assert wrong["suggestion"] == "x**2*cos(y)"


def test_json_of_an_array() -> None:
    found = answer("'sum(x**2)' 'x' --shape x=n")["claims"][0]
    assert (found["kind"], found["sizes"]) == ("grad", [{"n": 2}, {"n": 3}, {"n": 4}])
    shown = found["counterexample"]
    (k,) = shown["component"]
    assert shown["true"] == 2 * shown["at"]["x"][k] == 2 * shown["claimed"]


def test_json_of_an_error() -> None:
    done = check("'x**2' 'foo(x)' --json")
    assert (done.code, done.stdout) == (3, "")
    error = json.loads(done.stderr)["error"]
    assert error.keys() == {"kind", "code", "message", "span", "source", "hint"}
    assert (error["code"], error["span"]) == (3, [0, 3])


def test_the_api_gives_the_command_lines_json() -> None:
    ours = gradcli.check("x*y", {"x": "y", "y": "2*x"}).to_dict()
    theirs = answer("'x*y' --claim x=y --claim y=2*x")
    assert ours.keys() == theirs.keys()
    assert ours["claims"] == theirs["claims"]


def test_api_forms() -> None:
    for report in (
        gradcli.check("x**2", "2*x"),
        gradcli.check("x**2", {"x": "2*x"}),
        gradcli.check("x**2", claims={"x": "2*x"}),
        gradcli.check("x**2", claims=["x=2*x"]),
        gradcli.check("x**2", "2*x", {"x": 3}),
        gradcli.check("x**2", "2*x", at=["x=3"]),
        gradcli.check("x**2", "diag(2*x)", {"x": [1.0, 2.0]}, kind="jacobian"),
        gradcli.check("sum(x**2)", "2*x", shape={"x": "n"}),
        gradcli.check("sum(x**2)", "2*x", shape={"x": (3,)}),
        gradcli.check("sum(X@w)", "sum(X,axis=0)", wrt="w", shape=["X=n,d", "w=d"], where=["sum(w) > 0"]),
    ):
        assert report.exit_code() == 0, report
    with pytest.raises(gradcli.GradcliError) as caught:
        gradcli.check("x**2", {})
    assert caught.value.code is ExitCode.USAGE


def test_stdin_and_output(tmp_path: Path) -> None:
    assert check("- '2*x'", b"x**2\n").stdout == "proved\n"
    assert check("'x**2' -", b"2*x").stdout == "proved\n"
    (tmp_path / "f").write_text("x**2")
    done = check("@f '2*x' -o out", cwd=tmp_path)
    assert (done.code, done.stdout, (tmp_path / "out").read_text()) == (0, "", "proved\n")


def test_closed_and_full_streams() -> None:
    assert check("'x**2' '2*x'", CLOSED).stdout == "proved\n"
    for redirection in (">&-", ">/dev/full"):
        line = f"{shlex.quote(sys.executable)} -m gradcli check 'x**2' '2*x' {redirection}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert done.returncode == 74, done
        assert re.fullmatch(r"error: .*\n", done.stderr), done
