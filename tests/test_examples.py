"""The examples run, and print what stands beside them; numbers to twelve digits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from docs import same

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
COMMANDS = {
    **{name: ["sh", f"{name}.sh"] for name in ("one-liners", "torch-errors", "derivative-operators", "hard-places")},
    "make": ["make", "-s"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_example_prints_what_it_shows(name: str, tmp_path: Path) -> None:
    if shutil.which("jq") is None and name in {"one-liners", "make"}:
        pytest.skip("needs jq")
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        COMMANDS[name],
        cwd=tmp_path / "examples",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    expected = (EXAMPLES / f"{name}.out").read_text()
    assert same(expected, done.stdout.decode()), done.stdout.decode()
    assert done.returncode == 0


def test_every_example_has_its_output() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.out")} == set(COMMANDS)
    assert {path.stem for path in EXAMPLES.glob("*.sh")} == set(COMMANDS) - {"make"}


def test_the_comparison_sees_a_wrong_number() -> None:
    assert same("x = 1.00000000000000", "x = 1.00000000000001")
    assert not same("x = 1.0000000000", "x = 1.0000000001")
    assert not same("x = 1.0", "y = 1.0")
    assert not same("x = 1.0", "x = nan")
