"""Lines of a sparse derivative, rows of a Hessian and columns of a Jacobian, that differ along a random direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.reference.every_entry import ALTERED
from gradcli.reference.every_row import Sums, product, product_of_whole
from gradcli.reference.parts import Parts
from gradcli.reference.problem import Problem
from gradcli.verdicts.rounding import rounded_arrays
from gradcli.verdicts.sparse.direction import Direction
from gradcli.verdicts.sparse.entries import Looked
from gradcli.verdicts.sparse.matrix import Derivative, Place
from gradcli.verdicts.verdict import Finding, Verdict

WORST = 4  # lines that are looked at though they are within the tolerance
OFF = 8  # lines that are looked at of those that are not
MUCH = 300_000_000  # units of numbers with bounds for what nothing else tells; some 2 seconds
LONG = 64  # entries of a line that are looked at


@dataclass(slots=True)
class Lines:
    """The lines of one direction.

    looked:  None where no entry can be looked at
    wrongs:  lines that are certainly not right
    rounded: lines whose entries are not, as rounding explains
    """

    problem: Problem
    derivative: Derivative
    parts: Parts | None
    looked: Looked | None
    direction: Direction
    wrongs: list[Finding] = field(default_factory=list)
    rounded: list[Finding] = field(default_factory=list)

    def near(self) -> list[Place]:
        """Entries of the lines that differ most."""
        lines = self.direction.worst(WORST).tolist()
        return [place for places, _ in self.of_lines(lines).values() for place in places]

    def findings(self) -> list[Finding]:
        """What is to be said of lines that differ, after a look at them."""
        lines = list(dict.fromkeys([*self.direction.off[:OFF].tolist(), *self.direction.lost[:WORST].tolist()]))
        known: dict[int, bool | None]
        if self.looked is None:
            known = {line: self.told(line, self.direction.sums) for line in lines}
        else:
            places = self.of_lines(lines)
            self.looked.at([place for some, _ in places.values() for place in some])
            known = {line: self.known(line, *places[line]) for line in lines}
        return [*self.wrongs, *self.rounded, *self.left(known)]

    def of_lines(self, lines: Sequence[int]) -> dict[int, tuple[list[Place], bool]]:
        """The entries of each line, or some of them, and whether these are all that may differ from zero."""
        assert self.looked is not None
        d, found = self.derivative, {}
        for line, around in self.looked.entries.around(lines).items() if lines else ():
            held = [(i, line) for i in d.column(line)] if d.order == 1 else [(line, j) for j in d.row(line)]
            places = list(dict.fromkeys([*held, *(around or [])]))
            whole = around is not None and len(places) <= LONG
            if len(places) > LONG:
                draw = np.random.default_rng([self.direction.settings.seed, line])
                places = [places[k] for k in sorted(draw.choice(len(places), LONG, replace=False).tolist())]
            found[line] = places, whole
        return found

    def known(self, line: int, places: Sequence[Place], whole: bool) -> bool | None:
        """Is the derivative right in a line that differs, as rounding in torch's product may? None: not told."""
        assert self.looked is not None
        if any(self.derivative.name(place) in self.looked.bad for place in places):
            return False
        number = float(self.direction.torch[line])
        about = self.looked.entries.product(line, self.direction.vector, number) if whole else None
        if about is None:
            sums = self.direction.sums if self.direction.sums is not None else self.sums_of(line, self.direction.vector)
            return self.told(line, sums)
        if about.verdict not in {Verdict.DIFFERS, Verdict.TRAP} or not np.isfinite(number):
            return True
        what = "its entries are right as the formula was taken apart; torch's product of the whole differs"
        self.wrong(line, f"{what}: {float(self.direction.given[line])!r} against {number!r}")
        return False

    def sums_of(self, line: int, vector: FloatArray) -> Sums | None:
        """The product in numbers with bounds, of rows that hold a line: it is known in this line."""
        if self.parts is None:
            return None
        rows = self.parts.rows_with(line)
        with suppress(LimitError):
            return product(self.parts, self.derivative.order, vector, MUCH, rows, ideal=self.problem.ideal)
        return None

    def told(self, line: int, sums: Sums | None) -> bool | None:
        """What numbers with bounds say of a line."""
        if sums is None or not np.isfinite(sums.error[line]):
            return None
        allowed = float(replace(self.direction, sums=sums).allowed(line) + sums.error[line])
        true = float(sums.value[line])
        for number, whose in (
            (self.direction.given[line], "its entries give"),
            (self.direction.torch[line], "torch gives"),
        ):
            if abs(number - true) <= allowed or not np.isfinite(number):
                continue
            explained = self.explained(line, float(number))
            if explained is None:
                return None
            what = f"{whose} {float(number)!r} against {true!r}"
            if not explained:
                self.wrong(line, what)
                return False
            if number == self.direction.given[line]:
                self.rounded.append(self.finding(Verdict.ROUNDING, line, f"{what}, as float arithmetic lost digits"))
        return True

    def explained(self, line: int, number: float) -> bool | None:
        """May torch's steps, each right to a few units, make this number of a line? None where it is not told."""
        reached = self.reached(line)
        if reached is None:
            return None
        reach = float(reached.error[line]) + self.direction.settings.tolerance * float(reached.terms[line])
        return not abs(number - float(reached.value[line])) > reach

    def reached(self, line: int) -> Sums | None:
        """The product in numbers with bounds of all that torch's steps may make; it is known in this line."""
        d, vector = self.derivative, self.direction.vector
        arithmetic = rounded_arrays(self.direction.settings, d.order, ideal=self.problem.ideal)
        with suppress(LimitError):
            if self.parts is None:
                return product_of_whole(self.problem, d.shapes, d.order, vector, ALTERED * MUCH, arithmetic)
            rows = self.parts.rows_with(line)
            return product(self.parts, d.order, vector, ALTERED * MUCH, rows, arithmetic=arithmetic)
        return None

    def wrong(self, line: int, what: str) -> None:
        self.wrongs.append(self.finding(Verdict.DIFFERS, line, what))

    def finding(self, verdict: Verdict, line: int, what: str) -> Finding:
        name = self.derivative.line_name(line)
        terms = f"terms of size {self.direction.sizes[line]:.2g}"
        return Finding(verdict, None, f"{name}: {what}, along a random direction; {terms}", name)

    def left(self, known: Mapping[int, bool | None]) -> Iterator[Finding]:
        """What is to be said of lines that differ, and of those that are not compared."""
        off, lost = self.direction.off, self.direction.lost
        wrong = bool(self.wrongs or (self.looked is not None and self.looked.bad))
        untold = [line for line in off[:OFF].tolist() if known[line] is None]
        if len(off):
            route = "" if self.direction.sums is None else " or the second route's"
            what = f"along a random direction {self.lines(len(off))} differ from torch's product{route}"
            if wrong:
                yield Finding(Verdict.AGREES, None, what)
            elif untold:
                line = untold[0]
                numbers = f"{float(self.direction.given[line])!r} against {float(self.direction.torch[line])!r}"
                where = f"{self.derivative.line_name(line)}: {numbers}, terms of size {self.direction.sizes[line]:.2g}"
                why = "no bounds tell which is right, nor what rounding may do"
                yield Finding(Verdict.UNCHECKED, None, f"{what}; {where}; {why}", self.derivative.line_name(line))
            else:
                tail = f", and more than rounding is in none of the {len(off[:OFF])} that differ most"
                yield Finding(Verdict.UNCHECKED if len(off) > OFF else Verdict.AGREES, None, what + tail)
        if len(lost):
            what = f"torch's product is not a number in {self.lines(len(lost))}"
            seen = len(lost) <= WORST and all(known[line] for line in lost.tolist())
            tail = ", whose entries are looked at" if seen else ", which are not compared"
            yield Finding(Verdict.AGREES if seen else Verdict.UNCHECKED, None, what + tail)

    def lines(self, count: int) -> str:
        return counted(count, self.derivative.order)


def counted(count: int, order: int) -> str:
    what = "row" if order > 1 else "column"
    return f"{count:,} {what}{'s' * (count != 1)}"


def agreeing(direction: Direction, order: int) -> str:
    """How many lines agree, and with what."""
    count = int(np.count_nonzero(direction.compared))
    said = f"{'all ' * (count == len(direction.torch))}{counted(count, order)} agree with torch's product"
    if direction.sums is None:
        return said
    known = int(np.count_nonzero(np.isfinite(direction.sums.error)))
    return f"{said} and{'' if known == len(direction.given) else f', {known:,} of them,'} with the second route's"
