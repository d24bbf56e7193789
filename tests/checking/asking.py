"""Claims asked of ``gradcli check``, from the command line and from Python."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from runner import Completed, run

import gradcli
from gradcli.claims.conclusion import Conclusion


def check(line: str, stdin: bytes | int = b"", **options: Any) -> Completed:  # Any: runner.run's
    """Runs ``gradcli check LINE``, split as a shell would."""
    return run(["check", *shlex.split(line)], stdin, **options)


def answer(line: str) -> dict[str, Any]:  # Any: JSON values
    found: dict[str, Any] = json.loads(check(f"{line} --json").stdout, parse_constant=pytest.fail)
    return found


def only(report: gradcli.CheckReport) -> Any:  # Any: a ClaimResult
    (claim,) = report.claims
    return claim


def assert_kink_is_told(function: str, claim: str, left: float, right: float) -> None:
    found = assert_accepted(function, claim)
    note = next(note for note in found.notes if "not differentiable" in note)
    assert f"one-sided derivatives {left!r} and {right!r}" in note
    assert "lies between them" in note


def assert_refuted(*args: Any, **options: Any) -> Any:  # Any: gradcli.check's; a ClaimResult
    claim = only(gradcli.check(*args, **options))
    assert claim.conclusion is Conclusion.REFUTED, claim
    return claim


def assert_accepted(*args: Any, **options: Any) -> Any:  # Any: as above
    claim = only(gradcli.check(*args, **options))
    assert claim.conclusion in {Conclusion.PROVED, Conclusion.AGREES}, claim
    return claim
