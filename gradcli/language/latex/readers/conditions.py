r"""Conditions, cases and indicators: ``where`` of the language."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from gradcli.language.latex.nodes import Cases, Group, Indicator, Joined, Node, Relation
from gradcli.language.latex.readers.code import ATOM, joined, written
from gradcli.language.latex.readers.parts import Part
from gradcli.language.latex.readers.products import side_by_side
from gradcli.language.latex.readers.reader import Reader
from gradcli.operations.shape_rules import broadcast

_SIGNS = {"=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "!=": "!="}


class Compared(NamedTuple):
    """Two numbers with a sign between them: their texts."""

    left: str
    sign: str
    right: str


def read_condition(reader: Reader, node: Node) -> Part:
    """Errors: ExpressionError for what is no condition on numbers."""
    if isinstance(node, Group):
        return read_condition(reader, node.body)
    if isinstance(node, Joined):
        parts = [read_condition(reader, part) for part in node.parts]
        beside = side_by_side(reader, node.span, *parts)
        code = joined(node.span, f" {node.kind} ", [written(node.span, "(", part.code, ")") for part in beside])
        return Part(code, 0, node.span, broadcast(*(p.shape for p in parts)), beside[0].axes)
    if not isinstance(node, Relation):
        raise reader.error(node, "a condition is due here", "x > 0")
    return _relation(reader, node)


def _relation(reader: Reader, node: Relation) -> Part:
    for sign in node.signs:
        if sign not in _SIGNS:
            raise reader.error(
                node, "this is no condition on numbers that can be read", r"<, \le, =, \ne, \ge and > are"
            )
    parts = [reader.read(part) for part in node.parts]
    _refuse_definite(reader, node, parts)
    beside = side_by_side(reader, node.span, *parts)
    codes = [
        written(node.span, one.within(1), f" {_SIGNS[sign]} ", other.within(1))
        for (one, other), sign in zip(pairwise(beside), node.signs, strict=True)
    ]
    code = codes[0] if len(codes) == 1 else joined(node.span, " and ", [written(node.span, "(", c, ")") for c in codes])
    axes = next((part.axes for part in beside if part.axes), ())
    return Part(code, 0, node.span, broadcast(*(part.shape for part in parts)), axes)


def _refuse_definite(reader: Reader, node: Node, parts: Sequence[Part]) -> None:
    """Errors: ExpressionError for ``A > 0`` of a square matrix, and for arrays of two shapes."""
    arrays = [part for part in parts if part.rank]
    if any(part.sized for part in parts) or len({part.shape for part in arrays}) > 1 or any(p.axes for p in arrays):
        raise reader.error(node, "a condition on these arrays is not read", "write it for one entry: x_i > 0", "shape")
    if any(part.rank == 2 and part.shape[0] == part.shape[1] for part in arrays):
        raise reader.two(node, "entry by entry", "of the matrix: is it positive definite?", r"A_{ij} > 0")


def read_indicator(reader: Reader, node: Indicator) -> Part:
    condition = read_condition(reader, node.condition)
    return Part(
        written(node.span, "where(", condition.code, ", 1, 0)"), ATOM, node.span, condition.shape, condition.axes
    )


def read_relation(reader: Reader, node: Relation) -> Part:
    """Errors: always: a statement is no number. Definitions are taken apart before."""
    if any(sign not in _SIGNS for sign in node.signs):
        raise reader.error(node, f"a statement with {node.signs[0]} is no function")
    if set(node.signs) == {"="}:
        hint = "a function stands alone, or to the right of its name: f(x) = ..."
        raise reader.error(node, "an equation with a formula on both sides is no function", hint)
    raise reader.error(node, "a condition is no function", r"\mathbb{1}[x > 0] is 1 where it holds")


def read_joined(reader: Reader, node: Joined) -> Part:
    raise reader.error(node, "several statements are no function")


def read_cases(reader: Reader, node: Cases) -> Part:
    """Errors: ExpressionError for rows of different shapes, and for a row without a condition before the last."""
    values = [reader.read(row.value) for row in node.rows]
    conditions = [None if row.condition is None else read_condition(reader, row.condition) for row in node.rows]
    if any(condition is None for condition in conditions[:-1]):
        raise reader.error(node, "a case without a condition stands before the last one")
    told = [condition for condition in conditions if condition is not None]
    shapes = {part.shape for part in (*values, *told) if part.rank}
    if len(shapes) > 1 or any(value.sized or value.row for value in values):
        raise reader.error(node, "cases of these arrays are not read", "write them for one entry", "shape")
    beside = side_by_side(reader, node.span, *values, *told)
    values, told = beside[: len(values)], beside[len(values) :]
    axes = next((part.axes for part in beside if part.axes), ())
    complete = conditions[-1] is None or covers([row.condition for row in node.rows], reader)
    code = values[-1].code
    if not complete:
        code = written(node.span, "where(", told[-1].code, ", ", code, ", nan)")
        reader.note("the cases leave something out, where the value is nan")
    for value, condition in zip(values[-2::-1], told[len(values) - 2 :: -1], strict=True):
        code = written(node.span, "where(", condition.code, ", ", value.code, ", ", code, ")")
    binds = ATOM if len(values) > 1 or not complete else values[-1].binds
    return Part(code, binds, node.span, shapes.pop() if shapes else (), axes)


# -- do the conditions leave something out?


def covers(conditions: Sequence[Node | None], reader: Reader) -> bool:
    """Certainly all numbers: comparisons of one formula with numbers, or with one other formula."""
    rows = [_comparisons(condition, reader) for condition in conditions]
    if any(row is None for row in rows):
        return False
    found = [compared for row in rows for compared in row or ()]
    lefts = {compared.left for compared in found}
    rights = list(dict.fromkeys(compared.right for compared in found))
    if len(lefts) != 1:
        return False
    numbers = _numbers(rights)
    if numbers is None:
        return False
    edges = sorted(set(numbers.values()))
    points = [edges[0] - 1, *edges, *((a + b) / 2 for a, b in pairwise(edges)), edges[-1] + 1]
    return all(any(all(_holds(x, c, numbers) for c in row or ()) for row in rows) for x in points)


def _numbers(texts: Sequence[str]) -> dict[str, Fraction] | None:
    """Places of what is compared with: numbers, or 0 of the only formula."""
    if len(texts) == 1:
        return {texts[0]: Fraction()}
    found = {}
    for text in texts:
        try:
            found[text] = Fraction(text)
        except ValueError:
            return None
    return found


def _holds(x: Fraction, compared: Compared, numbers: dict[str, Fraction]) -> bool:
    y = numbers[compared.right]
    return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y, "==": x == y, "!=": x != y}[compared.sign]


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def _comparisons(node: Node | None, reader: Reader) -> list[Compared] | None:
    """What has to hold together; None where it is something else."""
    if isinstance(node, Group):
        return _comparisons(node.body, reader)
    if isinstance(node, Joined) and node.kind == "and":
        parts = [_comparisons(part, reader) for part in node.parts]
        return None if None in parts else [one for part in parts for one in part or ()]
    if not isinstance(node, Relation):
        return None
    texts = [reader.read(part).text for part in node.parts]
    found = []
    for (left, right), sign in zip(pairwise(texts), node.signs, strict=True):
        told = _SIGNS[sign]
        number_first = _is_number(left) and not _is_number(right)
        found.append(Compared(right, _TURNED[told], left) if number_first else Compared(left, told, right))
    if len(found) == 2 and found[0].left != found[1].left and found[0].right == found[1].left:
        first = found[0]  # a <= x <= b
        found[0] = Compared(first.right, _TURNED[first.sign], first.left)
    return found


def _is_number(text: str) -> bool:
    try:
        Fraction(text)
    except ValueError:
        return False
    return True
