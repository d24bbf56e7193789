"""Wrong claims made of right ones: one slip of the pen in the text of a true claim.

Each is a text that reads, has the derivative's shape, and certainly differs from it in balls at a point of the domain.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise

from proofs.corpora import CORPORA, corpus

from gradcli.base.errors import GradcliError
from gradcli.claims.comparison import compare
from gradcli.claims.points import Points
from gradcli.claims.statement import Statement, statements_of
from gradcli.inputs.request import Trying, lettered_shapes
from gradcli.language.tokens import Token, tokenize
from gradcli.meaning.program import compile_tree

TRIED = 3  # points at which a slip is looked for
OTHERS = (
    ("sin", "cos"), ("exp", "log"), ("sinh", "cosh"), ("tan", "tanh"), ("sum", "mean"), ("trace", "sum"), ("det", "trace"),
    ("log", "sqrt"), ("inv", "exp"), ("norm", "sum"), ("softmax", "sigmoid"), ("diag", "sum"), ("outer", "kron"),
    ("digamma", "lgamma"), ("abs", "sign"), ("sqrt", "abs"), ("sigmoid", "softplus"), ("asin", "acos"),
)  # fmt: skip
SWAPPED = {a: b for pair in OTHERS for a, b in (pair, pair[::-1])} | dict(OTHERS)
SIGNS = {"+": "-", "-": "+"}
OPERATORS = {"*": "/", "/": "*", "@": "*"}
OPERANDS = {"name", "number", "transpose"}  # what may stand before a sign between two terms


@dataclass(frozen=True, slots=True)
class Truth:
    """A true claim and how it is tried."""

    name: str
    function: str
    claim: str
    wrt: str | None
    options: Trying

    def statements(self, claim: str) -> list[Statement]:
        return list(statements_of(self.function, claim, self.wrt, self.options))


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong claim, and the statement of it that certainly is wrong."""

    kind: str
    truth: Truth
    claim: str
    statement: Statement

    def __str__(self) -> str:
        return f"{self.truth.name}, {self.kind}: {self.truth.function} | {self.claim}"


@cache
def truths() -> tuple[Truth, ...]:
    """The true claims of the corpora that gradcli reads."""
    found = []
    for one in (claim for name in CORPORA for claim in corpus(name) if claim.holds):
        options = one.options
        pairs = one.claim.items() if isinstance(one.claim, dict) else [(options["wrt"], one.claim)]
        trying = Trying(options["kind"], lettered_shapes(options.get("shape")), tuple(options.get("where", ())), {})
        for wrt, claim in pairs:
            truth = Truth(one.name, one.function, claim, wrt, trying)
            if not options.get("at") and _statements(truth, claim):
                found.append(truth)
    return tuple(found)


def slips(truth: Truth) -> Iterator[tuple[str, str]]:
    """A kind and a text for each slip of the pen."""
    text = truth.claim
    tokens = [token for token in tokenize(text) if token.kind != "end"]
    body = text.rpartition(";")[2]  # what comes before are definitions
    head = text[: len(text) - len(body)]
    yield from ((kind, head + form.format(body)) for kind, form in (
        ("sign", "-({})"), ("factor", "2*({})"), ("factor", "({})/2"), ("factor", "1.000001*({})"), ("factor", "3/2*({})"),
        ("off by one", "({}) + 1"), ("transpose", "({}).T"), ("exponent", "({})**2"),
    ))  # fmt: skip
    for slip in (_numbers, _operators, _names, _terms):
        yield from slip(truth, text, tokens)


def _numbers(truth: Truth, text: str, tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind == "number":
            kind = "exponent" if before is not None and before.text in {"**", "^"} else "off by one"
            yield kind, _put(text, token, f"({token.text}+1)")
            yield kind, _put(text, token, f"({token.text}-1)")


def _operators(truth: Truth, text: str, tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    for token in tokens:
        if token.text in SIGNS:
            yield "sign", _put(text, token, SIGNS[token.text])
        elif token.text in OPERATORS:
            yield "operator", _put(text, token, OPERATORS[token.text])
    for dot, name in pairwise(tokens):
        if (dot.text, name.text) == (".", "T"):
            yield "transpose", text[: dot.span.start] + text[name.span.stop :]
        if name.kind == "transpose":
            yield "transpose", _put(text, name, "")


def _names(truth: Truth, text: str, tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    shapes = truth.options.shapes
    known = {*truth.statements(truth.claim)[0].function.names}
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind != "name" or (before is not None and before.text == "."):
            continue
        if token.text in SWAPPED and token.text not in known:
            yield "function", _put(text, token, SWAPPED[token.text])
        if token.text in known:
            for other in sorted(known - {token.text}):
                if shapes.get(other) == shapes.get(token.text):
                    yield "swapped names", _put(text, token, other)
            if len(shapes.get(token.text, ())) == 2:
                yield "transpose", _put(text, token, f"{token.text}.T")
            yield "factor", _put(text, token, f"(2*{token.text})")


def _terms(truth: Truth, text: str, tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Each term after a plus or a minus left out."""
    for k, sign in enumerate(tokens):
        between = k > 0 and (tokens[k - 1].kind in OPERANDS or tokens[k - 1].text in {")", "]"})
        if sign.text not in SIGNS or not between:
            continue
        depth, end = 0, len(text)
        for token in tokens[k + 1 :]:
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
            if depth < 0 or (depth == 0 and token.text in {"+", "-", ",", ";", "<", ">"}):
                end = token.span.start
                break
        yield "dropped term", text[: sign.span.start] + text[end:]


def _put(text: str, token: Token, other: str) -> str:
    return text[: token.span.start] + other + text[token.span.stop :]


def wrong(truth: Truth, kind: str, claim: str) -> Mutant | None:
    """The claim with the first statement that it is certainly no truth of; None where it is one, or nothing is told."""
    for statement in _statements(truth, claim):
        if statement.mismatch is not None or statement.claimed != statement.expected:
            return None
        program = compile_tree(statement.claim.tree)
        try:
            points = islice(Points(statement, seed=1).drawn(TRIED, 0), TRIED)
            gaps = (compare(point, program).gap for point in points)
            if any(gap is not None and not gap.undefined for gap in gaps):  # a size may be without values
                return Mutant(kind, truth, claim, statement)
        except GradcliError:
            return None
    return None


def _statements(truth: Truth, claim: str) -> list[Statement]:
    """None where the text does not read."""
    try:
        return truth.statements(claim)
    except GradcliError:
        return []


def mutants(seed: int) -> Iterator[Mutant]:
    """All of them, in a random order that is the same for the same seed."""
    generator = random.Random(seed)  # noqa: S311 - cases of a test
    everything = [(truth, kind, claim) for truth in truths() for kind, claim in dict.fromkeys(slips(truth))]
    generator.shuffle(everything)
    made: Callable[[tuple[Truth, str, str]], Mutant | None] = lambda slip: wrong(*slip)  # noqa: E731
    yield from filter(None, map(made, everything))
