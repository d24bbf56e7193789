"""Sparse matrices in files, read as dense arrays: scipy's .npz and the Matrix Market's .mtx, checked entry by entry.

Sources: scipy/sparse/_matrix_io.py; R. Boisvert, R. Pozo, K. Remington, The Matrix Market Exchange Formats: Initial
Design, NISTIR 5935 (1996).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import InputError

Refuse = Callable[[str, str], InputError]  # what was found, and the next move
Check = Callable[[int], None]  # raises where so many numbers are too many, or none

COMPRESSED = {"indices", "indptr", "format", "shape", "data"}  # the arrays of scipy's rows or columns
COORDINATES = {"row", "col", "format", "shape", "data"}
BANNER = b"%%MatrixMarket"
_SAVE_NPZ = "save it again with scipy.sparse.save_npz, as csr, csc or coo"
_SAVE_MTX = "save it again with scipy.io.mmwrite, of real numbers"


def is_scipys(names: Mapping[str, object]) -> bool:
    """Are the arrays of an .npz file those of one sparse matrix?"""
    return names.keys() >= COMPRESSED or names.keys() >= COORDINATES


def of_npz(arrays: Mapping[str, npt.NDArray[Any]], refuse: Refuse, check: Check) -> FloatArray:  # Any: a file's
    """The dense matrix. Errors: InputError for what is no sound csr, csc or coo; those of ``check``."""
    unsound = refuse("is no sound sparse matrix in csr, csc or coo", _SAVE_NPZ)
    kind, shape = arrays["format"], arrays["shape"]
    words = {b"csr": "csr", "csr": "csr", b"csc": "csc", "csc": "csc", b"coo": "coo", "coo": "coo"}
    name = words.get(kind.item()) if kind.ndim == 0 else None
    if name is None or shape.shape != (2,) or shape.dtype.kind not in "iu" or (name == "coo") != ("row" in arrays):
        raise unsound
    rows, columns = (int(n) for n in shape)
    data = np.asarray(arrays["data"])
    if name == "coo":
        return _placed(arrays["row"], arrays["col"], data, (rows, columns), unsound, check)
    lines = rows if name == "csr" else columns
    starts, others = arrays["indptr"], arrays["indices"]
    if starts.shape != (lines + 1,) or starts.dtype.kind not in "iu":
        raise unsound
    starts = starts.astype(np.int64)
    counts = starts[1:] - starts[:-1]
    if starts[0] != 0 or (counts < 0).any() or starts[-1] != len(others):
        raise unsound
    own = np.repeat(np.arange(lines), counts)
    i, j = (own, others) if name == "csr" else (others, own)
    return _placed(i, j, data, (rows, columns), unsound, check)


def _placed(
    rows: npt.NDArray[Any],  # Any: a file's
    columns: npt.NDArray[Any],
    data: npt.NDArray[Any],
    shape: tuple[int, int],
    unsound: InputError,
    check: Check,
) -> FloatArray:
    """Numbers of one place are added, as in scipy."""
    if min(shape) < 0 or not rows.shape == columns.shape == data.shape == (data.size,) or data.dtype.kind not in "biuf":
        raise unsound
    check(shape[0] * shape[1])
    for places, size in ((rows, shape[0]), (columns, shape[1])):
        if places.size and (places.dtype.kind not in "iu" or places.min() < 0 or places.max() >= size):
            raise unsound
    dense = np.zeros(shape)
    np.add.at(dense, (rows.astype(np.int64), columns.astype(np.int64)), data.astype(np.float64))
    return dense


def of_mtx(text: bytes | bytearray, refuse: Refuse, check: Check) -> FloatArray:
    """The dense matrix of the text of an .mtx file. Errors: InputError; those of ``check``."""
    head, _, rest = bytes(text).partition(b"\n")
    words = head.lower().split()
    if len(words) != 5 or words[1] != b"matrix" or words[2] not in {b"coordinate", b"array"}:
        raise refuse("has no line %%MatrixMarket matrix coordinate|array FIELD SYMMETRY at its head", _SAVE_MTX)
    field, symmetry = words[3], words[4]
    if field not in {b"real", b"integer", b"pattern"} or symmetry not in _MIRRORS:
        raise refuse("holds numbers that are not real, or a symmetry of complex ones", _SAVE_MTX)
    lines = [line for line in rest.split(b"\n") if line.strip() and not line.lstrip().startswith(b"%")]
    sizes = _numbers(lines[:1])
    coordinate = words[2] == b"coordinate"
    if sizes is None or len(sizes) != 2 + coordinate or (sizes < 0).any() or (sizes != np.floor(sizes)).any():
        raise refuse("has no sound line of sizes below its comments", _SAVE_MTX)
    shape = (int(sizes[0]), int(sizes[1]))
    check(shape[0] * shape[1])
    numbers = _numbers(lines[1:])
    if not coordinate:
        return _columns(numbers, shape, field, symmetry, refuse)
    width = 2 + (field != b"pattern")
    if numbers is None or len(numbers) != width * sizes[2] or len(lines) != 1 + sizes[2]:
        raise refuse(f"promises {int(sizes[2])} entries of {width} numbers a line, and has others", _SAVE_MTX)
    table = numbers.reshape(-1, width)
    places = table[:, :2].astype(np.int64) - 1
    if not np.array_equal(places + 1, table[:, :2]) or (places < 0).any() or (places >= np.array(shape)).any():
        raise refuse(f"has an entry that lies outside of its {shape[0]} rows and {shape[1]} columns", _SAVE_MTX)
    data = table[:, 2] if width > 2 else np.ones(len(table))
    dense = np.zeros(shape)
    np.add.at(dense, (places[:, 0], places[:, 1]), data)
    return _mirrored(dense, symmetry, refuse)


_MIRRORS = {b"general": 0, b"symmetric": 1, b"skew-symmetric": -1}


def _mirrored(dense: FloatArray, symmetry: bytes, refuse: Refuse) -> FloatArray:
    """The other triangle too, where one is left out."""
    sign = _MIRRORS[symmetry]
    if not sign:
        return dense
    if dense.shape[0] != dense.shape[1] or np.triu(dense, 1).any():
        raise refuse(f"is said to be {symmetry.decode()}, and has entries above its diagonal", _SAVE_MTX)
    return dense + sign * np.tril(dense, -1).T


def _columns(
    numbers: FloatArray | None, shape: tuple[int, int], field: bytes, symmetry: bytes, refuse: Refuse
) -> FloatArray:
    """A dense matrix, column by column; all of it."""
    if symmetry != b"general" or field == b"pattern" or numbers is None or len(numbers) != shape[0] * shape[1]:
        raise refuse(f"has other numbers than the {shape[0] * shape[1]} of a general array", _SAVE_MTX)
    return numbers.reshape(shape, order="F")


def _numbers(lines: list[bytes]) -> FloatArray | None:
    """All numbers of some lines; None where something else stands there."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.fromstring(b" ".join(lines).decode("ascii"), np.float64, sep=" ") if lines else np.zeros(0)
        except (DeprecationWarning, ValueError):
            return None
