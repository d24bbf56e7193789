"""On a GPU float32 has all its bits, and the same digits each time: torch's settings inside a session, and after it."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import pytest
import torch

from gradcli.autograd import devices
from gradcli.autograd.devices import exact_on


def settings() -> list[Any]:  # Any: whatever they are
    owners = devices._settings()
    return [
        *(getattr(owner, name) for owner, name, _ in owners),
        torch.get_float32_matmul_precision(),
        torch.get_deterministic_debug_mode(),
    ]


@pytest.fixture(params=["torch's own", "the opposite"])
def before(request: pytest.FixtureRequest) -> Any:  # Any: as above
    """What was set before, which is put back after the test."""
    own = settings()
    if request.param == "the opposite":
        torch.set_float32_matmul_precision("high")
        for owner, name, value in devices._settings():
            setattr(owner, name, "tf32" if value == "ieee" else not value)
        torch.set_deterministic_debug_mode("error")
    yield settings()
    torch.set_deterministic_debug_mode(own[-1])
    torch.set_float32_matmul_precision(own[-2])
    for (owner, name, _), value in zip(devices._settings(), own, strict=False):
        setattr(owner, name, value)


def test_no_tf32_and_the_same_digits_inside_and_all_as_before_after_it(before: list[Any]) -> None:
    wanted = [value for _, _, value in devices._settings()]
    inside = []
    with suppress(KeyError), exact_on("cuda:0"):
        inside += settings()
        raise KeyError
    assert inside == [*wanted, "highest", 1]
    assert settings() == before


def test_on_the_processor_nothing_is_touched(before: list[Any]) -> None:
    with exact_on("cpu"):
        assert settings() == before


def test_both_ways_of_torch_to_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    new = {(name, value) for _, name, value in devices._settings()}
    assert ("fp32_precision", "ieee") in new or ("allow_tf32", False) in new
    monkeypatch.setattr(devices, "hasattr", lambda *_: False, raising=False)
    assert ("allow_tf32", False) in {(name, value) for _, name, value in devices._settings()}


def test_what_has_no_deterministic_algorithm_is_no_remark_to_a_user() -> None:
    said = "put_ does not have a deterministic implementation, but you set 'torch.use_deterministic_algorithms(True, warn_only=True)'"
    with warnings.catch_warnings(record=True) as heard, exact_on("cuda:0"):
        warnings.warn(said, UserWarning, stacklevel=1)
        warnings.warn("another one", UserWarning, stacklevel=1)
    assert [str(one.message) for one in heard] == ["another one"]
