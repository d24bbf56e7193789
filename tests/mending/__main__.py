"""What is said of the false claims of the corpora, and what is suggested instead: ``python tests/mending``.

Every false claim of matrix.jsonl, people.jsonl and claims_scalar.jsonl is asked in this process as ``gradcli check``
asks it, and then what it suggests is asked as a claim. Times are this process's own.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mending.table import Mended, answers, exceptions, false_claims, kinds, mended, row
from proofs.__main__ import text
from proofs.corpora import CORPORA


def main() -> int:
    """The table, the causes, the exceptions by name; exit 1 where a suggestion is not accepted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/mending")
    parser.add_argument("--corpus", choices=CORPORA, action="append", help="one of them, or several; by default all")
    parser.add_argument("--only", default="", help="claims whose name contains this")
    parser.add_argument("--beside", action="store_true", help="every claim with what is said and suggested")
    parser.add_argument("--json", type=Path, default=None, help="a file for what came of each claim")
    options = parser.parse_args()
    found = [one for name in options.corpus or CORPORA for known in [answers(name)] for claim in false_claims(name)
             if options.only in claim.name for one in mended(claim, known)]  # fmt: skip
    print(text(rows := rows_of(found)), "", *kinds(found), "", *exceptions(found), sep="\n")
    if options.beside:
        print("", *map(beside, found), sep="\n")
    if options.json:
        options.json.write_text(json.dumps({"table": rows, "claims": [*map(plain, found)]}, indent=1) + "\n")
    return int(any(one.suggestion and not (one.accepted and one.closed) for one in found))


def rows_of(found: list[Mended]) -> list[dict[str, object]]:
    groups = {name: [one for one in found if one.claim.corpus == name] for name in CORPORA}
    return [row(name, group) for name, group in groups.items() if group]


def beside(one: Mended) -> str:
    claimed = one.claim.claim[one.wrt] if isinstance(one.claim.claim, dict) else one.claim.claim
    lines = (f"{one.name}: {one.claim.function} in {one.wrt}", claimed, one.diagnosis or "no diagnosis",
             one.suggestion or "no suggestion", one.human)  # fmt: skip
    return "\n    ".join(str(line) for line in lines if line)


def plain(one: Mended) -> dict[str, object]:
    """What came of a claim, as JSON."""
    told = {"name": one.name, "wrt": one.wrt, "verdict": one.verdict, "kind": one.kind}
    return told | {"diagnosis": str(one.diagnosis or ""), "suggestion": one.suggestion, "suggested": one.suggested,
                   "human": one.human, "length": one.ratio, "ms": round(one.milliseconds, 3)}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
