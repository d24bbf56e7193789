"""The arithmetic of sparsity: which entries of the variables a value depends on, and which of them meet.

Two entries meet where a step is not linear in both at once: elsewhere the second derivative in them is zero. What is
found holds for every value of the variables, and errs on the side of too many entries: an operation of which the row
says nothing mixes all that it is given. Constants count with their zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from gradcli.language.nodes import Tree
from gradcli.meaning.program import Step
from gradcli.meaning.sparsity.fibres import fibres_of
from gradcli.meaning.sparsity.lists import Lists, union
from gradcli.meaning.sparsity.meetings import Meetings
from gradcli.meaning.sparsity.moves import moved, picked
from gradcli.meaning.sparsity.support import Mask, Support, anything, constant
from gradcli.meaning.sparsity.terms import listed, terms_of
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, broadcast, numbered, size

MOST = 2**24  # positions that the lists of one value may hold; past it, each entry counts as depending on all
MOST_TERMS = 2**23  # of one sum of products


class SparsityArithmetic:
    """Supports of steps; ``meetings`` gathers which entries of the variables meet.

    shapes: of the variables, whose entries are numbered one variable after another
    order:  2, or 1 where nobody asks what meets
    """

    def __init__(self, shapes: Mapping[str, Shape], order: int) -> None:
        self.positions = numbered(shapes)
        self.shapes, self.total = shapes, sum(map(len, self.positions.values()))
        self.order = order
        self.meetings = Meetings(self.total)

    def leaf(self, name: str, shape: Shape) -> Support:
        if name not in self.shapes:
            return constant(shape)
        return Support(shape, frozenset({name}), Lists.of_each(np.array(self.positions[name], dtype=np.int64)))

    def number(self, tree: Tree) -> Support:
        return constant((), float(tree) if tree.is_Number else None)

    def apply(self, step: Step, arguments: list[Support | None]) -> Support:
        op = step.op
        assert op is not None
        given = [a for a in arguments if a is not None]
        shapes = [None if a is None else a.shape for a in arguments]
        shape = broadcast(*shapes) if op.elementwise else op.shape(*shapes, *step.constants)
        names = frozenset[str]().union(*(a.variables for a in given))
        if op.boolean:
            return constant(shape)
        if op.moves:
            return moved(step, given, shape, names, MOST)
        if op.elementwise:
            return self.entry_by_entry(op, given, shape, names)
        if not names:
            return constant(shape)
        if op.picks and not any(a.variables for a in given[1:]):
            found = picked(step, given, shape, names, MOST)
        else:
            found = self.term_by_term(step, arguments, shape, names)
        if found is None and op.within and not any(a.variables for a in given[1:]):
            found = self.fibre_by_fibre(step, given[0], shape, names)
        return self.all_at_once(op, given, shape, names) if found is None else found

    def entry_by_entry(self, op: Op, given: Sequence[Support], shape: Shape, names: frozenset[str]) -> Support:
        """Each entry depends on those in its place of the broadcast operands."""
        zeros = _zeros(op, given, shape)
        hidden = _hidden(op, given, shape, zeros)
        spread = [self.spread(a, shape, mask) if a.variables else None for a, mask in zip(given, hidden, strict=True)]
        joined = self.joined([lists for a, lists in zip(given, spread, strict=True) if a.variables])
        self.meet(op, given, spread, joined, names)
        if not names:
            return constant(shape, zeros=zeros)
        return Support(shape, names, joined, zeros) if joined is not None else anything(shape, names)

    def spread(self, a: Support, shape: Shape, hidden: Mask | None) -> Lists | None:
        """The lists of an operand that is broadcast, empty where it is hidden; None: not known."""
        if a.lists is None:
            return None
        if a.shape == shape and hidden is None:
            return a.lists
        places = a.places(shape)
        if hidden is not None:
            places = np.where(hidden, -1, places)
        return a.lists.take(places) if a.lists.cost_of(places) <= MOST else None

    def joined(self, lists: Sequence[Lists | None]) -> Lists | None:
        """Row by row the positions of all; None where some are not known, or they are too many."""
        known = [one for one in lists if one is not None]
        if not known or len(known) < len(lists) or sum(len(one.indices) for one in known) > MOST:
            return None
        return union(known, self.total)

    def meet(
        self,
        op: Op,
        given: Sequence[Support],
        lists: Sequence[Lists | None],
        joined: Lists | None,
        names: frozenset[str],
    ) -> None:
        """What meets where the operation sees rows of ``lists``, one for each of ``given``, side by side.

        joined: all lists together
        """
        if self.order == 1 or op.linear == "jointly":
            return
        operands = [(a.variables, found) for a, found in zip(given, lists, strict=True)]
        if op.linear == "each":
            met = list(combinations(operands, 2))
        elif op.linear == "first":
            met = [(operands[0], operands[1]), (operands[1], operands[1])]
        else:
            met = [((names, joined), (names, joined))]
        for (left, a), (right, b) in met:
            if left and right and (a is None or b is None or not self.meetings.add(a, b)):
                self.meetings.mix(left, right)

    def fibre_by_fibre(self, step: Step, a: Support, shape: Shape, names: frozenset[str]) -> Support | None:
        """What the row works ``within``: lines, matrices, or all entries, each by itself."""
        assert step.op is not None
        fibres = fibres_of(step, a.shape, shape)
        if fibres is None or a.lists is None:
            return None
        merged = a.lists.merged(fibres.of_entries, (fibres.count, self.total))
        self.meet(step.op, [a], [merged], merged, names)
        known = merged.cost_of(fibres.of_results) <= MOST
        return Support(shape, names, merged.take(fibres.of_results)) if known else anything(shape, names)

    def term_by_term(
        self, step: Step, arguments: Sequence[Support | None], shape: Shape, names: frozenset[str]
    ) -> Support | None:
        """Sums of terms with one entry of each operand, where the row has ``terms`` or ``summands``."""
        given = [a for a in arguments if a is not None]
        op = step.op
        assert op is not None
        terms = None
        if op.summands is not None:
            terms = listed(step, arguments, shape, MOST_TERMS)
        elif op.terms is not None and len(given) == len(arguments):
            spec = op.terms(*(a.shape for a in given), *step.constants)
            meets = self.order == 2 and (not op.linear or sum(bool(a.variables) for a in given) > 1)
            terms = terms_of(spec, given, MOST_TERMS, full=meets) if spec else None
        if terms is None:
            return None
        lists: list[Lists | None] = []
        for a, at in zip(given, terms.entries, strict=True):
            known = a.lists is not None and a.lists.cost_of(at) <= MOST
            lists.append(a.lists.take(at) if a.lists is not None and known else None)
        joined = self.joined(lists)
        self.meet(op, given, lists, joined, names)
        if joined is None:
            return anything(shape, names)
        return Support(shape, names, joined.merged(terms.results, (size(shape), self.total)))

    def all_at_once(self, op: Op, given: Sequence[Support], shape: Shape, names: frozenset[str]) -> Support:
        """Every entry depends on all of every operand."""
        whole = [self.whole(a) for a in given]
        joined = self.joined(whole)
        self.meet(op, given, whole, joined, names)
        at = np.zeros(size(shape), dtype=np.int64)
        if joined is None or joined.cost_of(at) > MOST:
            return anything(shape, names)
        return Support(shape, names, joined.take(at))

    def whole(self, a: Support) -> Lists | None:
        """All that an operand depends on, in one row."""
        if a.lists is None:
            return None
        return a.lists.merged(np.zeros(a.lists.rows, dtype=np.int64), (1, self.total))

    def derive(self, step: Step, arguments: list[Support | None], point: Mapping[str, Support]) -> Support:
        """A derivative inside the expression is not followed."""
        assert step.op is not None
        given = [a for a in (*arguments, *point.values()) if a is not None]
        names = frozenset[str]().union(*(a.variables for a in given))
        self.meetings.mix(names, names)
        return anything(step.op.shape(*(a and a.shape for a in arguments), *step.constants), names)


def _hidden(op: Op, given: Sequence[Support], shape: Shape, zeros: Mask | None) -> list[Mask | None]:
    """For each operand, where the value does not depend on it: where that is 0 anyway, or the other one is chosen."""
    if not op.chooses or given[0].numbers is None:
        return [zeros] * len(given)
    no = given[0].zero_in(shape)
    assert no is not None
    return [mask if zeros is None else mask | zeros for mask in (no, no, ~no)]


def _zeros(op: Op, given: Sequence[Support], shape: Shape) -> Mask | None:
    """Where a value is 0 since its operands are: any of those of a product, all of those of a sum."""
    masks = [a.zero_in(shape) for a in given]
    if op.linear == "each":
        known = [mask for mask in masks if mask is not None]
    elif op.linear == "first":
        known = [mask for mask in masks[:1] if mask is not None]
    elif op.linear == "jointly" and all(mask is not None for mask in masks):
        all_zero: Mask = np.logical_and.reduce([mask for mask in masks if mask is not None])
        return all_zero
    else:
        return None
    known = [mask for mask in known if mask.any()]
    return np.logical_or.reduce(known) if known else None
