"""``plot``: the picture of a function with its derivatives, and with a claim beside the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradcli.base.errors import GradcliError, UsageError
from gradcli.base.wording import option
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.commands.explain.backward import short
from gradcli.commands.plotting.contours import field_of
from gradcli.commands.plotting.curves import Claimed, curves_of
from gradcli.commands.plotting.model import Plot
from gradcli.commands.plotting.subject import Ranges, Subject, subject_of
from gradcli.inputs.asking import known_of
from gradcli.inputs.prepare import Values, values_of
from gradcli.inputs.request import Kind, Shapes, Wrt, known_kind, names_of, whole
from gradcli.inputs.sources import Source, parse_source
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import output_shape
from gradcli.operations.shape_rules import size

MOST = 3  # the order of the highest derivative that is drawn
ORDERS: Mapping[Kind | None, int] = {"value": 0, "hessian": 2}


def plot(
    expression: Source,
    values: Values = None,
    *,
    wrt: Wrt = None,
    order: int = 1,
    claim: Source | Mapping[str, Source] | None = None,
    kind: Kind | None = None,
    shape: Shapes = None,
    plot_range: Ranges = None,
    seed: int = 0,
) -> Plot:
    """A function of one number with its derivatives, or of two: contours and gradients; ``draw`` makes a picture of it.

    expression: a function that is one number
    values:     the point, and what else has a value; what has none moves, by default all that have one
    wrt:        the variables that move: one or two numbers, entries of arrays included
    order:      derivatives up to this order, of one number
    claim:      a claimed derivative, drawn beside the true one; of two variables both, by name
    kind:       what is claimed: grad, hessian or value
    shape:      sizes by name
    plot_range: from where to where, ``"x=-2:2"`` or ``{"x": (-2, 2)}``; by default around the point, within the domain
    seed:       of randn and rand in values
    Errors: ExpressionError, InputError; UsageError for a function or variables of more than one or two numbers;
    MathematicsError where there is nothing to see.

    >>> plot("abs(x)", {"x": 1.0}).kinks[0].text
    'kink at x = 0: slope -1 before, 1 after'
    """
    whole("order", order, MOST)
    subject = subject_of(expression, values, wrt, shape, plot_range, seed)
    claimed = ORDERS.get(known_kind(kind), 1)
    if isinstance(claim, Mapping):
        claims = {name: _read(text, subject, values, seed) for name, text in claim.items()}
    elif claim is not None:
        claims = {str(subject.places[0]): _read(claim, subject, values, seed)}
    else:
        claims = {}
    if len(subject.places) == 2:
        return field_of(subject, {name: one for name, (_, one) in claims.items()})
    return _curves(subject, order, next(iter(claims.values()), None), claimed)


def _curves(
    subject: Subject, order: int, claim: tuple[Subject, Expression] | None, claimed: int, refuted: float | None = None
) -> Plot:
    if claim is None:
        return curves_of(subject, order)
    wider, expression = claim
    return curves_of(wider, max(order, claimed), Claimed(expression, claimed, refuted))


def _read(claim: Source, subject: Subject, values: Values, seed: int) -> tuple[Subject, Expression]:
    """The claim as a function of the same numbers, and the subject with the values that the claim alone uses.

    Errors: ExpressionError; UsageError for a claim that is no number, or of other names.
    """
    given = {**values_of(values, seed), **subject.values}
    read = parse_source(claim, tuple(given), {}, known_of(given))
    others = [name for name in read.names if name not in given]
    if others:
        raise UsageError(f"the claim uses {others[0]}, which has no value and is not in the function")
    wider = replace(subject, values={**subject.values, **{name: given[name] for name in read.names}})
    shapes = {name: value.shape for name, value in wider.values.items()}
    if size(output_shape(compile_tree(read.tree), shapes, read)) != 1:
        raise UsageError("a plot is of a claim that is one number", hint=f"{option('wrt')} takes one variable")
    return wider, read


# -- of what was found out already


def plot_or_reason(
    expression: Source, values: Values, wrt: Sequence[str], shape: Shapes = None, ranges: Ranges = None, seed: int = 0
) -> Plot | str:
    """The plot of a function that is explained, or why there is none."""
    try:
        return plot(expression, values, wrt=wrt, shape=shape, plot_range=ranges, seed=seed)
    except GradcliError as error:
        return error.message


def plot_of_claims(claims: Sequence[ClaimResult], ranges: Ranges = None) -> Plot:
    """The plot of the first claim that is refuted, else of the first; where two claims are the gradient of one function
    of two numbers, of both. Errors: as ``plot``."""
    if not claims:
        raise UsageError("there is no claim to plot")
    chosen = next((claim for claim in claims if claim.verdict is Conclusion.REFUTED), claims[0])
    pair = [c for c in claims if c.function == chosen.function and c.kind == chosen.kind == "grad"]
    if len(pair) == 2 and len({c.wrt for c in pair}) == 2 and all(len(c.wrt) == 1 for c in pair):
        return _pair(chosen, pair, ranges)
    return plot_of_claim(chosen, ranges)


def plot_of_claim(claim: ClaimResult, ranges: Ranges = None) -> Plot:
    """Function, derivative and claim around the counterexample; without one, around no point, other names at 1.

    Errors: as ``plot``, for a claim of other than one number too.
    """
    subject, at = _subject(claim, claim.wrt[:1], ranges)
    if len(set(claim.wrt)) > 1 or len(subject.places) != 1:
        raise UsageError("a plot is of a claim in one number, or of two in the two numbers of a function")
    (place,) = subject.places
    refuted = at.get(place.name)
    x = None if refuted is None else float(np.asarray(refuted)[place.entry])
    claimed = ORDERS.get(claim.kind, 1)  # type: ignore[call-overload]  # kinds of claims are kinds
    made = _curves(
        replace(subject, point=None), max(claimed, 1), _read(claim.claim, subject, at or None, 0), claimed, x
    )
    return _fixed(made, subject)


def _pair(chosen: ClaimResult, pair: Sequence[ClaimResult], ranges: Ranges) -> Plot:
    names = [claim.wrt[0] for claim in pair]
    subject, at = _subject(chosen, names, ranges)
    if len(subject.places) != 2:
        return plot_of_claim(chosen, ranges)
    claims = {claim.wrt[0]: _read(claim.claim, subject, at or None, 0)[1] for claim in pair}
    refuted = {name: float(np.asarray(at[name])) for name in names if name in at}
    return _fixed(field_of(replace(subject, point=None), claims, refuted), subject)


def _subject(claim: ClaimResult, wrt: Sequence[str], ranges: Ranges) -> tuple[Subject, Mapping[str, Any]]:
    """The function of a claim at its counterexample, else with 1 for all names but those that move.

    The sizes that its shapes name are numbers in it: those of the counterexample, else the first that were tried.
    """
    found = claim.counterexample
    sizes = _sizes(claim, {} if found is None else found.at)
    at: dict[str, Any] = {**sizes, **({} if found is None else found.at)}
    read = parse_source(claim.function, tuple(at) or names_of(list(wrt)) or (), {}, known_of(values_of(at, 0)))
    others = {name: np.ones(_axes(claim, name, sizes)) for name in read.names if name not in at and name not in wrt}
    shapes = {name: _axes(claim, name, sizes) for name in wrt if name not in at and claim.shapes.get(name)}
    used = {name: value for name, value in at.items() if name not in sizes or name in read.names}
    subject = subject_of(claim.function, {**used, **others} or None, list(wrt), shapes or None, ranges)
    return subject, at


def _sizes(claim: ClaimResult, at: Mapping[str, Any]) -> dict[str, float]:
    """Numbers for the letters of a claim's shapes."""
    tried = claim.sizes[0] if claim.sizes else {}
    letters = {axis for axes in claim.shapes.values() for axis in axes if not axis.isdigit()}
    sizes = {letter: float(tried.get(letter, 2)) for letter in sorted(letters)}
    for name, axes in claim.shapes.items():
        if name in at:
            told = zip(axes, np.shape(at[name]), strict=False)
            sizes |= {axis: float(n) for axis, n in told if axis in letters}
    return sizes


def _axes(claim: ClaimResult, name: str, sizes: Mapping[str, float]) -> tuple[int, ...]:
    return tuple(int(sizes.get(axis, axis)) for axis in claim.shapes.get(name, ()))


def _fixed(made: Plot, subject: Subject) -> Plot:
    """Which values the names have that do not move."""
    moving = {place.name for place in subject.places}
    fixed = [f"{n} = {short(v)}" for n, v in subject.values.items() if n not in moving]
    return replace(made, notes=(*made.notes, *([f"at {', '.join(fixed)}"] if fixed else [])))
