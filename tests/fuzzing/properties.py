"""The properties that each case must have: each raises AssertionError, or whatever gradcli raised."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from fuzzing.arrays import Many, arrays_fault
from fuzzing.cases import Case, torch_steps
from fuzzing.edges import edge_fault
from fuzzing.sides import sides_fault
from fuzzing.truths import Known, Said, Sample, drawn_variables, reference, said_fault, said_of, torch_is_wrong

import gradcli
from gradcli.base.errors import ExitCode, GradcliError, LimitError
from gradcli.base.limits import alarm
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape, size
from gradcli.report.writing import document_of, rendered

READING = 8.0  # seconds for mpmath, which is less than those after which a property is called a hang
MIN_DIGITS = 3  # that rounding has to leave: the contract's default


def arrays(case: Case) -> dict[str, Any]:
    return {name: np.asarray(value, dtype=np.float64) for name, value in case.values.items()}


def round_trip(case: Case) -> None:
    """parse(write(tree)) is the tree."""
    tree = parse(case.text, bound=case.values).tree
    text = write(tree)
    try:
        again = parse(text, bound=case.values).tree
    except GradcliError as error:
        raise AssertionError(f"what write gives is not read: {error.message}: {text}") from None
    assert again == tree, f"write gives {text}, which reads as another tree: {write(again)}"


def predicted_shapes(case: Case) -> None:
    """The shape rules say of each step what torch finds."""
    expression = parse(case.text, bound=case.values)
    program = compile_tree(expression.tree)
    predicted = shapes_of(program, {name: np.shape(value) for name, value in case.values.items()}, expression)
    try:
        found = [tuple(value.shape) for value in torch_steps(case.text, case.values)]
    except (RuntimeError, IndexError, ValueError):
        return  # torch refuses it, which the gradient says
    for step, rule, shape in zip(program.steps, predicted, found, strict=True):
        assert rule == shape, f"{step.op.name if step.op else step.tree}: the rule says {rule}, torch has {shape}"


def _judge_difference(check: Any, text: str, case: Case) -> NoReturn:
    whose = "torch's number is wrong" if torch_is_wrong(text, case.values, check) else "torch's number may be right"
    raise AssertionError(f"differs: {'; '.join(check.notes)} ({whose})")


def _judged(result: Any, text: str, case: Case) -> Any:
    """A result whose verdict is not `differs`, whose exit code fits, and which is finite where it agrees."""
    check = result.check
    if check.verdict == "differs":
        _judge_difference(check, text, case)
    few = any((f.digits or 0.0) < MIN_DIGITS for f in check.findings if f.verdict == "rounding")
    hard = {"trap": ExitCode.NO, "differs": ExitCode.NO, "singular": ExitCode.MATHEMATICS}
    mild = ExitCode.DONE if result.finite else ExitCode.MATHEMATICS
    code = ExitCode.NO if few else hard.get(check.verdict, mild)
    assert result.exit_code() == code, f"exit code {result.exit_code()} for {check.verdict}"
    strict = ExitCode.MATHEMATICS if check.verdict not in {"agrees", *hard} and not few else code
    assert result.exit_code(strict=True) == strict, (
        f"strict exit code {result.exit_code(strict=True)} for {check.verdict}"
    )
    assert result.finite or check.verdict != "agrees", f"agrees, but the result is not finite: {result.derivative}"
    assert check.checked <= check.total, f"{check.checked} of {check.total} entries are checked"
    assert check.verdict != "unchecked" or check.notes, "unchecked without a reason"
    json.dumps(result.to_dict(), allow_nan=False)
    return result


def gradient(case: Case, **options: Any) -> Any:
    """The gradient, of the sum where the output is not a scalar; its verdict as judged."""
    text = scalar_text(case)
    return _judged(gradcli.grad(text, arrays(case), **options), text, case)


def refusal(case: Case) -> None:
    """The gradient of several numbers is refused in words."""
    shape = output_shape(case)
    with contextlib.suppress(GradcliError):
        if shape and size(shape) > 1:
            gradcli.grad(case.text, arrays(case), check="off")
            raise AssertionError("the gradient of an array is not refused")


def jacobians(case: Case, **options: Any) -> Any:
    """The Jacobian, judged; forward and reverse mode give the same numbers, but for rounding."""
    return _judged(gradcli.jacobian(case.text, arrays(case), **options), case.text, case)


def hessians(case: Case, **options: Any) -> Any:
    """The Hessian of the sum, judged."""
    return _judged(gradcli.hessian(case.total, arrays(case), **options), case.total, case)


def echo(case: Case) -> None:
    """What is echoed as read_as gives the same numbers when it is run."""
    first = gradcli.jacobian(case.text, arrays(case), check="off")
    try:
        again = gradcli.jacobian(first.read_as, arrays(case), check="off", materialize_grads=True)
    except GradcliError as error:
        raise AssertionError(f"what is echoed does not run: {error.message}: {first.read_as}") from None
    np.testing.assert_array_equal(again.value, first.value, err_msg=first.read_as)
    for name, part in (first.derivative or {}).items():
        np.testing.assert_array_equal((again.derivative or {})[name], part, err_msg=f"{name} of {first.read_as}")


def explanation(case: Case, **options: Any) -> None:
    """explain() makes a page and a JSON object."""
    made = gradcli.explain(case.text, arrays(case), **options)
    assert rendered(document_of(made), "text")
    json.dumps(made.to_dict(), allow_nan=False)


def _known(sample: Sample) -> Known:
    """What the reading knows; mpmath gets so many seconds."""
    try:
        with alarm(READING, "the reading is slow"):
            return reference(sample)
    except LimitError as error:
        if error.message != "the reading is slow":
            raise
        return Known(given_up=error.message)


def truth(case: Case, **options: Any) -> Said:
    """What the verdict says of one entry, first or second derivative, is what 2,000 digits of mpmath say."""
    sample = Sample(case.text, case.values, drawn_variables(case.text, case.values))
    said = said_of(sample, **options)
    false = said_fault(sample, said, _known(sample))
    assert not false, f"false: {false}  # in {sample.variables}: {'; '.join(said.check.notes)}"
    if said.check.verdict == "differs":
        _judge_difference(said.check, case.text, case)
    return said


def _beside(fault: Callable[[Sample, Said], str]) -> Callable[..., Said]:
    """What the verdict says of both sides of the point, in x, is what mpmath says beside it."""

    def checked(case: Case, **options: Any) -> Said:
        sample = Sample(case.text, case.values, (("x", ()),))
        said = said_of(sample, **options)
        with alarm(READING, "the reading is slow"):
            false = fault(sample, said)
        assert not false, f"false: {false}: {'; '.join(said.check.notes)}"
        return said

    return checked


def entries(case: Case, **options: Any) -> Any:
    """What the verdict says of each of many entries is what mpmath says of the entry by itself."""
    if not isinstance(case, Many):
        return None  # a smaller case of it, which nobody knows entry by entry
    result = gradcli.grad(case.text, arrays(case), **options)
    with alarm(READING, "the reading is slow"):
        false = arrays_fault(case, result.derivative["v"], result.check)
    assert not false, f"false: {false}: {'; '.join(result.check.notes)}"
    return result


def symbolic(case: Case) -> None:
    """Without values there is a formula, or a GradcliError."""
    names = parse(case.text).names
    gradcli.grad(case.total, shape={n: np.shape(value) for n, value in case.values.items() if n in names})


CHEAP: dict[str, Callable[[Case], Any]] = {
    "round trip": round_trip, "shapes": predicted_shapes, "echo": echo, "refusal": refusal,
}  # fmt: skip
COSTLY: dict[str, Callable[..., Any]] = {
    "grad": gradient, "jacobian": jacobians, "hessian": hessians, "explain": explanation, "symbolic": symbolic,
    "truth": truth, "sides": _beside(sides_fault), "edges": _beside(edge_fault), "entries": entries,
}  # fmt: skip


def output_shape(case: Case) -> Shape | None:
    """The shape of the value by the rules; None where gradcli refuses the case."""
    try:
        expression = parse(case.text, bound=case.values)
        return shapes_of(compile_tree(expression.tree), {n: np.shape(v) for n, v in case.values.items()}, expression)[
            -1
        ]
    except GradcliError:
        return None


def scalar_text(case: Case) -> str:
    """The text where it is a scalar, else that of its sum."""
    return case.total if output_shape(case) else case.text


def small(case: Case) -> bool:
    """Is the point small enough for second derivatives?"""
    return sum(size(np.shape(value)) for value in case.values.values()) <= 6
