"""The corpus of known errors, and whether the first cause that is named for a message alone is right.

``python tests/catalogue/corpus.py`` prints a line a case. A cause is right if one of the case's keywords stands in its
text, where the message's own words and all code are taken out, and nothing of ``not_in_name`` in its name.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from places import ROOT

from gradcli.commands.explain.error import ErrorCause, explain_error

CORPUS = ROOT.parent / "shared" / "corpus" / "autograd_errors.jsonl"
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_OWN_WORDS = 4  # so many words of the message in a row are its own


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with what is said of it."""

    name: str
    wanted: str
    recognised: bool
    cause: ErrorCause | None
    right: bool

    @property
    def misleading(self) -> bool:
        """A wrong cause that is said to be certain."""
        return self.cause is not None and self.cause.likelihood == "certain" and not self.right


def cases() -> Iterator[dict[str, Any]]:
    for line in CORPUS.read_text().splitlines():
        yield json.loads(line)


def judged(case: dict[str, Any]) -> Judged:
    """What is said of a case's message, and whether the corpus has it so."""
    found = explain_error(case["message"])
    first = found.causes[0] if found.causes else None
    return Judged(case["id"], case["cause"], found.recognised, first, first is not None and is_right(first, case))


def is_right(cause: ErrorCause, case: dict[str, Any]) -> bool:
    prose = without_words_of(case["message"], _CODE.sub(" ", cause.text))
    named = any(word.lower() in prose for word in case["keywords"])
    return named and not any(word in cause.name for word in case["not_in_name"])


def without_words_of(message: str, text: str) -> str:
    """The text in small letters, without whatever the message says in the same words."""
    words, own = text.lower().split(), " ".join(message.lower().split())
    kept = [True] * len(words)
    for start in range(len(words) - _OWN_WORDS + 1):
        if " ".join(words[start : start + _OWN_WORDS]) in own:
            kept[start : start + _OWN_WORDS] = [False] * _OWN_WORDS
    return " ".join(word for word, keep in zip(words, kept, strict=True) if keep)


def main() -> None:
    found = [judged(case) for case in cases()]
    for each in found:
        mark = "+" if each.right else "-"
        said = "nothing" if each.cause is None else f"{each.cause.name} ({each.cause.likelihood})"
        print(f"{mark} {each.name:30} {each.wanted:28} {said}{'' if each.recognised else ' NOT RECOGNISED'}")
    right, known = sum(each.right for each in found), sum(each.recognised for each in found)
    print(f"{right} of {len(found)} first causes are right, {known} messages are recognised")
    print("wrong and said to be certain:", ", ".join(each.name for each in found if each.misleading) or "none")


if __name__ == "__main__":
    main()
