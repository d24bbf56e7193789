"""Factors: a sign, a number, a size, an inner derivative, a part of the function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache, partial
from itertools import islice, product
from typing import Any

import numpy as np
import sympy
from flint import arb

from gradcli.base.errors import GradcliError
from gradcli.claims.statement import Statement
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause, changed, numbers, same, times
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import parse
from gradcli.language.write import write, write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import enclosure
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.shapes import output_shape
from gradcli.operations.table import OPS

NAMED: tuple[tuple[str, Tree], ...] = (
    ("", sympy.Integer(1)),
    ("log(10)", sympy.log(10)),
    ("log(2)", sympy.log(2)),
    ("pi", sympy.pi),
    ("sqrt(pi)", sympy.sqrt(sympy.pi)),
    ("sqrt(2)", sympy.sqrt(2)),
    ("sqrt(2*pi)", sympy.sqrt(2 * sympy.pi)),
    ("e", sympy.E),
    ("sqrt(3)", sympy.sqrt(3)),
)

# A float beyond is a whole number, whatever it stands for.
MAX_DECIMALS, MAX_DENOMINATOR = 19, 13
MAX_ROUNDED, MAX_COMBINED = 3, 60  # numbers that were rounded together, and how many ways are tried
ROUNDED = 0.015  # relative: the most that rounding changes, as 0.33 for 1/3
LARGEST_FACTOR = 1e15


def signs(case: Case) -> Iterator[Cause]:
    quotient = isinstance(case.first.function.tree, sympy.Mul) and _moving_divisor(case)
    text = f"the claim is minus the {case.noun}"
    more = ", as when the terms of the quotient rule stand in the reverse order" if quotient else ""
    yield Cause("sign", text + more, lambda statement: corrections.minus(statement.claim.tree))


def _moving_divisor(case: Case) -> bool:
    """Does the function have the variable above the bar and below it? Else its derivative has one term."""
    names = set(case.first.wrt)
    moving = [part for part in case.first.function.tree.args if {symbol.name for symbol in part.free_symbols} & names]
    below = [part for part in moving if isinstance(part, sympy.Pow) and part.args[1].is_negative]
    return 0 < len(below) < len(moving)


def constants(case: Case) -> Iterator[Cause]:
    """One factor for all entries: a number, or a number of entries."""
    if case.ratios is None:
        return
    ratio = case.constant_ratio(case.ratios)
    if ratio is not None:
        yield from _sizes_in(case, ratio)
        for text, factor in _named(ratio):
            said = f"the claim has to be multiplied by {text}{_inner_constant(case, ratio)}"
            yield Cause("factor", said, partial(times, factor=factor))
        return
    by_statement = [
        (statement, case.constant_ratio([pair for pair in case.ratios if pair[0].statement is statement]))
        for statement in case.sample.statements
    ]
    if all(ratio is not None for _, ratio in by_statement):
        yield from _by_letters(case)


def _sizes_in(case: Case, ratio: arb) -> Iterator[Cause]:
    """A factor that is a size of an array: the sum taken for the mean, or the mean for the sum."""
    if case.first.sizes:
        return
    lengths = {n: name for name, shape in case.first.shapes.items() for n in (*shape, int(np.prod(shape))) if n > 2}
    for n, name in lengths.items():
        for text, value in ((f"1/{n}", Fraction(1, n)), (str(n), Fraction(n))):
            if same(ratio, enclosure(value)):
                what = (
                    "the mean is meant, the claim has the sum"
                    if value < 1
                    else "the sum is meant, the claim has the mean"
                )
                said = f"{what}: × {text}, and {n} is a size of {name}"
                yield Cause("sum against mean", said, partial(times, factor=nodes.number(value)))


def _inner_constant(case: Case, ratio: arb) -> str:
    """Is the factor the constant derivative of a part of the function, or its inverse?"""
    if case.before is None:
        return ""
    x = nodes.symbol(case.first.wrt[-1])
    for part in _inner_parts(case, x):
        slope = symbolic.derivative(part, x)
        if slope.is_number and slope not in (1, -1, 0):
            value = case.scalar_value(case.points[0], slope)
            for found, said in ((value, "is missing"), (None if value is None else 1 / value, "counts twice")):
                if found is not None and same(found, ratio):
                    return f": chain rule, {case.written(slope)}, the inner derivative of {case.written(part)}, {said}"
    return ""


def _by_letters(case: Case) -> Iterator[Cause]:
    letters = [nodes.symbol(letter) for letter in case.first.sizes]
    one, two = sympy.Integer(1), sympy.Integer(2)
    products = [*letters, *(nodes.multiply(a, b) for a, b in product(letters, letters) if a != b)]
    for base in [
        *products,
        *(nodes.add(a, sympy.Integer(-1)) for a in letters),
        *(nodes.power(a, one / 2) for a in letters),
    ]:
        for number in (one, two, one / 2, -one, -two):
            up = base if number == 1 else corrections.times(number, base)
            down = nodes.multiply(number, nodes.inverse(base))
            for factor, said in ((up, "the mean for the sum"), (down, "the sum for the mean")):
                missing = f"× {write(factor)} is missing"
                averaged = not base.is_Pow
                kind, text = (
                    ("sum against mean", f"the claim takes {said}: {missing}") if averaged else ("factor", missing)
                )
                yield Cause(kind, text, partial(times, factor=factor))


def inner_derivatives(case: Case) -> Iterator[Cause]:
    """A factor that is the derivative of a part of the function: the chain rule left out, or applied twice."""
    if case.ratios is None or case.before is None:
        return
    x = nodes.symbol(case.first.wrt[-1])
    for part in _inner_parts(case, x):
        slope = symbolic.derivative(part, x)
        if slope.is_number or case.is_step_beside_branches(slope):
            continue
        for factor, text in (
            (slope, "× {} is missing, the inner derivative of {}"),
            (1 / slope, "the inner derivative {} of {} counts twice"),
        ):
            if _factor_fits(case, factor):
                yield Cause("chain rule", text, partial(times, factor=factor), (slope, part))


def _inner_parts(case: Case, x: Tree) -> list[Tree]:
    """What is differentiated on the way: the parts of the function that vary with x, without x and the whole."""
    parts = (p for p in sympy.preorder_traversal(case.before) if isinstance(p, sympy.Expr))
    return list(dict.fromkeys(p for p in parts if p.has(x) and p not in (x, case.before)))


def _factor_fits(case: Case, factor: Tree) -> bool:
    """Is the ratio of truth and claim this scalar, at the first two points?"""
    assert case.ratios is not None
    for point, ratio in case.ratios[:2]:
        value = case.scalar_value(point, factor)
        if value is None or not all(same(r, value) for r in ratio.ravel() if r is not None):
            return False
    return True


def fractions(case: Case) -> Iterator[Cause]:
    """A fraction that is upside down, with the numbers in it or without them."""
    tree = case.first.claim.tree
    for path, part in corrections.places(tree):
        if corrections.in_condition(tree, path) or not all(_sides(part)):
            continue
        for numbers_too in (False, True):
            change = partial(_upside_down, numbers_too=numbers_too)
            said = f"the fraction {case.text(part)} is upside down: {case.text(change(part))} is due"
            yield Cause("factor", said, partial(changed, path=path, change=change))


def _sides(tree: Tree) -> tuple[list[Tree], list[Tree]]:
    """What stands above and below the fraction bar, without numbers."""
    factors = [factor for factor in nodes.terms_of(tree, sympy.Mul) if not factor.is_Rational]
    below = [factor for factor in factors if _divides(factor)]
    return [factor for factor in factors if factor not in below], below


def _divides(factor: Tree) -> bool:
    return isinstance(factor, sympy.Pow) and bool(factor.args[1].is_Number and factor.args[1] < 0)


def _upside_down(tree: Tree, *, numbers_too: bool) -> Tree:
    above, below = _sides(tree)
    sign_and_size = sympy.Mul(*(factor for factor in nodes.terms_of(tree, sympy.Mul) if factor.is_Rational))
    number = 1 / sign_and_size if numbers_too else sign_and_size
    top = [_inverse(factor) for factor in below]
    whole = corrections.over(nodes.multiply(*top) if len(top) > 1 else top[0], above[0])
    for factor in above[1:]:
        whole = corrections.over(whole, factor)
    return whole if number == 1 else corrections.times(number, whole)


def _inverse(factor: Tree) -> Tree:
    """What a factor divides by."""
    base, exponent = factor.args
    return base if exponent == -1 else nodes.power(base, -exponent)


def quantities(case: Case) -> Iterator[Cause]:
    """A factor that is a part of the function or of the claim, to a small power, with a number before it."""
    if case.ratios is None:
        return
    one = sympy.Integer(1)
    parts = dict.fromkeys(
        part
        for tree in (case.first.function.tree, case.first.claim.tree)
        for _, part in corrections.places(tree)
        if part != case.first.claim.tree and ((part.args and not nodes.is_condition(part)) or part.is_Symbol)
    )
    for part in sorted(parts, key=lambda part: sum(1 for _ in corrections.places(part))):
        for power in (one, -one, 2 * one, -2 * one, one / 2, -one / 2, -3 * one):
            raised = part if power == 1 else nodes.power(part, power)
            number = _leftover(case, raised)
            if number is None:
                continue
            text = f"× {_as_factor(number, part, power)} is missing"
            yield Cause("missing factor", text, partial(_with_factor, number=number, part=part, power=power))


def _as_factor(number: Tree, part: Tree, power: Tree) -> str:
    """``number*part**power``, a fraction where the power is negative or the number is one."""
    raised = part if abs(power) == 1 else nodes.power(part, abs(power))
    above = [] if abs(number.p) == 1 else [sympy.Integer(abs(number.p))]
    below = [] if number.q == 1 else [sympy.Integer(number.q)]
    (above if power > 0 else below).append(raised)
    top, bottom = (
        nodes.multiply(*side) if len(side) > 1 else side[0] if side else sympy.Integer(1) for side in (above, below)
    )
    return ("-" if number < 0 else "") + write(nodes.multiply(top, nodes.inverse(bottom)) if below else top)


def _with_factor(statement: Statement, number: Tree, part: Tree, power: Tree) -> Tree:
    """The claim times ``number*part**power``, with what divides under the fraction bar."""
    tree = statement.claim.tree if number == 1 else corrections.times(number, statement.claim.tree)
    if power > 0:
        return corrections.times(part if power == 1 else nodes.power(part, power), tree)
    return corrections.over(tree, part if power == -1 else nodes.power(part, -power))


def _leftover(case: Case, quantity: Tree) -> Tree | None:
    """The rational number by which the ratio is a multiple of the quantity, entry by entry, at two points."""
    assert case.ratios is not None
    found: arb | None = None
    for point, ratio in case.ratios[:2]:
        try:
            made = compile_tree(quantity)
            shape = output_shape(made, {name: point.statement.shape_of(name) for name in made.names})
        except (GradcliError, KeyError):
            return None
        if shape not in ((), ratio.shape):
            return None
        value = numbers(point, made)
        if value is None:
            return None
        spread = np.broadcast_to(value, ratio.shape)
        for place in np.ndindex(ratio.shape):
            r: Any = ratio[place]  # Any: an arb or None, as the next one
            q: Any = spread[place]
            if r is None:
                continue
            if q is not None and q.contains(0) and r.contains(0):
                continue
            if q is None or q.contains(0) or (found is not None and not same(r / q, found)):
                return None
            found = r / q if found is None else found
    fraction = None if found is None else _fraction(found)
    return None if fraction is None else nodes.number(fraction)


def roundings(case: Case) -> Iterator[Cause]:
    """Numbers that were rounded, wherever they stand."""
    tree = case.first.claim.tree
    leaves = list(dict.fromkeys(leaf for _, leaf in corrections.places(tree) if leaf.is_Rational and leaf.q > 1))
    exact = {leaf: list(_unrounded(leaf)) for leaf in leaves}
    for leaf in leaves:
        for number in exact[leaf]:
            text = f"{write(leaf)} is not exact: it stands for {write(number)}"
            yield Cause("rounded number", text, partial(_filled, numbers={leaf: number}))
    several = [leaf for leaf in leaves if exact[leaf]]
    if 1 < len(several) <= MAX_ROUNDED:
        for numbers in islice(product(*(exact[leaf] for leaf in several)), MAX_COMBINED):
            pairs = dict(zip(several, numbers, strict=True))
            said = " and ".join(f"{write(leaf)} stands for {write(number)}" for leaf, number in pairs.items())
            yield Cause("rounded number", f"the numbers are not exact: {said}", partial(_filled, numbers=pairs))


def _unrounded(leaf: Tree) -> Iterator[Tree]:
    """Well-known numbers and fractions that are this decimal number to its last digit, or nearly, the nearest first."""
    decimals = next((k for k in range(2, MAX_DECIMALS) if (leaf * 10**k).q == 1), None)
    if decimals is None:
        return
    size = abs(leaf)
    fractions = [sympy.Rational(round(size * d), d) for d in range(1, MAX_DENOMINATOR)]
    near = [sympy.Rational(round(size * 10**k), 10**k) for k in range(5)] if leaf.q > 1000 else []
    last = min(1e-3 * float(size) if leaf.q > 1000 else 10.0**-decimals, ROUNDED * float(size))
    apart = {nodes.number(n): abs(float(n) - float(size)) for n in (*near, *fractions) if n != size}
    apart |= {number: abs(value - float(size)) for number, value in _well_known()}
    for number in sorted((n for n in apart if apart[n] <= last), key=apart.__getitem__):
        yield number if leaf > 0 else corrections.minus(number)


@cache
def _well_known() -> tuple[tuple[Tree, float], ...]:
    """Simple multiples of well-known numbers and of their inverses, as people write them."""
    texts = [
        text
        for name in (*(name for name, _ in NAMED if name), "-digamma(1)")
        for above, below in (("", ""), ("", "/2"), ("2*", ""), ("", "/4"), ("", "/180"), ("180*", ""))
        for text in (f"{above}{name}{below}", f"{above.rstrip('*') or 1}/({below[1:] + '*' if below else ''}{name})")
    ]
    trees = [parse(text).tree for text in texts]
    return tuple((tree, float(tree)) for tree in trees)


def _filled(statement: Statement, numbers: Mapping[Tree, Tree]) -> Tree:
    tree = statement.claim.tree
    for leaf, number in numbers.items():
        tree = corrections.filled(tree, leaf, number)
    return tree


def bases(case: Case) -> Iterator[Cause]:
    """The factor log(2) or log(10) at one term or factor, where a logarithm of that base stands."""
    others = {OPS[name] for name in OPS["log"].slips.siblings}
    tree = case.first.claim.tree
    if not any(
        row_of(part) in others for whole in (case.first.function.tree, tree) for _, part in corrections.places(whole)
    ):
        return
    for path, part in corrections.places(tree):
        for base in (sympy.Integer(2), sympy.Integer(10)) if not corrections.in_condition(tree, path) else ():
            log = nodes.make(OPS["log"], [base])
            said = f"log({base}) of the base is missing at {case.text(part)}"
            yield Cause(
                "base", f"× 1/{said}", partial(changed, path=path, change=partial(corrections.over, divisor=log))
            )
            yield Cause("base", f"× {said}", partial(changed, path=path, change=partial(corrections.times, log)))


def _fraction(number: arb) -> Fraction | None:
    """A fraction of small numbers that the number is."""
    found = Fraction(float(number)).limit_denominator(720) if abs(float(number)) < LARGEST_FACTOR else Fraction(0)
    return found if found and same(number, enclosure(found)) else None


def _named(ratio: arb) -> Iterator[tuple[str, Tree]]:
    """The ratio as a fraction, or as a fraction times a well-known number or its inverse."""
    arithmetic = Balls()
    for _, known in NAMED:
        value = run(compile_tree(known), arithmetic, {})[()].value
        for power, quotient in ((1, ratio / value), (-1, ratio * value)):
            fraction = _fraction(quotient)
            if fraction is not None:
                tree = sympy.Rational(fraction.numerator, fraction.denominator) * known**power
                yield write_formula(tree), tree
