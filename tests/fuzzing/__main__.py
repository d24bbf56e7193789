"""Random expressions and points, made from the operation table, and the properties that each of them must have.

``python tests/fuzzing --seconds 3600 --seed 7 --out failures.txt`` prints each failure at once as a command line that
repeats it, then a tally. ``--only 123`` runs one case of that seed here, without workers. The tests beside this file run
the same properties under hypothesis, whose source of randomness takes the place of ``random.Random``.

A new row is picked up from its signature, shape rule, domain and kinks. Only texts and sizes that no rule can guess
stand in calls.py by name.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzzing.running import case_of, run_case
from fuzzing.workers import long_run, work


def main() -> int:
    """The command line; exit 1 if anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/fuzzing")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=None, help="a file to which failures are appended")
    parser.add_argument("--only", type=int, default=None, help="run this case of the seed here")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    if options.worker:
        work(seed)
        return 0
    if options.only is not None:
        case, wanted = case_of(seed, options.only)
        print(case.replay(), wanted, flush=True)
        outcome = run_case(case, wanted)
        print(*outcome.failures, *outcome.refusals, outcome.verdicts, f"{outcome.seconds:.2f} s", sep="\n")
        return bool(outcome.failures)
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(options.out.open("a")) if options.out else None
        return bool(long_run(options.seconds, seed, options.workers, out).failures)


if __name__ == "__main__":
    sys.exit(main())
