"""Formulas that are given in LaTeX: read as formulas of gradcli's language, by the shapes of values and by names; what
goes wrong afterwards points into the LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from gradcli.base.errors import GradcliError, UsageError
from gradcli.base.wording import option
from gradcli.claims.conclusion import ClaimResult
from gradcli.inputs.prepare import Values, values_of
from gradcli.inputs.request import Shapes, Wrt, named_claim, names_of, shapes_by_name, texts_of

if TYPE_CHECKING:
    from gradcli.commands.results import CheckReport
    from gradcli.language.latex.context import Context, Reading

R = TypeVar("R")


def answered(function: Callable[..., R], given: Mapping[str, Any]) -> R:  # Any: a command's arguments by name
    """The answer of a command whose expression is LaTeX, with that, and what it was read as.

    given: the arguments, as the command has them; errors point into the LaTeX
    """
    options = {name: value for name, value in given.items() if name != "latex"}
    values = options["values"] = plain_values(options["values"], options.get("seed", 0))
    reading = read(options.pop("expression"), context_of(values, options.get("shape"), options.get("wrt")))
    try:
        found: Any = function(reading.text, **options)  # Any: a result, a frozen dataclass
    except GradcliError as error:
        reading.point(error)
        raise
    notes = tuple(dict.fromkeys((*reading.notes, *found.notes)))
    answer: R = replace(found, expression=reading.latex, latex=True, notes=notes)
    return answer


def read(given: object, context: Context, *, claim: bool = False) -> Reading:
    """claim: may a derivative stand on the left? Errors: ExpressionError; UsageError for what is no text."""
    if not isinstance(given, str):
        raise UsageError(f"{option('latex')} is for formulas that are texts", hint="leave it out for objects of sympy")
    from gradcli.language.latex.reading import read_latex  # takes time to load, and few write LaTeX

    return read_latex(given, context, claim=claim)


def plain_values(values: Values, seed: int) -> Values:
    """Values that may be looked at twice: what comes from files, or from stdin, is read once."""
    if values is None or isinstance(values, Mapping):
        return values
    texts = [values] if isinstance(values, str) else list(values)
    return values_of(texts, seed) if any("@" in str(text) for text in texts) else texts


def context_of(values: Values, shape: Shapes, wrt: Wrt | Sequence[str] = None) -> Context:
    """What values, shapes and variables tell of names. Errors: InputError."""
    from gradcli.language.latex.context import Context  # as above

    arrays = values_of(values, 0)
    told = {name: tuple(array.shape) for name, array in arrays.items()}
    numbers = {name: float(array) for name, array in arrays.items() if not array.shape and array.dtype.kind in "iuf"}
    shapes: dict[str, tuple[str | int, ...]] = {**told, **shapes_by_name(shape)}
    return Context(shapes, names=frozenset(names_of(wrt) or ()), values=numbers)


def checked(function: Callable[..., CheckReport], given: Mapping[str, Any]) -> CheckReport:  # Any: its arguments
    """The report on claims that are LaTeX, as their function is."""
    options = {name: value for name, value in given.items() if name != "latex"}
    values = options["at"] = plain_values(options["at"], options["seed"])
    claim, claims = options.pop("claim"), options.pop("claims")
    single = None if isinstance(claim, Mapping) else claim
    named = {**(claim if isinstance(claim, Mapping) else {}), **_by_name(claims)}
    wrt = (*(names_of(options["wrt"]) or ()), *named)
    context = context_of(values, options["shape"], wrt)
    told = read(options.pop("function"), context)
    one = None if single is None else read(single, context, claim=True)
    others = {name: read(formula, context, claim=True) for name, formula in named.items()}
    readings = [told, *([] if one is None else [one]), *others.values()]
    texts = {name: reading.text for name, reading in others.items()}
    try:
        report = function(told.text, None if one is None else one.text, claims=texts or None, **options)
    except GradcliError as error:
        for reading in readings:
            reading.point(error)
        raise
    notes = tuple(dict.fromkeys(note for reading in readings for note in reading.notes))
    given_as = dict(zip([*([] if one is None else [""]), *others], readings[1:], strict=True))
    found = [
        replace(_pointed(result, readings), notes=(*result.notes, *notes), latex=str(given_as[name].latex))
        for result, name in zip(report.claims, given_as, strict=True)
    ]
    return replace(report, claims=tuple(found))


def _by_name(claims: object) -> dict[str, object]:
    """Claims as they are given, by their variable. Errors: as ``check``."""
    if isinstance(claims, Mapping):
        return {str(name): formula for name, formula in claims.items()}
    return dict(map(named_claim, texts_of(claims)))  # type: ignore[arg-type]  # whatever it is, texts_of says so


def _pointed(result: ClaimResult, readings: Sequence[Reading]) -> ClaimResult:
    """What is wrong with a claim, where it stands in the LaTeX."""
    for reading in readings:
        if result.span is not None and result.source == reading.text and reading.latex is not None:
            return replace(result, span=reading.place(result.span), source=reading.latex)
    return result
