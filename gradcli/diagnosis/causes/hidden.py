"""What a library hides: the divisor n - 1 of a variance, an epsilon under a root or beside a norm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import sympy

from gradcli.claims.statement import Statement
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause, everywhere, instead
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of
from gradcli.language.write import write

HIDDEN = {"correction": (0, 1), "eps": (0,)}  # constants of rows, and what they may have been taken for
SAID = {
    "correction": "{call} divides by n - {known}, the claim by n - {value}",
    "eps": "{call} has {known}, the claim has none",
}
LARGEST = 1e-3  # of an epsilon
Chosen = Sequence[tuple[corrections.Path, Tree]]  # sums, and the terms in them


def divisors(case: Case) -> Iterator[Cause]:
    """The claim is right of the function with another constant in it, or becomes right with another in itself, or with
    n - 1 for n."""
    for path, node, name, value in _others(case.first.function.tree) if case.first.kind != "value" else ():
        if case.claim_is(partial(_of_other, path=path, name=name, value=value)):
            said = SAID[name].format(call=case.text(node), known=_known(name, _constants(node)[name]), value=value)
            other = case.text(_with_constant(node, name, value))
            yield Cause("hidden constant", f"{said.replace('n - 0', 'n')}: it is right of {other}")
    tree = case.first.claim.tree
    for _, node, name, value in _others(tree):
        change = partial(_with_constant, name=name, value=value)
        said = f"{case.text(change(node))} is due where {case.text(node)} stands"
        yield Cause("hidden constant", said, everywhere(tree, node, change))
    for letter in map(nodes.symbol, case.first.sizes):
        less = nodes.add(letter, nodes.multiply(sympy.Integer(-1), sympy.Integer(1)))  # as n - 1 is read
        for old, new in ((less, letter), (letter, less)):
            said = f"{case.text(new)} is due where {case.text(old)} stands: var and std divide by n - 1, a mean by n"
            yield Cause("hidden constant", said, everywhere(tree, old, partial(instead, new=new)))


def epsilons(case: Case) -> Iterator[Cause]:
    """A small number in a sum, which keeps libraries from dividing by 0: in the claim, or in the function alone."""
    tree = case.first.claim.tree
    inside = [
        (path, node, term)
        for path, node, term in _small(tree)
        if any(isinstance(corrections.at(tree, path[:k]), sympy.Pow) for k in range(len(path)))
    ]
    for chosen in ([inside] if len(inside) > 1 else []) + [[one] for one in inside]:
        names = " and ".join(dict.fromkeys(case.text(term) for _, _, term in chosen))
        said = f"the claim adds {names}, as libraries do against division by 0; the {case.noun} has none"
        yield Cause("hidden constant", said, partial(_claim_without, chosen=[(path, term) for path, _, term in chosen]))
    if case.first.kind == "value":
        return
    every = list(_small(case.first.function.tree))
    for chosen in ([every] if len(every) > 1 else []) + [[one] for one in every]:
        if case.claim_is(partial(_function_without, chosen=[(path, term) for path, _, term in chosen])):
            sums = " and ".join(dict.fromkeys(case.text(node) for _, node, _ in chosen))
            terms = " and ".join(dict.fromkeys(case.text(term) for _, _, term in chosen))
            yield Cause("hidden constant", f"the function has {sums}; the claim leaves the {terms} out")


def _small(tree: Tree) -> Iterator[tuple[corrections.Path, Tree, Tree]]:
    """Sums with a small positive number in them, and that number; the innermost first."""
    for path, node in reversed(list(corrections.places(tree))):
        if isinstance(node, sympy.Add) and not corrections.in_condition(tree, path):
            yield from ((path, node, term) for term in node.args if term.is_Rational and 0 < term <= LARGEST)


def _without_small(tree: Tree, chosen: Chosen) -> Tree:
    for path, small in chosen:
        rest = [term for term in corrections.at(tree, path).args if term != small]
        tree = corrections.put(tree, path, rest[0] if len(rest) == 1 else nodes.add(*rest))
    return tree


def _claim_without(statement: Statement, chosen: Chosen) -> Tree:
    return _without_small(statement.claim.tree, chosen)


def _function_without(statement: Statement, chosen: Chosen) -> Statement:
    function = replace(statement.function, tree=_without_small(statement.function.tree, chosen))
    return replace(statement, function=function)


def _others(tree: Tree) -> Iterator[tuple[corrections.Path, Tree, str, int]]:
    """Places whose row has such a constant, with its name and another value."""
    for path, node in corrections.places(tree):
        for name, known in _constants(node).items():
            yield from ((path, node, name, value) for value in HIDDEN.get(name, ()) if value != known)


def _constants(node: Tree) -> dict[str, Any]:  # Any: see nodes.Static
    row = row_of(node)
    if row is None or not row.constants or not isinstance(node.args[-1], Static):
        return {}
    return dict(
        zip((p.name for p in row.constants), node.args[-1].value, strict=False)
    )  # then, which operands are there


def _with_constant(tree: Tree, name: str, value: int) -> Tree:
    """The node with another constant."""
    given = tree.args[-1].value
    place = list(_constants(tree)).index(name)
    return tree.func(*tree.args[:-1], Static((*given[:place], value, *given[place + 1 :])), evaluate=False)


def _of_other(statement: Statement, path: corrections.Path, name: str, value: int) -> Statement:
    tree = statement.function.tree
    other = corrections.put(tree, path, _with_constant(corrections.at(tree, path), name, value))
    return replace(statement, function=replace(statement.function, tree=other))


def _known(name: str, value: Any) -> str:  # Any: as above
    if name == "eps":
        return "an eps" if value is None else f"eps={write(nodes.number(value))}"
    return str(value)
