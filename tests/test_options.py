"""Options: given twice, formats by the suffix of a file, the value in the place of the derivative."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from runner import Completed, run

from gradcli.cli.app import _command, asks_for_json
from gradcli.cli.reference import leaves, parameter_dict
from gradcli.report.formats import Format

COMMANDS: dict[str, Any] = dict(leaves(_command()))  # Any: typer's own
OPTIONS = [
    (name, fact)
    for name, command in COMMANDS.items()
    for fact in (
        {**parameter_dict(p, command), "name": p.name} for p in command.params if p.param_type_name == "option"
    )
    if fact["names"][0] != "--help"
]
LISTS = {"--wrt", "--shape", "--assume", "--where", "--claim", "--file", "--at", "--show", "--only", "--plot-range"}
TWO = {"integer": ("1", "2"), "number": ("0.5", "2.5"), "text": ("a", "b"), "path": ("a", "b"), "flag": ("", "")}


def gradcli(*argv: str, cwd: Path | str = "/") -> Completed:
    return run(argv, cwd=cwd)


# -- twice


def parsed(command: str, fact: dict[str, Any], *words: str) -> Any:  # Any: an option's value
    """What the command is given for the option."""
    needed = ["x"] if any(p.required for p in COMMANDS[command].params) else []
    return COMMANDS[command].make_context(command, [*needed, *words]).params[fact["name"]]


@pytest.mark.parametrize(("command", "fact"), OPTIONS, ids=[f"{name} {fact['names'][0]}" for name, fact in OPTIONS])
def test_of_an_option_given_twice_the_last_counts_and_lists_add_up(command: str, fact: dict[str, Any]) -> None:
    first, last = (
        (fact["choices"] or [])[:2] if len(fact["choices"] or []) > 1 else TWO.get(fact["type"], ("json",) * 2)
    )
    names = fact["names"]
    if fact["type"] == "flag":
        alone, both = [names[-1]], [names[0], names[-1]]
    else:
        alone, both = [names[0], last], [names[0], first, names[-1], last]
    if fact["repeated"]:
        assert list(parsed(command, fact, *both)) == [first, last]
    else:
        assert parsed(command, fact, *both) == parsed(command, fact, *alone)
    assert fact["repeated"] == bool(LISTS & {*names}), "LISTS has every list"


@pytest.mark.parametrize("argv", [
    ("grad", "x*y*z", "x=1", "y=2", "z=3"), ("jacobian", "[x*y, z]", "x=1", "y=2", "z=3"), ("hessian", "x*y*z", "x=1", "y=2", "z=3"),
    ("grad", "x*y*z"), ("explain", "x*y*z", "x=1", "y=2", "z=3"), ("check", "x*y*z", "z", "--kind", "hessian"),
], ids=" ".join)  # fmt: skip
def test_variables_add_up(argv: tuple[str, ...]) -> None:
    one, two = gradcli(*argv, "--wrt", "x,y"), gradcli(*argv, "--wrt", "x", "--wrt", "y")
    assert (one.code, one.stdout, one.stderr) == (two.code, two.stdout, two.stderr)
    assert one.code == 0
    assert one.stdout != gradcli(*argv, "--wrt", "y").stdout


@pytest.mark.parametrize(("words", "expected"), [
    ("--json", True), ("--format json", True), ("--format=json", True), ("--format json --format text", False),
    ("--format=csv --format json", True), ("--format", False), ("json --format", False),
])  # fmt: skip
def test_errors_are_json_by_the_last_format(words: str, expected: bool) -> None:
    assert asks_for_json(words.split()) is expected


# -- formats by suffix


@pytest.mark.parametrize("known", [known for known in Format if known is not Format.PNG])  # which needs matplotlib
def test_a_suffix_sets_the_format_and_format_goes_before(known: Format, tmp_path: Path) -> None:
    argv = ("jacobian", "[x*x, x]", "x=3")
    for name, options in ((f"J{known.ending}", ()), (f"K{known.ending.upper()}", ()), ("J.dat", ("--format", known))):
        done = gradcli(*argv, *options, "-o", name, cwd=tmp_path)
        assert (done.code, done.stdout, done.stderr) == (0, "", "")
        assert (tmp_path / name).read_bytes() == gradcli(*argv, "--format", known).raw
    gradcli(*argv, "--format", "text", "-o", f"T{known.ending}", cwd=tmp_path)
    assert (tmp_path / f"T{known.ending}").read_text() == "[6.0, 1.0]\n"


@pytest.mark.parametrize("name", ["J.dat", "J", ".json", "json", "J.json.bak"])
def test_another_suffix_keeps_text(name: str, tmp_path: Path) -> None:
    assert gradcli("grad", "x*x", "x=3", "-o", name, cwd=tmp_path).code == 0
    assert (tmp_path / name).read_text() == "6.0\n"


@pytest.mark.parametrize("argv", [("check", "x**2", "2*x"), ("explain", "x**2")], ids=" ".join)
def test_reports_are_json_by_their_suffix_and_hold_no_numbers(argv: tuple[str, ...], tmp_path: Path) -> None:
    assert gradcli(*argv, "-o", "r.json", cwd=tmp_path).code == 0
    assert json.loads((tmp_path / "r.json").read_text())["command"] == argv[0]
    assert gradcli(*argv, "-o", "r.txt", cwd=tmp_path).code == 0
    assert (tmp_path / "r.txt").read_text() == gradcli(*argv).stdout
    done = gradcli(*argv, "-o", "r.csv", cwd=tmp_path)
    assert (done.code, (tmp_path / "r.csv").exists()) == (2, False)
    assert done.stderr.startswith(f"error: {argv[0]} is written as text, json or html")


def test_several_arrays_are_no_npy_file(tmp_path: Path) -> None:
    done = gradcli("grad", "x*y", "x=1", "y=2", "-o", "J.npy", cwd=tmp_path)
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert "choose one variable with --wrt" in done.stderr


# -- the value


@pytest.mark.parametrize(("line", "shown"), [
    ("grad x**2 x=3", "9.0\n"), ("grad x**2*y x=3 y=2", "18.0\n"), ("hessian x**3*y x=2 y=1", "8.0\n"), ("jacobian [x,x*y] x=3 y=2", "[3.0, 6.0]\n"),
    ("grad x**2 x=1,2 --reduce sum", "5.0\n"), ("grad x**2 x=1,2 --select 1", "4.0\n"), ("jacobian x**2 x=1,2 --jvp 1,1", "[1.0, 4.0]\n"),
    ("jacobian [x,x*y] x=3 y=2 --format csv", "3.0\n6.0\n"), ("jacobian x*[1,2] x=3 --format latex", "\\begin{bmatrix} 3.0 \\\\ 6.0 \\end{bmatrix}\n"),
])  # fmt: skip
def test_the_value_is_printed_alone(line: str, shown: str) -> None:
    done = gradcli(*line.split(), "--value")
    assert (done.stdout, done.stderr, done.code) == (shown, "", 0)


def test_the_value_in_files_and_json(tmp_path: Path) -> None:
    argv = ("jacobian", "[x, x*y]", "x=3", "y=2")
    assert gradcli(*argv, "--value", "-o", "f.npy", cwd=tmp_path).code == 0
    assert np.load(tmp_path / "f.npy").tolist() == [3.0, 6.0]
    assert gradcli(*argv, "--value", "--json").stdout == gradcli(*argv, "--json").stdout


def test_the_value_has_the_verdict() -> None:
    """1 - cos(x) loses all digits: the remark and the exit code are those of the derivative's command."""
    argv = ("grad", "(1-cos(x))/x**2", "x=1e-8")
    value, slope = gradcli(*argv, "--value"), gradcli(*argv)
    assert (value.stdout, value.code, value.stderr) == ("0.0\n", 1, slope.stderr)
    assert "the value: 0.0 against 0.5" in value.stderr
    assert (gradcli("grad", "log(x)", "x=0", "--value").stdout, gradcli("grad", "log(x)", "x=0", "--value").code) == (
        "-inf\n",
        5,
    )


@pytest.mark.parametrize(("line", "said"), [
    ("grad x**2", "--value needs values of all names"), ("grad x*y x=1", "--value needs values of all names"),
    ("grad x x=1 --digits 9", "--digits"), ("grad x x=1 --correct", "--correct"), ("jacobian x x=1,2 --vjp 1,1", "--vjp"),
])  # fmt: skip
def test_what_has_no_value_is_refused(line: str, said: str) -> None:
    done = gradcli(*line.split(), "--value")
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


# -- options that a command has not


@pytest.mark.parametrize(("line", "said"), [
    ("grad x --claim x=1", "gradcli grad has no option --claim\ntry: --claim belongs to gradcli check\n"),
    ("hessian x --reduce sum", "gradcli hessian has no option --reduce\ntry: --reduce belongs to gradcli grad\n"),
    ("warm stop --idle 1h", "gradcli warm stop has no option --idle\ntry: --idle belongs to gradcli warm start, warm serve\n"),
    ("grad x --wtr x", "gradcli grad has no option --wtr\ntry: did you mean --wrt?\n"),
    ("grad x --nosuch", "gradcli grad has no option --nosuch\ntry: gradcli grad --help\n"),
    ("--json grad x", "gradcli has no option --json\ntry: options stand behind the command: gradcli grad ... --json\n"),
])  # fmt: skip
def test_an_unknown_option_is_told_by_what_the_commands_take(line: str, said: str) -> None:
    done = gradcli(*line.split())
    message = json.loads(done.stderr)["error"] if "--json" in line else None
    shown = f"error: {message['message']}\ntry: {message['hint']}\n" if message else done.stderr
    assert (done.code, done.stdout, shown) == (2, "", f"error: {said}")


@pytest.mark.parametrize(("line", "said"), [
    ("grad x --order", "--order needs a value: a whole number\ntry: gradcli grad --help\n"),
    ("grad x --wrt", "--wrt needs a value: NAMES\ntry: gradcli grad --help\n"),
    ("grad x -o", "-o needs a value: FILE\ntry: gradcli grad --help\n"),
    ("grad x --order two", "--order is a whole number, not two\ntry: gradcli grad --help\n"),
    ("grad x --order 2 --order=2.5", "--order is a whole number, not 2.5\ntry: gradcli grad --help\n"),
    ("jacobian x --rtol small", "--rtol is a number, not small\ntry: gradcli jacobian --help\n"),
    ("grad x --dtype=float65", "--dtype is float64, float32, bfloat16, float16, not float65\ntry: did you mean float64?\n"),
    ("check x 1 --format yaml", "--format is text, json, csv, latex, html, npy, npz, mtx, png, not yaml\ntry: gradcli check --help\n"),
    ("grad x --quiet=yes", "--quiet takes no value\ntry: gradcli grad --help\n"),
    ("hessian", "gradcli hessian needs EXPRESSION\ntry: gradcli hessian 'x**2*y + y**3' x=1 y=2\n"),
    ("explain", "gradcli explain needs EXPRESSION\ntry: gradcli explain 'x**2' x=3\n"),
    ("explain x --run f.py", "--run takes a script and its words, and no expression: x\ntry: gradcli explain --run SCRIPT [ARGS]...\n"),
    ("gra x", "gradcli has no command gra\ntry: did you mean grad?\n"),
    ("warm frob", "gradcli warm has no command frob\ntry: gradcli warm --help\n"),
    ("ops log likelihood", "gradcli ops takes [NAME] and nothing more\ntry: a text of several words stands between quotes; gradcli ops --help\n"),
    ("warm stop now", "gradcli warm stop takes no words\ntry: gradcli warm stop --help\n"),
])  # fmt: skip
def test_a_misused_option_or_word_is_told_by_what_the_command_takes(line: str, said: str) -> None:
    done = gradcli(*line.split())
    assert (done.code, done.stdout, done.stderr) == (2, "", f"error: {said}")


def test_what_is_said_without_v_is_said_with_it() -> None:
    line = ["grad", "x.max(0)", "x=1,3,2"]
    note = "note: .max gives values, indices; the values are taken\n"
    assert (gradcli(*line).stderr, note in gradcli(*line, "-v").stderr) == (note, True)


# -- functions by a word


@pytest.mark.parametrize(("word", "first", "among"), [
    ("hyperbolic", "sinh", "atanh"), ("determinant", "det", "logdet"), ("Bessel", "bessel_j0", "besselj"), ("moore penrose", "pinv", "pinv"),
    ("**", "pow", "pow"), ("+", "add", "lerp"),
])  # fmt: skip
def test_a_word_that_is_no_function_is_searched_for(word: str, first: str, among: str) -> None:
    done = gradcli("ops", word)
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert (done.code, names[0], among in names) == (0, first, True)
    assert [row["name"] for row in json.loads(gradcli("ops", word, "--json").stdout)] == names


@pytest.mark.parametrize(
    ("word", "hint"), [("sofmax", "did you mean softmax?"), ("nosuch", "gradcli ops lists them"), ("", "gradcli ops")]
)
def test_a_word_that_nothing_speaks_of_is_an_unknown_function(word: str, hint: str) -> None:
    done = gradcli("ops", word)
    assert (done.code, done.stdout, hint in done.stderr) == (3, "", True)
