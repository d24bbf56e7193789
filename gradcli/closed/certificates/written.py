"""A certificate: what a small program replays of a proof for all sizes.

It holds the claim, the multiples of relations that add up to the difference of derivative and claim, and definitions
of the generators in them. ``tests/replay_certificate.py`` replays it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from itertools import count
from keyword import iskeyword
from typing import Any

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed import indexed
from gradcli.closed.certificates.generators import Generators
from gradcli.closed.certificates.steps import Multiple, Relation, Search, symmetric_by
from gradcli.closed.indexed import Indexed
from gradcli.closed.normal import collected
from gradcli.closed.sizes import letter
from gradcli.closed.terms import Index, Kind, Port, Sum, Term, current, fresh, scaled, table
from gradcli.language.nodes import stand_ins
from gradcli.language.parse import Expression, parse
from gradcli.meaning.program import compile_tree, run
from gradcli.operations.shape_rules import ShapeMismatch

Shapes = Mapping[str, tuple[str | int, ...]]
WORDS = {
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "beta", "cos", "cosh", "det", "diag", "digamma", "dot",
    "einsum", "erf", "erfc", "exp", "eye", "gamma", "inv", "lambertw", "lgamma", "log", "log1p", "logdet", "logsumexp",
    "mean", "norm", "ones", "outer", "sigmoid", "sin", "sinh", "softmax", "softplus", "sqrt", "square", "sum", "tan",
    "tanh", "trace",
}  # fmt: skip  # that the program which replays a certificate knows
_CALL = re.compile(r"([\w.]*?)(\w+)(?=\s*\()")
_OPTION = re.compile(r"[(,]\s*(?!(?:axis|dim|keepdims?)\s*=\s*(?:-?\d|True|False)\s*[,)])\w+\s*=(?!=)")  # any other
_SECOND = re.compile(r"\b(?:norm|eye)\s*\((?:[^(),]|\([^()]*\))*,")  # other norms, and what is not square
_SPELLED = re.compile(r"\[\s*:\s*,\s*None\s*\]|'[\w\s,>-]*'|\"[\w\s,>-]*\"")  # a new axis, an einsum
_PLAIN = re.compile(r"[\w\s.,;=()+*/@-]*")
ORDERS = ((False, False), (False, True), (True, False), (True, True))
Json = Any  # what json writes: nested lists, mappings, numbers and texts


def certificate(
    function: str,
    claim: str,
    kind: str,
    wrt: Sequence[str],
    shapes: Shapes,
    premises: Sequence[str] = (),
    bound: Collection[str] = (),
) -> dict[str, Json]:
    """The certificate of a claim that is true, as JSON.

    shapes, premises, bound: as in ``closed.proof.prove``; premises that are no equations are not used
    Errors: LimitError with the reason where none is found.
    """
    letters = list(dict.fromkeys(size for shape in shapes.values() for size in shape if isinstance(size, str)))
    sizes = stand_ins(letters)
    equations = [text.replace(" ", "") for text in premises if "==" in text and text.count("=") == 2]
    for text in (function, claim, *equations):
        _admitted(text, shapes.keys())
    try:
        texts = [function, claim, *(side for text in equations for side in text.split("=="))]
        parsed = [parse(text, sizes=sizes, bound=bound) for text in texts]
        names = {name: () for side in parsed for name in side.names if name not in letters}
        with table():
            found = _Certificate(names | dict(shapes), letters)
            made = found.made(parsed, kind, wrt)
    except (ExpressionError, ShapeMismatch) as error:
        raise LimitError(f"it is not read for all sizes: {error}", kind="unchecked") from None
    except RecursionError:
        raise LimitError("it is nested too deeply for index form", kind="unchecked") from None
    said = {"function": function, "claim": claim, "kind": kind, "wrt": list(wrt), "premises": equations}
    return said | {"shapes": {name: list(shape) for name, shape in found.shapes.items()}} | made


def _admitted(text: str, names: Collection[str]) -> None:
    """Errors: LimitError for what the program that replays a certificate does not read."""
    methods = [f"{name}{end}." for name in {*names} - {"np"} for end in ("", ".T")]  # X.T.dot(y), say
    calls = [name for of, name in _CALL.findall(text) if name not in WORDS or of not in {"", "np.", ".", *methods}]
    rest = _SPELLED.sub("", text)
    keywords = {word for word in re.findall(r"\w+", rest) if iskeyword(word)} - {"True", "False"}
    if calls or keywords or _OPTION.search(text) or _SECOND.search(text) or not _PLAIN.fullmatch(rest):
        raise LimitError(f"certificates do not speak of {(*calls, 'such a formula')[0]}", kind="unchecked")


class _Certificate:
    def __init__(self, shapes: Shapes, letters: Sequence[str]) -> None:
        self.shapes, self.generators = shapes, Generators()
        current().power = self.generators.power
        extents = {name: tuple(letter(n) if isinstance(n, str) else n for n in shape) for name, shape in shapes.items()}
        self.values = {name: indexed.tensor(name, shape) for name, shape in extents.items()}
        self.values |= {name: indexed.lift(letter(name)) for name in letters}

    def made(self, parsed: Sequence[Expression], kind: str, wrt: Sequence[str]) -> dict[str, Json]:
        function, claim, *sides = (self._read(one) for one in parsed)
        if kind in {"grad", "hessian"} and not any(function.axes):
            function = Indexed((), function.terms)
        for name in wrt:
            function = self._differentiated(function, name)
        if [*map(bool, function.axes)] != [*map(bool, claim.axes)]:
            raise LimitError("the claim has another shape than the derivative", kind="unchecked")
        names: dict[Port, Port] = {}
        for one, other in zip(function.axes, claim.axes, strict=True):
            names |= indexed.unified(one, other)
        claimed = [fresh(term, names) for term in claim.terms]
        free = function.free
        premises = [self._premise(n, *pair) for n, pair in enumerate(zip(sides[::2], sides[1::2], strict=True))]
        used = [relation for relation in premises if relation is not None]
        steps = self._steps(used, free, function.terms + scaled(claimed, -1))
        return _Writing(free).everything(self.generators, steps)

    def _read(self, one: Expression) -> Indexed:
        return indexed.lift(run(compile_tree(one.tree), self.generators, self.values))

    def _steps(self, premises: Sequence[Relation], free: Sequence[Index], terms: Sum) -> list[Multiple]:
        """Errors: LimitError where no order of the terms beside inverses leads to any."""
        *orders, final = ORDERS
        for last in orders:
            with suppress(LimitError):
                return self._search(premises, free, terms, last)
        return self._search(premises, free, terms, final)

    def _search(
        self, premises: Sequence[Relation], free: Sequence[Index], terms: Sum, last: tuple[bool, bool]
    ) -> list[Multiple]:
        """Errors: LimitError."""
        try:
            return Search(self.generators, premises, free, terms, last).run()
        except LimitError:
            lemmas = symmetric_by(premises, self.generators, last)
            if not lemmas:
                raise
        return Search(self.generators, premises, free, terms, last, lemmas=lemmas).run()

    def _differentiated(self, array: Indexed, name: str) -> Indexed:
        axes = indexed.indices(self.values[name].shape)
        at = [index for axis in axes for index in axis]
        terms = self.generators.derivative(collected(array.terms, array.free), name, at)
        return Indexed((*array.axes, *axes), terms)

    def _premise(self, n: int, one: Indexed, other: Indexed) -> Relation | None:
        difference = one - other
        terms = collected(difference.terms, difference.free)
        return Relation("premise", (str(n),), tuple(difference.free), terms, terms[0]) if terms else None


class _Writing:
    """Terms as lists, with names for their indices."""

    def __init__(self, free: Sequence[Index]) -> None:
        self.free: dict[Port, str] = {index: f"i{n}" for n, index in enumerate(free)}

    def everything(self, generators: Generators, steps: Sequence[Multiple]) -> dict[str, Json]:
        defined = []
        for one, known in generators.known.items():
            names: dict[Port, str] = {index: f"p{n}" for n, index in enumerate(known.free)}
            terms = sorted(known.terms, key=lambda term: any(a.kind is Kind.DELTA for a, _ in term.factors))
            defined.append([one.name, known.kind, " ".join(names.values()), self._sum(terms, names)])
        return {
            "free": " ".join(self.free.values()),
            "generators": _used(defined, listed := [self._step(step) for step in steps]),
            "steps": listed,
        }

    def _step(self, step: Multiple) -> Json:
        names = dict(self.free)
        front = self._term(step.front, names, count())
        ports = [names.setdefault(port, f"q{n}") for n, port in enumerate(step.ports)]
        first, *_ = step.relation.names
        listed = [int(first)] if step.relation.kind == "premise" else list(step.relation.names)
        return [step.relation.kind, listed, " ".join(ports), front]

    def _sum(self, terms: Sum, names: Mapping[Port, str]) -> Json:
        numbers = count()
        return [self._term(term, dict(names), numbers) for term in terms]

    def _term(self, term: Term, names: dict[Port, str], numbers: count[int]) -> Json:
        out: list[Json] = [str(term.coefficient)]
        for (one, ports), exponent in term.factors.items():
            for port in ports:
                if not isinstance(port, Index) or not re.fullmatch(r"\w+", str(port.size)):
                    raise LimitError("an entry of an array, or an axis of a product of sizes", kind="unchecked")
                if port not in names:
                    names[port] = f"b{next(numbers)}"
            name = one.name or "$delta"
            out.append([name, " ".join(names[port] for port in ports), str(exponent)])
        return out


def _used(defined: Sequence[Json], steps: Json) -> list[Json]:
    """The definitions of the generators that stand in steps, and in definitions of these."""
    text, out = json.dumps(steps), []
    for one in reversed(defined):  # a later one is made of earlier ones
        if f'"{one[0]}"' in text:
            out.append(one)
            text += json.dumps(one[3])
    return out[::-1]
