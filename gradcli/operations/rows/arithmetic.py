"""Rows: arithmetic operators, comparisons, logic, and the choice between two values."""

from __future__ import annotations

from gradcli.operations.row import Op, Slips, reduced
from gradcli.operations.shape_rules import reduce

ARITHMETIC = "arithmetic"
CONDITIONS = "conditions"


def _comparison(name: str, sign: str, doc: str, node: str) -> Op:
    return Op(
        name,
        "x, y",
        CONDITIONS,
        doc,
        f"where(x {sign} 1, x, 0) x=2",
        sympy=lambda s, x, y: getattr(s, name)(x, y),
        kinks="x == y or x != x or y != y",
        boolean=True,
        infix=sign,
        node=node,
    )


ROWS = (
    Op("add", "x, y", ARITHMETIC, "Sum; the operator +.", "x + y x=1 y=2",
       torch=lambda t, x, y: x + y, sympy=lambda s, x, y: x + y, linear="jointly", scalars=True,
       infix="+", tree=lambda m, x, y: m.plus(x, y)),
    Op("sub", "x, y", ARITHMETIC, "Difference; the operator -.", "x - y x=1 y=2",
       torch=lambda t, x, y: x - y, sympy=lambda s, x, y: x - y, linear="jointly", scalars=True, aliases=("subtract",),
       infix="-", tree=lambda m, x, y: m.plus(x, m.negate(y))),
    Op("mul", "x, y", ARITHMETIC, "Product entry by entry; the operator *.", "x*y x=3 y=2",
       torch=lambda t, x, y: x * y, sympy=lambda s, x, y: x * y, linear="each", scalars=True, aliases=("multiply",),
       infix="*", tree=lambda m, x, y: m.times(x, y), slips=Slips(siblings=("matmul",)), relative=True),
    Op("div", "x, y", ARITHMETIC, "Quotient; the operator /.", "x/y x=3 y=2",
       torch=lambda t, x, y: x / y, sympy=lambda s, x, y: s.div(x, y), domain="y != 0", linear="first", scalars=True,
       rule=("g/y", "-g*out/y"), aliases=("divide", "true_divide"), infix="/",
       tree=lambda m, x, y: m.times(x, m.inverse(y)), relative=True),
    Op("neg", "x", ARITHMETIC, "Negation; the prefix -.", "-x x=3", torch=lambda t, x: -x, sympy=lambda s, x: -x,
       linear="jointly", scalars=True, aliases=("negative",), tree=lambda m, x: m.negate(x), relative=True),
    Op("pow", "x, y", ARITHMETIC,
       "Power; the operators ** and ^. Real results only: a negative base needs a whole exponent.", "x**3 x=2",
       torch=lambda t, x, y: x**y, sympy=lambda s, x, y: s.pow(x, y),
       domain="x > 0 or y == round(y) and (x != 0 or y >= 0) or x == 0 and y > 0",
       kinks="x == 0 and (y != round(y) or y < 1) or y == 0", scalars=True, power=True,
       aliases=("power", "float_power"),
       note="0**0 is 1. At y == 0 torch's slope in x is a constant 0, which loses the mixed second derivative.",
       infix="**", tree=lambda m, x, y: m.power(x, y)),
    Op("square", "x", ARITHMETIC, "x**2.", "square(x) x=3", sympy=lambda s, x: x * x, relative=True),
    Op("reciprocal", "x", ARITHMETIC, "1/x.", "reciprocal(x) x=4",
       sympy=lambda s, x: s.div(1, x), domain="x != 0", relative=True),
    Op("mod", "x, y", ARITHMETIC, "Remainder with the sign of y; the operator %: x - y*floor(x/y).", "mod(x, 3) x=7.5",
       torch="remainder", sympy=lambda s, x, y: x - y * s.floor(s.div(x, y)),
       domain="y != 0", kinks="x/y == round(x/y)", aliases=("remainder",), infix="%"),
    Op("fmod", "x, y", ARITHMETIC, "Remainder with the sign of x, as in C: x - y*trunc(x/y).", "fmod(x, 3) x=-7.5",
       sympy=lambda s, x, y: x - y * s.trunc(s.div(x, y)), domain="y != 0", kinks="x/y == round(x/y)"),
    Op("ieee_remainder", "x, y", ARITHMETIC,
       "Remainder of IEEE 754, math.remainder: x - y*round(x/y), at most abs(y)/2 either way.",
       "ieee_remainder(x, 3) x=8",
       torch=lambda t, x, y: x - y * t.round(x / y), sympy=lambda s, x, y: x - y * s.round(s.div(x, y)),
       domain="y != 0", kinks="x/y - 0.5 == floor(x/y)", aliases=("math.remainder",)),
    Op("floor_divide", "x, y", ARITHMETIC, "floor(x/y); the operator //.", "x//2*x x=5.5",
       torch=lambda t, x, y: t.div(x, y, rounding_mode="floor"), sympy=lambda s, x, y: s.floor(s.div(x, y)),
       domain="y != 0", kinks="x/y == round(x/y)", flat=True, infix="//"),
    _comparison("lt", "<", "Less than.", "StrictLessThan"),
    _comparison("le", "<=", "Less than or equal.", "LessThan"),
    _comparison("gt", ">", "Greater than.", "StrictGreaterThan"),
    _comparison("ge", ">=", "Greater than or equal.", "GreaterThan"),
    _comparison("eq", "==", "Equal.", "Equality"),
    _comparison("ne", "!=", "Not equal.", "Unequality"),
    Op("logical_and", "x:condition, y:condition", CONDITIONS, "Both conditions; the word and.",
       "where(x > 0 and x < 2, x, 0) x=1", sympy=lambda s, x, y: s.all_of(x, y), boolean=True,
       infix="and", known_as="And"),
    Op("logical_or", "x:condition, y:condition", CONDITIONS, "At least one condition; the word or.",
       "where(x < 0 or x > 2, x, 0) x=3", sympy=lambda s, x, y: s.any_of(x, y), boolean=True,
       infix="or", known_as="Or"),
    Op("logical_not", "x:condition", CONDITIONS, "The opposite condition; the word not.", "where(not x < 0, x, 0) x=3",
       sympy=lambda s, x: s.negation(x), boolean=True, prefix="not", known_as="Not"),
    Op("any", "x:condition; dim:axes=None, keepdim:flag=False", CONDITIONS, "Is the condition true somewhere?",
       "where(any(x > 1), sum(x), 0) x=1,2",
       shape=reduce, torch=lambda t, x, dim, keepdim: reduced(t.any, x, dim, keepdim),
       sympy=lambda s, x, dim, keepdim: s.reduce(x, dim, keepdim, lambda entries: s.any_of(*entries)), boolean=True),
    Op("all", "x:condition; dim:axes=None, keepdim:flag=False", CONDITIONS, "Is the condition true everywhere?",
       "where(all(x > 0), sum(x), 0) x=1,2",
       shape=reduce, torch=lambda t, x, dim, keepdim: reduced(t.all, x, dim, keepdim),
       sympy=lambda s, x, dim, keepdim: s.reduce(x, dim, keepdim, lambda entries: s.all_of(*entries)), boolean=True),
    Op("where", "condition:condition, x, y", CONDITIONS,
       "x where the condition holds, else y; also written x if condition else y.", "where(x > 0, x**2, 0) x=3",
       sympy=lambda s, c, x, y: s.where(c, x, y), linear="jointly",
       note="Both branches are computed: where autograd meets an infinite slope in the other branch it returns nan.",
       slips=Slips(ordered=True)),
)  # fmt: skip
