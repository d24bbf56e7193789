r"""What formulas in a line of text say of letters: ``$X \in \R^{n \times d}$``, ``$k, t > 0$``, ``$S = S^\top$``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gradcli.inputs.documents.formulas import Formulas, Unread, letters_in
from gradcli.inputs.documents.heads import bare, parts_in
from gradcli.inputs.documents.parser import Parser
from gradcli.inputs.documents.scope import Scope
from gradcli.inputs.documents.spaces import Space, interval, is_values, signed, size_word, space_of
from gradcli.language.latex.nodes import (
    Applied,
    Bars,
    Big,
    Call,
    Derivative,
    Letter,
    Nabla,
    Node,
    Number,
    Power,
    Product,
    Relation,
)
from gradcli.language.latex.readers.naming import name_of

_IN = re.compile(r"\\in(?![a-zA-Z])|∈")
_SPLIT = re.compile(r"\\.|[(){}\[\],;]|\\q?quad(?![a-zA-Z])", re.DOTALL)
_WORDS = re.compile(
    r"\\(?:text|mathrm|mbox|textrm)\s*\{\s*(?:and|or|where|with|for|for all|if)?\s*\}|\\(?:forall|quad|qquad|,|;|!)"
)
_MEMBER = re.compile(r",\s*(-?\d+)\s*\\")  # the second of {0, 1}
COMPARISONS = {"<", "<=", ">", ">=", "!="}
_ENTRY = r"(?P<letter>\\?[a-zA-Z]+)\s*+_\s*+\{?\s*+"
_SAMPLE = re.compile(  # x_1, \dots, x_n
    rf"\s*+\(?\s*+{_ENTRY}1\s*+\}}?\s*+,(?:\s*+(?P=letter)\s*+_\s*+\{{?\s*+\d\s*+\}}?\s*+,)*\s*+\\[lc]?dots[bc]?\s*+,?"
    r"\s*+(?P=letter)\s*+_\s*+\{?\s*+(?P<size>[a-zA-Z]\b|\d+)\s*+\}?\s*+\)?"
)
_FAMILY = re.compile(  # \{x_i\}_{i=1}^n
    rf"\s*+\\?[({{]\s*+{_ENTRY}(?P<index>[a-z])\s*+\}}?\s*+\\?[)}}]\s*+_\s*+\{{\s*+(?P=index)\s*+=\s*+1\s*+\}}\s*+"
    r"\^\s*+\{?\s*+(?P<size>[a-zA-Z]\b|\d+)\s*+\}?"
)
_TRANSPOSED = {"T", "top", "intercal"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part between commas, and its place in the formula."""

    text: str
    start: int


def parts_of(text: str) -> Iterator[Part]:
    """What stands between the commas, semicolons and wide blanks that no parentheses hold."""
    depth, begin = 0, 0
    for match in _SPLIT.finditer(text):
        sign = match[0]
        if sign in "({[" or sign == "\\{":
            depth += 1
        elif sign in ")}]" or sign == "\\}":
            depth = max(depth - 1, 0)
        elif depth == 0 and (sign in ",;" or sign.startswith("\\q")):
            yield Part(text[begin : match.start()], begin)
            begin = match.end()
    yield Part(text[begin:], begin)


class Sayings:
    """What formulas say of letters, told to a scope.

    line: of the file, and ``saying``: which sentence it is; ``anew``: do the words before say that letters begin to
    mean something?
    """

    def __init__(self, scope: Scope, parser: Parser, line: int, saying: int, *, anew: bool) -> None:
        self._scope, self._parser, self._line, self._saying, self._anew = scope, parser, line, saying, anew

    def listen(self, text: str) -> list[Part]:
        """Tells the scope what a formula says; the parts that say nothing of the kind."""
        waiting: list[str] = []
        rest: list[Part] = []
        text = self._sampled(text)
        for part in parts_of(text):
            member = _IN.search(part.text)
            node = self._parsed(part.text) if member is None else None
            letter = name_of(node, self._scope.shapes) if isinstance(node, Letter) else None
            if letter is not None:
                waiting.append(letter)
            elif self._in_set(part.text, member, waiting) or (
                isinstance(node, Relation) and self.relation(node, waiting)
            ):
                waiting = []
            else:
                rest.append(part)
        return rest

    def _sampled(self, text: str) -> str:
        r"""``x_1, \dots, x_n``: the entries of x, or its rows where each is a vector; blanks for it in what is left."""
        match = _SAMPLE.match(text) or _FAMILY.match(text)
        name = None if match is None else self._letter(match["letter"])
        if match is None or name is None or name in self._scope.definitions:
            return text
        size, behind = size_word(match["size"]), text[match.end() :]
        member = _IN.match(behind.lstrip())
        node = None if member is None else self._parsed(behind.lstrip()[member.end() :])
        space = Space(()) if node is None else space_of(node)
        if space is None:
            return text
        where = ("NAME > 0",) if re.match(r"\s*>\s*0\s*$", behind) else space.where
        whole = Space((size, *space.shape), where, more=space.more)
        self._declare(name, whole, text)
        return " " * len(text) if member is not None or where or not behind.strip() else " " * match.end() + behind

    def _letter(self, text: str) -> str | None:
        node = self._parsed(text)
        return name_of(node, self._scope.shapes) if isinstance(node, Letter) else None

    def _parsed(self, text: str) -> Node | None:
        return self._parser.formula(_WORDS.sub(" ", text))

    def _in_set(self, text: str, member: re.Match[str] | None, others: list[str]) -> bool:
        """Does a part say that letters are in a set? ``member``: the sign."""
        if member is None:
            return False
        left, text = text[: member.start()], text[member.end() :]
        first, sign, rest = left.partition("=")  # Q = Q^T \in R^{n x n}
        named = [self._letter(part.text) for part in parts_of(first)]
        names = [*others, *(name for name in named if name is not None)]
        if None in named or not names:
            return False
        bounds, values = interval(text), is_values(text)
        for name in names:
            if bounds is not None:
                self._bounded(name, bounds)
            elif values is not None:
                self._declare(name, Space((size_word(values),) if values else (), more=True), text)
                member = _MEMBER.search(text)
                if member is not None:
                    self._scope.members[name] = f"{member[1]},{member[1]}" if values else member[1]
            else:
                self._of_space(name, text)
        node = self._parsed(left) if sign and rest.strip() else None
        if isinstance(node, Relation):
            self.relation(node, [])
        return True

    def _bounded(self, name: str, bounds: tuple[tuple[str, str], ...]) -> None:
        where = []
        for sign, bound in bounds:
            node = self._parsed(bound)
            try:
                read = None if node is None else Formulas(self._scope).read(node)
            except Unread:
                read = None
            if read is None or "; " in read.text:
                self._scope.more[name] = f"line {self._line} says where {name} is, which cannot be read"
                continue
            where.append((read.names | {name}, f"{name} {sign} {read.text}"))
        self._scope.declare(name, Space(()), self._line, anew=self._anew)
        for names, condition in where:
            self._scope.hold(names, condition, self._saying)

    def _of_space(self, name: str, text: str) -> None:
        plain, positive, strictly = signed(text)
        node = self._parsed(plain)
        space = None if node is None else space_of(node, positive=positive, strictly=strictly)
        if space is None:
            self._scope.more[name] = f"line {self._line} says what {name} is, which cannot be read"
            return
        self._declare(name, space, text)

    def _declare(self, name: str, space: Space, text: str) -> None:
        self._scope.declare(name, space, self._line, anew=self._anew)
        if space.more:
            shown = " ".join(text.split())
            self._scope.more[name] = f"line {self._line} says that {name} is in {shown}, which is understood in part"

    def relation(self, node: Relation, others: list[str]) -> bool:
        """``0 < p < 1``, ``v = s^2 > 0`` (its end), ``S = S^T``, ``|x| = 1``: is it one that is understood?"""
        if set(node.signs) <= COMPARISONS:
            return self._compared(node, others)
        if node.signs != ("=",):
            return False
        left, right = bare(node.parts[0]), bare(node.parts[1])
        return self._property(left, right) or self._property(right, left)

    def compared(self, left: Node, sign: str, right: Node) -> bool:
        """A single comparison."""
        return self._compare(left, sign, right)

    def _compared(self, node: Relation, others: list[str]) -> bool:
        sides = list(zip(node.parts, node.signs, node.parts[1:], strict=False))
        held = [self._compare(*side) for side in sides]  # all of them, also behind one that does not hold
        done = all(held)
        first = node.parts[0]
        if done and isinstance(first, Letter) and others:
            letter = name_of(first, self._scope.shapes)
            for other in others:
                for left, sign, right in sides:
                    if left is first and letter is not None:
                        self._compare_name(other, sign, right)
        return done

    def _compare(self, left: Node, sign: str, right: Node) -> bool:
        if any(
            self._is_defined(part) for side in (left, right) if not isinstance(side, Letter) for part in parts_in(side)
        ):
            return True  # f(x) > 0 says something of a formula, which may be a result
        try:
            own = {*letters_in(left), *letters_in(right)}  # v > 0 of a v that is defined speaks of v
            sides = [Formulas(self._scope, None, own).read(side) for side in (left, right)]
        except Unread:
            self._unknown([*letters_in(left), *letters_in(right)])
            return True
        if any("; " in side.text for side in sides):
            return False
        names = sides[0].names | sides[1].names
        if names:
            self._scope.hold(names, f"{sides[0].text} {sign} {sides[1].text}", self._saying)
        return True

    def _is_defined(self, part: Node) -> bool:
        """A function that is applied, or a letter that stands for a formula with others in it."""
        if isinstance(part, Applied | Derivative | Nabla):
            return True
        return isinstance(part, Letter) and name_of(part, self._scope.shapes) in self._scope.definitions

    def _compare_name(self, name: str, sign: str, right: Node) -> None:
        try:
            read = Formulas(self._scope).read(right)
        except Unread:
            self._unknown([name])
            return
        self._scope.hold(read.names | {name}, f"{name} {sign} {read.text}", self._saying)

    def _unknown(self, names: list[str]) -> None:
        for name in names:
            self._scope.more[name] = f"line {self._line} says of {name} what cannot be read"

    def _property(self, left: Node, right: Node) -> bool:
        """Symmetric, orthogonal, idempotent; of length 1; of entries that add up to 1."""
        if isinstance(right, Letter) and isinstance(left, Power) and _same(left.base, right):
            exponent, name = left.exponent, name_of(right, self._scope.shapes)
            if name is None or len(self._scope.shapes.get(name, ())) != 2:
                return False
            word = "symmetric" if isinstance(exponent, Letter) and exponent.base in _TRANSPOSED else ""
            word = "idempotent" if isinstance(exponent, Number) and exponent.text == "2" else word
            if word:
                self._scope.assume(name, [word])
            return bool(word)
        return self._orthogonal(left, right) or (isinstance(right, Number) and right.text == "1" and self._unit(left))

    def _orthogonal(self, left: Node, right: Node) -> bool:
        if (
            not isinstance(right, Letter)
            or right.base != "I"
            or not isinstance(left, Product)
            or len(left.factors) != 2
        ):
            return False
        first, second = left.factors
        letters = [side.base if isinstance(side, Power) else side for side in (first, second)]
        turned = [side for side in (first, second) if isinstance(side, Power)]
        if len(turned) != 1 or not _same(letters[0], letters[1]) or not isinstance(letters[0], Letter):
            return False
        exponent, name = turned[0].exponent, name_of(letters[0], self._scope.shapes)
        if name is None or not isinstance(exponent, Letter) or exponent.base not in _TRANSPOSED:
            return False
        shape = self._scope.shapes.get(name, ())
        if len(shape) != 2 or (shape[0] != shape[1] and turned[0] is second):
            return False
        self._scope.assume(name, ["orthogonal"])
        return True

    def _unit(self, left: Node) -> bool:
        r"""``\|x\| = 1``, ``\sum_i p_i = 1``, ``\mathbf 1^\top p = 1``."""
        body = bare(left)
        if isinstance(body, Power) and isinstance(body.exponent, Number):
            body = bare(body.base)
        if isinstance(body, Bars) and body.kind == "||" and isinstance(body.body, Letter):
            name = name_of(body.body, self._scope.shapes)
            if name is not None and len(self._scope.shapes.get(name, ())) == 1:
                self._scope.assume(name, ["unit"])
                return True
            return False
        if not isinstance(body, Big | Product | Call):
            return False
        try:
            read = Formulas(self._scope).read(body)
        except Unread:
            return False
        if read.names and "; " not in read.text and read.shape == ():
            self._scope.hold(read.names, f"{read.text} == 1", self._saying)
            return True
        return False


def _same(one: Node, other: Node) -> bool:
    one, other = bare(one), bare(other)
    return isinstance(one, Letter) and isinstance(other, Letter) and name_of(one) == name_of(other) is not None
