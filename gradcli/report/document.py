"""The document: what a result has to say, block by block, before anybody decides how it looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.base.errors import Span


class Role(Enum):
    """What a line is for; each format has its own way to show it."""

    PLAIN = auto()
    PROSE = auto()  # wrapped where lines have a width
    HEADING = auto()
    TITLE = auto()  # a heading that is a sentence, wrapped as prose
    FORMULA = auto()  # of any length
    VERDICT = auto()
    NOTE = auto()
    DIAGNOSIS = auto()
    SUGGESTION = auto()
    COMMAND = auto()  # that shows it again
    DETAIL = auto()  # for those who ask for more
    BRIEF = auto()  # for those who do not
    SUMMARY = auto()
    ERROR = auto()
    HINT = auto()  # the next move, one way a line


class Outcome(Enum):
    """How a case went."""

    HOLDS = auto()
    FAILS = auto()
    OPEN = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A text with its role; ``label``: what stands before it and a colon; ``outcome``: of a verdict, how good it is."""

    text: str
    role: Role = Role.PLAIN
    label: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A list of short words, as many in a row as there is room for."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; each has as many cells as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of a program, as they are to be typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A place in a text that somebody typed."""

    source: str
    span: Span


@dataclass(frozen=True, slots=True)
class Value:
    """A derivative by its variable: ``("x",)``, or ``("x", "y")`` for a block of a Hessian.

    number: torch's, a float or an array; None for an unused variable, and where there is only a formula
    text:   the formula, or nested lists of digits, where they stand in the place of the number
    trees:  sympy's trees of the formula, an array of the derivative's shape, where there is one
    shapes: of the names in a formula in matrix notation
    order:  how often it is differentiated in each of its variables
    product: ``jvp``, ``vjp`` or ``hvp``, where it is a product of the derivative with a vector
    matrix: of a sparse derivative, in the place of the number: a ``SparseMatrix``
    way:    how a sparse derivative was found, in words
    """

    names: tuple[str, ...]
    number: Any = None  # Any: a float or an array
    text: Any = None  # Any: a text, or nested lists of texts
    trees: Any = None  # Any: an object array
    shapes: Any = None  # Any: a mapping of shapes by name
    order: int = 1
    product: str | None = None
    matrix: Any = None  # Any: numpy is not loaded here
    way: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of the language, for formats that set formulas; for others it is a line ``left = text``.

    text:   the formula; nested lists of texts are the entries of a vector or a matrix
    left:   what it is, before a sign of equality; left_latex: the same in LaTeX
    shapes: of its names, letters or numbers; a name without is a scalar
    """

    text: Any  # Any: a text, or nested lists of texts
    left: str = ""
    left_latex: str = ""
    shapes: Mapping[str, Sequence[str | int]] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """As one line."""
        return f"{self.left} = {self.text}" if self.left else str(self.text)


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing: as SVG, in characters for a terminal, and in words for those who see neither.

    plain: the same in ASCII, where ``text`` is in dots that not every terminal has
    """

    svg: str
    text: str
    alt: str
    caption: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a derivation, equal to the one before.

    text:    in the language; left: what it is the value of from here on, where that changes
    rule:    what was done; because: the rule as a formula, where it is told
    changed: the places in the text that are new; replaced: those in the text before that they came from
    held:    how it was held equal to the derivative
    """

    text: str
    rule: str = ""
    because: str = ""
    changed: tuple[Span, ...] = ()
    replaced: tuple[Span, ...] = ()
    held: str = ""
    left: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """A derivation: its lines at each level of detail, of which one is asked for.

    left:   what all lines are equal to; notes: what is constant; said: how the lines were held
    shapes: of the names in it, letters or numbers; a name without is a scalar
    differentials: the names of differentials, and of what each is: dX of X
    again:  the command that prints every line, where it is known
    """

    left: str
    detail: str
    levels: Mapping[str, tuple[Step, ...]]
    notes: tuple[str, ...] = ()
    said: str = ""
    shapes: Mapping[str, Sequence[str | int]] = field(default_factory=dict)
    differentials: Mapping[str, str] = field(default_factory=dict)
    again: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those of the level that is asked for."""
        return self.levels[self.detail]


@dataclass(frozen=True, slots=True)
class Difference:
    """A point at which a claim and the truth differ.

    at:    values by name, floats or nested lists
    entry: where in the derivative; () for a scalar, None where the shapes differ
    claimed, true: None where there is no number
    wrt:   the variables whose part of a derivative in several this is; () of others
    """

    at: tuple[tuple[str, Any], ...]  # Any: a float or nested lists
    entry: tuple[int, ...] | None
    claimed: float | None
    true: float | None
    wrt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Equation:
    """``d(function)/d(wrt) = claim``; ``function = claim`` where nothing is differentiated.

    twice:  is it differentiated once more in the same?
    shapes: of the names, letters or numbers; a name without is a scalar
    """

    function: str
    wrt: tuple[str, ...]
    claim: str
    differentiated: bool = True
    shapes: Mapping[str, Sequence[str | int]] = field(default_factory=dict)
    twice: bool = False

    def left(self, function: str) -> str:
        """The left side, with another text for the function, such as a shorter one."""
        return f"d({function})/d({','.join(self.wrt)})" if self.differentiated else function

    def __str__(self) -> str:
        unnamed = self.differentiated and not self.wrt
        return f"{f'd({self.function})' if unnamed else self.left(self.function)} = {self.claim}"


@dataclass(frozen=True, slots=True)
class Section:
    """A title, and what stands below it; who is not shown the one is not shown the other.

    folded: closed at first, where a page can be opened in places
    empty:  all that stands below it is why there is nothing
    """

    title: Line
    blocks: tuple[Block, ...]
    folded: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was checked: what, where it stands, how it went, and what is to be said of it.

    extent: at how many points, at which sizes; broken: what is checked makes no sense as it is written
    shown:  what stands in the file, where that is not the equation itself
    standing: of a line of a chain: how it stands beside the lines above; it is always shown, ``= CLAIM`` alone
    figure: makes a picture of the function, its derivative and what is claimed; None where there is none
    """

    name: str
    equation: Equation
    verdict: str
    outcome: Outcome
    blocks: tuple[Block, ...]
    extent: str = ""
    broken: bool = False
    file: str | None = None
    line: int | None = None
    seconds: float = 0.0
    shown: str = ""
    standing: str = ""
    figure: Callable[[], Figure | None] = field(default=lambda: None, repr=False, compare=False)


Block = Line | Words | Table | Code | Excerpt | Value | Formula | Figure | Steps | Difference | Section | Case


@dataclass(frozen=True, slots=True)
class Document:
    """All that a command has to say.

    data:     makes the JSON object of the result
    remarks:  what is said beside the result to those who ask for more; warnings: to all who have not asked for less
    seconds:  that all of it took
    partial:  does it lack values that were asked for? Then one alone has its name too
    value:    of the function itself, where there is a number
    written:  is the file that was asked for there already?
    title:    of a page, in a line; subject: what it is about, in the place of its heading
    summary:  what a page says below that
    again:    the command that makes it again
    """

    command: str
    blocks: tuple[Block, ...]
    data: Callable[[], object]
    remarks: tuple[Block, ...] = ()
    warnings: tuple[Block, ...] = ()
    seconds: float = 0.0
    partial: bool = False
    value: Value | None = None
    written: bool = False
    title: str = ""
    subject: Formula | None = None
    summary: tuple[Block, ...] = ()
    again: str = ""

    @property
    def values(self) -> tuple[Value, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Value))

    @property
    def cases(self) -> tuple[Case, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Case))


@dataclass(frozen=True, slots=True)
class View:
    """Who looks: a terminal shows no more of a large array than fits; quiet and verbose as the options.

    spy:     patterns of matrices are drawn, in place of their numbers, in so many columns
    braille: are dots drawn, or letters for those who cannot see dots?
    """

    terminal: bool = False
    quiet: bool = False
    verbose: bool = False
    spy: bool = False
    columns: int = 80
    braille: bool = True
