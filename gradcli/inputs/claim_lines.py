"""Claims as somebody wrote them, and the lines that state them: ``d(EXPR)/d(NAME) = EXPR``, where, shape, at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from gradcli.base.errors import InputError, printable
from gradcli.base.limits import MAX_SOURCE
from gradcli.inputs.chain_lines import sides
from gradcli.inputs.request import Layout, Symmetric
from gradcli.language.tokens import MAX_NAME, composed
from gradcli.operations.table import did_you_mean

MAX_CLAIMS = 10_000
MAX_SETTINGS = 1_000  # of one block

NAME = r"[^\W\d][\w\u0300-\u036f]*"  # with accents that have no letter of their own
_TWO = r"2|²|\^2|\*\*2"
_ABOVE = re.compile(rf"d({_TWO})?\s*\(")
_BELOW = rf"/\s*d(?:\s*\(\s*({NAME})\s*\)|({NAME}))\s*(?:({_TWO})\s*)?=(?!=)"
_RIGHT_AFTER, _TOO_MANY, _LATER = (re.compile(rf"{lead}{_BELOW}") for lead in (r"\s*", r"[\s)]*", r".*"))
_QUOTED = r"""'[^'\n]*'|"[^"\n]*\""""
_PARENTHESES = re.compile(rf"{_QUOTED}|[()]")
_COMMENT = re.compile(rf"{_QUOTED}|(?:(?<=\s)|^)(#.*)")
_BINDINGS = re.compile(rf"{_QUOTED}|[(\[]|[)\]]|({NAME})(\s*=(?!=))?")
_SIZE = r"\w+(?:[-+*]\w+)*"
_SIZES = re.compile(rf"\(?\s*(?:{_SIZE}\s*(?:,\s*{_SIZE}\s*)*,?\s*)?\)?")
_VARIABLE = re.compile(rf"(?<![\w.])({NAME})(?![\w\u0300-\u036f]|\s*\()")
_SYMMETRY = re.compile(r"\b(symmetric|projector)\b|\.m?T\b|transpose")
_EQUALS = re.compile(r"=(?!=)")
CLAIM_FORM = "d(EXPR)/d(NAME) = EXPR"
WAYS = {"layout": get_args(Layout), "symmetric": get_args(Symmetric)}
COMPARISON = re.compile(r"[<>≤≥≠]|==|!=")
FORMS = {
    "where": "where CONDITION",
    "shape": "shape X=n,d y=n",
    "at": "at x=1 y=2",
    "assume": "assume S=symmetric,positive x=unit, or assume CONDITION",
    "layout": f"layout {' or '.join(WAYS['layout'])}",
    "vec": "vec",
    "symmetric": f"symmetric {' or '.join(WAYS['symmetric'])}",
}
ARRANGING = ("layout", "vec", "symmetric")  # settings of all claims around, whatever they name


@dataclass(frozen=True, slots=True)
class ClaimText:
    """A claim as somebody wrote it, and where it stands.

    wrt:    the variable, or several with commas between them; None: the only one of the function
    kind:   grad, jacobian, hessian or value; None: by the shapes
    shapes: texts ``X=n,d``; ``where``: conditions; ``values``: texts ``x=3``
    assume: texts ``S=symmetric``, or conditions
    layout, vec, symmetric: how the derivative is arranged; None: not said
    section, label: of a document; ``latex``: the row as it stands there
    cell, cell_line: of a notebook, from 1
    unread:  why a claim of a document cannot be read, with the next move behind a line's end
    unsure:  what a document says of its letters and nobody here understands: a proof holds all the same, a
             counterexample may be none
    other:   the same with letters held fixed that a document defines: what a partial derivative may mean as well
    either:  does the document use these letters as variables too? Then the claim holds if one of the two does
    instance: the same at a value that is sure to fulfil what is not understood: a counterexample there is one
    chain:  rows of one chain ``d(f)/d(x) = … = …`` share a number in their file; None: a claim by itself
    """

    function: str
    claim: str
    wrt: str | None = None
    kind: str | None = None
    shapes: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    layout: str | None = None
    vec: bool | None = None
    symmetric: str | None = None
    name: str = ""
    file: str = ""
    line: int = 0
    chain: int | None = None
    section: str = ""
    label: str = ""
    latex: str = ""
    cell: int | None = None
    cell_line: int | None = None
    unread: str = ""
    unsure: str = ""
    other: ClaimText | None = None
    either: bool = False
    instance: ClaimText | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A formula of a document that was not judged.

    kind:   definition, condition, … or other, as the summary counts them
    text:   as it stands there; ``reason``: why it was passed over
    """

    file: str
    line: int
    kind: str
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """The claims of a file, and the formulas of a document that are none."""

    claims: tuple[ClaimText, ...]
    passed: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A file's text, its lines ending in ``\\n`` alone."""

    path: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The lines as editors count them."""
        return self.text.split("\n")  # splitlines() also cuts at form feeds and the like, which editors do not count

    def wrong(self, line: int | None, message: str, hint: str) -> InputError:
        """As ``wrong`` below, of this file."""
        return wrong(self.path, line, message, hint)


def check_count(page: Page, claims: Sequence[ClaimText]) -> None:
    """Errors: InputError for more than MAX_CLAIMS claims."""
    if len(claims) > MAX_CLAIMS:
        message = f"too many claims, found {len(claims):,}, expected at most {MAX_CLAIMS:,}"
        raise page.wrong(claims[MAX_CLAIMS].line, message, "split the file")


def wrong(path: str, line: int | None, message: str, hint: str) -> InputError:
    """The error that a file of claims cannot be read, at its line (from 1), where there is one."""
    place = cut(path, 200) if line is None else f"{cut(path, 200)}:{line}"
    return InputError(f"{place}: {message}", hint=hint, kind="suite")


def cut(text: str, limit: int = 60) -> str:
    """``text`` on one line, escaped, its end left out when long."""
    shown = printable(text[: limit + 1]).replace("\n", "\\n")
    return shown if len(shown) <= limit else f"{shown[:limit]}…"


# -- what claims share


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for all claims around it. ``kind``: of FORMS; ``names``: none where it is of no name."""

    line: int
    kind: str
    text: str
    names: frozenset[str]

    @classmethod
    def of(cls, line: int, kind: str, text: str) -> Setting:
        """With the names that it says something of: all in a condition, else the one before the sign."""
        if kind in ARRANGING:
            return cls(line, kind, text, frozenset())
        is_condition = kind == "where" or (kind == "assume" and not bindings(text))
        return cls(line, kind, text, frozenset(_VARIABLE.findall(text) if is_condition else [text.partition("=")[0]]))


def settle(page: Page, claims: Sequence[ClaimText], settings: Sequence[Setting]) -> list[ClaimText]:
    """The claims, each with the settings that name something in it and that it does not override; symmetric goes to
    those whose variable is said to be so.

    Errors: InputError for a setting that names nothing in any claim: a typo, which would change what is checked.
    """
    check_count(page, claims)
    if len(settings) > MAX_SETTINGS:
        message = f"too many settings, found {len(settings):,}, expected at most {MAX_SETTINGS:,}"
        raise page.wrong(settings[MAX_SETTINGS].line, message, "split the block")
    names = [_names(claim, settings) for claim in claims]
    everything = {name for some in names for name in some if len(name) <= MAX_NAME}
    for setting in settings:
        if setting.names and not any(setting.names & some for some in names):
            name = min(setting.names)
            close = did_you_mean(name, everything) if len(name) <= MAX_NAME else None
            message = f"{setting.kind}, found {cut(name)}, expected a name that a claim here uses"
            raise page.wrong(setting.line, message, f"did you mean {close}?" if close else "remove it")
    return [_settled(claim, known, settings) for claim, known in zip(claims, names, strict=True)]


def _names(claim: ClaimText, settings: Sequence[Setting]) -> set[str]:
    """The names in a claim's formulas, and the letters in their sizes."""
    texts = (claim.function, claim.claim, claim.wrt or "")
    names = {name for text in texts for name in _VARIABLE.findall(text)}
    shapes = [*claim.shapes, *(s.text for s in settings if s.kind == "shape" and s.names & names)]
    return names.union(*(_VARIABLE.findall(shape.partition("=")[2]) for shape in shapes))


def _settled(claim: ClaimText, names: set[str], settings: Sequence[Setting]) -> ClaimText:
    own = {text.partition("=")[0] for text in claim.shapes}

    def chosen(kind: str) -> tuple[str, ...]:
        fitting = (s for s in settings if s.kind == kind and (not s.names or s.names & names))
        return tuple(s.text for s in fitting if kind != "shape" or not s.names & own)

    where, assume = chosen("where") + claim.where, chosen("assume") + claim.assume
    layout, vec, symmetric = ("".join(chosen(kind)) for kind in ARRANGING)
    said = {name for text in (*where, *assume) if _SYMMETRY.search(text) for name in _VARIABLE.findall(text)}
    joint = symmetric if said & (set(claim.wrt.split(",")) if claim.wrt else names) else ""
    return replace(
        claim,
        shapes=chosen("shape") + claim.shapes,
        where=where,
        values=chosen("at") + claim.values,
        assume=assume,
        layout=claim.layout or layout or None,
        vec=bool(vec) or None if claim.vec is None else claim.vec,
        symmetric=claim.symmetric or joint or None,
    )


def bindings(text: str) -> list[str]:
    """``a=1 b = 2,3; c=[4, 5]`` -> its parts, as ``b=2,3``; [] where the text is something else."""
    depth, starts = 0, list[tuple[int, int, str]]()
    for match in _BINDINGS.finditer(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(match[0], 0)
        if match[2] and depth == 0 and text[max(0, match.start() - 1) : match.start()] in {"", " ", "\t", ";"}:
            starts.append((match.start(), match.end(), match[1]))
    ends = [start for start, _, _ in starts[1:]] + [len(text)]
    parts = [(name, text[begin:end].strip(" \t;")) for (_, begin, name), end in zip(starts, ends, strict=False)]
    sound = bool(starts) and starts[0][0] == 0
    return [f"{name}={value}" for name, value in parts] if sound else []


def has_value(text: str) -> bool:
    """``NAME=`` with something after it."""
    return text.partition("=")[2] != ""


def is_shape(text: str) -> bool:
    """``NAME=SIZES``: numbers and letters joined by commas."""
    return _SIZES.fullmatch(text.partition("=")[2]) is not None


# -- lines: d(EXPR)/d(NAME) = EXPR, and settings


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a block. ``place``: its place in the text it is part of; ``number``: its line in the file."""

    place: int
    number: int
    text: str

    @property
    def indent(self) -> int:
        """In columns, a tab as far as the next multiple of eight."""
        wide = self.text.expandtabs()
        return len(wide) - len(wide.lstrip())


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line says. ``kind``: claim, a setting of FORMS, comment or other; ``parts``: of a setting."""

    line: Line
    last: int  # place of its last line
    kind: str
    parts: tuple[str, ...] = ()
    claim: ClaimText | None = None


def _equation(text: str) -> ClaimText | None:
    """The claim that a line begins; None for any other line. Errors: ValueError where it can be nothing but a claim."""
    above = _ABOVE.match(text)
    if above is None:
        return None
    stop = _closing(text, above.end())
    below = _RIGHT_AFTER.match(text, stop) if stop is not None else None
    if below is None:
        if (_LATER.match(text, above.end()) if stop is None else _TOO_MANY.match(text, stop)) is not None:
            raise ValueError("parentheses that do not match")
        return None
    name, power = below[1] or below[2], below[3]
    if above[1] and not power and below[2] and name[-1] in "2²":
        name, power = name[:-1], name[-1]
    if bool(above[1]) != bool(power) or "²" in name or not name:
        raise ValueError("orders above and below that differ")
    function = text[above.end() : (stop or 0) - 1].strip()
    if not function:
        raise ValueError("no function inside d()")
    return ClaimText(function, text[below.end() :].strip(), name, "hessian" if power else None)


def _closing(text: str, start: int) -> int | None:
    """The place behind the parenthesis that closes the one before ``start``."""
    depth = 1
    for match in _PARENTHESES.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return None


def _check_length(page: Page, line: Line, text: str) -> None:
    if len(text) > MAX_SOURCE:
        message = f"too long, found {len(text):,} characters, expected at most {MAX_SOURCE:,}"
        raise page.wrong(line.number, message, "assign its parts to names: a = ...; b = ...; a + b")


def entry_of(page: Page, line: Line) -> Entry:
    """What a line says. Errors: InputError for one that is too long, or that begins a claim and does not end it."""
    _check_length(page, line, line.text)
    text = composed(line.text).strip()
    comment = next((match for match in _COMMENT.finditer(text) if match[1]), None)
    if comment is not None and comment.start() == 0:
        return Entry(line, line.place, "comment", (text.lstrip("#").strip(),))
    text = text if comment is None else text[: comment.start()].rstrip()
    try:
        claim = _equation(text)
    except ValueError as error:
        hint = f"write {CLAIM_FORM}, or d2(EXPR)/d(NAME)2 = EXPR for a second derivative"
        raise page.wrong(line.number, f"{error}, found {cut(text)}, expected {CLAIM_FORM}", hint) from None
    if claim is not None:
        return Entry(line, line.place, "claim", claim=replace(claim, file=page.path, line=line.number))
    word, parts = _setting(text)
    return Entry(line, line.place, word, parts) if parts else Entry(line, line.place, "other", (text,))


def _setting(text: str) -> tuple[str, tuple[str, ...]]:
    """A word of FORMS and what follows it; nothing follows where the line is something else."""
    word, _, rest = text.replace("\t", " ").partition(" ")
    if word == "where":
        return word, (rest.strip(),) if rest.strip() else ()
    if word in ARRANGING:
        return word, (rest.strip() or word,) if rest.strip() in WAYS.get(word, ("",)) else ()
    parts = bindings(rest.strip())
    if word == "assume" and not parts:
        return word, (rest.strip(),) if COMPARISON.search(rest) else ()
    sound = {"shape": is_shape, "at": has_value, "assume": has_value}.get(word)
    return word, tuple(parts) if sound is not None and all(map(sound, parts)) else ()


def entries_of(page: Page, lines: Iterable[Line]) -> list[Entry]:
    """What the lines say, the continuations of a right side joined to it."""
    entries: list[Entry] = []
    for line in lines:
        if not line.text.strip():
            continue
        entry, before = entry_of(page, line), entries[-1] if entries else None
        next_to = before is not None and before.last == line.place - 1
        row = _row(entry, before) if next_to and before is not None else None
        follows = next_to and before is not None and line.indent > before.line.indent
        if row is not None and before is not None and before.claim is not None:
            entries[-1] = replace(before, claim=replace(before.claim, chain=row.claim.chain if row.claim else None))
            entries.append(row)
        elif entry.kind == "other" and follows and before is not None and before.claim is not None:
            right = f"{before.claim.claim} {entry.parts[0]}".strip()
            _check_length(page, line, right)
            entries[-1] = replace(before, last=line.place, claim=replace(before.claim, claim=right))
        else:
            entries.append(entry)
    for entry in entries:
        if entry.claim is not None and not entry.claim.claim:
            message = f"nothing behind the sign, found {cut(entry.line.text.strip())}, expected {CLAIM_FORM}"
            raise page.wrong(entry.line.number, message, "a right side may go on in lines that are indented deeper")
    return [part for entry in entries for part in _parted(entry)]


def _row(entry: Entry, before: Entry) -> Entry | None:
    """A line that begins with ``=`` below a claim: the next row of its chain, whose number is the line of the first."""
    found = _EQUALS.match(entry.parts[0]) if entry.kind == "other" else None
    if found is None or before.claim is None:
        return None
    chain = before.claim.line if before.claim.chain is None else before.claim.chain
    right = entry.parts[0][found.end() :].strip()
    return replace(entry, kind="claim", claim=replace(before.claim, claim=right, line=entry.line.number, chain=chain))


def _parted(entry: Entry) -> list[Entry]:
    """A claim with several sides of a chain on its right as so many claims."""
    claim = entry.claim
    parts = [] if claim is None else sides(claim.claim)
    if claim is None or len(parts) < 2 or not all(part.text for part in parts):
        return [entry]
    chain = claim.line if claim.chain is None else claim.chain
    return [replace(entry, claim=replace(claim, claim=part.text, chain=chain)) for part in parts]


def claims_of(page: Page, entries: Sequence[Entry], *, named: bool) -> list[ClaimText]:
    """The claims among the entries, with the settings among them; ``named``: by the comment above."""
    names = {e.last + 1: e.parts[0] for e in entries if e.kind == "comment" and named}
    claims = [replace(e.claim, name=names.get(e.line.place, "")) for e in entries if e.claim is not None]
    of_chains = {claim.chain: claim.name for claim in reversed(claims) if claim.name}
    claims = [replace(c, name=of_chains.get(c.chain, "")) if c.chain is not None else c for c in claims]
    settings = [Setting.of(e.line.number, e.kind, part) for e in entries if e.kind in FORMS for part in e.parts]
    for kind in ("shape", "at"):
        seen: set[str] = set()
        for setting in settings:
            if setting.kind == kind and setting.names & seen:
                message = f"{kind}: found {cut(min(setting.names))} twice in one block, expected once"
                raise page.wrong(setting.line, message, "put claims of other sizes or values into a block of their own")
            seen |= setting.names if setting.kind == kind else set()
    for kind in ARRANGING:
        for setting in [setting for setting in settings if setting.kind == kind][1:]:
            hint = "put claims that are arranged in other ways into a block of their own"
            raise page.wrong(setting.line, f"{kind}: found twice in one block, expected once", hint)
    return settle(page, claims, settings)
