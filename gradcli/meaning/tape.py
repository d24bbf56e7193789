"""The backward tape: each step's value and adjoint, as autograd left them."""

from __future__ import annotations

from dataclasses import dataclass

from gradcli.meaning.scalars import Array


@dataclass(frozen=True, slots=True)
class TapeEntry:
    """One step of a backward pass: its value, torch's name of the node (None: no gradient flows), its adjoint."""

    value: Array
    grad_fn: str | None
    adjoint: Array | None
