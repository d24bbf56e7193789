"""From a program to its templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.language.nodes import Tree
from gradcli.meaning.moving import moving_steps
from gradcli.meaning.program import Program
from gradcli.meaning.templates.arithmetic import TemplateArithmetic
from gradcli.meaning.templates.formula import Leaf, skeleton
from gradcli.meaning.templates.roots import OF_MANY, Root
from gradcli.meaning.templates.summands import summands
from gradcli.meaning.templates.sums import as_sums
from gradcli.meaning.templates.template import Entries, Slot, Template, Untemplated
from gradcli.meaning.templates.values import Known, Piece, Pieces, Term, Value, joined_leaves
from gradcli.operations.shape_rules import Shape, numbered

Numbers = npt.NDArray[Any]  # Any: floats, or truth values


def templates_of(
    program: Program, shapes: Mapping[str, Shape], wrt: Sequence[str], known: Mapping[int, Numbers], *, order: int
) -> tuple[Template, ...]:
    """The templates of a program; those of which no entry depends on a variable are left out.

    shapes: of the variables
    known:  the values of ``known_steps``
    order:  of the derivatives to come: for second ones of a scalar, a formula is split into summands of few slots
    Errors: Untemplated where there are none, or too large ones.
    """
    value = _value(program, shapes, wrt, known)
    if isinstance(value, Root):
        raise Untemplated(OF_MANY)
    terms = as_sums(value).terms
    if order == 2:
        terms = tuple(part for term in terms for part in summands(term))
    groups: dict[Tree, list[tuple[Term, tuple[Leaf, ...]]]] = {}
    for term in terms:
        bones = skeleton(term.formula)
        if term.rows and any(_varies(leaf) for leaf in bones.leaves):
            groups.setdefault(bones.tree, []).append((term, bones.leaves))
    return tuple(_template(tree, group) for tree, group in groups.items())


def _value(
    program: Program, shapes: Mapping[str, Shape], wrt: Sequence[str], known: Mapping[int, Numbers]
) -> Value | Root:
    moving, arithmetic = moving_steps(program, wrt), TemplateArithmetic()
    leaves = _variables(shapes, wrt)
    found: dict[int, Value | Root] = {}
    last = len(program.steps) - 1
    for k, step in enumerate(program.steps):
        if k in known:
            numbers = np.asarray(known[k])
            found[k] = Known(numbers, truth=numbers.dtype == np.bool_)
        elif k in moving:
            if step.op is None:
                found[k] = leaves[step.tree.name]
                continue
            arguments = [None if i is None else found[i] for i in step.inputs]
            point = {} if step.body is None else {name: found[i] for name, i in step.body.names.items()}
            found[k] = (
                arithmetic.apply(step, arguments) if step.body is None else arithmetic.derive(step, arguments, point)
            )
    return found.get(last, Known(np.zeros(()), truth=False))


def _variables(shapes: Mapping[str, Shape], wrt: Sequence[str]) -> dict[str, Value]:
    positions = numbered({name: shapes[name] for name in wrt})
    total = sum(map(len, positions.values()))
    numbering: Entries = np.arange(total, dtype=np.int32 if total < 2**31 else np.int64)
    return {
        name: Pieces(shapes[name], (Piece(None, Leaf(numbering[at.start : at.stop].reshape(shapes[name]))),))
        for name, at in positions.items()
    }


def _varies(leaf: Leaf) -> bool:
    return bool(leaf.entries.size) and int(leaf.entries.max()) >= 0


def _template(tree: Tree, group: list[tuple[Term, tuple[Leaf, ...]]]) -> Template:
    """Terms of one formula, one after the other."""
    rows = sum(term.rows for term, _ in group)
    leaves = [joined_leaves(column) for column in zip(*(leaves for _, leaves in group), strict=True)]
    slots = tuple(
        Slot(f"s{k}", leaf.entries, np.broadcast_to(0.0, rows) if leaf.numbers is None else leaf.numbers)
        for k, leaf in enumerate(leaves)
    )
    owners = [term.owners for term, _ in group if term.owners is not None]
    return Template(tree, slots, rows, np.concatenate(owners) if owners else None, _weights([t for t, _ in group]))


def _weights(terms: Sequence[Term]) -> FloatArray | None:
    first = terms[0].weights
    if isinstance(first, float) and all(isinstance(t.weights, float) and t.weights == first for t in terms):
        return None if first == 1.0 else np.broadcast_to(first, sum(t.rows for t in terms))
    return np.concatenate([np.broadcast_to(np.asarray(t.weights, dtype=np.float64), t.rows) for t in terms])
