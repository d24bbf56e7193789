"""MODULE:FUNCTION is found, or it is said what is missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from gradcli.base.errors import InputError, LimitError
from gradcli.base.limits import alarm
from gradcli.foreign.compare import check_functions
from gradcli.foreign.load import load, users_code


def test_a_function_of_a_file(module: Callable[..., str]) -> None:
    assert load(module("def square(x):\n    return x * x") + ":square")(3.0) == 9.0


def test_a_function_of_a_module_in_the_current_directory(
    module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module("def cube(x):\n    return x**3", "losses_here.py")
    monkeypatch.chdir(tmp_path)
    assert load("losses_here:cube")(2.0) == 8.0


def test_a_function_of_a_module_in_a_package(
    module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module("", "package_here/__init__.py")
    module("half = 0.5", "package_here/util.py")
    module("from .util import half\ndef f(x):\n    return half * x", "package_here/losses.py")
    monkeypatch.chdir(tmp_path)
    assert load("package_here.losses:f")(2.0) == 1.0
    with pytest.raises(InputError, match="relative import") as caught:
        load("package_here/losses.py:f")
    assert "package.losses:FUNCTION" in str(caught.value.hint)


def test_dotted_attributes_after_the_colon(module: Callable[..., str]) -> None:
    source = "class Huber:\n    class Inner:\n        @staticmethod\n        def slope(x):\n            return 2 * x\n"
    assert load(module(source) + ":Huber.Inner.slope")(2.0) == 4.0


def test_the_current_directory_comes_first_and_the_path_is_restored(
    module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module(
        "import sys\nfrom helper_here import which\npath = list(sys.path)\ndef f():\n    return which", "deep/losses.py"
    )
    module("which = 'beside the file'", "deep/helper_here.py")
    module("which = 'current'", "helper_here.py")
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    found = load("deep/losses.py:f")
    assert found() == "current"
    assert sys.path == before
    assert found.__globals__["path"][:2] == [str(tmp_path), str(tmp_path / "deep")]


def test_what_a_module_adds_to_the_path_stays(module: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    load(module("import sys\nsys.path.append('/somewhere/else')\ndef f(): pass") + ":f")
    assert sys.path[-1] == "/somewhere/else"


def test_a_module_is_imported_once(module: Callable[..., str]) -> None:
    path = module("calls = []\ndef f():\n    return calls\ndef g():\n    return calls")
    assert load(f"{path}:f")() is load(f"{path}:g")()


def test_a_changed_file_is_read_again(module: Callable[..., str]) -> None:
    path = module("def f():\n    return 1")
    assert load(f"{path}:f")() == 1
    module("def f():\n    return 2")
    os.utime(path, ns=(1, 1))
    assert load(f"{path}:f")() == 2


@pytest.mark.parametrize("by_name", [False, True])
def test_texts_of_one_length_in_one_second_do_not_mix(
    by_name: bool, module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.chdir(tmp_path)
    found = []
    for n, factor in enumerate((2, 3)):
        for name in ("factors_here", "slopes_here"):
            sys.modules.pop(name, None)
        module(f"factor = {factor}", "factors_here.py")
        path = module(f"from factors_here import factor\ndef f(x): return {factor}*factor*x", "slopes_here.py")
        for made in (tmp_path / "factors_here.py", Path(path)):
            os.utime(made, ns=(10**18 + n, 10**18 + n))  # the same second
        found.append(load("slopes_here:f" if by_name else f"{path}:f")(1.0))
    assert found == [4.0, 9.0]


def test_files_of_the_same_name_do_not_mix(module: Callable[..., str]) -> None:
    one, two = (load(module(f"def f():\n    return {k}", f"{k}/same.py") + ":f") for k in (1, 2))
    assert (one(), two()) == (1, 2)


def test_dataclasses_and_late_imports_work_in_a_file(module: Callable[..., str]) -> None:
    module("slope = 3.0", "late_helper_here.py")
    source = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    x: float\n"
        "def f(x):\n    from late_helper_here import slope\n    return P(slope * x).x\ndef g(x):\n    return 3.0\n"
    )
    path = module(source)
    (result,) = check_functions(load(f"{path}:f"), load(f"{path}:g"), {"x": np.array(2.0)})
    assert result.conclusion == "agrees"


def test_what_a_module_prints_goes_to_stderr(module: Callable[..., str], capfd: pytest.CaptureFixture[str]) -> None:
    source = "import os, sys\nprint('one')\nsys.stdout.write('two')\nos.system('echo three')\nos.write(1, b'four')\ndef f(): pass"
    load(module(source) + ":f")
    print("mine")
    out, err = capfd.readouterr()
    assert out == "mine\n"
    assert all(word in err for word in ("one", "two", "three", "four"))


def test_a_closed_stdout_is_no_obstacle(module: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: int) -> int:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "dup", closed)
    assert load(module("print('x')\ndef f(): return 1") + ":f")() == 1


@pytest.mark.parametrize(("text", "says", "hint"), [
    ("losses", "'losses' names no function", "MODULE:FUNCTION"),
    ("losses:", "names no function", "MODULE:FUNCTION"),
    (":f", "names no function", "MODULE:FUNCTION"),
    ("losses:f(x)", "names no function", "MODULE:FUNCTION"),
    ("losses.py", "names no function", "MODULE:FUNCTION"),
    ("my-losses:f", "'my-losses' is not the name of a module", "MODULE:FUNCTION"),
    (".losses:f", "is not the name of a module", "MODULE:FUNCTION"),
    ("folder/losses_near:f", "is not the name of a module", "did you mean folder/losses_near.py?"),
    ("losses_neer:f", "there is no module 'losses_neer'", "did you mean losses_near?"),
    ("package_neer:f", "there is no module 'package_neer'", "did you mean package_near?"),
    ("package_near.absent:f", "there is no module 'package_near.absent'", "did you mean package_near?"),
    ("qqqq:f", "there is no module 'qqqq'", "current directory"),
    ("losses_neer.py:f", "there is no file losses_neer.py", "did you mean losses_near.py?"),
    ("folder:f", "folder has no 'f'", None),
    ("nowhere/losses.py:f", "there is no file nowhere/losses.py", None),
    ("losses_near.py:hubber", "losses_near.py has no 'hubber'", "did you mean huber?"),
    ("losses_near.py:zzz", "has no 'zzz'", "it defines Model, huber"),
    ("losses_near.py:Model.slopes", "losses_near.py.Model has no 'slopes'", "did you mean slope?"),
    ("losses_near.py:DATA", "is not a function but of type list", None),
    ("los\0ses.py:f", "los", None),
])  # fmt: skip
def test_what_cannot_be_found(
    text: str, says: str, hint: str | None, module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "DATA = [1]\ndef huber(x): pass\nclass Model:\n    def slope(self): pass\n"
    for name in ("losses_near.py", "folder/losses_near.py", "package_near/__init__.py"):
        module(source, name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        load(text)
    assert caught.value.kind == "python"
    assert caught.value.code == 4
    assert says in caught.value.message
    assert (hint or "") in str(caught.value.hint)
    assert "\0" not in caught.value.message


@pytest.mark.parametrize(("source", "says"), [
    ("x = 1\nx / 0\n", "ZeroDivisionError: division by zero (broken.py:2)"),
    ("def f(x:\n    pass", "SyntaxError: '(' was never closed (broken.py:1)"),
    ("import a_package_that_is_not_there", "No module named 'a_package_that_is_not_there' (broken.py:1)"),
    ("import math\n\nmath.sqrt(-1)", "ValueError: math domain error (broken.py:3)"),
    ("class Own(Exception): pass\nraise Own('why\\x1b[2J')", "Own: why\\x1b[2J (broken.py:2)"),
    ("import json\njson.loads('{')", "(broken.py:2)"),
    ("import sys\nsys.exit(3)", "ended Python: SystemExit(3) (broken.py:2)"),
    ("raise SystemExit", "ended Python: SystemExit(None) (broken.py:1)"),
    ("def f(): f()\nf()", "RecursionError"),
    ("class Bad(Exception):\n    def __str__(self): raise ValueError\nraise Bad", "Bad"),
])  # fmt: skip
def test_what_breaks_while_it_is_imported(
    source: str, says: str, module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module(source, "broken.py")
    monkeypatch.chdir(tmp_path)
    for text in ("broken.py:f", "broken:f"):
        with pytest.raises(InputError) as caught:
            load(text)
        assert caught.value.kind == "python"
        assert says in caught.value.message
        assert "importing broken" in caught.value.message
        assert "broken" not in sys.modules


def test_a_script_that_exits_is_told_about_main(module: Callable[..., str]) -> None:
    with pytest.raises(InputError) as caught:
        load(module("import sys\nsys.exit()") + ":f")
    assert "__main__" in str(caught.value.hint)


def test_an_interrupt_passes(module: Callable[..., str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        load(module("raise KeyboardInterrupt") + ":f")


def test_an_alarm_passes_through_code_that_catches_everything(module: Callable[..., str]) -> None:
    source = "while True:\n    try:\n        pass\n    except Exception:\n        pass\n"
    with pytest.raises(LimitError), alarm(0.2, "too slow"):
        load(module(source) + ":f")


def test_a_namesake_that_is_loaded_is_not_taken_for_it(
    module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module("def f(x): return 'mine'", "torch.py")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="loaded already") as caught:
        load("torch:f")
    assert str(caught.value.hint) == "name the file: ./torch.py:FUNCTION"
    assert load("./torch.py:f")(0) == "mine"
    assert sys.modules["torch"] is torch


def test_a_removed_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with users_code():
        pass
    monkeypatch.chdir(tmp_path)
