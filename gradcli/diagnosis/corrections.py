"""Small changes to a formula, each of which undoes one slip of the pen: a sign, a factor, a transpose, an exponent.

A slip is known by its place (a path of argument numbers), so that the same slip can be undone in the same formula at
other sizes, whose tree differs in nothing but numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import sympy

from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of
from gradcli.operations.row import REQUIRED
from gradcli.operations.table import OPS

Path = tuple[int, ...]
Change = Callable[[Tree], Tree]

MAX_TURNED = 6  # places at which transposes are tried in every combination


@dataclass(frozen=True, slots=True)
class Correction:
    """One change at some places: what was slipped, in words of the field, and what is said of it."""

    kind: str
    text: str
    paths: tuple[Path, ...]
    change: Change

    def apply(self, tree: Tree) -> Tree:
        """Errors: IndexError where the tree is not built alike."""
        for path in sorted(self.paths, key=len, reverse=True):
            tree = put(tree, path, self.change(at(tree, path)))
        return tree


def at(tree: Tree, path: Path) -> Tree:
    for k in path:
        tree = tree.args[k]
    return tree


def put(tree: Tree, path: Path, new: Tree) -> Tree:
    """The tree with another subtree at a place."""
    if not path:
        return new
    children = list(tree.args)
    children[path[0]] = put(children[path[0]], path[1:], new)
    return rebuilt(tree, children)


def rebuilt(tree: Tree, children: Sequence[Tree]) -> Tree:
    """The node with other children, as they are."""
    if isinstance(tree, sympy.Tuple | Static):
        return tree
    if isinstance(tree, sympy.Add | sympy.Mul):
        return tree.func(*(part for child in children for part in nodes.terms_of(child, tree.func)), evaluate=False)
    return tree.func(*children, evaluate=False)


def filled(tree: Tree, old: Tree, new: Tree) -> Tree:
    """The tree with another subtree for each occurrence of one, and nothing worked out."""
    if tree == old:
        return new
    if not tree.args or isinstance(tree, Static):
        return tree
    children = [filled(child, old, new) for child in tree.args]
    return tree if all(a is b for a, b in zip(children, tree.args, strict=True)) else rebuilt(tree, children)


def places(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Tree]]:
    """Every subtree with its place, the whole first; constants are no places."""
    yield path, tree
    for k, child in enumerate(tree.args):
        if not isinstance(child, Static | sympy.Tuple):
            yield from places(child, (*path, k))


def in_condition(tree: Tree, path: Path) -> bool:
    """Does a place lie inside of a condition, or is it one?"""
    return any(nodes.is_condition(at(tree, path[:k])) for k in range(len(path) + 1))


def transposed(tree: Tree) -> Tree:
    """The transpose; that of a transpose is what it was made of."""
    made = nodes.make(OPS["transpose"], [tree], (None, None))
    return tree.args[0] if type(tree) is type(made) and tree.args[-1] == made.args[-1] else made


def times(factor: Tree, tree: Tree) -> Tree:
    """The product with a factor before it: ``2*x``; minus one is a sign, and a minus turns a difference."""
    if factor == -1:
        return minus(tree)
    if _is_negative(factor) and not _is_negative(tree) and (turned := _difference_turned(tree)) is not None:
        return times(minus(factor), turned)
    return nodes.multiply(factor, *nodes.terms_of(tree, sympy.Mul))


def minus(tree: Tree) -> Tree:
    """The other sign: of every term of a sum, of a difference in a product, away from a product that has one."""
    if isinstance(tree, sympy.Add):
        return nodes.add(*(minus(term) for term in tree.args))
    if tree.is_Number:
        return -tree
    turned = None if _is_negative(tree) else _difference_turned(tree)
    if turned is not None:
        return turned
    if isinstance(tree, sympy.Mul):
        first, *rest = tree.args
        if first.is_Number:
            return (
                (rest[0] if len(rest) == 1 else nodes.multiply(*rest))
                if first == -1 and rest
                else nodes.multiply(-first, *rest)
            )
        return nodes.multiply(minus(first), *rest) if first.is_Mul else nodes.multiply(sympy.Integer(-1), *tree.args)
    return nodes.negate(tree)


def _is_negative(tree: Tree) -> bool:
    first = nodes.terms_of(tree, sympy.Mul)[0]
    return bool(first.is_Number and first < 0)


def _difference_turned(tree: Tree) -> Tree | None:
    """A product with ``b - a`` for its factor ``a - b``; None where there is none."""
    if isinstance(tree, sympy.Add):
        return minus(tree) if any(map(_is_negative, tree.args)) else None
    if not isinstance(tree, sympy.Mul) and not is_matrix_product(tree):
        return None
    for k, factor in enumerate(tree.args):
        turned = None if isinstance(factor, Static) else _difference_turned(factor)
        if turned is not None:
            return rebuilt(tree, [*tree.args[:k], turned, *tree.args[k + 1 :]])
    return None


def over(tree: Tree, divisor: Tree) -> Tree:
    if isinstance(tree, sympy.Pow) and tree.args[1] == -1:
        return nodes.inverse(nodes.multiply(*nodes.terms_of(tree.args[0], sympy.Mul), divisor))
    return nodes.multiply(*nodes.terms_of(tree, sympy.Mul), nodes.inverse(divisor))


# -- one wrong rule, one place each


def corrections(
    tree: Tree, text_of: Callable[[Tree], str], symbols: Sequence[Tree], flat: Collection[str] = ()
) -> Iterator[Correction]:
    """Every single change, the likeliest first.

    symbols: what may stand in another's place; flat: names of scalars and vectors, whose transposes are themselves
    """
    found = list(places(tree))
    yield from _in_sums(found, text_of)
    spots = [(path, node) for path, node in found if _may_turn(node) and str(node) not in flat]
    yield from _turned(spots, text_of)
    yield from _swapped(found, text_of)
    yield from _turned_together(spots[:MAX_TURNED], text_of)
    yield from _in_powers(found, text_of)
    yield from _numbers(found, text_of)
    yield from _siblings(found)
    yield from _other_names(found, symbols)
    yield from _factors(found, text_of)
    yield from _wrapped(found, text_of)


def _in_sums(found: Sequence[tuple[Path, Tree]], text_of: Callable[[Tree], str]) -> Iterator[Correction]:
    for path, node in found:
        if not isinstance(node, sympy.Add):
            continue
        for k, term in enumerate(node.args):
            name = text_of(term)
            yield Correction("term sign", f"the term {name} has the wrong sign", ((*path, k),), minus)
            yield Correction(
                "doubled term",
                f"the term {name} counts twice",
                ((*path, k),),
                lambda tree: times(sympy.Rational(1, 2), tree),
            )
            yield Correction(
                "missing term",
                f"the term {name} is due twice",
                ((*path, k),),
                lambda tree: times(sympy.Integer(2), tree),
            )
            if len(node.args) > 1:
                yield Correction(
                    "extra term", f"the term {name} does not belong there", (path,), partial(_without, k=k)
                )


def _without(tree: Tree, k: int) -> Tree:
    rest = [*tree.args[:k], *tree.args[k + 1 :]]
    return rest[0] if len(rest) == 1 else tree.func(*rest, evaluate=False)


def _turned(spots: Sequence[tuple[Path, Tree]], text_of: Callable[[Tree], str]) -> Iterator[Correction]:
    """A transpose at one place: of a name, of an inverse, or one that is there taken away."""
    for path, node in spots:
        name, other = text_of(node), text_of(transposed(node))
        if path:
            yield Correction("symmetric part", f"{name} + {other} is due where {name} stands", (path,), _both)
            yield Correction("transpose", f"{other} is due where {name} stands", (path,), transposed)
        else:
            yield Correction("symmetric part", "the sum of the claim and its transpose is due", (path,), _both)
            yield Correction("transpose", "the transpose of the claim is due", (path,), transposed)


def _turned_together(spots: Sequence[tuple[Path, Tree]], text_of: Callable[[Tree], str]) -> Iterator[Correction]:
    """Transposes at several places, of which none lies in another."""
    for count in range(2, len(spots) + 1):
        for chosen in combinations(spots, count):
            paths = tuple(path for path, _ in chosen)
            if any(a != b and b[: len(a)] == a for a in paths for b in paths):
                continue
            old = dict.fromkeys(text_of(node) for _, node in chosen)
            new = dict.fromkeys(text_of(transposed(node)) for _, node in chosen)
            yield Correction("transpose", f"{_listed(new)} due where {_listed(old, stands=True)}", paths, transposed)


def _listed(texts: Collection[str], *, stands: bool = False) -> str:
    """``A.T and B.T are``, ``A and B stand``."""
    *first, last = texts
    verb = ("stand" if first else "stands") if stands else ("are" if first else "is")
    return f"{', '.join(first)} and {last} {verb}" if first else f"{last} {verb}"


def _both(tree: Tree) -> Tree:
    return nodes.add(tree, transposed(tree))


def _squared(tree: Tree) -> Tree:
    return nodes.make(OPS["matmul"], [tree, tree])


def _may_turn(node: Tree) -> bool:
    row = row_of(node)
    return bool(node.is_Symbol) or (row is not None and row.slips.transposable)


def is_matrix_product(node: Tree) -> bool:
    row = row_of(node)
    return row is not None and row.slips.transposable and row.linear == "each"


def _in_powers(found: Sequence[tuple[Path, Tree]], text_of: Callable[[Tree], str]) -> Iterator[Correction]:
    for path, node in found:
        if isinstance(node, sympy.Pow):
            name = text_of(node)
            for shift in (1, -1):
                if node.args[1] + shift == 0:  # that is a factor too many
                    continue
                yield Correction(
                    "exponent", f"the exponent of {name} is off by one", (path,), partial(_shifted, shift=shift)
                )
            yield Correction(
                "exponent",
                f"the exponent of {name} has the wrong sign",
                (path,),
                lambda tree: _power(tree.args[0], nodes.negate(tree.args[1])),
            )
            yield Correction(
                "exponent", f"{text_of(node.args[0])} stands here without the power", (path,), lambda tree: tree.args[0]
            )
            if node.args[1] == 2:
                yield Correction(
                    "product",
                    f"the matrix square {text_of(node.args[0])} @ {text_of(node.args[0])} is due, "
                    "not that of the entries",
                    (path,),
                    lambda tree: _squared(tree.args[0]),
                )
            if node.args[1] == -1:
                for power in (sympy.Integer(-2), sympy.Integer(-3), sympy.Rational(-1, 2)):
                    yield Correction(
                        "exponent",
                        f"the denominator {text_of(node.args[0])} needs another power",
                        (path,),
                        partial(_repowered, power=power),
                    )


def _shifted(tree: Tree, shift: int) -> Tree:
    base, exponent = tree.args
    moved = (
        exponent + shift
        if exponent.is_Number
        else nodes.add(*nodes.terms_of(exponent, sympy.Add), sympy.Integer(shift))
    )
    if isinstance(exponent, sympy.Add) and exponent.args[-1] == -shift:
        rest = exponent.args[:-1]
        moved = rest[0] if len(rest) == 1 else nodes.add(*rest)
    return _power(base, moved)


def _repowered(tree: Tree, power: Tree) -> Tree:
    return _power(tree.args[0], power)


def _instead(_tree: Tree, new: Tree) -> Tree:
    return new


def _power(base: Tree, exponent: Tree) -> Tree:
    return base if exponent == 1 else nodes.power(base, exponent)


def _numbers(found: Sequence[tuple[Path, Tree]], text_of: Callable[[Tree], str]) -> Iterator[Correction]:
    for path, node in found:
        if not node.is_Rational:
            continue
        for new in dict.fromkeys((node * 2, node / 2, -node, node + 1, node - 1)):
            text = f"the number {text_of(node)} should be {text_of(new)}"
            yield Correction("factor", text, (path,), partial(_instead, new=new))


def _swapped(found: Sequence[tuple[Path, Tree]], text_of: Callable[[Tree], str]) -> Iterator[Correction]:
    for path, node in found:
        row = row_of(node)
        tensors = [a for a in node.args if not isinstance(a, Static)]
        if row is not None and row.slips.ordered and len(tensors) >= 2:
            yield Correction("order", f"the operands of {text_of(node)} stand in the wrong order", (path,), _swap)
        for other, _, text in (pair.partition(": ") for pair in (row.slips.products if row is not None else ())):
            yield Correction("product", text, (path,), partial(_made, name=other))
        if isinstance(node, sympy.Mul) and len(node.args) >= 2:
            for k in range(len(node.args) - 1):
                yield Correction(
                    "product", "a matrix product is due, not one entry by entry", (path,), partial(_joined, k=k)
                )


def _made(tree: Tree, name: str) -> Tree:
    """Another operation of the same operands."""
    return nodes.make(OPS[name], list(tree.args))


def _swap(tree: Tree) -> Tree:
    *front, a, b = [x for x in tree.args if not isinstance(x, Static)]
    return tree.func(*front, b, a, *(x for x in tree.args if isinstance(x, Static)), evaluate=False)


def _joined(tree: Tree, k: int) -> Tree:
    """Two neighbours of a product multiplied as matrices."""
    a, b = tree.args[k : k + 2]
    joined = nodes.make(OPS["matmul"], [a, b])
    rest = [*tree.args[:k], joined, *tree.args[k + 2 :]]
    return joined if len(rest) == 1 else nodes.multiply(*rest)


def _siblings(found: Sequence[tuple[Path, Tree]]) -> Iterator[Correction]:
    for path, node in found:
        row = OPS["exp"] if isinstance(node, sympy.exp) else row_of(node)  # sympy takes e**x for one as well
        if row is None:
            continue
        for other in row.slips.siblings:
            yield Correction(
                "function", f"{other} is due where {row.name} stands", (path,), partial(_renamed, name=other)
            )
        if any(p.kind.startswith("ax") for p in row.constants):
            for axis in (0, 1, -1, None):
                yield Correction("axis", f"{row.name} runs along the wrong axis", (path,), partial(_along, axis=axis))


def _renamed(tree: Tree, name: str) -> Tree:
    """With the constants of the same names; the tree itself where one is due that the other row takes no value for."""
    row, op = row_of(tree), OPS[name]
    tensors = [a for a in tree.args if not isinstance(a, Static)]
    values = tree.args[-1].value if isinstance(tree.args[-1], Static) else ()
    given = {} if row is None else {p.name: v for p, v in zip(row.constants, values, strict=False)}
    constants = tuple(given.get(p.name, p.default) for p in op.constants)
    broken = (p.kind == "integer" and not isinstance(v, int) for p, v in zip(op.constants, constants, strict=True))
    if REQUIRED in constants or any(broken):
        return tree
    return nodes.make(op, tensors[: len(op.tensors)], constants)


def _along(tree: Tree, axis: int | None) -> Tree:
    row = row_of(tree)
    assert row is not None
    names = [p.name for p in row.constants]
    k = next(i for i, p in enumerate(row.constants) if p.kind.startswith("ax"))
    given = tree.args[-1].value if isinstance(tree.args[-1], Static) else tuple(p.default for p in row.constants)
    tensors = [a for a in tree.args if not isinstance(a, Static)]
    return nodes.make(row, tensors, tuple(axis if i == k else v for i, v in zip(range(len(names)), given, strict=True)))


def _other_names(found: Sequence[tuple[Path, Tree]], symbols: Sequence[Tree]) -> Iterator[Correction]:
    for path, node in found:
        if node.is_Symbol:
            for other in symbols:
                if other != node:
                    yield Correction(
                        "wrong variable", f"{other} is due where {node} stands", (path,), partial(_instead, new=other)
                    )


def _factors(found: Sequence[tuple[Path, Tree]], text_of: Callable[[Tree], str]) -> Iterator[Correction]:
    for path, node in found:
        if isinstance(node, sympy.Mul):
            for k, factor in enumerate(node.args):
                name = text_of(factor)
                yield Correction(
                    "extra factor", f"the factor {name} does not belong there", (path,), partial(_without, k=k)
                )
                yield Correction(
                    "factor",
                    f"the factor {name} belongs on the other side of the fraction bar",
                    ((*path, k),),
                    nodes.inverse,
                )


def _complement(tree: Tree) -> Tree:
    return nodes.add(sympy.Integer(1), nodes.multiply(sympy.Integer(-1), tree))


def _wrapped(found: Sequence[tuple[Path, Tree]], text_of: Callable[[Tree], str]) -> Iterator[Correction]:
    for path, node in found:
        if node.is_Number or nodes.is_condition(node):
            continue
        name = text_of(node)
        yield Correction(
            "exponent", f"the square of {name} is due", (path,), lambda tree: nodes.power(tree, sympy.Integer(2))
        )
        yield Correction(
            "exponent",
            f"the square root of {name} is due",
            (path,),
            lambda tree: nodes.power(tree, sympy.Rational(1, 2)),
        )
        yield Correction("exponent", f"the matrix square {name} @ {name} is due", (path,), _squared)
        less = text_of(_complement(node))
        yield Correction(
            "missing term",
            f"{less} is due where {name} stands",
            (path,),
            _complement,
        )
        if node.is_Symbol or is_matrix_product(node):
            continue
        more = text_of(nodes.add(sympy.Integer(1), node))
        yield Correction(
            "missing term",
            f"{more} is due where {name} stands",
            (path,),
            lambda tree: nodes.add(sympy.Integer(1), tree),
        )
        yield Correction(
            "function", f"the inverse of {name} is due", (path,), lambda tree: nodes.make(OPS["inv"], [tree])
        )
        yield Correction("product", f"diag({name}) is due", (path,), lambda tree: nodes.make(OPS["diag"], [tree], (0,)))
