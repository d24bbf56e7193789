"""The blocks of a document as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradcli.report.document import (
    Block,
    Case,
    Code,
    Difference,
    Excerpt,
    Figure,
    Formula,
    Line,
    Role,
    Section,
    Steps,
    Table,
    Value,
    Words,
)
from gradcli.report.html.cases import CLASSES, anchor, difference, is_detail, of_chain, opening, suggestion
from gradcli.report.html.derivations import derivation
from gradcli.report.html.escape import escaped, tag
from gradcli.report.html.formulas import formula, scrolling
from gradcli.report.values import value_text

ENTRIES = 1_000  # of an array that is shown
LETTERS = 12.5  # pixels of the smallest letters of a drawing
LONG = 48  # characters of a cell that is broken over lines
_BOX = re.compile(r'<svg\b[^>]*?viewBox="[-\d.]+ [-\d.]+ ([\d.]+) [^>]*>')
_LETTERS = re.compile(r'font-size="([\d.]+)')
_NUMBER = re.compile(r"[-+]?(\d[\d,_]*\.?\d*(e[-+]?\d+)?|inf|nan)?")
_CLASSES = {Role.NOTE: "note", Role.VERDICT: "verdict", Role.SUMMARY: "verdict", Role.ERROR: "fails"}
_LABELS = {Role.SUGGESTION: "Suggestion", Role.COMMAND: "Again", Role.HINT: "Try"}


def html_of(block: Block, level: int = 2) -> str:
    """A block as HTML. level: of the headings of its sections"""
    match block:
        case Line():
            return line(block)
        case Words():
            return tag("p", ", ".join(tag("code", escaped(word)) for word in block.items))
        case Table():
            return table(block)
        case Code():
            return scrolling("pre", tag("code", escaped(block.text)), "program")
        case Excerpt():
            return excerpt(block)
        case Value():
            return _value(block)
        case Formula():
            return formula(block)
        case Figure():
            return figure(block)
        case Steps():
            return derivation(block)
        case Difference():
            return difference(block)
        case Section():
            return section(block, level)
        case Case():
            return case(block, level)


def case(block: Case, level: int) -> str:
    """What is claimed and what is said of it, a drawing of both, and folded how it was checked."""
    how = "".join(map(html_of, filter(is_detail, block.blocks)))
    folded = tag("details", tag("summary", "How it was checked") + how) if how else ""
    return opening(block, level) + _said(block, level) + folded


def chain(lines: Sequence[Case], first: int) -> str:
    """The lines of one derivation below one another, each with what is said of it. ``first``: its number in the page"""
    made = (of_chain(block, first=k == 0) + _said(block, 2) for k, block in enumerate(lines))
    rows = (tag("li", row, id=anchor(block, first + k)) for k, (row, block) in enumerate(zip(made, lines, strict=True)))
    return tag("article", tag("ol", "".join(rows), class_="chain"))


def _said(block: Case, level: int) -> str:
    """What is said of a case, and a drawing where it is not right; of a line that only follows there is none."""
    said = "".join(_of_case(part, block, level) for part in block.blocks if not is_detail(part))
    differs = not block.standing or any(isinstance(part, Difference) for part in block.blocks)
    drawn = block.figure() if differs else None
    return said + (figure(drawn) if drawn is not None else "")


def _of_case(part: Block, block: Case, level: int) -> str:
    if isinstance(part, Line) and part.role is Role.SUGGESTION:
        return suggestion(part, block.equation)
    return html_of(part, level + 1)


def line(block: Line) -> str:
    """A paragraph; formulas and commands as code."""
    if block.role is Role.BRIEF:  # for those who see less than all
        return ""
    label = block.label or _LABELS.get(block.role, "")
    text = escaped(block.text)
    if block.role in {Role.COMMAND, Role.FORMULA, Role.SUGGESTION}:
        text = tag("code", text)
    said = f"{tag('span', f'{escaped(label)}:', class_='label')} {text}" if label else text
    class_ = "command" if block.role is Role.COMMAND else _CLASSES.get(block.role, "")
    if block.outcome is not None:
        class_ = f"{class_} {CLASSES[block.outcome]}".strip()
    return tag("p", said, class_=class_) if class_ else tag("p", said)


def table(block: Table) -> str:
    """Columns of numbers stand on the right."""
    columns = list(zip(*block.rows, strict=True)) if block.rows else [()] * len(block.head)
    numbers = [bool(column) and all(map(_NUMBER.fullmatch, column)) for column in columns]
    head = "".join(
        tag("th", escaped(cell), scope="col", **({"class_": "number"} if right else {}))
        for cell, right in zip(block.head, numbers, strict=True)
    )
    rows = "".join(tag("tr", "".join(map(_cell, row, numbers))) for row in block.rows)
    body = tag("thead", tag("tr", head)) + tag("tbody", rows)
    return scrolling("table", body, "table")


def _cell(text: str, number: bool) -> str:
    class_ = "number" if number else "long" if len(text) > LONG else ""
    return tag("td", escaped(text), class_=class_) if class_ else tag("td", escaped(text))


def excerpt(block: Excerpt) -> str:
    """The source with its place marked."""
    start, stop = block.span.start, max(block.span.stop, block.span.start + 1)
    marked = tag("mark", escaped(block.source[start:stop]))
    body = f"{escaped(block.source[:start])}{marked}{escaped(block.source[stop:])}"
    return scrolling("pre", tag("code", body), "the place")


def figure(block: Figure) -> str:
    """A drawing of ours with its words below it."""
    if not block.svg:
        return tag("p", escaped(block.alt))
    caption = tag("figcaption", escaped(block.caption)) if block.caption else ""
    return tag("figure", tag("div", _sized(block.svg), class_="scroll", tabindex="0") + caption)


def _sized(svg: str) -> str:
    """So wide that its letters are as high as those of a table, unless the page is narrower."""
    box = _BOX.match(svg)
    if box is None or " width=" in box.group():
        return svg
    smallest = min(map(float, _LETTERS.findall(svg)), default=LETTERS)
    scale = max(1.0, LETTERS / smallest) if smallest else 1.0
    return f'<svg width="{round(float(box.group(1)) * scale)}"{svg[4:]}'


def section(block: Section, level: int) -> str:
    """A heading with what stands below it; one that is folded is opened by its heading."""
    if block.title.role is Role.BRIEF:
        return ""
    name = f"h{min(level, 6)}"
    heading = tag(name, escaped(block.title.text))
    body = "".join(html_of(part, level + 1) for part in block.blocks)
    inside = tag("details", tag("summary", heading) + body) if block.folded else heading + body
    return tag("section", inside, id=slug(block.title.text)) if level == 2 else inside


def slug(text: str) -> str:
    """A word for an address inside of the page."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


def _value(block: Value) -> str:
    """A formula, or numbers under their name."""
    name = ",".join(block.names)
    if block.matrix is not None:
        from gradcli.report.triples import few_lines  # loads numpy

        return tag("h3", escaped(name)) + scrolling("pre", tag("code", escaped(few_lines(block.matrix, 10, ""))), name)
    shown = block.number if block.text is None else block.text
    if block.trees is None and isinstance(shown, str):
        return formula(Formula(shown, name, _name(block.names), block.shapes or {}))
    text = value_text(shown, ENTRIES)
    return scrolling("pre", tag("code", f"{escaped(name)} = {escaped(text)}"), name)


def _name(names: Sequence[str]) -> str:
    from gradcli.closed.notation.letters import name_in_latex

    below = " ".join(rf"\partial {name_in_latex(name)}" for name in names)
    return rf"\frac{{\partial{'^2' * (len(names) > 1)} f}}{{{below}}}"
