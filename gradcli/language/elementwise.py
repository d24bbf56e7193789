"""Rows: elementary functions, entry by entry. Slopes are sympy's derivatives of the sympy meanings."""

from __future__ import annotations

from gradcli.language.row import Op

EXPONENTIAL = "exponentials and logarithms"
ROOTS = "roots and magnitudes"
TRIGONOMETRIC = "trigonometric"
HYPERBOLIC = "hyperbolic"
ROUNDING = "rounding"
COMPARING = "maximum and minimum"

ROWS = (
    Op("exp", "x", EXPONENTIAL, "Exponential.", "exp(x) x=1", sympy="exp"),
    Op("exp2", "x", EXPONENTIAL, "2**x.", "exp2(x) x=3", sympy=lambda s, x: s.pow(2, x)),
    Op("expm1", "x", EXPONENTIAL, "exp(x) - 1 without cancellation near 0.", "expm1(x) x=1e-9", saturates=True, sympy=lambda s, x: s.exp(x) - 1),
    Op("log", "x", EXPONENTIAL, "Natural logarithm.", "log(x) x=2", sympy="log", domain="x > 0", aliases=("ln",)),
    Op("log2", "x", EXPONENTIAL, "Logarithm to base 2.", "log2(x) x=8", sympy=lambda s, x: s.log(x) / s.log(2), domain="x > 0"),
    Op("log10", "x", EXPONENTIAL, "Logarithm to base 10.", "log10(x) x=100", sympy=lambda s, x: s.log(x) / s.log(10), domain="x > 0"),
    Op("log1p", "x", EXPONENTIAL, "log(1 + x) without cancellation near 0.", "log1p(x) x=1e-9", sympy=lambda s, x: s.log(1 + x),
       domain="x > -1"),
    Op("sqrt", "x", ROOTS, "Square root.", "sqrt(x) x=4", sympy=lambda s, x: s.sqrt(x), domain="x >= 0", kinks="x == 0"),
    Op("rsqrt", "x", ROOTS, "1/sqrt(x).", "rsqrt(x) x=4", sympy=lambda s, x: s.div(1, s.sqrt(x)), domain="x > 0"),
    Op("cbrt", "x", ROOTS, "Real cube root.", "cbrt(x) x=-8", torch=lambda t, x: t.sign(x) * t.abs(x) ** (1 / 3),
       sympy=lambda s, x: s.sign(x) * s.pow(s.Abs(x), s.rational(1, 3)), kinks="x == 0"),
    Op("abs", "x", ROOTS, "Absolute value.", "abs(x) x=-3", sympy="Abs", kinks="x == 0", aliases=("absolute", "fabs")),
    Op("sign", "x", ROOTS, "-1, 0 or 1.", "sign(x)*x x=-3", sympy="sign", kinks="x == 0", aliases=("sgn",)),
    Op("hypot", "x, y", ROOTS, "sqrt(x**2 + y**2) without overflow.", "hypot(x, y) x=3 y=4",
       sympy=lambda s, x, y: s.sqrt(x * x + y * y), kinks="x == 0 and y == 0"),
    Op("sin", "x", TRIGONOMETRIC, "Sine; radians.", "sin(x) x=pi/3", sympy="sin"),
    Op("cos", "x", TRIGONOMETRIC, "Cosine; radians.", "cos(x) x=pi/3", sympy="cos"),
    Op("tan", "x", TRIGONOMETRIC, "Tangent; radians.", "tan(x) x=1", sympy="tan"),
    Op("sec", "x", TRIGONOMETRIC, "1/cos(x).", "sec(x) x=1", torch=lambda t, x: 1 / t.cos(x), sympy="sec"),
    Op("csc", "x", TRIGONOMETRIC, "1/sin(x).", "csc(x) x=1", torch=lambda t, x: 1 / t.sin(x), sympy="csc", domain="x != 0"),
    Op("cot", "x", TRIGONOMETRIC, "1/tan(x).", "cot(x) x=1", torch=lambda t, x: 1 / t.tan(x), sympy="cot", domain="x != 0"),
    Op("asin", "x", TRIGONOMETRIC, "Inverse sine, -pi/2 to pi/2.", "asin(x) x=0.5", sympy="asin", domain="abs(x) <= 1",
       kinks="abs(x) == 1", aliases=("arcsin",)),
    Op("acos", "x", TRIGONOMETRIC, "Inverse cosine, 0 to pi.", "acos(x) x=0.5", sympy="acos", domain="abs(x) <= 1",
       kinks="abs(x) == 1", aliases=("arccos",)),
    Op("atan", "x", TRIGONOMETRIC, "Inverse tangent, -pi/2 to pi/2.", "atan(x) x=1", sympy="atan", aliases=("arctan",)),
    Op("atan2", "y, x", TRIGONOMETRIC, "Angle of the point (x, y), -pi to pi.", "atan2(y, x) y=1 x=2", sympy="atan2",
       domain="x != 0 or y != 0", kinks="y == 0 and x <= 0", aliases=("arctan2",)),
    Op("sinc", "x", TRIGONOMETRIC, "sin(pi*x)/(pi*x), 1 at 0: torch's and numpy's.", "sinc(x) x=0.5", saturates=True, cancels=True,
       sympy=lambda s, x: s.sinc(x)),
    Op("deg2rad", "x", TRIGONOMETRIC, "Degrees to radians: x*pi/180.", "sin(deg2rad(x)) x=30",
       sympy=lambda s, x: x * s.pi / 180, aliases=("radians",)),
    Op("rad2deg", "x", TRIGONOMETRIC, "Radians to degrees: x*180/pi.", "rad2deg(x) x=1",
       sympy=lambda s, x: x * 180 / s.pi, aliases=("degrees",)),
    Op("sinh", "x", HYPERBOLIC, "Hyperbolic sine.", "sinh(x) x=1", sympy="sinh"),
    Op("cosh", "x", HYPERBOLIC, "Hyperbolic cosine.", "cosh(x) x=1", sympy="cosh"),
    Op("tanh", "x", HYPERBOLIC, "Hyperbolic tangent.", "tanh(x) x=1", saturates=True, sympy="tanh"),
    Op("sech", "x", HYPERBOLIC, "1/cosh(x).", "sech(x) x=1", torch=lambda t, x: 1 / t.cosh(x), sympy="sech"),
    Op("csch", "x", HYPERBOLIC, "1/sinh(x).", "csch(x) x=1", torch=lambda t, x: 1 / t.sinh(x), sympy="csch", domain="x != 0"),
    Op("coth", "x", HYPERBOLIC, "1/tanh(x).", "coth(x) x=1", torch=lambda t, x: 1 / t.tanh(x), saturates=True, sympy="coth", domain="x != 0"),
    Op("asinh", "x", HYPERBOLIC, "Inverse hyperbolic sine.", "asinh(x) x=1", sympy="asinh", aliases=("arcsinh",)),
    Op("acosh", "x", HYPERBOLIC, "Inverse hyperbolic cosine.", "acosh(x) x=2", sympy="acosh", domain="x >= 1", kinks="x == 1",
       aliases=("arccosh",)),
    Op("atanh", "x", HYPERBOLIC, "Inverse hyperbolic tangent.", "atanh(x) x=0.5", sympy="atanh", domain="abs(x) < 1",
       aliases=("arctanh",)),
    Op("floor", "x", ROUNDING, "Largest whole number not above x.", "x - floor(x) x=2.75", sympy=lambda s, x: s.floor(x),
       kinks="x == round(x)"),
    Op("ceil", "x", ROUNDING, "Smallest whole number not below x.", "ceil(x) - x x=2.75", sympy=lambda s, x: s.ceiling(x),
       kinks="x == round(x)", aliases=("ceiling",)),
    Op("round", "x", ROUNDING, "Nearest whole number; halves to the even one.", "x - round(x) x=2.75",
       sympy=lambda s, x: s.round(x), kinks="x - 0.5 == floor(x)"),
    Op("trunc", "x", ROUNDING, "The whole part, towards 0.", "x - trunc(x) x=-2.75", sympy=lambda s, x: s.trunc(x),
       kinks="x == round(x) and x != 0", aliases=("fix",)),
    Op("frac", "x", ROUNDING, "x - trunc(x).", "frac(x) x=2.75", sympy=lambda s, x: x - s.trunc(x),
       kinks="x == round(x) and x != 0"),
    Op("maximum", "x, y", COMPARING, "The larger, entry by entry.", "maximum(x, y) x=3 y=2", sympy=lambda s, x, y: s.Max(x, y),
       kinks="x == y", aliases=("fmax",)),
    Op("minimum", "x, y", COMPARING, "The smaller, entry by entry.", "minimum(x, y) x=3 y=2", sympy=lambda s, x, y: s.Min(x, y),
       kinks="x == y", aliases=("fmin",)),
    Op("clamp", "x, min=None, max=None", COMPARING, "x kept between min and max.", "clamp(x, -1, 1) x=0.5",
       torch=lambda t, x, low, high: t.clamp(x, low, high), sympy=lambda s, x, low, high: s.clamp(x, low, high),
       kinks="x == min or x == max", aliases=("clip",)),
)  # fmt: skip
