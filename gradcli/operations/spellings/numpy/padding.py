"""numpy's pad: in which mode, how wide on each side of each axis, and with what."""

from __future__ import annotations

from typing import Any

from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.spelling import OPERAND, Spelling
from gradcli.operations.spellings.numpy.places import along

# Any, in this module: the constants of a call, or OPERAND

Pair = tuple[Any, Any]  # before and behind, along one axis


def _evenly(pad_width: Any) -> str:
    """A pair for each axis, of which permute asks that there are as many, is cut out of the widest on every axis."""
    if isinstance(pad_width, int):
        return "pad_all(array, pad_width, mode, constant_values)"
    if not isinstance(pad_width, tuple):
        return ""
    if all(isinstance(width, int) for width in pad_width):
        return f"pad_all(array, {pad_width}, mode, constant_values)"
    pairs = [(width, width) if isinstance(width, int) else (width[0], width[-1]) for width in pad_width]
    if len(pairs) == 1:
        return f"pad_all(array, {pairs[0]}, mode, constant_values)"
    widest = max(max(pair) for pair in pairs)
    kept = ", ".join(f"{widest - before}:{after - widest or ''}" for before, after in pairs)
    return f"pad_all(permute(array, {tuple(range(len(pairs)))}), {widest}, mode, constant_values)[{kept}]"


_ALIKE = ("constant", "edge", "reflect", "symmetric", "wrap")  # modes of the row
_STATISTICS = {"maximum": "amax", "minimum": "amin", "mean": "mean", "median": "middle"}


def _pairs(given: Any, rank: int, name: str) -> list[Pair]:
    """A pair for each axis of one number, one pair, or one for each. Errors: ShapeMismatch."""
    if not isinstance(given, tuple):
        return [(given, given)] * rank
    if len(given) == 1 and not isinstance(given[0], tuple):
        return [(given[0], given[0])] * rank
    if len(given) == 2 and not isinstance(given[0], tuple):
        return [(given[0], given[1])] * rank
    rows = [part if isinstance(part, tuple) else (part,) for part in given]
    if len(rows) not in {1, rank} or any(len(row) not in {1, 2} for row in rows):
        raise ShapeMismatch(f"{name} a number, a pair, or a pair for each of {rank} axes")
    pairs = [(row[0], row[-1]) for row in rows]
    return pairs * rank if len(pairs) == 1 else pairs


def _simple(pad_width: Any, mode: str) -> str:
    return _evenly(pad_width) if mode in _ALIKE else ""


def _by_axes(array: Shape, pad_width: Any, mode: str, values: list[Pair]) -> str:
    """One axis after the other, each with what stands there by then.

    values: of mode 'constant' what is put there, of 'linear_ramp' the ends, of others over how many entries
    """
    lines, shape = ["y = array"], list(array)
    for axis, (before, behind) in enumerate(_pairs(pad_width, len(array), "pad_width")):
        if not isinstance(before, int) or not isinstance(behind, int) or min(before, behind) < 0:
            raise ShapeMismatch("widths that are whole numbers, none negative")
        parts = [
            _block("y", tuple(shape), axis, width, mode, value, at_end=at_end)
            for width, value, at_end in ((before, values[axis][0], False), (behind, values[axis][1], True))
        ]
        lines.append(f"y = concat([{parts[0]}, y, {parts[1]}], {axis})")
        shape[axis] += before + behind
    return "; ".join([*lines, "y"])


def _block(y: str, shape: Shape, axis: int, width: int, mode: str, value: Any, *, at_end: bool) -> str:
    """What stands before the entries along the axis, or behind them."""
    wide = (*shape[:axis], width, *shape[axis + 1 :])
    if mode == "constant":
        return f"full({wide}, {value})"
    size = shape[axis]
    if mode == "linear_ramp":
        edge = along(y, axis, "-1:" if at_end else ":1")
        share = f"(1 + arange({width}))/{width}" if at_end else f"1 - arange({width})/{max(width, 1)}"
        sizes = tuple(-1 if i == axis else 1 for i in range(len(shape)))
        return f"expand({edge} + ({value} - {edge})*reshape({share if width else 'zeros(0)'}, {sizes}), {wide})"
    count = size if value is None else min(value, size)
    if mode in _STATISTICS:
        part = along(y, axis, f"{size - count}:" if at_end else f":{count}")
        return f"expand({_STATISTICS[mode]}({part}, {axis}, True), {wide})"
    return _turned(y, shape, axis, width, mode, at_end=at_end)


def _turned(y: str, shape: Shape, axis: int, width: int, mode: str, *, at_end: bool) -> str:
    """The entries next to the edge, in reverse and turned round about it."""
    size, skipped = shape[axis], int(mode == "reflect")
    if width > size - skipped:
        raise ShapeMismatch(f"widths up to {size - skipped} where reflect_type='odd'")
    part = f"{size - skipped - width}:{size - skipped}" if at_end else f"{skipped}:{skipped + width}"
    return f"(2*{along(y, axis, '-1:' if at_end else ':1')} - flip({along(y, axis, part)}, {axis}))"


def _constants(array: Shape, pad_width: Any, mode: str, constant_values: Any) -> str:
    """Other values on other sides; operands among them go by their places."""
    if mode != "constant":
        return ""
    values = _pairs(_named("constant_values", constant_values), len(array), "constant_values")
    return _by_axes(array, pad_width, mode, values)


def _named(name: str, given: Any) -> Any:
    """How each part is written: ``constant_values[0][1]``."""
    if isinstance(given, tuple):
        return tuple(_named(f"{name}[{k}]", part) for k, part in enumerate(given))
    return name if given is OPERAND else str(given)


def _ramp(array: Shape, pad_width: Any, mode: str, end_values: Any) -> str:
    if mode != "linear_ramp":
        return ""
    return _by_axes(array, pad_width, mode, _pairs(_named("end_values", end_values), len(array), "end_values"))


def _statistic(array: Shape, pad_width: Any, mode: str, stat_length: Any) -> str:
    if mode not in _STATISTICS:
        return ""
    return _by_axes(array, pad_width, mode, _pairs(stat_length, len(array), "stat_length"))


def _reflected(array: Shape, pad_width: Any, mode: str, reflect_type: str) -> str:
    if mode not in {"reflect", "symmetric"} or reflect_type not in {"even", "odd"}:
        return ""
    if reflect_type == "even":
        return _evenly(pad_width).replace("constant_values", "0")
    return _by_axes(array, pad_width, mode, [(0, 0)] * len(array))


_MODES = f"{', '.join(_ALIKE)}, linear_ramp, {', '.join(_STATISTICS)}"

SPELLINGS = (
    Spelling("np.pad(array, pad_width, mode:text='constant', *, constant_values:number=0)", _simple),
    Spelling("np.pad(array:shaped, pad_width, mode:text='constant', *, constant_values)", _constants),
    Spelling("np.pad(array:shaped, pad_width, mode:text, *, end_values=0)", _ramp),
    Spelling("np.pad(array:shaped, pad_width, mode:text, *, stat_length=None)", _statistic),
    Spelling("np.pad(array:shaped, pad_width, mode:text, *, reflect_type:text)", _reflected),
    Spelling("np.pad(array, pad_width, mode:text='constant')",
             lambda mode: "" if mode in _MODES else f"none: mode is one of {_MODES}"),
)  # fmt: skip
