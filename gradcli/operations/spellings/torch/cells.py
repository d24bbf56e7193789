"""torch's recurrent cells: one step, from the weights of the input and of the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling

_WEIGHTS = "w_ih, w_hh:shaped, b_ih=None, b_hh=None"
_INPUT, _STATE = "linear(input, w_ih, b_ih)", "linear({}, w_hh, b_hh)"


def _plain(function: str) -> str:
    return f"{function}({_INPUT} + {_STATE.format('hx')})"


def _gates(gates: int) -> Callable[[Any], list[str]]:
    """The slices of the rows of a weight, one for each gate; none where the rows are not so many."""

    def slices(weight: Any) -> list[str]:
        size = weight[-1]
        whole = len(weight) == 2 and weight[0] == gates * size
        return [f"[..., {k * size}:{(k + 1) * size}]" for k in range(gates)] if whole else []

    return slices


def _misfit(gates: int) -> str:
    return f"{NONE}w_hh has {gates} rows for each of its columns, the rows of one gate below those of another"


def _lstm(w_hh: Any) -> str:
    """Input, forget, cell and output gate, in torch's order."""
    parts = _gates(4)(w_hh)
    if not parts:
        return _misfit(4)
    i, f, g, o = (
        f"{name}(u{part})" for name, part in zip(("sigmoid", "sigmoid", "tanh", "sigmoid"), parts, strict=True)
    )
    return f"u = {_INPUT} + {_STATE.format('hx[0]')}; c = {f}*hx[1] + {i}*{g}; ({o}*tanh(c), c)"


def _gru(w_hh: Any) -> str:
    """Reset, update and new gate, in torch's order."""
    parts = _gates(3)(w_hh)
    if not parts:
        return _misfit(3)
    r, z, n = parts
    return (
        f"u = {_INPUT}; v = {_STATE.format('hx')}; n = tanh(u{n} + sigmoid(u{r} + v{r})*v{n}); "
        f"z = sigmoid(u{z} + v{z}); n + z*(hx - n)"
    )


SPELLINGS = (
    Spelling(f"torch.rnn_tanh_cell(input, hx, {_WEIGHTS})", _plain("tanh")),
    Spelling(f"torch.rnn_relu_cell(input, hx, {_WEIGHTS})", _plain("relu")),
    Spelling(f"torch.lstm_cell(input, hx:parts, {_WEIGHTS})", _lstm, ("hidden", "cell")),
    Spelling(f"torch.gru_cell(input, hx, {_WEIGHTS})", _gru),
)  # fmt: skip
