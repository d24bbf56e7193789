"""``gradcli explain``: why a derivative is what it is, and what an error of autograd's means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gradcli.base.errors import UsageError
from gradcli.cli.answer import answer
from gradcli.cli.completion import bindings, listed
from gradcli.cli.error_text import explain_text, refuse_others, refuse_words, say_taken, taken_for_an_error
from gradcli.cli.options import Bindings, Detail, Latex, Shapes, Wrt, common_options, flag, output_of
from gradcli.cli.script import explain_script
from gradcli.commands.explain.sections import EVERY, GRAPH, NAMES, USUAL
from gradcli.report.formats import Format
from gradcli.report.graphs.kinds import GraphKind

Show = Annotated[
    list[str] | None,
    flag(
        "--show SECTIONS",
        f"Sections, joined by commas, of {', '.join(NAMES)}, or {EVERY}. [default: {', '.join(USUAL)}]",
        offers=listed([*NAMES, EVERY]),
    ),
]

OptionalExpression = Annotated[
    str | None,
    typer.Argument(
        metavar="[EXPRESSION]",
        help="The function; - reads it from stdin, @FILE from a file.",
        autocompletion=bindings,
    ),
]
ErrorText = Annotated[
    str | None,
    flag("--error TEXT", "Explain an autograd error: its text, - (stdin), @FILE, or list for all that are known."),
]

GraphOption = Annotated[
    GraphKind | None,
    flag("--graph", "Write the backward graph. [default: as the suffix of -o says: .dot, .mmd, .svg]"),
]

Run = Annotated[
    str | None,
    flag(
        "--run SCRIPT [ARGS]...",
        "Run a script that fails, with all its side effects, and find its mistake; all that follows SCRIPT is the "
        "script's. -m runs a module. Errors that the script catches itself are not seen.",
    ),
]
Trace = Annotated[
    bool, flag("--trace", "With --run: remember where each tensor was made and changed; up to 10 times as slow.")
]
Html = Annotated[
    Path | None,
    flag(
        "--html FILE",
        "Write a page that stands by itself, with all sections where --show names none: -o FILE --format html.",
    ),
]
Nan = Annotated[bool, flag("--nan", "With --run: look for the first gradient that is nan or infinite.")]
Try = Annotated[
    bool,
    flag(
        "--try",
        "With --run: run the script a second time, with all its side effects, the proposed change made in memory.",
    ),
]


@common_options
def explain(
    context: typer.Context,
    expression: OptionalExpression = None,
    bindings: Bindings = None,
    wrt: Wrt = None,
    show: Show = None,
    detail: Detail = None,
    shape: Shapes = None,
    latex: Latex = False,
    graph: GraphOption = None,
    error: ErrorText = None,
    run: Run = None,
    html: Html = None,
    trace: Trace = False,
    nan: Nan = False,
    attempt: Try = False,
    **common: Any,  # Any: common_options
) -> None:
    """Why the derivative is what it is: shapes, ways on from a non-scalar, tape, memory, verdict, PyTorch code; with
    --error and --run, why autograd failed."""
    if html is not None:
        common = common | _page(html, common)
    words = [] if expression is None else [expression, *(bindings or [])]
    own: dict[str, object] = {
        "wrt": wrt,
        "show": show,
        "detail": detail,
        "shape": shape,
        "graph": graph,
        "latex": latex,
    }
    live: dict[str, object] = {"trace": trace, "nan": nan, "try": attempt}
    if run is not None:
        refuse_words(words, "--run takes a script and its words", "gradcli explain --run SCRIPT [ARGS]...")
        refuse_others({**own, "error": error}, common, "a script")
        explain_script(run, context.obj, common, trace=trace, nan=nan, attempt=attempt)
    if any(live.values()):
        given = ", ".join(f"--{name}" for name, value in live.items() if value)
        raise UsageError(f"{given} goes with --run", hint=f"gradcli explain {given.replace(',', '')} --run SCRIPT")
    if error is not None:
        explain_text(error, words, own, common)
    if taken_for_an_error(words):
        say_taken(common)
        explain_text(" ".join(words), (), own, common)
    if expression is None:
        raise UsageError("gradcli explain needs EXPRESSION", hint="gradcli explain 'x**2' x=3")
    if common["digits"] is not None:
        raise UsageError("explain takes no --digits", hint="gradcli grad ... --digits N")
    if common["correct"]:
        raise UsageError("explain takes no --correct", hint="gradcli grad ... --correct")
    kind = graph or (None if common["format_"] or common["as_json"] else GraphKind.of_file(_path(common["path"])))
    if kind is not None:
        show = [*(show or []), GRAPH]
    elif output_of(common).format is Format.HTML:
        show = show or [EVERY]
    options = {"wrt": wrt or None, "show": show or None, "detail": detail, "shape": shape, "latex": latex}
    answer("explain", expression, bindings, common, options, graph=kind)


def _path(written: str | None) -> Path | None:
    return None if written is None else Path(written)


def _page(html: Path, common: Mapping[str, Any]) -> dict[str, Any]:  # Any: options' values
    """The options that --html stands for. Errors: UsageError for others that say how, or whereto, it is written."""
    for name, said in (("-o", common["path"]), ("--json", common["as_json"])):
        if said:
            raise UsageError(f"--html writes a page, and {name} another file", hint="one of them at a time")
    if common["format_"] not in {None, Format.HTML}:
        raise UsageError(f"--html contradicts --format {common['format_']}")
    return {"path": str(html), "format_": Format.HTML}
