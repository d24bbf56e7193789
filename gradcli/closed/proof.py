"""Proofs for all sizes: the derivative of a function in index form, held against a claim.

Equal normal form proves; unequal decides nothing. Everything is differentiated first, entry by entry; what is known of
the variables (premises) is applied to the difference afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed import branches, derive, indexed, normal
from gradcli.closed.indexed import Indexed
from gradcli.closed.premises import Premises, premises_of, with_relations
from gradcli.closed.reading import read
from gradcli.closed.sizes import Extent, letter
from gradcli.closed.terms import Index, Port, Sum, fresh, scaled, table
from gradcli.closed.zero import vanishes
from gradcli.language.nodes import stand_ins
from gradcli.language.parse import Expression, at_sizes
from gradcli.meaning.program import compile_tree
from gradcli.operations.shape_rules import ShapeMismatch

SIDES = "on both sides of each condition"

Shapes = Mapping[str, tuple[str | int, ...]]


@dataclass(frozen=True, slots=True)
class Proved:
    """It holds for all sizes of the letters at which the function has a point; ``method``: how that was seen."""

    method: str


def prove(
    function: Expression,
    claim: Expression,
    kind: str,
    wrt: Sequence[str],
    shapes: Shapes,
    premises: Sequence[Expression] = (),
    bound: Collection[str] = (),
) -> Proved:
    """The claim is the derivative of the function: ``kind`` grad, jacobian, hessian or value.

    shapes: of the names, letters for sizes; a name without is a scalar
    premises: conditions such as ``S == S.T``, ``Q.T@Q == eye(n)`` or ``x > 0``
    bound: names that are variables, even where they are constants or functions of the language
    Errors: LimitError with the reason where there is no proof, which says nothing against the claim.
    """
    letters = list(dict.fromkeys(size for shape in shapes.values() for size in shape if isinstance(size, str)))
    sizes = stand_ins(letters)
    try:
        sides = [at_sizes(side, sizes, bound=bound) for side in (function, claim)]
        known = premises_of([at_sizes(premise, sizes, bound=bound, condition=True).tree for premise in premises])
        with table(known.positive):
            return _prove(sides, kind, wrt, shapes, known, letters)
    except (ExpressionError, ShapeMismatch) as error:
        raise LimitError(f"it is not read for all sizes: {error}", kind="unchecked") from None
    except RecursionError:
        raise LimitError("it is nested too deeply for index form", kind="unchecked") from None


def _prove(
    sides: Sequence[Expression], kind: str, wrt: Sequence[str], shapes: Shapes, known: Premises, letters: Sequence[str]
) -> Proved:
    extents = {name: tuple(_extent(size) for size in shape) for name, shape in shapes.items()}
    values = {name: indexed.lift(letter(name)) for name in letters}
    for side in sides:
        for name in side.names:
            values.setdefault(name, indexed.tensor(name, extents.get(name, ())))
    for name in known.names - values.keys():
        values[name] = indexed.tensor(name, extents.get(name, ()))
    known = with_relations(known, values)
    function, claim = (read(compile_tree(side.tree), values) for side in sides)
    derivative = function
    for name in wrt:
        derivative = differentiated(derivative, name, extents.get(name, ()))
    if kind == "value":
        derivative, claim = (indexed.spread(side, indexed.aligned(function, claim)[0]) for side in (function, claim))
    difference, free = _difference(derivative, claim)
    if kind == "value" or not (branches.has_conditions(difference) or branches.jumps(function.terms)):
        return Proved(vanishes(difference, free, known))
    return _with_conditions(function, claim, difference, free, known)


def _with_conditions(
    function: Indexed, claim: Indexed, difference: Sum, free: Sequence[Index], known: Premises
) -> Proved:
    """A derivative with conditions: as formulas where the function is continuous, else on both sides of each."""
    if not branches.jumps(function.terms):
        with suppress(LimitError):
            return Proved(vanishes(difference, free, known))
    branches.admitted(function.terms, normal.simplified(claim.terms, claim.free))
    if branches.jumps(function.terms):
        vanishes(branches.between(difference), free, known)
    return Proved(f"{vanishes(branches.on_either_side(difference), free, known)}, {SIDES}")


def _extent(size: str | int) -> Extent:
    return letter(size) if isinstance(size, str) else size


def differentiated(array: Indexed, name: str, shape: Sequence[Extent]) -> Indexed:
    """The derivative in the entries of the variable, whose axes come last."""
    axes = indexed.indices(shape)
    at = [index for axis in axes for index in axis]
    terms = normal.simplified(array.terms, array.free)
    return Indexed((*array.axes, *axes), derive.derivative(terms, name, at))


def _difference(function: Indexed, claim: Indexed) -> tuple[Sum, list[Index]]:
    """Errors: LimitError where the claim has another shape."""
    mine, others = ([axis for axis in side.axes if axis] for side in (function, claim))
    if len(mine) != len(others):
        raise LimitError(f"the claim has shape {claim.shape}, the derivative {function.shape}", kind="unchecked")
    names: dict[Port, Port] = {}
    for axis, other in zip(mine, others, strict=True):
        names |= indexed.unified(axis, other)
    return function.terms + scaled([fresh(term, names) for term in claim.terms], -1), function.free
