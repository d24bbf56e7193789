"""The order of contractions: chains of matrix products and einsums, the cheapest way first (Matrix chain ordering, by
dynamic programming; einsums by numpy's planner, which is opt_einsum's)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradcli.base.errors import ExpressionError
from gradcli.language.nodes import Size, Tree, arguments_of, make, multiply, row_of
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import output_shape
from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.table import OPS

TYPICAL = 1000  # what a letter's size is taken for
MOST_COMPARED, MEMORY = 6, 10**18  # operands of which all orders are compared; entries of a step, as good as any number


def ordered(tree: Tree, shapes: Mapping[str, Shape]) -> Tree:
    """The same value by less work: ``A @ B @ x`` as ``A @ (B @ x)``, ``X.T @ diag(s)`` as ``X.T * s``."""
    if not tree.args or (row_of(tree) is None and not (tree.is_Add or tree.is_Mul or tree.is_Pow)):
        return tree
    op = row_of(tree)
    if op is not None and op.differentiates:
        return tree
    changed = [ordered(arg, shapes) for arg in tree.args]
    same = all(a is b for a, b in zip(changed, tree.args, strict=True))
    node = tree if same else tree.func(*changed, evaluate=False)
    if op is OPS["matmul"]:
        return _chain(node, shapes)
    return _paired(node, shapes) if op is OPS["einsum"] else node


# -- chains of matrix products


def _chain(node: Tree, shapes: Mapping[str, Shape]) -> Tree:
    factors = _factors(node, shapes)
    if any(_diagonal(factor, shapes) for factor in factors):
        factors = _scaled(factors, shapes)
    elif len(factors) < 3:
        return node
    sizes = [_shape(factor, shapes) for factor in factors]
    if any(len(size) not in (1, 2) for size in sizes):
        return node
    bounds = [1 if len(sizes[0]) == 1 else _typical(sizes[0][0]), *(_typical(size[-1]) for size in sizes)]
    if len(sizes[-1]) == 1:
        bounds[-2:] = [_typical(sizes[-1][0]), 1]
    return _product(factors, 0, len(factors) - 1, _splits(bounds))


def _diagonal(tree: Tree, shapes: Mapping[str, Shape]) -> Tree | None:
    """s where the tree is ``diag(s)``, a matrix."""
    if row_of(tree) is not OPS["diag"] or arguments_of(tree, OPS["diag"])[1] != (0,):
        return None
    return tree.args[0] if len(_shape(tree, shapes)) == 2 else None


def _scaled(factors: Sequence[Tree], shapes: Mapping[str, Shape]) -> list[Tree]:
    """Diagonal matrices multiplied into the factor beside them: columns or rows times numbers."""
    done: list[Tree] = []
    rest = list(factors)
    while rest:
        factor = rest.pop(0)
        scale = _diagonal(factor, shapes)
        if scale is None:
            done.append(factor)
        elif rest and len(_shape(rest[0], shapes)) == 1:
            rest[0] = multiply(scale, rest[0])
        elif done:
            done[-1] = multiply(done[-1], scale)
        elif rest:
            rest[0] = multiply(make(OPS["unsqueeze"], [scale], (1,)), rest[0])
        else:
            done.append(factor)
    return done


def _splits(bounds: Sequence[int]) -> dict[tuple[int, int], int]:
    """Of each run of factors i..k, where it is best cut in two: factor j is bounds[j] by bounds[j + 1]."""
    count = len(bounds) - 1
    cost: dict[tuple[int, int], int] = {(i, i): 0 for i in range(count)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for i in range(count - length):
            k = i + length
            ways = [(cost[i, j] + cost[j + 1, k] + bounds[i] * bounds[j + 1] * bounds[k + 1], -j) for j in range(i, k)]
            cost[i, k], at = min(ways)
            split[i, k] = -at
    return split


def _product(factors: Sequence[Tree], i: int, k: int, split: Mapping[tuple[int, int], int]) -> Tree:
    if i == k:
        return factors[i]
    at = split[i, k]
    return make(OPS["matmul"], [_product(factors, i, at, split), _product(factors, at + 1, k, split)])


def _factors(node: Tree, shapes: Mapping[str, Shape]) -> list[Tree]:
    """The factors of a product of products. A vector inside of a chain ends it: what stands there is a number."""
    if row_of(node) is not OPS["matmul"]:
        return [node]
    left, right = (_factors(part, shapes) for part in node.args)
    if len(left) > 1 and len(_shape(left[-1], shapes)) != 2:
        left = [node.args[0]]
    if len(right) > 1 and len(_shape(right[0], shapes)) != 2:
        right = [node.args[1]]
    return [*left, *right]


def _shape(tree: Tree, shapes: Mapping[str, Shape]) -> Shape:
    return output_shape(compile_tree(tree), shapes)


def _typical(size: int) -> int:
    return TYPICAL if isinstance(size, Size) else int(size)


# -- einsums


def _paired(node: Tree, shapes: Mapping[str, Shape]) -> Tree:
    """An einsum of many as einsums of two, the least work in all."""
    tensors, (spec,) = arguments_of(node, OPS["einsum"])
    operands = [tensor for tensor in tensors if tensor is not None]
    if len(operands) < 3 or "." in spec or "->" not in spec:
        return node
    left, _, out = spec.replace(" ", "").partition("->")
    parts = list(zip(left.split(","), operands, strict=True))
    try:
        sizes = [tuple(map(_typical, _shape(tree, shapes))) for tree in operands]
    except (ExpressionError, ShapeMismatch):
        return node
    nothing = [np.broadcast_to(0.0, size) for size in sizes]  # of no memory
    planner = "optimal" if len(operands) <= MOST_COMPARED else "greedy"
    _, *path = np.einsum_path(spec, *nothing, optimize=(planner, MEMORY))[0]
    for at in path[:-1]:
        kept = _kept(parts, at, out)
        terms = [parts[i] for i in at]
        step = make(OPS["einsum"], [tree for _, tree in terms], (f"{','.join(text for text, _ in terms)}->{kept}",))
        parts = [*(part for i, part in enumerate(parts) if i not in at), (kept, step)]
    left = ",".join(text for text, _ in parts)
    return make(OPS["einsum"], [tree for _, tree in parts], (f"{left}->{out}",))


def _kept(parts: Sequence[tuple[str, Tree]], pair: Sequence[int], out: str) -> str:
    """The letters of some operands that the others or the result still need."""
    rest = {*out, *(letter for i, (text, _) in enumerate(parts) if i not in pair for letter in text)}
    return "".join(dict.fromkeys(letter for i in pair for letter in parts[i][0] if letter in rest))
