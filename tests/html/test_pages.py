"""Pages: one file that loads nothing, in which nobody's text is markup, with all that the result has to say."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
import xml.etree.ElementTree as ET
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from runner import run

import gradcli
from gradcli.base.errors import Span
from gradcli.commands.explain.sections import NAMES
from gradcli.report.document import Code, Document, Excerpt, Figure, Formula, Line, Section, Table, Value
from gradcli.report.html.page import page, style

VOID = {"meta", "br", "hr", "img", "link", "input"}
LEVELS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = {"div", "p", "pre", "table", "ol", "ul", "dl", "figure", "section", "article", "details", "header", *LEVELS}
HOSTILE = '</code></math></svg><script>alert(1)</script><img src="x" onerror="alert(2)">"\'&\u202e\x1b[2J'


class Reader(HTMLParser):
    """A page read strictly: tags in their order, attributes, text by tag. Errors: AssertionError for a wrong end."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        words = {"p", "span", "code", "a", "th", "dt", "figcaption", *LEVELS}  # inside of which no block may stand
        assert tag not in BLOCKS or not words & {*self.open}, f"<{tag}> in {self.open}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> ends nothing"
        assert self.open[-1] == tag, f"</{tag}> ends <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def text(self) -> str:
        return " ".join(data for tag, data in self.texts if tag not in {"style", "title", "annotation"})


@cache
def explained() -> str:
    values = {"A": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "x": [1.0, 2.0], "b": [1.0, 1.0, 1.0]}
    return gradcli.html(gradcli.explain("sum((A@x - b)**2)", values, wrt="x", show="all"))


@cache
def checked() -> str:
    return gradcli.html(gradcli.check("x**2*sin(y)", claims={"x": "2*x*sin(y)", "y": "x**2*sin(y)"}))


@cache
def pages() -> dict[str, str]:
    return {
        "explain": explained(),
        "check": checked(),
        "kink": gradcli.html(gradcli.explain("abs(x)*sin(x) + relu(x)", {"x": 0.0}, show="all")),
        "formula": gradcli.html(gradcli.grad("sum((A@x - b)**2)", shape={"A": "n,m", "x": "m", "b": "n"}, wrt="x")),
        "numbers": gradcli.html(gradcli.grad("sum(x**2)", {"x": [1.0, 2.0]})),
        "operations": page(Document("ops", (Line("a"),), dict)),
    }


PAGES = ["explain", "check", "kink", "formula", "numbers", "operations"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_formed_and_has_its_landmarks(name: str) -> None:
    text = pages()[name]
    found = Reader(text)
    assert text.startswith("<!DOCTYPE html>")
    assert found.named("html") == [{"lang": "en"}]
    for landmark in ("head", "header", "h1", "main"):
        assert len(found.named(landmark)) == 1, landmark
    assert re.search(r"<head>.*<title>[^<]+</title>.*</head>", text, re.DOTALL)
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reaches_nowhere(name: str) -> None:
    found = Reader(pages()[name])
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"script", "iframe", "object", "embed", "link", "form", "img", "base", "foreignobject"}
    for tag, attributes in found.tags:
        assert not any(key.startswith("on") or key in {"src", "style", "xlink:href"} for key in attributes), tag
        assert (attributes.get("href") or "#").startswith("#")
        said = [value for key, value in attributes.items() if not key.startswith(("xmlns", "alttext"))]
        assert not any("//" in (value or "") or "url(" in (value or "") for value in said), (tag, attributes)
    assert "@import" not in style()
    assert "url(" not in style()


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_a_place_in_the_page(name: str) -> None:
    found = Reader(pages()[name])
    places = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(places) == len(set(places))
    assert {(a["href"] or "")[1:] for a in found.named("a")} <= set(places)


def test_the_policy_lets_the_own_style_in_and_nothing_else() -> None:
    found = Reader(explained())
    (policy,) = [m["content"] for m in found.named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    (css,) = [data for tag, data in found.texts if tag == "style"]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    for media in ("prefers-color-scheme: dark", "max-width: 30rem", "print"):
        assert media in css


@pytest.mark.parametrize("name", PAGES)
def test_formulas_and_drawings_are_xml_and_say_what_they_show(name: str) -> None:
    text = pages()[name]
    for made in re.findall(r"<math\b.*?</math>", text, re.DOTALL):
        assert ET.fromstring(made).get("alttext")  # noqa: S314 - our own text
    for made in re.findall(r"<svg\b.*?</svg>", text, re.DOTALL):
        assert ET.fromstring(made).get("aria-label")  # noqa: S314 - as above


# -- hostile text


def hostile() -> Document:
    span = Span(1, 5)
    line = Line(HOSTILE, label=HOSTILE)
    blocks = (
        Section(Line(HOSTILE), (line, Code(HOSTILE), Table((HOSTILE,), ((HOSTILE,),)), Excerpt(HOSTILE, span))),
        Formula(HOSTILE, HOSTILE, HOSTILE, {}),
        Formula("x", HOSTILE, HOSTILE, {}),
        Figure("", HOSTILE, HOSTILE, HOSTILE),
        Value((HOSTILE,), text=HOSTILE),
    )
    return Document(HOSTILE, blocks, dict, title=HOSTILE, again=HOSTILE, subject=Formula(HOSTILE), summary=(line,))


def test_hostile_text_is_inert() -> None:
    text = page(hostile())
    tags = {tag for tag, _ in Reader(text).tags}
    assert not tags & {"script", "img"}
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "alert(1)" in Reader(text).text()


def test_markup_that_is_not_escaped_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.report.html.blocks.escaped", lambda text: text)
    with pytest.raises(AssertionError):
        test_hostile_text_is_inert()


@pytest.mark.parametrize("argv", [
    ["explain", "x**2 # </title><script>alert(1)</script>", "x=1", "--show", "shapes,program", "--format", "html"],
    ["check", "x**2", "2*x + 0*len('</script>')", "--format", "html"],
])  # fmt: skip
def test_hostile_expressions_are_inert(argv: list[str]) -> None:
    done = run(argv)
    if done.code in {0, 1}:
        assert "script" not in {tag for tag, _ in Reader(done.stdout).tags}


# -- what stands in a page


def test_every_section_of_an_explanation_is_there() -> None:
    found = Reader(explained())
    said = found.text()
    titles = {
        "shapes": "Shapes", "closed": "Closed form", "derivative": "Symbolic derivative", "derivation": "Derivation",
        "tape": "Backward tape", "graph": "Backward graph", "memory": "Memory", "lifetime": "Lifetime",
        "inplace": "Changed in place", "pitfalls": "Pitfalls", "verdict": "Verdict", "plot": "Plot",
        "enclosures": "Between certain bounds", "program": "The same in PyTorch", "frameworks": "TensorFlow",
        "ways": "Ways on", "hazards": "Hazards", "unused": "Not used",
    }  # fmt: skip
    assert titles.keys() == set(NAMES)
    assert [title for title in titles.values() if title not in said] == []
    assert "gradcli explain 'sum((A@x - b)**2)'" in said
    assert "d f / d x = [228, 288]" in said  # twice 4 + 3*10 + 5*16, and 2*4 + 4*10 + 6*16
    assert "2 A^{\\top} (A x - b)" in " ".join(data for tag, data in found.texts if tag == "annotation")


def test_a_page_of_too_many_lines_has_the_shortest_derivations_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = gradcli.explain("x*exp(x*y)", {"x": 1.0, "y": 2.0}, show="derivation")
    whole = Reader(gradcli.html(found))
    assert [details for details in whole.named("details") if details.get("class") == "level"]
    lines = len([item for item in whole.named("li") if "class" not in item])
    monkeypatch.setattr("gradcli.report.html.derivations.MOST_LINES", 5)
    short = Reader(gradcli.html(found))
    assert short.named("details") == []
    assert 0 < len([item for item in short.named("li") if "class" not in item]) < lines
    assert "the shortest of 3 levels of detail" in short.text()
    command = "gradcli explain 'x*exp(x*y)' x=1 y=2 --show derivation --detail full"
    assert short.text().count(command) == 1
    assert "product rule" in run(shlex.split(command)[1:]).stdout


def test_numbers_of_a_page_are_those_of_the_json() -> None:
    told = gradcli.explain("sin(x)*y", {"x": 0.5, "y": 3.0}, show="enclosures,verdict")
    cells = [data for tag, data in Reader(gradcli.html(told)).texts if tag == "td"]
    rows = told.to_dict()["enclosures"]
    assert [row["entry"] for row in rows] == ["x", "y"]
    assert cells == [
        cell
        for row in rows
        for cell in (row["entry"], repr(row["at"]), repr(row["torch"]), row["middle"], row["radius"], "15.95")
    ]
    assert told.derivative is not None
    assert told.derivative["x"] == rows[0]["torch"]
    assert rows[0]["middle"].startswith("2.63274768567111")  # 3 cos 0.5, from a table


def test_a_refuted_claim_shows_where_and_what_is_due() -> None:
    found = Reader(checked())
    said = found.text()
    assert found.text().count("refuted") == 3  # heading, index, claim
    assert "-3.365883939231586" in said  # 4 sin(-1)
    assert "2.161209223472559" in said  # 4 cos(-1)
    assert "x**2*cos(y)" in said
    assert len(found.named("article")) == 2


def test_claims_of_files_have_places_of_their_own(tmp_path: Path) -> None:
    suite = tmp_path / "claims.md"
    suite.write_text("# Claims\n\n```gradcli\nd(x**2)/d(x) = 2*x\nd(x**3)/d(x) = x**2\n```\n")
    out = tmp_path / "report.html"
    done = run(["check", "--file", "claims.md", "--html", str(out)], cwd=tmp_path)
    assert done.code == 1
    assert "refuted" in done.stdout
    found = Reader(out.read_text())
    assert [article["id"] for article in found.named("article")] == ["claims.md:4", "claims.md:5"]
    assert {a["href"] for a in found.named("a")} == {"#claims.md:4", "#claims.md:5"}


# -- how it is asked for


def test_three_ways_to_ask_for_a_page(tmp_path: Path) -> None:
    words = ["explain", "x**2", "x=3", "--show", "shapes"]
    one, two = tmp_path / "one.html", tmp_path / "two.html"
    assert (run([*words, "--html", str(one)]).stdout, run([*words, "-o", str(two)]).stdout) == ("", "")
    assert one.read_text() == two.read_text() == run([*words, "--format", "html"]).stdout
    assert gradcli.html(gradcli.explain("x**2", {"x": 3}, show="shapes"), tmp_path / "three.html")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("more", [["--json"], ["-o", "x.txt"], ["--format", "csv"]])
def test_html_contradicts_another_format(more: list[str], tmp_path: Path) -> None:
    done = run(["explain", "x**2", "x=3", "--html", "page.html", *more], cwd=tmp_path)
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert "--html " in done.stderr


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    done = run(["check", "x**2", "2*x", "--html", str(tmp_path / "none" / "page.html")])
    assert done.code == 74
