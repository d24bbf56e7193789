"""A derivative in index form, written in matrix notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcli.closed import normal
from gradcli.closed.notation.axes import with_ones, without_ones
from gradcli.closed.notation.entries import literal
from gradcli.closed.notation.factors import Written
from gradcli.closed.notation.names import by_names
from gradcli.closed.notation.network import Network
from gradcli.closed.notation.opaque import Parts
from gradcli.closed.notation.question import MAX_TRIED, Question, Shapes, numbers_of, shape_at
from gradcli.closed.notation.sums import formula_of
from gradcli.closed.notation.symmetry import Symmetry
from gradcli.closed.sizes import Extent, letter
from gradcli.closed.terms import Index, Kind, Sum, Term, atom, table
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write

MOST_LONGER = 3  # times as long as a formula: entries side by side are easier to read than unit vectors


def derived(
    function: Expression, question: Question, own: Mapping[str, Tree], plain: bool = False
) -> tuple[Tree, Shapes]:
    """The derivative in the question's variables, one after the other; symmetric matrices are so after that.

    own:   parts that stand in it under their names
    plain: its parts are written without their axes of size 1, and the derivative has them
    Returns it, and the shapes of such parts. Errors: LimitError, ExpressionError, ShapeMismatch.
    """
    shapes = question.shapes
    sizes = numbers_of(shapes)
    symmetry = Symmetry(question.symmetric, {name: shape_at(shape, sizes) for name, shape in shapes.items()}, own)
    expression = at_sizes(function, sizes)
    extents = {name: tuple(_extent(size) for size in shape) for name, shape in shapes.items()}
    with table():
        parts = Parts(sizes, {part: name for name, part in by_names(own).items()})
        values = {name: parts.variable(name, extents.get(name, ())) for name in expression.names}
        value = parts.read(expression.tree, values).value
        terms, free = normal.collected(value.terms, value.free), value.free
        output = () if question.kind == "grad" and value.size == 1 else value.shape
        due = [*output, *(size for name in question.wrt for size in extents.get(name, ()))]
        for name in question.wrt:
            at = [Index(size) for size in extents.get(name, ()) if size != 1]
            terms = normal.collected(parts.derivative(terms, name, at), [*free, *at])
            free = [*free, *at]
        terms = normal.collected([_symmetric(term, parts, symmetry) for term in terms], free)
        known = {name: parts.made[name].part.value.shape for name in own if name in parts.made}
        own_shapes = {name: tuple(map(_letter, shape)) for name, shape in known.items()}
        if plain:
            parts.trees = {name: without_ones(tree, parts.shapes[name]) for name, tree in parts.trees.items()}
        written = _written(terms, free, parts, {**shapes, **own_shapes})
        if len(written) <= MAX_TRIED:
            written = [one for one in written if not question.vanishes(formula_of([one]))]
        tree = symmetry.without_needless(formula_of(written)) if written else _zeros(due, shapes)
        entries = literal(terms, free, lambda sums: formula_of(_written(sums, [], parts, {**shapes, **own_shapes})))
        if terms and entries is not None and len(write(entries)) <= MOST_LONGER * len(write(tree)):
            tree = entries
        return with_ones(tree, due) if plain and terms else tree, own_shapes


def _zeros(due: Sequence[Extent], shapes: Shapes) -> Tree:
    """A derivative without terms, of its shape."""
    shape = ", ".join(map(str, due))
    return parse(f"zeros({shape})" if due else "0", sizes=numbers_of(shapes)).tree


def _letter(extent: Extent) -> str | int:
    return extent if isinstance(extent, int) else str(extent)


def _symmetric(term: Term, parts: Parts, symmetry: Symmetry) -> Term:
    """The term with indices of symmetric parts that may change places."""
    factors = {}
    for (one, ports), exponent in term.factors.items():
        square = one.kind is Kind.TENSOR and len(one.sizes) == 2 and one.sizes[0] == one.sizes[1]
        if square and symmetry(parts.trees[one.name]):
            one = atom(Kind.TENSOR, one.name, one.sizes, classes=(0, 0))
        factors[one, ports] = exponent
    return Term(term.coefficient, factors, term.bound)


def _written(terms: Sum, free: Sequence[Index], parts: Parts, shapes: Shapes) -> list[Written]:
    sizes = numbers_of(shapes)
    numbers = {name: tuple(sizes.get(str(size), size) for size in shape) for name, shape in shapes.items()}
    return [Network(term, free, parts.trees, sizes, numbers).written() for term in terms]  # type: ignore[arg-type]


def _extent(size: str | int) -> Extent:
    return letter(size) if isinstance(size, str) else size
