"""The sympy meanings of rows, run on values of templates: sums, products, and what is made of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from gradcli.language.nodes import Tree
from gradcli.meaning.program import Step
from gradcli.meaning.scalars import MOVES
from gradcli.meaning.templates import products
from gradcli.meaning.templates.operations import in_other_places, total
from gradcli.meaning.templates.roots import OF_MANY, Root, with_roots
from gradcli.meaning.templates.template import Untemplated
from gradcli.meaning.templates.values import Known, Value
from gradcli.meaning.torch_meaning import plain_constant
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, axes_of, broadcast, size
from gradcli.operations.table import CONTENTS, OPS

# Any, in this module: what a row's meaning takes and gives, which has no type


def by_meaning(step: Step, arguments: Sequence[Value | Root | None], shape: Shape) -> Value | Root:
    """Errors: Untemplated where the meaning takes entries apart, or is none of formulas."""
    op = step.op
    assert op is not None
    if op.sympy is None or op.random or not callable(op.sympy):
        raise Untemplated(f"{op.written} is no formula of a few entries")
    operands = [None if a is None else Operand(a) for a in arguments]
    constants = [plain_constant(value) for value in step.constants]
    try:
        found = operand(op.sympy(Library(), *operands, *constants)).found
    except (AttributeError, TypeError, ValueError, KeyError, IndexError, NotImplementedError):
        raise Untemplated(f"{op.written} is no formula of a few entries") from None
    assert found.shape == shape
    return found


Method = Callable[[Any, Any], "Operand"]


def _operator(name: str) -> tuple[Method, Method]:
    """One of Python's, with the operand on its left and on its right."""
    return (lambda self, other: called(name, self, other)), (lambda self, other: called(name, other, self))


class Operand:
    """A value with the operators of an array."""

    __array_ufunc__ = None  # numpy leaves the operators to this class

    def __init__(self, found: Value | Root) -> None:
        self.found = found

    @property
    def value(self) -> Value:
        """Errors: Untemplated for a root."""
        if isinstance(self.found, Root):
            raise Untemplated(OF_MANY)
        return self.found

    @property
    def shape(self) -> Shape:
        return self.found.shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return size(self.shape)

    @property
    def T(self) -> Operand:  # noqa: N802 - as numpy writes it
        return moved_operand(lambda _, x: x.T, self)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Operand:
        return moved_operand(lambda _, x: x[index], self)

    __add__, __radd__ = _operator("add")
    __sub__, __rsub__ = _operator("sub")
    __mul__, __rmul__ = _operator("mul")
    __truediv__, __rtruediv__ = _operator("div")
    __pow__, __rpow__ = _operator("pow")

    def __neg__(self) -> Operand:
        return called("neg", self)

    def __bool__(self) -> bool:
        raise TypeError

    def __iter__(self) -> Any:
        raise TypeError

    def reshape(self, *sizes: Any) -> Operand:
        shape = sizes[0] if isinstance(sizes[0], tuple) else sizes
        return moved_operand(lambda _, x: x.reshape(shape), self)


def operand(value: Any) -> Operand:
    """A number, an array of numbers, or what is an operand already."""
    if isinstance(value, Operand):
        return value
    if isinstance(value, np.ndarray | int | float | np.number):
        return Operand(Known(np.asarray(value, dtype=np.float64), truth=False))
    if getattr(value, "is_number", False):  # of sympy's
        return Operand(Known(np.asarray(float(value)), truth=False))
    raise TypeError(value)


def called(name: str, *arguments: Any, constants: tuple[Any, ...] = ()) -> Operand:
    """The row of that name, entry by entry."""
    op, values = OPS[name], [None if a is None else operand(a).found for a in arguments]
    if all(v is None or isinstance(v, Known) for v in values):
        return operand(_of_numbers(op, [v.numbers for v in values if isinstance(v, Known)]))
    shape = broadcast(*(None if v is None else v.shape for v in values))
    return Operand(with_roots(op, values, shape, constants))


def _of_numbers(op: Op, numbers: list[Any]) -> Any:
    """Errors: Untemplated for what is more than arithmetic."""
    if not op.scalars or not callable(op.torch):
        raise Untemplated(f"{op.written} of numbers alone within another operation")
    with np.errstate(all="ignore"):
        return op.torch(np, *numbers)


def moved_operand(move: Callable[..., Any], *arguments: Any) -> Operand:
    """Entries in other places; numbers alone are moved as they are."""
    values = [operand(a).value for a in arguments]
    shape = move(None, *(np.broadcast_to(np.int8(0), v.shape) for v in values)).shape
    known = [v.numbers for v in values if isinstance(v, Known)]
    if len(known) == len(values):
        return Operand(Known(move(None, *known), truth=False))
    return Operand(in_other_places(move, values, shape))


class _Numpy:
    """numpy's functions that move entries, on operands; on arrays they are numpy's own."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)
        return (lambda x, *rest: moved_operand(lambda _, y: function(y, *rest), x)) if name in MOVES else function

    def concatenate(self, parts: Sequence[Any], axis: int = 0) -> Operand:
        return moved_operand(lambda _, *xs: np.concatenate(xs, axis), *parts)

    def stack(self, parts: Sequence[Any], axis: int = 0) -> Operand:
        return moved_operand(lambda _, *xs: np.stack(xs, axis), *parts)

    def where(self, condition: Any, x: Any, y: Any) -> Operand:
        return moved_operand(lambda _, a, b: np.where(condition, a, b), x, y)

    def broadcast_arrays(self, *parts: Any) -> list[Operand]:
        shape = broadcast(*(operand(part).shape for part in parts))
        return [moved_operand(lambda _, x: np.broadcast_to(x, shape), part) for part in parts]


class Library:
    """What the rows' meanings call. Errors: AttributeError for what takes more than formulas."""

    np = _Numpy()
    ideal = False

    def __getattr__(self, name: str) -> Any:
        """A function by sympy's name, or by that of a row of its own."""
        row = CONTENTS.classes.get(name, name)
        if row not in CONTENTS.rows or not OPS[row].elementwise:
            raise AttributeError(name)
        return lambda *arguments: called(row, *arguments)

    def Max(self, *entries: Any) -> Any:  # noqa: N802 - sympy's name
        return reduce(lambda a, b: called("maximum", a, b), entries)

    def Min(self, *entries: Any) -> Any:  # noqa: N802 - sympy's name
        return reduce(lambda a, b: called("minimum", a, b), entries)

    def scalar(self, tree: Tree) -> Any:
        return operand(tree)

    number = array = scalar

    def rational(self, p: int, q: int) -> Any:
        return operand(p / q)

    def map(self, function: Callable[..., Any], *arrays: Any) -> Operand:
        return operand(function(*map(operand, arrays)))

    def total(self, entries: Sequence[Any]) -> Any:
        return sum(entries[1:], entries[0]) if entries else operand(0)

    def sum(self, x: Any, dim: Any = None, keepdim: bool = False) -> Operand:
        return Operand(total(operand(x).value, dim, keepdim))

    def mean(self, x: Any, dim: Any = None, keepdim: bool = False) -> Operand:
        x = operand(x)
        count = size(tuple(x.shape[axis] for axis in axes_of(x.shape, dim)))
        return self.sum(x, dim, keepdim) / count

    def matmul(self, a: Any, b: Any) -> Operand:
        return Operand(products.matmul(operand(a).value, operand(b).value))

    def einsum(self, spec: str, operands: Sequence[Any]) -> Operand:
        return Operand(products.einsum(spec, [operand(x).value for x in operands]))

    def trace(self, a: Any) -> Operand:
        return self.sum(self.np.diagonal(a))

    def cross(self, x: Any, y: Any) -> Operand:
        x, y = self.np.broadcast_arrays(x, y)
        parts = [
            x[..., (i + 1) % 3] * y[..., (i + 2) % 3] - x[..., (i + 2) % 3] * y[..., (i + 1) % 3] for i in range(3)
        ]
        return self.np.stack(parts, -1)

    def log1pexp(self, x: Any) -> Operand:
        """Without overflow."""
        return -called("logsigmoid", -operand(x))

    def logsumexp(self, x: Any, dim: Any = None, keepdim: bool = False) -> Operand:
        return called("log", self.sum(called("exp", x), dim, keepdim))

    def reduce(self, x: Any, dim: Any, keepdim: bool, combine: Callable[[Sequence[Any]], Any]) -> Operand:
        """Few entries at a time. Errors: Untemplated for many."""

        def combined(parts: list[Value]) -> Value:
            return operand(combine([*map(Operand, parts)])).value

        return Operand(products.reduced(operand(x).value, dim, keepdim, combined))
