"""Statements: assignments, ``import``, ``def`` and ``return``, one a line or between semicolons."""

from __future__ import annotations

from dataclasses import replace

import sympy

from gradcli.language import nodes
from gradcli.language.calls import Term, as_number
from gradcli.language.complex import is_complex
from gradcli.language.functions import Function
from gradcli.language.imports import ImportReader
from gradcli.language.nodes import Tree
from gradcli.language.tokens import Token
from gradcli.language.tuples import as_tuple
from gradcli.operations.table import infix

IN_PLACE = {"+=": "+", "-=": "-", "*=": "*", "/=": "/", "@=": "@", "**=": "**", "//=": "//", "%=": "%"}
_ENDS = frozenset({"stop", "end"})
_BEGINNING = frozenset({"name", "number", "root", "keyword"})
_OPENING = frozenset("([|‖-")
_SHOWING = frozenset({"print", "plt", "pprint"})
_BLOCKS = {
    "if": "write y = a if condition else b, or where(condition, a, b)",
    "while": "a loop stands in brackets: sum(x[i]**2 for i in range(3))",
    "with": "leave the line out; what is constant under torch.no_grad() is detach(...)",
    "try": "leave it out; what stands in it is read by itself",
    "class": "write the function alone: def f(x): ...",
}


class StatementReader(ImportReader):
    """The part of the grammar that takes whole lines."""

    def last_of(self, stop: int | None = None) -> tuple[Term | None, bool]:
        """The value of the last statement, up to a place in the tokens, and whether it is returned."""
        result: Term | None = None
        used = True
        while not self.finished(stop):
            if self.imports() or self.says_nothing():
                continue
            if result is not None and not used:
                raise self.error(
                    "this value is never used",
                    result.span,
                    hint="assign it (name = ...) or remove it; the last line is the expression",
                )
            returned = self.returns(self.peek())
            result, used = self.statement()
            if self.peek().text == "," and self.peek(1).kind in _ENDS:
                self.at += 1
            if not self.at_end(stop):
                raise self.unexpected(self.peek())
            if returned and stop is not None:
                self.nothing_behind(stop)
                return result, True
        return result, False

    def finished(self, stop: int | None) -> bool:
        """Is there no statement before the end any more? Goes past blank lines."""
        while self.peek().kind == "stop" and self.at != stop:
            self.at += 1
        return self.at == stop or self.peek().kind == "end"

    def at_end(self, stop: int | None) -> bool:
        return self.at == stop or self.peek().kind in _ENDS

    def nothing_behind(self, stop: int) -> None:
        if not self.finished(stop):
            raise self.error("this stands behind a return, and is never reached", self.peek().span, hint="remove it")

    def says_nothing(self) -> bool:
        """Goes past a text alone, as a docstring is, and past ``pass``."""
        raw = self.peek().text in {"r", "R"} and self.peek(1).kind == "text"
        alone = self.peek(raw).kind == "text" or (self.peek().text == "pass" and not self.taken("pass"))
        if not alone or self.peek(1 + raw).kind not in _ENDS:
            return False
        self.at += 1 + raw
        return True

    def statement(self) -> tuple[Term, bool]:
        """The value of an expression, of an assignment or of a definition; is it kept, under a name?"""
        word = self.peek()
        if word.text == "def" and self.peek(1).kind == "name" and not self.taken("def"):
            return self.definition(), True
        if word.text == "@":
            return self.decorated(), True
        if self.defines_in_a_line():
            return self.line_defined(), True
        names = self.targets()
        if names:
            several = [names]
            while names := self.targets():
                several.append(names)
            value = self.right_side()
            for names in several:
                self.assign(names, value)
            return value, True
        if word.kind == "name" and self.peek(1).text in IN_PLACE and self.changeable(word):
            return self.changed(), True
        self.refuse_block(word)
        returned = self.returns(word)
        if returned:
            self.at += 1
        term = self.right_side() if returned else self.expression()
        self.refuse_assignment(term)
        return term, False

    def refuse_block(self, word: Token) -> None:
        """Errors: ExpressionError where a statement begins that is no mathematics."""
        if word.text in _SHOWING and self.peek(1).text in {"(", "."} and not self.taken(word.text):
            raise self.error(f"'{word.text}' shows something, and has no value", word.span, hint="remove the line")
        follows = self.peek(1)
        begins = follows.kind in {"name", "number", "keyword", "text"} or follows.text in {"(", ":"}
        if word.text not in _BLOCKS or self.taken(word.text) or not begins:
            return
        called = word.kind == "name" and follows.text == "("  # a product without its sign, while (x), is no loop
        if not called:
            raise self.error(
                f"'{word.text}' statements are not read: an expression is mathematics, not a program",
                word.span,
                hint=_BLOCKS[word.text],
            )

    def refuse_assignment(self, term: Term) -> None:
        """Errors: ExpressionError where something is assigned to what is no name."""
        if self.peek().text in IN_PLACE:
            operator = self.peek().text
            raise self.error(
                f"{operator} changes {self.text_of(term)} in place; autograd needs the old value",
                self.peek().span,
                hint=f"make a new one: y = {self.text_of(term)} {IN_PLACE[operator]} ...",
            )
        if self.peek().text == "=" and term.span.stop:
            raise self.error(
                f"{self.text_of(term)} cannot be assigned: arrays are not changed in place",
                self.peek().span,
                hint="assign a new name; build the array with [a, b], concat or where; == compares",
            )

    def returns(self, word: Token) -> bool:
        """Is it Python's ``return``, rather than a variable?"""
        if word.text != "return" or word.text in self.bound or word.text in self.assigned:
            return False
        return self.peek(1).kind in _BEGINNING or self.peek(1).text in _OPENING

    # -- assignments

    def targets(self) -> list[Token]:
        """The names before a ``=``: ``x =``, ``a, b =``, ``(a, b) =``; none where no assignment begins."""
        if "=" not in self.source:
            return []
        found, behind = self.targets_at(self.at)
        if found:
            self.at = behind
        return found

    def targets_at(self, at: int) -> tuple[list[Token], int]:
        """The names that are assigned by a statement that begins there, and the place behind its sign."""
        start, found = at, list[Token]()
        opened = self.tokens[at].text == "("
        at += opened
        while self.tokens[at].kind == "name":
            found.append(self.tokens[at])
            comma = self.tokens[at + 1].text == ","
            at += 1 + comma
            if not comma:
                break
        if opened and self.tokens[at].text != ")":
            return [], start
        at += opened
        if len(found) == 1 and self.tokens[at].text == ":":  # y: float = ...
            while self.tokens[at].text != "=" and self.tokens[at].kind not in _ENDS:
                at += 1
        return (found, at + 1) if found and self.tokens[at].text == "=" else ([], start)

    def right_side(self) -> Term:
        """An expression, or several with commas between them: a tuple."""
        first = self.expression()
        items = [first]
        while self.peek().text == ",":
            self.at += 1
            if self.peek().kind in _ENDS:
                break
            items.append(self.expression())
        if len(items) == 1:
            return first
        span = first.span.to(items[-1].span)
        return as_tuple(items, span)

    def assign(self, names: list[Token], value: Term) -> None:
        """Errors: ExpressionError where several names meet another number of values."""
        values = [value] if len(names) == 1 else self.unpacked(value, len(names))
        for name, term in zip(names, values, strict=True):
            self.assigned[name.text] = _called(term, name.text)
            kept = term.node is not None and not term.is_condition and not is_complex(term) and not self.running
            if kept and term.node is not None:
                self.parts[name.text] = term.node

    def unpacked(self, value: Term, count: int) -> list[Term]:
        """The parts of a list, of a call's several results, or the entries of an array of known length."""
        parts = self.entries(value)
        if len(parts) != count:
            raise self.error(f"{count} names, but {len(parts)} values", value.span, kind="shape")
        return parts

    # -- assignments that change: y += x

    def changeable(self, word: Token) -> bool:
        """Is it a name for what was computed here, and for nothing that another name shows too?"""
        value = self.assigned.get(word.text)
        if value is None or value.node is None or value.is_condition:
            return False
        if value.node.is_number:
            return True
        computed = not value.node.is_Symbol and _shown(value.node) == {value.node}
        others = (term for name, term in self.assigned.items() if name != word.text and term.node is not None)
        return computed and not any(value.node in _shown(term.node) for term in others)

    def changed(self) -> Term:
        """``y += x`` is ``y = y + x``."""
        word, operator = self.next(), self.next()
        old, right = self.assigned[word.text]._replace(span=word.span), self.expression()
        sign = operator._replace(text=IN_PLACE[operator.text])
        new = self.combined(sign, old, right)
        self.assign([word], new)
        return new

    def combined(self, sign: Token, left: Term, right: Term) -> Term:
        """Two terms with a sign between them."""
        tree = as_number(self, right)
        if sign.text in {"+", "-"}:
            negated = nodes.multiply(sympy.Integer(-1), tree) if sign.text == "-" else tree
            return self.chain(sympy.Add, [left, self.join(negated, right)], [sign])
        if sign.text in {"*", "/"}:
            return self.chain(
                sympy.Mul, [left, self.join(nodes.inverse(tree) if sign.text == "/" else tree, right)], [sign]
            )
        if sign.text == "**":
            return self.join(nodes.power(as_number(self, left), tree), left, right, focus=sign.span)
        return self.join(nodes.make(infix(sign.text), [as_number(self, left), tree]), left, right, focus=sign.span)

    # -- functions

    def decorated(self) -> Term:
        """``@jit`` and what it stands before."""
        start = self.next()
        name = self.expression_text()
        if name.rpartition(".")[2] not in {"jit", "compile", "script", "njit"} or self.peek().kind != "stop":
            hint = "remove the line, if the function is the same without it"
            raise self.error(f"@{name} is not read", start.span.to(self.peek().span), hint=hint)
        self.at += 1
        if self.peek().text != "def":
            raise self.unexpected(self.peek())
        return self.definition()

    def expression_text(self) -> str:
        """A dotted name as it is written."""
        parts = [self.next().text]
        while self.take_keyword("."):
            parts.append(self.next().text)
        return ".".join(parts)

    def definition(self) -> Term:
        """``def f(x): ...``, at its word."""
        start = self.next()
        name = self.next()
        self.expect("(")
        parameters = self.parameters_up_to(")")
        if self.peek().text == "-":  # -> Tensor
            self.at = self.annotation_end(self.at, {":"})
        self.expect(":")
        body, stop = self.at, self.block_end(start, self.at)
        if not any(token.kind not in _ENDS for token in self.tokens[body:stop]):
            raise self.error(f"{name.text} has no body", start.span.to(name.span), hint="write what it returns")
        own = self.own_names(body, stop)
        self.at = stop
        function = Function(name.text, parameters, body, stop, self.assigned, own, block=True)
        term = Term(None, start.span.to(name.span), function=function)
        self.assigned[name.text] = term
        return term

    def defines_in_a_line(self) -> bool:
        """Does ``f(x, y) = ...`` begin here?"""
        if "=" not in self.source or self.peek().kind != "name" or self.peek(1).text != "(":
            return False
        ahead = 2
        while self.peek_far(ahead).kind == "name" and self.peek_far(ahead + 1).text == ",":
            ahead += 2
        ahead += self.peek_far(ahead).kind == "name"
        return ahead > 2 and self.peek_far(ahead).text == ")" and self.peek_far(ahead + 1).text == "="

    def line_defined(self) -> Term:
        """``f(x) = x**2`` is ``f = lambda x: x**2``."""
        name = self.next()
        self.at += 1
        parameters = self.parameters_up_to(")")
        self.at += 1
        body, self.at = self.at, self.expression_end()
        if body == self.at:
            raise self.unexpected(self.peek())
        term = self.made(Function(name.text, parameters, body, self.at, self.assigned), name.span)
        self.assigned[name.text] = term
        return term

    def column(self, token: Token) -> int:
        line = self.source[self.source.rfind("\n", 0, token.span.start) + 1 : token.span.start]
        return len(line.expandtabs())

    def block_end(self, word: Token, at: int) -> int:
        """The place behind the block of a ``def``: the line that begins there, or the lines that stand further in."""
        if self.tokens[at].kind != "stop":
            return self.statement_end(at)
        outside, inside, end = self.column(word), -1, at
        while self.tokens[at].kind != "end":
            while self.tokens[at].kind == "stop":
                at += 1
            first = self.tokens[at]
            column = self.column(first)
            if first.kind == "end" or column <= outside:
                break
            inside = column if inside < 0 else inside
            self.require_column(first, column, inside)
            at = self.statement_end(at)
            end = at
        return end

    def require_column(self, first: Token, column: int, inside: int) -> None:
        """Errors: ExpressionError for a line that stands neither with the others nor further out than the ``def``."""
        if column < inside:
            raise self.error("this line is not indented as those before it", first.span)

    def statement_end(self, at: int) -> int:
        """The place of the end of the line."""
        while self.tokens[at].kind != "end" and self.tokens[at].text != "\n":
            at += 1
        return at

    def own_names(self, body: int, stop: int) -> frozenset[str]:
        """What is assigned in a block, and so is its own from its beginning."""
        found: set[str] = set()
        inner = body
        for at in range(body, stop):
            if at < inner or (at > body and self.tokens[at - 1].kind != "stop"):
                continue
            if self.tokens[at].text == "def":
                found.add(self.tokens[at + 1].text)
                inner = self.block_end(self.tokens[at], self.annotation_end(at, {":"}) + 1)
            elif self.tokens[at].kind == "name" and self.tokens[at + 1].text in IN_PLACE:
                found.add(self.tokens[at].text)
            else:
                found |= {token.text for token in self.targets_at(at)[0]}
        return frozenset(found)

    def suite(self, function: Function) -> Term:
        """What the statements of a function return."""
        term, returned = self.last_of(function.stop)
        if term is None or not returned:
            hint = "its last line is return ..."
            raise self.error(f"{function.shown} returns nothing", self.tokens[function.body - 1].span, hint=hint)
        return term


def _called(term: Term, name: str) -> Term:
    """A function under the name that it is given."""
    if isinstance(term.function, Function) and term.function.shown == "lambda":
        return term._replace(function=replace(term.function, shown=name))
    return term


def _shown(tree: Tree | None) -> set[Tree]:
    """A tree, and what it shows in other places or shapes, as views do."""
    found: set[Tree] = set()
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        row = None if one is None else nodes.row_of(one)
        if one is not None and one not in found:
            found.add(one)
            waiting.extend(one.args if row is not None and (row.moves or row.brackets) else ())
    return {one for one in found if not isinstance(one, nodes.Static)}
