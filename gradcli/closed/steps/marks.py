"""Which parts of a line are new, and which of the line before they came from: by the difference of both trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import sympy

from gradcli.base.errors import GradcliError, Span
from gradcli.language.nodes import Static, Tree
from gradcli.language.parse import Expression, parse

Pair = tuple[Tree | None, Tree | None]  # a part of the line before, and what stands in its place


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


def _differences(one: Tree, other: Tree) -> Iterator[Pair]:
    """The smallest parts in which two trees differ."""
    if one == other:
        return
    alike = type(one) is type(other) and bool(one.args) and _statics(one) == _statics(other)
    if alike and len(one.args) == len(other.args):
        apart = [pair for pair in zip(one.args, other.args, strict=True) if pair[0] != pair[1]]
        if len(apart) < max(2, len(one.args)) or isinstance(one, sympy.Add):
            for pair in apart:
                yield from _differences(*pair)
            return
    if alike and isinstance(one, sympy.Add | sympy.Mul):
        gone, new = _apart(one.args, other.args)
        if len(gone) < len(one.args) and len(new) < len(other.args):
            yield from ((part, None) for part in gone)
            yield from ((None, part) for part in new)
            return
    yield one, other


def _statics(tree: Tree) -> list[Tree]:
    return [arg for arg in tree.args if isinstance(arg, Static)]


def _apart(ones: Sequence[Tree], others: Sequence[Tree]) -> tuple[list[Tree], list[Tree]]:
    """What each has and the other has not, as often as it has it."""
    left = list(others)
    gone = []
    for one in ones:
        if one in left:
            left.remove(one)
        else:
            gone.append(one)
    return gone, left


def _spans(expression: Expression, parts: Sequence[Tree]) -> tuple[Span, ...]:
    """Where the parts stand in the text; the whole text where one has no place of its own."""
    whole = Span(0, len(expression.source))
    found = {span for part in parts if (span := _span(expression, part)) is not None}
    if len(found) < len({*parts}):
        return (whole,) if parts else ()
    return tuple(sorted(Span(span.start, span.stop) for span in found))


def _span(expression: Expression, part: Tree) -> Span | None:
    return expression.spans.get(part)
