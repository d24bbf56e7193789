"""The examples run, and print what stands beside them; numbers to twelve digits."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from docs import same
from places import EXAMPLES
from warm_site import BIN, warm_server

SCRIPTS = (
    "one-liners",
    "torch-errors",
    "graphs",
    "derivative-operators",
    "hard-places",
    "check",
    "layouts",
    "steps",
    "tables",
    "sparse",
)
COMMANDS = {**{name: ["sh", f"examples/{name}.sh"] for name in SCRIPTS}, "make": ["make", "-s", "-C", "examples"]}


def copy_examples(folder: Path) -> None:
    """As they are in the repository, without what an earlier ``make`` left there."""
    shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.stamp", "__pycache__"))


def run(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """The exit code, and what was printed, stderr included."""
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout.decode()


IN_TIME = """#!/bin/sh
case " $* " in
*" --file "*) exec {gradcli} "$@" --timeout 600 ;;
*) exec {gradcli} "$@" ;;
esac
"""  # the warm server takes files of claims whose time is limited


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """That of shell commands whose gradcli is a warm server's."""
    gradcli = tmp_path_factory.mktemp("bin") / "gradcli"
    gradcli.write_text(IN_TIME.format(gradcli=BIN / "gradcli"))
    gradcli.chmod(0o755)
    with warm_server() as found:
        yield {**found, "PATH": f"{gradcli.parent}{os.pathsep}{found['PATH']}"}


@pytest.fixture(scope="module")
def ran(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[tuple[int, str]]]]:
    """All examples, from the folder above them, as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        folders = {name: tmp_path_factory.mktemp(name) for name in COMMANDS}
        for folder in folders.values():
            copy_examples(folder / "examples")
        yield {name: pool.submit(run, COMMANDS[name], folders[name], environment) for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_example_prints_what_it_shows(name: str, ran: dict[str, Future[tuple[int, str]]]) -> None:
    if shutil.which("jq") is None and name in {"one-liners", "make"}:
        pytest.skip("needs jq")
    code, printed = ran[name].result()
    assert same((EXAMPLES / f"{name}.out").read_text(), printed), printed
    assert code == 0


def test_a_claim_that_is_broken_stops_make_with_its_place(tmp_path: Path, environment: dict[str, str]) -> None:
    """Each suite is tried when it has changed, and not again before."""
    copy_examples(tmp_path)
    check, suite = ["make", "check", "SUITES=gradients.py"], tmp_path / "gradients.py"
    code, printed = run(check, tmp_path, environment)
    assert (code, "gradcli check" in printed) == (0, True), printed
    code, printed = run(check, tmp_path, environment)
    assert (code, "gradcli check" in printed) == (0, False), printed
    text = suite.read_text()
    right, wrong = "d(penalty) = w@w\n", "d(penalty) = 2*w@w\n"
    assert text.count(right) == 1
    suite.write_text(text.replace(right, wrong))
    later = suite.stat().st_mtime + 10
    os.utime(suite, (later, later))
    for _ in range(2):  # and what failed is tried again
        code, printed = run(check, tmp_path, environment)
        line = text[: text.index(right)].count("\n") + 1
        assert code == 2, printed
        assert f"gradients.py:{line}: refuted" in printed, printed


def test_every_example_has_its_output() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.out")} == set(COMMANDS)
    assert {path.stem for path in EXAMPLES.glob("*.sh")} == set(COMMANDS) - {"make"}


def test_the_comparison_sees_a_wrong_number() -> None:
    assert same("x = 1.00000000000000", "x = 1.00000000000001")
    assert not same("x = 1.0000000000", "x = 1.0000000001")
    assert not same("x = 1.0", "y = 1.0")
    assert not same("x = 1.0", "x = nan")


def test_the_comparison_leaves_out_the_seconds_of_a_summary_alone() -> None:
    assert same("time: 1.2 s\n", "time: 10.3 s\n")
    assert not same("2 claims: 2 proved\n", "2 claims: 1 proved\n")
    assert not same("more than 1.2 s\n", "more than 10.3 s\n")
