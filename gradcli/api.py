"""The Python twin of the command line: one function for each command, with the options' names as keywords.

``values`` maps names to numbers, lists, numpy arrays or tensors (or is a sequence of ``NAME=VALUE`` texts); without
values the symbolic derivative is returned. Results are frozen dataclasses with the fields of the JSON output. Errors
are ``gradcli.GradcliError`` with an exit code, a place in the expression and the next move.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.commands.check import check
    from gradcli.commands.check_files import check_files
    from gradcli.commands.check_python import check_python
    from gradcli.commands.derivatives import grad, hessian, jacobian
    from gradcli.commands.explain.explanation import explain

__all__ = ["check", "check_files", "check_python", "explain", "grad", "hessian", "jacobian"]

_HOME = {
    "check": "check", "check_files": "check_files", "check_python": "check_python", "explain": "explain.explanation",
    "grad": "derivatives", "hessian": "derivatives", "jacobian": "derivatives",
}  # fmt: skip


def __getattr__(name: str) -> Any:  # Any: the function of that name; each loads what it needs and no more
    if name not in _HOME:
        raise AttributeError(f"module 'gradcli.api' has no attribute '{name}'")
    return getattr(import_module(f"gradcli.commands.{_HOME[name]}"), name)
