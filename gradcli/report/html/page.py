"""The page around a document: one file that loads nothing, runs nothing and reaches nowhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TypeGuard

from gradcli.report.document import Block, Case, Document, Formula, Line, Role, Section
from gradcli.report.html.blocks import chain, html_of, slug
from gradcli.report.html.cases import anchor, index
from gradcli.report.html.derivations import bounded
from gradcli.report.html.escape import escaped, tag
from gradcli.report.html.formulas import heading


def page(document: Document) -> str:
    """``<!DOCTYPE html> ...``"""
    from gradcli import __version__

    title = document.title or f"gradcli {document.command}"
    rule = f"default-src 'none'; style-src '{_hash(style())}'; base-uri 'none'; form-action 'none'"
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{rule}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<meta name="generator" content="gradcli {escaped(__version__)}">'
        f"<title>{escaped(title)}</title><style>{style()}</style>"
    )
    shown = _shown(document)
    body = f"{_header(document, shown)}{tag('main', _main(shown))}{_footer(document)}"
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


@cache
def style() -> str:
    return (files("gradcli.report.html") / "page.css").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _shown(document: Document) -> tuple[Block, ...]:
    """The blocks in their order: what the heading says is left out, and what is empty stands together at the end."""
    sections = [block for block in document.blocks if isinstance(block, Section)]
    empty = [block for block in sections if block.empty]
    said = {id(block) for block in sections if block.empty or _is_subject(block, document.subject)}
    notes = tuple(part for block in sections if _is_subject(block, document.subject) for part in block.blocks[1:])
    rest = [block for block in document.blocks if id(block) not in said]
    if empty:
        lines = (Line(part.text, label=block.title.text) for block in empty for part in block.blocks if _is_line(part))
        rest.append(Section(Line("Nothing to show", Role.HEADING), tuple(lines), folded=True))
    return bounded((*notes, *rest))


def _is_line(block: Block) -> TypeGuard[Line]:
    return isinstance(block, Line)


def _is_subject(block: Section, subject: Formula | None) -> bool:
    first = block.blocks[0] if block.blocks else None
    return isinstance(first, Formula) and subject is not None and not first.left and first.text == subject.text


def _header(document: Document, shown: tuple[Block, ...]) -> str:
    above = tag("p", escaped(f"gradcli {document.command}"), class_="eyebrow")
    subject = document.subject
    title = escaped(document.title or document.command)
    name, given = heading(subject) if isinstance(subject, Formula) else (title, "")
    said = given + "".join(map(html_of, document.summary))
    said += index(list(document.cases)) if len(document.cases) > 1 else ""
    return tag("header", f"{above}{tag('h1', name)}{said}{_contents(shown)}")


def _contents(shown: tuple[Block, ...]) -> str:
    """Links to the sections."""
    titles = [block.title.text for block in shown if isinstance(block, Section)]
    if len(titles) < 3:
        return ""
    links = "".join(tag("li", tag("a", escaped(title), href=f"#{slug(title)}")) for title in titles)
    return tag("nav", tag("ul", links), aria_label="Contents")


def _main(blocks: tuple[Block, ...]) -> str:
    made, number = "", 1
    for is_chain, run in groupby(blocks, key=lambda block: isinstance(block, Case) and bool(block.standing)):
        if is_chain:
            lines = [block for block in run if isinstance(block, Case)]
            made += chain(lines, number)
            number += len(lines)
            continue
        for block in run:
            if isinstance(block, Case):
                made += tag("article", html_of(block), id=anchor(block, number))
                number += 1
            else:
                made += html_of(block)
    return made


def _footer(document: Document) -> str:
    if not document.again:
        return ""
    return tag("footer", tag("p", f"Made by {tag('code', escaped(document.again))}", class_="command"))
