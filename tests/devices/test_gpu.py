"""On a GPU, where there is one: the same numbers as on the processor. On a double of one: that the comparison works."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

import gradcli
from gradcli.autograd.devices import find_device, room_on
from tests.devices import agreement
from tests.devices.agreement import DTYPES, Compared, compared, standing_in
from tests.devices.doubles import ELSEWHERE

GPU = torch.cuda.is_available()
on_a_gpu = pytest.mark.skipif(not GPU, reason="no GPU: torch.cuda.is_available() is False")
ALL = (
    agreement.operations,
    agreement.in_tables,
    agreement.sparse,
    agreement.large,
    agreement.verdicts,
    agreement.same_digits,
)


@on_a_gpu
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("of", ALL, ids=lambda of: of.__name__)
def test_it_has_the_numbers_of_the_processor(of: Callable[[str, str], Compared], dtype: str) -> None:
    assert of(find_device("cuda"), dtype).apart == ()


@on_a_gpu
def test_short_of_memory_it_has_the_same() -> None:
    assert agreement.short_of_memory(find_device("cuda")).apart == ()


@on_a_gpu
def test_it_says_what_is_free() -> None:
    room = room_on(find_device("cuda"))
    assert room is not None
    assert room > 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_double_has_them(dtype: str) -> None:
    with standing_in(ELSEWHERE):
        for found in (
            agreement.operations(ELSEWHERE, dtype, 20), agreement.in_tables(ELSEWHERE, dtype, 50), agreement.sparse(ELSEWHERE, dtype, 200),
            agreement.large(ELSEWHERE, dtype, 110_000), agreement.verdicts(ELSEWHERE, dtype), agreement.same_digits(ELSEWHERE, dtype, 2000),
        ):  # fmt: skip
            assert (found.apart, found.cases > 0) == ((), True), found.name


def test_another_number_would_be_seen() -> None:
    cases = [
        ("x**2", lambda device: [gradcli.grad("x**2" if device == "cpu" else "x**2*(1 + 1e-7)", {"x": 3.0}).value])
    ]
    assert len(compared("one", cases, "other", "float64").apart) == 1
    assert compared("one", cases, "other", "float32").apart == ()
