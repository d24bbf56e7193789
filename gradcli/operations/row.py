"""The row of the operation table: all that gradcli knows about one operation, and nothing of it anywhere else.

A row imports neither torch nor sympy. Its meanings are lambdas whose first argument is the library that runs them:
``torch=lambda t, x: t.special.expit(x)``, ``sympy=lambda s, x: 1 / (1 + s.exp(-x))``. The same torch lambda prints
itself when it is run with a text recorder (``meaning/source.py``), and the same sympy lambda runs on symbols
(``meaning/symbolic.py``), on enclosures (``meaning/balls``) and on power series (``meaning/series``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from gradcli.operations.row_axes import RowRule
from gradcli.operations.shape_rules import Shape, broadcast

# Any: torch tensors, sympy expressions, balls, series or recorded text, by the arithmetic that runs the meaning.
Meaning = Callable[..., Any]
ShapeRule = Callable[..., Shape]
Rule = str | Callable[..., str]  # see Op.rule

NONE = "none: "  # what a rule begins with that says why there is no derivative

REQUIRED: Any = object()  # Any: stands where a default value of any type would
TENSOR, CONDITION, VARIABLE, INDEX, ENTRIES = "tensor", "condition", "variable", "index", "entries"


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter. ``kind`` is tensor, condition or variable (a name, to differentiate in), or that of a constant:
    axis, axis_or_none, axes, flag, number, integer, order (a number or a text), sizes, text, index (in brackets),
    entries (the same as arguments)."""

    name: str
    kind: str
    default: Any = REQUIRED  # Any: what the signature says, a number, a flag, a text or None
    variadic: bool = False

    @property
    def is_tensor(self) -> bool:
        """Is it an operand, rather than a constant?"""
        return self.kind in {TENSOR, CONDITION, VARIABLE}


@dataclass(frozen=True, slots=True)
class Slips:
    """How people get an operation wrong: what a diagnosis tries. A text ``what: said`` has what is said of it behind.

    siblings: rows that are written in its place, the likeliest first
    products: rows of the same operands that are due in its place, ``dot: the inner product is due``
    mistaken: formulas in x that are taken for its derivative, ``sin(x): the derivative of sin is cos``; {} in what is
              said is the operand
    ordered:  the last two operands may stand in the wrong order
    transposable: its transpose may be due
    symmetrised: its symmetric part may be due, where a claim is right for symmetric matrices alone
    sided:    a claim about it may be right on one side of 0 alone
    entrywise: of a matrix function, a formula in x of each entry with which it is confused
    """

    siblings: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    mistaken: tuple[str, ...] = ()
    ordered: bool = False
    transposable: bool = False
    symmetrised: bool = False
    sided: bool = False
    entrywise: str = ""


NO_SLIPS = Slips()


@dataclass(frozen=True, slots=True)
class Places:
    """An operand, by its number, that holds whole numbers from 0 of an axis of the first one; ``ignored`` is none."""

    operand: int
    axis: int
    ignored: int | None = None


@dataclass(frozen=True, slots=True)
class Slides:
    """An operand along which another one slides, a kernel, by their numbers; any others are added to each output.

    shapes: those in which the two stand: (batch, groups, 1, channels, *space), (1, groups, outputs, channels, *taps)
    pads:   how many zeros stand before and behind along each axis of space
    firsts, gaps, steps: along each of them, place i of tap k is ``first + k*gap + i*step``
    """

    operands: tuple[int, int]
    shapes: tuple[Shape, Shape]
    pads: tuple[int, ...]
    firsts: tuple[int, ...]
    gaps: tuple[int, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One operation. ``signature`` reads ``"x, y; dim:axes=None"``: tensors, then constants with kind and default.

    shape:   pure function of the tensor shapes, then the constants -> output shape; without one the row is elementwise:
             it acts entry by entry on operands that broadcast
    torch:   meaning over tensors; a text is a dotted name in torch; default: the row's name
    sympy:   meaning over sympy scalars (elementwise) or numpy arrays of them; a text is a sympy class
    rule:    for each operand its cotangent, as below; elementwise rows leave it to sympy's derivative
    same:    shapes -> the name of the row that people know better and that means the same for such operands, else ""
    backward: torch lacks the slope: the rule is the backward pass, entry by entry
    product: the value as a sum of products with the operands in which it is linear, in the names and words of a rule;
             or a function of shapes and constants as there, "" where there is none
    domain:  condition in gradcli's language under which an elementwise operation is real and finite
    kinks:   condition in gradcli's language where an elementwise operation is not differentiable
    kinked:  it has kinks of which ``kinks`` does not tell: where entries tie, where a norm is 0, where a sign jumps
    places:  tensor shapes, then the constants -> Places, where an operand holds the numbers of places; else None
    astray:  operands and constants in balls -> does torch take another slope here, where the function has one?
    literal: where torch's slope, and so the row's, is a choice: the sympy meaning whose slope is that in the entries
    in_floats: a number -> the float next to it, then the constants -> the sympy meaning with the numbers that torch
             computes of constants as it rounds them, where a kink lies at one
    aliases: further names, ``np.std(correction=0)`` with a constant that the alias presets; ``.max`` is a method
    unlike:  names under which a library means something else, ``np.f, np.g(x): what it is; what to write``; ``(x)``: in
             calls with one array alone
    cost:    tensor shapes, then the constants -> about how many scalar operations; default: the entries
    scalars: the torch meaning takes Python numbers beside tensors
    factorises: torch factorises a matrix, as a fast Fourier transform does its own, so that errors are relative to the
             largest entry, there and on the way back
    truncates: torch drops small singular values, those below ``rtol``, which the torch meaning takes
    divides: torch's slope divides by the operand, so that in its own slopes terms cancel that grow as 1/x
    cancels: torch's slope is a difference divided by x, so that its error grows as 1/x near 0
    chain:   the sign between terms of which Python's function of that name makes one, ``sum(x[i] for i in range(3))``
    unpacks: one list or tuple as the only operand stands for its entries, as in torch.cat([a, b])
    saturates: torch's value or slope is a difference (1 - y*y, 1 + erf(x)), so that its error is absolute, not relative
    differentiates: a derivative operator: its first argument is a function of its variables
    variable: its value is a variable: derivatives of what it stands in may be taken in it
    entrywise: of a derivative: for a variable of the function's shape it is taken entry by entry
    formula: of such: from a maker of derivatives' formulas, the function and variables, the formula of it
    over_list: of such: what [x, y] in the place of the variable means: (maker of nodes, f, variables) -> node
    linear:  in its operands "jointly" (x + y), in "each" by itself (x*y), in the "first" alone (x/y); "" for not at all
    within:  entries mix along these axes of the first operand alone, the others are a batch: the name of the constant
             that says which, or how many of the last ones
    terms:   shapes, then the constants -> subscripts as einsum has them, where the value is a sum of functions of one
             entry of each operand; "" where it is not
    summands: the same where no subscripts say so, as ``operations/summands.py`` gives it; ``cost`` bounds the terms
    slides:  tensor shapes, then the constants -> Slides, where it is a convolution
    relative: hands on the relative errors of its operands, about as large as they are: x*y, sqrt(x), not x + y
    rows:    of a row that is not elementwise, where it leaves an axis of rows that are apart: see ``row_axes``
    helper:  a word of the rules, that no library has
    moves:   puts entries in other places and computes nothing; the constants alone say where
    picks:   each entry of the value is the one of the first operand in its place, but that along the axis of ``places``
             a number says which
    truth:   "all" where of operands that are all truth values it gives such, as ``moves`` does; "first" where the first
             of them tells
    flat:    a step function: its slope is 0 wherever it has one
    power:   the last operand is an exponent: an exact result may have very many digits
    kernel:  the torch meaning is a long computation of our own, in float64 (``kernels``)
    accuracy: relative accuracy of torch's float64 value or slope where it is worse than rounding

    How it is written and read:

    infix:   the sign between its operands; no two rows have the same
    prefix, suffix: what is written before or behind the operand, in the place of a call with the default constants
    brackets: with the default constants a list, ``[x, y]``
    tree:    where a tree has sympy's Add, Mul or Pow for it: (unevaluated arithmetic, operands) -> that node
    node:    sympy's class that stands for it in a tree; default: ``sympy`` where that is a text, else one of its own
    known_as: a further class of sympy's that means the same, in what sympy gives back
    slips:   how people get its derivative wrong

    The rule of an operand is its cotangent as a text in gradcli's language, linear in ``g``, the cotangent of the value
    ``out``; operands and constants go by their names (``dim`` may be None, an operand that was left out is None).
    One text is right for every rank, axis, keepdim, broadcast and batch: it has the operand's shape. It may
    say ``x.shape``, ``x.shape[0]``, ``x.ndim`` and ``x.size`` of an operand, of ``g`` and of ``out``, as constants.

    - Elementwise rows write the rule of one entry, ``g*cos(x)``; it is summed over broadcast axes by itself.
    - Where ranks, sizes or modes need different texts the rule is a function of the operands' shapes (None where left
      out), then the constants, that gives the text: ``lambda x, y: "g*y" if len(x) == 1 else "g @ y.mT"``.
    - The entries of a variadic operand ``*xs`` are called ``xs0``, ``xs1``, ...; its rule is a function whose first
      argument is the number of the entry at hand: ``lambda at, *shapes_and_constants: f"g*xs{at}"``.
    - ``"none: why"`` says that there is no derivative in this operand, and why: a sentence that people read.
    - An operand whose shape alone matters has the rule ``zeros_like(like)``.

    The forward form is not written: it is the transpose of the reverse one (``meaning/rules.py``).
    """

    name: str
    signature: str
    group: str
    doc: str
    example: str
    shape: ShapeRule = broadcast
    torch: Meaning | str = ""
    sympy: Meaning | str | None = ""
    rule: tuple[Rule, ...] = ()
    product: Rule = ""
    same: Callable[..., str] | None = None
    backward: bool = False
    domain: str = ""
    kinks: str = ""
    kinked: bool = False
    places: Callable[..., Places | None] | None = None
    astray: Meaning | None = None
    literal: Meaning | None = None
    in_floats: Callable[..., Meaning] | None = None
    aliases: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    boolean: bool = False
    random: bool = False
    cost: Callable[..., int] | None = None
    scalars: bool = False
    saturates: bool = False
    divides: bool = False
    cancels: bool = False
    factorises: bool = False
    truncates: bool = False
    chain: str = ""
    unpacks: bool = False
    differentiates: bool = False
    variable: bool = False
    entrywise: bool = False
    formula: Meaning | None = None
    over_list: Meaning | None = None
    linear: str = ""
    within: str | int = ""
    terms: Callable[..., str] | None = None
    summands: Meaning | None = None
    slides: Callable[..., Slides] | None = None
    relative: bool = False
    rows: RowRule | None = None
    helper: bool = False
    moves: bool = False
    picks: bool = False
    truth: str = ""
    flat: bool = False
    power: bool = False
    accuracy: float = 0.0
    kernel: bool = False
    note: str = ""
    infix: str = ""
    prefix: str = ""
    suffix: str = ""
    brackets: bool = False
    tree: Meaning | None = None
    node: str = ""
    known_as: str = ""
    slips: Slips = NO_SLIPS

    @property
    def params(self) -> tuple[Param, ...]:
        """All parameters in order, tensors first."""
        return parse_signature(self.signature)

    @property
    def tensors(self) -> tuple[Param, ...]:
        return _apart(self.signature)[0]

    @property
    def constants(self) -> tuple[Param, ...]:
        return _apart(self.signature)[1]

    @property
    def elementwise(self) -> bool:
        """Does it act entry by entry, on broadcast operands?"""
        return self.shape is broadcast

    @property
    def written(self) -> str:
        """What people know it by: its sign, where it has one."""
        return self.infix or self.prefix or ("[ ]" if self.brackets else self.name)

    @property
    def rounded(self) -> bool:
        """Is it one of + - * /, whose results are rounded to nearest?"""
        return self.elementwise and bool(self.linear)

    @property
    def compares(self) -> bool:
        """Is it a condition on numbers, entry by entry?"""
        return self.boolean and self.elementwise and all(p.kind == TENSOR for p in self.params)

    @property
    def chooses(self) -> bool:
        """Does it choose between numbers by a condition?"""
        return not self.boolean and any(p.kind == CONDITION for p in self.tensors)

    @property
    def keeps_truth(self) -> str:
        """Which operands have to be truth values for the value to be such: "all", the "first", or "" for none."""
        return "all" if self.moves or self.chooses else self.truth

    def fills(self, constants: Sequence[Any]) -> bool:  # Any: numbers, texts, axes
        """Does it put a number that is not 0 among the entries that it moves, and so is not linear in them?"""
        given = zip(self.constants, constants, strict=False)
        return self.moves and any(param.kind == "number" and value for param, value in given)

    def constant_in(self, param: Param) -> str:
        """Why there is no derivative in an operand, whatever its shape; empty where that is not so."""
        if self.boolean or param.kind == CONDITION:
            return "a condition is true or false"
        return (
            "a derivative inside a formula is differentiated with the formula that it is of"
            if self.differentiates
            else ""
        )

    @property
    def native(self) -> str:
        """sympy's class whose node stands for the row in a tree; empty where the row has a class of its own."""
        return self.node or (self.sympy if isinstance(self.sympy, str) else "")

    @property
    def function(self) -> tuple[str, tuple[str, ...]]:
        """The function of an arithmetic that the sympy meaning of an elementwise row calls and nothing more, and the
        parameters in its order; an empty name where it does more."""
        names = tuple(param.name for param in (*self.tensors, *self.constants))
        if not self.elementwise or not self.tensors or self.boolean or self.sympy is None:
            return "", ()
        if isinstance(self.sympy, str):
            return self.sympy or self.name, names
        try:
            called = self.sympy(_Calls(), *names)
        except (TypeError, AttributeError):  # names are no numbers
            return "", ()
        alone = isinstance(called, tuple) and sorted(map(str, called[1])) == sorted(names)
        return called if alone else ("", ())

    @property
    def own(self) -> bool:
        """Does torch itself lack the function or its slope? ``autograd/functions.py`` has it."""
        return self.kernel or self.backward

    @property
    def example_parts(self) -> tuple[str, list[str]]:
        """The example as an expression and its bindings."""
        words = self.example.split(" ")
        split = next((i for i, word in enumerate(words) if _BINDING.match(word)), len(words))
        return " ".join(words[:split]), words[split:]

    @property
    def usage(self) -> str:
        """The signature as people write a call: ``sum(x, dim=None, keepdim=False)``."""
        shown = (_shown(p) for p in self.params)
        return f"{self.name}({', '.join(shown)})"


class _Calls:
    """An arithmetic that notes which function a meaning calls, and of which operands."""

    def __getattr__(self, name: str) -> Callable[..., Any]:  # Any: the name and the operands
        return lambda *operands: (name, operands)


def axes(x: Any, dim: Any) -> tuple[int, ...]:  # Any: an array or tensor with .ndim; None, an axis, or several
    """The axes that ``dim`` names as a tuple; None names all."""
    return tuple(range(x.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)


def reduced(function: Callable[..., Any], x: Any, dim: Any, keepdim: bool) -> Any:  # Any: tensors; see axes
    """torch's reduction over all entries, or along axes; written as people write it where there is nothing to say."""
    return function(x) if dim is None and not keepdim else function(x, axes(x, dim), keepdim)


def functional(name: str, *keywords: str) -> Meaning:
    """torch's function in nn.functional, which takes the constants by these names."""

    def meaning(t: Any, *arguments: Any) -> Any:  # Any: see Meaning
        operands = len(arguments) - len(keywords)
        constants = dict(zip(keywords, arguments[operands:], strict=True))
        return getattr(t.nn.functional, name)(*arguments[:operands], **constants)

    return meaning


_BINDING = re.compile(r"[A-Za-z]\w*=[^=]")


def _shown(param: Param) -> str:
    if param.variadic:
        return f"{param.name}, ..."
    if param.default is REQUIRED:
        return param.name
    default = float(param.default) if isinstance(param.default, Fraction) else param.default
    return f"{param.name}={default!r}"


@cache
def parse_signature(text: str) -> tuple[Param, ...]:
    """``"x, *ys; dim:axes=None"`` -> its Params. Cached: signatures are constants of the table."""
    tensors, _, constants = text.partition(";")
    params = [_parse_param(part.strip(), TENSOR) for part in tensors.split(",") if part.strip()]
    params += [_parse_param(part.strip(), "number") for part in constants.split(",") if part.strip()]
    return tuple(params)


@cache
def _apart(text: str) -> tuple[tuple[Param, ...], tuple[Param, ...]]:
    """The operands of a signature, and its constants."""
    params = parse_signature(text)
    return tuple(p for p in params if p.is_tensor), tuple(p for p in params if not p.is_tensor)


_DEFAULTS: dict[str, Any] = {"None": None, "False": False, "True": True}  # Any: see Param.default


def _parse_param(text: str, kind: str) -> Param:
    head, _, default = text.partition("=")
    name, _, given = head.partition(":")
    variadic = name.startswith("*")
    value = REQUIRED if not default else parse_default(default)
    return Param(name.lstrip("*"), given or kind, value, variadic)


def parse_default(text: str) -> Any:  # Any: see Param.default
    """A default or preset constant as its text says: ``1``, ``0.5``, ``None``, ``False``, ``'mean'``."""
    if text in _DEFAULTS:
        return _DEFAULTS[text]
    if text.startswith("'"):
        return text.strip("'")
    return Fraction(text) if "." in text else int(text)
