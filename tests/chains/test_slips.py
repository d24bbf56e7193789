"""The first wrong line of a derivation, what was done there, and how it should read: by hand, and of the corpus."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from chains.slips import SLIPS, Slip
from places import CORPUS
from slices import Draw

import gradcli
from gradcli import Standing
from gradcli.claims.chain import ChainResult

FILE = CORPUS / "derivations.jsonl"
ENTRIES: list[dict[str, Any]] = (  # Any: JSON values
    [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []
)


def result_of(slip: Slip) -> ChainResult:
    shape, where = (tuple(filter(None, map(str.strip, text.split(";")))) for text in (slip.shape, slip.where))
    report = gradcli.check_steps(slip.lines, function=slip.function, wrt=slip.wrt, shape=shape, where=where)
    return report.chains[0]


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.generated(share=1 / 4)
@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_found_named_and_mended(name: str) -> None:
    slip = SLIPS[name]
    found = result_of(slip)
    assert found.first_wrong == slip.wrong
    assert all(line.standing is Standing.RIGHT for line in found.lines[: slip.wrong])
    assert found.mistake is not None
    assert slip.said in f"{found.mistake.kind}: {found.mistake.text}"
    assert found.mistake.should_read is not None
    assert bare(found.mistake.should_read) in map(bare, slip.due)
    start, stop = found.mistake.span[:2]
    assert 0 <= start < stop <= len(slip.lines[slip.wrong])


@pytest.mark.skipif(not ENTRIES, reason="the corpus is not there")
@pytest.mark.generated(share=1 / 6)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_the_corpus(entry: dict[str, Any]) -> None:  # Any: JSON values
    where = tuple(filter(None, map(str.strip, (entry.get("where") or "").split(";"))))
    asked = {"function": entry["function"], "wrt": entry["wrt"], "shape": entry["shape"], "where": where}
    (found,) = gradcli.check_steps(entry["lines"], **asked).chains
    assert found.first_wrong == entry["first_wrong"]
    wrong = len(entry["lines"]) if found.first_wrong is None else found.first_wrong
    assert [line.standing for line in found.lines[:wrong]] == [Standing.RIGHT] * wrong
    assert not {line.standing for line in found.lines[wrong:]} & {Standing.RIGHT, Standing.AGAIN}
    if found.first_wrong is not None:
        mistake = found.mistake
        assert mistake is not None
        assert mistake.kind != "formula"
        mended = [*entry["lines"][: found.first_wrong], mistake.should_read]
        assert gradcli.check_steps(mended, **asked)


def _mutated(lines: list[str], choice: random.Random) -> tuple[int, list[str]]:
    """The lines with one number or sign of one of them changed."""
    places = [
        (row, at) for row, line in enumerate(lines) for at, sign in enumerate(line) if sign in "+-*/" or sign.isdigit()
    ]
    row, at = choice.choice(places)
    line = lines[row]
    new = {"+": "-", "-": "+", "*": "+", "/": "*"}.get(line[at]) or str((int(line[at]) + 1) % 10)
    return row, [*lines[:row], line[:at] + new + line[at + 1 :], *lines[row + 1 :]]


@pytest.mark.skipif(not ENTRIES, reason="the corpus is not there")
def test_the_line_that_is_changed_is_the_first_wrong_one(draw: Draw, record_property: Any) -> None:  # Any: pytest's
    """Of right derivations; a change that leaves the line right, or makes it no formula, is another matter."""
    choice, told = random.Random(20), 0  # noqa: S311 - no secret
    record_property("seed", 20)
    right_ones = [entry for entry in ENTRIES if entry["first_wrong"] is None and not entry["shape"]]
    for entry in right_ones[:: draw.count(8, 1)]:
        row, lines = _mutated(entry["lines"], choice)
        where = tuple(filter(None, map(str.strip, (entry.get("where") or "").split(";"))))
        asked = {"wrt": entry["wrt"], "where": where, "check_time": 60.0}
        try:
            right = bool(gradcli.check(entry["function"], lines[row], **asked))
        except gradcli.GradcliError:
            continue
        (found,) = gradcli.check_steps(lines, function=entry["function"], **asked).chains
        told += 1
        assert found.first_wrong == (None if right else row), lines
        after = [line.standing for line in found.lines[row + 1 :]]
        assert right or set(after) <= {Standing.AGAIN}, lines
    assert told > 1


def test_what_follows_a_wrong_line_is_told_from_a_further_mistake() -> None:
    text = "d(x**3)/d(x) = 3*x**2*diff(x, x)\n = 3*x\n = x*3\n = x*4\n = 3*x**2"
    (found,) = gradcli.check_steps(text).chains
    standings = [Standing.RIGHT, Standing.WRONG, Standing.FOLLOWS, Standing.FURTHER, Standing.AGAIN]
    assert [line.standing for line in found.lines] == standings
    assert found.cancels
    assert [line.mistake is None for line in found.lines] == [True, False, True, False, True]
    assert found.lines[3].mistake is not None
    assert "3 has become 4" in found.lines[3].mistake.text


def test_a_line_that_is_undecided_is_not_accused() -> None:
    """Of a function that has no derivative where the conditions hold nothing is said, and nobody is to blame."""
    report = gradcli.check_steps("d(log(x))/d(x) = 1/x\n = 2/x", where="x < 0")
    (found,) = report.chains
    assert [line.standing for line in found.lines] == [Standing.OPEN, Standing.OPEN]
    assert found.first_wrong is None
    assert report.exit_code() is gradcli.ExitCode.MATHEMATICS


@pytest.mark.parametrize(("text", "due"), [
    ("d((3*x - 2)/(x + 4))/d(x) = (3*(x + 4) + (3*x - 2))/(x + 4)**2", "(3*(x + 4) - (3*x - 2))/(x + 4)**2"),
    ("d(G*m/r - a/r**2)/d(r) = -G*m/r**2 - 2*a/r**3", "-G*m/r**2 + 2*a/r**3"),
    ("d(k*log(p) + (n - k)*log(1 - p))/d(p) = k/p + (n - k)/(1 - p)\nwhere p > 0\nwhere p < 1", "k/p - (n - k)/(1 - p)"),
    ("d(3*x**2*y)/d(x) = 6*x*y + 3*x**2", "6*x*y"),
    ("d(exp(x)/x)/d(x) = (x*exp(x) - exp(x))/x**2\n = exp(x)*(x - 1)/x", "exp(x)*(x - 1)/x**2"),
])  # fmt: skip
def test_a_sign_is_mended_where_it_stands(text: str, due: str) -> None:
    """And the rest is left as its writer has it: no factor 0, no fraction that only makes up for the slip."""
    mistake = gradcli.check_steps(text).chains[0].mistake
    assert mistake is not None
    assert mistake.should_read == due
    assert "1/x**2 is 1/x**2" not in mistake.text


def test_an_oracle_that_is_wrong_would_be_seen() -> None:
    slip = SLIPS["like terms"]
    assert result_of(slip).first_wrong != slip.wrong - 1
    assert "exponent" not in str(result_of(slip).mistake)


def test_the_right_line_need_not_be_the_one_above() -> None:
    (found,) = gradcli.check_steps("d(x**2 + x)/d(x) = 2*x + 1\n = 2*x +\n = 2*x").chains
    assert [line.standing for line in found.lines] == [Standing.RIGHT, Standing.BROKEN, Standing.WRONG]
    assert found.mistake is not None
    assert found.mistake.above == 0
    assert found.mistake.text == "the term 1 is lost"
