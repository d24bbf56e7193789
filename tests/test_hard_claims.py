"""Claims that are hard to judge: numbers of all sizes, and branches that few points lie in. Found by a second reader."""

from __future__ import annotations

from typing import Any

import pytest

import gradcli
from gradcli.claims import comparison, points
from gradcli.claims.conclusion import Conclusion

# SI constants, constants that drown the variable, derivatives far below the smallest float
SIZES_TRUE: list[tuple[str, str, dict[str, Any]]] = [
    ("x+1e300", "1", {}),
    ("x+1e200", "1", {}),
    ("exp(x)", "exp(x)", {"at": {"x": 1e-300}}),
    ("log(1+x)", "1/(1+x)", {"at": {"x": 1e-250}}),
    ("sin(x)", "cos(x)", {"at": {"x": 1e-300}}),
    ("lgamma(x)", "log(abs(gamma(x)))", {"kind": "value"}),
    ("where(x>100,lgamma(x),0)", "where(x>100,diff(log(gamma(x)),x),0)", {}),
    ("gamma(x)", "gamma(x)*digamma(x)", {"where": "x < -70"}),
    ("exp(-E/(1.380649e-23*T))", "E/(1.380649e-23*T**2)*exp(-E/(1.380649e-23*T))", {"wrt": "T", "where": ["T > 0", "E > 0"]}),
    ("1/(1+exp((E-mu)/(8.617333262e-5*T)))", "(E-mu)/(8.617333262e-5*T**2)*exp((E-mu)/(8.617333262e-5*T))/(1+exp((E-mu)/(8.617333262e-5*T)))**2",
     {"wrt": "T", "where": ["T > 0", "E > 0"]}),
    ("exp(-1e4*x)", "-1e4*exp(-1e4*x)", {"where": "x > 1"}),
    ("tanh(x)", "1-tanh(x)**2", {}),
    ("tanh(x)", "1-tanh(x)**2", {"at": {"x": 400}}),
    ("erf(x)", "2/sqrt(pi)*exp(-x**2)", {"at": {"x": 15}}),
    ("sum(softmax(x))", "0*x", {"shape": {"x": "n"}}),
    ("exp(x)/(1+exp(x))", "exp(x)/(1+exp(x))**2", {"at": {"x": 1000}}),
    ("log(1+exp(-x))", "-exp(-x)/(1+exp(-x))", {"at": {"x": 800}}),
    ("log(abs(gamma(x)))", "digamma(x)", {"at": {"x": 1000}}),
    ("lambertw(x)", "1/(x + exp(lambertw(x)))", {"at": {"x": 1e20}}),
    ("besselk(0, x)", "-besselk(1, x)", {"at": {"x": 200}}),
]  # fmt: skip
SIZES_FALSE: list[tuple[str, str, dict[str, Any]]] = [
    ("sum(sin(1e25*x*[1, 0])) + sum(x**2)", "1e25*cos(1e25*x)*[1, 0] + 2*x + [0, 1e-9]", {"shape": {"x": "2"}}),
    ("exp(-E/(1.380649e-23*T))", "-E/(1.380649e-23*T**2)*exp(-E/(1.380649e-23*T))", {"wrt": "T", "where": ["T > 0", "E > 0"]}),
    ("exp(-E/(1.380649e-23*T))", "0", {"wrt": "T", "where": ["T > 0", "E > 0"]}),
    ("1/(1+exp((E-mu)/(8.617333262e-5*T)))", "-(E-mu)/(8.617333262e-5*T**2)*exp((E-mu)/(8.617333262e-5*T))/(1+exp((E-mu)/(8.617333262e-5*T)))**2",
     {"wrt": "T", "where": ["T > 0", "E > 0"]}),
    ("(m/(2*pi*1.380649e-23*T))**1.5*4*pi*v**2*exp(-m*v**2/(2*1.380649e-23*T))", "0", {"wrt": "v", "where": ["T > 0", "m > 0"]}),
    ("exp(-6.62607015e-34*1e15/(1.380649e-23*T))", "0", {"where": "T > 0"}),
    ("exp(-1e4*x)", "1e4*exp(-1e4*x)", {"where": "x > 1"}),
    ("exp(-500*x)", "0", {"where": "x > 1"}),
    ("6.62607015e-34**3*y + x", "6.62607015e-34**3*1.0001", {"wrt": "y"}),
    ("6.62607015e-34**3*y + x", "0", {"wrt": "y"}),
    ("1e-300*x**2", "0", {"at": {"x": 1}}),
    ("erf(x)", "0", {"at": {"x": 15}}),
    ("softplus(x)", "0", {"at": {"x": -300}}),
    ("cos(x)", "sin(x)", {"at": {"x": 1e-100}}),
    ("x**2+y", "3*x", {"wrt": "x", "at": {"x": 1e-90, "y": 1}}),
    ("1/(x+1e200)", "1/(x+1e200)**2", {}),
    ("log(1e300+x)", "0", {}),
    ("x+1e100", "0", {}),
    ("x+1e300", "0", {}),
    ("x**2-1e100", "0", {}),
    ("exp(x)", "0", {"at": {"x": 1e-100}}),
    ("x**2", "x", {"at": {"x": 1e-300}}),
    ("1/x", "0", {"at": {"x": 1e+300}}),
    ("exp(-E/(1.380649e-23*T))", "0", {"wrt": "T", "at": {"E": 1.6e-18, "T": 300}}),
    ("q**2*h**2/(c**2*r**4)", "4*q**2*h**2/(c**2*r**5)", {"wrt": "r", "at": {"q": 1.6e-19, "h": 6.6e-34, "c": 300000000.0, "r": 1}}),
    ("G*M*m/r**2", "-2*G*M*m/r**2", {"wrt": "r", "at": {"G": 6.674e-11, "M": 1.67e-27, "m": 9.109e-31, "r": 1e+26}}),
    ("tanh(x)", "1e-80", {"at": {"x": 400}}),
    ("exp(x)/(1+exp(x))", "exp(x)", {"at": {"x": 1000}}),
    ("log(1+exp(-x))", "-1/(1+exp(-x))", {"at": {"x": 800}}),
    ("x*1e150/(1+x*1e150)", "1e150/(1+x*1e150)", {}),
]  # fmt: skip
# wrong, or right, in regions that a few round points miss
BRANCHES_TRUE: list[tuple[str, str, dict[str, Any]]] = [
    ("where(x<5,x**2,10*x-25)", "where(x<5,2*x,10)", {}),
    ("where(x<11000,0.1*x,where(x<44725,0.12*x-220,0.22*x-4692.5))", "where(x<11000,0.1,where(x<44725,0.12,0.22))", {}),
    ("clamp(x,-20,20)", "where(abs(x)<20,1,0)", {}),
    ("sum(relu(x-3))", "where(x>3,1,0)", {"shape": {"x": "n"}}),
    ("sum(relu(W@x-9))", "W.T@where(W@x>9,1,0)", {"wrt": "x", "shape": {"W": "n,m", "x": "m"}}),
    ("max(x,2*y,3)", "where(x>max(2*y,3),1,0)", {"wrt": "x"}),
    ("relu(x*y-20)", "where(x*y>20,y,0)", {"wrt": "x"}),
    ("min(x**2,1e6)", "where(x**2<1e6,2*x,0)", {}),
    ("gamma(x)", "gamma(x)*digamma(x)", {"where": "x < -70"}),
    ("relu(x)", "heaviside(x)", {}),
    ("sum(max(x,y))", "heaviside(x-y)", {"wrt": "x", "shape": {"x": "n", "y": "n"}}),
    ("sin(x)", "cos(x)", {"at": {"x": 1e-300}}),
    ("floor(x)*x", "floor(x)", {}),
]  # fmt: skip
BRANCHES_FALSE: list[tuple[str, str, dict[str, Any]]] = [
    ("where(x<5,x**2,10*x-25)", "where(x<25,2*x,10)", {}),
    ("where(x<11000,0.1*x,where(x<44725,0.12*x-220,0.22*x-4692.5))", "where(x<11000,0.1,0.12)", {}),
    ("clamp(x,-20,20)", "where(abs(x)<30,1,0)", {}),
    ("x**2", "where(abs(x)>1e5,0,2*x)", {}),
    ("sum(relu(x-3))", "where(x>2.5,1,0)", {"shape": {"x": "n"}}),
    ("sum(relu(W@x-9))", "W.T@where(W@x>8,1,0)", {"wrt": "x", "shape": {"W": "n,m", "x": "m"}}),
    ("relu6(x)", "where((x>0) and (x<7),1,0)", {}),
    ("x**2", "where(abs(x)>2000,0,2*x)", {}),
    ("x**2", "where(x>5000,0,2*x)", {}),
    ("x**2", "where(x<-2000,0,2*x)", {}),
    ("max(x,2*y,3)", "where(x>3,1,0)", {"wrt": "x"}),
    ("max(x,5*y,7)", "where(x>7,1,0)", {"wrt": "x"}),
    ("relu(x-y-6)", "where(x>6,1,0)", {"wrt": "x"}),
    ("relu(x*y-20)", "where((x*y>20) and (x>0),y,0)", {"wrt": "x"}),
    ("min(x**2,1e6)", "2*x", {}),
    ("min(x**2,1e8)", "2*x", {}),
    ("clamp(x,-2e6,2e6)", "1", {}),
    ("x**2", "where(x>1e7,0,2*x)", {}),
    ("sum(x**2)", "where(arange(n)==3, 3*x, 2*x)", {"shape": {"x": "n"}}),
    ("hardtanh(x)", "where(abs(x)<1.2,1,0)", {}),
    ("min(x,30)**2", "where(x<40,2*x,0)", {}),
    ("x**2", "where(x==7,0,2*x)", {}),
    ("sum(abs(x-4))", "where(x>5,1,-1)", {"shape": {"x": "n"}}),
    ("1/x", "-1/(sqrt(x)**2*x)", {}),  # equal where both are defined, and no number for x < 0
    ("1/x", "-1/(sqrt(x)*sqrt(x)*x)", {}),
    ("x**2", "2*exp(log(x))", {}),
    ("x**3", "3*exp(2*log(x))", {}),
    ("log(x*y)", "sqrt(x)/(x*sqrt(x))", {"wrt": "x"}),
    ("acos(x)", "-sqrt(x)**2/(x*sqrt(1 - x**2))", {}),
]  # fmt: skip


def judged(function: str, claim: str, options: dict[str, Any]) -> Any:  # Any: gradcli.check's; a ClaimResult
    (found,) = gradcli.check(function, claim, **options).claims
    return found


@pytest.mark.parametrize(("function", "claim", "options"), SIZES_TRUE + BRANCHES_TRUE)
def test_a_true_claim_is_accepted(function: str, claim: str, options: dict[str, Any]) -> None:
    found = judged(function, claim, options)
    assert found.conclusion in {Conclusion.PROVED, Conclusion.AGREES}, found


@pytest.mark.parametrize(("function", "claim", "options"), SIZES_FALSE + BRANCHES_FALSE)
def test_a_false_claim_is_refuted(function: str, claim: str, options: dict[str, Any]) -> None:
    found = judged(function, claim, options)
    assert found.conclusion is Conclusion.REFUTED, found
    suggestion = found.diagnosis.suggestion if found.diagnosis else None
    if suggestion is not None:
        again = judged(function, suggestion, {**options, "seed": 5})
        assert again.conclusion in {Conclusion.PROVED, Conclusion.AGREES}, (found.diagnosis, again)


NOT_TOLD = [  # and why
    ("x", "cosh(x**2)**2 - sinh(x**2)**2", {"at": {"x": 100}}, "8,192 bits are too few"),
    ("abs(x)*y", "sign(x)*y", {"wrt": "x", "at": {"x": 0, "y": 2}}, "no point was found"),
    ("x**2", "2*x + 0*sum(expm([[x*1e300, 0], [0, 1]]))", {"at": {"x": 2}}, "bits are too few"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "options", "why"), NOT_TOLD)
def test_what_cannot_be_computed_is_undecided(function: str, claim: str, options: dict[str, Any], why: str) -> None:
    found = judged(function, claim, options)
    assert found.conclusion is Conclusion.UNDECIDED
    assert any(why in note for note in found.notes), found


DIAGNOSES = [
    ("clamp(x, 0, 6)", "where((x > 0) and (x < 7), 1, 0)", "the bound 7 should be 6"),
    ("min(x, 30)**2", "where(x < 40, 2*x, 0)", "the bound 40 should be 30"),
    ("x**2", "where(x > 20*pi, 0, 2*x)", "right only where not (x > 20*pi)"), ("x**2", "where(x == 7, 0, 2*x)", "right only where not (x == 7)"),
    ("hardswish(x)", "where(x > 3, 1, (2*x + 3)/6)", "but not everywhere else"),
    ("where(x > 0, x, exp(x) - 1)", "exp(x)", "the slope of the branch exp(x) - 1 alone"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "text"), DIAGNOSES)
def test_diagnoses_of_branches_are_true(function: str, claim: str, text: str) -> None:
    found = judged(function, claim, {})
    assert found.diagnosis is not None
    assert text in found.diagnosis.text


def test_only_is_said_of_what_is_right_nowhere_else() -> None:
    found = judged(
        "where(abs(x) <= d, x**2/2, d*(abs(x) - d/2))", "where(abs(x) <= d, x, d)", {"wrt": "x", "where": "d > 0"}
    )
    assert found.diagnosis is None or "only" not in found.diagnosis.text
    assert "only" not in judged("floor(x)*x", "x", {}).diagnosis.text


NONE = lambda *_: iter(())  # noqa: E731 - a fault
FAULTS: dict[str, tuple[list[tuple[Any, str, Any]], tuple[str, str, dict[str, Any]]]] = {
    "every number close": ([(comparison, "close", lambda *_: True)], SIZES_FALSE[1]),
    "no other regions": ([(points, "_elsewhere", NONE), (points.Regions, "boundaries", NONE)], BRANCHES_FALSE[2]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    faults, row = FAULTS[name]
    test_a_false_claim_is_refuted(*row)
    for home, attribute, fault in faults:
        monkeypatch.setattr(home, attribute, fault)
    with pytest.raises(AssertionError):
        test_a_false_claim_is_refuted(*row)
