"""A shell loop of warm one-liners beside the same loop of bare Python: what counts is what the next one waits for, too.

Each round runs every loop once, one after another, so that a machine that slows down slows all of them; the figures
are medians of the rounds and ratios of medians. The launcher is as pip 25.2 and later, and uv, write it; that of an
older pip imports ``re`` first, and has a row of its own where this environment has one.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from warm_site import BIN, runtime_directory

LAUNCHER = """#!{python}
import sys
from gradcli.__main__ import main
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(main())
"""
TARGET = 2.0


@dataclass(frozen=True, slots=True)
class Loop:
    """A command with $i in it. own: where its server is, and what code it runs."""

    name: str
    command: str
    own: dict[str, str]


def table(times: int, rounds: int, other: Path | None) -> list[dict[str, object]]:
    """One dict a loop: name, milliseconds of one turn (median), ratio to bare Python, target.

    other: another checkout, to be measured beside this one
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        launcher = folder / "gradcli"
        launcher.write_text(LAUNCHER.format(python=sys.executable))
        launcher.chmod(0o755)
        here = stack.enter_context(_served(launcher, None))
        grad = "grad 'x^2*sin(x)' x=$i"
        loops = [
            Loop("python -c pass", f"{sys.executable} -c pass", here),
            Loop("gradcli, warm", f"{launcher} {grad}", here),
        ]
        if "import re" in (BIN / "gradcli").read_text():
            loops.append(Loop("the same, by a launcher that imports re", f"{BIN / 'gradcli'} {grad}", here))
        if other is not None:
            there = stack.enter_context(_served(launcher, other))
            loops.append(Loop(f"the same of {other}", f"{launcher} {grad}", there))
        taken = _measured(loops, times, rounds)
    bare, *_ = taken.values()
    return [
        {"name": f"{name}, {times} in a row", "ms": own, "ratio": own / bare, "target": TARGET if name == "gradcli, warm" else None}
        for name, own in taken.items()
    ]  # fmt: skip


@contextmanager
def _served(launcher: Path, code: Path | None) -> Iterator[dict[str, str]]:
    """The environment of a warm server of some checkout; bytecode is kept, as it is where gradcli is installed."""
    with runtime_directory() as environment:
        environment |= {"GRADCLI_WARM": "require"} | ({"PYTHONPATH": str(code)} if code else {})
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run([launcher, "warm", "start"], env=environment, stdout=subprocess.DEVNULL, check=True)
        try:
            yield environment
        finally:
            subprocess.run([launcher, "warm", "stop"], env=environment, stdout=subprocess.DEVNULL, check=False)


def _measured(loops: list[Loop], times: int, rounds: int) -> dict[str, float]:
    """Median milliseconds of one turn, by name; the first round is not counted."""
    taken: dict[str, list[float]] = {loop.name: [] for loop in loops}
    for _ in range(rounds + 1):
        for loop in loops:
            line = f"for i in $(seq {times}); do {loop.command} || exit; done"
            started = time.perf_counter()
            subprocess.run(
                ["sh", "-c", line], env=loop.own, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
            )
            taken[loop.name].append(1e3 * (time.perf_counter() - started) / times)
    return {name: statistics.median(found[1:]) for name, found in taken.items()}
