"""What ``--trace`` remembers of a call: plain facts, no tensors, so that nothing is kept alive.

These are named tuples, not dataclasses: they are made several times for every operation that the script runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gradcli.catalogue.pasted import Place

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the user's code made a call: first and last line, first and last column (UTF-8 bytes) where known."""

    file: str
    line: int
    end_line: int
    columns: tuple[int, int] | None
    function: str

    @property
    def place(self) -> Place:
        return Place(self.file, self.line, self.function)


class State(NamedTuple):
    """A tensor as it was at one time.

    number:  the tensor's own number, never given again to another
    counter: the number of the tensor whose version counter it shares: its own, that of what it is a view of, or that
             of what it was detached from
    grad_fn: the class of its node, such as ``MulBackward0``; empty for a leaf and a constant
    version: how often it was changed in place; None for an inference tensor, which does not count
    """

    number: int
    counter: int
    shape: tuple[int, ...]
    dtype: torch.dtype
    requires_grad: bool
    is_leaf: bool
    grad_fn: str
    version: int | None


class Record(NamedTuple):
    """A call of torch's that took or gave tensors.

    order:   its place in time
    name:    ``matmul``, ``add_``, ``__setitem__``, ``detach``, ``.data``, ``.requires_grad=``, ``backward``, ``grad``,
             ``step`` (an optimizer's, all its writes as one), ``numpy``, ``item``, ``from_numpy``
    inputs:  tensors among the arguments, as they were before; outputs: new or changed ones, as they were afterwards
    changed: version counters that the call has raised, as in ``State.counter``
    sources: the order of earlier calls that numbers and arrays among the arguments came from (``item``, ``numpy``)
    options: flags of backward and grad that were given, ``requires_grad``, an optimizer's class
    error:   the class of what it raised, else empty
    """

    order: int
    name: str
    spot: Spot
    inputs: tuple[State, ...] = ()
    outputs: tuple[State, ...] = ()
    changed: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    options: Mapping[str, object] = {}
    grad_mode: bool = True
    inference_mode: bool = False
    error: str = ""


class Change(NamedTuple):
    """A write in place: the call, and the version that it left."""

    record: Record
    version: int
