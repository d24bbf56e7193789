"""The Python twin of the command line: one function for each command, with the options' names as keywords.

``values`` maps names to numbers, lists, numpy arrays or tensors (or is a sequence of ``NAME=VALUE`` texts); without
values the symbolic derivative is returned. Results are frozen dataclasses with the fields of the JSON output. Errors
are ``gradcli.GradcliError`` with an exit code, a place in the expression and the next move.
"""

from __future__ import annotations

from gradcli.checking import check
from gradcli.derivatives import grad, hessian, jacobian
from gradcli.explanation.report import explain
from gradcli.suites import check_files
from gradcli.user_functions import check_python

__all__ = ["check", "check_files", "check_python", "explain", "grad", "hessian", "jacobian"]
