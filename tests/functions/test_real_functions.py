"""Functions that people really have: that write, print, raise, are random, have kinks."""

from __future__ import annotations

import gc
import warnings
from typing import Any

import numpy as np
import pytest
from functions.comparing import Compare, words

from gradcli.base.errors import InputError
from gradcli.foreign.compare import check_functions


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
def test_functions_that_cannot_be_compared(source: str, says: str, compare: Compare) -> None:
    with pytest.raises(InputError) as caught:
        compare(source, x=2.0)
    assert caught.value.kind == "python"
    assert says in caught.value.message or "also needs y" in caught.value.message


def test_no_coroutine_is_left_to_be_warned_of(compare: Compare) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with pytest.raises(InputError):
            compare("async def f(x): return x\ndef g(x): return x", x=2.0)
        gc.collect()
    assert not [warning for warning in heard if "coroutine" in str(warning.message)]


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
