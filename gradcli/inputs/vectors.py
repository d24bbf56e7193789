"""Vectors that a derivative is multiplied with: cotangents of the output's shape, tangents of the variables' shapes."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExpressionError, InputError, UsageError
from gradcli.base.wording import option
from gradcli.inputs.files import load_array
from gradcli.inputs.request import Tangent, Vector
from gradcli.inputs.values import read_value
from gradcli.meaning.task import Task


def cotangent_of(given: Vector, task: Task, name: str, seed: int) -> FloatArray:
    """The option ``name`` as a cotangent of the output's shape.

    Errors: ExpressionError in torch's words, with both shapes; InputError for what is no array of numbers.
    """
    shape = task.output
    array = _floats(option(name), given, task, seed)
    if array.shape != shape:
        raise ExpressionError(
            f"Mismatch in shape: grad_output[0] has a shape of {_torch_size(array.shape)} and output[0] has a shape of "
            f"{_torch_size(shape)}",
            hint=f"{option(name)} takes one number for each entry of the output",
            kind="shape",
        )
    return array


def _floats(shown: str, given: Vector, task: Task, seed: int) -> FloatArray:
    if isinstance(given, str) and given.strip().startswith("@"):
        return np.asarray(load_array(given.strip()[1:], io.BytesIO()), dtype=np.float64)
    if isinstance(given, str):
        return read_value(shown, given, dict(task.values), seed)
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{shown} is not an array of numbers: {error}", kind="binding") from None


def _torch_size(shape: tuple[int, ...]) -> str:
    return f"torch.Size({list(shape)})"


def tangents_of(given: Tangent, task: Task, option_name: str, seed: int) -> dict[str, FloatArray]:
    """Tangents of the variables' shapes; ``x=1,0;y=2`` names several, and one left out is zero.

    Errors: ExpressionError for another shape, InputError for another name or a direction that is not finite, UsageError
    where a name is missing.
    """
    shown = option(option_name)
    if isinstance(given, str) and "=" in given and not given.lstrip().startswith("@"):
        given = _named_vectors(given, shown)
    if not isinstance(given, Mapping):
        if len(task.wrt) != 1:
            texts = "'" + ";".join(f"{name}=..." for name in task.wrt) + "'"
            literal = "{" + ", ".join(f'"{name}": ...' for name in task.wrt) + "}"
            raise UsageError(f"{shown} needs a name for each vector", hint=option(option_name, texts, literal))
        given = {task.wrt[0]: given}
    found = {}
    for key, value in given.items():
        name = str(key).strip()
        if name not in task.wrt:
            hint = f"variables are {', '.join(task.wrt)}"
            raise InputError(f"{shown} names {key}, which is not differentiated", hint=hint, kind="wrt")
        array = _floats(shown, value, task, seed)
        expected = task.values[name].shape
        if array.shape != expected:
            raise ExpressionError(f"{shown} has shape {array.shape} for {name} of shape {expected}", kind="shape")
        if not np.isfinite(array).all():
            raise InputError(f"{shown} for {name} is not finite: there is no such direction", kind="binding")
        found[name] = array
    return found


def _named_vectors(text: str, shown: str) -> dict[str, str]:
    """``x=1,0;y=2`` -> values by name. Errors: UsageError."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        if not sign or not value.strip() or name.strip() in found:
            raise UsageError(f"{shown} is a vector, or NAME=VECTOR once for each variable, joined by ;")
        found[name.strip()] = value
    return found
