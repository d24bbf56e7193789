"""Each rewriting rule holds: in residues over random shapes, in balls where residues have no model for it."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
import pytest
from balls.quotients import value

from gradcli.base.errors import LimitError
from gradcli.closed.notation.rewriting.engine import shapes_of, simplified
from gradcli.closed.notation.rewriting.rules import RULES, Rule
from gradcli.language.parse import Expression, parse
from gradcli.language.write import write
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.residues.identity import holds_everywhere
from gradcli.meaning.residues.nodes import UnmodelledError
from gradcli.meaning.shapes import ShapeArithmetic
from gradcli.operations.shape_rules import Shape

NAMES = "abcpxyzABCSX"
SOME_SHAPES: tuple[Shape, ...] = ((), (3,), (2, 3))
CASES = 3  # of each rule
NARROW = 1e-20


def case(rule: Rule, source: random.Random) -> tuple[Expression, Expression, dict[str, Shape]]:
    """Both sides of a rule at random sizes."""
    declared = shapes_of(rule)
    sizes = {letter: source.randint(2, 4) for letter in sorted({n for shape in declared.values() for n in shape})}
    sides = [parse(side, bound=NAMES, sizes=sizes) for side in (rule.pattern, rule.result)]
    shared = source.choice(SOME_SHAPES)
    shapes = {name: shared for name in sides[0].names if name not in sizes}
    shapes |= {name: tuple(sizes[n] for n in shape) for name, shape in declared.items()}
    return sides[0], sides[1], shapes


def agrees(pattern: Expression, result: Expression, shapes: Mapping[str, Shape], source: random.Random) -> bool:
    """By residues; where they have no model, both in balls at a random point."""
    try:
        return holds_everywhere(*(compile_tree(x.tree) for x in (pattern, result)), "value", (), shapes).holds
    except (UnmodelledError, LimitError):
        point = {
            n: np.array([source.randint(1, 99) / 64 for _ in range(int(np.prod(s)))]).reshape(s)
            for n, s in shapes.items()
        }
        one, other = (np.asarray(value(write(x.tree), point), dtype=object) for x in (pattern, result))
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
        pattern, result, shapes = case(rule, source)
        assert agrees(pattern, result, shapes, source), shapes
        found = [run(compile_tree(x.tree), ShapeArithmetic(x), shapes) for x in (pattern, result)]
        assert found[0] == found[1], shapes


def test_a_wrong_rule_would_be_seen() -> None:
    source = random.Random(1)  # noqa: S311 - as above
    for rule in (Rule("1 - sigmoid(x)", "sigmoid(x)"), Rule("inv(A) @ A", "2*eye(n)", "A: n n")):
        assert not agrees(*case(rule, source), source)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.pattern)
def test_each_rule_is_taken(rule: Rule) -> None:
    shapes = shapes_of(rule) or dict.fromkeys(NAMES, ("n",))
    sizes = {letter: 10**9 + k for k, letter in enumerate("nm")}
    tree = parse(rule.pattern, bound=NAMES, sizes=sizes).tree
    assert write(simplified(tree, shapes)) == write(parse(rule.result, bound=NAMES, sizes=sizes).tree)


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
    "0.5*(A @ x) + 0.5*(A @ x)": "A @ x",
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_formulas_come_out_as_people_write_them(text: str) -> None:
    shapes = {**dict.fromkeys("ABCS", ("n", "n")), **dict.fromkeys("xy", ("n",)), "X": ("n", "m"), "w": ("m",)}
    tree = parse(text, bound=shapes.keys(), sizes={"n": 10**9, "m": 10**9 + 1}).tree
    assert write(simplified(tree, shapes, {"S"})) == EXAMPLES[text]
