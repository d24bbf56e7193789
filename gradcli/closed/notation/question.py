"""What a closed form is asked of, and how a formula is held against that before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, prod

import numpy as np
import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed.arrangement import PLAIN, Arrangement, Together, reread
from gradcli.closed.notation.axes import squeezed
from gradcli.closed.notation.names import OWN_NAMES, Naming, width, without_names
from gradcli.closed.notation.rewriting.engine import simplified, sized
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.stacked import stacked, turned
from gradcli.closed.notation.symmetry import Symmetry
from gradcli.closed.notation.words import in_words
from gradcli.closed.premises import Premises, premises_of
from gradcli.closed.proof import prove
from gradcli.closed.sizes import size_choices
from gradcli.language import nodes
from gradcli.language.nodes import Size, Tree
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.meaning.residues.identity import Outcome, holds_everywhere
from gradcli.meaning.shapes import output_shape, shapes_of
from gradcli.operations.shape_rules import Shape, ShapeMismatch, shape_text

Shapes = Mapping[str, tuple[str | int, ...]]
AtPoints = Callable[
    [Expression, Expression, Sequence[str], Mapping[str, tuple[int, ...]], Mapping[str, int]], bool
]  # the function, its claimed derivative in these variables, at these shapes and sizes
MAX_TRIED = 8  # terms of a sum that are looked at, each by itself
SOME_SIZES = "a few sizes"
MOST_MORE = 8  # entries that are added to the smallest axes, for indices that these lack


@dataclass(frozen=True, slots=True)
class Form:
    """A derivative as one formula.

    tree, text: in the language
    method:     how it was held against the function: ``index form``, or ``residues at n=2, m=3; ...``
    error:      at most the probability that a wrong form passes; 0 where it is proved, 1 where it agrees at points only
    sizes:      of the letters, at which it was held where it is not proved
    """

    tree: Tree
    text: str
    method: str
    error: float = 0.0
    sizes: tuple[Mapping[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a form is asked of: see ``closed_form``; shortened: by more of the premises than symmetry."""

    function: Expression
    kind: str
    wrt: tuple[str, ...]
    shapes: Shapes
    premises: tuple[Expression, ...]
    at_points: AtPoints | None = None
    arrangement: Arrangement = PLAIN
    shortened: bool = True

    @property
    def parts(self) -> dict[str, Tree]:
        """What the user gave a name of its own."""
        return {n: part for n, part in self.function.parts.items() if part.args and n not in self.function.names}

    def length(self, form: Form) -> float:
        """How long it is; what begins with a part that the user named reads better."""
        in_own_names = any(form.text.startswith(f"{name} = ") for name in self.parts)
        return width(form.text) * (OWN_NAMES if in_own_names else 1)

    @property
    def known(self) -> Premises:
        """What premises say of the names, as far as the formula is shortened by it."""
        known = premises_of([premise.tree for premise in self.premises])
        return known if self.shortened else Premises(known.symmetric)

    @property
    def symmetric(self) -> frozenset[str]:
        """The names of symmetric matrices."""
        return self.known.symmetric

    def held(self, tree: Tree, own: Mapping[str, tuple[str | int, ...]] | None = None) -> Form:
        """The formula, held against the function for all sizes, else at several; ``own``: shapes of parts in it that go
        by the user's names; one that was shortened by premises only where it could be held. Errors: LimitError."""
        try:
            return self.as_written(tree, own)
        except LimitError:
            plain = replace(self, shortened=False)
            if plain.known == self.known:
                raise
            return plain.as_written(tree, own)

    def as_written(self, tree: Tree, own: Mapping[str, tuple[str | int, ...]] | None) -> Form:
        """The same, shortened by the premises that the question allows. Errors: LimitError."""
        shapes = {**self.shapes, **(own or {})}
        short = self._arranged(self._short(self._without_zeros(tree), shapes), shapes)
        taken = {*self.function.names, *self.parts, *numbers_of(self.shapes), *(x.name for x in short.free_symbols)}
        text = Naming(sized(shapes)).text(short, self.parts, taken)
        claim = parse(text, bound=self.function.names, sizes=numbers_of(self.shapes))
        question, ordinary = self.in_torch_order(claim)
        return replace(question.held_in_torch_order(ordinary), tree=claim.tree, text=text)

    def held_in_torch_order(self, claim: Expression) -> Form:
        """The formula with how it was held against the function. Errors: LimitError."""
        self.refuse_other_shape(claim)
        try:
            asked = (self.function, claim, self.kind, self.wrt, self.shapes, self.premises, self.function.names)
            return Form(claim.tree, claim.source, prove(*asked).method)
        except LimitError as limit:
            error = self._at_sizes(claim)
            if error is not None:
                method = f"residues at {SOME_SIZES}; index form: {limit.message}"
                return Form(claim.tree, claim.source, method, error, self.sizes())
            if self._at_points(claim):
                method = f"points at {SOME_SIZES}; index form: {limit.message}"
                return Form(claim.tree, claim.source, method, 1.0, self.sizes())
            raise

    # -- arrangements

    def _arranged(self, tree: Tree, shapes: Shapes) -> Tree:
        """The formula in the layout that is asked for. Errors: UsageError where the derivative has none such."""
        if not self.arrangement:
            return tree
        output, variables = self._axes()
        plan, facts = self.arrangement.plan(output, variables), Facts(sized(shapes), self.known)
        tree = squeezed(tree, plan.shape)
        if facts.rank(tree) < len(plan.shape):  # axes of size 1 have no index
            plan = self.arrangement.plan(_above_one(output), [*map(_above_one, variables)])
        together = Together(len(output), tuple(n in self.arrangement.joint for n in self.wrt), tuple(variables))
        matrix = stacked(tree, facts, *plan.filled) if plan.is_stacked else None

        def transpose(matrix: Tree) -> Tree:
            return turned(matrix, facts)

        if matrix is None:
            tree = plan.tree(self._simple(together.tree(tree, transpose), shapes), transpose)
        else:
            tree = together.matrix(matrix)
            tree = transpose(tree) if plan.turned else tree
        return self._simple(tree, shapes)

    def _simple(self, tree: Tree, shapes: Shapes) -> Tree:
        return self._short(self._symmetry.without_needless(tree), shapes)

    def _axes(self) -> tuple[Shape, list[Shape]]:
        """Those of the output and of each variable, in letters."""
        shapes = sized(self.shapes)
        variables = [shapes.get(name, ()) for name in self.wrt]
        if self.kind in {"grad", "hessian"}:
            return (), variables
        sizes = numbers_of(self.shapes)
        program = compile_tree(at_sizes(self.function, sizes, bound=self.function.names).tree)
        found = shapes_of(program, {**dict.fromkeys(program.names, ()), **shapes}, None, inf)[-1]
        letters = {number: Size.of(name, number) for name, number in sizes.items()}
        return tuple(letters.get(size, size) for size in found), variables

    @property
    def _symmetry(self) -> Symmetry:
        sizes = numbers_of(self.shapes)
        return Symmetry(
            self.symmetric, {name: shape_at(shape, sizes) for name, shape in self.shapes.items()}, self.parts
        )

    def in_torch_order(self, claim: Expression) -> tuple[Question, Expression]:
        """The question about entries that move one by one, and the formula in torch's order of axes."""
        if not self.arrangement:
            return self, claim
        sizes, bound = numbers_of(self.shapes), self.function.names
        back = reread(self.arrangement.plan(*self._axes()).back(claim.tree), claim, sizes, bound)
        function, claim = (self.arrangement.freed(side, sizes, bound) for side in (self.function, back))
        premises = self.arrangement.premises(self.premises, sizes, bound)
        return replace(self, function=function, premises=premises, arrangement=PLAIN), claim

    def _short(self, tree: Tree, shapes: Shapes) -> Tree:
        """The formula simplified."""
        return simplified(in_words(tree, Facts(sized(shapes))), shapes, self.known)

    def refuse_other_shape(self, claim: Expression) -> None:
        """Index form has no axes of size 1, so that it reads more than the language does.

        Errors: ExpressionError, LimitError where the formula has no value of the derivative's shape at some sizes.
        """
        sizes = self.sizes()[0]
        output, found = (self._shape(side, sizes) for side in (self.function, claim))
        own = tuple(n for name in self.wrt for n in shape_at(self.shapes.get(name, ()), sizes))
        if found != (*output, *own) and not (prod(output) == 1 and found == own):
            said = f"the formula has shape {shape_text(found)}, the derivative {shape_text((*output, *own))}"
            raise LimitError(said, kind="unchecked")

    def _shape(self, side: Expression, sizes: Mapping[str, int]) -> Shape:
        inputs = {name: shape_at(self.shapes.get(name, ()), sizes) for name in (*self.function.names, *sizes)}
        return output_shape(compile_tree(at_sizes(side, sizes, bound=self.function.names).tree), inputs)

    def sizes(self) -> tuple[dict[str, int], ...]:
        """Small sizes of the letters at which the function has a value: ``x[4]`` has none of fewer than 5 entries."""
        smallest = size_choices(list(numbers_of(self.shapes)))
        for more in range(MOST_MORE):
            choices = [{name: n + more for name, n in sizes.items()} for sizes in smallest]
            found = tuple(sizes for sizes in choices if self._is_shaped(sizes))
            if found:
                return found
        return tuple(smallest)

    def _is_shaped(self, sizes: Mapping[str, int]) -> bool:
        try:
            self._shape(self.function, sizes)
        except (ExpressionError, ShapeMismatch, LimitError):
            return False
        return True

    def _without_zeros(self, tree: Tree) -> Tree:
        """The sum without terms that vanish, such as those with ``sum(x - mean(x))``."""
        if not isinstance(tree, sympy.Add) or len(tree.args) > MAX_TRIED:
            return tree
        left = [term for term in tree.args if not self.vanishes(term)]
        return nodes.add(*left) if len(left) > 1 else left[0] if left else sympy.Integer(0)

    def vanishes(self, term: Tree) -> bool:
        """Is it 0 for all sizes? Only what has a difference in it is tried."""
        if not any(isinstance(part, sympy.Add) for part in sympy.preorder_traversal(term)):
            return False
        term = without_names(term, self.parts)
        names = tuple(leaf.name for leaf in term.free_symbols)
        sides = Expression(term, write(term), {}, names, True), Expression(sympy.Integer(0), "0")
        try:
            prove(*sides, "value", (), {n: s for n, s in self.shapes.items() if n in names}, self.premises, names)
        except LimitError:
            return False
        return True

    def _at_points(self, claim: Expression) -> bool:
        """Does it agree with the function at points of each choice of sizes?"""
        if self.at_points is None or self.premises:
            return False
        for sizes in self.sizes():
            shapes = {name: shape_at(shape, sizes) for name, shape in self.shapes.items()}
            if not self.at_points(self.function, claim, self.wrt, shapes, sizes):
                return False
        return True

    def _at_sizes(self, claim: Expression) -> float | None:
        """The probability that it holds by chance in residues at a few sizes; None where it does not hold at one."""
        error = 0.0
        for sizes in self.sizes():
            try:
                found = self.in_residues(claim, sizes)
            except LimitError:
                return None
            if not found.holds:
                return None
            error += found.error
        return error

    def in_residues(self, claim: Expression, sizes: Mapping[str, int]) -> Outcome:
        """Does the claim hold at these sizes, wherever the function has a derivative? Errors: UnmodelledError."""
        function, other = (
            compile_tree(at_sizes(side, sizes, bound=self.function.names).tree) for side in (self.function, claim)
        )
        premises = [compile_tree(at_sizes(p, sizes, condition=True).tree) for p in self.premises]
        names = sorted({*function.names, *other.names} - sizes.keys())
        shapes = {name: shape_at(self.shapes.get(name, ()), sizes) for name in names}
        given = {name: np.asarray(float(n)) for name, n in sizes.items() if name in (*function.names, *other.names)}
        drawn = {**shapes, **dict.fromkeys(given, ())}
        return holds_everywhere(function, other, self.kind, self.wrt, drawn, given=given, premises=premises)


def _above_one(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def shape_at(shape: Sequence[str | int], sizes: Mapping[str, int]) -> tuple[int, ...]:
    """A shape with these sizes in the place of its letters."""
    return tuple(int(sizes.get(str(size), size)) for size in shape)


def numbers_of(shapes: Shapes) -> dict[str, int]:
    """Large numbers that stand for the letters of sizes."""
    return nodes.stand_ins(size for shape in shapes.values() for size in shape if isinstance(size, str))
