"""Names that would break out of a drawing's language: what is drawn is as that of a harmless name, and says the name."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from gradcli.base.errors import printable
from gradcli.commands.explain.graph import OPERATION, UNUSED, VARIABLE, Graph, GraphEdge, GraphNode
from gradcli.commands.plotting.model import Axis, Curve, Panel, Plot, Role
from gradcli.report.graphs.dot import dot
from gradcli.report.graphs.mermaid import mermaid
from gradcli.report.graphs.svg import svg as graph_svg
from gradcli.report.plotting.svg import svg

PAYLOADS = [
    '"', "\\", '\\"', '"];n9 [label="z', "a\\", 'x\\"];', "\\N\\G", "]", '"]', '"] --> n7["z', "-->", "--> n0", "]]>", "<!--", "a\nb",
    "|", '"| n9', "#quot;", "#35;", "&lt;", "&quot;", "</text>", "</title><script>", "<br/>", "%%{init", "end", "subgraph",
    "click n0 f", "'onload='x", '" onload="x', "<![CDATA[", "`x`", "{", "};", "//", "\x1b[2J", "\u202e", "\u2028",
]  # fmt: skip


def graph(name: str) -> Graph:
    nodes = (
        GraphNode(name, VARIABLE, name, (), "leaf", 1.0, 2.0, True),
        GraphNode("t1", OPERATION, name, (), name, 1.0, 1.0, True, (), True),
        GraphNode(name + "2", UNUSED, name, ()),
    )
    return Graph(name, nodes, (GraphEdge(name, "t1", name, True),), pointed=True)


def plot(name: str) -> Plot:
    curve = Curve(name, Role.FUNCTION, (np.array([[0.0, 0.0], [1.0, 1.0]]),))
    return Plot(name, Axis(name, 0.0, 1.0), (Panel(Axis(name, 0.0, 1.0), (curve,)),), notes=(name,))


def read_dot(text: str) -> tuple[str, str]:
    """What stands outside of the quoted texts, and what these say: a sign after a backslash is itself, n ends a line."""
    quoted = r'"((?:[^"\\]|\\.)*)"'
    ends = {"n": "\n"}
    said = (re.sub(r"\\(.)", lambda sign: ends.get(sign[1], sign[1]), part) for part in re.findall(quoted, text))
    return re.sub(quoted, "Q", text), "\n".join(said)


def read_mermaid(text: str) -> tuple[str, str]:
    """The same of Mermaid, whose texts end at the next quote whatever is before it; a sign may be its number."""
    rows = [re.sub(r"(?<=^  accTitle: ).*", "T", row) for row in text.split("\n")]
    parts = re.findall(r'"([^"]*)"', "\n".join(rows))
    assert not re.search(r"[<>\[\]{}|`\\&%*_]", "".join(parts).replace("<br/>", "")), "a sign of its own"
    said = (re.sub(r"#(\d+);", lambda sign: chr(int(sign[1])), part.replace("<br/>", "\n")) for part in parts)
    return re.sub(r'"[^"]*"', "Q", "\n".join(rows)), "\n".join(said)


def read_svg(text: str) -> tuple[str, str]:
    """The elements with the names of their attributes, and all texts."""
    elements = list(ET.fromstring(text).iter())  # noqa: S314
    return str([(e.tag, sorted(e.attrib)) for e in elements]), "\n".join("".join(e.itertext()) for e in elements)


DRAWN: dict[str, tuple[Callable[[str], str], Callable[[str], tuple[str, str]]]] = {
    "dot": (lambda name: dot(graph(name)), read_dot),
    "mermaid": (lambda name: mermaid(graph(name)), read_mermaid),
    "svg of a graph": (lambda name: graph_svg(graph(name)), read_svg),
    "svg of a plot": (lambda name: svg(plot(name)), read_svg),
}


def held(language: str, name: str) -> None:
    """Is a drawing the same but for its texts, and does it say the name? Errors: AssertionError; ParseError of XML"""
    made, read = DRAWN[language]
    outside, said = read(made(name))
    assert outside == read(made("x"))[0]
    assert " ".join(printable(name).split()) in " ".join(said.split())


@pytest.mark.parametrize("language", DRAWN)
def test_a_name_stays_a_text(language: str) -> None:
    for name in PAYLOADS:
        held(language, name)


@pytest.mark.parametrize(("language", "place", "bare", "names"), [
    ("dot", "gradcli.report.graphs.dot._quoted", lambda lines: f'"{" ".join(lines)}"', ['"', "a\\", '"];n9 [label="z', "\\N\\G"]),
    ("mermaid", "gradcli.report.graphs.mermaid._escaped", str, ['"', "]", '"] --> n7["z', "#35;", "-->", "|"]),
    ("svg of a graph", "gradcli.report.plotting.elements.escape", lambda text, **_: text, ["</text>", "&lt;", '"', "]]>", "<!--"]),
    ("svg of a plot", "gradcli.report.plotting.elements.escape", lambda text, **_: text, ["</text>", "&lt;", "<![CDATA["]),
])  # fmt: skip
def test_a_name_that_is_not_escaped_would_be_seen(
    language: str, place: str, bare: object, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, bare)
    for name in names:
        with pytest.raises((AssertionError, ET.ParseError)):
            held(language, name)
    held(language, "y")
