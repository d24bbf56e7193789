"""Premises that are met by how inputs are drawn: equations that are linear in the entries, as ``S == S.T`` and
``sum(p) == 1``. Others are left out: what is proved without a premise holds with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.program import Program, run
from gradcli.meaning.residues.arithmetic import Residues
from gradcli.meaning.residues.draws import Affine
from gradcli.meaning.residues.formal import Poly, fraction
from gradcli.meaning.residues.nodes import INPUT, Node, UnmodelledError
from gradcli.meaning.scalars import Array

Row = dict[str, Fraction]  # coefficients of inputs, under "" that of 1; their sum is 0


class _Equations(Residues):
    """It notes each equation that a condition asks for, beside conditions that ask for no equation."""

    asked: list[Node]

    def __init__(self) -> None:
        super().__init__()
        vars(self).update(asked=[])

    def eq(self, x: Any, y: Any) -> bool:  # Any: Nodes, as below
        self.asked.append(self.graph.sub(self.graph.lift(x), self.graph.lift(y)))
        return True

    def _side(self, x: Any, y: Any) -> int:  # noqa: ARG002 - an order, of which nothing is used
        return 0

    def negation(self, c: Any) -> bool:
        raise UnmodelledError(f"not {c}, which is no equation")

    def any_of(self, *conditions: Any) -> bool:
        return self.negation(conditions)

    def where(self, condition: Any, x: Any, y: Any) -> Node:
        raise UnmodelledError(f"a choice between {x} and {y} by {condition}")

    def Max(self, *xs: Any) -> Node:  # noqa: N802 - sympy's name
        return self.where(None, xs[0], xs[-1])

    Min = Max


def determined(premises: Sequence[Program], inputs: Mapping[str, Array]) -> dict[str, Affine]:
    """Inputs as combinations of others, so that the linear equations among the premises hold.

    inputs: the names of a variable's entries, in its shape; numbers where it has values
    """
    rows: list[Row] = []
    for premise in premises:
        try:
            rows += _equations_of(premise, inputs)
        except LimitError:
            continue
    return _solved(rows)


class _Orders(Residues):
    """It notes what orders say to be positive, beside conditions of which nothing is used."""

    asked: list[Node]

    def __init__(self, arithmetic: Residues) -> None:
        vars(self).update(vars(arithmetic), asked=[])

    def lt(self, x: Any, y: Any) -> bool:  # Any: Nodes, as below
        return self.gt(y, x)

    def gt(self, x: Any, y: Any) -> bool:
        self.asked.append(self.graph.sub(self.graph.lift(x), self.graph.lift(y)))
        return True

    le, ge = lt, gt

    def eq(self, x: Any, y: Any) -> bool:  # noqa: ARG002 - an equation says nothing of a sign
        return True

    def ne(self, x: Any, y: Any) -> bool:
        return self.eq(x, y)

    def negation(self, c: Any) -> bool:
        raise UnmodelledError(f"not {c}, which is no order")

    def any_of(self, *conditions: Any) -> bool:
        return self.negation(conditions)


def assume(premise: Program, arithmetic: Residues, inputs: Mapping[str, Array]) -> None:
    """Tells the choice of signs what a premise ``x > 0`` says, off where it is an equation."""
    orders = _Orders(arithmetic)
    try:
        run(premise, orders, inputs)
    except LimitError:
        return
    for node in orders.asked:
        arithmetic.companion.assume(node)


def _equations_of(premise: Program, inputs: Mapping[str, Array]) -> list[Row]:
    """Errors: LimitError where it is none that is linear."""
    equations = _Equations()
    graph = equations.graph
    lift = np.frompyfunc(lambda v: graph.input(v) if isinstance(v, str) else graph.lift(v), 1, 1)
    run(premise, equations, {name: np.asarray(lift(inputs[name]), dtype=object) for name in premise.names})
    return [_linear(equations, node) for node in equations.asked]


def _linear(equations: Residues, node: Node) -> Row:
    """Errors: UnmodelledError where it is not linear in the inputs."""
    poly: Poly = equations.known.formal.poly(node)
    row: Row = {}
    for monomial, coefficient in poly.items():
        generators = [equations.graph.nodes[g] for g, _ in monomial]
        if len(monomial) > 1 or any(g.op != INPUT or e != 1 for g, (_, e) in zip(generators, monomial, strict=True)):
            raise UnmodelledError("a premise that is not linear")
        row[generators[0].data if generators else ""] = fraction(coefficient)
    return row


def _solved(rows: Sequence[Row]) -> dict[str, Affine]:
    """Gauss and Jordan."""
    solved: dict[str, Row] = {}
    for equation in rows:
        row = _without(equation, solved)
        name = max((name for name in row if name), default=None)
        if name is None:
            continue  # 0 = 0; or it contradicts the others, and everything holds
        scale = row.pop(name)
        found = {other: -c / scale for other, c in row.items()}
        solved = {key: _without(known, {name: found}) for key, known in solved.items()}
        solved[name] = found
    return dict(solved)


def _without(row: Row, solved: Mapping[str, Row]) -> Row:
    """The row with what is known put in."""
    out: Row = {}
    for name, c in row.items():
        for other, factor in solved.get(name, {name: Fraction(1)}).items():
            out[other] = out.get(other, Fraction(0)) + c * factor
    return {name: c for name, c in out.items() if c}
