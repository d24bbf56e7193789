"""Julia: comprehensions over arrays; indices are counted from 0 and one is added where an entry is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import sympy

from gradcli.base.arrays import FloatArray
from gradcli.export.arrays import FUNCTION, Spelling, docstring, identifiers
from gradcli.export.entries import Language, Store, Value, Writer
from gradcli.export.example import Example
from gradcli.export.loops import LOOPS
from gradcli.export.unit import Unit
from gradcli.language.nodes import Tree
from gradcli.meaning.source import STRENGTHS, Text
from gradcli.meaning.torch_meaning import python_number
from gradcli.operations.shape_rules import Shape

_SAME = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "abs", "sign", "sin", "cos", "tan", "sec",
    "csc", "cot", "asin", "acos", "atan", "asec", "acsc", "acot", "sinh", "cosh", "tanh", "sech", "csch", "coth",
    "asinh", "acosh", "atanh", "asech", "acsch", "acoth", "floor", "ceil", "round", "trunc", "sinc", "deg2rad",
    "rad2deg",
)  # fmt: skip

# What the package SpecialFunctions has; it is used only where one of these stands.
SPECIAL = {
    "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "erfcinv": "erfcinv", "erfcx": "erfcx", "erfi": "erfi",
    "dawsn": "dawson", "gamma": "gamma", "digamma": "digamma", "beta": "beta", "bessel_j0": "besselj0",
    "bessel_j1": "besselj1", "bessel_y0": "bessely0", "bessel_y1": "bessely1", "airy_ai": "airyai",
    "airy_bi": "airybi", "airy_ai_prime": "airyaiprime", "airy_bi_prime": "airybiprime", "ei": "expinti",
    "si": "sinint", "ci": "cosint", "ellipk": "ellipk", "ellipe": "ellipe",
}  # fmt: skip

_MORE = {"logabsgamma", "polygamma", "besselj", "bessely", "besseli", "besselk"}  # of SpecialFunctions, too

SPELLINGS: Mapping[str, Spelling] = {
    "add": "s|{0:s} + {1:p}", "sub": "s|{0:s} - {1:p}", "mul": "p|{0:p}*{1:u}", "div": "p|{0:p}/{1:w}",
    "neg": "u|-{0:w}", "pow": "w|{0:a}^{1:a}", "square": "w|{0:a}^2", "reciprocal": "p|1/{0:w}",
    "lt": "c|{0:s} < {1:s}", "le": "c|{0:s} <= {1:s}", "gt": "c|{0:s} > {1:s}", "ge": "c|{0:s} >= {1:s}",
    "eq": "c|{0:s} == {1:s}", "ne": "c|{0:s} != {1:s}",
    **{name: f"{name}({{0}})" for name in _SAME},
    "mod": "mod({0}, {1})", "fmod": "rem({0}, {1})", "hypot": "hypot({0}, {1})", "atan2": "atan({0}, {1})",
    "maximum": "max({0}, {1})", "minimum": "min({0}, {1})", "rsqrt": "p|1/sqrt({0})", "relu": "max({0}, 0.0)",
    "clamp": lambda call: "min(max({0}, {1}), {2})" if call.complete else None,
    "sigmoid": "p|1/(1 + exp(-{0:w}))", "silu": "p|{0:p}/(1 + exp(-{0:w}))",
    "softplus": lambda call: "s|max({0}, 0.0) + log1p(exp(-abs({0})))" if call["beta"] == 1 else None,
    "logsigmoid": "s|min({0}, 0.0) - log1p(exp(-abs({0})))",
    **{name: f"{word}({{0}})" for name, word in SPECIAL.items()},
    "lgamma": "logabsgamma({0})[1]", "polygamma": "polygamma({n}, {0})", "factorial": "gamma({0:s} + 1)",
    "ndtr": "p|erfc(-{0:w}/sqrt(2))/2", "besselj": "besselj({n}, {0})", "bessely": "bessely({n}, {0})",
    "besseli": "besseli({n}, {0})", "besselk": "besselk({n}, {0})", "i0": "besseli(0, {0})", "i1": "besseli(1, {0})",
    "where": "({0} ? {1} : {2})", "logical_and": "({0} && {1})", "logical_or": "({0} || {1})", "logical_not": "!({0})",
}  # fmt: skip

HELPERS = {
    "adjugate": """function adjugate(A)
    U, s, V = svd(A)
    others = [prod(s[j] for j in eachindex(s) if j != i; init=1.0) for i in eachindex(s)]
    return det(U)*det(V)*(V*Diagonal(others)*U')
end""",
}

_COMBINE = {
    "sum": "sum({}; init=0.0)", "prod": "prod({}; init=1.0)", "max": "maximum({}; init=-Inf)",
    "min": "minimum({}; init=Inf)",
}  # fmt: skip
_WORDS = frozenset({
    FUNCTION, *SPECIAL.values(), *_MORE, *HELPERS,
    "abstract", "baremodule", "begin", "break", "catch", "const", "continue", "do", "else", "elseif", "end",
    "export", "false", "finally", "for", "function", "global", "if", "import", "in", "isa", "let", "local",
    "macro", "module", "mutable", "primitive", "quote", "return", "struct", "true", "try", "type", "using",
    "where", "while", "Matrix", "Symmetric", "cholesky",
    "Diagonal", "Inf", "LinearAlgebra", "NaN", "PROGRAM_FILE", "SpecialFunctions", "abspath",
    "div", "eachindex", "init", "isapprox", "println", "rem", "size",
})  # fmt: skip
_NUMBERS = {sympy.pi: "pi", sympy.E: "exp(1)", sympy.oo: "Inf", -sympy.oo: "-Inf", sympy.nan: "NaN"}


class Julia(Language):
    name = "julia"
    words = _WORDS
    spellings = SPELLINGS
    calls: Mapping[str, str] = MappingProxyType({
        "inv": "inv({0})", "det": "det({0})", "logdet": "log(det({0}))", "solve": "{0} \\ {1}",
        "adjugate": "adjugate({0})", "matrix_exp": "exp({0})", "matrix_power": "{0}^({n})", "pinv": "pinv({0})",
        "cholesky": "Matrix(cholesky(Symmetric({0}, :L)).L)",
    })  # fmt: skip
    quotient = "div({}, {})"

    def number(self, tree: Tree) -> Text:
        if tree in _NUMBERS:
            return Text(_NUMBERS[tree])
        if tree.is_Rational and not tree.is_Integer and abs(tree.p) < 10**15:
            return Text(f"{tree.p}/{tree.q}", STRENGTHS["p"])
        value = python_number(tree)
        text = repr(value)
        return Text(text, STRENGTHS["u" if text.startswith("-") else "a"])

    def entry(self, name: str, shape: Shape, at: Sequence[str]) -> str:
        return f"{name}[{', '.join(str(int(i) + 1) if i.isdigit() else f'{i} + 1' for i in at)}]"

    def chosen(self, condition: str, yes: Text, no: Text) -> Text:
        return Text(f"({condition} ? {yes} : {no})")

    def store(self, store: Store) -> list[str]:
        text = store.term.text
        if store.combine:
            text = _COMBINE[store.combine].format(f"{text} {_ranges(store.inner)}")
        return [f"{store.name} = [{text} {_ranges(store.outer)}]" if store.shape else f"{store.name} = {text}"]

    def whole(
        self, name: str, call: str, operands: Sequence[Value], shape: Shape, constants: Mapping[str, str]
    ) -> list[str]:
        return [f"{name} = {call.format(*(x.name for x in operands), **constants)}"]


def _ranges(loops: Sequence[tuple[str, str]]) -> str:
    return "for " + ", ".join(f"{variable} in 0:{end} - 1" for variable, end in loops)


def function(unit: Unit) -> list[str]:
    """The lines of the function."""
    writer = Writer(Julia(), unit, LOOPS)
    value, derivative = writer.results()
    sizes = [f"{letter} = size({writer.names[n]}, {axis + 1})" for letter, (n, axis) in unit.letters.items()]
    return [*sizes, *writer.lines, f"return {value.name}, {derivative.name}"]


def write_julia(unit: Unit, example: Example) -> str:
    """The file: the function and its self-test."""
    names = identifiers(unit.names, Julia.words)
    head = [*docstring(unit), f"function {FUNCTION}({', '.join(names.values())})"]
    body = [*(f"    {line}" for line in function(unit)), "end"]
    point = [f"{names[name]} = {_literal(value)}" for name, value in example.point.items()]
    checks = [
        f"@assert isapprox({name}, {_literal(value)}; rtol=1e-9, atol=1e-12)"
        for name, value in (("value", example.value), ("derivative", example.derivative))
    ]
    call = f"value, derivative = {FUNCTION}({', '.join(names.values())})"
    said = 'println("value and derivative agree with enclosures at a seeded point")'
    test = ["if abspath(PROGRAM_FILE) == @__FILE__", *(f"    {line}" for line in [*point, call, *checks, said]), "end"]
    text = "\n".join([*head, *body])
    called = set(re.findall(r"\b(\w+)\(", text))
    packages = ["LinearAlgebra", *(["SpecialFunctions"] if called & {*SPECIAL.values(), *_MORE} else [])]
    helpers = [helper for name, helper in HELPERS.items() if name in called]
    return "\n\n".join([f"using {', '.join(packages)}", *helpers, text, "\n".join(test)]) + "\n"


def _literal(value: FloatArray) -> str:
    """Columns first, as Julia keeps them."""
    if not value.ndim:
        return repr(float(value))
    entries = f"[{', '.join(repr(float(x)) for x in np.ravel(value, order='F'))}]"
    return entries if value.ndim == 1 else f"reshape({entries}, {', '.join(map(str, value.shape))})"
