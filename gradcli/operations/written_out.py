"""How much a formula may write out, as texts are read to a length: what is longer is refused before it is made."""

from __future__ import annotations

from gradcli.base.errors import LimitError
from gradcli.base.limits import MAX_SOURCE


def within(count: int) -> int:
    """The number of parts that a formula writes out, a character or more each. Errors: LimitError for too many.

    >>> within(3)
    3
    """
    if count > MAX_SOURCE:
        raise LimitError(f"{count:,} parts cannot be written out; at most {MAX_SOURCE:,} are")
    return count
