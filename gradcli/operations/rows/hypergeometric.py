"""Rows: hypergeometric functions of real parameters."""

from __future__ import annotations

from gradcli.operations.kernels.certain import FROM_FLINT, NO_WORD, certain
from gradcli.operations.row import Op

HYPERGEOMETRIC = "hypergeometric functions"
_OFF_POLES = "({0} > 0 or {0} != round({0}))"

ROWS = (
    Op("hyp0f1", "b, x", HYPERGEOMETRIC, "Confluent hypergeometric limit function 0F1(; b; x).",
       "hyp0f1(b, x) b=1.5 x=0.7", torch=certain("hypergeometric", "hyp0f1"), domain=_OFF_POLES.format("b"),
       rule=(NO_WORD, "g*hyp0f1(b + 1, x)/b"), kernel=True, note=FROM_FLINT),
    Op("hyp1f1", "a, b, x", HYPERGEOMETRIC, "Kummer's confluent hypergeometric function 1F1(a; b; x).",
       "hyp1f1(a, b, x) a=0.8 b=1.5 x=0.7", torch=certain("hypergeometric", "hyp1f1"), domain=_OFF_POLES.format("b"),
       rule=(NO_WORD, NO_WORD, "g*a/b*hyp1f1(a + 1, b + 1, x)"), kernel=True, note=FROM_FLINT),
    Op("hyp2f1", "a, b, c, x", HYPERGEOMETRIC, "Gauss's hypergeometric function 2F1(a, b; c; x), for x < 1.",
       "hyp2f1(a, b, c, x) a=0.8 b=1.5 c=2.2 x=0.3", torch=certain("hypergeometric", "hyp2f1"),
       domain=f"x < 1 and {_OFF_POLES.format('c')}",
       rule=(NO_WORD, NO_WORD, NO_WORD, "g*a*b/c*hyp2f1(a + 1, b + 1, c + 1, x)"), kernel=True,
       note=f"Where a or b is a whole number that is not positive it is a polynomial, for every x. {FROM_FLINT}"),
    Op("hyperu", "a, b, x", HYPERGEOMETRIC, "Tricomi's confluent hypergeometric function U(a, b, x).",
       "hyperu(a, b, x) a=0.8 b=1.5 x=0.7", torch=certain("hypergeometric", "hyperu"), domain="x > 0",
       rule=(NO_WORD, NO_WORD, "-g*a*hyperu(a + 1, b + 1, x)"), kernel=True, note=FROM_FLINT),
)  # fmt: skip
