"""``gradcli check --file``: file and line, processes, JUnit."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from checking.asking import check
from runner import worked

import gradcli

TOML = """[[claim]]
name = "square"
function = "x**2"
derivative = "2*x"

[[claim]]
name = "wrong"
function = "x**3"
derivative = "2*x**2"

[[claim]]
name = "broken"
function = "x**3 +"
derivative = "3*x**2"

[[claim]]
name = "kinky"
function = "log(x)"
where = "x < 0"
derivative = "1/x"
"""
MARKDOWN = "Text.\n\n```gradcli\nd(x**2)/d(x) = 2*x\nd(log(x))/d(x) = 2/x\n  where x > 0\n```\n"
PYTHON = '"""Text.\n\nd(sin(x)*y)/d(x) = cos(x)*y\nd(sin(x)*y)/d(y) = cos(x)\n"""\n'


@pytest.fixture
def suites(tmp_path: Path) -> Path:
    (tmp_path / "a.toml").write_text(TOML)
    (tmp_path / "b.md").write_text(MARKDOWN)
    (tmp_path / "c.py").write_text(PYTHON)
    (tmp_path / "good.md").write_text("```gradcli\nd(x**2)/d(x) = 2*x\n```\n")
    return tmp_path


SEVERAL = '[[claim]]\nname = "product"\nfunction = "x*y"\nderivative = {x = "y", y = "x"}\n'


@pytest.mark.parametrize(("only", "names"), [
    (["square"], ["square"]), (["wrong", "square"], ["square", "wrong"]), (["product"], ["product (x)", "product (y)"]),
    (["product (y)"], ["product (y)"]), (["x"], ["x", "x", "x"]), (["y"], ["y"]), (["square", "square"], ["square"]),
])  # fmt: skip
def test_only_the_claims_that_are_named(only: list[str], names: list[str], suites: Path) -> None:
    """In the files' order; a claim without a name goes by its variable."""
    (suites / "d.toml").write_text(SEVERAL)
    files = [str(suites / name) for name in ("a.toml", "b.md", "c.py", "d.toml")]
    assert [claim.name for claim in gradcli.check_files(files, only=only).claims] == names
    words = " ".join(f"--only '{name}'" for name in only)
    done = check(f"--file {' '.join(files)} --json {words}")
    assert [claim["name"] for claim in json.loads(done.stdout)["claims"]] == names


@pytest.mark.parametrize(("line", "code", "said"), [
    ("--file a.toml --only square --only squar", 4, "error: no claim is named 'squar'\ntry: did you mean 'square'?\n"),
    ("--file a.toml --only '\x1b[2J'", 4, "error: no claim is named '\\x1b[2J'\ntry: -v shows the names of all claims\n"),
    ("x**2 2*x --only square", 2, "error: --only picks claims of --file\ntry: gradcli check --file claims.toml --only ridge\n"),
])  # fmt: skip
def test_a_name_that_no_claim_has_is_an_error(line: str, code: int, said: str, suites: Path) -> None:
    done = check(line, cwd=suites)
    assert (done.code, done.stdout, done.stderr) == (code, "", said)


def test_files_report_file_and_line(suites: Path) -> None:
    done = check("--file a.toml --file b.md --file c.py", cwd=suites)
    assert (done.code, done.stderr) == (1, "")
    starts = re.findall(r"^(\S+:\d+: \w+)", done.stdout, re.MULTILINE)
    assert starts == [
        "a.toml:9: refuted",
        "a.toml:14: error",
        "a.toml:20: undecided",
        "b.md:5: refuted",
        "c.py:4: refuted",
    ]
    assert re.search(r"^8 claims: 3 proved, 3 refuted, 1 undecided, 1 in error$", done.stdout, re.MULTILINE)
    assert done.stdout.count("  again: gradcli check ") == 3


ARRANGED = """```gradcli
shape A=m,n x=n S=n,n a=n
assume S=symmetric
symmetric joint
layout denominator
d(A@x)/d(x) = A.T
d(a@S@a)/d(S) = 2*outer(a, a) - diag(a**2)
d(a@S@a)/d(a) = 2*S@a
```

```gradcli
shape A=n,n X=n,n
vec
d(A@X)/d(X) = kron(eye(n), A)
d(A@X)/d(X) = kron(A, eye(n))
```
"""


def test_files_say_what_is_assumed_and_how_claims_are_arranged(tmp_path: Path) -> None:
    (tmp_path / "c.md").write_text(ARRANGED)
    done = check("--file c.md", cwd=tmp_path)
    assert (done.code, done.stderr) == (1, "")
    assert re.findall(r"^\S+:(\d+): (\w+)", done.stdout, re.MULTILINE) == [("15", "refuted")]
    assert "kron(A, eye(n))' --wrt X --vec" in done.stdout
    assert done.stdout.endswith("5 claims: 4 proved, 1 refuted\n")


def test_files_with_verbose_quiet_and_json(suites: Path) -> None:
    assert "a.toml:4: proved square: d(x**2)/d(x) = 2*x" in check("--file a.toml -v", cwd=suites).stdout
    assert check("--file good.md -q", cwd=suites).stdout == ""
    good = check("--file good.md", cwd=suites)
    assert good.code == 0
    assert re.fullmatch(r"1 claim: 1 proved\n", good.stdout)
    found = json.loads(check("--file a.toml --json", cwd=suites).stdout)
    assert [(c["file"], c["line"], c["name"], c["verdict"]) for c in found["claims"]] == [
        ("a.toml", 4, "square", "proved"), ("a.toml", 9, "wrong", "refuted"), ("a.toml", 14, "broken", "undecided"),
        ("a.toml", 20, "kinky", "undecided"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kept", "code"), [("square", 0), ("wrong", 1), ("broken", 3), ("kinky", 5)])
def test_the_exit_code_of_a_file_is_its_worst_claims(kept: str, code: int, suites: Path) -> None:
    blocks = ["[[claim]]" + block for block in TOML.split("[[claim]]")[1:]]
    (suites / "one.toml").write_text("\n".join(b for b in blocks if '"square"' in b or f'"{kept}"' in b))
    assert check("--file one.toml", cwd=suites).code == code


def test_fail_fast_stops(suites: Path) -> None:
    done = check("--file a.toml --file b.md --fail-fast", cwd=suites)
    assert done.code == 1
    assert re.search(r"^2 claims: 1 proved, 1 refuted, 4 not reached$", done.stdout, re.MULTILINE)
    assert "b.md" not in done.stdout


def test_jobs_give_the_same_in_the_same_order(suites: Path) -> None:
    paths = [str(suites / name) for name in ("a.toml", "b.md", "c.py")]
    alone, together = (gradcli.check_files(paths, jobs=jobs) for jobs in (1, 2))
    assert alone.claims == together.claims
    assert alone.exit_code() == together.exit_code() == 1
    progress: list[tuple[int, int]] = []
    gradcli.check_files(paths[1:], progress=lambda done, total: progress.append((done, total)))
    assert progress == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for jobs in (0, 257, -1):
        with pytest.raises(gradcli.GradcliError, match="jobs is a whole number from 1 to 256"):
            gradcli.check_files(paths, jobs=jobs)


def _marked(mark: str) -> list[str]:
    """Processes with a mark in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in entry.read_bytes():
                found.append(entry.parent.name)
    return found


def _busy_children(mark: str, parent: int) -> int:
    """Processes with the mark, but for the parent, that have begun with their claims: to load takes less."""
    return sum(worked(int(process)) > 2.0 for process in _marked(mark) if int(process) != parent)


@pytest.mark.parametrize(("number", "code", "said"), [
    (signal.SIGINT, 130, ""), (signal.SIGTERM, -signal.SIGTERM, None), (signal.SIGKILL, 6, "error: a process that was checking claims was killed"),
])  # fmt: skip
def test_processes_that_are_stopped_leave_none_behind(
    number: signal.Signals, code: int, said: str | None, tmp_path: Path
) -> None:
    """SIGKILL goes to a child, as the kernel sends it when memory is short; the others to the parent."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    slow = "d(sum(exp(A@A@A)))/d(A) = exp(A)"
    (tmp_path / "slow.md").write_text("```gradcli\nshape A=3,3\n" + f"{slow}\n" * 40 + "```\n")
    mark = f"gradcli-test-{tmp_path}"
    command = [sys.executable, "-m", "gradcli", "check", "--file", "slow.md", "--jobs", "2"]
    parent = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 300
    while _busy_children(mark, parent.pid) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    target = parent.pid if number != signal.SIGKILL else max(int(p) for p in _marked(mark))
    os.kill(target, number)
    stdout, stderr = parent.communicate(timeout=300)
    assert parent.returncode == code, (stdout, stderr)
    assert said is None or stderr.startswith(said), stderr
    assert said != "" or stderr == "", stderr
    while _marked(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _marked(mark)


def test_junit(suites: Path) -> None:
    assert check("--file a.toml --file good.md --junit out.xml", cwd=suites).code == 1
    root = ET.parse(suites / "out.xml").getroot()  # noqa: S314  # our own file
    assert [root.get(key) for key in ("tests", "failures", "errors")][:2] == ["5", "1"]
    failure = root.find(".//failure")
    assert failure is not None
    assert "claimed 8.0, true 12.0" in (failure.get("message") or "")
    assert [case.get("line") for case in root.iter("testcase")] == ["4", "9", "14", "20", "2"]


def test_one_line_claims_write_junit_too(tmp_path: Path) -> None:
    assert check("'x*y' --claim x=y --claim y=2*x --junit out.xml", cwd=tmp_path).code == 1
    root = ET.parse(tmp_path / "out.xml").getroot()  # noqa: S314  # our own file
    assert (root.get("tests"), root.get("failures")) == ("2", "1")


@pytest.mark.parametrize("line", [
    "--file a.toml --claim x=1", "--file a.toml --at x=1", "--file a.toml --jobs 0", "--file a.toml --jobs 257",
    "--file a.toml --points 0",
])  # fmt: skip
def test_options_that_do_not_go_with_files(line: str, suites: Path) -> None:
    done = check(line, cwd=suites)
    assert (done.code, done.stdout) == (2, ""), done


UNREADABLE = (
    '[[claim]]\nfunction = "x**2"\nderivative = "2*x+"\n\n[[claim]]\nfunction = "x*y"\nderivative = "sin(x, y)"\n'
)


def test_a_claim_that_cannot_be_read_is_shown_with_the_place_in_its_text(tmp_path: Path) -> None:
    file = tmp_path / "claims.toml"
    file.write_text(UNREADABLE)
    done = check(f"--file {file}")
    assert done.code == 3
    assert "  the expression ends too early\n    2*x+\n        ^\n" in done.stdout
    assert "    sin(x, y)\n    ^~~~~~~~~\n" in done.stdout
    first, second = json.loads(check(f"--file {file} --json").stdout)["claims"]
    assert (first["error"], first["source"], first["span"]) == (3, "2*x+", [4, 4])
    assert (second["error"], second["source"], second["span"]) == (3, "sin(x, y)", [0, 9])


def test_a_refutation_goes_before_a_claim_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "claims.toml"
    file.write_text(UNREADABLE + '\n[[claim]]\nfunction = "x**2"\nderivative = "3*x"\n')
    assert check(f"--file {file}").code == 1


@pytest.mark.parametrize(("line", "source", "span"), [
    ("'x**2' '2*x+'", "2*x+", [4, 4]), ("'x**2' '2*z'", "2*z", [2, 3]), ("'x**2+' '2*x'", "x**2+", [5, 5]),
    ("'x**2' 'sin(x, x)'", "sin(x, x)", [0, 9]), ("'x*y' --claim 'x=foo(y)'", "foo(y)", [0, 3]),
])  # fmt: skip
def test_json_says_in_which_of_the_texts_the_error_is(line: str, source: str, span: list[int]) -> None:
    done = check(f"{line} --json")
    error = json.loads(done.stderr)["error"]
    assert (done.code, error["code"], error["source"], error["span"]) == (3, 3, source, span)
