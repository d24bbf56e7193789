"""How large a sympy expression is, and would become: what sympy is asked to do is admitted by this, not by the clock.

All of it is counted on the expression as a graph, each different part once, so that to count is quick where the tree
would be endless.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, lcm, prod

import sympy
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction

from gradcli.language.nodes import Tree

MANY = 10**9  # more is as good as endless
_PERIODIC = (TrigonometricFunction, HyperbolicFunction)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large an expression may be for something that sympy does: operations; functions and roots; terms that come of
    multiplying out; the multiple in sin(64*x), which is written out in sines and cosines of x; the power in exp(9*x),
    which becomes a polynomial in exp(x) with a coefficient for each power."""

    operations: int
    functions: int = MANY
    terms: int = 10_000
    multiple: int = 64
    power: int = 10_000

    def refusal(self, tree: Tree) -> str:
        """What is too large; empty where nothing is."""
        for found, most, what in (
            (operations(tree), self.operations, "operations"),
            (functions(tree), self.functions, "functions and roots"),
            (terms_in_all(tree), self.terms, "terms when multiplied out"),
            (multiple(tree), self.multiple, "as a multiple inside of a sine or its kin"),
            (power(tree), self.power, "as a power of what is raised to several"),
        ):
            if found > most:
                return f"has {found:,} {what}, simplification is tried up to {most:,}"
        return ""


# Measured on textbooks' derivatives: what these admit takes sympy half a second at most, nearly all of it a tenth.
SIMPLIFY = Bounds(500, functions=12, terms=100)


def operations(tree: Tree) -> int:
    """How many operations the expression has, as it would be written out."""
    known: dict[Tree, int] = {}
    for part in parts(tree):
        own = max(len(part.args) - 1, 1) if part.args else 0
        known[part] = min(own + sum(known[child] for child in part.args), MANY)
    return known[tree]


def functions(tree: Tree) -> int:
    """How many different functions and roots stand in it."""
    return sum(map(_is_function, parts(tree)))


def multiple(tree: Tree) -> int:
    """The largest whole multiple inside of a trigonometric or hyperbolic function."""
    inside = (arg for part in parts(tree) if isinstance(part, _PERIODIC) for arg in sympy.Add.make_args(part.args[0]))
    factors = (arg.as_coeff_Mul()[0] for arg in inside)
    return max((abs(int(factor.p)) for factor in factors if factor.is_Rational), default=0)


def power(tree: Tree) -> int:
    """The largest power there is when all exponents are whole multiples of one, of ``exp(x/2) + exp(x/3)`` it is 3."""
    exponents = [e for part in parts(tree) if isinstance(part, sympy.Pow | sympy.exp) for e in (part.as_base_exp()[1],)]
    inside = (term.as_coeff_Mul()[0] for exponent in exponents for term in sympy.Add.make_args(exponent))
    factors = [factor for factor in inside if factor.is_Rational]
    unit = lcm(*(int(factor.q) for factor in factors))
    return max((abs(int(factor * unit)) for factor in factors), default=0)


def terms_in_all(tree: Tree) -> int:
    """How many terms it has at most when all products and powers in it are multiplied out."""
    known: dict[Tree, int] = {}
    for part in parts(tree):
        inside = [known[child] for child in part.args]
        if isinstance(part, sympy.Add):
            known[part] = min(sum(inside), MANY)
        elif isinstance(part, sympy.Mul):
            known[part] = min(prod(inside), MANY)
        elif isinstance(part, sympy.Pow) and part.exp.is_Integer:
            known[part] = _power(inside[0], abs(int(part.exp)))
        else:
            known[part] = 1
    return max(known.values())


def _power(terms: int, n: int) -> int:
    """Terms of the n-th power of a sum: as many as there are products of n of its terms, in any order."""
    few = min(terms - 1, n)
    return 1 if few <= 0 else min(comb(terms - 1 + n, few), MANY) if few < 32 else MANY


def pieces(tree: Tree) -> int:
    """In how many ways one can go through all that is piecewise in it; 1 where nothing is."""
    found = parts(tree) if isinstance(tree, sympy.Basic) else []
    return min(prod(len(part.args) for part in found if isinstance(part, sympy.Piecewise)), MANY)


def bits_of_power(base: Tree, exponent: Tree) -> int:
    """How many bits the whole numbers have that sympy makes of a power; 0 where it makes none."""
    if not exponent.is_Rational:
        return 0
    factors = (f.base if isinstance(f, sympy.Pow) else f for f in sympy.Mul.make_args(base))
    numbers = (n for f in factors if f.is_Rational and abs(f) != 1 for n in (int(f.p), int(f.q)))
    return int(abs(exponent)) * max((n.bit_length() for n in numbers), default=0)


def _is_function(part: Tree) -> bool:
    return isinstance(part, sympy.Function) or (isinstance(part, sympy.Pow) and not part.exp.is_Integer)


def parts(tree: Tree) -> list[Tree]:
    """Each different part once, operands before what they stand in."""
    found: dict[Tree, None] = {}
    stack: list[tuple[Tree, bool]] = [(tree, False)]
    while stack:
        part, opened = stack.pop()
        if part in found:
            continue
        if opened:
            found[part] = None
        else:
            stack.append((part, True))
            stack += [(child, False) for child in part.args]
    return list(found)
