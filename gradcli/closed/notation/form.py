"""The closed form of a derivative in matrix notation, held against the function before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, prod

import numpy as np
import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed import normal
from gradcli.closed.arrangement import PLAIN, Arrangement, Together, reread
from gradcli.closed.notation.entries import literal
from gradcli.closed.notation.factors import Written, made
from gradcli.closed.notation.names import OWN_NAMES, Naming, by_names, width, without_names
from gradcli.closed.notation.network import Network
from gradcli.closed.notation.opaque import Parts
from gradcli.closed.notation.operators import without_operators
from gradcli.closed.notation.reverse import accumulated
from gradcli.closed.notation.rewriting.engine import simplified, sized
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.stacked import stacked, turned
from gradcli.closed.notation.sums import formula_of
from gradcli.closed.notation.symmetry import Symmetry
from gradcli.closed.notation.words import has_helpers, has_identities, in_words
from gradcli.closed.premises import Premises, premises_of
from gradcli.closed.proof import prove
from gradcli.closed.sizes import Extent, letter, size_choices
from gradcli.closed.terms import Index, Kind, Sum, Term, atom, table
from gradcli.language import nodes
from gradcli.language.nodes import Size, Tree
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.meaning.residues.identity import holds_everywhere
from gradcli.meaning.shapes import output_shape, shapes_of
from gradcli.operations.shape_rules import Shape, ShapeMismatch, shape_text
from gradcli.operations.table import OPS

Shapes = Mapping[str, tuple[str | int, ...]]
AtPoints = Callable[
    [Expression, Expression, Sequence[str], Mapping[str, tuple[int, ...]], Mapping[str, int]], bool
]  # the function, its claimed derivative in these variables, at these shapes and sizes
MAX_TRIED = 8  # terms of a sum that are looked at, each by itself
SOME_SIZES = "a few sizes"
MOST_MORE = 8  # entries that are added to the smallest axes, for indices that these lack
MOST_LONGER = 3  # times as long as a formula: entries side by side are easier to read than unit vectors


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


def closed_form(
    function: Expression,
    kind: str,
    wrt: Sequence[str],
    shapes: Shapes,
    premises: Sequence[Expression] = (),
    at_points: AtPoints | None = None,
    arrangement: Arrangement = PLAIN,
) -> Form:
    """The derivative of a function as a formula that holds for all sizes of the letters.

    kind:   grad, jacobian or hessian: output axes first, then those of the variables in ``wrt``, unless arranged
    shapes: of the names, letters for sizes; a name without is a scalar
    at_points: asked where no proof decides: reference/forms.agrees_at_points
    Errors: LimitError with the reason where there is no such formula, or none that could be held against the function.
    """
    function = _without_operators(function, shapes, at_points)
    question = Question(function, kind, tuple(wrt), shapes, tuple(premises), at_points, arrangement)
    refusals: dict[str, None] = {}
    found: list[Form] = []
    for road in _roads(question):
        if road in LAST and any(not _is_clumsy(form, question) for form in found):
            break
        try:
            found.append(question.held(*road(question)))
        except TypeError:
            refusals["an operation asks for numbers where sizes are letters"] = None
        except (ExpressionError, ShapeMismatch) as error:
            refusals[f"it is not read for all sizes: {error}"] = None
        except LimitError as error:
            refusals[error.message] = None
        except RecursionError:
            refusals["the formula is too deep"] = None
        except ValueError:
            refusals["its shapes are not read for all sizes"] = None
    if not found:
        raise LimitError("; ".join(refusals), kind="unchecked")
    return min(found, key=lambda form: (_is_clumsy(form, question), question.length(form)))


def _without_operators(function: Expression, shapes: Shapes, at_points: AtPoints | None) -> Expression:
    """The function with the closed forms of derivatives inside of it in their places. Errors: LimitError."""
    if not any((row := nodes.row_of(part)) and row.differentiates for part in sympy.preorder_traversal(function.tree)):
        return function

    def derivative(kind: str, inner: Tree, name: str) -> Tree:
        expression = Expression(inner, write(inner), {}, function.names, sized=True)
        wrt = [name] * (2 if kind == "hessian" else 1)
        return closed_form(expression, kind, wrt, shapes, at_points=at_points).tree

    facts = Facts(sized(shapes))
    tree = without_operators(function.tree, derivative, facts.rank)
    return replace(function, tree=tree, source=write(tree), spans={}, parts={})


def _is_clumsy(form: Form, question: Question) -> bool:
    """Has it words of the rules alone, or in a gradient operations of an identity?"""
    return has_helpers(form.tree) or (question.kind == "grad" and len(question.wrt) == 1 and has_identities(form.tree))


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
        self._of_its_shape(claim)
        try:
            asked = (self.function, claim, self.kind, self.wrt, self.shapes, self.premises, self.function.names)
            return Form(claim.tree, claim.source, prove(*asked).method)
        except LimitError as limit:
            error = self._at_sizes(claim)
            if error is not None:
                method = f"residues at {SOME_SIZES}; index form: {limit.message}"
                return Form(claim.tree, claim.source, method, error, self._sizes())
            if self._at_points(claim):
                method = f"points at {SOME_SIZES}; index form: {limit.message}"
                return Form(claim.tree, claim.source, method, 1.0, self._sizes())
            raise

    # -- arrangements

    def _arranged(self, tree: Tree, shapes: Shapes) -> Tree:
        """The formula in the layout that is asked for. Errors: UsageError where the derivative has none such."""
        if not self.arrangement:
            return tree
        output, variables = self._axes()
        plan, facts = self.arrangement.plan(output, variables), Facts(sized(shapes), self.known)
        tree = _squeezed(tree, plan.shape)
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
        return Symmetry(self.symmetric, {name: _at(shape, sizes) for name, shape in self.shapes.items()}, self.parts)

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

    def _of_its_shape(self, claim: Expression) -> None:
        """Index form has no axes of size 1, so that it reads more than the language does.

        Errors: ExpressionError, LimitError where the formula has no value of the derivative's shape at some sizes.
        """
        sizes = self._sizes()[0]
        inputs = {name: _at(self.shapes.get(name, ()), sizes) for name in (*self.function.names, *sizes)}
        output, found = (self._shape(side, sizes) for side in (self.function, claim))
        own = tuple(n for name in self.wrt for n in inputs.get(name, ()))
        if found != (*output, *own) and not (prod(output) == 1 and found == own):
            said = f"the formula has shape {shape_text(found)}, the derivative {shape_text((*output, *own))}"
            raise LimitError(said, kind="unchecked")

    def _shape(self, side: Expression, sizes: Mapping[str, int]) -> Shape:
        inputs = {name: _at(self.shapes.get(name, ()), sizes) for name in (*self.function.names, *sizes)}
        return output_shape(compile_tree(at_sizes(side, sizes, bound=self.function.names).tree), inputs)

    def _sizes(self) -> tuple[dict[str, int], ...]:
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
        for sizes in self._sizes():
            shapes = {name: _at(shape, sizes) for name, shape in self.shapes.items()}
            if not self.at_points(self.function, claim, self.wrt, shapes, sizes):
                return False
        return True

    def _at_sizes(self, claim: Expression) -> float | None:
        """The probability that it holds by chance in residues at a few sizes; None where it does not hold at one."""
        error = 0.0
        for sizes in self._sizes():
            function, other = (
                compile_tree(at_sizes(side, sizes, bound=self.function.names).tree) for side in (self.function, claim)
            )
            premises = [compile_tree(at_sizes(p, sizes, condition=True).tree) for p in self.premises]
            names = sorted({*function.names, *other.names} - sizes.keys())
            shapes = {name: _at(self.shapes.get(name, ()), sizes) for name in names}
            given = {name: np.asarray(float(n)) for name, n in sizes.items() if name in (*function.names, *other.names)}
            try:
                found = holds_everywhere(
                    function,
                    other,
                    self.kind,
                    self.wrt,
                    {**shapes, **dict.fromkeys(given, ())},
                    given=given,
                    premises=premises,
                )
            except LimitError:
                return None
            if not found.holds:
                return None
            error += found.error
        return error


def _above_one(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def _squeezed(tree: Tree, shape: Shape) -> Tree:
    """What ``_with_ones`` puts axes of size 1 in."""
    inside = tree.args[0] if nodes.row_of(tree) is OPS["index"] else None
    return inside if inside is not None and tree == _with_ones(inside, shape) else tree


def _at(shape: Sequence[str | int], sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(int(sizes.get(str(size), size)) for size in shape)


Road = Callable[[Question], tuple[Tree, Mapping[str, tuple[str | int, ...]]]]


def _roads(question: Question) -> Iterator[Road]:
    """The ways to a form; those in LAST only where there is none yet."""
    yield _at_once
    if question.parts:
        yield _in_own_names
    if len(question.wrt) > 1:
        yield _by_the_gradient
    elif question.kind == "grad":
        yield _in_reverse
    yield _with_axes_of_one
    if len(question.wrt) > 1:
        yield _by_the_gradient_with_axes_of_one


def _in_reverse(question: Question) -> tuple[Tree, Shapes]:
    sizes = numbers_of(question.shapes)
    tree = at_sizes(question.function, sizes, bound=question.function.names).tree
    shapes = {
        name: tuple(size if isinstance(size, int) else Size.of(size, sizes[size]) for size in shape)
        for name, shape in question.shapes.items()
    }
    return accumulated(tree, question.wrt[0], shapes, sizes), {}


def _at_once(question: Question) -> tuple[Tree, Shapes]:
    return derived(question.function, question, {})


def _in_own_names(question: Question) -> tuple[Tree, Shapes]:
    return derived(question.function, question, question.parts)


def _with_axes_of_one(question: Question) -> tuple[Tree, Shapes]:
    """Columns and rows as vectors, ``x[:, 0]``, and the derivative with its axes of size 1: ``d[:, None]``."""
    return derived(question.function, question, {}, plain=True)


def _by_the_gradient_with_axes_of_one(question: Question) -> tuple[Tree, Shapes]:
    return _by_the_gradient(question, plain=True)


def _by_the_gradient(question: Question, plain: bool = False) -> tuple[Tree, Shapes]:
    """The derivative of the first derivative's closed form."""
    kind = "jacobian" if question.kind == "jacobian" else "grad"
    first = closed_form(question.function, kind, question.wrt[:-1], question.shapes)  # premises hold of no neighbours
    sizes = numbers_of(question.shapes)
    gradient = parse(first.text, bound=question.function.names, sizes=sizes)
    return derived(gradient, replace(question, wrt=question.wrt[-1:]), {}, plain=plain)


LAST = frozenset({_with_axes_of_one, _by_the_gradient_with_axes_of_one, _in_reverse})


def numbers_of(shapes: Shapes) -> dict[str, int]:
    """Large numbers that stand for the letters of sizes."""
    return nodes.stand_ins(size for shape in shapes.values() for size in shape if isinstance(size, str))


def derived(
    function: Expression, question: Question, own: Mapping[str, Tree], plain: bool = False
) -> tuple[Tree, Shapes]:
    """The derivative in the question's variables, one after the other; symmetric matrices are so after that.

    own:   parts that stand in it under their names
    plain: its parts are written without their axes of size 1, and the derivative has them
    Returns it, and the shapes of such parts. Errors: LimitError, ExpressionError, ShapeMismatch.
    """
    shapes = question.shapes
    sizes = numbers_of(shapes)
    symmetry = Symmetry(question.symmetric, {name: _at(shape, sizes) for name, shape in shapes.items()}, own)
    expression = at_sizes(function, sizes)
    extents = {name: tuple(_extent(size) for size in shape) for name, shape in shapes.items()}
    with table():
        parts = Parts(sizes, {part: name for name, part in by_names(own).items()})
        values = {name: parts.variable(name, extents.get(name, ())) for name in expression.names}
        value = parts.read(expression.tree, values).value
        terms, free = normal.collected(value.terms, value.free), value.free
        output = () if question.kind == "grad" and value.size == 1 else value.shape
        due = [*output, *(size for name in question.wrt for size in extents.get(name, ()))]
        for name in question.wrt:
            at = [Index(size) for size in extents.get(name, ()) if size != 1]
            terms = normal.collected(parts.derivative(terms, name, at), [*free, *at])
            free = [*free, *at]
        terms = normal.collected([_symmetric(term, parts, symmetry) for term in terms], free)
        known = {name: parts.made[name].part.value.shape for name in own if name in parts.made}
        own_shapes = {name: tuple(map(_letter, shape)) for name, shape in known.items()}
        if plain:
            parts.trees = {name: _without_ones(tree, parts.shapes[name]) for name, tree in parts.trees.items()}
        written = _written(terms, free, parts, {**shapes, **own_shapes})
        if len(written) <= MAX_TRIED:
            written = [one for one in written if not question.vanishes(formula_of([one]))]
        tree = symmetry.without_needless(formula_of(written)) if written else _zeros(due, shapes)
        entries = literal(terms, free, lambda sums: formula_of(_written(sums, [], parts, {**shapes, **own_shapes})))
        if terms and entries is not None and len(write(entries)) <= MOST_LONGER * len(write(tree)):
            tree = entries
        return _with_ones(tree, due) if plain and terms else tree, own_shapes


def _without_ones(tree: Tree, shape: Sequence[Extent]) -> Tree:
    """The array without its axes of size 1."""
    entries = tuple(0 if size == 1 else slice(None) for size in shape)
    return _indexed(tree, entries) if 1 in shape else tree


def _with_ones(tree: Tree, shape: Sequence[Extent]) -> Tree:
    """An array of the axes that are not of size 1 with those that are."""
    if all(size == 1 for size in shape):
        for _ in shape:
            tree = made("stack", tree)
        return tree
    return _indexed(tree, tuple(None if size == 1 else slice(None) for size in shape)) if 1 in shape else tree


def _indexed(tree: Tree, entries: tuple[object, ...]) -> Tree:
    while isinstance(entries[-1], slice):
        entries = entries[:-1]
    return made("index", tree, constants=(entries,))


def _zeros(due: Sequence[Extent], shapes: Shapes) -> Tree:
    """A derivative without terms, of its shape."""
    shape = ", ".join(map(str, due))
    return parse(f"zeros({shape})" if due else "0", sizes=numbers_of(shapes)).tree


def _letter(extent: Extent) -> str | int:
    return extent if isinstance(extent, int) else str(extent)


def _symmetric(term: Term, parts: Parts, symmetry: Symmetry) -> Term:
    """The term with indices of symmetric parts that may change places."""
    factors = {}
    for (one, ports), exponent in term.factors.items():
        square = one.kind is Kind.TENSOR and len(one.sizes) == 2 and one.sizes[0] == one.sizes[1]
        if square and symmetry(parts.trees[one.name]):
            one = atom(Kind.TENSOR, one.name, one.sizes, classes=(0, 0))
        factors[one, ports] = exponent
    return Term(term.coefficient, factors, term.bound)


def _written(terms: Sum, free: Sequence[Index], parts: Parts, shapes: Shapes) -> list[Written]:
    sizes = numbers_of(shapes)
    numbers = {name: tuple(sizes.get(str(size), size) for size in shape) for name, shape in shapes.items()}
    return [Network(term, free, parts.trees, sizes, numbers).written() for term in terms]  # type: ignore[arg-type]


def _extent(size: str | int) -> Extent:
    return letter(size) if isinstance(size, str) else size
