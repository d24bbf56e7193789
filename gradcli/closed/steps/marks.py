"""Which parts of a line are new, and which of the line before they came from: by the difference of both trees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import sympy

from gradcli.base.errors import GradcliError, Span
from gradcli.language.nodes import Static, Tree
from gradcli.language.parse import Expression, parse

Place = tuple[int, ...]  # of a part in a tree: which operand of which operand
Pair = tuple[Place | None, Place | None]  # a part of the line before, and what stands in its place


def marked(
    before: str, after: str, bound: Sequence[str] = (), sizes: Mapping[str, int] = MappingProxyType({})
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The places in the text before that were replaced, and those in the text after that are new.

    bound: the names that are variables; sizes: numbers for the letters of sizes
    Where the whole was replaced, or a text is not read, the whole is marked.

    >>> marked("diff(x**2, x) + x", "2*x + x")
    ((Span(start=0, stop=13, focus=None),), (Span(start=0, stop=3, focus=None),))
    """
    try:
        one, other = (parse(text, bound=bound, sizes=sizes) for text in (before, after))
    except GradcliError:
        return (Span(0, len(before)),), (Span(0, len(after)),)
    pairs = list(_differences(one.tree, other.tree))
    return _spans(one, [x for x, _ in pairs if x is not None]), _spans(other, [y for _, y in pairs if y is not None])


def _differences(one: Tree, other: Tree, at: Place = (), beside: Place = ()) -> Iterator[Pair]:
    """Where the smallest parts stand in which two trees differ."""
    if one == other:
        return
    alike = type(one) is type(other) and bool(one.args) and _statics(one) == _statics(other)
    if alike and len(one.args) == len(other.args):
        pairs = enumerate(zip(one.args, other.args, strict=True))
        apart = [(k, *pair) for k, pair in pairs if pair[0] != pair[1]]
        if len(apart) < max(2, len(one.args)) or isinstance(one, sympy.Add):
            for k, mine, others in apart:
                yield from _differences(mine, others, (*at, k), (*beside, k))
            return
    if alike and isinstance(one, sympy.Add | sympy.Mul):
        gone, new = _apart(one.args, other.args)
        if len(gone) < len(one.args) and len(new) < len(other.args):
            yield from (((*at, k), None) for k in gone)
            yield from ((None, (*beside, k)) for k in new)
            return
    yield at, beside


def _statics(tree: Tree) -> list[Tree]:
    return [arg for arg in tree.args if isinstance(arg, Static)]


def _apart(ones: Sequence[Tree], others: Sequence[Tree]) -> tuple[list[int], list[int]]:
    """Which of each the other has not, as often as it has it."""
    left = dict(enumerate(others))
    gone = []
    for k, one in enumerate(ones):
        found = next((j for j, other in left.items() if other == one), None)
        if found is None:
            gone.append(k)
        else:
            del left[found]
    return gone, list(left)


def _spans(expression: Expression, places: Sequence[Place]) -> tuple[Span, ...]:
    """Where the parts stand in the text; the whole text where one has no place of its own."""
    found = [_span(expression, place) for place in places]
    if None in found:
        return (Span(0, len(expression.source)),)
    return tuple(sorted({span for span in found if span is not None}))


def _span(expression: Expression, place: Place) -> Span | None:
    """Where a part stands. Of equal parts one place is known: others are looked for from operand to operand."""
    tree, around = expression.tree, Span(0, len(expression.source))
    for number in place:
        found = _within(expression, tree.args[: number + 1], around)
        if found is None:
            return None
        tree, around = tree.args[number], found
    return around


def _within(expression: Expression, operands: Sequence[Tree], around: Span) -> Span | None:
    """Where the last of these operands stands, one after the other within a place."""
    start, found = around.start, None
    for operand in operands:
        found = _next(expression, operand, start, around.stop)
        start = found.stop if found is not None else start
    return found


def _next(expression: Expression, part: Tree, start: int, stop: int) -> Span | None:
    """The next place of a part's text that is no part of a longer word."""
    known = expression.spans.get(part)
    if known is None:
        return None
    text = expression.source[known.start : known.stop]
    pattern = (
        rf"(?<![\w.]){re.escape(text)}(?![\w.])" if text[:1].isalnum() and text[-1:].isalnum() else re.escape(text)
    )
    found = re.compile(pattern).search(expression.source, start, stop)
    return Span(found.start(), found.end()) if found else None
