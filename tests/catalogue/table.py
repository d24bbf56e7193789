"""The catalogue's table: each cause, whether the running torch raises its message, whether its mended twin ends well.

``python tests/catalogue/table.py`` prints it; what cannot run here is listed with its reason, and counted apart.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from catalogue.scripts import ended

from gradcli.catalogue.pasted import read_pasted
from gradcli.catalogue.recognise import Recognised, recognise
from gradcli.catalogue.row import Cause
from gradcli.catalogue.table import CAUSES

WIDTH = 34


@dataclass(frozen=True, slots=True)
class Row:
    """What running a cause's two programs has shown; ``said``: the last line of its error."""

    cause: Cause
    provoked: bool
    mended: bool
    said: str


def recognised(cause: Cause) -> Recognised:
    """What the catalogue makes of the error of a cause's program."""
    return recognise(read_pasted(ended(cause.program).stderr))


def provoked(cause: Cause) -> bool:
    """Whether the program fails with a message under which the cause stands."""
    found = recognised(cause)
    return ended(cause.program).code == 1 and found.message is not None and cause.name in found.message.causes


def row_of(cause: Cause) -> Row:
    """Runs both programs."""
    last = ended(cause.program).stderr.strip().rpartition("\n")[2]
    return Row(cause, provoked(cause), ended(cause.mended).code == 0, last)


def main() -> int:
    counts: Counter[str] = Counter()
    print(f"{'cause':{WIDTH}}  provoked  mended twin runs")
    for cause in CAUSES.values():
        if cause.beyond:
            counts["not run here"] += 1
            print(f"{cause.name:{WIDTH}}  not run here: {cause.beyond}")
            continue
        row = row_of(cause)
        counts["provoked"] += row.provoked
        counts["mended twins run"] += row.mended
        words = ["yes" if well else "NO" for well in (row.provoked, row.mended)]
        print(f"{cause.name:{WIDTH}}  {words[0]:8}  {words[1]:3}  {'' if row.provoked else row.said[:100]}".rstrip())
    print(f"{len(CAUSES)} causes: {', '.join(f'{count} {name}' for name, count in counts.items())}")
    return 0 if counts["provoked"] == counts["mended twins run"] == len(CAUSES) - counts["not run here"] else 1


if __name__ == "__main__":
    sys.exit(main())
