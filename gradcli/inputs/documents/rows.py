r"""Rows of formulas: definitions, claims and chains of them, conditions, and what is none of these."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gradcli.inputs.claim_lines import ClaimText, PassedOver
from gradcli.inputs.documents.formulas import Formulas, Unread, arguments_of, changed, letters_in
from gradcli.inputs.documents.heads import Head, bare, has_derivative, head_of, is_zero, parts_in
from gradcli.inputs.documents.pieces import Piece
from gradcli.inputs.documents.sayings import COMPARISONS, Sayings
from gradcli.inputs.documents.scope import Definition, Scope
from gradcli.inputs.documents.stating import NoClaim, Place, claim_of, stated
from gradcli.language.latex.grammar import Row
from gradcli.language.latex.nodes import Applied, Group, Letter, Negative, Node, Number, Relation
from gradcli.language.latex.readers.naming import name_of

EQUAL = {"=", "equiv", ":=", "coloneqq", "triangleq", "doteq"}
_ARROWS = re.compile(
    r"Rightarrow|implies|iff|Leftrightarrow|Longrightarrow|impliedby|Leftarrow|rightarrow|to\b|if\b|when\b|at\b"
)
_DERIVATIVE = re.compile(
    r"\s*&?\s*(?:\\[dt]?frac\s*\{\s*(?:\\partial|d|\\mathrm\s*\{d\}|\\dd)(?![a-zA-Z])|\\nabla|\\partial\s*_|\\partial\b[^=]*/\s*\\partial"
    r"|d\s*\w\s*/\s*d\s*\w)"
)
_LABEL = re.compile(r"\\(?:label|tag\*?)\s*\{([^{}\n]{1,200})\}")
MAX_LATEX = 2_000
_SIGN = re.compile(r"\s*&?\s*(?:=|:=|\\equiv|\\coloneqq|\\triangleq)[&\s{}]*$")


@dataclass(slots=True)
class _Chain:
    """The left side that rows without one go on with; ``number``: of the chain of claims; ``minus``: does the left
    side have a minus before it?"""

    head: Head | None = None
    left: str = ""
    defined: str | None = None
    number: int = 0
    minus: bool = False


@dataclass(slots=True)
class Findings:
    """What a document was found to hold so far."""

    claims: list[ClaimText] = field(default_factory=list)
    passed: list[PassedOver] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim about a function that is not defined yet, as it may be a little later."""

    name: str
    head: Head
    values: tuple[Node, ...]
    place: Place
    row: ClaimText
    reason: str
    text: str


class Rows:
    """Reads the rows of formulas into findings, and tells the scope what they define."""

    def __init__(self, file: str, scope: Scope, findings: Findings) -> None:
        self.file, self.scope, self.findings = file, scope, findings
        self.section = ""
        self.waiting: list[Waiting] = []
        self._number = 0  # of the row, in the order of the document
        self._chains = 0

    def read(self, piece: Piece, rows: tuple[Row, ...], sayings: Sayings, offset: int = 0) -> None:
        """The rows of a piece. ``offset``: of the text that was parsed in it; ``sayings``: for the rest."""
        found = _LABEL.search(piece.text)
        chain = _Chain()
        for row in rows:
            label = row.label or (found[1] if found is not None else "")
            self._row(_At(piece, offset, row, label), chain, sayings)

    def _row(self, at: _At, chain: _Chain, sayings: Sayings) -> None:
        self._number += 1
        row = at.row
        if row.parts and row.parts[0] is not None:
            chain.head, chain.left, chain.defined = None, "", None
        rest = _flattened(row.rest)
        if any(_ARROWS.search(each.said) for each in rest) or _ARROWS.search(row.said):
            self._pass(at, "condition", "a condition, and what follows from it")
            return
        for each in rest:  # sigma > 0 behind a definition holds of it
            self._besides(at, each, sayings, claims=False)
        self._main(at, chain, sayings)
        for each in rest:
            self._besides(at, each, sayings, claims=True)

    def _besides(self, at: _At, row: Row, sayings: Sayings, *, claims: bool) -> None:
        """What stands behind a wide blank: first what it says of letters, then definitions and claims."""
        node = _relation(row)
        says = node is not None and set(row.signs) <= COMPARISONS | {"in"}
        if says is claims or row.unread is not None or node is None:
            if claims and row.unread is not None and row.signs:
                self._unread_row(at.of(row), _Chain())
            return
        if not claims and "in" in row.signs:
            sayings.listen(at.piece.text[at.offset + row.span.start : at.offset + row.span.stop])
        elif not claims:
            sayings.relation(node, [])
        else:
            self._main(at.of(row), _Chain(), sayings)

    def _main(self, at: _At, chain: _Chain, sayings: Sayings) -> None:
        row = at.row
        if row.unread is not None:
            self._unread_row(at, chain)
            return
        parts = row.parts
        if not row.signs:
            self._pass(at, "other", "no equation")
        elif set(row.signs) & COMPARISONS:
            self._compared(at, chain, sayings)
        elif not set(row.signs) <= EQUAL:
            self._pass(at, "other", "no equation")
        elif parts[0] is None:
            self._goes_on(at, [part for part in parts[1:] if part is not None], chain)
        else:
            self._equation(at, [part for part in parts if part is not None], chain)

    def _compared(self, at: _At, chain: _Chain, sayings: Sayings) -> None:
        """``v = s^2 > 0``: an equation, and a comparison of its left side."""
        row = at.row
        equal = next((k for k, sign in enumerate(row.signs) if sign not in EQUAL), len(row.signs))
        first, last = row.parts[0], row.parts[-1]
        if equal == 0 or equal < len(row.signs) - 1 or first is None or last is None:
            node = _relation(row)
            if at.counts or node is None or not sayings.relation(node, []):
                self._pass(at, "other", "a comparison")
            return
        self._equation(at, [part for part in row.parts[: equal + 1] if part is not None], chain)
        sayings.compared(first, row.signs[-1], last)

    def _equation(self, at: _At, parts: list[Node], chain: _Chain) -> None:
        heads = [self._head(part) for part in parts]
        place = next((k for k, head in enumerate(heads) if head is not None), None)
        minus = place is None
        if minus:  # -dU/dx = k x
            bodies = [self._head(part.body) if isinstance(part := bare(each), Negative) else None for each in parts]
            place = next((k for k, head in enumerate(bodies) if head is not None), None)
            heads = bodies
        head = None if place is None else heads[place]
        if head is None or place is None:
            self._definition(at, parts, chain)
            return
        others = [part for k, part in enumerate(parts) if k != place and heads[k] is None]
        aliases = [part for part in others[: 1 if place else 0] if self._is_new(part)]
        values = [part for part in others if part not in aliases]
        self._chains += 1
        chain.head, chain.number, chain.minus = head, self._chains, minus
        chain.left = at.left if place == 0 else at.latex_of(parts[place])
        if values or not aliases:
            self._claims(at, chain, values, between=len(parts) - len(others) > 1)
        else:
            self._pass(at, "definition", "a letter for a derivative")
        for alias in aliases:
            self._define(at, alias, values or [parts[place]])

    def _is_new(self, part: Node) -> bool:
        letter = bare(part)
        name = name_of(letter, self.scope.shapes) if isinstance(letter, Letter) else None
        return name is not None and name not in self.scope.definitions

    def _head(self, part: Node) -> Head | None:
        """The derivative that a part is; a letter with an index or a prime is none where it means something else."""
        head = head_of(part)
        if head is not None and head.prime and self._has_axes(head.body):
            return None  # X' is transposed
        if head is None or not head.named:
            return head
        letter = part.letter if isinstance(part, Applied) else part
        name = name_of(letter) if isinstance(letter, Letter) else None
        if name is not None and (name in self.scope.definitions or name in self.scope.shapes):
            return None
        try:
            stated(head, self._place(0))
        except NoClaim:
            return None
        except Unread:
            return head
        return head

    def _has_axes(self, body: Node) -> bool:
        """A vector or a matrix, or a formula with one in it."""
        letters = [body.letter] if isinstance(body, Applied) else [p for p in parts_in(body) if isinstance(p, Letter)]
        formulas = Formulas(self.scope)
        try:
            return any(formulas.shape(name) for name in map(name_of, letters) if name is not None)
        except Unread:
            return False

    def _place(self, line: int) -> Place:
        return Place(self.scope, self._number, line)

    def _goes_on(self, at: _At, parts: list[Node], chain: _Chain) -> None:
        """A row that begins with its sign."""
        if chain.head is not None:
            values = [part for part in parts if head_of(part) is None]
            self._claims(at, chain, values, between=len(values) < len(parts))
            return
        found = self.scope.definitions.get(chain.defined or "")
        if found is not None:
            self.scope.define(replace(found, bodies=(*found.bodies, *parts)))
            self._pass(at, "definition", f"another way to write {found.name}")
            return
        self._pass(at, "other", "an equation of no function that is defined")

    def _claims(self, at: _At, chain: _Chain, values: list[Node], *, between: bool) -> None:
        known = {*self.scope.definitions, *self.scope.shapes}
        values = [self.scope.signs.slopes(value, known, changed) for value in values]
        open_ = [value for value in values if self._differentiates(value)]
        judged = [value for value in values if not is_zero(value) and value not in open_]
        if between or open_:
            self._pass(at, "equation", "an equation between derivatives")
        elif not judged:
            self._pass(at, "condition", "a condition: the derivative is zero")
        for value in judged:
            self._claim(at, chain, _negative(value) if chain.minus else value)

    def _differentiates(self, value: Node) -> bool:
        """Is there a derivative in it, ``u_{xx}`` too?"""
        return any(self._head(part) is not None for part in parts_in(value)) or has_derivative(value)

    def _claim(self, at: _At, chain: _Chain, value: Node) -> None:
        row = self._named(at, chain.left)
        if chain.head is None:
            return
        try:
            claim = claim_of(chain.head, value, self._place(at.line), row)
        except NoClaim as reason:
            self._no_claim(at, chain.head, value, row, reason)
            return
        except Unread as error:
            claim = replace(row, unread="\n".join(filter(None, (error.message, error.hint))))
        self.findings.claims.append(replace(claim, chain=chain.number))

    def _no_claim(self, at: _At, head: Head, value: Node, row: ClaimText, reason: NoClaim) -> None:
        letter = head.body.letter if isinstance(head.body, Applied) else head.body
        name = name_of(letter) if isinstance(letter, Letter) else None
        if reason.kind == "unknown function" and name is not None:
            place = self._place(at.line)
            self.waiting.append(Waiting(name, head, (value,), place, row, reason.reason, at.latex))
            return
        self._pass(at, reason.kind, reason.reason)

    def settle(self) -> None:
        """Claims about functions that were defined after them, in the same section; the others are passed over."""
        for found in self.waiting:
            definition = self.scope.definitions.get(found.name)
            if definition is None or definition.place < found.place.number:
                passed = PassedOver(self.file, found.row.line, "unknown function", found.text, found.reason)
                self.findings.passed.append(passed)
                continue
            place = Place(self.scope, self._number, found.row.line)
            for value in found.values:
                try:
                    self.findings.claims.append(claim_of(found.head, value, place, found.row))
                except NoClaim as reason:
                    passed = PassedOver(self.file, found.row.line, reason.kind, found.text, reason.reason)
                    self.findings.passed.append(passed)
                except Unread as error:
                    unread = "\n".join(filter(None, (error.message, error.hint)))
                    self.findings.claims.append(replace(found.row, unread=unread))
        self.waiting.clear()

    def _named(self, at: _At, left: str) -> ClaimText:
        name = " · ".join(filter(None, (self.section, at.label, left)))
        source = at.piece.source
        return ClaimText(
            "",
            "",
            name=name,
            file=self.file,
            line=at.line,
            section=self.section,
            label=at.label,
            latex=at.latex,
            cell=source.cell,
            cell_line=None if source.cell is None else source.row(at.start),
        )

    def _definition(self, at: _At, parts: list[Node], chain: _Chain) -> None:
        left = bare(parts[0])
        letter = left.letter if isinstance(left, Applied) and left.power is None else left
        name = name_of(letter, self.scope.shapes) if isinstance(letter, Letter) else None
        given = arguments_of(left) if isinstance(left, Applied) else []
        if name is None or given is None or len(set(given)) < len(given) or is_zero(left):
            self._pass(at, "other", "an equation that defines no letter")
            return
        self._define(at, left, parts[1:])
        chain.defined = name
        self._pass(at, "definition", f"{name} is defined")

    def _define(self, at: _At, left: Node, bodies: list[Node]) -> None:
        left = bare(left)
        letter = left.letter if isinstance(left, Applied) else left
        name = name_of(letter, self.scope.shapes) if isinstance(letter, Letter) else None
        if name is None or self._is_size(name, bodies):
            return
        parameters = tuple(arguments_of(left) or ()) if isinstance(left, Applied) else ()
        usable = tuple(body for body in bodies if not has_derivative(body))
        names = frozenset(letter for body in bodies for letter in letters_in(body)) - {*parameters}
        unread = "" if usable else "it is a derivative"
        self.scope.define(Definition(name, parameters, usable, names, self._number, at.line, at.latex, unread))

    def _is_size(self, name: str, bodies: list[Node]) -> bool:
        """``n = 10`` of a size says how large an example is."""
        sizes = {size for shape in self.scope.shapes.values() for size in shape}
        return name in sizes and all(isinstance(body, Number) for body in bodies)

    def _unread_row(self, at: _At, chain: _Chain) -> None:
        """A row that cannot be read: a claim, a definition or something else, by its left side."""
        row = at.row
        first = row.parts[0] if row.parts else None
        head = head_of(first) if first is not None else None
        reason = "it cannot be read" if row.unread is None else row.unread.message
        hint = "" if row.unread is None or row.unread.hint is None else row.unread.hint
        if not set(row.signs) & EQUAL and "=" not in at.latex:
            self._pass(at, "unread", reason)
            return
        goes_on = chain.head is not None and first is None and not _DERIVATIVE.match(at.latex)
        looks = head is not None or (first is None and _DERIVATIVE.match(at.latex) is not None) or goes_on
        if head is not None and head.named and self._head(first or row) is None:  # type: ignore[arg-type]  # first is there
            looks = False
        if looks and head is not None:
            try:
                stated(head, self._place(at.line))
            except NoClaim as found:
                self._pass(at, found.kind, found.reason)
                return
            except Unread:
                pass
        if looks:
            left = chain.left if goes_on else at.latex.partition("=")[0].strip(" &")
            if head is not None:
                self._chains += 1
                chain.head, chain.left, chain.number = head, left, self._chains
            unread = "\n".join(filter(None, (reason, hint)))
            self.findings.claims.append(replace(self._named(at, left), unread=unread, chain=chain.number or None))
            return
        self._unread_definition(at, first, reason)

    def _unread_definition(self, at: _At, first: Node | None, reason: str) -> None:
        left = bare(first) if first is not None else None
        letter = left.letter if isinstance(left, Applied) else left
        name = name_of(letter, self.scope.shapes) if isinstance(letter, Letter) else None
        if name is not None and left is not None:
            self.scope.define(Definition(name, (), (), frozenset(), self._number, at.line, at.latex, reason))
        self._pass(at, "unread", reason)

    def _pass(self, at: _At, kind: str, reason: str) -> None:
        if at.counts or kind not in {"definition", "other", "unread"}:
            self.findings.passed.append(PassedOver(self.file, at.line, kind, at.latex, reason))


@dataclass(frozen=True, slots=True)
class _At:
    """A row and the piece it is part of. ``offset``: of the parsed text in the piece."""

    piece: Piece
    offset: int
    row: Row
    label: str

    def of(self, row: Row) -> _At:
        """Another statement on the same line."""
        return _At(self.piece, self.offset, row, self.label)

    @property
    def line(self) -> int:
        return self.piece.source.line(self.start)

    @property
    def start(self) -> int:
        """The place in the source."""
        return self.piece.start + self.offset + self.row.span.start

    @property
    def counts(self) -> bool:
        """Is it displayed?"""
        return self.piece.kind.name == "DISPLAY"

    @property
    def left(self) -> str:
        """What stands before the first sign."""
        second = self.row.parts[1] if len(self.row.parts) > 1 else None
        stop = self.row.span.stop if second is None else second.span.start
        return _SIGN.sub("", self._text(self.row.span.start, stop)).strip()

    @property
    def latex(self) -> str:
        return self._text(self.row.span.start, self.row.span.stop)

    def latex_of(self, node: Node) -> str:
        return self._text(node.span.start, node.span.stop)

    def _text(self, start: int, stop: int) -> str:
        text = self.piece.text[self.offset + start : self.offset + stop]
        return " ".join(text.split())[:MAX_LATEX]


def _negative(node: Node) -> Node:
    """Minus the node."""
    node = bare(node)
    return node.body if isinstance(node, Negative) else Negative(Group("(", node, span=node.span), span=node.span)


def _flattened(rows: tuple[Row, ...]) -> list[Row]:
    return [each for row in rows for each in (row, *_flattened(row.rest))]


def _relation(row: Row) -> Relation | None:
    parts = tuple(part for part in row.parts if part is not None)
    return Relation(parts, row.signs, span=row.span) if row.signs and len(parts) == len(row.parts) else None


def settled(claims: list[ClaimText]) -> Iterator[ClaimText]:
    """The claims, the numbers of chains of a single row left out; those told of which letters are variables too."""
    count = Counter(claim.chain for claim in claims)
    differentiated: dict[str, set[str]] = {}
    for claim in claims:
        differentiated.setdefault(claim.function.split("; ")[-1], set()).update((claim.wrt or "").split(","))
    for claim in claims:
        chain = claim.chain if count[claim.chain] > 1 else None
        *given, function = claim.function.split("; ")
        fixed = {part.partition(" = ")[0] for part in given}
        either = claim.other is not None and bool(fixed & differentiated[function])
        yield replace(claim, chain=chain, either=either)
