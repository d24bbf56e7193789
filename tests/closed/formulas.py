"""Random formulas whose shapes are letters."""

from __future__ import annotations

import random

Shape = tuple[str, ...]
TENSORS: dict[Shape, tuple[str, ...]] = {
    (): ("a", "b"),
    ("n",): ("x", "y"),
    ("m",): ("z",),
    ("n", "n"): ("A", "S"),
    ("n", "m"): ("X",),
    ("m", "n"): ("Y",),
    ("m", "m"): ("B",),
}
SHAPES = {name: shape for shape, names in TENSORS.items() for name in names}
_EVERY = (
    "({0} + {1})", "({0} - {1})", "{0}*{1}", "{0}/(1 + {1}**2)", "exp({0}/4)", "sin({0})", "cos({0})", "tanh({0})",
    "{0}**2", "{0}**3", "sqrt(1 + {0}**2)", "log(2 + {0}**2)", "sigmoid({0})", "abs({0})", "relu({0})", "-{0}",
    "2*{0}/3", "({0} + 1)", "where({0} > {1}, {0}, {1}/2)", "sqrt({0}**2 + exp({1}))", "exp(log(1 + {0}**2)/2)",
    "atan({0})", "erf({0})",
)  # fmt: skip


def formula(source: random.Random, shape: Shape, depth: int) -> str:
    """A formula of that shape; its values stay moderate where those of the tensors are."""
    if depth == 0 or source.random() < 0.1:
        return source.choice(TENSORS[shape])
    if source.random() < 0.5:
        pattern = source.choice(_EVERY)
        return f"({pattern.format(*(_operand(source, shape, depth - 1) for _ in range(2)))})"
    pattern, operands = source.choice(_OF_SHAPE[shape])
    return f"({pattern.format(*(formula(source, operand, depth - 1) for operand in operands))})"


def _operand(source: random.Random, shape: Shape, depth: int) -> str:
    """An operand that broadcasts to the shape."""
    return formula(source, () if source.random() < 0.15 else shape, depth)


_OF_SHAPE: dict[Shape, tuple[tuple[str, tuple[Shape, ...]], ...]] = {
    (): (
        ("sum({0})", (("n", "m"),)), ("mean({0})", (("n",),)), ("trace({0})", (("n", "n"),)), ("{0}@{1}", (("n",), ("n",))),
        ("norm({0})", (("m",),)), ("{0}@{1}@{2}", (("n",), ("n", "m"), ("m",))), ("logsumexp({0})", (("n",),)),
        ("det(A + {0}*eye(n))", ((),)),
        ("trace(matrix_exp({0}/9))", (("n", "n"),)), ("logdet(eye(m) + {0}.T@{0})", (("n", "m"),)), ("{0}[0]", (("n",),)),
        ("trace({0}@inv(S + {1}**2*eye(n)))", (("n", "n"), ())), ("var({0})", (("n",),)), ("{0}[-1, 0]", (("n", "m"),)),
        ("sum(kron({0}, {1}))", (("n", "m"), ("m", "m"))), ("{0}@inv(A)@{1}", (("n",), ("n",))),
    ),
    ("n",): (
        ("{0}@{1}", (("n", "m"), ("m",))), ("{0}@{1}", (("n",), ("n", "n"))), ("sum({0}, axis=1)", (("n", "m"),)),
        ("mean({0}, 0)", (("m", "n"),)), ("diag({0})", (("n", "n"),)), ("softmax({0})", (("n",),)),
        ("solve(A, {0})", (("n",),)), ("{0}[:, 0]", (("n", "m"),)), ("{0}/norm({0})", (("n",),)),
    ),
    ("m",): (("{0}@{1}", (("n",), ("n", "m"))), ("sum({0}, axis=0)", (("n", "m"),)), ("{0}[0]", (("n", "m"),))),
    ("n", "n"): (
        ("{0}@{1}", (("n", "m"), ("m", "n"))), ("outer({0}, {1})", (("n",), ("n",))), ("{0}.T", (("n", "n"),)),
        ("diag({0})", (("n",),)), ("eye(n)*{0}", ((),)), ("inv(A)@{0}", (("n", "n"),)), ("inv(S + {0}@{0}.T)", (("n", "m"),)),
        ("({0}[:, None] - {1})", (("n",), ("n",))), ("inv({0}**2 + eye(n))", ((),)),
    ),
    ("n", "m"): (
        ("{0}@{1}", (("n", "n"), ("n", "m"))), ("{0}.T", (("m", "n"),)), ("outer({0}, {1})", (("n",), ("m",))),
        ("softmax({0}, axis=1)", (("n", "m"),)), ("({0} + {1})", (("n", "m"), ("m",))), ("{0}*{1}[:, None]", (("n", "m"), ("n",))),
    ),
    ("m", "n"): (("{0}.T", (("n", "m"),)), ("{0}@{1}", (("m", "m"), ("m", "n")))),
    ("m", "m"): (("{0}@{1}", (("m", "n"), ("n", "m"))), ("{0}.T", (("m", "m"),)), ("outer({0}, {0})", (("m",),))),
}  # fmt: skip
