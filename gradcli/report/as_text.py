"""A document as plain text, for people and for ``$(...)``; characters that act on a terminal are escaped."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from gradcli.base.errors import Span, printable
from gradcli.report.differentials import in_differentials
from gradcli.report.document import (
    Block,
    Case,
    Code,
    Difference,
    Document,
    Excerpt,
    Figure,
    Formula,
    Line,
    Outcome,
    Role,
    Section,
    Step,
    Steps,
    Table,
    Value,
    View,
    Words,
)
from gradcli.report.values import both_text, value_text

TERMINAL_ENTRIES = 1_000
ENDS = 10  # entries at both ends of a sparse matrix that is too long for a terminal
LINE_WIDTH = 100  # of what is shown of a source
PROSE_WIDTH = 80  # with its indentation
WORDS_WIDTH = 94
MAX_CELL = 60
MAX_FORMULA = 300
RULE_COLUMN = 60  # characters of a line of a derivation beside which its rule stands
STANDING_WIDTH = 11  # of how a line of a chain stands
MAX_TITLE = 200  # characters of an equation in a claim's line
_LABELS = {
    Role.SUGGESTION: "suggestion",
    Role.COMMAND: "again",
    Role.ERROR: "error",
    Role.HINT: "try",
}


def render(document: Document, view: View) -> str:
    """One value alone is bare, one case alone has no name; a blank line stands between sections and beside them."""
    alone = len(document.values) + len(document.cases) == 1 and not document.partial
    parts: list[str] = []
    last: Block | None = None
    for block in document.blocks:
        if found := lines(block, view, alone=alone):
            parts += ["\n"] if last is not None and (isinstance(last, Section) or isinstance(block, Section)) else []
            parts += [f"{line}\n" for line in found]
            last = block
    return "".join(parts)


def plain(blocks: Iterable[Block]) -> str:
    """Remarks: blocks below one another."""
    return "".join(f"{line}\n" for block in blocks for line in lines(block, View(), alone=True))


def lines(block: Block, view: View, *, alone: bool = False, depth: int = 1) -> list[str]:
    """A block's lines, each a text that may itself have several; none where the view leaves the block out.

    alone: the only value or case of its document; depth: of sections, each indented by two blanks more
    """
    match block:
        case Line():
            return _line(block, view, depth)
        case Words():
            return textwrap.wrap(printable("  ".join(block.items)), WORDS_WIDTH, break_long_words=False)
        case Table():
            return _table(block)
        case Code():
            return printable(block.text).split("\n")
        case Excerpt():
            return caret_lines(block.source, block.span)
        case Value() if block.matrix is not None:
            return _matrix(block, view, alone)
        case Value():
            return [_value(block, view, alone)]
        case Formula():
            return _line(Line(block.said, Role.FORMULA), view, depth)
        case Figure():
            drawn = block.text if view.braille or not block.plain else block.plain
            return printable(drawn or block.alt).split("\n")
        case Steps():
            return _steps(block)
        case Difference():
            return _difference(block)
        case Section():
            return _section(block, view, depth)
        case Case():
            return _case(block, view, alone)


def _line(line: Line, view: View, depth: int = 1) -> list[str]:
    if (view.verbose and line.role is Role.BRIEF) or (not view.verbose and line.role is Role.DETAIL):
        return []
    if line.role is Role.SUMMARY and view.quiet:
        return []
    text = printable(line.text)
    if line.role in {Role.PROSE, Role.TITLE}:
        said = f"{printable(line.label)}: {text}" if line.label else text
        below = "   " if line.role is Role.TITLE else ""
        width = PROSE_WIDTH - 2 * (depth - 1)
        return textwrap.wrap(said, width, subsequent_indent=below, break_on_hyphens=False)
    if line.role is Role.FORMULA and len(text) > MAX_FORMULA:
        text = f"{text[:MAX_FORMULA]} ... (--json has all of it)"
    label = printable(line.label or _LABELS.get(line.role, ""))
    if line.role is Role.HINT:  # each way on below the first
        text = text.replace("\n", "\n" + " " * len(f"{label}: "))
    return [f"{label}: {text}" if label else text]


def _matrix(value: Value, view: View, alone: bool) -> list[str]:
    """An entry a line, after the names of its block; or the picture of where entries are, as a paragraph."""
    if view.spy:
        from gradcli.report.pattern import drawn, facts

        said = facts(value.matrix, value.way)
        title = said if alone else f"{','.join(value.names)}: {said}"
        return [title, *drawn(value.matrix, view.columns, braille=view.braille)]
    from gradcli.report.triples import few_lines, lines_of  # these and those above load numpy

    before = "" if alone else f"{','.join(value.names)} "
    few = view.terminal and value.matrix.nnz > TERMINAL_ENTRIES
    text = few_lines(value.matrix, ENDS, before) if few else lines_of(value.matrix, " ", before)
    return [text.removesuffix("\n")] if text else []


def _value(value: Value, view: View, alone: bool) -> str:
    shown = value.number if value.text is None else value.text
    text = value_text(shown, TERMINAL_ENTRIES if view.terminal else None)
    text = printable(text) if isinstance(shown, str) else text
    return text if alone else f"{','.join(value.names)} = {text}"


def _section(section: Section, view: View, depth: int) -> list[str]:
    title = _line(section.title, view, depth)
    if not title:
        return []
    below = [line for block in section.blocks for line in lines(block, view, depth=depth + 1)]
    return [*title, *(textwrap.indent(line, "  " * depth) for line in below)]


def _case(case: Case, view: View, alone: bool) -> list[str]:
    """The verdict in one line, the rest below it; a good one of a file is shown to those alone who ask for it."""
    if case.standing:
        return _chain_line(case, view)
    if case.outcome is Outcome.HOLDS and (view.quiet or (case.file is not None and not view.verbose)):
        return []
    place = f"{case.file}:{case.line}: " if case.file is not None else "" if alone else f"{case.name}: "
    words = ["error" if case.broken else case.verdict, _title(case) if case.file is not None else "", case.extent]
    below = [line for block in case.blocks for line in lines(block, view)]
    return [printable(place + " ".join(filter(None, words))), *(f"  {line}" for line in below)]


def _chain_line(case: Case, view: View) -> list[str]:
    """A line of a chain, all below one another, each behind its place and its standing."""
    if view.quiet and case.outcome is Outcome.HOLDS:
        return []
    place = f"{case.file}:{case.line}: " if case.file else ""
    claim = " ".join((case.shown or case.equation.claim).split())
    proof = f"   ({' '.join(filter(None, (case.verdict, case.extent)))})" if view.verbose else ""
    marked = any(isinstance(block, Excerpt) for block in case.blocks)
    start = f"{place}{case.standing.ljust(STANDING_WIDTH)}  = "
    head = [] if marked else [printable(f"{start}{claim}{proof}")]
    below = []
    for block in case.blocks:
        if isinstance(block, Excerpt) and marked:
            text, rule = caret_lines(block.source, block.span)
            below += [printable(start) + text.lstrip(), " " * (len(printable(start)) - 2) + rule]
            continue
        below += [f"  {line}" for line in lines(block, view)]
    return [*head, *below]


def _title(case: Case) -> str:
    """What is claimed, on one line of moderate length, after the claim's own name."""
    equation = case.equation
    text = " ".join((case.shown or str(equation)).split())
    named = f"{case.name}: " if case.name and case.name not in equation.wrt and not case.shown else ""
    return named + (text if len(text) <= MAX_TITLE else f"{text[: MAX_TITLE - 3]}...")


def _steps(found: Steps) -> list[str]:
    """``= text`` with the rule beside it, or below where there is no room; what is new is marked under it."""
    found = in_differentials(found)
    first, *rest = found.steps
    short = [len(printable(step.text)) for step in rest if len(printable(step.text)) <= RULE_COLUMN]
    column = max(short, default=0) + 2
    out = [*(f"{printable(note)}" for note in found.notes), printable(first.text)]
    for step in rest:
        out += _step(step, column)
    said = (printable(sentence) for sentence in found.said.split("\n"))
    return [*out, *(line for sentence in said for line in textwrap.wrap(sentence, PROSE_WIDTH))]


def _step(step: Step, column: int) -> list[str]:
    text, rule = printable(step.text), f"({printable(step.rule)})" if step.rule else ""
    beside = len(text) + 2 <= column
    left = ["", printable(step.left)] if step.left else []  # a stage of its own
    if step.left == step.text:
        return left
    out = [*left, f"  = {text.ljust(column) + rule if beside else text}".rstrip()]
    marks = _marks(step)
    return [*out, *([marks] if marks else []), *([] if beside or not rule else [f"      {rule}"]), *_why(step)]


def _why(step: Step) -> list[str]:
    return textwrap.wrap(printable(step.because), 110, initial_indent="      ", subsequent_indent="        ")


def _marks(step: Step) -> str:
    """What is new, underlined; nothing where all of it is, or where characters were escaped."""
    whole = sum(span.stop - span.start for span in step.changed) >= len(step.text)
    if whole or not step.changed or printable(step.text) != step.text:
        return ""
    line = [" "] * len(step.text)
    for span in step.changed:
        line[span.start : span.stop] = "^" * (span.stop - span.start)
    return f"    {''.join(line).rstrip()}"


def _difference(found: Difference) -> list[str]:
    """``at x = 2.0 in entry [0]: claimed 3.0, true 4.0``; nothing where the shapes differ, which a diagnosis says."""
    if found.entry is None:
        return []
    where = ", ".join(f"{name} = {value_text(value)}" for name, value in found.at)
    entry = f" in entry [{', '.join(map(str, found.entry))}]" if found.entry else ""
    entry += f" in {', '.join(found.wrt)}" if found.wrt else ""
    numbers = both_text(found, "no number")
    return [printable(f"at {where}{entry}: {numbers}" if where else f"{numbers}{entry}")]


def _table(table: Table) -> list[str]:
    """Columns aligned on the left and as wide as they need, a rule under the head; long cells are cut."""
    cells = [[_cell(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    head, *rows = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
    return [head, "  ".join("-" * width for width in widths), *rows]


def _cell(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= MAX_CELL else shown[: MAX_CELL - 4] + " ..."


def caret_lines(source: str, span: Span) -> list[str]:
    """The line of the source that holds the place, and ``~~^~~`` under it; long lines are cut around the place."""
    start, stop = span.start, span.stop
    begin = source.rfind("\n", 0, start) + 1
    end = source.find("\n", start)
    end = len(source) if end < 0 else end
    left = max(begin, start - LINE_WIDTH // 2)
    right = min(end, left + LINE_WIDTH)
    before, marked = printable(source[left:start]), printable(source[start : min(max(stop, start + 1), right)])
    dots, tail = "... " if left > begin else "", " ..." if right < end else ""
    line = f"  {dots}{printable(source[left:right])}{tail}"
    focus = min(max((span.focus or start) - start, 0), len(marked) - 1)
    rule = "~" * focus + "^" + "~" * (len(marked) - focus - 1)
    return [line, f"  {' ' * len(dots + before)}{rule}"]
