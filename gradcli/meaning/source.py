"""The arithmetic of source text: a program as the PyTorch code that it is.

The rows' torch meanings are run with a recorder in the place of torch and of the tensors; what they do comes out as
text. So the printed program is what gradcli itself runs, not a translation of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from gradcli.language.nodes import Size, Tree
from gradcli.meaning.program import Program, Step
from gradcli.meaning.torch_meaning import plain_constant, python_number, torch_meaning
from gradcli.operations.shape_rules import Shape

_COMPARE, _OR, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(7)
STRENGTHS = {"c": _COMPARE, "o": _OR, "s": _SUM, "p": _PRODUCT, "u": _UNARY, "w": _POWER, "a": _ATOM}
_LONG = 48  # characters: a longer piece that is used gets a line and a name of its own


class Unwritten(Exception):  # noqa: N818 - no error: what it says is asked for
    """What a row does is no one formula: it takes results apart, or as many steps as sizes say that no text has."""


class Text:
    """A recorded value: its source text, how strongly that binds, and its shape where it is known."""

    def __init__(self, text: str, strength: int = _ATOM, shape: Shape | None = None) -> None:
        self.text, self.strength, self.known = text, strength, shape

    def inside(self, outer: int) -> str:
        return f"({self.text})" if self.strength < outer else self.text

    @property
    def shape(self) -> Shape:
        if self.known is None:
            raise Unwritten
        return self.known

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __format__(self, spec: str) -> str:
        """In a template: ``{0:p}`` is the text as a factor of a product, in brackets where it binds less."""
        return self.inside(STRENGTHS[spec]) if spec else self.text

    def __getattr__(self, name: str) -> Text:
        if name.startswith("__"):
            raise AttributeError(name)
        return Text(f"{self.inside(_ATOM)}.{name}")

    def __call__(self, *arguments: Any, **keywords: Any) -> Text:  # Any: whatever a torch function takes
        texts = [*map(source_of, arguments), *(f"{key}={source_of(value)}" for key, value in keywords.items())]
        return Text(f"{self.text}({', '.join(texts)})")

    def __getitem__(self, entries: Any) -> Text:  # Any: an index, or a tuple of them
        parts = entries if isinstance(entries, tuple) else (entries,)
        return Text(f"{self.inside(_ATOM)}[{', '.join(map(index_source, parts))}]")

    def __iter__(self) -> Any:  # Any: never
        raise Unwritten

    def __neg__(self) -> Text:
        return Text(f"-{self.inside(_UNARY)}", _UNARY)


def _infix(
    sign: str, strength: int, *, right_first: bool = False
) -> Callable[[Any, Any], Text]:  # Any: Text or a number
    def method(left: Any, right: Any) -> Text:  # Any: as above
        a, b = (left, right) if isinstance(left, Text) else (Text(source_of(left), _number_strength(left)), right)
        a = a if isinstance(a, Text) else Text(source_of(a), _number_strength(a))
        b = b if isinstance(b, Text) else Text(source_of(b), _number_strength(b))
        left_text = a.inside(strength + right_first)
        right_text = b.inside(strength + (not right_first))
        blank = "" if sign in {"*", "/", "**", "%", "//"} else " "
        return Text(f"{left_text}{blank}{sign}{blank}{right_text}", strength)

    return method


def _number_strength(value: Any) -> int:  # Any: a Python number
    return _UNARY if isinstance(value, int | float) and value < 0 else _ATOM


_OPERATORS = {
    "add": ("+", _SUM),
    "sub": ("-", _SUM),
    "mul": ("*", _PRODUCT),
    "truediv": ("/", _PRODUCT),
    "mod": ("%", _PRODUCT),
    "floordiv": ("//", _PRODUCT),
    "matmul": ("@", _PRODUCT),
    "pow": ("**", _POWER),
    "gt": (">", _COMPARE),
    "lt": ("<", _COMPARE),
    "ge": (">=", _COMPARE),
    "le": ("<=", _COMPARE),
    "eq": ("==", _COMPARE),
    "ne": ("!=", _COMPARE),
    "or": ("|", _OR),
}

for _name, (_sign, _strength) in _OPERATORS.items():
    _method = _infix(_sign, _strength, right_first=_name == "pow")
    setattr(Text, f"__{_name}__", _method)
    if _name in {"add", "sub", "mul", "truediv", "mod", "floordiv", "pow"}:
        setattr(Text, f"__r{_name}__", lambda right, left, method=_method: method(left, right))


def source_of(value: Any) -> str:  # Any: Text, numbers, flags, texts, lists and tuples of them
    """A Python value as source."""
    if isinstance(value, Text | Size):
        return value.text if isinstance(value, Text) else value.name
    if isinstance(value, list | tuple):
        inner = ", ".join(map(source_of, value)) + ("," if isinstance(value, tuple) and len(value) == 1 else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return f'float("{value}")'
    return repr(value)


def index_source(entry: Any) -> str:  # Any: int, slice, None or Ellipsis
    if isinstance(entry, slice):
        bounds = ":".join("" if part is None else str(part) for part in (entry.start, entry.stop))
        return bounds + (f":{entry.step}" if entry.step is not None else "")
    return "..." if entry is Ellipsis else str(entry)


class SourceArithmetic:
    """Numbers stay numbers where torch takes them, and are written as tensors elsewhere, as TorchArithmetic does.

    imports: the functions of ``gradcli.autograd.functions`` that were called
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()

    def number(self, tree: Tree) -> int | float:
        return python_number(tree)

    def apply(self, step: Step, arguments: list[Any]) -> Text:  # Any: Text, a number, or None
        op = step.op
        assert op is not None
        values = arguments
        if not (op.scalars and any(isinstance(value, Text) for value in arguments)):
            values = [
                Text(f"torch.tensor({source_of(float(v))})", shape=()) if isinstance(v, int | float) else v
                for v in arguments
            ]
        if op.own:
            return self.imported(step, values)
        try:
            recorded: Text = torch_meaning(op)(Text("torch"), *values, *map(plain_constant, step.constants))
        except Unwritten:
            return self.imported(step, values)
        return recorded

    def imported(self, step: Step, values: Sequence[Any]) -> Text:  # Any: as above
        """A call of ``gradcli.autograd.functions``."""
        op = step.op
        assert op is not None
        self.imports.add(op.name)
        queue, constants = iter(values), iter(map(plain_constant, step.constants))
        ordered = [source_of(next(queue if param.is_tensor else constants)) for param in op.params]
        return Text(f"{op.name}({', '.join(ordered)})")

    def derive(self, step: Step, arguments: list[Any], _point: Mapping[str, Any]) -> Text:  # Any: as above
        assert step.op is not None
        return Text(f"{step.op.name}({', '.join(map(source_of, arguments))})")


@dataclass(frozen=True, slots=True)
class Lines:
    """A program as code: its lines, the expression of its result, what it calls of ``gradcli.autograd.functions``."""

    body: Sequence[str]
    result: str
    imports: Sequence[str]


def program_lines(program: Program, shapes: Sequence[Shape], inputs: Mapping[str, str]) -> Lines:
    """Lines that compute what is used twice or too long to read inside another, and the expression of the result.

    inputs: the source of each variable, usually its name
    """
    arithmetic = SourceArithmetic()
    uses = [0] * len(program.steps)
    for step in program.steps:
        for i in {i for i in step.inputs if i is not None}:
            uses[i] += 1
    lines: list[str] = []
    found: list[Any] = []  # Any: Text or a number
    for index, (step, shape) in enumerate(zip(program.steps, shapes, strict=True)):
        if step.op is None:
            value = (
                Text(inputs[step.tree.name]) if isinstance(step.tree, sympy.Symbol) else arithmetic.number(step.tree)
            )
        else:
            arguments = [None if i is None else found[i] for i in step.inputs]
            value = arithmetic.apply(step, arguments) if step.body is None else arithmetic.derive(step, arguments, {})
            if index < len(program.steps) - 1 and (uses[index] > 1 or len(value.text) > _LONG):
                lines.append(f"t{len(lines) + 1} = {value.text}")
                value = Text(f"t{len(lines)}")
        if isinstance(value, Text):
            value.known = shape
        found.append(value)
    return Lines(lines, source_of(found[-1]), sorted(arithmetic.imports))
