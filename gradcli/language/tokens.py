"""Text to tokens: where every character means what a person means by it, or is refused by name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from gradcli.base.errors import ExpressionError, LimitError, Span, printable
from gradcli.base.limits import MAX_SOURCE
from gradcli.base.wording import option

MAX_DIGITS = 400  # of one literal, exponent included: float64 ends at 1e308
MAX_NAME = 100
KEPT = 32  # texts whose tokens are kept: those of one claim are read at several sizes

SAME_AS = dict(zip("·⋅∙×∗⊙∘÷∕−–∥", "*******//--‖", strict=True)) | {"^": "**", "≤": "<=", "≥": ">=", "≠": "!="}

SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SUBSCRIPT = re.compile(r"[₀-₉]+")
_NUMBER = re.compile(r"(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?")
_OPERATOR = re.compile(r"\*\*=|//=|\.\.\.|\*\*|//|<=|>=|==|!=|\+=|-=|\*=|/=|@=|[-+*/%@()\[\],:.<>=|‖⊗&~]")
_TEXT = re.compile(r"""(?s:'{3}(?P<lines>.*?)'{3}|"{3}(?P<more>.*?)"{3})|'[^'\\\n]*'|"[^"\\\n]*\"""")
_BLANK = frozenset(" \t\r\f\u00a0\u2009\u202f")
_COMMENT = re.compile(r"#[^\n]*|\\[ \t]*\r?\n")  # or a line that goes on in the next one
_PROMPT = re.compile(r"^[ \t]*(?:>>> ?|\.\.\. ?|In \[[0-9]+\]: ?)", re.MULTILINE)
_DEEPER = {"(": 1, "[": 1, ")": -1, "]": -1}
_PLAIN_NAME = re.compile(r"[A-Za-z_][0-9A-Za-z_]*")

KEYWORDS = frozenset({"and", "or", "not", "if", "else", "True", "False", "None"})

_ADVICE = {
    "!": "write gamma(n + 1) for n!, and != for unequal",
    "'": f"a prime is no derivative here: use {option('order')}, or grad of the function; the transpose is A.T",
    "{": "write ( ) or [ ]",
    "}": "write ( ) or [ ]",
    "$": "remove the LaTeX dollars",
    "\\": "write the function's name without a backslash",
    "`": "remove the quote",
    "?": "write a if condition else b",
    "½": "write 1/2",
    "∞": "write inf",
    "∫": "an integral is not read; its derivative in its upper limit is the integrand there",
    **dict.fromkeys("⟨⟩", "write x @ y for the inner product"),
    "†": "write A.T for the transpose",
    "∂": "the derivative is what gradcli gives: write the function alone",
    "∇": "the gradient is what gradcli gives: write the function alone",
    **dict.fromkeys("“”‘’", "remove the quotes"),
    "∏": "write prod(x), or math.prod(x[i] for i in range(3))",
    "∑": "write sum(x), or sum(x[i]*y[i] for i in range(3))",
}


class Token(NamedTuple):
    """``kind``: number, imaginary (``2j``), name, keyword, text, operator, superscript, transpose, root, subscript,
    end, stop (end of a statement)."""

    kind: str
    text: str
    span: Span


def composed(text: str) -> str:
    """Composed accents (NFC), no byte order mark, the micro sign as the Greek letter."""
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff")).replace("\u00b5", "\u03bc")


def normalise(text: str) -> str:
    """``composed``, and a pasted session without its prompts. Spans refer to this text."""
    text = composed(text)
    return _PROMPT.sub("", text) if ">>>" in text or "]:" in text else text


@lru_cache(maxsize=KEPT)
def tokenize(source: str) -> tuple[Token, ...]:
    """Tokens of a normalised text. Errors: ExpressionError at the character, LimitError past the bounds."""
    if len(source) > MAX_SOURCE:
        raise LimitError(f"the expression has {len(source):,} characters; at most {MAX_SOURCE:,} are read")
    tokens: list[Token] = []
    at, depth = 0, 0
    while at < len(source):
        if source[at] in _BLANK:
            at += 1
            continue
        comment = _COMMENT.match(source, at) if source[at] in "#\\" else None
        if comment:
            at = comment.end()
            continue
        token = _next(source, at)
        depth += _DEEPER.get(token.text, 0)
        if not (depth > 0 and token.text == "\n"):
            tokens.append(token)
        at = token.span.stop
    return (*tokens, Token("end", "", Span(len(source), len(source))))


def _next(source: str, at: int) -> Token:
    plain = _PLAIN_NAME.match(source, at)
    if plain:
        return _name(source, at, plain.end())
    number = _NUMBER.match(source, at)
    if number:
        return _number(source, number)
    operator = _OPERATOR.match(source, at)
    if operator:
        return Token("operator", operator[0], Span(at, operator.end()))
    ch = source[at]
    if ch in "\n;":
        return Token("stop", ch, Span(at, at + 1))
    if ch in SAME_AS:
        text = "**" if source.startswith("**", at) else SAME_AS[ch]
        return Token("operator", text, Span(at, at + 1))
    if ch in "√ᵀ⊤":
        return Token("root" if ch == "√" else "transpose", ch, Span(at, at + 1))
    superscript = _SUPERSCRIPT.match(source, at)
    if superscript:
        return Token("superscript", superscript[0].translate(SUPERSCRIPTS), Span(at, superscript.end()))
    subscript = _SUBSCRIPT.match(source, at)
    if subscript:
        return Token("subscript", subscript[0].translate(SUBSCRIPTS), Span(at, subscript.end()))
    if _starts_name(ch):
        return _name(source, at, at + 1)
    quoted = _TEXT.match(source, at)
    if quoted:
        lines = quoted["lines"] if quoted["lines"] is not None else quoted["more"]
        return Token("text", quoted[0] if lines is None else f'"{lines}"', Span(at, quoted.end()))
    raise _unreadable(source, at)


def _number(source: str, match: re.Match[str]) -> Token:
    span = Span(match.start(), match.end())
    text = match[0].replace("_", "")
    digits, _, exponent = text.lower().partition("e")
    if len(digits) > MAX_DIGITS or (exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_DIGITS)):
        raise LimitError(
            f"a number with more than {MAX_DIGITS} digits; float64 ends at 1.8e308", span=span, source=source
        )
    if digits[0] == "0" and digits[1:2].isdecimal() and "." not in digits:
        thousands = source[span.start - 1 : span.start] == "," and source[span.start - 2 : span.start - 1].isdecimal()
        plain = "thousands without a comma" if thousands else digits.lstrip("0")[:20] or "0"
        raise ExpressionError(f"{digits[:20]} has leading zeros", span=span, source=source, hint=f"write {plain}")
    follows = source[match.end() : match.end() + 1]
    if follows == "." or follows == "_" or (follows.isdecimal() and follows):
        raise ExpressionError("a malformed number", span=Span(span.start, span.stop + 1), source=source)
    if follows in {"j", "J"} and not _continues_name(source[match.end() + 1 : match.end() + 2] or " "):
        return Token("imaginary", text, span._replace(stop=span.stop + 1))
    return Token("number", text, span)


def _starts_name(ch: str) -> bool:
    return unicodedata.category(ch) in {"Lu", "Ll", "Lt", "Lo"}


def _continues_name(ch: str) -> bool:
    return ch == "_" or ch in "0123456789" or unicodedata.category(ch) in {"Lu", "Ll", "Lt", "Lo", "Mn", "Mc"}


def _name(source: str, at: int, stop: int) -> Token:
    """The name that begins with these characters."""
    if not source[at : stop + 1].isascii():
        while stop < len(source) and _continues_name(source[stop]):
            stop += 1
    text, span = source[at:stop], Span(at, stop)
    if len(text) > MAX_NAME:
        raise LimitError(
            f"a name of {len(text):,} characters; at most {MAX_NAME} are read", span=Span(at, at + 20), source=source
        )
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if plain != text:
        raise ExpressionError(
            f"'{text}' only looks like '{plain}'", span=span, source=source, hint=f"write {plain}", kind="name"
        )
    if text.startswith("__"):
        raise ExpressionError(
            f"'{text}' begins with two underscores: such names are not read", span=span, source=source, kind="name"
        )
    return Token("keyword" if text in KEYWORDS else "name", text, span)


def _unreadable(source: str, at: int) -> ExpressionError:
    ch = source[at]
    name = unicodedata.name(ch, "control character" if ord(ch) < 32 else f"U+{ord(ch):04X}")
    shown = printable(ch)
    what = f"'{shown}'" if ch.isascii() and ch.isprintable() else f"'{shown}' ({name})"
    hint = _latex(source, at)
    if _COMMAND.search(source):
        hint = f"{option('latex')} reads all of it as LaTeX" + (f"\n{hint}" if hint else "")
    return ExpressionError(f"{what} is not part of the language", span=Span(at, at + 1), source=source, hint=hint)


_BRACED = re.compile(r"\{([^{}\n]{1,40})\}")
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}\n]{1,40})\}\{([^{}\n]{1,40})\}")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_NAMED = re.compile(r"[^\W\d]\w*\Z")
_COMMANDS = {
    "cdot": "*",
    "times": "*",
    "left": "the bracket alone",
    "right": "the bracket alone",
    "top": ".T",
    "infty": "inf",
}


def _latex(source: str, at: int) -> str | None:
    """What to write in the place of a piece of LaTeX, or of another sign that is none."""
    braced, fraction, command = _BRACED.match(source, at), _FRACTION.match(source, at), _COMMAND.match(source, at)
    name = _NAMED.search(source[max(at - MAX_NAME, 0) : at])
    if braced and source[at - 1 : at] == "^":
        inverse = "; of a matrix inv(A)" if braced[1] == "-1" else ""
        return (f"write ^{braced[1]}" if braced[1].isalnum() else f"write ^({braced[1]})") + inverse
    if braced and "=" in braced[1]:
        return "write sum(x), or sum(x[i] for i in range(3)), counted from 0"
    if braced and name and name[0].endswith("_") and braced[1].isalnum():
        return f"write {name[0]}{braced[1]}"
    if fraction:
        return f"write ({fraction[1]})/({fraction[2]})"
    if command and name and len(command[1]) == 1:
        return f"write solve({name[0]}, {command[1]})"
    if command:
        return f"write {_COMMANDS.get(command[1], command[1])}"
    return _ADVICE.get(source[at])
