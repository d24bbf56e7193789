"""Many small cases as one test: most take less time than pytest and its workers take for a test.

Where workers run the tests, cases of one parametrized test that take nothing but their parameters (and ``draw``) run
together, and all that fail are told, each with what runs it alone. With ``-n 0`` each is a test of its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache

import pytest
from slices import Draw, draw_of

AT_ONCE = 8
HERE = frozenset({"_no_error_is_forgiven", "_programs_are_compiled_anew", "monkeypatch", "request"})  # of every test
ALONE = frozenset({"skip", "skipif", "xfail", "usefixtures"})  # marks that say of a single test what becomes of it
CASES = pytest.StashKey[list[pytest.Function]]()


def merged(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Of cases that follow each other and can be together the first, which stands for up to AT_ONCE of them."""
    kept: list[pytest.Item] = []
    for item in items:
        last = kept[-1] if kept else None
        cases = last.stash.get(CASES, None) if last else None
        if not is_small(item):
            kept.append(item)
        elif cases and len(cases) < AT_ONCE and cases[0].function is item.function:
            cases.append(item)
        else:
            item.stash[CASES] = [item]
            kept.append(item)
    return kept


def is_small(item: pytest.Item) -> bool:
    """Does a test take nothing but its parameters, and these from no fixture?"""
    if not isinstance(item, pytest.Function) or item.cls or not hasattr(item, "callspec"):
        return False
    marks = list(item.iter_markers())
    given = {name for mark in marks for name in named_by(mark)} | {"draw"}
    return (
        not getattr(item.obj, "is_hypothesis_test", False)
        and given >= taken_by(item.function)
        and given >= item.callspec.params.keys()
        and given | HERE >= set(item.fixturenames)
        and not any(mark.name in ALONE for mark in marks)
    )


def named_by(mark: pytest.Mark) -> list[str]:
    """The parameters that a mark gives to the function itself."""
    if mark.name != "parametrize" or mark.kwargs.get("indirect"):
        return []
    names = mark.args[0] if mark.args else mark.kwargs["argnames"]
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


@cache
def taken_by(function: Callable[..., object]) -> frozenset[str]:
    """The names of its parameters."""
    return frozenset(inspect.signature(function).parameters)


def run(item: pytest.Function) -> bool:
    """Runs the cases of an item; False where it is one of its own."""
    cases = item.stash.get(CASES, [])
    if len(cases) < 2:
        return False
    failed, skipped = {}, {}
    for case in cases:
        try:
            case.function(**case.callspec.params, **drawn(case))
        except pytest.skip.Exception as reason:
            skipped[case.nodeid] = str(reason)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - told below
            failed[case.nodeid] = str(case.repr_failure(pytest.ExceptionInfo.from_exception(error)))
    if failed:
        head = f"{' '.join(failed)}\n{len(failed)} of {len(cases)} cases; each alone: python -m pytest -n 0 'NAME'"
        told = (f"{'_' * 20} {name}\n{text}" for name, text in failed.items())
        pytest.fail("\n\n".join([head, *told]), pytrace=False)
    if skipped:
        pytest.skip(f"{len(skipped)} of {len(cases)} cases: {skipped}")
    return True


def drawn(case: pytest.Function) -> dict[str, Draw]:
    """The fixture ``draw`` of this case, where it takes it."""
    return {"draw": draw_of(case)} if "draw" in case.fixturenames else {}
