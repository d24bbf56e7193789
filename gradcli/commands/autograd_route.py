"""The claim against torch.autograd in float64, at one point of each size: the third route of ``check``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError
from gradcli.claims.point import Point
from gradcli.claims.statement import Statement
from gradcli.commands.computation import torch_for
from gradcli.inputs.request import Options
from gradcli.meaning.program import compile_tree
from gradcli.meaning.scalars import floats
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.task import Task

CLOSE = 1e-6  # relative to the largest entry: far above the rounding of an ordinary point


def autograd_remarks(points: Sequence[Point]) -> tuple[bool, tuple[str, ...]]:
    """Was autograd asked, and what it said where it gives another derivative, at the last point of each size."""
    asked, remarks = False, []
    for point in {id(point.statement): point for point in points}.values():
        found = autograd_at(point.statement, point)
        if found is None:
            continue
        asked = True
        true = floats(point.truth())
        scale = max(float(other.scale) for other in points if other.statement is point.statement)
        if not np.allclose(found, true, rtol=CLOSE, atol=CLOSE * scale):
            remarks.append("torch.autograd gives other numbers at one of the points: gradcli grad has the reason")
    return asked, tuple(dict.fromkeys(remarks))


def autograd_at(statement: Statement, point: Point) -> FloatArray | None:
    """torch's derivative of the statement's kind at a point; None where torch cannot, or is not there, or where the
    function does not use a variable."""
    program = compile_tree(statement.function.tree)
    if not {*statement.wrt} <= {*program.names}:
        return None
    values = {name: np.asarray(point.values[name], dtype=np.float64) for name in program.names}
    try:
        shapes = tuple(shapes_of(program, {name: value.shape for name, value in values.items()}, statement.function))
        task = Task(statement.function, program, shapes, values, tuple(dict.fromkeys(statement.wrt)) or tuple(values))
        torch = torch_for(task, Options())
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
