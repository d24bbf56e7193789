"""Cases as JUnit XML, which build servers show line by line: a suite for each file, a test case for each case."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import PurePath

from gradcli.base.errors import printable
from gradcli.report.document import Case, Difference, Document, Line, Outcome, Role, View
from gradcli.report.values import both_text, value_text

MAX_NAME = 200
NO_FILE = "claims"
_ELEMENTS = {Outcome.FAILS: "failure", Outcome.OPEN: "error"}
_LABELS = {
    Role.DIAGNOSIS: "diagnosis",
    Role.SUGGESTION: "suggestion",
    Role.NOTE: "note",
    Role.COMMAND: "replay",
}
_NONCHARACTERS = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})


def render(document: Document, _view: View) -> bytes:
    """UTF-8 with its declaration: what fails is a failure, what is open an error.

    >>> render(Document("check", (), dict, seconds=0.5), View())[-88:]
    b'<testsuites name="gradcli" tests="0" failures="0" errors="0" skipped="0" time="0.500" />'
    """
    suites: dict[str | None, list[Case]] = {}
    for case in document.cases:
        suites.setdefault(case.file, []).append(case)
    root = ET.Element("testsuites", {"name": "gradcli", **_counts(document.cases, document.seconds)})
    for file, members in suites.items():
        total = sum(member.seconds for member in members)
        suite = ET.SubElement(root, "testsuite", {"name": _plain(file or NO_FILE), **_counts(members, total)})
        for member in members:
            _add_case(suite, member)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _counts(cases: Sequence[Case], seconds: float) -> dict[str, str]:
    ends = [case.outcome for case in cases]
    failures, errors = ends.count(Outcome.FAILS), ends.count(Outcome.OPEN)
    return {
        "tests": str(len(ends)),
        "failures": str(failures),
        "errors": str(errors),
        "skipped": "0",
        "time": f"{seconds:.3f}",
    }


def _add_case(suite: ET.Element, case: Case) -> None:
    file = case.file or None
    attributes = {"name": _name(case), "classname": file.removesuffix(PurePath(file).suffix) if file else NO_FILE}
    attributes |= {"file": file} if file else {}
    attributes |= {"line": str(case.line)} if file and case.line else {}
    attributes |= {"time": f"{case.seconds:.3f}"}
    made = ET.SubElement(suite, "testcase", {key: _plain(value) for key, value in attributes.items()})
    element, notes = _ELEMENTS.get(case.outcome), _notes(case)
    if element is not None:
        complaint = ET.SubElement(made, element, {"message": _plain(_message(case)), "type": case.verdict})
        complaint.text = _plain("\n".join(_lines(case)))
    elif notes:
        ET.SubElement(made, "system-out").text = _plain("\n".join([case.verdict, *notes]))


def _name(case: Case) -> str:
    """The case's own name; without one (an unnamed claim goes by its variables) the left side of its equation."""
    equation = case.equation
    if case.name not in {"", ",".join(equation.wrt)}:
        return _short(case.name)
    limit = MAX_NAME - 40 if equation.differentiated else MAX_NAME
    return _short(equation.left(_short(equation.function, limit)))


def _message(case: Case) -> str:
    """One line: what is wrong, or why nothing is known."""
    found = next((block for block in case.blocks if isinstance(block, Difference)), None)
    if case.outcome is Outcome.OPEN or found is None:
        return _short(": ".join([case.verdict, *_notes(case)[:1]]))
    at = ", ".join(f"{name}={value_text(value)}" for name, value in found.at)
    return _short(f"{case.verdict}{f' at {at}' if at else ''}: {_claimed(found)}")


def _notes(case: Case) -> list[str]:
    return [block.text for block in case.blocks if isinstance(block, Line) and block.role is Role.NOTE]


def _lines(case: Case) -> list[str]:
    lines = [f"{case.equation.left(case.equation.function)} = {case.equation.claim}"]
    for block in case.blocks:
        if isinstance(block, Difference):
            lines += [*(f"at {name} = {value_text(value)}" for name, value in block.at), _claimed(block)]
        elif isinstance(block, Line) and block.role in _LABELS:
            lines.append(f"{_LABELS[block.role]}: {block.text}")
    return lines


def _claimed(found: Difference) -> str:
    """``component 0,1: claimed 2.0, true 4.0``."""
    if found.true is None:
        return "the shapes of claim and derivative differ"
    place = f"component {','.join(map(str, found.entry))}: " if found.entry else ""
    part = f"in {','.join(found.wrt)}: " if found.wrt else ""
    return part + place + both_text(found, "has no value")


def _short(text: str, limit: int = MAX_NAME) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _plain(text: str) -> str:
    """``text`` without characters that XML 1.0 forbids or that act on a terminal: they are escaped."""
    return printable(text).translate(_NONCHARACTERS)
