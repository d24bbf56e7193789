"""Other conventions: a symmetric matrix as half of its entries, arrays laid out as vectors, what is known but not said.

For f of a symmetric matrix with gradient G in all n*n entries, the derivative in the n*(n + 1)/2 free ones is
``G + G.T - diag(G)``, which is ``2*G - diag(G)`` (Matrix Cookbook, eq. 138). With vec by columns, the Jacobian of
``vec(A@X@B)`` in ``vec(X)`` is ``kron(B.T, A)``, a matrix; here it has the axes of the function, then those of X.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import sympy

from gradcli.claims.statement import Statement
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause, Maker, everywhere, instead
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import parse, parse_condition
from gradcli.operations.shape_rules import Shape, size
from gradcli.operations.table import OPS

FACTS = (  # of a number, a vector, a matrix; {1} and {2} are sizes
    (),
    ("sum({0}) == 1", "sum({0}**2) == 1", "sum({0}) == 0"),
    ("{0}.T@{0} == eye({2})", "{0}@{0}.T == eye({1})", "sum({0}, 1) == 1", "sum({0}, 0) == 1", "sum({0}) == 1"),
)
VALUES = (("{0} == 0", "{0} == 1"), ("{0} == 0", "{0} == 1"), ("{0} == 0", "{0} == eye({1})"))  # likewise


def symmetric_entries(case: Case) -> Iterator[Cause]:
    """The derivative in the entries of a symmetric matrix, of which two are one."""
    first = case.first
    if first.kind != "grad" or len(first.expected) != 2 or first.expected[0] != first.expected[1]:
        return
    name = first.wrt[0]
    condition = parse_condition(f"{name} == {name}.T")
    if case.accepted([replace(_in_free_entries(known), where=(*known.where, condition)) for known in case.fits], 3):
        yield Cause(
            "symmetric convention",
            f"this takes {name}[i, j] and {name}[j, i] for one variable, 2*G - diag(G) for the gradient G; "
            "here each entry is a variable of its own, unless the option symmetric is joint",
        )


def _in_free_entries(statement: Statement) -> Statement:
    """The claim as one of ``G + G.T - diag(diag(G))``."""
    gradient = nodes.make(OPS["grad"], [statement.function.tree, nodes.symbol(statement.wrt[0])])
    diagonal = partial(nodes.make, OPS["diag"])
    less = corrections.minus(diagonal([diagonal([gradient], (0,))], (0,)))
    tree = nodes.add(gradient, corrections.transposed(gradient), less)
    return replace(statement, function=replace(statement.function, tree=tree), kind="value", wrt=())


def vectors(case: Case) -> Iterator[Cause]:
    """Arrays as vectors: vec by columns or by rows."""
    first = case.first
    inputs = sum(len(first.shape_of(name)) for name in first.wrt)
    if first.kind == "value" or first.claimed is None or first.claimed == first.expected:
        return
    whole = len(first.expected) - inputs
    rows, columns = size(first.expected[:whole]), size(first.expected[whole:])
    variable = f"vec({first.wrt[-1]})"
    said = f"of the function in {variable}" if whole == 0 else f"of vec(f) in {variable}"
    for turned, shape in ((False, (rows, columns)), (True, (columns, rows))):
        if first.claimed not in (shape, (rows * columns,)):
            continue
        for by, places in (("columns", _from_columns), ("rows", _from_rows)):
            if case.right(partial(places, whole=whole, turned=turned)):
                also = ", transposed" if turned else ""
                due = f"here it has shape {_plain(first.expected)}"
                unless = "" if turned or by == "rows" else ", unless the option vec is given"
                yield Cause("layout", f"this is the derivative {said}, by {by}{also}; {due}{unless}")


def _plain(shape: Shape) -> Shape:
    """Numbers without the letters that they may go under."""
    return tuple(map(int, shape))


def _from_rows(statement: Statement, whole: int, *, turned: bool) -> Tree:
    del whole
    claim = corrections.transposed(statement.claim.tree) if turned else statement.claim.tree
    return nodes.make(OPS["reshape"], [claim], (statement.expected,))


def _from_columns(statement: Statement, whole: int, *, turned: bool) -> Tree:
    """Reshaped with the axes of each side in reverse, which are then put in order."""
    claim = corrections.transposed(statement.claim.tree) if turned else statement.claim.tree
    out, inner = statement.expected[:whole], statement.expected[whole:]
    reverse = (*range(whole)[::-1], *range(whole, whole + len(inner))[::-1])
    reshaped = nodes.make(OPS["reshape"], [claim], ((*out[::-1], *inner[::-1]),))
    return nodes.make(OPS["permute"], [reshaped], (reverse,))


def premises(case: Case) -> Iterator[Cause]:
    """What is known of a variable and was not said: probabilities, unit vectors, orthogonal matrices."""
    for text in _facts(case, FACTS):
        yield Cause("premise", f"right where {text}, which no condition says")


def values(case: Case) -> Iterator[Cause]:
    """A value of a variable at which alone the claim is right: the derivative at 0, a factor that is 1 there."""
    for text in _facts(case, VALUES):
        if "== 0" in text or text.split()[0] not in case.first.wrt:
            yield Cause("special value", f"right where {text}, but not in general")


def _facts(case: Case, facts: Sequence[Sequence[str]]) -> Iterator[str]:
    """Those under which the claim is right."""
    for name, shape in case.first.free.items():
        letters = case.first.letters.get(name, tuple(map(str, shape)))
        for fact in facts[len(shape)] if len(shape) < len(facts) else ():
            text = fact.format(name, *letters)
            square = len(shape) < 2 or shape[0] == shape[1] or f"== eye({letters[0]})" not in text or ".T" in text
            if square and case.right_where(parse_condition(text, sizes=case.first.sizes)):
                yield text


def entrywise(case: Case) -> Iterator[Cause]:
    """A power, an inverse or the exponential of each entry where that of the matrix is due, or the other way round;
    then transposed as well."""
    tree = case.first.claim.tree
    for node in dict.fromkeys(node for _, node in corrections.places(tree)):
        name = case.text(node)
        for made, said in (
            (of_matrix, f"{name} acts entry by entry; that of the matrix is due"),
            (of_entries, f"{name} is that of the matrix; due is that of each entry"),
        ):
            if made(node) is not None:
                for change in (made, partial(_turned, change=made)):
                    yield Cause("entrywise", f"{said}, {case.text(change(node))}", everywhere(tree, node, change))


def of_matrix(node: Tree) -> Tree | None:
    """The power of a matrix, or its exponential, for that of each entry."""
    if isinstance(node, sympy.exp):
        return nodes.make(OPS["matrix_exp"], [node.args[0]])
    if not isinstance(node, sympy.Pow) or not node.args[1].is_Integer or node.args[1] == 1:
        return None
    base, count = node.args[0], abs(int(node.args[1]))
    factor = base if node.args[1] > 0 else nodes.make(OPS["inv"], [base])
    made = factor
    for _ in range(count - 1 if count <= 4 else 0):
        made = nodes.make(OPS["matmul"], [made, factor])
    return made if count <= 4 else None


def of_entries(node: Tree) -> Tree | None:
    """What a function of a matrix is taken for, of each entry."""
    row = row_of(node)
    if row is None or not row.slips.entrywise:
        return None
    given = node.args[-1].value if row.constants else ()
    names = {"x": node.args[0], **{p.name: nodes.number(v) for p, v in zip(row.constants, given, strict=True)}}
    tree = parse(row.slips.entrywise, bound=names).tree
    for name, value in names.items():
        tree = corrections.filled(tree, nodes.symbol(name), value)
    return tree


def _turned(node: Tree, change: Callable[[Tree], Tree | None]) -> Tree:
    made = change(node)
    assert made is not None
    return corrections.transposed(made)


def degrees(case: Case) -> Iterator[Cause]:
    """Angles in degrees where radians are due, or the other way round."""
    if case.first.kind == "value" or not case.scalar:
        return
    tree, half = case.first.claim.tree, sympy.Integer(180)
    for x in (node for node in dict.fromkeys(node for _, node in corrections.places(tree)) if node.is_Symbol):
        up, down = nodes.multiply(half, x, nodes.inverse(sympy.pi)), nodes.multiply(sympy.pi, x, nodes.inverse(half))
        for new, taken, due in ((up, "degrees", "radians"), (down, "radians", "degrees")):
            change = everywhere(tree, x, partial(instead, new=new))
            for factor in (
                None,
                nodes.multiply(sympy.pi, nodes.inverse(half)),
                nodes.multiply(half, nodes.inverse(sympy.pi)),
            ):
                make = change if factor is None else partial(_times, make=change, factor=factor)
                yield Cause("degrees", f"the claim takes {x} in {taken}, the function in {due}", make)


def _times(statement: Statement, make: Maker, factor: Tree) -> Tree:
    return corrections.times(factor, make(statement))
