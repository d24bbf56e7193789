"""How many wrong derivatives, with one slip each as people make them, ``gradcli check`` refutes and explains.

``python tests/mutating --count 150 --seed 0 --out misses.txt`` prints a line for each kind of slip. The functions are
those of the corpus and some with branches; the derivative is worked out here, rule by rule as on paper, so that a rule can
be applied wrongly, and is compared with sympy's and with the corpus' number before anything is made of it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutating.mutants import KINDS, mutants
from mutating.outcomes import examine, table

from gradcli.diagnosis import diagnose


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python tests/mutating")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--out", type=Path, help="write the misses here")
    options = parser.parse_args()
    diagnose.FORGIVEN = ()
    chosen = mutants(options.count, options.seed)
    outcomes = [examine(m) for m in chosen if options.kind in (None, m.kind)]
    print(table(outcomes))
    misses = "".join(
        f"{o.mutant.kind} ({o.mutant.what})\n  {o.verdict} in {o.seconds:.1f} s: "
        f"gradcli check '{o.mutant.function}' '{o.mutant.claim}' --wrt {o.mutant.name}\n"
        f"  said: {o.diagnosis}\n  suggestion: {o.suggestion}{' WRONG' if o.suggested_wrong else ''}\n"
        for o in outcomes if not o.hit or o.verdict != "refuted"
    )  # fmt: skip
    print(misses) if options.out is None else options.out.write_text(misses)


if __name__ == "__main__":
    main()
