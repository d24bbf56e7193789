"""numpy's sums, means and products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.numpy.plain import SPREAD

# Any, in this module: the constants of a call, or OPERAND


def _weighted(axis: Any) -> str:
    """Weights of the array's shape, or along the axis: a vector, which einsum asks for where both would fit."""
    if axis is None:
        return "sum(reshape(weights, -1)*reshape(a, -1))/sum(weights)"
    if axis in {0, -1}:
        return f"sum(movedim(a, {axis}, -1)*movedim(weights, {axis}, -1), -1)/sum(movedim(weights, {axis}, -1), -1)"
    return f"movedim(a, {axis}, -1) @ einsum('i->i', weights)/sum(weights)"


def _variance(of: str) -> Callable[[], str]:
    def means() -> str:
        count = "sum(where(a != a, 0, 1), axis, {})"
        mean = f"(sum(where(a != a, 0, a), axis, True)/{count.format('True')})"
        return of.format(
            f"sum(where(a != a, 0, (where(a != a, 0, a) - {mean})**2), axis, keepdims)"
            f"/({count.format('keepdims')} - ddof)"
        )

    return means


def _stacked(name: str, y: Any, rowvar: bool) -> str:
    """The variables, one a row."""
    rows = name if rowvar else f"({name}).T"
    return rows if y is None else f"vstack({rows}, {'y' if rowvar else 'y.T'})"


def _cov(y: Any, rowvar: bool, bias: bool, ddof: Any) -> str:
    return f"cov({_stacked('m', y, rowvar)}, {(0 if bias else 1) if ddof is None else ddof})"


def _corrcoef(y: Any, rowvar: bool) -> str:
    return f"corrcoef({_stacked('x', y, rowvar)})"


def _tensordot(axes: Any) -> str:
    """Lists of axes: the last ones of a with the first ones of b, once they are moved there."""
    left, right = ((one,) if isinstance(one, int) else one for one in axes)
    if len(left) != len(right):
        return ""
    last, first = tuple(range(-len(left), 0)), tuple(range(len(right)))
    return f"tensordot(movedim(a, {left}, {last}), movedim(b, {right}, {first}), {len(left)})"


def _einsum(subscripts: str, operands: Sequence[Any]) -> str:
    return f"einsum('{subscripts}', {', '.join(f'operands[{k}]' for k in range(len(operands)))})"


def _einsum_by_number(operands: Sequence[Any]) -> str:
    """``einsum(x, [0, 1], y, [1, 2], [0, 2])``: numbers in the place of letters."""
    pairs, rest = len(operands) // 2, operands[len(operands) // 2 * 2 :]
    labels = [operands[2 * k + 1] for k in range(pairs)]
    if not pairs or not all(isinstance(one, tuple) for one in [*labels, *rest]):
        return ""
    if not all(isinstance(label, int) or label is Ellipsis for one in [*labels, *rest] for label in one):
        return ""
    spec = ",".join(map(_letters, labels)) + "".join(f"->{_letters(one)}" for one in rest)
    return f"einsum('{spec}', {', '.join(f'operands[{2 * k}]' for k in range(pairs))})"


def _letters(labels: Sequence[Any]) -> str:
    return "".join("..." if label is Ellipsis else chr(ord("a") + label) for label in labels)


SPELLINGS = (
    Spelling("np.average(a, axis:axes=None, weights:nothing=None, *, keepdims:flag=False)", "mean(a, axis, keepdims)"),
    Spelling("np.average(a, axis:axis=None, weights)", _weighted),
    Spelling(f"np.nanvar(a, {SPREAD})", _variance("{}")),
    Spelling(f"np.nanstd(a, {SPREAD})", _variance("sqrt({})")),
    Spelling("np.cov(m, y=None, rowvar:flag=True, bias:flag=False, ddof:integer=None)", _cov),
    Spelling("np.corrcoef(x, y=None, rowvar:flag=True)", _corrcoef),
    Spelling("np.tensordot(a, b, axes)", _tensordot),
    Spelling("np.linalg.tensordot(a, b, /, *, axes)", _tensordot),
    Spelling("np.einsum(subscripts:text, *operands, optimize=None)", _einsum),
    Spelling("np.einsum(*operands, optimize=None)", _einsum_by_number),
)  # fmt: skip
