"""Tree to text: what the parser reads back as the same tree, and what people read as a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from gradcli.language.nodes import Tree, arguments_of, is_index, parts_of_list, row_of
from gradcli.operations.row import ENTRIES, Op, Param
from gradcli.operations.table import spellings_of

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(1, 10)

_STRENGTHS = {"or": _OR, "and": _AND, "@": _PRODUCT, "%": _PRODUCT, "//": _PRODUCT}  # of signs; all others compare
SHORT_DECIMAL = 8  # characters
_TIGHT = frozenset({"%", "//"})  # signs without blanks around them

_LEAVES = {sympy.pi: "pi", sympy.E: "e", sympy.oo: "inf", sympy.nan: "nan", sympy.EulerGamma: "-polygamma(0, 1)"}


def write(tree: Tree) -> str:
    """The tree in gradcli's language.

    >>> from gradcli.language.parse import parse
    >>> write(parse("x^2/3 - (y+1)*sin(x)").tree)
    'x**2/3 - (y + 1)*sin(x)'
    """
    return _Writer().text(tree, 0)


def remembering() -> Callable[[Tree], str]:
    """A ``write`` that keeps the texts of parts, for many formulas of the same names and sizes."""
    writer = _Remembering()
    return lambda tree: writer.text(tree, 0)


def shortened(tree: Tree, most: int = 60) -> str:
    """The same in a note, of so many characters at most."""
    text = write(tree)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def write_formula(tree: Tree, *, decimals: bool = False) -> str:
    """A simplified sympy expression as a formula: negative powers as fractions, ``x/2`` rather than ``0.5*x``.

    decimals: short decimals stay such, as in a function that has some
    """
    return _FormulaWriter(decimals).text(tree, 0)


class _Writer:
    def text(self, node: Tree, outer: int) -> str:
        """The text of a node where its surroundings bind with strength ``outer``."""
        inner, strength = self.parts(node)
        return f"({inner})" if strength < outer else inner

    def parts(self, node: Tree) -> tuple[str, int]:
        if node.is_Symbol:
            return node.name, _ATOM
        if node.is_Rational:
            return self.rational(node)
        if node in _LEAVES:
            return _LEAVES[node], _ATOM
        if node.is_Float:
            return repr(float(node)), _ATOM if node >= 0 else _UNARY
        if isinstance(node, sympy.Add):
            return self.sum(node), _SUM
        if isinstance(node, sympy.Mul):
            return self.product(node.args)
        if isinstance(node, sympy.Pow):
            return self.power(node)
        if isinstance(node, sympy.Piecewise):
            return self.piecewise(list(node.args)), _ATOM
        op = row_of(node)
        return self.call(node, op) if op else (str(node), _ATOM)

    def rational(self, number: Tree) -> tuple[str, int]:
        """A decimal where it is one, else a quotient."""
        p, q = int(number.p), int(number.q)
        strength = _ATOM if p >= 0 else _UNARY
        if q == 1:
            text = str(p)
            digits = text.rstrip("0")
            short = f"{digits}e{len(text) - len(digits)}" if len(text) > 21 and len(text) - len(digits) > 3 else text
            return short, strength
        decimal = decimal_text(p, q)
        return (decimal, strength) if decimal else (f"{p}/{q}", _PRODUCT)

    def sum(self, node: Tree) -> str:
        """Terms in order, ``+ -b`` as ``- b``."""
        pieces = [self.text(node.args[0], _SUM)]
        for term in node.args[1:]:
            positive = self.negated(term)
            pieces.append(f"+ {self.text(term, _SUM + 1)}" if positive is None else f"- {positive}")
        return " ".join(pieces)

    def negated(self, term: Tree) -> str | None:
        """The text of ``b`` where ``term`` is ``-b``."""
        if isinstance(term, sympy.Mul) and term.args[0] == -1 and len(term.args) == 2:
            return self.text(term.args[1], _PRODUCT)
        return None

    def product(self, factors: tuple[Tree, ...]) -> tuple[str, int]:
        first, *rest = factors
        if first == -1 and not _is_inverse(rest[0]):
            strength = _UNARY if len(rest) == 1 else _PRODUCT
            return f"-{self.text(rest[0], _UNARY)}" + self.factors(rest[1:]), strength
        op = row_of(first)
        plain = op is None or op.infix in _TIGHT or all(_is_inverse(factor) for factor in rest)
        return self.text(first, _PRODUCT if plain else _UNARY) + self.factors(rest), _PRODUCT  # (x @ y)*x, but x @ y/2

    def factors(self, rest: list[Tree]) -> str:
        out = ""
        for factor in rest:
            if _is_inverse(factor):
                out += f"/{self.text(factor.args[0], _UNARY)}"
            else:
                out += f"*{self.text(factor, _UNARY)}"
        return out

    def power(self, node: Tree) -> tuple[str, int]:
        base, exponent = node.args
        if exponent == sympy.Rational(1, 2):
            return f"sqrt({self.text(base, 0)})", _ATOM
        return f"{self.text(base, _ATOM)}**{self.text(exponent, _UNARY)}", _POWER

    def piecewise(self, pairs: list[Tree]) -> str:
        value, condition = pairs[0].args
        if condition == sympy.true:
            return self.text(value, 0)
        rest = self.piecewise(pairs[1:]) if len(pairs) > 1 else "nan"
        return f"where({self.text(condition, 0)}, {self.text(value, 0)}, {rest})"

    def call(self, node: Tree, op: Op) -> tuple[str, int]:
        tensors, constants = arguments_of(node, op)
        arguments = [child for child in tensors if child is not None]
        if op.infix:
            strength = _STRENGTHS.get(op.infix, _COMPARE)
            pieces = [self.text(arguments[0], strength), *(self.text(a, strength + 1) for a in arguments[1:])]
            return (op.infix if op.infix in _TIGHT else f" {op.infix} ").join(pieces), strength
        if op.prefix:
            return f"{op.prefix} {self.text(arguments[0], _NOT)}", _NOT
        if is_index(node):
            return f"{self.before_dot(arguments[0])}[{', '.join(map(_index_text, constants[0]))}]", _ATOM
        plain = constants == tuple(param.default for param in op.constants)
        if op.brackets and plain:
            return f"[{', '.join(self.text(a, 0) for a in arguments)}]", _ATOM
        if op.suffix and plain:
            return f"{self.before_dot(arguments[0])}{op.suffix}", _ATOM
        return f"{op.name}({', '.join(self.arguments(op, tensors, constants))})", _ATOM

    def before_dot(self, node: Tree) -> str:
        """The text of what an index or a method is taken of: ``(2).T``, since ``2.`` is a number."""
        text = self.text(node, _ATOM)
        return f"({text})" if text[0].isdigit() else text

    def arguments(
        self, op: Op, tensors: list[Tree | None], constants: tuple[Any, ...]
    ) -> list[str]:  # Any: see nodes.Static
        """Arguments in the signature's order; constants by name, unless they lead, and only where not the default."""
        values = dict(zip((p.name for p in op.constants), constants, strict=True))
        queue = [None if child is None else self.text(child, 0) for child in tensors]
        texts: list[str] = []
        named = False
        for param in op.params:
            if param.is_tensor:
                taken = [queue.pop(0) for _ in range(len(queue) if param.variadic else min(1, len(queue)))]
                named = named or None in taken
                texts += [f"{param.name}={text}" if named else text for text in taken if text is not None]
                continue
            named = named or bool(texts)  # an operand behind a constant that is named, or left out, is named as well
            if values[param.name] != param.default:
                texts.append(_constant_argument(param, values[param.name], leads=not texts))
        if op.unpacks and len(tensors) == 1 and tensors[0] is not None and parts_of_list(tensors[0]):
            texts[0] = f"[{texts[0]}]"  # one part that is itself a list
        elif len(texts) == 1 and spellings_of(op.name) and tensors[0] is not None and parts_of_list(tensors[0]):
            texts += [
                f"{p.name}={_constant_text(p.default)}" for p in op.constants[:1]
            ]  # Python's sum([x, y]) is x + y
        return texts


class _Remembering(_Writer):
    def __init__(self) -> None:
        self.known: dict[Tree, tuple[str, int]] = {}

    def parts(self, node: Tree) -> tuple[str, int]:
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = super().parts(node)
        return found


class _FormulaWriter(_Writer):
    """For sympy's own results: fractions of small numbers, divisions for every negative power."""

    def __init__(self, decimals: bool) -> None:
        self.decimals = decimals

    def rational(self, number: Tree) -> tuple[str, int]:
        if number.q == 1 or not self.as_fraction(number):
            return super().rational(number)
        return f"{number.p}/{number.q}", _PRODUCT if number.p >= 0 else _SUM + 1

    def as_fraction(self, number: Tree) -> bool:
        """Is it one for people: of a small number, or no decimal anyway?"""
        decimal = decimal_text(int(number.p), int(number.q))
        return decimal is None or (number.q <= 1000 and not (self.decimals and len(decimal) <= SHORT_DECIMAL))

    def sum(self, node: Tree) -> str:
        terms = [self.text(term, _SUM) for term in node.as_ordered_terms()]
        first = next((k for k, term in enumerate(terms) if not term.startswith("-")), 0)
        return " + ".join([terms.pop(first), *terms]).replace("+ -", "- ")

    def product(self, factors: tuple[Tree, ...]) -> tuple[str, int]:
        coefficient, rest = sympy.Mul(*factors, evaluate=False).as_coeff_mul()
        rest = [
            factor for part in rest for factor in (part.as_ordered_factors() if isinstance(part, sympy.Mul) else [part])
        ]
        over = [f for f in rest if isinstance(f, sympy.Pow) and f.exp.could_extract_minus_sign()]
        above = [f for f in rest if f not in over]
        below = [sympy.Pow(f.base, -f.exp) for f in over]
        fraction = coefficient.is_Rational and self.as_fraction(coefficient)
        p, q = (abs(coefficient.p), coefficient.q) if fraction else (abs(coefficient), 1)
        above, below = _one_root(above), _one_root(below)
        top = ([self.text(sympy.Integer(p) if isinstance(p, int) else p, _PRODUCT)] if p != 1 or not above else []) + [
            self.text(f, _UNARY) for f in above
        ]
        bottom = ([str(q)] if q != 1 else []) + [self.text(f, _UNARY) for f in below]
        divisor = f"/({'*'.join(bottom)})" if len(bottom) > 1 else f"/{bottom[0]}" if bottom else ""
        sign = "-" if coefficient.is_negative else ""
        return f"{sign}{'*'.join(top)}{divisor}", _PRODUCT

    def power(self, node: Tree) -> tuple[str, int]:
        if node.exp.could_extract_minus_sign():
            return self.product((node,))
        return super().power(node)


def _one_root(factors: list[Tree]) -> list[Tree]:
    """Square roots of numbers as one: ``sqrt(2*pi)``, of which sympy makes two."""
    half = sympy.Rational(1, 2)
    numbers = [f for f in factors if isinstance(f, sympy.Pow) and f.exp == half and f.base.is_number]
    if len(numbers) < 2:
        return factors
    one = sympy.Pow(sympy.Mul(*(root.base for root in numbers), evaluate=False), half, evaluate=False)
    return [one, *(factor for factor in factors if factor not in numbers)]


def _is_inverse(node: Tree) -> bool:
    return isinstance(node, sympy.Pow) and node.args[1] == -1


def constant_text(param: Param, value: Any) -> str:  # Any: see nodes.Static
    """A constant argument without its name."""
    return _constant_argument(param, value, leads=True)


def _constant_argument(param: Param, value: Any, leads: bool) -> str:  # Any: see nodes.Static
    if param.kind == "sizes":
        return ", ".join(map(str, value)) or "()"
    if param.kind == ENTRIES:
        return ", ".join(map(_index_text, value)) or "()"
    text = _constant_text(value)
    return text if leads else f"{param.name}={text}"


def decimal_text(p: int, q: int) -> str | None:
    """``p/q`` as a decimal literal if it has one of at most 25 digits."""
    rest = q
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return None
    places = 0
    while q != 1 and 10**places % q and places < 420:
        places += 1
    digits = str(abs(p) * 10**places // q)
    if len(digits) > 25:
        return None
    sign = "-" if p < 0 else ""
    if places - len(digits) > 3 or (places > 12 and len(digits) > 17):
        return f"{sign}{digits[0]}{'.' if len(digits) > 1 else ''}{digits[1:]}e{len(digits) - 1 - places}"
    padded = digits.rjust(places + 1, "0")
    return f"{sign}{padded[:-places]}.{padded[-places:]}"


def _constant_text(value: Any) -> str:  # Any: see nodes.Static
    if type(value).__name__ == "Fraction":
        return decimal_text(value.numerator, value.denominator) or f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):  # not repr: of a size it is no text of the language
        return f"({', '.join(map(_constant_text, value))}{',' * (len(value) == 1)})"
    return (
        {float("inf"): "inf", float("-inf"): "-inf"}.get(value, repr(value))
        if isinstance(value, float)
        else str(value)
        if isinstance(value, int)
        else repr(value)
    )


def _index_text(entry: Any) -> str:  # Any: int, slice, None or Ellipsis
    if isinstance(entry, slice):
        bounds = ["" if part is None else str(part) for part in (entry.start, entry.stop)]
        return ":".join(bounds) + (f":{entry.step}" if entry.step is not None else "")
    if isinstance(entry, tuple):
        return f"[{', '.join(map(_index_text, entry))}]"
    return "..." if entry is Ellipsis else str(entry)
