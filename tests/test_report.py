"""One document, many formats: the model, what each result says in it, and how each format writes it."""

from __future__ import annotations

import ast
import json
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.base.errors import ExpressionError, LimitError, Span
from gradcli.claims.conclusion import ClaimResult, Conclusion, Counterexample, Diagnosis
from gradcli.commands.operations import operations
from gradcli.commands.results import CheckReport, Result
from gradcli.report import as_text, document, formats, writing
from gradcli.report.document import (
    Block,
    Case,
    Code,
    Difference,
    Document,
    Equation,
    Excerpt,
    Figure,
    Formula,
    Line,
    Outcome,
    Role,
    Section,
    Step,
    Steps,
    Table,
    Value,
    View,
    Words,
)
from gradcli.report.formats import Format
from gradcli.report.writing import document_of, rendered
from gradcli.verdicts.verdict import Check, Verdict

AGREES = Check(Verdict.AGREES, digits=15.5, checked=2, total=2, reference="sympy")
ROUNDED = Check(Verdict.ROUNDING, digits=3.25, checked=1, total=2, reference="sympy", notes=("cancellation",))
RESULT = Result("grad", "x**2", "x**2", ("x",), 9.0, {"x": 6.0}, {"x": "2*x"}, AGREES, "cpu", "float64", 0)
WRONG = ClaimResult(
    "",
    ("x",),
    "grad",
    "x**2*y",
    "2*x",
    Conclusion.REFUTED,
    points=16,
    routes=("sympy",),
    notes=("one note",),
    counterexample=Counterexample({"x": 1.0, "y": [2.0, 0.5]}, (1, 0), 2.0, 4.0, "gradcli check 'x**2*y' '2*x'"),
    diagnosis=Diagnosis("factor", "y is missing", "2*x*y"),
)
TRUE = ClaimResult("x", ("x",), "grad", "x**2", "2*x", Conclusion.AGREES, points=1, sizes=({"n": 2, "d": 3}, {"n": 3}))


def paper(*blocks: Block, **more: Any) -> Document:
    return Document("test", blocks, dict, **more)


def text(*blocks: Block, **view: bool) -> str:
    return str(rendered(paper(*blocks), "text", View(**view)))


def written(result: object, name: str = "text", **view: bool) -> str:
    made = rendered(document_of(result), name, View(**view))
    assert isinstance(made, str)
    return made


# -- the model, and the two tables


def test_each_kind_of_result_has_its_file() -> None:
    for kind, maker in writing.MAKERS.items():
        home, _, name = kind.rpartition(".")
        assert isinstance(getattr(import_module(home), name), type)
        assert callable(import_module(f"gradcli.report.documents.{maker}").document)


def test_a_result_without_a_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert document_of(RESULT).command == "grad"
    assert document_of(LimitError("more")).command == "error"
    monkeypatch.delitem(writing.MAKERS, "gradcli.commands.results.Result")
    with pytest.raises(TypeError, match=r"Result has no document: give it a row in report/writing\.py"):
        document_of(RESULT)


@pytest.mark.parametrize("name", [*Format, "junit"])
def test_each_format_is_a_file(name: str) -> None:
    assert callable(import_module(f"gradcli.report.as_{name}").render)


def strangers(source: str) -> set[str]:
    """What a format imports of the results: it is to know the model alone."""
    found = {node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    return {
        name
        for name in found
        if name.split(".")[:2] in [["gradcli", "commands"], ["gradcli", "claims"], ["gradcli", "verdicts"]]
    }


def test_formats_know_the_model_and_no_result() -> None:
    sources = [path.read_text() for path in sorted(Path(formats.__file__).parent.glob("as_*.py"))]
    assert len(sources) == len(Format) + 1
    assert [strangers(source) for source in sources] == [set()] * len(sources)
    assert strangers("def f():\n    from gradcli.commands.results import Result") == {"gradcli.commands.results"}


def test_every_kind_of_block_has_its_text() -> None:
    blocks = set(document.Block.__args__)
    assert {type(block) for block in hostile()} == blocks


# -- a result as a document


def test_numbers_formulas_and_digits() -> None:
    assert document_of(RESULT).values == (Value(("x",), 6.0),)
    formula = replace(RESULT, derivative=None)
    assert document_of(formula).values == (Value(("x",), None, "2*x"),)
    digits = replace(RESULT, digits={"x": ["1.5", "2"]})
    assert document_of(digits).values == (Value(("x",), 6.0, ["1.5", "2"]),)


def test_blocks_of_a_hessian_have_two_names() -> None:
    blocks = {"x": {"x": 1.0, "y": 2.0}, "y": {"x": 3.0, "y": None}}
    found = document_of(replace(RESULT, command="hessian", derivative=blocks))
    assert [(value.names, value.number) for value in found.values] == [
        (("x", "x"), 1.0),
        (("x", "y"), 2.0),
        (("y", "x"), 3.0),
        (("y", "y"), None),
    ]
    assert rendered(found, "text") == "x,x = 1.0\nx,y = 2.0\ny,x = 3.0\ny,y = null\n"


@pytest.mark.parametrize(
    ("check", "remark", "page"),
    [
        (
            AGREES,
            "check: agrees to 15.5 digits (2 of 2 entries against sympy)\n",
            "agrees to 15.5 digits, 2 of 2 entries against sympy",
        ),
        (
            ROUNDED,
            "check: rounding (1 of 2 entries against sympy)\n  cancellation\n",
            "rounding to 3.25 digits, 1 of 2 entries against sympy\n  cancellation",
        ),
        (Check(Verdict.UNCHECKED, notes=("too large",)), "check: unchecked\n  too large\n", "unchecked\n  too large"),
    ],
)
def test_the_verdict_is_worded_once(check: Check, remark: str, page: str) -> None:
    result = replace(RESULT, check=check)
    assert as_text.plain(document_of(result).remarks) == f"read as: x**2\n{remark}"
    assert as_text.plain(document_of(result).warnings) == ("" if check is AGREES else remark)
    explained = replace(gradcli.explain("x**2"), check=check)
    assert f"\nVerdict\n  {page}\n" in written(explained)
    assert document_of(explained).warnings == ()


# -- text

ESCAPE = "\x1b[2J\u202e\ud800"


def hostile() -> list[Block]:
    """A block of each kind, with characters that act on a terminal wherever a text goes."""
    line = Line(ESCAPE, Role.NOTE, label=ESCAPE)
    return [
        line,
        Line(ESCAPE, Role.PROSE),
        Line(ESCAPE * 200, Role.FORMULA),
        Words((ESCAPE, ESCAPE)),
        Table((ESCAPE,), ((ESCAPE,),)),
        Code(ESCAPE),
        Excerpt(f"x{ESCAPE}y", Span(1, 3)),
        Value(("x",), text=ESCAPE),
        Formula(ESCAPE, ESCAPE, ESCAPE),
        Figure("", ESCAPE, ESCAPE, ESCAPE),
        Steps(ESCAPE, "full", {"full": (Step(ESCAPE), Step(ESCAPE, ESCAPE, ESCAPE, (Span(0, 1),)))}, (ESCAPE,), ESCAPE),
        Difference(((ESCAPE, 1.0),), (0,), 1.0, 2.0),
        Section(line, (line,)),
        Case(ESCAPE, Equation(ESCAPE, (ESCAPE,), ESCAPE), "refuted", Outcome.FAILS, (line,), file=ESCAPE, line=1),
        Case(ESCAPE, Equation(ESCAPE, (), ESCAPE), "refuted", Outcome.FAILS, ()),
    ]


def harmful(made: str) -> set[str]:
    return {ch for ch in made if ch != "\n" and unicodedata.category(ch) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}}


@pytest.mark.parametrize("block", hostile(), ids=lambda block: type(block).__name__)
def test_text_escapes_what_acts_on_a_terminal(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    made = text(block, Value(("y",), 1.0), verbose=True)
    assert "\\x1b[2J" in made
    assert harmful(made) == set()
    monkeypatch.setattr(as_text, "printable", lambda given: given)
    assert harmful(text(block, Value(("y",), 1.0), verbose=True)) != set(), "what is not escaped would be seen"


def test_one_value_is_bare_and_several_have_names() -> None:
    one, two = Value(("x",), np.array([0.1, 2.0])), Value(("y",), 1e300)
    assert text(one) == "[0.1, 2.0]\n"
    assert text(one, two) == "x = [0.1, 2.0]\ny = 1e+300\n"
    assert text(Value(("x",), 1.0, "cos(x)")) == "cos(x)\n"


@pytest.mark.parametrize(("size", "cut"), [(as_text.TERMINAL_ENTRIES, False), (as_text.TERMINAL_ENTRIES + 1, True)])
def test_a_terminal_is_shown_the_ends_of_a_large_array(size: int, cut: bool) -> None:
    value = Value(("x",), np.arange(float(size)))
    whole = str(np.arange(float(size)).tolist()) + "\n"
    last = f"{size - 3}.0, {size - 2}.0, {size - 1}.0]\n"
    assert text(value, terminal=True) == (f"[0.0, 1.0, 2.0, ..., {last}" if cut else whole)
    assert text(value) == whole


def test_ends_of_every_axis() -> None:
    array = np.arange(2002.0).reshape(7, 286)
    rows = [str([*row[:3], "...", *row[-3:]]).replace("'", "") for row in array.tolist()]
    assert text(Value(("A",), array), terminal=True) == f"[{', '.join([*rows[:3], '...', *rows[-3:]])}]\n"


def test_sections_are_indented_and_apart() -> None:
    inner = Section(Line("inner"), (Line("deep"), Code("a\n\nb")))
    made = text(Section(Line("one"), (Line("a"), inner)), Section(Line("two"), (Line("b", label="name"),)), Line("end"))
    assert made == "one\n  a\n  inner\n      deep\n      a\n\n      b\n\ntwo\n  name: b\n\nend\n"


def test_tables_align_and_cut() -> None:
    made = text(Table(("a", "long head"), (("wide cell", "x"), ("y", "z" * 61)))).split("\n")
    assert made[:3] == ["a          long head", f"---------  {'-' * 60}", "wide cell  x"]
    assert made[3] == f"y          {'z' * 56} ..."


@pytest.mark.parametrize(
    ("block", "width"),
    [
        (Words(tuple(f"name{k}" for k in range(99))), as_text.WORDS_WIDTH),
        (Line("a word " * 99, Role.PROSE), as_text.PROSE_WIDTH),
    ],
)
def test_lists_and_prose_keep_their_width(block: Block, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = text(block).splitlines()
    assert width - 12 < max(map(len, lines)) <= width
    assert " ".join(" ".join(lines).split()) == (
        " ".join(block.items) if isinstance(block, Words) else ("a word " * 99).strip()
    )
    monkeypatch.setattr(as_text, "WORDS_WIDTH", width + 30)
    monkeypatch.setattr(as_text, "PROSE_WIDTH", width + 30)
    assert max(map(len, text(block).splitlines())) > width, "a line that is too wide would be seen"


def test_long_formulas_are_cut() -> None:
    assert text(Line("x" * 300, Role.FORMULA)) == "x" * 300 + "\n"
    assert text(Line("x" * 301, Role.FORMULA)) == "x" * 300 + " ... (--json has all of it)\n"
    assert text(Line("x" * 301)) == "x" * 301 + "\n"


def test_hints_stand_below_each_other() -> None:
    assert text(Line("no", Role.ERROR), Line("one\ntwo", Role.HINT)) == "error: no\ntry: one\n     two\n"


# -- places under a source


def carets(source: str, start: int, stop: int, focus: int | None = None) -> list[str]:
    return text(Excerpt(source, Span(start, stop, focus))).splitlines()


@pytest.mark.parametrize(
    ("source", "place", "expected"),
    [
        ("A @ b + c", (0, 5, 2), ["  A @ b + c", "  ~~^~~"]),
        ("x + y", (4, 5), ["  x + y", "      ^"]),
        ("a = 1\nb + 2y\nc", (10, 12, 11), ["  b + 2y", "      ~^"]),
        ("x +", (3, 3), ["  x +", "     ^"]),
        ("\x1b+ 2y", (4, 5), ["  \\x1b+ 2y", "         ^"]),
        ("x\x00y", (1, 2), ["  x\\x00y", "   ^~~~"]),
    ],
)
def test_carets(source: str, place: tuple[int, ...], expected: list[str]) -> None:
    assert carets(source, *place) == expected


def test_carets_of_a_long_line() -> None:
    shown, rule = carets("+" * 300 + "?" + "-" * 300, 300, 301)
    assert shown == "  ... " + "+" * 50 + "?" + "-" * 49 + " ..."
    assert shown[len(rule) - 1] == "?"
    assert len(shown) == as_text.LINE_WIDTH + len("  ...  ...")


# -- claims


def test_a_refuted_claim_line_by_line() -> None:
    report = CheckReport((WRONG,))
    body = (
        "  at x = 1.0, y = [2.0, 0.5] in entry [1, 0]: claimed 2.0, true 4.0\n  factor: y is missing\n"
        "  suggestion: 2*x*y\n  one note\n  again: gradcli check 'x**2*y' '2*x'\n"
    )
    assert written(report) == "refuted\n" + body
    assert written(report, verbose=True) == f"refuted\n{body}  routes: sympy; 16 points; 0.00 s\n"
    placed = CheckReport((replace(WRONG, file="a.md", line=7),), 1.26, 3)
    assert written(placed) == (f"a.md:7: refuted d(x**2*y)/d(x) = 2*x\n{body}1 claim: 1 refuted, 2 not reached\n")


@pytest.mark.parametrize(
    ("example", "said"),
    [
        (Counterexample({"x": 1.0}, (), 2.0, 4.0), "  at x = 1.0: claimed 2.0, true 4.0"),
        (Counterexample({}, (0,), None, 4.0), "  claimed no number, true 4.0 in entry [0]"),
        (Counterexample({"x": [1, [2.5]]}, (), -0.0, float("inf")), "  at x = [1, [2.5]]: claimed -0.0, true inf"),
        (Counterexample({"x": 1.0}, None, None, None), "  factor: y is missing"),
    ],
)
def test_counterexamples(example: Counterexample, said: str) -> None:
    assert written(CheckReport((replace(WRONG, counterexample=example),))).splitlines()[1] == said


def test_text_and_junit_say_the_same_words() -> None:
    """Both are made of one document: what the diagnosis, the suggestion, the note and the command say is in both."""
    found = document_of(CheckReport((WRONG,)))
    failure = next(ET.fromstring(rendered(found, "junit")).iter("failure")).text or ""  # noqa: S314 - our own text
    page = str(rendered(found, "text"))
    shared = [
        block.text for block in found.cases[0].blocks if isinstance(block, Line) and block.role is not Role.DETAIL
    ]
    assert len(shared) == 4
    assert [words for words in [*shared, "claimed 2.0, true 4.0"] if words not in page or words not in failure] == []


@pytest.mark.parametrize(
    ("changes", "view", "shown"),
    [
        ({}, {}, True),
        ({}, {"quiet": True}, False),
        ({"file": "a.md", "line": 1}, {}, False),
        ({"file": "a.md", "line": 1}, {"verbose": True}, True),
        ({"verdict": Conclusion.UNDECIDED}, {"quiet": True}, True),
        ({"file": "a.md", "line": 1, "verdict": Conclusion.UNDECIDED}, {}, True),
    ],
)
def test_which_claims_are_shown(changes: dict[str, Any], view: dict[str, bool], shown: bool) -> None:
    found = written(CheckReport((replace(TRUE, **changes),)), **view).splitlines()
    summary = [line for line in found if line.startswith("1 claim: ")]
    assert bool(summary) == ("file" in changes and not view.get("quiet", False))
    assert (len(found) > len(summary)) == shown


def test_extent_of_claims() -> None:
    assert written(CheckReport((TRUE, replace(TRUE, name="y", points=2, sizes=())))) == (
        "x: agrees at 1 point (n=2, d=3; n=3)\ny: agrees at 2 points\n"
    )
    broken = replace(
        TRUE, file="a.md", line=2, verdict=Conclusion.UNDECIDED, error=3, wrt=(), notes=("no name\ntry: x",)
    )
    assert written(CheckReport((broken,))).splitlines() == [
        "a.md:2: error x: d(x**2) = 2*x",
        "  no name",
        "try: x",
        "1 claim: 1 in error",
    ]


# -- errors and operations


def test_json_of_an_error_is_safe_on_a_terminal() -> None:
    error = ExpressionError(f"no {ESCAPE}", span=Span(0, 2), source="xy", hint="this")
    found = json.loads(written(error, "json"))
    assert found == {
        "schema": "gradcli/1",
        "error": {
            "kind": "syntax",
            "code": 3,
            "message": "no \\x1b[2J\\u202e\\ud800",
            "span": [0, 2],
            "hint": "this",
            "source": "xy",
        },
    }
    assert harmful(error.to_dict()["error"]["message"]) != set()
    assert written(error) == "error: no \\x1b[2J\\u202e\\ud800\n  xy\n  ^~\ntry: this\n"


def test_json_of_operations() -> None:
    assert json.loads(written(operations("torch.sin"), "json"))["name"] == "sin"
    assert {"sin", "softmax"} <= {row["name"] for row in json.loads(written(operations(), "json"))}
