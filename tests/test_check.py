"""``gradcli check``: verdicts, counterexamples, options, files and their exit codes, from the command line and from Python."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runner import CLOSED, Completed, run

import gradcli
from gradcli.base.errors import ExitCode
from gradcli.claims import points, sampling
from gradcli.claims.conclusion import Conclusion
from gradcli.commands import check as command


def check(line: str, stdin: bytes | int = b"", **options: Any) -> Completed:  # Any: runner.run's
    """Runs ``gradcli check LINE``, split as a shell would."""
    return run(["check", *shlex.split(line)], stdin, **options)


def answer(line: str) -> dict[str, Any]:  # Any: JSON values
    found: dict[str, Any] = json.loads(check(f"{line} --json").stdout, parse_constant=pytest.fail)
    return found


def only(report: gradcli.CheckReport) -> Any:  # Any: a ClaimResult
    (claim,) = report.claims
    return claim


def assert_refuted(*args: Any, **options: Any) -> Any:  # Any: gradcli.check's; a ClaimResult
    claim = only(gradcli.check(*args, **options))
    assert claim.conclusion is Conclusion.REFUTED, claim
    return claim


def assert_accepted(*args: Any, **options: Any) -> Any:  # Any: as above
    claim = only(gradcli.check(*args, **options))
    assert claim.conclusion in {Conclusion.PROVED, Conclusion.AGREES}, claim
    return claim


# -- exit codes: the command, the code, the verdict or what the message says

SUMS = "--wrt w --shape X=n,d --shape w=d --shape y=n"
CODES = {
    "'x**2' '2*x'": (0, "proved"),
    "'x**2*sin(y)' --claim x='2*x*sin(y)' --claim y='x**2*cos(y)'": (0, "proved"),
    "'x**2' '2*x' x=3": (0, "proved|agrees"),
    "'x*y' y --wrt x y=2": (0, "proved"),
    "'log(x)' '1/x'": (0, "proved"),
    "'sqrt(x**2)' 1 --where 'x > 0'": (0, "proved"),
    "'log(x)' '1/x' --where 'x > 0'": (0, "proved"),
    "'(x+1)**2' 'x**2+2*x+1' --kind value": (0, "proved"),
    "'x**3' '6*x' --kind hessian": (0, "proved"),
    "'x**2' 'diag(2*x)' x=1,2": (0, "proved|agrees"),
    "'x**2' 'diag(2*x)' --kind jacobian --shape x=n": (0, "agrees"),
    "'sum(x**2)' '2*eye(n)' --kind hessian --shape x=n": (0, "agrees"),
    f"'sum((X@w - y)**2)' '2*X.T@(X@w-y)' {SUMS}": (0, "agrees"),
    "'trace(A@A)' '2*A' --shape A=n,n --where 'A == A.T'": (0, "agrees"),
    "'x**2' '3*x'": (1, "refuted"),
    "'x**2' 'x**2' x=3": (1, "refuted"),
    "'sqrt(x**2)' 1": (1, "refuted"),
    "'(x+1)**2' 'x**2+2*x' --kind value": (1, "refuted"),
    "'x**3' '3*x**2' --kind hessian": (1, "refuted"),
    "'x**2' '2*x' x=1,2": (1, "refuted"),
    "'trace(A@A)' '2*A' --shape A=n,n": (1, "refuted"),
    f"'sum((X@w - y)**2)' '2*X@(X@w-y)' {SUMS}": (1, "refuted"),
    "'x*y' --claim x=y --claim y=2*x": (1, "y: refuted"),
    "'log(x)' '1/x' --where 'x < 0'": (5, "undecided.*no point was found.*conditions hold"),
    "'x**2' '2*x' --where 'x > 0' --where 'x < 0'": (5, "undecided.*no point was found.*conditions hold"),
    "'sqrt(-1-x**2)' x": (5, "undecided.*no point was found"),
    "'floor(x)/0' 0": (5, "undecided.*no point was found"),
    "'log(x)' '1/x' x=-1": (5, "undecided.*no point was found"),
    "'x**2' '2*x' x=nan": (5, "undecided.*no point was found"),
    "": (2, "there is no function to check"),
    "'x**2'": (2, "there is no claim to check"),
    "'x*y' y": (2, "in which variable.*has x, y.*--wrt NAME"),
    "'x**2' '2*x' 3": (2, "one formula too many: 3"),
    "'x**2' '2*x' --claim x": (2, "one formula too many|NAME=FORMULA"),
    "'x*y' --claim x": (2, "--claim is NAME=FORMULA, not x"),
    "'x*y' --claim 'x='": (2, "--claim is NAME=FORMULA"),
    "'x**2' '2*x' --kind foo": (2, "--kind is grad, jacobian, hessian, value, not foo"),
    "'x**2' '2*x' --points 0": (2, "--points is a whole number from 1 to 10000, not 0"),
    "'x**2' '2*x' --points 10001": (2, "--points is a whole number from 1 to 10000, not 10001"),
    "'x**2' '2*x' --points many": (2, "--points"),
    "'x**2' '2*x' --seed -1": (2, "--seed is a whole number from 0 to 2\\*\\*48 - 1, not -1"),
    "'x**2' '2*x' --seed 281474976710656": (2, "--seed is a whole number"),
    "'x**2' '2*x' -q -v": (2, "-q contradicts -v"),
    "'x**2' '2*x' --fool": (2, "[Nn]o such option"),
    "--python module:f": (2, "--python and --against go together"),
    "'x**2' '2*y'": (3, "y is no variable of the function, which has x"),
    "'sin(theta)' 'cos(thta)'": (3, "thta is no variable.*\\^~~~.*did you mean theta"),
    "'x**2' 'foo(x)'": (3, "unknown function 'foo'"),
    "'x**2' 2x": (3, "multiplication is always written"),
    "'x**2' '2*x)'": (3, "closes nothing"),
    "'x**2' 'x > 0'": (3, "a condition is true or false"),
    "'x**2' ''": (3, "the expression is empty"),
    "'' '2*x'": (3, "the expression is empty"),
    "'x**2' '2*x' --where x": (3, "a condition is needed"),
    "'x**2' '2*x' --where 'x >'": (3, "ends too early"),
    "'x**2' '2*x' --where 'y > 0'": (3, "y is no variable"),
    "'A@x' x --wrt x --shape A=2,3 --shape x=2": (3, "matmul needs equal inner sizes"),
    "'x**2' '2*x' --kind grad --shape x=3": (3, "the gradient is of a scalar"),
    "'x**2' '2*x' x=3 z=4": (4, "z is bound, but neither function nor claim uses it"),
    "'x**2' '2*x' x=2 x=3": (4, "x is bound twice"),
    "'x**2' '2*x' --wrt y": (4, "the function does not use y"),
    "'x*y' --claim z=2": (4, "the function does not use z"),
    "'x**2' '2*x' --shape y=3": (4, "--shape names y"),
    "'x**2' '2*x' --shape x=0": (4, "is not a shape"),
    "'x**2' '2*x' --shape x": (4, "is not a shape"),
    "'x**2' '2*x' --shape x=2,2,2,2,2": (4, "is not a shape"),
    "'x**2' '2*x' x=@/nonexistent.npy": (4, "nonexistent"),
    "@/nonexistent '2*x'": (4, "cannot read /nonexistent"),
    "--file /nonexistent.toml": (4, "/nonexistent.toml: cannot be read"),
    "'sum(x**2)' '2*x' --shape x=1000": (6, "a derivative of 1,000 entries"),
}  # fmt: skip


@pytest.mark.parametrize("line", CODES)
def test_exit_codes(line: str) -> None:
    code, text = CODES[line]
    done = check(line)
    assert done.code == code, done
    shown, silent = (done.stdout, done.stderr) if code in {0, 1, 5} else (done.stderr, done.stdout)
    assert re.search(text, shown, re.DOTALL), done
    assert not silent, done


# -- what is printed


def test_text_of_a_refutation() -> None:
    """d sin(x**2)/dx = 2 x cos(x**2), at x = 2: 4 cos 4 = -2.6145744834544478, cos 4 = -0.6536436208636119."""
    done = check("'sin(x**2)' 'cos(x**2)'")
    assert done.stdout == (
        "refuted\n"
        "  at x = 2.0: claimed -0.6536436208636119, true -2.6145744834544478\n"
        "  chain rule: × 2*x is missing, the inner derivative of x**2\n"
        "  suggestion: 2*x*cos(x**2)\n"
        "  again: gradcli check 'sin(x**2)' 'cos(x**2)' --wrt x x=2\n"
    )


def test_success_is_one_line() -> None:
    assert check("'x**2' '2*x'").stdout == "proved\n"
    assert check("'x*y' --claim x=y --claim y=x").stdout == "x: proved\ny: proved\n"
    assert check("'x**2' '2*x' -q").stdout == ""
    assert re.fullmatch(r"proved\n  routes: sympy, .*; \d+ points; [\d.]+ s\n", check("'x**2' '2*x' -v").stdout)


def test_quiet_shows_what_is_not_right() -> None:
    done = check("'x*y' --claim x=y --claim y=2*x -q")
    assert done.code == 1
    assert done.stdout.startswith("y: refuted\n")
    assert "x: " not in done.stdout


FIELDS = {
    "name", "wrt", "kind", "function", "claim", "verdict", "points", "sizes", "digits", "counterexample", "diagnosis", "suggestion",
    "notes", "routes",
}  # fmt: skip


def test_json_has_the_contracts_fields() -> None:
    found = answer("'x**2*sin(y)' --claim x='2*x*sin(y)' --claim y='x**2*sin(y)'")
    assert found.keys() >= {"schema", "command", "verdict", "claims"}
    assert (found["schema"], found["command"], found["verdict"]) == ("gradcli/1", "check", "refuted")
    right, wrong = found["claims"]
    assert right.keys() >= FIELDS
    assert wrong.keys() >= FIELDS
    assert (right["name"], right["wrt"], right["verdict"]) == ("x", ["x"], "proved")
    assert (right["counterexample"], right["diagnosis"], right["suggestion"]) == (None, None, None)
    assert (wrong["name"], wrong["verdict"], wrong["claim"]) == ("y", "refuted", "x**2*sin(y)")
    assert wrong["counterexample"].keys() == {"at", "component", "claimed", "true", "command"}
    assert wrong["counterexample"]["at"].keys() == {"x", "y"}
    assert wrong["suggestion"] == "x**2*cos(y)"


def test_json_of_an_array() -> None:
    found = answer("'sum(x**2)' 'x' --shape x=n")["claims"][0]
    assert (found["kind"], found["sizes"]) == ("grad", [{"n": 2}, {"n": 3}, {"n": 4}])
    shown = found["counterexample"]
    (k,) = shown["component"]
    assert shown["true"] == 2 * shown["at"]["x"][k] == 2 * shown["claimed"]


def test_json_of_an_error() -> None:
    done = check("'x**2' 'foo(x)' --json")
    assert (done.code, done.stdout) == (3, "")
    error = json.loads(done.stderr)["error"]
    assert error.keys() == {"kind", "code", "message", "span", "hint"}
    assert (error["code"], error["span"]) == (3, [0, 3])


def test_the_api_gives_the_command_lines_json() -> None:
    ours = gradcli.check("x*y", {"x": "y", "y": "2*x"}).to_dict()
    theirs = answer("'x*y' --claim x=y --claim y=2*x")
    assert ours.keys() == theirs.keys()
    assert ours["claims"] == theirs["claims"]


def test_api_forms() -> None:
    for report in (
        gradcli.check("x**2", "2*x"),
        gradcli.check("x**2", {"x": "2*x"}),
        gradcli.check("x**2", claims={"x": "2*x"}),
        gradcli.check("x**2", claims=["x=2*x"]),
        gradcli.check("x**2", "2*x", {"x": 3}),
        gradcli.check("x**2", "2*x", at=["x=3"]),
        gradcli.check("x**2", "diag(2*x)", {"x": [1.0, 2.0]}, kind="jacobian"),
        gradcli.check("sum(x**2)", "2*x", shape={"x": "n"}),
        gradcli.check("sum(x**2)", "2*x", shape={"x": (3,)}),
        gradcli.check("sum(X@w)", "sum(X,axis=0)", wrt="w", shape=["X=n,d", "w=d"], where=["sum(w) > 0"]),
    ):
        assert report.exit_code() == 0, report
    with pytest.raises(gradcli.GradcliError) as caught:
        gradcli.check("x**2", {})
    assert caught.value.code is ExitCode.USAGE


def test_stdin_and_output(tmp_path: Path) -> None:
    assert check("- '2*x'", b"x**2\n").stdout == "proved\n"
    assert check("'x**2' -", b"2*x").stdout == "proved\n"
    (tmp_path / "f").write_text("x**2")
    done = check("@f '2*x' -o out", cwd=tmp_path)
    assert (done.code, done.stdout, (tmp_path / "out").read_text()) == (0, "", "proved\n")


def test_closed_and_full_streams() -> None:
    assert check("'x**2' '2*x'", CLOSED).stdout == "proved\n"
    for redirection in (">&-", ">/dev/full"):
        line = f"{shlex.quote(sys.executable)} -m gradcli check 'x**2' '2*x' {redirection}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert done.returncode == 4, done
        assert re.fullmatch(r"error: .*\n", done.stderr), done


# -- shapes and values


def test_letters_are_tried_at_several_sizes() -> None:
    claim = assert_accepted("sum(A@x)", "sum(A, axis=0)", wrt="x", shape={"A": "n,d", "x": "d"})
    assert len(claim.sizes) == 3
    assert all(sizes["n"] != sizes["d"] for sizes in claim.sizes)
    assert len({sizes["n"] for sizes in claim.sizes}) > 1
    assert assert_accepted("sum(A@x)", "sum(A, axis=0)", wrt="x", shape={"A": "2,3", "x": "3"}).sizes == ()


def test_values_fix_letters() -> None:
    claim = assert_accepted(
        "sum(A@x)", "sum(A, axis=0)", {"A": [[1, 2], [3, 4], [5, 6]]}, wrt="x", shape={"A": "n,d", "x": "d"}
    )
    assert claim.sizes == ({"n": 3, "d": 2},)
    with pytest.raises(gradcli.GradcliError, match="A has shape \\(3, 2\\), not n,n") as caught:
        gradcli.check("sum(A@x)", "x", {"A": [[1, 2], [3, 4], [5, 6]]}, wrt="x", shape={"A": "n,n", "x": "n"})
    assert caught.value.code is ExitCode.INPUT


def test_letters_are_numbers_in_formulas() -> None:
    assert_accepted("mean(x)", "ones(n)/n", shape={"x": "n"})
    assert_accepted("sum(x)/n", "ones(n)/n", shape={"x": "n"})
    assert_accepted("mean((x - y)**2)", "2*(x - y)/n", wrt="x", shape={"x": "n", "y": "n"})


ONLY_AT_TWO = [
    ("mean(x)", "ones(n)/2", {"x": "n"}), ("mean(x**2)", "x", {"x": "n"}), ("trace(A)*sum(x)", "ones(2)*trace(A)", {"A": "n,n", "x": "n"}),
    ("mean(A)", "ones(n,m)/6", {"A": "n,m"}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "shape"), ONLY_AT_TWO)
def test_right_only_at_the_first_sizes_is_refuted(function: str, claim: str, shape: dict[str, str]) -> None:
    found = assert_refuted(function, claim, wrt="x" if "x" in shape else "A", shape=shape)
    assert found.counterexample is not None
    assert any(len(v) != 2 for v in found.counterexample.at.values()), "the counterexample is of another size"


def test_the_missing_transpose_of_the_contract() -> None:
    shapes = {"X": "n,d", "w": "d", "y": "n"}
    claim = assert_refuted("sum((X@w - y)**2)", "2*X@(X@w-y)", wrt="w", shape=shapes)
    assert claim.diagnosis.kind == "transpose"
    assert any("matmul needs equal inner sizes" in note for note in claim.notes)
    assert_accepted("sum((X@w - y)**2)", claim.diagnosis.suggestion, wrt="w", shape=shapes)
    claim = assert_refuted("sum((X@w - y)**2)", "X.T@(X@w-y)", wrt="w", shape=shapes)
    assert (claim.diagnosis.kind, "by 2" in claim.diagnosis.text) == ("factor", True)
    assert_accepted("sum((X@w - y)**2)", claim.diagnosis.suggestion, wrt="w", shape=shapes)


# -- domains, kinks, holes


def test_conditions_bound_the_domain() -> None:
    """A claim that is right for x > 0 alone, and one that is right between -1 and 1 alone."""
    assert_accepted("abs(x)", "1", where="x > 0")
    assert_accepted("abs(x)", "-1", where=["x < 0"])
    assert_refuted("abs(x)", "1")
    assert_refuted("abs(x)", "1", where="x > -3")
    assert_accepted("clamp(x, -1, 1)", "1", where=["x > -1", "x < 1"])
    assert_accepted("-sum(p*log(p))", "-log(p) - 1", shape={"p": "n"}, where="p > 0")
    assert_accepted("log(sum(p))*0 + sum(p)*q", "1", wrt="q", shape={"p": "3"}, where="sum(p) == 1")


@pytest.mark.parametrize(("function", "claim", "left", "right"), [
    ("abs(x)", "sign(x)", -1.0, 1.0), ("relu(x)", "where(x > 0, 1, 0)", 0.0, 1.0), ("max(x, 1)", "where(x > 1, 1, 0)", 0.0, 1.0),
    ("abs(x - 2)", "sign(x - 2)", -1.0, 1.0), ("min(x, 2*x)", "where(x > 0, 1, 2)", 1.0, 2.0),
    ("where(x < 1, x, 3*x - 2)", "where(x < 1, 1, 3)", 1.0, 3.0),
])  # fmt: skip
def test_kinks_are_told_with_both_sides(function: str, claim: str, left: float, right: float) -> None:
    found = assert_accepted(function, claim)
    note = next(note for note in found.notes if "not differentiable" in note)
    assert f"one-sided derivatives {left!r} and {right!r}" in note
    assert "lies between them" in note


SMOOTH_KINKS = [  # differentiable there, once
    ("where(abs(x) < 1, x**2/2, abs(x) - 1/2)", "clamp(x, -1, 1)", None), ("where(abs(x) < 1, x**2/2, abs(x) - 1/2)", "clamp(x, -1, 1)", 1),
    ("x*abs(x)", "2*abs(x)", 0), ("relu(x)**2", "2*relu(x)", 0), ("sum(relu(x)**2)", "2*relu(x)", [0, 1]),
    ("where(x < 1, exp(x), e*x)", "where(x < 1, exp(x), e)", 1), ("where(x < 1, exp(x), e*x)", "where(x < 1, exp(x), e)", None),
    ("x + abs(x)**1.5", "1 + 1.5*sqrt(abs(x))*sign(x)", 0), ("x + x*sqrt(abs(x))", "1 + 1.5*sqrt(abs(x))", 0),
    ("where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))", None),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "x"), SMOOTH_KINKS)
def test_branches_that_meet_smoothly_are_no_kinks(function: str, claim: str, x: Any) -> None:  # Any: a value
    assert_accepted(function, claim, None if x is None else {"x": x})
    assert_refuted(function, f"({claim})*(1 + 1e-6) + 1e-6", None if x is None else {"x": x})


def test_points_that_are_left_out_are_told() -> None:
    found = assert_accepted("sum(abs(x))", "sign(x)", shape={"x": "2"})
    assert any("left out as not differentiable there" in note for note in found.notes), found


STEEP = [  # a hundred digits are too few
    ("sin(2*pi*2.4e9*x)", "2*pi*2.4e9*cos(2*pi*2.4e9*x)", None), ("sin(1e25*x)", "1e25*cos(1e25*x)", None),
    ("x", "cosh(x**2)**2 - sinh(x**2)**2", 20), ("exp(-1e30*(x-1)**2)", "-2e30*(x-1)*exp(-1e30*(x-1)**2)", 1.0000001),
    ("sum(sin(1e25*x))", "1e25*cos(1e25*x)", [1, 2]),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "x"), STEEP)
def test_rounding_refutes_nothing(function: str, claim: str, x: Any) -> None:  # Any: a value
    at = None if x is None else {"x": x}
    assert_accepted(function, claim, at)
    if x != 1.0000001:  # where the derivative is 1e-(4e15)
        assert_refuted(function, f"({claim})*1.0001", at)


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0])
def test_no_false_claim_is_accepted_when_the_time_is_up(seconds: float) -> None:
    for function, claim, options in (
        ("sum(exp(A@A@A))", "A", {"shape": {"A": "6,6"}}), ("besselk(0, x) + sum([airy_ai(x), x])", "-3*besselk(1, x)", {}),
    ):  # fmt: skip
        claimed = only(gradcli.check(function, claim, check_time=seconds, **options))
        assert claimed.conclusion in {Conclusion.REFUTED, Conclusion.UNDECIDED}, claimed


def test_what_no_digits_can_tell_is_undecided() -> None:
    claim = only(gradcli.check("x", "cosh(x**2)**2 - sinh(x**2)**2", {"x": 100}))
    assert claim.conclusion is Conclusion.UNDECIDED
    assert "2,000 digits are too few" in claim.notes[0]


@pytest.mark.parametrize(("function", "claim"), [
    ("sinh(x**2)/(5*x) + 3*x*y/sqrt(x)", "(2*x**2*cosh(x**2)/5 - sinh(x**2)/5)/x**2"), ("exp(x**2) + x*y", "2*x*exp(x**2)"),
    ("sum(exp(x**2)*[1, 0]) + x*y", "2*x*exp(x**2)"), ("y*(exp(x**3) - 1)", "3*x**2*y*exp(x**3) + 1e-9*y"),
])  # fmt: skip
def test_a_large_number_elsewhere_hides_nothing(function: str, claim: str) -> None:
    assert_refuted(function, claim, wrt="x")


def test_a_kink_alone_is_undecided() -> None:
    done = check("'abs(x)' 'sign(x) + 2' x=0")
    assert done.code == 5
    assert re.search(r"one-sided derivatives -1\.0 and 1\.0; the claim's 2\.0 is neither", done.stdout), done


def test_a_hole_in_the_claim_is_told() -> None:
    """Lambert's W: W(x**2)' = 2 W/(x (1 + W)), 0/0 at 0, where the derivative is 0."""
    claim = assert_accepted("lambertw(x**2)", "2*lambertw(x**2)/(x*(1+lambertw(x**2)))")
    assert any("the claim has no value at x = 0.0, where the derivative is 0.0" in note for note in claim.notes)
    claim = assert_accepted("sin(x)*x", "sin(x) + x**2*cos(x)/x")
    assert any("the claim has no value at x = 0.0" in note for note in claim.notes)


def test_a_claim_without_values_in_half_of_the_domain_is_refuted() -> None:
    """log|x|' is 1/x for negative x too, where sqrt has no real value."""
    claim = assert_refuted("log(abs(x))", "1/sqrt(x)**2")
    assert claim.counterexample.at["x"] < 0
    assert claim.counterexample.claimed is None


# -- what a wrong claim could hide behind


@pytest.mark.parametrize(("function", "claim"), [
    ("x**2", "2*x + x*(x-1)*(x-2)*(x+1)*(x-3)"), ("x**2", "2*x*(1 + 1e-20)"), ("x**2", "2.000000000001*x"), ("x", "1 + 1e-9*sin(pi*x)"),
    ("x + 1e-15*x**2", "1"), ("exp(x)", "1 + x + x**2/2 + x**3/6 + x**4/24 + x**5/120 + x**6/720"), ("x**2", "where(x == 1/2, 1, 2*x) + floor(x/7)"),
    ("x", "where(x > 3, 2, 1)"), ("1e-40*x**2", "3e-40*x"), ("1e200*x**2", "3e200*x"),
    ("x", "where(x > 9, 2, 1)"), ("1e-200*x**2", "3e-200*x"), ("x", "where(x > 123.5, 2, 1)"),
    ("(u+v)/(1+u*v/2.99792458e8**2)", "(1+u**2/89875517873681764)/(1+u*v/89875517873681764)**2"),
    ("x**3", "3*x**2 + 1e-30"), ("1e-70*x", "2e-70"), ("1e-120*x**2", "3e-120*x"),
])  # fmt: skip
def test_claims_that_are_almost_right_are_refuted(function: str, claim: str) -> None:
    assert_refuted(function, claim, wrt="v" if "v" in function else "x")


@pytest.mark.parametrize(("function", "claim", "at"), [
    ("x**3", "3*x**2", 0), ("(x-1)**3", "3*(x-1)**2", 1), ("sin(x)**3", "3*sin(x)**2*cos(x)", 0), ("1e40*x**3", "3e40*x**2", 0),
    ("sin(x)**2 + cos(x)**2", "0", 0.3), ("1e-200*x**2", "2e-200*x", 0), ("1e-200*x**2", "2e-200*x", 2), ("sum((x-1)**3)", "3*(x-1)**2", [1, 1]),
    ("sum(softmax(x))", "0*x", [1, 2]),
])  # fmt: skip
def test_a_derivative_that_vanishes_is_zero(function: str, claim: str, at: Any) -> None:  # Any: a value
    assert_accepted(function, claim, {"x": at})


def test_the_seed_and_the_points() -> None:
    first, again, other = (gradcli.check("sin(x)*y", "y*cos(x)", wrt="x", seed=seed) for seed in (1, 1, 2))
    assert first.to_dict()["claims"] == again.to_dict()["claims"]
    assert other.exit_code() == 0
    assert only(gradcli.check("sin(x)", "cos(x)", points=40)).points == 40
    assert only(gradcli.check("sin(x)", "cos(x)")).points == 16


def test_one_point_alone() -> None:
    assert only(gradcli.check("sin(x)", "cos(x)", points=1)).points == 1


# -- planted faults: the tests above would see them


def _always_the_same(*_: Any, **__: Any) -> Any:  # Any: a generator of points
    usable = _[1]
    values = {name: command.np.full(shape, 2.0) for name, shape in _[0].items()}
    if usable(values):
        yield sampling.Drawn(values, True)


RELATIVE_ERROR = points.relative_error


def _coarse(claimed: Any, true: Any, scale: Any) -> float:  # Any: mpmath numbers
    error = RELATIVE_ERROR(claimed, true, scale)
    return error if error > 1e-3 else 0.0


FAULTS: dict[str, tuple[Any, str, Any, Callable[[], Any]]] = {  # where, what, the fault; what it spoils
    "a comparison that sees nothing": (points, "gap", lambda *_: None, lambda: assert_refuted("x**2", "3*x")),
    "a comparison to three digits": (points, "relative_error", _coarse, lambda: assert_refuted("x**2", "2.0001*x")),
    "one point alone": (points, "draw_points", _always_the_same, lambda: assert_refuted("x**2", "2*x + x - 2")),
    "round points alone": (
        sampling, "_irregular", lambda shape, kind, at, generator: sampling._round(shape, kind, at, generator),
        lambda: assert_refuted("x", "1 + sin(4*pi*x)*sin(pi*16*x)"),
    ),
    "the first sizes alone": (
        command, "size_choices", lambda letters: [dict.fromkeys(letters, 2)], lambda: assert_refuted("mean(x**2)", "x", shape={"x": "n"}),
    ),
    "conditions that do not hold": (points.Points, "allowed", lambda *_: True, lambda: assert_accepted("abs(x)", "1", where="x > 0")),
    "kinks taken for smooth points": (
        points.Points, "at_kink", lambda *_: None,
        lambda: test_kinks_are_told_with_both_sides("abs(x)", "sign(x)", -1.0, 1.0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    home, attribute, fault, spoilt = FAULTS[name]
    spoilt()
    monkeypatch.setattr(home, attribute, fault)
    monkeypatch.setattr(command, "proved", lambda *_: False)
    with pytest.raises((AssertionError, StopIteration)):
        spoilt()


# -- files

TOML = """[[claim]]
name = "square"
function = "x**2"
derivative = "2*x"

[[claim]]
name = "wrong"
function = "x**3"
derivative = "2*x**2"

[[claim]]
name = "broken"
function = "x**3 +"
derivative = "3*x**2"

[[claim]]
name = "kinky"
function = "log(x)"
where = "x < 0"
derivative = "1/x"
"""
MARKDOWN = "Text.\n\n```gradcli\nd(x**2)/d(x) = 2*x\nd(log(x))/d(x) = 2/x\n  where x > 0\n```\n"
PYTHON = '"""Text.\n\nd(sin(x)*y)/d(x) = cos(x)*y\nd(sin(x)*y)/d(y) = cos(x)\n"""\n'


@pytest.fixture
def suites(tmp_path: Path) -> Path:
    (tmp_path / "a.toml").write_text(TOML)
    (tmp_path / "b.md").write_text(MARKDOWN)
    (tmp_path / "c.py").write_text(PYTHON)
    (tmp_path / "good.md").write_text("```gradcli\nd(x**2)/d(x) = 2*x\n```\n")
    return tmp_path


def test_files_report_file_and_line(suites: Path) -> None:
    done = check("--file a.toml --file b.md --file c.py", cwd=suites)
    assert (done.code, done.stderr) == (1, "")
    starts = re.findall(r"^(\S+:\d+: \w+)", done.stdout, re.MULTILINE)
    assert starts == [
        "a.toml:9: refuted",
        "a.toml:14: error",
        "a.toml:20: undecided",
        "b.md:5: refuted",
        "c.py:4: refuted",
    ]
    assert re.search(r"^8 claims: 3 proved, 3 refuted, 1 undecided, 1 in error in [\d.]+ s$", done.stdout, re.MULTILINE)
    assert done.stdout.count("  again: gradcli check ") == 3


def test_files_with_verbose_quiet_and_json(suites: Path) -> None:
    assert "a.toml:4: proved square: d(x**2)/d(x) = 2*x" in check("--file a.toml -v", cwd=suites).stdout
    assert check("--file good.md -q", cwd=suites).stdout == ""
    good = check("--file good.md", cwd=suites)
    assert good.code == 0
    assert re.fullmatch(r"1 claim: 1 proved in [\d.]+ s\n", good.stdout)
    found = json.loads(check("--file a.toml --json", cwd=suites).stdout)
    assert [(c["file"], c["line"], c["name"], c["verdict"]) for c in found["claims"]] == [
        ("a.toml", 4, "square", "proved"), ("a.toml", 9, "wrong", "refuted"), ("a.toml", 14, "broken", "undecided"),
        ("a.toml", 20, "kinky", "undecided"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kept", "code"), [("square", 0), ("wrong", 1), ("broken", 3), ("kinky", 5)])
def test_the_exit_code_of_a_file_is_its_worst_claims(kept: str, code: int, suites: Path) -> None:
    blocks = ["[[claim]]" + block for block in TOML.split("[[claim]]")[1:]]
    (suites / "one.toml").write_text("\n".join(b for b in blocks if '"square"' in b or f'"{kept}"' in b))
    assert check("--file one.toml", cwd=suites).code == code


def test_fail_fast_stops(suites: Path) -> None:
    done = check("--file a.toml --file b.md --fail-fast", cwd=suites)
    assert done.code == 1
    assert re.search(r"^2 claims: 1 proved, 1 refuted, 4 not reached in", done.stdout, re.MULTILINE)
    assert "b.md" not in done.stdout


def test_jobs_give_the_same_in_the_same_order(suites: Path) -> None:
    paths = [str(suites / name) for name in ("a.toml", "b.md", "c.py")]
    alone, together = (gradcli.check_files(paths, jobs=jobs) for jobs in (1, 2))
    assert alone.claims == together.claims
    assert alone.exit_code() == together.exit_code() == 1
    progress: list[tuple[int, int]] = []
    gradcli.check_files(paths[1:], progress=lambda done, total: progress.append((done, total)))
    assert progress == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for jobs in (0, 257, -1):
        with pytest.raises(gradcli.GradcliError, match="--jobs is a whole number from 1 to 256"):
            gradcli.check_files(paths, jobs=jobs)


def _marked(mark: str) -> list[str]:
    """Processes with a mark in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in entry.read_bytes():
                found.append(entry.parent.name)
    return found


@pytest.mark.parametrize(("number", "code", "said"), [
    (signal.SIGINT, 130, ""), (signal.SIGTERM, -signal.SIGTERM, None), (signal.SIGKILL, 6, "error: a process that was checking claims was killed"),
])  # fmt: skip
def test_processes_that_are_stopped_leave_none_behind(
    number: signal.Signals, code: int, said: str | None, tmp_path: Path
) -> None:
    """SIGKILL goes to a child, as the kernel sends it when memory is short; the others to the parent."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    slow = "d(sum(exp(A@A@A)))/d(A) = exp(A)"
    (tmp_path / "slow.md").write_text("```gradcli\nshape A=3,3\n" + f"{slow}\n" * 40 + "```\n")
    mark = f"gradcli-test-{tmp_path}"
    command = [sys.executable, "-m", "gradcli", "check", "--file", "slow.md", "--jobs", "2"]
    parent = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while len(_marked(mark)) < 4 and time.monotonic() < deadline:  # with the one that tracks resources
        time.sleep(0.1)
    time.sleep(1)
    target = parent.pid if number != signal.SIGKILL else max(int(p) for p in _marked(mark))
    os.kill(target, number)
    stdout, stderr = parent.communicate(timeout=30)
    assert parent.returncode == code, (stdout, stderr)
    assert said is None or stderr.startswith(said), stderr
    assert said != "" or stderr == "", stderr
    while _marked(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _marked(mark)


def test_junit(suites: Path) -> None:
    assert check("--file a.toml --file good.md --junit out.xml", cwd=suites).code == 1
    root = ET.parse(suites / "out.xml").getroot()  # noqa: S314  # our own file
    assert [root.get(key) for key in ("tests", "failures", "errors")][:2] == ["5", "1"]
    failure = root.find(".//failure")
    assert failure is not None
    assert "claimed 8.0, true 12.0" in (failure.get("message") or "")
    assert [case.get("line") for case in root.iter("testcase")] == ["4", "9", "14", "20", "2"]


def test_one_line_claims_write_junit_too(tmp_path: Path) -> None:
    assert check("'x*y' --claim x=y --claim y=2*x --junit out.xml", cwd=tmp_path).code == 1
    root = ET.parse(tmp_path / "out.xml").getroot()  # noqa: S314  # our own file
    assert (root.get("tests"), root.get("failures")) == ("2", "1")


@pytest.mark.parametrize("line", [
    "--file a.toml --claim x=1", "--file a.toml --at x=1", "--file a.toml --jobs 0", "--file a.toml --jobs 257",
    "--file a.toml --points 0",
])  # fmt: skip
def test_options_that_do_not_go_with_files(line: str, suites: Path) -> None:
    done = check(line, cwd=suites)
    assert (done.code, done.stdout) == (2, ""), done


# -- hostile input

NESTED = "(" * 5000 + "x" + ")" * 5000
HOSTILE: dict[str, tuple[list[str], set[int]]] = {
    "deep": ([NESTED, "1"], {3, 6}),
    "deep claim": (["x", NESTED], {3, 6}),
    "deep powers": (["x", "**".join(["x"] * 3000)], {3, 6}),
    "long": (["+".join(["x"] * 20_000), "20000"], {0, 5, 6}),
    "a million digits": (["x", "1" + "0" * 10**6], {6}),
    "a thousand digits of a size": (["sum(x)", "1", "--shape", "x=" + "9" * 1000], {4, 6}),
    "a tower": (["x**2", "x**9**9**9"], {1, 5, 6}),
    "a tower of numbers": (["x", "9**9**9**9"], {1, 5, 6}),
    "a factorial": (["x**2", "factorial(10**9)"], {1, 5, 6}),
    "an array": (["x", "sum(ones(10**9))"], {1, 3, 6}),
    "an eye": (["x", "trace(eye(10**6))"], {1, 3, 6}),
    "huge shape": (["sum(x)", "ones(100000)", "--shape", "x=100000"], {6}),
    "many axes": (["sum(x)", "1", "--shape", "x=9,9,9,9"], {6}),
    "control characters": (["x**2\x1b[2J", "\x1b[2Jx"], {3}),
    "control characters in a name": (["x**2", "2*x", "--claim", "\x1b[2J=1"], {2, 3, 4}),
    "bidirectional": (["x**2", "2*x\u202e"], {3}),
    "a lone surrogate": (["x**2", "2*x\udcff"], {3}),
    "zero bytes in a file name": (["--file", "a\x1bb.toml"], {4}),
    "an assignment": (["x**2", "y = 2*x; y"], {0, 2}),
    "an import": (["x", "__import__('os').system('true')"], {3}),
    "an attribute": (["x", "x.__class__"], {3}),
    "a lambda": (["x", "(lambda: 1)()"], {3}),
    "a directory": (["--file", "/"], {4}),
    "an endless device": (["--file", "/dev/zero"], {4, 6}),
    "many points": (["sin(x)", "cos(x)", "--points", "10000", "--check-time", "2"], {0, 5, 6}),
    "many conditions": (["x", "1", *["--where", "x > 0"] * 200], {0, 5}),
    "many claims": (["x", *["--claim", "x=1"] * 50], {0}),
    "a limit": (["sum(exp(A@A@A))", "A", "--shape", "A=12,12", "--check-time", "0.5"], {1, 5, 6}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input(name: str) -> None:
    argv, codes = HOSTILE[name]
    argv = [a.replace("\udcff", "\\xff") if name != "a lone surrogate" else a for a in argv]
    done = run(["check", *argv], seconds=45)
    assert done.code in codes, (done.code, done.stdout[-300:], done.stderr[-300:], done.seconds)
    shown = done.stdout + done.stderr
    assert "Traceback" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 20_000
    assert done.peak_mb < 2000


def test_usage_errors_import_nothing_of_torch() -> None:
    lines = [
        ["check"], ["check", "x**2"], ["check", "x", "1", "2"], ["check", "x", "1", "-q", "-v"], ["check", "x", "1", "--seed", "-1"],
        ["check", "--help"], ["check", "--python", "a:b"],
    ]  # fmt: skip
    program = (
        "import sys, json\nfrom gradcli.cli.app import run\n"
        f"for line in {lines!r}:\n    run(line)\n    assert 'torch' not in sys.modules, line\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
