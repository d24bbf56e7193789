"""Trees of LaTeX formulas in one line, so that a test shows at a glance what was read.

Products stand in <>, sums in [], a quotient is (a : b), a raised part a^{b}; a call without parentheses has a dot behind
its name, a letter before parentheses an @.
"""

from __future__ import annotations

from functools import singledispatch

from gradcli.language.latex import nodes as n

_MARKS = {"prime": "'"}


def _all(parts: tuple[n.Node, ...]) -> str:
    return ", ".join(map(shown, parts))


def _below(sub: tuple[n.Node, ...]) -> str:
    return f"_{{{_all(sub)}}}" if sub else ""


def _or_none(node: n.Node | None) -> str:
    return "-" if node is None else shown(node)


@singledispatch
def shown(node: n.Node) -> str:
    raise AssertionError(node)


@shown.register
def _(node: n.Number) -> str:
    return node.text


@shown.register
def _(node: n.Letter) -> str:
    font = f":{node.font}" if node.font else ""
    return node.base + "".join(_MARKS.get(mark, f"~{mark}") for mark in node.marks) + font + _below(node.sub)


@shown.register
def _(node: n.Subscripted) -> str:
    return shown(node.base) + _below(node.sub)


@shown.register
def _(node: n.Power) -> str:
    return f"{shown(node.base)}^{{{shown(node.exponent)}}}"


@shown.register
def _(node: n.Product) -> str:
    text = shown(node.factors[0])
    for sign, factor in zip(node.signs, node.factors[1:], strict=True):
        text += f" {sign} {shown(factor)}" if sign else f" {shown(factor)}"
    return f"<{text}>"


@shown.register
def _(node: n.Quotient) -> str:
    return f"({shown(node.over)} : {shown(node.under)})"


@shown.register
def _(node: n.Negative) -> str:
    return f"-{shown(node.body)}"


@shown.register
def _(node: n.Sum) -> str:
    return f"[{' + '.join(map(shown, node.terms))}]"


@shown.register
def _(node: n.Root) -> str:
    return f"root{'' if node.degree is None else shown(node.degree)}({shown(node.body)})"


@shown.register
def _(node: n.Call) -> str:
    power = f"^{{{shown(node.power)}}}" if node.power else ""
    return f"{node.name}{_below(node.sub)}{power}{'.' if node.bare else ''}({_all(node.arguments)})"


@shown.register
def _(node: n.Applied) -> str:
    power = f"^{{{shown(node.power)}}}" if node.power else ""
    return f"{shown(node.letter)}{power}@{'' if node.kind == '(' else node.kind}({_all(node.arguments)})"


@shown.register
def _(node: n.Group) -> str:
    closing = {"(": ")", "[": "]", "{": "}"}.get(node.kind, node.kind)
    return f"{node.kind}{shown(node.body)}{closing}"


@shown.register
def _(node: n.Bars) -> str:
    return f"{node.kind}{shown(node.body)}{node.kind}{_below(node.sub)}"


@shown.register
def _(node: n.Inner) -> str:
    return f"inner({shown(node.left)}, {shown(node.right)})"


@shown.register(n.Floor)
@shown.register(n.Ceil)
@shown.register(n.Factorial)
def _(node: n.Floor | n.Ceil | n.Factorial) -> str:
    return f"{type(node).__name__.lower()}({shown(node.body)})"


@shown.register
def _(node: n.Binomial) -> str:
    return f"binomial({shown(node.over)}, {shown(node.under)})"


@shown.register
def _(node: n.Big) -> str:
    bounds = f"{_all(node.indices)} from {_or_none(node.low)} to {_or_none(node.high)}"
    condition = f" if {shown(node.condition)}" if node.condition else ""
    return f"{node.kind}[{bounds}{condition}]({shown(node.body)})"


@shown.register
def _(node: n.Derivative) -> str:
    return f"{node.kind}{node.order}/{_all(node.variables)}({_or_none(node.body)})"


@shown.register
def _(node: n.Nabla) -> str:
    return f"{node.kind}{node.order}/{_all(node.variables)}({_or_none(node.body)})"


@shown.register
def _(node: n.Cases) -> str:
    return "cases{" + "; ".join(f"{shown(row.value)} if {_or_none(row.condition)}" for row in node.rows) + "}"


@shown.register
def _(node: n.Matrix) -> str:
    return f"{node.kind}{{{'; '.join(map(_all, node.rows))}}}"


@shown.register
def _(node: n.Indicator) -> str:
    return f"1[{shown(node.condition)}]"


@shown.register
def _(node: n.Relation) -> str:
    return shown(node.parts[0]) + "".join(
        f" {sign} {shown(part)}" for sign, part in zip(node.signs, node.parts[1:], strict=True)
    )


@shown.register
def _(node: n.Joined) -> str:
    return f" {node.kind} ".join(map(shown, node.parts))


@shown.register
def _(node: n.Listed) -> str:
    return f"list({_all(node.items)})"
