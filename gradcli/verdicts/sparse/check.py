"""The verdict on a sparse derivative: entries in enclosures, and all of them along a random direction.

An entry that is looked at has the verdict that it has in a dense result. Of the others the product with a random vector
speaks, which torch computes of the whole program: lines that differ beyond the tolerance of their terms, and the few
that differ most within it, have all their entries looked at, those too that should be there and are not. A line is
wrong where enclosures say so of an entry, or of torch's own product in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError, LimitError
from gradcli.base.limits import alarm
from gradcli.base.sparse import SparseMatrix
from gradcli.base.wording import cut_off
from gradcli.meaning.templates.template import Template
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.every_entry import NAME as EXTENDED
from gradcli.reference.every_row import Sums, doubtful, product, product_of_whole, smooth
from gradcli.reference.parts import Parts, Row
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
LITTLE = 50_000_000  # units of numbers with bounds of all rows of templates; some 0.3 seconds
MUCH = 300_000_000  # the same where there is no other way
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
        flat = [np.ravel(problem.values[name]) for name in derivative.shapes]
        self.parts = Parts(sparse.templates, np.concatenate(flat)) if sparse.templates else None
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
        self.bad: set[str] = set()  # entries that are not right
        self.checks: list[Check] = []
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    def check(self) -> Check:
        direction = self.direction()
        if self.entries is not None:
            near = [] if direction is None else direction.worst(WORST).tolist()
            lines = [place for places, _ in self.of_lines(near).values() for place in places]
            self.look([*sampled(self.derivative, self.parts, self.settings.seed), *lines])
        if self.parts is not None:
            self.at_edges(self.parts, np.random.default_rng([self.settings.seed, 2]))
        if direction is not None:
            self.follow(direction)
        return self.summary(direction)

    def look(self, places: Sequence[Place]) -> None:
        """Looks at entries that were not looked at before."""
        assert self.entries is not None
        new = [place for place in dict.fromkeys(places) if place not in self.seen]
        self.seen |= dict.fromkeys(new)
        found = self.entries.checks(new)
        self.checks += found
        self.bad |= {f.entry for check in found for f in check.findings if f.verdict.rank > Verdict.SINGULAR.rank}

    def at_edges(self, parts: Parts, draw: np.random.Generator) -> None:
        """Looks at what rows on kinks and edges hold, or next to one."""
        defined = bool(np.isfinite(self.value).all())
        for t, (template, program) in enumerate(zip(parts.templates, parts.programs, strict=True)):
            if defined and smooth(program):
                continue
            found = doubtful(parts, t, draw, ideal=self.problem.ideal)
            few = found.rows if len(found.rows) <= EDGES else np.sort(draw.choice(found.rows, EDGES, replace=False))
            self.look([place for r in few.tolist() for place in self.pairs(parts, (t, r))])
            if len(few) < len(found.rows):
                self.notes.append(
                    f"{len(found.rows):,} terms lie on kinks or edges, or next to one; {EDGES} are looked at"
                )
            if found.looked < template.rows:
                self.notes.append(f"kinks are looked for in {found.looked:,} of {template.rows:,} terms")

    def pairs(self, parts: Parts, row: Row) -> list[Place]:
        """Entries of which a row of a template speaks."""
        held = parts.held([row])[:HELD]
        if self.derivative.order == 1:
            return [(parts.owner(row), j) for j in held]
        return [(i, j) for i in held for j in held]

    # -- lines

    def direction(self) -> Direction | None:
        """The products with a random vector, beside numbers with bounds where these are no large work."""
        try:
            found = Direction.of(self.derivative, self.torch, self.settings)
        except GradcliError as error:
            self.notes.append(f"no direction was compared: {error.message}")
            return None
        return replace(found, sums=self.sums(found.vector)) if self.settings.mode == "full" else found

    def sums(self, vector: FloatArray) -> Sums | None:
        d, ideal = self.derivative, self.problem.ideal
        try:
            if self.parts is not None:
                return product(self.parts, d.order, vector, LITTLE, ideal=ideal)
            return product_of_whole(self.problem, d.shapes, d.order, vector, MUCH)
        except LimitError as limit:
            self.why = self.why or limit.message
            return None

    def follow(self, direction: Direction) -> None:
        """Looks at lines that differ."""
        lines = list(dict.fromkeys([*direction.off[:OFF].tolist(), *direction.lost[:WORST].tolist()]))
        known: dict[int, bool | None]
        if self.entries is None:
            known = {line: self.told(line, direction, direction.sums) for line in lines}
        else:
            places = self.of_lines(lines)
            self.look([place for some, _ in places.values() for place in some])
            known = {line: self.known(line, *places[line], direction) for line in lines}
        self.findings += self.left(direction, known)

    def of_lines(self, lines: Sequence[int]) -> dict[int, tuple[list[Place], bool]]:
        """The entries of each line, or some of them, and whether these are all that may differ from zero."""
        assert self.entries is not None
        d, found = self.derivative, {}
        for line, around in self.entries.around(lines).items() if lines else ():
            held = [(i, line) for i in d.column(line)] if d.order == 1 else [(line, j) for j in d.row(line)]
            places = list(dict.fromkeys([*held, *(around or [])]))
            whole = around is not None and len(places) <= LONG
            if len(places) > LONG:
                draw = np.random.default_rng([self.settings.seed, line])
                places = [places[k] for k in sorted(draw.choice(len(places), LONG, replace=False).tolist())]
            found[line] = places, whole
        return found

    def known(self, line: int, places: Sequence[Place], whole: bool, direction: Direction) -> bool | None:
        """Is the derivative right in a line that differs, as rounding in torch's product may? None: not told."""
        assert self.entries is not None
        if any(self.derivative.name(place) in self.bad for place in places):
            return False
        number = float(direction.torch[line])
        about = self.entries.product(line, direction.vector, number) if whole else None
        if about is None:
            sums = direction.sums if direction.sums is not None else self.sums_of(line, direction.vector)
            return self.told(line, direction, sums)
        if about.verdict not in {Verdict.DIFFERS, Verdict.TRAP} or not np.isfinite(number):
            return True
        what = "its entries are right as the formula was taken apart; torch's product of the whole differs"
        self.wrong(line, direction, f"{what}: {float(direction.given[line])!r} against {number!r}")
        return False

    def sums_of(self, line: int, vector: FloatArray) -> Sums | None:
        """The product in numbers with bounds, of rows that hold a line: it is known in this line."""
        if self.parts is None:
            return None
        rows = self.parts.rows_with(line)
        with suppress(LimitError):
            return product(self.parts, self.derivative.order, vector, MUCH, rows, ideal=self.problem.ideal)
        return None

    def told(self, line: int, direction: Direction, sums: Sums | None) -> bool | None:
        """What numbers with bounds say of a line."""
        if sums is None or not np.isfinite(sums.error[line]):
            return None
        allowed = float(replace(direction, sums=sums).allowed(line) + sums.error[line])
        true = float(sums.value[line])
        for number, whose in ((direction.given[line], "its entries give"), (direction.torch[line], "torch gives")):
            if not abs(number - true) <= allowed and np.isfinite(number):
                self.wrong(line, direction, f"{whose} {float(number)!r} against {true!r}")
                return False
        return True

    def wrong(self, line: int, direction: Direction, what: str) -> None:
        name = self.derivative.line_name(line)
        terms = f"terms of size {direction.sizes[line]:.2g}"
        note = f"{name}: {what}, along a random direction; {terms}"
        self.findings.append(Finding(Verdict.DIFFERS, None, note, name))

    def left(self, direction: Direction, known: Mapping[int, bool | None]) -> Iterator[Finding]:
        """What is to be said of lines that differ, and of those that are not compared."""
        off, lost = direction.off, direction.lost
        wrong = bool(self.bad or self.findings)
        untold = [line for line in off[:OFF].tolist() if known[line] is None]
        if len(off):
            route = "" if direction.sums is None else " or the second route's"
            what = f"along a random direction {self.lines(len(off))} differ from torch's product{route}"
            if wrong:
                yield Finding(Verdict.AGREES, None, what)
            elif untold:
                line = untold[0]
                numbers = f"{float(direction.given[line])!r} against {float(direction.torch[line])!r}"
                where = f"{self.derivative.line_name(line)}: {numbers}, terms of size {direction.sizes[line]:.2g}"
                yield Finding(Verdict.DIFFERS, None, f"{what}; {where}", self.derivative.line_name(line))
            else:
                tail = f", and more than rounding is in none of the {len(off[:OFF])} that differ most"
                yield Finding(Verdict.UNCHECKED if len(off) > OFF else Verdict.AGREES, None, what + tail)
        if len(lost):
            what = f"torch's product is not a number in {self.lines(len(lost))}"
            seen = len(lost) <= WORST and all(known[line] for line in lost.tolist())
            tail = ", whose entries are looked at" if seen else ", which are not compared"
            yield Finding(Verdict.AGREES if seen else Verdict.UNCHECKED, None, what + tail)

    def lines(self, count: int) -> str:
        what = "row" if self.derivative.order > 1 else "column"
        return f"{count:,} {what}{'s' * (count != 1)}"

    # -- the whole

    def summary(self, direction: Direction | None) -> Check:
        d = self.derivative
        base = worst_of(self.checks) if self.checks else Check(Verdict.AGREES)
        checked = base.checked
        whole = direction is not None and direction.sums is not None
        verdicts = [base.verdict, *(finding.verdict for finding in self.findings)]
        worst = max(verdicts, key=lambda verdict: verdict.rank)
        said = [f"{checked:,} of {d.nnz:,} entries in enclosures"] if checked else []
        if direction is not None and not len(direction.off):
            count = int(np.count_nonzero(direction.compared))
            lines = f"all {self.lines(count)}" if count == len(direction.torch) else self.lines(count)
            said.append(f"along a random direction {lines} agree with torch's product{_with_sums(direction)}")
        notes = [*base.notes, *(f.note for f in self.findings), *self.notes, "; ".join(said)]
        if worst is Verdict.AGREES and (direction is None or not (checked or whole)):
            worst = Verdict.UNCHECKED
            notes.append("the other entries were left without a check" if checked else self.why)
        findings = sorted((*base.findings, *self.findings), key=lambda finding: -finding.verdict.rank)
        routes = [*filter(None, [base.reference]), *([EXTENDED] if whole else [])]
        return replace(
            base,
            verdict=worst,
            checked=checked,
            total=d.nnz,
            reference=", ".join(dict.fromkeys(routes)) or None,
            notes=tuple(filter(None, notes)),
            findings=tuple(finding for finding in findings if finding.verdict is not Verdict.AGREES),
        )


def _with_sums(direction: Direction) -> str:
    """With what else lines agree."""
    if direction.sums is None:
        return ""
    known = int(np.count_nonzero(np.isfinite(direction.sums.error)))
    return f" and{'' if known == len(direction.given) else f', {known:,} of them,'} with the second route's"
