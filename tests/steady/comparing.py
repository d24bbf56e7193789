"""Two runs of one command: are they the same, but for durations and an honest cut?"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DURATION = re.compile(r"\b\d+\.\d+ s\b")
_CUT = re.compile(r"\bcut off after [\d.e-]+ s\b")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def without_durations(self) -> tuple[int, str, str]:
        return self.code, _DURATION.sub("… s", self.out), _DURATION.sub("… s", self.err)

    @property
    def cut(self) -> bool:
        """Does it say that a limit ended it, and give no verdict that rests on what was seen until then?"""
        text = self.out + self.err
        return bool(_CUT.search(text)) and not re.search(r"^(refuted|differs|trap|singular)\b", text, re.MULTILINE)


def differs(idle: Said, other: Said) -> bool:
    """Is the other run another answer? One that says that it was cut off is none."""
    return other.without_durations != idle.without_durations and not other.cut
