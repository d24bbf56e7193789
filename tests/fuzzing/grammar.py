"""One random expression: text of a given shape."""

from __future__ import annotations

import random

from fuzzing.calls import SHAPES, WEIGHTS, Call, calls
from fuzzing.spelling import ATOM, COMPARE, PRODUCT, SUM, UNARY, Piece, Spelling

from gradcli.operations.row import CONDITION, VARIABLE
from gradcli.operations.shape_rules import Shape

LITERALS = (
    "2", "1", "0", "3", "0.5", "-1", "10", "0.1", "1/3", "2.718281828459", "-0.7", "pi", "e", "1e-9", "1e3",
    "1e150", "1e-300", "123456789012345678901234567890", "7.",
)  # fmt: skip
NAMES = ("x", "y", "z", "w", "A", "B", "θ", "x1", "e", "pi", "gamma", "I", "S", "beta", "F", "lambda", "E")
LOCALS = ("u", "v", "h")


class Grammar:
    """One random expression: ``piece(goal, depth)`` is text of a given shape."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.shapes: dict[str, Shape] = {}
        self.locals: dict[str, Shape] = {}
        self.statements: list[str] = []
        self.left = rng.choice((3, 6, 10, 16, 24))  # rows that may still be called
        self.common = rng.random() < 0.9  # only everyday names; else no literals that such a name would hide
        self.literals = LITERALS if self.common else tuple(text for text in LITERALS if not text.isalpha())

    def expression(self) -> Piece:
        depth = self.rng.randint(1, 6)
        for name in LOCALS[: self.rng.choice((0, 0, 0, 1, 2))]:
            goal = self.rng.choices(SHAPES, WEIGHTS)[0]
            self.statements.append(f"{name} = {self.piece(goal, depth - 1).at(0)}")
            self.locals[name] = goal
        goal = self.rng.choices(SHAPES, (20, *WEIGHTS[1:]))[0]
        return self.piece(goal, depth)

    def piece(self, goal: Shape, depth: int) -> Piece:
        """A number of shape ``goal``; at the end of depth or of the allowance, a leaf."""
        rows = calls().get((goal, False), [])
        if depth <= 0 or self.left <= 0 or not rows or self.rng.random() < 0.12:
            return self.leaf(goal)
        if self.rng.random() < 0.03 and (goal, True) in calls():
            return self.condition(goal, depth)
        return self.call(self.rng.choice(self.rng.choice(rows)), depth)

    def condition(self, goal: Shape, depth: int) -> Piece:
        """A condition of shape ``goal``: past the end of depth, a comparison of two leaves."""
        if depth <= 1:
            sign = self.rng.choice(("<", "<=", ">", ">=", "==", "!="))
            return Piece(f"{self.leaf(goal).at(SUM)} {sign} {self.leaf(()).at(SUM)}", COMPARE)
        return self.call(self.rng.choice(self.rng.choice(calls()[goal, True])), depth)

    def leaf(self, goal: Shape) -> Piece:
        """A variable (an old one, or a new one), a literal, or a name assigned before."""
        known = [name for name, shape in {**self.shapes, **self.locals}.items() if shape == goal]
        if known and self.rng.random() < 0.6:
            return Piece(self.rng.choice(known), ATOM)
        if 0 not in goal and len(goal) < 3 and len(self.shapes) < 4 and self.rng.random() < 0.75:
            return Piece(self.fresh(goal), ATOM)
        return self.literal(goal)

    def fresh(self, goal: Shape) -> str:
        taken = {*self.shapes, *LOCALS}
        common = [n for n in NAMES[:6] if self.common and n not in taken]
        name = self.rng.choice(common or [n for n in NAMES if n not in taken])
        self.shapes[name] = goal
        return name

    def variable(self, goal: Shape) -> Piece:
        """The name of a variable to differentiate in, which what is made next is likely to use."""
        known = [name for name, shape in self.shapes.items() if shape == goal]
        return Piece(self.rng.choice(known) if known and self.rng.random() < 0.8 else self.fresh(goal), ATOM)

    def literal(self, goal: Shape) -> Piece:
        if 0 in goal:
            return Piece(f"zeros({', '.join(map(str, goal))})", ATOM)
        if goal:
            return Piece(f"[{', '.join(self.literal(goal[1:]).at(0) for _ in range(goal[0]))}]", ATOM)
        text = self.rng.choice(self.literals)
        return Piece(text, UNARY if text[0] == "-" else PRODUCT if "/" in text else ATOM)

    def call(self, call: Call, depth: int) -> Piece:
        """A call of a row in one of its spellings."""
        self.left -= 1
        several = len(call.shapes) - len(call.op.tensors) + 1
        kinds = [p.kind for p in call.op.tensors for _ in range(several if p.variadic else 1)]
        named = [
            self.variable(shape) if kind == VARIABLE and shape is not None else None
            for kind, shape in zip(kinds, call.shapes, strict=True)
        ]
        parts = [
            name or (None if shape is None else self.condition(shape, depth - 1) if kind == CONDITION else self.piece(shape, depth - 1))
            for name, kind, shape in zip(named, kinds, call.shapes, strict=True)
        ]  # fmt: skip
        made = Spelling(self.rng, call, parts).piece()
        return Piece(f"({made.text})", ATOM) if self.rng.random() < 0.03 else made
