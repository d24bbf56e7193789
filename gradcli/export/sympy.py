"""sympy: exact entries in arrays of symbols or numbers, of any rank."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import sympy

from gradcli.export.arrays import (
    FUNCTION,
    PYTHON,
    PYTHON_WORDS,
    Call,
    Spelling,
    docstring,
    identifiers,
    indented,
    self_test,
)
from gradcli.export.entries import Language, Store, Value, Writer
from gradcli.export.example import Example
from gradcli.export.loops import LOOPS
from gradcli.export.unit import Unit
from gradcli.language.nodes import Tree
from gradcli.meaning.source import STRENGTHS, Text
from gradcli.operations.shape_rules import Shape

_SAME = (
    "exp", "log", "sqrt", "cbrt", "sign", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "asec",
    "acsc", "acot", "sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh", "asech", "acsch",
    "acoth", "floor", "erf", "erfc", "gamma", "digamma", "factorial", "erfinv", "erfcinv", "erfi",
)  # fmt: skip


def _quotient(call: Call) -> str:
    """Of whole numbers an exact one: 1/3 would be a float in Python."""
    return "p|sp.S({0})/{1:w}"


SPELLINGS: Mapping[str, Spelling] = {
    **PYTHON,
    **{name: f"sp.{name}({{0}})" for name in _SAME},
    "div": _quotient, "reciprocal": "p|sp.S(1)/{0:w}", "mod": "sp.Mod({0}, {1})",
    "floor_divide": "sp.floor(sp.S({0})/{1:w})",
    "lt": "sp.Lt({0}, {1})", "le": "sp.Le({0}, {1})", "gt": "sp.Gt({0}, {1})", "ge": "sp.Ge({0}, {1})",
    "eq": "sp.Eq({0}, {1})", "ne": "sp.Ne({0}, {1})", "logical_and": "sp.And({0}, {1})",
    "logical_or": "sp.Or({0}, {1})", "logical_not": "sp.Not({0})",
    "where": "sp.Piecewise(({1}, {0}), ({2}, True))", "abs": "sp.Abs({0})", "ceil": "sp.ceiling({0})",
    "maximum": "sp.Max({0}, {1})", "minimum": "sp.Min({0}, {1})", "relu": "sp.Max({0}, 0)",
    "clamp": lambda call: "sp.Min(sp.Max({0}, {1}), {2})" if call.complete else None,
    "exp2": "w|2**{0:w}", "expm1": "s|sp.exp({0}) - 1", "log1p": "sp.log(1 + {0:p})", "log2": "sp.log({0}, 2)",
    "log10": "sp.log({0}, 10)", "rsqrt": "p|1/sp.sqrt({0})", "hypot": "sp.sqrt({0:a}**2 + {1:a}**2)",
    "atan2": "sp.atan2({0}, {1})", "lgamma": "sp.loggamma({0})", "polygamma": "sp.polygamma({n}, {0})",
    "beta": "sp.beta({0}, {1})", "sigmoid": "p|1/(1 + sp.exp(-{0:u}))", "softplus": "sp.log(1 + sp.exp({0}))",
    "logsigmoid": "u|-sp.log(1 + sp.exp(-{0:u}))", "silu": "p|{0:p}/(1 + sp.exp(-{0:u}))",
    "heaviside": lambda call: "sp.Heaviside({0}" + (")" if call.operands[1] is None else ", {1})"),
    "lambertw": lambda call: None if call["k"] else "sp.LambertW({0})", "besselj": "sp.besselj({n}, {0})",
    "bessely": "sp.bessely({n}, {0})", "besseli": "sp.besseli({n}, {0})", "besselk": "sp.besselk({n}, {0})",
    "bessel_j0": "sp.besselj(0, {0})", "bessel_j1": "sp.besselj(1, {0})", "i0": "sp.besseli(0, {0})",
    "i1": "sp.besseli(1, {0})", "airy_ai": "sp.airyai({0})", "airy_bi": "sp.airybi({0})",
    "ndtr": "p|sp.erfc(-{0:w}/sp.sqrt(2))/2",
}  # fmt: skip

_NUMBERS = {sympy.pi: "sp.pi", sympy.E: "sp.E", sympy.oo: "sp.oo", -sympy.oo: "-sp.oo", sympy.nan: "sp.nan"}
_COMBINE = {"sum": "sum({})", "prod": "sp.prod({})", "max": "sp.Max(*({}))", "min": "sp.Min(*({}))"}


class Sympy(Language):
    name = "sympy"
    words = PYTHON_WORDS
    spellings = SPELLINGS
    calls: Mapping[str, str] = MappingProxyType({
        "inv": "sp.Array({0}.tomatrix().inv())", "det": "{0}.tomatrix().det()",
        "logdet": "sp.log({0}.tomatrix().det())", "solve": "{0}.tomatrix().LUsolve({1})",
        "cholesky": "sp.Array(sp.Matrix(*{0}.shape, lambda k0, k1: {0}[max(k0, k1), min(k0, k1)])"
        ".cholesky(hermitian=False))",
        "adjugate": "sp.Array({0}.tomatrix().adjugate())", "matrix_power": "sp.Array({0}.tomatrix()**({n}))",
    })  # fmt: skip
    quotient = "({})//{}"
    zero, one = "0", "1"

    def number(self, tree: Tree) -> Text:
        if tree in _NUMBERS:
            return Text(_NUMBERS[tree])
        if tree.is_Rational and not tree.is_Integer:
            return Text(f"sp.Rational({tree.p}, {tree.q})")
        text = str(tree)
        return Text(text, STRENGTHS["u" if text.startswith("-") else "a"])

    def entry(self, name: str, shape: Shape, at: Sequence[str]) -> str:
        return f"{name}[{', '.join(at)}]"

    def chosen(self, condition: str, yes: Text, no: Text) -> Text:
        return Text(f"({yes} if {condition} else {no})")

    def store(self, store: Store) -> list[str]:
        text = store.term.text
        if store.combine:
            inner = " ".join(f"for {v} in range({end})" for v, end in store.inner)
            text = _COMBINE[store.combine].format(f"{text} {inner}")
        for variable, end in reversed(store.outer):
            text = f"[{text} for {variable} in range({end})]"
        return [f"{store.name} = sp.Array({text})" if store.shape else f"{store.name} = {text}"]

    def whole(
        self, name: str, call: str, operands: Sequence[Value], shape: Shape, constants: Mapping[str, str]
    ) -> list[str]:
        names = [x.name for x in operands]
        if len(operands) == 2:
            right = f"sp.Matrix({names[1]})" if len(operands[1].shape) == 1 else f"{names[1]}.tomatrix()"
            found = call.format(names[0], right)
            listed = f"list({found})" if len(shape) == 1 else found
            return [f"{name} = sp.Array({listed})"]
        return [f"{name} = {call.format(*names, **constants)}"]


def function(unit: Unit) -> list[str]:
    """The lines of the function."""
    writer = Writer(Sympy(), unit, LOOPS)
    value, derivative = writer.results()
    text = "\n".join(writer.lines)
    sizes = [
        f"{letter} = sp.Integer({writer.names[name]}.shape[{axis}])"
        for letter, (name, axis) in unit.letters.items()
        if re.search(rf"\b{letter}\b", text)
    ]
    return [*sizes, *writer.lines, f"return {value.name}, {derivative.name}"]


def write_sympy(unit: Unit, example: Example) -> str:
    """The module: the function and its self-test."""
    names = identifiers(unit.names, Sympy.words)
    head = indented([f"def {FUNCTION}({', '.join(names.values())}):", *docstring(unit), *function(unit)])
    close = """def close(found, expected):
    found, expected = (sp.flatten(x) if hasattr(x, "shape") else [x] for x in (found, expected))
    return all(abs(sp.N(a - b)) <= 1e-12 + 1e-9*abs(b) for a, b in zip(found, expected, strict=True))"""
    test = self_test(unit, example, lambda x: f"sp.Array({x})" if x.startswith("[") else x, "close({}, {})")
    return "\n\n\n".join(["import sympy as sp", head, close, test]) + "\n"
