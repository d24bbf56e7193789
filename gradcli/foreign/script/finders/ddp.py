"""Distributed data parallel: the parameters that got no gradient, by name, and the line that wraps the module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.edits import with_keyword
from gradcli.foreign.script.reading.standing import calls_named, nearest

_WRAPPERS = ("DistributedDataParallel", "DDP")
_OPTION = "find_unused_parameters=True"


def find(failure: Failure) -> Finding | None:
    """The call that wraps the module, with the names of the parameters that the message counts."""
    causes = failure.recognised.causes
    one = nearest(failure, calls_named(failure, _WRAPPERS))
    if one is None or not causes or not isinstance(one.node, ast.Call):
        return None
    names = _unused(failure)
    listed = f" without a gradient: {', '.join(names)}" if names else ""
    unused = causes[0].name == "ddp_unused_parameter"
    edit = with_keyword(one.scope.source, one.node, _OPTION, mechanical=True) if unused else None
    says = f"The module that is wrapped here has parameters{listed or ' that the loss did not reach'}."
    rivals = tuple(cause.name for cause in causes[1:])
    sure = not rivals or bool(names)
    return one.finding(failure, causes[0].name, says, variable=names[0] if names else None, certain=sure, edit=edit)


def _unused(failure: Failure) -> list[str]:
    """The names of the parameters whose indices the message lists, those that require grad counted from 0."""
    listed = failure.recognised.parts.get("parameters", "").replace(",", " ").split()
    for wrapped in _wrapped(failure):
        inner = live.attribute(wrapped, "module")
        if live.is_module(inner):
            named = list(live.torch().nn.Module.named_parameters(inner))
            counted = [name for name, parameter in named if parameter.requires_grad]
            if listed and all(each.isdigit() and int(each) < len(counted) for each in listed):
                return [counted[int(each)] for each in listed]
            return [name for name, parameter in named if parameter.requires_grad and parameter.grad is None][:20]
    return []


def _wrapped(failure: Failure) -> Iterator[Any]:  # Any: the user's modules
    """Live modules of the frames that are wrapped for data parallel."""
    for frame in failure.frames:
        for held in [*frame.locals.values(), *frame.globals.values()]:
            if live.is_module(held) and type(held).__name__ in _WRAPPERS:
                yield held
