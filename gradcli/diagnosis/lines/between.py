"""What was probably done between two lines of a derivation, of which the first is right and the second is not.

A slip is applied to a part of the right line; what comes of it is held against the wrong line at every point at which
the two were compared, at all sizes, in enclosures: only one that gives the wrong line everywhere is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.precision import precision
from gradcli.claims.points import Sample, try_claim
from gradcli.claims.statement import Statement, statements_of
from gradcli.closed.notation.rewriting.engine import sized
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Maker
from gradcli.diagnosis.causes import regions
from gradcli.diagnosis.diagnose import Family
from gradcli.diagnosis.lines import carried, fractions, laws, losses, matrices, powers, signs
from gradcli.diagnosis.lines.held import GIVEN_UP, certain
from gradcli.diagnosis.lines.parts import open_derivatives, written_out
from gradcli.diagnosis.lines.slip import Rule, Slip
from gradcli.inputs.request import Trying
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.meaning import symbolic
from gradcli.operations.shape_rules import ShapeMismatch
from gradcli.reference.work import BITS

WRONG_LAWS: tuple[Rule, ...] = (
    signs.minus_times_minus,
    signs.distributed,
    powers.power_of_product,
    powers.power_of_power,
    powers.power_of_sum,
    powers.exponents_added,
    signs.like_terms,
    laws.laws,
    matrices.identity_lost,
    fractions.common_denominator,
    losses.functions,
)
LOSSES: tuple[Rule, ...] = (
    losses.factors,
    losses.signs,
    losses.terms,
    losses.numbers,
    laws.orders,
)
CONDITIONS: tuple[Family, ...] = (regions.regions,)
SIDED = ("abs", "sign", "sqrt", "relu", "max", "min", "where", "norm", "/2)", "0.5")
MOST_PARTS = 200  # of a line in which slips are looked for

Form = Callable[[Tree], Tree]  # the line as it stands, or in another form of the same value


@dataclass(frozen=True, slots=True)
class Cause:
    """What was done, and where: ``old`` is a part of the line above, ``new`` what was made of it, ``due`` is right."""

    kind: str
    text: str
    old: Tree | None = None
    new: Tree | None = None
    due: Tree | None = None


def between(above: str, line: str, options: Trying, names: Sequence[str]) -> Cause | None:
    """What was done between the line above and this one; None where no single slip leads from one to the other.

    names: of all variables, also such as a line has lost
    Errors: as ``check`` for what cannot be read.
    """
    asked = replace(options, kind="value", layout=None, vec=False, symmetric=None, others=tuple(names))
    statements = statements_of(line, above, None, asked)
    sample = try_claim(statements, options.seed, round_=8, irregular=4)
    if not sample.points or sample.mismatched:
        return None
    found = None
    with precision(BITS[0]), suppress(LimitError, ExpressionError), symbolic.failures():
        found = _Between(sample).cause()
    only = _only_where(above, line, asked) if any(map(_may_turn, (above, line))) else None
    if found is None or only is None:
        return found or only
    return replace(found, text=f"{found.text}; {only.text}")


def _may_turn(text: str) -> bool:
    """Are there signs, absolute values or roots, whose laws hold on one side of 0 alone?"""
    return any(word in text for word in SIDED)


class _Between:
    """Slips in the claim, which is the line above, that make the function of it, which is the line below."""

    def __init__(self, sample: Sample) -> None:
        self.case = Case(sample)
        self.first = self.case.first
        self.above = self.first.claim.tree
        self.facts = Facts(sized(self.first.axes))
        self.open = carried.opened(self.first, self.above)

    def cause(self) -> Cause | None:
        found = next(filter(None, map(self._carried, range(len(self.open)))), None)
        return found or next(self._slips(), None) or next(self._copied(), None)

    # -- open derivatives

    def _carried(self, index: int) -> Cause | None:
        known = self.open[index]
        with suppress(*GIVEN_UP):
            for k, found in enumerate(carried.carried(self.first, known)):
                if self._makes(partial(self._carried_at, index=index, k=k)):
                    return Cause(found.kind, self._said(known, found), known.node, found.value, known.due)
        return None

    def _carried_at(self, statement: Statement, index: int, k: int) -> Tree:
        tree = statement.claim.tree
        known = self.open[index] if statement is self.first else carried.at_sizes_of(statement, tree, self.open[index])
        found = next(one for j, one in enumerate(carried.carried(statement, known)) if j == k)
        return corrections.put(tree, known.path, found.value)

    def _said(self, known: carried.Open, found: carried.Carried) -> str:
        write = self.case.text
        wrong = self.case.written(found.value) if not any(open_derivatives(found.value)) else ""
        due = f" is {known.text}" if known.text else ""
        is_short = wrong and len(wrong) <= len(known.text) + 40 and wrong != known.text
        told = f"{due}, not {wrong}" if due and is_short else due
        return f"{write(known.node)}{told}" + (f": {found.said}" if found.said else "")

    # -- slips in a part

    def _forms(self) -> list[Form]:
        """The line as it stands, with its derivatives carried out, multiplied out: the same in other words."""
        forms: list[Form] = [_as_it_stands]
        if self.open and all(known.due is not None for known in self.open):
            forms.append(self._carried_out)
        last = forms[-1]
        if written_out(last(self.above)) != last(self.above):
            forms.append(lambda tree: written_out(last(tree)))
        return forms

    def _carried_out(self, tree: Tree) -> Tree:
        statement = next(known for known in self.case.sample.statements if known.claim.tree == tree)
        for known in self.open:
            due = carried.at_sizes_of(statement, tree, known).due
            assert due is not None
            tree = corrections.put(tree, known.path, due)
        return tree

    def _slips(self) -> Iterator[Cause]:
        forms = [(form, list(corrections.places(form(self.above)))[:MOST_PARTS]) for form in self._forms()]
        tried = [(form, rule, places) for rule in WRONG_LAWS for form, places in forms[:1]]
        tried += [(form, rule, places) for rule in WRONG_LAWS for form, places in forms[1:]]
        tried += [(form, rule, places) for rule in LOSSES for form, places in forms]
        for form, rule, places in tried:
            for path, node in places if not self.case.exhausted else ():
                yield from self._of_rule(rule, form, path, node)

    def _of_rule(self, rule: Rule, form: Form, path: corrections.Path, node: Tree) -> Iterator[Cause]:
        with suppress(*GIVEN_UP, ShapeMismatch):
            for k, slip in enumerate(rule(node, self.facts)):
                if slip.new != node and self._makes(partial(self._slipped, form=form, path=path, rule=rule, k=k)):
                    yield self._of_slip(slip, node)

    def _slipped(self, statement: Statement, form: Form, path: corrections.Path, rule: Rule, k: int) -> Tree:
        tree = form(statement.claim.tree)
        node = corrections.at(tree, path)
        slip = next(slip for j, slip in enumerate(rule(node, self.facts)) if j == k)
        return corrections.put(tree, path, slip.new)

    def _of_slip(self, slip: Slip, node: Tree) -> Cause:
        text = slip.said(self.case.text)
        return Cause(slip.kind, text, node, slip.new, slip.due)

    def _copied(self) -> Iterator[Cause]:
        """Any other small change of a part: transposes, orders, functions, names."""
        symbols = [nodes.symbol(name) for name in self.first.shapes]
        write = self.case.text
        for change in corrections.corrections(self.above, write, symbols, self.case.flat):
            if self.case.exhausted or len(change.paths) != 1 or corrections.in_condition(self.above, change.paths[0]):
                continue
            if self._makes(partial(_changed, change=change)):
                old = corrections.at(self.above, change.paths[0])
                new = change.change(old)
                yield Cause(change.kind, f"{write(old)} has become {write(new)}", old, new, old)

    def _makes(self, make: Maker) -> bool:
        """Is the line below exactly what a slip makes of the line above?"""
        return certain(self.case, make)


def _only_where(above: str, line: str, options: Trying) -> Cause | None:
    """Where both lines are equal after all, if that can be said in a condition."""
    sample = try_claim(statements_of(above, line, None, options), options.seed, round_=8, irregular=4)
    with suppress(*GIVEN_UP), precision(BITS[0]), symbolic.failures():
        case = Case(sample)
        found = next((cause for family in CONDITIONS for cause in family(case)), None)
        return None if found is None else Cause("condition", case.said(found))
    return None


def _changed(statement: Statement, change: corrections.Correction) -> Tree:
    return change.apply(statement.claim.tree)


def _as_it_stands(tree: Tree) -> Tree:
    return tree
