r"""Named functions and what they take: the parentheses behind them, or the product up to the next function or sign."""

from __future__ import annotations

from gradcli.base.errors import ExpressionError, Span
from gradcli.language.latex.assembly import Assembly, arguments_of, core_of, held_by, onto, side_by_side
from gradcli.language.latex.heads import Braces, Head, said, two_ways
from gradcli.language.latex.nodes import Applied, Call, Derivative, Group, Node, Number, Product

_WRITE = "write parentheses around the argument"


def function(assembly: Assembly, head: Head) -> Node:
    """The call. Errors: ExpressionError where nothing follows, or where two readings are possible."""
    following = assembly.beside()
    if following is None:
        raise ExpressionError(
            f"{said(head.span)} lacks its argument", span=head.span, hint=f"write {said(head.span)}(x)"
        )
    core = core_of(following)
    if isinstance(core, Group) and core.kind in {"(", "[", "{"}:
        assembly.at += 1
        made = _call(head, arguments_of(core.body), core.span, bare=False)
        return onto(following, made, head.span.to(following.span))
    if isinstance(following, Braces):
        return _braced(assembly, head, following)
    if isinstance(following, Head) and following.kind == "function":
        return _of_a_function(assembly, head, following)
    return _bare(assembly, head)


def _of_a_function(assembly: Assembly, head: Head, following: Head) -> Node:
    assembly.at += 1
    assembly.deeper(following.span)
    inner = function(assembly, following)
    assembly.nested -= 1
    if (
        assembly.beside() is not None
        and not assembly.function_follows()
        and not (isinstance(inner, Call) and inner.bare)
    ):
        raise _ends_here_or_there(head, inner.span, assembly)
    _check_sign(assembly, head, (inner,))
    return _call(head, (inner,), inner.span, bare=True)


def _ends_here_or_there(head: Head, inner: Span, assembly: Assembly) -> ExpressionError:
    name, more = said(head.span), said(assembly.ahead())
    first, second = f"{name}({said(inner)}) {more}", f"{name}({said(inner)} {more})"
    return two_ways(first, second, head.span.to(assembly.ahead()), _WRITE)


def _braced(assembly: Assembly, head: Head, braces: Braces) -> Node:
    r"""``\sin{2x}``: the braces do not show, but say where the argument ends, if nothing else is beside it."""
    assembly.at += 1
    body = held_by(head.span, braces)
    if isinstance(body, Group) and body.kind == "(":
        return _call(head, arguments_of(body.body), braces.span, bare=False)
    if assembly.beside() is not None and not assembly.function_follows():
        raise _ends_here_or_there(head, body.span, assembly)
    _check_sign(assembly, head, (body,))
    return _call(head, arguments_of(body), braces.span, bare=True)


def _bare(assembly: Assembly, head: Head) -> Node:
    factors: list[Node] = []
    while assembly.sign() == "" and not assembly.function_follows():
        factors.append(assembly.factor())
    _check_first(head, factors)
    _check_sign(assembly, head, tuple(factors))
    body = side_by_side(tuple(factors))
    return _call(head, (body,), body.span, bare=True)


def _check_first(head: Head, factors: list[Node]) -> None:
    r"""Errors: ExpressionError for ``\log p(x) q``: a function that is applied may be all of the argument."""
    if len(factors) > 1 and isinstance(core_of(factors[0]), Applied) and not isinstance(factors[1], Derivative):
        name, first = said(head.span), said(factors[0].span)
        rest = said(factors[1].span.to(factors[-1].span))
        span = head.span.to(factors[-1].span)
        raise two_ways(f"{name}({first}) {rest}", f"{name}({first} {rest})", span, _WRITE)


def _check_sign(assembly: Assembly, head: Head, factors: tuple[Node, ...]) -> None:
    """Errors: ExpressionError where what stands behind a sign may belong to the argument as well."""
    sign = assembly.sign()
    if sign is None or (assembly.function_follows() and sign != ""):
        return
    name, argument = said(head.span), said(factors[0].span.to(factors[-1].span))
    span = head.span.to(assembly.ahead())
    more = said(assembly.ahead())
    if sign in {"slash", "div"}:
        raise two_ways(f"{name}({argument}) {more}", f"{name}({argument} {more})", span, "write parentheses, or \\frac")
    if sign == "" and not all(isinstance(factor, Number) for factor in factors):
        return  # a function follows: \sin x \cos x
    alone = sign != "" and len(factors) == 1 and not isinstance(factors[0], (Number, Product))
    if not alone:
        raise two_ways(f"{name}({argument}) {more}", f"{name}({argument} {more})", span, _WRITE)


def _call(head: Head, arguments: tuple[Node, ...], span: Span, *, bare: bool) -> Call:
    sub = () if head.sub is None else arguments_of(head.sub)
    return Call(head.name, arguments, head.power, sub, bare, span=head.span.to(span))
