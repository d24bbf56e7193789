"""Which line of the source has overwritten a saved tensor, told from live objects and from the text alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.bindings import Kind as Bound
from gradcli.foreign.script.reading.bindings import bindings_of, reaching
from gradcli.foreign.script.reading.holding import Held, Kind
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.loops import loops_around, within
from gradcli.foreign.script.reading.saved import Saved, memory_of
from gradcli.foreign.script.reading.scopes import parameters
from gradcli.foreign.script.reading.source import dotted, start
from gradcli.foreign.script.reading.writes import How, Write
from gradcli.foreign.script.reading.written import Program


@dataclass(frozen=True, slots=True, eq=False)
class Overwritten:
    """What is known of the tensor. held: its live names; parts: the message's."""

    program: Program
    changed: list[Saved]
    held: list[Held]
    parts: Mapping[str, str]

    @property
    def memories(self) -> set[int]:
        return {found for each in self.changed if (found := memory_of(each.data)) is not None}

    @property
    def writes_after(self) -> int:
        """How many writes there were since the tensor was saved."""
        if self.changed:
            return self.changed[0].version - self.changed[0].expected
        versions = (self.parts.get("version", ""), self.parts.get("expected_version", ""))
        return int(versions[0]) - int(versions[1]) if all(each.isdigit() for each in versions) else 1


@dataclass(frozen=True, slots=True, eq=False)
class Suspect:
    """The likeliest write; certain where live objects show that it wrote to this tensor and no other kind of did."""

    write: Write
    certain: bool


def suspects(case: Overwritten) -> Suspect | None:
    """The likeliest of all changes in place in the user's files."""
    possible = [(write, when) for write in case.program.writes() if (when := _when(case, write)) is not When.NEVER]
    weighed = [(weight, when, write) for write, when in possible if (weight := _weight(case, write)) > 0]
    if not weighed:
        return None
    shown = [each for each in weighed if each[0] >= _SURE]
    best = max(weight for weight, _, _ in weighed)
    near = _soonest(shown) if shown else [each for each in weighed if each[0] == best]
    write = _by_order(case, [write for _, _, write in near])
    kinds = {each.how is How.STEP for _, _, each in shown}
    return Suspect(write, certain=len(kinds) == 1)


class When(Enum):
    """When a write may have run, seen from the backward pass that failed."""

    BEFORE = 0
    ELSEWHERE = 1
    ROUND = 2
    NEVER = 3


def _when(case: Overwritten, write: Write) -> When:
    """Before it; later, but in the same loop or in a function; later and never; or in another function."""
    at = case.program.spot()
    if at is None or write.source is not at[1] or write.source.scope_of(write.node) is not at[1].scope_of(at[0]):
        return When.ELSEWHERE
    if start(write.node) < start(at[0]):
        return When.BEFORE
    called_again = not isinstance(at[1].scope_of(at[0]), ast.Module)
    round_again = called_again or any(within(write.node, loop) for loop in loops_around(at[2], at[0]))
    return When.ROUND if round_again else When.NEVER


def _soonest(shown: Sequence[tuple[int, When, Write]]) -> Sequence[tuple[int, When, Write]]:
    """Those that ran before the failed call, if any; else those of the round before."""
    first = min(when.value for _, when, _ in shown)
    return [each for each in shown if each[1].value == first]


_SURE = 8  # the write's target is the tensor itself


def _weight(case: Overwritten, write: Write) -> int:
    """0: not this one. From 8 on: live objects show it. Below: the names and the operation's name speak for it."""
    if write.how is How.STEP:
        return _weight_of_step(case, write)
    if write.how is How.LOAD:
        held = case.program.value(write.target, write.source)
        return _SURE if live.is_module(held) and _holds(live.parameters_of(held), case.memories) else 0
    if write.target is None:
        return 3 + _likeness(case, write)
    if _goes_through(case, write):
        return _SURE
    value = _target_value(case, write)
    if live.is_tensor(value):
        if memory_of(value) in case.memories:
            return _SURE
        rebound = case.program.is_standing(write.node, write.source)
        return 0 if rebound and not case.changed else 1 if not rebound else 0
    if value is not MISSING:
        return 0
    if any(each.attribute and dotted(write.target).endswith(f".{each.attribute}") for each in case.held):
        return 7
    if case.held and any(each.kind is Kind.PARAMETER for each in case.held):
        return 1
    return max(1, 4 + _likeness(case, write)) if _may_be_tensor(case, write) else 0


def _goes_through(case: Overwritten, write: Write) -> bool:
    """Whether the name goes through tensors that this one is among: ``for p in net.parameters(): p.mul_(2)``."""
    scope = case.program.scope_for(write.node, write.source)
    for binding in bindings_of(scope.node).get(dotted(write.target), ()):
        if binding.kind is not Bound.EACH or binding.value is None or not within(write.node, binding.node):
            continue
        for node in ast.walk(binding.value):
            value = case.program.value(node, write.source) if isinstance(node, ast.Name | ast.Attribute) else MISSING
            tensors = live.parameters_of(value) if live.is_module(value) else list(live.tensors_in(value))
            if value is not MISSING and _holds(tensors, case.memories):
                return True
    return False


def _target_value(case: Overwritten, write: Write) -> Any:  # Any: the user's object
    """What is written to, by its live name: for ``x += 1`` the name's value after it, which is the same tensor."""
    scope = case.program.scope_for(write.node, write.source)
    name = dotted(write.target)
    value = case.program.value(write.target, write.source)
    if value is MISSING and name and case.program.is_standing(write.node, write.source):
        later = [b for b in bindings_of(scope.node).get(name, ()) if b.whole and b.after > start(write.node)]
        if not later:
            return scope.locals.get(name, MISSING)
    return value


def _weight_of_step(case: Overwritten, write: Write) -> int:
    """An optimizer that holds the parameter; of an optimizer that cannot be seen, by name, if a parameter changed."""
    optimizer = case.program.value(write.target, write.source)
    groups = live.own_names(optimizer).get("param_groups") if optimizer is not MISSING else None
    if groups is not None:
        every = [each for group in groups for each in group.get("params", ())]
        if _holds(every, case.memories):
            return _SURE + 1
        if _is_one(write):
            return 0
    elif optimizer is not MISSING or "opt" not in write.source.text(write.target or write.node).lower():
        return 0
    leaf = any(each.kind is Kind.PARAMETER for each in case.held)
    named = not case.held and case.parts.get("op", "") in ("TBackward0", "AsStridedBackward0", "AsStrided", "T", "t")
    return 6 if leaf or named else 2


def _is_one(write: Write) -> bool:
    """Whether the expression names the same optimizer whenever it is run: no argument, no entry of a container."""
    function = write.source.scope_of(write.node)
    given = parameters(function)
    names = {each.id for each in ast.walk(write.target or write.node) if isinstance(each, ast.Name)}
    return bool(dotted(write.target)) and not (names & set(given) - {"self"})


def _holds(tensors: list[Any], memories: set[int]) -> bool:  # Any: tensors
    return any(memory_of(each) in memories for each in tensors)


def _may_be_tensor(case: Overwritten, write: Write) -> bool:
    """A counter or a running sum of numbers is none."""
    if write.how not in (How.OPERATOR, How.INDEX):
        return True
    scope = case.program.scope_for(write.node, write.source)
    given = bindings_of(scope.node).get(dotted(write.target), ())
    plain = (ast.Constant, ast.List, ast.Dict, ast.ListComp, ast.DictComp, ast.JoinedStr)
    return not any(each.whole and isinstance(each.value, plain) for each in given)


# -- which operation made it


def _likeness(case: Overwritten, write: Write) -> int:
    """3: what is written to came from the operation that the message names; -3: from another; 0: cannot be told."""
    op = _plain(case.changed[0].op if case.changed else case.parts.get("op", ""))
    name = dotted(write.target)
    if not op or not name:
        return 0
    scope = case.program.scope_for(write.node, write.source)
    given = [b for b in reaching(write.source, scope.node, name, write.node) if b.whole and b.value is not None]
    if not given or given[0].value is None:
        return 0
    made = made_by(given[0].value, case.program.value(getattr(given[0].value, "func", None), write.source))
    if made is None:
        return 0
    return 3 if any(op.startswith(_plain(each)) or _plain(each).startswith(op) for each in made) else -3


_OPERATORS: Mapping[type, tuple[str, ...]] = {
    ast.Add: ("add",),
    ast.Sub: ("sub", "rsub"),
    ast.Mult: ("mul",),
    ast.Div: ("div", "reciprocal", "mul"),
    ast.Pow: ("pow",),
    ast.MatMult: ("mm", "bmm", "mv", "dot", "unsafeview", "squeeze"),
    ast.USub: ("neg",),
}
_LAYERS = {
    "linear": ("addmm", "view", "unsafeview", "mm", "addmv", "squeeze"),
    "conv": ("convolution", "squeeze"),
    "batchnorm": ("nativebatchnorm", "cudnnbatchnorm"),
    "layernorm": ("nativelayernorm",),
    "groupnorm": ("nativegroupnorm",),
    "embedding": ("embedding",),
    "dropout": ("mul", "nativedropout"),
    "maxpool": ("maxpool",),
    "matmul": ("mm", "bmm", "mv", "dot", "unsafeview", "squeeze"),
}


def made_by(node: ast.expr, held: Any) -> tuple[str, ...] | None:  # Any: the user's object that is called
    """The names that torch's nodes may have for the outermost operation of an expression; None if it has none."""
    if isinstance(node, ast.BinOp):
        return _OPERATORS.get(type(node.op))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS.get(type(node.op))
    if not isinstance(node, ast.Call):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if live.is_module(held):
        name = type(held).__name__
    plain = _plain(name)
    for start_of, ops in _LAYERS.items():
        if plain.startswith(start_of):
            return ops
    if live.is_module(held) or (held is MISSING and not hasattr(live.torch().Tensor, name)):
        known = hasattr(live.torch().nn.functional, plain)
        return (plain,) if known else None
    return (plain,)


def _plain(name: str) -> str:
    """``SoftmaxBackward0``, ``Softmax``, ``softmax`` and ``log_softmax_`` as one spelling."""
    return re.sub(r"(backward)?\d*$", "", name.lower().replace("_", ""))


# -- in what order


def _by_order(case: Overwritten, near: list[Write]) -> Write:
    """Of writes to the same tensor, the first after it was saved: there were so many since."""
    if near[0].how is How.STEP:
        return _last_before(case, near)
    function = near[-1].source.scope_of(near[-1].node)
    same = [each for each in near if each.source.scope_of(each.node) is function]
    after = case.writes_after
    return same[-after] if 0 < after <= len(same) else same[0] if after > len(same) else same[-1]


def _last_before(case: Overwritten, near: list[Write]) -> Write:
    """The step that came last before the backward pass that failed, in the order of lines; in a loop, the last."""
    at = case.program.spot()
    if at is None:
        return near[-1]
    before = [each for each in near if each.source is at[1] and start(each.node) < start(at[0])]
    return before[-1] if before else near[-1]
