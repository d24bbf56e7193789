"""Operations of the rules as people write them: broadcasting for ``spread``, sums over axes for ``sum_to``, and ``pad``
for ``put_back``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import sympy

from gradcli.base.errors import GradcliError
from gradcli.closed.notation.factors import made, rebuilt, transposed
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.operations.shape_rules import ShapeMismatch, axes_of
from gradcli.operations.table import OPS


def has_helpers(tree: Tree) -> bool:
    """Has it an operation that rules have, and no people?"""
    return any(row is not None and row.helper for row in map(nodes.row_of, sympy.preorder_traversal(tree)))


def has_identities(tree: Tree) -> bool:
    """Has it an operation of the identity, ``cumsum(eye(n))``, or entries of it, ``where(i == arange(n), 1, 0)``, in
    whose place a product with it could be written?"""
    return any(_is_of_identity(part) or _has_places(part) for part in sympy.preorder_traversal(tree))


def _has_places(tree: Tree) -> bool:
    return nodes.row_of(tree) is OPS["where"] and any(
        nodes.row_of(part) is OPS["arange"] for part in sympy.preorder_traversal(tree.args[0])
    )


def _is_of_identity(tree: Tree) -> bool:
    """A unit vector ``eye(n)[0]`` is none such."""
    op = nodes.row_of(tree)
    if op is None or not op.product or nodes.row_of(tree.args[0]) not in (OPS["eye"], OPS["ones"]):
        return False
    return op is not OPS["index"] or not all(isinstance(k, int) for k in nodes.arguments_of(tree, op)[1][0])


def in_words(tree: Tree, facts: Facts) -> Tree:
    """The formula with as few operations of rules as there can be."""
    return rebuilt(tree, lambda one: _of_one(one, facts))


def _of_one(tree: Tree, facts: Facts) -> Tree:
    op = nodes.row_of(tree)
    if not tree.args or isinstance(tree, nodes.Static):
        return tree
    with suppress(ShapeMismatch, GradcliError, TypeError, ValueError):
        if op is None or op.elementwise:
            return _broadcast(tree, facts)
        write = _WORDS.get(op.name)
        if write is not None:
            tensors, constants = nodes.arguments_of(tree, op)
            found = write(tensors, constants, facts)
            if found is not None and facts.shape(found) == facts.shape(tree):
                return found
    return tree


def _broadcast(tree: Tree, facts: Facts) -> Tree:
    """An elementwise operation whose operands are repeated by its own broadcasting, where that gives its shape."""
    for part in _repeated(tree):
        (x, like), (dim, keepdim) = nodes.arguments_of(part, OPS["spread"])
        assert x is not None
        assert like is not None
        plain = (
            x if keepdim or not facts.rank(x) else _with_axes(x, axes_of(facts.shape(like), dim), facts, broadcast=True)
        )
        other = rebuilt(tree, lambda one, part=part, plain=plain: plain if one == part else one)  # type: ignore[misc]
        if facts.shape(other) == facts.shape(tree):
            return _broadcast(other, facts)
    return tree


def _repeated(tree: Tree) -> Iterator[Tree]:
    """What is repeated within an elementwise formula."""
    for part in tree.args:
        op = nodes.row_of(part)
        if op is OPS["spread"]:
            yield part
        elif op is None or op.elementwise:
            yield from _repeated(part)


def _with_axes(x: Tree, axes: Any, facts: Facts, *, broadcast: bool = False) -> Tree:  # Any: see axes_of
    """With these axes of size 1 put in; where it is ``broadcast``, those alone that this does not put in itself."""
    rank = facts.rank(x) + len(axes)
    entries = tuple(None if axis in axes else slice(None) for axis in range(rank))
    first = next((k for k, entry in enumerate(entries) if entry is not None), rank)
    entries = entries[first:] if broadcast else entries
    while entries and isinstance(entries[-1], slice):
        entries = entries[:-1]
    return made("index", x, constants=(entries,)) if entries else x


def _summed(
    tensors: list[Tree | None], _constants: Any, facts: Facts
) -> Tree | None:  # Any: of the node, here and below
    """``sum_to`` as a sum over the axes that are not there, then over those of size 1."""
    x, like = tensors
    assert x is not None
    assert like is not None
    before, after = facts.shape(x), facts.shape(like)
    if before == after:
        return x
    if not after:
        return made("sum", x)
    gone = tuple(range(len(before) - len(after)))
    ones = tuple(k for k, n in enumerate(after) if n == 1 != before[k + len(gone)])
    if gone:
        x = made("sum", x, constants=(gone if len(gone) > 1 else gone[0], False))
    return made("sum", x, constants=(ones if len(ones) > 1 else ones[0], True)) if ones else x


def _padded(tensors: list[Tree | None], constants: Any, facts: Facts) -> Tree | None:  # Any: as above
    """``put_back`` as zeros before and after, where all entries are runs that are counted from an end of the axis."""
    y, x = tensors
    assert y is not None
    assert x is not None
    (entries,) = constants
    widths: list[int] = []
    for entry, size in zip(entries, facts.shape(x), strict=False):
        if isinstance(entry, int):
            widths = [*((entry, size - 1 - entry) if entry >= 0 else (size + entry, -1 - entry)), *widths]
            continue
        if not isinstance(entry, slice) or entry.step not in (None, 1):
            return None
        start, stop = entry.start or 0, 0 if entry.stop is None else -entry.stop
        if start < 0 or stop < 0:
            return None
        widths = [start, stop, *widths]
    y = _with_axes(y, [k for k, entry in enumerate(entries) if isinstance(entry, int)], facts)
    return made("pad", y, constants=((0, 0) * (facts.rank(x) - len(entries)) + tuple(widths), "constant", 0))


def _of_blocks(tensors: list[Tree | None], _constants: Any, facts: Facts) -> Tree | None:  # Any: as above
    """The corner of ``exp([[A, c*I], [0, A]])`` is ``c*exp(A)``, as the blocks commute; c is 1 here."""
    outer = tensors[0]
    inside = outer.args[0] if outer is not None and nodes.row_of(outer) is OPS["matrix_exp"] else None
    if inside is None or nodes.row_of(inside) is not OPS["block"] or nodes.row_of(inside.args[1]) is not OPS["eye"]:
        return None
    block = inside.args[0]
    turned = made("matrix_exp", transposed(block))
    return transposed(turned) if facts.shape(turned) == facts.shape(block) else None


def _transpose(tensors: list[Tree | None], _constants: Any, facts: Facts) -> Tree | None:  # Any: as above
    (x,) = tensors
    return transposed(x) if x is not None and facts.rank(x) == 2 else None


_WORDS: dict[str, Callable[[list[Tree | None], Any, Facts], Tree | None]] = {
    "sum_to": _summed,
    "put_back": _padded,
    "index": _of_blocks,
    "matrix_transpose": _transpose,
}
