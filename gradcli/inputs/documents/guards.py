"""What a formula needs to be known before it is read, so that nothing is judged on a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace

from gradcli.inputs.documents.heads import bare, parts_in
from gradcli.language.latex.nodes import (
    Applied,
    Bars,
    Call,
    Inner,
    Letter,
    Listed,
    Negative,
    Node,
    Power,
    Product,
    Subscripted,
    Sum,
)

Shape = tuple[str, ...]
NameOf = Callable[[Letter], str | None]

_TRANSPOSED = {"T", "top", "intercal"}
_OF_MATRICES = {"tr", "trace", "det", "logdet", "diag", "Diag", "vec", "rank"}
_ENTRYWISE = {"odot", "otimes", "oslash"}
KNOWN_FUNCTIONS = {"sigma", "Phi", "Gamma"}


@dataclass(frozen=True, slots=True)
class Lack:
    """What is not known, and what to write. ``name``: of the letter."""

    message: str
    hint: str


def lacking(node: Node, shapes: Mapping[str, Shape], functions: Iterable[str], name_of: NameOf) -> Lack | None:
    """The first thing that a formula takes for granted and that is not known; None where there is none.

    shapes:    of letters; functions: names of those that are defined
    """
    defined = set(functions)
    for part in parts_in(node):
        if isinstance(part, Applied):
            name = name_of(part.letter)
            if _is_call(part) and name not in defined and part.letter.base not in KNOWN_FUNCTIONS:
                return Lack(
                    f"{name or 'a function'} is applied to letters, and defined nowhere before", "define it above"
                )
        for letter in _of_shape(part):
            name = name_of(letter)
            if name is not None and not _known(letter, shapes, name_of):
                return unshaped(name)
    return _multiplied(node, shapes, name_of)


def unshaped(name: str) -> Lack:
    """That a shape is missing, and how to give it."""
    return Lack(f"the shape of {name} is not given", f"write % gradcli: shape {name}=n,n, or {name}=n for a vector")


def _is_call(applied: Applied) -> bool:
    r"""``f(x)``, ``f(x, y)``; not ``a(x + 1)``, which may be a product."""
    arguments = applied.arguments
    return len(arguments) > 1 or all(isinstance(bare(part), Letter | Listed) for part in arguments)


def _of_shape(part: Node) -> Iterator[Letter]:
    """The letters that have axes if the part means anything; none where one of several will do."""
    if isinstance(part, Power) and isinstance(part.exponent, Letter) and part.exponent.base in _TRANSPOSED:
        base = bare(part.base)
        yield from [base] if isinstance(base, Letter) else []
    elif isinstance(part, Letter) and (part.font == "bf" or "vec" in part.marks):
        yield part
    elif isinstance(part, Bars) and part.kind == "||":
        yield from _alone(part.body)
    elif isinstance(part, Call) and part.name in _OF_MATRICES:
        yield from (letter for argument in part.arguments for letter in _alone(argument))
    elif isinstance(part, Inner):
        yield from (letter for side in (part.left, part.right) for letter in _alone(side))
    elif isinstance(part, Product) and _ENTRYWISE & {*part.signs}:
        yield from (factor for factor in map(bare, part.factors) if isinstance(factor, Letter))


def _alone(node: Node) -> Iterator[Letter]:
    """A letter that is all of it, and those that are terms of a sum."""
    node = bare(node)
    if isinstance(node, Letter):
        yield node
    elif isinstance(node, Sum):
        for term in node.terms:
            yield from _alone(term)


def _multiplied(node: Node, shapes: Mapping[str, Shape], name_of: NameOf) -> Lack | None:
    """A letter of unknown shape behind a matrix: nobody writes a number there."""
    for part in parts_in(node):
        if not isinstance(part, Product):
            continue
        for left, sign, right in zip(part.factors, part.signs, part.factors[1:], strict=False):
            letter = bare(right)
            if sign or not isinstance(letter, Letter):
                continue
            if not _is_matrix(left, shapes, name_of) and not _is_row(left, shapes, name_of):
                continue
            name = name_of(letter)
            if name is not None and not _known(letter, shapes, name_of):
                return unshaped(name)
    return None


def _known(letter: Letter, shapes: Mapping[str, Shape], name_of: NameOf) -> bool:
    """Is the shape known, as that of a row of a matrix is, too?"""
    row = bool(letter.sub) and len(shapes.get(name_of(replace(letter, sub=())) or "", ())) > 1
    return row or letter.base in {"0", "1"} or name_of(letter) in shapes


def _is_matrix(node: Node, shapes: Mapping[str, Shape], name_of: NameOf) -> bool:
    node = bare(node)
    while isinstance(node, Power):
        node = bare(node.base)
    return isinstance(node, Letter) and len(shapes.get(name_of(node) or "", ())) == 2


def _is_row(node: Node, shapes: Mapping[str, Shape], name_of: NameOf) -> bool:
    r"""Something with axes that is turned: ``x^\top``."""
    if not isinstance(node, Power) or not isinstance(node.exponent, Letter) or node.exponent.base not in _TRANSPOSED:
        return False
    return any(isinstance(part, Letter) and shapes.get(name_of(part) or "") for part in parts_in(node.base))


def capitals_before(node: Node, shapes: Mapping[str, Shape], name_of: NameOf) -> Iterator[str]:
    """Capitals of unknown shape before a letter with axes: a matrix, as likely as a number."""
    for part in parts_in(node):
        for left, right in _side_by_side(part):
            name = name_of(_unprimed(left)) if isinstance(left, Letter) and left.base[:1].isupper() else None
            if name is not None and name not in shapes and _has_axes(right, shapes, name_of):
                yield name


def _side_by_side(part: Node) -> Iterator[tuple[Node, Node]]:
    r"""The factors of a product and what stands behind each; A of ``A^{-1}x`` and of ``A(x + y)``, too."""
    if isinstance(part, Applied) and part.letter.base not in KNOWN_FUNCTIONS:
        yield from ((part.letter, argument) for argument in part.arguments)
    elif isinstance(part, Product):
        for left, right in zip(map(bare, part.factors), part.factors[1:], strict=False):
            yield (bare(left.base) if isinstance(left, Power) else left), right


def _unprimed(letter: Letter) -> Letter:
    """X of ``X'``, which is transposed where X has axes."""
    return replace(letter, marks=tuple(mark for mark in letter.marks if mark != "prime"))


def added_to_vectors(node: Node, shapes: Mapping[str, Shape], name_of: NameOf) -> Iterator[str]:
    """Letters of unknown shape that are added to something with axes: a vector, as likely as a number."""
    for part in parts_in(node):
        if not isinstance(part, Sum):
            continue
        letters = [name_of(term) for term in map(_unsigned, part.terms) if isinstance(term, Letter)]
        if any(_has_axes(term, shapes, name_of) for term in part.terms):
            yield from (name for name in letters if name is not None and name not in shapes)


def _unsigned(node: Node) -> Node:
    node = bare(node)
    return bare(node.body) if isinstance(node, Negative) else node


def _has_axes(node: Node, shapes: Mapping[str, Shape], name_of: NameOf) -> bool:
    """A letter with axes is in it, and is no single entry."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Subscripted | Bars | Inner | Call):
            continue
        if isinstance(part, Letter):
            if shapes.get(name_of(part) or ""):
                return True
            continue
        waiting += _children(part)
    return False


def _children(node: Node) -> list[Node]:
    values = [getattr(node, each.name) for each in fields(node)]
    below = [value if isinstance(value, tuple) else (value,) for value in values]
    return [part for found in below for part in found if isinstance(part, Node)]
