"""Where every tensor was made and changed in place, remembered while the script runs: the record of ``--trace``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trace:
    """The record."""
