"""``gradcli check``: claims from the command line, from files, or gradient functions out of the user's code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from gradcli.base.errors import UsageError, printable
from gradcli.base.events import listening, timed
from gradcli.base.limits import alarm
from gradcli.cli import render
from gradcli.cli.completion import bindings
from gradcli.cli.options import (
    SHOWN,
    Assume,
    Engine,
    InputFormat,
    Keep,
    Latex,
    Layout,
    Log,
    OnError,
    Output,
    OutputFormat,
    Plot,
    PlotRange,
    Symmetric,
    Table,
    TableEngine,
    Vec,
    WhenFailed,
    flag,
    log_to_stderr,
    output_of,
    refuse_without_table,
)
from gradcli.cli.plots import refuse_plot, show_plot
from gradcli.cli.progress import bar
from gradcli.cli.streams import write
from gradcli.report.formats import Format

if TYPE_CHECKING:
    from gradcli.commands.plotting.model import Plot as PlotModel
    from gradcli.commands.results import CheckReport
    from gradcli.commands.steps import StepsReport


# No formula ends so: x.T and x.md() are none of these.
_FILE = re.compile(r"[^=@]+\.(?:tex|ipynb|md|markdown|toml|py)", re.IGNORECASE)

Formulas = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[EXPRESSION [CLAIM]] [NAME=VALUE]... | FILE...",
        help="The function, the claimed derivative, and values of variables; or files, as with --file.",
        autocompletion=bindings,
    ),
]


def check(
    formulas: Formulas = None,
    claim: Annotated[
        list[str] | None, flag("--claim NAME=CLAIM", "The claimed derivative in one variable; may be repeated.")
    ] = None,
    wrt: Annotated[
        list[str] | None,
        flag("--wrt NAMES", "The variable; several for a stacked derivative. [default: the only free one]"),
    ] = None,
    kind: Annotated[
        str | None, flag("--kind grad|jacobian|hessian|value", "What is claimed; value: both are the same function.")
    ] = None,
    shape: Annotated[
        list[str] | None, flag("--shape NAME=SIZES", "Sizes: X=n,d; letters are tried at several sizes.")
    ] = None,
    latex: Latex = False,
    where: Annotated[
        list[str] | None, flag("--where CONDITION", "What the variables fulfil: 'x > 0', 'A == A.T'.")
    ] = None,
    assume: Assume = None,
    layout: Layout = None,
    vec: Vec = False,
    symmetric: Symmetric = None,
    file: Annotated[list[str] | None, flag("--file FILE", "Claims of .tex, .ipynb, .md, .toml or .py files.")] = None,
    steps: Annotated[
        str | None,
        flag("--steps FILE", "A derivation, = line by line (- for stdin): which line is the first wrong one?"),
    ] = None,
    only: Annotated[list[str] | None, flag("--only CLAIM", "Of --file: the claims of this name alone.")] = None,
    python: Annotated[
        str | None, flag("--python MODULE:FUNCTION", "A function in Python. This runs the module's code.")
    ] = None,
    against: Annotated[str | None, flag("--against MODULE:GRADIENT", "Its gradient function in Python.")] = None,
    at: Annotated[list[str] | None, flag("--at NAME=VALUE", "The point for --python; may be repeated.")] = None,
    table: Table = None,
    keep: Keep = False,
    input_format: InputFormat = None,
    output_format: OutputFormat = None,
    engine: TableEngine = Engine.AUTO,
    on_error: WhenFailed = OnError.REPORT,
    rtol: Annotated[
        float | None, flag("--rtol", "Of --table: relative distance that agrees. [default: the truth itself]")
    ] = None,
    junit: Annotated[Path | None, flag("--junit FILE", "Write a JUnit report.")] = None,
    html: Annotated[Path | None, flag("--html FILE", "Write the report as a page that stands by itself.")] = None,
    certificate: Annotated[
        Path | None, flag("--certificate FILE", "Write what a small program replays of the proofs.")
    ] = None,
    fail_fast: Annotated[bool, flag("--fail-fast/--keep-going", "Stop at the first claim that is refuted.")] = False,
    jobs: Annotated[int, flag("--jobs N", "Processes, for files.")] = 1,
    points: Annotated[int, flag("--points N", "Points at the first sizes.")] = 16,
    seed: Annotated[int, flag("--seed", "For the points.")] = 0,
    check_time: Annotated[float, flag("--check-time SECONDS", "Time for one claim; 0 is no limit.")] = 60.0,
    timeout: Annotated[
        float | None,
        flag("--timeout SECONDS", "Stop after so long; 0 is no limit. [default: 120, none for files and tables]"),
    ] = None,
    format_: Annotated[
        Format | None,
        flag("--format text|json|html", "What is printed. [default: as the file's suffix says, else text]"),
    ] = None,
    as_json: Annotated[bool, flag("--json", "One JSON object.")] = False,
    plot: Plot = None,
    plot_range: PlotRange = None,
    path: Annotated[str | None, flag("-o, --output FILE", "Write to a file, whole or not at all.")] = None,
    quiet: Annotated[bool, flag("-q, --quiet", "Only what is not right.")] = False,
    verbose: Annotated[bool, flag("-v, --verbose", "Every claim, and how it was checked.")] = False,
    log: Annotated[Log | None, flag("--log", "Tell on stderr where the time goes, an object a line.")] = None,
) -> None:
    """Is a claimed derivative right? If not: where, by how much, and what was probably forgotten."""
    formulas, file = _files_among(formulas or [], file)
    limit = timeout if timeout is not None else 0.0 if file or table is not None else 120.0
    report_path = path if table is None else None
    shown = (limit, False, format_, as_json, report_path, quiet, verbose, log)
    output = _output(dict(zip(SHOWN, shown, strict=True)))
    if certificate is not None and str(certificate) in {".", "-"}:
        raise UsageError("--certificate needs the name of a file")
    if only and not file:
        raise UsageError("--only picks claims of --file", hint="gradcli check --file claims.toml --only ridge")
    refuse_plot(plot, plot_range, output, {})
    if plot is not None and any(given is not None for given in (python, against, table, steps)):
        raise UsageError("--plot is for claims that are formulas", hint="gradcli check 'x**2' '3*x' --plot text")
    hint = "--timeout SECONDS raises the limit; 0 removes it"
    if table is None:
        refuse_without_table(
            {"keep": keep, "input_format": input_format, "output_format": output_format}
            | {"engine": engine, "on_error": on_error}
        )
        if rtol is not None:
            raise UsageError("--rtol is for tables: a claim is held to the truth itself", hint="--table FILE")
    with listening(log_to_stderr if log else None), timed("check"), alarm(limit, f"more than {limit:g} s", hint):
        if steps is not None:
            _refuse_with_steps(
                {"--claim": claim, "--file": file, "--python": python, "--against": against, "--table": table}
                | {"--certificate": certificate, "--fail-fast": fail_fast}
            )
            ways_of_steps: dict[str, Any] = {"wrt": wrt or None, "shape": shape, "where": where or (), "assume": assume}
            ways_of_steps |= {"latex": latex}
            ways_of_steps |= {"layout": layout, "vec": vec, "symmetric": symmetric}
            ways_of_steps |= {"seed": seed, "points": points, "check_time": check_time}
            report: CheckReport | StepsReport = _steps(steps, formulas or [], kind, at, ways_of_steps)
        elif python is not None or against is not None:
            if certificate is not None:
                raise UsageError("--certificate is for formulas: code has no proof")
            report = _functions(python, against, [*(at or []), *(formulas or [])], wrt or None, kind, seed, points)
        elif table is not None:
            _refuse_other(
                {
                    "--latex": latex,
                    "--shape": shape,
                    "--where": where,
                    "--assume": assume,
                    "--layout": layout,
                    "--vec": vec,
                }
                | {"--symmetric": symmetric, "--file": file, "--certificate": certificate}
            )
            ways: dict[str, Any] = {"keep": keep, "input_format": input_format, "output_format": output_format}
            ways |= {"engine": engine.value, "on_error": on_error.value, "rtol": rtol, "seed": seed}
            report = _rows(formulas or [], claim, kind, at, table, path, {"wrt": wrt or None, **ways}, quiet)
        elif file:
            _only_claims_of_files(
                {"--claim": claim, "--wrt": wrt, "--kind": kind, "--shape": shape, "--where": where, "--at": at}
                | {"--assume": assume, "--layout": layout, "--vec": vec, "--symmetric": symmetric}
                | {"--latex": latex}
            )
            made = certificate is not None
            report = _files(
                [*file, *(formulas or [])], only or (), seed, points, check_time, made, fail_fast, jobs, quiet
            )
        else:
            made = certificate is not None
            options: dict[str, Any] = {
                "wrt": wrt or None,
                "shape": shape,
                "where": where or (),
                "assume": assume,
                "layout": layout,
                "vec": vec,
            }
            options |= {
                "latex": latex,
                "symmetric": symmetric,
                "seed": seed,
                "points": points,
                "check_time": check_time,
            }
            report = _formulas(formulas or [], claim, kind, at, options | {"certificate": made})
    picture = None if plot is None else _picture(cast("CheckReport", report), plot_range)
    if junit is not None:
        render.save(report, "junit", junit)
    if html is not None:
        render.save(report, Format.HTML, html)
    if certificate is not None:
        _certify(cast("CheckReport", report), certificate)
    render.show(report, output)
    if plot is not None and picture is not None:
        show_plot(picture, plot)
    raise typer.Exit(report.exit_code())


def _picture(report: CheckReport, ranges: Sequence[str] | None) -> PlotModel:
    """Function, derivative and claim. Errors: as ``gradcli.plot``."""
    from gradcli.commands.plotting.plot import plot_of_claims

    return plot_of_claims(report.claims, list(ranges) if ranges else None)


def _files_among(texts: list[str], file: list[str] | None) -> tuple[list[str], list[str] | None]:
    """The formulas, and the files: ``check paper.tex notes.md``. Errors: UsageError where there are both."""
    found = [text for text in texts if _FILE.fullmatch(text)]
    if not found or file:
        return texts, file
    if len(found) < len(texts):
        other = next(text for text in texts if text not in found)
        shown = printable(other)[:60]
        message = f"{printable(found[0])[:60]} is a file of claims, and {shown} is none"
        raise UsageError(message, hint="check the files by themselves")
    return [], found


def _output(given: dict[str, Any]) -> Output:  # Any: options' values
    """How the report is shown. Errors: UsageError, before any claim is checked, for a format that holds numbers."""
    output = output_of(given)
    if output.format not in {Format.TEXT, Format.JSON, Format.HTML}:
        raise UsageError(
            f"check is written as text, json or html, not {output.format}", hint="--junit FILE is for builds"
        )
    return output


def _certify(report: CheckReport, path: Path) -> None:
    """Writes the certificates, none where no claim has one: what an earlier run left proves nothing now.

    Errors: OutputError.
    """
    write(json.dumps(report.certificates(), ensure_ascii=False, separators=(",", ":")) + "\n", path)


def _only_claims_of_files(given: Mapping[str, object]) -> None:
    """Errors: UsageError for an option that says something of a single claim."""
    for name, value in given.items():
        if value:
            raise UsageError(f"--file brings its own claims: {name} does not go with it")


def _formulas(
    formulas: Sequence[str],
    claim: list[str] | None,
    kind: str | None,
    at: list[str] | None,
    options: dict[str, Any],  # Any: options' values
) -> CheckReport:
    with timed("load"):
        from gradcli.commands.check import check as answer
        from gradcli.inputs.request import known_kind

    function, one, bindings = _read(formulas, claim)
    return answer(function, one, [*bindings, *(at or [])] or None, claims=claim, kind=known_kind(kind), **options)


def _read(formulas: Sequence[str], claim: list[str] | None) -> tuple[str, str | None, list[str]]:
    """The function, the claim where it stands beside it, and the values."""
    from gradcli.inputs.positionals import parted
    from gradcli.inputs.text import read_text

    texts, bindings = parted(formulas, 1 if claim else 2)
    if not texts:
        raise UsageError("there is no function to check", hint="gradcli check 'x**2' '2*x'")
    if len(texts) > (1 if claim else 2):
        raise UsageError(
            f"one formula too many: {printable(texts[2 if not claim else 1])[:60]}",
            hint="a function and one claim; more claims with --claim NAME=FORMULA",
        )
    texts = [read_text(t) if t == "-" else read_text(t[1:]) if t.startswith("@") else t.strip() for t in texts]
    return texts[0], texts[1] if len(texts) > 1 else None, bindings


def _refuse_other(given: Mapping[str, object]) -> None:
    """Errors: UsageError for an option that has no meaning for rows."""
    for name, value in given.items():
        if value:
            raise UsageError(f"{name} does not go with --table")


def _rows(
    formulas: Sequence[str],
    claim: list[str] | None,
    kind: str | None,
    at: list[str] | None,
    table: str,
    path: str | None,
    options: dict[str, Any],  # Any: options' values
    quiet: bool,
) -> CheckReport:
    with timed("load"):
        from gradcli.commands.tables.claims import check_table

    function, one, bindings = _read(formulas, claim)
    values = [*bindings, *(at or [])] or None
    asked: Any = kind or "grad"  # Any: of which check_table says what it may be
    with bar(" rows", quiet=quiet) as shown:
        return check_table(
            function, one, table, path, values=values, claims=claim, kind=asked, progress=shown, **options
        )


def _files(
    files: list[str],
    only: Sequence[str],
    seed: int,
    points: int,
    check_time: float,
    certificate: bool,
    fail_fast: bool,
    jobs: int,
    quiet: bool,
) -> CheckReport:
    from gradcli.commands.check_files import check_files

    with bar(quiet=quiet) as shown:
        return check_files(
            files,
            only=only,
            seed=seed,
            points=points,
            check_time=check_time,
            certificate=certificate,
            fail_fast=fail_fast,
            jobs=jobs,
            progress=shown,
        )


def _refuse_with_steps(given: dict[str, object]) -> None:
    """Errors: UsageError for an option that says nothing of a derivation."""
    for name, value in given.items():
        if value:
            raise UsageError(f"{name} does not go with --steps", hint="the lines stand in the file, or on stdin for -")


def _steps(
    file: str,
    formulas: Sequence[str],
    kind: str | None,
    at: list[str] | None,
    options: dict[str, Any],  # Any: options' values
) -> StepsReport:
    with timed("load"):
        from gradcli.commands.steps import check_steps
        from gradcli.inputs.positionals import parted
        from gradcli.inputs.request import known_kind

    texts, bindings = parted(formulas, 1)
    if len(texts) > 1:
        said = printable(texts[1])[:60]
        raise UsageError(f"one formula too many: {said}", hint="a function, whose derivative the file writes out")
    values = [*bindings, *(at or [])]
    function = texts[0] if texts else None
    return check_steps(file=file, function=function, kind=known_kind(kind), at=values, **options)


def _functions(
    python: str | None,
    against: str | None,
    at: Sequence[str],
    wrt: list[str] | None,
    kind: str | None,
    seed: int,
    points: int,
) -> CheckReport:
    from gradcli.commands.check_python import check_python
    from gradcli.inputs.request import DERIVATIVE_KINDS, known_kind

    if python is None or against is None:
        raise UsageError(
            "--python and --against go together",
            hint="gradcli check --python module:loss --against module:gradient --at x=1,2",
        )
    return check_python(
        python, against, list(at), wrt=wrt, kind=known_kind(kind, DERIVATIVE_KINDS), seed=seed, points=min(points, 3)
    )
