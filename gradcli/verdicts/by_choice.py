"""Slopes that torch takes by choice, and the row with it, though the function has another in its entries: where one
triangle of a symmetric matrix is read. A number is held against the chosen slope; here it is told where that matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gradcli.meaning.program import Program, Step
from gradcli.reference.answer import Answer
from gradcli.reference.problem import Place
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Truth
from gradcli.verdicts.comparison import shown
from gradcli.verdicts.verdict import Finding, Verdict


def chosen_slopes(
    reference: Reference, answers: Sequence[Answer], known: Sequence[tuple[int, Place, Truth]]
) -> Iterator[Finding]:
    """A `convention` for each known entry that is certainly another number where slopes are those in the entries, or of
    which that cannot be told. Errors: LimitError."""
    problem = reference.problem
    program = _literal(problem.program)
    told = [(k, place, truth.value) for k, place, truth in known if truth.value is not None]
    if program is problem.program or not told:
        return
    others = Reference(replace(problem, program=program), reference.order, formulas=False)
    truths = others.truths([answers[k].entry(place) for k, place, _ in told])
    for (k, place, value), other in zip(told, truths, strict=True):
        if other.value is not None and other.value.overlaps(value):
            continue
        name, number = answers[k].name(place), float(answers[k].array[place])
        true = "not told" if other.value is None else shown(other.value)
        note = f"{name}: {number!r} is what torch chooses for a symmetric matrix; in the entries it is {true}"
        yield Finding(Verdict.CONVENTION, None, note, name, number)


def _literal(program: Program) -> Program:
    """The program with slopes in the entries; the same object where no row has another by choice."""
    steps = tuple(map(_literal_step, program.steps))
    return program if all(a is b for a, b in zip(steps, program.steps, strict=True)) else Program(steps)


def _literal_step(step: Step) -> Step:
    if step.body is not None:
        inner = _literal(step.body.program)
        return step if inner is step.body.program else replace(step, body=replace(step.body, program=inner))
    if step.op is None or step.op.literal is None:
        return step
    return replace(step, op=replace(step.op, sympy=step.op.literal))
