"""The verdict on a sparse derivative: entries in enclosures, and all of them along a random direction.

An entry that is looked at has the verdict that it has in a dense result. Of the others the product with a random vector
speaks, which torch computes of the whole program: lines that differ beyond the tolerance of their terms, and the few
that differ most within it, have all their entries looked at, those too that should be there and are not. A line is
wrong where enclosures say so of an entry, or of torch's own product in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError, LimitError
from gradcli.base.limits import alarm
from gradcli.base.sparse import SparseMatrix
from gradcli.base.wording import cut_off
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.every_row import doubtful, smooth
from gradcli.reference.parts import Parts, Row, Template
from gradcli.reference.problem import Problem
from gradcli.reference.work import BITS, RECORDED, Work
from gradcli.verdicts.crosscheck import crosscheck
from gradcli.verdicts.sparse.direction import Direction, Products
from gradcli.verdicts.sparse.entries import Entries, OfParts, OfWhole
from gradcli.verdicts.sparse.matrix import Derivative, Place
from gradcli.verdicts.sparse.sample import sampled
from gradcli.verdicts.together import worst_of
from gradcli.verdicts.verdict import Check, Finding, Verdict, unchecked

SMALL = 2_500  # entries, zeros included, that are checked as a dense result
LIGHT = 50_000  # units of that; some 0.3 seconds
WORST = 4  # lines that are looked at though they are within the tolerance
OFF = 8  # lines that are looked at of those that are not
LONG = 64  # entries of a line that are looked at
EDGES = 6  # terms that are looked at of those on kinks and edges
HELD = 4  # entries of such a term whose pairs are looked at


class Sparse(Protocol):
    """A sparse derivative, how it came, and the function's value.

    blocks: by variable, or by row and column variable
    """

    @property
    def blocks(self) -> Mapping[tuple[str, ...], SparseMatrix]: ...
    @property
    def value(self) -> FloatArray: ...
    @property
    def templates(self) -> Sequence[Template]: ...


def check_sparse(problem: Problem, sparse: Sparse, wrt: Sequence[str], torch: Products, settings: Settings) -> Check:
    """The verdict on a Jacobian, of the output of ``problem``, or on a Hessian.

    wrt:   the variables in the order of the blocks and of the positions in templates
    torch: asked once for a product of the whole program
    Errors: none; whatever prevents the check is the reason of an `unchecked`.
    """
    derivative = Derivative(sparse.blocks, {name: problem.values[name].shape for name in wrt}, problem.output)
    if settings.mode == "off":
        return unchecked("the check is off", derivative.nnz)
    try:
        with alarm(settings.seconds, cut_off(settings.seconds)):
            if _small(problem, derivative):
                return _as_dense(problem, derivative, sparse.value, settings)
            return _Checker(problem, derivative, sparse, torch, settings).check()
    except LimitError as limit:
        return unchecked(limit.message, derivative.nnz)


# -- small ones


def _small(problem: Problem, derivative: Derivative) -> bool:
    units = Work.of(problem).units(BITS[0]) * RECORDED ** (derivative.order - 1) * (1 + derivative.rows / 2)
    return derivative.rows * derivative.columns <= SMALL and units <= LIGHT


def _as_dense(problem: Problem, derivative: Derivative, value: FloatArray, settings: Settings) -> Check:
    """All entries, the zeros that are not held among them."""
    shapes, several = derivative.shapes, len(derivative.shapes) > 1
    answers = []
    for label, matrix in derivative.blocks.items():
        outer = derivative.output if derivative.order == 1 else shapes[label[0]]
        array = matrix.toarray().reshape(outer + shapes[label[-1]])
        ranks = tuple((name, len(shapes[name])) for name in label)
        rank = len(derivative.output) if derivative.order == 1 else 0
        answers.append(Answer(label if several else label[:1], array, ranks, rank))
    shaped = np.reshape(value, problem.output)
    return crosscheck(problem, answers, shaped, derivative.order, settings).check


# -- large ones


class _Checker:
    def __init__(
        self, problem: Problem, derivative: Derivative, sparse: Sparse, torch: Products, settings: Settings
    ) -> None:
        self.problem, self.derivative, self.torch, self.settings = problem, derivative, torch, settings
        self.parts = Parts(sparse.templates, derivative.columns) if sparse.templates else None
        self.entries: Entries | None = None
        self.why = ""  # no entry is looked at
        if self.parts is not None:
            self.entries = OfParts(derivative, self.parts, settings, problem.ideal)
        else:
            try:
                Work.of(problem).refuse_beyond(derivative.order)
                self.entries = OfWhole(derivative, problem, settings)
            except LimitError as limit:
                self.why = limit.message
        self.value = sparse.value
        self.seen: dict[Place, None] = {}
        self.checks: list[Check] = []
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    def check(self) -> Check:
        direction = self.direction()
        if self.entries is not None:
            self.look(sampled(self.derivative, self.parts, self.settings.seed))
        if self.parts is not None:
            self.at_edges(self.parts, np.random.default_rng([self.settings.seed, 2]))
        if direction is not None:
            self.follow(direction)
        return self.summary(direction)

    def direction(self) -> Direction | None:
        try:
            return Direction.of(self.derivative, self.torch, self.settings)
        except GradcliError as error:
            self.notes.append(f"no direction was compared: {error.message}")
            return None

    def look(self, places: Sequence[Place]) -> list[Check]:
        """What is said of entries that were not looked at before."""
        assert self.entries is not None
        new = [place for place in dict.fromkeys(places) if place not in self.seen]
        self.seen |= dict.fromkeys(new)
        found = self.entries.checks(new)
        self.checks += found
        return found

    def at_edges(self, parts: Parts, draw: np.random.Generator) -> None:
        """Looks at what rows on kinks and edges hold, or next to one."""
        defined = bool(np.isfinite(self.value).all())
        for t, (template, program) in enumerate(zip(parts.templates, parts.programs, strict=True)):
            if defined and smooth(program):
                continue
            found = doubtful(template, program, draw, ideal=self.problem.ideal)
            few = found.rows if len(found.rows) <= EDGES else np.sort(draw.choice(found.rows, EDGES, replace=False))
            self.look([place for r in few.tolist() for place in self.pairs(parts, (t, r))])
            if len(few) < len(found.rows):
                self.notes.append(
                    f"{len(found.rows):,} terms lie on kinks or edges, or next to one; {EDGES} are looked at"
                )
            rows = len(template.slots[0].entries)
            if found.looked < rows:
                self.notes.append(f"kinks are looked for in {found.looked:,} of {rows:,} terms")

    def pairs(self, parts: Parts, row: Row) -> list[Place]:
        """Entries of which a row of a template speaks."""
        held = parts.held([row])[:HELD]
        if self.derivative.order == 1:
            return [(parts.owner(row), j) for j in held]
        return [(i, j) for i in held for j in held]

    # -- lines

    def follow(self, direction: Direction) -> None:
        """Looks at lines that differ."""
        off = direction.off
        lost = direction.lost
        near = [line for line in direction.worst(WORST).tolist() if line not in set(off[:OFF].tolist())]
        for line in near if self.entries is not None else []:
            self.look(self.line(line)[0])
        explained = sum(self.explains(line, direction) for line in [*off[:OFF].tolist(), *lost[:WORST].tolist()])
        self.findings += self.left(direction, explained)

    def line(self, line: int) -> tuple[list[Place], bool]:
        """The entries of a line, or some of them, and whether these are all that may differ from zero."""
        assert self.entries is not None
        d = self.derivative
        held = [(i, line) for i in d.column(line)] if d.order == 1 else [(line, j) for j in d.row(line)]
        around = self.entries.around(line)
        places = list(dict.fromkeys([*held, *(around or [])]))
        whole = around is not None and len(places) <= LONG
        if len(places) > LONG:
            draw = np.random.default_rng([self.settings.seed, line])
            places = [places[k] for k in sorted(draw.choice(len(places), LONG, replace=False).tolist())]
        return places, whole

    def explains(self, line: int, direction: Direction) -> bool:
        """Is it known why a line differs: by an entry, or by rounding in torch's product?"""
        if self.entries is None:
            return False
        places, whole = self.line(line)
        found = self.look(places)
        if any(check.verdict.rank > Verdict.UNCHECKED.rank for check in found):
            return True
        number = float(direction.torch[line])
        product = self.entries.product(line, direction.vector, number)
        if product is None or not whole:
            return False
        if product.verdict in {Verdict.DIFFERS, Verdict.TRAP} and np.isfinite(number):
            name = self.derivative.line_name(line)
            note = f"{name}: its entries are right as the formula was taken apart; torch's product of the whole differs"
            numbers = f"{float(direction.given[line])!r} against {number!r} along a random direction"
            self.findings.append(Finding(Verdict.DIFFERS, None, f"{note}: {numbers}", name))
        return True

    def left(self, direction: Direction, explained: int) -> list[Finding]:
        """What is to be said of the lines that differ and were not looked at, or not with success."""
        off, lost = len(direction.off), len(direction.lost)
        wrong = any(check.verdict.rank >= Verdict.TRAP.rank for check in self.checks) or any(self.findings)
        found = []
        if off:
            line = int(direction.off[0])
            name, ours, theirs = self.derivative.line_name(line), direction.given[line], direction.torch[line]
            where = f"{name}: {float(ours)!r} against {float(theirs)!r}, terms of size {direction.sizes[line]:.2g}"
            what = f"along a random direction {self.lines(off)} differ from torch's product"
            unsure = not wrong and explained < off + min(lost, WORST)
            verdict = Verdict.DIFFERS if unsure else Verdict.AGREES
            tail = "" if unsure or wrong else "; what was looked at is right to rounding"
            found.append(Finding(verdict, None, f"{what}; {where}{tail}", name if unsure else ""))
        if lost:
            what = f"torch's product is not a number in {self.lines(lost)}, which are not compared"
            found.append(Finding(Verdict.UNCHECKED if lost > WORST or not explained else Verdict.AGREES, None, what))
        return found

    def lines(self, count: int) -> str:
        what = "row" if self.derivative.order > 1 else "column"
        return f"{count:,} {what}{'s' * (count != 1)}"

    # -- the whole

    def summary(self, direction: Direction | None) -> Check:
        d = self.derivative
        checked = sum(check.checked for check in self.checks)
        base = worst_of(self.checks) if self.checks else Check(Verdict.AGREES)
        worst = max([base.verdict, *(f.verdict for f in self.findings)], key=lambda verdict: verdict.rank)
        notes = list(base.notes) + [f.note for f in self.findings] + self.notes
        said = [f"{checked:,} of {d.nnz:,} entries in enclosures" if checked else self.why]
        if direction is not None and not len(direction.off):
            lines = (
                f"all {self.lines(len(direction.torch))}" if not len(direction.lost) else self.lines(direction.finite)
            )
            said.append(f"along a random direction {lines} agree with torch's product")
        notes.append("; ".join(filter(None, said)))
        if worst is Verdict.AGREES and (direction is None or not checked):
            worst = Verdict.UNCHECKED
            notes.append("the other entries were left without a check" if checked else "no entry has a second route")
        findings = tuple(sorted((*base.findings, *self.findings), key=lambda f: -f.verdict.rank))
        told = tuple(f for f in findings if f.verdict is not Verdict.AGREES)
        return replace(base, verdict=worst, checked=checked, total=d.nnz, notes=tuple(notes), findings=told)
