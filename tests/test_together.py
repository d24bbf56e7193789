"""Cases that run as one test: which, and that all that fail are told."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import together
from slices import Draw

Made = Callable[..., list[pytest.Function]]
RAN: list[object] = []


numbers = pytest.mark.parametrize("number", [])  # the items are made here


@numbers
def of_number(number: int) -> None:
    RAN.append(number)
    assert number != 3, "is 3"
    if number == 5:
        pytest.fail("is 5")


@numbers
def of_chance(number: int, draw: Draw) -> None:
    RAN.extend((number, generator.random()) for _, generator in draw.generators(1))


@numbers
def of_skips(number: int) -> None:
    RAN.append(number)
    if number == 1:
        pytest.skip("no 1")


@numbers
def of_fixtures(number: int, tmp_path: Any) -> None: ...


@numbers
@pytest.mark.xfail
def of_failure(number: int) -> None: ...


@pytest.mark.parametrize("number", [], indirect=True)
def of_indirect(number: int) -> None: ...


def of_a_fixture(number: int) -> None: ...


@pytest.fixture
def made(request: pytest.FixtureRequest) -> Made:
    """Items of a function, for so many numbers."""
    RAN.clear()

    def item(function: Callable[..., None], number: int) -> pytest.Function:
        of_parent = pytest.Function.from_parent(
            request.node.parent, name=f"{function.__name__}[{number}]", callobj=function
        )
        of_parent.callspec = SimpleNamespace(params={"number": number})  # type: ignore[assignment]
        return of_parent

    return lambda function, count: [item(function, number) for number in range(count)]


def test_no_case_is_lost(made: Made) -> None:
    count = 2 * together.AT_ONCE + 1
    alone = (of_fixtures, of_failure, of_indirect, of_a_fixture)
    singles = [item for function in alone for item in made(function, 2)]
    items = together.merged([*made(of_skips, count), *made(of_number, 2), *singles])
    cases = [case.name for item in items for case in item.stash.get(together.CASES, [item])]
    assert cases == [
        *(f"of_skips[{number}]" for number in range(count)),
        *(f"of_number[{number}]" for number in range(2)),
        *(item.name for item in singles),
    ]
    assert len(items) == 3 + 1 + len(singles)


def test_every_case_runs_and_all_that_fail_are_told(made: Made) -> None:
    (item,) = together.merged(made(of_number, 8))
    with pytest.raises(pytest.fail.Exception) as caught:
        together.run(item)
    assert list(range(8)) == RAN
    names, count, *told = str(caught.value).splitlines()
    assert [name.partition("[")[2] for name in names.split()] == ["3]", "5]"]
    assert count == "2 of 8 cases; each alone: python -m pytest -n 0 'NAME'"
    assert any("is 3" in line for line in told)
    assert any("is 5" in line for line in told)


def test_a_case_that_is_skipped_is_told_and_skips_no_other(made: Made) -> None:
    (item,) = together.merged(made(of_skips, 3))
    with pytest.raises(pytest.skip.Exception, match=r"1 of 3 cases: .*\[1\].*no 1"):
        together.run(item)
    assert RAN == [0, 1, 2]


def test_chance_is_that_of_the_case_by_itself(made: Made, request: pytest.FixtureRequest) -> None:
    (item,) = together.merged(made(of_chance, 3))
    assert together.run(item)
    seed = request.config.getoption("--seed")
    assert RAN[2] == (2, random.Random(f"{seed}:of_chance[2]:0").random())  # noqa: S311


def test_one_alone_is_run_by_pytest(made: Made) -> None:
    (item,) = together.merged(made(of_skips, 1))
    assert not together.run(item)
    assert RAN == []
