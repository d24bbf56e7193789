r"""LaTeX of ours as MathML Core: what Chromium, Firefox and Safari set by themselves.

Brackets grow with what is tall in them, names of functions stand apart from letters as they do in print, a sign before
a term is told from one between two. What it cannot read it refuses, so that nothing is set wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from gradcli.report.html import symbols
from gradcli.report.html.escape import escaped, tag

MAX_LENGTH = 20_000  # characters
MAX_DEPTH = 60  # of groups in one another
_PIECE = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_THIN = '<mspace width="0.167em"/>'
_CLASSES = frozenset(["changed"])


class UnsetError(ValueError):
    """A formula that is not read, and why."""


class Kind(Enum):
    """What a part is to its neighbours, which decides on the space between them."""

    START = auto()
    LETTER = auto()
    NAME = auto()  # of a function, or a large operator
    SIGN = auto()  # between two
    BRACKETS = auto()
    TALL = auto()  # a fraction, or brackets around one
    COMMA = auto()
    SPACE = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of MathML. tall: higher than a line; under: its scripts stand above and below it in a display"""

    markup: str
    kind: Kind = Kind.LETTER
    tall: bool = False
    under: bool = False


def mathml(latex: str, alternative: str, *, display: bool = False) -> str:
    """``<math>`` of a formula; ``alternative``: the same for those who do not see it. Errors: UnsetError."""
    if len(latex) > MAX_LENGTH:
        raise UnsetError(f"longer than {MAX_LENGTH} characters")
    body = _Reader(latex).whole()
    kept = f"<semantics>{body}{tag('annotation', escaped(latex), encoding='application/x-tex')}</semantics>"
    return tag("math", kept, display="block" if display else "inline", alttext=alternative)


class _Reader:
    def __init__(self, latex: str) -> None:
        self.pieces, self.at, self.depth = _PIECE.findall(latex), 0, 0

    def whole(self) -> str:
        parts = self.parts(())
        if self.at < len(self.pieces):
            raise UnsetError(f"{self.pieces[self.at]} ends nothing")
        return _row(parts)

    # -- pieces

    def peek(self) -> str:
        """The next piece, past blanks; "" at the end."""
        while self.at < len(self.pieces) and self.pieces[self.at].isspace():
            self.at += 1
        return self.pieces[self.at] if self.at < len(self.pieces) else ""

    def take(self) -> str:
        found = self.peek()
        if not found:
            raise UnsetError("it ends too early")
        self.at += 1
        return found

    def expect(self, piece: str) -> None:
        found = self.take()
        if found != piece:
            raise UnsetError(f"{found} stands where {piece} is needed")

    def raw(self) -> str:
        """The text of ``{...}``, blanks and all, in which only ``\\_`` and the like are commands."""
        self.expect("{")
        out, depth = "", 1
        while self.at < len(self.pieces):
            piece = self.pieces[self.at]
            self.at += 1
            depth += (piece == "{") - (piece == "}")
            if not depth:
                return out
            if piece.startswith("\\") and piece[1:].isalpha():
                raise UnsetError(f"{piece} in words")
            out += piece[1:] if piece.startswith("\\") else piece
        raise UnsetError("a brace is not closed")

    # -- parts

    def parts(self, stops: tuple[str, ...]) -> list[Part]:
        """What stands until one of the stops, which is left."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnsetError(f"nested more than {MAX_DEPTH} deep")
        found: list[Part] = []
        while (piece := self.peek()) and piece not in stops:
            if piece in _ENDS:
                break
            found.append(self.scripted(self.part(found[-1].kind if found else Kind.START)))
        self.depth -= 1
        return found

    def part(self, before: Kind) -> Part:
        piece = self.take()
        command = piece.removeprefix("\\") if len(piece) > 1 and piece.startswith("\\") else ""
        if command:
            return self.command(command, before)
        if piece == "{":
            return self.grouped()
        if piece in "([":
            return self.fenced(piece)
        if piece[0].isdigit():
            return Part(f"<mn>{piece}</mn>")
        if piece.isalpha() or piece in "°ℓ":
            return Part(tag("mi", escaped(piece)))
        return _sign(piece, before)

    def grouped(self) -> Part:
        inside = self.parts(("}",))
        self.expect("}")
        kind = inside[0].kind if len(inside) == 1 else Kind.LETTER
        return Part(_row(inside), kind, any(part.tall for part in inside), len(inside) == 1 and inside[0].under)

    def argument(self) -> Part:
        """``{...}``, or one piece."""
        if self.peek() == "{":
            self.take()
            return self.grouped()
        return self.part(Kind.START)

    def scripted(self, base: Part) -> Part:
        """With what stands below and above it."""
        below, above, primes = "", "", ""
        while (piece := self.peek()) in {"_", "^", "'"} and piece:
            self.take()
            if piece == "'":
                primes += "′"
            elif piece == "_" and not below:
                below = self.argument().markup
            elif piece == "^" and not above:
                above = self.argument().markup
            else:
                raise UnsetError(f"two {piece} of one base")
        if primes:
            mark = f"<mo>{primes}</mo>"
            above = f"<mrow>{mark}{above}</mrow>" if above else mark
        if not (below or above):
            return base
        place = ("munder", "mover", "munderover") if base.under else ("msub", "msup", "msubsup")
        name = place[2] if below and above else place[0] if below else place[1]
        return Part(f"<{name}>{base.markup}{below}{above}</{name}>", base.kind, base.tall or base.under)

    def fenced(self, opening: str) -> Part:
        """``(...)`` with what is in them, so that a power is one of all of it."""
        closing = symbols.CLOSING[opening]
        stop = closing if len(closing) == 1 and closing != "}" else f"\\{closing}"
        inside = self.parts((stop,))
        self.expect(stop)
        return _fence(symbols.FENCES[opening], inside, symbols.FENCES[closing])

    # -- commands

    def command(self, name: str, before: Kind) -> Part:
        for table, set_as in _TABLES:
            if name in table:
                return set_as(table[name], before)
        if name in symbols.NAMES:
            return _function(name)
        if name in symbols.OPENING:
            return self.fenced(name)
        if name in symbols.ACCENTS:
            return self.accent(name)
        made = getattr(self, f"of_{name.rstrip('*')}", None)
        if made is None:
            raise UnsetError(f"\\{name} is not known")
        found: Part = made()
        return found

    def accent(self, name: str) -> Part:
        base = self.argument()
        wide = "true" if name in {"widehat", "widetilde", "overline"} else "false"
        mark = f'<mo stretchy="{wide}">{symbols.ACCENTS[name]}</mo>'
        return Part(f'<mover accent="true">{base.markup}{mark}</mover>', base.kind)

    def of_frac(self) -> Part:
        return Part(f"<mfrac>{self.argument().markup}{self.argument().markup}</mfrac>", Kind.TALL, True)

    of_dfrac = of_tfrac = of_frac

    def of_binom(self) -> Part:
        rows = f'<mfrac linethickness="0">{self.argument().markup}{self.argument().markup}</mfrac>'
        return Part(f"<mrow><mo>(</mo>{rows}<mo>)</mo></mrow>", Kind.TALL, True)

    def of_sqrt(self) -> Part:
        degree = ""
        if self.peek() == "[":
            self.take()
            degree = _row(self.parts(("]",)))
            self.expect("]")
        inside = self.argument()
        made = f"<mroot>{inside.markup}{degree}</mroot>" if degree else f"<msqrt>{inside.markup}</msqrt>"
        return Part(made, tall=inside.tall)

    def of_left(self) -> Part:
        opening = self.fence()
        inside = self.parts(())
        self.expect(r"\right")
        return _fence(opening, inside, self.fence())

    def fence(self) -> str:
        piece = self.take()
        name = "Vert" if piece == r"\|" else piece.removeprefix("\\")
        if name not in symbols.FENCES:
            raise UnsetError(f"{piece} is no bracket")
        return symbols.FENCES[name]

    def of_operatorname(self) -> Part:
        return _function(self.raw())

    def of_mathrm(self) -> Part:
        word = self.raw()
        normal = {"mathvariant": "normal"} if len(word) == 1 else {}
        return Part(tag("mi", escaped(word), **normal))

    of_mathit = of_mathsf = of_mathtt = of_textit = of_mathrm

    def of_text(self) -> Part:
        return Part(tag("mtext", escaped(self.raw()).replace(" ", "\u00a0")), Kind.SPACE)

    of_textrm = of_mbox = of_textbf = of_text

    def of_mathbf(self) -> Part:
        return Part(tag("mrow", self.argument().markup, class_="bold"))

    of_boldsymbol = of_bm = of_mathbf

    def of_mathbb(self) -> Part:
        return self.lettered(symbols.DOUBLE)

    def of_mathcal(self) -> Part:
        return self.lettered(symbols.SCRIPT)

    of_mathscr = of_mathcal

    def lettered(self, letters: dict[str, str]) -> Part:
        word = self.raw()
        if word not in letters:
            raise UnsetError(f"no letter {word} of that script is known")
        return Part(tag("mi", letters[word], mathvariant="normal"))

    def of_class(self) -> Part:
        name = self.raw()
        if name not in _CLASSES:
            raise UnsetError(f"no class {name}")
        inside = self.argument()
        return Part(tag("mrow", inside.markup, class_=name), inside.kind, inside.tall)

    def of_displaystyle(self) -> Part:
        return Part("", Kind.SPACE)

    def of_begin(self) -> Part:
        name = self.raw()
        if name not in _ENVIRONMENTS:
            raise UnsetError(f"no environment {name}")
        if name == "array":
            self.raw()
        opening, closing, class_ = _ENVIRONMENTS[name]
        table = tag("mtable", self.rows(), class_=class_)
        self.expect(r"\end")
        if self.raw() != name:
            raise UnsetError(f"{name} ends as another")
        fences = (f"<mo>{opening}</mo>" if opening else "", f"<mo>{closing}</mo>" if closing else "")
        left = fences[0].replace("<mo>", '<mo fence="true" form="prefix">')
        right = fences[1].replace("<mo>", '<mo fence="true" form="postfix">')
        return Part(f"<mrow>{left}{table}{right}</mrow>", Kind.TALL, True)

    def rows(self) -> str:
        out, cells = "", list[str]()
        while True:
            cells.append(f"<mtd>{_row(self.parts(('&', _NEW_ROW)))}</mtd>")
            if self.peek() == "&":
                self.take()
                continue
            out, cells = f"{out}<mtr>{''.join(cells)}</mtr>", []
            if self.peek() != _NEW_ROW:
                return out
            self.take()
            if self.peek() == r"\end":
                return out


_NEW_ROW = "\\\\"
_ENDS = frozenset(["}", "&", _NEW_ROW, r"\right", r"\end", ")", "]", r"\rvert", r"\rVert", r"\rfloor", r"\rceil",
                   r"\rangle"])  # fmt: skip
_ENVIRONMENTS = {
    "bmatrix": ("[", "]", "matrix"), "pmatrix": ("(", ")", "matrix"), "matrix": ("", "", "matrix"),
    "vmatrix": ("|", "|", "matrix"), "smallmatrix": ("", "", "matrix"), "array": ("", "", "matrix"),
    "cases": ("{", "", "cases"), "aligned": ("", "", "aligned"), "align": ("", "", "aligned"),
    "gathered": ("", "", "matrix"), "split": ("", "", "aligned"),
}  # fmt: skip


def _letter(text: str, _before: Kind) -> Part:
    return Part(f"<mi>{text}</mi>")


def _upright(text: str, _before: Kind) -> Part:
    return Part(f'<mi mathvariant="normal">{text}</mi>')


def _between(text: str, _before: Kind) -> Part:
    return Part(f"<mo>{escaped(text)}</mo>", Kind.SIGN)


def _prefix(text: str, _before: Kind) -> Part:
    return Part(f'<mo form="prefix">{text}</mo>', Kind.SIGN)


def _large(text: str, _before: Kind) -> Part:
    return Part(f"<mo>{text}</mo>", Kind.NAME, under=text not in "∫∮")


def _space(width: str, _before: Kind) -> Part:
    return Part(f'<mspace width="{width}"/>', Kind.SPACE)


_TABLES: tuple[tuple[dict[str, str], Callable[[str, Kind], Part]], ...] = (
    (symbols.LETTERS, _letter),
    (symbols.UPRIGHT, _upright),
    (symbols.BETWEEN, _between),
    (symbols.RELATIONS, _between),
    (symbols.BEFORE, _prefix),
    (symbols.LARGE, _large),
    (symbols.SPACES, _space),
)


def _sign(piece: str, before: Kind) -> Part:
    """A character that is neither letter nor digit."""
    if piece in "+-" and before in {Kind.START, Kind.SIGN, Kind.COMMA, Kind.SPACE}:
        return Part(f'<mo form="prefix">{_SIGNS.get(piece, piece)}</mo>', Kind.SIGN)
    if piece in ",;":
        return Part(f'<mo separator="true">{piece}</mo>', Kind.COMMA)
    if piece in "+-*/=<>:":
        return Part(f"<mo>{escaped(_SIGNS.get(piece, piece))}</mo>", Kind.SIGN)
    if piece in ".!":
        return Part(f"<mo>{piece}</mo>")
    if piece == "~":
        return _space("0.25em", before)
    raise UnsetError(f"{piece} is not known")


_SIGNS = {"-": "−", "*": "∗"}


def _function(name: str) -> Part:
    """A function's name; what it is applied to follows."""
    if name in symbols.UNDER:
        return Part(tag("mo", escaped(name), movablelimits="true", lspace="0", rspace="0"), Kind.NAME, under=True)
    normal = {"mathvariant": "normal"} if len(name) == 1 else {}
    return Part(tag("mi", escaped(name), **normal), Kind.NAME)


def _fence(opening: str, inside: list[Part], closing: str) -> Part:
    """Brackets, which grow with what is tall."""
    tall = any(part.tall for part in inside)
    grown = (
        {"symmetric": "false"} if tall else {"stretchy": "false"}
    )  # as high as what is in them, not as twice its half
    left = tag("mo", escaped(opening), form="prefix", fence="true", **grown) if opening else ""
    right = tag("mo", escaped(closing), form="postfix", fence="true", **grown) if closing else ""
    return Part(f"<mrow>{left}{_spaced(inside)}{right}</mrow>", Kind.TALL if tall else Kind.BRACKETS, tall)


def _row(parts: list[Part]) -> str:
    return parts[0].markup if len(parts) == 1 else f"<mrow>{_spaced(parts)}</mrow>"


def _spaced(parts: list[Part]) -> str:
    """Side by side, with the thin spaces of print."""
    out, before = "", Kind.START
    for part in parts:
        out += (_THIN if _apart(before, part.kind) else "") + part.markup
        before = part.kind
    return out


def _apart(before: Kind, after: Kind) -> bool:
    """Is there a thin space? Beside fractions, and between a function's name and what is no bracket."""
    words = {Kind.LETTER, Kind.NAME, Kind.TALL, Kind.BRACKETS}
    if before not in words or after not in words or (before is Kind.BRACKETS and after is not Kind.NAME):
        return False
    if before is Kind.NAME:
        return after in {Kind.LETTER, Kind.NAME}
    return after is Kind.NAME or (Kind.TALL in {before, after})
