"""Every own kernel and custom backward held against enclosures: ``python tests/kernels [--only NAME] [--all] [--faults N]``
prints a line for each row, and what is wrong. Exit 1 where anything is.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kernels.grid import BESIDE, OWN, calls, points
from kernels.holding import Tally, hold


def line(name: str, tally: Tally) -> str:
    worst = [
        f"{tally.worst[k].error:.0e} at {str(tally.worst[k]).split(':')[0]}" if k in tally.worst else "-"
        for k in range(3)
    ]
    counts = f"{tally.points} points, {tally.undefined} undefined, {tally.untold} untold, {tally.refused} refused"
    return f"{name}: {counts}, {len(tally.faults)} faults | value {worst[0]} | slope {worst[1]} | second {worst[2]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/kernels")
    parser.add_argument("--only", default="", help="rows of these names, separated by commas")
    parser.add_argument("--faults", type=int, default=5, help="how many of each row are shown")
    parser.add_argument("--all", action="store_true", help="torch's own functions of the same families as well")
    given = parser.parse_args()
    held = (*OWN, *BESIDE) if given.all or given.only else OWN
    names = given.only.split(",") if given.only else [op.name for op in held]
    wrong = 0
    for op in held:
        if op.name not in names:
            continue
        start, tally = time.perf_counter(), Tally()
        for call in calls(op):
            hold(call, points(call), tally)
        print(line(op.name, tally), f"({time.perf_counter() - start:.0f} s)", flush=True)
        faults = sorted(tally.faults, key=lambda judged: len(judged.moves))
        for judged in faults[:: max(1, len(faults) // given.faults)] if given.faults else ():
            print("   ", judged)
        wrong += len(tally.faults)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
