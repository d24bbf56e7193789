"""Where the entries of a transform stand, and the frequencies that they are of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.fourier.transforms import NO_AXES, axes_of


def _shifted(sign: int) -> Callable[[Any, Any], str]:
    """Half of the entries, the smaller one, go to the other end."""

    def formula(input: Any, dim: Any) -> str:
        axes = axes_of(len(input), None, dim)
        if not axes and input:
            return NO_AXES
        text = "input"
        for axis, _ in axes:
            text = f"roll({text}, {sign * (input[axis] // 2)}, {axis})"
        return text

    return formula


def _spellings() -> Iterable[Spelling]:
    for name, sign in (("fftshift", 1), ("ifftshift", -1)):
        yield Spelling(f"torch.fft.{name}(input:shaped, dim:axes=None)", _shifted(sign))
        yield Spelling(f"{name}(input, dim=None)", f"torch.fft.{name}(input, dim)")
        for prefix in ("np.fft.", "scipy.fft."):
            yield Spelling(f"{prefix}{name}(x, axes=None)", f"torch.fft.{name}(x, axes)")
    for prefix in ("torch.fft.", "np.fft.", "scipy.fft.", ""):
        yield Spelling(
            f"{prefix}fftfreq(n:integer, d=1)", lambda n: f"roll(arange({n}) - {n // 2}, -({n // 2}))/({n}*d)"
        )
        yield Spelling(f"{prefix}rfftfreq(n:integer, d=1)", lambda n: f"arange({n // 2 + 1})/({n}*d)")


SPELLINGS = tuple(_spellings())
