r"""Powers: of numbers, of vectors entry by entry, of matrices; what is raised without being one: transposes."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from gradcli.base.errors import Span
from gradcli.language.latex.nodes import Applied, Bars, Group, Letter, Negative, Node, Number, Power, Product, Root
from gradcli.language.latex.readers.arrays import ordered, turned
from gradcli.language.latex.readers.chains import factors_of, indexed, product_of
from gradcli.language.latex.readers.code import ATOM, POWER, written
from gradcli.language.latex.readers.doubts import refuse_label
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.readers.norms import norm_power
from gradcli.language.latex.readers.parts import Part, changed, number
from gradcli.language.latex.readers.products import entrywise, side_by_side
from gradcli.language.latex.readers.reader import Reader, shape_option
from gradcli.language.latex.readers.roles import factored

_REPEATED = 4  # the highest power that is written as a product


def read_power(reader: Reader, node: Power) -> Part:
    """Errors: ExpressionError for what can be read in two ways: a root of a matrix, the square of a vector."""
    exponent = _bare(node.exponent)
    turns = _transposes(reader, node.exponent)
    if isinstance(node.base, Bars) and not turns:
        found = norm_power(reader, node.base, node.exponent, node.span)
        if found is not None:
            return found
    if isinstance(node.exponent, Group) and node.exponent.kind in {"(", "["}:
        return _superscript(reader, node)
    if isinstance(node.base, Letter) and node.base.base == "e" and _is_euler(reader, node.base):
        raised = reader.read(node.exponent)
        if re.search(r"\bi\b", raised.text) and "i" not in {*reader.context.known, *reader.bound, *reader.numbers}:
            raise reader.two(node.exponent, "the imaginary unit, which is not read", "a variable i", "give i a value")
        return exponential(reader, node.span, raised)
    if isinstance(node.base, Applied):
        parts = factored(reader, node.base)
        if parts is not None:  # P(1 + r)^n: the power is of the parenthesis alone
            letter, group = parts
            return reader.read(Product((letter, replace(node, base=group)), ("",), span=node.span))
    _refuse_entry(reader, node, turns)
    base = reader.read(node.base)
    if turns:
        return _raised_letter(reader, node, base, turns)
    if isinstance(exponent, Letter) and exponent.base in _SIGNS and not exponent.sub:
        return _sign(reader, node, base, exponent)
    refuse_label(reader, node)
    entries = _entrywise_power(exponent)
    if entries is not None:
        raised = reader.read(entries)
        return _plain(reader, node.span, base, raised)
    return raised_to(reader, node.span, base, node.exponent)


def _refuse_entry(reader: Reader, node: Power, turns: str) -> None:
    r"""Errors: ExpressionError for ``A_{ij}^{-1}`` and ``A_{ij}^\top``, which are set as ``(A^{-1})_{ij}`` is."""
    letter = node.base
    if not isinstance(letter, Letter) or not letter.sub or not (turns or reader.fraction(node.exponent) == -1):
        return
    name = name_of(replace(letter, sub=()), reader.context.known)
    whole = name_of(letter, reader.context.known)
    if whole not in reader.context.known and name is not None and len(reader.context.shape(name) or ()) == 2:
        what = "transpose" if turns == "T" else "inverse"
        raise reader.two(node, f"an entry of the {what}", f"the {what} of an entry", r"(A^{-1})_{ij}")


def _bare(node: Node) -> Node:
    return node.body if isinstance(node, Group) else node


def _is_euler(reader: Reader, letter: Letter) -> bool:
    return not letter.sub and not letter.marks and "e" not in reader.context.known and "e" not in reader.numbers


def exponential(reader: Reader, span: Span, exponent: Part) -> Part:
    """``e^x``; of a square matrix its exponential."""
    if exponent.value == 0:
        return number(span, Fraction(1), known=True)
    if exponent.rank == 2:
        if exponent.shape[0] != exponent.shape[1] or exponent.axes:
            raise reader.error(span, "only a square matrix has an exponential", r"\exp(A) goes entry by entry", "shape")
        return changed(
            exponent, lambda part: Part(written(span, "matrix_exp(", part.code, ")"), ATOM, span, part.shape)
        )
    return Part(written(span, "exp(", exponent.code, ")"), ATOM, span, exponent.shape, exponent.axes, exponent.row)


# -- transposes and other signs

_TURNS = frozenset({"top", "intercal"})
_SIGNS = frozenset({"star", "dagger", "plus", "perp", "prime", "circ", "dag", "minus"})


def _transposes(reader: Reader, exponent: Node) -> str:
    r"""``T`` of an exponent that transposes, ``-T`` of ``-\top``, "" of others; ``T?`` where T may be a variable."""
    node = _bare(exponent)
    if isinstance(node, Negative):
        inner = _transposes(reader, node.body)
        return f"-{inner}" if inner else ""
    if not isinstance(node, Letter) or node.sub or node.marks:
        return ""
    if node.base in _TURNS:
        return "T"
    if node.base != "T" or "T" in reader.context.known:
        return ""
    return "T" if node.font in {"rm", "sf", "bf", "tt", "text"} else "T?"


def _raised_letter(reader: Reader, node: Power, base: Part, turns: str) -> Part:
    if base.scalar and "?" in turns:
        _refuse_unknown(reader, node, base)
        return raised_to(reader, node.span, base, node.exponent)
    if base.scalar and not base.axes and base.text.isidentifier() and not reader.context.shape(base.text):
        hint = f"{shape_option(base.text)} tells that it is a vector"
        raise reader.error(node, f"the transpose of {base.text}, whose shape is not given", hint, "shape")
    if base.scalar and not any(reader.context.shapes.values()):
        raise reader.error(node, "the transpose of something of which no shape is given", shape_option("x"), "shape")
    if turns.startswith("-"):
        return transposed(reader, node.span, inverted(reader, node.span, base))
    return transposed(reader, node.span, base)


def _refuse_unknown(reader: Reader, node: Power, base: Part) -> None:
    """Errors: ExpressionError for ``x^T`` and ``1^T`` where nobody tells what T is, nor of any shape of x."""
    letter = isinstance(node.base, Letter) and not base.axes and reader.context.shapes.get(base.text) is None
    if letter or isinstance(node.base, Number):
        said = "a vector of ones, transposed" if isinstance(node.base, Number) else f"the transpose of {base.text}"
        hint = "give T a value or a shape, or write \\top for a transpose, with the shape of what is transposed"
        raise reader.two(node, said, "a power, T a number", hint)


def transposed(reader: Reader, span: Span, part: Part) -> Part:
    """Of a vector the row; of a number itself."""
    if part.scalar:
        return part.at(span)
    if part.rank == 1:
        return changed(part, lambda vector: replace(vector, row=not vector.row, span=span))
    if part.rank > 2:
        raise reader.error(span, "the transpose of an array with more than two axes", None, "shape")
    sized = part.sized
    if sized is not None:
        return replace(part, sized=lambda shape: transposed(reader, span, sized(shape[::-1])))
    if part.axes:
        labels = (*part.axes, "#1", "#0")
        made = [turned(span, f, labels) for f in factors_of(replace(part, factors=()))]
        return indexed(span, [replace(made[0], labels=part.labels)], part.shape[::-1])
    if part.text.endswith(".T") and part.binds == ATOM and "(" not in part.text:
        return part.at(span)
    return Part(written(span, part.within(ATOM), ".T"), ATOM, span, part.shape[::-1])


def _sign(reader: Reader, node: Power, base: Part, exponent: Letter) -> Part:
    kind = exponent.base
    if kind == "prime" and base.rank:
        reader.note("a prime is the transpose")
        return transposed(reader, node.span, base)
    if kind == "plus" and base.rank == 2 and not base.axes:
        return Part(written(node.span, "pinv(", base.code, ")"), ATOM, node.span, base.shape[::-1])
    two = {
        "star": ("the conjugate transpose", "an optimum"), "dagger": ("the pseudoinverse", "the conjugate transpose"),
        "dag": ("the pseudoinverse", "the conjugate transpose"),
    }.get(kind)  # fmt: skip
    if two is not None:
        raise reader.two(exponent, *two, hint=r"A^{+} is the pseudoinverse, A^\top the transpose")
    raise reader.error(exponent, "what is raised here has no meaning that is known")


def _entrywise_power(exponent: Node) -> Node | None:
    r"""The 2 of ``A^{\odot 2}`` and ``A^{\circ 2}``."""
    if isinstance(exponent, Product) and len(exponent.factors) == 2:
        sign, raised = exponent.factors
        if isinstance(sign, Letter) and sign.base in {"odot", "circ"}:
            return raised
    return None


def _superscript(reader: Reader, node: Power) -> Part:
    """``x^{(i)}``: as ``x_i`` of what has entries."""
    assert isinstance(node.exponent, Group)
    inner = node.exponent.body
    if isinstance(node.base, Letter):
        return reader.read(replace(node.base, sub=(*node.base.sub, inner), span=node.span))
    raise reader.error(node.exponent, "an index in parentheses is read above a letter alone")


# -- powers


def raised_to(reader: Reader, span: Span, base: Part, exponent: Node) -> Part:
    """Errors: ExpressionError."""
    value = reader.fraction(exponent)
    if base.rank == 2:
        return changed(base, lambda part: _matrix_power(reader, span, part, value))
    if base.rank == 1 and not base.axes:
        said = ("entry by entry", r"the dot product with itself")
        if value is not None and value < 0:
            raise reader.error(span, "a power of a vector", r"x^{\odot 2} goes entry by entry", "shape")
        raise reader.two(span, *said, hint=r"x^{\odot 2} goes entry by entry, x^\top x is the dot product")
    raised = reader.read(exponent)
    if value is not None and raised.value is not None:
        if value == 0:
            return number(span, Fraction(1), known=True)
        if value == 1:
            return base
    if base.value is not None and value is not None and value.denominator == 1 and (base.value or value >= 0):
        return number(span, base.value ** int(value), known=True)
    if raised.rank:
        if raised.rank > 1 or base.rank or base.axes or raised.axes:
            raise reader.error(span, "an exponent that is an array", None, "shape")
        return replace(_plain(reader, span, base, raised), shape=raised.shape)
    return _plain(reader, span, base, raised)


def _plain(reader: Reader, span: Span, base: Part, raised: Part) -> Part:
    if raised.axes:
        one, other = side_by_side(reader, span, base, raised)
        axes = ordered([base.axes, raised.axes])
        return Part(written(span, one.within(ATOM), "**", other.within(ATOM)), POWER, span, base.shape, axes)
    code = written(span, base.within(ATOM), "**", raised.within(ATOM))
    return Part(code, POWER, span, base.shape, base.axes, base.row)


def inverted(reader: Reader, span: Span, part: Part) -> Part:
    if part.rank != 2 or part.shape[0] != part.shape[1]:
        raise reader.error(span, "only a square matrix has an inverse", r"A^{+} is the pseudoinverse", "shape")
    if part.axes:
        raise reader.error(span, "inverses of matrices that have an index are not read")
    return changed(part, lambda one: Part(written(span, "inv(", one.code, ")"), ATOM, span, one.shape))


def _matrix_power(reader: Reader, span: Span, part: Part, value: Fraction | None) -> Part:
    if part.shape[0] != part.shape[1]:
        one, other = r"A^\top A", "each entry by itself"
        raise reader.two(span, one, other, r"A^{\odot 2} goes entry by entry")
    if value is None:
        raise reader.error(span, "a power of a matrix has a number as its exponent", None, "shape")
    if value.denominator > 1:
        one, other = "the symmetric root", "the Cholesky factor"
        raise reader.two(span, one, other, r"\operatorname{sqrtm}(A), or \operatorname{cholesky}(A)")
    if part.axes:
        raise reader.error(span, "powers of matrices that have an index are not read")
    if value == -1:
        return inverted(reader, span, part)
    if 1 <= value <= _REPEATED:
        made = part
        for _ in range(int(value) - 1):
            made = product_of(reader, span, made, part)
        return made
    return Part(written(span, "matrix_power(", part.code, f", {value})"), ATOM, span, part.shape)


# -- roots


def read_root(reader: Reader, node: Root) -> Part:
    body = reader.read(node.body)
    if body.rank == 2:
        one, other = "the root of the matrix", "of each entry"
        raise reader.two(node, one, other, r"\operatorname{sqrtm}(A), or A^{\odot 1/2}")
    if node.degree is None:
        return _called(node.span, "sqrt", body)
    degree = reader.read(node.degree)
    if degree.shape or degree.axes:
        raise reader.error(node.degree, "the degree of a root is a number")
    odd = reader.fraction(node.degree)
    if odd == 3:
        return _called(node.span, "cbrt", body)
    unit = Part(written(node.span, "1"), ATOM, node.span)
    inverse = entrywise(reader, node.span, unit, degree, "/")
    code = written(node.span, body.within(ATOM), "**", inverse.within(ATOM))
    return Part(code, POWER, node.span, body.shape, body.axes, body.row)


def _called(span: Span, name: str, part: Part) -> Part:
    return Part(written(span, f"{name}(", part.code, ")"), ATOM, span, part.shape, part.axes, part.row)
