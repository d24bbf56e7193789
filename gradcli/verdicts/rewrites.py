"""Ways to write a function so that float arithmetic and autograd keep its derivative.

These are proposals: none is said before the derivative of the rewritten function has been computed and found true.
Patterns are written in gradcli's language; a, b, c and d stand for any formula. In a sum or a product a pattern matches
some of the terms, in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import permutations
from math import prod

import sympy
from flint import arb

from gradcli.base.precision import precision
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree
from gradcli.language.parse import parse
from gradcli.language.write import write_formula
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import enclosure
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.series.ray import BITS, about_zero
from gradcli.meaning.symbolic_size import Bounds, parts
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

# Most specific first. Sources: Higham, Accuracy and Stability (2002), ch. 1; the notes in the documentation of log1p,
# expm1, hypot and logsumexp.
PATTERNS = (
    ("log(1 + exp(a))", "logaddexp(a, 0)"),
    ("log(exp(a) + exp(b))", "logaddexp(a, b)"),
    ("log(sum(exp(a)))", "logsumexp(a)"),
    ("log(sigmoid(a))", "logsigmoid(a)"),
    ("log(1 - sigmoid(a))", "logsigmoid(-a)"),
    ("log(softmax(a))", "log_softmax(a)"),
    ("log(1/(1 + exp(a)))", "logsigmoid(-a)"),
    ("log(cosh(a))", "logaddexp(a, -a) - log(2)"),
    ("log(det(a))", "logdet(a)"),
    ("det([[a, b], [c, d]])", "a*d - b*c"),
    ("log(gamma(a))", "lgamma(a)"),
    ("log(abs(gamma(a)))", "lgamma(a)"),
    ("log(prod(a))", "sum(log(a))"),
    ("log(erfc(a))", "log_ndtr(-a*sqrt(2)) + log(2)"),
    ("log(ndtr(a))", "log_ndtr(a)"),
    ("log(1 + a)", "log1p(a)"),
    ("log(1 - a)", "log1p(-a)"),
    ("log(a) - log(b)", "log(a/b)"),
    ("1 - exp(a)", "-expm1(a)"),
    ("exp(a) - 1", "expm1(a)"),
    ("exp(a) - exp(b)", "exp(b)*expm1(a - b)"),
    ("exp(a)/(1 + exp(a))", "sigmoid(a)"),
    ("1/(1 + exp(a))", "sigmoid(-a)"),
    ("exp(a)/(exp(a) + exp(b))", "sigmoid(a - b)"),
    ("exp(a)/sum(exp(a))", "softmax(a)"),
    ("sinh(a)/cosh(a)", "tanh(a)"),
    ("cosh(a)/sinh(a)", "coth(a)"),
    ("1/cosh(a)", "sech(a)"),
    ("(exp(a) - exp(-a))/(exp(a) + exp(-a))", "tanh(a)"),
    ("exp(a)*exp(b)", "exp(a + b)"),
    ("exp(a)/exp(b)", "exp(a - b)"),
    ("1 - tanh(a)**2", "sech(a)**2"),
    ("1 - sigmoid(a)", "sigmoid(-a)"),
    ("1 - erf(a)", "erfc(a)"),
    ("1 + erf(a)", "erfc(-a)"),
    ("1 - ndtr(a)", "ndtr(-a)"),
    ("exp(a**2)*erfc(a)", "erfcx(a)"),
    ("exp(-a)*i0(a)", "i0e(a)"),
    ("exp(-a)*besseli(0, a)", "i0e(a)"),
    ("exp(-a)*i1(a)", "i1e(a)"),
    ("gamma(a)/gamma(b)", "exp(lgamma(a) - lgamma(b))"),
    ("1 - cos(a)", "2*sin(a/2)**2"),
    ("(1 - cos(a))/a**2", "0.5*sinc(a/(2*pi))**2"),
    ("sin(a)/a", "sinc(a/pi)"),
    ("1 - cos(a)**2", "sin(a)**2"),
    ("1 - sin(a)**2", "cos(a)**2"),
    ("cosh(a)**2 - sinh(a)**2", "1 + 0*a"),
    ("cosh(a) - 1", "2*sinh(a/2)**2"),
    ("cosh(a) - sinh(a)", "exp(-a)"),
    ("sqrt(a**4)", "a**2"),
    ("sqrt(a**2)", "abs(a)"),
    ("a/sqrt(1 + a**2)", "a/hypot(a, 1)"),
    ("sqrt(a**2 + b**2)", "hypot(a, b)"),
    ("sqrt(1 + a**2)", "hypot(a, 1)"),
    ("sqrt(b + a**2)", "hypot(a, sqrt(b))"),
    ("sqrt(sum(a**2))", "norm(a)"),
    ("a**2/abs(a)", "abs(a)"),
    ("sqrt(a)*sqrt(b)", "sqrt(a*b)"),
    ("sqrt(a) - sqrt(b)", "(a - b)/(sqrt(a) + sqrt(b))"),
    ("1 - sqrt(b)", "(1 - b)/(1 + sqrt(b))"),
    ("sqrt(b) - 1", "(b - 1)/(1 + sqrt(b))"),
    ("1/a - 1/b", "(b - a)/(a*b)"),
    ("a**2 - b**2", "(a - b)*(a + b)"),
    ("a*sqrt(a)", "a**1.5"),
    ("a**2*sqrt(a)", "a**2.5"),
    ("sqrt(a)**2", "a"),
    ("a*log(a)", "xlogy(a, a)"),
    ("a*log(b)", "xlogy(a, b)"),
    ("a*log(1 + b)", "xlog1py(a, b)"),
    ("relu(a) - relu(-a)", "a"),
    ("relu(a) + relu(-a)", "abs(a)"),
    ("maximum(a, 0) - maximum(-a, 0)", "a"),
    ("maximum(a, 0) + minimum(a, 0)", "a"),
    ("abs(a)*abs(a)", "a**2"),
    ("abs(a)**2", "a**2"),
    ("abs(a)*sign(a)", "a"),
    ("a*sign(a)", "abs(a)"),
    ("maximum(a, b) + minimum(a, b)", "a + b"),
    ("a/a", "1 + 0*a"),
    ("0*a", "0"),
    ("exp(log(a))", "a"),
    ("log(exp(a))", "a"),
)

LAST_RESORT = (("sqrt(a)", "sqrt(a + 1e-30)"), ("norm(a)", "sqrt(sum(a**2) + 1e-30)"))  # eps inside the root

WILD = frozenset("abcd")
SAFE = (1, 0.5, 2, -1, 0)  # what stands in the unused branch in the place of the variables
MAX_TERMS, MAX_CANDIDATES = 6, 60
SERIES_TERMS = 8
LARGEST = arb(2) ** 1_000  # of a coefficient that is written, and its inverse the smallest: floats have no others
MAX_DENOMINATOR = 10**6  # of a coefficient that is written as a fraction
MAX_DEGREE, CANCELLED = 1_000, Bounds(50, terms=30)  # of what sympy is asked to cancel factors in

Bindings = dict[str, Tree]


def candidates(
    tree: Tree, shapes: Mapping[str, Shape], moving: Sequence[str], formula: Tree | None = None
) -> Iterator[tuple[Tree, str]]:
    """Other ways to write ``tree``, most specific first, and what is to be said with each; none of them checked yet.

    shapes, moving: the shapes of all variables, and the names of those that are differentiated
    formula: the same function in sympy's own terms, where it is a scalar and there is one
    """
    rules, last = _compiled(PATTERNS), _compiled(LAST_RESORT)
    inside = _log_inside(tree)
    once = [_everywhere(inside, *rule) for rule in rules]
    plans = [once, [_guard(tree, moving, nodes.number(sympy.Rational(safe))) for safe in SAFE]]
    changed = list(dict.fromkeys(made for made in once if made != tree))[:8]
    plans += [[_everywhere(first, *rule) for rule in rules] for first in changed]  # two at once
    seen = {tree}
    for made in (made for plan in plans for made in plan):
        if made not in seen and len(seen) < MAX_CANDIDATES:
            seen.add(made)
            yield made, ""
    if list(shapes) == list(moving) and list(shapes.values()) == [()]:
        yield from _of_one_variable(tree, formula, nodes.symbol(moving[0]))
    yield from ((made, "") for made in (_everywhere(tree, *rule) for rule in last) if made not in seen)


@cache
def _compiled(rules: tuple[tuple[str, str], ...]) -> tuple[tuple[Tree, Tree], ...]:
    """The rules as trees; one that names a row that is not there would be a mistake of ours."""
    return tuple((parse(pattern).tree, parse(replacement).tree) for pattern, replacement in rules)


def _within(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """The node with each child changed; what cancels to a number is that number: ``x + 1 - x``, ``2*2``."""
    if isinstance(tree, Static):
        return tree
    children = [change(child) for child in tree.args]
    if all(a is b for a, b in zip(children, tree.args, strict=True)):
        return tree
    if isinstance(tree, sympy.Tuple):
        return tree.func(*children)
    numbers = isinstance(tree, sympy.Mul) and children[0] != -1 and all(child.is_Rational for child in children)
    whole = tree.func(*children) if numbers or isinstance(tree, sympy.Add) else None
    return whole if whole is not None and whole.is_Rational else tree.func(*children, evaluate=False)


def _log_inside(tree: Tree) -> Tree:
    """``log(u[0])`` as ``log(u)[0]``, so that the logarithm meets what it may be taken together with."""
    made = _within(tree, _log_inside)
    if isinstance(made, sympy.log) and nodes.is_index(made.args[0]):
        array, entries = made.args[0].args
        return nodes.make(OPS["index"], [nodes.make(OPS["log"], [array])], entries.value)
    return made


def _everywhere(tree: Tree, pattern: Tree, replacement: Tree) -> Tree:
    """The tree with every match replaced, innermost first."""
    return _replaced(_within(tree, lambda child: _everywhere(child, pattern, replacement)), pattern, replacement)


def _replaced(tree: Tree, pattern: Tree, replacement: Tree) -> Tree:
    """The node with the pattern replaced in it; in a sum or product the terms that it does not need stay."""
    if type(tree) is not type(pattern):
        return tree
    if not isinstance(tree, sympy.Add | sympy.Mul):
        found = _match(pattern, tree, {})
        return tree if found is None else _filled(replacement, found)
    terms, wanted = list(tree.args), len(pattern.args)
    if wanted > len(terms) or len(terms) > MAX_TERMS:
        return tree
    for chosen in permutations(range(len(terms)), wanted):
        found = _match_all(pattern.args, [terms[i] for i in chosen], {})
        if found is not None:
            made = _filled(replacement, found)
            rest = [term for i, term in enumerate(terms) if i not in chosen]
            return tree.func(made, *rest, evaluate=False) if rest else made
    return tree


def _match(pattern: Tree, tree: Tree, bound: Bindings) -> Bindings | None:
    """What the wild names stand for, or None."""
    if pattern.is_Symbol and pattern.name in WILD:
        if pattern.name in bound:
            return bound if bound[pattern.name] == tree else None
        return {**bound, pattern.name: tree}
    if not pattern.args or isinstance(pattern, Static):
        return bound if pattern == tree else None
    if type(pattern) is not type(tree) or len(pattern.args) != len(tree.args):
        return None
    if isinstance(pattern, sympy.Add | sympy.Mul) and len(pattern.args) <= 4:
        for order in permutations(tree.args):
            found = _match_all(pattern.args, order, bound)
            if found is not None:
                return found
        return None
    return _match_all(pattern.args, tree.args, bound)


def _match_all(patterns: Sequence[Tree], trees: Sequence[Tree], bound: Bindings) -> Bindings | None:
    found: Bindings | None = bound
    for pattern, tree in zip(patterns, trees, strict=True):
        found = None if found is None else _match(pattern, tree, found)
    return found


def _filled(replacement: Tree, found: Bindings) -> Tree:
    """The replacement with what the wild names stand for."""
    wild = replacement.is_Symbol and replacement.name in found
    return found[replacement.name] if wild else _within(replacement, lambda child: _filled(child, found))


def _guard(tree: Tree, moving: Sequence[str], safe: Tree) -> Tree:
    """The variables kept away from the branch that is not taken: ``where(c, f(where(c, x, 1)), g)``."""
    made = _within(tree, lambda child: _guard(child, moving, safe))
    op = nodes.row_of(made)
    if op is None or not op.chooses:
        return made
    condition, taken, other = made.args
    variables = [s for s in tree.free_symbols if s.name in moving]
    taken = _put(taken, {s: nodes.make(op, [condition, s, safe]) for s in variables}) if taken.args else taken
    other = _put(other, {s: nodes.make(op, [condition, safe, s]) for s in variables}) if other.args else other
    return nodes.make(op, [condition, taken, other])


def _put(tree: Tree, values: Mapping[Tree, Tree]) -> Tree:
    """The tree with values for variables, but for what a derivative inside is taken of: that needs its variables."""
    row = nodes.row_of(tree)
    if tree in values or (row is not None and row.differentiates):
        return values.get(tree, tree)
    return _within(tree, lambda child: _put(child, values))


def _of_one_variable(tree: Tree, formula: Tree | None, x: Tree) -> Iterator[tuple[Tree, str]]:
    """The function as sympy simplifies it, with common factors cancelled, and its Taylor polynomial about 0."""
    found = []
    if formula is not None:
        found.append((write_formula(formula), ""))
        if formula.is_rational_function(x) and _degree(formula) <= MAX_DEGREE and not CANCELLED.refusal(formula):
            found.append((write_formula(sympy.cancel(formula)), ""))
    found.append(_taylor(tree, x))
    # As a person writes it, ``x**2/24``, in a tree of ours.
    yield from [(parse(text, bound=[x.name]).tree, remark) for text, remark in found if text]


def _degree(formula: Tree) -> int:
    """At least the degree of a rational function when it is multiplied out."""
    return prod(abs(int(part.exp)) for part in parts(formula) if isinstance(part, sympy.Pow))


def _taylor(tree: Tree, x: Tree) -> tuple[str, str]:
    """The first terms of a function of one number about 0, empty where they are not known; and what they are."""
    found, whole = about_zero(compile_tree(tree), x.name, SERIES_TERMS) or ([], False)
    with precision(BITS):
        names = _constants(tree)
        known = [(k, c) for k, c in enumerate(found) if not c.contains(0)]
        if any(abs(c) > LARGEST or abs(c) < 1 / LARGEST for _, c in known):
            return "", ""
        terms = [_term(c, k, x.name, names) for k, c in known]
    remark = "the polynomial that it is near 0" if whole else "near 0, its Taylor polynomial"
    return " + ".join(terms).replace("+ -", "- "), remark


def _constants(tree: Tree) -> dict[Tree, arb]:
    """What a coefficient may be a fraction of, and its enclosure: irrational numbers inside, logarithms of bases."""
    inside = parts(tree)
    found = {sympy.pi} | {part for part in inside if not part.free_symbols and part.is_irrational}
    found |= {
        sympy.log(part.base) for part in inside if part.is_Pow and part.base.is_positive and part.exp.free_symbols
    }
    return {constant: run(compile_tree(constant), Balls(), {})[()].value for constant in found}


def _term(coefficient: arb, k: int, name: str, constants: Mapping[Tree, arb]) -> str:
    """``x**2/24`` or ``-pi**2*x**2/6``, where the coefficient is a fraction of a power of a constant; else
    ``1.5707963267948966*x``."""
    for constant, value in ((sympy.Integer(1), arb(1)), *constants.items()):
        for power in range(-k - 1, k + 2) if constant != 1 else (0,):
            ratio = coefficient / value**power
            fraction = _fraction(ratio)
            if fraction is not None:
                number = sympy.Rational(fraction.numerator, fraction.denominator) * constant**power
                return write_formula(number * sympy.Symbol(name) ** k)
    return f"{float(coefficient.mid())!r}{f'*{name}' if k else ''}{f'**{k}' if k > 1 else ''}"


def _fraction(number: arb) -> Fraction | None:
    """A fraction with a small denominator that the enclosure of a number holds."""
    whole, exponent = number.mid().man_exp()
    found = (Fraction(int(whole)) * Fraction(2) ** int(exponent)).limit_denominator(MAX_DENOMINATOR)
    return found if found and number.overlaps(enclosure(found)) else None
