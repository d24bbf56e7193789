"""A term of the index calculus as matrix notation: chains of products, diagonals, outer products, traces.

The term is a network: its parts are arrays, its indices join them. Summed indices go one by one, an index that joins
two matrices makes their product; what has no word in matrix notation becomes an ``einsum``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_lowercase

import sympy

from gradcli.closed.notation.factors import Written, flattened, is_plain, made, matmul, powers_of, times, transposed
from gradcli.closed.sizes import Extent
from gradcli.closed.terms import Index, Kind, Place, Port, Term
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.language.parse import parse
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """An array with an index at each of its axes."""

    tree: Tree
    ports: tuple[Port, ...]


class Network:
    """One term's parts, on their way to one array over the free indices."""

    def __init__(
        self,
        term: Term,
        free: Sequence[Index],
        trees: dict[str, Tree],
        sizes: dict[str, int],
        shapes: Mapping[str, Shape],
    ) -> None:
        self.free, self.sizes, self.shapes = list(free), sizes, shapes
        self.number = Fraction(term.coefficient)
        self.scalars: list[Tree] = []
        self.pieces: list[Piece] = []
        self.waiting: list[Piece] = []  # those that are still to be added
        self.same: dict[Port, Port] = {}  # a free index that another one is equal to
        for (one, ports), exponent in term.factors.items():
            if one.kind is Kind.DELTA:
                self._equal(*ports)
                continue
            tree = symbol(one.name) if one.kind is Kind.LETTER else trees[one.name]
            if exponent != 1:
                tree = nodes.power(tree, nodes.number(Fraction(exponent)))
            if ports:
                self.pieces.append(Piece(tree, ports))
            else:
                self.scalars.append(tree)

    def _equal(self, i: Port, j: Port) -> None:
        """Two free indices are equal, or one is at a place: a unit vector."""
        if isinstance(i, Index) and isinstance(j, Index):
            self.same[j] = i
            return
        index, place = (i, j) if isinstance(i, Index) else (j, i)
        assert isinstance(index, Index)
        assert isinstance(place, Place)
        unit = made("index", self._sized("eye({})", index), constants=((place.at,),))
        self.pieces.append(Piece(unit, (index,)))

    def written(self) -> Written:
        self.waiting = [self._at_places(piece) for piece in self.pieces]
        self.pieces = []
        while self.waiting:
            self._add(self.waiting.pop(0))
        while (index := self._next()) is not None:
            self._eliminate(index)
        array = self._array()
        number, scalars = powers_of(self.scalars)
        return Written(self.number * number, scalars, () if array is None else flattened(array, self.shapes))

    # -- pieces

    def _at_places(self, piece: Piece) -> Piece:
        if not any(isinstance(port, Place) for port in piece.ports):
            return piece
        entries = tuple(port.at if isinstance(port, Place) else slice(None) for port in piece.ports)
        while isinstance(entries[-1], slice):
            entries = entries[:-1]
        tree = made("index", piece.tree, constants=(entries,))
        return Piece(tree, tuple(port for port in piece.ports if not isinstance(port, Place)))

    def _add(self, piece: Piece) -> None:
        """With another piece: merged with one over the same indices; one without indices is a scalar."""
        if len(set(piece.ports)) < len(piece.ports):
            ports = tuple(dict.fromkeys(piece.ports))
            matrix = len(piece.ports) == 2
            piece = Piece(made("diag", piece.tree) if matrix else _einsum([piece], ports), ports)
        if not piece.ports:
            self.scalars.append(piece.tree)
            return
        for other in self.pieces:
            if set(other.ports) == set(piece.ports):
                self.pieces.remove(other)
                tree = piece.tree
                if piece.ports != other.ports:
                    tree = transposed(tree) if len(piece.ports) == 2 else _einsum([piece], other.ports)
                if len(piece.ports) == 2 and self._closed(piece.ports):
                    self.scalars.append(made("trace", matmul(other.tree, transposed(tree))))
                    return
                self.pieces.append(Piece(times(other.tree, tree), other.ports))
                return
        self.pieces.append(piece)

    def _closed(self, ports: Sequence[Port]) -> bool:
        """Does nothing else stand at these summed indices?"""
        return not any(port in self.free or self._at(port) for port in ports)

    def _at(self, index: Port) -> list[Piece]:
        return [piece for piece in (*self.pieces, *self.waiting) if index in piece.ports]

    def _bound(self) -> list[Port]:
        return list(dict.fromkeys(port for piece in self.pieces for port in piece.ports if port not in self.free))

    def _next(self) -> Port | None:
        """The summed index that goes first: one that makes the smallest array."""

        def cost(index: Port) -> tuple[int, int]:
            around = self._at(index)
            return len({port for piece in around for port in piece.ports}) - 1, len(around)

        return min(self._bound(), key=cost, default=None)

    def _eliminate(self, index: Port) -> None:
        around = self._at(index)
        for piece in around:
            self.pieces.remove(piece)
        vectors = [piece for piece in around if len(piece.ports) == 1]
        others = [piece for piece in around if len(piece.ports) > 1]
        if any(len(piece.ports) > 2 for piece in others) or len(others) > 2:
            return self._einsum(index, around)
        vector = vectors[0].tree if vectors else None
        if not others:
            assert vector is not None
            self.scalars.append(_total(vector))
        elif len(others) == 1 and vector is None:
            assert isinstance(index, Index)
            self._add(_weighed(others[0], index, self._ones(index)))
        elif len(others) == 1:
            self._add(_weighed(others[0], index, vector))
        else:
            self._add(_joined(others[0], others[1], index, vector))
        return None

    def _einsum(self, index: Port, around: Sequence[Piece]) -> None:
        kept = tuple(dict.fromkeys(port for piece in around for port in piece.ports if port != index))
        self._add(Piece(_einsum(around, kept), kept))

    # -- the result

    def _array(self) -> Tree | None:
        """The array over the free indices; None for a scalar."""
        roots = [index for index in self.free if index not in self.same]
        if not self.free:
            return None
        if len(self.free) == 1:
            return self.pieces[0].tree if self.pieces else self._ones(self.free[0])
        if len(self.free) == 2:
            return self._matrix(roots)
        return self._tensor()

    def _ones(self, index: Index) -> Tree:
        return self._sized("ones({})", index)

    def _sized(self, text: str, *indices: Index) -> Tree:
        return parse(text.format(*(extent_text(index.size) for index in indices)), sizes=self.sizes).tree

    def _matrix(self, roots: Sequence[Index]) -> Tree:
        i, j = self.free
        if len(roots) == 1:  # a diagonal
            return made("diag", self.pieces[0].tree) if self.pieces else self._sized("eye({})", i)
        whole = [piece for piece in self.pieces if len(piece.ports) == 2]
        rows, columns = ([p.tree for p in self.pieces if p.ports == (k,)] for k in (i, j))
        if not whole and not rows and not columns:
            return self._sized("ones({}, {})", i, j)
        if not whole and len(rows) + len(columns) == 1:
            tree = self._repeated((rows or columns)[0], j if rows else i, turned=not rows)
            if tree is not None:
                return tree
        if not whole:
            return made("outer", rows[0] if rows else self._ones(i), columns[0] if columns else self._ones(j))
        tree = whole[0].tree if whole[0].ports == (i, j) else transposed(whole[0].tree)
        if rows:
            tree = matmul(made("diag", rows[0]), tree)
        return matmul(tree, made("diag", columns[0])) if columns else tree

    def _repeated(self, vector: Tree, index: Index, *, turned: bool) -> Tree | None:
        """A sum over rows, repeated along this index: ``M @ ones(m, n)``, ``ones(n, m) @ M.T`` where it is turned."""
        last = vector.args[1] if is_plain(vector, "matmul") else None
        if last is None or nodes.row_of(last) is not OPS["ones"]:
            return None
        (sizes,) = nodes.arguments_of(last, OPS["ones"])[1]
        sides = [*map(str, sizes), extent_text(index.size)]
        ones = parse(f"ones({', '.join(sides[::-1] if turned else sides)})", sizes=self.sizes).tree
        return matmul(ones, transposed(vector.args[0])) if turned else matmul(vector.args[0], ones)

    def _tensor(self) -> Tree:
        pieces = list(self.pieces)
        for j, i in self.same.items():
            assert isinstance(i, Index)
            assert isinstance(j, Index)
            pieces.append(Piece(self._sized("eye({})", i), (i, j)))
        used = {port for piece in pieces for port in piece.ports}
        pieces += [Piece(self._ones(index), (index,)) for index in self.free if index not in used]
        return _einsum(pieces, tuple(self.free))


def _total(vector: Tree) -> Tree:
    """The sum of a vector: of a product of two, their dot product."""
    factors = list(nodes.terms_of(vector, sympy.Mul))
    if is_plain(vector, "diag"):
        return made("trace", vector.args[0])
    if is_plain(vector, "matmul") and nodes.row_of(vector.args[1]) is OPS["ones"]:
        before = vector.args[0]
        return made("sum", before.args[0] if is_plain(before, "transpose") else before)
    if len(factors) == 2:
        return matmul(*factors)
    if isinstance(vector, sympy.Pow) and vector.args[1] == 2:
        return matmul(vector.args[0], vector.args[0])
    return made("sum", vector)


def _weighed(matrix: Piece, index: Port, vector: Tree) -> Piece:
    """The sum over one axis of a matrix, weighed by a vector."""
    first = matrix.ports[0] == index
    left = matrix.ports[1] if first else matrix.ports[0]
    return Piece(matmul(transposed(matrix.tree) if first else matrix.tree, vector), (left,))


def _joined(a: Piece, b: Piece, index: Port, vector: Tree | None) -> Piece:
    """The product of two matrices over an index, with a diagonal between them; the trace where both ends meet."""
    left, right = (next(port for port in piece.ports if port != index) for piece in (a, b))
    one = a.tree if a.ports == (left, index) else transposed(a.tree)
    two = b.tree if b.ports == (index, right) else transposed(b.tree)
    middle = one if vector is None else matmul(one, made("diag", vector))
    return Piece(matmul(middle, two), (left, right))


def _einsum(pieces: Sequence[Piece], result: Sequence[Port]) -> Tree:
    """Their product over these indices; of one that is an einsum already, the axes of that one in their order."""
    if len(pieces) == 1:
        (piece,) = pieces
        if piece.ports == tuple(result):
            return piece.tree
        op = nodes.row_of(piece.tree)
        if op is OPS["einsum"] and len(set(piece.ports)) == len(piece.ports):
            tensors, (spec,) = nodes.arguments_of(piece.tree, op)
            inputs, _, own = spec.replace(" ", "").partition("->")
            if len(own) == len(piece.ports) and "." not in own:
                letters = dict(zip(piece.ports, own, strict=True))
                return nodes.make(op, tensors, (f"{inputs}->{''.join(letters[port] for port in result)}",))
    names = dict(zip(dict.fromkeys([*(p for piece in pieces for p in piece.ports)]), ascii_lowercase[8:], strict=False))
    inputs = ",".join("".join(names[port] for port in piece.ports) for piece in pieces)
    spec = f"{inputs}->{''.join(names[port] for port in result)}"
    return nodes.make(OPS["einsum"], [piece.tree for piece in pieces], (spec,))


def extent_text(extent: Extent) -> str:
    return str(extent)
