"""What is asked of a command, made checked values: names, kinds, shapes, counts, tolerances. Here, and nowhere else.

The command line gives texts, Python gives what people write there; both come through these functions. Errors are
UsageError for an option that makes no sense, InputError for a name or a shape that does not. Loads nothing heavy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from numbers import Integral, Real
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from gradcli.base.dtypes import DType
from gradcli.base.errors import GradcliError, InputError, UsageError, printable
from gradcli.base.memory import bytes_of
from gradcli.base.wording import either, option
from gradcli.language.tokens import normalise, tokenize
from gradcli.operations.table import did_you_mean

if TYPE_CHECKING:
    import numpy.typing as npt
    import sympy

    from gradcli.base.arrays import FloatArray

Mode = Literal["auto", "reverse", "forward"]
Layout = Literal["numerator", "denominator"]
Symmetric = Literal["joint"]
Detail = Literal["brief", "normal", "full"]
Kind = Literal["grad", "jacobian", "hessian", "value"]
CheckMode = Literal["full", "sample", "off"]
Reduction = Literal["sum", "mean", "prod", "norm", "max", "min", "logsumexp", "var", "std"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DERIVATIVE_KINDS = KINDS[:3]
REDUCTIONS: tuple[Reduction, ...] = get_args(Reduction)

MAX_ORDER = 10
MAX_DIGITS = 1_000
MAX_MIN_DIGITS = 15  # no float64 has more
MAX_SEED = 2**48
MAX_THREADS = 1024
MAX_JOBS = 256
POINTS, MAX_POINTS = 16, 10_000
MAX_AXES = 32
MAX_LETTERED_AXES = 4  # of a claim: its sizes are tried out
MAX_SIZE_DIGITS = 18  # of a number that is then said to be too large
NUMBER_TIME, CLAIM_TIME = 20.0, 60.0  # seconds, outer limits: work is counted, so that ordinary use never meets them

_LETTER = re.compile(r"[^\W\d]\w*")

# What Python may give; the command line gives texts. sympy's symbols stand for their names.
Wrt: TypeAlias = "str | Sequence[str] | sympy.Symbol | Sequence[sympy.Symbol] | None"
Shapes: TypeAlias = "Mapping[str, int | str | Sequence[int | str]] | Sequence[str] | None"
Vector: TypeAlias = "str | npt.ArrayLike"  # a text as the command line takes it, or an array
Tangent: TypeAlias = "Vector | Mapping[str, Vector]"  # for one variable, or by variable


# -- the options that commands share


@dataclass(frozen=True, slots=True)
class Options:
    """How ``grad``, ``jacobian``, ``hessian`` and ``explain`` compute and check; the help of the command line has more.

    Errors: UsageError.
    """

    device: str = "cpu"
    dtype: str = "float64"
    check: CheckMode = "full"
    rtol: float | None = None
    atol: float = 0.0
    seed: int = 0
    check_time: float = NUMBER_TIME  # 0 is no limit
    digits: int | None = None
    min_digits: int | None = None  # that rounding has to leave right; None: by dtype
    correct: bool = False
    threads: int | None = None  # torch's, for this and later calls; None leaves them as they are

    @property
    def enough(self) -> int:
        """The digits that rounding has to leave right; none where certain digits are printed in its place."""
        if self.min_digits is None:
            return DType.of(self.dtype).enough if self.digits is None else 0
        return self.min_digits

    def __post_init__(self) -> None:
        few = self.min_digits
        if few is not None and (not isinstance(few, int) or isinstance(few, bool) or not 0 <= few <= MAX_MIN_DIGITS):
            raise UsageError(f"{option('min_digits')} is a whole number from 0 to {MAX_MIN_DIGITS}, not {few}")
        if not isinstance(self.correct, bool):
            raise UsageError(f"{option('correct')} is true or false, not {self.correct}")
        if self.correct and self.check == "off":
            raise UsageError(f"{option('correct')} needs the check that {option('check', 'off')} leaves out")
        if self.digits is not None:
            whole("digits", self.digits, MAX_DIGITS)
        if self.dtype not in list(DType):
            raise UsageError(f"{option('dtype')} is one of {', '.join(DType)}, not {self.dtype}")
        if self.check not in get_args(CheckMode):
            raise UsageError(f"{option('check')} is full, sample or off, not {self.check}")
        for name in ("rtol", "atol", "check_time"):
            not_negative(name, getattr(self, name))
        seeded(self.seed)
        if self.threads is not None:
            whole("threads", self.threads, MAX_THREADS)


@dataclass(frozen=True, slots=True)
class Trying:
    """How a claim is read and tried: its kind, sizes by name, conditions, values that stay; seed, points, seconds; how
    the claim is arranged, as ``inputs.arranging`` reads it; others: variables that need not occur, of a whole of which
    the claim is a part; diagnosed: is the probable mistake of a wrong one looked for?"""

    kind: str | None
    shapes: Mapping[str, tuple[str, ...]]
    where: tuple[str, ...]
    given: Mapping[str, FloatArray]
    seed: int = 0
    points: int = POINTS
    check_time: float = CLAIM_TIME  # for each claim; 0 is no limit
    certificate: bool = False  # is one to be made of what is proved?
    layout: str | None = None
    vec: bool = False
    symmetric: str | None = None
    others: tuple[str, ...] = ()
    diagnosed: bool = True

    def __post_init__(self) -> None:
        known_kind(self.kind)
        trials(self.seed, self.points, self.check_time)

    @property
    def told(self) -> dict[str, tuple[str, ...]]:
        """The shapes of the names: those that were asked for, and those of values."""
        return {name: tuple(map(str, value.shape)) for name, value in self.given.items()} | dict(self.shapes)


def trials(seed: int, points: int, seconds: float) -> None:
    """Errors: UsageError for what no claim can be tried with."""
    whole("points", points, MAX_POINTS)
    not_negative("check_time", seconds)
    seeded(seed)


# -- single options


def whole(name: str, value: object, most: int) -> int:
    """``value`` where it is a whole number from 1 to ``most``. Errors: UsageError."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise UsageError(f"{option(name)} is a whole number from 1 to {most}, not {value}")
    return value


def seeded(value: object) -> None:
    """Errors: UsageError for what is no seed."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MAX_SEED:
        raise UsageError(f"{option('seed')} is a whole number from 0 to 2**48 - 1, not {value}")


def memory_of(value: object) -> int | None:
    """``500MB``, ``2GiB`` or a number of bytes; None where nothing is said. Errors: UsageError."""
    if value is None:
        return None
    found = value if isinstance(value, int) and not isinstance(value, bool) else bytes_of(str(value))
    if found is None or found <= 0:
        said = (
            f"{option('max_memory')} is a size such as 500MB, 2GiB or a number of bytes, not {str(value).strip()[:40]}"
        )
        raise UsageError(said)
    return found


def not_negative(name: str, value: object) -> None:
    """Errors: UsageError for what is neither None nor a finite number from 0."""
    if value is not None and not (isinstance(value, Real) and _as_float(value) >= 0 and isfinite(_as_float(value))):
        raise UsageError(f"{option(name)} is a number that is not negative, not {str(value)[:40]}")


def _as_float(number: Real) -> float:
    """The float nearest to a number, infinite where it is larger than all of them."""
    try:
        return float(number)
    except OverflowError:
        return inf


def known_kind(kind: str | None, kinds: Sequence[Kind] = KINDS) -> Kind | None:
    """``kind`` where it is one of ``kinds``, or None. Errors: UsageError."""
    if kind is None:
        return None
    for known in kinds:
        if known == kind:
            return known
    raise UsageError(f"{option('kind')} is {', '.join(kinds)}, not {kind}")


def known_mode(mode: str) -> None:
    """Errors: UsageError for a mode that is none."""
    if mode not in get_args(Mode):
        raise UsageError(f"{option('mode')} is {', '.join(get_args(Mode))}, not {mode}")


def texts_of(given: str | Iterable[str] | None) -> list[str]:
    """One text or several as a list; what is no text as Python prints it, for a message that names it."""
    if given is None:
        return []
    several = isinstance(given, Iterable) and not isinstance(given, str)
    return [str(text) for text in (given if several else (given,))]


# -- names


def valid_name(name: str) -> str:
    """``name`` if the language reads it as one variable. Errors: InputError."""
    try:
        tokens = tokenize(name)
    except GradcliError as error:
        raise InputError(
            f"a name cannot be '{printable(name)[:40]}': {error.said}", hint=error.advice, kind="binding"
        ) from None
    if len(tokens) != 2 or tokens[0].kind != "name":
        raise InputError(
            f"'{printable(name)[:40]}' is not a name",
            hint="a name is a letter, then letters, digits or _",
            kind="binding",
        )
    return name


def names_of(wrt: Wrt) -> tuple[str, ...] | None:
    """``"x, y"``, ``["x", "y"]`` or sympy symbols as names; None where nobody has said.

    >>> names_of("x, y"), names_of(["x", "y,z"])
    (('x', 'y'), ('x', 'y', 'z'))
    """
    if wrt is None:
        return None
    parts = [wrt] if isinstance(wrt, str) or not isinstance(wrt, Iterable) else wrt
    return tuple(name.strip() for part in parts for name in str(part).split(","))


def variables_of(
    wrt: Wrt, known: Collection[str], why_not: Callable[[str], str] = lambda _: "has no value"
) -> tuple[str, ...]:
    """The variables to differentiate in, by default all that are known; why_not: of what is not known.

    Errors: InputError, UsageError.
    """
    names = names_of(wrt)
    if names is None:
        return tuple(known)
    for name in names:
        if name not in known:
            close = did_you_mean(name, known)
            hint = f"did you mean {close}?" if close else f"variables are: {', '.join(known)}"
            said = f"{option('wrt')} names '{valid_name(name)}', which {why_not(name)}"
            raise InputError(said, hint=hint, kind="wrt")
    if not names or len(set(names)) < len(names):
        raise UsageError(f"{option('wrt')} names {'a variable twice' if names else 'no variable'}")
    return names


def named_claim(text: str) -> tuple[str, str]:
    """``NAME=FORMULA`` in its parts. Errors: UsageError, InputError."""
    name, sign, formula = text.partition("=")
    if not (name.strip() and sign and formula.strip()):
        example = option("claim", "x='2*x'", '{"x": "2*x"}')
        form = f"{either('--claim', 'a claim')} is NAME=FORMULA, not {text}"
        raise UsageError(form, hint=f"for instance {example}")
    return valid_name(name.strip()), formula.strip()


# -- shapes


def shapes_by_name(shape: Shapes) -> dict[str, tuple[str | int, ...]]:
    """``["A=n,3", "s="]`` or ``{"A": ("n", 3), "x": 3}``: letters and numbers; none is a scalar. Errors: InputError."""
    found: dict[str, tuple[str | int, ...]] = {}
    for text in _shape_texts(shape):
        name, sign, sizes = normalise(text).partition("=")
        if not sign:
            hint = either("write NAME=SIZES, for instance A=2,3", 'write sizes by name, for instance {"A": (2, 3)}')
            raise InputError(f"'{printable(text)[:40]}' is not a shape", hint=hint, kind="binding")
        parts = _sizes(sizes)
        if name.strip() in found:
            raise InputError(f"the shape of {printable(name.strip())[:40]} is given twice", kind="binding")
        if len(parts) > MAX_AXES or not all(_is_size(part) or _LETTER.fullmatch(part) for part in parts):
            shown = printable(name)
            example = either(f"{shown}=2,3", f'{{"{shown}": (2, 3)}}')
            raise InputError(
                f"the shape of {shown} is not a list of sizes: {printable(sizes)[:40]}{_why_no_sizes(parts)}",
                hint=f"for instance {example}",
                kind="binding",
            )
        found[valid_name(name.strip())] = tuple(int(part) if part.isdecimal() else part for part in parts)
    return found


def lettered_shapes(shape: Shapes) -> dict[str, tuple[str, ...]]:
    """``["X=n,d"]``, ``{"X": "n,d"}`` or ``{"X": ("n", 3)}`` -> ``{"X": ("n", "d")}``. Errors: InputError."""
    found: dict[str, tuple[str, ...]] = {}
    for text in _shape_texts(shape):
        name, sign, sizes = text.partition("=")
        parts = _sizes(sizes)
        if not sign or len(parts) > MAX_LETTERED_AXES or not all(map(_is_size_or_letter, parts)):
            form = either("NAME=SIZES with numbers or letters:", "sizes by name, numbers or letters:")
            example = option("shape", "X=n,d", '{"X": "n,d"}')
            shown = f"'{printable(text)[:40]}' is not a shape{_why_no_shape(parts)}"
            raise InputError(shown, hint=f"write {form} {example}", kind="binding")
        found[valid_name(name.strip())] = parts
    return found


def _shape_texts(shape: Shapes) -> list[str]:
    """Each shape as ``NAME=SIZES``."""
    if not isinstance(shape, Mapping):
        return texts_of(shape)
    return [f"{name}={_sizes_text(name, sizes)}" for name, sizes in shape.items()]


def _sizes_text(name: str, sizes: int | str | Sequence[int | str]) -> str:
    """Errors: InputError for what is neither a size nor a letter, such as None, which would be read as one."""
    parts = tuple(sizes) if isinstance(sizes, Iterable) and not isinstance(sizes, str) else (sizes,)
    if not all(isinstance(part, str | Integral) and not isinstance(part, bool) for part in parts):
        hint = f"for instance {option('shape', f'{name}=2,3', f'{{{name!r}: (2, 3)}}')}"
        shown = printable(f"the shape of {name} is not a list of sizes: {sizes}")
        raise InputError(shown[:100], hint=hint, kind="binding")
    return ",".join(map(str, parts))


def _sizes(text: str) -> tuple[str, ...]:
    """The sizes between commas; one comma may stand behind the last one, as in ``(3,)``."""
    plain = text.strip("() ")
    return tuple(part.strip() for part in plain.removesuffix(",").split(",")) if plain else ()


def _empty_size(parts: Sequence[str]) -> str:
    return f": size {parts.index('') + 1} of {len(parts)} is empty" if "" in parts else ""


def _why_no_sizes(parts: Sequence[str]) -> str:
    wrong = any(part.removeprefix("-").isdecimal() and not _is_size(part) for part in parts)
    return ": a size is from 1 to 99999" if wrong and len(parts) <= MAX_AXES else _empty_size(parts)


def _is_size(text: str, digits: int = 5) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits and int(text) > 0


def _is_size_or_letter(text: str) -> bool:
    return _is_size(text, MAX_SIZE_DIGITS) or _LETTER.fullmatch(text) is not None


def _why_no_shape(parts: Sequence[str]) -> str:
    if len(parts) > MAX_LETTERED_AXES:
        return f": it has {len(parts)} axes, and claims are tried with {MAX_LETTERED_AXES} at most"
    if "" in parts:
        return _empty_size(parts)
    numbers = [part for part in parts if part.isdecimal()]
    if any(len(part) > MAX_SIZE_DIGITS for part in numbers):
        return f": a size has {MAX_SIZE_DIGITS} digits at most"
    return ": a size is 1 or more" if any(not part.strip("0") for part in numbers) else ""
