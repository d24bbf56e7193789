"""torch's conditions on entries, and what counts or finds them: constants, as they have no slope."""

from __future__ import annotations

from typing import Any

from gradcli.operations.shape_rules import Shape, nested
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.replaced import flat, true_places
from gradcli.operations.written_out import within

# Any, in this module: constants that are given, None where none is; nested tuples of whole numbers or truth values

_OF_ONE = {
    "isnan": "input != input",
    "isinf": "abs(input) == inf",
    "isfinite": "abs(input) < inf",
    "isposinf": "input == inf",
    "isneginf": "input == -inf",
    "signbit": "input < 0",
    "isreal": "input == input or input != input",
}
_COMPARED = {"greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "not_equal": "ne"}
_CLOSE = "abs(input - other) <= atol + rtol*abs(other) or input == other"


def _close(equal_nan: bool) -> str:
    return f"{_CLOSE} or input != input and other != other" if equal_nan else _CLOSE


def _all_close(equal_nan: bool) -> str:
    return f"all({_close(equal_nan)})"


def _searched(sorted_sequence: Shape, right: bool, side: Any) -> str:
    """How many entries of each line are smaller, or as large too."""
    sign = "<=" if right or side == "right" else "<"
    line = "sorted_sequence" if len(sorted_sequence) < 2 else "sorted_sequence[..., None, :]"
    return f"sum(where({line} {sign} input[..., None], 1, 0), -1)"


def _bucket(right: bool) -> str:
    return f"sum(where(boundaries {'<=' if right else '<'} input[..., None], 1, 0), -1)"


def _counted(input: Any, weights: Any, minlength: int) -> str:
    places = flat(input)
    if min(places, default=0) < 0:
        return "none: it counts whole numbers from 0 on"
    size = max([minlength - 1, *places]) + 1
    given = "ones_like(input)" if weights is None else "weights"
    return f"index_add(zeros({size}), 0, {places}, {given})" if places else f"zeros({size})"


def _nonzero(input: Any, as_tuple: bool) -> str:
    """The numbers of the places, a row each, or a vector for each axis."""
    whole = nested(input)
    rows: list[list[int]] = []
    for place in true_places(input, whole):
        row: list[int] = []
        for n in reversed(whole):
            place, at = divmod(place, n)
            row.insert(0, at)
        rows.append(row)
    if not rows:
        return "none: it is 0 everywhere"
    return f"({''.join(f'{list(column)}, ' for column in zip(*rows, strict=True))})" if as_tuple else f"{rows}"


def _places_in(input: Any) -> str:
    return _nonzero(input, as_tuple=False)


def _triangle(row: int, col: int, offset: int, *, upper: bool) -> str:
    within(row * max(col, 1))
    places = [(i, j) for i in range(row) for j in range(col) if (j - i >= offset if upper else j - i <= offset)]
    return f"{[list(column) for column in zip(*places, strict=True)]}" if places else "reshape(zeros(0), 2, 0)"


def _lower(row: int, col: int, offset: int) -> str:
    return _triangle(row, col, offset, upper=False)


def _upper(row: int, col: int, offset: int) -> str:
    return _triangle(row, col, offset, upper=True)


def _histogram(bins: int, min: Any, max: Any) -> str:
    low, high = ("amin(input)", "amax(input)") if (min, max) == (0, 0) else ("min", "max")
    x, last = "flatten(input)", bins - 1
    place = f"where({x} >= {low} and {x} <= {high}, minimum(floor(({x} - {low})/({high} - {low})*{bins}), {last}), -1)"
    return f"sum(where(arange({bins})[:, None] == ({place})[None, :], 1, 0), 1)"


_CHANCE = "none: torch has no derivative of it"

SPELLINGS = (
    *(Spelling(f"torch.{name}(input)", formula) for name, formula in _OF_ONE.items()),
    *(Spelling(f"torch.{name}(input, other)", f"{row}(input, other)") for name, row in _COMPARED.items()),
    *(Spelling(f"torch.logical_{name}(input:truth, other:truth)", f"input {name} other") for name in ("and", "or")),
    *(Spelling(f"torch.bitwise_{name}(input, other)", f"input {name} other") for name in ("and", "or")),
    Spelling("torch.bitwise_not(input)", "not input"),
    Spelling("torch.logical_not(input:truth)", "not input"),
    Spelling("torch.logical_xor(input:truth, other:truth)", "input and not other or other and not input"),
    Spelling("torch.isclose(input, other, rtol=0.00001, atol=0.00000001, equal_nan:flag=False)", _close),
    Spelling("torch.allclose(input, other, rtol=0.00001, atol=0.00000001, equal_nan:flag=False)", _all_close),
    Spelling("torch.equal(input, other)", "all(input == other)"),
    Spelling("torch.isin(elements, test_elements, *, assume_unique:flag=False, invert:off=False)",
             "any(elements[..., None] == flatten(test_elements), -1)"),
    Spelling("torch.copysign(input, other)", "abs(input)*where(other < 0, -1, 1)"),
    Spelling("torch.frexp(input)", "e = detach(floor(log2(abs(where(input == 0, 1, input)))) + 1); m = input/2**e; "
             "(where(abs(m) < 0.5, 2*m, where(abs(m) >= 1, m/2, m)), "
             "where(input == 0, 0, where(abs(m) < 0.5, e - 1, where(abs(m) >= 1, e + 1, e))))",
             ("mantissa", "exponent")),
    Spelling("torch.nextafter(input, other)", _CHANCE),
    Spelling("torch.searchsorted(sorted_sequence:shaped, input, *, right:flag=False, side:text=None)", _searched),
    Spelling("torch.bucketize(input, boundaries, *, right:flag=False)", _bucket),
    Spelling("torch.bincount(input:whole, weights=None, minlength:integer=0)", _counted),
    Spelling("torch.histc(input, bins:integer=100, min:number=0, max:number=0)", _histogram),
    Spelling("torch.unique(input, sorted:flag=True, return_inverse:off=False, return_counts:off=False, "
             "dim:nothing=None)", "detach(np.unique(input))"),
    Spelling("torch.nonzero(input:whole, *, as_tuple:flag=False)", _nonzero),
    Spelling("torch.argwhere(input:whole)", _places_in),
    Spelling("torch.tril_indices(row:integer, col:integer, offset:integer=0)", _lower),
    Spelling("torch.triu_indices(row:integer, col:integer, offset:integer=0)", _upper),
)  # fmt: skip
