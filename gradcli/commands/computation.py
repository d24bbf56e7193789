"""One command at one point: the task, torch with its values, the options; what the second route says of an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import UsageError
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.base.wording import cut_off, option
from gradcli.commands.results import Result, by_name
from gradcli.inputs.prepare import Values, prepare
from gradcli.inputs.request import Options, Wrt
from gradcli.inputs.symbolic import Given
from gradcli.inputs.values import exact_values
from gradcli.language import nodes
from gradcli.language.write import write
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import size
from gradcli.operations.table import OPS
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.digits import derivative_digits
from gradcli.reference.formulas import NO_FORMULAS, Formulas, Label, formulas
from gradcli.reference.problem import Problem
from gradcli.verdicts.crosscheck import crosscheck
from gradcli.verdicts.verdict import Check, Verdict

if TYPE_CHECKING:
    from gradcli.autograd.point import Torch
    from gradcli.meaning.balls.arithmetic import Balls
    from gradcli.meaning.scalars import Array
    from gradcli.meaning.tape import TapeEntry


COTANGENT = nodes.Inner("grad_outputs")

Tangents = Mapping[str, FloatArray]
Compute = Callable[["Torch"], Sequence[FloatArray | None]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the second route says of answers: see crosscheck.Outcome."""

    check: Check
    formulas: Formulas
    certain: Sequence[FloatArray]
    rest: Verdict


@dataclass(frozen=True, slots=True)
class Request:
    """One command at one point: its task as asked for, torch with that point, the common options."""

    command: str
    task: Task
    torch: Torch
    options: Options
    given: Values = None

    @classmethod
    def of(cls, command: str, given: Given, wrt: Wrt, options: Options, unused: bool) -> Request:
        """Errors: as ``prepare``."""
        task = prepare(given.parsed, given.bound, wrt, unused=unused, sizes=given.sizes)
        return cls(command, task, torch_for(task, options), options, given.values)

    def problem(
        self, task: Task | None = None, *, tangents: Tangents | None = None, extra: Tangents | None = None
    ) -> Problem:
        """What the second route differentiates: the task's program, as a scalar where its output has one entry."""
        made = task or (
            self.task.scalarised(_whole_sum(self.task))
            if size(self.task.output) == 1 and self.task.output
            else self.task
        )
        return Problem(
            made.program, made.shapes, {**self.torch.exact, **(extra or {})}, tangents, frozenset(self.task.wrt)
        )

    def weighted(self, cotangent: FloatArray) -> Problem:
        """The scalar ``v . f`` whose gradient is ``v^T J``."""
        tree = nodes.make(
            OPS["sum"], [nodes.multiply(nodes.symbol(COTANGENT), self.task.expression.tree)], (None, False)
        )
        return self.problem(self.task.scalarised(tree, {COTANGENT: cotangent}), extra={COTANGENT: cotangent})

    @property
    def settings(self) -> Settings:
        """How the options say to check."""
        o = self.options
        return Settings(o.dtype, mode=o.check, rtol=o.rtol, atol=o.atol, seed=o.seed, seconds=o.check_time or None)

    def check(
        self, problem: Problem, answers: Sequence[Answer], value: FloatArray | None, order: int, compute: Compute
    ) -> Checked:
        """The verdict on ``answers``, and formulas where the second route was symbolic."""
        o = self.options
        settings = replace(self.settings, torch=_Again(self, problem, compute))
        shaped = None if value is None else value.reshape(problem.output)
        with timed("check"):
            outcome = crosscheck(problem, answers, shaped, order, settings)
        with timed("formula"):
            found = NO_FORMULAS if outcome.sympy is None else formulas(outcome.sympy, answers)
        if o.digits is not None:
            found = replace(found, digits=self.digits(problem, answers, o.digits))
        return Checked(outcome.check, found, outcome.certain, outcome.rest)

    def digits(self, problem: Problem, answers: Sequence[Answer], digits: int) -> dict[Label, Any]:  # Any: nested texts
        """The derivatives to so many digits, at the values as they were typed."""
        if problem.tangents is not None:
            raise UsageError(
                f"{option('digits')} goes without {option('jvp')} and {option('hvp')}",
                hint="the whole Jacobian or Hessian has digits",
            )
        inner = set(problem.values) - set(self.task.values)  # grad_outputs

        def point(arithmetic: Balls) -> dict[str, Array]:
            extra = {name: arithmetic.exact(problem.values[name]) for name in inner}
            return exact_values(self.given, self.task.values, arithmetic) | extra

        with alarm(self.options.check_time, cut_off(self.options.check_time)):
            return derivative_digits(problem, answers, digits, point)

    def result(
        self,
        value: FloatArray | None,
        derivative: Mapping[Label, Any],
        found: Checked,
        *,
        read_as: str | None = None,
        product: str | None = None,
    ) -> Result:
        formula, trees, digits = (
            None if table is None else by_name(table)
            for table in (found.formulas.text, found.formulas.trees, found.formulas.digits)
        )
        certain = {
            label: None if part is None else number(array)
            for (label, part), array in zip(derivative.items(), found.certain, strict=True)
        }
        return Result(
            command=self.command,
            expression=self.task.expression.source,
            read_as=read_as or write(self.task.expression.tree),
            wrt=self.task.wrt,
            value=None if value is None else number(value),
            derivative=by_name(derivative),
            formula=formula,
            check=found.check,
            device=self.torch.device,
            dtype=self.options.dtype,
            seed=self.options.seed,
            product=product,
            trees=trees,
            digits=digits,
            certain=by_name(certain) if self.options.correct else None,
            rest=found.rest,
            min_digits=self.options.enough,
            notes=self.task.expression.notes,
        )


def torch_for(task: Task, options: Options) -> Torch:
    """The task's point on the device and in the dtype that the options name. Errors: UsageError, MissingError."""
    with timed("load"):
        from gradcli.autograd.devices import find_device
        from gradcli.autograd.point import Torch
        from gradcli.autograd.tensors import use_threads

    if options.threads is not None:
        use_threads(options.threads)
    return Torch(task, options.dtype, find_device(options.device, options.dtype))


def _whole_sum(task: Task) -> nodes.Tree:
    """The one entry of an output of shape (1,) or (1, 1) as a scalar."""
    return nodes.make(OPS["sum"], [task.expression.tree], (None, False))


@dataclass(frozen=True, slots=True)
class _Again:
    """torch, asked again about the derivatives of a request: see TorchSide."""

    request: Request
    problem: Problem
    compute: Compute

    def tape(self, cotangent: FloatArray | None) -> Sequence[TapeEntry]:
        """Of the program that the second route looks at."""
        problem = self.problem
        task = replace(self.request.task, program=problem.program, shapes=tuple(problem.shapes), values=problem.values)
        return torch_for(task, self.request.options).tape(cotangent)

    def retry(self, tree: nodes.Tree) -> list[FloatArray]:
        """With grad_outputs, of the weighted sum."""
        task = self.request.task
        extra = {name: value for name, value in self.problem.values.items() if name not in task.values}
        torch = torch_for(task.scalarised(tree, extra), self.request.options)
        return plain(torch.gradient() if extra else self.compute(torch))


def plain(parts: Sequence[FloatArray | None]) -> list[FloatArray]:
    """An unused variable's derivative is zero."""
    return [np.zeros(()) if part is None else part for part in parts]


def number(array: FloatArray) -> Any:  # Any: a float for a scalar, else the array
    return float(array) if array.ndim == 0 else array
