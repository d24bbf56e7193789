"""Entries and rows of arrays, by numbers counted from 1, by bound indices and by free ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from gradcli.base.errors import Span
from gradcli.language.latex.nodes import Group, Letter, Negative, Node, Number, Product, Relation, Sum
from gradcli.language.latex.readers.code import ATOM, written
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.readers.numbers import number_of
from gradcli.language.latex.readers.parts import Part
from gradcli.language.latex.readers.reader import Range, Reader
from gradcli.language.nodes import Size

_NEAR = 1000  # sizes that differ by so much at most are those of one letter: stand-ins of letters are farther apart


@dataclass(frozen=True, slots=True)
class Place:
    """Along one axis: a text in brackets that picks one entry, or an index that runs over a slice of the axis.

    label: of the index; "" where one entry is picked
    text:  in brackets; ":" for all of the axis
    """

    label: str
    text: str


def index_parts(sub: Sequence[Node]) -> list[Node]:
    """What stands below, an index each: of ``ij`` and of ``i,j`` two."""
    found: list[Node] = []
    for part in sub:
        plain = part.body if isinstance(part, Group) else part
        if (
            isinstance(plain, Product)
            and not any(plain.signs)
            and len(sub) == 1
            and all(isinstance(factor, Letter | Number) and not getattr(factor, "sub", ()) for factor in plain.factors)
        ):
            found.extend(plain.factors)
        elif isinstance(plain, Number) and len(sub) == 1 and len(plain.text) > 1:
            found.append(plain)
        else:
            found.append(plain)
    return found


def entry(reader: Reader, span: Span, array: Part, sub: Sequence[Node]) -> Part:
    """Entries of an array. Errors: ExpressionError for an index past its end, and for one too many or too few."""
    if array.axes:
        raise reader.error(span, "an index below what has one already")
    indices = index_parts(sub)
    if len(indices) == 1 and isinstance(indices[0], Number) and array.rank == len(indices[0].text) > 1:
        indices = [replace(indices[0], text=digit) for digit in indices[0].text]  # A_{12} of a matrix
    if len(indices) != array.rank:
        return _line(reader, span, array, indices)
    places = [place_of_index(reader, index, extent) for index, extent in zip(indices, array.shape, strict=True)]
    return _picked(reader, span, array, places)


def _picked(reader: Reader, span: Span, array: Part, places: Sequence[Place]) -> Part:
    labels = tuple(place.label for place in places if place.label and place.label != "#")
    whole = all(place.text == ":" for place in places)
    code = array.code if whole else written(span, array.within(ATOM), "[", _brackets(places), "]")
    kept = tuple(
        _length(reader, place.text, extent)
        for place, extent in zip(places, array.shape, strict=False)
        if place.label == "#"
    )
    rest = (*kept, *array.shape[len(places) :])
    order = [place.label for place in places if place.label]
    if "#" in order and labels and order.index("#") < max(order.index(label) for label in labels):
        if len(places) != 2 or array.rank != 2:
            raise reader.error(span, "a slice before an index is read for matrices alone")
        turned = replace(array, code=written(span, array.within(ATOM), ".T"), shape=array.shape[::-1])
        return _picked(reader, span, turned, places[::-1])
    if len(set(labels)) < len(labels):
        if len(labels) != 2 or rest or not whole:
            raise reader.error(span, "one index twice below an array is read for the diagonal of a matrix alone")
        return Part(written(span, "diag(", code, ")"), ATOM, span, (), labels[:1])
    return Part(code, ATOM, span, rest, labels)


def _brackets(places: Sequence[Place]) -> str:
    texts = [place.text for place in places]
    while len(texts) > 1 and texts[-1] == ":":
        texts.pop()
    return ", ".join(texts)


def _line(reader: Reader, span: Span, array: Part, indices: Sequence[Node]) -> Part:
    """A row or a column of a matrix by one index that a sum bounds, where its sizes tell which."""
    below = "one index stands" if len(indices) == 1 else f"{len(indices)} indices stand"
    said = f"this has {array.rank} axes, and {below} below it"
    label = _plain_label(indices[0]) if len(indices) == 1 else None
    if array.rank != 2 or label is None or array.shape[0] == array.shape[1]:
        raise reader.error(span, said, "A_{ij} is an entry of a matrix, x_i one of a vector")
    count = _count(reader.bound.get(label, Range()))
    if count == array.shape[0]:
        return _picked(reader, span, array, [place_of_index(reader, indices[0], array.shape[0])])
    if count == array.shape[1]:
        turned = replace(array, code=written(span, array.within(ATOM), ".T"), shape=array.shape[::-1])
        return _picked(reader, span, turned, [place_of_index(reader, indices[0], turned.shape[0])])
    raise reader.error(span, said, "A_{ij} is an entry of a matrix, x_i one of a vector")


def _count(range_: Range) -> int | None:
    if range_.low != 1 or range_.high is None or range_.name is not None:
        return None
    return range_.high


def _plain_label(index: Node) -> str | None:
    return index.base if isinstance(index, Letter) and not index.sub and not index.marks else None


def rows_of(reader: Reader, node: Letter, *, numbered: bool = False) -> Part | None:
    """``x_i`` where X alone has a shape: the rows of X, by an index that runs, or stands for a number now."""
    if len(node.base) != 1 or not node.base.islower() or len(node.sub) != 1:
        return None
    label = _plain_label(node.sub[0]) or ("" if numbered and isinstance(node.sub[0], Number) else None)
    upper = name_of(replace(node, base=node.base.upper(), sub=()), reader.context.known)
    shape = None if upper is None else reader.context.shape(upper)
    if label is None or shape is None or len(shape) != 2 or label in reader.context.names:
        return None
    count = _count(reader.bound.get(label, Range()))
    if label in reader.bound and count is not None and count == shape[1] != shape[0]:
        array = reader.variable(str(upper), node.span, shape)
        turned = replace(array, code=written(node.span, array.code, ".T"), shape=shape[::-1])
        reader.note(f"{node.base}_{label} are the columns of {upper}")
        return _picked(reader, node.span, turned, [place_of_index(reader, node.sub[0], shape[1])])
    if label:
        reader.note(f"{node.base}_{label} are the rows of {upper}")
    array = reader.variable(str(upper), node.span, shape)
    return _picked(reader, node.span, array, [place_of_index(reader, node.sub[0], shape[0])])


def place_of_index(reader: Reader, index: Node, extent: int) -> Place:
    """Errors: ExpressionError for an index past the end."""
    if isinstance(index, Letter) and index.base in {"colon", "dot"}:
        return Place("#", ":")
    if isinstance(index, Relation):
        return Place("#", _range(reader, index, extent))
    value = number_of(index, reader.numbers)
    if value is not None:
        return Place("", _fixed(reader, index, value, extent))
    label, shift = shifted(reader, index)
    if label in reader.bound:
        return Place(label, _slice(reader, index, label, shift, extent))
    if label in reader.context.sizes:
        return Place("", _at_size(reader, index, reader.context.sizes[label], shift, extent))
    if label in reader.context.names and label not in reader.context.indices:
        reader.variable(label, index.span)
        return Place("", f"{label} - {1 - shift}" if shift < 1 else label if shift == 1 else f"{label} + {shift - 1}")
    if shift:
        raise reader.error(index, f"how far {label} runs is not told", rf"write it: \sum_{{{label}=1}}^{{n-1}}")
    _told_extent(reader, index, label, extent)
    return Place(label, ":")


def _range(reader: Reader, index: Relation, extent: int) -> str:
    """``2:n``, both ends counted from 1 and included, as a slice."""
    if index.signs != (":",) or len(index.parts) != 2:
        raise reader.error(index, "a slice has a first and a last entry", "x_{2:n}")
    first, last = (None if isinstance(p, Letter) and p.base == "colon" else p for p in index.parts)
    start = Fraction(1) if first is None else number_of(first, reader.numbers)
    if start is None or start.denominator > 1 or start < 1:
        raise reader.error(index, "a slice begins with a number from 1", "x_{2:n}")
    stop = extent if last is None else _end_of_slice(reader, last)
    if _beyond(stop, extent):
        raise reader.error(index, f"the slice ends at {stop}, and there are {extent} entries", None, "shape")
    return f"{int(start) - 1 or ''}:{_stop(stop, extent)}"


def _end_of_slice(reader: Reader, node: Node) -> int:
    value = number_of(node, reader.numbers)
    if value is not None and value.denominator == 1:
        return int(value)
    letter, shift = shifted(reader, node)
    if letter not in reader.context.sizes:
        raise reader.error(node, "a slice ends at a number or at the letter of a size", "x_{2:n}")
    return tidy(reader, reader.context.sizes[letter] + shift)


def _length(reader: Reader, text: str, extent: int) -> int:
    """How many entries a slice has."""
    first, _, last = text.partition(":")
    stop = extent if not last else extent + int(last) if last.startswith("-") else int(last)
    return tidy(reader, stop - int(first or 0))


def _fixed(reader: Reader, index: Node, value: Fraction, extent: int) -> str:
    if value.denominator > 1 or value < 1 or value > extent:
        raise reader.error(index, f"there is no entry {value}: they are counted from 1 to {extent}", None, "shape")
    return str(int(value) - 1)


def _at_size(reader: Reader, index: Node, size: int, shift: int, extent: int) -> str:
    if size != extent or shift > 0:
        raise reader.error(index, f"whether there is such an entry is not told: there are {extent}", None, "shape")
    return str(shift - 1)


def shifted(reader: Reader, index: Node) -> tuple[str, int]:
    """``i+1`` as its letter and what is added."""
    if isinstance(index, Letter):
        return name_of(index, reader.context.known) or index.base, 0
    if isinstance(index, Sum):
        letters = [term for term in index.terms if number_of(term, reader.numbers) is None]
        rest = sum((number_of(t, reader.numbers) or Fraction() for t in index.terms if t not in letters), Fraction())
        if len(letters) == 1 and isinstance(letters[0], Letter) and rest.denominator == 1:
            return letters[0].base, int(rest)
    if isinstance(index, Negative):
        raise reader.error(index, "an index is a letter to which a number is added, not a negative one")
    raise reader.error(index, "an index is a number, or a letter to which a number is added")


def _slice(reader: Reader, index: Node, label: str, shift: int, extent: int) -> str:
    """The slice of an axis over which a bound index runs. Errors: ExpressionError where it goes past an end."""
    range_ = reader.bound[label]
    if range_.low is None:
        if shift:
            raise reader.error(index, f"how far {label} runs is not told", rf"write it: \sum_{{{label}=1}}^{{n-1}}")
        _told_extent(reader, index, label, extent)
        return ":"
    high = _high(reader, range_, extent)
    start, stop = range_.low - 1 + shift, high + shift
    if start < 0 or _beyond(stop, extent):
        said = f"{label} runs to {high}" if start >= 0 else f"{label} begins with {range_.low}"
        raise reader.error(index, f"{said}, and there are {extent} entries, counted from 1", None, "shape")
    _told_extent(reader, index, label, tidy(reader, high - range_.low + 1))
    first = str(start) if start else ""
    return f"{first}:{_stop(stop, extent)}"


def _beyond(stop: int, extent: int) -> bool:
    """Is it certainly, or possibly, past the end?"""
    difference = int(extent) - int(stop)
    return difference < 0 or (isinstance(stop, Size) and difference > _NEAR)


def _stop(stop: int, extent: int) -> str:
    if stop == extent:
        return ""
    return str(int(stop) - int(extent)) if isinstance(extent, Size) and isinstance(stop, Size) else str(stop)


def tidy(reader: Reader, size: int) -> int:
    """A size near that of a letter as the letter to which a number is added: ``n - 1`` of n - 2 + 1."""
    for letter in reader.context.sizes.values():
        difference = int(size) - int(letter)
        if isinstance(size, Size) and abs(difference) <= _NEAR:
            near: int = letter + difference
            return near
    return size


def _high(reader: Reader, range_: Range, extent: int) -> int:
    """The upper end of a range; a name there that nobody told is the size of the first axis over which it runs."""
    assert range_.high is not None
    if range_.name is None:
        return range_.high
    told = reader.met.told.setdefault(range_.name, extent)
    return told + range_.high


def _told_extent(reader: Reader, index: Node, label: str, extent: int) -> None:
    """Errors: ExpressionError for an index over two axes of different size."""
    known = reader.met.extents.setdefault(label, extent)
    if known != extent:
        message = f"the index {label} runs over {known} entries elsewhere, and over {extent} here"
        raise reader.error(index, message, None, "shape")


def kronecker(reader: Reader, node: Letter) -> Part | None:
    r"""``\delta_{ij}`` with two indices that run over axes of known size: the identity."""
    indices = [_plain_label(part) for part in index_parts(node.sub)]
    running = {*reader.bound, *reader.context.indices}
    if node.base != "delta" or node.marks or "delta" in reader.context.known or len(indices) != 2:
        return None
    one, other = indices
    if one is None or other is None or not {one, other} <= running or one == other:
        return None
    extent = reader.met.extents.get(one) or reader.met.extents.get(other)
    if extent is None:
        reader.met.waiting = node
        return Part(written(node.span, "eye"), ATOM, node.span, (), (one, other))
    for label in (one, other):
        _told_extent(reader, node, label, extent)
    return Part(written(node.span, f"eye({extent})"), ATOM, node.span, (), (one, other))


def index_value(reader: Reader, node: Letter) -> Part:
    """A bound index as a number: the numbers that it runs over. Errors: ExpressionError where its end is not told."""
    range_ = reader.bound[node.base]
    high = range_.high
    if range_.low is None or high is None or (range_.name is not None and range_.name not in reader.met.told):
        if node.base not in reader.met.extents:
            reader.met.waiting = node
            return Part(written(node.span, "arange"), ATOM, node.span, (), (node.base,))
        low, high = 1, reader.met.extents[node.base]
    else:
        low = range_.low
        high = high if range_.name is None else reader.met.told[range_.name] + high
    return Part(written(node.span, f"arange({low}, {tidy(reader, high + 1)})"), ATOM, node.span, (), (node.base,))
