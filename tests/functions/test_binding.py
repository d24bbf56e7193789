"""Values go to a function's parameters by name, else in order."""

from __future__ import annotations

import math
from typing import Any

import pytest
from functions.comparing import Compare

from gradcli.base.errors import InputError
from gradcli.foreign.load import bind


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
