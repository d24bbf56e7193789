"""Each rewriting rule holds: in residues over random shapes, in balls where residues have no model for it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from contextlib import suppress
from zlib import crc32

import numpy as np
import pytest
from slices import Draw

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.closed.notation.rewriting.engine import LONGER, SIZES, shapes_of, simplified
from gradcli.closed.notation.rewriting.rules import RULES, Rule
from gradcli.closed.premises import Premises, premises_of
from gradcli.language.nodes import stand_ins
from gradcli.language.parse import Expression, parse, parse_condition
from gradcli.language.write import write
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.residues.identity import holds_everywhere
from gradcli.meaning.residues.nodes import UnmodelledError
from gradcli.meaning.shapes import ShapeArithmetic
from gradcli.operations.shape_rules import Shape

NAMES = "abcpxyzABCSXY"
SOME_SHAPES: tuple[Shape, ...] = ((), (3,), (2, 3))
COMPOSED = 12  # formulas of three patterns
CASES = 3  # of each rule
BITS = 128
NARROW = 1e-20  # an enclosure


def case(rule: Rule, source: random.Random) -> tuple[list[Expression], dict[str, int], dict[str, Shape]]:
    """Both sides of a rule, at random sizes of the letters and shapes of the names."""
    sizes = {letter: source.randint(2, 4) for letter in SIZES}
    sides = [parse(side, bound=NAMES, sizes=sizes) for side in sides_of(rule)]
    shared = source.choice(SOME_SHAPES)
    shapes = {name: shared for side in sides for name in side.names if name not in sizes}
    shapes |= {name: tuple(sizes.get(n) or int(n) for n in shape) for name, shape in shapes_of(rule).items()}
    return sides, sizes, shapes | dict.fromkeys(sizes, ())


def sides_of(rule: Rule) -> list[str]:
    """With a condition in the place of its letter; in a sum where the rule is of addends."""
    sides = (re.sub(r"\bq\b", "(z > 1)", side) for side in (rule.pattern, rule.result))
    return [f"y + {side}" if rule.addend else side for side in sides]


def agrees(
    sides: list[Expression], sizes: Mapping[str, int], shapes: Mapping[str, Shape], seed: str, low: int = -99
) -> bool:
    """By residues; where they have no law for it, both sides in balls at a random point."""
    programs = [compile_tree(side.tree) for side in sides]
    given = {letter: np.asarray(float(size)) for letter, size in sizes.items()}
    with suppress(UnmodelledError, LimitError):
        if holds_everywhere(programs[0], programs[1], "value", (), shapes, given=given).holds:
            return True
    draw = np.random.default_rng(crc32(seed.encode()))
    point = {name: draw.integers(low, 99, shape) / 64.0 for name, shape in shapes.items()} | given
    with precision(BITS):
        balls = Balls()
        leaves = {name: balls.variables(array) for name, array in point.items()}
        one, other = (np.asarray(run(program, balls, leaves), dtype=object) for program in programs)
        return one.shape == other.shape and all(_meet(a, b) for a, b in zip(one.flat, other.flat, strict=True))


def _meet(one: object, other: object) -> bool:
    """Do two narrow enclosures overlap?"""
    difference = one - other  # type: ignore[operator]  # Scalars
    if not isinstance(difference, Ball):
        return bool(difference == 0)
    return bool(difference.value.contains(0)) and difference.value.rad() < NARROW


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.pattern)
def test_each_rule_holds_at_random_shapes(rule: Rule) -> None:
    source = random.Random(rule.pattern)  # noqa: S311 - cases of a test
    for _ in range(CASES):
        sides, sizes, shapes = case(rule, source)
        assert agrees(sides, sizes, shapes, rule.pattern), shapes
        found = [run(compile_tree(side.tree), ShapeArithmetic(side), shapes) for side in sides]
        assert found[0] == found[1], shapes


def test_a_wrong_rule_would_be_seen() -> None:
    source = random.Random(1)  # noqa: S311 - as above
    for rule in (Rule("1 - sigmoid(x)", "sigmoid(x)"), Rule("x/abs(x)", "1"), Rule("inv(A) @ A", "2*eye(n)", "A: n n")):
        assert not agrees(*case(rule, source), rule.pattern)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.pattern)
def test_each_rule_is_taken(rule: Rule) -> None:
    axes = {name: tuple(int(n) if n.isdigit() else n for n in shape) for name, shape in shapes_of(rule).items()}
    shapes = {**dict.fromkeys(NAMES, ("n",)), **axes}
    sizes = stand_ins("nmk")
    found, due = (write(simplified(parse(side, bound=NAMES, sizes=sizes).tree, shapes)) for side in sides_of(rule))
    assert found == due


ENTRYWISE = [rule.pattern for rule in RULES if not rule.shapes and not re.search("[nmX]", rule.pattern)]


def test_compositions_keep_their_value_and_do_not_grow(draw: Draw) -> None:
    for number, source in draw.generators(COMPOSED):
        parts = [sides_of(Rule(source.choice(ENTRYWISE), "x"))[0] for _ in range(3)]
        text = f"({parts[0]}){source.choice('+-*')}({parts[1]}){source.choice('+-*')}({parts[2]})"
        tree = parse(text, bound=NAMES).tree
        shapes = dict.fromkeys(NAMES, (3,))
        short = simplified(tree, shapes)
        assert len(write(short)) <= len(write(tree)) + LONGER, text
        sides = [Expression(side, write(side)) for side in (tree, short)]
        assert agrees(sides, {}, dict.fromkeys("xyz", (3,)), str(number), low=1), (text, write(short))


EXAMPLES = {
    "X.T @ ((1 + exp(-y*(X @ w)))**-1*exp(-y*(X @ w))*y)": "X.T @ (y*sigmoid(-y*(X @ w)))",
    "exp(x - spread(logsumexp(x), x))": "softmax(x)",
    "p/c*c**p": "p*c**(p - 1)",
    "A @ B.T.T + (C.T @ A).T": "A @ B + A.T @ C",
    "S.T @ x + S @ x": "2*S @ x",
    "2 - 2*sigmoid(x)": "2*sigmoid(-x)",
    "norm(x)**-3*x": "x/norm(x)**3",
    "B @ inv(B) @ A @ eye(n)": "A",
    "x*ones(n)*2": "2*x",
    "c*ones(n)": "c*ones(n)",
    "1/(1 + exp(x - y))": "sigmoid(y - x)",
    "2*(A.T @ (A @ x - y))": "2*A.T @ (A @ x - y)",
    "B.T @ A.T + A.T @ B.T": "(A @ B + B @ A).T",
    "A.T @ x + A @ x": "(A + A.T) @ x",
    "sigmoid(x)*(1 - y) + sigmoid(-x)*(1 - sigmoid(x)*(1 - y)/sigmoid(-x))": "sigmoid(-x)",
    "trace(2*c*A)": "2*c*trace(A)",
    "y + 2*c*ones(n)/p": "y + 2*c/p",
    "A @ diag(x)": "A*x",
    "A @ diag(x) @ B": "A @ diag(x) @ B",
    "0.5*(A @ x) + 0.5*(A @ x)": "A @ x",
    # equal terms of which none is left, in a product
    "x*(y + 1 - y)": "x",
    # what cancels within a sum, or beside it
    "sigmoid(-x)*(sigmoid(x)*(1 - y)/sigmoid(-x) - y)": "sigmoid(x) - y",
    "(1 - y) @ sigmoid(x) - y @ sigmoid(-x)": "sum(sigmoid(x) - y)",
    # fractions of fractions
    "c/(p*(1 + q**2/p))": "c/(p + q**2)",
    "1/(1 + p/q)": "q/(q + p)",
    # powers with letters in them
    "-c**(1 + p) - p*c**p*q": "-c**p*(c + p*q)",
    # a scalar in the operand that it belongs to
    "outer(exp(x), exp(x))/sum(exp(x))**2": "outer(softmax(x), softmax(x))",
    "A @ (diag(exp(x)) - outer(exp(x), exp(x))/sum(exp(x)))/sum(exp(x))": "A @ (diag(softmax(x)) - outer(softmax(x), softmax(x)))",
    # what outer products have in common
    "A @ diag(x) @ A.T - outer(A @ x, A @ x)": "A @ (diag(x) - outer(x, x)) @ A.T",
    # arrays put together, einsums
    "[2*p, 2*q]": "2*[p, q]",
    "[2*p, q]": "[2*p, q]",
    "[0, 2*p]": "[0, 2*p]",
    "einsum('ij,jk,k->i', A, eye(n), x)": "einsum('ij,j->i', A, x)",
    "einsum('ij,k->ijk', A, x) - einsum('ij,k->ijk', B, x)": "einsum('ij,k->ijk', A - B, x)",
    "einsum('i,j,k->ijk', x, y, x) - einsum('i,ij,k->ijk', x, eye(n), x)": "einsum('ij,k->ijk', outer(x, y) - diag(x), x)",
    # numbers put beside the entries that move
    "pad(2*x, pad=(1, 1))": "2*pad(x, pad=(1, 1))",
    "pad(2*x, pad=(1, 1), value=3)": "pad(2*x, pad=(1, 1), value=3)",
    "pad(exp(x), pad=(1, 1), value=3)/sum(exp(x))": "pad(exp(x), pad=(1, 1), value=3)/sum(exp(x))",
    # reductions of vectors that keep their axis
    "x - mean(x, keepdim=True)": "x - mean(x)",
    "x/sqrt(1 + mean(x**2, dim=(-1,), keepdim=True))": "x/sqrt(1 + mean(x**2))",
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_formulas_come_out_as_people_write_them(text: str) -> None:
    shapes = {**dict.fromkeys("ABCS", ("n", "n")), **dict.fromkeys("xy", ("n",)), "X": ("n", "m"), "w": ("m",)}
    tree = parse(text, bound=shapes.keys(), sizes=stand_ins("nm")).tree
    assert write(simplified(tree, shapes, Premises(frozenset({"S"})))) == EXAMPLES[text]


@pytest.mark.parametrize(
    ("text", "equation", "due"),
    [
        ("sum(y)*softmax(x) - y", "sum(y) == 1", "softmax(x) - y"),
        ("X @ (diag(sum(Y, dim=1)) @ softmax(Y, dim=1) - Y)", "sum(Y, axis=1) == 1", "X @ (softmax(Y, dim=1) - Y)"),
        ("B @ A.T @ A @ x", "A.T @ A == eye(n)", "B @ x"),
        ("sum(x)*softmax(x) - x", "sum(y) == 1", "sum(x)*softmax(x) - x"),  # of another name
        ("A.T @ A @ x", "A.T @ A == eye(m)", "A.T @ A @ x"),  # of another size
        ("p*x", "q**2 == p", "p*x"),  # the shorter side stands for the other
    ],
)
def test_what_is_known_of_the_names_shortens(text: str, equation: str, due: str) -> None:
    shapes = {**dict.fromkeys("AB", ("n", "n")), **dict.fromkeys("xy", ("n",)), "X": ("n", "m"), "Y": ("m", "n")}
    sizes = stand_ins("nm")
    known = premises_of([parse_condition(equation, sizes=sizes).tree])
    assert write(simplified(parse(text, bound=shapes.keys(), sizes=sizes).tree, shapes, known)) == due
