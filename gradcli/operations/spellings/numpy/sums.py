"""numpy's sums, means and products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradcli.operations.shape_rules import Shape, ShapeMismatch, axes_of, axis_of
from gradcli.operations.spelling import Spelling

# Any, in this module: the constants of a call, or OPERAND


def _weighted(a: Shape, axis: Any, weights: Shape, returned: bool, keepdims: bool) -> str:
    """Weights of the array's shape, or of its sizes along the axes in their order."""
    axes = axes_of(a, axis)
    named = axes if axis is not None else ()
    if weights != a and weights != tuple(a[at] for at in named):
        raise ShapeMismatch(f"weights of the array's shape {a}, or of its sizes along the axes")
    order = tuple(sorted(range(len(named)), key=lambda k: named[k]))
    wide = tuple(n if at in named else 1 for at, n in enumerate(a))
    turned = "weights" if order == tuple(range(len(named))) else f"permute(weights, {order})"
    w = "weights" if weights == a else f"reshape({turned}, {wide}) + 0*a"
    along = f"{axes or 'None'}, {keepdims}"
    found = f"sum(w*a, {along})/sum(w, {along})"
    return f"w = {w}; " + (f"({found}, sum(w, {along}))" if returned else found)


def _stacked(name: str, y: Any, rowvar: bool) -> str:
    """The variables, one a row."""
    rows = name if rowvar else f"({name}).T"
    return rows if y is None else f"vstack({rows}, {'y' if rowvar else 'y.T'})"


def _cov(y: Any, rowvar: bool, bias: bool, ddof: Any, fweights: Any, aweights: Any) -> str:
    """fweights count a column several times, aweights give it less importance."""
    rows, lost = _stacked("m", y, rowvar), (0 if bias else 1) if ddof is None else ddof
    given = [name for name, weights in (("fweights", fweights), ("aweights", aweights)) if weights is not None]
    if not given:
        return f"cov({rows}, {lost})"
    less = f"{lost}" if aweights is None else f"{lost}*sum(w*aweights)/sum(w)"
    return (
        f"X = vstack({rows}); w = {'*'.join(given)}; c = X - sum(w*X, 1, True)/sum(w); "
        f"squeeze((w*c) @ c.T)/(sum(w) - {less})"
    )


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
    known = sorted({label for one in labels for label in one if label is not Ellipsis})
    if len(known) > 26 or any(label not in known for one in rest for label in one if label is not Ellipsis):
        return ""
    spec = ",".join(_letters(one, known) for one in labels) + "".join(f"->{_letters(one, known)}" for one in rest)
    return f"einsum('{spec}', {', '.join(f'operands[{2 * k}]' for k in range(pairs))})"


def _letters(labels: Sequence[Any], known: Sequence[int]) -> str:
    """Letters in the order of the numbers, as numpy orders a result that is not named."""
    return "".join("..." if label is Ellipsis else "abcdefghijklmnopqrstuvwxyz"[known.index(label)] for label in labels)


def _cumulated(row: str, start: int) -> Callable[..., str]:
    def means(x: Shape, axis: Any, include_initial: bool) -> str:
        if axis is None and len(x) != 1:
            raise ShapeMismatch("an axis, as there are several")
        at = axis_of(x, axis or 0)
        first = f"full({(*x[:at], 1, *x[at + 1 :])}, {start})"
        return f"concat([{first}, {row}(x, {at})], {at})" if include_initial else f"{row}(x, {at})"

    return means


SPELLINGS = (
    Spelling("np.average(a, axis:axes=None, weights:nothing=None, *, keepdims:flag=False)", "mean(a, axis, keepdims)"),
    Spelling("np.average(a:shaped, axis:axes=None, weights:shaped, returned:flag=False, *, keepdims:flag=False)",
             _weighted),
    Spelling("np.cov(m, y=None, rowvar:flag=True, bias:flag=False, ddof:integer=None, fweights=None, aweights=None, *, "
             "dtype:dtype=None)", _cov),
    Spelling("np.corrcoef(x, y=None, rowvar:flag=True)", _corrcoef),
    Spelling("np.tensordot(a, b, axes)", _tensordot),
    Spelling("np.linalg.tensordot(a, b, /, *, axes)", _tensordot),
    Spelling("np.einsum(subscripts:text, *operands, optimize=None)", _einsum),
    Spelling("np.einsum(*operands, optimize=None)", _einsum_by_number),
    *(Spelling(f"np.cumulative_{name}(x:shaped, /, *, axis:axis_or_none=None, dtype:dtype=None, out:nothing=None, "
               "include_initial:flag=False)", _cumulated(row, start))
      for name, row, start in (("sum", "cumsum", 0), ("prod", "cumprod", 1))),
)  # fmt: skip
