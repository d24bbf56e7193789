"""A differential in which dX stands by itself brought to ``trace(G.T @ dX)``, ``g @ dx`` or ``sum(G*dX)``, and the
gradient read off: Magnus and Neudecker's identification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from gradcli.base.errors import GradcliError, LimitError
from gradcli.closed.notation.factors import is_plain, made, matmul, transposed
from gradcli.closed.notation.reverse import Sized, Trees, accumulated
from gradcli.closed.notation.rewriting.formulas import MATMUL, Facts
from gradcli.closed.steps.differentials import Differentials, Move
from gradcli.closed.steps.tangents import shortened
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of, symbol
from gradcli.language.write import write
from gradcli.meaning import rules
from gradcli.meaning.program import Step
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.table import OPS

MOST_TERMS = 24  # of a differential that is multiplied out
MOST_PEELS = 30  # operations that are brought to the other side of an inner product
ONE = sympy.Integer(1)

LINEARITY = "linearity", "trace(U + V) = trace(U) + trace(V)"
CYCLIC = "cyclic property of the trace", "trace(A @ dX @ B) = trace(B @ A @ dX)"
TURNED = "transpose under the trace", "trace(U) = trace(U.T)"
DOT = "a sum of products is a dot product", "sum(u*v) = u @ v"
OWN_TRACE = "trace of a number", "a @ dX @ b = trace(outer(b, a) @ dX)"
OWN_TRANSPOSE = "a number is its own transpose", "dx @ u = u @ dx"
ADJOINT = "adjoint", "sum(U*L(dX)) = sum(G*dX), where G is the gradient of sum(U*L(X))"
SAME_ENTRIES = "adjoint of *", "sum(U*(W*V)) = sum((U*W)*V)"
TOGETHER = "terms together"
BESIDE = {
    1: "u @ dx + v @ dx = (u + v) @ dx",
    2: "trace(U @ dX) + trace(V @ dX) = trace((U + V) @ dX)",
    3: "sum(U*dX) + sum(V*dX) = sum((U + V)*dX)",
}


@dataclass(frozen=True, slots=True)
class Inner:
    """A term ``scale*inner(left, right)``, where dX is in the right alone; left is 1 where it is ones.

    trace: the term is ``scale*trace(left @ right)``
    """

    scale: Tree
    left: Tree
    right: Tree
    trace: bool = False


class ReadOff:
    """What is read off one differential."""

    def __init__(self, differentials: Differentials) -> None:
        self.tangents, self.direction = differentials.tangents, differentials.direction
        self.variable, self.letters = differentials.variable, differentials.letters

    @property
    def facts(self) -> Facts:
        return self.tangents.facts

    # -- a gradient

    def of_number(self, differential: Tree) -> Iterator[Move]:
        """The differential of a number in other words, and last the gradient. Errors: LimitError."""
        rank = self.facts.rank(self.direction)
        if not rank:
            yield Move(self.slope(differential), ("read off",), ("df = g*dx: the derivative is g",))
            return
        if self.facts.rank(differential):
            differential = (
                made("trace", differential) if self.facts.rank(differential) == 2 else made("sum", differential)
            )
            yield Move(differential, ("trace of a number",), ("s = trace(s)",))
        terms = self.terms(differential)
        if len(terms) > len(nodes.terms_of(differential, sympy.Add)):
            yield Move(self.sum(terms), (LINEARITY[0],), (LINEARITY[1],), True)
        inners: list[Inner] = []
        named: dict[str, str] = {}
        for term in terms:
            inner, name = self._inner(term)
            inners.append(inner)
            named |= dict([name] if name else [])
        yield Move(self.sum([self._written(one) for one in inners]), tuple(named), tuple(named.values()))
        for _ in range(MOST_PEELS):
            found = [self._peeled(one) for one in inners]
            told = dict(name for _, name in found if name is not None)
            if not told:
                break
            inners = [one for one, _ in found]
            yield Move(
                self.sum([self._written(one) for one in inners]), tuple(told), tuple(filter(None, told.values()))
            )
        if any(one.right != self.direction for one in inners):
            raise LimitError("a differential that is not brought to one side", kind="unchecked")
        traces = all(one.trace for one in inners)
        inners = inners if traces else [self._plain(one) for one in inners]
        if len(inners) > 1:
            yield Move(self._together(inners, traces), (TOGETHER,), (BESIDE[1 if rank == 1 else 2 if traces else 3],))
        columns = [
            self._times(one.scale, self._filled(self._turned(one.left) if traces else one.left)) for one in inners
        ]
        known = "trace(G.T @ dX)" if traces else "g @ dx" if rank == 1 else "sum(G*dX)"
        yield Move(self.sum(columns), ("read off",), (f"df = {known}: the gradient is {'g' if rank == 1 else 'G'}",))

    def slope(self, differential: Tree) -> Tree:
        """Of a variable without axes: what stands before its differential."""
        return self.tangents.tidy(differential.xreplace({self.direction: ONE}))

    def _together(self, inners: Sequence[Inner], traces: bool) -> Tree:
        """One inner product of the sum of what stands before dX."""
        lefts = [self._times(one.scale, one.left if traces else self._row(one.left)) for one in inners]
        if traces or self.facts.rank(self.direction) != 1:
            return self._written(Inner(ONE, self.sum(lefts), self.direction, traces))
        return matmul(self.sum(lefts), self.direction)

    def _row(self, left: Tree) -> Tree:
        """``x @ A`` for the column ``A.T @ x``."""
        scalars, array = self.tangents.building.apart(left)
        chain = self.facts.chain(array)
        if len(chain) < 2 or self.facts.rank(left) != 1 or self.facts.rank(chain[0]) == 1:
            return left
        return self._times(*scalars, matmul(chain[-1], *(self._turned(factor) for factor in chain[-2::-1])))

    def _filled(self, left: Tree) -> Tree:
        """Of dX's shape: ones for 1."""
        return nodes.make(OPS["ones"], [], (self.facts.shape(self.direction),)) if left == 1 else left

    def _turned(self, tree: Tree) -> Tree:
        """The transpose, of sums and products that of their parts, of a number as it is."""
        if not self.facts.rank(tree):
            return tree
        if isinstance(tree, sympy.Add | sympy.Mul) and all(self.facts.rank(x) in {0, 2} for x in tree.args):
            return tree.func(*(self._turned(x) if self.facts.rank(x) else x for x in tree.args), evaluate=False)
        return transposed(tree)

    # -- terms

    def terms(self, tree: Tree) -> list[Tree]:
        """Terms with one part each in which dX is. Errors: LimitError."""
        found = [term for part in nodes.terms_of(tree, sympy.Add) for term in self._spread(self.tangents.tidy(part))]
        if len(found) > MOST_TERMS:
            raise LimitError(f"a differential of more than {MOST_TERMS} terms", kind="unchecked")
        return found

    def _spread(self, term: Tree) -> list[Tree]:
        """A term multiplied out where a sum moves within what is linear."""
        for part in sympy.preorder_traversal(term):
            if part == term or not isinstance(part, sympy.Add) or not self._is_within(term, part):
                continue
            halves = [term.xreplace({part: one}) for one in part.args]
            if len({self.facts.shape(one) for one in part.args}) == 1 and term.count(part) == 1:
                return [found for half in halves for found in self._spread(self.tangents.tidy(half))]
        return [term]

    def _is_within(self, tree: Tree, part: Tree) -> bool:
        """Does dX move the part, and stand on the way to it nothing but products, sums and traces?"""
        if tree == part:
            return self._moves(part)
        linear = isinstance(tree, sympy.Mul) or row_of(tree) in (MATMUL, OPS["trace"], OPS["sum"])
        return linear and any(self._is_within(x, part) for x in tree.args if part in sympy.preorder_traversal(x))

    def _moves(self, tree: Tree) -> bool:
        return self.direction in tree.free_symbols

    def _inner(self, term: Tree) -> tuple[Inner, tuple[str, str] | None]:
        """The term as an inner product, and the rule by which it is one. Errors: LimitError."""
        scale, body = self._scaled(term)
        row = row_of(body)
        if row is OPS["trace"]:
            return self._of_trace(scale, body)
        if row is MATMUL:
            return self._of_number(scale, body)
        if row is OPS["sum"] and nodes.has_defaults(body, OPS["sum"]):
            left, right = self._apart(body.args[0])
            if left is not None and self.facts.shape(left) == self.facts.shape(right) == self.facts.shape(body.args[0]):
                return Inner(scale, left, right), DOT if self.facts.rank(right) == 1 else None
            if left is None:
                return Inner(scale, ONE, body.args[0]), None
        return Inner(scale, self._accumulated(body), self.direction), ADJOINT

    def _scaled(self, term: Tree) -> tuple[Tree, Tree]:
        """The factors before the one in which dX is, and that one. Errors: LimitError."""
        factors = nodes.terms_of(term, sympy.Mul)
        moving = [x for x in factors if self._moves(x)]
        if len(moving) != 1:
            raise LimitError("a differential that is not linear in dX", kind="unchecked")
        return self._times(*(x for x in factors if not self._moves(x))), moving[0]

    def _apart(self, tree: Tree) -> tuple[Tree | None, Tree]:
        """Of a product entry by entry what does not move, and what does."""
        factors = nodes.terms_of(tree, sympy.Mul)
        moving = [x for x in factors if self._moves(x)]
        still = [x for x in factors if not self._moves(x)]
        if len(moving) != 1 or not still:
            return None, tree
        return self._times(*still), moving[0]

    def _of_trace(self, scale: Tree, body: Tree) -> tuple[Inner, tuple[str, str] | None]:
        outer, inside = self.tangents.building.apart(body.args[0])
        if any(self._moves(x) for x in outer):
            return Inner(scale, self._accumulated(body), self.direction), ADJOINT
        scale = self._times(scale, *outer)
        chain = self.facts.chain(inside)
        (at, *more) = [k for k, x in enumerate(chain) if self._moves(x)]
        if more:
            return Inner(scale, self._accumulated(body), self.direction), ADJOINT
        rest = [*chain[at + 1 :], *chain[:at]]
        left = matmul(*rest) if rest else nodes.make(OPS["eye"], [], (self.facts.shape(inside)[0], None))
        if chain[at] == self.direction:
            known = CYCLIC if at < len(chain) - 1 else None
            return Inner(scale, left, self.direction, True), known
        if is_plain(chain[at], "transpose") and chain[at].args[0] == self.direction:
            return Inner(scale, self._turned(left), self.direction, True), TURNED
        return Inner(scale, self._turned(left), chain[at]), CYCLIC

    def _of_number(self, scale: Tree, body: Tree) -> tuple[Inner, tuple[str, str] | None]:
        """A number that a chain of matrices between two vectors makes."""
        chain = self.facts.chain(body)
        (at, *more) = [k for k, x in enumerate(chain) if self._moves(x)]
        if more or (at == 0 and len(chain) > 1 and self.facts.rank(chain[0]) != 1):
            return Inner(scale, self._accumulated(body), self.direction), ADJOINT
        if at == len(chain) - 1:
            return Inner(scale, self._as_vector(chain[:-1]), chain[-1]), None
        if at == 0:
            return Inner(scale, matmul(*chain[1:]), chain[0]), OWN_TRANSPOSE
        before = self._as_vector(chain[:at])
        after = matmul(*chain[at + 1 :])
        if chain[at] == self.direction:
            return Inner(scale, made("outer", after, before), self.direction, True), OWN_TRACE
        if is_plain(chain[at], "transpose") and chain[at].args[0] == self.direction:
            return Inner(scale, made("outer", before, after), self.direction, True), OWN_TRACE
        return Inner(scale, made("outer", before, after), chain[at]), OWN_TRACE

    def _as_vector(self, chain: Sequence[Tree]) -> Tree:
        """``A.T @ x`` for the row ``x @ A``."""
        return matmul(*(self._turned(factor) for factor in chain[:0:-1]), chain[0])

    def _accumulated(self, body: Tree) -> Tree:
        """What stands before dX, by the rows' rules at once."""
        name = self.direction.name
        sizes = dict.fromkeys(self.letters, 1)
        found = accumulated(body, name, self.facts.shapes, sizes)
        return self._still(shortened(found, self.facts.shapes))

    def _still(self, tree: Tree) -> Tree:
        """Without dX where its shape alone matters: X has it too."""
        return tree.xreplace({self.direction: self.variable})

    # -- to the other side

    def _peeled(self, one: Inner) -> tuple[Inner, tuple[str, str] | None]:
        """With the outermost operation around dX on the other side, and the rule of that. Errors: LimitError."""
        if one.right == self.direction:
            return one, None
        if isinstance(one.right, sympy.Mul):
            left, right = self._apart(one.right)
            if left is not None and self._is_entrywise(left, right, one.right):
                return Inner(one.scale, self._times(left, one.left), right), SAME_ENTRIES
        if isinstance(one.right, sympy.Add | sympy.Mul | sympy.Pow):
            return self._at_once(one), ADJOINT
        try:
            return self._by_rule(one)
        except (GradcliError, ShapeMismatch, ValueError, KeyError, TypeError):
            return self._at_once(one), ADJOINT

    def _is_entrywise(self, left: Tree, right: Tree, whole: Tree) -> bool:
        """A product in which nothing is repeated, but for a number."""
        shape = self.facts.shape(right)
        return self.facts.shape(left) in {(), shape} and self.facts.shape(whole) == shape

    def _at_once(self, one: Inner) -> Inner:
        body = self._times(one.left, one.right)
        body = made("sum", body) if self.facts.rank(one.right) else body
        return Inner(one.scale, self._accumulated(body), self.direction)

    def _by_rule(self, one: Inner) -> tuple[Inner, tuple[str, str]]:
        """Errors: LimitError where the operation has no rule; ValueError where dX is in several operands."""
        node = one.right
        op = row_of(node)
        if op is None:
            raise LimitError("no rule is known", kind="unchecked")
        tensors, constants = nodes.arguments_of(node, op)
        (at,) = [k for k, x in enumerate(tensors) if x is not None and self._moves(x)]
        operands = [None if x is None else Sized(x, self.facts.shape(x)) for x in tensors]
        step = Step(node, op, tuple(range(len(tensors))), constants)
        sizes = {name: Sized(symbol(name), ()) for name in self.letters}
        left, out = (Sized(tree, self.facts.shape(node)) for tree in (one.left, node))
        found = rules.pulled(step, at, operands, left, out, Trees(), sizes).array
        moved = Inner(one.scale, self._still(self.tangents.tidy(shortened(found, self.facts.shapes))), tensors[at])
        shapes = [None if x is None else x.shape for x in operands]
        return moved, (f"adjoint of {op.written}", _adjoint(op, at, shapes, constants))

    # -- as they are written

    def _plain(self, one: Inner) -> Inner:
        """Not as a trace."""
        return Inner(one.scale, self._turned(one.left), one.right) if one.trace else one

    def _written(self, one: Inner) -> Tree:
        if one.trace:
            return self._times(one.scale, made("trace", matmul(one.left, one.right)))
        if one.left == 1:
            return self._times(one.scale, made("sum", one.right) if self.facts.rank(one.right) else one.right)
        if self.facts.rank(one.right) == 1:
            return self._times(one.scale, matmul(self._row(one.left), one.right))
        return self._times(one.scale, made("sum", self._times(one.left, one.right)))

    def sum(self, terms: Sequence[Tree]) -> Tree:
        flat = [part for term in terms for part in nodes.terms_of(term, sympy.Add)]
        return self.tangents.tidy(nodes.add(*flat) if len(flat) > 1 else flat[0])

    def _times(self, *factors: Tree) -> Tree:
        flat = [part for factor in factors for part in nodes.terms_of(factor, sympy.Mul) if part != 1]
        return nodes.multiply(*flat) if len(flat) > 1 else flat[0] if flat else ONE


def _adjoint(op: Op, at: int, shapes: Sequence[Shape | None], constants: tuple[Any, ...]) -> str:  # Any: as in rows
    """The rule of an operand as people read it: ``sum(g*(A @ B)) = sum((A.T @ g)*B)``; "" where it has no text."""
    text = rules.rule_text(op, at, shapes, constants)
    names = [
        name for (name, _), shape in zip(rules.operands_of(op, len(shapes)), shapes, strict=True) if shape is not None
    ]
    if not text or ";" in text:
        return ""
    whole = write(nodes.make(op, [symbol(name) for name in names], constants))
    return f"sum(g*({whole})) = sum(({text})*{rules.operands_of(op, len(shapes))[at][0]})"
