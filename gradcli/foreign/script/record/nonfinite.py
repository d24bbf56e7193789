"""``--nan``: raises at the first value or gradient that is nan or infinite while all that made it was finite.

A mode of torch's looks at what each call gives; before a backward pass each node of its graph gets a hook that looks at
what the node gives. torch's anomaly mode, whose own search knows nan alone, remembers the line of each node.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gradcli.foreign.script.record.spelling import note, spelled
from gradcli.foreign.script.record.watching import OnImport
from gradcli.foreign.script.users import users_frame

MOST_NODES = 200_000  # of a graph
WHOLE = 8  # entries of an operand that is shown whole
MARK = "gradcli_nonfinite"  # the attribute of an error that this file raised


@dataclass(frozen=True, slots=True)
class NonFinite:
    """The first number that is not finite.

    node:     the backward node (``SqrtBackward0``), or the name of the call whose value it is
    kind:     nan or infinite; entry: where in the tensor
    forward:  it is a value, not a gradient
    incoming: the gradient that came into the node at that entry, where the shapes are the same
    operands: what the operation was computed from, by gradcli's names: numbers at that entry, or small tensors whole
    place:    the user's file and line, where a call is meant
    command:  gradcli's command line for the entry, where the steps that lead there can be written in its language
    """

    node: str
    kind: str
    entry: tuple[int, ...]
    forward: bool = False
    incoming: float | None = None
    operands: tuple[tuple[str, Any], ...] = ()  # Any: a float or nested lists
    place: tuple[str, int] | None = None
    command: str = ""


@contextlib.contextmanager
def watching_numbers() -> Iterator[None]:
    """Inside, the first number that is not finite raises; imports no torch of its own."""
    with contextlib.ExitStack() as undo:
        waiting = OnImport({"torch": lambda torch: undo.enter_context(_installed(torch))})
        sys.meta_path.insert(0, waiting)
        try:
            yield
        finally:
            with contextlib.suppress(ValueError):
                sys.meta_path.remove(waiting)


@contextlib.contextmanager
def _installed(torch: Any) -> Iterator[None]:  # Any: the script's torch, a function of which is put in place of
    torch.autograd.set_detect_anomaly(True, check_nan=False)
    run = torch.autograd._engine_run_backward  # noqa: SLF001 - the one road into the engine, of backward and of grad
    torch.autograd._engine_run_backward = _hooked(torch, run)  # noqa: SLF001
    mode = _mode_of(torch)
    mode.__enter__()
    try:
        yield
    finally:
        torch.autograd._engine_run_backward = run  # noqa: SLF001
        with contextlib.suppress(Exception):  # the script may have left a mode of its own on top
            mode.__exit__(None, None, None)


# -- values


def _mode_of(torch: Any) -> Any:
    """A mode that remembers in each tensor that is not finite the call which made it of finite ones."""
    base: Any = torch.overrides.TorchFunctionMode

    class Watching(base):  # type: ignore[misc]  # so the class is Any as well
        def __torch_function__(
            self, function: Callable[..., Any], types: object, args: tuple[Any, ...] = (), kwargs: Any = None
        ) -> Any:  # Any: torch's protocol
            result = function(*args, **(kwargs or {}))
            with contextlib.suppress(Exception):  # a look must not disturb
                _note(torch, function, args, result)
            return result

    return Watching()


def _note(torch: Any, function: Callable[..., Any], args: tuple[Any, ...], result: Any) -> None:
    """Marks a result that is not finite with where it comes from: this call, or the mark of what it was made of."""
    if not isinstance(result, torch.Tensor) or not result.requires_grad or result.grad_fn is None:
        return
    name = getattr(function, "__name__", "").strip("_")
    note(torch, name, args, result)
    kind = _kind(torch, result)
    if not kind:
        return
    given = [each for each in args if isinstance(each, torch.Tensor)]
    earlier = next((m for each in given if (m := _mark(each)) is not None), None)
    if earlier is None:
        with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001 - a look that no mode sees
            frame = users_frame(sys._getframe(2))  # noqa: SLF001 - the one way to the caller
            place = None if frame is None else (frame.f_code.co_filename, frame.f_lineno)
            entry = _entry(torch, result)
            operands = tuple(zip("xyz", (_at(each, entry) for each in given), strict=False))
            told = spelled(result.grad_fn, entry)
        command = told.command if told else ""
        earlier = NonFinite(name, kind, entry, forward=True, operands=operands, place=place, command=command)
    result.grad_fn.metadata[MARK] = earlier


def _mark(tensor: Any) -> NonFinite | None:
    found = None if tensor.grad_fn is None else tensor.grad_fn.metadata.get(MARK)
    return found if isinstance(found, NonFinite) else None


# -- gradients


def _hooked(torch: Any, run: Callable[..., Any]) -> Callable[..., Any]:
    """The engine, with a hook on each node of the pass."""

    def hooked(outputs: Sequence[Any], *args: Any, **kwargs: Any) -> Any:  # Any: as torch's own
        for output in outputs:
            mark = _mark(output) if isinstance(output, torch.Tensor) else None
            if mark is not None:
                raise _error("The value that is differentiated is not finite before the backward pass.", mark)
        handles = [node.register_hook(_hook(torch, node)) for node in _nodes(outputs)]
        try:
            return run(outputs, *args, **kwargs)
        finally:
            for handle in handles:
                handle.remove()

    return hooked


def _nodes(outputs: Sequence[Any]) -> list[Any]:
    """The nodes behind the outputs, which are tensors or gradient edges."""
    waiting = [getattr(each, "grad_fn", None) or getattr(each, "node", None) for each in outputs]
    seen: dict[int, Any] = {}
    while waiting and len(seen) < MOST_NODES:
        node = waiting.pop()
        if node is not None and id(node) not in seen:
            seen[id(node)] = node
            waiting += [each for each, _ in node.next_functions]
    return list(seen.values())


def _hook(torch: Any, node: Any) -> Callable[[Any, Any], None]:
    def hook(given: Sequence[Any], incoming: Sequence[Any]) -> None:
        if any(each is not None and _kind(torch, each) for each in incoming):
            return
        for index, each in enumerate(given):
            kind = "" if each is None else _kind(torch, each)
            if kind:
                found = _described(torch, node, kind, each, incoming)
                raise _error(f"Function '{node.name()}' returned {kind} values in its {index}th output.", found)

    return hook


def _described(torch: Any, node: Any, kind: str, gradient: Any, incoming: Sequence[Any]) -> NonFinite:
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001
        entry = _entry(torch, gradient)
        came = next((each for each in incoming if each is not None), None)
        at = _at(came, entry) if came is not None and came.shape == gradient.shape else None
        told = spelled(node, entry)
        operands = tuple(told.values.items()) if told else _saved(node, entry)
        command = told.command if told else ""
        return NonFinite(node.name(), kind, entry, incoming=at, operands=operands, command=command)


def _error(text: str, found: NonFinite) -> RuntimeError:
    error = RuntimeError(text)
    setattr(error, MARK, found)
    return error


# -- numbers


def _kind(torch: Any, tensor: Any) -> str:
    """``nan``, ``infinite``, or empty."""
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001
        values = tensor.coalesce().values() if tensor.is_sparse else tensor
        if not (values.is_floating_point() or values.is_complex()) or bool(torch.isfinite(values).all()):
            return ""
        return "nan" if bool(torch.isnan(values).any()) else "infinite"


def _entry(torch: Any, tensor: Any) -> tuple[int, ...]:
    """The first entry that is not finite, nan before infinite."""
    values = tensor.to_dense() if tensor.is_sparse else tensor
    wrong = torch.isnan(values)
    wrong = wrong if bool(wrong.any()) else ~torch.isfinite(values)
    return tuple(int(i) for i in wrong.nonzero()[0])


def _at(value: Any, entry: tuple[int, ...]) -> Any:
    """A number at an entry, broadcast from the right; a small tensor of another shape whole; else None."""
    if not hasattr(value, "shape"):
        return float(value) if isinstance(value, int | float) else None
    if value.is_complex():
        return None
    if value.dim() <= len(entry):
        own = entry[len(entry) - value.dim() :]
        own = tuple(0 if size == 1 else i for i, size in zip(own, value.shape, strict=True))
        if all(i < size for i, size in zip(own, value.shape, strict=True)):
            return float(value.detach()[own])
    return value.detach().tolist() if value.numel() <= WHOLE else None


def _saved(node: Any, entry: tuple[int, ...]) -> tuple[tuple[str, Any], ...]:
    """What a node has saved of the forward pass, where it can still be read."""
    found = []
    for name in ("self", "other", "exponent", "result"):
        with contextlib.suppress(RuntimeError, AttributeError):
            found.append((name, _at(getattr(node, f"_saved_{name}"), entry)))
    return tuple((name, value) for name, value in found if value is not None)


def described_by(error: BaseException) -> NonFinite | None:
    """What this file knows of an error that it raised."""
    found = getattr(error, MARK, None)
    return found if isinstance(found, NonFinite) else None
