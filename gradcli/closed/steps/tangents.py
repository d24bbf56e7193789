"""The differential of a node in those of its operands: ``d(inv(A)) = -inv(A) @ dA @ inv(A)``.

No list of rules: what is linear says so on its row, functions entry by entry have their slopes, and every other row has
its rule in reverse, whose transpose is the rule of differentials (``meaning/rules.pushed``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy

from gradcli.base.errors import GradcliError, LimitError
from gradcli.closed.notation.factors import made, matmul, rebuilt
from gradcli.closed.notation.reverse import Sized, Trees
from gradcli.closed.notation.rewriting.arranging import Arranging
from gradcli.closed.notation.rewriting.building import Building
from gradcli.closed.notation.rewriting.engine import simplified
from gradcli.closed.notation.rewriting.formulas import MATMUL, TRANSPOSE, Facts
from gradcli.closed.notation.words import in_words
from gradcli.language import nodes
from gradcli.language.nodes import Size, Static, Tree, row_of, symbol
from gradcli.language.write import write
from gradcli.meaning import rules
from gradcli.meaning.program import Step
from gradcli.operations.row import CONDITION, Op
from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.table import OPS

Moving = Mapping[int, Tree]  # the differentials of operands, by their numbers
OPEN = "\N{PARTIAL DIFFERENTIAL}"  # no letter, so that no user's name begins with it
OUT = f"{OPEN}out"
ZERO, MINUS_ONE = sympy.Integer(0), sympy.Integer(-1)


@dataclass(frozen=True, slots=True)
class Rule:
    """The differential of a node.

    tree:    in the differentials of its operands
    name:    of the rule; because: the rule as a formula, in letters
    linear:  the operation is linear: its differential is the same operation
    """

    tree: Tree
    name: str
    because: str
    linear: bool = False


def operands_of(node: Tree, facts: Facts) -> tuple[Tree, ...]:
    """Terms, factors and divisors, the factors of a chain of matrices, or the operands of a row that may move."""
    if row_of(node) is MATMUL:
        return facts.chain(node)
    if isinstance(node, sympy.Mul):
        return tuple(_inverse(x) if _is_below(x) else x for x in node.args)
    if isinstance(node, sympy.Pow) and _is_below(node):
        return (_inverse(node),)
    if isinstance(node, sympy.Add | sympy.Pow):
        return tuple(node.args)
    op = row_of(node)
    if op is None:
        return ()
    tensors, _ = nodes.arguments_of(node, op)
    named = rules.operands_of(op, len(tensors))
    return tuple(x for x, (_, p) in zip(tensors, named, strict=True) if x is not None and p.kind != CONDITION)


class Tangents:
    """Differentials of nodes whose names have shapes.

    letters:   the sizes that may stand in a formula; direction: the name of the variable's differential
    """

    def __init__(self, facts: Facts, letters: Sequence[str], direction: str) -> None:
        self.facts, self.letters, self.direction = facts, letters, direction
        self.building, self.arranging = Building(facts), Arranging(facts)

    def of(self, node: Tree, moving: Moving) -> Rule:
        """The differential, of the node's shape. Errors: LimitError where a rule is lacking."""
        rule = self._of(node, moving)
        tree = self.fitted(self.tidy(rule.tree), self.facts.shape(node))
        return Rule(tree, rule.name, rule.because, rule.linear)

    def _of(self, node: Tree, moving: Moving) -> Rule:
        if isinstance(node, sympy.Add):
            return self._sum(moving)
        if isinstance(node, sympy.Mul):
            return self._product(node, moving)
        if isinstance(node, sympy.Pow):
            return self._power(node, moving)
        if row_of(node) is MATMUL:
            return self._chain(node, moving)
        op = row_of(node)
        if op is None:
            raise LimitError(f"no rule is known for {write(node)}", kind="unchecked")
        return self._of_row(node, op, moving)

    # -- arithmetic

    def _sum(self, moving: Moving) -> Rule:
        """Terms that are repeated along axes of the others stay so."""
        return Rule(nodes.add(*moving.values()) if len(moving) > 1 else next(iter(moving.values())),
                    "sum rule", "d(U + V) = dU + dV", linear=True)  # fmt: skip

    def _product(self, node: Tree, moving: Moving) -> Rule:
        terms, below = [], [k for k in moving if _is_below(node.args[k])]
        for at in sorted(moving, key=lambda k: k in below):
            others = [x for k, x in enumerate(node.args) if k != at]
            if at in below:
                others += [MINUS_ONE, nodes.power(_inverse(node.args[at]), sympy.Integer(-2))]
            terms.append(_times(*others, moving[at]))
        tree = nodes.add(*terms) if len(terms) > 1 else terms[0]
        if not below:
            known = "constant factor", "d(c*U) = c*dU"
            return Rule(
                tree, *(known if len(terms) == 1 else ("product rule", "d(U*V) = dU*V + U*dV")), len(terms) == 1
            )
        known = "reciprocal rule", "d(c/V) = -c*dV/V**2"
        return Rule(tree, *(known if len(terms) == 1 else ("quotient rule", "d(U/V) = dU/V - U*dV/V**2")))

    def _power(self, node: Tree, moving: Moving) -> Rule:
        base, exponent = node.args
        if _is_below(node):
            return self._product(nodes.multiply(node), moving)
        if 1 in moving:
            return self._of_row(node, OPS["pow"], moving)
        less = exponent - 1 if exponent.is_Rational else nodes.add(exponent, sympy.Integer(-1))
        tree = _times(exponent, self.building.power(base, less), moving[0])
        if exponent == sympy.Rational(1, 2):
            return Rule(tree, "differential of a root", "d(sqrt(u)) = du/(2*sqrt(u))")
        return Rule(tree, "power rule", "d(U**p) = p*U**(p - 1)*dU")

    def _chain(self, node: Tree, moving: Moving) -> Rule:
        factors = self.facts.chain(node)
        terms = [matmul(*(moving[k] if k == at else x for k, x in enumerate(factors))) for at in moving]
        if len(terms) == 1:
            return Rule(terms[0], "constant factor", "d(A @ X @ B) = A @ dX @ B", linear=True)
        return Rule(nodes.add(*terms), "product rule", "d(U @ V) = dU @ V + U @ dV")

    # -- rows

    def _of_row(self, node: Tree, op: Op, moving: Moving) -> Rule:
        """In letters first: the row's own names of its operands, with a d before them for their differentials."""
        letters = _Letters.of(node, op, self.facts)
        moved = {k: letters.moved(k) for k in moving}
        linear = _is_linear(op, moved)
        if linear:
            tree = self._linear(op, letters, moved)
        elif op.elementwise:
            tree = self._entrywise(node, op, letters, moved)
        else:
            tree = self._by_rule(node, op, letters, moved)
        name = "chain rule" if op.elementwise and not linear else f"differential of {op.written}"
        return Rule(letters.put_in(tree, moving), name, letters.text(tree), linear)

    def _linear(self, op: Op, letters: _Letters, moved: Moving) -> Tree:
        if op.linear == "each" and len(letters.symbols) > 1:
            terms = [letters.whole({at: moved[at]}) for at in moved]
            return nodes.add(*terms) if len(terms) > 1 else terms[0]
        zeros = {k: _zero(letters.shapes[x.name]) for k, x in enumerate(letters.symbols)}
        return letters.whole({**(zeros if op.linear != "first" else {}), **moved})

    def _entrywise(self, node: Tree, op: Op, letters: _Letters, moved: Moving) -> Tree:
        """Of each entry, whatever is broadcast."""
        constants = () if isinstance(node, sympy.Pow) else nodes.arguments_of(node, op)[1]
        shapes = [None if x is None else () for x in letters.all]
        own = {symbol(name): x for (name, _), x in zip(rules.operands_of(op, len(shapes)), letters.all, strict=True)
               if x is not None}  # fmt: skip
        terms = []
        for k, tangent in moved.items():
            slope = rules.rule_tree(op, letters.places[k], constants, shapes, (), ideal=True)
            put = {**own, symbol("g"): tangent, symbol("out"): letters.whole({})}
            terms.append(shortened(slope.xreplace(put), letters.shapes))
        return nodes.add(*terms) if len(terms) > 1 else terms[0]

    def _by_rule(self, node: Tree, op: Op, letters: _Letters, moved: Moving) -> Tree:
        """The transpose of the rule in reverse."""
        constants = nodes.arguments_of(node, op)[1]
        values = [None if x is None else Sized(x, letters.shapes[x.name]) for x in letters.all]
        tangents = {letters.places[k]: Sized(x, letters.shapes[x.name]) for k, x in moved.items()}
        out = Sized(symbol(OUT), self.facts.shape(node))
        step = Step(node, op, tuple(range(len(values))), constants)
        sizes = {name: Sized(symbol(name), ()) for name in self.letters}
        try:
            found = rules.pushed(step, values, tangents, out, Trees(), sizes).array
        except (GradcliError, ShapeMismatch, KeyError, TypeError, ValueError) as error:
            raise LimitError(f"the differential of {write(node)} is not read: {error}", kind="unchecked") from None
        known = {**letters.shapes, OUT: out.shape}
        return _as_trace(shortened(found, known), Facts(known)).xreplace({symbol(OUT): letters.whole({})})

    # -- shapes and order

    def tidy(self, tree: Tree) -> Tree:
        """Constants first, like terms together, one chain for several, differentials last: what nobody counts as a
        step."""
        try:
            return rebuilt(self.arranging.of(self._tidied(tree)), self._last)
        except (LimitError, ShapeMismatch):
            return tree

    def _last(self, tree: Tree) -> Tree:
        """A product with what moves behind what does not, and divisors behind both."""
        if not isinstance(tree, sympy.Mul):
            return tree
        order = sorted(tree.args, key=lambda x: (_is_below(x), self.moves(x)))
        return tree if tuple(order) == tree.args else nodes.multiply(*order)

    def moves(self, tree: Tree) -> bool:
        """Has it a differential in it, open or not?"""
        return any(x.name == self.direction or x.name.startswith(OPEN) for x in tree.free_symbols)

    def _tidied(self, tree: Tree) -> Tree:
        if not tree.args or isinstance(tree, Static):
            return tree
        parts = self.facts.chain(tree)
        if len(parts) == 2 and self._is_turned(*parts):
            parts = parts[::-1]
        args = [self._tidied(part) for part in (parts if len(parts) > 1 else tree.args)]
        found = self.building.node(tree, args)
        return (
            found
            if self.facts.shape(found) == self.facts.shape(tree)
            else tree.func(*map(self._tidied, tree.args), evaluate=False)
        )

    def _is_turned(self, left: Tree, right: Tree) -> bool:
        """Is it a number that two vectors make, of which the first moves alone?"""
        return self.facts.rank(left) == self.facts.rank(right) == 1 and self.moves(left) and not self.moves(right)

    def fitted(self, tree: Tree, shape: Shape) -> Tree:
        """The formula with the axes that broadcasting would have given it."""
        if self.facts.shape(tree) == shape:
            return tree
        return nodes.multiply(tree, nodes.make(OPS["ones"], [], (shape,)))


def shortened(tree: Tree, shapes: Mapping[str, Shape]) -> Tree:
    """A formula of the rules as people write it."""
    letters = {name: tuple(str(n) if isinstance(n, Size) else int(n) for n in shape) for name, shape in shapes.items()}
    facts = Facts(shapes)
    return simplified(in_words(rebuilt(tree, lambda one: _without_idle(one, facts)), facts), letters)


def _without_idle(tree: Tree, facts: Facts) -> Tree:
    """``x`` for ``expand(x, n)`` where x has that shape."""
    idle = row_of(tree) is OPS["expand"] and facts.shape(tree) == facts.shape(tree.args[0])
    return tree.args[0] if idle else tree


def _as_trace(tree: Tree, facts: Facts) -> Tree:
    """``trace(M @ dX)`` for ``sum(dX*M.T)``, as people write the differential of a determinant."""
    if row_of(tree) is not OPS["sum"] or not nodes.has_defaults(tree, OPS["sum"]):
        return tree
    inside = nodes.terms_of(tree.args[0], sympy.Mul)
    turned = [x for x in inside if row_of(x) is TRANSPOSE]
    if len(inside) != 2 or len(turned) != 1 or facts.rank(tree.args[0]) != 2:
        return tree
    (other,) = [x for x in inside if x is not turned[0]]
    return made("trace", matmul(turned[0].args[0], other))


@dataclass(frozen=True, slots=True)
class _Letters:
    """A row's node with letters for its operands: the row's own names of them, which no user can type.

    symbols: of the operands that may move, as ``operands_of`` has them; all: of all tensors, None where left out
    places:  where each of the first stands among the second; shapes: of the letters and of their differentials
    tensors: the node's own, None where left out; operands: those that may move
    """

    node: Tree
    symbols: tuple[Tree, ...]
    all: tuple[Tree | None, ...]
    places: tuple[int, ...]
    shapes: Mapping[str, Shape]
    operands: tuple[Tree, ...]
    tensors: tuple[Tree | None, ...]

    @classmethod
    def of(cls, node: Tree, op: Op, facts: Facts) -> _Letters:
        tensors = list(node.args) if isinstance(node, sympy.Pow) else nodes.arguments_of(node, op)[0]
        named = rules.operands_of(op, len(tensors))
        places = tuple(k for k, (x, (_, p)) in enumerate(zip(tensors, named, strict=True))
                       if x is not None and p.kind != CONDITION)  # fmt: skip
        letters = [None if x is None else symbol(f"{OPEN}{name}") for x, (name, _) in zip(tensors, named, strict=True)]
        operands = tuple(tensors[k] for k in places)
        shapes: dict[str, Shape] = {}
        for k in places:
            name, shape = named[k][0], facts.shape(tensors[k])
            shapes |= {f"{OPEN}{name}": shape, f"{OPEN}d{name}": shape}
        own = tuple(letters[k] for k in places)
        return cls(node, own, tuple(letters), places, shapes, operands, tuple(tensors))

    def moved(self, k: int) -> Tree:
        """The letter of an operand's differential."""
        return symbol(f"{OPEN}d{self.symbols[k].name.removeprefix(OPEN)}")

    def whole(self, put: Moving) -> Tree:
        """The node in letters, of which some are replaced; what does not move, such as a condition, is as it was."""
        numbers = {place: k for k, place in enumerate(self.places)}
        given = [
            (x if at not in numbers else put.get(numbers[at], self.symbols[numbers[at]]))
            for at, x in enumerate(self.tensors)
            if x is not None
        ]
        constants = self.node.args[len(given) :]
        return self.node.func(*given, *constants, evaluate=False)

    def put_in(self, tree: Tree, moving: Moving) -> Tree:
        """The formula with the operands in the place of their letters."""
        put = dict(zip(self.symbols, self.operands, strict=True)) | {self.moved(k): x for k, x in moving.items()}
        return rebuilt(tree, lambda one: put.get(one, one))

    def text(self, tree: Tree) -> str:
        """The rule in the row's own names."""
        arranged = Arranging(Facts(self.shapes)).of(tree)
        sides = (write(rebuilt(side, _plain)) for side in (self.whole({}), arranged))
        return "d({}) = {}".format(*sides)


def _plain(tree: Tree) -> Tree:
    """A letter under the row's name of it; a condition is q."""
    if nodes.is_condition(tree):
        return symbol("q")
    return symbol(tree.name.removeprefix(OPEN)) if tree.is_Symbol else tree


def _zero(shape: Shape) -> Tree:
    return nodes.make(OPS["zeros"], [], (shape,)) if shape else ZERO


def _is_linear(op: Op, moved: Moving) -> bool:
    return op.moves or op.linear in {"jointly", "each"} or (op.linear == "first" and set(moved) == {0})


def _times(*factors: Tree) -> Tree:
    flat = [part for factor in factors for part in nodes.terms_of(factor, sympy.Mul)]
    return nodes.multiply(*flat) if len(flat) > 1 else flat[0]


def _is_below(tree: Tree) -> bool:
    return isinstance(tree, sympy.Pow) and bool(tree.args[1].is_Rational and tree.args[1] < 0)


def _inverse(tree: Tree) -> Tree:
    """What is divided by: y of 1/y, y**2 of y**(-2)."""
    base, exponent = tree.args
    return base if exponent == -1 else nodes.power(base, -exponent)
