"""Random formulas that both gradcli and the independent reading know, at points from 1e-300 to 1e300, and what gradcli
states of their derivatives against 2,000 digits of mpmath.
"""

from __future__ import annotations

import ast
import json
import math
import random
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from fuzzing.duals import CONTEXT, NOISE, GivenUpError, KinkError, NoNumberError
from fuzzing.independent import Reading


def words(text: str) -> list[str]:
    return text.split()


SHAPES: dict[str, tuple[int, ...]] = {"x": (), "y": (), "v": (3,), "A": (2, 2)}
ELEMENTARY = words(
    "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt cbrt square reciprocal abs sin cos tan sec csc cot sinc asin acos atan "
    "sinh cosh tanh sech csch coth asinh acosh atanh sigmoid logsigmoid relu silu softsign floor ceil frac sign entr"
)
SPECIAL = words(
    "ndtr erf erfc erfi erfcx dawsn erfinv lambertw gamma lgamma digamma airy_ai airy_bi ei e1 li si ci shi chi fresnels "
    "fresnelc ellipk ellipe gelu"
)
PAIRS = words("maximum minimum hypot atan2 logaddexp xlogy")
WITH_PARAMETER = {
    "polygamma": ("1", "2"), "gammainc": ("2.5", "x", "0.5"), "zeta": ("2.5", "x"), "besselj": ("1", "0.5", "-2"),
    "bessely": ("0", "1/3"), "besseli": ("1", "2.5"), "besselk": ("0", "1/3"),
}  # fmt: skip
LITERALS = ("1", "2", "3", "0.5", "0.1", "1/3", "10", "1e-9", "1e150", "1e-300", "1e3", "pi", "7")
KINKS = (0.0, 1.0, -1.0, 2.0, 0.5, 3.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """A formula, a point, and the variables' entries in which it is differentiated in turn."""

    text: str
    values: Mapping[str, Any]
    variables: tuple[tuple[str, tuple[int, ...]], ...]

    def replay(self) -> str:
        shown = [f"{name}={json.dumps(value, separators=(',', ':'))}" for name, value in self.values.items()]
        order = ["--order", "2"] if len({name for name, _ in self.variables}) == 1 and len(self.variables) == 2 else []
        command = "hessian" if len(self.variables) == 2 and not order else "grad"
        return shlex.join(["gradcli", command, self.text, *shown, *order]) + f"  # in {self.variables}"


class Writer:
    """One random formula in the syntax that Python and gradcli share."""

    def __init__(self, rng: random.Random, *, special: float = 0.15, operators: float = 0.06) -> None:
        self.rng, self.special, self.operators = rng, special, operators

    def scalar(self, depth: int) -> str:
        draw = self.rng.random()
        if depth <= 0 or draw < 0.06:
            return self.leaf()
        if draw < 0.06 + self.operators:
            return self.operator(depth)
        if draw < 0.22:
            return self.reduced(depth)
        if draw < 0.52:
            sign = self.rng.choice("+-*/+-*")
            return f"({self.scalar(depth - 1)} {sign} {self.scalar(depth - 1)})"
        if draw < 0.60:
            return f"({self.scalar(depth - 1)})**{self.rng.choice(('2', '3', '-1', '(1/3)', '0.5', '-2', 'y', '7'))}"
        if draw < 0.66:
            return f"{self.rng.choice(PAIRS)}({self.scalar(depth - 1)}, {self.scalar(depth - 1)})"
        if draw < 0.69:
            x, y, yes, no = (self.scalar(depth - 2) for _ in range(4))
            return f"where({x} {self.rng.choice('<>')} {y}, {yes}, {no})"
        return self.function(depth)

    def function(self, depth: int) -> str:
        if self.rng.random() >= self.special:
            return f"{self.rng.choice(ELEMENTARY)}({self.scalar(depth - 1)})"
        if self.rng.random() < 0.3:
            name = self.rng.choice(sorted(WITH_PARAMETER))
            return f"{name}({self.rng.choice(WITH_PARAMETER[name])}, {self.scalar(depth - 2)})"
        return f"{self.rng.choice(SPECIAL)}({self.scalar(depth - 2)})"

    def operator(self, depth: int) -> str:
        """A derivative inside of the formula."""
        f = self.scalar(min(depth - 1, 2))
        return self.rng.choice((
            f"diff({f}, x)", f"diff({f}, x, y)", f"grad({f}, y)", f"grad({f}, v)[{self.rng.randrange(3)}]",
            f"laplacian({f}, v)", f"hessian({f}, v)[0, 2]", f"jacobian([{f}, {self.scalar(1)}], v)[1, 1]",
            f"sum(jacobian([{f}, x*y], x))", f"diff({f}, x, x)", f"laplacian({f}, A)",
        ))  # fmt: skip

    def reduced(self, depth: int) -> str:
        v, a = self.vector(depth - 1), self.matrix(depth - 1)
        return self.rng.choice((
            f"sum({v})", f"prod({v})", f"mean({v})", f"norm({v})", f"logsumexp({v})", f"({v})[{self.rng.randrange(3)}]",
            f"dot({v}, {self.vector(1)})", f"det({a})", f"logdet({a})", f"trace({a})", f"({a})[0, 1]", f"sum({a})",
            f"inv({a})[1, 0]", f"solve({a}, [{self.scalar(1)}, {self.scalar(0)}])[0]", f"var({v})", f"norm({a})",
            f"matrix_exp({a})[0, 1]", f"eigvalsh({a} + ({a}).T)[{self.rng.randrange(2)}]", f"softmax({v}, 0)[1]",
        ))  # fmt: skip

    def vector(self, depth: int) -> str:
        draw = self.rng.random()
        if depth <= 0 or draw < 0.4:
            return "v"
        if draw < 0.6:
            return f"[{', '.join(self.scalar(depth - 1) for _ in range(3))}]"
        if draw < 0.75:
            return f"({self.vector(depth - 1)} {self.rng.choice('+-*/')} {self.rng.choice((self.vector(depth - 1), self.scalar(depth - 1)))})"
        if draw < 0.8:
            return f"{self.rng.choice(('cumsum', 'cumprod'))}({self.vector(depth - 1)}, 0)"
        return f"{self.rng.choice(ELEMENTARY)}({self.vector(depth - 1)})"

    def matrix(self, depth: int) -> str:
        draw = self.rng.random()
        if depth <= 0 or draw < 0.45:
            return "A"
        if draw < 0.55:
            return f"[[{self.scalar(depth - 1)}, {self.scalar(0)}], [{self.scalar(0)}, {self.scalar(depth - 1)}]]"
        if draw < 0.7:
            return f"({self.matrix(depth - 1)} @ {self.matrix(depth - 1)})"
        if draw < 0.8:
            return f"({self.matrix(depth - 1)}).T"
        if draw < 0.86:
            return f"inv({self.matrix(depth - 1)})"
        return f"({self.matrix(depth - 1)} {self.rng.choice('+-*')} {self.scalar(0)})"

    def leaf(self) -> str:
        draw = self.rng.random()
        if draw < 0.62:
            return self.rng.choice(("x", "x", "y"))
        return f"v[{self.rng.randrange(3)}]" if draw < 0.72 else self.rng.choice(LITERALS)


STYLES = ("wide", "wide", "plain", "near", "mixed", "equal", "small", "large")


def number(rng: random.Random, style: str) -> float:
    """One entry: of any size, of everyday size, or within a few units of a number where functions have kinks."""
    if style == "mixed":
        style = rng.choice(("wide", "plain", "near"))
    sign = rng.choice((1.0, 1.0, -1.0))
    if style == "wide":
        return float(sign * 10 ** rng.uniform(-300, 300))
    if style == "small":
        return float(sign * 10 ** rng.uniform(-300, -3))
    if style == "large":
        return float(sign * 10 ** rng.uniform(0, 20))
    if style == "near":
        at = rng.choice(KINKS)
        step = rng.choice((0.0, 10 ** rng.uniform(-16, -1), math.ulp(at) * rng.randint(1, 3)))
        return at + sign * step
    return round(sign * rng.uniform(0, 3), 4)


def made(rng: random.Random, **odds: float) -> Sample:
    """A random formula with its point; y and the entries of v often stand a few units beside x."""
    text = Writer(rng, **odds).scalar(rng.randint(2, 5))
    while not any(occurs(name, text) for name in SHAPES):
        text = Writer(rng, **odds).scalar(rng.randint(2, 5))
    style = rng.choice(STYLES)
    values: dict[str, Any] = {}
    first = number(rng, "wide" if style == "equal" else style)
    for name, shape in SHAPES.items():
        array = np.empty(shape)
        for at in np.ndindex(shape):
            beside = style == "equal" or rng.random() < 0.1
            array[at] = first + rng.choice((0, 1, -1, 4)) * math.ulp(first) if beside else number(rng, style)
        values[name] = array.tolist()
    values["x"] = first
    used = [name for name in SHAPES if occurs(name, text)]
    values = {name: values[name] for name in used}
    places = [(name, at) for name in used for at in np.ndindex(SHAPES[name])]
    return Sample(text, values, tuple(rng.choice(places) for _ in range(rng.choice((0, 1, 1, 1, 2, 2)))))


def occurs(name: str, text: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(ast.parse(text)))


@dataclass(frozen=True, slots=True)
class Known:
    """What 2,000 digits say: a number with a bound on its error; none; or nothing, since mpmath gave up."""

    value: Any = None
    error: Any = None
    given_up: str = ""
    none: str = ""
    delicate: bool = False  # found from beside a kink: a reason to ask no more of balls than that they say so

    def meets(self, low: Any, high: Any) -> bool:
        """Could the number lie between these two?"""
        return bool(self.value + self.error >= low and self.value - self.error <= high)


def reference(sample: Sample, digits: int = 2000) -> Known:
    reading = Reading(sample.text, digits)
    try:
        value, error = reading.number(sample.values, sample.variables)
    except KinkError:
        return beside_kink(sample, reading)
    except NoNumberError as error:
        return Known(none=str(error))
    except (GivenUpError, OverflowError, MemoryError) as error:
        return Known(given_up=str(error))
    return Known(value, error, delicate=NOISE.flat)


def beside_kink(sample: Sample, reading: Reading) -> Known:
    """The derivative where some slope has two sides: the number that it tends to from all directions, or none."""
    rng = random.Random(sample.text)  # noqa: S311 - a test
    spreads = []
    for far in (reading.digits // 8, reading.digits // 4):
        found = []
        for _ in range(6):
            with CONTEXT.workdps(reading.digits):
                moved = {name: beside(rng, value, far) for name, value in sample.values.items()}
            try:
                found.append(reading.number(moved, sample.variables)[0])
            except (NoNumberError, GivenUpError, OverflowError, MemoryError) as error:
                return Known(given_up=f"beside a kink: {error}")
        spreads.append(max(found) - min(found))
    if spreads[1] > spreads[0] * CONTEXT.mpf(10) ** (-reading.digits // 16):
        return Known(none="the sides of a kink differ")
    return Known(found[0], spreads[1] * 1000, delicate=True)


def beside(rng: random.Random, value: Any, digits: int) -> Any:  # Any: a float or nested lists -> mpmath's numbers
    """A point so many digits away, in a random direction."""
    if isinstance(value, list):
        return [beside(rng, part, digits) for part in value]
    return CONTEXT.mpf(value) + (abs(value) or 1) * CONTEXT.mpf(10) ** -digits * rng.uniform(-1, 1)


def mpf_of(value: Any) -> Any:  # Any: an exact arb -> an mpf
    mantissa, exponent = value.man_exp()
    return CONTEXT.ldexp(CONTEXT.mpf(int(mantissa)), int(exponent))


def ball_fault(sample: Sample, truth: Any, known: Known) -> str:
    """What is false in what gradcli's second route states of the entry; empty where nothing is."""
    from gradcli.reference.truth import Status

    if known.given_up:
        return ""
    if truth.status is Status.UNDEFINED:
        fine = known.none or known.delicate
        return "" if fine else f"undefined ({truth.why}), the number is {CONTEXT.nstr(known.value, 20)}"
    if truth.status is Status.UNTOLD:
        return ""
    if known.none and (sample.variables or truth.value.is_finite()):
        return f"{truth.value}, where there is no number: {known.none}"
    if not truth.value.is_finite():
        return "" if known.none else f"{truth.value}, the number is {CONTEXT.nstr(known.value, 20)}"
    with CONTEXT.workprec(10**5):
        middle, radius = mpf_of(truth.value.mid()), mpf_of(truth.value.rad())
        if known.meets(middle - radius, middle + radius):
            return ""
    return f"{truth.value.str(25)}, the number is {CONTEXT.nstr(known.value, 30)} +/- {CONTEXT.nstr(known.error, 3)}"


def asked(sample: Sample, route: Callable[..., Any] | None = None) -> Any:
    """A route of gradcli's to the derivatives of a sample; by default all of them."""
    from gradcli.language.parse import parse
    from gradcli.meaning.program import compile_tree
    from gradcli.meaning.shapes import shapes_of
    from gradcli.reference.problem import Problem
    from gradcli.reference.reference import Reference

    values = {name: np.asarray(value, dtype=float) for name, value in sample.values.items()}
    expression = parse(sample.text, bound=values)
    program = compile_tree(expression.tree)
    shapes = shapes_of(program, {name: value.shape for name, value in values.items()}, expression)
    problem = Problem(program, shapes, values, None, frozenset(values), True)
    return (route or Reference)(problem, max(len(sample.variables), 1))


def truth_of(sample: Sample) -> Any:
    """What is stated by balls alone."""
    from gradcli.reference.enclosures import Rules

    return asked(sample, Rules).truths([((), sample.variables)])[0]


def answer_of(sample: Sample) -> Any:
    """What is stated after all: by sympy's formulas, by balls, by quotients."""
    route = asked(sample)
    return route.truths([((), sample.variables)])[0] if sample.variables else route.value()[0]


# -- what a verdict says


@dataclass(frozen=True, slots=True)
class Said:
    """What a result says of one entry: torch's number, the result's verdict, and the finding about the entry, if any."""

    number: float
    check: Any
    finding: Any


def said_of(sample: Sample, **options: Any) -> Said:
    """What ``grad`` or ``hessian`` says of the entry. Errors: GradcliError where the sample is refused."""
    import gradcli

    names = [name for name, _ in sample.variables]
    index = tuple(k for _, at in sample.variables for k in at)
    compute = gradcli.grad if len(names) == 1 else gradcli.hessian
    result = compute(sample.text, dict(sample.values), **options)
    found: Any = result.derivative
    for name in names:
        found = found[name]
    key = ",".join(names) + (f"[{', '.join(map(str, index))}]" if index else "")
    if len(sample.variables) == 2 and names[0] == names[1] and list(result.derivative) == names[:1]:
        key = key.partition(",")[2]  # of one variable the Hessian's entries are named by it alone
    finding = next((f for f in result.check.findings if f.entry == key or f.note.startswith(f"{key}:")), None)
    return Said(float(np.asarray(found)[index]), result.check, finding)


NEAR, FAR = 1e-12, 1e-6  # relative errors: certainly within the default tolerance, certainly beyond it


def said_fault(sample: Sample, said: Said, known: Known) -> str:
    """What is false in what the verdict says of the entry; empty where nothing is, or where nobody knows."""
    if known.given_up or said.check.verdict == "unchecked":
        return ""
    finding = said.finding
    if known.none:
        if finding is None and said.check.verdict in {"agrees", "rounding"}:
            return f"{said.check.verdict} ({said.number}), where there is no number: {known.none}"
        if finding is not None and finding.true is not None and math.isfinite(finding.true):
            return f"the true number is said to be {finding.true}, where there is none: {known.none}"
        return ""
    with CONTEXT.workdps(60):
        error, close = relative_error(said.number, known), (lambda x: relative_error(x, known) < NEAR)
        shown = CONTEXT.nstr(known.value, 20)
        if finding is not None and finding.true is not None and not close(finding.true):
            return f"the true number is said to be {finding.true}, and is {shown}"
        if finding is None or finding.verdict == "agrees":
            if finding is not None and finding.terms:
                small = abs(said.number) <= NEAR * finding.terms and abs(known.value) <= NEAR * finding.terms
                return "" if small else f"{said.number} is said to be right to terms of {finding.terms}: {shown}"
            digits = said.check.digits if finding is None else finding.digits
            settled = said.check.verdict in {"agrees", "rounding"} and digits is not None
            if settled and error > CONTEXT.mpf(10) ** (0.01 - digits) and error > 1.2e-16:
                return f"{digits} digits of {said.number} are said to be right of {shown}"
            return f"nothing is said of {said.number}, the number is {shown}" if error > FAR else ""
        if finding.verdict in {"trap", "differs"} and error < NEAR:
            return f"{finding.verdict}, though {said.number} is right: {shown}"
        return ""


def relative_error(number: float, known: Known) -> Any:
    """Of a float; 0 where it is as near as floats below the smallest ordinary one can be, or as the reading knows."""
    if not math.isfinite(number):
        return 0 if abs(known.value) > 1.79e308 else CONTEXT.inf
    distance = max(abs(number - known.value) - known.error, CONTEXT.mpf(0))
    return 0 if distance < 2.3e-308 else distance / abs(known.value) if known.value else CONTEXT.inf


def drawn_variables(text: str, values: Mapping[str, Any]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The entries in which a formula is differentiated, always the same for the same text."""
    rng = random.Random(text)  # noqa: S311 - a test
    places = [(name, at) for name, value in values.items() for at in np.ndindex(np.shape(value))]
    return tuple(rng.choice(places) for _ in range(rng.choice((1, 1, 2))))


def torch_is_wrong(text: str, values: Mapping[str, Any], check: Any) -> bool:
    """Is every number of torch's with which the verdict ``differs`` certainly wrong, and the true one true?"""
    blamed = [finding for finding in check.findings if finding.verdict == "differs"]
    return bool(blamed) and all(_is_wrong(text, values, finding) for finding in blamed)


def _is_wrong(text: str, values: Mapping[str, Any], finding: Any) -> bool:
    names, _, places = finding.entry.partition("[")
    index = [int(k) for k in places.rstrip("]").split(",")] if places else []
    variables = []
    for name in names.split(",") if names else []:
        depth = np.ndim(values[name])
        variables.append((name, tuple(index[:depth])))
        index = index[depth:]
    try:
        known = reference(Sample(text, values, tuple(variables)))
    except (NotImplementedError, KeyError, TypeError, ValueError, SyntaxError, AssertionError, IndexError):
        return False  # it does not read all of gradcli's language
    if known.value is None or finding.true is None or index:
        return False
    with CONTEXT.workdps(60):
        return bool(relative_error(finding.torch, known) > NEAR and relative_error(finding.true, known) < NEAR)
