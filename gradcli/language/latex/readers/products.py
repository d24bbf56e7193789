r"""Products with signs between the factors: ``\cdot``, ``\times``, ``\odot``, ``\otimes``, ``\oslash``, ``\circ``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from gradcli.base.errors import Span
from gradcli.language.latex.nodes import Inner, Letter, Negative, Node, Power, Product, Quotient, Sum
from gradcli.language.latex.readers.arrays import aligned, ordered
from gradcli.language.latex.readers.binding import refuse_hanging
from gradcli.language.latex.readers.chains import chained, product_of, times
from gradcli.language.latex.readers.code import ATOM, POWER, PRODUCT, SUM, Code, written
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.readers.parts import Factor, Part, changed, number
from gradcli.language.latex.readers.reader import Reader, shape_option
from gradcli.operations.shape_rules import Shape, ShapeMismatch, broadcast, shape_text

Way: TypeAlias = "Callable[[Reader, Span, Part, Part], Part]"


def read_product(reader: Reader, node: Product) -> Part:
    """Side by side binds tighter than a sign. Errors: ExpressionError."""
    node = with_differentials(reader, node)
    _refuse_vectors(reader, node)
    groups: list[list[Part]] = [[reader.read(node.factors[0])]]
    signs: list[str] = []
    for sign, factor in zip(node.signs, node.factors[1:], strict=True):
        part = reader.read(factor)
        if sign:
            groups, signs = [*groups, [part]], [*signs, sign]
        else:
            groups[-1].append(part)
    refuse_repeated(reader, node.span, [part for group in groups for part in group])
    _refuse_other_grouping(reader, node.span, groups, signs)
    parts = [chained(reader, group[0].span.to(group[-1].span), group) for group in groups]
    made = parts[0]
    for between, part in zip(signs, parts[1:], strict=True):
        made = _WAYS[between](reader, made.span.to(part.span), made, part)
    return made


def with_differentials(reader: Reader, node: Product) -> Product:
    r"""With ``\mathrm{d}X`` as one name where it is known. Errors: ExpressionError for other differentials, and for
    ``\Delta t``, which may be one name."""
    factors, signs, at = list(node.factors), list(node.signs), 0
    while at < len(factors):
        letter = factors[at]
        behind = factors[at + 1] if at + 1 < len(factors) and not signs[at] else None
        plain = isinstance(letter, Letter) and not letter.sub and not letter.marks
        if plain and isinstance(letter, Letter) and letter.font == "rm" and letter.base == "d":
            joined = replace(behind, base=f"d{behind.base}") if isinstance(behind, Letter) else None
            if joined is None or name_of(joined, reader.context.known) not in reader.context.known:
                raise reader.error(
                    letter, "a differential is no part of a function", "write d for a variable of that name"
                )
            factors[at : at + 2], signs[at : at + 1] = [joined], []
        unknown = "Delta" not in reader.context.known and isinstance(_base(behind), Letter)
        if plain and isinstance(letter, Letter) and letter.base == "Delta" and unknown:
            raise reader.two(letter, "a difference, one name", "a factor Delta", "give it a name of its own: h")
        at += 1
    return replace(node, factors=tuple(factors), signs=tuple(signs))


def _base(node: Node | None) -> Node | None:
    return node.base if isinstance(node, Power) else node


def _refuse_vectors(reader: Reader, node: Product) -> None:
    r"""Errors: ExpressionError for ``\vec a \times \vec b`` of no known shapes."""
    for sign, one, other in zip(node.signs, node.factors, node.factors[1:], strict=False):
        letters = [
            part for part in (one, other) if isinstance(part, Letter) and ("vec" in part.marks or part.font == "bf")
        ]
        names = [name_of(letter, reader.context.known) for letter in letters]
        if sign == "times" and len(letters) == 2 and not any(reader.context.shapes.get(name or "") for name in names):
            raise reader.two(
                node, "the vector product", "a product of numbers", f"{shape_option(str(names[0]))} tells it"
            )


def refuse_repeated(reader: Reader, span: Span, parts: list[Part]) -> None:
    """Errors: ExpressionError for an index that no sum binds and that stands in two factors."""
    free = [axis for part in parts for axis in part.axes if axis not in reader.bound]
    twice = [axis for axis in dict.fromkeys(free) if free.count(axis) > 1 and axis not in reader.context.indices]
    if twice:
        i = twice[0]
        one = f"the sum over {i}, as Einstein writes it"
        raise reader.two(
            span, one, "entry by entry", rf"write \sum_{i} before it, or \odot between vectors without {i}"
        )


def _refuse_other_grouping(reader: Reader, span: Span, groups: list[list[Part]], signs: list[str]) -> None:
    r"""Errors: ExpressionError for ``W x \odot y`` with a square matrix, which may be W (x \odot y)."""
    for sign, before, behind in zip(signs, groups[:-1], groups[1:], strict=True):
        arrays = [part for part in before if not part.scalar]
        if sign not in _ENTRYWISE or len(arrays) < 2 or len([part for part in behind if not part.scalar]) != 1:
            continue
        last, (first, *_) = arrays[-1], [part for part in behind if not part.scalar]
        square = arrays[-2].rank == 2 and arrays[-2].shape[0] == arrays[-2].shape[1]
        if square and last.rank == first.rank and last.sized is None is first.sized:
            raise reader.two(
                span, "(A x) entry by entry times y", "A times (x entry by entry times y)", "put parentheses around one"
            )


_ENTRYWISE = frozenset({"odot", "oslash", "circ"})


def _dot(reader: Reader, span: Span, one: Part, other: Part) -> Part:
    r"""``a \cdot b``: of vectors the dot product, else as side by side."""
    if one.rank == other.rank == 1 and one.row == other.row:
        return product_of(reader, span, replace(one, row=True), replace(other, row=False))
    return chained(reader, span, [one, other])


def _times(reader: Reader, span: Span, one: Part, other: Part) -> Part:
    r"""``a \times b``: a number times anything; of vectors in space the vector product."""
    if one.scalar or other.scalar:
        return chained(reader, span, [one, other])
    if one.shape == other.shape == (3,) and not one.axes and not other.axes:
        return Part(written(span, "cross(", one.code, ", ", other.code, ")"), ATOM, span, (3,))
    raise reader.error(span, r"\times is for numbers, and for vectors with 3 entries", r"A B, or A \odot B", "shape")


def _hadamard(reader: Reader, span: Span, one: Part, other: Part) -> Part:
    one, other = _of_one_shape(reader, span, one, other)
    return replace(entrywise(reader, span, one, other, "*"), row=one.row)


def _circ(reader: Reader, span: Span, one: Part, other: Part) -> Part:
    if one.scalar and other.scalar:
        raise reader.error(span, r"\circ between numbers has no meaning here", r"\cdot for a product", "syntax")
    return _hadamard(reader, span, one, other)


def _oslash(reader: Reader, span: Span, one: Part, other: Part) -> Part:
    one, other = _of_one_shape(reader, span, one, other)
    return entrywise(reader, span, one, other, "/")


def _of_one_shape(reader: Reader, span: Span, one: Part, other: Part) -> tuple[Part, Part]:
    one, other = _grown(one, other), _grown(other, one)
    if one.scalar or other.scalar:
        return one, other
    if one.shape != other.shape:
        found = f"{shape_text(one.shape)} and {shape_text(other.shape)}"
        raise reader.error(span, f"entry by entry needs arrays of one shape, found {found}", None, "shape")
    return one, other


def _grown(part: Part, beside: Part) -> Part:
    return part.sized(beside.shape) if part.sized is not None and beside.sized is None else part


def _kron(reader: Reader, span: Span, one: Part, other: Part) -> Part:
    if one.scalar or other.scalar:
        return chained(reader, span, [one, other])
    if one.rank == 1 and other.rank == 1:
        raise reader.two(
            span, "the outer product a b^\\top", "the Kronecker product, a vector", "a b^\\top is the outer one"
        )
    if one.axes or other.axes or max(one.rank, other.rank) > 2 or one.rank != other.rank or one.sized or other.sized:
        raise reader.error(span, r"\otimes is for two matrices of known sizes", None, "shape")
    shape = tuple(a * b for a, b in zip(one.shape, other.shape, strict=True))
    return Part(written(span, "kron(", one.code, ", ", other.code, ")"), ATOM, span, shape)


def _ast(reader: Reader, span: Span, one: Part, other: Part) -> Part:
    if one.scalar or other.scalar:
        return chained(reader, span, [one, other])
    raise reader.two(span, "entry by entry", "a convolution", r"\odot goes entry by entry")


_WAYS: dict[str, Way] = {
    "cdot": _dot, "times": _times, "odot": _hadamard, "circ": _circ, "oslash": _oslash, "otimes": _kron, "ast": _ast,
}  # fmt: skip


def entrywise(reader: Reader, span: Span, one: Part, other: Part, sign: str) -> Part:
    """Entry by entry, of arrays that broadcast."""
    if sign == "*":
        if one.scalar or other.scalar or one.axes or other.axes:
            return times(span, one, other)
        code = written(span, one.within(PRODUCT), "*", other.within(POWER if other.matmul else PRODUCT))
        return Part(code, PRODUCT, span, one.shape)
    beside = side_by_side(reader, span, one, other)
    code = written(span, beside[0].within(PRODUCT), sign, beside[1].within(POWER))
    divisor = beside[1].within(POWER) if one.text == "1" and not one.axes else None
    axes, shape = ordered([one.axes, other.axes]), one.shape or other.shape
    return Part(code, PRODUCT, span, shape, axes, one.row, divisor=divisor)


def side_by_side(reader: Reader, span: Span, *parts: Part) -> list[Part]:
    """Parts with the axes of their indices beside each other, so that they broadcast."""
    axes = ordered(part.axes for part in parts)
    rank = max(part.rank for part in parts)
    alike = all(part.axes == axes or not part.axes for part in parts) and all(part.rank in {0, rank} for part in parts)
    if alike and all(part.rank == rank or not part.axes for part in parts):
        return list(parts)
    made = []
    for part in parts:
        if not part.axes and not part.rank:
            made.append(part)
            continue
        if part.rank not in {0, rank}:
            raise reader.error(span, "these shapes do not go together", None, "shape")
        labels = (*axes, *(f"#{axis}" for axis in range(rank)))
        whole = indexed_whole(span, part, labels)
        made.append(whole)
    return made


def indexed_whole(span: Span, part: Part, labels: tuple[str, ...]) -> Part:
    """The part with axes that stand as ``labels`` say."""
    factor = aligned(span, Factor(part.code, part.binds, part.labels), labels)
    return replace(part, code=factor.code, binds=factor.binds)


# -- sums, quotients, inner products


def read_sum(reader: Reader, node: Sum) -> Part:
    """Errors: ExpressionError for terms of different shapes, and a number that is added to a matrix."""
    refuse_hanging(reader, node)
    return added(reader, node.span, [reader.read(term) for term in node.terms])


def added(reader: Reader, span: Span, terms: list[Part]) -> Part:
    """The sum of terms; the identity and ones take the shape of the others."""
    parts = _sized_alike(reader, span, terms)
    sized = next((part for part in parts if part.sized is not None), None)
    if sized is not None:
        return replace(
            _added(reader, span, parts),
            sized=lambda shape: added(reader, span, [p.sized(shape) if p.sized else p for p in parts]),
        )
    return _added(reader, span, parts)


def _sized_alike(reader: Reader, span: Span, terms: list[Part]) -> list[Part]:
    told = next((part for part in terms if part.sized is None and not part.scalar), None)
    if told is None:
        return terms
    for part in terms:
        if part.sized is not None and part.rank != told.rank:
            raise reader.error(span, f"a {_called(part)} and a {_called(told)} are added", None, "shape")
    return [part.sized(told.shape) if part.sized is not None else part for part in terms]


def _added(reader: Reader, span: Span, parts: list[Part]) -> Part:
    if all(part.value is not None for part in parts):
        return number(span, sum((part.value for part in parts if part.value is not None), Fraction()), known=True)
    _refuse_unlike(reader, span, parts)
    pieces = side_by_side(reader, span, *parts)
    code = written(span, pieces[0].within(SUM))
    for part in pieces[1:]:
        negative = part.binds == SUM and part.text.startswith("-") and not _is_sum(part)
        code = written(span, code, " - " if negative else " + ", _unsigned(part) if negative else part.within(SUM))
    arrays = [part for part in parts if not part.scalar]
    shape = _broadcast([part.shape for part in arrays])
    row = any(part.row for part in arrays) and len(shape) == 1
    return Part(code, SUM, span, shape, ordered(part.axes for part in parts), row)


def _is_sum(part: Part) -> bool:
    """Does it have a sign between terms, not only before the first?"""
    depth, text = 0, part.text[1:]
    for k, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if not depth and sign in "+-" and text[k - 1 : k] == " ":
            return True
    return False


def _unsigned(part: Part) -> Code:
    (text, span), *rest = part.code.pieces
    return Code(((text[1:], span), *rest))


def _broadcast(shapes: list[Shape]) -> Shape:
    return broadcast(*shapes)


def _called(part: Part) -> str:
    return "number" if part.scalar else "matrix" if part.rank == 2 else "row vector" if part.row else "vector"


def _refuse_unlike(reader: Reader, span: Span, parts: list[Part]) -> None:
    arrays = [part for part in parts if not part.scalar]
    if not arrays:
        return
    try:
        _broadcast([part.shape for part in arrays])
    except ShapeMismatch:
        found = " and ".join(dict.fromkeys(shape_text(part.shape) for part in arrays))
        raise reader.error(span, f"terms of shapes {found} do not add up", None, "shape") from None
    ranks = {part.rank for part in arrays}
    numbers = [part for part in parts if part.scalar]
    if 2 in ranks and numbers:
        raise reader.two(
            numbers[0],
            "added to each entry of the matrix",
            "times the identity",
            r"c I, or c \mathbf{1}\mathbf{1}^\top",
        )
    if ranks == {1} and len({part.row for part in arrays}) > 1:
        raise reader.error(span, "a row vector and a column vector are added", "transpose one of them", "shape")
    if ranks == {1, 2}:
        vector = next(part for part in arrays if part.rank == 1)
        matrix = next(part for part in arrays if part.rank == 2)
        if matrix.shape[0] == vector.shape[0]:
            one, other = "added to each row of the matrix", "to each column"
            raise reader.two(vector, one, other, r"b \mathbf{1}^\top, or \mathbf{1} b^\top")


def read_negative(reader: Reader, node: Negative) -> Part:
    body = reader.read(node.body)
    return changed(body, lambda part: negated(node.span, part))


def negated(span: Span, part: Part) -> Part:
    if part.value is not None:
        return number(span, -part.value, known=True)
    code = written(span, "-", part.within(PRODUCT))
    return Part(code, SUM, span, part.shape, part.axes, part.row)


def read_quotient(reader: Reader, node: Quotient) -> Part:
    """Errors: ExpressionError for what is divided by a matrix."""
    value = reader.fraction(node)
    over, under = reader.read(node.over), reader.read(node.under)
    if value is not None and (over.value is not None or under.value is not None):
        return number(node.span, value, known=True)
    refuse_repeated(reader, node.span, [over, under])
    if under.value == 1:
        return over
    if under.rank == 2:
        raise reader.two(
            node.under, "times the inverse of the matrix", "divided entry by entry", r"A^{-1}, or \oslash between them"
        )
    if under.rank == 1 and over.rank not in {0, 1}:
        raise reader.error(node.span, "a matrix divided by a vector", r"\operatorname{diag}(x)^{-1} A", "shape")
    if over.rank == under.rank == 1 and over.shape != under.shape:
        raise reader.error(node.span, "vectors of different sizes are divided", None, "shape")
    if under.sized is not None:
        raise reader.error(node.under, "this is divided by the identity or by ones", None, "shape")
    return changed(over, lambda part: replace(entrywise(reader, node.span, part, under, "/"), row=part.row))


def read_inner(reader: Reader, node: Inner) -> Part:
    r"""``\langle x, y \rangle``: of vectors the dot product, of matrices the sum of products of entries."""
    one, other = reader.read(node.left), reader.read(node.right)
    if node.sub:
        kind = getattr(node.sub[0], "base", "")
        if kind != "F":
            raise reader.error(node, "which inner product this is, is not told", r"x^\top M y writes it out")
    one, other = _of_one_shape(reader, node.span, one, other)
    if one.scalar:
        return times(node.span, one, other)
    if one.rank == 1:
        return product_of(reader, node.span, replace(one, row=True), replace(other, row=False))
    if one.axes or other.axes:
        raise reader.error(node, "inner products of matrices that have indices are not read")
    code = written(node.span, "sum(", one.within(PRODUCT), "*", other.within(POWER), ")")
    return Part(code, ATOM, node.span)
