"""A rule is a formula like any other: the rules of the rows in it give its own derivatives, in operands, g and out."""

from __future__ import annotations

import pytest
import torch
from rows.calls import by_name
from rules.cases import Case, chosen, is_differentiated, values_of
from rules.compare import differentiable, value_in_torch
from slices import Draw

from gradcli.autograd import tensors
from gradcli.meaning import rules
from gradcli.meaning.program import run
from gradcli.meaning.rules import operands_of, rule_program, vjp
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, rows

SOME, EVERYTHING = 1, 40  # cases of a row: of a slice, with --all
WRITTEN = [op for op in rows() if is_differentiated(op) and op.rule and not op.elementwise]


def seeded(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def assert_differentiated_again(case: Case) -> None:
    """The vjp of each rule by the rows' rules is torch's vjp of the same rule."""
    arithmetic = tensors.TorchArithmetic()
    with tensors.session("float64", "cpu"):
        operands = values_of(case)
        names = [name for name, _ in operands_of(case.op, len(operands))]
        values = {name: x for name, x in zip(names, operands, strict=True) if x is not None}
        values |= {"g": seeded(case.out, 1), "out": value_in_torch(case, operands).detach()}
        moving = differentiable(case)
        for k in moving:
            program = rule_program(case.op, k, case.constants, case.shapes, case.out)
            wrt = [n for n in program.names if n not in names or names.index(n) in moving]
            leaves = {
                n: x.clone().requires_grad_(n in wrt) if x.dtype.is_floating_point else x for n, x in values.items()
            }
            value = torch.as_tensor(run(program, arithmetic, leaves))
            cotangent = seeded(tuple(value.shape), 2)
            found = vjp(program, arithmetic, values, cotangent, wrt)
            for name, due in zip(wrt, grads(value, [leaves[n] for n in wrt], cotangent), strict=True):
                given = found[name]
                shown = torch.zeros_like(due) if given is None else torch.as_tensor(given)
                torch.testing.assert_close(shown, due, rtol=1e-8, atol=1e-9, equal_nan=True, msg=f"{case}: {k}, {name}")


def grads(value: torch.Tensor, leaves: list[torch.Tensor], cotangent: torch.Tensor) -> list[torch.Tensor]:
    if not value.requires_grad or not leaves:
        return [torch.zeros_like(leaf) for leaf in leaves]
    return list(torch.autograd.grad(value, leaves, cotangent, allow_unused=True, materialize_grads=True))


@by_name(WRITTEN)
def test_a_rule_is_differentiated_again(op: Op, draw: Draw) -> None:
    for case in (case for case in chosen(op, draw.count(SOME, EVERYTHING)) if differentiable(case)):
        assert_differentiated_again(case)


def test_a_wrong_rule_inside_a_rule_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule of softmax sums along an axis: where the sum's own rule is off, so is what it gives."""
    case = next(case for case in chosen(OPS["softmax"], 400) if case.out == (3,))
    assert_differentiated_again(case)
    right = rules.rule_text
    monkeypatch.setattr(rules, "rule_text", lambda op, *a: ("2*" if op is OPS["sum"] else "") + right(op, *a))
    with pytest.raises(AssertionError):
        assert_differentiated_again(case)
