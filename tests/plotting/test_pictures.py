"""Pictures: SVG that is XML, text that fits, images of the same bytes, graphs in each language, names that mean harm."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from runner import run

import gradcli
from gradcli.commands.explain.graph import OPERATION, UNUSED, VARIABLE, Graph, GraphEdge, GraphNode
from gradcli.commands.plotting.model import Axis, Curve, Kind, Mark, Panel, Plot, Role
from gradcli.report.graphs import graphviz
from gradcli.report.graphs.dot import dot
from gradcli.report.graphs.layers import Box, placed
from gradcli.report.graphs.mermaid import mermaid
from gradcli.report.graphs.svg import svg as graph_svg
from gradcli.report.plotting.elements import alone
from gradcli.report.plotting.svg import svg
from gradcli.report.plotting.text import text

HOSTILE = 'a"b\\N<script>alert(1)</script>]]>&x;#35;-->%{}|`*_\x1b[2J\u202e$\\n'
SVG = "{http://www.w3.org/2000/svg}"


def hostile_graph() -> Graph:
    nodes = (
        GraphNode(HOSTILE, VARIABLE, HOSTILE, (), "leaf", 1.0, 2.0, True),
        GraphNode("t1", OPERATION, HOSTILE, ("n",), HOSTILE, None, None, False, (HOSTILE,), True),
        GraphNode(HOSTILE + "2", UNUSED, HOSTILE, ()),
    )
    return Graph(HOSTILE, nodes, (GraphEdge(HOSTILE, "t1", HOSTILE, True),), pointed=True)


def hostile_plot() -> Plot:
    line = np.array([[0.0, 0.0], [1.0, 1.0]])
    marks = tuple(Mark(kind, 0.5, None if kind in {Kind.POLE, Kind.JUMP} else 0.5, HOSTILE) for kind in Kind)
    panel = Panel(Axis(HOSTILE, 0.0, 1.0), tuple(Curve(HOSTILE, role, (line,)) for role in Role), marks)
    return Plot(HOSTILE, Axis(HOSTILE, 0.0, 1.0), (panel,), notes=(HOSTILE,))


def graph_of(expression: str, values: dict[str, object] | None = None, **options: object) -> Graph:
    found = gradcli.explain(expression, values, show="graph", **options).graph  # type: ignore[arg-type]
    assert found is not None
    return found


# -- well-formed and harmless


@pytest.mark.parametrize("made", [
    lambda: svg(hostile_plot()), lambda: alone(svg(hostile_plot())), lambda: graph_svg(hostile_graph()), lambda: alone(graph_svg(hostile_graph())),
    lambda: svg(gradcli.plot("tan(x)", {"x": 1.0}, order=2)), lambda: svg(gradcli.plot("x*y", {"x": 1.0, "y": 2.0})),
])  # fmt: skip
def test_svg_is_xml_that_says_what_it_shows_and_loads_nothing(made: object) -> None:
    picture = made()  # type: ignore[operator]
    root = ET.fromstring(picture)  # noqa: S314
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert [child.tag for child in root if child.tag != f"{SVG}style"][:2] == [f"{SVG}title", f"{SVG}desc"]
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "path", "line", "rect", "circle", "text"}
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|href|url\(|@import|\bon\w+=", picture)
    assert "\x1b" not in picture
    assert "\u202e" not in picture


def test_numbers_of_a_picture_are_all_there() -> None:
    for element in ET.fromstring(svg(gradcli.plot("1/x", {"x": 1.0}))).iter():  # noqa: S314
        assert not re.search(r"nan|inf", " ".join(v for k, v in element.attrib.items() if k != "aria-label"))


def test_a_file_of_its_own_has_a_size_and_colours_for_the_dark() -> None:
    picture = alone(svg(gradcli.plot("x**2")))
    assert re.match(r'<svg [^>]*width="650" height="\d+">', picture)
    assert "prefers-color-scheme:dark" in picture
    assert "var(" not in picture.split("</style>")[1]


# -- graphs


def test_the_graph_has_each_value_once_and_an_edge_for_each_use() -> None:
    graph = graph_of("x*x*exp(x*x) + 0*y", {"x": 1.0, "y": 2.0, "z": 3.0}, wrt="x,y,z")
    assert [node.text for node in graph.nodes if node.kind == OPERATION] == [
        "x*x",
        "exp(t1)",
        "t1*t2",
        "0*y",
        "t3 + t4",
    ]
    assert [(e.source, e.local) for e in graph.edges if e.target == "t1"] == [("x", "d/dx = x = 1")] * 2
    assert [node.name for node in graph.nodes if node.kind == UNUSED] == ["z"]
    by_name = {node.name: node for node in graph.nodes}
    assert by_name["t2"].grad_fn == "ExpBackward0"
    assert by_name["t2"].saved
    assert not by_name["t5"].saved
    assert by_name["t1"].adjoint == pytest.approx(2 * np.e)
    assert by_name["t5"].output


def test_a_graph_without_values_has_shapes_and_formulas() -> None:
    graph = graph_of("sum(exp(A@x))", shape={"A": "n,n", "x": "n"})
    assert [node.shape for node in graph.nodes] == [("n", "n"), ("n",), ("n",), ("n",), ()]
    assert [edge.local for edge in graph.edges][2] == "d/dt1 = exp(t1)"


def test_a_variable_of_the_name_of_a_step_is_no_step() -> None:
    graph = graph_of("t1**2 + t2", {"t1": 3.0, "t2": 1.0})
    names = [node.name for node in graph.nodes]
    assert sorted(names) == sorted(set(names)) == ["t1", "t2", "t3", "t4"]


def test_dot_holds_nodes_edges_and_quoted_texts() -> None:
    made = dot(graph_of("x**2*sin(x)", {"x": 3.0}))
    assert made.startswith("digraph backward {")
    assert len(re.findall(r"^  n\d+ \[", made, re.MULTILINE)) == 4
    assert re.findall(r"^  (n\d+ -> n\d+)", made, re.MULTILINE) == ["n0 -> n1", "n0 -> n2", "n1 -> n3", "n2 -> n3"]
    assert r'label="x\nleaf, scalar\nvalue 3\nadjoint -8.06321", peripheries=2' in made


def test_texts_in_dot_end_where_they_are_meant_to() -> None:
    for line in dot(hostile_graph()).splitlines():
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert '"' not in outside
        assert re.fullmatch(r"[\w\s\[\]{}=;,>.-]*", outside), outside
        assert re.search(r"(?<!\\)(\\\\)*\\[NGETHL]", line) is None


def test_mermaid_holds_nodes_edges_and_no_sign_of_its_own_in_texts() -> None:
    made = mermaid(graph_of("x**2*sin(x)", {"x": 3.0}))
    assert made.startswith("flowchart TD\n")
    assert re.findall(r"(n\d+) --> *(?:\|\"[^\"]*\"\|)? (n\d+)", made) or "-->|" in made
    assert '  n0 -->|"d/dx = 2#42;x<br/>= 6"| n1' in made.splitlines()
    for line in mermaid(hostile_graph()).splitlines()[2:]:
        for quoted in re.findall(r'"(.*?)"', line):
            assert re.fullmatch(r"(?:[A-Za-z0-9 .,=()/+\u00a1-\uffff-]|#\d+;|<br/>)*", quoted), quoted


def test_graphviz_is_asked_where_it_is_and_missed_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of("x**2", {"x": 3.0})
    monkeypatch.setattr(graphviz.shutil, "which", lambda _: None)
    assert graphviz.laid_out(graph) is None
    assert "PowBackward0" in str(gradcli.draw(graph, "svg"))
    monkeypatch.setattr(graphviz.shutil, "which", lambda _: "/bin/false")
    assert graphviz.laid_out(graph) is None, "one that fails is as none"


@pytest.mark.skipif(graphviz.shutil.which("dot") is None, reason="Graphviz is not installed")
def test_the_picture_of_graphviz_is_cleaned() -> None:
    for graph in (graph_of("x**2*sin(x)", {"x": 3.0}), hostile_graph()):
        picture = graphviz.laid_out(graph)
        assert picture is not None
        ET.fromstring(picture)  # noqa: S314
        assert not re.search(r"DOCTYPE|DTD|<!--|black|white|\bid=|xlink", picture)


def test_nodes_do_not_overlap_and_edges_go_down() -> None:
    boxes = [Box(50.0, 20.0)] * 5
    edges = [(0, 2), (1, 2), (0, 3), (2, 4), (3, 4), (0, 4), (0, 4)]
    found = placed(boxes, edges, [Box(30.0, 10.0)] * len(edges))
    for k, (x, y) in enumerate(found.nodes):
        for other, (u, v) in enumerate(found.nodes[:k]):
            assert abs(x - u) >= 50.0 or abs(y - v) >= 20.0, (k, other)
    for (source, target), way in zip(edges, found.ways, strict=True):
        assert (way[0], way[-1]) == (found.nodes[source], found.nodes[target])
        assert all(a[1] < b[1] for a, b in pairwise(way))
    assert len(set(found.labels)) == len(edges)


def test_a_graph_that_nobody_could_read_is_not_drawn() -> None:
    nodes = tuple(GraphNode(f"t{k}", OPERATION, f"sin(t{k - 1})", ()) for k in range(401))
    graph = Graph("f", nodes, tuple(GraphEdge(f"t{k - 1}", f"t{k}", "", True) for k in range(1, 401)), pointed=False)
    with pytest.raises(gradcli.LimitError, match="at most 400 are drawn"):
        gradcli.draw(graph, "svg")
    assert "n400 [" in str(gradcli.draw(graph, "dot"))


# -- in characters


@pytest.mark.parametrize("braille", [True, False])
def test_text_fits_its_columns_and_knows_its_signs(braille: bool) -> None:
    made = text(gradcli.plot("1/x", {"x": 1.0}), 60, braille=braille)
    assert max(map(len, made.splitlines())) <= 64
    assert made.isascii() is not braille
    assert "f = 1/x" in made
    assert made.splitlines()[-1] == "  f grows without bound at x = 0"


def test_a_narrow_terminal_has_a_narrow_picture() -> None:
    for made in (text(gradcli.plot("x**2", {"x": 3.0}), 20), text(gradcli.plot("1e9*x", {"x": 3e8}), 20)):
        framed = [line for line in made.splitlines() if line[10:11] in {"│", "└"}]
        assert len(framed) > 10
        assert max(map(len, framed)) <= 20
        assert "●" in made
    assert text(gradcli.plot("x**2", {"x": 3.0}), 1)


def test_text_draws_the_curve_where_it_is() -> None:
    rows = text(gradcli.plot("x", plot_range="x=0:9"), 80, braille=False).splitlines()[1:11]
    places = [row.index("*", 11) for row in rows if "*" in row[11:]]
    assert places == sorted(places, reverse=True)
    assert len(places) == 10


def test_text_escapes_what_acts_on_a_terminal() -> None:
    assert "\x1b" not in text(hostile_plot())
    assert "\u202e" not in str(gradcli.draw(hostile_graph(), "text"))


# -- images


def test_an_image_is_one_and_has_the_same_bytes_again() -> None:
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    plot = gradcli.plot("abs(x)", {"x": 1.0}, claim="$x$".strip("$"))
    first = gradcli.draw(plot, "png")
    assert isinstance(first, bytes)
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert b"date" not in first.lower()
    assert gradcli.draw(plot, "png") == first
    assert isinstance(gradcli.draw(gradcli.plot("x*y", {"x": 1.0, "y": 2.0}), "png"), bytes)
    gradcli.draw(hostile_plot(), "png")  # a dollar sign begins no formula


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError):
        import_module("matplotlib.figure")
    with pytest.raises(gradcli.MissingError, match="matplotlib") as caught:
        gradcli.draw(gradcli.plot("x**2"), "png")
    assert "gradcli[plot]" in str(caught.value.hint)


# -- the command line


def test_files_are_what_their_suffix_says(tmp_path: Path) -> None:
    done = run(("grad", "abs(x)", "x=1", "--plot", "f.svg"), cwd=tmp_path)
    assert (done.code, done.stdout, done.stderr) == (0, "1.0\n", "")
    ET.fromstring((tmp_path / "f.svg").read_text())  # noqa: S314
    for name, start in (("g.dot", "digraph"), ("g.mmd", "flowchart")):  # .svg may start Graphviz
        assert run(("explain", "x**2", "x=3", "-o", name), cwd=tmp_path).code == 0
        assert (tmp_path / name).read_text().startswith(start)


def test_a_text_stands_below_the_answer() -> None:
    done = run(("hessian", "x**3", "x=2", "--plot", "text", "--plot-range", "x=0:4"))
    assert done.code == 0
    assert done.stdout.startswith("12.0\n")
    assert all(name in done.stdout for name in ("f = x**3", "f'", "f''"))


def test_a_refuted_claim_is_drawn_at_its_counterexample(tmp_path: Path) -> None:
    done = run(("check", "x**3", "2*x**2", "--plot", "c.svg"), cwd=tmp_path)
    assert done.code == 1
    drawn = (tmp_path / "c.svg").read_text()
    assert "claim" in drawn
    assert "x = 2: claimed 8, true 12" in drawn
    pair = run(("check", "x**2*y", "--claim", "x=2*x*y", "--claim", "y=x", "--plot", "p.svg"), cwd=tmp_path)
    assert pair.code == 1
    assert "counterexample at x = 2, y = -1" in (tmp_path / "p.svg").read_text()


def test_the_sizes_of_a_claim_are_those_of_its_counterexample(tmp_path: Path) -> None:
    claim = ("check", "-n*log(s) - sum(x**2)/(2*s**2)", "-n/s", "--wrt", "s", "--shape", "x=n", "--where", "s > 0")
    assert run((*claim, "--plot", "c.svg"), cwd=tmp_path).code == 1
    drawn = (tmp_path / "c.svg").read_text()
    n, x = re.search(r"at n = (\d+), x = (\[[^]]+\])", drawn).groups()
    squares = [float(part) ** 2 for part in x.strip("[]").split(",")]
    s, claimed, true = map(float, re.search(r"s = (\S+): claimed (\S+), true ([-\d.e]+)", drawn).groups())
    assert int(n) == len(squares) > 1
    assert claimed == pytest.approx(-len(squares) / s, rel=1e-4)
    assert true == pytest.approx(-len(squares) / s + sum(squares) / s**3, rel=1e-4)


@pytest.mark.parametrize(("line", "said"), [
    ("grad x x=1 --plot f.gif", "--plot is text, or a file .svg or .png, not f.gif"),
    ("grad x x=1 --plot text --json", "--plot text prints text, where something else is printed"),
    ("grad x x=1 --plot f.jpg", "--plot is text, or a file .svg or .png, not f.jpg"),
    ("grad x --plot text --table t.csv", "--plot is for one point, and does not go with --table"),
    ("grad x x=1 --plot-range x=1:2", "--plot-range goes with --plot"),
    ("grad x**2 x=1,2 --reduce sum --plot text", "--plot draws the function itself"),
    ("check x@x 3*x --wrt x --shape x=n --plot text", "a plot is of a claim in one number"),
    ("explain x x=1 --graph dot --format csv", "--graph is written as text or json"),
])  # fmt: skip
def test_what_does_not_go_together_is_refused(line: str, said: str) -> None:
    done = run(tuple(line.split()))
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


def test_the_sections_graph_and_plot() -> None:
    done = run(("explain", "x*x", "x=2", "--show", "graph,plot"))
    assert done.code == 0
    assert "    x: d/dx = x = 2" in done.stdout
    assert "f = x*x" in done.stdout
    no = run(("explain", "sum(x)", "x=1,2,3", "--show", "plot"))
    assert "a plot is of one or two numbers that move: x is 3" in no.stdout
