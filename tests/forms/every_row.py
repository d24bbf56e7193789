"""What every row of the operation table is asked: its example, and generated calls of vectors and matrices in letters.

A call is asked for the gradient of ``sum(w*call)`` in each operand, w of the value's shape, for its Jacobian where the
value is a vector, and for the Hessian; where it is right at some sizes alone it is asked in numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import prod

from forms.asked import Asked, Shapes
from rows.calls import example_task
from rules.cases import Case, chosen, is_differentiated

from gradcli.language import nodes
from gradcli.language.nodes import symbol
from gradcli.language.write import write
from gradcli.meaning.rules import operands_of, why_none
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, ShapeMismatch, broadcast
from gradcli.operations.table import rows

CALLS = 4  # of each row that are asked
TRIED = 200  # calls of a row that are looked at for such as differ in ranks and constants
LETTERS = "mnkpqruv"  # for sizes from 2, those that name no operand
MOST = 3  # axes of an operand
OTHERS = ({2: 5, 3: 4, 4: 7, 5: 11}, {2: 3, 3: 5, 4: 6, 5: 8})  # sizes at which a call in letters is a call as well
WEIGHTS = "w_"


def differentiable() -> list[Op]:
    """The rows that have a derivative, and the operators that are one."""
    return [
        op for op in rows() if op.differentiates or (is_differentiated(op) and not op.flat and op.name != "zeros_like")
    ]


def asked(op: Op) -> list[Asked]:
    """The example, in the sizes of its values, then calls."""
    return list({(one.function, one.kind, one.wrt, one.times): one for one in (*_example(op), *_calls(op))}.values())


def _example(op: Op) -> Iterator[Asked]:
    task = example_task(op)
    function = op.example_parts[0]
    shapes: Shapes = {name: tuple(value.shape) for name, value in task.values.items()}
    scalar = prod(task.output) == 1
    for name in task.wrt:
        for kind in ("grad", "hessian") if scalar else ("jacobian",):
            yield Asked(op.name, "example", function, kind, name, shapes)


def _calls(op: Op) -> Iterator[Asked]:
    if op.differentiates:
        return
    kinds: dict[object, Case] = {}
    for case in chosen(op, TRIED):
        if _is_small(case):
            kinds.setdefault((case.kind[0], case.kind[3]), case)
    for case in [*kinds.values()][:CALLS]:
        yield from _derivatives(case)


def _is_small(case: Case) -> bool:
    shapes = [shape for shape in case.shapes if shape is not None]
    sizes = [n for shape in shapes for n in shape]
    vectors = any(shapes) and (not case.op.elementwise or all(map(any, shapes)))
    return vectors and 0 not in (*sizes, *case.out) and max(map(len, (*shapes, case.out))) <= MOST


def _derivatives(case: Case) -> Iterator[Asked]:
    op = case.op
    names = [name for name, _ in operands_of(op, len(case.shapes))]
    conditions = {n for n, param in operands_of(op, len(case.shapes)) if param.kind == "condition"}
    given = {n: shape for n, shape in zip(names, case.shapes, strict=True) if shape is not None}
    trees = [nodes.make(_GREATER, [symbol(n), nodes.number(0)]) if n in conditions else symbol(n) for n in given]
    call = nodes.make(op, trees, case.constants)
    shapes = _lettered(case, given)
    out = _in_letters(case.out, names) if shapes is not given else case.out
    value = write(nodes.multiply(symbol(WEIGHTS), call)) if case.out else write(call)
    summed = f"sum({value})" if case.out else value
    weighed: Shapes = {**shapes, **({WEIGHTS: out} if case.out else {})}
    for k, name in enumerate(names):
        if name not in given or why_none(op, k, case.shapes, case.constants):
            continue
        yield Asked(op.name, "call", summed, "grad", name, weighed)
        if len(case.out) == 1:
            yield Asked(op.name, "call", write(call), "jacobian", name, shapes)
        yield Asked(op.name, "call", summed, "hessian", name, weighed)


_GREATER = next(op for op in rows() if op.name == "gt")


def _lettered(case: Case, given: dict[str, Shape]) -> Shapes:
    """Shapes in letters where the call is one at other sizes as well, with a value of the shape in these letters."""
    for sizes in OTHERS:
        at = [None if s is None else tuple(sizes.get(n, n) for n in s) for s in case.shapes]
        try:
            out = broadcast(*at) if case.op.elementwise else case.op.shape(*at, *case.constants)
        except (ShapeMismatch, ValueError, IndexError):
            return given
        if out != tuple(sizes.get(n, n) for n in case.out):
            return given
    return {name: _in_letters(shape, given) for name, shape in given.items()}


def _in_letters(shape: Shape, taken: Collection[str]) -> tuple[str | int, ...]:
    letters = [letter for letter in LETTERS if letter not in taken]
    return tuple(letters[n - 2] if 2 <= n <= max(OTHERS[0]) else n for n in shape)
