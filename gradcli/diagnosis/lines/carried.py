"""An open derivative that was carried out wrongly: ``diff(sqrt(1 + x**2), x)`` without the inner derivative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sympy

from gradcli.base.errors import GradcliError
from gradcli.claims.statement import Statement
from gradcli.closed.notation.form import closed_form
from gradcli.diagnosis import corrections
from gradcli.diagnosis.lines.parts import is_negative, product_of, single
from gradcli.diagnosis.wrong_rules import wrong_derivatives
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.language.parse import parse
from gradcli.language.write import write, write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.shapes import output_shape
from gradcli.reference.forms import agrees_at_points


@dataclass(frozen=True, slots=True)
class Open:
    """A derivative of ``function`` in the variable ``name`` that stands open at ``path``; ``due``: what it is."""

    path: corrections.Path
    node: Tree
    function: Tree
    name: str
    due: Tree | None
    text: str  # of what it is


@dataclass(frozen=True, slots=True)
class Carried:
    """``value`` in the place of an open derivative, and what was done there."""

    at: Open
    value: Tree
    kind: str
    said: str


def opened(statement: Statement, tree: Tree) -> list[Open]:
    """The open derivatives of a line, each with its closed form where there is one."""
    return [_open(statement, path, node) for path, node in single(tree)]


def at_sizes_of(statement: Statement, tree: Tree, known: Open) -> Open:
    """The same open derivative in the line at other sizes. Errors: IndexError where the line is not built alike."""
    node = corrections.at(tree, known.path)
    due = None if known.due is None else _read(known.text, statement)
    return replace(known, node=node, function=node.args[0], due=due)


def _open(statement: Statement, path: corrections.Path, node: Tree) -> Open:
    name = str(node.args[1])
    try:
        expression = parse(write(node.args[0]), bound=tuple(statement.axes), sizes=statement.sizes)
        with symbolic.failures():
            text = closed_form(
                expression, _kind(statement, node), (name,), statement.axes, statement.where, agrees_at_points
            ).text
        return Open(path, node, node.args[0], name, _read(text, statement), text)
    except (GradcliError, KeyError, TypeError, ValueError):
        return Open(path, node, node.args[0], name, None, "")


def _read(text: str, statement: Statement) -> Tree:
    return parse(text, bound=tuple(statement.axes), sizes=statement.sizes).tree


def _kind(statement: Statement, node: Tree) -> str:
    made = compile_tree(node)
    shape = output_shape(made, {name: statement.shape_of(name) for name in made.names})
    return "jacobian" if len(shape) > len(statement.shape_of(str(node.args[1]))) else "grad"


def carried(statement: Statement, known: Open) -> Iterator[Carried]:
    """What people make of an open derivative, the most specific slips first."""
    if all(statement.shape_of(name) == () for name in statement.shapes):
        yield from _by_rules(statement, known)
    yield from _by_other_variables(statement, known)
    if known.due is not None:
        yield from _of_the_result(known)


def _by_rules(statement: Statement, known: Open) -> Iterator[Carried]:
    arithmetic = symbolic.Symbolic(ideal=True)
    point = {name: symbolic.entries_of(name, ()) for name in statement.shapes}
    f = run(compile_tree(known.function), arithmetic, point)[()]
    x = nodes.symbol(known.name)
    for slip in wrong_derivatives(f, x):
        said = slip.text.format(*map(write_formula, slip.named)) if slip.named else slip.text
        yield Carried(known, slip.derivative, slip.kind, said)


def _by_other_variables(statement: Statement, known: Open) -> Iterator[Carried]:
    for other in statement.shapes:
        if other != known.name and statement.shape_of(other) == statement.shape_of(known.name):
            node = corrections.rebuilt(known.node, [known.function, nodes.symbol(other)])
            if nodes.symbol(other) in known.function.free_symbols:
                yield Carried(known, node, "wrong variable", f"this is the derivative in {other}, not in {known.name}")


def _of_the_result(known: Open) -> Iterator[Carried]:
    due = known.due
    assert due is not None
    for value, kind, said in (
        (corrections.minus(due), "sign", "the minus is lost" if is_negative(due) else "there is no minus"),
        (known.function, "derivative", "this is the function, which is not differentiated"),
        (sympy.Integer(0), "derivative", f"it is not constant in {known.name}"),
        (sympy.Integer(1), "derivative", f"it is not {known.name} itself"),
    ):
        yield Carried(known, value, kind, said)
    parts = product_of(due)
    for k, (base, _) in enumerate(parts.powers if len(parts.powers) > 1 or parts.number != 1 else ()):
        yield Carried(known, parts.without(k), "lost factor", f"the factor {write(base)} is lost")
    if parts.number != 1:
        yield Carried(
            known, replace(parts, number=sympy.Integer(1)).tree, "lost factor", f"the factor {parts.number} is lost"
        )
    for change in corrections.corrections(due, write, ()):
        if len(change.paths) == 1:
            path = change.paths[0]
            old, new = corrections.at(due, path), change.change(corrections.at(due, path))
            yield Carried(known, corrections.put(due, path, new), change.kind, _of_part(path, old, new))


def _of_part(path: Sequence[int], old: Tree, new: Tree) -> str:
    return f"{write(old)} has become {write(new)}" if path else ""
