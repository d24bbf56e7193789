"""Arrays from files: .npy, .npz#key, .mtx, .csv, .json, .pt, .safetensors, and - for stdin; nothing a file holds is
ever executed.

What a file promises (size, shape, type) is checked before memory is taken for it, and no message repeats what a file
holds: ``@/etc/shadow`` must say where the text stops being numbers, never what stands there.
"""

from __future__ import annotations

import importlib
import io
import json
import math
import os
import pickle
import re
import stat
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from operator import methodcaller
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import as_flags
from gradcli.base.errors import InputError, LimitError, MissingError, printable
from gradcli.inputs import sparse_files

if TYPE_CHECKING:
    import torch

MAX_FILE_BYTES = 1 << 30
MAX_ELEMENTS = 50_000_000

_MAX_JSON_BYTES = 1 << 28  # tighter than other files: JSON is a Python object per number before it is an array
_MAX_JSON_LISTS = 5_000_000
_MAX_DIMENSIONS = 32  # of numpy 1.26, the oldest supported
_MAX_NPY_HEADER = 10_000  # numpy's own bound
_MAX_DIRECTORY_BYTES = 1 << 22  # a zip directory or a safetensors header: tens of thousands of arrays
_MAX_PICKLE_BYTES = 1 << 24
_CHUNK = 1 << 20
_BOM = b"\xef\xbb\xbf"
_KEYED = r"(?i)\.(?:npz|pth?|safetensors)#"
_FORMATS = (
    "gradcli reads .npy, .npz#key, .mtx, .csv, .json, .pt#key, .safetensors#key, and plain numbers as text or JSON"
)
_PATHS = "write @ and a path as it stands (~, $, * mean themselves), #key after .npz, .pt, .safetensors only, or @-"
_TABLE = "expected plain numbers like -1.5e3, in rows of equal length, separated by commas or else blanks, no header; "
_TABLE += _FORMATS
_SAVE_NPY = "save it again as an array of numbers, with numpy.save"
_SAVE_NPZ = "save it again with numpy.savez"
_SAVE_PT = "save a tensor, or a dict of tensors: torch.save(tensor.detach().cpu(), 'x.pt')"

_Errors: TypeAlias = tuple[type[Exception], ...]
_BAD_DATA: _Errors = (EOFError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error)
# numpy tokenizes a header that it takes for one written by Python 2
_BAD_HEADER: _Errors = (*_BAD_DATA, TypeError, LookupError, SyntaxError, tokenize.TokenError, MemoryError)
_BAD_TENSOR: _Errors = (*_BAD_DATA, TypeError, LookupError, AttributeError, AssertionError, pickle.UnpicklingError)

Numbers: TypeAlias = npt.NDArray[np.floating[Any]]  # Any: the precision is the file's


def load_array(reference: str, stdin: BinaryIO) -> Numbers:
    """The numbers of the file that ``reference``, the text behind an ``@``, names; ``-`` is ``stdin``.

    The shape is the file's; in text one row or column gives ``(n,)``, a number alone ``()``, else ``(rows, columns)``.
    Bools and ints become float64; float16, float32 and float64 stay, in native byte order; bfloat16 becomes float32.

    Raises InputError for a file that is missing, special, damaged, empty or not of real numbers, LimitError past
    ``MAX_FILE_BYTES`` or ``MAX_ELEMENTS``, MissingError where an optional package is needed.

    >>> load_array("-", io.BytesIO(b"1,2"))
    array([1., 2.])
    """
    try:
        if reference == "-":
            data = _take(stdin, MAX_FILE_BYTES + 1)
            return _read(_Source("standard input", "-", None, io.BytesIO(data), len(data)))
        _check_name(reference)
        with _opened(*_split_key(reference)) as source:
            return _read(source)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        hint = _PATHS if set("~$*?#") & set(reference) else None
        raise InputError(f"cannot read {_shown(reference)}: {reason}", hint=hint) from None
    except MemoryError:
        raise LimitError(f"{_shown(reference)} does not fit into memory", hint="load a part of it") from None


# ---- where the bytes come from
@dataclass(frozen=True, slots=True)
class _Source:
    """A seekable stream of ``size`` bytes, the array wanted from it, and its name, safe to print."""

    name: str
    path: str
    key: str | None
    stream: IO[bytes]
    size: int

    def refused(self, found: str, hint: str) -> InputError:
        return InputError(f"{self.name} {found}", hint=hint)

    def check(self, found: int, limit: int, what: str) -> None:
        if found > limit:
            hint = "this limit is fixed; save the part that you need, as .npy"
            raise LimitError(f"{self.name} has {found} {what}, over the limit of {limit}", hint=hint)

    def check_count(self, count: int) -> None:
        if count == 0:
            raise self.refused("holds no numbers: its array is empty", "save an array with at least one entry")
        self.check(count, MAX_ELEMENTS, "numbers")

    def check_dtype(self, dtype: np.dtype[Any]) -> None:  # Any: that is the question
        if dtype.kind not in "biuf" or dtype.itemsize > 8:
            hint = "save a.real and a.imag apart" if dtype.kind == "c" else "save a.astype('float64')"
            raise self.refused(f"has dtype {dtype.name}, expected bool, int or float up to 64 bits", hint)


class _BoundedReader(io.BufferedReader):
    """zipfile reads a zip directory in one gulp, whose size the file chooses; this refuses absurd gulps."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MAX_DIRECTORY_BYTES:
            found = f"a zip directory of {size} bytes is over the limit of {_MAX_DIRECTORY_BYTES}"
            raise LimitError(found, hint="save fewer arrays in one file")
        return super().read(size)


def _shown(text: str) -> str:
    """``text`` on one line, escaped, its middle left out when long."""
    return printable(text if len(text) <= 200 else f"{text[:120]}…{text[-40:]}").replace("\n", "\\n") or "''"


def _check_name(reference: str) -> None:
    try:
        reference.encode()
        os.fsencode(reference)  # which depends on the locale
    except UnicodeEncodeError:
        raise InputError(f"the file name {_shown(reference)} is not UTF-8", hint="rename the file") from None
    if not reference or "\0" in reference:
        found = f"{_shown(reference)} contains a NUL character" if reference else "behind @ is missing"
        raise InputError(f"the file name {found}", hint=_PATHS)


def _split_key(reference: str) -> tuple[str, str | None]:
    """Path and key; a '#' belongs to the path where a file of the whole name exists."""
    if os.path.lexists(reference):
        return reference, None
    cuts = [match.end() - 1 for match in re.finditer(_KEYED, reference)]
    cut = next((n for n in cuts if os.path.lexists(reference[:n])), cuts[0] if cuts else None)
    return (reference, None) if cut is None else (reference[:cut], reference[cut + 1 :])


_SPECIAL = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
_SPECIAL |= {stat.S_IFCHR: "a character device", stat.S_IFBLK: "a block device"}


def _check_regular(name: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        found = _SPECIAL.get(stat.S_IFMT(status.st_mode), "a special file")
        raise InputError(f"{name} is {found}, expected a regular file", hint="name a file, or pipe data in: @-")


@contextmanager
def _opened(path: str, key: str | None) -> Iterator[_Source]:
    # The type is checked before opening, because opening alone can block or act (a tape rewinds), and after it, because
    # by then the name can be another file's; O_NONBLOCK keeps that one from blocking.
    _check_regular(_shown(path), Path(path).stat())
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    with _BoundedReader(io.FileIO(os.open(path, flags))) as stream:
        status = os.fstat(stream.fileno())
        _check_regular(_shown(path), status)
        yield _Source(_shown(path), path, key, stream, status.st_size)


def _take(stream: IO[bytes], size: int) -> bytearray:
    """Up to ``size`` bytes; memory grows only with what really arrives."""
    data = bytearray()
    while len(data) < size and (chunk := stream.read(min(_CHUNK, size - len(data)))) != b"":
        if chunk is None:  # to stop here would cut the data in silence
            raise BlockingIOError(None, "no data yet on a non-blocking descriptor")
        data += chunk
    return data


# ---- what the bytes are
_NPY, _ZIP, _JSON, _TEXT, _PICKLE, _BINARY = "NPY data", "a zip archive", "JSON", "text", "a pickle", "binary data"
_MAGIC = {b"\x93NUMPY": _NPY, b"PK\x03\x04": _ZIP, b"\x80": _PICKLE, b"[": _JSON, b"{": _JSON, b'"': _JSON}


def _read(source: _Source) -> Numbers:
    if source.size == 0 or not (head := source.stream.read(512)):  # files of /proc state a size of 0: left unread
        raise source.refused("holds no numbers: it is empty", _FORMATS)
    source.check(source.size, MAX_FILE_BYTES, "bytes")
    source.stream.seek(0)
    start = head.removeprefix(_BOM).lstrip()
    otherwise = _BINARY if b"\0" in head else _TEXT
    kind = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), otherwise)
    suffix = Path(source.path).suffix.lower()
    readers = _READERS.get(suffix, _SNIFFED)
    if kind not in readers:
        named = f"is named {suffix} but " if suffix in _READERS else ""
        advice = f"a pickle can run code; {_SAVE_PT}" if kind == _PICKLE else "give it the extension of what it holds"
        raise source.refused(f"{named}holds {kind}", f"{advice}; {_FORMATS}")
    return readers[kind](source)


def _pick(source: _Source, keys: list[str]) -> str:
    """The key that was asked for, or the only one."""
    if source.key in keys:
        return source.key
    if not keys:
        raise source.refused("holds no arrays", _FORMATS)
    if source.key is None and len(keys) == 1:
        return keys[0]
    asked = "say which" if source.key is None else f"none is called {_shown(source.key)}"
    listed = ", ".join(f"@{source.name}#{_shown(key)}" for key in keys[:10])
    more = f" (and {len(keys) - 10} more)" if len(keys) > 10 else ""
    raise source.refused(f"holds {len(keys)} array{'s' * (len(keys) > 1)}; {asked}", f"write one of {listed}{more}")


def _native(values: npt.NDArray[Any]) -> Numbers:  # Any: one of the dtypes that check_dtype lets through
    if values.dtype.kind == "b" and values.ndim:
        return as_flags(values)
    dtype = values.dtype.newbyteorder("=") if values.dtype.kind == "f" else np.dtype(np.float64)
    return values.astype(dtype, order="C", copy=False)


# ---- .npy and .npz
def _read_npy(source: _Source) -> Numbers:
    """The array of an NPY stream, its header believed only where the size of the stream bears it out."""
    data = _take(source.stream, _MAX_NPY_HEADER + 12)
    shape, fortran, dtype, offset = _npy_header(source, bytes(data))
    source.check_dtype(dtype)
    if len(shape) > _MAX_DIMENSIONS or any(not 0 <= n <= MAX_FILE_BYTES for n in shape):
        raise source.refused(f"has an NPY header with a shape that its {source.size} bytes cannot hold", _SAVE_NPY)
    promised, present = math.prod(shape) * dtype.itemsize, source.size - offset
    if promised == present:
        source.check_count(math.prod(shape))
        numbers = np.empty(promised, np.uint8)  # takes memory as it is filled
        present = _fill(numbers, data[offset:], source.stream)
    if promised != present:  # where more follows, it may be a second array, which must not be lost in silence
        sizes = f"its NPY header promises {promised} bytes of numbers, {present} follow"
        raise source.refused(f"is cut, damaged or more than one array: {sizes}", _SAVE_NPY)
    return _native(numbers.view(dtype).reshape(shape, order="F" if fortran else "C"))


def _fill(numbers: npt.NDArray[np.uint8], begun: bytearray, stream: IO[bytes]) -> int:
    """How many bytes arrived, of so many that there is room for."""
    at = min(len(begun), numbers.size)
    numbers[:at] = np.frombuffer(begun, np.uint8, at)
    while at < numbers.size and (chunk := stream.read(min(_CHUNK, numbers.size - at))):
        numbers[at : at + len(chunk)] = np.frombuffer(chunk, np.uint8)
        at += len(chunk)
    return at


def _npy_header(source: _Source, head: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, whether in Fortran order, dtype, and where the numbers start."""
    stream = io.BytesIO(head)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        version = np.lib.format.read_magic(stream)
        with warnings.catch_warnings():  # about spellings of old numpys: nothing that a user can act on
            warnings.simplefilter("ignore")
            return *readers[version](stream, max_header_size=_MAX_NPY_HEADER), stream.tell()
    except _BAD_HEADER:
        raise source.refused(f"has an NPY header that is damaged or over {_MAX_NPY_HEADER} bytes", _SAVE_NPY) from None


def _read_npz(source: _Source) -> Numbers:
    try:
        with zipfile.ZipFile(source.stream) as archive:
            members = {m.filename.removesuffix(".npy"): m for m in archive.infolist() if m.filename.endswith(".npy")}
            if source.key is None and sparse_files.is_scipys(members):
                return _read_sparse(source, archive, members)
            member = members[_pick(source, list(members))]
            if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise source.refused("is compressed in a way that numpy does not use", _SAVE_NPZ)
            with archive.open(member) as stream:
                return _read_npy(replace(source, stream=stream, size=member.file_size))
    except _BAD_DATA:
        raise source.refused("is damaged: not a sound zip archive", _SAVE_NPZ) from None


def _read_sparse(source: _Source, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Numbers:
    """A sparse matrix as scipy.sparse.save_npz writes one, with all of its zeros."""
    wanted = (sparse_files.COMPRESSED | sparse_files.COORDINATES) & members.keys()
    source.check(sum(members[name].file_size for name in wanted), MAX_FILE_BYTES, "bytes unpacked")
    arrays = {}
    for name in wanted:
        with archive.open(members[name]) as stream:
            data = _take(stream, members[name].file_size)
        shape, fortran, dtype, offset = _npy_header(source, bytes(data[: _MAX_NPY_HEADER + 12]))
        if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(data) - offset:
            raise source.refused("is damaged: an array in it has other bytes than it promises", _SAVE_NPZ)
        found = np.frombuffer(bytes(data[offset:]), dtype) if math.prod(shape) else np.zeros(shape, dtype)
        arrays[name] = found.reshape(shape, order="F" if fortran else "C")
    return sparse_files.of_npz(arrays, source.refused, source.check_count)


def _read_mtx(source: _Source) -> Numbers:
    source.check(source.size, _MAX_JSON_BYTES, "bytes of text")
    text = _text(source)
    values = sparse_files.of_mtx(text, source.refused, source.check_count)
    _check_overflow(source, values, text, rb"(?i)inf")
    return values


# ---- text and JSON
def _text(source: _Source) -> bytearray:
    """The bytes without what differs from system to system: byte order mark, line ends, blanks at the end."""
    data = _take(source.stream, MAX_FILE_BYTES)
    if data.startswith(_BOM):
        del data[: len(_BOM)]
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.rstrip()
    if not data:
        raise source.refused("holds no numbers: it is blank", _FORMATS)
    return data


# bounded, because float() gives up on a thousand million digits
_NUMBER = rb"[+-]?+(?:(?:\d{1,2000}+(?:\.\d{,2000}+)?+|\.\d{1,2000}+)(?:e[+-]?+\d{1,99}+)?+|inf(?:inity)?+|nan)"
_BAD_CELL = re.compile(rb"(?im)(?:^|,)(?! *+" + _NUMBER + rb" *+(?:,|$))")


def _read_text(source: _Source) -> Numbers:
    data = _text(source).replace(b"\t", b" ")
    if b"," not in data:  # then blanks separate
        while b"  " in data:
            data = data.replace(b"  ", b" ")
        data = data.lstrip(b" ").replace(b" \n", b"\n").replace(b"\n ", b"\n").replace(b" ", b",")
    columns = data.partition(b"\n")[0].count(b",") + 1
    if bad := _BAD_CELL.search(data):
        line, start = data.count(b"\n", 0, bad.end()) + 1, data.rfind(b"\n", 0, bad.end()) + 1
        column = data.count(b",", start, bad.end()) + 1
        raise source.refused(f"is not a table: line {line}, column {column} is blank or not a number", _TABLE)
    for line, commas in enumerate(map(methodcaller("count", b","), io.BytesIO(data)), 1):
        if commas + 1 != columns:
            raise source.refused(f"is ragged: line {line} has {commas + 1} columns, line 1 has {columns}", _TABLE)
    count = data.count(b",") + data.count(b"\n") + 1
    source.check_count(count)
    # matches come one by one: a list of all cells, as split() makes it, would take gigabytes
    cells = map(methodcaller("group"), re.finditer(rb"[^,\n]+", data))
    values = np.fromiter(map(float, cells), np.float64, count)
    _check_overflow(source, values, data, rb"(?i)inf")
    return values.reshape((-1, columns) if 1 < columns < count else -1 if count > 1 else ())


def _check_overflow(source: _Source, values: Numbers, text: bytearray, infinity: bytes) -> None:
    """1e999 reads as infinity in silence; only an infinity that is spelled out is meant."""
    infinite = np.count_nonzero(np.isinf(values))
    if infinite and infinite > sum(1 for _ in re.finditer(infinity, text)):
        raise source.refused("holds a number too large for float64", "the largest is 1.7976931348623157e308")


def _read_json(source: _Source) -> Numbers:
    source.check(source.size, _MAX_JSON_BYTES, "bytes of JSON")
    data = _text(source)
    source.check_count(data.count(b",") + 1)
    source.check(data.count(b"["), _MAX_JSON_LISTS, "lists")
    hint = "expected numbers in nested lists, like [[1, 2], [3, 4]], all rows equally long"
    if b"{" in data:
        raise source.refused("holds a JSON object", f"{hint}; jq .name FILE | gradcli … x=@- picks one out")
    try:  # parse_int: "-0" keeps its sign, and 10**400 becomes an infinity, which _check_overflow finds
        values = _rectangle(source, json.loads(data.decode(), parse_int=float), hint)
    except json.JSONDecodeError as error:
        raise source.refused(f"is not JSON: {error.msg}, line {error.lineno} column {error.colno}", hint) from None
    except UnicodeDecodeError as error:
        raise source.refused(f"is not UTF-8 text, from byte {error.start} on", hint) from None
    except RecursionError:
        raise source.refused(f"is nested deeper than {_MAX_DIMENSIONS} lists", hint) from None
    _check_overflow(source, values, data, rb"Infinity")
    return values


_SPELLED: dict[object, float] = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_JSON_TYPES: dict[type, str] = {str: "text", bool: "true or false", type(None): "null", list: "a list"}


def _rectangle(source: _Source, value: Any, hint: str) -> Numbers:  # Any: JSON values
    """Nested lists -> array, level by level, so that each step is one pass in C."""
    level, shape = [value], list[int]()
    while set(map(type, level)) == {list}:
        widths = set(map(len, level))
        shape.append(max(widths))
        if len(widths) > 1:
            raise source.refused(f"is ragged: lists of {min(widths)} to {max(widths)} entries in one place", hint)
        if len(shape) > _MAX_DIMENSIONS:
            raise source.refused(f"is nested deeper than {_MAX_DIMENSIONS} lists", hint)
        level = list(chain.from_iterable(level))
    source.check_count(len(level))
    if str in set(map(type, level)):
        level = [_SPELLED.get(entry, entry) if type(entry) is str else entry for entry in level]
    if others := set(map(type, level)) - {float}:
        found = " and ".join(sorted(_JSON_TYPES[kind] for kind in others))
        raise source.refused(f"holds {found} where a number belongs", hint)
    return np.array(level, np.float64).reshape(shape)


# ---- tensors
def _read_torch(source: _Source) -> Numbers:
    _check_torch_zip(source)
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = torch.load(source.stream, map_location="cpu", weights_only=True)
    except _BAD_TENSOR:  # whose message repeats names out of the file and advises to trust it
        raise source.refused("is damaged or more than tensors: torch.load(weights_only=True) fails", _SAVE_PT) from None
    if isinstance(loaded, dict):
        tensors = {str(key): entry for key, entry in loaded.items() if isinstance(entry, torch.Tensor)}
        loaded = tensors[_pick(source, list(tensors))]
    elif source.key is not None:
        raise source.refused("is not a dict of tensors", f"leave out #key: @{source.name}")
    if not isinstance(loaded, torch.Tensor):
        raise source.refused(f"holds a {type(loaded).__name__}, expected a tensor", _SAVE_PT)
    return _from_tensor(source, loaded)


def _check_torch_zip(source: _Source) -> None:
    """torch.load takes as much memory as the zip promises; torch.save never compresses, which tells a bomb."""
    try:
        with zipfile.ZipFile(source.stream) as archive:
            members = archive.infolist()
    except _BAD_DATA:
        raise source.refused("is damaged: not a sound zip archive", _SAVE_PT) from None
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise source.refused("is compressed, which torch.save never does", _SAVE_PT)
    source.check(sum(member.file_size for member in members), MAX_FILE_BYTES, "bytes unpacked")
    pickled = sum(member.file_size for member in members if member.filename.endswith(".pkl"))
    source.check(pickled, _MAX_PICKLE_BYTES, "bytes of description")
    source.stream.seek(0)


def _from_tensor(source: _Source, tensor: torch.Tensor) -> Numbers:
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_nested or tensor.is_meta:
        raise source.refused("holds a tensor that is sparse, quantized, nested or without data", _SAVE_PT)
    source.check_count(tensor.numel())
    try:
        plain = tensor.detach().resolve_neg()
        values = (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
    except (TypeError, RuntimeError):  # the 8-bit and smaller floats, which numpy lacks
        raise source.refused(f"has dtype {tensor.dtype}, expected bool, int or float", "save tensor.double()") from None
    source.check_dtype(values.dtype)
    return _native(values)


def _read_safetensors(source: _Source) -> Numbers:
    head = _take(source.stream, 9)
    length = int.from_bytes(head[:8], "little")
    if length > source.size - 8 or head[8:] != b"{":
        raise source.refused("is damaged: it has no safetensors header", _FORMATS)
    source.check(length, _MAX_DIRECTORY_BYTES, "bytes of safetensors header")
    try:
        package = importlib.import_module("safetensors")
    except ImportError:
        message = f"{source.name} needs the package safetensors, which is not installed"
        raise MissingError(message, hint="pip install gradcli[safetensors]") from None
    try:
        with package.safe_open(source.path, framework="pt") as archive:
            key = _pick(source, list(archive.keys()))
            source.check_count(math.prod(archive.get_slice(key).get_shape()))
            return _from_tensor(source, archive.get_tensor(key))
    except (package.SafetensorError, *_BAD_TENSOR):
        raise source.refused("is damaged: not sound safetensors", "save it again with safetensors") from None


_Readers: TypeAlias = dict[str, Callable[[_Source], Numbers]]  # what a file begins with -> who reads it
_SNIFFED: _Readers = {_NPY: _read_npy, _JSON: _read_json, _TEXT: _read_text}
_READERS: dict[str, _Readers] = {
    ".npy": {_NPY: _read_npy},
    ".npz": {_ZIP: _read_npz},
    ".mtx": {_TEXT: _read_mtx},
    ".csv": {_TEXT: _read_text},
    ".json": {_JSON: _read_json, _TEXT: _read_json},
    ".pt": {_ZIP: _read_torch},
    ".pth": {_ZIP: _read_torch},
    ".safetensors": dict.fromkeys([*_MAGIC.values(), _TEXT, _BINARY], _read_safetensors),  # it begins with a length
}
