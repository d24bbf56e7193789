r"""Formulas as LaTeX, as they are written by hand: ``2 A^{\top} (A x - b)``, without bold letters.

Derivatives that are still to be taken are ``\frac{d}{dx}(\dots)``, ``\nabla_{x}(\dots)`` and ``\mathrm{d}(\dots)``, the
differential.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy

from gradcli.base.errors import Span
from gradcli.closed.notation.brackets import grown
from gradcli.closed.notation.factors import rebuilt
from gradcli.closed.notation.latex_writer import FACTOR, SUM, Numbers, Writer
from gradcli.closed.notation.letters import name_in_latex
from gradcli.closed.notation.names import by_names, with_parts
from gradcli.closed.notation.rewriting.engine import sized
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of, symbol
from gradcli.language.parse import Expression, parse
from gradcli.operations.shape_rules import Shape

OPEN = "\N{PARTIAL DIFFERENTIAL}"  # no letter, so that no user's name begins with it
UNDERLINED = r"\underline{{{}}}"
DIFFERENTIAL = r"\mathrm{d}"


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in a formula: the places in its text, and how; ``{}`` stands for what stands there.

    differentials: the names of differentials, and of what: dX of X is written as such
    """

    places: tuple[Span, ...] = ()
    form: str = UNDERLINED
    differentials: Mapping[str, str] = field(default_factory=dict)


NO_MARKS = Marks()


def latex(
    text: str, shapes: Mapping[str, Sequence[str | int]], *, numbers: bool = False, marks: Marks = NO_MARKS
) -> str:
    """A formula of the language as LaTeX; assignments come first, each with a comma behind it.

    shapes: of its names, letters or numbers; a name without is a scalar
    numbers: all of it are numbers: a name with axes is there by its entries alone
    """
    letters = {size: n for n, size in enumerate(dict.fromkeys(s for axes in shapes.values() for s in axes), 10**9)}
    sizes = {name: number for name, number in letters.items() if isinstance(name, str)}
    read = parse(text, bound=shapes, sizes=sizes)
    known = sized({name: tuple(axes) for name, axes in shapes.items()})
    own = {name: part for name, part in read.parts.items() if name not in shapes}
    facts, opened = Facts(known), _Opened(known)
    for name, part in own.items():
        known[name] = facts.shape(part)
    decimals = re.search(r"\d\.\d", text) is not None
    marked = frozenset(opened.of(part) for part in _at(read, marks.places))
    tree = opened.of(with_parts(read.tree, own))
    writer = Numbers(Facts(known), decimals) if numbers else _Steps(Facts(known), decimals, opened, marked, marks)
    lines = [f"{name_in_latex(name)} = {writer.text(part, SUM)}" for name, part in by_names(own).items()]
    return grown(r",\quad ".join([*lines, writer.text(tree, SUM)]))


def _at(read: Expression, places: Sequence[Span]) -> list[Tree]:
    """The parts that stand at these places and nowhere else; the whole needs no mark."""
    found = {(span.start, span.stop) for span in places}
    parts = [part for part, span in read.spans.items() if (span.start, span.stop) in found and part != read.tree]
    times = Counter(part for part in sympy.preorder_traversal(read.tree) if parts)
    return [part for part in parts if times[part] == 1]


class _Opened:
    """Letters for the derivatives that stand in a formula, so that it has shapes.

    shapes: of the names; they get those of the letters
    """

    def __init__(self, shapes: dict[str, Shape]) -> None:
        self.shapes, self.facts = shapes, Facts(shapes)
        self.parts: dict[Tree, Tree] = {}

    def of(self, tree: Tree) -> Tree:
        return rebuilt(tree, self._letter)

    def _letter(self, tree: Tree) -> Tree:
        row = row_of(tree)
        if row is None or not row.differentiates:
            return tree
        found = next((letter for letter, part in self.parts.items() if part == tree), None)
        if found is None:
            found = symbol(f"{OPEN}{len(self.parts)}")
            tensors = nodes.arguments_of(tree, row)[0]
            self.shapes[found.name] = row.shape(*(self.facts.shape(x) for x in tensors if x is not None))
            self.parts[found] = tree
        return found


class _Steps(Writer):
    """Writes a formula in which derivatives are still to be taken, and what is new in it with a mark."""

    def __init__(self, facts: Facts, decimals: bool, opened: _Opened, marked: frozenset[Tree], marks: Marks) -> None:
        super().__init__(facts, decimals, lambda name: _name(name, marks))
        self.opened, self.marked, self.marks = opened, marked, marks

    def is_entrywise(self, tree: Tree, whole: Tree) -> bool:
        return tree not in self.opened.parts and super().is_entrywise(tree, whole)

    def split(self, tree: Tree) -> tuple[str, Tree]:
        return ("", tree) if tree in self.marked else super().split(tree)

    def parts(self, tree: Tree) -> tuple[str, int]:
        text, strength = self._parts(tree)
        return (self.marks.form.format(text), strength) if tree in self.marked else (text, strength)

    def _parts(self, tree: Tree) -> tuple[str, int]:
        if tree in self.opened.parts:
            return self._derivative(self.opened.parts[tree]), FACTOR
        if tree.is_Symbol and tree.name in self.marks.differentials:
            return self.name(tree.name), FACTOR
        return super().parts(tree)

    def _derivative(self, tree: Tree) -> str:
        row = row_of(tree)
        assert row is not None
        function, *variables = nodes.arguments_of(tree, row)[0]
        inside = f"({self.text(function, SUM)})"
        names = [self.text(x, SUM) for x in variables if x is not None]
        write = _DERIVATIVES.get(row.name)
        return write(names, inside) if write else rf"\operatorname{{{row.name}}}({', '.join([inside, *names])})"


def _name(name: str, marks: Marks) -> str:
    of = marks.differentials.get(name)
    return name_in_latex(name) if of is None else DIFFERENTIAL + name_in_latex(of)


def _by_names(names: Sequence[str], inside: str) -> str:
    r"""``\frac{d^{2}}{d x^{2}}`` of one variable, ``\frac{\partial^{2}}{\partial x \partial y}`` of several."""
    sign = "d" if len({*names}) == 1 else r"\partial"
    powers = {name: names.count(name) for name in names}
    below = " ".join(f"{sign} {name}{_power(power)}" for name, power in powers.items())
    return rf"\frac{{{sign}{_power(len(names))}}}{{{below}}}{inside}"


def _power(number: int) -> str:
    return f"^{{{number}}}" if number > 1 else ""


_DERIVATIVES: Mapping[str, Callable[[Sequence[str], str], str]] = {
    "diff": _by_names,
    "grad": lambda names, inside: rf"\nabla_{{{names[0]}}}{inside}",
    "jacobian": lambda names, inside: rf"\frac{{\partial}}{{\partial {names[0]}^{{\top}}}}{inside}",
    "hessian": lambda names, inside: rf"\nabla_{{{names[0]}}}^{{2}}{inside}",
    "jvp": lambda _, inside: rf"{DIFFERENTIAL}{inside}",
}
