r"""What signs mean in a document: ``\sigma(x)``, ``\Phi(x)``, ``\log x``, ``\|x\|``; it may say so behind their use."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from gradcli.inputs.documents.heads import bare
from gradcli.language.latex.grammar import parse_latex
from gradcli.language.latex.nodes import Applied, Bars, Call, Group, Letter, Node, Number
from gradcli.language.latex.readers.spelled import APPLIED

Change = Callable[[Node, Callable[[Node], Node]], Node]

# the words, or how they begin, with which a document says that a letter is the function that it usually is
_CONFIRMED = {
    "sigmoid": r"sigmo[iï]d|logisti|expit|\\exp\(-|\\mathrm\{sig",
    "ndtr": r"normal|gau(?:ss|ß)|cumulative|\bcdf\b|probit|distribution function|verteilungsfunktion",
    "gamma": r"gamma|factorial|fakult",
    "digamma": r"digamma|polygamma|log(?:arithmic)? derivative of|gamma function",
    "zeta": r"zeta",
}
# and with which it says that a letter is another one, which can be put in
_INSTEAD = {
    "tanh": r"\btanh|\\tanh|hyperbolic tangent|tangens hyperbolicus|tangente hyperbolique",
    "relu": r"\bre-?lu\b|rectifie[rd]",
    "softplus": r"\bsoft-?plus",
    "softmax": r"\bsoft-?max",
    "gelu": r"\bgelu\b",
    "silu": r"\bsilu\b|\bswish",
    "erf": r"\berf\b|\berror function",
    "sigmoid": r"sigmo[iï]d|logisti|expit",
}
_SLOPES = {"sigmoid": r"(\sigma(t) \odot (1 - \sigma(t)))", "tanh": r"(1 - \sigma(t) \odot \sigma(t))"}
_ALONE = re.compile(
    r"(?:\\[,;!]|\s)*\\(?P<letter>sigma|Phi|Gamma|psi|zeta)\s*(?:\(\s*(?:\\cdot|\\,|\.|\w)\s*\))?\s*"
    r"(?:(?::|\\colon).*|=\s*\\\w+(?:\{[A-Za-z]+\})?\s*(?:\(\s*\\cdot\s*\))?\s*)?",
    re.DOTALL,
)
_TEN, _TWO = r"(?:10|ten|zehn|dix)\b", r"(?:2|two|zwei|deux)\b"
_BASE = r"\b(?:base|basis)[\s$-]*(?:of\s+|von\s+)?"
_LOGS = {
    "10": re.compile(rf"{_BASE}{_TEN}|\b(?:common|decadic|decimal|dekadisch\w*) log|\\log\s*=\s*\\log_\{{?10", re.I),
    "2": re.compile(rf"{_BASE}{_TWO}|\b(?:binary|dual) log|\\log\s*=\s*\\log_\{{?2", re.I),
    "e": re.compile(rf"\bnatural log|natürliche\w* log|logarithme naturel|{_BASE}\\?e\b|\\log\s*=\s*\\ln", re.I),
}
_ANY_LOG = re.compile(r"log", re.I)
_DOTTED = re.compile(r"(?:\\\||\\l?Vert|‖)\s*(?:\\cdot|·|\\bullet|\\,|\.)\s*(?:\\\||\\r?Vert|‖)(?!\s*_)")
_NORMS = {
    "F": re.compile(r"frobenius|hilbert.schmidt", re.I),
    "2": re.compile(r"spectral|operator norm|induced|largest singular", re.I),
    "1": re.compile(r"\b1-norm|manhattan|taxicab|sum norm|\bL_?1\b|(?:\\ell|ℓ|l)_?\{?1\b|absolute values", re.I),
    "\\infty": re.compile(
        r"\bmax(?:imum)?[- ]norm|\bsup(?:remum)?[- ]norm|infinity|(?:\\ell|ℓ|L)_?\{?\s*\\infty", re.I
    ),
    "": re.compile(r"euclid|\b2-norm|euklid|usual|standard|(?:\\ell|ℓ|L|l)_?\{?2\b", re.I),
    "?": re.compile(r"arbitrary|\bany\b|\bdual\b|\bsome\b|weighted|energy|mahalanobis|generic|\ba norm\b", re.I),
}
_LOG_HINT = "write the base where it stands, \\log_2 x or \\ln x"
_NORM_HINT = "write which norm it is where it stands, \\|x\\|_2 or \\|A\\|_F"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sign means. ``instead``: the function, base or norm to read; ``doubt``: why a counterexample does not
    count; ``refused``: why it is not read."""

    instead: str = ""
    doubt: str = ""
    refused: str = ""
    hint: str = "define it, as \\sigma(t) = ..., or write which it is where it stands"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a document with its formulas in it, and the formulas by themselves."""

    text: str
    formulas: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Signs:
    """The meanings of letters that are applied, of log and of the bars of a norm."""

    letters: Mapping[str, Meaning] = field(default_factory=dict)
    log: Meaning = Meaning()
    norm: Meaning = Meaning()

    def meanings(self, parts: Iterable[Node], known: Container[str]) -> list[Meaning]:
        """Of the signs in a formula. ``known``: letters that the document defines."""
        found = [self._meaning(part, known) for part in parts]
        return [meaning for meaning in found if meaning is not None]

    def _meaning(self, part: Node, known: Container[str]) -> Meaning | None:
        if isinstance(part, Applied) and part.letter.base not in known and not part.letter.sub:
            return self.letters.get(part.letter.base)
        if isinstance(part, Call) and part.name == "log" and not part.sub:
            return self.log
        return self.norm if _is_bare_norm(part) else None

    def put_in(self, node: Node, known: Container[str], changed: Change) -> Node:
        """The formula with what the document says that its signs mean. ``changed``: makes a change to all parts."""

        def change(part: Node) -> Node:
            meaning = self._meaning(part, known)
            if meaning is None or not meaning.instead:
                return part
            if isinstance(part, Applied) and not part.letter.marks:
                return Call(meaning.instead, part.arguments, part.power, span=part.span)
            if isinstance(part, Call):
                return replace(part, sub=(Number(meaning.instead, span=part.span),))
            return replace(part, sub=(_below(meaning.instead, part),)) if isinstance(part, Bars) else part

        return changed(node, change)

    def slopes(self, node: Node, known: Container[str], changed: Change) -> Node:
        r"""The formula with ``\sigma'(z)`` written out, entry by entry."""

        def change(part: Node) -> Node:
            if not isinstance(part, Applied) or part.letter.marks != ("prime",) or part.power is not None:
                return part
            letter = part.letter
            meaning = self._meaning(part, known)
            if meaning is None or meaning.doubt or meaning.refused or len(part.arguments) != 1:
                return part
            slope = _SLOPES.get(meaning.instead or APPLIED[letter.base])
            if slope is None:
                return part
            plain, argument = replace(part, letter=replace(letter, marks=())), part.arguments[0]

            def fill(inner: Node) -> Node:
                if isinstance(inner, Applied):
                    return replace(plain, arguments=(argument,))
                return inner

            made = changed(parse_latex(slope.replace("sigma", letter.base)), fill)
            return Group("(", bare(made), span=part.span)

        return changed(node, change)


def signs_of(told: Iterable[Told], displays: str) -> Signs:
    """What the sentences of a document say of its signs. ``displays``: the text of its headings and displays."""
    sentences = list(told)
    words = "\n".join([displays, *(sentence.text for sentence in sentences)])
    letters = {letter: _letter(letter, function, sentences, words) for letter, function in APPLIED.items()}
    return Signs(letters, _log(sentences), _norm(sentences))


def _letter(letter: str, function: str, sentences: list[Told], words: str) -> Meaning:
    """What a letter before a parenthesis is, by the sentences that have it in a formula; by the whole text else."""
    about = [
        each
        for each in sentences
        for formula in each.formulas
        if (match := _ALONE.fullmatch(" ".join(formula.split()))) is not None and match["letter"] == letter
    ]
    confirmed = re.search(_CONFIRMED[function], words, re.I) is not None
    others = {
        name: each.line
        for each in about
        for name, pattern in _INSTEAD.items()
        if letter == "sigma" and name != function and re.search(pattern, each.text, re.I)
    }
    if len(others) == 1 and not any(re.search(_CONFIRMED[function], each.text, re.I) for each in about):
        return Meaning(instead=min(others))
    way = f"and \\{letter} is read as {function} unless it is defined"
    if others:
        return Meaning(refused=f"line {min(others.values())} says of \\{letter} what can be read in two ways, {way}")
    if confirmed:
        return Meaning()
    if about:
        return Meaning(refused=f"line {about[0].line} speaks of \\{letter} in words that are not understood, {way}")
    named = [name for name, pattern in _INSTEAD.items() if name != function and re.search(pattern, words, re.I)]
    if named and letter == "sigma":
        return Meaning(refused=f"the text speaks of {named[0]}, {way}")
    return Meaning(doubt=f"nothing says what the function \\{letter} is, which is read as {function}")


def _log(sentences: list[Told]) -> Meaning:
    found = {
        base: each.line
        for each in sentences
        if _ANY_LOG.search(each.text)
        for base, pattern in _LOGS.items()
        if pattern.search(each.text)
    }
    if len(found) > 1 and found.keys() != {"e"}:
        return Meaning(
            refused=f"the base of log is said in lines {' and '.join(map(str, sorted(found.values())))}", hint=_LOG_HINT
        )
    base = next(iter(found), "e")
    return Meaning() if base == "e" else Meaning(instead=base)


def _norm(sentences: list[Told]) -> Meaning:
    found: dict[str, int] = {}
    for each in sentences:
        if any(_DOTTED.search(formula) for formula in each.formulas):
            kinds = [kind for kind, pattern in _NORMS.items() if pattern.search(each.text)]
            found.update(dict.fromkeys(kinds or ["unsaid"], each.line))
    if found.keys() - {""} <= {"2"} or found.keys() - {""} <= {"F"}:
        found.pop("", None)  # the Euclidean norm of vectors is both
    if not found:
        return Meaning()
    if found.keys() == {"unsaid"}:
        return Meaning(doubt=f"line {found['unsaid']} speaks of a norm, and it is not understood of which")
    if len(found) > 1 or "?" in found or "unsaid" in found:
        lines = " and ".join(map(str, sorted({*found.values()})))
        return Meaning(
            refused=f"what the norm without an index is, is said in line {lines}, and not understood", hint=_NORM_HINT
        )
    return Meaning(instead=next(iter(found)))


def _is_bare_norm(part: Node) -> bool:
    return isinstance(part, Bars) and part.kind == "||" and not part.sub


def _below(sign: str, part: Node) -> Node:
    if sign.isdigit():
        return Number(sign, span=part.span)
    return Letter(sign.lstrip("\\"), span=part.span)
