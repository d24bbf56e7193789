"""The derivative itself to any number of digits, for those who want the number rather than the float."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.base.wording import option
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Deadline
from gradcli.meaning.scalars import Array, Field, Scalar, Variable
from gradcli.reference.answer import Answer
from gradcli.reference.kinks import trace
from gradcli.reference.problem import Problem

SPARE = (15, 30, 60, 150, 400)  # digits beyond those asked for, until two runs say the same
Point = Callable[[Precise], Mapping[str, Array]]


def derivative_digits(
    problem: Problem, answers: Sequence[Answer], digits: int, point: Point, seconds: float | None
) -> dict[tuple[str, ...], Any]:  # Any: texts in nested lists
    """Each answer's entries by its label as decimal texts, ``undefined`` where there is no derivative.

    point: the inputs as numbers of an arithmetic's precision: decimals as they were typed, not as floats
    Errors: LimitError when time is up, or where two precisions do not agree to so many digits.
    """
    deadline: Deadline[Any] = Deadline(seconds, f" for so many digits ({option('check_time')})")
    before: list[Array] | None = None
    for spare in SPARE:
        now = _derivatives(problem, answers, Precise(digits + spare, deadline), point)
        if before is not None and all(_settled(a, b, digits) for a, b in zip(before, now, strict=True)):
            return {answer.label: _texts(array, digits) for answer, array in zip(answers, now, strict=True)}
        before = now
    raise LimitError(f"fewer than {digits} digits of this derivative could be settled")


def _derivatives(problem: Problem, answers: Sequence[Answer], arithmetic: Precise, point: Point) -> list[Array]:
    """All entries of all answers, by differences in the arithmetic's precision."""
    values = point(arithmetic)
    seen = trace(problem.program, values, arithmetic, problem.active)
    field, arithmetic = Field(seen.result, problem.program, values), seen.suited(arithmetic)
    return [_entries(answer, field, arithmetic) for answer in answers]


def _entries(answer: Answer, field: Field, arithmetic: Precise) -> Array:
    """The derivative of the field in every combination of entries of the answer's variables; output axes first."""
    variables = [Variable(name, field.point[name]) for name, _ in answer.wrt]
    directions = [list(arithmetic.basis(variable.value.shape)) for variable in variables]
    columns = [arithmetic.along(field, *zip(variables, chosen, strict=True)) for chosen in product(*directions)]
    return np.stack([column.reshape(-1) for column in columns], -1).reshape(answer.array.shape)


def _settled(rough: Array, fine: Array, digits: int) -> bool:
    """Do two precisions say the same in every entry? What shrinks with the precision is 0."""
    return all(_same(a, b, digits) for a, b in zip(rough.ravel(), fine.ravel(), strict=True))


def _same(rough: Scalar, fine: Scalar, digits: int) -> bool:
    if rough != rough or fine != fine:
        return bool(rough != rough and fine != fine)
    return bool(abs(fine - rough) <= abs(fine) * fine.context.mpf(10) ** -(digits + 1) or fine == rough == 0)


def _texts(array: Array, digits: int) -> Any:  # Any: a text, or nested lists of them
    if array.ndim:
        return [_texts(np.asarray(part, dtype=object), digits) for part in array]
    return _text(array[()], digits)


def _text(number: Scalar, digits: int) -> str:
    if number != number:
        return "undefined"
    context = number.context
    short = str(context.nstr(number, digits))
    exact = abs(context.mpf(short) - number) <= abs(number) * context.mpf(10) ** -(digits + 5)
    return short if exact else str(context.nstr(number, digits, strip_zeros=False))  # a last digit 0 is a digit
