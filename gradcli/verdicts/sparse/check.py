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
from gradcli.meaning.templates.template import Template
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.every_entry import NAME as EXTENDED
from gradcli.reference.every_row import Sums, doubtful, product, product_of_whole, smooth
from gradcli.reference.parts import Parts, Row
from gradcli.reference.problem import Problem
from gradcli.reference.work import BITS, RECORDED, Work
from gradcli.verdicts.crosscheck import crosscheck
from gradcli.verdicts.sparse.direction import Direction, Products
from gradcli.verdicts.sparse.entries import Looked, OfParts, OfWhole
from gradcli.verdicts.sparse.lines import MUCH, Lines, agreeing
from gradcli.verdicts.sparse.matrix import Derivative, Place
from gradcli.verdicts.sparse.sample import sampled
from gradcli.verdicts.sparse.value import value_finding
from gradcli.verdicts.together import worst_of
from gradcli.verdicts.verdict import Check, Finding, Verdict, unchecked

SMALL = 2_500  # entries, zeros included, that are checked as a dense result
LIGHT = 50_000  # units of that; some 0.3 seconds
LITTLE = 50_000_000  # units of numbers with bounds of all rows of templates; some 0.3 seconds
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
        self.looked: Looked | None = None
        self.why = ""  # no entry is looked at
        if self.parts is not None:
            self.looked = Looked(OfParts(derivative, self.parts, settings, problem.ideal))
        else:
            try:
                Work.of(problem).refuse_beyond(derivative.order)
                self.looked = Looked(OfWhole(derivative, problem, settings))
            except LimitError as limit:
                self.why = limit.message
        self.value = sparse.value
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    def check(self) -> Check:
        direction = self.direction()
        lines = None if direction is None else Lines(self.problem, self.derivative, self.parts, self.looked, direction)
        if self.looked is not None:
            near = [] if lines is None else lines.near()
            self.looked.at([*sampled(self.derivative, self.parts, self.settings.seed), *near])
        if self.parts is not None:
            self.at_edges(self.parts, np.random.default_rng([self.settings.seed, 2]))
        if lines is not None:
            self.findings += lines.findings()
        if self.settings.mode == "full":
            about = value_finding(self.problem, self.value, self.settings)
            self.findings += [] if about is None else [about]
        return self.summary(direction)

    def at_edges(self, parts: Parts, draw: np.random.Generator) -> None:
        """Looks at what rows on kinks and edges hold, or next to one."""
        assert self.looked is not None
        defined = bool(np.isfinite(self.value).all())
        for t, (template, program) in enumerate(zip(parts.templates, parts.programs, strict=True)):
            if defined and smooth(program):
                continue
            found = doubtful(parts, t, draw, ideal=self.problem.ideal)
            few = found.rows if len(found.rows) <= EDGES else np.sort(draw.choice(found.rows, EDGES, replace=False))
            self.looked.at([place for r in few.tolist() for place in self.pairs(parts, (t, r))])
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

    def summary(self, direction: Direction | None) -> Check:
        d = self.derivative
        checks = [] if self.looked is None else self.looked.checks
        base = worst_of(checks) if checks else Check(Verdict.AGREES)
        checked = base.checked
        whole = direction is not None and direction.sums is not None
        verdicts = [base.verdict, *(finding.verdict for finding in self.findings)]
        worst = max(verdicts, key=lambda verdict: verdict.rank)
        said = [f"{checked:,} of {d.nnz:,} entries in enclosures"] if checked else []
        if direction is not None and not len(direction.off):
            said.append(f"along a random direction {agreeing(direction, d.order)}")
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
