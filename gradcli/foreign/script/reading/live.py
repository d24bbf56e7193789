"""Live objects looked at without running the user's code: no properties, no ``__getattr__``, no ``__eq__`` of theirs.

torch is what the script has loaded; where it has not, no object is a tensor.
"""

from __future__ import annotations

import functools
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from gradcli.foreign.script.users import Whose, whose

_CACHED = functools.cached_property
MOST = 200  # entries of a container that are looked at

# Any, here and below: the user's objects, of which nothing is known.
MISSING: Final[Any] = type("Missing", (), {"__repr__": lambda _: "MISSING"})()


def torch() -> Any:  # Any: torch's module, which is not imported here
    """torch, where the script has loaded it, else None."""
    return sys.modules.get("torch")


def _is_a(value: Any, owner: Any, name: str) -> bool:
    """Whether a value is of a class or of a child of it, by its type alone: ``__class__`` may lie or raise."""
    kind = getattr(owner, name, None)
    return kind is not None and kind in type.mro(type(value))


def is_tensor(value: Any) -> bool:
    """A torch tensor."""
    return _is_a(value, torch(), "Tensor")


def is_module(value: Any) -> bool:
    """A torch module, such as a layer."""
    return _is_a(value, getattr(torch(), "nn", None), "Module")


def is_array(value: Any) -> bool:
    """A numpy array or number."""
    numpy = sys.modules.get("numpy")
    return _is_a(value, numpy, "ndarray") or _is_a(value, numpy, "generic")


def requires_grad(value: Any) -> bool | None:
    """Whether a tensor, or a tensor in a container, requires grad; None where there is none to ask."""
    found = [bool(torch().Tensor.requires_grad.__get__(each)) for each in tensors_in(value)]
    return any(found) if found else None


def tensors_in(value: Any, depth: int = 3) -> Iterator[Any]:
    """The tensors of a value: itself, or those of Python's own containers."""
    if is_tensor(value):
        yield value
    elif depth and type(value) in (list, tuple, set, frozenset):
        for each in islice(tuple(value), MOST):
            yield from tensors_in(each, depth - 1)
    elif depth and issubclass(type(value), dict):
        for each in islice(dict.values(value), MOST):
            yield from tensors_in(each, depth - 1)
    elif depth and issubclass(type(value), tuple):  # named tuples
        for each in islice(tuple.__iter__(value), MOST):
            yield from tensors_in(each, depth - 1)


def modules_in(value: Any, depth: int = 3) -> Iterator[Any]:
    """The torch modules of a value: itself, or those of Python's own containers."""
    if is_module(value):
        yield value
    elif depth and type(value) in (list, tuple, dict):
        for each in islice(dict.values(value) if type(value) is dict else tuple(value), MOST):
            yield from modules_in(each, depth - 1)


def parameters_of(value: Any) -> list[Any]:
    """A module's parameters, by torch's own method."""
    return list(islice(torch().nn.Module.parameters(value), 10_000))


def own_names(value: Any) -> Mapping[str, Any]:
    """An object's ``__dict__``; empty where it has none."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """Stands for an object that was made in passing and is gone: only its class is known."""

    kind: type


def inherited(kind: Any, after: Any, name: str, owner: Any) -> Any:
    """``super().name`` in a method of the class ``after``."""
    order = type.mro(kind)
    for each in order[order.index(after) + 1 :] if after in order else ():
        if name in each.__dict__:
            held = each.__dict__[name]
            return types.MethodType(held, owner) if isinstance(held, types.FunctionType) else MISSING
    return MISSING


def attribute(owner: Any, name: str) -> Any:
    """``owner.name`` where it can be had without running the user's code, else MISSING."""
    if owner is MISSING:
        return MISSING
    if type(owner) is Instance:
        return _of_class(owner.kind, name, owner)
    if is_tensor(owner):
        return _of_tensor(owner, name)
    if type(owner) is type or issubclass(type(owner), type):
        return _of_class(owner, name, MISSING)
    own = own_names(owner)
    if name in own:
        return own[name]
    if is_module(owner):
        for shelf in ("_parameters", "_buffers", "_modules"):
            held = own.get(shelf)
            if isinstance(held, dict) and name in held:
                return held[name]
    return _of_class(type(owner), name, owner)


def _of_tensor(tensor: Any, name: str) -> Any:
    if name == "grad":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns where the tensor is no leaf
            return torch().Tensor.grad.__get__(tensor)
    return own_names(tensor).get(name, MISSING)


def _of_class(kind: Any, name: str, owner: Any) -> Any:
    """A method bound to its owner, or a plain value that a class holds; properties and other descriptors are left."""
    for each in type.mro(kind):
        held = each.__dict__.get(name, MISSING)
        if held is MISSING:
            continue
        if isinstance(held, types.FunctionType):
            return held if owner is MISSING else types.MethodType(held, owner)
        if isinstance(held, staticmethod):
            return held.__func__
        if isinstance(held, classmethod):
            return types.MethodType(held.__func__, kind)
        if isinstance(held, types.MemberDescriptorType) and owner is not MISSING:
            try:
                return held.__get__(owner)
            except AttributeError:  # a slot that nothing was put into
                return MISSING
        return MISSING if hasattr(type(held), "__get__") else held
    return MISSING


def property_of(owner: Any, name: str) -> types.FunctionType | None:
    """The function behind a property of an object's class."""
    kind = owner.kind if type(owner) is Instance else type(owner)
    for each in type.mro(kind) if owner is not MISSING else ():
        held = each.__dict__.get(name, MISSING)
        if held is not MISSING:
            found = (
                held.fget if type(held) is property else held.func if type(held) is functools.cached_property else None
            )
            return found if isinstance(found, types.FunctionType) else None
    return None


def item(owner: Any, key: Any) -> Any:
    """``owner[key]`` of Python's own containers and of a module's shelves."""
    if is_module(owner) and isinstance(key, int):
        children = list(own_names(owner).get("_modules", {}).values())
        return children[key] if -len(children) <= key < len(children) else MISSING
    if type(owner) in (list, tuple) and isinstance(key, int | slice):
        try:
            return owner[key]
        except (IndexError, ValueError):
            return MISSING
    if type(owner) is dict and isinstance(key, str | int):
        return owner.get(key, MISSING)
    return MISSING


@dataclass(frozen=True, slots=True)
class Callee:
    """What a call runs: a Python function, what it is bound to, arguments that a partial has already given.

    under: names of torch's grad-mode wrappers found around the function, such as no_grad
    """

    function: types.FunctionType
    bound: Any = MISSING
    given: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)
    under: tuple[str, ...] = ()


def callee(value: Any) -> Callee | None:
    """The function behind methods, partials, decorators that wrap well, and objects that can be called."""
    bound: Any = MISSING
    given: tuple[Any, ...] = ()
    named: dict[str, Any] = {}
    under: list[str] = []
    for _ in range(20):
        if type(value) is functools.partial:
            given, named, value = (*value.args, *given), {**value.keywords, **named}, value.func
        elif type(value) is types.MethodType:
            bound, value = value.__self__, value.__func__
        elif isinstance(value, types.FunctionType):
            inner = value.__dict__.get("__wrapped__")
            if inner is None or whose(value.__code__.co_filename) is Whose.USER:  # its own body says what it does
                return Callee(value, bound, given, named, tuple(under))
            under += _grad_mode_around(value)
            value = inner
        elif is_module(value):
            value = attribute(value, "forward")
        elif issubclass(type(value), type):
            return None
        elif "__wrapped__" in own_names(value):  # such as lru_cache
            value = own_names(value)["__wrapped__"]
        else:
            value = _of_class(type(value), "__call__", value)
    return None


def _grad_mode_around(wrapper: types.FunctionType) -> Iterator[str]:
    """The name of the grad mode whose decorator made a wrapper: its closure holds the mode."""
    for cell in wrapper.__closure__ or ():
        held = cell_value(cell)
        mode: Any = held.__self__ if type(held) is types.MethodType else held
        if type(mode).__module__ == "torch.autograd.grad_mode":
            yield str(type(mode).__name__)


def cell_value(cell: types.CellType) -> Any:
    """What a closure's cell holds; MISSING where it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def closure_of(function: types.FunctionType) -> dict[str, Any]:
    """A function's free names and their live values."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    return {name: cell_value(cell) for name, cell in cells}


def shape_of(tensor: Any) -> str:
    """``(3, 4)``."""
    shape = tuple(torch().Tensor.shape.__get__(tensor))
    return str(shape)
