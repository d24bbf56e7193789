r"""What a left side differentiates, and in what: ``\nabla_w L``, ``\frac{d^2 s}{dz^2}``, ``f'(x)``, ``J_f``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from gradcli.language.latex.nodes import (
    Applied,
    Derivative,
    Group,
    Letter,
    Nabla,
    Node,
    Number,
    Power,
    Product,
)

_TRANSPOSED = {"T", "top", "intercal", "prime"}
_DOTS = {"dot": 1, "ddot": 2}


@dataclass(frozen=True, slots=True)
class Head:
    """A derivative that stands by itself.

    body:      of what: a letter, a letter applied to others, or a formula
    variables: in what; none where that is the only variable there is
    order:     how often
    kind:      grad, jacobian, hessian or laplacian where the sign says so
    named:     does a letter say it that may as well be a name (``u_t``, ``J_f``)?
    partial:   may other letters be held fixed? prime: is the variable a number?
    """

    body: Node
    variables: tuple[Letter, ...]
    order: int
    kind: str | None = None
    named: bool = False
    partial: bool = False
    prime: bool = False


def head_of(node: Node) -> Head | None:
    """The derivative that a node is; None of any other, of a product with a derivative in it, of a curl."""
    node = bare(node)
    if isinstance(node, Derivative):
        variables = tuple(map(_variable, node.variables))
        known = tuple(letter for letter in variables if letter is not None)
        if node.body is None or len(known) < len(variables) or node.order != len(variables):
            return None
        return Head(bare(node.body), known, node.order, partial=node.kind == "partial")
    if isinstance(node, Nabla) and node.kind == "grad" and node.body is not None and node.order in {1, 2}:
        variables = tuple(map(_variable, node.variables))
        known = tuple(letter for letter in variables if letter is not None)
        return Head(bare(node.body), known, node.order, partial=True) if len(known) == len(variables) else None
    return _primed(node) or _dotted(node) or _subscripted(node)


def _variable(node: Node) -> Letter | None:
    r"""``w`` of ``w`` and of ``w^\top``, as in ``\partial w \partial w^\top``."""
    node = bare(node)
    if isinstance(node, Power) and isinstance(node.exponent, Letter) and node.exponent.base in _TRANSPOSED:
        node = bare(node.base)
    if isinstance(node, Letter) and "prime" in node.marks:
        return replace(node, marks=tuple(mark for mark in node.marks if mark != "prime"))
    return node if isinstance(node, Letter) else None


def _primed(node: Node) -> Head | None:
    """``f'``, ``f'(x)``, ``f''(x)``, ``(x^2)'``."""
    letter = node.letter if isinstance(node, Applied) and node.power is None else node
    if isinstance(letter, Letter) and letter.marks[-1:] == ("prime",):
        plain = letter.marks
        while plain[-1:] == ("prime",):
            plain = plain[:-1]
        order = len(letter.marks) - len(plain)
        function = replace(letter, marks=plain)
        body = replace(node, letter=function) if isinstance(node, Applied) else function
        return Head(body, (), order, None, not isinstance(node, Applied), prime=True)
    if isinstance(node, Power) and isinstance(node.exponent, Letter) and node.exponent.base == "prime":
        return Head(bare(node.base), (), 1, prime=True)
    return None


def _dotted(node: Node) -> Head | None:
    r"""``\dot x``, ``\ddot x(t)``: in time."""
    letter = node.letter if isinstance(node, Applied) and node.power is None else node
    if not isinstance(letter, Letter) or not letter.marks or letter.marks[-1] not in _DOTS:
        return None
    order = _DOTS[letter.marks[-1]]
    function = replace(letter, marks=letter.marks[:-1])
    if isinstance(node, Applied):
        time = bare(node.arguments[0])
        if len(node.arguments) > 1 or not isinstance(time, Letter):
            return None
        return Head(replace(node, letter=function), (time,) * order, order, named=True)
    return Head(function, (Letter("t", span=letter.span),) * order, order, named=True)


def _subscripted(node: Node) -> Head | None:
    """``u_t``, ``u_{xx}(x, t)``: of a function and its arguments, as may be; ``J_f``."""
    letter = node.letter if isinstance(node, Applied) and node.power is None else node
    if not isinstance(letter, Letter) or len(letter.sub) != 1 or letter.marks:
        return None
    below = letter.sub[0]
    if letter.base == "J" and isinstance(below, Letter):
        body = replace(node, letter=below) if isinstance(node, Applied) else below
        return Head(body, (), 1, "jacobian", named=True)
    parts = below.factors if isinstance(below, Product) else (below,)
    names = tuple(part for part in parts if isinstance(part, Letter))
    if len(names) < len(parts) or not names or any(name.base in {"top", "star"} for name in names):
        return None
    function = replace(letter, sub=())
    body = replace(node, letter=function) if isinstance(node, Applied) else function
    return Head(body, names, len(names), None, named=True, partial=True)


def bare(node: Node) -> Node:
    """Without parentheses around all of it."""
    while isinstance(node, Group) and node.kind in {"(", "[", "{"}:
        node = node.body
    return node


def parts_in(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    waiting: list[Any] = [node]  # Any: what a field of a node holds
    while waiting:
        found = waiting.pop()
        if isinstance(found, tuple):
            waiting += reversed(found)
        elif isinstance(found, Node):
            yield found
            waiting += [getattr(found, each.name) for each in reversed(fields(found))]
        elif is_dataclass(found) and not isinstance(found, type):
            waiting += [getattr(found, each.name) for each in fields(found)]


def has_derivative(node: Node) -> bool:
    """Is something differentiated in it?"""
    return any(isinstance(part, Derivative | Nabla) for part in parts_in(node))


def is_zero(node: Node) -> bool:
    """A plain 0, or a bold one."""
    node = bare(node)
    return (isinstance(node, Number) and float(node.text) == 0) or (isinstance(node, Letter) and node.base == "0")
