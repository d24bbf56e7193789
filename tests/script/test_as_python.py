"""A script that is looked at runs as it does under plain Python: what it sees, prints, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from script.running import NON_SCALAR, looked_at, plainly, written

FACTS = """
import json, sys
print(json.dumps([__name__, __file__, sys.argv, sys.path, sys.orig_argv[1:], str(__spec__and_name), __package__,
                  type(__builtins__).__name__, sorted(k for k in globals() if k.startswith("__")), __doc__,
                  __cached__, type(__loader__).__name__, sys.flags.safe_path, sys.modules["__main__"].__name__]))
""".replace("__spec__and_name", "__spec__ and __spec__.name")

ENDS = {
    "well": "print('done')",
    "an error": "def f(x):\n    return 1 / x\n\nf(\n    0\n)",
    "an error raised of another": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError(1) from error",
    "an error of an imported module": "import helper\nhelper.fail()",
    "a group of errors": "raise ExceptionGroup('two', [ValueError(1), KeyError(2)])",
    "a syntax error": "x = (1,\ny = 2",
    "a syntax error of an import": "import broken",
    "no such module": "import not_there_at_all",
    "endless recursion": "def f(): f()\nf()",
    "an exit code": "import sys; sys.exit(3)",
    "an exit with words": "import sys; sys.exit('stopped')",
    "an exit at once": "import os; print('lost'); os._exit(4)",
    "an interrupt of its own": "import atexit; atexit.register(print, 'bye')\nraise KeyboardInterrupt",
    "a signal": "import os; os.kill(os.getpid(), 9)",
    "functions at exit": "import atexit; atexit.register(print, 'bye')\nraise ValueError('first')",
    "an error at exit": "import atexit; atexit.register(lambda: 1 / 0)",
    "an error in a thread": "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='w'); t.start(); t.join()",
    "a thread that outlives it": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()\nraise ValueError",
    "its own hook": "import sys\nsys.excepthook = lambda *a: print('hook', a[1], a[2].tb_lineno)\n1 / 0",
    "its own hook, broken": "import sys\nsys.excepthook = lambda *a: missing\n1 / 0",
    "warnings": "import warnings\nwarnings.warn('careful')\n"
    "with warnings.catch_warnings(record=True) as log:\n    warnings.simplefilter('always'); warnings.warn('quiet')\n"
    "print(len(log))",
    "closed streams": "import os\nos.closerange(0, 100)\nraise ValueError",
    "another directory": "import os\nos.chdir('/')\nimport helper\nhelper.fail()",
    "a fork that fails": "import os\nif os.fork() == 0:\n    raise ValueError('child')\nos.wait()\nprint('parent', flush=True)\nos._exit(0)",
    "megabytes": "import sys\nprint('x' * 3_000_000)\nsys.stderr.write('y' * 300_000)",
    "namesakes": "import random, base, ast\nprint(random.here, base.here, ast.here)\n1 / 0",
    "a gradcli of its own": "import gradcli\nprint(gradcli.here)\n1 / 0",
    "what it has loaded": "import sys\nprint(sorted(sys.modules.keys() & {'json', 're', 'enum', 'threading', 'gradcli'}))",
    "processes that are spawned": "import multiprocessing, dataclasses\n"
    "@dataclasses.dataclass\nclass Point:\n    x: int\n"
    "def twice(p): return Point(2 * p.x)\n"
    "if __name__ == '__main__':\n"
    "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n        print(pool.map(twice, [Point(3)]))",
    "pickles": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
}  # fmt: skip
KINDS = {  # of what was told, where something stands in the way of the look
    "namesakes": "ZeroDivisionError",
    "a gradcli of its own": "ZeroDivisionError",
    "closed streams": "ValueError",
    "another directory": "ValueError",
    "endless recursion": "RecursionError",
    "its own hook, broken": "ZeroDivisionError",
    "an error in a thread": "ZeroDivisionError",
    "a fork that fails": None,
    "an exit at once": None,
}
_VARIES = re.compile(r"0x[0-9a-f]+|\d+(?= more times)")  # addresses; how deep Python's stack is
BESIDE = {
    "helper.py": "def fail():\n    raise ValueError('of the helper')\n",
    "broken.py": "def f(:\n",
    **{f"{name}.py": "here = True\n" for name in ("random", "base", "ast")},
}


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_and_prints_as_under_python(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    beside = BESIDE if name != "a gradcli of its own" else {"gradcli.py": "here = True\n"}
    written(tmp_path, {"script.py": ENDS[name], **(beside if name not in {"what it has loaded"} else {})})
    plain, looked = plainly(["script.py", "--json"], tmp_path), looked_at(["script.py", "--json"])
    assert (looked.exit, looked.out) == (plain.exit, plain.out)
    assert _VARIES.sub("", looked.err) == _VARIES.sub("", plain.err)
    assert (looked.told.kind if looked.told else None) == KINDS.get(name, looked.told and looked.told.kind)


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        (["script.py", "--seed", "3", "--run", "x"], {}),
        (["deep/script.py"], {}),
        (["link.py"], {}),
        (["deep/script.py"], {"PYTHONSAFEPATH": "1"}),
        (["deep/script.py"], {"PYTHONPATH": "deep"}),
        (["-m", "script", "-m", "--trace"], {}),
        (["-m", "package", "a"], {}),
        (["-m", "package.part"], {}),
    ],
)
def test_it_sees_what_it_would_see_under_python(
    words: list[str], variable: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = ("script.py", "deep/script.py", "package/__main__.py", "package/part.py")
    written(tmp_path, {**dict.fromkeys(files, FACTS), "package/__init__.py": ""})
    (tmp_path / "link.py").symlink_to("deep/script.py")
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    plain, looked = plainly(words, tmp_path), looked_at(words)
    assert plain.exit == 0
    assert looked.out == plain.out
    assert looked.told is not None
    assert looked.told.ended == "well"


def test_no_code_of_the_script_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"script.py": f"raise RuntimeError({NON_SCALAR!r})"})
    assert looked_at(["script.py"]).exit == 1
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]
