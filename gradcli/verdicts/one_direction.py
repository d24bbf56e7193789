"""All entries of a derivative at once: the sum of its rows with random weights, which sees what a sample may miss; and
what the function does along directions away from a kink."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball, UntoldError, at_most
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.scalars import Array
from gradcli.meaning.series.ray import BITS
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.enclosures import Enclosed
from gradcli.reference.problem import ALONG, Place, Variable
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Truth
from gradcli.reference.work import affordable
from gradcli.verdicts.comparison import certain_digits
from gradcli.verdicts.rounding import Rounding
from gradcli.verdicts.verdict import Finding, Verdict

Direction = Mapping[str, Array]
Row = tuple[Place, tuple[Variable, ...]]  # an output entry and all variables but the last: one sweep gives the last


def separate(answers: Sequence[Answer]) -> bool:
    """Is each answer a first derivative in one input, so that all of them add up along a direction?"""
    return all(len(answer.wrt) == 1 and answer.wrt[0][0] != ALONG for answer in answers)


def row_of(answer: Answer, place: Place) -> Row:
    """What one backward sweep gives all at once, this entry among it."""
    at, variables = answer.entry(place)
    return at, variables[:-1]


@dataclass(frozen=True, slots=True)
class OneDirection:
    """The answers of a check, summed in ways that see every entry."""

    reference: Reference
    answers: Sequence[Answer]
    settings: Settings

    # -- all rows, each with a random weight

    def compared(self, rounding: Rounding) -> list[Finding] | None:
        """What is wrong with torch's rows, summed with random weights, if anything is; None where it cannot be told."""
        if not all(np.isfinite(answer.array).all() for answer in self.answers):
            return None
        weights = self.weights()
        given = self.summed([a.array for a in self.answers], weights)
        sizes = self.summed([abs(a.array) for a in self.answers], {row: abs(w) for row, w in weights.items()})
        allowed = {
            last: arb(self.settings.tolerance * size + self.settings.float_type.tiny) for last, size in sizes.items()
        }
        for bits in affordable(self.reference.work):
            true = self.true_sums(self.reference.at(bits), weights, list(given))
            if true is None:
                return None
            near = {last: at_most(abs(arb(given[last]) - true[last]), allowed[last]) for last in given}
            if None not in near.values():
                doubt = {last: true[last] for last in given if not near[last]}
                return [self.wrong(rounding, weights, given, doubt)] if doubt else []
        return None

    def weights(self) -> dict[Row, float]:
        """A seeded normal number for each row."""
        generator = np.random.default_rng(self.settings.seed)
        rows = (row_of(answer, place) for answer in self.answers for place in np.ndindex(answer.array.shape))
        return {row: float(generator.standard_normal()) for row in dict.fromkeys(rows)}

    def summed(self, arrays: Sequence[Array], weights: Mapping[Row, float]) -> dict[Variable, float]:
        """``sum_row weight * entry`` by the last variable."""
        found: dict[Variable, float] = {}
        for array, answer in zip(arrays, self.answers, strict=True):
            for place in np.ndindex(array.shape):
                at, variables = answer.entry(place)
                term = weights[at, variables[:-1]] * float(array[place])
                found[variables[-1]] = found.get(variables[-1], 0.0) + term
        return found

    def true_sums(
        self, here: Enclosed, weights: Mapping[Row, float], wanted: Sequence[Variable]
    ) -> dict[Variable, arb] | None:
        """The same sums in balls, by one sweep; None where a row or a sum is undefined."""
        with precision(here.bits):
            scalars = [(here.recorded(*row), weight) for row, weight in weights.items()]
            if not all(type(scalar) is Ball for scalar, _ in scalars):
                return None
            found = adjoints([(scalar, Ball(arb(weight))) for scalar, weight in scalars])
            sums: dict[Variable, arb] = {}
            for last in wanted:
                total = here.slope(found, last)
                if type(total) is not Ball:
                    return None
                sums[last] = total.value
        return sums

    def wrong(
        self,
        rounding: Rounding,
        weights: Mapping[Row, float],
        given: Mapping[Variable, float],
        doubt: Mapping[Variable, arb],
    ) -> Finding:
        """What the sums that are off say, and why they may be off."""
        digits = min(certain_digits(given[v], true, self.settings.float_type.digits) for v, true in doubt.items())
        reach = self.true_sums(rounding.reached, weights, list(doubt))
        explained = reach is None or all(arb(given[v]) in reach[v] for v in doubt)
        verdict = Verdict.ROUNDING if explained else Verdict.DIFFERS
        return Finding(verdict, digits, f"along a random direction {digits:.1f} digits agree")

    # -- on a kink

    def drawn(self) -> dict[str, Array]:
        """A direction of seeded normal numbers, each of the size of the entry that it moves."""
        generator = np.random.default_rng(self.settings.seed)
        found = {}
        for name in dict.fromkeys(answer.wrt[0][0] for answer in self.answers):
            sizes = np.array(abs(self.reference.problem.values[name]))
            sizes[(sizes == 0) | ~np.isfinite(sizes)] = np.min(sizes[sizes > 0], initial=1.0)
            found[name] = generator.standard_normal(sizes.shape) * sizes
        return found

    def follows(self, known: Sequence[tuple[int, Place, Truth]]) -> bool:
        """On a kink where every partial derivative exists: may the function follow them in other directions too?

        Errors: UntoldError.
        """
        partials: dict[Place, list[tuple[Variable, arb]]] = {}
        for k, place, truth in known:
            assert truth.value is not None
            at, (variable,) = self.answers[k].entry(place)
            partials.setdefault(at, []).append((variable, truth.value))
        for direction in _turned(self.drawn()):
            for at, slopes in partials.items():
                found = self.reference.rays.directional(direction, at)
                with precision(BITS):
                    expected = sum((arb(float(direction[name][i])) * slope for (name, i), slope in slopes), arb(0))
                if found is None or not found.overlaps(expected):
                    return False
        return True

    def all_ones(self) -> tuple[float, float, float] | None:
        """The derivatives of a scalar forward and backward along all ones, and torch's sum; None without these."""
        ones = {answer.wrt[0][0]: np.ones(answer.array.shape) for answer in self.answers}
        try:
            forward, back = (
                self.reference.rays.directional({name: sign * d for name, d in ones.items()}, ()) for sign in (1, -1)
            )
        except UntoldError:
            return None
        if forward is None or back is None:
            return None
        given = float(sum(answer.array.sum() for answer in self.answers))
        return float(forward.mid()) + 0.0, float(back.mid()) + 0.0, given


def _turned(direction: Direction) -> Iterator[dict[str, Array]]:
    """The direction itself, and into the corners of all positive and all negative numbers."""
    turns: tuple[Callable[[Array], Array], ...] = (lambda v: v, np.abs, lambda v: -abs(v))
    for turn in turns:
        yield {name: turn(vector) for name, vector in direction.items()}
