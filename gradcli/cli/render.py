"""Documents on their way out: results to stdout or a file, remarks and errors to stderr."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcli.base.errors import GradcliError, UsageError
from gradcli.cli.options import Output
from gradcli.cli.streams import to_stderr, write
from gradcli.report.formats import Format
from gradcli.report.graphs.kinds import GraphKind

if TYPE_CHECKING:
    from gradcli.report.document import Document


COLUMNS = 80  # of a picture where there is no terminal


def show(result: object, output: Output) -> None:
    """Prints a result in the chosen format, then on stderr what is to be said beside it."""
    from gradcli.report.as_text import plain
    from gradcli.report.document import View
    from gradcli.report.writing import document_of, rendered

    document = document_of(result)
    if output.value:
        document = _value_of(document)
    if output.format.holds_matrices:
        from gradcli.report.triples import with_places

        document = with_places(document)
    view = View(_on_terminal(output), output.quiet, output.verbose, output.spy, *screen(output))
    if output.graph is not None and output.format is Format.TEXT:
        write(_graph_of(result, output.graph), output.path)
    elif not document.written:
        write(rendered(document, output.format, view), output.path)
    if not output.quiet:
        to_stderr(plain(document.remarks if output.verbose else document.warnings))


def _graph_of(result: Any, kind: GraphKind) -> str:  # Any: an Explanation, which is not loaded here
    from gradcli.report.graphs.writing import graph_text

    return graph_text(result.graph, kind)


def _value_of(document: Document) -> Document:
    """The function's value in the place of its derivative. Errors: UsageError where there is only a formula."""
    if document.value is None:
        raise UsageError("--value needs values of all names", hint="bind them, for instance x=3")
    return replace(document, blocks=(document.value,))


def save(result: object, name: str, path: Path) -> None:
    """Writes a result to a file, in the format of that name. Errors: OutputError."""
    from gradcli.report.writing import document_of, rendered

    write(rendered(document_of(result), name), path)


def show_error(error: GradcliError, *, as_json: bool) -> None:
    """On stderr: the message, the place under the expression, and the next move."""
    from gradcli.report.writing import document_of, rendered

    to_stderr(str(rendered(document_of(error), Format.JSON if as_json else Format.TEXT)))


def screen(output: Output) -> tuple[int, bool]:
    """The columns of a picture, and whether dots can be written."""
    if output.path is not None or sys.stdout is None:
        return COLUMNS, True
    columns = shutil.get_terminal_size((COLUMNS, 0)).columns if _on_terminal(output) else COLUMNS
    try:
        "⣿─│".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return columns, False
    return columns, True


def _on_terminal(output: Output) -> bool:
    return output.path is None and sys.stdout is not None and sys.stdout.isatty()
