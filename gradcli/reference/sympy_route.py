"""The route of formulas: small problems exploded into scalar sympy expressions, which sympy differentiates.

Their derivatives are evaluated in balls at the exact values of the inputs. What sympy may do is counted in the nodes of
the expressions that it differentiates, before it starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import sympy

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.language.nodes import Tree
from gradcli.meaning import symbolic
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.program import Program, compile_all, run, values_of_steps
from gradcli.meaning.scalars import Array, as_array
from gradcli.meaning.symbolic_size import parts
from gradcli.reference.enclosures import ACCURACY, settled, told
from gradcli.reference.problem import ALONG, Entry, Problem, Variable
from gradcli.reference.truth import Status, Truth
from gradcli.reference.work import affordable

MAX_WORK = 2_000  # scalar operations that are exploded into symbols; each takes sympy up to 0.1 milliseconds
MAX_COMPARED = 50  # operands of maxima in it; each takes sympy 5 to 30 milliseconds
MAX_NODES = 1_500  # of all expressions that are differentiated; each takes sympy 0.02 to 0.5 milliseconds


TOO_LARGE = LimitError("the expressions are too large for sympy's derivatives", kind="unchecked")


class SympyRoute:
    """Derivatives by sympy, evaluated in balls.

    nodes, compared: see MAX_NODES and MAX_COMPARED
    """

    name: ClassVar[str] = "sympy"

    def __init__(
        self,
        problem: Problem,
        *,
        nodes: int = MAX_NODES,
        compared: int = MAX_COMPARED,
    ) -> None:
        self.problem, self.nodes, self.compared = problem, nodes, compared
        self.function: Array | None = None  # its entries as formulas, once they are needed: see exploded
        self._differentiated: dict[tuple[Any, tuple[Variable, ...]], Tree] = {}

    # -- formulas

    def formula(self, entry: Entry) -> Tree:
        """sympy's derivative of one output entry by the given variables. Errors: LimitError, beyond ``nodes``."""
        place, variables = entry
        if not variables:
            return self.exploded()[place]
        if entry not in self._differentiated:
            *inner, (name, at) = variables
            before = self.formula((place, tuple(inner)))
            variable = symbolic.entry_symbol(name, at)
            self._spend(nodes_in(before, variable))
            with symbolic.failures():
                self._differentiated[entry] = symbolic.derivative(before, variable)
        return self._differentiated[entry]

    def differentiate(self, entries: Sequence[Entry]) -> None:
        """The derivatives of all entries, order by order, each looked at before it starts: that of the next order
        takes at least as many nodes for each of its entries. Errors: LimitError, where they are too many for sympy."""
        most = max((len(variables) for _, variables in entries), default=0)
        wanted = [dict.fromkeys((p, vs[:n]) for p, vs in entries if len(vs) >= n) for n in range(1, most + 2)]
        for now, after in pairwise(wanted):
            nodes = 0
            for entry in now:
                nodes += self.nodes_for(entry)
                if nodes * max(len(after), len(now)) // len(now) > self.nodes:
                    raise TOO_LARGE
            for entry in now:
                self.formula(entry)

    def nodes_for(self, entry: Entry) -> int:
        """The nodes that the last derivative of an entry takes; 0 where it is known."""
        place, variables = entry
        if entry in self._differentiated:
            return 0
        return nodes_in(self.formula((place, variables[:-1])), symbolic.entry_symbol(*variables[-1]))

    def _spend(self, nodes: int) -> None:
        self.nodes -= nodes
        if self.nodes < 0:
            raise TOO_LARGE

    def exploded(self) -> Array:
        """The function's entries as sympy expressions of the variables' entries; made once. Errors: LimitError."""
        if self.function is None:
            problem = self.problem
            arithmetic = symbolic.Symbolic(ideal=problem.ideal, compared=self.compared)
            symbols = {n: symbolic.entries_of(n, np.shape(value)) for n, value in problem.values.items()}
            with symbolic.failures():
                found = run(problem.program, arithmetic, symbols)
                self.function = problem.moved_formulas(arithmetic, symbols, found)
        return self.function

    @cached_property
    def exact(self) -> bool:
        """Is the function the exact one? Constants beyond measure are only held with 50 digits. Each part is looked at
        once: written out there may be no end of them."""
        trees = (tree for tree in self.exploded().ravel() if isinstance(tree, sympy.Basic))
        return not any(
            part.is_Float for tree in trees for part in parts(tree)
        )  # each once: written out it may be endless

    # -- their values

    def enclosures(self, entries: Sequence[Entry], accuracy: int = ACCURACY) -> list[Truth]:
        """What the formulas say of each entry, which is true where the function is smooth; nothing is told where it is
        not exact. Errors: LimitError or ExpressionError where sympy gives up."""
        if not self.exact:
            return [Truth(Status.UNTOLD, why="constants beyond measure", reference=self.name)] * len(entries)
        self.differentiate(entries)
        return self.values([self.formula(entry) for entry in entries], accuracy)

    def values(self, trees: Sequence[Tree], accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each formula's value at the point, at rising precision until each is settled."""
        if not trees:
            return []
        program, outputs = compile_all(trees)
        found: list[Truth] = []
        for bits in affordable(len(program.steps)):
            scalars = self._scalars(program, outputs, bits)
            found = [told(scalar, bits, self.name) for scalar in scalars]
            if all(settled(scalar, accuracy) for scalar in scalars):
                break
        return found

    def _scalars(self, program: Program, outputs: Sequence[int], bits: int) -> list[Any]:  # Any: Scalars of ball.py
        with precision(bits):
            arithmetic = Balls(ideal=self.problem.ideal)
            steps = values_of_steps(program, arithmetic, self.point(arithmetic))
        return [as_array(steps[i])[()] for i in outputs]

    def point(self, arithmetic: Balls) -> dict[str, Array]:
        """The numbers at the point by the names of the entries' symbols."""
        still = {} if self.problem.tangents is None else {ALONG: arithmetic.exact(0.0)}
        return still | {
            symbolic.entry_symbol(name, place).name: arithmetic.exact(float(value[place]))
            for name, value in self.problem.values.items()
            for place in np.ndindex(np.shape(value))
        }


def nodes_in(expression: Tree, variable: Tree) -> int:
    """The nodes that sympy visits when it differentiates: those that depend on the variable, each as often as it stands
    there, with their other operands; of a maximum each with every other."""
    if _is_number(expression):
        return 0
    known: dict[Tree, int] = {}  # 0 for what does not depend on the variable
    stack: list[tuple[Tree, bool]] = [(expression, False)]
    while stack:
        node, ready = stack.pop()
        if node in known:
            continue
        operands = node.args
        if operands and not ready:
            stack.append((node, True))
            stack.extend((child, False) for child in operands if not _is_number(child))
            continue
        inside = [0 if _is_number(child) else known[child] for child in operands]
        own = len(inside) ** 2 if isinstance(node, sympy.Max | sympy.Min) else 1
        known[node] = own + sum(max(count, 1) for count in inside) if any(inside) else int(node == variable)
    return known[expression]


def _is_number(node: Tree) -> bool:
    """Also one of Python's; numbers are many, and slow to look up."""
    return bool(getattr(node, "is_Number", True))
