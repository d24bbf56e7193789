"""Losses without a graph, no scalars, no tensors, gradients that are not there: the cause and the line of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from script.forked import answer, marked, parts_of
from script.missing_cases import CASES as MISSING
from script.purpose_cases import CASES as PURPOSES
from script.untracked_cases import CASES, Case

ALL = (*CASES, *PURPOSES, *MISSING)


@pytest.mark.generated(share=1 / 8, kind=lambda case, trace: (case.causes[0], trace))
@pytest.mark.parametrize("trace", [False, True], ids=["plain", "traced"])
@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_the_mistake_is_found(case: Case, trace: bool, tmp_path: Path) -> None:
    told = answer(case.program, tmp_path, trace=trace)
    assert not told.trouble, told.trouble
    assert told.finding is not None, told.error
    place = told.finding.place
    assert told.finding.cause in case.causes, told.finding
    assert (Path(place.file).name, place.line) in marked(parts_of(case.program)), told.finding
    if case.variable is not None:
        assert told.finding.variable == case.variable


ELSEWHERE = """
# file: losses.py
def loss_of(x):

    y = x.detach()
    return (y * 2).sum()
# file: main.py
import torch
from losses import loss_of
loss_of(torch.ones(2, requires_grad=True)).backward()
"""
OF_A_CLASS = """
import torch
class Net:
    w = torch.ones(2)
    out = w * 2

Net.out.sum().backward()
"""


def test_a_line_in_another_file_than_the_mistakes_is_told_with_its_file(tmp_path: Path) -> None:
    finding = answer(ELSEWHERE.strip("\n"), tmp_path, trace=False).finding
    assert finding is not None
    assert finding.says.endswith("The error is raised at main.py, line 3.")


def test_a_tensor_whose_making_was_not_found_is_not_said_to_be_made_where_it_failed(tmp_path: Path) -> None:
    finding = answer(OF_A_CLASS.strip("\n"), tmp_path, trace=False).finding
    assert finding is not None
    assert "made here" not in finding.says


FROZEN_BESIDE_A_TARGET = """
import torch
from torch import nn
q, old = nn.Linear(2, 2), nn.Linear(2, 2)
for p in q.parameters():
    p.requires_grad_(False)
states = torch.randn(5, 2)
with torch.no_grad():
    y = old(states).max(1).values
(q(states).max(1).values - y).pow(2).mean().backward()
"""


@pytest.mark.parametrize("trace", [False, True], ids=["plain", "traced"])
def test_a_target_under_no_grad_is_not_surely_the_cut_where_what_is_trained_was_frozen(
    trace: bool, tmp_path: Path
) -> None:
    finding = answer(FROZEN_BESIDE_A_TARGET.strip("\n"), tmp_path, trace=trace).finding
    assert finding is not None
    assert not finding.certain
    assert "parameter_frozen" in (finding.cause, *finding.rivals)
    assert finding.edit is None or not finding.edit.mechanical
