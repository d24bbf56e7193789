"""numpy's calls that put entries in other places."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from gradcli.operations.shape_rules import ShapeMismatch, axis_of
from gradcli.operations.spelling import FUNCTION, OPERAND, Operands, Spelling

# Any, in this module: the constants of a call, or OPERAND


def _nan_to_num(posinf: Any, neginf: Any) -> str:
    most = "1.7976931348623157e308"
    above, below = (most if posinf is None else "posinf"), (f"-{most}" if neginf is None else "neginf")
    return f"where(x != x, nan, where(x == inf, {above}, where(x == -inf, {below}, x)))"


def along(array: str, axis: int, part: str) -> str:
    """A slice along one axis: ``x[:, 1:]``."""
    return f"{array}[{':, ' * axis}{part}]" if axis >= 0 else f"{array}[..., {part}{', :' * (-axis - 1)}]"


def _repeat(repeats: Any) -> str:
    """One number, or one for each entry along the axis."""
    if isinstance(repeats, int) or len(repeats) == 1:
        return f"repeat_interleave(a, {repeats if isinstance(repeats, int) else repeats[0]}, axis)"
    places = tuple(place for place, times in enumerate(repeats) for _ in range(times))
    return f"take(a, {places}, axis)"


def _one_for_each(given: Operands) -> None:
    a, repeats, axis = given["a"], given["repeats"], given["axis"]
    size = prod(a) if axis is None else a[axis]
    if isinstance(repeats, tuple) and len(repeats) not in {1, size}:
        raise ShapeMismatch(f"a number of times for each entry, found {len(repeats)}")


def _roll(shift: Any, axis: Any) -> str:
    if isinstance(shift, int) and not isinstance(axis, tuple):
        return "roll(a, shift, axis)"
    if axis is None:
        return f"roll(a, {sum(shift)})"
    axes = axis if isinstance(axis, tuple) else (axis,) * len(shift)
    shifts = shift if isinstance(shift, tuple) else (shift,) * len(axes)
    found = "a"
    for by, along_axis in zip(shifts, axes, strict=True):
        found = f"roll({found}, {by}, {along_axis})"
    return found


def _diagonals(a: Any, offset: int, axis1: int, axis2: int) -> str:
    """Of square matrices, or of a matrix, in words that are nearer to people's."""
    if not offset:
        return f"einsum('...ii->...i', movedim(a, ({axis1}, {axis2}), (-2, -1)))" if _square(a, axis1, axis2) else (
            f"diagonal_along(a, 0, {axis1}, {axis2})")  # fmt: skip
    if a is OPERAND or (len(a) == 2 and (axis1, axis2) == (0, 1)):
        return "diag(einsum('ij->ij', a), offset)"
    return f"diagonal_along(a, offset, {axis1}, {axis2})"


def _square(a: Any, axis1: int, axis2: int) -> bool:
    """As far as is known."""
    return a is OPERAND or a[axis_of(a, axis1)] == a[axis_of(a, axis2)]


def _trace(a: Any, offset: int, axis1: int, axis2: int) -> str:
    if not offset and _square(a, axis1, axis2):
        return f"einsum('...ii->...', movedim(a, ({axis1}, {axis2}), (-2, -1)))"
    return f"sum({_diagonals(a, offset, axis1, axis2)}, dim=-1)"


def _rot90(k: int, axes: Any) -> str:
    first, second = axes or (0, 1)
    return (
        "m",
        f"transpose(flip(m, {second}), {first}, {second})",
        f"flip(m, ({first}, {second}))",
        f"flip(transpose(m, {first}, {second}), {second})",
    )[k % 4]


def _rollaxis(axis: int, start: int) -> str:
    return "" if axis < 0 or start < 0 else f"movedim(a, {axis}, {start - (start > axis)})"


def _cross(a: Any, b: Any, axisa: int, axisb: int, axisc: int, axis: Any) -> str:
    """Of vectors of two entries, of which the third is 0; of two such what is left of it, the third of the product."""
    first, second, third = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    flat = [shape is not OPERAND and shape[at] == 2 for shape, at in ((a, first), (b, second))]
    x, y = f"movedim(a, {first}, -1)", f"movedim(b, {second}, -1)"
    if all(flat):
        return f"x = {x}; y = {y}; x[..., 0]*y[..., 1] - x[..., 1]*y[..., 0]"
    x, y = (f"pad({part}, (0, 1))" if due else part for part, due in zip((x, y), flat, strict=True))
    return f"movedim(cross({x}, {y}), -1, {third})"


def _block(arrays: Sequence[int]) -> str:
    """Each row side by side, then one below the other; numbers and vectors are rows."""
    if not any(arrays):
        return "concat([" + ", ".join(f"hstack([arrays[{k}]])" for k in range(len(arrays))) + "], -1)"
    rows = (", ".join(f"vstack([arrays[{i}][{k}]])" for k in range(count)) for i, count in enumerate(arrays))
    return "concat([" + ", ".join(f"concat([{row}], -1)" for row in rows) + "], -2)"


def _meshgrid(xi: Sequence[Any], indexing: str, sparse: bool) -> str:
    if sparse:
        return _sparse_meshgrid(len(xi), indexing)
    letters = "abcdefgh"[: len(xi)]
    order = letters[1::-1] + letters[2:] if indexing == "xy" else letters
    spec = f"{','.join(letters)}->{order}"
    grids = (", ".join(f"xi[{k}]" if k == i else f"ones_like(xi[{k}])" for k in range(len(xi))) for i in range(len(xi)))
    return "(" + "".join(f"einsum('{spec}', {grid}), " for grid in grids) + ")"


def _sparse_meshgrid(count: int, indexing: str) -> str:
    order = [1, 0, *range(2, count)] if indexing == "xy" and count > 1 else [*range(count)]
    sizes = (tuple(-1 if order[k] == at else 1 for at in range(count)) for k in range(count))
    return f"({''.join(f'reshape(xi[{k}], {size}), ' for k, size in enumerate(sizes))})"


def _select(condlist: int, choicelist: int) -> str:
    found = "default"
    for k in reversed(range(condlist)):
        found = f"where(condlist[{k}], choicelist[{k}], {found})"
    return found if condlist == choicelist else ""


def _pieces(condlist: int, funclist: Any) -> str:
    """Each function, or number, where its condition holds, of several the last; one more is for all other places."""
    found = "0*x"
    if len(funclist) not in {condlist, condlist + 1}:
        raise ShapeMismatch(f"{condlist} functions, or one more for all other places")
    for k in [*range(condlist, len(funclist)), *range(condlist)]:
        piece = f"funclist[{k}](x)" if funclist[k] is FUNCTION else f"funclist[{k}]"
        found = f"where(condlist[{k}], {piece}, {found})" if k < condlist else f"{piece} + 0*x"
    return found


def _reshape(shape: Any, order: str) -> str:
    """In Fortran's order, the first axis fastest, it is the transpose of the transpose in reversed sizes."""
    sizes = shape if isinstance(shape, tuple) else (shape,)
    columns = f"permute(reshape(permute(a, None), {sizes[::-1]}), None)"
    return {"C": f"reshape(a, {sizes})", "A": f"reshape(a, {sizes})", "F": columns}.get(order, "")


def _ravel(order: str) -> str:
    return {"C": "flatten(a)", "A": "flatten(a)", "K": "flatten(a)", "F": "flatten(permute(a, None))"}.get(order, "")


_LARGEST = 308  # the largest power of ten that is a float


def _rounded(decimals: int) -> str:
    """To so many places behind the point, or before it, of what is multiplied first, as numpy does."""
    if abs(decimals) > _LARGEST:
        return f"none: decimals is from {-_LARGEST} to {_LARGEST}, as 10**decimals has to be a float"
    return f"round(a*10**{decimals})/10**{decimals}"


SPELLINGS = (
    *(Spelling(f"np.{name}(a, decimals:integer)", _rounded) for name in ("around", "round")),
    Spelling("np.nan_to_num(x, copy=True, nan=0, posinf=None, neginf=None)", _nan_to_num),
    Spelling("np.repeat(a:array, repeats:axes, axis:axis=None)", _repeat, needs=_one_for_each),
    Spelling("np.roll(a, shift:axes, axis:axes=None)", _roll),
    Spelling("np.reshape(a, /, shape:axes, order:text='C', *, copy=None)", _reshape),
    Spelling("np.reshape(a, /, newshape:axes, order:text='C')", lambda newshape, order: _reshape(newshape, order)),
    Spelling("np.ravel(a, order:text='C')", _ravel),
    Spelling("np.rot90(m, k:integer=1, axes:axes=None)", _rot90),
    Spelling("np.rollaxis(a, axis:axis, start:axis=0)", _rollaxis),
    Spelling("np.cross(a:told, b:told, axisa:axis=-1, axisb:axis=-1, axisc:axis=-1, axis:axis=None)", _cross),
    Spelling("np.block(arrays:lists)", _block),
    Spelling("np.block(arrays)", "arrays"),
    Spelling("np.where(condition:truth, x, y, /)", "where(condition, x, y)"),
    Spelling("np.meshgrid(*xi, copy:flag=True, sparse:flag=False, indexing:text='xy')", _meshgrid),
    Spelling("np.piecewise(x, condlist:parts, funclist)", _pieces),
    Spelling("np.piecewise(x, condlist:truth, funclist)",
             lambda funclist: _pieces(1, funclist).replace("condlist[0]", "condlist")),
    Spelling("np.select(condlist:parts, choicelist:parts, default=0)", _select),
    Spelling("np.trace(a:told, offset:integer=0, axis1:axis=0, axis2:axis=1, dtype:dtype=None, out:nothing=None)",
             _trace),
    Spelling("np.diagonal(a:told, offset:integer=0, axis1:axis=0, axis2:axis=1)", _diagonals),
    Spelling("np.make_diagonal(D, offset:integer=0, axis1:axis=0, axis2:axis=1)",
             lambda axis1, axis2: f"movedim(diag_embed(D, offset), (-2, -1), ({axis1}, {axis2}))"),
)  # fmt: skip
