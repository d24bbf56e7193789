"""How likely a difference that is not zero vanishes in a draw: its degree over the prime."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from gradcli.meaning.residues.draws import BITS, Plan
from gradcli.meaning.residues.nodes import (
    ADD,
    ATOM,
    CONST,
    COS,
    DIV,
    DOT,
    EXP,
    INPUT,
    LOG,
    MUL,
    NEG,
    POWER,
    SIN,
    SUB,
    Node,
)
from gradcli.meaning.residues.primes import COUNT, LOWEST, STEP

Degree = tuple[int, int]  # of numerator and denominator, in all that is drawn


def chance_of_one(plan: Plan) -> Fraction:
    """At most the probability that one draw vanishes, divides by 0, or finds two arguments equal that are not.

    For each of these numbers: the degree over the elements that are drawn from; and the primes above LOWEST that may
    divide all coefficients, whose bits are at most the degree times those of a constant and of the number of terms,
    over the primes that are drawn from. A root takes all its values in the norm that vanishes, and only some draws have
    one: so each order counts twice.
    """
    known: dict[int, Degree] = {}
    for node in plan.nodes:
        known[node.index] = _degree(node, [known[a.index] for a in node.args], plan)
    degree = max(max(pair) for pair in known.values()) + 1
    atoms = sum(node.op in (ATOM, EXP, LOG, COS, SIN, POWER) for node in plan.nodes)
    numbers = 1 + len(plan.nodes) + atoms * atoms
    norms = prod(order for order in plan.roots.values()) ** 2
    bits = len(plan.nodes).bit_length() + max(
        (max(abs(n.data.numerator), n.data.denominator).bit_length() for n in plan.nodes if n.op == CONST), default=0
    )
    primes = COUNT >> len([n for n in plan.squares if STEP % n])
    once = Fraction(degree, LOWEST) + Fraction(degree * bits // BITS + 1, max(primes, 1))
    return min(numbers * norms * once, Fraction(1))


def _degree(node: Node, args: list[Degree], plan: Plan) -> Degree:
    op = node.op
    if op == CONST:
        return 0, 0
    if op == INPUT and any(node.data in row for frame in plan.inputs.frames for row in frame.names):
        n = 2 * max(len(frame.names) for frame in plan.inputs.frames)
        return n, n
    if op in (INPUT, ATOM, LOG):
        return max((order for order, _ in plan.drawn_as_powers.values()), default=1), 0
    if op == EXP:
        return plan.scale, 0
    if op in (COS, SIN):
        total = 2 * int(sum(abs(c) for c in node.data) * plan.scale)
        return total, total
    if op == POWER:
        above, under = args[0] if node.data > 0 else args[0][::-1]
        times = -(-abs(node.data.numerator) // node.data.denominator)
        return above * times, under * times
    if op == MUL:
        return args[0][0] + args[1][0], args[0][1] + args[1][1]
    if op == DIV:
        return args[0][0] + args[1][1], args[0][1] + args[1][0]
    if op == NEG:
        return args[0]
    if op in (ADD, SUB):
        return _sum(args)
    assert op == DOT
    return _sum([(x[0] + y[0], x[1] + y[1]) for x, y in zip(args[::2], args[1::2], strict=True)])


def _sum(terms: list[Degree]) -> Degree:
    under = sum(d for _, d in terms)
    return max(n + under - d for n, d in terms), under
