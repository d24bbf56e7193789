"""What is assumed shortens closed forms: exact texts, and premises that must not be used before differentiation."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import gradcli
from gradcli import check
from gradcli.closed.notation.question import Question
from gradcli.closed.notation.rewriting import engine
from gradcli.closed.notation.rewriting.engine import given_of, shapes_of, simplified
from gradcli.closed.notation.rewriting.rules import PREMISED, Rule
from gradcli.closed.premises import Premises
from gradcli.language.nodes import stand_ins
from gradcli.language.parse import parse
from gradcli.language.write import write

Shapes = Mapping[str, str]
SIZES = stand_ins("nm")
NAMES = "abcpxyzABCPQSX"
VECTORS = {"x": "n", "c": "n"}
ROTATED = {"Q": "n,n", "A": "n,n"}
PROJECTED = {"P": "n,n", "x": "n", "y": "n"}
CLASSES = {"y": "n", "z": "n"}

SHORTENED = [
    ("grad", "logdet(Q)", {"Q": "n,n"}, "Q", "Q=orthogonal", "Q"),
    ("grad", "trace(Q.T@A@Q)", ROTATED, "A", "Q=orthogonal", "eye(n)"),
    ("grad", "det(Q)", {"Q": "n,n"}, "Q", "Q=orthogonal", "det(Q)*Q"),
    ("grad", "det(Q)**2", {"Q": "n,n"}, "Q", "Q=orthogonal", "2*Q"),
    ("jacobian", "inv(Q)@x", {"Q": "n,n", "x": "n"}, "x", "Q=orthogonal", "Q.T"),
    ("grad", "norm(Q@x)", {"Q": "n,m", "x": "m"}, "x", "Q=orthogonal", "x/norm(x)"),
    ("grad", "trace(Q@A@Q.T)**2", ROTATED, "A", "Q=orthogonal", "2*trace(A)*eye(n)"),
    ("grad", "sum(abs(x))", {"x": "n"}, "x", "x=positive", "ones(n)"),
    ("grad", "sum(abs(x)**3)", {"x": "n"}, "x", "x=positive", "3*x**2"),
    ("grad", "sum(relu(x)**2)", {"x": "n"}, "x", "x=positive", "2*x"),
    ("grad", "sum(sqrt(x**2)*c)", VECTORS, "x", "x=positive", "c"),
    ("grad", "sum((x**2)**1.5)", {"x": "n"}, "x", "x=positive", "3*x**2"),
    ("grad", "sum(where(x > 0, x**2, exp(x)))", {"x": "n"}, "x", "x=positive", "2*x"),
    ("grad", "sum(maximum(x, 0)*c)", VECTORS, "x", "x=positive", "c"),
    ("grad", "sum(abs(X))", {"X": "n,m"}, "X", "X > 0", "ones(n, m)"),
    ("grad", "norm(x)*c@x", VECTORS, "x", "x=unit", "(c @ x)*x + c"),
    ("jacobian", "x/norm(x)", {"x": "n"}, "x", "x=unit", "eye(n) - outer(x, x)"),
    ("hessian", "norm(x)", {"x": "n"}, "x", "x @ x == 1", "eye(n) - outer(x, x)"),
    ("grad", "sum(y)*logsumexp(z) - y@z", CLASSES, "z", "y=stochastic", "softmax(z) - y"),
    ("grad", "sum(y)*logsumexp(z) - y@z", CLASSES, "z", "sum(y) == 1", "softmax(z) - y"),
    ("grad", "sum((P@ones(m))*y)", {"P": "n,m", "y": "n"}, "y", "P=stochastic", "ones(n)"),
    ("grad", "norm(P@x)**2", PROJECTED, "x", "P=projector", "2*P @ x"),
    ("grad", "norm(x - P@x)**2", PROJECTED, "x", "P=projector", "2*(x - P @ x)"),
    ("grad", "y@P@P@x", PROJECTED, "x", "P=idempotent", "P.T @ y"),
    ("grad", "det(X)", {"X": "n,n"}, "X", "X=nonsingular", "det(X)*inv(X).T"),
    ("grad", "det(S)", {"S": "n,n"}, "S", "S=symmetric,positive", "det(S)*inv(S)"),
    ("grad", "trace(diag(diag(S))@A)", {"S": "n,n", "A": "n,n"}, "A", "S=diagonal", "S"),
]

# of the entries, which move one by one: what is assumed holds at the point alone
AFTERWARDS = [
    ("trace(S@S)", {"S": "n,n"}, "S=symmetric", "2*S", "2*S - diag(diag(S))"),
    ("trace(S@S.T)", {"S": "n,n"}, "S=symmetric", "2*S", "4*S - 2*diag(diag(S))"),
    ("norm(Q.T@Q)**2", {"Q": "n,n"}, "Q=orthogonal", "4*Q", "0*Q"),
    ("x@x", {"x": "n"}, "x=unit", "2*x", "0*x"),
    ("sum(p)**2", {"p": "n"}, "p=stochastic", "2*ones(n)", "0*p"),
    ("trace(P@P)", {"P": "n,n"}, "P=projector", "2*P", "eye(n)"),
    ("sum(X)", {"X": "n,n"}, "X=diagonal", "ones(n, n)", "eye(n)"),
    ("trace(S)", {"S": "n,n"}, "S=symmetric", "eye(n)", "2*eye(n)"),
]


def derivative(kind: str, function: str, shape: Shapes, wrt: str, said: str) -> gradcli.Result:
    return getattr(gradcli, kind)(function, shape=shape, wrt=wrt, assume=said)  # type: ignore[no-any-return]


def used(function: str, shape: Shapes) -> dict[str, str]:
    return {name: sizes for name, sizes in shape.items() if name in parse(function, bound=shape, sizes=SIZES).names}


@pytest.mark.parametrize(("kind", "function", "shape", "wrt", "said", "due"), SHORTENED)
def test_what_is_assumed_shortens(kind: str, function: str, shape: Shapes, wrt: str, said: str, due: str) -> None:
    shape = used(function, shape)
    found = derivative(kind, function, shape, wrt, said)
    formula = (found.formula or {})[wrt]
    assert (formula[wrt] if kind == "hessian" else formula) == due
    assert found.check.reference in {"index form", "residues"}
    assert any(note.startswith("given ") for note in found.check.notes)
    assert check(function, due, kind=kind, shape=shape, wrt=wrt, assume=said)  # type: ignore[arg-type]


@pytest.mark.parametrize(("function", "shape", "said", "due", "before"), AFTERWARDS)
def test_what_is_assumed_is_used_on_what_has_been_differentiated(
    function: str, shape: Shapes, said: str, due: str, before: str
) -> None:
    (wrt,) = shape
    assert derivative("grad", function, shape, wrt, said).formula == {wrt: due}
    assert not check(function, before, shape=shape, assume=said)


@pytest.mark.parametrize(
    ("function", "shape", "wrt", "said", "due"),
    [
        ("logdet(A)", ROTATED | {"Q": "n,n"}, "A", "", "inv(A).T"),
        ("logdet(A@Q)", ROTATED, "A", "A > 0", "inv(A @ Q).T @ Q.T"),  # says nothing of Q
        ("norm(Q.T@x)**2", {"Q": "n,m", "x": "n"}, "x", "Q=orthogonal", "2*Q @ Q.T @ x"),  # no square
        ("sum(abs(x - c))", VECTORS, "x", "x=positive", "sign(x - c)"),
        ("norm(x)*c@x", VECTORS, "x", "c=unit", "(c @ x)*x/norm(x) + norm(x)*c"),
        ("sum(abs(x)**3)", {"x": "n"}, "x", "x > -1", "3*x*abs(x)"),
    ],
)
def test_what_is_not_assumed_is_not_used(function: str, shape: Shapes, wrt: str, said: str, due: str) -> None:
    found = gradcli.grad(function, shape=used(function, shape), wrt=wrt, assume=said or None)
    assert found.formula == {wrt: due}


def test_a_shortened_form_that_does_not_hold_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = engine._Compiled.of(Rule("inv(Q)", "Q", "Q: n n", given="Q: orthogonal"))
    monkeypatch.setattr(engine, "premised", lambda: (wrong,))
    assert derivative("grad", "logdet(Q)", {"Q": "n,n"}, "Q", "Q=orthogonal").formula == {"Q": "inv(Q).T"}


def test_a_form_is_held_once_more_without_what_is_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where it could not be held with it."""
    held: list[bool] = []
    right = Question.as_written

    def counted(self: Question, *given: object) -> object:
        held.append(self.shortened)
        return right(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Question, "as_written", counted)
    derivative("grad", "logdet(Q)", {"Q": "n,n"}, "Q", "Q=orthogonal")
    assert set(held) == {True}


# -- the rules


def _shapes(rule: Rule) -> dict[str, tuple[str, ...]]:
    used = {name for side in (rule.pattern, rule.result) for name in parse(side, sizes=engine.SIZES, bound=NAMES).names}
    return {**dict.fromkeys(sorted(used - engine.SIZES.keys()), ("n",)), **shapes_of(rule)}


@pytest.mark.parametrize("rule", PREMISED, ids=lambda rule: rule.pattern)
def test_each_rule_with_a_premise_holds(rule: Rule) -> None:
    shape = {name: ",".join(axes) for name, axes in _shapes(rule).items()}
    said = [f"{name}={word}" for name, word in given_of(rule).items()]
    result = f"{rule.result} + 0*({rule.pattern})"  # of its shape
    assert check(rule.pattern, result, kind="value", shape=shape, assume=said)


@pytest.mark.parametrize("rule", PREMISED, ids=lambda rule: rule.pattern)
def test_each_rule_with_a_premise_is_taken_where_it_is_known(rule: Rule) -> None:
    shapes, sizes = _shapes(rule), stand_ins("nmk")
    number = rule.result in {"0", "1"}
    sides = [f"y + {side}" if number else side for side in (rule.pattern, rule.result)]
    shapes |= {"y": ("n",)} if number else {}
    pattern, result = (parse(side, bound=NAMES, sizes=sizes).tree for side in sides)
    ((name, word),) = given_of(rule).items()
    known = Premises(**{word: frozenset(name)})
    assert write(simplified(pattern, shapes, known)) == write(simplified(result, shapes, known))
    assert write(simplified(pattern, shapes)) != write(simplified(result, shapes, known))
