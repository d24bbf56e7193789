"""Claims as JUnit XML, which build servers show line by line: a suite for each file, a test case for each claim."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import PurePath

from gradcli.base.errors import printable
from gradcli.claims.conclusion import ClaimResult, Conclusion

MAX_NAME = 200
NO_FILE = "claims"
_ELEMENTS = {Conclusion.REFUTED: "failure", Conclusion.UNDECIDED: "error"}
_NONCHARACTERS = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})


def junit_xml(results: Sequence[ClaimResult], seconds: float) -> bytes:
    """The report, UTF-8 with its declaration: a refuted claim is a failure, an undecided one an error.

    seconds: that all of it took; the suites have the sums of their claims

    >>> junit_xml([], 0.5)[-88:]
    b'<testsuites name="gradcli" tests="0" failures="0" errors="0" skipped="0" time="0.500" />'
    """
    suites: dict[str | None, list[ClaimResult]] = {}
    for result in results:
        suites.setdefault(result.file, []).append(result)
    root = ET.Element("testsuites", {"name": "gradcli", **_counts(results, seconds)})
    for file, members in suites.items():
        total = sum(member.seconds for member in members)
        suite = ET.SubElement(root, "testsuite", {"name": _plain(file or NO_FILE), **_counts(members, total)})
        for member in members:
            _add_case(suite, member)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _counts(results: Sequence[ClaimResult], seconds: float) -> dict[str, str]:
    ends = [result.conclusion for result in results]
    failures, errors = ends.count(Conclusion.REFUTED), ends.count(Conclusion.UNDECIDED)
    return {
        "tests": str(len(ends)), "failures": str(failures), "errors": str(errors), "skipped": "0", "time": f"{seconds:.3f}",
    }  # fmt: skip


def _add_case(suite: ET.Element, result: ClaimResult) -> None:
    file = result.file or None
    attributes = {"name": _name(result), "classname": _without_suffix(file) if file else NO_FILE}
    attributes |= {"file": file} if file else {}
    attributes |= {"line": str(result.line)} if file and result.line else {}
    attributes |= {"time": f"{result.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", {key: _plain(value) for key, value in attributes.items()})
    element = _ELEMENTS.get(result.conclusion)
    if element is not None:
        complaint = ET.SubElement(case, element, {"message": _plain(_message(result)), "type": str(result.conclusion)})
        complaint.text = _plain("\n".join(_lines(result)))
    elif result.notes:
        ET.SubElement(case, "system-out").text = _plain("\n".join([str(result.conclusion), *result.notes]))


def _without_suffix(file: str) -> str:
    return file.removesuffix(PurePath(file).suffix)


def _name(result: ClaimResult) -> str:
    """The claim's own name; without one (an unnamed claim goes by its variables) the left side of its equation."""
    variables = ",".join(result.wrt)
    if result.name not in {"", variables}:
        return _short(result.name)
    if result.kind == "value":
        return _short(result.function)
    return _short(f"d({_short(result.function, MAX_NAME - 40)})/d({variables})")


def _message(result: ClaimResult) -> str:
    """One line: what is wrong, or why nothing is known."""
    found = result.counterexample
    if result.conclusion is Conclusion.UNDECIDED or found is None:
        reason = result.notes[0] if result.notes else ""
        return _short(f"{result.conclusion}: {reason}" if reason else str(result.conclusion))
    at = ", ".join(f"{name}={_value(value)}" for name, value in found.at.items())
    return _short(f"{result.conclusion}{f' at {at}' if at else ''}: {_claimed(result)}")


def _lines(result: ClaimResult) -> list[str]:
    lines = [f"d({result.function})/d({','.join(result.wrt)}) = {result.claim}"]
    if result.kind == "value":
        lines = [f"{result.function} = {result.claim}"]
    if result.counterexample is not None:
        lines += [f"at {name} = {_value(value)}" for name, value in result.counterexample.at.items()]
        lines.append(_claimed(result))
    if result.diagnosis is not None:
        lines.append(f"diagnosis: {result.diagnosis}")
        lines += [f"suggestion: {result.diagnosis.suggestion}"] if result.diagnosis.suggestion is not None else []
    lines += [f"note: {note}" for note in result.notes]
    if result.counterexample is not None and result.counterexample.command:
        lines.append(f"replay: {result.counterexample.command}")
    return lines


def _claimed(result: ClaimResult) -> str:
    """``component 0,1: claimed 2.0, true 4.0``."""
    found = result.counterexample
    assert found is not None
    if found.true is None:
        return "the shapes of claim and derivative differ"
    place = f"component {','.join(map(str, found.component))}: " if found.component else ""
    claimed = "has no value" if found.claimed is None else repr(found.claimed)
    return f"{place}claimed {claimed}, true {found.true!r}"


def _value(value: object) -> str:
    return repr(value) if isinstance(value, float) else json.dumps(value, default=str)


def _short(text: str, limit: int = MAX_NAME) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _plain(text: str) -> str:
    """``text`` without characters that XML 1.0 forbids or that act on a terminal: they are escaped."""
    return printable(text).translate(_NONCHARACTERS)
