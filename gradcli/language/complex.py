"""Complex numbers where the result is real: every value is a pair of real trees as soon as it is read.

Sums, products, whole powers and linear operations act on the pairs by themselves (``pairs``), other operations by the
formulas of ``operations/spellings/complex.py``; what has none is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from gradcli.base.errors import ExpressionError, Span
from gradcli.language import nodes, pairs
from gradcli.language.calls import NO_CONSTANT, Term
from gradcli.language.nodes import Tree
from gradcli.language.notation import NotationReader
from gradcli.language.pairs import Complex
from gradcli.language.spelled import apply_spellings
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, broadcast
from gradcli.operations.spellings.complex import FORMULAS, MEANT, POWER, REAL_POWER

_TO_REAL = "write abs(z), real(z), imag(z), or view_as_real(z)"
_LARGEST_POWER = 64  # written out by squaring, which doubles the tree each time; beyond, exp(n*log(z))
_PARTS, _TURNED = ("real", "imag"), frozenset({"H", "mH"})


class ComplexResultError(ExpressionError):
    """A value that is complex stands where only a real one is of use."""


def is_complex(term: Term) -> bool:
    return type(term.node) is Complex


class ComplexReader(NotationReader):
    """The part of the reading that makes pairs of complex numbers."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.levels = 0  # questions whether the parts of a number have one shape, so far

    def expand(self, formula: str, given: Mapping[str, Term], span: Span) -> Term:
        """The term of a formula, which the reader of primaries provides."""
        raise NotImplementedError

    def imaginary(self, number: Tree, span: Span) -> Term:
        """``2j``"""
        return Term(Complex(pairs.ZERO, number), span)

    def join(
        self,
        tree: Tree,
        *terms: Term,
        is_condition: bool = False,
        start: Span | None = None,
        stop: Span | None = None,
        focus: Span | None = None,
    ) -> Term:
        """A node of complex numbers is taken apart where it is made."""
        if not any(is_complex(term) for term in terms):
            return super().join(tree, *terms, is_condition=is_condition, start=start, stop=stop, focus=focus)
        span = terms[0].span.to(start or terms[0].span).to(stop or terms[-1].span)
        made = self.taken_apart(tree, {term.tree: term.tree for term in terms if term.node is not None}, span)
        self.place(made, span)
        joined = super().join(made, *terms, is_condition=is_condition, start=start, stop=stop, focus=focus)
        return joined._replace(constant=NO_CONSTANT, size=max(joined.size, pairs.size_of(made)))

    def place(self, tree: Tree, span: Span) -> None:
        """Says of the nodes that taking apart made where they stand."""
        stack = [tree]
        while stack:
            node = stack.pop()
            if node not in self.spans:
                self.spans[node] = span
                stack.extend(node.args)

    def shape_at(self, term: Term, place: Span) -> Shape:
        """Of a complex number that to which its parts broadcast."""
        if type(term.node) is not Complex:
            return super().shape_at(term, place)
        re, im = term.node.args
        return super().shape_at(term._replace(node=im if re is pairs.ZERO else nodes.add(re, im)), place)

    def number_of(self, tree: Tree) -> Any:  # Any: see Cursor
        return None if type(tree) is Complex else super().number_of(tree)

    def numbers_of(self, tree: Tree) -> tuple[Any, ...] | None:  # Any: see Cursor
        return None if type(tree) is Complex else super().numbers_of(tree)

    # -- nodes

    def taken_apart(self, tree: Tree, known: dict[Tree, Tree], span: Span) -> Tree:
        """known: what nodes are when they are taken apart; grows"""
        if type(tree) is Complex or not tree.args or isinstance(tree, nodes.Static):
            return tree
        if tree not in known:
            operands = [self.taken_apart(a, known, span) for a in tree.args if not isinstance(a, nodes.Static)]
            known[tree] = self.made_of(tree, operands, span)
        return known[tree]

    def made_of(self, tree: Tree, operands: Sequence[Tree], span: Span) -> Tree:
        """A node's value with these operands in the place of its own."""
        if not any(type(x) is Complex for x in operands):
            same = all(x is y for x, y in zip(operands, tree.args, strict=False))
            return tree if same else pairs.with_operands(tree, operands)
        if isinstance(tree, sympy.Add):
            return pairs.plus(operands)
        if isinstance(tree, sympy.Mul):
            return pairs.product(operands)
        if isinstance(tree, sympy.Pow):
            return self.raised_to(operands[0], operands[1], span)
        return self.applied_to(tree, operands, span)

    def raised_to(self, base: Tree, exponent: Tree, span: Span) -> Tree:
        whole = exponent.is_Integer and 0 < abs(exponent) <= _LARGEST_POWER
        if whole and type(base) is Complex:
            return pairs.power(base, int(exponent))
        given = {"z": Term(base, span), "w": Term(exponent, span)}
        return self.expand(POWER if type(exponent) is Complex else REAL_POWER, given, span).tree

    def applied_to(self, tree: Tree, operands: Sequence[Tree], span: Span) -> Tree:
        """What an operation is of complex numbers. Errors: ExpressionError where that is not known."""
        op = nodes.row_of(tree)
        assert op is not None
        tensors, constants = nodes.arguments_of(tree, op)
        if op.name in FORMULAS:
            there = iter(operands)
            given = [self.literal(None) if x is None else Term(next(there), span) for x in tensors]
            given += [self.literal(value) for value in constants]
            found = apply_spellings(self, op.written, FORMULAS[op.name], given, {}, span, refuse=True)
            assert found is not None
            return found.tree
        level = [self.level(x, span) if type(x) is Complex else x for x in operands]
        if op.linear == "each":
            return pairs.each(tree, level)
        if (op.linear or op.moves) and not op.fills(constants):
            return pairs.linear(tree, op, level)
        raise self.not_of_complex(op, span)

    def not_of_complex(self, op: Op, span: Span) -> ExpressionError:
        if op.boolean:
            hint = "complex numbers have no order; compare abs(z), real(z) or imag(z)"
            return self.error(f"{op.written} of complex numbers is not read", span, hint=hint, kind="name")
        return self.error(f"{op.written} of complex numbers is not read", span, hint=_TO_REAL, kind="name")

    def level(self, z: Complex, span: Span) -> Complex:
        """With both parts in the value's shape."""
        if z.level:
            return z
        if self.known.shape_of is None:
            return pairs.levelled(z)
        self.levels += 1
        re, im = (self.shape_at(Term(z.args[k], span), Span(-2 * self.levels - k, span.stop)) for k in (0, 1))
        return Complex(*z.args, level=True) if re == im == broadcast(re, im) else pairs.levelled(z)

    # -- what is real again

    def real_result(self, term: Term) -> Term:
        """Errors: ExpressionError for a complex number."""
        if is_complex(term):
            what = "this is complex, and has no real derivative"
            raise ComplexResultError(what, span=term.span, source=self.source, hint=_TO_REAL, kind="shape")
        return term

    def part_of(self, term: Term, name: str, span: Span) -> Term | None:
        """``z.real`` and ``z.imag``, also of what is real; of what is complex ``z.H`` and ``z.mH``; None for others."""
        if is_complex(term) and name in _TURNED:
            return self.meant(name, [term], {}, span)
        if term.node is None or name not in _PARTS:
            return None
        z = term.node if type(term.node) is Complex else Complex(term.node, pairs.ZERO)
        found = pairs.whole(self.level(z, span))[_PARTS.index(name)]
        self.place(found, span)
        return term._replace(node=found, span=span, constant=NO_CONSTANT, items=(), size=pairs.size_of(found))

    def meant(self, shown: str, positional: Sequence[Term], keywords: Mapping[str, Term], span: Span) -> Term | None:
        """A call that means something of its own where an operand is complex; None where it does not."""
        spellings = MEANT.get(shown, ()) or MEANT.get(shown.rpartition(".")[2], ())
        if not spellings or not any(map(is_complex, (*positional, *keywords.values()))):
            return None
        return apply_spellings(self, shown, spellings, positional, keywords, span, refuse=True)
