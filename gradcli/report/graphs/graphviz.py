"""The layout of Graphviz, where it is installed: its SVG without links to elsewhere, in the colours of our own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from gradcli.commands.explain.graph import Graph
from gradcli.report.graphs.dot import dot
from gradcli.report.graphs.labels import description, title
from gradcli.report.graphs.svg import refuse_large
from gradcli.report.plotting.elements import INK, PAPER, Room, drawing, element, written

PROGRAM = "dot"
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_KEPT = frozenset({"cx", "cy", "rx", "ry", "points", "d", "x", "y", "transform", "text-anchor", "font-size"}) | {
    "stroke-width",
    "stroke-dasharray",
}
_DRAWN = frozenset({"g", "ellipse", "polygon", "path", "polyline", "text"})


def laid_out(graph: Graph) -> str | None:
    """The picture as ``graphs.svg`` has it; None where there is no Graphviz, or where it fails. Errors: LimitError."""
    refuse_large(graph)
    program = shutil.which(PROGRAM)
    if program is None:
        return None
    text = dot(graph, labelled=False).encode()
    done = subprocess.run([program, "-Tsvg"], input=text, capture_output=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        return None
    try:
        root = ET.fromstring(done.stdout)  # noqa: S314 - as above
        return drawing(_parts(root), _room(root), title(graph), description(graph))
    except (ET.ParseError, ValueError):
        return None


def _room(root: ET.Element) -> Room:
    """Errors: ValueError."""
    x, y, width, height = map(float, root.attrib["viewBox"].split())
    return x, y, width, height


def _parts(parent: ET.Element) -> Iterator[str]:
    """What is drawn; names of nodes, comments and the sheet below are left out."""
    for child in parent:
        tag = child.tag.removeprefix(_NAMESPACE) if isinstance(child.tag, str) else ""
        if tag not in _DRAWN or child.attrib.get("stroke") == "transparent":
            continue
        about = {name: value for name, value in child.attrib.items() if name in _KEPT}
        if tag == "text":
            text = child.text or ""
            yield element(tag, written(text), **{**about, "fill": INK, "font-family": "ui-monospace, monospace"})
        elif tag == "g":
            yield element(tag, "".join(_parts(child)), **about)
        else:
            filled = {"none": "none", "black": INK}.get(child.attrib.get("fill", "none"), PAPER)
            yield element(tag, **about, fill=filled, stroke=INK)
