"""Laws that people get wrong: each with what is right, and with what is written in its place.

A name stands for any part of its shape, as in the rules of ``closed.notation.rewriting``: n, m and k are sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.rewriting.building import Building
from gradcli.closed.notation.rewriting.engine import SIZES, read
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.rewriting.matching import Found, Matching, Pattern, put_in
from gradcli.diagnosis.lines.parts import is_negative
from gradcli.diagnosis.lines.slip import Slip
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.operations.shape_rules import ShapeMismatch

MOST = 6  # matches of one law in one part


@dataclass(frozen=True, slots=True)
class Law:
    """``pattern`` is ``right``, not one of ``wrong``; right is empty where there is no law.

    shapes: of names, ``A: n m, x: m``; a name without may have any shape
    """

    kind: str
    pattern: str
    right: str
    wrong: tuple[str, ...]
    shapes: str = ""


LOGARITHMS = (
    Law("law of logarithms", "log(x*y)", "log(x) + log(y)", ("log(x)*log(y)",)),
    Law("law of logarithms", "log(x/y)", "log(x) - log(y)", ("log(x)/log(y)", "log(y) - log(x)")),
    Law("law of logarithms", "log(x**y)", "y*log(x)", ("log(x)**y", "log(y*x)", "log(x)/y")),
    Law("law of logarithms", "log(x + y)", "", ("log(x) + log(y)", "log(x)*log(y)")),
    Law("law of logarithms", "log(x) + log(y)", "log(x*y)", ("log(x + y)",)),
    Law("law of logarithms", "log(x) - log(y)", "log(x/y)", ("log(x - y)", "log(x)/log(y)", "log(y/x)")),
    Law("law of logarithms", "y*log(x)", "log(x**y)", ("log(x*y)", "log(x)**y", "log(x/y)")),
    Law("law of logarithms", "log(x)/log(y)", "", ("log(x/y)", "log(x) - log(y)")),
    Law("law of logarithms", "log(x)*log(y)", "", ("log(x*y)", "log(x + y)", "log(x) + log(y)")),
    Law("law of logarithms", "log(x)**y", "", ("y*log(x)", "log(x**y)")),
    Law("law of logarithms", "exp(y*log(x))", "x**y", ("x*y", "y*x", "exp(y)*x")),
    Law("law of logarithms", "exp(y + log(x))", "x*exp(y)", ("x + exp(y)", "exp(y) + x")),
    Law("law of logarithms", "log(y*exp(x))", "log(y) + x", ("x*log(y)", "y*x")),
)
EXPONENTIALS = (
    Law("law of exponents", "exp(x)**y", "exp(x*y)", ("exp(x**y)", "y*exp(x)", "exp(x + y)", "exp(x)*exp(y)")),
    Law("law of exponents", "exp(x + y)", "exp(x)*exp(y)", ("exp(x) + exp(y)",)),
    Law("law of exponents", "exp(x)*exp(y)", "exp(x + y)", ("exp(x*y)", "exp(x) + exp(y)")),
    Law("law of exponents", "exp(x)/exp(y)", "exp(x - y)", ("exp(x/y)", "exp(y - x)", "exp(x + y)")),
    Law("law of exponents", "exp(x)*exp(x)", "exp(2*x)", ("exp(x**2)", "2*exp(x)", "exp(x)")),
    Law("law of exponents", "exp(x) + exp(y)", "", ("exp(x + y)", "exp(x*y)")),
    Law("law of exponents", "exp(x*y)", "", ("exp(x)*exp(y)", "y*exp(x)", "exp(x) + exp(y)")),
    Law("law of exponents", "exp(-x)", "1/exp(x)", ("-exp(x)", "exp(x)", "-exp(-x)")),
    Law("law of exponents", "x**(y + z)", "x**y*x**z", ("x**y + x**z",)),
    Law("law of exponents", "x**(-y)", "1/x**y", ("-x**y", "x**(1/y)")),
    Law("law of exponents", "z*x**y", "", ("(z*x)**y",)),
    Law("law of exponents", "x**y*z**y", "(x*z)**y", ("(x + z)**y", "(x*z)**(2*y)", "(x*z)**(y**2)")),
)
SUMS = (
    Law("power of a sum", "(x + y)**2", "x**2 + 2*x*y + y**2",
        ("x**2 + y**2", "x**2 + x*y + y**2", "x**2 - 2*x*y + y**2", "x**2 - y**2", "x**2 + 2*x*y - y**2",
         "2*x + 2*y", "x**2 + 2*x*y + y")),
    Law("power of a sum", "(x + y)**3", "x**3 + 3*x**2*y + 3*x*y**2 + y**3", ("x**3 + y**3",)),
    Law("power of a sum", "(x + y)*(x - y)", "x**2 - y**2", ("x**2 + y**2", "(x - y)**2", "x**2 - 2*x*y - y**2")),
    Law("power of a sum", "x**2 - y**2", "(x + y)*(x - y)", ("(x - y)**2", "(x + y)**2")),
    Law("power of a sum", "x**2 + y**2", "", ("(x + y)**2", "(x + y)*(x - y)")),
    Law("power of a sum", "sqrt(x**2 + y**2)", "", ("x + y",)),
    Law("power of a sum", "x**z + y**z", "", ("(x + y)**z",)),
    Law("root", "sqrt(x**2)", "abs(x)", ("x", "-x")),
    Law("root", "abs(x)", "", ("x", "-x")),
)  # fmt: skip
CIRCULAR = (
    Law("identity", "sin(2*x)", "2*sin(x)*cos(x)", ("sin(x)*cos(x)", "2*sin(x)", "sin(x)**2 + cos(x)**2")),
    Law("identity", "cos(2*x)", "cos(x)**2 - sin(x)**2", ("2*cos(x)", "1 - sin(x)**2", "2*cos(x)**2 + 1",
                                                        "1 + 2*sin(x)**2", "sin(x)**2 - cos(x)**2")),
    Law("identity", "sin(x)*cos(x)", "sin(2*x)/2", ("sin(2*x)", "2*sin(2*x)", "cos(2*x)", "sin(x)**2/2")),
    Law("identity", "cos(x)**2 - sin(x)**2", "cos(2*x)", ("1", "-1", "sin(2*x)", "cos(x)**2 - 1")),
    Law("identity", "sin(x)**2 + cos(x)**2", "1", ("0", "2", "sin(2*x)", "(sin(x) + cos(x))**2", "-1")),
    Law("identity", "cos(x)**2", "1 - sin(x)**2", ("1 + sin(x)**2", "sin(x)**2 - 1", "cos(x**2)")),
    Law("identity", "sin(x)**2", "1 - cos(x)**2", ("1 + cos(x)**2", "cos(x)**2 - 1", "sin(x**2)")),
    Law("identity", "1 - cos(x)**2", "sin(x)**2", ("-sin(x)**2", "cos(x)**2", "sin(x)")),
    Law("identity", "1 - sin(x)**2", "cos(x)**2", ("-cos(x)**2", "sin(x)**2", "cos(x)")),
    Law("identity", "1 + tan(x)**2", "1/cos(x)**2", ("1/sin(x)**2", "cos(x)**2", "1/cos(x)")),
    Law("identity", "1/cos(x)**2", "1 + tan(x)**2", ("1 - tan(x)**2", "tan(x)**2 - 1", "1/(1 + tan(x)**2)")),
    Law("identity", "tan(x)", "sin(x)/cos(x)", ("cos(x)/sin(x)", "sin(x)*cos(x)")),
    Law("identity", "1/sin(x)", "", ("asin(x)", "cos(x)")),
    Law("identity", "1/cos(x)", "", ("acos(x)", "sin(x)")),
    Law("identity", "1/tan(x)", "cos(x)/sin(x)", ("atan(x)",)),
    Law("identity", "sin(x)/cos(x)", "tan(x)", ("1/tan(x)",)),
    Law("identity", "cos(x)/sin(x)", "1/tan(x)", ("tan(x)",)),
)  # fmt: skip
HYPERBOLIC = (
    Law("identity", "cosh(x)**2", "1 + sinh(x)**2", ("1 - sinh(x)**2", "sinh(x)**2 - 1")),
    Law("identity", "sinh(x)**2", "cosh(x)**2 - 1", ("1 - cosh(x)**2", "1 + cosh(x)**2")),
    Law("identity", "cosh(x)**2 - sinh(x)**2", "1", ("-1", "0", "cosh(2*x)")),
    Law("identity", "1 - tanh(x)**2", "1/cosh(x)**2", ("-1/cosh(x)**2", "1/sinh(x)**2", "cosh(x)**2", "1/cosh(x)")),
    Law("identity", "sinh(x)*cosh(x)", "sinh(2*x)/2", ("sinh(2*x)", "2*sinh(2*x)")),
    Law("identity", "1 - sigmoid(x)", "sigmoid(-x)", ("sigmoid(x)", "-sigmoid(x)")),
    Law("identity", "sigmoid(-x)", "1 - sigmoid(x)", ("-sigmoid(x)", "sigmoid(x) - 1", "sigmoid(x)", "1 + sigmoid(x)")),
)
MATRICES = (
    Law("transpose", "(A @ B).T", "B.T @ A.T", ("A.T @ B.T", "A @ B", "B @ A"), "A: n m, B: m k"),
    Law("transpose", "A.T @ B.T", "(B @ A).T", ("(A @ B).T",), "A: n m, B: k n"),
    Law("transpose", "outer(x, y).T", "outer(y, x)", ("outer(x, y)",), "x: n, y: m"),
    Law("inverse", "inv(A @ B)", "inv(B) @ inv(A)", ("inv(A) @ inv(B)",), "A: n n, B: n n"),
    Law("inverse", "inv(A + B)", "", ("inv(A) + inv(B)",), "A: n n, B: n n"),
    Law("inverse", "inv(c*A)", "inv(A)/c", ("c*inv(A)",), "A: n n, c:"),
    Law("inverse", "inv(A.T)", "inv(A).T", ("inv(A)", "A"), "A: n n"),
    Law("inverse", "inv(A) @ B", "", ("B @ inv(A)", "B/A", "inv(A @ B)"), "A: n n, B: n n"),
    Law("inverse", "inv(A) @ A", "eye(n)", ("A", "0*A", "ones(n, n)"), "A: n n"),
    Law("symmetric", "inv(A).T", "", ("inv(A)",), "A: n n"),
    Law("symmetric", "A.T", "", ("A",), "A: n n"),
    Law("symmetric", "A + A.T", "", ("2*A", "2*A.T"), "A: n n"),
    Law("symmetric", "A @ x + A.T @ x", "(A + A.T) @ x", ("2*A @ x", "2*A.T @ x"), "A: n n, x: n"),
    Law("symmetric", "A @ X + A.T @ X", "(A + A.T) @ X", ("2*A @ X", "2*A.T @ X"), "A: n n, X: n m"),
    Law("symmetric", "outer(x, y)", "", ("outer(y, x)",), "x: n, y: n"),
    Law("factoring", "A @ X + B @ X", "(A + B) @ X", ("X @ (A + B)",), "A: n m, B: n m, X: m k"),
    Law("factoring", "X @ A + X @ B", "X @ (A + B)", ("(A + B) @ X",), "A: m k, B: m k, X: n m"),
    Law("factoring", "A @ X + X @ B", "", ("(A + B) @ X", "X @ (A + B)"), "A: n n, B: n n, X: n n"),
    Law("determinant", "det(A + B)", "", ("det(A) + det(B)",), "A: n n, B: n n"),
    Law("determinant", "det(c*A)", "c**n*det(A)", ("c*det(A)",), "A: n n, c:"),
    Law("determinant", "det(inv(A))", "1/det(A)", ("-det(A)", "det(A)"), "A: n n"),
    Law("determinant", "log(det(A @ B))", "", ("log(det(A))*log(det(B))",), "A: n n, B: n n"),
    Law("trace", "trace(A @ B)", "", ("trace(A)*trace(B)", "trace(A.T @ B)", "trace(A @ B.T)"), "A: n n, B: n n"),
    Law("trace", "trace(A.T @ B)", "sum(A*B)", ("trace(A @ B)", "sum(A)*sum(B)"), "A: n n, B: n n"),
    Law("product", "outer(x, y) @ z", "(y @ z)*x", ("(x @ z)*y", "x*y*z"), "x: n, y: n, z: n"),
    Law("product", "diag(x) @ A", "", ("A*x", "A @ diag(x)"), "x: n, A: n n"),
    Law("product", "x @ y", "sum(x*y)", ("x*y", "sum(x)*sum(y)"), "x: n, y: n"),
    Law("product", "(x @ y)**2", "", ("(x @ x)*(y @ y)", "sum(x**2*y**2)"), "x: n, y: n"),
    Law("norm", "norm(x + y)", "", ("norm(x) + norm(y)",), "x: n, y: n"),
    Law("norm", "norm(x)**2", "x @ x", ("x**2", "norm(x)", "sqrt(x @ x)", "sum(x)**2"), "x: n"),
    Law("norm", "x/norm(x)", "", ("1", "sign(x)", "ones(n)"), "x: n"),
    Law("sum", "sum(x*y)", "", ("sum(x)*sum(y)",)),
    Law("sum", "sum(x)**2", "", ("sum(x**2)",)),
    Law("sum", "sum(x**2)", "", ("sum(x)**2",)),
)
ORDERS = (
    Law("transpose", "x @ A", "A.T @ x", ("A @ x",), "x: n, A: n m"),
    Law("transpose", "A.T @ x", "x @ A", ("A @ x",), "x: n, A: n m"),
    Law("transpose", "A @ x", "x @ A.T", ("A.T @ x",), "A: n m, x: m"),
    Law("order", "A @ B", "", ("B @ A", "A*B", "A.T @ B", "A @ B.T"), "A: n n, B: n n"),
    Law("order", "A*B", "", ("A @ B",), "A: n n, B: n n"),
    Law("product", "x*y", "", ("x + y",)),
    Law("product", "outer(x, y)", "", ("x*y", "x[:, None] + y"), "x: n, y: m"),
)
LAWS = (*LOGARITHMS, *EXPONENTIALS, *SUMS, *CIRCULAR, *HYPERBOLIC, *MATRICES)


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A law that is read; kinds: of nodes without which it does not match; exponents, negated: names so."""

    law: Law
    pattern: Pattern
    right: Tree | None
    wrong: tuple[Tree, ...]
    kinds: frozenset[type[Tree]]
    exponents: tuple[str, ...]
    negated: tuple[str, ...]


def shapes_of(law: Law) -> dict[str, tuple[str, ...]]:
    """``A: n m, x: m`` by names."""
    pairs = (part.split(":") for part in law.shapes.split(",") if part)
    return {name.strip(): tuple(letters.split()) for name, letters in pairs}


@cache
def _read_laws(known: tuple[Law, ...]) -> tuple[_Read, ...]:
    return tuple(map(_read, known))


def _read(law: Law) -> _Read:
    tree = read(law.pattern, SIZES)
    right = read(law.right, SIZES) if law.right else None
    wrong = tuple(read(text, SIZES) for text in law.wrong)
    raised = [part.args[1] for part in nodes.subtrees(tree) if isinstance(part, sympy.Pow)]
    exponents = tuple(exponent.name for exponent in raised if exponent.is_Symbol)
    minus = [part.args[1] for part in nodes.subtrees(tree) if isinstance(part, sympy.Mul) and part.args[0] == -1]
    negated = tuple(part.name for part in minus if part.is_Symbol)
    return _Read(law, Pattern(tree, shapes_of(law)), right, wrong, _kinds(tree), exponents, negated)


def _kinds(tree: Tree) -> frozenset[type[Tree]]:
    return frozenset(type(part) for part in nodes.subtrees(tree) if part.args) - {sympy.Mul, sympy.Pow, sympy.Add}


def laws(node: Tree, facts: Facts) -> Iterator[Slip]:
    """What each wrong law makes of a part."""
    yield from _slips(LAWS, node, facts)


def orders(node: Tree, facts: Facts) -> Iterator[Slip]:
    """The order of matrix factors, a product of another kind: what fits where no law does."""
    yield from _slips(ORDERS, node, facts)


def _slips(known: tuple[Law, ...], node: Tree, facts: Facts) -> Iterator[Slip]:
    own = _kinds(node) if node.args else frozenset()
    for law in _read_laws(known) if node.args else ():
        if law.kinds <= own:
            yield from _of_law(law, node, facts)


def _of_law(known: _Read, node: Tree, facts: Facts) -> Iterator[Slip]:
    matching = Matching(known.pattern, Building(facts))
    try:
        for count, (found, whole) in enumerate(matching.parts(node)):
            if count == MOST:
                return
            if any(found.get(name) == 1 for name in known.exponents):
                continue
            if any(is_negative(found[name]) for name in known.negated):
                continue
            right = None if known.right is None else put_in(known.right, found)
            for wrong in known.wrong:
                yield _slip(known.law, put_in(known.pattern.tree, found), right, put_in(wrong, found), whole, found)
    except (LimitError, ShapeMismatch, KeyError):
        return


def _slip(law: Law, old: Tree, right: Tree | None, wrong: Tree, whole: object, _found: Found) -> Slip:
    assert callable(whole)
    text = "{} is not {}" if right is None else "{} is {}, not {}"
    parts = (old, wrong) if right is None else (old, right, wrong)
    if law.kind == "symmetric":
        text, parts = "{} is {} only where the matrix is symmetric", (old, wrong)
    return Slip(law.kind, text, whole(wrong), parts, None if right is None else whole(right))
