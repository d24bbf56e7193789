"""The notes of the corpus: every claim found at its line, read as it is meant and judged as it is true, none besides."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from places import CORPUS
from slices import Draw

from gradcli.claims.conclusion import Conclusion
from gradcli.commands.check_files import check_text
from gradcli.inputs.claim_files import read_file

FOLDER = CORPUS / "documents"
if not FOLDER.is_dir():
    pytest.skip("the corpora are not beside this checkout", allow_module_level=True)
pytest.importorskip("lark")

ENTRIES: list[dict[str, Any]] = [  # Any: JSON values
    json.loads(line) for line in (FOLDER / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
]
FILES = sorted({entry["file"] for entry in ENTRIES})


@pytest.mark.parametrize("file", FILES)
def test_every_claim_is_found_at_its_line_and_nothing_else_is(file: str) -> None:
    claims = read_file(str(FOLDER / file)).claims
    wanted = [entry for entry in ENTRIES if entry["file"] == file and entry["claim"] is not None]
    assert [claim.line for claim in claims] == [entry["line"] for entry in wanted]
    assert [bool(claim.unread) for claim in claims] == [False] * len(claims)
    for claim, entry in zip(claims, wanted, strict=True):
        assert claim.wrt == entry["wrt"]
        assert (claim.chain is None) == (entry.get("chain") is None)
        assert " ".join(entry["latex"].rstrip("\\ ").lstrip("& ").split()) in claim.latex.lstrip("& ") or claim.chain


@pytest.mark.parametrize("file", FILES)
def test_every_claim_is_read_as_it_is_meant_and_judged_as_it_is_true(file: str, draw: Draw) -> None:
    """The manifest has each function and each derivative by hand, all definitions put in: what is read of one is held
    against the other; of a claim its function or its derivative in turn, and with ``--all`` both.
    """
    claims = {claim.line: claim for claim in read_file(str(FOLDER / file)).claims}
    told = [entry for entry in ENTRIES if entry["file"] == file and entry["claim"] is not None]
    for number, entry in enumerate(told):
        claim = claims[entry["line"]]
        expected = {Conclusion.PROVED, Conclusion.AGREES} if entry["true"] else {Conclusion.REFUTED}
        shapes = tuple(f"{name}={sizes}" for name, sizes in (entry["shape"] or {}).items())
        where = tuple(filter(None, (entry["where"] or "").split("; ")))
        meant = replace(claim, function=entry["function"], claim=entry["claim"], shapes=shapes, where=where, assume=())
        pairs = [replace(claim, claim=meant.claim), replace(meant, claim=claim.claim)]
        pairs = pairs if draw.whole else [pairs[number % 2]]
        verdicts = [check_text(replace(pair, other=None, unsure=""), 0, 4, 60.0).verdict for pair in pairs]
        assert {*verdicts} <= expected, (entry["line"], verdicts)
