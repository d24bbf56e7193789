"""What a verdict tells of each of many entries is true, by a reading of each by itself; see arrays.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fuzzing.arrays import Many, arrayed, arrays_fault
from slices import Draw

import gradcli


def checked(many: Many) -> tuple[Any, Any]:
    result = gradcli.grad(many.text, many.values)
    return np.array(result.derivative["v"]), result.check


def test_what_is_said_of_an_entry_is_true(draw: Draw) -> None:
    for _, rng in draw.generators(4):
        many = arrayed(rng)
        false = arrays_fault(many, *checked(many))
        assert not false, f"{many.replay()}: {false}"


ABS = Many((), "sum(abs(v))", {"v": [0.5 + 0.01 * k for k in range(199)] + [0.0]}, "abs(x)", (3, 199))


def test_a_wrong_number_is_seen() -> None:
    found, check = checked(ABS)
    assert not arrays_fault(ABS, found, check)
    found[3] = 1.001
    assert "v[3]" in arrays_fault(ABS, found, check)


@pytest.mark.parametrize(("left", "right"), [(-1.0, 0.0), (1.0, 1.0), (None, 1.0)])
def test_a_wrong_side_is_seen(left: float | None, right: float) -> None:
    found, check = checked(ABS)
    (finding,) = check.findings
    false = replace(check, findings=(replace(finding, left=left, right=right),))
    assert "v[199]" in arrays_fault(ABS, found, false)


def test_a_kink_that_is_not_told_is_seen() -> None:
    found, check = checked(ABS)
    assert "v[199]" in arrays_fault(ABS, found, replace(check, verdict="agrees", findings=()))
