"""The closed form of a derivative in matrix notation, held against the function before anybody sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed import normal
from gradcli.closed.notation.network import Network, Written
from gradcli.closed.notation.opaque import Parts
from gradcli.closed.notation.sums import formula_of
from gradcli.closed.proof import prove
from gradcli.closed.sizes import Extent, letter
from gradcli.closed.terms import Index, Sum, table
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write
from gradcli.operations.shape_rules import ShapeMismatch

Shapes = Mapping[str, tuple[str | int, ...]]
LETTERS_FROM = 10**9  # sizes that stand for letters


@dataclass(frozen=True, slots=True)
class Form:
    """A derivative as one formula.

    tree, text: in the language
    method:     how it was held against the function: ``index form``, or ``residues at n=2, m=3; ...``
    error:      at most the probability that a wrong form passes; 0 where it is proved
    """

    tree: Tree
    text: str
    method: str
    error: float = 0.0


def closed_form(
    function: Expression, kind: str, wrt: Sequence[str], shapes: Shapes, premises: Sequence[Expression] = ()
) -> Form:
    """The derivative of a function as a formula that holds for all sizes of the letters.

    kind:   grad, jacobian or hessian: output axes first, then those of the variables in ``wrt``
    shapes: of the names, letters for sizes; a name without is a scalar
    Errors: LimitError with the reason where there is no such formula, or none that could be held against the function.
    """
    try:
        text = write(derived(function, wrt, shapes))
        claim = parse(text, bound=function.names, sizes=numbers_of(shapes))
        claim = Expression(claim.tree, text, claim.spans, claim.names, claim.sized)
        found = prove(function, claim, kind, wrt, shapes, premises, function.names)
    except (ExpressionError, ShapeMismatch) as error:
        raise LimitError(f"it is not read for all sizes: {error}", kind="unchecked") from None
    return Form(claim.tree, text, f"index form: {found.method}")


def numbers_of(shapes: Shapes) -> dict[str, int]:
    """Large numbers that stand for the letters of sizes."""
    letters = dict.fromkeys(size for shape in shapes.values() for size in shape if isinstance(size, str))
    return {name: LETTERS_FROM + n for n, name in enumerate(letters)}


def derived(function: Expression, wrt: Sequence[str], shapes: Shapes) -> Tree:
    """The derivative in these variables, one after the other. Errors: LimitError, ExpressionError, ShapeMismatch."""
    sizes = numbers_of(shapes)
    expression = at_sizes(function, sizes)
    extents = {name: tuple(_extent(size) for size in shape) for name, shape in shapes.items()}
    with table():
        parts = Parts()
        values = {name: parts.variable(name, extents.get(name, ())) for name in expression.names}
        value = parts.read(expression.tree, values).value
        terms, free = normal.collected(value.terms, value.free), value.free
        for name in wrt:
            at = [Index(size) for size in extents.get(name, ()) if size != 1]
            terms = normal.collected(parts.derivative(terms, name, at), [*free, *at])
            free = [*free, *at]
        return formula_of(_written(terms, free, parts, sizes))


def _written(terms: Sum, free: Sequence[Index], parts: Parts, sizes: Mapping[str, int]) -> list[Written]:
    return [Network(term, free, parts.trees, dict(sizes)).written() for term in terms]


def _extent(size: str | int) -> Extent:
    return letter(size) if isinstance(size, str) else size
