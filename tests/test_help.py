"""What help, ``--help-json`` and the README's reference say is all there, and is what the program does."""

from __future__ import annotations

import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs
import jsonschema
import pytest
from manual import manual
from places import MANUAL
from runner import run
from warm_site import runtime_directory

import gradcli
from gradcli.base.errors import ExitCode, ExpressionError, GradcliError
from gradcli.cli import app
from gradcli.cli.groups import GROUPS
from gradcli.cli.help import help_text, told, written
from gradcli.cli.reference import reference

PACKAGE = Path(gradcli.__file__).parent
EXAMPLES = PACKAGE.parent / "examples"
SCHEMA = json.loads((PACKAGE / "schema.json").read_text())

# An error's class by the call that makes it: the readers' own methods make an ExpressionError.
CLASSES = {error.__name__: error for error in GradcliError.__subclasses__()}
MAKERS = {**CLASSES, "self.error": ExpressionError, "reader.error": ExpressionError}


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    done = run(["--help-json"])
    assert (done.code, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def undocumented(found: dict[str, Any]) -> list[str]:
    """Commands, arguments and options without help, commands without examples."""
    parts = [(command["name"], command) for command in found["commands"]]
    missing = [name for name, command in parts if not command["help"] or not command["examples"]]
    for name, part in [("gradcli", {"options": found["options"], "arguments": []}), *parts]:
        missing += [f"{name} {o['names'][0]}" for o in part["options"] + part["arguments"] if not o["help"]]
    return missing


def test_every_command_and_option_is_documented(printed: dict[str, Any]) -> None:
    assert undocumented(printed) == []
    assert len(printed["commands"]) >= 10


def test_an_undocumented_option_would_be_seen(printed: dict[str, Any]) -> None:
    planted = json.loads(json.dumps(printed))
    planted["commands"][0]["options"][2]["help"] = None
    planted["commands"][1]["help"] = ""
    assert len(undocumented(planted)) == 2


def test_it_is_what_the_schema_says(printed: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(printed)


def test_types_choices_and_defaults_are_those_of_the_options(printed: dict[str, Any]) -> None:
    grad = next(command for command in printed["commands"] if command["name"] == "grad")
    found = {name: option for option in grad["options"] for name in option["names"]}
    assert grad["usage"] == "gradcli grad EXPRESSION [NAME=VALUE]... [OPTIONS]"
    assert found["--dtype"]["choices"] == ["float64", "float32", "bfloat16", "float16"]
    assert (found["--dtype"]["type"], found["--dtype"]["default"]) == ("choice", "float64")
    assert (found["--order"]["type"], found["--order"]["default"]) == ("integer", 1)
    assert (found["--rtol"]["type"], found["--json"]["type"], found["--shape"]["repeated"]) == ("number", "flag", True)
    assert found["-o"] is found["--output"]


@pytest.mark.parametrize("word", ["exit_codes", "errors", "verdicts", "claim_verdicts"])
def test_every_code_error_and_verdict_has_its_meaning(word: str, printed: dict[str, Any]) -> None:
    assert [entry for entry in printed[word] if not entry["meaning"]] == []
    assert len(printed[word]) >= 4


def test_exit_codes_are_all_there(printed: dict[str, Any]) -> None:
    assert [entry["code"] for entry in printed["exit_codes"]] == [int(code) for code in ExitCode]


def kinds_in(source: str) -> Iterator[tuple[str, str]]:
    """Each ``kind="..."`` of an error that the source makes, with what makes it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            maker = ".".join(ast.unparse(node.func).split(".")[-2:])
            for keyword in node.keywords:
                if keyword.arg == "kind" and maker in MAKERS and isinstance(keyword.value, ast.Constant):
                    yield maker, keyword.value.value


def unknown_kinds(source: str) -> list[str]:
    return [kind for maker, kind in kinds_in(source) if kind not in MAKERS[maker].kinds]


@pytest.mark.parametrize("path", [str(path.relative_to(PACKAGE)) for path in sorted(PACKAGE.rglob("*.py"))])
def test_every_kind_of_error_is_listed_with_its_class(path: str) -> None:
    assert unknown_kinds((PACKAGE / path).read_text()) == []


def test_an_unlisted_kind_would_be_seen() -> None:
    source = "raise InputError('x', kind='shape')\nraise self.reader.error('y', kind='shapes')"
    assert unknown_kinds(source) == ["shape", "shapes"]


def test_every_listed_kind_is_made_somewhere() -> None:
    made = {(MAKERS[maker], kind) for path in PACKAGE.rglob("*.py") for maker, kind in kinds_in(path.read_text())}
    listed = {(error, kind) for error in CLASSES.values() for kind in error.kinds}
    assert listed - made - {(error, error.kind) for error in CLASSES.values()} == set()


@pytest.mark.parametrize("columns", [60, 80])
def test_help_shows_all_that_there_is_in_panels(columns: int, printed: dict[str, Any]) -> None:
    """Each argument and option with all that is said of it, below its panel's title; examples, exit codes."""
    for command in printed["commands"]:
        shown = help_text(command, columns)
        assert [line for line in shown.splitlines() if len(line) > columns and not line.startswith("    gradcli")] == []
        panels = {part.partition("\n")[0]: " ".join(part.split()) for part in shown.split("\n\n")}
        assert " ".join(command["help"].split()) in " ".join(shown.split())
        for parameter in [*command["arguments"], *command["options"]]:
            assert f"{written(parameter)} {told(parameter)}" in panels[f"{parameter['group']}:"]
        assert all(f"\n    {example}\n" in shown for example in command["examples"]), shown
        assert "130 interrupted" in " ".join(shown.split())


def test_help_of_each_command_is_that(printed: dict[str, Any]) -> None:
    for command in printed["commands"]:
        shown = run([*command["name"].split(), "--help"]).stdout
        before, _, rest = shown.partition("About gradcli:\n  -h, --help  Show this message and exit.\n\n")
        assert f"{before}{rest.strip()}" == help_text(command, 78).strip()


@pytest.mark.parametrize(("columns", "words"), [(60, ["--help"]), (80, ["--help"]), (60, ["warm", "--help"])])
def test_commands_are_listed_with_all_that_they_say(columns: int, words: list[str], printed: dict[str, Any]) -> None:
    environment = {**os.environ, "COLUMNS": str(columns)}
    line = [sys.executable, "-m", "gradcli", *words]
    shown = subprocess.run(line, env=environment, capture_output=True, text=True, check=True).stdout
    assert max(map(len, shown.splitlines())) <= columns
    listed = [c for c in printed["commands"] if c["name"].startswith("warm ") or words == ["--help"]]
    for command in listed:
        name = command["name"].removeprefix("warm " if "warm" in words else "")
        assert f" {name} {' '.join(command['help'].split())} " in " ".join(shown.split())


def test_every_option_has_its_place_in_one_panel(printed: dict[str, Any]) -> None:
    placed = [name for names in GROUPS.values() for name in names.split()]
    options = [o for command in [printed, *printed["commands"]] for o in command["options"]]
    used = [set(option["names"]) & set(placed) for option in options]
    assert [option["names"] for option, places in zip(options, used, strict=True) if len(places) != 1] == []
    assert sorted(placed) == sorted(set().union(*used, {"--help"}))


def test_every_command_has_two_examples(printed: dict[str, Any]) -> None:
    assert [command["name"] for command in printed["commands"] if len(command["examples"]) < 2] == []


def test_every_example_of_the_help_runs(printed: dict[str, Any], tmp_path: Path) -> None:
    """Where the files of ``examples/`` lie, each comes to an answer, yes or no."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    for command in printed["commands"]:
        for example in command["examples"]:
            program, *words = shlex.split(example)
            if words[0] != "warm":
                assert (program, run(words, cwd=tmp_path, seconds=120).code in {0, 1}) == ("gradcli", True), example


def test_every_example_of_the_warm_server_runs(printed: dict[str, Any]) -> None:
    """One after another; ``serve`` is the server until another command stops it."""
    if sys.platform != "linux":
        pytest.skip("the warm server needs Linux")
    lines = [
        line for command in printed["commands"] if command["name"].startswith("warm") for line in command["examples"]
    ]
    with runtime_directory() as environment:

        def code(line: str) -> int:
            return subprocess.run(["bash", "-c", line], env=environment, capture_output=True, check=False).returncode

        for line in lines:
            if "serve" in line:
                assert code("gradcli warm stop") == 0
                served = subprocess.Popen(["bash", "-c", f"exec {line}"], env=environment, stdout=subprocess.DEVNULL)
                assert code("until gradcli warm status; do sleep 0.5; done; gradcli warm stop") == 0
                assert served.wait() == 0
            else:
                assert code(line) == 0, line


def test_the_manual_is_what_the_program_says(printed: dict[str, Any]) -> None:
    """Where this fails, ``python tests/docs.py --write`` mends it."""
    assert manual(printed) == MANUAL.read_text()


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
def test_groff_sets_the_manual_without_a_warning_and_whole(printed: dict[str, Any]) -> None:
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-P-cbou", MANUAL], capture_output=True, check=True)
    assert done.stderr == b""
    shown = " ".join(done.stdout.decode().replace("’", "'").split())
    for command in printed["commands"]:
        assert " ".join(command["usage"].split()) in shown
        for parameter in [*command["arguments"], *command["options"]]:
            assert f"{written(parameter)} {told(parameter)}" in shown
        assert all(" ".join(example.split()) in shown for example in command["examples"])


def print_of(line: str) -> str:
    """What a command line prints where the examples lie, stderr included."""
    done = run(shlex.split(line)[1:], cwd=EXAMPLES, seconds=120)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def facts() -> docs.Facts:
    return docs.facts(print_of)


def test_the_readme_is_what_the_program_says(facts: docs.Facts) -> None:
    """Its tables, examples of JSON and contents; where this fails, ``python tests/docs.py --write`` mends it."""
    text = docs.README.read_text()
    assert docs.generated(text, facts) == text


@pytest.mark.parametrize(
    ("right", "planted"),
    [
        ("| `--order N` | The N-th", "| `--ordre N` | The N-th"),
        ('"derivative": {"x": 5.04', '"derivative": {"x": 5.14'),
        ("| 6 | a limit:", "| 5 | a limit:"),
        ("- [A tour](#a-tour)\n", ""),
    ],
)
def test_another_readme_would_be_seen(right: str, planted: str, facts: docs.Facts) -> None:
    text = docs.README.read_text()
    assert text.count(right) == 1
    assert not docs.same(text, text.replace(right, planted))
    assert docs.same(docs.generated(text.replace(right, planted), facts), text)


def test_the_reference_is_what_typer_was_told() -> None:
    assert reference(app._command())["commands"][-1]["name"] == "warm serve"
