"""What autograd saves for the backward pass, step by step, and until when: measured by ``saved_tensors_hooks``.

Memory is counted in bytes of storages, each once, whoever shares it; what the inputs hold anyway is not counted. A
saved tensor is alive as long as the graph holds what the hook gave it, which a weak reference tells.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.autograd.graph import Node, saved_tensors_hooks

from gradcli.autograd import passes
from gradcli.autograd.point import Torch
from gradcli.base.arrays import FloatArray

Storage = tuple[int, int]  # its address and its bytes


@dataclass(frozen=True, slots=True)
class SavedTensor:
    """A tensor that a step saved for its backward pass.

    source: the index of the first step whose value lies in the same memory; None for memory that no step's value has
    bytes:  of the whole storage; counted: here first, and not as an input's
    """

    source: int | None
    shape: tuple[int, ...]
    bytes: int
    counted: bool


BySteps = tuple[tuple[SavedTensor, ...], ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What one function saves, by step, and the bytes that autograd holds at each moment beyond those of the inputs.

    traced:    by step, whether autograd has recorded it
    forward:   by step, what its forward pass saves; backward: what its backward pass saves with ``create_graph=True``
    inputs:    bytes of the inputs that the graph refers to
    gradients: bytes of the gradients themselves
    freed:     held after a backward pass; reusable: whether torch goes through that graph once more
    retained:  held after a backward pass with ``retain_graph=True``; released: the same, then without the output
    created:   held after a backward pass with ``create_graph=True``, then without the output, then without gradients
    refused:   torch's words where it records no backward pass; then nothing is known of ``created`` and what follows
    """

    traced: tuple[bool, ...]
    forward: BySteps
    backward: BySteps
    inputs: int
    gradients: int
    after_forward: int
    freed: int
    reusable: bool
    retained: int
    released: int
    created: int = 0
    without_output: int = 0
    without_gradients: int = 0
    refused: str | None = None


class _Packed:
    """What the graph holds in the place of a saved tensor."""

    __slots__ = ("__weakref__", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


@dataclass(slots=True)
class Ledger:
    """What was saved and is still held, noted under whatever ``current`` is at the time.

    finished: whether the forward pass is over; a backward pass before that is part of it
    """

    current: int = 0
    finished: bool = False
    noted: list[tuple[int, weakref.ref[_Packed]]] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Inside, every tensor that autograd saves is noted."""
        with saved_tensors_hooks(self._pack, lambda packed: packed.tensor):
            yield

    def _pack(self, tensor: Tensor) -> _Packed:
        packed = _Packed(tensor.detach())
        self.noted.append((self.current, weakref.ref(packed)))
        return packed

    def held(self) -> list[tuple[int, Tensor]]:
        """What the graph holds now, in the order in which it was saved."""
        alive = ((note, reference()) for note, reference in self.noted)
        return [(note, packed.tensor) for note, packed in alive if packed is not None]

    def bytes(self, apart: Mapping[Storage, object]) -> int:
        """The bytes that the graph holds now, each storage once, those ``apart`` left out."""
        return sum(size for _, size in {storage_of(tensor) for _, tensor in self.held()} - apart.keys())


def storage_of(tensor: Tensor) -> Storage:
    """The memory behind a tensor, that of all its views."""
    memory = tensor.untyped_storage()
    return memory.data_ptr(), memory.nbytes()


def saved(point: Torch, cotangent: FloatArray | None = None) -> Saved:
    """What the function at the point saves, and what stays alive; three forward passes and as many backward ones.

    cotangent: of the output's shape; None for a scalar
    """
    with point.guarded():
        weight = None if cotangent is None else point.tensor(cotangent)
        return _recorded(point, weight, _retained(point, weight), _freed(point, weight))


def _freed(point: Torch, weight: Tensor | None) -> tuple[int, int, bool]:
    """The bytes held after the forward pass, and after a backward pass; whether torch does it once more.

    That fails without a tensor that the hooks see, too, where a step has saved a number of the expression.
    """
    ledger = Ledger()
    with ledger.watching():
        made = point.run()
        apart = _storages(made.inputs)
        before = ledger.bytes(apart)
        passes.gradient(made.output, made.leaves, weight)
        after = ledger.bytes(apart)
        try:
            passes.gradient(made.output, made.leaves, weight)
        except RuntimeError:
            return before, after, False
        return before, after, True


def _retained(point: Torch, weight: Tensor | None) -> tuple[int, int]:
    """The bytes held after a backward pass that retains the graph, and when the output is gone as well."""
    ledger = Ledger()
    with ledger.watching():
        made = point.run()
        apart = _storages(made.inputs)
        passes.gradient(made.output, made.leaves, weight, retain_graph=True)
        retained = ledger.bytes(apart)
        del made
        return retained, ledger.bytes(apart)


def _recorded(point: Torch, weight: Tensor | None, retained: tuple[int, int], freed: tuple[int, int, bool]) -> Saved:
    """The same with a backward pass that is recorded: who saves what, and who keeps it alive."""
    ledger = Ledger()
    with ledger.watching():
        inputs = point.leaves()
        apart = _storages(inputs)
        values = _Values(ledger)
        output = point.forward(inputs, watch=values.watch)
        traced = tuple(isinstance(value, Tensor) and value.requires_grad for value in values.found)
        leaves = [inputs[name] for name in point.task.wrt]
        ledger.finished, refused = True, None
        try:
            parts = passes.gradient(output, leaves, weight, create_graph=True)
        except RuntimeError as error:
            parts, refused = [], str(error).splitlines()[0]
        gradients = sum(size for _, size in _storages({str(k): g for k, g in enumerate(parts) if g is not None}))
        sources = values.sources()
        del values  # what the output does not need goes with the last variable that holds it
        forward, backward = _by_step(ledger.held(), sources, apart, len(traced))
        referred = {storage_of(tensor) for _, tensor in ledger.held()} & apart.keys()
        created = ledger.bytes(apart)
        del output
        without_output = ledger.bytes(apart)
        del parts
        return Saved(
            traced,
            forward,
            backward,
            sum(size for _, size in referred),
            gradients,
            *freed,
            *retained,
            created,
            without_output,
            ledger.bytes(apart),
            refused,
        )


class _Values:
    """The values of the steps as they come; the ledger notes what step k saves under k, and its backward pass under ~k.

    A backward pass inside the function is part of the step that asks for it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.found = ledger, list[Any]()  # Any: tensors and Python numbers
        self.seen: set[Node] = set()

    def watch(self, index: int, value: Any) -> None:  # Any: as above
        self.found.append(value)
        self.ledger.current = index + 1
        if isinstance(value, Tensor) and value.grad_fn is not None:
            for node in nodes_behind(value.grad_fn, self.seen):
                node.register_prehook(self._at(~index))

    def sources(self) -> dict[Storage, int]:
        """The first step whose value lies in each memory."""
        found: dict[Storage, int] = {}
        for index, value in enumerate(self.found):
            if isinstance(value, Tensor):
                found.setdefault(storage_of(value), index)
        return found

    def _at(self, note: int) -> Callable[[Any], None]:  # Any: gradients
        ledger = self.ledger  # not self: the graph would hold the values

        def prehook(_: Any) -> None:  # Any: as above
            if ledger.finished:
                ledger.current = note

        return prehook


def nodes_behind(node: Node, seen: set[Node]) -> list[Node]:
    """The node and those behind it that nobody has seen yet; they are seen then."""
    found, waiting = [], [node]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        found.append(node)
        waiting += [behind for behind, _ in node.next_functions if behind is not None]
    return found


def _storages(tensors: Mapping[str, Tensor]) -> dict[Storage, None]:
    return {storage_of(tensor): None for tensor in tensors.values()}


def _by_step(
    held: Sequence[tuple[int, Tensor]], sources: Mapping[Storage, int], apart: Mapping[Storage, None], count: int
) -> tuple[BySteps, BySteps]:
    """What each of the ``count`` steps saved, forward and backward; a storage counts where it is met first."""
    met = dict.fromkeys(apart)
    rows: dict[int, list[SavedTensor]] = {}
    for note, tensor in held:
        memory = storage_of(tensor)
        row = SavedTensor(sources.get(memory), tuple(tensor.shape), memory[1], memory not in met)
        rows.setdefault(note, []).append(row)
        met[memory] = None
    forward, backward = (tuple(tuple(rows.get(at(k), ())) for k in range(count)) for at in (int, int.__invert__))
    return forward, backward
