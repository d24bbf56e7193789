r"""Sums over pairs of indices: with a condition between them, and up to another index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt, ne

from gradcli.language.latex.nodes import Bars, Big, Call, Letter, Node, Number, Power, Quotient, Relation, Root, Sum
from gradcli.language.latex.readers.binding import all_parts, free_letters
from gradcli.language.latex.readers.ranges import indices_of, range_of
from gradcli.language.latex.readers.reader import Range, Reader

_HOLDS = {"<": lt, "<=": le, ">": gt, ">=": ge, "!=": ne}


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs over which a sum goes.

    ranges:   of the two indices, in the order in which the condition names them
    body:     what is summed
    """

    ranges: Mapping[str, Range]
    sign: str
    body: Node

    def holds(self, one: int, other: int) -> bool:
        return bool(_HOLDS[self.sign](one, other))

    @property
    def may_break(self) -> bool:
        """May the body be infinite, or have no slope, at pairs that are left out: where both are equal?"""
        kinds = (Quotient, Call, Root, Bars, Power)
        return any(isinstance(part, kinds) and {*self.ranges} <= free_letters(part) for part in all_parts(self.body))


def pairs_of(reader: Reader, node: Big) -> Pairs | None:
    """Of a sum that binds both indices, or of one right within another. None for other sums."""
    if node.condition is None:
        return _nested(reader, node)
    indices, relation = indices_of(reader, node)
    if relation is None or len(indices) != 2:
        return None
    ranges = dict.fromkeys(_letters(relation), range_of(reader, node))
    return Pairs(ranges, relation.signs[0], node.body) if {*indices} == {*ranges} else None


def _nested(reader: Reader, node: Big) -> Pairs | None:
    if len(node.indices) != 1 or not isinstance(node.body, Big) or node.body.kind != node.kind:
        return None
    outer = node.indices[0].base
    within = reader.within({outer: range_of(reader, node)})
    inner = triangular(within, node.body)
    if inner.condition is None:
        return None
    indices, relation = indices_of(within, inner)
    if relation is None or len(indices) != 1 or {*_letters(relation)} != {outer, indices[0]}:
        return None
    ranges = {outer: within.bound[outer], indices[0]: range_of(within, inner)}
    return Pairs({letter: ranges[letter] for letter in _letters(relation)}, relation.signs[0], inner.body)


def _letters(relation: Relation) -> list[str]:
    return [part.base for part in relation.parts if isinstance(part, Letter)]


def triangular(reader: Reader, node: Big) -> Big:
    r"""``\sum_{j=i+1}^{n}`` and ``\sum_{j=1}^{i-1}`` as sums with a condition on both indices."""
    if len(node.indices) != 1 or node.low is None or node.condition is not None:
        return node
    for end, signs in ((node.low, {0: ">=", 1: ">"}), (node.high, {0: "<=", -1: "<"})):
        found = None if end is None else _near(reader, end)
        if found is None or found[1] not in signs:
            continue
        letter, shift = found
        condition = Relation(
            (node.indices[0], letter), (signs[shift],), span=end.span if end is not None else node.span
        )
        if end is node.low and node.high is not None:
            low: Node = Number("1", span=node.low.span)
            return Big(node.kind, node.indices, low, node.high, condition, node.body, span=node.span)
        if end is node.high and reader.fraction(node.low) == 1:
            return Big(node.kind, node.indices, None, None, condition, node.body, span=node.span)
    return node


def _near(reader: Reader, node: Node) -> tuple[Letter, int] | None:
    """``i``, ``i+1`` or ``i-1`` of an index that is bound outside: the letter and what is added."""
    letters = [node] if isinstance(node, Letter) else list(node.terms) if isinstance(node, Sum) else []
    bound = [each for each in letters if isinstance(each, Letter) and each.base in reader.bound and not each.sub]
    rest = [reader.fraction(each) for each in letters if each not in bound]
    if len(bound) != 1 or len(rest) > 1 or None in rest:
        return None
    return bound[0], int(rest[0] or 0) if rest else 0
