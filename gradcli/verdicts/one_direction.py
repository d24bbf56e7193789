"""All entries of a derivative at once: their sum along one direction, which sees what a sample may miss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradcli.base.dtypes import NEARLY_ZERO
from gradcli.base.errors import LimitError
from gradcli.base.limits import alarm
from gradcli.meaning.scalars import Array, floats
from gradcli.reference import directions
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.differences import Differences
from gradcli.reference.directions import Direction
from gradcli.reference.problem import ALONG, Place, Truth
from gradcli.verdicts.rounding import FEW_RUNS, MANY_RUNS, Explainer, Noise
from gradcli.verdicts.verdict import Finding, Verdict

# Ways to the truth, and the share of the time that is left for each; the second is for what the first cannot see.
WAYS = ((directions.along, 1.0), (directions.confirmed, 0.5))


def separate(answers: Sequence[Answer]) -> bool:
    """Is each answer a first derivative in one input, so that all of them add up along a direction?"""
    return all(len(answer.wrt) == 1 and answer.wrt[0][0] != ALONG for answer in answers)


@dataclass(frozen=True, slots=True)
class OneDirection:
    """The answers of a check, summed along directions through the point; they are ``separate``."""

    here: Differences
    answers: Sequence[Answer]
    settings: Settings

    def summed(self, arrays: Sequence[Array], direction: Direction) -> Array:
        """``sum_j a_ij d_j`` over all inputs j, for arrays of the answers' shapes; of the output's shape."""
        total = np.zeros(())
        for array, answer in zip(arrays, self.answers, strict=True):
            name, rank = answer.wrt[0]
            total = total + np.tensordot(array, direction[name], rank)
        return total

    def drawn(self) -> dict[str, Array]:
        """A direction of seeded normal numbers, each of the size of the entry that it moves."""
        generator = np.random.default_rng(self.settings.seed)
        found = {}
        for name in dict.fromkeys(answer.wrt[0][0] for answer in self.answers):
            sizes = np.array(abs(floats(self.here.point[name])))
            sizes[(sizes == 0) | ~np.isfinite(sizes)] = np.min(sizes[sizes > 0], initial=1.0)
            found[name] = generator.standard_normal(sizes.shape) * sizes
        return found

    # -- where the function is smooth

    def compared(self, explainer: Explainer, noise: Noise) -> list[Finding] | None:
        """What is wrong with torch's sum along the drawn direction, if anything is; None where that cannot be told."""
        numbers = [answer.array for answer in self.answers]
        if not all(np.isfinite(array).all() for array in numbers):
            return None
        direction = self.drawn()
        given, scale = self.summed(numbers, direction), self.sizes(numbers, direction)
        error = scale
        for way, share in WAYS:
            truth = self.truth(way, direction, share)
            if truth is None or not np.isfinite(truth).all():
                return None
            error = np.abs(truth - given)
            if np.all(error <= self.settings.tolerance * scale + NEARLY_ZERO):
                return []
        by_rounding = any(self.within(noise, runs, error, direction) for runs in (FEW_RUNS, MANY_RUNS))
        digits = explainer.digits(*worst(error, scale))
        verdict = Verdict.ROUNDING if by_rounding else Verdict.DIFFERS
        return [Finding(verdict, digits, f"along a random direction {digits:.1f} digits agree")]

    def sizes(self, arrays: Sequence[Array], direction: Direction) -> Array:
        """How large the sum could be: that of all absolute values."""
        return self.summed([abs(array) for array in arrays], {name: np.abs(v) for name, v in direction.items()})

    def truth(self, way: Callable[..., Array], direction: Direction, share: float) -> Array | None:
        """The derivative along a direction; None where it takes more than its share of the time, or too much work."""
        seconds = share * max(self.here.deadline.left, 0.1)
        try:
            with alarm(seconds, f"more than {seconds:g} s for a direction"):
                return floats(way(self.here, direction))
        except LimitError:
            return None

    def within(self, noise: Noise, runs: int, error: Array, direction: Direction) -> bool:
        """Do so many runs with random rounding errors move the sum as far?"""
        spreads = noise.spreads(runs)[: len(self.answers)] or [np.zeros_like(a.array) for a in self.answers]
        return bool(np.all(error <= self.settings.float_type.patience * self.sizes(spreads, direction)))

    # -- on a kink

    def follows(self, known: Sequence[tuple[int, Place, Truth]]) -> bool:
        """On a kink where every partial derivative exists: does the function follow them in other directions too?"""
        partials = [np.zeros(answer.array.shape) for answer in self.answers]
        for k, place, truth in known:
            assert truth.value is not None
            partials[k][place] = float(truth.value)
        for direction in _turned(self.drawn()):
            expected = self.summed(partials, direction)
            found = floats(directions.beyond_kink(self.here, direction))
            if not np.allclose(found, expected, rtol=1e-6, atol=1e-9 * float(np.max(abs(expected), initial=0.0))):
                return False
        return True

    def all_ones(self) -> tuple[float, float, float] | None:
        """The derivatives of a scalar forward and backward along all ones, and torch's sum; None without these."""
        ones = {answer.wrt[0][0]: np.ones(answer.array.shape) for answer in self.answers}
        try:
            forward, back = (
                float(directions.beyond_kink(self.here, {name: sign * d for name, d in ones.items()}))
                for sign in (1, -1)
            )
        except (LimitError, TypeError):
            return None
        return forward + 0.0, back + 0.0, float(sum(answer.array.sum() for answer in self.answers))


def worst(error: Array, scale: Array) -> tuple[float, float]:
    """The error and the size of the entry whose relative error is largest."""
    return max(zip(error.ravel(), scale.ravel(), strict=True), key=lambda pair: pair[0] / (pair[1] or 1))


def _turned(direction: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    """The direction itself, and into the corners of all positive and all negative numbers."""
    turns: tuple[Callable[[Array], Array], ...] = (lambda v: v, np.abs, lambda v: -abs(v))
    for turn in turns:
        yield {name: turn(vector) for name, vector in direction.items()}
