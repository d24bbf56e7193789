"""The live graph behind a tensor: its nodes, what they have saved, and which of it is freed or was changed in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.live import MISSING

if TYPE_CHECKING:
    from gradcli.foreign.script.failure import Failure
    from gradcli.foreign.script.record.records import Record
    from gradcli.foreign.script.record.trace import Trace

MOST = 100_000  # nodes that are looked at
_CHANGED = re.compile(
    r"\[\S+ \[(?P<shape>[\d, ]*)\]\](?:, which is output \d+ of (?P<op>\w+),)?"
    r" is at version (?P<version>\d+); expected version (?P<expected>\d+)"
)
_ENGINE = ("torch/autograd/__init__.py", "torch/autograd/graph.py")

Node = Any  # Any: torch's nodes, of classes that torch makes as it runs


class Kept(Enum):
    """What has become of a saved tensor."""

    THERE = "there"
    FREED = "freed"
    CHANGED = "changed in place"


@dataclass(frozen=True, slots=True)
class Saved:
    """A tensor that a node saved.

    data:     a tensor of the same memory, of whatever version, where torch tells; else None
    shape, op, version, expected: of a changed one, as torch words them: the sizes, the operation that made it
    """

    node: Node
    name: str
    kept: Kept
    data: Any = None  # Any: a tensor
    shape: str = ""
    op: str = ""
    version: int = 0
    expected: int = 0


class Graph:
    """The nodes behind some tensors, breadth first, each with the node that led to it."""

    def __init__(self, tensors: list[Any]) -> None:  # Any: tensors
        self.consumer: dict[Node, Node | None] = {}
        waiting: list[Node] = []
        for tensor in tensors:
            node = node_of(tensor)
            if node is not None and node not in self.consumer:
                self.consumer[node] = None
                waiting.append(node)
        for node in waiting:  # grows
            for below, _ in node.next_functions:
                if below is not None and below not in self.consumer and len(waiting) < MOST:
                    self.consumer[below] = node
                    waiting.append(below)
        self.nodes = tuple(waiting)

    def __contains__(self, node: object) -> bool:
        return node in self.consumer

    def saved(self) -> Iterator[Saved]:
        """What all nodes have saved."""
        for node in self.nodes:
            yield from saved_by(node)

    def freed(self) -> set[Node]:
        """The nodes whose saved tensors are gone."""
        return {each.node for each in self.saved() if each.kept is Kept.FREED}

    def record(self, node: Node | None, trace: Trace) -> Record | None:
        """The call that made a node; of a node inside of a composite call, the composite call."""
        for _ in range(MOST):
            if node is None:
                return None
            record = trace.node(node)
            if record is not None:
                return record
            node = self.consumer.get(node)
        return None


def node_of(tensor: Any) -> Node | None:  # Any: the user's object
    """A tensor's node; None for leaves, constants, what is no tensor, and views that autograd refuses to look at."""
    if not live.is_tensor(tensor):
        return None
    try:
        return live.torch().Tensor.grad_fn.__get__(tensor)
    except RuntimeError:
        return None


@cache
def _slots(kind: type) -> tuple[str, ...]:
    """The names under which nodes of a class keep tensors. Sizes and other numbers are left."""
    names = [name for name in dir(kind) if name.startswith("_saved_")]
    kept = [name for name in names if hasattr(kind, f"_raw{name}")]
    return (*kept, *(("saved_tensors",) if hasattr(kind, "saved_tensors") else ()))


def saved_by(node: Node) -> Iterator[Saved]:
    """What a node has saved. Hooks of the user's that unpack are not run: such tensors count as there."""
    for name in _slots(type(node)):  # type: ignore[arg-type]  # a class is hashable
        data, hooked = _raw(node, name)
        if hooked:
            continue
        try:
            value = getattr(node, name)
        except RuntimeError as error:
            yield _refused(node, name, str(error), data)
        else:
            yield Saved(node, name, Kept.THERE, value if data is None and live.is_tensor(value) else data)


def _raw(node: Node, name: str) -> tuple[Any, bool]:  # Any: a tensor
    """The memory of a saved tensor, and whether the user's hook packs it."""
    try:
        raw = getattr(node, f"_raw{name}", None)
        return getattr(raw, "data", None), getattr(raw, "unpack_hook", None) is not None
    except RuntimeError:
        return None, False


def _refused(node: Node, name: str, message: str, data: Any) -> Saved:  # Any: a tensor
    found = _CHANGED.search(message)
    if found is None:
        return Saved(node, name, Kept.FREED, data)
    op = (found["op"] or "").removesuffix("0").removesuffix("Backward")
    return Saved(node, name, Kept.CHANGED, data, found["shape"], op, int(found["version"]), int(found["expected"]))


def differentiated(failure: Failure) -> list[Any]:  # Any: tensors
    """The outputs that torch was asked to differentiate when it raised, from torch's own frames."""
    found: list[Any] = []
    step = failure.error.__traceback__
    while step is not None:
        frame = step.tb_frame
        if frame.f_code.co_filename.replace("\\", "/").endswith(_ENGINE):
            held = frame.f_locals
            for name in ("tensors", "outputs", "t_outputs"):
                value = held.get(name, MISSING)
                if value is not MISSING:
                    found = list(live.tensors_in(value)) or found
        step = step.tb_next
    return found


def memory_of(tensor: Any) -> int | None:  # Any: the user's object
    """Where a tensor's memory begins: equal for views of one another. None where it has none."""
    if not live.is_tensor(tensor):
        return None
    try:
        with live.torch()._C.DisableTorchFunctionSubclass():  # noqa: SLF001  # a user's subclass is not to be called
            return tensor.untyped_storage().data_ptr() or None
    except (RuntimeError, NotImplementedError, TypeError, AttributeError):  # sparse and meta tensors have none
        return None


def version_of(tensor: Any) -> int | None:  # Any: a tensor
    """How often a tensor was changed in place; None for an inference tensor."""
    try:
        return int(live.torch().Tensor._version.__get__(tensor))  # noqa: SLF001  # torch's own counter
    except RuntimeError:
        return None
