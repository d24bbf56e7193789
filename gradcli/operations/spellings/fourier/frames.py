"""The short-time Fourier transform: transforms of windows that move along the last axis, and back."""

from __future__ import annotations

from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling

# Any, in this module: constants that are given, None where none is, OPERAND for an operand

_UNTOLD = NONE + "torch needs return_complex=True, or False for the parts as an axis"
_TOO_SHORT = NONE + "there are fewer entries than n_fft"


def _padded(rank: int, width: int, mode: str) -> str:
    """Both ends longer; torch's pad takes no single line in other modes than 'constant'."""
    if rank == 1 and mode != "constant":
        return f"squeeze(pad(unsqueeze(input, 0), ({width}, {width}), '{mode}'), 0)"
    return f"pad(input, ({width}, {width}), '{mode}')"


def _window(n_fft: int, win_length: Any, window: Any) -> str:
    """In the middle of n_fft places."""
    width = n_fft if win_length is None else win_length
    left = (n_fft - width) // 2
    entries = f"ones({width})" if window is None else "window"
    return entries if width == n_fft else f"pad({entries}, ({left}, {n_fft - width - left}))"


def _stft(
    input: Any, n_fft: Any, hop_length: Any, win_length: Any, window: Any, center: Any, pad_mode: Any, normalized: Any,
    onesided: Any, return_complex: Any,
) -> str:  # fmt: skip
    if return_complex is None:
        return _UNTOLD
    hop = n_fft // 4 if hop_length is None else hop_length
    size = input[-1] + (2 * (n_fft // 2) if center else 0)
    if not 0 < n_fft <= size or hop < 1 or not 0 < (win_length or n_fft) <= n_fft or len(input) not in {1, 2}:
        return (
            _TOO_SHORT if n_fft > size else NONE + "a line or several, a positive step, and no longer window than n_fft"
        )
    lines = _padded(len(input), n_fft // 2, pad_mode) if center else "input"
    norm = "ortho" if normalized else "backward"
    name = "fft" if onesided is False else "rfft"
    weights = "" if window is None and win_length in {None, n_fft} else f"*{_window(n_fft, win_length, window)}"
    spectra = f"x = {lines}; f = x.unfold(-1, {n_fft}, {hop}){weights}; z = torch.fft.{name}(f, norm='{norm}').mT"
    return f"{spectra}; {'z' if return_complex else 'view_as_real(z)'}"


SPELLINGS = (
    Spelling("torch.stft(input:shaped, n_fft:integer, hop_length:integer=None, win_length:integer=None, window=None, "
             "center:flag=True, pad_mode:text='reflect', normalized:flag=False, onesided:flag=None, "
             "return_complex:flag=None)", _stft),
)  # fmt: skip
