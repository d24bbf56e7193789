r"""Sets that letters are in: ``\mathbb{R}^{n \times d}``, ``(0, 1)``, ``\{0, 1\}``, ``\mathbb{S}^n_{++}``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gradcli.inputs.documents.heads import bare
from gradcli.language.latex.nodes import Letter, Negative, Node, Number, Power, Product, Sum

Shape = tuple[str, ...]

MAX_AXES = 8
_SIGN = re.compile(r"[_^]\s*(?:\{\s*(\+\+?|>\s*0|\\geq?\s*0|\\ge\s*0)\s*\}|(\+))")
_INTERVAL = re.compile(r"(?:\\left|\\[bB]igg?l?)?\s*([(\[])(.*),(.*)(?:\\right|\\[bB]igg?r?)?\s*([)\]])", re.DOTALL)
_VALUES = re.compile(r"\\(?:left\\)?\{.*\\(?:right\\)?\}\s*(?:\^\s*(?P<power>\{[^{}]*\}|\w))?", re.DOTALL)
_INFINITE = re.compile(r"^[+-]?\s*\\infty$")
_NOT_A_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Space:
    """A set of numbers, vectors or matrices.

    where:  what holds of a member, with NAME in its place
    assume: the same in words, as symmetric
    more:   does it say more of its members than that?
    """

    shape: Shape
    where: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    more: bool = False


def signed(text: str) -> tuple[str, bool, bool]:
    r"""A set's text without ``_+``, and whether its members are not negative, and not zero."""
    match = _SIGN.search(text)
    if match is None:
        return text, False, False
    sign = (match[1] or match[2]).replace(" ", "")
    return text[: match.start()] + text[match.end() :], True, sign in {"++", ">0"}


def interval(text: str) -> tuple[tuple[str, str], ...] | None:
    r"""``(0, \infty)`` -> (("> ", "0"),): what bounds a member; None where the text is no interval."""
    match = _INTERVAL.fullmatch(text.strip())
    if match is None:
        return None
    left, low, high, right = match[1], match[2].strip(), match[3].strip(), match[4]
    bounds = []
    if not _INFINITE.match(low):
        bounds.append((">" if left == "(" else ">=", low))
    if not _INFINITE.match(high):
        bounds.append(("<" if right == ")" else "<=", high))
    return tuple(bounds)


def is_values(text: str) -> str | None:
    r"""``\{0, 1\}`` -> "", ``\{-1, 1\}^n`` -> "n": the power of a set of values; None where the text is none."""
    match = _VALUES.fullmatch(text.strip())
    return None if match is None else (match["power"] or "").strip("{} ")


def space_of(node: Node, *, positive: bool = False, strictly: bool = False) -> Space | None:
    """What a set is that has a name; None for one that nobody knows.

    positive, strictly: are its members said to be not negative, and not zero?
    """
    node = bare(node)
    base, exponent = (node.base, node.exponent) if isinstance(node, Power) else (node, None)
    if not isinstance(base, Letter) or base.sub or base.marks:
        return None
    shape = () if exponent is None else sizes_of(bare(exponent))
    if shape is None or len(shape) > MAX_AXES:
        return None
    found = _named(base, shape)
    if found is None or not positive:
        return found
    if "symmetric" in found.assume:
        return replace(found, assume=("symmetric", "positive"), more=not strictly)
    return replace(found, where=(*found.where, "NAME > 0" if strictly else "NAME >= 0"))


def _named(base: Letter, shape: Shape) -> Space | None:
    is_set = base.font in {"bb", "bf", "cal"}
    if base.base in {"R", "reals"} and base.font in {"bb", "bf", ""}:
        return Space(shape)
    if base.base in {"S", "Sym"} and is_set and len(shape) == 1:
        return Space(shape * 2, assume=("symmetric",))
    if base.base in {"N", "Z", "Q"} and is_set:
        return Space(shape, ("NAME > 0",) if base.base == "N" else (), more=True)
    return None


def sizes_of(node: Node) -> Shape | None:
    r"""``n \times d`` -> (n, d); None where a part is no size."""
    if isinstance(node, Product) and set(node.signs) == {"times"}:
        parts = [_size(bare(factor)) for factor in node.factors]
        return tuple(part for part in parts if part is not None) if None not in parts else None
    size = _size(node)
    return None if size is None else (size,)


def _size(node: Node) -> str | None:
    """A letter or a number; a sum such as ``n + 1`` as a letter of its own."""
    if isinstance(node, Number):
        return node.text if node.text.isdigit() and int(node.text) > 0 else None
    if isinstance(node, Letter):
        below = [_size(part) for part in node.sub]
        plain = not node.marks and None not in below
        return "_".join([node.base, *(part for part in below if part is not None)]) if plain else None
    if isinstance(node, Sum):
        terms = [
            (_size(term.body if isinstance(term, Negative) else term), isinstance(term, Negative))
            for term in node.terms
        ]
        words = [f"{'minus' if negative else 'plus'}_{size}" for size, negative in terms if size is not None]
        return "_".join(words).removeprefix("plus_") if len(words) == len(terms) else None
    return None


def size_word(text: str) -> str:
    """A size in prose, as a letter or a number."""
    return _NOT_A_WORD.sub("_", text).strip("_")
