"""What holds at a place of a document: shapes, definitions, conditions, and what was said and not understood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gradcli.inputs.documents.magic import Said
from gradcli.inputs.documents.signs import Signs
from gradcli.inputs.documents.spaces import Shape, Space
from gradcli.language.latex.nodes import Node

SCALAR: Shape = ()
MAX_LETTERS = 1_000  # of which a document says something


@dataclass(frozen=True, slots=True)
class Definition:
    r"""``L(w) = …``: a letter that stands for a formula.

    parameters: names; none of ``L = …``
    bodies: the formula, in as many ways as the document writes it, the first that can be read counts
    names:  of the letters in it
    place:  in the order of the document; ``line``: of the file
    unread: why it cannot be read
    stale:  why it does not hold any more
    """

    name: str
    parameters: tuple[str, ...]
    bodies: tuple[Node, ...]
    names: frozenset[str]
    place: int
    line: int
    latex: str
    unread: str = ""
    stale: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    """Conditions on the same names that were said together; ``saying``: when."""

    saying: int
    texts: tuple[str, ...]


@dataclass(slots=True)
class Scope:
    """What has been said so far, kept until it is said anew. ``signs``: what all of the document says of them."""

    signs: Signs = field(default_factory=Signs)
    shapes: dict[str, Shape] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    assumed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)  # a value of letters of which more is said
    settings: dict[tuple[str, str], Said] = field(default_factory=dict)
    put_in: int = 0  # how many definitions have been put into formulas
    _held: dict[frozenset[str], _Held] = field(default_factory=dict)

    def declare(self, name: str, space: Space, line: int, *, anew: bool) -> None:
        """A letter of this shape: what was known of it before is forgotten; a formula that it stands for too, where it
        is said to be anew (``let x be``): ``h = f(x)``, ``where h is a vector``, still is that formula.
        """
        before = self.shapes.get(name)
        if anew:
            self.definitions.pop(name, None)
        self.shapes[name] = space.shape
        if before is not None:
            self._forget(name)
        if before is not None and before != space.shape:
            self._make_stale(name, line)
        if space.assume:
            self.assumed[name] = space.assume
        for condition in space.where:
            self.hold({name}, condition.replace("NAME", name), line)

    def _forget(self, name: str) -> None:
        self.assumed.pop(name, None)
        self.more.pop(name, None)
        self.members.pop(name, None)
        for names in [names for names in self._held if name in names]:
            del self._held[names]

    def _make_stale(self, name: str, line: int) -> None:
        for other, definition in self.definitions.items():
            if name in definition.names:
                reason = f"{other} was defined in line {definition.line}, and {name} declared anew in line {line}"
                self.definitions[other] = replace(definition, stale=reason)

    def define(self, definition: Definition) -> None:
        """A letter that stands for a formula from here on."""
        self.definitions[definition.name] = definition
        if definition.name in self.shapes:
            del self.shapes[definition.name]
            self._forget(definition.name)

    def hold(self, names: Iterable[str], condition: str, saying: int) -> None:
        """A condition; others on the same names hold no more unless they were said in the same breath."""
        key = frozenset(names)
        before = self._held.get(key)
        texts = before.texts if before is not None and before.saying == saying else ()
        self._held[key] = _Held(saying, tuple(dict.fromkeys((*texts, condition))))
        for name in key:
            self.shapes.setdefault(name, SCALAR) if name not in self.definitions else None

    def assume(self, name: str, words: Iterable[str]) -> None:
        """A property of a matrix or a vector."""
        self.assumed[name] = tuple(dict.fromkeys((*self.assumed.get(name, ()), *words)))

    def conditions(self, names: frozenset[str]) -> tuple[str, ...]:
        """Those on no other names than these."""
        return tuple(text for key, held in self._held.items() if key <= names for text in held.texts)

    def assumptions(self, names: frozenset[str]) -> tuple[str, ...]:
        """``S=symmetric,positive`` of those of these names."""
        return tuple(f"{name}={','.join(words)}" for name, words in self.assumed.items() if name in names)
