"""Which tensor is which, and what happened to it: kept for live tensors and for the latest calls, never more."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING
from weakref import ref

from gradcli.foreign.script.record.records import Change, Record, State

if TYPE_CHECKING:
    import torch

CALLS = 20_000  # calls remembered after all their tensors are gone: about 20 MB
_OF_A_NAME = 256  # of the calls that finders ask for by name
_CHANGES = 128  # of one tensor
_VALUES = 4096  # numbers and arrays that came out of tensors
_BY_NAME = """
    backward grad step numpy item tolist __float__ __int__ __array__ from_numpy detach .data .data= .requires_grad=
    .grad     requires_grad_ retain_grad register_hook __deepcopy__ tensor as_tensor
"""
NOTED = frozenset(_BY_NAME.split())  # calls that finders ask for by name, recorded whatever they give


class _Watch(ref):  # type: ignore[type-arg]  # a class cannot be written with its argument at run time on 3.11
    """A weak reference that remembers whose it was."""

    __slots__ = ("identity",)
    identity: int


class Known:
    """A live tensor. ``changes`` is shared by all that share its version counter: views, and what was detached."""

    __slots__ = ("changes", "counter", "maker", "number", "tensor")

    def __init__(self, number: int, tensor: ref[torch.Tensor]) -> None:
        self.number = self.counter = number
        self.tensor = tensor
        self.maker: Record | None = None
        self.changes: deque[Change] = deque(maxlen=_CHANGES)


class Memory:
    """The tensors alive by identity, and a ring of the latest calls."""

    def __init__(self, calls: int = CALLS) -> None:
        self.calls = calls
        self.ring: deque[Record] = deque()
        self.next_order = 0
        self.by_name: dict[str, deque[Record]] = {}
        self.makers: dict[int, Record] = {}
        self._live: dict[int, Known] = {}  # by id
        self._numbered: dict[int, Known] = {}
        self._next_number = 0
        self._values: dict[int, tuple[object, int]] = {}  # id: the value itself or its weak reference, the call
        self.missed = 0

    # -- tensors

    def find(self, tensor: torch.Tensor) -> Known | None:
        """A tensor that some call has seen."""
        return self._live.get(id(tensor))

    def by_number(self, number: int) -> Known | None:
        """A tensor that is alive still."""
        return self._numbered.get(number)

    def know(self, tensor: torch.Tensor) -> Known:
        """A tensor, seen for the first time or again."""
        identity = id(tensor)
        known = self._live.get(identity)
        if known is None:
            number = self._next_number = self._next_number + 1
            watch = _Watch(tensor, self._gone)
            watch.identity = identity
            known = Known(number, watch)
            self._live[identity] = self._numbered[number] = known
        return known

    def _gone(self, watch: _Watch) -> None:
        known = self._live.pop(watch.identity, None)
        if known is not None:
            self._numbered.pop(known.number, None)
            oldest = self.ring[0].order if self.ring else self.next_order
            if known.maker is not None and known.maker.order < oldest:
                self.makers.pop(known.number, None)

    def made(self, known: Known, record: Record) -> None:
        """Remember the call that a tensor came from."""
        known.maker = self.makers[known.number] = record

    # -- calls

    def add(self, record: Record) -> None:
        """Remember a call, and forget the oldest."""
        self.ring.append(record)
        if record.name in NOTED:
            self.by_name.setdefault(record.name, deque(maxlen=_OF_A_NAME)).append(record)
        while len(self.ring) > self.calls:
            self._forget(self.ring.popleft().outputs)

    def _forget(self, outputs: tuple[State, ...]) -> None:
        for state in outputs:
            if state.number not in self._numbered:
                self.makers.pop(state.number, None)

    # -- numbers and arrays

    def keep(self, value: object, order: int) -> None:
        """Remember which call a number or an array came from. Numbers are held, lest their identity pass on."""
        number = isinstance(value, float | complex)  # of a small integer Python has one object
        if not number and type(value).__name__ != "ndarray":
            return
        held = value if number else ref(value)
        self._values[id(value)] = held, order
        if len(self._values) > _VALUES:
            del self._values[next(iter(self._values))]

    def source(self, value: object) -> int | None:
        """The call that a number or an array came from, or the array that it is a view of."""
        for _ in range(8):
            held, order = self._values.get(id(value), (None, 0))
            if held is not None and (held is value or (isinstance(held, ref) and held() is value)):
                return order
            value = getattr(value, "base", None) if type(value).__name__ == "ndarray" else None
            if value is None:
                return None
        return None
