"""What other projects' tests differentiate, read and answered: ``python tests/peers``.

A row of the table for where gradcli fell short when the corpus was made (``class``); ``holds`` is the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.asking import CRASHED, OUTCOMES, REFUSED, WRONG, Asked, asked, peers


def main() -> int:
    """The table, and what is refused or wrong by name; exit 1 where an answer is wrong, or there is a defect in the place of one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/peers")
    parser.add_argument("--only", default="", help="entries whose name contains this")
    parser.add_argument("--group", default=[], action="append", help="of these classes only")
    parser.add_argument("--peer", default="", help="of this peer only")
    parser.add_argument("--beside", action="store_true", help="every refused one with what is said")
    parser.add_argument("--json", type=Path, default=None, help="a file for what came of each entry")
    options = parser.parse_args()
    entries = [entry for entry in peers() if options.only in entry["id"] and options.peer in entry["peer"]
               and (not options.group or entry.get("class", "holds") in options.group)]  # fmt: skip
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(asked, entries, chunksize=8))
    print("\n".join(table(found)))
    for one in found:
        if one.outcome in {WRONG, CRASHED} or (options.beside and one.outcome == REFUSED):
            print(f"{one.outcome}: {one.entry['id']}: {one.entry['expr']}\n    {one.said}")
    if options.json:
        options.json.write_text("\n".join(json.dumps(plain(one)) for one in found) + "\n")
    return int(any(one.outcome in {WRONG, CRASHED} for one in found))


def table(found: Sequence[Asked]) -> list[str]:
    """Counts by group and outcome."""
    counts = Counter((one.group, one.outcome) for one in found)
    groups = sorted({one.group for one in found})
    head = f"{'':12}" + "".join(f"{outcome:>12}" for outcome in OUTCOMES)
    return [
        head,
        *(f"{group:12}" + "".join(f"{counts[group, outcome]:>12}" for outcome in OUTCOMES) for group in groups),
    ]


def plain(one: Asked) -> dict[str, object]:
    """What came of an entry, as JSON."""
    return {
        "id": one.entry["id"],
        "group": one.group,
        "outcome": one.outcome,
        "said": one.said,
        "expr": one.entry["expr"],
    }


if __name__ == "__main__":
    sys.exit(main())
