"""What is told of a script that has ended: the error, the user's own frames, the lines; or why nothing is."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from script.running import NON_SCALAR, looked_at, written

from gradcli.catalogue.pasted import Place, read_pasted
from gradcli.catalogue.recognise import recognise
from gradcli.foreign.script import look
from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.launch import Streams, launch
from gradcli.foreign.script.told import Told, read_told

GRAD_OF_NON_LEAF = "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed."
RAISE = f"raise RuntimeError({NON_SCALAR!r})"


def told_of(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> Told:
    """Of script.py among the files (named without their ending), which must have told something."""
    monkeypatch.chdir(folder)
    written(folder, {f"{name}.py": text for name, text in files.items()})
    told = looked_at(["script.py"]).told
    assert told is not None
    return told


def test_the_users_own_frames_and_the_lines_around_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import helper, functools\n\ndef step(_, x):\n    helper.backward(x)\n\nfunctools.reduce(step, [1, 2])\n"
    told = told_of(tmp_path, monkeypatch, script=script, helper=f"def backward(x):\n    y = x\n    {RAISE}\n")
    assert told.ended == "error"
    assert (told.kind, told.thread, told.wrapped, told.finding, told.trouble) == ("RuntimeError", "", "", None, "")
    script_file, helper = str(tmp_path / "script.py"), str(tmp_path / "helper.py")
    assert told.places == (
        Place(script_file, 6, "<module>", "functools.reduce(step, [1, 2])"),
        Place(script_file, 4, "step", "helper.backward(x)"),
        Place(helper, 3, "backward", RAISE),
    )
    assert [(place.line, place.code) for place in told.lines] == [(2, "    y = x"), (3, f"    {RAISE}")]


def test_an_error_of_another_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "part")
    script = "import os, helper\nos.chdir('/')\nhelper.fail()\n"
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "helper.py").write_text(f"def fail():\n    {RAISE}\n")
    told = told_of(tmp_path, monkeypatch, script=script)
    assert told.places[-1] == Place(str(tmp_path / "part" / "helper.py"), 2, "fail", RAISE)


def test_installed_packages_are_not_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "venv/site-packages")
    (tmp_path / "venv" / "site-packages").mkdir(parents=True)
    (tmp_path / "venv" / "site-packages" / "library.py").write_text(f"def fail():\n    {RAISE}\n")
    written(tmp_path, {"venv/script.py": "import library\nlibrary.fail()\n"})
    monkeypatch.chdir(tmp_path)
    told = looked_at(["venv/script.py"]).told
    assert told is not None
    assert [place.line for place in told.places] == [2]


@pytest.mark.parametrize(
    ("script", "wrapped"),
    [
        (f"try:\n    {RAISE}\nexcept RuntimeError as error:\n    raise KeyError('mine') from error", "KeyError"),
        (f"try:\n    {RAISE}\nexcept RuntimeError:\n    missing", "NameError"),
        (f"try:\n    {RAISE}\nexcept RuntimeError as error:\n    raise ExceptionGroup('g', [KeyError(), error])", "ExceptionGroup"),
    ],
)  # fmt: skip
def test_the_error_that_is_known_is_told_of_those_raised_of_it(
    script: str, wrapped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = told_of(tmp_path, monkeypatch, script=script)
    assert (told.kind, told.wrapped, told.places[-1].line) == ("RuntimeError", wrapped, 2)
    assert NON_SCALAR in told.text


def test_the_frames_above_a_caught_error_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = f"def f():\n    {RAISE}\ndef g():\n    try:\n        f()\n    except RuntimeError as e:\n        raise KeyError from e\ng()"
    told = told_of(tmp_path, monkeypatch, script=script)
    assert [(place.line, place.function) for place in told.places] == [(8, "<module>"), (5, "g"), (2, "f")]


def test_an_error_of_a_thread_is_told_where_there_is_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = f"import threading\ndef work():\n    {RAISE}\nthreading.Thread(target=work, name='loader').start()"
    told = told_of(tmp_path, monkeypatch, script=script)
    assert (told.kind, told.thread, told.places[-1].line) == ("RuntimeError", "loader", 3)
    assert told_of(tmp_path, monkeypatch, script=f"{script}\n1 / 0").kind == "ZeroDivisionError"


@pytest.mark.parametrize(
    "call",
    [
        "multiprocessing.Pool(1).map(work, [1])",
        "list(concurrent.futures.ProcessPoolExecutor(1).map(work, [1]))",
        f"raise RuntimeError('Caught RuntimeError in worker 0.\\nOriginal Traceback (most recent call last):\\n'"
        f"'  File \"script.py\", line 3, in work\\n    raise\\nRuntimeError: {NON_SCALAR}')",
    ],
)
def test_the_line_in_another_process_is_told(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        f"import multiprocessing, concurrent.futures\ndef work(_):\n    {RAISE}\nif __name__ == '__main__':\n    {call}"
    )
    told = told_of(tmp_path, monkeypatch, script=script)
    assert told.remote
    assert [(Path(place.file).name, place.line) for place in told.places] == [("script.py", 5), ("script.py", 3)]


def test_warnings_that_were_shown_stand_before_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "import warnings\nwarnings.warn('seen')\nwarnings.simplefilter('ignore')\nwarnings.warn('not seen')\n"
        f"with warnings.catch_warnings(record=True):\n    warnings.simplefilter('always')\n    warnings.warn('caught')\n{RAISE}"
    )
    told = told_of(tmp_path, monkeypatch, script=script)
    first, second = told.text.splitlines()[:2]
    assert first == f"{tmp_path / 'script.py'}:2: UserWarning: seen"
    assert second.startswith("Traceback")


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("warn()\nd = {}\nd['x']", "KeyError"),
        ("warn(); {}['x']", "its warning"),
        ("warn()\ng = None\ng.norm()", "its warning"),
    ],
)
def test_a_warning_stands_only_for_an_error_that_follows_from_it(
    script: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warn = f"import warnings\nwarn = lambda: warnings.warn({GRAD_OF_NON_LEAF!r}, stacklevel=2)\n"
    told = told_of(tmp_path, monkeypatch, script=warn + script)
    found = recognise(read_pasted(told.text)).message
    assert found is None if kind == "KeyError" else found is not None


@pytest.mark.parametrize("text", ["x = (", "x = 1\0"])
def test_a_script_that_python_cannot_read(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_of(tmp_path, monkeypatch, script=text).ended == "syntax"
    assert told_of(tmp_path, monkeypatch, script="import part", part=text).ended == "error"


def test_a_module_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_of(tmp_path, monkeypatch, script="import not_there.at_all").missing == "not_there"


@pytest.mark.parametrize(
    ("script", "ended"),
    [("pass", "well"), ("raise SystemExit(3)", "well"), ("import os; os._exit(0)", None), ("import os; os.abort()", None)],
)  # fmt: skip
def test_an_end_without_an_error(script: str, ended: str | None, tmp_path: Path) -> None:
    written(tmp_path, {"script.py": script})
    told = looked_at([str(tmp_path / "script.py")]).told
    assert (told and told.ended) == ended


def test_an_error_with_hostile_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "class E(Exception):\n    def __str__(self): 1 / 0\n    __cause__ = property(lambda s: 1 / 0)\nraise E"
    told = told_of(tmp_path, monkeypatch, script=script)
    assert (told.ended, told.kind) == ("error", "")


# -- the finder


def failure() -> Failure:
    """Of a call in this file."""
    try:
        raise RuntimeError(NON_SCALAR)
    except RuntimeError as error:
        found, _ = look.chosen(error, look.Noted(script=__file__, folder="/"))
        return found


def finder(monkeypatch: pytest.MonkeyPatch, find: object) -> Failure:
    """A failure whose row names a finder that calls ``find``."""
    module = type(sys)("planted")
    module.find = find  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradcli.foreign.script.finders.planted", module)
    return named(failure(), "planted")


def named(found: Failure, name: str) -> Failure:
    message = found.recognised.message
    assert message is not None
    recognised = dataclasses.replace(found.recognised, message=dataclasses.replace(message, finder=name))
    return dataclasses.replace(found, recognised=recognised)


def test_a_frame_has_the_columns_of_its_call() -> None:
    frame = failure().frames[-1]
    line = Path(__file__).read_text().splitlines()[frame.line - 1]
    assert frame.columns is not None
    assert line[slice(*frame.columns)] == "raise RuntimeError(NON_SCALAR)"


def test_a_finding_is_told_in_bounded_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "odd"

    edit = Edit("a.py", 3, "old", "n" * 10_000, mechanical=True)
    found = Finding(cause="non_scalar_output", place=Place("a.py", 3), says="s" * 10_000, variable=Odd("x"), edit=edit)
    finding, trouble = look._asked(finder(monkeypatch, lambda _: found))
    assert finding is not None
    assert trouble == ""
    assert (len(finding.says), finding.edit and len(finding.edit.new), finding.variable) == (2000, 2000, "odd")


def test_a_change_that_python_could_not_read_is_not_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "script.py"
    file.write_text("y = (x * 2).detach()")
    for new, kept in (("y = (x * 2", False), ("y = (x * 2)", True)):
        edit = Edit(str(file), 1, "y = (x * 2).detach()", new, mechanical=True)
        found = Finding(cause="detached", place=Place(str(file), 1), says="", edit=edit)
        finding, _ = look._asked(finder(monkeypatch, lambda _, found=found: found))
        assert finding is not None
        assert (finding.edit is not None) is kept


def test_a_finder_that_fails_says_why_and_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    finding, trouble = look._asked(finder(monkeypatch, lambda failure: failure.no_such_thing))
    assert finding is None
    assert "no_such_thing" in trouble
    assert look._asked(named(failure(), "not_written_yet")) == (None, "")


def test_what_was_written_by_somebody_else_is_not_read() -> None:
    told = Told(ended="error", text="\ud800é", places=(Place("a.py", 1),))
    assert read_told(told.to_json()) == told
    for data in (
        b"",
        b"{",
        b"[]",
        b'{"ended": 1}',
        b'{"ended": "error", "places": [1]}',
        b'{"ended": "well", "more": ""}',
    ):
        assert read_told(data) is None


# -- signals


def signalled(number: int, script: str, folder: Path) -> subprocess.Popen[str]:
    """A process that runs the script, sent a signal as soon as the script has said that it is there."""
    written(folder, {"script.py": script})
    code = "import sys; from gradcli.foreign.script.launch import launch; e = launch(sys.argv[1]); print(e.exit, e.interrupted)"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "script.py")],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    os.kill(process.pid, number)
    return process


def test_a_signal_that_is_sent_to_us_reaches_the_script(tmp_path: Path) -> None:
    script = "import time\nprint('there', flush=True)\ntime.sleep(60)"
    done = signalled(signal.SIGINT, script, tmp_path)
    assert done.communicate(timeout=60)[0] == f"{-signal.SIGINT} True\n"
    done = signalled(signal.SIGTERM, script, tmp_path)
    assert done.communicate(timeout=60)[0] == ""
    assert done.returncode == -signal.SIGTERM


def test_a_script_may_handle_an_interrupt(tmp_path: Path) -> None:
    script = "import time\ntry:\n    print('there', flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    raise SystemExit(7)"
    assert signalled(signal.SIGINT, script, tmp_path).communicate(timeout=60)[0] == "7 False\n"


def test_a_script_whose_time_is_up_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rings(*_: object) -> None:
        raise TimeoutError

    written(
        tmp_path,
        {"script.py": f"import time, os\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"},
    )
    before = signal.signal(signal.SIGALRM, rings)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1)
        with pytest.raises(TimeoutError):
            launch(str(tmp_path / "script.py"), streams=Streams())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if (tmp_path / "pid").exists():  # it had begun
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)


# -- the modes


def test_a_gradient_that_is_nan_is_an_error_where_that_is_asked(tmp_path: Path) -> None:
    script = "import torch\nx = torch.zeros(2, requires_grad=True)\n(x * x.norm()).sum().backward()\nprint(x.grad)"
    written(tmp_path, {"script.py": script.replace("x.norm()", "(x.sqrt() * 0)")})
    plain, asked = (looked_at([str(tmp_path / "script.py")], *options) for options in ((), ("nan",)))
    assert (plain.exit, asked.exit) == (0, 1)
    assert "nan" in plain.out
    assert asked.told is not None
    assert asked.told.places[-1].line == 3
    assert "returned nan values" in asked.told.text


def test_a_traced_script_ends_as_an_untraced_one(tmp_path: Path) -> None:
    written(
        tmp_path, {"script.py": "import torch\nx = torch.ones(3, requires_grad=True)\nprint(x)\n(2 * x).backward()"}
    )
    plain, traced = (looked_at([str(tmp_path / "script.py")], *options) for options in ((), ("trace",)))
    assert (plain.exit, plain.out, plain.err) == (traced.exit, traced.out, traced.err)
    assert plain.told is not None
    assert traced.told is not None
    assert plain.told.places == traced.told.places


WARNED = """
import torch
x = torch.ones(3, requires_grad=True)
y = x * 2
y.grad
try:
    y.backward()
except RuntimeError as error:
    raise ValueError("no training") from error
"""


def test_a_traced_script_prints_its_warnings_and_the_errors_before_the_last_as_an_untraced_one(tmp_path: Path) -> None:
    written(tmp_path, {"script.py": WARNED})
    plain, traced = (looked_at([str(tmp_path / "script.py")], *options) for options in ((), ("trace",)))
    assert "script.py:5: UserWarning" in plain.err
    assert "direct cause" in plain.err
    assert plain.err == traced.err


def test_a_line_of_ours_in_another_process_is_none_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = look.__file__
    call = (
        "raise RuntimeError('Caught RuntimeError in worker 0.\\nOriginal Traceback (most recent call last):\\n'"
        f'\'  File "script.py", line 3, in work\\n    f()\\n  File "{ours}", line 1, in f\\n    raise\\n\''
        f"'RuntimeError: {NON_SCALAR}')"
    )
    told = told_of(tmp_path, monkeypatch, script=call)
    assert [(Path(place.file).name, place.line) for place in told.places] == [("script.py", 1), ("script.py", 3)]
