"""gradcli: derivatives by torch.autograd.grad, each cross-checked against sympy.

Importing this package is instant: torch and sympy are loaded by the first call.
"""

TYPE_CHECKING = False  # as typing has it, without its import
if TYPE_CHECKING:
    from typing import Any

    from gradcli.api import (
        check,
        check_files,
        check_python,
        check_steps,
        check_table,
        error_catalogue,
        explain,
        explain_error,
        explain_run,
        grad,
        grad_table,
        hessian,
        hessian_table,
        jacobian,
        jacobian_table,
        plot,
    )
    from gradcli.base.errors import (
        ExitCode,
        ExpressionError,
        GradcliError,
        InputError,
        LimitError,
        MathematicsError,
        MissingError,
        OutputError,
        UsageError,
    )
    from gradcli.base.sparse import SparseMatrix
    from gradcli.claims.chain import ChainLine, ChainResult, Mistake, Standing
    from gradcli.claims.conclusion import ClaimResult, Conclusion, Counterexample, Diagnosis
    from gradcli.commands.explain.error import ErrorCatalogue, ErrorCause, ErrorExplanation
    from gradcli.commands.explain.explanation import Explanation
    from gradcli.commands.explain.graph import Graph
    from gradcli.commands.explain.run import ScriptExplanation
    from gradcli.commands.plotting.model import Plot
    from gradcli.commands.results import CheckReport, Result, Sparsity
    from gradcli.commands.steps import StepsReport
    from gradcli.commands.tables.result import TableResult
    from gradcli.report.drawing import draw
    from gradcli.report.pattern import spy
    from gradcli.report.writing import html
    from gradcli.verdicts.verdict import Check, Verdict

__version__ = "0.1.0"
__all__ = [
    "ChainLine",
    "ChainResult",
    "Check",
    "CheckReport",
    "ClaimResult",
    "Conclusion",
    "Counterexample",
    "Diagnosis",
    "ErrorCatalogue",
    "ErrorCause",
    "ErrorExplanation",
    "ExitCode",
    "Explanation",
    "ExpressionError",
    "GradcliError",
    "Graph",
    "InputError",
    "LimitError",
    "MathematicsError",
    "MissingError",
    "Mistake",
    "OutputError",
    "Plot",
    "Result",
    "ScriptExplanation",
    "SparseMatrix",
    "Sparsity",
    "Standing",
    "StepsReport",
    "TableResult",
    "UsageError",
    "Verdict",
    "check",
    "check_files",
    "check_python",
    "check_steps",
    "check_table",
    "draw",
    "error_catalogue",
    "explain",
    "explain_error",
    "explain_run",
    "grad",
    "grad_table",
    "hessian",
    "hessian_table",
    "html",
    "jacobian",
    "jacobian_table",
    "plot",
    "spy",
]

_HOME = {
    "api": "check check_files check_python check_steps check_table error_catalogue explain explain_error explain_run "
    "grad grad_table hessian hessian_table jacobian jacobian_table plot",
    "base.errors": "ExitCode ExpressionError GradcliError InputError LimitError MathematicsError MissingError "
    "OutputError UsageError",
    "base.sparse": "SparseMatrix",
    "claims.chain": "ChainLine ChainResult Mistake Standing",
    "claims.conclusion": "ClaimResult Conclusion Counterexample Diagnosis",
    "commands.explain.error": "ErrorCatalogue ErrorCause ErrorExplanation",
    "commands.explain.explanation": "Explanation",
    "commands.explain.run": "ScriptExplanation",
    "commands.explain.graph": "Graph",
    "commands.plotting.model": "Plot",
    "commands.results": "CheckReport Result Sparsity",
    "commands.steps": "StepsReport",
    "commands.tables.result": "TableResult",
    "report.drawing": "draw",
    "report.pattern": "spy",
    "report.writing": "html",
    "verdicts.verdict": "Check Verdict",
}


def __getattr__(name: str) -> "Any":  # Any: whatever the module holds under that name
    for module, names in _HOME.items():
        if name in names.split():
            from importlib import import_module

            found = globals()[name] = getattr(import_module(f"gradcli.{module}"), name)
            return found
    raise AttributeError(f"module 'gradcli' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
