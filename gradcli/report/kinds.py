"""Which file makes the document of which result: by name, so that none is loaded before its result is there."""

from __future__ import annotations

from importlib import import_module

from gradcli.report.document import Document

MAKERS = {
    "gradcli.base.errors.GradcliError": "errors",
    "gradcli.commands.results.CheckReport": "claims",
    "gradcli.commands.explain.explanation.Explanation": "explanation",
    "gradcli.commands.operations.Operations": "operations",
    "gradcli.commands.results.Result": "derivative",
}


def document_of(result: object) -> Document:
    """The document of a result or an error. Errors: TypeError for what is neither."""
    for kind in type(result).__mro__:
        maker = MAKERS.get(f"{kind.__module__}.{kind.__qualname__}")
        if maker is not None:
            made: Document = import_module(f"gradcli.report.{maker}").document(result)
            return made
    raise TypeError(f"{type(result).__name__} has no document: give it a row in report/kinds.py")
