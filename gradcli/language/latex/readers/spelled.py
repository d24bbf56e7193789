r"""How functions are spelled in LaTeX, where that is not their name in the language, and what is refused by name."""

from __future__ import annotations

SPELLED: dict[str, str] = {
    "ln": "log", "lg": "log10", "lb": "log2", "ld": "log2",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot", "arcsec": "asec", "arccsc": "acsc",
    "tg": "tan", "ctg": "cot", "cotg": "cot", "cosec": "csc", "arctg": "atan", "arcctg": "acot",
    "sh": "sinh", "ch": "cosh", "th": "tanh", "cth": "coth",
    "arcsinh": "asinh", "arsinh": "asinh", "arccosh": "acosh", "arcosh": "acosh", "arctanh": "atanh",
    "artanh": "atanh", "arcoth": "acoth", "arccoth": "acoth", "arsech": "asech", "arcsch": "acsch", "arcsech": "asech",
    "sgn": "sign", "sig": "sigmoid", "sigm": "sigmoid", "logistic": "sigmoid", "expit": "sigmoid",
    "ReLU": "relu", "Relu": "relu", "RELU": "relu", "GELU": "gelu", "SiLU": "silu", "swish": "silu", "Swish": "silu",
    "ELU": "elu", "SELU": "selu", "Softplus": "softplus", "Softmax": "softmax", "Sigmoid": "sigmoid",
    "LSE": "logsumexp", "lse": "logsumexp", "LogSumExp": "logsumexp",
    "tr": "trace", "Tr": "trace", "Trace": "trace", "Sp": "trace", "Det": "det", "Diag": "diag", "adj": "adjugate",
    "vect": "vec", "Vec": "vec", "chol": "cholesky", "avg": "mean", "Li": "polylog",
    "Ei": "ei", "Si": "si", "Ci": "ci", "Ai": "airy_ai", "Bi": "airy_bi", "Erf": "erf", "Erfc": "erfc",
    "W": "lambertw", "B": "beta", "Mean": "mean", "Norm": "norm",
}  # fmt: skip

# of letters before a parenthesis, where nobody has said that they are variables
APPLIED = {"sigma": "sigmoid", "Phi": "ndtr", "Gamma": "gamma", "psi": "digamma", "zeta": "zeta"}

REFUSED: dict[str, str] = {
    **dict.fromkeys(("argmin", "argmax", "arg min", "arg max"), "where an extremum is, is no function of the formula"),
    **dict.fromkeys(("lim", "limsup", "liminf"), "a limit is not read: write the function that it is"),
    **dict.fromkeys(("sup", "inf"), "a supremum is not read: max and min of what is there are"),
    **dict.fromkeys(
        ("Var", "var", "Cov", "cov", "Corr", "Pr", "Prob", "E", "P", "KL"),
        "this depends on a distribution, which is not part of the formula",
    ),
    **dict.fromkeys(("rank", "rk", "dim", "ker", "span", "deg", "hom", "im", "card"), "this has no derivative"),
    **dict.fromkeys(("Re", "Im", "arg"), "complex numbers are not read"),
    "prox": "a proximal operator is an optimisation problem",
    "gcd": "this has no derivative",
    "sinc": r"this can be read in two ways: \sin(x)/x, or \sin(\pi x)/(\pi x)",
}
