"""What a library hides: the divisor n - 1 of a variance, an epsilon under a root or beside a norm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import sympy

from gradcli.claims.statement import Statement
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause, changed, instead
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of

HIDDEN = {"correction": (0, 1), "eps": (0,)}  # constants of rows, and what they may have been taken for
SAID = {
    "correction": "{name} has the divisor n - correction, with correction={known}",
    "eps": "{name} adds eps={known}",
}
LARGEST = 1e-3  # of an epsilon


def divisors(case: Case) -> Iterator[Cause]:
    """The claim is right of the function with another constant in it, or becomes right with another in itself."""
    tree = case.first.function.tree
    for path, _, name, value, said in _others(tree):
        if case.first.kind == "value":
            break
        if case.claim_is(partial(_of_other, path=path, name=name, value=value)):
            yield Cause("hidden constant", f"{said}; the claim is right for {name}={value}")
    for path, _, name, value, said in _others(case.first.claim.tree):
        change = partial(_with_constant, name=name, value=value)
        yield Cause(
            "hidden constant",
            f"in the claim, {said}; {name}={value} is due",
            partial(changed, path=path, change=change),
        )


def epsilons(case: Case) -> Iterator[Cause]:
    """A small number in a sum under a root or in a denominator, which keeps libraries from dividing by 0."""
    tree = case.first.claim.tree
    for path, node in corrections.places(tree):
        inside = any(isinstance(corrections.at(tree, path[:k]), sympy.Pow) for k in range(len(path)))
        if not inside or not isinstance(node, sympy.Add):
            continue
        for k, term in enumerate(node.args):
            if term.is_Rational and 0 < term <= LARGEST:
                rest = [*node.args[:k], *node.args[k + 1 :]]
                new = rest[0] if len(rest) == 1 else nodes.add(*rest)
                said = (
                    f"the claim adds {case.text(term)}, as libraries do against division by 0; the {case.noun} has none"
                )
                yield Cause("hidden constant", said, partial(changed, path=path, change=partial(instead, new=new)))


def _others(tree: Tree) -> Iterator[tuple[corrections.Path, Tree, str, int, str]]:
    """Places whose row has such a constant, with another value and what is said of it."""
    for path, node in corrections.places(tree):
        row = row_of(node)
        for constant, known in zip(() if row is None else row.constants, _constants(node), strict=False):
            if row is None or constant.name not in HIDDEN:
                continue
            said = SAID[constant.name].format(name=row.name, known=known)
            for value in HIDDEN[constant.name]:
                if value != known:
                    yield path, node, constant.name, value, said


def _constants(node: Tree) -> tuple[object, ...]:
    row = row_of(node)
    given = node.args[-1] if node.args else None
    defaults = () if row is None else tuple(p.default for p in row.constants)
    return given.value if isinstance(given, Static) else defaults


def _with_constant(tree: Tree, name: str, value: int) -> Tree:
    row = row_of(tree)
    assert row is not None
    constants = tuple(
        value if p.name == name else known for p, known in zip(row.constants, _constants(tree), strict=True)
    )
    return nodes.make(row, [a for a in tree.args if not isinstance(a, Static)], constants)


def _of_other(statement: Statement, path: corrections.Path, name: str, value: int) -> Statement:
    tree = statement.function.tree
    other = corrections.put(tree, path, _with_constant(corrections.at(tree, path), name, value))
    return replace(statement, function=replace(statement.function, tree=other))
