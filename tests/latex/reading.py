"""The corpus of LaTeX formulas, and what a reading of one is worth: right, refused, misread."""

from __future__ import annotations

import json
from typing import Any

from places import CORPUS

import gradcli
from gradcli.base.errors import GradcliError
from gradcli.language.latex.reading import Context, Reading, read_latex

ENTRIES: list[dict[str, Any]] = (
    [json.loads(line) for line in (CORPUS / "latex_formulas.jsonl").read_text().splitlines()]
    if (CORPUS / "latex_formulas.jsonl").is_file()
    else []
)


def context(shape: dict[str, str] | None) -> Context:
    axes = {name: tuple(sizes.split(",")) if sizes else () for name, sizes in (shape or {}).items()}
    return Context({name: tuple(int(a) if a.isdecimal() else a for a in found) for name, found in axes.items()})


def same(one: str, other: str, shape: dict[str, str] | None, draw: dict[str, list[float]] | None) -> bool:
    """Are both the same function, at the values that the entry gives, or wherever both are defined?"""
    if one == other:
        return True
    at = {name: float(values[0]) for name, values in (draw or {}).items()}
    try:
        report = gradcli.check(one, other, at or None, kind="value", shape=shape or None, points=6)
    except GradcliError:
        return bool(_numbers_agree(one, other))
    return bool(report)


def _numbers_agree(one: str, other: str) -> bool:
    """Of formulas without a variable."""
    from gradcli.language.parse import parse

    read = [parse(text) for text in (one, other)]
    return not any(r.names for r in read) and bool(read[0].tree.equals(read[1].tree))


def judged(entry: dict[str, Any]) -> tuple[str, str]:
    """right, refused or misread, and what was read or said."""
    try:
        reading: Reading = read_latex(entry["latex"], context(entry["shape"]))
    except GradcliError as error:
        return ("right" if entry["reads"] is None else "refused"), error.said
    accepted = [entry["reads"]] if entry["reads"] is not None else entry["ok"]
    fine = any(same(reading.text, text, entry["shape"], entry.get("draw")) for text in accepted)
    return ("right" if fine else "misread"), reading.text
