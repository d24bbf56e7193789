"""A document read from its beginning: what it says of its letters, what it defines, and what it claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from gradcli.base.errors import GradcliError, MissingError
from gradcli.inputs.claim_lines import NAME, Page, PassedOver, Suite
from gradcli.inputs.documents import markdown, notebook, prose, tex
from gradcli.inputs.documents.magic import Said, names_in, said_in
from gradcli.inputs.documents.parser import Parser
from gradcli.inputs.documents.pieces import Kind, Piece, Source, Wrong, bounded
from gradcli.inputs.documents.remarks import Remarks
from gradcli.inputs.documents.rows import Findings, Rows, settled
from gradcli.inputs.documents.sayings import Sayings
from gradcli.inputs.documents.scope import MAX_LETTERS, Scope
from gradcli.inputs.documents.signs import Told, signs_of
from gradcli.inputs.documents.spaces import Space
from gradcli.language.latex.macros import Macros, macros_of
from gradcli.language.latex.recognise import require_lark
from gradcli.operations.table import did_you_mean

Form = Literal["tex", "markdown", "notebook"]

_CONNECTING = re.compile(r"[\s,.;:]*(?:and|with|so that|thus|hence|or)?[\s,.;:]*", re.IGNORECASE)
_SPACED = re.compile(r"(\\\\\*?)\s*\[\s*(?:-?[\d.]+\s*)?(?:pt|em|ex|mm|cm|in|\\[a-z]+)\s*\]")  # \\[2pt]
_AHEAD = 20  # pieces behind a display in which its sentence can go on
_BEFORE = 400  # characters before a formula in which a word can speak of it
_NAMED = re.compile(  # \sigma = \tanh
    r"\s*(\\?[a-zA-Z]+)\s*(?:\(\s*\\cdot\s*\)\s*)?(:?=)\s*(\\(?:(?:arc)?(?:tan|sin|cos)h?|exp|ln)"
    r"|\\(?:mathrm|text|operatorname)\s*\{\s*(?:re-?lu|tanh|softplus|sigmoid|erf|gelu|silu)\s*\})(?:\s*\(\s*\\cdot\s*\))?[.,;\s]*",
    re.IGNORECASE,
)
_EQUATION = re.compile(r"(?<![<>!])=")


def read_document(page: Page, form: Form, *, optional: bool = False) -> Suite:
    """The claims of a document and the formulas that are none, each with its line.

    optional: is it no error that the extra latex is missing?
    Errors: InputError for what is malformed; MissingError without the extra latex.
    """
    pieces = _pieces(page, form)
    if not any(piece.kind in {Kind.DISPLAY, Kind.INLINE} for piece in pieces):
        return Suite(())
    try:
        require_lark()
        return _Reader(page, _macros(page, form)).read(pieces)
    except MissingError as error:
        if not optional:
            raise
        formulas = [piece for piece in pieces if piece.kind in {Kind.DISPLAY, Kind.INLINE}]
        count = f"{len(formulas)} formula{'s' * (len(formulas) != 1)}"
        reason = "; ".join(filter(None, (error.message, error.hint)))
        return Suite((), (PassedOver(page.path, formulas[0].line, "not read", count, reason),))


def _pieces(page: Page, form: Form) -> list[Piece]:
    wrong: Wrong = page.wrong
    if form == "notebook":
        found = [piece for cell in notebook.cells_of(page.text, wrong) for piece in markdown.pieces_of(cell)]
    elif form == "tex":
        found = list(tex.pieces_of(Source.of(page.text), wrong))
    else:
        found = list(markdown.pieces_of(Source.of(page.text)))
    bounded(found, wrong)
    return found


def _macros(page: Page, form: Form) -> Macros:
    if form == "notebook":
        return macros_of("\n".join(cell.text for cell in notebook.cells_of(page.text, page.wrong)))
    return macros_of(page.text)


@dataclass(frozen=True, slots=True)
class _Run:
    """Prose and the formulas in its lines, as sentences in which formulas are marks."""

    sentences: tuple[str, ...]
    formulas: tuple[Piece, ...]


@dataclass(slots=True)
class _Said:
    """How many sentences of a run have been read."""

    run: _Run
    read: int = 0


class _Reader:
    def __init__(self, page: Page, macros: Macros) -> None:
        self._page, self._parser = page, Parser(macros)
        self._scope, self._findings = Scope(), Findings()
        self._rows = Rows(page.path, self._scope, self._findings)
        self._saying = 0
        self._skips = False
        self._magic: list[Said] = []

    def read(self, pieces: Sequence[Piece]) -> Suite:
        """All of it, in its order."""
        items = list(_joined(pieces))
        self._scope.signs = signs_of(_told(items), _shown(pieces))
        for number, item in enumerate(items):
            if isinstance(item, _Said):
                self._run(item, len(item.run.sentences))
            elif item.kind is Kind.DISPLAY:
                self._look_ahead(items, number)
                self._display(item)
            else:
                self._other(item)
        self._rows.settle()
        claims = sorted(settled(self._findings.claims), key=lambda claim: claim.line)
        suite = Suite(tuple(claims), tuple(sorted(self._findings.passed, key=lambda found: found.line)))
        self._check_magic(suite)
        return suite

    def _look_ahead(self, items: Sequence[_Said | Piece], number: int) -> None:
        """A sentence that goes on behind a display, ``where X is ...``, is read before it."""
        for item in islice(items, number + 1, number + 1 + _AHEAD):
            if isinstance(item, Piece):
                if item.kind in {Kind.DISPLAY, Kind.MAGIC}:
                    continue
                return
            first = item.run.sentences[0] if item.run.sentences else ""
            if prose.goes_on(first):
                self._run(item, 1)
                return
            if len(item.run.sentences) > 1 or _CONNECTING.fullmatch(first) is None:
                return

    def _other(self, piece: Piece) -> None:
        if piece.kind is Kind.HEADING:
            self._rows.settle()
            self._rows.section = piece.text
        elif piece.kind is Kind.MAGIC:
            self._comment(piece)
        elif piece.kind is Kind.OTHER_FILE:
            self._note(piece, f"the file {piece.text} is not read: name it, too")
        elif piece.kind is Kind.UNCLOSED:
            self._note(piece, "a formula that does not end")

    def _note(self, piece: Piece, reason: str) -> None:
        self._findings.passed.append(PassedOver(self._page.path, piece.line, "not read", piece.text, reason))

    # -- formulas

    def _display(self, piece: Piece) -> None:
        self._saying += 1
        if self._skips:
            self._skips = False
            self._findings.passed.append(
                PassedOver(self._page.path, piece.line, "skipped", piece.text.strip(), "skipped")
            )
            return
        self._formula(piece, piece.text, 0, anew=False)

    def _formula(self, piece: Piece, text: str, offset: int, *, anew: bool) -> None:
        sayings = Sayings(self._scope, self._parser, piece.line, self._saying, anew=anew)
        text = _SPACED.sub(lambda match: match[1] + " " * (len(match[0]) - len(match[1])), text)
        text = _NAMED.sub(r"\1(t) \2 \3(t)", text) if _NAMED.fullmatch(text) else text
        try:
            rows = self._parser.rows(text)
        except MissingError:
            raise
        except GradcliError as error:
            line = piece.source.line(piece.start + offset)
            if piece.kind is Kind.DISPLAY:
                found = PassedOver(self._page.path, line, "unread", " ".join(text.split()), error.message)
                self._findings.passed.append(found)
            return
        self._rows.read(piece, rows, sayings, offset)
        self._count_letters(piece)

    def _count_letters(self, piece: Piece) -> None:
        """Errors: InputError past MAX_LETTERS: each is looked up in all formulas that follow."""
        found = len(self._scope.shapes.keys() | self._scope.definitions.keys())
        if found > MAX_LETTERS:
            message = f"too many letters, found {found:,} that mean something, expected at most {MAX_LETTERS:,}"
            raise self._page.wrong(piece.line, message, "split the file")

    def _run(self, said: _Said, until: int) -> None:
        for sentence in said.run.sentences[said.read : until]:
            self._sentence(sentence, said.run.formulas)
        said.read = max(said.read, until)

    def _sentence(self, sentence: str, formulas: Sequence[Piece]) -> None:
        self._saying += 1
        after = 0
        for number in prose.numbers_in(sentence):
            place = sentence.index(prose.mark(number), after)
            self._inline(formulas[number], sentence[max(0, place - _BEFORE) : place])
            after = place
        if prose.numbers_in(sentence):
            Remarks(self._scope, self._parser, formulas, self._saying).tell(sentence)

    def _inline(self, piece: Piece, before: str) -> None:
        """A formula in a line: what it says of letters; a definition or a claim, unless it holds only somewhere."""
        anew = prose.introduces(before)
        sayings = Sayings(self._scope, self._parser, piece.line, self._saying, anew=anew)
        supposed = prose.supposes(before)
        parts = sayings.listen(piece.text)
        self._count_letters(piece)
        for part in parts:
            if _EQUATION.search(part.text) is None:
                continue
            if supposed:
                line = piece.source.line(piece.start + part.start)
                text = " ".join(part.text.split())
                self._findings.passed.append(
                    PassedOver(self._page.path, line, "condition", text, "holds somewhere only")
                )
                continue
            self._formula(piece, part.text, part.start, anew=anew)

    # -- comments to gradcli

    def _comment(self, piece: Piece) -> None:
        for said in said_in(piece, self._page.wrong):
            self._magic.append(said)
            if said.kind == "skip":
                self._skips = True
            elif said.kind == "shape":
                name, _, sizes = said.text.partition("=")
                shape = tuple(size.strip() for size in sizes.strip(" ()").split(",") if size.strip())
                self._scope.declare(name.strip(), Space(shape), said.line, anew=True)
            else:
                key = said.text.partition("=")[0] if said.kind == "at" else said.text
                self._scope.settings[(said.kind, key if said.kind in {"where", "assume", "at"} else "")] = said

    def _check_magic(self, suite: Suite) -> None:
        """Errors: InputError for a comment that names nothing in any formula: a typo, which would change nothing."""
        texts = [text for claim in suite.claims for text in (claim.function, claim.claim, claim.wrt or "")]
        used = {name for text in texts for name in re.findall(NAME, text)}
        if not any(claim.function for claim in suite.claims):
            return
        for said in self._magic:
            names = names_in(said.text) if said.kind in {"shape", "where", "assume", "at"} else frozenset()
            if names and not names & used:
                close = did_you_mean(min(names), used)
                message = f"{said.kind}, found {min(names)}, expected a name that a claim here uses"
                raise self._page.wrong(said.line, message, f"did you mean {close}?" if close else "remove it")


def _joined(pieces: Sequence[Piece]) -> Iterator[_Said | Piece]:
    """The pieces, those of a run of prose put together."""
    waiting: list[Piece] = []
    for piece in [*pieces, None]:
        if piece is not None and piece.kind in {Kind.PROSE, Kind.INLINE}:
            waiting.append(piece)
            continue
        if waiting:
            yield _Said(_run_of(waiting))
            waiting = []
        if piece is not None:
            yield piece


def _told(items: Sequence[_Said | Piece]) -> Iterator[Told]:
    """The sentences with their formulas."""
    for item in items:
        if isinstance(item, _Said):
            for sentence in item.run.sentences:
                found = [item.run.formulas[number] for number in prose.numbers_in(sentence)]
                text = prose.filled(sentence, item.run.formulas)
                yield Told(text, tuple(piece.text for piece in found), found[0].line if found else 0)


def _shown(pieces: Sequence[Piece]) -> str:
    """The text of the headings and displays."""
    return "\n".join(piece.text for piece in pieces if piece.kind in {Kind.HEADING, Kind.DISPLAY})


def _run_of(pieces: Sequence[Piece]) -> _Run:
    parts, formulas = list[str](), list[Piece]()
    for piece in pieces:
        if piece.kind is Kind.INLINE:
            parts.append(prose.mark(len(formulas)))
            formulas.append(piece)
        else:
            parts.append(piece.text.replace(prose.OPEN, " ").replace(prose.CLOSE, " "))
    return _Run(tuple(prose.sentences("".join(parts))), tuple(formulas))
