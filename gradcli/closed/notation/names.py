"""Parts of a formula under the names that the user gave them: ``r = A @ x - b; 2*A.T @ r``."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.closed.notation.symmetry import rebuilt
from gradcli.language.nodes import Tree, symbol
from gradcli.language.write import write


def with_names(tree: Tree, parts: Mapping[str, Tree]) -> str:
    """The formula's text, with assignments of the parts that it uses before it where that is shorter.

    parts: in the order in which they were assigned; names of variables are none of theirs
    """
    plain = write(tree)
    free = {leaf.name for leaf in tree.free_symbols}
    known = {name: part for name, part in parts.items() if part.args and name not in free}
    used: list[str] = []
    named = tree
    for name, part in reversed(known.items()):
        shorter = _put(named, name, part)
        if shorter != named:
            used.append(name)
            named = shorter
    lines = [f"{name} = {_text(name, known)}" for name in known if name in _needed(used, known)]
    text = "; ".join([*lines, write(named)])
    return min(plain, text, key=len)


def _text(name: str, known: Mapping[str, Tree]) -> str:
    """A part with the names of earlier ones in it."""
    tree = known[name]
    for other in reversed([*known][: [*known].index(name)]):
        tree = _put(tree, other, known[other])
    return write(tree)


def _needed(used: list[str], known: Mapping[str, Tree]) -> set[str]:
    """Those used, and those that stand in them."""
    found, order = set(used), [*known]
    for name in reversed(order):
        if name in found:
            found |= {other for other in order[: order.index(name)] if known[name].has(known[other])}
    return found


def _put(tree: Tree, name: str, part: Tree) -> Tree:
    return rebuilt(tree, lambda one: symbol(name) if one == part else one)
