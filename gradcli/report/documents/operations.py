"""The operation table as a document: the names by group, or one row with its facts."""

from __future__ import annotations

from gradcli.commands.operations import Operations, example_command, rules_of
from gradcli.operations.row import Op
from gradcli.report.document import Block, Document, Line, Role, Section, Words


def document(found: Operations) -> Document:
    if found.word is not None:
        blocks: tuple[Block, ...] = _found(found)
    else:
        blocks = _all(found) if found.name is None else (*_calls(found), *map(_one, found.rows))
    return Document("ops", blocks, found.to_dict)


def _found(found: Operations) -> tuple[Block, ...]:
    """A line each, the nearest first."""
    width = max(len(op.name) for op in found.rows)
    return tuple(Line(f"{op.name.ljust(width)}  {op.doc}") for op in found.rows)


def _all(found: Operations) -> tuple[Block, ...]:
    sections = (Section(Line(group, Role.HEADING), (Words(names),)) for group, names in found.groups.items())
    return *sections, Line("gradcli ops NAME shows one.")


def _calls(found: Operations) -> tuple[Block, ...]:
    """The library's own signatures, each with what it means here."""
    if not found.calls:
        return ()
    lines = (Line(call.plainly, label=call.usage) for call in found.calls)
    notes = dict.fromkeys(call.note for call in found.calls if call.note)
    return (Section(Line(str(found.name), Role.HEADING), (*lines, *(Line(note, label="note") for note in notes))),)


def _one(op: Op) -> Section:
    facts = {
        "group": op.group,
        "domain": op.domain,
        "not differentiable": op.kinks,
        "also": ", ".join(op.aliases),
        "note": op.note,
        "example": example_command(op),
    }
    said = [Line(text, label=label) for label, text in facts.items() if text]
    said[-1:-1] = [Line(rule, label=f"rule of {name}") for name, rule in rules_of(op)]
    return Section(Line(op.usage, Role.HEADING), (Line(op.doc, Role.PROSE), *said))
