"""torch: what the rows' own torch meanings do, as text; its functions where gradcli has the slope by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy

from gradcli.base.errors import LimitError
from gradcli.export.arrays import Arrays, Call, Spelling, places_source
from gradcli.meaning.program import Step
from gradcli.meaning.source import Text, Unwritten
from gradcli.meaning.torch_meaning import plain_constant, torch_meaning
from gradcli.operations.shape_rules import Shape


def put_back(call: Call) -> str | None:
    """None where a step is negative: torch has none in indices."""
    if any(isinstance(entry, slice) and (entry.step or 1) < 0 for entry in call["entries"]):
        return None
    return f"put_back({{0}}, {{1}}, {places_source(call['entries'])})"


def set_at(call: Call) -> str | None:
    """None also where there are lists and masks, whose axes torch has elsewhere than numpy."""
    entries = call["entries"]
    if any(isinstance(entry, tuple) or (isinstance(entry, slice) and (entry.step or 1) < 0) for entry in entries):
        return None
    return f"set_at({{0}}, {{1}}, {places_source(entries)})"


def binary_cross_entropy(call: Call) -> str:
    """torch's own refuses targets that are no probabilities; the formula has values and slopes there."""
    each = "{1:p}*torch.clamp(torch.log({0}), min=-100) + (1 - {1:p})*torch.clamp(torch.log(1 - {0:p}), min=-100)"
    return f"u|-({each})" if call["reduction"] == "none" else f"u|-torch.{call['reduction']}({each})"


def polygamma(call: Call) -> str:
    """torch.polygamma(1, x) has ten digits; it is Hurwitz' zeta, of which torch has all."""
    return "torch.special.zeta(2, {0})" if call["n"] == 1 else "torch.polygamma({n}, {0})"


# Rows whose slopes gradcli computes by itself: torch has the values, and the derivative is written out here.
SPELLINGS: Mapping[str, Spelling] = {
    "lgamma": "torch.lgamma({0})", "digamma": "torch.digamma({0})", "polygamma": polygamma,
    "gamma": "gamma({0})", "ndtr": "torch.special.ndtr({0})", "log_ndtr": "torch.special.log_ndtr({0})",
    "ndtri": "torch.special.ndtri({0})", "erfcx": "torch.special.erfcx({0})", "i0": "torch.special.i0({0})",
    "i1": "torch.special.i1({0})", "i0e": "torch.special.i0e({0})", "i1e": "torch.special.i1e({0})",
    "gammainc": "torch.special.gammainc({0}, {1})", "gammaincc": "torch.special.gammaincc({0}, {1})",
    "bessel_j0": "torch.special.bessel_j0({0})", "bessel_j1": "torch.special.bessel_j1({0})",
    "bessel_y0": "torch.special.bessel_y0({0})", "bessel_y1": "torch.special.bessel_y1({0})",
    "modified_bessel_k0": "torch.special.modified_bessel_k0({0})",
    "modified_bessel_k1": "torch.special.modified_bessel_k1({0})",
    "airy_ai": "torch.special.airy_ai({0})", "spherical_bessel_j0": "torch.special.spherical_bessel_j0({0})",
    "binary_cross_entropy": binary_cross_entropy, "put_back": put_back, "set_at": set_at,
    "zeta": lambda call: None if call.operands[1] is None else "torch.special.zeta({0}, {1})",
    "zeros": "torch.zeros({sizes}, dtype=torch.float64)", "ones": "torch.ones({sizes}, dtype=torch.float64)",
    "full": "p|{0:p}*torch.ones({sizes}, dtype=torch.float64)",
    "eye": lambda call: f"torch.eye({{n}}, {'' if call['m'] is None else '{m}, '}dtype=torch.float64)",
    "linspace": "torch.linspace({start}, {stop}, {steps}, dtype=torch.float64)",
    "logspace": "torch.logspace({start}, {stop}, {steps}, {base}, dtype=torch.float64)",
    "adjugate": lambda call: "adjugate({0})" if len(call.shape) == 2 else None,
    "lbeta": "s|torch.lgamma({0}) + torch.lgamma({1}) - torch.lgamma({0} + {1})",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Torch(Arrays):
    """Every row that torch differentiates has its meaning in torch; that is what is written."""

    def spelled(
        self, step: Step, operands: Sequence[Text | None], shapes: Sequence[Shape | None], shape: Shape
    ) -> Text:
        op = step.op
        assert op is not None
        lacking = op.own or op.differentiates
        if lacking or op.name in self.spellings:
            try:
                return Arrays.spelled(self, step, operands, shapes, shape)
            except LimitError:
                if lacking:
                    raise
        try:
            recorded: Text = torch_meaning(op)(Text("torch"), *operands, *map(plain_constant, step.constants))
        except Unwritten:
            raise LimitError(f"torch has no one word for {op.usage}", kind="unchecked") from None
        if op.tensors:
            return recorded
        text = recorded.text.replace("torch.get_default_dtype()", "torch.float64")
        return Text(text if "torch.float64" in text else f"{recorded:a}.to(torch.float64)")


HELPERS = {
    "gamma": """def gamma(x):
    sign = torch.where(x > 0, 1.0, 1 - 2*torch.remainder(torch.floor(x), 2))
    return sign*torch.exp(torch.lgamma(x))""",
    "put_back": """def put_back(y, x, entries):
    out = torch.zeros(x.shape, dtype=y.dtype)
    out[entries] = y
    return out""",
    "set_at": """def set_at(x, y, entries):
    out = x.clone()
    out[entries] = y
    return out""",
    "adjugate": """def adjugate(A):
    U, s, Vh = torch.linalg.svd(A)
    others = torch.prod(torch.where(torch.eye(len(s), dtype=bool), 1.0, s), 1)
    return torch.linalg.det(U)*torch.linalg.det(Vh)*(Vh.T*others) @ U.T""",
}

TORCH = Torch(
    name="torch",
    imports=("import torch",),
    spellings=SPELLINGS,
    numbers={
        sympy.pi: "torch.pi", sympy.E: "torch.e", sympy.oo: "torch.inf", -sympy.oo: "-torch.inf",
        sympy.nan: "torch.nan",
    },
    literal="torch.tensor({}, dtype=torch.float64)",
    close="torch.allclose({}, {}, rtol=1e-9, atol=1e-12)",
    helpers=HELPERS,
    diagonal="{0}.diagonal().add_({1})",
    wrapped="torch.tensor({}, dtype=torch.float64)",
)  # fmt: skip
