r"""Words and names of functions: ``\sin``, ``\operatorname{tr}``, ``\mathrm{softmax}``, ``\text{mass}``, ``\max``."""

from __future__ import annotations

import re

from gradcli.base.errors import ExpressionError, Span, printable
from gradcli.language.latex import words
from gradcli.language.latex.lexemes import Lexeme, plain
from gradcli.language.latex.nodes import Letter
from gradcli.language.latex.walk import Walk, shown_as
from gradcli.operations.table import CONTENTS

_ENDS_ARGUMENT = frozenset("+*/=<>,;:!')]|&.")  # what no argument of a function begins with
_BRACKETS = frozenset({"(", "[", "left", "{", "bigl", "big", "Big", "Bigl", "lparen", "lbrace"})


def word(walk: Walk, lexeme: Lexeme) -> None:
    """Several letters that are one: a function where it is known as such and something follows, else a name."""
    name, span = lexeme.text, lexeme.span
    following = _following(walk)
    check_refused(walk, name, span)
    applied = following is not None and following.text in _BRACKETS
    if name in words.BIG:
        big(walk, lexeme)
    elif (name in words.FUNCTION_WORDS and _begins_argument(walk, following)) or (applied and _is_function(name)):
        walk.emit("FUNCTION", name, span, name)
    else:
        walk.emit("LETTER", name, span, Letter(name, font=walk.font, span=span))


def check_refused(walk: Walk, name: str, span: Span) -> None:
    """Errors: ExpressionError for a word that is no function of numbers, with the reason; some are names as well."""
    if name not in words.REFUSED_WORDS or walk.lowered:
        return
    if name not in words.NAMES_AS_WELL or _begins_argument(walk, _following(walk)):
        reason, hint = words.REFUSED[name]
        raise ExpressionError(f"{reason}: {printable(name)}", span=span, hint=hint)


def function(walk: Walk, lexeme: Lexeme) -> None:
    r"""A command that is a function; ``v_{\max}`` is a name."""
    if walk.lowered and not _begins_argument(walk, _following(walk)):
        walk.emit("LETTER", lexeme.text, lexeme.span, Letter(lexeme.text, font="rm", span=lexeme.span))
    else:
        walk.emit("FUNCTION", shown_as(lexeme), lexeme.span, lexeme.text)


def big(walk: Walk, lexeme: Lexeme) -> None:
    r"""``\max`` and ``\min`` run over what stands below; with nothing there they are functions."""
    following = walk.peek()
    below = following is not None and following.is_char("_")
    if (lexeme.kind == "word" or lexeme.text in {"max", "min"}) and not below:
        function(walk, lexeme)
    else:
        walk.emit("BIG", shown_as(lexeme), lexeme.span, words.BIG[lexeme.text])


_MOMENTS = frozenset({"E", "P", "V"})  # as operators


def operatorname(walk: Walk, lexeme: Lexeme) -> None:
    """Errors: ExpressionError where the name is no word."""
    walk.take_char("*")
    inside = walk.raw(lexeme)
    name = re.sub(r"\\(?:[,;:! ]|(?=_)|mathrm|mathop|text|rm)|[\s{}~-]", "", plain(inside))
    span = lexeme.span.to(walk.lexemes[walk.at - 1].span)
    if not re.fullmatch(r"[^\W_]+", name) and not _is_function(name):
        raise ExpressionError("this name of an operator is not read", span=span, hint="its name is letters alone")
    check_refused(walk, name, span)
    if name in _MOMENTS and _begins_argument(walk, _following(walk)):
        raise ExpressionError(f"a moment or a probability of a distribution that is not given: {name}", span=span)
    made = Lexeme("word", name, span)
    if name in words.BIG:
        big(walk, made)
    elif _begins_argument(walk, _following(walk)):
        walk.emit("FUNCTION", name, span, name)
    else:
        walk.emit("LETTER", name, span, Letter(name, font="rm", span=span))


def _is_function(name: str) -> bool:
    return name in CONTENTS.rows or name in CONTENTS.aliases


def _following(walk: Walk) -> Lexeme | None:
    """The next lexeme behind closing braces, blanks and scripts."""
    at, depth, raised = walk.at, 0, False
    while at < len(walk.lexemes):
        each = walk.lexemes[at]
        at += 1
        if each.is_char("{") and raised:
            depth += 1
        elif each.is_char("}"):
            depth = max(depth - 1, 0)
        elif depth or each.kind == "blank" or (each.kind == "command" and each.text in words.BLANK):
            continue
        elif each.kind == "char" and each.text in "^_":
            raised = True
            continue
        elif not raised:
            return each
        raised = raised and depth > 0
    return None


def _begins_argument(walk: Walk, following: Lexeme | None) -> bool:
    if following is None or (following.kind == "char" and following.text in _ENDS_ARGUMENT):
        return False
    ends_here = (first := walk.peek()) is None or first.is_char("}")
    if walk.lowered and (ends_here or following.text not in {"(", "left"}):
        return False
    name = following.text
    ends = name in words.RELATIONS or name in words.SIGNS or name in words.JOINING or name in {"\\", "right", "end"}
    return not (following.kind == "command" and ends)


# -- text

_NAME = re.compile(r"[^\W\d_]\w*(?:[ _-]\w+){0,3}")


def text(walk: Walk, lexeme: Lexeme) -> None:
    """Words: and, or, if; else a name; else prose, which is no part of a formula."""
    inside = walk.raw(lexeme)
    span = lexeme.span.to(walk.lexemes[walk.at - 1].span)
    before, walk.font = walk.font, words.FONTS[lexeme.text]
    if any(each.is_char("$") for each in inside):  # \text{if $x > 0$}
        _mixed(walk, inside, span)
    else:
        _phrase(walk, inside, span)
    walk.font = before


def _phrase(walk: Walk, inside: list[Lexeme], span: Span) -> None:
    phrase = " ".join(plain(inside).replace("~", " ").split()).strip(",.;: ")
    low = phrase.lower()
    if not phrase:
        return
    if walk.lowered and walk.out[-1].type == "ARG_OPEN" and _NAME.fullmatch(phrase):
        word(walk, Lexeme("word", re.sub(r"[ -]", "_", phrase), span))
    elif low in {"and", "or"}:
        walk.emit("JOIN", phrase, span, low)
    elif low in words.OTHERWISE or low in words.WHEN:
        if walk.tables and walk.out[-1].type == "COMMA":
            walk.out.pop()
        walk.emit("WORDS", phrase, span, "otherwise" if low in words.OTHERWISE else "if")
    elif _NAME.fullmatch(phrase) and not words.PROSE & set(low.split()):
        word(walk, Lexeme("word", re.sub(r"[ -]", "_", phrase), span))
    else:
        walk.emit("WORDS", phrase, span, "words")


def _mixed(walk: Walk, inside: list[Lexeme], span: Span) -> None:
    """Words with formulas between dollars among them: the formulas go on in the walk, braced."""
    parts: list[list[Lexeme]] = [[]]
    for each in inside:
        if each.is_char("$"):
            parts.append([])
        else:
            parts[-1].append(each)
    after = walk.lexemes[walk.at :]
    for number, part in enumerate(parts):
        if number % 2 == 0:
            _phrase(walk, part, span)
            continue
        walk.font = ""
        walk.lexemes = [*walk.lexemes[: walk.at], *part, *after]
        while len(walk.lexemes) - walk.at > len(after) and walk.peek() is not None:
            walk.one()
