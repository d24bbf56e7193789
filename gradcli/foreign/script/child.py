"""The script's own process: the script as ``__main__``, as under ``python SCRIPT``; if it fails, its objects are read.

Started by its path: ``python child.py REPORT OPTIONS SCRIPT [ARGS]...``, or ``... -m MODULE [ARGS]...``. REPORT is a
file that waits for what is told (JSON), OPTIONS are words joined by commas: ``trace``, ``nan``, ``debug``. A file
``change.json`` beside REPORT holds a line of the script's that is to be another one.

Until the script has ended, this file and three small modules of Python's own are all that is loaded besides what
Python starts with: a ``random.py`` beside the script is the script's.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import warnings
from importlib.machinery import SourceFileLoader

TYPE_CHECKING = False  # as typing has it, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType, ModuleType, TracebackType
    from typing import Any

    from gradcli.foreign.script.record.trace import Trace

MAX_WARNINGS = 50  # that are remembered
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
_OURS = f"{_ROOT}/gradcli/"
_STDLIB = os.path.dirname(os.path.abspath(os.__file__))


class _Code(SourceFileLoader):
    """Runs a code that is made already in a module: what ``exec`` does."""

    def __init__(self, code: CodeType) -> None:
        super().__init__("__main__", code.co_filename)
        self.code = code

    def get_code(self, _fullname: str) -> CodeType:
        return self.code


class Apart:
    """Inside, modules come from gradcli and from Python's own library, not from the script's folder.

    What the script has loaded under a name of these is put aside, and is there again afterwards.
    """

    def __enter__(self) -> None:
        self.path, self.aside = sys.path[:], _namesakes()
        for name in self.aside:
            del sys.modules[name]
        sys.path[:0] = [_STDLIB, f"{_STDLIB}/lib-dynload", _ROOT]

    def __exit__(self, *_: object) -> None:
        sys.path[:] = self.path
        sys.modules.update(self.aside)


def _namesakes() -> dict[str, ModuleType]:
    """Modules of the script's that are named like one of Python's own or of ours, and are another."""
    homes = dict.fromkeys(sys.stdlib_module_names, f"{_STDLIB}/") | {"gradcli": f"{_ROOT}/"}
    found = {}
    for name, module in list(sys.modules.items()):
        home = homes.get(name.partition(".")[0])
        file = module.__dict__.get("__file__") if type(module) is type(sys) else None
        if home and name != "__main__" and type(file) is str and not os.path.abspath(file).startswith(home):
            found[name] = module
    return found


def _watched(frame: FrameType | None, place: tuple[str, int]) -> tuple[str, int]:
    """The file and line of the call that the recorder stood in for; the given place where there is none."""
    while frame is not None and not frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    while frame is not None and (
        frame.f_code.co_filename.startswith(_OURS) or frame.f_code.co_name == "handle_torch_function"
    ):
        frame = frame.f_back
    return place if frame is None else (frame.f_code.co_filename, frame.f_lineno)


class Observer:
    """What is noted while the script runs: its process, the warnings shown, the first error of a thread."""

    def __init__(self, report: str, options: list[str]) -> None:
        self.report, self.options = report, options
        self.process, self.folder = os.getpid(), os.getcwd()
        self.script = ""
        self.loader: Callable[[str, str], SourceFileLoader] = SourceFileLoader
        self.warnings: list[str] = []
        self.thread: tuple[str, BaseException] | None = None
        self.trace: Trace | None = None
        self.told = False

    def begin(self) -> None:
        show = getattr(warnings, "_showwarnmsg_impl", None)  # what catch_warnings(record=True) takes the place of
        if show is not None:
            warnings._showwarnmsg_impl = self._noting(show)  # type: ignore[attr-defined]  # noqa: SLF001
        threads = sys.modules.get("threading")
        home, name = (_thread, "_excepthook") if threads is None else (threads, "excepthook")
        setattr(home, name, self._thread_hook(getattr(home, name)))
        atexit.register(self.end)  # the first to be registered is the last to be called, after all threads

    def _noting(self, show: Callable[[Any], None]) -> Callable[[Any], None]:  # Any: a warnings.WarningMessage
        def shown(message: Any) -> None:  # Any: as above
            if str(message.filename).startswith(_OURS):  # what the recorder called has warned
                given = (message.filename, message.lineno)
                message.filename, message.lineno = _watched(sys._getframe(1), given)  # noqa: SLF001 - the one way
            if len(self.warnings) < MAX_WARNINGS:
                place = f"{message.filename}:{message.lineno}"
                self.warnings.append(f"{place}: {message.category.__name__}: {str(message.message)[:2000]}")
            show(message)

        return shown

    def _thread_hook(self, hook: Callable[[Any], None]) -> Callable[[Any], None]:  # Any: threading.ExceptHookArgs
        def failed(args: Any) -> None:  # Any: as above
            if self.thread is None and isinstance(args.exc_value, Exception):
                self.thread = (str(getattr(args.thread, "name", "")), args.exc_value)
            hook(args)

        return failed

    def look(self, error: BaseException, thread: str = "") -> None:
        """Writes what is found out about an error. Whatever goes wrong here, the script ends as it would have."""
        if os.getpid() != self.process:
            return  # a fork of the script's
        self.told = True
        try:
            self.write(b'{"ended": "error"}')  # what stays if nothing else can be told
            with Apart():
                from gradcli.foreign.script.look import Noted, tell

                noted = Noted(
                    script=self.script,
                    folder=self.folder,
                    warnings=tuple(self.warnings),
                    thread=thread,
                    trace=self.trace,
                )
                tell(error, noted, self.write)
        except BaseException as trouble:  # noqa: BLE001 - the script's objects may do anything
            if "debug" in self.options:
                sys.__excepthook__(type(trouble), trouble, trouble.__traceback__)

    def end(self) -> None:
        """At the end of a script without an error: a thread may have had one."""
        if self.told or os.getpid() != self.process:
            return
        if self.thread is not None:
            self.look(self.thread[1], self.thread[0])
        else:
            self.write(b'{"ended": "well"}')

    def write(self, told: bytes) -> None:
        """Into the file that waits for it; where that is gone, nobody waits."""
        descriptor = os.open(self.report, os.O_WRONLY | os.O_TRUNC)
        try:
            while told:
                told = told[os.write(descriptor, told) :]
        finally:
            os.close(descriptor)


def main() -> None:
    """Runs the script, and ends as it ends."""
    report, options, *words = sys.argv[1:]
    observer = Observer(report, options.split(","))
    observer.begin()
    error = _error_of(words, observer, os.path.join(os.path.dirname(report), "change.json"))
    if error is None:
        return
    _show(error, observer.script)  # when it is no longer being handled, as Python shows it
    observer.look(error)
    if isinstance(error, KeyboardInterrupt):
        sys.excepthook = lambda *_: None
        raise error  # so that Python ends by the signal
    sys.exit(1)


def _error_of(words: list[str], observer: Observer, change: str) -> BaseException | None:
    """What the script raises, but for SystemExit, which is passed on."""
    try:
        if os.path.exists(change):
            with Apart():
                from gradcli.foreign.script.changed import install

                observer.loader = install(change)
        _recorded(_prepared(words, observer), observer)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - this is the interpreter's own place
        error.__traceback__ = without_ours(error.__traceback__, observer.script)
        if observer.trace is not None:
            _earlier_without_ours(error)
        return error
    return None


def _prepared(words: list[str], observer: Observer) -> Callable[[], None]:
    """The script as a call: compiled, and everything as Python sets it for ``python SCRIPT`` or ``python -m``."""
    if not sys.flags.safe_path:
        del sys.path[0]  # of this file
    module = type(sys)("__main__")
    as_module = words[0] == "-m"
    sys.orig_argv[1:] = words
    sys.argv[:] = words[1:] if as_module else words
    code = _of_module(module, words[1]) if as_module else _of_file(module, words[0], observer)
    observer.script = code.co_filename
    module.__dict__.setdefault("__annotations__", {})
    module.__dict__["__builtins__"] = sys.modules["builtins"]
    sys.modules["__main__"] = module
    return lambda: _Code(code).exec_module(module)


def _of_file(module: ModuleType, script: str, observer: Observer) -> CodeType:
    path = os.path.abspath(script)
    if not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(script)))
    loader = observer.loader("__main__", path)
    module.__dict__.update(__file__=path, __loader__=loader, __cached__=None)
    return loader.source_to_code(loader.get_data(path), path)


def _of_module(module: ModuleType, name: str) -> CodeType:
    from importlib.util import find_spec

    if not sys.flags.safe_path:
        sys.path.insert(0, os.getcwd())
    spec = find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = find_spec(f"{name}.__main__")
    code = getattr(spec and spec.loader, "get_code", lambda _: None)(spec and spec.name)
    if spec is None or code is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    sys.argv[0] = str(spec.origin)
    module.__dict__.update(
        __file__=spec.origin,
        __loader__=spec.loader,
        __spec__=spec,
        __package__=spec.parent,
        __cached__=spec.cached,
    )
    return code  # type: ignore[no-any-return]  # a loader gives code or None


def _recorded(execute: Callable[[], None], observer: Observer) -> None:
    """Runs the script, its numbers watched and its calls remembered where that is asked for."""
    if "nan" in observer.options:
        with Apart():
            from gradcli.foreign.script.record.nonfinite import watching_numbers

        execute = watching_numbers()(execute)
    if "trace" not in observer.options:
        return execute()
    with Apart():
        from gradcli.foreign.script.record.trace import recording
    with recording() as observer.trace:
        return execute()


def without_ours(traceback: TracebackType | None, script: str) -> TracebackType | None:
    """The traceback from the script's first frame on, as it would be without us."""
    steps = _steps(traceback)
    files = [step.tb_frame.f_code.co_filename for step in steps]
    first = (
        files.index(script) if script in files else next((k for k, f in enumerate(files) if _is_users(f)), len(files))
    )
    return _unwatched(steps, first)


def _earlier_without_ours(error: BaseException) -> None:
    """The same of the errors that an error was raised of: they were caught, so that our frames stand inside only."""
    waiting, seen = [error.__cause__, error.__context__], {id(error)}
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = _unwatched(_steps(one.__traceback__), 0)
            waiting += (one.__cause__, one.__context__)


def _steps(traceback: TracebackType | None) -> list[TracebackType]:
    steps = []
    while traceback is not None:
        steps.append(traceback)
        traceback = traceback.tb_next
    return steps


def _unwatched(steps: list[TracebackType], first: int) -> TracebackType | None:
    """The steps from one on, joined anew.

    The record of ``--trace`` stands between a function of torch and the same function, called again by it.
    """
    codes = [step.tb_frame.f_code for step in steps]
    kept: list[TracebackType] = []
    for k in range(first, len(steps)):
        if codes[k].co_filename.startswith(_OURS):
            if kept and kept[-1].tb_frame.f_code.co_name == "handle_torch_function":
                kept.pop()
            continue
        if k and codes[k - 1].co_filename.startswith(_OURS) and kept and kept[-1].tb_frame.f_code is codes[k]:
            kept.pop()
        kept.append(steps[k])
    for k, step in enumerate(kept):
        step.tb_next = kept[k + 1] if k + 1 < len(kept) else None
    return kept[0] if kept else None


def _is_users(file: str) -> bool:
    return not file.startswith(("<frozen ", f"{_STDLIB}/", _OURS))


def _show(error: BaseException, script: str) -> None:
    """As Python does: by ``sys.excepthook``, which may be the script's own."""
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except SystemExit:
        raise
    except BaseException as second:  # noqa: BLE001 - as above
        second.__traceback__ = without_ours(second.__traceback__, script)
        for title, shown in (("Error in sys.excepthook:", second), ("\nOriginal exception was:", error)):
            if sys.stderr is not None:
                sys.stderr.write(f"{title}\n")
            sys.__excepthook__(type(shown), shown, shown.__traceback__)


if __name__ == "__main__":
    main()
