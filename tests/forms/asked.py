"""What the corpora ask a closed form of: each function once for each variable and kind, with the form a person wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proofs.corpora import KINDS, PREMISES, Entry, corpus, entries

from gradcli.closed.notation.question import numbers_of
from gradcli.language.parse import Expression, parse, parse_condition

Shapes = Mapping[str, tuple[str | int, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A derivative: a function, its kind, the variable, shapes of letters or numbers; the person's form, "" if none.

    times: how often the gradient is taken
    """

    corpus: str
    name: str
    function: str
    kind: str
    wrt: str
    shapes: Shapes
    where: tuple[str, ...] = ()
    human: str = ""
    times: int = 1

    @property
    def order(self) -> int:
        return 2 if self.kind == "hessian" else self.times

    @property
    def expression(self) -> Expression:
        return parse(self.function, bound=[*self.shapes, self.wrt], sizes=numbers_of(self.shapes))

    @property
    def conditions(self) -> list[Expression]:
        return [parse_condition(text, sizes=numbers_of(self.shapes)) for text in self.where]


def asked(name: str) -> list[Asked]:
    """Each derivative of the corpus once, with the shortest of the forms that are known for it."""
    found: dict[tuple[object, ...], Asked] = {}
    for one in _READ[name](name):
        key = one.function, one.kind, one.wrt, tuple(one.shapes.items())
        known = found.get(key)
        if known is None or (one.human and (not known.human or width(one.human) < width(known.human))):
            found[key] = one
    return list(found.values())


def width(text: str) -> int:
    """How long a formula is: blanks do not count."""
    return len("".join(text.split()))


def _matrices(name: str) -> Iterator[Asked]:
    for e in entries(name):
        shapes = {letter: tuple(shape) for letter, shape in e["shapes"].items()}
        human = e["claim"] if e["true"] else ""
        where = PREMISES.get(e.get("assume"), ())
        yield Asked(name, e["id"], e["expr"], KINDS[e["kind"]], e["wrt"], shapes, where, human)


def _people(name: str) -> Iterator[Asked]:
    answers = {e["id"]: e["answer"] for e in entries(name)}
    for claim in corpus(name):
        options, answer = claim.options, answers[claim.name]
        shapes = {
            n: tuple(int(s) if s.isdigit() else s for s in text.split(",") if s) for n, text in options["shape"].items()
        }
        named = (
            answer if isinstance(answer, dict) else {_variable(claim.function, claim.claim, options, shapes): answer}
        )
        for wrt, human in named.items():
            kind = options["kind"] or "grad"
            yield Asked(name, claim.name, claim.function, kind, wrt, shapes, options["where"], human or "")


def _variable(function: str, claim: object, options: Entry, shapes: Shapes) -> str:
    """The variable that is named; else the only one."""
    if options["wrt"]:
        return str(options["wrt"])
    if isinstance(claim, dict):
        return next(iter(claim))
    names = parse(function, sizes=numbers_of(shapes)).names
    return next(iter(names))


_READ = {"matrix": _matrices, "people": _people}
CORPORA = tuple(_READ)
