r"""What each command does on the walk: a table of handlers by name, made from the words of LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradcli.base.errors import ExpressionError, printable
from gradcli.language.latex import named, words
from gradcli.language.latex.environments import begin, end, new_row
from gradcli.language.latex.lexemes import Lexeme, plain
from gradcli.language.latex.nodes import Font, Letter
from gradcli.language.latex.suggest import unknown_command
from gradcli.language.latex.tokens import Token
from gradcli.language.latex.walk import Handler, Walk, shown_as


def tokens_of(lexemes: list[Lexeme]) -> list[Token]:
    """The tokens of a formula. Errors: ExpressionError at what has no place in one, LimitError."""
    return Walk(lexemes, HANDLERS, unknown_command).run()


# -- letters, fonts, accents


def _letter(walk: Walk, lexeme: Lexeme) -> None:
    walk.emit("LETTER", f"\\{lexeme.text}", lexeme.span, Letter(lexeme.text, font=walk.font, span=lexeme.span))


def _font(font: Font) -> Handler:
    def handler(walk: Walk, lexeme: Lexeme) -> None:
        if font == "text" or (font in {"rm", "it"} and lexeme.text.startswith("text")):
            named.text(walk, lexeme)
            return
        first = walk.peek()
        if first is None or first.is_char("}"):
            raise ExpressionError(f"an argument of {shown_as(lexeme)} is missing", span=lexeme.span)
        before, walk.font = walk.font, font
        if first.is_char("{"):
            walk.at += 1
            walk.braces(first)
        else:
            walk.single(lexeme, first)
        walk.font = before

    return handler


def _switch(font: Font) -> Handler:
    def handler(walk: Walk, _lexeme: Lexeme) -> None:
        walk.font = font

    return handler


def _accent(walk: Walk, lexeme: Lexeme) -> None:
    following = walk.peek()
    if following is not None and following.is_command("nabla"):
        return  # an arrow on nabla says nothing
    walk.emit("ACCENT", shown_as(lexeme), lexeme.span, words.ACCENTS[lexeme.text])
    walk.argument(lexeme)


# -- fractions, roots


def _fraction(walk: Walk, lexeme: Lexeme) -> None:
    if lexeme.text == "cfrac" and walk.touching() == "[":
        walk.at += 1
        while walk.take().text != "]":
            if walk.peek() is None:
                raise ExpressionError("the bracket [ of \\cfrac is never closed", span=lexeme.span)
    walk.emit("BINOM" if lexeme.text in words.BINOMIALS else "FRAC", shown_as(lexeme), lexeme.span)
    walk.argument(lexeme)
    walk.argument(lexeme)


def _root(walk: Walk, lexeme: Lexeme) -> None:
    at = len(walk.out)
    walk.emit("ROOT", shown_as(lexeme), lexeme.span)
    if walk.bracketed(lexeme):
        walk.out[at] = Token("ROOT_OF", walk.out[at].text, lexeme.span)
    walk.argument(lexeme)


def _infix(walk: Walk, lexeme: Lexeme) -> None:
    walk.emit("OVER", shown_as(lexeme), lexeme.span, lexeme.text)


def _derivative(walk: Walk, lexeme: Lexeme) -> None:
    r"""``\dv[2]{f}{x}``, ``\pdv{f}{x}{y}`` of the package physics."""
    walk.emit("DERIVATIVE", shown_as(lexeme), lexeme.span, "d" if lexeme.text in {"dv", "odv"} else "partial")
    walk.take_char("*")
    order = walk.bracketed(lexeme)
    walk.argument(lexeme)
    count = 1
    while (first := walk.peek()) is not None and first.is_char("{") and count < 3:
        walk.argument(lexeme)
        count += 1
    walk.emit("DERIVATIVE_END", "", lexeme.span, order)


# -- signs, relations, delimiters


def _sign(kind: str, value: str) -> Handler:
    def handler(walk: Walk, lexeme: Lexeme) -> None:
        walk.emit(kind, shown_as(lexeme), lexeme.span, value)

    return handler


def _not(walk: Walk, lexeme: Lexeme) -> None:
    start = len(walk.out)
    first = walk.peek()
    if first is not None and not first.is_command("not"):
        walk.one()
    if len(walk.out) != start + 1 or walk.out[-1].value not in words.NEGATED:
        raise ExpressionError("\\not before what it cannot negate", span=lexeme.span)
    token = walk.out[-1]
    walk.out[-1] = Token("RELATION", f"\\not{token.text}", lexeme.span.to(token.span), words.NEGATED[token.value])


def _open(walk: Walk, lexeme: Lexeme) -> None:
    walk.delimiters.open(words.OPENING[lexeme.text], shown_as(lexeme), lexeme.span)


def _close(walk: Walk, lexeme: Lexeme) -> None:
    walk.delimiters.close(words.CLOSING[lexeme.text], shown_as(lexeme), lexeme.span)


def _bar(walk: Walk, lexeme: Lexeme) -> None:
    if lexeme.text in {"mid", "vert"} and walk.lowered and walk.after_operand() and not walk.delimiters.inside():
        walk.emit("COMMA", shown_as(lexeme), lexeme.span, "|")
        return
    walk.delimiters.bar(words.BARS[lexeme.text], shown_as(lexeme), lexeme.span)


_DELIMITERS = {"(": "(", ")": "(", "[": "[", "]": "[", "|": "|", "<": "<", ">": "<", ".": "."}


def _delimiter(walk: Walk, lexeme: Lexeme) -> tuple[str, Lexeme]:
    r"""The delimiter after ``\left`` and its kin: its kind, and itself."""
    given = walk.peek()
    if given is not None:
        walk.at += 1
        known = _DELIMITERS if given.kind == "char" else words.OPENING | words.CLOSING | words.BARS
        if given.text in known:
            return known[given.text], given
    raise ExpressionError(f"{shown_as(lexeme)} without a delimiter", span=lexeme.span,
                          hint=f"write {shown_as(lexeme)}( or {shown_as(lexeme)}.")  # fmt: skip


def _left(walk: Walk, lexeme: Lexeme) -> None:
    kind, given = _delimiter(walk, lexeme)
    walk.delimiters.open(kind, shown_as(given), lexeme.span.to(given.span), "left")


def _right(walk: Walk, lexeme: Lexeme) -> None:
    kind, given = _delimiter(walk, lexeme)
    walk.delimiters.close(kind, shown_as(given), lexeme.span.to(given.span), "left")


def _sized(walk: Walk, lexeme: Lexeme) -> None:
    r"""``\bigl(`` is a parenthesis; of bars ``\bigl`` opens and ``\bigr`` closes."""
    kind, given = _delimiter(walk, lexeme)
    side = lexeme.text[-1]
    span = lexeme.span.to(given.span)
    if kind == ".":
        return
    if kind in {"|", "||"} and side in "lr":
        (walk.delimiters.open if side == "l" else walk.delimiters.close)(kind, shown_as(given), span)
    elif kind in {"|", "||"}:
        walk.delimiters.bar(kind, shown_as(given), span)
    elif given.text in "([<" or given.text in words.OPENING:
        walk.delimiters.open(kind, shown_as(given), span)
    else:
        walk.delimiters.close(kind, shown_as(given), span)


def _times(sign: str) -> Handler:
    r"""A sign between factors; the dot of ``A_{\cdot j}`` stands for an index."""

    def handler(walk: Walk, lexeme: Lexeme) -> None:
        if walk.lowered and any(walk.at_edge()):
            walk.emit(
                "LETTER", shown_as(lexeme), lexeme.span, Letter("dot" if sign == "cdot" else sign, span=lexeme.span)
            )
        else:
            walk.emit("TIMES", shown_as(lexeme), lexeme.span, sign)

    return handler


# -- what says nothing, and what says too much


def _gone(walk: Walk, lexeme: Lexeme) -> None:
    walk.take_char("*")
    walk.raw(lexeme)


def _kern(walk: Walk, _lexeme: Lexeme) -> None:
    """A length follows: digits and a unit."""
    length = re.match(
        r"\{?[-+]?\s*[\d.]*\s*(?:mu|pt|em|ex|cm|mm|in|bp)?\}?", plain(walk.lexemes[walk.at : walk.at + 24])
    )
    passed = 0
    while length and passed < length.end():
        passed += len(plain(walk.lexemes[walk.at : walk.at + 1]))
        walk.at += 1


def _transparent(walk: Walk, lexeme: Lexeme) -> None:
    first = walk.peek()
    if first is None or not first.is_char("{"):
        raise ExpressionError(f"an argument of {shown_as(lexeme)} is missing", span=lexeme.span)
    walk.at += 1
    walk.braces(first)
    if lexeme.text in words.DECORATED:
        while (mark := walk.peek()) is not None and mark.kind == "char" and mark.text in "^_":
            walk.at += 1
            walk.raw(mark)


def _coloured(walk: Walk, lexeme: Lexeme) -> None:
    walk.raw(lexeme)
    if lexeme.text != "color":
        _transparent(walk, lexeme)


def _over_sign(walk: Walk, lexeme: Lexeme) -> None:
    r"""``\overset{!}{=}``, ``\stackrel{\text{def}}{=}``: the sign, without what stands over it."""
    walk.raw(lexeme)
    start = len(walk.out)
    first = walk.peek()
    if first is not None:
        walk.one()
    if len(walk.out) != start + 1 or walk.out[-1].type not in {"RELATION", "TIMES"}:
        raise ExpressionError(f"what stands over a letter by {shown_as(lexeme)} is not read", span=lexeme.span,
                              hint="use an accent, such as \\hat")  # fmt: skip


def _under(walk: Walk, lexeme: Lexeme) -> None:
    r"""``\underset{x}{\max}``: below what runs over an index."""
    below = walk.raw(lexeme)
    operator = plain(walk.raw(lexeme))
    name = re.sub(r"\\(?:operatorname\*?|mathrm|text|mathop|limits|[,;:! ])|[\\{}\s]", "", operator)
    if name not in words.BIG:
        refusal = words.REFUSED.get(name, ("what stands under a letter is not read", "write it as a subscript"))
        raise ExpressionError(f"{refusal[0]}: {printable(operator)}", span=lexeme.span, hint=refusal[1])
    brace = [Lexeme("char", ch, lexeme.span) for ch in "{}"]
    walk.lexemes[walk.at : walk.at] = [
        Lexeme("command", name, lexeme.span),
        Lexeme("char", "_", lexeme.span),
        brace[0],
        *below,
        brace[1],
    ]


def _substack(walk: Walk, lexeme: Lexeme) -> None:
    """Conditions below one another hold together."""
    first = walk.peek()
    if first is None or not first.is_char("{"):
        raise ExpressionError("\\substack without its braces", span=lexeme.span)
    walk.tables.append(("substack", walk.depth))
    walk.at += 1
    walk.braces(first)
    walk.tables.pop()


def _arrow(walk: Walk, lexeme: Lexeme) -> None:
    walk.raw(lexeme)
    walk.emit("RELATION", shown_as(lexeme), lexeme.span, "to")


def _refused(walk: Walk, lexeme: Lexeme) -> None:
    reason, hint = words.REFUSED[lexeme.text]
    alone = (following := walk.peek()) is None or following.is_char("}")
    first = bool(walk.out) and walk.out[-1].type == "ARG_OPEN"
    if first and (lexeme.text in words.RAISED or (walk.lowered and alone)):
        _letter(walk, Lexeme("command", lexeme.text, lexeme.span))
        return
    raise ExpressionError(f"{reason}: {shown_as(lexeme)}", span=lexeme.span, hint=hint)


def _top(walk: Walk, lexeme: Lexeme) -> None:
    r"""The transpose, of which ``\intercal`` is another sign."""
    walk.emit("LETTER", shown_as(lexeme), lexeme.span, Letter("top", span=lexeme.span))


def _parallel(walk: Walk, lexeme: Lexeme) -> None:
    if walk.lowered and walk.out[-1].type == "ARG_OPEN":
        _letter(walk, lexeme)
    else:
        _bar(walk, lexeme)


def _table() -> Mapping[str, Handler]:
    """All handlers by the name of their command; "" is of words that fonts make."""
    table: dict[str, Handler] = dict.fromkeys(words.REFUSED, _refused)
    table |= dict.fromkeys(words.LETTERS, _letter)
    table |= dict.fromkeys(words.FUNCTION_COMMANDS, named.function)
    table |= dict.fromkeys(words.BIG, named.big)
    table |= {name: _font(font) for name, font in words.FONTS.items()}
    table |= {name: _switch(font) for name, font in words.SWITCHES.items()}
    table |= dict.fromkeys(words.ACCENTS, _accent)
    table |= dict.fromkeys(words.FRACTIONS | words.BINOMIALS, _fraction)
    table |= dict.fromkeys(words.INFIX, _infix)
    table |= {name: _times(sign) for name, sign in words.SIGNS.items()}
    table |= {name: _sign("RELATION", sign) for name, sign in words.RELATIONS.items()}
    table |= {name: _sign("JOIN", kind) for name, kind in words.JOINING.items()}
    table |= dict.fromkeys(words.OPENING, _open) | dict.fromkeys(words.CLOSING, _close)
    table |= {"vert": _bar, "mid": _bar, "Vert": _bar, "|": _double_bar}
    table |= dict.fromkeys(words.SIZES, _sized)
    table |= dict.fromkeys(words.GONE, _gone) | dict.fromkeys(words.KERNS, _kern)
    table |= dict.fromkeys(words.TRANSPARENT, _transparent)
    table |= dict.fromkeys(("dv", "pdv", "odv", "derivative", "pderivative"), _derivative)
    table |= dict.fromkeys(("color", "textcolor", "colorbox"), _coloured)
    table |= dict.fromkeys(("overset", "stackrel"), _over_sign)
    table |= dict.fromkeys(("xrightarrow", "xleftarrow"), _arrow)
    table |= dict.fromkeys(("\\", "cr", "tabularnewline", "newline"), new_row)
    return table | _SINGLE


def _double_bar(walk: Walk, lexeme: Lexeme) -> None:
    walk.delimiters.bar("||", "\\|", lexeme.span)


_SINGLE: dict[str, Handler] = {
    "": named.word,
    "operatorname": named.operatorname,
    "sqrt": _root,
    "div": _sign("SLASH", "div"),
    "partial": _sign("PARTIAL", "partial"),
    "nabla": _sign("NABLA", "nabla"),
    "prime": _sign("PRIME", "prime"),
    "intercal": _top,
    "top": _top,
    "parallel": _parallel,
    "not": _not,
    "left": _left,
    "right": _right,
    "underset": _under,
    "substack": _substack,
    "begin": begin,
    "end": end,
}
HANDLERS: Mapping[str, Handler] = _table()
