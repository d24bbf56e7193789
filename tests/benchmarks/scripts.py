"""A script under plain Python, under ``explain --run`` and with ``--trace``: whole processes, side by side.

Each round runs all of them once; the figures are medians of the rounds. Seconds are those that passed, and those that
all processors worked, which a busy machine leaves alone. The scripts end with an error, so that the look at it counts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEPS = 2000
SMALL = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(64, 10), torch.randn(64, 1)
for step in range({steps}):
    optimizer.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
loss.backward()
"""
LARGE = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.ReLU(), nn.Flatten(),
                      nn.Linear(32 * 14 * 14, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
x, y = torch.randn(32, 3, 32, 32), torch.randint(10, (32,))
for step in range({steps} // 20):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
loss.backward()
"""
RUNS = {"plain python": [], "--run": ["--run"], "--trace --run": ["--trace", "--run"]}
TARGETS = {"--run": 1.3, "--trace --run": 10.0}


def table(rounds: int, steps: int = STEPS) -> list[dict[str, object]]:
    """A row for each script and way to run it: seconds, and how often plain Python's."""
    rows: list[dict[str, object]] = []
    for name, text in (("small layers", SMALL), ("convolutions", LARGE)):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "train.py"
            script.write_text(text.replace("{steps}", str(steps)))
            taken: dict[str, list[tuple[float, float]]] = {way: [] for way in RUNS}
            for _ in range(rounds):
                for way, words in RUNS.items():
                    gradcli = ["-m", "gradcli", "explain", *words] if words else []
                    taken[way].append(_seconds([sys.executable, *gradcli, str(script)]))
        plain = [statistics.median(each) for each in zip(*taken["plain python"], strict=True)]
        for way, pairs in taken.items():
            passed, worked = (statistics.median(each) for each in zip(*pairs, strict=True))
            rows.append({
                "script": name, "run by": way, "seconds": passed, "worked": worked,
                "ratio": passed / plain[0], "ratio worked": worked / plain[1], "target": TARGETS.get(way),
            })  # fmt: skip
    return rows


def _seconds(argv: list[str]) -> tuple[float, float]:
    """That passed, and that processors worked."""
    before, start = os.times(), time.perf_counter()
    environment = {**os.environ, "GRADCLI_WARM": "off", "OMP_NUM_THREADS": "1"}
    subprocess.run(argv, capture_output=True, env=environment, check=False)
    after = os.times()
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, worked
