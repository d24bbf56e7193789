r"""How LaTeX writes each function, and each comparison."""

from __future__ import annotations

# {} are the operands; constants stand by their names
TEMPLATES = {
    "sin": r"\sin({})", "cos": r"\cos({})", "tan": r"\tan({})", "sinh": r"\sinh({})", "cosh": r"\cosh({})",
    "tanh": r"\tanh({})", "exp": r"\exp({})", "log": r"\log({})", "asin": r"\arcsin({})", "acos": r"\arccos({})",
    "atan": r"\arctan({})", "sigmoid": r"\sigma({})", "det": r"\det({})", "logdet": r"\log\det({})",
    "trace": r"\operatorname{{tr}}({})", "abs": r"\lvert {} \rvert", "gamma": r"\Gamma({})", "digamma": r"\psi({})",
    "matrix_exp": r"e^{{{}}}", "adjugate": r"\operatorname{{adj}}({})", "sign": r"\operatorname{{sgn}}({})",
    "max": r"\max({all})", "min": r"\min({all})", "lgamma": r"\log \lvert \Gamma({}) \rvert",
    "beta": r"\mathrm{{B}}({}, {})",
    "polygamma": r"\psi^{{({n})}}({})",
    "sec": r"\sec({})", "csc": r"\csc({})", "cot": r"\cot({})", "coth": r"\coth({})",
    "sech": r"\operatorname{{sech}}({})",
    "asinh": r"\operatorname{{arsinh}}({})", "acosh": r"\operatorname{{arcosh}}({})",
    "atanh": r"\operatorname{{artanh}}({})", "log2": r"\log_{{2}}({})", "log10": r"\log_{{10}}({})",
    "exp2": r"2^{{{}}}",
    "cbrt": r"\sqrt[3]{{{}}}", "floor": r"\lfloor {} \rfloor", "ceil": r"\lceil {} \rceil", "maximum": r"\max({}, {})",
    "minimum": r"\min({}, {})", "zeta": r"\zeta({})", "binomial": r"\binom{{{}}}{{{}}}",

    "airy_ai": r"\operatorname{{Ai}}({})", "airy_bi": r"\operatorname{{Bi}}({})",
    "airy_ai_prime": r"\operatorname{{Ai}}'({})", "airy_bi_prime": r"\operatorname{{Bi}}'({})",
    "ndtr": r"\Phi({})", "ei": r"\operatorname{{Ei}}({})", "logical_not": r"\lnot ({})",
    "lbeta": r"\log \mathrm{{B}}({}, {})",
} | {
    name: rf"\operatorname{{{{{letter}}}}}_{{{{{{n}}}}}}({{}})"
    for name, letter in {
        "besselj": "J", "bessely": "Y", "besseli": "I", "besselk": "K", "legendre": "P", "chebyshevt": "T",
        "chebyshevu": "U", "hermite": "H", "laguerre": "L",
    }.items()
} | {
    "bessel_j0": r"\operatorname{{J}}_{{0}}({})", "bessel_j1": r"\operatorname{{J}}_{{1}}({})",
    "bessel_y0": r"\operatorname{{Y}}_{{0}}({})", "bessel_y1": r"\operatorname{{Y}}_{{1}}({})",
    "i0": r"\operatorname{{I}}_{{0}}({})", "i1": r"\operatorname{{I}}_{{1}}({})", "lambertw": r"\operatorname{{W}}({})",
}  # fmt: skip
COMPARISONS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne", "and": r"\land", "or": r"\lor"}
