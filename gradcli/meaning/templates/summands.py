"""A formula that is a sum, as several with fewer slots: entries of different summands do not meet."""

from __future__ import annotations

from dataclasses import replace

from gradcli.meaning.templates.formula import Formula, Node, applied, leaves_of, skeleton
from gradcli.meaning.templates.sums import sign_of
from gradcli.meaning.templates.values import Term


def summands(term: Term) -> list[Term]:
    """Terms that add up to this one up to a constant. Summands stay together where one has the slots of the other."""
    parts = _split(term.formula)
    if len(parts) == 1:
        return [term]
    stands_for = skeleton(term.formula).stands_for
    slots = [frozenset(id(stands_for[id(leaf)]) for leaf in leaves_of(part)) for _, part in parts]
    groups: list[tuple[frozenset[int], list[int]]] = []
    for k in sorted(range(len(parts)), key=lambda k: (-len(slots[k]), k)):
        group = next((members for held, members in groups if slots[k] <= held), None)
        if group is None:
            groups.append((slots[k], [k]))
        else:
            group.append(k)
    if len(groups) == 1:
        return [term]
    return [_together(term, [parts[k] for k in sorted(members)]) for held, members in groups if held]


def _together(term: Term, parts: list[tuple[float, Formula]]) -> Term:
    sign, formula = parts[0]
    for other, part in parts[1:]:
        formula = applied("add" if other == sign else "sub", formula, part)
    return replace(term, formula=formula, weights=term.weights * sign)


def _split(formula: Formula) -> list[tuple[float, Formula]]:
    """Summands with their signs, from left to right."""
    found: list[tuple[float, Formula]] = []
    stack: list[tuple[float, Formula]] = [(1.0, formula)]
    while stack:
        sign, part = stack.pop()
        signs = _signs(part) if isinstance(part, Node) else None
        if signs is None or not isinstance(part, Node):
            found.append((sign, part))
        else:
            pairs = zip(signs, part.arguments, strict=True)
            stack.extend((sign * factor, a) for factor, a in [*pairs][::-1] if a is not None)
    return found


def _signs(node: Node) -> list[float] | None:
    """For each operand, is it added or subtracted? None where the node is no sum."""
    count = len(node.arguments)
    if node.op.linear != "jointly" or None in node.arguments:
        return None
    signs = [sign_of(node.op, k, count) for k in range(count)]
    return None if None in signs else [s for s in signs if s is not None]
