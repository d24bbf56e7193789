"""Conditions in a proof: what holds on both sides of each, and at the points between.

On each side of u = 0 a step of u is 0 or 1, abs(u) is u or -u: two sums that agree there are one on all sides. Where
u = 0 the function has a derivative only if both sides lead to the same one, so that a claim is right there too if its
formula is that of one side: if it asks for u > 0, or for u >= 0, and not for both, and tells nothing else at u = 0.
Where u = 0 all around, a function with a step has the derivative of what it is there, which is compared as well.
"""

from __future__ import annotations

from fractions import Fraction

from gradcli.base.errors import LimitError
from gradcli.closed import functions, normal, powers
from gradcli.closed.named import is_flat
from gradcli.closed.rebuilding import atoms_in, rebuilt
from gradcli.closed.terms import Atom, Factor, Form, Index, Kind, Number, Sum, Term, product, scaled


def jumps(terms: Sum) -> list[Atom]:
    """The steps and flat functions in it."""
    return [one for one in atoms_in(terms) if one.kind is Kind.STEP or _is_flat(one)]


def _is_flat(one: Atom) -> bool:
    return one.kind is Kind.FUNCTION and is_flat(functions.label_of(one))


def admitted(function: Sum, claim: Sum) -> None:
    """Errors: LimitError where both sides of the conditions say too little of the points between.

    A function that jumps may have another derivative at a single point than around it; a claim may tell such points
    apart by a sign, which is 0 there, unless it is a mere factor: then both sides differ by it, or it does not count.
    """
    steps = [one for terms in (function, claim) for one in jumps(terms) if one.kind is Kind.STEP]
    signs = {
        factor for term in claim for factor, e in term.factors.items() if factor[0].name == functions.SIGN and e == 1
    }
    plain = {one.number for one, _ in signs}
    if any(one.kind is not Kind.STEP for one in jumps(function)) or any(
        one.kind is not Kind.STEP and (one.number not in plain or one.name != functions.SIGN or _nested(one, claim))
        for one in jumps(claim)
    ):
        raise LimitError("a function with jumps", kind="unchecked")
    asked = {one.inside for one in jumps(claim) if one.kind is Kind.STEP}
    told = {_either(one.inside).number for one in steps}
    if len(asked) > 1 or len(told) > 1 or told & {_either(one.inside).number for one, _ in signs}:
        raise LimitError("several conditions", kind="unchecked")


def _nested(one: Atom, terms: Sum) -> bool:
    """Does it stand inside of another atom, or as another power than the first?"""
    inside = [inner for term in terms for inner, _ in term.factors if inner.form is not None]
    deeper = any(
        one is found for inner in inside for found in atoms_in(inner.inside.at([Index(s) for s in inner.inside.sizes]))
    )
    return deeper or any(e != 1 for term in terms for factor, e in term.factors.items() if factor[0] is one)


def _either(form: Form) -> Form:
    """The same form for a sum and its negative."""
    inner = tuple(Index(size) for size in form.sizes)
    turned, _ = normal.form_of(scaled(form.at(inner), -1), inner)
    return min(form, turned, key=lambda one: one.number)


def has_conditions(terms: Sum) -> bool:
    return any(one.kind is Kind.STEP or one.name == functions.MAGNITUDE or _is_flat(one) for one in atoms_in(terms))


def on_either_side(terms: Sum) -> Sum:
    """The sum with steps, magnitudes and signs by the side on which their operand is."""
    return rebuilt(terms, _by_side, "side")


def between(terms: Sum) -> Sum:
    """The sum where the operands of all steps are 0, and all else by the side on which it is."""
    off = rebuilt(terms, lambda factor, _: [] if factor[0].kind is Kind.STEP else None, "between")
    return on_either_side(off)


def _by_side(factor: Factor, exponent: Number) -> Sum | None:
    one, ports = factor
    if one.kind is not Kind.STEP and one.name not in {functions.MAGNITUDE, functions.SIGN}:
        return None
    free = [port for port in dict.fromkeys(ports) if isinstance(port, Index)]
    inside = on_either_side(one.inside.at(ports))
    sign = functions.side(inside, free)
    if one.kind is Kind.STEP:
        sign = scaled([Term(1, {}), *sign], Fraction(1, 2))
    elif one.name == functions.MAGNITUDE:
        sign = product(inside, sign)
    return powers.power(sign, free, exponent)
