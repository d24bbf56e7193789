"""The options that every computing command shares, written once and added to each command's signature."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradcli.base.dtypes import DType
from gradcli.base.errors import UsageError
from gradcli.base.limits import THREADS
from gradcli.cli.completion import Offer, bindings, offer_for
from gradcli.cli.streams import to_stderr
from gradcli.report.formats import Format
from gradcli.report.graphs.kinds import GraphKind
from gradcli.tables.formats import TableFormat

if TYPE_CHECKING:
    from gradcli.inputs.request import Options


_TIMEOUT = 120.0  # seconds
SHOWN = ("timeout", "strict", "format_", "as_json", "path", "quiet", "verbose", "log")  # of the result alone


class Log(StrEnum):
    """How events are told on stderr."""

    JSON = "json"


class CheckMode(StrEnum):
    """How much is compared with the second route."""

    FULL = "full"
    SAMPLE = "sample"
    OFF = "off"


class Engine(StrEnum):
    """What computes a table."""

    AUTO = "auto"
    COMPILED = "compiled"
    TORCH = "torch"


class OnError(StrEnum):
    """What comes of rows that fail."""

    REPORT = "report"
    MARK = "mark"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Output:
    """How a result is shown, and what counts as success."""

    format: Format = Format.TEXT
    path: Path | None = None
    directory: bool = False  # was it written as one, with a slash at its end?
    quiet: bool = False
    verbose: bool = False
    strict: bool = False
    timeout: float = _TIMEOUT
    log: Log | None = None
    value: bool = False
    spy: bool = False
    graph: GraphKind | None = None


def flag(written: str, means: str, offers: Offer | None = None) -> Any:  # Any: typer's own
    """An option as help shows it: ``flag("-o, --output FILE", ...)`` has two names, and FILE stands for its value.

    offers: what a shell is told where the value is being typed; by default that is taken from FILE
    """
    names, _, metavar = written.replace(", ", ",").partition(" ")
    offer = offers or offer_for(metavar)
    return typer.Option(*names.split(","), metavar=metavar or None, help=means, autocompletion=offer)


Expression = Annotated[
    str,
    typer.Argument(
        metavar="EXPRESSION",
        help="The function; - reads it from stdin, @FILE from a file.",
        autocompletion=bindings,  # where a formula begins with a minus, typer takes the next word for it
    ),
]
Bindings = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME=VALUE]...",
        help="Values: 3, 1,2,3, [[1,2],[3,4]], pi/4, randn(3), @X.npy, @- (stdin). For some names only: a formula.",
        autocompletion=bindings,
    ),
]
Wrt = Annotated[
    list[str] | None, flag("--wrt NAMES", "Variables, joined by commas. [default: those without a value, else all]")
]
Latex = Annotated[
    bool, flag("--latex", "The formulas are LaTeX, read by the shapes of names; what was read is said on stderr.")
]
AllowUnused = Annotated[bool, flag("--allow-unused", "A variable that the expression does not use gives null.")]
Materialize = Annotated[bool, flag("--materialize-grads", "A variable that the expression does not use gives zeros.")]
MaxMemory = Annotated[
    str | None,
    flag(
        "--max-memory SIZE",
        "Bytes that arrays may take, such as 500MB or 2GiB, counted first. [default: 3/4 of the machine's memory]",
    ),
]
Shapes = Annotated[
    list[str] | None,
    flag("--shape NAME=SIZES", "Shape, such as A=n,n or x=3; letters of values' shapes are their sizes."),
]
Assume = Annotated[
    list[str] | None,
    flag("--assume NAME=WORDS", "What holds of it: symmetric, orthogonal, positive, unit, ...; or a condition."),
]
Layout = Annotated[
    str | None,
    flag("--layout numerator|denominator", "How axes are laid out. [default: as torch: output, then input axes]"),
]
Vec = Annotated[bool, flag("--vec", "Columns of matrices one below the other: vec(F) in vec(X).")]
Symmetric = Annotated[str | None, flag("--symmetric joint", "Equal entries of a symmetric matrix move together.")]
Entries = Annotated[bool, flag("--entries", "The formula entry by entry, where the sizes are numbers.")]
Value = Annotated[
    bool, flag("--value", "Print the function's value, not its derivative; the verdict is on both, as in --json.")
]
Sparse = Annotated[
    bool | None,
    flag(
        "--sparse/--no-sparse",
        "Lines ROW COLUMN VALUE of what may differ from zero: rows of the output, or of a Hessian's first variable, "
        "columns of the variable, counted from 0 in C order. [default: where all are too many]",
    ),
]
Spy = Annotated[
    bool, flag("--spy", "Draw where the entries of the sparse derivative are; as an image with -o FILE.png.")
]
Derivation = Annotated[
    bool,
    flag("--derivation", "The formula line by line, each held equal to the one before."),
]
Detail = Annotated[
    str | None, flag("--detail brief|normal|full", "How small the steps of a derivation are. [default: normal]")
]
Code = Annotated[str | None, flag("--code torch|jax|tensorflow|numpy|sympy|julia|c", "A program that tests itself.")]

Plot = Annotated[
    str | None,
    flag("--plot FILE", "Draw the function and its derivative, of one or two numbers: text, or a file .svg or .png."),
]
PlotRange = Annotated[
    list[str] | None,
    flag("--plot-range NAME=LOW:HIGH", "From where to where, such as x=-2:2. [default: around the point]"),
]

_COMMON: dict[str, tuple[Any, Any]] = {  # Any: an annotation, a default
    "device": (Annotated[str, flag("--device cpu|cuda|cuda:N|mps|auto", "Where torch computes.")], "cpu"),
    "dtype": (Annotated[DType, flag("--dtype", "The float type of all numbers.")], DType.FLOAT64),
    "check": (
        Annotated[CheckMode, flag("--check", "How much is compared with the second route; of tables, a sample.")],
        CheckMode.FULL,
    ),
    "check_time": (Annotated[float, flag("--check-time SECONDS", "Time for the second route; 0 is no limit.")], 20.0),
    "digits": (Annotated[int | None, flag("--digits N", "Print the second route's own number, to N digits.")], None),
    "min_digits": (
        Annotated[
            int | None,
            flag("--min-digits N", "Exit 1 where fewer are left right. [default: 3, half types: 1, --digits: 0]"),
        ],
        None,
    ),
    "correct": (Annotated[bool, flag("--correct", "Print the certain number where torch's is wrong.")], False),
    "rtol": (Annotated[float | None, flag("--rtol", "Relative error that still agrees. [default: by dtype]")], None),
    "atol": (Annotated[float, flag("--atol", "Absolute error that still agrees.")], 0.0),
    "seed": (Annotated[int, flag("--seed", "For randn, rand, samples and test points, of --code too.")], 0),
    "timeout": (
        Annotated[
            float | None,
            flag("--timeout SECONDS", "Stop after so long; 0 is no limit. [default: 120, none for tables]"),
        ],
        None,
    ),
    "threads": (
        Annotated[
            int | None,
            flag(
                "--threads N",
                "Of torch and of tables. [default: OMP_NUM_THREADS or 1; of tables: all processors]",
            ),
        ],
        None,
    ),
    "strict": (Annotated[bool, flag("--strict", "Exit 5 also for convention, rounding and unchecked.")], False),
    "format_": (
        Annotated[Format | None, flag("--format", "What is printed. [default: as the file's suffix says, else text]")],
        None,
    ),
    "as_json": (Annotated[bool, flag("--json", "The same as --format json.")], False),
    "plot": (Plot, None),
    "plot_range": (PlotRange, None),
    "path": (Annotated[str | None, flag("-o, --output FILE", "Write to a file, whole or not at all.")], None),
    "quiet": (Annotated[bool, flag("-q, --quiet", "No remarks on stderr, only errors.")], False),
    "verbose": (Annotated[bool, flag("-v, --verbose", "Always say what was read and what the check found.")], False),
    "log": (Annotated[Log | None, flag("--log", "Tell on stderr where the time goes, an object a line.")], None),
}


Table = Annotated[
    str | None,
    flag(
        "--table FILE",
        "At each row of a table, whose columns are the variables; a directory of Parquet files is one, - is stdin.",
    ),
]
Keep = Annotated[bool, flag("--keep", "Write the columns of the table before the answer's.")]
InputFormat = Annotated[
    TableFormat | None,
    flag("--input-format", "How the table is written. [default: as its suffix says; of stdin, as it begins]"),
]
OutputFormat = Annotated[
    TableFormat | None,
    flag("--output-format", "How the answer is written. [default: as the suffix of -o says, else as the table]"),
]
TableEngine = Annotated[
    Engine, flag("--engine", "What computes a table: compiled C or torch; auto compiles from a million rows on.")
]
WhenFailed = Annotated[
    OnError,
    flag(
        "--on-error",
        "Rows that fail are marked in column error; then exit 5 (report), exit 0 (mark) or stop at once (fail).",
    ),
]
Resume = Annotated[bool, flag("--resume", "Go on where an interrupted run with -o FILE has stopped, from FILE.parts.")]
OnCluster = Annotated[
    str | None,
    flag(
        "--cluster local|local:N|ADDRESS",
        "Compute a table of Parquet on the workers of a dask.distributed cluster: N here, or those of a scheduler.",
    ),
]

_TABLE: dict[str, tuple[Any, Any]] = {  # Any: as above
    "table": (Table, None),
    "keep": (Keep, False),
    "input_format": (InputFormat, None),
    "output_format": (OutputFormat, None),
    "engine": (TableEngine, Engine.AUTO),
    "on_error": (WhenFailed, OnError.REPORT),
    "resume": (Resume, False),
    "cluster": (OnCluster, None),
}


def common_options(function: Callable[..., None]) -> Callable[..., None]:
    """Adds the common options to a command whose last parameter is ``**common``."""
    return _with_options(function, _COMMON)


def table_options(function: Callable[..., None]) -> Callable[..., None]:
    """The same with the options of tables."""
    return _with_options(function, _COMMON | _TABLE)


def _with_options(function: Callable[..., None], options: dict[str, tuple[Any, Any]]) -> Callable[..., None]:
    own = [
        p
        for p in inspect.signature(function, eval_str=True).parameters.values()
        if p.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in options.items()
    ]

    @wraps(function)
    def command(**given: Any) -> None:  # Any: options' values
        function(**given)

    command.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]  # what typer reads
    command.__annotations__ = {p.name: p.annotation for p in [*own, *added]}
    return command


def refuse_without_table(given: Mapping[str, Any]) -> None:  # Any: as above
    """Errors: UsageError for an option of tables where there is none."""
    for name, (_, default) in _TABLE.items():
        if given.get(name, default) != default:
            raise UsageError(f"--{name.replace('_', '-')} is for tables", hint="--table FILE")


def common_defaults() -> dict[str, Any]:  # Any: options' values
    """What the common options are where they are not given."""
    return {name: default for name, (_, default) in _COMMON.items()}


def output_of(given: dict[str, Any]) -> Output:  # Any: options' values
    """How a result is shown, by the common options. Errors: UsageError."""
    if given["as_json"] and given["format_"] not in {None, Format.TEXT, Format.JSON}:
        raise UsageError(f"--json contradicts --format {given['format_']}")
    if given["quiet"] and given["verbose"]:
        raise UsageError("-q contradicts -v")
    if given["timeout"] is not None:
        from gradcli.inputs.request import not_negative

        not_negative("timeout", given["timeout"])
    default = 0.0 if given.get("table") is not None else _TIMEOUT
    timeout = default if given["timeout"] is None else given["timeout"]
    written = given["path"]
    path = None if written in {None, "-"} else Path(written)
    directory = path is not None and written.endswith(os.sep)
    chosen = Format.JSON if given["as_json"] else given["format_"] or Format.of_file(path)
    own = {name: given[name] for name in ("quiet", "verbose", "strict", "log")}
    return Output(chosen, path, directory, timeout=timeout, **own)


def split_common(given: dict[str, Any]) -> tuple[Output, Options]:  # Any: options' values
    """The common options: how a result is shown, and how it is computed. Errors: UsageError."""
    from gradcli.inputs.request import Options

    output = output_of(given)
    if given["digits"] is not None and output.format not in {Format.TEXT, Format.JSON}:
        raise UsageError(f"--digits is for text and JSON, not {output.format}")
    own = ("device", "rtol", "atol", "seed", "check_time", "digits", "min_digits", "correct")
    plain = {name: given[name] for name in own}
    dtype, check, threads = str(given["dtype"]), given["check"].value, _threads(given["threads"])
    return output, Options(dtype=dtype, check=check, threads=threads, **plain)


def _threads(given: int | None) -> int:
    """The number asked for, else that of OMP_NUM_THREADS, else one."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return given if given is not None else int(wanted) if wanted.isdecimal() else 1


def one_thread() -> None:
    """Sums in the same order on every machine, and no threads to start: before numpy and torch are loaded."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


def log_to_stderr(event: dict[str, Any]) -> None:  # Any: JSON values
    """One event as one line of JSON."""
    to_stderr(json.dumps({"schema": "gradcli/1", **event}) + "\n")
