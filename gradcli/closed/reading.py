"""The arithmetic of index form: rows' sympy meanings run unchanged on arrays whose axes are indices of any size.

What a meaning asks for that is not known here (a loop over an axis, a branch, an order of entries) is refused with the
reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed import indexed, matrices, named, products
from gradcli.closed.elementwise import Elementwise
from gradcli.closed.indexed import Indexed, lift, refused
from gradcli.closed.laws import kronecker
from gradcli.closed.sizes import Extent, letter
from gradcli.closed.terms import Index, Kind, Sum, Term, atom, kept
from gradcli.language.nodes import Size as NamedSize
from gradcli.language.nodes import Tree
from gradcli.language.parse import parse
from gradcli.meaning.program import Program, Step, run
from gradcli.operations import shape_rules
from gradcli.operations.row import Op

MAX_POWER = 8  # of a matrix, that is written out
LARGEST_LITERAL = 2**31  # sizes beyond stand for letters


class Reading(Elementwise):
    """Scalars and arrays are Indexed: that is what Any means here, where the class above has numpy's type."""

    ideal = True

    def scalar(self, tree: Any) -> Any:  # Any: Indexed  # Any: a number leaf, or a Python number
        if not isinstance(tree, sympy.Basic):
            return lift(tree)
        if tree.is_Rational:
            return lift(int(tree.p) if tree.is_Integer else Fraction(int(tree.p), int(tree.q)))
        if tree is sympy.pi:
            return self.pi
        if tree is sympy.E:
            return self.exp(lift(1))
        raise refused(f"the number {tree}")

    def number(self, tree: Any) -> Any:  # Any: as above
        return kept(("number", tree), lambda: self.scalar(tree))

    @property
    def pi(self) -> Any:
        return Indexed((), [Term(1, {(atom(Kind.CONSTANT, "pi"), ()): 1})])

    def constant(self, value: Any) -> Any:  # Any: see nodes.Static
        """Sizes become polynomials in letters."""
        if isinstance(value, NamedSize):
            return _extent(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LARGEST_LITERAL:
            raise refused("a size that large")
        if isinstance(value, slice):
            return slice(self.constant(value.start), self.constant(value.stop), self.constant(value.step))
        return tuple(self.constant(part) for part in value) if isinstance(value, tuple) else value

    def apply(self, step: Step, arguments: list[Any]) -> Any:  # Any: Indexed, or None
        """What a claim repeats of its function is read once. The operands are kept as well, so that none takes the
        place of another in memory."""
        op = step.op
        assert op is not None
        key = ("step", op.name, *map(id, arguments), repr(step.constants))
        return kept(key, lambda: (self._applied(op, step, arguments), arguments))[0]

    def _applied(self, op: Op, step: Step, arguments: list[Any]) -> Any:  # Any: as above
        constants = [self.constant(value) for value in step.constants]
        try:
            made = lift(self.meaning(op)(self, *arguments, *constants))
        except (TypeError, AttributeError):  # a meaning that asks for numbers
            raise LimitError(f"{op.written} is not read where sizes are letters", kind="unchecked") from None
        except (ValueError, ArithmeticError, LookupError) as error:
            raise LimitError(f"{op.written} is not read for all sizes: {error}", kind="unchecked") from None
        if op.elementwise:
            present = [a for a in arguments if a is not None]
            if present and not indexed.is_spread(made, present):
                return indexed.spread(made, indexed.aligned(*present)[0])
        return made

    def derive(self, step: Step, _arguments: Any, _point: Any) -> Any:  # Any: as above
        raise refused(f"the derivative in {step.tree}")

    # -- whole arrays

    array: Any = staticmethod(lift)  # Any: as above

    def map(self, function: Callable[..., Any], *arrays: Any) -> Any:  # Any: Indexed  # Any: Indexed or numbers
        lifted = [lift(array) for array in arrays]
        return indexed.spread(lift(function(*lifted)), indexed.aligned(*lifted)[0])

    def full(self, shape: Sequence[Extent], value: int) -> Any:  # sizes, not numbers
        return indexed.constant((shape,) if not isinstance(shape, tuple | list) else shape, value)

    def total(self, entries: Sequence[Any]) -> Any:  # Any: Indexed  # Any: Indexed
        return sum(entries, lift(0))

    def product(self, entries: Sequence[Any]) -> Any:  # Any: Indexed  # Any: Indexed
        out = lift(1)
        for entry in entries:
            out = out * entry
        return out

    def reduce(self, x: Any, dim: Any, keepdim: bool, combine: Any) -> Any:  # Any: see scalars
        """Sums over any axes; anything else over axes of known sizes, written out."""
        x = lift(x)
        axes = shape_rules.axes_of(x.shape, dim)
        if combine == self.total:
            return indexed.summed(x, axes, keepdim)
        sizes = [x.shape[axis] for axis in axes]
        count = shape_rules.size(tuple(sizes))
        if not isinstance(count, int) or count > indexed.MAX_UNROLLED:
            raise refused("a product or an extremum over an axis")
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        moved = indexed.permuted(x, [*axes, *kept])
        entries = (
            list(indexed.reshaped(moved, [count, *(x.shape[axis] for axis in kept)])) if len(axes) > 1 else list(moved)
        )
        made = lift(combine(entries))
        return made.reshape(shape_rules.reduce(x.shape, dim, keepdim)) if keepdim else made

    def sum(self, x: Any, dim: Any = None, keepdim: bool = False) -> Any:  # Any: as above
        return self.reduce(x, dim, keepdim, self.total)

    def mean(self, x: Any, dim: Any = None, keepdim: bool = False) -> Any:  # Any: as above
        x = lift(x)
        count: Extent = 1
        for axis in shape_rules.axes_of(x.shape, dim):
            count = count * x.shape[axis]
        return self.sum(x, dim, keepdim) / count

    def softmax(self, x: Any, dim: int) -> Any:  # Any: as above
        x = lift(x)
        e = self.exp(x)
        return e / self.sum(e, dim, True) if x.ndim else lift(1)

    def matmul(self, a: Any, b: Any) -> Any:  # Any: as above
        return products.matmul(a, b)

    def einsum(self, spec: str, operands: Sequence[Any]) -> Any:  # Any: as above
        return products.einsum(spec, operands)

    def inv(self, a: Any) -> Any:  # Indexed, not entries
        return self.matrices(lambda m: Indexed(m.axes, kronecker.inverse(m.terms, *m.axes)), a)

    def det(self, a: Any) -> Any:  # as above
        return self.matrices(lambda m: Indexed((), kronecker.determinant(m.terms, *m.axes)), a)

    def expm(self, a: Any) -> Any:
        return Indexed(a.axes, matrices.exponential(a.terms, *_ends(a)))

    def matrices(self, function: Callable[[Any], Any], a: Any) -> Any:  # Any: Indexed
        if a.ndim != 2:
            raise refused("a batch of matrices")
        return function(a)

    def matrix_power(self, a: Any, n: int) -> Any:  # Any: Indexed
        """Written out, so that equal products meet."""
        if not isinstance(n, int) or abs(n) > MAX_POWER:
            raise refused(f"a matrix to the power {n}")
        base, out = (self.inv(a) if n < 0 else a), self.eye(*a.shape)
        for _ in range(abs(n)):
            out = products.matmul(out, base)
        return out

    def eye(self, n: Any, m: Any) -> Any:  # Any: sizes -> Indexed
        return products.identity(n, m)

    def trace(self, a: Any) -> Any:  # Any: Indexed
        return self.sum(products.diagonal(a))

    def on_diagonal(self, x: Any, offset: int) -> Any:  # Any: Indexed
        if offset:
            raise refused("another diagonal")
        return products.on_diagonal(x)

    def triangle(self, x: Any, keep: Any) -> Any:  # Any: as in scalars  # noqa: ARG002 - the protocol's signature
        raise refused("a triangle of a matrix")

    def grid(self, start: Any, step: Any, count: int) -> Any:  # Any: numbers  # noqa: ARG002 - as above
        raise refused("a range of numbers")

    def running(self, x: Any, dim: Any, combine: Any) -> Any:  # Any: as in scalars  # noqa: ARG002 - as above
        raise refused("a running sum or product")

    def cross(self, x: Any, y: Any) -> Any:  # Any: Indexed
        parts = [
            x[..., (i + 1) % 3] * y[..., (i + 2) % 3] - x[..., (i + 2) % 3] * y[..., (i + 1) % 3] for i in range(3)
        ]
        return indexed.stacked(parts, -1)


READING = Reading()


def _ends(a: Indexed) -> tuple[Index, Index]:
    """The indices of a matrix; of one of a single row there are none to speak of."""
    if a.ndim != 2 or any(len(axis) != 1 for axis in a.axes):
        raise refused("a matrix of one row, or of a product of sizes,")
    return a.axes[0][0], a.axes[1][0]


def _extent(value: NamedSize) -> Extent:
    """``n*m - 1``, as it is written, as a polynomial."""

    def look() -> Extent:
        return _polynomial(parse(value.name).tree)

    found: Extent = kept(("extent", value.name), look)
    return found


def _polynomial(tree: Tree) -> Extent:
    if tree.is_Integer:
        return int(tree)
    if tree.is_Symbol:
        return letter(tree.name)
    if tree.is_Pow and tree.args[1].is_Integer and 0 < int(tree.args[1]) < 5:
        tree = sympy.Mul(*[tree.args[0]] * int(tree.args[1]), evaluate=False)
    if not (tree.is_Add or tree.is_Mul):
        raise refused(f"the size {tree}")
    parts = [_polynomial(part) for part in tree.args]
    out = parts[0]
    for part in parts[1:]:
        out = out + part if tree.is_Add else out * part
    return out


def read(program: Program, values: Mapping[str, Any]) -> Indexed:  # Any: Indexed
    """The program's result in index form. Errors: LimitError for what is not read."""
    return lift(run(program, READING, values))


def slope_of(label: str, k: int, operands: Sequence[Sum], ports: Sequence[Index]) -> Sum:
    """The derivative of a function in its k-th operand, at these operands. Errors: LimitError where it has none."""
    axes = tuple((port,) for port in ports)
    names = (symbol.name for symbol in named.symbols(len(operands)))
    values = {name: Indexed(axes, terms) for name, terms in zip(names, operands, strict=True)}
    return indexed.spread(Indexed(axes, []) + read(named.slope_program(label, k), values), axes).terms
