"""A Jacobian read off a differential: ``J @ dx`` where both are vectors, else the coefficients of the entries of dX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import sympy

from gradcli.closed.notation.derivation import derived
from gradcli.closed.notation.factors import matmul
from gradcli.closed.notation.question import Question
from gradcli.closed.notation.rewriting.engine import simplified
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.words import in_words
from gradcli.closed.steps.differentials import Move
from gradcli.closed.steps.readoff import ReadOff
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression
from gradcli.language.write import write

MOST_TERMS = 12  # whose matrices are written by themselves
COLUMN, ENTRIES = "df = J @ dx: the Jacobian is J", "the derivative is what dX is multiplied by, entry by entry"


def jacobian(differential: Tree, question: Question, read: ReadOff) -> Iterator[Move]:
    """The differential in other words, and last the Jacobian. Errors: LimitError.

    question: of the function and its Jacobian, with the shapes of the differential too
    """
    ranks = read.facts.rank(differential), read.facts.rank(read.direction)
    if not ranks[1]:
        yield Move(read.slope(differential), ("read off",), ("df = g*dx: the derivative is g",))
        return
    if ranks != (1, 1):
        yield Move(_coefficient(differential, question, read), ("read off",), (ENTRIES,))
        return
    terms = read.terms(differential)
    if len(terms) > MOST_TERMS:
        terms = [differential]
    matrices = [_coefficient(term, question, read) for term in terms]
    if len(matrices) > 1:
        apart = [_before(matrix, read.direction) for matrix in matrices]
        yield Move(read.sum(apart), ("matrices before dx",), ("a*dx = diag(a) @ dx, u*(v @ dx) = outer(u, v) @ dx",))
    whole = read.sum(matrices)
    together = "terms together" if len(matrices) > 1 else "matrices before dx"
    yield Move(_before(whole, read.direction), (together,), ("U @ dx + V @ dx = (U + V) @ dx",))
    yield Move(whole, ("read off",), (COLUMN,))


def _before(matrix: Tree, direction: Tree) -> Tree:
    """``2*(A @ dx)`` for a number and a matrix."""
    if isinstance(matrix, sympy.Mul) and matrix.args[0].is_Rational:
        rest = matrix.args[1:]
        inner = rest[0] if len(rest) == 1 else nodes.multiply(*rest)
        return nodes.multiply(matrix.args[0], matmul(inner, direction))
    return matmul(matrix, direction)


def _coefficient(term: Tree, question: Question, read: ReadOff) -> Tree:
    """The derivative of what is linear in dX, in dX."""
    name = read.direction.name
    function = Expression(term, write(term), {}, tuple(sorted(x.name for x in term.free_symbols)), sized=True)
    tree, own = derived(function, replace(question, function=function, wrt=(name,), kind="jacobian"), {})
    shapes: Mapping[str, tuple[str | int, ...]] = {**question.shapes, **own}
    return simplified(in_words(tree, Facts(read.facts.shapes)), shapes)
