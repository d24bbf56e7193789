"""What the README says under Contributing is so: each addition is made in a copy of the package, and works there.

A block of Python whose first line is ``# PATH`` is that file; with ``, below LINE`` it stands below that line. The
number of files that the README names is that of the blocks' paths.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import contents
import pytest

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"^```python\n# (gradcli/\S+\.py)(?:, below ([^\n]+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COUNTS = {"One": 1, "Two": 2, "Four": 4}

# The heading of an addition, a command line that needs it, and a part of what this prints.
ADDITIONS = {
    "An operation: its row": [
        (["grad", "gudermann(x)", "x=0", "-v"], "1.0\nread as: gudermann(x)\ncheck: agrees"),
        (["check", "gd(x)", "1/cosh(x)"], "proved\n"),
        (["grad", "sum(rot180(A)*B)", "A=[[1,2],[3,4]]", "B=[[1,0],[0,0]]", "--wrt", "A"], "[[0.0, 0.0], [0.0, 1.0]]"),
        (["grad", "sum(rot180(v))", "v=1,2"], "rot180 needs a matrix, found v (2,)"),
    ],
    "A library's call: its spelling": [
        (["grad", "q, r = divmod(x, 3); r**2", "x=7.5"], "3.0\n"),
        (["grad", "divmod(x, 3)", "x=7.5"], "divmod gives 2 results: quotient, remainder"),
    ],
    "A command": [
        (["shapes", "A@x + b", "--shape", "A=3,2", "--shape", "x=2"], "A @ x + b  (3,)\n"),
        (["shapes", "A@x", "--shape", "A=3,2", "--shape", "x=3"], "matmul needs equal inner sizes"),
        (["--help"], "The shape of each step of an expression."),
    ],
    "An output format": [
        (["grad", "x*sum(v)", "x=2", "v=1,2", "--format", "tsv"], "x\t\t3.0\nv\t0\t2.0\nv\t1\t2.0\n"),
        (["grad", "x**2", "--format", "tsv"], "tsv holds numbers, and a formula has none"),
    ],
    "A diagnosis": [
        (["check", "x**3 - x", "abs(3*x**2 - 1)"], "absolute value: the derivative has a sign; the claim is its size"),
    ],
    "A cause of an autograd error": [
        (
            ["explain", "--error", "ValueError: Unexpected keyword arguments: use_re"],
            "checkpoint does not know the option use_re.",
        ),
        (["explain", "--error", "checkpoint_option"], "an option of checkpoint is misspelt"),
    ],
}

# Command lines one after another in one process: what each prints, and an END.
END = "\n-- end --\n"
RUN = f"""
import contextlib, json, sys
from gradcli.cli.app import run
with contextlib.redirect_stderr(sys.stdout):
    for argv in json.loads(sys.argv[1]):
        run(argv)
        print(end={END!r})
"""


def section(heading: str) -> str:
    """What the README says below a heading of the third level."""
    text = (ROOT / "README.md").read_text()
    return re.split(r"^##+ ", text.split(f"\n### {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


def add(heading: str, folder: Path) -> set[str]:
    """Makes the additions of a section in a copy of the package in ``folder``, and returns the paths of their files."""
    shutil.copytree(ROOT / "gradcli", folder / "gradcli")  # what is compiled already stays so
    blocks = _BLOCK.findall(section(heading))
    for path, below, code in blocks:
        file = folder / path
        assert file.exists() == bool(below), path
        if below:
            lines = file.read_text().splitlines(keepends=True)
            places = [number for number, line in enumerate(lines, 1) if line.strip() == below]
            assert len(places) == 1, f"{path} has {len(places)} lines {below}"
            lines.insert(places[0], code)
            code = "".join(lines)
        file.write_text(code)
    return {path for path, _, _ in blocks}


@pytest.mark.parametrize("heading", ADDITIONS)
def test_addition_works_in_the_files_that_are_named(heading: str, tmp_path: Path) -> None:
    paths = add(heading, tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, Path(contents.__file__), "--write"], env=environment, check=True)
    lines = [argv for argv, _ in ADDITIONS[heading]]
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(lines)], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    said = done.stdout.split(END)
    assert len(said) == len(lines) + 1, done
    for (argv, shown), printed in zip(ADDITIONS[heading], said, strict=False):
        assert shown in printed, (argv, printed)
    word = section(heading).split()[0]
    expected = len(paths) if heading != "An operation: its row" else len(paths) - 1  # two rows, of two subjects
    assert COUNTS[word] == expected, (word, paths)


def test_every_block_of_the_readme_is_tried() -> None:
    shown = _BLOCK.findall((ROOT / "README.md").read_text())
    assert len(shown) == sum(len(_BLOCK.findall(section(heading))) for heading in ADDITIONS) == 13
