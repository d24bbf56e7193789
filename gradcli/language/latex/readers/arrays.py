"""Arrays with labelled axes: brought beside each other, multiplied, and summed over labels, as products where they
are some."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from gradcli.base.errors import Span
from gradcli.language.latex.readers.code import ATOM, POWER, PRODUCT, Code, written
from gradcli.language.latex.readers.parts import Factor


def ordered(labels: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """All labels, each once, indices before the axes of what they run over."""
    found = dict.fromkeys(label for several in labels for label in several)
    return (*(label for label in found if label[0] != "#"), *sorted(label for label in found if label[0] == "#"))


def aligned(span: Span, factor: Factor, labels: Sequence[str]) -> Factor:
    """The array with its axes in the order of ``labels``; those that it lacks have size 1, but for leading ones."""
    own = [label for label in labels if label in factor.labels]
    made = factor
    if tuple(own) != factor.labels:
        made = turned(span, factor, tuple(own))
    missing = [label for label in labels if label not in factor.labels]
    first = next((k for k, label in enumerate(labels) if label in own), len(labels))
    for label in missing:
        if (at := labels.index(label)) > first and own:
            code = written(span, "unsqueeze(", made.code, f", {at - first})")
            made = Factor(code, ATOM, (*made.labels[: at - first], label, *made.labels[at - first :]))
    return made


def turned(span: Span, factor: Factor, labels: tuple[str, ...]) -> Factor:
    """The same with its axes in another order."""
    if len(labels) == 2:
        return Factor(written(span, _within(span, factor, ATOM), ".T"), ATOM, labels)
    places = ", ".join(str(factor.labels.index(label)) for label in labels)
    return Factor(written(span, "permute(", factor.code, f", ({places}))"), ATOM, labels)


def multiplied(span: Span, factors: Sequence[Factor]) -> Factor:
    """Entry by entry, each along its own labels; numbers first."""
    labels = ordered(factor.labels for factor in factors)
    parts = [aligned(span, factor, labels) for factor in sorted(factors, key=lambda one: bool(one.labels))]
    return reduce(lambda left, right: _times(span, left, right, labels), parts)


def _times(span: Span, left: Factor, right: Factor, labels: tuple[str, ...]) -> Factor:
    code = written(span, _within(span, left, PRODUCT), "*", _within(span, right, POWER))
    return Factor(code, PRODUCT, labels)


def _within(span: Span, factor: Factor, need: int) -> Code:
    return factor.code if factor.binds >= need else written(span, "(", factor.code, ")")


def summed(span: Span, factors: Sequence[Factor], over: Sequence[str], kept: Sequence[str]) -> Factor:
    """The sum of the product over some labels; the others stay, in the order of ``kept``."""
    left = list(factors)
    if set().union(*(factor.labels for factor in left)) <= set(over):
        left = _alike(span, left)
    for label in over:
        left = without(span, left, label, [other for other in over if any(other in f.labels for f in left)])
    made = multiplied(span, left)
    return made if made.labels == tuple(kept) else aligned(span, made, tuple(kept))


def _alike(span: Span, factors: Sequence[Factor]) -> list[Factor]:
    """With factors of the same labels, of two axes or more, multiplied: a sum of A*B has no shorter product."""
    by: dict[frozenset[str], list[Factor]] = {}
    for factor in factors:
        by.setdefault(frozenset(factor.labels), []).append(factor)
    made = []
    for labels, several in by.items():
        made += [multiplied(span, several)] if len(labels) > 1 and len(several) > 1 else several
    return made


def without(span: Span, factors: Sequence[Factor], label: str, over: Sequence[str]) -> list[Factor]:
    """One label summed over, where some factors have it."""
    met = [factor for factor in factors if label in factor.labels]
    rest = [factor for factor in factors if label not in factor.labels]
    if not met:
        return rest
    if len(met) > 2:
        met = _merged(span, met)
    if len(met) == 2 and (product := _product(span, met[0], met[1], label)) is not None:
        return [*rest, product]
    whole = multiplied(span, met)
    alone = whole.labels == (label,)
    if not rest and set(whole.labels) <= set(over):  # all of it is summed over: at once
        return [Factor(written(span, "sum(", whole.code, ")"), ATOM, ())]
    dim = "" if alone else f", dim={whole.labels.index(label)}"
    left = tuple(other for other in whole.labels if other != label)
    return [*rest, Factor(written(span, "sum(", whole.code, dim, ")"), ATOM, left)]


def _merged(span: Span, factors: Sequence[Factor]) -> list[Factor]:
    """With factors of the same labels multiplied."""
    by: dict[tuple[str, ...], list[Factor]] = {}
    for factor in factors:
        by.setdefault(factor.labels, []).append(factor)
    return [multiplied(span, several) if len(several) > 1 else several[0] for several in by.values()]


def _product(span: Span, one: Factor, other: Factor, label: str) -> Factor | None:
    """The product with @, of vectors and matrices that share this label alone."""
    if set(one.labels) & set(other.labels) != {label} or max(len(one.labels), len(other.labels)) > 2:
        return None
    if len(other.labels) == 2 and len(one.labels) == 1:  # x_i A_ij: the vector stands where its label does
        one, other = (one, other) if other.labels[0] == label else (other, one)
    elif len(one.labels) == 2 and len(other.labels) == 1 and one.labels[0] == label:
        one, other = other, one
    if len(one.labels) == 2 and one.labels[0] == label:
        one = turned(span, one, one.labels[::-1])
    if len(other.labels) == 2 and other.labels[1] == label:
        other = turned(span, other, other.labels[::-1])
    if len(one.labels) == len(other.labels) == 1 and "@" in str(other.code) and "@" not in str(one.code):
        one, other = other, one
    left = (*(a for a in one.labels if a != label), *(a for a in other.labels if a != label))
    code = written(span, _within(span, one, PRODUCT), "@", _within(span, other, POWER))
    return Factor(code, PRODUCT, left)
