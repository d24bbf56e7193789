"""The truth by enclosures: the function in balls at the exact point, its derivatives by the chain rule, more bits while
they do not decide.

A statement about an entry is a theorem: an enclosure, or that there is no derivative and why, or that it cannot
be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import inf
from typing import Any, ClassVar

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning import symbolic
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined, variable
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Deadline, run
from gradcli.meaning.scalars import Array
from gradcli.reference.problem import ALONG, Entry, Place, Problem, Variable
from gradcli.reference.truth import Status, Truth

BITS = (128, 512, 2_048, 8_192)  # tried in turn until the question is decided
WORK = 400_000  # scalar operations at 128 bits, a few seconds; see affordable
ACCURACY = 80  # bits of an enclosure that decide about any number of torch's, and 15 digits of it


def affordable(work: int) -> Iterator[int]:
    """The bits that a function of so many scalar operations may be computed with, at least the first. Counted, not
    timed: a product of n bits costs about n**1.5."""
    for bits in BITS:
        if bits == BITS[0] or work * (bits / BITS[0]) ** 1.5 <= WORK:
            yield bits


class Enclosed:
    """A function at its point with so many bits: its value, and any entry of any derivative.

    steps: the value of each step of the program: Balls, Undefined or Conditions
    """

    def __init__(self, problem: Problem, bits: int, deadline: Deadline[Any]) -> None:
        self.problem, self.bits = problem, bits
        with precision(bits):
            self.arithmetic = Balls(deadline, ideal=problem.ideal)
            self.point = {
                name: self.arithmetic.variables(value) if name in problem.active else self.arithmetic.exact(value)
                for name, value in problem.values.items()
            }
            if problem.tangents is not None:
                self.point[ALONG] = np.array(variable(arb(0)), dtype=object)
            inputs = problem.inputs(self.arithmetic, self.point)
            self.steps: list[Array] = []
            self.value: Array = run(
                problem.program,
                self.arithmetic,
                inputs,
                deadline=deadline,
                watch=lambda _, value: self.steps.append(value),
            )

    @cached_property
    def _found(self) -> dict[tuple[Place, tuple[Variable, ...], bool, bool], Mapping[int, Any]]:
        """Derivatives by the entry that is differentiated: all variables come at once."""
        return {}

    def entry(self, entry: Entry, *, absolute: bool = False) -> Any:  # -> a Scalar
        """One entry of a derivative; with ``absolute`` the size of the terms that it is the sum of."""
        place, variables = entry
        with precision(self.bits):
            return self._entry(place, variables, last=True, absolute=absolute)

    def _entry(self, place: Place, variables: tuple[Variable, ...], *, last: bool, absolute: bool) -> Any:
        if not variables:
            return self.value[place]
        *inner, (name, at) = variables
        key = (place, tuple(inner), last, absolute)
        if key not in self._found:
            out = self._entry(place, tuple(inner), last=False, absolute=False)
            if type(out) is Undefined or out.value.is_nan():
                return out  # no slope is told of what is not told itself, even in what it does not depend on
            if not out.value.is_finite() and out.value.is_exact():
                return Undefined("the function is infinite here" if not inner else "its derivative is infinite here")
            self._found[key] = adjoints([(out, Ball(arb(1)))], record=not last, absolute=absolute)
        moved = self.point[name][at]
        return self._found[key].get(moved.serial, Ball(arb(0))) if type(moved) is Ball else moved


def told(scalar: Any, bits: int) -> Truth:  # Any: a Scalar
    """A Scalar as it is, whatever its accuracy."""
    if type(scalar) is Undefined:
        return Truth(Status.UNDEFINED, why=scalar.why)
    if scalar.value.is_finite() or (scalar.value.is_exact() and not scalar.value.is_nan()):
        return Truth(Status.ENCLOSED, scalar.value)
    return Truth(Status.UNTOLD, why=f"{bits:,} bits are too few to enclose it")


def settled(scalar: Any, accuracy: int) -> bool:  # Any: a Scalar
    """Would more bits say nothing new?"""
    if type(scalar) is Undefined:
        return True
    value = scalar.value
    return bool(value.is_exact() and not value.is_nan()) or (
        bool(value.is_finite()) and value.rel_accuracy_bits() >= accuracy
    )


class Rules:
    """The route of the rows' rules, by reverse accumulation in balls."""

    name: ClassVar[str] = "rules"

    def __init__(self, problem: Problem, deadline: Deadline[Any]) -> None:
        self.problem, self.deadline = problem, deadline
        self.work = symbolic.work(problem.shapes, problem.program)
        if self.work > WORK:
            raise LimitError(
                f"the second route is for at most {WORK:,} scalar operations; here are {self.work:,}", kind="unchecked"
            )
        self._at: dict[int, Enclosed] = {}

    def at(self, bits: int) -> Enclosed:
        """The function with so many bits; computed once."""
        if bits not in self._at:
            self._at[bits] = Enclosed(self.problem, bits, self.deadline)
        return self._at[bits]

    def value(self, accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of the function's value, in order."""
        return self.truths([(place, ()) for place in np.ndindex(self.problem.output)], accuracy)

    def truths(self, entries: Sequence[Entry], accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of a derivative, at rising precision until each is settled."""
        found: dict[int, Truth] = {}
        open_: Iterable[int] = range(len(entries))
        for bits in affordable(self.work):
            here = self.at(bits)
            left = []
            for i in open_:
                scalar = here.entry(entries[i])
                found[i] = told(scalar, bits)
                if not settled(scalar, accuracy):
                    left.append(i)
            open_ = left
            if not left:
                break
        return [found[i] for i in range(len(entries))]

    def terms(self, entry: Entry) -> float:
        """The size of the terms whose sum an entry is: what cancels where it is 0. An upper bound; inf if untold."""
        scalar = self.at(BITS[0]).entry(entry, absolute=True)
        return float(scalar.value.upper()) if type(scalar) is Ball and scalar.value.is_finite() else inf
