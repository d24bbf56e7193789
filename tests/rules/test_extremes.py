"""Rules neither overflow nor cancel where torch's own slopes do not: at 1000 and -1000, at 1e-300 and between."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import sympy
import torch

from gradcli.autograd import tensors
from gradcli.meaning import rules
from gradcli.meaning.program import Step
from gradcli.operations.row import Op
from gradcli.operations.table import OPS

HUGE = (1000.0, -1000.0, 999.0, -1001.5, 3.0, 1e-300, -1e-300, 20.0, -30.0)
POSITIVE = tuple(x for x in HUGE if x > 0)
ROUNDED = 1e-7  # torch itself loses so much where 1 - y cancels

AT: dict[str, tuple[tuple[float, ...], tuple[object, ...]]] = {  # numbers, constants
    **dict.fromkeys(("sigmoid", "logsigmoid", "silu", "softsign", "mish", "erfcx", "dawsn", "i0e", "i1e", "tanh"), (HUGE, ())),
    **dict.fromkeys(("scaled_modified_bessel_k0", "scaled_modified_bessel_k1"), (POSITIVE, ())),
    **dict.fromkeys(("softmax", "log_softmax", "logcumsumexp"), (HUGE, (-1,))), "logsumexp": (HUGE, (None, False)),
    **dict.fromkeys(("logaddexp", "logaddexp2", "hypot", "div"), (HUGE, ())), "beta": (POSITIVE[:2], ()), "softplus": (HUGE, (1, 20)),
}  # fmt: skip


def assert_holds(op: Op) -> None:
    numbers, constants = AT[op.name]
    with tensors.session("float64", "cpu"):
        x = torch.tensor([v for v in numbers if op.name != "erfcx" or v > -25])
        operands = [x if k == 0 else x.flip(0) for k in range(len(op.tensors))]
        step = Step(sympy.Integer(0), op, tuple(range(len(operands))), constants)
        leaves = [v.clone().requires_grad_() for v in operands]
        out = torch.as_tensor(tensors.TorchArithmetic().apply(step, list(leaves)))
        cotangent = torch.linspace(-1, 2, out.numel()).reshape(out.shape)
        due = torch.autograd.grad(out, leaves, cotangent)
        for k, expected in enumerate(due):
            found = rules.pulled(step, k, operands, cotangent, out.detach(), tensors.TorchArithmetic())
            for one, other in zip(found.tolist(), expected.tolist(), strict=True):
                assert not math.isfinite(other) or math.isclose(one, other, rel_tol=ROUNDED, abs_tol=1e-12), (
                    one,
                    other,
                )


@pytest.mark.parametrize("name", AT)
def test_a_rule_at_huge_and_tiny_numbers(name: str) -> None:
    assert_holds(OPS[name])


@pytest.mark.parametrize(("name", "rule"), [
    ("logcumsumexp", "exp(x)*flip(cumsum(flip(g*exp(-out), dim), dim), dim)"), ("sigmoid", "g*exp(-x)/(1 + exp(-x))**2"), ("i0e", "g*exp(-abs(x))*i1(x) - g*sign(x)*out"),
])  # fmt: skip
def test_a_rule_that_overflows_is_seen(name: str, rule: str) -> None:
    with pytest.raises(AssertionError):
        assert_holds(replace(OPS[name], rule=(rule,)))
