"""What a derivation refuses by count, how its differentials are written, and where its marks stand."""

from __future__ import annotations

import pytest

import gradcli
from gradcli.base.errors import LimitError, Span, UsageError
from gradcli.closed.steps import derive, matrix
from gradcli.closed.steps.marks import marked
from gradcli.report.as_text import plain
from gradcli.report.differentials import in_differentials
from gradcli.report.document import Step, Steps

LEAST_SQUARES = {"A": "m,n", "x": "n", "b": "m"}


def test_a_mark_stands_under_the_part_that_changed_and_not_under_an_equal_one() -> None:
    before, after = "sum((A@x - b)*jvp(A@x - b, x, dx))", "sum((A@x - b)*jvp(A@x, x, dx))"
    replaced, changed = marked(before, after, ["A", "x", "b", "dx"])
    assert [before[one.start : one.stop] for one in replaced] == ["A@x - b"]
    assert [one.start for one in replaced] == [before.index("A@x - b", before.index("jvp"))]
    assert [(one.start, one.stop) for one in changed] == [(after.index("A@x, "), after.index(", x, dx"))]


def test_open_differentials_are_printed_as_d() -> None:
    text = "2*sum((A @ x - b)*jvp(norm(A @ x), x, dx))"
    at = text.index("norm")
    step = Step(text, changed=(Span(at, at + len("norm(A @ x)")),))
    found = in_differentials(Steps("jvp(f(x), x, dx)", "full", {"full": (step,)}, differentials={"dx": "x"}))
    (shown,) = found.steps
    assert (found.left, shown.text) == ("d(f(x))", "2*sum((A @ x - b)*d(norm(A @ x)))")
    (span,) = shown.changed
    assert shown.text[span.start : span.stop] == "norm(A @ x)"
    assert found.said.splitlines()[0] == "d(u) is jvp(u, x, dx)"


def test_a_name_d_of_the_users_stays_what_it_is() -> None:
    found = Steps("", "full", {"full": (Step("d*jvp(u, x, dx)"),)}, differentials={"dx": "x"})
    assert in_differentials(found) is found


def test_stages_are_apart_in_text_and_json_has_the_language() -> None:
    found = gradcli.jacobian("A@x", wrt="x", shape={"A": "m,n", "x": "n"}, derivation=True)
    (block,) = found.derivations
    assert block.to_dict("normal")["lines"][0]["text"] == "jvp(A @ x, x, dx)"
    from gradcli.report.documents.derivations import steps_of

    lines = plain(steps_of(found.derivations, "normal")).splitlines()
    assert lines[:3] == ["A is constant here", "d(A @ x)", "  = A @ dx  (constant factor)"]
    assert lines[3:6] == ["", "jacobian(A @ x, x)", "  = A       (read off)"]


def test_a_vector_of_functions_of_numbers_has_steps() -> None:
    """Polar coordinates."""
    found = gradcli.jacobian("[r*cos(phi), r*sin(phi)]", wrt="phi", derivation=True)
    (block,) = found.derivations
    assert block.derivation is not None, block.refused
    assert block.derivation.lines[-1].text == "[-r*sin(phi), r*cos(phi)]"
    assert block.derivation.kind == "jacobian"


@pytest.mark.parametrize("other", [{"vjp": [1, 0]}, {"jvp": [1, 0]}, {"sparse": True}, {"entries": True}])
def test_a_jacobian_that_has_no_closed_form_has_no_steps(other: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="leads to the closed form"):
        gradcli.jacobian("x**2", {"x": [1.0, 2.0]}, derivation=True, **other)  # type: ignore[arg-type] # of one option


def test_what_is_too_large_is_refused_by_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "MOST_PARTS", 5)
    with pytest.raises(LimitError, match=r"the function has \d+ parts, and a derivation is of at most 5"):
        gradcli.grad("sum((A@x - b)**2)", wrt="x", shape=LEAST_SQUARES, derivation=True)
    monkeypatch.undo()
    monkeypatch.setattr(matrix, "MOST_PARTS", 20)
    with pytest.raises(LimitError, match=r"its lines have \d+ parts together, more than 20"):
        gradcli.grad("sum((A@x - b)**2)", wrt="x", shape=LEAST_SQUARES, derivation=True)


def test_an_explanation_says_why_it_has_no_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "MOST_PARTS", 5)
    found = gradcli.explain("x*sin(x)*exp(x)", show="derivation")
    (block,) = found.derivations
    assert block.derivation is None
    assert "parts" in block.refused
