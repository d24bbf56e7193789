r"""LaTeX formulas to trees: the grammar, in lark's notation, over the tokens of the walk.

LALR(1), so that it takes time in proportion to the formula and no stack of Python's. Which of two things a text means
is not decided by it: the walk has decided before what TeX decides, and ``products`` decides what a function takes.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from gradcli.base.errors import ExpressionError, MissingError, Span, printable
from gradcli.language.latex.build import Builder
from gradcli.language.latex.commands import tokens_of
from gradcli.language.latex.lexemes import Lexeme
from gradcli.language.latex.nodes import Node
from gradcli.language.latex.tokens import Token

if TYPE_CHECKING:
    from lark import Lark

GRAMMAR = r"""
start: content
content: list | list OVER list
?list: condition (COMMA condition)+ -> listed
     | condition
?condition: equation (JOIN equation)+ -> joined
          | equation
?equation: terms (RELATION terms)+ -> relation
         | terms
?terms: term (SIGN term)+ -> sum
      | term
?term: SIGN term -> signed
     | product
product: unit item*
item: unit -> beside
    | (TIMES | SLASH) SIGN? unit -> with_sign
unit: atom script*
script: POW arg -> raised
      | SUB arg -> lowered
      | PRIME -> prime
      | BANG -> bang
arg: ARG_OPEN content ARG_CLOSE
?atom: NUMBER | LETTER | FUNCTION | BIG | NABLA | PARTIAL
     | ACCENT arg -> accent
     | FRAC arg arg -> frac
     | BINOM arg arg -> binom
     | ROOT arg -> root
     | ROOT_OF arg arg -> root
     | DERIVATIVE arg+ DERIVATIVE_END -> derivative
     | OPEN content CLOSE -> group
     | BEGIN rows END -> table
rows: row (ROW row)*
row: cell (AMP cell)*
cell: WORDS? | WORDS? content WORDS? | content WORDS content
%declare NUMBER LETTER FUNCTION BIG NABLA PARTIAL ACCENT FRAC BINOM ROOT ROOT_OF DERIVATIVE DERIVATIVE_END OPEN CLOSE
%declare BEGIN END ROW AMP WORDS ARG_OPEN ARG_CLOSE POW SUB PRIME BANG SIGN TIMES SLASH RELATION JOIN COMMA OVER
"""


def require_lark() -> None:
    """Errors: MissingError where lark is not installed."""
    if find_spec("lark") is None:
        raise MissingError("LaTeX needs lark, which is not installed", hint="pip install 'gradcli[latex]'")


@cache
def _parser() -> Lark:
    require_lark()
    from lark import Lark
    from lark.lexer import Lexer

    class Given(Lexer):
        """Tokens are given one by one; there is no text to cut."""

        def __init__(self, _configuration: Any) -> None: ...  # Any: lark's

        def lex(self, lexer_state: Any, _parser_state: Any) -> Any:  # Any: lark's
            return iter(lexer_state)

    return Lark(GRAMMAR, parser="lalr", lexer=Given, transformer=Builder(), maybe_placeholders=False)


def tree_of(lexemes: list[Lexeme]) -> Node:
    """The tree of one formula. Errors: ExpressionError at its place."""
    tokens = tokens_of(lexemes)
    while tokens and tokens[-1].type == "COMMA":
        tokens.pop()
    if not tokens:
        raise ExpressionError(
            "an empty formula", span=Span(0, 0) if not lexemes else lexemes[0].span.to(lexemes[-1].span)
        )
    return _parse(tokens)


def _parse(tokens: list[Token]) -> Node:
    parsing = _parser().parse_interactive()
    from lark import Token as LarkToken
    from lark import UnexpectedToken

    before: Token | None = None
    try:
        for token in tokens:
            parsing.feed_token(token)  # type: ignore[arg-type]  # lark asks for no more than its type
            before = token
        return parsing.feed_token(LarkToken("$END", ""))  # type: ignore[no-any-return]  # what Builder.start gives
    except UnexpectedToken:
        found = tokens[tokens.index(before) + 1] if before is not None and before is not tokens[-1] else None
        raise _unexpected(before, tokens[0] if before is None else found) from None


_OPERATORS = frozenset({"SIGN", "TIMES", "SLASH", "RELATION", "JOIN", "OVER", "COMMA"})


def _unexpected(before: Token | None, found: Token | None) -> ExpressionError:
    """Why the grammar stops between two tokens; None is the beginning and the end."""
    if found is not None and found.type == "WORDS":
        hint = "give the formula alone" if found.value == "words" else "conditions are written with \\begin{cases}"
        return ExpressionError(
            f"words that are no part of a formula: {printable(found.text)}", span=found.span, hint=hint
        )
    if before is not None and found is not None and before.text == found.text == "*":
        return ExpressionError("** is no sign of LaTeX", span=before.span.to(found.span), hint="write ^ for a power")
    if before is not None and before.type in _OPERATORS:
        return ExpressionError(f"something is missing after {printable(before.text)}", span=before.span)
    if found is None:
        assert before is not None
        return ExpressionError(f"something is missing after {printable(before.text)}", span=before.span)
    if found.type in {"POW", "SUB"}:
        hint = "put it after a letter; an index before the letter, {}^t A, is not read"
        return ExpressionError(f"{found.text} belongs to nothing", span=found.span, hint=hint)
    if found.type in _OPERATORS | {"PRIME", "BANG"}:
        return ExpressionError(f"something is missing before {printable(found.text)}", span=found.span)
    if found.type in {"CLOSE", "ARG_CLOSE", "END"}:
        return ExpressionError(
            "nothing stands between the brackets", span=before.span.to(found.span) if before else found.span
        )
    return ExpressionError(f"{printable(found.text)} has no place here", span=found.span)
