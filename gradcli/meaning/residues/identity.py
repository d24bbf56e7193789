"""Is a claim about a derivative an identity? Decided in residues: a function minus its claim, contracted with random
directions, vanishes modulo several random primes, or it does not.

A difference that is not formally zero vanishes in one draw with probability at most its degree over the prime
(Schwartz 1980; Zippel 1979). That it does not vanish refutes nothing: a law may be lacking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from random import Random
from secrets import randbits
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.ball import Undefined
from gradcli.meaning.program import Program, run
from gradcli.meaning.residues.arithmetic import Residues
from gradcli.meaning.residues.boundaries import Boundaries
from gradcli.meaning.residues.degrees import chance_of_one
from gradcli.meaning.residues.draws import Draw, NoRootError, Plan, Root
from gradcli.meaning.residues.inputs import Inputs, RedrawError
from gradcli.meaning.residues.nodes import Node, OutsideError, UnmodelledError
from gradcli.meaning.residues.premises import assume, drawn, entry_names
from gradcli.meaning.residues.primes import prime
from gradcli.meaning.residues.signs import Choice, next_choice
from gradcli.meaning.residues.tangents import tangents
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.shape_rules import Shape

ERROR = Fraction(1, 10**40)  # at most the probability that something holds by chance
MAX_DRAWS = 12  # until the probability is below ERROR; four do where the degree is below 2**26
MAX_SQUARES = 3  # radicands that may be squares: both signs of each are tried
MAX_WORK = 3_000_000  # steps of all draws: some seconds
MORE = 40  # draws without a radicand that is no square: then it may be one


@dataclass(frozen=True, slots=True)
class Outcome:
    """holds:   is it an identity? False says nothing.
    error:   at most the probability that it holds by chance
    signs:   how many signs and branches were taken as they are at the companion point: the proof speaks of the region
             around it in which they stay; with none, of everywhere
    """

    holds: bool
    error: float = 0.0
    signs: int = 0


def holds(
    function: Program,
    claim: Program,
    kind: str,
    wrt: Sequence[str],
    shapes: Mapping[str, Shape],
    *,
    given: Mapping[str, Array] | None = None,
    premises: Sequence[Program] = (),
    companion: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> Outcome:
    """Is the claim the function's derivative, or, for the kind value, its value?

    kind:      value, grad, jacobian or hessian; the claim's axes are those of the function, then those of wrt
    shapes:    of every name that is drawn
    given:     values that stay, exact floats
    premises:  conditions, of which linear equations and orthonormal columns or rows are used
    companion: arrays of numbers for the names, a point at which signs and branches are told; the names that are given
               may be left out

    Errors: UnmodelledError, with the reason.
    """
    source = Random(randbits(64) if seed is None else seed)  # noqa: S311 - unknown beforehand is enough
    question = _Question(shapes, given or {}, wrt, companion, source)
    try:
        difference = question.difference(claim, question.truth(function, kind))
    except UnmodelledError:
        raise
    except LimitError as limit:  # of a row that no arithmetic of formulas has
        raise UnmodelledError(limit.message) from None
    return question.outcome(difference, premises)


def holds_everywhere(
    function: Program,
    claim: Program,
    kind: str,
    wrt: Sequence[str],
    shapes: Mapping[str, Shape],
    *,
    given: Mapping[str, Array] | None = None,
    premises: Sequence[Program] = (),
    seed: int | None = None,
) -> Outcome:
    """Is the claim right wherever the function has a derivative? As ``holds``, with every choice of signs.

    A choice with which the function has no value is left out, unless the function has conditions: then the value that
    is lacking may be one that is not taken. Errors: UnmodelledError.
    """
    source = Random(randbits(64) if seed is None else seed)  # noqa: S311 - unknown beforehand is enough
    choice: list[int] | None = []
    outcomes: list[Outcome] = []
    while choice is not None:
        question = _Question(shapes, given or {}, wrt, None, source, choice)
        chosen = question.arithmetic.companion
        assert isinstance(chosen, Choice)
        for premise in premises:
            assume(premise, question.arithmetic, question.inputs())
        try:
            truth = question.truth(function, kind)
        except OutsideError:
            if question.arithmetic.compared:
                raise
        else:
            difference = question.with_boundaries(function, claim, kind, truth)
            outcomes.append(question.outcome(difference, premises))
            if not outcomes[-1].holds:
                return outcomes[-1]
        choice = next_choice(chosen.taken)
    if not outcomes:
        raise UnmodelledError("a function without a value anywhere")
    return Outcome(True, sum(outcome.error for outcome in outcomes))


@dataclass(frozen=True, slots=True)
class _Slopes:
    """The entries of a function's derivative along directions, and the products of these by entry of the variables."""

    entries: Sequence[Node]
    weights: Sequence[Node]


class _Question:
    """Function and claim on one graph, and their difference as one node."""

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        given: Mapping[str, Array],
        wrt: Sequence[str],
        companion: Mapping[str, Any] | None,
        source: Random,
        choice: Sequence[int] | None = None,
    ) -> None:
        self.source, self.wrt, self.everything = source, wrt, given
        self.names = {name: entry_names(name, shape) for name, shape in shapes.items() if name not in given}
        self.names |= {name: entry_names(name, np.shape(given[name])) for name in wrt if name in given}
        self.given = {name: np.asarray(value) for name, value in given.items() if name not in self.names}
        self.point: dict[str, Any] | None = None  # Any: numbers
        if companion is not None:
            everything = {**given, **companion}
            values = ((n, np.broadcast_to(np.asarray(everything[name]), n.shape)) for name, n in self.names.items())
            self.point = {str(k): v for names, a in values for k, v in zip(names.ravel(), a.ravel(), strict=True)}
        self.arithmetic = Residues(self.point, choice)

    def inputs(self) -> dict[str, Array]:
        graph = self.arithmetic.graph
        free = {name: _mapped(graph.input, entries) for name, entries in self.names.items()}
        return {**free, **{name: _mapped(graph.lift, value) for name, value in self.given.items()}}

    def values(self) -> Iterator[dict[str, Fraction]]:
        """Values that the variables of the derivative are given: what holds without them holds with them."""
        yield {}
        fixed = {name: np.asarray(self.everything[name]) for name in self.wrt if name in self.everything}
        if fixed:
            names = ((self.names[name].ravel(), value.ravel()) for name, value in fixed.items())
            yield {str(k): Fraction(float(v)) for keys, found in names for k, v in zip(keys, found, strict=True)}

    def outcome(self, difference: Node, premises: Sequence[Program]) -> Outcome:
        """Does it vanish? Errors: UnmodelledError."""
        found, inputs = Outcome(False), drawn(premises, {**self.names, **self.given})
        for fixed in self.values():
            found = found if found.holds else self._of_every_kind(difference, replace(inputs, fixed=fixed))
        return found

    def _of_every_kind(self, difference: Node, inputs: Inputs) -> Outcome:
        """Does it vanish for rotations and for reflections, where a matrix is orthogonal?"""
        kinds = [[replace(f, reflected=r) for r in ((False, True) if f.is_square else (False,))] for f in inputs.frames]
        outcomes = []
        for frames in product(*kinds):
            plan = Plan(difference, replace(inputs, frames=frames))
            outcomes.append(_Trials(plan, self.arithmetic, difference, self.source).outcome())
            if not outcomes[-1].holds:
                return outcomes[-1]
        return replace(outcomes[0], error=sum(outcome.error for outcome in outcomes))

    def truth(self, function: Program, kind: str, arithmetic: Residues | None = None) -> _Slopes:
        """The function's derivative along random directions. Errors: UnmodelledError."""
        inputs, graph, slope = self.inputs(), self.arithmetic.graph, self.arithmetic.slope
        entries, weights = list(as_array(run(function, arithmetic or self.arithmetic, inputs)).ravel()), [graph.one]
        for order, variable in enumerate(self.wrt if kind != "value" else ()):
            directions = self._random(f"along {order} {variable}", inputs[variable].size)
            entries = tangents(entries, dict(zip(inputs[variable].ravel(), directions, strict=True)), slope)
            weights = [graph.mul(w, d) for w in weights for d in directions]
        return _Slopes(entries, weights)

    def difference(self, claim: Program, truth: _Slopes, arithmetic: Residues | None = None) -> Node:
        """What vanishes if the claim holds, contracted with the directions. Errors: UnmodelledError."""
        graph, weights = self.arithmetic.graph, truth.weights
        claimed = as_array(run(claim, arithmetic or self.arithmetic, self.inputs()))
        if claimed.size != len(truth.entries) * len(weights):
            raise UnmodelledError("a claim of another size than the derivative")
        if any(isinstance(entry, Undefined) for entry in claimed.ravel()):
            raise UnmodelledError("a claim without a value")
        rows = zip(truth.entries, claimed.reshape(len(truth.entries), len(weights)), strict=True)
        return self._together([graph.sub(t, graph.dot(zip(row, weights, strict=True))) for t, row in rows])

    def with_boundaries(self, function: Program, claim: Program, kind: str, truth: _Slopes) -> Node:
        """What vanishes if the claim holds on both sides of all boundaries, and on these. Errors: UnmodelledError."""
        at = Boundaries(self.arithmetic)
        if kind == "value":
            run(function, at, self.inputs())
        found = [self.difference(claim, truth, at)]
        if at.signed:
            on = Boundaries(self.arithmetic, turned=0)
            if kind == "value":
                found.append(self.difference(claim, self.truth(function, kind, on), on))
            else:
                graph, between = self.arithmetic.graph, self.difference(claim, truth, on)
                beyond = self.difference(claim, truth, Boundaries(self.arithmetic, turned=-1))
                found.append(graph.sub(graph.add(found[0], beyond), graph.add(between, between)))
        return self._together(found, "boundary")

    def _together(self, gaps: Sequence[Node], name: str = "entry") -> Node:
        """One node that vanishes where all do, but by chance."""
        if len(gaps) == 1:
            return gaps[0]
        return self.arithmetic.graph.dot(zip(gaps, self._random(name, len(gaps)), strict=True))

    def _random(self, name: str, count: int) -> list[Node]:
        """Free inputs, which have numbers at the companion point too."""
        names = [f"{name} {i}" for i in range(count)]
        if self.point is not None:
            self.point.update((n, Fraction(self.source.randrange(1, 1_000), 997)) for n in names)
        return [self.arithmetic.graph.input(n) for n in names]


def _mapped(function: Any, values: Array) -> Array:  # Any: a function of entries
    out = np.empty(values.shape, dtype=object)
    for place in np.ndindex(values.shape):
        out[place] = function(values[place])
    return out


class _Trials:
    """Draws until enough of them agree, each radicand has been seen to be no square, or the work is done.

    Where every radicand is no square of what came before it, all signs of all roots are alike: what holds for one
    choice holds for the others. A radicand that may be a square has two roots v and -v, of which the true one is the
    same all over the region: the claim is tried with both.
    """

    def __init__(self, plan: Plan, arithmetic: Residues, difference: Node, source: Random) -> None:
        self.plan, self.companion, self.difference, self.source = plan, arithmetic.companion, difference, source
        self.no_squares: set[Root] = set()
        self.work = 0

    def outcome(self) -> Outcome:
        signs = len(self.companion.decided)
        if self.difference is self.difference.graph.zero:
            return Outcome(True, 0.0, signs)
        found = [self._successful()]
        if found[0][1] and not found[0][0].signs:
            return Outcome(False)
        error = chance = chance_of_one(self.plan)
        while error > ERROR:
            found.append(self._successful())
            error *= chance
            if len(found) == MAX_DRAWS:
                raise UnmodelledError("a degree so large that draws prove too little")
        squares = self._squares([draw for draw, _ in found])
        holds = self._with_both(found, squares) if squares else not any(value for _, value in found)
        return Outcome(holds, float(error), signs)

    def _draw(self) -> Draw:
        self._spend()
        return Draw(prime(self.source, self.plan.squares, self.plan.odd), self.source)

    def _spend(self) -> None:
        self.work += len(self.plan.steps)
        if self.work > MAX_WORK:
            raise UnmodelledError("so many roots that no draw was found in which all exist")

    def _successful(self) -> tuple[Draw, int]:
        """A draw in which all roots exist, and its output."""
        divisions = 0
        while divisions < 3:
            draw = self._draw()
            try:
                return draw, self.plan.run(draw)
            except NoRootError as missing:
                self.no_squares.add(missing.root)
            except RedrawError:
                divisions += 1
        raise UnmodelledError("a division by what is 0 everywhere")

    def _squares(self, found: Sequence[Draw]) -> list[Root]:
        """Roots of which no radicand has been seen to be no square, so that it may be one."""
        wanted = {root for draw in found for root in draw.signs}
        for _ in range(MORE):
            if wanted <= self.no_squares:
                break
            try:
                self.plan.run(self._draw())
            except NoRootError as missing:
                self.no_squares.add(missing.root)
            except RedrawError:
                continue
        return sorted(wanted - self.no_squares)

    def _with_both(self, found: Sequence[tuple[Draw, int]], squares: Sequence[Root]) -> bool:
        """Does it hold with the true roots of what may be squares?

        The product over all choices of their signs is told by the draws; where it vanishes, one of the choices holds in
        the whole region, and it is the true one if all others do not at the companion point. Errors: UnmodelledError.
        """
        higher = {place for draw, _ in found for place, order in draw.signs if order > 1}
        if len(squares) > MAX_SQUARES or any(place in higher for place, _ in squares):
            raise UnmodelledError("roots of what may be squares, so that their signs are not told")
        choices = [c for n in range(len(squares) + 1) for c in combinations(squares, n)]
        told = [[self._turned(draw, choice) for choice in choices] for draw, _ in found]
        if all(value == 0 for row in told for value in row):
            return True
        if any(all(row) for row in told):
            return False
        owners = found[0][0].owners
        for choice in choices[1:]:
            places = {place for place, _ in choice}
            turned = frozenset(self.plan.nodes[at].index for at, first in owners.items() if first in places)
            value = self.companion.with_other_roots(turned).near(self.difference)
            if not value.is_finite() or value.contains(0):
                raise UnmodelledError("the root of what may be a square, of which a point does not tell the sign")
        return True

    def _turned(self, draw: Draw, choice: Sequence[Root]) -> int:
        """The output where the roots of a choice have the other sign."""
        self._spend()
        signs = {root: -sign if root in choice else sign for root, sign in draw.signs.items()}
        try:
            return self.plan.run(Draw(draw.p, draw.source, draw.inputs, draw.atoms, signs))
        except (NoRootError, RedrawError):
            raise UnmodelledError("a root of what has itself a root that may be a square's") from None
