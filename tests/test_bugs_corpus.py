"""Public bug reports about derivatives, asked of the command line: the verdict, the exit code, and the numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from places import CORPUS
from runner import run

if not CORPUS.is_dir():
    pytest.skip("the corpus of bug reports is not beside this checkout", allow_module_level=True)

Entry = Mapping[str, Any]  # Any: JSON values, here and below
TOLERANCE = 1e-9  # relative: the corpus' own
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

# What later work mends, with the reason: whoever mends one takes its line away.
LATER = {
    "bug075": "a kernel: Bessel functions of an order that moves",
    "bug120": "a kernel: round has no decimals yet",
    "bug130": "the pseudo-inverse of a matrix whose rank is constant and not full",
}

# An edge where torch gives the slope of the one side that there is: that agrees, and is no convention.
AT_EDGES = {"bug047"}


def entries() -> list[Any]:
    read = map(json.loads, (CORPUS / "bugs.jsonl").read_text().splitlines())
    return [
        pytest.param(
            entry,
            id=entry["id"],
            marks=[pytest.mark.xfail(reason=LATER[entry["id"]], strict=True)] if entry["id"] in LATER else [],
        )
        for entry in read
    ]


def asked(entry: Entry) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON object of the entry's command line.

    Where the corpus wants exit 0 beside a number that has hardly a right digit, the command allows that: without
    ``--min-digits 0`` the contract's answer to fewer than three digits is exit 1.
    """
    expect = entry["expect"]
    allowed = ["--min-digits", "0"] if 0 in expect["exit"] and expect.get("true") else []
    done = run([*entry["argv"], *allowed, "--json"], seconds=60)
    return done.code, json.loads(done.stdout or done.stderr.splitlines()[-1])


def numbers(value: Any) -> Any:
    """JSON's numbers and words as an array."""
    return np.vectorize(lambda v: WORDS.get(v, v), otypes=[float])(np.asarray(value, dtype=object))


def close(found: Any, wanted: Any) -> bool:
    found, wanted = numbers(found), numbers(wanted)
    return found.shape == wanted.shape and bool(np.all(abs(found - wanted) <= TOLERANCE * abs(wanted)))


def printed(said: Mapping[str, Any], key: str) -> Any:
    """The derivative's part of a name: ``x``, ``x,y``, ``x[0, 2]``; one name of a Hessian is its diagonal block."""
    names, _, places = key.partition("[")
    found = said["derivative"]
    for name in names.split(","):
        found = found[name]
    while isinstance(found, dict):
        found = found[names]
    for place in places.rstrip("]").split(",") if places else []:
        found = found[int(place)]
    return found


def flat(wanted: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Blocks by their names: ``{"x": {"y": ...}}`` as ``x,y``."""
    found: dict[str, Any] = {}
    for name, value in wanted.items():
        key = f"{before},{name}" if before else name
        found |= flat(value, key) if isinstance(value, dict) else {key: value}
    return found


def stated(said: Mapping[str, Any], key: str, side: str) -> list[Any]:
    """What the verdict states of an entry as its true number, or as its derivative from one side."""
    named = [finding for finding in said["check"].get("findings", []) if finding["entry"] == key]
    return [finding[side] for finding in named if finding[side] is not None]


def assert_right(entry: Entry, code: int, said: Mapping[str, Any]) -> None:
    """Everything that the entry expects."""
    expect = entry["expect"]
    check = said.get("check") or said
    verdict = check["verdict"] if "error" not in said else said["error"]["message"]
    printed_all = bool(expect.get("true")) and code == 0 and verdict in {"agrees", "rounding"} and all(
        close(printed(said, key), number) for key, number in expect["true"].items()
    )  # fmt: skip
    if not printed_all:
        allowed = {*expect["verdict"], *({"agrees"} if entry.get("id") in AT_EDGES else ())}
        assert (verdict in allowed, code in expect["exit"]) == (True, True), (verdict, code, check)
        for key, number in (expect.get("true") or {}).items():
            assert any(close(found, number) for found in stated(said, key, "true")), (key, number, check)
    for key, number in flat(expect.get("value") or {}).items():
        assert close(printed(said, key), number), (key, number, printed(said, key))
    for key, number in (expect.get("right") or {}).items():
        assert any(close(found, number) for found in stated(said, key, "right")), (key, number, check)
    words = json.dumps(check)
    assert not [text for text in expect.get("unsaid") or [] if text in words], check


@pytest.mark.parametrize("entry", entries())
def test_a_reported_bug(entry: Entry) -> None:
    assert_right(entry, *asked(entry))


def test_every_entry_that_waits_is_one_of_the_corpus() -> None:
    assert set(LATER) <= {parameter.id for parameter in entries()}


SAID: dict[str, Any] = {
    "derivative": {"x": [1.0, 2.0], "y": "NaN"},
    "check": {"verdict": "trap", "notes": ["its slope in b"], "findings": [{"entry": "y", "true": 3.0, "right": None}]},
}  # fmt: skip
EXPECT: dict[str, Any] = {
    "exit": [1], "verdict": ["trap"], "value": {"x": [1, 2], "x[1]": 2}, "true": {"y": 3}, "unsaid": ["in a"],
}  # fmt: skip


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"exit": [0]},
        {"verdict": ["agrees"]},
        {"value": {"x": [1, 2.00000001]}},
        {"value": {"x[0]": 2}},
        {"true": {"y": 3.00000001}},
        {"right": {"y": 3}},
        {"unsaid": ["in b"]},
    ],
)
def test_the_comparison_sees_each_kind_of_fault(fault: dict[str, Any]) -> None:
    entry = {"expect": EXPECT | fault}
    if not fault:
        assert_right(entry, 1, SAID)
        return
    with pytest.raises(AssertionError):
        assert_right(entry, 1, SAID)
