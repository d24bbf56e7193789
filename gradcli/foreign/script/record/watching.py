"""Puts the recorder in place when the script imports torch, and takes it away again.

A mode of torch's sees each call above autograd: methods, properties, in-place operations, backward and grad. It belongs
to the thread that imports torch: what other threads call is not seen, nor what a backward pass computes. It steps aside
inside torch.compile, while torch.jit traces, and in forked workers. What goes wrong in here is counted as missed, and
never reaches the script.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from gradcli.foreign.script.record.memory import Memory
from gradcli.foreign.script.record.recorder import Begun, Recorder
from gradcli.foreign.script.users import torch_is_loaded

_COMPILER = "torch._dynamo.eval_frame"


class OnImport:
    """A finder of modules that lets others find, and tells when a module has been loaded."""

    def __init__(self, then: dict[str, Callable[[ModuleType], None]]) -> None:
        self.then = then

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's spec with its loader's last word overheard; None for modules that are not waited for."""
        del path, target
        then = self.then.pop(name, None)
        if then is None:
            return None
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            self.then[name] = then
            return None
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            load(module)
            then(module)

        spec.loader.exec_module = loaded  # type: ignore[method-assign]  # of this one loader, for this one module
        return spec


@contextlib.contextmanager
def watching(memory: Memory) -> Iterator[None]:
    """Calls are written into the memory from the script's import of torch to the end of the block."""
    with contextlib.ExitStack() as undo:

        def torch_loaded(torch: ModuleType) -> None:
            with contextlib.suppress(Exception):  # a torch that lacks what is used here is not watched
                undo.enter_context(_installed(torch, memory, waiting))

        waiting = OnImport({})
        if torch_is_loaded():
            torch_loaded(sys.modules["torch"])
        else:
            waiting.then["torch"] = torch_loaded
        sys.meta_path.insert(0, waiting)
        try:
            yield
        finally:
            with contextlib.suppress(ValueError):
                sys.meta_path.remove(waiting)


@contextlib.contextmanager
def _installed(torch: Any, memory: Memory, waiting: OnImport) -> Iterator[None]:
    """The recorder at work in this thread. torch: a module, Any since one of its functions is put in place of."""
    recorder = Recorder(torch, memory)
    mode = _mode_of(recorder)
    optimizers = sys.modules["torch.optim.optimizer"]
    hooks = (
        optimizers.register_optimizer_step_pre_hook(_heard(recorder, recorder.step_begins)),
        optimizers.register_optimizer_step_post_hook(_heard(recorder, recorder.step_ends)),
    )
    from_numpy = torch.from_numpy
    torch.from_numpy = _from_numpy(recorder, from_numpy)  # the one maker of tensors that modes do not see
    os.register_at_fork(after_in_child=recorder.stop)
    if _COMPILER in sys.modules:
        _aside_for_compiled(sys.modules[_COMPILER], torch, mode, recorder)
    else:
        waiting.then[_COMPILER] = lambda module: _aside_for_compiled(module, torch, mode, recorder)
    mode.__enter__()
    try:
        yield
    finally:
        recorder.stop()
        _taken_off(torch, mode)
        torch.from_numpy = from_numpy
        for hook in hooks:
            hook.remove()


def _mode_of(recorder: Recorder) -> Any:  # Any: an instance of a class that is made when torch is there
    """The mode that hands each call to the recorder."""

    base: Any = recorder.torch.overrides.TorchFunctionMode  # Any: of the script's own torch

    class Recording(base):  # type: ignore[misc]  # so the class is Any as well
        def __torch_function__(
            self, function: Callable[..., Any], types: object, args: tuple[Any, ...] = (), kwargs: Any = None
        ) -> Any:  # Any: torch's protocol
            return recorded(recorder, function, args, kwargs or {})

    return Recording()


def recorded(recorder: Recorder, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The call itself, written down."""
    begun = guarded(recorder, recorder.begin, function, args, kwargs)
    if begun is None:
        return function(*args, **kwargs)
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        guarded(recorder, recorder.fail, begun, error)
        raise
    guarded(recorder, recorder.end, begun, result)
    return result


def guarded(recorder: Recorder, step: Callable[..., Begun | None], *args: object) -> Begun | None:
    """A step of the recorder's; what it raises is counted, since the script must not feel that it is watched."""
    try:
        return step(*args)
    except Exception:  # noqa: BLE001  # the user's objects may raise anything
        recorder.memory.missed += 1
        return None


def _heard(recorder: Recorder, step: Callable[..., None]) -> Callable[..., None]:
    def hook(*args: object) -> None:
        guarded(recorder, step, *args)

    return hook


def _from_numpy(recorder: Recorder, from_numpy: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(from_numpy)
    def wrapped(*args: Any, **kwargs: Any) -> Any:  # Any: as torch takes and gives them
        return recorded(recorder, from_numpy, args, kwargs)

    return wrapped


# -- the stack of modes


def _taken_off(torch: ModuleType, mode: object) -> int | None:
    """Take the mode out of this thread's stack, wherever it is; its place from the bottom, None where it was not."""
    overrides = torch.overrides
    stack = list(overrides._get_current_function_mode_stack())  # noqa: SLF001  # torch has no public word for it
    if not any(one is mode for one in stack):
        return None
    _replaced(torch, [one for one in stack if one is not mode])
    return next(index for index, one in enumerate(stack) if one is mode)


def _put_back(torch: ModuleType, mode: object, index: int) -> None:
    stack = list(torch.overrides._get_current_function_mode_stack())  # noqa: SLF001  # torch has no public word for it
    stack.insert(index, mode)
    _replaced(torch, stack)


def _replaced(torch: ModuleType, stack: list[object]) -> None:
    for _ in range(torch._C._len_torch_function_stack()):  # noqa: SLF001  # torch has no public word for it
        torch._C._pop_torch_function_stack()  # noqa: SLF001  # torch has no public word for it
    for one in stack:
        torch._C._push_on_torch_function_stack(one)  # noqa: SLF001  # torch has no public word for it


def _aside_for_compiled(module: ModuleType, torch: ModuleType, mode: object, recorder: Recorder) -> None:
    """Compiled functions run without the mode: torch.compile would compile it into them."""
    context = module._TorchDynamoContext  # noqa: SLF001  # where compiled functions are entered and left
    begin = context.__init__

    @functools.wraps(begin)
    def begun(self: Any, *args: Any, **kwargs: Any) -> None:  # Any: as torch takes them
        begin(self, *args, **kwargs)
        if not recorder.off:
            self.enter_exit_hooks.append(aside)

    def aside() -> Callable[[], None]:
        index = _taken_off(torch, mode)
        return (lambda: None) if index is None or recorder.off else (lambda: _put_back(torch, mode, index))

    context.__init__ = begun
