"""Fourier transforms: of complex numbers, of real ones, and those whose result is real."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.order import at

# Any, in this module: constants that are given, None where none is, OPERAND for an operand

OPPOSITE = {"backward": "forward", "ortho": "ortho", "forward": "backward"}  # who divides by n
_WRITTEN_OUT = 16  # numbers, at most, that a formula lists
NO_NORM = NONE + "norm is None, 'backward', 'ortho' or 'forward'"
NO_AXES = NONE + "each axis once, one that is there, and a size for each of them"
NO_ENTRIES = NONE + "so few entries have no such transform"


@dataclass(frozen=True, slots=True)
class Line:
    """A transform along one axis, which is counted from the end.

    size: of the operand, None where nobody has to know
    n:    the length that is asked for, None where it is the operand's
    norm: 'backward', 'ortho' or 'forward'
    """

    size: int | None
    n: int | None
    dim: int
    norm: str

    @property
    def length(self) -> int:
        """Errors: AssertionError where nobody knows it."""
        length = self.size if self.n is None else self.n
        assert length is not None
        return length

    def first(self, text: str, count: int | None) -> str:
        """The first entries alone, where there may be more."""
        longer = count is not None and (self.size is None or self.size > count)
        return f"{text}{at(self.dim, f':{count}')}" if longer else text

    def along(self, vector: str, count: int) -> str:
        """A vector along the axis."""
        if self.dim == -1:
            return f"({vector})"
        return f"reshape({vector}, {count}{', 1' * (-self.dim - 1)})"


Write = Callable[[Line, str], str]  # of an operand the formula of its transform along a line


def norm_of(norm: Any) -> str | None:
    """None where it is none of the three."""
    return "backward" if norm is None else norm if norm in OPPOSITE else None


def from_end(axis: int, rank: int) -> int:
    return axis - rank if axis >= 0 else axis


def axes_of(rank: int, s: Any, dim: Any) -> list[tuple[int, int | None]]:
    """Axes counted from the end, and the length along each, None where it is the operand's; [] if they do not fit."""
    sizes = None if s is None else (s,) if isinstance(s, int) else tuple(s)
    every = range(-(rank if sizes is None else len(sizes)), 0)
    axes = every if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    lengths: Sequence[int | None] = (None,) * len(axes) if sizes is None else sizes
    counted = {from_end(axis, rank) for axis in axes}
    if len(lengths) != len(axes) or len(counted) != len(axes) or any(not -rank <= axis < rank for axis in axes):
        return []
    return [(from_end(axis, rank), None if n == -1 else n) for axis, n in zip(axes, lengths, strict=True)]


def _exponentials(line: Line, x: str, sign: str, norm: str, count: int | None = None) -> str:
    """The sums of ``x[j]*exp(sign*2*pi*i*j*k/n)``."""
    kept = line.first(x, line.n)
    constants = f"{line.n}, {line.dim}, '{norm}', {count}"
    return f"(cosine_sums({kept}, {constants}) {sign} 1j*sine_sums({kept}, {constants}))"


def _fft(line: Line, z: str) -> str:
    return _exponentials(line, z, "-", line.norm)


def _ifft(line: Line, z: str) -> str:
    return _exponentials(line, z, "+", OPPOSITE[line.norm])


def _rfft(line: Line, x: str) -> str:
    """The first half; the other one is conjugate."""
    return _exponentials(line, x, "-", line.norm, line.length // 2 + 1)


def _ihfft(line: Line, x: str) -> str:
    return _exponentials(line, x, "+", OPPOSITE[line.norm], line.length // 2 + 1)


def _irfft(line: Line, z: str) -> str:
    return _of_half(line, z, "-", OPPOSITE[line.norm])


def _hfft(line: Line, z: str) -> str:
    return _of_half(line, z, "+", line.norm)


def _of_half(line: Line, z: str, sign: str, norm: str) -> str:
    """The real transform of what half is given of: entries count twice, the ends once and without imaginary parts."""
    assert line.size is not None
    n = _whole(line)
    kept = min(line.size, n // 2 + 1)
    half = line.first(z, kept)
    ends = {0, n // 2} if n % 2 == 0 and kept == n // 2 + 1 else {0}
    weights = line.along(_weights(kept, ends), kept)
    constants = f"{n}, {line.dim}, '{norm}', {n}"
    real, imaginary = (f"{name}({half})*{weights}" for name in ("real", "imag"))
    return f"(cosine_sums({real}, {constants}) {sign} sine_sums({imaginary}, {constants}))"


def _weights(count: int, ends: set[int]) -> str:
    """2, and 1 at the ends."""
    if count <= _WRITTEN_OUT:
        return str([1 if k in ends else 2 for k in range(count)])
    return " - ".join(["2", *(f"one_hot({end}, {count})" for end in sorted(ends))])


def _whole(line: Line) -> int:
    """The length of what half is given of."""
    assert line.size is not None
    return 2 * (line.size - 1) if line.n is None else line.n


# Whether the formula hangs on the size of the axis, and what the length is.
_FREE, _OF_HALF = frozenset({_fft, _ifft}), frozenset({_irfft, _hfft})


def _formula(axes: Iterable[tuple[Write, Line]]) -> str:
    """Several transforms, one after the other."""
    text = "input"
    for write, line in axes:
        length = _whole(line) if write in _OF_HALF else line.n if line.size is None else line.length
        if length is not None and length < 1:
            return NO_ENTRIES
        text = write(line, text)
    return text


def _along_one(write: Write) -> Callable[[Any, Any, Any, Any], str]:
    def formula(input: Any, n: Any, dim: Any, norm: Any) -> str:
        given, rank = norm_of(norm), input if isinstance(input, int) else len(input)
        if given is None or not -rank <= dim < rank:
            return NO_NORM if given is None else NO_AXES
        axis = from_end(dim, rank)
        size = None if isinstance(input, int) else input[axis]
        return _formula([(write, Line(size, n, axis, given))])

    return formula


def _along_several(of_last: Write, of_others: Write, default: Any = None) -> Callable[[Any, Any, Any, Any], str]:
    """What makes half of an axis, the last one, comes first, and what takes it comes last."""

    def formula(input: Any, s: Any, dim: Any, norm: Any) -> str:
        given, axes = norm_of(norm), axes_of(len(input), s, default if dim is None else dim)
        if given is None or not axes:
            return NO_NORM if given is None else NO_AXES
        *others, last = (Line(input[axis], n, axis, given) for axis, n in axes)
        rest, one = [(of_others, line) for line in others], (of_last, last)
        return _formula([*rest, one] if of_last in _OF_HALF else [one, *rest])

    return formula


# Each transform, and that of the axes before the last one.
_WRITE: dict[str, tuple[Write, Write]] = {
    "fft": (_fft, _fft), "ifft": (_ifft, _ifft), "rfft": (_rfft, _fft),
    "irfft": (_irfft, _ifft), "hfft": (_hfft, _fft), "ihfft": (_ihfft, _ifft),
}  # fmt: skip
_LAST_TWO = (-2, -1)


def _of_torch() -> Iterable[Spelling]:
    for name, (write, others) in _WRITE.items():
        kind = "ranked" if write in _FREE else "shaped"
        call = f"torch.fft.{name}(input:{kind}, n:integer=None, dim:axis=-1, norm:text=None)"
        yield Spelling(call, _along_one(write))
        for many, default in ((2, _LAST_TWO), ("n", None)):
            call = f"torch.fft.{name}{many}(input:shaped, s:axes=None, dim:axes=None, norm:text=None)"
            yield Spelling(call, _along_several(write, others, default))


def _of_others() -> Iterable[Spelling]:
    """numpy's, which are jax's, and scipy's; and without a library torch's."""
    behind = {"np.fft.": "", "scipy.fft.": ", overwrite_x:flag=False, workers:integer=None, *, plan:nothing=None"}
    for name in _WRITE:
        yield Spelling(f"{name}(input, n=None, dim=-1, norm=None)", f"torch.fft.{name}(input, n, dim, norm)")
        for prefix, rest in behind.items():
            call = f"{prefix}{name}(x, n=None, axis=-1, norm=None{rest})"
            yield Spelling(call, f"torch.fft.{name}(x, n, axis, norm)")
        for many in (2, "n"):
            call = f"torch.fft.{name}{many}"
            yield Spelling(f"{name}{many}(input, s=None, dim=None, norm=None)", f"{call}(input, s, dim, norm)")
            for prefix, rest in behind.items():
                others = f"{prefix}{name}{many}(x, s=None, axes=None, norm=None{rest})"
                yield Spelling(others, f"{call}(x, s, axes, norm)")


SPELLINGS: tuple[Spelling, ...] = (*_of_torch(), *_of_others())
