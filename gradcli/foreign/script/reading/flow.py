"""How a value was made, read backward from where it is used: what of it requires grad, and what cut it off.

An abstract run: each expression is worth a ``Flow``. Live objects decide where a name still holds what it held then;
elsewhere the steps are followed, into the user's own functions too. Nothing of the user's is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gradcli.foreign.script.reading.source import Position, ScopeNode, Source, start


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """An argument: the expression at the call, where the call stands, and what is known of it already if anything."""

    node: ast.expr
    scope: Scope
    flow: Flow | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """What turns grad mode off or on around a piece of the program.

    mode:  no_grad, inference_mode, set_grad_enabled ...
    sure:  its argument is known, or it has none
    """

    mode: str
    off: bool
    node: ast.AST
    source: Source
    sure: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A function's body, or a module's, with the names that are live in it.

    locals:    live names: of a frame all, of a function that has returned what it was bound to and its closure
    stands_at: where the frame stands; None once it has returned; ends_at: the end of the call at which it does
    passed:    arguments by parameter, as far as the call is known
    around:    what switches grad mode at the call
    inside:    names that are live in a comprehension of the function's, where the frame stands in one
    """

    source: Source
    node: ScopeNode
    globals: Mapping[str, Any]
    locals: Mapping[str, Any] = field(default_factory=dict)
    stands_at: Position | None = None
    passed: Mapping[str, tuple[Passed, ...]] = field(default_factory=dict)
    around: Switch | None = None
    inside: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0
    ends_at: Position = (0, 0)

    @property
    def function(self) -> str:
        """Its name, for people."""
        node = self.node
        return "<module>" if isinstance(node, ast.Module) else getattr(node, "name", "<lambda>")


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A step that gives a value without a graph.

    cause:   its name in the catalogue
    node:    where it stands; ``of``: the text of what was cut; ``name``: the user's name for the result
    tracked: whether its input required grad: False where an earlier step had cut it already
    sure:    whether this step cuts for certain, whatever the values
    moot:    another branch kept the graph when the results were joined: this is not what took it away
    detail:  the word that people know it by: argmax, no_grad, float
    """

    cause: str
    node: ast.AST
    scope: Scope
    of: str
    tracked: bool | None
    detail: str = ""
    sure: bool = True
    name: str | None = None
    moot: bool = False

    @property
    def file(self) -> str:
        """The file that it stands in."""
        return self.scope.source.file

    @property
    def place(self) -> tuple[str, Position]:
        """Where it stands, to compare."""
        return (self.file, start(self.node))


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """Where a branch of the calculation begins with something that does not require grad.

    name:  the user's name of it
    node:  the statement that made it; None where it could not be found
    value: the live object, or MISSING
    derived: it was computed from other leaves
    """

    name: str
    node: ast.AST | None
    scope: Scope
    value: Any  # Any: the user's object
    derived: bool = False

    @property
    def place(self) -> tuple[str, str, int]:
        """Where it was made, to compare."""
        return (self.scope.source.file, self.name, getattr(self.node, "lineno", 0))


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """What is known of a value.

    tracked: whether it requires grad; None where that could not be told
    cuts:    in the order of execution along each branch
    roots:   names of what requires grad and goes into it, before any cut
    unread:  something that goes into it could not be read
    """

    tracked: bool | None = False
    cuts: tuple[Cut, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    roots: tuple[str, ...] = ()
    unread: bool = False

    @property
    def came_from_tracked(self) -> bool:
        """Whether something that requires grad, or may, goes into it: directly or before a cut."""
        return self.tracked is not False or any(cut.tracked is not False for cut in self.cuts)


NOTHING = Flow()
UNKNOWN = Flow(None, unread=True)
AGAIN = Flow()  # what is met again within itself, in a loop or a recursion: it adds nothing


def join(flows: Iterable[Flow]) -> Flow:
    """A value made from several."""
    every = list(flows)
    states = [flow.tracked for flow in every]
    tracked = True if True in states else None if None in states else False
    cuts = {(*cut.place, cut.cause): cut for flow in every for cut in flow.cuts}
    if tracked:
        cuts = {key: cut if cut.moot else replace(cut, moot=True) for key, cut in cuts.items()}
    leaves = {leaf.place: leaf for flow in every for leaf in flow.leaves}
    roots = dict.fromkeys(root for flow in every for root in flow.roots)
    return Flow(
        tracked,
        tuple(cuts.values())[:100],
        tuple(leaves.values())[:100],
        tuple(roots)[:20],
        any(flow.unread for flow in every),
    )


def either(flows: Iterable[Flow]) -> Flow:
    """A value that is one of several: of a branch, of a loop's first turn or a later one."""
    every = [flow for flow in flows if flow is not AGAIN]
    states = {flow.tracked for flow in every}
    both = join(replace(flow, tracked=False) for flow in every)
    return replace(both, tracked=states.pop() if len(states) == 1 else None) if states else AGAIN


def cut_off(flow: Flow, cut: Cut) -> Flow:
    """The value after a cut. What never had to do with grad is not cut: there is nothing to tell."""
    if not flow.came_from_tracked:
        return replace(flow, tracked=False)
    return replace(flow, tracked=False, cuts=(*flow.cuts, cut))
