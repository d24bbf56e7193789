"""Differentials opened from the outside in: ``jvp(f, X, dX)``, rule by rule, until dX stands by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.factors import rebuilt
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.steps.tangents import OPEN, Rule, Tangents, operands_of
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of, symbol
from gradcli.language.write import write
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

MOST_STEPS = 40  # openings of one differential
MOST_LETTERS = 600  # that stand for the differentials of parts


@dataclass(frozen=True, slots=True)
class Move:
    """A step: the formula after it, the rules that were taken, and whether all of them were of linear operations."""

    tree: Tree
    rules: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    linear: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """A formula in which letters stand for the differentials of parts that are still to be opened."""

    tree: Tree
    parts: Mapping[Tree, Tree]


class Differentials:
    """The differential of functions of one variable along one direction."""

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        variable: str,
        direction: str,
        letters: Sequence[str],
        index_form: Callable[[Tree], Tree] | None = None,
    ) -> None:
        """index_form: gives the differential of what has no rule of its own, or a LimitError."""
        self.shapes = {**shapes, direction: shapes.get(variable, ())}
        self.variable, self.direction, self.letters = symbol(variable), symbol(direction), tuple(letters)
        self.index_form = index_form
        self.checked: set[Tree] = set()
        self.tangents = Tangents(Facts(self.shapes), letters, direction)

    @property
    def facts(self) -> Facts:
        return self.tangents.facts

    def moves(self, function: Tree) -> Iterator[Move]:
        """The differential as it is asked for, then after each step; the last has no open part. Errors: LimitError."""
        state = self._opened(function)
        yield Move(self._closed(state))
        for _ in range(MOST_STEPS):
            if not state.parts:
                return
            state, rules = self._step(state)
            yield Move(
                self._closed(state),
                tuple(dict.fromkeys(rule.name for rule in rules)),
                tuple(dict.fromkeys(rule.because for rule in rules if rule.because)),
                all(rule.linear for rule in rules),
            )
        raise LimitError(f"a differential of more than {MOST_STEPS} steps", kind="unchecked")

    def _opened(self, function: Tree) -> _State:
        if not self._moves(function):
            shape = self.facts.shape(function)
            return _State(nodes.make(OPS["zeros"], [], (shape,)) if shape else sympy.Integer(0), {})
        return _State(*self._named(function, {}))

    def _named(self, part: Tree, known: Mapping[Tree, Tree]) -> tuple[Tree, dict[Tree, Tree]]:
        """The letter of a part's differential; that of the variable is the direction."""
        if part == self.variable:
            return self.direction, dict(known)
        for letter, other in known.items():
            if other == part:
                return letter, dict(known)
        letter = self._letter(part)
        return letter, {**known, letter: part}

    def _moves(self, tree: Tree) -> bool:
        return self.variable in tree.free_symbols

    def _step(self, state: _State) -> tuple[_State, list[Rule]]:
        """All open parts whose differential is by one rule."""
        rules: dict[Tree, Rule] = {}
        parts = dict(state.parts)
        for letter in _in_order(state):
            rule, more = self._rule(state.parts[letter], parts)
            if rules and rule.name != next(iter(rules.values())).name:
                continue
            rules[letter] = rule
            parts = more
        for letter in rules:
            del parts[letter]
        tree = self.tangents.tidy(rebuilt(state.tree, lambda one: rules[one].tree if one in rules else one))
        present = tree.free_symbols
        return _State(tree, {letter: part for letter, part in parts.items() if letter in present}), [*rules.values()]

    def _rule(self, part: Tree, parts: Mapping[Tree, Tree]) -> tuple[Rule, dict[Tree, Tree]]:
        """The differential of a part, and all open parts after that; where a rule is lacking for it or for what moves
        in it, all at once in index form. Errors: LimitError."""
        part = self.tangents.tidy(part)
        try:
            self._check(part)
        except LimitError as lacking:
            return self._at_once(part, lacking), dict(parts)
        more, moving = dict(parts), {}
        for k, operand in self._moving(part).items():
            number, rest = _apart(operand) if isinstance(part, sympy.Add) else (None, operand)
            letter, more = self._named(rest, more)
            moving[k] = letter if number is None else nodes.multiply(number, letter)
        if not moving:
            zero = sympy.Integer(0)
            return Rule(self.tangents.fitted(zero, self.facts.shape(part)), "constant", "d(c) = 0", linear=True), more
        return self.tangents.of(part, moving), more

    def _moving(self, part: Tree) -> dict[int, Tree]:
        operands = enumerate(operands_of(part, self.facts))
        return {k: operand for k, operand in operands if self._moves(operand) and not _is_flat(operand)}

    def _check(self, part: Tree) -> None:
        """Errors: LimitError where a rule is lacking for the part or for what moves in it."""
        if part in self.checked:
            return
        moving = self._moving(part)
        if moving:
            self.tangents.of(part, {k: self._letter(operand) for k, operand in moving.items()})
        for operand in moving.values():
            if operand != self.variable:
                self._check(operand)
        self.checked.add(part)

    def _letter(self, part: Tree) -> Tree:
        """A new letter of the part's shape. Errors: LimitError where there are too many."""
        if len(self.shapes) > MOST_LETTERS:
            raise LimitError(f"a derivation of more than {MOST_LETTERS} differentials", kind="unchecked")
        letter = symbol(f"{OPEN}{len(self.shapes)}")
        self.shapes[letter.name] = self.facts.shape(part)
        return letter

    def _at_once(self, part: Tree, lacking: LimitError) -> Rule:
        """The slope of ``part`` at X + t*dX in t, where t is 0. Errors: LimitError."""
        if self.index_form is None:
            raise lacking
        tree = self.index_form(part)
        return Rule(self.tangents.tidy(tree), f"differential of {write(part)}", f"d({write(part)}) = {write(tree)}")

    def _closed(self, state: _State) -> Tree:
        """The formula with the open parts as derivatives along the direction."""

        def written(one: Tree) -> Tree:
            if one not in state.parts:
                return one
            return nodes.make(OPS["jvp"], [state.parts[one], self.variable, self.direction])

        return rebuilt(state.tree, written)


def _in_order(state: _State) -> list[Tree]:
    """The open parts as they stand from left to right."""
    found = [part for part in sympy.preorder_traversal(state.tree) if part in state.parts]
    return list(dict.fromkeys(found))


def _apart(term: Tree) -> tuple[Tree | None, Tree]:
    """The number before a term, and the rest."""
    if not isinstance(term, sympy.Mul) or not term.args[0].is_Rational:
        return None, term
    rest = term.args[1:]
    return term.args[0], rest[0] if len(rest) == 1 else nodes.multiply(*rest)


def _is_flat(tree: Tree) -> bool:
    """Between its jumps it does not move."""
    op = row_of(tree)
    return op is not None and (op.flat or op.boolean)
