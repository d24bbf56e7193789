"""Cosine and sine transforms of real numbers, of types 1 to 4: scipy's conventions, which jax has too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.fourier.transforms import (
    NO_AXES,
    NO_ENTRIES,
    NO_NORM,
    OPPOSITE,
    Line,
    axes_of,
    norm_of,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """``2*sum_j x[j]*cos(2*pi*(j + start/2)*(k + first/2)/n)``, or with sines, n = 2*(size + more).

    entries, sums: numbers of those at the ends, which count half, or in an orthogonal transform 1/sqrt(2)
    """

    name: str
    start: int
    first: int
    more: int = 0
    entries: tuple[int, ...] = ()
    sums: tuple[int, ...] = ()


_KINDS = {
    "c": {1: Kind("cosine", 0, 0, -1, (0, -1), (0, -1)), 2: Kind("cosine", 1, 0, sums=(0,)),
          3: Kind("cosine", 0, 1, entries=(0,)), 4: Kind("cosine", 1, 1)},
    "s": {1: Kind("sine", 2, 2, 1), 2: Kind("sine", 1, 2, sums=(-1,)),
          3: Kind("sine", 2, 1, entries=(-1,)), 4: Kind("sine", 1, 1)},
}  # fmt: skip
_INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}


def _formula(kind: Kind, line: Line, x: str, orthogonal: bool) -> str:
    n = line.length
    kept = min(n, line.size or n)
    inner = {place % n: "sqrt(1/2)" if orthogonal else "1/2" for place in kind.entries}
    outer = {place % n: "sqrt(1/2)" for place in kind.sums} if orthogonal else {}
    period = 2 * (n + kind.more)
    entries = line.first(x, n) + _factors(line, inner, kept)
    sums = f"{kind.name}_sums({entries}, {period}, {line.dim}, 'backward', {n}, {kind.start}, {kind.first})"
    share = {"backward": "", "ortho": f"/sqrt({period})", "forward": f"/{period}"}[line.norm]
    return f"2*{sums}{_factors(line, outer, n)}{share}"


def _factors(line: Line, factors: dict[int, str], count: int) -> str:
    """What is multiplied with an array along the axis, where some entries have factors."""
    terms = [f"({factor} - 1)*one_hot({k}, {count})" for k, factor in factors.items() if k < count]
    return f"*{line.along(' + '.join(['1', *terms]), count)}" if terms else ""


def _transformed(letter: str, back: bool, x: Any, given: tuple[Any, Any, Any, Any, Any]) -> str:
    """given: the type, lengths, axes, the norm, and whether it is orthogonal"""
    kind, lengths, axes, norm, orthogonal = given
    lines, named = axes_of(len(x), lengths, axes), norm_of(norm)
    one = _KINDS[letter].get(_INVERSE.get(kind, 0) if back else kind)
    if named is None or not lines or one is None:
        return NO_NORM if named is None else NO_AXES if not lines else f"{NONE}type is 1, 2, 3 or 4"
    text, norm = "x", OPPOSITE[named] if back else named
    for dim, n in lines:
        line = Line(x[dim], n, dim, norm)
        if line.length + min(one.more, 0) < 1:
            return NO_ENTRIES
        text = f"({_formula(one, line, text, norm == 'ortho' if orthogonal is None else orthogonal)})"
    return text


def _along_one(letter: str, back: bool) -> Callable[..., str]:
    def formula(x: Any, type: Any, n: Any, axis: Any, norm: Any, orthogonalize: Any) -> str:
        return _transformed(letter, back, x, (type, n, axis, norm, orthogonalize))

    return formula


def _along_several(letter: str, back: bool) -> Callable[..., str]:
    def formula(x: Any, type: Any, s: Any, axes: Any, norm: Any, orthogonalize: Any) -> str:
        return _transformed(letter, back, x, (type, s, axes, norm, orthogonalize))

    return formula


def _spellings() -> Iterable[Spelling]:
    behind = "norm:text=None, overwrite_x:flag=False, workers:integer=None, orthogonalize:flag=None"
    for letter in _KINDS:
        for back in (False, True):
            name = f"{'i' * back}d{letter}t"
            for prefix in ("scipy.fft.", ""):
                call = f"{prefix}{name}(x:shaped, type:integer=2, n:integer=None, axis:axis=-1, {behind})"
                yield Spelling(call, _along_one(letter, back))
                call = f"{prefix}{name}n(x:shaped, type:integer=2, s:axes=None, axes:axes=None, {behind})"
                yield Spelling(call, _along_several(letter, back))
    for name in ("dct", "idct"):  # jax has the second type alone
        call = f"jax.scipy.fft.{name}(x, type:integer=2, n:integer=None, axis:axis=-1, norm:text=None)"
        yield Spelling(call, f"scipy.fft.{name}(x, type, n, axis, norm)")
        call = f"jax.scipy.fft.{name}n(x, type:integer=2, s:axes=None, axes:axes=None, norm:text=None)"
        yield Spelling(call, f"scipy.fft.{name}n(x, type, s, axes, norm)")


SPELLINGS = tuple(_spellings())
