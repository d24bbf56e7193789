"""Primaries: the parts of an expression that bind tightest. Atoms, names, calls, attributes, subscripts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import Any

import sympy

from gradcli.base.errors import ExpressionError, Span
from gradcli.language import nodes
from gradcli.language.advice import BARS, called, method_hint, module_hint
from gradcli.language.calls import NO_CONSTANT, Made, Term, apply_row, as_number, of_truth, true_where
from gradcli.language.constants import CONSTANTS
from gradcli.language.functions import UNSET, Named, Names, from_outside
from gradcli.language.invocations import CallReader
from gradcli.language.known import NOTHING, Known
from gradcli.language.nodes import Tree
from gradcli.language.objects import attribute, method
from gradcli.language.pairs import ONE, ZERO, Complex
from gradcli.language.storage import PYTHONS_TYPES, WORDS_OF_STORAGE
from gradcli.language.tokens import Token
from gradcli.language.tuples import as_tuple
from gradcli.operations.prefixes import PREFIX_ROOTS, PREFIXES, UFUNCS
from gradcli.operations.table import METHOD, OPS, candidates, did_you_mean, names_library, spellings_of

_TURNING = frozenset({"T", "mT", "H", "mH"})
# Those of libraries alone, behind their names.
_DOTTED: dict[str, Tree] = {
    "math.tau": nodes.multiply(sympy.Integer(2), sympy.pi),
    **{f"{name}.E": sympy.E for name in ("sympy", "sp")},
    **{f"{name}.oo": sympy.oo for name in ("sympy", "sp")},
    "sympy.I": Complex(ZERO, ONE),
}
_EULER = frozenset({"np.euler_gamma", "jnp.euler_gamma"})


class PrimaryReader(CallReader):
    """The part of the grammar above the operators; the names assigned and met so far."""

    def __init__(
        self,
        source: str,
        bound: frozenset[str],
        constants: dict[str, Any],  # Any: see parse
        sizes: Mapping[str, int],
        conditions: Collection[str] = (),
        known: Known = NOTHING,
    ) -> None:
        super().__init__(source)
        self.bound, self.known = bound, known
        self.lettered = bool(sizes)
        self.assigned: Names = {
            **{name: Term(nodes.of_constant(value), Span(0, 0), constant=value) for name, value in constants.items()},
            **{
                name: Term(nodes.symbol(name), Span(0, 0), constant=nodes.Size.of(name, value))
                for name, value in sizes.items()
            },
            **{name: Term(nodes.symbol(name), Span(0, 0), is_condition=True) for name in conditions},
        }
        self.parts: dict[str, Tree] = {}
        self.modules: dict[str, str] = {}  # what a module goes by here
        self.libraries: set[str] = set()  # names that an import has bound to a module
        self.imported: dict[str, str] = {}  # the full names of functions that were imported
        self.names: dict[str, None] = {}
        self.sized = False

    def taken(self, name: str) -> bool:
        return name in self.bound or name in self.assigned

    def postfix(self) -> Term:
        term = self.atom()
        while True:
            token = self.peek()
            if token.text == "[":
                term = self.subscript(term)
            elif token.text == ".":
                term = self.attribute(term)
            elif token.text == "(" and term.function is not None:
                term = self.applied_to_arguments(term.function, term.span)
            elif token.kind == "superscript":
                self.at += 1
                term = self.raised(term, token)
            elif token.kind == "transpose":
                self.at += 1
                term = self.transposed(term, token.span)
            else:
                return term

    # -- atoms

    def atom(self) -> Term:
        token = self.next()
        if token.kind in {"number", "imaginary"}:
            exact = int(token.text) if token.text.isdecimal() else Fraction(token.text)
            if token.kind == "imaginary":
                return self.imaginary(nodes.number(exact), token.span)
            return self.leaf(nodes.number(exact), token.span, constant=exact)
        if token.kind == "name":
            return self.name(token)
        if token.kind == "root":
            argument = self.deeper(self.postfix)
            return apply_row(self, "sqrt", candidates("sqrt"), [argument], {}, token.span.to(argument.span))
        if token.kind == "text":
            return Term(None, token.span, constant=token.text[1:-1])
        if token.kind == "keyword" and token.text in {"True", "False", "None"}:
            return Term(None, token.span, constant={"True": True, "False": False, "None": None}[token.text])
        if token.text == "(":
            return self.parenthesis(token)
        if token.text == "[":
            return self.brackets(token)
        if token.text in BARS:
            return self.barred(token)
        if token.text == "..." and self.peek().text in {",", "]", ")"}:
            return Term(None, token.span, constant=Ellipsis)
        self.at -= 1
        raise self.unexpected(token)

    def parenthesis(self, start: Token) -> Term:
        """``(x)`` is x; ``(2, 3)`` is a constant, for sizes and axes."""
        if self.peek().text == ")":
            self.at += 1
            return Term(None, start.span, constant=())
        found = self.generator(start.span)
        if found is not None:
            self.expect(")")
            return found
        items, comma = self.items(")")
        span = start.span.to(self.tokens[self.at - 1].span)
        if not comma:
            return items[0]._replace(span=span)
        return as_tuple(items, span)

    def brackets(self, start: Token) -> Term:
        if self.peek().text == "]":
            raise self.error("[] holds nothing", start.span)
        items, _ = self.items("]")
        return self.listed(items, start.span.to(self.tokens[self.at - 1].span))

    def listed(self, items: Sequence[Term], span: Span) -> Term:
        """``[a, b]``"""
        if not items:
            raise self.error("[] holds nothing", span)
        constant = (
            tuple(item.constant for item in items)
            if all(isinstance(item.constant, int) for item in items)
            else NO_CONSTANT
        )
        if any(item.node is None and (item.items or item.made or item.function) for item in items):  # of tuples: axes
            return as_tuple(items, span)
        term = apply_row(self, "[ ]", candidates("stack"), [Term(None, span, items=tuple(items))], {}, span)
        return Term(term.node, span, term.size, term.depth, term.is_condition, constant, tuple(items))

    def expand(self, formula: str, given: Mapping[str, Term], span: Span) -> Term:
        """The term of a formula in which names stand for terms, as if it had been written at ``span``."""
        given = {name: from_outside(self, term, span) for name, term in given.items()}
        *assignments, formula = formula.split("; ")
        for name, _, right in (text.partition(" = ") for text in assignments):
            given = {**given, name: self.expand(right, given, span)}
        inner = type(self)(formula, frozenset(), {}, {}, known=self.known)
        inner.assigned, inner.depth, inner.lettered = dict(given), self.depth, self.lettered
        inner.shaped, inner.within = self.shaped, (*self.within, *span[:2], self.expanded)
        self.expanded += 1
        inner.notes, inner.counted, inner.edges = self.notes, self.counted, self.edges
        try:
            term = inner.expression()
        except ExpressionError as error:
            raise self.error(error.said, span, hint=error.advice, kind=error.kind) from None
        for node in inner.spans:
            self.spans.setdefault(node, span)
        self.sized = self.sized or inner.sized
        return term._replace(span=span)

    def generator(self, start: Span) -> Term | None:
        """The terms of a comprehension as a tuple; None where none begins here."""
        found = self.generated()
        if found is None:
            return None
        span = start.to(self.peek().span)
        return as_tuple(found, span)._replace(generated=True)

    def items(self, closing: str) -> tuple[list[Term], bool]:
        """Expressions up to ``closing``, and whether there was a comma."""
        found = self.generated()
        if found is not None:
            self.expect(closing)
            return found, True
        items, comma = [self.expression()], False
        while self.peek().text == ",":
            self.at += 1
            comma = True
            if self.peek().text == closing:
                break
            items.append(self.expression())
        self.expect(closing)
        return items, comma

    def name(self, token: Token) -> Term:
        name = token.text
        if self.peek().text == "(":
            own = self.assigned.get(name)
            if own is not None and own.function is not None:
                return own._replace(span=token.span)
            if name in self.imported:
                module, _, function = self.imported[name].rpartition(".")
                return self.call(function, PREFIXES[module], token.span, self.imported[name])
            return self.call(name, None, token.span)
        if self.begins_lambda(token):
            return self.lambda_function(token)
        if name in self.assigned:
            value = self.assigned[name]
            if value is UNSET:
                raise self.unset(token)
            self.sized = self.sized or isinstance(value.constant, nodes.Size)
            return value._replace(span=token.span)
        rooted = (name in PREFIX_ROOTS and self.of_library(name)) or name in self.modules
        if self.peek().text == "." and name not in self.bound and rooted:
            return self.prefixed(token)
        if name in self.libraries and name not in self.bound and self.peek().text != ".":
            hint = f"write {name}.name(...), or import it as another name"
            raise self.error(f"{name} is a library here, and has no value", token.span, hint=hint, kind="name")
        if name in self.imported and name not in self.bound and name not in CONSTANTS:
            return Term(None, token.span, function=self.named(name))
        if name in PYTHONS_TYPES and not self.taken(name) and self.peek().text in {",", ")"}:
            return Term(None, token.span, constant=name)
        if name == "Ellipsis" and name not in self.bound:
            return Term(None, token.span, constant=Ellipsis)
        if name in CONSTANTS and name not in self.bound:
            return self.leaf(CONSTANTS[name], token.span, constant=inf if name == "inf" else NO_CONSTANT)
        self.names.setdefault(name)
        return self.leaf(nodes.symbol(name), token.span)

    def of_library(self, root: str) -> bool:
        """Is a name before a dot a library's here?"""
        parts, ahead = [root], 0
        while self.peek_far(ahead).text == "." and self.peek_far(ahead + 1).kind == "name":
            parts.append(self.peek_far(ahead + 1).text)
            ahead += 2
        return names_library(parts)

    def prefixed(self, token: Token) -> Term:
        """``torch.linalg.inv(A)``, ``np.pi``: the dotted name up to its last part."""
        parts, span = self.modules.get(token.text, token.text).split("."), token.span
        while self.peek().text == "." and self.peek(1).kind == "name":
            parts.append(self.peek(1).text)
            span = span.to(self.peek(1).span)
            self.at += 2
        if len(parts) == 1:
            behind = self.peek(1)
            raise self.error("a name is due behind the dot", behind.span, hint=f"write {token.text}.name(...)")
        library, name = PREFIXES.get(".".join(parts[:-1])), parts[-1]
        if library is None:
            raise self.error(f"'{'.'.join(parts)}' is not read", span, hint=_prefix_hint(parts), kind="name")
        if self.peek().text == "(":
            return self.call(name, library, span, ".".join(parts))
        if self.peek().text == "[" and name.endswith("_"):
            return self.bracketed(name, library, span, ".".join(parts))
        if f"{library}.{name}" in _EULER:
            return self.leaf(nodes.negate(nodes.make(OPS["digamma"], [nodes.number(1)])), span)
        if f"{library}.{name}" in _DOTTED:
            return self.leaf(_DOTTED[f"{library}.{name}"], span)
        if name in CONSTANTS:
            return self.leaf(CONSTANTS[name], span, constant=inf if name == "inf" else NO_CONSTANT)
        if name in WORDS_OF_STORAGE:
            return Term(None, span, constant=name)
        if name == "newaxis":
            return Term(None, span, constant=None)
        if self.stands_for_function(name, library):
            return Term(None, span, function=Named(".".join(parts), name, library))
        raise self.error(f"'{'.'.join(parts)}' is not a constant", span, kind="name")

    def bracketed(self, name: str, library: str, span: Span, shown: str) -> Term:
        """``np.r_[x, y]``, which takes its arguments in square brackets."""
        self.at += 1
        positional, _ = self.items("]")
        whole = span.to(self.tokens[self.at - 1].span)
        return self.applied(shown, candidates(name, library), spellings_of(name, library), positional, {}, whole)

    # -- attributes, indices

    def attribute(self, term: Term) -> Term:
        self.at += 1
        token = self.next()
        if token.text in {"**", "*", "/"}:
            sign = self.source[slice(*token.span[:2])]
            alone = f"write {sign} alone: it is taken entry by entry"
            raise self.error(f"'.{sign}' is not read", token.span, hint=alone)
        if token.kind != "name":
            raise self.unexpected(token)
        span = term.span.to(token.span)
        name = token.text
        known = self.assigned.get(f"{self.text_of(term)}.{name}")
        if known is not None:  # x.shape, in a row's own rule
            return known._replace(span=span)
        invoked = self.peek().text == "("
        if term.node is None and name in term.fields and not invoked:
            return term.items[term.fields.index(name)]._replace(span=span)
        if term.made is not None:
            return self.of_object(term.made, name, span)
        counted = self.size_attribute(term, name, span)
        if counted is not None:
            return counted
        part = None if invoked else self.part_of(term, name, span)
        if part is not None:
            return part
        rows, spellings = candidates(name, METHOD), spellings_of(name, METHOD)
        if not invoked and name in _TURNING:
            return apply_row(self, f".{name}", rows, [term], {}, span)
        if name in _TURNING:
            raise self.error(f".{name} is not called", span, hint=f"write {self.text_of(term)}.{name}")
        if name.endswith("_") and candidates(name.rstrip("_")):
            raise self.error(
                f".{name}() works in place: it overwrites a value that autograd needs",
                span,
                hint=f"write {self.text_of(term)}.{name.rstrip('_')}(...), which makes a new one",
                kind="name",
            )
        if not (rows or spellings) or not invoked:
            hint = method_hint(name, bool(rows or spellings))
            raise self.error(f"'.{name}' is not read", token.span, hint=hint, kind="name")
        positional, keywords, stop = self.arguments()
        return self.applied(f".{name}", rows, spellings, [term, *positional], keywords, span.to(stop))

    def of_object(self, made: Made, name: str, span: Span) -> Term:
        if self.peek().text != "(":
            return attribute(self, made, name, span)
        positional, keywords, stop = self.arguments()
        return method(self, made, name, positional, keywords, span.to(stop))

    def subscript(self, term: Term) -> Term:
        start = self.next()
        if (
            term.node is not None
            and isinstance(term.node, sympy.Symbol)
            and candidates(term.node.name)
            and term.node.name not in self.bound
            and self.text_of(term) == term.node.name  # of a library's formula, in which it stands for a parameter
        ):
            raise self.error(
                f"{term.node.name} is a function", term.span, hint=f"write {term.node.name}(...)", kind="name"
            )
        other = called(term.node.name) if isinstance(term.node, sympy.Symbol) else None
        if other and isinstance(term.node, sympy.Symbol) and not self.taken(self.text_of(term)):
            raise self.error(f"{term.node.name} is no variable", term.span, hint=f"write {other}(...)", kind="name")
        if self.peek().text == "]":
            raise self.error("[] needs an index", start.span.to(self.peek().span))
        entries = self.index_entries()
        span = term.span.to(self.tokens[self.at - 1].span)
        if term.node is None and term.items:
            return self.item_of(term, entries, span)
        if isinstance(term.constant, nodes.Sizes):
            picked = term.constant[entries[0]]
            return Term(nodes.of_constant(picked), span, constant=picked)
        if entries.count(Ellipsis) > 1:
            raise self.error("an index has one ... at most", span)
        op = OPS["pick" if any(isinstance(entry, tuple) for entry in entries) else "index"]
        taken = self.join(nodes.make(op, [as_number(self, term)], (entries,)), term, stop=span)
        return true_where(self, taken) if of_truth(self, term) else taken

    def item_of(self, term: Term, entries: tuple[Any, ...], span: Span) -> Term:  # Any: int, slice, None or Ellipsis
        """One of several results, by its number."""
        count = len(term.items)
        if len(entries) == 1 and isinstance(entries[0], slice):
            part = term.items[entries[0]]
            return as_tuple(part, span)
        if len(entries) != 1 or not isinstance(entries[0], int) or not -count <= entries[0] < count:
            raise self.error(f"there are {count} of these, with the numbers 0 to {count - 1}", span, kind="shape")
        return term.items[entries[0]]._replace(span=span)


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _prefix_hint(parts: Sequence[str]) -> str:
    """What to write instead of a dotted name with an unknown prefix; torch.autograd.grad gives a tuple."""
    *before, name = parts
    if any(op.differentiates for op, _ in candidates(name)):
        return f"write {name}(f, x): it can be differentiated again, and gives an array, not a tuple"
    if before in (["nn"], ["torch", "nn"]) and name[:1].isupper():
        return module_hint(name)
    if ".".join(parts) in PREFIXES:
        return f"it is a prefix: write {'.'.join(parts)}.name(...)"
    close = did_you_mean(".".join(before), PREFIXES)
    if close:
        return f"did you mean {close}.{name}?"
    near = [prefix for prefix in PREFIXES if prefix.partition(".")[0] == before[0] and _last(prefix) not in UFUNCS]
    return f"prefixes that are: {', '.join(near or dict.fromkeys(prefix.partition('.')[0] for prefix in PREFIXES))}"
