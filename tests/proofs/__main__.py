"""How many claims of the corpora are proved, for which sizes, and in what time: ``python tests/proofs``.

Every claim of matrix.jsonl, people.jsonl and claims_scalar.jsonl is asked in this process as ``gradcli check`` asks it.
Times are this process's own, which a busy machine leaves alone, after one claim that counts for nobody.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from proofs.corpora import CORPORA, corpus
from proofs.table import Found, exceptions, found, row


def main() -> int:
    """The table, the exceptions by name; exit 1 where a false claim is proved."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/proofs")
    parser.add_argument("--corpus", choices=CORPORA, action="append", help="one of them, or several; by default all")
    parser.add_argument("--only", default="", help="claims whose name contains this")
    parser.add_argument("--json", type=Path, default=None, help="a file for what came of each claim")
    options = parser.parse_args()
    claims = [c for name in options.corpus or CORPORA for c in corpus(name) if options.only in c.name]
    found(claims[0])
    results = [found(claim) for claim in claims]
    print(text(rows := rows_of(results)))
    print("", *exceptions(results), sep="\n")
    if options.json:
        options.json.write_text(json.dumps({"table": rows, "claims": [*map(plain, results)]}, indent=1) + "\n")
    return int(any(one.proved and not one.claim.holds for one in results))


def rows_of(results: list[Found]) -> list[dict[str, object]]:
    groups = {(name, holds): [one for one in results if (one.claim.corpus, one.claim.holds) == (name, holds)]
              for name in CORPORA for holds in (True, False)}  # fmt: skip
    return [row(name, group, "true" if holds else "false") for (name, holds), group in groups.items() if len(group) > 1]


def plain(one: Found) -> dict[str, object]:
    """What came of a claim, as JSON."""
    told = {"corpus": one.claim.corpus, "name": one.claim.name, "holds": one.claim.holds, "outcome": one.outcome}
    return told | {"why": one.why, "methods": one.methods, "ms": round(one.milliseconds, 3), "steps": one.steps}


def text(rows: list[dict[str, object]]) -> str:
    """The rows in columns as wide as they must be."""
    cells = [[*rows[0]], *([f"{v:.1f}" if isinstance(v, float) else str(v) for v in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in cells)


if __name__ == "__main__":
    sys.exit(main())
