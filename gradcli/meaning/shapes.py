"""The arithmetic of shapes: what fits, how large it gets, and where it does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import accumulate
from math import inf

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExpressionError, LimitError, printable
from gradcli.language.known import Known, Part, ShapeOf
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression
from gradcli.meaning.program import Program, Step, compile_tree, run, values_of_steps
from gradcli.operations.shape_rules import Shape, ShapeMismatch, broadcast, size
from gradcli.operations.table import candidates

MAX_ELEMENTS = 50_000_000
MAX_AXES = 32  # numpy's bound in its older releases; torch's is 64


class ShapeArithmetic:
    """Shapes of steps; a mismatch becomes an ExpressionError that quotes the operands as typed.

    most: entries of one array
    """

    def __init__(self, expression: Expression | None = None, most: float = MAX_ELEMENTS) -> None:
        self.expression, self.most = expression, most

    def number(self, tree: Tree) -> Shape:  # noqa: ARG002 - the protocol's signature
        return ()

    def apply(self, step: Step, arguments: list[Shape | None]) -> Shape:
        op = step.op
        assert op is not None
        if op.random and self.expression is not None:
            raise self.error(step, f"{op.name} belongs in a value, not in the expression", f"bind it: x={op.name}(...)")
        try:
            shape = broadcast(*arguments) if op.elementwise else op.shape(*arguments, *step.constants)
        except ShapeMismatch as mismatch:
            raise self.explain(step, arguments, mismatch) from None
        if size(shape) > self.most:
            raise self.limit(step, shape)
        if len(shape) > MAX_AXES:
            raise self.too_many_axes(step, shape)
        return shape

    def derive(self, step: Step, arguments: list[Shape | None], point: Mapping[str, Shape]) -> Shape:
        """The shape of a derivative; one that is taken entry by entry needs a function that acts so."""
        assert step.op is not None
        assert step.body is not None
        shape = self.apply(step, arguments)
        if step.op.entrywise and not all(
            acts_entrywise(step.body.program, name, point) for name in step.body.variables if point[name]
        ):
            others = "grad(sum(f), x) adds the rows up, jacobian(f, x) has them all"
            hint = f"{step.op.name} of a vector is entry by entry; {others}"
            raise self.error(step, "an entry of the function depends on several entries of the variable", hint)
        return shape

    def explain(self, step: Step, arguments: list[Shape | None], mismatch: ShapeMismatch) -> ExpressionError:
        assert step.op is not None
        operands = [self.text(argument) for argument in step.tree.args]
        shown = [shape for shape in arguments if shape is not None]
        sign = step.op.infix if step.op.infix in _BETWEEN else ""
        if len(operands) < len(shown) or sign:
            operands = self.operands(len(shown), operands)
        pairs = [f"{text} {_shape_text(shape)}".strip() for text, shape in zip(operands, shown, strict=False)]
        found = f" {sign} ".join(pairs) if sign else ", ".join(pairs)
        hint = mismatch.hint.format(*(_bracketed(text) for text in operands)) if mismatch.hint else None
        name = "[ ]" if step.op.brackets else step.op.name
        what = f"{self.called(step)}{name} needs {mismatch.needs}"
        return self.error(step, what + (f", found {found}" if found else ""), hint)

    def called(self, step: Step) -> str:
        """``np.diff: `` in front of an operation that a library's call stands for, and that nobody wrote."""
        assert step.op is not None
        span = self.expression.spans.get(step.tree) if self.expression else None
        name = _name_of_call(self.expression.source[span.start : span.stop]) if span and self.expression else ""
        known = {op.name for op, _ in candidates(name.rpartition(".")[2])}
        return f"{name}: " if name and step.op.written == step.op.name not in known else ""

    def operands(self, count: int, given: list[str]) -> list[str]:
        """The operands of a step that lowering took from a longer chain: the last as typed, what stands before it."""
        texts = [text.removeprefix("-").removeprefix("1/") for text in given]
        return texts if len(texts) == count else ["" for _ in range(count)]

    def error(self, step: Step, message: str, hint: str | None) -> ExpressionError:
        source, span = (
            (self.expression.source, self.expression.spans.get(step.tree)) if self.expression else (None, None)
        )
        return ExpressionError(message, span=span, source=source, hint=hint, kind="shape")

    def too_many_axes(self, step: Step, shape: Shape) -> LimitError:
        source, span = (
            (self.expression.source, self.expression.spans.get(step.tree)) if self.expression else (None, None)
        )
        return LimitError(f"an array with {len(shape)} axes; at most {MAX_AXES} are made", span=span, source=source)

    def limit(self, step: Step, shape: Shape) -> LimitError:
        source, span = (
            (self.expression.source, self.expression.spans.get(step.tree)) if self.expression else (None, None)
        )
        return LimitError(
            f"an array of shape {shape} has {size(shape):,} entries; at most {self.most:,} are made",
            span=span,
            source=source,
        )

    def text(self, tree: Tree) -> str:
        """A subtree as typed, if it is short."""
        span = self.expression.spans.get(tree) if self.expression else None
        if span is None or self.expression is None:
            return ""
        typed = printable(self.expression.source[span.start : span.stop])
        return typed if len(typed) <= 40 else ""


def acts_entrywise(program: Program, name: str, point: Mapping[str, Shape]) -> bool:
    """Does entry i of the result depend on entry i of the variable alone? So if each step on the way acts so."""
    shapes = shapes_of(program, point)
    depends: list[bool] = []
    for step, shape in zip(program.steps, shapes, strict=True):
        moving = [i for i in step.inputs if i is not None and depends[i]]
        depends.append(bool(moving) or (step.op is None and step.tree.is_Symbol and step.tree.name == name))
        alone = (
            step.op is None or step.op.entrywise or (step.op.elementwise and all(shapes[i] == shape for i in moving))
        )
        if moving and not (alone and shape == point[name]):
            return False
    return True


_CALL = re.compile(r"(?P<name>[a-zA-Z]\w*(?:\.\w+)*)\((?P<inside>.*)\)", re.DOTALL)
_BETWEEN = frozenset({"@", "+", "-", "*", "/", "**", "%"})  # signs that stand between the shapes of their operands


def _name_of_call(typed: str) -> str:
    """Of a text that is a library's call and nothing more its dotted name, else ""."""
    match = _CALL.fullmatch(typed)
    if match is None:
        return ""
    steps = accumulate((sign == "(") - (sign == ")") for sign in match["inside"])
    return match["name"] if all(depth >= 0 for depth in steps) else ""


def _shape_text(shape: Shape) -> str:
    return str(shape) if shape else "scalar"


def _bracketed(text: str) -> str:
    plain = text.replace("_", "").replace(".", "")
    return text if plain.isalnum() else f"({text})" if text else "it"


def shapes_of(
    program: Program,
    inputs: Mapping[str, Shape],
    expression: Expression | None = None,
    most: float = MAX_ELEMENTS,
) -> list[Shape]:
    """The shape of every step. Errors: ExpressionError (kind shape) with the place; LimitError past ``most``."""
    return values_of_steps(program, ShapeArithmetic(expression, most), inputs)


def output_shape(program: Program, inputs: Mapping[str, Shape], expression: Expression | None = None) -> Shape:
    """The shape of the result. Errors: as ``shapes_of``."""
    return run(program, ShapeArithmetic(expression), inputs)


def shape_reader(inputs: Mapping[str, Shape]) -> ShapeOf:
    """What the parser asks where the reading hangs on a shape; a name that has none is a scalar. Errors: as there."""

    def shape_of(part: Part) -> Shape:
        program = compile_tree(part.tree)
        scalars = {step.tree.name: () for step in program.steps if step.op is None and step.tree.is_Symbol}
        return shapes_of(program, {**scalars, **inputs}, Expression(part.tree, part.source, part.spans), inf)[-1]

    return shape_of


def knowing(values: Mapping[str, FloatArray], shapes: Mapping[str, Shape] | None = None) -> Known:
    """What is known of names with values, and of others with shapes alone."""
    ranks = {name: len(shape) for name, shape in (shapes or {}).items()}
    return Known(values, ranks, shape_reader({**(shapes or {}), **{name: v.shape for name, v in values.items()}}))
