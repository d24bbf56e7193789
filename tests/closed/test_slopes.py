"""Functions entry by entry have the slopes of their rows: proved for all sizes, and refused in the words of the rows."""

from __future__ import annotations

import pytest
import sympy
import torch
from closed.statements import Claim, outcome
from rows.calls import by_name

from gradcli.autograd.tensors import evaluate, session
from gradcli.closed import named
from gradcli.closed.proof import Proved
from gradcli.language import nodes
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning import rules
from gradcli.meaning.program import compile_tree
from gradcli.operations.row import CONDITION, NONE, REQUIRED, Op
from gradcli.operations.table import OPS, rows

GIVEN = {"n": 3, "p": 2, "threshold": 1, "value": 2, "min_val": -1, "max_val": 1, "lower": 0, "upper": 1}

# Rows of whose slope something else is written in the claim than index form has.
UNREAD = {
    "where: a condition of its own": ("where",),
    "where two numbers are equal": (
        "sinc", "maximum", "minimum", "fmax", "fmin", "heaviside", "spherical_bessel_j0", "relu", "relu6", "hardtanh",
        "hardsigmoid", "hardswish", "softshrink", "clamp", "exprel", "log1prel", "polylog", "lerchphi", "spence", "berp", "beip",
    ),
    "by a recurrence, for whole periods or at 0": ("scaled_modified_bessel_k1", "fresnels", "fresnelc", "i1e"),
    "jumps": ("mod", "fmod", "ieee_remainder", "floor_divide", "cbrt", "frac"),
    "written for floats": ("erfcinv", "log_ndtr", "ndtri", "softplus"),
    "gamma(n + 1) is n*gamma(n), and exp(lgamma(a)) is gamma(a) for positive ones": ("binomial", "gammainc", "gammaincc"),
}  # fmt: skip
LEFT_OUT = {name for names in UNREAD.values() for name in names}
SMOOTH = [
    op
    for op in rows()
    if op.elementwise and op.tensors and not (op.boolean or op.random or op.flat) and op.name not in LEFT_OUT
]


def claims_of(op: Op) -> list[Claim]:
    """For each operand the sum of the function over vectors, and the rule as its gradient."""
    present = [param.name for param in op.tensors if param.default is REQUIRED and param.kind != CONDITION]
    constants = tuple(GIVEN[c.name] if c.default is REQUIRED else c.default for c in op.constants)
    shapes = [(3,) if param.name in present else None for param in op.tensors]
    function = nodes.make(op, [nodes.symbol(name) for name in present], constants)
    found = []
    for k, name in enumerate(present):
        if not rules.why_none(op, k, shapes, constants):
            tree = rules.rule_tree(op, k, constants, shapes, (3,))
            slope = write(tree.xreplace({nodes.symbol("g"): sympy.Integer(1), nodes.symbol("out"): function}))
            sizes = " ".join(f"{name}=n" for name in present)
            found.append(Claim(f"sum({write(function)})", f"{slope} + 0*{name}", name, sizes))
    return found


@by_name(SMOOTH)
def test_the_rule_of_a_row_is_its_gradient_for_all_sizes(op: Op) -> None:
    for claim in claims_of(op):
        assert isinstance(outcome(claim), Proved), (claim, outcome(claim))


@by_name(SMOOTH)
def test_another_rule_is_not(op: Op) -> None:
    for claim in claims_of(op):
        wrong = Claim(claim.function, f"({claim.claim})*1.0000001", claim.wrt, claim.shapes)
        assert isinstance(outcome(wrong), str), wrong


@pytest.mark.parametrize(("function", "slope"), [
    ("sum(lowergamma(3, x))", "x**2*exp(-x)"), ("sum(uppergamma(a, x))", "-x**(a - 1)*exp(-x)"), ("sum(zeta(3, x))", "-3*zeta(4, x)"),
    ("sum(si(x))", "sin(x)/x"), ("sum(si(2*x))", "2*spherical_jn(0, 2*x)"), ("sum(spherical_jn(1, x))", "spherical_jn(0, x) - 2*spherical_jn(1, x)/x"),
    ("sum(spherical_jn(9, x))", "spherical_jn(8, x) - 10*spherical_jn(9, x)/x"), ("sum(ellipe(x))", "(ellipe(x) - ellipk(x))/(2*x)"),
    ("sum(erfcinv(x))", "-sqrt(pi)/2*exp(erfcinv(x)**2)"), ("sum(airy_ai_prime(a*x))", "a**2*x*airy_ai(a*x)"), ("sum(gammainc(2, x))", "x*exp(-x)"),
    ("sum(besselj(0, x))", "-besselj(1, x)"), ("sum(lambertw(x))", "lambertw(x)/(x*(1 + lambertw(x)))"),
])  # fmt: skip
def test_slopes_by_hand(function: str, slope: str) -> None:
    claim = Claim(function, slope, "x", "x=n a=n")
    assert isinstance(outcome(claim), Proved), outcome(claim)
    assert isinstance(outcome(Claim(function, f"{slope} + 1e-9", "x", "x=n a=n")), str)


@pytest.mark.parametrize(("function", "wrt", "name"), [
    ("sum(lowergamma(a, x))", "a", "lowergamma"), ("sum(gammaincc(a, x))", "a", "uppergamma"), ("sum(zeta(x))", "x", "zeta"), ("sum(zeta(x, a))", "x", "zeta"),
])  # fmt: skip
def test_what_has_no_rule_is_refused_in_the_words_of_the_row(function: str, wrt: str, name: str) -> None:
    why = str(OPS[name].rule[0]).removeprefix(NONE)
    assert (
        outcome(Claim(function, "0*x", wrt, "x=n a=n"))
        == f"{name} has no derivative in {OPS[name].tensors[0].name}: {why}"
    )


def _refuses(*_: object) -> None:
    raise TypeError


@pytest.mark.parametrize(("label", "slope"), [
    ("lowergamma:3,_", "x0**2*exp(-x0)"), ("zeta:_,_", "-x0*zeta(x0 + 1, x1)"), ("elliptic_k", "(ellipk(x0) - ellipd(x0))/(2*(1 - x0))"),
    ("expint:3,_", "-expn(2, x0)"), ("jn:9,_", "spherical_jn(8, x0) - 10*spherical_jn(9, x0)/x0"),
])  # fmt: skip
def test_a_rule_stands_in_where_sympy_has_no_derivative(
    label: str, slope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named, "derivative", _refuses)
    found = named.slope_program.__wrapped__(label, named.arrays_of(label) - 1)
    with session("float64", "cpu"):
        point = {"x0": torch.tensor(0.6), "x1": torch.tensor(0.7)} | (
            {"x0": torch.tensor(1.6)} if "x1" in slope else {}
        )
        due = evaluate(compile_tree(parse(slope).tree), point)
        assert torch.allclose(torch.as_tensor(evaluate(found, point)), due, rtol=1e-12)
