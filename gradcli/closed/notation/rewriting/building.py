"""Nodes with equal terms added up, powers of one base collected, numbers and transposes in their places."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gradcli.closed.notation.factors import made, matmul
from gradcli.closed.notation.rewriting.formulas import MATMUL, TRANSPOSE, Facts
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of
from gradcli.operations.row import Op

ONE, ZERO, MINUS_ONE = sympy.Integer(1), sympy.Integer(0), sympy.Integer(-1)
MOST_TERMS = 14  # of a sum that is multiplied out, or in which common factors are sought
Power = tuple[Tree, Tree]  # a base and its exponent


class Building:
    """Makes nodes whose parts are simplified already."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def node(self, old: Tree, args: Sequence[Tree]) -> Tree:
        """The node with other arguments."""
        if isinstance(old, sympy.Add):
            return self.sum(args)
        if isinstance(old, sympy.Mul):
            return self.product(args)
        if isinstance(old, sympy.Pow):
            return self.product([nodes.power(*args)])
        op = row_of(old)
        if op is MATMUL:
            return self.matmul(args)
        if op is TRANSPOSE and nodes.has_defaults(old, op):
            return self.transposed(args[0])
        made = old if tuple(args) == old.args else old.func(*args, evaluate=False)
        return made if op is None else self.linear(made, op)

    def linear(self, tree: Tree, op: Op) -> Tree:
        """Numbers before what is linear in its operands: ``2*trace(X)`` for ``trace(2*X)``; scalars before sums."""
        if op.name in COMMUTING and self.is_transpose(tree.args[0]):
            return self.transposed(tree.func(tree.args[0].args[0], *tree.args[1:], evaluate=False))
        tensors = [arg for arg in tree.args if not isinstance(arg, Static)]
        if op.moves and len(tensors) > 1:
            return self._moved(tree, tensors)
        moved = op.moves and not op.fills(nodes.arguments_of(tree, op)[1])
        single = len(tensors) == 1 and (moved or op.linear == "jointly")
        movable = len(tensors) if op.linear == "each" else int(single or op.linear == "first")
        outside, inside = [], list(tensors)
        for k, tensor in enumerate(tensors[:movable]):
            number, powers = self.powers(tensor)
            scalars = [
                p for p in powers if op.linear == "jointly" and self.facts.rank(p[0]) == self.facts.rank(p[1]) == 0
            ]
            if powers and (number != 1 or scalars) and len(scalars) < len(powers):
                inside[k] = self.product([self.power(*power) for power in powers if power not in scalars])
                outside += [number, *(self.power(*power) for power in scalars)]
        if not outside:
            return tree
        return self.product([*outside, tree.func(*inside, *tree.args[len(tensors) :], evaluate=False)])

    def _moved(self, tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Several arrays put together: with the number that all have before them, ``2*[x, y]`` for ``[2*x, 2*y]``."""
        numbers = [abs(self.powers(part)[0]) for part in parts if part != 0]
        number = numbers[0] if len(numbers) > 1 and len({*numbers}) == 1 else ONE
        if number == 1 or any(part.is_Rational and part != 0 for part in parts):
            return tree
        inside = [self.product([1 / number, part]) for part in parts]
        return self.product([number, tree.func(*inside, *tree.args[len(parts) :], evaluate=False)])

    def is_transpose(self, tree: Tree) -> bool:
        return row_of(tree) is TRANSPOSE and nodes.has_defaults(tree, TRANSPOSE)

    def _in_axes(self, args: Sequence[Tree]) -> Sequence[Tree]:
        """Beside a vector, what has one entry as a number: ``mean(x)`` for ``mean(x, keepdim=True)``."""
        shapes = [self.facts.shape(arg) for arg in args]
        if (1,) not in shapes or max(map(len, shapes)) > 1 or all(shape in {(), (1,)} for shape in shapes):
            return args
        return [self._as_number(arg) if shape == (1,) else arg for arg, shape in zip(args, shapes, strict=True)]

    def _as_number(self, tree: Tree) -> Tree:
        """A vector of one entry as that entry, where it is made of reductions that keep their axis."""
        op = row_of(tree)
        if self.facts.shape(tree) != (1,) or (op is None and not isinstance(tree, sympy.Add | sympy.Mul | sympy.Pow)):
            return tree
        if op is None or op.elementwise:
            args = [self._as_number(arg) for arg in tree.args]
            return tree if tuple(args) == tree.args else self.node(tree, args)
        kept = next((k for k, param in enumerate(op.constants) if param.name == "keepdim"), None)
        if kept is None or not isinstance(tree.args[-1], Static) or tree.args[-1].value[kept] is not True:
            return tree
        return made(op.name, *tree.args[:-1]) if self.facts.rank(tree.args[0]) == 1 else tree

    # -- sums

    def terms(self, tree: Tree) -> list[tuple[Tree, Tree]]:
        """Numbers, and what they stand before: of ``2*x - 1`` 2 and x, -1 and 1."""
        out = []
        for term in nodes.terms_of(tree, sympy.Add):
            factors = nodes.terms_of(term, sympy.Mul)
            if term.is_Rational:
                out.append((term, ONE))
            elif factors[0].is_Rational:
                rest = factors[1:]
                out.append((factors[0], rest[0] if len(rest) == 1 else nodes.multiply(*rest)))
            else:
                out.append((ONE, term))
        return out

    def sum(self, args: Sequence[Tree]) -> Tree:
        """Terms that differ in their numbers alone are one."""
        found: dict[int, tuple[Tree, Tree]] = {}
        for arg in self._in_axes(args):
            for number, term in self.terms(arg):
                key = self.facts.key(term)
                found[key] = (
                    number + found[key][0] if key in found else number,
                    found[key][1] if key in found else term,
                )
        left = [self.times(number, term) for number, term in found.values() if number != 0]
        if not left:
            return ZERO
        return left[0] if len(left) == 1 else nodes.add(*left)

    def times(self, number: Tree, tree: Tree) -> Tree:
        """A number times a term without one; the sign of a sum goes into it."""
        if number == 1:
            return tree
        if tree == 1:
            return number
        if number == -1 and isinstance(tree, sympy.Add):
            return nodes.add(*(self.times(-c, t) for c, t in self.terms(tree)))
        return nodes.multiply(number, *nodes.terms_of(tree, sympy.Mul))

    def addends(self, tree: Tree) -> list[list[Tree]]:
        """The products whose sum a formula is when sums are multiplied out: of ``a*(b + c)`` a and b, a and c."""
        if isinstance(tree, sympy.Add):
            return [product for term in tree.args for product in self.addends(term)]
        if not isinstance(tree, sympy.Mul):
            return [[tree]]
        found: list[list[Tree]] = [[]]
        for factor in tree.args:
            found = [[*before, *after] for before in found for after in self.addends(factor)]
            if len(found) > MOST_TERMS:
                return [[tree]]
        return found

    # -- products

    def powers(self, tree: Tree) -> tuple[Tree, list[Power]]:
        """The number and the powers whose product a tree is; a whole power of a product is one of its factors."""
        if tree.is_Rational:
            return tree, []
        if isinstance(tree, sympy.Mul):
            parts = [self.powers(factor) for factor in tree.args]
            number = ONE
            for part, _ in parts:
                number = number * part
            return number, [power for _, powers in parts for power in powers]
        if isinstance(tree, sympy.Pow) and tree.args[1].is_Integer:
            number, powers = self.powers(tree.args[0])
            if number != 0:
                whole = tree.args[1]
                return number**whole, [(base, self.product([exponent, whole])) for base, exponent in powers]
        if isinstance(tree, sympy.Pow):
            return ONE, [(tree.args[0], tree.args[1])]
        return ONE, [(tree, ONE)]

    def product(self, args: Sequence[Tree]) -> Tree:
        """Powers of one base are one."""
        number, found = ONE, dict[int, Power]()
        for arg in self._in_axes(args):
            one, powers = self.powers(arg)
            number = number * one
            for base, exponent in powers:
                key = self.facts.key(base)
                before, own = found.get(key, (base, ZERO))
                found[key] = before, self.sum([own, exponent])
        factors = [self.power(base, exponent) for base, exponent in found.values() if exponent != 0]
        whole = [factor for factor in factors if factor.is_Rational]
        for factor in whole:
            number = number * factor
        factors = [factor for factor in factors if not factor.is_Rational]
        if not factors or number == 0:
            return number
        return self.times(number, factors[0] if len(factors) == 1 else nodes.multiply(*factors))

    def power(self, base: Tree, exponent: Tree) -> Tree:
        if exponent == 1:
            return base
        if base.is_Rational and exponent.is_Integer and base != 0 and abs(exponent) < 64:
            return base**exponent
        return nodes.power(base, exponent)

    # -- matrices

    def apart(self, tree: Tree) -> tuple[list[Tree], Tree]:
        """The scalar factors of a matrix, and the matrix."""
        factors = nodes.terms_of(tree, sympy.Mul)
        scalars = [factor for factor in factors if self.facts.rank(factor) == 0]
        rest = [factor for factor in factors if self.facts.rank(factor) != 0]
        return (scalars, rest[0] if len(rest) == 1 else nodes.multiply(*rest)) if rest else ([], tree)

    def matmul(self, factors: Sequence[Tree]) -> Tree:
        """The product of matrices, scalars before it."""
        parts = [self.apart(factor) for factor in factors]
        scalars = [scalar for outside, _ in parts for scalar in outside]
        tree = matmul(*(matrix for _, matrix in parts))
        tree = matmul(*self.facts.chain(tree))
        return self.product([*scalars, tree]) if scalars else tree

    def transposed(self, tree: Tree) -> Tree:
        """The transpose, of the parts where that is not longer."""
        whole = made("transpose", tree)
        if self.facts.rank(tree) != 2:
            return whole
        inner = self._transposed(tree)
        if inner is None:
            return whole
        same = self.facts.same(inner, tree)
        return tree if same else inner if len(self.facts.write(inner)) <= len(self.facts.write(whole)) else whole

    def untransposed(self, tree: Tree) -> Tree:
        """The transpose of a formula that has fewer of them: ``(X @ B).T`` for ``B.T @ X.T``."""
        scalars, matrix = self.apart(tree)
        inner = self._transposed(matrix)
        return tree if inner is None else self.product([*scalars, made("transpose", inner)])

    def _transposed(self, tree: Tree) -> Tree | None:
        """The transpose with no transpose around it; None where there is no such."""
        op = row_of(tree)
        if op is TRANSPOSE and nodes.has_defaults(tree, op):
            return tree.args[0]
        if op is MATMUL:
            chain = self.facts.chain(tree)
            return self.matmul([self.transposed(x) for x in reversed(chain)]) if len(chain) > 1 else None
        if isinstance(tree, sympy.Add | sympy.Mul) and all(self.facts.rank(x) in {0, 2} for x in tree.args):
            args = [self.transposed(x) if self.facts.rank(x) else x for x in tree.args]
            return self.sum(args) if isinstance(tree, sympy.Add) else self.product(args)
        if tree.is_Symbol and tree.name in self.facts.known.symmetric:
            return tree
        if op is not None and op.name in SYMMETRIC and self.facts.shape(tree)[0] == self.facts.shape(tree)[1]:
            return tree
        if op is not None and op.name in COMMUTING:
            inner = self._transposed(tree.args[0])
            return None if inner is None else tree.func(inner, *tree.args[1:], evaluate=False)
        return None


SYMMETRIC = frozenset({"eye", "diag"})
COMMUTING = frozenset({"inv"})
