"""Where the user's source changes tensors in place: by operators, at an index, by methods, by flags, by optimizers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from inspect import signature

from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.source import Source, dotted, is_true, keyword, read_source, start

# Methods and properties that give a view: a write to it is a write to what it is a view of.
_VIEWS = """
    view reshape t transpose permute squeeze unsqueeze flatten narrow select diagonal detach view_as swapaxes movedim
    unflatten expand expand_as T mT H mH real imag
"""
VIEWS = frozenset(_VIEWS.split())
_NO_WRITES = frozenset(("requires_grad_", "share_memory_", "rename_", "detach_", "retain_grad_", "clip_grad_norm_"))
_LOADS = frozenset(("load_state_dict",))


class How(Enum):
    """How a tensor is changed in place."""

    OPERATOR = "an operator such as +="
    INDEX = "an assignment to an index"
    METHOD = "a method with an underscore"
    FLAG = "inplace=True"
    OUT = "out="
    STEP = "an optimizer's step"
    LOAD = "load_state_dict"


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A change in place.

    target: the tensor that is written to, or the optimizer, or the module; None for ``nn.ReLU(inplace=True)``, which
            changes what it is called on later
    """

    node: ast.stmt | ast.Call
    target: ast.expr | None
    how: How
    source: Source

    @property
    def line(self) -> int:
        return self.node.lineno


@lru_cache(maxsize=256)
def writes_of(file: str) -> tuple[Write, ...]:
    """All changes in place in a file, in the order of lines."""
    source = read_source(file)
    if source is None:
        return ()
    found = [write for node in ast.walk(source.tree) for write in _at(node, source)]
    return tuple(sorted(found, key=lambda write: start(write.node)))


def _at(node: ast.AST, source: Source) -> Iterator[Write]:
    if isinstance(node, ast.AugAssign):
        how = How.INDEX if isinstance(node.target, ast.Subscript) else How.OPERATOR
        yield Write(node, owner_of(node.target), how, source)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            for each in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                if isinstance(each, ast.Subscript):
                    yield Write(node, owner_of(each), How.INDEX, source)
    elif isinstance(node, ast.Call):
        yield from _call(node, source)


def _call(node: ast.Call, source: Source) -> Iterator[Write]:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    layer = isinstance(getattr(getattr(live.torch(), "nn", None), name, None), type)
    first = None if layer else node.args[0] if node.args else keyword(node, "input")
    if is_true(flag_of(node, name)):
        yield Write(node, None if first is None else owner_of(first), How.FLAG, source)
    elif (out := keyword(node, "out")) is not None:
        yield Write(node, owner_of(out), How.OUT, source)
    elif isinstance(function, ast.Attribute) and name == "step":
        target = node.args[0] if len(node.args) == 1 and isinstance(node.args[0], ast.Name) else function.value
        yield Write(node, target, How.STEP, source)
    elif isinstance(function, ast.Attribute) and name in _LOADS:
        yield Write(node, function.value, How.LOAD, source)
    elif name.endswith("_") and not name.endswith("__") and name not in _NO_WRITES:
        of_space = isinstance(function, ast.Name) or _is_space(function)
        written = first if of_space else function.value if isinstance(function, ast.Attribute) else None
        if written is not None:
            yield Write(node, owner_of(written), How.METHOD, source)


def flag_of(node: ast.Call, name: str) -> ast.expr | None:
    """The argument ``inplace`` of a call, by its name or by its place: ``nn.ReLU(True)``, ``F.relu(x, True)``."""
    given = keyword(node, "inplace")
    place = _place_of_flag(name) if given is None else None
    return node.args[place] if place is not None and place < len(node.args) else given


@cache
def _place_of_flag(name: str) -> int | None:
    """Where a layer or a function of torch's takes ``inplace``."""
    spaces = (getattr(live.torch(), "nn", None), getattr(getattr(live.torch(), "nn", None), "functional", None))
    for function in (getattr(space, name, None) for space in spaces):
        try:
            names = list(signature(function).parameters) if function is not None else []
        except (TypeError, ValueError):
            continue
        if "inplace" in names:
            return names.index("inplace")
    return None


def _is_space(function: ast.expr) -> bool:
    """``torch.relu_``, ``F.relu_``, ``nn.init.zeros_``: a function of a module's, not a tensor's method."""
    return dotted(function).split(".")[0] in ("torch", "F", "nn", "init", "functional")


def owner_of(node: ast.expr) -> ast.expr:
    """The tensor whose memory an expression is a part of: ``x`` of ``x[0].t()``."""
    while True:
        if isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in VIEWS):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in VIEWS:
            node = node.func.value
        else:
            return node
