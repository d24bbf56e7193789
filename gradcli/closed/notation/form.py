"""The closed form of a derivative in matrix notation: the ways to one, and the best of what could be held."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed.arrangement import PLAIN, Arrangement
from gradcli.closed.notation.derivation import derived
from gradcli.closed.notation.operators import without_operators
from gradcli.closed.notation.question import AtPoints, Form, Question, Shapes, numbers_of
from gradcli.closed.notation.reverse import accumulated
from gradcli.closed.notation.rewriting.engine import sized
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.words import has_helpers, has_identities
from gradcli.language import nodes
from gradcli.language.nodes import Size, Tree
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write
from gradcli.operations.shape_rules import ShapeMismatch
from gradcli.operations.table import OPS


def closed_form(
    function: Expression,
    kind: str,
    wrt: Sequence[str],
    shapes: Shapes,
    premises: Sequence[Expression] = (),
    at_points: AtPoints | None = None,
    arrangement: Arrangement = PLAIN,
) -> Form:
    """The derivative of a function as a formula that holds for all sizes of the letters.

    kind:   grad, jacobian or hessian: output axes first, then those of the variables in ``wrt``, unless arranged
    shapes: of the names, letters for sizes; a name without is a scalar
    at_points: asked where no proof decides: reference/forms.agrees_at_points
    Errors: LimitError with the reason where there is no such formula, or none that could be held against the function.
    """
    function = prepared(function, shapes, at_points)
    question = Question(function, kind, tuple(wrt), shapes, tuple(premises), at_points, arrangement)
    refusals: dict[str, None] = {}
    found: list[Form] = []
    for road in _roads(question):
        if road in LAST and any(not _is_clumsy(form, question) for form in found):
            break
        try:
            found.append(question.held(*road(question)))
        except TypeError:
            refusals["an operation asks for numbers where sizes are letters"] = None
        except (ExpressionError, ShapeMismatch) as error:
            refusals[f"it is not read for all sizes: {error}"] = None
        except LimitError as error:
            refusals[error.message] = None
        except RecursionError:
            refusals["the formula is too deep"] = None
        except ValueError:
            refusals["its shapes are not read for all sizes"] = None
    if not found:
        raise LimitError("; ".join(refusals), kind="unchecked")
    return min(found, key=lambda form: (_is_clumsy(form, question), question.length(form)))


def prepared(function: Expression, shapes: Shapes, at_points: AtPoints | None) -> Expression:
    """The function without derivatives inside of it, in the rows that people know. Errors: LimitError."""
    return _in_known_rows(without_derivatives(function, shapes, at_points), shapes)


def without_derivatives(function: Expression, shapes: Shapes, at_points: AtPoints | None) -> Expression:
    """The function with the closed forms of derivatives inside of it in their places. Errors: LimitError."""
    if not any((row := nodes.row_of(part)) and row.differentiates for part in sympy.preorder_traversal(function.tree)):
        return function

    def derivative(kind: str, inner: Tree, name: str) -> Tree:
        expression = Expression(inner, write(inner), {}, function.names, sized=True)
        wrt = [name] * (2 if kind == "hessian" else 1)
        return closed_form(expression, kind, wrt, shapes, at_points=at_points).tree

    facts = Facts(sized(shapes))
    tree = without_operators(function.tree, derivative, facts.rank)
    return replace(function, tree=tree, source=write(tree), spans={}, parts={})


def _in_known_rows(function: Expression, shapes: Shapes) -> Expression:
    """The function by the rows that people know better, where these mean the same (``Op.same``): A @ x for np.dot."""
    if not any((row := nodes.row_of(part)) and row.same for part in sympy.preorder_traversal(function.tree)):
        return function
    facts = Facts(sized(shapes))

    def known(tree: Tree) -> Tree:
        inside = tuple(known(part) for part in tree.args)
        tree = tree if inside == tree.args else tree.func(*inside, evaluate=False)
        row = nodes.row_of(tree)
        name = row.same(*(facts.shape(part) for part in inside)) if row and row.same else ""
        return nodes.make(OPS[name], list(inside)) if name else tree

    try:
        parts = {name: known(part) for name, part in function.parts.items()}
        tree = known(function.tree)
    except (ExpressionError, ShapeMismatch):  # what does not fit is told where it is asked
        return function
    return replace(function, tree=tree, source=write(tree), spans={}, parts=parts)


def _is_clumsy(form: Form, question: Question) -> bool:
    """Has it words of the rules alone, or in a gradient operations of an identity?"""
    return has_helpers(form.tree) or (question.kind == "grad" and len(question.wrt) == 1 and has_identities(form.tree))


Road = Callable[[Question], tuple[Tree, Mapping[str, tuple[str | int, ...]]]]


def _roads(question: Question) -> Iterator[Road]:
    """The ways to a form; those in LAST only where there is none yet."""
    yield _at_once
    if question.parts:
        yield _in_own_names
    if len(question.wrt) > 1:
        yield _by_the_gradient
    elif question.kind == "grad":
        yield _in_reverse
    yield _with_axes_of_one
    if len(question.wrt) > 1:
        yield _by_the_gradient_with_axes_of_one


def _in_reverse(question: Question) -> tuple[Tree, Shapes]:
    sizes = numbers_of(question.shapes)
    tree = at_sizes(question.function, sizes, bound=question.function.names).tree
    shapes = {
        name: tuple(size if isinstance(size, int) else Size.of(size, sizes[size]) for size in shape)
        for name, shape in question.shapes.items()
    }
    return accumulated(tree, question.wrt[0], shapes, sizes), {}


def _at_once(question: Question) -> tuple[Tree, Shapes]:
    return derived(question.function, question, {})


def _in_own_names(question: Question) -> tuple[Tree, Shapes]:
    return derived(question.function, question, question.parts)


def _with_axes_of_one(question: Question) -> tuple[Tree, Shapes]:
    """Columns and rows as vectors, ``x[:, 0]``, and the derivative with its axes of size 1: ``d[:, None]``."""
    return derived(question.function, question, {}, plain=True)


def _by_the_gradient_with_axes_of_one(question: Question) -> tuple[Tree, Shapes]:
    return _by_the_gradient(question, plain=True)


def _by_the_gradient(question: Question, plain: bool = False) -> tuple[Tree, Shapes]:
    """The derivative of the first derivative's closed form."""
    kind = "jacobian" if question.kind == "jacobian" else "grad"
    first = closed_form(question.function, kind, question.wrt[:-1], question.shapes)  # premises hold of no neighbours
    sizes = numbers_of(question.shapes)
    gradient = parse(first.text, bound=question.function.names, sizes=sizes)
    return derived(gradient, replace(question, wrt=question.wrt[-1:]), {}, plain=plain)


LAST = frozenset({_with_axes_of_one, _by_the_gradient_with_axes_of_one, _in_reverse})
