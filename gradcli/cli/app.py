"""The command line: options, one api call, render, exit code. The outermost door, and the only room that exits."""

from __future__ import annotations

import json
import re
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise, takewhile
from typing import Annotated, Any

import typer

from gradcli.base.errors import ExitCode, GradcliError, LimitError
from gradcli.base.limits import DEEP_STACK
from gradcli.cli import render
from gradcli.cli.answer import answer
from gradcli.cli.check import check
from gradcli.cli.command import Command, Group
from gradcli.cli.completion import functions
from gradcli.cli.epilog import epilog
from gradcli.cli.explain import explain
from gradcli.cli.interrupts import interrupts_heard
from gradcli.cli.options import (
    AllowUnused,
    Assume,
    Bindings,
    Code,
    Derivation,
    Detail,
    Entries,
    Expression,
    Latex,
    Layout,
    Materialize,
    MaxMemory,
    Output,
    Shapes,
    Sparse,
    Spy,
    Symmetric,
    Value,
    Vec,
    Wrt,
    flag,
    one_thread,
    table_options,
)
from gradcli.cli.script import cut
from gradcli.cli.streams import not_written, to_stderr, write
from gradcli.cli.warm import obey_environment, warm_app
from gradcli.report.formats import Format

app = typer.Typer(
    name="gradcli",
    cls=Group,
    help="Derivatives by torch.autograd.grad, each cross-checked against sympy.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from gradcli import __version__

        typer.echo(f"gradcli {__version__}")
        raise typer.Exit


def _help_json(wanted: bool) -> None:
    if wanted:
        from gradcli.cli.reference import reference

        write(json.dumps(reference(_command()), ensure_ascii=False) + "\n", None)
        raise typer.Exit


@app.callback(epilog=epilog("gradcli grad 'x**2*sin(y)' x=3 y=1", "gradcli check 'x*sin(x)' 'x*cos(x)'"))
def gradcli(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    help_json: Annotated[
        bool,
        typer.Option(
            "--help-json", callback=_help_json, is_eager=True, help="Print commands, options, errors as JSON."
        ),
    ] = False,
) -> None:
    """Derivatives by torch.autograd.grad, each cross-checked against sympy."""


@app.command(
    cls=Command,
    epilog=epilog(
        "gradcli grad 'x**2*sin(y)' x=3 y=1",
        "gradcli grad 'x**2*sin(y)'",
        "gradcli grad 'x@A@x' A=[[1,2],[3,4]] --shape x=2",
        "gradcli grad 'mean((X@w - y)**2)' X=@X.csv y=1,2,3,4 w=0,0 --wrt w",
        "gradcli grad 'S*exp(-r*T)' r=0.03 --table quotes.csv --keep --on-error mark",
    ),
)
@table_options
def grad(
    expression: Expression,
    bindings: Bindings = None,
    wrt: Wrt = None,
    order: Annotated[int, flag("--order N", "The N-th derivative, for scalar variables.")] = 1,
    reduce: Annotated[
        str | None, flag("--reduce sum|mean|prod|norm|max|min|logsumexp|var|std", "Make a scalar of the output.")
    ] = None,
    select: Annotated[str | None, flag("--select INDEX", "One entry of the output, such as 0 or 1,2.")] = None,
    grad_outputs: Annotated[str | None, flag("--grad-outputs V", "v in v^T J, of the output's shape.")] = None,
    allow_unused: AllowUnused = False,
    materialize_grads: Materialize = False,
    max_memory: MaxMemory = None,
    shape: Shapes = None,
    latex: Latex = False,
    entries: Entries = False,
    assume: Assume = None,
    layout: Layout = None,
    vec: Vec = False,
    symmetric: Symmetric = None,
    code: Code = None,
    derivation: Derivation = False,
    detail: Detail = None,
    value: Value = False,
    **common: Any,  # Any: common_options
) -> None:
    """The gradient of a scalar function; its formula where names have no value."""
    options = {
        "latex": latex,
        "wrt": wrt or None,
        "order": order,
        "reduce": reduce,
        "select": select,
        "grad_outputs": grad_outputs,
        "allow_unused": allow_unused,
        "materialize_grads": materialize_grads,
        "max_memory": max_memory,
        "shape": shape,
        "entries": entries,
        "assume": assume,
        "layout": layout,
        "vec": vec,
        "symmetric": symmetric,
        "code": code,
        "derivation": derivation,
        "detail": detail,
    }
    answer("grad", expression, bindings, common, options, value=value)


@app.command(
    cls=Command,
    epilog=epilog(
        "gradcli jacobian '[r*cos(phi), r*sin(phi)]' r=2 phi=pi/6",
        "gradcli jacobian 'softmax(x)' x=1,2,3 --vjp 1,0,0",
        "gradcli jacobian 'x[1:] - x[:-1]**2' x='linspace(0,1,6)' --sparse",
    ),
)
@table_options
def jacobian(
    expression: Expression,
    bindings: Bindings = None,
    wrt: Wrt = None,
    mode: Annotated[str, flag("--mode auto|reverse|forward", "By rows (reverse) or by columns (forward).")] = "auto",
    jvp: Annotated[str | None, flag("--jvp V", "J v instead; V of the variable's shape, or x=...;y=...")] = None,
    vjp: Annotated[str | None, flag("--vjp V", "v^T J instead; V of the output's shape.")] = None,
    sparse: Sparse = None,
    spy: Spy = False,
    allow_unused: AllowUnused = False,
    materialize_grads: Materialize = False,
    max_memory: MaxMemory = None,
    shape: Shapes = None,
    latex: Latex = False,
    entries: Entries = False,
    assume: Assume = None,
    layout: Layout = None,
    vec: Vec = False,
    symmetric: Symmetric = None,
    code: Code = None,
    derivation: Derivation = False,
    detail: Detail = None,
    value: Value = False,
    **common: Any,  # Any: common_options
) -> None:
    """The Jacobian: output axes, then input axes."""
    options = {
        "latex": latex,
        "wrt": wrt or None,
        "mode": mode,
        "jvp": jvp,
        "vjp": vjp,
        "sparse": sparse,
        "allow_unused": allow_unused,
        "materialize_grads": materialize_grads,
        "max_memory": max_memory,
        "shape": shape,
        "entries": entries,
        "assume": assume,
        "layout": layout,
        "vec": vec,
        "symmetric": symmetric,
        "code": code,
        "derivation": derivation,
        "detail": detail,
    }
    answer("jacobian", expression, bindings, common, options, value=value, spy=spy)


@app.command(
    cls=Command,
    epilog=epilog(
        "gradcli hessian 'x**2*y + y**3' x=1 y=2",
        "gradcli hessian 'sum(exp(x))' x=0,1,2 --hvp 1,0,0",
        "gradcli hessian 'sum((x[1:] - x[:-1]**2)**2)' x='linspace(0,1,6)' --spy",
    ),
)
@table_options
def hessian(
    expression: Expression,
    bindings: Bindings = None,
    wrt: Wrt = None,
    hvp: Annotated[str | None, flag("--hvp V", "H v instead; V of the variable's shape, or x=...;y=...")] = None,
    sparse: Sparse = None,
    spy: Spy = False,
    allow_unused: AllowUnused = False,
    materialize_grads: Materialize = False,
    max_memory: MaxMemory = None,
    shape: Shapes = None,
    latex: Latex = False,
    entries: Entries = False,
    assume: Assume = None,
    vec: Vec = False,
    symmetric: Symmetric = None,
    code: Code = None,
    derivation: Derivation = False,
    detail: Detail = None,
    value: Value = False,
    **common: Any,  # Any: common_options
) -> None:
    """The Hessian of a scalar function, a block for each pair of variables."""
    options = {
        "latex": latex,
        "wrt": wrt or None,
        "hvp": hvp,
        "sparse": sparse,
        "allow_unused": allow_unused,
        "materialize_grads": materialize_grads,
        "max_memory": max_memory,
        "shape": shape,
        "entries": entries,
        "assume": assume,
        "vec": vec,
        "symmetric": symmetric,
        "code": code,
        "derivation": derivation,
        "detail": detail,
    }
    answer("hessian", expression, bindings, common, options, value=value, spy=spy)


app.command(
    cls=Command,
    epilog=epilog(
        "gradcli explain 'x**2' x=1,2",
        "gradcli explain 'where(x > 0, sqrt(x), 0)' x=-1",
        "gradcli explain --error 'RuntimeError: grad can be implicitly created only for scalar outputs'",
        "gradcli explain 'sum(exp(x))' x=1,2 --show memory",
    ),
)(explain)
app.command(
    cls=Command,
    epilog=epilog(
        "gradcli check 'x*sin(x)' 'x*cos(x)'",
        "gradcli check 'x@A@x' '2*A@x' --wrt x --shape A=n,n --shape x=n --where 'A == A.T'",
        "gradcli check 'cos(t)' slope --table slopes.csv --rtol 1e-2",
        "gradcli check --file claims.toml derivations.md --junit claims.xml",
    ),
)(check)
app.add_typer(warm_app, name="warm")


@app.command(cls=Command, epilog=epilog("gradcli ops softmax", "gradcli ops", "gradcli ops --json"))
def ops(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            autocompletion=functions,
            help="One function, or a word that is searched for; without it, all of them by group.",
        ),
    ] = None,
    as_json: Annotated[bool, flag("--json", "As JSON.")] = False,
) -> None:
    """The functions of the language."""
    from gradcli.commands.operations import operations

    render.show(operations(name), Output(Format.JSON if as_json else Format.TEXT))


# -- the door


def run_cold(argv: list[str], why: str) -> int:
    """Runs a command line that no warm server has taken, and why."""
    try:
        obey_environment(argv, why)
    except GradcliError as error:
        return _fail(error, asks_for_json(cut(argv).ours))
    return run(argv)


def run(argv: list[str]) -> int:
    """Runs one command line and returns its exit code. Nothing but this door catches every Exception."""
    _prepare_streams()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), DEEP_STACK))  # this process is ours
    line = cut(argv, run)
    if not line.runs_script:  # which has the threads that it asks for
        one_thread()
    as_json = asks_for_json(line.ours)
    debug = "--debug" in line.ours
    try:
        words = protect_expression([a for a in line.ours if a != "--debug"])
        with interrupts_heard():
            return _finish(_command()(words, standalone_mode=False, prog_name="gradcli", obj=line))
    except GradcliError as error:
        return _fail(error, as_json)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except RecursionError:
        return _fail(LimitError("the expression is nested too deeply"), as_json)
    except MemoryError:
        return _fail(LimitError("not enough memory"), as_json)
    except OSError as error:
        return _fail(not_written(error), as_json)
    except Exception as error:  # noqa: BLE001 - the outermost door
        return _unexpected(error, line.ours, as_json, debug)


def asks_for_json(words: Sequence[str]) -> bool:
    """Are errors printed as JSON, as ``--json`` says, or the last ``--format``?"""
    formats = [
        word.partition("=")[2] or after
        for word, after in pairwise([*words, ""])
        if word.partition("=")[0] == "--format"
    ]
    return "--json" in words or formats[-1:] == ["json"]


@cache
def _command() -> Any:  # Any: typer's own command object
    """The commands as typer makes them of the functions above, once for all runs of a process."""
    return typer.main.get_command(app)


def _finish(code: object) -> int:
    if sys.stdout is not None:
        sys.stdout.flush()
    return int(code) if isinstance(code, int) else 0


def _fail(error: GradcliError, as_json: bool) -> int:
    render.show_error(error, as_json=as_json)
    return error.code


def _unexpected(error: Exception, words: Sequence[str], as_json: bool, debug: bool) -> int:
    """typer's usage errors by their shape (its copy of click is its own affair); all else is a bug of ours."""
    if type(error).__name__ == "Abort":
        return ExitCode.INTERRUPTED
    if type(error).__name__ == "NoArgsIsHelpError":
        to_stderr(f"{getattr(error, 'message', '')}\n")
        return ExitCode.USAGE
    if hasattr(error, "format_message") and getattr(error, "exit_code", None) is not None:
        from gradcli.cli.usage import usage_error

        return _fail(usage_error(error, _command(), [word for word in words if word != "--debug"]), as_json)
    if debug:
        raise error
    bug = GradcliError(
        f"a bug in gradcli: {type(error).__name__}: {error}", hint="please report it; --debug shows the traceback"
    )
    return _fail(bug, as_json)


def _prepare_streams() -> None:
    """A closed pipe ends the program quietly, as in other Unix tools; no character that cannot be printed stops it."""
    warnings.simplefilter("ignore")  # a library's remark to programmers is not for stderr
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


# -oFILE is an option; -outer(x, x) and -omega*t are formulas
_OPTION = re.compile(r"--?[A-Za-z][\w-]*(=.*)?|-o(?!\w*\s*[(\[*@^]).+|--?", re.DOTALL)
_SHORT = re.compile(r"-[hqv]+|-o.*", re.DOTALL)
_NEGATIVE = re.compile(r"-[^\W\d]\w*")


def protect_expression(argv: list[str]) -> list[str]:
    """An expression may begin with a minus: ``gradcli grad '-x**2' x=3``. A blank before it keeps it an argument.

    So does a claim, which stands second: ``gradcli check 'x**2/2' '-x'``.
    """
    formulas = 2 if argv[:1] == ["check"] else 1
    leading = takewhile(lambda a: not _OPTION.fullmatch(a) or _is_negative(a), argv[1 : 1 + formulas])
    words = [argv[0], *(f" {a}" if _is_negative(a) else a for a in leading)] if argv else []
    words += argv[len(words) :]
    return [f" {a}" if i and a.startswith("-") and not _OPTION.fullmatch(a) else a for i, a in enumerate(words)]


def _is_negative(word: str) -> bool:
    """Is it a name with a minus before it, and no short option?"""
    return bool(_NEGATIVE.fullmatch(word)) and not _SHORT.fullmatch(word)
