"""What sentences say of letters, where that is certain: a symmetric matrix, vectors of length n, a constant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradcli.inputs.documents.pieces import Piece
from gradcli.inputs.documents.spaces import size_word

# A formula in a sentence is a mark with its number, between characters that no text has (of a private area).
OPEN, CLOSE = "\ue000", "\ue001"
_MARK = rf"{OPEN}\d+{CLOSE}"
_LIST = rf"({_MARK}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s+or\s+){_MARK})*)"
_NUMBERS = re.compile(rf"{OPEN}(\d+){CLOSE}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\\]|\ue000)|\n[ \t]*\n")
_SIZE = rf"({_MARK}|(?<!\w)[b-zB-Z]\b|(?<!\w)\d+\b)"
_HYPHENED = rf"({_MARK}|(?<!\w)[A-Za-z](?=-)|(?<!\w)\d+\b)"  # n-vector: a vector has no size

_END = r"(?:e[nmrs]?|s)?"  # of adjectives in German and French
_NEAR = 200  # characters before an adjective in which it can be denied
MAX_SENTENCE = 5_000  # characters; what is longer is no sentence, and its lines are read one by one, in parts
_WORDS = {
    rf"symmetri(?:c|sch{_END})|symétriques?": "symmetric",
    rf"positive[- ]definite|positiv[- ]definit{_END}|définies?\s+positives?": "positive",
    rf"diagonal{_END}": "diagonal",
    rf"orthogonal{_END}": "orthogonal",
    rf"invertible|non-?singular|invertierbar{_END}|inversibles?": "nonsingular",
    rf"idempotent{_END}": "idempotent",
}
_ADJECTIVE = rf"(?:{'|'.join(_WORDS)})"
_PROPERTY = re.compile(rf"(?<![\w-])({_ADJECTIVE})(?![\w-])", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:not|nicht|kein\w*|pas|schief|non|need|skew|anti|if|whether|unless|never|without|pseudo)[\s-]*(?:\w+\s+)?$",
    re.IGNORECASE,
)
_AND = r"(?:\s*,?\s+(?:(?:and|und|et)\s+)?)"
_A = r"(?:an?|both|eine?|une?)"
_BE = r"(?:is|are|be|being|ist|sind|sei|seien|est|sont|soit|soient)"
_BEFORE = rf"(?:{_ADJECTIVE}{_AND})*{_ADJECTIVE}\s+(?:\w+\s+)?(?:matri(?:x|ces|zen))?\s*{_LIST}"
_BEHIND = rf"{_LIST}\s*,?\s+(?:{_BE}\s+(?:{_A}\s+)?|{_A}\s+)(?:{_ADJECTIVE}{_AND}?)+"
_BESIDE = re.compile(rf"{_BEFORE}|{_BEHIND}", re.IGNORECASE)
_LOOSE = re.compile(
    r"semi-?definite|covariance|one-?hot|probabilit|distribution|stochastic|simplex|unit[ -]norm|normali[sz]ed"
    r"|orthonormal|wahrscheinlich|verteilung|kovarianz|probabilité|normiert|normé|schiefsymm|komplex|ganzzahlig"
    r"|semi-?définie|complex|binary|integer|low-?rank|doubly|skew|antisymmetric",
    re.IGNORECASE,
)
_LISTED = re.compile(rf"(?:[\s-]+\w+){{0,4}}?[\s-]+{_LIST}")  # one-hot label y
_LISTED_BEFORE = re.compile(rf"{_LIST}[^.;{OPEN}]*$")  # y is a binary label
_VECTOR = r"(?:\w+\s+){0,2}(?:vectors?|vektor(?:en)?)"
_MATRIX = r"(?:\w+\s+){0,3}matri(?:x|ces|zen)"
_IS = rf"\s*,?\s*(?:{_BE}|denotes?|=)?\s*,?\s*(?:an?|eine?|the)\s+(?:[^\W\d]+\s+){{0,3}}?"
_SHAPES = tuple(
    (re.compile(pattern, re.IGNORECASE), listed, sizes)
    for pattern, listed, sizes in (
        # vectors x and y of length n; a vector x with n entries
        (rf"\bvectors?\s+{_LIST}\s+(?:both\s+)?of\s+(?:length|size|dimension)\s+{_SIZE}", 1, 2),
        (rf"\bvectors?\s+{_LIST}\s+(?:with|has|have)\s+{_SIZE}\s+(?:entries|components)", 1, 2),
        # x is a vector of length n
        (rf"{_LIST}{_IS}(?:vectors?|vektor)\s+(?:of|with|der)\s+(?:length|size|dimension|länge|größe)\s+{_SIZE}", 1, 2),
        # n-vector x, n-dimensional vectors x and y
        (rf"{_HYPHENED}\s*-?\s*(?:dimensional\s+)?{_VECTOR}\s+{_LIST}", 2, 1),
        # x is an n-vector; y be an n-dimensional vector
        (rf"{_LIST}{_IS}{_HYPHENED}\s*-?\s*(?:dimensional\s+)?(?:\w+\s+)?(?:vectors?|vektor)\b", 1, 2),
        # an n by d matrix X
        (rf"({_MARK})\s+{_MATRIX}\s+{_LIST}", 2, 1),
        # X is an n by d matrix; X an n by d matrix of regressors
        (rf"{_LIST}{_IS}({_MARK})\s+{_MATRIX}\b", 1, 2),
        # matrices A and B of size n by d
        (rf"\bmatri(?:x|ces)\s+{_LIST}\s+of\s+(?:size|shape|order)\s+({_MARK})", 1, 2),
    )
)
_SCALARS = re.compile(
    rf"\b(positive\s+)?(?:real\s+)?(?:scalars?|constants?|real\s+numbers?|numbers?)\s+{_LIST}"
    rf"|{_LIST}\s+(?:is|are|be)\s+(?:an?\s+)?(positive\s+)?(?:real\s+)?(?:scalars?|constants?|real\s+numbers?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a sentence says. ``kind``: property, shape, scalar or loose (understood in part, or not at all).

    formulas: numbers of the formulas of which it says so; all of the sentence where nothing is beside the word
    text:     the property, the size or its formula's number, ``> 0``, or the word
    """

    kind: str
    formulas: tuple[int, ...]
    text: str
    beside: bool = True


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text in which formulas are marks."""
    for part in _SENTENCE.split(text):
        lines = part.split("\n") if len(part) > MAX_SENTENCE else [part]
        yield from (piece for line in lines for piece in _cut(line) if piece.strip())


def _cut(line: str) -> Iterator[str]:
    """A line that no sentence is as long as, in parts: cut behind a comma, else at a blank, never in a formula."""
    start = 0
    while len(line) - start > MAX_SENTENCE:
        stop = start + MAX_SENTENCE
        places = (line.rfind(sign, start, stop) + len(sign) for sign in (", ", "; ", " "))
        end = next((place for place in places if place > start + MAX_SENTENCE // 2), None)
        if end is None:
            opened, closed = line.rfind(OPEN, start, stop), line.rfind(CLOSE, start, stop)
            end = opened if opened > max(closed, start) else stop
        yield line[start:end]
        start = end
    yield line[start:]


def mark(number: int) -> str:
    """What stands for a formula."""
    return f"{OPEN}{number}{CLOSE}"


def filled(text: str, formulas: Sequence[Piece]) -> str:
    """A sentence with its formulas in the places of their marks."""
    return _NUMBERS.sub(lambda match: formulas[int(match[1])].text, text)


def numbers_in(text: str) -> tuple[int, ...]:
    """The formulas of a part of a sentence."""
    return tuple(int(match[1]) for match in _NUMBERS.finditer(text))


def remarks(sentence: str) -> list[Remark]:
    """What a sentence says of the formulas in it, shapes first."""
    return [*_shapes(sentence), *_scalars(sentence), *_properties(sentence), *_loose(sentence)]


def _shapes(sentence: str) -> Iterator[Remark]:
    for pattern, listed, sizes in _SHAPES:
        for match in pattern.finditer(sentence):
            yield Remark("shape", numbers_in(match[listed]), _size(match[sizes]))


def _size(text: str) -> str:
    """A size, or the mark of a formula that is one or several."""
    return text if numbers_in(text) else size_word(text)


def _scalars(sentence: str) -> Iterator[Remark]:
    for match in _SCALARS.finditer(sentence):
        listed = match[2] or match[3]
        yield Remark("scalar", numbers_in(listed), "> 0" if match[1] or match[4] else "")


def _properties(sentence: str) -> Iterator[Remark]:
    beside = dict(_placed(sentence))
    everything = numbers_in(sentence)
    for match in _PROPERTY.finditer(sentence):
        if _DENIED.search(sentence[max(0, match.start() - _NEAR) : match.start()]):
            yield Remark("loose", everything, match[0].lower())
            continue
        numbers = next((found for (start, end), found in beside.items() if start <= match.start() < end), None)
        word = next(word for stem, word in _WORDS.items() if re.fullmatch(stem, match[1], re.IGNORECASE))
        yield Remark("property", everything if numbers is None else numbers, word, beside=numbers is not None)


def _placed(sentence: str) -> Iterator[tuple[tuple[int, int], tuple[int, ...]]]:
    for match in _BESIDE.finditer(sentence):
        yield match.span(), numbers_in(match[1] or match[2])


def _loose(sentence: str) -> Iterator[Remark]:
    for match in _LOOSE.finditer(sentence):
        behind = _LISTED.match(sentence, match.end())
        before = _LISTED_BEFORE.search(sentence[: match.start()])
        numbers = numbers_in(behind[1]) if behind is not None else numbers_in(before[1]) if before is not None else ()
        yield Remark("loose", numbers, match[0].lower())


def introduces(before: str) -> bool:
    """Do the words before a formula say that its letters begin to mean something: let, now, for, given?"""
    return _INTRODUCED.search(before) is not None


def supposes(before: str) -> bool:
    """Do the words before a formula say that it holds at some places only: at, when, if, near?"""
    return _SUPPOSED.search(before) is not None


def goes_on(text: str) -> bool:
    """Does the text go on with the sentence of the formula before it: where, with, for?"""
    return _GOES_ON.match(text) is not None


_INTRODUCED = re.compile(
    r"\b(?:let|now|suppose|given|consider|take|fix|any|some|every|new|another)\b[^.;:]*$", re.IGNORECASE
)
_SUPPOSED = re.compile(
    r"\b(?:at|when|if|near|unless|whenever|until|iff|case|case\s+of|provided|provided\s+that|point|points|"
    r"evaluated\s+at|setting|solving|implies|yields|gives|equation|equations|constraint|constraints)\s*(?:,|that|the)?\s*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"[\s,.;]*(?:where|with|for|in\s+which|here|provided|and\s+where|whose)\b", re.IGNORECASE)
