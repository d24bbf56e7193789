r"""Vectors and matrices written out, and functions with brackets of their own: floor, ceiling, factorial, binomial."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import comb, factorial

from gradcli.language.latex.nodes import Binomial, Ceil, Factorial, Floor, Group, Letter, Listed, Matrix, Subscripted
from gradcli.language.latex.readers.arrays import aligned
from gradcli.language.latex.readers.calls import by_row
from gradcli.language.latex.readers.code import ATOM, Code, joined, written
from gradcli.language.latex.readers.entries import entry, index_parts
from gradcli.language.latex.readers.numbers import letters_in
from gradcli.language.latex.readers.parts import Factor, Part, number
from gradcli.language.latex.readers.reader import Reader
from gradcli.operations.table import OPS

_LARGEST = 100


def read_matrix(reader: Reader, node: Matrix) -> Part:
    """A column is a vector, a row its transpose. Errors: ExpressionError for rows of different lengths, blocks."""
    rows = [[reader.read(entry) for entry in row] for row in node.rows]
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        raise reader.error(node, f"rows with {' and '.join(map(str, sorted(widths)))} entries", None, "shape")
    if any(not entry.scalar or entry.axes for row in rows for entry in row):
        raise reader.error(node, "matrices of blocks are not read", None, "shape")
    (width,) = widths
    lines = [_listed(node, [entry.code for entry in row]) for row in rows]
    if node.kind == "vmatrix":
        if len(rows) != width:
            raise reader.error(node, "only a square matrix has a determinant", None, "shape")
        return Part(written(node.span, "det(", _listed(node, lines), ")"), ATOM, node.span)
    if width == 1:
        made = Part(_listed(node, [row[0].code for row in rows]), ATOM, node.span, (len(rows),))
    elif len(rows) == 1:
        made = Part(lines[0], ATOM, node.span, (width,), row=True)
    else:
        made = Part(_listed(node, lines), ATOM, node.span, (len(rows), width))
    if node.kind != "Vmatrix":
        return made
    if made.rank == 2:
        raise reader.two(node, "the Frobenius norm", "the spectral norm", r"\|A\|_F, or \|A\|_2")
    return Part(written(node.span, "norm(", made.code, ")"), ATOM, node.span)


def _listed(node: Matrix | Group, codes: list[Code]) -> Code:
    return written(node.span, "[", joined(node.span, ", ", codes), "]")


def read_group(reader: Reader, node: Group) -> Part:
    """Parentheses; around a list they make a vector."""
    if not isinstance(node.body, Listed):
        return reader.read(node.body)
    parts = [reader.read(item) for item in node.body.items]
    if node.kind == "{" or any(not part.scalar or part.axes for part in parts):
        raise reader.error(node, "this list is no number and no vector of numbers")
    return Part(_listed(node, [part.code for part in parts]), ATOM, node.span, (len(parts),))


def read_listed(reader: Reader, node: Listed) -> Part:
    raise reader.error(node, "several formulas with a comma between them", "one function at a time")


def read_floor(reader: Reader, node: Floor) -> Part:
    return by_row(reader, node.span, OPS["floor"], [reader.read(node.body)])


def read_ceil(reader: Reader, node: Ceil) -> Part:
    return by_row(reader, node.span, OPS["ceil"], [reader.read(node.body)])


def read_factorial(reader: Reader, node: Factorial) -> Part:
    value, body = reader.fraction(node.body), reader.read(node.body)
    if value is not None and value.denominator == 1 and 0 <= value <= _LARGEST:
        return number(node.span, Fraction(factorial(int(value))), known=body.value is not None)
    return by_row(reader, node.span, OPS["factorial"], [body])


def read_binomial(reader: Reader, node: Binomial) -> Part:
    over, under = reader.read(node.over), reader.read(node.under)
    n, k = reader.fraction(node.over), reader.fraction(node.under)
    known = over.value is not None or under.value is not None
    if known and n is not None and k is not None and n.denominator == k.denominator == 1 and 0 <= k <= n <= _LARGEST:
        return number(node.span, Fraction(comb(int(n), int(k))), known=True)
    return by_row(reader, node.span, OPS["binomial"], [over, under])


def read_subscripted(reader: Reader, node: Subscripted) -> Part:
    """``(Xw)_i``: an entry of what is computed."""
    ordered = _in_order(reader, node)
    if ordered is not None:
        return ordered
    body = reader.read(node.base)
    if body.sized is not None or body.scalar:
        raise reader.error(node, "an index below something that has no entries", None, "shape")
    return entry(reader, node.span, body, node.sub)


def _in_order(reader: Reader, node: Subscripted) -> Part | None:
    r"""``[ A_{ij} B_{kl} ]_{iljk}``: the array of all values, its axes in this order; None of another."""
    letters = [part.base for part in index_parts(node.sub) if isinstance(part, Letter)]
    if not isinstance(node.base, Group) or node.base.kind != "[" or len(letters) < len(index_parts(node.sub)):
        return None
    free = [letter for letter in letters if letter not in reader.bound]
    context = replace(reader.context, indices=reader.context.indices | letters_in(node.base))
    body = replace(reader, context=context).read(node.base.body)
    if (
        body.rank
        or sorted(body.axes) != sorted(letters)
        or len(free) < len(letters)
        or len(set(letters)) < len(letters)
    ):
        return None
    made = aligned(node.span, Factor(body.code, body.binds, body.axes), letters)
    shape = tuple(reader.met.extents.get(letter, 0) for letter in letters)
    return Part(made.code, made.binds, node.span, shape)
