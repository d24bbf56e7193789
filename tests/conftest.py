"""For all tests: no warm server, errors inside a diagnosis are errors, and a slice of the large generated sets."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import together
import working_time
from places import TESTS
from slices import SEED, Draw, draw_of, parts

from gradcli.diagnosis import diagnose
from gradcli.meaning.program import compile_tree
from gradcli.operations import table

os.environ["GRADCLI_WARM"] = "off"  # a warm server of the developer's own is not under test
working_time.install()


@pytest.fixture(autouse=True)
def _no_error_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users keep the verdict without the diagnosis; tests see the error."""
    monkeypatch.setattr(diagnose, "FORGIVEN", ())


@pytest.fixture(autouse=True)
def _programs_are_compiled_anew() -> None:
    """A program that is kept has the rows of its time, which a test may have changed."""
    compile_tree.cache_clear()


@pytest.fixture
def machine_time() -> Iterator[None]:
    """For what is about real time: gradcli's clock is the machine's."""
    with working_time.removed():
        yield


# -- slices of generated sets


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gradcli")
    group.addoption("--all", action="store_true", help="the large generated sets wholly, not a slice of each")
    group.addoption("--seed", type=int, default=SEED, help=f"draws the slices and the random cases ({SEED})")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "generated(share, kind): a large set, of which so much runs without --all, and one of each kind"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than processors: a quarter of the time tests wait for processes of their own."""
    return (os.cpu_count() or 1) + 1


def _described(config: pytest.Config) -> str:
    part = "everything" if config.getoption("--all") else "a slice (--all: everything)"
    return f"generated sets: {part}, seed {config.getoption('--seed')}"


def pytest_report_header(config: pytest.Config) -> str:
    return _described(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--all"):
        items[:], left_out = parts(items, config.getoption("--seed"))
        config.hook.pytest_deselected(items=left_out)
    stages = {path: stage(path.relative_to(TESTS).as_posix()) for path in {item.path for item in items}}
    items.sort(key=lambda item: stages[item.path])
    if hasattr(config, "workerinput"):
        items[:] = together.merged(items)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    return together.run(pyfuncitem) or None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Some 27,000 tests and all modules stay to the end; the search for garbage need not go through them each time, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)  # new objects; usually 700


# Cheap tests of form first; then what takes long, so that no worker is left with it at the end; then the rest.
ORDER = (
    "test_architecture.py", "rows/test_words.py", "fuzzing/test_generator.py",
    "test_examples.py", "warm/", "test_verdicts.py", "test_claims_corpus.py", "test_attacks.py",
)  # fmt: skip
LATER = ("rows/test_examples.py", "rows/test_meanings.py", "rows/test_slopes.py", "rows/test_edges.py")


def stage(path: str) -> int:
    """When the tests of a file, named from ``tests/``, run."""
    for places, start in ((ORDER, -len(ORDER)), (LATER, 1)):
        for rank, place in enumerate(places, start):
            if path.startswith(place):
                return rank
    return 0


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """The random cases of this test in this run."""
    return draw_of(request.node)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and ("draw" in getattr(item, "fixturenames", ()) or item.get_closest_marker("generated")):
        report.sections.append(("generated", _described(item.config)))
    return report


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``plant("sin", torch=...)`` changes fields of a row for one test; programs are compiled anew with each call."""

    def change(name: str, **fields: Any) -> None:  # Any: a row's fields
        monkeypatch.setitem(table.OPS.loaded, name, replace(table.OPS[name], **fields))
        compile_tree.cache_clear()

    return change
