"""Hostile input to ``gradcli check``."""

from __future__ import annotations

import subprocess
import sys

import pytest
from runner import run

NESTED = "(" * 5000 + "x" + ")" * 5000
HOSTILE: dict[str, tuple[list[str], set[int]]] = {
    "deep": ([NESTED, "1"], {3, 6}),
    "deep claim": (["x", NESTED], {3, 6}),
    "deep powers": (["x", "**".join(["x"] * 3000)], {3, 6}),
    "long": (["+".join(["x"] * 20_000), "20000"], {0, 5, 6}),
    "a million digits": (["x", "1" + "0" * 10**6], {6}),
    "a thousand digits of a size": (["sum(x)", "1", "--shape", "x=" + "9" * 1000], {4, 6}),
    "a tower": (["x**2", "x**9**9**9"], {1, 5, 6}),
    "a tower of numbers": (["x", "9**9**9**9"], {1, 5, 6}),
    "a factorial": (["x**2", "factorial(10**9)"], {1, 5, 6}),
    "an array": (["x", "sum(ones(10**9))"], {1, 3, 6}),
    "an eye": (["x", "trace(eye(10**6))"], {1, 3, 6}),
    "huge shape": (["sum(x)", "ones(100000)", "--shape", "x=100000"], {6}),
    "many axes": (["sum(x)", "1", "--shape", "x=9,9,9,9"], {6}),
    "control characters": (["x**2\x1b[2J", "\x1b[2Jx"], {3}),
    "control characters in a name": (["x**2", "2*x", "--claim", "\x1b[2J=1"], {2, 3, 4}),
    "bidirectional": (["x**2", "2*x\u202e"], {3}),
    "a lone surrogate": (["x**2", "2*x\udcff"], {3}),
    "zero bytes in a file name": (["--file", "a\x1bb.toml"], {4}),
    "an assignment": (["x**2", "y = 2*x; y"], {0, 2}),
    "an import": (["x", "__import__('os').system('true')"], {3}),
    "an attribute": (["x", "x.__class__"], {3}),
    "a lambda": (["x", "(lambda: __import__('os'))()"], {3}),
    "a directory": (["--file", "/"], {4}),
    "an endless device": (["--file", "/dev/zero"], {4, 6}),
    "many points": (["sin(x)", "cos(x)", "--points", "10000", "--check-time", "2"], {0, 5, 6}),
    "many conditions": (["x", "1", *["--where", "x > 0"] * 200], {0, 5}),
    "many claims": (["x", *["--claim", "x=1"] * 50], {0}),
    "a limit": (["sum(exp(A@A@A))", "A", "--shape", "A=12,12", "--check-time", "0.5"], {1, 5, 6}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input(name: str) -> None:
    argv, codes = HOSTILE[name]
    argv = [a.replace("\udcff", "\\xff") if name != "a lone surrogate" else a for a in argv]
    done = run(["check", *argv], seconds=45)
    assert done.code in codes, (done.code, done.stdout[-300:], done.stderr[-300:], done.seconds)
    shown = done.stdout + done.stderr
    assert "Traceback" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 20_000
    assert done.peak_mb < 2000


def test_usage_errors_import_nothing_of_torch() -> None:
    lines = [
        ["check"], ["check", "x**2"], ["check", "x", "1", "2"], ["check", "x", "1", "-q", "-v"], ["check", "x", "1", "--seed", "-1"],
        ["check", "--help"], ["check", "--python", "a:b"],
    ]  # fmt: skip
    program = (
        "import sys, json\nfrom gradcli.cli.app import run\n"
        f"for line in {lines!r}:\n    run(line)\n    assert 'torch' not in sys.modules, line\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
