"""The Python twin of the command line: one function for each command, with the options' names as keywords.

``values`` maps names to numbers, lists, numpy arrays or tensors (or is a sequence of ``NAME=VALUE`` texts); without
values the symbolic derivative is returned. Results are frozen dataclasses with the fields of the JSON output. Errors
are ``gradcli.GradcliError`` with an exit code, a place in the expression and the next move, in the words of Python.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from gradcli.base.errors import GradcliError, UsageError

if TYPE_CHECKING:
    from gradcli.commands.check import check
    from gradcli.commands.check_files import check_files
    from gradcli.commands.check_python import check_python
    from gradcli.commands.derivatives import grad, hessian, jacobian
    from gradcli.commands.explain.error import error_catalogue, explain_error
    from gradcli.commands.explain.explanation import explain
    from gradcli.commands.explain.run import explain_run
    from gradcli.commands.plotting.plot import plot
    from gradcli.commands.steps import check_steps
    from gradcli.commands.tables.claims import check_table
    from gradcli.commands.tables.table import grad_table, hessian_table, jacobian_table

__all__ = [
    "check",
    "check_files",
    "check_python",
    "check_steps",
    "check_table",
    "error_catalogue",
    "explain",
    "explain_error",
    "explain_run",
    "grad",
    "grad_table",
    "hessian",
    "hessian_table",
    "jacobian",
    "jacobian_table",
    "plot",
]

_HOME = {
    "check": "check",
    "check_files": "check_files",
    "check_python": "check_python",
    "check_steps": "steps",
    "check_table": "tables.claims",
    "error_catalogue": "explain.error",
    "explain": "explain.explanation",
    "explain_error": "explain.error",
    "explain_run": "explain.run",
    "grad": "derivatives",
    "grad_table": "tables.table",
    "hessian": "derivatives",
    "hessian_table": "tables.table",
    "jacobian": "derivatives",
    "jacobian_table": "tables.table",
    "plot": "plotting.plot",
}

P = ParamSpec("P")
R = TypeVar("R")


def __getattr__(name: str) -> Any:  # Any: the function of that name; each loads what it needs and no more
    if name not in _HOME:
        raise AttributeError(f"module 'gradcli.api' has no attribute '{name}'")
    made = globals()[name] = for_python(function_of(name))
    return made


def __dir__() -> list[str]:
    return sorted(__all__)


def function_of(name: str) -> Any:  # Any: a command's function, as the command line calls it
    """The function of a command without the border: its errors speak of flags."""
    return getattr(import_module(f"gradcli.commands.{_HOME[name]}"), name)


def for_python(function: Callable[P, R]) -> Callable[P, R]:
    """The border: the same function with the same signature; errors that leave it speak of keywords.

    A call that does not fit the signature is a UsageError, where Python has a TypeError.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            refuse_misfit(function.__name__, signature, args, kwargs)
            return function(*args, **kwargs)
        except GradcliError as error:
            error.in_python()
            raise

    command.__module__ = "gradcli"  # where it is found, for help and for pickle
    return command


def refuse_misfit(name: str, signature: inspect.Signature, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    """Errors: UsageError for an unknown option, one argument too many, one given twice, or one that is missing."""
    from gradcli.operations.table import did_you_mean

    parameters = signature.parameters
    for option in kwargs:
        if option not in parameters:
            close = did_you_mean(option, parameters)
            hint = f"did you mean {close}?" if close else f"it has {', '.join(parameters)}"
            raise UsageError(f"{name} has no option '{option}'", hint=hint)
    leading = [p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(args) > len(leading):
        message = f"{name} takes {' and '.join(leading)} without a name, found {len(args)} arguments"
        others = ", ".join(f"{option}=..." for option in parameters if option not in leading)
        raise UsageError(message, hint=f"the others go by name: {others}")
    for option in leading[: len(args)]:
        if option in kwargs:
            raise UsageError(f"{name} is given {option} twice", hint="once in its place, once by name: remove one")
    given = {*leading[: len(args)], *kwargs}
    missing = [p.name for p in parameters.values() if p.default is p.empty and p.name not in given]
    if missing:
        raise UsageError(f"{name} needs {' and '.join(missing)}")
