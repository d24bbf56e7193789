"""Writes down each call of torch's that the script makes: its tensors before and after, and the user's own line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.foreign.script.record.memory import NOTED, Memory
from gradcli.foreign.script.record.records import Change, Record, Spot, State
from gradcli.foreign.script.users import users_frame

if TYPE_CHECKING:
    import torch

MARK = "gradcli"  # in a node's metadata: the order of the call that made it
NUMBERS = frozenset(("numpy", "item", "tolist", "__float__", "__int__", "__array__", "__complex__"))
_READ = frozenset(("data", "grad", "T", "mT", "H", "mH", "real", "imag"))
_WRITTEN = frozenset(("data", "grad", "requires_grad"))
_QUESTIONS = """
    dim size stride numel nelement is_floating_point is_complex is_contiguous is_inference data_ptr element_size
    storage_offset untyped_storage get_device type __hash__ __repr__ __len__ __format__ __str__ __dir__ __contains__
    __reduce_ex__ _is_view is_signed is_tensor is_storage is_grad_enabled _record_function_enter_new _set_grad_enabled
"""
_UNSEEN = frozenset(_QUESTIONS.split())
_FLAGS = {"backward": ("gradient", "retain_graph", "create_graph"), "requires_grad_": ("requires_grad",)}
_OPTIONS = frozenset(("retain_graph", "create_graph", "allow_unused", "is_grads_batched", "requires_grad", "inplace"))
_MOST = 256  # tensors looked for in one list of arguments


def name_of(function: Any) -> str:  # Any: whatever torch hands a mode: methods, descriptors, overloads
    """``add_``; ``.data`` for a property that is read, ``.data=`` for one that is set; empty where nobody will ask."""
    name = str(getattr(function, "__name__", ""))
    if name == "__get__":
        name = function.__self__.__name__
        return f".{name}" if name in _READ else ""
    if name == "__set__":
        name = function.__self__.__name__
        return f".{name}=" if name in _WRITTEN else ""
    return "" if name in _UNSEEN else name


def spot_of(frame: FrameType) -> Spot:
    """Where a frame stands, to the column."""
    code, line = frame.f_code, frame.f_lineno
    positions = next(_position(code, frame.f_lasti // 2), (None, None, None, None))
    first, last, start, end = positions
    columns = (start, end) if first is not None and start is not None and end is not None else None
    return Spot(code.co_filename, first or line, last or line, columns, code.co_name)


def _position(code: CodeType, index: int) -> Iterator[tuple[int | None, ...]]:
    for at, position in enumerate(code.co_positions()):
        if at == index:
            yield position


class Begun(NamedTuple):
    """A call that has begun: its tensors, and what they were."""

    name: str
    spot: Spot
    tensors: list[torch.Tensor]
    states: tuple[State, ...]
    sources: tuple[int, ...]
    options: Mapping[str, object]


class Recorder:
    """Writes calls into a memory. ``library`` is the script's own torch."""

    def __init__(self, library: ModuleType, memory: Memory) -> None:
        self.torch = library
        self.memory = memory
        self.off = False
        self._tensor: type[torch.Tensor] = library.Tensor
        self._plain = (library.Tensor, library.nn.Parameter)
        self._names: dict[object, str] = {}
        self._spots: dict[tuple[int, int], tuple[CodeType, Spot]] = {}
        self._stepping: list[tuple[int, list[tuple[torch.Tensor, int]]]] = []

    def stop(self) -> None:
        """Write nothing more: the block has ended, or this is a forked worker."""
        self.off = True

    # -- around a call

    def begin(self, function: object, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Begun | None:
        """What is to be known before a call runs; None where it is not worth a record."""
        name = self._names.get(function)
        if name is None:
            if len(self._names) > 4096:
                self._names.clear()
            name = self._names[function] = name_of(function)
        if not name or self.off or self.torch._C._get_tracing_state() is not None:  # noqa: SLF001  # torch's only word for it
            return None
        frame = users_frame(sys._getframe(2))  # noqa: SLF001  # the one way to the caller
        if frame is None:
            return None
        return self._begun(name, frame, args, kwargs)

    def _begun(
        self, name: str, frame: FrameType, args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> Begun | None:
        tensors, others = self._sorted(args, kwargs)
        states = tuple([self._state(tensor) for tensor in tensors])
        sources = tuple(order for value in others if (order := self.memory.source(value)) is not None)
        return Begun(name, self._spot(frame), tensors, states, sources, _options(name, args, kwargs))

    def end(self, begun: Begun, result: object) -> None:
        """Write down a call that has returned."""
        outputs = self._sorted((result,), {})[0]
        changed = self._changed(begun)
        if not outputs and not changed and begun.name not in NOTED:
            return
        given = {id(tensor) for tensor in begun.tensors}
        new = [tensor for tensor in outputs if id(tensor) not in given]
        for tensor in new:
            self._share(tensor, begun)
        order = self.memory.next_order
        states = tuple([self._state(tensor, order) for tensor in (*new, *changed)])
        versions = {state.counter: state.version for state in states[len(new) :]}
        record = self._record(begun, states, tuple(versions))
        for tensor in new:
            known = self.memory.know(tensor)
            if known.maker is None:
                self.memory.made(known, record)
        self._note(record, changed)
        if begun.name in NUMBERS:
            for value in result if isinstance(result, list) else (result,):
                self.memory.keep(value, order)

    def fail(self, begun: Begun, error: BaseException) -> None:
        """Write down a call that has raised."""
        self._record(begun, (), (), type(error).__name__)

    def _record(self, begun: Begun, outputs: tuple[State, ...], changed: tuple[int, ...], error: str = "") -> Record:
        memory, torch = self.memory, self.torch
        record = Record(
            memory.next_order,
            begun.name,
            begun.spot,
            begun.states,
            outputs,
            changed,
            begun.sources,
            begun.options,
            torch.is_grad_enabled(),
            torch.is_inference_mode_enabled(),
            error,
        )
        memory.next_order += 1
        memory.add(record)
        return record

    def _note(self, record: Record, changed: list[torch.Tensor]) -> None:
        """Remember a write with each version counter that it raised."""
        for tensor in changed:
            changes = self.memory.know(tensor).changes
            if not changes or changes[-1].record is not record:
                changes.append(Change(record, tensor._version))  # noqa: SLF001  # torch's own counter

    def _share(self, tensor: torch.Tensor, begun: Begun) -> None:
        """A tensor that is new shares the version counter of what it is a view of, or was detached from."""
        if self.memory.find(tensor) is not None:
            return
        known = self.memory.know(tensor)
        base = tensor._base if tensor._is_view() else None  # noqa: SLF001  # torch's documented spelling
        base = begun.tensors[0] if begun.name == "detach" and begun.tensors else base
        if base is not None:
            other = self.memory.know(base)
            known.counter, known.changes = other.counter, other.changes

    def _changed(self, begun: Begun) -> list[torch.Tensor]:
        """The arguments whose version is another than before."""
        pairs = zip(begun.tensors, begun.states, strict=True)
        return [t for t, state in pairs if state.version is not None and t._version != state.version]  # noqa: SLF001  # torch's own counter

    # -- tensors

    def _sorted(self, args: Iterable[object], kwargs: Mapping[str, object]) -> tuple[list[torch.Tensor], list[object]]:
        """The tensors among the arguments, lists opened twice, and the numbers and arrays."""
        tensors: dict[int, torch.Tensor] = {}
        others: list[object] = []
        for value in (*args, *kwargs.values()) if kwargs else args:
            self._sort(value, tensors, others, 2)
        return list(tensors.values()), others

    def _sort(self, value: object, tensors: dict[int, torch.Tensor], others: list[object], depth: int) -> None:
        if isinstance(value, self._tensor):
            tensors[id(value)] = value
        elif isinstance(value, tuple | list):
            if depth:
                for item in value[:_MOST]:
                    self._sort(item, tensors, others, depth - 1)
        elif isinstance(value, float) or type(value).__name__ == "ndarray":
            others.append(value)

    def _state(self, tensor: torch.Tensor, mark: int | None = None) -> State:
        """A tensor as it is now; with ``mark``, its node is marked as made by that call."""
        if type(tensor) in self._plain:
            return self._read(tensor, mark)
        with self.torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001  # a user's subclass is not to be called
            return self._read(tensor, mark)

    def _read(self, tensor: torch.Tensor, mark: int | None) -> State:
        requires_grad = tensor.requires_grad
        leaf, name = True, ""
        if requires_grad:
            try:
                node = tensor.grad_fn
            except RuntimeError:  # a view whose base was changed in a way that autograd refuses
                leaf, name = False, "?"
            else:
                if node is not None:
                    leaf, name = False, type(node).__name__
                    if mark is not None:
                        node.metadata.setdefault(MARK, mark)  # type: ignore[attr-defined]  # a dict; torch's annotation calls it a method
        known = self.memory.know(tensor)
        return State(
            known.number,
            known.counter,
            tuple(tensor.shape),
            tensor.dtype,
            requires_grad,
            leaf,
            name,
            None if tensor.is_inference() else tensor._version,  # noqa: SLF001  # torch's own counter
        )

    def _spot(self, frame: FrameType) -> Spot:
        key = (id(frame.f_code), frame.f_lasti)
        found = self._spots.get(key)
        if found is None:
            if len(self._spots) > 20_000:
                self._spots.clear()
            found = self._spots[key] = (frame.f_code, spot_of(frame))
        return found[1]

    # -- optimizers

    def step_begins(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        """Note the versions of all parameters."""
        if not self.off:
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            self._stepping.append((id(optimizer), [(p, p._version) for p in parameters if not p.is_inference()]))  # noqa: SLF001  # torch's own counter

    def step_ends(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        """Write a step down as one call that changed parameters."""
        while self._stepping:
            identity, before = self._stepping.pop()
            if identity == id(optimizer):
                frame = users_frame_of_step(sys._getframe(1))  # noqa: SLF001  # the one way to the caller
                if frame is not None and not self.off:
                    self._step(optimizer, frame, before)
                return

    def _step(self, optimizer: torch.optim.Optimizer, frame: FrameType, before: list[tuple[torch.Tensor, int]]) -> None:
        changed = [p for p, version in before if p._version != version]  # noqa: SLF001  # torch's own counter
        begun = Begun("step", self._spot(frame), [], (), (), {"optimizer": type(optimizer).__name__})
        record = self._record(begun, (), tuple(self.memory.know(p).counter for p in changed))
        self._note(record, changed)


def users_frame_of_step(frame: FrameType | None) -> FrameType | None:
    """The user's call of ``step``, past the optimizer's own frames."""
    while frame is not None:
        found = users_frame(frame)
        if found is not None:
            return found
        frame = frame.f_back
    return None


def _options(name: str, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Mapping[str, object]:
    if name in ("backward", "requires_grad_"):
        named = dict(zip(_FLAGS[name], args[1:], strict=False)) | dict(kwargs)
    elif name == ".requires_grad=":
        return {"requires_grad": bool(args[1])}
    elif kwargs:
        named = dict(kwargs)
    else:
        return {}
    return {key: value for key, value in named.items() if key in _OPTIONS and isinstance(value, bool | None)}
