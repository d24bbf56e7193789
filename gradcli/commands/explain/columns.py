"""Plain text tables: columns as wide as they need, long cells cut."""

from __future__ import annotations

from collections.abc import Sequence

MAX_CELL = 60


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned on the left, a rule under the head."""
    cells = [list(head), *([_cut(cell) for cell in row] for row in rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:]])


def _cut(cell: str) -> str:
    return cell if len(cell) <= MAX_CELL else cell[: MAX_CELL - 4] + " ..."
