r"""Letters: variables, entries of what has a shape, bound indices, constants, the identity and vectors of ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from gradcli.base.errors import Span
from gradcli.language.latex.nodes import Letter, Node, Number, Product
from gradcli.language.latex.readers.code import ATOM, written
from gradcli.language.latex.readers.definitions import defined
from gradcli.language.latex.readers.entries import entry, index_value, kronecker, rows_of
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.readers.numbers import letters_in, number_of
from gradcli.language.latex.readers.parts import Part, number
from gradcli.language.latex.readers.powers import transposed
from gradcli.language.latex.readers.reader import Reader, shape_option
from gradcli.operations.shape_rules import Shape


def read_number(_: Reader, node: Number) -> Part:
    text = node.text
    plain = f"0{text}" if text.startswith(".") else text.removesuffix(".")
    return Part(written(node.span, plain), ATOM, node.span)


def read_letter(reader: Reader, node: Letter) -> Part:
    """Errors: ExpressionError for a mark or an index that can mean two things, and for an array of unknown shape."""
    if not node.sub and not node.marks:
        if node.base in reader.numbers:
            return number(node.span, Fraction(reader.numbers[node.base]), known=True)
        if node.base in reader.bound:
            return index_value(reader, node)
        if node.base in reader.met.told and node.base not in reader.context.known:
            return Part(written(node.span, str(reader.met.told[node.base])), ATOM, node.span)
    plain, node = node, _with_numbers(reader, node)
    name = name_of(node, reader.context.known)
    bound = _has_bound_index(reader, node)
    if name is not None and not bound and name in reader.context.known:
        return _known(reader, node, name)
    special = _SPECIAL.get((node.base, node.font if node.base.isdigit() else ""))
    if special is not None and not node.marks and node.base not in reader.context.known:
        found = special(reader, node)
        if found is not None:
            return found
    if (delta := kronecker(reader, node)) is not None:
        return delta
    if node.sub and node.marks[-1:] == ("prime",) and (turned := _turned_entry(reader, plain)) is not None:
        return turned
    if node.sub:
        base = name_of(replace(node, sub=()), reader.context.known)
        shape = None if base is None else _shape(reader, base)
        if base is not None and shape:
            return entry(reader, node.span, _array(reader, replace(node, sub=()), base), node.sub)
        matrix = rows_of(reader, node, numbered=node is not plain)
        if matrix is not None:
            return matrix
        if bound:
            raise _no_shape(reader, node, base or node.base)
    if node.marks and node.marks[-1] in {"prime", "star"}:
        return _marked(reader, node, name)
    if node.font == "bb":
        raise reader.error(node, f"a set of numbers is no number: \\mathbb{{{node.base}}}", "write it without \\mathbb")
    if name is None:
        hint = f"an entry needs the shape of the array: {shape_option(node.base)}"
        raise reader.error(node, "what stands below this letter makes neither a name nor an index", hint)
    return reader.variable(name, node.span)


def _with_numbers(reader: Reader, node: Letter) -> Letter:
    """With numbers below it in the place of indices that stand for some."""
    if not reader.numbers or not letters_in(node.sub) & {*reader.numbers}:
        return node
    return replace(node, sub=tuple(_number_in_place(reader, part) for part in node.sub))


def _number_in_place(reader: Reader, part: Node) -> Node:
    value = number_of(part, reader.numbers)
    if isinstance(part, Product) and not any(part.signs) and all(isinstance(f, Letter | Number) for f in part.factors):
        return replace(part, factors=tuple(_number_in_place(reader, factor) for factor in part.factors))
    return part if value is None or value.denominator > 1 or value < 0 else Number(str(value), span=part.span)


def _known(reader: Reader, node: Letter, name: str) -> Part:
    if name in reader.context.functions:
        return defined(reader, node.span, name, ())
    return reader.variable(name, node.span, _shape(reader, name) or ())


def _shape(reader: Reader, name: str) -> Shape | None:
    """Of a variable, or of what is defined without parameters."""
    if name in reader.context.functions and not reader.context.functions[name][0]:
        return defined(reader, Span(0, 0), name, ()).shape
    return reader.context.shape(name)


def _array(reader: Reader, node: Letter, name: str) -> Part:
    return _known(reader, node, name)


def _has_bound_index(reader: Reader, node: Letter) -> bool:
    return bool(letters_in(node.sub) & {*reader.bound, *reader.numbers})


def _no_shape(reader: Reader, node: Letter, name: str) -> Exception:
    hint = f"{shape_option(name)} tells that {name} has entries, or give its values"
    error: Exception = reader.error(node, f"the index runs over the entries of {name}, whose shape is not given", hint)
    return error


def _marked(reader: Reader, node: Letter, name: str | None) -> Part:
    """A letter with a prime or a star that is no name which somebody gave."""
    mark, plain = node.marks[-1], replace(node, marks=node.marks[:-1])
    base = name_of(plain, reader.context.known)
    shaped = base is not None and bool(_shape(reader, base))
    if mark == "prime" and shaped:
        reader.note(f"{base}' is the transpose of {base}")
        return transposed(reader, node.span, reader.read(plain))
    if mark == "star":
        other = "the adjoint" if shaped else "the conjugate"
        raise reader.two(node, f"another variable, {name}", other, f"{name} needs a value or a shape to be a variable")
    if name is None:
        raise reader.error(node, "what stands below this letter makes neither a name nor an index")
    if base is not None and base in reader.context.functions:
        raise reader.two(node, f"the derivative of {base}", f"another variable, {name}", r"\frac{d}{dx} f(x) is one")
    return reader.variable(name, node.span)


def _turned_entry(reader: Reader, node: Letter) -> Part | None:
    """``x_i'`` of rows x_i: the transpose. None of others."""
    plain = replace(node, marks=node.marks[:-1])
    base = name_of(replace(plain, sub=()), reader.context.known)
    upper = name_of(replace(plain, base=plain.base.upper(), sub=()), reader.context.known)
    if not any(name is not None and len(_shape(reader, name) or ()) == 2 for name in (base, upper)):
        return None
    part = reader.read(plain)
    if not part.rank:
        return None
    reader.note("a prime is the transpose")
    return transposed(reader, node.span, part)


# -- letters that mean something by themselves


def _euler(_: Reader, node: Letter) -> Part | None:
    return Part(written(node.span, "e"), ATOM, node.span) if not node.sub else None


def _pi(_: Reader, node: Letter) -> Part | None:
    return Part(written(node.span, "pi"), ATOM, node.span) if not node.sub else None


def _infinity(reader: Reader, node: Letter) -> Part | None:
    raise reader.error(node, "infinity is no number here")


def _identity(reader: Reader, node: Letter) -> Part | None:
    """The identity, where arrays are about; a variable among numbers."""
    if not any(reader.context.shapes.values()):
        return None
    return _of_size(reader, node, lambda span, shape: _made(span, f"eye({shape[0]})", shape), 2)


def _ones(reader: Reader, node: Letter) -> Part | None:
    return _of_size(reader, node, lambda span, shape: _made(span, f"ones({_sizes(shape)})", shape), 1)


def _zeros(reader: Reader, node: Letter) -> Part | None:
    return _of_size(reader, node, lambda span, shape: _made(span, f"zeros({_sizes(shape)})", shape), 1)


def _sizes(shape: Shape) -> str:
    return ", ".join(map(str, shape))


def _made(span: Span, text: str, shape: Shape) -> Part:
    return Part(written(span, text), ATOM, span, shape)


def _of_size(reader: Reader, node: Letter, make: Callable[[Span, Shape], Part], rank: int) -> Part | None:
    r"""Of the size that stands below, as of ``I_n`` and ``\mathbf{1}_{n \times m}``, or of any."""
    sizes = told_sizes(reader, node)
    if sizes is None:
        return None
    if sizes:
        return make(node.span, sizes * rank if rank == 2 and len(sizes) == 1 else sizes)
    text = {"1": "1", "0": "0"}.get(node.base, "I")

    def sized(shape: Shape) -> Part:
        if node.base == "I" and len(set(shape)) > 1:
            raise reader.error(node, "the identity is square, and what it stands beside is not", None, "shape")
        return make(node.span, shape)

    return Part(written(node.span, text), ATOM, node.span, (0,) * rank, sized=sized)


def told_sizes(reader: Reader, node: Letter) -> tuple[int, ...] | None:
    """The sizes below a letter; () where there are none, None where what stands there is no size."""
    found: list[int] = []
    parts = [
        p
        for part in node.sub
        for p in (part.factors if isinstance(part, Product) and "times" in part.signs else (part,))
    ]
    for part in parts:
        if isinstance(part, Number) and part.text.isdigit():
            found.append(int(part.text))
        elif isinstance(part, Letter) and part.base in reader.context.sizes:
            found.append(reader.context.sizes[part.base])
        else:
            return None
    return tuple(found)


_SPECIAL: dict[tuple[str, str], Callable[[Reader, Letter], Part | None]] = {
    ("e", ""): _euler, ("pi", ""): _pi, ("infty", ""): _infinity, ("I", ""): _identity,
    ("1", "bf"): _ones, ("1", "bb"): _ones, ("0", "bf"): _zeros,
}  # fmt: skip
