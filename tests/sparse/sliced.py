"""Random formulas of slices: what people write with arrays, step by step, of shapes that go together."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from random import Random

Shape = tuple[int, ...]

VARIABLES: dict[str, Shape] = {"x": (7,), "u": (4, 5), "v": (4, 5), "c": (2, 3, 4), "a": ()}
SMOOTH = (
    "sin({})",
    "exp({}/4)",
    "{}**2",
    "tanh({})",
    "sqrt(2 + sin({}))",
    "1/(3 + cos({}))",
    "-{}",
    "{}/3 - 1",
    "cos({})*{}",
)
KINKED = ("relu({})", "abs({})", "max({}, 0.3)", "where({0} > 0.1, {0}**2, {0})")
PAIRS = ("{} + {}", "{} - {}", "{}*{}", "{}/(4 + {}**2)", "{}**2*{}", "where({0} < {1}, {0}*{1}, {1})")
LARGEST = 60  # entries of a step


@dataclass
class Formula:
    """Steps, and for each name the shape of its value."""

    draw: Random
    steps: list[str] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=lambda: dict(VARIABLES))

    def name(self, text: str, shape: Shape) -> str:
        name = f"t{len(self.steps)}"
        self.steps.append(f"{name} = {text}")
        self.shapes[name] = shape
        return name

    def any(self, axes: int = 0) -> str:
        """A name with at least so many axes, a late one sooner than an early one."""
        names = [name for name, shape in self.shapes.items() if len(shape) >= axes]
        return max(self.draw.choices(names, k=2), key=names.index)

    def partner(self, shape: Shape) -> str:
        fitting = [name for name, other in self.shapes.items() if other in (shape, ()) or other == shape[-len(other) :]]
        return self.draw.choice(fitting)


def formula(seed: int, steps: int = 6) -> str:
    """A text whose value is a scalar."""
    made = Formula(Random(seed))  # noqa: S311 - cases of a test
    for _ in range(steps):
        made.draw.choice(STEPS)(made)
    last = f"t{len(made.steps) - 1}"
    end = made.draw.choice(["sum({})", "mean({}**2)", "sum(2*{} - 1)", "sum(sin({}))", "sum({0}*flip({0}))"]).format(
        last
    )
    other = made.draw.choice(["", "", f" + sum({made.any()}**2)", f" - mean({made.any()})*a"])
    return "; ".join([*made.steps, end + other])


def _unary(f: Formula) -> None:
    x = f.any()
    f.name(f.draw.choice(SMOOTH + KINKED).format(x, x), f.shapes[x])


def _binary(f: Formula) -> None:
    x = f.any()
    f.name(f.draw.choice(PAIRS).format(x, f.partner(f.shapes[x])), f.shapes[x])


def _slice(f: Formula) -> None:
    x = f.any(1)
    parts, shape = [], []
    for n in f.shapes[x]:
        part = f.draw.choice(
            [slice(None), slice(1, None), slice(None, -1), slice(None, None, 2), slice(None, None, -1), slice(n, 0, -2)]
        )
        length = len(range(*part.indices(n)))
        part = part if length else slice(None)
        shape.append(length or n)
        parts.append(
            ":".join("" if v is None else str(v) for v in (part.start, part.stop, part.step)).removesuffix(":") or ":"
        )
    f.name(f"{x}[{', '.join(p if ':' in p else p + ':' for p in parts)}]", tuple(shape))


def _difference(f: Formula) -> None:
    x = f.any(1)
    shape = f.shapes[x]
    axis = f.draw.randrange(len(shape))
    if shape[axis] > 1:
        lead = ":, " * axis
        f.name(f"{x}[{lead}1:] - {x}[{lead}:-1]", (*shape[:axis], shape[axis] - 1, *shape[axis + 1 :]))


def _move(f: Formula) -> None:
    x = f.any(1)
    shape = f.shapes[x]
    axis = f.draw.randrange(len(shape))
    n = shape[axis]
    lists = [f.draw.randrange(shape[0]) for _ in range(4)]
    moves: list[tuple[str, Shape]] = [
        (f"roll({x}, {f.draw.randint(-2, 2)}, {axis})", shape), (f"flip({x}, {axis})", shape),
        (f"pad({x}, ({f.draw.randint(0, 2)}, 1))", ()), (f"reshape({x}, -1)", (prod(shape),)),
        (f"transpose({x}, 0, {axis})", ()), (f"{x}[{lists}]", (4, *shape[1:])), (f"cat([{x}, {x}[:1]**2], 0)", (shape[0] + 1, *shape[1:])),
        (f"stack([{x}, {x}*2], {axis})", (*shape[:axis], 2, *shape[axis:])), (f"unsqueeze({x}, {axis})", (*shape[:axis], 1, *shape[axis:])),
        (f"repeat_interleave({x}, 2, {axis})", (*shape[:axis], 2 * n, *shape[axis + 1 :])),
        (f"np.diff({x}, 1, {axis})", (*shape[:axis], n - 1, *shape[axis + 1 :])),
    ]  # fmt: skip
    text, made = f.draw.choice(moves)
    if text.startswith("pad"):
        made = (*shape[:-1], shape[-1] + int(text.split("(")[2][0]) + 1)
    if text.startswith("transpose"):
        swapped = list(shape)
        swapped[0], swapped[axis] = swapped[axis], swapped[0]
        made = tuple(swapped)
    if 0 < prod(made) <= LARGEST and 0 not in made:
        f.name(text, made)


def _reduce(f: Formula) -> None:
    x = f.any(2)
    shape = f.shapes[x]
    axis = f.draw.randrange(len(shape))
    made = (*shape[:axis], *shape[axis + 1 :])
    f.name(
        f.draw.choice(["sum({}, {})", "mean({}, {})", "logsumexp({}, {})", "sqrt(1 + sum({}**2, {}))"]).format(x, axis),
        made,
    )


def _blocks(f: Formula) -> None:
    """Different formulas at the border and inside."""
    x = f.any(1)
    shape = f.shapes[x]
    if shape[0] > 1 and prod(shape) <= LARGEST:
        f.name(f"cat([sin({x}[:1]), {x}[1:]*{x}[:-1]])", shape)


STEPS = (_unary, _unary, _binary, _binary, _slice, _slice, _difference, _move, _move, _reduce, _blocks)
