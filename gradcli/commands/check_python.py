"""A user's own gradient function against autograd or differences: the only command that runs the user's code."""

from __future__ import annotations

import time
from collections.abc import Sequence

from gradcli.base.errors import UsageError
from gradcli.commands.check import CheckReport
from gradcli.foreign.load import load
from gradcli.inputs.prepare import Values, values_of

KINDS = ("grad", "jacobian", "hessian")


def check_python(
    python: str, against: str, at: Values = None, *, wrt: str | Sequence[str] | None = None, kind: str | None = None, rtol: float | None = None,
    seed: int = 0, points: int = 3,
) -> CheckReport:  # fmt: skip
    """Is the function ``against`` the derivative of the function ``python``? Both are ``module:name`` or ``file.py:name``.

    at:     the point, values by name; points: so many are compared, this one and seeded ones near by
    wrt:    the variables, by default those of which the gradient function's answer speaks
    rtol:   how far apart they may be, relative to the entry
    Errors: InputError for code that cannot be loaded or called, UsageError.
    """
    from gradcli.foreign.compare import check_functions

    if kind is not None and kind not in KINDS:
        raise UsageError(f"--kind is {', '.join(KINDS)}, not {kind}")
    values = values_of(at, seed)
    if not values:
        raise UsageError("--python needs a point", hint="--at x=1,2")
    started = time.monotonic()
    names = [name.strip() for name in wrt.split(",")] if isinstance(wrt, str) else wrt
    results = check_functions(
        load(python), load(against), values, wrt=names, kind=kind, rtol=rtol, seed=seed, points=points, python=python, against=against
    )  # fmt: skip
    return CheckReport(tuple(results), time.monotonic() - started)
