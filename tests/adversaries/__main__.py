"""How many wrong claims are proved, which is none: ``python tests/adversaries --count 5000``.

Every slip of the pen in a true claim of the corpora that certainly differs from it is given to the prover alone; with
``--sympy`` to sympy too, which takes its seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adversaries.claims import adversaries
from adversaries.mutants import mutants

from gradcli.claims.proof import QUICK, SLOW, proof_of


def main() -> int:
    """A line for each wrong claim that is proved, then how many there were of each kind; exit 1 where one is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/adversaries")
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--sympy", action="store_true")
    options = parser.parse_args()
    methods = {**QUICK, **SLOW} if options.sympy else QUICK
    tried, proved = Counter[str](), Counter[str]()
    for adversary in adversaries():
        if adversary.untruth in {"false", "close"}:
            tried[adversary.group] += 1
            statements = adversary.statements()
            proved[adversary.group] += _told(str(adversary), all(map(proof_of(statements, methods).covers, statements)))
    for mutant in islice(mutants(options.seed), options.count):
        tried[mutant.kind] += 1
        proved[mutant.kind] += _told(str(mutant), proof_of([mutant.statement], methods).sure)
    for kind, count in tried.items():
        print(f"{count:6} {kind}: {proved[kind]} proved")
    print(f"{tried.total():6} in all: {proved.total()} proved")
    return int(proved.total() > 0)


def _told(what: str, sure: bool) -> bool:
    if sure:
        print(f"PROVED: {what}", flush=True)
    return sure


if __name__ == "__main__":
    sys.exit(main())
