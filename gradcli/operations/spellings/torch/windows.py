"""torch's windows, numbers between 0 and 1 by which the samples of a signal are weighed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.spelling import Spelling

_SHAPES = {  # in t, which goes from 0 to 1 over a period
    "hann_window(window_length:integer, periodic:flag=True)": "1/2 - cos(2*pi*t)/2",
    "hamming_window(window_length:integer, periodic:flag=True, alpha=0.54, beta=0.46)": "alpha - beta*cos(2*pi*t)",
    "blackman_window(window_length:integer, periodic:flag=True)": "0.42 - cos(2*pi*t)/2 + 0.08*cos(4*pi*t)",
    "bartlett_window(window_length:integer, periodic:flag=True)": "1 - abs(2*t - 1)",
    "kaiser_window(window_length:integer, periodic:flag=True, beta=12)": "i0(beta*sqrt(1 - (2*t - 1)**2))/i0(beta)",
}


def _window(formula: str) -> Callable[[Any, Any], str]:
    """At so many places, the last of which is a step before the end of the period, or its end."""

    def means(window_length: Any, periodic: Any) -> str:
        if window_length == 1:
            return "ones(1)"
        return f"t = arange({window_length})/{window_length if periodic else window_length - 1}; {formula}"

    return means


SPELLINGS = tuple(Spelling(f"torch.{call}", _window(formula)) for call, formula in _SHAPES.items())
