"""The rules of the rows at work: cotangents and tangents of steps and programs, in any arithmetic.

A rule is compiled once for each choice of text and constants; texts that name sizes, once for each size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import LimitError
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.language.parse import parse
from gradcli.meaning import symbolic
from gradcli.meaning.program import Arithmetic, Program, Step, compile_tree, run, values_of_steps
from gradcli.meaning.shapes import output_shape
from gradcli.operations.row import CONDITION, NONE, Op, Param
from gradcli.operations.shape_rules import Shape, broadcast
from gradcli.operations.table import OPS

Value = Any  # of the arithmetic at hand: it has a shape, unless it is a number
Shapes = Sequence[Shape | None]

UNKNOWN = "no rule is known"
_KEPT = 4096  # compiled rules
_SIZES = (".shape", ".ndim", ".size")


def operands_of(op: Op, count: int) -> list[tuple[str, Param]]:
    """The name that a rule has for each of so many operands, and its parameter; ``*xs`` are ``xs0``, ``xs1``, ..."""
    several = count - len(op.tensors) + 1
    found: list[tuple[str, Param]] = []
    for param in op.tensors:
        found += [(f"{param.name}{i}", param) for i in range(several)] if param.variadic else [(param.name, param)]
    return found


def why_none(op: Op, k: int, shapes: Shapes, constants: Sequence[Any]) -> str:  # Any: see nodes.Static
    """Why there is no derivative in the k-th operand; empty where there is one."""
    if why := op.constant_in(operands_of(op, len(shapes))[k][1]):
        return why
    text = rule_text(op, k, shapes, constants)
    if text.startswith(NONE):
        return text.removeprefix(NONE) or UNKNOWN
    return "" if text or op.elementwise else UNKNOWN


def rule_text(op: Op, k: int, shapes: Shapes, constants: Sequence[Any]) -> str:  # Any: as above
    """The text for the k-th operand as the row has it; empty where there is none."""
    names = operands_of(op, len(shapes))
    place = op.tensors.index(names[k][1])
    if place >= len(op.rule):
        return ""
    rule = op.rule[place]
    if isinstance(rule, str):
        return rule
    at = (k - place,) if names[k][1].variadic else ()
    return rule(*at, *map(_as_written, shapes), *constants)


def _as_written(shape: Shape | None) -> Shape | None:
    """Sizes that a text has as letters, where they have one."""
    if shape is None or not any(isinstance(n, nodes.Size) for n in shape):
        return shape
    return tuple(nodes.WrittenSize.of(str(n), n) if isinstance(n, nodes.Size) else n for n in shape)


def rule_tree(
    op: Op,
    k: int,
    constants: tuple[Any, ...],  # Any: see nodes.Static
    shapes: Shapes,
    out: Shape,
    *,
    ideal: bool = False,
) -> Tree:
    """The cotangent of the k-th operand in the names of the operands, ``g`` and ``out``, of the operand's shape.

    shapes: of the operands, None where left out; out: of the value
    ideal:  of the function that is meant, not as torch approximates it
    Errors: LimitError with the reason where there is no derivative.
    """
    why = why_none(op, k, shapes, constants)
    if why:
        name = operands_of(op, len(shapes))[k][0]
        raise LimitError(f"{op.written} has no derivative in {name}: {why}", kind="unchecked")
    text = rule_text(op, k, shapes, constants)
    present = tuple(shape is not None for shape in shapes)
    if text:
        sizes = (*shapes, out) if any(word in text for word in _SIZES) else ()
        tree = _written(op, text, present, nodes.Static((*constants, *sizes)), _letters((*shapes, out)))
    else:
        tree = _differentiated(op, k, present, nodes.Static(constants), ideal)
    if op.elementwise and shapes[k] != out:
        return nodes.make(OPS["sum_to"], [tree, symbol(operands_of(op, len(shapes))[k][0])])
    return tree


def product_tree(op: Op, constants: tuple[Any, ...], shapes: Shapes, out: Shape) -> Tree | None:  # Any: as above
    """The operation as a product with its operands, in the names of the operands; None where it is none."""
    product = op.product
    text = product if isinstance(product, str) else product(*map(_as_written, shapes), *constants)
    if not text:
        return None
    present = tuple(shape is not None for shape in shapes)
    sizes = (*shapes, out) if any(word in text for word in _SIZES) else ()
    return _written(op, text, present, nodes.Static((*constants, *sizes)), _letters((*shapes, out)))


def rule_program(op: Op, k: int, constants: tuple[Any, ...], shapes: Shapes, out: Shape) -> Program:  # Any: as above
    """``rule_tree`` compiled. Errors: as there."""
    return _compiled(rule_tree(op, k, constants, shapes, out))


_compiled = lru_cache(_KEPT)(compile_tree)


@lru_cache(_KEPT)
def _written(
    op: Op, text: str, present: tuple[bool, ...], fixed: nodes.Static, letters: tuple[tuple[str, int], ...] = ()
) -> Tree:
    """fixed: the constants; where the text names sizes, also the shapes of the operands and of the value; letters: of
    sizes, which a text may have in it."""
    names = operands_of(op, len(present))
    constants = dict(zip((param.name for param in op.constants), fixed.value, strict=False))
    constants |= {name: None for (name, _), there in zip(names, present, strict=True) if not there}
    for name, shape in zip([name for name, _ in names] + ["out"], fixed.value[len(op.constants) :], strict=False):
        constants |= _sizes(name, shape) if shape is not None else {}
        constants |= _sizes("g", shape) if name == "out" else {}
    tensors = [name for (name, param), there in zip(names, present, strict=True) if there and param.kind != CONDITION]
    conditions = [name for name, param in names if param.kind == CONDITION]
    bound = [*tensors, "g", "out"]
    sizes = {name: number for name, number in letters if name not in {*bound, *constants, *conditions}}
    return parse(text, bound=bound, constants=constants, sizes=sizes, conditions=conditions).tree


def _letters(shapes: Shapes) -> tuple[tuple[str, int], ...]:
    """The letters of sizes, and the numbers that stand for them."""
    sizes = [n for shape in shapes if shape for n in shape if isinstance(n, nodes.Size)]
    return tuple(dict.fromkeys((str(n), int(n)) for n in sizes if str(n).isidentifier()))


def _sizes(name: str, shape: Shape) -> dict[str, Any]:  # Any: see nodes.Static
    return {f"{name}.shape": nodes.Sizes(shape), f"{name}.ndim": len(shape), f"{name}.size": nodes.count(shape)}


@lru_cache(_KEPT)
def _differentiated(op: Op, k: int, present: tuple[bool, ...], constants: nodes.Static, ideal: bool) -> Tree:
    """sympy's derivative of an elementwise row's meaning, times ``g``."""
    names = [symbol(name) for name, _ in operands_of(op, len(present))]
    operands = [np.array(name, dtype=object) if there else None for name, there in zip(names, present, strict=True)]
    step = Step(names[k], op, tuple(range(len(names))), constants.value)
    with symbolic.failures():
        slope = symbolic.derivative(symbolic.Symbolic(ideal=ideal).apply(step, operands)[()], names[k])
    return symbol("g") if slope == 1 else nodes.multiply(symbol("g"), slope)


def slope_at(op: Op, k: int, operands: Sequence[Tree | None], constants: tuple[Any, ...]) -> Tree:  # Any: as above
    """The derivative of an elementwise row in its k-th operand, by its rule, at operands without axes.

    Errors: as ``rule_tree``.
    """
    tree = rule_tree(op, k, constants, [None if x is None else () for x in operands], ())
    given = {symbol(param.name): x for param, x in zip(op.tensors, operands, strict=True) if x is not None}
    out = nodes.make(op, list(given.values()), constants)
    return tree.xreplace({**given, symbol("g"): sympy.Integer(1), symbol("out"): out})


def for_people(step: Step, k: int, names: Sequence[str], shapes: Shapes) -> Tree:
    """The rule in the names that the operands have, without sums over axes that are not there. Errors: as above."""
    assert step.op is not None
    out = broadcast(*shapes) if step.op.elementwise else step.op.shape(*shapes, *step.constants)
    tree = rule_tree(step.op, k, step.constants, shapes, out)
    own = [name for name, _ in operands_of(step.op, len(shapes))]
    known = {name: shape for name, shape in zip(own, shapes, strict=True) if shape is not None}
    plain = _without_sums(tree, {**known, "g": out, "out": out})
    return plain.xreplace({symbol(mine): symbol(theirs) for mine, theirs in zip(own, names, strict=True)})


def _without_sums(tree: Tree, known: Mapping[str, Shape]) -> Tree:
    """``x`` for ``sum_to(x, like)`` where both have one shape."""
    inside = tuple(_without_sums(part, known) for part in tree.args)
    if nodes.row_of(tree) is OPS["sum_to"]:
        before, after = (output_shape(compile_tree(part), known) for part in inside)
        if before == after:
            return inside[0]
    return tree if inside == tree.args else tree.func(*inside, evaluate=False)


def shape_of(value: Value) -> Shape:
    """The shape of a value; a plain number has no axes."""
    return tuple(getattr(value, "shape", ()))


def pulled(
    step: Step,
    k: int,
    operands: Sequence[Value | None],
    cotangent: Value,
    out: Value,
    arithmetic: Arithmetic[Value],
    letters: Mapping[str, Value] = MappingProxyType({}),
) -> Value:
    """The cotangent of the k-th operand, of its shape, where ``out`` is the value; ``letters``: of sizes, among others.

    Errors: as ``rule_program``.
    """
    assert step.op is not None
    shapes = [None if x is None else shape_of(x) for x in operands]
    whole = broadcast(*shapes) if step.op.elementwise else shape_of(out)
    program = rule_program(step.op, k, step.constants, shapes, whole)
    names = (name for name, _ in operands_of(step.op, len(operands)))
    values = {name: x for name, x in zip(names, operands, strict=True) if x is not None}
    return run(program, arithmetic, {**letters, **values, "g": cotangent, "out": out})


def pushed(
    step: Step,
    operands: Sequence[Value | None],
    tangents: Mapping[int, Value],
    out: Value,
    arithmetic: Arithmetic[Value],
    letters: Mapping[str, Value] = MappingProxyType({}),
) -> Value:
    """The tangent of the value: the rule is linear in ``g``, and its transpose takes the operand's tangent to out's.

    tangents: by the number of the operand, at least one; letters: of sizes
    Errors: as ``rule_program``.
    """
    assert step.op is not None
    shapes = [None if x is None else shape_of(x) for x in operands]
    names = (name for name, _ in operands_of(step.op, len(operands)))
    values = {name: x for name, x in zip(names, operands, strict=True) if x is not None}
    total = None
    for k, tangent in tangents.items():
        program = rule_program(step.op, k, step.constants, shapes, shape_of(out))
        # The program is linear in g: whatever g is, the transpose is the same.
        found = vjp(program, arithmetic, {**letters, **values, "g": out, "out": out}, tangent, ["g"])["g"]
        if found is not None:
            total = found if total is None else _added(arithmetic, total, found)
    return _zeros(arithmetic, out) if total is None else total


def vjp(
    program: Program,
    arithmetic: Arithmetic[Value],
    values: Mapping[str, Value],
    cotangent: Value,
    wrt: Collection[str],
) -> dict[str, Value | None]:
    """The cotangents of variables by reverse accumulation of the rows' rules; None where nothing depends on one.

    Errors: as ``rule_program``.
    """
    found = values_of_steps(program, arithmetic, values)
    moving: list[bool] = []
    for step in program.steps:
        named = step.op is None and isinstance(step.tree, sympy.Symbol) and step.tree.name in wrt
        still = step.op is not None and (step.op.boolean or step.op.flat)  # between its jumps it does not move
        moving.append(named or (not still and any(i is not None and moving[i] for i in step.inputs)))
    adjoints: dict[int, Value] = {len(program.steps) - 1: cotangent} if moving[-1] else {}
    for index in reversed(range(len(program.steps))):
        step = program.steps[index]
        if step.op is None or index not in adjoints:
            continue
        adjoint = adjoints.pop(index)
        operands = [None if i is None else found[i] for i in step.inputs]
        for k, i in enumerate(step.inputs):
            if i is not None and moving[i]:
                term = pulled(step, k, operands, adjoint, found[index], arithmetic, values)
                adjoints[i] = term if i not in adjoints else _added(arithmetic, adjoints[i], term)
    leaves = {step.tree.name: i for i, step in enumerate(program.steps) if isinstance(step.tree, sympy.Symbol)}
    return {name: adjoints.get(leaves.get(name, -1)) for name in wrt}


_ZERO = sympy.Integer(0)


def _added(arithmetic: Arithmetic[Value], x: Value, y: Value) -> Value:
    return arithmetic.apply(Step(_ZERO, OPS["add"], (0, 1)), [x, y])


def _zeros(arithmetic: Arithmetic[Value], like: Value) -> Value:
    return arithmetic.apply(Step(_ZERO, OPS["zeros_like"], (0,)), [like])
