"""Long sums of cosines in balls: one step for all lines, by FLINT's fast Fourier transform."""

from __future__ import annotations

from functools import partial

import numpy as np
from flint import acb, arb

from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.products import BallProducts, infinite_in, undefined_in
from gradcli.meaning.balls.sweep import ABSENT, whole
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.turns import DIRECT, Turns

_SLOPES = Ball(arb(-1))  # beside the lines, an operand that is positive where the sizes of terms are asked for


class BallTurns(BallProducts):
    """What ``Balls`` knows about Fourier transforms."""

    def transformed(self, rows: Array, turns: Turns) -> Array:
        if turns.length <= DIRECT or undefined_in(rows) or infinite_in(rows):
            return self.transformed_apart(rows, turns)
        marked = np.array([_SLOPES], dtype=object)
        pull, push = partial(self._pull_turns, turns), partial(self._push_turns, turns)
        return whole(_transformed(rows, turns), (rows, marked), pull, push, product=True)

    def transformed_apart(self, rows: Array, turns: Turns) -> Array:
        """The same, seen where it is 0: the sums of the first entry are exact, and entries equal to it drop out."""
        if turns.entries < 2 or (turns.entries, turns.start, turns.first) != (turns.period, 0, 0):
            return super().transformed(rows, turns)
        first = rows[:, :1]
        rest = self.matmul(rows[:, 1:] - first, turns.matrix(self)[1:])
        if not turns.quarters:
            rest[:, 0] = rest[:, 0] + first[:, 0] * turns.period
        return rest

    def _pull_turns(self, turns: Turns, g: Array, _rows: Array, marked: Array, _out: Array) -> tuple[Array, None]:
        if marked[0].value > 0:  # cosines are at most 1
            sums = as_array(self.sum(g, 1, True))
            return np.broadcast_to(sums, (len(g), turns.entries)).copy(), None
        pulled = self.transformed(g, turns.transposed)
        pulled[[all(v is ABSENT for v in line) for line in g]] = None
        return pulled, None

    def _push_turns(
        self, turns: Turns, moved: Array | None, _marked: None, _rows: Array, _m: Array, _out: Array
    ) -> Array:
        assert moved is not None
        return self.transformed(moved, turns)


def _transformed(rows: Array, turns: Turns) -> Array:
    """Enclosures of the sums of each line, as arb."""
    out = np.empty((len(rows), turns.count), dtype=object)
    for i, row in enumerate(rows):
        line = [acb(0)] * turns.length
        for place, ball in zip(turns.places(entries=True), row, strict=True):
            line[place] = acb(ball.value)
        found = acb.dft(line)
        parts = [found[place] for place in turns.places(entries=False)]
        out[i] = [-z.imag if turns.quarters else z.real for z in parts]
    return out
