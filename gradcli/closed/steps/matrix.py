"""Derivations of functions of vectors and matrices, by differentials: ``df = jvp(f, X, dX)`` opened rule by rule, then
brought to ``trace(G.T @ dX)``, the gradient read off and shortened to the closed form.

The second derivative is that of the gradient: ``dg = H @ dx``. Every line is held, one before the read-off against
``jvp(f, X, dX)``, one after it against the derivative; what could not be held is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count

import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed.notation.derivation import derived
from gradcli.closed.notation.factors import made, matmul, rebuilt, transposed
from gradcli.closed.notation.form import closed_form
from gradcli.closed.notation.question import Form, Question, numbers_of
from gradcli.closed.notation.reverse import accumulated
from gradcli.closed.notation.rewriting.engine import simplified, sized
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.words import in_words
from gradcli.closed.steps import tangents
from gradcli.closed.steps.coefficients import jacobian
from gradcli.closed.steps.differentials import Differentials, Move
from gradcli.closed.steps.equality import held_beside, held_equal, method_of, size_of
from gradcli.closed.steps.line import Derivation, Detail, Held, Line
from gradcli.closed.steps.marks import marked
from gradcli.closed.steps.readoff import ReadOff
from gradcli.closed.steps.shortening import MINOR, shortened_to
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write
from gradcli.operations.shape_rules import ShapeMismatch
from gradcli.operations.table import OPS

MOST_PARTS = 12_000  # of all lines of one differential; each part is looked at, at two sizes


def derive_matrix(question: Question, form: Form) -> Derivation:
    """The derivation of a closed form, at full detail.

    question: as ``closed_form`` was asked, without derivatives inside the function; form: what it answered
    Errors: LimitError with the reason, where a rule is lacking or a line could not be held.
    """
    if len(question.wrt) > 2 or len(set(question.wrt)) > 1:
        raise LimitError("derivations are for one variable", kind="unchecked")
    try:
        return _derived(question, form)
    except RecursionError:
        raise LimitError("the function is nested too deeply for a derivation", kind="unchecked") from None
    except (ExpressionError, ShapeMismatch, TypeError, ValueError, KeyError) as error:  # as in ``closed_form``
        raise LimitError(f"a step is not read for all sizes: {error}", kind="unchecked") from None


def _derived(question: Question, form: Form) -> Derivation:
    lines: list[Line] = []
    (name, *_) = question.wrt
    stages = [question]
    if question.kind == "hessian":
        first = replace(question, kind="grad", wrt=(name,))
        found = closed_form(first.function, "grad", first.wrt, first.shapes, first.premises, first.at_points)
        lines += _Stage(first, name).lines(found, f"grad({write(first.function.tree)}, {name})")
        gradient = parse(found.text, bound=question.function.names, sizes=numbers_of(question.shapes))
        stages = [replace(question, function=gradient, kind="jacobian", wrt=(name,))]
    (last,) = stages
    lines += _Stage(last, name, question).lines(form, f"{question.kind}({write(question.function.tree)}, {name})")
    direction = direction_of(question, name)
    shapes = {**question.shapes, direction: tuple(question.shapes.get(name, ()))}
    kept = tuple(_marked(lines, [*question.function.names, *shapes], numbers_of(shapes)))
    told = write(question.function.tree), question.wrt, question.kind, kept, shapes
    return Derivation(*told, _notes(question), {direction: name})


def _marked(lines: Sequence[Line], names: Sequence[str], sizes: Mapping[str, int]) -> Iterator[Line]:
    """The lines with what is new in each, and what that was in the line before."""
    for k, line in enumerate(lines):
        if not k or line.left:
            yield line
            continue
        replaced, changed = marked(lines[k - 1].text, line.text, names, sizes)
        yield replace(line, replaced=replaced, changed=changed)


def _notes(question: Question) -> tuple[str, ...]:
    still = [name for name in question.function.names if name not in question.wrt]
    if not still:
        return ()
    return (f"{', '.join(still)} {'is' if len(still) == 1 else 'are'} constant here",)


def direction_of(question: Question, name: str) -> str:
    """The name of a variable's differential: dX, unless that is taken."""
    taken = {*question.function.names, *question.function.parts, *numbers_of(question.shapes)}
    found = f"d{name}"
    while found in taken or found in OPS:
        found += "_"
    return found


@dataclass(frozen=True, slots=True)
class _Stage:
    """One differential: of a function, or of its gradient; ``whole``: what was asked, where that is another one."""

    question: Question
    name: str
    whole: Question | None = None

    @property
    def direction(self) -> str:
        return direction_of(self.whole or self.question, self.name)

    @property
    def shapes(self) -> dict[str, tuple[str | int, ...]]:
        return {**self.question.shapes, self.direction: tuple(self.question.shapes.get(self.name, ()))}

    def lines(self, form: Form, left: str) -> list[Line]:
        """Errors: LimitError."""
        opened = self._opened()
        differential = opened[-1].tree
        *reading, last = self._read(differential)
        opened = _once(opened)
        told = _once([*opened, *reading])
        _bounded(told)
        lines = self._held_lines(told, self._differential(), write(told[0].tree), len(opened))
        asked = self.whole or self.question
        closing = _once([last, *shortened_to(form, last.tree, asked)])
        for k, move in enumerate(closing):
            text = form.text if k == len(closing) - 1 else write(move.tree)
            lines.append(self._closing_line(text, move, form, "" if k else left))
        return lines

    def _closing_line(self, text: str, move: Move, form: Form, left: str) -> Line:
        """A line of the derivative itself: that it is the closed form needs no second proof."""
        level = Detail.BRIEF if left or text == form.text else Detail.NORMAL
        if text != form.text:
            return replace(self._line(text, move, level, self.whole or self.question), left=left)
        held = Held(method_of(form), form.error)
        return replace(_told(text, move, level, held), left=left)

    def _opened(self) -> list[Move]:
        return list(self._differentials.moves(self._tree))

    @property
    def _tree(self) -> Tree:
        return at_sizes(self.question.function, numbers_of(self.shapes), bound=self.question.function.names).tree

    @property
    def _differentials(self) -> Differentials:
        letters = list(numbers_of(self.shapes))
        return Differentials(sized(self.shapes), self.name, self.direction, letters, self._in_index_form)

    def _in_index_form(self, part: Tree) -> Tree:
        """The differential of a part in index form: of a number by its gradient, else the slope at X + t*dX in t where
        t is 0. Errors: LimitError."""
        variable, direction = symbol(self.name), symbol(self.direction)
        facts = Facts(sized(self.shapes))
        if not facts.rank(part) and facts.rank(variable) == 2:
            return made("trace", matmul(transposed(self._gradient(part)), direction))
        names = {name.name for name in part.free_symbols} | {self.direction}
        t = next(name for name in (f"t{k}" for k in count()) if name not in {*names, *self.shapes, *OPS})
        moved = nodes.add(variable, nodes.multiply(symbol(t), direction))
        found = self._slope(rebuilt(part, lambda one: moved if one == variable else one), t)
        at_zero = rebuilt(found, lambda one: sympy.Integer(0) if one == symbol(t) else one)
        return simplified(in_words(at_zero, facts), self.shapes)

    def _gradient(self, part: Tree) -> Tree:
        """The gradient of a number in index form, else by the rows' rules in reverse. Errors: LimitError."""
        with suppress(LimitError):
            return self._slope(part, self.name)
        shapes = sized(self.shapes)
        return tangents.shortened(accumulated(part, self.name, shapes, numbers_of(self.shapes)), shapes)

    def _slope(self, part: Tree, name: str) -> Tree:
        """The derivative in a variable, in index form. Errors: LimitError."""
        names = tuple(sorted({leaf.name for leaf in part.free_symbols} | {self.direction}))
        function = Expression(part, write(part), {}, names, sized=True)
        kind = "jacobian" if Facts(sized(self.shapes)).rank(part) else "grad"
        asked = replace(self.question, function=function, wrt=(name,), kind=kind, shapes=self.shapes)
        try:
            found, own = derived(function, asked, {})
        except (ExpressionError, ShapeMismatch, TypeError, ValueError) as error:
            raise LimitError(f"the differential of {write(part)} is not read: {error}", kind="unchecked") from None
        shapes = {**self.shapes, **own}
        return simplified(in_words(found, Facts(sized(shapes))), shapes)

    def _read(self, differential: Tree) -> Iterator[Move]:
        read = ReadOff(self._differentials)
        if self.question.kind == "grad":
            return read.of_number(differential)
        return jacobian(differential, replace(self.question, shapes=self.shapes), read)

    def _differential(self) -> Question:
        """What the lines before the read-off are held against."""
        tree = nodes.make(OPS["jvp"], [self._tree, symbol(self.name), symbol(self.direction)])
        names = (*self.question.function.names, self.direction)
        function = Expression(tree, write(tree), {}, names, sized=True)
        return replace(self.question, function=function, kind="grad", wrt=(), shapes=self.shapes)

    def _held_lines(self, moves: Sequence[Move], against: Question, left: str, opened: int) -> list[Line]:
        lines: list[Line] = []
        for k, move in enumerate(moves):
            text, level = write(move.tree), _level(moves, k, opened)
            if k < opened:
                line = _told(text, move, level, held_equal(text, against))
            else:
                line = _told(text, move, level, held_beside(text, lines[opened - 1], against))
            lines.append(replace(line, left=left) if k == 0 else line)
        return lines

    def _line(self, text: str, move: Move, level: Detail, against: Question) -> Line:
        return _told(text, move, level, held_equal(text, against))


def _bounded(moves: Sequence[Move]) -> None:
    """Errors: LimitError for lines that nobody reads, before any is held: each takes as long as it has parts."""
    parts = sum(size_of(move.tree) for move in moves)
    if parts > MOST_PARTS:
        raise LimitError(f"its lines have {parts:,} parts together, more than {MOST_PARTS:,}", kind="unchecked")


def _told(text: str, move: Move, level: Detail, held: Held) -> Line:
    minor = bool(move.rules) and set(move.rules) <= MINOR
    return Line(text, ", ".join(move.rules), "; ".join(move.because), level=level, held=held, minor=minor)


def _once(moves: Sequence[Move]) -> list[Move]:
    """Without lines that say what the line before says; the rule that led there is told with the next one."""
    kept: list[Move] = []
    for move in moves:
        if not kept or write(kept[-1].tree) != write(move.tree):
            kept.append(move)
    return kept


def _level(moves: Sequence[Move], k: int, opened: int) -> Detail:
    """Of a run of linear steps the last is a line of its own at normal detail; the first and the last differential are
    lines at any."""
    if k in {0, len(moves) - 1}:
        return Detail.BRIEF
    following = moves[k + 1]
    return Detail.FULL if moves[k].linear and following.linear and k < opened - 1 else Detail.NORMAL
