"""LaTeX documents: their pieces. Nothing is typeset and no other file is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradcli.inputs.documents.pieces import Kind, Piece, Source, Wrong, blank
from gradcli.inputs.documents.scanning import ENVIRONMENT, ESCAPED, Marks, formulas_of

_VERBATIM = "verbatim|Verbatim|BVerbatim|LVerbatim|lstlisting|minted|comment|alltt|filecontents|tikzpicture|algorithmic"
_SKIPPED = re.compile(
    rf"\\begin\{{(?P<verbatim>(?:{_VERBATIM})\*?)\}}.*?(?:\\end\{{(?P=verbatim)\}}|\Z)"
    r"|\\(?:verb|lstinline)\*?(?P<mark>[^\sa-zA-Z*{\[])[^\n]*?(?P=mark)"
    r"|(?P<macro>\\(?:new|renew|provide)command\*?\s*|\\def\s*(?=\\))"
    r"|(?P<comment>%[^\n]*)|\\.",
    re.DOTALL,
)
_MAGIC = re.compile(r"%+\s*gradcli\s*:(.*)", re.IGNORECASE)
_LEVELS = {name: level for level, name in enumerate(("part", "chapter", "section", "subsection", "subsubsection"), 1)}
_LEVELS |= {"paragraph": 6, "subparagraph": 7}
_FOUND = re.compile(
    rf"{ESCAPED}|{ENVIRONMENT}"
    r"|(?P<open>\\\[|\$\$|\\\(|\$)"
    rf"|\\(?P<heading>{'|'.join(_LEVELS)})\*?\s*(?:\[[^\]\n]*\])?\s*\{{"
    r"|\\(?P<file>input|include|subfile|import)\s*\{(?P<named>[^}\n]*)\}"
)
_DOLLAR = re.compile(r"\\.|(?P<closing>\$)", re.DOTALL)
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)


def pieces_of(source: Source, wrong: Wrong) -> Iterator[Piece]:
    """The pieces of a LaTeX document, in their order; what stands outside of its body is left out.

    Errors: those of ``wrong``, for a displayed formula that does not end.
    """
    blanked, magic = _without_comments(source)
    begin, end = _body(blanked.text)
    marks = Marks(_FOUND, _DOLLAR, _other, wrong)
    yield from sorted([*magic, *formulas_of(blanked, begin, end, marks)], key=lambda piece: piece.start)


def _without_comments(source: Source) -> tuple[Source, list[Piece]]:
    """The source with blanks for comments and for what is printed as it stands; the comments to gradcli."""
    parts, magic, after = list[str](), list[Piece](), 0
    for match in _SKIPPED.finditer(source.text):
        if match.start() < after or match.lastgroup is None:
            continue
        found = _MAGIC.match(match["comment"] or "")
        if found is not None:
            magic.append(Piece(Kind.MAGIC, found[1].strip(), match.start(), source))
        end = _end_of_definition(source.text, match.end()) if match["macro"] else match.end()
        parts += [source.text[after : match.start()], blank(source.text[match.start() : end])]
        after = end
    return source.blanked("".join([*parts, source.text[after:]])), magic


def _end_of_definition(text: str, place: int) -> int:
    r"""The place behind ``{\R}[1][x]{...}`` or ``\R{...}``, which begins at ``place``."""
    named = text[place : place + 1] == "\\"
    while text[place : place + 1] not in {"", "\n"}:
        if text[place] != "{":
            place += 1
            continue
        place = _closing(text, place)
        if named:
            return place
        named = True
    return place


def _closing(text: str, place: int) -> int:
    """The place behind the brace that closes the one at ``place``; the end of the text where none does."""
    depth = 0
    for match in _BRACES.finditer(text, place):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return len(text)


def _body(text: str) -> tuple[int, int]:
    begin, end = text.find("\\begin{document}"), text.find("\\end{document}")
    return max(begin, 0), end if end >= 0 else len(text)


def _other(source: Source, match: re.Match[str], end: int) -> tuple[Piece, int]:
    """A heading, or a file that is named."""
    if match["file"]:
        return Piece(Kind.OTHER_FILE, match["named"].strip(), match.start(), source), match.end()
    place = min(_closing(source.text, match.end() - 1), end)
    title = " ".join(source.text[match.end() : place - 1].split())
    return Piece(Kind.HEADING, title, match.end(), source, _LEVELS[match["heading"]]), place
