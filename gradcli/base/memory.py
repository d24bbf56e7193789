"""Sizes of memory: as people write them, as they are shown, and how much a machine has."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kKMGT]?)(i?)B?\s*")
_POWERS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4}
_CGROUP = Path("/sys/fs/cgroup/memory.max")

SHARE = 0.75  # of what there is, for arrays: python, torch and sympy take some 0.4 GB beside them, and others live too


def bytes_of(text: str) -> int | None:
    """``500MB``, ``2GiB`` or bytes as a number; None for another text.

    >>> bytes_of("500MB"), bytes_of("2GiB"), bytes_of("1000")
    (500000000, 2147483648, 1000)
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    number, prefix, binary = found.groups()
    return int(Decimal(number) * (1024 if binary else 1000) ** _POWERS[prefix])


def shown(count: float) -> str:
    """So many bytes for people, rounded up in the last digit.

    >>> shown(161_400_000), shown(900), shown(8_000_000_000)
    ('162 MB', '900 B', '8 GB')
    """
    for power, prefix in ((4, "T"), (3, "G"), (2, "M"), (1, "k")):
        unit = 1000**power
        if count >= unit:
            scaled = -(-count * 10 // unit) / 10 if count < 10 * unit else -(-count // unit)
            return f"{scaled:g} {prefix}B"
    return f"{count:g} B"


def installed() -> int:
    """The bytes of memory that the machine has, or that its container may take: the same, idle or busy."""
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        found = 1 << 33
    try:
        limit = _CGROUP.read_text().strip()
    except OSError:
        return found
    return min(found, int(limit)) if limit.isdecimal() else found
