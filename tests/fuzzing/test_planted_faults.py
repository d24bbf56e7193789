"""A planted fault breaks each property of a random expression."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flint import arb
from fuzzing import properties, running
from fuzzing.cases import Case
from fuzzing.properties import CHEAP, COSTLY
from fuzzing.running import case_of, minimise, run_case
from fuzzing.workers import Worker

from gradcli.base.errors import ExitCode
from gradcli.commands import computation
from gradcli.commands.results import Result
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.verdicts.verdict import Verdict

Plant = Callable[..., None]


SINE = Case((), "3*sin(x)", {"x": 0.3})


def failures(case: Case, name: str) -> list[str]:
    """The kinds of failures that a property sees."""
    return [kind for _, kind, _ in run_case(case, [name]).failures]


def test_without_a_fault_no_property_fails() -> None:
    for name in (*CHEAP, *COSTLY):
        assert failures(SINE, name) == []


@pytest.mark.parametrize("name", ["grad", "jacobian", "hessian"])
def test_a_wrong_torch_meaning_is_seen(plant: Plant, name: str) -> None:
    plant("sin", torch=lambda t, x: t.sin(x) * (1 + 1e-7))
    assert failures(SINE, name) == ["differs"]


@pytest.mark.parametrize(
    "fault",
    [
        {"enclose": lambda x: x.cos() * (1 + arb("1e-5"))},
        {"slopes": (lambda x, out: FUNCTIONS["sin"](x),)},
    ],
)
def test_a_fault_in_balls_is_seen_by_both_oracles(fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A shifted enclosure, and a slope of the wrong sign: somebody differs, and what is stated is false."""
    case = Case((), "cos(x)*x", {"x": 0.3})
    order = "grad" if "enclose" in fault else "hessian"
    assert failures(case, order) == failures(case, "truth") == []
    monkeypatch.setitem(FUNCTIONS, "cos", replace(FUNCTIONS["cos"], **fault))
    assert failures(case, order) == ["differs"]
    assert failures(case, "truth") == ["false"]


def test_random_cases_find_a_wrong_torch_meaning(plant: Plant) -> None:
    plant("cosh", torch=lambda t, x: t.cosh(x) + t.sin(x) * 1e-6)
    made = (case_of(3, number)[0] for number in range(2000))
    used = (case for case in made if "cosh(" in case.text)
    assert any("differs" in failures(case, "grad") for case, _ in zip(used, range(40), strict=False))


def test_a_wrong_shape_rule_is_seen(plant: Plant) -> None:
    plant("sum", shape=lambda *_: (1,))
    assert failures(Case((), "sum(x)", {"x": [1.0, 2.0]}), "shapes") == ["property"]


def test_a_wrong_writer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case((), "x - (y - x)", {"x": 1.0, "y": 2.0})
    monkeypatch.setattr(properties, "write", lambda tree: "x - y - x")
    assert failures(case, "round trip") == ["property"]
    monkeypatch.setattr(properties, "write", lambda tree: "x -")
    assert failures(case, "round trip") == ["property"]
    monkeypatch.setattr(computation, "write", lambda tree: "x - y - x")
    assert failures(case, "echo") == ["property"]


def test_a_traceback_is_seen(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise AttributeError("planted")

    plant("sin", torch=broken)
    for name in ("echo", "grad", "jacobian", "hessian", "explain"):
        assert failures(SINE, name) == ["traceback"]
    array = Case((), "sin(x)", {"x": [1.0, 2.0]})
    assert failures(array, "refusal") == ["traceback"]
    plant("sin", sympy=broken)
    assert failures(SINE, "symbolic") == ["traceback"]


def test_a_hang_is_seen(plant: Plant, machine_time: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "HANG", 0.3)
    plant("sin", torch=lambda t, x: (time.sleep(5), x)[1])
    assert failures(SINE, "grad") == ["hang"]


def test_a_warning_is_seen(plant: Plant) -> None:
    import warnings

    plant("sin", torch=lambda t, x: (warnings.warn("planted", RuntimeWarning, stacklevel=2), t.sin(x))[1])
    assert failures(SINE, "grad") == ["warning"]


def test_a_wrong_exit_code_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    singular = Case((), "sign(x)", {"x": 0.0})
    assert failures(singular, "grad") == []
    monkeypatch.setattr(Verdict, "exit_code", lambda self, *, strict: ExitCode.DONE)
    assert failures(singular, "grad") == ["property"]


def test_agreement_without_a_number_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Result, "finite", property(lambda self: False))
    assert failures(SINE, "grad") == ["property"]


def test_a_smaller_case_is_found(plant: Plant) -> None:
    plant("sin", torch=lambda t, x: t.sin(x) * (1 + 1e-7))
    case = Case(("u = x + 1",), "exp(u*3 - sin(y)) + cos(x)", {"x": 0.25, "y": 0.7})
    assert minimise(case, "grad", "differs").text == "sin(y)"


def test_a_dead_worker_is_reported_and_replaced() -> None:
    worker = Worker(3)
    try:
        worker.send(0)
        worker.process.kill()
        worker.process.wait()
        answers = iter(worker.answer, None)
        assert "crash" in str(next(answer for answer in answers if answer["lines"]))
        worker.send(1)
        until = time.monotonic() + 600  # a worker loads torch, on whatever machine
        while (answer := worker.answer()) is None and time.monotonic() < until:
            time.sleep(0.05)
        assert answer is not None
        assert answer["replay"].startswith("gradcli ")
    finally:
        worker.stop()
