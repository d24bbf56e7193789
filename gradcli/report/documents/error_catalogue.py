"""The catalogue of autograd's errors as a document: a section a group, in it the messages and their causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcli.report.document import Document, Line, Role, Section

if TYPE_CHECKING:
    from gradcli.commands.explain.error import ErrorCatalogue, ErrorGroup


def document(found: ErrorCatalogue) -> Document:
    causes = len({cause.name for group in found.groups for _, listed in group.messages for cause in listed})
    messages = sum(len(group.messages) for group in found.groups)
    end = Line(f"{messages} messages, {causes} causes. gradcli explain --error NAME shows one.")
    return Document("explain", (*map(_group, found.groups), end), found.to_dict)


def _group(group: ErrorGroup) -> Section:
    widest = max((len(cause.name) for _, causes in group.messages for cause in causes), default=0)
    messages = (
        Section(Line(message.name), tuple(Line(f"{cause.name.ljust(widest)}  {cause.title}") for cause in causes))
        for message, causes in group.messages
    )
    return Section(Line(group.title, Role.HEADING), tuple(messages))
