"""Whole processes, side by side: how long a one-liner takes, warm and cold, beside what else there is.

Each round runs every command of a group once, so that a machine that slows down slows all of them; the figures are
medians of the rounds and ratios of medians. What takes seconds is a group of its own: it empties the caches.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warm_site import BIN, warm_server

TORCH = """
import torch
x = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
print(torch.autograd.grad(x**2*torch.sin(x), x)[0].item())
"""
ONE = ("grad", "x**2*sin(x)", "x=3")


@dataclass(frozen=True, slots=True)
class Row:
    """A command to time. warm: GRADCLI_WARM; against: name of the row to divide by; target: what the ratio may be."""

    name: str
    argv: tuple[str, ...]
    warm: str = "off"
    against: str = ""
    target: float | None = None


def rows(gradcli: str) -> list[Row]:
    """The commands whose programs are installed."""
    python = sys.executable
    peers = [
        Row("qalc", ("qalc", "-t", "diff(x^2*sin(x))")),
        Row("maxima", ("maxima", "--very-quiet", "--batch-string=diff(x^2*sin(x), x);")),
    ]
    found = [peer for peer in peers if shutil.which(peer.argv[0])]
    return [
        Row("python -c pass", (python, "-c", "pass")),
        *found,
        Row("gradcli grad, warm", (gradcli, *ONE), "require", "python -c pass", 3.0),
        *(Row(f"the same beside {peer.name}", (), "", peer.name, 0.5 if peer.name == "qalc" else None) for peer in found),
        Row("import torch, sympy", (python, "-c", "import torch, sympy")),
        Row("torch by hand", (python, "-c", TORCH), against="import torch, sympy"),
        Row("gradcli grad, cold", (gradcli, *ONE), "off", "import torch, sympy", 1.25),
        Row("import sympy", (python, "-c", "import sympy")),
        Row("gradcli grad, formula, cold", (gradcli, *ONE[:2]), "off", "import sympy"),
        Row("import typer", (python, "-c", "import typer")),
        Row("gradcli --help, no server", (gradcli, "--help"), "off", "import typer", 2.0),
    ]  # fmt: skip


def table(rounds: int) -> list[dict[str, object]]:
    """One dict a row: name, milliseconds (median), ratio, against, target."""
    wanted = rows(str(BIN / "gradcli"))
    heavy = [row for row in wanted if any(word in row.name for word in ("torch", "sympy", "cold"))]
    light = [row for row in wanted if row not in heavy and row.argv]
    with warm_server() as environment:
        times = measured(light, rounds, environment) | measured(heavy, rounds, environment)
    made: list[dict[str, object]] = []
    for row in wanted:
        own = times[row.name if row.argv else "gradcli grad, warm"]
        ratio = own / times[row.against] if row.against else None
        made.append({"name": row.name, "ms": own, "against": row.against, "ratio": ratio, "target": row.target})
    return made


def measured(wanted: Sequence[Row], rounds: int, environment: Mapping[str, str]) -> dict[str, float]:
    """Median milliseconds by name; the first round is not counted."""
    times: dict[str, list[float]] = {row.name: [] for row in wanted}
    for _ in range(rounds + 1):
        for row in wanted:
            started = time.perf_counter()
            subprocess.run(
                row.argv, env={**environment, "GRADCLI_WARM": row.warm}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
            )  # fmt: skip
            times[row.name].append(1e3 * (time.perf_counter() - started))
    return {name: statistics.median(taken[1:]) for name, taken in times.items()}


def makefile(checks: int) -> list[dict[str, object]]:
    """Seconds that ``make`` takes for so many checks, one command each, warm and cold."""
    gradcli = str(BIN / "gradcli")
    targets = [f"check-{n}" for n in range(checks)]
    lines = [f"all: {' '.join(targets)}", *(f"check-{n}:\n\t@{gradcli} check 'x**{n % 9 + 2}*sin(x)' "
             f"'{n % 9 + 2}*x**{n % 9 + 1}*sin(x) + x**{n % 9 + 2}*cos(x)' -q" for n in range(checks))]  # fmt: skip
    made: list[dict[str, object]] = []
    with warm_server() as environment, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Makefile").write_text("\n".join(lines) + "\n")
        for warm in ("require", "off"):
            started = time.perf_counter()
            subprocess.run(
                ["make", "-s", "-j2", "-C", folder],
                env={**environment, "GRADCLI_WARM": warm},
                stdout=subprocess.DEVNULL,
                check=True,
            )
            name = f"make -j2, {checks} checks, {'cold' if warm == 'off' else 'warm'}"
            made.append({"name": name, "ms": 1e3 * (time.perf_counter() - started)})
    made[1]["ratio"], made[1]["against"] = float(str(made[1]["ms"])) / float(str(made[0]["ms"])), made[0]["name"]
    return made
