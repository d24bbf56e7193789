r"""The walk from commands and characters to tokens: arguments get braces, words and fonts become letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from gradcli.base.errors import ExpressionError, LimitError, Span, printable
from gradcli.language.latex.delimiters import Delimiters
from gradcli.language.latex.lexemes import Lexeme
from gradcli.language.latex.nodes import Font, Letter
from gradcli.language.latex.tokens import ENDS_OPERAND, Token
from gradcli.language.latex.words import BLANK, FUNCTION_COMMANDS, SPELLED, WORD_FONTS
from gradcli.language.tokens import MAX_DIGITS

MAX_DEPTH = 60  # of braces, brackets and arguments in one another
MAX_TOKENS = 12_000

_CHARS = {
    "+": ("SIGN", "+"),
    "-": ("SIGN", "-"),
    "*": ("TIMES", "ast"),
    "/": ("SLASH", "slash"),
    "=": ("RELATION", "="),
    "<": ("RELATION", "<"),
    ">": ("RELATION", ">"),
    ":": ("RELATION", ":"),
    ",": ("COMMA", ","),
    ";": ("COMMA", ";"),
    "'": ("PRIME", "'"),
    "!": ("BANG", "!"),
}
_ADVICE = {
    "?": "cases are written with \\begin{cases}",
    "#": "a macro's parameter stands in its definition alone",
    "$": "give the formula without its dollars",
    '"': "remove the quote",
    "`": "remove the quote",
    "\\": "name the command, or leave the backslash out",
    "@": "a product of matrices is written side by side",
}
_LONE = frozenset({"SIGN", "TIMES", "PRIME", "RELATION"})  # what may be all that there is in a script
_SIGN_NAMES = {"+": "plus", "-": "minus", "*": "star", "'": "prime", "ast": "star", "cdot": "dot", ":": "colon"}

Handler = Callable[["Walk", Lexeme], None]


class Walk:
    """One formula, from left to right; ``out`` is what came of it so far."""

    def __init__(self, lexemes: list[Lexeme], handlers: Mapping[str, Handler], unknown: Handler) -> None:
        self.lexemes, self.handlers, self.unknown = lexemes, handlers, unknown
        self.at = 0
        self.out: list[Token] = []
        self.font: Font = ""
        self.depth = 0
        self.lowered = 0  # how many subscripts we are in
        self.tables: list[tuple[str, int]] = []  # matrices, cases: what a new row is there, and the depth of braces
        self.delimiters = Delimiters(self.out, self.emit)

    def run(self) -> list[Token]:
        """All tokens. Errors: ExpressionError at the first thing that has no place in a formula, LimitError."""
        while self.peek() is not None:
            self.one()
        if self.tables:
            raise ExpressionError(
                "\\begin without its \\end", span=self.opened().span, hint="add the \\end that is missing"
            )
        self.delimiters.finish()
        return self.out

    # -- moving

    def peek(self) -> Lexeme | None:
        """The next lexeme that is not blank; blanks before it are passed."""
        while self.at < len(self.lexemes):
            lexeme = self.lexemes[self.at]
            if lexeme.kind != "blank" and not (lexeme.kind == "command" and lexeme.text in BLANK):
                return lexeme
            self.at += 1
        return None

    def take(self) -> Lexeme:
        """The next lexeme that is not blank; there is one."""
        lexeme = self.peek()
        assert lexeme is not None
        self.at += 1
        return lexeme

    def take_char(self, ch: str) -> bool:
        found = self.peek()
        if found is None or not found.is_char(ch):
            return False
        self.at += 1
        return True

    def touching(self, ahead: int = 0) -> str:
        """The character so many places ahead, if it is one and stands next to what was taken; else nothing."""
        at = self.at + ahead
        return self.lexemes[at].text if at < len(self.lexemes) and self.lexemes[at].kind == "char" else ""

    def emit(self, kind: str, text: str, span: Span, value: Any = None) -> None:  # Any: as in Token
        if len(self.out) >= MAX_TOKENS:
            raise LimitError(f"the formula has more than {MAX_TOKENS:,} parts", span=span)
        if kind == "OPEN":
            self.check_depth(span)
        self.out.append(Token(kind, text, span, value))

    def after_operand(self) -> bool:
        return bool(self.out) and self.out[-1].type in ENDS_OPERAND

    def opened(self) -> Token:
        """The last \\begin."""
        return next(token for token in reversed(self.out) if token.type == "BEGIN")

    def deeper(self, span: Span) -> None:
        self.depth += 1
        self.check_depth(span)

    def check_depth(self, span: Span) -> None:
        if self.depth + len(self.delimiters.waiting) > MAX_DEPTH:
            raise LimitError(f"nested deeper than {MAX_DEPTH} levels", span=Span(span.start, span.start + 1))

    # -- groups and arguments

    def one(self) -> None:
        """The next thing, whatever it is."""
        lexeme = self.take()
        if lexeme.kind == "command":
            self.handlers.get(lexeme.text, self.unknown)(self, lexeme)
        else:
            self.char(lexeme)

    def contents(self, opening: Lexeme) -> Span:
        """What stands between braces, the first of which was taken; the place of the last."""
        self.deeper(opening.span)
        font, floor = self.font, self.delimiters.enter()
        while True:
            following = self.peek()
            if following is None:
                raise ExpressionError("a brace { is never closed", span=opening.span, hint="add the } that is missing")
            if following.is_char("}"):
                break
            self.one()
        self.delimiters.leave(floor)
        self.font = font
        self.depth -= 1
        return self.take().span

    def braces(self, opening: Lexeme) -> None:
        """Braces that do not show: nothing where they are empty, what is inside where that is one thing alone."""
        start = len(self.out)
        self.emit("OPEN", "{", opening.span, "braces")
        stop = self.contents(opening)
        inside = len(self.out) - start - 1
        self.emit("CLOSE", "}", stop, "braces")
        if inside < 2:
            del self.out[-1], self.out[start]

    def argument(self, owner: Lexeme, *, script: bool = False) -> None:
        """One argument between ARG_OPEN and ARG_CLOSE: what is in braces, or a single token as TeX takes it."""
        first = self.peek()
        if first is None or (first.kind == "char" and first.text in "}&"):
            shown = shown_as(owner)
            hint = f"write {shown}{{...}}"
            raise ExpressionError(f"an argument of {shown} is missing", span=owner.span, hint=hint)
        at = len(self.out)
        self.emit("ARG_OPEN", first.text, first.span)
        if first.is_char("{"):
            self.at += 1
            stop = self.contents(first)
            if len(self.out) == at + 1:
                raise ExpressionError(f"nothing stands in the braces of {shown_as(owner)}", span=first.span.to(stop))
        else:
            self.single(owner, first)
            stop = self.out[-1].span
        if script:
            self.lone_sign(at + 1)
        self.emit("ARG_CLOSE", "}", stop)

    def single(self, owner: Lexeme, first: Lexeme) -> None:
        """A token without braces, with its own arguments where it has some: ``x^\\frac12`` is set, too."""
        at = len(self.out)
        if first.kind == "char" and first.text.isdecimal():
            self.at += 1
            self.digits(first.text, first.span)
            return
        if first.kind == "char" and first.text in "()[]|-+" and (first.text in "()[]|" or self.operand_after_sign()):
            raise ExpressionError(
                f"{shown_as(owner)} takes one token, which is {first.text} here",
                span=first.span,
                hint="put braces around what belongs to it",
            )
        self.deeper(first.span)
        while len(self.out) == at and self.peek() is not None:
            self.one()
        self.depth -= 1
        if len(self.out) == at:
            raise ExpressionError(f"an argument of {shown_as(owner)} is missing", span=owner.span)

    def operand_after_sign(self) -> bool:
        """``e^-x``: TeX raises the sign alone."""
        following = self.lexemes[self.at + 1] if self.at + 1 < len(self.lexemes) else None
        return following is not None and (following.text.isalnum() or following.text in "({")

    def lone_sign(self, start: int) -> None:
        """A sign that is all there is in a script stands for itself: ``x^+``, ``x_*``, ``A^{-}``."""
        first = self.out[start]
        entrywise = first.type == "TIMES" and first.value in {"odot", "circ"}
        if first.type in _LONE and (len(self.out) == start + 1 or entrywise):
            sign = self.out[start]
            name = _SIGN_NAMES.get(sign.value, sign.value)
            self.out[start] = Token("LETTER", sign.text, sign.span, Letter(name, span=sign.span))

    def bracketed(self, owner: Lexeme) -> bool:
        """An optional argument in square brackets, as one in braces; is there one?"""
        first = self.peek()
        if first is None or not first.is_char("["):
            return False
        self.at += 1
        self.emit("ARG_OPEN", "[", first.span)
        self.deeper(first.span)
        floor = self.delimiters.enter()
        while True:
            following = self.peek()
            if following is None or following.is_char("}"):
                raise ExpressionError(f"the bracket [ of {shown_as(owner)} is never closed", span=first.span)
            if following.is_char("]") and not self.delimiters.inside():
                break
            self.one()
        self.delimiters.leave(floor)
        self.depth -= 1
        self.emit("ARG_CLOSE", "]", self.take().span)
        return True

    def raw(self, owner: Lexeme) -> list[Lexeme]:
        """The lexemes of an argument, unread."""
        first = self.peek()
        if first is None:
            raise ExpressionError(f"the argument of {shown_as(owner)} is missing", span=owner.span)
        self.at += 1
        if not first.is_char("{"):
            return [first]
        start, depth = self.at, 0
        while self.at < len(self.lexemes):
            each = self.lexemes[self.at]
            self.at += 1
            if depth == 0 and each.is_char("}"):
                return self.lexemes[start : self.at - 1]
            depth += each.is_char("{") - each.is_char("}")
        raise ExpressionError("a brace { is never closed", span=first.span, hint="add the } that is missing")

    # -- characters

    def char(self, lexeme: Lexeme) -> None:
        ch, span = lexeme.text, lexeme.span
        if ch.isdecimal() or ch == ".":
            self.number(lexeme)
        elif ch.isalpha():
            self.letter(lexeme)
        elif ch == ":" and self.touching() == "=":
            self.emit("RELATION", ":=", span.to(self.take().span), "=")
        elif ch in "<>" and self.touching() == "=":
            self.emit("RELATION", f"{ch}=", span.to(self.take().span), f"{ch}=")
        elif ch == ":" and self.lowered:
            self.slice(lexeme)
        elif ch in _CHARS:
            self.emit(_CHARS[ch][0], ch, span, _CHARS[ch][1])
        elif ch == "{":
            self.braces(lexeme)
        elif ch in "^_":
            self.script(lexeme)
        elif ch in "([":
            self.delimiters.open(ch, ch, span)
        elif ch in ")]":
            self.delimiters.close("(" if ch == ")" else "[", ch, span)
        elif ch == "|":
            self.bar(lexeme)
        elif ch == "&":
            self.ampersand(lexeme)
        elif ch == "}":
            raise ExpressionError("a brace } closes nothing", span=span, hint="remove it, or add the { that is missing")
        else:
            raise _meaningless(lexeme)

    def letter(self, lexeme: Lexeme) -> None:
        """A letter; in the fonts of words all that touch each other are one."""
        ch, span = lexeme.text, lexeme.span
        if self.font == "bb" and ch in _MOMENTS and not self.lowered:
            raise ExpressionError(f"{_MOMENTS[ch]} that is not part of the formula", span=span)
        if not self.font and not self.lowered and not _is_letter(self.before()):
            self.check_spelled(lexeme)
        while self.font in WORD_FONTS and self.touching().isalnum():
            ch += self.touching()
            span = span.to(self.lexemes[self.at].span)
            self.at += 1
        if len(ch) > 1:
            self.handlers[""](self, Lexeme("word", ch, span))
        else:
            self.emit("LETTER", ch, span, Letter(ch, font=self.font, span=span))

    def before(self) -> str:
        """The character before the one that was taken."""
        at = self.at - 2
        return self.lexemes[at].text if at >= 0 and self.lexemes[at].kind == "char" else ""

    def check_spelled(self, lexeme: Lexeme) -> None:
        r"""Errors: ExpressionError for ``sin(x)`` without its backslash: a function, or letters side by side."""
        name = lexeme.text
        while len(name) < 9 and _is_letter(self.touching(len(name) - 1)):
            name += self.touching(len(name) - 1)
        if name in SPELLED and (len(name) > 2 or self.touching(len(name) - 1) == "("):
            span = lexeme.span.to(self.lexemes[self.at + len(name) - 2].span)
            command = name if name in FUNCTION_COMMANDS | {"max", "min", "sqrt"} else f"mathrm{{{name}}}"
            raise ExpressionError(f"{name} can be read two ways: the function, or {' times '.join(name)}", span=span,
                                  hint=f"write \\{command}")  # fmt: skip

    def slice(self, colon: Lexeme) -> None:
        """``x_{2:n}`` is a relation; what is missing on a side of the colon, or on both, is the letter colon."""
        begins, ends = self.at_edge()
        missing = Token("LETTER", ":", colon.span, Letter("colon", span=colon.span))
        self.out += [missing] if begins else []
        if not (begins and ends):
            self.emit("RELATION", ":", colon.span, ":")
            self.out += [missing] if ends else []

    def at_edge(self) -> tuple[bool, bool]:
        """Do we stand at the beginning, and at the end, of an entry of a subscript?"""
        following = self.peek()
        ends = following is None or (following.kind == "char" and following.text in "},")
        return self.out[-1].type in {"ARG_OPEN", "COMMA"}, ends

    def script(self, mark: Lexeme) -> None:
        self.emit("POW" if mark.text == "^" else "SUB", mark.text, mark.span)
        self.lowered += mark.text == "_"
        self.argument(mark, script=True)
        self.lowered -= mark.text == "_"

    def bar(self, lexeme: Lexeme) -> None:
        if self.lowered and self.after_operand() and not self.delimiters.inside():
            self.emit("COMMA", "|", lexeme.span, "|")  # x_{t|t-1}
        elif self.touching() == "|" and self.delimiters.norm_is_meant():
            self.delimiters.bar("||", "||", lexeme.span.to(self.take().span))
        else:
            self.delimiters.bar("|", "|", lexeme.span)

    def ampersand(self, lexeme: Lexeme) -> None:
        """Between the columns of a table; elsewhere a place to align, in a row pasted without its environment."""
        if self.tables:
            self.end_cell()
            self.emit("AMP", "&", lexeme.span)

    def end_cell(self) -> None:
        """Punctuation at the end of a cell is no part of it."""
        if self.out and self.out[-1].type == "COMMA":
            self.out.pop()
        self.delimiters.finish()

    # -- numbers

    def number(self, lexeme: Lexeme) -> None:
        text, span = lexeme.text, lexeme.span
        while (ch := self.touching()).isdecimal() or (ch == "." and "." not in text and self.touching(1).isdecimal()):
            text += ch
            span = span.to(self.take().span)
        if text == ".":
            self.period(span)
            return
        if len(text) > MAX_DIGITS:
            raise LimitError(f"a number with more than {MAX_DIGITS} digits; float64 ends at 1.8e308", span=span)
        self.two_readings(text, span)
        self.digits(text, span)

    def digits(self, text: str, span: Span) -> None:
        if text in {"0", "1"} and self.font in {"bf", "bb"}:
            self.emit("LETTER", text, span, Letter(text, font=self.font, span=span))
        else:
            self.emit("NUMBER", text, span, text)

    def period(self, span: Span) -> None:
        """A full stop at the end of a formula says nothing."""
        following = self.peek()
        if following is not None and not following.is_char("&") and following.text != "\\" and not self.tables:
            raise ExpressionError("a full stop in a formula", span=span, hint="write \\cdot for a product")

    def two_readings(self, text: str, span: Span) -> None:
        """Errors: ExpressionError where digits may be one number or two, or another one."""
        if self.out and self.out[-1].type == "NUMBER":
            before = self.out[-1]
            raise _number(f"{before.text} {text}", f"the number {before.text}{text}", f"{before.text} times {text}",
                          before.span.to(span),
                          f"write {before.text}{text}, or {before.text} \\cdot {text}")  # fmt: skip
        follows = "".join(self.touching(ahead) or " " for ahead in range(12))
        if comma := re.match(r"\{,\}(\d+)", follows):
            whole = f"{text}{{,}}{comma[1]}"
        elif (
            (comma := re.match(r",(\d{3})(?!\d)", follows))
            and len(text) < 4
            and not self.delimiters.waiting
            and not self.depth
        ):
            whole = f"{text},{comma[1]}"
        elif power := re.match(r"[eE]([+-]?)(\d+)", follows):
            shown = f"{text}{power[0]}"
            signed = f"{power[1] or 'times '}{power[2]}" if not power[1] else f"{power[1]} {power[2]}"
            raise _number(shown, f"{text} times ten to the power {power[1]}{power[2]}", f"{text} e {signed}", span,
                          f"write {text} \\times 10^{{{power[1]}{power[2]}}}")  # fmt: skip
        else:
            return
        raise _number(whole, f"thousands ({text}{comma[1]})", f"a decimal comma ({text}.{comma[1]})", span,
                      f"write {text}{comma[1]} or {text}.{comma[1]}")  # fmt: skip


_MOMENTS = {
    "E": "an expectation over a distribution",
    "P": "a probability of a distribution",
    "V": "a variance of a distribution",
}


def _is_letter(text: str) -> bool:
    return len(text) == 1 and text.isalpha()


def _meaningless(lexeme: Lexeme) -> ExpressionError:
    ch = lexeme.text
    name = "" if "!" <= ch <= "~" else f" ({unicodedata.name(ch, 'a control character').lower()})"
    message = f"{printable(ch)}{name} has no meaning in a formula"
    return ExpressionError(message, span=lexeme.span, hint=_ADVICE.get(ch))


def _number(shown: str, first: str, second: str, span: Span, hint: str) -> ExpressionError:
    return ExpressionError(f"{shown} can be read two ways: {first}, or {second}", span=span, hint=hint)


def shown_as(lexeme: Lexeme) -> str:
    """A command with its backslash, a character as it is; safe to echo."""
    return printable(f"\\{lexeme.text}" if lexeme.kind == "command" else lexeme.text)
