r"""What a formula would be misread for: an index bound twice, or bound in one term and free in the next; two letters
that would be one name; differentials."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from gradcli.language.latex.nodes import Big, Group, Letter, Node, Power, Product, Sum
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.readers.numbers import letters_in
from gradcli.language.latex.readers.reader import Reader


def parts_of(node: Node) -> list[Node]:
    """What stands right below a node in the tree."""
    slots = (name for kind in type(node).__mro__ for name in getattr(kind, "__slots__", ()))
    return list(_nodes([getattr(node, name) for name in slots]))


def _nodes(values: Sequence[object]) -> Iterator[Node]:
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from _nodes(value)


def all_parts(node: Node) -> Iterator[Node]:
    """A node and all that is in it."""
    yield node
    for part in parts_of(node):
        yield from all_parts(part)


def bound_by(node: Big, outer: Container[str] = ()) -> set[str]:
    r"""The letters that a sum binds: of ``\sum_{j \ne i}`` not i, where that is bound outside; of
    ``\sum x_i`` i."""
    if not node.indices and node.condition is None:
        return {letter for letter in letters_below(node.body) if letter.islower()}
    letters = {letter.base for letter in node.indices}
    return letters if node.condition is None else {letter for letter in letters if letter not in outer}


def free_letters(node: Node) -> set[str]:
    """Letters that no sum within binds."""
    if isinstance(node, Letter):
        return letters_in(node)
    inner: set[str] = set().union(*map(free_letters, parts_of(node)))
    return inner - bound_by(node) if isinstance(node, Big) else inner


def letters_below(node: Node) -> list[str]:
    """Single letters that stand below others, in order: what indices look like."""
    found = [
        letter.base
        for part in all_parts(node)
        if isinstance(part, Letter)
        for below in part.sub
        for letter in (below.factors if isinstance(below, Product) and not any(below.signs) else (below,))
        if isinstance(letter, Letter) and len(letter.base) == 1 and not letter.sub and not letter.marks
    ]
    return list(dict.fromkeys(found))


def refuse_bound_twice(reader: Reader, node: Big) -> None:
    r"""Errors: ExpressionError for ``\sum_i \sum_i x_i y_i``."""
    for part in all_parts(node.body):
        twice = bound_by(part, {*reader.bound, *bound_by(node)}) & bound_by(node) if isinstance(part, Big) else set()
        for index in twice - free_letters(node.body):
            raise reader.error(part, f"{index} is bound twice, by a sum within a sum", "give each sum its own index")


def refuse_hanging(reader: Reader, node: Sum) -> None:
    r"""Errors: ExpressionError for ``\sum_i x_i^2 + x_i``, whose second term may be meant to be in the sum."""
    open_: set[str] = set()
    for term in node.terms:
        hanging = open_ and (open_ - {*reader.bound, *reader.numbers, *reader.context.indices}) & free_letters(term)
        for index in sorted(hanging):
            one = f"the sum ends before this term, whose {index} is another one"
            hint = "put parentheses around all that is summed, or call one of the indices otherwise"
            raise reader.two(term, one, "the term is in the sum", hint)
        last = term
        while not isinstance(last, Big) and (inner := parts_of(last)) and not isinstance(last, Group | Power):
            last = inner[-1]
        if isinstance(last, Big):
            open_ |= bound_by(last)


# -- the whole formula

_OWN = frozenset({"bf", "cal", "scr", "frak", "bb"})  # fonts in which a letter is often another one than the plain one


def refuse_one_name(reader: Reader, node: Node) -> None:
    r"""Errors: ExpressionError for ``x^{(2)} - x_2`` and ``\mathcal{L} + L``: two letters that would be one name."""
    met: dict[str, object] = {}
    for letter, raised in _letters(node):
        name = name_of(letter, reader.context.known)
        if name is None or name not in reader.met.names or letter.base in {*reader.bound}:
            continue
        below = tuple(name_of(Letter("x", sub=(part,), span=part.span)) for part in letter.sub)
        font = letter.font if letter.font in _OWN else ""
        key = (letter.base, letter.marks, font, below, raised)
        if met.setdefault(name, key) != key:
            hint = "write it one way, or give one of the two another name"
            raise reader.two(letter, f"the {name} that stands before", "another variable", hint)


def _letters(node: Node) -> Iterator[tuple[Letter, bool]]:
    """Letters with what stands below them, or above in parentheses."""
    above = node.exponent if isinstance(node, Power) and isinstance(node.base, Letter) else None
    if isinstance(node, Power) and isinstance(node.base, Letter) and isinstance(above, Group) and above.kind in "([":
        yield replace(node.base, sub=(*node.base.sub, above.body), span=node.span), True
    elif isinstance(node, Letter):
        yield node, False
    else:
        for part in parts_of(node):
            yield from _letters(part)


def refuse_differentials(reader: Reader, node: Node) -> None:
    r"""Errors: ExpressionError for ``x\,dx``; in ``ax + by + cz + dw`` d is a factor."""
    if "d" in reader.context.known or "c" in letters_in(node):
        return
    for part in all_parts(node):
        if not isinstance(part, Product):
            continue
        for sign, one, other in zip(part.signs, part.factors, part.factors[1:], strict=False):
            plain = isinstance(one, Letter) and one.base == "d" and not (one.sub or one.marks or one.font)
            if plain and not sign and isinstance(other, Letter):
                raise reader.two(one, f"the differential of {other.base}", "a factor d", r"write d \cdot x")
