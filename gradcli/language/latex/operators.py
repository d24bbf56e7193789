r"""Operators of derivatives and what they act on.

``\frac{d}{dx}`` takes all that follows up to a plus or minus, or the brackets next to it; nabla and ``\partial_x`` take
the name or the brackets next to them, and a product that begins with neither as a whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from gradcli.base.errors import ExpressionError
from gradcli.language.latex.assembly import (
    Assembly,
    arguments_of,
    core_of,
    held_by,
    is_transpose,
    side_by_side,
    spelled,
)
from gradcli.language.latex.derivatives import subscript_variables, written_order
from gradcli.language.latex.heads import Braces, Head, said, two_ways
from gradcli.language.latex.nodes import Applied, Derivative, Group, Letter, Nabla, Node, Power

_BRACKETS = "write brackets around what is differentiated, or \\cdot behind it"


def operated(assembly: Assembly, head: Derivative) -> Node:
    r"""``\frac{d}{dx}`` with its body. Errors: ExpressionError where it may end at two places."""
    following = assembly.beside()
    if following is None:
        return head
    if isinstance(following, (Group, Braces)):
        assembly.at += 1
        if assembly.beside() is not None:
            first, more = said(head.span.to(following.span)), said(assembly.ahead())
            raise two_ways(f"({first}) {more}", f"{said(head.span)}({said(following.span)} {more})",
                           head.span.to(assembly.ahead()), _BRACKETS)  # fmt: skip
        return replace(head, body=held_by(head.span, following), span=head.span.to(following.span))
    for item in assembly.items[assembly.at + 1 :]:
        if item.sign != "" and _is_derivative(item.unit):
            raise two_ways(f"the derivative of {said(following.span)} ..., times {said(item.unit.span)}",
                           "the derivative of the whole product", head.span.to(item.span), _BRACKETS)  # fmt: skip
    body = assembly.rest()
    return replace(head, body=body, span=head.span.to(body.span))


def _is_derivative(unit: Node) -> bool:
    return isinstance(unit, Derivative) or (isinstance(unit, Head) and unit.kind in {"nabla", "partial"})


def evaluated(assembly: Assembly, derivative: Derivative) -> Node:
    r"""``\frac{\partial f}{\partial x}(x, y)``: at its own letters; elsewhere it may be a product, or a value."""
    group, body = assembly.beside(), derivative.body
    if not isinstance(group, Group) or group.kind != "(" or not isinstance(body, Letter):
        return derivative
    arguments = arguments_of(group.body)
    span = derivative.span.to(group.span)
    own = {spelled(each) for each in arguments}
    if all(isinstance(each, Letter) for each in arguments) and own >= set(map(spelled, derivative.variables)):
        assembly.at += 1
        return replace(derivative, body=Applied(body, arguments, span=span), span=span)
    at = f"the derivative at {said(group.span)}"
    raise two_ways(
        at, f"the derivative times {said(group.span)}", span, "write \\cdot for a product; values are given apart"
    )


def partial(assembly: Assembly, head: Head) -> Node:
    r"""``\partial_x f``. Errors: ExpressionError where the order and the variables differ."""
    assert head.sub is not None
    variables = subscript_variables(head.sub)
    order = written_order(head.power) if head.power is not None else len(variables)
    if order != len(variables) and len(variables) == 1:
        variables *= order
    if order != len(variables):
        raise ExpressionError("the order and the variables of this derivative differ", span=head.span)
    body = _near(assembly, head, variables)
    span = head.span if body is None else head.span.to(body.span)
    return Derivative("partial", order, variables, body, span=span)


def nabla(assembly: Assembly, head: Head) -> Node:
    r"""``\nabla_x f``, ``\nabla \cdot F``, ``\nabla \times F``; ``\nabla f(x)^\top`` is the transposed gradient."""
    order = 1 if head.power is None else written_order(head.power)
    variables = () if head.sub is None else subscript_variables(head.sub)
    sign = assembly.sign()
    if sign in {"cdot", "times"} and order == 1:
        items = assembly.items
        assembly.items = (*items[: assembly.at], replace(items[assembly.at], sign=""), *items[assembly.at + 1 :])
        kind: Literal["grad", "div", "curl"] = "div" if sign == "cdot" else "curl"
        return _nabla(kind, order, variables, _near(assembly, head, variables), head)
    body = _near(assembly, head, variables)
    if isinstance(body, Power) and is_transpose(body.exponent) and isinstance(body.base, (Letter, Applied)):
        made = _nabla("grad", order, variables, body.base, head)
        return replace(body, base=made, span=head.span.to(body.span))
    return _nabla("grad", order, variables, body, head)


def _nabla(kind: Literal["grad", "div", "curl"], order: int, variables: tuple[Node, ...], body: Node | None,
           head: Head) -> Nabla:  # fmt: skip
    return Nabla(kind, order, variables, body, span=head.span if body is None else head.span.to(body.span))


def _near(assembly: Assembly, head: Head, variables: tuple[Node, ...]) -> Node | None:
    """What nabla acts on, None where nothing follows."""
    following = assembly.beside()
    if following is None:
        return None
    if isinstance(following, (Head, Derivative)) or not _ends_near(following, variables):
        return _product_near(assembly, head)
    body = assembly.factor()
    core = body.base if isinstance(body, Power) else body
    if isinstance(body, Power) and not is_transpose(body.exponent):
        raise two_ways(f"{said(head.span)}({said(body.span)})", f"the power of {said(head.span)} {said(core.span)}",
                       head.span.to(body.span), "write brackets")  # fmt: skip
    beside = assembly.beside()
    closed = isinstance(core, Group) or isinstance(body, Power) or isinstance(beside, (Head, Derivative))
    second = head.kind == "nabla" and head.power is not None  # of Taylor's formula; nobody writes it before a product
    if not (beside is None or closed or second):
        more = said(assembly.ahead())
        raise two_ways(f"({said(head.span)} {said(body.span)}) {more}", f"{said(head.span)}({said(body.span)} {more})",
                       head.span.to(assembly.ahead()), _BRACKETS)  # fmt: skip
    return held_by(head.span, body)


def _ends_near(following: Node, variables: tuple[Node, ...]) -> bool:
    """Is it the name of a function, or brackets? The variable itself begins a product: ``x^T A x``."""
    core = core_of(following)
    if isinstance(core, Letter):
        return spelled(core) not in set(map(spelled, variables))
    return isinstance(core, (Group, Braces))


def _product_near(assembly: Assembly, head: Head) -> Node:
    run = assembly.run()
    if assembly.sign() is not None and len(run) > 1:
        more = said(assembly.ahead())
        body = said(run[0].span.to(run[-1].span))
        raise two_ways(f"({said(head.span)} {body}) {more}", f"{said(head.span)}({body} {more})",
                       head.span.to(assembly.ahead()), _BRACKETS)  # fmt: skip
    return side_by_side(run)
