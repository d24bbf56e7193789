"""``draw``: a plot or a graph in the way that is asked for, as a text or as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from gradcli.base.errors import OutputError, UsageError, printable
from gradcli.base.whole_file import written_whole
from gradcli.commands.explain.graph import Graph
from gradcli.commands.plotting.model import Plot
from gradcli.report.graphs.kinds import GraphKind

TEXT = "text"


def draw(
    drawing: Plot | Graph,
    form: str | None = None,
    file: str | Path | None = None,
    *,
    columns: int = 80,
    braille: bool = True,
) -> str | bytes:
    """A plot as ``text``, ``svg`` or ``png``, a backward graph as ``text``, ``dot``, ``mermaid`` or ``svg``.

    drawing: what ``plot`` returns, or ``explain(..., show="graph").graph``
    form:    by default as the suffix of the file says, text without one
    file:    it is written to, too, whole or not at all
    columns, braille: of a text: its width, and whether it is in dots or in letters
    Errors: UsageError for a form that there is not; MissingError for ``png`` without matplotlib; OutputError.

    >>> import gradcli
    >>> draw(gradcli.plot("x**2"), "svg")[:4]
    '<svg'
    """
    made = _forms(drawing, columns, braille)
    wanted = form or form_of(file) or TEXT
    if wanted not in made:
        raise UsageError(f"there is no form '{printable(wanted)[:40]}' of it", hint=f"there are {', '.join(made)}")
    found = made[wanted]()
    if file is not None:
        _write(found if isinstance(found, bytes) else found.encode("utf-8", "backslashreplace"), Path(file))
    return found


def form_of(file: str | Path | None) -> str | None:
    """The form that a suffix names."""
    path = None if file is None else Path(file)
    kind = GraphKind.of_file(path)
    return str(kind) if kind is not None else "png" if path is not None and path.suffix.lower() == ".png" else None


def _forms(drawing: Plot | Graph, columns: int, braille: bool) -> Mapping[str, Callable[[], str | bytes]]:
    if isinstance(drawing, Plot):
        return {
            TEXT: partial(_text, drawing, columns, braille),
            "svg": partial(_svg, drawing),
            "png": partial(_png, drawing),
        }
    return {TEXT: partial(_uses, drawing), **{str(kind): partial(_graph, drawing, kind) for kind in GraphKind}}


def _text(plot: Plot, columns: int, braille: bool) -> str:
    from gradcli.report.plotting.text import text

    return text(plot, columns, braille=braille) + "\n"


def _svg(plot: Plot) -> str:
    from gradcli.report.plotting.elements import alone
    from gradcli.report.plotting.svg import svg

    return alone(svg(plot))


def _png(plot: Plot) -> bytes:
    from gradcli.report.plotting.png import png

    return png(plot)


def _uses(graph: Graph) -> str:
    from gradcli.report.graphs.writing import uses

    return uses(graph) + "\n"


def _graph(graph: Graph, kind: GraphKind) -> str:
    from gradcli.report.graphs.writing import graph_text

    return graph_text(graph, kind)


def refuse_unknown(target: str) -> None:
    """Errors: UsageError for a target of ``--plot`` that is neither text nor a file of a known suffix."""
    if target not in {TEXT, "-"} and form_of(target) not in {"svg", "png"}:
        raise UsageError(f"--plot is text, or a file .svg or .png, not {printable(target)[:60]}")


def _write(data: bytes, path: Path) -> None:
    """Errors: OutputError."""
    try:
        with written_whole(path, len(data)) as out:
            out.write(data)
    except OSError as error:
        raise OutputError(f"cannot write {printable(str(path))}: {error.strerror}") from None
