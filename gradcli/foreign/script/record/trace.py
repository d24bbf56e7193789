"""Where every tensor was made and changed in place, remembered while the script runs: the record of ``--trace``.

``recording`` is entered around the script; what it gives answers the finders' questions afterwards::

    with recording() as trace:
        ...
    trace.maker(loss)            # the call that gave this tensor: its name, the user's line, its inputs as they were
    trace.changes(gate)          # writes in place to it, to its views and to what it is a view of
    trace.calls("backward")      # also step, grad, numpy, item, detach, .data, from_numpy, .requires_grad= ...
    trace.history(loss)          # the calls behind it, the latest first
    trace.node(loss.grad_fn)     # the call that made a node of the graph
    trace.source(array)          # the call of numpy() or item() that an array or a number came from
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from gradcli.foreign.script.record.memory import Memory
from gradcli.foreign.script.record.recorder import MARK, NUMBERS
from gradcli.foreign.script.record.records import Change, Record, State
from gradcli.foreign.script.record.watching import watching

if TYPE_CHECKING:
    import torch

_FARTHEST = 10_000  # calls that a history goes through


class Trace:
    """Questions to the memory of calls. All answers are what was seen: None and empty mean not seen, or forgotten."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._index: tuple[int, dict[int, list[Record]]] = (-1, {})

    @property
    def last(self) -> Record | None:
        """The latest call: where the script failed inside of torch, the one that raised."""
        return self._memory.ring[-1] if self._memory.ring else None

    @property
    def missed(self) -> int:
        """Calls that could not be written down."""
        return self._memory.missed

    def records(self) -> Iterator[Record]:
        """All calls that are remembered, the latest first."""
        return reversed(self._memory.ring)

    def record(self, order: int) -> Record | None:
        """The call of that order."""
        ring = self._memory.ring
        at = order - ring[0].order if ring else -1
        if 0 <= at < len(ring):
            return ring[at]
        return next((one for named in self._memory.by_name.values() for one in named if one.order == order), None)

    def calls(self, *names: str) -> tuple[Record, ...]:
        """The latest calls of these names (those of ``memory.NOTED``), in their order."""
        found = [record for name in names for record in self._memory.by_name.get(name, ())]
        return tuple(sorted(found))

    def number(self, tensor: torch.Tensor) -> int | None:
        """The number by which states name this tensor."""
        known = self._memory.find(tensor)
        return None if known is None else known.number

    def tensor(self, state: State | int) -> torch.Tensor | None:
        """The live tensor of a state or a number."""
        known = self._memory.by_number(state if isinstance(state, int) else state.number)
        tensor = None if known is None else known.tensor()
        fix = getattr(tensor, "_fix_weakref", None)  # torch's own rule for weak references to tensors
        if fix is not None:
            fix()
        return tensor

    def maker(self, tensor: torch.Tensor | State | int) -> Record | None:
        """The call that gave this tensor; None for one that was there before it was seen, such as a parameter."""
        if isinstance(tensor, int):
            return self._memory.makers.get(tensor)
        if isinstance(tensor, State):
            return self._memory.makers.get(tensor.number)
        known = self._memory.find(tensor)
        return None if known is None else known.maker

    def inputs(self, record: Record) -> tuple[Record, ...]:
        """The calls that gave what a call took, its tensors, numbers and arrays, and the last that wrote into them."""
        makers = [self._memory.makers.get(state.number) for state in record.inputs]
        sources = [self.record(order) for order in record.sources]
        writes = [self._written_before(state, record.order) for state in record.inputs if state.version]
        found = {one.order: one for one in (*makers, *sources, *writes) if one is not None and one.order < record.order}
        return tuple(found.values())

    def _written_before(self, state: State, order: int) -> Record | None:
        """The last call before another that changed a live tensor in place."""
        known = self._memory.by_number(state.number)
        changes = known.changes if known is not None else ()
        return next((one.record for one in reversed(changes) if one.record.order < order), None)

    def likely_sources(self, record: Record) -> tuple[Record, ...]:
        """The calls of numpy() and item() that numbers and arrays among the arguments came from.

        Where the array is another one by now (``np.clip(x.numpy())``), the calls of the same line before this one, or
        else the latest one in the same function: likely, not certain.
        """
        certain = tuple(one for order in record.sources if (one := self.record(order)) is not None)
        if certain:
            return certain
        earlier = [one for one in self.calls(*NUMBERS) if one.order < record.order]
        beside = [one for one in earlier if (one.spot.file, one.spot.line) == (record.spot.file, record.spot.line)]
        near = [
            one for one in earlier if (one.spot.file, one.spot.function) == (record.spot.file, record.spot.function)
        ]
        return tuple(beside[-1:] or near[-1:])

    def changes(self, tensor: torch.Tensor | State | int) -> tuple[Change, ...]:
        """The latest writes in place that raised this live tensor's version, in their order."""
        if isinstance(tensor, State | int):
            known = self._memory.by_number(tensor if isinstance(tensor, int) else tensor.number)
        else:
            known = self._memory.find(tensor)
        return () if known is None else tuple(known.changes)

    def changed_after(self, counter: int, order: int) -> Record | None:
        """The first call after another that raised this ``State.counter``, be the tensor alive or not."""
        writes = self._writes().get(counter, [])
        at = bisect_right(writes, order, key=lambda record: record.order)
        return writes[at] if at < len(writes) else None

    def _writes(self) -> dict[int, list[Record]]:
        """The calls that raised each version counter, in their order; read once, anew where more was recorded."""
        until, found = self._index
        if until != self._memory.next_order:
            found = {}
            for record in self._memory.ring:
                for counter in record.changed:
                    found.setdefault(counter, []).append(record)
            self._index = (self._memory.next_order, found)
        return found

    def history(self, start: torch.Tensor | Record | State) -> Iterator[Record]:
        """The calls behind a tensor or a call, itself included, the latest first."""
        first = start if isinstance(start, Record) else self.maker(start)
        waiting: list[tuple[int, Record]] = []
        seen: set[int] = set()
        if first is not None:
            heappush(waiting, (-first.order, first))
        while waiting and len(seen) < _FARTHEST:
            record = heappop(waiting)[1]
            if record.order not in seen:
                seen.add(record.order)
                yield record
                for one in self.inputs(record):
                    heappush(waiting, (-one.order, one))

    def node(self, node: Any) -> Record | None:  # Any: a node of the user's graph
        """The call that gave the output of a node; None for a node inside of a composite call."""
        try:
            order = node.metadata.get(MARK)
        except (AttributeError, RuntimeError):
            return None
        return self.record(order) if isinstance(order, int) else None

    def source(self, value: object) -> Record | None:
        """The call that an array (or what it is a view of) or a float came from."""
        order = self._memory.source(value)
        return None if order is None else self.record(order)


@contextlib.contextmanager
def recording() -> Iterator[Trace]:
    """Remembers calls from the script's import of torch to the end of the block; imports no torch of its own."""
    memory = Memory()
    with watching(memory):
        yield Trace(memory)
