"""The derivation of each block of a derivative, as results have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gradcli.base.errors import UsageError, printable
from gradcli.base.wording import option
from gradcli.closed.steps.line import Derivation, Detail, Line

LEVELS = tuple(str(level) for level in Detail)
NORMAL = str(Detail.NORMAL)


@dataclass(frozen=True, slots=True)
class Derived:
    """One block of a derivative, by its variables: its derivation, or why there is none."""

    names: tuple[str, ...]
    derivation: Derivation | None = None
    refused: str = ""

    def lines(self, detail: str) -> tuple[Line, ...]:
        """Those that are shown at a level of detail."""
        from gradcli.closed.steps.levels import at  # this and the rest of the room take time, and few ask

        return () if self.derivation is None else at(self.derivation, Detail(detail))

    def to_dict(self, detail: str) -> dict[str, Any]:  # Any: JSON values
        if self.derivation is None:
            return {"refused": self.refused}
        lines = [_line(line) for line in self.lines(detail)]
        return {"detail": detail, "notes": list(self.derivation.notes), "lines": lines}


def _line(line: Line) -> dict[str, Any]:  # Any: JSON values
    return {
        "text": line.text,
        "rule": line.rule,
        "because": line.because,
        "changed": [[span.start, span.stop] for span in line.changed],
        "replaced": [[span.start, span.stop] for span in line.replaced],
        "level": str(line.level),
        "held": {"method": line.held.method, "error": line.held.error},
        **({"left": line.left} if line.left else {}),
    }


def detail_of(detail: str | None) -> str:
    """The level that is asked for, normal by default. Errors: UsageError."""
    if detail is None:
        return NORMAL
    if detail not in LEVELS:
        raise UsageError(f"{option('detail')} is {', '.join(LEVELS)}, not '{printable(str(detail))[:40]}'")
    return str(detail)
