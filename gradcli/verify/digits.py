"""The derivative itself to any number of digits, for those who want the number rather than the float."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from gradcli.errors import LimitError
from gradcli.meaning.arrays import Array, Field, Scalar, Variable
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Deadline
from gradcli.verify.hazards import trace
from gradcli.verify.reference import Problem
from gradcli.verify.request import Answer

MAX_DIGITS = 1_000
SPARE = 15  # digits beyond those asked for; a second run with twice as many must say the same
Point = Callable[[Precise], Mapping[str, Array]]


def derivative_digits(
    problem: Problem, answers: Sequence[Answer], digits: int, point: Point, seconds: float | None
) -> dict[str, Any]:  # Any: texts in nested lists
    """Each answer's entries as decimal texts, ``undefined`` where there is no derivative.

    point: the inputs as numbers of an arithmetic's precision: decimals as they were typed, not as floats
    Errors: LimitError when time is up, or where two precisions do not agree to so many digits.
    """
    deadline: Deadline[Any] = Deadline(seconds, " for so many digits (--check-time)")
    runs = [_derivatives(problem, answers, Precise(digits + spare, deadline), point) for spare in (SPARE, 2 * SPARE)]
    return {answer.label: _texts(first, second, digits) for answer, first, second in zip(answers, *runs, strict=True)}


def _derivatives(problem: Problem, answers: Sequence[Answer], arithmetic: Precise, point: Point) -> list[Array]:
    """All entries of all answers, by differences in the arithmetic's precision."""
    values = point(arithmetic)
    value = trace(problem.program, values, arithmetic, problem.active).result
    field = Field(value, problem.program, values)
    return [_entries(answer, field, arithmetic) for answer in answers]


def _entries(answer: Answer, field: Field, arithmetic: Precise) -> Array:
    """The derivative of the field in every combination of entries of the answer's variables; output axes first."""
    variables = [Variable(name, field.point[name]) for name, _ in answer.wrt]
    directions = [list(arithmetic.basis(variable.value.shape)) for variable in variables]
    columns = [arithmetic.along(field, *zip(variables, chosen, strict=True)) for chosen in product(*directions)]
    return np.stack([column.reshape(-1) for column in columns], -1).reshape(answer.array.shape)


def _texts(first: Array, second: Array, digits: int) -> Any:  # Any: a text, or nested lists of them
    if first.ndim:
        return [
            _texts(np.asarray(a, dtype=object), np.asarray(b, dtype=object), digits)
            for a, b in zip(first, second, strict=True)
        ]
    return _text(first[()], second[()], digits)


def _text(rough: Scalar, fine: Scalar, digits: int) -> str:
    if fine != fine:
        return "undefined"
    context = fine.context
    if abs(fine - rough) > abs(fine) * context.mpf(10) ** -digits and abs(fine) > context.mpf(10) ** (-digits - SPARE):
        raise LimitError(f"fewer than {digits} digits of this derivative could be settled")
    return str(context.nstr(fine, digits))
