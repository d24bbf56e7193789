"""``check``: is a claimed derivative right? Each claim is examined by itself; the report is as good as the worst."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from gradcli.base.errors import UsageError
from gradcli.base.wording import either
from gradcli.commands.from_latex import checked
from gradcli.commands.results import CheckReport
from gradcli.commands.wholes import conclude
from gradcli.inputs.again import bindings_of, command_line
from gradcli.inputs.assumptions import Assumptions, conditions_on
from gradcli.inputs.prepare import Values, values_of
from gradcli.inputs.request import (
    POINTS,
    Kind,
    Layout,
    Shapes,
    Symmetric,
    Trying,
    Wrt,
    lettered_shapes,
    named_claim,
    names_of,
    texts_of,
)
from gradcli.inputs.sources import Source, shapes_told, source_text
from gradcli.language.nodes import stand_ins

Claims = Mapping[str, Source] | Sequence[str]


def check(
    function: Source,
    claim: Source | Mapping[str, Source] | None = None,
    at: Values = None,
    *,
    claims: Claims | None = None,
    wrt: Wrt = None,
    kind: Kind | None = None,
    shape: Shapes = None,
    latex: bool = False,
    where: str | Sequence[str] = (),
    assume: Assumptions = None,
    layout: Layout | None = None,
    vec: bool = False,
    symmetric: Symmetric | None = None,
    seed: int = 0,
    points: int = POINTS,
    check_time: float = 60.0,
    certificate: bool = False,
) -> CheckReport:
    """Is ``claim`` the derivative of ``function``? ``bool`` of the report: is every claim proved, or does it agree?

    function, claim: texts, or sympy expressions; several claims as a mapping by variable
    at:         values by name; what is left free is drawn from the function's domain
    claims:     more claims, by variable or as ``NAME=FORMULA``
    wrt:        the variable, by default the only one that is free; several: the claim is the stacked gradient, the
                Jacobian in all of them or the whole Hessian
    kind:       grad, jacobian, hessian or value (are both the same function?); by default grad of a scalar, or jacobian
    shape:      sizes by name: numbers, or letters that are tried at several sizes, ``{"X": "n,d"}``
    latex:      function and claims are LaTeX, read by the shapes of their names; conditions are not
    where:      conditions on the variables, ``"x > 0"``, ``"A == A.T"``
    assume:     what holds of a variable, ``{"S": "symmetric"}``, the same as a condition
    layout:     of the claim: numerator or denominator; by default torch's: output axes, then input axes
    vec:        the claim is about vec(F) and vec(X), the columns of matrices one below the other
    symmetric:  joint: equal entries of a matrix that is assumed to be symmetric move together
    seed:       of the points; points: how many of them at the first sizes
    check_time: seconds for each claim; 0 is no limit
    certificate: make certificates of what is proved: ``certificates()`` of the report, for tests/replay_certificate.py
    Errors: ExpressionError, InputError, UsageError, as for ``grad``.

    >>> str(check("x**2", "2*x").verdict)
    'proved'
    """
    if latex:
        return checked(check, locals())
    started = time.monotonic()
    told = _shapes_told(function, claim, claims)
    shapes, given = told | lettered_shapes(shape), values_of(at, seed)
    letters = stand_ins(axis for axes in shapes.values() for axis in axes if not axis.isdecimal())
    pairs, text = pairs_of(claim, claims, letters), source_text(function, letters)
    conditions = conditions_on(text, where, assume, shapes, given)
    how = (seed, points, check_time, certificate, layout, vec, symmetric)
    request = Trying(kind, shapes, conditions, given, *how)
    results = [conclude(text, formula, name if name is not None else wrt, request) for name, formula in pairs]
    options = {"wrt": wrt, "kind": kind, "shape": shapes, "where": conditions, "seed": seed}
    again = _again(text, pairs, at, options | {"layout": layout, "vec": vec, "symmetric": symmetric})
    return CheckReport(tuple(results), time.monotonic() - started, again=again)


def _again(
    function: str,
    pairs: Sequence[tuple[str | None, str]],
    at: Values,
    options: Mapping[str, Any],  # Any: options' values
) -> str:
    """The command line that checks the same; "" where the values have no moderate length."""
    bindings = bindings_of(at)
    if bindings is None:
        return ""
    shown = dict(options)
    shown["wrt"] = ",".join(names_of(options["wrt"]) or ())
    shown["shape"] = [f"{name}={','.join(axes)}" for name, axes in options["shape"].items()]
    shown["claim"] = [f"{name}={claim}" for name, claim in pairs if name is not None]
    return command_line("check", [function, *(claim for name, claim in pairs if name is None), *bindings], shown)


def _shapes_told(
    function: Source, claim: Source | Mapping[str, Source] | None, claims: Claims | None
) -> dict[str, tuple[str, ...]]:
    """Those of sympy's symbols of matrices, in all that was given."""
    formulas = [one for given in (claim, claims) if isinstance(given, Mapping) for one in given.values()]
    told = shapes_told(function, *formulas, None if isinstance(claim, Mapping) else claim)
    return {name: tuple(map(str, axes)) for name, axes in told.items()}


def pairs_of(
    claim: Source | Mapping[str, Source] | None, claims: Claims | None, sizes: Mapping[str, int]
) -> list[tuple[str | None, str]]:
    """Claims with the variables that they are of, None where none was named."""
    if isinstance(claim, Mapping):
        claims, claim = claim, None
    found: list[tuple[str | None, str]] = [] if claim is None else [(None, source_text(claim, sizes))]
    if isinstance(claims, Mapping):
        found += [(str(name), source_text(formula, sizes)) for name, formula in claims.items()]
    else:
        found += map(named_claim, texts_of(claims))
    if not found:
        example = either("gradcli check 'x**2' '2*x'", 'gradcli.check("x**2", "2*x")')
        raise UsageError("there is no claim to check", hint=example)
    return found
