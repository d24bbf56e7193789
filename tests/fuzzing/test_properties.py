"""Random expressions from the operation table keep their promises.

The long run is ``python tests/fuzzing``; here the cases are the same in every run with the same ``--seed``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fuzzing.cases import Case, case_from, make_case
from fuzzing.properties import CHEAP, COSTLY, small
from fuzzing.running import Outcome, attempt, minimise, replay_line
from slices import Draw

import gradcli

CHECK_TIME = 0.3  # seconds for the second route, where two are the default: an entry more stays unchecked


def lines_of(name: str) -> list[str]:
    """Command lines in a file beside this one."""
    text = Path(__file__).with_name(name).read_text()
    return [line for line in text.splitlines() if not line.startswith("#")]


FAILING = [tuple(line.split(": ", 1)) for line in lines_of("fails_today.txt")]  # property, command line


def assert_holds(name: str, case: Case, seconds: float = 5.0, **options: Any) -> None:
    """A property holds, or gradcli refuses the case in words; what fails is shown as small as it was made in that time."""
    outcome = Outcome()
    attempt(outcome, name, lambda: {**CHEAP, **COSTLY}[name](case, **options))
    if outcome.failures:
        _, kind, reason = outcome.failures[0]
        least = minimise(case, name, kind, seconds)
        pytest.fail(replay_line(least, name, kind, reason) + f"\nmade smaller from {case.replay()}")


def assert_all_hold(name: str, draw: Draw, count: int, **options: Any) -> None:
    """A property holds of so many random cases; of those that are small enough, for second derivatives."""
    for _, generator in draw.generators(count):
        case = make_case(generator)
        if (name != "hessian" or small(case)) and (name, case.replay()) not in FAILING:
            assert_holds(name, case, **options)


def test_what_is_written_reads_as_the_same_tree(draw: Draw) -> None:
    assert_all_hold("round trip", draw, 125)


def test_shape_rules_predict_torch(draw: Draw) -> None:
    assert_all_hold("shapes", draw, 75)


def test_what_is_echoed_gives_the_same_numbers(draw: Draw) -> None:
    assert_all_hold("echo", draw, 60)


def test_the_gradient_of_an_array_is_refused_in_words(draw: Draw) -> None:
    assert_all_hold("refusal", draw, 50)


def test_no_gradient_differs(draw: Draw) -> None:
    assert_all_hold("grad", draw, 60, check_time=CHECK_TIME)


def test_no_jacobian_differs(draw: Draw) -> None:
    assert_all_hold("jacobian", draw, 40, check_time=CHECK_TIME)


def test_no_hessian_differs(draw: Draw) -> None:
    assert_all_hold("hessian", draw, 30, check_time=CHECK_TIME)


def test_explain_has_a_page_for_everything(draw: Draw) -> None:
    assert_all_hold("explain", draw, 8, check_time=CHECK_TIME)


def test_formulas_or_words(draw: Draw) -> None:
    assert_all_hold("symbolic", draw, 12)


@pytest.mark.parametrize("line", lines_of("failed_once.txt"))
def test_what_failed_once(line: str) -> None:
    case = case_from(line)
    for name in (*CHEAP, line.split()[1]):
        assert_holds(name, case)


@pytest.mark.parametrize(("name", "line"), FAILING)
@pytest.mark.xfail(reason="not mended yet", raises=pytest.fail.Exception, strict=True)
def test_what_fails_today(name: str, line: str) -> None:
    """Whoever mends one moves its command line to failed_once.txt."""
    assert_holds(name, case_from(line), seconds=0.0)


def test_a_list_before_other_parts_is_a_part() -> None:
    """It was read as the list of all parts."""
    assert gradcli.grad("sum(concat([0], x)**2)", {"x": [1.0, 2.0]}).derivative["x"].tolist() == [2.0, 4.0]
    assert gradcli.grad("sum(permute(x, dims=None)*x)", {"x": [[1.0]]}).derivative["x"].tolist() == [[2.0]]
