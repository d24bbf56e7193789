"""The page around a document: one file that loads nothing, runs nothing and reaches nowhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from gradcli.report.document import Block, Case, Document, Formula, Section
from gradcli.report.html.blocks import html_of, slug
from gradcli.report.html.cases import anchor
from gradcli.report.html.escape import escaped, tag
from gradcli.report.html.formulas import formula


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
    body = f"{_header(document)}{tag('main', _main(document.blocks))}{_footer(document)}"
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


@cache
def style() -> str:
    return (files("gradcli.report.html") / "page.css").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _header(document: Document) -> str:
    above = tag("p", escaped(f"gradcli {document.command}"), class_="eyebrow")
    subject = document.subject
    name = formula(subject) if isinstance(subject, Formula) else escaped(document.title or document.command)
    return tag("header", f"{above}{tag('h1', name)}{_contents(document)}")


def _contents(document: Document) -> str:
    """Links to the sections."""
    titles = [block.title.text for block in document.blocks if isinstance(block, Section)]
    if len(titles) < 3:
        return ""
    links = "".join(tag("li", tag("a", escaped(title), href=f"#{slug(title)}")) for title in titles)
    return tag("nav", tag("ul", links), aria_label="Contents")


def _main(blocks: tuple[Block, ...]) -> str:
    made, number = "", 0
    for block in blocks:
        if isinstance(block, Case):
            number += 1
            made += tag("article", html_of(block), id=anchor(block, number))
        else:
            made += html_of(block)
    return made


def _footer(document: Document) -> str:
    if not document.again:
        return ""
    return tag("footer", tag("p", f"Made by {tag('code', escaped(document.again))}", class_="command"))
