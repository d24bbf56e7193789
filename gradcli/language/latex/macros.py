r"""Macros: what ``\newcommand`` and its kin define in a text, and a formula with their meaning put in.

Nothing but substitution: no conditionals, no counters, no files. What a call comes to stands at the place of the call;
its arguments keep their own places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from gradcli.base.errors import ExpressionError, GradcliError, LimitError, Span, printable
from gradcli.language.latex.lexemes import Lexeme, scan

MAX_EXPANDED = 40_000  # commands and characters that all calls in a formula come to, a bound on what doubles itself
MAX_CALLS = 50  # calls in calls; beyond, a macro calls itself
MAX_BODY = 4_096  # characters of a definition

_DEFINITION = re.compile(
    r"\\(?P<how>(?:re)?newcommand|providecommand|DeclareRobustCommand|def|gdef|let|DeclareMathOperator"
    r"|DeclarePairedDelimiter|(?:New|Renew|Provide|Declare)DocumentCommand)(?![A-Za-z@])"
)
_BLANKS = re.compile(r"(?:[ \t\r\n]|%[^\n]*\n)*")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_NAME = re.compile(r"\\([A-Za-z@]+|[^A-Za-z@\s])")


@dataclass(frozen=True, slots=True)
class Macro:
    """A definition.

    parameters: how many
    default:    of the first one, which stands in brackets then
    body:       with # and a digit for a parameter
    starred:    a star or a size in brackets may follow the call, and says nothing
    unread:     why it cannot be put in; told where it is called
    """

    parameters: int
    body: tuple[Lexeme, ...]
    default: tuple[Lexeme, ...] | None = None
    starred: bool = False
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Macros:
    """Macros by their name without the backslash."""

    table: Mapping[str, Macro] = field(default_factory=lambda: MappingProxyType({}))

    def over(self, other: Macros) -> Macros:
        """These, and those of the other that are not defined here."""
        return Macros(MappingProxyType({**other.table, **self.table})) if self.table else other


NONE = Macros()


def macros_of(source: str) -> Macros:
    r"""What a text defines, the last definition of a name; what is commented out is not.

    >>> sorted(macros_of(r"\newcommand{\R}{\mathbb{R}} \DeclareMathOperator{\tr}{tr}").table)
    ['R', 'tr']
    """
    return definitions(source)[0]


def definitions(source: str) -> tuple[Macros, tuple[Span, ...]]:
    """What a text defines, and where the definitions stand."""
    source = _COMMENT.sub(lambda found: found[1] + " " * (len(found[0]) - len(found[1])), source)
    table: dict[str, Macro] = {}
    spans: list[Span] = []
    at = 0
    while match := _DEFINITION.search(source, at):
        reader = _Reader(source, match.end())
        try:
            name, macro = _READERS[match["how"]](reader)
        except _Malformed:
            at = match.end()
            continue
        if not ("rovide" in match["how"] and name in table):
            table[name] = macro
        at = reader.at
        spans.append(Span(match.start(), at))
    return Macros(MappingProxyType(table)), tuple(spans)


class _Malformed(Exception):  # noqa: N818  # TeX would stop there; we pass over it, and its calls are unknown commands
    """No definition after all."""


class _Reader:
    """Reads the parts of a definition."""

    def __init__(self, source: str, at: int) -> None:
        self.source, self.at = source, at

    def skip(self) -> str:
        """The next character that is no blank."""
        self.at = _BLANKS.match(self.source, self.at).end()  # type: ignore[union-attr]  # it matches nothing, too
        return self.source[self.at : self.at + 1]

    def take(self, text: str) -> bool:
        found = self.skip() == text
        self.at += found
        return found

    def name(self) -> str:
        r"""``\foo`` or ``{\foo}``."""
        braced = self.take("{")
        self.skip()
        match = _NAME.match(self.source, self.at)
        if match is None:
            raise _Malformed
        self.at = match.end()
        if braced and not self.take("}"):
            raise _Malformed
        return match[1]

    def between(self, opening: str, closing: str) -> tuple[int, int]:
        """Where the text between a bracket and its partner stands."""
        if not self.take(opening):
            raise _Malformed
        start, depth = self.at, 0
        limit = min(len(self.source), start + MAX_BODY)
        while self.at < limit:
            ch = self.source[self.at]
            if ch == closing and depth == 0:
                self.at += 1
                return start, self.at - 1
            depth += (ch == "{") - (ch == "}")
            self.at += 1 + (ch == "\\")
        raise _Malformed

    def body(self, opening: str = "{", closing: str = "}") -> tuple[Lexeme, ...]:
        if opening == "{" and self.skip() == "\\":  # \newcommand\R\mathbb is rare, and right
            return (Lexeme("command", self.name(), Span(0, 0)),)
        return tuple(scan(self.source, *self.between(opening, closing)))


def _made(reader: _Reader, parameters: int, default: tuple[Lexeme, ...] | None = None) -> Macro:
    try:
        return Macro(parameters, reader.body(), default)
    except GradcliError as error:
        return Macro(parameters, (), default, unread=error.message)


def _newcommand(reader: _Reader) -> tuple[str, Macro]:
    reader.take("*")
    name = reader.name()
    parameters, default = 0, None
    if reader.skip() == "[":
        start, stop = reader.between("[", "]")
        count = reader.source[start:stop].strip()
        if count not in set("0123456789"):
            raise _Malformed
        parameters = int(count)
        if reader.skip() == "[":
            default = reader.body("[", "]")
    return name, _made(reader, parameters, default)


def _def(reader: _Reader) -> tuple[str, Macro]:
    name = reader.name()
    start = reader.at
    stop = reader.source.find("{", start, start + MAX_BODY)
    if stop < 0:
        raise _Malformed
    pattern = reader.source[start:stop].strip()
    reader.at = stop
    parameters = len(pattern) // 2
    macro = _made(reader, parameters)
    if pattern != "".join(f"#{k + 1}" for k in range(parameters)):
        return name, Macro(0, (), unread="its arguments end at given signs, which is not read")
    return name, macro


def _let(reader: _Reader) -> tuple[str, Macro]:
    name = reader.name()
    reader.take("=")
    return name, Macro(0, (Lexeme("command", reader.name(), Span(0, 0)),))


def _operator(reader: _Reader) -> tuple[str, Macro]:
    reader.take("*")
    name = reader.name()
    return name, Macro(0, (*scan(r"\operatorname{"), *reader.body(), *scan("}")))


def _delimiters(reader: _Reader) -> tuple[str, Macro]:
    name = reader.name()
    left, right = reader.body(), reader.body()
    body = (*scan(r"\left"), *left, *scan("#1"), *scan(r"\right"), *right)
    return name, Macro(1, body, starred=True)


def _document_command(reader: _Reader) -> tuple[str, Macro]:
    name = reader.name()
    start, stop = reader.between("{", "}")
    wanted = re.fullmatch(r"\s*(?P<default>O\s*\{[^{}]*\})?(?P<plain>[\sm]*)", reader.source[start:stop])
    if wanted is None:
        macro = _made(reader, 0)
        return name, Macro(0, (), unread="it takes arguments of a kind that is not read")
    default = None
    if wanted["default"]:
        default = tuple(scan(wanted["default"].partition("{")[2].rpartition("}")[0]))
    macro = _made(reader, wanted["plain"].count("m") + (default is not None), default)
    return name, macro


_READERS = {
    **dict.fromkeys(("newcommand", "renewcommand", "providecommand", "DeclareRobustCommand"), _newcommand),
    **dict.fromkeys(("def", "gdef"), _def),
    "let": _let,
    "DeclareMathOperator": _operator,
    "DeclarePairedDelimiter": _delimiters,
    **dict.fromkeys([f"{how}DocumentCommand" for how in ("New", "Renew", "Provide", "Declare")], _document_command),
}

_USUAL = r"""
\DeclarePairedDelimiter{\abs}{\lvert}{\rvert} \DeclarePairedDelimiter{\norm}{\lVert}{\rVert}
\DeclarePairedDelimiter{\ceil}{\lceil}{\rceil} \DeclarePairedDelimiter{\floor}{\lfloor}{\rfloor}
\DeclarePairedDelimiter{\pqty}{(}{)} \DeclarePairedDelimiter{\bqty}{[}{]}
\newcommand{\dd}{\mathrm{d}} \newcommand{\inner}[2]{\left\langle #1, #2 \right\rangle}
\newcommand{\grad}{\nabla} \newcommand{\laplacian}{\nabla^2} \newcommand{\bmqty}[1]{\begin{bmatrix}#1\end{bmatrix}}
\newcommand{\R}{\mathbb{R}} \newcommand{\RR}{\mathbb{R}} \newcommand{\reals}{\mathbb{R}} \newcommand{\N}{\mathbb{N}}
\newcommand{\trans}{\top} \newcommand{\Id}{I}
"""


@cache
def usual() -> Macros:
    """What packages, and most preambles, define alike: read where a formula comes without its preamble."""
    return macros_of(_USUAL)


def expanded(lexemes: list[Lexeme], macros: Macros) -> list[Lexeme]:
    """A formula without calls of macros.

    Errors: ExpressionError where an argument is missing or a macro calls itself, LimitError past the bounds.
    """
    table = macros.table
    if not table or not any(each.kind == "command" and each.text in table for each in lexemes):
        return lexemes
    return _Expansion(lexemes, table).run()


class _Expansion:
    """``waiting`` is what is still to be looked at, the next one last, each with the number of calls that it is in."""

    def __init__(self, lexemes: list[Lexeme], table: Mapping[str, Macro]) -> None:
        self.waiting = [(each, 0) for each in reversed(lexemes)]
        self.table = table
        self.work = 0
        self.end = Span(0, 0)  # of the last argument

    def run(self) -> list[Lexeme]:
        done: list[Lexeme] = []
        while self.waiting:
            lexeme, depth = self.waiting.pop()
            macro = self.table.get(lexeme.text) if lexeme.kind == "command" else None
            if macro is None:
                done.append(lexeme)
            else:
                self.call(lexeme, macro, depth + 1)
        return done

    def call(self, lexeme: Lexeme, macro: Macro, depth: int) -> None:
        shown = printable(f"\\{lexeme.text}")
        if macro.unread is not None:
            raise ExpressionError(f"the macro {shown} cannot be put in: {macro.unread}", span=lexeme.span)
        if depth > MAX_CALLS:
            raise ExpressionError(f"the macro {shown} calls itself, again and again", span=lexeme.span)
        span, arguments = lexeme.span, []
        if macro.starred:
            self.optional(depth)
        for number in range(macro.parameters):
            given = self.bracketed() if number == 0 and macro.default is not None else self.argument()
            if given is None and number == 0 and macro.default is not None:
                given = [Lexeme(each.kind, each.text, lexeme.span) for each in macro.default]
            if given is None:
                count = f"{macro.parameters} argument{'s' if macro.parameters > 1 else ''}"
                raise ExpressionError(f"the macro {shown} takes {count}, and has {number}", span=lexeme.span)
            span = span.to(self.end) if lexeme.span.stop <= self.end.start else span
            arguments.append(given)
        self.put(macro.body, arguments, Span(span.start, span.stop), depth)

    def put(self, body: tuple[Lexeme, ...], arguments: list[list[Lexeme]], span: Span, depth: int) -> None:
        made: list[Lexeme] = []
        at = 0
        while at < len(body):
            each = body[at]
            number = _parameter(body, at)
            if number is not None and number <= len(arguments):
                made += arguments[number - 1]
                at += 2
            else:
                made.append(Lexeme(each.kind, each.text, span))
                at += 1
        self.work += len(made) + 1
        if self.work > MAX_EXPANDED:
            raise LimitError(f"the macros come to more than {MAX_EXPANDED:,} characters and commands", span=span)
        self.waiting += [(each, depth) for each in reversed(made)]

    def next(self) -> Lexeme | None:
        """The next one that is no blank; it stays."""
        while self.waiting and self.waiting[-1][0].kind == "blank":
            self.waiting.pop()
        return self.waiting[-1][0] if self.waiting else None

    def argument(self) -> list[Lexeme] | None:
        first = self.next()
        if first is None or first.is_char("}"):
            return None
        self.waiting.pop()
        self.end = first.span
        return self.until("}") if first.is_char("{") else [first]

    def bracketed(self) -> list[Lexeme] | None:
        first = self.next()
        if first is None or not first.is_char("["):
            return None
        self.waiting.pop()
        return self.until("]")

    def optional(self, _depth: int) -> None:
        r"""A star, or a size: ``\abs*{x}``, ``\abs[\big]{x}``."""
        first = self.next()
        if first is not None and first.is_char("*"):
            self.waiting.pop()
        self.bracketed()

    def until(self, closing: str) -> list[Lexeme] | None:
        found: list[Lexeme] = []
        depth = 0
        while self.waiting:
            each, _ = self.waiting.pop()
            if depth == 0 and each.is_char(closing):
                self.end = each.span
                return found
            depth += each.is_char("{") - each.is_char("}")
            found.append(each)
        return None


def _parameter(body: tuple[Lexeme, ...], at: int) -> int | None:
    if (
        body[at].is_char("#")
        and at + 1 < len(body)
        and body[at + 1].kind == "char"
        and body[at + 1].text in "123456789"
    ):
        return int(body[at + 1].text)
    return None
