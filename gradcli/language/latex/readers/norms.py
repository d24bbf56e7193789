r"""Bars: the size of a number, the determinant of a matrix; norms of vectors, and of matrices where it says which."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from gradcli.base.errors import Span
from gradcli.language.latex.nodes import Bars, Letter, Node
from gradcli.language.latex.readers.chains import product_of
from gradcli.language.latex.readers.code import ATOM, POWER, written
from gradcli.language.latex.readers.parts import Part
from gradcli.language.latex.readers.reader import Reader, shape_option


def read_bars(reader: Reader, node: Bars) -> Part:
    """Errors: ExpressionError for bars that can mean two things."""
    if node.kind == "||":
        return _norm(reader, node)
    body = reader.read(node.body)
    if node.sub:
        raise reader.error(node, "what stands below bars is read with double ones", r"\|x\|_2")
    if body.scalar:
        return _called(node.span, "abs", body)
    if body.rank == 1:
        raise reader.two(
            node,
            "the size of each entry",
            "the length of the vector",
            r"\|x\| is the length, \operatorname{abs}(x) goes entry by entry",
        )
    if body.shape[0] != body.shape[1] or body.axes:
        raise reader.error(node, "only a square matrix has a determinant", None, "shape")
    return Part(written(node.span, "det(", body.code, ")"), ATOM, node.span)


def _called(span: Span, name: str, part: Part) -> Part:
    return Part(written(span, f"{name}(", part.code, ")"), ATOM, span, part.shape, part.axes, part.row)


def _norm(reader: Reader, node: Bars) -> Part:
    body = reader.read(node.body)
    if body.sized is not None:
        raise reader.error(node, "the size of this is not told", None, "shape")
    kind = _kind(reader, node, body)
    if body.scalar:
        _refuse_unknown(reader, node, body)
        return _called(node.span, "abs", body)
    if kind == "F" or (kind == "2" and body.rank == 1):
        return _root(node.span, squares(node.span, body)) if body.axes else _called_all(node.span, "norm", body)
    if kind == "spectral":
        return _called_all(node.span, "spectral_norm", body)
    if kind == "nuclear":
        return _called_all(node.span, "nuclear_norm", body)
    if kind == "1":
        return _reduced(node.span, "sum", "abs", body)
    if kind == "inf":
        return _reduced(node.span, "max", "abs", body)
    if kind == "weighted":
        return _root(node.span, _weighted(reader, node, body))
    p = reader.read(node.sub[0])
    inside = powers(node.span, body, p)
    return Part(written(node.span, inside.code, "**(1/", p.within(POWER), ")"), POWER, node.span, (), body.axes)


def _refuse_unknown(reader: Reader, node: Bars, body: Part) -> None:
    """Errors: ExpressionError for the norm of a name of which nobody has said that it is a number."""
    if reader.context.partial and isinstance(node.body, Letter) and body.text not in reader.context.shapes:
        raise reader.error(node, f"the norm of {body.text}, whose shape is not given", shape_option(body.text), "shape")


def _root(span: Span, part: Part) -> Part:
    return Part(written(span, "sqrt(", part.code, ")"), ATOM, span, (), part.axes)


def _called_all(span: Span, name: str, part: Part) -> Part:
    return Part(written(span, f"{name}(", part.code, ")"), ATOM, span)


def _reduced(span: Span, reduction: str, name: str, part: Part) -> Part:
    """Over the entries, for each value of the indices."""
    if reduction == "max" and part.axes:
        return Part(written(span, f"amax({name}(", part.code, "), dim=-1)"), ATOM, span, (), part.axes)
    dim = ", dim=-1" if part.axes else ""
    return Part(written(span, f"{reduction}({name}(", part.code, f"){dim})"), ATOM, span, (), part.axes)


def _kind(reader: Reader, node: Bars, body: Part) -> str:
    """Which norm: 2, 1, inf, F, spectral, nuclear, weighted, p. Errors: ExpressionError."""
    if len(node.sub) > 1:
        raise reader.error(node, "norms with two indices are not read", r"\|A\|_F is the Frobenius norm")
    sub = node.sub[0] if node.sub else None
    matrix = body.rank == 2
    if sub is None:
        if matrix:
            raise reader.two(node, "the Frobenius norm", "the spectral norm", r"\|A\|_F, or \|A\|_2")
        return "2"
    value = reader.fraction(sub)
    if value == 0:
        raise reader.error(node, "the number of entries that are not 0 is no norm, and has no slope")
    if matrix and value == 2:
        return "spectral"
    if matrix and value is not None:
        raise reader.two(node, "the largest sum of a column", "the sum over all entries", r"\sum_{i,j} |A_{ij}|")
    if value is not None:
        return {Fraction(1): "1", Fraction(2): "2"}.get(value, "p")
    if isinstance(sub, Letter) and not sub.sub:
        found = _BY_LETTER.get(sub.base)
        if found == "inf" and matrix:
            raise reader.two(node, "the largest sum of a row", "the largest entry", r"\max_{i,j} |A_{ij}|")
        if found is not None and (found != "F" or sub.base not in reader.context.shapes):
            return found
    weight = reader.read(sub)
    if weight.rank == 2 and body.rank == 1:
        return "weighted"
    if matrix or weight.rank:
        raise reader.error(node, "which norm this is, is not known", r"\|A\|_F, \|A\|_2, \|x\|_p")
    return "p"


_BY_LETTER = {"F": "F", "Fro": "F", "fro": "F", "infty": "inf", "star": "nuclear", "ast": "nuclear", "op": "spectral"}


def norm_power(reader: Reader, node: Bars, exponent: Node, span: Span) -> Part | None:
    r"""``\|x\|_2^2`` and ``\|x\|_p^p`` without a root; None for other powers."""
    if node.kind != "||":
        return None
    value = reader.fraction(exponent)
    body = reader.read(node.body)
    if body.sized is not None:
        raise reader.error(node, "the size of this is not told", None, "shape")
    kind = _kind(reader, node, body)
    if body.scalar:
        _refuse_unknown(reader, node, body)
        return None
    if value == 2 and kind in {"2", "F"}:
        return squares(span, body)
    if value == 2 and kind == "weighted":
        return _weighted(reader, node, body)
    if kind == "p" and reader.read(exponent).text == reader.read(node.sub[0]).text:
        return powers(span, body, reader.read(exponent))
    return None


def squares(span: Span, body: Part) -> Part:
    """The sum of the squares of the entries."""
    if body.axes:
        code = written(span, "sum(", body.within(ATOM), "**2, dim=", "-1" if body.rank == 1 else "(-2, -1)", ")")
        return Part(code, ATOM, span, (), body.axes)
    return Part(written(span, "sum(", body.within(ATOM), "**2)"), ATOM, span)


def powers(span: Span, body: Part, p: Part) -> Part:
    dim = ", dim=-1" if body.axes else ""
    code = written(span, "sum(abs(", body.code, ")**", p.within(ATOM), dim, ")")
    return Part(code, ATOM, span, (), body.axes)


def _weighted(reader: Reader, node: Bars, body: Part) -> Part:
    """``x^T M x``."""
    weight = reader.read(node.sub[0])
    column = replace(body, row=False)
    row = product_of(reader, node.span, replace(body, row=True), weight)
    return product_of(reader, node.span, row, column)
