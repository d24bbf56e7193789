"""The claim against torch.autograd in float64, at one point of each size: the third route of ``check``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError
from gradcli.meaning.arrays import floats
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.task import Task
from gradcli.request import Common, torch_for
from gradcli.verify.claims import Statement, Trial

CLOSE = 1e-6  # relative to the largest entry: far above the rounding of an ordinary point


def autograd_remarks(trials: Sequence[Trial]) -> tuple[bool, tuple[str, ...]]:
    """Was autograd asked, and what it said where it does not give the true derivative, at the last trial of each size."""
    asked, remarks = False, []
    for trial in {id(trial.statement): trial for trial in trials}.values():
        found = autograd_at(trial.statement, trial)
        if found is None:
            continue
        asked = True
        true = floats(trial.truth)
        scale = max(float(other.scale) for other in trials if other.statement is trial.statement)
        if not np.allclose(found, true, rtol=CLOSE, atol=CLOSE * scale):
            remarks.append("torch.autograd gives other numbers at one of the points: gradcli grad has the reason")
    return asked, tuple(dict.fromkeys(remarks))


def autograd_at(statement: Statement, trial: Trial) -> FloatArray | None:
    """torch's derivative of the statement's kind at a trial; None where torch cannot, or is not there."""
    program = compile_tree(statement.function.tree)
    values = {name: np.asarray(trial.values[name], dtype=np.float64) for name in program.names}
    try:
        shapes = tuple(shapes_of(program, {name: value.shape for name, value in values.items()}, statement.function))
        task = Task(statement.function, program, shapes, values, tuple(dict.fromkeys(statement.wrt)) or tuple(values))
        torch = torch_for(task, Common())
        if statement.kind == "value":
            parts: Sequence[FloatArray | None] = (
                [torch.gradient()[-1]] if not statement.expected else [torch.jacobian("auto")[-1]]
            )
        elif statement.kind == "hessian":
            parts = torch.hessian() if len(task.wrt) == 1 else [torch.hessian()[1]]
        else:
            parts = torch.gradient() if statement.kind == "grad" else torch.jacobian("auto")
    except (GradcliError, ImportError):
        return None
    found = parts[0]
    return np.zeros(statement.expected) if found is None else np.asarray(found).reshape(statement.expected)
