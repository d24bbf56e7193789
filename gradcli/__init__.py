"""gradcli: derivatives by torch.autograd.grad, each cross-checked against sympy.

Importing this package is instant: torch and sympy are loaded by the first call.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, without its import
if TYPE_CHECKING:
    from typing import Any

    from gradcli.api import check, check_files, check_python, explain, grad, hessian, jacobian
    from gradcli.base.errors import ExitCode, GradcliError
    from gradcli.commands.check import CheckReport
    from gradcli.commands.results import Result
    from gradcli.verdicts.verdict import Verdict

__version__ = "0.1.0"
__all__ = [
    "CheckReport", "ExitCode", "GradcliError", "Result", "Verdict", "check", "check_files", "check_python", "explain", "grad", "hessian", "jacobian",
]  # fmt: skip

_HOME = {
    "grad": "gradcli.api", "jacobian": "gradcli.api", "hessian": "gradcli.api", "explain": "gradcli.api",
    "check": "gradcli.api", "check_files": "gradcli.api",
    "check_python": "gradcli.api", "Result": "gradcli.commands.results", "CheckReport": "gradcli.commands.check",
    "Verdict": "gradcli.verdicts.verdict", "ExitCode": "gradcli.base.errors", "GradcliError": "gradcli.base.errors",
}  # fmt: skip


def __getattr__(name: str) -> Any:  # Any: whatever the module holds under that name
    if name not in _HOME:
        raise AttributeError(f"module 'gradcli' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
