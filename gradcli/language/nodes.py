"""The tree: unevaluated sympy expressions, with a sympy Function subclass for each row that sympy lacks.

Nothing here simplifies: the tree is what the user wrote, hazards included. Symbols are real and carry no shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations_with_replacement
from math import prod
from types import SimpleNamespace
from typing import Any, TypeAlias, cast

import sympy

from gradcli.operations.row import INDEX, Op
from gradcli.operations.table import CONTENTS, OPS

Tree: TypeAlias = sympy.Basic


class Static(sympy.Basic):  # type: ignore[misc]  # sympy has no types
    """The constant arguments of a node (dim, keepdim, subscripts, indices) as one leaf that sympy leaves alone."""

    __slots__ = ("key", "value")
    is_commutative = True

    value: tuple[Any, ...]  # Any: ints, Fractions, texts, slices, None, as the row's parameters say

    def __new__(cls, value: tuple[Any, ...]) -> Static:  # Any: as above
        node = cast("Static", sympy.Basic.__new__(cls))
        node.value = value
        node.key = repr(value)
        return node

    def _hashable_content(self) -> tuple[str]:
        return (self.key,)

    def __getnewargs__(self) -> tuple[Any, ...]:  # Any: as above
        return (self.value,)

    def _sympystr(self, _printer: object) -> str:
        return str(self.key)


class Size(int):
    """A size under the letter that a shape gave it: a number where a constant is due, a letter where it is written."""

    name: str

    @classmethod
    def of(cls, name: str, value: int) -> Size:
        made = cls(value)
        made.name = name
        return made

    def __mul__(self, other: object) -> Any:  # Any: a Size, or NotImplemented
        """The number of entries of several axes, under all their letters."""
        if not isinstance(other, int) or isinstance(other, bool):
            return NotImplemented
        number = int(self) * int(other)
        return self if other == 1 else self.of(f"{_factor(self)}*{_factor(other)}", number) if number else number

    def __add__(self, other: object) -> Any:  # Any: as above, here and below
        if not isinstance(other, int) or isinstance(other, bool):
            return NotImplemented
        if other == 0:
            return self
        if other < 0 and not isinstance(other, Size):
            return self - -other
        return self.of(f"{self} + {other}", int(self) + int(other))

    __radd__ = __add__

    def __sub__(self, other: object) -> Any:
        if not isinstance(other, int) or isinstance(other, bool):
            return NotImplemented
        number = int(self) - int(other)
        if other == 0 or not number:
            return self if number else 0
        if other < 0 and not isinstance(other, Size):
            return self + -other
        return self.of(f"{self} - {_factor(other) if '-' in str(other) else other}", number)

    def __rsub__(self, other: object) -> Any:
        if not isinstance(other, int) or isinstance(other, bool):
            return NotImplemented
        return self.of(f"{other} - {_factor(self)}", int(other) - int(self)) if other != self else 0

    def __neg__(self) -> Any:
        return self.of(f"-{_factor(self)}", -int(self))

    __rmul__ = __mul__

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{self.name}={int(self)}"  # nodes of different sizes are different nodes


class WrittenSize(Size):
    """A size in the text of a rule: its letter, also within a list; a sum in parentheses, as it may be divided by."""

    def __str__(self) -> str:
        return f"({self.name})" if " " in self.name else self.name

    __repr__ = __str__


_LARGE, _APART, _PRIME, _FEW = 10**9, 10**4, 127, 8


def stand_ins(letters: Iterable[str]) -> dict[str, int]:
    """Large numbers for the letters of sizes, each once: sums of two are apart, as Erdős and Turán chose them.

    >>> stand_ins("nm")
    {'n': 1000000000, 'm': 1002550000}
    """
    return {name: _LARGE + _APART * (2 * _PRIME * k + k * k % _PRIME) for k, name in enumerate(dict.fromkeys(letters))}


def in_letters(number: int, letters: Mapping[str, int]) -> str:
    """A size that was made of ``stand_ins``, as the sum or the product that it is; another as it is.

    >>> in_letters(2 * stand_ins("n")["n"] - 1, stand_ins("n"))
    '2*n - 1'
    """
    if number < _LARGE // 2:
        return str(number)
    for many in range(1, 5 if len(letters) <= _FEW else 2):
        for names in combinations_with_replacement(letters, many):
            if number == prod(letters[name] for name in names):
                return "*".join(names)
            rest = number - sum(letters[name] for name in names)
            if abs(rest) < _APART // 2:
                terms = [
                    name if names.count(name) == 1 else f"{names.count(name)}*{name}" for name in dict.fromkeys(names)
                ]
                return " + ".join(terms) + (f" {'-' if rest < 0 else '+'} {abs(rest)}" if rest else "")
    return str(number)


def _factor(size: int) -> str:
    """In parentheses where it is a sum."""
    return f"({size})" if set(" +-") & set(str(size)) else str(size)


def count(shape: Iterable[int]) -> int:
    """How many entries a shape has: under letters, where its sizes are."""
    sizes = [size for size in shape if size != 1]
    number = prod(sizes)
    named = any(isinstance(size, Size) for size in sizes)
    return Size.of("*".join(map(_factor, sizes)), number) if named else number


class Sizes(tuple[int, ...]):
    """The shape of an operand, of which a row's own rule takes parts: ``x.shape[0]``."""

    __slots__ = ()


class Inner(str):
    """A name that no user can type: printed like any other, but equal to none that was read."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inner) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class Operation(sympy.Function):  # type: ignore[misc]  # sympy has no types
    """A node whose meaning stands in the row ``op``; tensors first, then one Static if the row has constants."""

    op: Op
    is_commutative = True

    def fdiff(self, argindex: int = 1) -> Tree:
        return sympy.Integer(0) if self.op.flat else super().fdiff(argindex)


class Condition(sympy.logic.boolalg.BooleanFunction):  # type: ignore[misc]  # sympy has no types
    """The same for rows whose value is true or false."""

    op: Op
    is_commutative = True


@cache
def node_class(name: str) -> type[sympy.Basic]:
    """The sympy class that stands for the row ``name`` in a tree."""
    op = OPS[name]
    if op.native:
        return getattr(sympy, op.native)  # type: ignore[no-any-return]
    base = Condition if op.boolean else Operation
    return type(name, (base,), {"op": op, "__module__": __name__})


def make(op: Op, tensors: list[Tree], constants: tuple[Any, ...] = ()) -> Tree:  # Any: see Static
    """The unevaluated node of ``op``; arithmetic becomes sympy's Add, Mul and Pow."""
    if op.tree is not None:
        return op.tree(_UNEVALUATED, *tensors)
    arguments = [*tensors, Static(constants)] if op.constants else tensors
    return node_class(op.name)(*arguments, evaluate=False)


def add(*terms: Tree) -> Tree:
    return sympy.Add(*terms, evaluate=False)


def multiply(*factors: Tree) -> Tree:
    return sympy.Mul(*factors, evaluate=False)


def power(base: Tree, exponent: Tree) -> Tree:
    return sympy.Pow(base, exponent, evaluate=False)


def is_condition(tree: Tree) -> bool:
    """Symbols are no conditions, though sympy has them as such too."""
    return isinstance(tree, sympy.logic.boolalg.Boolean) and not tree.is_Symbol


def terms_of(x: Tree, kind: type[sympy.Basic]) -> tuple[Tree, ...]:
    """The terms of a sum, the factors of a product, else x alone: (a + b) + c is a + b + c, as the parser reads it."""
    return tuple(x.args) if isinstance(x, kind) else (x,)


def negate(x: Tree) -> Tree:
    """``-x``; a number is negated as a number."""
    return -x if x.is_Rational else multiply(sympy.Integer(-1), x)


def inverse(x: Tree) -> Tree:
    return power(x, sympy.Integer(-1))


def root(x: Tree) -> Tree:
    return power(x, sympy.Rational(1, 2))


def _plus(x: Tree, y: Tree) -> Tree:
    return add(*terms_of(x, sympy.Add), y)


def _times(x: Tree, y: Tree) -> Tree:
    return multiply(*terms_of(x, sympy.Mul), y)


# What the rows' ``tree`` is written in.
_UNEVALUATED = SimpleNamespace(plus=_plus, times=_times, negate=negate, inverse=inverse, power=power, root=root)


def parts_of_list(tree: Tree) -> list[Tree]:
    """The entries of ``[a, b]``; of anything else none."""
    op = row_of(tree)
    return list(tree.args[:-1]) if op is not None and op.brackets and has_defaults(tree, op) else []


def is_index(node: Tree) -> bool:
    """Is it ``x[...]``?"""
    op = row_of(node)
    return op is not None and any(param.kind == INDEX for param in op.constants)


def has_defaults(node: Tree, op: Op) -> bool:
    """Are the constants of a node those that the row has where none are given?"""
    return not op.constants or node.args[-1].value == tuple(param.default for param in op.constants)


def number(value: int | Fraction) -> Tree:
    """An exact number as a leaf: 0.1 is 1/10."""
    return sympy.Rational(value.numerator, value.denominator)


def of_constant(value: object) -> Tree | None:
    """A constant argument's node, where it is a number; a size under letters, ``n*m``, is these."""
    if isinstance(value, Size):
        letters = [symbol(name) for name in str(value).split("*")]
        return multiply(*letters) if len(letters) > 1 else letters[0]
    return number(value) if isinstance(value, int | Fraction) and not isinstance(value, bool) else None


@lru_cache(maxsize=1024)
def symbol(name: str) -> Tree:
    return sympy.Symbol(name, real=True)


def row_of(node: Tree) -> Op | None:
    """The row that a node stands for; None for leaves, Add, Mul, Pow, Piecewise and what gradcli does not know."""
    return _row_of_class(node.__class__)


@cache
def _row_of_class(kind: type[Tree]) -> Op | None:
    name = CONTENTS.classes.get(kind.__name__)
    return getattr(kind, "op", None) or (OPS[name] if name else None)


@lru_cache(maxsize=64)
def subtrees(tree: Tree) -> tuple[Tree, ...]:
    """Each distinct subtree once, the tree itself first, from left to right."""
    found: dict[Tree, None] = {}
    stack = [tree]
    while stack:
        part = stack.pop()
        if part not in found:
            found[part] = None
            stack.extend(reversed(part.args))
    return tuple(found)


def conjuncts(condition: Tree) -> list[Tree]:
    """The conditions that hold together where ``a and b and c`` does; a single one by itself."""
    row = row_of(condition)
    if row is not None and row.infix == "and":
        return [part for arg in condition.args for part in conjuncts(arg)]
    return [condition]


def arguments_of(node: Tree, op: Op) -> tuple[list[Tree | None], tuple[Any, ...]]:  # Any: see Static
    """The tensor arguments of a node (None: an optional one left out) and its constants, defaults filled in."""
    tensors: list[Tree | None] = [child for child in node.args if not isinstance(child, Static)]
    constants = node.args[-1].value if node.args and isinstance(node.args[-1], Static) else ()
    if (
        not constants and op.constants and len(tensors) == len(op.params) and not op.params[0].variadic
    ):  # sympy's own, such as polygamma(n, x)
        pairs = list(zip(tensors, op.params, strict=True))
        constants = tuple(_exact(child) for child, param in pairs if not param.is_tensor)
        tensors = [child for child, param in pairs if param.is_tensor]
    elif not constants:
        constants = tuple(param.default for param in op.constants)
    if len(constants) > len(op.constants):
        *kept, present = constants
        given = iter(tensors)
        constants, tensors = tuple(kept), [next(given) if there else None for there in present]
    optional = op.tensors[len(tensors) :]
    if optional and all(param.default is None for param in optional):  # sympy's own, such as zeta(s)
        tensors += [None] * len(optional)
    return tensors, constants


def _exact(number: Tree) -> int | Fraction:
    value = Fraction(str(number))
    return int(value) if value.denominator == 1 else value
