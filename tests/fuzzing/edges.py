"""Formulas at the ends of domains and at poles, and what is said of the function beside them against mpmath there."""

from __future__ import annotations

import random
import re
from typing import Any

from fuzzing.duals import CONTEXT, GivenUpError, KinkError, NoNumberError
from fuzzing.independent import Reading
from fuzzing.sides import DIGITS, STEP, moved, sides_fault, tends
from fuzzing.truths import KINKS, Said, Sample, occurs

ENDS: dict[str, tuple[int, ...]] = {
    "sqrt": (0,), "rsqrt": (0,), "cbrt": (0,), "log": (0,), "log2": (0,), "log10": (0,), "log1p": (-1,), "entr": (0,),
    "asin": (1, -1), "acos": (1, -1), "acosh": (1,), "atanh": (1, -1), "erfinv": (1, -1), "reciprocal": (0,),
    "csc": (0,), "cot": (0,), "csch": (0,), "coth": (0,), "gamma": (0, -1, -2), "lgamma": (0, -1, -2),
    "digamma": (0, -1), "ellipk": (1,), "ellipe": (1,), "e1": (0,), "ei": (0,), "li": (0, 1), "ci": (0,), "chi": (0,),
}  # fmt: skip
OF_ZERO = (
    "({})**0.5", "({})**1.5", "({})**(1/3)", "({})**(-1)", "({})**(-0.5)", "({})**y", "y**({})", "xlogy({0}, {0})",
    "xlogy(y, {})", "polygamma(1, {})", "zeta(2.5, {})", "besselk(0, {})", "bessely(0, {})", "gammainc(0.5, {})",
    "gammainc(2.5, {})", "atan2({}, y)", "hypot({}, y)",
)  # fmt: skip
OUTSIDE = (
    "{f}", "{f}", "{d}*{f}", "{d}**2*{f}", "({f} + {g})", "({f} - {g})", "{f}*{g}", "{f}/{g}", "exp({f})", "exp(-({f}))",
    "1/({f})", "atan({f})", "tanh({f})", "relu({f})", "({f})**2", "abs({f})", "maximum({f}, y)", "minimum({f}, {g})",
    "where({f} > y, x, {g})", "where({d} > 0, {f}, {g})", "where({d} > 0, {f}, y)", "sigmoid({f})", "sqrt({f})",
    "log({f})", "sin({f})", "sign({f})", "floor({f})",
)  # fmt: skip


def operand(rng: random.Random, d: str, end: int) -> str:
    """What is at the end where d is 0."""
    draws = ["{d}", "{d}", "-{d}", "2*{d}", "{d}**2", "-{d}**2", "{d}**3", "abs({d})", "-abs({d})", "sin({d})", "{d}*y"]
    draws += [
        "relu({d})",
        "minimum({d}, {d}**2)",
        "({d} + {d}**2)",
        "where({d} > y, 0, {d})",
        "tanh({d})",
        "expm1({d})",
    ]
    drawn = rng.choice(draws).format(d=d)
    return f"({end} + {drawn})" if end else f"({drawn})"


def function(rng: random.Random, d: str) -> str:
    """A function of what goes to the end of its domain."""
    if rng.random() < 0.35:
        return rng.choice(OF_ZERO).format(operand(rng, d, 0))
    name = rng.choice(sorted(ENDS))
    return f"{name}({operand(rng, d, rng.choice(ENDS[name]))})"


def edged(rng: random.Random) -> Sample:
    """A formula at the end of a function's domain, differentiated in x."""
    x, y = rng.choice(KINKS), rng.choice(KINKS)
    d = f"(x - {x:g})" if x > 0 else f"(x + {-x:g})" if x else "x"
    text = rng.choice(OUTSIDE).format(d=d, f=function(rng, d), g=function(rng, d))
    return Sample(text, {"x": x, "y": y} if occurs("y", text) else {"x": x}, (("x", ()),))


LIMITS = re.compile(r"limits of the value: (\S+) from the left, (\S+) from the right")
REMOVABLE = re.compile(
    r"removable: the limit of the value is ([^; ]+)(?:; with it, the (?:first )?derivative is (\S+))?"
)


def edge_fault(sample: Sample, said: Said) -> str:
    """What is false in what a verdict tells of the sides, of the limits, and of there being a number at all."""
    reading = Reading(sample.text, DIGITS)
    try:
        reading.number(sample.values, ())
    except NoNumberError as error:
        told = said.check.verdict in {"agrees", "convention", "rounding"} or (
            said.finding is not None and said.finding.true is not None and not said.finding.note.endswith("removable")
        )
        return f"{said.check.verdict}, where there is no number: {error}" if told else limits_fault(sample, said)
    except (GivenUpError, KinkError, OverflowError, MemoryError):
        return limits_fault(sample, said)
    return sides_fault(sample, said)


def limits_fault(sample: Sample, said: Said) -> str:
    """What is false in the limits that the notes tell of."""
    for note in said.check.notes:
        found = LIMITS.search(note)
        if found:
            return limit_fault(sample, -1, found[1]) or limit_fault(sample, 1, found[2])
        found = REMOVABLE.search(note)
        if found:
            both = limit_fault(sample, -1, found[1]) or limit_fault(sample, 1, found[1])
            slopes = [limit_fault(sample, sign, found[2], sample.variables) for sign in (-1, 1) if found[2]]
            return both or next(filter(None, slopes), "")
    return ""


def limit_fault(sample: Sample, sign: int, said: str, variables: Any = ()) -> str:
    """What is false in what the value, or a derivative, is said to tend to on one side."""
    word = "right" if sign > 0 else "left"
    reading = Reading(sample.text, DIGITS)
    try:
        with CONTEXT.workdps(DIGITS):
            far, near = (
                reading.number(moved(sample.values, sign, digits), variables)[0] for digits in (STEP // 2, STEP)
            )
            if said == "undefined" or not tends(far, near, float(said)):
                return f"the limit {said} from the {word}, where it is {CONTEXT.nstr(near, 17)}"
    except NoNumberError:
        return (
            "" if said == "undefined" or variables else f"the limit {said} from the {word}, where there is no function"
        )
    except (GivenUpError, OverflowError, MemoryError):
        pass
    return ""
