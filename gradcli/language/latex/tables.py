"""Tables of cells: matrices, and cases with their conditions."""

from __future__ import annotations

from dataclasses import dataclass

from gradcli.base.errors import ExpressionError, Span
from gradcli.language.latex import nodes
from gradcli.language.latex.nodes import Case, Cases, Listed, Matrix, Node
from gradcli.language.latex.tokens import Token
from gradcli.language.latex.words import CASES, DISPLAYS, SMALL_MATRICES

MAX_ENTRIES = 2_500
_KINDS = {"(": "pmatrix", "[": "bmatrix", "{": "Bmatrix", "|": "vmatrix", "||": "Vmatrix"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Formulas of a cell, and the words beside them."""

    said: tuple[Token, ...]
    found: tuple[Node, ...]


def table(opening: Token, rows: list[list[Cell]], span: Span) -> Node:
    """Errors: ExpressionError where rows differ in length, a cell is empty or a condition is missing."""
    name = opening.value.rstrip("*")
    filled = [row for row in rows if any(cell.found or cell.said for cell in row)]
    if not filled:
        raise ExpressionError(f"{opening.text} is empty", span=span)
    if opening.value in CASES:
        return Cases(tuple(_case(row) for row in filled), span=span)
    if name in DISPLAYS and len(filled) == 1 and len(filled[0]) == 1 and len(filled[0][0].found) == 1:
        return nodes.Group("lines", filled[0][0].found[0], span=span)
    if name in {"array", "matrix"} or name in DISPLAYS:
        return Rows(opening, filled, span=span)
    return _matrix(name, filled, span)


@dataclass(frozen=True, slots=True)
class Rows(Node):
    r"""A table without brackets of its own: those around it say whether it is a matrix or, as ``\left\{``, cases."""

    opening: Token
    rows: list[list[Cell]]

    def alone(self) -> Node:
        """The matrix that it is where no brackets are around it."""
        if self.opening.value in DISPLAYS:
            raise ExpressionError("several lines in the middle of a formula", span=self.span,
                                  hint="give one formula at a time")  # fmt: skip
        return _matrix(self.opening.value.rstrip("*"), self.rows, self.span)


def _matrix(name: str, rows: list[list[Cell]], span: Span) -> Matrix:
    width = len(rows[0])
    for row in rows:
        if len(row) != width:
            raise ExpressionError(f"rows of different length: {width} and {len(row)} entries", span=span)
        for cell in row:
            if len(cell.found) != 1 or cell.said:
                raise ExpressionError(
                    "an entry of the matrix is missing" if not cell.found else "words in a matrix", span=span
                )
    if width * len(rows) > MAX_ENTRIES:
        raise ExpressionError(f"a matrix of more than {MAX_ENTRIES:,} entries", span=span)
    entries = tuple(tuple(cell.found[0] for cell in row) for row in rows)
    kind = SMALL_MATRICES.get(name, name)
    return Matrix(kind, entries, span=span)


def _case(row: list[Cell]) -> Case:
    """A value and its condition, in two columns or with a word or a comma between them."""
    found = [node for cell in row for node in cell.found]
    said = {token.value for cell in row for token in cell.said}
    span = found[0].span.to(found[-1].span) if found else row[0].said[0].span
    if "words" in said:
        token = next(token for cell in row for token in cell.said if token.value == "words")
        raise ExpressionError(
            "these words are no condition", span=token.span, hint="write a relation, or \\text{otherwise}"
        )
    if len(found) == 1 and isinstance(found[0], Listed) and len(found[0].items) == 2 and not said:
        found = list(found[0].items)
    if len(found) == 1 and "otherwise" in said:
        return Case(_value(found[0]), None, span=span)
    if len(found) == 2 and "otherwise" not in said:
        condition = found[1]
        if isinstance(condition, Listed):
            condition = nodes.Joined("and", condition.items, span=condition.span)
        if isinstance(condition, (nodes.Relation, nodes.Joined)):
            return Case(_value(found[0]), condition, span=span)
    raise ExpressionError(
        "a case is a value and its condition", span=span, hint="write x & x > 0 \\\\ 0 & \\text{otherwise}"
    )


def _value(node: Node) -> Node:
    if isinstance(node, (nodes.Relation, Listed, nodes.Joined)):
        raise ExpressionError("the value of a case is a formula", span=node.span)
    return node


def bracketed(kind: str, body: Node, span: Span) -> Node:
    """Brackets or bars; around a bare table they make its kind. Errors: ExpressionError where one side is missing."""
    if kind == "{." and isinstance(body, Rows):
        return Cases(tuple(_case(row) for row in body.rows), span=span)
    if isinstance(body, Rows):
        body = body.alone()
    if isinstance(body, Matrix) and body.kind == "matrix" and kind in _KINDS:
        return Matrix(_KINDS[kind], body.rows, span=span)
    if kind == "{.":
        raise ExpressionError(
            "\\left\\{ without its partner", span=span, hint="add \\right\\}, or write \\begin{cases}"
        )
    if kind in {"|", "||"}:
        return nodes.Bars(kind, body, span=span)  # type: ignore[arg-type]  # one of the two
    return nodes.Group(kind, body, span=span)
