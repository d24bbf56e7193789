"""Premises that are met by how inputs are drawn: equations that are linear in the entries, as ``S == S.T`` and
``sum(p) == 1``, and orthonormal columns or rows, ``Q.T @ Q == eye(n)``. Others are left out: what is proved without a
premise holds with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.program import Program, run
from gradcli.meaning.residues.arithmetic import Residues
from gradcli.meaning.residues.formal import fraction
from gradcli.meaning.residues.inputs import Affine, Frame, Inputs
from gradcli.meaning.residues.nodes import INPUT, Node, UnmodelledError
from gradcli.meaning.scalars import Array
from gradcli.operations.shape_rules import Shape

Row = dict[str, Fraction]  # coefficients of inputs, under "" that of 1; their sum is 0
Term = tuple[tuple[str, int], ...]  # a product of powers of inputs
Equation = dict[Term, Fraction]  # a polynomial in the inputs that is 0


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


def entry_names(name: str, shape: Shape) -> Array:
    """The array of what the entries of a variable are called here: ``S[0, 1]``."""
    out = np.empty(shape, dtype=object)
    for place in product(*map(range, shape)):
        out[place] = f"{name}{list(place)}"
    return out


def drawn(premises: Sequence[Program], inputs: Mapping[str, Array]) -> Inputs:
    """How inputs are drawn, so that the premises hold.

    inputs: the names of a variable's entries, in its shape; numbers where it has values
    """
    rows: list[Row] = []
    frames: list[Frame] = []
    for premise in premises:
        try:
            equations = _equations_of(premise, inputs)
        except LimitError:
            continue
        linear = [_linear(equation) for equation in equations]
        rows += [row for row in linear if row is not None]
        if None in linear:
            frames += _frame_of(equations, inputs)
    determined = _solved(rows)
    moved = {*determined, *(name for row in determined.values() for name in row)}
    kept: list[Frame] = []
    for frame in frames:
        names = {name for row in frame.names for name in row}
        if not names & moved:
            kept.append(frame)
            moved |= names
    return Inputs(determined=determined, frames=tuple(kept))


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


def _equations_of(premise: Program, inputs: Mapping[str, Array]) -> list[Equation]:
    """Errors: LimitError where it is none of polynomials."""
    equations = _Equations()
    graph = equations.graph
    lift = np.frompyfunc(lambda v: graph.input(v) if isinstance(v, str) else graph.lift(v), 1, 1)
    run(premise, equations, {name: np.asarray(lift(inputs[name]), dtype=object) for name in premise.names})
    found = [_polynomial(equations, node) for node in equations.asked]
    return [equation for equation in found if equation]


def _polynomial(equations: Residues, node: Node) -> Equation:
    """Errors: UnmodelledError where it is none in the inputs."""
    nodes, out = equations.graph.nodes, Equation()
    for monomial, coefficient in equations.known.formal.poly(node).items():
        if any(nodes[g].op != INPUT or e.denominator != 1 or e < 0 for g, e in monomial):
            raise UnmodelledError("a premise that is no polynomial")
        out[tuple(sorted((nodes[g].data, int(e)) for g, e in monomial))] = fraction(coefficient)
    return out


def _linear(equation: Equation) -> Row | None:
    if any(sum(e for _, e in term) > 1 for term in equation):
        return None
    return {term[0][0] if term else "": c for term, c in equation.items()}


def _frame_of(equations: Sequence[Equation], inputs: Mapping[str, Array]) -> list[Frame]:
    """The variable of which the columns, or the rows, are orthonormal if the equations hold, and only then."""
    asked = {_signless(equation) for equation in equations}
    for names in inputs.values():
        matrix = np.asarray(names)[:, None] if np.ndim(names) == 1 else np.asarray(names)
        if matrix.ndim != 2 or not matrix.size or not isinstance(matrix[0, 0], str):
            continue
        for columns in (matrix, matrix.T):
            if len(columns) >= len(columns.T) and asked == {_signless(equation) for equation in _orthonormal(columns)}:
                return [Frame(tuple(map(tuple, columns.tolist())))]
    return []


def _orthonormal(columns: Array) -> Iterator[Equation]:
    """The equations of ``columns.T @ columns = I``."""
    for i, x in enumerate(columns.T):
        for j, y in enumerate(columns.T[: i + 1]):
            terms = [((a, 2),) if a == b else tuple(sorted([(a, 1), (b, 1)])) for a, b in zip(x, y, strict=True)]
            yield {**dict.fromkeys(terms, Fraction(1)), **({(): Fraction(-1)} if i == j else {})}


def _signless(equation: Equation) -> frozenset[tuple[Term, Fraction]]:
    """The same for an equation and its negative."""
    sign = 1 if equation[max(equation)] > 0 else -1
    return frozenset((term, sign * c) for term, c in equation.items())


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
