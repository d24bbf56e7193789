"""How the axes of a derivative are arranged, where that is not torch's order: in numerator or denominator layout, with
the columns of matrices stacked, with the entries of a symmetric matrix moving together.

All of it is put into an ordinary question: a claim in a layout, or about vec(X), is brought back to torch's order; for
entries that move together S is read as ``S + S.T - diag(diag(S))``, of which each entry moves by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from string import ascii_lowercase
from typing import Any, TypeVar

import numpy as np
import sympy

from gradcli.base.errors import UsageError
from gradcli.base.wording import either, option
from gradcli.closed.notation.factors import made, matmul, transposed
from gradcli.closed.notation.names import without_names
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.language.parse import Expression, parse, parse_condition
from gradcli.language.write import write
from gradcli.operations.shape_rules import Shape, shape_text
from gradcli.operations.table import OPS

Array = TypeVar("Array", bound=np.ndarray[Any, Any])  # Any: of numbers, texts or trees
LAYOUTS = NUMERATOR, DENOMINATOR = "numerator", "denominator"


@dataclass(frozen=True, slots=True)
class Plan:
    """The way from torch's order: its axes in another order, then side by side ones as one.

    blocks: the axes of the output and of each variable, in torch's order
    order:  of all axes; groups: how many of these make each axis
    """

    blocks: tuple[Shape, ...]
    order: tuple[int, ...]
    groups: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        """In torch's order."""
        return tuple(size for block in self.blocks for size in block)

    @property
    def turned(self) -> bool:
        """Do rows and columns change places?"""
        return len(self.groups) == 2 and self.order[0] >= len(self.filled[0])

    @property
    def filled(self) -> list[Shape]:
        """The blocks that have axes."""
        return [block for block in self.blocks if block]

    @property
    def is_stacked(self) -> bool:
        """Is it a matrix that has columns of a matrix at an axis?"""
        return self.merges and len(self.groups) == 2 and len(self.shape) > 2

    @property
    def same(self) -> bool:
        """Is it torch's order itself?"""
        return self.order == tuple(range(len(self.shape))) and not self.merges

    @property
    def merges(self) -> bool:
        return any(count != 1 for count in self.groups)

    @property
    def moved(self) -> Shape:
        """The shape after the axes have changed places."""
        return tuple(self.shape[axis] for axis in self.order)

    @property
    def arranged(self) -> Shape:
        """The shape that comes out."""
        left = iter(self.order)
        groups = [sorted(next(left) for _ in range(count)) for count in self.groups]
        return tuple(nodes.count([self.shape[axis] for axis in group]) for group in groups)

    def tree(self, derivative: Tree, turned: Callable[[Tree], Tree] = transposed) -> Tree:
        """The formula of the derivative, arranged; ``turned`` makes the transpose of a matrix."""
        if self.order == (1, 0) and not self.merges:
            return turned(derivative)
        moved = _permuted(derivative, self.order)
        if not self.merges:
            return moved
        if len(self.shape) == 2:
            return made("vec", derivative)
        return made("reshape", moved, constants=(self.arranged,))

    def back(self, claim: Tree) -> Tree:
        """An arranged formula in torch's order."""
        split = made("reshape", claim, constants=(self.moved,)) if self.merges else claim
        return _permuted(split, tuple(map(int, np.argsort(self.order))))

    def place(self, place: tuple[int, ...]) -> tuple[int, ...]:
        """Where an entry is, of a derivative in torch's order."""
        marks = np.zeros(tuple(map(int, self.shape)))
        marks[place] = 1
        arranged = self.array(marks)
        return tuple(map(int, np.unravel_index(arranged.argmax(), arranged.shape)))

    def array(self, derivative: Array) -> Array:
        """The same of an array of any entries."""
        moved = np.transpose(derivative, self.order)
        left = iter(moved.shape)
        return moved.reshape([prod([next(left) for _ in range(count)]) for count in self.groups])  # type: ignore[return-value]


def _permuted(tree: Tree, order: tuple[int, ...]) -> Tree:
    if order == tuple(range(len(order))):
        return tree
    if order == (1, 0):
        return made("transpose", tree)
    return made("permute", tree, constants=(order,))


@dataclass(frozen=True, slots=True)
class Arrangement:
    """layout: numerator or denominator; empty for torch's order
    vec:    a matrix counts as the vector of its columns, one below the other
    joint:  symmetric matrices whose equal entries move together
    """

    layout: str = ""
    vec: bool = False
    joint: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.layout or self.vec or self.joint)

    def __str__(self) -> str:
        """In words: ``numerator layout, of vec(X)``."""
        together = f"entries of {', '.join(self.joint)} move together" if self.joint else ""
        layout = f"{self.layout} layout" if self.layout else ""
        return ", ".join(filter(None, (layout, "columns of matrices stacked" if self.vec else "", together)))

    def shown(self, name: str, value: Any) -> Any:  # Any: an array of numbers
        """A matrix whose entries move by themselves, as the symmetric one that it stands for."""
        return value + value.T - np.diag(np.diag(value)) if name in self.joint else value

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        """What is not torch's own order, by the options' names."""
        return (
            ({"layout": self.layout} if self.layout else {})
            | ({"vec": True} if self.vec else {})
            | ({"symmetric": "joint"} if self.joint else {})
        )

    def plan(self, output: Shape, variables: Sequence[Shape]) -> Plan:
        """Of a derivative with these axes. Errors: UsageError for what has no such layout."""
        blocks, first, at = [tuple(output), *map(tuple, variables)], list[list[int]](), 0
        for block in blocks:
            first.append(list(range(at, at + len(block))))
            at += len(block)
        if self.vec:
            groups = [_stacked(axes, block) for axes, block in zip(first, blocks, strict=True)]
        elif self.layout:
            groups = _as_matrix(blocks, first, self.layout)
        else:
            groups = [[axis] for axes in first for axis in axes]
        groups = [group for group in groups if group]
        if self.vec and self.layout == DENOMINATOR:
            groups = groups[::-1]
        return Plan(tuple(blocks), tuple(axis for group in groups for axis in group), tuple(map(len, groups)))

    # -- equal entries that move together

    def freed(self, expression: Expression, sizes: Mapping[str, int], bound: Sequence[str]) -> Expression:
        """The expression in a matrix of which each entry moves by itself."""
        return self._freed(expression, sizes, bound, parse)

    def premises(
        self, conditions: Sequence[Expression], sizes: Mapping[str, int], bound: Sequence[str]
    ) -> tuple[Expression, ...]:
        """The conditions on that matrix, without what then holds of itself."""
        own = {f"{name} == {name}.T" for name in self.joint}
        left = (condition for condition in conditions if condition.source not in own)
        return tuple(self._freed(condition, sizes, bound, parse_condition) for condition in left)

    def _freed(
        self, expression: Expression, sizes: Mapping[str, int], bound: Sequence[str], read: Callable[..., Expression]
    ) -> Expression:
        names = [name for name in self.joint if name in expression.names]
        if not names:
            return expression
        freed = without_names(expression.tree, {name: _mirrored(symbol(name)) for name in names})
        return reread(freed, expression, sizes, bound, read)


PLAIN = Arrangement()


def reread(
    tree: Tree,
    like: Expression,
    sizes: Mapping[str, int],
    bound: Sequence[str],
    read: Callable[..., Expression] = parse,
) -> Expression:
    """The tree as an expression of its own, or as a condition, which can be read again at other sizes."""
    return read(write(tree), bound=tuple({*like.names, *bound} - sizes.keys()), sizes=sizes)


@dataclass(frozen=True, slots=True)
class Together:
    """From the derivative by entries that move by themselves to that by entries that move together.

    output: number of its axes; joint: of which variables; variables: their shapes, in letters
    """

    output: int
    joint: tuple[bool, ...]
    variables: tuple[Shape, ...]

    def tree(self, derivative: Tree, turned: Callable[[Tree], Tree] = transposed) -> Tree:
        """In torch's order of axes; ``turned`` makes the transpose of a matrix."""
        at, rank = self.output, self.output + sum(map(len, self.variables))
        for joint, shape in zip(self.joint, self.variables, strict=True):
            if joint:
                derivative = (
                    _mirrored(derivative, turned) if rank == 2 else _mirrored_at(derivative, at, rank, shape[0])
                )
            at += len(shape)
        return derivative

    def matrix(self, derivative: Tree) -> Tree:
        """Of vec(F) in vec(S): times the matrix with which vec(M) becomes ``vec(M + M.T - diag(diag(M)))``."""
        *before, (joint, (n, *_)) = zip(self.joint, self.variables, strict=True)
        if joint:
            derivative = matmul(derivative, _mirror(n))
        return matmul(_mirror(before[0][1][0]), derivative) if before and before[0][0] else derivative

    def array(self, derivative: Array) -> Array:
        """The same of numbers."""
        at = self.output
        for joint, shape in zip(self.joint, self.variables, strict=True):
            if joint:
                moved = np.swapaxes(derivative, at, at + 1)
                once = np.eye(shape[0]).reshape(shape + (1,) * (derivative.ndim - at - 2))
                derivative = np.where(once != 0, derivative, derivative + moved)  # type: ignore[assignment]
            at += len(shape)
        return derivative


def _mirror(n: int) -> Tree:
    eye, exchange = made("eye", constants=(nodes.count((n, n)), None)), made("commutation", constants=((n, n),))
    once = made("diag", made("vec", made("eye", constants=(n, None))))
    return nodes.add(eye, exchange, nodes.multiply(sympy.Integer(-1), once))


def _mirrored(tree: Tree, turned: Callable[[Tree], Tree] = transposed) -> Tree:
    """``M + M.T - diag(diag(M))``"""
    diagonal = made("diag", made("diag", tree))
    return nodes.add(tree, turned(tree), nodes.multiply(sympy.Integer(-1), diagonal))


def _mirrored_at(tree: Tree, at: int, rank: int, size: int) -> Tree:
    """The same in two neighbouring axes of several."""
    order = [*range(rank)]
    order[at : at + 2] = at + 1, at
    letters = ascii_lowercase[:rank]
    spec = f"{letters},{letters[at : at + 2]}->{letters}"
    diagonal = nodes.make(OPS["einsum"], [tree, made("eye", constants=(size, None))], (spec,))
    return nodes.add(tree, _permuted(tree, tuple(order)), nodes.multiply(sympy.Integer(-1), diagonal))


# -- which axes make rows and columns


def _stacked(axes: list[int], block: Shape) -> list[int]:
    """The axes of a matrix column by column. Errors: UsageError for an array of more axes."""
    if len(block) > 2:
        raise UsageError(
            f"{either('--vec', 'vec=True')} stacks the columns of a matrix; this has shape {shape_text(block)}"
        )
    return axes[::-1]


def _as_matrix(blocks: Sequence[Shape], axes: Sequence[list[int]], layout: str) -> list[list[int]]:
    """Rows and columns of the derivative. Errors: UsageError where there are more than two."""
    if len(blocks) == 2:
        output, variable = blocks
        if not output or not variable:
            turned = len(output if layout == DENOMINATOR else variable) == 2
            if max(map(len, blocks)) <= 2:
                alone = [[axis] for one in axes for axis in one]
                return alone[::-1] if turned else alone
        elif _is_vector(output) and _is_vector(variable):
            return [*axes[::-1]] if layout == DENOMINATOR else [*axes]
    shapes = " by ".join(map(shape_text, blocks))
    hint = f"{either('--vec', 'vec=True')} makes it a matrix; without {option('layout')} it has torch's axes"
    raise UsageError(f"a derivative of shapes {shapes} has no {layout} layout: it has more than two axes", hint=hint)


def _is_vector(shape: Shape) -> bool:
    """A column vector is one, of one axis or of a second one of size 1."""
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
