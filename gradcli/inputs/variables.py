"""Which of the names that have a value are differentiated in: all but what stands where a constant is due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import sympy

from gradcli.base.arrays import FloatArray, is_mask
from gradcli.base.errors import InputError, MathematicsError
from gradcli.base.wording import option
from gradcli.inputs.request import Wrt, variables_of
from gradcli.language.parse import Expression
from gradcli.meaning.program import Program
from gradcli.operations.shape_rules import Shape

COUNTED = "an index, a size or a parameter"
PLACED = "numbers of places"
TRUTH = "truth values"


def chosen_variables(
    parsed: Expression, bound: Mapping[str, FloatArray], wrt: Wrt, sizes: Collection[str], places: Collection[str]
) -> tuple[Expression, tuple[str, ...]]:
    """The expression, with a note on what is left out, and the names: those of ``wrt``, or all that are bound.

    sizes:  letters of sizes, which are no variables
    places: names that hold nothing but numbers of places, as classes do: variables only where ``wrt`` names them
    Errors: InputError where ``wrt`` names what stands as a constant; MathematicsError where a mask may jump.
    """
    if wrt is not None:
        chosen = variables_of(wrt, bound)
        constant = next((name for name in chosen if name in parsed.counted), None)
        if constant is not None:
            raise InputError(f"{constant} stands as {COUNTED}: there is no derivative in it", kind="wrt")
    else:
        parsed = _noted(parsed, COUNTED, [name for name in bound if name in parsed.counted])
        parsed = _noted(parsed, PLACED, [name for name in bound if name in places])
        flags = [name for name in bound if is_mask(bound[name]) and name not in parsed.counted]
        parsed = _noted(parsed, TRUTH, flags)
        chosen = tuple(name for name in bound if name not in {*sizes, *places, *flags, *parsed.counted})
        _refuse_nothing(parsed, bound, chosen, flags)
    _refuse_edges(parsed, chosen)
    return parsed, chosen


def _refuse_nothing(
    parsed: Expression, bound: Collection[str], chosen: Collection[str], flags: Collection[str]
) -> None:
    """Errors: InputError where all that is bound stands as a constant, or is truth values."""
    if bound and not chosen and flags:
        hint = f"{option('wrt', ','.join(flags))} differentiates in truth values, as in 0 and 1"
        raise InputError("nothing is left to differentiate in", hint=hint, kind="unbound")
    if bound and not chosen and parsed.counted:
        name = next(name for name in bound if name in parsed.counted)
        hint = f"{name} stands as {COUNTED}; sort(x) has the entries in order, gather(x, ...) those at computed places"
        raise InputError("nothing is left to differentiate in", hint=hint, kind="unbound")


def _noted(parsed: Expression, what: str, names: Sequence[str]) -> Expression:
    note = f"{', '.join(names)}: {what}, not differentiated"
    return replace(parsed, notes=(*parsed.notes, note)) if names else parsed


def _refuse_edges(parsed: Expression, chosen: Collection[str]) -> None:
    """Errors: MathematicsError where a mask changes its size at the point itself."""
    for condition, names in parsed.edges.items():
        moving = [name for name in names if name in chosen]
        if moving:
            raise MathematicsError(
                f"an entry is on the edge of {condition}: how many are kept changes with {moving[0]} here",
                hint=f"move {moving[0]} off the edge, or choose with where({condition}, ..., 0)",
                kind="singular",
            )


def places_in(program: Program, shapes: Sequence[Shape]) -> frozenset[str]:
    """The names whose every use is as the numbers of places that an operation picks by (``Op.places``)."""
    used: dict[str, bool] = {}  # is it so in all uses?
    for step in program.steps:
        if step.op is None:
            continue
        found = None
        if step.op.places is not None:
            of = (None if i is None else shapes[i] for i in step.inputs)
            found = step.op.places(*of, *step.constants)
        for operand, i in enumerate(step.inputs):
            tree = None if i is None else program.steps[i].tree
            if isinstance(tree, sympy.Symbol):
                held = found is not None and found.operand == operand
                used[tree.name] = used.get(tree.name, True) and held
    return frozenset(name for name, held in used.items() if held)
