"""``gradcli explain``: why a derivative is what it is, and what an error of autograd's means."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gradcli.base.errors import UsageError
from gradcli.cli.answer import answer
from gradcli.cli.error_text import explain_text, say_taken, taken_for_an_error
from gradcli.cli.options import Bindings, Shapes, Wrt, common_options, flag
from gradcli.commands.explain.sections import EVERY, NAMES, USUAL

Show = Annotated[
    list[str] | None,
    flag(
        "--show SECTIONS",
        f"Sections, joined by commas, of {', '.join(NAMES)}, or {EVERY}. [default: {', '.join(USUAL)}]",
    ),
]

OptionalExpression = Annotated[
    str | None, typer.Argument(metavar="[EXPRESSION]", help="The function; - reads it from stdin, @FILE from a file.")
]
ErrorText = Annotated[
    str | None,
    flag("--error TEXT", "Explain an autograd error: its text, - (stdin), @FILE, or list for all that are known."),
]


@common_options
def explain(
    expression: OptionalExpression = None,
    bindings: Bindings = None,
    wrt: Wrt = None,
    show: Show = None,
    shape: Shapes = None,
    error: ErrorText = None,
    **common: Any,  # Any: common_options
) -> None:
    """Why the derivative is what it is: shapes, ways on from a non-scalar, tape, memory, verdict, PyTorch code."""
    words = [] if expression is None else [expression, *(bindings or [])]
    own: dict[str, object] = {"wrt": wrt, "show": show, "shape": shape}
    if error is not None:
        explain_text(error, words, own, common)
    if taken_for_an_error(words):
        say_taken(common)
        explain_text(" ".join(words), (), own, common)
    if expression is None:
        raise UsageError("Missing argument 'EXPRESSION'", hint="gradcli explain --help")
    if common["digits"] is not None:
        raise UsageError("explain takes no --digits", hint="gradcli grad ... --digits N")
    answer("explain", expression, bindings, common, {"wrt": wrt, "show": show or None, "shape": shape})
