r"""Displays: the lines of ``align`` and its kin, joined where one goes on, each cut at its signs of relation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradcli.base.errors import ExpressionError, GradcliError, LimitError, Span, printable
from gradcli.language.latex import words
from gradcli.language.latex.lexemes import Lexeme, plain
from gradcli.language.latex.nodes import Listed, Node, Relation
from gradcli.language.latex.recognise import tree_of

MAX_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    r"""One line of a display, or one of several statements on it.

    parts:  between the relation signs; None where one cannot be read, and in front where the row begins with its sign
    signs:  ``=``, ``<`` ..., as in Relation; one less than parts
    span:   from the first to the last character
    label:  of ``\label`` on the line, else of ``\tag``
    unread: why a part cannot be read
    said:   the words before it: ``where``, ``for all``, ``Rightarrow``
    rest:   what else stands on the line, behind a wide space, words or an arrow
    """

    parts: tuple[Node | None, ...]
    signs: tuple[str, ...]
    span: Span
    label: str | None = None
    unread: GradcliError | None = None
    said: str = ""
    rest: tuple[Row, ...] = ()


def one_formula(lexemes: list[Lexeme]) -> Node:
    """The tree of a text that holds a single formula, on several lines perhaps. Errors: ExpressionError."""
    lines = _lines(_without_frame(lexemes))
    if not lines:
        return tree_of([])
    for line in lines[1:]:
        if not _begins_with_relation(line):
            start = next(each for each in line if each.kind != "blank")
            raise ExpressionError(
                "a second formula", span=start.span.to(line[-1].span), hint="give one formula at a time"
            )
    for line in lines:
        _check_single(line)
    return tree_of([each for line in lines for each in line if not each.is_char("&") or _in_table(line)])


def _check_single(line: list[Lexeme]) -> None:
    """Errors: ExpressionError where something else stands on the line, behind words, an arrow or a wide space."""
    for said, piece in list(_pieces(line))[1:]:
        content = _content(piece)
        where = content[0].span.to(content[-1].span)
        if said:
            raise ExpressionError(f"words that are no part of a formula: {printable(said)}", span=where,
                                  hint="give the formula alone")  # fmt: skip
        raise ExpressionError("something else behind a wide space", span=where, hint="give the formula alone")


def rows_of(lexemes: list[Lexeme]) -> tuple[Row, ...]:
    """All rows of a display. Errors: LimitError where there are too many."""
    lines = _lines(_without_frame(lexemes))
    if len(lines) > MAX_ROWS:
        raise LimitError(f"the display has more than {MAX_ROWS:,} rows")
    found: list[Row] = []
    for line in lines:
        label, bare = _label(line)
        rows = [row for said, piece in _pieces(bare) for row in _read(said, piece)]
        if rows:
            first = rows[0]
            found.append(Row(first.parts, first.signs, first.span, label, first.unread, first.said, tuple(rows[1:])))
    return tuple(found)


# -- lines


def _without_frame(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Without the dollars and brackets around it."""
    lexemes = _stripped(lexemes)
    while len(lexemes) >= 2:
        first, last = lexemes[0], lexemes[-1]
        dollars = first.is_char("$") and last.is_char("$")
        display = first.is_command("[") and last.is_command("]")
        inline = first.is_command("(") and last.is_command(")")
        if not (dollars or display or inline):
            break
        lexemes = _stripped(lexemes[1:-1])
    return lexemes


def _stripped(lexemes: list[Lexeme]) -> list[Lexeme]:
    start, stop = 0, len(lexemes)
    while start < stop and lexemes[start].kind == "blank":
        start += 1
    while stop > start and lexemes[stop - 1].kind == "blank":
        stop -= 1
    return lexemes[start:stop]


_OPENS = frozenset({"{", "(", "["})
_CLOSES = frozenset({"}", ")", "]"})
_OPENING = frozenset({"left", "{", "lbrace", "lbrack", "langle", "lvert", "lVert", "lfloor", "lceil"})
_CLOSING = frozenset({"right", "}", "rbrace", "rbrack", "rangle", "rvert", "rVert", "rfloor", "rceil"})


def _levels(lexemes: list[Lexeme]) -> Iterator[tuple[int, Lexeme, int]]:
    """Each lexeme with its place and the number of brackets and environments that it is in."""
    depth = 0
    sized = False  # the delimiter after \left and \right is counted with it
    for at, each in enumerate(lexemes):
        if sized and each.kind != "blank":
            sized = False
            yield at, each, max(depth, 1)
            continue
        opens = each.text in (_OPENS if each.kind == "char" else _OPENING | {"begin"})
        closes = each.text in (_CLOSES if each.kind == "char" else _CLOSING | {"end"})
        depth -= closes and depth > 0
        yield at, each, depth
        depth += opens
        sized = each.kind == "command" and each.text in {"left", "right", "middle"}


def _environment(lexemes: list[Lexeme], at: int) -> tuple[str, int]:
    r"""The name behind ``\begin`` or ``\end`` at a place, and where the text goes on."""
    at += 1
    while at < len(lexemes) and lexemes[at].kind == "blank":
        at += 1
    stop = _closing(lexemes, at)
    return plain(lexemes[at + 1 : stop]).strip(), stop + 1


def _closing(lexemes: list[Lexeme], at: int) -> int:
    """The place of the brace that closes the one at ``at``; the end where there is none."""
    if at >= len(lexemes) or not lexemes[at].is_char("{"):
        return at
    depth = 0
    for place in range(at, len(lexemes)):
        depth += lexemes[place].is_char("{") - lexemes[place].is_char("}")
        if depth == 0:
            return place
    return len(lexemes)


def _unframed(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Without the begin and end of displays that are in no brackets and no table."""
    made: list[Lexeme] = []
    tables = 0
    at = 0
    levels = {place: level for place, _, level in _levels(_neutral(lexemes))}
    while at < len(lexemes):
        each = lexemes[at]
        if each.is_command("begin", "end"):
            name, stop = _environment(lexemes, at)
            if name in words.DISPLAYS and not tables and not levels[at]:
                if each.text == "begin" and name in words.WITH_NUMBER:
                    stop = _closing(lexemes, stop) + 1
                at = stop
                continue
            tables += 1 if each.text == "begin" else -1
        made.append(each)
        at += 1
    return made


def _neutral(lexemes: list[Lexeme]) -> list[Lexeme]:
    """The same, in which begin and end do not count as brackets."""
    return [Lexeme("blank", " ", each.span) if each.is_command("begin", "end") else each for each in lexemes]


def _lines(lexemes: list[Lexeme]) -> list[list[Lexeme]]:
    r"""The text cut at its ``\\``; a line that begins with an operator is put to the one before."""
    lexemes = _unframed(lexemes)
    lines: list[list[Lexeme]] = [[]]
    for _, each, level in _levels(lexemes):
        if (
            each.kind == "command"
            and each.text in {"\\", "cr", "newline", "intertext", "shortintertext"}
            and level == 0
        ):
            lines.append([each] if "intertext" in each.text else [])
        else:
            lines[-1].append(each)
    joined: list[list[Lexeme]] = []
    for line in lines:
        bare = _content(line)
        if not bare:
            continue
        if joined and _goes_on(joined[-1], line):
            joined[-1] = _united(joined[-1], line)
        else:
            joined.append(line)
    return joined


def _content(line: list[Lexeme]) -> list[Lexeme]:
    """Without blanks, places to align, labels, empty braces, the space below a line and what has no meaning."""
    made = [each for each in _label(line)[1] if each.kind != "blank" and not each.is_char("&")]
    made = [each for each in made if not (each.kind == "command" and each.text in words.BLANK)]
    while len(made) > 1 and made[0].is_char("{") and made[1].is_char("}"):
        made = made[2:]
    if made and made[0].is_char("[") and (space := _space_below(made)):
        made = made[space:]
    return made


def _space_below(made: list[Lexeme]) -> int:
    """How many lexemes ``[2pt]`` at the beginning of a line takes."""
    text = ""
    for at, each in enumerate(made[1:12], 1):
        if each.is_char("]"):
            unit = text.lstrip("-.0123456789")
            return at + 1 if unit in {"pt", "em", "ex", "mm", "cm", "in", "bp", "pc"} or unit.startswith("\\") else 0
        text += plain([each])
    return 0


def _begins_with_relation(line: list[Lexeme]) -> bool:
    content = _content(line)
    return bool(content) and _is_relation(content, 0)


def _is_relation(content: list[Lexeme], at: int) -> bool:
    each = content[at]
    if each.kind == "char":
        return each.text in "=<>" or (
            each.text == ":" and content[at + 1 : at + 2] != [] and content[at + 1].is_char("=")
        )
    return each.kind == "command" and (each.text in words.RELATIONS or each.text in {"stackrel", "overset"})


def _goes_on(before: list[Lexeme], line: list[Lexeme]) -> bool:
    """Does a line belong to the one before it?"""
    content, last = _content(line), _content(before)[-1:]
    if not content or not last or last[0].text in ",.;":
        return False
    first = content[0]
    if _closes_open_end(_content(before), content):
        return True
    relation = any(_is_relation(content, at) for at, _, level in _levels(content) if level == 0)
    if (first.kind == "char" and first.text in "+*/") or (
        first.kind == "command" and first.text in words.SIGNS | {"div": ""}
    ):
        return True
    if first.is_char("-") or first.is_command("pm", "mp"):
        return not relation
    return not relation and (
        (last[0].kind == "char" and last[0].text in "+-*/")
        or (last[0].kind == "command" and last[0].text in words.SIGNS)
    )


def _closes_open_end(before: list[Lexeme], content: list[Lexeme]) -> bool:
    r"""``\right.`` at the end of a line, ``\left.`` at the beginning of the next one."""
    ends = len(before) > 1 and before[-2].is_command("right") and before[-1].is_char(".")
    return ends and len(content) > 1 and content[0].is_command("left") and content[1].is_char(".")


def _united(before: list[Lexeme], line: list[Lexeme]) -> list[Lexeme]:
    first, second = _content(before), _content(line)
    if _closes_open_end(first, second):
        return [*first[:-2], *second[2:]]
    return [*before, *second]


def _in_table(line: list[Lexeme]) -> bool:
    return any(each.is_command("begin") for each in line)


# -- pieces of a line


def _label(line: list[Lexeme]) -> tuple[str | None, list[Lexeme]]:
    """The label or the tag of a line, and the line without it."""
    found: dict[str, str] = {}
    made: list[Lexeme] = []
    at = 0
    while at < len(line):
        each = line[at]
        if each.is_command("label", "tag"):
            start = at + 1
            while start < len(line) and (line[start].kind == "blank" or line[start].is_char("*")):
                start += 1
            stop = _closing(line, start)
            found[each.text] = plain(line[start + 1 : stop])
            at = stop + 1
            continue
        made.append(each)
        at += 1
    return found.get("label", found.get("tag")), made


_ARROWS = frozenset({
    "Rightarrow", "implies", "Longrightarrow", "iff", "Leftrightarrow", "Longleftrightarrow", "Leftarrow", "impliedby",
    "leadsto", "therefore", "because", "intertext", "shortintertext",
})  # fmt: skip
_WORDS = frozenset({"text", "mbox", "hbox", "textrm", "intertext", "shortintertext", "textit"})


def _pieces(line: list[Lexeme]) -> Iterator[tuple[str, list[Lexeme]]]:
    """The statements of a line, each with the words before it."""
    said: list[str] = []
    piece: list[Lexeme] = []
    found: list[tuple[str, list[Lexeme]]] = []

    def cut() -> None:
        nonlocal piece
        if _content(piece):
            found.append((" ".join(said), piece))
            said.clear()
        piece = []

    skip = -1
    ampersands = 0
    for at, each, level in _levels(line):
        if at < skip:
            continue
        if level or each.kind == "blank":
            piece.append(each)
        elif each.is_char("&") and not _in_table(line):
            ampersands += 1
            if ampersands % 2 == 0 and not _beside_relation(line, at):
                cut()
        elif (
            each.is_command("quad", "qquad")
            and not _goes_on(piece or [each], line[at + 1 :] or [each])
            and _starts(line, at)
        ):
            cut()
        elif each.kind == "command" and each.text in _ARROWS | _WORDS and (prose := _prose(line, at)):
            cut()
            said.append(prose[0])
            skip = prose[1]
        else:
            piece.append(each)
    cut()
    yield from found


def _starts(line: list[Lexeme], at: int) -> bool:
    """Does something begin behind a wide space that is no more of what stood before it?"""
    following = _content(line[at + 1 :])
    return bool(following) and not _is_relation(following, 0)


def _beside_relation(line: list[Lexeme], at: int) -> bool:
    before = _content(line[:at])
    after = _content(line[at + 1 :])
    return bool((before and _is_relation(before, len(before) - 1)) or (after and _is_relation(after, 0)))


def _prose(line: list[Lexeme], at: int) -> tuple[str, int] | None:
    """The words of an arrow or of a text, and where the line goes on; None where the text is a name."""
    each = line[at]
    if each.text not in _WORDS:
        return each.text, at + 1
    start = at + 1
    while start < len(line) and line[start].kind == "blank":
        start += 1
    stop = _closing(line, start)
    text = " ".join(plain(line[start + 1 : stop]).split())
    low = set(text.lower().strip(",.;:()").split())
    if (
        each.text in {"intertext", "shortintertext"}
        or low & words.PROSE
        or not text
        or not text[0].isalpha()
        or len(low) > 3
    ):
        return text, stop + 1
    return None


def _read(said: str, piece: list[Lexeme]) -> list[Row]:
    """The rows of a piece: one, or as many as there are statements between commas."""
    content = [each for each in piece if not each.is_char("&")] if not _in_table(piece) else piece
    span = _content(piece)[0].span.to(_content(piece)[-1].span)
    leading: tuple[str, ...] = ()
    if _begins_with_relation(piece):
        try:
            leading, content = _relation_at(content)
        except GradcliError as error:
            return [Row((None,), (), span, unread=error, said=said)]
    try:
        node = tree_of(content)
    except GradcliError as error:
        return [_half_read(said, content, leading, span, error)]
    if isinstance(node, Listed) and all(isinstance(item, Relation) for item in node.items) and not leading:
        return [_row(item, (), item.span, said if k == 0 else "") for k, item in enumerate(node.items)]
    return [_row(node, leading, span, said)]


def _row(node: Node, leading: tuple[str, ...], span: Span, said: str) -> Row:
    parts: tuple[Node | None, ...] = (node,)
    signs: tuple[str, ...] = ()
    if isinstance(node, Relation):
        parts, signs = node.parts, node.signs
    if leading:
        parts, signs = (None, *parts), (*leading, *signs)
    return Row(parts, signs, span, said=said)


def _relation_at(content: list[Lexeme]) -> tuple[tuple[str, ...], list[Lexeme]]:
    """The sign that a row begins with, and what follows."""
    probe = [Lexeme("char", "x", content[0].span)]
    at = next(
        k for k, each in enumerate(content) if _content([each]) and not each.is_char("{") and not each.is_char("}")
    )
    for stop in range(at + 1, len(content) + 1):
        try:
            node = tree_of([*probe, *content[at:stop], *probe])
        except GradcliError:
            continue
        if isinstance(node, Relation) and len(node.parts) == 2 and content[stop:]:
            following = _content(content[stop:])
            if following and following[0].is_char("="):
                continue
            return (node.signs[0],), content[stop:]
        break
    raise ExpressionError("something is missing after the sign of relation", span=content[at].span)


def _half_read(said: str, content: list[Lexeme], leading: tuple[str, ...], span: Span, error: GradcliError) -> Row:
    """A row that cannot be read as a whole: the sides of its equations one by one, None for what is not read."""
    sides: list[list[Lexeme]] = [[]]
    for _, each, level in _levels(content):
        if level == 0 and each.is_char("="):
            sides.append([])
        else:
            sides[-1].append(each)
    parts: list[Node | None] = [None] if leading else []
    for side in sides:
        try:
            parts.append(tree_of(side))
        except GradcliError:
            parts.append(None)
    return Row(tuple(parts), (*leading, *(("=",) * (len(sides) - 1))), span, unread=error, said=said)
