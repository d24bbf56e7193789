"""``explain``: why the derivative is what it is, from the shapes to the PyTorch program that reproduces it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExitCode, UsageError
from gradcli.base.wording import option
from gradcli.base.words import SCHEMA
from gradcli.commands.computation import Request, torch_for
from gradcli.commands.derivatives import grad, jacobian
from gradcli.commands.derived import NORMAL, Derived, detail_of
from gradcli.commands.explain.again import again_of
from gradcli.commands.explain.backward import TapeRow, step_names, step_text, tape_rows
from gradcli.commands.explain.closed import ClosedForm, closed_form
from gradcli.commands.explain.enclosed import EnclosureRow, enclosure_rows
from gradcli.commands.explain.frameworks import FrameworkRow, Numbers, framework_rows
from gradcli.commands.explain.graph import Graph, graph_at_point, graph_of_shapes
from gradcli.commands.explain.hazards import HazardRow, hazard_rows
from gradcli.commands.explain.inplace import Inplace, inplace_of
from gradcli.commands.explain.lifetime import Lifetime, lifetime_of
from gradcli.commands.explain.memory import Memory, memory_of
from gradcli.commands.explain.pitfalls import Pitfalls, pitfalls_of
from gradcli.commands.explain.sections import SECTIONS, sections_of, shows_numbers
from gradcli.commands.explain.torch_program import torch_program
from gradcli.commands.explain.ways import Way, ways_on
from gradcli.commands.from_latex import answered
from gradcli.commands.plotting.model import Plot
from gradcli.commands.plotting.plot import plot_or_reason
from gradcli.commands.results import json_value, steps_by_name
from gradcli.inputs.prepare import Values, prepare
from gradcli.inputs.request import CheckMode, Detail, Options, Reduction, Shapes, Wrt
from gradcli.inputs.sources import Source
from gradcli.inputs.symbolic import Asked, Axes, Given
from gradcli.inputs.wanted import Manner
from gradcli.language.nodes import Tree
from gradcli.language.write import write
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.tape import TapeEntry
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import size
from gradcli.verdicts.verdict import Check, unchecked

if TYPE_CHECKING:
    from gradcli.autograd.point import Torch
    from gradcli.commands.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What there is to say in the sections that are shown; what does not apply is empty. ``to_dict()`` is the JSON."""

    expression: str
    read_as: str
    wrt: tuple[str, ...]
    show: tuple[str, ...]  # the sections' names
    value: Any = None  # Any: a float, an array, or None without values
    shapes: tuple[tuple[str, str, Axes], ...] = ()  # name, text, shape of each step
    error: str | None = None
    ways: tuple[Way, ...] = ()
    formula: Mapping[str, Any] | None = None  # Any: texts
    closed: ClosedForm | None = None
    derivations: tuple[Derived, ...] = ()
    detail: str = NORMAL  # of these
    tape: tuple[TapeRow, ...] = ()
    graph: Graph | None = None
    plot: Plot | str = field(default="", repr=False)  # or why there is none
    memory: Memory | None = None
    lifetime: Lifetime | None = None
    inplace: Inplace | None = None
    pitfalls: Pitfalls | None = None
    unused: tuple[str, ...] = ()
    derivative: Mapping[str, Any] | None = None  # Any: floats, arrays or None; of the sum where it is no scalar
    check: Check
    hazards: tuple[HazardRow, ...] = ()
    enclosures: tuple[EnclosureRow, ...] = ()
    program: str = ""
    frameworks: tuple[FrameworkRow, ...] = ()
    device: str
    dtype: str
    seed: int
    min_digits: int = field(default=0, repr=False)  # that rounding has to leave right
    notes: tuple[str, ...] = ()  # as in Result
    axes: Mapping[str, Axes] = field(default_factory=dict, repr=False)  # the shapes of the names
    again: str = field(default="", repr=False)  # the command line that asks the same; "" where values are too long
    every_step: str = field(default="", repr=False)  # the one that prints derivations in full; "" as there
    latex: bool = False  # as there

    @property
    def gradient(self) -> Mapping[str, Any] | None:  # Any: as derivative
        """Another name of ``derivative``."""
        return self.derivative

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """The exit code that the gradient's verdict asks for, where a derivative is shown."""
        if not shows_numbers(self.show):
            return ExitCode.DONE
        return self.check.exit_code(strict=strict, min_digits=self.min_digits)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        """The fields of the sections that are shown, and what all commands say."""
        every = {
            "schema": SCHEMA,
            "command": "explain",
            "expression": self.expression,
            "read_as": self.read_as,
            "wrt": list(self.wrt),
            "show": list(self.show),
            "value": json_value(self.value),
            "shapes": [{"name": n, "text": t, "shape": list(s)} for n, t, s in self.shapes],
            "error": self.error,
            "ways": [way.to_dict() for way in self.ways],
            "formula": json_value(self.formula),
            "closed": self.closed and self.closed.to_dict(),
            "derivation": steps_by_name(self.derivations, self.detail),
            "tape": [row.to_dict() for row in self.tape],
            "graph": self.graph and self.graph.to_dict(),
            "memory": self.memory and self.memory.to_dict(),
            "lifetime": self.lifetime and self.lifetime.to_dict(),
            "inplace": self.inplace and self.inplace.to_dict(),
            "pitfalls": self.pitfalls and self.pitfalls.to_dict(),
            "unused": list(self.unused),
            "derivative": json_value(self.derivative),
            "check": json_value(self.check.to_dict()),
            "hazards": [row.to_dict() for row in self.hazards],
            "enclosures": [json_value(row.to_dict()) for row in self.enclosures],
            "program": self.program,
            "frameworks": [row.to_dict() for row in self.frameworks],
            "device": self.device,
            "dtype": self.dtype,
            "seed": self.seed,
        }
        left_out = {field for row in SECTIONS if row.name not in self.show for field in row.fields}
        every |= {"notes": list(self.notes)} if self.notes else {}
        every |= {"latex": True} if self.latex else {}
        return {field: value for field, value in every.items() if field not in left_out}


def explain(
    expression: Source,
    values: Values = None,
    *,
    wrt: Wrt = None,
    show: str | Sequence[str] | None = None,
    detail: Detail | None = None,
    shape: Shapes = None,
    latex: bool = False,
    device: str = "cpu",
    dtype: str = "float64",
    check: CheckMode = "full",
    rtol: float | None = None,
    atol: float = 0.0,
    seed: int = 0,
    check_time: float = 20.0,
    min_digits: int | None = None,
    threads: int | None = None,
) -> Explanation:
    """The derivation of a gradient, step by step; for a non-scalar output torch's own error and each way on.

    show: sections, ``"shapes,tape"`` or ``["shapes", "tape"]``, or ``"all"``; what is not shown is not computed
    detail: how small the steps of a derivation are: brief, normal or full
    See ``grad`` for the other arguments. Errors: as ``grad``, but a non-scalar output is explained rather than refused.

    >>> explain("x**2", {"x": 3.0}).derivative
    {'x': 6.0}
    """
    if latex:
        return answered(explain, locals())
    options = Options(device, dtype, check, rtol, atol, seed, check_time, None, min_digits, False, threads)
    names = tuple(row.name for row in sections_of(show))
    level = _level(detail, names)
    again = again_of(expression, values, wrt, shape, show, options)
    if not values:
        found = _without_values(expression, wrt, shape, options, names)
    else:
        task = prepare(expression, values, wrt, seed=options.seed, unused=True)
        found = _at_point(_Point(expression, task, torch_for(task, options), options), names)
    found = replace(found, again=again)
    if "derivation" not in names:
        return found
    given = Given.of(expression, values, shape, options.seed, wrt)
    from gradcli.commands.derivations import derivations  # its rooms take time to load, and few ask

    lines = derivations(None, given, found.wrt, Manner(seed=options.seed))
    every_step = again_of(expression, values, wrt, shape, "derivation", options, "full")
    return replace(found, derivations=lines, detail=level, every_step=every_step)


def _level(detail: str | None, names: Sequence[str]) -> str:
    """Errors: UsageError for a detail where no derivation is shown."""
    if detail is not None and "derivation" not in names:
        raise UsageError(f"{option('detail')} is of a derivation", hint=f"add {option('show', 'derivation')}")
    return detail_of(detail)


@dataclass(frozen=True, slots=True)
class _Point:
    """A function with values, asked for one section after another."""

    expression: Source
    task: Task
    torch: Torch
    options: Options

    @property
    def scalar(self) -> bool:
        return size(self.task.output) == 1

    @property
    def cotangent(self) -> FloatArray | None:
        """Ones for a function that is no scalar: all is said of its sum."""
        return None if self.scalar else np.ones(self.task.output)

    def request(self, check: CheckMode) -> dict[str, Any]:  # Any: options of grad
        return {"wrt": self.task.wrt, "allow_unused": True, **asdict(self.options), "check": check}

    def gradient(self, check: CheckMode) -> Result:
        reduce: Reduction | None = None if self.scalar else "sum"
        return grad(self.expression, self.task.values, reduce=reduce, **self.request(check))

    def enclosures(self, gradient: Mapping[str, Any]) -> tuple[EnclosureRow, ...]:  # Any: as Explanation.derivative
        request = Request("grad", self.task, self.torch, self.options)
        problem = request.problem() if self.cotangent is None else request.weighted(self.cotangent)
        return enclosure_rows(problem, gradient, self.torch.exact, request.settings.float_type.digits)

    def ways(self) -> tuple[Way, ...]:
        return () if self.scalar else ways_on(self.expression, self.task, self.request("off"))

    def memory(self) -> Memory:
        from gradcli.autograd.saved import saved

        return memory_of(self.task.program, saved(self.torch, self.cotangent), self.task.wrt)

    def graph(self, entries: Sequence[TapeEntry], memory: Memory | None, unused: Sequence[str]) -> Graph:
        idle = {n: self.task.values[n].shape for n in unused if n not in self.task.program.names}
        rows = () if memory is None else memory.steps
        return graph_at_point(self.task.program, entries, rows, self.task.wrt, idle)

    def frameworks(self, gradient: Mapping[str, Any]) -> tuple[FrameworkRow, ...]:  # Any: as Explanation.derivative
        from gradcli.autograd.console import Console

        used = {name: name for name, part in gradient.items() if part is not None}
        request = self.request("off")
        numbers = Numbers(
            gradient,
            lambda v: grad(self.expression, self.task.values, grad_outputs=v, **request),
            lambda: jacobian(self.expression, self.task.values, **request),
            lambda: Console(self.torch, used, self.cotangent).second() if used else None,
        )
        return framework_rows(self.task, numbers)


def _at_point(at: _Point, names: Sequence[str]) -> Explanation:
    """Each section that is shown; the derivative and its verdict where one of them shows numbers of it."""
    numbers = shows_numbers(names)
    result = at.gradient(at.options.check if numbers else "off")
    unused = tuple(name for name, part in (result.derivative or {}).items() if part is None)
    entries = at.torch.tape(at.cotangent) if {"tape", "graph"} & {*names} else []
    task = at.task
    memory = at.memory() if {"memory", "graph"} & {*names} else None
    return Explanation(
        expression=result.expression,
        read_as=result.read_as,
        wrt=task.wrt,
        show=tuple(names),
        value=_plain(entries[-1].value if entries else at.torch.value()),
        shapes=_shape_rows(task.expression.tree, task.program, task.shapes) if "shapes" in names else (),
        error=None if at.scalar or "ways" not in names else at.torch.nonscalar_error(),
        ways=at.ways() if "ways" in names else (),
        formula=result.formula if numbers else None,
        closed=closed_form(at.expression, task, result.formula) if "closed" in names else None,
        tape=tuple(tape_rows(task.program, entries)) if "tape" in names else (),
        graph=at.graph(entries, memory, unused) if "graph" in names else None,
        plot=plot_or_reason(at.expression, task.values, task.wrt) if "plot" in names else "",
        memory=memory if "memory" in names else None,
        lifetime=lifetime_of(task, at.torch, at.cotangent, unused) if "lifetime" in names else None,
        inplace=inplace_of(task, at.torch, at.cotangent) if "inplace" in names else None,
        pitfalls=pitfalls_of(task, at.torch, at.cotangent, unused) if "pitfalls" in names else None,
        unused=unused,
        derivative=result.derivative if numbers else None,
        check=result.check if numbers else unchecked("no section shows a number of the derivative"),
        hazards=hazard_rows(task.program, task.shapes, at.torch.exact, task.wrt) if "hazards" in names else (),
        enclosures=at.enclosures(result.derivative or {}) if "enclosures" in names else (),
        program=(torch_program(task, at.options, scalar=at.scalar, unused=bool(unused)) if "program" in names else ""),
        frameworks=at.frameworks(result.derivative or {}) if "frameworks" in names else (),
        device=at.torch.device,
        dtype=at.options.dtype,
        seed=at.options.seed,
        min_digits=at.options.enough,
        notes=task.expression.notes,
        axes={name: value.shape for name, value in task.values.items()},
    )


def _without_values(
    expression: Source, wrt: Wrt, shape: Shapes, options: Options, names: tuple[str, ...]
) -> Explanation:
    """Shapes and formulas: all that can be said of a function without a point."""
    asked = Asked.of(Given.of(expression, None, shape, wrt=wrt), wrt)
    tree, steps = asked.parsed.tree, asked.steps()
    axes = [asked.lettered(step) for step in steps]
    derive: Callable[..., Result] = grad if size(steps[-1]) == 1 else jacobian
    result = derive(expression, None, wrt=wrt, shape=shape, **asdict(options))
    return Explanation(
        expression=result.expression,
        read_as=result.read_as,
        wrt=result.wrt,
        show=names,
        shapes=_shape_rows(tree, compile_tree(tree), axes),
        graph=graph_of_shapes(compile_tree(tree), axes, result.wrt) if "graph" in names else None,
        plot=plot_or_reason(expression, None, result.wrt, shape) if "plot" in names else "",
        formula=result.formula,
        check=result.check,
        device=result.device,
        dtype=result.dtype,
        seed=result.seed,
        notes=result.notes,
        axes=asked.shapes,
    )


def _shape_rows(tree: Tree, program: Program, shapes: Sequence[Axes]) -> tuple[tuple[str, str, Axes], ...]:
    """Name, text and shape of every variable and operation; numbers are left out."""
    names = step_names(program)
    rows = []
    for step, name, shape in zip(program.steps, names, shapes, strict=True):
        if step.op is not None:
            rows.append((name, step_text(step, names), shape))
        elif step.tree.is_Symbol:
            rows.append((name, "variable", shape))
    return tuple(rows) or (("f", write(tree), ()),)


def _plain(value: FloatArray) -> Any:  # Any: a float for a scalar, else the array
    return float(value) if value.ndim == 0 else value
