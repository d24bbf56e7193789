"""The user's own Python: found by its name, called with named values, its numbers read.

The only room that runs what a user wrote. Whatever that code raises becomes an InputError of kind "python" with the
user's file and line; whatever it prints goes to stderr, because stdout is gradcli's.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.machinery
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType, dtype_of
from gradcli.base.errors import InputError, printable
from gradcli.foreign.sources import LIBRARIES, from_text, read_anew
from gradcli.operations.table import did_you_mean

UserCallable = Callable[..., Any]  # Any: what a user's function takes and gives is what gradcli finds out

_FORMS = "write MODULE:FUNCTION, for instance losses:huber, or path/to/file.py:FUNCTION"
_PACKAGE = f"{Path(__file__).resolve().parents[1]}{os.sep}"
_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ANY_NUMBER = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def wrong(message: str, hint: str | None = None) -> InputError:
    """The error that the user's Python cannot be loaded or used; its own words are escaped."""
    return InputError(printable(message), hint=None if hint is None else printable(hint), kind="python")


# -- finding it


def load(text: str) -> UserCallable:
    """The function that ``module:function`` or ``path/to/file.py:function`` names. Importing it runs the user's module.

    Dotted attributes may follow the colon (``losses:Huber.gradient``). The current directory comes first on the import
    path, then a file's own folder; both are taken off again. A module is imported once a process.
    Errors: InputError of kind "python" for a module or function that is not there, or whose import raises or exits.

    >>> load("math:sin")(0.0)
    0.0
    """
    if not isinstance(text, str):
        raise wrong(f"a function is named by a text, not by {type(text).__name__}", _FORMS)
    module, _, dotted = text.strip().rpartition(":")
    names = dotted.split(".")
    if not module or not all(name.isidentifier() for name in names):
        raise wrong(f"'{text[:80]}' names no function", _FORMS)
    found: Any = _from_file(module) if module.endswith(".py") else _from_path(module)
    for depth, name in enumerate(names):
        found = _attribute(found, name, ".".join((module, *names[:depth])))
    if not callable(found):
        raise wrong(f"{text.strip()} is not a function but of type {type(found).__name__}")
    return found  # type: ignore[no-any-return]  # callable() has just said so


def _attribute(owner: Any, name: str, shown: str) -> Any:  # Any: a module, a class, or what they hold
    if protected(lambda: hasattr(owner, name), f"looking for {name} in {shown}"):
        return getattr(owner, name)
    public = [other for other in dir(owner) if not other.startswith("_")]
    close = did_you_mean(name, public)
    own = [other for other in public if getattr(getattr(owner, other, None), "__module__", "") == owner.__name__]
    hint = f"did you mean {close}?" if close else f"it defines {', '.join(own[:10])}" if own else None
    raise wrong(f"{shown} has no '{name}'", hint)


def _from_path(name: str) -> ModuleType:
    """The module of that name, as ``import`` finds it from the current directory."""
    if not all(part.isidentifier() for part in name.split(".")):
        hint = f"did you mean {name}.py?" if Path(f"{name}.py").is_file() else _FORMS
        raise wrong(f"'{name[:80]}' is not the name of a module", hint)
    with users_code():
        importlib.invalidate_caches()
        _refuse_namesake(name.partition(".")[0])
        try:
            module: ModuleType = protected(lambda: importlib.import_module(name), f"importing {name}")
            return module
        except InputError as error:
            if not _is_absent(error.__cause__, name):
                raise
    near = [path.stem for path in Path().glob("*.py")] + [path.parent.name for path in Path().glob("*/__init__.py")]
    close = did_you_mean(name, [*near, *sys.stdlib_module_names])
    place = "modules are looked for in the current directory, then in the environment; a file: path/to/file.py:FUNCTION"
    raise wrong(f"there is no module '{name}'", f"did you mean {close}?" if close else place)


def _is_absent(error: BaseException | None, name: str) -> bool:
    """Whether it is the module itself, or a package around it, that is not there; not one that it imports."""
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return missing is not None and f"{name}.".startswith(f"{missing}.")


def _refuse_namesake(root: str) -> None:
    """A module of that name from elsewhere is loaded already: ``import`` would hand out the wrong one silently."""
    loaded = getattr(getattr(sys.modules.get(root), "__spec__", None), "origin", None)
    spec = importlib.machinery.PathFinder.find_spec(root)
    found = None if spec is None or not spec.origin or spec.origin.startswith(LIBRARIES) else spec.origin
    if loaded and found and Path(loaded).resolve() != Path(found).resolve():
        hint = f"name the file: ./{_short(found)}:FUNCTION"
        raise wrong(f"a module '{root}' is loaded already from {loaded}; it hides {found}", hint)


def _from_file(text: str) -> ModuleType:
    """The module in a file, under the file's own name where that is free."""
    try:
        path = Path(text).expanduser().resolve()
        there = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise wrong(f"cannot read {text[:80]}: {error}") from None
    if not there:
        near = [str(other) for other in Path(text).parent.glob("*.py")] if Path(text).parent.is_dir() else []
        close = did_you_mean(text, near)
        raise wrong(f"there is no file {text}", f"did you mean {close}?" if close else None)
    mark = (str(path), path.stat().st_mtime_ns)
    for module in list(sys.modules.values()):
        if getattr(module, "__gradcli_file__", None) == mark:
            return module
    module = _new_module(path.stem if path.stem not in sys.modules else f"{path.stem}_{abs(hash(mark))}", path)
    module.__gradcli_file__ = mark  # type: ignore[attr-defined]  # ours: read once, as it is now
    return module


def _new_module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    loader = None if spec is None else from_text(spec).loader
    if spec is None or loader is None:
        raise wrong(f"{path} is not Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their classes up there
    try:
        with users_code(str(path.parent)):
            protected(lambda: loader.exec_module(module), f"importing {_short(str(path))}")
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, InputError) and "relative import" in error.message:
            error.advice = f"name it as a module from the folder above its package: package.{path.stem}:FUNCTION"
        raise
    return module


# -- running it


@contextlib.contextmanager
def users_code(*folders: str) -> Iterator[None]:
    """Inside, the current directory and ``folders`` come first on the import path, and stdout is stderr."""
    with contextlib.suppress(FileNotFoundError):  # the current directory may have been removed
        folders = (str(Path.cwd()), *folders)
    sys.path[:0] = added = list(dict.fromkeys(folders))
    try:
        with contextlib.redirect_stdout(sys.stderr), _descriptor_onto_stderr(), read_anew():
            yield
    finally:
        for folder in added:
            with contextlib.suppress(ValueError):
                sys.path.remove(folder)


@contextlib.contextmanager
def _descriptor_onto_stderr() -> Iterator[None]:
    """What C code and child processes print, too."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
    try:
        saved = os.dup(1)
        os.dup2(2, 1)
    except OSError:  # one of the two is closed
        yield
        return
    try:
        yield
    finally:
        if sys.__stdout__ is not None:
            sys.__stdout__.flush()
        os.dup2(saved, 1)
        os.close(saved)


def folder_of(function: UserCallable) -> tuple[str, ...]:
    """The folder of a top-level module, where its late imports are looked for; nothing for others."""
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    file = getattr(module, "__file__", None)
    return (str(Path(file).parent),) if file and "." not in getattr(module, "__name__", ".") else ()


def protected(run: Callable[[], Any], doing: str) -> Any:  # Any: what the user's code gives
    """``run()``; what the user's code raises becomes an InputError that says what was done, and where it broke.

    KeyboardInterrupt and gradcli's own alarm pass.
    """
    try:
        return run()
    except SystemExit as error:
        hint = 'put what a script does under `if __name__ == "__main__":`'
        raise wrong(f"{doing} ended Python: SystemExit({error.code!r}){_where(error)}", hint) from error
    except Exception as error:  # a user's code may raise anything
        raise wrong(f"{doing} failed: {_says(error)}{_where(error)}") from error


def _says(error: BaseException) -> str:
    lines = "".join(traceback.format_exception_only(error)).splitlines()
    named = [line for line in lines if line.split(":")[0].split(".")[-1] == type(error).__name__]
    return (named or lines[-1:])[0][:300]


def _where(error: BaseException) -> str:
    """`` (losses.py:12)``: the innermost line of the user's own, or of a library where there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({_short(error.filename)}:{error.lineno})"
    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    places = [place for place in places if not place[0].startswith((_PACKAGE, "<frozen"))]
    own = [place for place in places if not place[0].startswith(LIBRARIES)] or places
    return f" ({_short(own[-1][0])}:{own[-1][1]})" if own else ""


def _short(path: str) -> str:
    with contextlib.suppress(ValueError, FileNotFoundError):
        return str(Path(path).relative_to(Path.cwd()))
    return path


@dataclass(frozen=True, slots=True)
class UserFunction:
    """A user's function and the way in which values travel into it.

    label:    ``losses:huber``, as messages name it
    in_order: names of the values that go by position; ``by_name``: those that go by keyword
    notes:    where names of values and of parameters differ
    """

    function: UserCallable
    label: str
    in_order: tuple[str, ...]
    by_name: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def call(self) -> str:
        """The call as Python: ``huber(x, delta)``."""
        return f"{self.label.rpartition(':')[2]}({', '.join((*self.in_order, *self.by_name))})"

    def __call__(self, values: Mapping[str, Any]) -> Any:  # Any: arrays or tensors, and what comes back
        """Errors: InputError of kind "python" with the user's own exception."""
        in_order = [values[name] for name in self.in_order]
        by_name = {name: values[name] for name in self.by_name}
        return protected(lambda: self.function(*in_order, **by_name), self.label)


def bind(function: UserCallable, names: Sequence[str], label: str, *, some: bool = False) -> UserFunction:
    """``function`` made ready for values of these names: by name where its signature has them all, else in order.

    some: a function that knows part of the names, and needs no others, gets that part
    Errors: InputError of kind "python" for too few or too many values, or an order that contradicts the names.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):  # some builtins have none
        return UserFunction(function, label, tuple(names))
    single = {p.name: p for p in parameters if p.kind not in _ANY_NUMBER}
    needed = [p.name for p in single.values() if p.default is p.empty]
    kinds = {p.kind for p in parameters}
    known = [name for name in names if name in single]
    takes_any = inspect.Parameter.VAR_KEYWORD in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds
    if len(known) < len(names) and not takes_any and not (some and known and set(needed) <= set(known)):
        return _in_order(function, label, names, parameters)
    missing = [name for name in needed if name not in names]
    if missing:
        raise wrong(f"{label} also needs {', '.join(missing)}", f"add {missing[0]}=VALUE")
    only = [p.name for p in single.values() if p.kind is p.POSITIONAL_ONLY and p.name in names]
    given = [name for name in single if name in names] + [name for name in names if takes_any and name not in single]
    return UserFunction(function, label, tuple(only), tuple(name for name in given if name not in only))


def _in_order(
    function: UserCallable, label: str, names: Sequence[str], parameters: Sequence[inspect.Parameter]
) -> UserFunction:
    places = [p.name for p in parameters if p.kind in _BY_POSITION]
    needed = [p.name for p in parameters if p.kind not in _ANY_NUMBER and p.default is p.empty]
    takes = f"{label} takes ({', '.join(str(p) for p in parameters)})"
    values = f"the values are {', '.join(names)}"
    crossed = [name for place, name in zip(places, names, strict=False) if name != place and name in places]
    left = [name for name in needed if name not in places[: len(names)]]
    if crossed or left or (len(names) > len(places) and not any(p.kind is p.VAR_POSITIONAL for p in parameters)):
        unknown = [name for name in names if name not in places]
        close = did_you_mean(unknown[0], [p.name for p in parameters if p.name not in names]) if unknown else None
        raise wrong(f"{takes}, {values}", f"did you mean {close} instead of {unknown[0]}?" if close else None)
    pairs = [f"{name} as {place}" for name, place in zip(names, places, strict=False) if name != place]
    notes = (f"{label} gets its values in order: {', '.join(pairs)}",) if pairs else ()
    return UserFunction(function, label, tuple(names), notes=notes)


# -- reading what comes back


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a user's function gave, copied: ``array`` of float64 or complex128, and the precision it was computed in."""

    array: npt.NDArray[Any]  # Any: float64 or complex128
    precision: float = DType.FLOAT64.eps
    whole: bool = False

    @property
    def is_complex(self) -> bool:
        """Has any of them an imaginary part?"""
        return bool(self.array.dtype.kind == "c" and self.array.imag.any())


def numbers(answer: Any, label: str) -> Numbers:  # Any: a float, list, numpy array, tensor, or anything else
    """The numbers in an answer; lists are stacked. Errors: InputError of kind "python" where there are none."""
    if answer is None:
        raise wrong(f"{label} gave None", "is its `return` missing?")
    parts = [part for part in _leaves(answer) if hasattr(part, "dtype")]
    try:
        array = np.array(_plain(answer))
        if array.dtype.kind == "O":
            array = array.astype(np.float64)  # Fraction, Decimal, sympy and mpmath numbers
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise wrong(f"{label} gave no array of numbers but {type(answer).__name__}: {str(error)[:120]}") from None
    if array.dtype.kind not in "biufc":
        raise wrong(f"{label} gave no numbers but {type(answer).__name__}")
    precision = max(row.eps for row in (DType.FLOAT64, *map(dtype_of, parts)) if row is not None)
    kept = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    return Numbers(kept, precision, array.dtype.kind in "biu")


def _leaves(answer: Any) -> Iterator[Any]:  # Any: as above
    if isinstance(answer, list | tuple):
        for part in answer:
            yield from _leaves(part)
    else:
        yield answer


def _plain(answer: Any) -> Any:  # Any: as above; what numpy reads comes out
    if isinstance(answer, list | tuple):
        return [_plain(part) for part in answer]
    if inspect.iscoroutine(answer):
        answer.close()  # else Python warns, whenever it is collected, that nobody awaited it
    if isinstance(answer, dict | set | str | bytes) or inspect.iscoroutine(answer) or inspect.isgenerator(answer):
        raise TypeError("not an array")
    if hasattr(answer, "detach"):
        dense = answer.detach().cpu()
        dense = (dense if str(dense.layout) == "torch.strided" else dense.to_dense()).resolve_conj().resolve_neg()
        return (dense.double() if dense.is_floating_point() else dense).numpy()
    if hasattr(answer, "toarray"):  # scipy's sparse matrices
        return answer.toarray()
    return np.asarray(answer)


@dataclass(frozen=True, slots=True)
class Part:
    """What an answer holds for one variable, None where it says None; ``text``: how Python takes it out."""

    value: Any  # as above
    text: str


def parts(answer: Any, shapes: Mapping[str, tuple[int, ...]], label: str, text: str) -> dict[str, Part] | None:
    """An answer cut up by variable: by name out of a mapping, else in order; None where the number of parts is another.

    shapes: what is expected of each variable. A single variable's part need not be wrapped in a list.
    Errors: InputError of kind "python" for a mapping with an unknown name.
    """
    if isinstance(answer, Mapping):
        odd = [str(name) for name in answer if name not in shapes]
        if odd and not all(name in answer for name in shapes):
            close = did_you_mean(odd[0], shapes)
            hint = f"did you mean {close}?" if close else f"expected are {', '.join(shapes)}"
            raise wrong(f"{label} gave a part for '{odd[0]}', which is none of the variables", hint)
        return {name: Part(answer.get(name), f"{text}[{name!r}]") for name in shapes}
    (first, shape), *more = shapes.items()
    wrapped = isinstance(answer, list | tuple) and len(answer) == 1
    if not more and not (wrapped and (answer[0] is None or numbers(answer, label).array.shape != shape)):
        return {first: Part(answer, text)}
    sizes = (len(answer),) if isinstance(answer, list | tuple) else tuple(getattr(answer, "shape", ()))
    if sizes[:1] != (len(shapes),) or (len(sizes) > 1 and any(sizes[1:] != shape for shape in shapes.values())):
        return None
    return {name: Part(answer[k], f"{text}[{k}]") for k, name in enumerate(shapes)}


# -- what values travel in


@dataclass(frozen=True, slots=True)
class Carrier:
    """In what values travel into a user's function: numpy arrays (no ``dtype``), or tensors of that dtype."""

    name: str
    dtype: str = ""
    grad: bool = False

    @property
    def single(self) -> bool:
        """Does it carry float32?"""
        return self.dtype == DType.FLOAT32

    def pack(self, values: Mapping[str, FloatArray], wrt: Sequence[str], *, leaves: bool) -> dict[str, Any]:
        """Copies; numbers become float64 scalars, or tensors without axes. Any: arrays or tensors.

        leaves: tensors of ``wrt`` are leaves of the graph, which collect ``.grad`` and cannot be written into
        """
        if not self.dtype:
            return {name: value.copy() if value.ndim else value[()] for name, value in values.items()}
        import torch

        tensors = {name: torch.tensor(value, dtype=getattr(torch, self.dtype)) for name, value in values.items()}
        if not self.grad:
            return tensors
        grown = {name: x.requires_grad_(name in wrt) for name, x in tensors.items()}
        return grown if leaves else {name: x.clone() for name, x in grown.items()}

    def call(
        self, function: UserFunction, values: Mapping[str, FloatArray], wrt: Sequence[str], *, leaves: bool
    ) -> tuple[Any, tuple[str, ...]]:  # Any: what the user's function gives
        """The answer, and the arguments that the function has written into.

        Errors: InputError of kind "python" where the function raises.
        """
        given, before = (self.pack(values, wrt, leaves=leaves) for _ in range(2))
        answer = function(given)
        pairs = ((name, numbers(given[name], name).array, numbers(before[name], name).array) for name in values)
        return answer, tuple(name for name, now, then in pairs if not np.array_equal(now, then, equal_nan=True))


ARRAYS = Carrier("numpy arrays")
GRAPH, PLAIN = Carrier("float64 tensors", "float64", grad=True), Carrier("float64 tensors", "float64")
SINGLE_GRAPH, SINGLE = Carrier("float32 tensors", "float32", grad=True), Carrier("float32 tensors", "float32")


def knows_torch(function: UserCallable) -> bool:
    """Whether the module in which it is written imports torch."""
    known = getattr(function, "__globals__", {}).values()
    return any(isinstance(value, ModuleType) and value.__name__.partition(".")[0] == "torch" for value in known)
