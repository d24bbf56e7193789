"""``check``: is a claimed derivative right? Reads claims, tries them at all sizes, and says what was probably forgotten."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, log10
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExitCode, ExpressionError, InputError, LimitError, UsageError
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.claims.conclusion import ClaimResult, Conclusion, Counterexample, Diagnosis
from gradcli.claims.confirm import confirm, confirmed
from gradcli.claims.points import Gap, Point, Sample, try_claim
from gradcli.claims.proof import proved
from gradcli.claims.replay import replay_command
from gradcli.claims.shrink import simplest
from gradcli.claims.statement import Statement, statement_of
from gradcli.commands.autograd_route import autograd_remarks
from gradcli.commands.results import SCHEMA, json_value
from gradcli.diagnosis.diagnose import diagnose
from gradcli.inputs.prepare import Values, values_of
from gradcli.inputs.values import valid_name
from gradcli.language.parse import Expression, parse, parse_condition
from gradcli.meaning.program import Deadline, compile_tree
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import did_you_mean

KINDS = ("grad", "jacobian", "hessian", "value")
POINTS, MAX_POINTS = 16, 10_000
MAX_AXES = 4
PROOF_SECONDS = 2.0  # for each size
LAST_DIGIT = 1e-15  # relative: what a number of 16 digits may lack
_LONG_NUMBER = re.compile(r"(?=\d*[.e])(?=(?:\d\.?){15})[\d.]+(?:e[+-]?\d+)?")
_SIZE = re.compile(r"[^\W\d]\w*|\d+")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What came of all claims of one call: as good as the worst of them."""

    claims: tuple[ClaimResult, ...]
    seconds: float = 0.0
    total: int = 0  # claims of the files, those included that were left out after a failure

    @property
    def conclusion(self) -> Conclusion:
        return max((claim.conclusion for claim in self.claims), key=lambda c: c.rank, default=Conclusion.UNDECIDED)

    def exit_code(self, *, strict: bool = False) -> ExitCode:  # noqa: ARG002 - as other results
        broken = next((claim.error for claim in self.claims if claim.error), 0)
        return self.conclusion.exit_code if self.conclusion is Conclusion.REFUTED or not broken else ExitCode(broken)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "schema": SCHEMA, "command": "check", "verdict": str(self.conclusion),
            "claims": [json_value(claim.to_dict()) for claim in self.claims], "seconds": round(self.seconds, 3),
        }  # fmt: skip


def check(
    function: str, claim: str | Mapping[str, str] | None = None, at: Values = None, *, claims: Mapping[str, str] | Sequence[str] | None = None,
    wrt: str | Sequence[str] | None = None, kind: str | None = None, shape: Mapping[str, Any] | Sequence[str] | None = None,
    where: str | Sequence[str] = (), seed: int = 0, points: int = POINTS, check_time: float = 10.0,
) -> CheckReport:  # fmt: skip
    """Is ``claim`` the derivative of ``function``?

    claim:  a formula, or formulas by variable; at: values by name; what is left free is drawn from the function's domain
    wrt:    the variable; by default the only one that is free
    kind:   grad, jacobian, hessian or value (are both the same function?); by default grad of a scalar, else jacobian
    shape:  sizes by name: numbers, or letters that are tried at several sizes, ``{"X": "n,d"}``
    where:  conditions on the variables, ``"x > 0"``, ``"A == A.T"``
    Errors: ExpressionError, InputError, UsageError, as for ``grad``.

    >>> str(check("x**2", "2*x").conclusion)
    'proved'
    """
    started = time.monotonic()
    pairs = _pairs(claim, claims)
    options = options_of(kind, shape, where, at, seed, points, check_time)
    results = [examine(function, text, name if name is not None else wrt, options) for name, text in pairs]
    return CheckReport(tuple(results), time.monotonic() - started)


@dataclass(frozen=True, slots=True)
class Options:
    """How a claim is to be read and tried."""

    kind: str | None
    shapes: Mapping[str, tuple[str, ...]]
    where: tuple[str, ...]
    given: Mapping[str, FloatArray]
    seed: int = 0
    points: int = POINTS
    seconds: float = 10.0


def options_of(
    kind: str | None, shape: Mapping[str, Any] | Sequence[str] | None, where: str | Sequence[str], at: Values, seed: int, points: int,
    check_time: float,
) -> Options:  # fmt: skip  # Any: texts or tuples
    """The options as ``check`` takes them. Errors: UsageError, InputError."""
    if kind is not None and kind not in KINDS:
        raise UsageError(f"--kind is {', '.join(KINDS)}, not {kind}")
    if not 1 <= points <= MAX_POINTS:
        raise UsageError(f"--points is a whole number from 1 to {MAX_POINTS}, not {points}")
    conditions = (where,) if isinstance(where, str) else tuple(where)
    return Options(kind, _shape_texts(shape), conditions, values_of(at, seed), seed, points, check_time or 1e6)


def _pairs(
    claim: str | Mapping[str, str] | None, claims: Mapping[str, str] | Sequence[str] | None
) -> list[tuple[str | None, str]]:
    """Claims with the variables that they are of, None where none was named."""
    if isinstance(claim, Mapping):
        claims, claim = claim, None
    found: list[tuple[str | None, str]] = [] if claim is None else [(None, claim)]
    if isinstance(claims, Mapping):
        found += list(claims.items())
    else:
        for text in claims or ():
            name, sign, formula = text.partition("=")
            if not sign or not formula.strip():
                raise UsageError(f"--claim is NAME=FORMULA, not {text}", hint="for instance --claim x='2*x'")
            found.append((valid_name(name.strip()), formula.strip()))
    if not found:
        raise UsageError("there is no claim to check", hint="gradcli check 'x**2' '2*x'")
    return found


def _shape_texts(shape: Mapping[str, Any] | Sequence[str] | None) -> dict[str, tuple[str, ...]]:  # Any: texts or tuples
    """``{"X": ("n", "d")}`` from ``["X=n,d"]`` or ``{"X": "n,d"}``. Errors: InputError."""
    texts = shape or ()
    if isinstance(texts, Mapping):
        texts = [f"{n}={s if isinstance(s, str) else ','.join(map(str, s))}" for n, s in texts.items()]
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, sign, sizes = text.partition("=")
        parts = tuple(part.strip() for part in sizes.strip("() ").split(",") if part.strip())
        if not sign or len(parts) > MAX_AXES or not all(_SIZE.fullmatch(part) and part != "0" for part in parts):
            raise InputError(
                f"{text!r} is not a shape",
                hint="write NAME=SIZES with numbers or letters: --shape X=n,d",
                kind="binding",
            )
        found[valid_name(name.strip())] = parts
    return found


# -- one claim


def examine(function: str, claim: str, wrt: str | Sequence[str] | None, options: Options) -> ClaimResult:
    """The conclusion on one claim. Errors: as ``check``."""
    started = time.monotonic()
    deadline: Deadline[Any] = Deadline(options.seconds)
    with timed("read"):
        statements = statements_of(function, claim, wrt, options)
    first = statements[0]
    round_ = max(1, options.points * 5 // 8)
    irregular = max(options.points - round_, 0)
    sample = Sample(statements)
    try:
        with timed("points"), alarm(1.2 * options.seconds + 1, f"more than {options.seconds:g} s"):
            try_claim(statements, deadline, options.seed, round_=round_, irregular=irregular, into=sample)
            confirm(sample, deadline)
    except LimitError as limit:
        if limit.kind != "time":
            raise
        sample.limit = limit.message
    result = ClaimResult(
        name=",".join(dict.fromkeys(first.wrt)) or "value", wrt=tuple(dict.fromkeys(first.wrt)), kind=first.kind, function=function, claim=claim,
        conclusion=Conclusion.AGREES, points=len(sample.points), sizes=tuple(s.sizes for s in statements if s.sizes),
    )  # fmt: skip
    judged = _judged(result, sample, deadline, options)
    return replace(judged, seconds=time.monotonic() - started)


def statements_of(function: str, claim: str, wrt: str | Sequence[str] | None, options: Options) -> list[Statement]:
    """The claim at each choice of sizes. Errors: ExpressionError, InputError, UsageError."""
    letters = list(dict.fromkeys(p for parts in options.shapes.values() for p in parts if not p.isdecimal()))
    fixed = _fixed_sizes(options)
    statements = []
    for chosen_sizes in size_choices([letter for letter in letters if letter not in fixed]):
        sizes = {**fixed, **chosen_sizes}
        bound = tuple(name for name in options.given if name not in sizes)
        f, c = (parse(text, bound=bound, sizes=sizes) for text in (function, claim))
        conditions = tuple(parse_condition(text, bound=bound, sizes=sizes) for text in options.where)
        shapes = {n: tuple(int(sizes.get(p, p)) for p in parts) for n, parts in options.shapes.items()}
        _known_names(f, c, conditions, shapes, options)
        free = {name: shapes.get(name, ()) for name in f.names if name not in options.given}
        chosen = _variables(wrt, f, free, options)
        given = {**options.given, **{n: np.asarray(float(v)) for n, v in sizes.items()}}
        statements.append(statement_of(f, c, options.kind, chosen, free, given, conditions, sizes))
    return statements


def _fixed_sizes(options: Options) -> dict[str, int]:
    """Letters of sizes that values decide. Errors: InputError where a value has another shape than was said."""
    found: dict[str, int] = {}
    for name, parts in options.shapes.items():
        value = options.given.get(name)
        if value is None:
            continue
        fits = len(parts) == value.ndim
        for part, n in zip(parts, value.shape, strict=False):
            fits = fits and (int(part) if part.isdecimal() else found.setdefault(part, n)) == n
        if not fits:
            raise InputError(
                f"{name} has shape {value.shape}, not {','.join(parts)}",
                hint="leave --shape out: values bring their own",
                kind="binding",
            )
    return found


def size_choices(letters: Sequence[str]) -> list[dict[str, int]]:
    """Several sizes for each letter, different letters of different size: (2, 3), (3, 2), (4, 3)."""
    if not letters:
        return [{}]
    n = len(letters)
    rising = {letter: 2 + k for k, letter in enumerate(letters)}
    falling = {letter: 1 + n - k for k, letter in enumerate(letters)} if n > 1 else {letters[0]: 3}
    larger = {letter: 4 - k % 2 for k, letter in enumerate(letters)} if n < 4 else falling
    return [rising, falling, larger] if larger != falling else [rising, falling]


def _known_names(
    f: Expression, c: Expression, conditions: Sequence[Expression], shapes: Mapping[str, Shape], options: Options
) -> None:
    """Errors: ExpressionError for a name in the claim or a condition, InputError for one in a shape, that f has not."""
    known = {*f.names, *options.given}
    for part in (c, *conditions):
        for name in part.names:
            if name not in known:
                close = did_you_mean(name, known)
                raise ExpressionError(
                    f"{name} is no variable of the function, which has {', '.join(f.names) or 'none'}",
                    span=next((span for tree, span in part.spans.items() if str(tree) == name), None), source=part.source,
                    hint=f"did you mean {close}?" if close else f"give it a value: {name}=VALUE", kind="name",
                )  # fmt: skip
    for name in shapes:
        if name not in f.names:
            raise InputError(f"--shape names {name}, which the function does not use", kind="unused")
    for name in options.given:
        if name not in f.names and name not in c.names and not any(name in part.names for part in conditions):
            close = did_you_mean(name, f.names)
            raise InputError(
                f"{name} is bound, but neither function nor claim uses it",
                hint=f"did you mean {close}?" if close else None,
                kind="unused",
            )


def _variables(
    wrt: str | Sequence[str] | None, f: Expression, free: Mapping[str, Shape], options: Options
) -> tuple[str, ...]:
    """The variables of the derivative: one, for a Hessian two. Errors: UsageError, InputError."""
    if options.kind == "value":
        return ()
    names = tuple(n.strip() for n in wrt.split(",")) if isinstance(wrt, str) else tuple(wrt or ())
    for name in names:
        if name not in f.names:
            close = did_you_mean(name, f.names)
            raise InputError(
                f"the derivative in {name} is claimed, but the function does not use {name}",
                hint=f"did you mean {close}?" if close else f"it has {', '.join(f.names)}", kind="wrt",
            )  # fmt: skip
    if not names:
        candidates = tuple(free) or f.names
        if len(candidates) != 1:
            hint = "--wrt NAME, or --claim NAME=FORMULA" if candidates else "write a function of a variable"
            raise UsageError(
                f"the claim is a derivative in which variable? The function has {', '.join(candidates) or 'none'}",
                hint=hint,
            )
        names = candidates
    if options.kind == "hessian":
        return names * 2 if len(names) == 1 else names[:2]
    if len(names) > 1:
        raise UsageError("a claim is a derivative in one variable", hint="--claim x=... --claim y=...")
    return names


# -- the conclusion


def _judged(result: ClaimResult, sample: Sample, deadline: Deadline[Any], options: Options) -> ClaimResult:
    if sample.mismatched:
        return _misshapen(result, sample, deadline, options)
    rounded = _rounded(sample)
    if sample.certain is not None and rounded is None:
        return _refuted(result, sample, sample.certain, deadline, options)
    notes = (*_notes(sample), *([rounded] if rounded else []))
    if not sample.points or (sample.gaps and sample.certain is None):
        conditions = " and the conditions hold" if options.where else ""
        why = f"no point was found at which the function has a derivative{conditions}"
        why = "even 2,000 digits are too few to compare both numbers" if sample.untold else why
        why = sample.limit or sample.unable or why
        return replace(result, conclusion=Conclusion.UNDECIDED, notes=(*notes, why))
    with timed("autograd"):
        asked, remarks = autograd_remarks(sample.points)
    notes += remarks
    routes: tuple[str, ...] = ("differences", *(("autograd",) if asked else ()))
    notes += (f"stopped after {sample.limit}",) if sample.limit else ()
    tried = sample.statements[:2] if sample.statements[0].free else []
    with timed("proof"):
        sure = bool(tried) and all(
            proved(statement, min(PROOF_SECONDS, max(deadline.left, 0.1))) for statement in tried
        )
    if sure:
        if not sample.statements[0].sizes:
            return replace(result, conclusion=Conclusion.PROVED, notes=notes, routes=("sympy", *routes))
        sizes = "; ".join(_sizes_text(s) for s in sample.statements[:2])
        notes = (*notes, f"proved at {sizes}, for other sizes compared only")
        routes = ("sympy", *routes)
    return replace(result, conclusion=Conclusion.AGREES, notes=notes, routes=routes)


def _rounded(sample: Sample) -> str | None:
    """A claim that is right to the last digit of float64, because a number in it has so many digits and no more."""
    if not sample.gaps or sample.worst > LAST_DIGIT:
        return None
    literal = _LONG_NUMBER.search(sample.statements[0].claim.source)
    return f"right to {-log10(sample.worst):.1f} digits, those of {literal.group()}" if literal else None


def _sizes_text(statement: Statement) -> str:
    return ", ".join(f"{n}={v}" for n, v in statement.sizes.items())


def _misshapen(result: ClaimResult, sample: Sample, deadline: Deadline[Any], options: Options) -> ClaimResult:
    """The claim has no value, or one of another shape than the derivative."""
    statement = sample.mismatched[0]
    at = f" at {_sizes_text(statement)}" if statement.sizes else ""
    if statement.mismatch is not None:
        why = statement.mismatch.message
    else:
        why = f"the claim has shape {statement.claimed}, the derivative {statement.expected}"
    with timed("diagnosis"):
        found = diagnose(sample, deadline, max(min(deadline.left, 6.0), 0.5))
    if found is None:
        found = Diagnosis("shape", why + at)
    counterexample = None
    point = next((t for t in sample.points if t.statement is statement), None)
    if point is not None:
        counterexample = Counterexample(
            _values(point), None, None, None, replay_command(result, point, options.where, options.shapes)
        )
    notes = (f"shape{at}: {why}",) if found.kind != "shape" or found.suggestion else ()
    return replace(result, conclusion=Conclusion.REFUTED, counterexample=counterexample, diagnosis=found, notes=notes)


def _refuted(
    result: ClaimResult, sample: Sample, certain: Gap, deadline: Deadline[Any], options: Options
) -> ClaimResult:
    worst = _counterexample(certain, deadline)
    with timed("diagnosis"):
        found = diagnose(sample, deadline, max(min(deadline.left, 6.0), 0.5))
    example = Counterexample(
        _values(worst.point), worst.place, _number(worst.claimed), _number(worst.true),
        replay_command(result, worst.point, options.where, options.shapes),
    )  # fmt: skip
    return replace(result, conclusion=Conclusion.REFUTED, counterexample=example, diagnosis=found, notes=_notes(sample))


def _counterexample(certain: Gap, deadline: Deadline[Any]) -> Gap:
    """The gap at a point that is rounder still, where one is found."""
    simple = simplest(certain, deadline)
    try:
        return certain if simple is certain else confirmed(simple)[0] or certain
    except LimitError:
        return certain


def _notes(sample: Sample) -> tuple[str, ...]:
    """Points at which the claim has no value, and kinks at which it was not held against it."""
    notes = []
    for point in sample.holes[:1]:
        more = f", and at {len(sample.holes) - 1} more points" if len(sample.holes) > 1 else ""
        true = f", where the derivative is {_number(point.truth[()])!r}" if point.truth.ndim == 0 else ""
        notes.append(f"the claim has no value at {_place(point)}{true}{more}")
    seen: set[str] = set()
    for point in sample.kinks:
        text = _kink(point)
        if text and text not in seen and len(seen) < 2:
            seen.add(text)
            notes.append(text)
    left_out = [point for point in sample.kinks if point.sides is None]
    if left_out and not seen:
        places = "a point was" if len(left_out) == 1 else f"{len(left_out)} points were"
        notes.append(f"{places} left out as not differentiable there, such as {_place(left_out[0])}")
    return tuple(notes)


def _kink(point: Point) -> str:
    """What the claim says at a kink, beside both one-sided derivatives."""
    statement = point.statement
    if point.sides is None or statement.claimed != statement.expected or None in point.sides:
        return ""
    left, right = sorted(float(side) for side in point.sides if side is not None)
    if not isfinite(left) or not isfinite(right):
        return ""
    array = point.evaluate(compile_tree(statement.claim.tree))
    claimed = None if array is None or array.size != 1 else _number(array.ravel()[0])
    if claimed is None:
        return f"not differentiable at {_place(point)}, where the claim has no value either"
    inside = left <= claimed <= right
    verdict = "lies between them" if inside else "is neither"
    return f"not differentiable at {_place(point)}: one-sided derivatives {left!r} and {right!r}; the claim's {claimed!r} {verdict}"


def _place(point: Point) -> str:
    free = [n for n in point.values if n not in point.statement.sizes]
    return ", ".join(f"{n} = {_plain(point.values[n])}" for n in free)


def _values(point: Point) -> dict[str, Any]:  # Any: floats or nested lists
    return {n: _plain(v) for n, v in point.values.items() if n not in point.statement.sizes}


def _plain(value: Any) -> Any:  # Any: an array -> a float or nested lists
    return np.asarray(value).tolist()


def _number(value: Any) -> float | None:  # Any: an mpmath number
    return None if value != value else float(value)
