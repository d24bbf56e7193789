"""Comments to gradcli in a document: ``% gradcli: shape A=n,n where x>0 assume S=symmetric``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gradcli.base.errors import InputError
from gradcli.inputs.claim_lines import ARRANGING, COMPARISON, NAME, WAYS, bindings, cut, has_value, is_shape
from gradcli.inputs.documents.pieces import Piece, Wrong

_WORDS = ("shape", "where", "assume", "at", *ARRANGING, "skip")
_WORD = re.compile(rf"(?:^|(?<=\s)|(?<=;))({'|'.join(_WORDS)})(?=\s|;|$)")
_NAME = re.compile(rf"(?<![\w.])({NAME})(?![\w\u0300-\u036f]|\s*\()")
FORM = "shape A=n,n x=n, where x > 0, assume S=symmetric, at c=2, layout numerator, vec, symmetric joint, or skip"


@dataclass(frozen=True, slots=True)
class Said:
    """A part of a comment. ``kind``: its first word; ``text``: ``A=n,n``, ``x > 0``; ``line``: of the file."""

    kind: str
    text: str
    line: int


def said_in(piece: Piece, wrong: Wrong) -> list[Said]:
    """What a comment says, part by part. Errors: those of ``wrong``, where a part says nothing."""
    text = " ".join(piece.text.split())
    starts = [match for match in _WORD.finditer(text) if not _within(text, match.start())]
    if not starts or text[: starts[0].start()].strip(" ;"):
        raise _wrong(piece, text, wrong)
    ends = [match.start() for match in starts[1:]] + [len(text)]
    found: list[Said] = []
    for match, end in zip(starts, ends, strict=True):
        rest = text[match.end() : end].strip(" ;,")
        parts = _parts(match[1], rest)
        if parts is None:
            raise _wrong(piece, text[match.start() : end].strip(), wrong)
        found += [Said(match[1], part, piece.line) for part in parts]
    return found


def names_in(text: str) -> frozenset[str]:
    """The names of which a part of a comment speaks: of a condition all, else the one before the sign."""
    named = text.partition("=")[0] if bindings(text) else text
    return frozenset(_NAME.findall(named))


def _within(text: str, place: int) -> bool:
    """``at`` behind ``=`` or inside parentheses is no word of ours."""
    before = text[:place].rstrip()
    return before.endswith("=") or text.count("(", 0, place) > text.count(")", 0, place)


def _parts(word: str, rest: str) -> list[str] | None:
    """The parts of a setting; None where it says nothing."""
    if word in {"vec", "skip"}:
        return None if rest else [word]
    if word in WAYS:
        return [rest] if rest in WAYS[word] else None
    if word == "where":
        return [part.strip() for part in rest.split(";") if part.strip()] if COMPARISON.search(rest) else None
    parts = bindings(rest)
    if word == "assume" and not parts:
        return [rest] if COMPARISON.search(rest) else None
    sound = is_shape if word == "shape" else has_value
    return parts if parts and all(map(sound, parts)) else None


def _wrong(piece: Piece, found: str, wrong: Wrong) -> InputError:
    hint = "names are those that the report shows: w, W_1, y_hat, Sigma"
    return wrong(piece.line, f"not a comment to gradcli, found {cut(found) or 'nothing'}, expected {FORM}", hint)
