"""Shape rules of products: matrices, vectors and sums of products by subscripts, which are made plain here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from string import ascii_lowercase, ascii_uppercase

from gradcli.operations.shape_rules import Shape, ShapeMismatch, broadcast, size


def matmul(a: Shape, b: Shape) -> Shape:
    """``(n, m), (m, k) -> (n, k)``; vectors are rows on the left and columns on the right; batches broadcast."""
    if not a or not b:
        raise ShapeMismatch("two vectors or matrices", hint="a scalar multiplies with *")
    inner = b[-2] if len(b) > 1 else b[0]
    if a[-1] != inner:
        raise ShapeMismatch("equal inner sizes", hint=_matmul_hint(a, b))
    batch = broadcast(a[:-2], b[:-2])
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def matmul_terms(a: Shape, b: Shape) -> str:
    """The same as subscripts."""
    left, right = "i" if len(a) == 1 else "...ki", "i" if len(b) == 1 else "...ij"
    return f"{left},{right}->{'...' if max(len(a), len(b)) > 2 else ''}{left[3:-1]}{right[4:]}"


def _matmul_hint(a: Shape, b: Shape) -> str | None:
    if len(a) == 2 and a[0] == (b[-2] if len(b) > 1 else b[0]):
        return "the transpose of the left one fits: {0}.T @ {1}"
    if len(b) == 2 and b[1] == a[-1]:
        return "the transpose of the right one fits: {0} @ {1}.T"
    if a == b:
        return "* multiplies entry by entry"
    if len(a) == 2:
        return f"{{0}} has {a[1]} columns, {{0}}.T has {a[0]}; {{1}} has {b[-2] if len(b) > 1 else b[0]} " + (
            "rows" if len(b) > 1 else "entries"
        )
    return None


def dot(a: Shape, b: Shape) -> Shape:
    if len(a) != 1 or a != b:
        hint = "matrices multiply with @" if max(len(a), len(b)) > 1 else None
        raise ShapeMismatch("two vectors of one length", hint=hint)
    return ()


def inner(a: Shape, b: Shape) -> Shape:
    """``(..., k), (***, k) -> (..., ***)``; a scalar multiplies."""
    if a and b and a[-1] != b[-1]:
        raise ShapeMismatch("equal last sizes")
    return a[:-1] + b[:-1] if a and b else a + b


def inner_letters(a: Shape, b: Shape) -> str:
    """The same as subscripts."""
    return _pair_letters(len(a), len(b), -1)


def array_dot(a: Shape, b: Shape) -> Shape:
    """``(..., k), (***, k, m) -> (..., ***, m)``; the inner size of a vector is its own; a scalar multiplies."""
    if not a or not b:
        return a + b
    if a[-1] != b[max(len(b) - 2, 0)]:
        raise ShapeMismatch("equal inner sizes", hint=_matmul_hint(a, b))
    return a[:-1] + b[:-2] + (b[-1:] if len(b) > 1 else ())


def dot_letters(a: Shape, b: Shape) -> str:
    """The same as subscripts."""
    return _pair_letters(len(a), len(b), max(len(b) - 2, 0))


def _pair_letters(left: int, right: int, at: int) -> str:
    """Subscripts that sum over the last axis of the one and that ``at`` of the other."""
    a, b = ascii_lowercase[:left], ascii_lowercase[left : left + right]
    if not a or not b:
        return f"{a},{b}->{a}{b}"
    return f"{a},{b.replace(b[at], a[-1])}->{a[:-1]}{b.replace(b[at], '')}"


def outer(a: Shape, b: Shape) -> Shape:
    if len(a) != 1 or len(b) != 1:
        raise ShapeMismatch("two vectors")
    return a + b


def cross(a: Shape, b: Shape) -> Shape:
    shape = broadcast(a, b)
    if not shape or a[-1:] != (3,) or b[-1:] != (3,):
        raise ShapeMismatch("vectors of length 3")
    return shape


def matmul_cost(a: Shape, b: Shape) -> int:
    """Multiplications of a matrix product."""
    return max(size(matmul(a, b)), 1) * a[-1]


def einsum(spec: str, *shapes: Shape) -> Shape:
    """The sizes of the output letters of ``spec``; errors where letters and shapes do not fit."""
    sizes = einsum_sizes(spec, *shapes)
    return tuple(sizes[letter] for letter in split_spec(einsum_letters(spec, *shapes))[1])


def einsum_sizes(spec: str, *shapes: Shape) -> dict[str, int]:
    """The size of each of ``einsum_letters``."""
    inputs, _ = split_spec(einsum_letters(spec, *shapes))
    return {
        letter: n
        for letters, shape in zip(inputs, shapes, strict=True)
        for letter, n in zip(letters, shape, strict=True)
    }


def einsum_letters(spec: str, *shapes: Shape) -> str:
    """The subscripts without ``...``, each letter of one size: an axis of size 1 that is broadcast has a letter of its
    own, which is summed. Errors: where letters and shapes do not fit.

    >>> einsum_letters("...i,i->...", (2, 3), (3,)), einsum_letters("ij,ij->ij", (2, 3), (1, 3))
    ('Ai,i->A', 'ij,Aj->ij')
    """
    inputs, output = _without_ellipsis(spec, shapes)
    given = list(zip(inputs, shapes, strict=True))
    sizes: dict[str, int] = {}
    for letters, shape in given:
        if len(letters) != len(shape):
            raise ShapeMismatch(f"an operand with {len(letters)} axes for '{letters}', not {shape}")
        for letter, n in zip(letters, shape, strict=True):
            known = sizes.setdefault(letter, n)
            if n != known and (1 not in (n, known) or letters.count(letter) > 1):
                raise ShapeMismatch(f"one size for '{letter}', not {known} and {n}")
            sizes[letter] = n if known == 1 else known
    missing = [letter for letter in output if letter not in sizes]
    if missing:
        raise ShapeMismatch(f"output letters that an input has, not '{missing[0]}'")
    fresh = _fresh_letters("".join(inputs))
    plain = [
        "".join(letter if n == sizes[letter] else next(fresh) for letter, n in zip(letters, shape, strict=True))
        for letters, shape in given
    ]
    return f"{','.join(plain)}->{output}"


def _fresh_letters(taken: str) -> Iterator[str]:
    return (letter for letter in ascii_uppercase + ascii_lowercase if letter not in taken)


def _without_ellipsis(spec: str, shapes: Sequence[Shape]) -> tuple[list[str], str]:
    """The subscripts of each operand and of the value, with letters for the axes that ``...`` stands for.

    Of operands that differ in how many these are, the last ones are the same, as in broadcasting.
    """
    left, arrow, output = spec.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) != len(shapes):
        raise ShapeMismatch(f"as many operands as its subscripts name ({len(inputs)}), not {len(shapes)}")
    if "..." not in spec:
        return split_spec(spec)
    counts = [len(shape) - len(text) + 3 if "..." in text else 0 for text, shape in zip(inputs, shapes, strict=True)]
    if min(counts) < 0:
        raise ShapeMismatch("operands with an axis for each of their letters")
    fresh, most = _fresh_letters(spec), max(counts)
    names = "".join(next(fresh) for _ in range(most))
    plain = [text.replace("...", names[most - count :], 1) for text, count in zip(inputs, counts, strict=True)]
    if not arrow:
        letters = "".join(inputs).replace(".", "")
        output = "..." + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    return split_spec(f"{','.join(plain)}->{output.replace('...', names, 1)}")


def split_spec(spec: str) -> tuple[list[str], str]:
    """``"ij,jk->ik" -> (["ij", "jk"], "ik")``; without an arrow, the letters that stand once, sorted (numpy's rule)."""
    left, arrow, output = spec.replace(" ", "").partition("->")
    inputs = left.split(",")
    letters = "".join(inputs)
    if not all(ch.isalpha() and ch.isascii() for ch in letters + output) or len(set(output)) < len(output):
        raise ShapeMismatch("subscripts of letters, such as 'ij,jk->ik'")
    if not arrow:
        output = "".join(sorted(ch for ch in set(letters) if letters.count(ch) == 1))
    return inputs, output


def einsum_cost(spec: str, *shapes: Shape) -> int:
    """The product of the sizes of all letters."""
    return prod(einsum_sizes(spec, *shapes).values()) * len(shapes)
