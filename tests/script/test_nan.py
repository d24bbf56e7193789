"""``--nan``: the first value or gradient that is not finite, its entry, gradcli's formula of it, and a rewrite."""

from __future__ import annotations

from pathlib import Path

import pytest

import gradcli

MASKED = """\
import torch
x = torch.tensor([4.0, 0.0], requires_grad=True)
y = torch.where(x > 0, torch.sqrt(x), torch.zeros(2))
y.sum().backward()
"""
UNDERFLOW = """\
import torch
scores = torch.tensor([[1.0, -800.0]], requires_grad=True)
loss = -torch.log(torch.sigmoid(scores)).mean()
loss.backward()
"""
INFINITE = """\
import torch
net = torch.nn.Linear(2, 2)
difference = net(torch.zeros(4, 2)) * 0
distance = difference.pow(2).sum(1).sqrt()
distance.sum().backward()
"""
FINE = """\
import torch
x = torch.tensor([4.0, 0.0], requires_grad=True)
torch.where(x > 0, torch.log(x), torch.zeros(2)).sum()  # -inf, and nobody asks for its gradient
x.sum().backward()
"""


def explained(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> gradcli.ScriptExplanation:
    (folder / "train.py").write_text(script)
    monkeypatch.chdir(folder)
    return gradcli.explain_run("train.py", nan=True)


def test_a_masked_entry_is_told_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = explained(MASKED, tmp_path, monkeypatch)
    assert found.error is not None
    assert found.finding is not None
    assert [cause.name for cause in found.error.causes] == ["where_trap"]
    assert found.place is not None
    assert found.place.line == 3
    assert "nan in entry [1] at x = 0.0" in found.finding.says
    assert found.numbers is not None
    assert (found.numbers.command, found.numbers.verdict) == ("gradcli grad 'sqrt(x)' x=0.0", "singular")


def test_the_first_value_that_is_not_finite_and_the_rewrite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = explained(UNDERFLOW, tmp_path, monkeypatch)
    assert found.error is not None
    assert found.error.causes[0].name == "value_not_finite"
    assert found.place is not None
    assert found.place.line == 3
    assert found.numbers is not None
    assert found.numbers.command == "gradcli grad 'log(sigmoid(x))' x=-800.0"
    assert found.numbers.rewrite == "logsigmoid(x)"


def test_an_infinite_gradient_is_found_that_anomaly_mode_lets_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = explained(INFINITE, tmp_path, monkeypatch)
    assert found.error is not None
    assert found.error.causes[0].name == "nan_root_at_zero"
    assert found.finding is not None
    assert "infinite in entry [0]" in found.finding.says
    assert found.place is not None
    assert found.place.line == 4


def test_a_value_that_no_gradient_meets_is_let_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = explained(FINE, tmp_path, monkeypatch)
    assert found.error is None
    assert found.exit == 0
