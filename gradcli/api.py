"""The Python twin of the command line: one function for each command, with the options' names as keywords.

``values`` maps names to numbers, lists, numpy arrays or tensors (or is a sequence of ``NAME=VALUE`` texts); without
values the symbolic derivative is returned. Results are frozen dataclasses with the fields of the JSON output. Errors
are ``gradcli.GradcliError`` with an exit code, a place in the expression and the next move.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.checking import check
    from gradcli.derivatives import grad, hessian, jacobian
    from gradcli.explanation.report import explain
    from gradcli.suites import check_files
    from gradcli.user_functions import check_python

__all__ = ["check", "check_files", "check_python", "explain", "grad", "hessian", "jacobian"]

_HOME = {
    "check": "gradcli.checking", "check_files": "gradcli.suites", "check_python": "gradcli.user_functions", "explain": "gradcli.explanation.report",
    "grad": "gradcli.derivatives", "hessian": "gradcli.derivatives", "jacobian": "gradcli.derivatives",
}  # fmt: skip


def __getattr__(name: str) -> Any:  # Any: the function of that name; each loads what it needs and no more
    if name not in _HOME:
        raise AttributeError(f"module 'gradcli.api' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
