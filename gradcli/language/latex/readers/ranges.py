r"""What a sum binds and how far: letters, ranges, and a condition on two indices."""

from __future__ import annotations

from fractions import Fraction

from gradcli.language.latex.nodes import Big, Letter, Node, Relation
from gradcli.language.latex.readers.entries import shifted
from gradcli.language.latex.readers.numbers import letters_in
from gradcli.language.latex.readers.reader import Range, Reader

ORDERS = frozenset({"<", "<=", ">", ">=", "!="})
CALLED = {"sum": "sum", "prod": "product", "max": "maximum", "min": "minimum"}


def indices_of(reader: Reader, node: Big) -> tuple[list[str], Relation | None]:
    """The letters that are bound, and what holds between two of them."""
    letters = [letter.base for letter in node.indices]
    if node.condition is None:
        return letters, None
    condition = node.condition
    if isinstance(condition, Relation) and len(condition.parts) == 2:
        names = [part.base for part in condition.parts if isinstance(part, Letter) and not part.sub]
        if len(names) == 2 and condition.signs[0] in ORDERS:
            outer = {*reader.bound, *reader.numbers, *reader.context.indices}
            free = [name for name in letters or names if name not in outer]
            if len(free) == 2 and names[0] > names[1] and names[0] in letters:
                one, other = rf"\sum_{{{names[1]}}} \sum_{{{names[0]} ...}}", rf"\sum_{{{names[1]} ... {names[0]}}}"
                both = f"over {names[0]}, with {names[1]} given from outside", "over both indices"
                raise reader.two(condition, *both, f"write {one}, or {other}")
            return free, condition
    raise reader.error(
        condition, "a sum over what fulfils this condition is not read", r"\sum_{i<j}, \sum_{j \neq i} and ranges are"
    )


def range_of(reader: Reader, node: Big) -> Range:
    """The range that stands below and above. Errors: ExpressionError for one without an end."""
    if node.low is None and node.high is None:
        return Range()
    low = Fraction(1) if node.low is None else reader.fraction(node.low)
    if low is None or low.denominator > 1:
        raise reader.error(node.low or node, "a sum begins with a number")
    if node.high is None:
        raise reader.error(node, "where this sum ends is not told")
    if "infty" in letters_in(node.high):
        said = f"an infinite {CALLED[node.kind]} is no formula of finitely many terms"
        raise reader.error(node.high, said, "give the number of terms, or the function that it is")
    high = reader.fraction(node.high)
    if high is not None and high.denominator == 1:
        return Range(int(low), int(high))
    return _lettered(reader, node.high, int(low))


def _lettered(reader: Reader, high: Node, low: int) -> Range:
    """``n`` or ``n-1``."""
    letter, shift = shifted(reader, high)
    sizes = reader.context.sizes
    if letter in sizes:
        return Range(low, sizes[letter] + shift)
    if letter in reader.bound:
        raise reader.error(high, "a sum up to another index is not read", r"\sum_{j \le i}, or \sum_{i<j} over both")
    value = reader.context.values.get(letter)
    if value is not None:
        if value % 1:
            raise reader.error(high, f"an index ends at a whole number, and {letter} is {value:g}")
        reader.note(f"an index that ends at {letter} ends at {value:g}")
        return Range(low, int(value) + shift)
    return Range(low, shift, letter)
