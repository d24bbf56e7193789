"""Derivatives of vec(F) in vec(X), the columns of both one below the other, as Kronecker products.

A term with entries ``A[i, k]*B[j, l]`` in F[i, j] and X[k, l] is ``kron(B, A)``; with ``A[i, l]*B[j, k]`` the columns
are exchanged by a commutation matrix; what stands at F's indices alone, or at X's, is a diagonal beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sympy

from gradcli.closed.notation.factors import made, matmul, times, transposed
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

EYE, EINSUM = OPS["eye"], OPS["einsum"]


def stacked(derivative: Tree, facts: Facts, output: Shape, variable: Shape) -> Tree | None:
    """The derivative of vec(F) in vec(X) as a matrix; None where a term of it has no such form.

    derivative: in torch's order, of shape (*output, *variable), both of one axis or two
    """
    if isinstance(derivative, sympy.Add):
        terms = [stacked(term, facts, output, variable) for term in derivative.args]
        found = [term for term in terms if term is not None]
        return nodes.add(*found) if len(found) == len(terms) else None
    factors = nodes.terms_of(derivative, sympy.Mul)
    arrays = [factor for factor in factors if facts.rank(factor)]
    if len(arrays) != 1:
        return None
    if isinstance(arrays[0], sympy.Add | sympy.Mul):
        matrix = stacked(arrays[0], facts, output, variable)
    else:
        matrix = _Term(arrays[0], output, variable).matrix() if row_of(arrays[0]) is EINSUM else None
    scalars = [factor for factor in factors if factor is not arrays[0]]
    return None if matrix is None else times(*scalars, matrix)


@dataclass
class _Term:
    """One product of arrays over the indices of the output and of the variable."""

    einsum: Tree
    output: Shape
    variable: Shape
    between: dict[tuple[str, str], Tree] = field(default_factory=dict)  # a row's index and a column's
    beside: dict[str, Tree] = field(default_factory=dict)  # vectors at an index
    left: list[Tree] = field(default_factory=list)  # matrices over the rows' indices alone
    right: list[Tree] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    rows: str = ""
    columns: str = ""

    def matrix(self) -> Tree | None:
        operands, (spec,) = nodes.arguments_of(self.einsum, EINSUM)
        inputs, result = spec.split("->")
        if len(result) != len(self.output) + len(self.variable):
            return None
        self.rows, self.columns = result[: len(self.output)], result[len(self.output) :]
        self.sizes = dict(zip(result, (*self.output, *self.variable), strict=True))
        pieces = [(tree, ports) for tree, ports in zip(operands, inputs.split(","), strict=True) if tree is not None]
        if any(len({*ports}) != len(ports) or not {*ports} <= {*result} or len(ports) > 2 for _, ports in pieces):
            return None
        eyes = [(ports[0], ports[1]) for tree, ports in pieces if row_of(tree) is EYE]
        equal = {port: other for i, j in eyes for port, other in ((i, j), (j, i))}
        for tree, ports in pieces:
            if row_of(tree) is not EYE:
                ports = self._on_one_side(ports, equal)
            self._put(tree, ports)
        return self._product()

    def _on_one_side(self, ports: str, equal: Mapping[str, str]) -> str:
        """A matrix between a row and a column of which one is equal to an index of the other side stands there."""
        if len(ports) == 1 or self._side(ports[0]) == self._side(ports[1]):
            return ports
        moved = ("".join(equal.get(port, port) if port == end else port for port in ports) for end in ports)
        return next((m for m in moved if m != ports and self._side(m[0]) == self._side(m[1]) and m[0] != m[1]), ports)

    def _side(self, port: str) -> bool:
        return port in self.rows

    def _put(self, tree: Tree, ports: str) -> None:
        if len(ports) == 1:
            self.beside[ports] = self._with(self.beside.get(ports), tree)
        elif {*ports} <= {*self.rows}:
            self.left.append(tree if ports == self.rows else transposed(tree))
        elif {*ports} <= {*self.columns}:
            self.right.append(tree if ports == self.columns else transposed(tree))
        else:
            first, second = ports[0], ports[1]
            pair = (first, second) if self._side(first) else (second, first)
            turned = tree if self._side(first) else transposed(tree)
            self.between[pair] = self._with(self.between.get(pair), turned)

    @staticmethod
    def _with(one: Tree | None, other: Tree) -> Tree:
        return other if one is None else times(one, other)

    def _product(self) -> Tree | None:
        """Diagonals, the Kronecker product between them, the matrix that exchanges columns."""
        if not self.between:
            return self._outer()
        if len(self.columns) == 1 and len(self.rows) == 2:
            return self._by_columns()
        ends = [end for pair in self.between for end in pair]
        if len({*ends}) < len(ends):
            return None
        middle, crossed = self._kronecker()
        sides = [self.left, self.right]
        if middle is None and not crossed:
            sides = [[*self.left, *self.right], []]
        before, after = ([made("diag", made("vec", times(*side)))] if side else [] for side in sides)
        exchange = [made("commutation", constants=(self.variable,))] if crossed else []
        chain = [*before, *([] if middle is None else [middle]), *exchange, *after]
        return matmul(*chain) if chain else made("eye", constants=(nodes.count(self.output), None))

    def _by_columns(self) -> Tree | None:
        """A matrix by a vector: the products of columns of two matrices, or of a matrix with a vector."""
        equal = [row for (row, _), tree in self.between.items() if row_of(tree) is EYE]
        pairs = {row: self._between((row, column), plain=False) for row, column in self.between}
        if self.left and len(pairs) == 1 and equal:
            whole = times(*self.left)
            (other,) = {*self.rows} - {*pairs}
            pairs[other] = whole if self.rows[0] == other else transposed(whole)
        elif self.left:
            return None
        if len(pairs) == 1:
            (row,) = pairs
            (other,) = {*self.rows} - {row}
            return made("kron", *self._with_lone(pairs[row], other))
        return made("khatri_rao", pairs[self.rows[1]], pairs[self.rows[0]])

    def _outer(self) -> Tree:
        """Nothing joins the output's indices to the variable's."""
        return made("outer", self._vector(self.rows, self.left), self._vector(self.columns, self.right))

    def _vector(self, ports: str, whole: Sequence[Tree]) -> Tree:
        if len(ports) == 1:
            return self._at(ports)
        if whole and not any(port in self.beside for port in ports):
            return made("vec", times(*whole))
        inside = made("outer", *(self._at(port) for port in ports))
        return made("vec", times(*whole, inside))

    def _at(self, port: str) -> Tree:
        """The vector at an index."""
        return self.beside.get(port) or made("ones", constants=((self.sizes[port],),))

    def _kronecker(self) -> tuple[Tree | None, bool]:
        """It, None where it is the identity; and are its columns in the other order?"""
        if len(self.between) == 1 and len(self.sizes) == 4:
            ((row, column),) = self.between
            others = [port for port in (*self.rows, *self.columns) if port not in (row, column)]
            self.between[others[0], others[1]] = made("outer", self._at(others[0]), self._at(others[1]))
        else:
            others = []
        pairs = sorted(self.between, key=lambda pair: self.rows.index(pair[0]), reverse=True)
        parts = {pair: self._between(pair, plain=pair[0] in others) for pair in pairs}
        factors = [parts[pair] for pair in pairs]
        lone = next((port for port in self.sizes if not any(port in pair for pair in pairs)), None)
        if lone is not None:
            factors = self._with_lone(factors[0], lone)
        crossed = len(pairs) == 2 and [self.columns.index(column) for _, column in pairs] != [1, 0]
        if len(factors) == 1:
            return factors[0], False
        if all(row_of(factor) is EYE for factor in factors):
            return None, crossed
        return made("kron", *factors), crossed

    def _with_lone(self, matrix: Tree, lone: str) -> list[Tree]:
        """A matrix beside an index that nothing joins to the other side: the slow one of its side, or the fast one."""
        vector, side = self._at(lone), self.rows if lone in self.rows else self.columns
        if side is self.rows:
            vector = made("index", vector, constants=((slice(None), None),))
        return [vector, matrix] if side.index(lone) == 1 else [matrix, vector]

    def _between(self, pair: tuple[str, str], *, plain: bool) -> Tree:
        """The matrix from a row's index to a column's, weighed by the vectors at both."""
        tree = self.between[pair]
        if plain:
            return tree
        row, column = (self.beside.get(port) for port in pair)
        if row_of(tree) is EYE and (row is not None or column is not None):
            return made("diag", times(*(vector for vector in (row, column) if vector is not None)))
        chain = [made("diag", row)] if row is not None else []
        chain.append(tree)
        chain += [made("diag", column)] if column is not None else []
        return matmul(*chain)


# -- transposes


def turned(tree: Tree, facts: Facts) -> Tree:
    """The transpose of a matrix, taken inwards: ``kron(A, B).T`` is ``kron(A.T, B.T)``."""
    op = row_of(tree)
    if isinstance(tree, sympy.Add):
        if all(facts.rank(term) == 2 for term in tree.args):
            return nodes.add(*(turned(term, facts) for term in tree.args))
    elif isinstance(tree, sympy.Mul):
        if all(facts.rank(factor) in (0, 2) for factor in tree.args):
            return times(*(turned(factor, facts) if facts.rank(factor) else factor for factor in tree.args))
    elif op is OPS["kron"] and all(facts.rank(factor) == 2 for factor in tree.args):
        return made("kron", *(turned(factor, facts) for factor in tree.args))
    elif op is OPS["commutation"]:
        ((rows, columns),) = nodes.arguments_of(tree, op)[1]
        return made("commutation", constants=((columns, rows),))
    elif op is OPS["matmul"]:
        chain = facts.chain(tree)
        if all(facts.rank(factor) == 2 for factor in chain):
            return matmul(*(turned(factor, facts) for factor in reversed(chain)))
    return transposed(tree)
