"""Calls: of functions of the text, of the table's rows and spellings, and of Python's own, with their arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from gradcli.base.errors import ExpressionError, Span
from gradcli.language.advice import definition
from gradcli.language.calls import NO_CONSTANT, Arguments, Term, apply_row, takes, unknown_function
from gradcli.language.constants import CONSTANTS
from gradcli.language.functions import FunctionReader, Named
from gradcli.language.nodes import Tree
from gradcli.language.objects import construct
from gradcli.language.series import SERIES, series
from gradcli.language.sizes import FUNCTIONS
from gradcli.language.spelled import apply_spellings
from gradcli.language.storage import without_storage
from gradcli.language.tokens import Token
from gradcli.language.transforms import TRANSFORMING, transform_named, transformed
from gradcli.language.tuples import as_tuple, is_tuple
from gradcli.operations.blueprint import Blueprint
from gradcli.operations.prefixes import FROZEN, PREFIXES, SHY
from gradcli.operations.row import Op
from gradcli.operations.spelling import Spelling
from gradcli.operations.table import METHOD, blueprints_of, candidates, meant_otherwise, spellings_of

_CHAINS: dict[str, tuple[type[Tree], int]] = {"+": (sympy.Add, 0), "*": (sympy.Mul, 1)}
_OPENED, _CLOSED = frozenset("(["), frozenset(")]")
_COLLECTING = {"tuple": False, "list": True}  # Python's, and whether they stand for brackets


class CallReader(FunctionReader):
    """The part of the grammar behind a name that takes arguments."""

    bound: frozenset[str]
    imported: dict[str, str]

    def expand(self, formula: str, given: Mapping[str, Term], span: Span) -> Term:
        """The term of a formula in which names stand for terms, which the reader of primaries provides."""
        raise NotImplementedError

    def generator(self, start: Span) -> Term | None:
        """The terms of a comprehension as a tuple, which the reader of primaries provides."""
        raise NotImplementedError

    # -- names

    def leaf(self, tree: Tree, span: Span, constant: Any = NO_CONSTANT) -> Term:  # Any: see Term
        self.spans.setdefault(tree, span)
        return Term(tree, span, constant=constant)

    def unset(self, token: Token) -> ExpressionError:
        """Python's own rule: what a function assigns is its own name, from its beginning."""
        shown = self.running[-1].shown
        message = f"{token.text} is used before {shown} assigns it"
        hint = f"what {shown} assigns is its own: name it otherwise, or make it a parameter"
        return self.error(message, token.span, hint=hint, kind="name")

    def named(self, name: str) -> Named:
        """A function of a library, by the name that it goes by here."""
        whole = self.imported.get(name, name)
        module, _, function = whole.rpartition(".")
        return Named(whole, function, PREFIXES.get(module))

    def function_alone(self) -> Term | None:
        """``(sin)``, in the brackets of what takes a function: the table's."""
        token = self.peek(1)
        if token.kind != "name" or self.peek(2).text != ")" or self.taken(token.text) or token.text in CONSTANTS:
            return None
        found = self.named(token.text)
        if not self.stands_for_function(found.name, found.library):
            return None
        return Term(None, token.span, function=found)

    def stands_for_function(self, name: str, library: str | None) -> bool:
        """Is it a function of the library, written without its arguments?"""
        return bool(candidates(name, library) or spellings_of(name, library)) and name not in CONSTANTS

    # -- calls

    def frozen(self, name: str, library: str | None) -> tuple[Blueprint, ...]:
        """The class, where what is asked tells that a function's name stands for it, ``gamma(a).logpdf(x)``."""
        if library is not None or name not in SHY:
            return ()
        opened, ahead = 1, 1
        while opened and self.peek_far(ahead).kind != "end":
            opened += (self.peek_far(ahead).text in _OPENED) - (self.peek_far(ahead).text in _CLOSED)
            ahead += 1
        asked = self.peek_far(ahead + 1).text
        if self.peek_far(ahead).text != "." or candidates(asked, METHOD) or spellings_of(asked, METHOD):
            return ()
        found = blueprints_of(name, FROZEN)
        return found if found and asked in found[0].methods else ()

    def call(self, name: str, library: str | None, span: Span, shown: str | None = None) -> Term:
        if name in SERIES and library in {None, "sympy"}:
            return series(self, name, span)
        blueprints = blueprints_of(name, library) or self.frozen(name, library)
        if blueprints:
            positional, keywords, stop = self.arguments()
            return construct(self, shown or name, blueprints, positional, keywords, span.to(stop))
        rows, spellings = candidates(name, library), spellings_of(name, library)
        make = transform_named(name, library)
        if library in TRANSFORMING:
            rows, spellings = [], ()
        if not rows and not spellings and name in FUNCTIONS:
            return self.size_call(FUNCTIONS[name], shown or name, span)
        if name in _COLLECTING and library is None and not rows and not spellings:
            return self.collected(span, in_brackets=_COLLECTING[name])
        if not rows and not spellings and make is None:
            right = definition(self)
            if right is not None:
                hint = f"write {right}"
                raise self.error("a function is defined in names: f(x, y) = ...", span, hint=hint, kind="name")
            raise unknown_function(
                self, shown or name, span, known=name in self.bound or name in self.assigned or name in CONSTANTS
            )
        alone = self.function_alone() if make is not None else None
        if make is not None and alone is not None:
            self.at += 3
            stop = self.tokens[self.at - 1].span
            return transformed(self, shown or name, make, Arguments([alone], {}), span.to(stop))
        positional, keywords, stop = self.arguments()
        if make is not None and (not rows or (positional and positional[0].function is not None)):
            return transformed(self, shown or name, make, Arguments(positional, keywords), span.to(stop))
        return self.invoked(name, library, shown or name, Arguments(positional, keywords), span.to(stop))

    def collected(self, span: Span, *, in_brackets: bool) -> Term:
        """``tuple(x)`` and ``list(x)``: of a tuple, a list or an array its entries."""
        positional, keywords, stop = self.arguments()
        if len(positional) != 1 or keywords:
            raise self.error("tuple and list take one thing with entries", span.to(stop), kind="arity")
        whole = span.to(stop)
        parts = positional[0].items if is_tuple(positional[0]) else self.entries(positional[0])
        return self.listed(parts, whole) if in_brackets else as_tuple(parts, whole)

    def invoked(self, name: str, library: str | None, shown: str, arguments: Arguments, span: Span) -> Term:
        """A call of the table's by a name, with what it is given."""
        rows, spellings = candidates(name, library), spellings_of(name, library)
        positional, keywords = list(arguments.positional), dict(arguments.keywords)
        if len(positional) == 1 and positional[0].generated:
            if rows and rows[0][0].chain:
                return self.chained(rows[0][0].chain, positional[0].items)._replace(span=span)
            positional = [self.listed(positional[0].items, positional[0].span)]
        if library is None and any(takes(op, len(positional)) for op, _ in rows):
            spellings = tuple(
                one for one in spellings if one.name == name
            )  # a bare name is the table's own, or Python's
        return self.applied(shown, rows, spellings, positional, keywords, span)

    def chained(self, sign: str, terms: Sequence[Term]) -> Term:
        """The terms with a sign between them, as Python's sum adds them up."""
        kind, none = _CHAINS[sign]
        return self.chain(kind, [*terms], []) if terms else self.literal(none)

    def applied(
        self,
        shown: str,
        rows: list[tuple[Op, dict[str, Any]]],  # Any: see candidates
        spellings: tuple[Spelling, ...],
        positional: list[Term],
        keywords: dict[str, Term],
        span: Span,
    ) -> Term:
        """A library's own call as it means it, else the row of that name."""
        meant = self.meant(shown, positional, keywords, span)
        if meant is not None:
            return meant
        texts = {param.name for spelling in spellings for param in spelling.parameters if param.kind == "text"}
        keywords = without_storage(self, shown, keywords, texts)
        own = not rows or any("." in spelling.name for spelling in spellings)
        found = apply_spellings(self, shown, spellings, positional, keywords, span, refuse=own) if spellings else None
        return found or apply_row(self, shown, rows, self.parts_of_one(shown, positional), keywords, span)

    def parts_of_one(self, shown: str, positional: list[Term]) -> list[Term]:
        """``np.stack(x)`` of one array is that of its parts, where it is known how many there are."""
        alone = len(positional) == 1 and positional[0].node is not None and not positional[0].items
        if not alone or not meant_otherwise(shown, alone=True) or not self.shape_at(positional[0], positional[0].span):
            return positional
        return [self.listed(self.entries(positional[0]), positional[0].span)]

    def arguments(self) -> tuple[list[Term], dict[str, Term], Span]:
        self.expect("(")
        positional: list[Term] = []
        keywords: dict[str, Term] = {}
        while self.peek().text != ")":
            if self.peek().kind == "name" and self.peek(1).text == "=":
                key = self.next()
                self.at += 1
                if key.text in keywords:
                    raise self.error(f"{key.text}= is given twice", key.span, kind="arity")
                keywords[key.text] = self.argument()
            elif keywords:
                raise self.error("a positional argument after a named one", self.peek().span, kind="arity")
            elif self.peek().text == "*":
                self.at += 1
                positional += self.entries(self.expression())
            else:
                positional.append(self.argument())
            if self.peek().text != ")":
                self.expect(",")
        return positional, keywords, self.next().span

    def argument(self) -> Term:
        """An expression, or a slice where entries are due."""
        start = self.peek().span
        found = self.generator(start)
        if found is not None:
            return found
        first = None if self.peek().text == ":" else self.expression()
        if self.peek().text != ":":
            assert first is not None
            return first
        constant = self.slice_from(first)
        return Term(None, start.to(self.tokens[self.at - 1].span), constant=constant)
