r"""Which delimiter closes which: brackets, ``\left`` and ``\right``, and bars, which open and close alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradcli.base.errors import ExpressionError, Span
from gradcli.language.latex.tokens import ENDS_OPERAND, Token

SHOWN = {"(": "()", "[": "[]", "{": ("\\{", "\\}"), "|": "||", "||": ("\\|", "\\|"), "<": ("\\langle", "\\rangle"),
         "floor": ("\\lfloor", "\\rfloor"), "ceil": ("\\lceil", "\\rceil"), ".": ("\\left.", "\\right.")}  # fmt: skip
_SPLITS = frozenset({"SIGN", "RELATION", "COMMA", "JOIN"})  # what two bars with a sum between them have there


@dataclass(frozen=True, slots=True)
class _Open:
    """A delimiter that waits for its partner. how: plain, or left where ``\\left`` stands before it."""

    kind: str
    how: str
    span: Span
    at: int  # of its token


class Delimiters:
    """Those that are open; ``out`` is the list of tokens that they are put to."""

    def __init__(self, out: list[Token], emit: Callable[[str, str, Span, str], None]) -> None:
        self.out, self.emit = out, emit
        self.waiting: list[_Open] = []
        self.floor = 0
        self.closed_bar: dict[int, int] = {}  # by the number of open ones: the token of the last plain bar that closed

    def enter(self) -> int:
        """Begins a braced part, which has its own delimiters; what ``leave`` is given."""
        before, self.floor = self.floor, len(self.waiting)
        self.closed_bar.pop(self.floor, None)
        return before

    def leave(self, before: int) -> None:
        self.finish()
        self.floor = before

    def finish(self) -> None:
        """Errors: ExpressionError where something is still open."""
        if len(self.waiting) > self.floor:
            raise _unclosed(self.waiting[-1])

    def inside(self) -> bool:
        return len(self.waiting) > self.floor

    # -- brackets

    def open(self, kind: str, text: str, span: Span, how: str = "plain") -> None:
        self.closed_bar.pop(len(self.waiting) + 1, None)
        self.waiting.append(_Open(kind, how, span, len(self.out)))
        self.emit("OPEN", text, span, kind)

    def close(self, kind: str, text: str, span: Span, how: str = "plain") -> None:
        """Errors: ExpressionError where its partner is of another kind or missing."""
        if not self.inside():
            hint = f"remove it, or add the {SHOWN[kind][0]} that is missing" if kind != "." else "remove it"
            raise ExpressionError(f"{text} closes nothing", span=span, hint=hint)
        if kind == "(" and self._is_given():
            bar = self.waiting.pop()
            self.out[bar.at] = Token("COMMA", self.out[bar.at].text, bar.span, "|")
        opening = self.waiting.pop()
        if opening.kind in {"|", "||"} and opening.how == "plain" and kind not in {"|", "||"}:
            raise _unclosed(opening)
        made = self._pair(opening, kind, how)
        if made is None:
            right = "\\right" if how == "left" else ""
            raise ExpressionError(
                f"{_shown(opening)} is closed by {right}{text}",
                span=opening.span.to(span),
                hint=f"close it with {_partner(opening)}",
            )
        if made != opening.kind:
            self.out[opening.at] = Token("OPEN", self.out[opening.at].text, opening.span, made)
        self.emit("CLOSE", text, span, made)

    def _pair(self, opening: _Open, kind: str, how: str) -> str | None:
        """What the two make together; None where they are no pair."""
        if opening.how != how:
            return None
        if opening.kind == kind:
            return "braces" if kind == "." else kind
        pair = opening.kind + kind
        if pair in {"([", "[("} and self.out[opening.at - 1 : opening.at] and self._after_in(opening.at):
            return "(]" if pair == "([" else "[)"
        if pair == "{.":
            return "{."
        if pair == ".|":
            raise ExpressionError(
                "a value at a point is not read",
                span=opening.span,
                hint="give the derivative alone, and the point as values of the variables",
            )
        return None

    def _is_given(self) -> bool:
        r"""Is the innermost bar the one of ``f(x \mid \mu)``, which parts arguments?"""
        if len(self.waiting) - self.floor < 2:
            return False
        around, bar = self.waiting[-2:]
        named = around.at > 0 and self.out[around.at - 1].type in {"LETTER", "ARG_CLOSE", "FUNCTION"}
        return bar.kind == "|" and bar.how == "plain" and around.kind == "(" and named

    def _after_in(self, at: int) -> bool:
        return self.out[at - 1].type == "RELATION" and self.out[at - 1].value == "in"

    # -- bars

    def bar(self, kind: str, text: str, span: Span) -> None:
        """A plain bar: it closes the innermost one of its kind after an operand, else it opens one."""
        after = bool(self.out) and self.out[-1].type in ENDS_OPERAND
        if after and self.inside() and self.waiting[-1].kind == kind and self.waiting[-1].how == "plain":
            self.close(kind, text, span)
            self.closed_bar[len(self.waiting)] = len(self.out) - 1
            return
        if after:
            self._only_reading(kind, span)
        self.open(kind, text, span)

    def norm_is_meant(self) -> bool:
        """Do two bars side by side make one norm? Not where the first one closes an absolute value."""
        after = bool(self.out) and self.out[-1].type in ENDS_OPERAND
        bars = [each.kind for each in self.waiting[self.floor :] if each.kind in {"|", "||"}]
        return not (after and bars and bars[-1] == "|")

    def _only_reading(self, kind: str, span: Span) -> None:
        """Errors: ExpressionError where ``|a|b|c|`` may as well be the bars of a b and the outer ones."""
        closed = self.closed_bar.get(len(self.waiting))
        if closed is None or self.out[closed].value != kind:
            return
        between = self.out[closed + 1 :]
        if not between or between[0].type in _NO_START or any(each.type in _SPLITS for each in _top(between)):
            return
        bar = SHOWN[kind][0]
        raise ExpressionError(
            f"bars that open and close alike can be read two ways: {bar}a{bar} b {bar}c{bar}, "
            f"or {bar}a {bar}b{bar} c{bar}",
            span=self.out[closed].span.to(span),
            hint="write \\lvert and \\rvert, or \\left| and \\right|" if kind == "|" else "write \\lVert and \\rVert",
        )


_NO_START = frozenset({"SIGN", "TIMES", "SLASH", "POW", "SUB", "PRIME", "BANG", "RELATION", "COMMA"})


def _top(tokens: list[Token]) -> list[Token]:
    """The tokens that are in no brackets among these."""
    found, depth = [], 0
    for each in tokens:
        depth -= each.type in {"CLOSE", "ARG_CLOSE", "END"}
        if depth == 0:
            found.append(each)
        depth += each.type in {"OPEN", "ARG_OPEN", "BEGIN"}
    return found


def _shown(opening: _Open) -> str:
    return ("\\left" if opening.how == "left" and opening.kind != "." else "") + SHOWN[opening.kind][0]


def _partner(opening: _Open) -> str:
    return ("\\right" if opening.how == "left" and opening.kind != "." else "") + SHOWN[opening.kind][1]


def _unclosed(opening: _Open) -> ExpressionError:
    if opening.kind in {"|", "||"} and opening.how == "plain":
        return ExpressionError(
            f"a bar {SHOWN[opening.kind][0]} without its partner",
            span=opening.span,
            hint="an absolute value is \\lvert x \\rvert, a norm \\lVert x \\rVert; "
            "a bar for 'given' or 'at' is not read",
        )
    return ExpressionError(
        f"{_shown(opening)} is never closed", span=opening.span, hint=f"add the {_partner(opening)} that is missing"
    )
