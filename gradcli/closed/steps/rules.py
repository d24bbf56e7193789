"""The rules of differentiation at a person's step size: each takes one derivative apart, and leaves its parts open.

Derivatives of functions come from their rows (see ``slopes``); here is what holds of sums, products and powers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.factors import made
from gradcli.closed.steps.slopes import slope, written_out
from gradcli.closed.steps.tidy import MINUS_ONE, ONE, ZERO, difference, flattened, power, product, total
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of
from gradcli.language.write import shortened, write
from gradcli.operations.table import OPS

DIFF = OPS["diff"]
HALF = sympy.Rational(1, 2)
SHOWN = 40  # characters of a part in the name of a rule
FACTORS = "uvwabcdefghij"  # the letters of factors in a rule


@dataclass(frozen=True, slots=True)
class Applied:
    """What a rule makes of a derivative.

    tree:    in its place, with derivatives that are still to be taken
    rule:    its name; because: it as a formula, and what its letters are
    trivial: nobody has a line for it alone: constants, x' = 1, numbers before
    """

    tree: Tree
    rule: str
    because: str
    trivial: bool = False


def open_derivative(part: Tree, x: Tree) -> Tree:
    """``diff(part, x)``."""
    return nodes.make(DIFF, [part, x])


def is_open(tree: Tree) -> bool:
    return row_of(tree) is DIFF


def depends(tree: Tree, x: Tree) -> bool:
    return x in tree.free_symbols


def applied(part: Tree, x: Tree) -> Applied:
    """One rule, used on ``diff(part, x)``. Errors: LimitError where there is none."""
    part = _without_ones(part)
    for rule in _RULES:
        found = rule(part, x)
        if found is not None:
            return found
    raise LimitError(f"no rule by hand for diff({shortened(part)}, {x})", kind="unchecked")


def _without_ones(part: Tree) -> Tree:
    """``1/x``, which is read as 1 times the inverse of x, as that inverse."""
    if not isinstance(part, sympy.Mul):
        return part
    factors = [factor for one in part.args for factor in flattened(one) if factor != 1]
    return nodes.multiply(*factors) if len(factors) > 1 else factors[0]


Rule = Callable[[Tree, Tree], Applied | None]


def _constant(part: Tree, x: Tree) -> Applied | None:
    if depends(part, x):
        return None
    return Applied(ZERO, "derivative of a constant", f"c' = 0 with c = {write(part)}", trivial=True)


def _variable(part: Tree, x: Tree) -> Applied | None:
    return Applied(ONE, f"derivative of {x}", f"diff({x}, {x}) = 1", trivial=True) if part == x else None


def _sum(part: Tree, x: Tree) -> Applied | None:
    if not isinstance(part, sympy.Add):
        return None
    return Applied(total(*(_signed(term, x) for term in part.args)), "sum rule", "(u + v)' = u' + v'")


def _signed(term: Tree, x: Tree) -> Tree:
    """The derivative of a term, its minus before it."""
    if isinstance(term, sympy.Mul) and term.args[0] == -1:
        return product(MINUS_ONE, open_derivative(product(*term.args[1:]), x))
    return open_derivative(term, x)


def _factor(part: Tree, x: Tree) -> Applied | None:
    """Factors and divisors without x before the derivative."""
    if not isinstance(part, sympy.Mul):
        return None
    still = [factor for factor in part.args if not depends(factor, x)]
    if not still:
        return None
    moving = product(*(factor for factor in part.args if depends(factor, x)))
    below = [factor for factor in still if _is_division(factor)]
    above = [factor for factor in still if factor not in below]
    tree = product(*above, open_derivative(moving, x), *below)
    return Applied(tree, "constant factor", f"(c*u)' = c*u' with c = {write(product(*still))}", trivial=True)


def _quotient(part: Tree, x: Tree) -> Applied | None:
    if not isinstance(part, sympy.Mul):
        return None
    below = [factor.args[0] for factor in part.args if _is_division(factor)]
    above = [factor for factor in part.args if not _is_division(factor)]
    if not below:
        return None
    v = product(*below)
    if not above:
        return _reciprocal(nodes.inverse(v), x)
    u = product(*above)
    over = difference(product(v, open_derivative(u, x)), product(u, open_derivative(v, x)))
    because = f"(u/v)' = (v*u' - u*v')/v**2 with u = {write(u)}, v = {write(v)}"
    return Applied(product(over, nodes.inverse(power(v, sympy.Integer(2)))), "quotient rule", because)


def _product(part: Tree, x: Tree) -> Applied | None:
    if not isinstance(part, sympy.Mul) or len(part.args) > len(FACTORS):
        return None
    factors = part.args
    terms = [product(*factors[:k], open_derivative(one, x), *factors[k + 1 :]) for k, one in enumerate(factors)]
    letters = FACTORS[: len(factors)]
    said = " + ".join("*".join(f"{one}'" if one == letter else one for one in letters) for letter in letters)
    told = ", ".join(f"{letter} = {write(one)}" for letter, one in zip(letters, factors, strict=True))
    return Applied(total(*terms), "product rule", f"({'*'.join(letters)})' = {said} with {told}")


def _is_division(factor: Tree) -> bool:
    return isinstance(factor, sympy.Pow) and factor.args[1] == -1


def _reciprocal(part: Tree, x: Tree) -> Applied | None:
    """``1/v``, and ``1/v**n`` as a power."""
    if not isinstance(part, sympy.Pow) or part.args[1] != -1:
        return None
    (v, _) = part.args
    if isinstance(v, sympy.Pow) and not depends(v.args[1], x) and v.args[1] != HALF:
        base, n = v.args
        found = _of_power(base, product(MINUS_ONE, n), x, f"1/u**n = u**(-n) with n = {write(n)}; ")
        return Applied(found.tree, found.rule, found.because)
    if isinstance(v, sympy.Pow) and v.args[1] == HALF:
        return _of_power(v.args[0], -HALF, x, "1/sqrt(u) = u**(-1/2); ")
    tree = product(MINUS_ONE, _inner(v, x), nodes.inverse(power(v, sympy.Integer(2))))
    if v == x:
        return Applied(tree, "power rule", f"(1/{x})' = -1/{x}**2")
    return Applied(tree, "reciprocal rule", f"(1/v)' = -v'/v**2 with v = {write(v)}")


def _power(part: Tree, x: Tree) -> Applied | None:
    """A power with an exponent without x: also a root."""
    if not isinstance(part, sympy.Pow) or depends(part.args[1], x):
        return None
    base, n = part.args
    return _of_power(base, n, x)


def _of_power(base: Tree, n: Tree, x: Tree, before: str = "") -> Applied:
    chained = base != x
    if n == HALF:
        rule, said = f"derivative of {write(nodes.root(x))}", "sqrt(u)' = u'/(2*sqrt(u))"
        tree = product(_inner(base, x), nodes.inverse(sympy.Integer(2)), nodes.inverse(nodes.root(base)))
    else:
        rule, said = "power rule", "(u**n)' = n*u**(n - 1)*u'" if chained else f"({x}**n)' = n*{x}**(n - 1)"
        said += f" with n = {write(n)}"
        number = (
            [sympy.Integer(n.p), *([nodes.inverse(sympy.Integer(n.q))] if n.q != 1 else [])] if n.is_Rational else [n]
        )
        tree = product(number[0], _lowered(base, n), _inner(base, x), *number[1:])
    if not chained:
        return Applied(tree, rule, before + said)
    return Applied(tree, _chain(base), f"{before}{said}{' and' if 'with' in said else ' with'} u = {write(base)}")


def _lowered(base: Tree, n: Tree) -> Tree:
    """The power with an exponent smaller by 1; a half of it as a root."""
    less = n - 1 if n.is_Rational else difference(n, ONE)
    if less == -HALF:
        return nodes.inverse(nodes.root(base))
    if less.is_Rational and less < 0 and not less.is_Integer:
        return nodes.inverse(nodes.power(base, -less))
    return power(base, less)


def _inner(u: Tree, x: Tree) -> Tree:
    """The derivative of what is inside, 1 of the variable itself."""
    return ONE if u == x else open_derivative(u, x)


def _chain(u: Tree) -> str:
    return f"chain rule: u = {shortened(u, SHOWN)}"


def _exponential(part: Tree, x: Tree) -> Applied | None:
    """``a**u`` for a base without x."""
    if not isinstance(part, sympy.Pow) or depends(part.args[0], x):
        return None
    base, u = part.args
    log = [] if base == sympy.E else [made("log", base)]
    said = "(e**u)' = e**u*u'" if not log else "(a**u)' = a**u*log(a)*u'"
    told = ", ".join([*([f"a = {write(base)}"] if log else []), f"u = {write(u)}"])
    tree = product(part, *log, _inner(u, x))
    return Applied(tree, "exponential" if u == x else _chain(u), f"{said} with {told}")


def _power_of_both(part: Tree, _x: Tree) -> Applied | None:
    """``u**v`` as the exponential of a product."""
    if not isinstance(part, sympy.Pow):
        return None
    base, exponent = part.args
    told = f"u**v = exp(v*log(u)) with u = {write(base)}, v = {write(exponent)}"
    return Applied(open_derivative(as_exponential(base, exponent), _x), "the power as an exponential", told)


def as_exponential(base: Tree, exponent: Tree) -> Tree:
    """``exp(v*log(u))`` of u and v."""
    return made("exp", product(exponent, made("log", base)))


def _branches(part: Tree, x: Tree) -> Applied | None:
    """Each side of a condition by itself."""
    row = row_of(part)
    if isinstance(part, sympy.Piecewise):
        pairs = [(_inner(pair.args[0], x), pair.args[1]) for pair in part.args]
        return Applied(sympy.Piecewise(*pairs, evaluate=False), "each branch by itself", _BRANCHES)
    if row is None or not row.chooses or len(part.args) != 3:
        return None
    condition, *sides = part.args
    tree = part.func(
        condition, *(open_derivative(side, x) if depends(side, x) else ZERO for side in sides), evaluate=False
    )
    return Applied(tree, "each branch by itself", _BRANCHES)


_BRANCHES = "where(q, u, v)' = where(q, u', v'), but at the boundary of q"


def _of_row(part: Tree, x: Tree) -> Applied | None:
    """A function of its operands: its row's slope in each that moves, times the derivative of that one."""
    row = row_of(part)
    if row is None or not row.elementwise or row.boolean or row.differentiates:
        return None
    operands = [arg for arg in part.args if not isinstance(arg, Static)]
    moving = [k for k, operand in enumerate(operands) if depends(operand, x)]
    terms = [product(slope(part, k), _inner(operands[k], x)) for k in moving]
    name = row.written
    letters = ["u"] if len(operands) == 1 else [*FACTORS[: len(operands)]]
    known = {letter: nodes.symbol(letter) for letter in letters}
    general = part.func(*known.values(), *(arg for arg in part.args if isinstance(arg, Static)), evaluate=False)
    pieces = [f"{_factor_text(_slope_text(part, general, k))}*{letters[k]}'" for k in moving]
    told = ", ".join(f"{letter} = {write(one)}" for letter, one in zip(letters, operands, strict=True))
    because = f"{write(general)}' = {' + '.join(pieces)} with {told}"
    if len(operands) == 1 and operands[0] == x:
        return Applied(total(*terms), f"derivative of {name}", f"{write(part)}' = {write(slope(part, 0))}")
    moved = [operands[k] for k in moving if operands[k] != x]
    return Applied(total(*terms), _chain(moved[0]) if len(moving) == 1 and moved else f"derivative of {name}", because)


def _written_out(part: Tree, x: Tree) -> Applied | None:
    """A row of scalars that is no function entry by entry: by what it means."""
    row = row_of(part)
    if row is None or row.elementwise or row.differentiates or row.boolean:
        return None
    meant = written_out(part)
    because = f"{shortened(part, SHOWN)} = {write(meant)}"
    return Applied(open_derivative(meant, x), f"{row.written} written out", because)


def _slope_text(part: Tree, general: Tree, at: int) -> str:
    """The slope in letters; with the operands themselves where it is another for those that are numbers."""
    try:
        return write(slope(general, at))
    except LimitError:
        return write(slope(part, at))


def _factor_text(text: str) -> str:
    return f"({text})" if " + " in text or " - " in text else text


_RULES: Iterable[Rule] = (
    _constant,
    _variable,
    _sum,
    _factor,
    _quotient,
    _product,
    _reciprocal,
    _power,
    _exponential,
    _power_of_both,
    _branches,
    _of_row,
    _written_out,
)
