"""Formulas of a document in gradcli's language, each with the definitions that it needs in front of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from gradcli.base.errors import GradcliError
from gradcli.inputs.claim_lines import NAME
from gradcli.inputs.documents.guards import added_to_vectors, capitals_before, lacking, unshaped
from gradcli.inputs.documents.heads import bare, parts_in
from gradcli.inputs.documents.scope import Definition, Scope
from gradcli.inputs.documents.spaces import Shape
from gradcli.language.latex.nodes import Applied, Group, Letter, Listed, Node, Product
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.reading import Context, Reading, read_latex
from gradcli.language.parse import parse

MAX_PUT_IN = 10_000  # characters of a formula with its definitions: each may double the one before
MAX_NESTED = 100  # definitions in definitions
MAX_RESOLVED = 20_000  # definitions put into the formulas of a document

_NAME = re.compile(NAME)


class Unread(Exception):  # noqa: N818 - it says what could not be done, and becomes part of a result
    """Why a formula cannot be read, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as statements: definitions, then the formula itself.

    names:  that are free in it; ``shape``: of its value, None where that is not known
    unsure: what is understood in part only
    """

    text: str
    names: frozenset[str]
    shape: Shape | None
    unsure: tuple[str, ...] = ()


class Formulas:
    """Reads formulas at one place of a document.

    scope: what holds there; ``place``: definitions from behind it are not put in, None where all are
    variables: names that stand for themselves, whatever they are defined to be
    unfit: are products read too whose sizes differ, so that whoever checks them can say so?
    """

    def __init__(
        self, scope: Scope, place: int | None = None, variables: Iterable[str] = (), *, unfit: bool = False
    ) -> None:
        self._scope, self._place, self._unfit = scope, place, unfit
        self._variables = frozenset(variables)
        self._shapes: dict[str, Shape] = {}
        self._functions: dict[str, tuple[tuple[str, ...], str]] = {}
        self._statements: dict[str, str] = {}
        self._open: set[str] = set()
        self._unsure: dict[str, None] = {}

    def read(self, node: Node) -> Formula:
        """The formula of a node. Errors: Unread."""
        text, shape = self._text(node)
        statements = [f"{name} = {self._statements[name]}" for name in self._used(text)]
        whole = "; ".join([*statements, text])
        if len(whole) > MAX_PUT_IN:
            raise _too_long()
        try:
            shapes = self._known()
            names = frozenset(parse(whole, bound=shapes, sizes=Context(shapes).letters).names)
        except GradcliError as error:
            raise Unread(error.message, error.hint or "") from None
        return Formula(whole, names, shape, tuple(self._unsure))

    def shape(self, name: str) -> Shape | None:
        """The shape of a letter, of one too that stands for a formula; None where it is not known."""
        definition = self._scope.definitions.get(name)
        if name in self._scope.shapes:
            return self._scope.shapes[name]
        if definition is None or definition.parameters:
            return None
        self._resolve(replace(definition, stale=""))
        return self._shapes.get(name)

    def _text(self, node: Node, parameters: Iterable[str] = ()) -> tuple[str, Shape | None]:
        own = frozenset(parameters)
        for name in self._letters(node) - own:
            definition = self._available(name)
            if definition is not None:
                self._resolve(definition)
        for name in self._indexed(node) - own - self._open:
            self._resolve_array(name)
        for name in self._letters(node) & self._variables & self._scope.definitions.keys() - self._shapes.keys():
            self._shapes[name] = Formulas(self._scope).shape(name) or ()
        node = self._meant(self._bared(node))
        shapes = self._known()
        lack = lacking(node, shapes, self._functions, name_of)
        if lack is not None:
            raise Unread(lack.message, lack.hint)
        for name in added_to_vectors(node, shapes, name_of):
            self._unsure[f"the shape of {name} is not given, which is added to a vector"] = None
        sizes = {size for shape in shapes.values() for size in shape}
        for name in sorted({*capitals_before(node, shapes, name_of)} - self._functions.keys() - sizes):
            lack = unshaped(name)
            reason = f"{lack.message}, which stands before a vector or a matrix"
            if not self._unfit or name not in self._variables:  # elsewhere the function shows that it is a number
                raise Unread(reason, lack.hint)
            self._unsure[reason] = None
        context = Context(
            shapes={name: shape for name, shape in shapes.items() if shape},
            functions={name: found for name, found in self._functions.items() if name not in own},
            names=frozenset(shapes),
            partial=True,
        )
        try:
            reading = read_latex(node, context)
        except GradcliError as error:
            fitted = _of_one_size(node, context) if self._unfit else None
            if fitted is None:
                raise Unread(error.message, error.hint or "") from None
            reading = fitted
        if len(reading.text) > MAX_PUT_IN:
            raise _too_long()
        return reading.text, tuple(map(str, reading.shape))

    def _known(self) -> dict[str, Shape]:
        return {**self._scope.shapes, **self._shapes}

    def _letters(self, node: Node) -> frozenset[str]:
        known = {*self._scope.definitions, *self._scope.shapes}
        names = (name_of(part, known) for part in parts_in(node) if isinstance(part, Letter))
        return frozenset(name for name in names if name is not None)

    def _indexed(self, node: Node) -> frozenset[str]:
        """``p`` of ``p_j``, where ``p_j`` is no name that is known."""
        known = {*self._scope.definitions, *self._scope.shapes}
        letters = [part for part in parts_in(node) if isinstance(part, Letter) and part.sub]
        names = (name_of(replace(part, sub=()), known) for part in letters if name_of(part, known) not in known)
        return frozenset(name for name in names if name is not None)

    def _available(self, name: str) -> Definition | None:
        found = self._scope.definitions.get(name)
        if found is None or name in self._variables or name in self._statements or name in self._functions:
            return None
        if self._place is not None and found.place > self._place:
            return None
        if found.stale or found.unread:
            raise Unread(found.stale or f"{name}, of line {found.line}, cannot be read: {found.unread}")
        return found

    def _resolve(self, definition: Definition) -> None:
        """Reads a definition, after those that it needs."""
        name = definition.name
        if name in self._open:
            raise Unread(f"{name}, of line {definition.line}, is defined by itself")
        if name in self._statements or name in self._functions:
            return
        self._scope.put_in += 1
        if len(self._open) >= MAX_NESTED or self._scope.put_in > MAX_RESOLVED:
            most = f"{MAX_NESTED} in one another, {MAX_RESOLVED:,} in all"
            raise Unread(f"too many definitions to be put in, expected at most {most}", "split the file")
        self._open.add(name)
        try:
            text, shape = self._body(definition)
        finally:
            self._open.discard(name)
        if definition.parameters:
            self._functions[name] = (definition.parameters, text)
            return
        self._statements[name] = text
        known = self._scope.shapes.get(name, shape)
        if known:
            self._shapes[name] = known

    def _resolve_array(self, name: str) -> None:
        """Reads what a letter with an index stands for, if it is something with entries."""
        try:
            definition = self._available(name)
            if definition is not None and not definition.parameters and Formulas(self._scope).shape(name):
                self._resolve(definition)
        except Unread:  # then y_0 is a name of its own, whatever y is
            return

    def _body(self, definition: Definition) -> tuple[str, Shape | None]:
        """The first way of writing it that can be read."""
        failed: Unread | None = None
        for body in definition.bodies:
            try:
                return self._text(body, definition.parameters)
            except Unread as error:
                failed = failed or error
        reason = failed.message if failed is not None else "there is no formula"
        hint = failed.hint if failed is not None else ""
        raise Unread(f"{definition.name}, of line {definition.line}, cannot be read: {reason}", hint)

    def _meant(self, node: Node) -> Node:
        """With what the document says of its signs."""
        signs, known = self._scope.signs, {*self._scope.definitions, *self._known()}
        for meaning in signs.meanings(parts_in(node), known):
            if meaning.refused:
                raise Unread(meaning.refused, meaning.hint)
            if meaning.doubt:
                self._unsure[meaning.doubt] = None
        return signs.put_in(node, known, changed)

    def _bared(self, node: Node) -> Node:
        """``L`` for ``L(w)`` where L is a formula that was defined without parameters, or with just these."""

        def plain(part: Node) -> Node:
            if not isinstance(part, Applied) or part.power is not None:
                return part
            if part.letter.marks == ("prime",) and len(part.arguments) == 1:
                return self._turned(part)
            name = name_of(part.letter)
            found = self._scope.definitions.get(name or "")
            given = arguments_of(part)
            if found is None or given is None or (name not in self._statements and name not in self._functions):
                return part
            fits = {*given} <= found.names if not found.parameters else {*found.parameters} == {*given}
            return replace(part.letter, span=part.span) if fits and tuple(given) != found.parameters else part

        return changed(node, plain)

    def _turned(self, part: Applied) -> Node:
        """``X'(y - Xb)`` of a matrix X: a product."""
        if not self._known().get(name_of(replace(part.letter, marks=())) or ""):
            return part
        group = Group("(", part.arguments[0], span=part.arguments[0].span)
        return Product((part.letter, group), ("",), span=part.span)

    def _used(self, text: str) -> Iterator[str]:
        """The names with a formula that a text needs, those that others need before them."""
        wanted, waiting = set[str](), [text]
        while waiting:
            for name in _NAME.findall(waiting.pop()):
                if name in self._statements and name not in wanted:
                    wanted.add(name)
                    waiting.append(self._statements[name])
        yield from (name for name in self._statements if name in wanted)


def _too_long() -> Unread:
    return Unread(f"with all definitions put in it is longer than {MAX_PUT_IN:,} characters")


def _of_one_size(node: Node, context: Context) -> Reading | None:
    """Read as if all letters of sizes were one; None where it is not their sizes that do not fit."""
    shapes = {
        name: tuple("n" if isinstance(a, str) and not a.isdigit() else a for a in axes)
        for name, axes in context.shapes.items()
    }
    try:
        return read_latex(node, replace(context, shapes=shapes))
    except GradcliError:
        return None


def letters_in(node: Node) -> Iterator[str]:
    """The names of the letters in a formula."""
    for part in parts_in(node):
        if isinstance(part, Letter):
            name = name_of(part)
            if name is not None:
                yield name


def arguments_of(applied: Applied) -> list[str] | None:
    """The names of the letters that a letter is applied to; None where there is something else among them."""
    nodes = [part for node in applied.arguments for part in _listed(bare(node))]
    names = [name_of(node) if isinstance(node, Letter) else None for node in nodes]
    return [name for name in names if name is not None] if None not in names else None


def _listed(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Listed) else (node,)


def changed(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with ``change`` made to all parts, from the inside out."""

    def of(value: Any) -> Any:  # Any: what a field holds
        if isinstance(value, Node):
            return changed(value, change)
        return tuple(map(of, value)) if type(value) is tuple else value

    found = {each.name: of(getattr(node, each.name)) for each in fields(node) if each.name != "span"}
    same = all(found[name] is getattr(node, name) or found[name] == getattr(node, name) for name in found)
    return change(node if same else replace(node, **found))


def parameters_of(shapes: Mapping[str, Shape], names: Iterable[str]) -> list[str]:
    """``X=n,d`` of those names that have axes."""
    return [f"{name}={','.join(shapes[name])}" for name in sorted(names) if shapes.get(name)]
