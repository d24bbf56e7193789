r"""The lines of a display: cut at ``\\``, freed of dollars, environments and labels, joined where one goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gradcli.base.errors import LimitError
from gradcli.language.latex import words
from gradcli.language.latex.lexemes import Lexeme, plain

MAX_LINES = 1_000
_INTERTEXT = frozenset({"intertext", "shortintertext"})
_NEW_LINE = frozenset({"\\", "cr", "newline"}) | _INTERTEXT


@dataclass(slots=True)
class Line:
    """A line without its label; ``content`` is what of it says something."""

    lexemes: list[Lexeme]
    label: str | None
    content: list[Lexeme] = field(init=False)

    def __post_init__(self) -> None:
        self.content = _content(self.lexemes)

    def join(self, other: Line) -> None:
        """The other one goes on from here."""
        following = other.content
        if ends_open(self.content) and begins_open(following):
            self.lexemes = self.content[:-2]
            self.content = self.content[:-2]
            following = following[2:]
        self.lexemes += following
        self.content += following
        self.label = self.label or other.label


def lines_of(lexemes: list[Lexeme]) -> list[Line]:
    """Errors: LimitError where there are too many."""
    cut: list[list[Lexeme]] = [[]]
    for _, each, level in levels(_unframed(_without_frame(lexemes))):
        if level == 0 and each.kind == "command" and each.text in _NEW_LINE:
            cut.append([each] if each.text in _INTERTEXT else [])
        else:
            cut[-1].append(each)
    if len(cut) > MAX_LINES:
        raise LimitError(f"the display has more than {MAX_LINES:,} lines")
    joined: list[Line] = []
    for part in cut:
        label, bare = _label(part[_space_below(part) :] if cut[0] is not part else part)
        line = Line(bare, label)
        if joined and line.content and _goes_on(joined[-1].content, line.content):
            joined[-1].join(line)
        elif line.content:
            joined.append(line)
    return joined


# -- what is around the lines


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
        if len(lexemes) > 8 and all(each.is_char("$") for each in lexemes[:4]):
            break  # no more than two dollars open a formula
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
_OPENING = frozenset({"left", "{", "lbrace", "lbrack", "langle", "lvert", "lVert", "lfloor", "lceil", "begin"})
_CLOSING = frozenset({"right", "}", "rbrace", "rbrack", "rangle", "rvert", "rVert", "rfloor", "rceil", "end"})


def levels(lexemes: list[Lexeme]) -> Iterator[tuple[int, Lexeme, int]]:
    """Each lexeme with its place and the number of brackets and environments that it is in."""
    depth = 0
    sized = False  # the delimiter after \left and \right is counted with it
    for at, each in enumerate(lexemes):
        if sized and each.kind != "blank":
            sized = False
            yield at, each, max(depth, 1)
            continue
        opens = each.text in (_OPENS if each.kind == "char" else _OPENING)
        closes = each.text in (_CLOSES if each.kind == "char" else _CLOSING)
        depth -= closes and depth > 0
        yield at, each, depth
        depth += opens
        sized = each.kind == "command" and each.text in {"left", "right", "middle"}


def closing(lexemes: list[Lexeme], at: int) -> int:
    """The place of the brace that closes the one at ``at``; the end where there is none."""
    if at >= len(lexemes) or not lexemes[at].is_char("{"):
        return at
    depth = 0
    for place in range(at, len(lexemes)):
        depth += lexemes[place].is_char("{") - lexemes[place].is_char("}")
        if depth == 0:
            return place
    return len(lexemes)


def argument(lexemes: list[Lexeme], at: int) -> tuple[int, int]:
    """Where the text of the argument behind a command begins and ends."""
    start = at + 1
    while start < len(lexemes) and (lexemes[start].kind == "blank" or lexemes[start].is_char("*")):
        start += 1
    return start + 1, closing(lexemes, start)


def _unframed(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Without the begin and end of displays that are in no brackets and no table."""
    made: list[Lexeme] = []
    tables = at = 0
    hidden = [Lexeme("blank", " ", each.span) if each.is_command("begin", "end") else each for each in lexemes]
    depth = [level for _, _, level in levels(hidden)]
    while at < len(lexemes):
        each = lexemes[at]
        if each.is_command("begin", "end"):
            start, stop = argument(lexemes, at)
            name = plain(lexemes[start:stop]).strip()
            if name in words.DISPLAYS and not tables and not depth[at]:
                if each.text == "begin" and name in words.WITH_NUMBER:
                    stop = argument(lexemes, stop)[1]
                at = stop + 1
                continue
            tables += 1 if each.text == "begin" else -1
        made.append(each)
        at += 1
    return made


# -- what is on a line


def _label(line: list[Lexeme]) -> tuple[str | None, list[Lexeme]]:
    """The label or the tag of a line, and the line without it and without what leaves a gap alone."""
    found: dict[str, str] = {}
    made: list[Lexeme] = []
    at = 0
    while at < len(line):
        each = line[at]
        if each.kind == "command" and each.text in words.GONE:  # \phantom{=} is no sign of relation
            start, stop = argument(line, at)
            if start <= len(line) and line[start - 1 : start] and line[start - 1].is_char("{"):
                found[each.text] = plain(line[start:stop])
                at = stop + 1
                continue
        made.append(each)
        at += 1
    return found.get("label", found.get("tag")), made


def _content(line: list[Lexeme]) -> list[Lexeme]:
    """Without blanks, places to align, empty braces, the space below a line and what has no meaning."""
    made = [each for each in line if says_something(each)]
    while len(made) > 1 and made[0].is_char("{") and made[1].is_char("}"):
        made = made[2:]
    return made


def says_something(each: Lexeme) -> bool:
    blank = each.kind == "blank" or each.is_char("&") or (each.kind == "command" and each.text in words.BLANK)
    return not blank


_UNITS = frozenset({"pt", "em", "ex", "mm", "cm", "in", "bp", "pc", "mu"})


def _space_below(made: list[Lexeme]) -> int:
    """How many lexemes a star and ``[2pt]`` at the beginning of a line take."""
    star = 1 if made and made[0].is_char("*") else 0
    start = next((at for at, each in enumerate(made[star:], star) if each.kind != "blank"), len(made))
    if start == len(made) or not made[start].is_char("["):
        return star
    text = ""
    for at, each in enumerate(made[start + 1 : start + 12], start + 1):
        if each.is_char("]"):
            unit = text.strip().lstrip("-.0123456789 ")
            return at + 1 if unit in _UNITS or unit.startswith("\\") else star
        text += plain([each])
    return star


def is_relation(content: list[Lexeme], at: int) -> bool:
    """Does a sign of relation stand at this place?"""
    each = content[at]
    if each.kind == "char":
        colon = each.text == ":" and at + 1 < len(content) and content[at + 1].is_char("=")
        return each.text in "=<>" or colon
    return each.kind == "command" and (each.text in words.RELATIONS or each.text in {"stackrel", "overset", "not"})


def is_operator(each: Lexeme) -> bool:
    """Does a factor or a term have to follow?"""
    if each.kind == "char":
        return each.text in "+-*/"
    return each.kind == "command" and (each.text in words.SIGNS or each.text in {"div", "pm", "mp"})


def _goes_on(before: list[Lexeme], content: list[Lexeme]) -> bool:
    """Does a line belong to the one before it?"""
    first, last = content[0], before[-1]
    if last.kind == "char" and last.text in ",.;":
        return ends_open(before) and begins_open(content)
    relation = any(level == 0 and is_relation(content, at) for at, _, level in levels(content))
    if is_operator(first):
        return not (relation and (first.is_char("-") or first.is_command("pm", "mp")))
    return not relation and is_operator(last)


def ends_open(content: list[Lexeme]) -> bool:
    r"""Does it end with ``\right.``, as the first line of long brackets does?"""
    return len(content) > 1 and content[-2].is_command("right") and content[-1].is_char(".")


def begins_open(content: list[Lexeme]) -> bool:
    return len(content) > 1 and content[0].is_command("left") and content[1].is_char(".")
