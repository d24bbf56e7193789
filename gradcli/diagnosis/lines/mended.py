"""The line as it should read: the smallest change of the wrong line that makes it right, in the words of its writer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from itertools import chain

import sympy

from gradcli.base.errors import ExpressionError, GradcliError, LimitError, Span
from gradcli.base.precision import precision
from gradcli.claims.points import try_claim
from gradcli.claims.statement import Statement, statements_of
from gradcli.closed.notation.rewriting.engine import simplified
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Maker, always
from gradcli.diagnosis.diagnose import FORGIVEN
from gradcli.diagnosis.lines.between import Cause
from gradcli.inputs.request import Trying
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write, write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.symbolic_size import SIMPLIFY
from gradcli.reference.work import BITS

ENOUGH = 8  # right changes among which the nearest is chosen
MOST_SOLVED = 24  # parts of a line for which it is worked out what they would have to be
MAX_LENGTH = 400  # characters, as other suggestions
_TOKENS = re.compile(r"[\w.]+|\*\*|\S")


@dataclass(frozen=True, slots=True)
class Mended:
    """The line as it should read, and where the wrong one differs from it."""

    text: str
    span: Span


def mended(above: str, line: str, options: Trying, names: Sequence[str], cause: Cause | None) -> Mended | None:
    """The right line that is nearest to the wrong one; None where there is none that is short.

    above: a right line, or the function's open derivative. Errors: as ``check`` for what cannot be read.
    """
    asked = replace(options, kind="value", layout=None, vec=False, symmetric=None, others=tuple(names))
    sample = try_claim(statements_of(above, line, None, asked), options.seed, round_=8, irregular=4)
    if not sample.points:
        return None
    found: list[str] = []
    with precision(BITS[0]), suppress(LimitError, ExpressionError), symbolic.failures():
        found += _Mending(Case(sample)).texts(cause)
    nearest = min((text for text in found if len(text) <= MAX_LENGTH), key=partial(distance, line), default=None)
    return None if nearest is None else Mended(nearest, differing(line, nearest))


def distance(line: str, other: str) -> tuple[int, int]:
    """How many signs and names are other ones; the shorter one first."""
    one, two = _TOKENS.findall(line), _TOKENS.findall(other)
    same = sum(block.size for block in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks())
    return len(one) + len(two) - 2 * same, len(other)


def differing(line: str, other: str) -> Span:
    """The part of a line in which it differs from another one; the sign before where something is missing."""
    one, two = list(_TOKENS.finditer(line)), _TOKENS.findall(other)
    matcher = SequenceMatcher(None, [token[0] for token in one], two, autojunk=False)
    places = [(a, b) for kind, a, b, _, _ in matcher.get_opcodes() if kind != "equal"]
    if not places or not one:
        return Span(0, len(line))
    first, last = min(a for a, _ in places), max(b for _, b in places)
    first = min(first, len(one) - 1)
    return Span(one[first].start(), one[max(first, last - 1)].end())


class _Mending:
    """Changes of the claim, which is the wrong line, that have the values of the function, which is a right one."""

    def __init__(self, case: Case) -> None:
        self.case, self.first = case, case.first
        self.line = self.first.claim
        self.found: list[str] = []

    def texts(self, cause: Cause | None) -> list[str]:
        """Right lines, each one change away; at the end the line above in short."""
        roads = (self._by_cause(cause), self._by_corrections(), self._by_factors(), self._exchanged(), self._solved())
        with suppress(LimitError):
            for make, path in chain(*roads):
                if len(self.found) >= ENOUGH:
                    break
                with suppress(*FORGIVEN, GradcliError):
                    self._keep(make, path)
        with suppress(GradcliError, *FORGIVEN):
            short = simplified(self.first.function.tree, self.first.axes)
            tree = parse(write(short), bound=self._names, sizes=self.first.sizes)
            if self.case.right(lambda statement: at_sizes(tree, statement.sizes, bound=self._names).tree):
                self.found.append(write(short))
        return self.found

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.first.axes)

    def _keep(self, make: Maker, path: corrections.Path) -> None:
        if self.case.right(make) and self.case.holds_up(make) and self.case.exact(make):
            text = spliced(self.line, path, make(self.first), self.first)
            self.found += [] if text in self.found else [text]

    def _by_cause(self, cause: Cause | None) -> Iterator[tuple[Maker, corrections.Path]]:
        """What is right in the place of what was made wrong."""
        if cause is None or cause.new is None or cause.due is None:
            return
        for path, part in corrections.places(self.line.tree):
            if part == cause.new:
                yield partial(_put, path=path, new=cause.due), path

    def _by_corrections(self) -> Iterator[tuple[Maker, corrections.Path]]:
        symbols = [nodes.symbol(name) for name in self.first.shapes]
        for change in corrections.corrections(self.line.tree, self.case.text, symbols, self.case.flat):
            if len(change.paths) == 1 and not corrections.in_condition(self.line.tree, change.paths[0]):
                yield partial(_corrected, change=change), change.paths[0]

    def _by_factors(self) -> Iterator[tuple[Maker, corrections.Path]]:
        """A factor more, at any part."""
        for path, part in self._places():
            for factor in self._pool():
                yield partial(_changed, path=path, change=partial(corrections.times, factor)), path
                yield partial(_changed, path=path, change=partial(corrections.over, divisor=factor)), path
            for number in (sympy.Integer(2), sympy.Rational(1, 2), sympy.Integer(-1)) if not part.is_Number else ():
                yield partial(_changed, path=path, change=partial(corrections.times, number)), path

    def _exchanged(self) -> Iterator[tuple[Maker, corrections.Path]]:
        """Another part in the place of one; a term more."""
        for path, part in self._places():
            for other in self._pool():
                if other != part:
                    yield partial(_put, path=path, new=other), path
        terms = [term for term in self._parts() if not term.is_Number]
        for path, part in self._places():
            for term in terms if isinstance(part, sympy.Add) or not path else ():
                for signed in (term, corrections.minus(term)):
                    yield partial(_changed, path=path, change=partial(_plus, term=signed)), path

    def _places(self) -> Iterator[tuple[corrections.Path, Tree]]:
        for path, part in corrections.places(self.line.tree):
            if not nodes.is_condition(part) and not corrections.in_condition(self.line.tree, path):
                yield path, part

    def _pool(self) -> list[Tree]:
        """Names and other parts of both lines, no numbers, the small ones first."""
        parts = [part for part in self._parts() if not part.is_Number]
        return sorted(parts, key=lambda part: sum(1 for _ in corrections.places(part)))[:40]

    def _parts(self) -> list[Tree]:
        trees = (self.first.function.tree, self.line.tree)
        found = dict.fromkeys(
            part for tree in trees for path, part in corrections.places(tree) if path and not nodes.is_condition(part)
        )
        terms = [term for tree in trees for term in nodes.terms_of(tree, sympy.Add)]
        return list(dict.fromkeys([*found, *terms]))

    # -- scalars: what a part would have to be

    def _solved(self) -> Iterator[tuple[Maker, corrections.Path]]:
        if not self.case.scalar:
            return
        due, held = self.case.exploded, nodes.symbol(nodes.Inner("held"))
        for path, part in list(self._places())[:MOST_SOLVED]:
            if path and due is not None:
                with suppress(*FORGIVEN, GradcliError):
                    opened = corrections.put(self.line.tree, path, held)
                    for needed in _needed(self._exploded(opened), due, held):
                        if needed != part and not needed.has(held):
                            tree = parse(write_formula(needed), bound=self._names).tree
                            yield partial(always, tree=corrections.put(self.line.tree, path, tree)), path

    def _exploded(self, tree: Tree) -> Tree:
        from gradcli.meaning.program import compile_tree, run

        made = compile_tree(tree)
        point = {name: symbolic.entries_of(name, ()) for name in made.names}
        return run(made, symbolic.Symbolic(ideal=True), point)[()]


def _needed(line: Tree, due: Tree, held: Tree) -> Iterator[Tree]:
    """What ``held`` has to be in order that the line is right, where it stands linearly in the line or under a bar."""
    for left, right in ((line, due), (1 / line, 1 / due)):
        at_zero = left.subs(held, 0)
        slope = sympy.together(left.diff(held))
        if slope.has(held) or slope == 0 or not at_zero.is_finite is not False:
            slope = sympy.cancel(slope) if not SIMPLIFY.refusal(slope) else slope
        if slope == 0 or slope.has(held):
            continue
        needed = (right - at_zero) / slope
        if SIMPLIFY.refusal(needed):
            continue
        yield sympy.cancel(sympy.together(needed))
        return


def _plus(tree: Tree, term: Tree) -> Tree:
    return nodes.add(*nodes.terms_of(tree, sympy.Add), term)


def _put(statement: Statement, path: corrections.Path, new: Tree) -> Tree:
    return corrections.put(statement.claim.tree, path, new)


def _changed(statement: Statement, path: corrections.Path, change: corrections.Change) -> Tree:
    tree = statement.claim.tree
    return corrections.put(tree, path, change(corrections.at(tree, path)))


def _corrected(statement: Statement, change: corrections.Correction) -> Tree:
    return change.apply(statement.claim.tree)


def spliced(line: Expression, path: corrections.Path, tree: Tree, statement: Statement) -> str:
    """The text of a corrected line: the writer's own, with one part in other words; else the whole in ours."""
    whole = write(tree)
    while path:
        old, new = corrections.at(line.tree, path), corrections.at(tree, path)
        span = line.spans.get(old)
        if span is not None:
            for text in (write(new), f"({write(new)})"):
                made = line.source[: span.start] + text + line.source[span.stop :]
                with suppress(GradcliError):
                    if parse(made, bound=tuple(statement.axes), sizes=statement.sizes).tree == tree:
                        return made
        path = path[:-1]
    return whole
