"""The line as it should read: the smallest change of the wrong line that makes it right, in the words of its writer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from itertools import islice

import sympy

from gradcli.base.errors import ExpressionError, GradcliError, LimitError, Span
from gradcli.base.precision import precision
from gradcli.claims.points import try_claim
from gradcli.claims.statement import Statement, statements_of
from gradcli.closed.notation.rewriting.engine import simplified
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Maker, always
from gradcli.diagnosis.lines.between import Cause
from gradcli.diagnosis.lines.held import GIVEN_UP, agrees
from gradcli.diagnosis.lines.parts import as_written, is_negative, open_derivatives, product_of
from gradcli.inputs.request import Trying
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write, write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.symbolic_size import SIMPLIFY
from gradcli.reference.work import BITS

ENOUGH = 24  # right changes among which the nearest is chosen
MOST_SOLVED = 24  # parts of a line for which it is worked out what they would have to be
MAX_LENGTH = 400  # characters, as other suggestions
CLUMSY, ABSURD = 3, 9  # signs that a clumsy one counts as, and one that nobody would write
FAR = 6  # signs: a change of so many is hardly one of the line
_ODD = re.compile(
    r"[-+*/]\s*-|\b(\w+)\*\1\b(?!\*\*)|\)\*\*-|\b1\*|\*1\b|[-+] 0\b|\b0\*|\*0\b|\*\*\d+\)\*\*|(?<=[\w)])\*(?=\d)"
)
_ABSURD = re.compile(
    r"\b0\*|\*0\b|[-+] 0\b|\(0\b|(?<![\w.*])\d+/\d+\b(?!\*\*)|\(1/\w+\*|\be\*|\*e\b(?!\*\*)"
    r"|\d\*\w+/\d+\b|/(\w+)/\1\b(?!\*\*)|\b(\w+)\*\(.*\)/\2\b(?![(*])"
)
_SINGLE = re.compile(r"\w+(?:\(.*\))?")
_TOKENS = re.compile(r"[\w.]+|\*\*|\S")


@dataclass(frozen=True, slots=True)
class Mended:
    """The line as it should read, and where the wrong one differs from it."""

    text: str
    span: Span


def mended(
    above: str, line: str, options: Trying, names: Sequence[str], cause: Cause | None, due: str | None = None
) -> Mended | None:
    """The right line that is nearest to the wrong one; None where there is none that is short.

    above: a right line, or the function's open derivative; ``due``: a right line in other words, where one is known
    Errors: as ``check`` for what cannot be read.
    """
    asked = replace(options, kind="value", layout=None, vec=False, symmetric=None, others=tuple(names))
    sample = try_claim(statements_of(above, line, None, asked), options.seed, round_=8, irregular=4)
    if not sample.points:
        return None
    found = None
    with precision(BITS[0]), suppress(LimitError, ExpressionError), symbolic.failures():
        found = _Mending(Case(sample)).text(cause)
    if due is not None and (found is None or _is_better(due, found, line)):
        found = due
    return None if found is None else Mended(found, differing(line, found))


def _is_better(due: str, found: str, line: str) -> bool:
    """Is what is due better said in short than as a change of the line, which is odd or a long one?"""
    long = distance(line, found) >= FAR and len(_TOKENS.findall(due)) < len(_TOKENS.findall(found))
    return long or _absurd(line, found) > 0


def distance(line: str, other: str) -> int:
    """How many signs and names are other ones; what nobody writes by hand, ``x*-1``, counts as much more."""
    one, two = _TOKENS.findall(line), _TOKENS.findall(other)
    places = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    apart = sum(max(b - a, d - c) for kind, a, b, c, d in places if kind != "equal")
    return apart + CLUMSY * _clumsier(line, other) + ABSURD * _absurd(line, other)


def _absurd(line: str, other: str) -> int:
    """How many more zeros, odd fractions and the like there are, which make a line right and say nothing."""
    return max(sum(1 for _ in _ABSURD.finditer(other)) - sum(1 for _ in _ABSURD.finditer(line)), 0)


def _clumsier(line: str, other: str) -> int:
    """How many more signs there are that nobody writes by hand."""
    return max(len(_ODD.findall(other)) - len(_ODD.findall(line)), 0)


def differing(line: str, other: str) -> Span:
    """The part of a line in which it differs from another one; the sign before where something is missing."""
    one, two = list(_TOKENS.finditer(line)), _TOKENS.findall(other)
    matcher = SequenceMatcher(None, [token[0] for token in one], two, autojunk=False)
    places = [_place(a, b, two[c:d]) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"]
    if not places or not one:
        return Span(0, len(line))
    first = min(min(a for a, _ in places), len(one) - 1)
    last = max(b for _, b in places)
    return Span(one[first].start(), one[min(max(first, last - 1), len(one) - 1)].end())


def _place(a: int, b: int, new: Sequence[str]) -> tuple[int, int]:
    """Tokens that differ; where only something is missing the one that it belongs to: before a sign, else behind."""
    if a < b:
        return a, b
    return (max(a - 1, 0), a) if new and not (new[0][0].isalnum() or new[0] in "(-") else (a, a + 1)


class _Mending:
    """Changes of the claim, which is the wrong line, that have the values of the function, which is a right one."""

    def __init__(self, case: Case) -> None:
        self.case, self.first = case, case.first
        self.line = self.first.claim

    def text(self, cause: Cause | None) -> str | None:
        """The nearest right line: what the cause makes of it, else the nearest that is one change away, or the line
        above in short."""
        by_cause = self._nearest(list(self._right(self._by_cause(cause))))
        if by_cause is not None and not _clumsier(self.line.source, by_cause):
            return by_cause
        found, short = self._nearest(self._several()), self._short()
        if found is None or (short is not None and self._cost(short) < self._cost(found)):
            return short
        return found

    def _several(self) -> list[tuple[str, Maker]]:
        """Right lines that are one change away, up to one that differs in a single sign."""
        found: list[tuple[str, Maker]] = []
        for one in islice(self._right(self._roads()), ENOUGH):
            found.append(one)
            if distance(self.line.source, one[0]) <= 1:
                break
        return found

    def _nearest(self, found: list[tuple[str, Maker]]) -> str | None:
        """The text that is nearest to the line, of those that certainly are right; of two alike the first."""
        for text, make in sorted(found, key=lambda one: (distance(self.line.source, one[0]), len(one[0]))):
            with suppress(*GIVEN_UP):
                if len(text) <= MAX_LENGTH and self.case.holds_up(make) and self.case.exact(make):
                    return text
        return None

    def _cost(self, text: str) -> int:
        """What a reader has to take in: what is other, and half of the whole."""
        return 2 * distance(self.line.source, text) + len(_TOKENS.findall(text))

    def _roads(self) -> Iterator[tuple[Maker, corrections.Path]]:
        for road in (self._by_corrections, self._by_factors, self._exchanged, self._solved):
            with suppress(*GIVEN_UP):  # what one of them cannot do, the others may
                yield from road()

    def _right(self, candidates: Iterator[tuple[Maker, corrections.Path]]) -> Iterator[tuple[str, Maker]]:
        """The right ones as texts; none after the work is too much."""
        seen = set[str]()
        with suppress(LimitError):
            for make, path in candidates:
                if self.case.exhausted:
                    return
                with suppress(*GIVEN_UP):
                    if self._is_right(make):
                        text = spliced(self.line, path, make(self.first), self.first)
                        if text not in seen:
                            seen.add(text)
                            yield text, make

    def _is_right(self, make: Maker) -> bool:
        """Errors: LimitError where all work is done."""
        try:
            return agrees(self.case, make)
        except LimitError:
            if self.case.exhausted:
                raise
            return False

    def _short(self) -> str | None:
        """The line above, as short as it gets."""
        with suppress(*GIVEN_UP):
            text = write(simplified(self.first.function.tree, self.first.axes))
            tree = parse(text, bound=self._names, sizes=self.first.sizes)
            if any(open_derivatives(tree.tree)):
                return None
            if self.case.right(lambda statement: at_sizes(tree, statement.sizes, bound=self._names).tree):
                return text if len(text) <= MAX_LENGTH else None
        return None

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.first.axes)

    def _by_cause(self, cause: Cause | None) -> Iterator[tuple[Maker, corrections.Path]]:
        """What is right in the place of what was made wrong."""
        if cause is None or cause.new is None or cause.due is None or cause.due == cause.old:
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
        yield partial(_changed, path=(), change=_negated), ()
        for path, part in self._places():
            for factor in self._pool():
                yield partial(_changed, path=path, change=partial(_with_factor, factor=factor)), path
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
        return [part for part in dict.fromkeys([*found, *terms]) if not any(open_derivatives(part))]

    # -- scalars: what a part would have to be

    def _solved(self) -> Iterator[tuple[Maker, corrections.Path]]:
        if not self.case.scalar:
            return
        due, held = self.case.exploded, nodes.symbol(nodes.Inner("held"))
        for path, part in list(self._places())[:MOST_SOLVED]:
            if path and due is not None:
                with suppress(*GIVEN_UP):
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


def _negated(tree: Tree) -> Tree:
    return nodes.multiply(sympy.Integer(-1), *nodes.terms_of(tree, sympy.Mul))


def _with_factor(tree: Tree, factor: Tree) -> Tree:
    return nodes.multiply(*nodes.terms_of(tree, sympy.Mul), factor)


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
    longer = _appended(line, path, tree, statement)
    if longer is not None:
        return longer
    path = _deepest(line.tree, tree, path)
    while path:
        old, new = corrections.at(line.tree, path), corrections.at(tree, path)
        span, around = line.spans.get(old), corrections.at(tree, path[:-1])
        if span is not None and isinstance(around, sympy.Add):
            for made in _with_sign(line.source, span, new):
                with suppress(GradcliError):
                    if _same(parse(made, bound=tuple(statement.axes), sizes=statement.sizes).tree, tree):
                        return made
        if span is not None and not (is_negative(new) and isinstance(around, sympy.Add | sympy.Mul)):
            for made in _in_place(line.source, span, write(as_written(new))):
                with suppress(GradcliError):
                    if _same(parse(made, bound=tuple(statement.axes), sizes=statement.sizes).tree, tree):
                        return made
        path = path[:-1]
    return write(as_written(tree))


def _appended(line: Expression, path: corrections.Path, tree: Tree, statement: Statement) -> str | None:
    """The text with a term more at the end of a sum; None where that is not what is new."""
    old, new = corrections.at(line.tree, path), corrections.at(tree, path)
    terms = nodes.terms_of(old, sympy.Add)
    more = [part for term in nodes.terms_of(new, sympy.Add) for part in nodes.terms_of(term, sympy.Add)]
    span = line.spans.get(old) if path else Span(0, len(line.source))
    if len(more) != len(terms) + 1 or span is None or not all(term in more for term in terms):
        return None
    for term in terms:
        more.remove(term)
    sign, part = (" - ", corrections.minus(more[0])) if is_negative(more[0]) else (" + ", more[0])
    made = f"{line.source[: span.stop]}{sign}{write(as_written(part))}{line.source[span.stop :]}"
    with suppress(GradcliError):
        if _same(parse(made, bound=tuple(statement.axes), sizes=statement.sizes).tree, tree):
            return made
    return None


def _in_place(source: str, span: Span, text: str) -> Iterator[str]:
    """A part of a text in other words, without the parentheses that it had, with those, or with new ones."""
    before, after = source[: span.start], source[span.stop :]
    if before.endswith("(") and after.startswith(")") and _SINGLE.fullmatch(text):
        yield before[:-1] + text + after[1:]
    yield before + text + after
    yield f"{before}({text}){after}"


def _with_sign(source: str, span: Span, new: Tree) -> Iterator[str]:
    """A term of a sum with the other sign before it, as it stands and in other words."""
    before, text, after = source[: span.start], source[span.start : span.stop], source[span.stop :]
    while before.rstrip().endswith("(") and after.lstrip().startswith(")"):
        before, after = before.rstrip()[:-1], after.lstrip()[1:]
        text = f"({text})"
    lead, sign = before.rstrip()[:-1], before.rstrip()[-1:]
    negative = is_negative(new)
    other = write(as_written(corrections.minus(new) if negative else new))
    words = (text, other, f"({other})")
    if sign in {"+", "-"}:
        space = before[len(before.rstrip()) :]
        begins = not lead.strip() or lead.rstrip()[-1] in "(["
        put = "-" if negative else "" if begins else "+"
        yield from (f"{lead}{put}{space if put else ''}{word}{after}" for word in words)
    elif negative:
        yield from (f"{before}-{word}{after}" for word in words)


def _same(one: Tree, other: Tree) -> bool:
    return one == other or _canonical(one) == _canonical(other)


def _canonical(tree: Tree) -> object:
    """What two trees share that differ in the order of factors and terms, and in how minuses stand before these."""
    if isinstance(tree, sympy.Add):
        return "+", tuple(sorted(map(str, map(_canonical, _terms(tree)))))
    if isinstance(tree, sympy.Mul):
        parts = product_of(tree)
        return "*", str(parts.number), tuple(sorted(str((_canonical(b), _canonical(e))) for b, e in parts.powers))
    if not tree.args or isinstance(tree, Static | sympy.Tuple):
        return str(tree)
    return type(tree).__name__, tuple(map(_canonical, tree.args))


def _terms(tree: Tree) -> Iterator[Tree]:
    """The terms of a sum, of sums in it too, with a minus before these or without."""
    if isinstance(tree, sympy.Add):
        for term in tree.args:
            yield from _terms(term)
    elif (
        isinstance(tree, sympy.Mul)
        and tree.args[0] == -1
        and isinstance(tree.args[-1], sympy.Add)
        and len(tree.args) == 2
    ):
        yield from map(corrections.minus, _terms(tree.args[1]))
    else:
        yield tree


def _deepest(old: Tree, new: Tree, path: corrections.Path) -> corrections.Path:
    """The place of the smallest part in which two trees differ, at or below a place at which they do."""
    one, other = corrections.at(old, path), corrections.at(new, path)
    while type(one) is type(other) and len(one.args) == len(other.args):
        apart = [k for k, pair in enumerate(zip(one.args, other.args, strict=True)) if pair[0] != pair[1]]
        if len(apart) != 1 or isinstance(one.args[apart[0]], Static):
            break
        path = (*path, apart[0])
        one, other = one.args[apart[0]], other.args[apart[0]]
    return path
