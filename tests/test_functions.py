"""Functions that live in code: found, called and compared with their gradients; each outcome by an example people meet."""

from __future__ import annotations

import math
import os
import shlex
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gradcli.base.errors import ExpressionError, GradcliError, InputError, LimitError, UsageError
from gradcli.base.limits import alarm
from gradcli.claims.conclusion import ClaimResult
from gradcli.foreign import differences, subject
from gradcli.foreign.compare import check_functions
from gradcli.foreign.differences import column, ridders
from gradcli.foreign.load import bind, load, users_code
from gradcli.inputs.values import read_bindings

HEADER = "import math\nimport numpy as np\n"


@pytest.fixture
def module(tmp_path: Path) -> Callable[..., str]:
    """``module(source)`` writes a file of Python, and gives its path: the part before the colon."""

    def write(source: str, name: str = "losses.py") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return str(path)

    return write


Compare = Callable[..., tuple[ClaimResult, ...]]


@pytest.fixture
def compare(module: Callable[..., str]) -> Compare:
    """``compare(source, x=..., **options)``: the source's ``f`` against its ``g`` at that point."""

    def run(source: str, *, options: dict[str, Any] | None = None, **at: Any) -> tuple[ClaimResult, ...]:
        # Any: check_functions' own arguments, and numbers or lists
        path = module(HEADER + source)
        f, g = f"{path}:f", f"{path}:g"
        values = {name: np.array(value, dtype=np.float64) for name, value in at.items()}
        return check_functions(load(f), load(g), values, python=f, against=g, **(options or {}))

    return run


def words(result: ClaimResult) -> str:
    return " | ".join(result.notes)


# -- loading


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


# -- binding


def kept(a: Any, b: Any) -> None: ...  # Any: never called
def keyed(a: Any, *, b: Any = 1) -> None: ...  # Any: as above
def placed(a: Any, b: Any, /) -> None: ...  # Any: as above
def starred(*values: Any) -> None: ...  # Any: as above
def named(**values: Any) -> None: ...  # Any: as above
def both(*values: Any, **more: Any) -> None: ...  # Any: as above


@pytest.mark.parametrize(("function", "names", "in_order", "by_name"), [
    (kept, "ab", "", "ab"), (kept, "ba", "", "ab"), (kept, "xy", "xy", ""), (kept, "ay", "ay", ""),
    (keyed, "ab", "", "ab"), (keyed, "a", "", "a"), (keyed, "x", "x", ""),
    (placed, "ab", "ab", ""), (placed, "ba", "ab", ""), (placed, "xy", "xy", ""),
    (starred, "xyz", "xyz", ""), (named, "xyz", "", "xyz"), (both, "xy", "xy", ""), (math.sin, "x", "x", ""),
])  # fmt: skip
def test_values_go_by_name_else_in_order(
    function: Any, names: str, in_order: str, by_name: str
) -> None:  # Any: callables
    found = bind(function, tuple(names), "m:f")
    assert (found.in_order, found.by_name) == (tuple(in_order), tuple(by_name))


def test_an_order_that_is_not_by_name_is_told() -> None:
    assert bind(kept, ("x", "b"), "m:f").notes == ("m:f gets its values in order: x as a",)


@pytest.mark.parametrize(("function", "names", "says", "hint"), [
    (kept, "a", "m:f takes (a: 'Any', b: 'Any'), the values are a", None),
    (kept, "bx", "the values are b, x", None),
    (kept, "abc", "the values are a, b, c", None),
    (keyed, "xy", "the values are x, y", None),
])  # fmt: skip
def test_values_that_do_not_fit(function: Any, names: str, says: str, hint: str | None) -> None:  # Any: callables
    with pytest.raises(InputError) as caught:
        bind(function, tuple(names), "m:f")
    assert says in caught.value.message or "also needs" in caught.value.message
    assert caught.value.kind == "python"


def test_a_misspelt_name_is_found() -> None:
    def f(x: Any, *, delta: Any) -> None: ...  # Any: never called

    with pytest.raises(InputError) as caught:
        bind(f, ("x", "dleta"), "m:f")
    assert caught.value.hint == "did you mean delta instead of dleta?"


def test_a_gradient_may_need_fewer_values(compare: Compare) -> None:
    results = compare("def f(x, y): return x**2 + y\ndef g(x): return 2*x", x=3.0, y=1.0, options={"wrt": ["x"]})
    assert [result.conclusion for result in results] == ["agrees"]


# -- Ridders' differences

CURVES: dict[str, tuple[Callable[[float], float], Callable[[float], float], tuple[float, ...]]] = {
    "exp": (math.exp, math.exp, (-30, -1, 0, 1e-8, 1e-3, 1, 10, 100, 700)),
    "sin": (math.sin, math.cos, (0, 1e-10, 1e-3, 1, 3, 100, 1000, 1e5)),
    "cube": (lambda x: x**3, lambda x: 3 * x**2, (1e-100, 1e-8, 1e-3, 1, 1e3, 1e8, 1e90, -2)),
    "log": (math.log, lambda x: 1 / x, (1e-10, 1e-3, 1, 1e5, 1e200)),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2, (1e-5, 1, 1e5, -1e5)),
    "bell": (lambda x: math.exp(-((1000 * (x - 1)) ** 2)), lambda x: -2e6 * (x - 1) * math.exp(-((1000 * (x - 1)) ** 2)), (1.0005,)),
}  # fmt: skip


def along(curve: Callable[[float], float]) -> Callable[[float], Any]:  # Any: an array
    def line(position: float) -> Any:  # Any: as above
        try:
            return np.array([curve(position)])
        except (ValueError, ArithmeticError):
            return np.array([np.nan])

    return line


def assert_accurate(digits: float = 1e-9) -> None:
    """Every curve at every scale: as near as that, and no further off than the estimate says."""
    with np.errstate(all="ignore"):
        for name, (curve, slope, points) in CURVES.items():
            for x in points:
                found = column(along(curve), float(x), abs(x) or 1.0)
                off = abs(float(found.value[0]) - slope(x))
                assert off <= digits * abs(slope(x)), (name, x, off)
                assert off <= found.error[0], (name, x, off, found.error)
                assert found.error[0] <= 1e-7 * abs(slope(x)), (name, x, found.error)
                assert found.left[0] == found.right[0] == found.value[0]


def test_differences_are_accurate_at_every_scale() -> None:
    assert_accurate()


def test_the_tableau_alone_on_the_example_of_the_book() -> None:
    """Numerical Recipes, 5.7: dfridr on a smooth function from a generous step. exp'(1) = e = 2.718281828459045."""
    found = ridders(lambda h: np.array((math.exp(1 + h) - math.exp(1 - h)) / (2 * h)), 0.4)
    assert abs(float(found.value) - 2.718281828459045) < 1e-12
    assert found.error < 1e-10


def test_a_parabola_is_exact_in_the_first_extrapolation() -> None:
    """(x^3)' at 2 by central differences is 12 + h^2: one extrapolation in h^2 gives 12."""
    found = ridders(lambda h: np.array([((2 + h) ** 3 - (2 - h) ** 3) / (2 * h)]), 0.5)
    assert abs(found.value[0] - 12.0) < 1e-12


@pytest.mark.parametrize(("name", "wrong"), [
    ("CONTRACTION", None),  # steps that shrink otherwise than the tableau believes
    ("ridders", lambda difference, step, order=2: differences.Estimate(difference(step), np.zeros(1))),  # no extrapolation
    ("ridders", lambda difference, step, order=2: ridders(lambda h: 1.0000001 * difference(h), step, order)),
    ("ridders", lambda difference, step, order=2: ridders(difference, step, order=1)),  # powers of h, and not of h^2
    ("START", 1e-7),
    ("DECADES", 1),
])  # fmt: skip
def test_a_wrong_tableau_would_be_seen(name: str, wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # Any: a fault
    if name == "CONTRACTION":
        right = ridders

        def uneven(difference: Any, step: float, order: int = 2) -> Any:  # Any: as above
            return right(lambda h: difference(step * (h / step) ** 1.5), step, order)

        monkeypatch.setattr(differences, "ridders", uneven)
    else:
        monkeypatch.setattr(differences, name, wrong)
    with pytest.raises(AssertionError):
        assert_accurate()


@pytest.mark.parametrize(("curve", "x", "left", "right"), [
    (abs, 0.0, -1, 1), (lambda x: max(x, 0.0), 0.0, 0, 1), (lambda x: max(x - 1, 0.0), 1.0, 0, 1),
    (lambda x: abs(x) + x * x, 0.0, -1, 1), (lambda x: math.exp(-abs(x - 3)), 3.0, 1, -1),
])  # fmt: skip
def test_a_kink_has_two_slopes(curve: Callable[[float], float], x: float, left: float, right: float) -> None:
    found = column(along(curve), x, abs(x) or 1.0)
    assert found.left[0] == pytest.approx(left, abs=1e-8)
    assert found.right[0] == pytest.approx(right, abs=1e-8)
    assert found.error[0] < 1e-6


@pytest.mark.parametrize("distance", [1e-3, 3e-4, 3e-6, -3e-6, 1e-2])
def test_a_kink_near_by_is_not_averaged(distance: float) -> None:
    found = column(along(lambda x: max(x - 1, 0.0)), 1 + distance, 1.0)
    assert found.value[0] == pytest.approx(float(distance > 0), abs=1e-8)
    assert found.left[0] == found.right[0]


@pytest.mark.parametrize("curve", [
    lambda x: float(x >= 1), lambda x: x % 1, lambda x: math.copysign(abs(x - 1) ** (1 / 3), x - 1), lambda x: math.sqrt(abs(x - 1)),
    lambda x: math.sqrt(x - 1), lambda x: math.nan,
])  # fmt: skip
def test_jumps_cusps_and_edges_do_not_settle(curve: Callable[[float], float]) -> None:
    with np.errstate(all="ignore"):
        found = column(along(curve), 1.0, 1.0)
    assert found.error[0] > 0.1 * max(1.0, abs(found.value[0])) or not np.isfinite(found.error[0])


@pytest.mark.parametrize(
    ("curve", "x"), [(lambda x: x * abs(x), 0.0), (lambda x: abs(x) ** 1.5, 0.0), (lambda x: x * x, 0.0)]
)
def test_what_is_smooth_is_no_kink(curve: Callable[[float], float], x: float) -> None:
    found = column(along(curve), x, 1.0)
    assert found.left[0] == found.right[0]
    assert found.value[0] == pytest.approx(0, abs=1e-6)


def test_errors_are_kept_entry_by_entry() -> None:
    found = column(lambda t: np.array([math.sin(t), max(t - 1, 0.0), math.floor(t), t]), 1.0, 1.0)
    assert found.error[0] < 1e-9
    assert (found.left[1], found.right[1]) == pytest.approx((0, 1), abs=1e-9)
    assert found.error[2] > 1
    assert found.value[3] == pytest.approx(1, abs=1e-12)


def test_a_solvers_noise_costs_digits_and_no_more(compare: Compare) -> None:
    """A function that ends an iteration at 1e-10: its differences are good to nine digits, and kinks are still seen."""
    noise = "1e-10 * math.sin(1e13 * float(x))"
    (right,) = compare(f"def f(x): return math.sin(x) + {noise}\ndef g(x): return math.cos(x)", x=2.0)
    assert right.conclusion == "agrees", right
    assert right.digits is not None
    assert 6 < right.digits < 10
    (wrong,) = compare(f"def f(x): return math.sin(x) + {noise}\ndef g(x): return 1.001 * math.cos(x)", x=2.0)
    assert wrong.conclusion == "refuted"
    (kink,) = compare(f"def f(x): return abs(x - 2) + {noise}\ndef g(x): return 0.5", x=2.0)
    assert kink.conclusion == "agrees"
    assert "kink" in words(kink)


# -- right claims

RIGHT = {
    "numpy": ("def f(x): return float(np.sum(np.sin(x.copy())))\ndef g(x): return np.cos(x)", {"x": [1.0, 2.0, 3.0]}),
    "torch": ("import torch\ndef f(x): return torch.sin(x).sum()\ndef g(x): return torch.cos(x)", {"x": [1.0, 2.0]}),
    "torch, numpy's gradient": ("import torch\ndef f(x): return torch.sin(x).sum()\ndef g(x): return np.cos(x)", {"x": [1.0]}),
    "either": ("def f(x): return (x**3).sum()\ndef g(x): return 3 * x**2", {"x": [[1.0, -2.0], [0.5, 3.0]]}),
    "float": ("def f(x): return math.exp(x) * 2\ndef g(x): return 2 * math.exp(x)", {"x": 0.7}),
    "a list": ("def f(x): return sum(v**2 for v in x)\ndef g(x): return [2 * v for v in x]", {"x": [1.0, 2.0, 3.0]}),
    "one in a tuple": ("def f(x): return (x**2).sum()\ndef g(x): return (2 * x,)", {"x": [1.0, 2.0]}),
    "one in a tuple, of one entry": ("def f(x): return (x**2).sum()\ndef g(x): return (2 * x,)", {"x": [1.0]}),
    "one in a dict": ("def f(x): return (x**2).sum()\ndef g(x): return {'x': 2 * x}", {"x": [1.0, 2.0]}),
    "in order": ("def f(x, y): return (x * y).sum()\ndef g(x, y): return y, x", {"x": [1.0, 2.0], "y": [3.0, 4.0]}),
    "an array of two": ("def f(x, y): return x * y**2\ndef g(x, y): return np.array([y**2, 2 * x * y])", {"x": 2.0, "y": 3.0}),
    "by name": ("def f(x, y): return x * y**2\ndef g(x, y): return {'y': 2 * x * y, 'x': y**2}", {"x": 2.0, "y": 3.0}),
    "fractions": ("from fractions import Fraction\ndef f(x): return x / 3\ndef g(x): return Fraction(1, 3)", {"x": 2.0}),
    "a jacobian": ("def f(x): return np.array([x[0]**2, x[0] * x[1]])\ndef g(x): return [[2 * x[0], 0], [x[1], x[0]]]", {"x": [2.0, 3.0]}),
    "a jacobian, torch": ("import torch\ndef f(x): return torch.stack([x[0]**2, x[0] * x[1]])\n"
                          "def g(x): return torch.tensor([[2 * x[0], 0], [x[1], x[0]]])", {"x": [2.0, 3.0]}),
    "a list of outputs": ("import torch\ndef f(x): return [torch.sin(x[0]), x[0] * x[1], 5.0]\n"
                          "def g(x): return [[torch.cos(x[0]), 0], [x[1], x[0]], [0, 0]]", {"x": [2.0, 3.0]}),
    "keyword-only": ("def f(*, x, n): return x**n\ndef g(*, x, n): return {'x': n * x**(n - 1)}", {"x": 2.0, "n": 3.0}),
    "positional-only": ("def f(x, /): return x**3\ndef g(x, /): return 3 * x**2", {"x": 2.0}),
    "other names": ("def f(a): return a**3\ndef g(b): return 3 * b**2", {"x": 2.0}),
    "a leaf that backward fills": ("import torch\ndef f(x): return (x**3).sum()\ndef g(x):\n    f(x).backward()\n    return x.grad",
                                   {"x": [1.0, 2.0]}),
    "autograd by hand": ("import torch\ndef f(x): return (x**3).sum()\ndef g(x): return torch.autograd.grad(f(x), x)", {"x": [1.0, 2.0]}),
    "an output of shape (1,)": ("def f(x): return (x**2).sum().reshape(1)\ndef g(x): return 2 * x", {"x": [1.0, 2.0]}),
    "that keeps its axis": ("def f(x): return (x**2).sum().reshape(1)\ndef g(x): return (2 * x).reshape(1, -1)", {"x": [1.0, 2.0]}),
    "a tensor without a graph": ("import torch\ndef f(x): return (x.detach()**2).sum()\ndef g(x): return 2 * x", {"x": [1.0, 2.0]}),
    "a tensor turned into numbers": ("import torch\ndef f(x): return float((x.detach().numpy()**2).sum())\ndef g(x): return 2 * x",
                                     {"x": [1.0, 2.0]}),
    "a constant": ("def f(x): return 3.0\ndef g(x): return 0.0", {"x": 2.0}),
    "complex without imaginary part": ("def f(x): return x**2\ndef g(x): return complex(2 * x, 0)", {"x": 2.0}),
    "tiny and huge": ("def f(x): return (x**2).sum()\ndef g(x): return 2 * x", {"x": [1e-9, 1e9]}),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_claim_is_accepted(name: str, compare: Compare) -> None:
    source, at = RIGHT[name]
    for result in compare(source, **at):
        assert result.conclusion == "agrees", result
        assert result.digits is None or result.digits > 9, result
        assert (result.counterexample, result.diagnosis) == (None, None)
        assert result.points == 1
        json_ready = result.to_dict()
        assert json_ready["verdict"] == "agrees"


def test_the_routes_are_told(compare: Compare) -> None:
    (by_torch,) = compare("def f(x): return x**2\ndef g(x): return 2 * x", x=3.0)
    assert by_torch.routes == ("torch.autograd", "Ridders differences")
    assert by_torch.digits == pytest.approx(15.95, abs=0.01)
    (by_values,) = compare("def f(x): return float(x)**2\ndef g(x): return 2 * float(x)", x=3.0)
    assert by_values.routes == ("Ridders differences",)
    assert by_values.digits is not None
    assert 9 < by_values.digits < 15.9


def test_names_and_kinds_of_results(compare: Compare) -> None:
    source = "def f(x, y): return (x * y).sum()\ndef g(x, y): return y, x"
    first, second = compare(source, x=[1.0], y=[2.0])
    assert (first.name, first.wrt, first.kind, second.name) == ("x", ("x",), "grad", "y")
    assert first.function.endswith(":f")
    assert first.claim.endswith(":g")


def test_numbers_from_paper() -> None:
    """d(x^2 y)/dx = 2xy = 12 and d/dy = x^2 = 4 at x = 2, y = 3; 13 is wrong."""

    def f(x: float, y: float) -> float:
        return x * x * y

    right = check_functions(f, lambda x, y: (12.0, 4.0), {"x": np.array(2.0), "y": np.array(3.0)})
    assert [result.conclusion for result in right] == ["agrees", "agrees"]
    wrong = check_functions(f, lambda x, y: (12.0, 13.0), {"x": np.array(2.0), "y": np.array(3.0)})
    assert [result.conclusion for result in wrong] == ["agrees", "refuted"]
    assert wrong[1].counterexample is not None
    assert (wrong[1].counterexample.claimed, wrong[1].counterexample.true) == (13.0, 4.0)


def test_part_of_the_variables(compare: Compare) -> None:
    source = "def f(w, X): return ((X @ w)**2).sum()\ndef g(w, X): return 2 * X.T @ (X @ w)"
    at = {"w": [1.0, 2.0], "X": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]}
    (result,) = compare(source, **at, options={"wrt": ["w"]})
    assert (result.name, result.conclusion) == ("w", "agrees")
    with pytest.raises(InputError, match="neither a dict nor 2 parts") as caught:
        compare(source, **at)
    assert "--wrt w" in str(caught.value.hint)
    (result,) = compare(source.replace("return 2", "return None, 2"), **at, options={"wrt": "X"})
    assert (result.name, result.conclusion) == ("X", "refuted")
    results = compare(source.replace("def g(w, X): return", "def g(w, X): return {'w': ") + "}", **at)
    assert [(result.name, result.conclusion) for result in results] == [("w", "agrees")]


def test_none_stands_for_zero(compare: Compare) -> None:
    source = "def f(x, y): return (x**2).sum() + 0 * y\ndef g(x, y): return 2 * x, None"
    first, second = compare(source, x=[1.0, 2.0], y=3.0)
    assert (first.conclusion, second.conclusion) == ("agrees", "agrees")
    assert "gives nothing for y: read as zero" in words(second)
    first, second = compare(source.replace("0 * y", "7 * y"), x=[1.0, 2.0], y=3.0)
    assert (first.conclusion, second.conclusion) == ("agrees", "refuted")
    assert second.counterexample is not None
    assert (second.counterexample.claimed, second.counterexample.true) == (None, 7.0)


@pytest.mark.parametrize("source", [
    "def f(x, y): return x**2 * y\ndef g(x, y): return [[2 * y, 2 * x], [2 * x, 0]]",
    "def f(x, y): return float(x)**2 * float(y)\ndef g(x, y): return {'x': {'x': 2 * y, 'y': 2 * x}, 'y': {'x': 2 * x, 'y': 0}}",
    "def f(x, y): return float(x)**2 * float(y)\ndef g(x, y): return np.array([[2 * y, 2 * x], [2 * x, 0]])",
])  # fmt: skip
def test_blocks_of_a_hessian(source: str, compare: Compare) -> None:
    results = compare(source, x=2.0, y=3.0, options={"kind": "hessian"})
    assert [(result.name, result.conclusion) for result in results] == [
        ("x,x", "agrees"), ("x,y", "agrees"), ("y,x", "agrees"), ("y,y", "agrees"),
    ]  # fmt: skip
    wrong = compare(
        source.replace("[2 * y", "[3 * y").replace("'x': 2 * y", "'x': 3 * y"),
        x=2.0,
        y=3.0,
        options={"kind": "hessian"},
    )
    assert [result.conclusion for result in wrong] == ["refuted", "agrees", "agrees", "agrees"]
    assert wrong[0].diagnosis is not None
    assert wrong[0].diagnosis.kind == "factor"


@pytest.mark.parametrize("cube", ["(x**3).sum()", "float(np.sum(x.copy()**3))"])
def test_the_hessian_of_one_vector(cube: str, compare: Compare) -> None:
    (right,) = compare(
        f"def f(x): return {cube}\ndef g(x): return np.diag(6 * x)", x=[1.0, 2.0], options={"kind": "hessian"}
    )
    assert (right.name, right.conclusion, right.kind) == ("x", "agrees", "hessian")
    (wrong,) = compare(f"def f(x): return {cube}\ndef g(x): return 6 * x", x=[1.0, 2.0], options={"kind": "hessian"})
    assert wrong.conclusion == "refuted"
    assert wrong.diagnosis is not None
    assert str(wrong.diagnosis) == "shape: the claim has shape (2,), the derivative (2, 2)"


def test_a_row_of_a_hessian_that_says_none(compare: Compare) -> None:
    source = "def f(x, y): return x**2 + 0 * y\ndef g(x, y): return [[2, 0], None]"
    results = compare(source, x=2.0, y=3.0, options={"kind": "hessian"})
    assert [result.conclusion for result in results] == ["agrees"] * 4


# -- wrong claims and their diagnoses

CUBES = "def f(x): return (x**3).sum()\n"
MATRIX = "A = np.arange(6.0).reshape(2, 3) + 1\nimport torch\ndef f(x): return (torch.tensor(A) * x**2).sum()\n"
FLAT = {"x": [1.0, 2.0, 3.0, 4.0, 5.0]}
SQUARE = {"x": [[1.0, 2.0], [5.0, -3.0]]}
TABLE = {"x": [[1.0, -2.0, 3.0], [0.5, 5.0, 6.0]]}
CURVE = "def f(x): return np.array([x[0]**2, x[0] * x[1]])\n"
WRONG = {
    "sign": (CUBES + "def g(x): return -3 * x**2", FLAT, "sign", "minus the claim", "-g(x)"),
    "two": (CUBES + "def g(x): return 1.5 * x**2", FLAT, "factor", "times 2", "2.0 * g(x)"),
    "half": (CUBES + "def g(x): return 6 * x**2", FLAT, "factor", "times 1/2", "0.5 * g(x)"),
    "seven": (CUBES + "def g(x): return 3 * x**2 / 7.5", FLAT, "factor", "times 7.5", "7.5 * g(x)"),
    "degrees": ("def f(x): return math.sin(x * math.pi / 180)\ndef g(x): return math.cos(x * math.pi / 180)", {"x": 30.0},
                "factor", "pi/180", None),
    "logarithm": ("def f(x): return math.log10(x)\ndef g(x): return 1 / x", {"x": 5.0}, "factor", "1/ln 10", None),
    "mean": (CUBES + "def g(x): return 3 * x**2 / len(x)", FLAT, "sum against mean", "n = 5 (the size of x): a mean in the claim", "5.0 * g(x)"),
    "sum": ("def f(x): return (x**3).mean()\ndef g(x): return 3 * x**2", FLAT, "sum against mean", "1/n, n = 5", "0.2 * g(x)"),
    "minus n": (CUBES + "def g(x): return -3 * x**2 / len(x)", FLAT, "factor", "-n, n = 5", "-5.0 * g(x)"),
    "2/n": ("def f(x): return (x**2).mean()\ndef g(x): return x", FLAT, "factor", "2/n, n = 5", None),
    "transposed shape": (MATRIX + "def g(x): return (2 * A * np.asarray(x)).T", TABLE, "transpose", "(3, 2), the derivative (2, 3)", "g(x).T"),
    "transposed square": ("B = np.array([[1.0, 2], [3, 4]])\ndef f(x): return float((B * (x @ x)).sum())\n"
                          "def g(x): return (B @ x.T + x.T @ B).T", SQUARE, "transpose", "transposed it is right", "g(x).T"),
    "transposed and halved": (MATRIX + "def g(x): return (A * np.asarray(x)).T", TABLE, "transpose", "times 2", "2.0 * g(x).T"),
    "flattened": (MATRIX + "def g(x): return (2 * A * np.asarray(x)).ravel()", TABLE, "shape", "(6,), the derivative (2, 3)", "g(x).reshape(2, 3)"),
    "flattened by columns": (MATRIX + "def g(x): return (2 * A * np.asarray(x)).ravel(order='F')", TABLE, "shape", "column by column", None),
    "a column": (CUBES + "def g(x): return (3 * x**2).reshape(-1, 1)", FLAT, "shape", "(5, 1), the derivative (5,)", "g(x).reshape(5,)"),
    "a row for each sample": ("def f(w, X): return (X @ w).sum()\ndef g(w, X): return {'w': X}", {"w": [1.0, 2.0], "X": [[1.0, 2], [3, 4], [5, 6]]},
                              "shape", "summed over axis 0", "g(w, X)['w'].sum(0)"),
    "one number for all": ("def f(x): return 3 * x.sum()\ndef g(x): return 3.0", FLAT, "shape", "every entry", "np.full((5,), g(x))"),
    "another length": (CUBES + "def g(x): return x[:3]", FLAT, "shape", "the claim has shape (3,), the derivative (5,)", None),
    "a jacobian's transpose": (CURVE + "def g(x): return np.array([[2 * x[0], 0], [x[1], x[0]]]).T", {"x": [2.0, 3.0]},
                               "transpose", "transposed", "g(x).T"),
    "inputs before outputs": ("def f(x): return np.array([(x**2).sum(), 3 * (x[0] * x[1]).sum()])\n"
                              "def g(x): return np.stack([2 * x, 3 * x[::-1]], axis=-1)", TABLE, "transpose", "axes of inputs come before", None),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_claim_is_refuted_and_the_mistake_named(name: str, compare: Compare) -> None:
    source, at, kind, text, suggestion = WRONG[name]
    (result,) = compare(source, **at)
    assert result.conclusion == "refuted"
    assert result.diagnosis is not None, result
    assert result.diagnosis.kind == kind
    assert text in result.diagnosis.text
    assert suggestion is None or result.diagnosis.suggestion == suggestion
    assert result.digits is None
    assert result.counterexample is not None


@pytest.mark.parametrize("name", [name for name, row in WRONG.items() if row[4]])
def test_the_suggestion_is_right(name: str, compare: Compare, module: Callable[..., str]) -> None:
    """The corrected formula, put into the user's file as a function, is accepted."""
    source, at, _, _, suggestion = WRONG[name]
    (call,) = (part for part in ("g(w, X)", "g(x)") if part in suggestion)
    fixed = source.replace("def g(", "def old(") + f"\ndef g({call[2:]}: return {suggestion.replace('g(', 'old(')}"
    options = {"wrt": ["w"]} if "w" in at else {}
    (result,) = compare(fixed, **at, options=options)
    assert result.conclusion == "agrees", result


def test_a_factor_at_one_point_only_is_not_called_a_factor(compare: Compare) -> None:
    """x**3 at 2: the claim 4x = 8 is 2/3 of 12 there, and elsewhere not."""
    (result,) = compare("def f(x): return x**3\ndef g(x): return 4 * x", x=2.0)
    assert (result.conclusion, result.diagnosis) == ("refuted", None)


def test_a_transpose_at_a_symmetric_point_only(compare: Compare) -> None:
    """At a symmetric x, minus and transpose cannot be mixed up: the two points near by decide."""
    source = "def f(x): return (x @ x).trace()\ndef g(x): return 2 * x"
    (right,) = compare(source.replace("2 * x", "2 * x.T"), x=[[1.0, 2.0], [2.0, 5.0]])
    assert right.conclusion == "agrees"
    (here,) = compare(source, x=[[1.0, 2.0], [2.0, 5.0]])
    assert here.conclusion == "agrees"
    (wrong,) = compare(source, x=[[1.0, 2.0], [2.0, 5.0]], options={"points": 3})
    assert (wrong.conclusion, wrong.points) == ("refuted", 2)
    assert wrong.diagnosis is not None
    assert wrong.diagnosis.kind == "transpose"
    assert wrong.counterexample is not None
    assert wrong.counterexample.at["x"] != [[1.0, 2.0], [2.0, 5.0]]


def test_one_array_for_two_variables(compare: Compare) -> None:
    source = "def f(x, y): return (x * y).sum()\ndef g(x, y): return np.concatenate([y, x])"
    at = {"x": [1.0, 2.0, 3.0], "y": [4.0, 5.0, 6.0]}
    for result in compare(source, **at, options={"wrt": ["x", "y"]}):
        assert result.conclusion == "refuted"
        assert str(result.diagnosis) == "shape: one array of shape (6,), where each of x (3,), y (3,) needs its own"


def test_the_counterexample_has_the_worst_component(compare: Compare) -> None:
    source = (
        "def f(x): return (x**3).sum()\ndef g(x):\n    d = 3 * x**2\n    d[1] *= 1.5\n    d[2] *= 1.01\n    return d"
    )
    (result,) = compare(source, x=[1.0, 2.0, 100.0])
    found = result.counterexample
    assert found is not None
    assert (found.component, found.claimed, found.true) == ((1,), 18.0, 12.0)
    assert found.at == {"x": [1.0, 2.0, 100.0]}
    (result,) = compare("def f(x): return [x[0], x[1]**2]\ndef g(x): return [[1, 0], [0, 3 * x[1]]]", x=[1.0, 2.0])
    assert result.counterexample is not None
    assert result.counterexample.component == (1, 1)


def test_the_command_replays_it(module: Callable[..., str]) -> None:
    path = module(
        "def f(x, some): return (x * some).sum()\ndef g(x, some): return {'x': 2 * some}", "two words/it's.py"
    )
    f, g, values = f"{path}:f", f"{path}:g", {"x": np.array([[1 / 3, -2e-300]]), "some": np.array(1e22)}
    options: dict[str, Any] = {"wrt": ["x"], "kind": "grad"}  # Any: check_functions' arguments
    (result,) = check_functions(load(f), load(g), values, python=f, against=g, **options)
    assert result.counterexample is not None
    command = shlex.split(result.counterexample.command)
    assert command[:6] == ["gradcli", "check", "--python", f, "--against", g]
    assert command[6::2] == ["--at", "--at", "--wrt", "--kind"]
    assert command[-3:] == ["x", "--kind", "grad"]
    read = read_bindings([command[7], command[9]], seed=0, stdin=BytesIO())
    assert all(np.array_equal(read[name], values[name]) for name in values)
    again = check_functions(load(command[3]), load(command[5]), read, python=f, against=g, **options)
    assert again == (result,)


def test_a_point_too_long_for_a_shell_has_no_command() -> None:
    values = {"x": np.linspace(0.1, 1, 20_000)}
    (result,) = check_functions(lambda x: (x**2).sum(), lambda x: x, values)
    assert result.counterexample is not None
    assert result.counterexample.command == ""
    assert len(result.counterexample.at["x"]) == 20_000


# -- functions that people really have


def test_callers_arrays_are_never_changed() -> None:
    def f(x: Any) -> Any:  # Any: arrays or tensors
        x *= 2
        return (x**2).sum()

    def g(x: Any) -> Any:  # Any: as above
        x *= 8
        return x

    values = {"x": np.array([1.0, 2.0])}
    (result,) = check_functions(f, g, values, points=3, python="m:f", against="m:g")
    assert result.conclusion == "agrees"
    assert values["x"].tolist() == [1.0, 2.0]
    assert "m:f writes into its argument x; it was given copies" in result.notes
    assert "m:g writes into its argument x; it was given copies" in result.notes


def test_a_gradient_that_returns_its_own_buffer(compare: Compare) -> None:
    source = "buffer = np.zeros(2)\ndef f(x): return (x**2).sum()\ndef g(x):\n    buffer[:] = 2 * x\n    return buffer"
    (result,) = compare(source, x=[1.0, 2.0], options={"points": 3})
    assert result.conclusion == "agrees"


@pytest.mark.parametrize("source", [
    "def f(x): return float(x) * np.random.rand()\ndef g(x): return 1.0",
    "import torch\ndef f(x): return (x * torch.rand(3)).sum()\ndef g(x): return 1.0",
    "def f(x): return 2 * x\ndef g(x): return 2 + np.random.rand()",
    "import itertools\nn = itertools.count()\ndef f(x): return float(x) + next(n)\ndef g(x): return 1.0",
])  # fmt: skip
def test_a_random_function_is_undecided(source: str, compare: Compare) -> None:
    (result,) = compare(source, x=2.0)
    assert result.conclusion == "undecided"
    assert "is random: two calls at this point" in words(result)


@pytest.mark.parametrize(("source", "says"), [
    ("def f(x): return float('nan') * float(x)\ndef g(x): return 1.0", "a value that is not finite"),
    ("def f(x): return float(x) * math.inf\ndef g(x): return 1.0", "a value that is not finite"),
    ("def f(x): return np.exp(1j * float(x))\ndef g(x): return 1.0", "complex numbers, which have no real derivative"),
    ("import torch\ndef f(x): return torch.exp(1j * x)\ndef g(x): return 1.0", "complex numbers, which have no real derivative"),
    ("def f(x): return math.floor(x) + 0.5\ndef g(x): return 0.0", "do not settle at x: a jump, a cusp, noise, or the edge"),
    ("import torch\ndef f(x): return torch.floor(x)\ndef g(x): return 0.0", "do not settle at x: a jump, a cusp, noise, or the edge"),
    ("def f(x): return math.sqrt(x - 2)\ndef g(x): return 0.0", "do not settle at x: a jump, a cusp, noise, or the edge"),
    ("import torch\ndef f(x): return torch.sqrt(x - 2)\ndef g(x): return math.inf", "do not settle at x: a jump, a cusp, noise, or the edge"),
    ("def f(x): return float(np.cbrt(x - 2))\ndef g(x): return 7.0", "x"),
    ("def f(x): return float(x) + 1e-3 * math.sin(1e13 * float(x))\ndef g(x): return 1.0", "too coarse to tell"),
    ("def f(x): return float(x)**2 + 1e-5 * math.sin(1e13 * float(x))\ndef g(x): return 4.0", "too coarse to tell"),
])  # fmt: skip
def test_what_cannot_be_told_is_undecided(source: str, says: str, compare: Compare) -> None:
    (result,) = compare(source, x=2.0)
    assert result.conclusion == "undecided", result
    assert says in words(result)
    assert (result.counterexample, result.diagnosis) == (None, None)


def test_whole_numbers_have_zero_slopes(compare: Compare) -> None:
    (flat,) = compare("def f(x): return int(x)\ndef g(x): return 0.0", x=2.5)
    assert flat.conclusion == "agrees"
    assert "gives whole numbers" in words(flat)
    (steep,) = compare("def f(x): return int(x)\ndef g(x): return 1.0", x=2.5)
    assert steep.conclusion == "refuted"
    (edge,) = compare("def f(x): return int(x)\ndef g(x): return 0.0", x=2.0)
    assert edge.conclusion == "undecided"


@pytest.mark.parametrize("claim", ["-1.0", "0.0", "0.5", "1"])
@pytest.mark.parametrize("source", ["def f(x): return abs(x).sum()", "def f(x): return float(np.abs(x.copy()).sum())"])
def test_a_claim_between_the_slopes_of_a_kink_is_accepted(source: str, claim: str, compare: Compare) -> None:
    (result,) = compare(f"{source}\ndef g(x): return np.array([1.0, {claim}, -1.0])", x=[2.0, 0.0, -2.0])
    assert result.conclusion == "agrees"
    assert "x[1] is taken at a kink: the slopes on its two sides are -1 and 1; the claim's" in words(result)
    assert ("torch chooses 0.0" in words(result)) is ("float" not in source)


def test_a_claim_outside_of_the_slopes_of_a_kink_is_refuted(compare: Compare) -> None:
    (result,) = compare("def f(x): return abs(x)\ndef g(x): return 1.5", x=0.0)
    assert result.conclusion == "refuted"
    assert "the claim's 1.5 lies outside, torch chooses 0.0" in words(result)


def test_a_wrong_entry_beside_a_kink_is_found(compare: Compare) -> None:
    (result,) = compare("def f(x): return abs(x).sum()\ndef g(x): return np.array([1.0, 0.3, 1.0])", x=[2.0, 0.0, -2.0])
    assert result.conclusion == "refuted"
    assert result.counterexample is not None
    assert result.counterexample.component == (2,)


def test_claims_that_are_no_real_numbers(compare: Compare) -> None:
    for claim in ("math.nan", "math.inf", "4 + 1j"):
        (result,) = compare(f"def f(x): return x**2\ndef g(x): return {claim}", x=2.0)
        assert result.conclusion == "refuted"


@pytest.mark.parametrize(("source", "says"), [
    ("def f(x): return 1 / 0\ndef g(x): return x", ":f failed: ZeroDivisionError: division by zero ("),
    ("def f(x):\n    raise SystemExit(2)\ndef g(x): return x", ":f ended Python: SystemExit(2)"),
    ("def f(x): return x**2\ndef g(x): return x.no_such_thing", ":g failed: AttributeError"),
    ("def f(x): return None\ndef g(x): return x", ":f gave None"),
    ("def f(x): return 'text'\ndef g(x): return x", ":f gave no array of numbers but str"),
    ("def f(x): return [[1.0], [1.0, 2.0]]\ndef g(x): return x", ":f gave no array of numbers but list"),
    ("def f(x): return {'loss': x}\ndef g(x): return x", ":f gave no array of numbers but dict"),
    ("async def f(x): return x\ndef g(x): return x", ":f gave no array of numbers but coroutine"),
    ("def f(x): return x**2\ndef g(x): return 'text'", ":g gave no array of numbers but str"),
    ("def f(x, y): return x**2 + y\ndef g(x): return 2 * x", ":f takes (x, y), the values are x"),
    ("def f(x): return x**2\ndef g(x): return {'X': 2 * x}", ":g gave a part for 'X'"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_functions_that_cannot_be_compared(source: str, says: str, compare: Compare) -> None:
    with pytest.raises(InputError) as caught:
        compare(source, x=2.0)
    assert caught.value.kind == "python"
    assert says in caught.value.message or "also needs y" in caught.value.message


def test_the_line_that_raises_is_told(compare: Compare) -> None:
    with pytest.raises(InputError) as caught:
        compare("def f(x):\n    y = x\n    return math.sqrt(-1 - float(y))\ndef g(x): return x", x=2.0)
    assert "losses.py:5)" in caught.value.message
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_interrupt_inside_a_function_passes(compare: Compare) -> None:
    with pytest.raises(KeyboardInterrupt):
        compare("def f(x): raise KeyboardInterrupt\ndef g(x): return x", x=2.0)


def test_a_function_that_raises_near_by(compare: Compare) -> None:
    """sqrt(1 - x**2) close to 1: points outside of the domain are passed over, and told."""
    source = "def f(x): return math.sqrt(1 - x * x)\ndef g(x): return -x / math.sqrt(1 - x * x)"
    (right,) = compare(source, x=0.9999, options={"points": 4})
    assert (right.conclusion, right.points) == ("agrees", 4)
    assert "at a point near by" in words(right)
    (wrong,) = compare(source.replace("-x /", "x /"), x=0.9999)
    assert wrong.conclusion == "refuted"
    assert wrong.diagnosis is not None
    assert wrong.diagnosis.kind == "sign"


def test_a_gradient_that_works_at_one_point_only(compare: Compare) -> None:
    source = "def f(x): return x**3\ndef g(x):\n    assert float(x) == 2.0\n    return -12.0"
    (result,) = compare(source, x=2.0)
    assert (result.conclusion, result.diagnosis) == ("refuted", None)
    assert ":g failed: AssertionError" in words(result)


def test_prints_go_to_stderr_and_only_at_first(compare: Compare, capfd: pytest.CaptureFixture[str]) -> None:
    source = "print('import')\ndef f(x):\n    print('called')\n    return float(x)**2\ndef g(x):\n    print('gradient')\n    return 2 * x"
    (result,) = compare(source, x=2.0)
    out, err = capfd.readouterr()
    assert result.conclusion == "agrees"
    assert out == ""
    assert "import" in err
    assert 1 <= err.count("called") <= 4
    assert 1 <= err.count("gradient") <= 4


def test_warnings_of_the_trials_are_not_shown(compare: Compare, recwarn: pytest.WarningsRecorder) -> None:
    compare("def f(x): return float(np.sum(np.log(x)))\ndef g(x): return 1 / x", x=[1e-3, 2.0])
    assert len(recwarn) == 0


def test_tensors_and_arrays_that_mean_different_things(compare: Compare) -> None:
    """x.std() divides by n - 1 in torch and by n in numpy: a numpy module is taken at numpy's word."""
    source = "def f(x): return x.std()\ndef g(x): return (x - x.mean()) / (len(x) * x.std())"
    (result,) = compare(source, x=[1.0, 2.0, 4.0])
    assert result.conclusion == "agrees"
    assert "gives other values for tensors than for numpy arrays; it was given numpy arrays" in words(result)
    (result,) = compare("import torch\n" + source.replace("len(x) *", "(len(x) - 1) *"), x=[1.0, 2.0, 4.0])
    assert result.conclusion == "agrees"
    assert "it was given float64 tensors" in words(result)


MODEL = "import torch\ntorch.manual_seed(0)\nlayer = torch.nn.Linear(3, 1)\ndef f(x): return layer(x).sum()\n"


def test_a_model_in_single_precision(compare: Compare) -> None:
    (right,) = compare(MODEL + "def g(x): return layer.weight[0]", x=[1.0, 2.0, 3.0])
    assert right.conclusion == "agrees"
    assert "computes in single precision" in words(right)
    assert right.digits is not None
    assert right.digits < 7.3
    (wrong,) = compare(MODEL + "def g(x): return 1.01 * layer.weight[0]", x=[1.0, 2.0, 3.0])
    assert wrong.conclusion == "refuted"


def test_single_precision_in_disguise(compare: Compare) -> None:
    """float() hides that numpy computed in float32: the differences must not be taken for exact."""
    source = "def f(x): return float(np.sum(np.sin(np.asarray(x, dtype=np.float32))))\ndef g(x): return np.cos(x)"
    (right,) = compare(source, x=[1.0, 0.1, 3.0])
    assert right.conclusion == "agrees"
    assert "computes in single precision" in words(right)
    (wrong,) = compare(source.replace("np.cos(x)", "1.01 * np.cos(x)"), x=[1.0, 0.1, 3.0])
    assert wrong.conclusion == "refuted"


def test_entries_of_a_large_variable_are_confirmed_by_sample() -> None:
    values = {"x": np.linspace(0.1, 2, 5000)}
    (right,) = check_functions(lambda x: (x**3).sum(), lambda x: 3 * x**2, values)
    assert right.conclusion == "agrees"
    assert "differences confirm torch.autograd at 64 of the 5000 entries of x" in words(right)

    def slip(x: Any) -> Any:  # Any: arrays
        found = 3 * x**2
        found[4321] *= 1.001
        return found

    (wrong,) = check_functions(lambda x: (x**3).sum(), slip, values)
    assert wrong.conclusion == "refuted"
    assert wrong.counterexample is not None
    assert wrong.counterexample.component == (4321,)


def test_entries_that_nobody_has_confirmed_decide_nothing() -> None:
    """relu at 200 zeros: the claim 1 differs from torch's 0, rightly where it was looked at, and the rest is not known."""
    values = {"x": np.zeros(200)}
    (result,) = check_functions(lambda x: x.clip(min=0).sum(), lambda x: (x >= 0) * 0.5, values)
    assert result.conclusion == "undecided"
    assert "where no differences were taken to confirm it" in words(result)
    assert "64 entries are taken at kinks" in words(result)


# -- two routes that disagree

DETACHED = "import torch\ndef f(x): return (x * x.detach()).sum()\n"


def test_routes_that_disagree_are_undecided(compare: Compare) -> None:
    (result,) = compare(DETACHED + "def g(x): return 5 * x", x=[1.0, 2.0])
    assert result.conclusion == "undecided"
    assert "two routes disagree at x[0]: torch.autograd gives 1.0, differences of the function's values 2.0" in words(
        result
    )
    assert "agrees with neither" in words(result)


@pytest.mark.parametrize(
    ("claim", "whom", "conclusion"), [("x", "torch.autograd", "undecided"), ("2 * x", "the differences", "agrees")]
)
def test_the_route_that_a_claim_agrees_with_is_told(claim: str, whom: str, conclusion: str, compare: Compare) -> None:
    """A backward pass that is wrong is no witness for a claim; the function's own values are."""
    (result,) = compare(DETACHED + f"def g(x): return {claim}", x=[1.0, 2.0])
    assert result.conclusion == conclusion
    assert f"agrees with {whom}" in words(result)
    (near,) = compare(DETACHED + f"def g(x): return {claim} * 1.000001", x=[1.0, 2.0])
    assert near.conclusion == "undecided"


def test_a_backward_that_fails_leaves_it_to_the_differences(compare: Compare) -> None:
    source = """
import torch
class Odd(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x**2
    @staticmethod
    def backward(ctx, cotangent): raise ArithmeticError("not today")
def f(x): return Odd.apply(x).sum()
def g(x): return 2 * x
"""
    (result,) = compare(source, x=[1.0, 2.0])
    assert result.conclusion == "agrees"
    assert result.routes == ("Ridders differences",)
    assert "ArithmeticError: not today" in words(result)
    assert "differences decide" in words(result)


def test_a_trap_of_where_is_seen_by_the_differences(compare: Compare) -> None:
    """where(x > 0, sqrt(x), 0) at -1: autograd gives nan, the function is flat; the claim 0 is right."""
    source = "import torch\ndef f(x): return torch.where(x > 0, torch.sqrt(x), torch.zeros_like(x)).sum()\ndef g(x): return [0.0, 0.25]"
    (result,) = compare(source, x=[-1.0, 4.0])
    assert result.conclusion == "agrees"
    assert "torch.autograd gives nan" in words(result)


# -- planted faults: the oracle is seen to fail


def test_a_fault_in_autograd_would_be_seen(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    right = subject.jacobian_reverse
    monkeypatch.setattr(subject, "jacobian_reverse", lambda *given: [2 * block for block in right(*given)])
    (result,) = compare(CUBES + "def g(x): return 2.5 * x**2", **FLAT)
    assert result.conclusion == "undecided"
    assert "two routes disagree" in words(result)


@pytest.mark.parametrize("fault", [
    lambda difference, step, order=2: ridders(lambda h: 1.001 * difference(h), step, order),
    lambda difference, step, order=2: differences.Estimate(0 * difference(step), np.zeros_like(difference(step))),
])  # fmt: skip
def test_a_fault_in_the_differences_would_be_seen(
    fault: Any, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Any: a wrong ridders
    by_values = "def f(x): return float(np.sum(x.copy()**3))\ndef g(x): return 3 * x**2"
    assert compare(by_values, **FLAT)[0].conclusion == "agrees"
    assert compare(CUBES + "def g(x): return 3 * x**2", **FLAT)[0].notes == ()
    monkeypatch.setattr(differences, "ridders", fault)
    assert compare(by_values, **FLAT)[0].conclusion == "refuted"
    assert "two routes disagree" in words(compare(CUBES + "def g(x): return 3 * x**2", **FLAT)[0])


def test_an_error_estimate_that_is_too_large_decides_nothing(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    def vague(difference: Any, step: float, order: int = 2) -> differences.Estimate:  # Any: a function of the step
        found = ridders(difference, step, order)
        return differences.Estimate(found.value, found.error + np.abs(found.value))

    monkeypatch.setattr(differences, "ridders", vague)
    (result,) = compare("def f(x): return float(x)**3\ndef g(x): return 3 * x**2", x=2.0)
    assert result.conclusion == "undecided"
    assert "too coarse to tell" in words(result)


# -- requests


@pytest.mark.parametrize(("options", "error"), [
    ({"kind": "value"}, UsageError), ({"kind": "slope"}, UsageError), ({"rtol": 0.0}, UsageError), ({"points": 0}, UsageError),
    ({"wrt": ["z"]}, InputError), ({"wrt": ["x", "x"]}, UsageError),
])  # fmt: skip
def test_requests_that_make_no_sense(options: dict[str, Any], error: type[GradcliError], compare: Compare) -> None:
    with pytest.raises(error):
        compare("def f(x): return x\ndef g(x): return 1", x=2.0, options=options)


def test_a_point_is_needed() -> None:
    for values in ({}, {"x": np.zeros(0)}):
        with pytest.raises(InputError, match="no point"):
            check_functions(lambda: 0.0, lambda: 0.0, values)


@pytest.mark.parametrize("kind", ["grad", "hessian"])
def test_the_gradient_of_several_numbers(kind: str, compare: Compare) -> None:
    with pytest.raises(ExpressionError, match=r"belongs to a single number; .* gives shape \(2,\)") as caught:
        compare("def f(x): return x\ndef g(x): return 1", x=[1.0, 2.0], options={"kind": kind})
    assert "--kind jacobian" in str(caught.value.hint)


def test_a_derivative_that_is_too_large() -> None:
    with pytest.raises(LimitError, match="entries"):
        check_functions(lambda x: x.sum(), lambda x: 0, {"x": np.ones(3000)}, kind="hessian")


def test_rtol_decides(compare: Compare) -> None:
    source = "def f(x): return x**2\ndef g(x): return 2 * x * (1 + 1e-6)"
    (loose,) = compare(source, x=3.0)
    assert loose.conclusion == "agrees"
    assert loose.digits == pytest.approx(6, abs=0.1)
    assert "told to 6.0 digits only" in words(loose)
    (tight,) = compare(source, x=3.0, options={"rtol": 1e-9})
    assert tight.conclusion == "refuted"
    (coarse,) = compare(source.replace("1e-6", "1e-2"), x=3.0, options={"rtol": 0.1})
    assert coarse.conclusion == "agrees"


def test_the_same_seed_gives_the_same(compare: Compare) -> None:
    source = "def f(x): return (x**3).sum()\ndef g(x): return x"
    first, second = (compare(source, x=[1.0, 2.0], options={"seed": 5, "points": 3}) for _ in range(2))
    assert first == second


# -- at random

SHAPES: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = (
    (np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda z: 1 / np.cosh(z) ** 2), (np.square, lambda z: 2 * z),
    (lambda z: z**3, lambda z: 3 * z**2), (lambda z: np.log1p(np.exp(z)), lambda z: 1 / (1 + np.exp(-z))),
    (np.abs, np.sign), (lambda z: 1 / (1 + z * z), lambda z: -2 * z / (1 + z * z) ** 2),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_random_functions_at_random_scales(seed: int) -> None:
    """The right gradient is accepted; with one entry off by a thousandth, or a factor of -1 or 2, it is refuted."""
    random = np.random.default_rng(seed)
    size, count, scale = int(random.integers(1, 6)), int(random.integers(1, 4)), 10.0 ** random.integers(-6, 5)
    chosen = [SHAPES[k] for k in random.integers(0, len(SHAPES), count)]
    A, b, c = random.normal(size=(count, size)) / scale, random.normal(size=count), random.normal(size=count) * 1e3
    x = random.normal(size=size) * scale

    def f(x: Any) -> float:  # Any: arrays
        return float(sum(c[k] * shape(A[k] @ x + b[k]) for k, (shape, _) in enumerate(chosen)))

    def g(x: Any) -> Any:  # Any: arrays
        return sum(c[k] * slope(A[k] @ x + b[k]) * A[k] for k, (_, slope) in enumerate(chosen))

    worst = int(np.argmax(np.abs(g(x))))
    (right,) = check_functions(f, g, {"x": x}, seed=seed)
    assert right.conclusion == "agrees", (seed, right)
    (slip,) = check_functions(f, lambda x: g(x) * (1 + 1e-3 * (np.arange(size) == worst)), {"x": x}, seed=seed)
    assert slip.conclusion == "refuted", (seed, slip)
    for factor, kind in ((-1, "sign"), (0.5, "factor")):
        (wrong,) = check_functions(f, lambda x, factor=factor: factor * g(x), {"x": x}, seed=seed)
        assert wrong.conclusion == "refuted", (seed, wrong)
        assert wrong.diagnosis is not None, (seed, wrong)
        assert wrong.diagnosis.kind == kind, (seed, wrong)


@pytest.mark.parametrize("seed", range(10))
def test_random_functions_by_torch(seed: int) -> None:
    random = np.random.default_rng(seed)
    A, x = torch.tensor(random.normal(size=(3, 4))), random.normal(size=4)

    def f(x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(A @ x)

    def g(x: torch.Tensor) -> torch.Tensor:
        return (1 - torch.tanh(A @ x) ** 2)[:, None] * A

    (right,) = check_functions(f, g, {"x": x}, seed=seed, points=3)
    assert (right.conclusion, right.kind, right.points) == ("agrees", "jacobian", 3)
    assert right.digits is not None
    assert right.digits > 13
    (wrong,) = check_functions(f, lambda x: g(x).T, {"x": x}, seed=seed)
    assert (wrong.conclusion, wrong.diagnosis and wrong.diagnosis.kind) == ("refuted", "transpose")
