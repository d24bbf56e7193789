"""Words of results that text, JSON and exit codes share, each with what it means."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

SCHEMA = "gradcli/1"  # of every JSON object
CERTIFICATE = "gradcli certificate 1"  # the form of what tests/replay_certificate.py replays


class Word(StrEnum):
    """A word of text and JSON, from best to worst: all of it is as good as its worst part.

    meaning: a sentence for help and README
    """

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Self:
        made = str.__new__(cls, word)
        made._value_ = word
        made.meaning = meaning
        return made

    @property
    def rank(self) -> int:
        """0 is best."""
        return list(type(self)).index(self)
