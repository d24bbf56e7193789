"""What the shell offers for a word that is not finished: variables of the formula, choices, functions.

Nothing heavy is loaded, a formula is only cut into tokens, and one that is none has no variables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import typer

from gradcli.base.errors import GradcliError
from gradcli.language.tokens import Token, normalise, tokenize

Offer = Callable[[typer.Context, str], list[str]]

WORDS = "gradcli.words"  # where a context keeps the words of a command as they were typed
CONSTANTS = frozenset({"pi", "π", "e", "inf", "nan"})
_DEEPER = {"(": 1, "[": 1, ")": -1, "]": -1}
_FLAGS = re.compile(r"-[hqv]+")


def offer_for(metavar: str) -> Offer | None:
    """What is offered where this stands for the value: choices of ``reverse|forward``, variables of NAMES, ..."""
    choices = [word for word in metavar.split("|") if word.islower()]
    if choices:
        return lambda ctx, incomplete: choices  # noqa: ARG005 - by these names typer calls it
    return {"NAMES": variables, "NAME": variables}.get(metavar) or (bindings if "NAME=" in metavar else None)


def listed(words: Sequence[str]) -> Offer:
    """What is offered for a list of such words, joined by commas."""
    return lambda ctx, incomplete: _joined(words, incomplete)  # noqa: ARG005 - as above


def variables(ctx: typer.Context, incomplete: str) -> list[str]:
    """Of the formula that is given, in a list joined by commas."""
    return _joined(names_in(_formula(ctx)), incomplete)


def bindings(ctx: typer.Context, incomplete: str) -> list[str]:
    """``x=`` of each variable that has no value yet."""
    names, words = names_in(_formula(ctx)), _typed(ctx)
    given = {word.partition("=")[0] for word in words if "=" in word}
    inside = "=" in incomplete or any(word in names or word.endswith("=") for word in words[-1:])  # bash cuts x=3
    return [] if inside else [f"{name}=" for name in names if name not in given]


def functions(ctx: typer.Context, incomplete: str) -> list[str]:  # noqa: ARG001 - as above
    """The functions of the language."""
    from gradcli.operations.table import OPS  # some tenths of a second, which --help does without

    return list(OPS)


def names_in(text: str) -> list[str]:
    """The variables of a formula, in the order in which they come; none of a text that cannot be read."""
    try:
        tokens = tokenize(normalise(text))
    except GradcliError:
        return []
    found, assigned, begun, depth, before = dict[str, None](), set[str](), list[str](), 0, ""
    for at, (token, after) in enumerate(pairwise(tokens)):
        depth += _DEEPER.get(token.text, 0)
        if token.kind == "stop":
            begun.clear()
        elif token.text == "=" and not depth:
            assigned.update(begun)
        elif token.kind == "name" and before != "." and not _is_no_variable(tokens[at:], depth):
            begun.append(token.text)
            if token.text not in assigned and (after.text != "=" or depth):
                found[token.text] = None
        before = token.text
    return [name for name in found if name not in assigned]


def _is_no_variable(tokens: Sequence[Token], depth: int) -> bool:
    """Is the first one a function, the name of an argument, a library or a constant?"""
    name, after = tokens[0].text, tokens[1].text
    if after == ".":
        from gradcli.operations.table import names_library  # which --help does without

        stop = next((k for k in range(1, len(tokens), 2) if tokens[k].text != "."), len(tokens))
        return names_library([token.text for token in tokens[:stop:2]])
    return after == "(" or (after == "=" and depth > 0) or name in CONSTANTS


def _joined(words: Sequence[str], incomplete: str) -> list[str]:
    """Each word that the list lacks, behind what is there."""
    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{word}" for word in words if word not in before.split(",")]


def _formula(context: typer.Context) -> str:
    return next(_positional(context), "")


def _positional(context: typer.Context) -> Iterator[str]:
    """The words of a command that are no options and no values of options."""
    options: dict[str, Any] = {name: p for p in context.command.params for name in (*p.opts, *p.secondary_opts)}
    words = iter(_typed(context))
    for word in words:
        option = options.get(word)
        if option is not None and not option.is_flag:
            next(words, None)
        elif option is None and word.partition("=")[0] not in options and not _FLAGS.fullmatch(word):
            yield word


def _typed(context: typer.Context) -> list[str]:
    """The words of a command before the one at hand, with ``x=3`` in one, which bash cuts into three."""
    words: list[str] = []
    for word in context.meta.get(WORDS, ()):
        if words and (word == "=" or words[-1].endswith("=")):
            words[-1] += word
        else:
            words.append(word)
    return words
