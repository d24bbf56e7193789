"""What is wrong at a place in the tokens, told by what stands around it, and what to type instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from gradcli.base.errors import ExpressionError, Span, printable
from gradcli.base.wording import either, option
from gradcli.language.tokens import Token
from gradcli.operations.table import (
    OPS,
    candidates,
    class_names,
    did_you_mean,
    function_names,
    names_behind,
    spelled_in,
)

BARS = frozenset("|‖")
CLOSING = {"(": ")", "[": "]"}
MOST = 60  # characters of a suggestion that repeats the text

_STATEMENT_WORDS = frozenset({
    "import", "for", "while", "def", "class", "return", "lambda", "yield", "with", "from", "del", "global", "pass",
    "assert", "raise", "try", "elif",
})  # fmt: skip
_ENDS = frozenset({"number", "name", "superscript", "transpose", "subscript"})  # kinds that may end a term
_DIFFERENTIALS = frozenset({"dx", "dy", "dz", "dt", "du", "dw"})
_LIST = "write the list alone, [1, 2, 3], or give it as a value"

_FUNCTIONS = {
    "lg": "write log10(x), or log2(x); log(x) is natural",
    "quad": "an integral is not read; its derivative in its upper limit is the integrand there",
    "tensor": _LIST, "as_tensor": _LIST, "from_numpy": _LIST, "asarray": _LIST, "FloatTensor": _LIST,
    "Variable": "remove Variable()", "Parameter": "remove Parameter()",
    "Tr": "write trace(A)", "no_grad": "remove it",
}  # fmt: skip

_METHODS = {
    "backward": "gradcli differentiates for you: remove .backward()",
    "grad": "gradcli gives the gradient: remove .grad",
    "shape": "write the size as a number",
    "size": "write the size as a number",
    "data": "remove .data",
    "tolist": "remove .tolist()",
}


class Place(Protocol):
    """A place in the tokens of a text."""

    source: str
    tokens: tuple[Token, ...]
    at: int

    def taken(self, name: str) -> bool:
        """Is it a variable of the user's?"""

    def error(
        self, message: str, span: Span | None, *, hint: str | None = None, kind: str = "syntax"
    ) -> ExpressionError: ...


def unexpected(place: Place, token: Token, expected: str | None = None) -> ExpressionError:
    """What is wrong at ``token``; expected: the sign that is due there."""
    before = place.tokens[place.at - 1] if place.at else None
    for told in _CAUSES:
        found = told(place, before, token)
        if found is not None:
            return found
    if token.text in {")", "]"} and expected is None:
        return place.error(f"'{token.text}' closes nothing", token.span)
    wanted = f", expected '{expected}'" if expected else ""
    if token.kind in {"end", "stop"}:
        missing = f": '{expected}' is missing" if expected else ""
        return place.error(f"the expression ends too early{missing}", token.span)
    hint = "between conditions, (x > 0) & (y > 0)" if token.text == "&" else None
    return place.error(f"'{printable(token.text)}' is misplaced{wanted}", token.span, hint=hint)


def method_hint(name: str, is_function: bool) -> str | None:
    """What to write instead of ``.name``."""
    if name in _METHODS:
        return _METHODS[name]
    if is_function:
        return f"call it: .{name}()"
    close = did_you_mean(name, function_names())
    return f"did you mean .{close}()?" if close else None


def function_hint(name: str) -> str:
    """What to write instead of a function that is none."""
    last = name.rpartition(".")[2]
    if last in _FUNCTIONS:
        return _FUNCTIONS[last]
    if last in _DIFFERENTIALS:
        return f"write the function alone; {option('wrt', last[1:])} names the variable"
    close = did_you_mean(last, [*names_behind(name.rpartition(".")[0]), *function_names()])
    close = close or did_you_mean(last, class_names())
    return f"did you mean {close}?" if close else "gradcli ops lists the functions"


_MODULES = {
    "rnn": "torch.rnn_tanh_cell",
    "lstm": "torch.lstm_cell",
    "lstmcell": "torch.lstm_cell",
    "grucell": "torch.gru_cell",
    "rnncell": "torch.rnn_tanh_cell",
    "gru": "torch.gru_cell",
    "bceloss": "F.binary_cross_entropy",
    "bcewithlogitsloss": "F.binary_cross_entropy_with_logits",
    "multiheadattention": "F.multi_head_attention_forward",
}
_OF_MODULES = re.compile(r"[123]d$|loss$")


def module_hint(name: str) -> str:
    """The function that a class of torch.nn calls, by whose name it is called.

    >>> module_hint("MaxPool2d")
    'a module keeps its weights and options to itself: write F.max_pool2d(...), which takes them'
    """
    plain = {known.replace("_", ""): f"F.{known}" for known in (*OPS, *spelled_in("torch", "F"))}
    key = name.lower()
    names = _MODULES | plain
    found = next((names[part] for part in (key, _OF_MODULES.sub("", key)) if part in names), None)
    function = f"{found}(...), which takes them" if found else "its function in torch.nn.functional, which takes them"
    return f"a module keeps its weights and options to itself: write {function}"


def definition(place: Place) -> str | None:
    """The right side of ``f(x) = x**2``, at its bracket; None where no such thing stands here."""
    behind = _closed_by(place, place.at)
    if behind is None or place.tokens[behind + 1].text != "=":
        return None
    return _text(place, behind + 2, _statement_end(place, behind))


def called(name: str) -> str | None:
    """The function that ``Sin[x]`` means, as some programs write it."""
    lower = name.lower()
    return lower if name[:1].isupper() and len(name) > 1 and candidates(lower) else None


# -- causes, the likeliest first: (place, the token before, the token) -> an error, or None


def _statement(place: Place, before: Token | None, token: Token) -> ExpressionError | None:
    names = (near for near in (before, token) if near and near.kind == "name")
    word = next((name for name in names if name.text in _STATEMENT_WORDS and not place.taken(name.text)), None)
    if word is None or token.kind not in {"name", "operator", "number", "text"}:
        return None
    message = f"'{word.text}' statements are not read: an expression is mathematics, not a program"
    return place.error(message, word.span, hint=_instead(place, word))


def _instead(place: Place, word: Token) -> str | None:
    start = place.tokens.index(word)
    if word.text == "lambda":
        return _body(place, start, ":", "write the body alone: ")
    if word.text == "def":
        file = either("a function in a file: gradcli check --python MODULE:FUNCTION", "write what it returns")
        return _body(place, start, "return", "write what it returns: ") or file
    if word.text == "for":
        return "a loop stands in brackets: sum(x[i]**2 for i in range(3))"
    if word.text == "assert":
        return f"remove the line; for check, {option('where', 'x > 0')} keeps the points inside"
    return "remove the line: torch., np. and math. are known" if word.text in {"import", "from"} else None


def _body(place: Place, start: int, mark: str, words: str) -> str | None:
    """What stands behind a mark, as a suggestion."""
    found = next((k for k in range(start, len(place.tokens)) if place.tokens[k].text == mark), None)
    text = None if found is None else _text(place, found + 1, _statement_end(place, found))
    return words + text if text else None


def _unclosed(place: Place, before: Token | None, token: Token) -> ExpressionError | None:
    """A bracket that is open where the text ends."""
    if token.kind != "end" or before is None or not _is_end(before):
        return None
    opened: list[Token] = []
    for one in place.tokens[: place.at]:
        if one.kind == "operator" and one.text in CLOSING:
            opened.append(one)
        elif one.kind == "operator" and one.text in CLOSING.values() and opened:
            opened.pop()
    if not opened:
        return None
    whole = place.source[: before.span.stop] + "".join(CLOSING[one.text] for one in reversed(opened))
    due = CLOSING[opened[-1].text]
    hint = f"write {printable(whole)}" if len(whole) <= MOST else f"write {due} where it ends"
    return place.error(f"'{opened[-1].text}' is never closed: '{due}' is missing", opened[-1].span, hint=hint)


def _prime(place: Place, before: Token | None, token: Token) -> ExpressionError | None:
    if token.kind != "text" or before is None or not _is_end(before) or before.span.stop != token.span.start:
        return None
    span = Span(token.span.start, token.span.start + 1)
    shown = before.text if before.kind == "name" else "(...)"
    hint = f"write {shown}.T for the transpose; of a derivative say {option('order', '1')}"
    return place.error("a prime behind a name is not read", span, hint=hint)


def _subscript(place: Place, before: Token | None, token: Token) -> ExpressionError | None:
    if token.kind != "subscript":
        return None
    name = before.text if before is not None and before.kind == "name" else "x"
    hint = f"write {name}{token.text}, or {name}[{token.text}] for an entry"
    return place.error("a subscript is not read", token.span, hint=hint)


def _bar(place: Place, before: Token | None, token: Token) -> ExpressionError | None:
    if token.text not in BARS or before is None or not _is_end(before):
        return None
    if sum(one.text == token.text for one in place.tokens) < 2 or place.tokens[place.at + 1].text == "|":
        return place.error(f"'{token.text}' is misplaced", token.span, hint="write `or` between conditions")
    called = before.kind == "name" and candidates(before.text) and not place.taken(before.text)
    shown = printable(before.text) if before.kind in {"name", "number"} else "(...)"
    hint = f"write {shown}(|...|)" if called else f"write {shown}*|...|"
    return place.error("an operator is missing: multiplication is always written", token.span, hint=hint)


def _power_of_function(place: Place, before: Token | None, token: Token) -> ExpressionError | None:
    """``sin^2(x)``, ``sin²(x)``, ``tan^-1(x)``"""
    if token.text != "(" or before is None or before.kind not in {"number", "superscript"}:
        return None
    signs = [one.text for one in place.tokens[max(place.at - 4, 0) : place.at - 1]]
    inverse = before.text == "-1" or (before.text == "1" and signs[-2:] == ["**", "-"])
    back = 1 if before.kind == "superscript" else 3 if signs[-1:] == ["-"] else 2
    name = place.tokens[place.at - 1 - back] if place.at > back else None
    if name is None or not (before.kind == "superscript" or "**" in signs) or not candidates(name.text):
        return None
    closed = _closed_by(place, place.at)
    argument = "(...)" if closed is None else _text(place, place.at, closed) or "(...)"
    power = place.source[name.span.stop : before.span.stop]
    hint = f"write {name.text}{argument}{power}"
    named = next((full for full in (f"arc{name.text}", f"a{name.text}") if candidates(full)), None)
    if inverse and named:
        hint = f"write {named}{argument} for the inverse function, 1/{name.text}{argument} for the reciprocal"
    message = f"{name.text}{power} is no function: a power stands behind the parentheses"
    return place.error(message, name.span.to(token.span), hint=hint)


def _juxtaposed(place: Place, before: Token | None, token: Token) -> ExpressionError | None:
    if before is None or not _is_end(before):
        return None
    if token.kind not in {"name", "number", "root", "text"} and token.text != "(":
        return None
    span = before.span.to(token.span)
    named = before.kind == "name" and not place.taken(before.text)
    if named and candidates(before.text) and token.text != "(" and len(before.text) > 1:
        words = f"'{before.text} {token.text}': a function needs parentheses"
        return place.error(words, span, hint=f"write {before.text}({token.text})")
    left, right = _left(place, before), "(...)" if token.text == "(" else printable(token.text)
    hint = f"write {left}*{right}"
    if named and before.text == "T" and place.at > 1 and place.tokens[place.at - 2].text == "**":
        hint = f"write T @ {right}: products of matrices are written with @"
    elif named and before.text in {"Σ", "Π"}:
        hint = "write sum(x), or sum(x[i]*y[i] for i in range(3))"
    return place.error("an operator is missing: multiplication is always written", span, hint=hint)


def _left(place: Place, before: Token) -> str:
    if before.text in {")", "]"}:
        return "...)"
    start = before if before.kind in {"name", "number"} else place.tokens[max(place.at - 2, 0)]
    return printable(place.source[start.span.start : before.span.stop])


def _angle(place: Place, before: Token | None, token: Token) -> ExpressionError | None:
    if token.text != "<" or (before is not None and _is_end(before)):
        return None
    return place.error("'<' is misplaced", token.span, hint="write x @ y for the inner product <x, y>")


def _comma(place: Place, _before: Token | None, token: Token) -> ExpressionError | None:
    if token.text != ",":
        return None
    return place.error("a comma joins nothing here", token.span, hint="write [a, b] for a vector")


_CAUSES: tuple[Callable[[Place, Token | None, Token], ExpressionError | None], ...] = (
    _statement, _unclosed, _prime, _subscript, _bar, _power_of_function, _juxtaposed, _angle, _comma,
)  # fmt: skip


def _is_end(token: Token) -> bool:
    """May a term end with it?"""
    return token.kind in _ENDS or token.text in {")", "]"}


def _closed_by(place: Place, start: int) -> int | None:
    """The place of the bracket that closes the one at ``start``."""
    depth = 0
    for k in range(start, len(place.tokens)):
        text = place.tokens[k].text
        depth += (text in {"(", "["}) - (text in {")", "]"})
        if not depth:
            return k
    return None


def _statement_end(place: Place, start: int) -> int:
    """The place of the last token of the statement."""
    ends = (k for k in range(start, len(place.tokens)) if place.tokens[k].kind in {"stop", "end"})
    return next(ends) - 1


def _text(place: Place, first: int, last: int) -> str | None:
    """The text of some tokens as it was typed; None where it is empty or long."""
    if last < first:
        return None
    text = printable(place.source[place.tokens[first].span.start : place.tokens[last].span.stop])
    return text if len(text) <= MOST else None
