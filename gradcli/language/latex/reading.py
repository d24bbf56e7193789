"""A LaTeX formula as a formula of gradcli's language, by shapes and by what is defined."""

from __future__ import annotations

from dataclasses import replace

from gradcli.base.errors import ExpressionError
from gradcli.language.latex import nodes
from gradcli.language.latex.context import EMPTY, Axes, Context, Reading
from gradcli.language.latex.readers.applied import read_applied
from gradcli.language.latex.readers.binding import refuse_differentials, refuse_one_name
from gradcli.language.latex.readers.calls import read_call
from gradcli.language.latex.readers.conditions import read_cases, read_indicator, read_joined, read_relation
from gradcli.language.latex.readers.derivatives import read_derivative, read_nabla
from gradcli.language.latex.readers.letters import read_letter, read_number
from gradcli.language.latex.readers.literals import (
    read_binomial,
    read_ceil,
    read_factorial,
    read_floor,
    read_group,
    read_listed,
    read_matrix,
    read_subscripted,
)
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.readers.norms import read_bars
from gradcli.language.latex.readers.numbers import letters_in
from gradcli.language.latex.readers.parts import Part
from gradcli.language.latex.readers.powers import read_power, read_root
from gradcli.language.latex.readers.products import read_inner, read_negative, read_product, read_quotient, read_sum
from gradcli.language.latex.readers.reader import Met, Reader, Table
from gradcli.language.latex.readers.sums import read_big
from gradcli.language.nodes import Size

__all__ = ["EMPTY", "Context", "Reading", "read_latex"]

_TABLE: Table = {
    nodes.Number: read_number, nodes.Letter: read_letter, nodes.Subscripted: read_subscripted,
    nodes.Power: read_power, nodes.Product: read_product, nodes.Quotient: read_quotient,
    nodes.Negative: read_negative, nodes.Sum: read_sum, nodes.Root: read_root, nodes.Call: read_call,
    nodes.Applied: read_applied, nodes.Group: read_group, nodes.Bars: read_bars, nodes.Inner: read_inner,
    nodes.Floor: read_floor, nodes.Ceil: read_ceil, nodes.Factorial: read_factorial, nodes.Binomial: read_binomial,
    nodes.Big: read_big, nodes.Derivative: read_derivative, nodes.Nabla: read_nabla, nodes.Cases: read_cases,
    nodes.Matrix: read_matrix, nodes.Indicator: read_indicator, nodes.Relation: read_relation,
    nodes.Joined: read_joined, nodes.Listed: read_listed,
}  # fmt: skip


def read_latex(
    given: str | nodes.Node, context: Context = EMPTY, source: str | None = None, *, claim: bool = False
) -> Reading:
    r"""What a LaTeX formula says in gradcli's language.

    given:   the text, or its tree, as a document has it
    source:  of a tree the text in which its places are
    claim:   may a derivative stand on the left of an equation too?
    An equation with a name or f(x) on the left stands for its right side. Errors: ExpressionError for what cannot be
    read, with its place in the LaTeX; for what can be read in two ways, with both.

    >>> read_latex(r"\frac12 \|Ax - b\|_2^2", Context({"A": ("m", "n"), "x": ("n",), "b": ("m",)})).text
    '1/2*sum((A@x - b)**2)'
    """
    if isinstance(given, str):
        from gradcli.language.latex.grammar import parse_latex  # with lark, which an extra brings

        source = given
        node = parse_latex(given, context.macros)
    else:
        node = given
    name, parameters, body = _definition(_claimed(node) if claim else node)
    if name is not None:
        context = replace(context, indices=context.indices | _indices(node))
    met, part = _read(body, context, source)
    reader = Reader(context, _TABLE, source, met)
    refuse_one_name(reader, body)
    refuse_differentials(reader, body)
    label = None if name is None else name_of(name, context.known)
    params = tuple(name_of(p, context.known) or p.base for p in parameters)
    places = part.code.places
    return Reading(
        source, part.text, tuple(met.notes), places, node.span, tuple(met.names), _axes(met, part), label, params
    )


def _read(node: nodes.Node, context: Context, source: str | None) -> tuple[Met, Part]:
    """Twice, where arrays tell sizes that stand before them."""
    known = Met()
    for attempt in range(3):
        met = Met(extents=dict(known.extents), told=dict(known.told))
        reader = Reader(context, _TABLE, source, met)
        try:
            part = reader.read(node)
        except ExpressionError:
            if attempt == 2 or (met.told, met.extents) == (known.told, known.extents):
                raise
            known = met
            continue
        if met.waiting is None and met.told == known.told:
            break
        if (met.told, met.extents) == (known.told, known.extents):
            raise _no_end(reader, met)
        known = met
    if part.sized is not None:
        message = "how large this is, is not told: the identity, ones or zeros that stand beside no array of known size"
        raise reader.error(node, message, r"write the size below: I_n, \mathbf{1}_n")
    for axis in part.axes:
        if axis not in context.indices:
            reader.note(f"the index {axis} is bound by no sum: the array of all values")
    return met, part


def _no_end(reader: Reader, met: Met) -> Exception:
    assert met.waiting is not None
    error: Exception = reader.error(met.waiting, "how far this index runs is not told", r"write it: \sum_{i=1}^{n}")
    return error


def _axes(met: Met, part: Part) -> Axes:
    extents = (*(met.extents.get(axis, 0) for axis in part.axes), *part.shape)
    return tuple(str(extent) if isinstance(extent, Size) else extent for extent in extents)


def _definition(node: nodes.Node) -> tuple[nodes.Letter | None, tuple[nodes.Letter, ...], nodes.Node]:
    """Of ``f(x) = y = ...`` the name, the parameters and the right side."""
    if not isinstance(node, nodes.Relation) or set(node.signs) != {"="}:
        return None, (), node
    *left, right = node.parts
    found = [_left(part) for part in left]
    if any(one is None for one in found):
        return None, (), node
    first = found[0]
    assert first is not None
    return first[0], first[1], right


def _claimed(node: nodes.Node) -> nodes.Node:
    """The right side of a claim whose left one is a derivative."""
    if not isinstance(node, nodes.Relation) or set(node.signs) != {"="} or len(node.parts) != 2:
        return node
    left = node.parts[0]
    return node.parts[1] if isinstance(left, nodes.Derivative | nodes.Nabla) else node


def _left(node: nodes.Node) -> tuple[nodes.Letter, tuple[nodes.Letter, ...]] | None:
    """A name, or a name with letters in parentheses."""
    if isinstance(node, nodes.Letter):
        return node, ()
    if not isinstance(node, nodes.Applied) or node.power is not None:
        return None
    items = [i for a in node.arguments for i in (a.items if isinstance(a, nodes.Listed) else (a,))]
    letters = tuple(item for item in items if isinstance(item, nodes.Letter))
    return (node.letter, letters) if len(letters) == len(items) else None


def _indices(node: nodes.Node) -> frozenset[str]:
    """Letters below the left side."""
    assert isinstance(node, nodes.Relation)
    left = node.parts[0]
    letter = left.letter if isinstance(left, nodes.Applied) else left
    return frozenset(letters_in(letter.sub)) if isinstance(letter, nodes.Letter) else frozenset()
