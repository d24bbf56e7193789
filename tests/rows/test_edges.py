"""Kinks and the edges of domains."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from flint import arb
from oracles import precise
from rows.calls import BOUNDED, ENTRYWISE, GRID, KINKED, by_name, call_of, generator, inside

import gradcli
from gradcli.language.parse import parse
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.program import compile_tree, run
from gradcli.operations import table
from gradcli.operations.row import REQUIRED, Op
from gradcli.operations.table import OPS


def one_sided(op: Op, x: float) -> list[float]:
    """Difference quotients of the sympy meaning from the left and the right; nan outside the domain, inf at a jump."""
    arithmetic = precise.Precise(80)
    program = compile_tree(parse(call_of(op)).tree)
    value = lambda v: run(program, arithmetic, {"x": np.array(v, dtype=object)})[()]  # noqa: E731
    centre, quotients = arithmetic.context.mpf(x), []
    for side in (-1, 1):
        step = side * arithmetic.context.mpf(10) ** -30
        quotient = float((value(centre + step) - value(centre)) / step)
        quotients.append(math.inf if abs(quotient) > 1e9 else quotient)
    return quotients


def assert_kinks(op: Op) -> None:
    points = [x for x in GRID if inside(op, op.kinks, {"x": x}) and (not op.domain or inside(op, op.domain, {"x": x}))]
    assert points, f"no point of {GRID} is a kink of {op.name}"
    for x in points:
        check = gradcli.grad(call_of(op), {"x": x}).check
        left, right = one_sided(op, x)
        smooth = math.isfinite(left) and math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
        if smooth:
            assert check.verdict in {"agrees", "trap"}, (x, check)
        else:
            infinite = math.inf in {left, right}
            assert check.verdict == ("singular" if infinite else "convention"), (x, left, right, check)


@by_name(KINKED)
def test_a_kink_is_a_convention_or_singular_and_never_differs(op: Op) -> None:
    assert_kinks(op)


def test_a_kink_that_balls_do_not_know_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FUNCTIONS, "floor", replace(FUNCTIONS["floor"], slopes=(lambda x, out: Ball(arb(0)),)))
    with pytest.raises(AssertionError):
        assert_kinks(OPS["floor"])


def boundary(op: Op) -> list[float]:
    """The grid's points on a kink, and those in the domain from which one step leads out of it."""
    within = [x for x in GRID if not op.domain or inside(op, op.domain, {"x": x})]
    kinks = [x for x in within if op.kinks and inside(op, op.kinks, {"x": x})]
    out = [x for x in within if op.domain and any(not inside(op, op.domain, {"x": x + step}) for step in (-1e-9, 1e-9))]
    return [*kinks, *out]


@by_name([op for op in ENTRYWISE if (op.kinks or op.domain) and [param.name for param in op.tensors] == ["x"]])
def test_a_kink_or_an_edge_is_told_and_spoils_no_other_entry(op: Op) -> None:
    """The same word alone, beside a smooth entry and inside of a sum; the smooth entry agrees."""
    for x in boundary(op):
        alone = gradcli.grad(call_of(op), {"x": x}).check
        assert alone.verdict != "unchecked", (x, alone)
        for text in (f"{call_of(op)} + cos(y)", f"sum([cos(y), {call_of(op)}, y])"):
            check = gradcli.grad(text, {"x": x, "y": 1.0}).check
            assert check.verdict == alone.verdict, (text, x, check)
            assert all(finding.entry != "y" for finding in check.findings), (text, x, check)


def assert_domain(op: Op) -> None:
    names = [param.name for param in op.tensors if param.default is REQUIRED]
    points = [dict(zip(names, values, strict=True)) for values in itertools.product(GRID, repeat=len(names))]
    outside = [point for point in points if not inside(op, op.domain, point)]
    assert outside, f"no point of the grid is outside of {op.domain}"
    for point in generator(op).sample(outside, min(6, len(outside))):
        result = gradcli.grad(call_of(op), point)
        assert (result.check.verdict, result.exit_code()) == ("singular", 5), (point, result)
        assert result.check.notes


@pytest.mark.generated(share=1 / 2, kind=lambda op: op.group)
@by_name(BOUNDED)
def test_outside_the_domain_is_singular(op: Op) -> None:
    assert_domain(op)


def test_a_function_that_goes_on_past_its_domain_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    longer = replace(OPS["log"], torch=lambda t, x: t.log(t.abs(x)), sympy=lambda s, x: s.log(s.Abs(x)))
    monkeypatch.setitem(table.OPS.loaded, "log", longer)
    with pytest.raises(AssertionError):
        assert_domain(longer)
