"""Which file makes the document of a result, and which one writes it: each is loaded when it is needed, none before."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from gradcli.base.whole_file import written_whole
from gradcli.report.document import Document, View

MAKERS = {
    "gradcli.base.errors.GradcliError": "errors",
    "gradcli.commands.results.CheckReport": "claims",
    "gradcli.commands.explain.error.ErrorCatalogue": "error_catalogue",
    "gradcli.commands.explain.error.ErrorExplanation": "error_explanation",
    "gradcli.commands.explain.explanation.Explanation": "explanation",
    "gradcli.commands.explain.run.ScriptExplanation": "script_explanation",
    "gradcli.commands.operations.Operations": "operations",
    "gradcli.commands.results.Result": "derivative",
    "gradcli.commands.steps.StepsReport": "steps",
    "gradcli.commands.tables.result.TableResult": "tables",
}


def document_of(result: object) -> Document:
    """The document of a result or an error. Errors: TypeError for what is neither."""
    for kind in type(result).__mro__:
        maker = MAKERS.get(f"{kind.__module__}.{kind.__qualname__}")
        if maker is not None:
            made: Document = import_module(f"gradcli.report.documents.{maker}").document(result)
            return made
    raise TypeError(f"{type(result).__name__} has no document: give it a row in report/writing.py")


def rendered(document: Document, name: str, view: View = View()) -> str | bytes:  # noqa: B008 - frozen
    """The document in the format of that name: one of Format, or ``junit``. Errors: UsageError where it has none."""
    made: str | bytes = import_module(f"gradcli.report.as_{name}").render(document, view)
    return made


def html(result: object, file: str | Path | None = None) -> str:
    """The page of a result, one HTML file that stands by itself; written to ``file`` too, whole or not at all.

    result: of ``explain``, ``check``, ``grad`` ...; that of ``explain(..., show="all")`` has every section
    Errors: OutputError; TypeError for what is no result.

    >>> import gradcli
    >>> html(gradcli.check("x**2", "2*x"))[:15]
    '<!DOCTYPE html>'
    """
    made = str(rendered(document_of(result), "html"))
    if file is not None:
        data = made.encode("utf-8", "backslashreplace")
        with written_whole(Path(file), len(data)) as out:
            out.write(data)
    return made
