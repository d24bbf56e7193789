"""Dialects of whole arrays: a table of spellings, and lines that compute each common part once."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.export.buffers import Buffered, buffered
from gradcli.export.example import Example
from gradcli.export.unit import Unit
from gradcli.language.nodes import Tree
from gradcli.meaning.program import Step
from gradcli.meaning.source import STRENGTHS, Text, source_of
from gradcli.meaning.torch_meaning import plain_constant, python_number
from gradcli.operations.shape_rules import Shape

LONG = 60  # characters: a longer piece that is used inside of another gets a line and a name of its own
FUNCTION = "value_and_derivative"


@dataclass(frozen=True, slots=True)
class Call:
    """One operation to be spelled: its operands as text, its constants by name, and the shapes."""

    operands: Sequence[Any]  # Any: Text, or None where left out
    constants: Mapping[str, Any]  # Any: see nodes.Static
    shapes: Sequence[Shape | None]
    shape: Shape

    @property
    def complete(self) -> bool:
        """Is no operand left out?"""
        return all(operand is not None for operand in self.operands)

    def __getitem__(self, name: str) -> Any:  # Any: as above
        return self.constants[name]


# A template, ``p|{0:p}*{1:u}`` with the strength of the result in front of it where it is no call; else a function,
# whose template's None says that this form of the operation has no spelling.
Spelling = str | Callable[[Call], str | None]


# What Python itself writes.
PYTHON: Mapping[str, Spelling] = {
    "add": "s|{0:s} + {1:p}", "sub": "s|{0:s} - {1:p}", "mul": "p|{0:p}*{1:u}", "div": "p|{0:p}/{1:u}",
    "neg": "u|-{0:u}", "pow": "w|{0:a}**{1:w}", "matmul": "p|{0:p} @ {1:u}", "square": "w|{0:a}**2",
    "reciprocal": "p|1/{0:u}", "mod": "p|{0:p}%{1:u}", "floor_divide": "p|{0:p}//{1:u}",
    "lt": "c|{0:s} < {1:s}", "le": "c|{0:s} <= {1:s}", "gt": "c|{0:s} > {1:s}", "ge": "c|{0:s} >= {1:s}",
    "eq": "c|{0:s} == {1:s}", "ne": "c|{0:s} != {1:s}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrays:
    """A dialect of whole arrays.

    imports:   the lines at the top; what comes ``from`` a package only where it is used
    spellings: of rows, by name
    numbers:   how pi, e, infinity and nan are written
    helpers:   functions that the code brings along where it calls them
    literal:   the text of an array
    close:     the test that two arrays agree
    wrapped:   how a number is written where an operation takes arrays alone
    dims:      how the sizes of an array are asked for
    diagonal:  a statement that adds a vector to the diagonal of a matrix, in place
    """

    name: str
    imports: Sequence[str]
    spellings: Mapping[str, Spelling]
    numbers: Mapping[Tree, str]
    literal: str
    close: str
    helpers: Mapping[str, str] = field(default_factory=dict)
    wrapped: str = "{}"
    dims: str = "{}.shape"
    diagonal: str = ""

    @property
    def words(self) -> Container[str]:
        """What no argument may be named."""
        return PYTHON_WORDS | self.helpers.keys()

    def spelled(
        self, step: Step, operands: Sequence[Text | None], shapes: Sequence[Shape | None], shape: Shape
    ) -> Text:
        """One step as text. Errors: LimitError, by name, where there is no spelling."""
        op = step.op
        assert op is not None
        spelling = self.spellings.get(op.name)
        constants = {p.name: plain_constant(c) for p, c in zip(op.constants, step.constants, strict=True)}
        call = Call(operands, constants, shapes, shape)
        template = spelling(call) if callable(spelling) else spelling
        if template is None:
            known = f"{op.usage} with these arguments" if spelling else op.usage
            raise LimitError(f"{self.name} has no word for {known}", kind="unchecked")
        strength, _, text = template.rpartition("|") if re.match(r"^[a-z]\|", template) else ("a", "", template)
        return Text(text.format(*operands, **{n: source_of(c) for n, c in constants.items()}), STRENGTHS[strength])

    def array(self, text: Text | None, plain: bool) -> Text | None:
        """An operand where an operation takes arrays alone."""
        if text is None or not plain or self.wrapped == "{}":
            return text
        return Text(self.wrapped.format(text.text), shape=())

    def result(self, text: Text, plain: bool) -> str:
        """A value that is returned: a constant as an array, too."""
        return self.wrapped.format(text.text) if plain else text.text

    def number(self, tree: Tree) -> Text:
        """A number exactly, as a quotient of whole numbers where it is one of small ones."""
        if tree in self.numbers:
            return Text(self.numbers[tree], shape=())
        if tree.is_Rational and not tree.is_Integer and tree.q not in (2, 4, 8, 5, 10, 100, 1000) and abs(tree.p) < 1e6:
            return Text(f"{tree.p}/{tree.q}", STRENGTHS["p"], ())
        value = python_number(tree)
        text = source_of(float(value) if abs(value) >= 2**63 else value)
        return Text(text, STRENGTHS["u" if text.startswith("-") else "a"], ())


def write_arrays(dialect: Arrays, unit: Unit, example: Example) -> str:
    """The module: imports, helpers, the function, its self-test."""
    function = _function(dialect, unit)
    body = "\n".join(body_of(dialect, unit))  # what the docstring names may be written in other words
    helpers = [text for name, text in dialect.helpers.items() if re.search(rf"\b{name}\(", body)]
    code = "\n\n\n".join([*helpers, function])
    imports = [
        line for line in dialect.imports if not (word := _imported(line)) or re.search(rf"(?<![\w.]){word}[.(]", code)
    ]
    return (
        "\n".join(imports)
        + "\n\n\n"
        + code
        + "\n\n\n"
        + self_test(unit, example, dialect.literal.format, dialect.close, dialect.words)
        + "\n"
    )


def body_of(dialect: Arrays, unit: Unit) -> list[str]:
    """The lines of the function; they do not name the point of the self-test, and hold for all sizes."""
    names = identifiers(unit.names, dialect.words)
    lines, results = _lines(dialect, unit, names)
    taken = [letter for letter in unit.letters if any(re.search(rf"\b{letter}\b", line) for line in [*lines, *results])]
    sizes = [
        f"{letter} = {dialect.dims.format(names[name])}[{axis}]"
        for letter, (name, axis) in unit.letters.items()
        if letter in taken
    ]
    return [*sizes, *lines, f"return {results[0]}, {results[1]}"]


def _imported(line: str) -> str | None:
    """The name that a line of optional imports binds: ``special`` of scipy, ``expm`` of scipy.linalg."""
    return line.rpartition(" import ")[2] if line.startswith("from ") else None


def _function(dialect: Arrays, unit: Unit) -> str:
    names = identifiers(unit.names, dialect.words)
    head = f"def {FUNCTION}({', '.join(names.values())}):"
    return indented([head, *docstring(unit), *body_of(dialect, unit)])


def indented(lines: Sequence[str]) -> str:
    """A head and its block."""
    return "\n".join([lines[0], *(f"    {line}" if line else "" for line in lines[1:])])


def docstring(unit: Unit) -> list[str]:
    """What the function returns, and the shapes."""
    shapes = ", ".join(f"{name} {shape_text(unit.shape_of(name))}" for name in unit.names)
    returned = f"value {shape_text(unit.shapes[unit.value])}, derivative {shape_text(unit.shapes[unit.derivative])}"
    first = unit.texts[0].replace("\\", "").replace("\n", "; ")
    return [
        f'"""Value and derivative of  {first}',
        "",
        f"derivative: {unit.told}",
        f"shapes: {shapes} -> {returned}",
        '"""',
    ]


def shape_text(shape: Shape) -> str:
    """``(n, 3)``; a scalar's is ``()``."""
    return source_of(tuple(shape))


def pairs_of(rank: int, widths: Sequence[int]) -> list[tuple[int, int]]:
    """Of each axis what is put before and behind it, from widths that begin with the last axis."""
    pairs = list(zip(widths[::2], widths[1::2], strict=True))[::-1]
    return [(0, 0)] * (rank - len(pairs)) + pairs


def places_source(entries: Sequence[Any]) -> str:  # Any: int, slice, None or Ellipsis
    """The entries of an index outside of brackets: ``(slice(1, None), 0)``."""
    return source_of(tuple(Text(_place_source(entry)) for entry in entries))


def _place_source(entry: Any) -> str:  # Any: as above
    if isinstance(entry, slice):
        parts = (entry.start, entry.stop, entry.step) if entry.step is not None else (entry.start, entry.stop)
        return f"slice({', '.join(map(source_of, parts))})"
    return "..." if entry is Ellipsis else source_of(entry)


_OURS = re.compile(r"[tik]\d+|value|derivative|expected_value|expected_derivative")
# What code in Python may not name its arguments: keywords, and the functions that it calls.
PYTHON_WORDS = frozenset({
    *keyword.kwlist, FUNCTION, "np", "jnp", "jax", "tf", "torch", "sp", "special", "expm", "close", "abs", "all",
    "bool", "dtype", "float", "hasattr", "len", "list", "max", "min", "print", "range", "slice", "sum", "zip",
})  # fmt: skip


def is_taken(name: str, words: Container[str]) -> bool:
    """Is it a name that the code has itself?"""
    return name in words or _OURS.fullmatch(name) is not None


def identifiers(names: Sequence[str], words: Container[str]) -> dict[str, str]:
    """The arguments' names, with strokes behind those that are taken."""
    found: dict[str, str] = {}
    for name in names:
        word = name
        while is_taken(word, words) or (word != name and word in names):
            word += "_"
        found[name] = word
    return found


def _lines(dialect: Arrays, unit: Unit, names: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Lines for what is used twice or is long, and the texts of value and derivative."""
    lines: list[str] = []
    found: list[Text] = []
    plain: list[bool] = []  # numbers and sizes, and what is computed of these alone
    uses, results = unit.uses, (unit.value, unit.derivative)
    sums = buffered(unit) if dialect.diagonal else {}
    late = {i for at in sums for i in unit.program.steps[at].inputs}
    for index, (step, shape) in enumerate(zip(unit.program.steps, unit.shapes, strict=True)):
        plain.append(_is_plain(step, plain, unit))
        text = _text(dialect, step, shape, found, plain, unit, names)
        if index in sums:
            lines += _added(dialect, sums[index], found, unit, f"t{len(lines) + 1}")
            text = Text(lines[-2].partition(" ")[0])
        shared = index not in sums and uses[index] > 1 and not (step.op is not None and step.op.suffix)
        if step.op is not None and (shared or (len(text.text) > LONG and index not in {*results, *late, *sums})):
            lines.append(f"t{len(lines) + 1} = {text.text}")
            text = Text(f"t{len(lines)}")
        text.known = shape
        found.append(text)
    return lines, [dialect.result(found[i], plain[i]) for i in results]


def _added(dialect: Arrays, sum_: Buffered, found: Sequence[Text], unit: Unit, name: str) -> list[str]:
    """A matrix, then what is added to its diagonal."""
    diagonal = found[sum_.diagonal]
    matrix = _minus(dialect, sum_.other, found, unit) if sum_.negated else found[sum_.other].text
    more = f"-{diagonal:w}" if sum_.subtracted else diagonal.text
    return [f"{name} = {matrix}", dialect.diagonal.format(name, more)]


def _minus(dialect: Arrays, at: int, found: Sequence[Text], unit: Unit) -> str:
    """The negative of a step; of a product by the sign of its first factor, which is smaller."""
    step = unit.program.steps[at]
    first = step.inputs[0]
    if step.op is None or step.op.linear != "each" or first is None or not unit.shapes[first]:
        return f"-{found[at]:w}"
    negated = Text(f"-{found[first]:w}", STRENGTHS["u"], unit.shapes[first])
    operands = [negated, *(None if i is None else found[i] for i in step.inputs[1:])]
    shapes = [None if i is None else unit.shapes[i] for i in step.inputs]
    return dialect.spelled(step, operands, shapes, unit.shapes[at]).text


def _is_plain(step: Step, plain: Sequence[bool], unit: Unit) -> bool:
    if step.op is None:
        return not isinstance(step.tree, sympy.Symbol) or step.tree.name in unit.letters
    return step.op.scalars and all(i is not None and plain[i] for i in step.inputs)


def _text(
    dialect: Arrays,
    step: Step,
    shape: Shape,
    found: Sequence[Text],
    plain: Sequence[bool],
    unit: Unit,
    names: Mapping[str, str],
) -> Text:
    if step.op is None:
        if isinstance(step.tree, sympy.Symbol):
            return Text(names.get(step.tree.name, step.tree.name))
        return dialect.number(step.tree)
    operands = [None if i is None else found[i] for i in step.inputs]
    if not step.op.scalars:
        operands = [
            dialect.array(text, i is not None and plain[i]) for i, text in zip(step.inputs, operands, strict=True)
        ]
    return dialect.spelled(step, operands, [None if i is None else unit.shapes[i] for i in step.inputs], shape)


def self_test(
    unit: Unit, example: Example, literal: Callable[[str], str], close: str, words: Container[str] = PYTHON_WORDS
) -> str:
    """What a module in Python does when it is run: the seeded point, one call, and the numbers that are due."""
    names = identifiers(unit.names, words)
    point = [f"{names[name]} = {literal(_literal(value))}" for name, value in example.point.items()]
    checks = [
        f"assert {close.format(name, literal(_literal(value)))}, {name}"
        for name, value in (("value", example.value), ("derivative", example.derivative))
    ]
    call = f"value, derivative = {FUNCTION}({', '.join(names.values())})"
    said = 'print("value and derivative agree with enclosures at a seeded point")'
    return indented(['if __name__ == "__main__":', *point, call, *checks, said])


def _literal(value: FloatArray) -> str:
    return repr(value.tolist())
