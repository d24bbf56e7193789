"""C99 of one entry: how elementwise operations are written in C, and the functions that they need beside libm's.

One table for the code that people take away and for the kernels of tables. What holds of torch holds here: nan goes
through maximum, relu and clamp, halves are rounded to even, a remainder has the sign of the divisor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradcli.export.arrays import Call, Spelling
from gradcli.operations.rows.neural import SELU_ALPHA, SELU_SCALE

LIBM = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil", "trunc", "erf", "erfc", "lgamma",
)  # fmt: skip
MAX_BESSEL = 100  # order of jn and yn, whose time grows with it
MAX_SPHERICAL = 5  # order of spherical_jn: of higher ones the series loses digits too
MAX_ORDER = 20  # of polygamma: its reflection has room for as many coefficients

OPERATORS: Mapping[str, Spelling] = {
    "add": "s|{0:s} + {1:p}", "sub": "s|{0:s} - {1:p}", "mul": "p|{0:p}*{1:u}", "div": "p|{0:p}/{1:w}",
    "neg": "u|-{0:w}", "reciprocal": "p|1.0/{0:w}",
    "lt": "c|{0:s} < {1:s}", "le": "c|{0:s} <= {1:s}", "gt": "c|{0:s} > {1:s}", "ge": "c|{0:s} >= {1:s}",
    "eq": "c|{0:s} == {1:s}", "ne": "c|{0:s} != {1:s}",
}  # fmt: skip


def constant(value: object) -> str:
    """A constant of a row as C reads it."""
    return {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}.get(repr(value), repr(value))


def _bounded(call: Call) -> str:
    """A clamp with one bound, or two."""
    _, low, high = call.operands
    inner = "{0}" if low is None else "maximum({0}, {1})"
    return inner if high is None else f"minimum({inner}, {{2}})"


def _logit(call: Call) -> str:
    eps = call["eps"]
    return "logit({0})" if eps is None else f"logit(minimum(maximum({{0}}, {constant(eps)}), {constant(1 - eps)}))"


def _polygamma(call: Call) -> str | None:
    return "digamma({0})" if call["n"] == 0 else "polygamma({n}, {0})" if 0 <= call["n"] <= MAX_ORDER else None


def _quotient(pair: tuple[int, int]) -> str:
    return repr(pair[0] / pair[1])


_SELU = f"p|{_quotient(SELU_SCALE)}*elu({{0}}, {_quotient(SELU_ALPHA)})"

SPELLINGS: Mapping[str, Spelling] = {
    **OPERATORS,
    **{name: f"{name}({{0}})" for name in LIBM},
    # arithmetic
    "pow": "pow({0}, {1})", "square": "square({0})", "fmod": "fmod({0}, {1})", "mod": "modulo({0}, {1})",
    "floor_divide": "floor_divide({0}, {1})", "ieee_remainder": "remainder({0}, {1})", "abs": "fabs({0})",
    "rsqrt": "p|1.0/sqrt({0})", "sign": "sign({0})", "hypot": "hypot({0}, {1})", "modulus": "hypot({0}, {1})",
    "round": "nearbyint({0})", "frac": "s|{0:s} - trunc({0})", "lerp": "s|{0:s} + {2:p}*({1:s} - {0:p})",
    # choices
    "maximum": "maximum({0}, {1})", "minimum": "minimum({0}, {1})", "fmax": "larger({0}, {1})",
    "fmin": "smaller({0}, {1})", "clamp": _bounded, "where": "({0} ? {1} : {2})",
    "logical_and": "({0:p} & {1:p})", "logical_or": "({0:p} | {1:p})", "logical_not": "!({0})",
    "heaviside": lambda call: "heaviside({0}, " + ("0.5)" if call.operands[1] is None else "{1})"),
    # angles
    "atan2": "atan2({0}, {1})", "sec": "p|1.0/cos({0})", "csc": "p|1.0/sin({0})", "cot": "p|1.0/tan({0})",
    "asec": "acos(1.0/{0:w})", "acsc": "asin(1.0/{0:w})", "acot": "atan(1.0/{0:w})",
    "sech": "p|1.0/cosh({0})", "csch": "p|1.0/sinh({0})", "coth": "p|1.0/tanh({0})",
    "asech": "acosh(1.0/{0:w})", "acsch": "asinh(1.0/{0:w})", "acoth": "atanh(1.0/{0:w})",
    "sinpi": "sinpi({0})", "cospi": "cospi({0})", "sinc": "sinc({0})",
    "deg2rad": "p|{0:p}*0.017453292519943295", "rad2deg": "p|{0:p}*57.29577951308232",
    # exponentials
    "xlogy": "xlogy({0}, {1})", "xlog1py": "xlog1py({0}, {1})", "entr": "entr({0})", "logit": _logit,
    "rel_entr": "rel_entr({0}, {1})",
    "logaddexp": "logaddexp({0}, {1})", "logaddexp2": "logaddexp2({0}, {1})", "log1mexp": "log1mexp({0})",
    "exprel": "exprel({0})", "log1prel": "log1prel({0})",
    # special functions
    "gamma": "tgamma(off_zero({0}))", "factorial": "factorial({0})", "digamma": "digamma({0})", "polygamma": _polygamma,
    "ndtr": "ndtr({0})", "log_ndtr": "log_ndtr({0})", "erfcx": "erfcx({0})",
    "bessel_j0": "j0(off_ends({0}))", "bessel_j1": "j1(off_ends({0}))",
    "bessel_y0": "y0(off_zero(off_ends({0})))", "bessel_y1": "y1(off_zero(off_ends({0})))",
    "besselj": lambda call: "jn({n}, off_ends({0}))" if abs(call["n"]) <= MAX_BESSEL else None,
    "bessely": lambda call: "yn({n}, off_zero(off_ends({0})))" if abs(call["n"]) <= MAX_BESSEL else None,
    "spherical_bessel_j0": "spherical_j0({0})",
    "spherical_jn": lambda call: "spherical_jn({n}, {0})" if 0 <= call["n"] <= MAX_SPHERICAL else None,
    # activations
    "sigmoid": "sigmoid({0})", "logsigmoid": "logsigmoid({0})", "relu": "relu({0})",
    "softplus": "softplus({0}, {beta}, {threshold})", "silu": "p|{0:p}*sigmoid({0})",
    "gelu": lambda call: "p|{0:p}*ndtr({0})" if call["approximate"] == "none" else "gelu_tanh({0})",
    "elu": "elu({0}, {alpha})", "celu": "celu({0}, {alpha})", "selu": _SELU,
    "leaky_relu": "({0:s} > 0.0 ? {0} : {negative_slope}*{0:u})", "prelu": "({0:s} > 0.0 ? {0} : {1:p}*{0:u})",
    "softsign": "p|{0:p}/(1.0 + fabs({0}))", "mish": "p|{0:p}*tanh(log1p(exp({0})))",
    "tanhshrink": "s|{0:s} - tanh({0})", "relu6": "minimum(relu({0}), 6.0)",
    "hardtanh": "minimum(maximum({0}, {min_val}), {max_val})",
    "hardsigmoid": "p|minimum(relu({0:s} + 3.0), 6.0)/6.0",
    "hardswish": "p|{0:p}*minimum(relu({0:s} + 3.0), 6.0)/6.0",
    "softshrink": "softshrink({0}, {lambd})", "hardshrink": "hardshrink({0}, {lambd})",
    "threshold": "({0:s} <= {threshold} ? {value} : {0})",
    "variable": "{0}", "detach": "{0}",
}  # fmt: skip

# By name, each after those that it calls. Those of one line have no loop: a compiler puts them into its own.
HELPERS: Mapping[str, str] = {
    "off_zero": "static double off_zero(double x) { return x == 0.0 ? NAN : x; }",
    "off_ends": "static double off_ends(double x) { return fabs(x) == INFINITY ? NAN : x; }",
    "square": "static double square(double x) { return x*x; }",
    "sign": "static double sign(double x) { return (x > 0.0) - (x < 0.0); }",
    "maximum": "static double maximum(double x, double y) { return (x >= y) | (x != x) ? x : y; }",
    "minimum": "static double minimum(double x, double y) { return (x <= y) | (x != x) ? x : y; }",
    "larger": "static double larger(double x, double y) { return (x >= y) | (y != y) ? x : y; }",
    "smaller": "static double smaller(double x, double y) { return (x <= y) | (y != y) ? x : y; }",
    "relu": "static double relu(double x) { return x < 0.0 ? 0.0 : x; }",
    "heaviside": """static double heaviside(double x, double y) {
    double step = x > 0.0 ? 1.0 : 0.0;
    return x != x ? x : x == 0.0 ? y : step;
}""",
    "modulo": """static double modulo(double x, double y) {
    double rest = fmod(x, y);
    return (rest != 0.0) & ((y < 0.0) != (rest < 0.0)) ? rest + y : rest;
}""",
    "floor_divide": """static double floor_divide(double x, double y) {
    double rest = fmod(x, y);
    double down = (rest != 0.0) & ((y < 0.0) != (rest < 0.0)) ? 1.0 : 0.0;
    double quotient = nearbyint((x - rest)/y - down);
    return y == 0.0 ? x/y : quotient;
}""",
    "half_turns": """/* x less the nearest even number: from -1 to 1, and exact. */
static double half_turns(double x) { return x - 2.0*nearbyint(0.5*x); }""",
    "sinpi": """static double sinpi(double x) {
    double r = half_turns(x);
    return sin(3.141592653589793*(fabs(r) > 0.5 ? sign(r) - r : r));
}""",
    "cospi": """static double cospi(double x) { return sin(3.141592653589793*(0.5 - fabs(half_turns(x)))); }""",
    "sinc": """static double sinc(double x) {
    double y = sinpi(x)/(3.141592653589793*x);
    return x == 0.0 ? 1.0 : y;
}""",
    "xlogy": """static double xlogy(double x, double y) {
    double product = x*log(y);
    return (x == 0.0) & (y == y) ? 0.0 : product;
}""",
    "xlog1py": """static double xlog1py(double x, double y) {
    double product = x*log1p(y);
    return (x == 0.0) & (y == y) ? 0.0 : product;
}""",
    "rel_entr": """/* Near x = y by log1p; by two logarithms where x/y leaves the range of a double. */
static double rel_entr(double x, double y) {
    double ratio = x/y, near = x*log1p((x - y)/y), far = x*log(ratio);
    double apart = x*log(x) - x*log(y), within = (ratio > 1e-300) & (ratio < 1e300) & (x > 0.0) ? far : apart;
    return (x == 0.0) & (y == y) ? 0.0 : fabs(x - y) < 0.5*y ? near : within;
}""",
    "entr": """static double entr(double x) {
    double inside = -x*log(x);
    return x < 0.0 ? -INFINITY : x == 0.0 ? 0.0 : inside;
}""",
    "logit": """/* Right of 1/4, where 2*x - 1 is exact, by log1p: no digits are lost around 1/2. */
static double logit(double x) {
    double left = log(x/(1.0 - x)), right = log1p((2.0*x - 1.0)/(1.0 - x));
    return (x > 0.25) & (x < 1.0) ? right : left;
}""",
    "logaddexp": """static double logaddexp(double x, double y) {
    double top = maximum(x, y), sum = top + log1p(exp(-fabs(x - y)));
    return (x == y) & (fabs(x) == INFINITY) ? x : sum;
}""",
    "logaddexp2": """static double logaddexp2(double x, double y) {
    double top = maximum(x, y), sum = top + 1.4426950408889634*log1p(exp2(-fabs(x - y)));
    return (x == y) & (fabs(x) == INFINITY) ? x : sum;
}""",
    "log1mexp": """static double log1mexp(double x) {
    double near = log(-expm1(x)), far = log1p(-exp(x));
    return x > -0.6931471805599453 ? near : far;
}""",
    "exprel": """static double exprel(double x) {
    double root = exp(0.5*x), far = root/x*root, near = expm1(x)/x;
    return x == 0.0 ? 1.0 : (x > 700.0 ? far : near) - 0.0*x;
}""",
    "log1prel": """static double log1prel(double x) {
    double ratio = log1p(x)/x;
    return x == 0.0 ? 1.0 : (x > -1.0) & (x < INFINITY) ? ratio : NAN;
}""",
    "sigmoid": """static double sigmoid(double x) {
    double e = exp(-fabs(x));
    return (x >= 0.0 ? 1.0 : e)/(1.0 + e);
}""",
    "logsigmoid": "static double logsigmoid(double x) { return minimum(x, 0.0) - log1p(exp(-fabs(x))); }",
    "softplus": """/* As torch has it: x past the threshold. */
static double softplus(double x, double beta, double threshold) {
    double z = beta*x, smooth = (maximum(z, 0.0) + log1p(exp(-fabs(z))))/beta;
    return z > threshold ? x : smooth;
}""",
    "ndtr": """/* Far left with the digits that x/sqrt(2) loses. */
static double ndtr(double x) {
    double z = -0.7071067811865476*x, lost = fma(-0.7071067811865476, x, -z) + 4.833646656726457e-17*x;
    return 0.5*erfc(z)*((z > 0.0) & (z < 30.0) ? 1.0 - 2.0*z*lost : 1.0);
}""",
    "gelu_tanh": """/* x*sigmoid(z), where z has the digits of two doubles: an error of it is one relative to exp(z). */
static double gelu_tanh(double x) {
    double y = x*x, q = 0.044715*y, w = 1.0 + q, u = 1.5957691216057308*x, z = u*w, s = sigmoid(z);
    double lost_q = fma(0.044715, y, -q) + 0.044715*fma(x, x, -y) + 2.1960211427085595e-18*y;
    double lost_w = (1.0 - (w - (w - 1.0))) + (q - (w - 1.0)) + lost_q;
    double lost_u = fma(1.5957691216057308, x, -u) - 9.96930880911092e-17*x;
    double lost = fma(u, w, -z) + u*lost_w + lost_u*w;
    return x*(s + (fabs(x) < 100.0 ? s*(1.0 - s)*lost : 0.0));
}""",
    "elu": """static double elu(double x, double alpha) {
    double left = alpha*expm1(x);
    return x > 0.0 ? x : left;
}""",
    "celu": """static double celu(double x, double alpha) {
    double left = alpha*expm1(x/alpha);
    return x > 0.0 ? x : left;
}""",
    "softshrink": """static double softshrink(double x, double bound) {
    double inside = x != x ? x : 0.0;
    return x > bound ? x - bound : x < -bound ? x + bound : inside;
}""",
    "hardshrink": """static double hardshrink(double x, double bound) {
    return (x >= -bound) & (x <= bound) ? 0.0 : x;
}""",
    "spherical_j0": "static double spherical_j0(double x) { double y = sin(x)/x; return x == 0.0 ? 1.0 : y; }",
    "spherical_jn": """/* By the series where x is small, as terms cancel there, else upward from sin and cos. */
static double spherical_jn(int n, double x) {
    double y = 0.5*x*x, term = 1.0, sum = 0.0;
    if (fabs(x) < n + 1.0) {
        for (int k = 1; k <= n; k++) term *= x/(2*k + 1);
        for (int k = 1; k < 40; k++) {
            sum += term;
            term *= -y/(k*(2.0*n + 2*k + 1));
        }
        return sum;
    }
    double before = cos(x)/x, value = sin(x)/x;
    for (int k = 0; k < n; k++) {
        double next = (2*k + 1)/x*value - before;
        before = value;
        value = next;
    }
    return value;
}""",
    "erfcx": """/* exp(x*x) with the digits that x*x loses; far right by the asymptotic series. */
static double erfcx(double x) {
    double y = x*x, z = 0.5/y, near = exp(y)*(1.0 + fma(x, x, -y))*erfc(x);
    double far = 0.5641895835477563/x*(1.0 - z*(1.0 - 3.0*z*(1.0 - 5.0*z*(1.0 - 7.0*z*(1.0 - 9.0*z*(1.0 - 11.0*z))))));
    return x > 20.0 ? far : x < -27.0 ? INFINITY : near;
}""",
    "log_ndtr": """static double log_ndtr(double x) {
    double left = log(0.5*erfcx(-0.7071067811865476*x)) - 0.5*x*x, right = log1p(-ndtr(-x));
    return x < -1.0 ? left : right;
}""",
    "factorial": """/* A large x by a factor, as 1 + x is rounded. */
static double factorial(double x) {
    double factor = x > 1.0 ? x : 1.0;
    return factor*tgamma(off_zero(x > 1.0 ? x : 1.0 + x));
}""",
    "zeta": """/* Hurwitz, for x > 0: the sum of 1/(x + k)^s. Euler and Maclaurin's from 20 on, and terms before. */
static double zeta(int s, double x) {
    static const double bernoulli[] = {1.0/12, -1.0/720, 1.0/30240, -1.0/1209600, 1.0/47900160,
                                       -691.0/1307674368000.0, 1.0/74724249600.0};
    int terms = x < 20.0 ? (int)(20.0 - x) + 1 : 0;
    double y = x + terms, power = pow(y, 1 - s), sum = power/(s - 1) + 0.5*power/y;
    power *= s/y/y;
    for (int k = 0; k < 7; k++) {
        sum += bernoulli[k]*power;
        power *= (s + 2*k + 1)*(s + 2*k + 2)/(y*y);
    }
    for (int k = terms - 1; k >= 0; k--) sum += pow(x + k, -s);
    return sum;
}""",
    "polygamma": """/* Left of 0 by reflection: the n-th slope of cot is a polynomial in it, p' (-1 - cot^2). */
static double polygamma(int n, double x) {
    double sign = n%2 ? 1.0 : -1.0;
    if (x > 0.0) return x == INFINITY ? NAN : sign*tgamma(n + 1.0)*zeta(n + 1, x);
    if (!(x != nearbyint(x))) return NAN;
    double c[24] = {0.0, 1.0}, cot = cospi(x)/sinpi(x), scale = 1.0;
    for (int k = 0; k < n; k++) {
        double next[24] = {0.0};
        for (int j = 1; j <= k + 1; j++) { next[j - 1] -= j*c[j]; next[j + 1] -= j*c[j]; }
        for (int j = 0; j <= k + 2; j++) c[j] = next[j];
    }
    double sum = c[n + 1];
    for (int j = n; j >= 0; j--) sum = sum*cot + c[j];
    for (int k = 0; k <= n; k++) scale *= 3.141592653589793;
    return -tgamma(n + 1.0)*zeta(n + 1, 1.0 - x) - scale*sum;
}""",
    "digamma": """/* Between 1 and 2 from its root on, which is split in three; elsewhere by the asymptotic series. */
static double digamma(double x) {
    double reflected = 0.0, sum = 0.0;
    if (x <= 0.0) {
        if (x == floor(x)) return NAN;
        reflected = -3.141592653589793*cospi(x)/sinpi(x);
        x = 1.0 - x;
    }
    for (; x > 2.0 && x < 3.0; x -= 1.0) sum += 1.0/(x - 1.0);
    for (; x < 1.0; x += 1.0) sum -= 1.0/x;
    if (x <= 2.0) {
        double z = x - 1.0, g = (x - 1.4616321446374059) - 3.3095646883275545e-10 - 9.016312093258696e-20;
        double p = 0.25479851061131551 + z*(-0.32555031186804491 + z*(-0.65031853770896507
            + z*(-0.28919126444774784 + z*(-0.045251321448739056 + z*-0.0020713321167745952))));
        double q = 1.0 + z*(2.0767117023730469 + z*(1.4606242909763515 + z*(0.43593529692665969
            + z*(0.054151797245674225 + z*(0.0021284987017821144 + z*-0.55789841321675513e-6)))));
        return reflected + (sum + (g*0.99558162689208984 + g*p/q));
    }
    for (; x < 12.0; x += 1.0) sum -= 1.0/x;
    double y = 1.0/(x*x);
    return reflected + (sum + log(x) - 0.5/x
        - y*(1.0/12 - y*(1.0/120 - y*(1.0/252 - y*(1.0/240 - y*(1.0/132 - y*(691.0/32760 - y/12)))))));
}""",
}
LOOPED = frozenset({"zeta", "polygamma", "digamma", "spherical_jn"})  # those whose body no vectoriser takes


def called_in(code: str) -> set[str]:
    """The names that a bracket follows."""
    return set(re.findall(r"\b(\w+)\(", code))


def needed(code: str, helpers: Mapping[str, str]) -> list[str]:
    """The names of the helpers that the code calls, and that these call, in their order."""
    called = called_in(code)
    for name in reversed(list(helpers)):
        if name in called:
            called |= called_in(helpers[name])
    return [name for name in helpers if name in called]
