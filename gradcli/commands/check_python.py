"""A user's own gradient function against autograd or differences: the only command that runs the user's code."""

from __future__ import annotations

import time

from gradcli.base.errors import UsageError
from gradcli.base.wording import option
from gradcli.commands.results import CheckReport
from gradcli.foreign.load import load
from gradcli.inputs.prepare import Values, values_of
from gradcli.inputs.request import DERIVATIVE_KINDS, MAX_POINTS, Kind, Wrt, known_kind, seeded, whole


def check_python(
    python: str,
    against: str,
    at: Values = None,
    *,
    wrt: Wrt = None,
    kind: Kind | None = None,
    rtol: float | None = None,
    seed: int = 0,
    points: int = 3,
) -> CheckReport:
    """Is the function ``against`` the derivative of ``python``? Both are ``module:name`` or ``file.py:name``.

    at:     the point, values by name
    wrt:    the variables, by default those of which the gradient function's answer speaks
    kind:   grad, jacobian or hessian; by default grad of a single number, else jacobian
    rtol:   how far apart they may be, relative to the entry
    seed:   of the points near by; points: so many are compared, this one included
    Errors: InputError for code that cannot be loaded or called, UsageError.
    """
    from gradcli.foreign.compare import check_functions

    known_kind(kind, DERIVATIVE_KINDS)
    seeded(seed)
    whole("points", points, MAX_POINTS)
    values = values_of(at, seed)
    if not values:
        raise UsageError(f"{option('python')} needs a point", hint=option("at", "x=1,2", '{"x": [1, 2]}'))
    started = time.monotonic()
    functions = load(python), load(against)
    results = check_functions(
        *functions, values, wrt=wrt, kind=kind, rtol=rtol, seed=seed, points=points, python=python, against=against
    )
    return CheckReport(tuple(results), time.monotonic() - started)
