"""The live tensors that the user can name: in the frames, in modules and objects that these hold, in containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

from gradcli.foreign.script.failure import Failure
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.source import is_users

MOST = 20_000  # values that are looked at
_DEEPEST = 4
_PLAIN = (str, bytes, int, float, complex, bool, type(None))


class Kind(Enum):
    """What a tensor is to the object that holds it."""

    PLAIN = "a tensor"
    PARAMETER = "a parameter"
    BUFFER = "a buffer"


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A live tensor. name: as the user would write it, ``net.fc.weight``; owner: the object whose attribute it is."""

    name: str
    tensor: Any  # Any: a tensor
    kind: Kind = Kind.PLAIN
    owner: Any = MISSING  # Any: the user's object
    attribute: str = ""


@dataclass(slots=True)
class _Walk:
    """What was seen, so that nothing is looked at twice."""

    seen: set[int]
    left: int = MOST

    def enter(self, value: object) -> bool:
        self.left -= 1
        if self.left < 0 or id(value) in self.seen:
            return False
        self.seen.add(id(value))
        return True


def held_tensors(failure: Failure) -> Iterator[Held]:
    """All, each once, those of the innermost frame first, names before attributes."""
    walk = _Walk(set())
    for names in _namespaces(failure):
        for name, value in names:
            if live.is_tensor(value) and walk.enter(value):
                yield Held(name, value)
    walk.seen.clear()
    for names in _namespaces(failure):
        for name, value in names:
            if not live.is_tensor(value):
                yield from _inside(name, value, walk, _DEEPEST)


def held_in(name: str, value: Any) -> Iterator[Held]:  # Any: the user's object
    """The tensors of one object."""
    if live.is_tensor(value):
        yield Held(name, value)
    else:
        yield from _inside(name, value, _Walk(set()), _DEEPEST)


def _namespaces(failure: Failure) -> Iterator[list[tuple[str, Any]]]:  # Any: the user's objects
    seen: set[int] = set()
    for frame in reversed(failure.frames):
        for names in (frame.locals, frame.globals):
            if id(names) not in seen:
                seen.add(id(names))
                yield [(name, value) for name, value in list(names.items()) if not name.startswith("__")]


def _inside(name: str, value: Any, walk: _Walk, depth: int) -> Iterator[Held]:
    if depth == 0 or type(value) in _PLAIN or not walk.enter(value):
        return
    if live.is_module(value):
        yield from _of_module(name, value, walk, depth)
    elif issubclass(type(value), list | tuple) and type(value).__iter__ in (list.__iter__, tuple.__iter__):
        for place, each in enumerate(islice(value, live.MOST)):
            yield from _entry(f"{name}[{place}]", each, walk, depth)
    elif type(value) is dict:
        for key, each in list(islice(value.items(), live.MOST)):
            if type(key) in _PLAIN:
                yield from _entry(f"{name}[{key!r}]", each, walk, depth)
    elif _is_of_users(value):
        yield from _attributes(name, value, live.own_names(value), walk, depth)


def _entry(name: str, value: Any, walk: _Walk, depth: int) -> Iterator[Held]:
    if live.is_tensor(value):
        if walk.enter(value):
            yield Held(name, value)
    else:
        yield from _inside(name, value, walk, depth - 1)


def _of_module(name: str, module: Any, walk: _Walk, depth: int) -> Iterator[Held]:
    own = live.own_names(module)
    for shelf, kind in (("_parameters", Kind.PARAMETER), ("_buffers", Kind.BUFFER)):
        for key, tensor in list(islice(own.get(shelf, {}).items(), live.MOST)):
            if live.is_tensor(tensor) and walk.enter(tensor):
                yield Held(f"{name}.{key}", tensor, kind, module, key)
    yield from _attributes(name, module, own, walk, depth)
    for key, child in list(islice(own.get("_modules", {}).items(), live.MOST)):
        if live.is_module(child) and walk.enter(child):
            child_name = f"{name}[{key}]" if key.isdigit() else f"{name}.{key}"
            yield from _of_module(child_name, child, walk, depth)


def _attributes(name: str, owner: Any, own: Mapping[str, Any], walk: _Walk, depth: int) -> Iterator[Held]:
    torchs_own = live.own_names(live.torch().nn.Module()) if live.is_module(owner) else {}
    for key, value in list(islice(own.items(), live.MOST)):
        if key in torchs_own:
            continue
        if live.is_tensor(value):
            if walk.enter(value):
                yield Held(f"{name}.{key}", value, Kind.PLAIN, owner, key)
        else:
            for each in _inside(f"{name}.{key}", value, walk, depth - 1):
                yield each if each.owner is not MISSING else Held(each.name, each.tensor, each.kind, owner, key)


def _is_of_users(value: Any) -> bool:
    """An object of a class of the user's own: libraries' objects are left."""
    kind = type(value)
    for each in type.mro(kind):
        for held in list(islice(vars(each).values(), 50)):
            code = getattr(held, "__code__", None) if type(held).__name__ == "function" else None
            if code is not None:
                return is_users(code.co_filename) if not code.co_filename.startswith("<") else True
    return False
