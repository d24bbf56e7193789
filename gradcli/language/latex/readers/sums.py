r"""``\sum``, ``\prod``, ``\max`` and ``\min`` over indices: of arrays along axes, of a few numbers written out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from itertools import product

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.language.latex.nodes import Big, Group, Letter, Listed, Relation
from gradcli.language.latex.readers.arrays import aligned, summed
from gradcli.language.latex.readers.binding import letters_below, refuse_bound_twice
from gradcli.language.latex.readers.calls import told_apart, with_constants
from gradcli.language.latex.readers.chains import factors_of, times
from gradcli.language.latex.readers.code import ATOM, written
from gradcli.language.latex.readers.entries import tidy
from gradcli.language.latex.readers.pairs import Pairs, pairs_of, triangular
from gradcli.language.latex.readers.parts import Factor, Part, number
from gradcli.language.latex.readers.products import added
from gradcli.language.latex.readers.ranges import CALLED, indices_of, range_of
from gradcli.language.latex.readers.reader import Range, Reader

MAX_TERMS = 100  # that are written out

_MASKS = {
    "<": [("triu", 1)], "<=": [("triu", 0)], ">": [("tril", -1)], ">=": [("tril", 0)],
    "!=": [("triu", 1), ("tril", -1)],
}  # fmt: skip


def read_big(reader: Reader, node: Big) -> Part:
    """Errors: ExpressionError for an infinite sum, a condition that is none on two indices, a range that is not told;
    LimitError for too many terms to write out."""
    refuse_bound_twice(reader, node)
    node = triangular(reader, node)
    indices, relation = indices_of(reader, node)
    if not indices:
        return _of_one(reader, node) or _of_all(reader, node)
    range_ = range_of(reader, node)
    if (pairs := pairs_of(reader, node)) is not None and (made := _pairs_written_out(reader, node, pairs)) is not None:
        return made
    inner = reader.within(dict.fromkeys(indices, range_))
    try:
        body = inner.read(node.body)
        if any(index in body.axes for index in indices) or node.kind in {"max", "min"} or range_.low is None:
            return _over_axes(inner, node, indices, relation, body)
    except ExpressionError:
        if not _few(range_) or relation is not None:
            raise
    if _few(range_) and relation is None:
        return _written_out(reader, node, indices, range_)
    return _over_axes(inner, node, indices, relation, inner.read(node.body))


def _of_one(reader: Reader, node: Big) -> Part | None:
    r"""``\sum x_i y_i``: over the only index that there is. None where there is none, or several."""
    ranged = {letter for letter, range_ in reader.bound.items() if range_ != Range()}
    outer = {*ranged, *reader.numbers, *reader.context.indices, *reader.context.known}
    found = [letter for letter in letters_below(node.body) if letter not in outer]
    if len(found) != 1 or node.kind not in {"sum", "prod"} or node.low is not None or node.high is not None:
        return None
    inner = reader.within({found[0]: Range()})
    body = inner.read(node.body)
    if found[0] not in body.axes:
        return None
    reader.note(f"the {CALLED[node.kind]} is over {found[0]}")
    return _over_axes(inner, node, found, None, body)


def _of_all(reader: Reader, node: Big) -> Part:
    r"""``\operatorname{sum}(A)``: over all entries, or along an axis that is named."""
    inner = node.body.body if isinstance(node.body, Group) else node.body
    operands, constants = told_apart(reader, inner.items if isinstance(inner, Listed) else (inner,))
    name = {"max": "amax", "min": "amin"}.get(node.kind, node.kind) if constants else node.kind
    parts = [reader.read(operand) for operand in operands]
    if len(parts) != 1 or parts[0].scalar or parts[0].axes or node.low is not None or node.high is not None:
        raise reader.error(node, f"over what this {CALLED[node.kind]} goes, is not told", r"\sum_{i=1}^{n} x_i")
    if constants:
        return with_constants(reader, node.span, name, parts, constants)
    return Part(written(node.span, f"{name}(", parts[0].code, ")"), ATOM, node.span)


def _few(range_: Range) -> bool:
    return range_.low is not None and type(range_.high) is int and range_.name is None


# -- along axes


def _over_axes(reader: Reader, node: Big, indices: Sequence[str], relation: Relation | None, body: Part) -> Part:
    if relation is not None:
        depends = set(body.axes)
        body = _masked(reader, node, relation, body)
        indices = [index for index in indices if index in body.axes] if {*indices} & depends else indices
        if not indices:
            return body
    if node.kind == "sum":
        return _sum(reader, node, indices, body)
    missing = [index for index in indices if index not in body.axes]
    if missing:
        if node.kind == "prod" and body.scalar and not body.axes:
            return _power(reader, node, indices, body)
        said = "is no index of what follows: this is an optimisation problem, or a maximum over something else"
        raise reader.error(node, f"{missing[0]} {said}", r"\max_i x_i is the largest entry of x")
    name = {"prod": "prod", "max": "amax", "min": "amin"}[node.kind]
    if node.kind == "prod" and len(indices) > 1 and len(body.labels) > len(indices):
        raise reader.error(node, "a product over several indices of an array is not read")
    dims = sorted(body.labels.index(index) for index in indices)
    whole = len(dims) == len(body.labels)
    dim = "" if whole else f", dim={dims[0] if len(dims) == 1 else tuple(dims)}"
    name = {"amax": "max", "amin": "min"}.get(name, name) if whole else name
    code = written(node.span, f"{name}(", body.code, dim, ")")
    return Part(code, ATOM, node.span, body.shape, tuple(axis for axis in body.axes if axis not in indices))


def _sum(reader: Reader, node: Big, indices: Sequence[str], body: Part) -> Part:
    there = [index for index in indices if index in body.axes]
    made = body
    if there:
        kept = tuple(label for label in body.labels if label not in there)
        found = summed(node.span, factors_of(body), there, kept)
        axes = tuple(label for label in kept if label[0] != "#")
        made = Part(found.code, found.binds, node.span, body.shape, axes, body.row, "@" in str(found.code))
    for index in indices:
        if index not in there:
            made = times(node.span, _extent(reader, node, index), made)
    return made


def _extent(reader: Reader, node: Big, index: str) -> Part:
    """How many values an index takes, of which the body does not depend."""
    range_ = reader.bound[index]
    if range_.low is None or range_.high is None:
        known = reader.met.extents.get(index)
        if known is None:
            raise reader.error(node, f"how far {index} runs is not told, and what follows does not depend on it")
        return Part(written(node.span, str(known)), ATOM, node.span)
    shift = tidy(reader, range_.high - range_.low + 1)
    if range_.name is None:
        return Part(written(node.span, f"({shift})" if " " in str(shift) else str(shift)), ATOM, node.span)
    name = reader.variable(range_.name, node.span)
    if shift == 0:
        return name
    return Part(written(node.span, f"({range_.name} {'+' if shift > 0 else '-'} {abs(shift)})"), ATOM, node.span)


def _power(reader: Reader, node: Big, indices: Sequence[str], body: Part) -> Part:
    raised = reduce(lambda a, b: times(node.span, a, b), [_extent(reader, node, index) for index in indices])
    return Part(written(node.span, body.within(ATOM), "**", raised.within(ATOM)), 2, node.span)


def _masked(reader: Reader, node: Big, relation: Relation, body: Part) -> Part:
    """With zeros where the condition on two indices does not hold."""
    one, other = (part.base for part in relation.parts if isinstance(part, Letter))
    sign = relation.signs[0]
    if body.shape or node.kind != "sum" or len(body.axes) < 2 or not {one, other} <= set(body.axes):
        if node.kind == "sum" and not body.shape and {one, other} & set(body.axes) and sign == "!=":
            return _all_but(reader, node, body, one, other)
        raise reader.error(node, "this condition is read in sums of numbers that depend on both indices")
    labels = (*(label for label in body.axes if label not in {one, other}), one, other)
    factor = aligned(node.span, Factor(body.code, body.binds, body.axes), labels)
    first = [reader.bound[name].low or 1 if name in reader.bound else 1 for name in (one, other)]
    pieces = [written(node.span, f"{name}(", factor.code, f", {first[0] - first[1] + k})") for name, k in _MASKS[sign]]
    if len(pieces) > 1:
        return Part(written(node.span, "(", pieces[0], " + ", pieces[1], ")"), ATOM, node.span, (), labels)
    return Part(pieces[0], ATOM, node.span, (), labels)


def _all_but(reader: Reader, node: Big, body: Part, one: str, other: str) -> Part:
    """``\\sum_{j \\ne i} x_j``: the sum of all less the one, for each i."""
    axis = one if one in body.axes else other
    missing = other if axis == one else one
    if len(body.axes) != 1 or missing not in {*reader.bound, *reader.context.indices}:
        raise reader.error(node, "this condition is read in sums of numbers that depend on both indices")
    code = written(node.span, "sum(", body.code, ") - ", body.within(1))
    return Part(written(node.span, "(", code, ")"), ATOM, node.span, (), (missing,))


# -- written out


def _written_out(reader: Reader, node: Big, indices: Sequence[str], range_: Range) -> Part:
    """Term by term, with numbers for the indices."""
    assert range_.low is not None
    assert range_.high is not None
    count = range_.high - range_.low + 1
    if count ** len(indices) > MAX_TERMS:
        raise LimitError(
            f"{count ** len(indices)} terms; at most {MAX_TERMS} are written out", span=node.span, source=reader.source
        )
    readers = [reader]
    for index in indices:
        readers = [one.with_number(index, k) for one in readers for k in range(range_.low, range_.high + 1)]
    return _terms(reader, node, [one.read(node.body) for one in readers])


def _terms(reader: Reader, node: Big, terms: Sequence[Part]) -> Part:
    if not terms:
        return number(node.span, Fraction(int(node.kind == "prod")), known=True)
    if node.kind == "sum":
        nonzero = [term for term in terms if term.value != 0 or term.value is None]
        return added(reader, node.span, nonzero).at(node.span) if len(nonzero) > 1 else (nonzero or terms)[0]
    return reduce(lambda a, b: times(node.span, a, b), terms)


def _pairs_written_out(reader: Reader, node: Big, pairs: Pairs) -> Part | None:
    """Of a body that may be infinite where the condition does not hold, so that no mask makes it right: what remains,
    term by term. None where sizes are letters, or there are too many."""
    if node.kind != "prod" and not pairs.may_break:
        return None
    inner = reader.within(pairs.ranges)
    inner.read(pairs.body)  # tells how far the indices run
    found = []
    for index, range_ in pairs.ranges.items():
        high = range_.high if range_.name is None else None
        end = reader.met.extents.get(index) if high is None else high
        if type(end) is not int:
            return None
        found.append(range(range_.low or 1, end + 1))
    kept = [pair for pair in product(*found) if pairs.holds(*pair)]
    if not 0 < len(kept) <= MAX_TERMS:
        return None
    one, other = pairs.ranges
    readers = [reader.with_number(one, i).with_number(other, j) for i, j in kept]
    return _terms(reader, node, [each.read(pairs.body) for each in readers])
