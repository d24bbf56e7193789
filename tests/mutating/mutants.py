"""Wrong claims: slips in a rule, slips of the pen, other functions; drawn by kind from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

import sympy
from mutating.formulas import Tree, Unreadable, differ, read, text_of
from mutating.rules import Slip, derive, slips
from mutating.sources import Source, pool

FACTORS: tuple[tuple[str, Tree], ...] = (
    ("2", sympy.Integer(2)), ("1/2", sympy.Rational(1, 2)), ("1/3", sympy.Rational(1, 3)), ("5", sympy.Integer(5)),
    ("ln 10", sympy.log(10)), ("1/ln 10", 1 / sympy.log(10)), ("pi/180", sympy.pi / 180), ("180/pi", 180 / sympy.pi),
)  # fmt: skip
CONFUSED = (
    (sympy.sin, sympy.cos),
    (sympy.cos, sympy.sin),
    (sympy.sinh, sympy.cosh),
    (sympy.cosh, sympy.sinh),
    (sympy.tanh, sympy.tan),
)


def pen_slips(source: Source, right: Tree) -> Iterator[Slip]:
    """Slips that look at the derivative alone: signs, factors, terms, exponents, functions, variables."""
    yield Slip("sign", "minus the derivative", -right)
    yield from (Slip("factor", f"{name} too much", right * factor) for name, factor in FACTORS)
    expanded = right if right.is_Add else sympy.expand_mul(right)
    if expanded.is_Add and len(expanded.args) <= 8:
        for k, term in enumerate(expanded.args):
            rest = sympy.Add(*expanded.args[:k], *expanded.args[k + 1 :])
            yield Slip("missing term", text_of(term), rest)
            yield Slip("doubled term", text_of(term), rest + 2 * term)
            yield Slip("term sign", text_of(term), rest - term)
    for power in sorted(right.atoms(sympy.Pow), key=str):
        if power.exp.is_Rational and power.base.has(source.x):
            for shift in (1, -1):
                moved = power.base ** (power.exp + shift)
                yield Slip("exponent", f"{text_of(power)} by {shift}", right.xreplace({power: moved}))
    for was, becomes in CONFUSED:
        for call in sorted(right.atoms(was), key=str):
            yield Slip(
                "function", f"{becomes.__name__} for {text_of(call)}", right.xreplace({call: becomes(*call.args)})
            )
    for other in sorted(source.tree.free_symbols - {source.x}, key=str):
        yield Slip("wrong variable", str(other), derive(source.tree, other))


@dataclass(frozen=True, eq=False)
class Mutant:
    """A claim that is wrong, by a known mistake; or right, where the kind is "none"."""

    kind: str
    what: str
    function: str
    name: str
    claim: str
    right: Tree
    points: tuple[Mapping[str, float], ...]


def rewritten(source: Source) -> Iterator[Mutant]:
    """Other functions than the source's with the source's own derivative: another logarithm, degrees."""
    made = derive(source.tree, source.x)
    for function, text in (("log10", "as if ln"), ("log2", "as if ln")):
        if re.search(r"\blog\(", source.text):
            changed = re.sub(r"\blog\(", f"{function}(", source.text)
            yield _mutant("log base", text, changed, source, made)
    trigonometric = source.tree.atoms(sympy.sin, sympy.cos, sympy.tan)
    held = source.tree.xreplace({t: sympy.Dummy(real=True) for t in trigonometric})
    if trigonometric and not held.has(source.x):
        name = source.name
        turned = re.sub(rf"(?<![\w.]){name}(?!\w)", f"(pi*{name}/180)", source.text)
        yield _mutant(
            "degrees", "inner factor pi/180 missing", turned, source, made.subs(source.x, sympy.pi * source.x / 180)
        )


def _mutant(kind: str, what: str, function: str, source: Source, wrong: Tree) -> Mutant:
    return Mutant(kind, what, function, source.name, text_of(wrong), derive(read(function), source.x), source.points)


KINDS = (
    "sign", "factor", "chain rule", "missing term", "doubled term", "term sign", "product rule", "quotient rule", "wrong variable",
    "wrong branch", "exponent", "log base", "function", "degrees",
)  # fmt: skip


def mutants(count: int, seed: int) -> list[Mutant]:
    """So many wrong claims, the kinds in turn, each really different from the truth; the same for the same seed."""
    generator = random.Random(seed)  # noqa: S311
    drawn = _drawn(generator)
    by_kind = {kind: iter(drawn(kind)) for kind in KINDS}
    found: list[Mutant] = []
    while len(found) < count and by_kind:
        for kind in list(by_kind):
            one = next(by_kind[kind], None)
            if one is None:
                del by_kind[kind]
            elif len(found) < count:
                found.append(one)
    return found


def _drawn(generator: random.Random) -> Callable[[str], Iterator[Mutant]]:
    """Wrong claims of a kind, each from another function, the functions in random order."""

    def of_kind(kind: str) -> Iterator[Mutant]:
        order = list(pool())
        generator.shuffle(order)
        for source in order:
            candidates = [m for m in all_of(source) if m.kind == kind]
            generator.shuffle(candidates)
            yield from islice(filter(_wrong, candidates), 1)

    return of_kind


@cache
def all_of(source: Source) -> tuple[Mutant, ...]:
    """Every claim with a slip that a function gives."""
    right = derive(source.tree, source.x)
    found = [*slips(source.tree, source.x), *pen_slips(source, right)]
    made = [_mutant(s.kind, s.what, source.text, source, s.tree) for s in found] + list(rewritten(source))
    return tuple(m for m in made if len(m.claim) <= 400)


def _wrong(mutant: Mutant) -> bool:
    """Is it really another formula than the derivative?"""
    try:
        return differ(read(mutant.claim), mutant.right, mutant.points) is True
    except Unreadable:
        return False


def right_claims(count: int, seed: int) -> list[Mutant]:
    """Derivatives as they are."""
    order = list(pool())
    random.Random(seed).shuffle(order)  # noqa: S311
    return [_mutant("none", "", s.text, s, derive(s.tree, s.x)) for s in order[:count]]
