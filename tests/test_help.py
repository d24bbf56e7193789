"""What help, ``--help-json`` and the README's reference say is all there, and is what the program does."""

from __future__ import annotations

import ast
import json
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs
import jsonschema
import pytest
from runner import run

import gradcli
from gradcli.base.errors import ExitCode, ExpressionError, GradcliError
from gradcli.cli import app
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


def test_every_help_ends_with_examples_and_exit_codes(printed: dict[str, Any]) -> None:
    for command in printed["commands"]:
        done = run([*command["name"].split(), "--help"])
        shown = done.stdout[done.stdout.index("Examples:") :]
        assert all(f"\n    {example}\n" in shown for example in command["examples"]), shown
        assert "130 interrupted" in " ".join(shown.split())


def test_every_example_of_the_help_runs(printed: dict[str, Any], tmp_path: Path) -> None:
    """Where the files of ``examples/`` lie, each comes to an answer, yes or no."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    for command in printed["commands"]:
        for example in command["examples"]:
            program, *words = shlex.split(example)
            if words[0] != "warm":  # tests/test_warm.py
                assert (program, run(words, cwd=tmp_path, seconds=120).code in {0, 1}) == ("gradcli", True), example


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
