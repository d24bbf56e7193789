"""Derivatives that people worked out by hand, as they typed them: no true claim is refused or refuted, no false one
passes."""

from __future__ import annotations

import pytest
from places import CORPUS
from proofs.corpora import entries
from runner import run

if not CORPUS.is_dir():
    pytest.skip("the corpora are not beside this checkout", allow_module_level=True)

ENTRIES = {entry["id"]: entry for entry in entries("people")}


@pytest.mark.generated(share=1 / 5, kind=lambda key: ENTRIES[key]["true"])
@pytest.mark.parametrize("key", ENTRIES)
def test_a_claim_is_judged_as_it_is_true(key: str) -> None:
    done = run(ENTRIES[key]["argv"])
    assert done.code in ENTRIES[key]["expect_exit"], (ENTRIES[key]["slip"], done.stdout, done.stderr)
