"""Derivations as people type them: what is read, what is refused with its line, and how it is shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from runner import Completed, run

import gradcli
from gradcli.commands.check_files import check_files
from gradcli.inputs.chain_lines import sides
from gradcli.inputs.step_files import Given, steps_of

WRONG = """# by hand
d(x/(1 + x**2))/d(x) = ((1 + x**2)*1 - x*2*x)/(1 + x**2)**2
    = (1 + x**2 - 2*x**2)/(1 + x**2)**2   # multiplied out
    = (1 + x**2)/(1 + x**2)**2
    = 1/(1 + x**2)
"""


def steps(text: str | bytes, *argv: str) -> Completed:
    return run(["check", "--steps", "-", *argv], text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(("text", "function", "claims"), [
    ("d(x**2)/d(x) = 2*x", "x**2", ["2*x"]),
    ("d(x**2)/dx = 2*x = x + x", "x**2", ["2*x", "x + x"]),
    ("d(x**2)/d(x) = diff(x*x, x)\n\t= x +\n\t\tx\n = 2*x", "x**2", ["diff(x*x, x)", "x + x", "2*x"]),
    ("grad(x**2, x) = 2*x\n= x*2 # so it is\n# and so on\n= x + x", "x**2", ["2*x", "x*2", "x + x"]),
    ("diff(x**3, x, x) = 3*2*x\n= 6*x", "x**3", ["3*2*x", "6*x"]),
    ("d2(x**3)/d(x)2 = 6*x = 3*2*x", "x**3", ["6*x", "3*2*x"]),
    ("shape x=n\nd(sum(x**2))/d(x) = 2*x\n = x + x\nwhere x > 0", "sum(x**2)", ["2*x", "x + x"]),
    ("d(sum(x, dim=0))/d(x) = where(x == 1, 1, 1)", "sum(x, dim=0)", ["where(x == 1, 1, 1)"]),
    ("d(x**2)/d(x) = a = x; 2*a", "x**2", ["a = x; 2*a"]),
])  # fmt: skip
def test_derivations(text: str, function: str, claims: list[str]) -> None:
    (rows,) = steps_of(text, Given(), "a.txt")
    assert {row.function for row in rows} == {function}
    assert [row.claim for row in rows] == claims
    assert {row.chain for row in rows} == {1}
    assert {row.file for row in rows} == {"a.txt"}


def test_lines_of_a_function_that_is_given_need_no_sign() -> None:
    for text in ("2*x\nx + x", "= 2*x\n= x + x", "= 2*x = x + x"):
        (rows,) = steps_of(text, Given("x**2", "x"), "")
        assert [(row.function, row.wrt, row.claim) for row in rows] == [("x**2", "x", "2*x"), ("x**2", "x", "x + x")]


def test_a_blank_line_ends_a_derivation() -> None:
    chains = steps_of("d(x)/d(x) = 1\n\n\nd(x**2)/d(x) = 2*x\n = x*2\nd(y)/d(y) = 1", Given(), "")
    assert [[row.line for row in rows] for rows in chains] == [[1], [4, 5], [6]]


def test_settings_hold_for_their_derivation() -> None:
    first, second = steps_of("d(log(x))/d(x) = 1/x\nwhere x > 0\n\nd(x)/d(x) = 1", Given(where=("x < 9",)), "")
    assert first[0].where == ("x > 0", "x < 9")
    assert second[0].where == ("x < 9",)


@pytest.mark.parametrize(("text", "line", "word"), [
    ("", None, "no derivation"),
    ("# nothing\n\n", None, "no derivation"),
    ("hello", 1, "hello"),
    ("= 2*x", 1, "= 2*x"),
    ("d(x**2)/d(x) =", 1, "nothing behind the sign"),
    ("d(x**2)/d(x) = 2*x\n =", 2, "nothing behind the sign"),
    ("d(x**2)/d(x) = 2*x\n = = x", 2, "nothing behind the sign"),
    ("d(x**2/d(x) = 2*x", 1, "parentheses"),
    ("d(x**2)/d(x) = 2*x\nso we see", 2, "so we see"),
    ("d(x**2)/d(x) = 2*x\nwhere y > 0", 2, "y"),
    ("shape x=n\n\n# lost", 1, "no derivation below it"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int | None, word: str) -> None:
    done = steps(text)
    assert done.code == 3, done.stderr
    assert word in done.stderr
    assert (f"stdin:{line}:" in done.stderr) is (line is not None)
    assert "Traceback" not in done.stderr


def test_a_line_that_is_no_formula_is_shown_and_the_others_are_judged() -> None:
    done = steps("d(x**2)/d(x) = 2*x\n = 2*x +\n = x + x")
    assert done.code == 3
    shown = done.stdout.splitlines()
    assert [line.split()[1] for line in shown if line.startswith("stdin:")] == ["right", "unreadable", "right"]
    assert shown[-1] == "2 of 3 lines right, line 2 undecided"
    assert done.stdout.count("^") == 1


@pytest.mark.parametrize(("data", "code", "word"), [
    (b"\0\0\0", 4, "stdin:1: not text"),
    (b"d(x)/d(x) = 1\n = \xff", 4, "stdin:2: not text"),
    (b"d(x)/d(x) = 1\n" * 100_000, 6, "longer than"),
    (b"d(x)/d(x) = 1\n" + b" = 1\n" * 10_000, 6, "10,001 lines"),
    (b"d(x)/d(x) = " + b"(" * 5000 + b"\n", 6, ""),
    (b"d(x)/d(x) = 1\n = \x1b[2J", 3, ""),
])  # fmt: skip
def test_hostile_texts(data: bytes, code: int, word: str) -> None:
    done = steps(data)
    assert done.code == code, done.stderr
    assert word in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_many_lines_are_judged() -> None:
    done = steps(b"d(x**2)/d(x) = 2*x\n" + b" = x + x\n" * 998 + b" = x\n")
    assert done.code == 1
    assert done.stdout.splitlines()[-1] == "line 1000 of 1000 is the first wrong one"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.txt"):
        done = run(["check", "--steps", str(path)])
        assert done.code == 4
        assert "Traceback" not in done.stderr


def test_stdout_that_is_closed() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    argv = [sys.executable, "-m", "gradcli", "check", "--steps", "-"]
    done = subprocess.run(argv, input=WRONG.encode(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert b"Traceback" not in done.stderr
    assert done.returncode not in {0, 70}


# -- shown


def test_the_text_marks_the_first_wrong_line(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text(WRONG)
    done = run(["check", "--steps", "d.txt"], cwd=tmp_path)
    assert done.code == 1
    assert done.stdout.splitlines() == [
        "d(x/(1 + x**2))/d(x)",
        "d.txt:2: right        = ((1 + x**2)*1 - x*2*x)/(1 + x**2)**2",
        "d.txt:3: right        = (1 + x**2 - 2*x**2)/(1 + x**2)**2",
        "d.txt:4: wrong        = (1 + x**2)/(1 + x**2)**2",
        "                           ^",
        "  like terms: x**2 - 2*x**2 is -x**2, not x**2",
        "  should read: (1 - x**2)/(1 + x**2)**2",
        "  at x = 2.0: claimed 0.2, true -0.12",
        "  again: gradcli check 'x/(1 + x**2)' '(1 + x**2)/(1 + x**2)**2' --wrt x x=2",
        "d.txt:5: follows      = 1/(1 + x**2)",
        "  follows from the line above",
        "line 3 of 4 is the first wrong one",
    ]


def test_quiet_shows_what_is_wrong_alone() -> None:
    assert steps("d(x**2)/d(x) = 2*x", "-q").stdout == ""
    quiet = steps(WRONG, "-q").stdout
    assert "right" not in quiet
    assert "should read" in quiet
    assert "(proved)" in steps(WRONG, "-v").stdout


def test_the_page_shows_a_derivation_as_one(tmp_path: Path) -> None:
    """Lines that stand in one line of the file have places of their own, to which the table above leads."""
    (tmp_path / "d.txt").write_text(f"{WRONG}\nd(x**2)/d(x) = diff(x**2, x) = 2*x\n")
    assert run(["check", "--steps", "d.txt", "--html", "d.html"], cwd=tmp_path).code == 1
    page = (tmp_path / "d.html").read_text()
    chains = [part.partition("</ol>")[0] for part in page.split('<ol class="chain">')[1:]]
    assert [re.findall(r'<span class="badge \w+">([\w ]+)</span>', chain) for chain in chains] == [
        ["right", "right", "wrong", "follows"],
        ["right", "right"],
    ]
    assert re.findall(r' id="(line-\d)"', page) == [f"line-{k}" for k in range(1, 7)]
    assert re.findall(r'href="#(line-\d)"', page) == [f"line-{k}" for k in range(1, 7)]
    assert "like terms" in chains[0].partition(">wrong<")[2].partition(">follows<")[0]


def test_json_and_junit(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text(WRONG)
    done = run(["check", "--steps", "d.txt", "--json", "--junit", "d.xml"], cwd=tmp_path)
    (found,) = json.loads(done.stdout)["steps"]
    assert found["first_wrong"] == 2
    assert [line["standing"] for line in found["lines"]] == ["right", "right", "wrong", "follows"]
    assert [line["equal"] for line in found["lines"]] == [None, "proved", "refuted", "proved"]
    assert found["mistake"]["span"] == [3, 4]
    written = (tmp_path / "d.xml").read_text()
    assert 'tests="4" failures="2"' in written
    assert 'line="4"' in written
    assert "like terms" in written


@pytest.mark.parametrize("option", ["--claim=x=1", "--file=a.md", "--table=a.csv", "--certificate=a", "--fail-fast"])
def test_options_that_say_nothing_of_a_derivation(option: str) -> None:
    done = steps("d(x)/d(x) = 1", option)
    assert done.code == 2
    assert "does not go with --steps" in done.stderr


def test_of_a_function_on_the_command_line() -> None:
    assert steps("= 2*x*y\n= y*(x + x)", "x**2*y", "--wrt", "x").code == 0
    assert steps("= 2*x*y\n= y*x", "x**2*y", "--wrt", "x").code == 1
    assert "in which variable" in steps("= 2*x*y", "x**2*y").stdout


# -- chains among claims


def test_chains_in_markdown_and_docstrings(tmp_path: Path) -> None:
    chain = "d(x**3)/d(x) = 3*x**2*diff(x, x)\n    = 3*x\n    = x*3"
    (tmp_path / "notes.md").write_text(f"```gradcli\n# cube\n{chain}\nd(x)/d(x) = 1 = 2 - 1\n```\n")
    (tmp_path / "notes.py").write_text(f'"""Cubes.\n\n{chain}\n"""\n')
    report = check_files([str(tmp_path / "notes.md"), str(tmp_path / "notes.py")])
    assert [claim.line for claim in report.claims] == [3, 4, 5, 6, 6, 3, 4, 5]
    assert [claim.chain for claim in report.claims] == [3, 3, 3, 6, 6, 3, 3, 3]
    assert [claim.name for claim in report.claims][:3] == ["cube"] * 3
    assert [str(claim.verdict) for claim in report.claims[:3]] == ["proved", "refuted", "refuted"]
    wrong, follows = report.claims[1:3]
    assert "line 2 is the first wrong one of its chain" in wrong.notes
    assert wrong.diagnosis is not None
    assert (wrong.diagnosis.text, wrong.diagnosis.suggestion) == ("a factor x of 3*x**2*diff(x, x) is lost", "3*x**2")
    assert "follows from the line above" in follows.notes
    assert follows.diagnosis is None
    assert check_files([str(tmp_path / "notes.md")], jobs=2).claims == report.claims[:5]


def test_sides_of_a_chain() -> None:
    assert [part.text for part in sides("a == b = c(d=1) = [e=f] = 'g = h' <= 2")] == [
        "a == b", "c(d=1)", "[e=f]", "'g = h' <= 2",
    ]  # fmt: skip


def test_in_python_errors_speak_of_keywords() -> None:
    with pytest.raises(gradcli.UsageError):
        gradcli.check_steps()
    with pytest.raises(gradcli.ExpressionError):
        gradcli.check_steps("hello")
    assert gradcli.check_steps("d(x**2)/d(x) = 2*x = x + x")
    assert gradcli.check_steps(["A@x + A.T@x"], function="x@A@x", wrt="x", shape={"A": "n,n", "x": "n"})
