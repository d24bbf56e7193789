"""What came of a table as a document: rows, failures, flags, and the verdict on those that were drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcli.report.document import Document, Line, Role, Section
from gradcli.report.documents.verdicts import reading

if TYPE_CHECKING:
    from gradcli.commands.tables.result import TableResult

FLAGS = {"kink": "on a kink", "loss": "in which half of the digits are lost"}


def document(result: TableResult) -> Document:
    """Quiet where all is well: failures, flags and a verdict other than ``agrees`` are warnings."""
    said, failed, flags = _verdict(result), _failures(result), _flags(result)
    notes = tuple(Line(note, label="note") for note in result.notes)
    head = (
        Line(result.read_as, label="read as"),
        Line(f"{result.rows:,}, by the engine {result.engine}", label="rows"),
    )
    fine = str(result.check.verdict) in {"agrees"}
    return Document(
        result.command,
        (),
        result.to_dict,
        remarks=(*head, *notes, *failed, *flags, said),
        warnings=(*notes, *failed, *flags, *(() if fine else (said,))),
    )


def _failures(result: TableResult) -> tuple[Line, ...]:
    if not result.failed:
        return ()
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in result.failures.items())
    text = f"{result.failed:,} of {result.rows:,} rows, the first is row {result.first_failed}: {reasons}"
    return (Line(text, label="failed"),)


def _flags(result: TableResult) -> tuple[Line, ...]:
    found = [f"{count:,} of {result.rows:,} rows {FLAGS[flag]}" for flag, count in result.flags.items() if count]
    return (Line(", ".join(found), label="flags"),) if found else ()


def _verdict(result: TableResult) -> Section:
    check = result.check
    digits = f" to {check.digits:g} digits" if str(check.verdict) == "agrees" and check.digits is not None else ""
    against = f" against {check.reference}" if check.reference else ""
    drawn = f" ({result.sampled:,} of {result.rows:,} rows{against})" if result.sampled else ""
    return Section(Line(f"{check.verdict}{digits}{drawn}", Role.VERDICT, label="check"), reading(check.notes))
