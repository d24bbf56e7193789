"""Derivatives of balls: adjoints accumulated backward and tangents forward, through steps that record their operands.

With ``record`` the slopes are computed on the recorded operands, so that what comes out can be differentiated again,
to any order; without it on their enclosures alone, which is quicker.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from flint import arb

from gradcli.meaning.balls.ball import TOTAL, Ball, Undefined, next_serial
from gradcli.meaning.balls.edges import Edge
from gradcli.meaning.scalars import Array, as_array, mapped

Adjoint = Any  # a Scalar of ball.py
Pull = Callable[..., Sequence[Array | None]]
Push = Callable[..., Array]


UNSEEN = Ball(arb(0))  # its serial, that of constants, has the adjoint of what a branch that is no number depends on
ABSENT = Ball(arb(0))  # the adjoint of an output of a whole step on which nothing depends, known by identity


class Whole:
    """One step on whole arrays, such as an inverse: its outputs are Balls whose only operand it is.

    inputs:  arrays of Balls
    outputs: an array of Balls; filled by ``whole``
    pull:    (adjoint of the outputs' shape, ABSENT where there is none; *inputs, outputs) -> the adjoint of each input,
             of its shape; None for an input or an entry on which nothing depends
    push:    (tangents of the inputs, None where one does not move; *inputs, outputs) -> the tangent of the outputs
    product: the pull of absolute values is the size of the terms, as for a product
    """

    __slots__ = ("inputs", "outputs", "product", "pull", "push", "serial")

    def __init__(self, inputs: tuple[Array, ...], pull: Pull, push: Push | None, product: bool) -> None:
        self.inputs, self.pull, self.push, self.product = inputs, pull, push, product
        self.serial = next_serial()
        self.outputs: Array = np.empty((), dtype=object)

    @property
    def operands(self) -> list[Ball]:
        return [ball for array in self.inputs for ball in array.ravel().tolist() if ball.serial]


def moves(array: Array) -> bool:
    """Does any of the balls have a derivative?"""
    return any(ball.serial for ball in array.ravel().tolist())


def whole(
    values: Array, inputs: Sequence[Array], pull: Pull, push: Push | None = None, *, product: bool = False
) -> Array:
    """Enclosures as the outputs of one step on whole arrays; bare constants where no input moves. Undefined stays.

    values: an array of arb or Undefined. Inputs without Undefined. The rest is told at Whole.
    """
    if not any(map(moves, inputs)):
        return mapped(lambda value: value if type(value) is Undefined else Ball(value), values)
    step = Whole(tuple(array.copy() for array in inputs), pull, push, product)
    made = mapped(lambda value: value if type(value) is Undefined else Ball(value, next_serial(), (step,)), values)
    step.outputs = made.copy()  # whoever gets the array may change it
    return made


def reachable(outputs: Iterable[Any]) -> list[Any]:  # Any: Balls and Wholes
    """All steps that outputs were computed from, the latest first."""
    seen: dict[int, Any] = {}
    stack = [ball for ball in outputs if ball.serial]
    while stack:
        step = stack.pop()
        if step.serial in seen:
            continue
        seen[step.serial] = step
        stack.extend(operand for operand in step.operands if operand.serial and operand.serial not in seen)
    return [seen[serial] for serial in sorted(seen, reverse=True)]


def adjoints(
    seeds: Sequence[tuple[Ball, Ball]],
    *,
    record: bool = False,
    absolute: bool = False,
    keep: Collection[int] = frozenset(),
) -> dict[int, Adjoint]:
    """By the serial of every variable that the outputs depend on: ``sum_i cotangent_i * d output_i / d variable``.

    seeds:    outputs and their cotangents
    absolute: of absolute values of slopes all along: the size of the terms that may cancel in the derivative
    keep:     serials of steps on the way whose adjoints are wanted as well
    """
    found: dict[int, Adjoint] = {}
    for output, cotangent in seeds:
        if output.serial:
            _add(found, output, _sized(cotangent, absolute))
    leaves: dict[int, Adjoint] = {}
    for step in reachable([output for output, _ in seeds]):
        if type(step) is Whole:
            _pull_whole(step, found, record=record, absolute=absolute)
            continue
        adjoint = found.get(step.serial)
        if adjoint is None:
            continue
        if not step.operands or step.serial in keep:
            leaves[step.serial] = adjoint
        if not step.operands:
            continue
        if type(step.operands[0]) is Whole:
            continue  # its adjoint waits until the whole step is reached
        del found[step.serial]
        if step.function is TOTAL:
            for operand in step.operands:
                _add(found, operand, adjoint)
            continue
        known = (*step.operands, step) if record else tuple(Ball(o.value) for o in (*step.operands, step))
        for operand, slope in zip(step.operands, step.function.slopes, strict=True):
            along = slope(*known) if operand.serial else None
            if along is not None:
                _add(found, operand, _times(adjoint, _sized(along, absolute)))
        if record and type(step.function) is Edge and step.function.lost:
            _add(leaves, UNSEEN, _times(adjoint, step.function.unseen(*known)))
    unseen = leaves.get(UNSEEN.serial)
    return leaves if unseen is None else {s: a if a is unseen else a + unseen for s, a in leaves.items()}


def _pull_whole(step: Whole, found: dict[int, Adjoint], *, record: bool, absolute: bool) -> None:
    outputs = step.outputs
    pending = mapped(lambda out: ABSENT if type(out) is Undefined else found.pop(out.serial, ABSENT), outputs)
    if all(adjoint is ABSENT for adjoint in pending.ravel().tolist()):
        return
    if absolute:
        pending = mapped(lambda v: v if v is ABSENT else _sized(v, True), pending)
    known = (*step.inputs, outputs) if record else tuple(_bare(array) for array in (*step.inputs, outputs))
    if absolute and step.product:
        known = tuple(mapped(lambda v: _sized(v, True), array) for array in known)
    for array, pulled in zip(step.inputs, step.pull(pending, *known), strict=True):
        if pulled is None:
            continue
        for operand, term in zip(array.ravel().tolist(), pulled.ravel().tolist(), strict=True):
            if operand.serial and term is not None:
                _add(found, operand, _sized(term, absolute))


def tangents(outputs: Sequence[Any], seeds: Mapping[int, Ball]) -> list[Any]:  # Any: Scalars
    """``d output / d t`` where each variable moves along its seed (by its serial); recorded, so that it has slopes.

    An output that is Undefined stays so.
    """
    found: dict[int, Any] = dict(seeds)
    for step in reversed(reachable([out for out in outputs if type(out) is Ball])):
        if type(step) is Whole:
            if step.push is not None:
                _push_whole(step, step.push, found)
            continue
        if not step.operands:
            continue
        if type(step.operands[0]) is Whole:
            if step.operands[0].push is not None:
                continue  # all outputs of the step have theirs at once
            slope = _through_whole(step, found)
        elif step.function is TOTAL:
            slope = _summed([found[o.serial] for o in step.operands if o.serial in found])
        else:
            slope = _summed(_pushed(step, found))
        if slope is not None:
            found[step.serial] = slope
    zero = Ball(arb(0))
    # Of what is not told itself no slope is told either, even in what it does not depend on.
    return [out if type(out) is Undefined or out.value.is_nan() else found.get(out.serial, zero) for out in outputs]


def _pushed(step: Ball, found: Mapping[int, Any]) -> list[Any]:  # Any: Scalars
    """The tangents that reach a step. The branch beside the one that is taken may have none."""
    terms = []
    edge = step.function if type(step.function) is Edge else None
    assert step.function is not None
    for i, (operand, slope) in enumerate(zip(step.operands, step.function.slopes, strict=True)):
        along = slope(*step.operands, step) if operand.serial in found else None
        if along is not None:
            lacks = type(found[operand.serial]) is Undefined and edge is not None and i == edge.beside
            terms.append(along if lacks else _times(found[operand.serial], along))
    if edge is not None and edge.lost:
        terms.append(edge.unseen(*step.operands, step))
    return terms


def _push_whole(step: Whole, push: Push, found: dict[int, Any]) -> None:  # Any: Scalars
    zero = Ball(arb(0))
    moving = [any(ball.serial in found for ball in array.ravel()) for array in step.inputs]
    if not any(moving):
        return
    tangents = [
        mapped(lambda ball: found.get(ball.serial, zero), array) if moves else None
        for array, moves in zip(step.inputs, moving, strict=True)
    ]
    pushed = as_array(push(*tangents, *step.inputs, step.outputs))
    for place in np.ndindex(step.outputs.shape):
        output: Any = step.outputs[place]  # Any: a Scalar
        if type(output) is Ball:
            found[output.serial] = pushed[place]


def _through_whole(output: Ball, found: Mapping[int, Any]) -> Any:  # Any: a Scalar, or None where nothing moves
    """The tangent of one output of a whole step: its row of the Jacobian times the tangents of the inputs."""
    step: Whole = output.operands[0]
    unit = mapped(lambda entry: Ball(arb(1)) if entry is output else ABSENT, step.outputs)
    terms = []
    for array, row in zip(step.inputs, step.pull(unit, *step.inputs, step.outputs), strict=True):
        if row is None:
            continue
        for place in np.ndindex(array.shape):
            ball: Any = array[place]  # Any: a Scalar
            if ball.serial in found and row[place] is not None:
                terms.append(_times(found[ball.serial], row[place]))
    return _summed(terms)


def _add(found: dict[int, Adjoint], ball: Ball, term: Adjoint) -> None:
    before = found.get(ball.serial)
    found[ball.serial] = term if before is None else before + term


def _times(adjoint: Adjoint, slope: Adjoint) -> Adjoint:
    """The product of the chain rule. 0 times a slope that is undefined is undefined: its limit may be any number."""
    return slope if type(slope) is Undefined else adjoint * slope


def _summed(terms: Sequence[Any]) -> Any:  # Any: Scalars; None for no terms
    out = None
    for term in terms:
        out = term if out is None else out + term
    return out


def _sized(slope: Adjoint, absolute: bool) -> Adjoint:
    """The slope, or its absolute value as a constant."""
    return Ball(abs(slope.value)) if absolute and type(slope) is Ball else slope


def _bare(array: Array) -> Array:
    return mapped(lambda ball: ball if type(ball) is Undefined else Ball(ball.value), array)
