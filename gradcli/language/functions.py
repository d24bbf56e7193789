"""Functions as people write them, ``lambda x: x**2`` and ``def f(x): ...``: each call is read as the body in its place.

Nothing is executed. The body is read anew for each call, with what the arguments are read as for the parameters; other
names are those of the scope in which the function stands, as they are when it is called, as in Python.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gradcli.base.errors import ExpressionError, Span, printable
from gradcli.language import nodes
from gradcli.language.calls import Arguments, Callee, Parameter, Term
from gradcli.language.complex import ComplexReader
from gradcli.language.tokens import Token

Names: TypeAlias = MutableMapping[str, Term]

UNSET = Term(None, Span(0, 0), shown="unset")  # what a function's own name is before it is assigned
_ENDS = frozenset({"stop", "end"})
_OPENING, _CLOSING = frozenset("(["), frozenset(")]")


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the text: where its body stands in the tokens, and the names around it.

    own:   the names that are assigned within it, and so are its own
    block: is the body statements up to a ``return``, rather than one expression?
    """

    shown: str
    parameters: tuple[Parameter, ...]
    body: int
    stop: int
    scope: Names = field(repr=False)
    own: frozenset[str] = frozenset()
    block: bool = False

    def called(self, reader: Any, arguments: Arguments, span: Span) -> Term:  # Any: see Callee
        """Errors: ExpressionError where the arguments do not fit, or it calls itself."""
        term: Term = reader.inlined(self, fitted(reader, self, arguments, span), span)
        return term


@dataclass(frozen=True, slots=True)
class Named:
    """A function of the table, by the name that it was written with."""

    shown: str
    name: str
    library: str | None
    parameters: tuple[Parameter, ...] = ()

    def called(self, reader: Any, arguments: Arguments, span: Span) -> Term:  # Any: see Callee
        """Errors: those of the call."""
        term: Term = reader.invoked(self.name, self.library, self.shown, arguments, span)
        return term


@dataclass(frozen=True, slots=True)
class Outside:
    """A function of the text in which a call stands, within the formula of the call: its body is read there."""

    reader: Any = field(repr=False)  # Any: see Callee
    function: Callee
    span: Span
    written: str

    @property
    def shown(self) -> str:
        return self.function.shown

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.function.parameters

    def called(self, reader: Any, arguments: Arguments, span: Span) -> Term:  # Any: as above  # noqa: ARG002
        """Errors: those of the call."""
        return self.function.called(self.reader, arguments, self.span)


def from_outside(reader: Any, term: Term, span: Span) -> Term:  # Any: see Callee
    """A term as the formula of a call gets it, the call at this place of the reader's text."""
    if term.function is not None:
        written = term.function.written if isinstance(term.function, Outside) else reader.text_of(term)
        return term._replace(function=Outside(reader, term.function, span, written))
    if term.node is None and term.items:
        return term._replace(items=tuple(from_outside(reader, item, span) for item in term.items))
    return term


def fitted(reader: ComplexReader, function: Function, arguments: Arguments, span: Span) -> dict[str, Term]:
    """What each parameter stands for. Errors: ExpressionError (kind arity)."""
    by_place = [one for one in function.parameters if not one.named]
    if len(arguments.positional) > len(by_place):
        raise _misfit(reader, function, f"takes {_count(len(by_place))}, found {len(arguments.positional)}", span)
    found = {one.name: term for one, term in zip(by_place, arguments.positional, strict=False)}
    names = {one.name for one in function.parameters}
    for name, term in arguments.keywords.items():
        if name not in names:
            raise _misfit(reader, function, f"has no argument '{printable(name)}'", term.span)
        if name in found:
            raise _misfit(reader, function, f"is given {name} twice", term.span)
        found[name] = term
    for one in function.parameters:
        if one.name not in found and one.default is None:
            raise _misfit(reader, function, f"needs {one.name}", span)
        if one.name not in found and one.default is not None:
            found[one.name] = one.default
    return found


def _misfit(reader: ComplexReader, function: Function, message: str, span: Span) -> ExpressionError:
    usage = f"it is {function.shown}({', '.join(one.shown for one in function.parameters)})"
    return reader.error(f"{function.shown} {message}", span, hint=usage, kind="arity")


def _count(number: int) -> str:
    return f"{number} argument{'s' * (number != 1)}"


class FunctionReader(ComplexReader):
    """The part of the grammar that defines functions and calls them."""

    assigned: Names

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.running: list[Function] = []
        self.opened = 0  # variables of derivatives of functions around here

    def invoked(self, name: str, library: str | None, shown: str, arguments: Arguments, span: Span) -> Term:
        """A call of the table's by a name, which the reader of primaries provides."""
        raise NotImplementedError

    def suite(self, function: Function) -> Term:
        """What the statements of a body return, which the reader of statements provides."""
        raise NotImplementedError

    # -- definitions

    def begins_lambda(self, word: Token) -> bool:
        """Is it Python's ``lambda``, rather than a variable of that name?"""
        if word.text != "lambda" or self.taken(word.text):
            return False
        follows, before = self.peek(), self.tokens[self.at - 2] if self.at > 1 else None
        if follows.text == ":":
            return before is None or before.kind == "stop" or before.text in {"=", "("}
        return follows.kind == "name" or (follows.text == "*" and self.peek(1).kind == "name" and self.parameters_end())

    def parameters_end(self) -> bool:
        """Does a colon follow before anything that is no parameter does?"""
        ahead = 0
        while self.peek_far(ahead).kind == "name" or self.peek_far(ahead).text in {",", "*"}:
            ahead += 1
        return self.peek_far(ahead).text == ":" and self.peek_far(ahead).kind == "operator"

    def lambda_function(self, word: Token) -> Term:
        """``lambda x, y=2: x*y``, behind its word."""
        parameters = self.parameters_up_to(":")
        body, stop = self.at, self.expression_end()
        if body == stop:
            raise self.unexpected(self.peek())
        self.at = stop
        return self.made(Function("lambda", parameters, body, stop, self.assigned), word.span)

    def made(self, function: Callee, start: Span) -> Term:
        return Term(None, start.to(self.tokens[self.at - 1].span), function=function)

    def parameters_up_to(self, closing: str) -> tuple[Parameter, ...]:
        """Names, with what they are where nothing is given; what is said of their types is passed over."""
        found: list[Parameter] = []
        named = False
        while self.peek().text != closing:
            if self.peek().text in {"*", "/"} and self.peek(1).text in {",", closing}:
                named = named or self.next().text == "*"
            else:
                found.append(self.parameter(closing, named=named, before=found))
            if self.peek().kind in _ENDS:
                raise self.unexpected(self.peek(), expected=closing)
            if self.peek().text != closing:
                self.expect(",")
        self.at += 1
        return tuple(found)

    def parameter(self, closing: str, *, named: bool, before: Sequence[Parameter]) -> Parameter:
        token = self.next()
        if token.text in {"*", "**"}:
            hint = "name each one: f(x, y)"
            raise self.error("a function of any number of arguments is not read", token.span, hint=hint)
        if token.kind != "name":
            raise self.unexpected(token)
        if any(one.name == token.text for one in before):
            raise self.error(f"two parameters are called {token.text}", token.span, hint="name one of them otherwise")
        if self.peek().text == ":" and closing != ":":
            self.at = self.annotation_end(self.at + 1, {",", "=", closing})
        default = None
        if self.take_keyword("="):
            default = self.expression()
        return Parameter(token.text, default, named, self.text_of(default) if default else "")

    def annotation_end(self, at: int, ends: set[str]) -> int:
        """The place of the first of these signs outside of brackets."""
        depth = 0
        while self.tokens[at].kind != "end" and (depth or self.tokens[at].text not in ends):
            depth += (self.tokens[at].text in _OPENING) - (self.tokens[at].text in _CLOSING)
            at += 1
        return at

    def expression_end(self) -> int:
        """The place behind the expression that begins here, which is not read yet."""
        at, depth, parameters = self.at, 0, 0
        while True:
            token = self.tokens[at]
            if token.kind in _ENDS or (not depth and token.text in _CLOSING):
                return at
            if not depth and token.kind == "name" and token.text == "lambda":
                parameters += 1
            elif not depth and token.text == ":" and parameters:
                parameters -= 1
            elif not depth and not parameters and (token.text in {",", ":", "="} or self.begins_for(at)):
                return at
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            at += 1

    def begins_for(self, at: int) -> bool:
        return self.tokens[at].text == "for" and self.tokens[at + 1].kind == "name"

    # -- calls

    def inlined(self, function: Function, given: Mapping[str, Term], span: Span) -> Term:
        """The body, with what its parameters stand for. Errors: ExpressionError, LimitError where it is too much."""
        if any(one.body == function.body for one in self.running):
            message = f"{function.shown} calls itself: what it is has no end"
            hint = "write it out; a sum of terms is sum(x[i] for i in range(3))"
            raise self.error(message, span, hint=hint)
        self.spend(function.stop - function.body, span, "functions that call functions are written out")
        outside, at = self.assigned, self.at
        own = dict.fromkeys(function.own, UNSET)
        self.assigned, self.at = ChainMap({**own, **given}, function.scope), function.body
        self.running.append(function)
        term = self.deeper(lambda: self.suite(function) if function.block else self.value_of(function))
        self.running.pop()
        self.assigned, self.at = outside, at
        return term._replace(span=span)

    def value_of(self, function: Function) -> Term:
        term = self.expression()
        if self.at != function.stop:
            raise self.unexpected(self.peek())
        return term

    def listed(self, items: Sequence[Term], span: Span) -> Term:
        """``[a, b]``, which the reader of primaries provides."""
        raise NotImplementedError

    def applied_to_arguments(self, function: Callee, start: Span) -> Term:
        """``f(x)``, at its bracket."""
        positional, keywords, stop = self.arguments()
        return function.called(self, Arguments(positional, keywords), start.to(stop))

    def in_its_parameters(self, term: Term) -> Term:
        """The value of a function where its parameters are variables: what ``lambda x: x**2`` alone means.

        Errors: ExpressionError where one of these is another variable outside.
        """
        assert term.function is not None
        due = [one for one in term.function.parameters if one.default is None]
        for one in due:
            if one.name in self.names or (one.name in self.assigned and self.assigned[one.name] is not term):
                message = f"{one.name} is a parameter of {term.function.shown}, and something else outside of it"
                hint = f"name one of them otherwise, or call it: {term.function.shown}(...)"
                raise self.error(message, term.span, hint=hint, kind="name")
        given = {one.name: self.free(one.name, term.span) for one in due}
        positional = [given[one.name] for one in due if not one.named]
        keywords = {one.name: given[one.name] for one in due if one.named}
        return term.function.called(self, Arguments(positional, keywords), term.span)

    names: dict[str, None]

    def free(self, name: str, span: Span) -> Term:
        """The variable of a name."""
        self.names.setdefault(name)
        tree = nodes.symbol(name)
        self.spans.setdefault(tree, span)
        return Term(tree, span)
