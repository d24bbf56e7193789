"""Trees of closed forms as LaTeX, node by node."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.factors import is_plain, matmul
from gradcli.closed.notation.latex_words import COMPARISONS, TEMPLATES
from gradcli.closed.notation.letters import name_in_latex
from gradcli.closed.notation.rewriting.formulas import MATMUL, TRANSPOSE, Facts
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.write import SHORT_DECIMAL, constant_text, decimal_text, write
from gradcli.operations.row import Param
from gradcli.operations.shape_rules import ShapeMismatch
from gradcli.operations.table import OPS

SUM, PRODUCT, FACTOR, POWER, ATOM = range(5)  # how strongly what was written binds; FACTOR: no sign before it


def _size(value: object) -> str:
    """``n m`` of n*m."""
    return str(value).replace("**", "^").replace("*", " ")


class Writer:
    def __init__(self, facts: Facts, decimals: bool = False, name: Callable[[str], str] = name_in_latex) -> None:
        self.facts, self.decimals, self.name = facts, decimals, name

    def rank(self, tree: Tree) -> int:
        try:
            return self.facts.rank(tree)
        except (LimitError, ShapeMismatch, TypeError, ValueError):
            return 0

    def text(self, tree: Tree, outer: int) -> str:
        """The LaTeX of a formula whose surroundings bind with strength ``outer``."""
        inner, strength = self.parts(tree)
        return f"({inner})" if strength < outer else inner

    def parts(self, tree: Tree) -> tuple[str, int]:
        if tree.is_Symbol:
            return self.name(tree.name), ATOM
        if tree.is_Rational:
            return self.number(Fraction(int(tree.p), int(tree.q)))
        if isinstance(tree, sympy.Add):
            return self.sum(tree), SUM
        if isinstance(tree, sympy.Mul):
            return self.product(list(_flat(tree)))
        if isinstance(tree, sympy.Pow):
            return self.power(tree)
        if isinstance(tree, sympy.Piecewise):
            return self.cases([(pair.args[0], pair.args[1]) for pair in tree.args]), SUM
        row = row_of(tree)
        if row in DOTS and {self.rank(part) for part in tree.args[:2]} <= DOTS[row]:
            row, tree = MATMUL, matmul(*tree.args[:2])
        if row is MATMUL:
            found = self.chain(tree)
            return found, SUM if found.startswith("-") else PRODUCT
        if row is None:
            return str(sympy.latex(tree)), ATOM
        if row is OPS["sum"]:
            if norm := self.squared_norm(tree):
                return norm, POWER
            if summed := self.summed(tree):
                return summed, SUM
        return self.call(tree, row), STRENGTHS.get(row.name, ATOM)

    def number(self, value: Fraction) -> tuple[str, int]:
        sign, size = ("-" if value < 0 else ""), abs(value)
        whole, divisor = self.fraction(size)
        if divisor == 1:
            return sign + whole, SUM if sign else ATOM
        return rf"{sign}\frac{{{whole}}}{{{divisor}}}", SUM if sign else FACTOR

    def fraction(self, value: Fraction) -> tuple[str, int]:
        """What is written above and below a stroke; a short decimal stays one where the formula has some."""
        decimal = decimal_text(value.numerator, value.denominator) if self.decimals and value.denominator > 1 else None
        short = decimal is not None and len(decimal) <= SHORT_DECIMAL and "e" not in decimal
        return (str(decimal), 1) if short else (str(value.numerator), value.denominator)

    def sum(self, tree: Tree) -> str:
        out = ""
        for term in tree.args:
            text = self.text(term, PRODUCT if isinstance(term, sympy.Add) or _is_cases(term) else SUM)
            out += (f" - {text[1:]}" if text.startswith("-") else f" + {text}") if out else text
        return out

    # -- products

    def product(self, factors: list[Tree], *, last: bool = True) -> tuple[str, int]:
        """Numbers and scalars first, what is divided by below a stroke, arrays entry by entry with a sign between.

        last: nothing follows, so that a sum sign at the end needs no brackets
        """
        over, under, arrays, divisors = list[Tree](), list[Tree](), list[Tree](), list[Tree]()
        value = Fraction(1)
        for factor in factors:
            below = _inverted(factor)
            if factor.is_Rational:
                value *= Fraction(int(factor.p), int(factor.q))
            elif below is not None and self.rank(below):
                divisors.append(below)
            elif below is not None:
                under.append(below)
            else:
                (arrays if self.rank(factor) else over).append(factor)
        over.sort(key=lambda factor: (bool(factor.free_symbols), _is_sum(factor)))  # \sqrt{2} x
        rows = [factor for factor in arrays if self.rank(factor) == 1]
        if 0 < len(rows) < len(arrays) and not divisors:  # a vector that is repeated in each row of a matrix
            matrix = self.product([factor for factor in factors if factor not in rows])[0]
            return f"{matrix} {' '.join(rf'{DIAG}({self.text(row, SUM)})' for row in rows)}", PRODUCT
        entries = [self.text(factor, FACTOR) for factor in arrays] if len(arrays) > 1 or divisors else []
        whole, divisor = self.fraction(abs(value))
        several = bool(over or under or abs(value) != 1)
        if len(arrays) == 1 and not divisors:
            top = [self.text(arrays[0], PRODUCT)]
        else:
            shown = r" \odot ".join(entries) if entries else "1"
            shown += "".join(rf" \oslash {self.text(one, POWER)}" for one in divisors)
            top = [f"({shown})" if several and divisors else shown] if arrays or divisors else []
        numbers = [whole] if whole != "1" else []
        open_end = (
            last and bool(over) and not (arrays or divisors) and (_is_sum(over[-1]) or row_of(over[-1]) is MATMUL)
        )
        ends = [FACTOR] * (len(over) - 1) + [SUM if open_end and _is_sum(over[-1]) else PRODUCT if open_end else FACTOR]
        above = [*numbers, *(self.text(factor, end) for factor, end in zip(over, ends, strict=False))]
        below = [*([str(divisor)] if divisor != 1 else []), *(self.text(x, FACTOR) for x in under)]
        sign, bottom = "-" if value < 0 else "", _joined(below) if len(below) > 1 else self.below(divisor, under)
        strength = PRODUCT
        if below and top and len(top[0]) > LONG:
            body = rf"\frac{{{_joined(above) or '1'}}}{{{bottom}}} {top[0]}"
        elif below:
            strength = FACTOR
            alone = [*over, *arrays] if not numbers and not divisors else []
            inside = self.text(alone[0], SUM) if len(alone) == 1 else _joined([*above, *top]) or "1"
            body = rf"\frac{{{inside}}}{{{bottom}}}"
        else:
            body = _joined([*above, *top]) or "1"
        return sign + body, SUM if sign else strength

    def below(self, divisor: int, under: Sequence[Tree]) -> str:
        return self.text(under[0], SUM) if under else str(divisor)

    def power(self, tree: Tree) -> tuple[str, int]:
        base, exponent = tree.args
        if exponent == sympy.Rational(1, 2):
            return rf"\sqrt{{{self.text(base, SUM)}}}", ATOM
        if _inverted(tree) is not None:
            return self.product([tree])
        raised = self.text(exponent, SUM)
        entries = r"\odot " if self.rank(base) else ""
        return f"{self.text(base, ATOM if not _bracketed(base) else SUM)}^{{{entries}{raised}}}", POWER

    def chain(self, tree: Tree) -> str:
        """A product of matrices: a row is a vector's transpose, and a vector that comes out is a column."""
        factors = list(self.facts.chain(tree))
        if len(factors) == 1:
            return rf"{self.text(tree.args[0], FACTOR)} {self.text(tree.args[1], FACTOR)}"
        if isinstance(factors[0], sympy.Mul) and factors[0].args[0] == -1:
            inside = nodes.multiply(*factors[0].args[1:]) if len(factors[0].args) > 2 else factors[0].args[1]
            return f"-{self.chain(matmul(inside, *factors[1:]))}"
        number, factors[0] = self.split(factors[0]) if self.rank(factors[0]) == 1 else ("", factors[0])
        if self.rank(factors[0]) == 1 and self.rank(tree) == 1:
            shown = [*(self.transposed(factor) for factor in factors[:0:-1]), self.text(factors[0], FACTOR)]
            return " ".join([*([number] if number else []), *shown])
        first = (
            self.transposed(factors[0]) if self.rank(factors[0]) == 1 else self.text(factors[0], self.first(factors[0]))
        )
        shown = [first, *(self.text(factor, FACTOR) for factor in factors[1:])]
        return " ".join([*([number] if number else []), *shown])

    def split(self, tree: Tree) -> tuple[str, Tree]:
        """A vector without the number before it, and that number, "" of 1: 2 and x of 2 x, and of its transpose."""
        if row_of(tree) in TRANSPOSES:
            return self.split(tree.args[0])
        parts = _flat(tree)
        arrays = [part for part in parts if self.rank(part)]
        scalars = [part for part in parts if not self.rank(part)]
        return (self.product(scalars, last=False)[0], arrays[0]) if len(arrays) == 1 and scalars else ("", tree)

    def first(self, factor: Tree) -> int:
        """How strongly a matrix must bind that begins a chain: a number before it and its sign are the chain's."""
        scaled = isinstance(factor, sympy.Mul) and sum(self.rank(part) > 0 for part in _flat(factor)) == 1
        return SUM if scaled else FACTOR

    def transposed(self, tree: Tree) -> str:
        if row_of(tree) in TRANSPOSES:
            return self.text(tree.args[0], FACTOR)
        if row_of(tree) is OPS["inv"]:
            return rf"{self.text(tree.args[0], ATOM)}^{{-\top}}"
        return rf"{self.text(tree, ATOM)}^{{\top}}"

    # -- operations

    def call(self, tree: Tree, row: Any) -> str:  # Any: its Op
        made = getattr(self, f"of_{row.name}", None)
        if made is not None:
            return str(made(tree))
        tensors, constants = nodes.arguments_of(tree, row)
        operands = [self.text(x, SUM) for x in tensors if x is not None]
        if row.infix in COMPARISONS:
            return f" {COMPARISONS[row.infix]} ".join(operands)
        named = dict(zip(row.constants, constants, strict=False))
        template = TEMPLATES.get(row.name, "")
        untold = {param: value for param, value in named.items() if value != param.default}
        fits = template.count("{}") == len(operands) or "{all}" in template
        if fits and all(f"{{{param.name}}}" in template for param in untold):
            sizes = {param.name: _size(value) for param, value in named.items()}
            return template.format(*operands, **sizes, all=", ".join(operands))
        given = [rf"\mathrm{{{_escaped(param.name)}}}={_constant(param, value)}" for param, value in untold.items()]
        name = row.name.replace("_", r"\_")
        return rf"\operatorname{{{name}}}({', '.join([*operands, *given])})"

    def of_transpose(self, tree: Tree) -> str:
        return self.transposed(tree.args[0])

    of_matrix_transpose = of_transpose

    def summed(self, tree: Tree) -> str:
        """``\\sum_{i} \\exp(x_{i})`` of what is made entry by entry of arrays of one shape, "" of other sums."""
        operand, axes, taken = tree.args[0], self.rank(tree.args[0]), {name.name for name in tree.free_symbols}
        indices = [letter for letter in INDICES if letter not in taken][:axes]
        if not indices or len(indices) < axes or not is_plain(tree, "sum") or not self.is_entrywise(operand, operand):
            return ""
        place = ",".join(indices)
        return rf"\sum_{{{place}}} {_Entries(self.facts, self.decimals, place, self.name).text(operand, PRODUCT)}"

    def squared_norm(self, tree: Tree) -> str:
        """``\\lVert A x - b \\rVert^{2}`` of a vector's sum of squares, with an F of a matrix's; "" of other sums."""
        operand = tree.args[0]
        if not (is_plain(tree, "sum") and operand.is_Pow and operand.args[1] == 2 and self.rank(operand) in (1, 2)):
            return ""
        below = "_F" if self.rank(operand) == 2 else ""
        return rf"\lVert {self.text(operand.args[0], SUM)} \rVert{below}^{{2}}"

    def is_entrywise(self, tree: Tree, whole: Tree) -> bool:
        if tree.is_Symbol:
            return not self.rank(tree) or self.facts.shape(tree) == self.facts.shape(whole)
        row = row_of(tree)
        made = tree.is_Add or tree.is_Mul or tree.is_Pow or (row is not None and row.elementwise and not row.boolean)
        parts = tree.args if row is None else [x for x in nodes.arguments_of(tree, row)[0] if x is not None]
        return bool(tree.is_Rational or (made and all(self.is_entrywise(part, whole) for part in parts)))

    def of_inv(self, tree: Tree) -> str:
        if row_of(tree.args[0]) in TRANSPOSES:
            return rf"{self.text(tree.args[0].args[0], ATOM)}^{{-\top}}"
        return f"{self.text(tree.args[0], ATOM)}^{{-1}}"

    def of_matrix_power(self, tree: Tree) -> str:
        (number,) = nodes.arguments_of(tree, OPS["matrix_power"])[1]
        return f"{self.text(tree.args[0], ATOM)}^{{{_size(number)}}}"

    def of_outer(self, tree: Tree) -> str:
        arrays = sum(self.rank(part) > 0 for part in _flat(tree.args[0])) if tree.args[0].is_Mul else 0
        return f"{self.text(tree.args[0], FACTOR if arrays > 1 else PRODUCT)} {self.transposed(tree.args[1])}"

    def of_kron(self, tree: Tree) -> str:
        return r" \otimes ".join(self.text(factor, POWER) for factor in tree.args)

    def of_norm(self, tree: Tree) -> str:
        matrix = self.rank(tree.args[0]) == 2
        if not is_plain(tree, "norm"):
            order = nodes.arguments_of(tree, OPS["norm"])[1][0]
            return rf"\lVert {self.text(tree.args[0], SUM)} \rVert_{{{order}}}"
        return rf"\lVert {self.text(tree.args[0], SUM)} \rVert" + ("_F" if matrix else "")

    def of_abs(self, tree: Tree) -> str:
        """Bars around a vector would be its length, around a matrix its determinant."""
        inside = self.text(tree.args[0], SUM)
        return rf"\operatorname{{abs}}({inside})" if self.rank(tree.args[0]) else rf"\lvert {inside} \rvert"

    def of_lgamma(self, tree: Tree) -> str:
        inside = self.text(tree.args[0], SUM)
        return (
            rf"\operatorname{{lgamma}}({inside})"
            if self.rank(tree.args[0])
            else rf"\log \lvert \Gamma({inside}) \rvert"
        )

    def of_eye(self, tree: Tree) -> str:
        return f"I_{{{self.sizes(tree)}}}"

    def of_ones(self, tree: Tree) -> str:
        return rf"\mathbf{{1}}_{{{self.sizes(tree)}}}"

    def of_zeros(self, tree: Tree) -> str:
        return rf"\mathbf{{0}}_{{{self.sizes(tree)}}}"

    def of_commutation(self, tree: Tree) -> str:
        return f"K_{{{self.sizes(tree)}}}"

    def sizes(self, tree: Tree) -> str:
        constants = nodes.arguments_of(tree, row_of(tree))[1]  # type: ignore[arg-type]  # a row
        flat = constants[0] if isinstance(constants[0], tuple) else constants
        return r" \times ".join(_size(size) for size in flat if size is not None)

    def of_where(self, tree: Tree) -> str:
        condition, yes, no = tree.args[:3]
        return self.cases([(yes, condition), (no, sympy.true)])

    def cases(self, pairs: Sequence[tuple[Tree, Tree]]) -> str:
        rows = [
            rf"{self.text(value, SUM)} & "
            + (r"\text{otherwise}" if condition == sympy.true else rf"\text{{if }} {self.text(condition, SUM)}")
            for value, condition in pairs
        ]
        body = r" \\ ".join(rows)
        return rf"\begin{{cases}} {body} \end{{cases}}"

    def of_index(self, tree: Tree) -> str:
        """Entries are counted from 1, and slices have both ends: ``x_{2:n-1}`` of x[1:-1]."""
        parts = write(tree)[len(write(tree).rpartition("[")[0]) + 1 : -1].split(", ")
        extents = [""] * len(parts) if {"None", "..."} & {*parts} else self.extents(tree.args[0], len(parts))
        counted = [_counted(part, extent) for part, extent in zip(parts, extents, strict=True)]
        below = ", ".join(counted).replace("None", r"\cdot")
        return f"{_indexed(self.text(tree.args[0], ATOM))}_{{{below}}}"

    def extents(self, tree: Tree, count: int) -> list[str]:
        """The sizes of the first axes, "" where they are not known."""
        try:
            known = [str(size) for size in self.facts.shape(tree)[:count]]
        except (LimitError, ShapeMismatch, TypeError, ValueError):
            known = []
        return [*known, *[""] * (count - len(known))]

    def of_stack(self, tree: Tree) -> str:
        """A list of numbers as a column, one of lists as a matrix."""
        rows = [nodes.parts_of_list(part) or [part] for part in nodes.parts_of_list(tree)]
        if not rows or self.rank(tree) > 2:
            return rf"[{', '.join(self.text(part, SUM) for part in nodes.arguments_of(tree, OPS['stack'])[0] if part)}]"
        body = r" \\ ".join(" & ".join(self.text(entry, SUM) for entry in row) for row in rows)
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"

    def of_einsum(self, tree: Tree) -> str:
        """``\\sum_{k} A_{ik} B_{kj}``; several free indices stand behind brackets, in their order."""
        tensors, (spec,) = nodes.arguments_of(tree, OPS["einsum"])
        inputs, free = spec.split("->")
        factors = []
        for operand, ports in zip(tensors, inputs.split(","), strict=True):
            identity = row_of(operand) is OPS["eye"]
            factors.append(rf"\delta_{{{ports}}}" if identity else f"{_indexed(self.text(operand, ATOM))}_{{{ports}}}")
        bound = "".join(dict.fromkeys(port for port in inputs if port.isalpha() and port not in free))
        body = (rf"\sum_{{{bound}}} " if bound else "") + " ".join(factors)
        return rf"\left[ {body} \right]_{{{free}}}" if free else body


class Numbers(Writer):
    """Writes what has no axes at all."""

    def rank(self, tree: Tree) -> int:  # noqa: ARG002 - an entry is a number
        return 0


class _Entries(Writer):
    """Writes what is made entry by entry at one place of its arrays. ``place``: the indices there."""

    def __init__(self, facts: Facts, decimals: bool, place: str, name: Callable[[str], str]) -> None:
        super().__init__(facts, decimals, name)
        self.place = place

    def rank(self, tree: Tree) -> int:  # noqa: ARG002 - an entry is a number
        return 0

    def parts(self, tree: Tree) -> tuple[str, int]:
        if tree.is_Symbol and super().rank(tree):
            return f"{_indexed(self.name(tree.name))}_{{{self.place}}}", ATOM
        return super().parts(tree)


STRENGTHS = {"outer": FACTOR, "kron": PRODUCT, "where": SUM} | dict.fromkeys(
    ("matrix_power", "transpose", "matrix_transpose", "inv", "matrix_exp", "exp2"), POWER
)
TRANSPOSES = (TRANSPOSE, OPS["matrix_transpose"])
DOTS = {OPS["dot"]: {1}, OPS["inner"]: {1}, OPS["array_dot"]: {1, 2}}  # a product of matrices of such ranks
DIAG = r"\operatorname{diag}"
WORD = r"\mathrm{"
INDICES = "ijklpq"
LONG = 30  # characters of what is no longer written above a stroke


def _constant(param: Param, value: Any) -> str:  # Any: see nodes.Static
    """A constant's value; words are upright."""
    if isinstance(value, bool | str):
        return rf"\mathrm{{{_escaped(str(value))}}}"
    text = _size(value) if isinstance(value, int) else constant_text(param, value)
    return f"({text})" if isinstance(value, tuple) and len(value) > 1 and text[0] != "(" else text


def _counted(part: str, extent: str) -> str:
    """``2:n-1`` of 1:-1, ``n`` of -1, where the axis has n entries; a step stays as it is."""
    first, colon, last = part.partition(":")
    if ":" in last:
        return part
    begin, end = _from_one(first, extent, 1), _from_one(last, extent, 0)
    return f"{begin}{colon}{end}"


def _from_one(number: str, extent: str, shift: int) -> str:
    """A place counted from 0, or from the end, as one from 1."""
    if number.isdecimal():
        return str(int(number) + shift)
    if not (number.startswith("-") and number[1:].isdecimal() and extent):
        return number
    back = int(number[1:]) - shift
    if extent.isdecimal():
        return str(int(extent) - back)
    return f"{extent}-{back}" if back else extent


def _escaped(word: str) -> str:
    return word.replace("_", r"\_")


def _flat(tree: Tree) -> list[Tree]:
    return [part for factor in tree.args for part in _flat(factor)] if isinstance(tree, sympy.Mul) else [tree]


def _inverted(tree: Tree) -> Tree | None:
    """What is divided by: y of 1/y, y**2 of y**(-2)."""
    if not isinstance(tree, sympy.Pow) or not tree.args[1].is_Rational or tree.args[1] >= 0:
        return None
    base, exponent = tree.args
    return base if exponent == -1 else nodes.power(base, -exponent)


def _is_sum(tree: Tree) -> bool:
    return row_of(tree) is OPS["sum"]


def _is_cases(tree: Tree) -> bool:
    return isinstance(tree, sympy.Piecewise) or row_of(tree) is OPS["where"]


def _bracketed(tree: Tree) -> bool:
    """Does it have brackets of its own, as a norm has?"""
    row = row_of(tree)
    return row is OPS["norm"] or row is OPS["abs"]


def _indexed(text: str) -> str:
    """What indices are put below, in brackets where some are there already."""
    return f"({text})" if re.search(r"_\{[^{}]*\}$", text) else text


def _joined(parts: Sequence[str]) -> str:
    """Factors side by side; between two numbers stands a dot, beside a word a blank that is seen."""
    out, before = "", ""
    for part in parts:
        numbers, words = before[-1:].isdigit() and part[:1].isdigit(), WORD in (before[: len(WORD)], part[: len(WORD)])
        out += (r" \cdot " if numbers else r" \, " if words else " ") * bool(before) + part
        before = part
    return out
