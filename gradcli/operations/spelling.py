"""What a library means by a call, as a formula of the table's operations: data, in ``spellings/`` a file for a library.

A row's ``aliases`` are further names of the very same call. A Spelling is due where the library has other arguments, in
another order, with other defaults, or means several operations: ``torch.add(x, y, alpha=2)`` is ``x + 2*y``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gradcli.operations.row import REQUIRED, Param, parse_default
from gradcli.operations.shape_rules import ShapeMismatch

ANYTHING = "anything"  # the kind of a parameter that says none: an operand or a constant, as the formula has it
APART = "apart"  # of a variadic one whose arguments may be tuples: one alone is not taken for all of them
LIST = "list"  # the kind of a parameter that is several operands in brackets
# The same where the formula takes them one by one, and where there are brackets in brackets; a function of constants
# gets how many there are.
PARTS, LISTS = "parts", "lists"
# Of an operand whose shape the formula hangs on: a function of constants gets the shape, or those of several in
# brackets, in the place of OPERAND; or how many axes there are, which letters of sizes do not touch; or the shape where
# it is known in numbers, else OPERAND.
SHAPED, SHAPES, RANKED, TOLD = "shaped", "shapes", "ranked", "told"
STORED = "stored"  # the same of a name, whose entries lie in memory in the order of the array
# Of an operand whose whole numbers or truth values have to be known: a function of constants gets nested tuples.
WHOLE = "whole"
TRUTH = "truth"  # of a condition, for which a number may stand: it holds where that is not 0; asked for, its shape
MASK = "mask"  # of an operand that may be a condition: a function of constants gets CONDITION where it is one
NUMBERS = "numbers"  # of an operand: a function of constants gets the whole numbers that it is, where they are known
# Of an operand that has to lie there, where its values are known: the comparisons that hold.
BOUNDED = {
    "positive": ((">", 0),),
    "unsigned": ((">=", 0),),
    "probability": ((">=", 0), ("<=", 1)),
    "portion": ((">", 0), ("<=", 1)),
    "fraction": ((">", 0), ("<", 1)),
    "beyond_one": ((">", 1),),
}
ARRAY = "array"  # of an operand, for which a tuple of numbers may stand
OBJECT = "Object"  # of an object of any class; the name of a class is the kind of its objects
FUNCTION: Any = type("AFunction", (), {"__repr__": lambda _: "FUNCTION"})()  # Any: as below; of one in its place
OPERAND: Any = type("Operand", (), {"__repr__": lambda _: "OPERAND"})()  # Any: stands beside constants of any type
# Kinds of parameters that only some constants fit, told where another stands.
NARROW = {
    "nothing": "None: no row has it",
    "off": "False: what is left to chance has no derivative",
    "zero": "0: what is left to chance has no derivative",
}
_NUMPYS = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input", "x2": "other"}
Operands = Mapping[str, Any]  # Any: constants of any type beside shapes
_PARAMETER = re.compile(r"(?P<stars>\*?)(?P<name>\w+)(?::(?P<kind>\w+))?(?:=(?P<default>.+))?")


@dataclass(frozen=True, eq=False)
class Spelling:
    """A call as a library has it, and what it means.

    call:   the library's signature, ``"np.clip(a, a_min=None, a_max=None)"``; a method's begins with a dot,
            ``".max(self, dim:axis)"``. Kinds of constants (``Param.kind``) stand where they tell one call of a name
            from another; what stands behind ``*`` goes by its name alone, what stands before ``/`` by its place; a
            call without a library is Python's, and where it does not fit the row's
    means:  the formula, in which the parameters stand for what was given, after assignments, ``"d = x - y; d*d"``; or
            a function of some of the parameters, which gets the constants (OPERAND for what is none; shapes and
            numbers of parts by the kinds above), and gives the formula; ``"none: why"`` where the language has no
            meaning for it, "" where it is another signature's
    fields: names of the parts where the call returns several, ``("values", "indices")``; the formula is a tuple then
    note:   what whoever writes it is told
    needs:  of a library that refuses operands that the formula takes: a function of what was given, by name (a
            constant, or the shape of an operand, in which a large number may stand for a letter), which raises
            ShapeMismatch; where nobody knows shapes it is not asked
    holds:  of a library that has no number elsewhere: conditions on operands, ``"low < high, low == floor(low)"``,
            which are asked where their values are known
    unless: the flag by which whoever calls it, with False, turns that off
    """

    call: str
    means: str | Callable[..., str]
    fields: tuple[str, ...] = ()
    note: str = ""
    needs: Callable[[Operands], None] | None = None
    holds: str = ""
    unless: str = ""

    @property
    def name(self) -> str:
        """``np.clip``."""
        return self.call.partition("(")[0]

    @property
    def usage(self) -> str:
        """The call as people write it, without the kinds of constants."""
        return re.sub(r":\w+", "", self.call.replace("(self, ", "(").replace("(self)", "()"))

    @property
    def plainly(self) -> str:
        """What it means where nothing is given but what has to be, as a formula."""
        if isinstance(self.means, str):
            return self.means
        defaults = {param.name: OPERAND if param.default is REQUIRED else param.default for param in self.parameters}
        try:
            return self.means(*(defaults[name] for name in self.asks)) or "depends on its arguments"
        except (
            TypeError,
            ValueError,
            AttributeError,
            LookupError,
            ShapeMismatch,
        ):  # it asks for a shape, say
            return "depends on its arguments"

    @cached_property
    def parameters(self) -> tuple[Param, ...]:
        return tuple(_parameter(part) for part in self._parts if part not in {"*", "/"})

    @cached_property
    def positional(self) -> tuple[Param, ...]:
        """Those that may go by their place."""
        parts = self._parts
        stop = parts.index("*") if "*" in parts else len(parts)
        return tuple(_parameter(part) for part in parts[:stop] if part != "/")

    @cached_property
    def named(self) -> frozenset[str]:
        """Those that may go by their name."""
        parts = self._parts
        start = parts.index("/") + 1 if "/" in parts else 0
        return frozenset(_parameter(part).name for part in parts[start:] if part != "*")

    def parameter_named(self, written: str) -> str:
        """The parameter that goes by this name; torch takes numpy's names for some of its own."""
        own = written in self.named or not self.name.startswith(("torch.", "."))
        return written if own else _NUMPYS.get(written, written)

    @cached_property
    def asks(self) -> tuple[str, ...]:
        """The parameters that decide what the formula is."""
        return () if isinstance(self.means, str) else tuple(inspect.signature(self.means).parameters)

    @property
    def _parts(self) -> list[str]:
        inside = self.call.partition("(")[2].removesuffix(")")
        return [part.strip() for part in re.split(r",(?![^()]*\))", inside) if part.strip()]


def _parameter(text: str) -> Param:
    match = _PARAMETER.fullmatch(text)
    assert match, text
    default = REQUIRED if match["default"] is None else parse_default(match["default"])
    return Param(match["name"], match["kind"] or ANYTHING, default, bool(match["stars"]))


def spelled(prefix: str, text: str) -> Iterable[Spelling]:
    """A Spelling for each line ``call := formula``."""
    for line in text.strip().splitlines():
        call, _, means = " ".join(line.split()).partition(" := ")
        yield Spelling(f"{prefix}{call}", means)
