r"""Derivations in LaTeX: ``\frac{d}{dx}(...) = ...`` or ``f(x) = ...`` and ``f'(x) = ...``, then rows that begin with
``=``; settings as in claim files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from gradcli.base.errors import ExpressionError, GradcliError, LimitError, Span, printable
from gradcli.inputs.chain_lines import MOST_LINES
from gradcli.inputs.claim_lines import FORMS, ClaimText, Entry, Line, Page, cut, entry_of
from gradcli.inputs.documents.heads import Head, bare, head_of
from gradcli.inputs.request import shapes_by_name
from gradcli.inputs.step_files import Given, settled, with_given
from gradcli.language.latex.context import Context, Reading
from gradcli.language.latex.grammar import parse_display
from gradcli.language.latex.nodes import Applied, Letter, Listed, Node
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.reading import read_latex
from gradcli.language.latex.rows import Row

FORM = r"f(x) = EXPR and f'(x) = ROW, or \frac{d}{dx}(EXPR) = ROW, then rows that begin with ="
EQUAL = frozenset({"=", "equiv", ":=", "coloneqq", "triangleq", "doteq"})
_LAYOUT = re.compile(
    r"[\s&]*(?:\\\\(?:\s*\[[^\]\n]*\])?|\\\[|\\\]|\$\$|\\(?:begin|end)\s*\{(?:align|aligned|equation|gather|split|eqnarray|multline)\*?\})*[\s&]*"
)
_GOES_ON = re.compile(r"(?:[\s&{}]|\\(?:Rightarrow|implies|quad|qquad)(?![a-zA-Z])|\\[,;! ])*(?:=|:=|\\equiv)")


@dataclass(frozen=True, slots=True)
class LatexSteps:
    """The rows of a derivation as claims, how the formulas were read, by the text of gradcli's language, and with what
    known."""

    rows: tuple[ClaimText, ...]
    readings: Mapping[str, Reading]
    context: Context


@dataclass(frozen=True, slots=True)
class _Part:
    """A row of the derivation as it stands there. ``unread``: why it cannot be read."""

    line: Line
    node: Node | None
    text: str
    unread: GradcliError | None = None


@dataclass(slots=True)
class _Chain:
    head: Head | None = None
    source: str = ""
    line: Line | None = None
    parts: list[_Part] = field(default_factory=list)
    settings: list[Entry] = field(default_factory=list)
    defined: list[tuple[Line, Node, Node, str]] = field(default_factory=list)


def latex_steps_of(text: str, given: Given, context: Context, name: str = "") -> list[LatexSteps]:
    """The derivations in a text whose rows are LaTeX.

    given:   what is said beside it, its function in gradcli's language; ``context``: the shapes and names of that
    Errors: ExpressionError with the line for what is no row of a derivation, LimitError, MissingError without lark.
    """
    page = Page(name, text)
    known: dict[str, tuple[tuple[str, ...], str]] = dict(context.functions)
    found = [_Settling(page, chain, given, context, known).steps(k) for k, chain in enumerate(_chains(page, given), 1)]
    if not found:
        raise _unreadable(page, None, "no derivation, found no row of one")
    return found


# -- lines


def _chains(page: Page, given: Given) -> Iterator[_Chain]:
    chain = _Chain()
    for line, text in _lines(page):
        if not text:
            if chain.parts:
                yield chain
                chain = _Chain()
            continue
        entry = _setting(page, line)
        if entry is not None:
            chain.settings.append(entry)
            continue
        for row in _rows(page, line, text):
            begun = _begun(row)
            if begun is not None and chain.parts:
                yield chain
                chain = _Chain()
            _add(page, chain, line, row, text, begun, given)
    if chain.parts:
        yield chain
    elif chain.settings:
        raise _unreadable(page, chain.settings[0].line, "no derivation below it, found none")


def _lines(page: Page) -> Iterator[tuple[Line, str]]:
    """The lines, each with those that go on with it: they stand deeper, and have no sign in front. '' of a blank one;
    what only lays out a display is left out, as are comments."""
    held: tuple[Line, str] | None = None
    for place, raw in enumerate(page.lines):
        line = Line(place, place + 1, raw)
        if raw.strip() and (not _said(raw) or raw.lstrip().startswith("#")):
            continue
        text = _said(raw)
        goes_on = held is not None and held[1] and text and line.indent > held[0].indent
        if held is not None and goes_on and "=" not in text and _setting(page, line) is None:
            held = (held[0], f"{held[1]}\n{text}")
            continue
        if held is not None:
            yield held
        held = (line, text)
    if held is not None:
        yield held


def _said(raw: str) -> str:
    """A line without comment, and '' where it only lays out."""
    text = re.sub(r"(?<!\\)%.*", "", raw).strip()
    return "" if _LAYOUT.fullmatch(text) else text


def _setting(page: Page, line: Line) -> Entry | None:
    """A line of settings, as claim files have them."""
    if line.text.split(maxsplit=1)[:1] and line.text.split(maxsplit=1)[0] in FORMS:
        entry = entry_of(page, line)
        return entry if entry.kind in FORMS else None
    return None


def _rows(page: Page, line: Line, text: str) -> tuple[Row, ...]:
    try:
        return parse_display(text)
    except ExpressionError as error:
        raise _unreadable(page, line, error.said, error.advice) from None


def _begun(row: Row) -> Head | None:
    """The derivative that a row begins with."""
    first = row.parts[0] if row.parts and row.signs else None
    return None if first is None else head_of(first)


def _add(page: Page, chain: _Chain, line: Line, row: Row, text: str, begun: Head | None, given: Given) -> None:
    """A row, to what it belongs to. Errors: ExpressionError for one that is no row of a derivation."""
    said = text[row.span.start : row.span.stop]
    if any(each.signs or each.unread for each in row.rest):
        hint = "a condition stands on a line of its own: where x > 0"
        raise _unreadable(page, line, "more than a formula and its sign", hint)
    if row.unread is None and not set(row.signs) <= EQUAL:
        raise _unreadable(page, line, "another sign than =")
    goes_on = _GOES_ON.match(said) is not None
    if goes_on or (begun is None and given.function is not None and not row.signs):
        if not chain.parts and given.function is None:
            raise _unreadable(page, line, "a row that goes on, and nothing above it")
        nodes = row.parts[1:] if goes_on else row.parts
    elif begun is not None:
        chain.head, chain.line, chain.source = begun, line, text
        nodes = row.parts[1:]
    elif row.unread is None and len(row.parts) > 1 and _is_left(row.parts[0]):
        left, right = row.parts[0], row.parts[-1]
        assert left is not None
        assert right is not None
        chain.defined.append((line, left, right, text))
        return
    else:
        raise _unreadable(page, line, "no row of a derivation" if row.unread is None else row.unread.said)
    if row.unread is not None:
        chain.parts.append(_Part(line, None, said.partition("=")[2].strip() or said, row.unread))
        return
    chain.parts += [_Part(line, node, text[node.span.start : node.span.stop]) for node in nodes if node is not None]


def _is_left(node: Node | None) -> bool:
    letter = node.letter if isinstance(node, Applied) and node.power is None else node
    return isinstance(letter, Letter)


# -- what they mean


class _Settling:
    """The rows of one derivation as claims. ``known``: what is defined so far; more is put into it."""

    def __init__(
        self, page: Page, chain: _Chain, given: Given, context: Context, known: dict[str, tuple[tuple[str, ...], str]]
    ) -> None:
        self.page, self.chain, self.given, self.known = page, chain, given, known
        shapes = [part for entry in chain.settings if entry.kind == "shape" for part in entry.parts]
        self.context = replace(context, shapes={**context.shapes, **shapes_by_name(shapes)})
        self.readings: dict[str, Reading] = {}

    def steps(self, number: int) -> LatexSteps:
        if len(self.chain.parts) > MOST_LINES:
            message = f"{printable(self.page.path)}: a derivation of {len(self.chain.parts):,} rows"
            raise LimitError(f"{message}; at most {MOST_LINES:,} are read", hint="a blank line ends a derivation")
        for line, left, right, text in self.chain.defined:
            self._define(line, left, right, text)
        begun = self._function()
        fixed = frozenset((begun.wrt or "").split(",")) - {""}
        context = self._here(fixed)
        claims = [(part.line, self._row(begun, part, context)) for part in self.chain.parts]
        rows = settled(self.page, claims, self.chain.settings)
        return LatexSteps(tuple(replace(row, chain=number) for row in rows), self.readings, context)

    def _here(self, fixed: frozenset[str]) -> Context:
        """What is known; letters that one differentiates in stand for themselves."""
        functions = {name: found for name, found in self.known.items() if name not in fixed}
        return replace(self.context, functions=functions, names=self.context.names | fixed)

    def _define(self, line: Line, left: Node, right: Node, text: str) -> None:
        letter = left.letter if isinstance(left, Applied) else left
        name = name_of(letter) if isinstance(letter, Letter) else None
        parameters = _arguments(left)
        if name is None or parameters is None:
            raise _unreadable(self.page, line, "an equation that defines no letter")
        read = self._read(line, right, text, self._here(frozenset(parameters)))
        self.known[name] = (parameters, read.text)

    def _function(self) -> ClaimText:
        """What the rows are the derivative of."""
        head, given, line = self.chain.head, self.given, self.chain.line
        if head is None or line is None:
            return with_given(ClaimText(given.function or "", "", file=self.page.path), given)
        if head.kind not in {None, "grad", "jacobian", "hessian"}:
            raise _unreadable(self.page, line, f"a derivative of another kind, {head.kind}")
        variables = [name_of(letter) for letter in head.variables]
        names = tuple(name for name in variables if name is not None)
        function, parameters = self._differentiated(head, line, names)
        names = names or parameters or ((given.wrt,) if given.wrt else ())
        return with_given(self._of_order(head, function, names, line), given)

    def _differentiated(self, head: Head, line: Line, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """The function's text and its parameters."""
        body = head.body
        letter = body.letter if isinstance(body, Applied) and body.power is None else body
        name = name_of(letter) if isinstance(letter, Letter) else None
        arguments = _arguments(body) or ()
        if name in self.known and name not in names:
            parameters, text = self.known[name]
            if isinstance(body, Letter) or arguments == parameters:
                return text, parameters or arguments
        elif self.given.function is not None and (isinstance(letter, Letter) and name not in names):
            return self.given.function, arguments
        elif (
            isinstance(letter, Letter) and (head.named or head.prime or isinstance(body, Letter)) and name not in names
        ):
            raise _unreadable(self.page, line, f"{name} is not defined", f"write {name}(x) = ... in a line above")
        return self._read(line, body, self.chain.source, self._here(frozenset(names))).text, arguments

    def _of_order(self, head: Head, function: str, names: tuple[str, ...], line: Line) -> ClaimText:
        """First and second derivatives; of others the function is differentiated once less."""
        count = head.order if len(set(names)) == 1 else len(names)
        if head.order == 1:
            return ClaimText(function, "", ",".join(names) or None, head.kind, file=self.page.path)
        if not names:
            raise _unreadable(self.page, line, "the variable is not named", r"write \frac{d^2}{dx^2}, or f''(x)")
        if head.order == 2 and len(set(names)) == 1:
            return ClaimText(function, "", names[0], "hessian", file=self.page.path)
        every = names if len(names) == count else names * count
        inner = f"diff({function}, {', '.join(every[:-1])})"
        return ClaimText(inner, "", every[-1], "grad", file=self.page.path)

    def _row(self, begun: ClaimText, part: _Part, context: Context) -> ClaimText:
        claim = replace(begun, line=part.line.number, latex=part.text)
        error = part.unread
        if part.node is not None:
            try:
                read = replace(read_latex(part.node, context), latex=part.text)
            except GradcliError as refused:
                error = refused
            else:
                start = part.node.span.start
                places = tuple((a, b, Span(s.start - start, s.stop - start)) for a, b, s in read.places)
                whole = Span(0, len(part.text))
                self.readings.setdefault(read.text, replace(read, places=places, whole=whole))
                return replace(claim, claim=read.text)
        assert error is not None
        return replace(claim, claim=part.text, unread="\n".join(filter(None, (error.said, error.advice))))

    def _read(self, line: Line, node: Node, text: str, context: Context) -> Reading:
        try:
            return read_latex(bare(node), context, text)
        except ExpressionError as error:
            raise _unreadable(self.page, line, error.said, error.advice) from None


def _arguments(node: Node) -> tuple[str, ...] | None:
    """The letters in the parentheses of ``f(x, y)``; none of a letter; None where there is more than letters."""
    if not isinstance(node, Applied):
        return ()
    items = [item for each in node.arguments for item in (each.items if isinstance(each, Listed) else (each,))]
    names = [name_of(item) if isinstance(item, Letter) else None for item in items]
    known = tuple(name for name in names if name is not None)
    return known if len(known) == len(names) == len(set(known)) else None


def _unreadable(page: Page, line: Line | None, reason: str, hint: str | None = None) -> ExpressionError:
    """The error of code 3, with the file and the line."""
    place = page.path if line is None else f"{page.path}:{line.number}"
    text = "" if line is None else line.text.strip()
    found = f", found {cut(text)}" if text and "found" not in reason else ""
    message = f"{printable(place)}: {reason}{found}, expected {FORM}"
    shorter = r"for instance \frac{d}{dx}\left(x^2\right) = 2x\frac{dx}{dx}, and below it = 2x"
    span = None if line is None else Span(0, len(line.text))
    source = None if line is None else line.text
    return ExpressionError(message.removeprefix(": "), span=span, source=source, hint=hint or shorter)
