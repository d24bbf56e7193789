"""``gradcli explain --run``: whose words are whose, what is printed where, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from places import PACKAGE
from script.running import NON_SCALAR, Ran, plainly, written

import gradcli
from gradcli.cli.script import cut

VALIDATOR = jsonschema.Draft202012Validator(json.loads((PACKAGE / "schema.json").read_text()))
SCRIPT = f"import sys\nprint('out', *sys.argv[1:])\n\nraise RuntimeError({NON_SCALAR!r})\n"


def command(*words: str, folder: Path, **environment: str) -> Ran:
    """``gradcli explain WORDS`` in a folder."""
    return plainly(["-m", "gradcli", "explain", *words], folder, **environment)


@pytest.mark.parametrize(
    ("words", "ours", "script"),
    [
        (["explain", "--run", "a.py"], ["explain", "--run=a.py"], []),
        (["explain", "--trace", "--run", "a.py", "--json", "--run", "b"], ["explain", "--trace", "--run=a.py"], ["--json", "--run", "b"]),
        (["--debug", "explain", "--run=a.py", "-h"], ["--debug", "explain", "--run=a.py"], ["-h"]),
        (["explain", "--run", "-m", "pkg", "-v"], ["explain", "--run=-m"], ["pkg", "-v"]),
        (["explain", "--run"], ["explain", "--run"], []),
        (["grad", "--run", "a.py"], ["grad", "--run", "a.py"], []),
    ],
)  # fmt: skip
def test_all_behind_the_script_is_the_scripts(words: list[str], ours: list[str], script: list[str]) -> None:
    line = cut(words)
    assert (list(line.ours), list(line.script)) == (ours, script)
    assert line.runs_script == any(word.startswith("--run=") for word in ours)


def test_an_error_that_is_known(tmp_path: Path) -> None:
    written(tmp_path, {"train.py": SCRIPT})
    done = command("--run", "train.py", "--seed", "3", "--json", folder=tmp_path)
    assert done.exit == 0
    first, headline, *rest = done.out.splitlines()
    assert first == "out --seed 3 --json"
    assert headline.startswith("train.py:4: ")
    assert "> 4  raise RuntimeError(" in done.out
    assert "--trace --run train.py" in done.out
    plain = subprocess.run([sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.err == plain.stderr
    assert rest


def test_json_alone_is_on_stdout(tmp_path: Path) -> None:
    written(tmp_path, {"train.py": f"import os\nos.system('echo deep')\n{SCRIPT}"})
    done = command("--json", "--run", "train.py", "a", folder=tmp_path)
    made = json.loads(done.out)
    VALIDATOR.validate(made)
    assert "deep\n" in done.err
    assert "out a\n" in done.err
    assert made["args"] == ["a"]
    assert (made["file"], made["line"], made["exit"]) == (str(tmp_path / "train.py"), 6, 1)
    assert made["raised"]["kind"] == "RuntimeError"
    assert made["causes"]
    assert made["error"] == f"RuntimeError: {NON_SCALAR}"


@pytest.mark.parametrize(
    ("script", "code", "says", "own"),
    [
        ("print('fine')", 0, "ended well", 0),
        ("import sys; sys.exit(3)", 5, "exit code 3", 3),
        ("import os; os._exit(0)", 0, "before it could be looked at", 0),
        ("import os; os.kill(os.getpid(), 9)", 5, "SIGKILL", -9),
        ("\n{}['x']", 5, "script.py:2: KeyError: 'x'", 1),
    ],
)
def test_other_ends(script: str, code: int, says: str, own: int, tmp_path: Path) -> None:
    written(tmp_path, {"script.py": script})
    done = command("--run", "script.py", folder=tmp_path)
    assert done.exit == code
    assert says in done.out
    made = gradcli.explain_run(str(tmp_path / "script.py"), apart=True)
    VALIDATOR.validate(made.to_dict())
    assert (made.exit, made.exit_code()) == (own, code)
    assert (made.to_dict()["error"] is None) == ("KeyError" not in says)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--run", "absent.py"], 4, "there is no file absent.py"),
        (["--run", "."], 4, "is a folder"),
        (["--run", "syntax.py"], 4, "SyntaxError"),
        (["--run", "module.py"], 7, "not_there_at_all"),
        (["--run", "-m"], 2, "-m needs"),
        (["--run"], 2, "--run needs a value: SCRIPT"),
        (["x**2", "--run", "syntax.py"], 2, "no expression"),
        (["--wrt", "x", "--run", "syntax.py"], 2, "--wrt says something of a function"),
        (["--trace", "x**2"], 2, "--trace goes with --run"),
        (["--timeout", "0.5", "--run", "endless.py"], 6, "more than 0.5 s"),
        (["--run", "interrupted.py"], 130, ""),
    ],
)
def test_what_is_refused(words: list[str], code: int, says: str, tmp_path: Path) -> None:
    files = {
        "syntax.py": "x = (",
        "module.py": "import not_there_at_all",
        "endless.py": "import time\ntime.sleep(100)",
        "interrupted.py": "raise KeyboardInterrupt",
    }
    written(tmp_path, files)
    done = command(*words, folder=tmp_path)
    assert (done.exit, done.out) == (code, "")
    assert says in done.err
    if code == 7:
        assert sys.executable in done.err


def test_an_option_of_ours_that_the_script_refuses_is_said_to_be_its(tmp_path: Path) -> None:
    written(tmp_path, {"script.py": "import argparse\nargparse.ArgumentParser().parse_args()"})
    assert "--trace was given to the script" in command("--run", "script.py", "--trace", folder=tmp_path).err
    assert "was given" not in command("--run", "script.py", "--other", folder=tmp_path).err


def test_a_script_has_its_own_environment(tmp_path: Path) -> None:
    written(tmp_path, {"script.py": "import os\nprint(sorted(os.environ.items()))"})
    variables = {"OMP_NUM_THREADS": ""} if "OMP_NUM_THREADS" not in os.environ else {}
    plain = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | variables,
    )
    assert command("--run", "script.py", folder=tmp_path, **variables).out.startswith(plain.stdout)


def test_the_python_twin_takes_the_options_names(tmp_path: Path) -> None:
    with pytest.raises(gradcli.UsageError, match="no option 'tracing'"):
        gradcli.explain_run("a.py", tracing=True)  # type: ignore[call-arg]
    with pytest.raises(gradcli.GradcliError, match="there is no file"):
        gradcli.explain_run(str(tmp_path / "a.py"))
