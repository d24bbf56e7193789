"""JUnit: a suite for each file, and only what XML allows."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest

from gradcli.claims.conclusion import ClaimResult, Conclusion, Counterexample, Diagnosis
from gradcli.commands.results import CheckReport
from gradcli.report import as_junit
from gradcli.report.writing import document_of, rendered

TRUE = ClaimResult(
    "square", ("x",), "grad", "x**2", "2*x", Conclusion.PROVED, file="a/claims.toml", line=3, seconds=0.25
)
WRONG = ClaimResult(
    "x", ("x",), "grad", "x**2*y", "2*x", Conclusion.REFUTED, points=3,
    counterexample=Counterexample({"x": 1.0, "y": 2.0}, (), 2.0, 4.0, "gradcli grad 'x**2*y' x=1 y=2"),
    diagnosis=Diagnosis("missing factor", "chain rule: × y is missing", "2*x*y"), notes=("one note",),
    file="b.md", line=7, seconds=0.5,
)  # fmt: skip
OPEN = replace(TRUE, name="", verdict=Conclusion.UNDECIDED, notes=("time is up", "more"), file=None, line=None)


def parsed(*results: ClaimResult, seconds: float = 1.5) -> ET.Element:
    return ET.fromstring(rendered(document_of(CheckReport(results, seconds)), "junit"))  # noqa: S314 - our own text


def test_junit_has_a_suite_for_each_file() -> None:
    root = parsed(WRONG, TRUE, replace(WRONG, line=9), OPEN)
    assert root.tag == "testsuites"
    assert root.attrib == {
        "name": "gradcli",
        "tests": "4",
        "failures": "2",
        "errors": "1",
        "skipped": "0",
        "time": "1.500",
    }
    assert [dict(suite.attrib) for suite in root] == [
        {"name": "b.md", "tests": "2", "failures": "2", "errors": "0", "skipped": "0", "time": "1.000"},
        {"name": "a/claims.toml", "tests": "1", "failures": "0", "errors": "0", "skipped": "0", "time": "0.250"},
        {"name": "claims", "tests": "1", "failures": "0", "errors": "1", "skipped": "0", "time": "0.250"},
    ]
    assert [case.get("line") for case in root.iter("testcase")] == ["7", "9", "3", None]


def test_junit_of_a_claim_that_holds() -> None:
    (case,) = parsed(TRUE).iter("testcase")
    assert case.attrib == {
        "name": "square",
        "classname": "a/claims",
        "file": "a/claims.toml",
        "line": "3",
        "time": "0.250",
    }
    assert list(case) == []
    (case,) = parsed(replace(TRUE, notes=("not at 0",))).iter("testcase")
    assert [(child.tag, child.text) for child in case] == [("system-out", "proved\nnot at 0")]


def test_junit_of_a_refuted_claim() -> None:
    (case,) = parsed(WRONG).iter("testcase")
    assert case.get("name") == "d(x**2*y)/d(x)"
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.attrib == {"message": "refuted at x=1.0, y=2.0: claimed 2.0, true 4.0", "type": "refuted"}
    assert failure.text == "\n".join([
        "d(x**2*y)/d(x) = 2*x", "at x = 1.0", "at y = 2.0", "claimed 2.0, true 4.0",
        "diagnosis: missing factor: chain rule: × y is missing", "suggestion: 2*x*y", "note: one note",
        "replay: gradcli grad 'x**2*y' x=1 y=2",
    ])  # fmt: skip


def test_junit_of_an_undecided_claim() -> None:
    (case,) = parsed(OPEN).iter("testcase")
    assert case.attrib == {"name": "d(x**2)/d(x)", "classname": "claims", "time": "0.250"}
    (error,) = case
    assert (error.tag, error.attrib) == ("error", {"message": "undecided: time is up", "type": "undecided"})
    assert error.text == "d(x**2)/d(x) = 2*x\nnote: time is up\nnote: more"


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (
            Counterexample({"x": [1.0, 2.0]}, (1,), 2.0, 4.0),
            "refuted at x=[1.0, 2.0]: component 1: claimed 2.0, true 4.0",
        ),
        (Counterexample({}, (0, 1), None, 0.1), "refuted: component 0,1: claimed has no value, true 0.1"),
        (Counterexample({"x": 1.0}, None, None, None), "refuted at x=1.0: the shapes of claim and derivative differ"),
        (Counterexample({"x": float("inf")}, (), float("nan"), 1e300), "refuted at x=inf: claimed nan, true 1e+300"),
        (None, "refuted: one note"),
    ],
)
def test_junit_messages(example: Counterexample | None, message: str) -> None:
    (failure,) = parsed(replace(WRONG, counterexample=example)).iter("failure")
    assert failure.get("message") == message


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": "my name"}, "my name"),
        ({"name": "x,y", "wrt": ("x", "y")}, "d(x**2*y)/d(x,y)"),
        ({"name": "", "kind": "value"}, "x**2*y"),
        ({"name": "n" * 1000}, "n" * 199 + "…"),
        ({"name": "", "function": "x" * 1000}, f"d({'x' * 159}…)/d(x)"),
    ],
)
def test_junit_names(changes: dict[str, Any], name: str) -> None:
    (case,) = parsed(replace(WRONG, **changes)).iter("testcase")
    assert case.get("name") == name


def test_junit_of_nothing() -> None:
    assert list(parsed(seconds=0)) == []


FORBIDDEN = "".join(map(chr, range(32))) + "\x7f\ud800\udfff\ufffe\uffff\u202e<&>\"']]>é𝛽"


def hostile() -> ClaimResult:
    return replace(
        WRONG, name=FORBIDDEN, function=FORBIDDEN, claim=FORBIDDEN, file=FORBIDDEN + ".md", notes=(FORBIDDEN,),
        counterexample=Counterexample({FORBIDDEN: 1.0}, (), 1.0, 2.0, FORBIDDEN), diagnosis=Diagnosis("a", FORBIDDEN, FORBIDDEN),
    )  # fmt: skip


def test_junit_escapes_what_xml_forbids() -> None:
    for result in (
        hostile(),
        replace(hostile(), verdict=Conclusion.UNDECIDED),
        replace(hostile(), verdict=Conclusion.AGREES),
    ):
        (case,) = parsed(result).iter("testcase")
        name = str(case.get("name"))
        assert name.startswith("\\x00\\x01")
        assert name.endswith("\\x7f\\ud800\\udfff\ufffd\ufffd\\u202e<&>\"']]>é𝛽")
        assert "".join(case[0].itertext()).isprintable() or "\n" in str(case[0].text)


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\ufffe"])
def test_what_xml_forbids_would_be_seen(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setattr(as_junit, "_plain", lambda text: text)
    with pytest.raises(ET.ParseError):
        parsed(replace(WRONG, name=bad))
